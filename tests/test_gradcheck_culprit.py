"""Whichever equations are wrong, and however: the check names all of them and no other."""

import ast
import dataclasses
import itertools
import math

import numpy as np
import pytest
from make_networks import article, network

import bpstep
from bpstep.engine.edits import EditEquation
from bpstep.explain.numbers import format_precise
from bpstep.export.gradcheck import gradcheck_lines
from bpstep.gradcheck import messages
from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.mistake_candidates import _mistakes_at
from bpstep.gradcheck.report import sweep_sentences, verdict_sentences
from bpstep.gradcheck.step_size_sweep import sweep_step_sizes
from bpstep.lang.activations import ACTIVATIONS
from bpstep.learn import puzzle
from bpstep.model.losses import LOSSES
from bpstep.netfile import builtin
from bpstep.session.session import Session

NETWORKS = {
    "rows": article(),
    "matrix": network((3, 4, 2), "tanh", last="sigmoid", samples=5),
    "one layer": network((2, 2), "sigmoid"),
    "deep": network((2, 3, 3, 2), "silu", samples=3),
    "softmax": network((3, 4, 3), "tanh", last="softmax", loss="cross_entropy", reduction="mean"),
    "minibatches": network((2, 3, 1), "sigmoid", samples=5, batch_size=2, shuffle=True, reduction="mean"),
    "immediate": network((2, 3, 2), "sigmoid", update_order="immediate", optimizer="adam"),
    "held biases": network((2, 3, 1), "softplus", update_biases=False),
}


def backward(made):
    return [step for step in Session(made).program.steps if step.phase == "backward"]


def check(made, at="0", **program):
    session = Session(dataclasses.replace(made, program=program))
    return check_gradients(session, session.resolve(at))


def names(report):
    """The equations that are wrong by themselves."""
    return [each.name for each in report.wrong_equations]


def told(made, at="0", **program):
    made = dataclasses.replace(made, program=program)
    session = Session(made)
    return " ".join(verdict_sentences(check_gradients(session, session.resolve(at)), made, format_precise))


