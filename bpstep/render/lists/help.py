"""Every key and what it does, from the table of actions."""

from __future__ import annotations

from collections.abc import Container

from bpstep.actions import ACTIONS, BY_ID, Action
from bpstep.render.canvas import Canvas, clip
from bpstep.render.heading import Head, draw_head
from bpstep.render.lists.list import Line
from bpstep.render.message import tell
from bpstep.render.theme import Look

LEGEND = (
    ("▶", ">", "write", "what the equation writes"),
    ("›", "<", "read", "what it reads"),
    ("✎", "*", "param", "behind a name: a parameter; before a number: edited by hand"),
    ("●", "o", "bright", "in the timeline: a breakpoint"),
    ("○", ".", "quiet", "in the timeline: a breakpoint that is off"),
    ("·", ".", "coming", "not computed yet in this iteration"),
    ("≠", "!", "bright", "in the timeline, under a factor: this equation was replaced"),
    ("+", "+", "plus", "on an edge: its weight is positive"),
    ("−", "-", "minus", "on an edge: its weight is negative, the line is dashed"),
    ("Σ", "n", "text", "on a card: the net input, before the activation"),
    ("∂", "d", "text", "on a card: how E changes with this"),
    ("′", "'", "text", "on a card: the slope of the activation"),
    ("↺", "~", "known", "a factor that was used before and is used again"),
)

_BESIDE = 16
"""Cells of a line that are not the sentence's."""


def lines(
    changed: dict[str, tuple[str, ...]], without: Container[str] = ()
) -> list[tuple[str, Action | None]]:
    """The list: a group's name alone, or an action under it."""
    found: list[tuple[str, Action | None]] = []
    group = ""
    for action in ACTIONS:
        if action.id in without:
            continue
        if action.group != group:
            group = action.group
            found.append((group, None))
        found.append((" ".join(key_name(key) for key in changed.get(action.id, action.keys)), action))
    return found


def key_name(key: str) -> str:
    """A key as people read it."""
    arrows = {"left": "←", "right": "→", "up": "↑", "down": "↓"}
    return arrows.get(key, key.upper() if key[0] == "f" and key[1:].isdigit() else key)


def key_names(action: Action, changed: dict[str, tuple[str, ...]], look: Look) -> str:
    """An action's keys as people read them."""
    return _plain(" ".join(key_name(key) for key in changed.get(action.id, action.keys)), look)


def _plain(names: str, look: Look) -> str:
    return "".join(_PLAIN.get(character, character) for character in names) if look.ascii else names


_PLAIN = {"←": "left", "→": "right", "↑": "up", "↓": "down"}


def listing(
    look: Look, changed: dict[str, tuple[str, ...]], without: Container[str] = ()
) -> list[tuple[str, str, str, Action | None]]:
    """Key, text, role of the key, and the action where the line stands for one."""
    found: list[tuple[str, str, str, Action | None]] = []
    for key, action in lines(changed, without):
        if action is None:
            found.append(("", "", "text", None)) if found else None
            found.append((key, "", "bright", None))
        elif key:
            found.append((key, action.sentence, "key", action))
        else:
            called = key_names(BY_ID["palette"], changed, look)
            found.append((called, _named(action), "key", action))
    found += [("", "", "text", None), ("Signs", "", "bright", None)]
    found += [(look.pick(fancy, plain), text, role, None) for fancy, plain, role, text in LEGEND]
    found += [
        ("", "", "text", None),
        ("", "A number before a key repeats it: 10n does ten equations.", "text", None),
    ]
    return found


def _named(action: Action) -> str:
    """What it does, after the name that finds it among the commands: it has no key."""
    return f"{action.title} – {action.sentence}"


def is_cut(action: Action, changed: dict[str, tuple[str, ...]], width: int) -> bool:
    """True where its line has no room for the whole sentence."""
    shown = action.sentence if changed.get(action.id, action.keys) else _named(action)
    return len(shown) > width - _BESIDE


def help_lines(
    look: Look, changed: dict[str, tuple[str, ...]], width: int, without: Container[str] = ()
) -> list[Line]:
    """The lines of the help screen; one that stands for an action can be chosen."""
    return [
        Line(
            (
                (f"{_plain(key, look):<13}", role),
                (clip(look.plain(text), width - _BESIDE, look.glyphs.dots), "text"),
            ),
            action,
        )
        for key, text, role, action in listing(look, changed, without)
    ]


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
