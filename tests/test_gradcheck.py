import dataclasses
import math
import re

import numpy as np
import pytest
from rails_frames import program_of
from small_networks import OPTIONS, network

from bpstep.errors import BpstepError
from bpstep.export.gradcheck import gradcheck_lines
from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.differences import CellDerivative, DifferenceProbe, Element
from bpstep.gradcheck.published_values import check_published_values
from bpstep.gradcheck.verdict import Verdict
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Layer, PublishedValue
from bpstep.netfile import builtin
from bpstep.session.session import Session


def check(net, edits=(), **how):
    return check_gradients(Session(net, edits), **how)


def verdicts(report):
    return {parameter.name: parameter.worst.verdict for parameter in report.parameters}


@pytest.mark.parametrize("name", [name for name in builtin.network_names() if name != "article-as-printed"])
def test_a_built_in_network_passes(name):
    session = Session(builtin.open_network(name))
    assert check_gradients(session).ok
    assert check_gradients(session, session.resolve("i30:backward")).ok
    assert all(report.ok for report in check_published_values(session))


def test_the_articles_own_sign_makes_every_gradient_wrong():
    report = check(builtin.open_network("article-as-printed"))
    assert verdicts(report) == {"W": "differs", "V": "differs"}
    assert [parameter.failed for parameter in report.parameters] == [6, 3]
    for parameter in report.parameters:
        assert parameter.worst.computed == pytest.approx(-parameter.worst.numeric)
        assert parameter.worst.relative_error == pytest.approx(2)


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_the_derivative_of_every_activation_passes(activation):
    assert check(network(activation, activation, sizes=(3, 6, 2))).ok


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_gradient_of_every_loss_passes(loss, reduction):
    last = "softmax" if loss == "cross_entropy" else "sigmoid"
    net = network("tanh", last, loss=loss, reduction=reduction, batch_size=2)
    session = Session(net)
    for n in ("0", "i2", "i3"):
        assert check_gradients(session, session.resolve(n)).ok


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("order", ["after", "immediate"])
def test_gradients_are_those_at_the_start_of_the_iteration_whatever_updates_follow(optimizer, order):
    net = network(optimizer=optimizer, optimizer_options=OPTIONS[optimizer], update_order=order)
    session = Session(net)
    assert check_gradients(session, session.resolve("i4")).ok


def test_the_iteration_checked_is_the_one_shown():
    session = Session(network())
    assert check_gradients(session, 0).iteration == 0
    assert check_gradients(session, session.period).iteration == 0
    assert check_gradients(session, session.period + 1).iteration == 1
    session.goto("i7:delta_V")
    assert check_gradients(session).iteration == 7


@pytest.mark.parametrize("factor", [-1, 0.5, 1 + 1e-5])
def test_any_wrong_backward_equation_is_found(factor):
    sound = Session(network("tanh", "sigmoid"))
    names = [step.name for step in sound.program.steps if step.phase == "backward"]
    for name in names:
        source = sound.program.steps[sound.program.step_indices[name]].source
        report = check(network("tanh", "sigmoid", program={name: f"{factor} * ({source})"}))
        assert not report.ok, name


def test_data_on_a_large_scale_raises_no_false_alarm():
    # Body masses in grams: a step of 1e-5 in a weight is a step of 0.04 in net.
    net = network("tanh", "sigmoid", samples=4)
    net = dataclasses.replace(net, inputs=net.inputs * 4000)
    net = dataclasses.replace(
        net, layers=(dataclasses.replace(net.layers[0], weights=net.layers[0].weights / 9000), net.layers[1])
    )
    assert check(net).ok
    assert not check(dataclasses.replace(net, program={"delta_Y": "1.00001 * (Y - labelY)"})).ok


def kinked(at, activation="relu"):
    """One unit whose net is `at`."""
    layer = Layer(np.array([[0.5], [0.5]]), np.array([at]), activation)
    net = network(sizes=(2, 1), samples=1)
    return dataclasses.replace(net, layers=(layer,), inputs=np.array([[1.0, -1.0]]))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_at_a_kink_there_is_no_verdict(activation):
    report = check(kinked(0.0, activation))
    assert report.ok
    assert verdicts(report) == {"W1": "not checked", "B1": "not checked"}
    assert [parameter.kinks for parameter in report.parameters] == [2, 1]


