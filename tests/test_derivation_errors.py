"""What cannot be derived is refused in one line that names the equation."""

import numpy as np
import pytest

from bpstep.errors import ExpressionError
from bpstep.lang.shapes import WholeShape
from bpstep.program.derivation.reverse_pass import derive

START = {"X": (4, 2), "t": (4, 1), "W": (2, 1), "b": (), "ix": (4, 2), "std": (4, 1), "exp": (4, 1)}

INDICES = {"y": WholeShape((4,)), "z": WholeShape((4, 1)), "X": (4, 2), "W": (2, 3)}


def refused(forward, parameters=("W",), start=START):
    """The message, and the equation that the error is about."""
    lines = [tuple(side.strip() for side in line.split("=", 1)) for line in forward.splitlines()]
    with pytest.raises(ExpressionError) as caught:
        derive(lines, [start], parameters)
    message = str(caught.value)
    assert "\n" not in message
    return message, caught.value.equation


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (
            "Y = X @ W\nY = Y + b\nE = mean(Y)",
            "Y: this name is written twice; give the second result a name of its own",
        ),
        (
            "W = W + b\nE = mean(X @ W)",
            "W: a tensor of this name exists from the start; give the result a name of its own",
        ),
        ("E = X @ W", "E: the loss has the shape 4×1; expected a single number, as sum or mean gives"),
        (
            "E = sum(X)",
            "E: the loss does not depend on W; use it in an equation that the loss reads, or remove it",
        ),
        (
            "Y = X @ W\nE = sum(X)",
            "E: the loss does not depend on W; use it in an equation that the loss reads, or remove it",
        ),
        (
            "Y = X @ W\nE = sum(step(Y))",
            "E: step(Y) has the derivative 0 everywhere: W gets no gradient; "
            "use a function with a slope, like tanh",
        ),
        (
            "Y = 2 * floor(X @ W) + t\nE = sum(Y)",
            "Y: floor(X @ W) has the derivative 0 everywhere: W gets no gradient; "
            "use a function with a slope, like tanh",
        ),
        (
            "Y = X @ W\nA = floor(Y)\nH = Y > 0\nE = sum(t * H)",
            "H: Y > 0 has the derivative 0 everywhere: W gets no gradient; "
            "use a function with a slope, like tanh",
        ),
        ("Y = X @ V\nE = sum(Y)", "Y: no tensor is called V; the tensors are X, t, W, b, ix, std, exp"),
        ("E = mean(Y)\nY = X @ W", "E: Y is not computed before this equation, so it cannot be read here"),
        ("Y = X @@ W\nE = mean(Y)", 'Y: not an expression: invalid syntax at column 4, near "@ W"'),
        ("Y = W @ X\nE = mean(Y)", "Y: W @ X: the shapes 2×1 @ 4×2 do not fit together"),
        (
            "Y = (X @ W)[:, ix]\nE = mean(Y)",
            "Y: the derivative of (X @ W)[:, ix] is not known; index the first axis",
        ),
        (
            "Y = (X @ W)[::2, 0]\nE = mean(Y)",
            "Y: the derivative of (X @ W)[::2, 0] is not known with other indices; take one slice at a time",
        ),
        (
            "Y = (X @ W) + std\nE = mean(std(Y, axis=0))",
            "E: std is a tensor here, so the function std cannot be called; give the tensor another name",
        ),
        (
            "mean = X @ W\nE = mean(mean)",
            "E: mean is a tensor here, so the function mean cannot be called; give the tensor another name",
        ),
        (
            "Y = log1p(X @ W)\nlog1p = Y * 2\nE = sum(log1p)",
            "log1p: Y calls the function log1p; give the tensor another name",
        ),
        ("Y = expm1(X @ W)\nE = sum(Y)", "exp: delta_W calls the function exp; give the tensor another name"),
    ],
)
def test_what_cannot_be_derived_names_its_equation(forward, message):
    assert refused(forward) == (message, message.split(":")[0])


@pytest.mark.parametrize(
    ("picked", "instead"),
    [
        ("P[arange(4), 0]", "P[:, 0]"),
        ("P[arange(2), 0]", "P[:, 0][arange(2)]"),
        ("P[1:3, y[1:]]", "P[1:3][:, y[1:]]"),
        ("P[0, y]", "P[0][y]"),
        ("P[y, 1:]", "P[:, 1:][y]"),
        ("P[None, y]", "P[y][None]"),
        ("P[y, None]", "P[y][:, None]"),
    ],
)
def test_an_index_whose_derivative_is_not_known_has_another_form(picked, instead):
    said, _ = refused(f"P = X @ W\nE = sum({picked})", start=INDICES)
    assert said == f"E: the derivative of {picked} is not known; write {instead}"
    numbers = {"P": np.arange(12.0).reshape(4, 3), "y": np.array([2, 0, 1, 2]), "arange": np.arange}
    assert np.array_equal(eval(picked, numbers), eval(instead, numbers))
    derive([("P", "X @ W"), ("E", f"sum({instead}**2)")], [INDICES], ["W"])


def test_labels_in_one_column_are_no_list_of_indices():
    said, _ = refused("P = X @ W\nE = sum(P[arange(4), z])", start=INDICES)
    assert said.endswith("for one number from each row, write P[arange(4), z[:, 0]]")
    said, _ = refused("P = X @ W\nE = sum(P[arange(4)[:, None], y])", start=INDICES)
    assert said.endswith("expected two indices with one axis each, of the same length")


def test_a_tensor_may_have_the_name_of_a_function_that_nothing_calls():
    lines = derive([("var", "X @ W"), ("E", "mean(var**2)")], [START], ["W"])
    assert [line.source for line in lines] == ["2 * var / 4", "X.T @ delta_var"]


def test_no_derived_tensor_takes_a_name_that_is_taken():
    start = {**START, "delta_W": (), "delta_Y": ()}
    lines = derive([("Y", "X @ W"), ("E", "mean(Y**2)")], [start], ["W"], reserved=["delta_Y_2"])
    assert [line.name for line in lines] == ["delta_Y_3", "delta_W_2"]


def test_a_part_of_an_axis_that_differs_between_batches_is_refused():
    forward = [("Y", "X @ W"), ("E", "sum(Y[:2])")]
    with pytest.raises(ExpressionError, match="differs between batches"):
        derive(forward, [{"X": (4, 2), "W": (2, 1)}, {"X": (3, 2), "W": (2, 1)}], ["W"])


def test_counts_of_an_axis_that_differs_between_batches_are_asked_for():
    batches = [{"X": (4, 2), "W": (2, 1)}, {"X": (3, 2), "W": (2, 1)}]
    lines = derive([("Y", "X @ W"), ("E", "mean(Y**2)")], batches, ["W"])
    assert [line.source for line in lines] == ["2 * Y / size(Y, 0)", "X.T @ delta_Y"]


@pytest.mark.parametrize("number", ["31", "0x1F", "0b11111", "0o37", "3_1", "3_1.0"])
def test_a_number_may_be_written_in_every_way_of_python(number):
    lines = derive([("E", f"{number} * sum(X @ W) ** 2")], [START], ["W"])
    assert [line.source for line in lines] == ["62 * sum(X @ W) * sum(X, axis=0)[:, None]"]
