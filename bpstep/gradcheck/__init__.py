"""Is every gradient right, and which equation is to blame where not? Do the published values come out?"""

from __future__ import annotations

from bpstep.gradcheck.check import (
    GradientReport,
    ParameterReport,
    check_gradients,
    check_gradients_stepwise,
    check_parameter_stepwise,
    run_to_end,
)
from bpstep.gradcheck.culprit import WrongEquation
from bpstep.gradcheck.differences import DEFAULT_STEP, RULE, Element
from bpstep.gradcheck.expected import PublishedValueReport, check_published_values
from bpstep.gradcheck.step_size import StepSizeSweep, sweep_step_sizes

__all__ = [
    "DEFAULT_STEP",
    "RULE",
    "Element",
    "GradientReport",
    "ParameterReport",
    "PublishedValueReport",
    "StepSizeSweep",
    "WrongEquation",
    "check_gradients",
    "check_gradients_stepwise",
    "check_parameter_stepwise",
    "check_published_values",
    "run_to_end",
    "sweep_step_sizes",
]
