"""Penalties on the weights: the part of a step that is proportional to the parameter itself.

`dW = X.T @ d + decay * W` is the gradient of the loss plus ½ decay Σ W². The loss that the script computes
tells whether that is intended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np

from bpstep.gradcheck.script.judged.start_states import at_start
from bpstep.script.meaning.graph import MISSING, have_one_shape
from bpstep.script.meaning.labels import direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.study import Explanation, Matches, Study

_TOLERANCE = 1e-6

_MIN_ALIKE = 2
"""So many parameters with the same penalty tell that another one should have it, too."""

_NONE = 1e-5
"""A smaller penalty, relative to the gradient, is only what log(p + 1e-9) in a loss causes."""


class PenaltyKind(Enum):
    """How the penalty of a step and that of the loss differ."""

    NOT_IN_LOSS = auto()
    NOT_IN_STEP = auto()
    LEFT_OUT = auto()
    """The steps of other parameters have it."""
    SIGN = auto()
    GROWTH = auto()
    """Without a loss: the step goes away from 0."""
    OTHER_FACTOR = auto()
    UNLIKE_OTHERS = auto()
    """Without a loss: twice or half that of the other parameters."""


@dataclass(frozen=True)
class Penalty:
    """A penalty in either the loss or a step, but not in both."""

    kind: PenaltyKind
    equation: int
    """The equation that adds the penalty; without one, the last that gives the gradient."""
    parameters: tuple[str, ...]
    loss: int
    """The node of the loss that the script computes; -1 if it computes none."""
    factor: float = 1.0
    """The step's penalty divided by that of the loss, or by that of the others."""
    others: tuple[str, ...] = ()
    """The other parameters with a penalty; only told where they are compared with."""
    scale: float = 0.0
    """The loss that the pass follows, relative to the script's without its penalties; 0 if not told."""


def penalties(study: Study, best: Explanation, matches: Matches) -> Iterator[Penalty]:
    """The differences, one for each line; without a loss of the script, the penalties that raise weights."""
    ends = {name: study.graph.current[name] for name in matches.found}
    # A velocity used to look ahead does not belong to the weights: their updates read it.
    names = [
        name for name in ends if not any(ends[name] in study.cones[other] for other in ends if other != name)
    ]
    steps = {name: rate for name in names if (rate := rate_of_step(study, best, name)) is not None}
    found: dict[tuple[PenaltyKind, int], Penalty] = {}
    loss = _own_loss(study, best, list(steps)) if steps else None
    if loss is None:
        memory = {study.graph.inputs[each] for each in study.remembered}
        for name, given in steps.items():
            # What remembers earlier steps may be of a rule of its own.
            if given < 0 and memory.isdisjoint(study.cones[name]):
                yield Penalty(PenaltyKind.GROWTH, _line_of(study, matches, name, True), (name,), -1)
        yield from _unlike_others(study, matches, steps)
        return
    root, wanted, constant = loss
    followed = any(_is_same(steps[name], rate) and rate for name, rate in wanted.items())
    for name, given in steps.items():
        rate = wanted[name]
        if _is_same(given, rate):
            continue
        factor = given / rate if rate else 1.0
        if not rate:
            kind = PenaltyKind.GROWTH if given < 0 else PenaltyKind.NOT_IN_LOSS
        elif not given:
            kind = PenaltyKind.LEFT_OUT if followed else PenaltyKind.NOT_IN_STEP
        else:
            kind = PenaltyKind.SIGN if _is_same(factor, -1) else PenaltyKind.OTHER_FACTOR
        at = _line_of(study, matches, name, bool(given))
        known = found.get((kind, at))
        shared = (*known.parameters, name) if known else (name,)
        found[kind, at] = Penalty(kind, at, shared, root, factor, scale=1 / constant if constant else 0.0)
    yield from found.values()


def _unlike_others(study: Study, matches: Matches, steps: Mapping[str, float]) -> Iterator[Penalty]:
    """The one penalty that is twice or half as large as that of at least two other parameters."""
    rates = {name: rate for name, rate in steps.items() if rate > 0}
    for name, rate in rates.items():
        others = [each for each in rates if each != name]
        usual = rates[others[0]] if others else 0.0
        is_one = len(others) >= _MIN_ALIKE and all(_is_same(rates[each], usual) for each in others)
        if is_one and any(_is_same(rate / usual, factor) for factor in (0.5, 2.0)):
            at = _line_of(study, matches, name, True)
            yield Penalty(PenaltyKind.UNLIKE_OTHERS, at, (name,), -1, rate / usual, tuple(others))


def rate_of_step(study: Study, best: Explanation, name: str) -> float | None:
    """The multiple of the parameter in a step, in units of the gradient; None if the step has
    another form.
    """
    graph, node = study.graph, best.inputs[name]
    end = graph.current[name]
    taken = []
    for state in study.states:
        values = at_start(study, state)
        is_there = have_one_shape(values[end], values[node])
        taken.append(values[end] - values[node] if is_there else MISSING)
    fitted = fitted_constants(taken, _gradients(best, node), [values[node] for values in study.states])
    return None if fitted is None or not fitted[0] else fitted[1] / fitted[0]


