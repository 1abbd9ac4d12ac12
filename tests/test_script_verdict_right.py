"""Right scripts in styles of their own are checked whole, and no line of them is accused."""

from pathlib import Path

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.gradcheck.script.report import finding_sentences, parameter_rows, script_verdict_sentences
from bpstep.model.network import LoopChoice
from bpstep.script.opening import open_script
from bpstep.script.source import parse_source


def judged(tmp_path, text, *change):
    """The verdict on a script, with one change of its text if one is given."""
    if change:
        assert text.count(change[0]) == 1
        text = text.replace(*change)
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source)


def followed(verdict):
    """The parameters whose gradient was found, where nothing is accused and nothing is left unchecked."""
    told = [each for each in verdict.findings if each.kind is not FindingKind.NOT_LEARNING]
    assert all(each.line for each in told)
    assert verdict.ok
    assert not verdict.wrong_parameters
    return set(verdict.meaning.gradients)


NORMALISED = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W, b, V, c = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 2)), np.zeros(2)
for epoch in range(9):
    z = X @ W + b
    std = np.sqrt(z.var(axis=0) + 1e-5)
    u = (z - z.mean(axis=0)) / std
    h = np.tanh(u)
    out = h @ V + c
    loss = 0.5 * np.sum((out - Y) ** 2)
    d_out = out - Y
    du = d_out @ V.T * (1 - h**2)
    dz = (du - du.mean(axis=0) - u * (du * u).mean(axis=0)) / std
    V -= 0.01 * h.T @ d_out
    c -= 0.01 * d_out.sum(axis=0)
    W -= 0.01 * X.T @ dz
    b -= 0.01 * dz.sum(axis=0)
"""


def test_a_bias_before_a_normalisation_has_no_gradient_and_cannot_be_told(tmp_path):
    """What subtracts the mean takes the bias away again: its gradient is 0 but for rounding."""
    verdict = judged(tmp_path, NORMALISED)
    assert followed(verdict) == {"W", "V", "c"}
    rows = {name: told for name, _, _, told in parameter_rows(verdict)}
    assert (rows["b"], rows["W"]) == ("too small to tell", "agrees")


RECURRENT = """
import numpy as np
rng = np.random.default_rng(1)
data = [rng.normal(size=(3, 1, 1)) for _ in range(4)]
goals = rng.normal(size=4)
Wx, Wh = rng.normal(size=(4, 1)), rng.normal(size=(4, 4)) * 0.3
Wy = rng.normal(size=(1, 4))
state = np.zeros((4, 1))
for xs, goal in zip(data, goals):
    h = {-1: state}
    for t, x in enumerate(xs):
        h[t] = np.tanh(Wx @ x + Wh @ h[t - 1])
    d = Wy @ h[2] - goal
    dWy, dh = d @ h[2].T, Wy.T @ d
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    for t in reversed(range(3)):
        dz = (1 - h[t] ** 2) * dh
        dWx += dz @ xs[t].T
        dWh += dz @ h[t - 1].T
        dh = Wh.T @ dz
    Wy -= 0.02 * dWy
    Wx -= 0.02 * dWx
    Wh -= 0.02 * dWh
    state = h[2]
"""


def test_the_state_that_a_recurrent_network_carries_on_is_no_parameter(tmp_path):
    verdict = judged(tmp_path, RECURRENT)
    assert "state" in verdict.meaning.remembered
    assert set(verdict.meaning.parameters) == {"Wy", "Wx", "Wh"}


def test_a_sample_of_one_number_that_a_loop_and_an_index_pick_is_the_same_sample(tmp_path):
    assert followed(judged(tmp_path, RECURRENT)) == {"Wx", "Wh", "Wy"}


BY_NAME = """
import numpy as np
rng = np.random.default_rng(1)
class Model:
    def __init__(self):
        self.W, self.b = rng.normal(size=(3, 2)), np.zeros(2)
        self.speed = {"W": np.zeros((3, 2)), "b": np.zeros(2)}
    def step(self, x, y):
        error = x @ self.W + self.b - y
        grads = {"W": x.T @ error, "b": error.sum(axis=0)}
        for name, grad in grads.items():
            self.speed[name] = 0.9 * self.speed[name] - 0.01 * grad
            setattr(self, name, getattr(self, name) + self.speed[name])
model = Model()
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
for epoch in range(9):
    model.step(X, Y)
"""


def test_attributes_that_are_set_by_their_names_are_parameters(tmp_path):
    assert followed(judged(tmp_path, BY_NAME)) == {"model.W", "model.b"}


def test_an_average_that_changes_only_a_loss_after_the_update_is_no_parameter(tmp_path):
    text = """
import numpy as np
rng = np.random.default_rng(1)
X, Y, W = rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), rng.normal(size=(3, 2))
squares = np.zeros_like(W)
for epoch in range(9):
    error = X @ W - Y
    g = X.T @ error
    squares = 0.9 * squares + 0.1 * g**2
    W = W - 0.01 * g / np.sqrt(squares + 1e-8)
    left = np.mean((X @ W - Y) ** 2)
"""
    verdict = judged(tmp_path, text)
    assert followed(verdict) == {"W"}
    assert verdict.meaning.parameters == ("W",)


def test_the_weight_of_a_part_of_the_loss_is_no_parameter_that_is_never_updated(tmp_path):
    """That part is the gradient by it, and is computed; it is none of the backward pass."""
    text = """
import numpy as np
rng = np.random.default_rng(1)
X, Y, Z = rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
W, share = rng.normal(size=(3, 2)), 0.3
for epoch in range(9):
    out = X @ W
    first = 0.5 * np.sum((out - Y) ** 2)
    second = 0.5 * np.sum((out**2 - Z) ** 2)
    loss = first + share * second
    d = out - Y + share * 2 * out * (out**2 - Z)
    W -= 0.01 * X.T @ d
"""
    assert followed(judged(tmp_path, text)) == {"W"}


SOFTMAX_OF_LISTS = """
import math
W = [[0.1, -0.3], [0.2, 0.4], [-0.5, 0.3]]
samples = [([0.5, -1.2], 0), ([1.5, 0.3], 2)]
for epoch in range(9):
    dW = [[0.0, 0.0] for _ in range(3)]
    for x, label in samples:
        s = [sum(w * v for w, v in zip(row, x)) for row in W]
        top = max(s)
        e = [math.exp(v - top) for v in s]
        p = [v / sum(e) for v in e]
        for k in range(3):
            d = p[k] - (1.0 if k == label else 0.0)
            for i in range(2):
                dW[k][i] += d * x[i]
    for k in range(3):
        for i in range(2):
            W[k][i] -= 0.4 * dW[k][i]
"""


def test_a_softmax_over_lists_with_targets_of_a_condition_is_followed(tmp_path):
    assert len(followed(judged(tmp_path, SOFTMAX_OF_LISTS))) == 6


def test_classes_in_plain_lists_are_the_targets_of_a_softmax(tmp_path):
    """Their numbers are drawn with a sum of 1, as the gradient of a softmax is right for those only."""
    change = "0), ([1.5, 0.3], 2)", "[1.0, 0.0, 0.0]), ([1.5, 0.3], [0.0, 0.0, 1.0])"
    text = SOFTMAX_OF_LISTS.replace("(1.0 if k == label else 0.0)", "label[k]")
    assert len(followed(judged(tmp_path, text, *change))) == 6


SCALARS = """
class Value:
    def __init__(self, data, children=()):
        self.data, self.children = data, children
        self.grad = 0.0
        self.back = lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def back():
            self.grad += out.grad
            other.grad += out.grad
        out.back = back
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.back = back
        return out
    def __neg__(self):
        return self * -1
    def __sub__(self, other):
        return self + (-other)
    def backward(self):
        order, seen = [], set()
        def visit(v):
            if v not in seen:
                seen.add(v)
                for child in v.children:
                    visit(child)
                order.append(v)
        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            v.back()
