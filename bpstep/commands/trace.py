"""`bpstep trace`: every step."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from bpstep.commands.opening import open_session
from bpstep.export import json_lines, latex, markdown, python, text
from bpstep.export.output import write
from bpstep.session import Session

_FORMATS: dict[str, Callable[[Session, int], Iterable[str]]] = {
    "text": text.trace,
    "json": json_lines.trace,
    "markdown": markdown.trace,
    "latex": latex.trace,
    "python": python.script,
}


def run(options: argparse.Namespace) -> int:
    """Print or save the steps."""
    session, _ = open_session(options)
    write(_FORMATS[options.format](session, options.iterations), options.output)
    return 0
