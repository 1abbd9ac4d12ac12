"""Lines that give a part of a gradient, pass one on, or read what the pass before has computed."""

import pytest

from bpstep.gradcheck.script.edits import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.script.opening import open_script

NORMALISED = """
import numpy as np
rng = np.random.default_rng(2)
X, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, scale, V = rng.normal(size=(3, 4)), np.ones(4), rng.normal(size=(4, 2))
for step in range(3):
    x = X @ W
    mean = x.mean(axis=0)
    apart = x - mean
    square = apart ** 2
    width = np.sqrt(square.mean(axis=0) + 1e-5)
    even = apart / width
    out = (scale * even) @ V
    d_out = out - t
    d_scaled = d_out @ V.T
    d_even = d_scaled * scale
    d_width = -(d_even * apart / width ** 2).sum(axis=0)
    d_square = np.ones((8, 4)) * d_width / (2 * width) / 8
    d_apart = d_even / width + 2 * apart * d_square
    d_x = d_apart - d_apart.mean(axis=0)
    V -= 0.01 * (scale * even).T @ d_out
    scale -= 0.01 * (d_scaled * even).sum(axis=0)
    W -= 0.01 * X.T @ d_x
"""

CARRIED = """
import numpy as np
rng = np.random.default_rng(3)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
h = np.tanh(X @ W)
y = h @ V
for step in range(3):
    d = y - t
    d_h = d @ V.T * (1 - h ** 2)
    V -= 0.01 * h.T @ d
    W -= 0.01 * X.T @ d_h
    h = np.tanh(X @ W)
    y = h @ V
"""

ROWS = """
import numpy as np
rng = np.random.default_rng(4)
P, Q, scores = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=3)
for score in scores:
    u, i = 1, 2
    e = score - P[u] @ Q[i]
    old = P[u].copy()
    P[u] += 0.1 * (e * Q[i] - 0.02 * P[u])
    Q[i] += 0.1 * (e * old - 0.02 * Q[i])
"""

GATED = """
import numpy as np
rng = np.random.default_rng(4)
W, U, R = rng.normal(size=(3, 2)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
V = rng.normal(size=(1, 3))
xs, ys = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
for step in range(3):
    hs, gs, cs, outs = [np.zeros(3)], [], [], []
    for t in range(4):
        gs.append(1 / (1 + np.exp(-R @ hs[t])))
        cs.append(np.tanh(W @ xs[t] + U @ (gs[t] * hs[t])))
        hs.append(0.5 * hs[t] + cs[t])
        outs.append(V @ hs[t + 1])
    dW, dU, dR, dV, dh = 0, 0, 0, 0, np.zeros(3)
    for t in range(3, -1, -1):
        d = outs[t] - ys[t]
        dV = dV + np.outer(d, hs[t + 1])
        dh = dh + V.T @ d
        dc = dh * (1 - cs[t] ** 2)
        back = U.T @ dc
        dg = back * hs[t] * gs[t] * (1 - gs[t])
        dW = dW + np.outer(dc, xs[t])
        dU = dU + np.outer(dc, gs[t] * hs[t])
        dR = dR + np.outer(dg, hs[t])
        dh = 0.5 * dh + R.T @ dg + back * gs[t]
    W, U, R, V = W - 0.1 * dW, U - 0.1 * dU, R - 0.1 * dR, V - 0.1 * dV
"""

CASES = [
    (NORMALISED, "d_even / width + 2 * apart * d_square", "d_even / width", MistakeKind.TERM),
    (GATED, "np.outer(dc, gs[t] * hs[t])", "np.outer(dc, hs[t])", MistakeKind.FACTOR),
    (NORMALISED, "d_width / (2 * width) / 8", "d_width / width / 8", MistakeKind.FACTOR),
    (NORMALISED, "d_width = -(", "d_width = (", MistakeKind.SIGN),
    (NORMALISED, "d_even = d_scaled * scale", "d_even = d_scaled", MistakeKind.FACTOR),
    (CARRIED, "d_h = d @ V.T * (1 - h ** 2)", "d_h = d @ V.T", MistakeKind.SLOPE_MISSING),
    (CARRIED, "W -= 0.01", "W += 0.01", MistakeKind.SIGN),
    (ROWS, "Q[i] += 0.1 * (e * old", "Q[i] -= 0.1 * (e * old", MistakeKind.SIGN),
]


def judged(tmp_path, text):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source)


@pytest.mark.parametrize("text", [NORMALISED, CARRIED, ROWS, GATED])
def test_right_scripts_are_checked_and_not_accused(text, tmp_path):
    verdict = judged(tmp_path, text)
    assert verdict.ok
    assert verdict.meaning.loss.kind == "half_squared_error"


@pytest.mark.parametrize(("text", "right", "wrong", "kind"), CASES)
def test_the_line_is_named_where_its_own_inputs_are_right(text, right, wrong, kind, tmp_path):
    assert text.count(right) == 1
    verdict = judged(tmp_path, text.replace(right, wrong))
    line = text[: text.index(right)].count("\n") + 1
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]
