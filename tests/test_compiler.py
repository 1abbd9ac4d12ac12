"""A compiled iteration gives the bits of its single steps."""

import ast
import re
from dataclasses import replace

import numpy as np
import pytest
from chance import examples
from hypothesis import assume, given
from make_networks import article, differing, mazur, network
from test_lang import EXPRESSIONS

from bpstep.engine.compiler import iteration_source
from bpstep.errors import ExpressionError
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Layer
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.program.derive import derive_program
from bpstep.program.mlp_matrix import MatrixDerivation
from bpstep.program.names import Names
from bpstep.program.program import GivenTensors, Program
from bpstep.session.session import Session

BATCHES = {
    "all at once": {"samples": 5},
    "one sample": {"samples": 1},
    "uneven": {"samples": 5, "batch_size": 2, "reduction": "mean"},
    "even": {"samples": 4, "batch_size": 2, "reduction": "mean", "loss": "squared_error"},
    "shuffled": {"samples": 5, "batch_size": 3, "shuffle": True, "loss": "mean_squared_error"},
    "all shuffled": {"samples": 4, "shuffle": True, "reduction": "mean"},
    "held biases": {"samples": 3, "update_biases": False},
    "no bias": {"samples": 3, "bias": False},
    "immediate": {"samples": 3, "update_order": "immediate"},
    "rows": {"samples": 1, "update_biases": False, "derivation": "rows"},
}


def jumped_and_walked(made, iterations=4):
    """The frames after this many iterations: in one jump, and by single steps without compiled code."""
    jumped, walked = Session(made), Session(made)
    jumped.goto(iterations * jumped.period)
    while walked.n < jumped.n:
        walked.step()
    assert walked.timeline._compiled == {}, "single steps compile nothing"
    assert jumped.timeline._compiled != {}
    return jumped.frame, walked.frame


def assert_same_bits(made, iterations=4):
    jumped, walked = jumped_and_walked(made, iterations)
    assert differing(jumped.tensors, walked.tensors) == []
    assert np.float64(jumped.previous_loss).tobytes() == np.float64(walked.previous_loss).tobytes()
    assert np.array(jumped.losses[1][:-1]).tobytes() == np.array(walked.losses[1][:-1]).tobytes()
    assert jumped.losses[0] == walked.losses[0] == list(range(iterations))


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_activation_optimiser_and_batch_gives_the_same_bits(optimizer, batch):
    """Every activation with each optimiser, and with each kind of batch."""
    first = list(OPTIMIZERS).index(optimizer) + list(BATCHES).index(batch)
    for at in (first, first + 5):
        activation = list(ACTIVATIONS)[at % len(ACTIVATIONS)]
        if activation == "softmax" and batch == "rows":
            continue
        hidden = "tanh" if activation == "softmax" else activation
        width = 1 if batch == "rows" else 2
        made = network((3, 4, width), hidden, last=activation, optimizer=optimizer, **BATCHES[batch])
        assert_same_bits(made)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_every_loss_and_depth_gives_the_same_bits(loss, depth):
    sizes, reduction = (3, *[4] * (depth - 1), 2), ("sum", "mean")[depth % 2]
    assert_same_bits(network(sizes, "sigmoid", loss=loss, reduction=reduction, optimizer="adam"))


@pytest.mark.parametrize("made", [article(), article(derivation="matrix"), mazur(update_order="immediate")])
def test_published_networks_give_the_same_bits(made):
    assert_same_bits(made, 40)


def test_a_network_that_blows_up_gives_the_same_nan_and_infinity():
    made = network((2, 3, 1), "identity", learning_rate=1e200)
    jumped, walked = jumped_and_walked(made, 6)
    assert not np.isfinite(jumped.tensors["W"]).all()
    assert differing(jumped.tensors, walked.tensors) == []


WIDE = {"sizes": (3, 4, 190), "samples": 190}
"""Matrices of more than 256 kB, in whose place NumPy may put a sum, laid out as the first summand is."""


@pytest.mark.parametrize(
    "program",
    [
        {"E": "sum((-2)**net_1) + (-1)**3"},
        {"delta_Y": "(Y - labelY).T.T * 1 + 0"},
        {"E": "sum((labelY.T * 2 + Y) / 3)"},
        {"E": "sum(Y + labelY.T * 2)"},
        {"delta_Y": "(2 * Y) @ (2 * Y).T - labelY"},
        {"delta_Y": "Y @ Y.T - labelY", "net_2": "(H @ V) * 2 + B2"},
        {"E": "1", "delta_H": "ones_like(net_1)", "B1": "B1", "V": "V.T.T"},
        {"delta_Y": "Y", "W": "W"},
        {"W": "zeros_like(W) + 1 / 3", "B1": "-2 * ones_like(B1)", "E": "where(1 < 2, 1, sum(Y))"},
        {"E": "sum(silu(silu(softmax(relu(elu(softplus(leaky_relu(identity(Y))))))))) * 3**-2"},
        {"E": "mean(Y[::2, 1:]) + max(H[0]) - any(H < 0) * (E0 < 1)".replace("E0", "learning_rate")},
    ],
    ids=str,
)
def test_somebody_s_own_equations_give_the_same_bits(program):
    assert_same_bits(network(**WIDE, learning_rate=1e-6, program=program))


