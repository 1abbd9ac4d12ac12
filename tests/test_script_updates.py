"""Which loop trains, judged by its text and by passes that were recorded, and what is told if none does."""

import ast
from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.script.equations.items import Item, ItemKind
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.loop import loop_search
from bpstep.script.loop.loop_search import MAX_PARAMETER_CELLS, Finder, changed_values, decides, values_of
from bpstep.script.loop.loop_search import updates as updates_item
from bpstep.script.loop.updates import is_unkept_step, update_after_loop, would_update
from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError
from bpstep.script.source import parse_source


def updates(body, before=""):
    """Whether a loop of these statements updates something, below others."""
    lines = [*before.splitlines(), "for step in range(9):", *(f"    {line}" for line in body.splitlines())]
    tree = ast.parse("\n".join(lines))
    return would_update(tree.body[-1], tree)


@pytest.mark.parametrize(
    ("statement", "is_update"),
    [
        ("W -= rate * dW", True),
        ("W -= step", True),
        ("W -= 1", False),
        ("W = W - rate * dW", True),
        ("W = W - 1", False),
        ("W = V - rate * dW", False),
        ("W += rate * dW", True),
        ("W += X @ dW", True),
        ("W += dW", False),
        ("W = W + rate * dW", True),
        ("W = W + dW", False),
        ("W *= rate * dW", False),
        ("W /= dW", False),
        ("W = W * dW", False),
        ("net.W -= rate * dW", True),
        ("W[0] -= rate * dW", True),
        ("W = V = W - rate * dW", False),
        ("W = -dW", False),
        ("print(W - rate * dW)", False),
        ("if ok:\n    W -= rate * dW", True),
    ],
)
def test_a_step_is_taken_from_or_added_to_what_it_changes(statement, is_update):
    assert updates(statement) is is_update


@pytest.mark.parametrize(
    ("statement", "is_unkept"),
    [
        ("W - rate * dW", True),
        ("net.W[0] + rate * dW", True),
        ("W - dW", False),
        ("2 - rate * dW", False),
        ("W * rate * dW", False),
        ("W -= rate * dW", False),
    ],
)
def test_a_difference_that_no_statement_keeps_is_a_step_if_it_has_a_factor(statement, is_unkept):
    assert is_unkept_step(ast.parse(statement).body[0]) is is_unkept


def test_the_loop_around_steps_that_nothing_keeps_is_taken_and_not_another_one_in_it(tmp_path):
    path = tmp_path / "homework.py"
    lines = ["import numpy as np", "p, g = {1: np.ones(2)}, {}", "for i in range(3):", "    g[1] = p[1] - 2"]
    lines += ["    for k in g:", "        g[k] *= 0.5", "    for k in p:", "        p[k] - 0.1 * g[k]"]
    path.write_text("\n".join(lines))
    assert open_script(path).seen.loop.lineno == 3


def test_what_began_as_a_number_counts_or_adds_up():
    for begun in ("total = 0", "total = best = 0.0"):
        assert not updates("total -= share", begun)
        assert not updates("total = total + n * loss", begun)
    assert updates("total -= share", "total = zeros(3)")
    assert updates("self.total -= share", "self.total = 0")


FUNCTIONS = """\
def inner(W):
    W -= dW
def outer(W):
    inner(W)
class Net:
    def learn(self):
        self.W -= self.dW
    def forever(self):
        self.forever()
"""


@pytest.mark.parametrize(
    ("call", "is_update"),
    [
        *[("inner(W)", True), ("outer(W)", True), ("net.learn()", True), ("x = [net.learn()]", True)],
        *[("net.forever()", False), ("other(W)", False), ("calls[0](W)", False), ("inner", False)],
    ],
)
def test_functions_that_are_called_are_read_too(call, is_update):
    assert updates(call, FUNCTIONS) is is_update


AFTER = """
for k in range(9):
    h = x @ W
error = h - y
W -= 0.1 * x.T @ error
"""


@pytest.mark.parametrize(
    ("update", "found"),
    [
        ("W -= 0.1 * x.T @ error", (2, 5)),
        ("W = W - 0.1 * x.T @ error", (2, 5)),
        ("V -= 0.1 * x.T @ error", None),
        ("W = 0.1 * error", None),
        ("if done:\n    W -= 0.1 * error", None),
        ("k -= 1", None),
    ],
)
def test_an_update_behind_the_loop_that_reads_its_target_is_found(update, found):
    tree = ast.parse(AFTER.replace("W -= 0.1 * x.T @ error", update))
    places = update_after_loop(tree, {2})
    assert (places and tuple(each.lineno for each in places)) == found


def test_a_script_whose_updates_stand_behind_the_loop_is_told_so(tmp_path):
    path = tmp_path / "mine.py"
    data = "import numpy as np\nx, y, W = np.eye(3), np.ones((3, 1)), np.zeros((3, 1))"
    path.write_text(data + AFTER)
    with pytest.raises(
        ScriptError, match=r"mine\.py:6: this update comes after the loop at mine\.py:3 and runs once"
    ):
        open_script(path)


