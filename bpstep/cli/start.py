"""Before the debugger takes the screen: settings, terminal, and where the debugger opens."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from platformdirs import user_config_path

from bpstep import defaults
from bpstep.cli import messages
from bpstep.cli.open_session import OpenedSession
from bpstep.deferred import deferred
from bpstep.errors import BpstepError
from bpstep.program import position
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill
from bpstep.tui.terminal import has_terminal_streams, is_served
from bpstep.ui.config import Settings, read_settings

if TYPE_CHECKING:
    from bpstep.session import micro
else:
    micro = deferred("bpstep.session.micro")


def start_position(opened: OpenedSession, settings: Settings, options: argparse.Namespace) -> CursorPosition:
    """Where the debugger opens: the requested position, else where the session was left, else the default."""
    start = opened.position
    if start is None or options.at is not None:
        start = _requested_position(opened, settings)
    return (
        CursorPosition(start.n, _checked_operations(opened, start.n, options.into)) if options.into else start
    )


def _requested_position(opened: OpenedSession, settings: Settings) -> CursorPosition:
    current = opened.position.n if opened.position is not None else 0
    session = opened.session
    try:
        return CursorPosition(
            position.parse_position(settings.at, session.program, current, session.journal.marks)
        )
    except BpstepError as error:
        raise BpstepError(
            fill(messages.OPTION_ERROR, option=settings.at_source, error=error)
            if settings.at_source
            else str(error)
        ) from None


def _checked_operations(opened: OpenedSession, n: int, k: int) -> int:
    """How many operations of the equation after n are done where the debugger opens."""
    try:
        return micro.check_operation(opened.session, n, k)
    except BpstepError as error:
        raise BpstepError(fill(messages.OPTION_ERROR, option="--into", error=error)) from None


def load_settings(options: argparse.Namespace) -> Settings:
    """The settings of the configuration file, overridden by the command line.

    People who use bpstep as a service are not its user: no file is read for them.
    """
    if is_served():
        return apply_options(Settings(), options)
    return apply_options(read_settings(user_config_path("bpstep") / "config.toml"), options)


def apply_options(settings: Settings, options: argparse.Namespace) -> Settings:
    """The settings, overridden by the command line."""
    overrides = {
        name: value
        for name in ("at", "theme", "ascii", "no_color", "no_mouse")
        if (value := getattr(options, name, None)) not in (None, False)
    }
    if "at" in overrides:
        overrides["at_source"] = ""
    if overrides.get("theme", settings.theme) not in defaults.THEMES:
        raise BpstepError(
            fill(messages.UNKNOWN_THEME, theme=overrides["theme"], themes=", ".join(defaults.THEMES))
        )
    return replace(settings, **overrides)


def require_terminal(refusal: str) -> None:
    """BpstepError with this template if there is no terminal."""
    if not _has_terminal():
        raise BpstepError(fill(refusal))


def _has_terminal() -> bool:
    # Windows has no TERM.
    named = os.name == "nt" or os.environ.get("TERM", "") not in ("", "dumb")
    return is_served() or (named and has_terminal_streams())
