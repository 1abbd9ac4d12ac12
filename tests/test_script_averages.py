"""Lines of an optimiser that average gradients the wrong way are named, and right ones are not."""

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.script.opening import open_script
from tests.script_passes import training_pass

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


ADAM_LINES = """
    error = X @ W - Y
    g = X.T @ error
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    W = W - lr * m_hat / (np.sqrt(v_hat) + 1e-8)
"""
VELOCITY_LINES = """
    error = X @ W - Y
    g = X.T @ error
    u = mu * u - lr * g
    W = W + u
"""
SUM_LINES = """
    error = X @ W - Y
    g = X.T @ error
    v = v + g * g
    W = W - lr * g / (np.sqrt(v) + 1e-8)
"""
ADDED = "m = (1 - b1) * g + b1 * m"
WEIGHTS = "the weights of the average do not add up to 1: {} takes the place of {}"
SUM_OF_SHARES = "the weights of the average do not add up to 1: {} should be {}"
CORRECTION = "{} is averaged with {} and corrected with {}"
ROOT = "the root of this average is taken: g should be g**2"
ROOT_MISSING, STEP = "{0} should be sqrt({0})", "W = W - lr * m_hat / ({} + 1e-8)"
SHARE = "a share of g is added to g itself: the share should be that of the earlier {}"
SUBTRACTED, TURNED = "{} is subtracted instead of added", "the difference is the other way round"
SUM, DOWN = ("mu * u - lr * g", "mu * u + g"), ("W + u", "W - lr * u")
AHEAD = ("W + u", "W - mu * u + (1 + mu) * u")
M, V, NEW = "m = b1 * m + (1 - b1) * g", "v = b2 * v + (1 - b2) * g**2", "(1 - b1) * g"
COUNTED = "{} should be 1 - b1**t: a bias correction depends on the number of updates so far"
LATE = "{} should be {}: a bias correction depends on the number of updates so far"

LITERAL = [("b1 * m + (1 - b1)", "0.9 * m + 0.2"), ("1 - b1**t", "1 - 0.9**t")]
CREATED = [("m = b1 * m +", "m = b1 * 0 +"), (NEW, "(1 + b1) * g")]

