"""The gradient check at the desk: run in portions, then listed: parameters, their elements, sizes of h."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from bpstep.gradcheck.check import GradientReport, ParameterReport, checking, checking_parameter
from bpstep.gradcheck.culprit import Culprit
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.step_size import Sweep, sweep_of
from bpstep.lang.cells import cell_name
from bpstep.render.layout import SMALLEST
from bpstep.render.lists.gradcheck import element_lines, parameter_lines, sweep_lines
from bpstep.render.lists.list import Line
from bpstep.ui.panels import Listing

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

Found = TypeVar("Found")

_PORTION = 0.012
"""Seconds of work between two moments at which keys are heard."""

_MARGIN = 4


def _width(desk: Desk) -> int:
    """The cells of a line. A terminal that is too small shows none, but its keys are heard."""
    return max(desk.size[0], SMALLEST[0]) - _MARGIN


class Checked(Listing):
    """A list of what was checked. While more is checked, keys only say how far that is; Escape stops it."""

    back: Listing | None = None
    """The list that it was opened from."""

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """As any list; Escape goes back to the list before."""
        closes = key == "escape" or name == "close"
        if desk.running is not None:
            desk.act("close" if closes else name)
            return None
        if closes and self.back is not None:
            desk.panel = self.back
            return None
        return super().key(desk, key, name)

    def open(self, desk: Desk, panel: Checked) -> None:
        """Open another list over this one."""
        panel.back = self
        desk.panel = panel

    def show_sweep(self, desk: Desk, name: str, element: Element) -> None:
        """What h does to an element's difference."""
        self.open(desk, Sizes(sweep_of(desk.session, name, element)))


class Parameters(Checked):
    """Every parameter by its worst element, and which equation is to blame."""

    keys = (("Enter", "goes on there"), ("h", "sizes of h"), ("Escape", "closes"))

    def __init__(self, report: GradientReport) -> None:
        super().__init__()
        self.report = report
        self.title = f"gradient check, iteration {report.iteration:,}"
        self.hint = f"E = {report.loss:.6g}"
        if report.culprit is not None:
            self.chosen = 0

    def lines(self, desk: Desk) -> list[Line]:
        """The verdict, the parameters, the rule."""
        return parameter_lines(desk.frame, self.report, desk.look, _width(desk))

    def enter(self, desk: Desk, value: object) -> str | None:
        """A parameter's elements; the equation to blame itself."""
        if isinstance(value, ParameterReport):
            self.open(desk, Elements(value))
        if isinstance(value, Culprit):
            program = desk.frame.program
            desk.view = replace(desk.view.select(value.name, value.worst.index), focus="tensors")
            desk.panel = None
            desk.move(desk.frame.start + program.names[value.name] + 1, f"E edits {value.name}")
        return None

    def press(self, desk: Desk, key: str, value: object) -> None:
        """h: what it does to the worst element."""
        if key == "h" and isinstance(value, ParameterReport):
            self.show_sweep(desk, value.name, value.worst)


class Elements(Checked):
    """The elements of one parameter."""

    def __init__(self, report: ParameterReport) -> None:
        super().__init__()
        self.take(report)

    def take(self, report: ParameterReport) -> None:
        """Show these elements."""
        self.report = report
        whole = report.checked == report.size
        count = f"all {report.size:,}" if whole else f"{report.checked:,} of {report.size:,}"
        self.title = f"gradient of {report.name}: {count} elements, the worst first"
        more = () if whole else (("a", "checks all"),)
        self.keys = (("Enter", "to its cell"), ("h", "sizes of h"), *more, ("Escape", "back"))

    def lines(self, desk: Desk) -> list[Line]:
        """Element by element."""
        return element_lines(self.report, desk.look, _width(desk))

    def enter(self, desk: Desk, value: object) -> str | None:
        """Close, and select the element's cell in the table."""
        if isinstance(value, Element):
            desk.view = replace(desk.view.select(self.report.name, value.index), focus="tensors")
        return ""

    def press(self, desk: Desk, key: str, value: object) -> None:
        """h: what it does to this element. a: check them all."""
        if key == "h" and isinstance(value, Element):
            self.show_sweep(desk, self.report.name, value)
        if key == "a" and self.report.checked < self.report.size:
            words = f"checking all {self.report.size:,} elements of {self.report.name}"
            work = checking_parameter(desk.session, self.report.name)
            check(desk, work, words, self.take)


class Sizes(Checked):
    """One element with one h after the other."""

    keys = (("Escape", "back"),)

    def __init__(self, found: Sweep) -> None:
        super().__init__()
        self.found = found
        self.title = f"{cell_name(found.name, found.element.index)} with every h"
        self.hint = f"by the equation {found.element.computed:.7g}"

    def lines(self, desk: Desk) -> list[Line]:
        """A line for each h."""
        return sweep_lines(self.found, desk.look, _width(desk))


def gradient_check(desk: Desk, _count: int) -> None:
    """Check the gradients of the iteration shown, then list what was found."""

    def show(report: GradientReport) -> None:
        desk.panel = Parameters(report)

    check(desk, checking(desk.session), "checking the gradients", show)


def check(desk: Desk, work: Generator[float, None, Found], words: str, then: Callable[[Found], None]) -> None:
    """Do the work of a check in portions; `then` gets what it comes to."""
    found: list[Found] = []

    def portions() -> Iterator[float]:
        until = time.perf_counter() + _PORTION
        try:
            while True:
                part = next(work)
                if time.perf_counter() >= until:
                    yield part
                    until = time.perf_counter() + _PORTION
        except StopIteration as end:
            found.append(end.value)

    def arrived() -> None:
        desk.say("")
        then(found[0])

    desk.work(portions(), words, arrived)


DEEDS = {"gradient_check": gradient_check}
