"""Is every gradient right, and which equation is to blame where not? Do the published values come out?"""

from __future__ import annotations

from bpstep.gradcheck.check import (
    GradientReport,
    ParameterReport,
    checking,
    checking_parameter,
    finished,
    gradient_check,
)
from bpstep.gradcheck.culprit import Culprit
from bpstep.gradcheck.differences import RULE, Element, H
from bpstep.gradcheck.expected import ExpectReport, check_expects
from bpstep.gradcheck.step_size import Sweep, sweep_of

__all__ = [
    "RULE",
    "Culprit",
    "Element",
    "ExpectReport",
    "GradientReport",
    "H",
    "ParameterReport",
    "Sweep",
    "check_expects",
    "checking",
    "checking_parameter",
    "finished",
    "gradient_check",
    "sweep_of",
]
