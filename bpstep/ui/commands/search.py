"""The actions that find a tensor by a part of its name."""

from __future__ import annotations

from collections.abc import Callable

from bpstep.render.view_state import selection
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.commands import prompts
from bpstep.ui.controller import Controller


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


COMMANDS: dict[str, Callable[[Controller, int], None]] = {
    "find": prompt_search,
    "find_next": lambda controller, count: select_next_result(controller, 1),
    "find_previous": lambda controller, count: select_next_result(controller, -1),
}
