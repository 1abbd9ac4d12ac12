"""What is wrong with the transpose of an operand, as it is written."""

from __future__ import annotations

from bpstep.gradcheck import messages
from bpstep.text import fill


def transpose_mistake(part: str, is_transposed: bool) -> str:
    """Says of an operand whether its transpose is too much or missing.

    `part` is the operand without its transpose, and `is_transposed` how it stands in the wrong equation.
    """
    template = messages.TRANSPOSE_TOO_MANY if is_transposed else messages.TRANSPOSE_MISSING
    return fill(template, part=part)
