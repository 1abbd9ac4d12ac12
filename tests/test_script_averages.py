"""Lines of an optimiser that average gradients the wrong way are named, and right ones are not."""

import pytest

from bpstep.gradcheck.script.edits import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.script.opening import open_script

ADAM = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
p = {"W": rng.normal(size=(3, 2)), "b": np.zeros(2)}
m = {k: np.zeros_like(v) for k, v in p.items()}
v = {k: np.zeros_like(v) for k, v in p.items()}
b1, b2, lr = 0.9, 0.999, 0.01
for t in range(1, 9):
    error = X @ p["W"] + p["b"] - Y
    g = {"W": X.T @ error, "b": error.sum(axis=0)}
    for k in p:
        m[k] = b1 * m[k] + (1 - b1) * g[k]
        v[k] = b2 * v[k] + (1 - b2) * g[k] ** 2
        m_hat = m[k] / (1 - b1 ** t)
        v_hat = v[k] / (1 - b2 ** t)
        p[k] -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)
"""

VELOCITY = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
vW, vb, mu, lr = np.zeros((3, 2)), np.zeros(2), 0.9, 0.01
for step in range(9):
    error = X @ W + b - Y
    vW = mu * vW - lr * X.T @ error
    vb = mu * vb - lr * error.sum(axis=0)
    W += vW
    b += vb
"""

NESTEROV = """
    gW = X.T @ error
    vW = gW if step == 0 else mu * vW + gW
    dW = mu * vW + gW
"""


def judged(tmp_path, text, *change):
    """The verdict on a script with one change, and the line of the change."""
    line = 0
    if change:
        assert text.count(change[0]) == 1
        line = text[: text.index(change[0])].count("\n") + 1
        text = text.replace(*change)
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source), line


@pytest.mark.parametrize("text", [ADAM, VELOCITY])
def test_right_averages_are_not_accused(text, tmp_path):
    verdict, _ = judged(tmp_path, text)
    assert verdict.ok
    assert len(verdict.meaning.gradients) == 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(1 - b1) * g[k]", "(1 - b2) * g[k]"),
        ("(1 - b2 ** t)", "(1 - b1 ** t)"),
    ],
)
def test_the_wrong_rate_of_an_average_is_named_with_its_line(right, wrong, tmp_path):
    verdict, line = judged(tmp_path, ADAM, right, wrong)
    (found,) = verdict.wrong
    assert (found.line, found.mistake) == (line, MistakeKind.OTHER_TENSOR)
    assert found.right == ADAM.split("\n")[line - 1].strip()


def test_a_velocity_that_loses_a_part_of_itself_has_the_wrong_sign(tmp_path):
    right, wrong = "mu * vb - lr * error.sum(axis=0)", "lr * error.sum(axis=0) - mu * vb"
    verdict, line = judged(tmp_path, VELOCITY, right, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SIGN)]


def test_a_velocity_without_its_earlier_value_is_named(tmp_path):
    text = VELOCITY.replace("    vW =", "    gW = X.T @ error\n    vW =").replace(
        "lr * X.T @ error", "lr * gW"
    )
    assert judged(tmp_path, text)[0].ok
    verdict, line = judged(tmp_path, text, "mu * vW", "mu * gW")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.OTHER_TENSOR)]


def test_a_velocity_that_begins_as_the_gradient_is_not_accused(tmp_path):
    """Nesterov's step as PyTorch makes it: in the first pass the velocity is the gradient itself."""
    text = VELOCITY.replace("    vW = mu * vW - lr * X.T @ error\n", NESTEROV).replace(
        "W += vW", "W -= lr * dW"
    )
    assert judged(tmp_path, text)[0].ok


@pytest.mark.parametrize("step", ["b -= lr * db * 0", "b = b - lr * 0"])
def test_an_update_with_a_factor_0_never_updates(step, tmp_path):
    text = VELOCITY.replace("    vb = mu * vb - lr * error.sum(axis=0)\n", "    db = error.sum(axis=0)\n")
    # A bias may be an array or a plain number.
    for one in (text, text.replace("np.zeros(2)", "0.0", 1).replace("error.sum(axis=0)", "error.sum()")):
        assert judged(tmp_path, one, "b += vb", "b -= lr * db")[0].ok
        verdict, line = judged(tmp_path, one, "b += vb", step)
        assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.NEVER_UPDATED)]


def test_a_rate_that_is_0_in_the_first_pass_is_not_accused(tmp_path):
    text = VELOCITY.replace("    error =", "    rate = lr * step * 0.1\n    error =").replace(
        "- lr *", "- rate *"
    )
    assert judged(tmp_path, text.replace("b += vb", "b += vb * rate"))[0].ok


def test_a_rate_of_a_weights_own_decay_is_no_average(tmp_path):
    """`(1 - lr * 0.1) * W - lr * g` adds up to no 1, and need not."""
    change = ("    W += vW\n", "    W = (1 - lr * 0.1) * W + vW\n")
    assert judged(tmp_path, VELOCITY, *change)[0].ok


@pytest.mark.parametrize(("kept", "damped"), [(0.0, 0.99), (1.0, 0.99), (0.9, 0.0), (0.9, -1.0)])
def test_a_factor_that_is_no_rate_between_0_and_1_makes_no_average(kept, damped, tmp_path):
    """PyTorch's momentum takes `1 - dampening` of the gradient, and dampening is 0 there unless set."""
    text = VELOCITY.replace("0.9, 0.01", f"{kept}, 0.01").replace("for step", f"damped = {damped}\nfor step")
    text = text.replace("- lr * X.T", "- (1 - damped) * X.T").replace(
        "- lr * error", "- (1 - damped) * error"
    )
    assert judged(tmp_path, text)[0].ok
