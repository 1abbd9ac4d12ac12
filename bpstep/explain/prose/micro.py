"""Sentences about one operation on single numbers within an equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from bpstep.engine.micro.plan import StageKind
from bpstep.engine.micro.state import PartialStep
from bpstep.explain.micro_line import (
    SELECTING_REDUCTIONS,
    extra_digits,
    operation_cells,
    operation_operands,
    operator_of,
)
from bpstep.explain.numbers import format_brief, format_precise
from bpstep.explain.prose.units import unit_name
from bpstep.explain.scalar import Apply, Cell, Scalar
from bpstep.lang.cells import Index, cell_name
from bpstep.lang.trees import function_name
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.diagram import Edge, LayoutKind, Node, NodeOrEdge
from bpstep.program.program import Role, RoleKind
from bpstep.session.frame import Frame
from bpstep.text import fill

_OPERATIONS = {
    "Add": "{first} plus {second} is {v}",
    "Sub": "{first} minus {second} is {v}",
    "Mult": "{first} times {second} is {v}",
    "Div": "{first} divided by {second} is {v}",
    "Pow": "{first} to the power {second} is {v}",
    "USub": "{first} with its sign changed is {v}",
    "outer": "{first} times {second} is {v}",
    "exp": "e to the power {first} is {v}",
    "log": "The natural logarithm of {first} is {v}",
    "sqrt": "The square root of {first} is {v}",
    "abs": "{first} without its sign is {v}",
    "tanh": "tanh squashes {first} into -1 to 1: {v}",
    "sin": "The sine of {first} is {v}",
    "cos": "The cosine of {first} is {v}",
    "sinh": "The hyperbolic sine of {first} is {v}",
    "cosh": "The hyperbolic cosine of {first} is {v}",
    "arctan": "The arc tangent of {first} is {v}",
    "floor": "The largest whole number that is not above {first} is {v}",
    "sigmoid": "The sigmoid squashes {first} into 0 to 1: {v}",
    "max": "The larger of {first} and {second} is {v}",
    "min": "The smaller of {first} and {second} is {v}",
    "maximum": "The larger of {first} and {second} is {v}",
    "minimum": "The smaller of {first} and {second} is {v}",
    "sign": "The sign of {first} is {v}",
    "uniform": "The random number for these numbers is {v}",
    "log1p": "The natural logarithm of 1 plus {first} is {v}",
    "expm1": "e to the power {first}, minus 1, is {v}",
    "argmax": "After {second}, the largest so far is at index {v}",
    "overlap_add": "The windows' numbers for this position add up to {v}",
    "product": "{factors} multiplied together give {v}",
    "any": "Is {first} or {second} true? {v}",
    "all": "Are {first} and {second} both true? {v}",
    "square": "{first} squared is {v}",
    "largest net input": (
        "The larger of {first} and {second} is {v}: subtracted so that no exponential overflows; it cancels"
    ),
    "condition true": "The condition is true: {v}",
    "condition false": "The condition is false: {v}",
    "copied from": "{cell} is a copy of {source}, {v}: nothing is computed",
    "copied": "{cell} is {v}: nothing is computed",
}
"""What an operation does with the numbers {first} and {second} and its result {v}."""

_COMPARISONS = {
    ("<", True): "{first} is less than {second}: the comparison gives 1",
    ("<", False): "{first} is not less than {second}: the comparison gives 0",
    ("<=", True): "{first} is at most {second}: the comparison gives 1",
    ("<=", False): "{first} is not at most {second}: the comparison gives 0",
    (">", True): "{first} is greater than {second}: the comparison gives 1",
    (">", False): "{first} is not greater than {second}: the comparison gives 0",
    (">=", True): "{first} is at least {second}: the comparison gives 1",
    (">=", False): "{first} is not at least {second}: the comparison gives 0",
    ("==", True): "{first} equals {second}: the comparison gives 1",
    ("==", False): "{first} does not equal {second}: the comparison gives 0",
    ("!=", True): "{first} differs from {second}: the comparison gives 1",
    ("!=", False): "{first} does not differ from {second}: the comparison gives 0",
}
"""By the comparison's operator and its result."""

