"""Text that is safe to show on one line, and sentences as templates with named slots."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

MAX_QUOTE_LENGTH = 60

_MAX_WORD_LENGTH = 80
"""The longest word, in characters, that is compared with others: longer ones take long and are not typing
mistakes.
"""


def is_plain(text: str) -> bool:
    """Whether `text` is one line without control and format characters, which could control a terminal."""
    return all(character.isprintable() or unicodedata.category(character) == "Zs" for character in text)


def one_line(text: str) -> str:
    """`text` with escapes, as in a Python string, for what `is_plain` refuses."""
    if is_plain(text):
        return text
    return "".join(
        character if is_plain(character) else character.encode("unicode_escape").decode()
        for character in text
    )


def quoted(text: str) -> str:
    """`text` in quotation marks for a message, shortened if it is long."""
    return f'"{one_line(text if len(text) <= MAX_QUOTE_LENGTH else text[: MAX_QUOTE_LENGTH - 1] + "…")}"'


def cell_width(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def padded(text: str, width: int) -> str:
    """`text`, filled with spaces on the right to this many columns of a terminal."""
    return text + " " * (width - cell_width(text))


def shorten(text: str, width: int, mark: str) -> str:
    """`text`, cut to this many columns of a terminal; `mark` is then at its end."""
    if cell_width(text) <= width:
        return text
    kept = text
    while kept and cell_width(kept) + len(mark) > width:
        kept = kept[:-1]
    return (kept + mark)[:width] if not kept else kept + mark


def closest(word: str, allowed: Iterable[str], least: float = 0.6) -> str:
    """The allowed word that is most similar to `word`, at least `least` where 1 is equal; empty if there is
    none.

    A word of the same letters is the most similar one: letters that are swapped are a typing mistake.
    """
    import difflib

    if len(word) > _MAX_WORD_LENGTH:
        return ""
    words = list(allowed)
    folded = word.casefold()
    same = [each for each in words if each.casefold() == folded]
    same += [each for each in words if sorted(each.casefold()) == sorted(folded)]
    return next(iter(same or difflib.get_close_matches(word, words, 1, least)), "")


_AND = "{others} and {last}"
"""The end of a list; `others` are separated by commas."""

_translation: Mapping[str, str] = {}


def use_translation(translation: Mapping[str, str]) -> None:
    """Use another language for all sentences: templates and their translations.

    An empty mapping restores English. A template that the mapping lacks stays as it is.
    """
    global _translation
    _translation = translation


def fill(template: str, /, **slots: object) -> str:
    """The sentence from a template with named slots, in the current language."""
    return _translation.get(template, template).format(**slots)


def fill_plural(count: int, one: str, many: str, /, **slots: object) -> str:
    """As `fill`, with the template for one thing or that for any other number; `count` is a slot, too."""
    return fill(one if count == 1 else many, count=count, **slots)


def listed_with_and(items: Sequence[str]) -> str:
    """The items as a sentence lists them: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return fill(_AND, others=", ".join(items[:-1]), last=items[-1])
