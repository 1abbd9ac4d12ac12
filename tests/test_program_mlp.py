"""From a network to its equations: which, in which order, of which phase and shape."""

import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.errors import BpstepError
from bpstep.program.derive import derive_program
from bpstep.program.program import gradient_of
from bpstep.session.session import Session

MAZUR = """net_1 H net_2 Y · E · delta_Y delta_Y_net2 delta_net2 delta_V
    delta_net2_H delta_H delta_H_net1 delta_net1 delta_W · V W"""
ONE = "net_1 Y · E · delta_Y delta_Y_net1 delta_net1 delta_W1 delta_B1 · W1 B1"
THREE = """net_1 H1 net_2 H2 net_3 Y · E · delta_Y delta_Y_net3 delta_net3 delta_W3 delta_B3
    delta_net3_H2 delta_H2 delta_H2_net2 delta_net2 delta_W2 delta_B2
    delta_net2_H1 delta_H1 delta_H1_net1 delta_net1 delta_W1 delta_B1 · W3 B3 W2 B2 W1 B1"""
TWO_WITH_BIASES = """net_1 H net_2 Y · E · delta_Y delta_Y_net2 delta_net2 delta_V delta_B2
    delta_net2_H delta_H delta_H_net1 delta_net1 delta_W delta_B1 · V B2 W B1"""
SOFTMAX = """net_1 H net_2 Y · E · delta_Y delta_net2 delta_V delta_B2
    delta_net2_H delta_H delta_H_net1 delta_net1 delta_W delta_B1 · V B2 W B1"""
IMMEDIATE = """net_1 H net_2 Y · E · delta_Y delta_Y_net2 delta_net2 delta_V delta_B2 · V B2 ·
    delta_net2_H delta_H delta_H_net1 delta_net1 delta_W delta_B1 · W B1"""
IMMEDIATE_THREE = """net_1 H1 net_2 H2 net_3 Y · E · delta_Y delta_Y_net3 delta_net3 delta_W3 · W3 ·
    delta_net3_H2 delta_H2 delta_H2_net2 delta_net2 delta_W2 · W2 ·
    delta_net2_H1 delta_H1 delta_H1_net1 delta_net1 delta_W1 · W1"""


def in_runs(program):
    """The equations' names, a dot between the phases, as the contract prints them."""
    runs = program.phase_runs()
    return " · ".join(" ".join(step.name for step in program.steps[a:b]) for _, a, b in runs)


def sources(program):
    return {step.name: step.source for step in program.steps}


@pytest.mark.parametrize(
    ("made", "order"),
    [
        (mazur(), MAZUR),
        (network((2, 1)), ONE),
        (network((2, 3, 2, 1)), THREE),
        (network((2, 3, 1)), TWO_WITH_BIASES),
        (network((2, 3, 2), last="softmax", loss="cross_entropy"), SOFTMAX),
        (network((2, 3, 1), update_order="immediate"), IMMEDIATE),
        (network((2, 3, 2, 1), bias=False, update_order="immediate"), IMMEDIATE_THREE),
        (network((2, 2, 1), bias=False), MAZUR),
        (network((2, 2, 1), update_biases=False), MAZUR),
    ],
    ids=str,
)
def test_the_order_is_the_contract_s(made, order):
    assert in_runs(derive_program(made)) == " ".join(order.split())


@pytest.mark.parametrize(
    ("optimizer", "updates"),
    [
        ("sgd", "V B2 W B1"),
        ("momentum", "velocity_V V velocity_B2 B2 velocity_W W velocity_B1 B1"),
        ("nesterov", "velocity_V V velocity_B2 B2 velocity_W W velocity_B1 B1"),
        ("rmsprop", "square_V V square_B2 B2 square_W W square_B1 B1"),
        ("adagrad", "square_V V square_B2 B2 square_W W square_B1 B1"),
        ("adam", "t m_V v_V V m_B2 v_B2 B2 m_W v_W W m_B1 v_B1 B1"),
    ],
)
def test_each_optimiser_s_slots_stand_just_before_their_parameter(optimizer, updates):
    program = derive_program(network((2, 3, 1), optimizer=optimizer))
    assert in_runs(program).split(" · ")[-1] == updates
    slots = [name for name in updates.split() if name not in ("V", "B2", "W", "B1")]
    assert {step.phase for step in program.steps if step.name in slots} <= {"update"}
    for name in slots:
        start = program.initial[name]
        assert not np.any(start)
        assert np.shape(start) == (() if name == "t" else program.shapes[name.split("_", 1)[1]])
    at_once = derive_program(network((2, 3, 1), optimizer=optimizer, update_order="immediate"))
    first, second = (in_runs(at_once).split(" · ")[at] for at in (3, 5))
    assert f"{first} {second}" == updates, "t is counted once, before all"


