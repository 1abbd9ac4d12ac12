"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.cli.open_session import open_asked
from bpstep.cli.start import need_terminal, settings_of, start_of
from bpstep.model.network import Network
from bpstep.netfile import builtin

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk
    from bpstep.ui.frontend import Seat


def run(
    options: argparse.Namespace,
    find: Callable[[str], Network] = builtin.find,
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
    from bpstep.tui import run as debug

    try:
        return debug(opened.session, settings, start, opened.recorder, opened.said(start.n), sit)
    finally:
        opened.recorder.close()
