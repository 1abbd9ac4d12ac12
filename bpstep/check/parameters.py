"""The gradient of one parameter, element by element."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

from bpstep.check.elements import Derivative, Element, H, chosen, compare
from bpstep.probe import Probe
from bpstep.program import gradient


@dataclass(frozen=True)
class ParameterReport:
    """What the check found for one parameter."""

    name: str
    size: int
    elements: tuple[Element, ...]
    """Those that were checked, in the order of their cells."""

    @property
    def checked(self) -> int:
        """How many were checked."""
        return len(self.elements)

    @cached_property
    def worst(self) -> Element:
        """The element that agrees least; a failed one where there is any."""
        return self.worst_first[0]

    @cached_property
    def worst_first(self) -> tuple[Element, ...]:
        """The elements, those that agree least first; those without a verdict last."""
        order = ("FAILED", "ok", "kink")
        return tuple(sorted(self.elements, key=lambda each: (order.index(each.verdict), -each.excess)))

    @property
    def failed(self) -> int:
        """How many failed."""
        return sum(element.verdict == "FAILED" for element in self.elements)

    @property
    def kinks(self) -> int:
        """How many stand at a kink."""
        return sum(element.verdict == "kink" for element in self.elements)

    @property
    def ok(self) -> bool:
        """True where no element failed."""
        return not self.failed


def parameter(
    probe: Probe, name: str, h: float = H, every: bool = False
) -> Generator[float, None, ParameterReport]:
    """Check a parameter, yielding the part done after each element."""
    computed = gradient(probe.program, name, probe.tensors)
    cells = chosen(probe, computed, every)
    elements = []
    for index in cells:
        elements.append(compare(probe, index, float(computed[index]), Derivative(name, index), h))
        yield len(elements) / len(cells)
    return ParameterReport(name, computed.size, tuple(elements))
