"""`bpstep check`: is every gradient right, does everything published come out?"""

from __future__ import annotations

import argparse

from bpstep.cli.open import open_session
from bpstep.export.gradcheck import gradcheck_lines
from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.expected import check_published_values
from bpstep.storage.atomic_write import write_lines


def run(options: argparse.Namespace) -> int:
    """Print what the check finds; 1 where anything failed."""
    session, _ = open_session(options)
    gradients = check_gradients(session, session.resolve(options.at), every=options.all)
    expects = list(check_published_values(session))
    write_lines(gradcheck_lines(session.network, gradients, expects))
    return 0 if gradients.ok and all(report.ok for report in expects) else 1