@pytest.mark.parametrize("at", [3e-6, -3e-6, 4e-7])
def test_near_a_kink_a_smaller_step_decides(at):
    report = check(kinked(at))
    assert set(verdicts(report).values()) == {"agrees"}
    wrong = dataclasses.replace(kinked(at), program={"delta_Y": "2 * (Y - labelY) + 1"})
    found = check(wrong)
    assert found.gradients_agree is (at < 0)
    assert [each.name for each in found.wrong_equations] == ["delta_Y"]


def test_a_gradient_that_is_no_number_fails_and_is_named():
    net = network("identity", sizes=(1, 1), samples=1, loss="cross_entropy")
    session = Session(
        dataclasses.replace(net, learning_rate=0.0),
        [("W1", (0, 0), -3.0), ("X", (0, 0), 1.0), ("B1", (0,), 0.0)],
    )
    report = check_gradients(session)
    assert math.isnan(report.loss)
    assert not report.ok
    session = Session(net, [("W1", (0, 0), 0.0), ("B1", (0,), 0.0)])
    report = check_gradients(session)
    assert not report.ok
    text = "\n".join(gradcheck_lines(net, report, ()))
    assert "E is inf: there is nothing to compare with." in text
    assert re.search(r"[WB]1\[0(,0)?\] +-?(inf|nan)", text)
    assert "Nothing is wrong" not in text


def test_of_a_large_parameter_a_sample_is_checked_always_the_same():
    net = network(sizes=(60, 40, 2), samples=3)
    first, second = check(net), check(net)
    assert first == second
    assert (first.parameters[0].checked, first.parameters[0].size) == (200, 2400)
    assert "agrees: 200 of 2,400" in "\n".join(gradcheck_lines(net, first, ()))
    every = check(net, every=True)
    assert [parameter.checked for parameter in every.parameters] == [2400, 40, 80, 2]
    assert every.ok


def test_edits_at_the_start_are_checked():
    net = builtin.open_network("article")
    edited, plain = check(net, [("W", (0, 1), 0.5)]), check(net)
    assert edited.ok
    assert edited.loss != plain.loss


def test_an_edited_result_is_taken_for_what_it_is():
    session = Session(network("tanh", "sigmoid"))
    session.goto("delta_Y")
    session.edit("delta_Y", (0, 0), 9.0)
    assert not check_gradients(session).ok
    session.undo()
    assert check_gradients(session).ok


def test_the_report_states_the_rule_and_the_worst_element_of_each_parameter():
    net = builtin.open_network("article")
    session = Session(net)
    found = list(gradcheck_lines(net, check_gradients(session), list(check_published_values(session))))
    assert "h = 1e-5." in found[-3]
    assert "|equation - numeric| <= 1e-7 of the larger + 10 eps max(1, |E|) / h" in found[-2]
    assert len([line for line in found if line.startswith(("W[", "V["))]) == 2
    assert all(len(line) <= 80 for line in found if line.startswith(("W[", "V[")))


def test_in_the_immediate_order_the_report_says_what_it_leaves_out():
    net = network(update_order="immediate")
    assert any("Updates are left out" in line for line in gradcheck_lines(net, check(net), ()))


# The published value, the value computed to more digits, and how many decimals are printed.
@pytest.mark.parametrize(
    ("value", "decimals", "ok"),
    [
        (0.072303453, 9, True),
        (0.0723034528622, 13, True),
        (0.0723, 4, True),
        (0.07230, 5, True),
        (0.07231, 5, False),
        (0.072303454, 9, False),
        (0.0, 0, True),
    ],
)
def test_a_published_value_is_right_to_half_its_last_decimal(value, decimals, ok):
    net = dataclasses.replace(
        builtin.open_network("article"),
        published_values=(PublishedValue("i0:E", "E", value, decimals, "here"),),
    )
    (report,) = check_published_values(Session(net))
    assert report.ok is ok
    text = "\n".join(gradcheck_lines(net, check(net), [report]))
    assert f"{value:.{decimals}f}" in text
    assert ("FAILED" in text) is not ok
    assert "here" in text


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (0.751365070, 9, "0.751365070"),
        (0.5, 4, "0.5000"),
        (8.0, 1, "8"),
        (20.0, 1, "2e+01"),
        (2.5e-7, 3, "2.50e-07"),
    ],
)
def test_a_published_value_has_its_significant_digits_with_the_zeros_at_its_end(value, digits, printed):
    assert PublishedValue("i0:Y", "Y", value, None, digits=digits).format(value) == printed


