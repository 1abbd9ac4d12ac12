"""A line that is proposed as right fits in the wrong one's place, and makes the check agree."""

import re
from dataclasses import replace

import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.findings.proposed_lines import with_one_cause, with_tried_lines
from bpstep.gradcheck.script.judge import judge_pass, judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.report import parameter_rows
from bpstep.gradcheck.script.text.text_lines import in_style_of
from bpstep.script.meaning.meaning import study_pass
from bpstep.script.opening import open_script, opened_again

SCRIPT = """\
import numpy as np

rng = np.random.default_rng(2)


def sigmoid(z):
    value = 1 / (1 + np.exp(-z))
    return value


def forward(X, p):
    H = sigmoid(np.dot(X, p["W"]) + p["b"])
    O = sigmoid(np.dot(H, p["V"]))
    return H, O


def backward(X, Y, H, O, p):
    dO = (O - Y) / 6
    dV = np.dot(H.T, dO)
    dH = np.dot(dO, p["V"].T) * H * (1 - H)
    dW = np.dot(X.T, dH)
    db = np.sum(dH, axis=0, keepdims=True)
    return {"W": dW, "b": db, "V": dV}


X, Y = rng.normal(size=(6, 3)), rng.integers(0, 2, size=(6, 1))
p = {"W": rng.normal(size=(3, 4)), "b": np.zeros((1, 4)), "V": rng.normal(size=(4, 1))}
for step in range(9):
    H, O = forward(X, p)
    grads = backward(X, Y, H, O, p)
    for key in p:
        p[key] = p[key] - 0.5 * grads[key]
"""


TWO_LOSSES = """\
import numpy as np

rng = np.random.default_rng(2)
X, T, S = rng.normal(size=(20, 4)), rng.normal(size=(20, 1)), rng.normal(size=(20, 2))
W, V, U = rng.normal(size=(4, 6)), rng.normal(size=(6, 1)), rng.normal(size=(6, 2))
for step in range(9):
    h = np.tanh(X @ W)
    r, s = h @ V, h @ U
    loss = 0.5 * np.sum((r - T) ** 2) / 20 + 0.25 * np.sum((s - S) ** 2) / 20
    dr = (r - T) / 20
    ds = 0.5 * (s - S) / 20
    dV, dU = h.T @ dr, h.T @ ds
    dW = X.T @ ((dr @ V.T + ds @ U.T) * (1 - h**2))
    V -= 0.1 * dV
    U -= 0.1 * dU
    W -= 0.1 * dW
"""


def judged(tmp_path, text):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source)


@pytest.mark.parametrize(
    "changes",
    [
        [("dV = np.dot(H.T, dO)", "dV = np.dot(O.T, dO)")],
        [(" * H * (1 - H)", "")],
        [(" * H * (1 - H)", " * O * (1 - O)")],
        [("np.sum(dH, axis=0, keepdims=True)", "np.sum(dH)"), (" * H * (1 - H)", " * (1 - H)")],
        [("np.dot(H.T, dO)", "-np.dot(H.T, dO)"), ("np.dot(X.T, dH)", "np.dot(X.T, dH) * 6")],
    ],
)
def test_each_line_that_is_proposed_is_tried_and_makes_fewer_lines_wrong(tmp_path, changes):
    text = SCRIPT
    for right, wrong in changes:
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    before = judged(tmp_path, text).wrong
    assert len(before) == len(changes)
    for found in before:
        lines = text.split("\n")
        old = lines[found.line - 1]
        lines[found.line - 1] = old[: len(old) - len(old.lstrip())] + found.right
        assert len(judged(tmp_path, "\n".join(lines)).wrong) < len(before)