WRONG = {
    "the sign": "-({})",
    "twice": "2 * ({})",
    "a little": "1.0001 * ({})",
    "shifted": "({}) + 0.01",
    "forgotten": "0 * ({})",
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("made", NETWORKS.values(), ids=NETWORKS)
def test_every_equation_of_the_backward_pass_is_named_where_it_is_wrong(made, kind):
    """A way of being wrong for each equation, and every way in each network."""
    wrong, first = WRONG[kind], list(WRONG).index(kind)
    for step in (step for at, step in enumerate(backward(made)) if (at + first) % 5 == 0):
        report = check(made, "i1", **{step.name: wrong.format(step.source)})
        assert names(report) == [step.name]
        assert not report.ok
        # Behind a softmax the gradients of a sample add up to 0, so that some shifts leave no trace.
        hidden = made is NETWORKS["softmax"] and wrong == WRONG["shifted"]
        assert report.gradients_agree is (hidden and step.name in ("delta_Y", "delta_net2_H"))


# The mistakes that people make: the network, the equation, what they write, and what it is called.
MISTAKES = [
    ("rows", "delta_Y", "labelY - Y", "equation gives 0.380272147, the numerical gradient is -0.380272147"),
    ("rows", "delta_Y", "labelY - Y", ": wrong sign."),
    ("rows", "delta_H_net1", "1 - sigmoid(net_1)**2", "0.686720631, the numerical gradient is 0.24643428"),
    ("rows", "delta_H_net1", "1 - sigmoid(net_1)**2", ": sigmoid(net_1) is replaced by 1."),
    ("rows", "delta_H_net1", "H * (1 - net_1)", ": 1 - net_1 reads net_1 instead of H."),
    ("rows", "delta_Y_net2", "ones_like(net_2)", "it is 1 everywhere: the slope is left out"),
    ("rows", "delta_Y_net2", "Y", "that is Y itself, not its slope"),
    ("rows", "delta_w2", "delta_w1", "it reads delta_net1_w1 instead of delta_net1_w2"),
    ("rows", "delta_net1_w2", "repeat(X[0], 3)", "it reads X[0] instead of X[1]"),
    ("rows", "delta_V", "delta_Y * H", "the factor delta_Y_net2 is missing"),
    ("rows", "delta_w1", "delta_Y * delta_net2_H * delta_H_net1 * delta_net1_w1", "delta_Y_net2 is missing"),
    ("rows", "V", "V + learning_rate * delta_V.reshape(3, 1)", "is added instead of subtracted"),
    ("matrix", "delta_H_net1", "1 - H", "the square is forgotten"),
    ("matrix", "delta_H_net1", "1 - tanh(H)**2", "the slope is taken at the output H instead of at net_1"),
    ("matrix", "delta_H_net1", "1 - net_1**2", "this form of the slope needs the output H, not net_1"),
    ("matrix", "delta_H_net1", "H * (1 - H)", "that is the slope of sigmoid, not of tanh"),
    ("matrix", "delta_H_net1", "ones_like(net_1)", "it is 1 everywhere"),
    ("matrix", "delta_H_net1", "ones_like(H)", "it is 1 everywhere: the slope is left out"),
    ("matrix", "delta_H_net1", "H + 0.0", "that is H itself, not its slope"),
    ("matrix", "delta_net2", "delta_Y", "the factor delta_Y_net2 is missing"),
    ("matrix", "delta_net2", "labelY - Y", "the factor delta_Y_net2 is missing, and the sign is wrong"),
    ("matrix", "delta_net1", "delta_H * delta_H_net1**2", "the factor delta_H_net1 is there twice"),
    ("matrix", "delta_net1", "delta_H + delta_H_net1",
     "delta_H and delta_H_net1 are added instead of multiplied"),
    ("matrix", "delta_B1", "zeros_like(B1)", "it is 0 everywhere"),
    ("matrix", "delta_B2", "mean(delta_net2, axis=0)", "that is the mean instead of the sum"),
    ("matrix", "delta_B1", "delta_net1[0]", "only the first sample is counted"),
    ("matrix", "delta_V", "H.T @ delta_Y", "it reads delta_Y instead of delta_net2"),
    ("matrix", "delta_V", "H.T @ delta_net2 / 5", "it is divided by 5, the number of samples"),
    ("matrix", "delta_Y", "2 * (labelY - Y)", "2 times what it should be, and the sign is wrong"),
    ("matrix", "delta_Y", "7/3 * (Y - labelY)", "2.333333 times what it should be"),
    ("matrix", "W", "W - delta_W", "the factor learning_rate is missing"),
    ("matrix", "W", "W - 2 * learning_rate * delta_W", ": the change is 2 times what it should be."),
    ("matrix", "B1", "B1 + learning_rate / 4 * delta_B1",
     ": the change is 1/4 of what it should be, and its sign is wrong."),
    ("minibatches", "delta_V", "H.T @ delta_net2 / 2", "it is divided by 2, the number of samples"),
    ("softmax", "delta_net2", "delta_Y * Y", "the term sum(delta_Y * Y, axis=-1, keepdims=True) is missing"),
    ("softmax", "delta_Y", "-labelY / Y", "it is not divided by 4"),
    ("softmax", "delta_Y", "-labelY / Y / 16", "it is divided by 4, the number of samples"),
    ("softmax", "delta_Y", "Y - labelY", "the gradient of another loss of Y: half the squared error"),
    ("softmax", "delta_Y", "(Y - labelY) / 2", "the gradient of another loss of Y: the squared error"),
    ("deep", "delta_net2_H1", "W2", "W2 is not transposed"),
    ("deep", "delta_W2", "H2.T @ delta_net2", "it reads H2 instead of H1"),
    ("deep", "delta_W2", "delta_net2.T @ H1", "the result is transposed"),
    ("deep", "delta_H2_net2", "sigmoid(net_2)", ""),
    ("immediate", "W", "W - learning_rate * m_W / (sqrt(v_W) + epsilon)", "the bias correction is missing"),
    (
        "immediate",
        "W",
        "W - learning_rate * m_W / (sqrt(v_W / (1 - beta2**t)) + epsilon)",
        "the bias correction of m_W is missing",
    ),
    ("immediate", "v_V", "beta2 * v_V + (1 - beta2) * delta_V", "the square is forgotten"),
    ("immediate", "B1", "B1 + learning_rate * (m_B1 / (1 - beta1**t))", ""),
]  # fmt: skip


@pytest.mark.parametrize(("which", "name", "source", "words"), MISTAKES)
def test_a_usual_mistake_is_named_with_what_it_is(which, name, source, words):
    made = NETWORKS[which]
    derived = next(step for step in Session(made).program.steps if step.name == name)
    wrong = dataclasses.replace(made, program={name: source})
    report = check_gradients(Session(wrong), 0)
    assert names(report) == [name]
    said = " ".join(verdict_sentences(report, wrong, format_precise))
    assert said.startswith(f"{name} is wrong. {name} = {source} ")
    assert words in said
    assert f"Right: {derived.equation}" in said


@pytest.mark.parametrize(
    ("name", "source", "wrong", "mistake", "right"),
    [
        ("E", "sum((labelY - Y)**2)", "delta_Y", "the factor 2 is missing", "2 * (Y - labelY)"),
        ("net_1", "X @ W * 3 + B1", "delta_W", "the factor 3 is missing", "3 * X.T @ delta_net1"),
        (
            "H",
            "np.maximum(net_1, 0)",
            "delta_H_net1",
            "that is the slope of tanh, not of maximum(net_1, 0)",
            "where(net_1 > 0, 1, 0)",
        ),
        ("H", "net_1**2", "delta_H_net1", "that is the slope of tanh, not of net_1**2", "2 * net_1"),
        (
            "Y",
            "tanh(net_2)",
            "delta_Y_net2",
            "that is the slope of sigmoid, not of tanh",
            "1 - tanh(net_2)**2",
        ),
    ],
)
def test_of_a_replaced_forward_equation_the_right_derivative_is_told(name, source, wrong, mistake, right):
    made = dataclasses.replace(network((3, 4, 2), "tanh", last="sigmoid", samples=2), program={name: source})
    session = Session(made)
    report = check_gradients(session, 0)
    (found,) = report.wrong_equations
    assert (found.name, found.mistake, found.right) == (wrong, mistake, f"{wrong} = {right}")
    forward = session.program.steps[session.program.step_indices[name]].equation
    said = " ".join(verdict_sentences(report, made, format_precise))
    assert f"{mistake}. It differentiates a replaced equation: {forward}. Right: {found.right}" in said


def test_a_forgotten_power_that_is_no_square_is_told_with_its_exponent():
    made = network((3, 4, 2), "tanh", last="sigmoid", samples=2)
    (wrong,) = check(made, H="net_1**4", delta_H_net1="4 * net_1").wrong_equations
    assert wrong.mistake == "the power 3 is forgotten"


def test_a_factor_that_is_the_learning_rate_by_chance_is_not_taken_for_it():
    half = dataclasses.replace(network((2, 2), "sigmoid", samples=3), learning_rate=0.5)
    (wrong,) = check(half, W1="W1 - learning_rate * delta_W1 / 2").wrong_equations
    assert wrong.mistake == "the change is 1/2 of what it should be"
    (wrong,) = check(half, W1="W1 - learning_rate**2 * delta_W1").wrong_equations
    assert wrong.mistake == "the factor learning_rate is there twice"


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("delta_V", "A @ delta_O", "A is not transposed"),
        ("delta_K", "delta_S @ Q / sqrt(width)", "delta_S is not transposed"),
        ("delta_Q", "delta_S.T @ K / sqrt(width)", "delta_S must not be transposed"),
    ],
)
def test_a_transpose_is_said_to_be_missing_or_too_much_as_it_stands_in_the_wrong_equation(
    name, source, words
):
    attention = builtin.open_network("attention")
    (wrong,) = check(attention, **{name: source}).wrong_equations
    assert (wrong.name, wrong.mistake) == (name, words)


