"""Before the whole screen is taken: what is set, is there a terminal, where does the debugger open."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from platformdirs import user_config_path

from bpstep.cli.open_session import Opened
from bpstep.errors import BpstepError
from bpstep.program import position
from bpstep.session import micro
from bpstep.storage.session_file import Moved
from bpstep.ui.config import THEMES, Settings, read_settings


def start_of(opened: Opened, settings: Settings, options: argparse.Namespace) -> Moved:
    """Where the debugger opens: where one asks for, else where the session was left, else the usual."""
    start = opened.place
    if start is None or options.at is not None:
        start = _at(opened, settings)
    return Moved(start.n, _into(opened, start.n, options.into)) if options.into else start


def _at(opened: Opened, settings: Settings) -> Moved:
    here = opened.place.n if opened.place is not None else 0
    session = opened.session
    try:
        return Moved(position.resolve(settings.at, session.program, here, session.journal.marks))
    except BpstepError as error:
        raise BpstepError(f"{settings.at_place}: {error}" if settings.at_place else str(error)) from None


def _into(opened: Opened, n: int, k: int) -> int:
    """How many operations of the equation after n are done where the debugger opens."""
    try:
        return micro.checked(opened.session, n, k)
    except BpstepError as error:
        raise BpstepError(f"--into: {error}") from None


def settings_of(options: argparse.Namespace) -> Settings:
    """What the configuration says, with what the command line says in its place."""
    return dressed(read_settings(user_config_path("bpstep") / "config.toml"), options)


def dressed(found: Settings, options: argparse.Namespace) -> Settings:
    """Settings with what the command line says in their place."""
    given = {
        name: value
        for name in ("at", "theme", "ascii", "no_color", "no_mouse")
        if (value := getattr(options, name, None)) not in (None, False)
    }
    if "at" in given:
        given["at_place"] = ""
    if given.get("theme", "dark") not in THEMES:
        raise BpstepError(f"there is no theme {given['theme']}: the themes are {' and '.join(THEMES)}")
    return replace(found, **given)


def need_terminal(what: str, instead: str) -> None:
    """BpstepError where there is no terminal."""
    if not _has_terminal():
        raise BpstepError(f"{what} needs a terminal; without one there are {instead}")


def _has_terminal() -> bool:
    # Windows has no TERM.
    named = os.name == "nt" or os.environ.get("TERM", "") not in ("", "dumb")
    return named and all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
