"""Errors that are not the program's fault: every message that a person reads is one line."""

from __future__ import annotations

from pathlib import Path


class BpstepError(Exception):
    """Wrong input or usage: one line that says what is wrong and what was expected."""


class ExpressionError(BpstepError):
    """An expression that the language of equations does not allow."""

    equation: str | None = None
    """The name of the equation it is in, if known."""


class UnknownName(ExpressionError):
    """A name in an expression that is not a tensor it may read."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class UnknownNetwork(BpstepError):
    """A word in place of a network's name that means none.

    `suggestion` is the network that it resembles; empty if there is none.
    """

    def __init__(self, word: str, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.word, self.suggestion = word, suggestion


class LessonFailed(BpstepError):
    """A value differs from what a lesson expects."""


class FileError(BpstepError):
    """An error in a file, with its place. `line` counts from 1; None if the file could not be read at all."""

    def __init__(self, path: Path | str, line: int | None, message: str) -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line
        self.message = message


class UnknownColumn(FileError):
    """A column that a file does not have; `asked` is the name or range by which it was asked for."""

    def __init__(self, path: Path | str, line: int | None, message: str, asked: str) -> None:
        super().__init__(path, line, message)
        self.asked = asked


class TookTooLong(Exception):
    """A lesson has read or computed for too long; the caller that knows its line reports it.

    Not a BpstepError: it can come from anywhere, and the program cannot continue after it as after a person's
    mistake.
    """


class TookTooMuch(TookTooLong):
    """A lesson has taken too much memory."""
