"""What a script leaves out: a target, the update of weights, a gradient in a step, a rate."""

from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.report import parameter_rows
from bpstep.gradcheck.script.updates import never_updated
from bpstep.script.opening import open_script

SAMPLES = """import numpy as np
rng = np.random.default_rng(4)
X, T = rng.random((6, 2)), np.array([0.0, 1, 1, 0, 1, 0])
W, b, v, c = rng.normal(size=(3, 2)), np.zeros(3), rng.normal(size=3), 0.0
eta, right = 0.5, 0
for x, t in zip(X, T):
    h = np.tanh(W @ x + b)
    o = 1 / (1 + np.exp(-(v @ h + c)))
    loss = -(t * np.log(o) + (1 - t) * np.log(1 - o))
    right += (o > 0.5) == (t == 1)
    d_o = o - t
    d_h = d_o * v * (1 - h ** 2)
    v -= eta * d_o * h
    c -= eta * d_o
    W -= eta * np.outer(d_h, x)
    b -= eta * d_h
"""
"""One sample a pass; the label of the first one is 0."""

SQUARED = SAMPLES.replace("-(t * np.log(o) + (1 - t) * np.log(1 - o))", "0.5 * (o - t) ** 2").replace(
    "d_o = o - t", "d_o = (o - t) * o * (1 - o)"
)

ASCENDING = SQUARED.replace("(o - t) * o", "(t - o) * o").replace("-= eta", "+= eta")

FILTERS = """import numpy as np
rng = np.random.default_rng(5)
S, T = rng.normal(size=(5, 7)), rng.normal(size=5)
K, bias, v = rng.normal(size=(2, 3)), np.zeros(2), rng.normal(size=(2, 5))
for s, t in zip(S, T):
    maps = np.zeros((2, 5))
    for f in range(2):
        for i in range(5):
            maps[f, i] = np.sum(K[f] * s[i:i + 3]) + bias[f]
    out = np.sum(np.tanh(maps) * v)
    d = out - t
    dmaps = d * v * (1 - np.tanh(maps) ** 2)
    dK = np.zeros_like(K)
    for f in range(2):
        for i in range(5):
            dK[f] += dmaps[f, i] * s[i:i + 3]
    v -= 0.1 * d * np.tanh(maps)
    K -= 0.1 * dK
    bias -= 0.1 * dmaps.sum(axis=1)
"""

SUMMED = """import numpy as np
rng = np.random.default_rng(6)
X, T = rng.normal(size=(9, 2)), rng.random((9, 1))
weights, biases = [rng.normal(size=(2, 3)), rng.normal(size=(3, 1))], [np.zeros(3), np.zeros(1)]
for k in range(5):
    h = np.tanh(X @ weights[0] + biases[0])
    o = h @ weights[1] + biases[1]
    d = (o - T) / len(X)
    e = d @ weights[1].T * (1 - h ** 2)
    dw, db = [X.T @ e, h.T @ d], [e.sum(axis=0), d.sum(axis=0)]
    weights = [w - 0.1 * g for w, g in zip(weights, dw)]
    biases = [b - 0.1 * g for b, g in zip(biases, db)]
"""


CLASSES = """import numpy as np
rng = np.random.default_rng(7)
X, y = rng.normal(size=(10, 2)), np.arange(10) % 3
W, b = rng.normal(size=(2, 3)), np.zeros(3)
for k in range(5):
    p = np.exp(X @ W + b)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[range(10), y])) + 0.01 * np.sum(W * W)
    d = p.copy()
    d[range(10), y] -= 1
    d /= 10
    W -= 0.5 * (X.T @ d + 0.02 * W)
    b -= 0.5 * d.sum(axis=0)
"""


NUMBERS = """import random
random.seed(3)
rows = [[random.random(), random.random(), k % 2] for k in range(4)]
layer = [[random.random() for i in range(3)] for j in range(2)]
rate = 0.5
for row in rows:
    outs = [n[0] * row[0] + n[1] * row[1] + n[-1] for n in layer]
    d = [o - row[2] for o in outs]
    for n, e in zip(layer, d):
        for i in range(2):
            n[i] -= rate * e * row[i]
        n[-1] -= rate * e
"""


