"""Lessons for tests: a text as a lesson, played or written."""

from itertools import pairwise
from pathlib import Path

from bpstep.lessons.lexer import Press
from bpstep.lessons.parser import parse_lesson
from bpstep.lessons.player import Player
from bpstep.recording.asciicast import EventWriter, TerminalState
from bpstep.recording.capture import Capture, TimedScreen


def lesson(text, folder="."):
    """The lesson that a file of this text would hold."""
    return parse_lesson(text, Path(folder) / "try.lesson")


def played(text):
    """What a recording of it is made of."""
    return Capture(lesson(text))


def player(text, **more):
    """Somebody who has played it to its end."""
    found = Player(lesson(text), **more)
    return play_to(found, len(found.actions))


def play_to(player, position):
    """The player, after this many actions and the jobs that they start."""
    while player.position < position:
        player.run_next()
    return player


def steps(lesson):
    """What each plain `n` of a lesson adds to its recording: bytes a terminal is sent, bytes of the file.

    The difference between the screen before the key and the one after, the keys shown below it included. Not
    counted are screens with nothing before them, which are no steps.
    """
    player, clock, shown, before = Player(lesson), EventWriter(2), TerminalState(), None
    timed = [at for at, each in enumerate(player.actions) if each.milliseconds]
    pairs = {one: two for one, two in pairwise(timed) if player.actions[two].action == Press("n")}
    while not player.is_over:
        at = player.position
        player.run_next()
        if at not in {*pairs, *pairs.values()}:
            continue
        after = TimedScreen(player.time, player.draw(), player.controller.theme)
        if at in pairs.values():
            shown.update(before)
            data = shown.update(after)
            yield len(data.encode()), len(clock.event(after.time, "o", data).encode()) + 1
        before = after
