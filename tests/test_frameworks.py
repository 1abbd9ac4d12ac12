"""Models in memory without a framework: lists of arrays, and the text of a forward pass."""

import asyncio
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bpstep
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session

X = np.array([[0.5, -1.0], [1.0, 2.0], [0.0, 1.0]])
W1, b1 = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([0.1, -0.1, 0.0])
W2, b2 = np.array([[0.3], [-0.2], [0.1]]), np.array([0.05])
TEXT = "H = tanh(X @ W + b)\nE = mean((t - H)**2)"
ARRAYS = {"X": X, "t": np.ones((3, 3)), "W": W1, "b": b1}


@pytest.mark.parametrize(
    "model", [[(W1, b1), (W2, b2)], [W1, b1, W2, b2], ((W1, b1), (W2, b2))], ids=["pairs", "flat", "tuples"]
)
def test_a_list_of_weights_and_biases_is_a_network(model):
    rule = {"optimizer": "momentum", "momentum": 0.5}
    made = bpstep.network(model, X, [0, 1, 1], loss="binary_cross_entropy", activation="tanh", **rule)
    session = Session(made)
    session.goto("Y")
    wanted = 1 / (1 + np.exp(-(np.tanh(X @ W1 + b1) @ W2 + b2)))
    np.testing.assert_allclose(session.frame.tensors["Y"], wanted, rtol=1e-14)
    assert made.optimizer_options == {"momentum": 0.5}
    assert made.reduction == "mean"
    assert made.warnings == ()


def test_weights_alone_have_no_biases():
    made = bpstep.network([W1, W2], X, [1.0, 2.0, 3.0], loss="squared_error")
    assert [layer.bias for layer in made.layers] == [None, None]
    assert [layer.activation for layer in made.layers] == ["relu", "identity"]


def test_labels_may_be_words():
    made = bpstep.network([W1], X, ["b", "a", "c"], loss="cross_entropy")
    assert made.label_names == ("a", "b", "c")
    assert made.layers[0].activation == "softmax"


def test_a_missing_loss_is_told_in_the_words_of_the_call():
    with pytest.raises(bpstep.BpstepError, match=r"^loss is missing; expected one of half_squared_error, "):
        bpstep.network([W1], X, ["b", "a", "c"])


def test_the_text_of_a_forward_pass_reads_a_dictionary_of_arrays():
    made = bpstep.network(TEXT, ARRAYS, parameters=["W", "b"], learning_rate=0.5)
    session = Session(made)
    session.goto("i1")
    h = np.tanh(X @ W1 + b1)
    delta = 2 * (h - 1) / 9 * (1 - h**2)
    np.testing.assert_allclose(session.frame.tensors["W"], W1 - 0.5 * X.T @ delta, rtol=1e-13)


def test_check_returns_the_report_or_fails_with_it():
    assert bpstep.check(TEXT, ARRAYS, parameters=["W", "b"]).ok
    made = bpstep.network(TEXT, ARRAYS, parameters=["W", "b"])
    lines = {step.name: step.source for step in Session(made).program.steps}
    wrong = replace(made, program={"delta_W": f"-({lines['delta_W']})"})
    with pytest.raises(AssertionError, match="delta_W"):
        bpstep.check(wrong)


def test_labels_may_be_truth_values():
    made = bpstep.network(model_of_arrays(1), X, np.array([True, False, True]), loss="binary_cross_entropy")
    assert made.labels.tolist() == [[1], [0], [1]]


def model_of_arrays(units):
    return [(np.ones((2, units)), np.zeros(units))]


def test_weights_may_have_a_row_for_each_unit():
    rows = [(W1.T, b1), (W2.T, b2)]
    made = bpstep.network(rows, X, [0, 1, 1], loss="binary_cross_entropy", weights_layout="units, inputs")
    assert all(np.array_equal(layer.weights, W) for layer, W in zip(made.layers, (W1, W2)))