w, b = Value(0.7), Value(-0.2)
samples = [(0.5, 1.0), (-1.5, 0.3), (2.5, -1.0)]
for k in range(9):
    loss = Value(0.0)
    for x, y in samples:
        d = w * x + b - Value(y)
        loss = loss + d * d
    w.grad = b.grad = 0.0
    loss.backward()
    w.data -= 0.01 * w.grad
    b.data -= 0.01 * b.grad
"""


def test_a_target_that_is_subtracted_by_adding_it_times_minus_1_is_one(tmp_path):
    assert followed(judged(tmp_path, SCALARS)) == {"w.data", "b.data"}


WHOLE_START = """
import math
xs, ys = [0.3, 0.7, 0.9], [0.0, 1.0, 0.0]
w, b, c = 0.4, 0, [0]
for k in range(30):
    x, y = xs[k % 3], ys[k % 3]
    z = w * x + b
    h = 1 / (1 + math.exp(-z))
    o = h + c[0]
    d = o - y
    w -= 0.1 * d * h * (1 - h) * x
    b -= 0.1 * d * h * (1 - h)
    c[0] -= 0.1 * d
"""


def test_a_whole_number_that_an_update_gives_a_fraction_is_a_parameter(tmp_path):
    """Python has one object for every 0: the biases are told apart all the same."""
    assert followed(judged(tmp_path, WHOLE_START)) == {"w", "b", "c[0]"}
    verdict = judged(tmp_path, WHOLE_START, "b -= 0.1", "b += 0.1")
    assert [(each.line, each.right.split(" ")[:2]) for each in verdict.wrong] == [(12, ["b", "-="])]


GRAPH_OF_NODES = """
import numpy as np
rng = np.random.default_rng(1)
class Node:
    def __init__(self, *inputs):
        self.inputs, self.outputs = inputs, []
        for each in inputs:
            each.outputs.append(self)
class Linear(Node):
    def forward(self):
        self.value = self.inputs[0].value @ self.inputs[1].value + self.inputs[2].value
    def backward(self):
        x, w, b = self.inputs
        x.grad, w.grad, b.grad = self.grad @ w.value.T, x.value.T @ self.grad, self.grad.sum(axis=0)
X, W1, b1, W2, b2 = Node(), Node(), Node(), Node(), Node()
first = Linear(X, W1, b1)
second = Linear(first, W2, b2)
X.value, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W1.value, b1.value = rng.normal(size=(3, 4)), rng.normal(size=4)
W2.value, b2.value = rng.normal(size=(4, 2)), rng.normal(size=2)
for epoch in range(9):
    first.forward()
    second.forward()
    second.grad = second.value - Y
    second.backward()
    first.backward()
    for each in (W1, b1, W2, b2):
        each.value -= 0.01 * each.grad
"""


def test_objects_that_lead_to_one_another_are_called_by_the_variables_that_hold_them(tmp_path):
    assert followed(judged(tmp_path, GRAPH_OF_NODES)) == {"W1.value", "b1.value", "W2.value", "b2.value"}


PASSED_TWICE = """
import numpy as np
def forward(x):
    return x * w
def gradient(again, o, t):
    return (o - t) * again
w = 0.5
for k in range(9):
    o = forward(2.0)
    w = w - 0.1 * gradient(2.0, o, 5.0)
"""

WRITTEN_TWICE = """
import numpy as np
W = np.random.default_rng(0).normal(size=(2, 1))
def forward(x):
    return 1 / (1 + np.exp(-x @ W))
def backward(x, o, t):
    return x.T @ (o - t)
for k in range(9):
    o = forward(np.array([[0., 1.], [1., 0.], [1., 1.]]))
    W -= 0.1 * backward(np.array([[0., 1.], [1., 0.], [1., 1.]]), o, np.array([[0.], [1.], [1.]]))
"""


def test_an_input_written_out_for_each_function_is_one_input(tmp_path):
    assert followed(judged(tmp_path, PASSED_TWICE)) == {"w"}
    assert [each.line for each in judged(tmp_path, PASSED_TWICE, "* again", "* 1.0").wrong] == [10]
    assert not judged(tmp_path, PASSED_TWICE, "(o - t)", "(o * o - t)").is_right
    # A rate may be equal to the input by chance.
    rated = PASSED_TWICE.replace("0.1", "rate").replace("w = 0.5", "w, rate = 0.5, 2.0")
    assert followed(judged(tmp_path, rated)) == {"w"}
    whole = PASSED_TWICE.replace("2.0", "2").replace("5.0", "5")
    assert followed(judged(tmp_path, whole)) == {"w"}
    assert followed(judged(tmp_path, WRITTEN_TWICE)) == {"W"}


PLAIN_TARGET = """
w, x, t = 0.5, 3.0, 5.0
for k in range(9):
    o = x * w
    loss = (o - 5.0) ** 2
    w -= 0.1 * 2 * (o - 5.0) * x
"""


def test_a_plain_number_or_a_single_variable_is_a_target(tmp_path):
    for target in ("5.0", "t"):
        text = PLAIN_TARGET.replace("(o - 5.0)", f"(o - {target})")
        verdict = judged(tmp_path, text)
        assert followed(verdict) == {"w"}
        assert (verdict.meaning.loss.targets, verdict.meaning.loss.equation) == ((target,), "loss")
        assert not judged(tmp_path, text, "o = x * w", "o = x * w * w").is_right


HELD_BIAS = """
import numpy as np
rng = np.random.default_rng(0)
X, W, b = rng.normal(size=(8, 2)), rng.normal(size=(2, 1)), START
y = (X[:, :1] > 0) * 1.0
for k in range(9):
    o = 1 / (1 + np.exp(-(X @ W + b)))
    W -= 0.5 * X.T @ (o - y)
"""


def test_a_bias_of_0_that_no_line_updates_is_wrong_and_another_may_be_meant(tmp_path):
    sentence = "b is read here and never updated"
    for start in ("np.zeros(1)", "np.zeros((1, 1))", "0.0"):
        (found,) = judged(tmp_path, HELD_BIAS, "START", start).findings
        assert (found.kind, found.line, found.sentence, found.by) == (FindingKind.WRONG, 7, sentence, "b")
    for start in ("np.full(1, 0.3)", "0.3"):
        (found,) = judged(tmp_path, HELD_BIAS, "START", start).findings
        assert (found.kind, found.line, found.sentence) == (FindingKind.OTHER_RULE, 7, sentence)
    for start in ("rng.normal(size=(8, 1))[:, :0].sum(axis=1, keepdims=True)", "1e-8"):
        # One number for each sample is data.
        assert judged(tmp_path, HELD_BIAS, "START", start).findings == ()


NEGATIVE_SAMPLES = """
import numpy as np
rng = np.random.default_rng(12)
U, V = rng.normal(0, 0.3, (4, 5)), rng.normal(0, 0.3, (4, 5))
for c, o in [(0, 1), (1, 2), (2, 0)]:
    u = U[c].copy()
    g = 1 / (1 + np.exp(-V[o] @ u)) - 1
    gn = 1 / (1 + np.exp(-V[3] @ u))
    grad = g * V[o] + gn * V[3]
    V[o] -= 0.1 * g * u
    V[3] -= 0.1 * gn * u
    U[c] -= 0.1 * grad
