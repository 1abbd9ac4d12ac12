"""Single mistakes in passes of a few numbers: each is named with its line, and nothing else is.

What is right and what was planted is known from the passes themselves; a case takes milliseconds.
"""

import ast
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.text.equation_trees import tree_text
from bpstep.script.equations.equations import CalledExpression
from tests.script_passes import training_pass

RANDOM = np.random.default_rng(5)

SHAPES = {"X": (4, 2), "T": (4, 1), "W": (2, 3), "b": 3, "V": (3, 1), "c": 1}

LAYERS = {name: RANDOM.normal(size=shape) for name, shape in SHAPES.items()} | {"n": 4, "rate": 0.1}

TWO_LAYERS = """
h = np.tanh(X @ W + b)
y = h @ V + c
loss = 0.5 * np.sum((y - T)**2)
dy = y - T
dV = h.T @ dy
dc = np.sum(dy, axis=0)
dh = dy @ V.T
dz = dh * (1 - h**2)
dW = X.T @ dz
db = np.sum(dz, axis=0)
V = V - rate * dV
c = c - rate * dc
W = W - rate * dW
b = b - rate * db
"""

UPHILL = {name: f"{name} + rate * d{name}" for name in "VcWb"}

PENALTY = "0.5 * np.sum((y - T)**2) + 0.005 * np.sum(V**2)"


def judged(text, initial, changes):
    """The verdict on a pass with some lines changed, a line that is None left out; and its lines."""
    lines = []
    for line in text.strip().splitlines():
        name, right = line.split(" = ", 1)
        right = changes.get(name, right)
        lines += [] if right is None else [f"{name} = {right}"]
    lines += [f"{name} = {right}" for name, right in changes.items() if f"\n{name} = " not in text]
    return judge_pass(training_pass("\n".join(lines), initial)), lines


def told(verdict, lines):
    """What each finding accuses or notes: its kind, the line's tensor, the mistake and the right line."""
    for each in verdict.findings:
        name = lines[each.line - 1].split(" = ")[0] if each.line else ""
        yield each.kind, name, each.mistake, each.right.partition(" = ")[2]


WRONG, SIGN, COUNT = FindingKind.WRONG, MistakeKind.SIGN, MistakeKind.COUNT

PLANTED = [
    ({"V": "V + rate * dV"}, [("V", SIGN, "V - rate * dV")]),
    ({"V": "V + 0.37 * dV"}, [("V", SIGN, "V - 0.37 * dV")]),
    (
        {name: UPHILL[name] for name in "Vc"},
        [("V", SIGN, "V - rate * dV"), ("c", SIGN, "c - rate * dc")],
    ),
    (
        {name: UPHILL[name] for name in "VcW"},
        [(name, SIGN, f"{name} - rate * d{name}") for name in "VcW"],
    ),
    # If all go uphill, the first gradient is turned.
    (UPHILL, [("dy", SIGN, "T - y")]),
    ({"dy": "T - y"}, [("dy", SIGN, "y - T")]),
    ({"dy": "T - y", **UPHILL, "b": "b - rate * db"}, [("b", SIGN, "b + rate * db")]),
    ({"dV": "-h.T @ dy"}, [("dV", SIGN, "h.T @ dy")]),
    ({"dh": "-dy @ V.T"}, [("dh", SIGN, "dy @ V.T")]),
    ({"dy": "y + T"}, [("dy", SIGN, "y - T")]),
    ({"dV": "h.T @ dy / n"}, [("dV", COUNT, "h.T @ dy")]),
    ({"dV": "h.T @ dy * n"}, [("dV", COUNT, "h.T @ dy")]),
    ({"dh": "dy @ V.T / n"}, [("dh", COUNT, "dy @ V.T")]),
    ({"dc": "np.mean(dy, axis=0)"}, [("dc", COUNT, "np.sum(dy, axis=0)")]),
    ({"db": "np.mean(dz, axis=0)"}, [("db", COUNT, "np.sum(dz, axis=0)")]),
    (
        {"dV": "h.T @ dy / n", "dc": "np.sum(dy, axis=0) / n"},
        [("dV", COUNT, "h.T @ dy"), ("dc", COUNT, "np.sum(dy, axis=0)")],
    ),
    # Three of four divide.
    (
        {"dV": "h.T @ dy / n", "dc": "np.mean(dy, axis=0)", "dW": "X.T @ dz / n"},
        [("db", COUNT, "np.mean(dz, axis=0)")],
    ),
    ({"dz": "dh * (1 - h)"}, [("dz", MistakeKind.SLOPE_WRONG, "dh * (1 - h**2)")]),
    ({"dz": "dh * (1 + h**2)"}, [("dz", MistakeKind.SLOPE_WRONG, "dh * (1 - h**2)")]),
    ({"dz": "dh"}, [("dz", MistakeKind.SLOPE_MISSING, "dh * (1 - h**2)")]),
    ({"dz": "dh * h * (1 - h)"}, [("dz", MistakeKind.SLOPE_PLACE, "dh * (1 - h**2)")]),
    ({"db": "np.sum(dh, axis=0)"}, [("db", MistakeKind.OTHER_TENSOR, "np.sum(dz, axis=0)")]),
    ({"dW": "X.T @ dh"}, [("dW", MistakeKind.OTHER_TENSOR, "X.T @ dz")]),
    ({"dV": "h.T @ y"}, [("dV", MistakeKind.OTHER_TENSOR, "h.T @ dy")]),
    (
        {"W": "W - rate * (X.T @ (dy @ V.T * (1 - h**2)))"},
        [("W", MistakeKind.UPDATED_BEFORE_USED, "W - rate * (X.T @ dz)")],
    ),
    ({"dW": "X.T @ (dz * dz)"}, [("dW", MistakeKind.FACTOR, "X.T @ dz")]),
    ({"dy": "(y - T)**2"}, [("dy", MistakeKind.POWER, "y - T")]),
    ({"db": "np.sum(dz)"}, [("db", MistakeKind.AXIS, "np.sum(dz, axis=0)")]),
    ({"db": "np.max(dz, axis=0)"}, [("db", MistakeKind.UNKNOWN, "np.sum(dz, axis=0)")]),
    ({"V": None, "lost": "V - rate * dV"}, [("lost", MistakeKind.NEVER_UPDATED, "V - rate * dV")]),
    ({"c": None}, [("dc", MistakeKind.NEVER_UPDATED, "")]),
    (
        {"loss": PENALTY, "V": "V - rate * (dV - 0.01 * V)"},
        [("V", SIGN, "")],
    ),
]