def test_samples_to_test_on_are_options():
    given = {"test_inputs": np.array([[5.0, 6.0]]), "test_labels": np.array([True])}
    made = bpstep.network(model_of_arrays(1), X, [0, 1, 1], loss="binary_cross_entropy", **given)
    assert made.held_out.inputs.tolist() == [[5, 6]]
    assert made.held_out.labels.tolist() == [[1]]
    drawn = bpstep.network(model_of_arrays(1), X, [0, 1, 1], loss="binary_cross_entropy", test=0.3)
    assert (drawn.samples, len(drawn.held_out.inputs)) == (2, 1)


class Columns:
    """What pandas returns: an array with names."""

    columns = ("weight", "height")

    def __array__(self, dtype=None, copy=None):
        return np.array(X, dtype=dtype)


def test_names_of_columns_are_those_of_the_inputs():
    made = bpstep.network(model_of_arrays(1), Columns(), [0, 1, 1], loss="binary_cross_entropy")
    assert made.input_names == ("weight", "height")
    assert bpstep.network(model_of_arrays(1), X, [0, 1, 1], loss="squared_error").input_names == ()


def test_a_file_or_a_name_stands_for_its_network(tmp_path):
    assert bpstep.network("xor").name == "xor"
    made = bpstep.network("mazur")
    assert bpstep.network(made) is made
    path = tmp_path / "net.toml"
    path.write_text(network_text(made), encoding="utf-8")
    assert bpstep.network(path).name == bpstep.network(str(path)).name == "net"
    assert bpstep.check(path).ok
    with pytest.raises(
        bpstep.BpstepError, match="xor is a network of its own; expected no data and no options"
    ):
        bpstep.network("xor", learning_rate=0.5)
    with pytest.raises(bpstep.BpstepError, match="no network or file is called"):
        bpstep.network("no such network")


def test_an_array_may_hold_truth_values_and_a_single_parameter_needs_no_list():
    arrays = {"X": X, "m": np.array([[True], [False], [True]]), "W": W1}
    made = bpstep.network("E = mean((X @ W)**2 * m)", arrays, parameters="W")
    assert made.data["m"].tolist() == [[1], [0], [1]]
    assert made.size_text == "1 forward equation"


@pytest.mark.parametrize(
    "model",
    [
        [(W1, b1[None]), (W2, b2[None])],
        [(W1, b1[:, None]), (W2, b2[:, None])],
        [[W1, b1[None]], [W2, b2]],
        [W1, b1[None], W2, b2],
        [W1.T, b1[:, None], W2.T, b2],
    ],
)
def test_a_bias_may_be_a_row_or_a_column(model):
    layout = {"weights_layout": "units, inputs"} if getattr(model[0], "shape", ()) == W1.T.shape else {}
    made = bpstep.network(model, X, [0, 1, 1], loss="binary_cross_entropy", **layout)
    for layer, weights, bias in zip(made.layers, (W1, W2), (b1, b2), strict=True):
        assert np.array_equal(layer.weights, weights)
        assert np.array_equal(layer.bias, bias)


def test_none_is_no_bias():
    made = bpstep.network([(W1, None), (W2, b2)], X, [0, 1, 1], loss="binary_cross_entropy")
    assert [layer.bias is None for layer in made.layers] == [True, False]


