"""`bpstep trace`: print every step."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from importlib import import_module

from bpstep.cli.main import TRACE_FORMATS
from bpstep.cli.open import open_session
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write_lines


def run(options: argparse.Namespace) -> int:
    """Print the steps, or save them to a file."""
    session = open_session(options)
    module, function = TRACE_FORMATS[options.format].split(".")
    trace: Callable[[Session, int], Iterable[str]] = getattr(
        import_module(f"bpstep.export.{module}"), function
    )
    write_lines(trace(session, options.iterations), options.output)
    return 0
