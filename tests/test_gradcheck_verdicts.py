"""The verdicts: nothing wrong passes because it is small or an update, and nothing right is accused."""

import dataclasses
import json
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from make_networks import network

import bpstep
from bpstep.explain.numbers import format_precise
from bpstep.export.gradcheck import gradcheck_json, gradcheck_lines
from bpstep.gradcheck.check import check_gradients, probe_of
from bpstep.gradcheck.differences import CellDerivative, compare_element
from bpstep.gradcheck.report import verdict_sentences
from bpstep.gradcheck.verdict import Verdict
from bpstep.model.network import Layer
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network_text
from bpstep.session.session import Session


def check(made, at="0", **program):
    session = Session(dataclasses.replace(made, program=program))
    return check_gradients(session, session.resolve(at))


def names(report):
    return [each.name for each in report.wrong_equations]


def said(made, **program):
    made = dataclasses.replace(made, program=program)
    return " ".join(verdict_sentences(check_gradients(Session(made)), made, format_precise))


# Gradients below the noise of differences


def saturated():
    """Two sigmoid layers with weights of 12: the gradients are 1e-10 to 1e-18."""
    made = network((2, 2, 1), samples=2)
    layers = tuple(
        Layer(np.full_like(layer.weights, 12.0), np.zeros_like(layer.bias), "sigmoid")
        for layer in made.layers
    )
    return dataclasses.replace(made, layers=layers, inputs=np.array([[1.0, 1.0], [1.0, 0.5]]))


def exact_gradient(made, layer, index):
    """dE/dw of two sigmoid layers and half the squared error, by differences in 80 digits."""

    def loss(change):
        total = Decimal(0)
        for inputs, labels in zip(made.inputs, made.labels):
            values = [Decimal(float(x)) for x in inputs]
            for at, each in enumerate(made.layers):
                nets = []
                for unit in range(each.weights.shape[1]):
                    net = Decimal(float(each.bias[unit]))
                    for k, value in enumerate(values):
                        weight = Decimal(float(each.weights[k, unit]))
                        net += value * (weight + change * (at == layer and (k, unit) == index))
                    nets.append(net)
                values = [1 / (1 + (-net).exp()) for net in nets]
            total += sum((Decimal(float(y)) - value) ** 2 for y, value in zip(labels, values)) / 2
        return total

    with localcontext() as context:
        context.prec = 80
        h = Decimal("1e-30")
        return float((loss(h) - loss(-h)) / (2 * h))


def test_where_differences_are_too_coarse_the_gradient_is_compared_with_what_is_right():
    made = saturated()
    report = check(made)
    assert (report.ok, report.gradients_agree) == (True, True)
    for layer, name in enumerate("WV"):
        part = next(part for part in report.parameters if part.name == name)
        for each in part.elements:
            assert each.is_derived
            assert abs(each.numeric) < 2e-10
            # The article's form of the slope loses digits where the sigmoid is nearly 1.
            assert each.numeric == pytest.approx(exact_gradient(made, layer, each.index), rel=1e-4)


@pytest.mark.parametrize("factor", [-3, 0.5, 2, 1.0001])
def test_a_wrong_factor_in_a_gradient_below_the_noise_is_found(factor):
    report = check(saturated(), delta_Y=f"{factor} * (Y - labelY)")
    assert names(report) == ["delta_Y"]
    assert not report.ok
    if factor != 1.0001:  # Rounding leaves more than this of the smallest ones.
        assert all(part.failed == part.size for part in report.parameters)


def test_a_wrong_factor_that_differences_allow_differs_in_the_gradient_too():
    forward = "Y = X * a\nE = sum(Y**2) * 1e-9"
    arrays = {"X": np.array([[0.5], [0.25]]), "a": np.array([2.0])}
    made = bpstep.network(forward, arrays, parameters=["a"])
    (right,), (wrong,) = (
        check(made, **line).parameters for line in ({}, {"delta_a": "sum(delta_Y * X, axis=0) * 1.001"})
    )
    assert (right.worst.verdict, right.worst.is_derived) == (Verdict.AGREES, False)
    assert (wrong.worst.verdict, wrong.worst.is_derived) == (Verdict.DIFFERS, True)
    assert wrong.worst.numeric == pytest.approx(2 * 2.0 * (0.5**2 + 0.25**2) * 1e-9, rel=1e-15)


