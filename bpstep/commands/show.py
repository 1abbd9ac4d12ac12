"""`bpstep show`: one moment, without a screen."""

from __future__ import annotations

import argparse

from bpstep.commands.opening import open_session
from bpstep.export import json_lines, text
from bpstep.export.output import write


def run(options: argparse.Namespace) -> int:
    """Print the moment."""
    session, _ = open_session(options)
    session.goto(options.at)
    write([json_lines.moment(session.frame)] if options.format == "json" else text.moment(session.frame))
    return 0
