"""The language of equations: the predicted shapes and the values are NumPy's."""

import ast
import re

import numpy as np
import pytest
from chance import examples
from expressions import SHAPES, TENSORS, understood, value_of
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy_by_hand import BY_HAND, NUMPY, sigmoid

from bpstep.errors import ExpressionError
from bpstep.lang import parser
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS, INLINED
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower, may_be_whole
from bpstep.lang.shapes import value_shape

# An independent reading of the same text: NumPy with truth values made numbers, and activations by hand.


_IN_FLOAT64 = ("any", "all", "power", "square", "size")
"""Operations that give numbers, not truth values or whole numbers: a whole number has no negative zero."""


class _AsNumbers(ast.NodeTransformer):
    def visit_Compare(self, node):
        return self._called("number", self.generic_visit(node))

    def visit_Call(self, node):
        node = self.generic_visit(node)
        if getattr(node.func, "id", getattr(node.func, "attr", "")) in ("arange", "repeat", "reshape"):
            node.args = [self._whole(arg) for arg in node.args]
        if getattr(node.func, "id", "") == "power":  # no whole number has a negative power
            node.args[1:] = [self._called("number", arg) for arg in node.args[1:]]
        counted = isinstance(node.func, ast.Name) and node.func.id in _IN_FLOAT64
        return self._called("number", node) if counted else node

    @staticmethod
    def _whole(node):
        """A length as NumPy needs it where it counts something."""
        return node.args[0] if re.match(r"number\(size\(", ast.unparse(node)) else node

    def visit_BinOp(self, node):
        # No whole number has a negative power.
        node = self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            node.right = self._called("number", node.right)
        return node

    def visit_Constant(self, node):
        return node if type(node.value) is not float else self._called("number", node)

    @staticmethod
    def _called(name, node):
        return ast.Call(ast.Name(name, ast.Load()), [node], [])


def scaling_dot(a, b):
    """NumPy's dot, but with a single number a product: NumPy adds it to 0, which -0 does not survive."""
    return a * b if np.ndim(a) == 0 or np.ndim(b) == 0 else np.dot(a, b)


