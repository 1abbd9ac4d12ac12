"""The lines that compare two runs: what differs, in which cell most, in A and in B."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from bpstep.explain.numbers import precise, short
from bpstep.program.diagram import Index
from bpstep.render.braille import DOTS, character
from bpstep.render.canvas import Canvas, Run, clip, wrap
from bpstep.render.lists.list import Line, line
from bpstep.render.theme import Look
from bpstep.session.compare import Comparison, Curve, Difference

_NAME = 12

_CELL, _LEAST_CELL = 14, 7

_TOO_MANY = 500
"""Rows of a tensor that are listed."""


def comparison_lines(found: Comparison, look: Look, width: int, height: int) -> list[Line]:
    """The plot of both losses, and a line for each tensor."""
    period = found.a.period
    curves = plot(found.curves, found.forked // period, look, width, max(height // 3, 6))
    shown = [Line(runs) for runs in lines(curves)]
    shown += [_head(look, width), *_group("", (found.loss,), look, width)]
    shown += _group("parameters", found.parameters, look, width)
    shown += _group("gradients", found.gradients, look, width)
    shown += _group("also different", found.others, look, width)
    return [*shown, *_equations(found, look, width), *_edits(found, width, look)]


def _cell_width(look: Look, width: int) -> int:
    """The cells for an index; where there is little room, what the numbers leave."""
    numbers = 3 * (look.format.width + 1)
    return max(min(width - (_NAME + 2) - 11 - numbers, _CELL), _LEAST_CELL)


def _head(look: Look, room: int) -> Line:
    width = look.format.width
    text = f"{'':{_NAME + 2}}{'cells':>9}  {'most in':<{_cell_width(look, room)}}"
    change = look.pick("B − A", "B - A")
    return Line(
        (
            (text, "quiet"),
            (f"{'A':>{width}} ", ROLES["A"]),
            (f"{'B':>{width}} ", ROLES["B"]),
            (f"{change:>{width + 1}}", "quiet"),
        )
    )


def _group(title: str, tensors: tuple[Difference, ...], look: Look, width: int) -> Iterator[Line]:
    if title and tensors:
        yield line(title, "quiet")
    for each in tensors:
        yield Line(tuple(_row(each, look, width)), each.name if each.is_computed else None)


def _row(each: Difference, look: Look, width: int) -> Iterator[Run]:
    name = f"{clip(each.name, _NAME, look.glyphs.dots):<{_NAME}}"
    if not each.is_computed:
        yield f"{look.pick('·', '.')} {name}{'':11}not computed yet", "coming"
        return
    cell = _cell_width(look, width)
    total, is_number = np.size(each.a), not np.shape(each.a)
    if not each.count:
        where = "the same" if total == 1 else f"the same in all {total:,} cells"
        value = f"{look.number(each.values(())[0]):>{look.format.width}}" if is_number else ""
        yield f"= {name}{'':11}{where:<{cell}}{value}", "text"
        return
    yield f"{look.pick('≠', '!')} {name}", "bright"
    share = "" if is_number else f"{each.count:,}/{total:,}"
    yield f"{share:>9}  {clip(_place(each.most), cell, look.glyphs.dots):<{cell}}", "text"
    yield from _numbers(*each.values(each.most), look)


def _place(index: Index) -> str:
    return f"[{','.join(map(str, index))}]" if index else ""


def _numbers(a: float, b: float, look: Look) -> Iterator[Run]:
    width = look.format.width
    yield f"{look.number(a):>{width}} ", ROLES["A"]
    yield f"{look.number(b):>{width}} ", ROLES["B"]
    yield f"{_change(a, b):>{width + 1}}", "bright"


def _change(a: float, b: float) -> str:
    text = short(b - a)
    return text if text.startswith("-") else f"+{text}"


def _equations(found: Comparison, look: Look, width: int) -> Iterator[Line]:
    if found.equations:
        yield line("equations", "quiet")
    for name, a, b in found.equations:
        for run, source in (("A", a), ("B", b)):
            text = clip(f"{name} = {source}", width - 8, look.glyphs.dots)
            yield Line(((f"{look.pick('≠', '!')} ", "bright"), (f"{run}  ", ROLES[run]), (text, "text")))


def _edits(found: Comparison, width: int, look: Look) -> Iterator[Line]:
    if any(found.edits):
        yield line("edits of one run only", "quiet")
    for run, edits in zip("AB", found.edits):
        for edit in edits:
            value = getattr(edit, "value", None)
            told = getattr(edit, "source", "") if value is None else precise(value)
            text = f"{edit.cell} = {told}, from n = {edit.at:,}"
            yield Line(
                (("  ", "text"), (f"{run}  ", ROLES[run]), (clip(text, width - 8, look.glyphs.dots), "text"))
            )


def columns(look: Look, width: int) -> int:
    """How many columns of a tensor fit beside each other, for A and for B."""
    return max((width - 12) // (2 * (look.format.width + 2)), 1)


def cell_lines(each: Difference, look: Look, width: int, left: int) -> list[Line]:
    """A tensor's cells from column `left` on, A's beside B's; of a large one the rows that differ."""
    a, b, differ = (np.atleast_2d(part) for part in (each.a, each.b, each.cells))
    shown = range(left, min(left + columns(look, width), a.shape[1]))
    rows, note = list(range(a.shape[0])), []
    if len(rows) > _TOO_MANY:
        rows = np.flatnonzero(differ.any(axis=1)).tolist()
        more = len(rows) - _TOO_MANY
        note = [line(f"{more:,} more rows differ", "quiet")] if more > 0 else []
    head = Line(tuple(_column_heads(shown, look)))
    return [
        head,
        *(Line(tuple(_cells(row, a, b, differ, shown, look)), row) for row in rows[:_TOO_MANY]),
        *note,
    ]