TOLD = [
    [("rate * dV is added instead of subtracted", "V")],
    [("0.37 * dV is added instead of subtracted", "V")],
    [("rate * dV is added instead of subtracted", "V"), ("rate * dc is added instead of subtracted", "c")],
    [
        ("rate * dV is added instead of subtracted", "V"),
        ("rate * dc is added instead of subtracted", "c"),
        ("rate * dW is added instead of subtracted", "W"),
    ],
    [("the difference is the other way round", "V")],
    [("the difference is the other way round", "V")],
    [("rate * db is subtracted instead of added", "b")],
    [("wrong sign", "V")],
    [("wrong sign", "W")],
    [("T is added instead of subtracted", "y")],
    [("it must not be divided by n", "V")],
    [("the factor n does not belong here", "V")],
    [("it must not be divided by n", "W")],
    [("that is the mean instead of the sum", "c")],
    [("that is the mean instead of the sum", "b")],
    [("it must not be divided by n", "V"), ("it must not be divided by n", "c")],
    [("that is the sum instead of the mean", "b")],
    [("the slope of h is 1 - h**2, not 1 - h", "X @ W + b")],
    [("the slope of h is 1 - h**2, not 1 + h**2", "X @ W + b")],
    [("the factor 1 - h**2, the slope of h, is missing", "X @ W + b")],
    [("h * (1 - h) is not the slope of h", "X @ W + b")],
    [("it reads dh instead of dz", "b")],
    [("it reads dh instead of dz", "W")],
    [("it reads y instead of dy", "V")],
    [("V is updated before it is used here", "W")],
    [("the factor dz does not belong here", "W")],
    [("(y - T)**2 must not be a power", "y")],
    [("db is one number, but b is (3,): the sum is taken over everything instead of along axis 0", "b")],
    [("", "b")],
    [("V is never updated: this line changes nothing", "V")],
    [("c is never updated, though its gradient is computed", "c")],
    [("the penalty on V has the wrong sign: in loss it has the opposite one", "V")],
]
"""The sentence of each of these findings, and the tensor that the line is for."""


def read_by(lines, initial):
    """The values that each line of a pass reads, as NumPy computes them."""
    values, before = dict(initial, np=np), []
    for line in lines:
        before.append(dict(values))
        exec(line, values)
    return before


@pytest.mark.parametrize(
    ("changes", "wrong", "sentences"), [(*row, each) for row, each in zip(PLANTED, TOLD, strict=True)]
)
def test_a_planted_mistake_is_named_with_its_line_and_the_right_one(changes, wrong, sentences):
    verdict, lines = judged(TWO_LAYERS, LAYERS, changes)
    assert list(told(verdict, lines)) == [(WRONG, *each) for each in wrong]
    assert [(each.sentence, each.by) for each in verdict.findings] == sentences
    for each in (finding for finding in verdict.findings if finding.worst is not None):
        # NumPy computes the line as it is and as it should be, from what the line reads.
        reads = read_by(lines, LAYERS)[each.line - 1]
        given = eval(lines[each.line - 1].split(" = ")[1], reads)
        right = eval(each.right.split(" = ")[1], reads)
        worst = np.unravel_index(np.argmax(np.abs(given - right)), np.shape(given))
        assert each.worst.index == worst
        assert each.worst.given == pytest.approx(given[worst], rel=1e-9)
        assert each.worst.expected == pytest.approx(right[worst], rel=1e-9)
    assert not verdict.ok
    assert verdict.meaning.loss.kind == "half_squared_error"


PENALISED = TWO_LAYERS.replace(
    "loss = ", "penalty = 0.005 * (np.sum(V**2) + np.sum(W**2))\nloss = penalty + "
)


def test_a_penalty_that_all_weights_follow_is_not_the_loss_of_a_pass_with_a_wrong_first_gradient():
    decayed = {"dV": "h.T @ dy + 0.01 * V", "dW": "X.T @ dz + 0.01 * W"}
    verdict, lines = judged(PENALISED, LAYERS, {**decayed, "dy": "y + T"})
    assert list(told(verdict, lines)) == [(WRONG, "dy", SIGN, "y - T")]
    assert judged(PENALISED, LAYERS, decayed)[0].ok


