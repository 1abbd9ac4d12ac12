"""`bpstep list`: the built-in networks."""

from __future__ import annotations

import argparse

from bpstep.netfile import builtin
from bpstep.storage.atomic_write import write_lines


def run(_options: argparse.Namespace) -> int:
    """Print name, units of each layer and title of every built-in network."""
    entries = builtin.list_builtins()
    names, sizes = (max(len(entry[column]) for entry in entries) for column in (0, 1))
    write_lines(f"{name:<{names}}  {size:<{sizes}}  {title}" for name, size, title in entries)
    return 0
