"""Watches: the prompt that adds one, and the list with values and histories."""

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
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import EditableList
from bpstep.ui.prompt import Prompt, error_of

_NAME, _CURVE = 20, 18
"""Cells of the columns that have no number."""


def prompt_watch(controller: Controller, _count: int) -> None:
    """Ask what to watch; the selected cell is typed already."""
    chosen = selection(controller.frame, controller.view)
    controller.open_prompt(watch_prompt(controller, cell_name(chosen.name, chosen.index)))


def watch_prompt(controller: Controller, initial: str = "", changed: Watch | None = None) -> Prompt:
    """What is watched: a new expression, or another one for a watch that exists."""
    session = controller.session

    def parse_watch(text: str) -> str:
        found = parse_expression(session.program, text).text
        others = (each for each in session.journal.watches.by_id.values() if each != changed)
        if any(each.text == found for each in others):
            raise BpstepError(fill(messages.WATCHED_ALREADY, text=found))
        return found

    def accept(text: str) -> None:
        if text.strip():
            number = session.journal.watches.next_id if changed is None else changed.id
            watch = Watch(number, parse_watch(text))
            session.record(watch)
            controller.show_message(fill(messages.WATCHING, text=watch.text))

    hint = fill(messages.WATCH_HINT)
    return Prompt(fill(messages.ASK_WATCH), accept, initial, hint, validate=error_of(parse_watch))


class WatchList(EditableList):
    """Every watch with its value now, its value one iteration earlier, and its history."""

    empty_message = messages.NO_WATCHES

    @property
    def title(self) -> str:
        """The first line."""
        return fill(messages.TITLE_WATCHES)

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The watches under the headings of their columns."""
        readings = controller.readings.read()
        if not readings:
            return [text_line(), text_line(fill(messages.NO_WATCHES), "quiet")]
        body = [_watch_line(controller, reading) for reading in readings]
        notes = [text_line(fill(messages.WATCH_COLUMNS_NOTE), "quiet")]
        if any(each.cells > 1 for each in readings):
            notes.append(text_line(fill(messages.WATCH_ARRAY_NOTE), "quiet"))
        return [text_line(_headings(), "quiet"), *body, text_line(), *notes]

    def prompt(self, controller: Controller, value: object) -> Prompt:
        """What is watched."""
        if value is None:
            return watch_prompt(controller)
        assert isinstance(value, Watch)
        return watch_prompt(controller, value.text, value)

    def delete(self, controller: Controller, value: object) -> None:
        """Delete the watch."""
        assert isinstance(value, Watch)
        controller.session.record(DropWatch(value.id))
        controller.show_message(fill(messages.WATCH_DELETED, text=value.text))


def _headings() -> str:
    now, before = fill(messages.WATCH_COLUMN_NOW), fill(messages.WATCH_COLUMN_BEFORE)
    history = fill(messages.WATCH_COLUMN_HISTORY)
    lowest, highest = fill(messages.WATCH_COLUMN_LOWEST), fill(messages.WATCH_COLUMN_HIGHEST)
    return f"{'':<{_NAME}}{now:>9}{before:>9}   {history:<{_CURVE}}{lowest:>9}{highest:>9}"


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
