"""Networks that are given by their forward pass: the file, the program, the check, the way back to a file."""

import contextlib
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from network_files import write

from bpstep.engine.batches import batch_rows
from bpstep.errors import FileError
from bpstep.export.numpy_script import numpy_script
from bpstep.gradcheck import check_gradients
from bpstep.netfile.builtin import open_network
from bpstep.netfile.forward import equation_of_one_size
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.program.diagram import LayoutKind
from bpstep.session.as_network import network_at
from bpstep.session.session import Session

PROGRAMS = Path(__file__).parent / "programs"

OPEN = sorted(path.stem for path in PROGRAMS.glob("*.toml"))

BATCH_NORM = '''
learning_rate = 0.1

[data]
X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
labelY = [[0.0], [1.0], [1.0]]

[constants]
epsilon = 1e-5

[parameters]
W = [[0.1, -0.3, 0.5], [0.2, 0.4, -0.6]]
gamma = { shape = [3], init = "ones" }
V = { shape = [3, 1], init = "he_normal" }

[program]
forward = """
net_1 = X @ W
mu = mean(net_1, axis=0, keepdims=True)
var = mean((net_1 - mu)**2, axis=0, keepdims=True)
xhat = (net_1 - mu) / sqrt(var + epsilon)
H = relu(gamma * xhat)
Y = sigmoid(H @ V)
E = mean(1/2 * (labelY - Y)**2)
"""
'''


def made(tmp_path, text=BATCH_NORM, **changes):
    """The network of a text with some parts replaced."""
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return read_network(write(tmp_path, text))


def at_end(network, iterations=1):
    session = Session(network)
    session.step(session.period * iterations)
    return session


def by_hand(tensors, learning_rate=0.1):
    """One iteration of the batch normalisation above, from the chain rule written out for this case."""
    X, labels, W, gamma, V = (tensors[name] for name in ("X", "labelY", "W", "gamma", "V"))
    net = X @ W
    count = len(X)
    deviation = np.sqrt(net.var(axis=0) + 1e-5)
    xhat = (net - net.mean(axis=0)) / deviation
    scaled = gamma * xhat
    Y = 1 / (1 + np.exp(-(np.maximum(scaled, 0) @ V)))
    delta = (Y - labels) / labels.size * Y * (1 - Y)
    back = (delta @ V.T) * (scaled > 0)
    dxhat = back * gamma
    # Ioffe & Szegedy 2015, simplified: the mean and the part along xhat are taken off.
    dnet = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / deviation
    assert count == 3
    return {
        "W": W - learning_rate * X.T @ dnet,
        "gamma": gamma - learning_rate * (back * xhat).sum(axis=0),
        "V": V - learning_rate * np.maximum(scaled, 0).T @ delta,
    }


def test_batch_normalisation_learns_as_the_published_formula_says(tmp_path):
    network = made(tmp_path)
    session = Session(network)
    expected = by_hand(session.frame.tensors)
    session.step(session.period)
    for name, value in expected.items():
        assert np.allclose(session.frame.tensors[name], value, rtol=1e-12, atol=1e-15), name


@pytest.mark.parametrize("name", OPEN)
def test_every_gradient_and_every_equation_of_a_known_program_agrees(name):
    report = check_gradients(Session(open_network(str(PROGRAMS / f"{name}.toml"))))
    assert report.ok
    assert report.wrong_equations == ()


@pytest.mark.parametrize("name", OPEN)
def test_the_exported_script_gives_the_same_parameters_bit_for_bit(name):
    session = at_end(open_network(str(PROGRAMS / f"{name}.toml")), 3)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        exec("\n".join(numpy_script(session, 3)), {"__name__": "script"})
    found = json.loads(printed.getvalue().splitlines()[-1])
    assert list(found) == list(session.program.parameters)
    for parameter, value in found.items():
        assert np.array_equal(np.array(value, dtype=float), session.frame.tensors[parameter], equal_nan=True)


@pytest.mark.parametrize("name", OPEN)
def test_a_long_jump_gives_the_bits_of_single_steps(name):
    network = open_network(str(PROGRAMS / f"{name}.toml"))
    jumped, stepped = at_end(network, 4), Session(network)
    for _ in range(4 * stepped.period):
        stepped.step(1)
    for parameter in network.forward.parameters:
        assert np.array_equal(
            jumped.frame.tensors[parameter], stepped.frame.tensors[parameter], equal_nan=True
        )


