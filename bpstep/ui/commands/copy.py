"""The action that copies: a tensor's numbers, or an equation, as text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic, cell_arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.render.formula.pane import result_index
from bpstep.render.listing import chosen_line
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller


def copy(controller: Controller, _count: int) -> None:
    """Copy the selected tensor; in the formula pane the equation."""
    message, controller.clipboard_text = text_to_copy(controller.frame, controller.view, controller.theme)
    controller.show_message(message)


def text_to_copy(frame: Frame, view: View, theme: Theme) -> tuple[str, str]:
    """The message about what is copied, and the text: for Python, or for a message."""
    if view.focus == "listing":
        name = chosen_line(frame, view)
        return name, frame.program.steps[frame.program.step_indices[name]].equation
    if view.focus == "formula":
        return fill(messages.COPIED_EQUATION), _equation_text(frame, view, theme)
    chosen = selection(frame, view)
    value = frame.tensors.get(chosen.name)
    if value is None:
        raise BpstepError(fill(messages.NOT_COMPUTED_TO_COPY, name=chosen.name))
    text = f"{chosen.name} = {np.asarray(value).tolist()}"
    return fill(messages.COPIED, what=chosen.name), text


def _equation_text(frame: Frame, view: View, theme: Theme) -> str:
    if frame.inside:
        writer = Arithmetic(theme.glyphs, theme.number, {}, max_terms=20)
        line = OperationLine(frame.inside, writer, theme.number).spans()
        return f"{frame.inside.step.equation}\n{''.join(text for text, _ in line)}"
    step = frame.step
    if step is None:
        raise BpstepError(fill(messages.NO_EQUATION_TO_COPY))
    index = result_index(frame, view)
    writer = Arithmetic(theme.glyphs, theme.number, {}, max_terms=20)
    numbers = "".join(text for text, _ in writer.write(cell_arithmetic(step, index, frame.before)))
    value = frame.tensors[step.name]
    result = theme.number(float(value[index] if index else value))
    cell = f"[{','.join(map(str, index))}]" if index else ""
    return f"{step.equation}\n{step.name}{cell} = {numbers} = {result}"


COMMANDS: dict[str, Callable[[Controller, int], None]] = {"copy": copy}
