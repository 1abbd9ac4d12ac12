"""What a network file means."""

import re
from pathlib import Path

import numpy as np
import pytest
from network_files import CONTRACT, LEAST, write

from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network
from bpstep.program import derive
from bpstep.session.session import Session


def test_the_contracts_own_file_means_what_it_says(tmp_path):
    network = read_network(write(tmp_path, CONTRACT))
    assert (network.name, network.title) == ("net", "Two inputs, three hidden, one output")
    assert (network.loss, network.reduction, network.optimizer) == ("half_squared_error", "sum", "sgd")
    assert (network.learning_rate, network.update_biases, network.update_order) == (0.01, False, "after")
    assert (network.derivation, network.batch_size, network.shuffle, network.seed) == ("rows", 0, False, 0)
    assert network.sizes == (2, 3, 1)
    assert network.inputs.tolist() == [[0.4, 0.5]]
    assert network.labels.tolist() == [[1.0]]
    first, second = network.layers
    assert first.weights.tolist() == [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]
    assert first.bias.tolist() == [0.1, 0.2, 0.3]
    assert (second.weights.tolist(), second.bias.tolist()) == ([[0.1], [0.2], [0.3]], [0.1])
    assert first.activation == second.activation == "sigmoid"
    assert network.program == {"delta_Y": "Y - labelY"}
    (expect,) = network.published_values
    assert (expect.at, expect.name, expect.value, expect.decimals) == ("i0:E", "E", 0.072303453, 9)
    assert (expect.source, expect.line) == ("where it is printed", 30)
    assert network.warnings == ()


def test_a_published_value_has_decimals_or_significant_digits(tmp_path):
    by_digits = CONTRACT.replace("decimals = 9", "digits = 8")
    assert by_digits != CONTRACT
    (expect,) = read_network(write(tmp_path, by_digits)).published_values
    assert (expect.decimals, expect.digits) == (None, 8)
    (expect,) = read_network(write(tmp_path, CONTRACT)).published_values
    assert (expect.decimals, expect.digits) == (9, None)


def test_what_is_left_out_has_the_contracts_defaults(tmp_path):
    network = read_network(write(tmp_path, LEAST))
    assert (network.title, network.reduction, network.optimizer) == ("", "sum", "sgd")
    assert (network.update_biases, network.update_order, network.derivation) == (True, "after", "matrix")
    assert (network.batch_size, network.shuffle, network.seed) == (0, False, 0)
    assert network.program == {}
    assert network.published_values == ()
    assert network.layers[0].weights.shape == (2, 3)
    assert network.layers[0].bias.tolist() == [0, 0, 0]


def test_the_default_of_a_key_is_written_once(monkeypatch, tmp_path):
    others = {
        "optimizer": "adam",
        "reduction": "mean",
        "seed": 7,
        "update_order": "immediate",
        "update_biases": False,
    }
    for name, other in others.items():
        monkeypatch.setattr(Network, name, other)
    network = read_network(write(tmp_path, LEAST))
    assert {name: getattr(network, name) for name in others} == others


def test_arrays_are_float64_and_cannot_be_written(tmp_path):
    network = read_network(write(tmp_path, LEAST))
    for array in (network.inputs, network.labels, network.layers[0].weights, network.layers[1].bias):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_bias_false_means_that_the_layer_has_none(tmp_path):
    network = read_network(write(tmp_path, LEAST.replace("units = 3", "units = 3\nbias = false")))
    assert network.layers[0].bias is None
    assert network.layers[1].bias is not None


@pytest.mark.parametrize(
    ("optimizer", "written", "options"),
    [
        ("sgd", "", {}),
        ("momentum", "", {"momentum": 0.9}),
        ("nesterov", "momentum = 0", {"momentum": 0}),
        ("rmsprop", "alpha = 0.5", {"alpha": 0.5, "epsilon": 1e-8}),
        ("adagrad", "", {"epsilon": 1e-10}),
        ("adam", "beta2 = 0.99\nepsilon = 1e-3", {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-3}),
    ],
)
def test_an_optimiser_has_its_options_and_defaults(tmp_path, optimizer, written, options):
    text = f'optimizer = "{optimizer}"\n{LEAST}\n[optimizer_options]\n{written}\n'
    assert read_network(write(tmp_path, text)).optimizer_options == options


def test_columns_come_from_a_csv_file_beside_it(tmp_path):
    (tmp_path / "points.csv").write_text("y,x2,x1\n0.5,2,1\n0.25,4,3\n")
    data = 'file = "points.csv"\ninputs = ["x1", "x2"]\nlabels = ["y"]\n'
    network = read_network(write(tmp_path, re.sub(r"inputs = .*\nlabels = .*\n", data, LEAST)))
    assert network.inputs.tolist() == [[1, 2], [3, 4]]
    assert network.labels.tolist() == [[0.5], [0.25]]