def test_a_gradient_of_which_only_rounding_is_left_does_not_agree_with_three_times_it():
    made = saturated()
    layers = tuple(dataclasses.replace(layer, bias=layer.bias + 12) for layer in made.layers)
    made = dataclasses.replace(made, layers=layers, inputs=np.ones((2, 2)), labels=np.zeros((2, 1)))
    report = check(made, delta_V="-3 * H.T @ delta_net2")
    verdicts = {part.name: {each.verdict for each in part.elements} for part in report.parameters}
    assert names(report) == ["delta_V"]
    assert (verdicts["V"], verdicts["W"]) == ({Verdict.TOO_SMALL}, {Verdict.AGREES})
    assert "agree all the same" not in said(made, delta_V="-3 * H.T @ delta_net2")


@pytest.mark.parametrize("name", ["delta_net2", "delta_V", "delta_H", "delta_H_net1", "delta_W", "delta_B1"])
def test_a_wrong_equation_whose_own_values_are_below_the_noise_is_found(name):
    made = saturated()
    step = next(step for step in Session(made).program.steps if step.name == name)
    assert names(check(made, **{name: f"1.001 * ({step.source})"})) == [name]


def test_an_equation_in_another_form_is_not_accused_of_its_other_roundings():
    report = check(saturated(), delta_Y_net2="Y * (1 - Y)", delta_H_net1="H * (1 - H)")
    assert report.ok
    report = check(saturated(), delta_Y_net2="exp(-net_2) / (1 + exp(-net_2))**2")
    assert report.ok


def test_what_rounding_leaves_of_a_gradient_of_0_is_not_held_against_an_equation_that_gives_0():
    """The largest of a row is taken off before exp: that changes nothing, whatever the numbers are."""
    made = builtin.open_network("embedding")
    assert check(made, delta_largest="0 * largest").ok
    assert names(check(made, delta_largest="1e-14 * largest")) == ["delta_largest"]


def test_a_constant_0_has_no_sign():
    assert "it is 0 everywhere" in said(network((2, 2), "sigmoid"), delta_net1="0 * (0 - Y)")


def test_without_a_derived_equation_what_is_small_is_called_too_small_to_tell():
    report = check(saturated(), E="sum((labelY - Y)**2) / 2")
    assert (report.ok, names(report)) == (True, [])
    assert {part.verdict for part in report.parameters} == {"too small to tell"}
    text = said(saturated(), E="sum((labelY - Y)**2) / 2")
    assert "Nothing is wrong" not in text
    assert "9 elements are too small to tell: rounding hides them." in text


# Updates

UPDATES = [
    ("sgd", "V", "V - delta_V", "the factor learning_rate is missing"),
    ("sgd", "V", "V - learning_rate * delta_V / 4", "it is divided by 4, the number of samples"),
    ("sgd", "V", "V - learning_rate * V", "it reads V instead of delta_V"),
    ("momentum", "velocity_V", "velocity_V + delta_V", "the factor momentum is missing"),
    ("momentum", "V", "V - learning_rate * delta_V", "it reads delta_V instead of velocity_V"),
    ("rmsprop", "square_V", "alpha * square_V + (1 - alpha) * delta_V", "the square is forgotten"),
    ("rmsprop", "V", "V - learning_rate * delta_V / (square_V + epsilon)", "sqrt is forgotten"),
    ("adagrad", "square_V", "delta_V**2", "the term square_V is missing"),
    ("adam", "V", "V - learning_rate * m_V / (sqrt(v_V) + epsilon)", "the bias correction is missing"),
    ("adam", "t", "t", "the term 1 is missing"),
    (
        "momentum",
        "velocity_V",
        "momentum * velocity_V + (1 - momentum) * delta_V",
        "delta_V is multiplied by 1 - momentum",
    ),
    ("rmsprop", "square_V", "alpha * square_V + alpha * delta_V**2", "alpha should be 1 - alpha"),
    (
        "adagrad",
        "V",
        "V - learning_rate * delta_V / sqrt(square_V) + epsilon",
        "epsilon is missing from the divisor",
    ),
    (
        "adam",
        "W",
        "W - learning_rate * (m_W / (1 - beta1**t)) / sqrt(v_W / (1 - beta2**t) + epsilon)",
        "epsilon is inside the root, not added to it",
    ),
]


