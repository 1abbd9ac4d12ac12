"""The operands of a cell and its readers, a line each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from bpstep.cells import cell_name
from bpstep.formula.operands import More
from bpstep.formula.origin import Reader, Rest, Row, Source
from bpstep.formula.units import place as place_name
from bpstep.formula.units import unit
from bpstep.frame import Frame
from bpstep.home import Index
from bpstep.views.canvas import Canvas, clip
from bpstep.views.look import Look

_LABEL = 9
"""Cells before a row, for what the rows are."""
NAMES = _LABEL + 2
"""Cells before the names."""


def short_name(frame: Frame, name: str, index: Index) -> str:
    """A cell as people name it: the only cell of a tensor needs no index."""
    return name if math.prod(frame.shape(name)) == 1 else cell_name(name, index)


def where(frame: Frame, name: str, index: Index, look: Look) -> str:
    """The unit or edge of a cell; empty where it has none."""
    home = frame.program.homes[name]
    place = home.place(index)
    if home.kind == "label":
        return unit(frame.network, home.layer, index[-1])
    return "" if place is None else place_name(frame.network, place, look.pick("→", ">"))


def rows_drawn(
    frame: Frame, rows: Sequence[Row], chosen: int, look: Look, width: int, after: Row | None = None
) -> Canvas:
    """The rows, a line each; `chosen` is marked, `after` is the row before them. A click on one means
    ("row", its number)."""
    canvas = Canvas(width, len(rows))
    table = [_columns(frame, row, look) for row in rows]
    full = [line for row, line in zip(rows, table) if isinstance(row, Source | Reader)]
    widths = [max((cell_len(line[at]) for line in full), default=0) for at in range(3)]
    # Only operands add something: what is told of readers does not move it.
    written = max((cell_len(row.told) for row in rows if isinstance(row, Source)), default=0)
    for y, (row, line) in enumerate(zip(rows, table)):
        marked = y == chosen
        before = rows[y - 1] if y else after
        label = "" if before is not None and _label(before) == _label(row) else _label(row)
        canvas.put(1, y, label, "quiet")
        role = "pointed" if marked else _role(row)
        if marked:
            canvas.put(_LABEL, y, " " * (width - _LABEL), "pointed")
            canvas.put(_LABEL, y, look.pick("▸", ">"), "pointed")
        x = NAMES
        name, place, number, told, adds = line
        canvas.put(x, y, name, role)
        if isinstance(row, Source | Reader):
            canvas.put(x + widths[0] + 2, y, place, "pointed" if marked else "quiet")
            x += widths[0] + widths[1] + 4
            canvas.put(x, y, number.rjust(widths[2]), "pointed" if marked else "text")
            x += widths[2] + 2
            canvas.put(x, y, clip(told, width - x, look.glyphs.dots), "pointed" if marked else "quiet")
            x += written + 2
            if x + len(adds) < width:
                canvas.put(x, y, adds, "pointed" if marked else "quiet")
        canvas.hit(0, y, width, ("row", y))
    return canvas


def _label(row: Row) -> str:
    return "from" if isinstance(row, Source | More) else "read by"


def _role(row: Row) -> str:
    if isinstance(row, Source):
        return "read"
    return "text" if isinstance(row, Reader) and row.index is not None else "quiet"


def _columns(frame: Frame, row: Row, look: Look) -> tuple[str, str, str, str, str]:
    """Name, place, number, where it was written, and what its addend comes to."""
    count = row.count if isinstance(row, More | Rest) else 0
    match row:
        case Source():
            cell = row.operand.cell
            adds = "" if row.operand.adds is None else f"adds {look.number(row.operand.adds)}"
            named = short_name(frame, cell.name, cell.index)
            place = where(frame, cell.name, cell.index, look)
            return named, place, look.number(cell.value), row.told, adds
        case Reader(index=None):
            return row.step.name, "", look.pick("·", "."), row.told, ""
        case Reader(index=index) if index is not None:
            named = short_name(frame, row.step.name, index)
            place = where(frame, row.step.name, index, look)
            return named, place, look.number(row.value), row.told, ""
        case Rest():
            more = f"{count:,} more cell{'s' * (count > 1)} of {row.step.name}"
            return f"{look.glyphs.dots} {more}", "", "", "", ""
    more = f"{count:,} more term{'s' * (count > 1)}"
    return f"{look.glyphs.dots} {more}", "", "", "", ""
