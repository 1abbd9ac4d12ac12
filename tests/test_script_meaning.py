"""What the equations of a pass mean is found from numbers: parameters, the loss, each derivative."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.gradcheck.script.judged.finding import worst_cell
from bpstep.gradcheck.script.repairs.slopes import leaky_slope, slopes_of
from bpstep.lang.parser import parse
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.program.program import Phase
from bpstep.script.meaning import backward, studied_pass
from bpstep.script.meaning import graph as graph_module
from bpstep.script.meaning.graph import MISSING, Graph
from bpstep.script.meaning.labels import Labels, change_direction, direction, scale_factor, some_cells
from bpstep.script.meaning.meaning import find_meaning, study_pass
from bpstep.script.meaning.rotation import rotation_of
from bpstep.script.meaning.states import as_double, drawn_states
from bpstep.script.opening import open_script
from tests.script_passes import classes, columns, one_sample, rows, training_pass


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


def test_each_equation_has_the_phase_of_what_it_computes():
    training, found = meaning_of(columns)
    phases = {}
    for name, each in by_name(training, found).items():
        phases.setdefault(each.phase, []).append(name)
    assert phases == {
        Phase.FORWARD: ["Z1", "A1", "Z2", "A2"],
        Phase.LOSS: ["cost"],
        Phase.BACKWARD: ["dZ2", "dW2", "db2", "dZ1", "dW1", "db1"],
        Phase.UPDATE: ["W1", "b1", "W2", "b2"],
    }


def test_what_an_optimiser_remembers_is_updated_and_a_measure_is_a_loss_only_as_a_number():
    lines = ["y = X @ w", "e = y - T", "g = X.T @ e", "m = 0.9 * m + g", "w = w - 0.1 * m"]
    lines += ["wrong = abs(e)", "share = np.mean(wrong)"]
    random = np.random.default_rng(4)
    initial = {"X": random.normal(size=(4, 2)), "T": random.normal(size=4), "w": np.ones(2), "m": np.ones(2)}
    training = training_pass("\n".join(lines), initial)
    phases = {name: each.phase for name, each in by_name(training, find_meaning(training)).items()}
    assert phases == {
        "y": Phase.FORWARD,
        **dict.fromkeys(("e", "g"), Phase.BACKWARD),
        **dict.fromkeys(("m", "w"), Phase.UPDATE),
        "wrong": Phase.FORWARD,
        "share": Phase.LOSS,
    }


def test_lines_that_read_the_output_before_the_loss_adds_a_small_number_are_backward_lines():
    lines = ["z = X @ w", "p = 1 / (1 + np.exp(-z))", "q = p + 1e-9"]
    lines += ["loss = -np.sum(T * np.log(q) + (1 - T) * np.log(1 - q))"]
    lines += ["e = p", "e = e - T", "g = X.T @ e", "gx = np.outer(e, w)", "w = w - 0.1 * g"]
    random = np.random.default_rng(4)
    initial = {"X": random.normal(size=(4, 2)), "T": np.array([0.0, 1, 1, 0]), "w": np.ones(2)}
    training = training_pass("\n".join(lines), initial)
    phases = [each.phase for each in find_meaning(training).equations]
    assert phases == [Phase.FORWARD] * 3 + [Phase.LOSS] + [Phase.BACKWARD] * 4 + [Phase.UPDATE]


def test_single_numbers_that_are_gradients_are_backward_lines_also_beside_a_guarded_logarithm():
    lines = ["p = 1 / (1 + np.exp(-w * x))", "q = p + 1e-9"]
    lines += [
        "loss = -(t * np.log(q) + (1 - t) * np.log(1 - q))",
        "e = p - t",
        "g = e * x",
        "w = w - 0.1 * g",
    ]
    training = training_pass("\n".join(lines), {"x": 0.7, "t": 1.0, "w": 0.4})
    phases = [each.phase for each in find_meaning(training).equations]
    assert phases == [Phase.FORWARD] * 2 + [Phase.LOSS] + [Phase.BACKWARD] * 2 + [Phase.UPDATE]


def test_the_gradients_of_a_sum_of_losses_are_backward_lines():
    lines = ["a = X @ w", "b = X @ v", "loss = np.mean((a - S) ** 2) + np.mean(np.abs(b - T))"]
    lines += ["da = 2 * (a - S) / 4", "db = np.sign(b - T) / 4"]
    lines += ["gw = X.T @ da", "gv = X.T @ db", "w = w - 0.1 * gw", "v = v - 0.1 * gv"]
    random = np.random.default_rng(4)
    initial = {"X": random.normal(size=(4, 2)), "S": random.normal(size=4), "T": random.normal(size=4)}
    training = training_pass("\n".join(lines), initial | {"w": np.ones(2), "v": random.normal(size=2)})
    phases = [each.phase for each in find_meaning(training).equations]
    assert phases == [Phase.FORWARD] * 3 + [Phase.BACKWARD] * 4 + [Phase.UPDATE] * 2


def test_an_array_between_backward_lines_that_only_they_read_is_one_of_them():
    lines = [
        "s = X @ V",
        "h = np.tanh(s)",
        "y = h @ w",
        "e = y - T",
        "H = h.T",
        "g = H @ e",
        "old = w",
        "w = w - 0.1 * g",
    ]
    lines += [
        "d = np.outer(e, old) * (1 - h**2)",
        "V = V - 0.1 * X.T @ d",
        "z = X @ V",
        "rest = z.sum(axis=0)",
    ]
    random = np.random.default_rng(4)
    initial = {"X": random.normal(size=(4, 2)), "T": random.normal(size=4), "w": random.normal(size=3)}
    training = training_pass("\n".join(lines), initial | {"V": random.normal(size=(2, 3))})
    phases = {name: each.phase for name, each in by_name(training, find_meaning(training)).items()}
    assert [phases[name] for name in ("H", "old")] == [Phase.BACKWARD] * 2
    assert [phases[name] for name in ("s", "h", "y", "z", "rest")] == [Phase.FORWARD] * 5


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


def test_outputs_that_one_line_compares_in_turn_have_one_loss():
    """As where a loop goes over the outputs: a gradient passes through the first, and through the last."""
    random = np.random.default_rng(2)
    initial = {name: random.normal(0, 1, shape) for name, shape in (("W", (4, 2)), ("u", 4), ("v", 4))}
    text = """
        h = np.tanh(W @ x)
        o[0] = u @ h
        d[0] = o[0] - t1
        o[1] = v @ h
        d[1] = o[1] - t2
        du = d[0] * h
        dv = d[1] * h
        dh = (d[0] * u + d[1] * v) * (1 - h**2)
        dW = np.outer(dh, x)
        u = u - 0.1 * du
        v = v - 0.1 * dv
        W = W - 0.1 * dW
    """
    training = training_pass(text, initial, {"x": random.normal(0, 1, 2), "t1": 0.3, "t2": -0.8})
    equations = [replace(each, line=3) if each.name.startswith("d[") else each for each in training.equations]
    training = replace(training, equations=tuple(equations))
    found = find_meaning(training)
    assert (found.loss.kind, found.loss.outputs) == ("half_squared_error", ("o[0]", "o[1]"))
    assert found.gradients == {"u": "du", "v": "dv", "W": "dW"}


ACTIVATIONS = [
    *("1 / (1 + np.exp(-Z1))", "np.tanh(Z1)", "np.maximum(0, Z1)", "Z1 * (Z1 > 0)", "np.log(1 + np.exp(Z1))"),
    *("np.where(Z1 > 0, Z1, 0.02 * Z1)", "np.maximum(0.3 * Z1, Z1)", "np.exp(Z1)", "Z1**2"),
    *("np.where(Z1 > 0, Z1, np.exp(Z1) - 1)", "Z1 * (1 / (1 + np.exp(-Z1)))", "np.sin(Z1)", "Z1 * 1.0"),
]
UNKNOWN = ACTIVATIONS[-3:]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_slope_of_an_activation_is_written_as_differences_give_it(activation):
    text, initial, feeds = columns(np.random.default_rng(3))
    study = study_pass(training_pass(text.replace("np.tanh(Z1)", activation), initial, feeds))
    explanation = next(filter(None, map(study.explain, study.scalars)))
    found = {(each.output, each.net): each.text for each in slopes_of(study, explanation)}
    assert found.pop(("A2", "Z2")) == "A2 * (1 - A2)"
    assert set(found) == (set() if activation in UNKNOWN else {("A1", "Z1")})
    for slope in found.values():
        names = {"np": np, "exp": np.exp, "where": np.where}
        z, h = np.linspace(-2.05, 2, 9), 1e-6
        high, low, at = (eval(activation, {**names, "Z1": each}) for each in (z + h, z - h, z))
        assert eval(slope, {**names, "Z1": z, "A1": at}) == pytest.approx((high - low) / (2 * h), abs=1e-8)


def test_a_slope_of_1_and_another_is_told_by_one_number_of_each_sign_and_no_fewer():
    def told(*pairs):
        x, slope = np.array(pairs, float).T
        return leaky_slope([(x, x, slope)])

    assert told((-1, 0.2), (3, 1)) == told((-1, 0.2), (0, 0.2), (3, 1), (4, 1)) == "where(x > 0, 1, 0.2)"
    assert told((-1, 0.2)) == told((3, 1)) == ""
    assert told((-1, 1), (3, 1)) == told((-1, 0.2), (3, 1.1)) == told((-1, 0.2), (-2, 0.3), (3, 1)) == ""
    assert told((-1, 0.2), (0, 1), (3, 1)) == ""


@pytest.mark.parametrize(("most", "largest", "is_computed"), [(12, 1, True), (11, 1, False), (11, 12, True)])
def test_an_outer_product_is_not_computed_if_it_is_huge_and_larger_than_every_value(
    monkeypatch, most, largest, is_computed
):
    monkeypatch.setattr(graph_module, "_MAX_CELLS", most)
    initial = {"a": np.arange(3.0), "b": np.arange(4.0), "other": np.ones(largest)}
    graph = Graph(training_pass("c = sum(a)", initial).equations, initial)
    plan = graph.plan(0, parse("outer(a, b) * 2", initial), graph.names_before(0))
    outer, twice = graph.run(plan, graph.evaluate(initial))
    if is_computed:
        np.testing.assert_array_equal(twice, 2 * np.outer(initial["a"], initial["b"]))
    else:
        assert (outer, twice) == (MISSING, MISSING)


def test_a_pass_that_follows_no_gradient_has_no_loss():
    initial = {"w": np.ones(3), "X": np.eye(3), "y": np.array([1.0, 0.0, 1.0])}
    text = """
        o = X @ w
        w = w + 0.1 * np.sign(X.T @ (y - where(o > 0, 1, 0))) * w**3
    """
    found = find_meaning(training_pass(text, initial))
    assert found.loss is None
    assert found.gradients == {}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimiser_of_network_files_is_recognised_in_a_script(name):
    _check_optimizer(name, {})


@pytest.mark.parametrize(
    ("name", "options"),
    [("rmsprop", {"alpha": 1 - 1e-8}), ("adamw", {"weight_decay": 1e-7}), ("nesterov", {"momentum": 1e-4})],
)
def test_an_optimiser_is_recognised_even_where_it_hardly_differs_from_another(name, options):
    """From AdaGrad, Adam and momentum: how an update answers without a gradient is exact."""
    assert options.keys() <= dict(OPTIMIZERS[name].options).keys()
    _check_optimizer(name, options)


def _check_optimizer(name, options):
    row = OPTIMIZERS[name]
    random = np.random.default_rng(5)
    initial = {"X": random.normal(0, 1, (6, 3)), "y": random.normal(0, 1, (6, 1)), "learning_rate": 0.1}
    initial |= {"W": random.normal(0, 1, (3, 1)), "b": np.zeros(1), **dict(row.options), **options}
    lines = ["o = X @ W + b", "d = o - y", "gW = X.T @ d", "gb = np.sum(d, axis=0)"]
    if row.counts:
        initial["t"] = 2.0
        lines.append("t = t + 1")
    for parameter in ("W", "b"):
        for slot, source in row.slots:
            initial[slot.format(p=parameter)] = np.zeros_like(initial[parameter])
            lines.append(f"{slot.format(p=parameter)} = {source.format(p=parameter, g='g' + parameter)}")
        lines.append(f"{parameter} = {row.update.format(p=parameter, g='g' + parameter)}")
    found = find_meaning(training_pass("\n".join(lines), initial))
    assert found.optimizer == name
    assert found.parameters == ("W", "b")
    assert found.gradients == {"W": "gW", "b": "gb"}


def test_the_layers_of_a_perceptron_are_found_in_both_orientations():
    _, found = meaning_of(columns)
    assert [(each.weights, each.bias, each.net, each.output) for each in found.layers] == [
        ("W1", "b1", "Z1", "A1"),
        ("W2", "b2", "Z2", "A2"),
    ]
    assert {(each.samples, each.units_first) for each in found.layers} == {("column", True)}
    _, found = meaning_of(rows)
    assert [each.weights for each in found.layers] == ["W1", "W2", "W3"]
    assert {(each.samples, each.units_first) for each in found.layers} == {("row", False)}
    assert (found.layers[0].input, found.layers[0].output, found.layers[2].output) == ("X", "a1", "out")


def test_rows_picked_twice_are_the_same_rows_in_every_state(tmp_path):
    """`y[batch]` is an argument in one call and is picked by an equation in another."""
    path = tmp_path / "homework.py"
    path.write_text(BATCHES)
    found = find_meaning(open_script(path).iteration(0))
    assert (found.loss.kind, found.loss.equation) == ("half_squared_error", "current")
    assert found.loss.constant == pytest.approx(5)


BATCHES = """
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W = rng.normal(size=(3, 2))
def loss(out, y):
    return np.mean(np.sum((out - y) ** 2, axis=1)) / 2
