"""The actions that change the view: selection, panes, number format, search, and copying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic, cell_arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.numbers import FORMATS
from bpstep.render import cursor
from bpstep.render.formula.pane import max_scroll, result_index
from bpstep.render.listing import chosen_line
from bpstep.render.tensors_pane import move_in_tensors
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands import listing, plane, prompts
from bpstep.ui.controller import Controller


def text_to_copy(frame: Frame, view: View, theme: Theme) -> tuple[str, str]:
    """The message about what is copied, and the text: for Python, or for a message."""
    if view.focus == "listing":
        name = chosen_line(frame, view)
        return name, frame.program.steps[frame.program.step_indices[name]].equation
    if view.focus == "formula":
        return fill(messages.COPIED_EQUATION), _equation_text(frame, view, theme)
    chosen = selection(frame, view)
    value = frame.tensors.get(chosen.name)
    if value is None:
        raise BpstepError(fill(messages.NOT_COMPUTED_TO_COPY, name=chosen.name))
    text = f"{chosen.name} = {np.asarray(value).tolist()}"
    return fill(messages.COPIED, what=chosen.name), text


def _equation_text(frame: Frame, view: View, theme: Theme) -> str:
    if frame.inside:
        writer = Arithmetic(theme.glyphs, theme.number, {}, max_terms=20)
        line = OperationLine(frame.inside, writer, theme.number).spans()
        return f"{frame.inside.step.equation}\n{''.join(text for text, _ in line)}"
    step = frame.step
    if step is None:
        raise BpstepError(fill(messages.NO_EQUATION_TO_COPY))
    index = result_index(frame, view)
    writer = Arithmetic(theme.glyphs, theme.number, {}, max_terms=20)
    numbers = "".join(text for text, _ in writer.write(cell_arithmetic(step, index, frame.before)))
    value = frame.tensors[step.name]
    result = theme.number(float(value[index] if index else value))
    cell = f"[{','.join(map(str, index))}]" if index else ""
    return f"{step.equation}\n{step.name}{cell} = {numbers} = {result}"


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


def prompt_search(controller: Controller, _count: int) -> None:
    """Ask for part of a tensor's name."""
    controller.open_prompt(prompts.search_prompt(controller))


def select_next_result(controller: Controller, by: int) -> None:
    """Select another tensor that the last search found."""
    if not controller.search_results:
        controller.refuse(fill(messages.NOTHING_SEARCHED))
        return
    name = selection(controller.frame, controller.view).name
    at = controller.search_results.index(name) if name in controller.search_results else -max(by, 0)
    controller.select_search_result((at + by) % len(controller.search_results))


def copy(controller: Controller, _count: int) -> None:
    """Copy the selected tensor; in the formula pane the equation."""
    message, controller.clipboard_text = text_to_copy(controller.frame, controller.view, controller.theme)
    controller.show_message(message)


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
    "find": prompt_search,
    "find_next": lambda controller, count: select_next_result(controller, 1),
    "find_previous": lambda controller, count: select_next_result(controller, -1),
    "copy": copy,
    "close": close,
}
