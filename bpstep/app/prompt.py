"""A question in the last line, over a cell or an equation: what it says, what an answer does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bpstep.home import Index


@dataclass(frozen=True)
class Prompt:
    """Something to be typed.

    `accept` takes the text; it raises BpstepError where the text won't do, and the prompt stays open.
    """

    label: str
    accept: Callable[[str], None]
    initial: str = ""
    hint: str = ""
    cell: tuple[str, Index] | None = None
    """The cell that the input lies over; the last line where there is none."""
    keys: str = ""
    """Characters each of which is an answer by itself, without Enter."""
    equation: str = ""
    """What stands before the input, `delta_Y = `, where it lies over the equation in the formula pane."""
    judge: Callable[[str], str] | None = None
    """Says, while one types, what is wrong with the text as it is; nothing where it would do."""
