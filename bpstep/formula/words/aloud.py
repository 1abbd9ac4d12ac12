"""One operation on numbers as one reads it aloud."""

from __future__ import annotations

from bpstep.cells import cell_name
from bpstep.formula.operation import cells
from bpstep.operations.inside import Inside
from bpstep.operations.tree import called

_SAID = {
    "Add": "{0} plus {1} is {v}",
    "Sub": "{0} minus {1} is {v}",
    "Mult": "{0} times {1} is {v}",
    "Div": "{0} divided by {1} is {v}",
    "Pow": "{0} to the power {1} is {v}",
    "USub": "{0} with its sign turned is {v}",
    "outer": "{0} times {1} is {v}",
    "exp": "e to the power {0} is {v}",
    "log": "The natural logarithm of {0} is {v}",
    "sqrt": "The square root of {0} is {v}",
    "abs": "{0} without its sign is {v}",
    "tanh": "tanh squashes {0} into -1 to 1: {v}",
    "sigmoid": "The sigmoid squashes {0} into 0 to 1: {v}",
    "max": "The larger of {0} and {1} is {v}",
    "min": "The smaller of {0} and {1} is {v}",
    "any": "One of {0} and {1} holds: {v}",
    "all": "Both of {0} and {1} hold: {v}",
}


def aloud(inside: Inside, numbers: list[str], v: str) -> str:
    """The operation on `numbers`, which gives `v`, both as they are printed; without a full stop."""
    stage = inside.operation.stage
    node = stage.node
    if stage.part == "copy":
        source = next((cell_name(cell.name, cell.index) for cell in cells(inside)), "")
        name = cell_name(inside.step.name, inside.cell)
        start = f"{name} takes over {source}, {v}" if source else f"{name} is {v}"
        return f"{start}: nothing is computed"
    name = {"products": "Mult", "divide": "Div"}.get(stage.part) or called(node)
    name = name or type(getattr(node, "op", node)).__name__
    if name in ("MatMult", "sum", "mean"):
        name = "Add"
    if name == "max" and called(inside.step.tree) == "softmax":
        return f"{_SAID[name].format(*numbers, v=v)}: subtracted so that no exponential overflows; it cancels"
    if name == "Pow" and numbers[1] == "2":
        return f"{numbers[0]} squared is {v}"
    if name == "Compare":
        return f"Is it so for {' and '.join(numbers)}? {'Yes' if inside.operation.value else 'No'}"
    if name == "where":
        return f"The condition {'holds' if inside.operation.operands[0] else 'does not hold'}: {v}"
    return _SAID[name].format(*numbers, v=v)
