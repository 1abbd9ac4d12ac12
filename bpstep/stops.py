"""Where a run stops: what is computed after which equations, and when its value means stop.

A test computes a value at a site, after one equation. `holds` stops where it is true, `becomes` where it
is more than at the evaluation before (false counts before the first), `changes` where it is another
number. So where a run stops is a function of the states alone, from wherever it starts. A condition on an
array means any of its cells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from bpstep.breakpoints import Breakpoint, relus
from bpstep.compiled import LOSS
from bpstep.expression import Expression, expression, sites
from bpstep.iteration import Iteration, finite
from bpstep.language.lowering import code, functions, run
from bpstep.program import Program


@dataclass(frozen=True)
class Test:
    """What is computed after the equation `site`, counted from 0.

    `owner` is the stop it belongs to, `slot` where its value is kept until the next evaluation. Without
    `lowered` the value is whether NaN or infinity arises in the equation.
    """

    site: int
    owner: int
    slot: int
    mode: str
    lowered: ast.expr | None = None
    reads: tuple[str, ...] = ()
    code: CodeType | None = field(default=None, compare=False, repr=False)

    def value(self, iteration: Iteration, scope: dict[str, Any]) -> Any:
        """Its value in an iteration; None where it has none in a batch of this size."""
        if self.code is None:
            return _arises(iteration, self.site)
        loss = np.nan if iteration.previous_loss is None else iteration.previous_loss
        try:
            with np.errstate(all="ignore"):
                return run(self.code, {**iteration.tensors(self.site + 1), LOSS: loss}, scope)
        except IndexError:
            return None

    def fires(self, now: Any, was: Any) -> bool:
        """Whether a value after another one means stop."""
        if now is None:
            return False
        if self.mode == "holds":
            return bool(now)
        if self.mode == "becomes":
            return bool(now > was)
        return was is not None and not (now == was or (now != now and was != was))


@dataclass(frozen=True)
class Stops:
    """All the tests of a run, in the order of their sites, and how often each stop has to be met."""

    tests: tuple[Test, ...]
    hits: tuple[int, ...]
    period: int

    @property
    def slots(self) -> int:
        """How many values are kept."""
        return max((test.slot + 1 for test in self.tests), default=0)

    def begin(self, tensors: Mapping[str, Any]) -> list[Any]:
        """What is kept before the first evaluation, at n = 0."""
        kept: list[Any] = [False] * self.slots
        for test in self.tests:
            if test.mode == "changes":
                there = all(name in tensors for name in test.reads)
                kept[test.slot] = run(test.code, tensors, functions()) if there and test.code else None
        return kept

    def look(
        self, iteration: Iteration, kept: list[Any], first: int = 0, end: int | None = None
    ) -> Iterator[Met]:
        """Evaluate after the equations from `first` to before `end`, giving what is met; `kept` follows."""
        scope = functions()
        for test in self.tests:
            if not first <= test.site < (self.period if end is None else end):
                continue
            now = test.value(iteration, scope)
            if test.fires(now, kept[test.slot]):
                yield Met(iteration.index * self.period + test.site + 1, test.owner)
            if now is not None:
                kept[test.slot] = now


@dataclass(frozen=True)
class Met:
    """At n the stop with this number is met."""

    n: int
    owner: int


def stops(program: Program, points: Iterable[Breakpoint]) -> Stops:
    """The tests of breakpoints that are set."""
    tests: list[Test] = []
    hits: list[int] = []
    for owner, point in enumerate(points):
        hits.append(point.hits)
        tests += _tests(program, point, owner, len(tests))
    return Stops(tuple(sorted(tests, key=lambda test: test.site)), tuple(hits), len(program))


def changes(program: Program, text: str) -> Stops:
    """Stops where a cell, or any number that an expression gives, is another one than before."""
    found = expression(program, text)
    where = sites(program, found.reads)
    tests = [Test(at, 0, 0, "changes", found.lowered, found.reads, found.code) for at in where]
    return Stops(tuple(tests), (1,), len(program))


def _tests(program: Program, point: Breakpoint, owner: int, slot: int) -> list[Test]:
    if point.builtin == "non-finite":
        return [Test(at, owner, slot + at, "becomes") for at in range(len(program))]
    if point.builtin == "dead relu":
        texts = [(program.names[name], _dead(program, name)) for name in relus(program)]
        return [_counted(program, owner, slot + k, *each) for k, each in enumerate(texts)]
    if point.builtin == "loss rises":
        rises = ast.Compare(_name("E"), [ast.Gt()], [_name(LOSS)])
        return [Test(program.names["E"], owner, slot, "becomes", rises, ("E",), code(rises))]
    if not point.condition:
        always = ast.Constant(True)
        return [Test(program.names[point.equation], owner, slot, "holds", always, (), code(always))]
    found = expression(program, point.condition)
    truth = _truth(found)
    where = [program.names[point.equation]] if point.equation else sites(program, found.reads)
    mode = "holds" if point.equation else "becomes"
    return [Test(at, owner, slot, mode, truth, found.reads, code(truth)) for at in where]


def _dead(program: Program, name: str) -> str:
    """How many units gave 0 for every sample."""
    return f"sum(all({name} == 0, axis=0))" if len(program.shapes[name]) == 2 else f"sum({name} == 0)"


def _counted(program: Program, owner: int, slot: int, site: int, text: str) -> Test:
    found = expression(program, text)
    return Test(site, owner, slot, "becomes", found.lowered, found.reads, found.code)


def _truth(found: Expression) -> ast.expr:
    """Whether the value, or any of its cells, is true. Arrays of one cell are as true as it is."""
    if found.shape == ():
        return ast.Call(_name("bool"), [found.lowered], [])
    any_of = ast.Call(ast.Attribute(found.lowered, "any", ast.Load()), [], [])
    return ast.Call(_name("bool"), [any_of], [])


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _arises(iteration: Iteration, site: int) -> bool:
    """True where an equation reads finite numbers only and gives one that is not finite."""
    iteration.reach(site + 1)
    if finite(iteration.values[site]):
        return False
    before, program = iteration.tensors(site), iteration.program
    reads = (name for name in program.steps[site].reads if name not in program.constants)
    return all(finite(before[name]) for name in reads)
