"""Where a run stops: what is computed after which equations, and when its value means stop.

A test computes a value at a site, after one equation. So where a run stops depends only on the states, not on
where it starts. A condition on an array means any of its cells.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import CodeType
from typing import Any

import numpy as np

from bpstep.engine.compiler import PREVIOUS_LOSS, CompiledIteration, Injection, Injections, compile_iteration
from bpstep.engine.iteration import Iteration, is_finite
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope
from bpstep.program.expression import Expression, parse_expression, update_sites
from bpstep.program.program import Program
from bpstep.session.breakpoints import Breakpoint, has_place, relu_outputs, sites


class StopMode(Enum):
    """What a test's value must do for the run to stop."""

    HOLDS = "holds"
    """Be true."""
    BECOMES = "becomes"
    """Be greater than at the previous evaluation; before the first it counts as false."""
    CHANGES = "changes"
    """Be another number than at the previous evaluation."""


@dataclass(frozen=True)
class StopTest:
    """A breakpoint's test, evaluated each time just after equation number `site`, counted from 0.

    `owner` is the stop it belongs to, `slot` where its value is kept until the next evaluation. Without
    `lowered` the value is whether NaN or infinity arises in the equation.
    """

    site: int
    owner: int
    slot: int
    mode: StopMode
    lowered: ast.expr | None = None
    reads: tuple[str, ...] = ()
    code: CodeType | None = field(default=None, compare=False, repr=False)

    def value(self, iteration: Iteration, scope: dict[str, Any]) -> Any:
        """Its value in an iteration; None if an index is outside its axis, or if a tensor that it reads is
        missing.
        """
        if self.code is None:
            return _becomes_nonfinite(iteration, self.site)
        loss = np.nan if iteration.previous_loss is None else iteration.previous_loss
        tensors = {**iteration.tensors(self.site + 1), PREVIOUS_LOSS: loss}
        if not tensors.keys() >= set(self.reads):
            return None
        try:
            with np.errstate(all="ignore"):
                return evaluate(self.code, tensors, scope)
        except IndexError:
            return None

    def is_met(self, now: Any, was: Any) -> bool:
        """Whether a value after a previous one means stop."""
        if now is None:
            return False
        if self.mode is StopMode.HOLDS:
            return bool(now)
        if self.mode is StopMode.BECOMES:
            return bool(now > was)
        return was is not None and not (now == was or (now != now and was != was))


@dataclass(frozen=True)
class StopTests:
    """All the tests of a run, in the order of their sites, and how often each stop has to be hit."""

    tests: tuple[StopTest, ...]
    hits: tuple[int, ...]
    period: int

    @property
    def slots(self) -> int:
        """How many values are kept."""
        return max((test.slot + 1 for test in self.tests), default=0)

    def initial_values(self, tensors: Mapping[str, Any]) -> list[Any]:
        """The values kept before the first evaluation, at n = 0."""
        kept: list[Any] = [False] * self.slots
        for test in self.tests:
            if test.mode is StopMode.CHANGES:
                there = all(name in tensors for name in test.reads)
                kept[test.slot] = (
                    evaluate(test.code, tensors, evaluation_scope()) if there and test.code else None
                )
        return kept

    def evaluate(
        self, iteration: Iteration, kept: list[Any], first: int = 0, end: int | None = None
    ) -> Iterator[StopHit]:
        """Evaluate after the equations from `first` to before `end`, yielding hits; `kept` is updated."""
        scope = evaluation_scope()
        for test in self.tests:
            if not first <= test.site < (self.period if end is None else end):
                continue
            now = test.value(iteration, scope)
            if test.is_met(now, kept[test.slot]):
                yield StopHit(iteration.index * self.period + test.site + 1, test.owner)
            if now is not None:
                kept[test.slot] = now


@dataclass(frozen=True)
class StopHit:
    """The stop with this number is hit at n."""

    n: int
    owner: int


def breakpoint_tests(program: Program, points: Iterable[Breakpoint]) -> StopTests:
    """The tests of the breakpoints that are set."""
    tests: list[StopTest] = []
    hits: list[int] = []
    for owner, point in enumerate(points):
        hits.append(point.hits)
        tests += _tests(program, point, owner, len(tests))
    return StopTests(tuple(sorted(tests, key=lambda test: test.site)), tuple(hits), len(program))


def change_tests(program: Program, text: str) -> StopTests:
    """Stops where a cell, or any number of an expression's value, changes."""
    found = parse_expression(program, text)
    where = update_sites(program, found.reads)
    tests = [StopTest(at, 0, 0, StopMode.CHANGES, found.lowered, found.reads, found.code) for at in where]
    return StopTests(tuple(tests), (1,), len(program))


def _tests(program: Program, point: Breakpoint, owner: int, slot: int) -> list[StopTest]:
    if not has_place(program, point):
        return []
    if point.builtin == "non-finite":
        return [StopTest(at, owner, slot + at, StopMode.BECOMES) for at in range(len(program))]
    if point.builtin == "dead relu":
        texts = [(program.step_indices[name], _dead_units(program, name)) for name in relu_outputs(program)]
        return [_counted(program, owner, slot + k, *each) for k, each in enumerate(texts)]
    if point.builtin == "loss rises":
        loss, at = program.loss, program.loss_index
        assert at is not None
        rises = ast.Compare(_name(loss), [ast.Gt()], [_name(PREVIOUS_LOSS)])
        code = compile_lowered(rises)
        return [StopTest(at, owner, slot, StopMode.BECOMES, rises, (loss,), code)]
    if not point.condition:
        always = ast.Constant(True)
        code = compile_lowered(always)
        return [StopTest(at, owner, slot, StopMode.HOLDS, always, (), code) for at in sites(program, point)]
    found = parse_expression(program, point.condition)
    truth = _truth(found)
    where = sites(program, point) if point.equation else update_sites(program, found.reads)
    mode = StopMode.HOLDS if point.equation else StopMode.BECOMES
    return [StopTest(at, owner, slot, mode, truth, found.reads, compile_lowered(truth)) for at in where]