_DIFFERENCE = "the output of {unit} is {first}, its target {second}: the difference is {v}"
_PRODUCTS = {
    "*": "{one} times {two} is {v}",
    "-": "{one} minus {two} is {v}",
    "+": "{one} plus {two} is {v}",
    "/": "{one} divided by {two} is {v}",
}
_PRODUCT_WITH_MEANING = "{one} times {two} is {v}: {meaning}"
_NAMED_NUMBER = "{noun}, {number},"
_SLOPE_NOTE = "{sentence}: the slope of {unit}'s activation"

_CELL_NOUNS: dict[RoleKind | LayoutKind, str] = {
    RoleKind.FACTOR_INPUT: "the weight from {source} to {target}",
    RoleKind.FACTOR_ROW: "what {source} sent",
    RoleKind.DELTA_OUTPUT: "the error of {unit}",
    RoleKind.DELTA_INPUT: "the error that came back to {unit}",
    RoleKind.DELTA_NET: "the error of {unit} before its activation",
    RoleKind.FACTOR_ACTIVATION: "the slope of {unit}'s activation",
    RoleKind.ACTIVATION: "the output of {unit}",
    LayoutKind.LABEL: "the target of {unit}",
}
"""The meaning of a cell, by the role of the equation that writes it."""

_DERIVED_NOUNS = {
    RoleKind.GRADIENT: "the gradient of {cell}",
    RoleKind.CONTRIBUTION: "what comes back to {cell} through {reader}",
    RoleKind.INNER: "the gradient of an inner result of {by}",
    RoleKind.FACTOR: "the derivative of {of}",
}
"""The meaning of a cell that a derived equation writes."""

_PRODUCT_NOUNS: dict[RoleKind | LayoutKind, str] = {
    RoleKind.FACTOR_INPUT: "the error that comes back to {source}",
    RoleKind.FACTOR_ACTIVATION: "the error of {unit} before its activation",
}
"""The meaning of a product, by the role of its last factor."""

_SENT = "what {unit} sent"

_IN_SAMPLE = "Sample {sample}: {sentence}"
_ENDINGS = {
    "sentence": "{sentence}.",
    "done": "{sentence}. That is {name}.",
    "all terms": "{sentence}. All {count} terms are in.",
    "all compared": "{sentence}. All {count} numbers were compared.",
}
_DERIVED_ENDINGS = {
    RoleKind.GRADIENT: "{sentence}. That is {name}: how {loss} changes with {cell}.",
    RoleKind.CONTRIBUTION: "{sentence}. That is {name}: what comes back to {cell} through {reader}.",
    RoleKind.INNER: "{sentence}. That is {name}: how {loss} changes with an inner result of {by}.",
    RoleKind.FACTOR: "{sentence}. That is {name}: how {of} changes with {by}.",
}
"""The end of the last operation's sentence, by what a derived equation computes."""

_FORWARD_PRODUCT = "{source} sends {sent} over the edge of weight {weight} to {target}: {value} arrives"
_FORWARD_SUM = "{target} adds what {source} sent: {first} plus {second} makes {value}"
_BIAS_SUM = "{unit} adds its bias {bias}: its net input is {value}"
_BACKWARD_PRODUCT = (
    "{target} sends its error {error} back over the edge of weight {weight} to {source}: {value} arrives"
)
_BACKWARD_SUM = "{source} adds what came back from {target}: {first} plus {second} makes {value}"
_GRADIENT_PRODUCT = "{source} sent {sent}; times {target}'s error, {error}, that is {value}"
_GRADIENT_PRODUCT_OF_SAMPLE = (
    "In sample {sample} {source} sent {sent}; times {target}'s error, {error}, that is {value}"
)
_SAMPLE_SUM = "Sample {sample} adds its part {part}: so far {value} for {name}"
_PARAMETER_CHANGE = "{name} goes from {old} to {new}"
_STEP = "The learning rate {rate} times the slope {slope} is a step of {value}"


