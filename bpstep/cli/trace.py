"""`bpstep trace`: print every step."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from importlib import import_module

from bpstep.cli import messages
from bpstep.cli.main import TRACE_FORMATS
from bpstep.cli.open import open_session
from bpstep.cli.progress import limit_time, lines_with_progress
from bpstep.session.session import Session
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill


def run(options: argparse.Namespace) -> int:
    """Print the steps, or save them to a file."""
    session = open_session(options)
    module, function = TRACE_FORMATS[options.format].split(".")
    trace: Callable[[Session, int], Iterable[str]] = getattr(
        import_module(f"bpstep.export.{module}"), function
    )
    iterations: int = options.iterations
    n = iterations * session.period

    def part_done() -> float:
        return 1 - session.timeline.distance(iterations) / iterations

    lines: Iterable[str] = trace(session, iterations)
    parts = limit_time(iter(part_done, None), n)
    if options.output is None:
        lines = (line for line, _ in zip(lines, parts))
    else:
        lines = lines_with_progress(lines, parts, fill(messages.COMPUTING, n=n))
    write_lines(lines, options.output)
    return 0
