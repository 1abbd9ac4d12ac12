"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.cli.open_session import open_requested
from bpstep.cli.start import load_settings, require_terminal, start_position
from bpstep.model.network import Network
from bpstep.netfile import builtin

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend


def run(
    options: argparse.Namespace,
    open_network: Callable[[str], Network] = builtin.open_network,
    make_frontend: Callable[[Controller], Frontend] | None = None,
) -> int:
    """Open the debugger. All that may be wrong is found before the screen changes.

    `sit` gives who sits at the desk, where it is not just the person at the keys.
    """
    settings = load_settings(options)
    opened = open_requested(options, open_network)
    start = start_position(opened, settings, options)
    if opened.position is None:
        opened.recorder.set_start(start)
    require_terminal("the debugger", "bpstep show and bpstep trace")
    from bpstep.tui import run as debug

    try:
        return debug(opened.session, settings, start, opened.recorder, opened.message(start.n), make_frontend)
    finally:
        opened.recorder.close()