def test_phases_are_those_of_the_contract():
    for made in (article(), mazur(), network((2, 1)), network(optimizer="adam")):
        assert [run[0] for run in derive_program(made).phase_runs()] == [
            "forward",
            "loss",
            "backward",
            "update",
        ]
    at_once = derive_program(network((2, 3, 2, 1), update_order="immediate"))
    assert [run[0] for run in at_once.phase_runs()] == ["forward", "loss", *["backward", "update"] * 3]
    assert [run[1:] for run in at_once.phase_runs()][:4] == [(0, 6), (6, 7), (7, 12), (12, 14)]


def test_tensors_are_samples_by_units_and_gradients_have_their_parameter_s_shape():
    program = derive_program(network((2, 3, 2), samples=5))
    wanted = {
        **{
            "X": (5, 2),
            "labelY": (5, 2),
            "learning_rate": (),
            "W": (2, 3),
            "B1": (3,),
            "V": (3, 2),
            "B2": (2,),
        },
        **{"net_1": (5, 3), "H": (5, 3), "net_2": (5, 2), "Y": (5, 2), "E": (), "delta_Y": (5, 2)},
        **{"delta_Y_net2": (5, 2), "delta_net2": (5, 2), "delta_V": (3, 2), "delta_B2": (2,)},
        **{"delta_net2_H": (2, 3), "delta_H": (5, 3), "delta_H_net1": (5, 3), "delta_net1": (5, 3)},
        **{"delta_W": (2, 3), "delta_B1": (3,)},
    }
    assert program.shapes == wanted
    assert derive_program(mazur()).shapes["X"] == (1, 2), "for one sample too"


def test_a_softmax_has_one_equation_in_place_of_an_elementwise_factor():
    program = derive_program(network((2, 3, 2), last="softmax", loss="cross_entropy"))
    assert sources(program)["delta_net2"] == "Y * (delta_Y - sum(delta_Y * Y, axis=-1, keepdims=True))"
    assert "delta_Y_net2" not in program.step_indices


def test_the_mean_over_the_samples_divides_the_loss_and_its_gradient():
    assert sources(derive_program(network(samples=4)))["E"] == "1/2 * sum((labelY - Y)**2)"
    even = sources(derive_program(network(samples=4, reduction="mean")))
    assert (even["E"], even["delta_Y"]) == ("1/2 * sum((labelY - Y)**2) / 4", "(Y - labelY) / 4")
    single = sources(derive_program(network(samples=1, reduction="mean")))
    assert (single["E"], single["delta_Y"]) == ("1/2 * sum((labelY - Y)**2)", "Y - labelY")
    entropy = network((2, 3, 1), "sigmoid", loss="binary_cross_entropy", reduction="mean", samples=2)
    assert sources(derive_program(entropy))["delta_Y"] == "((1 - labelY) / (1 - Y) - labelY / Y) / 2"


def test_the_mean_over_an_uneven_batch_counts_its_own_samples():
    session = Session(network((2, 3, 1), samples=5, batch_size=2, reduction="mean"))
    for iteration, rows in enumerate([2, 2, 1, 2]):
        session.goto(f"i{iteration}:delta_Y")
        tensors = session.frame.tensors
        errors = tensors["Y"] - tensors["labelY"]
        assert len(session.frame.rows) == len(errors) == rows
        assert tensors["E"] == pytest.approx(0.5 * np.sum(errors**2) / rows, rel=1e-14)
        np.testing.assert_allclose(tensors["delta_Y"], errors / rows, rtol=1e-14)


