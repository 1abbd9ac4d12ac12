"""Two runs: fork, switch between them, and compare them at the same moment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bpstep.errors import BpstepError
from bpstep.program.position import shown_iteration
from bpstep.render.lists.compare import cell_lines, comparison_lines, visible_columns
from bpstep.render.lists.list import ListLine
from bpstep.session.compare import Comparison, TensorDifference, compare_runs, compute_other_run
from bpstep.session.events import Fork, Switch
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt


def fork(controller: Controller, _count: int) -> None:
    """Fork here; ask before another run is dropped."""
    if controller.session.branch_name:
        controller.open_prompt(_replace_run_prompt(controller))
    else:
        _fork(controller)


def _fork(controller: Controller) -> None:
    message = f"run B from n = {controller.session.n:,} on; run A stays as it was: A switches, v compares"
    controller.change(Fork(controller.session.n), message)


def _replace_run_prompt(controller: Controller) -> Prompt:
    current, other = controller.session.branch_name, controller.session.journal.branches.other
    edits = len(controller.session.journal.branches.changes[other].edits)

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            _fork(controller)
        else:
            controller.show_message("both runs stay")

    count = f" with its {edits} edit{'' if edits == 1 else 's'}" if edits else ""
    label = f"fork run {current} and drop run {other}{count}? y or n"
    return Prompt(label, accept, keys="yYnN")


def switch(controller: Controller, _count: int) -> None:
    """Go to the other run, to the same moment."""
    other = _other_run(controller)
    controller.change(Switch(other), f"run {other} at the same n = {controller.session.n:,}")


def show_comparison(controller: Controller, _count: int) -> None:
    """Compare both runs, once the other one is computed as far as this."""
    other = _other_run(controller)

    def show() -> None:
        controller.panel = ComparisonList(compare_runs(controller.session))
        controller.show_message("")

    controller.run_in_portions(
        compute_other_run(controller.session),
        f"computing run {other} up to n = {controller.session.n:,}",
        show,
    )


def _other_run(controller: Controller) -> str:
    if not controller.session.branch_name:
        raise BpstepError("there is one run only: a forks it here, and both can be compared")
    return controller.session.journal.branches.other


class ComparisonList(ListPanel):
    """Both runs at one moment; Enter shows a tensor's cells."""

    keys = (("Enter", "cells"), ("A", "switch"), ("Esc", "close"))

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        frame = comparison.a
        step = "start" if frame.step is None else f"after {frame.step.name}"
        at = shown_iteration(frame.n, frame.period)
        self.title = f"runs A and B at n = {frame.n:,}: iteration {at:,}, {step}"

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The plot, then a line for each tensor."""
        self.hint = controller.theme.pick("≠", "!") + " differs"
        return comparison_lines(self.comparison, controller.theme, controller.size[0] - 4, controller.size[1])

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Show the cells of a tensor."""
        tensors = (
            self.comparison.loss,
            *self.comparison.parameters,
            *self.comparison.gradients,
            *self.comparison.others,
        )
        chosen = next(each for each in tensors if each.name == value)
        controller.panel = CellList(chosen, self)
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """Switch to the other run; what is compared stays the same."""
        return "switch" if controller.keymap.get(key) == "switch" else None


class CellList(ListPanel):
    """The cells of one tensor, A's beside B's; Escape goes back to the comparison."""

    def __init__(self, tensor: TensorDifference, previous_panel: ComparisonList) -> None:
        super().__init__()
        self.tensor = tensor
        self.previous_panel = previous_panel
        self.first_column = 0
        self.title = f"{tensor.name} in runs A and B: {tensor.count:,} of {np.size(tensor.a):,} cells differ"

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The columns that fit."""
        self.hint = controller.theme.pick("≠", "!") + " differs"
        self.keys = ((controller.theme.pick("← →", "left right"), "columns"), ("Esc", "back"))
        return cell_lines(self.tensor, controller.theme, controller.size[0] - 4, self.first_column)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Left and right show other columns, Escape goes back."""
        if key == "escape" or name == "close":
            controller.panel = self.previous_panel
            return None
        if name in ("left", "right"):
            self._scroll_page(controller, 1 if name == "right" else -1)
            return None
        return super().handle_key(controller, key, name)

    def _scroll_page(self, controller: Controller, by: int) -> None:
        room = visible_columns(controller.theme, controller.size[0] - 4)
        last = max(np.atleast_2d(self.tensor.a).shape[1] - room, 0)
        self.first_column = max(min(self.first_column + by * room, last), 0)


COMMANDS = {"fork": fork, "switch": switch, "compare": show_comparison}