def operation_prose(inside: PartialStep, numbers: list[str], v: str) -> str:
    """The operation on `numbers` with the result `v`, both as printed, in words without a full stop."""
    if inside.operation.stage.kind == StageKind.COPY:
        source = next((cell_name(cell.name, cell.index) for cell in operation_cells(inside)), "")
        key = "copied from" if source else "copied"
        return fill(_OPERATIONS[key], cell=cell_name(inside.step.name, inside.cell), source=source, v=v)
    name = _operation_name(inside)
    if name == "Compare":
        template = _COMPARISONS[operator_of(inside), bool(inside.operation.value)]
    elif name == "where":
        template = _OPERATIONS["condition true" if inside.operation.operands[0] else "condition false"]
    elif name == "max" and function_name(inside.step.tree) == "softmax" and _is_last_term(inside):
        template = _OPERATIONS["largest net input"]
    elif name == "Pow" and numbers[1] == "2":
        template = _OPERATIONS["square"]
    elif name == "Mult" and len(numbers) > 2:
        return fill(_OPERATIONS["product"], factors=", ".join(numbers), v=v)
    else:
        template = _OPERATIONS[name]
    return _fill_numbers(template, numbers, v=v)


def _is_last_term(inside: PartialStep) -> bool:
    """True if a sum or a maximum is complete."""
    operation = inside.operation
    return operation.stage.kind == StageKind.SUMS and operation.term == operation.stage.terms - 1


_STAGE_OPERATORS = {StageKind.PRODUCTS: "Mult", StageKind.DIVIDE: "Div"}


def _operation_name(inside: PartialStep) -> str:
    node = inside.operation.stage.node
    name = _STAGE_OPERATORS.get(inside.operation.stage.kind) or function_name(node)
    if name == "einsum":
        name = "Mult" if inside.operation.stage.kind == StageKind.EACH else "Add"
    name = name or type(getattr(node, "op", node)).__name__
    return "Add" if name in ("MatMult", "sum", "mean") else name


def _fill_numbers(template: str, numbers: list[str], **slots: object) -> str:
    """A template with the operation's operands in its slots {first} and {second}."""
    return fill(template, **dict(zip(("first", "second"), numbers)), **slots)


_WEIGHT_GRADIENTS = (RoleKind.DELTA_WEIGHTS, RoleKind.DELTA_ROW)
"""In a weight's gradient, an output is the signal that went through the weight."""


def factor_prose(frame: Frame, inside: PartialStep, numbers: list[str], v: str) -> str:
    """What an operation of the backward phase does, with the meaning of its numbers.

    Empty if they have none. `numbers` and `v` are its operands and result, as printed.
    """
    sign, parts = operator_of(inside), operation_operands(inside)
    nouns = [_noun(frame, inside, part) or _derived_noun(frame, part) for part in parts]
    # A product of three factors, as in einsum, has no sentence with their meanings.
    if sign not in _PRODUCTS or len(parts) != 2 or not any(nouns):
        return ""
    if inside.step.role.kind == RoleKind.DELTA_OUTPUT and sign == "-" and all(nouns):
        return _fill_numbers(_DIFFERENCE, numbers, unit=_unit(frame, parts[0]), v=v)
    one, two = (
        fill(_NAMED_NUMBER, noun=noun, number=number) if noun else number
        for noun, number in zip(nouns, numbers)
    )
    meaning = _noun_by_role(frame, parts[-1], is_product=True) if sign == "*" else ""
    return fill(_PRODUCT_WITH_MEANING if meaning else _PRODUCTS[sign], one=one, two=two, v=v, meaning=meaning)


def with_slope_note(frame: Frame, inside: PartialStep, sentence: str) -> str:
    """The sentence, with the result of the last operation of an activation's slope."""
    place = frame.program.layouts[inside.step.name].place_of(inside.cell)
    is_slope = inside.step.role.kind == RoleKind.FACTOR_ACTIVATION and isinstance(place, Node)
    if not is_slope or not inside.is_finished(inside.cell):
        return sentence
    assert isinstance(place, Node)
    return fill(_SLOPE_NOTE, sentence=sentence, unit=unit_name(frame.network, *place))


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


