"""Operators, comparisons and items of each pair of kinds: Python's result, and what is counted before it."""

import copy
import operator

import numpy as np
import pytest
from run_by_python import comparable

from bpstep.script import limits
from bpstep.script.interpreter import operations
from bpstep.script.interpreter.operations import (
    BINARY_OPERATIONS,
    COMPARE,
    IN_PLACE,
    UNARY,
    check_product,
    get_item,
    set_item,
)

pytestmark = pytest.mark.filterwarnings("ignore")

A = np.array([[3.0, -1.5, 2.0], [0.5, 4.0, -2.5]])

VALUES = [
    *(7, -3, 0, True, 2.5, 2 + 1j, None, "ab", "%5d|", "%s", b"xy", [1, 2, 3], (4, 5), range(4), {"a": 1}),
    *({1, 2}, (1, "x"), np.float64(1.5), np.float32(0.5), np.int64(3)),
    *(A, A[0], A.T, np.array([1, 0, 2]), np.array([[True, False, True]]), np.array(2.0), np.ones(0)),
]

CONTAINERS = [*VALUES[7:], np.arange(24.0).reshape(2, 3, 4), [[1.0], [2.0]], int, list]

INDICES = [
    *(0, -1, 2, 9, True, None, "a", "x", 1.0, slice(0, 2), slice(None, None, -1), (0, 1), (slice(None), 0)),
    *((Ellipsis, None), ([0, 1], [1, 2]), A > 0, np.array([1, 1, 0, 1]), (slice(None), np.array([0, 2]))),
    *((np.array([[0], [1]]), np.array([[0, 1]])), range(2), [0, 1], (1, "x"), np.int64(1)),
]

PYTHON = {
    "Add": "add iadd",
    "Sub": "sub isub",
    "Mult": "mul imul",
    "Div": "truediv itruediv",
    "FloorDiv": "floordiv ifloordiv",
    "Mod": "mod imod",
    "Pow": "pow ipow",
    "LShift": "lshift ilshift",
    "RShift": "rshift irshift",
    "BitAnd": "and_ iand",
    "BitOr": "or_ ior",
    "BitXor": "xor ixor",
    "MatMult": "matmul imatmul",
    "Eq": "eq",
    "NotEq": "ne",
    "Lt": "lt",
    "LtE": "le",
    "Gt": "gt",
    "GtE": "ge",
    "Is": "is_",
    "IsNot": "is_not",
    "UAdd": "pos",
    "USub": "neg",
    "Invert": "invert",
    "Not": "not_",
}


def result(run, *operands):
    """What an operator gives or raises, in comparable form, with the operands after it."""
    operands = copy.deepcopy(operands)
    with np.errstate(all="ignore"):
        try:
            return comparable(run(*operands)), comparable(list(operands))
        except Exception as error:
            return type(error).__name__, str(error)


def pairs():
    return [(a, b) for a in VALUES for b in VALUES]


@pytest.mark.parametrize(
    "table", [BINARY_OPERATIONS, IN_PLACE, COMPARE], ids=["binary", "in place", "compare"]
)
def test_operators_of_two_values_give_what_python_gives(table):
    for kind, run in table.items():
        if kind.__name__ in ("In", "NotIn"):
            wanted = {"In": lambda a, b: a in b, "NotIn": lambda a, b: a not in b}[kind.__name__]
        else:
            wanted = getattr(operator, PYTHON[kind.__name__].split()[table is IN_PLACE])
        shift = kind.__name__ in ("LShift", "RShift")
        different = [
            (kind.__name__, a, b)
            for a, b in pairs()
            if not (shift and isinstance(b, str)) and result(run, a, b) != result(wanted, a, b)
        ]
        assert different == []


def test_operators_of_one_value_give_what_python_gives():
    for kind, run in UNARY.items():
        wanted = getattr(operator, PYTHON[kind.__name__])
        assert [value for value in VALUES if result(run, value) != result(wanted, value)] == []


def stored(run):
    def store(value, index, item):
        run(value, index, item)
        return value

    return store


