"""One operation on numbers as one reads it aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bpstep.engine.micro.plan import function_name
from bpstep.engine.micro.state import PartialStep
from bpstep.explain.micro_line import extra_digits, operation_cells, operation_operands, operator_of
from bpstep.explain.numbers import format_brief, format_precise
from bpstep.explain.prose.units import unit_name
from bpstep.explain.scalar import Apply, Cell, Scalar
from bpstep.lang.cells import cell_name
from bpstep.program.diagram import Edge, Node, NodeOrEdge
from bpstep.session.frame import Frame

_TEMPLATES = {
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


def operation_prose(inside: PartialStep, numbers: list[str], v: str) -> str:
    """The operation on `numbers`, which gives `v`, both as they are printed; without a full stop."""
    stage = inside.operation.stage
    node = stage.node
    if stage.kind == "copy":
        source = next((cell_name(cell.name, cell.index) for cell in operation_cells(inside)), "")
        name = cell_name(inside.step.name, inside.cell)
        start = f"{name} takes over {source}, {v}" if source else f"{name} is {v}"
        return f"{start}: nothing is computed"
    name = {"products": "Mult", "divide": "Div"}.get(stage.kind) or function_name(node)
    name = name or type(getattr(node, "op", node)).__name__
    if name in ("MatMult", "sum", "mean"):
        name = "Add"
    if name == "max" and function_name(inside.step.tree) == "softmax":
        return (
            f"{_TEMPLATES[name].format(*numbers, v=v)}: subtracted so that no exponential "
            "overflows; it cancels"
        )
    if name == "Pow" and numbers[1] == "2":
        return f"{numbers[0]} squared is {v}"
    if name == "Compare":
        return f"Is it so for {' and '.join(numbers)}? {'Yes' if inside.operation.value else 'No'}"
    if name == "where":
        return f"The condition {'holds' if inside.operation.operands[0] else 'does not hold'}: {v}"
    return _TEMPLATES[name].format(*numbers, v=v)


_OPERATOR_WORDS = {"*": "times", "-": "minus", "+": "plus", "/": "divided by"}

_WEIGHT_GRADIENTS = ("delta_weights", "delta_row")
"""In a weight's gradient an output is what was sent over the weight."""


def factor_prose(frame: Frame, inside: PartialStep, numbers: list[str], v: str) -> str:
    """What an operation of the backward phase does, with the meaning of its numbers.

    Empty where they have none. `numbers` and `v` are what it takes and gives, printed.
    """
    sign, parts = operator_of(inside), operation_operands(inside)
    nouns = [_noun(frame, inside, part) for part in parts]
    if sign not in _OPERATOR_WORDS or not any(nouns):
        return ""
    if inside.step.role.kind == "delta_output" and sign == "-" and all(nouns):
        here = _unit(frame, parts[0])
        return f"the output of {here} is {numbers[0]}, its target {numbers[1]}: the difference is {v}"
    one, two = (f"{noun}, {number}," if noun else number for noun, number in zip(nouns, numbers))
    gives = _noun_by_role(frame, parts[-1], is_product=True) if sign == "*" else ""
    return f"{one} {_OPERATOR_WORDS[sign]} {two} is {v}{f': {gives}' if gives else ''}"


def slope_note(frame: Frame, inside: PartialStep) -> str:
    """What the last operation of an activation's slope gives; empty for any other."""
    place = frame.program.layouts[inside.step.name].place_of(inside.cell)
    if inside.step.role.kind != "factor_activation" or not isinstance(place, Node):
        return ""
    return f": the slope of {unit_name(frame.network, *place)}'s activation" * inside.is_finished(inside.cell)


def _noun(frame: Frame, inside: PartialStep, part: Scalar | None) -> str:
    if isinstance(part, Apply) and part.operator == "*":
        return _noun_by_role(frame, part.arguments[-1], is_product=True)
    if (
        inside.step.role.kind in _WEIGHT_GRADIENTS
        and isinstance(part, Cell)
        and (sent := _sent_noun(frame, part))
    ):
        return sent
    return _noun_by_role(frame, part, is_product=False)