def test_names_follow_the_depth():
    assert derive_program(network((2, 1))).tensors[:5] == ("X", "labelY", "learning_rate", "W1", "B1")
    assert derive_program(network((2, 3, 1))).tensors[3:7] == ("W", "B1", "V", "B2")
    assert derive_program(network((2, 3, 2, 1))).tensors[3:9] == ("W1", "B1", "W2", "B2", "W3", "B3")
    four = derive_program(network((2, 2, 2, 2, 1)))
    assert {"net_4", "H3", "delta_net4_H3", "delta_H3_net3", "delta_W4", "delta_B4"} <= set(four.tensors)


def test_optimiser_s_constants_are_tensors_that_count_as_written_at_each_start():
    program = derive_program(network(optimizer="adam", optimizer_options={"beta1": 0.8}))
    assert program.constants == ("X", "labelY", "learning_rate", "beta1", "beta2", "epsilon")
    assert [float(program.initial[name]) for name in program.constants[2:]] == [0.1, 0.8, 0.999, 1e-8]
    held = derive_program(network(update_biases=False))
    assert {"B1", "B2"} <= set(held.constants)
    assert held.carried == ("W", "V")


def test_the_gradient_of_every_parameter_can_be_had_in_its_shape():
    for made in (article(), network((2, 3, 2)), network((3, 2))):
        session = Session(made)
        session.goto("i1")
        program = session.program
        for name in program.parameters:
            before = session.frame.tensors[name]
            found = gradient_of(program, name, session.frame.tensors)
            assert found.shape == program.shapes[name] == np.shape(before)


def test_the_rows_form_stacks_the_gradients_of_the_rows():
    session = Session(article())
    session.goto("W")
    tensors = session.frame.tensors
    stacked = gradient_of(session.program, "W", tensors)
    np.testing.assert_array_equal(stacked, [tensors["delta_w1"][0], tensors["delta_w2"][0]])


def test_the_rows_form_takes_any_number_of_inputs():
    made = network((300, 2, 1), samples=1, update_biases=False, derivation="rows")
    session = Session(made)
    session.goto("i1")
    assert session.period == 4 + 1 + 5 + 600 + 2
    matrix = Session(network((300, 2, 1), samples=1, update_biases=False))
    matrix.goto("i1")
    np.testing.assert_allclose(session.frame.tensors["W"], matrix.frame.tensors["W"], rtol=1e-12)


@pytest.mark.parametrize(
    ("made", "needed"),
    [
        ({"sizes": (2, 1), "samples": 1}, "two layers, got 1 layer"),
        ({"sizes": (2, 3, 2, 1), "samples": 1}, "two layers, got 3 layers"),
        ({"samples": 2}, "a single sample, got 2"),
        ({"sizes": (2, 3, 2), "samples": 1}, "one output, got 2"),
        ({"samples": 1, "update_biases": True}, "fixed biases or none"),
        ({"samples": 1, "last": "softmax"}, "an activation other than softmax"),
    ],
)
def test_what_the_rows_form_cannot_do_is_told_in_a_line(made, needed):
    with pytest.raises(BpstepError, match='derivation = "rows" needs') as caught:
        derive_program(network(**{"update_biases": False, **made, "derivation": "rows"}))
    assert needed in str(caught.value)


