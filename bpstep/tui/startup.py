"""Start the debugger or a lesson on this terminal: its colours, its environment, then Textual."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from bpstep.actions import LOCAL_ACTIONS
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.recorder import Recorder
from bpstep.tui.terminal import colour_depth, is_served, needs_ascii, prepare_environment
from bpstep.ui.config import NUMBER_FORMAT_NAMES, TABLE_NAMES, Settings

if TYPE_CHECKING:
    from bpstep.lessons.lesson import Lesson
    from bpstep.render.theme import Theme
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend


def run_debugger(
    session: Session,
    settings: Settings,
    start: CursorPosition,
    recorder: Recorder | None = None,
    message: str = "",
    make_frontend: Callable[[Controller], Frontend] | None = None,
) -> int:
    """Debug a session from `start` on until the user quits; return the exit status.

    The recorder writes the session to its file. The message is shown first. `make_frontend` makes the front
    end of a class; without it there is only the controller.
    """
    theme = _prepare_theme(settings)
    from bpstep.tui.app import Debugger
    from bpstep.ui.compose import make_controller
    from bpstep.ui.puzzle_state import story_message

    controller = make_controller(session, theme, settings.keys)
    controller.recorder = recorder
    controller.view = replace(controller.view, hidden_actions=_hidden_actions())
    controller.move(start.n, message or story_message(session), start.k)
    debugger = Debugger(make_frontend(controller) if make_frontend is not None else controller)
    status = debugger.run(mouse=not settings.no_mouse) or debugger.return_code or 0
    if controller.predict_mode.exit_message:
        print(controller.predict_mode.exit_message)
    return status


def play_lesson(lesson: Lesson, settings: Settings) -> int:
    """Play a lesson until the user quits; return the exit status.

    LessonFailed or FileError after that, if the lesson could not continue.
    """
    theme = _prepare_theme(settings)
    from bpstep.tui.app import Debugger
    from bpstep.tui.lesson import LessonFrontend

    frontend = LessonFrontend(lesson, theme, settings.keys, _hidden_actions())
    debugger = Debugger(frontend)
    status = debugger.run(mouse=not settings.no_mouse) or debugger.return_code or 0
    if frontend.lesson_playback.error is not None and not status:
        raise frontend.lesson_playback.error
    return status


def show_error(error: str) -> None:
    """Show an error on a page, where bpstep is served and no page has begun yet."""
    if not is_served() or "bpstep.tui.app" in sys.modules:
        return
    prepare_environment(os.environ)
    from bpstep.tui.error_page import ErrorPage

    ErrorPage(error).run()


def _hidden_actions() -> frozenset[str]:
    """The actions that are not offered: none are hidden from the user; people who are served get no files and
    no shell.
    """
    return LOCAL_ACTIONS if is_served() else frozenset()


def _prepare_theme(settings: Settings) -> Theme:
    """The theme for this terminal; called before Textual is imported."""
    depth = colour_depth(os.environ, settings.no_color)
    prepare_environment(os.environ)
    # Imports make very many objects that stay: garbage collection among them takes a fifth of the start.
    gc.disable()
    return theme_of(settings, depth, settings.ascii or needs_ascii())


def theme_of(settings: Settings, depth: str, ascii_only: bool) -> Theme:
    """The theme of the settings, for a terminal with this many colours."""
    from bpstep.render.theme import NUMBERS, Theme

    is_table = settings.number_format in TABLE_NAMES
    return Theme(
        settings.theme,
        depth,
        ascii_only,
        0 if is_table else NUMBER_FORMAT_NAMES.index(settings.number_format),
        settings.number_format if is_table else NUMBERS,
    )