SCALE, OTHER_LOSS = FindingKind.OTHER_SCALE, FindingKind.OTHER_LOSS

MEAN = "0.5 * np.mean((y - T)**2)"

RIGHT = [
    ({}, ""),
    ({"loss": MEAN, "dy": "(y - T) / n"}, ""),
    ({"loss": "np.mean((y - T)**2)", "dy": "(y - T) / n"}, ""),
    ({"dy": "T - y", **UPHILL}, ""),
    # Rates of a parameter's own.
    ({"V": "V - 2 * rate * dV"}, ""),
    ({"V": "V - 0.37 * dV"}, ""),
    ({"V": "V - dV"}, "this step has no factor rate"),
    ({"loss": PENALTY, "V": "V - rate * (dV + 0.01 * V)"}, ""),
    # A bias that may be held on purpose, as it is not 0.
    ({"c": None, "dc": None}, "c is read here and never updated"),
    # One cell needs no axis.
    ({"dc": "np.sum(dy)"}, ""),
    # Counts and losses that are told, and accuse nobody.
    ({"loss": MEAN}, "the gradients are 4 times those of loss: no line divides by 4"),
    (
        {"loss": MEAN, **{name: f"{name} - 0.25 * d{name}" for name in "VcWb"}},
        "the gradients are 4 times those of loss: no line divides by 4",
    ),
    ({"dy": "(y - T) / n"}, "the gradients are those of loss divided by 4"),
    ({"loss": MEAN, "dy": "(y - T) / n**2"}, "the gradients are those of loss divided by 4"),
    ({"loss": None}, "no line divides by 4"),
    ({"loss": None, "dy": "2 * (y - T)"}, "no line divides by 4"),
    ({"loss": None, "dy": "3 * (y - T)"}, ""),
    ({"loss": None, "dy": "(y - T) / n"}, ""),
    ({"loss": None, "dy": "2 * (y - T) / 4"}, ""),
    ({"loss": None, **{name: f"{name} - rate / n * d{name}" for name in "VcWb"}}, ""),
    ({"loss": "np.sum(np.abs(y - T))"}, "the updates follow the gradient of a loss other than loss"),
    (
        {"loss": None, "cost": "np.sum(np.abs(y - T))"},
        "the updates follow the gradient of a loss other than cost",
    ),
    # A penalty that only the loss or only the step has, or of another size.
    ({"V": "V - rate * dV - 0.01 * V"}, "this is weight decay of V, which loss does not have"),
    ({"V": "V - rate * (dV + 0.01 * V)"}, "this is weight decay of V, which loss does not have"),
    ({"loss": PENALTY}, "the penalty on V that loss has is not in the updates"),
    ({"loss": PENALTY, "V": "V - rate * (dV + 0.02 * V)"}, "the penalty on V is 2 times that of loss"),
    ({"loss": PENALTY, "V": "V - rate * (dV + 0.005 * V)"}, "the penalty on V is 0.5 times that of loss"),
    # Scales that are of the count of samples, and others that nothing is told of.
    ({"dy": "(y - T) / n**2"}, "the gradients are 0.0625 times those of loss"),
    ({"loss": MEAN, "dy": "n * (y - T)"}, "the gradients are 16 times those of loss"),
    ({"loss": "np.mean((y - T)**2)", "dy": "2 * (y - T)"}, "the gradients are 4 times those of loss"),
    ({"dy": "3 * (y - T)"}, ""),
    ({"dy": "(y - T) / 3"}, ""),
    ({"loss": "0.5 * np.sum((y - T)**2) / (2 * n)"}, ""),
    ({"loss": "np.mean(np.abs(y - T))", "dy": "np.sign(y - T) / n"}, ""),
    ({"loss": MEAN, **{name: f"{name} - rate / n * d{name}" for name in "VcWb"}}, ""),
    ({"loss": PENALTY.replace("V**2", "W**2"), "W": "W - rate * (dW + 0.01 * W)"}, ""),
    ({"b": "b - rate * (db + 0.01 * b)"}, "this is weight decay of b, which loss does not have"),
    ({"loss": "np.sum((y - T)**4)"}, "the updates follow the gradient of a loss other than loss"),
]

UNKNOWN_COUNT = (
    "no line divides by 4, the number of samples: right for a loss that is a sum over samples, "
    "wrong for a mean"
)