def gradient(x, out, y):
    d = (out - y) / len(y)
    return x.T @ d
for epoch in range(4):
    order = rng.permutation(20)
    for start in range(0, 20, 5):
        batch = order[start:start + 5]
        out = X[batch] @ W
        current = loss(out, y[batch])
        W = W - 0.1 * gradient(X[batch], out, y[batch])
"""


def test_a_single_output_in_a_matrix_has_a_plain_number_for_its_target(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(
        "import numpy as np\n"
        "rng = np.random.default_rng(1)\n"
        "W = rng.normal(size=(1, 3))\n"
        "for step in range(5):\n"
        "    x = rng.normal(size=(3, 1))\n"
        "    target = np.sum(x)\n"
        "    y = W @ x\n"
        "    loss = 0.5 * (y - target) ** 2\n"
        "    W = W - 0.1 * (y - target) @ x.T\n"
    )
    found = find_meaning(open_script(path).iteration(0))
    assert (found.loss.kind, found.loss.targets, found.loss.equation) == (
        "half_squared_error",
        ("target",),
        "loss",
    )
    assert found.loss.constant == pytest.approx(1)


def test_the_loss_of_numbers_is_found_among_the_many_gradients_by_the_data(tmp_path):
    """Every product has a gradient by the data too, which no update reads; the loss is found all the same."""
    path = tmp_path / "homework.py"
    xs = (
        "[[1.0, 2.0, -1.0, 0.5, 0.3, 0.7], [0.5, -0.5, 2.0, 1.0, -0.2, 0.1], [1.5, 0.1, 0.2, -0.3, 0.4, 0.6]]"
    )
    path.write_text(
        "from math import tanh\n"
        f"xs, ys = {xs}, [1.0, -1.0, 0.5]\n"
        "w = [0.1, -0.2, 0.3, 0.4, -0.5, 0.6]\n"
        "for step in range(5):\n"
        "    loss = 0.0\n"
        "    dw, dx = [0.0] * 6, []\n"
        "    for x, y in zip(xs, ys):\n"
        "        s = 0.0\n"
        "        for i in range(6):\n"
        "            s = s + w[i] * x[i]\n"
        "        out = tanh(s)\n"
        "        loss = loss + (out - y) ** 4\n"
        "        d = 4 * (out - y) ** 3 * (1 - out ** 2)\n"
        "        for i in range(6):\n"
        "            dw[i] = dw[i] + d * x[i]\n"
        "            dx.append(d * w[i])\n"
        "    for i in range(6):\n"
        "        w[i] = w[i] - 0.1 * dw[i]\n"
    )
    found = find_meaning(open_script(path).iteration(0))
    assert found.loss is not None
    assert found.loss.kind == "script"
    assert found.loss.equation.startswith("loss")
    assert len(found.gradients) == 6


def test_the_loss_itself_is_taken_before_a_running_average_of_it(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(
        "import numpy as np\nX, Y, W, smooth = np.eye(4), np.ones((4, 1)), np.zeros((4, 1)), 1.0\n"
        "for k in range(9):\n    E = X @ W - Y\n    loss = np.sum(E ** 2) / 2\n"
        "    smooth = 0.999 * smooth + 0.001 * loss\n    W -= 0.1 * X.T @ E\n"
    )
    found = find_meaning(open_script(path).iteration(0))
    assert (found.loss.equation, found.loss.constant) == ("loss", pytest.approx(1))


# Values that are the same up to a constant


@pytest.mark.parametrize(
    ("values", "cells", "length"),
    [
        ([np.array([3.0, 4.0])], [0.6, 0.8], 5),
        ([3.0, np.array([[0.0], [-4.0]])], [0.6, 0, -0.8], 5),
        ([np.array([1e-150])], [1], 1e-150),
    ],
)
def test_the_direction_of_several_values_is_one_vector_of_length_1(values, cells, length):
    found = direction(values)
    assert found.cells == pytest.approx(cells)
    assert found.length == pytest.approx(length)


@pytest.mark.parametrize(
    "values",
    [[0.0], [np.zeros(3)], [1.0, np.nan], [np.inf], [1.0, MISSING], [MISSING], [1e-260], [1e200, 1e200]],
)
def test_zeros_and_values_that_are_not_finite_have_no_direction(values):
    assert direction(values) is None


def test_a_transposed_value_has_the_direction_of_its_transpose():
    matrix = np.arange(6.0).reshape(2, 3)
    assert direction([matrix], turned=True).cells == pytest.approx(direction([matrix.T]).cells)
    assert scale_factor(direction([matrix], turned=True), direction([matrix])) == 0


@pytest.mark.parametrize("size", [1000, 1001])
def test_of_over_a_thousand_cells_the_same_thousand_are_compared(size):
    values = np.arange(float(size))
    cells = some_cells(values)
    assert len(set(cells.tolist())) == 1000
    assert np.array_equal(some_cells(2 * values.reshape(1, size)), 2 * cells)


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ([2.0, 4.0], [1.0, 2.0], 2),
        ([1.0, 2.0], [2.0, 4.0], 0.5),
        ([-3.0, -6.0], [1.0, 2.0], -3),
        ([1.0, 2.0], [2.0, 1.0], 0),
        ([1.0, 2.0], [1.0, 2.0, 0.0], 0),
        ([1.0, 0.0], [0.0, 1.0], 0),
        ([1.0, 0.9e-7], [1.0, 0.0], 1),
        ([1.0, 1.1e-7], [1.0, 0.0], 0),
        ([1.0] * 100 + [0.9e-7], [1.0] * 100 + [0.0], 1),
        ([1.0] * 100 + [1.1e-7], [1.0] * 100 + [0.0], 0),
    ],
)
def test_one_vector_is_a_multiple_of_another_to_one_part_in_ten_million(given, wanted, factor):
    found = scale_factor(direction([np.array(given)]), direction([np.array(wanted)]))
    assert found == pytest.approx(factor, rel=1e-6)


@pytest.mark.parametrize(
    ("before", "after", "factor"),
    [
        ([1.0, 1.0], [3.0, 5.0], 2),
        ([1.0, 1.0], [0.0, -1.0], -1),
        ([1.0, 1.0], [3.0, -3.0], 0),
        ([1.0, 1.0], [1.0, 1.0], 0),
        ([1.0, 1.0], [[3.0], [5.0]], 0),
        (1.0, [3.0, 5.0], 0),
        (MISSING, [3.0, 5.0], 0),
        ([1.0, 1.0], MISSING, 0),
        (1.0, MISSING, 0),
        (MISSING, MISSING, 0),
    ],
)
def test_a_change_is_a_multiple_of_a_vector_if_both_values_have_one_shape(before, after, factor):
    pair = tuple(each if each is MISSING else np.array(each) for each in (before, after))
    wanted = direction([np.array([1.0, 2.0])])
    assert scale_factor(change_direction([pair]), wanted) == pytest.approx(factor)
    assert scale_factor(wanted, change_direction([pair])) == pytest.approx(1 / factor if factor else 0)
    # In one of two states the same change, in the other twice as much: no multiple.
    once, both = (np.zeros(2), np.array([1.0, 2.0])), direction([np.array([1.0, 2.0])] * 2)
    assert not scale_factor(change_direction([once, pair]), both)


def test_a_direction_is_found_among_others_by_any_multiple_of_it():
    labels, random = Labels(), np.random.default_rng(7)
    vectors = random.normal(size=(40, 6))
    for at, vector in enumerate(vectors):
        labels.add(direction([vector]), at)
        assert list(labels.find(direction([-2 * vector]))) == [(at, pytest.approx(-2))]
    labels.add(direction([3 * vectors[5]]), "again")
    labels.add(None, "none")
    assert [list(labels.find(direction([each]))) for each in vectors[:5]] == [
        [(at, pytest.approx(1))] for at in range(5)
    ]
    assert dict(labels.find(direction([vectors[5]]))) == pytest.approx({5: 1, "again": 1 / 3})
    assert list(labels.find(direction([random.normal(size=6)]))) == []
    assert list(labels.find(direction([random.normal(size=5)]))) == []
    assert list(labels.find(None)) == []


@pytest.mark.parametrize(
    ("given", "expected", "index"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 4.4]], (0, 1)),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.9], [3.6, 4.4]], (1, 0)),
        ([1.0, np.nan, 9.0], [1.0, 2.0, 3.0], (1,)),
        (2.0, -1.0, ()),
        ([1, 2], [1, 5], (1,)),
    ],
)
def test_the_cell_that_is_furthest_off_is_the_worst(given, expected, index):
    found = worst_cell(given, expected)
    assert found.index == index
    assert (found.given, found.expected) == pytest.approx(
        (np.array(given)[index], np.array(expected)[index]), nan_ok=True
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [([1.0], [1.0, 2.0]), ([], []), (MISSING, [1.0]), ([1.0], MISSING), ([[1.0]], [1.0])],
)
def test_values_of_other_shapes_have_no_worst_cell(given, expected):
    assert worst_cell(given, expected) is None


# Other numbers in the place of those from before a pass

FRACTIONS = np.random.default_rng(2).uniform(0.2, 0.9, (40, 50))
SIGNED = np.random.default_rng(2).normal(0, 0.5, (40, 50))
BITS = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]])


def other(value, kind, seed=1):
    """Random numbers for a tensor: as a parameter, memory, a number or none of them."""
    kinds = {each: ["a"] if each == kind else [] for each in ("parameters", "carried", "numbers")}
    return list(drawn_states({"a": value}, count=2, **kinds))[seed]["a"]


def size_of(value):
    return float(np.sqrt(np.mean(np.square(value))))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (np.zeros((40, 50)), 0.3),
        (SIGNED / 5, 0.1),
        (SIGNED / 500, 0.1),
        (SIGNED * 0.3, 0.15),
        (SIGNED * 100, 1.5 / np.sqrt(50)),
        (np.ones(9_000), 0.1),
        (np.full((2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2), 30), 1),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_parameters_are_drawn_in_every_state_about_as_large_as_they_are(value, size, seed):
    found = other(value, "parameters", seed)
    assert found.shape == value.shape
    assert size_of(found) == pytest.approx(size, rel=0.07)
    assert abs(np.mean(found)) < 0.2 * size


def test_a_single_parameter_is_drawn_too():
    found = other(7.0, "parameters")
    assert isinstance(found, np.float64)
    assert found != 7


def test_memory_is_small_and_positive_and_counts_stay():
    found = other(SIGNED, "carried")
    assert found.min() >= 0.01
    assert found.max() <= 0.02
    assert other(3.0, "carried") == 3
    assert np.array_equal(other(np.array([2, 5]), "carried"), [2, 5])


@pytest.mark.parametrize("kind", ["numbers", ""])
@pytest.mark.parametrize("value", [FRACTIONS, SIGNED, BITS, np.array([3, 5, 5]), 4.0])
def test_in_the_first_state_the_data_stay(value, kind):
    assert np.array_equal(other(value, kind, seed=0), value)


def test_zeros_that_are_computed_with_are_drawn_in_the_first_state_too():
    assert size_of(other(np.zeros((40, 50)), "numbers", seed=0)) == pytest.approx(0.3, rel=0.07)
    assert not np.any(other(np.zeros((40, 50)), "", seed=0))
    assert 0.1 <= other(0.0, "numbers", seed=0) <= 0.9


@pytest.mark.parametrize(("number", "low", "high"), [(0, 0.1, 0.9), (1, 0.1, 0.9), (4, 2, 6), (-4, -6, -2)])
def test_a_single_number_stays_unless_it_is_computed_with(number, low, high):
    assert low <= other(number, "numbers") <= high
    assert other(number, "numbers") != number
    assert other(number, "") == number
    assert isinstance(other(number, ""), np.float64)


def test_bits_become_probabilities_and_keep_a_sum_of_1():
    found = other(BITS, "numbers")
    assert found.sum(axis=1) == pytest.approx(np.ones(4))
    assert found.min() > 0
    assert len(np.unique(found)) == BITS.size
    assert other(BITS.T, "numbers").sum(axis=0) == pytest.approx(np.ones(4))
    loose = other(np.array([[0, 1, 1], [1, 0, 1]] * 20), "numbers")
    assert loose.min() >= 0.05
    assert loose.max() <= 0.95
    assert len(np.unique(loose.sum(axis=1))) == 40
    column = other(np.array([[1], [1]]), "numbers")
    assert not np.allclose(column, 1), "a row of one number has no other number to add up with"


def test_signs_stay_signs_and_other_whole_numbers_become_fractions():
    found = other(np.array([-1, 1, 1, -1] * 10), "numbers")
    assert set(found.tolist()) == {-1.0, 1.0}
    assert set(np.abs(other(np.array([1.0] * 40), "numbers")).tolist()) != {1.0}
    found = other(np.array([3, 5, 7, 0] * 10), "numbers")
    assert 0.05 <= found.min() < found.max() <= 0.95


@pytest.mark.parametrize("whole", [np.array([4, 7, 7, 9, 1, 2, 3, 8]), np.array([4.0, 7, 7, 9, 1, 2, 3, 8])])
def test_whole_numbers_that_choose_are_put_in_another_order(whole):
    found = other(whole, "")
    assert sorted(found.tolist()) == sorted(whole.tolist())
    assert not np.array_equal(found, whole)


@pytest.mark.parametrize("axis", [0, 1])
def test_rows_with_a_single_1_stay_whole(axis):
    rows_of = np.eye(7)[np.array([0, 1, 2, 3, 4, 5, 6, 0, 1, 2])]
    found = other(rows_of if axis else rows_of.T, "")
    found = found if axis else found.T
    assert found.sum(axis=1).tolist() == [1] * 10
    assert found.sum(axis=0).tolist() == rows_of.sum(axis=0).tolist()
    assert not np.array_equal(found, rows_of)


@pytest.mark.parametrize("kind", ["numbers", ""])
def test_fractions_keep_their_range_signs_and_sums(kind):
    found = other(FRACTIONS, kind)
    assert 0.02 <= found.min() < 0.05
    assert 0.8 < found.max() <= FRACTIONS.max()
    found = other(FRACTIONS * 30, kind)
    assert 0.05 <= found.min() < 0.1
    assert 1.9 < found.max() <= 2
    shares = FRACTIONS / FRACTIONS.sum(axis=1, keepdims=True)
    assert other(shares, kind).sum(axis=1) == pytest.approx(np.ones(40))
    assert other(shares.T, kind).sum(axis=0) == pytest.approx(np.ones(40))
    found = other(SIGNED, kind)
    assert size_of(found) == pytest.approx(size_of(SIGNED), rel=0.07)
    assert found.min() < 0 < found.max()
    assert size_of(other(SIGNED * 100, kind)) == pytest.approx(2, rel=0.07)
    same = np.full(5, 0.5)
    assert np.array_equal(other(same, kind), same)
    endless = np.array([0.5, np.inf])
    assert np.array_equal(other(endless, kind), endless)


def test_the_same_data_under_two_names_stay_the_same_and_states_differ():
    before = {"a": FRACTIONS, "b": FRACTIONS.copy(), "c": FRACTIONS.T.copy(), "rate": 0.5}
    states = list(drawn_states(before, [], [], [], 3))
    for state in states[1:]:
        assert np.array_equal(state["a"], state["b"])
        assert not np.array_equal(state["a"], state["c"].T)
        assert state["rate"] == 0.5
    assert not np.array_equal(states[1]["a"], states[2]["a"])
    assert [
        np.array_equal(*pair)
        for pair in zip(states[1].values(), list(drawn_states(before, [], [], [], 2))[1].values())
    ] == [True] * 4


def test_the_entries_of_a_list_with_a_single_1_add_up_to_1():
    before = {"Y[0][0]": 0, "Y[0][1]": 1, "Y[0][2]": 0, "Z[0]": 1, "Z[1]": 1, "one[0]": 1, "x": 0}
    state = list(drawn_states(before, [], [], list(before), 2))[1]
    entries = [state[f"Y[0][{at}]"] for at in range(3)]
    assert sum(entries) == pytest.approx(1)
    assert min(entries) > 0
    assert len(set(entries)) == 3
    # Of others the same value has the same draw, and nothing is shared out.
    assert state["Z[0]"] == state["Z[1]"] == state["one[0]"] != 1
    assert 0.1 <= state["x"] <= 0.9
    kept = list(drawn_states(before, [], [], [], 2))[1]
    assert {name: float(value) for name, value in kept.items()} == before


def test_the_shares_of_one_sample_keep_the_sum_1_and_other_bits_do_not():
    before = {"y": np.array([0.0, 1.0, 0.0]), "bits": np.array([0.0, 0.0, 1.0])}
    states = list(drawn_states(before, [], [], list(before), 3, ["y"]))
    assert np.array_equal(states[0]["y"], before["y"]) or states[0]["y"].sum() == pytest.approx(1)
    for state in states[1:]:
        assert state["y"].sum() == pytest.approx(1)
        assert state["y"].min() > 0
        assert state["bits"].sum() != pytest.approx(1)
    assert not np.array_equal(states[1]["y"], states[2]["y"])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.float32([0.1, 2]), "f8"),
        (np.array([True, False]), "f8"),
        (np.array([1, 2], "uint8"), "u1"),
        (3, "f8"),
        (np.float32(0.1), "f8"),
        (True, "f8"),
    ],
)
def test_fractions_and_truths_are_computed_with_in_double_precision(value, kind):
    found = as_double(value)
    assert found.dtype == np.dtype(kind)
    assert np.array_equal(found, value)
    assert np.shape(found) == np.shape(value)


# The graph of a pass

GRAPH_LINES = """
a = x @ W
b = tanh(a)
c = tanh(a)
d = b[labels - 1] + 0 * size(c)
e = a[1:, 0].reshape(2)
f = where(a > 0, b, -2 * 0.5)
g = one_hot(labels, 4)
h = sign(b) + argmax(c, axis=1)[:, None]
a2 = a.T @ c - 3
"""


def graph_of_lines(**more):
    random = np.random.default_rng(8)
    before = {
        "x": random.normal(size=(3, 2)),
        "W": random.normal(size=(2, 2)),
        "labels": np.array([1.0, 3, 2]),
    }
    equations = training_pass(GRAPH_LINES, before).equations
    graph = Graph(equations, before, **more)
    nodes = {each.name: root for each, root in zip(equations, graph.roots)}
    return graph, {**graph.inputs, **nodes}, graph.evaluate(before)


def test_a_graph_computes_what_numpy_does_and_keeps_what_does_not_change():
    graph, nodes, values = graph_of_lines()
    x, W, labels = (values[nodes[name]] for name in ("x", "W", "labels"))
    a = x @ W
    wanted = {
        "b": np.tanh(a),
        "d": np.tanh(a)[labels.astype(int) - 1],
        "e": a[1:, 0],
        "f": np.where(a > 0, np.tanh(a), -1),
        "g": np.eye(4)[labels.astype(int)],
        "h": np.sign(a) + np.argmax(a, axis=1)[:, None],
        "a2": a.T @ np.tanh(a) - 3,
    }
    for name, value in wanted.items():
        assert values[nodes[name]] == pytest.approx(value), name
    again = graph.again(values, {nodes["a"]: lambda found: found[nodes["x"]] * 0})
    same = {name for name, at in nodes.items() if again[at] is values[at]}
    assert same == {"x", "W", "labels", "g"}
    assert again[nodes["f"]] == pytest.approx(-np.ones((3, 2)))
    assert graph.again(values, {}) == values
    # Of two, what lies between them depends on the first alone.
    both = graph.again(values, {nodes["h"]: lambda found: MISSING, nodes["x"]: lambda found: x + 1})
    assert [both[nodes[name]] for name in "bh"] == [pytest.approx(np.tanh((x + 1) @ W)), MISSING]
    # An operation that does not fit is missing, and what reads it.
    missing = graph.again(values, {nodes["x"]: lambda found: np.ones(7)})
    assert [name for name, at in nodes.items() if missing[at] is MISSING] == [*"abcdefh", "a2"]
    # In another state, too, what depends on nothing else keeps the same object.
    other = graph.evaluate({**graph.before, "W": W + 1}, values)
    assert {name for name, at in nodes.items() if other[at] is values[at]} == {"x", "labels", "g"}
    fresh = graph.evaluate({**graph.before, "W": W + 1})
    assert all(np.array_equal(*pair) for pair in zip(other, fresh))


def test_the_same_operation_on_the_same_operands_is_one_node_but_for_results_of_lines():
    graph, nodes, _ = graph_of_lines()
    assert nodes["b"] != nodes["c"]
    texts = [node.text([graph.written(at) for at in range(len(graph.nodes))]) for node in graph.nodes]
    assert texts.count("tanh(a)") == 2
    assert texts.count("a > 0") == 1
    assert [texts[nodes[name]] for name in ("a", "d", "e", "g")] == [
        "x @ W",
        "b[labels - 1] + 0 * size(c)",
        "a[1:, 0].reshape(2)",
        "one_hot(labels, 4)",
    ]
    written = {graph.written(at) for at in range(len(graph.nodes))}
    assert {"x", "a", "labels - 1", "a[1:, 0]", "sign(b)", "a.T", "a.T @ c", "a2"} <= written
    assert not graph.numbers
    lifted, _, values = graph_of_lines(has_number_nodes=True)
    assert {lifted.written(at) for at in lifted.numbers} == {"1", "3"}
    assert sorted(values[at] for at in lifted.numbers) == [1, 3]


def test_what_depends_on_what():
    graph, nodes, _ = graph_of_lines()

    def names(found):
        return [name for name, at in nodes.items() if at in found]

    assert names(graph.cone([nodes["f"]])) == ["x", "W", "a", "b", "f"]
    assert names(graph.cone([nodes["g"]])) == ["labels", "g"]
    assert names(graph.cone([nodes["f"]], {nodes["a"]})) == ["a", "b", "f"]
    assert names(graph.cone([])) == []
    # d reads only the size of c.
    assert names(graph.reached_from([nodes["c"]])) == ["c", "h", "a2"]
    assert names(graph.reached_from([nodes["labels"]])) == ["labels", "d", "g"]
    assert graph.reached_from([]) == set()
    assert names(graph.discrete(range(len(graph.nodes)))) == ["labels", "a", "b", "c"]
    read = graph.readers_of_cells(nodes["a"])
    # A part of its cells is passed on: what reads e would read a's cells, and e itself does not.
    assert [graph.written(at) for at in read] == ["b", "c", "a > 0", "a.T @ c"]
    assert graph.names_before(0) == graph.inputs
    assert graph.names_before(2) == {**graph.inputs, "a": nodes["a"], "b": nodes["b"]}


@pytest.mark.parametrize(
    ("line", "text", "numpy"),
    [
        ("b", "tanh(a) * 2", lambda v: np.tanh(v["a"]) * 2),
        ("b", "a", lambda v: v["a"]),
        ("b", "2 * -3", lambda v: -6),
        ("d", "b[labels - 1] + c", lambda v: v["b"][v["labels"].astype(int) - 1] + v["c"]),
        ("a2", "c @ c.T - x @ x.T", lambda v: v["c"] @ v["c"].T - v["x"] @ v["x"].T),
        ("a2", "x @ x", lambda v: None),
    ],
)
def test_a_changed_line_is_planned_on_the_nodes_that_stay(line, text, numpy):
    graph, nodes, values = graph_of_lines()
    at = [each.name for each in graph.equations].index(line)
    plan = graph.plan(at, parse(text, graph.current), graph.names_before(at))
    found, wanted = graph.run(plan, values)[-1], numpy({name: values[node] for name, node in nodes.items()})
    assert found is wanted if wanted is None else found == pytest.approx(wanted)
    with pytest.raises(KeyError):
        graph.plan(at, parse("a2 + a", graph.current), graph.names_before(0))


@pytest.mark.parametrize(
    ("pattern", "uses"),
    [
        ("_0 > _1", "compared compared"),
        ("_0[_1]", " index"),
        ("_0[_1, :, _2]", " index index"),
        ("one_hot(_0, 4)", "index"),
        ("argmax(_0, axis=1)", "compared"),
        ("sign(_0)", "compared"),
        ("where(_0, _1, _2)", "compared  "),
        ("exp(_0)", ""),
        ("_0 + _1", " "),
    ],
)
def test_operands_are_indices_or_compared_or_computed_with(pattern, uses):
    wanted = uses.split(" ")
    assert [graph_module._use(pattern, f"_{at}") for at in range(len(wanted))] == wanted
    assert graph_module._indices(pattern) == {at for at, use in enumerate(wanted) if use == "index"}


def test_whole_floats_of_an_array_are_indices_and_others_are_not():
    assert graph_module._as_index(np.array([1.0, 2.0])).dtype == np.int64
    for value in (np.array([1.5, 2.0]), np.float64(2.0), np.array([1, 2])):
        assert graph_module._as_index(value) is value


def test_arithmetic_on_plain_numbers_is_a_number():
    numbers = {"2": True, "-2": True, "2 * -3.5": True, "_0": False, "2 * _0": False, "_0 - 2": False}
    assert {text: graph_module._is_number_text(text) for text in numbers} == numbers
    assert not graph_module._is_number_text("")
    flat = {"size(_0)": True, "zeros_like(_0)": True, "exp(_0)": False, "_0 + size(_1)": False}
    assert {text: graph_module._is_flat(text) for text in flat} == flat


# Passes that end with their forward lines

TURNED = """
dW = x.T @ (y - t)
W = W - 0.1 * dW
h = x @ W
y = 2 * h
"""


def turned(lines=TURNED, y=None, **more):
    x, W, t = np.arange(6.0).reshape(3, 2), np.ones((2, 1)), np.ones((3, 1))
    initial = {"x": x, "W": W, "t": t, "h": x @ W, "y": 2 * (x @ W) if y is None else y, **more}
    given = training_pass(lines, initial)
    found = rotation_of(given.equations, initial, {}, given.carried)
    return found.order, sorted(found.computed)


def test_a_forward_pass_at_the_end_is_put_first_where_it_gives_what_is_there():
    assert turned() == ((2, 3, 0, 1), ["h", "y"])
    # Something else is there: y is what the pass before left, and no forward pass of these weights.
    assert turned(y=np.zeros((3, 1))) == ((2, 0, 1, 3), ["h"])
    assert turned(y=np.zeros(3), h=np.zeros((3, 1))) == ((0, 1, 2, 3), [])
    # A line that reads its own old value is no forward line.
    assert turned(TURNED.replace("2 * h", "2 * h + 0 * y")) == ((2, 0, 1, 3), ["h"])
    assert turned(TURNED.replace("h = x @ W", "h = x @ W + 0 * dW[0]")) == ((0, 1, 2, 3), [])
    assert turned("\n".join(TURNED.strip().splitlines()[:2])) == ((0, 1), [])


@pytest.mark.parametrize(
    ("value", "are_shares", "is_telling", "is_picked"),
    [
        ([0.2, 0.3, 0.5], True, True, False),
        ([0.0, 0.4, 0.6], False, True, False),
        ([1.5, -0.5], False, True, False),
        ([0.5, 0.5], False, True, False),
        ([0.5, 0.6], False, True, False),
        ([1.0], False, False, False),
        ([1, 0], False, True, False),
        (1.0, False, False, True),
        (0, False, False, True),
        (2, False, False, False),
        (0.5, False, True, False),
        (-3.0, False, False, False),
    ],
)
def test_shares_numbers_that_tell_something_and_bits_that_a_condition_picks(
    value, are_shares, is_telling, is_picked
):
    given = np.array(value) if isinstance(value, list) else value
    assert studied_pass._are_shares(given) is are_shares
    assert studied_pass._is_telling(given) is is_telling
    assert studied_pass._is_picked_bit("value:7", given) is is_picked
    assert not studied_pass._is_picked_bit("target", given)


def pass_of(before, after, **feeds):
    """A pass by its tensors before and after it, all of which it changes."""
    equations = tuple(SimpleNamespace(name=name, value=value) for name, value in after.items())
    return SimpleNamespace(initial=before, carried=tuple(after), feeds=feeds, equations=equations)


@pytest.mark.parametrize(
    ("before", "after", "grown"),
    [
        (0, np.ones(3), np.zeros(3)),
        (0.5, np.ones((1, 3)), np.full((1, 3), 0.5)),
        (0, np.ones((3, 1)), np.zeros((3, 1))),
        (0, np.ones((3, 2)), None),
        (0, np.ones((1, 1, 3)), None),
        (0, 1.0, None),
        # The shape of the data: a sum over the samples is missing.
        (0, np.ones(4), None),
        (np.zeros(1), np.ones(3), None),
    ],
)
def test_a_bias_of_0_has_the_size_of_its_first_update_unless_that_is_the_datas(before, after, grown):
    found = studied_pass._grown(pass_of({"b": before, "X": np.ones(4)}, {"b": after}))
    assert list(found) == ["b"] * (grown is not None)
    if grown is not None:
        assert found["b"].dtype == np.float64
        np.testing.assert_array_equal(found["b"], grown)


def test_whole_numbers_that_a_pass_makes_real_are_real_from_the_start():
    before = {"W": np.array([1, 2]), "k": 3, "n": np.array([4]), "u": np.array([5], "uint8"), "r": np.ones(2)}
    after = {"W": np.array([0.5, 1]), "k": 3.5, "n": np.array([5]), "u": np.array([0.5]), "r": np.ones(2)}
    found = studied_pass._made_real(pass_of(before, after | {"new": np.ones(1)}))
    assert {name: list(value) for name, value in found.items()} == {"W": [1, 2], "u": [5]}
    assert {value.dtype for value in found.values()} == {np.dtype(np.float64)}


def test_an_array_is_found_again_turned_reshaped_or_as_rows_of_another():
    square, row = np.array([[1, 2], [3, 4]]), np.array([[1, 2, 3]])
    assert studied_pass._shaped_like(row, row) is None
    assert studied_pass._shaped_like(row, np.array([[1], [2]])) is None
    assert studied_pass._shaped_like(row, np.array([[3], [2], [1]])) is None
    for wanted in (row.T, np.array([1, 2, 3])):
        turn = studied_pass._shaped_like(row, wanted)
        np.testing.assert_array_equal(turn(10 * row), 10 * wanted)
    rows = np.array([[1, 2], [1, 3], [1, 2], [2, 2]])
    assert studied_pass._rows_like(rows, np.array([1, 2])) == (0, 2)
    assert studied_pass._rows_like(rows, np.array([1, 4])) == ()
    assert studied_pass._rows_like(rows, np.array([[1, 2]])) == ()
    assert studied_pass._rows_like(np.array([4, 5, 4]), 4) == (0, 2)
    assert studied_pass._rows_like(4, 4) == ()
    assert studied_pass._content(square) == studied_pass._content(square.astype(float))
    assert studied_pass._content(square) != studied_pass._content(square.ravel())


def test_a_state_between_two_moves_real_numbers_alone():
    before = {"W": np.array([1.0, 3.0]), "n": 4, "k": 2.0, "i": np.array([1, 2])}
    drawn = {"W": np.array([3.0, 2.0]), "n": 8.0, "k": 6, "i": np.array([5, 6])}
    found = studied_pass._nearer(before, drawn, 0.25)
    np.testing.assert_array_equal(found["W"], [1.5, 2.75])
    assert (found["n"], found["k"], list(found["i"])) == (4, 2.0, [1, 2])


@pytest.mark.parametrize(
    ("pattern", "axis", "compares"),
    [
        ("sum(_0, axis=1)", 1, False),
        ("sum(_0, axis=(0, 2), keepdims=True)", (0, 2), False),
        ("sum(_0)", None, False),
        ("_0 + _1", None, False),
        ("_0 > _1", None, True),
    ],
)
def test_the_axis_of_a_reduction_is_read_from_its_pattern(pattern, axis, compares):
    assert studied_pass._axis_of(pattern) == axis
    assert studied_pass._is_comparison(pattern) is compares
    assert not studied_pass._is_comparison("")


@pytest.mark.parametrize(
    ("value", "is_nothing", "is_real"),
    [(0, True, False), (0.0, False, True), (1, False, False), (np.zeros(1, int), False, False)],
)
def test_a_whole_0_is_no_number_yet(value, is_nothing, is_real):
    assert bool(studied_pass._is_nothing(value)) is is_nothing
    assert studied_pass._is_real(value) is is_real
    assert [studied_pass._own_name(name) for name in ("x", "net.x:12", "a.b.c")] == ["x", "x", "c"]


@pytest.mark.parametrize(
    ("value", "after", "is_real"),
    [
        (0.0, MISSING, True),
        (0, MISSING, False),
        (0, 1, False),
        (0, 1.0, False),
        (0, 0.5, True),
        (0, np.array([1.0, 0.5]), True),
        (np.array([0]), np.array([0.5]), False),
        (np.array([0.0]), np.array([1.0]), True),
    ],
)
def test_a_weight_that_begins_as_a_whole_number_is_real_if_its_update_has_a_fraction(value, after, is_real):
    study = SimpleNamespace(actual=[after], graph=SimpleNamespace(current={"w": 0}))
    assert studied_pass.StudiedPass._is_real(study, "w", value) is is_real


def test_many_numbers_are_compared_with_their_readers_only(monkeypatch):
    count, asked = 40, []
    plain = studied_pass.negated
    monkeypatch.setattr(studied_pass, "negated", lambda graph, at: asked.append(at) or plain(graph, at))
    lines = [f"e{at} = w * x{at} - t{at}" for at in range(count)]
    total = " + ".join(f"e{at} * x{at}" for at in range(count))
    initial = {f"{kind}{at}": 0.1 * at + 0.3 for kind in "xt" for at in range(count)} | {"w": 0.5}
    study_pass(training_pass("\n".join([*lines, f"dw = {total}", "w = w - 0.01 * dw"]), initial))
    assert 0 < len(asked) < 20 * count


def test_equal_operations_are_differentiated_once(monkeypatch):
    count, derived = 30, []
    plain = backward.derive
    monkeypatch.setattr(backward, "derive", lambda *given: derived.append(given) or plain(*given))
    backward._handed_back.cache_clear()
    steps = [f"h{at + 1} = np.tanh(h{at} @ w) + 0.1" for at in range(count)]
    initial = {"h0": np.ones(2), "w": np.eye(2)}
    training = training_pass("\n".join([*steps, f"loss = np.sum(h{count}**2)", "w = w - loss"]), initial)
    values = (graph := Graph(training.equations, initial)).evaluate(initial)
    found = backward.Backward(graph, [graph.current["loss"]], [graph.inputs["w"]], values)
    gradient = found.gradients(values, {graph.current["loss"]: 1.0})[graph.inputs["w"]]

    def loss(w):
        h = np.ones(2)
        for _ in range(count):
            h = np.tanh(h @ w) + 0.1
        return np.sum(h**2)

    numeric = [
        [(loss(np.eye(2) + each) - loss(np.eye(2) - each)) / 2e-6 for each in row]
        for row in 1e-6 * np.eye(4).reshape(2, 2, 2, 2)
    ]
    assert np.allclose(gradient, numeric, rtol=1e-5, atol=1e-6)
    assert len(derived) < 12