"""


def test_a_plain_target_beside_others_that_are_not_written_accuses_nothing(tmp_path):
    assert judged(tmp_path, NEGATIVE_SAMPLES).is_right


CELLS_BY_A_FUNCTION = """
import numpy as np
X, y, w = np.array([[1.0, 0.5], [0.0, 1.0]]), np.array([0.0, 1.0]), np.array([0.9, 0.1])
def stepped(w, g):
    rate = 0.1
    return w - rate * g
for i in range(2):
    d = w[0] * X[i][0] + w[1] * X[i][1] - y[i]
    w[0] = stepped(w[0], d * X[i][0])
    w[1] = stepped(w[1], d * X[i][1])
"""


def test_a_rate_equal_to_a_cell_of_a_weight_is_no_cell_of_it(tmp_path):
    assert followed(judged(tmp_path, CELLS_BY_A_FUNCTION)) == {"w"}


SOFTMAX_ROWS = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 4)), np.eye(3)[rng.integers(0, 3, 12)]
W = 0.1 * rng.normal(size=(4, 3))
for k in range(9):
    e = np.exp(X @ W)
    p = e / np.sum(e, axis=1, keepdims=True)
    W -= 0.5 * X.T @ ((p - Y) / 12)
"""

SOFTMAX_COLUMNS = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(4, 12)), np.eye(3)[rng.integers(0, 3, 12)].T
W = 0.1 * rng.normal(size=(3, 4))
for k in range(9):
    e = np.exp(W @ X)
    p = e / np.sum(e, axis=0)
    W -= 0.5 * (p - Y) @ X.T
"""


def test_a_softmax_over_the_samples_is_named_at_its_own_line(tmp_path):
    rows = judged(tmp_path, SOFTMAX_ROWS)
    assert followed(rows) == followed(judged(tmp_path, SOFTMAX_COLUMNS)) == {"W"}
    right = "p = e / np.sum(e, axis=1, keepdims=True)"
    for wrong in ("axis=0", "axis=0, keepdims=True", "keepdims=True"):
        verdict = judged(tmp_path, SOFTMAX_ROWS, "axis=1, keepdims=True", wrong)
        (found,) = verdict.wrong
        assert (found.line, found.mistake, found.right) == (8, MistakeKind.AXIS, right)
        # By hand: the exponentials of a row of X @ W beside their sum.
        expected = rows.equations[1].value[found.worst.index]
        assert np.isclose(found.worst.expected, expected, rtol=1e-12)
    turned = judged(tmp_path, SOFTMAX_COLUMNS, "axis=0", "axis=1, keepdims=True")
    assert [each.line for each in turned.wrong] == [8]


ARGUMENT = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(9, 2)), rng.random((9, 1))
W, V = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
def sigmoid(x, derived=False):
    if derived:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
for k in range(9):
    hidden = sigmoid(np.dot(X, W))
    output = sigmoid(np.dot(hidden, V))
    d_out = (output - Y) * output * (1 - output)
    d_hidden = np.dot(d_out, V.T) * hidden * (1 - hidden)
    V -= 0.1 * np.dot(hidden.T, d_out)
    W -= 0.1 * np.dot(X.T, d_hidden)
"""


def test_a_gradient_by_an_argument_is_told_as_the_author_wrote_that_argument(tmp_path):
    text = ARGUMENT.replace("np.dot(d_out, V.T) * hidden", "np.dot(d_out**3, V.T) * hidden**3")
    verdict, source = judged(tmp_path, text), parse_source(Path("homework.py"), text)
    (found,) = verdict.wrong
    assert (found.line, found.by_text, found.by_line) == (14, "np.dot(X, W)", 11)
    sentences = list(finding_sentences(source, found, PlainNames(verdict, source)))
    assert sentences[-2].endswith("the gradient with respect to np.dot(X, W), the argument in line 11.")
    assert sentences[-1] == "Right: d_hidden = d_out @ V.T * (hidden * (1 - hidden))"


RISING = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(0, 1, 12)
y = 3 * x + 1
w, b, n = 0.0, 0.0, len(x)
for i in range(9):
    p = w * x + b
    cost = (1 / n) * sum([v**2 for v in (y - p)])
    w, b = w + 0.1 * (2 / n) * sum(x * (y - p)), b + 0.1 * (2 / n) * sum(y - p)
"""


def test_a_loss_that_rises_from_pass_to_pass_is_told_with_its_numbers_and_accuses_nothing(tmp_path):
    verdict = judged(tmp_path, RISING)
    assert (verdict.meaning.loss.equation, verdict.findings) == ("cost", ())
    text = RISING.replace("0.1 *", "20.0 *")
    there = {}
    exec(text.replace("range(9)", "range(1)"), there)
    first = f"{there['cost']:.4g}"
    exec(text.replace("range(9)", "range(4)"), there)
    (found,) = judged(tmp_path, text).findings
    assert found.kind is FindingKind.NOT_LEARNING
    assert found.sentence == (
        f"The loss rises: {first} at i0, {there['cost']:.4g} at i3; the learning rate may be too large"
    )


TWO_NETWORKS = """
import numpy as np
rng = np.random.default_rng(13)
gw, dw = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
sg = lambda v: 1 / (1 + np.exp(-v))
for k in range(9):
    real, z = rng.normal(2, 1, (8, 3)), rng.normal(size=(8, 2))
    fake = np.tanh(z @ gw)
    pr, pf = sg(real @ dw), sg(fake @ dw)
    d_loss = -np.mean(np.log(pr)) - np.mean(np.log(1 - pf))
    g_loss = -np.mean(np.log(pf))
    ddw = real.T @ (pr - 1) / 8 + fake.T @ pf / 8
    dgw = z.T @ ((pf - 1) / 8 @ dw.T * (1 - fake ** 2))
    dw -= 0.1 * ddw
    gw -= 0.1 * dgw
"""


def test_of_two_networks_with_a_loss_each_none_is_accused(tmp_path):
    (found,) = judged(tmp_path, TWO_NETWORKS).findings
    assert found.kind is FindingKind.OTHER_LOSS
    assert found.sentence.endswith("one of several losses: g_loss, d_loss")


TWO_OUTPUTS = """
import numpy as np
rng = np.random.default_rng(2)
X, T, B = rng.normal(size=(20, 4)), rng.normal(size=(20, 1)), rng.integers(0, 2, (20, 1))
W, V, U = rng.normal(size=(4, 6)), rng.normal(size=(6, 1)), rng.normal(size=(6, 1))
m, s = [np.zeros_like(a) for a in (W, V, U)], [np.zeros_like(a) for a in (W, V, U)]
for t in range(1, 9):
    h = np.tanh(X @ W)
    r, p = h @ V, 1 / (1 + np.exp(-h @ U))
    first = 0.5 * np.mean((r - T) ** 2)
    second = -np.mean(B * np.log(p) + (1 - B) * np.log(1 - p))
    print(first, second)
    dr, dp = (r - T) / 20, 0.3 * (p - B) / 20
    dh = (dr @ V.T + dp @ U.T) * (1 - h ** 2)
    V -= 0.1 * h.T @ dr
    U -= 0.1 * h.T @ dp
    W -= 0.1 * X.T @ dh
"""
ADAM_STEPS = """    for i, (w, g) in enumerate([(W, X.T @ dh), (V, h.T @ dr), (U, h.T @ dp)]):
        m[i] = 0.9 * m[i] + 0.1 * g
        s[i] = 0.99 * s[i] + 0.01 * g ** 2
        w -= 0.1 * m[i] / (1 - 0.9 ** t) / (np.sqrt(s[i] / (1 - 0.99 ** t)) + 1e-8)
