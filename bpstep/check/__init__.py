"""Is every gradient right, and which equation is to blame where not? Do the published values come out?"""

from __future__ import annotations

from bpstep.check.culprit import Culprit
from bpstep.check.elements import RULE, Element, H
from bpstep.check.expects import ExpectReport, check_expects
from bpstep.check.gradients import GradientReport, checking, checking_parameter, finished, gradient_check
from bpstep.check.parameters import ParameterReport
from bpstep.check.sweep import Sweep, sweep_of

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
