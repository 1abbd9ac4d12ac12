"""Every equation of known programs, forward and derived, is one of the language and has NumPy's value."""

import numpy as np
import pytest
from forward_programs import NAMES, backward, read
from numpy_by_hand import BY_HAND, NUMPY

from bpstep.engine.compiler import compile_iteration
from bpstep.lang import cost, lowering, parser
from bpstep.lang.shapes import check_indices, result_shape, value_shape
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.program import EquationDraft, GivenTensors, Phase, Program, Role, RoleKind

RATE = 0.0625


def by_hand(source, tensors):
    """The value of the text as Python and NumPy read it."""
    with np.errstate(all="ignore"):
        return eval(source, {**NUMPY, **BY_HAND}, tensors)


def equations(name):
    """The forward equations of a program, then those that are derived."""
    forward, start, parameters = read(name)
    derived = backward(forward, start, parameters)
    return [*forward, *((line.name, line.source) for line in derived)], start, derived


def assert_same_bits(value, wanted):
    assert np.shape(value) == np.shape(wanted)
    assert np.asarray(value).tobytes() == np.asarray(wanted, np.asarray(value).dtype).tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_is_read_and_gives_the_bits_that_numpy_gives(name):
    lines, start, _ = equations(name)
    tensors = dict(start)
    shapes = {tensor: value_shape(value) for tensor, value in start.items()}
    for tensor, source in lines:
        tree = parser.parse(source, shapes, max_length=None)
        check_indices(tree, shapes)
        cost.check_cost(tree, shapes)
        lowered = lowering.lower(tree, shapes)
        with np.errstate(all="ignore"):
            value = lowering.evaluate(lowering.compile_lowered(lowered), tensors, lowering.evaluation_scope())
        assert_same_bits(value, by_hand(source, tensors))
        shapes[tensor] = result_shape(tree, shapes)
        assert shapes[tensor] == np.shape(value)
        tensors[tensor] = value


def trained(name):
    """A program that steps against each derived gradient of the initial tensors."""
    lines, start, derived = equations(name)
    start = {tensor: value if value.ndim else value[()] for tensor, value in start.items()}
    loss = read(name)[0][-1][0]
    lines = [("E" if tensor == loss else tensor, source) for tensor, source in lines]
    updates = [
        (line.by, f"{line.by} - {RATE} * {line.name}")
        for line in derived
        if line.of == loss and line.by in start and "_via_" not in line.name and "_part" not in line.name
    ]
    updates = list(dict(updates).items())
    drafts = [
        EquationDraft(tensor, source, Phase.FORWARD, Role(RoleKind.NET), TensorLayout(LayoutKind.NONE))
        for tensor, source in [*lines, *updates]
    ]
    layouts = {tensor: TensorLayout(LayoutKind.NONE) for tensor in start}
    return Program(drafts, GivenTensors(start, layouts), {}), [*lines, *updates], start


@pytest.mark.parametrize("name", NAMES)
def test_iterations_in_one_go_give_the_bits_that_numpy_gives(name):
    """The compiled iteration computes each operation once, and it is the same operation."""
    program, lines, start = trained(name)
    tensors = dict(start)
    for _ in range(3):
        for tensor, source in lines:
            tensors[tensor] = by_hand(source, tensors)
    losses = []
    with np.errstate(all="ignore"):
        found = compile_iteration(program, drawn=False)(range(3), losses.append, *program.initial.values())
    for tensor, value in zip(program.carried, found):
        assert_same_bits(value, tensors[tensor])
    assert_same_bits(losses[-1], tensors["E"])