def _column_heads(shown: range, look: Look) -> Iterator[Run]:
    width = look.format.width
    yield f"{'':6}", "text"
    for run in "AB":
        for at in shown:
            yield f"  {f'{run}[{at}]' if at == shown.start else f'[{at}]':>{width}}", ROLES[run]
        yield (f" {look.pick('│', '|')}", "frame") if run == "A" else ("", "text")


def _cells(row: int, a: object, b: object, differ: object, shown: range, look: Look) -> Iterator[Run]:
    width = look.format.width
    yield f"{f'[{row}]':<6}", "quiet"
    for run, values in (("A", np.asarray(a)), ("B", np.asarray(b))):
        for at in shown:
            marked = bool(np.asarray(differ)[row, at])
            sign = look.pick("≠", "!") if marked else " "
            text = f" {f'{sign}{look.number(float(values[row, at]))}':>{width + 1}}"
            yield text, ROLES[run] if marked else "text"
        yield (f" {look.pick('│', '|')}", "frame") if run == "A" else ("", "text")


MARGIN = 9
"""Cells on the left for the numbers of the axis."""

ROLES = {"A": "read", "B": "write"}

_DECADES = 100
"""From this ratio of the greatest loss to the least on, powers of ten are drawn at equal distances."""


def plot(curves: tuple[Curve, Curve], forked: int, look: Look, width: int, height: int) -> Canvas:
    """The losses over the iterations; `forked` is the iteration in which B began."""
    canvas = Canvas(width, height)
    values = [value for _, losses in curves for value in losses if math.isfinite(value)]
    last = max((at[-1] for at, _ in curves if at), default=0)
    if not values or not last:
        told = wrap("E is plotted here when both runs have done two iterations.", width)
        for y, text in enumerate(told):
            canvas.put(0, y, text, "quiet")
        return canvas
    low, high = min(values), max(values)
    scale = _Scale(low, high, last, width - MARGIN - 3, height - 1)
    for name, curve in zip("BA", curves[::-1]):
        _draw(canvas, curve, name, scale, look)
    _axes(canvas, scale, forked, look)
    return canvas


