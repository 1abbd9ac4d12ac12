"""A question in the last line, or over a cell: its words, what is typed already, what an answer does."""

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
