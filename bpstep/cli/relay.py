"""`bpstep relay CLASS`: join a class's socket to standard input and output."""

from __future__ import annotations

import argparse

from bpstep.classroom.relay import relay
from bpstep.classroom.sockets import connect_to_class


def run(options: argparse.Namespace) -> int:
    """Copy bytes until either end is closed."""
    relay(connect_to_class(options.name, options.teacher or ""), 0, 1)
    return 0