OF_THE_OUTPUT = """\
import numpy as np

rng = np.random.default_rng(4)


def sigmoid(z):
    value = 1 / (1 + np.exp(-z))
    return value


def slope(z):
    u = 1 + np.exp(-z)
    return (u - 1) / u**2


X, Y = rng.normal(size=(6, 3)), rng.integers(0, 2, size=(6, 1))
W, V, c = rng.normal(size=(3, 4)), rng.normal(size=(4, 1)), np.zeros((1, 1))
for step in range(9):
    H = sigmoid(X @ W)
    O = sigmoid(H @ V + c)
    err = Y - O
    d = -2 * sigmoid(O) * (1 - sigmoid(O)) * err
    e = d @ V.T * slope(H)
    V = V - 0.1 * H.T @ d
    c = c - 0.1 * np.sum(d, axis=0, keepdims=True)
    W = W - 0.1 * X.T @ e
"""


def accused(verdict, text):
    return [text.split("\n")[each.line - 1].strip() for each in verdict.wrong]


def test_a_call_with_the_output_for_its_argument_is_wrong_and_no_line_of_the_function(tmp_path):
    """Both slopes are taken of the outputs; under half the squared error the difference is right."""
    verdict = judged(tmp_path, OF_THE_OUTPUT)
    assert verdict.meaning.loss.kind == "half_squared_error"
    lines = accused(verdict, OF_THE_OUTPUT)
    assert lines == ["d = -2 * sigmoid(O) * (1 - sigmoid(O)) * err", "e = d @ V.T * slope(H)"]
    assert verdict.wrong[0].sentence == "sigmoid(...) * (1 - sigmoid(...)) is not the slope of O"
    text = OF_THE_OUTPUT
    for old, each in zip(lines, verdict.wrong):
        text = text.replace(old, each.right)
    assert judged(tmp_path, text).is_right


def test_what_a_function_reads_by_its_parameter_is_wrong_at_the_call(tmp_path):
    """The cells of the slope are computed one by one, in a function that is right."""
    changes = [
        ("u = 1 + np.exp(-z)", "k = range(len(z[0]))"),
        ("(u - 1) / u**2", "[[sigmoid(z[0][j]) * (1 - sigmoid(z[0][j])) for j in k]]"),
        ("-2 * sigmoid(O) * (1 - sigmoid(O)) * err", "-2 * O * (1 - O) * err"),
        (
            "    e = d @ V.T * slope(H)",
            "    s = slope(H)\n    s = np.diag(np.array(s)[0])\n    e = d @ V.T @ s",
        ),
        ("size=(6,", "size=(1,"),
        ("size=(3, 4)", "size=(3, 2)"),
        ("size=(4, 1)", "size=(2, 1)"),
    ]
    text = OF_THE_OUTPUT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (found,) = judged(tmp_path, text).wrong
    assert (found.sentence, found.right) == ("it reads H instead of X @ W", "s = slope(X @ W)")
    assert text.split("\n")[found.line - 1].strip() == "s = slope(H)"


def test_the_result_of_a_function_is_called_as_the_code_around_the_line_calls_it(tmp_path):
    """The function calls it value; the line that lacks its slope can read it only as H."""
    (found,) = judged(tmp_path, SCRIPT.replace(" * H * (1 - H)", "")).wrong
    assert found.right == 'dH = np.dot(dO, p["V"].T) * (H * (1 - H))'
    assert "the factor H * (1 - H)" in found.sentence


def test_one_of_several_results_of_a_function_is_called_as_the_code_around_the_line_calls_it(tmp_path):
    text = SCRIPT.replace("return H, O", "return H, out").replace(
        "O = sigmoid(np.dot(H", "out = sigmoid(np.dot(H"
    )
    text = text.replace("dO = (O - Y) / 6", "dO = (O - Y) * (1 - O * O) / 6")
    (found,) = judged(tmp_path, text).wrong
    assert found.right == "dO = (O - Y) * (O * (1 - O)) / 6"


