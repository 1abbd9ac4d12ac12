"""`bpstep check`: is every gradient right, does everything published come out?"""

from __future__ import annotations

import argparse

from bpstep.check import check_expects, gradient_check
from bpstep.commands.opening import open_session
from bpstep.export.output import write
from bpstep.export.report import lines


def run(options: argparse.Namespace) -> int:
    """Print what the check finds; 1 where anything failed."""
    session, _ = open_session(options)
    gradients = gradient_check(session, session.resolve(options.at), every=options.all)
    expects = list(check_expects(session))
    write(lines(session.network, gradients, expects))
    return 0 if gradients.ok and all(report.ok for report in expects) else 1
