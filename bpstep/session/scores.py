"""How good the network is at a moment: loss and accuracy on what it learns from and on what it does not."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.frozen import frozen
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array, Network
from bpstep.program.program import Phase, Program
from bpstep.session.frame import Frame


@frozen
class Score:
    """Loss and accuracy on some samples."""

    samples: int
    loss: float
    """The loss of one sample, on average."""
    accuracy: float | None
    """The part of the samples whose class is right; None where the labels are no classes."""


@frozen
class Scores:
    """Loss and accuracy on the samples that are trained on, and on those that are not."""

    training: Score
    test: Score


def work(network: Network) -> int:
    """About how many multiplications the scores take; 0 where there is nothing to test on."""
    if network.held_out is None:
        return 0
    rows = network.samples + len(network.held_out.inputs)
    return rows * sum(int(layer.weights.size) for layer in network.layers)


def scores(frame: Frame) -> Scores | None:
    """The scores with the parameters of this moment; None where the network has no samples to test on.

    Equations that somebody wrote for batches of one size only may not run on all samples: None as well.
    """
    held_out = frame.network.held_out
    if held_out is None:
        return None
    edits = tuple(
        edit
        for edit in frame.edits
        if isinstance(edit, Edit) and edit.name in frame.program.data and edit.at <= frame.n
    )
    given = {name: frame.tensors[name] for name in frame.program.initial if name not in frame.program.data}
    for moment in _recent:
        if moment.is_of(frame, given, edits):
            return moment.scores
    found = _scores(frame, given, edits)
    _recent.appendleft(_Moment(frame.network, frame.program, given, edits, found))
    return found


@frozen
class _Moment:
    """Scores that were computed, and what they depend on."""

    network: Network
    program: Program
    given: Mapping[str, Any]
    edits: tuple[Edit, ...]
    scores: Scores | None

    def is_of(self, frame: Frame, given: Mapping[str, Any], edits: tuple[Edit, ...]) -> bool:
        """True where nothing differs that the scores depend on. An array is never written to."""
        same = self.network is frame.network and self.program is frame.program and self.edits == edits
        return same and all(self.given[name] is value or np.ndim(value) == 0 for name, value in given.items())


_recent: deque[_Moment] = deque(maxlen=4)
"""Scores of the moments shown last: a step within an iteration changes none, and there may be two runs."""


def _scores(frame: Frame, given: Mapping[str, Any], edits: tuple[Edit, ...]) -> Scores | None:
    network, held_out = frame.network, frame.network.held_out
    assert held_out is not None
    inputs, labels = network.inputs.copy(), network.labels.copy()
    for edit in edits:
        (inputs if edit.name == "X" else labels)[edit.index] = edit.value
    try:
        training = _score(frame, given, inputs, labels)
        return Scores(training, _score(frame, given, held_out.inputs, held_out.labels))
    except (ValueError, IndexError):
        return None


def _score(frame: Frame, given: Mapping[str, Any], inputs: Array, labels: Array) -> Score:
    if len(frame.program.shapes["X"]) == 1:
        outputs = np.array([_outputs(frame, given, row) for row in inputs])
    else:
        outputs = _outputs(frame, given, inputs)
    loss = LOSSES[frame.network.loss].value
    tensors = {"Y": outputs, "labelY": labels}
    shapes = {name: np.shape(value) for name, value in tensors.items()}
    with np.errstate(all="ignore"):
        total = evaluate(compile_lowered(lower(parse(loss, shapes), shapes)), tensors, evaluation_scope())
    return Score(len(inputs), float(total) / len(inputs), _accuracy(frame.network, outputs, labels))


def _outputs(frame: Frame, given: Mapping[str, Any], inputs: Array) -> Array:
    """Y of these inputs, by the equations of the forward phase."""
    tensors, scope = {**given, "X": inputs}, evaluation_scope()
    with np.errstate(all="ignore"):
        for step in frame.program.steps:
            if step.phase == Phase.FORWARD:
                tensors[step.name] = evaluate(step.code, tensors, scope)
    found: Array = tensors["Y"]
    return found


def _accuracy(network: Network, outputs: Array, labels: Array) -> float | None:
    """The part of the samples whose class is right; None where the labels of the network are no classes.

    Classes are one-hot rows, where the largest output counts, or 0 and 1 or -1 and 1 in a single column.
    """
    every = np.concatenate([network.labels, labels])
    if every.shape[1] > 1:
        if not (np.isin(every, (0, 1)).all() and (every.sum(axis=1) == 1).all()):
            return None
        right = outputs.argmax(axis=1) == labels.argmax(axis=1)
        return float(np.mean(right & np.isfinite(outputs).all(axis=1)))
    values = set(np.unique(every).tolist())
    if not (values <= {0.0, 1.0} or values <= {-1.0, 1.0}):
        return None
    middle = 0.0 if -1.0 in values else 0.5
    return float(np.mean(((outputs > middle) == (labels > middle)) & np.isfinite(outputs)))
