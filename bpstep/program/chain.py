"""Whether a forward pass is a chain of layers, and where its tensors belong in the diagram."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bpstep.errors import ExpressionError
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.shapes import Shape, WholeShape, result_shape
from bpstep.lang.trees import function_name
from bpstep.program.diagram import Diagram, DiagramLayer, LayoutKind, TensorLayout
from bpstep.program.program import Phase, Program, Step

_WITHIN_A_COLUMN = frozenset(
    (
        *("abs", "exp", "log", "sqrt", "tanh", "sin", "cos", "sinh", "cosh", "arctan", "floor"),
        *("sum", "mean", "max", "min", "var", "std", "where", "ones_like", "zeros_like"),
        *("maximum", "minimum", "clip", "sign", "step", "square", "power", "log1p", "expm1"),
        *("uniform", "arange", "size"),
        *ACTIVATIONS,
        *("gelu", "softmax"),
    )
)
"""Functions that keep every number with its unit, or reduce a unit's or a sample's numbers to one."""

_MAX_PARTS = 12
"""A layer with more tensors than this is too long to be drawn as a column."""


def find_diagram(program: Program) -> Diagram | None:
    """The diagram of a forward pass as columns of units; None if it is not a chain of layers.

    A layer is a product of the previous column with a parameter, and everything computed from it unit by
    unit: biases, normalisation over the batch or the layer, dropout, activations, softmax. What follows the
    last column, up to the loss, may be anything that reads no hidden column before the last and makes no
    other units, as a gate of some of the last column's does.
    """
    shapes = distinct_shapes(program) if _begins_with_layer(program) else None
    if shapes is None:
        return None
    columns = _Columns(program, shapes)
    return columns.diagram() if columns.found() else None


def _begins_with_layer(program: Program) -> bool:
    """True if the first equation is a product of the data: most other programs can be ruled out by that
    alone.
    """
    match _products(program.steps[0].tree):
        case [ast.BinOp(left=ast.Name(left), right=ast.Name(right))]:
            return left in program.data and right in program.weights
    return False


def distinct_shapes(program: Program) -> dict[str, Shape] | None:
    """The shapes of all tensors in a batch whose number of samples differs from the length of all other axes.

    This distinguishes an axis of samples from one of units. None if the tensors of the data do not all have
    the same number of samples, or if the equations work for their own batch only and some axis has the same
    length.
    """
    shapes = {name: program.shapes[name] for name in program.initial}
    rows = {program.shapes[name][0] for name in program.data if program.shapes[name]}
    others = {size for name in shapes if name not in program.data for size in shapes[name]}
    others |= {size for name in program.data for size in shapes[name][1:]}
    if len(rows) != 1:
        return None
    count = max(others | rows, default=0) + 1
    try:
        for name in program.data:
            shape = shapes[name]
            longer = (count, *shape[1:])
            shapes[name] = WholeShape(longer) if isinstance(shape, WholeShape) else longer
        for step in program.forward_steps:
            shapes[step.name] = result_shape(step.tree, shapes)
    except ExpressionError:
        return None if rows & others else dict(program.shapes)
    return shapes


@dataclass
class _Column:
    layer: int
    units: int
    weights: str = ""
    parts: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    """The parameters and constants that it reads, except its weights."""
    labels: list[str] = field(default_factory=list)
    """The parts, each preceded by the parameters that it reads."""


class _Columns:
    """Finds the columns, equation by equation."""

    def __init__(self, program: Program, shapes: Mapping[str, Shape]) -> None:
        self.program = program
        self.shapes = shapes
        self.columns: list[_Column] = []
        self.tail: list[str] = []
        """The equations after the last column; the loss is the last."""
        self.steps = program.forward_steps
        products = [at for at, step in enumerate(self.steps) if _products(step.tree)]
        self.last_product = products[-1] if products else -1

    def found(self) -> bool:
        """True if every equation has its place."""
        return (
            self.last_product >= 0
            and all(self._take(at, step) for at, step in enumerate(self.steps))
            and bool(self.tail)
            and all(len(column.parts) <= _MAX_PARTS for column in self.columns)
            and len(self.tail) <= _MAX_PARTS
        )

    def _take(self, at: int, step: Step) -> bool:
        products = _products(step.tree)
        if products:
            return not self.tail and len(products) == 1 and self._start(step, products[0])
        if not self.columns:
            return False
        if not self.tail and self._is_part(step, is_last=at > self.last_product):
            self.columns[-1].parts.append(step.name)
            self.columns[-1].labels.append(step.name)
            return True
        self.tail.append(step.name)
        return at > self.last_product and self._reads_no_other_column(step) and not self._has_units(step)

    def _start(self, step: Step, product: ast.BinOp) -> bool:
        """Begin a column with a product of the previous one."""
        match product:
            case ast.BinOp(left=ast.Name(left), right=ast.Name(weights)):
                pass
            case _:
                return False
        if not self.columns:
            shape = self.shapes[left]
            if left not in self.program.data or len(shape) != 2 or isinstance(shape, WholeShape):
                return False
            self.columns.append(_Column(0, shape[1], parts=[left], labels=[left]))
        before = self.columns[-1]
        taken = [column.weights for column in self.columns]
        is_new = weights in self.program.weights and weights not in taken
        if not is_new or left != self._output(before) or len(self.shapes[weights]) != 2:
            return False
        column = _Column(before.layer + 1, self.shapes[weights][1], weights, [step.name])
        self.columns.append(column)
        others = [name for name in step.reads if name not in (left, weights)]
        fits = self.shapes[step.name] == (self._rows, column.units) and self._fits(step.tree, others, False)
        column.labels.append(step.name)
        return fits

    @property
    def _rows(self) -> int:
        return self.shapes[self.columns[0].parts[0]][0]

    def _output(self, column: _Column) -> str:
        """The tensor that the next layer reads: the last one with a number for each unit of each sample."""
        whole = (self._rows, column.units)
        return next((name for name in reversed(column.parts) if self.shapes[name] == whole), "")

    def _is_part(self, step: Step, is_last: bool) -> bool:
        column = self.columns[-1]
        allowed = {
            (self._rows, column.units),
            (column.units,),
            (1, column.units),
            (self._rows, 1),
            (self._rows,),
        }
        own = [name for name in step.reads if name in column.parts]
        others = [name for name in step.reads if name not in column.parts]
        return bool(own) and self.shapes[step.name] in allowed and self._fits(step.tree, others, is_last)

    def _fits(self, tree: ast.expr, others: list[str], is_last: bool) -> bool:
        """True if an equation belongs to the last column: `others` are the tensors it reads from outside."""
        column = self.columns[-1]
        if not all(_stays_in_column(node) for node in ast.walk(tree)):
            return False
        whole = (self._rows, column.units)
        for name in others:
            shape = self.shapes[name]
            if name in self.program.data:
                if is_last or shape != whole:
                    return False
            elif name not in self.program.initial or not (
                shape in ((), (column.units,), (1, column.units)) or name not in self.program.weights
            ):
                return False
        given = [name for name in others if name not in self.program.data]
        column.labels += [name for name in given if name in self.program.weights and name not in column.given]
        column.given += given
        return True

    def _reads_no_other_column(self, step: Step) -> bool:
        hidden = {name for column in self.columns[1:-1] for name in column.parts}
        return not hidden & set(step.reads)

    def _has_units(self, step: Step) -> bool:
        """True if the result has several numbers for each sample that are not those of the last column."""
        match self.shapes[step.name]:
            case (rows, units):
                return rows == self._rows and units not in (1, self.columns[-1].units)
        return False

    def diagram(self) -> Diagram:
        """The columns that were found, as a diagram."""
        layers = []
        for column in self.columns:
            net = column.parts[0] if column.layer and column.parts[0] != self._output(column) else ""
            output = self._output(column)
            names = tuple(column.parts), tuple(column.labels)
            layers.append(DiagramLayer(output, column.units, column.weights, net, *names))
        last = self.columns[-1]
        read = {name for step in self.steps if step.name in self.tail for name in step.reads}
        whole = (self._rows, last.units)
        label = next((name for name in self.program.data if name in read and self.shapes[name] == whole), "")
        return Diagram(
            tuple(layers), self.program.loss, label, self._layouts(label), tuple(self.tail), is_labelled=True
        )

    def _layouts(self, label: str) -> dict[str, TensorLayout]:
        found = dict.fromkeys(self.program.tensors, TensorLayout(LayoutKind.NONE))
        for column in self.columns:
            for name in (*column.parts, *column.given):
                found[name] = self._layout(name, column)
            if column.weights:
                found[column.weights] = TensorLayout(LayoutKind.EDGE, column.layer)
        if label and label != self.columns[0].parts[0]:
            found[label] = TensorLayout(LayoutKind.LABEL, self.columns[-1].layer)
        found[self.program.loss] = TensorLayout(LayoutKind.LOSS, self.columns[-1].layer)
        for step in self.program.steps:
            if step.phase in (Phase.BACKWARD, Phase.UPDATE) and step.role.by in found:
                found[step.name] = self._derived_layout(step, found[step.role.by])
        return found

    def _layout(self, name: str, column: _Column) -> TensorLayout:
        if self.shapes[name] == (self._rows, column.units):
            return TensorLayout(LayoutKind.NODE, column.layer)
        if self.shapes[name] in ((column.units,), (1, column.units)):
            return TensorLayout(LayoutKind.BIAS, column.layer)
        return TensorLayout(LayoutKind.NONE)

    def _derived_layout(self, step: Step, layout: TensorLayout) -> TensorLayout:
        """The layout of a gradient, a factor or an optimiser's slot: that of its tensor."""
        match step.tree:
            case ast.Attribute(value=ast.Name(weights), attr="T"):
                layer = next((column.layer for column in self.columns if column.weights == weights), 0)
                return TensorLayout(LayoutKind.EDGE, layer, transposed=True) if layer else layout
        alike = self.program.shapes[step.name] == self.program.shapes[step.role.by]
        return layout if alike and layout.kind is not LayoutKind.LOSS else TensorLayout(LayoutKind.NONE)


def _products(tree: ast.expr) -> list[ast.BinOp]:
    found: Iterable[ast.AST] = ast.walk(tree)
    return [node for node in found if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)]


def _stays_in_column(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return function_name(node) in _WITHIN_A_COLUMN
    if isinstance(node, ast.Subscript):
        # Only a new axis: x[:, None].
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return all(_is_whole_or_new(part) for part in parts)
    return not isinstance(node, ast.Attribute)


def _is_whole_or_new(part: ast.expr) -> bool:
    match part:
        case ast.Slice(lower=None, upper=None, step=None) | ast.Constant(value=None):
            return True
    return False
