"""`bpstep [NETWORK]`: the debugger."""

from __future__ import annotations

import argparse
import os
import sys

from bpstep.commands.opening import open_session
from bpstep.errors import BpstepError


def run(options: argparse.Namespace) -> int:
    """Open the debugger. All that may be wrong is found before the screen changes."""
    session, settings = open_session(options)
    session.resolve(options.at)
    if not _has_terminal():
        raise BpstepError("the debugger needs a terminal; without one there are bpstep show and bpstep trace")
    from bpstep.app import run as debug

    return debug(
        network=session.network,
        edits=settings,
        at=options.at,
        theme=options.theme,
        ascii=options.ascii,
        no_color=options.no_color,
        no_mouse=options.no_mouse,
    )


def _has_terminal() -> bool:
    # Windows has no TERM.
    named = os.name == "nt" or os.environ.get("TERM", "") not in ("", "dumb")
    return named and all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