LINES = [
    (ADAM_LINES, [], "", None),
    (ADAM_LINES, [(NEW, "(1 + b1) * g")], "b1 is added instead of subtracted", M),
    (ADAM_LINES, CREATED, "b1 is added instead of subtracted", M.replace("* m", "* 0")),
    (ADAM_LINES, CREATED[:1], "", None),
    (
        ADAM_LINES,
        [("lr * m_hat", "lr * m")],
        "the bias correction of m is missing",
        "W = W - lr * (m / (1 - b1**t)) / (np.sqrt(v_hat) + 1e-8)",
    ),
    (ADAM_LINES, [("lr * m_hat", "lr * g")], "it reads g instead of m_hat", STEP.format("np.sqrt(v_hat)")),
    (ADAM_LINES, LITERAL, SUM_OF_SHARES.format("0.2", "0.1"), "m = 0.9 * m + 0.1 * g"),
    (ADAM_LINES, [(M, "m = (1 - b1) * m + b1 * g")], "1 - b1 should be b1", M),
    (ADAM_LINES, [("b1 * m + ", "")], "the term b1 * m is missing", M),
    (ADAM_LINES, [("b1 * m + (1 - b1)", "0.1")], "the term 0.9 * m is missing", "m = 0.9 * m + 0.1 * g"),
    (ADAM_LINES, [(NEW, "(1 - b2) * g")], WEIGHTS.format("b2", "b1"), M),
    (ADAM_LINES, [(NEW, "(1 - 0.999) * g")], WEIGHTS.format("0.999", "b1"), M),
    (ADAM_LINES, [("(1 - b2) * g", "(1 - b1) * g")], WEIGHTS.format("b1", "b2"), V),
    (ADAM_LINES, [(M, ADDED)], "", None),
    (ADAM_LINES, [(M, ADDED.replace("- b1", "- b2"))], WEIGHTS.format("b2", "b1"), ADDED),
    (ADAM_LINES, [("1 - b1**t", "1 - b2**t")], CORRECTION.format("m", "b1", "b2"), "m_hat = m / (1 - b1**t)"),
    (ADAM_LINES, [("1 - b2**t", "1 - b1**t")], CORRECTION.format("v", "b2", "b1"), "v_hat = v / (1 - b2**t)"),
    (ADAM_LINES, [("b2**t", "b2**(t + 1)")], LATE.format("b2**(t + 1)", "b2**t"), "v_hat = v / (1 - b2**t)"),
    (ADAM_LINES, [("b1**t", "b1**(t + 1)")], LATE.format("b1**(t + 1)", "b1**t"), "m_hat = m / (1 - b1**t)"),
    # The step is that of the next update: Nadam.
    (ADAM_LINES, [("m / (1 - b1**t)", "b1 * m / (1 - b1**(t + 1)) + (1 - b1) * g / (1 - b1**t)")], "", None),
    (ADAM_LINES, [("1 - b1**t", "1 - b1 * t")], COUNTED.format("1 - b1 * t"), "m_hat = m / (1 - b1**t)"),
    (ADAM_LINES, [("1 - b1**t", "1 - t * b1")], COUNTED.format("1 - t * b1"), "m_hat = m / (1 - b1**t)"),
    (
        ADAM_LINES,
        [("1 - b1**t", "1 + b1**t")],
        "b1**t is added instead of subtracted",
        "m_hat = m / (1 - b1**t)",
    ),
    (
        ADAM_LINES,
        [("= m / (1 - b1**t)", "= lr * m / (1 - b1 * t)"), ("- lr * m_hat", "- m_hat")],
        COUNTED.format("1 - b1 * t"),
        "m_hat = lr * m / (1 - b1**t)",
    ),
    (ADAM_LINES, [(NEW, "b1 * g")], SUM_OF_SHARES.format("b1", "1 - b1"), M),
    (ADAM_LINES, [("(1 - b2) * g**2", "b2 * g**2")], SUM_OF_SHARES.format("b2", "1 - b2"), V),
    (ADAM_LINES, [(NEW, "g")], "the factor 1 - b1 is missing", M),
    (ADAM_LINES, [("g**2", "g")], ROOT, V),
    (ADAM_LINES, [("g**2", "g"), ("np.sqrt(v_hat)", "v_hat**0.5")], ROOT, V),
    (ADAM_LINES, [("b1 * m +", "b1 * m -")], SUBTRACTED.format(NEW), M),
    (ADAM_LINES, [("b1 * m +", "-b1 * m +")], "wrong sign", M),
    (ADAM_LINES, [("b1 * m +", "b1 * g +")], SHARE.format("m"), M),
    (ADAM_LINES, [(M, ADDED.replace("+", "-"))], SUBTRACTED.format("b1 * m"), ADDED),
    (ADAM_LINES, [("np.sqrt(v_hat)", "v_hat")], ROOT_MISSING.format("v_hat"), STEP.format("np.sqrt(v_hat)")),
    (
        ADAM_LINES,
        [("(np.sqrt(v_hat) + 1e-8)", "v_hat")],
        ROOT_MISSING.format("v_hat"),
        "W = W - lr * m_hat / np.sqrt(v_hat)",
    ),
    (SUM_LINES, [("np.sqrt(v)", "v")], ROOT_MISSING.format("v"), "W = W - lr * g / (np.sqrt(v) + 1e-8)"),
    (SUM_LINES, [("np.sqrt(v)", "v"), ("v + g * g", "v + np.square(error).sum()")], "", None),
    (SUM_LINES, [], "", None),
    (SUM_LINES, [("g * g", "np.abs(g)")], ROOT.replace("g should", "abs(g) should"), "v = v + g**2"),
    (SUM_LINES, [("v + g * g", "g * g")], "v is overwritten instead of added to", "v += g * g"),
    (SUM_LINES, [("v = v + g * g", "q = g * g\n    v = q + v")], "", None),
    (SUM_LINES, [("v + g * g", "g**2 + 1e-8"), ("np.sqrt(v)", "np.sqrt(v.sum())")], "", None),
    (ADAM_LINES, [("b2 * v + (1", "(1")], "the term b2 * v is missing", V),
    (ADAM_LINES, [("b2 * v + (1 - b2)", "0.1")], "the term 0.9 * v is missing", "v = 0.9 * v + 0.1 * g**2"),
    (SUM_LINES, [("g * g", "g")], ROOT, "v = v + g**2"),
    (
        SUM_LINES,
        [("v + g * g", "-(g * g) + v"), ("np.sqrt(v)", "np.sqrt(np.abs(v))")],
        SUBTRACTED.format("g * g"),
        "v = v + g * g",
    ),
    (ADAM_LINES, [(NEW, "b1 * W")], SUM_OF_SHARES.format("b1", "1 - b1"), "m = b1 * m + (1 - b1) * W"),
    (
        SUM_LINES,
        [("v + g * g", "v - g * g"), ("np.sqrt(v)", "np.sqrt(np.abs(v))")],
        SUBTRACTED.format("g * g"),
        "v = v + g * g",
    ),
    (VELOCITY_LINES, [], "", None),
    (VELOCITY_LINES, [SUM, DOWN], "", None),
    (VELOCITY_LINES, [AHEAD], "", None),
    (VELOCITY_LINES, [(SUM[0], "lr * g - mu * u")], TURNED, "u = mu * u - lr * g"),
    (VELOCITY_LINES, [(SUM[0], "lr * g + mu * u"), ("+ u", "- u")], "", None),
    (
        VELOCITY_LINES,
        [(SUM[0], "lr * g - mu * u"), ("W + u", "W - u")],
        SUBTRACTED.format("mu * u"),
        "u = lr * g + mu * u",
    ),
    (VELOCITY_LINES, [(SUM[0], "-mu * u - lr * g")], "wrong sign", "u = mu * u - lr * g"),
    (VELOCITY_LINES, [(SUM[0], "mu * g - lr * g")], SHARE.format("u"), "u = mu * u - lr * g"),
    (VELOCITY_LINES, [(SUM[0], "mu * g + g"), DOWN], SHARE.format("u"), "u = mu * u + g"),
    (VELOCITY_LINES, [(SUM[0], "mu * g + mu * g"), DOWN], "", None),
    (VELOCITY_LINES, [(SUM[0], "mu * u - g"), DOWN], SUBTRACTED.format("g"), "u = mu * u + g"),
    (
        VELOCITY_LINES,
        [("- lr * g", "+ lr * g"), AHEAD],
        "lr * g is added instead of subtracted",
        "u = mu * u - lr * g",
    ),
    (VELOCITY_LINES, [(SUM[0], "lr * g - mu * u - 0.1 * W"), ("+ u", "- u")], "", None),
]


