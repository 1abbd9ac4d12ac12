"""Files that somebody else may have written: only plain ones are opened, only so large, only UTF-8.

And the folders of what bpstep writes by itself, which nobody else can look into.
"""

from __future__ import annotations

import unicodedata

LONGEST_QUOTE = 60


def is_plain(text: str) -> bool:
    """Whether `text` is one line without what could steer a terminal: control and format characters."""
    return all(character.isprintable() or unicodedata.category(character) == "Zs" for character in text)


def one_line(text: str) -> str:
    """`text` with what `is_plain` refuses written as escapes, as in a Python string."""
    if is_plain(text):
        return text
    return "".join(
        character if is_plain(character) else character.encode("unicode_escape").decode()
        for character in text
    )


def quoted(text: str) -> str:
    """`text` in quotation marks for a message, shortened where it is long."""
    return f'"{one_line(text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…")}"'