def test_of_two_wrong_equations_both_are_named_in_their_order_and_those_that_follow_are_told_apart():
    made = NETWORKS["deep"]
    report = check(made, delta_W1="-(X.T @ delta_net1)", delta_H2_net2="1 - H2")
    assert names(report) == ["delta_H2_net2", "delta_W1"]
    after = ["delta_net2", "delta_W2", "delta_B2", "delta_H1", "delta_net1", "delta_B1"]
    assert [each.name for each in report.following_equations] == after
    said = told(made, delta_W1="-(X.T @ delta_net1)", delta_H2_net2="1 - H2")
    assert said.startswith("2 equations are wrong: delta_H2_net2, delta_W1. ")
    assert f"{', '.join(after)} are right by themselves, but read wrong numbers." in said


def test_a_bias_without_its_sum_is_named_beside_a_doubled_gradient_that_comes_before_it():
    report = check(NETWORKS["matrix"], delta_B1="delta_net1[0]", delta_V="2 * (H.T @ delta_net2)")
    assert names(report) == ["delta_V", "delta_B1"]
    assert [each.mistake for each in report.wrong_equations] == [
        "2 times what it should be",
        "only the first sample is counted",
    ]


@pytest.mark.parametrize("made", NETWORKS.values(), ids=NETWORKS)
def test_two_wrong_equations_in_a_row_are_both_named(made):
    steps = [step for step in Session(made).program.steps if step.phase == "backward"]
    for one, other in [*itertools.pairwise(steps)][::3]:
        wrong = {one.name: f"-({one.source})", other.name: f"3 * ({other.source})"}
        assert names(check(made, **wrong)) == [one.name, other.name]


def test_a_gradient_that_no_longer_fits_a_changed_loss_or_activation_is_named():
    made = NETWORKS["matrix"]
    assert names(check(made, E="sum((labelY - Y)**4)")) == ["delta_Y"]
    assert names(check(made, H="net_1 * net_1")) == ["delta_H_net1"]
    assert names(check(made, net_2="H @ V * 2 + B2")) == ["delta_V", "delta_net2_H"]
    both = check(made, E="sum((labelY - Y)**4)", delta_net1="delta_H")
    assert names(both) == ["delta_Y", "delta_net1"]
    fits = check(made, H="net_1 * net_1", delta_H_net1="2 * net_1")
    assert (fits.ok, names(fits)) == (True, [])
    assert not told(made, H="net_1 * net_1", delta_H_net1="2 * net_1").startswith("No mistake")


