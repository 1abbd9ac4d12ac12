"""`bpstep check`: is every gradient right, does everything published come out?"""

from __future__ import annotations

import argparse

from bpstep.cli.open import open_session
from bpstep.export.gradcheck import lines
from bpstep.gradcheck.check import gradient_check
from bpstep.gradcheck.expected import check_expects
from bpstep.storage.atomic_write import write


def run(options: argparse.Namespace) -> int:
    """Print what the check finds; 1 where anything failed."""
    session, _ = open_session(options)
    gradients = gradient_check(session, session.resolve(options.at), every=options.all)
    expects = list(check_expects(session))
    write(lines(session.network, gradients, expects))
    return 0 if gradients.ok and all(report.ok for report in expects) else 1
