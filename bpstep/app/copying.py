"""What `copy` copies: text that can be pasted into Python or a message."""

from __future__ import annotations

import numpy as np

from bpstep.errors import BpstepError
from bpstep.formula.arithmetic import Arithmetic, reading
from bpstep.formula.operation import OperationLine
from bpstep.frame import Frame
from bpstep.views.formula import result_index
from bpstep.views.look import Look
from bpstep.views.view import View, selection


def copy(frame: Frame, view: View, look: Look) -> tuple[str, str]:
    """What is copied, in words, and its text."""
    if view.focus == "formula":
        return "the equation", _equation(frame, view, look)
    chosen = selection(frame, view)
    value = frame.tensors.get(chosen.name)
    if value is None:
        raise BpstepError(f"{chosen.name} is not computed yet: there is nothing to copy")
    return chosen.name, f"{chosen.name} = {np.asarray(value).tolist()}"


def _equation(frame: Frame, view: View, look: Look) -> str:
    if frame.inside:
        writer = Arithmetic(look.glyphs, look.number, {}, terms=20)
        line = OperationLine(frame.inside, writer, look.number).spans()
        return f"{frame.inside.step.equation}\n{''.join(text for text, _ in line)}"
    step = frame.step
    if step is None:
        raise BpstepError("no equation is done yet: there is nothing to copy")
    index = result_index(frame, view)
    writer = Arithmetic(look.glyphs, look.number, {}, terms=20)
    numbers = "".join(text for text, _ in writer.write(reading(step, index, frame.before)))
    value = frame.tensors[step.name]
    result = look.number(float(value[index] if index else value))
    cell = f"[{','.join(map(str, index))}]" if index else ""
    return f"{step.equation}\n{step.name}{cell} = {numbers} = {result}"
