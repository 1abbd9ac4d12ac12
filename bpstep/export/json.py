"""A moment inside an equation, as text and as data: the operation just done, what the cells have come to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bpstep.engine.micro.state import Inside
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import written
from bpstep.export import steps
from bpstep.lang.cells import cell_name
from bpstep.session.frame import Frame
from bpstep.session.session import Session

_CELLS = 12


def described(inside: Inside) -> Iterator[str]:
    """The lines of text: which operation of how many, what it does, the cells around the one it is for."""
    yield f"  {inside.step.equation}"
    yield f"  operation {inside.k} of {inside.of}"
    yield ""
    yield "  " + "".join(text for text, _ in _line(inside).spans())
    yield ""
    flat = int(np.ravel_multi_index(inside.cell, inside.shape)) if inside.shape else 0
    count = inside.progress.last.size
    start = min(max(flat - _CELLS // 2, 0), max(count - _CELLS, 0))
    end = min(start + _CELLS, count)
    if start:
        yield "  ..."
    names = [cell_name(inside.step.name, _index(at, inside.shape)) for at in range(start, end)]
    for at, name in enumerate(names, start):
        yield f"  {name:<{max(map(len, names))}}  {_come_to(inside, _index(at, inside.shape))}"
    if end < count:
        yield "  ..."


def partial(inside: Inside) -> dict[str, Any]:
    """The same as data; null stands for a cell for which nothing is done yet."""
    operation = inside.operation
    return {
        "name": inside.step.name,
        "equation": inside.step.equation,
        "operation": "".join(text for text, _ in _line(inside).named()),
        "operands": plain(np.array(operation.operands)),
        "result": plain(np.float64(operation.value)),
        "value": _values(inside),
    }


def _line(inside: Inside) -> OperationLine:
    return OperationLine(inside, Arithmetic(Glyphs(ascii=True), _number, {}), _number)


def _number(value: float) -> str:
    return written(value) if np.isfinite(value) else str(value)


def _come_to(inside: Inside, index: tuple[int, ...]) -> str:
    value = inside.partial(index)
    if value is None:
        return "nothing yet"
    words = [] if inside.is_finished(index) else ["so far"]
    return "  ".join([_number(value), ", ".join(words + ["just done"] * inside.is_now(index))]).rstrip()


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(at) for at in np.unravel_index(flat, shape)) if shape else ()


def _values(inside: Inside) -> Any:
    """What the cells have come to, in nested lists."""
    ended, (last, value, own, mine) = inside.finished, inside.progress
    known = np.where(ended, last, own)
    return _known(known.tolist(), plain(np.where(ended, value, mine)))


def _known(last: Any, value: Any) -> Any:
    if isinstance(last, list):
        return [_known(*pair) for pair in zip(last, value)]
    return None if last < 0 else value


def trace(session: Session, iterations: int) -> Iterator[str]:
    """The lines of a trace: what there is at n = 0, then every step."""
    yield json.dumps(
        {
            "format": "bpstep-trace",
            "version": 1,
            "network": session.network.name,
            "program": [step.name for step in session.program.steps],
            "initial": {name: plain(value) for name, value in steps.initial(session).items()},
        }
    )
    for done in steps.steps(session, iterations):
        yield json.dumps(_step(done))


def moment(frame: Frame, more: Mapping[str, Any] | None = None) -> str:
    """One moment: where it is and every tensor that is computed; `more` is added at the end."""
    return json.dumps(
        {
            "n": frame.n,
            "iteration": frame.iteration,
            "phase": frame.step.phase if frame.step else None,
            "name": frame.step.name if frame.step else None,
            "tensors": {
                name: {"shape": list(np.shape(value)), "value": plain(value)}
                for name, value in frame.tensors.items()
            },
            **(more or {}),
        }
    )


def plain(value: Any) -> Any:
    """A tensor as nested lists of numbers; "nan", "inf" and "-inf", which JSON lacks, as strings."""
    listed = np.asarray(value).tolist()
    return listed if np.isfinite(value).all() else _worded(listed)


def _step(done: steps.Done) -> dict[str, Any]:
    step = done.step
    found = {
        "n": done.n,
        "iteration": done.iteration,
        "phase": step.phase,
        "name": step.name,
        "equation": step.equation,
        "reads": list(step.reads),
        "shape": list(np.shape(done.value)),
        "value": plain(done.value),
    }
    return found if done.samples is None else {**found, "samples": list(done.samples)}


def _worded(listed: Any) -> Any:
    if isinstance(listed, list):
        return [_worded(item) for item in listed]
    return listed if np.isfinite(listed) else str(listed)