MISTAKES = {
    "delta_mu_via_xhat": "sum(delta_xhat, axis=0, keepdims=True) / sqrt(var + epsilon)",
    "delta_gamma": "sum(delta_H, axis=0)",
    "delta_V": "2 * (H.T @ delta_netY)",
    "delta_H": "delta_netY @ V.T / 3",
    "delta_var": "-sum(delta_xhat * xhat, axis=0, keepdims=True) / (var + epsilon)",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_equation_is_named_and_those_that_follow_are_not(tmp_path, name):
    assert name in Session(made(tmp_path)).program.step_indices
    broken = made(tmp_path, BATCH_NORM + f'{name} = "{MISTAKES[name]}"\n')
    assert [each.name for each in check_gradients(Session(broken)).wrong_equations] == [name]


def test_two_wrong_equations_are_both_named(tmp_path):
    both = "".join(f'{name} = "{MISTAKES[name]}"\n' for name in ("delta_V", "delta_var"))
    report = check_gradients(Session(made(tmp_path, BATCH_NORM + both)))
    assert [each.name for each in report.wrong_equations] == ["delta_V", "delta_var"]


def test_a_contribution_that_is_always_0_may_be_left_out(tmp_path):
    """The deviations from a mean add up to 0, so nothing comes back to it through the variance."""
    shorter = made(tmp_path, BATCH_NORM + 'delta_mu = "delta_mu_via_xhat"\n')
    assert check_gradients(Session(shorter)).wrong_equations == ()


def test_minibatches_draw_rows_of_all_data(tmp_path):
    network = made(
        tmp_path, rate=("learning_rate = 0.1", "learning_rate = 0.1\nbatch_size = 2\nshuffle = true")
    )
    session = Session(network)
    for iteration in range(6):
        session.goto(iteration * session.period + 1)
        rows = batch_rows(3, 2, True, 0, iteration)
        for name in ("X", "labelY"):
            assert np.array_equal(session.frame.tensors[name], network.data[name][rows])


def test_whole_numbers_stay_whole_only_where_they_index(tmp_path):
    network = made(tmp_path, labels=("labelY = [[0.0], [1.0], [1.0]]", "labelY = [[0], [1], [1]]"))
    assert network.data["labelY"].dtype == np.float64


@pytest.mark.parametrize("header", ["a,b,c\n", ""])
def test_data_may_stand_in_columns_of_a_csv_file(tmp_path, header):
    (tmp_path / "points.csv").write_text(f"{header}0.1,0.2,0\n0.3,-0.4,1\n0.5,0.6,1\n")
    keys, columns = ("", "abc") if header else ("header = false\n", ("c1", "c2", "c3"))
    there = made(
        tmp_path,
        x=(
            "X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]",
            f'file = "points.csv"\n{keys}X = ["{columns[0]}", "{columns[1]}"]',
        ),
        y=("labelY = [[0.0], [1.0], [1.0]]", f'labelY = ["{columns[2]}"]'),
    )
    here = made(tmp_path)
    for name in ("X", "labelY"):
        assert np.array_equal(there.data[name], here.data[name])


@pytest.mark.parametrize(
    ("columns", "index", "shape"),
    [('["c"]', "labelY[:, 0]", (3, 1)), ('"c"', "labelY", (3,)), ('["c", "a"]', "labelY[:, 0]", (3, 2))],
)
def test_whole_numbers_of_a_csv_file_stay_whole_where_they_index(tmp_path, columns, index, shape):
    """A column that is named without brackets is a vector there."""
    (tmp_path / "points.csv").write_text("a,b,c\n1,0.2,0\n0,-0.4,1\n2,0.6,1\n")
    network = made(
        tmp_path,
        x=("X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]", 'file = "points.csv"\nX = ["a", "b"]'),
        y=("labelY = [[0.0], [1.0], [1.0]]", f"labelY = {columns}"),
        loss=("mean(1/2 * (labelY - Y)**2)", f"sum(Y * H[arange(3), {index}][:, None])"),
    )
    labels = network.data["labelY"]
    assert labels.dtype == np.int64
    assert labels.shape == shape
    assert check_gradients(Session(network)).ok
    (tmp_path / "points.csv").write_text("a,b,c\n1,0.2,0\n0,-0.4,1.5\n2,0.6,1\n")
    with pytest.raises(
        FileError, match=r"labelY is an index here; expected whole numbers in labelY, got 1\.5"
    ):
        read_network(network.path)


def test_words_are_no_class_numbers(tmp_path):
    words = ("labelY = [[0.0], [1.0], [1.0]]", 'labelY = ["cat", "dog", "dog"]')
    loss = ("mean(1/2 * (labelY - Y)**2)", "sum(Y * H[arange(3), labelY][:, None])")
    with pytest.raises(
        FileError, match='labelY is an index here; expected whole numbers in labelY, got "cat"'
    ):
        made(tmp_path, words=words, loss=loss)


@pytest.mark.parametrize("name", OPEN)
def test_what_is_written_is_read_back_bit_for_bit(name, tmp_path):
    network = open_network(str(PROGRAMS / f"{name}.toml"))
    again = read_network(write(tmp_path, network_text(network)))
    assert again.forward.equations == network.forward.equations
    for part in ("data", "constants", "parameters"):
        before, after = getattr(network.forward, part), getattr(again.forward, part)
        assert list(before) == list(after)
        for key, value in before.items():
            assert np.array_equal(value, after[key])
            assert np.asarray(value).dtype == np.asarray(after[key]).dtype


def test_an_edited_start_is_saved(tmp_path):
    session = Session(made(tmp_path))
    session.edit("gamma", (1,), 4.0)
    session.edit("X", (2, 0), 9.0)
    saved = network_at(session).forward
    assert saved.parameters["gamma"][1] == 4.0
    assert saved.data["X"][2, 0] == 9.0


WRONG = [
    (
        ("H = relu(gamma * xhat)", "H = relu(gama * xhat)"),
        22,
        "did you mean gamma",
    ),
    (("Y = sigmoid(H @ V)", "Y = sigmoid(V @ H)"), 23, "Y: V @ H"),
    (("E = mean(1/2 * (labelY - Y)**2)", "E = (labelY - Y)**2"), 24, "E: the loss has the shape 3×1"),
    (("gamma * xhat", "xhat"), 24, "E: the loss does not depend on gamma"),
    (("sigmoid(H @ V)", "open(H)"), 23, "Y: open is not a function here"),
    (("H = relu(gamma * xhat)", "mu = relu(gamma * xhat)"), 22, "mu: this name is written twice"),
    (("H = relu(gamma * xhat)", "H += relu(gamma * xhat)"), 22, "expected an equation with ="),
    (("H = relu(gamma * xhat)", "H = relu(gamma * xhat"), 22, "column 9: ( is not closed"),
    (
        ("labelY = [[0.0], [1.0], [1.0]]", "labelY = [[0.0], [1.0]]"),
        6,
        "labelY has 2 rows; expected 3",
    ),
    (("epsilon = 1e-5", "epsilon = [1, [2]]"), 9, "epsilon has lists of different lengths"),
    (("epsilon = 1e-5", 'epsilon = "small"'), 9, 'epsilon: "small" is not a finite number'),
    (
        ('gamma = { shape = [3], init = "ones" }', 'gamma = "ones"'),
        13,
        'gamma: "ones" is not a finite number; numbers are drawn by { shape = [2, 3], init = "ones" }',
    ),
    (("epsilon = 1e-5", "W = 1e-5"), 12, "W names two tensors"),
    (("epsilon = 1e-5", '"\u03b5" = 1e-5'), 9, "\u03b5 "),
    (("epsilon = 1e-5", '"1st" = 1e-5'), 9, "1st "),
    (("epsilon = 1e-5", "learning_rate = 1e-5"), 9, "learning_rate is a number of the optimiser"),
    (('init = "ones"', 'init = "one"'), 13, 'init is "one"'),
    (("shape = [3, 1]", "shape = [3, 0]"), 14, "shape is"),
    (("shape = [3, 1]", "shape = [100000, 100000]"), 14, "100000×100000 has more than"),
    (
        ("learning_rate = 0.1", 'learning_rate = 0.1\nloss = "cross_entropy"'),
        3,
        "[program] forward gives the layers",
    ),
    (
        ("epsilon = 1e-5", "epsilon = 1e-5\nexp = 1"),
        24,
        "Y: exp is a tensor here, and this is computed with the function exp; give the tensor another name",
    ),
    (("forward = ", "foward = "), 17, '"foward"; did you mean "forward"?'),
    (("forward = ", "Y = "), 16, "[program] forward is missing"),
    (
        ("learning_rate = 0.1", 'learning_rate = 0.1\noptimizer = "adam"'),
        10,
        "epsilon is a number of the optimiser",
    ),
]


@pytest.mark.parametrize(("change", "line", "said"), WRONG, ids=lambda value: None)
def test_what_does_not_hold_is_told_with_its_line(tmp_path, change, line, said):
    with pytest.raises(FileError) as caught:
        made(tmp_path, change=change)
    assert f":{line}: " in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


DOTS = """learning_rate = 0.1
[data]
X = [[0.1, 0.2], [0.3, -0.4]]
[parameters]
W = {{ shape = [4, 2, 3], init = "normal" }}
V = {{ shape = [2, 3], init = "normal" }}
[program]
forward = \"\"\"
A = {source}
E = sum(A**2) + sum(W**2) + sum(V**2)
\"\"\"
"""


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("np.dot(X, V)", "X @ V"),
        ("np.dot(X, 0.5) + X", "(X * 0.5) + X"),
        ("(X - 1).dot(2)", "(X - 1) * 2"),
        ("np.dot(np.dot(2, X + X), np.dot(sum(X), V))", "2 * (X + X) @ (sum(X) * V)"),
        ("W.dot(V.T)", "W @ V.T"),
    ],
)
def test_a_dot_is_what_numpy_makes_of_its_shapes(tmp_path, source, written):
    """With a single number on one side it scales."""
    network = read_network(write(tmp_path, DOTS.format(source=source)))
    assert dict(network.forward.equations)["A"] == written
    session = Session(network)
    session.goto("i0:A")
    start = {name: session.frame.before[name] for name in "XWV"}
    wanted = eval(source, {"np": np, "sum": np.sum}, start)
    assert np.allclose(session.frame.tensors["A"], wanted, rtol=1e-15)
    assert read_network(write(tmp_path, network_text(network))).forward.equations == network.forward.equations


