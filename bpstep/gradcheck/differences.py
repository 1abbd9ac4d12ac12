"""One derivative, as an equation has it and by central difference.

The difference itself is inexact: rounding costs about eps·|E|/h, bending costs a share of h². So the verdict
allows for the rounding, and where the difference still changes as h shrinks, a smaller h decides.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.lang.macros import ACTIVATIONS
from bpstep.model.network import Array
from bpstep.program.diagram import Index
from bpstep.program.program import Program, Step, Tensors

DEFAULT_STEP = 1e-5

_MIN_STEP = 1e-8

RULE = "|a - n| <= 1e-7 max(|a|, |n|) + 10 eps max(1, |E|) / h"
"""When a computed gradient a and a numeric one n agree; eps is float64's."""

_SAMPLE = 200

_MIN_SAMPLE = 20

_MAX_MULTIPLICATIONS = 10**9
"""Multiplications that the elements of one tensor may take together before fewer of them are checked."""


@dataclass(frozen=True)
class Derivative:
    """Which derivative: that of a cell of `of` by a cell of `by`."""

    by: str
    by_index: Index
    of: str = "E"
    of_index: Index = ()


@dataclass(frozen=True)
class Element:
    """One element of a gradient, as computed and by central difference."""

    index: Index
    computed: float
    numeric: float
    verdict: str
    """ok, FAILED, or kink: no derivative there to compare with."""
    excess: float
    """The difference in units of what the rule allows."""
    h: float = DEFAULT_STEP
    """The change with which it was decided."""
    is_step_lost: bool = False
    """True where that change is lost in rounding, so large is what it was added to."""

    @property
    def is_compared(self) -> bool:
        """True where there was a difference to compare with."""
        return math.isfinite(self.numeric)

    @property
    def relative_error(self) -> float:
        """The difference relative to the larger of the two; 0 where they are equal, NaN where one is."""
        return relative_error(self.computed, self.numeric)


def relative_error(a: float, b: float) -> float:
    """The difference relative to the larger of the two; 0 where they are equal, NaN where one is."""
    apart, largest = abs(a - b), max(abs(a), abs(b))
    return apart / largest if apart and largest else apart


def compare_element(
    probe: DifferenceProbe, index: Index, computed: float, wanted: Derivative, h: float = DEFAULT_STEP
) -> Element:
    """Compare one element, with a smaller h where the difference has not settled yet."""
    scale = max(1.0, abs(_cell(probe.tensors[wanted.of], wanted.of_index)))
    previous = math.nan
    while True:
        slope, bends = probe.difference(wanted.of, wanted.by, wanted.by_index, h)
        numeric = _cell(slope, wanted.of_index)
        allowed = _allowed(scale, computed, numeric, h)
        ok = abs(computed - numeric) <= allowed
        settled = abs(numeric - previous) <= _allowed(scale, numeric, previous, h) and not bends
        finite = math.isfinite(numeric) and math.isfinite(computed)
        if ok or settled or not finite or h <= _MIN_STEP:
            break
        previous, h = numeric, h / 10
    verdict = "ok" if ok else "kink" if bends and math.isfinite(computed) else "FAILED"
    changed = _cell(probe.tensors[wanted.by], wanted.by_index)
    lost = math.isfinite(changed) and changed - h == changed + h
    excess = abs(computed - numeric) / allowed
    excess = excess if math.isfinite(excess) else math.inf
    return Element(index, computed, numeric, verdict, excess, h, lost)


