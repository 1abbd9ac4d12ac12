"""A moment inside an equation, as text and as data: the operation just done, what the cells have come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.engine.micro.state import PartialStep
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_literal
from bpstep.export import messages, steps
from bpstep.lang.cells import cell_name
from bpstep.session.frame import Frame
from bpstep.session.scores import scores
from bpstep.session.session import Session
from bpstep.text import fill

_CELLS = 12

_CELL_NOTES = {
    (True, True): messages.JUST_DONE,
    (True, False): "",
    (False, True): messages.SO_FAR_JUST_DONE,
    (False, False): messages.SO_FAR,
}
"""By whether the cell is finished, and whether the last operation was for it."""


def micro_lines(inside: PartialStep) -> Iterator[str]:
    """The lines of text: which operation of how many, what it does, the cells around the one it is for."""
    yield f"  {inside.step.equation}"
    yield f"  {fill(messages.OPERATION, number=inside.k, count=inside.total)}"
    yield ""
    yield "  " + "".join(text for text, _ in _line(inside).spans())
    yield ""
    flat = int(np.ravel_multi_index(inside.cell, inside.shape)) if inside.shape else 0
    count = inside.progress.last_operation.size
    start = min(max(flat - _CELLS // 2, 0), max(count - _CELLS, 0))
    end = min(start + _CELLS, count)
    if start:
        yield "  ..."
    names = [cell_name(inside.step.name, _index(at, inside.shape)) for at in range(start, end)]
    for at, name in enumerate(names, start):
        yield f"  {name:<{max(map(len, names))}}  {_cell_text(inside, _index(at, inside.shape))}"
    if end < count:
        yield "  ..."


def micro_record(inside: PartialStep) -> dict[str, Any]:
    """The same as data; null stands for a cell for which nothing is done yet."""
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


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(at) for at in np.unravel_index(flat, shape)) if shape else ()


def _values(inside: PartialStep) -> Any:
    """What the cells have come to, in nested lists."""
    ended, (last, value, own, mine) = inside.finished, inside.progress
    known = np.where(ended, last, own)
    return _known(known.tolist(), json_value(np.where(ended, value, mine)))


def _known(last: Any, value: Any) -> Any:
    if isinstance(last, list):
        return [_known(*pair) for pair in zip(last, value)]
    return None if last < 0 else value


def trace_json(session: Session, iterations: int) -> Iterator[str]:
    """The lines of a trace: what there is at n = 0, then every step."""
    yield json.dumps(
        {
            "format": "bpstep-trace",
            "version": 1,
            "network": session.network.name,
            "program": [step.name for step in session.program.steps],
            "initial": {name: json_value(value) for name, value in steps.initial_tensors(session).items()},
        }
    )
    for done in steps.walk_steps(session, iterations):
        yield json.dumps(_step(done))


def moment_json(frame: Frame, more: Mapping[str, Any] | None = None) -> str:
    """One moment: where it is and every tensor that is computed; `more` is added at the end."""
    return json.dumps(
        {
            "n": frame.n,
            "iteration": frame.iteration,
            "phase": frame.step.phase if frame.step else None,
            "name": frame.step.name if frame.step else None,
            "tensors": {
                name: {"shape": list(np.shape(value)), "value": json_value(value)}
                for name, value in frame.tensors.items()
            },
            **_scores(frame),
            **(more or {}),
        }
    )


def _scores(frame: Frame) -> dict[str, Any]:
    """Loss and accuracy on what is trained on and what is not, where something is held out."""
    found = scores(frame)
    if found is None:
        return {}
    parts = {"training": found.training, "test": found.test}
    return {
        "scores": {
            name: {"samples": part.samples, "loss": json_value(part.loss), "accuracy": part.accuracy}
            for name, part in parts.items()
        }
    }


def json_value(value: Any) -> Any:
    """A tensor as nested lists of numbers; "nan", "inf" and "-inf", which JSON lacks, as strings."""
    listed = np.asarray(value).tolist()
    return listed if np.isfinite(value).all() else _with_text_numbers(listed)


def _step(done: steps.CompletedStep) -> dict[str, Any]:
    step = done.step
    found = {
        "n": done.n,
        "iteration": done.iteration,
        "phase": step.phase,
        "name": step.name,
        "equation": step.equation,
        "reads": list(step.reads),
        "shape": list(np.shape(done.value)),
        "value": json_value(done.value),
    }
    return found if done.samples is None else {**found, "samples": list(done.samples)}


def _with_text_numbers(listed: Any) -> Any:
    if isinstance(listed, list):
        return [_with_text_numbers(item) for item in listed]
    return listed if np.isfinite(listed) else str(listed)
