"""A training iteration as a short list of equations in source text."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np

from bpstep.deferred import deferred
from bpstep.errors import ExpressionError
from bpstep.frozen import frozen
from bpstep.lang import lowering, parser
from bpstep.lang import messages as lang_messages
from bpstep.lang.cost import check_cost
from bpstep.lang.index_bounds import Range, check_index_bounds, column_key, index_range, whole_ranges
from bpstep.lang.shapes import (
    Shape,
    WholeShape,
    WrittenShape,
    check_indices,
    indexes_by,
    result_shape,
    shape_text,
    value_shape,
    whole_names,
)
from bpstep.model.network import Array
from bpstep.program import messages
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.diagram import Diagram, TensorLayout
from bpstep.text import closest, fill

if TYPE_CHECKING:
    from bpstep.lang import products
else:
    products = deferred("bpstep.lang.products")


class Phase(StrEnum):
    """The four phases of an iteration, in order; each is also a position that a person may type."""

    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    UPDATE = "update"

    @property
    def is_forward(self) -> bool:
        """True up to and including the loss, which ends the forward pass."""
        return self in (Phase.FORWARD, Phase.LOSS)


PHASES = tuple(Phase)


class RoleKind(StrEnum):
    """What an equation computes."""

    NET = "net"
    """A layer's net input."""
    ACTIVATION = "activation"
    """A layer's output."""
    LOSS = "loss"
    DELTA_OUTPUT = "delta_output"
    """The loss's gradient with respect to the network's output."""
    FACTOR_ACTIVATION = "factor_activation"
    """The slope of an activation."""
    DELTA_NET = "delta_net"
    """The gradient of a net input."""
    DELTA_WEIGHTS = "delta_weights"
    DELTA_BIAS = "delta_bias"
    FACTOR_INPUT = "factor_input"
    """The derivative of a net input by the layer's input: transposed weights."""
    DELTA_INPUT = "delta_input"
    """The gradient of a layer's input."""
    FACTOR_ROW = "factor_row"
    """The derivative of a net input by one row of weights, in the article's form."""
    DELTA_ROW = "delta_row"
    """The gradient of one row of weights, in the article's form."""
    COUNT = "count"
    """The optimiser's count of updates."""
    RATE = "rate"
    """The learning rate of the next iteration."""
    SLOT = "slot"
    """What an optimiser remembers for a parameter."""
    UPDATE = "update"
    """A parameter's new value."""
    RUNNING = "running"
    """A running value: a statistic of the batch, averaged from batch to batch for test samples."""
    VALUE = "value"
    """A tensor of a forward pass that is given by its equations."""
    GRADIENT = "gradient"
    """The gradient of a tensor, derived from such a forward pass."""
    CONTRIBUTION = "contribution"
    """The part of a gradient that comes through some of a tensor's readers, or through a part of one."""
    INNER = "inner"
    """The gradient of an intermediate result within an equation, which has no name."""
    FACTOR = "factor"
    """The derivative of a tensor with respect to one that its equation reads."""


Tensors = Mapping[str, Any]
"""Arrays by name; a tensor without axes is a NumPy scalar.

All are float64, except tensors of integers, which can be indices.
"""


@frozen
class Role:
    """The purpose of an equation: it determines its sentence, its symbols and its place in the chain rule."""

    kind: RoleKind
    layer: int = 0
    """Its layer of weights, counted from 1."""
    of: str = ""
    """What is differentiated: E for a gradient, A for the factor delta_A_B."""
    by: str = ""
    """The tensor it is about: Q of delta_Q, B of delta_A_B, the parameter of a slot or update."""
    form: DerivedForm | None = None
    """How a derived equation is made; None for one that is given."""
    via: tuple[str, ...] = ()
    """The forward equations through which a derived gradient comes back."""
    rules: tuple[str, ...] = ()
    """The operations that it passes, from the reader's result inwards."""
    scale: float = 1.0
    """A script's gradient divided by the derivative: -1, 1/m."""
    inner: str = ""
    """The intermediate result of `by`'s equation that a script's gradient is by, as written there."""


