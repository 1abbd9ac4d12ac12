"""What a check can say of a gradient or an equation."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The four verdicts. The values are those of the exports."""

    AGREES = "agrees"
    DIFFERS = "differs"
    TOO_SMALL = "too small to tell"
    NOT_CHECKED = "not checked"


class Reason(StrEnum):
    """Why something was not checked."""

    KINK = "kink"
    """It stands at a kink, where there is no derivative."""
    TIE = "tie"
    """Several numbers on the way to the loss share a maximum or minimum, which has no derivative by each."""
    NO_NUMBER = "no number"
    """The loss or the equation gives NaN or infinity there."""
    STEP_LOST = "step lost"
    """The change of the weight is lost in rounding, so large is the weight."""
    INPUTS = "inputs"
    """What the equation reads is wrong, and what would be right could not be found."""