def judged(folder, text):
    path = folder / "script.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.whole_source)


def findings(folder, text):
    return judged(folder, text).findings


@pytest.mark.parametrize("text", [SAMPLES, SQUARED, ASCENDING, FILTERS, SUMMED, CLASSES, NUMBERS])
def test_a_right_script_has_no_findings(text, tmp_path):
    assert not findings(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "changed", "place", "sentence"),
    [
        (SQUARED, "d_o = (o - t) * o * (1 - o)", "d_o = o * o * (1 - o)", 11, "the term -t is missing"),
        (SQUARED, "d_o = (o - t) * o * (1 - o)", "d_o = o * (1 - o) * o", 11, "the term -t is missing"),
        (
            NUMBERS,
            "n[-1] -= rate * e",
            "n[-1] -= rate",
            12,
            "layer[0][2] is never updated by its gradient: its step depends on none",
        ),
        (
            SUMMED,
            "w - 0.1 * g",
            "w - 0.1",
            11,
            "weights[0] is never updated by its gradient: its step depends on none",
        ),
        (CLASSES, "d[range(10), y] -= 1", "pass", 11, "the term -one_hot(y, 3) is missing"),
        (ASCENDING, "d_o = (t - o) * o", "d_o = t * o", 11, "the term -o is missing"),
        (SAMPLES, "W -= eta * np.outer(d_h, x)", "pass", 7, "W is read here and never updated"),
        (SAMPLES, "v -= eta * d_o * h", "pass", 8, "v is read here and never updated"),
        (SAMPLES, "c -= eta * d_o", "pass", 8, "c is read here and never updated"),
        (FILTERS, "K -= 0.1 * dK", "pass", 16, "K is never updated, though its gradient is computed"),
        (
            SUMMED,
            "b - 0.1 * g",
            "b - 0.1 / len(X)",
            12,
            "biases[0] is never updated by its gradient: its step depends on none",
        ),
    ],
)
def test_what_is_left_out_is_named(text, line, changed, place, sentence, tmp_path):
    assert text.count(line) == 1
    found = findings(tmp_path, text.replace(line, changed))[0]
    assert (found.kind, found.line, found.sentence) == (FindingKind.WRONG, place, sentence)


ADAM = """import numpy as np
rng = np.random.default_rng(8)
X, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
params = {"W": rng.normal(size=(2, 1)), "b": np.zeros(1)}
m, v = {k: 0 * p for k, p in params.items()}, {k: 0 * p for k, p in params.items()}
def step(grads, t, beta1=0.9, beta2=0.999):
    for k in params:
        m[k] = beta1 * m[k] + (1 - beta1) * grads[k]
        v[k] = beta2 * v[k] + (1 - beta2) * grads[k] ** 2
        m_hat, v_hat = m[k] / (1 - beta1 ** t), v[k] / (1 - beta2 ** t)
        params[k] = params[k] - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-8)
for t in range(1, 9):
    d = (X @ params["W"] + params["b"] - y) / 9
    step({"W": X.T @ d, "b": d.sum(axis=0)}, t)
"""


@pytest.mark.parametrize(
    ("line", "changed", "place", "right"),
    [
        ("(1 - beta1) * grads", "(beta1 - 1) * grads", 8, "m[k] = beta1 * m[k] - (beta1 - 1) * grads[k]"),
        ("params[k] - 0.1", "params[k] + 0.1", 11, "params[k] = params[k] - 0.1 * m_hat"),
    ],
)
def test_the_line_of_an_optimiser_that_turns_all_steps_uphill_is_named(line, changed, place, right, tmp_path):
    assert not findings(tmp_path, ADAM)
    found = findings(tmp_path, ADAM.replace(line, changed))[0]
    assert (found.kind, found.line) == (FindingKind.WRONG, place)
    assert found.right.startswith(right)


