"""The tensors, one per line: mean, deviation, minimum, maximum, counts of zeros and of cells that are not
finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from bpstep.explain.numbers import format_count, format_short
from bpstep.lang.cells import Index
from bpstep.model.network import Array
from bpstep.render.canvas import Canvas
from bpstep.render.highlight import tensor_role
from bpstep.render.messages import (
    SUMMARY_DEVIATION,
    SUMMARY_LARGEST,
    SUMMARY_MEAN,
    SUMMARY_NOT_FINITE,
    SUMMARY_SMALLEST,
    SUMMARY_ZEROS,
)
from bpstep.render.tensors.picture_lines import lines_shown, tensor_name_runs
from bpstep.render.tensors.table_rows import Scroll, name_text, scroll_of, tensor_order, tensor_shape_text
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, clamp_index, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

_MAX_NAME = 20

_NUMBER, _SMALLEST, _COUNT, _NOT_FINITE = 8, 9, 6, 8
"""The width of a column of numbers or counts, with the blank before it; two of them have a long title."""


@dataclass(frozen=True)
class _Column:
    """A column: its title, its width, and its text of a tensor's cells."""

    title: str
    width: int
    text: Callable[[Array], str]


def _number(measure: Callable[[Array], float]) -> Callable[[Array], str]:
    def text(cells: Array) -> str:
        with np.errstate(all="ignore"):
            return format_short(float(measure(cells)) if cells.size else math.nan)

    return text


def _smallest(cells: Array) -> float:
    return float(np.nanmin(cells)) if not np.isnan(cells).all() else math.nan


def _largest(cells: Array) -> float:
    return float(np.nanmax(cells)) if not np.isnan(cells).all() else math.nan


def _count(which: Callable[[Array], Array]) -> Callable[[Array], str]:
    return lambda cells: format_count(int(np.count_nonzero(which(cells))))


_COLUMNS = (
    _Column(SUMMARY_MEAN, _NUMBER, _number(lambda cells: float(np.mean(cells)))),
    _Column(SUMMARY_DEVIATION, _NUMBER, _number(lambda cells: float(np.std(cells)))),
    _Column(SUMMARY_SMALLEST, _SMALLEST, _number(_smallest)),
    _Column(SUMMARY_LARGEST, _NUMBER, _number(_largest)),
    _Column(SUMMARY_ZEROS, _COUNT, _count(lambda cells: cells == 0)),
    _Column(SUMMARY_NOT_FINITE, _NOT_FINITE, _count(lambda cells: ~np.isfinite(cells))),
)


def draw_summary(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The pane: as many columns as fit, below a line with their titles.

    A click on a line means ("slice", the tensor's name, a cell of it).
    """
    canvas = Canvas(width, height)
    names = tensor_order(frame.program)
    name_width = min(max(cell_len(name_text(frame, theme, name)) for name in names), _MAX_NAME)
    shapes = max(len(tensor_shape_text(frame, name)) for name in names)
    columns, left = _columns_that_fit(width - 1 - name_width)
    shape_x = 1 + name_width + 1
    if left >= shapes + 1:
        left -= shapes + 1
        x0 = shape_x + shapes
    else:
        shapes, x0 = 0, 1 + name_width
    x = x0
    for column in columns:
        x += column.width
        title = fill(column.title)
        canvas.put(x - cell_len(title), 0, title, "quiet")
    shown = height - 1
    for y, at in enumerate(lines_shown(frame, view, names, shown), 1):
        name = names[at]
        value = frame.tensors.get(name)
        role = tensor_role(frame, name) or ("coming" if value is None else "text")
        canvas.put_runs(0, y, tensor_name_runs(frame, view, theme, name, name_width, role))
        if shapes:
            canvas.put(shape_x, y, tensor_shape_text(frame, name, theme.ascii), "quiet")
        cells = None if value is None else np.ravel(np.asarray(value, dtype=float))
        _draw_columns(canvas, theme, x0, y, columns, cells, role)
        canvas.add_hit(0, y, width, ("slice", name, _cell(frame, view, name)))
    return canvas


def _columns_that_fit(room: int) -> tuple[list[_Column], int]:
    """The columns that fit, and the space left."""
    shown: list[_Column] = []
    for column in _COLUMNS:
        if column.width > room:
            break
        shown.append(column)
        room -= column.width
    return shown, room


def _draw_columns(
    canvas: Canvas, theme: Theme, x: int, y: int, columns: list[_Column], cells: Array | None, role: str
) -> None:
    is_finite = cells is None or bool(np.isfinite(cells).all())
    for column in columns:
        x += column.width
        text = theme.pick("·", ".") if cells is None else column.text(cells)
        canvas.put(x - len(text), y, text, role if is_finite else "alert")


def _cell(frame: Frame, view: View, name: str) -> Index:
    return clamp_index(selection(frame, view).index, frame.shape(name))


def summary_scroll(frame: Frame, view: View, height: int) -> Scroll:
    """Which lines of the summary are visible, and how many there are."""
    names = tensor_order(frame.program)
    return scroll_of(lines_shown(frame, view, names, height - 1), len(names), height - 1)


def move_in_summary(frame: Frame, view: View, down: int) -> View:
    """The selection moved by tensors."""
    names = tensor_order(frame.program)
    at = min(max(names.index(selection(frame, view).name) + down, 0), len(names) - 1)
    return view.select(names[at], _cell(frame, view, names[at]))
