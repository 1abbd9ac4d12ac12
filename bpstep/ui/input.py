"""Input: keys, clicks and the wheel go to the open prompt, else to the panel, else to the actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.actions import BY_ID, first_key, key_name
from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller, Panel

if TYPE_CHECKING:
    from bpstep.ui.commands import predict
else:
    predict = deferred("bpstep.ui.commands.predict")

_DIGITS = frozenset("0123456789")

TERMINAL_ACTIONS = ("redraw", "suspend", "quit")
"""The actions that only the front end with the terminal can run."""

WRITING_ACTIONS = ("save", "save_session")
"""The actions that write files."""

READ_ONLY_FORBIDDEN = (*WRITING_ACTIONS, "copy")
"""The actions that a read-only controller returns instead of running."""


def handle_key(controller: Controller, key: str) -> str:
    """Handle a key, named as in the table of actions.

    Returns the id of an action that the caller has to run: one of TERMINAL_ACTIONS, or at a read-only
    controller one of READ_ONLY_FORBIDDEN. Empty otherwise.
    """
    controller.refusal = ""
    name = controller.keymap.get(key, "")
    if controller.prompt is not None:
        controller.handle_prompt_key(key)
    elif controller.panel is not None:
        return _handle_panel_key(controller, controller.panel, key, name)
    elif controller.job is not None:
        return _handle_job_key(controller, key, name)
    elif controller.predict_mode.is_on and key in predict.ANSWER_KEYS:
        predict.type_answer(controller, key)
    elif key in _DIGITS:
        controller.append_count_digit(key)
    elif name:
        return dispatch_action(controller, name)
    else:
        _handle_unknown_key(controller, key)
    return ""


def handle_hidden_key(controller: Controller, key: str) -> str:
    """Handle a key on a screen that is too small to show anything: it can only quit or stop a job."""
    name = controller.keymap.get(key, "")
    if controller.job is not None and (key in ("escape", "ctrl+c") or name == "close"):
        controller.run_action("close")
    return name if name in TERMINAL_ACTIONS else ""


def _handle_panel_key(controller: Controller, panel: Panel, key: str, name: str) -> str:
    """A key while a panel is open; an action that it calls gets the count typed before it."""
    if name == "redraw":
        return name
    if panel.takes_counts and key in _DIGITS:
        controller.append_count_digit(key)
        return ""
    if key == "ctrl+c" and controller.job is not None:
        controller.run_action("close")
        return ""
    controller.show_message("")
    action = _act_in_panel(controller, lambda: panel.handle_key(controller, key, name))
    controller.view = replace(controller.view, count="")
    return action


def _act_in_panel(controller: Controller, act: Callable[[], str | None]) -> str:
    """What a key or a click in a panel does; what it refuses is told, as that of any other key."""
    try:
        return dispatch_action(controller, controller.close_panel(act()))
    except BpstepError as error:
        controller.refuse(str(error), alert=True)
        return ""


def _handle_job_key(controller: Controller, key: str, name: str) -> str:
    """A key while a job runs: most keys wait for its end."""
    if name in TERMINAL_ACTIONS or name in ("help", "palette"):
        return dispatch_action(controller, name)
    controller.handle_job_key(key, name)
    return ""


def _handle_unknown_key(controller: Controller, key: str) -> None:
    if key == "ctrl+c" and controller.playback.is_on:
        controller.run_action("play")
    elif key == "ctrl+c":
        controller.refuse(fill(messages.CTRL_C))
    else:
        help_key = key_name(first_key(BY_ID["help"], controller.view.keys))
        controller.refusal = fill(messages.UNKNOWN_KEY, key=key_name(key), help_key=help_key)
        # Some terminals send a key for shift alone, which has no message.
        if len(key) == 1:
            controller.show_message(controller.refusal)


def dispatch_action(controller: Controller, name: str) -> str:
    """Run an action, repeated by the count typed before it; the result is that of `handle_key`."""
    if name in controller.view.hidden_actions:
        template = messages.NOT_SERVED if controller.pupil is None else messages.NOT_FOR_PUPILS
        message = fill(template, title=fill(BY_ID[name].title))
        controller.refuse(message, alert=True)
        return ""
    if not name or name in TERMINAL_ACTIONS or (controller.is_read_only and name in READ_ONLY_FORBIDDEN):
        return name
    controller.run_action(name, controller.repeat_count(name))
    return ""


def handle_paste(controller: Controller, text: str) -> None:
    """Insert the first line of a text into the open prompt or panel."""
    text = text.partition("\n")[0]
    if controller.prompt is not None:
        controller.editor.insert(text)
        controller.validate_input()
    elif controller.panel is not None:
        controller.panel.paste(text)


def handle_click(controller: Controller, target: object, double: bool) -> str:
    """Handle a click; a double click on a cell edits it. The result is that of `handle_key`."""
    if controller.prompt is not None:
        return ""
    if controller.panel is not None:
        panel = controller.panel
        return _act_in_panel(controller, lambda: panel.handle_click(controller, target))
    name = controller.click(target)
    if double and isinstance(target, tuple) and target[0] == "cell":
        name = "edit"
    return dispatch_action(controller, name)


def handle_wheel(controller: Controller, pane: str, by: int) -> str:
    """Scroll the panel, or the pane under the mouse. The result is that of `handle_key`."""
    if controller.panel is not None:
        controller.panel.scroll(controller, by * 3)
    elif controller.prompt is None and pane:
        controller.focus_pane(pane)
        return dispatch_action(controller, "down" if by > 0 else "up")
    return ""
