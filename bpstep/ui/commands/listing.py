"""The listing: opening and closing it, choosing a line, and going to the one that is chosen."""

from __future__ import annotations

from dataclasses import replace

from bpstep.render.listing import chosen_line, listed_names
from bpstep.ui.controller import Controller


def toggle_listing(controller: Controller, _count: int) -> None:
    """Open the listing and focus it; close it if it has the focus."""
    if controller.view.listing and controller.view.focus == "listing":
        close_listing(controller)
    else:
        controller.view = replace(controller.view, listing=True, focus="listing", line="")


def close_listing(controller: Controller) -> None:
    """Close the listing and focus the tensors."""
    controller.view = replace(controller.view, listing=False, focus="tensors", line="", zoomed=False)


def choose_line(controller: Controller, down: int) -> None:
    """Select the line this many further down, up to the first or the last."""
    names = listed_names(controller.frame)
    chosen = chosen_line(controller.frame, controller.view)
    # The added loss has no line.
    at = names.index(chosen) if chosen in names else 0
    controller.view = replace(controller.view, line=names[min(max(at + down, 0), len(names) - 1)])


def go_to_line(controller: Controller) -> None:
    """Go to the moment after the selected equation, in this iteration."""
    name = chosen_line(controller.frame, controller.view)
    controller.move(controller.frame.start + controller.frame.program.step_indices[name] + 1)


COMMANDS = {"listing": toggle_listing}
