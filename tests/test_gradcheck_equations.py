"""The verdict about one equation, at the bounds that decide it."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from make_networks import article, network
from network_files import write

from bpstep.engine.random_tensors import random_data, random_parameters
from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.derivatives import derivative, differentiated, has_derivative
from bpstep.gradcheck.differences import DifferenceProbe, Element
from bpstep.gradcheck.equations import (
    _is_far_off,
    _is_near_zero,
    _largest,
    _may_be_rounding,
    _overall,
    _result_index,
    _spread,
    _worst_cell,
    differing,
)
from bpstep.gradcheck.reference import Evaluated, Reference
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.model.network import Layer
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.program.program import Phase
from bpstep.session.session import Session

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize(
    ("given", "expected", "noise", "old", "differs"),
    [
        (1.0, 1.0, 0.0, None, False),
        (1.0, 1.0 + 0.9e-3, 0.0, None, False),
        (1.0, 1.0 + 1.1e-3, 0.0, None, True),
        (1.0 + 1.1e-3, 1.0, 0.0, None, True),
        (-1.0, -1.0 + 1.1e-3, 0.0, None, True),
        (-1.0, 1.0, 0.0, None, True),
        # The larger of the two is the measure.
        (10.0, 10.0 + 0.9e-2, 0.0, None, False),
        (0.0, 1e-300, 0.0, None, True),
        (0.0, -0.0, 0.0, None, False),
        # Sixteen times the noise is allowed.
        (0.0, 1.5, 0.1, None, False),
        (0.0, 1.7, 0.1, None, True),
        # For an update, the step is the measure, not the updated tensor,
        (100.01, 100.0, 0.0, 90.0, False),
        (100.01, 100.0, 0.0, 99.0, True),
        (100.01, 100.0, 0.0, 0.0, False),
        # besides the rounding of the updated tensor, which may be larger than both.
        (100.0, 100.0 + 300 * EPS, 0.0, 100.0, False),
        (100.0, 100.0 + 500 * EPS, 0.0, 100.0, True),
        (1.0, 1.0 + 300 * EPS, 0.0, 100.0, False),
        (np.inf, np.inf, 0.0, None, False),
        (np.inf, -np.inf, 0.0, None, True),
        (np.inf, 1.0, 0.0, None, True),
        (1.0, -np.inf, 0.0, None, True),
        (np.inf, 1.0, 0.0, 1.0, True),
        (np.inf, 1.0, np.inf, None, False),
        (np.nan, np.nan, 0.0, None, False),
        (np.nan, 1.0, 0.0, None, True),
        (1.0, np.nan, 0.0, None, True),
    ],
)
def test_cells_differ_where_they_are_further_apart_than_size_noise_and_rounding_allow(
    given, expected, noise, old, differs
):
    assert bool(differing(given, expected, noise, 1e-3, old)) is differs


def test_each_cell_is_judged_by_its_own_size():
    given, expected = np.array([1.0, 1000.0]), np.array([1.01, 1000.01])
    assert differing(given, expected, 0.0, 1e-3).tolist() == [True, False]


def evaluated(given, expected, read=1.0, old=None, noise=0.0):
    """A gradient that reads x, or, with `old`, an update of x."""
    phase = Phase.BACKWARD if old is None else Phase.UPDATE
    inputs = {"x": np.array(read if old is None else old, float)}
    step = SimpleNamespace(name="x", reads=("x",), phase=phase)
    return Evaluated(step, inputs, np.array(given, float), np.array(expected, float), noise)


@pytest.mark.parametrize(
    ("value", "size"),
    [([1, -3, 2], 3), ([1, np.nan, np.inf], 1), ([np.inf], 0), ([], 0), (-2.0, 2)],
)
def test_the_largest_number_is_the_largest_finite_one(value, size):
    assert _largest(np.array(value, float)) == size


@pytest.mark.parametrize(
    ("given", "expected", "read", "may_be"),
    [
        ([1.0], [1.0 + 0.9e-12], [1.0], True),
        ([1.0], [1.0 + 1.2e-12], [1.0], False),
        ([1.0], [1.0 + 50e-12], [1.0, -100.0], True),
        ([1.0], [1.0], [1.0], False),
        ([1.0, 1.0], [1.0, 1.0 + 1e-9], [1.0, 1.0], False),
    ],
)
def test_a_difference_may_be_rounding_beside_the_largest_number_read(given, expected, read, may_be):
    assert _may_be_rounding(evaluated(given, expected, read)) is may_be


@pytest.mark.parametrize(
    ("expected", "read", "near"),
    [
        ([0.0], [1.0], True),
        ([1e-12], [1.0], True),
        ([1.1e-12], [1.0], False),
        ([1e-11, 0.0], [20.0, 1], True),
    ],
)
def test_a_right_result_is_near_0_beside_the_largest_number_read(expected, read, near):
    assert _is_near_zero(evaluated(expected, expected, read)) is near


@pytest.mark.parametrize(
    ("given", "expected", "old", "far"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 3e-3], None, True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-3], None, False),
        ([1.0, 2.0], [1.0 + 3e-3, 2.0], None, True),
        ([1.0], [0.0], None, False),
        ([np.nan, 2.0], [1.0, 2.0], None, False),
        ([1001.0], [1000.0], None, False),
        ([1001.001], [1000.0], None, True),
        # Of an update its step is the measure.
        ([100.1], [100.1 + 0.9e-4], [100.0], False),
        ([100.1], [100.1 + 1.1e-4], [100.0], True),
    ],
)
def test_a_difference_is_far_off_beside_the_largest_cell_of_the_right_result(given, expected, old, far):
    assert _is_far_off(evaluated(given, expected, old=old)) is far


@pytest.mark.parametrize(
    ("given", "expected", "noise", "index", "verdict", "excess"),
    [
        ([[1, 2], [3, 4]], [[1, 2], [3.5, 4]], 0, (1, 0), "differs", 0.5 / 3.5e-3),
        # Of two that differ, the one further off, also if another one is further off within its noise.
        ([1.0, 2.0], [1.1, 2.5], 0, (1,), "differs", 0.5 / 2.5e-3),
        ([1.0, 2.0], [1.1, 2.5], np.array([0, 1.0]), (0,), "differs", 0.1 / 1.1e-3),
        ([1.0, 2.0], [1.0001, 2.0], 0, (0,), "agrees", 0.1),
        ([0.0], [0.0], 0, (0,), "agrees", 0),
        ([np.nan, 1.0], [1.0, 9.0], 0, (0,), "differs", np.inf),
        (2.0, 3.0, 0, (), "differs", 1 / 3e-3),
    ],
)
def test_the_worst_cell_is_the_one_furthest_off_among_those_that_differ(
    given, expected, noise, index, verdict, excess
):
    found = _worst_cell(evaluated(given, expected, noise=noise), 1e-3)
    assert (found.index, found.verdict, found.is_derived) == (index, verdict, True)
    assert found.excess == pytest.approx(excess, rel=1e-3)
    assert found.numeric == np.array(expected)[index]
    assert found.computed == pytest.approx(np.array(given)[index], nan_ok=True)


def cells(*verdicts):
    return [Element((), 1.0, 1.0, verdict, 0.0, reason=reason) for verdict, reason in verdicts]


DIFFERS, AGREES, SMALL = ((each, None) for each in (Verdict.DIFFERS, Verdict.AGREES, Verdict.TOO_SMALL))
AT_KINK, AT_TIE = ((Verdict.NOT_CHECKED, each) for each in (Reason.KINK, Reason.TIE))


@pytest.mark.parametrize(
    ("verdicts", "overall"),
    [
        ([AGREES, DIFFERS, SMALL], DIFFERS),
        ([SMALL, AGREES, AT_KINK], AGREES),
        ([AT_KINK, SMALL], SMALL),
        ([AT_KINK, AT_TIE], AT_KINK),
        ([AT_TIE], AT_TIE),
        ([], (Verdict.NOT_CHECKED, None)),
    ],
)
def test_the_verdict_of_several_cells_is_that_of_the_one_that_says_most(verdicts, overall):
    assert _overall(cells(*verdicts)) == overall


def test_cells_are_spread_evenly_from_the_first_on():
    assert _spread(range(10), 4) == [0, 2, 5, 7]
    assert _spread(range(4), 4) == _spread(range(4), 9) == [0, 1, 2, 3]
    assert _spread(range(5), 4) == [0, 1, 2, 3]
    assert _spread((), 4) == []


def test_an_element_of_a_parameter_is_where_the_result_has_it():
    assert _result_index((1, 2), (2, 3), (3,), 1) == (2,)
    assert _result_index((1, 0), (3, 1), (3,), None) == (1,)
    assert _result_index((1, 2), (2, 3), (2, 3), None) == (1, 2)
    assert _result_index((1, 2), (2, 3), (3, 2), None) == (2, 1)


def at_a_kink(**program):
    """Three hidden relu units: one below 0, one at 0 exactly, one above."""
    made = network((2, 3, 1), "relu", last="identity", samples=1, program=program)
    first = Layer(np.array([[-0.5, 0, 0.5], [-0.25, 0, 0.25]]), np.array([-0.25, 0, 0.25]), "relu")
    return dataclasses.replace(made, layers=(first, made.layers[1]), inputs=np.array([[1.0, 0.5]]))


def equations(made):
    return {each.name: each for each in check_gradients(Session(made)).equations}


def test_another_slope_at_a_kink_is_no_mistake_so_nothing_follows_from_one():
    found = equations(at_a_kink(delta_H_net1="net_1 >= 0"))
    assert (found["delta_H_net1"].verdict, found["delta_H_net1"].reason) == (
        Verdict.NOT_CHECKED,
        Reason.KINK,
    )
    assert [name for name, each in found.items() if each.follows or each.is_wrong] == []


def test_what_is_wrong_with_drawn_numbers_and_at_a_kink_is_wrong_here_too():
    """Close by it is right, so that the kink alone would excuse it."""
    slope = "where(net_1 == 0, 1, where(abs(net_1) < 0.001, net_1 > 0, 0.5))"
    found = equations(at_a_kink(delta_H_net1=slope))
    assert (found["delta_H_net1"].verdict, found["delta_H_net1"].only_drawn) == (Verdict.DIFFERS, False)
    assert [name for name, each in found.items() if each.follows] == ["delta_net1", "delta_W", "delta_B1"]


def test_what_is_wrong_with_drawn_numbers_alone_makes_nothing_wrong_here():
    made = at_a_kink(delta_H_net1="where(abs(net_1) < 2, net_1 > 0, 0.5)")
    found = equations(made)
    assert (found["delta_H_net1"].verdict, found["delta_H_net1"].only_drawn) == (Verdict.DIFFERS, True)
    assert [name for name, each in found.items() if each.follows] == []


def test_a_derived_gradient_that_is_no_number_is_told_so_and_no_mistake(tmp_path):
    """|Y| written as a root has the slope 0/0 at 0, and differences of 0 there."""
    text = '''
learning_rate = 0.1

[data]
X = [[1.0]]

[parameters]
W = [[0.0]]

[program]
forward = """
Y = X @ W
E = sum(sqrt(square(Y)))
"""
'''
    made = read_network(write(tmp_path, text))
    for program in ({}, {"delta_W": "X.T @ (delta_Y + 0)"}, {"delta_W": "delta_Y * X"}):
        found = equations(dataclasses.replace(made, program=program))
        assert {name: (each.verdict, each.reason) for name, each in found.items() if name != "W"} == {
            "delta_Y": (Verdict.NOT_CHECKED, Reason.NO_NUMBER),
            "delta_W": (Verdict.NOT_CHECKED, Reason.NO_NUMBER),
        }


# The random numbers on which equations are compared


def drawn(labels, last, count=200):
    made = network((3, 4, labels.shape[1]), "tanh", last=last, samples=len(labels))
    made = dataclasses.replace(made, labels=labels)
    program = Session(made).program
    return random_data(np.random.default_rng(1), made, program, count)


FRACTIONS = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]])


@pytest.mark.parametrize("last", ["softmax", "sigmoid"])
@pytest.mark.parametrize(
    "labels", [FRACTIONS, np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]), np.eye(2)[[0, 1, 1]]]
)
def test_random_labels_are_of_the_kind_of_the_labels(labels, last):
    found = drawn(labels, last)["labelY"]
    assert found.shape == (200, 2)
    assert len(np.unique(found, axis=0)) > 1
    if not np.isin(labels, (0, 1)).all():
        assert 0 < found.min() < found.max() < 1
    else:
        assert set(found.flat) == {0.0, 1.0}
    # After a softmax, or where each row has a single 1, rows sum to 1.
    alike = last == "softmax" or (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())
    assert np.allclose(found.sum(axis=1), 1) == alike


def test_a_single_output_has_bits_for_bits():
    found = drawn(np.array([[1.0], [1.0]]), "sigmoid")["labelY"]
    assert set(found.flat) == {0.0, 1.0}


def test_random_inputs_are_of_size_1_and_a_single_sample_stays_a_row():
    found = drawn(FRACTIONS, "sigmoid", 2_000)["X"]
    assert found.shape == (2_000, 3)
    assert np.std(found) == pytest.approx(1, rel=0.05)
    assert abs(np.mean(found)) < 0.05
    one = network((3, 4, 2), "tanh", samples=1)
    rows = random_data(np.random.default_rng(1), one, Session(one).program, 1)
    assert {name: each.shape for name, each in rows.items()} == {
        name: Session(one).program.shapes[name] for name in ("X", "labelY")
    }


def test_random_weights_are_smaller_in_wide_layers():
    made = network((300, 4, 2), "tanh", samples=2)
    found = random_parameters(np.random.default_rng(1), Session(made).program)
    assert set(found) == {"W", "B1", "V", "B2"}
    assert np.max(np.abs(found["W"])) == pytest.approx(0.1, rel=0.02)
    assert 0.5 < np.max(np.abs(found["V"])) <= np.sqrt(3 / 4)
    assert all(each.min() < 0 < each.max() for each in (found["W"], found["V"]))
    narrow = network((2, 400, 2), "tanh", samples=2)
    found = random_parameters(np.random.default_rng(1), Session(narrow).program)
    assert 0.9 < np.max(np.abs(found["W"])) <= 1
    # A bias adds one number, however many units there are.
    assert 0.9 < np.max(np.abs(found["B1"])) <= 1


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.zeros((4, 2)), "between 0 and 1"),
        (np.array([[3, 5], [2, 7], [9, 9]]), "rows"),
        (np.eye(3), "rows"),
        (np.array([[40.0, 60.0], [20.0, 80.0]]), "about as large"),
        (np.array([[1.0, 60.0], [0.0, 80.0]]), "about as large"),
    ],
)
def test_random_data_of_a_forward_pass_are_rows_of_them_or_about_as_large(values, kind):
    made = SimpleNamespace(forward=object(), data={"T": values})
    found = random_data(np.random.default_rng(1), made, None, 500)["T"]
    assert found.shape == (500, values.shape[1])
    if kind == "rows":
        assert {tuple(row) for row in found.tolist()} == {tuple(row) for row in values.tolist()}
    elif kind == "between 0 and 1":
        assert 0 <= found.min() < 0.05 < 0.95 < found.max() <= 1
    else:
        assert np.mean(found) == pytest.approx(np.mean(values), rel=0.1)
        assert np.std(found) == pytest.approx(np.std(values), rel=0.1)
        assert not np.isin(found, values).any()


# Which derivative each cell of an equation is


def numbers(*shape):
    return np.random.default_rng(shape).uniform(-1, 1, shape).round(3).tolist()


def of_forward(*lines, **shapes):
    """A network of these forward equations, with X as its data."""
    named = {name: f"{name} = {numbers(*shape)}" for name, shape in shapes.items()}
    weights = "\n".join(line for name, line in named.items() if name != "X")
    forward = "\n".join(lines)
    text = f"learning_rate = 0.1\n[data]\n{named['X']}\n[parameters]\n{weights}\n[program]\nforward = '''\n"
    return read_network_text(f"{text}{forward}\n'''\n", Path("made.toml"))


TWO = ("H = tanh(B)", "E = sum(H**3)")

DERIVED = {
    "layers": (network((2, 3, 2), samples=5), ""),
    "rows": (article(), ""),
    "normalisation": (builtin.open_network("batchnorm"), "delta_netY"),
    "blocks": (
        of_forward(
            *("A = X @ W", "B = sigmoid(A[:, 0:2])", "C = sigmoid(A[:, 2:4])", "D = tanh(A[:, 4:6])"),
            *("F = B * C * D", "E = sum(F**2)"),
            **{"X": (2, 2), "W": (2, 6)},
        ),
        "delta_netB delta_netC delta_netD",
    ),
    "weights on the right": (of_forward("A = X @ W", "B = A @ V", *TWO, X=(5, 2), W=(2, 4), V=(4, 3)), ""),
    "weights on the left": (of_forward("A = W @ X", "B = V @ A", *TWO, X=(3, 5), W=(4, 3), V=(2, 4)), ""),
    "a stack on the left": (of_forward("A = X @ W", "B = A @ V", *TWO, X=(2, 3, 2), W=(2, 4), V=(4, 3)), ""),
    "a stack on the right": (of_forward("A = W @ X", "B = V @ A", *TWO, X=(4, 3, 2), W=(5, 3), V=(2, 5)), ""),
    "a vector": (of_forward("A = X @ W", "B = A @ V", *TWO, X=(3,), W=(3, 4), V=(4, 2)), ""),
    "two uses": (
        of_forward("A = X @ W", "B = exp(A)", "C = A * B", "E = sum(A * B * C)", X=(2, 3), W=(3, 2)),
        "",
    ),
    "a result without a name": (
        of_forward("Y = softmax(X @ W + B)", "E = -sum(log(Y)[:, 0])", X=(3, 2), W=(2, 4), B=(4,)),
        "delta_netY",
    ),
    "equal shares": (
        of_forward("A = X @ W", "B = max(A, axis=1, keepdims=True)", "E = sum(B**2)", X=(3, 2), W=(2, 4)),
        "delta_A_part delta_B_A",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DERIVED)
def test_each_cell_of_an_equation_is_the_derivative_it_is_compared_with(case):
    made, without = DERIVED[case]
    session = Session(made)
    probe = DifferenceProbe(session.program, session.frame.tensors)
    steps = [step for step in session.program.steps if step.phase == Phase.BACKWARD]
    assert [step.name for step in steps if not has_derivative(probe, step)] == without.split()
    for step in steps:
        if step.name in without.split():
            continue
        value = np.asarray(probe.tensors[step.name])
        for at, index in enumerate(np.ndindex(value.shape)):
            wanted = derivative(probe, step, index, at)
            assert differentiated(session.program, step) == (wanted.of, wanted.by)
            slope, _ = probe.difference(wanted, 1e-5)
            assert value[index] == pytest.approx(slope[wanted.of_index], rel=1e-6, abs=1e-8), (
                step.equation,
                index,
            )


def test_what_depends_on_a_measured_gradient_is_inexact_and_nothing_else():
    def measured(**program):
        session = Session(dataclasses.replace(article(), program=program))
        reference = Reference(session.network, session.program)
        found, _ = reference.evaluate_iteration(session.timeline.initial)
        return {one.step.name for one in found if one.is_measured}, session.program.steps

    assert not measured()[0]
    assert not measured(delta_Y="2 * (Y - labelY)")[0]
    found, steps = measured(E="sum((labelY - Y)**2)")
    reached = {"delta_Y"}
    for step in steps:
        if not reached.isdisjoint(step.reads):
            reached.add(step.name)
    assert reached == found
    assert "delta_Y_net2" not in found