@pytest.mark.parametrize(("optimizer", "name", "source", "mistake"), UPDATES)
def test_a_replaced_update_is_compared_with_the_optimiser_s(optimizer, name, source, mistake):
    report = check(network(optimizer=optimizer), **{name: source})
    assert report.gradients_agree
    assert names(report) == [name]
    assert not report.ok
    assert report.wrong_equations[0].mistake == mistake


@pytest.mark.parametrize(("off", "right"), [(1e-10, True), (-1e-10, True), (1e-8, False), (-1e-8, False)])
def test_an_update_s_step_may_be_off_by_one_part_in_a_thousand_million(off, right):
    assert check(network(), V=f"V - learning_rate * delta_V * {1 + off!r}").ok is right


SAME_UPDATES = [
    ("sgd", "V", "V + -learning_rate * delta_V"),
    ("sgd", "V", "V - 0.1 * delta_V"),
    (
        "adam",
        "V",
        "V - learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t) * m_V"
        " / (sqrt(v_V) + epsilon * sqrt(1 - beta2**t))",
    ),
    ("momentum", "velocity_V", "delta_V + velocity_V * momentum"),
]  # fmt: skip


@pytest.mark.parametrize(("optimizer", "name", "source"), SAME_UPDATES)
def test_the_same_update_in_another_form_is_right(optimizer, name, source):
    assert check(network(optimizer=optimizer), "i2", **{name: source}).ok


# What no number of an iteration shows


def test_a_mistake_that_a_zero_hides_is_found_with_other_numbers():
    made = dataclasses.replace(network(), inputs=np.zeros((4, 2)))
    report = check(made, delta_W="2 * (X.T @ delta_net1)")
    assert report.gradients_agree
    assert names(report) == ["delta_W"]
    assert report.wrong_equations[0].only_drawn
    assert "It agrees here by chance. With other numbers delta_W[" in said(
        made, delta_W="2 * (X.T @ delta_net1)"
    )


CENTERED = """
learning_rate = 0.1
[data]
X = [[0.3, -0.2], [0.1, 0.7], [-0.4, 0.5]]
s = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
t = [[1.0], [0.5], [0.2]]
[parameters]
W = [[0.17, 0.4], [0.3, -0.25]]
b = [0.1, 0.2]
U = [[0.2, -0.1], [0.3, 0.5]]
V = [[0.4], [0.2]]
[program]
forward = '''
z = X @ W + b
c = z - mean(z, axis=0, keepdims=True)
h = tanh(c + s @ U)
y = h @ V
L = mean((y - t)**2)
'''
"""


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("b = 'b + learning_rate * delta_b'", "added instead of subtracted"),
        ("b = 'b - 5 * learning_rate * delta_b'", "5 times what it should be"),
        ("b = 'b'", "the term learning_rate * delta_b is missing"),
        ("delta_b = '-sum(delta_z, axis=0)'", "wrong sign"),
        ("delta_b = 'sum(delta_z, axis=0) * 2'", "2 times what it should be"),
        ("delta_U = '-s.T @ delta_neth'", "wrong sign"),
        ("delta_U = '0 * (s.T @ delta_neth)'", "it is 0 everywhere"),
    ],
)
def test_a_gradient_that_is_0_hides_no_mistake(line, mistake):
    """c does not change with b, and s is 0: the gradients of b and U are 0, but for rounding."""
    made = read_network_text(CENTERED + line, Path("centered.toml"))
    report = check_gradients(Session(made))
    assert names(report) == [line.split()[0]]
    assert mistake in report.wrong_equations[0].mistake


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("delta_b = 'sum(delta_z + 0, axis=0)'", "agrees"),
        ("delta_b = 'zeros_like(b)'", "too small to tell"),
        ("b = 'b - 0.1 * delta_b'", "agrees"),
    ],
)
def test_what_may_be_right_for_a_gradient_of_0_is_not_accused(line, verdict):
    made = read_network_text(CENTERED + line, Path("centered.toml"))
    report = check_gradients(Session(made))
    judged = next(each for each in report.equations if each.name == line.split()[0] and each.equation)
    assert report.ok
    assert judged.verdict == verdict


