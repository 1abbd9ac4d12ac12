"""The lines that compare two runs: what differs, in which cell most, in A and in B."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bpstep.compare import Comparison, Difference
from bpstep.formula.numbers import precise, short
from bpstep.home import Index
from bpstep.views.canvas import Run, clip
from bpstep.views.curves import ROLES, lines, plot
from bpstep.views.listing import Line, line
from bpstep.views.look import Look

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