def test_a_dot_with_a_stack_on_its_right_is_refused_at_its_line(tmp_path):
    with pytest.raises(FileError, match=r":9: A: np.dot\(X, W\): .* use @"):
        read_network(write(tmp_path, DOTS.format(source="2 * np.dot(X, W)")))


def test_nested_dots_are_read_in_a_moment(tmp_path):
    """Each is visited once, not once for each that contains it."""
    nested = "X"
    for _ in range(45):
        nested = f"np.dot({nested}, 1)"
    network = read_network(write(tmp_path, DOTS.format(source=nested)))
    assert dict(network.forward.equations)["A"].count("* 1") == 45


FORM = """learning_rate = 0.1
[data]
X = [[1.0, 2.0]]
[parameters]
W = {parameter}
[program]
forward = "E = sum(W**2){more}"
"""


def test_a_forward_pass_has_a_hundred_thousand_characters_at_most(tmp_path):
    room = 100_000 - len("E = sum(W**2)")
    text = FORM.replace("{parameter}", "[1.0]")
    assert read_network(write(tmp_path, text.replace("{more}", " " * room))).forward is not None
    with pytest.raises(FileError, match=r"net.toml:7: .*100,000"):
        read_network(write(tmp_path, text.replace("{more}", " " * (room + 1))))


