"""Where a cell's operands were written and which equations read the cell, as rows of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len

from bpstep.explain import messages as explain_messages
from bpstep.explain.operands import OmittedTerms
from bpstep.explain.prose.units import place_name, unit_name
from bpstep.explain.provenance import OmittedCells, OperandSource, ProvenanceRow, Reader
from bpstep.lang.cells import Index, cell_name
from bpstep.program.diagram import LayoutKind
from bpstep.render import messages
from bpstep.render.canvas import Canvas, clip
from bpstep.render.highlight import number_text
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill, fill_plural

_LABEL_WIDTH = 9
"""The cells before a row, for what the rows are."""

_NAMES_COLUMN = _LABEL_WIDTH + 2
"""Cells before the names."""


def short_cell_name(frame: Frame, name: str, index: Index) -> str:
    """A cell as people name it: a tensor's only cell needs no index."""
    return name if math.prod(frame.shape(name)) == 1 else cell_name(name, index)


def place_text(frame: Frame, name: str, index: Index, theme: Theme) -> str:
    """The unit or edge of a cell; empty if it has none."""
    layout = frame.program.layouts[name]
    place = layout.place_of(index)
    if layout.kind == LayoutKind.LABEL:
        return unit_name(frame.network, layout.layer, index[-1])
    return "" if place is None else place_name(frame.network, place, theme.pick("→", ">"))


def draw_provenance_rows(
    frame: Frame,
    rows: Sequence[ProvenanceRow],
    chosen: int,
    theme: Theme,
    width: int,
    previous: ProvenanceRow | None,
) -> Canvas:
    """The rows, a line each; `chosen` is marked, `previous` is the row before them.

    A click on one means ("row", its number).
    """
    canvas = Canvas(width, len(rows))
    table = [_row_texts(frame, row, theme) for row in rows]
    full = [line for row, line in zip(rows, table) if isinstance(row, OperandSource | Reader)]
    widths = [max((cell_len(line[at]) for line in full), default=0) for at in range(3)]
    # Only operands have addends: readers do not shift the columns.
    description_width = max(
        (cell_len(row.description) for row in rows if isinstance(row, OperandSource)), default=0
    )
    for y, (row, line) in enumerate(zip(rows, table)):
        marked = y == chosen
        before = rows[y - 1] if y else previous
        label = "" if before is not None and _row_label(before) == _row_label(row) else _row_label(row)
        canvas.put(1, y, label, "quiet")
        role = "pointed" if marked else _row_role(row)
        if marked:
            canvas.put(_LABEL_WIDTH, y, " " * (width - _LABEL_WIDTH), "pointed")
            canvas.put(_LABEL_WIDTH, y, theme.pick("▸", ">"), "pointed")
        x = _NAMES_COLUMN
        name, place, number, description, contribution = line
        canvas.put(x, y, name, role)
        if isinstance(row, OperandSource | Reader):
            canvas.put(x + widths[0] + 2, y, place, "pointed" if marked else "quiet")
            x += widths[0] + widths[1] + 4
            canvas.put(x, y, number.rjust(widths[2]), "pointed" if marked else "text")
            x += widths[2] + 2
            canvas.put(
                x, y, clip(description, width - x, theme.glyphs.ellipsis), "pointed" if marked else "quiet"
            )
            x += description_width + 2
            if x + len(contribution) < width:
                canvas.put(x, y, contribution, "pointed" if marked else "quiet")
        canvas.add_hit(0, y, width, ("row", y))
    return canvas


def _row_label(row: ProvenanceRow) -> str:
    return fill(messages.FROM if isinstance(row, OperandSource | OmittedTerms) else messages.READ_BY)


def _row_role(row: ProvenanceRow) -> str:
    if isinstance(row, OperandSource):
        return "read"
    return "text" if isinstance(row, Reader) and row.index is not None else "quiet"


def _row_texts(frame: Frame, row: ProvenanceRow, theme: Theme) -> tuple[str, str, str, str, str]:
    """Name, place, number, where it was written, and the value of its addend."""
    count = row.count if isinstance(row, OmittedTerms | OmittedCells) else 0
    match row:
        case OperandSource():
            cell = row.operand.cell
            added = row.operand.contribution
            contribution = "" if added is None else fill(messages.ADDS, number=theme.number(added))
            named = short_cell_name(frame, cell.name, cell.index)
            place = place_text(frame, cell.name, cell.index, theme)
            number = number_text(frame, theme, cell.name, cell.index, cell.value)
            return named, place, number, row.description, contribution
        case Reader(index=None):
            return row.step.name, "", theme.pick("·", "."), row.description, ""
        case Reader(index=index) if index is not None:
            named = short_cell_name(frame, row.step.name, index)
            place = place_text(frame, row.step.name, index, theme)
            return named, place, theme.number(row.value), row.description, ""
        case OmittedCells():
            one, many = messages.MORE_CELL, messages.MORE_CELLS
            more = fill_plural(count, one, many, ellipsis=theme.glyphs.ellipsis, name=row.step.name)
            return more, "", "", "", ""
    one, many = explain_messages.MORE_TERM, explain_messages.MORE_TERMS
    return fill_plural(count, one, many, ellipsis=theme.glyphs.ellipsis), "", "", "", ""
