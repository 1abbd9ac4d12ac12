"""The actions of a lesson and its lines, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bpstep.lang.cells import Index
from bpstep.lessons.lexer import Press
from bpstep.model.network import Network


@dataclass(frozen=True)
class PressKeys:
    """Press these keys, one after the other."""

    presses: tuple[Press, ...]


@dataclass(frozen=True)
class Say:
    """Show a caption; none if it is empty."""

    text: str


@dataclass(frozen=True)
class Wait:
    """Let time pass."""

    milliseconds: int


@dataclass(frozen=True)
class GoTo:
    """Go to a position; a relative one counts from the position at that time."""

    position: str


@dataclass(frozen=True)
class OpenNetwork:
    """Open a network at its start."""

    network: Network


@dataclass(frozen=True)
class Resize:
    """Set the size of the screen, in columns and lines."""

    width: int
    height: int


@dataclass(frozen=True)
class SetAppearance:
    """Set the theme, the number of colours ("full", "sixteen", "none") or ASCII; empty: unchanged."""

    theme: str = ""
    depth: str = ""
    ascii: bool = False


@dataclass(frozen=True)
class ExpectValue:
    """Check a number that is displayed now: it may differ by half of the last decimal given."""

    name: str
    index: Index
    value: float
    decimals: int
    text: str
    """The cell and the number as the lesson writes them."""


@dataclass(frozen=True)
class NameScreen:
    """Name the screen as it is now."""

    name: str


SingleAction = Say | Wait | GoTo | OpenNetwork | Resize | SetAppearance | ExpectValue | NameScreen
"""What happens at one moment; the keys of a line follow one another."""

LessonAction = PressKeys | SingleAction


@dataclass(frozen=True)
class LessonLine:
    """What a line does, and its number, counted from 1."""

    line: int
    action: LessonAction


@dataclass(frozen=True)
class Lesson:
    """A lesson, read and checked as far as possible without playing it."""

    name: str
    title: str
    statements: tuple[LessonLine, ...]
    path: Path = field(repr=False)

    @property
    def captions(self) -> list[str]:
        """The captions in order, without empty ones."""
        return [
            each.action.text for each in self.statements if isinstance(each.action, Say) and each.action.text
        ]