def remembering(text, changes, **numbers):
    random = np.random.default_rng(1)
    shapes = {"X": (20, 3), "Y": (20, 2), "W": (3, 2)}
    initial = {name: random.normal(size=shape) for name, shape in shapes.items()}
    initial |= {"lr": 0.01, "mu": 0.9, "b1": 0.9, "b2": 0.999, "t": 1}
    initial |= {name: np.zeros((3, 2)) for name in "mvu" if f"    {name} =" in text}
    initial["fisher"] = np.zeros((3, 2))
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    return judge_pass(training_pass(text, initial | numbers))


@pytest.mark.parametrize(("text", "changes", "sentence", "right"), LINES)
def test_an_average_is_told_with_what_is_wrong_in_it_and_the_right_line(text, changes, sentence, right):
    verdict = remembering(text, changes)
    told = [(each.sentence, each.right, each.by) for each in verdict.wrong]
    assert told == ([] if right is None else [(sentence, right, "W")])
    assert verdict.wrong_parameters == (() if right is None else ("W",))


@pytest.mark.parametrize(("count", "expected"), [(0, "t + 1"), (1, ""), (2, "t - 1"), (8, "")])
def test_a_correction_that_counts_from_0_or_2_is_named_while_all_averages_are_0(count, expected):
    told = [(each.line, each.right) for each in remembering(ADAM_LINES, [], t=count).wrong]
    right = [(5, f"m_hat = m / (1 - b1**({expected}))"), (6, f"v_hat = v / (1 - b2**({expected}))")]
    assert told == (right if expected else [])
    assert remembering(ADAM_LINES, [], t=count or 1, v=np.full((3, 2), 0.1)).ok


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ([(SUM[0], "mu * g + g"), DOWN], {"mu": 1.5}),
        ([(SUM[0], "mu * g + g"), DOWN], {"mu": 1.0}),
        ([(SUM[0], "lr * g - mu * u"), ("W + u", "W - u")], {"mu": 1.0}),
        ([(SUM[0], "lr * g - mu * u"), ("W + u", "W - u")], {"mu": 1.2}),
    ],
)
def test_a_share_of_1_or_more_is_no_memory(changes, numbers):
    assert remembering(VELOCITY_LINES, changes, **numbers).ok


