"""The table of functions: what NumPy runs, the shape and the arithmetic of each cell, for every row."""

import ast

import numpy as np
import pytest
from function_examples import EXAMPLES, SHAPES, TENSORS

from bpstep.errors import ExpressionError
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.operands import dependent_cells, scalar_operands
from bpstep.lang import lowering, parser
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS, gives_truth
from bpstep.lang.shape_rules import turns_matrices
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


ARRAYS = {
    "a": np.ones((2, 3)),
    "m": np.ones((3, 4)),
    "v": np.ones(3),
    "s": np.float64(0.5),
    "one": np.ones((1, 3)),
    "none": np.ones((0, 3)),
    "cube": np.ones((2, 3, 4)),
    "k": np.array([1, 0]),
}
ARRAY_SHAPES = {name: np.shape(value) for name, value in ARRAYS.items()}


def _softmax(x):
    return x if np.ndim(x) == 0 else np.exp(x - np.max(x, axis=-1, keepdims=True))


NUMPY = {
    **{name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)},
    "softmax": _softmax,
    "one_hot": lambda x, n: np.zeros((*np.shape(x), n)),
    "windows": np.lib.stride_tricks.sliding_window_view,
}

EACH_SHAPE = """
a + one; a + m; none + one; none + a; a + v; a * s; a + cube[:, :, 0]; one * none.T; a < one; -a; a.T
cube.T; zeros((size(a, 0), 2 * size(a, 1))); zeros(size(a)); zeros(size(a, -1) - 1)
zeros(size(a, 0) + size(m, 1)); zeros(size(a, -2)); zeros(size(a, 2)); zeros(size(a, -3)); zeros(2)
zeros((0, 3)); zeros(()); zeros(-1); zeros((2, -1)); zeros((2, s)); zeros(2.5); zeros(2 * s)
zeros(s + 2); zeros(size(a) / 2); zeros([2, 3]); ones((1, 1, 1, 1, 1, 1)); sum(cube, axis=(2, 0))
sum(a, axis=-2); sum(a, axis=2); sum(a, axis=-3); sum(a, axis=(0, 0)); sum(s)
sum(a, axis=1, keepdims=True); sum(cube, keepdims=True); argmax(a, axis=(0, 1)); argmax(a)
argmax(cube, axis=1); max(none); max(none, axis=0); max(none, axis=1); min(none); argmax(none, axis=0)
argmax(none, axis=1); sum(none); sum(none, axis=0); any(none); mean(none, axis=1); softmax(none)
softmax(none.T); softmax(s); a @ m; v @ m; a @ v; v @ v; cube @ m.T; a @ a; s @ a; a @ s; cube @ cube
m @ v; cube @ cube[0].T; a @ cube; a[1]; a[-2]; a[2]; a[-3]; a[:, 2]; a[:, 3]; a[0, 1]; a[0, 1, 2]
a[None, :, None]; a[k, 1]; cube[1, k]; cube[k, 1]; cube[:, k, 1]; cube[None, k]; a[k][:, None]
cube[k[:, None], k]; a[::2]; a[5:]; a[::0]; a[::-1, 1:]; a[None, None, 0]; s[None]; s[0]; cube[:, 1, k]
cube[k, k, k]; a.reshape(6); a.reshape(-1); a.reshape(3, -1); a.reshape((3, 2)); a.reshape(4, -1)
a.reshape(-1, -1); a.reshape(5); none.reshape(0); none.reshape(0, -1); none.reshape(-1, 3)
none.reshape(5, 0); s.reshape(()); s.reshape(1, 1); a.reshape(-2, -3); v.reshape(3, -1)
a.reshape(2, 3, -1); repeat(a, 2); repeat(a, 1); repeat(a, 2, axis=1); repeat(a, 3, axis=-2)
repeat(a, 2, axis=2); concatenate([a, one]); concatenate([a, a], axis=1); concatenate([a, a], axis=-1)
concatenate([a, v]); concatenate([a, m]); concatenate([a, m], axis=1); concatenate([s, s])
concatenate([a]); concatenate([v, v, v]); concatenate([one, a]); concatenate([cube, a])
concatenate([v, a]); concatenate([a, a, m.T[:, :2]], axis=0); stack([a, a]); stack([a, a], axis=1)
stack([a, a], axis=-1); stack([a, one]); stack([s, s]); stack([a], axis=3); stack([a, a, a], axis=2)
stack([v, v], axis=-2); stack([one, a]); outer(a, v); outer(s, v); dot(a, m); dot(s, a); dot(a, s)
dot(s, s); dot(v, v); dot(cube, m.T); dot(cube, v); matmul(a, m); matmul(s, a); one_hot(k, 3)
one_hot(k, 1); one_hot(k, s); one_hot(a[:, 0], 2); arange(3); arange(1, 7, 2); arange(3, 0, -1)
arange(0, 3, 0); arange(3, 1); size(a, 1); size(a, 2); size(a); swapaxes(cube, 0, -1); swapaxes(a, 0, 2)
transpose(cube); transpose(cube, (1, 2, 0)); transpose(v); transpose(cube, axes=(1, 2, 0))
transpose(a, (0, 0)); transpose(a, (0, 1, 2)); transpose(a, (0, 2)); transpose(s); pad(a, 1)
pad(a, ((1, 0), (0, 2))); pad(a, ((0, 0), (0, 0))); pad(a, -1); pad(a, ((1, 0), (0, -2))); pad(a, 0)
windows(cube, 2, axis=2); windows(a, (2, 3)); windows(v, 3, axis=0); windows(v, 4, axis=0)
windows(v, 1, axis=0); windows(cube, (2, 4), axis=(0, 2)); windows(cube, (4, 2), axis=(-1, 0))
windows(a, (2, 2, 2)); windows(a, 2); einsum("ij,jk->ik", a, m); einsum("ij->ji", a); einsum("ij->", a)
einsum("ij->i", a); einsum("ij,ij->ij", a, a); einsum("ij, jk -> ik", a, m); einsum("ij,jk->ik", a, a)
einsum("ijk->i", a); einsum("i1->i", a); einsum("ij,jk->ik", a); einsum(a, "ij->i"); einsum(5, a)
einsum("ij->k", a); einsum("ij->i1", a); einsum("ij,j->ij", a, v); einsum("->", s); one + one; v @ cube
softmax(cube[:, :, :0]); concatenate([a, k], axis=1)
"""


