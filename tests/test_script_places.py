"""The line that a finding names: of an expression, in a function too, or that passes a result on."""

import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.script.opening import open_script

LAYERS = """\
import numpy as np

rng = np.random.default_rng(5)


class Linear:
    def __init__(self, n, m):
        self.W = rng.normal(0, 0.6, (n, m))

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, d):
        self.dW = self.x.T @ d
        return d @ self.W.T


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def slope(self):
        return 1 - self.y**2

    def backward(self, d):
        return d * self.slope()


X, T = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
layers = [Linear(3, 4), Tanh(), Linear(4, 2)]
rate, decay = 0.1, 0.05
for step in range(9):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = 0.5 * np.sum((out - T) ** 2)
    d = out - T
    for layer in layers[::-1]:
        d = layer.backward(d)
    for layer in layers[::2]:
        layer.W -= rate * layer.dW
"""

FLAT = """\
import numpy as np

rng = np.random.default_rng(6)
X, T = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, V = rng.normal(0, 0.6, (3, 4)), rng.normal(0, 0.6, (4, 2))
gate, vW, vV = rng.uniform(0.5, 1, (9, 4)), np.zeros((3, 4)), np.zeros((4, 2))
rate, decay = 0.1, 0.05
for step in range(9):
    Z = X @ W
    H = np.tanh(Z) * gate
    O = H @ V
    E = O - T
    loss = 0.5 * np.sum(E**2) + decay / 2 * np.sum(W**2) + decay / 2 * np.sum(V**2)
    dH = E @ V.T
    dZ = dH * gate * (1 - np.tanh(Z) ** 2)
    dV = H.T @ E + decay * V
    dW = X.T @ dZ + decay * W
    vV = 0.9 * vV - rate * dV
    vW = 0.9 * vW - rate * dW
    V += vV
    W += vW
"""


def judged(folder, text, old="", new=""):
    """The verdict on a script with one change, and the number of the changed line."""
    assert not old or text.count(old) == 1
    path = folder / "own.py"
    path.write_text(text.replace(old, new) if old else text)
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    return verdict, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("text", [LAYERS, FLAT])
def test_right_scripts_are_told_to_be_right(text, tmp_path):
    verdict, _ = judged(tmp_path, text)
    assert verdict.is_right
    assert not verdict.findings


@pytest.mark.parametrize(
    ("text", "old", "new", "kind"),
    [
        (LAYERS, "return 1 - self.y**2", "return self.y * (1 - self.y)", MistakeKind.SLOPE_WRONG),
        (LAYERS, "return d * self.slope()", "return d", MistakeKind.SLOPE_MISSING),
        (LAYERS, "return d @ self.W.T", "return np.sign(d) @ self.W.T", MistakeKind.SLOPE_WRONG),
        (FLAT, "dZ = dH * gate * (1 - np.tanh(Z) ** 2)", "dZ = dH * gate", MistakeKind.SLOPE_MISSING),
        (FLAT, "dH * gate *", "dH *", MistakeKind.FACTOR),
        (FLAT, "dW = X.T @ dZ + decay * W", "dW = X.T @ dZ", MistakeKind.TERM),
        (FLAT, "dW = X.T @ dZ + decay * W", "dW = X.T @ dZ - decay * W", MistakeKind.SIGN),
        (FLAT, "vW = 0.9 * vW - rate * dW", "vW = -0.9 * vW - rate * dW", MistakeKind.SIGN),
    ],
)
def test_a_mistake_is_named_where_it_stands(text, old, new, kind, tmp_path):
    verdict, line = judged(tmp_path, text, old, new)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]


def test_of_two_gradients_that_is_wrong_that_is_divided_twice(tmp_path):
    text = FLAT.replace("    dH =", "    E = E / 9\n    dH =").replace("- rate * d", "- 0.3 * rate * d")
    text = text.replace(" + decay * V", "").replace(" + decay * W", "").replace("sum(E**2)", "sum(E**2) / 9")
    text = text.replace(" + decay / 2 * np.sum(W**2) + decay / 2 * np.sum(V**2)", "")
    assert judged(tmp_path, text)[0].is_right
    verdict, line = judged(tmp_path, text, "dW = X.T @ dZ", "dW = X.T @ dZ / 9")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.COUNT)]


