"""The lines that compare two runs: which tensors differ, in which cell most, in A and in B."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.engine.edits import EditEquation, EditEvent, EditLine
from bpstep.explain.numbers import format_precise, format_short
from bpstep.lang.cells import Index
from bpstep.render import messages
from bpstep.render.braille import DOTS, braille_character
from bpstep.render.canvas import Canvas, TextRun, clip, wrap
from bpstep.render.listing import line_place
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.theme import Theme
from bpstep.session.compare import Comparison, Curve, TensorDifference
from bpstep.text import fill, fill_plural

_NAME_WIDTH = 12

_INDEX_WIDTH, _MIN_INDEX_WIDTH = 14, 7

_MAX_ROWS = 500
"""The most rows of a tensor that are listed."""


def comparison_lines(comparison: Comparison, theme: Theme, width: int, height: int) -> list[ListLine]:
    """The plot of both losses, and a line for each tensor."""
    period = comparison.a.period
    curves = plot_losses(
        comparison.curves,
        comparison.forked // period,
        theme,
        width,
        max(height // 3, 6),
        comparison.a.program.loss,
    )
    shown = [ListLine(runs) for runs in canvas_lines(curves)]
    shown += [_heading(theme, width), *_tensor_group("", comparison.losses, theme, width)]
    shown += _tensor_group(messages.PARAMETERS, comparison.parameters, theme, width)
    shown += _tensor_group(messages.GRADIENTS, comparison.gradients, theme, width)
    shown += _tensor_group(messages.ALSO_DIFFERENT, comparison.others, theme, width)
    return [*shown, *_equations(comparison, theme, width), *_edits(comparison, width, theme)]


def _index_width(theme: Theme, width: int) -> int:
    """The width of an index; if space is short, what the numbers leave."""
    numbers = 3 * (theme.format.width + 1)
    return max(min(width - (_NAME_WIDTH + 2) - 11 - numbers, _INDEX_WIDTH), _MIN_INDEX_WIDTH)


def _heading(theme: Theme, room: int) -> ListLine:
    width = theme.format.width
    cells, largest = fill(messages.CELLS), fill(messages.LARGEST_AT)
    text = f"{'':{_NAME_WIDTH + 2}}{cells:>9}  {largest:<{_index_width(theme, room)}}"
    change = theme.pick("B − A", "B - A")
    return ListLine(
        (
            (text, "quiet"),
            (f"{'A':>{width}} ", RUN_ROLES["A"]),
            (f"{'B':>{width}} ", RUN_ROLES["B"]),
            (f"{change:>{width + 1}}", "quiet"),
        )
    )


def _tensor_group(
    title: str, tensors: tuple[TensorDifference, ...], theme: Theme, width: int
) -> Iterator[ListLine]:
    if title and tensors:
        yield text_line(fill(title), "quiet")
    for difference in tensors:
        yield ListLine(
            tuple(_difference_runs(difference, theme, width)),
            difference.name if difference.is_computed else None,
        )


def _difference_runs(difference: TensorDifference, theme: Theme, width: int) -> Iterator[TextRun]:
    name = f"{clip(difference.name, _NAME_WIDTH, theme.glyphs.ellipsis):<{_NAME_WIDTH}}"
    if not difference.is_computed:
        yield f"{theme.pick('·', '.')} {name}{'':11}{fill(messages.NOT_COMPUTED_YET)}", "coming"
        return
    index_width = _index_width(theme, width)
    total, is_number = np.size(difference.a), not np.shape(difference.a)
    if not difference.count:
        where = fill_plural(total, messages.SAME, messages.SAME_IN_ALL)
        value = f"{theme.number(difference.values(())[0]):>{theme.format.width}}" if is_number else ""
        yield f"= {name}{'':11}{where:<{index_width}}{value}", "text"
        return
    yield f"{theme.pick('≠', '!')} {name}", "bright"
    differing = "" if is_number else f"{difference.count:,}/{total:,}"
    yield (
        f"{differing:>9}  "
        f"{clip(_index_text(difference.largest), index_width, theme.glyphs.ellipsis):<{index_width}}",
        "text",
    )
    yield from _value_runs(*difference.values(difference.largest), theme)


def _index_text(index: Index) -> str:
    return f"[{','.join(map(str, index))}]" if index else ""


def _value_runs(a: float, b: float, theme: Theme) -> Iterator[TextRun]:
    width = theme.format.width
    yield f"{theme.number(a):>{width}} ", RUN_ROLES["A"]
    yield f"{theme.number(b):>{width}} ", RUN_ROLES["B"]
    yield f"{_change_text(a, b):>{width + 1}}", "bright"


def _change_text(a: float, b: float) -> str:
    text = format_short(b - a)
    return text if text.startswith("-") else f"+{text}"


def _equations(comparison: Comparison, theme: Theme, width: int) -> Iterator[ListLine]:
    if comparison.equations:
        yield text_line(fill(messages.EQUATIONS), "quiet")
    for name, a, b in comparison.equations:
        for run, source in (("A", a), ("B", b)):
            if not source:
                continue
            text = clip(f"{name} = {source}", width - 8, theme.glyphs.ellipsis)
            yield ListLine(
                ((f"{theme.pick('≠', '!')} ", "bright"), (f"{run}  ", RUN_ROLES[run]), (text, "text"))
            )


def _edits(comparison: Comparison, width: int, theme: Theme) -> Iterator[ListLine]:
    if any(comparison.edits):
        yield text_line(fill(messages.EDITS_OF_ONE_RUN), "quiet")
    for run, frame, edits in zip("AB", (comparison.a, comparison.b), comparison.edits):
        for edit in edits:
            cell = line_place(frame, edit) if isinstance(edit, EditLine) else edit.cell
            text = fill(messages.EDIT_FROM, cell=cell, value=_new_value(edit), n=edit.at)
            yield ListLine(
                (
                    ("  ", "text"),
                    (f"{run}  ", RUN_ROLES[run]),
                    (clip(text, width - 8, theme.glyphs.ellipsis), "text"),
                )
            )


def _new_value(edit: EditEvent) -> str:
    match edit:
        case EditEquation():
            return edit.source
        case EditLine():
            return edit.text.strip()
    return format_precise(edit.value)


_LABEL_WIDTH = 6
"""The minimum indent of a row."""


def visible_columns(theme: Theme, width: int) -> int:
    """How many columns of a tensor fit side by side, for A and for B."""
    return max((width - 12) // (2 * (theme.format.width + 2)), 1)


@dataclass(frozen=True)
class _Rows:
    """The rows of a tensor in both runs, and where they differ."""

    a: Any
    b: Any
    differ: Any


def cell_lines(difference: TensorDifference, theme: Theme, width: int, left: int) -> list[ListLine]:
    """A tensor's cells from column `left` on, A's beside B's; of a large one only the rows that differ."""
    both = _Rows(*(_as_rows(part) for part in (difference.a, difference.b, difference.differing)))
    labels = _row_labels(np.shape(difference.a))
    shown = range(left, min(left + visible_columns(theme, width), both.a.shape[1]))
    rows, note = list(range(len(both.a))), []
    if len(rows) > _MAX_ROWS:
        rows = np.flatnonzero(both.differ.any(axis=1)).tolist()
        more = len(rows) - _MAX_ROWS
        told = fill_plural(more, messages.ROW_DIFFERS, messages.ROWS_DIFFER)
        note = [text_line(told, "quiet")] if more > 0 else []
    head = ListLine(tuple(_column_heads(shown, theme, len(labels[-1]))))
    return [
        head,
        *(ListLine(tuple(_cells(both, row, labels[row], shown, theme)), row) for row in rows[:_MAX_ROWS]),
        *note,
    ]


