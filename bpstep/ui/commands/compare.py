"""Two runs: fork, switch between them, and compare them at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bpstep.errors import BpstepError
from bpstep.program.position import shown_iteration
from bpstep.render.lists.compare import cell_lines, columns, comparison_lines
from bpstep.render.lists.list import Line
from bpstep.session.compare import Comparison, Difference, approach, compare
from bpstep.session.events import Fork, Switch
from bpstep.ui.panels import Listing
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def flag(desk: Desk) -> str:
    """Which of two runs one is in."""
    return f"run {desk.session.run_name}" if desk.session.run_name else ""


def fork(desk: Desk, _count: int) -> None:
    """Fork here; ask before another run is dropped."""
    if desk.session.run_name:
        desk.ask(_drop(desk))
    else:
        _fork(desk)


def _fork(desk: Desk) -> None:
    said = f"run B from n = {desk.session.n:,} on; run A stays as it was: A switches, v compares"
    desk.change(Fork(desk.session.n), said)


def _drop(desk: Desk) -> Prompt:
    here, other = desk.session.run_name, desk.session.journal.runs.other
    edits = len(desk.session.journal.runs.changes[other].edits)

    def accept(text: str) -> None:
        if text.strip().lower() in ("y", "yes"):
            _fork(desk)
        else:
            desk.say("both runs stay")

    count = f" with its {edits} edit{'' if edits == 1 else 's'}" if edits else ""
    label = f"fork run {here} and drop run {other}{count}? y or n"
    return Prompt(label, accept, keys="yYnN")


def switch(desk: Desk, _count: int) -> None:
    """Go to the other run, to the same moment."""
    other = _other(desk)
    desk.change(Switch(other), f"run {other} at the same n = {desk.session.n:,}")


def show_comparison(desk: Desk, _count: int) -> None:
    """Compare both runs, once the other one is computed as far as this."""
    other = _other(desk)

    def opened() -> None:
        desk.panel = Comparing(compare(desk.session))
        desk.say("")

    desk.work(approach(desk.session), f"computing run {other} up to n = {desk.session.n:,}", opened)


def _other(desk: Desk) -> str:
    if not desk.session.run_name:
        raise BpstepError("there is one run only: a forks it here, and both can be compared")
    return desk.session.journal.runs.other


class Comparing(Listing):
    """Both runs at one moment; Enter shows a tensor's cells."""

    keys = (("Enter", "cells"), ("A", "switch"), ("Esc", "close"))

    def __init__(self, found: Comparison) -> None:
        super().__init__()
        self.found = found
        frame = found.a
        step = "start" if frame.step is None else f"after {frame.step.name}"
        at = shown_iteration(frame.n, frame.period)
        self.title = f"runs A and B at n = {frame.n:,}: iteration {at:,}, {step}"

    def lines(self, desk: Desk) -> Sequence[Line]:
        """The plot, then a line for each tensor."""
        self.hint = desk.look.pick("≠", "!") + " differs"
        return comparison_lines(self.found, desk.look, desk.size[0] - 4, desk.size[1])

    def enter(self, desk: Desk, value: object) -> str | None:
        """Show the cells of a tensor."""
        tensors = (self.found.loss, *self.found.parameters, *self.found.gradients, *self.found.others)
        chosen = next(each for each in tensors if each.name == value)
        desk.panel = Cells(chosen, self)
        return None

    def press(self, desk: Desk, key: str, value: object) -> str | None:
        """Switch to the other run; what is compared stays the same."""
        return "switch" if desk.keymap.get(key) == "switch" else None


class Cells(Listing):
    """The cells of one tensor, A's beside B's; Escape goes back to the comparison."""

    def __init__(self, tensor: Difference, back: Comparing) -> None:
        super().__init__()
        self.tensor = tensor
        self.back = back
        self.left = 0
        self.title = f"{tensor.name} in runs A and B: {tensor.count:,} of {np.size(tensor.a):,} cells differ"

    def lines(self, desk: Desk) -> Sequence[Line]:
        """The columns that fit."""
        self.hint = desk.look.pick("≠", "!") + " differs"
        self.keys = ((desk.look.pick("← →", "left right"), "columns"), ("Esc", "back"))
        return cell_lines(self.tensor, desk.look, desk.size[0] - 4, self.left)

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """Left and right show other columns, Escape goes back."""
        if key == "escape" or name == "close":
            desk.panel = self.back
            return None
        if name in ("left", "right"):
            self._turn(desk, 1 if name == "right" else -1)
            return None
        return super().key(desk, key, name)

    def _turn(self, desk: Desk, by: int) -> None:
        room = columns(desk.look, desk.size[0] - 4)
        last = max(np.atleast_2d(self.tensor.a).shape[1] - room, 0)
        self.left = max(min(self.left + by * room, last), 0)


DEEDS = {"fork": fork, "switch": switch, "compare": show_comparison}
