"""Labels that a cross entropy of a forward pass probably does not mean are named when the file is read."""

from pathlib import Path

import pytest

from bpstep.netfile.reader import read_network_text

NETWORK = """learning_rate = 0.5
[data]
X = [[1.0, 2.0], [3.0, 4.0]]
T = {labels}
[parameters]
W = [[0.5, 0.25], [0.1, 0.2]]
[program]
forward = '''
{forward}
'''
"""

SOFTMAX = "Y = softmax(X @ W)\nE = -mean(sum(T * log(Y), axis=1))"

IN_PLACE = "E = -mean(sum(T * log(softmax(X @ W)), axis=1))"

SIGMOID = "Y = sigmoid(X @ W)\nE = -mean(T * log(Y) + (1 - T) * log(1 - Y))"

WEIGHTED = "Y = sigmoid(X @ W)\nE = -mean(T * log(Y))"

SQUARED = "Y = softmax(X @ W)\nE = mean((Y - T)**2)"


def warnings_of(forward, labels):
    return read_network_text(NETWORK.format(forward=forward, labels=labels), Path("net.toml")).warnings


@pytest.mark.parametrize(
    ("forward", "labels", "said"),
    [
        (
            SOFTMAX,
            [[1, 0], [1, 1]],
            "T * log(Y) in E expects each row of T to sum to 1; row 1 sums to 2.",
        ),
        (
            IN_PLACE,
            [[0, 0], [1, 1]],
            "T * log(softmax(X @ W)) in E expects each row of T to sum to 1; 2 rows do not; "
            "the first is row 0, which sums to 0.",
        ),
        (
            "A = sum(T * log(softmax(X @ W)))\nE = -A - sum(T * log(softmax(X)))",
            [[1, 0], [1, 1]],
            "T * log(softmax(X @ W)) in A expects each row of T to sum to 1; row 1 sums to 2.",
        ),
        (SOFTMAX, [[1, 0], [2, -1]], "T * log(Y) in E expects labels from 0 to 1; T[1,0] is 2."),
        (SIGMOID, [[1, 1], [0, 7]], "T * log(Y) in E expects labels from 0 to 1; T[1,1] is 7."),
    ],
)
def test_labels_that_are_no_probabilities_are_named(forward, labels, said):
    assert warnings_of(forward, labels) == (said,)


@pytest.mark.parametrize(
    ("forward", "labels"),
    [
        (SOFTMAX, [[1, 0], [0.25, 0.75]]),
        (SOFTMAX, [[3], [-2]]),
        (SIGMOID, [[1, 1], [0, 0.5]]),
        (WEIGHTED, [[5, 5], [-5, 5]]),
        (SQUARED, [[5, 5], [-5, 5]]),
        ("Y = softmax(X @ W)\nE = mean((T - Y)**2) - sum(W * log(Y))", [[5, 5], [-5, 5]]),
        ("Y = softmax(sum(X @ W, axis=0))\nE = -sum(T * log(Y))", [5, 5]),
    ],
)
def test_nothing_is_said_of_probabilities_nor_where_the_loss_may_mean_other_numbers(forward, labels):
    assert warnings_of(forward, labels) == ()


@pytest.mark.parametrize(
    ("forward", "labels", "said"),
    [
        ("Y = X @ W[:, 0:1]\nE = mean((T - Y)**2)", "[1.0, 2.0]",
         "T - Y in E is a table of 2×2: T has 2 numbers and Y is a column of 2, so each meets all of the "
         "other; write T[:, None]."),
        ("Y = (X @ W)[:, 0]\nE = mean((Y - T)**2)", "[[1.0], [2.0]]",
         "Y - T in E is a table of 2×2: Y has 2 numbers and T is a column of 2, so each meets all of the "
         "other; write T[:, 0]."),
        ("Y = X @ W[:, 0:1]\nE = mean((T[:, None] - Y)**2)", "[1.0, 2.0]", ""),
        ("Y = (X @ W)[:, 0]\nE = mean((T - Y)**2)", "[1.0, 2.0]", ""),
        ("Y = (X @ W)[:, 0]\nE = mean((T - Y[:, None])**2)", "[1.0, 2.0]", ""),
        ("Y = X @ W\nE = mean((T - Y)**2)", "[1.0, 2.0]", ""),
    ],
)  # fmt: skip
def test_a_vector_of_labels_beside_a_column_of_outputs_is_told(forward, labels, said):
    assert warnings_of(forward, labels) == ((said,) if said else ())