REFUSED = {
    "a list of arrays": ((TEXT, [X]), {"parameters": ["W"]}, "expected a dictionary of arrays"),
    "rows of other lengths": (
        (TEXT, {"X": [[1], [1, 2]]}),
        {"parameters": ["X"]},
        "X cannot be read as numbers",
    ),
    "labels of other lengths": (([W1], X, [[1], [1, 2], 3]), {}, "y cannot be read as numbers"),
    "no parameters": ((TEXT, ARRAYS), {}, "no array is learned; name those that are, like parameters="),
    "a layout": (([W1], X, [0, 1, 2]), {"weights_layout": "units"}, 'expected "inputs, units" or "units'),
    "an object as loss": (
        ([W1], X, [0, 1, 2]),
        {"loss": object()},
        "loss is an object of type object; expected",
    ),
    "a class": ((dict, X, [1]), {}, "dict is a class; expected an instance of it, like dict()"),
    "a rate of PyTorch": (([W1], X, [0, 1, 2]), {"lr": 0.1}, 'unknown key "lr"; the key is learning_rate'),
    "constants of PyTorch": (
        ([W1], X, [0, 1, 2]),
        {"betas": (0.9, 0.99)},
        "the constants are beta1 and beta2",
    ),
    "another type": ((3.5, X, [1]), {}, "a model of type float is not known"),
    "no data": (([W1],), {}, "expected the inputs and the labels"),
    "a wrong shape": (([W1, b1, W1], X, [0, 1, 1]), {}, "expected 3, one for each unit of the layer before"),
    "weights the other way round": (
        ([W1.T, b1], X, [0, 1, 1]),
        {},
        'the shape [3, 2], which fits 2 inputs the other way round: set weights_layout = "units, inputs"',
    ),
    "weights the right way round": (
        ([W1, b1], X, [0, 1, 1]),
        {"weights_layout": "units, inputs"},
        'the shape [2, 3], which fits 2 inputs the other way round: set weights_layout = "inputs, units"',
    ),
    "a bias first": (([b1], X, [0, 1, 1]), {}, "array 1 has 1 axes"),
    "a number in a layer": (
        ([(W1, b1), (W2, 1)], X, [0, 1, 1]),
        {},
        "layer 2 has an array of 0 axes in place 2",
    ),
    "a layer of three": (
        ([(W1, b1, 1)], X, [0, 1, 1]),
        {},
        "layer 1 has 3 parts; expected weights and a bias",
    ),
    "no samples": (([W1], np.ones((0, 2)), []), {}, "the inputs have no samples"),
    "a word for a number": (([W1], [["a", "b"]], [1]), {}, "X cannot be read as numbers"),
    "an unknown option": (([W1], X, [0, 1, 2]), {"epochs": 3}, "epochs"),
    "an unknown loss": (([W1], X, [0, 1, 2]), {"loss": "hinge"}, 'loss is "hinge"'),
    "an unknown parameter": ((TEXT, ARRAYS), {"parameters": ["V"]}, "parameters names V"),
    "an equation that does not hold": (("E = sum(X @ X)", ARRAYS), {"parameters": ["W"]}, "E"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_model_is_refused_in_one_line(case):
    given, options, message = REFUSED[case]
    loss = {} if isinstance(given[0], str) else {"loss": "cross_entropy"}
    with pytest.raises(bpstep.BpstepError) as caught:
        bpstep.network(*given, **{**loss, **options})
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_without_a_terminal_debug_says_so_in_one_line_and_no_framework_is_imported():
    program = (
        "import sys, bpstep\n"
        "made = bpstep.network([[[1.0]]], [[1.0]], [[2.0]], loss='squared_error')\n"
        "assert bpstep.debug(made) is None\n"
        "assert not {'torch', 'sklearn', 'textual'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("\n") == 1
    assert "bpstep.debug needs a terminal" in done.stderr


def test_inside_an_event_loop_debug_says_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr("bpstep.cli.start._has_terminal", lambda: True)
    made = bpstep.network([[[1.0]]], [[1.0]], [[2.0]], loss="squared_error")

    async def cell():
        bpstep.debug(made)

    asyncio.run(cell())
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "bpstep.debug cannot run inside asyncio's event loop" in told


def test_the_debugger_begins_with_the_warnings_of_the_network(monkeypatch):
    begun = []
    monkeypatch.setattr("bpstep.cli.debug_model.require_terminal", lambda refusal: None)
    monkeypatch.setattr(
        "bpstep.cli.debug_model.run_debugger", lambda *given, **more: begun.append(more["message"])
    )
    bpstep.debug(model_of_arrays(1), X, [[0.5], [2.0], [1.0]], loss="binary_cross_entropy")
    (told,) = begun
    assert told == "binary_cross_entropy expects labels from 0 to 1; labels[1,0] is 2."


def test_square_weights_whose_layout_is_not_said_are_warned_of_as_in_a_file():
    square = np.array([[0.1, 0.2], [0.3, 0.4]])
    options = {"loss": "squared_error"}
    made = bpstep.network([(square, np.zeros(2))], X[:, :2], X[:, :2], **options)
    assert "weights_layout" in " ".join(made.warnings)
    made = bpstep.network(
        [(square, np.zeros(2))], X[:, :2], X[:, :2], weights_layout="inputs, units", **options
    )
    assert made.warnings == ()
