"""Gradients and updates against central differences and the optimisers' definitions, in plain NumPy."""

import numpy as np
import pytest
from forward_oracle import BATCHES, PAIRS, combinations, differences, loss, made, names, parameters
from make_networks import article, network

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.program.program import gradient_of
from bpstep.session.session import Session


def rows_of(drawn, iteration):
    """The samples of an iteration: the next k in order, the last batch of an epoch smaller."""
    size = drawn.batch_size or drawn.samples
    epoch = [list(range(start, min(start + size, drawn.samples))) for start in range(0, drawn.samples, size)]
    return epoch[iteration % len(epoch)]


def close(computed, numeric, scale):
    """The rounding of E costs a central difference about 1e-16 E / h, its bending about h²."""
    np.testing.assert_allclose(computed, numeric, rtol=1e-6, atol=1e-9 * max(1, abs(scale)))


def check_gradients(drawn, iterations=2):
    session = Session(drawn)
    for iteration in range(iterations):
        session.goto(f"i{iteration}")
        values = [session.frame.tensors[name].copy() for name in names(len(drawn.layers))]
        session.goto(f"i{iteration + 1}")
        tensors, rows = session.frame.tensors, rows_of(drawn, iteration)
        assert session.frame.rows == tuple(rows)
        E = loss(drawn, values, rows)
        assert tensors["E"] == pytest.approx(E, rel=1e-12)
        for name, numeric in zip(names(len(drawn.layers)), differences(drawn, values, rows)):
            close(gradient_of(session.program, name, tensors), numeric, E)


def test_every_pair_of_activation_and_loss_is_among_the_combinations():
    assert {a for a, _ in PAIRS} == set(ACTIVATIONS)
    assert {b for _, b in PAIRS} == set(LOSSES)
    assert len(PAIRS) == len(set(PAIRS)) == len(ACTIVATIONS) * len(LOSSES)
    every = {(*pair, depth, batch) for pair in PAIRS for depth, batch, _ in combinations(*pair)}
    assert len(every) == len(PAIRS) * len(BATCHES)
    for part, count in ((0, len(ACTIVATIONS)), (1, len(LOSSES))):
        assert len({(each[part], *each[2:]) for each in every}) == count * 4 * len(BATCHES)


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_gradients_are_the_slopes_of_the_loss(activation, loss):
    """Any depth, batch and reduction."""
    for depth, batch, last in combinations(activation, loss):
        check_gradients(made(activation, loss, depth, batch, last))


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_the_rows_form_gives_the_slopes_of_the_loss_too(activation):
    for function in LOSSES:
        last = activation if activation in ("sigmoid", "softplus") else "sigmoid"
        given = {"loss": function, "samples": 1, "update_biases": False, "derivation": "rows"}
        drawn = network((3, 4, 1), activation, last=last, seed=11, **given)
        if function == "binary_cross_entropy" and last == "softplus":
            continue
        check_gradients_of_weights(drawn)


def check_gradients_of_weights(drawn):
    session = Session(drawn)
    session.goto("i1")
    values = [value.copy() for value in parameters(drawn)]
    numeric = differences(drawn, values, [0])
    for name, at in (("W", 0), ("V", 2)):
        close(
            gradient_of(session.program, name, session.frame.tensors), numeric[at], session.frame.tensors["E"]
        )


def test_the_article_s_gradients_are_the_slopes_of_its_loss():
    check_gradients_of_weights(article())


def test_at_a_kink_relu_has_the_derivative_nought():
    drawn = network((1, 2, 1), "relu", samples=1, bias=False)
    drawn.inputs[:] = 0
    session = Session(drawn)
    session.goto("i1")
    assert not session.frame.tensors["delta_H_net1"].any()
    assert not session.frame.tensors["delta_Y_net2"].any()


# The optimisers' rules: what to subtract, given the gradient, the memory, the rate and the options.


def sgd(g, _, rate, __):
    return rate * g


def momentum(g, state, rate, o):
    state["b"] = o["momentum"] * state.get("b", 0) + g
    return rate * state["b"]


