"""What keys, clicks and the wheel mean to a desk: a question goes first, then a panel, then the actions."""

from __future__ import annotations

from dataclasses import replace

from bpstep.actions import BY_ID, first_key
from bpstep.render.lists.help import key_name
from bpstep.ui.controller import Controller, Panel

_DIGITS = frozenset("0123456789")

NOT_AVAILABLE_TO_STUDENTS = "in a class that one has joined nothing is saved, copied or suspended"

TERMINAL_ACTIONS = ("redraw", "suspend", "quit")
"""The actions that a desk leaves to whoever has the terminal."""

WRITING_ACTIONS = ("save", "save_session")
"""The actions that write files."""

READ_ONLY_FORBIDDEN = (*WRITING_ACTIONS, "copy")
"""What a lesson can't do: a desk that is sealed gives it back undone."""


def handle_key(controller: Controller, key: str) -> str:
    """Do what a key means, named as the table of actions names it.

    Gives the action that it calls where that is TERMINAL's, or SEALED's at a sealed desk; empty elsewhere.
    """
    name = controller.keymap.get(key, "")
    if controller.prompt is not None:
        controller.handle_prompt_key(key)
    elif controller.panel is not None:
        return _handle_panel_key(controller, controller.panel, key, name)
    elif controller.job is not None and (key in _DIGITS or not name):
        controller.run_action("")
    elif key in _DIGITS:
        controller.append_count_digit(key)
    elif name:
        return dispatch_action(controller, name)
    elif key == "ctrl+c":
        controller.show_message("q or ctrl+q leaves bpstep; ctrl+c stops nothing")
    elif len(key) == 1:
        help_key = key_name(first_key(BY_ID["help"], controller.view.keys))
        controller.show_message(f"{key} calls nothing: {help_key} lists the keys")
    return ""


def _handle_panel_key(controller: Controller, panel: Panel, key: str, name: str) -> str:
    """A key while a panel is open; what it calls there has the count that was typed before it."""
    if panel.takes_counts and key in _DIGITS:
        controller.append_count_digit(key)
        return ""
    controller.show_message("")
    action = dispatch_action(controller, controller.close_panel(panel.handle_key(controller, key, name)))
    controller.view = replace(controller.view, count="")
    return action


def dispatch_action(controller: Controller, name: str) -> str:
    """Do an action, repeated by the count that was typed before it; as `hear`."""
    if name in controller.view.hidden_actions:
        controller.show_message(f"{BY_ID[name].title}: {NOT_AVAILABLE_TO_STUDENTS}", alert=True)
        return ""
    if not name or name in TERMINAL_ACTIONS or (controller.is_read_only and name in READ_ONLY_FORBIDDEN):
        return name
    controller.run_action(name, controller.repeat_count(name))
    return ""


def handle_paste(controller: Controller, text: str) -> None:
    """Take the first line of a text where something can be typed."""
    text = text.partition("\n")[0]
    if controller.prompt is not None:
        controller.editor.insert(text)
        controller.validate_input()
    elif controller.panel is not None:
        controller.panel.paste(text)


def handle_click(controller: Controller, target: object, double: bool) -> str:
    """Select, focus, jump or do what was clicked; a double click on a cell edits it. As `hear`."""
    if controller.prompt is not None:
        return ""
    if controller.panel is not None:
        return dispatch_action(
            controller, controller.close_panel(controller.panel.handle_click(controller, target))
        )
    name = controller.click(target)
    if double and isinstance(target, tuple) and target[0] == "cell":
        name = "edit"
    return dispatch_action(controller, name)


def handle_wheel(controller: Controller, pane: str, by: int) -> str:
    """Scroll the panel, or the pane under the mouse."""
    if controller.panel is not None:
        controller.panel.scroll(controller, by * 3)
    elif controller.prompt is None and pane:
        controller.focus_pane(pane)
        return dispatch_action(controller, "down" if by > 0 else "up")
    return ""
