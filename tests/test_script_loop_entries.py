"""A right line in a loop has the loop's own names, and no number of an entry."""

import ast

import pytest

from bpstep.gradcheck.script.judge import judge_pass_or_say_why
from bpstep.gradcheck.script.text.loop_entries import by_variable, list_lengths, taken_as
from bpstep.script.opening import open_script

NAMES = ["net.W[0]", "net.W[1]", "net.W[2] @ a[3]", "z[0]", "z[1]"]


@pytest.mark.parametrize(
    ("name", "statement", "run", "text"),
    [
        ("a[2]", "d = d @ W[l].T", ["d", "d @ net.W[2].T"], "a[l]"),
        ("a[3]", "d = d @ W[l].T", ["d", "d @ net.W[2].T"], "a[l + 1]"),
        ("a[0]", "d = d @ W[l + 1].T", ["d", "d @ net.W[2].T"], "a[l - 1]"),
        ("net.z[1]", "g[t] = W[t - 1]", ["g[2]", "net.W[1]"], "net.z[t - 1]"),
        # From the end of lists with lengths of 4, 3 and 2.
        ("a[2]", "d = d @ W[-l].T", ["d", "d @ net.W[1].T"], "a[-l]"),
        ("a[1]", "d = d @ W[-l + 1].T", ["d", "d @ net.W[1].T"], "a[-l]"),
        ("z[1]", "d = d @ W[-l].T", ["d", "d @ net.W[1].T"], "z[-l + 1]"),
        # Nothing tells the index, or two variables could.
        ("a[2]", "d = d @ V.T", ["d", "d @ V.T"], None),
        ("a[2]", "d = d @ W[l].T", ["d", "d @ V.T"], None),
        ("a[2]", "d = W[k] @ z[l]", ["d", "net.W[1] @ z[0]"], None),
        ("a", "d = d @ W[l].T", ["d", "d @ net.W[2].T"], None),
    ],
)
def test_an_entry_is_written_by_the_variable_that_the_statement_indexes_with(name, statement, run, text):
    found = by_variable(name, ast.parse(statement).body[0], run, list_lengths(NAMES))
    assert (found and ast.unparse(found)) == text


@pytest.mark.parametrize(
    ("loop", "text"),
    [
        ("for W, a in zip(Ws[:0:-1], acts[:0:-1]): pass", "a"),
        ("for a in reversed(net.acts): pass", "a"),
        ("for k, (a, b) in enumerate(zip(acts, bs)): pass", "a"),
        ("for a, b in zip(acts, acts[1:]): pass", None),
        ("for a, b in acts: pass", None),
        ("for a in acts[0]: pass", None),
        ("for a in range(9): pass", None),
    ],
)
def test_an_entry_is_written_by_the_name_that_a_loop_takes_it_as(loop, text):
    found = taken_as("acts[2]", [ast.parse(loop).body[0]])
    assert (found and ast.unparse(found)) == text


