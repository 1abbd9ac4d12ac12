"""The verdicts on a gradient or an equation."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The four verdicts. The exports use these values."""

    AGREES = "agrees"
    DIFFERS = "differs"
    TOO_SMALL = "too small to tell"
    NOT_CHECKED = "not checked"


class Reason(StrEnum):
    """Why something was not checked."""

    KINK = "kink"
    """It is at a kink, where there is no derivative."""
    TIE = "tie"
    """It is at a kink where several numbers share a maximum or minimum, and become different as the weight
    changes.
    """
    NO_NUMBER = "no number"
    """The loss or the equation gives NaN or infinity there."""
    STEP_LOST = "step lost"
    """The weight is so large that its change is lost in rounding."""
    INPUTS = "inputs"
    """The equation reads wrong values, and the right ones could not be found."""
