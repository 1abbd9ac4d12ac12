"""The gradient check: run in portions, then listed by parameter, by element and by step size h."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import TypeVar

from bpstep import defaults
from bpstep.gradcheck.check import (
    GradientReport,
    ParameterReport,
    check_gradients_stepwise,
    check_parameter_stepwise,
)
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.step_size_sweep import StepSizeSweep, sweep_step_sizes
from bpstep.lang.cells import cell_name
from bpstep.render.lists.gradcheck import element_lines, parameter_lines, sweep_lines
from bpstep.render.lists.list import ListLine
from bpstep.text import fill, fill_plural
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel

_Result = TypeVar("_Result")

PORTION_SECONDS = 0.012
"""Seconds of work after which keys are handled."""

_MARGIN = 4


def list_width(controller: Controller) -> int:
    """The width of a line; a terminal that is too small shows none, but lines are still made."""
    return max(controller.size[0], defaults.MIN_SCREEN_SIZE[0]) - _MARGIN


class GradcheckList(ListPanel):
    """A list of results. While more is checked, keys only show the progress; Escape stops the check."""

    previous_panel: ListPanel | None = None
    """The list that it was opened from."""

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """As in any list; Escape returns to the previous list."""
        closes = key == "escape" or name == "close"
        if controller.job is not None:
            controller.handle_job_key(key, name)
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
        """Show how an element's numerical gradient depends on h."""
        self.open_list(controller, StepSizeList(sweep_step_sizes(controller.session, name, element)))


class ParameterList(GradcheckList):
    """Which equations are wrong, and every parameter by its worst element."""

    keys = (
        ("Enter", messages.KEY_OPEN),
        ("h", messages.KEY_STEP_SIZES),
        ("Escape", messages.KEY_CLOSE),
    )

    def __init__(self, report: GradientReport) -> None:
        super().__init__()
        self.report = report
        if report.wrong_equations:
            self.chosen = 0

    @property
    def title(self) -> str:
        """The iteration that was checked."""
        return fill(messages.GRADCHECK_TITLE, iteration=self.report.iteration)

    def hint(self, controller: Controller) -> str:
        return fill(messages.GRADCHECK_LOSS, loss=self.report.loss)

    def lines(self, controller: Controller) -> list[ListLine]:
        """The verdict, the parameters, the rule for the verdict."""
        return parameter_lines(controller.frame, self.report, controller.theme, list_width(controller))

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Open a parameter's elements, or go to the wrong equation."""
        if isinstance(value, ParameterReport):
            self.open_list(controller, ElementList(value))
        if isinstance(value, EquationReport):
            program = controller.frame.program
            controller.view = replace(controller.view.select(value.name, value.worst.index), focus="tensors")
            controller.panel = None
            n = controller.frame.start + program.step_indices[value.name] + 1
            controller.move(n, fill(messages.GRADCHECK_EDIT_HINT, name=value.name))
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """h shows the step sizes of the worst element."""
        if key == "h" and isinstance(value, ParameterReport):
            self.show_sweep(controller, value.name, value.worst)


class ElementList(GradcheckList):
    """The elements of one parameter."""

    def __init__(self, report: ParameterReport) -> None:
        super().__init__()
        self.show_report(report)

    def show_report(self, report: ParameterReport) -> None:
        """Show the elements of another report, for instance once all of them are checked."""
        self.report = report
        more = () if self._is_complete else (("a", messages.KEY_CHECK_ALL),)
        self.keys = (
            ("Enter", messages.KEY_GO_TO_CELL),
            ("h", messages.KEY_STEP_SIZES),
            *more,
            ("Escape", messages.KEY_BACK),
        )

    @property
    def _is_complete(self) -> bool:
        return self.report.checked == self.report.size

    @property
    def title(self) -> str:
        """How many elements were checked."""
        report = self.report
        if not self._is_complete:
            checked = report.checked
            return fill(messages.ELEMENTS_TITLE, name=report.name, checked=checked, count=report.size)
        templates = messages.ELEMENTS_TITLE_ONE, messages.ELEMENTS_TITLE_ALL
        return fill_plural(report.size, *templates, name=report.name)

    def lines(self, controller: Controller) -> list[ListLine]:
        """One line for each element."""
        return element_lines(self.report, controller.theme, list_width(controller))

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Close the list, and select the element's cell in the table."""
        if isinstance(value, Element):
            controller.view = replace(controller.view.select(self.report.name, value.index), focus="tensors")
        return ""

    def handle_list_key(self, controller: Controller, key: str, value: object) -> None:
        """h shows the step sizes of this element; a checks all elements."""
        if key == "h" and isinstance(value, Element):
            self.show_sweep(controller, self.report.name, value)
        if key == "a" and self.report.checked < self.report.size:
            label = fill(messages.CHECKING_ELEMENTS, count=self.report.size, name=self.report.name)
            steps = check_parameter_stepwise(controller.session, self.report.name)
            run_check(controller, steps, label, self.show_report)


class StepSizeList(GradcheckList):
    """One element's numerical gradient for a range of step sizes h."""

    keys = (("Escape", messages.KEY_BACK),)

    def __init__(self, sweep: StepSizeSweep) -> None:
        super().__init__()
        self.sweep = sweep

    @property
    def title(self) -> str:
        return fill(messages.STEP_SIZES_TITLE, cell=cell_name(self.sweep.name, self.sweep.element.index))

    def hint(self, controller: Controller) -> str:
        """The gradient that the equation gives, to compare the differences with."""
        return fill(messages.STEP_SIZES_HINT, value=self.sweep.element.computed)

    def lines(self, controller: Controller) -> list[ListLine]:
        """A line for each h."""
        return sweep_lines(self.sweep, controller.theme, list_width(controller))


def start_gradient_check(controller: Controller) -> None:
    """Check the gradients of the iteration shown, then list the results."""

    def show(report: GradientReport) -> None:
        controller.panel = ParameterList(report)

    label = fill(messages.CHECKING_GRADIENTS)
    run_check(controller, check_gradients_stepwise(controller.session), label, show)


def run_check(
    controller: Controller,
    steps: Generator[float, None, _Result],
    label: str,
    on_done: Callable[[_Result], None],
) -> None:
    """Run a check in portions; `on_done` gets its result."""
    results: list[_Result] = []

    def portions() -> Iterator[float]:
        until = time.perf_counter() + PORTION_SECONDS
        try:
            while True:
                part = next(steps)
                if time.perf_counter() >= until:
                    yield part
                    until = time.perf_counter() + PORTION_SECONDS
        except StopIteration as end:
            results.append(end.value)

    def finish() -> None:
        controller.show_message("")
        on_done(results[0])

    controller.run_in_portions(portions(), label, finish)