def test_a_wrong_equation_that_others_make_up_for_is_told_though_every_gradient_is_right():
    made = NETWORKS["one layer"]
    program = {"delta_Y": "labelY - Y", "delta_net1": "-delta_Y * delta_Y_net1"}
    report = check(made, **program)
    assert report.gradients_agree
    assert not report.ok
    assert names(report) == ["delta_Y", "delta_net1"]
    said = told(made, **program)
    assert said.startswith("2 equations are wrong: delta_Y, delta_net1. ")
    assert "The gradients of the parameters agree all the same: other equations make up for it." in said


def test_a_wrong_update_is_named_though_every_gradient_agrees():
    made = network()
    report = check(made, V="V + learning_rate * delta_V")
    assert (report.gradients_agree, report.ok, names(report)) == (True, False, ["V"])
    assert told(made) == (
        "Nothing is wrong: all 13 elements of the gradients agree. "
        "Every equation of the backward pass and every update agrees, too."
    )


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("loss", LOSSES)
def test_no_sound_network_has_a_culprit(activation, loss):
    last = activation if activation in ("sigmoid", "softmax") else "sigmoid"
    hidden = "tanh" if activation == "softmax" else activation
    made = network((3, 4, 4, 2), hidden, last=last, loss=loss, samples=5, batch_size=3, reduction="mean")
    session = Session(made)
    # An even iteration has a whole batch, an odd one the rest of the samples.
    report = check_gradients(session, session.resolve("i20" if loss == "squared_error" else "i21"))
    assert (report.ok, names(report)) == (True, [])


@pytest.mark.parametrize("name", builtin.network_names())
def test_of_the_built_in_networks_only_one_has_a_culprit(name):
    session = Session(builtin.open_network(name))
    for at in ("0", "i30"):
        report = check_gradients(session, session.resolve(at))
        assert bool(names(report)) == (name == "article-as-printed")


def test_large_data_and_small_weights_raise_no_false_alarm():
    made = network((3, 4, 2), "tanh", last="sigmoid")
    layers = (dataclasses.replace(made.layers[0], weights=made.layers[0].weights / 9000), made.layers[1])
    assert check(dataclasses.replace(made, inputs=made.inputs * 4000, layers=layers)).wrong_equations == ()


# What a person put in


def edited(made, where, name, index, value):
    session = Session(made)
    session.goto(where)
    session.edit(name, index, value)
    return session


@pytest.mark.parametrize(
    ("where", "name", "index"),
    [
        ("delta_Y", "delta_Y", (0, 0)),
        ("delta_H", "delta_H", (2, 1)),
        ("H", "H", (1, 1)),
        ("net_1", "net_1", (0, 0)),
        ("delta_H_net1", "delta_H_net1", (0, 0)),
        ("delta_V", "delta_V", (1, 0)),
        ("E", "E", ()),
    ],
)
def test_an_edited_result_is_named_as_an_edit_and_no_equation_for_it(where, name, index):
    made = NETWORKS["matrix"]
    report = check_gradients(edited(made, f"i1:{where}", name, index, 0.75))
    assert not report.ok
    assert names(report) == []
    assert [edit.name for edit in report.edited] == [name]
    cell = f"{name}[{','.join(map(str, index))}]" if index else name
    assert verdict_sentences(report, made, format_precise) == [
        "No equation is wrong.",
        f"{cell} = 0.75 was set by hand, so the gradients are not those of the equations.",
    ]


@pytest.mark.parametrize("made", NETWORKS.values(), ids=NETWORKS)
def test_beside_an_edit_every_wrong_equation_is_named_too(made):
    for step in backward(made)[::3]:
        wrong = dataclasses.replace(made, program={step.name: f"-({step.source})"})
        output = (0,) * np.ndim(Session(made).timeline.iteration(0).tensors(99)["Y"])
        report = check_gradients(edited(wrong, "Y", "Y", output, 0.4))
        assert names(report) == [step.name]


def test_an_edit_hides_no_wrong_equation():
    made = dataclasses.replace(NETWORKS["matrix"], program={"delta_H_net1": "1 - H"})
    report = check_gradients(edited(made, "delta_Y", "delta_Y", (0, 0), 9.0))
    assert names(report) == ["delta_H_net1"]
    last = verdict_sentences(report, made, format_precise)[-1]
    assert last == "delta_Y[0,0] = 9 was set by hand, so the gradients are not those of the equations."


def test_edits_of_weights_data_and_other_iterations_are_no_reason():
    session = edited(NETWORKS["matrix"], "i0", "W", (0, 0), 2.0)
    session.edit("X", (0, 0), 3.0)
    session.goto("i2:H")
    session.edit("H", (0, 0), 0.5)
    session.goto("i1:E")
    report = check_gradients(session)
    assert (report.ok, report.edited) == (True, ())


