"""Every command by its name: the list that is left after a part of a name is typed."""

from __future__ import annotations

from collections.abc import Container

from bpstep.actions import ACTIONS, Action
from bpstep.views.canvas import Canvas, clip
from bpstep.views.head import Head, draw_head
from bpstep.views.help import key_names
from bpstep.views.look import Look
from bpstep.views.telling import tell

_HINT = "up, down choose   Enter does it   Escape closes"
_EACH = 2
"""Lines of an entry: its name with its keys, its sentence."""
_WHOLE = 2
"""Lines below them for a sentence that its line has no room for."""


def matching(text: str, without: Container[str] = ()) -> list[Action]:
    """The commands in whose name or sentence every word is found, those named so before the others."""
    words = text.lower().split()
    found = [
        action
        for action in ACTIONS
        if action.id not in ("palette", "close")
        and action.id not in without
        and all(word in f"{action.title} {action.sentence}".lower() for word in words)
    ]
    return sorted(found, key=lambda action: _rank(action, text.strip().lower()))


def _rank(action: Action, text: str) -> int:
    return (
        0
        if action.title == text
        else 1
        if action.title.startswith(text)
        else 2
        if text in action.title
        else 3
    )


def room(width: int, height: int) -> int:
    """How many entries a screen shows at once."""
    cut = any(len(action.sentence) > width - 4 for action in ACTIONS)
    return max((height - 2 - cut * _WHOLE) // _EACH, 1)


def palette_screen(
    look: Look,
    changed: dict[str, tuple[str, ...]],
    width: int,
    height: int,
    modes: tuple[str, ...],
    found: list[Action],
    top: int,
    chosen: int,
) -> Canvas:
    """The screen from entry `top` on, entry `chosen` marked; the last line is left for what is typed."""
    canvas = Canvas(width, height)
    draw_head(canvas, look, Head("bpstep commands", _HINT, modes))
    for at, action in enumerate(found[top : top + room(width, height)], top):
        y = 1 + (at - top) * _EACH
        role = "pointed" if at == chosen else "bright"
        marker = look.pick("▶", ">") if at == chosen else " "
        canvas.put(1, y, f"{marker} {action.title} ", role)
        keys = key_names(action, changed, look)
        canvas.put(width - len(keys) - 2, y, keys, "key")
        canvas.put(3, y + 1, clip(look.plain(action.sentence), width - 4, look.glyphs.dots), "text")
        for line in (y, y + 1):
            canvas.hit(0, line, width, ("command", action.id))
        if at == chosen and len(action.sentence) > width - 4:
            tell(canvas, action.sentence, "bright on bar", look, above=1, most=_WHOLE)
    if not found:
        canvas.put(3, 1, "no command is called so", "text")
    return canvas