NET = """class Net:
    def fit(self, X, y):
        for _ in range(9):
            self.step(X, y)

    def step(self, X, y):
        for layer in self.layers:
            layer.W -= 0.1 * layer.dW
"""
FUNCTION = """def train(X, y, W):
    for _ in range(9):
        W -= 0.1 * X.T @ (X @ W - y)
"""
REMEDIES = {
    "a method": (NET, {}, "mine.py:3: .* runs Net.fit; .* create an instance of Net and call its fit"),
    "a function": (FUNCTION, {}, "mine.py:2: .* runs train; call train at the end"),
    "a module": (NET, {"main.py": "from mine import Net\nNet().fit()"}, "mine.py:3: .*; open main.py, which"),
    "a module of a module": (
        "def sigmoid(x):\n    return x",
        {"layers.py": "import mine", "z.ipynb": '{"source": [\n "from layers import a\\n"\n]}'},
        "mine.py: .* only defines functions and classes; open z.ipynb, which",
    ),
    "a module of nobody": (
        "def sigmoid(x):\n    return x",
        {},
        "the script that calls them",
    ),
    "a loop that ran": (
        "def f(n, m):\n    for _ in range(9):\n        n -= m\nf(9, 1)",
        {},
        "no loop that runs here",
    ),
    "right code after a loop that never runs": (
        f"def f():{AFTER}".replace("\n", "\n    "),
        {},
        "only defines",
    ),
}


@pytest.mark.parametrize("kind", REMEDIES)
def test_a_file_whose_training_loop_never_runs_names_it_and_the_file_to_open(kind, tmp_path):
    text, others, told = REMEDIES[kind]
    for name, content in {"mine.py": text, **others}.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(ScriptError, match=told):
        open_script(tmp_path / "mine.py")


PLOT = """import numpy as np
def f(x, y):
    return x * x + y
for b in 1.0, 2.0, 3.0, 4.0:
    Z = [[f(x, y + b) for x in np.linspace(-1, 1, 20)] for y in np.linspace(-1, 1, 20)]
w = np.zeros(2)
for k in range(9):
    w = w - 0.1 * (w @ np.ones(2) - 1.0) * np.ones(2)
"""


def test_a_pass_with_very_many_values_is_recorded_once_and_in_part(monkeypatch, tmp_path):
    monkeypatch.setattr(loop_search, "_MAX_VALUES", 100)
    finder = Finder(Interpreter(parse_source(tmp_path / "plot.py", PLOT)), None, first_passes=False)
    finder.run()
    plotting, training = finder.loops.values()
    assert (plotting.loop.lineno, plotting.tries, plotting.is_long) == (4, 1, True)
    assert (training.loop.lineno, training.trains) == (7, True)
    assert finder.found is training


def test_a_plot_with_very_many_values_hides_no_rule_without_a_gradient(monkeypatch, tmp_path):
    monkeypatch.setattr(loop_search, "_MAX_VALUES", 100)
    rule = "    w = w + (1 - (1 if w @ np.ones(2) > 3 else 0)) * np.ones(2)\n"
    (tmp_path / "plot.py").write_text(PLOT[: PLOT.index("    w = w -")] + rule)
    assert open_script(tmp_path / "plot.py").loop.line == 7


LAYERS = """import numpy as np
W = [np.ones((2, 2)), np.ones((2, 2))]
def forward(x):
    for k in range(2):
        x = np.tanh(x @ W[k])
    return x
def backward(g):
    for k in 1, 0:
        g = np.tanh(g @ W[k].T)
    return g
forward(np.ones(2))
for i in range(9):
    forward(np.ones(2))
    g = backward(np.ones(2))
"""


def test_a_loop_is_inside_those_whose_passes_run_it(tmp_path):
    finder = Finder(Interpreter(parse_source(tmp_path / "layers.py", LAYERS)), None, first_passes=False)
    finder.find_all(seconds=60.0)
    forward, training, backward = finder.loops.values()
    assert [seen.inside for seen in (forward, backward)] == [set(), set()]
    assert training.inside == {id(forward.loop), id(backward.loop)}


FORWARD_FIRST = """import numpy as np
W = [np.ones((2, 2)), np.ones((2, 2))]
def forward(x):
    for w in W:
        x = np.tanh(x @ w)
    return x
print(forward(np.ones(2)))
for epoch in range(9):
    error = forward(np.ones(2)) - 0.5
    W[1] = W[1] - 0.1 * np.outer(np.ones(2), error)
"""


def test_a_forward_pass_before_the_training_is_no_training(tmp_path):
    (tmp_path / "mine.py").write_text(FORWARD_FIRST)
    assert open_script(tmp_path / "mine.py").loop.line == 8


# What a pass that was recorded changes