def test_of_two_edits_of_one_cell_the_one_in_force_is_named():
    session = edited(NETWORKS["matrix"], "delta_Y", "delta_Y", (0, 0), 9.0)
    session.edit("delta_Y", (0, 0), 5.0)
    assert [edit.value for edit in check_gradients(session).edited] == [5.0]


def test_an_equation_is_judged_from_the_iteration_on_in_which_it_holds():
    session = Session(NETWORKS["rows"])
    session.record(EditEquation(2 * session.period, "delta_Y", "labelY - Y"))
    found = [names(check_gradients(session, session.resolve(f"i{k}:E"))) for k in range(4)]
    assert found == [[], [], ["delta_Y"], ["delta_Y"]]


def test_where_the_loss_is_no_number_nobody_is_blamed():
    made = network((1, 1), "identity", samples=1, loss="cross_entropy")
    layer = dataclasses.replace(made.layers[0], weights=np.array([[-3.0]]), bias=np.array([0.0]))
    made = dataclasses.replace(made, layers=(layer,), inputs=np.array([[1.0]]), labels=np.array([[1.0]]))
    report = check(made)
    assert not report.ok
    assert names(report) == []
    assert told(made) == "E is nan: there is nothing to compare with."
    wrong = told(made, delta_net1="delta_Y * 2")
    assert wrong.startswith("delta_net1 is wrong.")
    assert wrong.endswith("E is nan: there is nothing to compare with.")
    assert messages.HARMLESS not in wrong


def test_in_a_large_network_a_wrong_equation_is_found_in_the_sample():
    made = network((60, 40, 2), samples=3)
    report = check(made, delta_H_net1="1 - H")
    assert names(report) == ["delta_H_net1"]
    # One row in sixty is wrong: the sample of the gradient's elements finds it, and the equation answers.
    one_row = "concatenate([2 * (X.T @ delta_net1)[0:1, :], (X.T @ delta_net1)[1:, :]])"
    assert names(check(made, delta_W=one_row)) == ["delta_W"]


def test_kinks_are_counted_and_no_verdict():
    made = network((2, 3, 1), "relu", last="identity")
    layer = dataclasses.replace(made.layers[0], weights=np.zeros((2, 3)), bias=np.zeros(3))
    made = dataclasses.replace(made, layers=(layer, made.layers[1]))
    assert names(check(made)) == []
    assert told(made) == (
        "No mistake was found, but not everything could be checked: "
        "4 of 13 elements of the gradients agree. "
        "Every equation of the backward pass and every update agrees, too. "
        "9 elements are at a kink, where there is no derivative: not checked."
    )


def test_no_number_of_the_check_is_minus_0():
    made = network((2, 3, 1), "tanh")
    session = Session(dataclasses.replace(made, program={"delta_V": "-0 * abs(V)"}))
    lines = "\n".join(gradcheck_lines(made, check_gradients(session), ()))
    assert "the equation gives 0," in lines
    assert "-0 " not in lines.replace("-0 * abs(V)", "")


def test_in_a_puzzle_no_equation_is_told():
    made = network((2, 3, 1), "tanh", program={"delta_Y": "labelY - Y"}, puzzle=True)
    report = check_gradients(Session(made))
    assert verdict_sentences(report, made, format_precise) == [
        "Not every gradient is right. Which equation is wrong is for you to find."
    ]
    report = check_gradients(edited(made, "delta_V", "delta_V", (0, 0), 9.0))
    last = verdict_sentences(report, made, format_precise)[1]
    assert last == "delta_V[0,0] = 9 was set by hand, so the gradients are not those of the equations."
    assert "delta_Y" not in "\n".join(gradcheck_lines(made, report, ()))
    mended = network((2, 3, 1), "tanh", program={"delta_V": "H.T @ delta_net2"}, puzzle=True)
    assert len(verdict_sentences(check_gradients(Session(mended)), mended, format_precise)) == 1
    compensated = network(
        (2, 2), program={"delta_Y": "labelY - Y", "delta_net1": "-delta_Y * delta_Y_net1"}, puzzle=True
    )
    assert "delta_Y" not in " ".join(
        verdict_sentences(check_gradients(Session(compensated)), compensated, format_precise)
    )


def test_a_change_that_is_lost_beside_a_huge_weight_is_told():
    made = builtin.open_network("penguins")
    session = Session(made, [("W", (0, 0), 1e300), ("X", (0, 0), 1e300)])
    report = check_gradients(session)
    said = verdict_sentences(report, made, format_precise)
    assert said[0].startswith("No mistake was found, but not everything could be checked: ")
    assert said[-1] == (
        "1 element is not checked: the weight is so large that a small change is lost in rounding."
    )
    (worst,) = (each for part in report.parameters for each in part.elements if each.reason == "step lost")
    assert sweep_sentences(sweep_step_sizes(session, "W", worst)) == [
        "The number is so large that every h is lost in rounding: there is nothing to compare."
    ]