def test_a_step_that_is_divided_by_an_average_called_a_curvature_follows_another_rule():
    named = [
        ("np.sqrt(v_hat)", "fisher"),
        ("v = b2 * v +", "fisher = b2 * fisher +"),
        ("= v /", "= fisher /"),
    ]
    assert remembering(ADAM_LINES, named).ok
    assert not remembering(ADAM_LINES, [("np.sqrt(v_hat)", "v_hat")]).ok


INLINE = """
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(12, 3))
T = np.tanh(X @ rng.normal(size=(3, 3)))
W, b = rng.normal(0, 0.5, (3, 3)), np.zeros(3)
V, c = rng.normal(0, 0.5, (3, 3)), np.zeros(3)
{begin}
mu, rho, lr = 0.9, 0.95, 0.05
for t in range(1, 30):
    H = np.tanh(X @ W + b)
    P = H @ V + c
    dP = (P - T) / len(X)
    dH = dP @ V.T * (1 - H**2)
    gV, gc, gW, gb = H.T @ dP, dP.sum(axis=0), X.T @ dH, dH.sum(axis=0)
{lines}
"""
VELOCITIES = "m@ = mu * m@ - lr * g@", "@ = @ + m@"
SUMS = "m@ = mu * m@ + g@", "@ -= lr * m@"
ROOTS = "s@ = rho * s@ + (1 - rho) * g@ ** 2", "@ -= lr * g@ / (np.sqrt(s@) + 1e-8)"
BOTH = (
    "m@ = mu * m@ + (1 - mu) * g@",
    "s@ = rho * s@ + (1 - rho) * g@ ** 2",
    "r@ = m@ / (1 - mu ** t)",
    "@ -= lr * r@ / (np.sqrt(s@ / (1 - rho ** t)) + 1e-8)",
)
"""What an optimiser does with each parameter, with its name for @."""
AHEAD = (*SUMS[:1], "l@ = mu * m@ + g@", "@ -= lr * l@")
LARGEST = (*BOTH[:2], "x@ = np.maximum(x@, s@)", "@ -= lr * m@ / (np.sqrt(x@) + 1e-8)")
MAXIMUM = BOTH[0], "s@ = np.maximum(rho * s@, np.abs(g@))", "@ -= lr / (1 - mu ** t) * m@ / (s@ + 1e-8)"
BALL = "n@ = @ - lr * g@ + mu * (@ - m@)", "m@ = @", "@ = n@"
MEAN = "@ -= lr * g@", "m@ = mu * m@ + (1 - mu) * @"
STORED = "s@ = 0.5 * @ + g@", "m@ = mu * m@ - lr * s@", "@ = @ + m@"
UNNAMED = "velocity@ = -0.001 * @ - g@", "@ += lr * velocity@"


