"""The debugger on a terminal: Textual, keys, dialogs."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.lessons.script import Lesson
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.session_file import Moved
from bpstep.ui.config import FORMATS, Settings

if TYPE_CHECKING:
    from bpstep.render.theme import Look
    from bpstep.ui.controller import Desk
    from bpstep.ui.frontend import Seat


def run(
    session: Session,
    settings: Settings,
    start: Moved,
    recorder: Recorder | None = None,
    said: str = "",
    sit: Callable[[Desk], Seat] | None = None,
) -> int:
    """Debug a session from `start` on until the user leaves; gives the exit status.

    The recorder keeps what is done; `said` stands in the last line at first; `sit` gives who sits there.
    """
    look = _look(settings)
    from bpstep.tui.app import Debugger
    from bpstep.ui.commands.puzzle import story
    from bpstep.ui.controller import Desk

    desk = Desk(session, look, settings.keys)
    desk.recorder = recorder
    desk.move(start.n, said or story(session), start.k)
    debugger = Debugger(sit(desk) if sit is not None else desk)
    status = debugger.run(mouse=not settings.no_mouse) or debugger.return_code or 0
    if desk.predicting.farewell:
        print(desk.predicting.farewell)
    return status


def watch(lesson: Lesson, settings: Settings) -> int:
    """Play a lesson until it is left; gives the exit status.

    LessonFailed or FileError, once it is left, where it could not be played on.
    """
    look = _look(settings)
    from bpstep.tui.app import Debugger
    from bpstep.tui.lesson import LessonSeat

    seat = LessonSeat(lesson, look, settings.keys)
    debugger = Debugger(seat)
    status = debugger.run(mouse=not settings.no_mouse) or debugger.return_code or 0
    if seat.pace.trouble is not None and not status:
        raise seat.pace.trouble
    return status


def _look(settings: Settings) -> Look:
    """How it looks on this terminal; called before Textual is imported."""
    from bpstep.tui.terminal import colour_depth, needs_ascii, settle

    depth = colour_depth(os.environ, settings.no_color)
    settle(os.environ)
    # Importing and composing make a great many objects that stay: looking through them again and again
    # takes a fifth of the start.
    gc.disable()
    from bpstep.render.theme import Look

    return Look(settings.theme, depth, settings.ascii or needs_ascii(), FORMATS.index(settings.number_format))