def _noun_by_role(frame: Frame, part: Scalar | None, is_product: bool) -> str:
    """What a cell is; `made`: what a product is whose last factor it is."""
    where = _place(frame, part)
    if not isinstance(part, Cell) or where is None:
        return ""
    kind, network = _kind(frame, part), frame.network
    if isinstance(where, Edge):
        source, target = (
            unit_name(network, where.layer - 1, where.source),
            unit_name(network, where.layer, where.target),
        )
        cell_nouns = {"factor_input": f"the weight {source} to {target}", "factor_row": f"what {source} sent"}
        product_nouns = {"factor_input": f"the error that comes back to {source}"}
    else:
        here = unit_name(network, *where)
        cell_nouns = {
            "delta_output": f"the error of {here}",
            "delta_input": f"the error that came back to {here}",
            "delta_net": f"the error of {here} before its activation",
            "factor_activation": f"the slope of {here}'s activation",
            "activation": f"the output of {here}",
            "label": f"the target of {here}",
        }
        product_nouns = {"factor_activation": f"the error of {here} before its activation"}
    return (product_nouns if is_product else cell_nouns).get(kind, "")


def _sent_noun(frame: Frame, part: Cell) -> str:
    if _kind(frame, part) != "activation" and part.name != "X":
        return ""
    return f"what {_unit(frame, part)} sent"


def _kind(frame: Frame, part: Cell) -> str:
    """The role of the equation that writes a cell; label for a target."""
    at = frame.program.step_indices.get(part.name)
    return frame.program.layouts[part.name].kind if at is None else frame.program.steps[at].role.kind


def _place(frame: Frame, part: Scalar | None) -> NodeOrEdge | None:
    if not isinstance(part, Cell):
        return None
    layout = frame.program.layouts[part.name]
    return (
        Node(len(frame.network.layers), part.index[-1])
        if layout.kind == "label"
        else layout.place_of(part.index)
    )


def _unit(frame: Frame, part: Scalar | None) -> str:
    place = _place(frame, part)
    return unit_name(frame.network, *place) if isinstance(place, Node) else ""


def operation_sentence(frame: Frame, inside: PartialStep) -> str:
    """The sentence, and what it means for the cell that is being written."""
    return _SentenceWriter(frame, inside).sentence()