NOTED = [
    (),
    (),
    (),
    (),
    (),
    (),
    (
        FindingKind.OTHER_SCALE,
        "V",
        MistakeKind.FACTOR,
        "this step has no factor rate, which the steps of c, W, b have",
        "V",
    ),
    (),
    (FindingKind.OTHER_RULE, "y", MistakeKind.NEVER_UPDATED, "c is read here and never updated", "c"),
    (),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        "the gradients are 4 times those of loss: no line divides by 4, the number of samples",
        "",
    ),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        "the gradients are 4 times those of loss: no line divides by 4, the number of samples",
        "",
    ),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        "the gradients are those of loss divided by 4, the number of samples: a line divides once more",
        "",
    ),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        "the gradients are those of loss divided by 4, the number of samples: a line divides once more",
        "",
    ),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        UNKNOWN_COUNT,
        "",
    ),
    (
        FindingKind.OTHER_SCALE,
        "dy",
        MistakeKind.COUNT,
        UNKNOWN_COUNT,
        "",
    ),
    (),
    (),
    (),
    (),
    (
        FindingKind.OTHER_LOSS,
        "dy",
        MistakeKind.UNKNOWN,
        "the updates follow the gradient of a loss other than loss: half the squared error of y",
        "",
    ),
    (
        FindingKind.OTHER_LOSS,
        "dy",
        MistakeKind.UNKNOWN,
        "the updates follow the gradient of a loss other than cost: half the squared error of y",
        "",
    ),
    (
        FindingKind.OTHER_RULE,
        "V",
        MistakeKind.TERM,
        "this is weight decay of V, which loss does not have",
        "V",
    ),
    (
        FindingKind.OTHER_RULE,
        "V",
        MistakeKind.TERM,
        "this is weight decay of V, which loss does not have",
        "V",
    ),
    (
        FindingKind.OTHER_LOSS,
        "dV",
        MistakeKind.TERM,
        "the penalty on V that loss has is not in the updates",
        "V",
    ),
    (FindingKind.OTHER_LOSS, "V", MistakeKind.FACTOR, "the penalty on V is 2 times that of loss", "V"),
    (FindingKind.OTHER_LOSS, "V", MistakeKind.FACTOR, "the penalty on V is 0.5 times that of loss", "V"),
    (SCALE, "dy", MistakeKind.COUNT, "the gradients are 0.0625 times those of loss", ""),
    (SCALE, "dy", MistakeKind.COUNT, "the gradients are 16 times those of loss", ""),
    (
        SCALE,
        "dy",
        MistakeKind.COUNT,
        "the gradients are 4 times those of loss: no line divides by 4, the number of samples",
        "",
    ),
    (),
    (),
    (),
    (),
    (),
    (),
    (
        FindingKind.OTHER_RULE,
        "b",
        MistakeKind.TERM,
        "this is weight decay of b, which loss does not have",
        "b",
    ),
    (
        OTHER_LOSS,
        "dy",
        MistakeKind.UNKNOWN,
        "the updates follow the gradient of a loss other than loss: half the squared error of y",
        "",
    ),
]
"""Each note: its kind, its line, the mistake that it may be, the sentence and the parameter."""


@pytest.mark.parametrize(
    ("changes", "note", "whole"), [(*row, noted) for row, noted in zip(RIGHT, NOTED, strict=True)]
)
def test_what_is_no_mistake_of_a_line_is_told_at_most(changes, note, whole):
    verdict, lines = judged(TWO_LAYERS, LAYERS, changes)
    assert verdict.ok
    # With a step of the whole gradient, the loss rises, which is told besides.
    told = [each for each in verdict.findings if each.kind is not FindingKind.NOT_LEARNING]
    assert [each.sentence[: len(note)] for each in told] == ([note] if note else [])
    assert [
        (each.kind, lines[each.line - 1].split(" = ")[0], each.mistake, each.sentence, each.by)
        for each in told
    ] == ([whole] if whole else [])
    assert verdict.meaning.loss is not None
    assert verdict.wrong_parameters == ()


# What an optimiser remembers

MEMORY = {
    "X": RANDOM.normal(size=(5, 3)),
    "T": RANDOM.normal(size=(5, 2)),
    "V": RANDOM.normal(size=(3, 2)),
    "c": RANDOM.normal(size=2),
    "m": RANDOM.normal(size=(3, 2)) / 9,
    "u": RANDOM.normal(size=2) / 9,
    "s": RANDOM.uniform(1, 2, size=(3, 2)),
    "r": RANDOM.uniform(1, 2, size=2),
    **{"b1": 0.9, "b2": 0.99, "t": 3, "rate": 0.1, "eps": 1e-8},
}

GRADIENTS = """
e = X @ V + c - T
dV = X.T @ e
dc = np.sum(e, axis=0)
"""

MOMENTUM = f"""{GRADIENTS}m = b1 * m + dV
u = b1 * u + dc
V = V - rate * m
c = c - rate * u
"""

ROOT = f"""{GRADIENTS}s = b2 * s + (1 - b2) * dV**2
r = b2 * r + (1 - b2) * dc**2
V = V - rate * dV / (np.sqrt(s) + eps)
c = c - rate * dc / (np.sqrt(r) + eps)
"""

ADAM = f"""{GRADIENTS}m = b1 * m + (1 - b1) * dV
u = b1 * u + (1 - b1) * dc
s = b2 * s + (1 - b2) * dV**2
r = b2 * r + (1 - b2) * dc**2
mh = m / (1 - b1**t)
uh = u / (1 - b1**t)
sh = s / (1 - b2**t)
rh = r / (1 - b2**t)
V = V - rate * mh / (np.sqrt(sh) + eps)
c = c - rate * uh / (np.sqrt(rh) + eps)
"""

OTHER, POWER = MistakeKind.OTHER_TENSOR, MistakeKind.POWER

