"""The readings of equations in tests/goldens/readings.txt: `python -m tests.kept_readings` writes them again.

Each network has a heading, the Python expression that makes it. An entry names a moment by n, a reading,
and a cell (`-` for none); behind the bar stands what is read. Read the changes before you accept them:
is it what the equation says, by the rules of calculus?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from kept_sentences import NAMES, sections

from bpstep.explain import latex
from bpstep.explain.arithmetic import Arithmetic, cell_arithmetic
from bpstep.explain.chain_paths import format_route, path_sample
from bpstep.explain.chain_rule import ChainFactor, chain_rule, reuse_note, step_roles
from bpstep.explain.chain_sum import chain_sum
from bpstep.explain.index_form import index_form
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_short
from bpstep.explain.operands import OmittedTerms, Operand
from bpstep.explain.provenance import OmittedCells, OperandSource, Provenance, provenance_query
from bpstep.explain.symbols import Symbols, join_boxes, text_box
from bpstep.lang.cells import Index, cell_name
from bpstep.session.session import Session

PATH = Path(__file__).parent / "goldens" / "readings.txt"

_MAX_PATHS = 4


def _inline(session: Session, glyphs: Glyphs) -> str:
    step = session.frame.step
    symbols = Symbols(session.program, glyphs, step_roles(step))
    left = symbols.name(step.name, stacked=False)
    right = symbols.right_side(step, stacked=False)
    return "".join(text for text, _ in join_boxes([left, text_box(" = "), right]).lines[0])


def symbols(session: Session, _cell: Index) -> str:
    """The equation on one line, and with its fractions on three if it has any."""
    step = session.frame.step
    box = Symbols(session.program, Glyphs(), step_roles(step)).equation(step)
    stacked = [f"\n    {''.join(text for text, _ in line).rstrip()}" for line in box.lines]
    return _inline(session, Glyphs()) + ("".join(stacked) if len(stacked) > 1 else "")


def plain(session: Session, _cell: Index) -> str:
    """The equation on one line in plain characters."""
    return _inline(session, Glyphs(ascii=True))


def indices(session: Session, _cell: Index) -> str:
    """The index form, with the shapes that are combined and the reasons for transposes."""
    found = index_form(session.program, session.frame.step, Glyphs())
    if found is None:
        return "none"
    ends = *found.briefs, "sum" if found.is_sum else "no sum"
    told = [found.equation, *found.shapes, *found.reasons, *ends]
    return "\n    ".join(filter(None, told))


def written(session: Session, _cell: Index) -> str:
    """The equation in LaTeX."""
    return latex.equation_latex(session.frame.step, session.program)


def _factor(factor: ChainFactor) -> str:
    replaced = ", replaced" * factor.is_replaced
    return f"{Glyphs().inline(factor.derivative)} ({factor.name}, {factor.step}, {factor.state}{replaced})"


def chain(session: Session, _cell: Index) -> str:
    """The chain rule, each factor with the step that computes it, and what is reused."""
    frame = session.frame
    found = chain_rule(session.program, frame.done - 1, frame.replaced)
    several = chain_sum(session.program, frame.done - 1, frame.replaced)
    told = []
    if found is not None:
        goal = f"{Glyphs().inline(found.goal)} ({found.goal_step}{', now' * found.goal_is_now})"
        told.append(f"{goal} = " + " · ".join(map(_factor, found.factors)))
        if found.prefix:
            told.append(f"the first {found.prefix}: {found.prefix_name}, {found.prefix_step}")
    for ways in [] if several is None else [several.ways, several.short]:
        told.append(" + ".join(" · ".join(map(_factor, way)) for way in ways))
    return "\n    ".join(filter(None, [*told, reuse_note(session.program, frame.done - 1)])) or "none"


def numbers(session: Session, index: Index) -> str:
    """The arithmetic of a cell, with numbers and with the names of the cells."""
    frame = session.frame
    scalar = cell_arithmetic(frame.step, index, frame.before)
    writers = [Arithmetic(Glyphs(), format_short, {}), Arithmetic(Glyphs(True), format_short, {}, 2, False)]
    writers.append(Arithmetic(Glyphs(), format_short, {}, name_cell=cell_name))
    return "\n    ".join("".join(text for text, _ in writer.write(scalar)) for writer in writers)


def sources(session: Session, index: Index, name: str) -> str:
    """Where a cell comes from, what reads it, and the paths that add up to it."""
    found = Provenance(session, provenance_query(session, name, index))
    told = [found.description]
    for row in found.rows(()):
        match row:
            case OperandSource(Operand(cell, part), at, description):
                part = "" if part is None else f" {format_short(part)}"
                told.append(f"from {cell_name(cell.name, cell.index)}{part}: {at}, {description}")
            case OmittedTerms(count):
                told.append(f"from {count} more")
            case OmittedCells(step, count):
                told.append(f"to {count} more of {step.name}")
            case _:
                cell = row.step.name if row.index is None else cell_name(row.step.name, row.index)
                told.append(f"to {cell} {format_short(row.value)}: {row.n}, {row.description}")
    paths, program = found.paths, session.program
    for k in range(0 if paths is None else min(paths.count, _MAX_PATHS)):
        path = paths.path(k)
        route = format_route(path, program.layouts, session.network) if session.network.layers else ""
        sample = path_sample(path, program.layouts)
        factors = " · ".join(format_short(factor.value) for factor in path.factors)
        told.append(f"path {k + 1} of {paths.count} {route} {sample}: {factors} = {format_short(path.value)}")
    return "\n    ".join(told)


READINGS = {each.__name__: each for each in (symbols, plain, indices, written, chain, numbers, sources)}


def read_now(expression: str, entries: list[str]) -> Iterator[str]:
    """The same entries with the readings of today."""
    session = Session(eval(expression, NAMES))
    for entry in entries:
        head = entry.split(" | ")[0]
        n, reading, *name, cell = head.split()
        session.goto(int(n))
        index = tuple(map(int, cell.split(",")[:-1]))
        with np.errstate(all="ignore"):
            yield f"{head} | {READINGS[reading](session, index, *name)}"


def kept() -> list[tuple[str, list[str]]]:
    """Each network's expression with its entries."""
    return [(expression, re.split(r"\n(?! )", "\n".join(lines))) for expression, lines in sections(PATH)]


if __name__ == "__main__":
    made = [f"# {expression}\n" + "\n".join(read_now(expression, entries)) for expression, entries in kept()]
    PATH.write_text("\n\n".join(made) + "\n")