STEPS = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(8, 2))
y = (X[:, :1] * X[:, 1:] > 0).astype(float)
W1, b1 = rng.normal(size=(2, 4)), np.zeros((1, 4))
W2, b2 = rng.normal(size=(4, 1)), np.zeros((1, 1))
for i in range(9):
    h = np.tanh(X @ W1 + b1)
    o = np.tanh(h @ W2 + b2)
    do = (o - y) * (1 - o * o)
    dW2, db2 = h.T @ do, do.sum(axis=0, keepdims=True)
    dh = do @ W2.T * (1 - h * h)
    dW1, db1 = X.T @ dh, dh.sum(axis=0, keepdims=True)
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
"""

WRONG_STEPS = [
    ("W1 -= 0.5 * dW1", "W1 -= 0.5 * dW1 + X.mean()"),
    ("W1 -= 0.5 * dW1", "W1 -= 0.5 * dW1 + b1"),
    ("W2 -= 0.5 * dW2", "W2 = W2 - 0.5 * dW2 - 0.01"),
    ("W2 -= 0.5 * dW2", "W2 -= 0.5 * (dW2 + dW1.sum())"),
    ("W2 -= 0.5 * dW2", "W2 -= 0.5 * dW2 + db2"),
    ("W2 -= 0.5 * dW2", "W2 -= 0.5 * dW2 + 0.01 * np.sum(W2 ** 2)"),
    ("W2 -= 0.5 * dW2", "W2 -= 0.5 / dW2"),
    ("W2 -= 0.5 * dW2", "W2 *= 0.5 * dW2"),
    ("W2 -= 0.5 * dW2", "W2 /= 0.5 * dW2"),
    ("W2 -= 0.5 * dW2", "W2 -= 0.5 * W2 * dW2"),
    ("b2 -= 0.5 * db2", "b2 -= 0.5 * db2 * b2"),
    ("b2 -= 0.5 * db2", "b2 -= 0.5 / db2"),
    ("b2 -= 0.5 * db2", "b1 -= 0.5 * db2"),
    ("b2 -= 0.5 * db2", "W2 -= 0.5 * db2"),
]


@pytest.mark.parametrize(("right", "wrong"), WRONG_STEPS)
def test_the_update_that_is_proposed_for_a_wrong_one_makes_the_check_agree(tmp_path, right, wrong):
    text = STEPS.replace(right, wrong)
    (found,) = judged(tmp_path, text).wrong
    assert text.split("\n")[found.line - 1].strip() == wrong
    verdict = judged(tmp_path, text.replace(wrong, found.right))
    assert (verdict.is_right, verdict.is_checked) == (True, True)


@pytest.mark.parametrize(
    ("name", "step", "told"),
    [
        ("W1", "W1 -= 0.5 * dW1 + X.T @ h", "contains X.T @ h"),
        ("W2", "W2 -= 0.5 * dW2 + 0.01 * rng.normal(size=(4, 1))", "does not come from its gradient"),
        ("W1", "W1 -= dW1 @ W2 @ W2.T", "its sign in every cell"),
        ("W2", "W2 -= dW2 - dW2.mean()", "its sign in every cell"),
    ],
)
def test_an_update_that_is_no_multiple_of_the_gradient_is_not_said_to_agree(tmp_path, name, step, told):
    verdict = judged(tmp_path, STEPS.replace(f"{name} -= 0.5 * d{name}", step))
    (found,) = (each for each in verdict.findings if each.kind is FindingKind.NOT_CHECKED)
    assert (found.by, told in found.sentence) == (name, True)
    assert (verdict.is_checked, verdict.unchecked_parameters, verdict.wrong) == (False, (name,), ())
    rows = {row[0]: row[-1] for row in parameter_rows(verdict)}
    assert [each for each, word in rows.items() if word == "not checked"] == [name]


@pytest.mark.parametrize(
    "step",
    [
        "W2 -= 0.5 * np.sign(dW2)",
        "W2 -= 0.5 * np.clip(dW2, -1, 1)",
        "W2 -= 0.5 * dW2 / np.linalg.norm(dW2)",
        "W2 -= 0.5 * (dW2 + 0.1 * W2)",
        "W2 = 0.9 * W2 - 0.5 * dW2",
        "W2 -= 0.5 * dW2 + 0.01 * np.sign(W2)",
    ],
)
def test_a_step_along_the_gradient_in_every_cell_agrees_with_or_without_a_penalty(tmp_path, step):
    verdict = judged(tmp_path, STEPS.replace("W2 -= 0.5 * dW2", step))
    assert (verdict.is_right, verdict.is_checked) == (True, True)


def test_a_number_added_to_a_parameter_in_a_line_of_its_own_does_not_belong_there(tmp_path):
    verdict = judged(tmp_path, STEPS.replace("W2 -= 0.5 * dW2", "W2 -= 0.5 * dW2\n    W2 += 0.1"))
    (found,) = verdict.wrong
    assert (found.line, found.right) == (18, "")
    assert found.sentence == "the term 0.1 does not belong here"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], None),
        ([("+ 0.05 * T[1:]", "- 0.05 * T[1:]")], ("wrong", 12, "the penalty on T has the wrong sign")),
        ([("0.05 * T[1:]", "0.05 * T[1:]**3")], ("not checked", 12, "is not that of J")),
        ([("P - Y", "Y - P")], ("wrong", 11, "the difference is the other way round")),
    ],
)
def test_a_penalty_on_some_rows_is_compared_with_that_of_the_loss(tmp_path, changes, found):
    text = """\
