"""Watches at the desk: what is typed to watch it, and the list with values and histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bpstep.errors import BpstepError
from bpstep.explain.numbers import short
from bpstep.lang.cells import cell_name
from bpstep.program.expression import expression
from bpstep.render.canvas import clip
from bpstep.render.lists.list import Line, line
from bpstep.render.view_state import selection
from bpstep.render.watches import curve, number, sign, span
from bpstep.session.watches import DropWatch, Reading, Watch
from bpstep.ui.panels import Listing
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk

_NAME, _CURVE = 20, 18
"""Cells of the columns that have no number."""


def watch(desk: Desk, _count: int) -> None:
    """Ask what to watch, the selected cell typed already."""
    chosen = selection(desk.frame, desk.view)
    desk.ask(question(desk, cell_name(chosen.name, chosen.index)))


def question(desk: Desk, initial: str = "", changed: Watch | None = None) -> Prompt:
    """What is watched: something new, or another text for a watch that is set."""
    session = desk.session

    def read(text: str) -> str:
        found = expression(session.program, text).text
        others = (each for each in session.journal.watches.at.values() if each != changed)
        if any(each.text == found for each in others):
            raise BpstepError(f"{found} is watched already")
        return found

    def accept(text: str) -> None:
        if text.strip():
            number = session.journal.watches.next if changed is None else changed.id
            made = Watch(number, read(text))
            session.record(made)
            desk.say(f"watching {made.text}: W lists what is watched")

    def judge(text: str) -> str:
        try:
            if text.strip():
                read(text)
        except BpstepError as error:
            return str(error)
        return ""

    hint = "a cell or an expression: V[0,0], E, sum(abs(delta_V)), max(abs(W))"
    return Prompt("watch:", accept, initial, hint, judge=judge)


class Watched(Listing):
    """Every watch with its value, and what can be done with it."""

    title = "watches"
    keys = (("Enter", "change"), ("a", "add"), ("d", "delete"), ("Esc", "closes"))

    def lines(self, desk: Desk) -> Sequence[Line]:
        """The watches under the names of their columns."""
        readings = desk.readings.now()
        if not readings:
            return [line(), line("nothing is watched: a adds a cell or an expression", "quiet")]
        head = f"{'':<{_NAME}}{'now':>9}{'before':>9}   {'history':<{_CURVE}}{'lowest':>9}{'highest':>9}"
        notes = [
            "before: one iteration ago; history: the last iterations, one bar each",
            *(["of an array: the mean of its cells"] if any(each.cells > 1 for each in readings) else []),
        ]
        body = [_line(desk, reading) for reading in readings]
        return [line(head, "quiet"), *body, line(), *(line(note, "quiet") for note in notes)]

    def enter(self, desk: Desk, value: object) -> str | None:
        """Change what is watched."""
        assert isinstance(value, Watch)
        desk.ask(question(desk, value.text, value))
        return None

    def press(self, desk: Desk, key: str, value: object) -> str | None:
        """Add, delete."""
        if key == "a":
            desk.ask(question(desk))
        elif isinstance(value, Watch) and key in ("d", "delete"):
            desk.session.record(DropWatch(value.id))
            desk.say(f"{value.text} is watched no longer")
        return None


def _line(desk: Desk, reading: Reading) -> Line:
    look, ends = desk.look, span(reading)
    bars = curve(reading, look, _CURVE - 2)[0][0]
    low, high = (short(ends.low), short(ends.high)) if ends else ("", "")
    return Line(
        (
            (f"{clip(reading.watch.text, _NAME - 1, look.glyphs.dots):<{_NAME}}", "text"),
            (f"{number(reading.now, look):>9}", "bright"),
            (f"{number(reading.before, look):>9}", "quiet"),
            (f" {sign(reading, look)} ", "quiet"),
            (f"{bars:<{_CURVE}}", "known"),
            (f"{low:>9}{high:>9}", "quiet"),
        ),
        reading.watch,
    )


def listed(desk: Desk, _count: int) -> None:
    """Open the list."""
    desk.panel = Watched()


DEEDS = {"watch": watch, "watches": listed}