def _derived_noun(frame: Frame, part: Scalar | None) -> str:
    """The meaning of a cell of a derived equation; empty for others, and for parts of a long equation."""
    at = frame.program.step_indices.get(part.name) if isinstance(part, Cell) else None
    if at is None or not isinstance(part, Cell) or not _is_as_derived(frame, part.name):
        return ""
    role = frame.program.steps[at].role
    return _fill_derived(_DERIVED_NOUNS, frame, role, _cell_like(frame, role.by, part.name, part.index))


def _is_as_derived(frame: Frame, name: str) -> bool:
    """False for an equation that may be wrong: a replaced one, and any in an unsolved puzzle."""
    return name not in frame.replaced and not frame.is_unsolved_puzzle


def _fill_derived(
    templates: Mapping[RoleKind, str], frame: Frame, role: Role, cell: str, **slots: str
) -> str:
    """The meaning of a derived equation's cell; empty if its role has none."""
    is_unclear = role.kind == RoleKind.CONTRIBUTION and len(role.via) != 1
    if role.kind not in templates or role.form == DerivedForm.PART or role.scale != 1 or is_unclear:
        return ""
    reader = role.via[0] if role.via else ""
    loss = frame.program.loss
    return fill(templates[role.kind], cell=cell, by=role.by, of=role.of, reader=reader, loss=loss, **slots)


def _cell_like(frame: Frame, name: str, other: str, index: Index) -> str:
    """The cell of a tensor at the position of a cell of another, if their shapes agree; else the tensor."""
    is_alike = name in frame.shapes and frame.shape(name) == frame.shape(other)
    return cell_name(name, index) if is_alike else name


def _noun_by_role(frame: Frame, part: Scalar | None, is_product: bool) -> str:
    """The meaning of a cell, or of the product whose last factor it is; empty if it has none."""
    where = _place(frame, part)
    if not isinstance(part, Cell) or where is None:
        return ""
    nouns = _PRODUCT_NOUNS if is_product else _CELL_NOUNS
    template = nouns.get(_kind(frame, part), "")
    if isinstance(where, Edge):
        source = unit_name(frame.network, where.layer - 1, where.source)
        target = unit_name(frame.network, where.layer, where.target)
        return fill(template, source=source, target=target) if "{source}" in template else ""
    return fill(template, unit=unit_name(frame.network, *where)) if "{unit}" in template else ""


def _sent_noun(frame: Frame, part: Cell) -> str:
    if _kind(frame, part) != RoleKind.ACTIVATION and part.name != "X":
        return ""
    return fill(_SENT, unit=_unit(frame, part))


def _kind(frame: Frame, part: Cell) -> RoleKind | LayoutKind:
    """The role of the equation that writes a cell; label for a target."""
    at = frame.program.step_indices.get(part.name)
    return frame.program.layouts[part.name].kind if at is None else frame.program.steps[at].role.kind


def _place(frame: Frame, part: Scalar | None) -> NodeOrEdge | None:
    if not isinstance(part, Cell):
        return None
    layout = frame.program.layouts[part.name]
    return (
        Node(len(frame.network.layers), part.index[-1])
        if layout.kind == LayoutKind.LABEL
        else layout.place_of(part.index)
    )


def _unit(frame: Frame, part: Scalar | None) -> str:
    place = _place(frame, part)
    return unit_name(frame.network, *place) if isinstance(place, Node) else ""


_Place = TypeVar("_Place", Node, Edge)


def operation_sentence(frame: Frame, inside: PartialStep) -> str:
    """The sentence, with its meaning for the cell that is being computed."""
    return _SentenceWriter(frame, inside).sentence()


