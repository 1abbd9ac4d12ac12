"""`bpstep derive`: the backward pass that belongs to the forward lines of a network or script."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.cli.open import is_script, named_script, open_session, print_warnings, refuse_options
from bpstep.export.derived import derive_backward, derived_json, derived_text
from bpstep.storage.atomic_write import write_lines
from bpstep.text import one_line


def run(options: argparse.Namespace) -> int:
    """Print the forward lines and the backward pass derived from them."""
    if is_script(options.network):
        network = named_script(options.network, options, has_updates=False)
        print_warnings(network)
    else:
        refuse_options(options, messages.ONLY_FOR_A_SCRIPT, ["parameters"])
        network = open_session(options).network
    write = derived_json if options.format == "json" else derived_text
    title = one_line(network.title if network.script is not None else network.name)
    write_lines(write(derive_backward(network, options.parameters), title))
    return 0
