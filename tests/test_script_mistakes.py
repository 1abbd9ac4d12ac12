"""A mistake planted in a right script is named in the words of its line, with numbers that NumPy gives."""

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.hypothesis import MAX_SEARCH_WORK, MORE_WORK
from bpstep.gradcheck.script.repairs.repairer import Repairer
from bpstep.script.meaning.meaning import study_pass
from bpstep.script.opening import open_script
from tests.script_passes import classes, columns, one_sample, rows, training_pass

PASSES = {"columns": columns, "one_sample": one_sample, "classes": classes, "rows": rows}

SCOPE = {
    "np": np,
    "arange": np.arange,
    "where": np.where,
    "one_hot": lambda numbers, count: np.eye(count)[numbers],
}


def changed(name, *changes):
    """The lines of a pass in which some read otherwise, their numbers, and what the pass begins with."""
    text, initial, feeds = PASSES[name](np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    places = [lines.index(right) + 1 for right, _ in changes]
    for place, (_, wrong) in zip(places, changes):
        lines[place - 1] = wrong
    return lines, places, initial, feeds


def by_numpy(lines, initial, feeds):
    """What NumPy computes in these lines."""
    tensors = {**initial, **feeds}
    for line in lines:
        name, source = (part.strip() for part in line.split("=", 1))
        tensors[name] = eval(source, SCOPE, tensors)
    return tensors


def apart(one, other, initial):
    """The tensors that two passes leave differently."""
    return {
        name
        for name in initial
        if np.shape(one[name]) != np.shape(other[name]) or not np.allclose(one[name], other[name], 1e-9, 0)
    }


PLANTED = {
    ("columns", "dZ2 = A2 - Y"): [
        ("dZ2 = Y - A2", MistakeKind.SIGN, "the difference is the other way round", "W2", 600),
    ],
    ("columns", "dW2 = (1 / m) * dZ2 @ A1.T"): [
        (
            "dW2 = dZ2 @ A1.T",
            MistakeKind.COUNT,
            "the division by m, the number of samples, is missing",
            "W2",
            700,
        ),
        ("dW2 = (1 / m) * dZ2 @ A1.T / m", MistakeKind.COUNT, "it must not be divided by m", "W2", 900),
        ("dW2 = (1 / m) * dZ2 @ Z1.T", MistakeKind.OTHER_TENSOR, "it reads Z1 instead of A1", "W2", 1800),
        ("dW2 = -(1 / m) * dZ2 @ A1.T", MistakeKind.SIGN, "wrong sign", "W2", 800),
    ],
    ("columns", "dZ1 = (W2.T @ dZ2) * (1 - A1**2)"): [
        (
            "dZ1 = W2.T @ dZ2",
            MistakeKind.SLOPE_MISSING,
            "the factor 1 - A1**2, the slope of A1, is missing",
            "Z1",
            1800,
        ),
        (
            "dZ1 = (W2.T @ dZ2) * A1 * (1 - A1)",
            MistakeKind.SLOPE_PLACE,
            "A1 * (1 - A1) is not the slope of A1",
            "Z1",
            2600,
        ),
        ("dZ1 = -(W2.T @ dZ2) * (1 - A1**2)", MistakeKind.SIGN, "wrong sign", "W1", 900),
        ("dZ1 = (W2.T @ dZ2) * (1 - A1**2) * 3", MistakeKind.FACTOR, "3 times what it should be", "W1", 1000),
        (
            "dZ1 = (W2.T @ dZ2) * (1 + A1**2)",
            MistakeKind.SLOPE_WRONG,
            "the slope of A1 is 1 - A1**2, not 1 + A1**2",
            "Z1",
            2300,
        ),
        (
            "dZ1 = (W2.T @ A2) * (1 - A1**2)",
            MistakeKind.OTHER_TENSOR,
            "it reads A2 instead of dZ2",
            "Z1",
            2000,
        ),
    ],
    ("columns", "dW1 = (1 / m) * dZ1 @ X.T"): [
        ("dW1 = (1 / m) * A1 @ X.T", MistakeKind.OTHER_TENSOR, "it reads A1 instead of dZ1", "W1", 1700),
    ],
    ("columns", "b1 = b1 - 1.2 * db1"): [
        (
            "b1 = b1 - 1.2 * db2",
            MistakeKind.OTHER_TENSOR,
            "db2 is 1×1, but b1 is 5×1: it reads db2 instead of db1",
            "b1",
            1800,
        ),
    ],
    ("one_sample", "delta_o = (o - t) * o * (1 - o)"): [
        (
            "delta_o = (o - t) * o * (1 + o)",
            MistakeKind.SLOPE_PLACE,
            "o * (1 + o) is not the slope of o",
            "net_o",
            1900,
        ),
        (
            "delta_o = (o - t) * o",
            MistakeKind.SLOPE_WRONG,
            "the slope of o is o * (1 - o), not o",
            "net_o",
            1300,
        ),
        (
            "delta_o = (o + t) * o * (1 - o)",
            MistakeKind.SIGN,
            "t is added instead of subtracted",
            "net_o",
            1800,
        ),
    ],
    ("one_sample", "w_o = w_o - eta * delta_o * h"): [
        (
            "w_o = w_o + eta * delta_o * h",
            MistakeKind.SIGN,
            "eta * delta_o * h is added instead of subtracted",
            "w_o",
            700,
        ),
        (
            "w_o = w_o - eta * delta_o * net_h",
            MistakeKind.OTHER_TENSOR,
            "it reads net_h instead of h",
            "w_o",
            1700,
        ),
        (
            "w_o = w_o - eta * delta_o",
            MistakeKind.FACTOR,
            "delta_o is one number, but w_o is (3,): the factor h is missing",
            "w_o",
            1400,
        ),
    ],
    ("one_sample", "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)"): [
        (
            "delta_h = delta_o * (1 - np.tanh(net_h)**2)",
            MistakeKind.FACTOR,
            "the factor w_old is missing",
            "net_h",
            1600,
        ),
        (
            "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**3)",
            MistakeKind.SLOPE_WRONG,
            "the slope of h is 1 - h**2, not 1 - tanh(net_h)**3",
            "net_h",
            2000,
        ),
    ],
    ("one_sample", "W_h = W_h - eta * np.outer(delta_h, x)"): [
        (
            "W_h = W_h - eta * np.outer(h, x)",
            MistakeKind.OTHER_TENSOR,
            "it reads h instead of delta_h",
            "W_h",
            1000,
        ),
    ],
    ("classes", "dp = (p - one_hot(lab, 3)) / m"): [
        (
            "dp = (p + one_hot(lab, 3)) / m",
            MistakeKind.SIGN,
            "one_hot(lab, 3) is added instead of subtracted",
            "score",
            3500,
        ),
    ],
    ("classes", "dV = hid.T @ dp"): [
        ("dV = net.T @ dp", MistakeKind.OTHER_TENSOR, "it reads net instead of hid", "V", 2900),
    ],
    ("classes", "dd = np.sum(dp, axis=0, keepdims=True)"): [
        (
            "dd = np.mean(dp, axis=0, keepdims=True)",
            MistakeKind.COUNT,
            "that is the mean instead of the sum",
            "d",
            1200,
        ),
    ],
    ("classes", "dnet = where(hid <= 0, 0, dhid)"): [
        (
            "dnet = where(hid <= 0, 0, hid)",
            MistakeKind.OTHER_TENSOR,
            "it reads hid instead of dhid",
            "net",
            2300,
        ),
    ],
    ("classes", "dU = pts.T @ dnet"): [
        ("dU = pts.T @ dnet / m", MistakeKind.COUNT, "it must not be divided by m", "U", 1300),
    ],
    ("classes", "dc = np.sum(dnet, axis=0, keepdims=True)"): [
        (
            "dc = np.sum(dhid, axis=0, keepdims=True)",
            MistakeKind.OTHER_TENSOR,
            "it reads dhid instead of dnet",
            "c",
            2600,
        ),
    ],
    ("classes", "c = c + -rate * dc"): [
        ("c = c + rate * dc", MistakeKind.SIGN, "rate * dc is added instead of subtracted", "c", 1300),
    ],
    ("rows", "dW3 = a2.T @ d3"): [
        ("dW3 = a2.T @ d3 / 5", MistakeKind.COUNT, "it must not be divided by 5", "W3", 600),
    ],
    ("rows", "d2 = d3 @ W3.T * (a2 * (1 - a2))"): [
        (
            "d2 = d3 @ W3.T * (a1 * (1 - a1))",
            MistakeKind.SLOPE_PLACE,
            "a1 * (1 - a1) is not the slope of a2",
            "a1 @ W2 + b2",
            4000,
        ),
        (
            "d2 = d3 @ W3.T * (a2 * (a2 - 1))",
            MistakeKind.SIGN,
            "the difference is the other way round",
            "W2",
            950,
        ),
    ],
    ("rows", "dW2 = a1.T @ d2"): [
        (
            "dW2 = a1.T @ (d3 @ W3.T)",
            MistakeKind.OTHER_TENSOR,
            "it reads d3 @ W3.T instead of d2",
            "W2",
            2200,
        ),
    ],
    ("rows", "d1 = d2 @ W2.T * (a1 * (1 - a1))"): [
        (
            "d1 = W2 @ d2 * (a1 * (1 - a1))",
            MistakeKind.ORDER,
            "the two factors of the product are swapped",
            "X @ W1 + b1",
            3400,
        ),
        (
            "d1 = a2 @ W2.T * (a1 * (1 - a1))",
            MistakeKind.OTHER_TENSOR,
            "it reads a2 instead of d2",
            "X @ W1 + b1",
            2200,
        ),
    ],
    ("rows", "b3 = b3 - eta * np.sum(d3, axis=0)"): [
        (
            "b3 = b3 - eta * np.mean(d3, axis=0)",
            MistakeKind.COUNT,
            "it is divided by 5, the number of samples, once too often",
            "b3",
            700,
        ),
    ],
    ("rows", "b2 = b2 - eta * np.sum(d2, axis=0)"): [
        (
            "b2 = b2 - eta * np.sum(d1, axis=0)",
            MistakeKind.OTHER_TENSOR,
            "it reads d1 instead of d2",
            "b2",
            1400,
        ),
        (
            "b2 = b2 - eta * d2",
            MistakeKind.SUM,
            "d2 is 5×5, but b2 is (5,): the sum over the samples is missing",
            "b2",
            2600,
        ),
    ],
    ("rows", "b1 = b1 - eta * np.sum(d1, axis=0)"): [
        (
            "b1 = b1 - eta * np.sum(d1)",
            MistakeKind.AXIS,
            "eta * np.sum(d1) is one number, but b1 is (5,): "
            "the sum is taken over everything instead of along axis 0",
            "b1",
            1700,
        ),
    ],
}

CASES = [(*place, *each) for place, found in PLANTED.items() for each in found]


@pytest.mark.parametrize(("name", "right", "wrong", "kind", "sentence", "by", "most"), CASES)
def test_a_single_mistake_is_told_with_a_line_that_mends_it(name, right, wrong, kind, sentence, by, most):
    """And it is found after at most so many operations."""
    parts: list[float] = []
    lines, (place,), initial, feeds = changed(name, (right, wrong))
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds), None, parts.append)
    assert max(parts) * (MAX_SEARCH_WORK + MORE_WORK) <= most
    given, expected = by_numpy(lines, initial, feeds), by_numpy(changed(name)[0], initial, feeds)
    assert [(each.line, each.mistake, each.sentence, each.by) for each in verdict.wrong] == [
        (place, kind, sentence, by)
    ]
    assert set(verdict.wrong_parameters) == apart(given, expected, initial) - {"total"}
    (found,) = verdict.wrong
    mended = [*lines[: place - 1], found.right, *lines[place:]]
    assert not apart(by_numpy(mended, initial, feeds), expected, initial)
    own = found.equation.name
    assert (found.worst is None) == (np.shape(given[own]) != np.shape(expected[own]))
    if found.worst is not None:
        off = np.abs(np.subtract(given[own], expected[own]))
        at = found.worst.index
        assert abs(found.worst.given - found.worst.expected) == pytest.approx(np.max(off))
        assert (found.worst.given, found.worst.expected) == (
            pytest.approx(np.asarray(given[own])[at]),
            pytest.approx(np.asarray(expected[own])[at]),
        )


