"""`bpstep list`: the built-in networks and scripts."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.netfile import builtin
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill


def run(_options: argparse.Namespace) -> int:
    """Print name, units of each layer and title of every built-in network, then the built-in scripts."""
    entries = builtin.list_builtins()
    scripts = builtin.script_names()
    entries += [(name, fill(messages.SCRIPT), builtin.script_title(name)) for name in scripts]
    names, sizes = (max(len(entry[column]) for entry in entries) for column in (0, 1))
    write_lines(f"{name:<{names}}  {size:<{sizes}}  {title}" for name, size, title in entries)
    return 0
