"""`bpstep trace`: every step."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from bpstep.cli.open import open_session
from bpstep.export import json, latex, markdown, numpy_script, text
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write

_FORMATS: dict[str, Callable[[Session, int], Iterable[str]]] = {
    "text": text.trace,
    "json": json.trace,
    "markdown": markdown.trace,
    "latex": latex.trace,
    "python": numpy_script.script,
}


def run(options: argparse.Namespace) -> int:
    """Print or save the steps."""
    session, _ = open_session(options)
    write(_FORMATS[options.format](session, options.iterations), options.output)
    return 0
