"""Where the samples enter a network, and where its answers come out."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from bpstep.errors import ExpressionError
from bpstep.frozen import frozen
from bpstep.lang.functions import called_function
from bpstep.lang.parser import operands
from bpstep.lang.shapes import Shape, WholeShape, shape_of
from bpstep.model.network import Network
from bpstep.program.chain import distinct_shapes
from bpstep.program.derive import derive_program
from bpstep.program.expression import parse_expression
from bpstep.program.program import Phase, Program, Step


@frozen
class SampleTensors:
    """The tensors of the samples, of the network's answers, and of their targets."""

    inputs: str
    outputs: str
    labels: str
    """For a script an expression of tensors; empty if unknown."""
    batch: tuple[str, ...] = ()
    """Tensors computed from the whole batch, without a row for each sample: mean and variance."""
    inputs_last: bool = False
    """True where a sample is a column of the inputs."""
    outputs_last: bool = False
    """True where a sample is a column of the outputs."""
    is_single: bool = False
    """True where the inputs are one sample, without an axis for it."""


_LAYERS = SampleTensors("X", "Y", "labelY")


def find_sample_tensors(network: Network, program: Program) -> SampleTensors | None:
    """Where samples enter and answers come out; None if a forward pass or a script does not show it."""
    if network.script is not None:
        return _tensors_of_units(program)
    return _LAYERS if network.forward is None else _tensors_of(derive_program(network))


def _tensors_of_units(program: Program) -> SampleTensors | None:
    """The sample tensors of a script: those of its first and last columns of units."""
    diagram = program.diagram
    if diagram is None:
        return None
    inputs, outputs = diagram.layers[0].output, diagram.layers[-1].output
    layouts = diagram.layouts
    try:
        labels = parse_expression(program, diagram.target).text if diagram.target else ""
    except ExpressionError:
        labels = ""  # the plane then shows no classes of samples
    return SampleTensors(
        inputs,
        outputs,
        labels,
        inputs_last=layouts[inputs].samples_last,
        outputs_last=layouts[outputs].samples_last,
        is_single=len(program.shapes[inputs]) == 1,
    )


# Four: for two runs, and for the networks shown before.
@lru_cache(maxsize=4)
def _tensors_of(program: Program) -> SampleTensors | None:
    shapes = distinct_shapes(program)
    if shapes is None:
        return None
    rows = max(shapes[name][0] for name in program.data)
    sources: dict[str, frozenset[str]] = {name: frozenset({name}) for name in program.data}
    for step in _forward_steps(program):
        sources[step.name] = frozenset().union(*(sources.get(name, frozenset()) for name in step.reads))
    computed = [step.name for step in _forward_steps(program)]
    for name in reversed(computed):
        if len(sources[name]) == 1 and len(shapes[name]) == 2 and shapes[name][0] == rows:
            (inputs,) = sources[name]
            others = [each for each in program.data if each != inputs] or [inputs]
            labels = [each for each in others if _fits(shapes[each], shapes[name])]
            if len(shapes[inputs]) < 2 or isinstance(shapes[inputs], WholeShape) or len(labels) != 1:
                return None
            needed = steps_to(program, name)
            if any(_mixes_samples(step, shapes, rows) for step in needed):
                return None
            batch = (each.name for each in needed if sources[each.name] and rows not in shapes[each.name])
            return SampleTensors(inputs, name, labels[0], tuple(batch))
    return None


def _mixes_samples(step: Step, shapes: Mapping[str, Shape], rows: int) -> bool:
    """True if a row of the result depends on other samples through a number without a name."""
    if rows not in shapes[step.name]:
        return False
    return any(
        _loses_samples(node, shapes, rows) for node in ast.walk(step.tree) if isinstance(node, ast.expr)
    )


def _loses_samples(node: ast.expr, shapes: Mapping[str, Shape], rows: int) -> bool:
    function = called_function(node)
    if not isinstance(node, ast.Call | ast.BinOp | ast.Subscript) or (function and function.shape_only):
        return False
    before = [shape_of(operand, shapes) for operand in operands(node)]
    return any(rows in shape for shape in before) and shape_of(node, shapes).count(rows) != 1


def _fits(labels: tuple[int, ...], outputs: tuple[int, ...]) -> bool:
    """True for labels with a column for each output, or with one number for each sample: of a class, or that
    of the only output.
    """
    is_number = isinstance(labels, WholeShape) or outputs[1:] == (1,)
    return labels == outputs or (is_number and tuple(labels) == outputs[:1])


def steps_to(program: Program, outputs: str) -> list[Step]:
    """The equations that the outputs depend on, in order."""
    wanted, found = {outputs}, []
    for step in reversed(_forward_steps(program)):
        if step.name in wanted:
            found.append(step)
            wanted |= set(step.reads)
    return found[::-1]


def _forward_steps(program: Program) -> list[Step]:
    return [step for step in program.steps if step.phase == Phase.FORWARD]
