"""asciicast files: a header, then the output for a terminal with its times.

https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bpstep.files import file_error
from bpstep.lessons.lesson import Resize
from bpstep.recording import messages
from bpstep.recording.capture import Capture, TimedScreen
from bpstep.render.ansi import PLAIN, AnsiStyles, AnsiWriter, ansi_diff
from bpstep.render.canvas import Canvas
from bpstep.render.svg import terminal_palette
from bpstep.render.theme import Theme
from bpstep.text import fill

_CLEAR = "\x1b[?25l\x1b[m\x1b[H\x1b[2J"

_SAVE = "\x1b7"


def asciicast_lines(played: Capture, version: int = 2) -> Iterator[str]:
    """The lines of a recording."""
    clock, shown = EventWriter(version), TerminalState()
    for moment in moments_of_one_size(played):
        if not shown.canvas.height:
            size = moment.canvas.width, moment.canvas.height
            yield header(size, moment.theme, played.lesson.title, version)
        for marker in moment.markers:
            yield clock.event(moment.time, "m", marker)
        changes = shown.update(moment)
        if changes:
            yield clock.event(moment.time, "o", changes)
    yield clock.event(played.duration, "o", closing_sequence(shown.canvas.height))


def closing_sequence(height: int) -> str:
    """The final output for a terminal: the cursor is visible again, without colours.

    It is below everything if there is room, so that a shell's prompt appears there, and else in the last
    line: nothing scrolls, so a player that stays at the end shows the whole screen.
    """
    return f"\x1b[m\x1b[{height + 1};1H\x1b[?25h"


def moments_of_one_size(played: Capture) -> Iterator[TimedScreen]:
    """The moments. FileError if their size changes: neither a terminal nor a picture can follow."""
    sizes: set[tuple[int, int]] = set()
    for moment in played.screens():
        sizes.add((moment.canvas.width, moment.canvas.height))
        if len(sizes) > 1:
            given = [each.line for each in played.lesson.statements if isinstance(each.action, Resize)]
            line = max(line for line in given if line <= moment.line)
            raise file_error(played.lesson.path, line, fill(messages.ONE_SIZE))
        yield moment


def header(size: tuple[int, int], theme: Theme, title: str, version: int = 2) -> str:
    colours = _theme(theme)
    named = {"title": title} if title else {}
    if version == 3:
        term = {"cols": size[0], "rows": size[1], "type": "xterm-256color", **colours}
        return _line({"version": 3, "term": term, **named})
    where = {"version": 2, "width": size[0], "height": size[1]}
    return _line({**where, **named, "env": {"TERM": "xterm-256color"}, **colours})


class EventWriter:
    """Makes events: in version 2 with times since the start, in version 3 with times since the one before."""

    def __init__(self, version: int) -> None:
        self._intervals = version == 3
        self._last = 0

    def event(self, milliseconds: int, kind: str, data: str) -> str:
        """An event as a line."""
        time = milliseconds - self._last if self._intervals else milliseconds
        self._last = milliseconds
        return f"[{time / 1000:.3f}, {_line(kind)}, {_line(data)}]"


class TerminalState:
    """The screen of a player's terminal: a recording's screens follow one another."""

    def __init__(self) -> None:
        self.canvas = Canvas(0, 0)
        """The last screen; empty if there was none."""
        self._pens: AnsiStyles | None = None
        self._writer = AnsiWriter(0)

    def update(self, moment: TimedScreen) -> str:
        """The output that turns the terminal's screen into another: everything if the size or the colours
        differ.
        """
        before, self.canvas = self.canvas, moment.canvas
        ansi_styles, size = _pens(moment.theme), (moment.canvas.width, moment.canvas.height)
        if ansi_styles is self._pens and (before.width, before.height) == size:
            return ansi_diff(before, moment.canvas, ansi_styles, self._writer)
        self._pens, text = ansi_styles, ansi_styles["text"][0]
        self._writer = AnsiWriter(moment.canvas.width, saved_style=text)
        start = _CLEAR + PLAIN.sequence_to(text) + _SAVE
        return start + ansi_diff(_blank(moment.canvas), moment.canvas, ansi_styles, self._writer)


def _blank(canvas: Canvas) -> Canvas:
    """A canvas that differs in every cell."""
    found = Canvas(canvas.width, canvas.height)
    found.characters = [["\1"] * canvas.width for _ in range(canvas.height)]
    return found


_PENS: dict[tuple[str, str], AnsiStyles] = {}


def _pens(theme: Theme) -> AnsiStyles:
    """Colours by the theme alone, whatever the current terminal supports."""
    key = theme.name, theme.depth
    if key not in _PENS:
        # A theme with fewer colours uses no others.
        _PENS[key] = AnsiStyles(theme.style, "truecolor")
    return _PENS[key]


def _theme(theme: Theme) -> dict[str, Any]:
    """The colours that a player uses for the default colours and for its margin."""
    if theme.depth != "full":
        return {}
    style = theme.style("text")
    assert style.color is not None
    text = style.color.get_truecolor().hex
    return {"theme": {"fg": text, "bg": theme.background, "palette": ":".join(terminal_palette(theme))}}


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