class _AsDots(ast.NodeTransformer):
    """`np.dot(a, b)` and `a.dot(b)`, which what NumPy makes of a single number has not, as `dot(a, b)`."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "dot":
            is_method = ast.unparse(node.func.value) != "np"
            node.args = [*([node.func.value] if is_method else []), *node.args]
            node.func = ast.Name("dot", ast.Load())
        return node


def numpy_value(text):
    """The text evaluated with NumPy, its shape with it."""
    tree = ast.fix_missing_locations(_AsNumbers().visit(ast.parse(text, mode="eval")))
    scope = {**NUMPY, **BY_HAND, "number": lambda truth: np.asarray(truth, np.float64)[()], **TENSORS}
    scope["dot"] = scaling_dot
    with np.errstate(all="ignore"):
        return np.asarray(eval(compile(tree, "<oracle>", "eval"), scope))


def test_the_oracle_knows_every_function():
    assert set(NUMPY) | set(BY_HAND) == set(FUNCTIONS)
    assert set(INLINED) < set(FUNCTIONS)


_NUMBERS = st.sampled_from(["0.5", "2.0", "3.0", "1.0", "0.0", "(-0.0)", "10.0"])
_PLAIN = st.one_of(st.sampled_from(list(TENSORS)), st.sampled_from(list(TENSORS)), _NUMBERS)
_ONE = sorted(name for name, row in FUNCTIONS.items() if row.takes == ("array",) and not row.keywords)
_TWO = ["maximum", "minimum", "power", "dot", "matmul"]
_OVER = ["sum", "mean", "max", "min", "any", "all", "var", "std", "argmax"]
_AXES = st.sampled_from(
    [
        *("", ", axis=0", ", axis=1", ", axis=-1", ", axis=2", ", axis=0, keepdims=True"),
        *(", axis=(0, 1)", ", axis=(-1, 0), keepdims=True", ", axis=(1,)"),
    ]
)
_INDICES = ["0", "-1", "1", "2", "0, 1", ":, 0", "0:1", "::-1", "1:", ":, 1:2", "5:", "-1, ::2", "0, 0, 0"]
_INDICES += [
    ":, None",
    "None",
    "None, 0",
    "I",
    ":, I",
    "I, I",
    "arange(2), I",
    "I, None, :",
    "0, I",
    "I[::-1]",
]
_INDICES += ["argmax(A, axis=1)", "I, 1:", "-I", "I - 2", "0, :, I", "None, I"]
_CALLS = ["swapaxes({0}, 0, 1)", "swapaxes({0}, -1, 0)", "transpose({0})", "transpose({0}, (1, 0))"]
_CALLS += ["transpose({0}, axes=(2, 0, 1))", "pad({0}, 1)", "pad({0}, ((1, 0), (0, 2)))", "one_hot({0}, 3)"]
_CALLS += ["windows({0}, 2, axis=0)", "windows({0}, 2, axis=-1)", "overlap_add({0}, axis=0)", "size({0})"]
_CALLS += ["size({0}, 0)", "arange(size({0}, 0))", "clip({0}, -0.5, 1.0)", "({0}).reshape(size({0}, 0), -1)"]
_CALLS += ['einsum("ij->ji", {0})', 'einsum("ij->", {0})', 'einsum("ijk->ki", {0})', 'einsum("i->i", {0})']
_CALLS += ["repeat({0}, size(I))", "arange(1, 4, 2) * ({0})", "argmax({0}, axis=1, keepdims=True)"]
_EINSUMS = ["ij,jk->ik", "ij,ij->", "i,j->ij", "ij,j->i", "ijk,kj->i", "ij,ij->ij"]
_SIZES = ["6", "2, 3", "3, 2", "1, -1", "-1", "3, 1", "1, 1", "[6, 1]", "2, 2", "-1, 4", "1, 3, 2"]


def _grown(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "@", "@"]), inner).map(
            lambda p: f"({p[0]}) {p[1]} ({p[2]})"
        ),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner).map(
            lambda p: f"({p[0]}) {p[1]} ({p[2]})"
        ),
        inner.map(lambda a: f"-({a})"),
        inner.map(lambda a: f"({a}).T"),
        st.tuples(st.sampled_from(_ONE), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(_OVER), inner, _AXES).map(lambda p: f"{p[0]}({p[1]}{p[2]})"),
        st.tuples(inner, st.sampled_from(_INDICES)).map(lambda p: f"({p[0]})[{p[1]}]"),
        st.tuples(inner, st.sampled_from(_SIZES)).map(lambda p: f"({p[0]}).reshape({p[1]})"),
        st.tuples(inner, st.sampled_from(["1", "3", "2, axis=0", "2, axis=1"])).map(
            lambda p: f"repeat({p[0]}, {p[1]})"
        ),
        st.tuples(pairs, st.sampled_from(["", ", axis=0", ", axis=1"])).map(
            lambda p: f"concatenate([{p[0][0]}, {p[0][1]}]{p[1]})"
        ),
        pairs.map(lambda p: f"outer({p[0]}, {p[1]})"),
        st.tuples(st.sampled_from(_TWO), pairs).map(lambda p: f"{p[0]}({p[1][0]}, {p[1][1]})"),
        st.tuples(st.sampled_from(_CALLS), inner).map(lambda p: p[0].format(p[1])),
        st.tuples(st.sampled_from(_EINSUMS), pairs).map(lambda p: f'einsum("{p[0]}", {p[1][0]}, {p[1][1]})'),
        st.tuples(pairs, st.sampled_from(["", ", axis=1", ", axis=-1"])).map(
            lambda p: f"stack([{p[0][0]}, {p[0][1]}]{p[1]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"where({', '.join(p)})"),
    )


EXPRESSIONS = st.recursive(_PLAIN, _grown, max_leaves=6)

_STRICTER = (
    "there are 0 axes",
    "single numbers",
    "at most 6 are",
    "second argument of dot",
    "side by side",
    "whole numbers",
    "the axes of the index",
    r"one number @|@ one number",
)
"""NumPy gives a number without axes an axis 0, and takes indices that are apart; equations do not.