REMEMBERED = [
    # What is remembered is subtracted: only its sign is wrong, or the gradient's too if V goes uphill.
    (MOMENTUM, {"m": "dV - b1 * m"}, [("m", SIGN, "dV + b1 * m")]),
    (MOMENTUM, {"m": "rate * dV - b1 * m", "V": "V + m"}, [("m", SIGN, "b1 * m - rate * dV")]),
    (MOMENTUM, {"m": "rate * dV - b1 * m", "V": "V - m"}, [("m", SIGN, "rate * dV + b1 * m")]),
    (MOMENTUM, {"m": "-b1 * m + dV"}, [("m", SIGN, "b1 * m + dV")]),
    (MOMENTUM, {"m": "-b1 * m - rate * dV", "V": "V + m"}, [("m", SIGN, "b1 * m - rate * dV")]),
    (
        MOMENTUM,
        {"m": "dV - b1 * m", "u": "dc - b1 * u"},
        [("m", SIGN, "dV + b1 * m"), ("u", SIGN, "dc + b1 * u")],
    ),
    # Where the update has the rate and subtracts, the velocity adds.
    (MOMENTUM, {"m": "b1 * m - dV"}, [("m", SIGN, "b1 * m + dV")]),
    (MOMENTUM, {"m": "b1 * m + (1 - b2) * dV"}, [("m", OTHER, "b1 * m + (1 - b1) * dV")]),
    (MOMENTUM, {"m": "0.9 * m + (1 - 0.99) * dV"}, [("m", OTHER, "0.9 * m + (1 - 0.9) * dV")]),
    (MOMENTUM, {"m": "b1 * m + X.T @ e / 5"}, [("dc", COUNT, "np.mean(e, axis=0)")]),
    (ROOT, {"s": "b2 * s + (1 - b2) * dV"}, [("s", POWER, "b2 * s + (1 - b2) * dV**2")]),
    (
        ROOT,
        {"s": "b2 * s + (1 - b2) * dV", "V": "V - rate * dV / np.sqrt(s + eps)"},
        [("s", POWER, "b2 * s + (1 - b2) * dV**2")],
    ),
    (ROOT, {"s": "b2 * s + (1 - b1) * dV**2"}, [("s", OTHER, "b2 * s + (1 - b2) * dV**2")]),
    (ROOT, {"s": "(1 - b2) * dV**2 - b2 * s"}, [("s", SIGN, "(1 - b2) * dV**2 + b2 * s")]),
    (
        ROOT,
        {"V": "V + rate * dV / (np.sqrt(s) + eps)"},
        [("V", SIGN, "V - rate * dV / (np.sqrt(s) + eps)")],
    ),
    (ADAM, {"m": "b1 * m + (1 - b2) * dV"}, [("m", OTHER, "b1 * m + (1 - b1) * dV")]),
    (ADAM, {"m": "b1 * m + (1.0 - b2) * dV"}, [("m", OTHER, "b1 * m + (1.0 - b1) * dV")]),
    (ADAM, {"s": "b2 * s + (1 - b1) * dV**2"}, [("s", OTHER, "b2 * s + (1 - b2) * dV**2")]),
    (ADAM, {"mh": "m / (1 - b2**t)"}, [("mh", OTHER, "m / (1 - b1**t)")]),
    (ADAM, {"sh": "s / (1 - b1**t)"}, [("sh", OTHER, "s / (1 - b2**t)")]),
    (ADAM, {"s": "b2 * s + (1 - b2) * dV"}, [("s", POWER, "b2 * s + (1 - b2) * dV**2")]),
    (ADAM, {"m": "(1 - b1) * dV - b1 * m"}, [("m", SIGN, "(1 - b1) * dV + b1 * m")]),
    *(
        (text, changes, [])
        for text, changes in [
            (MOMENTUM, {}),
            (MOMENTUM, {"m": "m + dV"}),
            (MOMENTUM, {"m": "b1 * m + (1 - 0.9) * dV"}),
            (MOMENTUM, {"m": "b1 * m + (1 - b1) * dV", "u": "b1 * u + (1 - b1) * dc"}),
            (MOMENTUM, {"m": "b1 * m - dV", "V": "V + rate * m"}),
            (MOMENTUM, {"m": "b1 * m - rate * dV", "V": "V + m"}),
            (ROOT, {}),
            (ROOT, {"s": "s + dV**2", "r": "r + dc**2"}),
            (ROOT, {"V": "V - rate * dV / np.sqrt(s)"}),
            (ADAM, {}),
        ]
    ),
]


TOLD_OF_MEMORY = [
    [("b1 * m is subtracted instead of added", "V")],
    [("the difference is the other way round", "V")],
    [("b1 * m is subtracted instead of added", "V")],
    [("wrong sign", "V")],
    [("wrong sign", "V")],
    [("b1 * m is subtracted instead of added", "V"), ("b1 * u is subtracted instead of added", "c")],
    [("dV is subtracted instead of added", "V")],
    [("the weights of the average do not add up to 1: b2 takes the place of b1", "V")],
    [("the weights of the average do not add up to 1: 0.99 takes the place of 0.9", "V")],
    [("that is the sum instead of the mean", "c")],
    [("the root of this average is taken: dV should be dV**2", "V")],
    [("the root of this average is taken: dV should be dV**2", "V")],
    [("the weights of the average do not add up to 1: b1 takes the place of b2", "V")],
    [("b2 * s is subtracted instead of added", "V")],
    [("rate * dV / (sqrt(s) + eps) is added instead of subtracted", "V")],
    [("the weights of the average do not add up to 1: b2 takes the place of b1", "V")],
    [("the weights of the average do not add up to 1: b2 takes the place of b1", "V")],
    [("the weights of the average do not add up to 1: b1 takes the place of b2", "V")],
    [("m is averaged with b1 and corrected with b2", "V")],
    [("s is averaged with b2 and corrected with b1", "V")],
    [("the root of this average is taken: dV should be dV**2", "V")],
    [("b1 * m is subtracted instead of added", "V")],
]


