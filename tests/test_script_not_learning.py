"""If every line is right and a network still does not learn, the check says why."""

import numpy as np
import pytest

from bpstep.gradcheck.script.findings import smaller_batches
from bpstep.gradcheck.script.findings.not_finite import lost_in
from bpstep.gradcheck.script.judge import judge_pass, judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.updates.never_updated import never_updated_parameters
from bpstep.script.meaning.meaning import study_pass
from bpstep.script.opening import open_script
from tests.script_passes import columns, rows, training_pass

RELU = """
    s = X @ W
    y = np.maximum(0, s)
    loss = 0.5 * np.sum((y - T)**2)
    dW = X.T @ ((y - T) * (s > 0))
    W = W - 0.01 * dW
"""
X = np.array([[1.0, 2.0], [0.5, 1.5], [2.0, 0.1]])


@pytest.mark.parametrize(("start", "is_dead"), [(-1.0, True), (1.0, False)])
def test_a_layer_that_is_0_for_every_sample_has_no_gradient_and_is_named(start, is_dead):
    initial = {"X": X, "T": np.array([[1.0], [2.0], [3.0]]), "W": np.full((2, 1), start)}
    verdict = judge_pass(training_pass(RELU, initial))
    assert verdict.is_right
    found = [each for each in verdict.findings if each.kind is FindingKind.NOT_LEARNING]
    assert [each.equation.name for each in found] == ["y"] * is_dead
    assert not is_dead or "y is 0 everywhere" in found[0].sentence


def test_a_network_without_an_error_is_not_called_dead():
    initial = {"X": X, "T": X @ np.ones((2, 1)), "W": np.ones((2, 1))}
    verdict = judge_pass(training_pass(RELU, initial))
    assert verdict.meaning.loss is not None
    assert verdict.findings == ()


DIVERGING = """
import numpy as np
X = np.array([[0.0, 2.0], [0.0, 1.0], [3.0, 0.0], [1.0, 1.0]])
T = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
W = np.array([[0.1, -0.2], [0.3, 0.1]])
for i in range(9):
    s = X @ W
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(T * np.log(p))
    W = W - 900 * (X.T @ (p - T))
"""
SAFE = ("np.exp(s)", "np.exp(s - s.max(axis=1, keepdims=True))")
ROOT = ("W = W - 900 *", "W = W - 0.1 * np.sqrt(W) *")


@pytest.mark.parametrize(
    ("change", "at", "line", "first", "told"),
    [
        (
            ("900", "900"),
            0,
            10,
            1,
            "loss becomes infinite or NaN: p is 0, and its logarithm is -inf; i0 was checked",
        ),
        (
            ("900", "900"),
            6,
            8,
            2,
            "W becomes infinite or NaN: exp overflows here above 709.78, and s goes up to",
        ),
        (SAFE, 1, 10, 1, "loss becomes infinite or NaN: p is 0, and its logarithm is -inf"),
        (ROOT, 0, 11, 0, "W becomes infinite or NaN: W goes down to -0.2, and a negative number has no root"),
        (("900", "0.1"), 6, 0, 9, ""),
    ],
)
@np.errstate(all="ignore")
def test_a_pass_whose_numbers_are_no_longer_finite_is_named_with_the_reason(
    change, at, line, first, told, tmp_path
):
    """Python itself says which pass is the first; the one before it is checked."""
    text = DIVERGING.replace(*change)
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    verdict = judge_pass_or_say_why(script.iteration(at), script.whole_source, script=script)
    # Where the first pass is the one, nothing could be checked, and that is why.
    assert (verdict.is_checked, verdict.is_right) == (first > 0, True)
    found = [each for each in verdict.findings if "infinite" in each.sentence]
    sentence = f"In i{first}, {told}" if first else told
    assert [(each.line, sentence in each.sentence) for each in found] == [(line, True)] * bool(line)
    name = told.split(" ")[0] or "W"
    for count in (first, min(first + 1, 9)):
        values = {name: 0.0}
        exec(text.replace("range(9)", f"range({count})"), values)
        assert np.isfinite(values[name]).all() == (count == first)


