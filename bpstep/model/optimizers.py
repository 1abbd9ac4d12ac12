"""Optimisers and schedules of the learning rate, as rows of source text in the language of equations.

Computation, display and exports all come from this one text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from bpstep.frozen import frozen


@frozen
class Optimizer:
    """How a parameter follows its gradient. `{p}` is the parameter's name, `{g}` its gradient.

    The definitions are those of torch.optim, see https://docs.pytorch.org/docs/stable/optim.html
    """

    update: str
    """The parameter's new value."""
    slots: tuple[tuple[str, str], ...] = ()
    """What it remembers for each parameter: (name with `{p}`, its new value), in order; zero at the start."""
    options: tuple[tuple[str, float], ...] = ()
    """Its constants and their defaults."""
    counts: bool = False
    """True if it counts its updates in `t`."""
    torch: str = ""
    """Its call in torch.optim: a template of parameters, rate and options; empty if it has none."""


_ADAM_SLOTS = (
    ("m_{p}", "beta1 * m_{p} + (1 - beta1) * {g}"),
    ("v_{p}", "beta2 * v_{p} + (1 - beta2) * {g}**2"),
)

_ADAM_OPTIONS = (("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8))

OPTIMIZERS = {
    "sgd": Optimizer("{p} - learning_rate * {g}", torch="SGD({parameters}, lr={rate})"),
    "momentum": Optimizer(
        "{p} - learning_rate * velocity_{p}",
        (("velocity_{p}", "momentum * velocity_{p} + {g}"),),
        (("momentum", 0.9),),
        torch="SGD({parameters}, lr={rate}, momentum={momentum})",
    ),
    "nesterov": Optimizer(
        "{p} - learning_rate * ({g} + momentum * velocity_{p})",
        (("velocity_{p}", "momentum * velocity_{p} + {g}"),),
        (("momentum", 0.9),),
        torch="SGD({parameters}, lr={rate}, momentum={momentum}, nesterov=True)",
    ),
    "rmsprop": Optimizer(
        "{p} - learning_rate * {g} / (sqrt(square_{p}) + epsilon)",
        (("square_{p}", "alpha * square_{p} + (1 - alpha) * {g}**2"),),
        (("alpha", 0.99), ("epsilon", 1e-8)),
        torch="RMSprop({parameters}, lr={rate}, alpha={alpha}, eps={epsilon})",
    ),
    "adagrad": Optimizer(
        "{p} - learning_rate * {g} / (sqrt(square_{p}) + epsilon)",
        (("square_{p}", "square_{p} + {g}**2"),),
        (("epsilon", 1e-10),),
        torch="Adagrad({parameters}, lr={rate}, eps={epsilon})",
    ),
    "adam": Optimizer(
        "{p} - learning_rate * (m_{p} / (1 - beta1**t)) / (sqrt(v_{p} / (1 - beta2**t)) + epsilon)",
        _ADAM_SLOTS,
        _ADAM_OPTIONS,
        counts=True,
        torch="Adam({parameters}, lr={rate}, betas=({beta1}, {beta2}), eps={epsilon})",
    ),
    "adamw": Optimizer(
        "{p} - learning_rate * ((m_{p} / (1 - beta1**t)) / (sqrt(v_{p} / (1 - beta2**t)) + epsilon)"
        " + weight_decay * {p})",
        _ADAM_SLOTS,
        (*_ADAM_OPTIONS, ("weight_decay", 0.01)),
        counts=True,
        torch="AdamW({parameters}, lr={rate}, betas=({beta1}, {beta2}), eps={epsilon},"
        " weight_decay={weight_decay})",
    ),
}

EPSILON_HAT = "epsilon_hat"
"""An option of Adam in place of epsilon, which is then added to the root without bias correction.

As in the last remark of section 2 of the paper, scikit-learn and TensorFlow.
"""


def optimizer_with(name: str, options: Collection[str]) -> Optimizer:
    """The optimiser of this name with these options."""
    row = OPTIMIZERS[name]
    if EPSILON_HAT not in options:
        return row
    update = row.update.replace("+ epsilon)", f"+ {EPSILON_HAT} / sqrt(1 - beta2**t))")
    return replace(row, update=update)


UPDATE_ORDERS = ("after", "immediate")


@frozen
class ScheduleKind:
    """The learning rate of the next iteration; t counts the completed iterations, from 1 on."""

    rate: str
    options: tuple[str, ...]
    """The keys that a network file needs, beside the initial rate."""


SCHEDULES = {
    "inverse_time": ScheduleKind("rate_start / (1 + rate_decay * t)", ("decay",)),
    "exponential": ScheduleKind("rate_start * exp(-rate_decay * t)", ("decay",)),
    "step": ScheduleKind("rate_start * rate_factor**floor(t / rate_every)", ("factor", "every")),
}


@frozen
class Schedule:
    """A schedule of the learning rate."""

    kind: str
    """A name in SCHEDULES."""
    options: Mapping[str, float]
    """Its numbers, by name."""

    def tensors(self, start: float) -> dict[str, float]:
        """The constants that its equation reads."""
        return {"rate_start": start, **{f"rate_{name}": value for name, value in self.options.items()}}
