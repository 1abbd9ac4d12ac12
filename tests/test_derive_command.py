"""`bpstep derive`: what it prints runs in NumPy, and its gradients are those of the loss."""

import json

import numpy as np
import pytest
from command_line import asking, refused
from documents import README, blocks

from bpstep.export.derived import _identifiers
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session

LISTS = """\
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(5, 3))
Y = np.array([0, 2, 1, 0, 1])
weights = [rng.normal(size=(3, 5)), rng.normal(size=(5, 3))]
biases = [np.zeros(5), np.zeros(3)]
total = 0.0


def dense(x, at):
    z = x @ weights[at] + biases[at]
    return z


for step in range(10):
    h = np.tanh(dense(X, 0))
    z = dense(h, 1)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(5), Y]).mean()
    total += loss
    d = p.copy()
    d[np.arange(5), Y] -= 1
    d /= 5
    g1 = h.T @ d
    gb1 = d.sum(axis=0)
    d = d @ weights[1].T
    weights[1] -= 0.1 * g1
    biases[1] -= 0.1 * gb1
    weights[0] -= 0.1 * (X.T @ d)
    biases[0] -= 0.1 * d.sum(axis=0)
"""
"""Its derivative of tanh is missing: what is derived does not depend on that."""


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


def asked(ask, name):
    """The printed text, and of the JSON the head and the equations."""
    status, text, err = ask("derive", str(name))
    assert (status, err) == (0, "")
    head, *equations = map(json.loads, ask("derive", str(name), "--format", "json")[1].splitlines())
    return text, head, equations


