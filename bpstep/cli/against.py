"""`bpstep check NETWORK --against grads.npz`: arrays that were computed elsewhere."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.cli.open import apply_settings, open_named_session
from bpstep.cli.progress import go_to
from bpstep.errors import BpstepError
from bpstep.export.against import against_differences, against_json, against_lines
from bpstep.gradcheck.against import compare_arrays, read_arrays
from bpstep.storage.atomic_write import write_lines
from bpstep.text import fill


def check_against(name: str, options: argparse.Namespace) -> int:
    """Print which arrays differ from the tensors; 1 if one does.

    BpstepError if the network or the file can't be read.
    """
    arrays = read_arrays(options.against)
    session = open_named_session(name, options=options)
    apply_settings(session, options.settings)
    position = "i1" if options.at is None else options.at
    try:
        n = session.resolve(position)
    except BpstepError as error:
        raise BpstepError(fill(messages.OPTION_ERROR, option="--at", error=error)) from None
    go_to(session, n)
    found = compare_arrays(session, n, arrays)
    file = options.against.name
    if options.format == "json":
        write_lines(against_json(name, file, position, found, options.quiet))
    elif options.quiet:
        write_lines(against_differences(name, file, found))
    else:
        write_lines(against_lines(name, file, position, found))
    return 0 if all(each.ok for each in found) else 1
