"""The loss in words: how far Y is from where it should be, and why it is measured like that."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.formula.words.moment import Moment, fitting


def loss(m: Moment) -> str:
    """What E measures."""
    over = ""
    if m.samples > 1:
        over = f", the mean of {m.samples} samples" if m.frame.network.reduction == "mean" else m.added
    return _LOSSES[m.frame.network.loss](m, over)


def _hit(m: Moment) -> bool:
    return bool(np.all(m.frame.before["Y"] == m.frame.before["labelY"]))


def _half(m: Moment, over: str) -> str:
    start = f"How wrong is Y? Half the squared distance to the target{over}: {m.v}."
    if _hit(m):
        return f"{start} Y meets its target, so there is nothing to learn from it."
    return fitting(
        f"{start} Squaring makes big misses count more; the half cancels the 2 of the derivative.",
        f"{start} The half will cancel the 2 of the derivative.",
    )


def _squared(m: Moment, over: str) -> str:
    start = f"How wrong is Y? The squared distance to the target{over}: {m.v}."
    if _hit(m):
        return f"{start} Y meets its target, so there is nothing to learn from it."
    return f"{start} Twice the miss costs four times as much."


def _mean_squared(m: Moment, over: str) -> str:
    outputs = m.frame.network.sizes[-1]
    mean = f", the mean of {outputs} outputs" if outputs > 1 else ""
    if outputs > 1 and m.samples > 1 and m.frame.network.reduction == "mean":
        mean, over = f", the mean of {outputs} outputs and {m.samples} samples", ""
    start = f"How wrong is Y? The squared distance to the target{mean}{over}: {m.v}."
    if _hit(m):
        return f"{start} Y meets its target: nothing to learn from it."
    return fitting(f"{start} Twice the miss costs four times as much.", start)


def _binary(m: Moment, over: str) -> str:
    labels = m.tensor("labelY")
    if np.isin(labels, (0, 1)).all():
        outputs = labels.shape[1]
        each = f", added up for {outputs} outputs" if outputs > 1 else ""
        start = (
            f"How surprised is Y? Minus the log of the probability it gave to the truth{each}{over}: {m.v}."
        )
        return fitting(
            f"{start} Being sure and wrong costs most: minus the log of almost 0 is huge.",
            f"{start} Being sure and wrong costs most.",
            start,
        )
    if ((labels < 0) | (labels > 1)).any():
        return (
            f"Cross entropy with a target outside 0 to 1{over}: {m.v}. No probability is outside, so it "
            "means little."
        )
    return (
        f"Cross entropy of Y, read as probabilities, with its targets{over}: {m.v}. "
        "It is least, though not 0, where Y equals the target."
    )


def _cross(m: Moment, over: str) -> str:
    labels = m.tensor("labelY")
    one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=-1) == 1).all()
    if not one_hot:
        return (
            f"Cross entropy: minus the log of each output, times its target, added up{over}: {m.v}. "
            "Targets of 0 drop out."
        )
    what = "share" if m.activation == "softmax" else "output"
    start = f"How surprised is Y? Minus the log of the {what} that the true class got{over}: {m.v}."
    if m.activation == "softmax":
        return fitting(
            f"{start} The other classes count only through softmax, which takes their shares from it.",
            f"{start} The other classes count only through softmax.",
        )
    return f"{start} The other outputs do not count at all."


_LOSSES: dict[str, Callable[[Moment, str], str]] = {
    "half_squared_error": _half,
    "squared_error": _squared,
    "mean_squared_error": _mean_squared,
    "binary_cross_entropy": _binary,
    "cross_entropy": _cross,
}