def at_a_kink():
    """A hidden layer whose net inputs are all 0."""
    made = network((2, 3, 1), "relu", last="identity")
    first = Layer(np.zeros((2, 3)), np.zeros(3), "relu")
    return dataclasses.replace(made, layers=(first, made.layers[1]))


def test_another_slope_at_a_kink_is_no_mistake_and_is_told():
    report = check(at_a_kink(), delta_H_net1="where(net_1 >= 0, 1, 0)")
    assert (report.ok, names(report)) == (True, [])
    equation = next(each for each in report.equations if each.name == "delta_H_net1")
    assert (equation.verdict, equation.reason) == ("not checked", "kink")
    text = said(at_a_kink(), delta_H_net1="where(net_1 >= 0, 1, 0)")
    assert "Not checked, at a kink: delta_H_net1." in text
    assert "Nothing is wrong" not in text


BENT = """
learning_rate = 0.1
[data]
X = [[1.0, 2.1], [3.0, -1.0]]
t = [[1.0], [0.5]]
[parameters]
W = [[0.17, 0.4], [0.3, -0.25]]
b = [0.0, 0.0]
V = [[0.4], [0.2]]
[program]
forward = '''
h = {bend}
y = h @ V
L = mean((y - t)**2)
'''
delta_b = "sum(delta_h, axis=0) * 0.5"
"""


@pytest.mark.parametrize(
    "bend",
    [
        "relu(X @ W + b)",
        "leaky_relu(X @ W + b)",
        "maximum(X @ W + b, 0)",
        "where(X @ W + b > 0, X @ W + b, 0)",
    ],
)
def test_a_bias_of_0_is_at_no_kink_where_its_net_input_is_not_0(bend):
    made = read_network_text(BENT.format(bend=bend), Path("bent.toml"))
    report = check_gradients(Session(made))
    bias = next(part for part in report.parameters if part.name == "b")
    assert [each.verdict for each in bias.elements] == ["differs", "differs"]
    assert names(report) == ["delta_b"]


def test_a_kink_hides_no_mistake():
    assert names(check(at_a_kink(), delta_H_net1="2 * where(net_1 > 0, 1, 0)")) == ["delta_H_net1"]


def test_ties_of_a_maximum_that_part_are_kinks():
    """Two weights are the largest: E rises with the larger of the two, whichever that is."""
    made = network((2, 3, 1), "tanh")
    first = Layer(np.array([[1.0, 1.0, 0.5], [0.5, 0.5, 0.25]]), np.zeros(3), "tanh")
    made = dataclasses.replace(made, layers=(first, made.layers[1]))
    own = {"E": "sum((labelY - Y)**2) / 2 + max(W)"}
    slope = {"delta_W": "X.T @ delta_net1 + where(W == max(W), 1, 0)"}
    report = check(made, **own, **slope)
    assert (report.gradients_agree, names(report)) == (True, [])
    part = next(part for part in report.parameters if part.name == "W")
    assert [each.index for each in part.elements if each.reason == "tie"] == [(0, 0), (0, 1)]
    told = "2 elements are not checked, because several numbers share the maximum or minimum: E = "
    assert told in said(made, **own, **slope)
    assert names(check(made, **own, delta_W="X.T @ delta_net1 + where(W == max(W), 1, 0.5)")) == ["delta_W"]


TIED = """
learning_rate = 0.1
[data]
tokens = [[1, 2, 0, 0], [3, 0, 0, 0]]
t = [[1.0], [0.0]]
[parameters]
C = [[0.9, 0.8], [0.1, -0.2], [0.3, 0.2], [-0.5, 0.4]]
V = [[0.5], [-0.4]]
[program]
forward = '''
x = C[tokens]
h = {pool}
y = sigmoid(h @ V)
L = mean((y - t)**2)
'''
"""