"""


@pytest.mark.parametrize("steps", [TWO_OUTPUTS[TWO_OUTPUTS.index("    V -=") :], ADAM_STEPS])
def test_of_a_sum_of_two_losses_that_the_script_does_not_compute_nothing_is_accused(steps, tmp_path):
    text = TWO_OUTPUTS[: TWO_OUTPUTS.index("    V -=")] + steps
    (found,) = judged(tmp_path, text).findings
    assert found.kind is FindingKind.OTHER_LOSS
    assert found.sentence.endswith("a sum of losses: first, second")
    assert not judged(tmp_path, text, "dr @ V.T + dp", "dr @ V.T - dp").ok


SQUARED_STEP = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(0, 1, (12, 3)), rng.random((12, 1))
V, T = rng.normal(0, 0.5, (3, 4)), rng.normal(0, 0.5, (4, 1))
b = np.zeros((1, 4))
for k in range(9):
    h = np.tanh(X @ V + b)
    g = (h @ T - Y) / len(X)
    dT = h.T @ g
    dH = g @ T.T
    dB = dH * (1 - h ** 2)
    dV = X.T @ dB
    V, T, b = V - 0.1 * dV, T - 0.1 * dT, b - 0.1 * dB.sum(axis=0, keepdims=True)
"""


def test_a_squared_step_and_a_multiple_that_several_gradients_share_are_named_without_a_loss(tmp_path):
    assert judged(tmp_path, SQUARED_STEP).findings == ()
    # A rate of its own is no mistake.
    assert judged(tmp_path, SQUARED_STEP, "0.1 * dT", "0.3 * dT").findings == ()
    (found,) = judged(tmp_path, SQUARED_STEP, "0.1 * dV", "0.1 * dV * dV").wrong
    assert (found.line, found.mistake) == (14, MistakeKind.FACTOR)
    for right, wrong, line in (("g @ T.T", "2 * g @ T.T", 11), ("dH * (1", "2 * dH * (1", 12)):
        (found,) = judged(tmp_path, SQUARED_STEP, right, wrong).wrong
        assert (found.line, found.mistake) == (line, MistakeKind.FACTOR)


SAMPLE_BY_SAMPLE = """
import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(6, 4)), np.eye(3)[rng.integers(0, 3, 6)]
W, V = rng.normal(size=(5, 4)), rng.normal(size=(3, 5))
for epoch in range(9):
    for x, y in zip(X, Y):
        h = np.tanh(W @ x)
        e = np.exp(V @ h)
        p = e / e.sum()
        d = p - y
        dV = np.outer(d, h)
        dW = np.outer((V.T @ d) * (1 - h**2), x)
        V -= 0.1 * dV
        W -= 0.1 * dW
"""


def test_a_softmax_of_one_sample_is_judged_by_the_cross_entropy(tmp_path):
    """The target is a vector with a single 1; it stays the shares of a whole where targets are drawn."""
    assert followed(judged(tmp_path, SAMPLE_BY_SAMPLE)) == {"W", "V"}
    verdict = judged(tmp_path, SAMPLE_BY_SAMPLE, "1 - h**2", "1 - h")
    assert [each.line for each in verdict.findings if each.kind is FindingKind.WRONG] == [13]


def test_a_vector_of_bits_with_a_single_1_is_no_distribution_over_samples(tmp_path):
    """The targets of an AND gate, one number for each of four samples."""
    text = """
import numpy as np
X, Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 0, 0, 1])
w, b = np.array([0.3, -0.2]), 0.1
for epoch in range(9):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    d = p - Y
    w -= 0.5 * X.T @ d
    b -= 0.5 * d.sum()
"""
    assert followed(judged(tmp_path, text)) == {"w", "b"}


def test_every_gradient_may_be_wrong_where_the_backward_pass_begins_right(tmp_path):
    """Each line is then wrong by itself, and the one that is derived is told."""
    text = SAMPLE_BY_SAMPLE.replace("np.outer(d, h)", "np.dot(d, p)")
    text = text.replace("np.outer((V.T @ d) * (1 - h**2), x)", "np.dot((V.T @ d) * (1 - h**2), h)")
    wrong = [each for each in judged(tmp_path, text).findings if each.kind is FindingKind.WRONG]
    assert [(each.line, each.right) for each in wrong] == [
        (12, "dV = np.outer(d, h)"),
        (13, "dW = np.outer(V.T @ d * (1 - h**2), x)"),
    ]


def test_the_right_line_reads_no_global_variable_with_the_name_of_a_callers_own(tmp_path):
    text = """
import numpy as np
rng = np.random.default_rng(2)
x = X = rng.normal(size=(6, 4))
Y = np.eye(3)[rng.integers(0, 3, 6)]
W, V = rng.normal(size=(5, 4)), rng.normal(size=(3, 5))
def backward(d, h):
    dV = np.outer(d, h)
    dW = np.dot((V.T @ d) * (1 - h**2), h)
    return dV, dW
def train():
    global W, V
    for x, y in zip(X, Y):
        h = np.tanh(W @ x)
        e = np.exp(V @ h)
        p = e / e.sum()
        dV, dW = backward(p - y, h)
        V = V - 0.1 * dV
        W = W - 0.1 * dW
train()
"""
    wrong = [each for each in judged(tmp_path, text).findings if each.kind is FindingKind.WRONG]
    assert [(each.line, each.right) for each in wrong] == [(9, "")]
    seen = judged(
        tmp_path, text.replace("backward(d, h", "backward(d, h, x").replace("(p - y, h", "(p - y, h, x")
    )
    assert [each.right for each in seen.findings if each.kind is FindingKind.WRONG] == [
        "dW = np.outer(V.T @ d * (1 - h**2), x)"
    ]


def test_the_right_line_reads_a_dictionarys_entry_where_the_wrong_one_did(tmp_path):
    """The variable that the statement sets has the entry's name, and no value yet."""
    text = """
import numpy as np
rng = np.random.default_rng(2)
X, T = rng.normal(size=(6, 4)), rng.normal(size=(6, 1))
p = {"W": rng.normal(size=(4, 1))}
def update(p, g):
    W = p["W"] + 0.1 * g["W"]
    return {"W": W}
for epoch in range(9):
    y = X @ p["W"]
    loss = 0.5 * np.sum((y - T) ** 2)
    d = X.T @ (y - T)
    p = update(p, {"W": d})
"""
    wrong = [each for each in judged(tmp_path, text).findings if each.kind is FindingKind.WRONG]
    assert [(each.line, each.right) for each in wrong] == [(7, 'W = p["W"] - 0.1 * g["W"]')]


def test_contrastive_divergence_follows_no_loss_and_no_line_of_it_is_accused():
    script = open_script(Path(__file__).parent / "scripts" / "contrastive.py")
    verdict = judge_pass(script.iteration(0), script.source)
    assert [each.kind for each in verdict.findings] == [FindingKind.NOT_CHECKED]
    assert verdict.meaning.loss is None
    assert verdict.wrong_parameters == ()


def test_the_right_sum_over_the_samples_keeps_the_shape_of_its_parameter(tmp_path):
    """A sum over a row's cells subtracted from a column would give a square."""
    text = """
import numpy as np
rng = np.random.default_rng(2)
X, T = rng.normal(size=(3, 7)), rng.normal(size=(4, 7))
W, b = rng.normal(size=(4, 3)), np.zeros((4, 1))
for epoch in range(9):
    d = W @ X + b - T
    loss = 0.5 * np.sum(d**2)
    db = np.sum(d)
    W = W - 0.1 * d @ X.T
    b = b - 0.1 * db
"""
    wrong = [each for each in judged(tmp_path, text).findings if each.kind is FindingKind.WRONG]
    assert [(each.line, each.right) for each in wrong] == [(9, "db = np.sum(d, axis=1, keepdims=True)")]


