"""Mismatches between loss, last activation and labels: a sentence for each, none where all fit."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from make_networks import network

from bpstep.model.data_problems import data_problems
from bpstep.netfile.warnings import data_warnings, layout_warnings

SUM = "cross_entropy expects each row of labels to sum to 1"
OUTSIDE = "expects labels from 0 to 1; labels[1,0] is 2."
NAN = ": E is NaN where Y is outside."


def made(loss, last, labels, sizes=None, hidden="tanh"):
    labels = np.array(labels, float)
    plain = network(sizes or (2, 3, labels.shape[1]), hidden, last=last, samples=len(labels), loss=loss)
    return replace(plain, labels=labels)


@pytest.mark.parametrize(
    ("loss", "last", "labels", "said"),
    [
        ("cross_entropy", "softmax", [[1, 0], [0.25, 0.75]], []),
        ("cross_entropy", "softmax", [[1, 0], [1, 1], [0, 1]], [f"{SUM}; row 1 sums to 2."]),
        (
            "cross_entropy",
            "softmax",
            [[0, 1], [0, 0], [1, 1]],
            [f"{SUM}; 2 rows do not; the first is row 1, which sums to 0."],
        ),
        ("cross_entropy", "softmax", [[1, 0], [2, -1]], [f"cross_entropy {OUTSIDE}"]),
        ("cross_entropy", "relu", [[1, 0]], []),
        (
            "cross_entropy",
            "tanh",
            [[1, 0]],
            [f"cross_entropy needs Y not below 0, but tanh gives -1 to 1{NAN}"],
        ),
        (
            "cross_entropy",
            "identity",
            [[1, 0]],
            [f"cross_entropy needs Y not below 0, but identity gives any number{NAN}"],
        ),
        ("binary_cross_entropy", "sigmoid", [[0, 1], [1, 1]], []),
        (
            "binary_cross_entropy",
            "sigmoid",
            [[0, 1], [1, 0.5], [0.25, 1]],
            ["binary_cross_entropy is meant for labels 0 and 1; labels[1,1] is 0.5."],
        ),
        ("binary_cross_entropy", "sigmoid", [[0.5, 1], [2, 0]], [f"binary_cross_entropy {OUTSIDE}"]),
        (
            "binary_cross_entropy",
            "relu",
            [[0, 1]],
            [f"binary_cross_entropy needs Y from 0 to 1, but relu gives 0 and more{NAN}"],
        ),
        (
            "binary_cross_entropy",
            "tanh",
            [[0, 1]],
            [f"binary_cross_entropy needs Y from 0 to 1, but tanh gives -1 to 1{NAN}"],
        ),
        (
            "squared_error",
            "tanh",
            [[0.5, -1], [-3, 7]],
            ["tanh gives numbers from -1 to 1; labels[1,0] is -3, which it cannot reach."],
        ),
        (
            "half_squared_error",
            "sigmoid",
            [[0, 2], [1, 0]],
            ["sigmoid gives numbers from 0 to 1; labels[0,1] is 2, which it cannot reach."],
        ),
        (
            "mean_squared_error",
            "relu",
            [[7, -0.5], [0, 0]],
            ["relu gives 0 and more; labels[0,1] is -0.5, which it cannot reach."],
        ),
        ("squared_error", "identity", [[0.5, 7], [-3, 0]], []),
        (
            "cross_entropy",
            "softmax",
            [[0, 0], [0, 2]],
            [
                "cross_entropy expects labels from 0 to 1; labels[1,1] is 2.",
                "cross_entropy expects each row of labels to sum to 1; row 0 sums to 0.",
            ],
        ),
    ],
)
def test_labels_and_activations_that_the_loss_does_not_expect_are_named(loss, last, labels, said):
    assert list(data_warnings(made(loss, last, labels))) == said


def test_only_a_last_softmax_of_a_single_unit_learns_nothing():
    (problem,) = data_problems(made("squared_error", "softmax", [[0.5]]), np.array([[0.5]]))
    assert problem.learns_nothing
    for sizes, hidden, last in (((2, 3, 1), "softmax", "sigmoid"), ((2, 1, 3), "sigmoid", "softmax")):
        labels = [[0.5] * sizes[-1]]
        assert data_problems(made("squared_error", last, labels, sizes, hidden), np.array(labels)) == ()
    (problem,) = data_problems(made("cross_entropy", "softmax", [[1, 1]]), np.array([[1, 1]]))
    assert not problem.learns_nothing


def test_the_row_of_a_drawn_sample_is_that_of_the_data():
    net = made("cross_entropy", "softmax", [[1, 0]])
    for labels, named in (([[1, 0], [0, 3]], "labels[9,1] is 3"), ([[1, 0], [0, 0]], "row 9 sums to 0")):
        (problem,) = data_problems(net, np.array(labels), [7, 9])
        assert named in problem.sentence


def test_square_weights_that_are_not_symmetric_fit_either_layout():
    turned, even = np.array([[1, 2], [3, 4]]), np.array([[1, 2], [2, 1]])
    assert len(layout_warnings([turned])) == len(layout_warnings([even, turned])) == 1
    assert layout_warnings([even]) == layout_warnings([turned, np.ones((2, 3))]) == ()


def test_labels_whose_sum_is_infinite_are_told_without_a_warning_of_numpy():
    labels = [[1e308, 1.7e308]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        problems = data_problems(made("cross_entropy", "softmax", labels), np.array(labels))
    assert problems
