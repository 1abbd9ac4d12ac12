"""The last line: what matters now, or the keys that matter most at this width."""

from __future__ import annotations

from bpstep.actions import ACTIONS, BY_ID
from bpstep.keymap import first_key
from bpstep.views.canvas import Canvas, clip
from bpstep.views.look import Look
from bpstep.views.view import View

FIRST = (
    "next",
    "back",
    "into",
    "next_phase",
    "next_iteration",
    "go",
    "edit",
    "undo",
    "why",
    "next_pane",
    "zoom",
    "number_format",
    "find",
    "furthest",
    "play",
    "continue",
    "breakpoint",
    "watch",
    "restart",
    "mark",
)
"""The actions of the last line, the most useful first."""
LAST = ("help", "quit")
"""The two that are always there."""


def footer(view: View, look: Look, width: int) -> Canvas:
    """One line."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text on bar")
    if view.count:
        canvas.put(1, 0, clip(_counted(view, look), width - 2, look.glyphs.dots), "key on bar")
        return canvas
    if view.message:
        role = "alert on bar" if view.alert else "bright on bar"
        canvas.put(1, 0, clip(view.message, width - 2, look.glyphs.dots), role)
        return canvas
    x = 1
    always = [_named(name, view) for name in LAST]
    room = width - sum(len(key) + len(label) + 3 for key, label in always)
    for name in (*view.first_keys, *FIRST):
        key, label = _named(name, view)
        if x + len(key) + len(label) + 3 > room:
            break
        x = _key(canvas, x, key, label, name)
    for name, (key, label) in zip(LAST, always):
        x = _key(canvas, x, key, label, name)
    return canvas


def _counted(view: View, look: Look) -> str:
    """The count typed so far, and what it may be for."""
    keys = [first_key(action, view.keys) for action in ACTIONS if action.repeats and action.group == "Time"]
    return f"{view.count} {look.glyphs.dots}  then {', '.join(keys)} or an arrow"


def _named(action_id: str, view: View) -> tuple[str, str]:
    action = BY_ID[action_id]
    return first_key(action, view.keys), action.label


def _key(canvas: Canvas, x: int, key: str, label: str, name: str) -> int:
    canvas.hit(x, 0, len(key) + len(label) + 1, ("action", name))
    x = canvas.put(x, 0, key, "key on bar")
    return canvas.put(x, 0, f" {label}  ", "text on bar")