def _as_rows(values: Any) -> Any:
    """The rows of a tensor, one slice after the other if it has more than two axes."""
    table = np.atleast_2d(values)
    return table.reshape(-1, table.shape[-1])


def column_count(difference: TensorDifference) -> int:
    """How many columns a tensor's rows have."""
    return int(_as_rows(difference.a).shape[1])


def _row_labels(shape: tuple[int, ...]) -> list[str]:
    """The label of each row, all of one width: [0], or [1,0,2] for a row of a slice."""
    rows = shape[:-1] if len(shape) > 1 else (1,)
    labels = [f"[{','.join(map(str, index))}]" for index in np.ndindex(*rows)]
    width = max(_LABEL_WIDTH, *(len(label) + 1 for label in labels))
    return [f"{label:<{width}}" for label in labels]


def _column_heads(shown: range, theme: Theme, label_width: int) -> Iterator[TextRun]:
    width = theme.format.width
    yield " " * label_width, "text"
    for run in "AB":
        for at in shown:
            yield f"  {f'{run}[{at}]' if at == shown.start else f'[{at}]':>{width}}", RUN_ROLES[run]
        yield (f" {theme.pick('│', '|')}", "frame") if run == "A" else ("", "text")


def _cells(both: _Rows, row: int, label: str, shown: range, theme: Theme) -> Iterator[TextRun]:
    width = theme.format.width
    yield label, "quiet"
    for run, values in (("A", both.a), ("B", both.b)):
        for at in shown:
            marked = bool(both.differ[row, at])
            sign = theme.pick("≠", "!") if marked else " "
            text = f" {f'{sign}{theme.number(float(values[row, at]))}':>{width + 1}}"
            yield text, RUN_ROLES[run] if marked else "text"
        yield (f" {theme.pick('│', '|')}", "frame") if run == "A" else ("", "text")


