"""Whether a loop's text updates parameters, told without running it."""

import ast

import pytest

from bpstep.script.updates import would_update


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
