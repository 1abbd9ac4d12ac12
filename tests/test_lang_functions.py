"""The table of functions: what NumPy runs, the shape and the arithmetic of each cell, for every row."""

import ast

import numpy as np
import pytest
from function_examples import EXAMPLES, SHAPES, TENSORS

from bpstep.explain.elementwise import expand_cell
from bpstep.explain.operands import dependent_cells, scalar_operands
from bpstep.lang import lowering, parser
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.shapes import WholeShape, shape_of
from bpstep.lang.trees import function_name


def parsed(text):
    return parser.parse(text, SHAPES, max_length=None)


def computed(node, tensors):
    with np.errstate(all="ignore"):
        compiled = lowering.compile_lowered(lowering.lower(node, SHAPES))
        return lowering.evaluate(compiled, tensors, lowering.evaluation_scope())


def test_every_function_of_the_table_has_an_example():
    called = {function_name(node) for text in EXAMPLES for node in ast.walk(parsed(text))}
    assert called - {""} == set(FUNCTIONS)


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_function_gives_what_numpy_gives(text):
    np.testing.assert_allclose(computed(parsed(text), TENSORS), EXAMPLES[text], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("text", EXAMPLES)
def test_its_shape_is_known_without_running_it(text):
    assert shape_of(parsed(text), SHAPES) == np.shape(EXAMPLES[text])


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_arithmetic_of_each_cell_gives_that_cell(text):
    """The numbers in a cell's arithmetic are those of the tensors, and give the cell."""
    node = parsed(text)
    expected = np.asarray(EXAMPLES[text], dtype=float)
    for index in np.ndindex(expected.shape):
        found = expand_cell(node, index, TENSORS)
        assert found.value == pytest.approx(expected[index], rel=1e-12, abs=1e-14)
        for operand in scalar_operands(found):
            cell = operand.cell
            assert cell.value == np.asarray(TENSORS[cell.name])[cell.index]


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_cell_that_changes_the_result_is_among_those_that_the_arithmetic_names(text):
    """Each cell of each tensor is changed by itself; the cells that then differ are those that the marks
    name.
    """
    node = parsed(text)
    before = np.asarray(computed(node, TENSORS))
    for name in parser.reads(node):
        if isinstance(SHAPES[name], WholeShape):
            continue
        for at in list(np.ndindex(SHAPES[name]))[:7]:
            other = np.array(TENSORS[name])
            other[at] += 0.37
            moved = {**TENSORS, name: other if other.ndim else np.float64(other)}
            changed = np.asarray(computed(node, moved)) != before
            marks = dependent_cells(node, name, at, SHAPES, TENSORS)
            assert marks.shape == before.shape
            assert not np.any(changed & ~marks)
            for index in np.argwhere(changed)[:3]:
                read = [
                    one.cell for one in scalar_operands(expand_cell(node, tuple(map(int, index)), TENSORS))
                ]
                assert (name, at) in [(cell.name, cell.index) for cell in read]


_CELLS = np.random.default_rng(0).normal(size=(5, 4, 3))
_KINDS = {
    "an array": _CELLS,
    "other strides": _CELLS.T[::2],
    "one axis": _CELLS[0, 0],
    "many cells": np.random.default_rng(1).normal(size=(3, 1000)) * 1e3,
    "whole numbers": np.arange(12).reshape(3, 4),
    "truth values": _CELLS > 0,
    "a number": np.float64(0.1),
    "not finite": np.array([[np.inf, 1.0], [-np.inf, np.nan]]),
}


@pytest.mark.parametrize("value", _KINDS.values(), ids=_KINDS)
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min"])
def test_a_reduction_has_the_bits_of_numpys_function(name, value):
    axes = [None] if np.ndim(value) == 0 else [None, 0, -1, *([(0, 1), (1,)] if np.ndim(value) > 1 else [])]
    for axis in axes:
        for kept in (False, True):
            with np.errstate(all="ignore"):
                found = FUNCTIONS[name].run(value, axis=axis, keepdims=kept)
                expected = getattr(np, name)(value, axis=axis, keepdims=kept)
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            assert found.tobytes("A") == expected.tobytes("A")
            assert np.ndim(found) < 2 or found.strides == expected.strides


@pytest.mark.parametrize("value", [*_KINDS.values(), _CELLS[:, 0].T, _CELLS[0, :, :0]])
def test_a_padded_array_has_the_bits_and_the_layout_of_numpys(value):
    for widths in (1, (0, 2), tuple((k, 2) for k in range(np.ndim(value)))):
        if np.ndim(value) or widths:
            found, expected = FUNCTIONS["pad"].run(value, widths), np.pad(value, widths)
            assert (found.dtype, found.shape, found.strides) == (
                expected.dtype,
                expected.shape,
                expected.strides,
            )
            assert found.tobytes() == expected.tobytes()