Its dot is written @, which takes no single number.
"""


def _refused_by_numpy(text):
    # AxisError is a ValueError.
    with pytest.raises((ValueError, IndexError, TypeError, AssertionError, DeprecationWarning)):
        numpy_value(text)


@examples(500)
@given(EXPRESSIONS)
@example("(-2.0)**A")
@example("-2.0**A")
@example("A * (-0.0)")
@example("S / (0.0 * (-3.0))")
@example("where(S < S, A, -(0.0))")
@example("(1.0 < 2.0).T")
@example("where(1.0 < 2.0, A, S)")
@example("any(A, axis=0) * 2.0 - (A < S)")
@example("softmax(A[:, 5:])")
@example("max(A[5:])")
@example("mean(A[5:], axis=1)")
@example("S.reshape(1, 1)[0]")
@example("C @ C")
@example("C @ B @ D")
@example("K @ K[:, 0][:, :, None]")
@example("I**(-I)")
@example("2.0**(-I)")
@example("one_hot(-I, 3)")
@example("softmax(K)[arange(2), :, I]")
@example("K[0, :, I]")
@example("var(K, axis=(0, 2), keepdims=True)")
@example("var(S) + std(2.0)")
@example("square(2.0) + power(2.0, S)")
@example("clip(2.0, 0.0, 1.0)")
@example("1.0 / (size(A, 0) - 2.0)")
@example("transpose(S) + pad(S, 1)")
@example("A[argmax(A, axis=0)]")
@example("arange(3) / (arange(3) - 1.0)")
@example("-stack([I, power(I, I)])")
@example("-(power(I, -(I)))")
@example("-stack([I, square(I)])")
@example("-(size(A[5:]) * I)")
@example("-windows(I, 2, axis=0)")
@example("dot(A, K)")
@example("dot(A, S).T")
@example("D / dot(A, S)")
@example("matmul(A, S)")
@example("dot(sum(K, axis=0), K)")
@example("(outer(S, 0.5))[I, 1:]")  # of an empty result NumPy only warns
def test_shape_and_value_are_those_of_numpy(text):
    """Predictions come true, and NumPy also refuses what is refused."""
    assume(len(text) <= 2_000)
    try:
        value = value_of(text)
    except (IndexError, DeprecationWarning):  # no index of this axis: nothing but the values tell
        _refused_by_numpy(text)
        return
    except ExpressionError as error:
        if any(re.search(reason, str(error)) for reason in ("finite", "deep", *_STRICTER)):
            return
        _refused_by_numpy(text)
        return
    wanted = numpy_value(text)
    if re.search(r"\bI\b|arange|argmax|size", text):
        # NumPy keeps whole numbers whole.
        assert value.dtype in (np.float64, np.int64)
        wanted = wanted.astype(value.dtype)
    assert value.dtype == wanted.dtype
    assert type(value) is (np.ndarray if wanted.shape else value.dtype.type)
    np.testing.assert_array_equal(value, wanted, strict=True)
    # Of two zeros one is below the other where something is divided by it.
    np.testing.assert_array_equal(np.signbit(value)[wanted == 0], np.signbit(wanted)[wanted == 0])


def test_a_result_is_float64_whatever_it_is_made_of():
    for text in (
        "1",
        "-1",
        "1 < 2",
        "any(A)",
        "A < 1",
        "ones_like(1)",
        "2 - 1",
        "S",
        "-S",
        "abs(2)",
        "1 == 1",
    ):
        value = value_of(text)
        assert value.dtype == np.float64, text
        assert isinstance(value, np.ndarray | np.float64), text


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, "step", "gelu", "square", "var", "std", "sign"}))
def test_an_activation_hides_no_nan(name):
    assert np.isnan(value_of(f"{name}(log(S))"))


def test_whole_numbers_are_floats_so_that_no_tower_is_built():
    assert value_of("2**1000") == 2.0**1000
    assert value_of("10**16 + 1") == 1e16
    assert value_of("7 / 2") == 3.5
    assert value_of("2**-1") == 0.5


def test_reads_are_the_tensors_in_order_of_first_appearance():
    tree = parser.parse("B @ (A * S) - sum(C) * where(A, D, B[0, 1])", SHAPES)
    assert parser.reads(tree) == ("B", "A", "S", "C", "D")
    assert parser.reads(parser.parse("1 + 2", SHAPES)) == ()


def test_the_limits_themselves_are_allowed():
    wide = "concatenate([" + ", ".join(["C"] * 661) + "])"
    assert len(wide) == 1_996
    assert value_of(f"  {wide}.T.T   ").shape == (1983,)
    np.testing.assert_array_equal(value_of("-" * 49 + "A"), -TENSORS["A"])
    np.testing.assert_array_equal(value_of("tanh(" * 49 + "S" + ")" * 49), _repeatedly(np.tanh, 49))
    assert value_of("sigmoid(" * 49 + "S" + ")" * 49) == _repeatedly(sigmoid, 49)
    assert value_of("sum(repeat(S, 33554432))") == pytest.approx(-1.75 * 2**25)


def _repeatedly(function, times):
    value = TENSORS["S"]
    for _ in range(times):
        value = function(value)
    return value


def test_what_passes_the_grammar_is_made_of_a_few_kinds_of_nodes_only():
    """The grammar's promise restated over the tree that runs, whatever it was written as."""
    lowered, _ = understood("where(A < 0, silu(A), sum(A[0:1].T)) * 2")
    kinds = {type(node) for node in ast.walk(lowered)}
    allowed = {ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript}
    allowed |= {ast.Slice, ast.Tuple, ast.Load, ast.Compare, ast.Lt, ast.Mult, ast.Add, ast.Div, ast.USub}
    assert kinds <= allowed


