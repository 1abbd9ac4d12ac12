"""One derivative, as computed by an equation and by a central difference.

The difference itself is inexact: rounding costs about eps·|E|/h, curvature an error of order h². So the
verdict allows for rounding, and if the difference still changes as h shrinks, a smaller h decides.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np

from bpstep.gradcheck.rounding import Roundings
from bpstep.gradcheck.ties import Choice, HeldTies, has_tie
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.lang.cells import Index
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.shapes import Shape
from bpstep.lang.trees import function_name
from bpstep.model.network import Array
from bpstep.program.program import Phase, Program, RoleKind, Step, Tensors

DEFAULT_STEP = 1e-5

_MIN_STEP = 1e-9

TOLERANCE = 1e-7
"""The largest relative error allowed in a gradient."""

_SHRINKS = 0.5
"""Without a kink, the left and right slopes approach each other by a factor of 10 when h shrinks by 10."""

_JUMP_NOISE = 4
"""Slopes that differ by no more than this, in units of the noise, may differ by rounding alone."""

_ROUNDINGS = 4
"""How often the forward equations are evaluated with changed roundings."""

_FLAT_STEP = 1e-3
"""A loss that does not change at all when a cell changes this much is flat there."""

_SAMPLE = 200

_MIN_SAMPLE = 20

_MAX_MULTIPLICATIONS = 10**9
"""The most multiplications for the elements of one tensor; beyond that, fewer elements are checked."""


@dataclass(frozen=True)
class CellDerivative:
    """Which derivative: that of a cell of `of` by a cell of `by`."""

    by: str
    by_index: Index
    of: str
    of_index: Index = ()
    readers: tuple[str, ...] = ()
    """The equations that see the changed `by`; empty for all."""


@dataclass(frozen=True)
class Element:
    """One element of a gradient or of an equation's result, as computed and as it should be."""

    index: Index
    computed: float
    numeric: float
    """The central difference; with `is_derived`, the derived equation's value."""
    verdict: Verdict
    excess: float
    """The difference in units of what the rule allows."""
    h: float = DEFAULT_STEP
    """The change h with which it was decided."""
    reason: Reason | None = None
    """Why it was not checked."""
    line: str = ""
    """The equation with the tie, if that is the reason."""
    is_derived: bool = False
    """True if the difference is too coarse, so that the derived equation decided."""

    @property
    def is_compared(self) -> bool:
        """True if there was a number to compare with."""
        return math.isfinite(self.numeric)

    @property
    def relative_error(self) -> float:
        """The difference relative to the larger of the two; 0 if they are equal, NaN if one is NaN."""
        return relative_error(self.computed, self.numeric)


def relative_error(a: float, b: float) -> float:
    """The difference relative to the larger of the two; 0 if they are equal, NaN if one is NaN."""
    apart, largest = abs(a - b), max(abs(a), abs(b))
    return apart / largest if apart and largest else apart


