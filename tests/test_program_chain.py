"""Which forward passes are chains of layers, and the positions of their tensors in the diagram of units."""

from pathlib import Path

import pytest
from network_files import write

from bpstep.lang.activations import ACTIVATIONS
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network
from bpstep.program.chain import distinct_shapes
from bpstep.program.derive import derive_program
from bpstep.program.diagram import Edge, LayoutKind, Node
from bpstep.program.sample_tensors import find_sample_tensors

PROGRAMS = Path(__file__).parent / "programs"

CHAINS = {
    "batchnorm_mlp": [
        ["X"],
        ["B1", "net_1", "mu", "var", "xhat", "gamma", "beta", "bn", "H"],
        ["B2", "net_2", "Y"],
    ],
    "dice": [["X"], ["W", "P"]],
    "dropout_mlp": [["X"], ["B1", "net_1", "H", "D"], ["B2", "net_2", "Y"]],
    "huber_l1": [["X"], ["B1", "net_1", "H"], ["Y"]],
    "l2_mlp": [["X"], ["B1", "net_1", "H"], ["B2", "Y"]],
    "layernorm_mlp": [["X"], ["B1", "net_1", "mu", "var", "xhat", "gamma", "beta", "ln", "H"], ["B2", "Y"]],
    "nested_softmax": [["X"], ["A"], ["B"]],
    "softmax_ce_unfused": [
        ["X"],
        ["B1", "net_1", "H"],
        ["B2", "logits", "biggest", "shifted", "counts", "total", "P", "logP"],
    ],
}


def diagram_of(name):
    return derive_program(builtin.open_network(str(PROGRAMS / f"{name}.toml"))).diagram


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_has_a_column_a_layer_with_all_that_stands_in_it(name):
    weights = {layer.weights for layer in diagram_of(name).layers}
    wanted = [[part for part in column if part not in weights] for column in CHAINS[name]]
    assert [list(layer.labels) for layer in diagram_of(name).layers] == wanted


@pytest.mark.parametrize(
    "name", ["attention", "residual_mlp", "rnn_3", "autoencoder_tied", "conv2d_maxpool", "highway", "maxout"]
)
def test_what_is_no_chain_has_no_columns(name):
    assert diagram_of(name) is None


@pytest.mark.parametrize(
    "name", ["batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder"]
)
def test_of_the_built_in_networks_by_forward_pass_the_normalised_one_is_a_chain(name):
    assert (derive_program(builtin.open_network(name)).diagram is not None) == (name == "batchnorm")


CHAIN = """learning_rate = 0.1
[data]
X = [[0.1, 0.2], [0.3, -0.4]]
t = [[1.0, 0.0], [0.0, 1.0]]
[constants]
keep = {keep}
[parameters]
W = {{ shape = [2, 2], init = "normal" }}
gamma = {{ shape = [1, 2], init = "ones" }}
V = {{ shape = [2, 2], init = "normal" }}
[program]
forward = \"\"\"
{lines}
\"\"\"
"""
LINES = {
    "Z": "X @ W",
    "m": "mean(Z, axis=0)",
    "s": "mean(Z, axis=1)",
    "H": "tanh(gamma * (Z - m) + s[:, None])",
    "Y": "softmax(H @ V)",
    "E": "sum((Y - t)**2)",
}


def chain(tmp_path, keep="[1.0, 2.0]", **changed):
    lines = "\n".join(f"{name} = {source}" for name, source in {**LINES, **changed}.items())
    return derive_program(read_network(write(tmp_path, CHAIN.format(keep=keep, lines=lines))))


def test_samples_and_units_are_told_apart_where_there_are_as_many(tmp_path):
    """m has a number for each unit, s one for each sample; both are two numbers."""
    program = chain(tmp_path)
    kinds = {name: layout.kind for name, layout in program.picture_layouts.items()}
    assert kinds["m"] == kinds["gamma"] == kinds["delta_m"] == kinds["delta_gamma"] == LayoutKind.BIAS
    assert kinds["s"] == kinds["delta_s"] == LayoutKind.NONE
    assert kinds["Z"] == kinds["delta_Z"] == kinds["H"] == LayoutKind.NODE
    assert (
        program.picture_layouts["V"].place_of((0, 1))
        == program.picture_layouts["delta_V"].place_of((0, 1))
        == Edge(2, 0, 1)
    )
    assert program.picture_layouts["H"].place_of((1, 0)) == Node(1, 0)
    assert program.diagram.label == "t"
    assert [layer.output for layer in program.diagram.layers] == ["X", "H", "Y"]