HEADS = """import numpy as np
rng = np.random.default_rng(9)
X, y, z = rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), rng.random((9, 1))
p = {"W": rng.normal(size=(2, 3)), "U": rng.normal(size=(3, 1)), "V": rng.normal(size=(3, 1))}
for k in range(5):
    h = np.tanh(X @ p["W"])
    o, q = h @ p["U"], 1 / (1 + np.exp(-h @ p["V"]))
    loss = 0.5 * np.sum((o - y) ** 2) - np.sum(z * np.log(q) + (1 - z) * np.log(1 - q))
    d, e = o - y, q - z
    dh = (d @ p["U"].T + e @ p["V"].T) * (1 - h ** 2)
    grads = {"W": X.T @ dh, "U": h.T @ d, "V": h.T @ e}
    for name in p:
        p[name] -= 0.1 * grads[name]
"""


@pytest.mark.parametrize("name", ["m", "v"])
def test_a_correction_that_one_of_two_averages_lacks_is_named(name, tmp_path):
    rate = {"m": "beta1", "v": "beta2"}[name]
    found = findings(tmp_path, ADAM.replace(f"{name}[k] / (1 - {rate} ** t)", f"{name}[k]"))[0]
    assert (found.kind, found.line) == (FindingKind.WRONG, 11)
    assert found.sentence == f"the bias correction of {name}.W is missing"


def test_averages_that_are_both_taken_as_they_are_have_no_mistake(tmp_path):
    """Without any correction the first steps are shorter, as in RMSprop with momentum."""
    text = ADAM
    for name, rate in (("m", "beta1"), ("v", "beta2")):
        text = text.replace(f"{name}[k] / (1 - {rate} ** t)", f"{name}[k]")
    assert not findings(tmp_path, text)


def test_the_update_of_two_outputs_that_goes_uphill_is_named_and_not_their_errors(tmp_path):
    assert not findings(tmp_path, HEADS)
    (found,) = findings(tmp_path, HEADS.replace("-= 0.1", "+= 0.1"))[:1]
    assert (found.kind, found.line, found.right) == (FindingKind.WRONG, 13, "p[name] -= 0.1 * grads[name]")


def test_a_target_that_is_0_in_the_first_pass_hides_nothing(tmp_path):
    """What counts the right answers compares the target and decides no gradient."""
    found = findings(tmp_path, SAMPLES.replace("d_o = o - t", "d_o = 1.0 * o"))[0]
    assert (found.kind, found.line, found.right) == (FindingKind.WRONG, 11, "d_o = 1.0 * (o - t)")


@pytest.mark.parametrize(
    ("text", "line", "changed", "place", "sentence", "right"),
    [
        (
            SAMPLES,
            "b -= eta * d_h",
            "b -= d_h",
            16,
            "this step has no factor eta, which the steps of c, v, W have",
            "b -= eta * d_h",
        ),
        (
            SUMMED.replace("0.1", "rate").replace("for k", "rate = 0.1\nfor k"),
            "w - rate * g",
            "w - g",
            12,
            "this step has no factor rate, which the steps of biases[0], biases[1] have",
            "weights = [w - rate * g for w, g in zip(weights, dw)]",
        ),
    ],
)
def test_a_step_without_the_rate_of_the_others_is_noted_and_not_accused(
    text, line, changed, place, sentence, right, tmp_path
):
    assert text.count(line) == 1
    (found,) = findings(tmp_path, text.replace(line, changed))
    assert (found.kind, found.line, found.sentence) == (FindingKind.OTHER_SCALE, place, sentence)
    assert found.right == right


def test_a_penalty_is_no_rate(tmp_path):
    text = SAMPLES.replace("eta, right = 0.5, 0", "eta, right, decay = 0.5, 0, 0.1")
    text = text.replace("c -= eta * d_o", "c -= d_o").replace("b -= eta * d_h", "b -= d_h")
    for name in "vW":
        text = text.replace(f"{name} -= eta * ", f"{name} -= decay * {name} + ")
    assert FindingKind.OTHER_SCALE not in {each.kind for each in findings(tmp_path, text)}


def test_the_samples_of_a_batch_with_as_many_features_as_classes_are_counted(tmp_path):
    """Without a loss nothing tells whether a sum or a mean over them is meant."""
    text = SUMMED.replace(" / len(X)", "").replace(
        "size=(9, 2)), rng.random((9, 1))", "size=(9, 1)), rng.random((9, 1))"
    )
    text = text.replace("size=(2, 3)", "size=(1, 3)")
    (found,) = findings(tmp_path, text)
    assert (found.kind, found.line) == (FindingKind.OTHER_SCALE, 8)
    assert found.sentence.startswith("no line divides by 9, the number of samples")


