"""Lessons by name: the built-in ones, and files."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.lessons import messages
from bpstep.lessons.lesson import Lesson
from bpstep.lessons.parser import SUFFIX, read_lesson
from bpstep.netfile.table import did_you_mean
from bpstep.text import fill, quoted

_FOLDER = Path(__file__).parent

_NAMES = (
    "forward",
    "activation",
    "loss",
    "chain-rule",
    "first-layer",
    "reuse",
    "update",
    "hundred",
    "sign-error",
    "own-script",
    "transpose",
    "batchnorm",
    "embedding",
    "through-time",
)


def lesson_names() -> tuple[str, ...]:
    """The built-in lessons, in the article's order."""
    return _NAMES


def load_builtins() -> list[Lesson]:
    return [read_lesson(_FOLDER / f"{name}{SUFFIX}") for name in _NAMES]


def next_lesson(lesson: Lesson) -> str:
    """The name of the built-in lesson after a built-in one; empty for the last."""
    if lesson.path.parent != _FOLDER:
        return ""
    return dict(pairwise(_NAMES)).get(lesson.name, "")


def open_lesson(name_or_path: str) -> Lesson:
    """The lesson with a built-in's name, or in a file.

    FileError if the file does not contain one, BpstepError if the name is unknown.
    """
    if name_or_path in _NAMES:
        return read_lesson(_FOLDER / f"{name_or_path}{SUFFIX}")
    if os.sep in name_or_path or Path(name_or_path).suffix or os.path.lexists(name_or_path):
        return read_lesson(Path(name_or_path))
    meant = did_you_mean(name_or_path, _NAMES)
    template = messages.NO_LESSON_MEANT if meant else messages.NO_LESSON
    raise BpstepError(fill(template, name=quoted(name_or_path), meant=meant, names=", ".join(_NAMES)))
