"""What a person writes as a dot: a product of matrices, or one with a single number."""

import pytest

from bpstep.errors import ExpressionError
from bpstep.lang.products import canonical_dots

SHAPES = {"A": (2, 3), "B": (3, 2), "v": (3,), "s": (), "r": (), "T": (2, 3, 4), "dotted": (2, 3)}


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("dot(A, B)", "A @ B"),
        ("np.dot(A, v)", "A @ v"),
        ("A.dot(B)", "A @ B"),
        ("dot(s, A)", "s * A"),
        ("dot(A, s)", "A * s"),
        ("dot(s, r)", "s * r"),
        ("dot(T, v)", "T @ v"),
        ("dot(s, T)", "s * T"),
        ("dot(T, s)", "T * s"),
        ("dot(sum(A), A)", "sum(A) * A"),
        ("dot(A, dot(s, B))", "A @ (s * B)"),
        ("dot(dot(A, B), s)", "A @ B * s"),
        ("dot(A + A, B)", "(A + A) @ B"),
        ("np.matmul(A, B)", "A @ B"),
        ("np.matmul(s, A)", "s @ A"),
        ("matmul(T, A)", "T @ A"),
        ("dotted + A", "dotted + A"),
        ("A @ B", "A @ B"),
    ],
)
def test_a_dot_is_a_product_of_matrices_or_with_one_number(written, canonical):
    assert canonical_dots(written, SHAPES) == canonical


@pytest.mark.parametrize("text", ["dot(A, T)", "dot(v, T)", "dot(A + A, T)"])
def test_a_dot_over_other_axes_than_a_product_s_is_refused(text):
    with pytest.raises(ExpressionError, match="T"):
        canonical_dots(text, SHAPES)


@pytest.mark.parametrize("text", ["dot(A)", "dot(A, B, s)", "dot(A, Q)", "dot(A,"])
def test_what_is_no_such_product_is_left_to_the_parser(text):
    assert "*" not in canonical_dots(text, SHAPES)