@pytest.mark.parametrize(
    "changed",
    [
        {"Y": "softmax(H @ V + Z)"},  # a residual connection
        {"Y": "softmax(Z @ V)", "E": "sum((Y - t)**2) + sum(H**2)"},  # H is beside the chain
        {"E": "sum((Y - t)**2) + sum(H**2)"},  # the loss reads a hidden layer
        {"Y": "softmax(H @ V @ W)"},
        {"Y": "softmax(H @ V.T)"},
        {"H": "tanh(Z.T * gamma.T).T + 0 * (m + s)"},
        {"H": "tanh(gamma * (Z - m) + s[:, None])[::-1]"},
        {  # three units without a product
            "Y": "softmax(H @ V)\nG = concatenate([Y, Y[:, 0:1]], axis=1)",
            "E": "sum((Y - t)**2) + sum(G)",
        },
    ],
)
def test_a_network_that_leaves_its_columns_is_no_chain(tmp_path, changed):
    assert chain(tmp_path, **changed).diagram is None


def repeated(count, first, rest):
    """Equations a0 to a(count - 1), each the double of the one before."""
    return "\n".join([rest, *(f"a{at} = {f'a{at - 1}' if at else first} * 2" for at in range(count))])


USUAL = [["X"], ["Z", "m", "s", "gamma", "H"], ["Y"]]
HIDDEN = "tanh(gamma * (Z - m) + s[:, None])"
SQUARES = "sum((Y - t)**2)"


@pytest.mark.parametrize(
    ("changed", "columns"),
    [
        # The product of the first layer: the data by a parameter, once, in this order.
        ({"Z": "tanh(X @ W)"}, USUAL),
        ({"Z": "X @ W + gamma"}, [["X"], ["gamma", "Z", "m", "s", "H"], ["Y"]]),
        ({"Z": "X @ W * keep"}, USUAL),
        ({"Z": "exp(X @ W) / X"}, USUAL),
        ({"Z": "X @ W + X @ V"}, None),
        ({"Z": "W @ X"}, None),
        ({"Z": "(2 * X) @ W"}, None),
        ({"Z": "X @ (2 * W)"}, None),
        ({"Z": "outer(X @ W, t)[:2, :2]"}, None),
        # Data of a number for each unit of each sample, as a mask; no parameter of that shape.
        ({"H": f"{HIDDEN} * t"}, USUAL),
        ({"H": f"{HIDDEN} * V"}, None),
        ({"H": f"{HIDDEN} * sum(V)"}, None),
        ({"Y": "softmax(H @ V) + gamma"}, [*USUAL[:2], ["gamma", "Y"]]),
        ({"Y": "softmax(H @ V) + keep * sum(gamma)"}, [*USUAL[:2], ["gamma", "Y"]]),
        # A number for each unit, or for each sample.
        ({"s": "mean(Z, axis=1, keepdims=True)", "H": "tanh(gamma * (Z - m) + s)"}, USUAL),
        ({"m": "mean(Z, axis=0, keepdims=True)"}, USUAL),
        ({"m": "sum(Z[:, None], axis=(0, 1))"}, USUAL),
        ({"m": "mean(Z)"}, None),
        ({"m": "Z[:, :1]"}, None),
        ({"m": "Z.T.T"}, None),
        ({"m": "Z[None]", "H": "tanh(gamma * (Z - m[0]) + s[:, None])"}, None),
        # Each column reads the one before, and no other.
        ({"Y": "Z @ V + 0 * sum(H)"}, None),
        ({"H": f"{HIDDEN}\nq = sum(gamma) * 2", "E": f"{SQUARES} * q"}, None),
        ({"Y": "H @ V\nE2 = sum(Y)\nK = X @ W", "E": "E2 + sum(K)"}, None),
        # At most twelve parts, and twelve equations after the last column.
        ({"H": repeated(8, "H", HIDDEN), "Y": "softmax(a7 @ V)"},
         [["X"], [*USUAL[1], *(f"a{at}" for at in range(8))], ["Y"]]),
        ({"H": repeated(9, "H", HIDDEN), "Y": "softmax(a8 @ V)"}, None),
        ({"Y": repeated(11, SQUARES, "softmax(H @ V)"), "E": "a10 + 1"}, USUAL),
        ({"Y": repeated(12, SQUARES, "softmax(H @ V)"), "E": "a11 + 1"}, None),
        ({"E": f"{SQUARES} + sum(W**2) + sum(gamma**2)"}, USUAL),
    ],
)  # fmt: skip
def test_what_belongs_to_a_column_is_read_from_shapes_and_operators(tmp_path, changed, columns):
    diagram = chain(tmp_path, **changed).diagram
    assert (diagram and [list(layer.labels) for layer in diagram.layers]) == columns


