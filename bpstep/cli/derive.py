"""`bpstep derive`: the backward pass that belongs to the forward lines of a network or script."""

from __future__ import annotations

import argparse

from bpstep.cli.open import open_session
from bpstep.export.derived import derive_backward, derived_json, derived_text
from bpstep.storage.atomic_write import write_lines
from bpstep.text import one_line


def run(options: argparse.Namespace) -> int:
    """Print the equations."""
    network = open_session(options).network
    write = derived_json if options.format == "json" else derived_text
    title = one_line(network.title if network.script is not None else network.name)
    write_lines(write(derive_backward(network), title))
    return 0