def test_in_a_puzzle_whose_e_is_infinite_nothing_is_said_to_be_wrong():
    made = puzzle.open_puzzle("anchor")
    session = Session(made)
    session.goto("i2648")
    assert math.isinf(float(session.frame.tensors["E"]))
    assert verdict_sentences(check_gradients(session), made, format_precise) == [
        "E is inf: there is nothing to compare with. net_1 is the first result that is not finite."
    ]


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("delta_K", "delta_S @ Q", "delta_S is not transposed"),
        ("delta_Z", "delta_K", "axes 0 and 1 of delta_K are not swapped"),
        (
            "delta_S",
            "A * (delta_A - sum(delta_A * A, axis=1, keepdims=True))",
            "along axis 1 instead of axis -1",
        ),
        ("delta_S", "A * (delta_A - sum(delta_A * A))", "taken over everything instead of along axis -1"),
    ],
)
def test_a_mistake_in_an_axis_is_named_for_tensors_of_three_axes(name, source, words):
    draw = np.random.default_rng(3).normal
    arrays = {"X": draw(size=(3, 3)), "Q": draw(size=(3, 3, 3)), "W": draw(size=(3, 9))}
    forward = """\
Z = (X @ W).reshape(3, 3, 3)
K = swapaxes(Z, 0, 1)
S = Q @ swapaxes(K, 1, 2)
A = softmax(S)
E = mean((A - X)**2)"""
    made = bpstep.network(forward, arrays, parameters=["W"])
    report = check_gradients(Session(dataclasses.replace(made, program={name: source})), 0)
    assert words in " ".join(verdict_sentences(report, made, format_precise))


FACTORS_AND_PARTS = {
    ("delta_netp", "delta_p"): "the factor p * (1 - p) is missing.",
    ("delta_netp", "(p - t) / 4 * p * (1 - p)"): "the factor p * (1 - p) is there twice.",
    ("delta_U", "X.T @ (delta_h * (1 - tanh(h)**2))"): "tanh is applied to h, which is its result already.",
    ("delta_U", "X.T @ (delta_h * h * (1 - h))"): "that is the slope of sigmoid, not of tanh.",
    ("delta_p", "(p - t) / 4"): "that is delta_netp, not delta_p.",
    ("delta_c", "delta_netp @ v.T * c"): "the factor c does not belong here.",
    ("delta_v", "c.T @ delta_netp + 0.01 * v"): "0.01 should be 0.02.",
    ("delta_netc", "delta_c * c"): "c should be where(c > 0, 1, 0).",
}


@pytest.mark.parametrize(("name", "source"), FACTORS_AND_PARTS)
def test_a_superfluous_factor_a_missing_slope_and_a_wrong_number_are_named(name, source):
    draw = np.random.default_rng(3).normal
    shapes = {"X": (4, 2), "t": (4, 1), "U": (2, 2), "W": (2, 3), "v": (3, 1)}
    arrays = {name: draw(size=shape) for name, shape in shapes.items()}
    forward = """\
h = tanh(X @ U)
c = relu(h @ W)
p = sigmoid(c @ v)
E = -mean(t * log(p) + (1 - t) * log(1 - p)) + 0.01 * sum(v**2)"""
    made = bpstep.network(forward, arrays, parameters=["U", "W", "v"])
    assert FACTORS_AND_PARTS[name, source] in told(made, **{name: source})


def test_the_slope_of_sigmoid_written_into_the_gradient_of_a_tanh_layer_is_named():
    weights = [np.array([[0.3, 0.1], [-0.2, 0.7]]), np.array([[0.4], [0.3]])]
    options = {"activation": "tanh", "loss": "squared_error", "learning_rate": 0.1}
    made = bpstep.network(weights, np.array([[0.5, -0.25]]), [[0.4]], **options)
    assert "that is the slope of sigmoid, not of tanh." in told(made, delta_net1="delta_H * H * (1 - H)")


@pytest.mark.parametrize("source", ["2 * delta_netS @ B.T", "2 * delta_netS @ B"])
def test_a_transpose_is_not_blamed_where_a_term_is_missing(source):
    draw = np.random.default_rng(3).normal
    arrays = {"X": draw(size=(4, 2)) / 9, "W": draw(size=(2, 3)), "B": draw(size=(3, 3))}
    forward = """\
a = tanh(X @ W)
S = a @ B @ a.T
E = sum(maximum(0, 1 + S)) / 16"""
    said = told(bpstep.network(forward, arrays, parameters=["W", "B"]), delta_a=source)
    assert "delta_a is wrong." in said
    assert "transposed" not in said


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("delta_netP", "P * (1 - P) * delta_P", "only the diagonal of the softmax's Jacobian is counted"),
        ("delta_K", "delta_H.reshape(2, 4, 3)", "delta_H is reshaped, which keeps the order of its numbers"),
        ("delta_W", "X[0].T @ delta_K[0]", "only the first sample is counted"),
        ("delta_H", "delta_M[:, :, None] * ones_like(H)", "the factor delta_M_H is missing"),
    ],
)
def test_a_mistake_in_a_stack_of_matrices_is_named(name, source, words):
    draw = np.random.default_rng(3).normal
    arrays = {
        "X": draw(size=(2, 4, 3)),
        "W": draw(size=(3, 3)),
        "V": draw(size=(3, 2)),
        "t": draw(size=(2, 2)),
    }
    forward = """\
K = X @ W
H = swapaxes(K, 1, 2)
M = max(H, axis=2)
P = softmax(M @ V)
E = sum((P - t)**2)"""
    made = bpstep.network(forward, arrays, parameters=["W", "V"])
    assert words in told(made, **{name: source})