def test_inline_tables_and_windows_line_ends_mean_the_same(tmp_path):
    layers = (
        'layers = [{units = 3, activation = "tanh"}, {weights = [[1],[2],[3]], activation = "sigmoid"}]\r\n'
    )
    head = LEAST[: LEAST.index("\n[[layers]]")].replace("\n", "\r\n")
    network = read_network(write(tmp_path, layers + head))
    same = read_network(write(tmp_path, LEAST))
    assert all(np.array_equal(a.weights, b.weights) for a, b in zip(network.layers, same.layers))
    assert np.array_equal(network.inputs, same.inputs)


@pytest.mark.parametrize(
    ("loss", "activation", "label", "warned"),
    [
        ("cross_entropy", "tanh", 1, ["needs Y not below 0, but tanh gives -1 to 1"]),
        ("cross_entropy", "sigmoid", 1, []),
        ("cross_entropy", "sigmoid", 0.75, ["row 0 sums to 0.75"]),
        ("cross_entropy", "softmax", 1, ["A softmax over a single unit is always 1"]),
        ("cross_entropy", "relu", 1, []),
        ("cross_entropy", "identity", 1, ["identity gives any number"]),
        ("binary_cross_entropy", "relu", 1, ["needs Y from 0 to 1, but relu gives 0 and more"]),
        ("binary_cross_entropy", "sigmoid", 2, ["expects labels from 0 to 1; labels[0,0] is 2"]),
        ("binary_cross_entropy", "sigmoid", 0.75, ["meant for labels 0 and 1; labels[0,0] is 0.75"]),
        ("half_squared_error", "identity", 5, []),
        ("half_squared_error", "softmax", 1, ["A softmax over a single unit is always 1"]),
    ],
)
def test_a_loss_outside_its_domain_is_warned_of(tmp_path, loss, activation, label, warned):
    text = (
        LEAST.replace("half_squared_error", loss)
        .replace("sigmoid", activation)
        .replace("[0.5]", f"[{label}]")
        .replace("[0.25]", "[1]")
    )
    warnings = read_network(write(tmp_path, text)).warnings
    assert len(warnings) == len(warned)
    assert all(words in sentence for words, sentence in zip(warned, warnings))


@pytest.mark.parametrize("option", ['normalization = "layer"', "dropout = 0.5"])
def test_labels_that_can_hardly_be_meant_are_warned_of_beside_normalization_and_dropout(tmp_path, option):
    text = (
        'loss = "cross_entropy"\nlearning_rate = 0.1\n[data]\ninputs = [[1]]\nlabels = [[0.5, 0]]\n'
        f'[[layers]]\nunits = 2\nactivation = "tanh"\n{option}\n'
        '[[layers]]\nunits = 2\nactivation = "softmax"\n'
    )
    (told,) = read_network(write(tmp_path, text)).warnings
    assert told == "cross_entropy expects each row of labels to sum to 1; row 0 sums to 0.5."


def test_an_activation_that_is_replaced_without_its_slope_is_warned_of(tmp_path):
    def warned(program):
        return read_network(write(tmp_path, f"{LEAST}\n[program]\n{program}\n")).warnings

    (sentence,) = warned('H = "relu(net_1)"')
    assert sentence.startswith(
        "[program] gives H another activation, and delta_H_net1 keeps the slope of tanh"
    )
    assert not warned('H = "relu(net_1)"\ndelta_H_net1 = "where(net_1 > 0, 1, 0)"')
    assert not warned('delta_H_net1 = "where(net_1 > 0, 1, 0)"')
    assert not warned('H = "tanh(net_1)"')


def test_an_epsilon_of_0_is_allowed(tmp_path):
    text = f'optimizer = "adam"\n{LEAST}\n[optimizer_options]\nepsilon = 0\n'
    assert read_network(write(tmp_path, text)).optimizer_options["epsilon"] == 0


@pytest.mark.parametrize("name", ["article", "attention"])
def test_what_is_read_is_derived_once_for_the_check_of_the_file_and_for_its_sessions(name, monkeypatch):
    derived, real = [], derive._derive
    monkeypatch.setattr(derive, "_derive", lambda network: derived.append(network) or real(network))
    network = read_network(Path(builtin.__file__).parent / "networks" / f"{name}.toml")
    assert Session(network).program is derive.derive_program(network)
    assert len(derived) == 1
