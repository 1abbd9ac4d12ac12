"""One sentence or two in plain words: what a step does and why, with its own tensors and numbers.

A table by role; where the activation, loss or optimiser matters, each has its own row. Every text is for the
selected cell of the step's result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.formula.numbers import precise, short
from bpstep.formula.units import unit
from bpstep.frame import Frame
from bpstep.home import Edge, Index, Node
from bpstep.program import Step


@dataclass(frozen=True)
class _Moment:
    """What a sentence may need: the frame, its step, the selected cell and its number."""

    frame: Frame
    step: Step
    index: Index
    value: float

    @property
    def v(self) -> str:
        return short(self.value)

    @property
    def k(self) -> int:
        return self.step.role.layer

    @property
    def cell(self) -> str:
        return self.step.name + (f"[{','.join(map(str, self.index))}]" if self.index else "")

    @property
    def batch(self) -> int:
        return len(self.frame.rows)

    @property
    def activation(self) -> str:
        return self.frame.network.layers[self.k - 1].activation

    def at(self, name: str, index: Index | None = None) -> str:
        """The number of a tensor's cell just before the step; the selected cell's unless another is named."""
        value: Any = self.frame.before[name]
        place = self.index if index is None else index
        return short(float(value[place[len(place) - np.ndim(value) :]] if np.ndim(value) else value))

    def number(self, name: str, index: Index) -> float:
        value: Any = self.frame.before[name]
        return float(value[index[len(index) - np.ndim(value) :]] if np.ndim(value) else value)

    def unit(self, layer: int, at: int) -> str:
        return unit(self.frame.network, layer, at)

    @property
    def edge(self) -> Edge:
        found = self.frame.program.homes[self.step.name].place(self.index)
        assert isinstance(found, Edge)
        return found

    @property
    def node(self) -> Node:
        found = self.frame.program.homes[self.step.name].place(self.index)
        assert isinstance(found, Node)
        return found

    @property
    def here(self) -> str:
        """The unit of the selected cell."""
        return self.unit(*self.node)


def sentence(frame: Frame, index: Index) -> str:
    """The sentence for the cell `index` of what the step gave; at n = 0 what is about to begin."""
    step = frame.step
    if step is None:
        first = frame.program.steps[0]
        return (
            f"Nothing is computed yet: the data and the parameters wait. Press n for the first of "
            f"{frame.period} equations, {first.equation}."
        )
    value: Any = frame.tensors[step.name]
    moment = _Moment(frame, step, index, float(value[index] if index else value))
    if not math.isfinite(moment.value):
        return _nonfinite(moment)
    if step.source != step.derived:
        return (
            f"This equation replaces the derived one, {step.derived}. What it gives, {moment.v}, is used as "
            f"{step.name} from here on, right or wrong: bpstep check compares it with finite differences."
        )
    return _KINDS[step.role.kind](moment)


def _nonfinite(m: _Moment) -> str:
    where = m.frame.first_nonfinite
    source = (
        "It arose here" if where == m.step.name else f"It came from {where}, the first that was not finite"
    )
    return f"{m.cell} is {m.v}, which is no number to go on with. {source}. Nothing is clamped: step on, or edit."


def _lower(value: float, what: str) -> str:
    """Which way to go, read off the sign of a gradient."""
    if value == 0:
        return f"Zero: a small change of {what} leaves the loss as it is."
    way = "raising" if value < 0 else "lowering"
    return f"{'Negative' if value < 0 else 'Positive'}: {way} {what} lowers the loss."


def _net(m: _Moment) -> str:
    bias = m.frame.network.layers[m.k - 1].bias
    plus = ", plus its bias" if bias is not None else ""
    source = "input" if m.k == 1 else f"output of layer {m.k - 1}" if m.k > 2 else "hidden output"
    after = "Still a straight line: the activation comes next."
    return f"{m.here} collects what comes in: every {source} times the weight on its edge, added up{plus}. {after}"


def _activation(m: _Moment) -> str:
    x = m.at(f"net_{m.k}")
    return _ACTIVATIONS[m.activation](m, x)


def _relu(m: _Moment, x: str) -> str:
    if m.value > 0:
        return f"ReLU lets what is positive through unchanged: {x} stays. A negative net would give 0."
    return f"ReLU stops what is not positive: {x} becomes 0, so {m.here} is silent here and will pass no error back."


def _leaky(m: _Moment, x: str) -> str:
    if m.value >= 0:
        return f"Leaky ReLU lets what is positive through: {x} stays. A negative net would keep a hundredth."
    return f"Leaky ReLU keeps a hundredth of what is negative: {x} becomes {m.v}, so the unit never goes fully silent."


_ACTIVATIONS: dict[str, Callable[[_Moment, str], str]] = {
    "sigmoid": lambda m, x: (
        f"The sigmoid squashes any number into 0 to 1: {x} becomes {m.v}. "
        "Without a bend like this, two layers could be merged into one."
    ),
    "tanh": lambda m, x: (
        f"tanh squashes any number into -1 to 1 and keeps its sign: {x} becomes {m.v}. "
        "Without a bend, layers could be merged into one."
    ),
    "relu": _relu,
    "leaky_relu": _leaky,
    "elu": lambda m, x: (
        f"ELU lets what is positive through and bends the rest towards -1: {x} becomes {m.v}. "
        "Unlike ReLU it never goes quite flat."
    ),
    "softplus": lambda m, x: (
        f"Softplus is ReLU with its corner rounded: {x} becomes {m.v}, always above 0. "
        "Far from 0 the two are the same."
    ),
    "silu": lambda m, x: (
        f"SiLU multiplies net by its own sigmoid: {x} becomes {m.v}. "
        "Large values pass, very negative ones fade to 0."
    ),
    "identity": lambda m, x: (
        f"Identity changes nothing: {x} stays {m.v}. The layer is linear, as outputs for regression often are."
    ),
    "softmax": lambda m, x: (
        f"Softmax turns the nets of one sample into shares that add up to 1: {m.here} gets {m.v}. "
        "Only differences between nets count."
    ),
}


def _loss(m: _Moment) -> str:
    over = f", over {m.batch} samples" if m.batch > 1 else ""
    averaged = ", averaged" if m.frame.network.reduction == "mean" and m.batch > 1 else ""
    return _LOSSES[m.frame.network.loss](m, over + averaged)


_LOSSES: dict[str, Callable[[_Moment, str], str]] = {
    "half_squared_error": lambda m, over: (
        f"How wrong is Y? Half the squared distance to the target{over}: {m.v}. Squaring makes big misses count "
        "more; the half cancels the 2 of the derivative."
    ),
    "squared_error": lambda m, over: (
        f"How wrong is Y? The squared distance to the target{over}: {m.v}. "
        "Squared, so that twice the miss costs four times as much."
    ),
    "mean_squared_error": lambda m, over: (
        f"How wrong is Y? The squared distance to the target, the mean over the outputs{over}: {m.v}. "
        "Twice the miss costs four times as much."
    ),
    "binary_cross_entropy": lambda m, over: (
        f"How surprised is the network? Minus the log of the probability it gave to what was true{over}: {m.v}. "
        "Sure and wrong costs most."
    ),
    "cross_entropy": lambda m, over: (
        f"How surprised is the network? Minus the log of the share that the true class got{over}: {m.v}. "
        "The other classes count only through softmax."
    ),
}


def _delta_output(m: _Moment) -> str:
    y, target = m.at("Y"), m.at("labelY")
    start = f"The backward pass starts: how E answers to {m.here} = {y}, whose target is {target}. "
    return start + _lower(m.value, m.here)


def _factor_activation(m: _Moment) -> str:
    return _SLOPES[m.activation](m, m.at(f"net_{m.k}"))


def _flat(name: str) -> Callable[[_Moment, str], str]:
    def tell(m: _Moment, x: str) -> str:
        if m.value == 1:
            return (
                f"{name} has slope 1 where net is positive, as here at {x}: the error passes back unchanged."
            )
        if m.value == 0:
            return f"{name} is flat where net is not positive, as here at {x}: slope 0, and no error passes back."
        return f"{name} has slope {m.v} at {x}: only that part of the error passes back."

    return tell


_SLOPES: dict[str, Callable[[_Moment, str], str]] = {
    "sigmoid": lambda m, x: (
        f"How steep the sigmoid is at {x}: {m.v}. It is never above 0.25, "
        "so each sigmoid layer lets at most a quarter of the error through."
    ),
    "tanh": lambda m, x: (
        f"How steep tanh is at {x}: {m.v}. It is 1 at 0 and falls off on both sides: "
        "a saturated unit passes little error back."
    ),
    "relu": _flat("ReLU"),
    "leaky_relu": _flat("Leaky ReLU"),
    "elu": _flat("ELU"),
    "softplus": lambda m, x: (
        f"The slope of softplus is the sigmoid, at {x} it is {m.v}: "
        "near 1 where the unit is active, near 0 where it is off."
    ),
    "silu": lambda m, x: (
        f"How steep SiLU is at {x}: {m.v}. It may be a little above 1, and below 0 where SiLU dips."
    ),
    "identity": lambda m, x: "The slope of a straight line: 1 everywhere. The error passes back unchanged.",
}


def _delta_net(m: _Moment) -> str:
    out = (
        "Y" if m.k == len(m.frame.network.layers) else "H" if len(m.frame.network.layers) == 2 else f"H{m.k}"
    )
    if m.activation == "softmax":
        return (
            f"Through softmax every output answers to every net, so this is one equation. With cross entropy it comes "
            f"to Y minus labelY: {m.v} for {m.here}."
        )
    delta = f"delta_{out}"
    slope = f"delta_{out}_net{m.k}"
    return (
        f"The error at {m.here}, before its activation: what E feels at its output, {m.at(delta)}, times the "
        f"slope, {m.at(slope)}. All gradients of this layer reuse it."
    )


def _delta_weights(m: _Moment) -> str:
    edge = m.edge
    source, target = m.unit(m.k - 1, edge.source), m.unit(m.k, edge.target)
    over = f", summed over {m.batch} samples" if m.batch > 1 else ""
    gradient = f"the error at {target} times what {source} sent along it{over}: {m.v}"
    return f"How E answers to the weight {source} to {target}: {gradient}. {_lower(m.value, 'it')}"


def _delta_bias(m: _Moment) -> str:
    over = f", summed over {m.batch} samples" if m.batch > 1 else ""
    return (
        f"A bias is a weight on a constant 1, so its gradient is the error of its unit itself{over}: {m.v}. "
        f"{_lower(m.value, 'it')}"
    )


def _factor_input(m: _Moment) -> str:
    edge = m.edge
    source, target = m.unit(m.k - 1, edge.source), m.unit(m.k, edge.target)
    return (
        f"How net_{m.k} at {target} answers to {source}: by the weight between them, {m.v}. The error walks the same "
        "edges back, so the weights are transposed."
    )


def _delta_input(m: _Moment) -> str:
    width = m.frame.network.sizes[m.k]
    if width == 1:
        return (
            f"What {m.here} has to answer for: the error at y, sent back along their edge, weighted: {m.v}. "
            f"{_lower(m.value, m.here)}"
        )
    return (
        f"What {m.here} has to answer for: the errors of the {width} units that it feeds, each times the weight "
        f"between them, added up: {m.v}. {_lower(m.value, m.here)}"
    )


def _factor_row(m: _Moment) -> str:
    source = m.unit(0, m.edge.source)
    return (
        f"How net_1 answers to the weights that leave {source}: by {source} itself, {m.v}, the same for each edge. "
        "A small input moves its weights little."
    )


def _delta_row(m: _Moment) -> str:
    source, target = m.unit(0, m.edge.source), m.unit(1, m.edge.target)
    return (
        f"The whole chain from E down to the weight {source} to {target}, five factors multiplied: {m.v}. "
        f"{_lower(m.value, 'it')}"
    )


def _count(m: _Moment) -> str:
    return (
        f"Adam counts its updates: t = {m.value:g}. Its averages start at 0 and are too small at first; "
        "dividing by 1 - beta^t makes up for that."
    )


def _slot(m: _Moment) -> str:
    return _SLOTS[m.step.name.split("_")[0]](m)


def _velocity(m: _Moment) -> str:
    return (
        f"The velocity of {m.step.role.by} keeps {m.at('momentum', ())} of itself and adds this gradient: {m.v}. "
        "Gradients that agree build up, those that alternate cancel."
    )


def _square(m: _Moment) -> str:
    if m.frame.network.optimizer == "adagrad":
        return (
            f"AdaGrad adds up the squared gradients of each cell, {m.v} so far: "
            "what was pushed often takes smaller and smaller steps."
        )
    return (
        f"RMSprop keeps a running mean of the squared gradient, now {m.v}: "
        "how large this cell's gradient usually is, to be divided out."
    )


_SLOTS: dict[str, Callable[[_Moment], str]] = {
    "velocity": _velocity,
    "square": _square,
    "m": lambda m: (
        f"Adam's first average: the gradient of {m.step.role.by} smoothed, {m.at('beta1', ())} of the old and the "
        f"rest of the new: {m.v}. It gives the direction."
    ),
    "v": lambda m: (
        f"Adam's second average: the squared gradient of {m.step.role.by} smoothed: {m.v}. "
        "Its root is the usual size of the gradient, to be divided out."
    ),
}


def _update(m: _Moment) -> str:
    before = m.number(m.step.name, m.index)
    change = m.value - before
    moved = "stays" if change == 0 else "goes up" if change > 0 else "goes down"
    by = "" if change == 0 else f" by {precise(float(f'{abs(change):.3g}'))}"
    return (
        f"{_UPDATES[m.frame.network.optimizer]} {m.cell} {moved}{by}, to {precise(float(f'{m.value:.6g}'))}."
    )


_UPDATES = {
    "sgd": "One step downhill: against the gradient, learning_rate times its size.",
    "momentum": "A step along the velocity instead of the bare gradient: it rolls on through small bumps.",
    "nesterov": "A step along the velocity, looking ahead: this gradient and the velocity it has just changed.",
    "rmsprop": "The gradient divided by its usual size: steep and flat directions take steps of like length.",
    "adagrad": "The gradient divided by the root of all its squares so far: well-travelled cells slow down.",
    "adam": "The direction of the first average over the root of the second, both corrected for their start.",
}

_KINDS: dict[str, Callable[[_Moment], str]] = {
    "net": _net,
    "activation": _activation,
    "loss": _loss,
    "delta_output": _delta_output,
    "factor_activation": _factor_activation,
    "delta_net": _delta_net,
    "delta_weights": _delta_weights,
    "delta_bias": _delta_bias,
    "factor_input": _factor_input,
    "delta_input": _delta_input,
    "factor_row": _factor_row,
    "delta_row": _delta_row,
    "count": _count,
    "slot": _slot,
    "update": _update,
}