def test_a_delta_with_the_shape_of_weights_is_not_taken_for_their_gradient(tmp_path):
    """Of three mistakes each is told by itself: the network has as many samples as hidden units."""
    text = """
import numpy as np
rng = np.random.default_rng(2)
X, T = rng.normal(size=(4, 3)), np.array([[0.0], [1], [1], [0]])
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
def sigmoid(x, slope=False):
    y = 1 / (1 + np.exp(-x))
    return y * (1 - y) if slope else y
for epoch in range(9):
    h = sigmoid(X @ W)
    p = sigmoid(h @ V)
    missed = T - p
    dp = missed * sigmoid(p, True)
    e = dp @ V.T
    dh = e * sigmoid(e, True)
    W += X.T @ dh
    V += p.T @ dp
"""
    wrong = [each for each in judged(tmp_path, text).findings if each.kind is FindingKind.WRONG]
    assert [each.line for each in wrong] == [13, 15, 17]


WHOLE_MASK = """
import numpy as np
rng = np.random.RandomState(1)
X, Y = rng.randn(3, 20), rng.rand(1, 20)
W, V = rng.randn(4, 3), rng.randn(1, 4)
for epoch in range(9):
    Z = W @ X
    A = np.maximum(0, Z)
    out = V @ A
    d_out = out - Y
    dZ = np.multiply(V.T @ d_out, np.int64(Z > 0))
    V -= 0.01 * d_out @ A.T
    W -= 0.01 * dZ @ X.T
"""


def test_a_condition_as_whole_numbers_is_the_slope_of_a_relu(tmp_path):
    assert followed(judged(tmp_path, WHOLE_MASK)) == {"W", "V"}


WORD_LISTS = """
import numpy as np
rng = np.random.RandomState(1)
W, V = rng.randn(4, 3), rng.randn(3, 4)
words = [[1 if at == word else 0 for at in range(4)] for word in range(4)]
for epoch in range(9):
    for word, beside in zip(words, words[1:]):
        h = np.dot(W.T, word)
        u = np.dot(V.T, h)
        shares = np.exp(u) / np.sum(np.exp(u))
        error = np.subtract(shares, beside)
        W, V = W - 0.1 * np.outer(word, V @ error), V - 0.1 * np.outer(h, error)
"""


def test_a_word_may_be_a_list_of_zeros_with_a_one(tmp_path):
    assert followed(judged(tmp_path, WORD_LISTS)) == {"W", "V"}


LARGEST_CELLS = """
import numpy as np
rng = np.random.RandomState(1)
W, V = rng.randn(6, 3), rng.randn(3)
for x, y in zip(rng.randn(9, 3), rng.randn(9)):
    a = np.tanh(W @ x)
    pooled = np.zeros(3)
    for place in range(3):
        pooled[place] = np.max(a[2 * place : 2 * place + 2])
    error = V @ pooled - y
    d_pooled = error * V
    da = np.zeros(6)
    for place, each in enumerate(d_pooled):
        for at in range(2 * place, 2 * place + 2):
            if a[at] == np.max(a[2 * place : 2 * place + 2]):
                da[at] = each
    V -= 0.1 * error * pooled
    W -= 0.1 * np.outer(da * (1 - a**2), x)
"""


def test_branches_that_choose_the_largest_cell_are_those_of_every_state(tmp_path):
    """The cells of the gradient are enumerated, and each goes back to the largest cell of the pass."""
    assert followed(judged(tmp_path, LARGEST_CELLS)) == {"W", "V"}


SHARES = """
import numpy as np
rng = np.random.RandomState(1)
X, labels = rng.randn(20, 3), rng.randint(4, size=20)
W, rate = np.zeros((3, 4)), 0.1
def gradient(W, X):
    m = X.shape[0]
    shares = np.exp(X @ W)
    shares /= shares.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(shares[np.arange(m), labels] + 1e-5)) / m + 0.05 * np.sum(W * W)
    return loss, (-1 / m) * (X.T @ (np.eye(4)[labels] - shares)) + 0.1 * W
for epoch in range(9):
    loss, slope = gradient(W, X)
    W = W - rate * slope
    rate *= 0.9
"""


def test_a_small_number_in_a_logarithm_makes_no_other_loss(tmp_path):
    verdict = judged(tmp_path, SHARES.replace(" + 0.05 * np.sum(W * W)", "").replace(" + 0.1 * W", ""))
    assert followed(verdict) == {"W"}
    assert not verdict.findings


def test_a_step_up_is_wrong_though_a_gradient_is_divided_by_minus_a_count(tmp_path):
    """That a number of the function is negative is the script's own doing, and no reward from outside."""
    verdict = judged(tmp_path, SHARES, "W - rate", "W + rate")
    (wrong,) = verdict.wrong
    assert wrong.mistake is MistakeKind.SIGN
    assert wrong.right == "W = W - rate * slope"


def test_a_penalty_is_compared_with_that_of_the_loss_though_the_rate_decreases(tmp_path):
    verdict = judged(tmp_path, SHARES, "+ 0.1 * W", "+ 0.2 * W")
    assert [each.sentence for each in verdict.findings] == ["the penalty on W is 2 times that of loss"]


def test_a_sample_that_a_function_reads_twice_is_the_same_as_its_single_numbers(tmp_path):
    """A function's argument has no equation, and the numbers that multiply the error have the data's name."""
    text = """
from math import exp
import numpy as np
A = np.array([[1.0, 0.5], [0.3, -1.0], [1.0, 0.5], [-0.7, 0.2]])
t = [1.0, 0.0, 0.0, 1.0]
v = np.zeros(2)
def chance(a, v):
    return exp(a.dot(v)) / (1 + exp(a.dot(v)))
for turn in range(9):
    g = np.zeros(2)
    for k in range(2):
        for n in range(4):
            g[k] += (chance(A[n], v) - t[n]) * A[n, k]
    v -= 0.2 * g
"""
    verdict = judged(tmp_path, text)
    assert followed(verdict) == {"v"}
    # The first and the third sample are equal: one output has two targets.
    assert (len(verdict.meaning.loss.outputs), len(verdict.meaning.loss.targets)) == (3, 4)
    (wrong,) = judged(tmp_path, text, "A[n, k]", "A[n, 1 - k]").wrong
    assert wrong.line == 13


MARGINS = """
import numpy as np
X = np.array([[1.2, -0.4], [0.3, 0.9], [-0.8, 0.5], [0.7, 0.1]])
y = [0, 1, 2, 1]
W = np.array([[0.1, -0.2, 0.3], [0.2, 0.1, -0.1]])
def margins(W, reg):
    slope = np.zeros(W.shape)
    loss = 0.0
    for i in range(4):
        scores = X[i].dot(W)
        for j in range(3):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                slope[:, j] += X[i]
                slope[:, y[i]] -= X[i]
    loss /= 4
    slope /= 4
    loss += reg * np.sum(W * W)
    slope += 2 * reg * W
    return loss, slope
for step in range(5):
    loss, slope = margins(W, 0.01)
    W -= 0.1 * slope
"""


def test_the_number_that_a_sum_of_margins_begins_with_is_no_target(tmp_path):
    """The loss is the script's own, and not the error of a margin against the 0 that the sum begins with."""
    verdict = judged(tmp_path, MARGINS)
    assert followed(verdict) == {"W"}
    assert not verdict.findings
    assert verdict.meaning.loss.outputs == ("loss:19",)


