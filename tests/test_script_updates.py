"""Whether a loop's text updates parameters, told without running it."""

import ast

import pytest

from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError
from bpstep.script.updates import update_after_loop, would_update


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
    places = update_after_loop(tree)
    assert (places and tuple(each.lineno for each in places)) == found


def test_a_script_whose_updates_stand_behind_the_loop_is_told_so(tmp_path):
    path = tmp_path / "mine.py"
    data = "import numpy as np\nx, y, W = np.eye(3), np.ones((3, 1)), np.zeros((3, 1))"
    path.write_text(data + AFTER)
    with pytest.raises(
        ScriptError, match=r"mine\.py:6: this update stands after the loop at mine\.py:3 and runs once"
    ):
        open_script(path)