LAYERS = """
import numpy as np
rng = np.random.default_rng(0)
W = [rng.normal(size=shape) for shape in ((4, 6), (6, 5), (5, 2))]
X, T = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
for step in range(9):
    a = [X]
    for l in range(3):
        a.append(np.tanh(a[l] @ W[l]))
    g = [None] * 3
    d = (a[-1] - T) * (1 - a[-1]**2)
    for l in reversed(range(3)):
        g[l] = a[l].T @ d
        d = d @ W[l].T * (1 - a[l]**2)
    W = [w - 0.1 * dw for w, dw in zip(W, g)]
"""
TIMES = """
import numpy as np
rng = np.random.default_rng(3)
xs, ys = rng.normal(size=(5, 3, 1)), rng.normal(size=(5, 2, 1))
U, V, O = rng.normal(size=(4, 3)), rng.normal(size=(4, 4)), rng.normal(size=(2, 4))
for step in range(9):
    h = {-1: np.zeros((4, 1))}
    for t in range(5):
        h[t] = np.tanh(U @ xs[t] + V @ h[t - 1])
    dU, dV, dO = np.zeros_like(U), np.zeros_like(V), np.zeros_like(O)
    later = np.zeros((4, 1))
    for t in reversed(range(5)):
        dy = O @ h[t] - ys[t]
        dO += dy @ h[t].T
        dh = O.T @ dy + later
        draw = (1 - h[t]**2) * dh
        dU += draw @ xs[t].T
        dV += draw @ h[t - 1].T
        later = V.T @ draw
    U, V, O = U - 0.01 * dU, V - 0.01 * dV, O - 0.01 * dO
"""
ZIPPED = (
    LAYERS[: LAYERS.index("    g = [None]")]
    + """\
    d = [(a[-1] - T) * (1 - a[-1]**2)]
    for w, h in zip(W[:0:-1], a[-2:0:-1]):
        d.insert(0, d[0] @ w.T * (1 - h**2))
    g = [h.T @ each for h, each in zip(a, d)]
    W = [w - 0.1 * dw for w, dw in zip(W, g)]
"""
)
NUMBERS = """
import math
X, T = [[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]], [1, 0, 0]
W, V = [[0.3, -0.5], [0.7, 0.2], [-0.4, 0.6]], [0.5, -0.8, 0.3]
for step in range(9):
    gV, gW = [0] * 3, [[0, 0] for _ in range(3)]
    for x, t in zip(X, T):
        h = [math.tanh(sum(w * v for w, v in zip(row, x))) for row in W]
        o = sum(v * a for v, a in zip(V, h))
        dh = [(o - t) * v * (1 - a * a) for v, a in zip(V, h)]
        gV = [g + (o - t) * a for g, a in zip(gV, h)]
        gW = [[g + e * v for g, v in zip(given, x)] for given, e in zip(gW, dh)]
    V = [v - 0.1 * g for v, g in zip(V, gV)]
    W = [[w - 0.1 * g for w, g in zip(row, given)] for row, given in zip(W, gW)]
"""


@pytest.mark.parametrize(
    ("text", "line", "wrong", "right"),
    [
        # The zeros with which the sums begin may be taken for the labels that are 0.
        (
            NUMBERS,
            "(o - t) * v * (1 - a * a)",
            "(o - t) * v",
            "dh = [(o - t) * v * (1 - a**2) for v, a in zip(V, h)]",
        ),
        (NUMBERS, "[[g + e * v", "[[e * v", ""),
        (LAYERS, "d = d @ W[l].T * (1 - a[l]**2)", "d = d @ W[l].T", "d = d @ W[l].T * (1 - a[l]**2)"),
        (TIMES, "draw = (1 - h[t]**2) * dh", "draw = dh", "draw = dh * (1 - h[t]**2)"),
        (TIMES, "dV += draw @ h[t - 1].T", "dV += draw @ h[t].T", "dV += draw @ h[t - 1].T"),
        (ZIPPED, "d[0] @ w.T * (1 - h**2))", "d[0] @ w.T * (1 - h))", "d.insert(0, d[0] @ w.T * (1 - h**2))"),
        (ZIPPED, "[h.T @", "[(h * h).T @", "g = [h.T @ each for h, each in zip(a, d)]"),
        (ZIPPED, "w - 0.1 * dw", "w + 0.1 * dw", "W = [w - 0.1 * dw for w, dw in zip(W, g)]"),
    ],
)
def test_the_right_line_holds_for_every_run_of_the_loop(text, line, wrong, right, tmp_path):
    assert text.count(line) == 1
    path = tmp_path / "homework.py"
    path.write_text(text.replace(line, wrong))
    script = open_script(path)
    verdict = judge_pass_or_say_why(script.iteration(0), script.whole_source, script=script)
    (found,) = verdict.wrong
    assert found.line == text[: text.index(line)].count("\n") + 1
    assert found.right == right