# Each equation with what it is about: the kind, the layer, what is differentiated by which tensor; and its
# place in the diagram.
MATRIX = """
net_1 = X @ W + B1 | net 1 /net_1 | node 1
H = tanh(net_1) | activation 1 /H | node 1
net_2 = H @ V + B2 | net 2 /net_2 | node 2
Y = softmax(net_2) | activation 2 /Y | node 2
penalty = l2 / 2 * (sum(W**2) + sum(V**2)) | value 0 /penalty | none
E = -sum(labelY * log(Y)) / 3 + penalty | loss 2 /E | loss 2
delta_Y = -labelY / Y / 3 | delta_output 2 E/Y | node 2
delta_net2 = Y * (delta_Y - sum(delta_Y * Y, axis=-1, keepdims=True)) | delta_net 2 E/net_2 | node 2
delta_V = H.T @ delta_net2 + l2 * V | gradient 2 E/V | edge 2
delta_B2 = sum(delta_net2, axis=0) | delta_bias 2 E/B2 | bias 2
delta_net2_H = V.T | factor_input 2 net_2/H | edge 2 transposed
delta_H = delta_net2 @ delta_net2_H | delta_input 2 E/H | node 1
delta_H_net1 = 1 - tanh(net_1)**2 | factor_activation 1 H/net_1 | node 1
delta_net1 = delta_H * delta_H_net1 | delta_net 1 E/net_1 | node 1
delta_W = X.T @ delta_net1 + l2 * W | gradient 1 E/W | edge 1
delta_B1 = sum(delta_net1, axis=0) | delta_bias 1 E/B1 | bias 1
velocity_V = momentum * velocity_V + delta_V | slot 2 /V | edge 2
V = V - learning_rate * velocity_V | update 2 /V | edge 2
velocity_B2 = momentum * velocity_B2 + delta_B2 | slot 2 /B2 | bias 2
B2 = B2 - learning_rate * velocity_B2 | update 2 /B2 | bias 2
velocity_W = momentum * velocity_W + delta_W | slot 1 /W | edge 1
W = W - learning_rate * velocity_W | update 1 /W | edge 1
velocity_B1 = momentum * velocity_B1 + delta_B1 | slot 1 /B1 | bias 1
B1 = B1 - learning_rate * velocity_B1 | update 1 /B1 | bias 1
"""
ROWS = """
net_1 = X @ W + B1 | net 1 /net_1 | node 1
H = sigmoid(net_1) | activation 1 /H | node 1
net_2 = H @ V + B2 | net 2 /net_2 | node 2
Y = sigmoid(net_2) | activation 2 /Y | node 2
E = 1/2 * sum((labelY - Y)**2) | loss 2 /E | loss 2
delta_Y = Y - labelY | delta_output 2 E/Y | node 2
delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2 | factor_activation 2 Y/net_2 | node 2
delta_V = delta_Y * delta_Y_net2 * H | delta_weights 2 E/V | edge 2
delta_net2_H = V.T | factor_input 2 net_2/H | edge 2 transposed
delta_H_net1 = sigmoid(net_1) - sigmoid(net_1)**2 | factor_activation 1 H/net_1 | node 1
delta_net1_w1 = repeat(X[0], 3) | factor_row 1 net_1/w1 | row 0
delta_w1 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w1 | delta_row 1 E/w1 | row 0
delta_net1_w2 = repeat(X[1], 3) | factor_row 1 net_1/w2 | row 1
delta_w2 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w2 | delta_row 1 E/w2 | row 1
V = V - learning_rate * delta_V.reshape(3, 1) | update 2 /V | edge 2
W = W - learning_rate * concatenate([delta_w1, delta_w2]) | update 1 /W | edge 1
"""


def told(program):
    for step in program.steps:
        role, layout = step.role, program.layouts[step.name]
        place = f"{layout.kind} {layout.layer}" if layout.layer else str(layout.kind)
        place += " transposed" * layout.transposed
        if layout.source_row is not None:
            assert place == "edge 1"
            place = f"row {layout.source_row}"
        yield f"{step.equation} | {role.kind} {role.layer} {role.of}/{role.by} | {place}"


@pytest.mark.parametrize(
    ("made", "equations"),
    [
        (
            network(
                (2, 3, 2), last="softmax", loss="cross_entropy", l2=0.1, reduction="mean", samples=3,
                optimizer="momentum",
            ),
            MATRIX,
        ),
        (article(), ROWS),
    ],
    ids=["matrix", "rows"],
)  # fmt: skip
def test_each_equation_knows_its_layer_and_its_place(made, equations):
    program = derive_program(made)
    assert list(told(program)) == equations.strip().split("\n")
    kinds = {name: str(program.layouts[name].kind) for name in program.initial}
    layers = {name: program.layouts[name].layer for name in ("X", "labelY", "W", "B1", "V", "B2")}
    assert layers == {"X": 0, "labelY": 2, "W": 1, "B1": 1, "V": 2, "B2": 2}
    assert {name for name, kind in kinds.items() if kind == "none"} == {
        name for name in ("learning_rate", "momentum", "l2") if name in program.initial
    }
    assert program.weights == ("W", "B1", "V", "B2")
    assert [(layer.output, layer.units, layer.weights, layer.net) for layer in program.diagram.layers] == [
        ("X", 2, "", ""),
        ("H", 3, "W", "net_1"),
        ("Y", made.sizes[-1], "V", "net_2"),
    ]
