"""The positions of a script's tensors in the diagram of units, if its network is a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bpstep.lang.shapes import Shape
from bpstep.program.diagram import Diagram, DiagramLayer, LayoutKind, TensorLayout
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.script.meaning.layers import LayerMeaning, SampleMeaning
from bpstep.script.meaning.meaning import Meaning

_NOWHERE = TensorLayout(LayoutKind.NONE)

_MAX_PARTS = 12
"""A layer with more tensors than this is too long to be drawn as a column."""


def find_script_diagrams(program: Program, meaning: Meaning) -> tuple[Diagram, ...]:
    """The columns of units of a script's network; empty if it is not a chain of fully connected layers.

    Samples may be rows or columns, weights may have a row or a column for each unit. A pass over one sample
    after the other has a diagram for each: the same columns with the tensors of that sample.
    """
    found = []
    for sample in meaning.samples:
        columns = _Columns(program, sample)
        if not columns.found():
            return ()
        found.append(columns.diagram())
    return tuple(found)


def diagrams_of_steps(program: Program, diagrams: Sequence[Diagram]) -> list[int]:
    """For each equation the diagram that shows it, counted from 0: that of the sample whose units it reads or
    writes, else the previous one.
    """
    samples: dict[str, list[int]] = {}
    for at, diagram in enumerate(diagrams):
        for name, layout in diagram.layouts.items():
            if layout.kind in (LayoutKind.NODE, LayoutKind.LABEL):
                samples.setdefault(name, []).append(at)
    found, current = [], 0
    for step in program.steps:
        own = {tuple(samples[name]) for name in (step.name, *step.reads) if name in samples}
        single = {each[0] for each in own if len(each) == 1}
        current = single.pop() if len(single) == 1 else current
        found.append(current)
    return found


@dataclass
class _Column:
    output: str
    units: int
    turned: bool
    """True if a sample is a column of the output."""
    weights: str = ""
    bias: str = ""
    net: str = ""
    is_single: bool = False
    """True for the column of one unit whose tensors have no axis for it."""
    parts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    """The parts, each preceded by the parameters that it reads."""


class _Columns:
    """The columns, with the equations in their order."""

    def __init__(self, program: Program, sample: SampleMeaning) -> None:
        self.program = program
        self.sample = sample
        self.steps = program.forward_steps
        self.columns: list[_Column] = []
        self.tail: list[str] = []
        self.layouts = dict.fromkeys(program.tensors, _NOWHERE)
        self.samples: int | None = None
        """How many samples there are; None if the input is a single one without an axis for it."""

    def found(self) -> bool:
        """True if the layers are columns, and every equation on the way to the output is in one."""
        return self._has_columns() and self._place_forward() and self._has_room()

    def _has_columns(self) -> bool:
        layers = self.sample.layers
        name, turned = self._tensor(layers[0].input, layers[0])
        if not name:
            return False
        shape = self._shape(name)
        self.samples = None if len(shape) == 1 else shape[1 if turned else 0]
        self._add(_Column(name, shape[0] if turned else shape[-1], turned, parts=[name], labels=[name]))
        return all(self._take(layer) for layer in layers)

    def _take(self, layer: LayerMeaning) -> bool:
        """Add the column of a layer; False if it does not fit the previous one."""
        initial = self.program.initial
        if layer.weights not in initial or layer.bias not in ("", *initial):
            return False
        shape = self._shape(layer.weights)
        is_single = len(shape) == 1
        inputs, units = (*shape, 1) if is_single else shape[::-1] if layer.units_first else shape
        if inputs != self.columns[-1].units or self.columns[-1].is_single:
            return False
        net, turned = self._tensor(layer.net, layer)
        output, output_turned = self._tensor(layer.output, layer)
        if layer.output.removesuffix(".T") not in self.program.shapes:
            # The activation's result has no name: the net input stands for it.
            output, output_turned, net = net, turned, ""
        if net == output:
            net = ""
        column = _Column(output, units, output_turned, layer.weights, layer.bias, net, is_single)
        if not output or self._shape(output) != self._whole(column, output_turned):
            return False
        if net and self._shape(net) != self._whole(column, turned):
            return False
        self._add(column)
        at = len(self.columns) - 1
        if net:
            self.layouts[net] = TensorLayout(LayoutKind.NODE, at, samples_last=turned, only_unit=is_single)
        self.layouts[layer.weights] = TensorLayout(LayoutKind.EDGE, at, transposed=layer.units_first)
        if layer.bias:
            self.layouts[layer.bias] = self._unit_layout(column, at, self._shape(layer.bias))
        return True

    def _add(self, column: _Column) -> None:
        layout = TensorLayout(
            LayoutKind.NODE, len(self.columns), samples_last=column.turned, only_unit=column.is_single
        )
        self.layouts[column.output] = layout
        self.columns.append(column)

    def _tensor(self, text: str, layer: LayerMeaning) -> tuple[str, bool]:
        """The tensor that a text is, possibly transposed; and whether a sample is a column of it."""
        turned = layer.samples == "column"
        if text.endswith(".T") and text not in self.program.shapes:
            text, turned = text[:-2], not turned
        rank = 1 if layer.samples == "whole" else 2
        if self.columns and len(self._shape(layer.weights)) == 1:
            rank -= 1
        is_known = text in self.program.shapes and len(self._shape(text)) == rank
        return (text, turned) if is_known else ("", turned)

    def _shape(self, name: str) -> Shape:
        return self.program.shapes[name]

    def _whole(self, column: _Column, turned: bool) -> Shape:
        """The shape of a tensor with a number for each unit of each sample."""
        if column.is_single:
            return () if self.samples is None else (self.samples,)
        if self.samples is None:
            return (column.units,)
        return (column.units, self.samples) if turned else (self.samples, column.units)

    def _unit_layout(self, column: _Column, at: int, shape: Shape) -> TensorLayout:
        """The layout of a column's tensor, from its shape."""
        if column.is_single and shape in ((), self._whole(column, column.turned)):
            is_node = shape == self._whole(column, column.turned)
            kind = LayoutKind.NODE if is_node else LayoutKind.BIAS
            return TensorLayout(kind, at, samples_last=column.turned, only_unit=True)
        for turned in (column.turned, not column.turned):
            if shape == self._whole(column, turned):
                return TensorLayout(LayoutKind.NODE, at, samples_last=turned)
            if shape in ((column.units,), (column.units, 1) if turned else (1, column.units)):
                return TensorLayout(LayoutKind.BIAS, at, samples_last=turned)
        return _NOWHERE

    def _place_forward(self) -> bool:
        """Assign each forward equation to its column; False if one on the way to the output has none."""
        on_the_way = self._on_the_way()
        taken = {name for column in self.columns for name in (column.weights, column.bias)}
        if any(name in on_the_way and name not in taken for name in self.program.weights):
            return False
        column = 0
        """The column that is being computed."""
        for step in self.steps:
            before = [self._column_of(name) for name in step.reads]
            read = {at for at in before if at is not None}
            if column + 1 < len(self.columns) and self.columns[column + 1].weights in step.reads:
                if step.name in on_the_way and not read <= {column, column + 1}:
                    return False
                column += bool(read)
            elif step.name in on_the_way and read - {column}:
                return False
            if not read:
                continue
            if self._place(step, column, read) is None and step.name in on_the_way:
                return False
        return column + 1 == len(self.columns)

    def _place(self, step: Step, column: int, read: set[int]) -> int | None:
        """The column of an equation; None for one of the tail, or of none."""
        last = self.columns[-1]
        is_after = last.output in (*last.parts, *self.tail) and step.name != last.output
        if is_after:
            is_of_output = last.output in step.reads or set(self.tail) & set(step.reads)
            if is_of_output and read <= {0, len(self.columns) - 1}:
                self.tail.append(step.name)
            return None
        if not read <= {column, column - 1} or step.phase is Phase.LOSS:
            return None
        own = self.columns[column]
        if self.layouts[step.name] == _NOWHERE:
            self.layouts[step.name] = self._unit_layout(own, column, self._shape(step.name))
        given = [name for name in (own.weights, own.bias) if name and name in step.reads]
        own.labels += [name for name in given if name not in own.labels]
        own.parts.append(step.name)
        own.labels.append(step.name)
        return column

    def _column_of(self, name: str) -> int | None:
        """The column of a computed tensor, or that of the input."""
        return next((at for at, column in enumerate(self.columns) if name in column.parts), None)

    def _on_the_way(self) -> set[str]:
        """The equations from the input to the output."""
        known = {self.columns[-1].output}
        for step in reversed(self.steps):
            if step.name in known and step.name != self.columns[0].output:
                known.update(step.reads)
        return known - {self.columns[0].output}

    def _has_room(self) -> bool:
        return all(len(column.parts) <= _MAX_PARTS for column in self.columns)

    def diagram(self) -> Diagram:
        """The diagram."""
        label = self._label()
        if self.program.loss:
            self.layouts[self.program.loss] = TensorLayout(LayoutKind.LOSS, len(self.columns) - 1)
        for step in self.program.steps:
            if step.phase in (Phase.BACKWARD, Phase.UPDATE) and step.name not in self.program.initial:
                self.layouts[step.name] = self._derived_layout(step)
        layers = tuple(
            DiagramLayer(
                column.output,
                column.units,
                column.weights,
                column.net,
                tuple(column.parts),
                tuple(column.labels),
            )
            for column in self.columns
        )
        tail = self.tail
        if self.program.loss and self.program.loss not in tail:
            tail.append(self.program.loss)
        return Diagram(
            layers,
            self.program.loss,
            label,
            self.layouts,
            tuple(tail[-_MAX_PARTS:]),
            target=label or self.sample.target,
            is_labelled=True,
        )

    def _label(self) -> str:
        """The targets drawn beside the outputs; empty if they have no name or another shape."""
        last = self.columns[-1]
        text = self.sample.target
        for turned in (last.turned, not last.turned):
            is_free = self.layouts.get(text) == _NOWHERE
            if is_free and self._shape(text) == self._whole(last, turned):
                at = len(self.columns) - 1
                self.layouts[text] = TensorLayout(
                    LayoutKind.LABEL, at, samples_last=turned, only_unit=last.is_single
                )
                return text
        return ""

    def _derived_layout(self, step: Step) -> TensorLayout:
        """The layout of a gradient or a part of one: that of its tensor, or of the tensor that it reads."""
        role, shape = step.role, self._shape(step.name)
        if role.kind in (RoleKind.GRADIENT, RoleKind.INNER):
            found = self._alike(role.by, shape)
            if found is not None:
                return found
        known = [found for name in step.reads if (found := self._alike(name, shape)) is not None]
        known = [layout for layout in known if layout.kind is not LayoutKind.LABEL]
        columns = {(layout.kind, layout.layer) for layout in known}
        return known[0] if len(columns) == 1 else _NOWHERE

    def _alike(self, name: str, shape: Shape) -> TensorLayout | None:
        """The layout of a column's tensor with this shape, or with the transposed one."""
        layout = self.layouts.get(name, _NOWHERE)
        if layout.kind in (LayoutKind.NONE, LayoutKind.LOSS) or not (shape or layout.only_unit):
            return None
        own = self._shape(name)
        if own == shape:
            return layout
        if own[::-1] != shape:
            return None
        if layout.kind is LayoutKind.EDGE:
            return replace(layout, transposed=not layout.transposed)
        return replace(layout, samples_last=not layout.samples_last)