def passed(name, changes, initial):
    """A pass in which some texts read otherwise, wherever they stand, and what it begins with."""
    text, given, feeds = PASSES[name](np.random.default_rng(3))
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    lines = [line.strip() for line in text.strip().splitlines()]
    return lines, given | {each: change(given[each]) for each, change in initial.items()}, feeds


RISES = "The loss rises: {:.4g} at i0, {:.4g} at i3; the learning rate may be too large"
UNTOLD = (
    "no line divides by 5, the number of samples: "
    "right for a loss that is a sum over samples, wrong for a mean"
)
NO_COUNT = "the gradients are 24 times those of {}: no line divides by 24, the number of samples"
SUMS = [("(1 / m) * dZ", "dZ"), ("(1 / m) * np.sum(dZ", "np.sum(dZ")]
LABELS = "Y goes from {} to {}, but the binary cross entropy needs labels from 0 to 1"
REMARKS = [
    ("columns", [("1.2 *", "40 *")], {}, [(0, RISES)]),
    ("columns", [("1.2 *", "12 *")], {}, []),
    ("columns", [*SUMS, ("1.2", "0.05")], {}, [(6, NO_COUNT.format("cost"))]),
    ("columns", [*SUMS, ("1.2", "0.05"), ("cost", "shown")], {}, [(6, NO_COUNT.format("shown"))]),
    ("columns", [("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / 2")], {}, []),
    ("columns", [], {"Y": lambda labels: 2 * labels}, [(6, LABELS.format(0, 2))]),
    ("columns", [], {"Y": lambda labels: labels - 1}, [(6, LABELS.format(-1, 0))]),
    (
        "columns",
        [("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)")],
        {},
        [(6, "the updates follow the gradient of a loss other than cost: half the squared error of A2")],
    ),
    (
        "columns",
        [(f"1.2 * dW{at}", f"1.2 * (dW{at} + 0.1 * W{at})") for at in (1, 2)],
        {},
        [
            (line, f"this is weight decay of W{at}, which cost does not have")
            for line, at in ((12, 1), (14, 2))
        ],
    ),
    (
        "classes",
        [("dV + lam * V", "dV + 3 * lam * V"), ("dU + lam * U", "dU + 0 * U")],
        {},
        [
            (16, "the penalty on V is 3 times that of loss"),
            (17, "the penalty on U that loss has is not in the updates"),
        ],
    ),
    ("classes", [], {"c": lambda bias: bias - 100}, []),
    ("rows", [], {}, [(4, UNTOLD)]),
    ("rows", [("2 * (out", "(out")], {}, [(4, UNTOLD)]),
    ("rows", [("2 * (out", "7 * (out")], {}, []),
    ("rows", [("eta *", "eta / 5 *")], {}, []),
    ("rows", [("(out - Y)", "(Y - out)"), ("- eta", "+ eta")], {}, [(4, UNTOLD)]),
]


