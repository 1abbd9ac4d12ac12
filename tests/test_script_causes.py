"""The line that is named is the cause: a head of a loop, a comment, a function's line, a field's line."""

import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.findings.loop_heads import heads_with_one_more
from bpstep.gradcheck.script.judge import judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.script.opening import open_script


def judged(tmp_path, text):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return script.whole_source, judge_pass_or_say_why(script.iteration(0), script.whole_source, script=script)


def found_in(tmp_path, right, old, new):
    """The only finding on a script with one change; the right script has none."""
    assert judged(tmp_path, right)[1].findings == ()
    assert right.count(old) == 1
    source, verdict = judged(tmp_path, right.replace(old, new))
    (found,) = verdict.findings
    return source, found


def line_of(text, part):
    return next(at for at, line in enumerate(text.split("\n"), 1) if part in line)


CELLS = """\
import numpy as np
rng = np.random.default_rng(6)
X, T = rng.uniform(0, 1, (1, 2)), rng.uniform(0, 1, (1, 3))
w, v = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
b = np.zeros(3)
for epoch in range(20):
    for x, t in zip(X, T):
        h, o = np.zeros(3), np.zeros(3)
        for j in range(3):
            h[j] = np.tanh(b[j] + x[0] * w[0][j] + x[1] * w[1][j])
        for k in range(3):
            for j in range(3):
                o[k] += h[j] * v[j][k]
        d = o - t
        dh = np.zeros(3)
        for j in range(3):
            total = 0.0
            for k in range(3):
                total += d[k] * v[j][k]
            dh[j] = total * (1 - h[j] ** 2)
        for j in range(3):
            for k in range(3):
                v[j][k] -= 0.1 * d[k] * h[j]
            for i in range(2):
                w[i][j] -= 0.1 * dh[j] * x[i]
            b[j] -= 0.1 * dh[j]
"""


@pytest.mark.parametrize("head", ["range(3 - 1)", "range(1, 3)"])
def test_the_head_of_a_loop_that_leaves_out_a_term_of_a_gradient_is_named(tmp_path, head):
    old = "for k in range(3):\n                total"
    source, found = found_in(tmp_path, CELLS, old, old.replace("range(3)", head))
    expected = "range(3)" if head == "range(3 - 1)" else "range(0, 3)"
    assert (found.line, found.mistake, found.right) == (18, MistakeKind.INDEX, f"for k in {expected}:")
    assert found.sentence == f"{head} should be {expected}: off by one"
    assert found.shown_line(source) == f"for k in {head}:"


LAYERS = """\
import numpy as np
rng = np.random.default_rng(17)
X, T = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
p = {"W1": rng.normal(size=(3, 4)), "W2": rng.normal(size=(4, 2)), "b1": np.ones(4), "b2": np.ones(2)}
L = 2
for step in range(20):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (h @ p["W2"] + p["b2"] - T) / len(X)
    g = {"W2": h.T @ d, "b2": d.sum(axis=0)}
    dz = d @ p["W2"].T * (1 - h**2)
    g["W1"], g["b1"] = X.T @ dz, dz.sum(axis=0)
    for l in range(1, L + 1):
        p["W" + str(l)] -= 0.1 * g["W" + str(l)]
        p["b" + str(l)] -= 0.1 * g["b" + str(l)]
"""


def test_the_head_of_a_loop_that_leaves_out_a_layer_is_named_with_the_right_range(tmp_path):
    _, found = found_in(tmp_path, LAYERS, "range(1, L + 1)", "range(1, L)")
    assert (found.line, found.mistake, found.right) == (
        12,
        MistakeKind.INDEX,
        "for l in range(1, L + 1):",
    )


WINDOWS = """import numpy as np
rng = np.random.default_rng(18)
contexts, nxt = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 1]]), np.array([2, 3, 0, 1, 3])
E, U = rng.normal(size=(4, 3)), rng.normal(size=(6, 4))
for step in range(20):
    emb = E[contexts].reshape(5, 6)
    z = emb @ U
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(5), nxt]).mean()
    d = p.copy()
    d[np.arange(5), nxt] -= 1
    d /= 5
    demb = (d @ U.T).reshape(5, 2, 3)
    dE = np.zeros_like(E)
    for i in range(5):
        for j in range(2):
            dE[contexts[i, j]] += demb[i, j]
    U -= 0.1 * emb.T @ d
    E -= 0.1 * dE
"""


