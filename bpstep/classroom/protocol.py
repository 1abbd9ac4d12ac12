"""The lines that teacher and pupils send each other, and how strictly they are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bpstep.classroom import messages
from bpstep.errors import BpstepError
from bpstep.lang.cells import Index
from bpstep.learn import grade
from bpstep.netfile.document import MAX_NETWORK_BYTES
from bpstep.program.position import MAX_N
from bpstep.session.events import Event
from bpstep.storage import json_lines, session_file
from bpstep.storage import messages as storage_messages
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill, is_plain, one_line

MAX_PUPIL_LINE = 512
"""The maximum length of a line from a pupil, in bytes."""

MAX_NETWORK_LINE = 2 * MAX_NETWORK_BYTES
"""The maximum length of the line with the network, in bytes."""

MAX_NAME_LENGTH = 24

MAX_CAPTION_LENGTH = 160
"""The maximum length of a caption: three lines on the smallest screen."""

_TOKEN = re.compile(r"([0-9a-f]{32})?")

_MAX_ACCENTS = 2
"""How many accents one letter may carry: more would reach into the lines above and below."""

_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that are drawn as blanks."""

_JAMO = re.compile("[\u1100-\u11ff]+")
"""Parts of Korean syllables."""

_UNCERTAIN = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\ufe0e\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
"""Characters whose width depends on their neighbours or on the terminal: vowels of Korean syllables,
variation selectors, the letters of flags, skin tones.
"""

_MAX_BARS = 16


@dataclass(frozen=True)
class Hello:
    """A pupil's first line: the name they want.

    The token is random, and the same whenever this pupil reconnects: it tells the class that this connection
    replaces one that has died silently. It proves nothing about who somebody is.
    """

    name: str
    token: str = field(default_factory=str)
    """Every line has one; a made-up default would not tell the reader that it is missing."""


@dataclass(frozen=True)
class Position:
    """Where a pupil is; `own` if they have left the teacher."""

    n: int
    k: int
    own: bool


@dataclass(frozen=True)
class Answer:
    """A pupil's answer to the question with this number, and how exactly it was typed."""

    question: int
    value: float
    unit: float
    digits: int

    @property
    def given(self) -> grade.Prediction:
        """The answer in the form in which it is graded."""
        return grade.Prediction(self.value, self.unit, self.digits)


def answer_message(question: int, given: grade.Prediction) -> Answer:
    return Answer(question, given.value, given.unit, given.digits)


FromPupil = Hello | Position | Answer


@dataclass(frozen=True)
class Welcome:
    """The teacher's first line: who they are, and the pupil's name in the class."""

    teacher: str
    name: str


@dataclass(frozen=True)
class Refused:
    """The teacher's only line to somebody who may not enter: the reason."""

    why: str


@dataclass(frozen=True)
class Caption:
    """A sentence for every screen; empty for no caption."""

    text: str


@dataclass(frozen=True)
class Pointed:
    """What the teacher points at: a cell, the equation `name`, or nothing if the name is empty."""

    name: str
    index: Index | None

    @property
    def target(self) -> tuple[str, Index | None] | None:
        """Name and index as the panes take them; None for nothing."""
        return (self.name, self.index) if self.name else None


@dataclass(frozen=True)
class Question:
    """What will this cell of equation n + 1 be? Number 0: no question.

    Once the teacher has revealed it, `answers` holds each value with how many gave it and whether it is
    right, and `value` the true one, as it is printed.
    """

    number: int
    n: int
    name: str
    index: Index
    value: str
    bars: tuple[tuple[str, int, bool], ...]

    @property
    def is_open(self) -> bool:
        """Whether pupils can still answer it."""
        return bool(self.number and not self.value)

    def is_same(self, other: Question) -> bool:
        """Whether the other is this question, revealed or not."""
        return replace(self, value="", bars=()) == replace(other, value="", bars=())


@dataclass(frozen=True)
class Over:
    """The teacher has ended the class."""