import numpy as np

rng = np.random.default_rng(12)
X, T = rng.normal(size=(50, 4)), rng.normal(size=(4, 3))
Y = np.eye(3)[rng.integers(0, 3, 50)]
for it in range(9):
    S = X @ T
    S = S - S.max(axis=1)[:, None]
    P = np.exp(S) / np.exp(S).sum(axis=1)[:, None]
    J = -(Y * np.log(P)).sum() / 50 + 0.05 / 2 * np.sum(T[1:] ** 2)
    G = X.T @ (P - Y) / 50
    G[1:] = G[1:] + 0.05 * T[1:]
    T -= 0.4 * G
"""
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    told = [(each.kind, each.line, each.sentence) for each in judged(tmp_path, text).findings]
    told = [each for each in told if each[0] in ("wrong", "not checked")]
    assert [(kind, line) for kind, line, _ in told] == ([] if found is None else [found[:2]])
    assert found is None or found[2] in told[0][2]


CELLS = """\
import numpy as np

rng = np.random.default_rng(4)
R, P, Q = rng.random((3, 4)), rng.random((3, 2)), rng.random((2, 4))
for i in range(3):
    for j in range(4):
        e = R[i][j] - P[i, :] @ Q[:, j]
        for k in range(2):
            p = P[i][k]
            P[i][k] = P[i][k] + 0.1 * (2 * e * Q[k][j] - 0.02 * P[i][k])
            Q[k][j] = Q[k][j] + 0.1 * (2 * e * p - 0.02 * Q[k][j])
"""


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("R", "R", 0),
        ("- 0.02 * P[i][k]", "+ 0.02 * P[i][k]", 10),
        ("P[i][k] + 0.1 * (2", "P[i][k] - 0.1 * (2", 10),
        ("R[i][j] - P[i, :] @ Q[:, j]", "P[i, :] @ Q[:, j] - R[i][j]", 7),
    ],
)
def test_cells_that_are_updated_one_by_one_with_a_decay_are_compared(tmp_path, right, wrong, line):
    verdict = judged(tmp_path, CELLS.replace(right, wrong))
    assert (verdict.meaning.parameters, verdict.is_checked) == (("P", "Q"), True)
    assert [each.line for each in verdict.wrong] == [line] * bool(line)


def test_a_sum_that_passes_its_gradient_on_has_no_slope(tmp_path):
    text = """\
import numpy as np