@pytest.mark.parametrize(
    ("equation", "told"),
    [
        ("W = np.exp(W)", "exp overflows here above 709.78, and W goes up to 900"),
        ("W = np.exp(-W)", None),
        ("W = 1 / (1 + np.exp(W))", None),
        ("W = np.log(W)", "W is 0, and its logarithm is -inf"),
        ("W = np.log(W - 1)", "W - 1 goes down to -1, and a negative number has no logarithm"),
        ("W = 1 / W", "this line divides by W, which is 0"),
        ("W = W**200", "the result of W**200 is too large for a float"),
    ],
)
def test_the_first_operation_with_a_result_that_is_not_finite_is_named(equation, told):
    found = lost_in(training_pass(equation, {"W": np.array([0.0, 900.0])}))
    assert (found and found.sentence) == (told and f"W becomes infinite or NaN: {told}")


BATCHES = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
W, size = rng.normal(size=(3, 2)), 4
for epoch in range(9):
    for k in range(0, 10, 4):
        x, y = X[k : k + 4], Y[k : k + 4]
        d = (x @ W - y) / len(x)
        W -= 0.1 * x.T @ d
"""


@pytest.mark.parametrize(
    ("length", "rows", "is_told"),
    [("len(x)", 10, False), ("4", 10, True), ("size", 10, True), ("4", 12, False), ("3", 10, False)],
)
def test_a_fixed_number_of_samples_is_noted_where_a_later_batch_is_smaller(length, rows, is_told, tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(BATCHES.replace("len(x)", length).replace("10", str(rows)))
    script = open_script(path)
    verdict = judge_pass_or_say_why(script.iteration(0), script.whole_source, script=script)
    assert verdict.is_right
    told = [(each.line, each.sentence) for each in verdict.findings if "divides by 4" in each.sentence]
    sentence = "this line divides by 4 also where the batch has only 2 samples, as in i2"
    assert told == [(9, sentence)] * is_told


def test_a_smaller_batch_is_looked_for_in_as_many_passes_as_take_a_few_seconds(monkeypatch, tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(BATCHES.replace("len(x)", "4"))
    script = open_script(path)
    lines = len(script.iteration(0).equations) + 1
    monkeypatch.setattr(smaller_batches, "_MAX_EQUATIONS", 2 * lines)
    assert len(list(smaller_batches.smaller_batches(script, script.iteration(0)))) == 1
    monkeypatch.setattr(smaller_batches, "_MAX_EQUATIONS", lines)
    assert list(smaller_batches.smaller_batches(script, script.iteration(0))) == []


ROOTS = """
import numpy as np
X, T = np.array([[1.0, 2.0], [0.5, 1.5]]), np.array([[1.0, 3.0], [2.0, 0.5]])
W, b, s, r = np.full((2, 2), 0.1), np.zeros(2), np.zeros((2, 2)), np.zeros(2)
for i in range(9):
    d = X @ W + b - T
    g = X.T @ d
    h = d.sum(axis=0)
    s = 0.9 * s + 0.1 * g**2
    r = 0.9 * r + 0.1 * h**2
    W = W - 0.01 * g / np.sqrt(s)
    b = b - 0.01 * h / np.sqrt(r)