def cells_to_check(probe: DifferenceProbe, values: Array, every: bool = False) -> list[Index]:
    """The cells to check: all, or a sample, always the same, and one that is no number where there is one."""
    count = min(values.size, max(_MIN_SAMPLE, min(_SAMPLE, _MAX_MULTIPLICATIONS // _multiplications(probe))))
    if every or count == values.size:
        return list(np.ndindex(values.shape))
    flat = set(np.random.default_rng([0, values.size]).choice(values.size, count, replace=False).tolist())
    flat |= set(np.flatnonzero(~np.isfinite(values))[:1].tolist())
    return [tuple(int(axis) for axis in np.unravel_index(at, values.shape)) for at in sorted(flat)]


def _multiplications(probe: DifferenceProbe) -> int:
    """About how many multiplications two runs of the forward equations take."""
    shapes = probe.program.shapes
    weights = sum(math.prod(shapes[name]) for name in probe.program.parameters)
    return 2 * math.prod(shapes["X"][:-1]) * weights


def _cell(value: Array, index: Index) -> float:
    return float(value[index] if index else value)


def _allowed(scale: float, a: float, b: float, h: float) -> float:
    """What two estimates of a slope of something as large as `scale` may differ by."""
    noise = 10 * np.finfo(np.float64).eps * scale / h
    return float(1e-7 * max(abs(a), abs(b)) + noise)


_KINKED = {name for name, row in ACTIVATIONS.items() if row.kinked} | {"where", "abs", "max", "min"}

ApplyEdits = Callable[[str, Any], Any]
"""What a write leaves in place of what was computed: edits."""


class DifferenceProbe:
    """The steps of one iteration except its updates, run from `start`, every tensor at the iteration's start.

    The gradients are those of one set of parameters then, also where updates come between them.
    """

    def __init__(self, program: Program, start: Tensors, apply_edits: ApplyEdits | None = None) -> None:
        self.program = program
        self._steps = [step for step in program.steps if step.phase != "update"]
        self._apply_edits = apply_edits or _as_computed
        self._scope = evaluation_scope()
        self._kinked = {step.name for step in self._steps if _has_kink(step)}
        self._affected: dict[tuple[str, str], list[Step]] = {}
        self.tensors: dict[str, Any] = dict(start)
        self._run(self._steps, self.tensors)

    def shifted(self, name: str, index: Index, change: float, of: str) -> Mapping[str, Any]:
        """All tensors when `change` is added to a cell of `name`, new as far as `of` needs them."""
        tensors = dict(self.tensors)
        if np.ndim(tensors[name]):
            tensors[name] = tensors[name].copy(order="K")
            tensors[name][index] += change
        else:
            tensors[name] = np.float64(tensors[name] + change)
        self._run(self.affected(name, of), tensors)
        return tensors

    def difference(self, of: str, name: str, index: Index, h: float) -> tuple[Array, bool]:
        """The central difference of `of` by a cell of `name`, and whether a kink lies between its ends."""
        low, high = self.shifted(name, index, -h, of), self.shifted(name, index, h, of)
        # What was really added, after rounding.
        with np.errstate(all="ignore"):
            width = np.float64(high[name][index] - low[name][index])
            slope = np.asarray((high[of] - low[of]) / width)
        return slope, self._crosses_kink(self.affected(name, of), low, high)

    def affected(self, name: str, of: str) -> list[Step]:
        """The steps after the write of `name` and up to `of` that depend on it."""
        if (name, of) not in self._affected:
            reached, found = {name}, []
            for step in self._steps[self._after(name) : self._after(of)]:
                if reached.intersection(step.reads):
                    reached.add(step.name)
                    found.append(step)
            self._affected[name, of] = found
        return self._affected[name, of]

    def _after(self, name: str) -> int:
        return next((at + 1 for at, step in enumerate(self._steps) if step.name == name), 0)

    def _run(self, steps: list[Step], tensors: dict[str, Any]) -> None:
        with np.errstate(all="ignore"):
            for step in steps:
                tensors[step.name] = self._apply_edits(step.name, evaluate(step.code, tensors, self._scope))

    def _crosses_kink(self, steps: list[Step], low: Mapping[str, Any], high: Mapping[str, Any]) -> bool:
        """True where the argument of a function with a kink at 0 passes it."""
        nets = (net for step in steps if step.name in self._kinked for net in step.reads)
        return any(bool(np.any((low[net] > 0) != (high[net] > 0))) for net in nets)


def _has_kink(step: Step) -> bool:
    names = {node.id for node in ast.walk(step.tree) if isinstance(node, ast.Name)}
    return step.role.kind == "activation" and bool(names & _KINKED)


def _as_computed(_name: str, value: Any) -> Any:
    return value
