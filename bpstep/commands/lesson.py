"""`bpstep lesson`: the lessons, or one of them in the terminal."""

from __future__ import annotations

import argparse

from bpstep.export.output import write
from bpstep.lessons import shelf
from bpstep.lessons.beats import clock, duration


def run(options: argparse.Namespace) -> int:
    """Print name, minutes and subject of every lesson, or play one."""
    if options.lesson is not None:
        return _play(options)
    lessons = shelf.built_in()
    names = max(len(lesson.name) for lesson in lessons)
    write(f"{lesson.name:<{names}}  {clock(duration(lesson))}  {lesson.title}" for lesson in lessons)
    return 0


def _play(options: argparse.Namespace) -> int:
    # A list needs nothing of what a screen does.
    from bpstep.commands.starting import need_terminal, settings_of

    lesson = shelf.find(options.lesson)
    settings = settings_of(options)
    need_terminal("a lesson", "bpstep record and the files that it writes")
    from bpstep.app import watch

    return watch(lesson, settings)
