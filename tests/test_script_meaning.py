"""What the equations of a pass mean is found from numbers: parameters, the loss, each derivative."""

import numpy as np
import pytest

from bpstep.program.program import Phase
from bpstep.script.meaning.meaning import find_meaning
from tests.script_passes import classes, columns, one_sample, training_pass


def meaning_of(make):
    text, initial, feeds = make(np.random.default_rng(3))
    training = training_pass(text, initial, feeds)
    return training, find_meaning(training)


def by_name(training, found):
    return {each.name: meaning for each, meaning in zip(training.equations, found.equations)}


def test_each_backward_equation_is_named_after_the_tensor_that_it_differentiates_by():
    training, found = meaning_of(columns)
    equations = by_name(training, found)
    assert {name: each.by for name, each in equations.items() if each.phase is Phase.BACKWARD} == {
        "dZ2": "Z2",
        "dW2": "W2",
        "db2": "b2",
        "dZ1": "Z1",
        "dW1": "W1",
        "db1": "b1",
    }
    assert found.gradients == {"W1": "dW1", "b1": "db1", "W2": "dW2", "b2": "db2"}


def test_the_loss_is_the_one_whose_gradient_is_used_with_the_count_of_samples_as_its_constant():
    _, found = meaning_of(columns)
    assert (found.loss.kind, found.loss.outputs, found.loss.targets) == (
        "binary_cross_entropy",
        ("A2",),
        ("Y",),
    )
    assert found.loss.equation == "cost"
    assert found.loss.constant == pytest.approx(24)


def test_the_constant_of_a_derivative_is_relative_to_the_loss_summed_over_all_samples():
    training, found = meaning_of(columns)
    equations = by_name(training, found)
    assert equations["dZ2"].constant == pytest.approx(1)
    assert equations["dW1"].constant == pytest.approx(1 / 24)
    assert equations["W1"].constant == pytest.approx(-1.2 / 24)


def test_a_single_sample_and_weights_as_vectors_are_understood():
    training, found = meaning_of(one_sample)
    equations = by_name(training, found)
    assert found.parameters == ("w_o", "b_o", "W_h", "b_h")
    assert found.remembered == ("total",)
    assert (found.loss.kind, found.loss.equation) == ("half_squared_error", "total")
    assert (equations["delta_o"].by, equations["delta_h"].by) == ("net_o", "net_h")
    assert equations["total"].phase is Phase.LOSS
    assert equations["b_h"].constant == pytest.approx(-0.4)


def test_a_loss_with_a_penalty_is_found_and_so_is_the_gradient_of_each_of_its_parts():
    training, found = meaning_of(classes)
    equations = by_name(training, found)
    assert (found.loss.kind, found.loss.equation) == ("cross_entropy", "loss")
    assert (equations["dV"].by, equations["dV_all"].by) == ("V", "V")
    assert equations["dV"].constant == pytest.approx(1 / 18)
    assert equations["dV_all"].constant == pytest.approx(1)
    assert equations["dnet"].by == "net"
    phases = [each.phase for each in found.equations]
    assert phases == [Phase.FORWARD] * 5 + [Phase.LOSS] * 3 + [Phase.BACKWARD] * 9 + [Phase.UPDATE] * 4


def test_another_gradient_than_that_of_the_printed_loss_is_not_ascribed_to_it():
    text, initial, feeds = columns(np.random.default_rng(3))
    text = text.replace("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)")
    found = find_meaning(training_pass(text, initial, feeds))
    assert (found.loss.kind, found.loss.equation) == ("half_squared_error", "")


def test_a_pass_that_follows_no_gradient_has_no_loss():
    initial = {"w": np.ones(3), "X": np.eye(3), "y": np.array([1.0, 0.0, 1.0])}
    text = """
        o = X @ w
        w = w + 0.1 * np.sign(X.T @ (y - where(o > 0, 1, 0))) * w**3
    """
    found = find_meaning(training_pass(text, initial))
    assert found.loss is None
    assert found.gradients == {}