def test_half_the_penalty_of_a_loss_is_told_though_a_line_adds_it_to_the_sum_of_margins(tmp_path):
    verdict = judged(tmp_path, MARGINS, "2 * reg * W", "reg * W")
    assert [each.sentence for each in verdict.findings] == ["the penalty on W is 0.5 times that of loss:19"]


LARGE_NUMBERS = """
import numpy as np
area, price = np.array([1400, 1600, 1700, 2350]), np.array([245000, 312000, 279000, 405000])
X = np.c_[np.ones(4), area]
theta = np.zeros(2)
for _ in range(3):
    gradient = X.T @ (X @ theta - price) / 4
    theta -= 0.0001 * gradient
"""


def test_an_old_value_that_is_small_beside_its_step_is_not_overwritten(tmp_path):
    assert followed(judged(tmp_path, LARGE_NUMBERS)) == {"theta"}


SIGN_RULE = """
import numpy as np
samples = np.array([[1, 1, 1], [1, -1, 1], [-1, 1, 1], [-1, -1, 1]])
targets = np.array([1, -1, -1, -1])
w = [0.5, 0.3, -0.8]
for epoch in range(9):
    for k in range(4):
        x = samples[k]
        a, b, one = x[0], x[1], x[2]
        guess = 1 if w[0] * a + w[1] * b + w[2] * one > 0 else -1
        d = targets[k] - guess
        w[0] += d * 0.5 * a
        w[1] += d * 0.5 * b
        w[2] += d * 0.5 * one
"""


def test_a_weight_after_the_step_of_a_sample_is_no_output(tmp_path):
    verdict = judged(tmp_path, SIGN_RULE)
    assert [each.kind for each in verdict.findings] == [FindingKind.NOT_CHECKED]
    assert verdict.meaning.loss is None


STATE = """
import numpy as np
rng = np.random.default_rng(8)
A, B, U = rng.normal(0, 0.3, (4, 4)), rng.normal(size=(4, 2)), rng.normal(size=(30, 4))
x, keep = rng.normal(size=4), 0.8
for t in range(20):
    x = {}
"""

OTHER_RULES = {
    "a decaying state": STATE.format("0.8 * x + 0.3 * rng.normal(size=4)"),
    "a decaying state with inputs": STATE.format("keep * x - 0.3 * U[t]"),
    "a linear system": STATE.format("A @ x + B @ U[t, :2]"),
    "a linear system with feedback": STATE.format("A @ x - B @ U[t, :2]"),
    "a recurrent state": STATE.format("np.tanh(A @ x + B @ U[t, :2])"),
    "the values of states": """
import numpy as np
rng = np.random.default_rng(8)
w, s = np.zeros(4), rng.normal(size=4)
for t in range(20):
    s2 = 0.9 * s + 0.1 * rng.normal(size=4)
    delta = -s2[0] ** 2 + 0.9 * w @ s2 - w @ s
    w += 0.05 * delta * s
    s = s2
""",
    "perceptrons": """
import numpy as np
rng = np.random.default_rng(8)
X = rng.normal(size=(12, 2))
y, w, b = np.where(X[:, 0] + X[:, 1] > 0.2, 1, -1), np.zeros(2), 0
for epoch in range(9):
    for xi, yi in zip(X, y):
        if yi * (w @ xi + b) <= 0.5:
            w += yi * xi
            b += yi
""",
    "a Hebbian rule": """
import numpy as np
rng = np.random.default_rng(8)
X, w = rng.normal(size=(20, 3)), rng.normal(size=3)
for x in X:
    y = w @ x
    w += 0.05 * y * (x - y * w)
""",
    "a gradient that goes back in time": """
import numpy as np
rng = np.random.default_rng(8)
W, V = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
h, e = rng.uniform(size=(9, 3)), rng.normal(size=(9, 3))
d_next, dV = np.zeros(3), np.zeros((3, 3))
for t in reversed(range(9)):
    d_h = W.T @ e[t] + d_next
    f = np.tanh(h[t])
    d_f = (1 - f**2) * d_h
    d_next = V.T @ d_f
""",
}


@pytest.mark.parametrize("text", OTHER_RULES.values(), ids=OTHER_RULES)
def test_a_rule_that_follows_no_gradient_is_not_compared_with_one(tmp_path, text):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    for at in (1, 3):
        verdict = judge_pass(script.iteration(at), script.source)
        assert {each.kind for each in verdict.findings} == {FindingKind.NOT_CHECKED}
        assert verdict.meaning.loss is None


READOUT = """
import numpy as np
rng = np.random.default_rng(8)
A, B, X = rng.normal(0, 0.3, (6, 6)), rng.normal(size=(6, 2)), rng.normal(size=(30, 2))
h, w = np.zeros(6), np.zeros((6, 1))
for t in range(30):
    h = np.tanh(A @ h + B @ X[t])
    e = h @ w - X[t, :1]
    w -= 0.1 * np.outer(h, e)
"""


def test_a_state_that_is_only_computed_is_no_parameter(tmp_path):
    assert followed(judged(tmp_path, READOUT)) == {"w"}


CRITIC = """
import numpy as np
rng = np.random.default_rng(8)
th, w, s = np.zeros((4, 2)), np.zeros(4), rng.normal(size=4)
for t in range(20):
    z = s @ th
    p = np.exp(z - z.max())
    p /= p.sum()
    a = rng.choice(2, p=p)
    s2 = 0.9 * s + 0.3 * rng.normal(size=4) + (a - 0.5) * 0.2
    d = -abs(s2[0]) + 0.9 * s2 @ w - s @ w
    w += 0.1 * d * s
    g = -p
    g[a] += 1
    th += 0.05 * d * np.outer(s, g)
    s = s2
"""