@frozen
class OpenCall:
    """A call of one of a script's functions whose lines are running."""

    name: str
    """The function's name in the script: `backward`, `Net.forward`."""
    place: str
    """Where it is called: `homework.py:40`."""


@frozen
class Origin:
    """The line of a person's own script that an equation was read from."""

    written: str
    """The statement as its author wrote it, joined to one line."""
    place: str
    """Its place: `homework.py:34`, `homework.ipynb:cell 3:12`."""
    line: int
    """The line, counted through all cells of a notebook."""
    calls: tuple[OpenCall, ...] = ()
    """The calls that are open there, the outermost first."""
    given: str = ""
    """Why the right-hand side can't be read as an equation, so that its value counts as given; else empty."""
    file: str = ""
    """The path of its file in the script's folder."""


@frozen
class Step:
    """One equation: `name = source`."""

    name: str
    source: str
    phase: Phase
    role: Role
    derived: str
    """The derived right-hand side; `source` if nothing replaces it. In a puzzle, the one it comes with."""
    tree: ast.expr = field(compare=False, repr=False)
    code: CodeType = field(compare=False, repr=False)
    lowered: ast.expr = field(compare=False, repr=False)
    origin: Origin | None = None
    """The line of a script that it was read from."""

    @property
    def equation(self) -> str:
        """The line of text: `delta_V = delta_Y * delta_Y_net2 * H`."""
        if self.origin is not None and self.origin.given:
            return self.origin.written
        return f"{self.name} = {self.source}"

    @property
    def is_given(self) -> bool:
        """True for a line of a script that is not an equation: its value is taken as given."""
        return self.origin is not None and bool(self.origin.given)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The tensors it reads, in order of first appearance."""
        return parser.reads(self.tree)


@frozen
class EquationDraft:
    """An equation before it is checked, as a derivation makes it."""

    name: str
    source: str
    phase: Phase
    role: Role
    layout: TensorLayout
    origin: Origin | None = None


@frozen
class GivenTensors:
    """The tensors that are present before the first step of a program."""

    values: Tensors
    """With the shapes of a usual batch."""
    layouts: Mapping[str, TensorLayout]
    batches: Sequence[dict[str, Shape]] = ({},)
    """The shapes of the data in each kind of batch, the usual first."""
    weights: Collection[str] = ()
    """Every weight and bias of the network, including held ones."""
    ranges: Mapping[str, Range] = field(default_factory=dict)
    """The least and the greatest number of each tensor that can be an index, if its values do not tell."""


class Program:
    """The equations of one iteration, in order, checked: every name, every shape.

    `gradients` are the equations that give the gradient of each parameter. `replaced` maps names of equations
    to other right-hand sides; those in `hidden` count as the derived ones, so that nobody can tell.
    `original` is a program of the same drafts and tensors with other replacements: what it has checked is not
    checked again. ExpressionError, with `equation` set, if an equation is invalid.
    """

    def __init__(
        self,
        drafts: list[EquationDraft],
        tensors: GivenTensors,
        gradients: Mapping[str, tuple[str, ...]],
        replaced: Mapping[str, str] | None = None,
        hidden: Mapping[str, str] | None = None,
        loss: str = "E",
        original: Program | None = None,
    ) -> None:
        self._drafts = drafts
        self._batches = tensors.batches
        self.loss = loss
        """The tensor of the loss; empty in a script that computes none."""
        self.data: tuple[str, ...] = tuple(name for name in tensors.values if name in tensors.batches[0])
        """The tensors that hold the samples of an iteration."""
        self.weights: tuple[str, ...] = tuple(tensors.weights)
        """Every weight and bias of the network, including held ones."""
        self.initial: dict[str, Any] = dict(tensors.values)
        self.layouts: dict[str, TensorLayout] = {
            **tensors.layouts,
            **{line.name: line.layout for line in drafts},
        }
        self.diagram: Diagram | None = None
        """The network as columns of units; None if it is not a chain of layers, and drawn as rails."""
        self._of_steps: tuple[Program, ...] = ()
        """The program with the diagram of each step; empty if all have the same."""
        self.gradients = dict(gradients)
        """The equations that give the gradient of each parameter: W has ("delta_w1", "delta_w2")."""
        derived = {line.name: line.source for line in drafts}
        given = dict(replaced or {})
        self._written = given
        self.replaced = {
            name: source
            for name, source in zip(given, map(parser.canonical, given.values()))
            if source != derived.get(name)
        }
        """The right-hand sides that were given and differ from the derived ones."""
        self._hidden = {name: parser.canonical(source) for name, source in (hidden or {}).items()}
        self._ranges: dict[str, Range] = {**whole_ranges(self.initial), **tensors.ranges}
        """The least and the greatest number, over all samples, of each tensor that can be an index."""
        self.shapes: dict[str, Shape] = {name: value_shape(value) for name, value in self.initial.items()}
        """The shape of every tensor, in a batch of the usual size."""
        self.batch_shapes: tuple[dict[str, Shape], ...] = ()
        """The shape of every tensor in each kind of batch, the usual one first."""
        self.steps: tuple[Step, ...] = self._check(original)
        self.step_indices: dict[str, int] = {step.name: at for at, step in enumerate(self.steps)}
        """The index of each equation, counted from 0."""
        written = set(self.step_indices)
        self.carried: tuple[str, ...] = tuple(name for name in self.initial if name in written)
        """What survives an iteration: parameters, running values and what the optimiser remembers."""
        self.constants: tuple[str, ...] = tuple(name for name in self.initial if name not in written)
        """What counts as written at the start of each iteration: data, rates, held biases."""

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def forward_steps(self) -> list[Step]:
        """The equations of the forward pass, including the loss."""
        return [step for step in self.steps if step.phase.is_forward]

    @property
    def batch_samples(self) -> int:
        """How many samples a usual batch has; 1 if they have no axis of their own."""
        shapes = (self.shapes[name] for name in self.data)
        return max((shape[0] for shape in shapes if len(shape) > 1), default=1)

    @property
    def loss_index(self) -> int | None:
        """The index of the loss's equation, counted from 0; None if there is none."""
        return self.step_indices.get(self.loss)

    def readers(self, step: Step) -> list[Step]:
        """The equations through which a gradient comes: those that its role names, else the loss; none in a
        script that computes no loss."""
        names = step.role.via or ((self.loss,) if self.loss else ())
        return [self.steps[self.step_indices[name]] for name in names]

    def loss_of(self, tensors: Mapping[str, Any]) -> float | None:
        """The loss as a number, also if it has axes of length 1, as `e.T @ e` has.

        None if it is not computed or has several cells.
        """
        value = tensors.get(self.loss)
        return None if value is None or np.size(value) != 1 else float(np.asarray(value).item())

    @property
    def tensors(self) -> tuple[str, ...]:
        """Every tensor's name: the initial ones, then those that are computed."""
        return (*self.initial, *(step.name for step in self.steps if step.name not in self.initial))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that are updated."""
        return tuple(self.gradients)

    @property
    def user_equations(self) -> dict[str, str]:
        """The right-hand sides that differ from the derivation, including a puzzle's, by equation."""
        sources = zip(self.steps, self._drafts)
        return {step.name: step.source for step, line in sources if step.source != line.source}

    @property
    def picture_layouts(self) -> Mapping[str, TensorLayout]:
        """Where each tensor belongs in the diagram of units; nowhere on rails."""
        return self.layouts if self.diagram is None else self.diagram.layouts

    @property
    def unit_diagram(self) -> Diagram:
        """The diagram of units, for a program that has one."""
        assert self.diagram is not None
        return self.diagram

    def show_diagrams(self, diagrams: Sequence[Diagram], of_steps: Sequence[int]) -> None:
        """Draw it by diagrams: one, or one for each sample; `of_steps` says which one after each step."""
        self.diagram = diagrams[0]
        if len(diagrams) > 1:
            copies = [copy.copy(self) for _ in diagrams]
            for made, diagram in zip(copies, diagrams):
                made.diagram = diagram
            self._of_steps = tuple(copies[at] for at in of_steps)

    def at(self, done: int) -> Program:
        """The program with the diagram of the moment after `done` of its steps."""
        return self._of_steps[max(done - 1, 0)] if self._of_steps else self

    def with_equation(self, name: str, source: str) -> Program:
        """The same program with another right-hand side for the equation `name`."""
        return self.with_equations({name: source})

    def with_equations(self, sources: Mapping[str, str]) -> Program:
        """The same program with other right-hand sides for some equations, by name."""
        return self._with_replaced({**self.replaced, **sources}, self._hidden)

    @cached_property
    def derived(self) -> Program:
        """The same program with every right-hand side as it was derived, including those that a puzzle
        replaces.
        """
        return self._with_replaced({}, {}) if self.user_equations else self

    def _with_replaced(self, replaced: Mapping[str, str], hidden: Mapping[str, str]) -> Program:
        found = Program(
            self._drafts,
            GivenTensors(self.initial, self.layouts, self._batches, self.weights, self._ranges),
            self.gradients,
            replaced,
            hidden,
            self.loss,
            original=self,
        )
        found.diagram = self.diagram
        return found

    def check_index_cell(self, name: str, index: Sequence[int], value: float) -> None:
        """Refuse, with ExpressionError, a number that a cell of a tensor used as an index cannot have."""
        shape = self.shapes[name]
        if not isinstance(shape, WholeShape | WrittenShape):
            return
        if isinstance(shape, WrittenShape) and not self._is_read_as_index(name):
            return
        if value != int(value):
            raise ExpressionError(fill(messages.NOT_A_WHOLE_NUMBER, name=name, value=value))
        ranges = {**self._ranges, name: (int(value), int(value))}
        if len(index) == 2:
            ranges[column_key(name, index[1])] = ranges[name]
        for step in self.steps:
            try:
                check_index_bounds(step.tree, self.shapes, ranges)
            except ExpressionError as error:
                raise for_equation(step.name, error) from None
            if step.name != name and isinstance(self.shapes[step.name], WholeShape | WrittenShape):
                found = index_range(step.tree, self.shapes, ranges)
                ranges.update({step.name: found} if found else {})

    def _is_read_as_index(self, name: str) -> bool:
        """True if an index is computed from the tensor, in one equation or through several."""
        names = {name}
        for step in self.steps:
            if any(indexes_by(step.tree, each) for each in names):
                return True
            if names & set(whole_names(step.tree)):
                names.add(step.name)
        return False

    def phase_runs(self) -> list[tuple[Phase, int, int]]:
        """The runs of one phase: (phase, first equation, one past its last), equations counted from 0."""
        runs: list[tuple[Phase, int, int]] = []
        for at, step in enumerate(self.steps):
            if runs and runs[-1][0] == step.phase:
                runs[-1] = (step.phase, runs[-1][1], at + 1)
            else:
                runs.append((step.phase, at, at + 1))
        return runs

    def _check(self, original: Program | None) -> tuple[Step, ...]:
        unknown = self.replaced.keys() - {line.name for line in self._drafts}
        if unknown:
            name = sorted(unknown)[0]
            raise for_equation(
                name, ExpressionError(unknown_equation(name, [line.name for line in self._drafts]))
            )
        shapes = [{**self.shapes, **batch} for batch in self._batches]
        later = [line.name for line in self._drafts if line.name not in self.initial]
        steps: list[Step] = []
        for line in self._drafts:
            same = self._checked_step(line, original)
            try:
                steps.append(same or self._step(line, shapes, later))
            except ExpressionError as error:
                raise for_equation(line.name, error) from None
            if same is not None and original is not None:
                for sizes, found in zip(shapes, original.batch_shapes):
                    sizes[line.name] = found[line.name]
        self.shapes, self.batch_shapes = shapes[0], tuple(shapes)
        for step in steps:
            hidden = lowering.hidden_functions(step.lowered, self.shapes)
            if hidden:
                problem = ExpressionError(fill(lang_messages.HIDDEN_FUNCTION, name=min(hidden)))
                raise for_equation(step.name, problem)
        return tuple(steps)

    def _checked_step(self, line: EquationDraft, original: Program | None) -> Step | None:
        """The step of another program of the same drafts, if it has the same right-hand side.

        A replaced right-hand side never changes a shape; it may change the possible values of an index.
        """
        if original is None or self._ranges != original._ranges or "dot" in self._written.get(line.name, ""):
            return None
        step = original.steps[original.step_indices[line.name]]
        source = self.replaced.get(line.name, line.source)
        derived = self._hidden.get(line.name, line.source)
        return step if (step.source, step.derived) == (source, derived) else None

    def _source(self, line: EquationDraft, known: Mapping[str, Shape]) -> str:
        """The right-hand side of an equation; the shapes known so far decide what a dot means."""
        if line.name in self.replaced and "dot" in self._written[line.name]:
            self.replaced[line.name] = products.canonical_dots(self._written[line.name], known)
        return self.replaced.get(line.name, line.source)

    def _step(self, line: EquationDraft, shapes: list[dict[str, Shape]], later: list[str]) -> Step:
        known = shapes[0]
        derived = parser.parse(line.source, known, max_length=None)
        source = self._source(line, known)
        tree = derived if source == line.source else parser.parse(source, known, not_yet_computed=later)
        lowered = lowering.lower(tree, known)
        for sizes in shapes:
            wanted, got = result_shape(derived, sizes), result_shape(tree, sizes)
            if got != wanted:
                shapes_text = {"expected": shape_text(wanted), "got": shape_text(got)}
                raise ExpressionError(fill(messages.WRONG_SHAPE, **shapes_text))
            sizes[line.name] = wanted
        check_indices(tree, known)
        check_index_bounds(tree, known, self._ranges)
        found = (
            index_range(tree, known, self._ranges)
            if isinstance(known[line.name], WholeShape | WrittenShape)
            else None
        )
        if found is not None:
            self._ranges[line.name] = found
        if tree is not derived:
            check_cost(tree, known)
        told = self._hidden.get(line.name, line.source)
        return Step(
            line.name,
            source,
            line.phase,
            line.role,
            told,
            tree,
            lowering.compile_lowered(lowered),
            lowered,
            line.origin,
        )


def unknown_equation(name: str, names: Collection[str]) -> str:
    """The error that no equation has this name, with the one that may be meant, or all names."""
    close = closest(name, names)
    template = messages.UNKNOWN_EQUATION_DID_YOU_MEAN if close else messages.UNKNOWN_EQUATION
    return fill(template, name=name, suggestion=close, names=parser.listed(names))


def for_equation(name: str, error: ExpressionError) -> ExpressionError:
    """The same error with its equation: in its text and in `equation`."""
    named = ExpressionError(fill(messages.ABOUT_EQUATION, equation=name, problem=error))
    named.equation = name
    return named


def gradient_of(program: Program, parameter: str, tensors: Tensors) -> Array:
    """The gradient of `parameter` in its shape, as the program computed it."""
    parts = [np.ravel(tensors[name]) for name in program.gradients[parameter]]
    return np.concatenate(parts).reshape(program.shapes[parameter])
