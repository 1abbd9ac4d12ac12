"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from bpstep.cli import messages
from bpstep.cli.open_session import close_session, open_requested, resumable_note
from bpstep.cli.start import load_settings, require_terminal, start_position
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.tui.terminal import is_served

if TYPE_CHECKING:
    from bpstep.ui.controller import Controller
    from bpstep.ui.frontend import Frontend


def run(
    options: argparse.Namespace,
    open_network: Callable[[str], Network] = builtin.open_network,
    make_frontend: Callable[[Controller], Frontend] | None = None,
) -> int:
    """Open the debugger. Every error is found before the screen changes.

    `make_frontend` makes the front end of a recording; without it there is only the controller.
    """
    settings = load_settings(options)
    opened = open_requested(options, open_network)
    start = start_position(opened, settings, options)
    if opened.position is None:
        opened.recorder.set_start(start)
    require_terminal(messages.DEBUGGER_NEEDS_TERMINAL)
    from bpstep.tui.startup import run_debugger

    # People who use bpstep as a service write no sessions here and are not told of any.
    served = is_served()
    network = opened.session.network
    message = opened.message(start.n) or "; ".join(network.warnings)
    message = message or ("" if served else resumable_note(options, opened))
    recorder = None if served else opened.recorder
    try:
        return run_debugger(opened.session, settings, start, recorder, message, make_frontend)
    finally:
        close_session(opened)
