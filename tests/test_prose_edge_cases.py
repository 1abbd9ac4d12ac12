"""Sentences at the edges of what numbers can be: zeros, kinks, saturation, rates that lead nowhere."""

import re
from dataclasses import replace

import numpy as np
import pytest
from make_networks import article, network
from sentences import say

from bpstep.explain.prose.rounding import _count, _error, is_rounding_everywhere
from bpstep.explain.scalar import Apply, Cell, Fold, Number
from bpstep.session.session import Session


def unit(activation, net, **given):
    """One unit, its net as wished, behind it another one."""
    made = network((1, 1, 1), activation, last="identity", samples=1, bias=False, **given)
    first = replace(made.layers[0], weights=np.array([[net]]))
    return replace(made, layers=(first, made.layers[1]), inputs=np.array([[1.0]]))


@pytest.mark.parametrize(
    ("activation", "net", "value", "slope"),
    [
        (
            "sigmoid",
            7.0,
            "becomes 0.9991. So far out it is nearly flat",
            "nearly flat at 7.0000: slope 0.0009",
        ),
        ("tanh", -4.0, "becomes -0.9993. So far out", "tanh is nearly flat at -4.0000: slope 0.0013"),
        (
            "relu",
            0.5,
            "unchanged: 0.5000 stays",
            "slope 1 wherever the net input is positive, as here at 0.5000",
        ),
        (
            "relu",
            -0.5,
            "-0.5000 becomes 0. h1 is silent here",
            "flat wherever the net input is negative, as here at -0.5000",
        ),
        ("relu", 0.0, "ReLU has its kink", "The derivative takes 0 there: no error passes back"),
        ("leaky_relu", 0.5, "unchanged: 0.5000 stays", "has slope 1 wherever the net input is positive"),
        ("leaky_relu", -0.5, "-0.5000 becomes -0.0050", "keeps slope 0.01 below 0, as here at -0.5000"),
        ("leaky_relu", 0.0, "Leaky ReLU has its kink", "The derivative takes 0.01 there"),
        ("elu", 0.5, "unchanged: 0.5000 stays", "has slope 1 wherever the net input is positive"),
        ("elu", -0.5, "becomes -0.3935. Unlike ReLU it still slopes", "slope e^net; at -0.5000 it is 0.6065"),
        ("elu", 0.0, "0.0000 becomes 0.0000", "slope e^net; at 0.0000 it is 1.0000"),
        ("elu", -9.0, "becomes -0.9999. So far out", "ELU is nearly flat at -9.0000: slope 1.2e-4"),
        (
            "softplus",
            -0.5,
            "becomes 0.4741, where ReLU would give 0.0000",
            "sigmoid of the net input, 0.3775 at -0.5000",
        ),
        ("silu", -3.0, "-3.0000 times 0.0474 is -0.1423", "SiLU falls as the net input rises: slope -0.0881"),
        ("silu", 3.0, "3.0000 times 0.9526 is 2.8577", "1.0881, a little above 1, so the error even grows"),
        ("silu", 0.5, "0.5000 times 0.6225 is 0.3112", "like ReLU but smooth"),
        ("identity", 0.5, "0.5000 stays. Without a bend", "the same everywhere, 1.0000 here as elsewhere"),
    ],
)
def test_activations_say_what_they_do_where_they_are(activation, net, value, slope):
    made = unit(activation, net)
    assert value in say(made, "H")
    assert slope in say(made, "delta_H_net1")


def test_a_silent_unit_gets_no_gradient_and_says_so():
    made = unit("relu", -0.5)
    assert "but the slope is 0: none of it reaches the weights that lead into h1" in say(made, "delta_net1")
    assert say(made, "delta_V") == (
        "h1 sent 0, so the weight from h1 to y had no part in the error. "
        "Its gradient is 0: only what is sent can be to blame."
    )
    assert "h1 sent 0 in all 3 samples, " in say(
        replace(made, inputs=np.ones((3, 1)), labels=np.ones((3, 1))), "delta_V"
    )
    assert say(made, "V").startswith("The gradient of the weight from h1 to y is 0: no direction is downhill")
    assert say(made, "delta_W").endswith("Zero: E does not change with it.")


def test_on_a_kink_no_sign_is_promised():
    made = unit("relu", 0.0)
    assert say(made, "delta_W").endswith("Zero, but it rests on the kink of relu at net_1 = 0.")
    assert say(made, "W") == (
        "The gradient of the weight from x1 to h1 is 0, which rests on the kink of relu at net_1 = 0: it "
        "stays at 0."
    )
    assert "kink" not in say(made, "delta_H")
    assert "kink" not in say(unit("elu", 0.0), "delta_W")