RETURNED = """import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(10, 2)), rng.integers(0, 3, 10)
W = rng.normal(size=(2, 3))
def first_gradient(p):
    d = p.copy()
    d[np.arange(len(y)), y] -= 1
    return d
for step in range(3):
    e = np.exp(X @ W)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    W -= 0.1 * (X.T @ first_gradient(p))
"""


def test_a_count_is_missing_where_a_gradient_is_returned_and_not_where_a_few_cells_are_changed(tmp_path):
    (found,) = findings(tmp_path, RETURNED)
    assert (found.kind, found.line) == (FindingKind.OTHER_SCALE, 8)
    assert not findings(tmp_path, RETURNED.replace("return d", "return d / 10"))


WEIGHT_BY_WEIGHT = """
import numpy as np
rng = np.random.default_rng(5)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=6)
w, eta = list(rng.normal(size=3)), 0.1
for x, y in zip(X, Y):
    d = sum([a * b for a, b in zip(w, x)]) - y
    for k, value in enumerate(x):
        w[k] += -eta * d * value
"""


def test_an_input_of_one_weight_is_no_rate_that_the_others_lack(tmp_path):
    assert findings(tmp_path, WEIGHT_BY_WEIGHT) == ()


ERRORS = """import numpy as np
rng = np.random.default_rng(10)
X, y = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
W = rng.normal(size=(2, 1))
def loss_of(out, target):
    error = out - target
    return 0.5 * np.sum(error ** 2), error
for k in range(5):
    loss, d = loss_of(X @ W, y)
    W -= 0.1 * X.T @ d
"""


def test_a_loss_without_its_target_is_noted_where_the_target_is_never_read(tmp_path):
    assert not findings(tmp_path, ERRORS)
    (found,) = findings(tmp_path, ERRORS.replace("error = out - target", "error = out * 1.0"))
    assert (found.kind, found.line) == (FindingKind.NOT_LEARNING, 7)
    assert found.sentence.endswith("compares the outputs with no target: target is never read")
    # A name that begins with an underscore is not meant to be read.
    unnamed = ERRORS.replace("error = out - target", "error = out * 1.0").replace("target", "_")
    assert not findings(tmp_path, unnamed)


REMEMBERING = """import numpy as np
rng = np.random.default_rng(7)
X, T = rng.normal(size=(9, 2)), rng.random((9, 1))
params = [rng.normal(size=(2, 1)), np.zeros(1)]
velocities = [np.zeros_like(p) for p in params]
beta, lr = 0.9, 0.1
for k in range(5):
    d = (X @ params[0] + params[1] - T) / 9
    grads = [X.T @ d, d.sum(axis=0)]
    for p, g, v in zip(params, grads, velocities):
        v[:] = beta * v + lr * g
        p -= v
"""
STORE = "v[:] = beta * v + lr * g"


@pytest.mark.parametrize(
    ("wrong", "sentence", "right"),
    [
        (
            "v = beta * v + lr * g",
            "v is a new array here, and the one that the loop takes v from stays 0",
            STORE,
        ),
        ("v *= beta + lr", "v stays 0: this line computes it from nothing else", ""),
        ("v += lr * v", "v stays 0: this line computes it from nothing else", ""),
    ],
)
def test_a_memory_that_is_rebound_or_takes_in_no_gradient_is_named(wrong, sentence, right, tmp_path):
    assert judged(tmp_path, REMEMBERING).ok
    (found,) = judged(tmp_path, REMEMBERING.replace(STORE, wrong)).wrong
    assert (found.line, found.sentence, found.right) == (11, sentence, right)


def test_an_array_that_is_not_0_may_be_given_on_purpose_and_is_no_memory(tmp_path):
    assert not judged(tmp_path, REMEMBERING.replace("v[:] =", "v =").replace("zeros_like", "ones_like")).wrong