def _texts(listed):
    return [text.strip() for text in listed.strip().replace("\n", ";").split(";")]


def _predicted(text):
    """The shape of a text; None if it is refused."""
    try:
        return shape_of(ast.parse(text, mode="eval").body, ARRAY_SHAPES)
    except ExpressionError:
        return None


def _numpys(text):
    """The same by running it."""
    try:
        return np.shape(eval(text, dict(NUMPY), dict(ARRAYS)))
    except (ValueError, IndexError, TypeError, ZeroDivisionError, AttributeError):
        return None


def test_a_shape_is_numpys_and_what_numpy_refuses_is_refused():
    texts = _texts(EACH_SHAPE)
    assert [(text, _predicted(text)) for text in texts] == [(text, _numpys(text)) for text in texts]


NOT_NEEDED = """
mean(none); mean(none, axis=0); var(none); std(none, axis=0); repeat(a, 0); repeat(a, -1); dot(v, cube)
one_hot(k, 0); pad(a, (1, 1)); pad(a, ((1, 1),)); pad(a, ((1, 1), 2)); windows(v, 0, axis=0)
overlap_add(v, axis=0); overlap_add(a); einsum("ij", a); einsum("ii->i", m); einsum("ij->ii", a)
repeat(v, s); a.reshape(-6); a.reshape(-3, 2); cube[k, :, 1]; cube[k, None, 1]; cube[1, :, k]
zeros((1, 1, 1, 1, 1, 1, 1))
"""