@pytest.mark.parametrize(("name", "changes", "initial", "told"), REMARKS)
def test_what_is_no_mistake_by_itself_is_told_and_accuses_no_line(name, changes, initial, told):
    lines, initial, feeds = passed(name, changes, initial)
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert (verdict.ok, verdict.wrong_parameters) == (True, ())
    losses, tensors = [], initial
    for _ in range(4 if told and told[0][1] is RISES else 0):
        tensors = by_numpy(lines, tensors, feeds)
        losses.append(tensors["cost"])
    assert losses == sorted(losses)
    told = [(line, text.format(losses[0], losses[-1]) if losses else text) for line, text in told]
    assert [(each.line, each.sentence) for each in verdict.findings] == told


SEVERAL = [
    (
        "rows",
        [("W3 - eta", "W3 + eta"), ("b3 - eta", "b3 + eta")],
        [(10, MistakeKind.SIGN, "W3"), (11, MistakeKind.SIGN, "b3")],
    ),
    ("rows", [("- eta", "+ eta")], [(4, MistakeKind.SIGN, "W3")]),
    ("columns", [("- 1.2", "+ 1.2")], [(6, MistakeKind.SIGN, "W2")]),
    ("rows", [("d1 = d2", "d1 = 3 * d2")], [(8, MistakeKind.FACTOR, "W1")]),
    (
        "columns",
        [("dW1 = (1 / m) *", "dW1 ="), ("db1 = (1 / m) *", "db1 =")],
        [(10, MistakeKind.COUNT, "W1"), (11, MistakeKind.COUNT, "b1")],
    ),
    (
        "columns",
        [("dW1 = (1 / m) *", "dW1 ="), ("db1 = (1 / m) *", "db1 ="), ("db2 = (1 / m) *", "db2 =")],
        [(7, MistakeKind.COUNT, "W2")],
    ),
    ("rows", [("W1 - eta", "W1 - 0.1")], [(14, MistakeKind.COUNT, "W1")]),
    ("rows", [("W1 - eta", "W1 - 0.11")], []),
    ("rows", [("W1 - eta", "W1 + 0.11")], [(14, MistakeKind.SIGN, "W1")]),
    (
        "columns",
        [("(1 - A1**2)", "A1"), ("dW2 = (1 / m)", "dW2 = -(1 / m)")],
        [(7, MistakeKind.SIGN, "W2"), (9, MistakeKind.SLOPE_WRONG, "Z1")],
    ),
]