def test_rows_that_a_loop_adds_to_by_their_numbers_are_those_that_data_select(tmp_path):
    """The numbers are constants of the loop, so that no random state may have others."""
    _, found = found_in(tmp_path, WINDOWS, "demb[i, j]", "demb[i, j - 1]")
    assert (found.line, found.mistake) == (17, MistakeKind.INDEX)


@pytest.mark.parametrize("cell", ["v[k][j]", "v[k, j]"])
def test_a_cell_that_is_read_with_its_indices_in_the_other_order_is_named_as_a_transpose(tmp_path, cell):
    _, found = found_in(tmp_path, CELLS, "d[k] * v[j][k]", f"d[k] * {cell}")
    assert (found.line, found.mistake) == (19, MistakeKind.TRANSPOSE)
    assert found.sentence == "the indices of v are swapped"


@pytest.mark.parametrize(
    ("head", "longer"),
    [
        ("range(n - 1)", ["range(n)"]),
        ("range(n)", []),
        ("range(0, n)", []),
        ("range(1, n)", ["range(0, n)", "range(1, n + 1)"]),
        ("range(k + 1, n)", ["range(k, n)"]),
        ("range(2, n - 2)", ["range(2, n - 1)", "range(1, n - 2)"]),
        ("range(n - 2, 0, -1)", ["range(n - 1, 0, -1)", "range(n - 2, -1, -1)"]),
        ("reversed(range(1, n))", ["reversed(range(0, n))", "reversed(range(1, n + 1))"]),
        ("reversed(layers[1:])", ["reversed(layers)"]),
        ("zip(a[:-1], b)", ["zip(a, b)"]),
        ("a[2:-1]", []),
        ("a[::2]", []),
        ("range(0, n, 2)", []),
    ],
)
def test_a_head_is_tried_with_one_more_where_its_author_left_one_out(head, longer):
    assert list(heads_with_one_more(head)) == longer


RELU = """\
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
W, V = rng.normal(size=(2, 5)), rng.normal(size=(5, 1))


def back_through_relu(dA, Z):
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


for epoch in range(20):
    Z = X @ W
    A = np.maximum(Z, 0)
    d = (A @ V - T) / len(X)
    dV = A.T @ d
    dZ = back_through_relu(d @ V.T, Z)
    V -= 0.1 * dV
    W -= 0.1 * X.T @ dZ
"""


def test_a_statement_in_a_comment_without_which_the_pass_is_wrong_is_named(tmp_path):
    source, found = found_in(tmp_path, RELU, "    dZ[Z", "    # dZ[Z")
    assert (found.line, found.mistake) == (9, MistakeKind.SLOPE_MISSING)
    assert (found.sentence, found.right) == (
        "this statement stands in a comment, so it is not run",
        "dZ[Z <= 0] = 0",
    )
    assert found.shown_line(source) == "# dZ[Z <= 0] = 0"


def test_a_comment_with_another_version_of_a_wrong_line_is_not_named(tmp_path):
    right = RELU.replace("back_through_relu(d @ V.T, Z)", "(d @ V.T) * (Z > 0)")
    _, found = found_in(tmp_path, right, "    dZ = (d @ V.T)", "    dZ = d @ V.T\n    # dZ = (d @ V.T)")
    assert found.line == line_of(right, "dZ = (d @ V.T)")


