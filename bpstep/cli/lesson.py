"""`bpstep lesson`: the lessons, or one of them in the terminal."""

from __future__ import annotations

import argparse

from bpstep.lessons import builtin
from bpstep.lessons.timing import clock, duration
from bpstep.storage.atomic_write import write


def run(options: argparse.Namespace) -> int:
    """Print name, minutes and subject of every lesson, or play one."""
    if options.lesson is not None:
        return _play(options)
    lessons = builtin.built_in()
    names = max(len(lesson.name) for lesson in lessons)
    write(f"{lesson.name:<{names}}  {clock(duration(lesson))}  {lesson.title}" for lesson in lessons)
    return 0


def _play(options: argparse.Namespace) -> int:
    # A list needs nothing of what a screen does.
    from bpstep.cli.start import need_terminal, settings_of

    lesson = builtin.find(options.lesson)
    settings = settings_of(options)
    need_terminal("a lesson", "bpstep record and the files that it writes")
    from bpstep.tui import watch

    return watch(lesson, settings)