def test_what_a_critic_says_of_a_step_may_turn_it(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(CRITIC)
    script = open_script(path)
    for at in range(4):
        assert judge_pass(script.iteration(at), script.source).ok


FILTER = """
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=40)
d = np.convolve(x, [0.5, -0.3, 0.2])[:40]
w, buf, power = np.zeros(3), np.zeros(3), 0.0
for n in range(40):
    buf = np.r_[x[n], buf[:-1]]
    e = d[n] - w @ buf
    power = 0.9 * power + 0.1 * buf @ buf
    w = w + 0.5 / (1e-3 + power) * e * buf
"""


@pytest.mark.parametrize("rate", ["0.5 / (1e-3 + power)", "0.5 / (1e-3 + buf @ buf)"])
def test_a_rate_may_be_computed_from_the_data(tmp_path, rate):
    assert followed(judged(tmp_path, FILTER, "0.5 / (1e-3 + power)", rate)) == {"w"}
    assert not judged(tmp_path, FILTER, "0.5 / (1e-3 + power) * e", f"-{rate} * e").ok
    assert not judged(tmp_path, FILTER, "0.5 / (1e-3 + power) * e", "0.5 * (w @ buf) * e").ok


def test_a_decay_that_is_0_for_a_bias_is_no_term_of_its_step(tmp_path):
    text = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
P = {"W": rng.normal(size=(3, 2)), "b": np.zeros(2)}
V = {k: np.zeros_like(v) for k, v in P.items()}
for t in range(1, 9):
    out = X @ P["W"] + P["b"]
    d = (out - Y) / 12
    G = {"W": X.T @ d, "b": d.sum(0)}
    for k in P:
        V[k] = 0.9 * V[k] + 0.1 * G[k]
        P[k] -= 0.1 * (V[k] + (0.01 * P[k] if P[k].ndim > 1 else 0))
"""
    verdict = judged(tmp_path, text)
    assert verdict.ok
    assert set(verdict.meaning.gradients) == {"P.W", "P.b"}
    (wrong,) = judged(tmp_path, text, "else 0)", "else 0.2)").wrong
    assert wrong.line == 13


TIED = """
import numpy as np
rng = np.random.default_rng(8)
X, W = rng.normal(size=(20, 5)), rng.normal(0, 0.3, (5, 3))
for t in range(9):
    h = np.tanh(X @ W)
    d = (h @ W.T - X) / 20
    loss = 0.5 * np.sum((h @ W.T - X)**2) / 20
    dW = X.T @ (d @ W * (1 - h**2)) + d.T @ h
    W -= 0.1 * dW
"""


def test_a_part_of_the_gradient_of_a_loss_that_is_computed_is_wrong(tmp_path):
    assert followed(judged(tmp_path, TIED)) == {"W"}
    (wrong,) = judged(tmp_path, TIED, " + d.T @ h", "").wrong
    assert wrong.line == 9


def test_a_row_of_a_line_that_is_right_by_chance_says_so(tmp_path):
    """With these weights every unit is active, and the slope that is left out is 1."""
    verdict = judged(
        tmp_path,
        """
import numpy as np
X, Y = np.array([[1.0, 2.0], [0.5, 1.5], [2.0, 0.5]]), np.array([[1.0], [0.2], [0.7]])
V, W = np.array([[0.5, 0.2, 0.3], [0.1, 0.4, 0.6]]), np.array([[0.3], [0.5], [-0.4]])
for k in range(9):
    h = np.maximum(0, X @ V)
    d = (h @ W - Y) / 3
    dW = h.T @ d
    dV = X.T @ (d @ W.T)
    V -= 0.1 * dV
    W -= 0.1 * dW
""",
    )
    assert verdict.wrong[0].is_by_chance
    assert [(row[0], row[-1]) for row in parameter_rows(verdict)][1:] == [
        ("V", "agrees by chance"),
        ("W", "agrees"),
    ]


CLASSES_AND_BITS = """
import numpy as np
rng = np.random.default_rng(3)
X, t = rng.normal(size=(12, 4)), rng.integers(0, 3, 12)
Y = np.eye(3)[t]
W, b, V = rng.normal(size=(4, 5)) * 0.3, np.zeros(5), rng.normal(size=(5, 3)) * 0.3
mean, square = 0, 0
def cross_entropy(P, given):
    return -np.log(P[np.arange(len(given)), given]).sum() / len(given)
for step in range(1, 20):
    idx = rng.permutation(12)[:8]
    A = np.tanh(X[idx] @ W + b)
    E = np.exp(A @ V)
    P = E / E.sum(axis=1, keepdims=True)
    loss = cross_entropy(P, t[idx])
    d = P - Y[idx]
    gV = A.T @ d / 8
    da = d @ V.T * (1 - A**2) / 8
    gW = X[idx].T @ da
    gb = da.sum(axis=0)
    V -= 0.1 * gV
    W -= 0.1 * gW
    b -= 0.1 * gb
"""
COMPUTED = "Loss: the cross entropy of P against {}; the script computes 0.125 times that in loss."
WITH_MORE = "Loss: loss, the cross entropy of P against {} and further terms."
ADAM = (
    "V -= 0.1 * gV\n",
    "mean = 0.9 * mean + 0.1 * gV; square = 0.9 * square + 0.1 * gV**2\n"
    "    V -= 0.1 * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.9**step)) + 1e-8)\n",
)
PENALTY = [("t[idx])\n", "t[idx]) + 0.01 * (W**2).sum()\n"), ("].T @ da", "].T @ da + 0.02 * W")]
FROM_BITS = [("cross_entropy(P, t[idx])", "-(Y[idx] * np.log(P)).sum() / 8"),
             ("d = P - Y[idx]", "d = P.copy(); d[np.arange(8), t[idx]] -= 1")]  # fmt: skip
COLUMNS = [("Y = np.eye(3)[t]", "Y = np.zeros((3, 12)); Y[t, np.arange(12)] = 1"), ("Y[idx]", "Y[:, idx].T")]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([], COMPUTED.format("Y[idx]")),
        (COLUMNS, COMPUTED.format("Y[:, idx].T")),
        (FROM_BITS, COMPUTED.format("Y[idx]")),
        ([("cross_entropy(P, t[idx])", "-np.log(P[range(8), t[idx]]).mean()")], COMPUTED.format("Y[idx]")),
        (PENALTY, WITH_MORE.format("Y[idx]")),
        ([*PENALTY, ADAM], WITH_MORE.format("Y[idx]")),
    ],
)
def test_classes_that_select_cells_and_their_one_hot_rows_are_the_same_labels(tmp_path, changes, sentence):
    text = CLASSES_AND_BITS
    for change in changes:
        assert text.count(change[0]) == 1
        text = text.replace(*change)
    verdict = judged(tmp_path, text)
    assert followed(verdict) == {"W", "b", "V"}
    assert not verdict.findings
    assert next(iter(script_verdict_sentences(verdict))) == sentence
    wrong = judged(tmp_path, text, "d @ V.T * (1 - A**2)", "d @ V.T * (1 - A)")
    assert [each.line for each in wrong.findings] == [text[: text.index("da = ")].count("\n") + 1]


def test_what_an_update_of_another_parameter_computes_is_no_gradient_with_its_name(tmp_path):
    """The update of the bias computes again what that of the first weight multiplies by its input."""
    verdict = judged(
        tmp_path,
        """
import math
w, data = [0.3, -0.2, 0.1], [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)]
for x, t in data:
    y = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))
    err = t - y
    w[0] += 0.5 * err * y * (1 - y) * x[0]
    w[1] += 0.5 * err * y * (1 - y) * x[1]
    w[2] += 0.5 * err * y * (1 - y)
""",
    )
    assert followed(verdict) == {"w[0]", "w[1]", "w[2]"}
    assert {gradient for _, gradient, _, _ in parameter_rows(verdict)} == {"gradient", "-"}


AHEAD = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(30, 4))
y = X @ rng.normal(size=(4, 1)) + 0.1
w, b, vw, vb = np.zeros((4, 1)), 0.0, np.zeros((4, 1)), 0.0
for t in range(9):
    w_ahead, b_ahead = w + 0.9 * vw, b + 0.9 * vb
    e = X @ w_ahead + b_ahead - y
    gw, gb = X.T @ e / len(X), e.mean()
    vw, vb = 0.9 * vw - 0.05 * gw, 0.9 * vb - 0.05 * gb
    w, b = w + vw, b + vb
"""


def test_data_that_weights_ahead_are_multiplied_with_are_no_weights(tmp_path):
    assert {"w", "b"} <= followed(judged(tmp_path, AHEAD))