def _dead_units(program: Program, name: str) -> str:
    """How many units gave 0 for every sample."""
    return f"sum(all({name} == 0, axis=0))" if len(program.shapes[name]) == 2 else f"sum({name} == 0)"


def _counted(program: Program, owner: int, slot: int, site: int, text: str) -> StopTest:
    found = parse_expression(program, text)
    return StopTest(site, owner, slot, StopMode.BECOMES, found.lowered, found.reads, found.code)


def _truth(found: Expression) -> ast.expr:
    """Whether the value, or any of its cells, is true."""
    if found.shape == ():
        return ast.Call(_name("bool"), [found.lowered], [])
    any_of = ast.Call(ast.Attribute(found.lowered, "any", ast.Load()), [], [])
    return ast.Call(_name("bool"), [any_of], [])


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _becomes_nonfinite(iteration: Iteration, site: int) -> bool:
    """True if an equation reads only finite numbers and its result is not finite."""
    iteration.compute(site + 1)
    if is_finite(iteration.values[site]):
        return False
    before, program = iteration.tensors(site), iteration.program
    reads = (name for name in program.steps[site].reads if name not in program.constants)
    return all(is_finite(before[name]) for name in reads)


class StopWatcher:
    """Counts hits, from the values kept where the run begins, until a stop is hit often enough."""

    def __init__(self, stops: StopTests, previous_values: list[Any]) -> None:
        self.hits: tuple[StopHit, ...] = ()
        """The stops hit where the run ended; all have one n."""
        self._stops = stops
        self._previous_values = previous_values
        self._hits_left = list(stops.hits)
        self._compiled: dict[int, tuple[Program, CompiledIteration]] = {}

    @property
    def found(self) -> bool:
        """True once a stop is hit often enough."""
        return bool(self.hits)

    def inspect(self, iteration: Iteration, first: int = 0, end: int | None = None) -> None:
        """Inspect an iteration from its equation `first` up to, but not including, `end`."""
        reached: list[StopHit] = []
        for met in self._stops.evaluate(iteration, self._previous_values, first, end):
            if reached and met.n > reached[0].n:
                break
            self._hits_left[met.owner] -= 1
            if not self._hits_left[met.owner]:
                reached.append(met)
        self.hits = tuple(reached)

    def advance(self, program: Program, drawn: bool, loss: float | None) -> CompiledIteration:
        """The compiled iteration with the tests in it; it abandons an iteration in which one may fire."""
        if id(program) not in self._compiled:
            made = compile_iteration(program, drawn, injections(program, self._stops))
            self._compiled[id(program)] = (program, made)
        compiled = self._compiled[id(program)][1]
        before = math.nan if loss is None else loss

        def run(rounds: Any, record: Callable[[float], None], *tensors: Any) -> tuple[Any, ...]:
            carried, state = compiled(
                rounds, record, *tensors, before, *self._previous_values, *self._hits_left
            )
            self._previous_values = list(state[: len(self._previous_values)])
            self._hits_left = list(state[len(self._previous_values) :])
            return tuple(carried)

        return run


def injections(program: Program, stops: StopTests) -> Injections:
    """The code inserted into the iteration for the tests."""
    kept = [f"_was{slot}" for slot in range(stops.slots)]
    left = [f"_left{owner}" for owner in range(len(stops.hits))]
    items = [_insert(test, test.lowered, stops.hits[test.owner]) for test in stops.tests if test.lowered]
    screened = [test.slot for test in stops.tests if not test.lowered]
    if screened:
        items.append(_screen(program, screened))
    return Injections((*kept, *left), tuple(items))


def _insert(test: StopTest, lowered: ast.expr, hits: int) -> Injection:
    met = ["return _begin"]
    if hits > 1:
        met = [f"_left{test.owner} -= 1", f"if not _left{test.owner}: return _begin"]
    if test.mode is StopMode.HOLDS:
        lines = ["if _test:", *(f"    {line}" for line in met)]
    else:
        sign = ">" if test.mode is StopMode.BECOMES else "!="
        lines = ["_now = _test", f"if _now {sign} _was{test.slot}:", *(f"    {line}" for line in met)]
        lines.append(f"_was{test.slot} = _now")
    return Injection(test.site, lowered, test.reads, tuple(lines))


def _screen(program: Program, slots: list[int]) -> Injection:
    """Abandons an iteration in which a result may not be finite: its sum is not."""
    sums = " + ".join(f"sum({step.name})" for step in program.steps)
    test = ast.parse(f"isfinite({sums})", mode="eval").body
    cleared = " = ".join(f"_was{slot}" for slot in slots)
    lines = ("if not _test: return _begin", f"{cleared} = False")
    return Injection(len(program) - 1, test, tuple(program.step_indices), lines)
