"""Sentences without promises: a person's own equations, edited cells, numbers that are not finite."""

from dataclasses import replace

import numpy as np
import pytest
from make_networks import article, mazur, network
from sentences import say

from bpstep.explain.prose.step_sentence import sentence
from bpstep.netfile import builtin
from bpstep.session.session import Session


def test_a_replaced_equation_says_so_and_claims_nothing_of_the_derived_one():
    made = builtin.open_network("article-as-printed")
    assert say(made, "delta_Y") == (
        "This equation replaces the derived one, Y - labelY. Its result, 0.3803, is delta_Y from here on, "
        "right or wrong: a gradient check can tell."
    )
    for name in ("delta_V", "delta_w1", "delta_w2"):
        assert say(made, name).endswith("Positive, but it rests on the replaced delta_Y.")
    for name in ("V", "W"):
        assert "which rests on the replaced delta_Y. The weight " in say(made, name)
        assert "downhill" not in say(made, name)
    for name in ("E", "delta_net2_H"):
        assert "replace" not in say(made, name)


def test_a_long_derived_equation_is_left_out():
    made = network(optimizer="adam", program={"W": "W - learning_rate * delta_W"})
    assert say(made, "W").startswith("This equation replaces the derived one. Its result, ")


def test_a_replaced_forward_equation_makes_the_gradients_before_it_doubtful():
    made = mazur(program={"H": "tanh(net_1)"})
    assert say(made, "delta_V").endswith("lowering it lowers E.")
    assert say(made, "delta_H").endswith("lowering it lowers E.")
    assert say(made, "delta_W").endswith("but it rests on the replaced H.")
    assert "next" not in say(made, "net_1")
    made = mazur(program={"net_2": "H @ V"})
    assert say(made, "delta_V").endswith("but it rests on the replaced net_2.")
    made = mazur(program={"E": "sum(abs(labelY - Y))"})
    assert say(made, "delta_Y").endswith("but it rests on the replaced E.")


@pytest.mark.parametrize(
    ("name", "source", "derivative", "derived", "own"),
    [
        ("H", "tanh(net_1)", "delta_H_net1", "sigmoid(net_1)", "1 - H**2"),
        ("net_2", "2 * H @ V + B2", "delta_net2_H", "H @ V + B2", "2 * V.T"),
    ],
)
def test_the_derivative_of_an_equation_that_was_replaced_says_so(name, source, derivative, derived, own):
    text = say(mazur(program={name: source}), derivative)
    assert f", the derivative of {derived}. {name} has another equation now: a gradient" in text
    assert "another equation" not in say(mazur(program={name: source, derivative: own}), derivative)


def test_replaced_factors_are_called_by_their_names():
    made = mazur(program={"delta_H_net1": "ones_like(net_1)", "delta_net2_H": "0 * V.T + 1"})
    assert ": 0.1004 at its output times delta_H_net1 1.0000." in say(made, "delta_net1")
    assert "each times delta_net2_H, add up to" in say(made, "delta_H")


def test_weights_updated_at_once_are_named():
    made = mazur(update_order="immediate")
    assert say(made, "delta_V").endswith("lowering it lowers E.")
    assert say(made, "delta_net2_H").endswith(
        "V is updated already, so the error goes back over its new weights."
    )
    assert say(made, "delta_H").endswith("but it rests on V as already updated.")
    assert "rests on V as already updated" in say(made, "W")
    assert "downhill" in say(made, "V")


def test_an_edited_cell_says_what_the_equation_gave():
    session = Session(mazur())
    session.goto("H")
    session.edit("H", (0, 0), 0.9)
    assert say(session, "H") == (
        "H[0,0] was edited: the equation gives 0.5933, and the edit puts 0.9000 in its place. "
        "What follows uses 0.9000."
    )
    assert say(session, "H", (0, 1)).startswith("The sigmoid squashes")
    assert say(session, "delta_V").endswith("lowering it lowers E.")
    assert say(session, "delta_W").endswith("but it rests on the edited H.")
    assert say(session, "i1:delta_W").endswith("lowering it lowers E.")
    session.goto("i0:delta_V")
    session.edit("delta_V", (0, 0), 0.5)
    assert say(session, "i0:delta_V", (0, 1)).endswith("raising it lowers E.")