HELPER = """\
import numpy as np
rng = np.random.default_rng(5)
X, T = rng.normal(size=(7, 3)), rng.uniform(0, 1, (7, 2))
sizes = [3, 4, 2]
W = [rng.normal(size=pair) for pair in zip(sizes, sizes[1:])]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    s = sigmoid(z)
    return s * (1 - s)


for epoch in range(20):
    z1 = X @ W[0]
    a1 = sigmoid(z1)
    z2 = a1 @ W[1]
    a2 = sigmoid(z2)
    d2 = (a2 - T) * slope(z2)
    d1 = d2 @ W[1].T * slope(z1)
    W[1] -= 0.2 * a1.T @ d2
    W[0] -= 0.2 * X.T @ d1
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "told", "right"),
    [
        ("return s * (1 - s)", "return s * (1 - z)", 14, "it reads z instead of s", "return s * (1 - s)"),
        # The function is right where another line calls it.
        ("T * slope(z1)", "T * slope(a1)", 23, "slope(a1) is not", "d1 = d2 @ W[1].T * (a1 * (1 - a1))"),
        (
            "T * slope(z1)",
            "T * slope(z1.sum(axis=1, keepdims=True))",
            23,
            "slope(z1.sum(",
            "d1 = d2 @ W[1].T * (a1 * (1 - a1))",
        ),
    ],
)
def test_a_mistake_in_a_function_is_told_in_its_own_names_and_one_in_a_call_as_the_call(
    tmp_path, old, new, line, told, right
):
    _, found = found_in(tmp_path, HELPER, old, new)
    assert (found.line, found.right) == (line, right)
    assert told in found.sentence


FIELDS = """\
from dataclasses import dataclass
import numpy as np


@dataclass
class Params:
    W: np.ndarray
    b: np.ndarray
    V: np.ndarray


def gradients(p, X, T):
    h = np.tanh(X @ p.W + p.b)
    d = (h @ p.V - T) / len(X)
    dz = d @ p.V.T * (1 - h**2)
    grads = Params(
        W=X.T @ dz,
        b=dz.sum(axis=0),
        V=h.T @ d,
    )
    return grads


rng = np.random.default_rng(8)
X, T = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
p = Params(rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 2)))
for step in range(20):
    g = gradients(p, X, T)
    p.W -= 0.1 * g.W
    p.b -= 0.1 * g.b
    p.V -= 0.1 * g.V
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "right"),
    [
        ("dz.sum(axis=0)", "dz.sum(axis=1)", 18, "b=dz.sum(axis=0),"),
        ("W=X.T @ dz", "W=-X.T @ dz", 17, "W=X.T @ dz,"),
    ],
)
def test_the_line_of_a_field_of_a_data_class_is_named(tmp_path, old, new, line, right):
    source, found = found_in(tmp_path, FIELDS, old, new)
    assert (found.place(source)[1], found.shown_right(source)) == (line, right)


SKIP = """\
import numpy as np
rng = np.random.default_rng(8)
X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
W = rng.normal(size=(3, 3))


def softplus(z):
    return np.log1p(np.exp(z))


for step in range(20):
    z = X @ W
    y = X + softplus(z)
    y2 = y + softplus(y)
    d = y2 - T
    dh = d + d * (1 - np.exp(-softplus(y)))
    dz = dh * (1 - np.exp(-softplus(z)))
    W -= 0.01 * X.T @ dz
"""


def test_the_slope_of_a_function_that_a_line_adds_to_something_is_found_missing(tmp_path):
    _, found = found_in(tmp_path, SKIP, "dh * (1 - np.exp(-softplus(z)))", "dh")
    assert (found.line, found.mistake) == (17, MistakeKind.SLOPE_MISSING)


TIED = """\
import numpy as np
rng = np.random.default_rng(9)
X = rng.normal(size=(6, 4))
p = {"W": rng.normal(size=(4, 2)) * 0.3, "c": np.zeros(4)}
v = {name: np.zeros_like(each) for name, each in p.items()}
for step in range(20):
    h = np.tanh(X @ p["W"])
    d = (h @ p["W"].T + p["c"] - X) / len(X)
    g = {"c": d.sum(axis=0)}
    dh = d @ p["W"] * (1 - h**2)
    g["W"] = d.T @ h
    g["W"] += X.T @ dh
    for name in p:
        v[name] = 0.5 * v[name] + g[name]
        p[name] -= 0.1 * v[name]
"""


def test_a_second_share_of_a_gradient_that_overwrites_the_first_is_named(tmp_path):
    _, found = found_in(tmp_path, TIED, 'g["W"] += X', 'g["W"] = X')
    assert (found.line, found.mistake) == (12, MistakeKind.OVERWRITTEN)
    assert found.right == 'g["W"] += X.T @ dh'