@pytest.mark.parametrize("pool", ["max(x, axis=1)", "-min(-x, axis=1)"])
def test_equal_numbers_that_move_together_share_a_maximum_smoothly(pool):
    made = read_network_text(TIED.format(pool=pool), Path("tied.toml"))
    report = check_gradients(Session(made))
    assert report.ok
    assert all(each.verdict == "agrees" for each in report.equations)
    assert all(each.verdict == "agrees" for part in report.parameters for each in part.elements)
    assert "Nothing is wrong: all 10 elements" in " ".join(verdict_sentences(report, made, str))


def test_the_whole_gradient_to_the_first_of_them_is_a_choice_as_good():
    text = """
learning_rate = 0.1
[data]
X = [[0.3, 0.3, 0.1], [0.2, 0.2, 0.2]]
[parameters]
b = [0.5]
[program]
delta_P_H = {slope!r}
forward = '''
H = tanh(X + b)
P = max(H, axis=1, keepdims=True)
E = sum(P**2)
'''
"""
    for slope, wrong in (("one_hot(argmax(H, axis=1), 3)", []), ("where(H == P, 1, 0)", ["delta_P_H"])):
        report = check_gradients(Session(read_network_text(text.format(slope=slope), Path("own.toml"))))
        assert (names(report), report.gradients_agree) == (wrong, not wrong)


def test_the_whole_gradient_to_each_of_them_is_wrong():
    text = TIED.format(pool="max(x, axis=1)")
    made = read_network_text(f"{text}delta_h_x = 'where(x == h[:, None], 1, 0)'\n", Path("tied.toml"))
    report = check_gradients(Session(made))
    assert not report.gradients_agree
    assert names(report) == ["delta_h_x"]


@pytest.mark.parametrize("bend", ["maximum({z}, 1) + minimum(1, {z})", "clip({z}, 1, 2) + clip({z}, 0, 1)"])
def test_a_number_at_a_bound_other_than_0_is_at_a_kink(bend):
    """The two bends add up to a straight line, though neither of them has a derivative there."""
    text = BENT.format(bend=bend.format(z="X * b"))
    text = text.replace("b = [0.0, 0.0]", "b = [1.0, 0.5]").replace("2.1", "2.0").split("delta_b")[0]
    text = text.replace("W = [[0.17, 0.4], [0.3, -0.25]]", "")
    report = check_gradients(Session(read_network_text(text, Path("bent.toml"))))
    bias = next(part for part in report.parameters if part.name == "b")
    assert report.ok
    assert [each.reason for each in bias.elements] == ["kink", "kink"]


@pytest.mark.parametrize("bend", ["relu({z}) - relu(-{z})", "maximum({z}, 0) + minimum({z}, 0)"])
def test_a_number_at_a_bend_of_the_loss_itself_is_at_a_kink(bend):
    loss = bend.format(z="(b * X)")
    text = "learning_rate = 1\n[data]\nX = [[1, 2]]\n[parameters]\nb = [0.0, 1.0]\n[program]\n"
    text += f"forward = 'E = sum({loss})'"
    report = check_gradients(Session(read_network_text(text, Path("bent.toml"))))
    (part,) = report.parameters
    assert (names(report), [each.reason for each in part.elements]) == ([], ["kink", None])


def test_a_tie_hides_no_mistake():
    text = TIED.format(pool="max(x, axis=1)")
    program = Session(read_network_text(text, Path("tied.toml"))).program
    derived = program.steps[program.step_indices["delta_C"]]
    made = read_network_text(f"{text}delta_C = '2 * ({derived.source})'\n", Path("tied.toml"))
    report = check_gradients(Session(made))
    assert names(report) == ["delta_C"]
    part = next(part for part in report.parameters if part.name == "C")
    assert [each.index for each in part.elements if each.verdict == "differs"][:2] == [(0, 0), (0, 1)]


