"""The debugger on a model that a script holds in memory: `bpstep.debug`."""

from __future__ import annotations

import argparse
import asyncio

from bpstep.cli import messages
from bpstep.cli.main import print_line
from bpstep.cli.start import load_settings, require_terminal
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.cursor_position import CursorPosition
from bpstep.text import fill
from bpstep.tui.startup import run_debugger


def debug_session(session: Session) -> None:
    """Open the debugger where the session stands; without a terminal, print one line that says how to get
    one.

    The session is not saved: the script that holds the model can make it again.
    """
    try:
        require_terminal(messages.MODEL_NEEDS_TERMINAL)
        _refuse_event_loop()
    except BpstepError as error:
        print_line(fill(messages.MESSAGE_LINE, kind=fill(messages.KIND_ERROR), message=error))
        return
    start = CursorPosition(session.n, 0)
    run_debugger(
        session, load_settings(argparse.Namespace()), start, message="; ".join(session.network.warnings)
    )


def _refuse_event_loop() -> None:
    """BpstepError inside a running event loop, where the debugger's own cannot run."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise BpstepError(fill(messages.MODEL_IN_EVENT_LOOP))
