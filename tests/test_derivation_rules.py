"""The table of slopes: each row is the slope of its function, and says if that is a choice by sign."""

import ast
import math
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from forward_programs import backward, run

from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.program.derivation.algebra import (
    ATOM,
    PRODUCT,
    SUM,
    Atom,
    Divisor,
    Sizes,
    choice,
    difference,
    expanded,
    flipped,
    indexed,
    matmul,
    named,
    number,
    of,
    outer,
    reordered,
    reshaped,
    squeezed,
    summation,
    total,
    transposed,
    unbroadcast,
)
from bpstep.program.derivation.delta_names import DeltaNames
from bpstep.program.derivation.long_equations import fits_line, split
from bpstep.program.derivation.reverse_pass import derive
from bpstep.program.derivation.rules import FLAT, SLOPES, SMOOTH, factor_text
from bpstep.program.derivation.sums_of_products import added, group, sum_text

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
    """NumPy sums the broadcast array; the text sums as little as possible."""
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
    """By the definition: each cell of the operand gets the sum over all its copies."""
    cells = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    spread, gradient = np.broadcast_to(cells, (4, 2, 3)), TENSORS["a"] * TENSORS["b"]
    found = unbroadcast(product("ab"), sizes((4, 2, 3)), shape)
    expected = np.array([3 * gradient[spread == cell].sum() for cell in cells.flat]).reshape(shape)
    given = value(found.text, a=TENSORS["a"], b=TENSORS["b"])
    assert np.shape(given) == shape
    assert given == pytest.approx(expected)


# What products and sums are written as

SHAPES = {
    **dict.fromkeys("abcd", (2, 3)),
    **dict.fromkeys("ABC", (2, 2)),
    **dict.fromkeys("st", ()),
    **dict.fromkeys("uv", (3,)),
}
NUMBERS = {name: RNG.uniform(0.5, 2, size=shape) for name, shape in SHAPES.items()}