def test_softmax_claims_its_short_form_only_where_it_holds():
    labels = np.array([[1.0, 0.0]])
    made = network((2, 2), "softmax", samples=1)
    short = "less its target"
    assert short in say(replace(made, labels=labels, loss="cross_entropy"), "delta_net1")
    assert short not in say(replace(made, labels=np.array([[0.5, 0.1]]), loss="cross_entropy"), "delta_net1")
    for loss in ("half_squared_error", "squared_error", "mean_squared_error", "binary_cross_entropy"):
        assert short not in say(replace(made, loss=loss), "delta_net1")
    broken = replace(made, labels=labels, loss="cross_entropy", program={"delta_Y": "Y - labelY"})
    assert short not in say(broken, "delta_net1")


def test_an_output_without_a_target_is_not_read_by_cross_entropy():
    made = replace(network((2, 2), "softmax", samples=1, loss="cross_entropy"), labels=np.array([[1.0, 0.0]]))
    assert say(made, "delta_Y", (0, 1)).endswith("slope 0. It feels E only through softmax.")
    other = replace(made, layers=(replace(made.layers[0], activation="sigmoid"),))
    assert say(other, "delta_Y", (0, 1)).endswith("slope 0. Whatever it gives, E stays the same.")


def test_a_single_softmax_output_can_learn_nothing():
    made = network((2, 1), "softmax", samples=2)
    assert "so it gets all of it" in say(made, "Y")
    assert "nothing can be learned" in say(made, "delta_net1")


@pytest.mark.parametrize(
    ("loss", "last", "labels", "said"),
    [
        ("half_squared_error", "identity", None, "nothing to learn from it"),
        ("squared_error", "identity", None, "nothing to learn from it"),
        ("mean_squared_error", "identity", None, "nothing to learn from it"),
        (
            "binary_cross_entropy",
            "sigmoid",
            [[1.0, 0.0]],
            "the probability it gave to the truth, added up for 2 outputs",
        ),
        (
            "binary_cross_entropy",
            "sigmoid",
            [[0.3, 0.5]],
            "It is least, though not 0, where Y equals the target",
        ),
        ("binary_cross_entropy", "sigmoid", [[0.3, 2.0]], "with a target outside 0 to 1"),
        ("cross_entropy", "softmax", [[0.0, 1.0]], "Minus the log of the probability of the true class"),
        ("cross_entropy", "sigmoid", [[0.0, 1.0]], "the output that the true class got"),
        (
            "cross_entropy",
            "softmax",
            [[0.3, 0.7]],
            "minus the log of each output, times its target, added up",
        ),
    ],
)
def test_each_loss_says_what_it_is_for_these_targets(loss, last, labels, said):
    made = network((2, 2), last, samples=1, loss=loss)
    session = Session(made)
    session.goto("Y")
    given = session.frame.tensors["Y"].copy() if labels is None else np.array(labels)
    assert said in say(replace(made, labels=given), "E")


def test_a_mean_says_over_what_it_is_taken():
    made = network((2, 2), "sigmoid", samples=4, reduction="mean")
    assert "to the target, the mean of 4 samples: " in say(made, "E")
    assert "the difference, over 4 samples: " in say(made, "delta_Y")
    made = replace(made, loss="mean_squared_error")
    assert "the mean of 2 outputs and 4 samples: " in say(made, "E")
    # The last batch of an epoch is smaller.
    made = network((2, 1), "sigmoid", samples=5, batch_size=3, reduction="mean")
    assert "the mean of 2 samples" in say(made, "i1:E")
    assert "over 2 samples" in say(made, "i1:delta_Y")


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.0, r"learning_rate is 0, so the weight from h1 to y stays at 0\.1, whatever its gradient\."),
        (
            -0.01,
            r"A negative learning_rate, -0\.01, turns the step around\. "
            r"The weight from h1 to y goes down by .*",
        ),
        (
            1e-30,
            r"The step of the weight from h1 to y is too small to change 0\.1: "
            r"float64 holds about 16 digits\.",
        ),
    ],
)
def test_a_learning_rate_that_leads_nowhere_is_told(rate, said):
    assert re.fullmatch(said, say(article(), "V", edits=[("learning_rate", (), rate)]))


