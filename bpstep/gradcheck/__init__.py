"""Is every gradient right, and if not, which equations are wrong? Are published values reproduced?

Its input is a session, its output reports: a verdict for every parameter, every equation of the backward
pass, every update and every published value. `report` turns them into sentences.
"""

from __future__ import annotations

from bpstep.gradcheck.check import (
    GradientReport,
    ParameterReport,
    check_gradients,
    check_gradients_stepwise,
    check_parameter_stepwise,
)
from bpstep.gradcheck.differences import DEFAULT_STEP, Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.progress import run_to_end
from bpstep.gradcheck.published_values import PublishedValueReport, check_published_values
from bpstep.gradcheck.step_size_sweep import StepSizeSweep, sweep_step_sizes
from bpstep.gradcheck.verdict import Reason, Verdict

__all__ = [
    "DEFAULT_STEP",
    "Element",
    "EquationReport",
    "GradientReport",
    "ParameterReport",
    "PublishedValueReport",
    "Reason",
    "StepSizeSweep",
    "Verdict",
    "check_gradients",
    "check_gradients_stepwise",
    "check_parameter_stepwise",
    "check_published_values",
    "run_to_end",
    "sweep_step_sizes",
]
