"""How good the network is at a moment: loss and accuracy on training and test samples."""

from __future__ import annotations

import numpy as np

from bpstep.frozen import frozen
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.model.losses import LOSSES, Loss
from bpstep.model.network import Array, HeldOut, Network
from bpstep.session.frame import Frame
from bpstep.session.outputs import Recent, Setting, edited_samples, label_rows, outputs_of, setting_of


@frozen
class Score:
    """Loss and accuracy on some samples."""

    samples: int
    loss: float
    """The average loss per sample, without a penalty on weights."""
    accuracy: float | None
    """The share of the samples whose class is right; None if the labels are not classes."""


@frozen
class Scores:
    """Loss and accuracy on the training samples, and on the test samples."""

    training: Score
    test: Score


def work(network: Network) -> int:
    """About how many multiplications the scores take; 0 without test samples."""
    if network.held_out is None:
        return 0
    rows = network.samples + len(network.held_out.inputs)
    layers = [layer.weights for layer in network.layers]
    weights = layers if network.forward is None else network.forward.parameters.values()
    # A kernel moves over the places of an image.
    places = max((int(np.prod(value.shape[2:])) for value in network.data.values()), default=1)
    return rows * sum(int(array.size) * (places if array.ndim > 2 else 1) for array in weights)


def scores(frame: Frame) -> Scores | None:
    """The scores with the parameters of this moment; None if the network has no test samples.

    Also None if a person's equations, written for batches of one size, do not work for all samples.
    """
    held_out = frame.network.held_out
    if held_out is None:
        return None
    try:
        setting = setting_of(frame)
    except ValueError:
        return None
    return _recent.find(setting, None, lambda: _scores(setting, held_out))


_recent: Recent[Scores | None] = Recent()


def _scores(setting: Setting, held_out: HeldOut) -> Scores | None:
    try:
        loss = held_out.loss or setting.network.loss
        training = _score(setting, loss, *edited_samples(setting))
        return Scores(training, _score(setting, loss, held_out.inputs, label_rows(setting, held_out.labels)))
    except (ValueError, IndexError):
        return None


def _score(setting: Setting, loss_name: str, inputs: Array, labels: Array) -> Score:
    if len(setting.program.shapes[setting.samples.inputs]) == 1:
        outputs = np.array([outputs_of(setting, row) for row in inputs])
    else:
        outputs = outputs_of(setting, inputs)
    loss = LOSSES[loss_name].value
    tensors = {"Y": _inside(outputs, labels, LOSSES[loss_name]), "labelY": labels}
    shapes = {name: np.shape(value) for name, value in tensors.items()}
    with np.errstate(all="ignore"):
        total = evaluate(compile_lowered(lower(parse(loss, shapes), shapes)), tensors, evaluation_scope())
    return Score(len(inputs), float(total) / len(inputs), _accuracy(setting, outputs, labels))


def _inside(outputs: Array, labels: Array, loss: Loss) -> Array:
    """The outputs, where one is its label at a bound of the loss, as the next number inside.

    There a term is 0 * log(0), whose limit is 0 and which is computed as NaN. A wrong output at a bound has
    an infinite loss.
    """
    right = (outputs == labels) & ((outputs == loss.low) | (outputs == loss.high))
    return np.where(right, np.nextafter(outputs, 0.5), outputs)


def _accuracy(setting: Setting, outputs: Array, labels: Array) -> float | None:
    """The share of the samples whose class is right; None if the labels of the network are not classes.

    Classes are one-hot rows, where the largest output counts, or 0 and 1 or -1 and 1 in a single column.
    """
    every = np.concatenate([label_rows(setting, setting.network.data[setting.samples.labels]), labels])
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