OPTIONS = {"momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}


@pytest.mark.parametrize(
    ("optimizer", "what"),
    [("momentum", "velocity of"), ("nesterov", "step of"), ("adam", "first average of")],
)
def test_what_pushes_a_parameter_may_be_nothing(optimizer, what):
    made = replace(
        unit("relu", -0.5),
        optimizer=optimizer,
        optimizer_options=OPTIONS,
    )
    assert say(made, "V").startswith(f"The {what} the weight from h1 to y is 0: ")


def test_momentum_of_nothing_keeps_nothing():
    made = network((1, 1), optimizer="momentum", optimizer_options={"momentum": 0.0})
    assert "nothing is kept: the velocity is the gradient" in say(made, "velocity_W1")


def test_adams_counter_takes_every_value_it_is_given():
    made = network((1, 1), optimizer="adam")
    assert "t = 1. " in say(made, "t")
    assert "0.1000 for beta1" in say(made, "t")
    for start in (-1.0, -5000.0, 1e300):
        assert "Adam counts its updates" in say(made, "t", edits=[("t", (), start)])
    assert "for beta1" in say(
        replace(made, optimizer_options={**made.optimizer_options, "beta1": 0.0}),
        "t",
        edits=[("t", (), -3.0)],
    )


def test_an_input_of_0_gives_its_weights_no_gradient():
    edits = [("X", (0,), 0.0)]
    assert "An input of 0 gives its weights nothing to learn from" in say(
        article(), "delta_net1_w1", edits=edits
    )
    assert say(article(), "delta_w1", edits=edits).endswith("Zero: E does not change with it.")


def test_weights_say_what_they_do_to_the_error():
    assert "negative weight turns its sign" in say(article(), "delta_net2_H", edits=[("V", (0, 0), -0.1)])
    assert "Over a weight of 0 no error goes back" in say(
        article(), "delta_net2_H", edits=[("V", (0, 0), 0.0)]
    )


# When a number is only what rounding leaves

UNIT = 8 * np.finfo(float).eps
"""How much a number that was read may be off, relative to its size."""

TWO, FIVE, ZERO = Cell("a", (0,), 2.0), Cell("b", (0,), -5.0), Cell("c", (0,), 0.0)


@pytest.mark.parametrize(
    ("node", "error"),
    [
        (TWO, 2),
        (FIVE, 5),
        (Number(7.0), 0),
        (Apply("+", (TWO, FIVE)), 7),
        (Apply("-", (TWO, FIVE)), 7),
        (Apply("neg", (FIVE,)), 5),
        # (a b)' = a' b + a b', as everything is off the same way.
        (Apply("*", (TWO, FIVE)), 2 * 5 + 5 * 2),
        (Apply("*", (TWO, Number(3.0))), 2 * 3),
        (Apply("*", (Number(3.0), FIVE)), 3 * 5),
        (Apply("/", (FIVE, TWO)), (5 + 2 * 5 / 2) / 2),
        (Apply("/", (TWO, Number(4.0))), 2 / 4),
        (Apply("/", (Number(4.0), TWO)), 2 * 4 / 2 / 2),
        (Apply("**", (TWO, Number(3.0))), 8),
        (Apply("exp", (TWO,)), np.exp(2)),
        (Apply("exp", (ZERO,)), 0),
        (Fold("sum", 3, lambda k: (TWO, FIVE, TWO)[k]), 2 + 5 + 2),
        (Fold("mean", 3, lambda k: (TWO, FIVE, TWO)[k]), 3),
        (Fold("max", 3, lambda k: (TWO, FIVE, TWO)[k]), 5),
        (Fold("max", 0, lambda k: TWO), 0),
    ],
)
def test_the_rounding_error_of_a_number_is_that_of_what_it_is_computed_from(node, error):
    assert _error(node) == pytest.approx(error * UNIT, rel=1e-12, abs=0)


def test_the_terms_of_a_number_are_those_of_all_its_sums():
    folded = Fold("sum", 4, lambda k: Apply("*", (TWO, FIVE)))
    assert [_count(node) for node in (TWO, Number(1.0), Apply("+", (TWO, FIVE)))] == [1, 1, 2]
    assert _count(folded) == 8
    assert _count(Apply("+", (folded, TWO))) == 9
    assert _count(Fold("sum", 3, lambda k: folded)) == 24
    assert _count(Fold("sum", 0, lambda k: folded)) == 0


@pytest.mark.parametrize(
    ("net", "slope", "rounding"),
    [
        # What 5 - 5 leaves, in every cell that is not 0 or in some.
        ([[5.0, 5.0]], [[5.0 + 1e-14, 5.0 - 1e-14]], True),
        ([[5.0, 5.0]], [[5.0 + 1e-14, 5.0]], True),
        ([[5.0, 5.0]], [[5.0 + 1e-13, 5.0]], False),
        ([[5.0, 5.0]], [[5.0 + 1e-14, 5.0 + 1e-9]], False),
        ([[5.0, 5.0]], [[5.0, 5.0]], False),
        ([[5.0, 1e-14]], [[5.0, 0.0]], False),
        ([[5.0, 5.0]], [[6.0, 6.0]], False),
    ],
)
def test_a_tensor_is_rounding_where_no_cell_is_larger_than_the_errors_of_its_operands(net, slope, rounding):
    step = next(each for each in Session(article()).program.steps if each.name == "delta_Y")
    net, slope = np.array(net), np.array(slope)
    tensors = {"Y": net, "labelY": slope, "delta_Y": net - slope}
    assert is_rounding_everywhere(step, tensors) is rounding
    del tensors["Y"]
    assert not is_rounding_everywhere(step, tensors)
