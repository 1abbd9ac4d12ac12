"""`bpstep functions`: what an equation may call."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bpstep.cli import messages
from bpstep.lang.functions import function_help
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill

_GAP = "  "
_MAX_COLUMN = 44
"""A longer text continues on a line of its own, so that one long definition does not move the columns."""


def run(_options: argparse.Namespace) -> int:
    """Print every function: a call, what it gives, its derivative by x where it has one."""
    write_lines(_table())
    return 0


def _table() -> Iterator[str]:
    head = tuple(map(fill, (messages.FUNCTION_COLUMN, messages.GIVES_COLUMN, messages.DERIVATIVE_COLUMN)))
    rows = [
        head,
        *((each.call, _text(each.gives), _text(each.derivative or each.back)) for each in function_help()),
    ]
    call, gives = (
        max(len(row[column]) for row in rows if len(row[column]) <= _MAX_COLUMN) for column in (0, 1)
    )
    for name, value, derivative in rows:
        start = f"{name:<{call}}{_GAP}"
        if len(value) > _MAX_COLUMN:
            yield f"{start}{value}"
            start, value = " " * len(start), ""
        if value or derivative:
            yield f"{start}{value:<{gives}}{_GAP}{derivative}".rstrip()


def _text(template: str) -> str:
    return fill(template) if template else ""
