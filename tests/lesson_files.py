"""Lessons for tests: a text as a lesson, played or written."""

from pathlib import Path

from bpstep.lessons.lexer import Press
from bpstep.lessons.parser import parsed
from bpstep.lessons.player import Player
from bpstep.recording.asciicast import Clock, Shown
from bpstep.recording.capture import Moment, Played


def lesson(text, folder="."):
    """The lesson that a file of this text would hold."""
    return parsed(text, Path(folder) / "try.lesson")


def played(text):
    """What a recording of it is made of."""
    return Played(lesson(text))


def player(text, **more):
    """Somebody who has played it to its end."""
    found = Player(lesson(text), **more)
    return found.play_to(len(found.beats))


def steps(lesson):
    """What each plain `n` of a lesson adds to its recording: bytes a terminal is sent, bytes of the file.

    The difference between the screen before the key and the one after, the keys shown below it included. Not
    counted are screens with nothing before them, which are no steps.
    """
    player, clock, shown, begun = Player(lesson), Clock(2), Shown(), False
    while not player.is_over:
        beat = player.step()
        if not beat.milliseconds:
            continue
        after = Moment(player.time, player.draw(), player.desk.look)
        data = shown.then(after)
        if begun and beat.deed == Press("n"):
            yield len(data.encode()), len(clock.event(after.time, "o", data).encode()) + 1
        begun = True
