"""What looks on while a long run goes at full speed, and stops it where a stop is met.

Its tests are put into the compiled iteration. Where one of them fires, or may fire, that iteration is given
up and looked at equation by equation, which decides. So a run stops where single steps would.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

from bpstep.compiled import Advance, Insert, Inserts, compile_iteration
from bpstep.iteration import Iteration
from bpstep.program import Program
from bpstep.stops import Met, Stops, Test


class Watcher:
    """Counts what is met, from what was kept where the run begins, until a stop is met often enough."""

    def __init__(self, stops: Stops, kept: list[Any]) -> None:
        self.met: tuple[Met, ...] = ()
        """The stops met where the run ended; all have one n."""
        self._stops = stops
        self._kept = kept
        self._left = list(stops.hits)
        self._compiled: dict[int, tuple[Program, Advance]] = {}

    @property
    def found(self) -> bool:
        """True once a stop is met."""
        return bool(self.met)

    def look(self, iteration: Iteration, first: int = 0, end: int | None = None) -> None:
        """Look at an iteration from its equation `first` on, and not at `end` or what comes after it."""
        reached: list[Met] = []
        for met in self._stops.look(iteration, self._kept, first, end):
            if reached and met.n > reached[0].n:
                break
            self._left[met.owner] -= 1
            if not self._left[met.owner]:
                reached.append(met)
        self.met = tuple(reached)

    def advance(self, program: Program, drawn: bool, loss: float | None) -> Advance:
        """The compiled iteration with the tests in it; it gives up an iteration in which one may fire."""
        if id(program) not in self._compiled:
            made = compile_iteration(program, drawn, inserts(program, self._stops))
            self._compiled[id(program)] = (program, made)
        compiled = self._compiled[id(program)][1]
        before = math.nan if loss is None else loss

        def run(rounds: Any, record: Callable[[float], None], *tensors: Any) -> tuple[Any, ...]:
            carried, state = compiled(rounds, record, *tensors, before, *self._kept, *self._left)
            self._kept = list(state[: len(self._kept)])
            self._left = list(state[len(self._kept) :])
            return tuple(carried)

        return run


def inserts(program: Program, stops: Stops) -> Inserts:
    """What stands in the iteration for the tests."""
    kept = [f"_was{slot}" for slot in range(stops.slots)]
    left = [f"_left{owner}" for owner in range(len(stops.hits))]
    items = [_insert(test, test.lowered, stops.hits[test.owner]) for test in stops.tests if test.lowered]
    screened = [test.slot for test in stops.tests if not test.lowered]
    if screened:
        items.append(_screen(program, screened))
    return Inserts((*kept, *left), tuple(items))


def _insert(test: Test, lowered: ast.expr, hits: int) -> Insert:
    met = ["return _begin"]
    if hits > 1:
        met = [f"_left{test.owner} -= 1", f"if not _left{test.owner}: return _begin"]
    if test.mode == "holds":
        lines = ["if _test:", *(f"    {line}" for line in met)]
    else:
        sign = ">" if test.mode == "becomes" else "!="
        lines = ["_now = _test", f"if _now {sign} _was{test.slot}:", *(f"    {line}" for line in met)]
        lines.append(f"_was{test.slot} = _now")
    return Insert(test.site, lowered, test.reads, tuple(lines))


def _screen(program: Program, slots: list[int]) -> Insert:
    """Gives up an iteration in which any result may not be finite: its sum is not."""
    sums = " + ".join(f"sum({step.name})" for step in program.steps)
    test = ast.parse(f"isfinite({sums})", mode="eval").body
    cleared = " = ".join(f"_was{slot}" for slot in slots)
    lines = ("if not _test: return _begin", f"{cleared} = False")
    return Insert(len(program) - 1, test, tuple(program.names), lines)
