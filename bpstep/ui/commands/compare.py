"""Two runs: fork, switch between them, compare them at the same position, close one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bpstep.errors import BpstepError
from bpstep.program.position import shown_iteration
from bpstep.render.lists.compare import cell_lines, column_count, comparison_lines, visible_columns
from bpstep.render.lists.list import ListLine
from bpstep.session.compare import Comparison, TensorDifference, compare_runs, compute_other_run
from bpstep.session.events import CloseRun, Fork, Switch
from bpstep.text import fill, fill_plural
from bpstep.ui import messages
from bpstep.ui.commands.prompts import confirmation
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt


def fork(controller: Controller, _count: int) -> None:
    """Fork here; ask before another run is closed."""
    if controller.session.run_name:
        controller.open_prompt(_replace_run_prompt(controller))
    else:
        _fork(controller)


def _fork(controller: Controller) -> None:
    controller.change(Fork(controller.session.n), fill(messages.FORKED, n=controller.session.n))


def _replace_run_prompt(controller: Controller) -> Prompt:
    runs = controller.session.journal.runs
    current, other = runs.current, runs.other
    edits = len(runs.changes[other].edits)
    slots = {"run": current, "other": other}
    label = fill(messages.ASK_FORK, **slots)
    if edits:
        label = fill_plural(edits, messages.ASK_FORK_EDIT, messages.ASK_FORK_EDITS, **slots)
    return confirmation(controller, label, lambda: _fork(controller), fill(messages.RUNS_KEPT))


def switch(controller: Controller, _count: int) -> None:
    """Switch to the other run, at the same n."""
    other = _other_run(controller)
    controller.change(Switch(other), fill(messages.SWITCHED, run=other, n=controller.session.n))


def close_run(controller: Controller, _count: int) -> None:
    """Close the run shown and go on in the other one; undo opens it again."""
    _other_run(controller)
    run = controller.session.run_name
    controller.change(CloseRun(run), fill(messages.RUN_CLOSED, run=run))


def show_comparison(controller: Controller, _count: int) -> None:
    """Compare both runs, once the other one is computed as far as this one."""
    other = _other_run(controller)

    def show() -> None:
        controller.panel = ComparisonList(compare_runs(controller.session))
        controller.show_message("")

    label = fill(messages.COMPUTING_RUN, run=other, n=controller.session.n)
    controller.run_in_portions(compute_other_run(controller.session), label, show)


def _other_run(controller: Controller) -> str:
    """The run that is not shown. BpstepError where there is only one."""
    if not controller.session.run_name:
        raise BpstepError(fill(messages.ONE_RUN_ONLY))
    return controller.session.journal.runs.other


def _sign_hint(controller: Controller) -> str:
    return fill(messages.DIFFERS, sign=controller.theme.pick("≠", "!"))


class ComparisonList(ListPanel):
    """Both runs at one position; Enter shows a tensor's cells."""

    keys = (("Enter", messages.KEY_CELLS), ("A", messages.KEY_SWITCH), ("Escape", messages.KEY_CLOSE))

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison

    @property
    def title(self) -> str:
        """The position of both runs."""
        frame = self.comparison.a
        slots = {"n": frame.n, "iteration": shown_iteration(frame.n, frame.period)}
        if frame.step is None:
            return fill(messages.COMPARE_TITLE_START, **slots)
        return fill(messages.COMPARE_TITLE, **slots, name=frame.step.name)

    def hint(self, controller: Controller) -> str:
        """What the sign for a difference means."""
        return _sign_hint(controller)

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The plot, then a line for each tensor."""
        return comparison_lines(self.comparison, controller.theme, controller.size[0] - 4, controller.size[1])

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Show the cells of a tensor."""
        tensors = (
            *self.comparison.losses,
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

    @property
    def title(self) -> str:
        """The tensor's name, with how many of its cells differ."""
        tensor = self.tensor
        return fill(
            messages.COMPARE_CELLS_TITLE, name=tensor.name, differing=tensor.count, total=np.size(tensor.a)
        )

    def hint(self, controller: Controller) -> str:
        """What the sign for a difference means."""
        return _sign_hint(controller)

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The cells of both runs side by side, in as many columns as fit."""
        arrows = controller.theme.pick("← →", "left right")
        self.keys = ((arrows, messages.KEY_COLUMNS), ("Escape", messages.KEY_BACK))
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
        last = max(column_count(self.tensor) - room, 0)
        self.first_column = max(min(self.first_column + by * room, last), 0)


COMMANDS = {"fork": fork, "switch": switch, "compare": show_comparison, "close_run": close_run}