NORM = """\
import numpy as np
rng = np.random.default_rng(10)
X, T, m = rng.normal(size=(9, 3)), rng.normal(size=(9, 2)), 9
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(20):
    a = X @ W
    mu = a.mean(axis=0)
    c = a - mu
    sd = np.sqrt((c**2).mean(axis=0) + 1e-5)
    n = c / sd
    d = (n @ V - T) / m
    dn = d @ V.T
    dvar = (dn * c).sum(axis=0) * -0.5 * sd**-3
    dmu = -(dn / sd).sum(axis=0)
    da = dn / sd + dvar * 2 * c / m + dmu / m
    V -= 0.1 * n.T @ d
    W -= 0.1 * X.T @ da
"""


def test_a_term_that_lacks_the_count_which_another_term_is_divided_by_is_named(tmp_path):
    _, found = found_in(tmp_path, NORM, "dmu / m", "dmu")
    assert (found.line, found.mistake) == (15, MistakeKind.COUNT)
    assert found.sentence == "the division of dmu by m is missing"
    assert found.right == "da = dn / sd + dvar * 2 * c / m + dmu / m"


DICTIONARY = """\
import numpy as np
rng = np.random.default_rng(11)
X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
params = {"W1": rng.normal(size=(3, 4)), "b1": np.ones(4), "W2": rng.normal(size=(4, 1)), "b2": np.ones(1)}
for step in range(20):
    h = np.tanh(X @ params["W1"] + params["b1"])
    d = (h @ params["W2"] + params["b2"] - T) / len(X)
    grads = {"W2": h.T @ d, "b2": d.sum(axis=0)}
    dz = d @ params["W2"].T * (1 - h**2)
    grads["W1"] = X.T @ dz
    grads["b1"] = dz.sum(axis=0)
    for l in (1, 2):
        params["W" + str(l)] -= 0.1 * grads["W" + str(l)]
        params["b" + str(l)] -= 0.1 * grads["b" + str(l)]
"""


def test_a_statement_that_updates_nothing_is_named_in_place_of_the_gradients_that_nothing_reads(tmp_path):
    _, found = found_in(tmp_path, DICTIONARY, 'params["b" + str(l)] -=', 'params["b" + str(l)] -')
    assert (found.line, found.mistake) == (14, MistakeKind.NEVER_UPDATED)


SKIPGRAM = """\
import numpy as np
rng = np.random.default_rng(12)
W, V, pairs = rng.normal(size=(5, 3)), rng.normal(size=(3, 5)), [(0, [1, 2]), (3, [4, 0])]
for epoch in range(20):
    loss = 0
    for center, context in pairs:
        h = W[center]
        u = h @ V
        p = np.exp(u) / np.exp(u).sum()
        err = np.zeros(5)
        for c in context:
            target = np.zeros(5)
            target[c] = 1
            err += p - target
            loss -= np.log(p[c])
        dh = V @ err
        V -= 0.1 * np.outer(h, err)
        W[center] -= 0.1 * dh
"""


def test_a_loss_of_several_labels_for_one_output_is_found_and_other_labels_are_named(tmp_path):
    _, verdict = judged(tmp_path, SKIPGRAM)
    assert verdict.findings == ()
    assert verdict.meaning.loss.equation == "loss"
    _, found = found_in(tmp_path, SKIPGRAM, "target[c] = 1", "target[c - 1] = 1")
    assert (found.kind, found.line, found.mistake) == (FindingKind.WRONG, 13, MistakeKind.OTHER_TENSOR)
    assert "other labels" in found.sentence