@pytest.mark.parametrize(
    ("axes", "parameter"),
    [
        (4, "[[[[1.0]]]]"),
        (5, "[[[[[1.0]]]]]"),
        (4, "{ shape = [1, 2, 1, 2], init = 'ones' }"),
        (5, "{ shape = [1, 1, 1, 1, 1], init = 'ones' }"),
        (4, "{ file = 'w.npz', name = 'a' }"),
        (5, "{ file = 'w.npz', name = 'b' }"),
    ],
)
def test_a_parameter_has_four_axes_at_most(tmp_path, axes, parameter):
    np.savez(tmp_path / "w.npz", a=np.ones((1, 1, 1, 1)), b=np.ones((1, 1, 1, 1, 1)))
    path = write(tmp_path, FORM.replace("{parameter}", parameter).replace("{more}", ""))
    if axes == 4:
        assert read_network(path).forward.parameters["W"].ndim == 4
    else:
        with pytest.raises(FileError, match=r"net.toml:5: .*4"):
            read_network(path)


PARTS = """learning_rate = 0.1
{top}
[data]
X = {X}
{data}
[constants]
c = {c}
[parameters]
W = {W}
[running]
{running}
[program]
forward = \"\"\"
{forward}
\"\"\"
"""
USUAL = {
    "top": "",
    "X": "[[1.0, 2.0], [3.0, 4.0]]",
    "data": "",
    "c": "1.5",
    "W": "[[0.1], [0.2], [0.3]]",
    "running": "",
    "forward": "E = sum(W[y]) * c * sum(X)",
}
PLAIN = {"W": "[[0.1], [0.2]]", "forward": "E = sum((X @ W)**2) * c"}


