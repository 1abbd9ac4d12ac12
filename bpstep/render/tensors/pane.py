"""The pane, as a table, a whole tensor, shaded cells or statistics: its title, its lines, its selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.render.canvas import Canvas
from bpstep.render.tensors.table import draw_tensors
from bpstep.render.tensors.table_rows import Scroll, names_apart, scroll_of, shown_lines, table_rows
from bpstep.render.theme import HEAT, SUMMARY, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.render import cursor
    from bpstep.render.tensors import heat, summary, whole_tensor
else:
    cursor = deferred("bpstep.render.cursor")
    heat = deferred("bpstep.render.tensors.heat")
    summary = deferred("bpstep.render.tensors.summary")
    whole_tensor = deferred("bpstep.render.tensors.whole_tensor")


def draw_tensors_pane(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    if theme.table == SUMMARY:
        draw = summary.draw_summary
    elif theme.table == HEAT:
        draw = heat.draw_whole_heat if view.shows_whole_tensor else heat.draw_heat
    else:
        draw = whole_tensor.draw_whole_tensor if view.shows_whole_tensor else draw_tensors
    return draw(frame, view, theme, width, height)


def tensors_scroll(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Scroll:
    """The first visible line, how many are visible, and how many there are."""
    if theme.table == SUMMARY:
        return summary.summary_scroll(frame, view, height)
    if theme.table == HEAT:
        return heat.heat_scroll(frame, view, theme, width, height)
    if view.shows_whole_tensor:
        return Scroll(*whole_tensor.scrolled_lines(frame, view, theme, width, height))
    lines = table_rows(frame, selection(frame, view), height, names_apart(frame, theme, width))
    shown = shown_lines(frame, view, lines, height)
    return scroll_of(shown, len(lines), height)


def tensors_title(frame: Frame, view: View, theme: Theme) -> tuple[str, str]:
    """The text beside the pane's name: the tensor that is shown alone, and how numbers are shown."""
    is_one = view.shows_whole_tensor and theme.table != SUMMARY
    kind = theme.table if theme.table in (HEAT, SUMMARY) else theme.format.name if theme.format_index else ""
    return whole_tensor.whole_tensor_title(frame, view, theme) if is_one else "", fill(kind) if kind else ""


def move_in_tensors(
    frame: Frame, view: View, theme: Theme, size: tuple[int, int], right: int, down: int
) -> View:
    """The selection moved by columns and rows, in a pane of this width and height."""
    width, height = size
    if theme.table == SUMMARY:
        return summary.move_in_summary(frame, view, down)
    if theme.table == HEAT:
        return heat.move_in_heat(frame, view, height, right, down)
    if view.shows_whole_tensor:
        return whole_tensor.move_in_whole_tensor(frame, view, theme, width, right, down)
    return cursor.move_in_table(frame, view, height, right, down)