@dataclass(frozen=True)
class _SentenceWriter:
    frame: Frame
    inside: PartialStep

    def sentence(self) -> str:
        role = self.inside.step.role.kind
        derived = self.inside.step.name not in self.frame.replaced
        special = _KINDS.get((role, self._part)) if derived else None
        return self.finish((special or _SentenceWriter.plain_prose)(self))

    @property
    def _part(self) -> StageKind:
        part = self.inside.operation.stage.kind
        return StageKind.EACH if part == StageKind.DIVIDE else part

    @cached_property
    def numbers(self) -> list[str]:
        """The operation's operands, as printed."""
        return [format_brief(value, extra_digits(self.inside)) for value in self.inside.operation.operands]

    @property
    def v(self) -> str:
        """The operation's result, as printed."""
        return format_brief(self.inside.operation.value, extra_digits(self.inside))

    @property
    def name(self) -> str:
        """The cell of the result that it computes."""
        return cell_name(self.inside.step.name, self.inside.cell)

    def place(self, tensor: str, index: Index) -> NodeOrEdge | None:
        """The node or edge of a cell."""
        return self.frame.program.layouts[tensor].place_of(index)

    def operand_place(self, kind: type[_Place]) -> tuple[_Place, Cell]:
        """The last node or edge that the operation reads, and its cell."""
        places = (
            (self.place(cell.name, cell.index), cell) for cell in reversed(operation_cells(self.inside))
        )
        return next((place, cell) for place, cell in places if isinstance(place, kind))

    def unit(self, place: Node) -> str:
        return unit_name(self.frame.network, *place)

    def in_sample(self, sentence: str) -> str:
        """The sentence, preceded by the number of its sample if there are several."""
        layout, cell = self.frame.program.layouts[self.inside.step.name], self.inside.cell
        if len(self.frame.rows) == 1 or layout.kind != LayoutKind.NODE or len(cell) < 2:
            return sentence
        return fill(_IN_SAMPLE, sample=cell[0] + 1, sentence=sentence)

    def finish(self, sentence: str) -> str:
        """The sentence with its full stop, and whether the cell is finished."""
        stage, done = self.inside.operation.stage, self.inside.is_finished(self.inside.cell)
        if stage.kind == StageKind.COPY or (done and self.inside.step.role.kind == RoleKind.UPDATE):
            return fill(_ENDINGS["sentence"], sentence=sentence)
        if done:
            last = self.inside.progress.last_operation[...] == self.inside.k - 1
            name = self.name if last.sum() == 1 else self.inside.step.name
            return self.derived_ending(sentence, name) or fill(_ENDINGS["done"], sentence=sentence, name=name)
        if _is_last_term(self.inside):
            compares = function_name(stage.node) in SELECTING_REDUCTIONS
            return fill(
                _ENDINGS["all compared" if compares else "all terms"], sentence=sentence, count=stage.terms
            )
        return fill(_ENDINGS["sentence"], sentence=sentence)

    def derived_ending(self, sentence: str, name: str) -> str:
        """The sentence, with the meaning of the finished cell; empty if its equation is not derived."""
        role, step = self.inside.step.role, self.inside.step
        if not _is_as_derived(self.frame, step.name):
            return ""
        is_cell = name == self.name
        cell = _cell_like(self.frame, role.by, step.name, self.inside.cell) if is_cell else role.by
        return _fill_derived(_DERIVED_ENDINGS, self.frame, role, cell, sentence=sentence, name=name)

    def plain_prose(self) -> str:
        """The operation in plain words."""
        return operation_prose(self.inside, self.numbers, self.v)

    def with_meaning(self) -> str:
        """The operation, with the meaning of its numbers."""
        found = factor_prose(self.frame, self.inside, self.numbers, self.v)
        if not found:
            return with_slope_note(self.frame, self.inside, self.plain_prose())
        told = self.in_sample(found)
        return found[0].upper() + found[1:] if told == found else told

    def forward_product(self) -> str:
        """A unit's output times the weight of an edge."""
        edge, weight = self.operand_place(Edge)
        sentence = fill(
            _FORWARD_PRODUCT,
            source=self.unit(Node(edge.layer - 1, edge.source)),
            sent=self.numbers[0],
            weight=format_brief(weight.value),
            target=self.unit(Node(edge.layer, edge.target)),
            value=self.v,
        )
        return self.in_sample(sentence)

    def forward_sum(self) -> str:
        """A unit sums the inputs from its edges."""
        return self._sum(_FORWARD_SUM)

    def backward_sum(self) -> str:
        """A unit sums the errors that come back to it."""
        return self._sum(_BACKWARD_SUM)

    def _sum(self, template: str) -> str:
        edge, _ = self.operand_place(Edge)
        sentence = _fill_numbers(
            template,
            self.numbers,
            source=self.unit(Node(edge.layer - 1, edge.source)),
            target=self.unit(Node(edge.layer, edge.target)),
            value=self.v,
        )
        return self.in_sample(sentence)

    def bias_sum(self) -> str:
        """A unit adds its bias."""
        node, _ = self.operand_place(Node)
        return self.in_sample(fill(_BIAS_SUM, unit=self.unit(node), bias=self.numbers[1], value=self.v))

    def backward_product(self) -> str:
        """A unit's error times the weight of an edge, backwards."""
        edge, weight = self.operand_place(Edge)
        sentence = fill(
            _BACKWARD_PRODUCT,
            target=self.unit(Node(edge.layer, edge.target)),
            error=self.numbers[0],
            weight=format_brief(weight.value),
            source=self.unit(Node(edge.layer - 1, edge.source)),
            value=self.v,
        )
        return self.in_sample(sentence)

    def gradient_product(self) -> str:
        """The signal through an edge times the error at its end."""
        edge = self.place(self.inside.step.name, self.inside.cell)
        assert isinstance(edge, Edge)
        return fill(
            _GRADIENT_PRODUCT_OF_SAMPLE if len(self.frame.rows) > 1 else _GRADIENT_PRODUCT,
            sample=self.inside.operation.term + 1,
            source=self.unit(Node(edge.layer - 1, edge.source)),
            sent=self.numbers[0],
            target=self.unit(Node(edge.layer, edge.target)),
            error=self.numbers[1],
            value=self.v,
        )

    def sample_sum(self) -> str:
        """The samples' contributions to a gradient are summed."""
        return fill(
            _SAMPLE_SUM,
            sample=self.inside.operation.term + 1,
            part=self.numbers[1],
            value=self.v,
            name=self.name,
        )

    def parameter_update(self) -> str:
        """A parameter is updated."""
        direct = operation_cells(self.inside)
        if len(direct) == 1 and direct[0].name == self.inside.step.name:
            old, new = self.inside.operation.operands[0], self.inside.operation.value
            return fill(_PARAMETER_CHANGE, name=self.name, old=format_precise(old), new=format_precise(new))
        if any(cell.name == "learning_rate" for cell in direct) and self._is_gradient():
            return fill(_STEP, rate=self.numbers[0], slope=self.numbers[1], value=self.v)
        return self.plain_prose()

    def _is_gradient(self) -> bool:
        return any(cell.name.startswith("delta_") for cell in operation_cells(self.inside))