"""


@np.errstate(all="ignore")
def test_a_parameter_that_is_no_longer_finite_is_named_with_its_own_reason_unless_a_line_is_wrong(tmp_path):
    def judged(*changes):
        text = ROOTS
        for change in changes:
            text = text.replace(*change)
        path = tmp_path / "homework.py"
        path.write_text(text)
        script = open_script(path)
        return judge_pass_or_say_why(script.iteration(0), script.whole_source, script=script)

    def reasons(verdict):
        return [each.sentence for each in verdict.findings if "infinite" in each.sentence]

    assert reasons(judged()) == []
    (found,) = reasons(judged(("np.sqrt(s)", "np.sqrt(s - 9)"), ("np.sqrt(r)", "np.sqrt(r - 9)")))
    assert found.startswith("W becomes infinite or NaN: s - 9 goes down")
    wrong = judged(("g**2", "g"), ("h**2", "h"))
    assert [each.line for each in wrong.wrong] == [9, 10]
    assert reasons(wrong) == []


@pytest.mark.parametrize(("low", "told"), [(-1.0, ["Y goes from -1 to 1"]), (0.0, [])])
def test_labels_that_the_binary_cross_entropy_cannot_have_are_told(low, told):
    text, initial, _ = columns(np.random.default_rng(3))
    initial["Y"] = np.where(initial["Y"] > 0, 1.0, low)
    lines = [line.strip() for line in text.strip().splitlines()]
    verdict = judge_pass(training_pass("\n".join(lines), initial))
    assert verdict.is_right
    assert [each.sentence.split(",")[0] for each in verdict.findings] == told


def test_a_count_that_the_sums_divide_by_later_is_not_called_missing():
    """The first gradient is that of the sum over the samples; the lines after it divide by their count."""
    text, initial, _ = columns(np.random.default_rng(3))
    initial["share"] = 1 / 24
    text = text.replace("(1 / m) * dZ", "share * dZ").replace("(1 / m) * np.sum(dZ", "share * np.sum(dZ")
    assert text.count("share") == 4
    lines = [line.strip() for line in text.strip().splitlines()]
    assert judge_pass(training_pass("\n".join(lines), initial)).findings == ()
    undivided = [line.replace("share * ", "") for line in lines]
    # With steps as long as that, the loss rises, too.
    rising, note = judge_pass(training_pass("\n".join(undivided), initial)).findings
    assert rising.kind is FindingKind.NOT_LEARNING
    assert note.kind is FindingKind.OTHER_SCALE
    assert "24 times" in note.sentence


W2, B2 = "W2 = W2 - eta * dW2", "b2 = b2 - eta * np.sum(d2, axis=0)"
GIVEN, SUM = "dW2 = a1.T @ d2", "db2 = np.sum(d2, axis=0)"
NET = "a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))"


@pytest.mark.parametrize(
    ("changes", "texts", "named"),
    [
        ({}, [], []),
        ({W2: []}, [], [("W2", GIVEN, "gradient")]),
        ({W2: ["V = W2 - eta * dW2"]}, [], [("W2", "V = W2 - eta * dW2", "value")]),
        # Of what is no step along the gradient only the gradient is said to be computed.
        ({W2: ["dW2 = dW2 + 0.1 * W2", "V = W2 - eta * dW2"]}, [], [("W2", GIVEN, "gradient")]),
        ({W2: ["dW2 = 0.1 * W2", W2]}, [], [("W2", "dW2 = 0.1 * W2", "overwritten")]),
        ({W2: ["W2 = W2 - eta * 0.1 * W2"]}, [], [("W2", "W2 = W2 - eta * 0.1 * W2", "gradient")]),
        # A bias that is held on purpose has no gradient; nor is another sum one: only its reader is named.
        ({B2: []}, [], [("b2", NET, "read")]),
        ({B2: [SUM]}, [], [("b2", SUM, "gradient")]),
        ({B2: ["db2 = np.sum(d2, axis=1)"]}, [], [("b2", NET, "read")]),
        ({B2: [SUM, "c = b2 - 0.1 * db2"]}, [], [("b2", "c = b2 - 0.1 * db2", "value")]),
        # What stands in the text without an effect is where the update was meant.
        ({W2: []}, ["", "W2 - eta * dW2"], [("W2", 2, "gradient")]),
        ({W2: [], GIVEN: []}, ["", "W2 - eta * dW2"], [("W2", 2, "nothing")]),
        ({W2: ["V = W2 - eta * dW2"]}, ["W2 - eta * dW2"], [("W2", "V = W2 - eta * dW2", "value")]),
    ],
)
def test_a_parameter_that_no_pass_changes_is_named_with_the_line_that_computes_its_gradient(
    changes, texts, named
):
    text, initial, _ = rows(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [new for line in lines for new in changes.get(line, [line])]
    study = study_pass(training_pass("\n".join(lines), initial))
    explanation, _ = study.best_match
    found = list(never_updated_parameters(study, explanation, {"homework.py": texts}))
    assert [
        (each.name, each.line if each.file else lines[each.line - 1], computed(each)) for each in found
    ] == named


def computed(found):
    if found.is_overwritten:
        return "overwritten"
    if found.is_only_read:
        return "read"
    return "value" if found.is_update else "gradient" if found.equation >= 0 else "nothing"
