"""A comparison of arrays that were computed elsewhere with a session's tensors: which differs
first, and why.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bpstep.errors import BpstepError, FileError
from bpstep.explain.mistakes import Mistake
from bpstep.files import read_bytes
from bpstep.gradcheck import messages
from bpstep.gradcheck.equation_mistakes import Example, Examples, find_mistake
from bpstep.lang.cells import Index
from bpstep.model.network import Array
from bpstep.program.program import Step
from bpstep.session.session import Session
from bpstep.text import closest, fill

MAX_ARRAY_BYTES = 256 * 2**20
"""The maximum size of an .npz file, and of the arrays in it, in bytes."""

_TOLERANCE = {2: 1e-2, 4: 1e-4}
"""The largest difference allowed, relative to the largest number in the array, by the item size of
the array.
"""

_TOLERANCE_OF_DOUBLES = 1e-8


@dataclass(frozen=True)
class ArrayComparison:
    """One array of a file and the tensor of the same name."""

    name: str
    ok: bool
    step: Step | None = None
    """The equation that computes the tensor; None if it exists from the start, or if there is no
    such tensor.
    """
    index: Index = ()
    """The cell with the largest difference: an index into the tensor; () for a scalar or none."""
    given: float | None = None
    """The file's value there; None if nothing could be compared."""
    expected: float | None = None
    mistake: str = ""
    """The single mistake that explains the difference, without a full stop; empty if there is none."""
    problem: str = ""
    """Why it could not be compared: no such tensor, or another shape."""


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file by name. FileError if it is none or has arrays of anything but numbers."""
    data = read_bytes(path, MAX_ARRAY_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MAX_ARRAY_BYTES:
                raise FileError(path, None, fill(messages.AGAINST_TOO_LARGE, limit=MAX_ARRAY_BYTES // 2**20))
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            arrays = {name: np.asarray(loaded[name]) for name in loaded.files}
    except FileError:
        raise
    except Exception as error:
        # Damaged archives make NumPy and zipfile raise many kinds of errors.
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise FileError(path, None, fill(messages.AGAINST_UNREADABLE, reason=reason)) from None
    for name, value in arrays.items():
        if value.dtype.kind not in "fiub":
            raise FileError(path, None, fill(messages.AGAINST_NO_NUMBERS, name=name))
    if not arrays:
        raise FileError(path, None, fill(messages.AGAINST_EMPTY))
    return arrays


def compare_arrays(session: Session, n: int, arrays: Mapping[str, Array]) -> list[ArrayComparison]:
    """Each array compared with the tensor of its name at position n, in the order of the equations.

    Arrays with no tensor's name come last. The session is left at n. BpstepError if no array has a tensor's
    name.
    """
    session.goto(n)
    frame = session.frame
    program = frame.program
    known = [name for name in arrays if name in frame.tensors]
    order = {name: at for at, name in enumerate(program.tensors)}
    if not known:
        names = ", ".join(list(arrays)[:6])
        raise BpstepError(fill(messages.AGAINST_NO_NAMES, names=names, tensors=", ".join(list(order)[:12])))
    writes = {name: frame.last_write_of(name) if name in program.step_indices else 0 for name in known}
    known.sort(key=lambda name: (writes[name], order.get(name, 0)))
    found = [_compared(session, n, name, writes[name], arrays[name]) for name in known]
    return [*found, *(_unknown(name, list(order)) for name in arrays if name not in known)]


def _unknown(name: str, tensors: list[str]) -> ArrayComparison:
    same = (each for each in tensors if each.lower() == name.lower())
    close = next(same, "") or closest(name, tensors)
    template = messages.AGAINST_UNKNOWN_MEANT if close else messages.AGAINST_UNKNOWN
    return ArrayComparison(name, False, problem=fill(template, suggestion=close))


def _compared(session: Session, n: int, name: str, write: int, theirs: Array) -> ArrayComparison:
    """One array compared with its tensor; `write` is the position after the equation that computed it."""
    ours = np.asarray(session.frame.tensors[name], dtype=np.float64)
    step = session.frame.program.steps[session.frame.program.step_indices[name]] if write else None
    tolerance = _TOLERANCE.get(theirs.dtype.itemsize, _TOLERANCE_OF_DOUBLES)
    if theirs.dtype.kind != "f":
        tolerance = _TOLERANCE_OF_DOUBLES
    given = theirs.astype(np.float64)
    if _without_ones(given.shape) != _without_ones(ours.shape):
        template = (
            messages.AGAINST_SHAPE_TURNED if _is_turned(given, ours, tolerance) else messages.AGAINST_SHAPE
        )
        shapes = {"given": _shape(given), "expected": _shape(ours)}
        return ArrayComparison(name, False, step, problem=fill(template, **shapes))
    given = given.reshape(ours.shape)
    if _agree(given, ours, tolerance):
        return ArrayComparison(name, True, step)
    with np.errstate(all="ignore"):
        apart = np.nan_to_num(np.abs(given - ours), nan=np.inf)
    at = np.unravel_index(int(np.argmax(apart)), ours.shape)
    index = tuple(int(axis) for axis in at)
    if step is not None:
        inputs = _inputs(session, n, write, step)
        examples = Examples([Example(inputs, given, ours, tolerance)])
        mistake = find_mistake(session.frame.program, step, step.tree, examples, _counts(session), ())
    else:
        mistake = Mistake.TRANSPOSED.named() if _is_turned(given, ours, tolerance) else None
    sentence = "" if mistake is None else mistake.sentence
    return ArrayComparison(name, False, step, index, float(given[index]), float(ours[index]), sentence)


def _inputs(session: Session, n: int, write: int, step: Step) -> dict[str, Any]:
    """What an equation read at position `write`; the session stays at `n`."""
    session.goto(write)
    before = session.frame.before
    session.goto(n)
    return {name: before[name] for name in {*step.reads, *before} if name in before}


def _counts(session: Session) -> list[int]:
    """Which numbers may be the number of samples."""
    network, frame = session.network, session.frame
    if network.script is None:
        return list(network.batch_sizes)
    updated = {*frame.program.weights, *frame.program.step_indices}
    data = (value for name, value in frame.tensors.items() if name not in updated)
    return sorted({int(size) for value in data for size in np.shape(value) if size > 1})


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _is_turned(given: Array, ours: Array, tolerance: float) -> bool:
    return given.ndim == 2 and given.T.shape == ours.shape and _agree(given.T, ours, tolerance)


def _agree(given: Array, ours: Array, tolerance: float) -> bool:
    finite = np.abs(ours[np.isfinite(ours)])
    size = float(np.max(finite)) if finite.size else 0.0
    return bool(np.allclose(given, ours, rtol=tolerance, atol=tolerance * size, equal_nan=True))


def _shape(value: Array) -> str:
    return str(tuple(int(size) for size in value.shape))
