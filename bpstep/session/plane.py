"""The outputs over the plane of inputs: what a network with two inputs gives for each point, at a moment."""

from __future__ import annotations

import numpy as np

from bpstep.frozen import frozen
from bpstep.model.network import Array, Network
from bpstep.program.program import Program
from bpstep.program.sample_tensors import find_sample_tensors
from bpstep.session.frame import Frame
from bpstep.session.outputs import Recent, Setting, edited_samples, outputs_of, script_batch, setting_of

_MARGIN = 0.15
"""The margin on each side of the samples, as a share of their range."""


@frozen
class Plane:
    """A rectangle of the plane of inputs, cut into rows and columns; a cell has the outputs at its centre."""

    low: tuple[float, float]
    high: tuple[float, float]
    """The minimum and maximum of each input in it."""
    outputs: Array
    """Shape (rows, columns, outputs); the first row has the greatest second input."""

    def cell(self, point: Array) -> tuple[int, int] | None:
        """The row and column that contain a point; None if it is outside or not a number."""
        if not np.all(np.isfinite(point)):
            return None
        rows, columns = self.outputs.shape[:2]
        x, y = ((float(at) - low) / (high - low) for at, low, high in zip(point, self.low, self.high))
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return None
        return min(int((1 - y) * rows), rows - 1), min(int(x * columns), columns - 1)


def has_plane(network: Network, program: Program) -> bool:
    """True if the samples' inputs are known and have two columns, and the outputs are known."""
    samples = find_sample_tensors(network, program)
    if samples is None:
        return False
    if network.script is not None:
        return _sizes_of_units(program)[0] == 2
    return network.data[samples.inputs].shape[1:] == (2,)


def _sizes_of_units(program: Program) -> tuple[int, int]:
    return program.unit_diagram.sizes[0], program.unit_diagram.sizes[-1]


def plane_sizes(frame: Frame) -> tuple[int, int]:
    """How many inputs and outputs there are."""
    if frame.network.script is not None:
        return _sizes_of_units(frame.program)
    samples = setting_of(frame).samples
    shapes = frame.program.shapes
    return shapes[samples.inputs][-1], shapes[samples.outputs][-1]


def samples(frame: Frame) -> tuple[Array, Array]:
    """All samples and their labels with the edits in force at this moment."""
    return edited_samples(setting_of(frame))


def outputs_over_plane(frame: Frame, columns: int, rows: int) -> Plane | None:
    """The outputs with the parameters of this moment.

    None if the equations in force do not work for this many points: a person may have written them for one
    batch size.
    """
    setting = setting_of(frame)
    return _recent.find(setting, (columns, rows), lambda: _compute(frame, setting, columns, rows))


_recent: Recent[Plane | None] = Recent()


def _compute(frame: Frame, setting: Setting, columns: int, rows: int) -> Plane | None:
    low, high = plane_range(frame)
    x, y = (
        start + (np.arange(count) + 0.5) / count * (end - start)
        for start, end, count in ((low[0], high[0], columns), (high[1], low[1], rows))
    )
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    try:
        found = np.asarray(outputs_of(setting, points), dtype=float)
    except (ValueError, IndexError):
        return None
    if found.shape != (len(points), plane_sizes(frame)[1]):
        return None
    if frame.network.script is not None and not _is_of_each_alone(setting, points, found):
        return None
    return Plane(low, high, found.reshape(rows, columns, -1))


def _is_of_each_alone(setting: Setting, points: Array, found: Array) -> bool:
    """Whether the output of a point does not depend on the others: it contains no mean or variance over the
    batch.
    """
    alone = outputs_of(setting, points[:3])
    return alone.shape == found[:3].shape and np.allclose(alone, found[:3], equal_nan=True)


def sample_of_batch(frame: Frame, sample: int) -> int | None:
    """Which of all samples one of the iteration is, counted from 0; None if that is unknown."""
    if frame.network.script is None:
        return frame.rows[sample] if sample < len(frame.rows) else None
    batch = script_batch(setting_of(frame))
    if batch is None or sample >= len(batch):
        return None
    same = np.flatnonzero((samples(frame)[0] == batch[sample]).all(axis=1))
    return int(same[0]) if len(same) else None


def plane_range(frame: Frame) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lower left and the upper right corner of the plane: the range of the samples, and a margin."""
    bounds = []
    for column in samples(frame)[0].T:
        finite = column[np.isfinite(column)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
        # Halves are added: the difference of two finite numbers may overflow.
        margin = (high / 2 - low / 2) * 2 * _MARGIN or max(abs(low), 1.0)
        bounds.append((low - margin, high + margin))
    (left, right), (bottom, top) = bounds
    return (left, bottom), (right, top)