def remembering_all(lines):
    begin = [f"{kind}{name} = np.zeros_like({name})" for kind in "msx" for name in "WbVc"]
    each = [f"    {line.replace('@', name)}" for name in "WbVc" for line in lines]
    return INLINE.format(begin="\n".join(begin), lines="\n".join(each))


@pytest.mark.parametrize(
    "lines", [VELOCITIES, SUMS, ROOTS, BOTH, AHEAD, LARGEST, MAXIMUM, BALL, MEAN, STORED, UNNAMED]
)
def test_a_right_memory_is_not_accused(lines, tmp_path):
    assert judged(tmp_path, remembering_all(lines))[0].ok


@pytest.mark.parametrize(
    ("lines", "right", "wrong"),
    [
        # Another parameter's memory: kept, or read by the step.
        (VELOCITIES, "mW = mu * mW", "mW = mu * mV"),
        (BOTH, "sb = rho * sb", "sb = rho * sc"),
        (BOTH, "rV = mV /", "rV = mW /"),
        (ROOTS, "np.sqrt(sc)", "np.sqrt(sb)"),
        # Another tensor of the parameter, in place of what was.
        (BOTH, "mb = mu * mb", "mb = mu * sb"),
        (BOTH, "sc = rho * sc", "sc = rho * c"),
        (SUMS, "mV = mu * mV", "mV = mu * V"),
        (SUMS, "mV = mu * mV", "mV = mu * gV"),
        # Another gradient, or none.
        (ROOTS, "(1 - rho) * gV", "(1 - rho) * gW"),
        (ROOTS, "(1 - rho) * gb", "(1 - rho) * b"),
        # The gradient in place of what is remembered of it.
        (SUMS, "c -= lr * mc", "c -= lr * gc"),
        (BOTH, "rW = mW /", "rW = gW /"),
    ],
)
def test_a_tensor_in_the_place_of_another_one_in_a_memory_is_named_with_the_right_line(
    lines, right, wrong, tmp_path
):
    text = remembering_all(lines)
    verdict, line = judged(tmp_path, text, right, wrong)
    (found,) = verdict.wrong
    assert (found.line, found.mistake, found.right) == (
        line,
        MistakeKind.OTHER_TENSOR,
        text.split("\n")[line - 1].strip(),
    )


@pytest.mark.parametrize("wrong", [["W"], ["W", "b", "V", "c"]])
def test_a_step_along_the_gradient_in_place_of_its_memory_is_named(wrong, tmp_path):
    text = remembering_all(SUMS)
    for name in wrong:
        text = text.replace(f"{name} -= lr * m{name}", f"{name} -= lr * g{name}")
    verdict, _ = judged(tmp_path, text)
    assert sorted((each.by, each.right) for each in verdict.wrong) == [
        (name, f"{name} -= lr * m{name}") for name in sorted(wrong)
    ]


FUNCTION = """
def stepped(w, g, v):
    v = mu * v - lr * g
    return w + v, v
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("W, mW = stepped(W, gW, mW)", "W, mW = stepped(W, gW, mV)"),
        ("v = mu * v", "v = mu * g"),
        ("v = mu * v", "v = mu * w"),
    ],
)
def test_a_function_is_called_with_the_wrong_memory_or_forgets_it_itself(right, wrong, tmp_path):
    text = remembering_all(["@, m@ = stepped(@, g@, m@)"]).replace("for t in", f"{FUNCTION}for t in")
    assert judged(tmp_path, text)[0].ok
    verdict, line = judged(tmp_path, text, right, wrong)
    (found,) = verdict.wrong
    assert (found.line, found.mistake) == (line, MistakeKind.OTHER_TENSOR)
    assert found.right == text.split("\n")[line - 1].strip()