def of_parts(tmp_path, **parts):
    return read_network(write(tmp_path, PARTS.format(**{**USUAL, **parts})))


@pytest.mark.parametrize(
    ("parts", "line", "said"),
    [
        # Numbers that an index can't be.
        ({"data": "y = [0, 2147483647]"}, 14, "y can be 2147483647, and there is no such index"),
        ({"data": "y = [0, 2147483648]"}, 14, "expected whole numbers in y, got 2147483648"),
        ({"data": "y = [-2147483648, 0]"}, 14, "expected whole numbers in y, got -2147483648"),
        ({"data": "y = [0, 1.0]"}, 14, "expected whole numbers in y, got 1.0"),
        ({"data": "y = [0, true]"}, 14, "expected whole numbers in y, got true"),
        ({"data": "y = [0, inf]"}, 14, "expected whole numbers in y, got inf"),
        ({"data": "y = [0, 1.5]", "forward": "i = y * 2\nE = sum(W[i]) * c * sum(X)"}, 14,
         "i: y is an index here; expected whole numbers in y, got 1.5"),
        ({"data": "y = [0, 1.5]", "forward": "i = 1\nE = sum(one_hot(y, 3) @ W) * c * sum(X)"}, 15,
         "E: y is an index here; expected whole numbers in y, got 1.5"),
        (PLAIN | {"forward": "E = sum(tanh[X] * W) * c"}, 14, "tanh is a function and needs an argument"),
        # Constants and data.
        (PLAIN | {"c": "[]"}, 7, "c has an empty list; expected numbers"),
        (PLAIN | {"c": "[[1], []]"}, 7, "c has an empty list; expected numbers"),
        (PLAIN | {"c": "[[[[[1]]]]]"}, 7, "c has lists nested more than 4 deep"),
        (PLAIN | {"c": "true"}, 7, "c: true is not a finite number"),
        (PLAIN | {"c": "nan"}, 7, "c: nan is not a finite number"),
        (PLAIN | {"c": '[1, "a"]'}, 7, 'c: "a" is not a finite number'),
        (PLAIN | {"X": "1.0"}, 4, "X has no rows; expected one row for each sample"),
        (PLAIN | {"data": "y = 3.0"}, 5, "y has no rows; expected one row for each sample"),
        (PLAIN | {"data": "y = [1.0]"}, 5, "y has 1 row; expected 2, as in X"),
        (PLAIN | {"data": "y = [1.0, 2.0, 3.0]"}, 5, "y has 3 rows; expected 2, as in X"),
        (PLAIN | {"top": "batch_size = 3"}, 2, "batch_size is 3; expected a whole number from 0 to 2"),
        (PLAIN | {"top": "batch_size = -1"}, 2, "batch_size is -1; expected a whole number from 0 to 2"),
        # Names.
        (PLAIN | {"data": "c = [1, 2]"}, 7, "c names two tensors"),
        (PLAIN | {"data": "W = [1, 2]"}, 9, "W names two tensors"),
        (PLAIN | {"c": "1\nW = 2"}, 10, "W names two tensors"),
        # The text of the equations.
        (PLAIN | {"forward": "# nothing"}, 13, "forward is empty; expected an equation on each line"),
        (PLAIN | {"forward": "E = *W"}, 14, "an equation on each line"),
        (PLAIN | {"forward": "E, F = W"}, 14, "expected one name before the = sign"),
        (PLAIN | {"forward": "E"}, 14, "the result has no name"),
        (PLAIN | {"forward": "F = W\nE = sum(X @ W) * c\n  + 1"}, 16, "the line is indented"),
        # Running values.
        (PLAIN | {"running": "running_Q = { start = 1.0, next = 'E' }"}, 11, "running_Q is not a running"),
        (PLAIN | {"running": "E = { start = 1.0, next = 'E' }"}, 11, "E is not a running value"),
        (PLAIN | {"running": "running_E = { start = 1.0 }"}, 11, "next is missing"),
        (PLAIN | {"running": "running_E = { next = 'E' }"}, 11, "start is missing"),
        (PLAIN | {"running": "running_E = { start = 1.0, next = 'E', more = 1 }"}, 11, 'unknown key "more"'),
        (PLAIN | {"running": "running_E = { start = 1.0, next = 'E +' }"}, 11, "running_E: not an expr"),
        (PLAIN | {"running": "running_E = { start = 1.0, next = 'Q' }"}, 11, "Q"),
        # How parameters are drawn.
        (PLAIN | {"W": "{ shape = [2, 1], init = 'ones', x = 1 }"}, 9, 'unknown key "x"'),
        (PLAIN | {"W": "{ init = 'ones' }"}, 9, "shape is missing"),
        (PLAIN | {"W": "{ shape = 2, init = 'ones' }"}, 9, "shape is 2; expected a list of 1 to 4 whole"),
        (PLAIN | {"W": "{ shape = [2, 0], init = 'ones' }"}, 9, "shape is [2, 0]; expected a list"),
        (PLAIN | {"W": "{ shape = [2, true], init = 'ones' }"}, 9, "expected a list of 1 to 4 whole numbers"),
        (PLAIN | {"W": "{ shape = [2.0, 1], init = 'ones' }"}, 9, "shape is [2.0, 1]; expected a list"),
        (PLAIN | {"W": "[0.1, 0.2]\n'1a' = 2"}, 10, "1a is not a name for a tensor"),
        (PLAIN | {"W": "[0.1, 0.2]\nlambda = 2"}, 10, "lambda is a keyword of Python; give the tensor"),
    ],
)  # fmt: skip
def test_each_table_of_a_forward_pass_says_what_it_expects_in_its_line(tmp_path, parts, line, said):
    with pytest.raises(FileError) as caught:
        of_parts(tmp_path, **parts)
    assert f"net.toml:{line}: " in str(caught.value)
    assert said in str(caught.value)


