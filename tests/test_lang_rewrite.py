"""Value numbering: each distinct operation has one name, whatever it is made of."""

import ast

import numpy as np
import pytest

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.lang.rewrite import ValueNumbering

TENSORS = {
    "A": np.arange(6.0).reshape(2, 3) + 1,
    "B": np.arange(6.0).reshape(3, 2) - 2,
    "v": np.array([0.5, -1.0, 2.0]),
    "k": np.array([1, 0]),
    "s": np.float64(3.0),
}
SHAPES = {name: np.shape(value) for name, value in TENSORS.items()}
FIXED = ("A", "k")


def lowered(text):
    return lower(parse(text, SHAPES), SHAPES)


def numbered(*texts):
    """The numbering of some equations, and the names of their results."""
    found = ValueNumbering(dict(SHAPES), set(FIXED))
    names = {name: name for name in TENSORS}
    trees = [lowered(text) for text in texts]  # a numbering knows nodes by their identity
    return found, [found.name_of(tree, names) for tree in trees]


def value(found, name):
    """The value of a name, computed from the operations before it."""
    tensors, scope = dict(TENSORS), evaluation_scope()
    for key, each in found.values.items():
        code = compile_lowered(ast.parse(each.text, mode="eval").body)
        tensors[key] = evaluate(code, tensors, scope)
    return tensors[name]


@pytest.mark.parametrize(
    "text",
    [
        "A + 1",
        "-A",
        "A * A - s",
        "A**2",
        "s**2",
        "A**3",
        "A @ B",
        "A.T",
        "A[:, k]",
        "A[0]",
        "A[k] + A[0:1]",
        "A > v",
        "where(A > 0, v, -v)",
        "sum(A, axis=0)",
        "sum(A, axis=1, keepdims=True)",
        "exp(-v) / (1 + exp(-v))",
        "A.reshape(6)",
        "A.reshape(3, 2)",
        "A.reshape(size(B, 0), 2)",
        "A.reshape(size(B, 0) * 2)",
        "A.reshape(size(A, 1) + 3, 1)",
        "concatenate([A, A + 1], axis=0)",
        "stack([v, 2 * v])",
        "one_hot(k, 3)",
        "one_hot(k, size(A, 1))",
        "sum(A) / size(A, 0)",
        "mean(A) + maximum(v, 0.5)",
        "einsum('ij,jk->ik', A, B)",
    ],
)
def test_the_operations_come_to_what_the_whole_equation_does(text):
    found, (name,) = numbered(text)
    whole = evaluate(compile_lowered(lowered(text)), dict(TENSORS), evaluation_scope())
    assert np.asarray(value(found, name)).tobytes() == np.asarray(whole).tobytes()
    assert found.shapes[name] == np.shape(whole)


def test_the_same_operation_has_one_name_in_all_equations():
    found, names = numbered("exp(v) + 1", "1 / exp(v)", "exp(v)", "exp(v) + 1")
    assert names[0] == names[3]
    assert [each.text for each in found.values.values()].count("exp(v)") == 1
    assert len(found.values) == 3


def test_only_what_is_made_of_fixed_tensors_is_invariant():
    found, names = numbered("A + 1", "A + v", "A.T", "A[k]", "sum(A.T) * 2", "exp(v)")
    assert [found.values[name].invariant for name in names] == [True, False, True, True, True, False]


def test_an_array_is_squared_by_a_product_and_a_number_by_its_power():
    found, (array, number, cube) = numbered("v**2", "s**2", "v**3")
    assert found.values[array].text == "v * v"
    assert "**" in found.values[number].text
    assert "**" in found.values[cube].text


def test_what_is_needed_needs_what_it_is_made_of():
    found, (wanted, other) = numbered("exp(v) + 1", "exp(A)")
    found.mark_needed(wanted)
    assert {each.text for each in found.values.values() if each.needed} == {"exp(v)", f"{first(found)} + 1.0"}
    assert not found.values[other].needed


def first(found):
    return next(iter(found.values))