def test_what_is_not_finite_names_where_it_arose():
    made = network((1, 1), "sigmoid", loss="binary_cross_entropy", samples=1)
    made = replace(made, labels=np.array([[0.0]]), inputs=np.array([[1.0]]))
    edits = [("W1", (0, 0), 800.0)]
    assert say(made, "Y", edits=edits).startswith("The sigmoid squashes any number into 0 to 1: ")
    assert say(made, "E", edits=edits) == (
        "E is inf, and it arose here: what was read is finite, "
        "but an output is where the loss has no finite value."
    )
    assert say(made, "delta_Y", edits=edits).endswith("no finite value. The first one is in E.")
    assert say(made, "delta_net1", edits=edits) == (
        "delta_net1[0,0] is nan because it depends on delta_Y, which is not finite. "
        "The first in this iteration was E. Nothing is clamped."
    )


def test_what_is_too_large_arises_where_it_does():
    edits = [("W", (0, 0), 1e308), ("X", (0,), 10.0)]
    assert say(article(), "net_1", edits=edits) == (
        "net_1[0] is inf, and it arose here: what was read is finite, "
        "but the result is too large or not defined."
    )
    assert "inf becomes 1.0000" in say(article(), "H", edits=edits)
    assert "nearly flat at inf: slope 0.0000" in say(article(), "delta_H_net1", edits=edits)


def test_nan_has_no_slope():
    made = article(program={"net_1": "X @ W + B1 + 0 * exp(1000 * ones_like(B1))"})
    made = replace(made, layers=(replace(made.layers[0], activation="relu"), made.layers[1]))
    assert say(made, "delta_H_net1") == (
        "The net input of h1 is nan, so it has no slope: 0.0000 comes out because any comparison with nan is "
        "false."
    )


def test_an_infinite_loss_promises_nothing_of_other_samples():
    made = network((1, 1), "sigmoid", loss="binary_cross_entropy", samples=2, bias=False)
    made = replace(made, labels=np.array([[0.0], [0.0]]), inputs=np.array([[1.0], [0.001]]))
    assert say(made, "delta_Y", (1, 0), [("W1", (0, 0), 800.0)]).endswith(
        "Positive, but it rests on a loss of inf."
    )


def without_layers(folder, forward):
    path = folder / "made.toml"
    path.write_text(
        'optimizer = "sgd"\nlearning_rate = 0.1\n[data]\nX = [[1.0, 2.0], [1.0, -0.5]]\n'
        "[parameters]\nW = [[0.5, 1.0], [1.0, 0.2]]\n"
        f'[program]\nforward = """\n{forward}\nE = sum(H**2)\n"""\n'
    )
    return builtin.open_network(str(path))


@pytest.mark.parametrize(
    ("equation", "kink"),
    [
        ("H = relu(net) + net", "relu at net = 0"),
        ("H = 2 * abs(X @ W)", "abs at X @ W = 0"),
        ("H = maximum(net, 2.5)", "maximum at net = 2.5"),
        ("H = where(net > 0, net, net / 2)", "where at net = 0"),
    ],
)
def test_at_a_kink_of_any_equation_no_sign_is_promised(tmp_path, equation, kink):
    made = without_layers(tmp_path, f"net = X @ W\n{equation}")
    assert say(made, "delta_W").endswith(f"but it rests on the kink of {kink}.")
    assert f"which rests on the kink of {kink}" in say(made, "W")
    assert "downhill" not in say(made, "W")
    assert "kink" not in say(made, "delta_H")
    away = replace(made, forward=replace(made.forward, data={"X": made.forward.data["X"] + 0.01}))
    assert "kink" not in say(away, "delta_W")


def test_a_kink_of_data_alone_bends_nothing(tmp_path):
    made = without_layers(tmp_path, "M = relu(X - 1) + 1\nH = (X @ W) * M")
    assert say(made, "delta_W").endswith("lowers E.")


def test_an_edited_tensor_makes_the_gradient_of_a_parameter_behind_it_doubtful(tmp_path):
    session = Session(without_layers(tmp_path, "net = X @ W\nH = tanh(net)"))
    session.goto("i0:H")
    session.edit("H", (0, 0), 3.0)
    session.goto("i0:delta_W")
    assert sentence(session.frame, (0, 0)).endswith("but it rests on the edited H.")
