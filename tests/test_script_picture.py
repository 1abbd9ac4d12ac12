"""A script whose network is a multilayer perceptron is drawn as units, however its author lays out arrays."""

import pytest

from bpstep.program.diagram import Edge, LayoutKind, Node
from bpstep.render.theme import Theme
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

ROWS = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([[1.0], [0.0], [1.0]])
W1 = np.array([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]])
b1 = np.array([[0.05, -0.15, 0.25]])
W2 = np.array([[0.8], [-0.5], [0.35]])
b2 = np.zeros((1, 1))
for epoch in range(5):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    loss = np.sum((A2 - Y) ** 2) / 2
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0, keepdims=True)
    dZ1 = dZ2 @ W2.T * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0, keepdims=True)
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
"""

COLUMNS = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]]).T
Y = np.array([[1.0, 0.0, 1.0]])
W1 = np.array([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]]).T
b1 = np.array([[0.05, -0.15, 0.25]]).T
W2 = np.array([[0.8, -0.5, 0.35]])
b2 = np.zeros((1, 1))
for epoch in range(5):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    loss = np.sum((A2 - Y) ** 2) / 2
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
"""

VECTOR = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([1.0, 0.0, 1.0])
W1 = np.array([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]])
b1 = np.array([0.05, -0.15, 0.25])
W2 = np.array([0.8, -0.5, 0.35])
b2 = 0.0
for epoch in range(5):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    loss = np.sum((A2 - Y) ** 2) / 2
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum()
    dZ1 = np.outer(dZ2, W2) * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0)
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
"""

ONE_SAMPLE = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([1.0, 0.0, 1.0])
W = np.array([[0.1, -0.4, 0.7], [0.3, 0.2, -0.6]]).T
v, c = np.array([0.8, -0.5, 0.35]), 0.0
for x, t in zip(X, Y):
    h = np.tanh(W @ x)
    z = v @ h + c
    o = 1 / (1 + np.exp(-z))
    d = (o - t) * o * (1 - o)
    dh = d * v * (1 - h ** 2)
    v -= 0.5 * d * h
    c -= 0.5 * d
    W -= 0.5 * np.outer(dh, x)
"""

SAMPLE_BY_SAMPLE = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25]])
Y = np.array([[1.0], [0.0]])
W = np.array([[0.1], [0.3]])
for epoch in range(5):
    dW = np.zeros((2, 1))
    for x, y in zip(X, Y):
        out = np.tanh(x @ W)
        dW += np.outer(x, (out - y) * (1 - out ** 2))
    W -= 0.5 * dW
"""

RECURRENT = """import numpy as np
xs, ys = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[1.0], [0.0]])
W, R, V = np.array([[0.1, 0.2], [0.3, -0.4]]), np.array([[0.5, 0.1], [-0.2, 0.3]]), np.array([[0.7], [0.2]])
for epoch in range(5):
    h, gV, gW = np.zeros(2), np.zeros((2, 1)), np.zeros((2, 2))
    for x, y in zip(xs, ys):
        h = np.tanh(x @ W + h @ R)
        out = h @ V
        gV += np.outer(h, out - y)
        gW += np.outer(x, (out - y) @ V.T * (1 - h ** 2))
    V -= 0.5 * gV
    W -= 0.5 * gW