def test_shapes_that_numpy_allows_and_no_equation_needs_are_refused():
    assert [text for text in _texts(NOT_NEEDED) if _predicted(text) is not None] == []


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("overlap_add(cube, axis=0)", (5, 3)),
        ("overlap_add(cube, axis=1)", (2, 6)),
        ("overlap_add(cube, axis=(0,))", (5, 3)),
        ("overlap_add(a, axis=0)", (4,)),
        ("overlap_add(windows(cube, (2, 3), axis=(0, 2)), axis=(0, 2))", (2, 3, 4)),
        ("overlap_add(windows(cube, (3, 2), axis=(2, 0)), axis=(2, 0))", (2, 3, 4)),
    ],
)
def test_added_windows_have_the_shape_that_the_windows_were_taken_from(text, shape):
    assert shape_of(ast.parse(text, mode="eval").body, ARRAY_SHAPES) == shape


def test_a_product_of_at_most_seventeen_billion_multiplications_is_allowed():
    shapes = {"p": (2**12, 2**12), "q": (2**12, 2**10), "r": (2**12, 2**13), "t": (2**13, 2**10), "s": ()}
    for product in ("{} @ {}", 'einsum("ij,jk->ik", {}, {})'):
        allowed, refused = (
            ast.parse(product.format(*pair), mode="eval").body for pair in (("p", "q"), ("r", "t"))
        )
        assert shape_of(allowed, shapes) == (2**12, 2**10)
        with pytest.raises(ExpressionError, match="r"):
            shape_of(refused, shapes)
    with pytest.raises(ExpressionError, match="one number"):
        shape_of(ast.parse("s @ p", mode="eval").body, shapes)


def test_an_array_of_at_most_two_to_the_power_of_25_numbers_is_allowed():
    shapes = {"p": (2**25,), "q": (2**25 + 1,)}
    assert shape_of(ast.parse("-p", mode="eval").body, shapes) == (2**25,)
    with pytest.raises(ExpressionError):
        shape_of(ast.parse("-q", mode="eval").body, shapes)


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("swapaxes(cube, 1, 2)", True),
        ("swapaxes(cube, 2, 1)", True),
        ("swapaxes(cube, -2, -1)", True),
        ("swapaxes(cube, 0, 1)", False),
        ("swapaxes(cube, 0, 2)", False),
        ("transpose(a)", True),
        ("transpose(a, (0, 1))", False),
        ("transpose(cube)", False),
        ("transpose(cube, (0, 2, 1))", True),
        ("transpose(cube, (2, 1, 0))", False),
        ("transpose(v)", False),
        ("transpose(s)", False),
    ],
)
def test_only_what_exchanges_the_last_two_axes_turns_matrices(text, turns):
    node = ast.parse(text, mode="eval").body
    shape = ARRAY_SHAPES[node.args[0].id]
    assert turns_matrices(node, len(shape), lambda operand: shape_of(operand, ARRAY_SHAPES)) is turns


def test_comparisons_any_and_all_give_truth_values():
    for text in ("a < v", "any(a)", "all(a, axis=0)"):
        assert gives_truth(ast.parse(text, mode="eval").body), text
    for text in ("sum(a)", "a + (a < v)", "a", "sigmoid(a)", "where(a < v, 1, 0)"):
        assert not gives_truth(ast.parse(text, mode="eval").body), text


@pytest.mark.parametrize("text", ["transpose(s, ())", "where(s > 0, s, 1)", "ones_like(s)"])
def test_a_result_without_axes_is_a_number_also_where_numpy_gives_an_array(text):
    lowered = lowering.lower(parser.parse(text, ("s",)), {"s": ()})
    scope = lowering.evaluation_scope()
    found = lowering.evaluate(lowering.compile_lowered(lowered), {"s": np.float64(2)}, scope)
    assert type(found) is np.float64


def test_the_activations_whose_derivative_jumps_at_0_are_marked():
    names = {"where": np.where, "exp": np.exp, "tanh": np.tanh, "ones_like": np.ones_like}
    names["sigmoid"] = lambda x: 1 / (1 + np.exp(-x))
    jumps = set()
    for name, row in ACTIVATIONS.items():
        if row.derivative:
            before, after = (eval(row.derivative, names, {"x": np.float64(x)}) for x in (-1e-9, 1e-9))
            jumps |= {name} if abs(after - before) > 1e-3 else set()
    assert {name for name, row in ACTIVATIONS.items() if row.kinked} == jumps == {"relu", "leaky_relu"}
