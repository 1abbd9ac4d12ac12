"""Watches: the prompt that adds one, and the list with values and histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_short
from bpstep.lang.cells import cell_name
from bpstep.program.expression import parse_expression
from bpstep.render.canvas import clip, wrap
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.view_state import selection
from bpstep.render.watches import change_sign, format_value, history_bars, value_range
from bpstep.session.watches import DropWatch, Reading, Watch
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import EditableList
from bpstep.ui.prompt import Prompt, error_of

_NUMBER = 9
"""The width of a column of numbers."""


@dataclass(frozen=True)
class _Columns:
    """The widths of the columns without numbers: on a narrow screen the expression has a line of its own."""

    name: int
    curve: int


_WIDE, _NARROW = _Columns(20, 18), _Columns(2, 14)

_WIDE_SCREEN = 79
"""The screen width from which the wide columns fit."""


def prompt_watch(controller: Controller, _count: int) -> None:
    """Ask what to watch; the selected cell is the initial text."""
    chosen = selection(controller.frame, controller.view)
    controller.open_prompt(watch_prompt(controller, cell_name(chosen.name, chosen.index)))


def watch_prompt(controller: Controller, initial: str = "", changed: Watch | None = None) -> Prompt:
    """A prompt for an expression to watch, or for another one in place of a watch's own."""
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
        return fill(messages.TITLE_WATCHES)

    def lines(self, controller: Controller) -> Sequence[ListLine]:
        """The watches under the headings of their columns."""
        readings = controller.readings.read()
        if not readings:
            return [text_line(), text_line(fill(messages.NO_WATCHES), "quiet")]
        columns = _WIDE if controller.size[0] >= _WIDE_SCREEN else _NARROW
        body = [line for reading in readings for line in _watch_lines(controller, reading, columns)]
        notes = [fill(messages.WATCH_COLUMNS_NOTE)]
        if any(each.cells > 1 for each in readings):
            notes.append(fill(messages.WATCH_ARRAY_NOTE))
        wrapped = [text_line(line, "quiet") for note in notes for line in wrap(note, controller.size[0] - 4)]
        return [text_line(_headings(columns), "quiet"), *body, text_line(), *wrapped]

    def prompt(self, controller: Controller, value: object) -> Prompt:
        if value is None:
            return watch_prompt(controller)
        assert isinstance(value, Watch)
        return watch_prompt(controller, value.text, value)

    def delete(self, controller: Controller, value: object) -> None:
        assert isinstance(value, Watch)
        controller.session.record(DropWatch(value.id))
        controller.show_message(fill(messages.WATCH_DELETED, text=value.text))


def _headings(columns: _Columns) -> str:
    now, before = fill(messages.WATCH_COLUMN_NOW), fill(messages.WATCH_COLUMN_BEFORE)
    history = fill(messages.WATCH_COLUMN_HISTORY)
    lowest, highest = fill(messages.WATCH_COLUMN_LOWEST), fill(messages.WATCH_COLUMN_HIGHEST)
    left = f"{'':<{columns.name}}{now:>{_NUMBER}}{before:>{_NUMBER}}"
    return f"{left}   {history:<{columns.curve}}{lowest:>{_NUMBER}}{highest:>{_NUMBER}}"


def _watch_lines(controller: Controller, reading: Reading, columns: _Columns) -> Iterator[ListLine]:
    """A watch's line; its expression is on a line of its own if it does not fit into the column."""
    theme, ends, text = controller.theme, value_range(reading), reading.watch.text
    bars = history_bars(reading, theme, columns.curve - 2)[0][0]
    low, high = (format_short(ends.low), format_short(ends.high)) if ends else ("", "")
    is_alone = columns is _NARROW or cell_len(text) >= columns.name
    if is_alone:
        room = controller.size[0] - 4
        yield ListLine(((clip(text, room, theme.glyphs.ellipsis), "text"),), reading.watch)
    yield ListLine(
        (
            (f"{'' if is_alone else text:<{columns.name}}", "text"),
            (f"{format_value(reading.now, theme):>{_NUMBER}}", "bright"),
            (f"{format_value(reading.before, theme):>{_NUMBER}}", "quiet"),
            (f" {change_sign(reading, theme)} ", "quiet"),
            (f"{bars:<{columns.curve}}", "known"),
            (f"{low:>{_NUMBER}}{high:>{_NUMBER}}", "quiet"),
        ),
        None if is_alone else reading.watch,
        continues=is_alone,
    )


def show_watches(controller: Controller, _count: int) -> None:
    controller.panel = WatchList()


COMMANDS = {"watch": prompt_watch, "watches": show_watches}
