"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from platformdirs import user_config_path

from bpstep import library, position, substeps
from bpstep.commands.keeping import Opened, open_asked
from bpstep.config import THEMES, Settings, read_settings
from bpstep.errors import BpstepError
from bpstep.network import Network
from bpstep.store import Moved

if TYPE_CHECKING:
    from bpstep.app.desk import Desk
    from bpstep.app.seat import Seat


def run(
    options: argparse.Namespace,
    find: Callable[[str], Network] = library.find,
    sit: Callable[[Desk], Seat] | None = None,
) -> int:
    """Open the debugger. All that may be wrong is found before the screen changes.

    `sit` gives who sits at the desk, where it is not just the person at the keys.
    """
    settings = settings_of(options)
    opened = open_asked(options, find)
    start = start_of(opened, settings, options)
    if opened.place is None:
        opened.recorder.begin(start)
    need_terminal("the debugger", "bpstep show and bpstep trace")
    from bpstep.app import run as debug

    try:
        return debug(opened.session, settings, start, opened.recorder, opened.said(start.n), sit)
    finally:
        opened.recorder.close()


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
        return substeps.checked(opened.session, n, k)
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
