"""What keys, clicks and the wheel mean to a desk: a question goes first, then a panel, then the actions."""

from __future__ import annotations

from dataclasses import replace

from bpstep.actions import BY_ID, first_key
from bpstep.render.lists.help import key_name
from bpstep.ui.controller import Desk
from bpstep.ui.panels import Palette, Panel

_DIGITS = frozenset("0123456789")

NOT_HERE = "in a class that one has joined nothing is saved, copied or suspended"

TERMINAL = ("redraw", "suspend", "quit")
"""The actions that a desk leaves to whoever has the terminal."""

WRITING = ("save", "save_session")
"""The actions that write files."""

SEALED = (*WRITING, "copy")
"""What a lesson can't do: a desk that is sealed gives it back undone."""


def hear(desk: Desk, key: str) -> str:
    """Do what a key means, named as the table of actions names it.

    Gives the action that it calls where that is TERMINAL's, or SEALED's at a sealed desk; empty elsewhere.
    """
    name = desk.keymap.get(key, "")
    if desk.prompt is not None:
        desk.press(key)
    elif desk.panel is not None:
        return _in_panel(desk, desk.panel, key, name)
    elif desk.running is not None and (key in _DIGITS or not name):
        desk.act("")
    elif key in _DIGITS:
        desk.digit(key)
    elif name:
        return call(desk, name)
    elif key == "ctrl+c":
        desk.say("q or ctrl+q leaves bpstep; ctrl+c stops nothing")
    elif len(key) == 1:
        asked = key_name(first_key(BY_ID["help"], desk.view.keys))
        desk.say(f"{key} calls nothing: {asked} lists the keys")
    return ""


def _in_panel(desk: Desk, panel: Panel, key: str, name: str) -> str:
    """A key while a panel is open; what it calls there has the count that was typed before it."""
    if panel.counts and key in _DIGITS:
        desk.digit(key)
        return ""
    desk.say("")
    done = call(desk, desk.close_panel(panel.key(desk, key, name)))
    desk.view = replace(desk.view, count="")
    return done


def call(desk: Desk, name: str) -> str:
    """Do an action, repeated by the count that was typed before it; as `hear`."""
    if name in desk.view.without:
        desk.say(f"{BY_ID[name].title}: {NOT_HERE}", alert=True)
        return ""
    if not name or name in TERMINAL or (desk.sealed and name in SEALED):
        return name
    desk.act(name, desk.times(name))
    return ""


def paste(desk: Desk, text: str) -> None:
    """Take the first line of a text where something can be typed."""
    text = text.partition("\n")[0]
    if desk.prompt is not None:
        desk.typed.insert(text)
        desk.judge()
    elif isinstance(desk.panel, Palette):
        desk.panel.typed.insert(text)


def click(desk: Desk, target: object, double: bool) -> str:
    """Select, focus, jump or do what was clicked; a double click on a cell edits it. As `hear`."""
    if desk.prompt is not None:
        return ""
    if desk.panel is not None:
        return call(desk, desk.close_panel(desk.panel.click(desk, target)))
    name = desk.click(target)
    if double and isinstance(target, tuple) and target[0] == "cell":
        name = "edit"
    return call(desk, name)


def wheel(desk: Desk, pane: str, by: int) -> str:
    """Scroll the panel, or the pane under the mouse."""
    if desk.panel is not None:
        desk.panel.scroll(desk, by * 3)
    elif desk.prompt is None and pane:
        desk.focus(pane)
        return call(desk, "down" if by > 0 else "up")
    return ""
