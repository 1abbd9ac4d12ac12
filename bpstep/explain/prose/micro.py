"""One operation on numbers as one reads it aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bpstep.engine.micro.plan import called
from bpstep.engine.micro.state import Inside
from bpstep.explain.micro_line import cells, more_digits, operator_of, taken
from bpstep.explain.numbers import brief, precise
from bpstep.explain.prose.units import unit
from bpstep.explain.scalar import Apply, Cell, Scalar
from bpstep.lang.cells import cell_name
from bpstep.program.diagram import Edge, Node, Place
from bpstep.session.frame import Frame

_OPERATIONS = {
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
        largest = _OPERATIONS[name].format(*numbers, v=v)
        return f"{largest}: subtracted so that no exponential overflows; it cancels"
    if name == "Pow" and numbers[1] == "2":
        return f"{numbers[0]} squared is {v}"
    if name == "Compare":
        return f"Is it so for {' and '.join(numbers)}? {'Yes' if inside.operation.value else 'No'}"
    if name == "where":
        return f"The condition {'holds' if inside.operation.operands[0] else 'does not hold'}: {v}"
    return _OPERATIONS[name].format(*numbers, v=v)


_FACTORS = {"*": "times", "-": "minus", "+": "plus", "/": "divided by"}

_SENT = ("delta_weights", "delta_row")
"""In a weight's gradient an output is what was sent over the weight."""


def factors(frame: Frame, inside: Inside, numbers: list[str], v: str) -> str:
    """What an operation of the backward phase does, with the meaning of its numbers.

    Empty where they have none. `numbers` and `v` are what it takes and gives, printed.
    """
    sign, parts = operator_of(inside), taken(inside)
    nouns = [_noun(frame, inside, part) for part in parts]
    if sign not in _FACTORS or not any(nouns):
        return ""
    if inside.step.role.kind == "delta_output" and sign == "-" and all(nouns):
        here = _unit(frame, parts[0])
        return f"the output of {here} is {numbers[0]}, its target {numbers[1]}: the difference is {v}"
    one, two = (f"{noun}, {number}," if noun else number for noun, number in zip(nouns, numbers))
    gives = _of_kind(frame, parts[-1], made=True) if sign == "*" else ""
    return f"{one} {_FACTORS[sign]} {two} is {v}{f': {gives}' if gives else ''}"


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


def told(frame: Frame, inside: Inside) -> str:
    """The sentence, and what it means for the cell that is being written."""
    return _Teller(frame, inside).sentence()