def test_a_published_value_may_be_of_a_cell_and_stand_at_any_position():
    expects = (
        PublishedValue("i1:H", "V[2,0]", 0.3006183339, 10),
        PublishedValue("V", "V[2,0]", 0.3006183339, 10),
        PublishedValue("i1", "Y", 0.6197278531, 10),
        PublishedValue("i0:E", "V[2,0]", 0.3, 1),
    )
    net = dataclasses.replace(builtin.open_network("article"), published_values=expects)
    assert [report.ok for report in check_published_values(Session(net))] == [True] * 4


@pytest.mark.parametrize("name", ["V[3,0]", "V[0,1]", "V[0]", "V", "V[0,0,0]", "E[0]", "Y[1]", "Q"])
def test_a_published_value_of_a_cell_that_is_not_there_fails(name):
    net = dataclasses.replace(
        builtin.open_network("article"), published_values=(PublishedValue("i1", name, 0.3, 1),)
    )
    (report,) = check_published_values(Session(net))
    assert (report.ok, report.value) == (False, None)


def test_a_published_value_of_what_is_not_computed_there_fails():
    net = dataclasses.replace(
        builtin.open_network("article"), published_values=(PublishedValue("i0:H", "E", 0.07, 2),)
    )
    (report,) = check_published_values(Session(net))
    assert (report.ok, report.value) == (False, None)
    assert "not computed there" in "\n".join(gradcheck_lines(net, check(net), [report]))


def test_a_published_value_at_no_position_is_an_error():
    net = dataclasses.replace(
        builtin.open_network("article"), published_values=(PublishedValue("nowhere", "E", 0.07, 2),)
    )
    with pytest.raises(BpstepError, match='expected value of E: "nowhere" is not a position'):
        list(check_published_values(Session(net)))


def test_a_probe_measures_any_factor_of_the_chain():
    session = Session(builtin.open_network("article"))
    probe = DifferenceProbe(session.program, session.timeline.iteration(0).tensors(0))
    factor, bends = probe.difference(CellDerivative("net_1", (1,), "H"), 1e-5)
    assert factor == pytest.approx([0, 0.2338334455, 0], abs=1e-9)
    assert not bends
    assert [step.name for step in probe.affected(CellDerivative("net_1", (1,), "E"))] == [
        "H",
        "net_2",
        "Y",
        "E",
    ]
    assert probe.difference(CellDerivative("Y", (0,), "E"), 1e-5)[0] == pytest.approx(-0.3802721469, abs=1e-9)
    assert probe.difference(CellDerivative("learning_rate", (), "E"), 1e-5)[0] == 0


@pytest.mark.parametrize(("power", "is_flat"), [(4, False), (6, True)])
def test_a_loss_is_flat_where_a_change_of_a_thousandth_is_lost_in_rounding(power, is_flat):
    # 1 + 0.001**4 is another float64 than 1; 1 + 0.001**6 is 1.
    start = {"w": np.float64(0), "learning_rate": np.float64(0.5)}
    program = program_of([("E", f"1 + w**{power}")], start, ("w",))
    probe = DifferenceProbe(program, start)
    assert probe.is_flat(CellDerivative("w", (), "E")) == is_flat


def test_nan_against_zero_is_a_difference_without_a_size():
    report = Element((0,), 0.0, float("nan"), Verdict.NOT_CHECKED, float("inf"))
    assert np.isnan(report.relative_error)
    assert Element((0,), 0.0, 0.0, Verdict.AGREES, 0.0).relative_error == 0