NO_QUESTION = Question(0, 0, "", (), "", ())

FromTeacher = Welcome | Refused | Caption | Pointed | Question | Over | Event | CursorPosition

_TEACHER_MESSAGES: tuple[type, ...] = (Welcome, Refused, Caption, Pointed, Question, Over)

_PUPIL_MESSAGES: tuple[type, ...] = (Hello, Position, Answer)


class LineReader:
    """Turns bytes into whole lines. BpstepError if a line is longer than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The lines that these bytes complete, without their line ends."""
        start = len(self._rest)
        self._rest += data
        while (end := self._rest.find(b"\n", start)) >= 0:
            self._check(end)
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            start = 0
            yield line
        self._check(len(self._rest))

    def _check(self, length: int) -> None:
        if length > self.limit:
            raise BpstepError(fill(messages.LINE_TOO_LONG, limit=self.limit))


def encode(message: FromPupil | FromTeacher) -> bytes:
    """A message as a line."""
    return f"{session_file.record_line(message)}\n".encode()


def from_pupil(line: bytes) -> FromPupil:
    """The message in a pupil's line. BpstepError if it is not one of the three that a pupil may send."""
    found: FromPupil = json_lines.build_one_of(_PUPIL_MESSAGES, json_lines.parse_json_line(_text(line)))
    match found:
        case Hello(name) if not name or display_name(name) != name:
            raise BpstepError(fill(messages.NOT_A_NAME))
        case Hello(token=token) if not _TOKEN.fullmatch(token):
            raise BpstepError(fill(messages.NOT_A_TOKEN))
        case Position(n, k) if not (0 <= n <= MAX_N and 0 <= k <= MAX_N):
            raise BpstepError(fill(messages.NOT_A_POSITION))
        case Answer(unit=unit, digits=digits) if unit < 0 or digits < 0:
            raise BpstepError(fill(messages.NOT_AN_ANSWER))
    return found


def from_teacher(line: bytes) -> FromTeacher:
    """The message in a teacher's line, except the one with the network. BpstepError if it is invalid."""
    values = json_lines.parse_json_line(_text(line))
    kind = next((kind for kind in _TEACHER_MESSAGES if kind.__name__ == values.get("event")), None)
    if kind is None:
        return session_file.read_record(values)
    del values["event"]
    found: FromTeacher = json_lines.build_record(kind, values)
    match found:
        case Question(bars=bars) if len(bars) > _MAX_BARS or any(count < 1 for _, count, _ in bars):
            raise BpstepError(fill(messages.NOT_ANSWERS))
        case Caption(text) | Refused(text) if len(text) > MAX_CAPTION_LENGTH:
            raise BpstepError(fill(messages.SENTENCE_TOO_LONG))
        case Welcome(teacher, name) if not (0 < len(teacher) <= 64 and 0 < len(name) <= 64):
            raise BpstepError(fill(messages.NOT_A_NAME))
    return found


def display_name(text: str) -> str:
    """A name as it is shown: one line, not too long, without anything that could control a terminal.

    Empty if nothing visible is left.
    """
    text = _JAMO.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    text = _UNCERTAIN.sub("", text)
    shown = (character if is_plain(character) and character not in _BLANK else " " for character in text)
    name = " ".join(_without_stray_accents("".join(shown)).split())[:MAX_NAME_LENGTH].strip()
    return name if any(unicodedata.category(character)[0] not in "MZ" for character in name) else ""


def _without_stray_accents(text: str) -> str:
    """A text without accents that have no letter, or whose letter has enough of them."""
    found, marks = [], _MAX_ACCENTS
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
        else:
            marks = _MAX_ACCENTS if character.isspace() else 0
        if marks <= _MAX_ACCENTS:
            found.append(character)
    return "".join(found)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise BpstepError(fill(storage_messages.NOT_UTF8)) from None


def log_excerpt(line: bytes) -> str:
    """The beginning of a line, made safe for a log."""
    return one_line(line[:80].decode(errors="backslashreplace"))