@pytest.mark.parametrize(
    ("numpy", "own"),
    [
        ("np.exp(A)", "exp(A)"),
        ("numpy.tanh( A )", "tanh( A )"),
        ("np.sum(A)", "sum(A)"),
        ("np.sum(A, axis=0, keepdims=True)", "sum(A, axis=0, keepdims=True)"),
        ("np.sum(A, 0)", "sum(A, axis=0)"),
        ("sum(A, 0)", "sum(A, axis=0)"),
        ("A.sum()", "sum(A)"),
        ("A.sum(0)", "sum(A, axis=0)"),
        ("A.sum(axis=0)", "sum(A, axis=0)"),
        ("(A - 1).mean(axis=1, keepdims=True)", "mean(A - 1, axis=1, keepdims=True)"),
        ("A.T.max() + A.min()", "max(A.T) + min(A)"),
        ("(A > 0).all() * (A < 0).any()", "all(A > 0) * any(A < 0)"),
        ("A.transpose()", "A.T"),
        ("np.transpose(A + A)", "(A + A).T"),
        ("A.dot(B)", "A @ B"),
        ("A[range(2), I]", "A[arange(2), I]"),
        ("A[range(0, 2, 1)]", "A[arange(0, 2, 1)]"),
        ("np.dot(A, B)", "A @ B"),
        ("np.matmul(A, B)", "A @ B"),
        ("dot(A, B) + D", "(A @ B) + D"),
        ("2 * np.dot(A, B)", "2 * (A @ B)"),
        ("-np.dot(A, B)**2", "-(A @ B)**2"),
        ("exp(-np.dot(A, B))", "exp(-(A @ B))"),
        ("sum(np.dot(A, B), axis=0)", "sum(A @ B, axis=0)"),
        ("np.dot(A, B).T", "(A @ B).T"),
        ("np.dot(np.dot(A, B), D)", "A @ B @ D"),
        ("np.dot(A, np.dot(B, D))", "A @ (B @ D)"),
        ("np.dot(A + A, B - B)", "(A + A) @ (B - B)"),
        ("np.dot(A.T, A * 2)", "A.T @ (A * 2)"),
        ("A.dot(B).sum(axis=0)", "sum(A @ B, axis=0)"),
        ("np.reshape(A, (3, 2))", "A.reshape((3, 2))"),
        ("A.reshape((3, -1)).T", "A.reshape((3, -1)).T"),
        ("np.concatenate((A, A), axis=1)", "concatenate([A, A], axis=1)"),
        ("np.concatenate([A, A], 1)", "concatenate([A, A], axis=1)"),
        ("np.where(A > 0, A, 0.01 * A)", "where(A > 0, A, 0.01 * A)"),
        ("np.repeat(A[0], 3)", "repeat(A[0], 3)"),
        ("A[np.int(0)]", "A[np.int(0)]"),
        ("(A + np.exp(A))", "(A + exp(A))"),
        ("np.dot(A, B)**2", "(A @ B)**2"),
        ("A[:, np.newaxis]", "A[:, None]"),
        ("A.dot(B, D)", "A.dot(B, D)"),
        ("np.dot(A, B, out=D)", "dot(A, B, out=D)"),
        ("np.transpose(A, axes=(1, 0))", "transpose(A, axes=(1, 0))"),
        ("np.transpose(K, (2, 0, 1))", "transpose(K, (2, 0, 1))"),
        ("K.transpose(2, 0, 1)", "transpose(K, (2, 0, 1))"),
        ("A.transpose((1, 0))", "A.transpose((1, 0))"),
        ("transpose(K, 2, 0, 1)", "transpose(K, 2, 0, 1)"),
        ("np.transpose(K, 2, 0, 1)", "transpose(K, 2, 0, 1)"),
        ("A.astype(float) + 1", "A + 1"),
        ("(A > 1).astype(np.float64) * 2", "(A > 1) * 2"),
        ("(A > 1).astype(np.float32) * 2", "(A > 1).astype(np.float32) * 2"),
        ("A.astype(int)", "A.astype(int)"),
        ("A.astype(2)", "A.astype(2)"),
        ("A.astype(float, A)", "A.astype(float, A)"),
        ("np.stack((A, A), 1)", "stack([A, A], axis=1)"),
        ("np.stack([A, A], 1, 2)", "stack([A, A], axis=1, axis=2)"),
        ("np.stack(A)", "stack(A)"),
        ("np.stack()", "stack()"),
        ("np.dot(A, B, out=D) * 2", "dot(A, B, out=D) * 2"),
        ("np.range(3)", "np.range(3)"),
        ("np.reshape()", "np.reshape()"),
        ("K.transpose(2, 0, 1, copy=A)", "K.transpose(2, 0, 1, copy=A)"),
        ("np.sum(A, float)", "sum(A, axis=float)"),
        ("np.repeat(A, 3, axis=np.sum(B))", "repeat(A, 3, axis=sum(B))"),
        ("A.matmul(B)", "A.matmul(B)"),
        ("torch.sum(A)", "torch.sum(A)"),
        ("np.exp([A], 1)", "exp([A], 1)"),
        ("A.sum(0, 1)", "A.sum(0, 1)"),
        ("np.sum()", "sum()"),
        ("np.sum(**A)", "sum(**A)"),
        ("np.sum(A, **B)", "sum(A, **B)"),
        ("np.sum(A, 0, **B)", "sum(A, axis=0, **B)"),
        ("A.range(3)", "A.range(3)"),
        ("range(3, **A)", "range(3, **A)"),
        ("torch.dot(A, B)", "torch.dot(A, B)"),
        ("torch.sum(A, 0)", "torch.sum(A, 0)"),
        ("A.B.sum(0)", "sum(A.B, axis=0)"),
        ("A.reshape(3, 2).sum()", "sum(A.reshape(3, 2))"),
        ("np.reshape(A + A, 3, -1)", "(A + A).reshape(3, -1)"),
        ("reshape(A, 6)", "reshape(A, 6)"),
        ("np.dot(A < B, D)", "(A < B) @ D"),
        ("np.dot(A, -B)", "A @ -B"),
        ("np.dot(A / B, C**2)", "A / B @ C**2"),
        ("np.dot(A, B @ D)", "A @ (B @ D)"),
        ("[np.sum(A)] + (np.sum(B), 2)", "[sum(A)] + (sum(B), 2)"),
        ("np.sum(A) if np.any(A) else 0", "sum(A) if any(A) else 0"),
        ("np.sum(A) + (lambda: A)", "np.sum(A) + (lambda: A)"),
    ],
)
def test_numpy_as_people_write_it_becomes_the_languages_own_form(numpy, own):
    assert parser.canonical(numpy) == own