def compare_element(
    probe: DifferenceProbe, index: Index, computed: float, wanted: CellDerivative, h: float = DEFAULT_STEP
) -> Element:
    """Compare one element, with a smaller h if the difference has not settled yet."""
    scale = max(1.0, abs(_cell(probe.tensors[wanted.of], wanted.of_index)))
    previous = previous_jump = math.nan
    while True:
        slope, bends = probe.difference(wanted, h)
        numeric = _cell(slope, wanted.of_index)
        allowed = _allowed(scale, computed, numeric, h)
        ok = math.isfinite(computed) and abs(computed - numeric) <= allowed
        if not ok and not bends:
            jump = probe.slope_jump(wanted, h)
            bends = jump > max(_SHRINKS * previous_jump, _JUMP_NOISE * _noise(scale, h))
            previous_jump = jump
        settled = abs(numeric - previous) <= _allowed(scale, numeric, previous, h) and not bends
        finite = math.isfinite(numeric) and math.isfinite(computed)
        if ok or settled or not finite or h / 10 < _MIN_STEP:
            break
        previous, h = numeric, h / 10
    verdict, reason, line = Verdict.AGREES if ok else Verdict.DIFFERS, None, ""
    if not math.isfinite(numeric):
        changed = _cell(probe.tensors[wanted.by], wanted.by_index)
        lost = math.isfinite(changed) and changed - h == changed + h
        verdict, reason = Verdict.NOT_CHECKED, Reason.STEP_LOST if lost else Reason.NO_NUMBER
    elif not ok and abs(computed - numeric) <= _noise(probe.scale(wanted.of, wanted.of_index), h):
        verdict = Verdict.TOO_SMALL
    elif not ok and math.isfinite(computed):
        # Also without a kink in the loss: a second tie above the first can make both of its slopes equal.
        line = probe.tie(wanted, h)
        held = _beside_every_slope(probe, index, computed, wanted) if line else None
        if held is not None:
            return held
        if line or bends:
            verdict, reason = Verdict.NOT_CHECKED, Reason.TIE if line else Reason.KINK
    elif ok and max(abs(computed), abs(numeric)) <= allowed:
        known = computed == 0 and probe.is_flat(wanted)
        verdict = Verdict.AGREES if known else Verdict.TOO_SMALL
    excess = abs(computed - numeric) / allowed
    excess = excess if math.isfinite(excess) else math.inf
    return Element(index, computed, numeric, verdict, excess, h, reason, line)


def _beside_every_slope(
    probe: DifferenceProbe, index: Index, computed: float, wanted: CellDerivative
) -> Element | None:
    """The element compared at a tie, if its value is none of the slopes there.

    Those are the slopes to the left and right, that of equal shares, and what lies between; or all of it goes
    to the first or last of the tied numbers.
    """
    even = compare_element(probe.held(Choice.EVEN), index, computed, wanted)
    if even.verdict is not Verdict.DIFFERS:
        return None
    scale = max(1.0, abs(_cell(probe.tensors[wanted.of], wanted.of_index)))
    sides = [even.numeric, *probe.one_sided(wanted, even.h)]
    intervals = [(min(sides), max(sides))]
    for choice in (Choice.FIRST, Choice.LAST):
        slope, _ = probe.held(choice).difference(wanted, even.h)
        intervals.append((_cell(slope, wanted.of_index),) * 2)
    for low, high in intervals:
        allowed = _JUMP_NOISE * _allowed(scale, low, high, even.h)
        if not low - allowed > computed and not computed > high + allowed:
            return None
    return even


def compare_with_derived(element: Element, right: float, differs: bool) -> Element:
    """The verdict of the derived equations on an element that is too small for a difference.

    If both values are no more than rounding errors of 0, and not equal, it is still too small to tell.
    """
    excess = relative_error(element.computed, right) / TOLERANCE
    within = Verdict.AGREES if excess <= 1 else Verdict.TOO_SMALL
    return replace(
        element,
        numeric=right,
        verdict=Verdict.DIFFERS if differs else within,
        reason=None,
        excess=excess if differs else min(excess, 1.0),
        is_derived=True,
    )


