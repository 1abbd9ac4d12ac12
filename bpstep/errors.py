"""What goes wrong through no fault of the program: every message a person reads is one line."""

from __future__ import annotations

from pathlib import Path


class BpstepError(Exception):
    """Bad input or bad usage: one line that says what is wrong and what was expected."""


class ExpressionError(BpstepError):
    """An expression that the language of equations does not allow."""

    equation: str | None = None
    """The name of the equation it is about, where that is known."""


class UnknownName(ExpressionError):
    """A name in an expression that is that of no tensor it may read."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class UnknownNetwork(BpstepError):
    """A word in the place of a network that means none, and that is like the name of none."""

    def __init__(self, word: str, message: str) -> None:
        super().__init__(message)
        self.word = word


class LessonFailed(BpstepError):
    """A number is not what a lesson expects."""


class FileError(BpstepError):
    """Something wrong in a file, with the place where it stands.

    `line` counts from 1; None where the file could not be read at all.
    """

    def __init__(self, path: Path | str, line: int | None, message: str) -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line
        self.message = message


class TookTooLong(Exception):
    """A lesson has read or computed for too long; whoever knows its line tells it.

    No BpstepError: it can come anywhere, and nothing goes on after it as after a person's mistake.
    """


class TookTooMuch(TookTooLong):
    """A lesson has taken too much memory."""