@pytest.mark.parametrize(
    ("changed", "label", "tail"),
    [
        ({}, "t", ["E"]),
        ({"Y": "softmax(H @ V)\nG = Y - t", "E": "sum(G**2)"}, "t", ["G", "E"]),
        ({"Y": "softmax(H @ V)\nG = Y[:, :1]", "E": f"{SQUARES} + sum(G)"}, "t", ["G", "E"]),
        (
            {"Y": "softmax(H @ V)\nG = Y[:, :1]\nQ = Y * 2", "E": "sum((Q - t)**2) + sum(G)"},
            "t",
            ["G", "Q", "E"],
        ),
        ({"E": "sum((Y - 1)**2)"}, "", ["E"]),
        ({"E": "sum((Y - X)**2)"}, "X", ["E"]),
    ],
)
def test_what_follows_the_last_column_reads_the_label(tmp_path, changed, label, tail):
    diagram = chain(tmp_path, **changed).diagram
    assert (diagram.label, list(diagram.tail)) == (label, tail)
    assert [(layer.output, layer.net) for layer in diagram.layers] == [("X", ""), ("H", "Z"), ("Y", "")]
    kinds = {name: layout.kind for name, layout in diagram.layouts.items()}
    assert kinds["t"] == (LayoutKind.LABEL if label == "t" else LayoutKind.NONE)
    assert (kinds["X"], kinds["E"], kinds["W"]) == (LayoutKind.NODE, LayoutKind.LOSS, LayoutKind.EDGE)
    assert [diagram.layouts[name].layer for name in ("X", "W", "H", "V", "Y", "E")] == [0, 1, 1, 2, 2, 2]


def test_a_constant_for_each_sample_and_unit_fits_one_batch_only(tmp_path):
    keep = "[[1.0, 2.0], [3.0, 4.0]]"
    assert chain(tmp_path, keep=keep, H=f"{HIDDEN} * keep").diagram is None


def test_another_right_hand_side_keeps_the_picture(tmp_path):
    program = chain(tmp_path)
    assert program.with_equation("delta_Y", "2 * (t - Y)").diagram == program.diagram


@pytest.mark.parametrize("function", [*ACTIVATIONS, "gelu"])
def test_a_chain_may_have_any_activation(tmp_path, function):
    diagram = chain(tmp_path, H=f"{function}(gamma * (Z - m) + s[:, None])").diagram
    assert [layer.output for layer in diagram.layers] == ["X", "H", "Y"]


@pytest.mark.parametrize(
    ("inputs", "weights", "count"),
    [
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "0.5", 4),
        ([[1.0, 2.0], [3.0, 4.0]], "[0.5, 0.25, 0.5, 0.25, 0.5]", 6),
        ([[1.0], [2.0], [3.0]], "[0.5, 0.25]", 4),
    ],
)
def test_samples_are_counted_as_no_axis_of_the_data_or_of_a_parameter_is(tmp_path, inputs, weights, count):
    text = f"""learning_rate = 0.1
[data]
X = {inputs}
[parameters]
w = {weights}
[program]
forward = '''
s = sum(X, axis=1)
E = sum(s**2) + sum(w**2)
'''
"""
    shapes = distinct_shapes(derive_program(read_network(write(tmp_path, text))))
    assert (shapes["X"], shapes["s"], shapes["E"]) == ((count, len(inputs[0])), (count,), ())


PAIR = """learning_rate = 0.1
[data]
X = [[1.0, 2.0], [3.0, 4.0]]
{data}
[parameters]
W = {W}
[program]
forward = '''
{forward}
'''
"""
COLUMN, SQUARE, T = "[[0.1], [0.2]]", "[[0.1, 0.2], [0.3, 0.4]]", "t = [[1.0], [0.0]]"
LAYER = "H = tanh(X @ W)"


@pytest.mark.parametrize(
    ("W", "data", "forward", "ends"),
    [
        (COLUMN, T, f"{LAYER}\nE = sum((H - t)**2)", ("X", "H", "t", ())),
        # The last tensor that only the inputs reach.
        (COLUMN, T, f"{LAYER}\nG = H + t\nE = sum((G - H)**2 + H)", ("X", "H", "t", ())),
        (SQUARE, "", f"{LAYER}\nE = sum((H - X)**2)", ("X", "H", "X", ())),
        (COLUMN, T, f"m = mean(X, axis=0)\nZ = X - m\n{LAYER.replace('X', 'Z')}\nE = sum((H - t)**2)",
         ("X", "H", "t", ("m",))),
        (COLUMN, T, "H = tanh((X - mean(X, axis=0)) @ W)\nE = sum((H - t)**2)", None),
        (SQUARE, "t = [0, 1]", "P = softmax(X @ W)\nE = -mean(log(P)[arange(size(X, 0)), t])",
         ("X", "P", "t", ())),
        # Two possible labels, or none.
        (COLUMN, f"{T}\nu = [[1.0], [0.0]]", f"{LAYER}\nE = sum((H - t - u)**2)", None),
        (COLUMN, "", f"{LAYER}\nE = sum(H**2)", None),
        # One number for each sample is the label of a single output.
        (COLUMN, "t = [1.0, 0.0]", f"{LAYER}\nE = sum((H[:, 0] - t)**2)", ("X", "H", "t", ())),
        (SQUARE, "t = [1.0, 0.0]", f"{LAYER}\nE = sum((H[:, 0] - t)**2)", None),
    ],
)  # fmt: skip
def test_where_samples_enter_and_answers_come_out_of_a_forward_pass(tmp_path, W, data, forward, ends):
    made = read_network(write(tmp_path, PAIR.format(W=W, data=data, forward=forward)))
    found = find_sample_tensors(made, derive_program(made))
    assert (found and (found.inputs, found.outputs, found.labels, found.batch)) == ends