CHARACTERS = """
import numpy as np
text = "the cat sat on the mat and the rat sat on the cat "
chars = sorted(set(text))
V = len(chars)
ix = {c: i for i, c in enumerate(chars)}
H = 7
T = 6
lr = 0.1
rng = np.random.RandomState(5)
def init(*shape):
    return rng.uniform(-0.3, 0.3, shape)
P = {
    "Wz": init(H, V), "Uz": init(H, H), "bz": np.zeros((H, 1)),
    "Wr": init(H, V), "Ur": init(H, H), "br": np.zeros((H, 1)),
    "Wc": init(H, V), "Uc": init(H, H), "bc": np.zeros((H, 1)),
    "Wy": init(V, H), "by": np.zeros((V, 1)),
}
mem = {k: np.zeros_like(v) for k, v in P.items()}
def sig(a):
    return 1.0 / (1.0 + np.exp(-a))
def step_loss(inputs, targets, h0):
    xs, zs, rs, cs, hs, ps = {}, {}, {}, {}, {-1: h0.copy()}, {}
    loss = 0.0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        zs[t] = sig(P["Wz"] @ xs[t] + P["Uz"] @ hs[t - 1] + P["bz"])
        rs[t] = sig(P["Wr"] @ xs[t] + P["Ur"] @ hs[t - 1] + P["br"])
        cs[t] = np.tanh(P["Wc"] @ xs[t] + P["Uc"] @ (rs[t] * hs[t - 1]) + P["bc"])
        hs[t] = (1 - zs[t]) * hs[t - 1] + zs[t] * cs[t]
        y = P["Wy"] @ hs[t] + P["by"]
        e = np.exp(y - y.max())
        ps[t] = e / e.sum()
        loss += -np.log(ps[t][targets[t], 0])
    g = {k: np.zeros_like(v) for k, v in P.items()}
    dh_next = np.zeros_like(h0)
    for t in reversed(range(len(inputs))):
        dy = ps[t].copy()
        dy[targets[t]] -= 1
        g["Wy"] += dy @ hs[t].T
        g["by"] += dy
        dh = P["Wy"].T @ dy + dh_next
        dc = dh * zs[t] * (1 - cs[t] ** 2)
        dz = dh * (cs[t] - hs[t - 1]) * zs[t] * (1 - zs[t])
        drh = P["Uc"].T @ dc
        dr = drh * hs[t - 1] * rs[t] * (1 - rs[t])
        g["Wc"] += dc @ xs[t].T
        g["Uc"] += dc @ (rs[t] * hs[t - 1]).T
        g["bc"] += dc
        g["Wz"] += dz @ xs[t].T
        g["Uz"] += dz @ hs[t - 1].T
        g["bz"] += dz
        g["Wr"] += dr @ xs[t].T
        g["Ur"] += dr @ hs[t - 1].T
        g["br"] += dr
        dh_next = dh * (1 - zs[t]) + drh * rs[t] + P["Uz"].T @ dz + P["Ur"].T @ dr
    return loss, g, hs[len(inputs) - 1]
h = np.zeros((H, 1))
pos = 0
for it in range(40):
    if pos + T + 1 >= len(text):
        pos = 0
        h = np.zeros((H, 1))
    inputs = [ix[c] for c in text[pos:pos + T]]
    targets = [ix[c] for c in text[pos + 1:pos + T + 1]]
    loss, grads, h = step_loss(inputs, targets, h)
    for k in P:
        mem[k] += grads[k] * grads[k]
        P[k] -= lr * grads[k] / np.sqrt(mem[k] + 1e-8)
    pos += T
"""


def test_what_guards_a_step_of_one_size_against_0_does_not_tell_its_direction(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(CHARACTERS)
    script = open_script(path)
    assert len(followed(judge_pass(script.iteration(2), script.source))) == 11


ONE_OF_EACH = """
import numpy as np
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(3, 4)), np.eye(3)[[0, 2, 1]]
W, b = rng.normal(size=(4, 3)), np.zeros(3)
for step in range(9):
    z = X @ W + b
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(p))
    d = p - Y
    W -= 0.1 * X.T @ d
    b -= 0.1 * d.sum(axis=0)
"""


def test_as_many_samples_as_classes_each_of_another_class_are_compared(tmp_path):
    assert followed(judged(tmp_path, ONE_OF_EACH)) == {"W", "b"}


BAGS = """
import numpy as np
rng = np.random.default_rng(3)
E, v = rng.normal(size=(5, 3)), rng.normal(size=3)
bags = [([0, 1, 0, 2], 1.0), ([3, 1, 4], -1.0)]
for ids, t in bags * 5:
    mean = E[ids].mean(axis=0)
    out = mean @ v
    loss = 0.5 * (out - t) ** 2
    d = out - t
    dE = np.zeros_like(E)
    np.add.at(dE, ids, d * v / len(ids))
    E -= 0.1 * dE
    v -= 0.1 * d * mean
"""


def test_one_row_that_is_added_at_several_numbers_is_read(tmp_path):
    assert followed(judged(tmp_path, BAGS)) == {"E", "v"}


@pytest.mark.parametrize("operator", ["=", "+="])
def test_rows_that_are_picked_and_stored_by_the_same_numbers_are_not_called_lost(tmp_path, operator):
    step = f"step = np.zeros_like(E)\n    step[ids] {operator} 0.1 * dE[ids]\n    E -= step"
    verdict = judged(tmp_path, BAGS, "E -= 0.1 * dE", step)
    assert [(each.kind, each.line) for each in verdict.findings] == [(FindingKind.NOT_CHECKED, 14)]
    assert {name: told for name, _, _, told in parameter_rows(verdict)}["E"] == "not checked"


BATCHES = """
import numpy as np
rng = np.random.default_rng(5)
X, Y = rng.normal(size=(12, 3)), np.eye(2)[rng.integers(0, 2, 12)]
W, v = rng.normal(size=(3, 2)), np.zeros((3, 2))
for epoch in range(4):
    total = 0
    for start in range(0, 12, 4):
        x, y = X[start:start + 4], Y[start:start + 4]
        m = len(x)
        e = np.exp(x @ W)
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.sum(y * np.log(p)) / m
        total += loss * m
        dW = x.T @ (p - y) / m
        v = 0.9 * v - 0.1 * dW
        W += v
"""


DEEP_BATCHES = """
import numpy as np
rng = np.random.default_rng(5)
X, Y, W, V = (rng.normal(size=size) for size in ((12, 3), (12, 2), (3, 4), (4, 2)))
for epoch in range(4):
    for start in range(0, 12, 4):
        x, y = X[start:start + 4], Y[start:start + 4]
        h = np.tanh(x @ W)
        d = (h @ V - y) / 4
        dW = x.T @ (d @ V.T * (1 - h**2))
        V -= 0.1 * h.T @ d
        W -= 0.1 * dW
"""


@pytest.mark.parametrize("chosen", ["", "loss", "total"])
def test_a_loss_weighted_by_its_count_of_samples_is_no_output_of_a_network(tmp_path, chosen):
    path = tmp_path / "homework.py"
    path.write_text(BATCHES)
    script = open_script(path)
    assert followed(judge_pass(script.iteration(0), script.source, loss=chosen)) == {"W"}


@pytest.mark.parametrize(("text", "line"), [(BATCHES, 6), (DEEP_BATCHES, 5)])
def test_a_loop_that_updates_several_times_in_a_pass_is_not_checked(text, line, tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path, loop=LoopChoice(line))
    verdict = judge_pass(script.iteration(0), script.source)
    (found,) = verdict.findings
    assert found.kind is FindingKind.NOT_CHECKED
    assert found.sentence.endswith("choose the loop inside it with --loop")
    assert {told for _, _, _, told in list(parameter_rows(verdict))[1:]} == {"not checked"}


SUBTRACTED_AT = """
import numpy as np
rng = np.random.default_rng(6)
X, W, b = rng.normal(size=(9, 4)), rng.normal(size=(4, 3)), np.zeros(3)
y = rng.integers(0, 3, 9)
for step in range(5):
    z = X @ W + b
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(9), y]).sum()
    d = p.copy()
    np.add.at(d, (np.arange(9), y), -1.0)
    W -= 0.1 * X.T @ d
    b -= 0.1 * d.sum(axis=0)
"""


@pytest.mark.parametrize("ones", ["-1.0", "-np.ones(9)"])
def test_labels_whose_negative_is_added_are_targets_and_their_negative_is_none(ones, tmp_path):
    assert followed(judged(tmp_path, SUBTRACTED_AT.replace("-1.0", ones))) == {"W", "b"}