@dataclass(frozen=True)
class _SentenceWriter:
    frame: Frame
    inside: PartialStep

    def sentence(self) -> str:
        role = self.inside.step.role.kind
        derived = self.inside.step.name not in self.frame.replaced
        special = _KINDS.get((role, self._part)) if derived else None
        return f"{(special or _SentenceWriter.plain_prose)(self)}{self.ending()}"

    @property
    def _part(self) -> str:
        part = self.inside.operation.stage.kind
        return "each" if part == "divide" else part

    @cached_property
    def numbers(self) -> list[str]:
        """What the operation takes, printed."""
        return [format_brief(value, extra_digits(self.inside)) for value in self.inside.operation.operands]

    @property
    def v(self) -> str:
        """What it gives, printed."""
        return format_brief(self.inside.operation.value, extra_digits(self.inside))

    @property
    def name(self) -> str:
        """The cell of the result that it is for."""
        return cell_name(self.inside.step.name, self.inside.cell)

    def place(self, cell: Cell | None) -> NodeOrEdge | None:
        """The node or edge of a cell."""
        return None if cell is None else self.frame.program.layouts[cell.name].place_of(cell.index)

    def operand_place(self, kind: type) -> tuple[NodeOrEdge | None, Cell | None]:
        """The last node, or edge, that the operation reads, and its cell."""
        for cell in reversed(operation_cells(self.inside)):
            place = self.place(cell)
            if isinstance(place, kind):
                return place, cell
        return None, None

    def unit(self, place: Node) -> str:
        """A unit's name."""
        return unit_name(self.frame.network, *place)

    @property
    def sample(self) -> str:
        """Whose numbers these are, where there are several samples."""
        layout, cell = self.frame.program.layouts[self.inside.step.name], self.inside.cell
        many = len(self.frame.rows) > 1 and layout.kind == "node" and len(cell) > 1
        return f"Sample {cell[0] + 1}: " if many else ""

    def ending(self) -> str:
        """What the cell has come to."""
        stage, done = self.inside.operation.stage, self.inside.is_finished(self.inside.cell)
        several = self.inside.progress.last_operation[...] == self.inside.k - 1
        if stage.kind == "copy" or (done and self.inside.step.role.kind == "update"):
            return "."
        if done:
            return f". That is {self.name}." if several.sum() == 1 else f". That is {self.inside.step.name}."
        if stage.kind == "sums" and self.inside.operation.term == stage.terms - 1:
            return f". All {stage.terms} terms are in."
        return "."

    def plain_prose(self) -> str:
        """The operation as one reads it aloud."""
        return operation_prose(self.inside, self.numbers, self.v)

    def with_meaning(self) -> str:
        """The same with what its numbers are."""
        found = factor_prose(self.frame, self.inside, self.numbers, self.v)
        if found:
            return self.sample + found if self.sample else found[0].upper() + found[1:]
        return self.plain_prose() + slope_note(self.frame, self.inside)

    def forward_product(self) -> str:
        """A unit's output goes over an edge."""
        edge, weight = self.operand_place(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain_prose()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        sent = self.numbers[0]
        return (
            f"{self.sample}{source} sends {sent} over the edge of weight "
            f"{format_brief(weight.value)} to {target}: "
            f"{self.v} arrives"
        )

    def forward_sum(self) -> str:
        """A unit adds what comes over an edge."""
        edge, _ = self.operand_place(Edge)
        if not isinstance(edge, Edge):
            return self.plain_prose()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} adds what {source} sent: {self.numbers[0]} plus {self.numbers[1]} "
            f"makes {self.v}"
        )

    def bias_sum(self) -> str:
        """A unit adds its bias."""
        node, _ = self.operand_place(Node)
        if not isinstance(node, Node):
            return self.plain_prose()
        return f"{self.sample}{self.unit(node)} adds its bias {self.numbers[1]}: its net is {self.v}"

    def backward_product(self) -> str:
        """A unit's error goes back over an edge."""
        edge, weight = self.operand_place(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain_prose()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} sends its error {self.numbers[0]} back over the edge of weight "
            f"{format_brief(weight.value)} to {source}: {self.v} arrives"
        )

    def backward_sum(self) -> str:
        """A unit adds the errors that come back to it."""
        edge, _ = self.operand_place(Edge)
        if not isinstance(edge, Edge):
            return self.plain_prose()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{source} adds what came back from {target}: {self.numbers[0]} plus "
            f"{self.numbers[1]} makes {self.v}"
        )

    def gradient_product(self) -> str:
        """On an edge what came in meets the error of what it went to."""
        ends = self._end_units()
        if ends is None:
            return self.plain_prose()
        return (
            f"{self._sample_of_term}{ends[0]} gave {self.numbers[0]}, the error of "
            f"{ends[1]} is {self.numbers[1]}: "
            f"together {self.v}"
        )

    def sample_sum(self) -> str:
        """The samples' parts of a gradient are added up."""
        return (
            f"Sample {self.inside.operation.term + 1} adds its part {self.numbers[1]}: so far {self.v} for "
            f"{self.name}"
        )

    def parameter_update(self) -> str:
        """A parameter takes a step."""
        direct = operation_cells(self.inside)
        if len(direct) == 1 and direct[0].name == self.inside.step.name:
            old, new = (
                format_precise(self.inside.operation.operands[0]),
                format_precise(self.inside.operation.value),
            )
            return f"{self.name} goes from {old} to {new}"
        if any(cell.name == "learning_rate" for cell in direct) and self._is_gradient():
            return (
                f"The learning rate {self.numbers[0]} times the slope {self.numbers[1]} is a step of {self.v}"
            )
        return self.plain_prose()

    def _is_gradient(self) -> bool:
        return any(cell.name.startswith("delta_") for cell in operation_cells(self.inside))

    def _end_units(self) -> tuple[str, str] | None:
        place = self.frame.program.layouts[self.inside.step.name].place_of(self.inside.cell)
        if not isinstance(place, Edge):
            return None
        return (
            self.unit(Node(place.layer - 1, place.source)),
            self.unit(Node(place.layer, place.target)),
        )

    @property
    def _sample_of_term(self) -> str:
        """The sample that a term of a gradient comes from."""
        return f"In sample {self.inside.operation.term + 1} " if len(self.frame.rows) > 1 else ""


_BACKWARD = ("delta_output", "factor_activation", "delta_net", "delta_weights", "delta_row", "delta_bias")

_KINDS: dict[tuple[str, str], Callable[[_SentenceWriter], str]] = {
    ("net", "products"): _SentenceWriter.forward_product,
    ("net", "sums"): _SentenceWriter.forward_sum,
    ("net", "each"): _SentenceWriter.bias_sum,
    ("delta_input", "products"): _SentenceWriter.backward_product,
    ("delta_input", "sums"): _SentenceWriter.backward_sum,
    ("delta_weights", "products"): _SentenceWriter.gradient_product,
    ("delta_weights", "sums"): _SentenceWriter.sample_sum,
    **dict.fromkeys([(kind, "each") for kind in _BACKWARD], _SentenceWriter.with_meaning),
    ("delta_bias", "sums"): _SentenceWriter.sample_sum,
    ("update", "each"): _SentenceWriter.parameter_update,
}
