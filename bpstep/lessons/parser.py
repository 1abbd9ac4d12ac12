"""Reads a lesson: every line checked, as far as can be without playing it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from bpstep.errors import BpstepError, TookTooLong, TookTooMuch
from bpstep.files import file_error, read_bytes
from bpstep.lessons import messages
from bpstep.lessons.lesson import Lesson, LessonAction, LessonLine, NameScreen, PressKeys
from bpstep.lessons.lexer import (
    KEY_NAMES,
    Press,
    Word,
    check_key_count_pair,
    check_press_count,
    parse_presses,
    split_words,
)
from bpstep.lessons.limits import MAX_MEGABYTES, MAX_SECONDS, limited
from bpstep.lessons.statements import STATEMENTS, ParseContext
from bpstep.netfile.table import did_you_mean
from bpstep.storage import messages as storage_messages
from bpstep.text import fill, quoted

MAX_LESSON_BYTES = 2**18

SUFFIX = ".lesson"

_FOREIGN_STATEMENTS = {
    "type": messages.TYPE_HINT,
    "sleep": messages.WAIT_HINT,
    "pause": messages.WAIT_HINT,
    "screenshot": messages.SNAP_HINT,
    "output": messages.OUTPUT_HINT,
    "set": messages.SET_HINT,
    "show": messages.SHOW_HINT,
    "hide": messages.SHOW_HINT,
    "require": messages.REQUIRE_HINT,
    "source": messages.SOURCE_HINT,
}
"""Statements of VHS, and what to write here instead."""


def read_lesson(path: Path) -> Lesson:
    """The lesson in a file. FileError names the line and the invalid word."""
    content = read_bytes(path, MAX_LESSON_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise file_error(path, line, fill(storage_messages.NOT_UTF8)) from None
    return parse_lesson(text, path)


def parse_lesson(text: str, path: Path) -> Lesson:
    """The lesson in a text, as in the file at `path`."""
    with limited():
        return _LessonParser(path).parse(text)


class _LessonParser:
    """The state while the lines are read in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.title = ""
        self.statements: list[LessonLine] = []
        self.context = ParseContext(path.parent)
        self.pressed = 0
        self.line = 0

    def parse(self, text: str) -> Lesson:
        for self.line, line in enumerate(text.split("\n"), 1):
            try:
                found = split_words(line.removesuffix("\r"))
                if found:
                    self.parse_line(found)
            except BpstepError as error:
                raise file_error(self.path, self.line, str(error)) from None
            except TookTooMuch:
                problem = fill(messages.TOO_MUCH_TO_READ, limit=MAX_MEGABYTES)
                raise file_error(self.path, self.line, problem) from None
            except TookTooLong:
                problem = fill(messages.TOO_LONG_TO_READ, limit=MAX_SECONDS)
                raise file_error(self.path, self.line, problem) from None
        if not self.statements:
            raise file_error(self.path, None, fill(messages.EMPTY))
        return Lesson(self.path.stem, self.title, tuple(self.statements), self.path)

    def parse_line(self, found: list[Word]) -> None:
        """Parse a line."""
        first = found[0]
        if first.text == "title" and not first.quoted:
            self.title = self._title(found[1:])
            return
        action = self._statement(first, found[1:]) or PressKeys(self._keys(found))
        self._check_name(action)
        self.statements.append(LessonLine(self.line, action))

    def _statement(self, first: Word, rest: list[Word]) -> LessonAction | None:
        """The action of a line that begins with a statement's name; None if the line is keys."""
        if first.quoted or first.text not in STATEMENTS:
            return None
        try:
            return STATEMENTS[first.text](rest, self.context)
        except BpstepError as error:
            raise BpstepError(fill(messages.IN_STATEMENT, statement=first.text, error=error)) from None

    def _keys(self, found: list[Word]) -> tuple[Press, ...]:
        pressed: list[Press] = []
        for at, word in enumerate(found):
            try:
                pressed += parse_presses(word)
            except BpstepError as error:
                raise self._unknown(word, at == 0) or error from None
        for pair in pairwise(found):
            check_key_count_pair(*pair)
        self.pressed += len(pressed)
        check_press_count(self.pressed)
        self.context.may_have_marks |= any(press.key == "m" for press in pressed)
        return tuple(pressed)

    def _unknown(self, word: Word, first: bool) -> BpstepError | None:
        """The error for a word that is neither statement nor key, if its meaning can be guessed."""
        text = word.text.lower()
        other = _FOREIGN_STATEMENTS.get(text.partition("@")[0])
        if first and other:
            return BpstepError(fill(messages.OTHER_STATEMENT, text=quoted(word.text), hint=fill(other)))
        if not first and text in ("title", *STATEMENTS):
            return BpstepError(fill(messages.OWN_LINE, text=quoted(word.text)))
        if text.startswith(("shift+", "ctrl+")) and text not in KEY_NAMES:
            return None
        meant = did_you_mean(text, ["title", *STATEMENTS, *KEY_NAMES] if first else list(KEY_NAMES))
        if not meant:
            return None
        template = messages.NOT_A_STATEMENT_OR_KEY if first else messages.NOT_A_KEY_MEANT
        return BpstepError(fill(template, text=quoted(word.text), meant=meant))

    def _title(self, rest: list[Word]) -> str:
        if self.title or self.statements:
            raise BpstepError(fill(messages.TITLE_ONCE))
        if len(rest) != 1 or not rest[0].text:
            raise BpstepError(fill(messages.TITLE_TEXT))
        return rest[0].text

    def _check_name(self, action: LessonAction) -> None:
        """Check that the names of screens differ."""
        if isinstance(action, NameScreen) and any(each.action == action for each in self.statements):
            raise BpstepError(fill(messages.SNAP_TWICE, name=quoted(action.name)))
