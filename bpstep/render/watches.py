"""The watches: a few lines below the tensors, and the lines of the list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from bpstep.explain.numbers import format_short
from bpstep.frozen import frozen
from bpstep.render.canvas import Canvas, TextRun, clip
from bpstep.render.theme import Theme
from bpstep.render.timeline import bar_character, sample_points
from bpstep.session.watches import Reading

_MAX_LINES, _MAX_LINES_SMALL = 4, 3

_MIN_TABLE_LINES = 4
"""The minimum number of lines of the table of tensors."""

_NUMBER_WIDTH = 7

_MIN_BARS = 8
"""The number of bars that a long expression leaves room for."""

_BAR_HEIGHTS = 7
"""The highest bar leaves a gap to the line above."""


def watch_height(readings: Sequence[Reading], room: int) -> int:
    """The height of the watches in a pane of this height, without the line above them."""
    max_lines = _MAX_LINES if room >= 16 else _MAX_LINES_SMALL
    return max(min(len(readings), max_lines, room - _MIN_TABLE_LINES - 1), 0)


def draw_watches(readings: Sequence[Reading], theme: Theme, width: int, count: int) -> Canvas:
    """The first watches: the expression, its value, its change, its history."""
    canvas = Canvas(width, count)
    shown = readings[:count]
    longest = max((cell_len(reading.watch.text) for reading in shown), default=0)
    name = min(longest, max(width - _NUMBER_WIDTH - _MIN_BARS - 6, width // 2 - 4))
    for y, reading in enumerate(shown):
        canvas.put(1, y, clip(reading.watch.text, name, theme.glyphs.ellipsis), "text")
        x = canvas.put(name + 2, y, format_reading(reading, theme), "bright")
        x = canvas.put(x + 1, y, change_sign(reading, theme), "quiet")
        canvas.put_runs(x + 1, y, history_bars(reading, theme, width - x - 2))
    return canvas


def format_reading(reading: Reading, theme: Theme) -> str:
    return format_value(reading.now, theme)


def format_value(value: float | None, theme: Theme) -> str:
    """A number in its column, or the sign for a value that is not computed."""
    return f"{theme.pick('·', '.') if value is None else format_short(value):>{_NUMBER_WIDTH}}"


def change_sign(reading: Reading, theme: Theme) -> str:
    """Whether it is more or less than one iteration before."""
    if reading.now is None or reading.before is None:
        return " "
    if reading.now > reading.before:
        return theme.pick("↑", "+")
    return theme.pick("↓", "-") if reading.now < reading.before else "="


@frozen
class ValueRange:
    """The lowest and the highest finite number of a history."""

    low: float
    high: float


def value_range(reading: Reading) -> ValueRange | None:
    """The range of a history; None if there is no finite number."""
    finite = [value for _, value in reading.history if abs(value) < float("inf")]
    return ValueRange(min(finite), max(finite)) if finite else None


def history_bars(reading: Reading, theme: Theme, room: int) -> list[TextRun]:
    """The history as bars from its lowest to its highest number, thinned out if space is short."""
    value_limits = value_range(reading) or ValueRange(0.0, 0.0)
    at, values = [at for at, _ in reading.history], [value for _, value in reading.history]
    picked = sample_points(at, values, room) if room > 1 else []
    return [
        (
            "".join(
                bar_character(theme, value, value_limits.low, value_limits.high, _BAR_HEIGHTS)
                for _, value in picked
            ),
            "known",
        )
    ]
