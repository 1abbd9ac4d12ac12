"""The outputs over the plane of inputs: what a network with two inputs gives for each point, at a moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.frozen import frozen
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.model.network import Array, Network
from bpstep.program.program import Phase, Program, Step
from bpstep.session.frame import Frame

_MARGIN = 0.15
"""What is shown on each side of the samples, as a part of their range."""


@frozen
class Plane:
    """A rectangle of the plane of inputs, cut into rows and columns; a cell has the outputs at its centre."""

    low: tuple[float, float]
    high: tuple[float, float]
    """The least and the greatest of each input in it."""
    outputs: Array
    """Shape (rows, columns, outputs); the first row has the greatest second input."""

    def cell(self, point: Array) -> tuple[int, int] | None:
        """The row and column that hold a point; None where it is outside or no number."""
        if not np.all(np.isfinite(point)):
            return None
        rows, columns = self.outputs.shape[:2]
        x, y = ((float(at) - low) / (high - low) for at, low, high in zip(point, self.low, self.high))
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return None
        return min(int((1 - y) * rows), rows - 1), min(int(x * columns), columns - 1)


def has_plane(network: Network) -> bool:
    """True for a network by layers with two inputs. One by its forward pass may depend on the whole batch."""
    return network.forward is None and network.script is None and network.inputs.shape[1:] == (2,)


def samples(frame: Frame) -> tuple[Array, Array]:
    """All samples and their labels with the edits that hold at this moment."""
    inputs, labels = frame.network.inputs.copy(), frame.network.labels.copy()
    for edit in _edits_of_data(frame):
        table = inputs if edit.name == "X" else labels
        # A single sample may be a vector, whose cells have one index.
        (table if len(edit.index) == 2 else table[0])[edit.index] = edit.value
    return inputs, labels


def _edits_of_data(frame: Frame) -> tuple[Edit, ...]:
    return tuple(
        edit
        for edit in frame.edits
        if isinstance(edit, Edit) and edit.name in frame.program.data and edit.at <= frame.n
    )


def outputs_over_plane(frame: Frame, columns: int, rows: int) -> Plane | None:
    """The outputs with the parameters of this moment.

    None where the equations in force do not run on so many points: somebody may have written them for one
    size of batch.
    """
    read = {name for step in _forward_steps(frame) for name in step.reads}
    given = {name: frame.tensors[name] for name in frame.program.initial if name in read - {"X"}}
    edits, size = _edits_of_data(frame), (columns, rows)
    for moment in _recent:
        if moment.is_of(frame, given, edits, size):
            return moment.plane
    plane = _compute(frame, given, columns, rows)
    _recent.appendleft(_Moment(frame.network, frame.program, given, edits, size, plane))
    return plane


def _forward_steps(frame: Frame) -> list[Step]:
    return [step for step in frame.program.steps if step.phase == Phase.FORWARD]


@frozen
class _Moment:
    """A plane that was computed, and what it depends on."""

    network: Network
    program: Program
    given: Mapping[str, Any]
    edits: tuple[Edit, ...]
    size: tuple[int, int]
    plane: Plane | None

    def is_of(
        self, frame: Frame, given: Mapping[str, Any], edits: tuple[Edit, ...], size: tuple[int, int]
    ) -> bool:
        """True where nothing differs that the plane depends on. An array is never written to."""
        same = self.network is frame.network and self.program is frame.program and self.edits == edits
        return (
            same
            and self.size == size
            and all(self.given[name] is value or np.ndim(value) == 0 for name, value in given.items())
        )


_recent: deque[_Moment] = deque(maxlen=4)
"""The planes shown last: most steps change no parameter, and there may be two runs."""


def _compute(frame: Frame, given: Mapping[str, Any], columns: int, rows: int) -> Plane | None:
    low, high = plane_range(frame)
    x, y = (
        start + (np.arange(count) + 0.5) / count * (end - start)
        for start, end, count in ((low[0], high[0], columns), (high[1], low[1], rows))
    )
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    tensors, scope = {**given, "X": points}, evaluation_scope()
    try:
        with np.errstate(all="ignore"):
            for step in _forward_steps(frame):
                tensors[step.name] = evaluate(step.code, tensors, scope)
    except (ValueError, IndexError):
        return None
    found = np.asarray(tensors["Y"], dtype=float)
    if found.shape != (len(points), frame.network.labels.shape[1]):
        return None
    return Plane(low, high, found.reshape(rows, columns, -1))


def plane_range(frame: Frame) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lower left and the upper right corner of the plane: where the samples are, and a margin."""
    bounds = []
    for column in samples(frame)[0].T:
        finite = column[np.isfinite(column)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        # Halves are added up: the difference of two finite numbers may overflow.
        margin = (high / 2 - low / 2) * 2 * _MARGIN or max(abs(low), 1.0)
        bounds.append((low - margin, high + margin))
    (left, right), (bottom, top) = bounds
    return (left, bottom), (right, top)