@pytest.mark.parametrize(("name", "changes", "wrong"), SEVERAL)
def test_of_several_steps_that_deviate_the_fewest_lines_that_explain_them_are_named(name, changes, wrong):
    lines, initial, feeds = passed(name, changes, {})
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert [(each.line, each.mistake, each.by) for each in verdict.wrong] == wrong


ONE_LAYER = """
    z = X @ W
    h = {}
    y = h @ V
    d = y - T
    dV = h.T @ d
    dz = d @ V.T{}
    dW = X.T @ dz
    W = W - 0.1 * dW
    V = V - 0.1 * dV
"""
SLOPES = {
    "1 / (1 + np.exp(-z))": "h * (1 - h)",
    "np.tanh(z)": "1 - h**2",
    "np.maximum(z, 0)": "z > 0",
    "np.log(1 + np.exp(z))": "1 - np.exp(-h)",
    "where(z > 0, z, np.exp(z) - 1)": "where(z > 0, 1, h + 1)",
    "np.exp(z)": "h",
    "z**2": "2 * z",
    "where(z > 0, z, 0.1 * z)": "where(z > 0, 1, 0.1)",
}


@pytest.mark.parametrize("activation", SLOPES)
def test_the_slope_of_every_usual_activation_is_known(activation):
    random = np.random.default_rng(5)
    shapes = {"X": (7, 3), "W": (3, 4), "V": (4, 2), "T": (7, 2)}
    initial = {name: random.normal(size=shape) for name, shape in shapes.items()}
    right, wrong = (
        [line.strip() for line in ONE_LAYER.format(activation, slope).strip().splitlines()]
        for slope in (f" * ({SLOPES[activation]})", "")
    )
    (found,) = judge_pass(training_pass("\n".join(wrong), initial)).wrong
    assert (found.line, found.mistake, found.by) == (6, MistakeKind.SLOPE_MISSING, "z")
    mended = [*wrong[:5], found.right.replace("np.where", "where"), *wrong[6:]]
    assert not apart(by_numpy(mended, initial, {}), by_numpy(right, initial, {}), initial)


