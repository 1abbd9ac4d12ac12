"""`bpstep lesson`: list the lessons, or play one in the terminal."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.lessons import builtin
from bpstep.lessons.timing import clock_text, duration
from bpstep.storage.atomic_write import write_lines


def run(options: argparse.Namespace) -> int:
    """Print name, minutes and subject of every lesson, or play one."""
    if options.lesson is not None:
        return _play(options)
    lessons = builtin.load_builtins()
    names = max(len(lesson.name) for lesson in lessons)
    write_lines(
        f"{lesson.name:<{names}}  {clock_text(duration(lesson))}  {lesson.title}" for lesson in lessons
    )
    return 0


def _play(options: argparse.Namespace) -> int:
    # The list needs no modules of the screen.
    from bpstep.cli.start import load_settings, require_terminal

    lesson = builtin.open_lesson(options.lesson)
    settings = load_settings(options)
    require_terminal(messages.LESSON_NEEDS_TERMINAL)
    from bpstep.tui.startup import play_lesson

    return play_lesson(lesson, settings)
