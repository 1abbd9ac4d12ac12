"""The actions that change the view: selection, panes and number format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bpstep.explain.numbers import FORMATS
from bpstep.render import cursor
from bpstep.render.formula.pane import max_scroll
from bpstep.render.listing import chosen_line
from bpstep.render.tensors.pane import move_in_tensors
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY
from bpstep.render.view_state import selection
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands import listing, plane
from bpstep.ui.controller import Controller

_PAGE = 10

_EDGE_MESSAGES = {
    (-1, 0): messages.NOTHING_FURTHER_LEFT,
    (1, 0): messages.NOTHING_FURTHER_RIGHT,
    (0, -1): messages.NOTHING_FURTHER_UP,
    (0, 1): messages.NOTHING_FURTHER_DOWN,
}
"""By direction: right and down are positive."""

_PANE_NAMES = {
    "network": messages.PANE_NETWORK,
    "tensors": messages.PANE_TENSORS,
    "formula": messages.PANE_FORMULA,
    "listing": messages.PANE_LISTING,
}


def move_selection(controller: Controller, right: int, down: int) -> None:
    """Move the selection in the table or the network, or scroll the formula."""
    before = _shown_place(controller)
    if controller.view.focus == "formula":
        _scroll_formula(controller, down)
    elif controller.view.focus == "listing":
        listing.choose_line(controller, down)
    elif controller.view.focus == "network":
        controller.view = cursor.move_in_network(controller.frame, controller.view, right, down)
    else:
        region = controller.pane_region("tensors")
        size = region.width, region.height
        controller.view = move_in_tensors(
            controller.frame, controller.view, controller.theme, size, right, down
        )
    if before == _shown_place(controller):
        pane = fill(_PANE_NAMES[controller.view.focus])
        controller.refuse(fill(_EDGE_MESSAGES[np.sign(right), np.sign(down)], pane=pane))


def _shown_place(controller: Controller) -> tuple[object, ...]:
    """The place that arrow keys change: the selected cell, the formula's lines, the selected line of the
    listing.
    """
    frame, view = controller.frame, controller.view
    return selection(frame, view), view.scroll, chosen_line(frame, view)


def _scroll_formula(controller: Controller, down: int) -> None:
    region = controller.pane_region("formula")
    most = max_scroll(controller.frame, controller.view, controller.theme, region.width, region.height)
    controller.view = replace(controller.view, scroll=min(max(controller.view.scroll + down, 0), most))


def select_row_end(controller: Controller, last: bool) -> None:
    """Select the first or last cell of the row."""
    controller.view = cursor.move_to_row_end(controller.frame, controller.view, last)


def focus_next_pane(controller: Controller, by: int) -> None:
    """Focus the pane `by` places further."""
    panes = controller.view.open_panes
    controller.focus_pane(panes[(panes.index(controller.view.focus) + by) % len(panes)])


def toggle_zoom(controller: Controller, _count: int) -> None:
    """Show the focused pane alone, or all panes."""
    controller.view = replace(controller.view, zoomed=not controller.view.zoomed)


def next_number_format(controller: Controller, _count: int) -> None:
    """Use the next number format; after the last the shaded cells, and after these the statistics."""
    theme = controller.theme
    if theme.table == HEAT:
        theme = replace(theme, table=SUMMARY)
    elif theme.table == NUMBERS and theme.format_index == len(FORMATS) - 1:
        theme = replace(theme, table=HEAT, format_index=0)
    elif theme.table == SUMMARY:
        theme = replace(theme, table=NUMBERS)
    else:
        theme = replace(theme, format_index=theme.format_index + 1)
    controller.theme = theme
    name = theme.format.name if theme.table == NUMBERS else theme.table
    controller.show_message(fill(messages.NUMBER_FORMAT, format=fill(name)))


def close(controller: Controller, _count: int) -> None:
    """Close the prompt, the zoom, or the selection, whichever comes first."""
    if controller.prompt is not None:
        controller.prompt = None
    elif controller.view.focus == "listing" and not controller.view.zoomed:
        listing.close_listing(controller)
    elif controller.view.zoomed:
        controller.view = replace(controller.view, zoomed=False)
    elif controller.view.plane:
        plane.close_plane(controller)
    else:
        controller.view = controller.view.follow_step()


COMMANDS: dict[str, Callable[[Controller, int], None]] = {
    "left": lambda controller, count: move_selection(controller, -count, 0),
    "right": lambda controller, count: move_selection(controller, count, 0),
    "up": lambda controller, count: move_selection(controller, 0, -count),
    "down": lambda controller, count: move_selection(controller, 0, count),
    "page_up": lambda controller, count: move_selection(controller, 0, -_PAGE * count),
    "page_down": lambda controller, count: move_selection(controller, 0, _PAGE * count),
    "home": lambda controller, count: select_row_end(controller, last=False),
    "end": lambda controller, count: select_row_end(controller, last=True),
    "next_pane": lambda controller, count: focus_next_pane(controller, 1),
    "previous_pane": lambda controller, count: focus_next_pane(controller, -1),
    "network": lambda controller, count: controller.focus_pane("network"),
    "tensors": lambda controller, count: controller.focus_pane("tensors"),
    "formula": lambda controller, count: controller.focus_pane("formula"),
    "zoom": toggle_zoom,
    "number_format": next_number_format,
    "close": close,
}