rng = np.random.default_rng(0)
X, w = rng.random((20, 2)), rng.random((2, 1))
y = (X[:, :1] > X[:, 1:]).astype(float)
for i in range(9):
    e = 1 / (1 + np.exp(-X @ w))
    denom = 1 + e
    h = 1 / denom
    w -= 0.1 * X.T @ (-(h - y) / denom**2)
"""
    (found,) = judged(tmp_path, text).wrong
    assert (found.line, "denom," in found.sentence) == (10, False)


@pytest.mark.parametrize(
    ("right", "changed", "name", "told"),
    [
        ("X @ W1 + b1", "X @ W1", "b1", "the loss does not depend on it"),
        ("h @ W2 + b2", "h @ W2", "b2", "the loss does not depend on it"),
        ("0.5 * dW2", "0.5 * dW2.astype(int)", "W2", "astype is not understood"),
        ("W2 -= 0.5 * dW2", "W2 = np.sign(W2 - 0.5 * dW2)", "W2", "was not compared with it"),
        ("W2 -= 0.5 * dW2", "W2 = np.clip(W2 - 0.5 * dW2, -1, 1)", "W2", "its sign in every cell"),
    ],
)
def test_what_a_pass_updates_and_nothing_is_compared_with_is_told(tmp_path, right, changed, name, told):
    assert STEPS.count(right) == 1
    verdict = judged(tmp_path, STEPS.replace(right, changed))
    (found,) = (each for each in verdict.findings if each.kind is FindingKind.NOT_CHECKED)
    assert (found.by, told in found.sentence, verdict.is_checked) == (name, True, False)
    assert [row[0] for row in parameter_rows(verdict) if row[-1] == "not checked"] == [name]
    assert not [each for each in verdict.findings if each.kind is FindingKind.OTHER_LOSS]


def test_a_step_that_is_0_in_this_pass_is_no_mistake(tmp_path):
    verdict = judged(tmp_path, STEPS.replace("0.5 * dW2", "0.5 * dW2 * (i % 2)"))
    assert verdict.is_right


FLAT = """\
import numpy as np

rng = np.random.default_rng(4)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
W, b, V, c = rng.normal(size=(3, 4)), np.zeros((1, 4)), rng.normal(size=(4, 1)), np.zeros((1, 1))
for step in range(9):
    H = np.tanh(X @ W + b)
    O = H @ V + c
    dO = (O - Y) / len(X)
    dH = dO @ V.T * (1 - H**2)
    dV = H.T @ dO
    dc = np.sum(dO, axis=0, keepdims=True)
    V -= 0.5 * dV
    c -= 0.5 * dc
    W -= 0.5 * (X.T @ dH)
    b -= 0.5 * np.sum(dH, axis=0, keepdims=True)
