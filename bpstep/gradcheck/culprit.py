"""Which equation is to blame: the first of the backward pass that is not the derivative it stands for.

Each equation of the backward pass is a derivative of its own, delta_A_B that of A by B and delta_Q that of E
by Q, and each has its central difference. Those after a wrong one are made from it and are wrong too, so the
first is the one to look at.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bpstep.gradcheck.differences import Derivative, DifferenceProbe, Element, cells_to_check, compare_element
from bpstep.model.network import Array
from bpstep.program.diagram import Index, LayoutKind, TensorLayout
from bpstep.program.program import Program, Step

_RATIO_TOLERANCE = 1e-5
"""Two ratios are one where they differ by no more, relatively; what is smaller tells no ratio."""


@dataclass(frozen=True)
class WrongEquation:
    """An equation whose value is not the derivative that it stands for."""

    name: str
    of: str
    """What is differentiated,"""
    by: str
    """and by what: dE/dY has E and Y."""
    elements: tuple[Element, ...]
    """The cells that were compared; their `index` is that of the equation's result."""

    @property
    def worst(self) -> Element:
        """The cell that is furthest off."""
        return max(self._failed, key=lambda each: each.excess)

    @property
    def _failed(self) -> list[Element]:
        # Where E is no number there is nothing to compare with.
        return [each for each in self.elements if each.verdict == "FAILED" and each.is_compared]

    @property
    def is_wrong(self) -> bool:
        """True where a cell failed."""
        return bool(self._failed)

    @property
    def ratio(self) -> float | None:
        """The equation in units of the derivative, where that is the same for every cell, else None."""
        compared = [each for each in self.elements if each.verdict != "kink"]
        largest = max(abs(each.numeric) for each in compared)
        informative = [each for each in compared if abs(each.numeric) > _RATIO_TOLERANCE * largest]
        if not informative or not all(
            abs(each.computed) <= _RATIO_TOLERANCE * largest for each in compared if each not in informative
        ):
            return None
        ratios = [each.computed / each.numeric for each in informative]
        alike = max(ratios) - min(ratios) <= _RATIO_TOLERANCE * max(map(abs, ratios))
        return ratios[0] if alike and math.isfinite(ratios[0]) else None


def search_wrong_equation(
    probe: DifferenceProbe, h: float, known: Mapping[str, Sequence[Element]]
) -> Generator[float, None, WrongEquation | None]:
    """Look for the first wrong equation, yielding the part of the equations looked at.

    `known` has the elements of the parameters' gradients that are compared already.
    """
    steps = [step for step in probe.program.steps if step.phase == "backward"]
    for at, step in enumerate(steps):
        elements = _known(probe.program, step, known)
        if elements is None:
            elements = yield from _elements(probe, step, h, at, len(steps))
        culprit = WrongEquation(step.name, step.role.of, step.role.by, tuple(elements))
        if culprit.is_wrong:
            return culprit
        yield (at + 1) / len(steps)
    return None


def _elements(
    probe: DifferenceProbe, step: Step, h: float, at: int, of: int
) -> Generator[float, None, list[Element]]:
    values: Array = np.asarray(probe.tensors[step.name])
    cells = cells_to_check(probe, values)
    found = []
    for k, index in enumerate(cells):
        found.append(
            compare_element(probe, index, float(values[index]), derivative(probe, step, index, k), h)
        )
        yield (at + k / len(cells)) / of
    return found


def _known(program: Program, step: Step, known: Mapping[str, Sequence[Element]]) -> list[Element] | None:
    """The elements of a parameter's gradient that the equation gives; None where it gives none."""
    name = next((name for name, parts in program.gradients.items() if step.name in parts), "")
    if name not in known:
        return None
    row = program.layouts[step.name].source_row
    return [each for each in known[name] if row is None or each.index[0] == row]


def derivative(probe: DifferenceProbe, step: Step, index: Index, sample_offset: int = 0) -> Derivative:
    """The derivative that a cell of an equation of the backward pass is.

    A factor between layers is the same for every sample: `turn` says whose is taken.
    """
    role, tensors = step.role, probe.tensors
    match role.kind:
        case "factor_activation":
            return Derivative(role.by, index, role.of, index)
        case "factor_input":
            shape = np.shape(tensors[role.by])
            sample = (sample_offset % shape[0],) if len(shape) > 1 else ()
            return Derivative(role.by, (*sample, index[1]), role.of, (*sample, index[0]))
        case "factor_row" | "delta_row":
            weights = (probe.program.layouts[step.name].source_row or 0, index[-1])
            of_index = index[-1:] if role.kind == "factor_row" else ()
            return Derivative(_weights(probe.program, role.layer), weights, role.of, of_index)
    # The article's form leaves out axes of one cell.
    flat = np.ravel_multi_index(index, np.shape(tensors[step.name]))
    by_index = tuple(int(axis) for axis in np.unravel_index(flat, np.shape(tensors[role.by])))
    return Derivative(role.by, by_index)


def _weights(program: Program, layer: int) -> str:
    return next(
        name for name in program.parameters if program.layouts[name] == TensorLayout(LayoutKind.EDGE, layer)
    )