@pytest.mark.parametrize("forward", ["E = min(max(W, axis=1))", "m = min(W, axis=1)\nE = (max(m) - 3)**2"])
def test_a_tie_whose_kink_a_second_tie_hides_is_named(forward):
    """To both sides another cell holds the extreme, so that a single change leaves E as it is."""
    text = "learning_rate = 1\n[data]\nX = [[1, 2]]\n[parameters]\nW = [[1, 1], [1, 1]]\n[program]\n"
    text += f"forward = '''\n{forward}\n'''"
    report = check_gradients(Session(read_network_text(text, Path("tied.toml"))))
    (part,) = report.parameters
    assert (names(report), [each.reason for each in part.elements]) == ([], ["tie"] * 4)


@pytest.mark.parametrize(
    ("forward", "kinks"),
    [("s = max(W, axis=1) + min(W, axis=1)\nE = sum(s**2)", []), ("E = sum(max(W, axis=1)**2)", [(0, 0)])],
)
def test_a_tie_excuses_only_what_lies_between_its_slopes(forward, kinks):
    """The derivation has a wrong rule: of two tied numbers each gets three times its share."""
    text = "learning_rate = 1\n[data]\nX = [[1, 2]]\n[parameters]\nW = [[0.3, 0.3], [0.2, 0.5]]\n[program]\n"
    session = Session(read_network_text(f"{text}forward = '''\n{forward}\n'''", Path("tied.toml")))
    probe = probe_of(session, 0)
    wanted = CellDerivative("W", (0, 0), "E")
    right = float(probe.tensors["delta_W"][0, 0])
    tied = [compare_element(probe, (0, 0), right * factor, wanted) for factor in (1, 0.5, 1.5, 3, -1)]
    excused = "not checked" if kinks else "differs"
    assert [each.verdict for each in tied] == ["agrees", excused, excused, "differs", "differs"]
    assert [each.numeric for each in tied[3:]] == pytest.approx([right] * 2)


def test_where_a_tie_makes_the_loss_jump_nobody_is_accused_and_nothing_is_called_right():
    made = network((2, 3, 1), "identity", samples=1)
    first = Layer(np.array([[1.0, 1.0, 0.5], [0.5, 0.5, 0.25]]), np.zeros(3), "identity")
    made = dataclasses.replace(made, layers=(first, made.layers[1]), inputs=np.array([[1.0, 1.0]]))
    own = {
        "H": "net_1 * where(net_1 == max(net_1), 1, 0)",
        "delta_H_net1": "where(net_1 == max(net_1), 1, 0)",
    }
    report = check(made, **own)
    assert (report.gradients_agree, names(report)) == (True, [])
    assert "Nothing is wrong" not in said(made, **own)


# Labels that can't be meant


@pytest.mark.parametrize(("labels", "ok"), [(np.zeros((2, 3)), False), (np.full((2, 3), 0.5), True)])
def test_labels_that_do_not_sum_to_1_are_told_and_zeros_leave_nothing_to_learn(labels, ok):
    made = network((2, 3, 3), "tanh", last="softmax", loss="cross_entropy", samples=2)
    made = dataclasses.replace(made, labels=labels)
    report = check(made)
    assert report.ok is ok
    text = said(made)
    assert "Nothing is wrong" not in text
    assert f"; 2 rows do not; the first is row 0, which sums to {labels[0].sum():g}." in text
    assert ("Every gradient is 0: no weight changes." in text) is not ok


def test_where_every_gradient_is_exactly_0_that_is_told_and_not_that_nothing_is_wrong():
    full = dataclasses.replace(network((2, 2, 1), samples=2), labels=np.zeros((2, 1)))
    layers = tuple(
        Layer(np.full_like(each.weights, 40.0), np.full_like(each.bias, 40.0), "sigmoid")
        for each in full.layers
    )
    full = dataclasses.replace(full, layers=layers, inputs=np.ones((2, 2)))
    text = said(full)
    assert "Every gradient is 0: no weight changes." in text
    assert "Nothing is wrong" not in text


def test_a_single_softmax_unit_learns_nothing():
    made = network((2, 3, 1), "tanh", last="softmax", loss="cross_entropy")
    assert not check(made).ok
    assert "A softmax over a single unit is always 1" in said(made)
    assert "Nothing is wrong" not in said(made)