def test_results_that_share_memory_do_so_in_both():
    """Equal right-hand sides are two results, whose product NumPy computes unlike that of one with itself."""
    program = {"delta_H": "2 * V", "delta_H_net1": "2 * V", "delta_net1": "delta_H @ delta_H_net1.T"}
    made = network((60, 60, 60), samples=60, learning_rate=1e-6, program=program)
    assert_same_bits(made)


@examples(60)
@given(EXPRESSIONS)
def test_any_equation_gives_the_same_bits(text):
    for name, tensor in zip("ABCDS", ("W", "V", "B1", "X[:, 0:1]", "learning_rate")):
        text = text.replace(name, tensor)
    program = {"delta_Y": f"Y - labelY + sum({text})", "E": f"sum((Y - labelY)**2) + mean({text})"}
    try:
        made = network((2, 3, 2), samples=2, learning_rate=1e-3, program=program)
        derive_program(made)
    except ExpressionError:
        assume(False)
    jumped, walked = jumped_and_walked(made, 2)
    assert differing(jumped.tensors, walked.tensors) == []


def test_what_two_equations_name_is_computed_once():
    text = iteration_source(derive_program(network((2, 3, 2), "sigmoid")), drawn=False)
    assert text.count("exp(") == 2, "once for each layer, though the derivatives name it again"


def left_and_right(text):
    """The names on the left of each line of a function, and what each is made of."""
    made = ast.parse(text).body[0].body
    loop = next(line for line in made if isinstance(line, ast.For))
    lines = [line for line in [*made, *loop.body] if isinstance(line, ast.Assign)]
    return [
        (
            {node.id for node in ast.walk(line.targets[0]) if isinstance(node, ast.Name)},
            ast.unparse(line.value),
        )
        for line in lines
    ]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_whatever_is_computed_is_read_or_recorded(activation, optimizer):
    hidden = "tanh" if activation == "softmax" else activation
    text = iteration_source(
        derive_program(network((2, 3, 2), hidden, last=activation, optimizer=optimizer)), drawn=False
    )
    record = next(line for line in text.splitlines() if "record(" in line and "def" not in line)
    lines = left_and_right(text)
    needed = set(re.findall(r"\w+", " ".join([record, *(right for _, right in lines)])))
    assert [left for left, _ in lines if not left & needed] == []
    rights = [right for _, right in lines]
    assert len(set(rights)) == len(rights), "nothing is computed twice"


def test_an_equation_that_nobody_reads_is_left_out_and_what_is_made_for_it_alone():
    made = network((2, 3, 2), "sigmoid")
    writer = MatrixDerivation(made, Names(2))
    lines = list(writer.equations())
    (loss,) = (line for line in lines if line.name == "E")
    unread = [
        replace(loss, name="unread", source="exp(net_2) * sum(net_2 * learning_rate)"),
        replace(loss, name="read_by_it_alone", source="unread / sqrt(unread) + sigmoid(net_1)[0, 0]"),
    ]
    at = lines.index(loss) + 1
    outlines = [*lines[:at], *unread, *lines[at:]]
    plain = derive_program(made)
    sizes = [{name: plain.shapes[name] for name in ("X", "labelY")}]
    more = Program(outlines, GivenTensors(writer.initial(), writer.layouts(), sizes), writer.gradients())
    assert len(more) == len(plain) + 2
    assert _counted(iteration_source(more, drawn=False)) == _counted(iteration_source(plain, drawn=False))


def _counted(text):
    """How often each operation occurs, by its text, whatever the results are called."""
    return sorted(re.sub(r"\b_\d+\b", "_", line.strip()) for line in text.splitlines())


def test_what_no_iteration_changes_is_computed_before_the_loop():
    text = iteration_source(derive_program(network((2, 3, 2), "identity", optimizer="adam")), drawn=False)
    before, inside = text.split("    for _ in iterations:")
    assert "1.0 - beta1" in before
    assert "X.T" in before
    assert "1.0 - beta1" not in inside
    assert "X.T" not in inside
    drawn = iteration_source(derive_program(network((2, 3, 2), samples=4, batch_size=2)), drawn=True)
    before, inside = drawn.split("for X, labelY in iterations:")
    assert "X.T" in inside
    assert "X.T" not in before


def test_layers_in_another_order_of_memory_give_the_same_bits():
    made = network((3, 190, 190), samples=190)
    turned = tuple(
        Layer(np.asfortranarray(layer.weights), layer.bias, layer.activation) for layer in made.layers
    )
    assert_same_bits(replace(made, layers=turned))
