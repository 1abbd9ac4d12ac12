"""A line of a lesson cut into words, and what is said where a line does not hold."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bpstep.errors import BpstepError
from bpstep.files import is_plain, quoted

_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"#][^\s"]*))')
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPED = re.compile(r"\\(.)")
_LONGEST = 1000


@dataclass(frozen=True)
class Word:
    """A word of a line; `quoted` where it stood in quotation marks."""

    text: str
    quoted: bool = False


def _wrong(rest: str) -> str:
    """Why a line's rest, which begins with a quotation mark, has no word at its beginning."""
    if _TEXT.match(rest):
        return f"behind the closing quote of {quoted(rest[1:])} a space is missing"
    return f"the quote before {quoted(rest[1:])} is not closed"


def words(line: str) -> list[Word]:
    r"""The words of a line, its comment left out; in quotes `\"` is a quotation mark. BpstepError else."""
    if len(line) > _LONGEST:
        raise BpstepError(f"a line has {len(line):,} characters: at most {_LONGEST:,} are read")
    strange = next((each for each in line if each != "\t" and not is_plain(each)), "")
    if strange:
        named = unicodedata.name(strange, "a control character").lower()
        raise BpstepError(f"the character U+{ord(strange):04X} stands here, {named}: expected plain text")
    found: list[Word] = []
    at, end = 0, len(line.rstrip())
    while at < end and not line[at:].lstrip().startswith("#"):
        match = _WORD.match(line, at)
        if match is None:
            raise BpstepError(_wrong(line[at:].strip()))
        text = match[2] if match[1] is None else _ESCAPED.sub(r"\1", match[1])
        found.append(Word(text, match[1] is not None))
        at = match.end()
    return found