"""


def test_an_update_of_some_rows_is_named_with_the_update_of_all(tmp_path):
    verdict = judged(tmp_path, FLAT.replace("V -= 0.5 * dV", "V[1:] -= 0.5 * dV[1:]"))
    (found,) = verdict.wrong
    assert (found.line, found.right) == (13, "V -= 0.5 * dV")
    assert ("V", "dV", "-", "differs") in parameter_rows(verdict)


def test_rows_that_another_pass_may_update_are_no_mistake(tmp_path):
    verdict = judged(tmp_path, FLAT.replace("V -= 0.5 * dV", "V[step] -= 0.5 * dV[step]"))
    (found,) = verdict.findings
    assert (found.kind, found.line, found.by) == (FindingKind.NOT_CHECKED, 13, "V")


def test_a_bias_that_is_set_to_zeros_in_every_pass_is_never_updated(tmp_path):
    verdict = judged(tmp_path, FLAT.replace("c -= 0.5 * dc", "c = np.zeros((1, 1))"))
    assert [(each.line, each.by) for each in verdict.wrong] == [(14, "c")]
    assert ("c", "-", "-", "never updated") in parameter_rows(verdict)


def tried(verdict, script):
    """A verdict with those of its right lines that agree in the script."""
    return with_tried_lines(
        verdict,
        script.source,
        lambda text: judge_pass(opened_again(script, text).iteration(0), text, is_repaired=True),
    )


def test_right_lines_of_two_statements_on_one_line_are_tried_together(tmp_path):
    """The biases get their new values under the names of their gradients, which are then no losses."""
    path = tmp_path / "homework.py"
    held = "db = np.sum(dH, axis=0, keepdims=True); db = b - 0.5 * db; dc = c - 0.5 * dc"
    text = FLAT.replace("    c -= 0.5 * dc\n", "")
    path.write_text(
        text.replace("b -= 0.5 * np.sum(dH, axis=0, keepdims=True)", f"{held}\n    E = np.sum(dO**2)")
    )
    script = open_script(path)
    verdict = tried(judge_pass(script.iteration(0), script.source), script)
    assert [each.kind for each in verdict.findings] == [FindingKind.WRONG] * 2
    assert [each.right for each in verdict.wrong] == ["b = b - 0.5 * db", "c = c - 0.5 * dc"]


def test_of_several_statements_on_a_line_the_wrong_one_is_named_and_replaced(tmp_path):
    """A loop over the rows of the data overwrites one of its two sums."""
    once = FLAT[FLAT.index("    dO =") : FLAT.index("    V -=")]
    rows = """\
    dW, db, dV, dc = np.zeros_like(W), np.zeros_like(b), np.zeros_like(V), np.zeros_like(c)
    for k in range(6):
        dO = (O[k : k + 1] - Y[k : k + 1]) / 6
        dH = dO @ V.T * (1 - H[k : k + 1] ** 2)
        dV += H[k : k + 1].T @ dO; dc += dO
        dW += X[k : k + 1].T @ dH; db += dH
