"""The gradient check at the desk: run in portions, then listed: parameters, their elements, sizes of h."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeVar

from bpstep.gradcheck.check import (
    GradientReport,
    ParameterReport,
    check_gradients_stepwise,
    check_parameter_stepwise,
)
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.step_size import StepSizeSweep, sweep_step_sizes
from bpstep.lang.cells import cell_name
from bpstep.render.layout import SMALLEST
from bpstep.render.lists.gradcheck import element_lines, parameter_lines, sweep_lines
from bpstep.render.lists.list import ListLine
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel

Result = TypeVar("Result")

_PORTION_SECONDS = 0.012
"""Seconds of work between two moments at which keys are heard."""

_MARGIN = 4


def _width(controller: Controller) -> int:
    """The cells of a line. A terminal that is too small shows none, but its keys are heard."""
    return max(controller.size[0], SMALLEST[0]) - _MARGIN


class GradcheckList(ListPanel):
    """A list of what was checked. While more is checked, keys only say how far that is; Escape stops it."""

    previous_panel: ListPanel | None = None
    """The list that it was opened from."""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """As any list; Escape goes back to the list before."""
        closes = key == "escape" or name == "close"
        if controller.job is not None:
            controller.run_action("close" if closes else name)
            return None
        if closes and self.previous_panel is not None:
            controller.panel = self.previous_panel
            return None
        return super().handle_key(controller, key, name)

    def open_list(self, controller: Controller, panel: GradcheckList) -> None:
        """Open another list over this one."""
        panel.previous_panel = self
        controller.panel = panel

    def show_sweep(self, controller: Controller, name: str, element: Element) -> None:
        """What h does to an element's difference."""
        self.open_list(controller, StepSizeList(sweep_step_sizes(controller.session, name, element)))


class ParameterList(GradcheckList):
    """Which equations are wrong, and every parameter by its worst element."""

    keys = (("Enter", "goes on there"), ("h", "sizes of h"), ("Escape", "closes"))

    def __init__(self, report: GradientReport) -> None:
        super().__init__()
        self.report = report
        self.title = f"gradient check, iteration {report.iteration:,}"
        self.hint = f"E = {report.loss:.6g}"
        if report.wrong_equations:
            self.chosen = 0

    def lines(self, controller: Controller) -> list[ListLine]:
        """The verdict, the parameters, the rule."""
        return parameter_lines(controller.frame, self.report, controller.theme, _width(controller))

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """A parameter's elements; a wrong equation itself."""
        if isinstance(value, ParameterReport):
            self.open_list(controller, ElementList(value))
        if isinstance(value, EquationReport):
            program = controller.frame.program
            controller.view = replace(controller.view.select(value.name, value.worst.index), focus="tensors")
            controller.panel = None
            controller.move(
                controller.frame.start + program.step_indices[value.name] + 1, f"E edits {value.name}"
            )
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """h: what it does to the worst element."""
        if key == "h" and isinstance(value, ParameterReport):
            self.show_sweep(controller, value.name, value.worst)


class ElementList(GradcheckList):
    """The elements of one parameter."""

    def __init__(self, report: ParameterReport) -> None:
        super().__init__()
        self.show_report(report)

    def show_report(self, report: ParameterReport) -> None:
        """Show these elements."""
        self.report = report
        whole = report.checked == report.size
        count = f"all {report.size:,}" if whole else f"{report.checked:,} of {report.size:,}"
        self.title = f"gradient of {report.name}: {count} elements, the worst first"
        more = () if whole else (("a", "checks all"),)
        self.keys = (("Enter", "to its cell"), ("h", "sizes of h"), *more, ("Escape", "back"))

    def lines(self, controller: Controller) -> list[ListLine]:
        """Element by element."""
        return element_lines(self.report, controller.theme, _width(controller))

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Close, and select the element's cell in the table."""
        if isinstance(value, Element):
            controller.view = replace(controller.view.select(self.report.name, value.index), focus="tensors")
        return ""

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """h: what it does to this element. a: check them all."""
        if key == "h" and isinstance(value, Element):
            self.show_sweep(controller, self.report.name, value)
        if key == "a" and self.report.checked < self.report.size:
            label = f"checking all {self.report.size:,} elements of {self.report.name}"
            steps = check_parameter_stepwise(controller.session, self.report.name)
            run_check(controller, steps, label, self.show_report)


class StepSizeList(GradcheckList):
    """One element with one h after the other."""

    keys = (("Escape", "back"),)

    def __init__(self, sweep: StepSizeSweep) -> None:
        super().__init__()
        self.sweep = sweep
        self.title = f"{cell_name(sweep.name, sweep.element.index)} with every h"
        self.hint = f"by the equation {sweep.element.computed:.7g}"

    def lines(self, controller: Controller) -> list[ListLine]:
        """A line for each h."""
        return sweep_lines(self.sweep, controller.theme, _width(controller))


def check_gradients(controller: Controller, _count: int) -> None:
    """Check the gradients of the iteration shown, then list what was found."""

    def show(report: GradientReport) -> None:
        controller.panel = ParameterList(report)

    run_check(controller, check_gradients_stepwise(controller.session), "checking the gradients", show)


def run_check(
    controller: Controller,
    steps: Generator[float, None, Result],
    label: str,
    on_done: Callable[[Result], None],
) -> None:
    """Do the work of a check in portions; `then` gets what it comes to."""
    results: list[Result] = []

    def portions() -> Iterator[float]:
        until = time.perf_counter() + _PORTION_SECONDS
        try:
            while True:
                part = next(steps)
                if time.perf_counter() >= until:
                    yield part
                    until = time.perf_counter() + _PORTION_SECONDS
        except StopIteration as end:
            results.append(end.value)

    def finish() -> None:
        controller.show_message("")
        on_done(results[0])

    controller.run_in_portions(portions(), label, finish)


COMMANDS = {"gradient_check": check_gradients}