def test_the_least_and_the_most_that_each_table_takes(tmp_path):
    def forward(**parts):
        return of_parts(tmp_path, **parts).forward

    # What indexes stays whole, also by way of an equation, a slice, one_hot, or as a constant.
    for read in ("W[y]", "W[:3][y]", "one_hot(y, 3) @ W", "W[where(y > 0, y, 0)]"):
        found = forward(data="y = [0, -1]", forward=f"E = sum({read}) * c * sum(X)")
        assert found.data["y"].dtype == np.int64
        assert (found.data["X"].dtype, found.constants["c"].dtype) == (np.float64, np.float64)
    found = forward(data="y = [0, 1]", c="1", forward="i = y + c\nE = sum(W[i]) * sum(X)")
    assert (found.data["y"].dtype, found.constants["c"].dtype) == (np.int64, np.int64)
    assert found.parameters["W"].dtype == np.float64
    # Lines and comments within an equation.
    on_two = forward(**PLAIN | {"forward": "E = sum((X @\n   W)**2) * c"})
    assert on_two.equations == (("E", "sum((X @ W)**2) * c"),)
    with_comment = forward(**PLAIN | {"forward": "E = sum((X @ W)**2 # all\n   ) * c"})
    assert with_comment.equations == (("E", "sum((X @ W) ** 2) * c"),)
    for size, batch in ((0, 2), (1, 1), (2, 2)):
        assert of_parts(tmp_path, **PLAIN, top=f"batch_size = {size}").batch_sizes[0] == batch
    average = forward(**PLAIN, running="running_E = { start = 2, next = '0.9 * running_E + 0.1 * E' }")
    assert average.running["running_E"].start == 2
    assert average.running["running_E"].next == "0.9 * running_E + 0.1 * E"
    assert forward(**PLAIN | {"c": "[[[[2]]]]", "forward": "E = sum((X @ W)**2) * sum(c)"}).constants[
        "c"
    ].shape == (1, 1, 1, 1)