"""
    text = (
        FLAT.replace(once, rows)
        .replace("(X.T @ dH)", "dW")
        .replace("np.sum(dH, axis=0, keepdims=True)", "db")
    )
    path = tmp_path / "homework.py"
    for wrong, line in (("dc = dO", 13), ("db = dH", 14)):
        path.write_text(text.replace(wrong.replace("=", "+="), wrong))
        script = open_script(path)
        verdict = tried(judge_pass(script.iteration(0), script.source), script)
        assert [(each.line, each.statement(script.source), each.right) for each in verdict.wrong] == [
            (line, wrong, wrong.replace("=", "+="))
        ]


MASKED = FLAT.replace("H = np.tanh(X @ W + b)", "Z = X @ W + b\n    H = np.maximum(Z, 0)").replace(
    "dH = dO @ V.T * (1 - H**2)", "dH = dO @ V.T\n    dH[H <= 0] = 0"
)


@pytest.mark.parametrize(
    ("store", "right"),
    [
        ("dH[H > 0] = 0", "dH[H <= 0] = 0"),
        ("dH[H < 0] = 0", "dH[Z <= 0] = 0"),
        ("dH[dH < 0] = 0", "dH[Z < 0] = 0"),
        ("dH[Z < 0] = 1", "dH[Z <= 0] = 0"),
    ],
)
def test_a_store_under_a_condition_is_proposed_as_one(tmp_path, store, right):
    path = tmp_path / "homework.py"
    path.write_text(MASKED.replace("dH[H <= 0] = 0", store))
    script = open_script(path)
    verdict = tried(judge_pass(script.iteration(0), script.source), script)
    assert [(each.line, each.right) for each in verdict.wrong] == [(12, right)]


def test_a_right_line_is_proposed_only_if_the_script_runs_and_agrees_with_it(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(FLAT.replace("dc = np.sum(dO, axis=0, keepdims=True)", "dc = np.sum(dO * dO, axis=0)"))
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    (found,) = verdict.wrong
    proposed = {"dc = np.sum(dO, axis=0)": True, "dc = np.sum(H, axis=0)": False, "dc = missing": False}
    proposed |= {"dc = 2 * np.sum(dO, axis=0)": False, "dc = (": False}
    for right, is_kept in proposed.items():
        one = replace(verdict, findings=(replace(found, right=right),))
        after = with_tried_lines(
            one, script.source, lambda text: judge_pass(opened_again(script, text).iteration(0), text)
        )
        assert after.wrong[0].right == (right if is_kept else "")


@pytest.mark.parametrize("unchecked", [(), ("c",)])
def test_a_line_after_which_a_parameter_is_no_longer_checked_is_not_proposed(tmp_path, unchecked):
    path = tmp_path / "homework.py"
    path.write_text(FLAT.replace("dV = H.T @ dO", "dV = -H.T @ dO"))
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)

    def judged_with(text):
        after = judge_pass(opened_again(script, text).iteration(0), text)
        return replace(after, unchecked_parameters=unchecked)

    (found,) = with_tried_lines(verdict, script.source, judged_with).wrong
    assert found.right == ("" if unchecked else "dV = H.T @ dO")


def test_of_several_right_lines_those_that_agree_alone_are_kept(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(FLAT.replace("dV = H.T @ dO", "dV = -H.T @ dO").replace("c -= 0.5 * dc", "c += 0.5 * dc"))
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    one, other = verdict.wrong
    both = replace(verdict, findings=(replace(one, right="dV = H.T"), other))
    assert [each.right for each in tried(both, script).wrong] == ["", "c -= 0.5 * dc"]


@pytest.mark.parametrize("is_divided", [True, False])
def test_where_steps_are_divided_by_their_size_a_missing_count_hardly_changes_them(tmp_path, is_divided):
    loss = "    loss = np.mean((O - Y) ** 2) / 2\n    dO ="
    text = FLAT.replace(" / len(X)", "").replace("    dO =", loss).replace("0.5", "0.01")
    if is_divided:
        step = r"\1 -= 0.1 * (\2) / (np.sqrt(np.mean((\2) ** 2)) + 1e-8)"
        text = re.sub(r"(\w) -= 0.01 \* (.*)", step, text)
    (found,) = judged(tmp_path, text).findings
    assert found.kind is FindingKind.OTHER_SCALE
    assert found.sentence.endswith("so this hardly changes it") is is_divided


def test_an_update_of_an_entry_by_itself_is_named_at_its_own_line(tmp_path):
    text = SCRIPT.replace("    for key in p:\n        p[key] = p[key] - 0.5 * grads[key]\n", "")
    for key in "WV":
        text += f'    p["{key}"] = p["{key}"] - 0.5 * grads["{key}"]\n'
    text += '    p["b"] = p["b"]  # - 0.5 * grads["b"]\n'
    (found,) = judged(tmp_path, text).wrong
    assert found.line == len(text.splitlines())
    assert found.by.endswith("b")


def test_of_the_lengths_of_the_outputs_that_of_the_rows_is_the_number_of_samples(tmp_path):
    text = FLAT.replace("(6, 1)", "(6, 2)").replace("(4, 1)", "(4, 2)").replace("(1, 1)", "(1, 2)")
    path = tmp_path / "homework.py"
    path.write_text(text)
    study = study_pass(open_script(path).iteration(0))
    judged, explanation = JudgedPass(study, None), study.best_match[0]
    assert (judged.counts(explanation), judged.sample_counts(explanation)) == ([2, 6], [6])


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        ('W = p["W"] - 1e-8 * dW', "W = p['W'] + 1e-08 * dW"),
        ("""W = p["W"] - q['W']""", "W = p['W'] + q['W']"),
        ("W = .5 * W ** 2", "W = 0.5 * W**3 - x[0]**-1"),
        ("W = W ** 2 + dW**2", "W = W**2 - dW**2"),
        ("W = 3. * dW / 10", "W = 3.0 * dW / 100"),
        ("W = 13.0 * dW", "W = f(**options) * 13.0"),
    ],
)
def test_a_right_line_has_the_quotes_the_numbers_and_the_spaces_of_the_authors_line(line, statement):
    assert in_style_of(line, statement) == {
        "W = p['W'] + 1e-08 * dW": 'W = p["W"] + 1e-8 * dW',
        "W = 0.5 * W**3 - x[0]**-1": "W = .5 * W ** 3 - x[0] ** -1",
        "W = 3.0 * dW / 100": "W = 3. * dW / 100",
    }.get(statement, statement)


ADDED = """\
import numpy as np
rs = np.random.RandomState(4)
X, y = rs.randn(12, 3), rs.randn(12)
w, b = np.zeros(3), 0.0
for turn in range(9):
    out = X @ w + b
    error = (y + out)
    w += 0.1 * X.T @ error / 12
    b += 0.1 * error.mean()
    loss = (error ** 2).mean()