"""


def person(folder, text, size=(80, 24)):
    path = folder / "own.py"
    path.write_text(text)
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = size
    made.draw()
    return made


def diagram_of(folder, text):
    return person(folder, text).session.program.diagram


def picture(made):
    """The pane of the network: the lines left of the tensors."""
    lines = made.draw().text().split("\n")[1:13]
    return [line[:38] for line in lines]


def test_samples_as_rows_that_the_first_layer_reads_as_columns_are_its_inputs(tmp_path):
    text = (
        COLUMNS.replace("2.0]]).T\nY", "2.0]])\nY")
        .replace("W1 @ X", "W1 @ X.T")
        .replace("dZ1 @ X.T", "dZ1 @ X")
    )
    found = diagram_of(tmp_path, text)
    assert found.sizes == (2, 3, 1)
    layouts = [(found.layouts[name].kind, found.layouts[name].samples_last) for name in ("X", "A1")]
    assert layouts == [(LayoutKind.NODE, False), (LayoutKind.NODE, True)]


def test_samples_as_rows_and_as_columns_give_the_same_picture_at_every_step(tmp_path):
    rows, columns = person(tmp_path, ROWS), person(tmp_path, COLUMNS)
    assert rows.session.program.diagram.sizes == columns.session.program.diagram.sizes == (2, 3, 1)
    for at in range(rows.session.period + 1):
        for made in (rows, columns):
            handle_key(made, "n")
        assert picture(rows) == picture(columns), at


def test_an_output_unit_without_an_axis_of_its_own_gives_the_same_picture(tmp_path):
    rows, vector = person(tmp_path, ROWS), person(tmp_path, VECTOR)
    assert vector.session.program.diagram.sizes == (2, 3, 1)
    for at in range(rows.session.period + 1):
        for made in (rows, vector):
            handle_key(made, "n")
        assert picture(rows) == picture(vector), at


def test_weights_as_a_vector_and_a_single_sample_are_units(tmp_path):
    made = person(tmp_path, ONE_SAMPLE)
    program = made.session.program
    layouts = program.diagram.layouts
    assert program.diagram.sizes == (2, 3, 1)
    for name in ("z", "o", "d"):
        assert layouts[name].kind == LayoutKind.NODE
        assert layouts[name].place_of(()) == Node(2, 0)
        assert layouts[name].index_of(Node(2, 0), 0) == ()
    assert layouts["c"].place_of(()) == Node(2, 0)
    assert layouts["v"].place_of((2,)) == Edge(2, 2, 0)
    for _ in range(len(program)):
        handle_key(made, "n")
        made.draw()
    made.session.goto("i0:o")
    output = f"{made.frame.tensors['o']:.4f}"
    assert any(line.rstrip().endswith(f" {output}") for line in picture(made))


def test_the_same_unit_and_edge_are_chosen_in_both_and_have_the_same_number_and_gradient(tmp_path):
    rows, columns = person(tmp_path, ROWS), person(tmp_path, COLUMNS)
    for made in (rows, columns):
        made.session.goto("i0:db1")
        for key in ("f2", "right", "down"):
            handle_key(made, key)
    names = [made.view.name for made in (rows, columns)]
    assert names[0] == names[1] == "W2"
    assert rows.view.index == columns.view.index[::-1]
    gradients = [made.draw().text().split("h2→y")[1].split("─")[0] for made in (rows, columns)]
    assert gradients[0] == gradients[1]
    assert "∂loss" in gradients[0]


def test_the_sample_that_is_shown_is_that_of_the_chosen_cell(tmp_path):
    for text, index in ((ROWS, (2, 1)), (COLUMNS, (1, 2))):
        made = person(tmp_path, text)
        made.session.goto("i0:A1")
        made.view = made.view.select("A1", index)
        value = made.session.frame.tensors["A1"][index]
        shown = made.draw().text()
        assert "sample 3/3" in shown
        assert any(f"{value:.4f}" in line for line in picture(made))


def test_every_tensor_stands_with_its_units_or_edges(tmp_path):
    for text, is_turned in ((ROWS, False), (COLUMNS, True)):
        diagram = diagram_of(tmp_path, text)
        places = {name: diagram.layouts[name] for name in ("X", "Z1", "dZ1", "dZ2", "Y", "b1", "db1", "dW1")}
        kinds = [(str(place.kind), place.layer) for place in places.values()]
        assert kinds == [
            *(("node", 0), ("node", 1), ("node", 1), ("node", 2)),
            *(("label", 2), ("bias", 1), ("bias", 1), ("edge", 1)),
        ]
        assert places["dZ1"].place_of((1, 2)) == Node(1, 1 if is_turned else 2)
        assert places["dW1"].place_of((1, 0)) == (Edge(1, 0, 1) if is_turned else Edge(1, 1, 0))
        assert [layer.net for layer in diagram.layers] == ["", "Z1", ""]
        assert diagram.label == "Y"
        assert diagram.layouts["loss"].kind is LayoutKind.LOSS


def test_a_layer_in_a_function_makes_no_difference(tmp_path):
    text = ROWS.replace("Z1 = X @ W1 + b1", "Z1 = dense(X, W1, b1)")
    functions = "def dense(inputs, weights, biases):\n    return inputs @ weights + biases\n"
    text = text.replace("for epoch", functions + "for epoch")
    assert diagram_of(tmp_path, text) == diagram_of(tmp_path, ROWS)


@pytest.mark.parametrize(
    "text",
    [
        RECURRENT,
        ROWS.replace("A1 = np.tanh(Z1)", "A1 = np.tanh(Z1) + X @ W1"),
        ROWS.replace("A1 @ W2 + b2", "A1 @ W2 + b2 + X[:, :1]"),
    ],
    ids=["recurrent", "weights used twice", "inputs at the output"],
)
def test_what_is_no_chain_of_layers_is_drawn_as_rails(text, tmp_path):
    made = person(tmp_path, text)
    assert made.session.program.diagram is None
    assert "network" in made.draw().text()


def test_a_pass_over_one_sample_after_the_other_shows_the_units_of_the_sample_at_hand(tmp_path):
    apart = "        d = (out - y) * (1 - out ** 2)\n        dW += np.outer(x, d)\n"
    text = SAMPLE_BY_SAMPLE.replace("        dW += np.outer(x, (out - y) * (1 - out ** 2))\n", apart)
    made = person(tmp_path, text)
    seen = {}
    for step in made.session.program.steps:
        made.session.goto(step.name)
        diagram = made.session.frame.program.diagram
        seen[step.name] = diagram.layers[0].output, diagram.layers[-1].output, diagram.label
    first, second = ("x:7:1", "out:8:1", "y:7:1"), ("x:7:2", "out:8:2", "y:7:2")
    assert [seen[name] for name in ("out:8:1", "d:9:1", "dW:10:1")] == [first] * 3
    assert [seen[name] for name in ("out:8:2", "d:9:2", "dW:10:2", "W")] == [second] * 4
    made.session.goto("out:8:2")
    assert "1.5000" in "".join(picture(made))
    made.session.step(-1)
    assert "0.5000" in "".join(picture(made))
