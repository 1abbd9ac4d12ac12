"""`bpstep new`: a network file for a CSV file, as a starting point."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.netfile.document import parse_document
from bpstep.netfile.new_network import new_network_lines
from bpstep.netfile.reader import read_document
from bpstep.storage import messages as storage_messages
from bpstep.storage.atomic_write import refuse_missing_folder, write_lines
from bpstep.text import fill, one_line


def run(options: argparse.Namespace) -> int:
    """Write the file, or print it, once bpstep has read it without an error."""
    if options.output == "":
        raise BpstepError(fill(messages.MISSING_OUTPUT))
    target = Path(options.output or "network.toml")
    if options.output and os.path.lexists(target):
        raise BpstepError(fill(storage_messages.FILE_EXISTS, path=one_line(options.output)))
    refuse_missing_folder(str(target))
    lines = list(new_network_lines(Path(options.data), options.layers, options.labels, target))
    read_document(parse_document("\n".join(lines), target))
    write_lines(lines, options.output)
    return 0