_BACKWARD = (
    RoleKind.DELTA_OUTPUT,
    RoleKind.FACTOR_ACTIVATION,
    RoleKind.DELTA_NET,
    RoleKind.DELTA_WEIGHTS,
    RoleKind.DELTA_ROW,
    RoleKind.DELTA_BIAS,
)

_KINDS: dict[tuple[RoleKind, StageKind], Callable[[_SentenceWriter], str]] = {
    (RoleKind.NET, StageKind.PRODUCTS): _SentenceWriter.forward_product,
    (RoleKind.NET, StageKind.SUMS): _SentenceWriter.forward_sum,
    (RoleKind.NET, StageKind.EACH): _SentenceWriter.bias_sum,
    (RoleKind.DELTA_INPUT, StageKind.PRODUCTS): _SentenceWriter.backward_product,
    (RoleKind.DELTA_INPUT, StageKind.SUMS): _SentenceWriter.backward_sum,
    (RoleKind.DELTA_WEIGHTS, StageKind.PRODUCTS): _SentenceWriter.gradient_product,
    (RoleKind.DELTA_WEIGHTS, StageKind.SUMS): _SentenceWriter.sample_sum,
    **dict.fromkeys([(kind, StageKind.EACH) for kind in _BACKWARD], _SentenceWriter.with_meaning),
    **dict.fromkeys(
        [(kind, stage) for kind in _DERIVED_NOUNS for stage in (StageKind.EACH, StageKind.PRODUCTS)],
        _SentenceWriter.with_meaning,
    ),
    (RoleKind.DELTA_BIAS, StageKind.SUMS): _SentenceWriter.sample_sum,
    (RoleKind.UPDATE, StageKind.EACH): _SentenceWriter.parameter_update,
}