class _Scale:
    """From iterations and losses to the plot's cells."""

    def __init__(self, low: float, high: float, last: int, width: int, height: int) -> None:
        self.low, self.high, self.last = low, high, last
        self.width, self.height = max(width, 2), max(height, 2)
        self.is_log = low > 0 and high / low >= _DECADES

    def x(self, iteration: float, fine: int) -> int:
        """The column, in parts of a cell so fine."""
        return round(iteration / self.last * (self.width * fine - 1))

    def y(self, loss: float, fine: int) -> int:
        """The line from above, in parts of a cell so fine."""
        return round((1 - self._part(loss)) * (self.height * fine - 1))

    def _part(self, loss: float) -> float:
        if self.high <= self.low:
            return 0.5
        if self.is_log:
            return math.log(loss / self.low) / math.log(self.high / self.low)
        return (loss - self.low) / (self.high - self.low)


def _draw(canvas: Canvas, curve: Curve, name: str, scale: _Scale, look: Look) -> None:
    across, down = (1, 1) if look.ascii else (2, 4)
    dots: dict[tuple[int, int], int] = {}
    for x, y in _line(curve, scale, across, down):
        if name == "B" and not look.ascii and x % 4 >= 2:
            continue
        cell = (x // across, y // down)
        dots[cell] = dots.get(cell, 0) | DOTS[x % 2][y % 4]
    for (x, y), bits in dots.items():
        canvas.put(MARGIN + x, y, name if look.ascii else character(bits), ROLES[name])
    _end(canvas, curve, name, scale)


def _end(canvas: Canvas, curve: Curve, name: str, scale: _Scale) -> None:
    """The curve's letter behind its end; B's gives way where A's will stand."""
    finite = [(at, value) for at, value in zip(*curve) if math.isfinite(value)]
    if finite:
        at, value = finite[-1]
        right = MARGIN + scale.x(at, 1) + 1
        canvas.put(right + (name == "B"), scale.y(value, 1), name, ROLES[name])


def _line(curve: Curve, scale: _Scale, across: int, down: int) -> Iterator[tuple[int, int]]:
    """The points of the line through all losses; where one is not finite the line is broken."""
    before: tuple[int, int] | None = None
    for iteration, loss in zip(*curve):
        if not math.isfinite(loss):
            before = None
            continue
        point = (scale.x(iteration, across), scale.y(loss, down))
        yield from _between(before or point, point)
        before = point


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for k in range(steps + 1):
        yield (
            round(start[0] + (end[0] - start[0]) * k / steps),
            round(start[1] + (end[1] - start[1]) * k / steps),
        )


def _axes(canvas: Canvas, scale: _Scale, forked: int, look: Look) -> None:
    rows: Sequence[tuple[int, str]] = ((0, short(scale.high)), (scale.height - 1, short(scale.low)))
    for y in range(scale.height):
        canvas.put(MARGIN - 1, y, look.pick("│", "|"), "frame")
    for y, text in rows:
        canvas.put(0, y, f"{text:>7}", "text")
    canvas.put(0, scale.height // 2, " E, log" if scale.is_log else "      E", "quiet")
    y = scale.height
    canvas.put(MARGIN - 1, y, "0", "quiet")
    label = f"iteration {scale.last:,}"
    right = MARGIN + scale.width - len(label)
    sign = look.pick("▲", "^")
    x = MARGIN + scale.x(min(forked, scale.last), 1)
    text = f"{sign} fork"
    if x > right - len(text) - 2:
        # Near the right edge the words are left of their place, and what would lie under them gives way.
        text = f"fork {sign}"
        x -= len(text) - 1
        right = min(right, x - len(label) - 2)
    canvas.put(right, y, label, "quiet")
    canvas.put(x, y, text, "bright")


def lines(canvas: Canvas) -> list[tuple[Run, ...]]:
    """A canvas as lines of a list."""
    return [tuple(canvas.line(y)) for y in range(canvas.height)]