@pytest.mark.parametrize(("size", "c"), [(2, "[[1, 2], [3, 4]]"), (0, "[[1, 2], [3, 4], [5, 6], [7, 8]]")])
def test_the_rows_of_a_batch_decide_what_a_dot_means(tmp_path, size, c):
    """A single number scales: that B is one is only known if X + c is, whose rows are those of a batch."""
    found = of_parts(
        tmp_path,
        X="[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]",
        c=c,
        W="[[0.1], [0.2]]",
        top=f"batch_size = {size}",
        forward="A = X + c\nB = sum(tanh(A))\nE = sum(np.dot(B, W)**2)",
    )
    assert dict(found.forward.equations)["E"] == "sum((B * W)**2)"


def test_a_tensor_s_name_hides_a_function_and_one_number_of_a_file_is_a_number(tmp_path):
    np.savez(tmp_path / "w.npz", a=np.array(2.5))
    stored = of_parts(tmp_path, W="{ file = 'w.npz', name = 'a' }", forward="E = sum(X) * W * c")
    assert type(stored.forward.parameters["W"]) is np.float64
    named = of_parts(
        tmp_path,
        data="y = [0, 1]",
        W="[[0.1], [0.2]]\nmax = [[1.0], [2.0]]",
        forward="E = sum(max[y] + W) * c",
    )
    assert named.forward.data["y"].dtype == np.int64
    without = PARTS.replace("W = {W}\n", "").format(**{**USUAL, "forward": "E = sum(X)"})
    with pytest.raises(FileError, match=r"net\.toml:8: .*parameter"):
        read_network(write(tmp_path, without))


@pytest.mark.parametrize(
    ("forward", "c", "equation"),
    [
        ("A = X @ W\nE = sum(A**2) * c", "1.5", ""),
        ("A = X @ W\nE = sum(A**2) * c / 2", "1.5", ""),
        ("A = X @ W\nB = A / 3\nE = sum(B**2) * c", "1.5", "B"),
        ("A = X @ W\nE = sum((A + c)**2)", "[[1], [2], [3]]", "E"),
        ("A = X @ W\nE = sum(A + sum(c))", "[[1, 2]]", ""),
    ],
)
def test_the_first_equation_that_only_fits_a_batch_of_the_usual_size_is_found(tmp_path, forward, c, equation):
    """Four samples in batches of three and one."""
    four = "[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]"
    parts = {"X": four, "W": "[[0.1], [0.2]]", "top": "batch_size = 3"}
    network = of_parts(tmp_path, forward="E = sum((X @ W)**2) * c", **parts)
    equations = tuple(tuple(line.split(" = ")) for line in forward.split("\n"))
    given = dataclasses.replace(network.forward, equations=equations, constants={"c": np.array(eval(c))})
    assert equation_of_one_size(network, given) == equation


def test_labels_that_the_loss_reads_stand_beside_the_outputs(tmp_path):
    program = Session(made(tmp_path)).program
    layers = program.diagram.layers
    assert program.diagram.label == "labelY"
    layout = program.diagram.layouts["labelY"]
    assert (layout.kind, layout.layer) == (LayoutKind.LABEL, len(layers) - 1)
    assert program.diagram.layouts["X"].kind == LayoutKind.NODE


def test_a_program_begins_with_the_rows_of_its_first_batch(tmp_path):
    network = made(tmp_path, batch=("learning_rate = 0.1", "learning_rate = 0.1\nbatch_size = 2"))
    assert network.batch_sizes == (2, 1)
    program = Session(network).program
    assert [program.initial[name].shape for name in ("X", "labelY")] == [(2, 2), (2, 1)]