AT_ONE_PLACE = {
    "a + b": [
        ("the term b is missing", "a"),
        ("the term a is missing", "b"),
        ("b is subtracted instead of added", "a - b"),
        ("a is there twice, and b is missing", "a + a"),
        ("b is there twice, and a is missing", "b + b"),
    ],
    "a - b": [
        ("b is added instead of subtracted", "a + b"),
        ("the term b is missing", "a"),
        ("that is b alone", "b"),
        ("the term a is missing", "-b"),
        ("a is replaced by 1", "1 - b"),
        ("the difference is the other way round", "b - a"),
    ],
    "a * b": [
        ("the factor b is missing", "a"),
        ("the factor a is missing", "b"),
        ("the factor b is missing", "a * ones_like(b)"),
        ("the factor a is missing", "b * ones_like(a)"),
        ("the factor b is there twice", "a * b * b"),
        ("the factor a is there twice", "a * b * a"),
        ("a and b are added instead of multiplied", "a + b"),
        ("it is divided by b instead of multiplied", "a / b"),
        ("@ is the matrix product; * multiplies element by element", "a @ b"),
    ],
    "a / b": [
        ("it is not divided by b", "a"),
        ("it is divided by b twice", "a / b / b"),
        ("the fraction is upside down", "b / a"),
        ("it is multiplied by b instead of divided", "a * b"),
    ],
    "a**2": [
        ("the square is forgotten", "a"),
        ("it is multiplied by 2 instead of raised to it", "a * 2"),
    ],
    "a**3": [
        ("the power 3 is forgotten", "a"),
        ("it is multiplied by 3 instead of raised to it", "a * 3"),
    ],
    "a @ b": [
        ("the result is transposed", "(a @ b).T"),
        ("b must not be transposed", "a @ b.T"),
        ("a must not be transposed", "a.T @ b"),
        ("the two factors of the product are swapped", "b @ a"),
        ("neither a nor b should be transposed", "a.T @ b.T"),
        ("the two factors of the product are swapped", "b.T @ a"),
        ("the two factors of the product are swapped", "b @ a.T"),
        ("* multiplies element by element; @ is the matrix product", "a * b"),
        ("* multiplies element by element; @ is the matrix product", "a * b.T"),
        ("* multiplies element by element; @ is the matrix product", "a.T * b"),
        ("* multiplies element by element; @ is the matrix product", "a.T * b.T"),
        ("* multiplies element by element; @ is the matrix product", "sum(a * b)"),
        ("the factor b is missing", "a"),
        ("the factor a is missing", "b"),
    ],
    "a.T @ b": [
        ("the result is transposed", "(a.T @ b).T"),
        ("b must not be transposed", "a.T @ b.T"),
        ("a is not transposed", "a @ b"),
        ("the two factors of the product are swapped", "b @ a.T"),
        ("a must be transposed, not b", "a @ b.T"),
        ("the two factors of the product are swapped", "b.T @ a.T"),
        ("the two factors of the product are swapped", "b @ a"),
        ("* multiplies element by element; @ is the matrix product", "a.T * b"),
        ("* multiplies element by element; @ is the matrix product", "a.T * b.T"),
        ("* multiplies element by element; @ is the matrix product", "a * b"),
        ("* multiplies element by element; @ is the matrix product", "a * b.T"),
        ("* multiplies element by element; @ is the matrix product", "sum(a.T * b)"),
        ("the factor b is missing", "a.T"),
        ("the factor a.T is missing", "b"),
        ("only the first sample is counted", "outer(a[0], b[0])"),
        ("only the last sample is counted", "outer(a[-1], b[-1])"),
    ],
    "-a": [
        ("a minus is forgotten", "a"),
    ],
    "a.T": [
        ("a is not transposed", "a"),
    ],
    "a[1]": [
        ("it reads a[0] instead of a[1]", "a[0]"),
        ("it reads a[2] instead of a[1]", "a[2]"),
        ("it reads a[3] instead of a[1]", "a[3]"),
        ("it reads a[4] instead of a[1]", "a[4]"),
        ("it reads a[5] instead of a[1]", "a[5]"),
        ("it reads a[6] instead of a[1]", "a[6]"),
        ("it reads a[7] instead of a[1]", "a[7]"),
    ],
    "a[1, 2]": [],
    "a[i]": [],
    "where(a > 0, b, c)": [
        ("that is the other side of the condition", "where(a > 0, c, b)"),
        ("the condition is left out: b everywhere", "b"),
        ("the condition is left out: c everywhere", "c"),
    ],
    "swapaxes(a, -1, -2)": [
        ("a is not transposed", "a"),
    ],
    "swapaxes(a, 0, 1)": [
        ("axes 0 and 1 of a are not swapped", "a"),
    ],
    "exp(a)": [
        ("exp is forgotten", "a"),
    ],
    "ones_like(a)": [],
    "maximum(a, b)": [],
    "sum(a)": [
        ("that is the mean instead of the sum", "mean(a)"),
        ("the sum is left out", "a"),
    ],
    "sum(a, axis=0, keepdims=True)": [
        ("that is the mean instead of the sum", "mean(a, axis=0, keepdims=True)"),
        ("the sum is taken over everything instead of along axis 0", "sum(a)"),
        ("only the first sample is counted", "a[0]"),
        ("only the last sample is counted", "a[-1]"),
        ("the sum is left out", "a"),
        ("it is taken along axis 1 instead of axis 0", "sum(a, axis=1, keepdims=True)"),
        ("it is taken along axis 2 instead of axis 0", "sum(a, axis=2, keepdims=True)"),
        ("it is taken along axis 3 instead of axis 0", "sum(a, axis=3, keepdims=True)"),
        ("it is taken along axis 4 instead of axis 0", "sum(a, axis=4, keepdims=True)"),
        ("it is taken along axis 5 instead of axis 0", "sum(a, axis=5, keepdims=True)"),
    ],
    "mean(a, axis=1)": [
        ("that is the sum instead of the mean", "sum(a, axis=1)"),
        ("the mean is taken over everything instead of along axis 1", "mean(a)"),
        ("the mean is left out", "a"),
        ("it is taken along axis 0 instead of axis 1", "mean(a, axis=0)"),
        ("it is taken along axis 2 instead of axis 1", "mean(a, axis=2)"),
        ("it is taken along axis 3 instead of axis 1", "mean(a, axis=3)"),
        ("it is taken along axis 4 instead of axis 1", "mean(a, axis=4)"),
        ("it is taken along axis 5 instead of axis 1", "mean(a, axis=5)"),
    ],
    "mean(a, axis=(0, 2), keepdims=True)": [
        ("that is the sum instead of the mean", "sum(a, axis=(0, 2), keepdims=True)"),
        ("the mean is left out", "a"),
        ("the mean is taken along axis 0 instead of along axes (0, 2)", "mean(a, axis=0, keepdims=True)"),
        ("the mean is taken along axis 2 instead of along axes (0, 2)", "mean(a, axis=2, keepdims=True)"),
    ],
    "sqrt(a) + b": [
        ("the term b is missing", "sqrt(a)"),
        ("the term sqrt(a) is missing", "b"),
        ("b is subtracted instead of added", "sqrt(a) - b"),
        ("sqrt(a) is there twice, and b is missing", "sqrt(a) + sqrt(a)"),
        ("b is there twice, and sqrt(a) is missing", "b + b"),
        ("b is inside the root, not added to it", "sqrt(a + b)"),
    ],
    "a.reshape(2, 3)": [],
    "a > b": [
        ("the condition a <= b is the wrong way round", "a <= b"),
    ],
}