AXIS_WIDTH = 9
"""The cells on the left for the numbers of the axis."""

_AXIS_LABEL_WIDTH = AXIS_WIDTH - 2

RUN_ROLES = {"A": "read", "B": "write"}

_LOG_SCALE_RATIO = 100
"""From this ratio of the greatest to the least loss, the scale is logarithmic."""


def plot_losses(
    curves: tuple[Curve, Curve], forked: int, theme: Theme, width: int, height: int, loss: str = "E"
) -> Canvas:
    """The losses over the iterations; `forked` is the iteration in which B began."""
    canvas = Canvas(width, height)
    values = [value for _, losses in curves for value in losses if math.isfinite(value)]
    last = max((at[-1] for at, _ in curves if at), default=0)
    if not values or not last:
        message = wrap(fill(messages.NO_PLOT_YET), width)
        for y, text in enumerate(message):
            canvas.put(0, y, text, "quiet")
        return canvas
    low, high = min(values), max(values)
    scale = _PlotScale(low, high, last, width - AXIS_WIDTH - 3, height - 1)
    for name, curve in zip("BA", curves[::-1]):
        _draw_curve(canvas, curve, name, scale, theme)
    _draw_axes(canvas, scale, forked, theme, loss)
    return canvas


class _PlotScale:
    """Converts iterations and losses to the plot's cells."""

    def __init__(self, low: float, high: float, last: int, width: int, height: int) -> None:
        self.low, self.high, self.last = low, high, last
        self.width, self.height = max(width, 2), max(height, 2)
        self.is_log = low > 0 and high / low >= _LOG_SCALE_RATIO

    def x(self, iteration: float, subdivisions: int) -> int:
        """The column, in subdivisions of a cell."""
        return round(iteration / self.last * (self.width * subdivisions - 1))

    def y(self, loss: float, subdivisions: int) -> int:
        """The line from the top, in subdivisions of a cell."""
        return round((1 - self._fraction(loss)) * (self.height * subdivisions - 1))

    def _fraction(self, loss: float) -> float:
        if self.high <= self.low:
            return 0.5
        if self.is_log:
            return math.log(loss / self.low) / math.log(self.high / self.low)
        return (loss - self.low) / (self.high - self.low)


