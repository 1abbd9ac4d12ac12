"""Keys as a lesson writes them: characters, names, counts, numbers and typed texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from bpstep.actions import NAMED_KEYS
from bpstep.errors import BpstepError
from bpstep.lang.cells import parse_number
from bpstep.lessons import messages
from bpstep.storage import messages as storage_messages
from bpstep.text import fill, is_plain, quoted

MAX_PRESSES = 20_000
"""The most keys that a lesson may press in total, and so in one word."""

_KEY_ALIASES = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}

KEY_NAMES = {**{name: name for name in sorted(NAMED_KEYS)}, "space": "space", **_KEY_ALIASES}
"""The keys that are not characters, which a lesson may write in small letters."""

_MAX_COUNT_DIGITS = 9
"""The most digits of a count before a key."""

_REPEATED = re.compile(r"(.+)\*([0-9]+)")

_DIGITS = re.compile(r"[0-9]+")

_SHIFTED = re.compile(r"(?i)shift\+[a-z]")

_COUNTED = re.compile(r"([0-9]+)([^0-9])")


class Press(NamedTuple):
    """A key, named as in the table of actions; `typed` if it is a character of a text."""

    key: str
    typed: bool = False


def parse_presses(word: Word) -> tuple[Press, ...]:
    """The keys that a word presses: `n`, `n*4`, `10n`, `Enter`, `0.5`, "a text".

    BpstepError if it is none.
    """
    text = word.text
    if word.quoted:
        return type_text(text)
    repeated = _REPEATED.fullmatch(text)
    if repeated:
        once, times = parse_presses(Word(repeated[1])), int(repeated[2])
        check_press_count(len(once) * times)
        return once * times
    if len(text) == 1:
        return (Press(text),)
    name = KEY_NAMES.get(text.lower())
    if name:
        return (Press(name),)
    counted = _COUNTED.fullmatch(text)
    if counted:
        if len(counted[1]) > _MAX_COUNT_DIGITS:
            raise BpstepError(fill(messages.COUNT_TOO_LONG, text=quoted(text), limit=_MAX_COUNT_DIGITS))
        if counted[1].startswith("0"):
            raise BpstepError(fill(messages.COUNT_ZERO, text=quoted(text)))
        return type_text(text)
    if _SHIFTED.fullmatch(text):
        raise BpstepError(fill(messages.SHIFT_KEY, text=quoted(text), letter=text[-1].upper()))
    if not _is_number(text):
        raise BpstepError(fill(messages.NOT_A_KEY, text=quoted(text)))
    return type_text(text)


def check_key_count_pair(word: Word, following: Word) -> None:
    """BpstepError if a number follows a key's name, where in other languages it repeats the key."""
    name, number = word.text, following.text
    if word.quoted or following.quoted or name.lower() not in KEY_NAMES or not _DIGITS.fullmatch(number):
        return
    text = quoted(f"{name} {number}")
    raise BpstepError(fill(messages.KEY_AND_NUMBER, text=text, name=name, number=number))


def check_press_count(pressed: int) -> None:
    """BpstepError if the number of keys is 0 or too large."""
    if not pressed:
        raise BpstepError(fill(messages.NO_PRESSES))
    if pressed > MAX_PRESSES:
        raise BpstepError(fill(messages.TOO_MANY_PRESSES, limit=MAX_PRESSES))


def type_text(text: str) -> tuple[Press, ...]:
    """A text, character by character."""
    return tuple(Press("space" if character == " " else character, True) for character in text)


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except BpstepError:
        return False
    return True


_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"#][^\s"]*))')

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')

_ESCAPED = re.compile(r"\\(.)")

_MAX_LENGTH = 1000


@dataclass(frozen=True)
class Word:
    """A word of a line; `quoted` if it was in quotation marks."""

    text: str
    quoted: bool = False


def _quote_error(rest: str) -> str:
    """Why the rest of a line, which begins with a quotation mark, does not begin with a word."""
    if _TEXT.match(rest):
        return fill(messages.NO_SPACE_AFTER_QUOTE, text=quoted(rest[1:]))
    return fill(messages.OPEN_QUOTE, text=quoted(rest[1:]))


def split_words(line: str) -> list[Word]:
    r"""The words of a line, its comment left out; in quotes `\"` is a quotation mark. BpstepError else."""
    if len(line) > _MAX_LENGTH:
        raise BpstepError(fill(storage_messages.LINE_TOO_LONG, length=len(line), limit=_MAX_LENGTH))
    forbidden = next((each for each in line if each != "\t" and not is_plain(each)), "")
    if forbidden:
        named = unicodedata.name(forbidden, "").lower() or fill(messages.CONTROL_CHARACTER)
        raise BpstepError(fill(messages.FORBIDDEN, code=ord(forbidden), name=named))
    found: list[Word] = []
    at, end = 0, len(line.rstrip())
    while at < end and not line[at:].lstrip().startswith("#"):
        match = _WORD.match(line, at)
        if match is None:
            raise BpstepError(_quote_error(line[at:].strip()))
        text = match[2] if match[1] is None else _ESCAPED.sub(r"\1", match[1])
        found.append(Word(text, match[1] is not None))
        at = match.end()
    return found