def test_a_line_that_multiplies_by_1_lacks_the_slope(tmp_path):
    text = LAYERS.replace("        return d * self.slope()", "        d = d * SLOPE\n        return d")
    assert judged(tmp_path, text, "SLOPE", "self.slope()")[0].is_right
    verdict, line = judged(tmp_path, text, "SLOPE", "1.0")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SLOPE_MISSING)]


def test_an_update_that_leaves_out_the_target_is_of_a_parameter_all_the_same(tmp_path):
    plain = FLAT.replace(" + decay * V", "").replace(" + decay * W", "").split("    loss =")
    text = plain[0] + plain[1].partition("\n")[2]
    verdict, line = judged(tmp_path, text, "dV = H.T @ E", "dV = H.T @ O")
    assert [each.line for each in verdict.wrong] == [line]


@pytest.mark.parametrize(
    ("old", "new", "kind", "sentence"),
    [
        (
            " + decay / 2 * np.sum(W**2) + decay / 2 * np.sum(V**2)",
            "",
            FindingKind.OTHER_RULE,
            "this is weight decay of V, which loss does not have",
        ),
        (
            "decay / 2 * np.sum(W**2)",
            "decay * np.sum(W**2)",
            FindingKind.OTHER_LOSS,
            "0.5 times that of loss",
        ),
    ],
)
def test_a_penalty_that_the_loss_has_not_or_otherwise_is_told_and_not_accused(
    old, new, kind, sentence, tmp_path
):
    text = FLAT.replace("vV = 0.9 * vV - rate * dV", "vV = -rate * dV")
    text = text.replace("vW = 0.9 * vW - rate * dW", "vW = -rate * dW")
    assert judged(tmp_path, text)[0].is_right
    verdict, _ = judged(tmp_path, text, old, new)
    assert verdict.ok
    assert {each.kind for each in verdict.findings} == {kind}
    assert sentence in verdict.findings[0].sentence


def test_a_velocity_that_the_outputs_look_ahead_with_has_no_weight_decay(tmp_path):
    text = FLAT.replace("Z = X @ W", "A, B = V + 0.9 * vV, W + 0.9 * vW\n    Z = X @ B")
    text = text.replace("H @ V", "H @ A").replace("E @ V.T", "E @ A.T").split("    loss =")
    text = text[0] + text[1].partition("\n")[2].replace(" + decay * V", "").replace(" + decay * W", "")
    text = text.replace("    dH =", "    loss = 0.5 * np.sum(E**2)\n    dH =")
    assert not judged(tmp_path, text)[0].findings


def test_the_root_of_an_average_of_gradients_that_are_not_squared_is_told(tmp_path):
    text = FLAT.replace("vW = 0.9 * vW - rate * dW", "vW = 0.9 * vW + 0.1 * dW**2")
    text = text.replace("vV = 0.9 * vV - rate * dV", "vV = 0.9 * vV + 0.1 * dV**2")
    text = text.replace("W += vW", "W -= rate * dW / (np.sqrt(vW) + 1e-8)")
    text = text.replace("V += vV", "V -= rate * dV / (np.sqrt(vV) + 1e-8)")
    assert judged(tmp_path, text)[0].is_right
    verdict, line = judged(tmp_path, text, "0.1 * dW**2", "0.1 * dW")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.POWER)]
    assert verdict.wrong[0].right == "vW = 0.9 * vW + 0.1 * dW**2"


def test_pythons_sum_of_an_array_adds_its_rows(tmp_path):
    text = FLAT.replace("np.sum(E**2)", "sum(sum(E**2))")
    assert judged(tmp_path, text)[0].is_right