NUMPY_FORMS = st.recursive(
    st.sampled_from(["A", "B", "A.T", "D", "S", "np.abs(A)", "(A - 1)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        st.tuples(inner, inner).map(lambda p: f"np.dot({p[0]}, {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}).dot({p[1]})"),
        inner.map(lambda a: f"-{a}"),
        inner.map(lambda a: f"{a}**2"),
        inner.map(lambda a: f"np.tanh({a})"),
        inner.map(lambda a: f"np.transpose({a})"),
        inner.map(lambda a: f"({a}).transpose()"),
        st.tuples(inner, st.sampled_from(["", "0", "axis=0", "1, keepdims=True", "axis=1"])).map(
            lambda p: f"({p[0]}).sum({p[1]})" if p[1][:1] != "1" else f"np.sum({p[0]}, {p[1]})"
        ),
    ),
    max_leaves=6,
)


@given(NUMPY_FORMS)
@example("np.dot(A, B)**2")
@example("A - np.dot(A, B) * 2")
@example("A.T @ np.dot(A, B)")
@example("np.dot(A, B) @ A")
@example("(-S).dot(A)")
@example("-D / np.dot(A, S)")
def test_a_numpy_form_has_the_value_that_numpy_gives_it(text):
    """The oracle is NumPy itself, running the text as written."""
    try:
        value = value_of(text)
    except ExpressionError:
        return
    tree = ast.fix_missing_locations(_AsDots().visit(ast.parse(text, mode="eval")))
    scope = {"np": np, "dot": scaling_dot, **{name: np.asarray(value) for name, value in TENSORS.items()}}
    with np.errstate(all="ignore"):
        wanted = np.asarray(eval(compile(tree, "<oracle>", "eval"), scope))
    np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=0)
    assert parser.canonical(parser.canonical(text)) == parser.canonical(text)


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        *[("A * 2", False), ("sum(A, axis=0)", False), ("A[k]", True), ("k", True), ("2 * k - 1", True)],
        *[("argmax(A)", True), ("size(A, 0)", True), ("A * size(A, 0)", True), ("exp(A)", False)],
    ],
)
def test_only_what_reads_or_makes_whole_numbers_may_be_computed_in_them(text, may_be):
    shapes = {"A": (2, 3), "k": value_shape(np.arange(2))}
    assert may_be_whole(parser.parse(text, shapes), shapes) is may_be


ODD = {"layers[0].W": np.array([2.0, 3.0]), "delta:41": np.array([5.0, 7.0]), "W": np.array([11.0, 13.0])}


@pytest.mark.parametrize(
    ("text", "reads", "gives", "rewritten"),
    [
        ("layers[0].W * W", ("layers[0].W", "W"), [22, 39], "layers[0].W * W"),
        ("W - delta:41", ("W", "delta:41"), [6, 6], "W - delta:41"),
        ("np.sum(layers[0].W)", ("layers[0].W",), 5, "sum(layers[0].W)"),
        ("delta:41[1] + W[0]", ("delta:41", "W"), 18, "delta:41[1] + W[0]"),
    ],
)
def test_tensors_may_have_names_that_are_no_identifiers(text, reads, gives, rewritten):
    assert parser.canonical(text, ODD) == rewritten
    tree = parser.parse(rewritten, {name: value.shape for name, value in ODD.items()})
    assert parser.reads(tree) == reads
    shapes = {name: value.shape for name, value in ODD.items()}
    assert evaluate(compile_lowered(lower(tree, shapes)), ODD, evaluation_scope()).tolist() == gives