@dataclass(frozen=True)
class _Teller:
    frame: Frame
    inside: Inside

    def sentence(self) -> str:
        role = self.inside.step.role.kind
        derived = self.inside.step.name not in self.frame.own
        own = _KINDS.get((role, self._part)) if derived else None
        return f"{(own or _Teller.plain)(self)}{self.end()}"

    @property
    def _part(self) -> str:
        part = self.inside.operation.stage.part
        return "each" if part == "divide" else part

    @cached_property
    def numbers(self) -> list[str]:
        """What the operation takes, printed."""
        return [brief(value, more_digits(self.inside)) for value in self.inside.operation.operands]

    @property
    def v(self) -> str:
        """What it gives, printed."""
        return brief(self.inside.operation.value, more_digits(self.inside))

    @property
    def name(self) -> str:
        """The cell of the result that it is for."""
        return cell_name(self.inside.step.name, self.inside.cell)

    def place(self, cell: Cell | None) -> Place | None:
        """The node or edge of a cell."""
        return None if cell is None else self.frame.program.homes[cell.name].place(cell.index)

    def found(self, kind: type) -> tuple[Place | None, Cell | None]:
        """The last node, or edge, that the operation reads, and its cell."""
        for cell in reversed(cells(self.inside)):
            place = self.place(cell)
            if isinstance(place, kind):
                return place, cell
        return None, None

    def unit(self, place: Node) -> str:
        """A unit's name."""
        return unit(self.frame.network, *place)

    @property
    def sample(self) -> str:
        """Whose numbers these are, where there are several samples."""
        home, cell = self.frame.program.homes[self.inside.step.name], self.inside.cell
        many = len(self.frame.rows) > 1 and home.kind == "node" and len(cell) > 1
        return f"Sample {cell[0] + 1}: " if many else ""

    def end(self) -> str:
        """What the cell has come to."""
        stage, done = self.inside.operation.stage, self.inside.is_finished(self.inside.cell)
        several = self.inside.progress.last[...] == self.inside.k - 1
        if stage.part == "copy" or (done and self.inside.step.role.kind == "update"):
            return "."
        if done:
            return f". That is {self.name}." if several.sum() == 1 else f". That is {self.inside.step.name}."
        if stage.part == "sums" and self.inside.operation.term == stage.terms - 1:
            return f". All {stage.terms} terms are in."
        return "."

    def plain(self) -> str:
        """The operation as one reads it aloud."""
        return aloud(self.inside, self.numbers, self.v)

    def means(self) -> str:
        """The same with what its numbers are."""
        found = factors(self.frame, self.inside, self.numbers, self.v)
        if found:
            return self.sample + found if self.sample else found[0].upper() + found[1:]
        return self.plain() + slope(self.frame, self.inside)

    def sends(self) -> str:
        """A unit's output goes over an edge."""
        edge, weight = self.found(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        sent = self.numbers[0]
        return (
            f"{self.sample}{source} sends {sent} over the edge of weight {brief(weight.value)} to {target}: "
            f"{self.v} arrives"
        )

    def gathers(self) -> str:
        """A unit adds what comes over an edge."""
        edge, _ = self.found(Edge)
        if not isinstance(edge, Edge):
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} adds what {source} sent: {self.numbers[0]} plus {self.numbers[1]} "
            f"makes {self.v}"
        )

    def bias(self) -> str:
        """A unit adds its bias."""
        node, _ = self.found(Node)
        if not isinstance(node, Node):
            return self.plain()
        return f"{self.sample}{self.unit(node)} adds its bias {self.numbers[1]}: its net is {self.v}"

    def sends_back(self) -> str:
        """A unit's error goes back over an edge."""
        edge, weight = self.found(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} sends its error {self.numbers[0]} back over the edge of weight "
            f"{brief(weight.value)} to {source}: {self.v} arrives"
        )

    def gathers_back(self) -> str:
        """A unit adds the errors that come back to it."""
        edge, _ = self.found(Edge)
        if not isinstance(edge, Edge):
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{source} adds what came back from {target}: {self.numbers[0]} plus "
            f"{self.numbers[1]} makes {self.v}"
        )

    def meets(self) -> str:
        """On an edge what came in meets the error of what it went to."""
        ends = self._ends()
        if ends is None:
            return self.plain()
        return (
            f"{self._row}{ends[0]} gave {self.numbers[0]}, the error of {ends[1]} is {self.numbers[1]}: "
            f"together {self.v}"
        )

    def over_samples(self) -> str:
        """The samples' parts of a gradient are added up."""
        return (
            f"Sample {self.inside.operation.term + 1} adds its part {self.numbers[1]}: so far {self.v} for "
            f"{self.name}"
        )

    def updates(self) -> str:
        """A parameter takes a step."""
        direct = cells(self.inside)
        if len(direct) == 1 and direct[0].name == self.inside.step.name:
            old, new = precise(self.inside.operation.operands[0]), precise(self.inside.operation.value)
            return f"{self.name} goes from {old} to {new}"
        if any(cell.name == "learning_rate" for cell in direct) and self._is_gradient():
            return (
                f"The learning rate {self.numbers[0]} times the slope {self.numbers[1]} is a step of {self.v}"
            )
        return self.plain()

    def _is_gradient(self) -> bool:
        return any(cell.name.startswith("delta_") for cell in cells(self.inside))

    def _ends(self) -> tuple[str, str] | None:
        place = self.frame.program.homes[self.inside.step.name].place(self.inside.cell)
        if not isinstance(place, Edge):
            return None
        return (
            self.unit(Node(place.layer - 1, place.source)),
            self.unit(Node(place.layer, place.target)),
        )

    @property
    def _row(self) -> str:
        """The sample that a term of a gradient comes from."""
        return f"In sample {self.inside.operation.term + 1} " if len(self.frame.rows) > 1 else ""


_BACKWARD = ("delta_output", "factor_activation", "delta_net", "delta_weights", "delta_row", "delta_bias")

_KINDS: dict[tuple[str, str], Callable[[_Teller], str]] = {
    ("net", "products"): _Teller.sends,
    ("net", "sums"): _Teller.gathers,
    ("net", "each"): _Teller.bias,
    ("delta_input", "products"): _Teller.sends_back,
    ("delta_input", "sums"): _Teller.gathers_back,
    ("delta_weights", "products"): _Teller.meets,
    ("delta_weights", "sums"): _Teller.over_samples,
    **dict.fromkeys([(kind, "each") for kind in _BACKWARD], _Teller.means),
    ("delta_bias", "sums"): _Teller.over_samples,
    ("update", "each"): _Teller.updates,
}