def nesterov(g, state, rate, o):
    state["b"] = o["momentum"] * state.get("b", 0) + g
    return rate * (g + o["momentum"] * state["b"])


def rmsprop(g, state, rate, o):
    state["v"] = o["alpha"] * state.get("v", 0) + (1 - o["alpha"]) * g * g
    return rate * g / (np.sqrt(state["v"]) + o["epsilon"])


def adagrad(g, state, rate, o):
    state["s"] = state.get("s", 0) + g * g
    return rate * g / (np.sqrt(state["s"]) + o["epsilon"])


def adam(g, state, rate, o):
    state["t"] = state.get("t", 0) + 1
    state["m"] = o["beta1"] * state.get("m", 0) + (1 - o["beta1"]) * g
    state["v"] = o["beta2"] * state.get("v", 0) + (1 - o["beta2"]) * g * g
    m = state["m"] / (1 - o["beta1"] ** state["t"])
    v = state["v"] / (1 - o["beta2"] ** state["t"])
    return rate * m / (np.sqrt(v) + o["epsilon"])


def adamw(g, state, rate, o):
    return adam(g, state, rate, o) + rate * o["weight_decay"] * state["parameter"]


RULES = {rule.__name__: rule for rule in (sgd, momentum, nesterov, rmsprop, adagrad, adam, adamw)}
OPTIONS = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "rmsprop": {"alpha": 0.99, "epsilon": 1e-8},
    "adagrad": {"epsilon": 1e-10},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", BATCHES)
def test_an_optimiser_follows_the_gradients_by_its_rule(optimizer, batch):
    assert dict(OPTIMIZERS[optimizer].options) == OPTIONS[optimizer], "the contract's defaults"
    changed = {name: value * 0.75 for name, value in OPTIONS[optimizer].items()}
    first = list(BATCHES).index(batch)
    for depth, options in ((first % 4 + 1, OPTIONS[optimizer]), ((first + 1) % 4 + 1, changed)):
        drawn = made(
            *("silu", "half_squared_error", depth, batch, "silu"),
            optimizer=optimizer,
            optimizer_options=dict(options),
        )
        check_updates(drawn, RULES[optimizer], options)


def check_updates(drawn, rule, options, iterations=4):
    """Each update is the rule's, for the gradients that the program computed."""
    session = Session(drawn)
    states = {name: {} for name in session.program.parameters}
    before = {name: session.frame.tensors[name] for name in states}
    for iteration in range(iterations):
        session.goto(f"i{iteration + 1}")
        tensors = session.frame.tensors
        for name, state in states.items():
            g = gradient_of(session.program, name, tensors)
            state["parameter"] = before[name]
            wanted = before[name] - rule(g, state, drawn.learning_rate, options)
            np.testing.assert_allclose(tensors[name], wanted, rtol=1e-12, atol=1e-15)
            before[name] = tensors[name]


def test_with_immediate_updates_the_layer_before_sees_the_new_weights():
    drawn = network((2, 3, 2), "sigmoid", samples=2, update_order="immediate", learning_rate=50)
    session = Session(drawn)
    session.goto("i1")
    tensors = session.frame.tensors
    values = [value.copy() for value in parameters(drawn)]
    old = differences(drawn, values, [0, 1])
    close(gradient_of(session.program, "V", tensors), old[2], 1)
    assert np.abs(gradient_of(session.program, "W", tensors) - old[0]).max() > 1e-2
    given = tensors["delta_net2"] @ tensors["V"].T
    np.testing.assert_allclose(tensors["delta_H"], given, rtol=1e-13)


@pytest.mark.parametrize("function", ["binary_cross_entropy", "cross_entropy"])
def test_a_loss_outside_its_domain_shows_nan_and_nothing_fails(function):
    drawn = network((2, 3, 1), "identity", loss=function, samples=3, seed=1)
    drawn.layers[-1].bias[:] = -50
    session = Session(drawn)
    session.goto("i0:E")
    assert np.isnan(session.frame.tensors["E"])
    assert session.frame.first_nonfinite == "E"
    session.goto("i2")
    assert session.frame.first_nonfinite
