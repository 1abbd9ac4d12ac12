"""Everything about one function of the language: what it takes and gives, its derivative, and an example.

Shapes, the formula of a cell, symbols and LaTeX are those of an equation that calls the function, written in
the same way as for every equation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.explain.index_cells import CellWriter
from bpstep.explain.index_letters import Unwritten
from bpstep.explain.latex import equation_latex
from bpstep.explain.notation import Glyphs
from bpstep.explain.symbols import Symbols
from bpstep.export import messages
from bpstep.lang.functions import FUNCTIONS, definition_of
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import substituted
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.program import EquationDraft, GivenTensors, Phase, Program, Role, RoleKind
from bpstep.text import fill

_RESULT = "y"

_NUMBERS = (-1.0, 0.5, 2.0, 3.0, 0.0, 1.0)
_POSITIVE = (0.5, 1.0, 2.0, 3.0, 0.25, 1.5)

_Operands = tuple[dict[str, tuple[int, ...]], tuple[float, ...]]

_OPERANDS: tuple[_Operands, ...] = (
    ({"x": (2, 3), "a": (2, 3), "b": (2, 3), "c": (2, 3)}, _NUMBERS),
    ({"x": (2, 3), "a": (2, 3), "b": (2, 3)}, _POSITIVE),
    ({"a": (2, 3), "b": (3, 2)}, _NUMBERS),
    ({"x": (2, 2, 3)}, _NUMBERS),
)
"""Shapes and numbers of operands, tried in turn until a function accepts them and its result is finite."""

_OWN_OPERANDS: dict[str, tuple[_Operands, ...]] = {
    "one_hot": (({"x": (2,)}, (1.0, 0.0)),),
    "outer": (({"a": (2,), "b": (3,)}, _NUMBERS),),
    "windows": (({"x": (2, 4)}, (*_NUMBERS, 4.0, -2.0)),),
}
"""Operands of functions whose examples need special ones, by the function."""


@dataclass(frozen=True)
class FunctionExample:
    """An equation that calls a function, with the tensors that it reads and its result."""

    program: Program
    tensors: Mapping[str, Any]
    value: Any


def function_lines_of(name: str, glyphs: Glyphs) -> Iterator[str]:
    """The lines about one function. KeyError if the language has none of this name."""
    row = FUNCTIONS[name]
    yield f"{name}({', '.join((row.arguments, *row.forms))})"
    example = function_example(name)
    facts = [*_facts(name), *_equation_facts(example, glyphs)]
    width = max(len(title) for title, _ in facts)
    for title, lines in facts:
        for at, line in enumerate(lines):
            yield f"  {title if not at else '':<{width}}  {line}".rstrip()


def function_example(name: str) -> FunctionExample:
    """An equation that calls a function, with operands of the first shapes that it accepts."""
    row = FUNCTIONS[name]
    forms = [form for form in row.forms if form.startswith("axis")]
    source = f"{name}({', '.join((row.arguments, *forms))})"
    letters = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)} - {name}
    for shapes, numbers in _OWN_OPERANDS.get(name, _OPERANDS):
        tensors = {
            letter: np.resize(np.roll(numbers, -2 * at), shapes[letter])
            for at, letter in enumerate(sorted(letters & shapes.keys()))
        }
        try:
            program = _program(source, tensors)
        except ExpressionError:
            continue
        with np.errstate(all="ignore"):
            value = _value(program, tensors)
        if np.isfinite(value).all():
            return FunctionExample(program, tensors, value)
    raise AssertionError(f"no example of {name}")


def _program(source: str, tensors: Mapping[str, Any]) -> Program:
    layout = TensorLayout(LayoutKind.NONE)
    draft = EquationDraft(_RESULT, source, Phase.FORWARD, Role(RoleKind.VALUE), layout)
    shapes = {name: value.shape for name, value in tensors.items()}
    return Program(
        [draft], GivenTensors(dict(tensors), dict.fromkeys(tensors, layout), [shapes]), {}, loss=""
    )


def _value(program: Program, tensors: Mapping[str, Any]) -> Any:
    code = compile_lowered(lower(program.steps[0].tree, program.shapes))
    return evaluate(code, tensors, evaluation_scope())


def _facts(name: str) -> Iterator[tuple[str, list[str]]]:
    """The facts in its row of the table."""
    row = FUNCTIONS[name]
    if row.gives:
        yield fill(messages.FUNCTION_GIVES), [fill(row.gives)]
    if row.definition:
        yield fill(messages.FUNCTION_DEFINITION), [row.definition]
    if row.derivative:
        yield fill(messages.FUNCTION_DERIVATIVE), [fill(row.derivative)]
    elif row.back:
        yield fill(messages.FUNCTION_GRADIENT), [fill(row.back)]
    else:
        yield fill(messages.FUNCTION_GRADIENT), [fill(messages.NO_GRADIENT)]


def _equation_facts(example: FunctionExample, glyphs: Glyphs) -> Iterator[tuple[str, list[str]]]:
    """The facts about an equation that calls it."""
    program, step = example.program, example.program.steps[0]
    shapes = ", ".join(
        fill(messages.SHAPE_OF, name=name, shape=program.shapes[name]) for name in (*example.tensors, _RESULT)
    )
    yield fill(messages.FUNCTION_SHAPES), [shapes]
    cell = _cell(program, glyphs)
    if cell:
        yield fill(messages.FUNCTION_CELL), [cell]
    box = Symbols(program, glyphs, {}).equation(step)
    yield fill(messages.FUNCTION_SYMBOLS), ["".join(text for text, _ in line) for line in box.lines]
    yield fill(messages.FUNCTION_LATEX), [equation_latex(step, program)]
    lines = [f"{name} = {_numbers(value)}" for name, value in example.tensors.items()]
    yield fill(messages.FUNCTION_EXAMPLE), [*lines, f"{step.source} = {_numbers(example.value)}"]


def _cell(program: Program, glyphs: Glyphs) -> str:
    """How one cell of the result is computed, by its definition if it has one; empty if it has no
    such form.
    """
    step = program.steps[0]
    call = step.tree
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and FUNCTIONS[call.func.id].definition:
        text, operands = definition_of(call, lambda node: shape_of(node, program.shapes))
        program = _program(ast.unparse(substituted(text, operands)), program.initial)
        step = program.steps[0]
    try:
        return CellWriter(program, step, glyphs).equation(step)
    except Unwritten:
        return ""


def _numbers(value: Any) -> str:
    """A number, or nested lists of numbers, with four decimals."""
    if np.ndim(value):
        return f"[{', '.join(map(_numbers, value))}]"
    return f"{float(value):.4f}".rstrip("0").rstrip(".")