def check_gradients(text, head, initial):
    """Run the text, and move each cell of each parameter a little to both sides."""
    given = {name: initial[original.removesuffix("_before")] for name, original in head["given"].items()}

    def run(**changed):
        scope = {name: np.array(value) for name, value in given.items()} | changed
        exec(text, scope)
        return scope

    found = run()
    plain = {original: name for name, original in head["given"].items()}
    for parameter, gradient in head["gradients"].items():
        name, wanted = plain[parameter], np.zeros(np.shape(initial[parameter]))
        for cell in np.ndindex(wanted.shape):
            moved = []
            for by in (1e-5, -1e-5):
                value = np.array(given[name])
                value[cell] += by
                moved.append(float(run(**{name: value})[head["loss"]]))
            wanted[cell] = (moved[0] - moved[1]) / 2e-5
        computed = np.concatenate([np.ravel(found[each]) for each in gradient.split(", ")])
        np.testing.assert_allclose(computed, wanted.ravel(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["article-as-printed", "mazur", "batchnorm"])
def test_the_backward_pass_of_a_network_is_that_of_its_forward_lines(name, ask):
    text, head, _ = asked(ask, name)
    session = Session(builtin.open_network(name))
    check_gradients(text, head, session.timeline.initial)
    if name == "article-as-printed":
        assert "\ndelta_Y = Y - labelY\n" in text


ONE_LINE = """\
import numpy as np

rng = np.random.default_rng(1)
X, w = rng.normal(size=(6, 2)), np.zeros((2, 1))
y = np.array([[0.0], [1], [1], [0], [1], [0]])
for step in range(10):
    w = w - 0.5 * X.T @ (1 / (1 + np.exp(-X @ w)) - y) / 6
"""


@pytest.mark.parametrize("name", ["homework.py", "lists.py"])
def test_the_backward_pass_of_a_script_is_that_of_its_forward_lines(name, ask, tmp_path):
    path = tmp_path / name
    path.write_text(LISTS if name == "lists.py" else blocks(README, "python")[0], encoding="utf-8")
    text, head, equations = asked(ask, path)
    check_gradients(text, head, Session(open_script_file(path)).program.initial)
    lines = path.read_text(encoding="utf-8").split("\n")
    forward = [each for each in equations if each["place"]]
    assert forward
    for each in forward:
        assert f"{each['name']} = {each['numpy']}  # {each['place']}\n" in text
        assert "=" in lines[int(each["place"].split(":")[1]) - 1]
    assert {each["phase"] for each in equations} == {"forward", "loss", "backward"}


NUMBERS = """\
import numpy as np

x = np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])
t = np.array([[0.1, -0.3, 0.5], [0.2, 0.4, -0.6], [1, 0, 1]])
W = np.array([[0.1, -0.3, 0.5], [0.2, 0.4, -0.6]])
for step in range(10):
    Y = 1. * np.tanh(x @ W + 1e-5)
    E = np.mean((Y - t)**2) / .50 / 4
    W = W - 1e-3 * x.T @ ((Y - t) / 9 * (1 - np.tanh(x @ W + 1e-5)**2))
"""


def test_numbers_are_written_as_in_the_lines_of_a_script(ask, tmp_path):
    path = tmp_path / "numbers.py"
    path.write_text(NUMBERS, encoding="utf-8")
    text, head, _ = asked(ask, path)
    check_gradients(text, head, Session(open_script_file(path)).program.initial)
    assert "\nY = 1. * np.tanh(x @ W + 1e-5)  # numbers.py:7\n" in text
    assert "\nE = np.mean((Y - t)**2) / .50 / 4  # numbers.py:8\n" in text
    assert "\ndelta_Y = (Y - t) / 9\n" in text
    assert "\ndelta_W = x.T @ (delta_Y * (1 - np.tanh(x @ W + 1e-5)**2))\n" in text


NORMALISED = """\
learning_rate = 0.1
[data]
x = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
[parameters]
W = [[0.1, -0.3, 0.5], [0.2, 0.4, -0.6]]
[program]
forward = \"""
n = x @ W + ((x[0] > 0) + (x[1] > 0)) @ W
h = (n - n.mean(axis=0)) / np.sqrt(np.var(n, axis=0) + 1e-5)
Y = clip(h / (1. + h.std(axis=1, keepdims=True)), -1e9, .7)
E = np.mean(Y**2)
\"""
"""


def test_functions_of_numpy_s_are_called_by_name_in_the_lines_of_a_network(ask, tmp_path):
    """Not written by their definitions; what NumPy would read otherwise is written for it."""
    path = tmp_path / "normalised.toml"
    path.write_text(NORMALISED, encoding="utf-8")
    text, head, _ = asked(ask, path)
    check_gradients(text, head, Session(read_network(path)).program.initial)
    assert "\nn = x @ W + ((x[0] > 0.0) + 0.0 + ((x[1] > 0.0) + 0.0)) @ W\n" in text
    assert "\nh = (n - np.mean(n, axis=0)) / np.sqrt(np.var(n, axis=0) + 1e-5)\n" in text
    assert "\nY = np.clip(h / (1. + np.std(h, axis=1, keepdims=True)), -1e9, .7)\n" in text
    assert "\ndelta_n = delta_n_part / np.sqrt(np.var(n, axis=0) + 1e-5)\n" in text


def test_a_loss_that_no_line_computes_is_that_of_the_weights_before_their_update(ask, tmp_path):
    path = tmp_path / "one_line.py"
    path.write_text(ONE_LINE, encoding="utf-8")
    text, head, _ = asked(ask, path)
    assert list(head["gradients"]) == ["w"]
    check_gradients(text, head, Session(open_script_file(path)).program.initial)


def test_names_of_lists_become_names_of_python_s(ask, tmp_path):
    path = tmp_path / "lists.py"
    path.write_text(LISTS, encoding="utf-8")
    _, head, _ = asked(ask, path)
    assert head["given"]["weights_0"] == "weights[0]"
    assert head["gradients"]["weights[0]"] == "delta_weights0"


def test_without_a_loss_there_is_nothing_to_derive(ask, tmp_path):
    path = tmp_path / "perceptron.py"
    text = "import numpy as np\nX = np.array([[1.0, 2], [3, -1]])\nt = np.array([1, 0])\nw = np.zeros(2)\n"
    text += "for x, y in zip(X, t):\n    o = 1 if x @ w > 0 else 0\n    w += (y - o) * x\n"
    path.write_text(text, encoding="utf-8")
    refused(ask("derive", str(path)), "no loss was found")


def test_a_script_whose_gradients_are_wrong_gets_those_of_the_loss_that_it_computes(ask, tmp_path):
    path = tmp_path / "line.py"
    path.write_text(
        "import numpy as np\n"
        "x, t = np.linspace(-1, 1, 6), np.linspace(0, 2, 6)\n"
        "w = 0.1\n"
        "for epoch in range(40):\n"
        "    loss = np.mean((w * x - t) ** 2)\n"
        "    w -= 0.1 * np.mean(2 * (w * x - t) * w)\n"
    )
    status, out, _ = ask("derive", str(path))
    assert status == 0
    assert "# Loss: loss, which the script computes but its updates do not lower." in out
    names = {"x": np.linspace(-1, 1, 6), "t": np.linspace(0, 2, 6), "w": 0.1}
    exec(out, names)
    assert names["delta_w"] == pytest.approx(np.mean(2 * (0.1 * names["x"] - names["t"]) * names["x"]))


UNTRAINED = """\
import numpy as np

rng = np.random.default_rng(0)
{x} = rng.normal(size=(4, 3))
{t} = rng.normal(size=(4, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for step in range(3):
    h = np.tanh({x} @ W + b)
    loss = ((h - {t})**2).mean()
"""


def test_a_script_that_updates_nothing_yet_has_the_backward_pass_of_one_that_does(ask, tmp_path):
    untrained, trained = tmp_path / "untrained.py", tmp_path / "trained.py"
    untrained.write_text(UNTRAINED.format(x="X", t="y"))
    update = "    d = 2 * (h - y) / 8 * (1 - h**2)\n    W -= 0.1 * X.T @ d\n    b -= 0.1 * d.sum(axis=0)\n"
    trained.write_text(UNTRAINED.format(x="X", t="y") + update)
    passes = []
    for path in (untrained, trained):
        status, text, _ = ask("derive", str(path))
        assert status == 0
        passes.append(text[text.index("# backward") :])
    assert passes[0] == passes[1]
    assert "delta_W" in passes[0]
    assert "delta_b" in passes[0]


def test_parameters_that_no_name_tells_from_data_are_asked_for(ask, tmp_path):
    path = tmp_path / "untrained.py"
    path.write_text(UNTRAINED.format(x="A", t="Q"))
    refused(ask("derive", str(path)), "which of A, W, b, Q are parameters")
    refused(ask("derive", str(path), "--parameters", "W,k"), "no array k")
    status, text, _ = ask("derive", str(path), "--parameters", "W")
    assert status == 0
    assert "delta_W = A.T @" in text
    assert "delta_b" not in text


def test_each_tensor_has_a_name_of_its_own_that_python_can_read():
    names = ["layers[0].W", "H:14", "Z:3", "Z:4", "a b", "for", "sin", "W", "2x", "layers_0_W"]
    found = _identifiers(names)
    assert found == {
        "layers[0].W": "layers_0_W_",
        "H:14": "H",
        "Z:3": "Z_3",
        "Z:4": "Z_4",
        "a b": "a_b",
        "for": "for_",
        "sin": "sin_",
        "W": "W",
        "2x": "t_2x",
        "layers_0_W": "layers_0_W",
    }
    exec("; ".join(f"{name} = 0" for name in found.values()), {})
