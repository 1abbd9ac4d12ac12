"""Evaluating an expression once, at the position shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.shapes import shape_text
from bpstep.program.expression import evaluate_expression, parse_expression
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.prompt import Prompt, error_of

_MAX_CELLS = 24
"""How many cells of an array are shown."""


def prompt_expression(controller: Controller, _count: int) -> None:
    """Ask for an expression and show its value."""

    def accept(text: str) -> None:
        if text.strip():
            controller.show_message(_value_message(controller, text))

    controller.open_prompt(
        Prompt(
            fill(messages.ASK_EXPRESSION),
            accept,
            hint=fill(messages.EXPRESSION_HINT),
            validate=error_of(lambda text: parse_expression(controller.frame.program, text)),
            history=controller.expression_history,
        )
    )


def _value_message(controller: Controller, text: str) -> str:
    """The expression with its value. BpstepError if it is invalid, or reads what is not computed yet."""
    frame = controller.frame
    expression = parse_expression(frame.program, text)
    missing = [name for name in expression.reads if name not in frame.tensors]
    if missing:
        raise BpstepError(fill(messages.NOT_COMPUTED_TO_EVALUATE, names=", ".join(missing)))
    try:
        value = np.asarray(evaluate_expression(expression, frame.tensors), dtype=float)
    except IndexError:
        raise BpstepError(fill(messages.INDEX_OUTSIDE_AXIS, text=expression.text)) from None
    show = controller.theme.number
    if not value.shape:
        return fill(messages.EXPRESSION_VALUE, text=expression.text, value=show(float(value)))
    shown = _array_text(value, show, controller.theme.glyphs.ellipsis)
    shape = controller.theme.to_displayable(shape_text(value.shape))
    return fill(messages.EXPRESSION_ARRAY, text=expression.text, value=shown, shape=shape)


def _array_text(value: Any, show: Callable[[float], str], ellipsis: str) -> str:
    """An array as nested brackets; of a large one only the first cells."""
    if value.size > _MAX_CELLS:
        first = " ".join(show(float(number)) for number in value.ravel()[:_MAX_CELLS])
        return f"[{first} {ellipsis}]"
    if value.ndim == 1:
        return f"[{' '.join(show(float(number)) for number in value)}]"
    return f"[{' '.join(_array_text(row, show, ellipsis) for row in value)}]"


COMMANDS = {"evaluate": prompt_expression}
