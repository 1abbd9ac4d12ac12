"""Lessons for tests: a text as a lesson, played or written."""

from pathlib import Path

from bpstep.app.player import Player
from bpstep.lessons.reading import parsed
from bpstep.recording.moments import play


def lesson(text, folder="."):
    """The lesson that a file of this text would hold."""
    return parsed(text, Path(folder) / "try.lesson")


def played(text):
    """All that comes of playing it."""
    return play(lesson(text))


def player(text, **more):
    """Somebody who has played it to its end."""
    found = Player(lesson(text), **more)
    return found.play_to(len(found.beats))