def cells_to_check(probe: DifferenceProbe, values: Array, every: bool = False) -> list[Index]:
    """The cells to check: all, or a fixed sample, plus one that is not finite if there is one."""
    count = min(values.size, max(_MIN_SAMPLE, min(_SAMPLE, _MAX_MULTIPLICATIONS // multiplications(probe))))
    if every or count == values.size:
        return list(np.ndindex(values.shape))
    flat = set(np.random.default_rng([0, values.size]).choice(values.size, count, replace=False).tolist())
    flat |= set(np.flatnonzero(~np.isfinite(values))[:1].tolist())
    return [tuple(int(axis) for axis in np.unravel_index(at, values.shape)) for at in sorted(flat)]


def multiplications(probe: DifferenceProbe) -> int:
    """About how many multiplications two runs of the forward equations take."""
    shapes = probe.program.shapes
    weights = sum(math.prod(shapes[name]) for name in probe.program.parameters)
    return 2 * probe.program.batch_samples * weights


def _cell(value: Array, index: Index) -> float:
    return float(value[index] if index else value)


def _allowed(scale: float, a: float, b: float, h: float) -> float:
    """How much two estimates of a slope of size `scale` may differ."""
    return TOLERANCE * max(abs(a), abs(b)) + _noise(scale, h)


def _noise(scale: float, h: float) -> float:
    """The rounding error of a difference of quantities of size `scale`."""
    return float(10 * np.finfo(np.float64).eps * scale / h)


_KINKED = {name for name, row in FUNCTIONS.items() if row.kinked and not row.reduces}

ApplyEdits = Callable[[str, Any], Any]
"""The value that a write leaves, from the tensor's name and what was computed: with its edits."""


class DifferenceProbe:
    """The steps of one iteration except its updates, run from `start`, every tensor at the iteration's start.

    All gradients are by one set of parameters, even if updates come between them.
    """

    def __init__(self, program: Program, start: Tensors, apply_edits: ApplyEdits | None = None) -> None:
        self.program = program
        self._steps = [step for step in program.steps if step.phase != Phase.UPDATE]
        self._apply_edits = apply_edits or _as_computed
        self._ties: HeldTies | None = None
        self._held: dict[Choice, DifferenceProbe] = {}
        self._scope = evaluation_scope()
        self._kinked = {step.name: list(_bending(step, program.shapes)) for step in self._steps}
        """For each equation, the expressions that are 0 at its kinks."""
        self._affected: dict[tuple[str, str], list[Step]] = {}
        self.tensors: dict[str, Any] = dict(start)
        self._run(self._steps, self.tensors)

    def shifted(self, wanted: CellDerivative, change: float) -> Mapping[str, Any]:
        """All tensors when `change` is added to a cell, recomputed as far as the differentiated tensor needs
        them.
        """
        name, index = wanted.by, wanted.by_index
        tensors = dict(self.tensors)
        if np.ndim(tensors[name]):
            tensors[name] = tensors[name].copy(order="K")
            tensors[name][index] += change
        else:
            tensors[name] = np.float64(tensors[name] + change)
        blind = {step.name for step in self.affected(wanted) if name in step.reads} - {*wanted.readers}
        self._run(self.affected(wanted), tensors, {name: blind} if wanted.readers else {})
        return tensors

    def held(self, choice: Choice) -> DifferenceProbe:
        """The same probe, with the cells that are a maximum or minimum now, also where others become it."""
        if choice not in self._held:
            held = self._held[choice] = copy.copy(self)
            held._ties = HeldTies(choice, self.tensors)
        return self._held[choice]

    def difference(self, wanted: CellDerivative, h: float) -> tuple[Array, bool]:
        """The central difference for a derivative, and whether a kink lies between its ends."""
        of, name, index = wanted.of, wanted.by, wanted.by_index
        low, high = self.shifted(wanted, -h), self.shifted(wanted, h)
        # The change after rounding.
        with np.errstate(all="ignore"):
            width = np.float64(high[name][index] - low[name][index])
            slope = np.asarray((high[of] - low[of]) / width)
        return slope, self._crosses_kink(self.affected(wanted), low, high)

    def scale(self, of: str, index: Index) -> float:
        """The scale of a cell's rounding error: its own size, at least 1, more if it is less exact."""
        value, spread = (_cell(at[of], index) for at in (self.tensors, self._spreads))
        spread = spread if math.isfinite(spread) else 0.0
        return max(1.0, abs(value), spread / float(np.finfo(np.float64).eps))

    @cached_property
    def _spreads(self) -> dict[str, Any]:
        """How much each result changes when every rounding changes."""
        spreads: dict[str, Any] = {}
        cache: dict[Step, CodeType] = {}
        for seed in range(_ROUNDINGS):
            tensors, roundings = dict(self.tensors), Roundings(seed, cache)
            with np.errstate(all="ignore"):
                for step in self._steps:
                    if not step.phase.is_forward:
                        continue
                    tensors[step.name] = self._apply_edits(step.name, roundings.evaluate(step, tensors))
                    apart = np.abs(np.subtract(tensors[step.name], self.tensors[step.name]))
                    spreads[step.name] = np.maximum(spreads.get(step.name, 0.0), apart)
        return spreads

    def slope_jump(self, wanted: CellDerivative, h: float) -> float:
        """By how much the left and right slopes differ.

        At a kink the difference stays as h shrinks; elsewhere it shrinks with h.
        """
        before, after = self.one_sided(wanted, h)
        return abs(after - before)

    def one_sided(self, wanted: CellDerivative, h: float) -> list[float]:
        """The left and right slopes."""
        low, high = self.shifted(wanted, -h), self.shifted(wanted, h)
        at, value = (
            [_cell(tensors[what], where) for tensors in (low, self.tensors, high)]
            for what, where in ((wanted.by, wanted.by_index), (wanted.of, wanted.of_index))
        )
        with np.errstate(all="ignore"):
            return [float(np.float64(value[k + 1] - value[k]) / (at[k + 1] - at[k])) for k in (0, 1)]

    def tie(self, wanted: CellDerivative, h: float) -> str:
        """The first equation on the path in which tied numbers become different; empty if there is none."""
        if self._ties is not None:
            return ""
        ends = self.shifted(wanted, -h), self.shifted(wanted, h)
        for step in self.affected(wanted):
            if has_tie(step, self.program.shapes, self.tensors, *ends):
                return step.equation
        return ""

    def is_flat(self, wanted: CellDerivative) -> bool:
        """True if a large change in both directions leaves the differentiated tensor unchanged, bit
        for bit.
        """
        ends = (self.shifted(wanted, change)[wanted.of] for change in (-_FLAT_STEP, _FLAT_STEP))
        return all(np.array_equal(end, self.tensors[wanted.of]) for end in ends)

    def affected(self, wanted: CellDerivative) -> list[Step]:
        """The steps after the write of `by`, up to `of`, that depend on it."""
        name, of = wanted.by, wanted.of
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

    def _run(
        self, steps: list[Step], tensors: dict[str, Any], blind: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """Compute `steps`; `blind` gives, by tensor, the equations that read its value before the change."""
        with np.errstate(all="ignore"):
            for step in steps:
                seen = tensors
                for name, steps_of in (blind or {}).items():
                    if step.name in steps_of:
                        seen = {**tensors, name: self.tensors[name]}
                tensors[step.name] = self._apply_edits(step.name, self._evaluated(step, seen))

    def _evaluated(self, step: Step, tensors: Tensors) -> Any:
        if self._ties is None:
            return evaluate(step.code, tensors, self._scope)
        return self._ties.evaluate(step, tensors)

    def _crosses_kink(self, steps: list[Step], low: Mapping[str, Any], high: Mapping[str, Any]) -> bool:
        """True if the argument of a function with a kink at 0 changes sign."""
        codes = [code for step in steps for code in self._kinked[step.name]]
        with np.errstate(all="ignore"):
            ends = [[evaluate(code, at, self._scope) > 0 for code in codes] for at in (low, high)]
        return any(bool(np.any(before != after)) for before, after in zip(*ends))


def _bending(step: Step, shapes: Mapping[str, Shape]) -> Iterator[CodeType]:
    """The arguments of an equation's kinked functions, if they may be near 0."""
    if step.role.kind not in (RoleKind.ACTIVATION, RoleKind.VALUE, RoleKind.LOSS):
        return
    for node in ast.walk(step.tree):
        if isinstance(node, ast.Call) and function_name(node) in _KINKED:
            for argument in _zero_at_kinks(node):
                yield compile_lowered(lower(copy.deepcopy(argument), shapes))


def _zero_at_kinks(node: ast.Call) -> list[ast.expr]:
    """The expressions that are 0 where a function has its kinks."""
    match node:
        case ast.Call(func=ast.Name("maximum" | "minimum" | "clip"), args=[first, *bounds]):
            return [ast.BinOp(first, ast.Sub(), bound) for bound in bounds]
        case ast.Call(args=[ast.Compare(left, _, [right]), *_]):
            return [ast.BinOp(left, ast.Sub(), right)]
    return node.args[:1]


def _as_computed(_name: str, value: Any) -> Any:
    return value