@pytest.mark.parametrize(
    ("text", "changes", "wrong", "sentences"),
    [(*row, each) for row, each in zip_longest(REMEMBERED, TOLD_OF_MEMORY, fillvalue=[])],
)
def test_a_mistake_in_what_an_optimiser_remembers_is_named_with_the_right_line(
    text, changes, wrong, sentences
):
    verdict, lines = judged(text, MEMORY, changes)
    assert [(each.sentence, each.by) for each in verdict.wrong] == sentences
    assert [each for kind, *each in told(verdict, lines) if kind is WRONG] == [[*each] for each in wrong]


ONE_SAMPLE = """
a = W @ x
h = a / (1 + exp(-a))
y = V @ h
dy = y - t
dh = V.T @ dy
da = {da}
V = V - 0.1 * dy @ h.T
W = W - 0.1 * da @ x.T
"""

ONE = {name: RANDOM.normal(size=shape) for name, shape in {"x": (2, 1), "W": (3, 2), "V": (1, 3)}.items()}

SLOPE = "((1 + exp(-a) + a * exp(-a)) / (1 + exp(-a))**2)"


@pytest.mark.parametrize(
    ("factor", "part", "line"),
    [
        ("dh * ", SLOPE, None),
        # What the function returns is right, the gradient that it is multiplied with is not.
        ("dy * ", SLOPE, 6),
        # The gradient is right, what the function returns is not.
        ("dh * ", SLOPE.replace("a * exp", "exp"), 50),
        # A function that computes all of it, first from another gradient than it should get.
        ("", f"(dy * {SLOPE})", 6),
        ("", f"(dh * {SLOPE.replace('a * exp', 'exp')})", 50),
    ],
)
def test_a_function_is_wrong_only_where_what_it_is_given_and_multiplied_with_is_right(factor, part, line):
    iteration = training_pass(ONE_SAMPLE.format(da=factor + part), ONE | {"t": np.array([[0.3]])})
    source = tree_text(ast.parse(part, mode="eval").body)
    called = (CalledExpression(source, "slope", "homework.py", 50, "return slope"),)
    equations = tuple(
        replace(each, called=called, written="da = given") if each.name == "da" else each
        for each in iteration.equations
    )
    verdict = judge_pass(replace(iteration, equations=equations))
    assert [each.line for each in verdict.wrong] == ([] if line is None else [line])


# Shares along the wrong axis, and what several lines or none of them are told

SHARES = """
z = X @ W
e = np.exp(z)
p = e / np.sum(e, axis=1, keepdims=True)
d = p - T
dW = X.T @ d
W = W - rate * dW
"""

CLASSES = {
    "X": RANDOM.normal(size=(5, 2)),
    "W": RANDOM.normal(size=(2, 3)),
    "T": np.eye(3)[[0, 1, 1, 2, 0]],
    "rate": 0.1,
}

RIGHT_SHARES = "e / np.sum(e, axis=1, keepdims=True)"

TURNED = {"z": "W @ X", "dW": "d @ X.T", "p": "e / np.sum(e, axis=0, keepdims=True)"}

COLUMNS = {**CLASSES, "X": CLASSES["X"].T, "W": CLASSES["W"].T, "T": CLASSES["T"].T}


@pytest.mark.parametrize(
    ("initial", "changes", "wrong"),
    [
        (CLASSES, {}, []),
        (CLASSES, {"p": "e / np.sum(e, axis=-1, keepdims=True)"}, []),
        (CLASSES, {"p": "e / np.sum(e, axis=0)"}, [("p", MistakeKind.AXIS, RIGHT_SHARES)]),
        (CLASSES, {"p": "e / np.sum(e, axis=0, keepdims=True)"}, [("p", MistakeKind.AXIS, RIGHT_SHARES)]),
        (CLASSES, {"p": "e / np.sum(e, axis=-2, keepdims=True)"}, [("p", MistakeKind.AXIS, RIGHT_SHARES)]),
        (CLASSES, {"p": "e / np.sum(e)"}, [("p", MistakeKind.AXIS, RIGHT_SHARES)]),
        (COLUMNS, TURNED, []),
        (COLUMNS, {**TURNED, "p": RIGHT_SHARES}, [("p", MistakeKind.AXIS, TURNED["p"])]),
        # Labels that add up to 1 along no axis, or along both, tell nothing.
        ({**CLASSES, "T": np.ones((5, 3))}, {"p": "e / np.sum(e, axis=0)"}, []),
    ],
)
def test_shares_add_up_along_the_axis_of_the_classes(initial, changes, wrong):
    verdict, lines = judged(SHARES, initial, changes)
    found = [(name, mistake, right) for _, name, mistake, right in told(verdict, lines)]
    assert [each for each in found if each[1] is MistakeKind.AXIS] == wrong


