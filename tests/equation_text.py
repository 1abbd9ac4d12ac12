"""Equations drawn as text, for tests that compare them with what was read once."""

from bpstep.explain.notation import Glyphs
from bpstep.explain.symbols import Symbols
from bpstep.program.derive import derive_program

FANCY, PLAIN = Glyphs(), Glyphs(ascii=True)


def drawn(box):
    return "\n".join("".join(text for text, _ in line).rstrip() for line in box.lines)


def equations(made, glyphs=FANCY, wanted=lambda step: True):
    """The program of a network in symbols, an empty line between two equations."""
    program = derive_program(made)
    symbols = Symbols(program, glyphs, {})
    return "\n\n".join(drawn(symbols.equation(step)) for step in program.steps if wanted(step))


def named(*names):
    return lambda step: step.name in names


def assert_drawn(parts, golden):
    assert "\n\n".join(parts) == golden.strip("\n")