@pytest.mark.parametrize("right", AT_ONE_PLACE)
def test_the_mistakes_that_are_made_at_one_place_of_an_equation_are_known(right):
    found = _mistakes_at(ast.parse(right, mode="eval").body)
    assert [(mistake.sentence, ast.unparse(wrong)) for mistake, wrong in found] == AT_ONE_PLACE[right]


PLACES = """\
c = einsum("ni,ij->nj", X, W)
S = c - M
E = mean((S + S * M)**2) + mean((V @ S)**2) + sum(c) / size(c, 0)"""


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("delta_W", 'einsum("nj,ni->ji", delta_c, X)', ": the indices i and j are swapped."),
        ("delta_S", "2 * ((S.T + S * M) * (1 + M) + V.T @ (V @ S)) / 9", ": S must not be transposed."),
        ("delta_c", "delta_S + 1 / 7", ": it is divided by 7 instead of size(c, 0)."),
    ],
)
def test_a_mistake_in_the_place_of_a_tensor_is_named(name, source, words):
    draw = np.random.default_rng(3).normal
    arrays = {name: draw(size=(3, 3)) for name in "XMVW"}
    made = bpstep.network(PLACES, arrays, parameters=["W"])
    report = check_gradients(Session(dataclasses.replace(made, program={name: source})), 0)
    assert words in " ".join(verdict_sentences(report, made, format_precise))
