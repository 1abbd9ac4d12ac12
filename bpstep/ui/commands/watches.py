"""Watches at the desk: what is typed to watch it, and the list with values and histories."""

from __future__ import annotations

from collections.abc import Sequence

from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_short
from bpstep.lang.cells import cell_name
from bpstep.program.expression import parse_expression
from bpstep.render.canvas import clip
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.view_state import selection
from bpstep.render.watches import change_sign, format_value, history_bars, value_range
from bpstep.session.watches import DropWatch, Reading, Watch
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt

_NAME, _CURVE = 20, 18
"""Cells of the columns that have no number."""


def prompt_watch(controller: Controller, _count: int) -> None:
    """Ask what to watch, the selected cell typed already."""
    chosen = selection(controller.frame, controller.view)
    controller.open_prompt(watch_prompt(controller, cell_name(chosen.name, chosen.index)))


def watch_prompt(controller: Controller, initial: str = "", changed: Watch | None = None) -> Prompt:
    """What is watched: something new, or another text for a watch that is set."""
    session = controller.session

    def parse_watch(text: str) -> str:
        found = parse_expression(session.program, text).text
        others = (each for each in session.journal.watches.by_id.values() if each != changed)
        if any(each.text == found for each in others):
            raise BpstepError(f"{found} is watched already")
        return found

    def accept(text: str) -> None:
        if text.strip():
            number = session.journal.watches.next_id if changed is None else changed.id
            watch = Watch(number, parse_watch(text))
            session.record(watch)
            controller.show_message(f"watching {watch.text}: W lists what is watched")

    def validate(text: str) -> str:
        try:
            if text.strip():
                parse_watch(text)
        except BpstepError as error:
            return str(error)
        return ""

    hint = "a cell or an expression: V[0,0], E, sum(abs(delta_V)), max(abs(W))"
    return Prompt("watch:", accept, initial, hint, validate=validate)


class WatchList(ListPanel):
    """Every watch with its value, and what can be done with it."""

    title = "watches"
    keys = (("Enter", "change"), ("a", "add"), ("d", "delete"), ("Esc", "closes"))

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The watches under the names of their columns."""
        readings = controller.readings.read()
        if not readings:
            return [text_line(), text_line("nothing is watched: a adds a cell or an expression", "quiet")]
        head = f"{'':<{_NAME}}{'now':>9}{'before':>9}   {'history':<{_CURVE}}{'lowest':>9}{'highest':>9}"
        notes = [
            "before: one iteration ago; history: the last iterations, one bar each",
            *(["of an array: the mean of its cells"] if any(each.cells > 1 for each in readings) else []),
        ]
        body = [_watch_line(controller, reading) for reading in readings]
        return [text_line(head, "quiet"), *body, text_line(), *(text_line(note, "quiet") for note in notes)]

    def handle_enter(self, controller: Controller, value: object) -> str | None:
        """Change what is watched."""
        assert isinstance(value, Watch)
        controller.open_prompt(watch_prompt(controller, value.text, value))
        return None

    def handle_list_key(self, controller: Controller, key: str, value: object) -> str | None:
        """Add, delete."""
        if key == "a":
            controller.open_prompt(watch_prompt(controller))
        elif isinstance(value, Watch) and key in ("d", "delete"):
            controller.session.record(DropWatch(value.id))
            controller.show_message(f"{value.text} is watched no longer")
        return None


def _watch_line(controller: Controller, reading: Reading) -> ListLine:
    theme, ends = controller.theme, value_range(reading)
    bars = history_bars(reading, theme, _CURVE - 2)[0][0]
    low, high = (format_short(ends.low), format_short(ends.high)) if ends else ("", "")
    return ListLine(
        (
            (f"{clip(reading.watch.text, _NAME - 1, theme.glyphs.ellipsis):<{_NAME}}", "text"),
            (f"{format_value(reading.now, theme):>9}", "bright"),
            (f"{format_value(reading.before, theme):>9}", "quiet"),
            (f" {change_sign(reading, theme)} ", "quiet"),
            (f"{bars:<{_CURVE}}", "known"),
            (f"{low:>9}{high:>9}", "quiet"),
        ),
        reading.watch,
    )


def show_watches(controller: Controller, _count: int) -> None:
    """Open the list."""
    controller.panel = WatchList()


COMMANDS = {"watch": prompt_watch, "watches": show_watches}