def test_items_are_read_and_stored_as_python_does():
    places = [(value, index) for value in CONTAINERS for index in INDICES]
    ours, theirs = stored(set_item), stored(operator.setitem)
    for place in places:
        if not isinstance(place[0], type):
            assert result(get_item, *place) == result(operator.getitem, *place)
        for item in (5.0, [7, 8], A[0]):
            assert result(ours, *place, item) == result(theirs, *place, item)


@pytest.fixture
def counts(monkeypatch):
    """What is asked of the limits since it was cleared: the largest of each kind."""
    found = {}

    def counting(kind):
        return lambda count: found.__setitem__(kind, max(found.get(kind, 0), count))

    for module in (limits, operations):
        for kind in ("cells", "items", "bits", "work"):
            if hasattr(module, f"check_{kind}"):
                monkeypatch.setattr(module, f"check_{kind}", counting(kind))
        for name in ("COUNTED", "INTEGER_LIMIT", "MAX_CELLS"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, 0)
    return found


def size_of(made):
    if isinstance(made, np.ndarray):
        return made.size
    return len(made) if hasattr(made, "__len__") else 1


def test_what_a_matrix_product_makes_and_takes_is_counted(counts):
    shapes = [
        (3,),
        (2, 3),
        (3, 2),
        (3, 3),
        (1, 3),
        (3, 1),
        (2, 3, 4),
        (2, 4, 3),
        (5, 1, 4, 3),
        (4,),
        (0, 3),
        (3, 0),
    ]
    for left in shapes:
        for right in shapes:
            a, b = np.ones(left), np.ones(right)
            try:
                made = a @ b
            except ValueError:
                continue
            counts.clear()
            check_product(a, b, is_matched=True)
            assert counts["cells"] == made.size
            assert counts["work"] == made.size * left[-1]
            counts.clear()
            check_product(a, b)
            assert counts["cells"] == np.dot(a, b).size
    counts.clear()
    check_product([1.0, 2.0], 3.0)
    assert counts == {"cells": 2}


def test_a_result_is_no_larger_than_what_was_counted(counts):
    """Of arrays the broadcast shape, of texts and lists their length, of whole numbers their bits."""
    for kind, run in BINARY_OPERATIONS.items():
        for a, b in pairs():
            counts.clear()
            try:
                with np.errstate(all="ignore"):
                    made = run(*copy.deepcopy((a, b)))
            except Exception:
                continue
            name = kind.__name__
            if (
                name == "MatMult"
                and isinstance(a, np.ndarray)
                and isinstance(b, np.ndarray)
                and a.size * b.size
            ):
                assert counts["cells"] == size_of(made)
                assert counts["work"] == size_of(made) * a.shape[-1]
            if isinstance(made, np.ndarray) and made.size and name != "MatMult":
                if not (isinstance(a, np.ndarray) or isinstance(b, np.ndarray)):
                    continue  # a number of NumPy makes an array of a list
                assert max(counts["cells"], counts.get("items", 0)) == made.size, (name, a, b)
            elif isinstance(made, str | list | tuple) and name in ("Add", "Mult"):
                assert counts["items"] == len(made), (name, a, b)
            elif type(made) is int and name == "Mult" and not isinstance(b, bool):
                assert counts["bits"] == made.bit_length()
            elif type(made) is int and type(a) is int and type(b) is int and name in ("Pow", "LShift"):
                assert counts.get("bits", 99) >= made.bit_length()


def test_what_an_index_picks_is_counted(counts):
    """What lists and arrays of numbers pick is counted as large as it is; other keys give views."""
    for value in (A, A[0], np.arange(24.0).reshape(2, 3, 4), np.zeros((3, 0)), np.array(2.0)):
        for index in INDICES:
            counts.clear()
            try:
                made = get_item(value, index)
            except Exception:
                continue
            parts = index if isinstance(index, tuple) else (index,)
            picks = [each for each in parts if isinstance(each, list | range)]
            picks += [each for each in parts if isinstance(each, np.ndarray) and each.dtype != bool]
            if picks and made.size:
                is_exact = not any(isinstance(each, slice) for each in parts)
                assert counts["cells"] == made.size if is_exact else counts["cells"] >= made.size
            elif not picks:
                assert "cells" not in counts
