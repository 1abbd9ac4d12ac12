"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep import library
from bpstep.commands.keeping import open_asked
from bpstep.commands.starting import need_terminal, settings_of, start_of
from bpstep.network import Network

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