LAYERS = """import numpy as np
rng = np.random.default_rng(7)
X, T = rng.normal(size=(9, 2)), rng.random((9, 1))
sizes, W, B = [2, 4, 3, 1], [None], [None]
for l in range(1, 4):
    W.append(rng.normal(size=(sizes[l - 1], sizes[l])))
    B.append(np.zeros(sizes[l]))
for k in range(5):
    a, delta = [X, None, None, None], [None] * 4
    for l in range(1, 4):
        a[l] = np.tanh(a[l - 1] @ W[l] + B[l])
    delta[3] = (a[3] - T) / 9 * (1 - a[3] ** 2)
    for l in range(2, 0, -1):
        delta[l] = delta[l + 1] @ W[l + 1].T * (1 - a[l] ** 2)
    for l in range(1, 4):
        W[l] -= 0.1 * a[l - 1].T @ delta[l]
        B[l] -= 0.1 * delta[l].sum(axis=0)
"""
UPDATES = "range(1, 4):\n        W[l] -="


@pytest.mark.parametrize(("numbers", "left"), [("(1, 4)", ""), ("(2, 4)", "1"), ("(1, 3)", "3")])
def test_a_loop_that_leaves_a_layer_out_is_named_with_the_rows_of_its_weights_and_biases(
    numbers, left, tmp_path
):
    verdict = judged(tmp_path, LAYERS.replace(UPDATES, UPDATES.replace("(1, 4)", numbers)))
    told = [(each.line, each.by, each.others) for each in verdict.wrong]
    assert told == ([(15, f"W[{left}]", (f"B[{left}]",))] if left else [])
    rows = [name for name, *_, verdict in parameter_rows(verdict) if verdict == "never updated"]
    assert rows == ([f"W[{left}]", f"B[{left}]"] if left else [])


FIXED = """import numpy as np
rng = np.random.default_rng(7)
X, T = rng.normal(size=(9, 2)), rng.random((9, 1))
V, W = rng.normal(size=(2, 4)), rng.normal(size=(4, 1))
for k in range(5):
    h = np.tanh(X @ V)
    d = (h @ W - T) / 9
    W -= 0.1 * h.T @ d
"""


def test_weights_are_missing_in_the_updates_where_nothing_reads_the_gradient_of_their_product(tmp_path):
    # Weights that are drawn and kept are meant so.
    assert not judged(tmp_path, FIXED).wrong
    delta = "    delta = d @ W.T * (1 - h ** 2)\n    W -="
    (found,) = judged(tmp_path, FIXED.replace("    W -=", delta)).wrong
    sentence = "V is never updated, and nothing reads delta, from which its gradient follows"
    assert (found.line, found.sentence, found.by) == (8, sentence, "V")
    assert not judged(tmp_path, FIXED.replace("    W -=", delta.replace("(1", "(2"))).wrong


GUARDED = """import numpy as np
rng = np.random.default_rng(10)
X, T = rng.normal(size=(9, 3)), rng.integers(0, 2, (9, 1))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for k in range(5):
    h = np.tanh(X @ W)
    p = 1 / (1 + np.exp(-(h @ V)))
    loss = -np.mean(T * np.log(p + 1e-12) + (1 - T) * np.log(1 - p + 1e-12))
    d = (p - T) / len(X)
    dW = X.T @ (d @ V.T * (1 - h ** 2))
    V -= 0.5 * h.T @ d
"""


def test_weights_are_told_from_data_also_where_the_loss_adds_a_small_number_to_the_outputs(tmp_path):
    (found,) = judged(tmp_path, GUARDED).wrong
    assert (found.line, found.by) == (10, "W")


@pytest.mark.parametrize(
    ("name", "value", "is_one"),
    [("W[3]", np.ones((2, 2)), True), ("V[3]", np.ones((2, 2)), False), ("W[0]", 1.0, False)],
)
def test_only_an_array_is_one_of_a_list_of_weights(name, value, is_one):
    graph = SimpleNamespace(inputs={name: 0})
    study = SimpleNamespace(trained=["b", "W[2]"], graph=graph, actual=[value])
    assert never_updated._is_one_of_list(study, name) is is_one
