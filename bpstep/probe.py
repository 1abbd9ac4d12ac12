"""Central differences through a program: how any tensor answers to a small change of a cell of any other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bpstep.home import Index
from bpstep.language.lowering import functions, run
from bpstep.maths import ACTIVATIONS
from bpstep.network import Array
from bpstep.program import Program, Step, Tensors

_KINKED = {name for name, row in ACTIVATIONS.items() if row.kinked} | {"where", "abs", "max", "min"}

Written = Callable[[str, Any], Any]
"""What a write leaves in place of what was computed: edits."""


class Probe:
    """The steps of one iteration except its updates, run from `start`, every tensor at the iteration's start.

    The gradients are those of one set of parameters then, also where updates come between them.
    """

    def __init__(self, program: Program, start: Tensors, written: Written | None = None) -> None:
        self.program = program
        self._steps = [step for step in program.steps if step.phase != "update"]
        self._written = written or _as_computed
        self._scope = functions()
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
        return slope, self._bends(self.affected(name, of), low, high)

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
                tensors[step.name] = self._written(step.name, run(step.code, tensors, self._scope))

    def _bends(self, steps: list[Step], low: Mapping[str, Any], high: Mapping[str, Any]) -> bool:
        """True where the argument of a function with a kink at 0 passes it."""
        nets = (net for step in steps if step.name in self._kinked for net in step.reads)
        return any(bool(np.any((low[net] > 0) != (high[net] > 0))) for net in nets)


def _has_kink(step: Step) -> bool:
    names = {node.id for node in ast.walk(step.tree) if isinstance(node, ast.Name)}
    return step.role.kind == "activation" and bool(names & _KINKED)


def _as_computed(_name: str, value: Any) -> Any:
    return value