"""


def test_the_line_that_adds_the_target_is_named_in_place_of_the_updates_that_go_uphill(tmp_path):
    path = tmp_path / "homework.py"

    def judged_text(source):
        return judged(tmp_path, source.text)

    path.write_text(ADDED)
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    assert [each.line for each in verdict.wrong] == [8, 9]
    (found,) = with_one_cause(verdict, script.source, judged_text).wrong
    assert (found.line, found.mistake, found.right) == (7, MistakeKind.SIGN, "error = (y - out)")


def test_two_signs_with_no_line_that_explains_both_stay_two(tmp_path):
    text = ADDED.replace("y + out", "y - out").replace("w += ", "w -= ").replace("b += ", "b -= ")
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    assert with_one_cause(verdict, script.source, lambda text: verdict).wrong == verdict.wrong != ()


RECURRENT = """\
import numpy as np
rs = np.random.RandomState(2)
X, T = rs.randn(5, 6, 2), rs.randn(5, 6, 1)
W, U, V = rs.randn(2, 3) * 0.5, rs.randn(3, 3) * 0.5, rs.randn(3, 1)
for epoch in range(9):
    h, y = [np.zeros((6, 3))], []
    for t in range(5):
        h.append(np.tanh(X[t] @ W + h[t] @ U))
        y.append(h[-1] @ V)
    dW, dU, dV, dh = np.zeros_like(W), np.zeros_like(U), np.zeros_like(V), np.zeros((6, 3))
    for t in range(5):
        d = y[t] - T[t]
        dV += h[t + 1].T @ d
        dz = (d @ V.T + dh) * (1 - h[t + 1] ** 2)
        dW += X[t].T @ dz
        dU += h[t].T @ dz
        dh = dz @ U.T
    W -= 0.01 * dW
    U -= 0.01 * dU
    V -= 0.01 * dV
"""


def test_the_head_of_a_backward_loop_that_runs_forwards_is_named_in_place_of_what_it_gives(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(RECURRENT)
    script = open_script(path)

    def judged_text(source):
        return judge_pass(opened_again(script, source).iteration(0), source, is_repaired=True)

    verdict = judge_pass(script.iteration(0), script.source)
    assert verdict.wrong
    (found,) = with_one_cause(verdict, script.source, judged_text).findings
    assert (found.line, found.mistake, found.right) == (
        11,
        MistakeKind.LOOP,
        "for t in reversed(range(5)):",
    )
    forwards, backwards = (f"{head}\n        d = " for head in ("for t in range(5):", found.right))
    right = RECURRENT.replace(forwards, backwards)
    assert right != RECURRENT
    assert judged(tmp_path, right).is_right


def test_what_a_right_line_explains_is_not_told_to_have_no_line(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(TWO_LOSSES.replace("ds = 0.5 * ", "ds = "))
    script = open_script(path)
    verdict = judge_pass_or_say_why(script.iteration(0), script.whole_source, script=script)
    (found,) = verdict.findings
    assert (found.kind, found.line, found.right) == (FindingKind.WRONG, 11, "ds = (s - S) / 20 / 2")
    assert judged(tmp_path, TWO_LOSSES).findings == ()
