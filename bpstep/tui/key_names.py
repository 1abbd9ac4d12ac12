"""Key events as the names that the table of actions uses."""

from __future__ import annotations

from textual.events import Key

_SHIFTED = {
    "slash": "?",
    "comma": "<",
    "full_stop": ">",
    "left_square_bracket": "{",
    "right_square_bracket": "}",
}


def key_of(event: Key) -> str:
    """The character of a key, else Textual's name; shift+n and N are the same.

    A key typed before the terminal is set up has a line feed for Enter.
    """
    if event.character and event.character.isprintable() and event.character != " ":
        return event.character
    if event.key.startswith("shift+"):
        plain = event.key.removeprefix("shift+")
        return _SHIFTED.get(plain, plain.upper() if len(plain) == 1 else event.key)
    return "enter" if event.key == "ctrl+j" else event.key