NOTHING_MOVES = (
    "every gradient is 0 in this iteration and no parameter changes any more: "
    "h is 0 everywhere, and its slope there is 0, too"
)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (-1.0, [(1, NOTHING_MOVES)]),
        (1.0, []),
    ],
)
def test_where_every_gradient_is_0_the_activation_that_is_0_everywhere_is_named(start, told):
    initial = {"X": np.ones((4, 3)), "T": np.full((4, 2), 0.5), "W": np.full((3, 2), start)}
    text = """
        h = np.maximum(X @ W, 0)
        d = (h - T) * (h > 0) / 4
        dW = X.T @ d
        W = W - 0.1 * dW
    """
    verdict = judge_pass(training_pass(text, initial))
    assert [(each.line, each.sentence) for each in verdict.findings] == told


MEAN = """
    out = X @ W
    loss = np.sum((out - Y)**2) / 2 / m
    d = (out - Y){}
    dW = X.T @ d
    W = W - 0.01 * dW
"""


@pytest.mark.parametrize(
    ("divided", "told"),
    [
        (" / m", []),
        (
            "",
            ["the gradients are 20 times those of loss: no line divides by 20, the number of samples"],
        ),
        (
            " / m / m",
            [
                "the gradients are those of loss divided by 20, the number of samples: "
                "a line divides once more"
            ],
        ),
        (" / 2", []),
        (" / m / 3", []),
    ],
)
def test_a_division_by_the_count_too_few_or_too_many_is_told_beside_the_mean(divided, told):
    random = np.random.default_rng(1)
    shapes = {"X": (20, 3), "Y": (20, 2), "W": (3, 2)}
    initial = {name: random.normal(size=shape) for name, shape in shapes.items()} | {"m": 20}
    verdict = judge_pass(training_pass(MEAN.format(divided), initial))
    assert [(each.line, each.sentence) for each in verdict.findings] == [(3, each) for each in told]