def _own_loss(
    study: Study, best: Explanation, names: Sequence[str]
) -> tuple[int, dict[str, float], float] | None:
    """The script's own loss, its penalty on each parameter in units of the gradient of the rest, and the rest
    in units of the loss that the pass follows."""
    found: list[tuple[int, dict[str, float], float]] = []
    scalars = study.scalars
    if best.candidate.kind == SCRIPT_LOSS:
        # The penalty may be added to this loss in a later line.
        part = best.candidate.outputs[0]
        found.append((part, dict.fromkeys(names, 0.0), 1.0))
        scalars = [each for each in scalars if part in study.graph.cone(each.outputs) - set(each.outputs)]
    # A running sum of losses has their penalties times the numbers of samples.
    sums = {study.graph.current[name] for name in study.all_carried}
    for candidate in sorted(scalars, key=lambda each: each.outputs[0] in sums):
        own = study.explain(candidate)
        if own is None or any(name not in own.inputs for name in names):
            continue
        rates, constants = {}, []
        for name in names:
            node = best.inputs[name]
            starts = [values[node] for values in study.states]
            fitted = fitted_constants(_gradients(own, node), _gradients(best, node), starts)
            if fitted is None or not fitted[0]:
                break
            constants.append(fitted[0])
            rates[name] = fitted[1] / fitted[0]
        if len(rates) == len(names) and np.allclose(constants, constants[0], rtol=_TOLERANCE):
            found.append((candidate.outputs[0], rates, constants[0]))
        elif late := _late_penalties(study, best, own, names):
            found.append((candidate.outputs[0], late, 0.0))
    with_penalty = (each for each in found if any(each[1].values()))
    return next(with_penalty, found[0] if found else None)


def _late_penalties(
    study: Study, best: Explanation, own: Explanation, names: Sequence[str]
) -> dict[str, float]:
    """The penalties of a loss that is printed with the new weights, in units of the gradient of the rest, as
    if it were computed from the old ones; empty if the loss is none of that kind."""
    graph = study.graph
    scales = []
    for output in best.candidate.outputs:
        # The updates read the output, too.
        readers = [each for each in own.backward.readers.get(output, ()) if each not in study.update_cone]
        parts = [[each.get((output, reader), MISSING) for reader in readers] for each in own.contributions]
        if not readers or any(part is MISSING for each in parts for part in each):
            return {}
        given, wanted = direction([sum(each) for each in parts]), direction(_gradients(best, output))
        scales.append(scale_factor(given, wanted) if given is not None and wanted is not None else 0.0)
    if not scales or not all(scales) or not np.allclose(scales, scales[0], rtol=_TOLERANCE):
        return {}
    rates: dict[str, float] = {}
    for name in names:
        end = graph.current[name]
        ends = [values[end] for values in study.states]
        given, wanted = direction(_gradients(own, end)), direction(ends)
        if given is not None and (wanted is None or not scale_factor(given, wanted)):
            return {}
        rates[name] = 0.0 if given is None or wanted is None else scale_factor(given, wanted) / scales[0]
    return rates if any(rates.values()) else {}


def _gradients(explanation: Explanation, node: int) -> list[Any]:
    return [each.get(node, MISSING) for each in explanation.gradients]


def fitted_constants(
    given: Sequence[Any], first: Sequence[Any], second: Sequence[Any]
) -> tuple[float, float] | None:
    """The two constants that combine two tensors into the given ones; None if there are none."""
    columns: list[list[Any]] = [[], [], []]
    for values in zip(given, first, second):
        if not have_one_shape(*values):
            return None
        for column, value in zip(columns, values):
            column.append(np.ravel(np.asarray(value, dtype=np.float64)))
    wanted, one, other = map(np.concatenate, columns)
    if wanted.size < 3 or not all(np.isfinite(each).all() and each.any() for each in (wanted, one, other)):
        return None
    matrix = np.stack([one, other], axis=1)
    found = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    if np.max(np.abs(matrix @ found - wanted)) > _TOLERANCE * np.max(np.abs(wanted)):
        return None
    a, b = float(found[0]), float(found[1])
    if abs(b) * np.max(np.abs(other)) <= _NONE * np.max(np.abs(wanted)):
        b = 0.0
    return a, b


def _line_of(study: Study, matches: Matches, name: str, is_added: bool) -> int:
    """The equation that adds a parameter to its gradient or subtracts it; else the last that gives the
    gradient.
    """
    graph, roots = study.graph, study.graph.roots
    start, end = graph.inputs[name], graph.current[name]
    last = roots.index(end)
    if is_added:
        gradients = {node for node, _ in matches.found[name]}
        for at, root in enumerate(roots[:last]):
            is_after = gradients & graph.cone([root])
            if root in study.cones[name] and start in graph.reads[at].values() and is_after:
                return at
        return last
    return max((roots.index(node) for node, _ in matches.found[name] if node in roots[:last]), default=last)


def _is_same(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(abs(a), abs(b))