def terms_of(node):
    """An expression as the terms of a sum, each built as the rules of the derivation build it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        right = terms_of(node.right)
        return [*terms_of(node.left), *([-term for term in right] if isinstance(node.op, ast.Sub) else right)]
    return [product_of(node)]


def product_of(node):
    match node:
        case ast.Constant(value=number_given):
            return number(Fraction(repr(number_given)), decimal=isinstance(number_given, float))
        case ast.Name(id=name):
            return of(named(name, SHAPES[name]))
        case ast.UnaryOp(operand=operand):
            return -product_of(operand)
        case ast.BinOp(op=ast.Mult()):
            return product_of(node.left) * product_of(node.right)
        case ast.BinOp(op=ast.Div()):
            return product_of(node.left) / product_of(node.right)
        case ast.BinOp(op=ast.Pow()):
            return product_of(node.left).power(product_of(node.right).number)
        case ast.BinOp(op=ast.MatMult()):
            return of(matmul(product_of(node.left).atom, product_of(node.right).atom))
        case ast.BinOp():
            return of(group(added(terms_of(node))))
        case ast.Attribute(value=inner):
            return of(transposed(product_of(inner).atom))
        case ast.Call(func=ast.Name("outer"), args=[left, right]):
            return of(outer(product_of(left).atom, product_of(right).atom))
        case ast.Call(func=ast.Name("where"), args=[condition, yes, no]):
            return of(choice(ast.unparse(condition), product_of(yes), product_of(no), (2, 3)))


@pytest.mark.parametrize(
    ("source", "simplest"),
    [
        ("a * b", "a * b"),
        ("b * a", "b * a"),
        ("a * a", "a**2"),
        ("a * a * a", "a**3"),
        ("a / a", "1"),
        ("a * b / b", "a"),
        ("a / b", "a / b"),
        ("a / b / c", "a / (b * c)"),
        ("a / (b * c)", "a / (b * c)"),
        ("2 * a / 3", "2 * a / 3"),
        ("2 * a / 4", "a / 2"),
        ("a * 3 / 6", "a / 2"),
        ("-a", "-a"),
        ("-2 * a", "-2 * a"),
        ("-a / 2", "-a / 2"),
        ("0.5 * a", "0.5 * a"),
        ("0.1 * a", "0.1 * a"),
        ("a / 3.0", "a / 3"),
        ("1 / a", "1 / a"),
        ("1 / (2 * a)", "1 / (2 * a)"),
        ("a * 1", "a"),
        ("1 * 1", "1"),
        ("2 * 3", "6"),
        ("a ** 2", "a**2"),
        ("a ** -1", "1 / a"),
        ("a ** 0", "1"),
        ("a ** 1", "a"),
        ("a ** 0.5", "sqrt(a)"),
        ("(a * b) ** 2", "(a * b)**2"),
        ("(a * b) ** 0.5", "sqrt(a * b)"),
        ("(2 * a) ** 2", "(2 * a)**2"),
        ("(a ** 2) ** 0.5", "sqrt(a**2)"),
        ("(a ** 0.5) ** 2", "a"),
        ("a ** 2 / a", "a"),
        ("a ** 2 / a ** 3", "1 / a"),
        ("a ** -2", "1 / a**2"),
        ("(a * b) ** -0.5", "1 / sqrt(a * b)"),
        ("(a / s) ** -0.5", "1 / sqrt(a / s)"),
        ("(a * b) ** -1", "1 / (a * b)"),
        ("(2 * a) ** -2", "1 / (2 * a)**2"),
        ("(a + b) * c", "(a + b) * c"),
        ("(a - b) * c", "(a - b) * c"),
        ("-(a - b)", "b - a"),
        ("-(a - b) * c", "(b - a) * c"),
        ("-(a - b) ** 2", "-(a - b)**2"),
        ("-(a - b) ** 3", "(b - a)**3"),
        ("a + b", "a + b"),
        ("a - b", "a - b"),
        ("-a + b", "b - a"),
        ("-a - b", "-a - b"),
        ("a + a", "2 * a"),
        ("a - a", "0"),
        ("a + b - a", "b"),
        ("a - b - a", "-b"),
        ("2 * a + 3 * a", "5 * a"),
        ("2 * a - 3 * a", "-a"),
        ("a * b + a * c", "a * (b + c)"),
        ("a * b - a * c", "a * (b - c)"),
        ("-a * b - a * c", "-a * (b + c)"),
        ("2 * a + 2 * b", "2 * (a + b)"),
        ("2 * a - 2 * b", "2 * (a - b)"),
        ("-2 * a - 2 * b", "-2 * (a + b)"),
        ("2 * a + 4 * b", "2 * a + 4 * b"),
        ("a * b + a", "a * (b + 1)"),
        ("a * b + a * c + d", "a * b + a * c + d"),
        ("a / s + b / s", "(a + b) / s"),
        ("a * b / s + a * c / s", "a * (b + c) / s"),
        ("(a - b) - (a - c)", "c - b"),
        ("(a - b) + (b - c)", "a - c"),
        ("(a - b) - c", "a - b - c"),
        ("a - (b - c)", "a - b + c"),
        ("(a * b) * (c - d) * 2", "2 * a * b * (c - d)"),
        ("(a + b) / (c + d)", "(a + b) / (c + d)"),
        ("a / (c - d)", "a / (c - d)"),
        ("A @ B + A @ C", "A @ (B + C)"),
        ("B @ A + C @ A", "(B + C) @ A"),
        ("A @ B - A @ C", "A @ (B - C)"),
        ("2 * (A @ B) + 3 * (A @ C)", "A @ (2 * B + 3 * C)"),
        ("A @ B + B @ A", "A @ B + B @ A"),
        ("s * (A @ B) + s * (A @ C)", "s * A @ (B + C)"),
        ("(A @ B) * C", "(A @ B) * C"),
        ("(A @ B) * s", "A @ B * s"),
        ("2 * (A @ B)", "2 * A @ B"),
        ("-(A @ B)", "-A @ B"),
        ("A.T", "A.T"),
        ("A.T.T", "A"),
        ("(A @ B).T", "B.T @ A.T"),
        ("A @ B.T + A @ C.T", "A @ (B + C).T"),
        ("A @ B.T + A @ C", "A @ (C + B.T)"),
        ("A @ (B + C)", "A @ (B + C)"),
        ("(A + B) @ C", "(A + B) @ C"),
        ("(A * B) @ C", "(A * B) @ C"),
        ("(-A) @ B", "(-A) @ B"),
        ("(2 * A) @ B", "(2 * A) @ B"),
        ("(A + B).T", "(A + B).T"),
        ("where(a > 0, 1, 0) * b + where(a > 0, 0, 1) * c", "where(a > 0, b, c)"),
        ("where(a > 0, 1, 0) * b * d + where(a > 0, 0, 1) * c * d", "d * where(a > 0, b, c)"),
        ("where(a > 0, 1, 0) * b - where(a > 0, 0, 1) * c", "where(a > 0, b, -c)"),
        ("where(a > 0, 0, 1) * b + where(a > 0, 1, 0) * c", "where(a > 0, c, b)"),
        (
            "where(a > 0, 1, 0) * b + where(b > 0, 0, 1) * c",
            "where(a > 0, 1, 0) * b + where(b > 0, 0, 1) * c",
        ),
        ("where(a > 0, 1, 0) * b + where(a > 0, 1, 0) * c", "where(a > 0, 1, 0) * (b + c)"),
        ("-where(a > 0, 1, 0) * b - where(a > 0, 0, 1) * c", "-where(a > 0, b, c)"),
        ("where(a > 0, 1, 0) * b + where(a > 0, 0, 1) * b", "b * where(a > 0, 1, 1)"),
        (
            "where(a > 0, 2, 0) * b + where(a > 0, 0, 2) * c",
            "where(a > 0, 2, 0) * b + where(a > 0, 0, 2) * c",
        ),
        ("outer(u, v)", "outer(u, v)"),
        ("outer(u, v).T", "outer(v, u)"),
        ("a * s + b * s", "s * (a + b)"),
        ("a * s * t + b * s * t + c", "s * t * (a + b) + c"),
        ("a * s * t - b * s * t - c", "s * t * (a - b) - c"),
        ("s * t * a + s * t * b + t * c", "t * (s * a + s * b + c)"),
        ("a * (b + c) + d * (b + c) + s", "(b + c) * (a + d) + s"),
        ("a - 0 * b", "a"),
        ("0 * a", "0"),
    ],
)
def test_a_sum_is_written_in_its_simplest_form_and_has_the_same_value(source, simplest):
    assert sum_text(added(terms_of(ast.parse(source, mode="eval").body))) == simplest
    names = {"where": np.where, "sqrt": np.sqrt, "outer": np.outer, **NUMBERS}
    assert np.allclose(eval(simplest, names), eval(source, names))


STACK = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize("first", permutations(range(3)))
def test_two_orders_of_axes_are_one_or_none(first):
    for then in permutations(range(3)):
        found = reordered(reordered(named("x", STACK.shape), first), then)
        expected = STACK.transpose(first).transpose(then)
        given = value(found.text, x=STACK)
        assert np.array_equal(given, expected)
        assert (found.shape, found.text.count("(x")) == (given.shape, int(found.text != "x"))
    assert flipped(named("x", STACK.shape)).text == "swapaxes(x, -1, -2)"
    assert [flipped(named("x", shape)).text for shape in ((3,), (), (2, 3))] == ["x", "x", "x.T"]


def test_the_transpose_of_a_product_of_stacks_is_that_of_its_operands_the_other_way_round():
    left, right = RNG.normal(size=(4, 2, 3)), RNG.normal(size=(4, 3, 5))
    whole = matmul(named("x", left.shape), named("y", right.shape))
    turned = flipped(whole)
    assert turned.text == "swapaxes(y, -1, -2) @ swapaxes(x, -1, -2)"
    assert turned.shape == (4, 5, 2)
    assert np.allclose(value(turned.text, x=left, y=right), np.swapaxes(left @ right, -1, -2))
    uneven = matmul(named("x", left.shape), named("z", (3, 5)))
    assert flipped(uneven).text == "z.T @ swapaxes(x, -1, -2)"
    of_all = transposed(summation(of(whole), [0], keep=False))
    assert of_all.text == "sum(swapaxes(y, -1, -2) @ swapaxes(x, -1, -2), axis=0)"
    assert np.allclose(value(of_all.text, x=left, y=right), (left @ right).sum(axis=0).T)
    # A product with a vector has no such transpose.
    assert flipped(matmul(named("x", left.shape), named("v", (3,)))).text == "(x @ v).T"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (1, 3, 4)),
    ],
)
def test_a_matrix_product_has_the_shape_that_numpy_gives_it(left, right):
    found = matmul(named("x", left), named("y", right))
    assert found.shape == np.shape(np.ones(left) @ np.ones(right))


def test_of_two_reshapes_the_last_remains_and_none_that_changes_nothing():
    x = named("x", (2, 3))
    assert reshaped(x, (2, 3), (2, 3)).text == "x"
    assert reshaped(x, (6,), (6,)).text == "x.reshape(6)"
    assert reshaped(x, (6,), (-1,)).text == "x.reshape(-1)"
    assert reshaped(x, (2, 3), (-1, 3)).text == "x.reshape(-1, 3)"
    assert reshaped(named("x", (1,)), (), ()).text == "x.reshape(())"
    assert reshaped(reshaped(x, (6,), (6,)), (3, 2), (3, 2)).text == "x.reshape(3, 2)"
    assert reshaped(reshaped(x, (6,), (6,)), (2, 3), (2, 3)).text == "x"
    assert reshaped(matmul(x, named("W", (3, 2))), (4,), (4,)).text == "(x @ W).reshape(4)"


@pytest.mark.parametrize(
    ("first", "then", "text"),
    [
        ([":", "0"], [], "x[:, 0]"),
        (["0", ":"], [], "x[0]"),
        ([":", ":"], [], "x"),
        ([], [], "x"),
        (["None"], ["0"], "x"),
        ([":", "None"], [":", "0"], "x"),
        (["None"], [":", "0"], "x[None][:, 0]"),
        ([":", "None"], ["0"], "x[:, None][0]"),
        (["None"], ["None"], "x[None, None]"),
        ([":", "None"], ["None"], "x[None, :, None]"),
        ([":", "None"], [":", ":", "None"], "x[:, None, None]"),
        (["1"], ["None"], "x[1][None]"),
        (["0"], ["0"], "x[0][0]"),
        (["0"], ["None", "0"], "x[0][None, 0]"),
    ],
)
def test_two_indices_in_a_row_are_one_or_none(first, then, text):
    x = np.arange(6.0).reshape(2, 3)
    given = f"x[{', '.join(first) or '...'}]", f"[{', '.join(then) or '...'}]"
    once = eval(given[0], {"x": x})
    expected = eval("".join(given), {"x": x})
    found = indexed(indexed(named("x", x.shape), first, once.shape), then, expected.shape)
    assert found.text == text
    assert found.shape == expected.shape
    assert np.array_equal(eval(text, {"x": x}), expected)


@pytest.mark.parametrize(
    ("shape", "taken", "back", "text"),
    [
        ((1, 3), ["0"], ["None"], "x"),
        ((2, 3), ["0"], ["None"], "x[0][None]"),
        ((2, 1), [":", "0"], [":", "None"], "x"),
        ((1, 2), ["0", "0"], ["None", "None"], "x[0, 0][None, None]"),
        ((1, 1), ["0", "0"], ["None", "None"], "x"),
        ((1, 3), ["0"], [":", "None"], "x[0][:, None]"),
        ((1, 3), ["1"], ["1"], "x[1][1]"),
    ],
)
def test_an_axis_of_length_1_that_was_dropped_is_put_back_by_leaving_it(shape, taken, back, text):
    assert indexed(indexed(named("x", shape), taken, (3,)), back, (1, 3)).text == text


@pytest.mark.parametrize(
    ("keep", "index", "text"),
    [
        (True, [":", "0"], "sum(b, axis=0, keepdims=True)[:, 0]"),
        (True, ["None"], "sum(b, axis=0, keepdims=True)[None]"),
        (False, [":", "None"], "sum(b, axis=0)[:, None]"),
        (False, ["0"], "sum(b, axis=0)[0]"),
    ],
)
def test_an_index_of_other_axes_than_those_of_a_sum_stays(keep, index, text):
    assert indexed(summation(of(named("b", (2, 3))), [0], keep), index, ()).text == text


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axes", [[0], [1], [0, 1]])
def test_an_index_that_drops_or_puts_back_what_a_sum_kept_is_how_the_sum_is_written(axes, keep):
    summed = total(of(named("b", (2, 3))), sizes((2, 3)), axes, keep).atom
    parts = [("0" if keep else "None") if axis in axes else ":" for axis in range(2)]
    shape = tuple(size for at, size in enumerate((2, 3)) if at not in axes)
    if not keep:
        shape = tuple(1 if at in axes else size for at, size in enumerate((2, 3)))
    found = indexed(summed, parts, shape)
    assert found.text.count("[") == 0
    assert np.allclose(
        value(found.text, b=TENSORS["b"]), np.sum(TENSORS["b"], tuple(axes), keepdims=not keep)
    )
    assert found.shape == shape


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((1, 3), (3, 4)),
        ((2, 3), (3, 1)),
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((5, 2, 3), (5, 3, 4)),
    ],
)
@pytest.mark.parametrize("spread", ["all", "rows", "columns", "nothing"])
def test_the_gradients_of_a_matrix_product_are_those_of_a_bilinear_function(left, right, spread):
    """The gradient by a cell is what the sum is with a 1 there and 0 in every other cell."""
    random = np.random.default_rng(3)
    start = {"A": random.normal(size=left), "B": random.normal(size=right)}
    shape = np.shape(start["A"] @ start["B"])
    full = {"all": shape, "rows": (*shape[:-1], 1), "columns": shape[-1:], "nothing": ()}[spread]
    start["m"] = random.normal(size=full)
    forward = [("Y", "A @ B"), ("E", "3 * sum(m * Y)")]
    for whole in (forward, [("E", "3 * sum(m * (A @ B))")]):
        derived = backward(whole, start, ["A", "B"])
        after = run([(line.name, line.source) for line in derived], run(whole, start))
        for name in "AB":
            cells = np.eye(start[name].size).reshape(-1, *start[name].shape)
            wanted = [run(whole, {**start, name: cell})["E"] for cell in cells]
            assert np.allclose(after[f"delta_{name}"], np.reshape(wanted, start[name].shape))
            assert np.shape(after[f"delta_{name}"]) == start[name].shape


def over(product, *counts, cancels=False):
    for count in counts:
        product = product.over(Divisor(str(count), count if isinstance(count, int) else None, cancels))
    return product


A, B = of(named("a", (2, 3))), of(named("b", (2, 3)))


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ([over(A, 4)], "a / 4"),
        ([over(number(2) * A, 4)], "2 * a / 4"),
        ([over(number(2) * A, 4, cancels=True)], "a / 2"),
        ([over(number(4) * A, 4, cancels=True)], "a"),
        ([over(number(3) * A, 4, cancels=True)], "3 * a / 4"),
        ([over(A, 2, 3, cancels=True)], "a / 6"),
        ([over(A, 2, 3)], "a / 3 / 2"),
        ([over(A, "n")], "a / n"),
        # What cancels but for counts is nothing.
        ([A, over(number(-4) * A, 4)], "0"),
        ([A, over(number(-4) * A, 2)], "a * (1 - 4 / 2)"),
        ([A, over(number(-4) * A, "n")], "a * (1 - 4 / n)"),
        ([A, B, over(number(-4) * A, 4)], "b"),
        ([over(A, 4), over(B, 4)], "(a + b) / 4"),
        ([over(A, 4), over(B, 5)], "a / 4 + b / 5"),
        ([over(A, 4), over(A, 4)], "2 * a / 4"),
        ([over(A, 4), -over(A, 4)], "0"),
    ],
)
def test_counts_that_a_gradient_is_divided_by_stay_or_cancel(terms, text):
    assert sum_text(added(terms)) == text


HALF = Fraction(1, 2)
LESS = of(difference(A.atom, B.atom))
NEGATED, NEGATIVE = Atom("-b * b", PRODUCT, (2, 3)), Atom("-b - b", SUM, (2, 3))
PART, WHOLE = Atom("P[i]", ATOM, (2, 1), stands_for="P"), named("P", (2, 3))


def power(base, *exponents, raised=()):
    for at, exponent in enumerate(exponents):
        base = base.power(Fraction(exponent), raised=at in raised)
    return base


def decimal(text):
    return number(Fraction(text), decimal=True)


@pytest.mark.parametrize(
    ("product", "text"),
    [
        # A negative power that the user wrote as one is not moved below the line, while it stays negative.
        ("power(A, -2, raised=[0])", "a**-2"),
        ("power(A, -2, raised=[0]) * B", "a**-2 * b"),
        ("power(A, -1, raised=[0]) * power(A, -1)", "a**-2"),
        ("power(A, -1) * power(A, -1, raised=[0])", "a**-2"),
        ("power(A, -2, raised=[0]) * power(A, 3)", "a"),
        ("power(A, -2, raised=[0]) * power(A, 3) / A / A", "1 / a"),
        ("power(A, 2, -1, raised=[0])", "1 / a**2"),
        ("power(power(A, -2, raised=[0]) * power(A, 3), -1)", "1 / a"),
        ("power(power(A, -HALF, raised=[0]) * A, -2)", "1 / a"),
        ("power(A, HALF / 2, 2, -1, raised=[1])", "1 / sqrt(a)"),
        ("power(A, -2, 2, raised=[0])", "a**-4"),
        ("power(A, -1, 2, raised=[1])", "a**-2"),
        ("power(A, -2, -1, -1, raised=[0])", "1 / a**2"),
        ("power(A, HALF, -2, raised=[0])", "1 / a"),
        ("power(A * B, 2, -1, raised=[0])", "1 / (a * b)**2"),
        ("power(A * B, HALF, -2, raised=[0])", "1 / (a * b)"),
        ("power(A * B, -2, raised=[0])", "(a * b)**-2"),
        ("power(A * B, 1) / B", "a"),
        ("power(A * B, 10)", "(a * b)**10"),
        ("power(number(2), 3)", "8"),
        ("power(number(2), HALF)", "sqrt(2)"),
        ('power(decimal("1.5"), 2)', "2.25"),
        ("power(over(number(2), 4), 2)", "(2 / 4)**2"),
        ("power(number(0), -1)", "1 / 0"),
        ("power(over(A, 4), 2)", "(a / 4)**2"),
        ("power(over(A * B, 4), -1)", "1 / (a * b / 4)"),
        ("power(number(0) * A * B, -1)", "1 / (0 * a * b)"),
        ("power(number(HALF) * A, 2)", "(a / 2)**2"),
        ('power(decimal("0.5") * A * B, -1)', "2 / (a * b)"),
        # Numbers in front.
        ("A.scaled(3)", "3 * a"),
        ("A.scaled(HALF)", "a / 2"),
        ("A.scaled(HALF, decimal=True)", "0.5 * a"),
        ('(decimal("0.5") * A).scaled(3)', "1.5 * a"),
        ("number(HALF) * A", "a / 2"),
        ('of(named("1", ())) * A', "a"),
        ('number(1, literal="1.0") * A', "a"),
        ('number(10, literal="1e1") * A', "1e1 * a"),
        ('number(4, literal="4e0") * A * number(-1)', "-4e0 * a"),
        ('number(4, literal="4e0") * A * number(2)', "8 * a"),
        ('decimal("2.5066") * A', "2.5066 * a"),
        ('power(decimal("2.5066"), -1) * A', "a / 2.5066"),
        ('decimal("0.12345678901") * A', "0.12345678901 * a"),
        ('decimal("0.00390625") * A', "0.00390625 * a"),
        ('decimal("0.001953125") * A', "a / 512"),
        ("number(Fraction(7, 9), decimal=True) * A", "0.7777777777777778 * a"),
        ('decimal("1e16") * A', "1e16 * a"),
        ('decimal("9999999999999999") * A', "9999999999999999 * a"),
        ('decimal("2.5e-7") * A', "2.5e-7 * a"),
        # Numbers against divisors.
        ('over(A, "n", cancels=True)', "a / n"),
        ('over(decimal("3") * A, 6, cancels=True)', "3 * a / 6"),
        ('over(decimal("1.5") * A, 3, cancels=True)', "1.5 * a / 3"),
        ('(number(5) * A).over(Divisor("2.5", Fraction(5, 2), cancels=True))', "5 * a / 2.5"),
        ('over(over(over(A, 2, cancels=True), "n"), 3, cancels=True)', "a / 6 / n"),
        ('over(number(4, literal="4e0") * A, 4, cancels=True)', "a"),
        ('over(number(4, literal="4e0") * A, 3, cancels=True)', "4e0 * a / 3"),
        # A minus sign in front of a difference.
        ("number(0) * LESS", "0 * (a - b)"),
        ("number(HALF) * LESS", "(a - b) / 2"),
        ("number(-HALF) * LESS", "(b - a) / 2"),
        ("-power(LESS, HALF)", "-sqrt(a - b)"),
        ("-A * LESS", "a * (b - a)"),
        ("of(difference(A.atom, NEGATED))", "a + b * b"),
        ("of(difference(A.atom, NEGATIVE))", "a - (-b - b)"),
        ("-of(summation(LESS, [0], keep=True))", "sum(b - a, axis=0, keepdims=True)"),
        ("-of(summation(A, [0], keep=True))", "-sum(a, axis=0, keepdims=True)"),
        # Cells that were picked from a tensor cancel with it under the mask that picked them.
        ("of(PART, -1) * of(WHOLE)", "1"),
        ("of(WHOLE) * of(PART, -1)", "1"),
        ("of(PART, -1) * of(WHOLE, 3)", "P**2"),
        ("of(PART, -3) * of(WHOLE)", "1 / P[i]**2"),
        ("of(PART) * of(WHOLE)", "P**2"),
        ("of(WHOLE, 3) * of(PART, -1)", "P**2"),
        ("of(PART, -HALF) * of(WHOLE)", "sqrt(P)"),
    ],
)  # fmt: skip
def test_powers_and_numbers_of_a_product_are_written_as_a_person_would(product, text):
    assert eval(product).turned().text == text


C, D = of(named("c", (2, 3))), of(named("d", (2, 3)))
S, T, EXP = of(named("s", ())), of(named("t", ())), of(Atom("exp(s)", ATOM, ()))
U, V = named("u", (3,)), named("v", (3,))
YES = of(choice("a > 0", number(1), number(0), (2, 3)))
NO = of(choice("a > 0", number(0), number(1), (2, 3)))


def less(left, right):
    return of(difference(left.atom, right.atom))


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ("[LESS, -less(A, C)]", "c - b"),
        ("[LESS, less(B, C)]", "a - c"),
        ("[-LESS, less(A, C)]", "b - c"),
        ("[power(LESS, 2), power(less(A, C), 2)]", "(a - b)**2 + (a - c)**2"),
        ("[power(LESS, 2), -power(less(A, C), 2)]", "(a - b)**2 - (a - c)**2"),
        ("[LESS.scaled(2), -less(A, C)]", "2 * (a - b) - (a - c)"),
        ("[over(LESS, 4), -less(A, C)]", "(a - b) / 4 - (a - c)"),
        ("[of(difference(A.atom, U)), -of(difference(A.atom, V))]", "(a - u) - (a - v)"),
        ("[LESS, less(C, D)]", "(a - b) + (c - d)"),
        ("[less(number(2) * A, B), -less(number(3) * A, B)]", "-a"),
        ("[D * LESS, D * B]", "d * a"),
        ("[D * LESS, -D * A]", "-d * b"),
        ("[EXP * S * T, EXP * A, S * T * B]", "exp(s) * (s * t + a) + s * t * b"),
        ("[EXP * A, S * T * B, EXP * S * T]", "exp(s) * (a + s * t) + s * t * b"),
        ("[-of(group([A, -B, -C]))]", "-(a - b - c)"),
        ("[A, number(HALF) * B]", "a + b / 2"),
        ("[-A, number(HALF) * B]", "b / 2 - a"),
        ("[-A, -B, number(HALF)*C]", "c / 2 - a - b"),
        ("[over(A, 2, 3), -over(A, 3, 2)]", "0"),
        ('[over(A, "n", "m"), -over(A, "m", "n")]', "0"),
        ('[over(A, "n"), A, over(number(-4) * A, 4)]', "a * (1 / n + 1 - 4 / 4)"),
        ("[A, over(number(4) * A, 4)]", "a * (1 + 4 / 4)"),
        ("[D, YES * B, NO * C]", "d + where(a > 0, b, c)"),
        ("[YES * B, D, NO * C]", "where(a > 0, b, c) + d"),
        ("[YES * B.scaled(2), NO * C]", "where(a > 0, 2 * b, c)"),
        ('[number(HALF) * A, decimal("0.5") * A]', "a"),
        ('[decimal("0.5") * A, decimal("0.5") * B]', "0.5 * (a + b)"),
        ('[decimal("0.5") * A, decimal("0.25") * B]', "0.5 * a + 0.25 * b"),
        ('[decimal("1.5") * A, decimal("3") * B]', "1.5 * a + 3 * b"),
        ('[number(4, literal="4e0") * A, number(4, literal="4e0") * B]', "4e0 * (a + b)"),
        ('[number(4, literal="4e0") * A, number(8, literal="8e0") * B]', "4e0 * a + 8e0 * b"),
        ('[number(4, literal="4e0") * A, A]', "5 * a"),
        ('[-decimal("0.5") * A, -decimal("0.5") * B]', "-0.5 * (a + b)"),
        ("[number(2)*D*A, number(4)*D*B]", "d * (2 * a + 4 * b)"),
        ('[decimal("2")*D*A, decimal("0.5")*D*B]', "d * (2 * a + 0.5 * b)"),
        ('[over(D*A, 2, "n"), over(D*B, 2)]', "d * (a / n + b) / 2"),
        ("[over(D*A, 2, 2), over(D*B, 2)]", "d * (a / 2 + b) / 2"),
    ],
)
def test_terms_that_are_groups_or_have_divisors_are_added_as_a_person_would(terms, text):
    assert sum_text(added(eval(terms))) == text


@pytest.mark.parametrize(
    ("names", "axes"),
    [("bge", [0]), ("bge", [1]), ("bge", [2]), ("bge", [0, 2]), ("eg", [0]), ("eg", [1]), ("aeg", [1, 3])],
)
def test_new_axes_of_a_product_are_those_of_its_broadcast_value_and_can_be_taken_away_again(names, axes):
    """Against NumPy, with tensors of fewer axes, which are broadcast on the left."""
    given = {name: TENSORS[name] for name in names}
    whole = 3 * math.prod(given.values())
    expected = np.expand_dims(whole, tuple(axes))
    wide = expanded(product(names), axes, expected.ndim)
    found = value(wide.text, **given)
    assert wide.shape == np.shape(found)
    assert np.broadcast_to(found, expected.shape) == pytest.approx(expected)
    back = squeezed(wide, axes, expected.ndim)
    assert (back.text, back.shape) == (product(names).text, whole.shape)
    full = of(named("w", expected.shape)) * of(named("g", ()))
    assert squeezed(full, axes, expected.ndim).shape == whole.shape


HOT = Atom("one_hot(y, 3)", ATOM, (2, 3), ("one_hot",))


def test_a_row_of_a_one_hot_sums_to_1_and_a_sum_of_one_cell_is_only_written_where_a_rule_writes_its_axis():
    def summed(names, axes, keep, axis="", shape=(2, 3)):
        return total(of(HOT) * names if shape else names, sizes(shape or (1,)), axes, keep, axis).text

    d, a, f = (of(named(name, shape)) for name, shape in (("d", (2, 1)), ("a", (2, 3)), ("f", (1,))))
    assert summed(d, [1], keep=True) == "d"
    assert summed(d, [0], keep=True) == "sum(one_hot(y, 3) * d, axis=0, keepdims=True)"
    assert summed(a, [1], keep=True) == "sum(one_hot(y, 3) * a, axis=1, keepdims=True)"
    assert summed(d, [1], keep=False) == "sum(one_hot(y, 3) * d, axis=1)"
    g = of(named("g", ()))
    assert summed(g, [1], keep=False) == "g * sum(one_hot(y, 3), axis=1)"
    assert summed(g, [1], keep=True) == "g"
    assert summed(g, [0], keep=True) == "g * sum(one_hot(y, 3), axis=0, keepdims=True)"
    assert total(product("ae"), sizes((4, 2, 3)), [0], keep=False).text == "3 * e * sum(a, axis=0)"
    assert summed(f, [0], keep=True, shape=()) == "f"
    assert summed(f, [0], keep=True, axis="-1", shape=()) == "sum(f, axis=-1, keepdims=True)"
    assert summed(f, [0], keep=False, shape=()) == "sum(f)"
    assert summation(A, [0, 1], keep=True).text == "sum(a, keepdims=True)"
    assert summation(A, [0, 1], keep=False, axis="(0, 1)").text == "sum(a)"
    assert summation(A, [0, 1], keep=False, axis="-1").text == "sum(a, axis=-1)"


def test_a_transpose_goes_into_a_sum_of_whole_products_and_a_symmetric_product_has_none():
    whole = matmul(named("x", (4, 2, 3)), named("y", (4, 3, 5)))
    kept = flipped(summation(of(whole), [0], keep=True))
    assert kept.text == "swapaxes(sum(x @ y, axis=0, keepdims=True), -1, -2)"
    assert flipped(summation(of(whole), [1], keep=False)).text == "sum(x @ y, axis=1).T"
    assert flipped(summation(of(named("x", (4, 2, 3))), [0], keep=False)).text == "sum(x, axis=0).T"
    written = flipped(summation(of(whole), [0], keep=False, axis="-3"))
    assert written.text == "sum(swapaxes(y, -1, -2) @ swapaxes(x, -1, -2), axis=-3)"
    h, u, v = named("H", (4, 3)), named("u", (2, 2)), named("v", (2, 2))
    own = Atom("H.T @ H", PRODUCT, (3, 3), ("quoted @", transposed(h), h))
    assert transposed(own).text == "H.T @ H"
    assert transposed(Atom("u @ v", PRODUCT, (2, 2), ("quoted @", u, v))).text == "(u @ v).T"
    assert outer(named("p", (2, 3)), named("q", (4,))).shape == (6, 4)


def test_vectors_of_an_outer_product_are_not_reshaped_on_the_way_back():
    shapes = {"x": (3,), "W": (3,)}
    forward = [("o", "outer(W, x * W)"), ("E", "sum(o**2)")]
    lines = derive(forward, [shapes], ["W"])
    assert [line.source for line in lines] == ["2 * o", "delta_o @ (x * W) + (W @ delta_o) * x"]


def test_a_part_of_a_part_is_named_after_the_whole():
    names = DeltaNames(["Q", "x_part"])
    part = names.part("delta_Q")
    assert [part, names.part(part), names.part("delta_Q")] == [
        "delta_Q_part",
        "delta_Q_part2",
        "delta_Q_part3",
    ]
    assert names.part("delta_x_part") == "delta_x_part_part"


LONG = "2 * tanh(x @ W + b).T @ (2 * (tanh(x @ W + b) @ V - labels) @ V.T * (1 - tanh(x @ W + b)**2)) / 3"
CALLED = "softmax(a_tensor_with_a_long_name)"
SUM_OF_SIX = " + ".join(f"term_{at} * factor_{at}" for at in range(6))


@pytest.mark.parametrize(
    ("source", "parts", "rest"),
    [
        # Twice is not often enough for a sum, three times is, from 13 characters.
        ("(first + second) * c + (first + second) * d", [], None),
        ("(firs+second) * c + (firs+second) * d + (firs+second)", [], None),
        ("(first + ten) * c + (first + ten) * d / (first + ten)", [], None),
        ("(first+second) * c + (first+second) * d + first+second", [], None),
        ("(first+ second) * c + (first+ second) * d / (first+ second)", ["first+ second"],
         "delta_W_part * c + delta_W_part * d / delta_W_part"),
        ("(first + so) * c - (first + so) * d / (first + so)", [], None),
        # Twice is with a function, or for a matrix product from 9 characters.
        ("exp(aaa + b) * c + exp(aaa + b) * d", [], None),
        ("exp(aaa + bb) * c + exp(aaa + bb) * d", ["exp(aaa + bb)"], "delta_W_part * c + delta_W_part * d"),
        ("exp(first_tensor) * c + exp(first_tensor) * d", [], None),
        ("(aa @ bbb) * c + (aa @ bbb) * d", [], None),
        ("(aaa @ bbb) * c + (aaa @ bbb) * d", ["aaa @ bbb"], "delta_W_part * c + delta_W_part * d"),
        # The longest that occurs several times goes first, and what occurs within it too.
        (LONG, ["tanh(x @ W + b)", "2 * (delta_W_part @ V - labels) @ V.T * (1 - delta_W_part**2)"],
         "2 * delta_W_part.T @ delta_W_part2 / 3"),
        # What does not fit is cut so that the longer line becomes shortest.
        ("softmax(first_tensor) * second_tensor + third_tensor * fourth_tensor / (fifth - sixth)",
         ["third_tensor * fourth_tensor / (fifth - sixth)"],
         "softmax(first_tensor) * second_tensor + delta_W_part"),
        (f"({SUM_OF_SIX}).T @ last", ["term_0 * factor_0 + term_1 * factor_1",
         "delta_W_part + term_2 * factor_2 + term_3 * factor_3"],
         "(delta_W_part2 + term_4 * factor_4 + term_5 * factor_5).T @ last"),
        (f"-{'x' * 75} + yyyyyy", [f"-{'x' * 75}"], "delta_W_part + yyyyyy"),
        (f"concatenate([{', '.join(f'{name}_tensor * 2' for name in 'abcde')}])",
         ["concatenate([a_tensor * 2, b_tensor * 2, c_tensor * 2])"],
         "concatenate([delta_W_part, d_tensor * 2, e_tensor * 2])"),
        # A function's result that the equation reads twice, under a name or with its own text.
        (f"{CALLED} * first_tensor + {CALLED} * second_tensor + third_tensor * fourth_tensor",
         [CALLED, "delta_W_part * first_tensor + delta_W_part * second_tensor"],
         "delta_W_part2 + third_tensor * fourth_tensor"),
        (f"({CALLED} - first_tensor) / (second_tensor + third_tensor * fourth_tensor) * {CALLED}",
         [CALLED, "second_tensor + third_tensor * fourth_tensor"],
         "(delta_W_part - first_tensor) / delta_W_part2 * delta_W_part"),
        (f"first_tensor * second_tensor + {CALLED}**2 + third_tensor * fourth_tensor * {CALLED} + one",
         [f"first_tensor * second_tensor + {CALLED}**2", f"third_tensor * fourth_tensor * {CALLED}"],
         "delta_W_part + delta_W_part2 + one"),
        # Parentheses go with what they are around, those of a call stay.
        ("exp(-(first_tensor_name * second_tensor_name)) / (1 + exp(-third_tensor_name))**2 * fourth_tensor",
         ["exp(-(first_tensor_name * second_tensor_name))"],
         "delta_W_part / (1 + exp(-third_tensor_name))**2 * fourth_tensor"),
        ("(first_tensor + second_tensor)[:, None] * third_tensor_name + (fourth_tensor - fifth_tensor)[None]",
         ["(first_tensor + second_tensor)[:, None] * third_tensor_name"],
         "delta_W_part + (fourth_tensor - fifth_tensor)[None]"),
        ("sum((first_tensor_name - second_tensor_name) * third_tensor_name, axis=0, keepdims=True) * fourth",
         ["(first_tensor_name - second_tensor_name) * third_tensor_name"],
         "sum(delta_W_part, axis=0, keepdims=True) * fourth"),
        ("(first_tensor_name + second_tensor_name).T @ (third_tensor_name - fourth_tensor_name) @ last",
         ["third_tensor_name - fourth_tensor_name"],
         "(first_tensor_name + second_tensor_name).T @ delta_W_part @ last"),
        ("2 * ((first_tensor_name + second_tensor_name * 3) / 4 - third_tensor_name)"
         " * fourth_tensor_name * fifth_tensor",
         ["(first_tensor_name + second_tensor_name * 3) / 4 - third_tensor_name"],
         "2 * delta_W_part * fourth_tensor_name * fifth_tensor"),
        ("concatenate([first_tensor_name * second_tensor_name * 2, third_tensor_name * fourth_tensor_name])",
         ["first_tensor_name * second_tensor_name * 2"],
         "concatenate([delta_W_part, third_tensor_name * fourth_tensor_name])"),
        ("x" * 82, [], None),
    ],
)  # fmt: skip
def test_a_long_equation_is_cut_into_parts_that_make_the_same_expression(source, parts, rest):
    found, left = split("delta_W", source, DeltaNames([]), {})
    assert [text for _, text in found] == parts
    assert left == (source if rest is None else rest)
    lines = dict(found)
    whole = ast.parse(left, mode="eval")

    class PutBack(ast.NodeTransformer):
        def visit_Name(self, node):
            text = lines.get(node.id)
            return node if text is None else self.visit(ast.parse(text, mode="eval").body)

    if "concatenate" not in source:
        assert ast.unparse(PutBack().visit(whole)) == ast.unparse(ast.parse(source))
    assert all(fits_line(*line) for line in [*found, ("delta_W", left)])


def test_a_part_that_an_earlier_equation_has_is_read_by_its_name():
    known = {}
    names = DeltaNames([])
    assert len(split("delta_W", LONG, names, known)[0]) == 2
    assert split("delta_V", LONG.replace(").T @ (2", ") @ (2"), names, known) == (
        [],
        "2 * delta_W_part @ delta_W_part2 / 3",
    )
    # A short equation is left as it is.
    assert split("delta_c", "tanh(x @ W + b) * 3", names, known) == ([], "tanh(x @ W + b) * 3")


@pytest.mark.parametrize(
    ("name", "length", "fits"), [(5, 84, True), (6, 84, False), (1, 85, False), (9, 80, True)]
)
def test_an_equation_fits_with_84_characters_and_92_with_its_name(name, length, fits):
    assert fits_line("n" * name, "s" * length) == fits


@pytest.mark.parametrize(
    ("forward", "source"),
    [
        ([("F", "(x @ W).reshape(-1)"), ("E", "sum(F**2)")], "x.T @ delta_F.reshape(-1, 2)"),
        (
            [("F", "mean(x @ W, axis=0)"), ("E", "sum(F**2)")],
            "outer(sum(x, axis=0), delta_F) / size(x, 0)",
        ),
        ([("E", "mean((x @ W)**2)")], "2 * x.T @ (x @ W) / size(x, 0) / 2"),
    ],
)
def test_where_batches_differ_in_size_no_count_of_samples_is_written_as_a_number(forward, source):
    """The gradients of the same equations are right for both sizes, compared with differences."""
    batches = [RNG.normal(size=(4, 3)), RNG.normal(size=(2, 3))]
    W, h = RNG.normal(size=(3, 2)), 1e-6
    derived = derive(forward, [{"x": x.shape, "W": W.shape} for x in batches], ["W"])
    assert [line.source for line in derived if line.name == "delta_W"] == [source]
    for x in batches:
        found = run([(line.name, line.source) for line in derived], run(forward, {"x": x, "W": W}))["delta_W"]
        for cell in np.ndindex(W.shape):
            step = np.zeros_like(W)
            step[cell] = h
            ends = [run(forward, {"x": x, "W": W + sign * step})["E"] for sign in (1, -1)]
            assert found[cell] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-5, abs=1e-8)
