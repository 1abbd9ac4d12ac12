"""The last line of the screen: the most useful keys now, or what happened."""

from __future__ import annotations

from bpstep.actions import ACTIONS, BY_ID, first_key
from bpstep.render import messages
from bpstep.render.canvas import Canvas, clip
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.text import fill

FOOTER_ACTIONS = (
    "next",
    "back",
    "into",
    "next_phase",
    "next_iteration",
    "why",
    "zoom",
    "edit",
    "go",
    "undo",
    "next_pane",
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

PERMANENT_ACTIONS = ("help", "quit")
"""The two that are always shown."""


def draw_footer(view: View, theme: Theme, width: int) -> Canvas:
    """The last line of the screen: a count that is being typed, a message, or the keys that matter now."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text on bar")
    if view.count:
        canvas.put(1, 0, clip(_format_count(view, theme), width - 2, theme.glyphs.ellipsis), "key on bar")
        return canvas
    if view.message:
        role = "alert on bar" if view.alert else "bright on bar"
        canvas.put(1, 0, clip(view.message, width - 2, theme.glyphs.ellipsis), role)
        return canvas
    x = 1
    permanent = [_key_and_label(name, view) for name in PERMANENT_ACTIONS]
    room = width - sum(len(key) + len(label) + 3 for key, label in permanent)
    for name in (*view.first_keys, *FOOTER_ACTIONS):
        key, label = _key_and_label(name, view)
        if x + len(key) + len(label) + 3 > room:
            break
        x = _draw_key(canvas, x, key, label, name)
    for name, (key, label) in zip(PERMANENT_ACTIONS, permanent):
        x = _draw_key(canvas, x, key, label, name)
    return canvas


def _format_count(view: View, theme: Theme) -> str:
    """The typed count, and what it can be used for."""
    keys = [first_key(action, view.keys) for action in ACTIONS if action.repeats and action.group == "Time"]
    return fill(messages.COUNT_KEYS, count=view.count, ellipsis=theme.glyphs.ellipsis, keys=", ".join(keys))


def _key_and_label(action_id: str, view: View) -> tuple[str, str]:
    action = BY_ID[action_id]
    return first_key(action, view.keys), fill(action.label)


def _draw_key(canvas: Canvas, x: int, key: str, label: str, name: str) -> int:
    canvas.add_hit(x, 0, len(key) + len(label) + 1, ("action", name))
    x = canvas.put(x, 0, key, "key on bar")
    return canvas.put(x, 0, f" {label}  ", "text on bar")