GATES = """import numpy as np
rng = np.random.default_rng(7)
xs, y = rng.normal(size=(3, 2, 1)), rng.normal(size=(3, 1))
Wf, Wi, Wc = [rng.normal(size=(3, 2)) for _ in range(3)]
bf, bi, bc = [np.zeros((3, 1)) for _ in range(3)]
s = lambda z: 1 / (1 + np.exp(-z))
for k in range(5):
    c, f, i, n = {-1: np.zeros((3, 1))}, {}, {}, {}
    for t in range(3):
        f[t], i[t], n[t] = s(Wf @ xs[t] + bf), s(Wi @ xs[t] + bi), np.tanh(Wc @ xs[t] + bc)
        c[t] = f[t] * c[t - 1] + i[t] * n[t]
    dc = c[2] - y
    g = {name: 0 for name in ("Wf", "Wi", "Wc", "bf", "bi", "bc")}
    for t in (2, 1, 0):
        df, di = dc * c[t - 1] * f[t] * (1 - f[t]), dc * n[t] * i[t] * (1 - i[t])
        dn = dc * i[t] * (1 - n[t] ** 2)
        g["Wf"] = g["Wf"] + df @ xs[t].T
        g["Wi"] = g["Wi"] + df @ xs[t].T
        g["Wc"] = g["Wc"] + dn @ xs[t].T
        g["bf"], g["bi"], g["bc"] = g["bf"] + df, g["bi"] + di, g["bc"] + dn
        dc = dc * f[t]
    g = {name: np.clip(each, -5, 5) for name, each in g.items()}
    Wf, Wi, Wc = Wf - 0.1 * g["Wf"], Wi - 0.1 * g["Wi"], Wc - 0.1 * g["Wc"]
    bf, bi, bc = bf - 0.1 * g["bf"], bi - 0.1 * g["bi"], bc - 0.1 * g["bc"]
"""


def test_the_wrong_gate_in_a_sum_over_time_is_found_at_once_behind_a_clip_and_beside_a_gradient_of_0(
    tmp_path,
):
    path = tmp_path / "homework.py"
    path.write_text(GATES)
    study = study_pass(open_script(path).iteration(0))
    (best, matches), begun = study.best_match, study.graph.work
    repair = Repairer(study, best, matches).best(["Wi"], begun + 10_000)
    assert study.graph.equations[repair.equation].line == 18
    assert repair.change.mistake == "it reads df:15:1 instead of di:15:1"