def test_numbers_that_add_up_to_1_and_may_be_negative_are_no_shares():
    changes = {"p": "z / np.sum(z, axis=0)", "d": "X * 0 + 1", "dW": "X.T @ (p - T)"}
    verdict, _ = judged(SHARES, CLASSES, changes)
    assert all(each.mistake is not MistakeKind.AXIS for each in verdict.findings)


@pytest.mark.parametrize(("name", "is_told"), [("reward", False), ("total_score", False), ("loss", True)])
def test_what_every_update_raises_is_meant_if_its_name_says_that_more_is_better(name, is_told):
    changes = dict.fromkeys(["loss", "W", "b", "dW", "db", "dz", "dh"])
    changes |= {name: "np.sum(y * T)", "dy": "T", "V": "V + rate * dV", "c": "c + rate * dc"}
    verdict, lines = judged(TWO_LAYERS, LAYERS, changes)
    assert bool(verdict.wrong) is is_told, list(told(verdict, lines))


UNKNOWN, SHAPE = MistakeKind.UNKNOWN, MistakeKind.SHAPE

UPHILL_IN_PLACES = [
    ({"W": "W - rate * dW**2"}, ("W", UNKNOWN, "W - rate * dW")),
    ({"W": "W - rate * np.abs(dW)"}, ("W", UNKNOWN, "W - rate * dW")),
    ({"W": "W - (rate + dW)"}, ("W", UNKNOWN, "W - rate * dW")),
    ({"W": "W - rate * np.maximum(dW, 0)"}, ("W", UNKNOWN, "")),
    ({"b": "b - rate * np.mean(db)"}, ("b", SHAPE, "b - rate * db")),
    ({"W": "W - rate * np.sum(dW, axis=0)"}, ("W", SHAPE, "W - rate * dW")),
    ({"V": "V - rate * dV.T"}, ("V", SHAPE, "V - rate * dV")),
    ({"V": "V - rate * (y.T @ (h @ dV))"}, ("V", SHAPE, "")),
]


@pytest.mark.parametrize(("changes", "wrong"), UPHILL_IN_PLACES)
def test_a_step_that_does_not_go_down_its_gradient_is_wrong_though_the_gradient_is_right(changes, wrong):
    verdict, lines = judged(TWO_LAYERS, LAYERS, changes)
    assert [each for kind, *each in told(verdict, lines) if kind is WRONG] == [[*wrong]]
    assert verdict.wrong_parameters == (wrong[0],)


@pytest.mark.parametrize(
    "step",
    [
        "np.sign(dW)",
        "np.clip(dW, -0.1, 0.1)",
        "dW / np.sqrt(np.sum(dW**2))",
        "dW / (np.abs(dW) + 1e-8)",
        "dW / np.max(np.abs(dW))",
        "(dW - np.mean(dW, axis=0))",
        "np.where(np.abs(dW) > 0.1, dW, 0)",
        "np.tanh(dW)",
        "dW**3",
        "np.minimum(dW, 1)",
        "dW * np.abs(W)",
        "np.abs(W) * dW / (1 + np.abs(dW))",
        "(dW + 0.01 * np.abs(W))",
    ],
)
def test_a_step_with_the_sign_of_the_gradient_or_with_more_in_it_accuses_nobody(step):
    verdict, lines = judged(TWO_LAYERS, LAYERS, {"W": f"W - rate * {step}"})
    assert [each for kind, *each in told(verdict, lines) if kind is WRONG] == []
    assert verdict.wrong_parameters == ()


# Steps of a single matrix and a bias, where each line of a step may be the wrong one

ONE_LAYER = """
y = X @ W + c
loss = np.sum((y - T)**2)
dy = 2 * (y - T)
dW = X.T @ dy
dc = np.sum(dy, axis=0)
s = 2 * rate
g = dW
W = W - rate * g
c = c - rate * dc
"""

ONE_LAYER_VALUES = {name: RANDOM.normal(size=size) for name, size in {"W": (2, 3), "M": (2, 3)}.items()} | {
    "X": np.array([[1.0, -0.5], [0.5, 2.0], [1.5, 1.0], [-0.5, 1.0]]),
    "T": np.array([[1.0, -6, 2], [-7, 5, 1], [3, -5, -4], [1, 8, -9]]),
    "c": np.array([0.1, 0.2, -0.3]),
    "rate": 0.01,
    "lam": 3.0,
}

DECAY = "np.sum((y - T)**2) + 0.5 * lam * np.sum(W**2)"

NO_SIGN = (
    "the step rate * g does not have the sign of the gradient dW in every cell: W does not go down the loss"
)

TERM, FACTOR = MistakeKind.TERM, MistakeKind.FACTOR

