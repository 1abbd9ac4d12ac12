"""How many numbers an expression computes, counted by hand."""

import re

import numpy as np
import pytest

from bpstep.errors import ExpressionError
from bpstep.lang import cost, parser
from bpstep.lang.shapes import value_shape

TENSORS = {
    "A": np.ones((2, 3)),
    "B": np.ones((3, 5)),
    "v": np.ones(3),
    "x": np.ones(()),
    "L": np.ones((2, 64)),
    "R": np.ones((64, 3)),
    "K": np.ones((4, 3)),
    "T": np.ones((2, 3, 4)),
    "k": np.arange(3),
}
SHAPES = {name: value_shape(value) for name, value in TENSORS.items()}


def computed(text, monkeypatch):
    """The numbers that are counted: as many are allowed, and one fewer is not."""
    tree = parser.parse(text, SHAPES)
    monkeypatch.setattr(cost, "MAX_COST", -1)
    with pytest.raises(ExpressionError) as caught:
        cost.check_cost(tree, SHAPES)
    (found,) = re.findall(r"computes ([\d,]+) number", str(caught.value))
    count = int(found.replace(",", ""))
    monkeypatch.setattr(cost, "MAX_COST", count)
    cost.check_cost(tree, SHAPES)
    monkeypatch.setattr(cost, "MAX_COST", count - 1)
    with pytest.raises(ExpressionError):
        cost.check_cost(tree, SHAPES)
    return count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A", 0),
        ("2", 0),
        ("x + 1", 1),
        ("A + A", 6),
        ("-A", 6),
        ("A + A * A", 12),
        ("exp(A + A)", 12),
        ("A > 0", 6),
        ("sum(A)", 1),
        ("sum(A, axis=0)", 3),
        ("sum(A + 1, axis=1)", 6 + 2),
        ("A @ B", 10),
        ("L @ R", 6 + 6),  # 64 multiplications count as one number more
        ("L[:, :63] @ R[:63]", 2 * 63 + 63 * 3 + 6),
        ("outer(v, v)", 9),
        ("einsum('ij,jk->ik', A, B)", 10 + 2 * 3 * 5),
        ("einsum('ij,ij->', A, A)", 1 + 6),
        ("einsum('ij->ji', A)", 6 + 6),
        ("overlap_add(K, axis=0)", 6 + 12),  # six cells, to which twelve numbers are added
        ("repeat(v, 4)", 12),
        ("repeat(v, 1)", 3),
        ("concatenate([A, A + 1])", 6 + 12),
        ("A.reshape(6)", 6),
        ("A[0]", 3),
        ("A[:, k]", 6),
        ("sigmoid(A)", 3 * 6),  # 1 / (1 + exp(-x)), where the sign is not counted
        ("sigmoid(A + 1)", 4 * 6),
        ("square(A)", 6),
        ("relu(v)", 2 * 3),
        ("var(v)", 4 + 2 * 3 * 3),  # its definition reads the deviations, their squares and their sum twice
        ("std(T, axis=0)", 5 * 12 + 2 * 3 * 24),
    ],
)
def test_every_number_that_an_expression_makes_is_counted(text, count, monkeypatch):
    assert computed(text, monkeypatch) == count


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("var(T, axis=0)", 12 + 24 + 24 + 12),  # mean, differences, squares, their mean
        ("std(T, axis=0)", 12 + 24 + 24 + 12 + 12),
        ("var(v)", 1 + 3 + 3 + 1),
        ("clip(T, 0, 1)", 24 + 24),
        ("step(T)", 3 * 24),
        ("gelu(T)", 6 * 24),
    ],
)
def test_a_function_that_is_made_of_others_counts_at_least_what_they_compute(text, least, monkeypatch):
    assert least <= computed(text, monkeypatch) <= 3 * least
