"""Which keys there are, and which action each calls."""

from __future__ import annotations

from bpstep.actions import ACTIONS, Action

_MOVING = ("left", "right", "up", "down", "home", "end", "pageup", "pagedown")
_OTHERS = ("space", "tab", "shift+tab", "enter", "escape", "insert", "delete", "backspace")
NAMED_KEYS = frozenset(
    (
        *(f"f{k}" for k in range(1, 13) if k != 11),
        *(f"ctrl+{letter}" for letter in "abdefgklnopqrtuvwxyz"),
        *_MOVING,
        *_OTHERS,
    )
)
"""The keys that are no characters. Some of ctrl and a letter are these, or mean something to the terminal."""


def keymap(changed: dict[str, tuple[str, ...]] | None = None) -> dict[str, str]:
    """Which action each key calls; `changed` gives other keys to some actions.

    Escape closes, also where another key does, unless it is another action's.
    """
    found: dict[str, str] = {}
    for action in ACTIONS:
        for key in (changed or {}).get(action.id, action.keys):
            found[key] = action.id
    found.setdefault("escape", "close")
    return found


def first_key(action: Action, changed: dict[str, tuple[str, ...]] | None = None) -> str:
    """The key that help and the last line name."""
    keys = (changed or {}).get(action.id, action.keys)
    return keys[0] if keys else ""