STEPS = [
    *(({"g": step}, ("W", UNKNOWN, NO_SIGN, "")) for step in ("dW**2", "np.abs(dW)", "-np.abs(dW)")),
    # Nothing for one sign, something for the other; 1 for one sign, 0 for the other.
    *(({"g": step}, ("W", UNKNOWN, NO_SIGN, "")) for step in ("np.minimum(dW, 0)", "np.where(dW > 0, 1, 0)")),
    ({"g": "np.cos(dW)"}, ("W", UNKNOWN, NO_SIGN, "")),
    ({"g": "np.exp(dW / 99)"}, ("W", UNKNOWN, NO_SIGN.replace("dW", "dW / 99"), "")),
    (
        {"W": "W - rate * np.sqrt(g**2)"},
        ("W", UNKNOWN, NO_SIGN.replace("rate * g", "rate * sqrt(g**2)"), ""),
    ),
    # What may be meant: slower for one sign, the sign and a power of it, the mean taken off.
    *(
        ({"g": step}, ())
        for step in ("np.where(dW > 0, dW, 0.01 * dW)", "np.abs(dW) * dW / 99", "dW**3 / 99")
    ),
    *(({"g": step}, ()) for step in ("dW - np.mean(dW)", "dW * np.abs(M)", "dW / np.max(np.abs(dW))")),
    # A number that the forward pass computes, and one that the loss, the gradient or the data decide.
    *(
        ({"s": "np.sum(y)", "g": step}, ("g", FACTOR, "the factor s does not belong here", "dW"))
        for step in ("dW * s", "s * dW", "dW / s")
    ),
    (
        {"s": "np.sum(y)", "W": "W - s * g"},
        ("W", FACTOR, "the factor s does not belong here", "W - g"),
    ),
    ({"s": "np.sum(y**2)", "g": "dW * s", "c": "c - s * dc"}, ()),
    *(({"s": s, "g": "dW * s / 9"}, ()) for s in ("np.sum((y - T)**2)", "np.sqrt(np.sum(dW**2))")),
    ({"s": "np.sum(X)", "g": "dW * s"}, ()),
    # A number that is added to all cells: a penalty without its weights, if the loss has one.
    ({"g": "dW + 5"}, ("g", TERM, "the term 5 does not belong here", "")),
    ({"g": "dW + lam"}, ("g", TERM, "the term lam does not belong here", "")),
    ({"loss": DECAY, "g": "dW - lam"}, ("g", TERM, "the term lam does not belong here", "")),
    ({"loss": DECAY, "g": "dW + lam"}, ("g", FACTOR, "the factor W is missing", "dW + lam * W")),
    ({"loss": DECAY, "g": "lam + dW"}, ("g", FACTOR, "the factor W is missing", "lam * W + dW")),
    ({"W": "W - rate - g"}, ("W", TERM, "the term rate does not belong here", "W - g")),
    (
        {"W": "W - (rate * g + np.mean(X))"},
        ("W", TERM, "the term mean(X) does not belong here", "W - rate * g"),
    ),
    (
        {"W": "W - rate * g + np.sum(y)"},
        ("W", TERM, "the term sum(y) does not belong here", "W - rate * g"),
    ),
    # Shapes that NumPy stretches.
    ({"g": "np.mean(dW)"}, ("W", SHAPE, "rate * g is one number, but W is 2×3", "")),
    ({"g": "np.sum(dW, axis=0)"}, ("W", SHAPE, "rate * g is (3,), but W is 2×3", "")),
    (
        {"c": "c - rate * dc.reshape(3, 1)"},
        ("c", SHAPE, "rate * dc.reshape(3, 1) is 3×1, but c is (3,)", ""),
    ),
    # Sizes and signs beside those of the other parameter.
    ({"c": "c - 2 * rate * dc"}, ()),
    ({"c": "c + rate * dc"}, ("c", SIGN, "rate * dc is added instead of subtracted", "c - rate * dc")),
    ({"g": "-dW"}, ("g", SIGN, "wrong sign", "dW")),
    ({"g": "dW / 4"}, ("g", COUNT, "it must not be divided by 4", "dW")),
    ({"g": "dW * 16"}, ("g", COUNT, "the factor 16 does not belong here", "dW")),
    ({"g": "dW * 4", "c": "c - rate * 4 * dc"}, ()),
]


@pytest.mark.parametrize(("changes", "wrong"), STEPS)
def test_a_step_is_told_with_the_mistake_the_sentence_and_the_right_line(changes, wrong):
    verdict, lines = judged(ONE_LAYER, ONE_LAYER_VALUES, changes)
    found = [
        (name, mistake, finding.sentence, right)
        for (_, name, mistake, right), finding in zip(told(verdict, lines), verdict.findings)
        if finding.kind is WRONG
    ]
    assert found == ([wrong] if wrong else [])
    blamed = [each.by for each in verdict.wrong]
    assert verdict.wrong_parameters == tuple(blamed) == (("c" if "c" in changes else "W",) if wrong else ())


@pytest.mark.parametrize(
    ("factor", "rises"), [("", True), ("0.5 * ", True), ("rate * ", False), ("0.25 * ", False)]
)
def test_a_loss_that_more_than_doubles_within_three_passes_rises_as_numpy_computes_it(factor, rises):
    changes = {name: f"{name} - {factor}d{name}" for name in "VcWb"}
    verdict, lines = judged(TWO_LAYERS, LAYERS, changes)
    values, losses = dict(LAYERS, np=np), []
    for _ in range(4):
        for line in lines:
            exec(line, values)
        losses.append(values["loss"])
    assert bool(losses == sorted(losses) and losses[-1] > 2 * losses[0]) is rises
    told = [each.sentence for each in verdict.findings if each.kind is FindingKind.NOT_LEARNING]
    sentence = (
        f"The loss rises: {losses[0]:.4g} at i0, {losses[-1]:.4g} at i3; the learning rate may be too large"
    )
    assert told == ([sentence] if rises else [])
