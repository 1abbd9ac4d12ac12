"""A moment within an equation, as text and as data: the operation just done, and the partial results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.engine.micro.state import PartialStep
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_literal
from bpstep.export import messages
from bpstep.export.json import json_value
from bpstep.lang.cells import cell_name, index_of_place
from bpstep.session import messages as session_messages
from bpstep.text import cell_width, fill, padded

_CELLS = 12

_CELL_NOTES = {
    (True, True): messages.JUST_DONE,
    (True, False): "",
    (False, True): messages.INTERMEDIATE_JUST_DONE,
    (False, False): messages.INTERMEDIATE,
}
"""By whether the cell is finished, and whether the last operation changed it."""


def inside_lines(inside: PartialStep) -> Iterator[str]:
    """The lines of text: which operation of how many, what it does, and the cells around the one it
    changes.
    """
    yield f"  {inside.step.equation}"
    yield f"  {fill(session_messages.OPERATION_OF, k=inside.k, total=inside.total)}"
    yield ""
    yield "  " + "".join(text for text, _ in _line(inside).spans())
    yield ""
    flat = int(np.ravel_multi_index(inside.cell, inside.shape)) if inside.shape else 0
    count = inside.progress.last_operation.size
    start = min(max(flat - _CELLS // 2, 0), max(count - _CELLS, 0))
    end = min(start + _CELLS, count)
    if start:
        yield "  ..."
    names = [cell_name(inside.step.name, index_of_place(at, inside.shape)) for at in range(start, end)]
    width = max(map(cell_width, names))
    for at, name in enumerate(names, start):
        yield f"  {padded(name, width)}  {_cell_text(inside, index_of_place(at, inside.shape))}"
    if end < count:
        yield "  ..."


def inside_record(inside: PartialStep) -> dict[str, Any]:
    """The operations inside an equation as data; null for a cell that no operation has touched yet."""
    operation = inside.operation
    return {
        "name": inside.step.name,
        "equation": inside.step.equation,
        "operation": "".join(text for text, _ in _line(inside).symbolic()),
        "operands": json_value(np.array(operation.operands)),
        "result": json_value(np.float64(operation.value)),
        "value": _values(inside),
    }


def _line(inside: PartialStep) -> OperationLine:
    return OperationLine(inside, Arithmetic(Glyphs(ascii=True), _number, {}), _number)


def _number(value: float) -> str:
    return format_literal(value) if np.isfinite(value) else str(value)


def _cell_text(inside: PartialStep, index: tuple[int, ...]) -> str:
    value = inside.partial_value(index)
    if value is None:
        return fill(messages.NOTHING_YET)
    if term := inside.term(index):
        template = messages.TERM_JUST_DONE if inside.is_latest(index) else messages.TERM
        sum_so_far = _number(term.sum_so_far)
        return f"{_number(value)}  {fill(template, number=term.number, count=term.total, sum=sum_so_far)}"
    note = _CELL_NOTES[inside.is_finished(index), inside.is_latest(index)]
    return f"{_number(value)}  {fill(note)}".rstrip()


def _values(inside: PartialStep) -> Any:
    """The partial results of the cells, in nested lists."""
    ended, (last, value, own, mine) = inside.finished, inside.progress
    known = np.where(ended, last, own)
    return _known(known.tolist(), json_value(np.where(ended, value, mine)))


def _known(last: Any, value: Any) -> Any:
    if isinstance(last, list):
        return [_known(*pair) for pair in zip(last, value)]
    return None if last < 0 else value