MONITORED = """\
import numpy as np
rng = np.random.default_rng(13)
X, T = rng.normal(size=(2, 2)), rng.uniform(0, 1, (2, 1))
weights = [rng.normal(size=(3, 2)), rng.normal(size=(1, 3))]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def backprop(x, t):
    a, activations, zs = x, [x], []
    for w in weights:
        zs.append(w @ a)
        a = sigmoid(zs[-1])
        activations.append(a)
    delta = activations[-1] - t
    grads = [None, np.outer(delta, activations[-2])]
    for l in range(2, 3):
        sp = sigmoid_prime(zs[-l])
        delta = weights[-l + 1].T @ delta * sp
        grads[-l] = np.outer(delta, activations[-l - 1])
    return grads


def cost():
    total = 0.0
    for x, t in zip(X, T):
        a = x
        for w in weights:
            a = sigmoid(w @ a)
        total += np.sum(-t * np.log(a) - (1 - t) * np.log(1 - a)) / 2
    return total + 0.5 * (0.1 / 2) * sum(np.linalg.norm(w) ** 2 for w in weights)


costs = []
for epoch in range(20):
    costs.append(cost())
    total = [np.zeros_like(w) for w in weights]
    for x, t in zip(X, T):
        total = [one + other for one, other in zip(total, backprop(x, t))]
    weights = [(1 - 0.5 * 0.1 / 2) * w - 0.5 / 2 * each for w, each in zip(weights, total)]
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("sigmoid_prime(zs[-l])", "sigmoid_prime(activations[-l])", 24),
        ("sigmoid_prime(zs[-l])", "sigmoid(zs[-l])", 24),
        ("* (1 - sigmoid(z))", "* (1 + sigmoid(z))", 12),
        ("delta * sp", "delta * sigmoid_prime(sp)", 25),
    ],
)
def test_a_mistake_beside_a_penalised_cost_of_a_second_forward_pass_is_named(tmp_path, old, new, line):
    """What the penalty compares is no output, and both forward passes are of one loss."""
    _, verdict = judged(tmp_path, MONITORED.replace(old, new))
    assert [each.line for each in verdict.wrong] == [line]


COLUMNS = """\
import numpy as np
rng = np.random.default_rng(14)
X, y, n = rng.normal(size=(6, 3)), np.array([0, 2, 1, 0, 2, 1]), 6
W = rng.normal(size=(3, 4))
for step in range(20):
    z = X @ W
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(p[range(n), y]).mean()
    d = p.copy()
    d[range(n), y] -= 1
    d /= n
    W -= 0.1 * X.T @ d
"""


def test_a_label_that_picks_whole_columns_is_named_with_one_cell_in_each_row(tmp_path):
    _, found = found_in(tmp_path, COLUMNS, "d[range(n), y]", "d[:, y]")
    assert (found.line, found.mistake) == (10, MistakeKind.SHAPE)
    assert found.sentence == "that changes whole columns, not one cell in each row"
    assert found.right == "d[range(len(y)), y] -= 1"


HUBER = """\
import numpy as np
rng = np.random.default_rng(15)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 3)) * 2
W, V, delta = rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), 0.7
for step in range(20):
    h = np.tanh(X @ W)
    r = h @ V - T
    loss = np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)).sum() / len(X)
    d = np.clip(r, -delta, delta) / len(X)
    dV = h.T @ d
    dz = d @ V.T * (1 - h**2)
    V -= 0.1 * dV
    W -= 0.1 * X.T @ dz
"""


def test_a_wrong_first_gradient_is_told_under_the_loss_that_the_script_computes(tmp_path):
    _, found = found_in(tmp_path, HUBER, "np.clip(r, -delta, delta)", "np.clip(r, -1, 1)")
    assert (found.kind, found.line) == (FindingKind.WRONG, 9)


CLOSURE = """\
import numpy as np
rng = np.random.default_rng(16)
X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W = rng.normal(size=(3, 2))


def back(x, dout):
    dx = dout * (1 - x**2)
    return dx


for step in range(20):
    a = np.tanh(X @ W)
    grad = a - T
    dz = back(a, grad)
    W -= 0.1 * X.T @ dz
"""


def test_arguments_are_told_by_their_names_in_the_function(tmp_path):
    _, found = found_in(tmp_path, CLOSURE, "dout * (1 - x**2)", "-dout * (1 - x**2) * dout")
    assert (found.line, found.sentence) == (8, "the slope of x is 1 - x**2, not -dout * (1 - x**2)")


RECORDS = """\
import numpy as np
rng = np.random.default_rng(19)
X, T = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
W, V, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), np.zeros(4)


def error_of(wanted, given):
    return 2 * (given - wanted) / wanted.size


def squared(wanted, given):
    return np.mean((given - wanted) ** 2)