def _draw_curve(canvas: Canvas, curve: Curve, name: str, scale: _PlotScale, theme: Theme) -> None:
    across, down = (1, 1) if theme.ascii else (2, 4)
    dots: dict[tuple[int, int], int] = {}
    for x, y in _curve_points(curve, scale, across, down):
        if name == "B" and not theme.ascii and x % 4 >= 2:
            continue
        cell = (x // across, y // down)
        dots[cell] = dots.get(cell, 0) | DOTS[x % 2][y % 4]
    for (x, y), bits in dots.items():
        canvas.put(AXIS_WIDTH + x, y, name if theme.ascii else braille_character(bits), RUN_ROLES[name])
    _draw_curve_label(canvas, curve, name, scale)


def _draw_curve_label(canvas: Canvas, curve: Curve, name: str, scale: _PlotScale) -> None:
    """The curve's letter after its end; B's is one cell further right, to leave room for A's."""
    finite = [(at, value) for at, value in zip(*curve) if math.isfinite(value)]
    if finite:
        at, value = finite[-1]
        right = AXIS_WIDTH + scale.x(at, 1) + 1
        canvas.put(right + (name == "B"), scale.y(value, 1), name, RUN_ROLES[name])


def _curve_points(curve: Curve, scale: _PlotScale, across: int, down: int) -> Iterator[tuple[int, int]]:
    """The points of the line through all losses; the line is broken at losses that are not finite."""
    before: tuple[int, int] | None = None
    for iteration, loss in zip(*curve):
        if not math.isfinite(loss):
            before = None
            continue
        point = (scale.x(iteration, across), scale.y(loss, down))
        yield from _points_between(before or point, point)
        before = point


def _points_between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for k in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * k / steps),
            round(start[1] + (end[1] - start[1]) * k / steps),
        )


def _draw_axes(canvas: Canvas, scale: _PlotScale, forked: int, theme: Theme, loss: str) -> None:
    rows: Sequence[tuple[int, str]] = (
        (0, format_short(scale.high)),
        (scale.height - 1, format_short(scale.low)),
    )
    for y in range(scale.height):
        canvas.put(AXIS_WIDTH - 1, y, theme.pick("│", "|"), "frame")
    for y, text in rows:
        canvas.put(0, y, f"{text:>{_AXIS_LABEL_WIDTH}}", "text")
    label = fill(messages.LOSS_LOG, loss=loss) if scale.is_log else loss
    label = label if len(label) <= _AXIS_LABEL_WIDTH else clip(loss, _AXIS_LABEL_WIDTH, theme.glyphs.ellipsis)
    canvas.put(0, scale.height // 2, f"{label:>{_AXIS_LABEL_WIDTH}}", "quiet")
    y = scale.height
    canvas.put(AXIS_WIDTH - 1, y, "0", "quiet")
    label = fill(messages.ITERATION, iteration=scale.last)
    right = AXIS_WIDTH + scale.width - len(label)
    sign = theme.pick("▲", "^")
    x = AXIS_WIDTH + scale.x(min(forked, scale.last), 1)
    text = fill(messages.FORK, sign=sign)
    if x > right - len(text) - 2:
        # Near the right edge the words are moved to the left, and whatever they would cover is omitted.
        text = fill(messages.FORK_LEFT, sign=sign)
        x -= len(text) - 1
        right = min(right, x - len(label) - 2)
    canvas.put(right, y, label, "quiet")
    canvas.put(x, y, text, "bright")


def canvas_lines(canvas: Canvas) -> list[tuple[TextRun, ...]]:
    """A canvas as lines of a list."""
    return [tuple(canvas.runs_of_line(y)) for y in range(canvas.height)]
