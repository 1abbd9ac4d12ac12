"""Inside an equation of the backward phase: what each number is, an error, a slope, what a unit sent."""

from __future__ import annotations

from bpstep.formula.operation import operator_of, taken
from bpstep.formula.scalar import Apply, Cell, Scalar
from bpstep.formula.units import unit
from bpstep.frame import Frame
from bpstep.home import Edge, Node, Place
from bpstep.operations.inside import Inside

_SAID = {"*": "times", "-": "minus", "+": "plus", "/": "divided by"}
_SENT = ("delta_weights", "delta_row")
"""In a weight's gradient an output is what was sent over the weight."""


def factors(frame: Frame, inside: Inside, numbers: list[str], v: str) -> str:
    """What an operation of the backward phase does, with the meaning of its numbers.

    Empty where they have none. `numbers` and `v` are what it takes and gives, printed.
    """
    sign, parts = operator_of(inside), taken(inside)
    nouns = [_noun(frame, inside, part) for part in parts]
    if sign not in _SAID or not any(nouns):
        return ""
    if inside.step.role.kind == "delta_output" and sign == "-" and all(nouns):
        here = _unit(frame, parts[0])
        return f"the output of {here} is {numbers[0]}, its target {numbers[1]}: the difference is {v}"
    one, two = (f"{noun}, {number}," if noun else number for noun, number in zip(nouns, numbers))
    gives = _of_kind(frame, parts[-1], made=True) if sign == "*" else ""
    return f"{one} {_SAID[sign]} {two} is {v}{f': {gives}' if gives else ''}"


def slope(frame: Frame, inside: Inside) -> str:
    """What the last operation of an activation's slope gives; empty for any other."""
    place = frame.program.homes[inside.step.name].place(inside.cell)
    if inside.step.role.kind != "factor_activation" or not isinstance(place, Node):
        return ""
    return f": the slope of {unit(frame.network, *place)}'s activation" * inside.is_finished(inside.cell)


def _noun(frame: Frame, inside: Inside, part: Scalar | None) -> str:
    if isinstance(part, Apply) and part.operator == "*":
        return _of_kind(frame, part.arguments[-1], made=True)
    if inside.step.role.kind in _SENT and isinstance(part, Cell) and (sent := _sent(frame, part)):
        return sent
    return _of_kind(frame, part, made=False)


def _of_kind(frame: Frame, part: Scalar | None, made: bool) -> str:
    """What a cell is; `made`: what a product is whose last factor it is."""
    where = _place(frame, part)
    if not isinstance(part, Cell) or where is None:
        return ""
    kind, network = _kind(frame, part), frame.network
    if isinstance(where, Edge):
        source, target = (
            unit(network, where.layer - 1, where.source),
            unit(network, where.layer, where.target),
        )
        words = {"factor_input": f"the weight {source} to {target}", "factor_row": f"what {source} sent"}
        came = {"factor_input": f"the error that comes back to {source}"}
    else:
        here = unit(network, *where)
        words = {
            "delta_output": f"the error of {here}",
            "delta_input": f"the error that came back to {here}",
            "delta_net": f"the error of {here} before its activation",
            "factor_activation": f"the slope of {here}'s activation",
            "activation": f"the output of {here}",
            "label": f"the target of {here}",
        }
        came = {"factor_activation": f"the error of {here} before its activation"}
    return (came if made else words).get(kind, "")


def _sent(frame: Frame, part: Cell) -> str:
    if _kind(frame, part) != "activation" and part.name != "X":
        return ""
    return f"what {_unit(frame, part)} sent"


def _kind(frame: Frame, part: Cell) -> str:
    """The role of the equation that writes a cell; label for a target."""
    at = frame.program.names.get(part.name)
    return frame.program.homes[part.name].kind if at is None else frame.program.steps[at].role.kind


def _place(frame: Frame, part: Scalar | None) -> Place | None:
    if not isinstance(part, Cell):
        return None
    home = frame.program.homes[part.name]
    return Node(len(frame.network.layers), part.index[-1]) if home.kind == "label" else home.place(part.index)


def _unit(frame: Frame, part: Scalar | None) -> str:
    place = _place(frame, part)
    return unit(frame.network, *place) if isinstance(place, Node) else ""