for step in range(20):
    total_W, total_V, total_b, loss = np.zeros((3, 4)), np.zeros((4, 2)), np.zeros(4), 0.0
    for x, t in zip(X, T):
        h = np.tanh(x @ W + b)
        out = h @ V
        final = out
        loss += squared(t, final) / 4
        error = error_of(t, final)
        back = V @ error
        dz = back * (1 - h**2)
        total_W += dz * x[:, None]
        total_V += error * h[:, None]
        total_b += dz
    V -= 0.1 * total_V / 4
    W -= 0.1 * total_W / 4
    b -= 0.1 * total_b / 4
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "mistake"),
    [
        ("(given - wanted) / w", "(wanted - given) / w", 8, MistakeKind.SIGN),
        ("dz = back * (1 - h**2)", "dz = back", 24, MistakeKind.SLOPE_MISSING),
        ("total_W += dz", "total_W = dz", 25, MistakeKind.OVERWRITTEN),
    ],
)
def test_of_samples_one_by_one_the_line_is_named_that_is_wrong_for_each(tmp_path, old, new, line, mistake):
    """Only the last sample's output would be passed on under another name."""
    _, found = found_in(tmp_path, RECORDS, old, new)
    assert (found.kind, found.line, found.mistake) == (FindingKind.WRONG, line, mistake)


def test_a_missing_count_is_noted_at_the_line_of_the_function_that_gives_the_error(tmp_path):
    _, found = found_in(tmp_path, RECORDS, "(given - wanted) / wanted.size", "(given - wanted)")
    assert (found.kind, found.line) == (FindingKind.OTHER_SCALE, 8)


PASSING = """\
import numpy as np
rng = np.random.default_rng(20)
X, T = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))


class Dense:
    def __init__(self, n, m):
        self.W = rng.normal(size=(n, m))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.W

    def backward(self, dvalues):
        self.dW = self.inputs.T @ dvalues
        self.dinputs = dvalues @ self.W.T


class Tanh:
    def forward(self, inputs):
        self.output = np.tanh(inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (1 - self.output**2)


one, two, first = Dense(3, 4), Dense(4, 2), Tanh()
for step in range(20):
    one.forward(X)
    first.forward(one.output)
    two.forward(first.output)
    two.backward((two.output - T) / len(X))
    first.backward(two.dinputs)
    one.backward(first.dinputs)
    for layer in (one, two):
        layer.W -= 0.1 * layer.dW
"""


def test_an_argument_of_another_object_is_named_where_it_is_given(tmp_path):
    _, found = found_in(tmp_path, PASSING, "one.backward(first.dinputs)", "one.backward(two.dinputs)")
    assert found.line == line_of(PASSING, "one.backward(")


UNITS = """\
import numpy as np
rng = np.random.default_rng(21)
X, T = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
w, b, out = rng.normal(size=(2, 2)), np.zeros(2), np.zeros(2)
for epoch in range(20):
    for x, t in zip(X, T):
        for k in range(2):
            total = b[k]
            for j in range(2):
                total += x[j] * w[j, k]
            out[k] = np.tanh(total)
        delta = (out - t) * (1 - out**2)
        for k in range(2):
            for j in range(2):
                w[j, k] -= 0.1 * delta[k] * x[j]
            b[k] -= 0.1 * delta[k]
"""


def test_an_update_in_a_comment_is_named_where_only_a_line_without_an_equation_reads_the_bias(tmp_path):
    _, found = found_in(tmp_path, UNITS, "            b[k] -=", "            # b[k] -=")
    assert (found.line, found.mistake) == (16, MistakeKind.NEVER_UPDATED)


PRIME = """\
import numpy as np
rng = np.random.default_rng(22)
X, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))


def slope(x):
    return 1 - np.tanh(x) ** 2


for step in range(20):
    z = X @ W
    h = np.tanh(z)
    d = h @ V - T
    dz = d @ V.T * slope(z)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ dz
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "mistake", "told"),
    [
        (
            "slope(z)",
            "slope(h)",
            15,
            MistakeKind.SLOPE_PLACE,
            "the slope is taken at the output h instead of at z",
        ),
        # A weight's gradient has no derivative in it.
        ("h.T @ d", "z.T @ d", 16, MistakeKind.OTHER_TENSOR, "it reads z instead of h"),
    ],
)
def test_an_activation_at_its_own_result_is_told_as_a_derivative_where_it_is_one(
    tmp_path, old, new, line, mistake, told
):
    _, found = found_in(tmp_path, PRIME, old, new)
    assert (found.line, found.mistake, found.sentence) == (line, mistake, told)


CACHE = """\
import numpy as np
rng = np.random.default_rng(23)
X, T = rng.normal(size=(4, 6)), rng.normal(size=(2, 6))
W, V = rng.normal(size=(5, 4)), rng.normal(size=(2, 5))


