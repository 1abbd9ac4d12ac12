"""The table of slopes: each row is the slope of its function, and says where that is a choice by sign."""

import math
from itertools import combinations

import numpy as np
import pytest

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.program.derivation.algebra import Sizes, named, number, of, total, unbroadcast
from bpstep.program.derivation.rules import FLAT, SLOPES, SMOOTH, factor_text

X = np.array([-1.7, -0.4, 0.3, 0.8, 2.5])
POSITIVE = ("log", "sqrt", "log2", "log10", "log1p")
INSIDE = ("arcsin", "arccos", "arctanh")


def value(text, **tensors):
    shapes = {name: np.shape(each) for name, each in tensors.items()}
    return evaluate(compile_lowered(lower(parse(text, shapes), shapes)), tensors, evaluation_scope())


def points(name):
    return np.abs(X) if name in POSITIVE else X / 3 if name in INSIDE else X


@pytest.mark.parametrize("name", SLOPES)
def test_a_slope_is_what_differences_give_in_terms_of_argument_and_result(name):
    x, h, rule = points(name), 1e-6, SLOPES[name]
    y = value(f"{name}(x)", x=x)
    slope = (value(f"{name}(x)", x=x + h) - value(f"{name}(x)", x=x - h)) / (2 * h)
    for text in filter(None, (rule.by_argument, rule.by_result)):
        assert np.broadcast_to(value(text, x=x, y=y), x.shape) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_only_slopes_that_are_a_choice_by_sign_and_have_a_form_by_the_result_are_kinked():
    assert {name for name, rule in SLOPES.items() if rule.kinked} == {"relu", "leaky_relu", "elu"}


@pytest.mark.parametrize("name", [name for name in FLAT if name in ("floor", "sign", "step")])
def test_a_flat_function_stays_as_it_is_where_its_operand_moves_a_little(name):
    assert value(f"{name}(x)", x=X + 1e-6).tolist() == value(f"{name}(x)", x=X).tolist()
    assert name not in SLOPES


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("tanh", "1 - tanh(net_1)**2"),
        ("relu", "where(net_1 > 0, 1, 0)"),
        ("sigmoid", "sigmoid(net_1) - sigmoid(net_1)**2"),
        ("exp", ""),  # no activation
        ("nothing", ""),
    ],
)
def test_an_activation_s_factor_is_its_derivative_at_the_tensor(name, factor):
    assert factor_text(name, "net_1") == factor
    assert "net_1" in factor_text(SMOOTH[0], "net_1")


RNG = np.random.default_rng(8)
FACTORS = {"a": (4, 1, 3), "b": (2, 3), "c": (1, 3), "d": (2, 1), "e": (3,), "f": (1,), "g": ()}
TENSORS = {name: RNG.normal(size=shape) for name, shape in FACTORS.items()}


def sizes(shape):
    return Sizes(shape, lambda axis: number(shape[axis]))


def product(names):
    result = number(3)
    for name in names:
        result = result * of(named(name, FACTORS[name]))
    return result


@pytest.mark.parametrize("names", ["a", "b", "e", "fe", "gd", "cd", "ef", "af", "bdf"])
def test_what_is_taken_out_of_a_sum_leaves_its_value(names):
    """NumPy sums what is spread to the whole shape; the text sums as little as it can."""
    spread = np.broadcast_to(3 * math.prod(TENSORS[name] for name in names), (4, 2, 3))
    for axes in [axes for count in (1, 2, 3) for axes in combinations(range(3), count)]:
        for keep in (True, False):
            found = total(product(names), sizes((4, 2, 3)), axes, keep)
            expected = np.sum(spread, axis=axes, keepdims=keep)
            given = {name: TENSORS[name] for name in names}
            assert np.broadcast_to(value(found.text, **given), expected.shape) == pytest.approx(expected)
            assert found.shape == np.shape(value(found.text, **given)), found.text


@pytest.mark.parametrize("shape", [(4, 2, 3), (2, 3), (3,), (1,), (), (2, 1), (1, 3), (4, 1, 1), (1, 2, 1)])
def test_a_gradient_is_summed_along_what_an_operand_was_repeated(shape):
    """By the definition: each cell of the operand gets the sum over all the places where it stands."""
    cells = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    spread, gradient = np.broadcast_to(cells, (4, 2, 3)), TENSORS["a"] * TENSORS["b"]
    found = unbroadcast(product("ab"), sizes((4, 2, 3)), shape)
    expected = np.array([3 * gradient[spread == cell].sum() for cell in cells.flat]).reshape(shape)
    given = value(found.text, a=TENSORS["a"], b=TENSORS["b"])
    assert np.shape(given) == shape
    assert given == pytest.approx(expected)