def test_right_labels_raise_no_question():
    made = network((2, 3, 3), "tanh", last="softmax", loss="cross_entropy", samples=3)
    made = dataclasses.replace(made, labels=np.eye(3))
    assert said(made).startswith("Nothing is wrong: ")


# Nobody is accused

HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu"]


@pytest.mark.parametrize("seed", range(24))
def test_networks_drawn_at_random_have_no_wrong_equation(seed):
    random = np.random.default_rng(seed)
    loss, last = [
        ("half_squared_error", "identity"),
        ("mean_squared_error", "tanh"),
        ("binary_cross_entropy", "sigmoid"),
        ("cross_entropy", "softmax"),
    ][seed % 4]
    sizes = tuple(int(size) for size in random.integers(2, 5, int(random.integers(2, 5))))
    made = network(
        sizes,
        str(random.choice(HIDDEN)),
        last=last,
        samples=int(random.integers(1, 6)),
        loss=loss,
        seed=seed,
        optimizer=list(OPTIMIZERS)[seed % 6],
        reduction=["sum", "mean"][seed % 2],
    )
    scale = [1, 5, 25][seed % 3]
    layers = tuple(dataclasses.replace(each, weights=each.weights * scale) for each in made.layers)
    labels = made.labels / made.labels.sum(axis=-1, keepdims=True) if last == "softmax" else made.labels
    made = dataclasses.replace(made, layers=layers, labels=labels)
    for at in ("0", "i2"):
        report = check(made, at)
        assert (report.gradients_agree, names(report)) == (True, [])


# Exports


def test_text_names_each_wrong_equation_with_its_right_line():
    program = {"delta_net2": "delta_Y", "delta_B1": "mean(delta_net1, axis=0)"}
    made = network(program=program)
    lines = list(gradcheck_lines(made, check_gradients(Session(made)), ()))
    at = lines.index("delta_net2 = delta_Y")
    assert lines[at + 1].endswith("the factor delta_Y_net2 is missing.")
    assert lines[at + 2] == "    Right: delta_net2 = delta_Y * delta_Y_net2"
    assert "delta_B1 = mean(delta_net1, axis=0)" in lines


def test_json_has_a_verdict_for_every_parameter_and_every_equation():
    made = network(program={"delta_net2": "delta_Y", "V": "V - delta_V"})
    records = [json.loads(line) for line in gradcheck_json(made, check_gradients(Session(made)), ())]
    assert (records[0]["format"], records[0]["ok"]) == ("bpstep-check", False)
    equations = {each["equation"]: each for each in records if "equation" in each}
    steps = Session(made).program.steps
    assert list(equations) == [each.name for each in steps if each.phase in ("backward", "update")]
    assert [name for name, each in equations.items() if each["verdict"] == "differs"] == ["delta_net2", "V"]
    assert equations["delta_net2"]["mistake"] == "the factor delta_Y_net2 is missing"
    assert equations["delta_V"]["follows"] is True
    assert {each["parameter"] for each in records if "parameter" in each} == {"W", "B1", "V", "B2"}


def test_a_puzzle_s_exports_name_no_equation():
    made = network(program={"delta_net2": "delta_Y"}, puzzle=True)
    report = check_gradients(Session(made))
    for lines in (gradcheck_lines(made, report, ()), gradcheck_json(made, report, ())):
        assert "delta_net2" not in "\n".join(lines)


def test_a_gradient_of_nan_is_told_and_no_derived_equation_is_accused_of_it():
    """Softmax gives exactly 0, and the derived -labelY / Y is 0 / 0 there."""
    made = network((1, 2), "identity", last="softmax", loss="cross_entropy", samples=1)
    layer = Layer(np.array([[1000.0, -1000.0]]), np.zeros(2), "softmax")
    made = dataclasses.replace(made, layers=(layer,), inputs=np.array([[1.0]]), labels=np.array([[1.0, 0.0]]))
    report = check(made)
    assert not report.ok
    assert names(report) == []
    assert "Nothing is wrong" not in said(made)