def forward(X):
    Z = W @ X
    A = np.tanh(Z)
    return A, (Z, A, V @ A)


def backward(cache, Y):
    Z, A, out = cache
    d = (out - Y) / 6
    dV = d @ A.T
    dZ = V.T @ d
    dZ *= 1 - A**2
    return dZ @ X.T, dV


for step in range(20):
    A, cache = forward(X)
    out = V @ A
    loss = 0.5 * np.sum((out - T) ** 2) / 6
    dW, dV = backward(cache, T)
    W = W - 0.1 * dW
    V = V - 0.1 * dV
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "right"),
    [
        ("    Z, A, out = cache", "    A, Z, out = cache", 14, "Z, A, out = cache"),
        ("    dZ *= 1 - A**2", "    # dZ *= 1 - A**2", 18, "dZ *= 1 - A**2"),
    ],
)
def test_names_that_are_unpacked_in_the_wrong_order_and_factors_in_comments_are_named(
    tmp_path, old, new, line, right
):
    _, found = found_in(tmp_path, CACHE, old, new)
    assert (found.line, found.right) == (line, right)


ADVERSARIES = """\
import numpy as np
rng = np.random.default_rng(24)
gw, gb = np.array([[0.5]]), np.zeros(1)
dw, db = rng.normal(size=(1, 1)), np.zeros(1)


def chance(z):
    return 1 / (1 + np.exp(-z))


for step in range(20):
    z, real = rng.normal(size=(8, 1)), 3 + rng.normal(size=(8, 1))
    fake = z @ gw + gb
    p, q = chance(real @ dw + db), chance(fake @ dw + db)
    d_loss = -np.mean(np.log(p)) - np.mean(np.log(1 - q))
    dw = dw - 0.05 * (real.T @ (p - 1) + fake.T @ q) / 8
    db = db - 0.05 * ((p - 1) + q).mean(0)
    q = chance(fake @ dw + db)
    g_loss = -np.mean(np.log(q))
    dfake = (q - 1) / 8 @ dw.T
    gw = gw - 0.05 * z.T @ dfake
    gb = gb - 0.05 * dfake.sum(0)
"""


def test_parameters_of_a_loss_after_the_updates_of_another_are_not_called_wrong(tmp_path):
    _, verdict = judged(tmp_path, ADVERSARIES)
    (found,) = verdict.findings
    assert found.kind is FindingKind.NOT_CHECKED
    assert set(verdict.unchecked_parameters) == {"gw", "gb"}


MASKED = """\
import numpy as np
rng = np.random.default_rng(25)
X, T = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
W, b, mask = rng.normal(size=(2, 1)), np.zeros(1), np.array([[1.0], [0.0]])
for step in range(20):
    r = X @ (W * mask) + b - T
    loss = np.log(np.cosh(r)).mean()
    dr = np.tanh(r) / len(X)
    W = W - 0.1 * (X.T @ dr) * mask
    b = b - 0.1 * dr.sum(0)
"""


def test_data_that_are_multiplied_with_a_masked_weight_are_no_parameter(tmp_path):
    assert judged(tmp_path, MASKED)[1].findings == ()


HELD = """\
import numpy as np
rng = np.random.default_rng(26)
X, T = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))


class Activation:
    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


layer = Activation(np.tanh)
for step in range(20):
    h = layer.forward(X @ W)
    d = h @ V - T
    dz = d @ V.T * (1 - h**2)
    V = V - 0.1 * h.T @ d
    W = W - 0.1 * X.T @ dz
"""


def test_a_function_of_numpy_that_an_object_holds_is_followed(tmp_path):
    _, found = found_in(tmp_path, HELD, "d @ V.T * (1 - h**2)", "d @ V.T")
    assert (found.line, found.mistake) == (19, MistakeKind.SLOPE_MISSING)
