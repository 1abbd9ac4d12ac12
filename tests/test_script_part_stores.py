"""A store into a part of an array, said as an expression of the whole: NumPy's own store is the oracle."""

import ast
from itertools import product

import numpy as np
import pytest

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.script.equations.part_stores import (
    Part,
    along_rows,
    is_value,
    picked_columns,
    picked_mask,
    region_of,
)

S = np.s_

KEYS = {
    (4,): [S[:], S[1:3], S[:2], S[2:], S[0], S[3], S[-1], S[1], S[...], S[1:2], S[-2:], S[0:4]],
    (3, 4): [
        *(S[:], S[0], S[-1], S[1, 2], S[:, 1], S[:, 1:3], S[1:, :2], S[0:1], S[2, 1:], S[..., 0], S[1:3]),
        *(S[..., 1:], S[:2, -1], S[0, 0], S[:, :], S[1:2, 1:2], S[1, ...]),
    ],
    (2, 3, 2): [S[0], S[:, 1], S[..., 1], S[1, 2, 0], S[:, 1:], S[:, :2, 0], S[1:, :, 1], S[0, :, 1]],
}
CASES = [(shape, key) for shape, keys in KEYS.items() for key in keys]


def value(tree, **tensors):
    shapes = {name: np.shape(each) for name, each in tensors.items()}
    text = ast.unparse(ast.fix_missing_locations(tree))
    lowered = lower(parse(text, shapes, max_length=None), shapes)
    return np.asarray(evaluate(compile_lowered(lowered), tensors, evaluation_scope()))


def parts_for(region):
    """Arrays that can be stored into a region: of its shape, of one cell, and with axes of one cell."""
    shapes = {region, (), (1,) * len(region), *(region[at:] for at in range(len(region) + 1))}
    shapes |= {tuple(size if kept else 1 for size, kept in zip(region, which)) for which in masks(region)}
    return [np.arange(1.0, np.prod(shape, dtype=int) + 1).reshape(shape) for shape in sorted(shapes)]


def masks(region):
    return product([True, False], repeat=len(region))


@pytest.mark.parametrize(("shape", "key"), CASES)
def test_a_store_gives_what_numpy_stores(shape, key):
    whole = -np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    region = region_of(shape, key)
    assert region is not None
    said = 0
    for part in parts_for(whole[key].shape):
        tree = region.with_part(ast.Name("whole"), Part(ast.Name("part"), part.shape))
        if tree is None:
            continue
        said += 1
        wanted = whole.copy()
        wanted[key] = part
        assert value(tree, whole=whole, part=part).tolist() == wanted.tolist(), part.shape
    assert said >= 1


@pytest.mark.parametrize(("shape", "key"), CASES)
@pytest.mark.parametrize("operator", [ast.Add(), ast.Sub()])
def test_what_is_added_to_a_part_is_what_numpy_adds(shape, key, operator):
    whole = -np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    region = region_of(shape, key)
    for term in parts_for(whole[key].shape):
        tree = region.with_term(ast.Name("whole"), operator, Part(ast.Name("term"), term.shape))
        if whole[key].shape == shape or term.ndim > whole[key].ndim:
            assert tree is None
            continue
        if tree is None:
            continue
        wanted = whole.copy()
        wanted[key] += term if isinstance(operator, ast.Add) else -term
        assert value(tree, whole=whole, term=term).tolist() == wanted.tolist(), term.shape


@pytest.mark.parametrize(
    ("shape", "key", "intervals"),
    [
        ((4,), S[1:3], [(1, 3, True)]),
        ((4,), S[-1], [(3, 4, False)]),
        ((4,), S[3:1], [(3, 3, True)]),
        ((4,), S[2:9], [(2, 4, True)]),
        ((4,), S[::2], None),
        ((4,), S[::-1], None),
        ((4,), None, None),
        ((4,), True, None),
        ((4,), [0, 1], None),
        ((3, 4), S[..., 0], [(0, 3, True), (0, 1, False)]),
        ((3, 4), S[0, ...], [(0, 1, False), (0, 4, True)]),
        ((3, 4), S[np.int64(2)], [(2, 3, False), (0, 4, True)]),
        ((3, 4), S[0, None], None),
    ],
)
def test_keys_of_whole_numbers_and_slices_have_a_region(shape, key, intervals):
    region = region_of(shape, key)
    assert (region and list(region.intervals)) == intervals


def test_a_cell_of_each_row_or_column_is_picked_by_a_mask():
    y = np.array([2, 0, 1])
    assert picked_columns((3, 4), (np.arange(3), y))[0] == 1
    assert picked_columns((4, 3), (y, range(3)))[0] == 0
    for shape, key in (
        ((3, 4), (np.arange(2), y[:2])),
        ((3, 4), (y, y)),
        ((3, 4), (np.arange(3), y + 0.5)),
        ((3, 4), (np.arange(3) + 0.0, y)),
        ((3, 4), (np.arange(3), 0)),
        ((3, 4), np.arange(3)),
        ((3, 4, 2), (np.arange(3), y)),
        ((3, 4), (np.arange(3), y, 0)),
        ((3, 4), (np.arange(3), y[:, None])),
    ):
        assert picked_columns(shape, key) is None
    columns = value(picked_mask((3, 4), 1, ast.Name("y")), y=y)
    wanted = np.zeros((3, 4))
    wanted[np.arange(3), y] = 1
    assert columns.tolist() == wanted.tolist()
    rows = value(picked_mask((4, 3), 0, ast.Name("y")), y=y)
    assert rows.tolist() == wanted.T.tolist()
    assert ast.unparse(along_rows(1, ast.Name("t"), 1)) == "t[:, None]"
    assert ast.unparse(along_rows(0, ast.Name("t"), 1)) == ast.unparse(along_rows(1, ast.Name("t"), 0)) == "t"
    assert is_value(ast.Constant(0.0), 0)
    assert not is_value(ast.Constant(1.0), 0)
    assert not is_value(ast.Name("t"), 0)