def recorded(text, values, guards=()):
    """Items for values from before a pass and for its statements, as a recorder has them."""
    items, latest = [], {}

    def tree_of(source):
        tree = ast.parse(source, mode="eval").body
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in latest:
                node.id = f"§{latest[node.id]}"
        return tree

    def add(kind, name, value, tree=None):
        latest[name] = len(items)
        items.append(Item(len(items), kind, (name,), value, tree))

    for name, value in values.items():
        add(ItemKind.INITIAL, name, value)
    for line in filter(None, text.split("\n")):
        name, source = line.split(" = ")
        add(ItemKind.EQUATION, name, 1.0, tree_of(source))
    return SimpleNamespace(items=items, guards=[(tree_of(guard), True) for guard in guards], targets=set())


BEFORE = {"W": np.ones((2, 2)), "X": np.ones((2, 2)), "n": 3, "rate": 0.5, "total": 0.0}


@pytest.mark.parametrize(
    ("text", "name", "trained"),
    [
        # Through other assignments that do more than scale and add.
        ("h = tanh(X @ W)\nW = W - rate * h", "W", True),
        ("h = X @ W\nW = W - rate * h", "W", True),
        ("h = W * W\nW = W - h", "W", True),
        ("h = W / X\nW = W - h", "W", True),
        ("h = exp(-W)\nW = W - h", "W", True),
        ("s = W + X\nh = exp(s)\nW = W - h", "W", True),
        ("s = -W\nh = X - s\ng = h @ X\nW = W - g", "W", True),
        # By sums of itself in one line.
        ("W = W - rate * X.T @ (X @ W)", "W", True),
        ("W = W - sum(W * X)", "W", True),
        ("W = W - einsum('ij->i', W)", "W", True),
        ("W = W - mean(X)", "W", False),
        # Scaled, added or taken over alone.
        ("W = W - rate * X", "W", False),
        ("W = W * 0.9 - X", "W", False),
        ("s = rate * W\nW = W - s", "W", False),
        ("s = W / 2\nW = W - s", "W", False),
        ("s = X + W - 3\nW = s", "W", False),
        ("s = (rate * n) * W\nW = W - s", "W", False),
        ("s = (rate * X) * W\nW = W - s", "W", True),
        ("s = W * (X * rate)\nW = W - s", "W", True),
        ("s = -W\nW = W - s", "W", False),
        ("s = W\nW = s + X", "W", False),
        ("total = total + n", "total", False),
        ("s = exp(X)\nW = W - s", "W", False),
        ("s = exp(W)\nW = X", "W", False),
    ],
)
def test_a_parameter_changes_by_what_is_computed_from_itself(text, name, trained):
    found = recorded(text, BEFORE)
    (pair,) = [pair for pair in changed_values(found) if pair[0].path == (name,)]
    assert (pair[0].kind, pair[1].number) == (ItemKind.INITIAL, len(found.items) - 1)
    assert updates_item(*pair, found) is trained


def test_only_floating_point_numbers_that_are_assigned_later_change():
    text = "W = X\nn = n + 1\nk = W"
    found = recorded(text, {**BEFORE, "f": np.float32([1, 2])})
    assert [(first.path, last.number) for first, last in changed_values(found)] == [(("W",), 6)]
    found = recorded("f = f\nf = f", {"f": np.float32([1, 2])})
    assert [last.number for _, last in changed_values(found)] == [2]


@pytest.mark.parametrize(
    ("text", "guards", "decided"),
    [
        ("h = W @ X", ["h > 0"], True),
        ("h = W @ X\ng = h + 1", ["g > 0"], True),
        ("h = X @ X", ["h > 0"], False),
        ("", ["W > 0"], True),
        ("h = W", [], False),
        ("W = W + 1", ["W > 0"], False),
        ("", ["n > 0", "W > 0"], True),
        ("", ["n > 0"], False),
    ],
)
def test_a_branch_may_depend_on_what_was_there_before(text, guards, decided):
    found = recorded(text, BEFORE, guards)
    assert decides(found.items[0], found) is decided


def test_a_single_number_decides_by_what_is_computed_from_it_alone():
    for text, guard, decided in (("", "n > 0", False), ("m = n + 1", "m > 0", True)):
        found = recorded(text, BEFORE, [guard])
        assert decides(found.items[2], found) is decided


def test_numbers_are_compared_by_shape_and_bits_and_large_arrays_are_data():
    values = {
        "least": np.zeros(MAX_PARAMETER_CELLS),
        "more": np.zeros(MAX_PARAMETER_CELLS + 1),
        "whole": np.zeros(3, int),
        "number": 0.5,
        "half": np.float32([0.5]),
    }
    found = values_of(values)
    assert set(found) == {"least", "half"}
    assert found["half"] == values_of({"half": np.float32([0.5])})["half"]
    for other in (np.float32([[0.5]]), np.float32([0.25])):
        assert found["half"] != values_of({"half": other})["half"]
