"""The line of a script that is wrong by itself is named, with the single mistake and the right line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.script.meaning import study
from bpstep.script.opening import open_script
from bpstep.script.source import parse_source
from tests.script_passes import classes, columns, one_sample, rows, training_pass

PASSES = {"columns": columns, "one_sample": one_sample, "classes": classes, "rows": rows}


def judged(name, *changes):
    """The verdict on a pass in which some lines read otherwise, and the numbers of those lines."""
    text, initial, feeds = PASSES[name](np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    places = []
    for right, wrong in changes:
        places.append(lines.index(right) + 1)
        lines[places[-1] - 1] = wrong
    return judge_pass(training_pass("\n".join(lines), initial, feeds)), places


@pytest.mark.parametrize("name", PASSES)
def test_a_right_script_is_not_accused(name):
    verdict, _ = judged(name)
    assert verdict.ok
    assert verdict.meaning.loss is not None


def test_a_wrong_derivative_is_named_at_the_line_that_computes_it():
    product = "d1 = d2 @ W2.T * (a1 * (1 - a1))"
    text, initial, feeds = rows(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    at = lines.index(product)
    lines[at : at + 1] = ["slope = 1 - a1 * a1", "d1 = d2 @ W2.T * slope"]
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert [(each.line, each.right) for each in verdict.wrong] == [(at + 1, "slope = a1 * (1 - a1)")]
    lines[at] = "slope = a1 * (1 - a1)"
    assert judge_pass(training_pass("\n".join(lines), initial, feeds)).ok


@pytest.mark.parametrize("wrong", [True, False])
def test_a_gradient_that_is_right_and_then_turned_in_some_rows_is_no_right_one(wrong):
    text, initial, feeds = rows(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    at = lines.index("dW2 = a1.T @ d2")
    sign = "-" if wrong else ""
    lines[at] = f"dW2 = np.concatenate(({sign}(a1.T @ d2)[:2], (a1.T @ d2)[2:]), axis=0)"
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(at + 1, MistakeKind.SIGN)] * wrong


@pytest.mark.parametrize(
    "step", ["np.clip(dW2, -0.1, 0.1)", "dW2 + 0.3 * W2", "np.sign(dW2)", "dW2 / np.max(np.abs(dW2))"]
)
def test_a_step_that_is_clipped_scaled_or_decayed_is_not_accused(step):
    text, initial, feeds = rows(np.random.default_rng(3))
    text = text.replace("W2 = W2 - eta * dW2", f"W2 = W2 - eta * ({step})")
    lines = [line.strip() for line in text.strip().splitlines()]
    assert any(step in line for line in lines)
    assert judge_pass(training_pass("\n".join(lines), initial, feeds)).ok
    initial["eta"] = 1 / len(initial["X"])
    assert judge_pass(training_pass("\n".join(lines), initial, feeds)).ok, "a rate that is 1 by the samples"


@pytest.mark.parametrize("feedback", ["d2 @ B", "d2 @ B.T"])
def test_a_fixed_matrix_in_the_place_of_weights_is_called_feedback_alignment(feedback):
    text, initial, feeds = rows(np.random.default_rng(3))
    initial["B"] = np.random.default_rng(4).normal(size=(5, 5))
    text = text.replace("d1 = d2 @ W2.T", f"d1 = {feedback}")
    lines = [line.strip() for line in text.strip().splitlines()]
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert verdict.ok
    (finding,) = verdict.findings
    assert (finding.kind, finding.equation.name) == (FindingKind.OTHER_RULE, "d1")
    assert "feedback alignment" in finding.sentence
    assert finding.right == "d1 = d2 @ W2.T * (a1 * (1 - a1))"


def test_where_half_of_the_parameters_follow_no_gradient_the_others_are_not_accused_of_a_sign():
    text, initial, feeds = rows(np.random.default_rng(3))
    for at in "123":
        text = text.replace(f"W{at} - eta * dW{at}", f"W{at} - eta * np.cos(W{at} * np.sum(Y - out))")
        text = text.replace(f"b{at} - eta", f"b{at} + eta")
    lines = [line.strip() for line in text.strip().splitlines()]
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert verdict.ok
    assert [each.kind for each in verdict.findings] == [FindingKind.NOT_FOUND]
    assert not verdict.is_right
    assert "W1" in verdict.findings[0].sentence


MISTAKES = [
    (
        "one_sample",
        "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)",
        "delta_h = delta_o * w_old",
        MistakeKind.SLOPE_MISSING,
        "delta_h = delta_o * w_old * (1 - h**2)",
    ),
    (
        "one_sample",
        "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)",
        "delta_h = delta_o * w_old * (1 - np.tanh(h)**2)",
        MistakeKind.SLOPE_PLACE,
        "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)",
    ),
    (
        "one_sample",
        "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)",
        "delta_h = delta_o * w_o * (1 - np.tanh(net_h)**2)",
        MistakeKind.UPDATED_BEFORE_USED,
        "",
    ),
    (
        "rows",
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
        "d1 = d2 @ W2.T + a1 * (1 - a1)",
        MistakeKind.FACTOR,
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
    ),
    (
        "rows",
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
        "d1 = d2 @ W2 * (a1 * (1 - a1))",
        MistakeKind.TRANSPOSE,
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
    ),
    (
        "rows",
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
        "d1 = d2 * W2.T * (a1 * (1 - a1))",
        MistakeKind.PRODUCT,
        "d1 = d2 @ W2.T * (a1 * (1 - a1))",
    ),
    (
        "rows",
        "dW2 = a1.T @ d2",
        "dW2 = a2.T @ d2",
        MistakeKind.OTHER_TENSOR,
        "dW2 = a1.T @ d2",
    ),
    (
        "rows",
        "b2 = b2 - eta * np.sum(d2, axis=0)",
        "b2 = b2 - eta * np.sum(d2, axis=1)",
        MistakeKind.AXIS,
        "b2 = b2 - eta * np.sum(d2, axis=0)",
    ),
    (
        "classes",
        "dnet = where(hid <= 0, 0, dhid)",
        "dnet = where(hid > 0, 0, dhid)",
        MistakeKind.CONDITION,
        "dnet = where(hid > 0, dhid, 0)",
    ),
]


@pytest.mark.parametrize(("name", "right", "wrong", "kind", "mended"), MISTAKES)
def test_the_wrong_line_is_named_with_its_mistake_and_the_right_line(name, right, wrong, kind, mended):
    verdict, (line,) = judged(name, (right, wrong))
    assert [each.line for each in verdict.wrong] == [line]
    found = verdict.wrong[0]
    assert found.mistake is kind
    assert found.sentence
    assert mended in ("", found.right)


@pytest.mark.parametrize("step", ["dW2 / np.max(np.abs(dW2))", "np.sign(dW2)", "np.clip(dW2, -0.1, 0.1)"])
@pytest.mark.parametrize("sign", "+-")
def test_an_update_by_a_step_of_its_own_size_goes_against_the_gradient(step, sign):
    verdict, (line,) = judged("rows", ("W2 = W2 - eta * dW2", f"W2 = W2 {sign} eta * ({step})"))
    assert [each.line for each in verdict.wrong] == [line] * (sign == "+")
    assert [each.mistake for each in verdict.wrong] == [MistakeKind.SIGN] * (sign == "+")


def test_every_line_that_is_wrong_by_itself_is_named_in_the_order_of_lines():
    verdict, lines = judged(
        "rows",
        ("dW2 = a1.T @ d2", "dW2 = a2.T @ d2"),
        ("d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = d2 @ W2.T"),
        ("W3 = W3 - eta * dW3", "W3 = W3 + eta * dW3"),
    )
    assert [each.line for each in verdict.wrong] == sorted(lines)


def test_what_a_line_gives_and_should_give_are_numbers_of_the_pass_itself():
    verdict, _ = judged("rows", ("d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = d2 @ W2.T"))
    text, initial, _ = rows(np.random.default_rng(3))
    tensors = dict(initial)
    for line in text.strip().splitlines():
        name, source = (part.strip() for part in line.split("=", 1))
        if name == "d1":
            break
        tensors[name] = eval(source, {"np": np}, tensors)
    worst = verdict.wrong[0].worst
    given = tensors["d2"] @ tensors["W2"].T
    expected = given * tensors["a1"] * (1 - tensors["a1"])
    assert worst.given == pytest.approx(given[worst.index])
    assert worst.expected == pytest.approx(expected[worst.index])
    assert abs(worst.given - worst.expected) == pytest.approx(np.max(np.abs(given - expected)))


def test_a_wrong_gradient_is_found_at_a_symmetric_start_where_the_script_itself_shows_none():
    text, initial, _ = rows(np.random.default_rng(3))
    initial |= {name: np.zeros_like(initial[name]) for name in ("W1", "W2", "W3")}
    wrong = text.replace("d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = d2 @ W2 * (a1 * (1 - a1))")
    verdict = judge_pass(training_pass(wrong, initial))
    assert [each.equation.name for each in verdict.wrong] == ["d1"]
    assert verdict.wrong[0].worst.given == verdict.wrong[0].worst.expected == 0


def test_a_pass_without_any_loss_is_not_checked_and_not_accused():
    initial = {"w": np.ones(3), "X": np.eye(3), "y": np.array([1.0, 0.0, 1.0])}
    text = """
        o = X @ w
        w = w + 0.1 * np.sign(X.T @ (y - where(o > 0, 1, 0))) * w**3
    """
    verdict = judge_pass(training_pass(text, initial))
    assert verdict.ok
    assert [each.kind for each in verdict.findings] == [FindingKind.NOT_CHECKED]


def test_a_bias_whose_update_stands_in_a_comment_is_named_with_that_line():
    text, initial, _ = columns(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines() if "b1 = b1" not in line]
    source = parse_source(Path("homework.py"), "\n" * 20 + "# b1 -= 1.2 * db1")
    verdict = judge_pass(training_pass("\n".join(lines), initial), source)
    assert [(each.line, each.mistake, each.by) for each in verdict.wrong] == [
        (21, MistakeKind.NEVER_UPDATED, "b1")
    ]


def test_a_bias_whose_update_is_nowhere_is_named_at_the_line_of_its_gradient():
    text, initial, _ = columns(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines() if "b1 = b1" not in line]
    (at,) = [at for at, line in enumerate(lines, 1) if line.startswith("db1 =")]
    verdict = judge_pass(training_pass("\n".join(lines), initial))
    assert [(each.line, each.mistake, each.by) for each in verdict.wrong] == [
        (at, MistakeKind.NEVER_UPDATED, "b1")
    ]


def test_a_bias_that_no_line_gives_a_gradient_may_be_held_on_purpose():
    text, initial, _ = columns(np.random.default_rng(3))
    lines = [
        line.strip() for line in text.strip().splitlines() if "b1 = b1" not in line and "db1" not in line
    ]
    initial["b1"] = initial["b1"] + 0.3
    verdict = judge_pass(training_pass("\n".join(lines), initial))
    assert [(each.kind, each.by) for each in verdict.findings] == [(FindingKind.OTHER_RULE, "b1")]


def test_class_numbers_that_wrap_round_are_named():
    text, initial, _ = classes(np.random.default_rng(3))
    wrong = text.replace("one_hot(lab, 3)", "one_hot(labels - 1, 3)")
    initial["labels"] = initial["lab"].astype(int)
    verdict = judge_pass(training_pass(wrong.replace("p[arange(18), lab]", "p[arange(18), labels]"), initial))
    assert [(each.equation.name, each.mistake) for each in verdict.wrong] == [("dp", MistakeKind.INDEX)]


def test_of_two_losses_that_as_many_parameters_follow_the_one_that_the_script_computes_is_meant():
    random = np.random.default_rng(3)
    initial = {"X": random.normal(0, 1, (4, 2)), "Y": np.array([[0], [1], [1], [0]])}
    initial |= {"W": random.normal(0, 1, (2, 3)), "V": random.normal(0, 1, (3, 1))}
    text = """
        hid = 1 / (1 + np.exp(-(X @ W)))
        out = 1 / (1 + np.exp(-(hid @ V)))
        error = Y - out
        d_out = error * (out * (1 - out))
        d_hid = error @ V.T
        d_net = d_hid * (hid * (1 - hid))
        V = V + hid.T @ d_out * 0.1
        W = W + X.T @ d_net * 0.1
    """
    computed = text + "loss = np.mean(np.square(error))"
    verdict = judge_pass(training_pass("\n".join(line.strip() for line in computed.splitlines()), initial))
    assert [each.equation.name for each in verdict.wrong] == ["d_hid"]
    assert (verdict.meaning.loss.kind, verdict.meaning.loss.equation) == ("half_squared_error", "loss")


def test_a_tensor_that_is_updated_too_early_is_mended_by_no_other_line_but_by_another_order():
    verdict, (line,) = judged(
        "one_sample",
        (
            "delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)",
            "delta_h = delta_o * w_o * (1 - np.tanh(net_h)**2)",
        ),
    )
    (found,) = verdict.wrong
    assert (found.line, found.right) == (line, "")
    assert found.sentence == "w_o is updated before it is used here; compute this before line 8"


SCALARS = """\
from math import exp

W, V = [[0.3, -0.2], [0.4, 0.1]], [0.7, -0.6]
for x, t in [([0.5, 0.9], 1.0), ([0.1, -0.8], 0.0)] * 5:
    h = [1 / (1 + exp(-(w[0] * x[0] + w[1] * x[1]))) for w in W]
    o = 1 / (1 + exp(-(V[0] * h[0] + V[1] * h[1])))
    delta = (t - o) * o * (1 - o)
    for j in range(2):
        d = delta * V[j] * h[j]
        for i in range(2):
            W[j][i] += 0.5 * d * x[i]
    for j in range(2):
        V[j] += 0.5 * delta * h[j]
"""


def test_a_right_line_has_the_name_that_a_loop_counts_and_no_number_of_an_entry(tmp_path):
    path = tmp_path / "scalars.py"
    path.write_text(SCALARS)
    script = open_script(path)
    (found,) = judge_pass(script.iteration(0), script.source).wrong
    assert (found.line, found.mistake) == (9, MistakeKind.SLOPE_WRONG)
    assert "h[0]" in found.sentence
    assert found.right == "d = delta * V[j] * (h[j] * (1 - h[j]))"


def test_another_loss_than_the_computed_one_is_a_finding_and_no_accusation():
    text, initial, _ = columns(np.random.default_rng(3))
    verdict = judge_pass(
        training_pass(text.replace("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)"), initial)
    )
    assert verdict.ok
    (found,) = verdict.findings
    assert (found.kind, found.equation.name) == (FindingKind.OTHER_LOSS, "dZ2")
    assert found.sentence == (
        "the updates follow the gradient of a loss other than cost: half the squared error of A2"
    )


def test_zeros_among_the_data_hide_no_mistake():
    text, initial, _ = one_sample(np.random.default_rng(3))
    wrong = text.replace("np.outer(delta_h, x)", "np.outer(h * delta_h, x)")
    verdict = judge_pass(training_pass(wrong, initial, {"x": np.array([0, 0]), "t": 0}))
    assert [each.equation.name for each in verdict.wrong] == ["W_h"]


def test_a_line_that_no_single_change_mends_is_named_with_the_gradient_that_it_should_give():
    verdict, (line,) = judged("rows", ("d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = (d2 @ W2) * (a1 * a1 + 3)"))
    (found,) = verdict.wrong
    assert (found.line, found.mistake, found.by) == (line, MistakeKind.UNKNOWN, "X @ W1 + b1")
    assert found.worst is not None


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("made", "error", "right", "wrong"),
    [
        (rows, "out - Y", "d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = d2 @ W2 * (a1 * a1 + 3)"),
        (columns, "A2 - Y", "dW1 = (1 / m) * dZ1 @ X.T", "dW1 = (1 / m) * dZ1 @ (X.T * X.T + 3)"),
        (one_sample, "o - t", "delta_o * w_old * (1 - np.tanh(net_h)**2)", "delta_o * w_old * w_old + 1"),
    ],
)
def test_the_right_number_of_a_line_that_is_mended_by_no_change_is_what_the_right_script_has_there(
    made, error, right, wrong, turned
):
    text, initial, feeds = made(np.random.default_rng(3))
    if turned:
        output, target = error.split(" - ")
        text = text.replace(f"= {error}", f"= {target} - {output}").replace(
            f"({error})", f"({target} - {output})"
        )
        text = text.replace("- eta *", "+ eta *").replace("- 1.2 *", "+ 1.2 *")
    there = {"np": np, **initial, **feeds}
    exec("\n".join(line.strip() for line in text.strip().splitlines()), there)
    assert right in text
    (found,) = judge_pass(training_pass(text.replace(right, wrong), initial, feeds)).wrong
    assert found.mistake is MistakeKind.UNKNOWN
    assert found.worst.expected == pytest.approx(there[found.equation.name][found.worst.index], rel=1e-9)


def test_one_line_that_updates_every_parameter_the_wrong_way_is_named_itself():
    text, initial, _ = columns(np.random.default_rng(3))
    training = training_pass(text.replace(" - 1.2 *", " + 1.2 *"), initial)
    equations = [
        replace(each, line=12, written="value = value + rate * gradient")
        if each.name in training.carried
        else each
        for each in training.equations
    ]
    verdict = judge_pass(replace(training, equations=tuple(equations)))
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(12, MistakeKind.SIGN)]


def test_a_missing_slope_is_seen_where_units_of_the_next_layer_are_off():
    text, initial, _ = classes(np.random.default_rng(3))
    initial["c"] = np.full((1, 8), -1.0)
    verdict = judge_pass(
        training_pass(text.replace("where(hid <= 0, 0, dhid)", "dhid * (1 + 0 * hid)"), initial)
    )
    assert [each.mistake for each in verdict.wrong] == [MistakeKind.SLOPE_MISSING]


def test_weights_of_samples_belong_to_the_loss_and_are_no_mistake():
    text, initial, _ = columns(np.random.default_rng(3))
    initial["importance"] = np.random.default_rng(4).uniform(0.5, 3, (1, 24))
    weighted = text.replace("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * importance")
    verdict = judge_pass(training_pass(weighted, initial))
    assert verdict.ok
    assert verdict.meaning.loss.kind == "binary_cross_entropy"
    wrong = weighted.replace("(W2.T @ dZ2) * (1 - A1**2)", "(W2.T @ dZ2) * (1 + A1**2)")
    assert [each.equation.name for each in judge_pass(training_pass(wrong, initial)).wrong] == ["dZ1"]


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("d @ V.T) * (n > 0)", "d @ V.T)", MistakeKind.SLOPE_MISSING),
        ("p -= 0.3 * g", "p += 0.3 * g", MistakeKind.SIGN),
        ("h.T @ d", "3 * h.T @ d", None),
    ],
)
def test_mistakes_in_a_script_with_batch_normalisation_and_dropout_are_named_by_line(
    tmp_path, right, wrong, kind
):
    text = (Path(__file__).parent / "scripts" / "norm_drop.py").read_text("utf-8")
    assert text.count(right) == 1
    path = tmp_path / "norm_drop.py"
    path.write_text(text.replace(right, wrong), "utf-8")
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    line = text[: text.index(right)].count("\n") + 1
    # Three times the gradient of one parameter may be a rate of its own.
    assert [(each.line, each.mistake) for each in verdict.wrong] == ([] if kind is None else [(line, kind)])
    if kind is MistakeKind.SIGN:
        assert verdict.wrong[0].right == right


def test_the_right_line_of_an_update_keeps_its_authors_words_beside_the_sign(tmp_path):
    path = tmp_path / "line.py"
    path.write_text(
        "import numpy as np\n"
        "X, t = np.arange(6.0).reshape(3, 2) - 2, np.array([[1.0], [0.5], [2.0]])\n"
        "W = np.array([[0.1], [-0.2]])\n"
        "for epoch in range(40):\n"
        "    out = X.dot(W)\n"
        "    loss = np.sum((out - t) ** 2)\n"
        "    W += 0.01 * X.T.dot(2 * (out - t))\n"
    )
    (found,) = judge_pass(open_script(path).iteration(0)).wrong
    assert found.right == "W -= 0.01 * X.T.dot(2 * (out - t))"


AUTOGRAD = Path(__file__).parent / "scripts" / "scalar_autograd.py"


def judged_file(path, pause=None):
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source, pause)


def test_a_script_that_differentiates_number_by_number_is_checked_whole():
    verdict = judged_file(AUTOGRAD)
    assert verdict.findings == ()
    assert len(verdict.meaning.gradients) == len(verdict.meaning.parameters) == 16


def test_the_gradient_of_some_of_the_samples_is_not_taken_for_the_whole(tmp_path):
    """Without the mask the last sample's gradient is wrong; that of the two before it is right by chance."""
    path = tmp_path / "homework.py"
    path.write_text(AUTOGRAD.read_text().replace("(made.data > 0) * made.grad", "made.grad"))
    operations = []
    verdict = judged_file(path, operations.append)
    assert verdict.findings
    assert len(verdict.meaning.gradients) < 16
    assert len(operations) < 150_000, "however many numbers are called alike, it is tried for seconds"


def lines_of(name):
    text, initial, feeds = PASSES[name](np.random.default_rng(3))
    return [line.strip() for line in text.strip().splitlines()], initial, feeds


def test_a_gradient_that_a_decay_takes_the_place_of_is_overwritten():
    lines, initial, feeds = lines_of("rows")
    at = lines.index("dW2 = a1.T @ d2") + 1
    lines.insert(at, "dW2 = 0.01 * W2")
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert [(each.line, each.mistake, each.right) for each in verdict.wrong] == [
        (at + 1, MistakeKind.OVERWRITTEN, "dW2 += 0.01 * W2")
    ]


def test_a_parameter_that_gets_its_step_for_its_value_is_overwritten():
    verdict, (line,) = judged("rows", ("W2 = W2 - eta * dW2", "W2 = -eta * dW2"))
    assert [(each.line, each.mistake, each.right) for each in verdict.wrong] == [
        (line, MistakeKind.OVERWRITTEN, "W2 += -eta * dW2")
    ]


@pytest.mark.parametrize(("kept", "wrong"), [("total", False), ("0.9 * total", True)])
def test_a_parameter_may_be_computed_from_the_sum_of_all_its_gradients(kept, wrong):
    """That is a rule of its own; with an average of them it is a step of momentum without its start."""
    lines, initial, feeds = lines_of("rows")
    at = lines.index("W2 = W2 - eta * dW2")
    lines[at : at + 1] = [f"total = {kept} + dW2", "W2 = -eta * total"]
    initial["total"] = np.zeros_like(initial["W2"])
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert [each.mistake for each in verdict.wrong] == [MistakeKind.OVERWRITTEN] * wrong


def test_the_line_below_that_gives_a_parameter_its_step_is_named(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(
        """import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
net = {"W": rng.normal(size=(3, 2))}
velocity = {"W": np.zeros((3, 2))}
for step in range(5):
    velocity["W"] = 0.9 * velocity["W"] - 0.1 * (X.T @ (X @ net["W"] - Y))
    net["W"] = velocity["W"]
"""
    )
    (found,) = judged_file(path).wrong
    assert (found.line, found.right) == (8, 'net["W"] += velocity["W"]')


def test_a_difference_that_no_statement_keeps_is_no_update(tmp_path):
    """Its row comes from outside: the pass has no number that could be a weight."""
    path = tmp_path / "homework.py"
    path.write_text(
        """import numpy as np
rng = np.random.default_rng(0)
E, C = rng.normal(size=(4, 3)), rng.normal(size=(3, 4))
for i in range(4):
    p = np.exp(E[i] @ C) / np.sum(np.exp(E[i] @ C))
    e = p - np.eye(4)[(i + 1) % 4]
    dE = C @ e
    C -= 0.1 * np.outer(E[i], e)
    E[i] - 0.1 * dE
"""
    )
    (found,) = judged_file(path).wrong
    assert (found.line, found.mistake) == (9, MistakeKind.NEVER_UPDATED)
    assert found.right == "E[i] -= 0.1 * dE"


def test_an_entry_beside_the_right_one_is_off_by_one_in_a_script_of_lists(tmp_path):
    right = (Path(__file__).parent / "scripts" / "plain_lists.py").read_text()
    path = tmp_path / "homework.py"
    path.write_text(right.replace("0.7 * slope * h[j]", "0.7 * slope * h[j - 1]"))
    assert path.read_text() != right
    (found,) = judged_file(path).wrong
    line = path.read_text().split("\n")[found.line - 1].strip()
    assert (line, found.mistake) == ("out[j] -= 0.7 * slope * h[j - 1]", MistakeKind.INDEX)


def test_rows_taken_by_a_computed_number_are_a_target_too():
    lines, initial, feeds = lines_of("columns")
    initial |= {"table": np.array([[0.7], [0.1], [0.4]]), "kind": np.arange(24) % 3}
    lines[lines.index("dZ2 = A2 - Y")] = "dZ2 = A2 - table[kind - 1].T"
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    assert verdict.ok
    assert verdict.meaning.loss is not None


LINEAR = """X, T = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], [0, 1, 1, 2]
w = [0.3, -0.2, 0.1]
def times(a, b):
    return a * b
for step in range(5):
    dw = [0.0] * 3
    copies = [[0] * 4 for k in range(3)]
    for i in range(4):
        x, t = X[i], T[i]
        {passed}
        for k in range(3):
            copies[k][i] = x[k]
        e = {output} - t
        for k in range(3):
            dw[k] += e * {factor}
    for k in range(3):
        w[k] -= 0.1 * dw[k]
"""

SUM = "sum(a * b for a, b in zip(w, x))"


@pytest.mark.parametrize(
    ("passed", "output", "factor"),
    [
        ("", SUM, "x[k]"),
        ("", SUM, "copies[k][i]"),
        ("", "sum(w[j] * v for j, v in enumerate(x))", "X[i][k]"),
        ("", "sum(times(b, a) for a, b in zip(w, x))", "x[k]"),
        ("z = [v for v in x]", "sum(a * b for a, b in zip(w, z))", "x[k]"),
        ("z = []; [z.append(v) for v in x]", "w[0] * z[0] + w[1] * z[1] + w[2] * z[2]", "x[k]"),
        ("p = x[0]; q = x[1]", "w[0] * p + w[1] * q + w[2] * x[2]", "x[k]"),
        ("z = [x[2], x[0], x[1]]; z.sort(); z = x", SUM, "z[k]"),
    ],
)
def test_a_whole_number_that_is_passed_on_stays_the_same_input(tmp_path, passed, output, factor):
    path = tmp_path / "homework.py"
    path.write_text(LINEAR.format(passed=passed or "pass", output=output, factor=factor))
    verdict = judged_file(path)
    assert verdict.ok
    assert verdict.is_checked
    assert not verdict.unchecked_parameters


def test_places_of_a_list_that_hold_one_number_are_weights_of_their_own(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(
        """X, y = [[1.0, 2.0], [2.0, 1.0], [-1.0, -2.0], [-2.0, -0.5]], [1, 1, -1, -1]
w = [0.0] * 2
for row, label in zip(X, y):
    error = sum(p * q for p, q in zip(w, row)) - label
    w = [each - 0.1 * error * x for each, x in zip(w, row)]
"""
    )
    verdict = judged_file(path)
    assert verdict.ok
    assert list(verdict.meaning.parameters) == ["w[0]", "w[1]"]


LEARNER = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 4))
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
W1, b1 = rng.normal(size=(4, 6)) * 0.5, np.zeros(6)
W2, b2 = rng.normal(size=(6, 1)) * 0.5, np.zeros(1)
B = rng.normal(size=(1, 6))
V = rng.normal(size=(6, 1))
theta = np.zeros((4, 2))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for step in range(50):
"""

OTHER_RULES = {
    "direct feedback alignment": (
        """
    a1 = np.tanh(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    e = p - Y
    d2 = e * p * (1 - p) / len(X)
    d1 = (e @ B) * (1 - a1 ** 2)
    W2 -= 0.5 * a1.T @ d2
    b2 -= 0.5 * d2.sum(0)
    W1 -= 0.5 * X.T @ d1
    b1 -= 0.5 * d1.sum(0)
""",
        [FindingKind.OTHER_RULE],
    ),
    "two outputs, each with a loss of its own": (
        """
    a1 = np.tanh(X @ W1 + b1)
    p = sigmoid(a1 @ W2 + b2)
    q = a1 @ V
    d2 = (p - Y) / len(X)
    dq = 0.3 * (q - X[:, 2:3]) / len(X)
    d1 = (d2 @ W2.T + dq @ V.T) * (1 - a1 ** 2)
    W2 -= 0.5 * a1.T @ d2
    b2 -= 0.5 * d2.sum(0)
    V -= 0.5 * a1.T @ dq
    W1 -= 0.5 * X.T @ d1
""",
        [FindingKind.OTHER_LOSS],
    ),
    "a reward that is negative": (
        """
    s = X[step % 20]
    z = s @ theta
    p = np.exp(z - z.max())
    p /= p.sum()
    a = rng.choice(2, p=p)
    r = 1.0 if a == Y[step % 20, 0] else -1.0
    g = -p.copy()
    g[a] += 1
    theta += 0.1 * r * np.outer(s, g)
""",
        [],
    ),
    "numerical gradients": (
        """
    for at in range(6):
        before = W2[at, 0]
        W2[at, 0] = before + 1e-5
        above = np.sum((np.tanh(X @ W1 + b1) @ W2 - Y) ** 2)
        W2[at, 0] = before - 1e-5
        below = np.sum((np.tanh(X @ W1 + b1) @ W2 - Y) ** 2)
        W2[at, 0] = before
""",
        [FindingKind.NOT_CHECKED],
    ),
}


@pytest.mark.parametrize("rule", OTHER_RULES)
def test_another_rule_than_the_gradient_is_told_and_not_accused(rule, tmp_path):
    body, kinds = OTHER_RULES[rule]
    path = tmp_path / "homework.py"
    path.write_text(LEARNER + body.lstrip("\n"))
    verdict = judged_file(path)
    assert verdict.ok
    assert [each.kind for each in verdict.findings] == kinds
    assert all(each.sentence for each in verdict.findings)


DIFFERENCE = """import numpy as np
def bowl(v):
    return (v[0] - 1) ** 2 + 3 * v[1] ** 2
def slopes(f, v, h=1e-4):
    found = np.zeros_like(v)
    for k in range(v.size):
        e, kept = np.zeros_like(v), v[k]
        BODY
    return found
w = np.array([-2.0, 3.0])
for step in range(9):
    w -= 0.1 * slopes(bowl, w)
"""

DIFFERENCES = {
    "a cell stored": (
        "v[k] = kept + h; above = f(v); v[k] = kept - h; below = f(v);"
        " found[k] = (above - below) / (2 * h); v[k] = kept"
    ),
    "a cell moved": (
        "v[k] += h; above = f(v); v[k] -= 2 * h; below = f(v);"
        " found[k] = (above - below) / (2 * h); v[k] += h"
    ),
    "a step beside": "e[k] = h; found[k] = (f(v + e) - f(v - e)) / (2 * h)",
}


@pytest.mark.parametrize("way", DIFFERENCES)
def test_where_a_difference_is_taken_no_place_and_no_width_is_a_target(way, tmp_path):
    verdict, _ = judged_text(tmp_path, DIFFERENCE.replace("BODY", DIFFERENCES[way]))
    assert verdict.meaning.loss is None
    assert [each.kind for each in verdict.findings] == [FindingKind.NOT_CHECKED]


LABEL_STORED = """import numpy as np
rng = np.random.default_rng(0)
X, labels, W = rng.normal(size=(3, 3)), [0, 2, 1], rng.normal(size=(3, 4))
for step in range(9):
    dW = np.zeros_like(W)
    for x, t in zip(X, labels):
        p = np.exp(x @ W) / np.exp(x @ W).sum()
        d = p.copy()
        d[t] = p[t] - 1
        dW += np.outer(x, d)
    # check = np.zeros_like(W)
    # check += X.T @ d
    W = W - 0.1 * dW
"""


def test_a_label_that_is_stored_into_the_output_is_a_target_and_a_computation_in_comments_is_none(tmp_path):
    verdict, _ = judged_text(tmp_path, LABEL_STORED)
    assert verdict.ok
    assert verdict.meaning.loss.kind == "cross_entropy"
    verdict, line = judged_text(tmp_path, LABEL_STORED, "p[t] - 1", "p[t] + 1")
    assert [each.line for each in verdict.wrong] == [line]


def test_a_script_whose_loss_is_written_with_logarithms_and_has_a_penalty_gets_no_note():
    verdict = judged_file(AUTOGRAD.with_name("adam_dicts.py"))
    assert verdict.findings == ()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("g.sum(axis=0)", "g.mean(axis=0)"), ("X.T @ g", "X.T @ g / len(X)")],
)
def test_the_rate_and_the_loss_of_a_script_tell_which_of_two_lines_has_another_count(right, wrong, tmp_path):
    path = tmp_path / "homework.py"
    text = """import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
rate = 0.03
for step in range(5):
    g = X @ W + b - Y
    loss = np.sum(g ** 2) / 2
    W -= rate * (X.T @ g)
    b -= rate * g.sum(axis=0)
"""
    path.write_text(text.replace(right, wrong))
    (found,) = judged_file(path).wrong
    assert wrong in path.read_text().split("\n")[found.line - 1]
    assert found.mistake is MistakeKind.COUNT


def test_an_update_that_changes_nothing_is_named_once(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(
        """import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=8)
class Model:
    def __init__(self):
        self.w, self.b = np.zeros(3), np.zeros(1)
    def gradients(self):
        e = X @ self.w + self.b - Y
        self.dw = X.T @ e
        self.db = e.sum(keepdims=True)
    def update(self):
        self.w -= 0.01 * self.dw
        self.b - 0.01 * self.db
model = Model()
for step in range(5):
    model.gradients()
    model.update()
"""
    )
    assert [(each.line, each.right) for each in judged_file(path).wrong] == [(13, "self.b -= 0.01 * self.db")]


def judged_text(tmp_path, text, *change):
    """The verdict on a script with one change, and the number of the changed line."""
    if change:
        assert text.count(change[0]) == 1
        line = text[: text.index(change[0])].count("\n") + 1
        text = text.replace(*change)
    path = tmp_path / "homework.py"
    path.write_text(text)
    return judged_file(path), line if change else 0


SAMPLE_BY_SAMPLE = """
import numpy as np
rng = np.random.default_rng(2)
sizes = [3, 4, 2]
weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
biases = [rng.normal(size=(b, 1)) for b in sizes[1:]]
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))
data = [(rng.normal(size=(3, 1)), rng.uniform(size=(2, 1))) for _ in range(3)]
for epoch in range(5):
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    for x, y in data:
        z1 = weights[0] @ x + biases[0]
        a1 = sigmoid(z1)
        z2 = weights[1] @ a1 + biases[1]
        a2 = sigmoid(z2)
        delta = (a2 - y) * sigmoid_prime(z2)
        before = weights[1].T @ delta * sigmoid_prime(z1)
        nabla_b = [nabla_b[0] + before, nabla_b[1] + delta]
        nabla_w = [nabla_w[0] + before @ x.T, nabla_w[1] + delta @ a1.T]
    weights = [w - (3.0 / len(data)) * g for w, g in zip(weights, nabla_w)]
    biases = [b - (3.0 / len(data)) * g for b, g in zip(biases, nabla_b)]
"""


def test_the_zeros_that_a_sum_of_gradients_begins_with_are_no_target(tmp_path):
    """They would be: the gradients that are added to them are then their own."""
    assert judged_text(tmp_path, SAMPLE_BY_SAMPLE)[0].ok
    verdict, line = judged_text(tmp_path, SAMPLE_BY_SAMPLE, "sigmoid_prime(z2)", "sigmoid_prime(a2)")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SLOPE_PLACE)]


@pytest.mark.parametrize("name", ["w", "b"])
def test_without_a_loss_the_line_that_divides_by_the_count_is_right_and_the_other_wrong(tmp_path, name):
    change = f"[{name} - (3.0 / len(data)) * g", f"[{name} - 3.0 * g"
    verdict, line = judged_text(tmp_path, SAMPLE_BY_SAMPLE, *change)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.COUNT)]


RECURRENT = """
import numpy as np
rng = np.random.default_rng(4)
Wx, Wh, Wy = rng.normal(size=(4, 3)), rng.normal(size=(4, 4)) / 2, rng.normal(size=(3, 4))
by = np.zeros((3, 1))
xs, targets = [rng.normal(size=(3, 1)) for _ in range(3)], [0, 2, 1]
for epoch in range(5):
    hs, ps = {-1: np.zeros((4, 1))}, {}
    loss = 0
    for t in range(3):
        hs[t] = np.tanh(Wx @ xs[t] + Wh @ hs[t - 1])
        y = Wy @ hs[t] + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    dWx, dWh, dWy, dby = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy), np.zeros_like(by)
    dnext = np.zeros((4, 1))
    for t in reversed(range(3)):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWy += dy @ hs[t].T
        dby += dy
        draw = (1 - hs[t] * hs[t]) * (Wy.T @ dy + dnext)
        dWx += draw @ xs[t].T
        dWh += draw @ hs[t - 1].T
        dnext = Wh.T @ draw
    for param, d in zip([Wx, Wh, Wy, by], [dWx, dWh, dWy, dby]):
        np.clip(d, -5, 5, out=d)
        param += -0.1 * d
"""


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("hs[t] * hs[t])", "hs[t] * hs[t - 1])", MistakeKind.INDEX),
        ("(1 - hs[t] * hs[t])", "(1 - hs[t])", MistakeKind.SLOPE_WRONG),
        ("dWh += draw @ hs[t - 1].T", "dWh += draw @ hs[t].T", MistakeKind.INDEX),
        ("dby += dy", "dby = dy", MistakeKind.OVERWRITTEN),
        ("dWx += draw", "dWx = draw", MistakeKind.OVERWRITTEN),
    ],
)
def test_a_mistake_in_a_line_that_is_run_for_every_step_is_named(tmp_path, right, wrong, kind):
    verdict, line = judged_text(tmp_path, RECURRENT, right, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]
    if kind is MistakeKind.OVERWRITTEN:
        name = right.split()[0]
        assert verdict.wrong[0].right.startswith(right)
        assert verdict.wrong[0].sentence == f"{name} is overwritten instead of added to"


TWO_GATES = """
import numpy as np
rng = np.random.default_rng(8)
xs, target = [rng.normal(size=(5, 2)) for _ in range(3)], rng.normal(size=(5, 3))
Wf, Wg = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
for epoch in range(5):
    c, steps = np.ones((5, 3)), []
    for x in xs:
        f = 1 / (1 + np.exp(-(x @ Wf)))
        g = np.tanh(x @ Wg)
        steps.append((x, f, g, c))
        c = f * c + (1 - f) * g
    loss = 0.5 * np.sum((c - target) ** 2)
    dc = c - target
    dWf, dWg = np.zeros_like(Wf), np.zeros_like(Wg)
    for x, f, g, c in reversed(steps):
        df = dc * (c - g) * f * (1 - f)
        dg = dc * (1 - f) * (1 - g ** 2)
        dWf += x.T @ df
        dWg += x.T @ dg
        dc = dc * f
    Wf -= 0.1 * dWf
    Wg -= 0.1 * dWg
"""


def test_a_sum_over_all_steps_that_is_the_gradient_of_another_parameter_is_soon_mended(tmp_path, monkeypatch):
    monkeypatch.setattr("bpstep.gradcheck.script.judged.hypothesis.MAX_SEARCH_WORK", 8_000)
    verdict, line = judged_text(tmp_path, TWO_GATES, "x.T @ dg", "x.T @ df")
    assert [(each.line, each.right) for each in verdict.wrong] == [(line, "dWg += x.T @ dg")]


@pytest.mark.parametrize("most", [0.8, 1.5])
def test_the_rate_beside_gradients_some_of_which_are_clipped_is_no_count(tmp_path, most):
    """The rate is 1 by the number of steps, and the optimiser gives a step of that size to all cells."""
    clipped = f"np.clip(d, -{most}, {most}, out=d)"
    text = RECURRENT.replace("np.clip(d, -5, 5, out=d)", clipped)
    text = text.replace("-0.1 * d", "-(1 / 3 * d / np.sqrt(d * d + 1e-8))")
    assert judged_text(tmp_path, text)[0].ok


NODES = """
import math, random
import numpy as np
from functools import reduce
random.seed(3)

class Edge:
    def __init__(self, start, end):
        self.start, self.end, self.weight = start, end, random.uniform(-1, 1)

class Node:
    def __init__(self):
        self.into, self.out, self.value, self.delta = [], [], 0.0, 0.0
    def forward(self):
        net = reduce(lambda total, edge: total + edge.start.value * edge.weight, self.into, 0)
        self.value = 1 / (1 + math.exp(-net))
    def compare(self, label):
        self.delta = self.value * (1 - self.value) * (label - self.value)
    def backward(self):
        above = reduce(lambda total, edge: total + edge.end.delta * edge.weight, self.out, 0.0)
        self.delta = self.value * (1 - self.value) * above

layers = [[Node() for _ in range(count)] for count in (2, 3, 3)]
for below, above in zip(layers, layers[1:]):
    for start in below:
        for end in above:
            edge = Edge(start, end)
            start.out.append(edge)
            end.into.append(edge)
for epoch in range(5):
    for node, value in zip(layers[0], (0.3, 0.7)):
        node.value = value
    for node in layers[1] + layers[2]:
        node.forward()
    labels = [0.1, 0.9, 0.1]
    for k, node in enumerate(layers[2]):
        node.compare(labels[k])
    for node in layers[1]:
        node.backward()
    for node in layers[0] + layers[1]:
        for edge in node.out:
            edge.weight += 0.3 * edge.end.delta * node.value
"""


@pytest.mark.parametrize("labels", ["[0.1, 0.9, 0.1]", "np.zeros(3); labels[1] = 1"])
def test_the_outputs_that_one_line_compares_in_several_objects_have_one_loss(tmp_path, labels):
    """The names of the objects differ by the way that leads to them."""
    text = NODES.replace("[0.1, 0.9, 0.1]", labels)
    verdict, _ = judged_text(tmp_path, text)
    assert verdict.ok
    assert len(verdict.meaning.loss.outputs) == 3
    verdict, line = judged_text(tmp_path, text, "(1 - self.value) * above", "above")
    assert [each.line for each in verdict.wrong] == [line]


def test_a_mistake_in_a_sum_over_many_steps_is_found_before_all_of_the_lines_above_are_changed(tmp_path):
    text = RECURRENT
    for old, new in [
        ("range(3)", "range(10)"),
        ("[0, 2, 1]", "[0, 2, 1, 1, 0, 2, 2, 1, 0, 1]"),
        ("by = np.zeros((3, 1))", "by, bh = np.zeros((3, 1)), np.zeros((4, 1))"),
        ("Wh @ hs[t - 1])", "Wh @ hs[t - 1] + bh)"),
        ("    dnext = np", "    dbh = np.zeros_like(bh)\n    dnext = np"),
        ("(Wy.T @ dy + dnext)", "dh\n        dbh += draw"),
        ("        draw =", "        dh = Wy.T @ dy + dnext\n        draw ="),
        ("Wy, by], [", "Wy, by, bh], ["),
        ("dWy, dby])", "dWy, dby, dbh])"),
    ]:
        assert old in text
        text = text.replace(old, new)
    assert judged_text(tmp_path, text)[0].ok
    verdict, line = judged_text(tmp_path, text, "dbh += draw", "dbh += dh")
    assert [(each.line, each.right) for each in verdict.wrong] == [(line, "dbh += draw")]


CALLED = """
import numpy as np
rng = np.random.default_rng(8)
def dtanh(y):
    return 1 - y * y
def positive(z):
    return z > 0
X, G, Y = rng.normal(size=(6, 5)), rng.normal(size=(6, 4)), rng.normal(size=(6, 2))
U, W, V = rng.normal(size=(5, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
for epoch in range(5):
    A = X @ U
    R = np.maximum(A, 0)
    C = R @ W
    H = G * np.tanh(C)
    O = np.tanh(H @ V)
    dO = (O - Y) * dtanh(O)
    dH = dO @ V.T
    dC = dH * G * dtanh(np.tanh(C))
    dA = dC @ W.T * positive(A)
    V -= 0.1 * H.T @ dO
    W -= 0.1 * R.T @ dC
    U -= 0.1 * X.T @ dA
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("dtanh(np.tanh(C))", "dtanh(C)"), ("positive(A)", "positive(X[:, :4])")],
)
def test_a_function_is_right_where_another_argument_without_a_name_makes_its_result_right(
    tmp_path, right, wrong
):
    assert judged_text(tmp_path, CALLED)[0].ok
    verdict, line = judged_text(tmp_path, CALLED, right, wrong)
    assert [each.line for each in verdict.wrong] == [line]


PAIRS = """
import numpy as np
rng = np.random.default_rng(9)
W, U = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for epoch in range(5):
    words, near = rng.integers(0, 7, 4), rng.integers(0, 7, 4)
    far = rng.integers(0, 7, (4, 2))
    w, u, v = W[words], U[near], U[far]
    p, q = sigmoid(np.sum(w * u, axis=1)), sigmoid(-np.sum(w[:, None, :] * v, axis=2))
    loss = -np.sum(np.log(p)) - np.sum(np.log(q))
    dw = (p - 1)[:, None] * u
    dw += np.sum((1 - q)[:, :, None] * v, axis=1)
    np.add.at(W, words, -0.1 * dw)
    np.add.at(U, near, -0.1 * (p - 1)[:, None] * w)
    np.add.at(U, far, -0.1 * (1 - q)[:, :, None] * w[:, None, :])
"""


def test_a_table_whose_rows_are_stepped_by_several_lines_is_compared_with_its_gradient(tmp_path):
    verdict, _ = judged_text(tmp_path, PAIRS)
    assert verdict.ok
    assert verdict.is_checked
    verdict, line = judged_text(tmp_path, PAIRS, "dw += ", "dw = ")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.OVERWRITTEN)]


SUMMED_LOSS = """
import numpy as np
rng = np.random.default_rng(10)
X, labels = rng.normal(size=(6, 4)), [0, 2, 1, 1, 0, 2]
W, b = rng.normal(size=(4, 3)), np.zeros(3)
loss = 0.0
for x, label in zip(X, labels):
    z = np.exp(x @ W + b)
    p = z / np.sum(z)
    loss -= np.log(p[label])
    d = p.copy()
    d[label] -= 1
    W -= 0.1 * np.outer(x, d)
    b -= 0.1 * d
"""


def test_a_loss_that_is_subtracted_from_a_sum_is_compared_with_the_updates(tmp_path):
    assert not judged_text(tmp_path, SUMMED_LOSS)[0].findings
    verdict, line = judged_text(tmp_path, SUMMED_LOSS, "d[label]", "d[label - 1]")
    assert [(each.kind, each.line) for each in verdict.findings] == [(FindingKind.WRONG, line)]


LAST_STEP = """
import numpy as np
rng = np.random.default_rng(11)
X, Y = rng.normal(size=(4, 5, 2)), rng.normal(size=(5, 3))
U, R, V = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)) / 2, rng.normal(size=(4, 3))
for epoch in range(5):
    h = [np.zeros((5, 4))]
    for t in range(4):
        h.append(np.tanh(X[t] @ U + h[-1] @ R))
    dO = h[-1] @ V - Y
    dV, dU, dR = h[-1].T @ dO, np.zeros_like(U), np.zeros_like(R)
    dlast = dO @ V.T
    carry = dlast
    for t in reversed(range(4)):
        dz = carry * (1 - h[t + 1] ** 2)
        dU += X[t].T @ dz
        dR += h[t].T @ dz
        carry = dz @ R.T
    U -= 0.1 * dU
    R -= 0.1 * dR
    V -= 0.1 * dV
"""


def test_what_a_line_reads_in_every_run_is_wrong_there_and_not_where_its_first_value_is_copied(tmp_path):
    assert judged_text(tmp_path, LAST_STEP)[0].ok
    verdict, line = judged_text(tmp_path, LAST_STEP, "carry = dz @ R.T", "carry = carry @ R.T")
    assert [(each.line, each.right) for each in verdict.wrong] == [(line, "carry = dz @ R.T")]


KEPT_SUM = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
gW, gb = np.zeros((3, 2)), np.zeros(2)
for epoch in range(5):
    for x, y in zip(X, Y):
        o = np.tanh(x @ W + b)
        d = (o - y) * (1 - o**2)
        gW += np.outer(x, d)
        gb += d
    W -= 0.1 * gW
    b -= 0.1 * gb
    gW.fill(0)
    gb *= 0
"""


@pytest.mark.parametrize(("name", "reset"), [("gW", "gW.fill(0)"), ("gb", "gb *= 0")])
def test_a_sum_of_gradients_that_is_never_set_back_is_told_as_that(tmp_path, name, reset):
    assert judged_text(tmp_path, KEPT_SUM)[0].ok
    verdict, _ = judged_text(tmp_path, KEPT_SUM.replace(reset, "pass"))
    sentence = f"{name} still holds the sum of the last iteration: set it to 0 before adding to it"
    (found,) = verdict.wrong
    assert found.sentence == sentence
    assert KEPT_SUM.splitlines()[found.line - 1].strip().startswith(f"{name} +=")


def test_a_gradient_that_is_added_to_its_sum_after_the_loop_is_told_as_the_last_sample_alone(tmp_path):
    verdict, line = judged_text(tmp_path, KEPT_SUM, "        gb += d\n    W", "    gb += d\n    W")
    told = [(each.line, each.mistake, each.sentence) for each in verdict.wrong]
    assert told == [(line, MistakeKind.SUM, "only the last sample is counted")]


UNEVEN = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
V, c = rng.normal(size=(2, 2)), np.zeros(2)
for epoch in range(5):
    gW, gV, gb, gc = np.zeros((3, 2)), np.zeros((2, 2)), 0, 0
    for x, y in zip(X, Y):
        h = np.tanh(x @ W + b)
        d = h @ V + c - y
        e = V @ d * (1 - h**2)
        gV += np.outer(h, d)
        gW += np.outer(x, e)
        gc, gb = gc + d, gb + e
    W -= 0.1 * gW
    V -= 0.1 * gV
    b -= 0.1 * gb
    c -= 0.1 * gc
"""


def with_updates_inside(names):
    """The script with the updates of some parameters one indent deeper."""
    lines = UNEVEN.splitlines()
    updates = {each[4]: each for each in lines[15:]}
    inside = [f"    {updates[name]}" for name in names]
    return "\n".join([*lines[:15], *inside, *(updates[name] for name in updates if name not in names), ""])


@pytest.mark.parametrize(
    ("moved", "name", "told"),
    [
        ("c", "c", "a pass updates c more often than V, 4 to 1: both lines belong in one loop"),
        ("W", "W", "a pass updates W more often than b, 4 to 1: both lines belong in one loop"),
        ("WVb", "c", "a pass updates c less often than V, 1 to 4: both lines belong in one loop"),
    ],
)
def test_a_bias_that_is_updated_in_another_loop_than_its_weights_is_named(moved, name, told, tmp_path):
    assert judged_text(tmp_path, UNEVEN)[0].is_right
    verdict, _ = judged_text(tmp_path, with_updates_inside(moved))
    found = [(each.equation.written[0], each.sentence) for each in verdict.wrong]
    assert found == [(name, told)]


def test_weights_that_are_updated_row_by_row_are_not_updated_more_often_than_their_bias(tmp_path):
    step = "        W -= 0.1 * gW\n"
    rows = "        W[0] -= 0.1 * gW[0]\n        W[1:] -= 0.1 * gW[1:]\n"
    verdict, _ = judged_text(tmp_path, with_updates_inside("WVb"), step, rows)
    assert [each.by for each in verdict.wrong] == ["c"]


NEXT_CLASS = """
import numpy as np
rng = np.random.default_rng(1)
given = rng.integers(0, 7, 15)
wanted = (given * 3 + 1) % 7
C, W = rng.normal(size=(7, 4)), rng.normal(size=(4, 7))
total = 0
for step in range(9):
    h = C[given]
    e = np.exp(h @ W)
    p = e / e.sum(axis=1, keepdims=True)
    total -= np.log(p[np.arange(15), wanted]).mean()
    d = p.copy()
    d[np.arange(15), wanted] -= 1
    d /= 15
    dC = np.zeros_like(C)
    np.add.at(dC, given, d @ W.T)
    dW = h.T @ d
    C -= 0.5 * dC
    W -= 0.5 * dW
"""


def test_labels_other_than_those_of_the_scripts_loss_are_named(tmp_path):
    text = NEXT_CLASS.replace("total", "loss")
    assert judged_text(tmp_path, text)[0].findings == ()
    verdict, line = judged_text(tmp_path, text, "d[np.arange(15), wanted]", "d[np.arange(15), given]")
    sentence = "loss is the cross entropy of p against other labels than those here"
    assert [(each.line, each.sentence) for each in verdict.findings] == [(line, sentence)]


EACH_SAMPLE = """
import numpy as np
X = np.random.default_rng(0).normal(size=(6, 3))
W = np.zeros((3, 2))
for epoch in range(9):
    dW, loss = np.zeros((3, 2)), 0.0
    for x, t in zip(X, [0, 1, 0, 1, 1, 0]):
        e = np.exp(x @ W)
        p = e / e.sum()
        loss -= np.log(p[t])
        d = p.copy()
        d[t] -= 1
        dW += np.outer(x, d)
    W -= 0.1 * dW
"""


def test_sums_over_some_samples_are_no_losses_with_labels_to_compare(monkeypatch, tmp_path):
    seen, plain = [], study.differentiate
    monkeypatch.setattr(study, "differentiate", lambda *given: seen.append(given[1]) or plain(*given))
    assert judged_text(tmp_path, EACH_SAMPLE)[0].findings == ()
    assert len([outputs for outputs in seen if len(outputs) == 1]) < 5


DENSE_LAYERS = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
class Dense:
    def __init__(self, rows, columns):
        self.w, self.b = rng.normal(size=(rows, columns)), np.zeros(columns)
        self.dw, self.db = np.zeros((rows, columns)), np.zeros(columns)
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, g):
        self.dw += self.x.T @ g
        self.db += g.sum(axis=0)
        return g @ self.w.T
one, two = Dense(3, 4), Dense(4, 2)
for epoch in range(9):
    h = np.tanh(one.forward(X))
    o = two.forward(h)
    one.backward(two.backward(o - Y) * (1 - h**2))
    for each in (one, two):
        each.w -= 0.01 * each.dw
        each.b -= 0.01 * each.db
        each.dw[:] = 0
        each.db[:] = 0
"""


@pytest.mark.parametrize(("name", "line"), [("dw", 13), ("db", 14)])
def test_gradients_of_layers_that_are_never_set_back_are_told_as_that(tmp_path, name, line):
    assert judged_text(tmp_path, DENSE_LAYERS)[0].ok
    verdict, _ = judged_text(tmp_path, DENSE_LAYERS.replace(f"each.{name}[:] = 0", "pass"))
    sentence = f"self.{name} still holds the sum of the last iteration: set it to 0 before adding to it"
    assert [(each.line, each.sentence) for each in verdict.wrong] == [(line, sentence)]


def test_a_sum_of_all_gradients_beside_the_gradient_itself_is_not_accused(tmp_path):
    text = DENSE_LAYERS.replace("each.dw[:] = 0", "pass")
    text = text.replace("        self.dw +=", "        self.g = g\n        self.dw +=")
    step = "0.01 * (each.x.T @ each.g + 0.1 * each.dw)"
    assert judged_text(tmp_path, text.replace("0.01 * each.dw", step))[0].ok


DEEP = """
import numpy as np
rng = np.random.default_rng(6)
X, Y = rng.normal(size=(3, 7)), rng.integers(0, 2, (1, 7))
Ws = [rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), rng.normal(size=(1, 5))]
for epoch in range(5):
    A, kept = X, []
    for W in Ws:
        kept.append(A)
        A = 1 / (1 + np.exp(-(W @ A)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / 7
    dZ = A - Y
    for k in (2, 1, 0):
        step = dZ @ kept[k].T / 7
        before = Ws[k].T @ dZ
        Ws[k] = Ws[k] - 0.1 * step
        dZ = before * kept[k] * (1 - kept[k])
"""


def test_a_count_too_many_in_a_line_that_is_run_for_two_layers_is_one_mistake(tmp_path):
    verdict, line = judged_text(tmp_path, DEEP, "Ws[k].T @ dZ", "Ws[k].T @ dZ / 7")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.COUNT)]


def test_a_division_by_the_count_that_is_nowhere_is_noted_and_is_no_mistake_by_itself(tmp_path):
    verdict, _ = judged_text(tmp_path, DEEP, "kept[k].T / 7", "kept[k].T")
    assert verdict.ok
    (found,) = verdict.findings
    assert (found.kind, found.equation.name) == (FindingKind.OTHER_SCALE, "dZ:12")
    assert (
        found.sentence
        == "the gradients are 7 times those of cost: no line divides by 7, the number of samples"
    )


ADAM = """
import numpy as np
rng = np.random.default_rng(5)
x = np.linspace(-2, 2, 9).reshape(-1, 1)
t = np.sin(2 * x)
W, b = rng.normal(size=(1, 1)), np.zeros(1)
mW, vW, mb, vb = np.zeros_like(W), np.zeros_like(W), np.zeros_like(b), np.zeros_like(b)
def adam(p, g, m, v, k):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    p = p - 0.01 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    return p, m, v
for k in range(1, 9):
    e = x @ W + b - t
    loss = (e**2).mean()
    W, mW, vW = adam(W, x.T @ (2 * e / 9), mW, vW, k)
    b, mb, vb = adam(b, (2 * e / 9).sum(axis=0), mb, vb, k)
"""


def test_the_averages_of_adam_are_no_parameters_also_where_they_are_single_numbers(tmp_path):
    verdict, _ = judged_text(tmp_path, ADAM)
    assert verdict.findings == ()
    assert verdict.meaning.parameters == ("W", "b")


def test_an_update_in_a_comment_is_named_where_no_line_updates_anything(tmp_path):
    verdict, line = judged_text(tmp_path, ADAM, "    p = p -", "    # p = p -")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.NEVER_UPDATED)]
    assert verdict.wrong[0].right.startswith("p = p - 0.01")


ERROR_ADDED = """
import numpy as np
rng = np.random.default_rng(5)
x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
params = [rng.normal(size=(3, 2)), np.zeros(2)]
cache = [np.zeros_like(p) for p in params]
for step in range(6):
    error = t - (x @ params[0] + params[1])
    grads = [x.T @ error, error.sum(axis=0)]
    for i in range(2):
        cache[i] = 0.9 * cache[i] + 0.1 * grads[i] ** 2
        params[i] += 0.01 * grads[i] / (np.sqrt(cache[i]) + 1e-7)
"""


def test_the_direction_of_an_optimiser_s_step_is_that_of_the_parameter(tmp_path):
    """The error is minus the gradient here: what adds it goes down, what subtracts it goes up."""
    verdict, _ = judged_text(tmp_path, ERROR_ADDED)
    assert verdict.ok
    assert len(verdict.meaning.gradients) == 2
    verdict, _ = judged_text(tmp_path, ERROR_ADDED, "params[i] += 0.01", "params[i] -= 0.01")
    (found,) = verdict.wrong
    assert (found.mistake, found.sentence) == (MistakeKind.SIGN, "the difference is the other way round")
    assert found.equation.name == "error"


GATHERED = """
import numpy as np
rng = np.random.default_rng(3)
class Dense:
    def __init__(self, a, b):
        self.weight, self.bias = rng.normal(size=(a, b)), np.zeros(b)
        self.grads = {"weight": np.zeros((a, b)), "bias": np.zeros(b)}
    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias
    def backward(self, g):
        self.grads["weight"] += self.x.T @ g
        self.grads["bias"] += g.sum(axis=0)
        return g @ self.weight.T
layers = [Dense(3, 4), Dense(4, 2)]
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
for epoch in range(5):
    for layer in layers:
        for name in layer.grads:
            layer.grads[name][:] = 0
    h = np.tanh(layers[0].forward(X))
    g = (layers[1].forward(h) - Y) / 6
    g = layers[1].backward(g) * (1 - h**2)
    layers[0].backward(g)
    # total += 0.5 * np.sum(g**2)
    for layer in layers:
        for name in layer.grads:
            getattr(layer, name)[:] -= 0.1 * layer.grads[name]
"""


def test_a_gradient_in_a_comment_is_named_where_the_parameter_stays_as_it_was(tmp_path):
    """Another comment beside the loop, a sum that nothing needs, is none."""
    assert judged_text(tmp_path, GATHERED)[0].ok
    right = 'self.grads["bias"] += g'
    verdict, line = judged_text(tmp_path, GATHERED, right, f"# {right}")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.NEVER_UPDATED)]


UNROLLED = """import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(4, 3, 1)), rng.normal(size=(4, 2, 1))
U, V, R = rng.normal(size=(5, 3)), rng.normal(size=(2, 5)), rng.normal(size=(5, 5)) * 0.3
for epoch in range(5):
    h, out = {-1: np.zeros((5, 1))}, {}
    for t in range(4):
        h[t] = np.tanh(U @ X[t] + R @ h[t - 1])
        out[t] = V @ h[t]
    dU, dV, dR = np.zeros_like(U), np.zeros_like(V), np.zeros_like(R)
    back = np.zeros_like(h[0])
    for t in reversed(range(4)):
        d = out[t] - Y[t]
        dV += d @ h[t].T
        dh = V.T @ d + back
        dz = dh * (1 - h[t] ** 2)
        dU += dz @ X[t].T
        dR += dz @ h[t - 1].T
        back = R.T @ dz
    U -= 0.01 * dU
    V -= 0.01 * dV
    R -= 0.01 * dR
"""


def test_a_gradient_that_is_not_carried_on_through_time_is_named_where_it_is_added(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(UNROLLED)
    assert judged_file(path).ok
    path.write_text(UNROLLED.replace("        back = R.T @ dz\n", ""))
    verdict = judged_file(path)
    (found,) = verdict.wrong
    assert (found.line, found.mistake) == (15, MistakeKind.TERM)
    assert found.sentence.startswith("back is 0 each time")
    assert verdict.wrong_parameters == ("U", "R")


def test_the_loss_of_the_first_step_alone_is_not_what_sums_over_all_steps_follow(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(UNROLLED.replace("        back = R.T @ dz\n", ""))
    assert len(judged_file(path).meaning.loss.outputs) == 4


RAISED = """
import numpy as np
rng = np.random.default_rng(8)
X, y, w = rng.normal(size=(6, 2)), rng.normal(size=6), rng.normal(size=2)
for epoch in range(5):
    out = np.tanh(X @ w)
    score = np.sum(y * out**3)
    w += 0.1 * X.T @ (3 * y * out**2 * (1 - out**2))
"""

FOLLOWED = """
def f(point):
    x, y = point
    return x**2 + y**2
def slopes(point, h=1e-7):
    found = []
    for i in range(len(point)):
        above, below = list(point), list(point)
        above[i] += h
        below[i] -= h
        found.append((f(above) - f(below)) / (2 * h))
    return found
point, lr = [4.0, 3.0], 0.1
for step in range(9):
    point = [p - lr * g for p, g in zip(point, slopes(point))]
    loss = f(point)
"""


@pytest.mark.parametrize("text", [RAISED, FOLLOWED], ids=["score", "rate"])
def test_a_score_that_is_raised_and_a_loss_after_the_update_are_no_mistakes(tmp_path, text):
    """The loss of the new point depends on the rate, which is no weight."""
    assert judged_text(tmp_path, text)[0].ok


REWARDED = """
import numpy as np
rng = np.random.default_rng(9)
theta = np.zeros(3)
for step in range(6):
    probs = np.exp(theta) / np.sum(np.exp(theta))
    action, reward = int(rng.integers(3)), float(rng.random())
    advantage = reward - 2.0
    chosen = np.zeros(3)
    chosen[action] = 1.0
    theta += 0.1 * advantage * (chosen - probs)
"""


def test_a_negative_number_computed_from_a_reward_is_no_wrong_sign(tmp_path):
    assert judged_text(tmp_path, REWARDED)[0].ok


OTHER_SHAPES = """
import numpy as np
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
params = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 1)), "b2": np.zeros(1)}
for step in range(9):
    a1 = np.tanh(X @ params["W1"] + params["b1"])
    dz2 = a1 @ params["W2"] + params["b2"] - Y
    dz1 = dz2 @ params["W2"].T * (1 - a1 ** 2)
    db1 = dz1.sum(axis=0)
    db2 = dz2.sum(axis=0)
    dW1 = X.T @ dz1
    params["W2"] = params["W2"] - 0.01 * a1.T @ dz2
    params["W1"] = params["W1"] - 0.01 * dW1
    params["b1"] = params["b1"] - 0.01 * db1
    params["b2"] = params["b2"] - 0.01 * db2
"""


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("dW1 = X.T @ dz1", "dW1 = X.T @ dz2", MistakeKind.OTHER_TENSOR),
        ('    params["b2"] = params', '    # params["b2"] = params', MistakeKind.NEVER_UPDATED),
    ],
)
def test_a_tensor_of_another_shape_and_a_key_in_a_comment_are_seen(right, wrong, kind, tmp_path):
    """What is called alike but for its number may have another shape, where the result is spread out."""
    verdict, line = judged_text(tmp_path, OTHER_SHAPES, right, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]


def test_of_one_gradient_that_is_subtracted_the_difference_is_turned(tmp_path):
    """Where a single update subtracts, as updates do, the gradient itself has the wrong sign."""
    text = """
import numpy as np
rng = np.random.default_rng(1)
X, y, theta = rng.normal(size=(9, 2)), rng.normal(size=9), np.zeros(2)
for step in range(9):
    gradient = 2 / 9 * X.T @ (X @ theta - y)
    theta = theta - 0.1 * gradient
"""
    verdict, line = judged_text(tmp_path, text, "(X @ theta - y)", "(y - X @ theta)")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SIGN)]


def test_a_slope_that_is_missing_where_a_sum_gets_the_name_of_a_delta_is_named_there(tmp_path):
    text = """
import math
w, u = [[0.1, -0.4], [0.3, 0.2]], [0.5, -0.6]
samples = [([1.0, -2.0], 0.3), ([0.5, 1.5], -0.7)]
for x, t in samples:
    h = [math.tanh(w[0][j] * x[0] + w[1][j] * x[1]) for j in range(2)]
    d = u[0] * h[0] + u[1] * h[1] - t
    delta = [0.0, 0.0]
    for j in range(2):
        e = 0.0
        e += d * u[j]
        delta[j] = e * (1 - h[j] ** 2)
    for j in range(2):
        u[j] -= 0.1 * d * h[j]
        for i in range(2):
            w[i][j] -= 0.1 * delta[j] * x[i]
"""
    assert judged_text(tmp_path, text)[0].ok
    verdict, line = judged_text(tmp_path, text, "e * (1 - h[j] ** 2)", "e")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SLOPE_MISSING)]


def test_the_same_mistake_in_two_lines_that_give_cells_of_one_array_is_named_in_both():
    text = """
        h0 = 1 / (1 + np.exp(-u * x))
        h1 = 1 / (1 + np.exp(-w * x))
        o = 1 / (1 + np.exp(-(v[0] * h0 + v[1] * h1)))
        d = o - t
        g0 = d * h0
        g1 = d * h1
        u = u - 0.5 * d * o * (1 - o) * v[0] * h0 * (1 - h0) * x
        w = w - 0.5 * d * o * (1 - o) * v[1] * h1 * (1 - h1) * x
        v = where(arange(2) == 0, v[0] - 0.5 * g0, v)
        v = where(arange(2) == 1, v[1] - 0.5 * g1, v)
    """
    initial = {"u": 0.3, "w": -0.4, "v": np.array([0.5, 0.9])}
    verdict = judge_pass(training_pass(text, initial, {"x": 0.7, "t": 0.2}))
    assert [each.right for each in verdict.wrong] == [
        "g0 = d * h0 * (o * (1 - o))",
        "g1 = d * h1 * (o * (1 - o))",
    ]


def test_a_mistake_in_a_line_that_reads_what_another_wrong_line_gives_is_named_beside_it():
    text, initial, feeds = rows(np.random.default_rng(3))
    text = text.replace("X @ W1 + b1", "X @ W1").replace("b1 = b1 - eta * np.sum(d1, axis=0)", "")
    text = text.replace("d1 = d2 @ W2.T * (a1 * (1 - a1))", "d1 = d2 @ W2.T * (a1 * (1 - a2))")
    text = text.replace("dW1 = X.T @ d1", "dW1 = X.T @ np.tanh(d1)")
    lines = [line.strip() for line in text.strip().splitlines()]
    verdict = judge_pass(training_pass("\n".join(lines), initial, feeds))
    rights = [each.right for each in verdict.wrong]
    assert rights == ["d1 = d2 @ W2.T * (a1 * (1 - a1))", "dW1 = X.T @ d1"]


def test_a_derivative_that_is_missing_within_a_matrix_product_is_put_where_it_belongs():
    text, initial, feeds = rows(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    at = lines.index("d1 = d2 @ W2.T * (a1 * (1 - a1))")
    lines[at : at + 2] = ["dW1 = X.T @ (d2 @ W2.T)", "d1 = d2 @ W2.T * (a1 * (1 - a1))"]
    (finding,) = judge_pass(training_pass("\n".join(lines), initial, feeds)).wrong
    assert (finding.line, finding.mistake) == (at + 1, MistakeKind.SLOPE_MISSING)
    assert finding.right == "dW1 = X.T @ (d2 @ W2.T * (a1 * (1 - a1)))"


def test_a_single_number_of_the_data_may_be_what_a_line_should_read():
    text = """
        h = np.tanh(w * x + b)
        o = v * h + c
        d = o - t
        dv = d * h
        dh = d * v * (1 - h**2)
        dw = dh * w
        w = w - 0.1 * dw
        b = b - 0.1 * dh
        v = v - 0.1 * dv
        c = c - 0.1 * d
    """
    initial = {"w": 0.3, "b": 0.1, "v": 0.8, "c": -0.2}
    (finding,) = judge_pass(training_pass(text, initial, {"x": 0.7, "t": 0.2})).wrong
    assert (finding.equation.name, finding.sentence) == ("dw", "it reads w instead of x")
    assert finding.right == "dw = dh * x"


def test_of_two_losses_the_one_is_meant_under_which_fewer_lines_are_wrong_for_a_reason():
    """Without the slope of y the bias follows the cross entropy; the script computes a squared error."""
    text = """
        h = 1 / (1 + np.exp(-(x * w1 + b1)))
        y = 1 / (1 + np.exp(-(h * w2 + b2)))
        E = y - t
        loss = E * E
        gy = 2 * E
        gh = gy * w2
        dw2 = gy * (y * (1 - y)) * w2 * 0.1
        dw1 = gh * (h * (1 - h)) * x * 0.1
        db2 = gy * (y * (1 - y)) * 0.1
        db1 = gh * (h * (1 - h)) * 0.1
        b1 = b1 - db1
        b2 = b2 - db2
        w1 = w1 - dw1
        w2 = w2 - dw2
    """
    initial = {"w1": 0.3, "b1": 0.1, "w2": 0.8, "b2": -0.2}
    verdict = judge_pass(training_pass(text, initial, {"x": 0.7, "t": 0.2}))
    assert (verdict.meaning.loss.kind, verdict.meaning.loss.equation) == ("half_squared_error", "loss")
    assert [each.right for each in verdict.wrong] == [
        "gh = gy * w2 * (y * (1 - y))",
        "dw2 = gy * (y * (1 - y)) * h * 0.1",
    ]


LSTM = """
import numpy as np
rng = np.random.default_rng(1)
xs, ys = rng.normal(size=(2, 2, 1)), rng.normal(size=(2, 2, 1))
W = {k: rng.normal(size=(3, 5)) * 0.4 for k in "ifgo"}
V = rng.normal(size=(2, 3))
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
for step in range(9):
    i, f, g, o, h, c, u = {}, {}, {}, {}, {-1: np.zeros((3, 1))}, {-1: np.zeros((3, 1))}, {}
    for t in range(2):
        u[t] = np.vstack((h[t - 1], xs[t]))
        i[t], f[t] = sigmoid(W["i"] @ u[t]), sigmoid(W["f"] @ u[t])
        g[t], o[t] = np.tanh(W["g"] @ u[t]), sigmoid(W["o"] @ u[t])
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
    G, dV = {k: np.zeros_like(w) for k, w in W.items()}, np.zeros_like(V)
    dh_next, dc_next = np.zeros((3, 1)), np.zeros((3, 1))
    for t in (1, 0):
        d = V @ h[t] - ys[t]
        dV += d @ h[t].T
        dh = V.T @ d + dh_next
        do = dh * np.tanh(c[t]) * o[t] * (1 - o[t])
        dc = dc_next + dh * o[t] * (1 - np.tanh(c[t]) ** 2)
        dg = dc * i[t] * (1 - g[t] ** 2)
        di = dc * g[t] * i[t] * (1 - i[t])
        df = dc * c[t - 1] * f[t] * (1 - f[t])
        for k, each in zip("ifgo", (di, df, dg, do)):
            G[k] += each @ u[t].T
        dh_next = sum(W[k].T @ each for k, each in zip("ifgo", (di, df, dg, do)))[:3]
        dc_next = f[t] * dc
    V -= 0.05 * dV
    for k in W:
        W[k] -= 0.05 * G[k]
"""


def test_a_slope_of_a_cell_that_is_missing_in_a_long_memory_is_named(tmp_path):
    """The line reads another tensor of its step, and is run for every step with the slope of that step."""
    assert judged_text(tmp_path, LSTM)[0].ok
    verdict, line = judged_text(tmp_path, LSTM, "dh * o[t] * (1 - np.tanh(c[t]) ** 2)", "dh * o[t]")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SLOPE_MISSING)]


NEURONS = """
import math
class Neuron:
    def __init__(self, weights):
        self.weights, self.bias = weights, 0.1
    def forward(self, inputs):
        self.inputs = inputs
        self.output = math.tanh(sum(w * x for w, x in zip(self.weights, inputs)) + self.bias)
        return self.output
hidden = [Neuron([0.1, -0.4]), Neuron([0.3, 0.2])]
out = [Neuron([0.5, -0.6]), Neuron([-0.2, 0.7])]
for inputs, targets in [([1.0, -2.0], [0.3, 0.2]), ([0.5, 1.5], [-0.7, 0.1])]:
    values = [neuron.forward(inputs) for neuron in hidden]
    for neuron, target in zip(out, targets):
        neuron.delta = (neuron.forward(values) - target) * (1 - neuron.output ** 2)
    for h, neuron in enumerate(hidden):
        error = sum(each.delta * each.weights[h] for each in out)
        neuron.delta = error * (1 - neuron.output ** 2)
    for neuron in [*out, *hidden]:
        for i in range(2):
            neuron.weights[i] -= 0.1 * neuron.delta * neuron.inputs[i]
        neuron.bias -= 0.1 * neuron.delta
"""


def test_an_index_off_by_one_is_seen_where_what_is_read_is_called_otherwise_every_time(tmp_path):
    assert judged_text(tmp_path, NEURONS)[0].ok
    verdict, line = judged_text(tmp_path, NEURONS, "neuron.inputs[i]", "neuron.inputs[i - 1]")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.INDEX)]


@pytest.mark.parametrize(
    ("loop", "cell"),
    [("for i in range(2):", "neuron.inputs[i]"), ("for i, cell in enumerate(neuron.inputs):", "cell")],
)
def test_whole_numbers_that_a_loop_takes_from_a_list_are_those_that_an_index_picks(loop, cell, tmp_path):
    text = NEURONS.replace("[1.0, -2.0]", "[0, 0]").replace("[0.3, 0.2])", "[0, 1])")
    text = text.replace("for i in range(2):", loop).replace("neuron.inputs[i]", cell)
    assert judged_text(tmp_path, text)[0].ok


PLAIN_LISTS = """
import math
import random
random.seed(5)
data = [([0, 1, 1], [0, 1, 0]), ([1, 0, 1], [1, 0, 0]), ([1, 1, 0], [0, 0, 1])]
W = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(3)]
V = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
c = [0.0 for _ in range(3)]
def soft(v):
    top = max(v)
    e = [math.exp(a - top) for a in v]
    return [a / sum(e) for a in e]
for epoch in range(9):
    loss = 0.0
    for x, target in data:
        hid = []
        for j in range(4):
            hid.append(math.tanh(sum(x[i] * W[i][j] for i in range(3))))
        out = soft([sum(hid[j] * V[j][k] for j in range(4)) + c[k] for k in range(3)])
        loss -= sum(t * math.log(o) for t, o in zip(target, out))
        d_out = [o - t for o, t in zip(out, target)]
        d_hid = []
        for j in range(4):
            back = 0.0
            for k in range(3):
                back += d_out[k] * V[j][k]
            d_hid.append(back * (1 - hid[j] ** 2))
        for j in range(4):
            for k in range(3):
                V[j][k] -= 0.1 * d_out[k] * hid[j]
        for k in range(3):
            c[k] -= 0.1 * d_out[k]
        for i in range(3):
            for j in range(4):
                W[i][j] -= 0.1 * d_hid[j] * x[i]
"""


def test_the_entries_of_a_one_hot_list_are_one_target_and_a_sum_that_begins_with_0_is_none(tmp_path):
    verdict = judged_text(tmp_path, PLAIN_LISTS)[0]
    assert verdict.ok
    assert verdict.meaning.loss.kind == "cross_entropy"
    two = (
        PLAIN_LISTS.replace("[0, 1, 0]", "[0, 1]")
        .replace("[1, 0, 0]", "[1, 0]")
        .replace("[0, 0, 1]", "[0, 1]")
    )
    verdict = judged_text(tmp_path, two.replace("range(3)", "range(2)").replace("x[i]", "x[i + 1]"))[0]
    assert verdict.ok
    assert verdict.meaning.loss.kind == "cross_entropy"


@pytest.mark.parametrize(
    ("right", "wrong", "kind"),
    [
        ("[o - t for", "[o + t for", MistakeKind.SIGN),
        ("d_out[k] * hid[j]", "d_out[k] * hid[j - 1]", MistakeKind.INDEX),
    ],
)
def test_a_mistake_in_lists_of_numbers_is_found_though_its_line_runs_many_times(right, wrong, kind, tmp_path):
    verdict, line = judged_text(tmp_path, PLAIN_LISTS, right, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]


BY_ATTRIBUTES = """
import numpy as np
rng = np.random.default_rng(1)
class Model:
    def __init__(self):
        self.W = np.zeros(3)
        self.bias = 0
        self.rate = 0.1
    def fit(self, X, y):
        for step in range(9):
            error = X @ self.W + self.bias - y
            db = error.mean()
            self.W = self.W - self.rate * X.T @ error / len(y)
            self.bias = self.bias - self.rate * db
Model().fit(rng.normal(size=(20, 3)), rng.normal(size=20))
"""


def test_an_update_of_an_attribute_in_a_comment_is_named_and_that_of_a_rate_is_not(tmp_path):
    change = ("            self.bias = self", "            # self.bias = self")
    verdict, line = judged_text(tmp_path, BY_ATTRIBUTES, *change)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.NEVER_UPDATED)]
    change = ("            db =", "            # self.rate = self.rate - 0.001 * step\n            db =")
    assert judged_text(tmp_path, BY_ATTRIBUTES, *change)[0].ok


POOLED = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(8, 6, 2))
X[:, 2:] = 0
t = rng.normal(size=(8, 1))
W, b, V = rng.normal(size=(2, 3)), np.full((1, 3), 0.5), rng.normal(size=(3, 1))
for epoch in range(9):
    H = np.maximum(X @ W + b, 0)
    P = H.max(axis=1, keepdims=True)
    e = P[:, 0] @ V - t
    dV = P[:, 0].T @ e
    mask = H == P
    dH = (e @ V.T)[:, None] * mask
    dZ = dH * (H > 0)
    dW = np.tensordot(X, dZ, axes=([0, 1], [0, 1]))
    db = dZ.sum(axis=(0, 1)).reshape(1, 3)
    W -= 0.01 * dW
    b -= 0.01 * db
    V -= 0.01 * dV
"""


def test_a_whole_gradient_to_each_of_several_equal_maxima_is_named_where_a_parameter_moves_them_all(tmp_path):
    whole = "dH = (e @ V.T)[:, None] * mask"
    verdict, line = judged_text(tmp_path, POOLED, whole, whole)
    assert [(each.line, each.mistake, each.by) for each in verdict.wrong] == [(line, MistakeKind.TIE, "b")]
    assert verdict.wrong_parameters == ("b",)
    assert judged_text(tmp_path, POOLED, whole, f"{whole} / mask.sum(axis=1, keepdims=True)")[0].ok


def test_only_zeros_that_relu_makes_may_each_get_the_whole_gradient(tmp_path):
    text = POOLED.replace("X[:, 2:] = 0\n", "").replace("0.5)", "-2.0)")
    assert judged_text(tmp_path, text)[0].ok
    verdict, line = judged_text(tmp_path, text, "dH = (", "dH = -(")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, MistakeKind.SIGN)]


LOGISTIC = """
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(12, 3))
y = (X[:, 0] > 0).astype(float)
w = np.zeros(3)
b = 0
m, n = X.shape
for step in range(5):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    dw = X.T @ (p - y) / m + 0.01 * w
    db = np.sum(p - y) / m
    w -= 0.5 * dw
    b -= 0.5 * db
"""


@pytest.mark.parametrize(
    ("line", "wrong", "sentence", "right"),
    [
        ("b -= 0.5 * db", "db -= 0.5 * db", "b is never updated: this line updates db with its gradient", ""),
        ("db = np.sum(p - y) / m", "db = np.sum(p) / m", "the term -y is missing", ""),
        ("db = np.sum(p - y) / m", "db = np.sum(p - y) / n", "it is divided by n instead of m", ""),
        (
            "dw = X.T @ (p - y) / m + 0.01 * w",
            "dw = X.T @ (p - y) / m - 0.01 * w",
            "the penalty on w has the wrong sign: each step makes the weights larger, not smaller",
            None,
        ),
        ("dw = X.T @ (p - y) / m + 0.01 * w", "dw = X.T @ (p * y) / m + 0.01 * w", None, None),
    ],
)
def test_a_bias_that_begins_as_a_whole_number_and_a_penalised_weight_are_checked(
    tmp_path, line, wrong, sentence, right
):
    assert judged_text(tmp_path, LOGISTIC)[0].ok
    verdict, at = judged_text(tmp_path, LOGISTIC, line, wrong)
    (found,) = verdict.wrong
    assert found.line == at
    assert sentence is None or found.sentence == sentence
    assert right is None or found.right.replace(" ", "") == (right or line).replace(" ", "")


BANDIT = """
import numpy as np

rng = np.random.default_rng(1)
theta, bias = np.zeros((4, 3)), np.zeros(3)
baseline = 0.0
for episode in range(5):
    s = np.zeros(4)
    s[rng.integers(4)] = 1.0
    pi = np.exp(s @ theta + bias)
    pi = pi / pi.sum()
    arm = 1
    reward = float(rng.random() < 0.0)
    advantage = reward - baseline
    loss = -advantage * np.log(pi[arm])
    d = pi.copy()
    d[arm] -= 1
    d *= advantage
    theta -= 0.2 * np.outer(s, d)
    bias -= 0.2 * d
    baseline += 0.05 * (reward - baseline)
"""


def test_a_reward_of_nothing_hides_no_step(tmp_path):
    assert judged_text(tmp_path, BANDIT)[0].ok
    verdict, at = judged_text(tmp_path, BANDIT, "np.outer(s, d)", "np.outer(s, pi)")
    (found,) = verdict.wrong
    assert (found.line, found.mistake) == (at, MistakeKind.OTHER_TENSOR)


TIED = """
import numpy as np

rng = np.random.default_rng(5)
x = rng.random((6, 4))
W, c = rng.normal(size=(4, 2)), np.zeros(4)
back = W.T
for step in range(5):
    h = np.tanh(x @ W)
    z = h @ back + c
    d = (z - x) / 6
    dh = d @ W * (1 - h**2)
    dW = x.T @ dh + d.T @ h
    W -= 0.1 * dW
    c -= 0.1 * d.sum(axis=0)
"""


def test_a_transpose_that_shares_memory_with_a_weight_is_that_weight(tmp_path):
    assert judged_text(tmp_path, TIED)[0].ok
    verdict, at = judged_text(tmp_path, TIED, "x.T @ dh + d.T @ h", "x.T @ dh")
    (found,) = verdict.wrong
    assert (found.line, found.mistake) == (at, MistakeKind.TERM)


DROPOUT = """
import numpy as np

rng = np.random.default_rng(2)
x, t = rng.random((1, 5)), rng.random((1, 3))
U, V = rng.normal(size=(5, 4)), rng.normal(size=(4, 3))
def slope(h):
    return h > 0
for step in range(5):
    h = np.maximum(x @ U, 0)
    mask = rng.integers(2, size=h.shape)
    h *= mask * 2
    o = h @ V
    error = np.sum((o - t) ** 2)
    do = o - t
    dh = do.dot(V.T) * slope(h)
    dh *= mask * 2
    V -= 0.05 * h.T.dot(do)
    U -= 0.05 * x.T.dot(dh)
"""


@pytest.mark.parametrize(
    ("line", "wrong", "mistake"),
    [
        ("dh *= mask * 2", "dh *= mask", MistakeKind.FACTOR),
        ("dh = do.dot(V.T) * slope(h)", "dh = do.dot(V.T)", MistakeKind.SLOPE_MISSING),
    ],
)
def test_what_a_line_of_the_gradient_lacks_is_told_there_and_not_at_the_update(
    tmp_path, line, wrong, mistake
):
    assert judged_text(tmp_path, DROPOUT)[0].ok
    verdict, at = judged_text(tmp_path, DROPOUT, line, wrong)
    (found,) = verdict.wrong
    assert found.line == at
    assert found.mistake is mistake


STACKS = """
import numpy as np

rng = np.random.default_rng(3)
x, t = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 2))
A, B, C = rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
for step in range(5):
    q, k, v = x @ A, x @ B, x @ C
    e = np.exp(q @ k.transpose(0, 2, 1) / 2)
    p = e / e.sum(axis=-1, keepdims=True)
    o = (p @ v).mean(axis=1)
    loss = ((o - t) ** 2).sum()
    do = np.repeat((2 * (o - t))[:, None, :], 4, axis=1) / 4
    dp = do @ v.transpose(0, 2, 1)
    dv = p.transpose(0, 2, 1) @ do
    ds = p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / 2
    A -= 0.1 * np.einsum("nti,ntj->ij", x, ds @ k)
    B -= 0.1 * np.einsum("nti,ntj->ij", x, ds.transpose(0, 2, 1) @ q)
    C -= 0.1 * np.einsum("nti,ntj->ij", x, dv)
"""


@pytest.mark.parametrize(
    ("part", "wrong", "sentence"),
    [
        ("p.transpose(0, 2, 1) @ do", "p @ do", "p is not transposed"),
        ("(dp * p).sum(axis=-1", "(dp * p).sum(axis=1", "it is taken along axis 1 instead of axis 2"),
    ],
)
def test_a_stack_that_is_not_transposed_and_its_third_axis_are_told(tmp_path, part, wrong, sentence):
    assert judged_text(tmp_path, STACKS)[0].ok
    verdict, at = judged_text(tmp_path, STACKS, part, wrong)
    (found,) = verdict.wrong
    assert (found.line, found.sentence) == (at, sentence)


RADIAL = """
import numpy as np

rng = np.random.default_rng(8)
X, y = rng.uniform(-1, 1, 6), rng.uniform(-1, 1, 6)
w, c, b = rng.normal(size=3), np.array([-0.5, 0.0, 0.5]), 0.0
for epoch in range(3):
    for i in range(6):
        a = np.exp(-((X[i] - c) ** 2))
        e = a @ w + b - y[i]
        gw = a * e
        gc = e * w * a * 2 * (X[i] - c)
        w = w - 0.05 * gw
        c = c - 0.05 * gc
        b = b - 0.05 * e
"""


def test_a_bias_to_which_its_own_error_is_added_is_trained_by_the_inner_loop(tmp_path):
    verdict, _ = judged_text(tmp_path, RADIAL)
    assert verdict.ok
    assert verdict.meaning.parameters == ("c", "w", "b")
    assert len(verdict.equations) < 10
    verdict, at = judged_text(tmp_path, RADIAL, "b = b - 0.05 * e", "b = -0.05 * e")
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(at, MistakeKind.OVERWRITTEN)]


SQUARED = """
import numpy as np

rng = np.random.default_rng(6)
x, y = rng.normal(size=(5, 3)), rng.random((5, 1))
U, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(5):
    h = 1 / (1 + np.exp(-x @ U))
    o = 1 / (1 + np.exp(-h @ V))
    loss = np.sum((y - o) ** 2)
    dV = h.T @ (2 * (y - o) * o * (1 - o))
    dU = x.T @ ((2 * (y - o) * o * (1 - o)) @ V.T * h * (1 - h))
    U += dU
    V += dV
"""


def test_a_derivative_of_the_output_that_is_given_the_net_input_is_called_wrongly(tmp_path):
    called = "def slope(a):\n    return a * (1 - a)\n\nfor step"
    text = SQUARED.replace("for step", called).replace("V.T * h * (1 - h)", "V.T * slope(h)")
    assert judged_text(tmp_path, text)[0].ok
    verdict, at = judged_text(tmp_path, text, "slope(h)", "slope(x @ U)")
    assert [each.line for each in verdict.wrong] == [at]


@pytest.mark.parametrize("line", ["dV = h.T @ (2 * (y - o) * o * (1 - o))", "dU = x.T @ ((2 * (y - o)"])
def test_the_slope_of_an_output_is_missing_where_another_line_has_it(tmp_path, line):
    assert judged_text(tmp_path, SQUARED)[0].ok
    changed = line.replace(" * o * (1 - o)", "")
    full = f"{line} * o * (1 - o)" if changed == line else line
    verdict, at = judged_text(tmp_path, SQUARED, full, changed)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(at, MistakeKind.SLOPE_MISSING)]


LAYERS = """
import numpy as np

class Dense:
    def __init__(self, a, b):
        self.W = np.random.randn(b, a)
    def forward(self, x):
        self.x = x
        return self.W @ x
    def backward(self, grad):
        gradient = grad @ self.x.T
        passed = self.W.T @ grad
        self.W -= 0.1 * gradient
        return passed

class Activation:
    def __init__(self, function, prime):
        self.function, self.prime = function, prime
    def forward(self, x):
        self.x = x
        return self.function(x)
    def backward(self, grad):
        return grad * self.prime(self.x)

def tanh(x):
    return np.tanh(x)
def tanh_prime(x):
    return 1 - np.tanh(x) ** 2
def soft(x):
    return 1 / (1 + np.exp(-x))
def soft_prime(x):
    return soft(x) * (1 - soft(x))

np.random.seed(4)
x, y = np.random.rand(3, 1), np.random.rand(2, 1)
net = [Dense(3, 4), Activation(tanh, tanh_prime), Dense(4, 3), Activation(soft, soft_prime), Dense(3, 2)]
for step in range(5):
    out = x
    for layer in net:
        out = layer.forward(out)
    grad = out - y
    for layer in reversed(net):
        grad = layer.backward(grad)
"""


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("return 1 - np.tanh(x) ** 2", "return 1 - x**2"),
        ("return grad * self.prime(self.x)", "return grad"),
    ],
)
def test_a_layer_is_told_where_all_need_it_and_a_derivative_where_one_does(tmp_path, line, wrong):
    assert judged_text(tmp_path, LAYERS)[0].ok
    verdict, at = judged_text(tmp_path, LAYERS, line, wrong)
    assert {each.line for each in verdict.wrong} == {at}


GATED = """
import numpy as np

rng = np.random.default_rng(9)
xs, gates, t = rng.normal(size=(3, 2)), rng.random((3, 3)), rng.normal(size=2)
W, U, V = rng.normal(size=(3, 2)), rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
for step in range(3):
    h, kept = np.full(3, 0.5), []
    for x, r in zip(xs, gates):
        g = np.tanh(W @ x + U @ (r * h))
        kept.append((x, h, r, g))
        h = g
    d = V @ h - t
    dh = V.T @ d
    dV = np.outer(d, h)
    dW, dU = np.zeros((3, 2)), np.zeros((3, 3))
    for x, h, r, g in reversed(kept):
        dz = dh * (1 - g**2)
        dW += np.outer(dz, x)
        dU += np.outer(dz, r * h)
        dh = U.T @ dz * r
    W -= 0.1 * dW
    U -= 0.1 * dU
    V -= 0.1 * dV
"""


@pytest.mark.parametrize(
    ("line", "wrong", "mistake"),
    [
        ("dU += np.outer(dz, r * h)", "dU += np.outer(dz, h)", MistakeKind.FACTOR),
        ("dW += np.outer(dz, x)", "dW = np.outer(dz, x)", MistakeKind.OVERWRITTEN),
    ],
)
def test_what_the_forward_pass_multiplies_with_and_what_a_loop_adds_to_are_told(
    tmp_path, line, wrong, mistake
):
    assert judged_text(tmp_path, GATED)[0].ok
    verdict, at = judged_text(tmp_path, GATED, line, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(at, mistake)]


AVERAGED = """
import numpy as np

rng = np.random.default_rng(3)
X, y = rng.normal(size=(8, 3)), rng.random((8, 1))
W, b = rng.normal(size=(3, 1)), np.zeros((1, 1))
vW, vb = np.zeros((3, 1)), np.zeros((1, 1))
for step in range(5):
    e = X @ W + b - y
    dW = X.T @ e / 8 + 0.1 * W
    db = np.sum(e, axis=0, keepdims=True) / 8
    vW = 0.9 * vW + 0.1 * dW
    vb = 0.9 * vb + 0.1 * db
    W = W - 0.5 * vW
    b = b - 0.5 * vb
"""

PENALISED = """
import numpy as np

rng = np.random.default_rng(3)
X, y = rng.normal(size=(8, 3)), rng.random(8)
w, b = rng.normal(size=3), 0.0
for step in range(5):
    e = X @ w + b - y
    dw = X.T @ e / 8 + 0.1 * w
    db = e.mean()
    w = w - 0.5 * dw
    b = b - 0.5 * db
"""


@pytest.mark.parametrize(
    ("text", "line", "wrong", "mistake"),
    [
        (AVERAGED, "vb = 0.9 * vb + 0.1 * db", "vb = 0.9 * vb + 0.1 * vb", MistakeKind.OTHER_TENSOR),
        (PENALISED, "w = w - 0.5 * dw", "w = -0.5 * dw", MistakeKind.OVERWRITTEN),
        (PENALISED, "X.T @ e / 8 + 0.1 * w", "X.T @ e / 8 + 0.1", MistakeKind.TERM),
    ],
)
def test_an_average_of_itself_a_weight_of_a_penalty_alone_and_a_penalty_without_it_are_told(
    tmp_path, text, line, wrong, mistake
):
    assert judged_text(tmp_path, text)[0].ok
    verdict, at = judged_text(tmp_path, text, line, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(at, mistake)]


LISTS = """
import numpy as np

rng = np.random.default_rng(6)
sizes = [3, 5, 4, 2]
bias = [rng.normal(size=n) for n in sizes[1:]]
weights = [rng.normal(size=(m, n)) / 2 for n, m in zip(sizes[:-1], sizes[1:])]
data = [(rng.normal(size=3), rng.random(2)) for _ in range(8)]
for x, y in data:
    acts = [x]
    for w, b in zip(weights, bias):
        acts.append(1 / (1 + np.exp(-(w @ acts[-1] + b))))
    gb, gw = [0, 0, 0], [0, 0, 0]
    d = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
    gb[-1] = d
    gw[-1] = np.outer(d, acts[-2])
    for back in range(2, 4):
        d = (weights[1 - back].T @ d) * acts[-back] * (1 - acts[-back])
        gb[-back] = d
        gw[-back] = np.outer(d, acts[-back - 1])
    bias = [b - 0.7 * g for b, g in zip(bias, gb)]
    weights = [w - 0.7 * g for w, g in zip(weights, gw)]
"""


def test_of_two_lines_that_differ_by_a_factor_the_one_that_most_parameters_agree_with_is_right(tmp_path):
    line = "gw[-back] = np.outer(d, acts[-back - 1])"
    assert judged_text(tmp_path, LISTS)[0].ok
    verdict, at = judged_text(tmp_path, LISTS, line, line.replace("np", "3 * np"))
    (found,) = verdict.wrong
    assert (found.line, found.mistake, found.right) == (at, MistakeKind.FACTOR, line)


@pytest.mark.parametrize(
    "lines",
    [
        "x = np.arange(3.0)\nfor i in range(5):\n    o = W * x\n    d = o - 1\n    W -= 0.1 * d * x\n",
        "for i in range(5):\n    x = np.arange(3.0)\n    o = W * x\n    d = o - 1\n    W -= 0.1 * d * x\n",
        "def back(x, d):\n    return d * x\nfor i in range(5):\n    d = W * np.arange(3.0) - 1\n"
        "    W -= 0.1 * back(np.arange(3.0), d)\n",
    ],
)
def test_a_target_that_is_a_plain_number_is_found_where_a_loss_of_other_values_explains_nothing(
    lines, tmp_path
):
    assert judged_text(tmp_path, "import numpy as np\nW = np.ones(3)\n" + lines)[0].ok


UNITS = """
import math, random

random.seed(2)
X, T = [[0.2, -0.4], [0.7, 0.3]], [[0.1, 0.9], [0.6, 0.3]]
W = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(2)]
V = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(2)]
rate = 0.1
for epoch in range(5):
    for x, t in zip(X, T):
        h = [math.tanh(sum(w * a for w, a in zip(row, x))) for row in W]
        y = [sum(v * a for v, a in zip(row, h)) for row in V]
        dy = [a - b for a, b in zip(y, t)]
        errors = []
        for j in range(2):
            error = 0.0
            for k in range(2):
                error += dy[k] * V[k][j]
            errors.append(error)
        dz = [errors[j] * (1 - h[j] ** 2) for j in range(2)]
        for k in range(2):
            for j in range(2):
                V[k][j] -= rate * dy[k] * h[j]
        for j in range(2):
            for i in range(2):
                W[j][i] -= rate * dz[j] * x[i]
"""

STORED_SUMS = UNITS.replace(
    """        errors = []
        for j in range(2):
            error = 0.0
            for k in range(2):
                error += dy[k] * V[k][j]
            errors.append(error)
""",
    """        errors = [0.0] * 2
        for j in range(2):
            for k in range(2):
                errors[j] += dy[k] * V[k][j]
""",
)

OBSERVED_CELLS = """
import numpy as np

rng = np.random.default_rng(3)
M, O = rng.normal(size=(4, 3)), (rng.random((4, 3)) < 0.7) + 0.0
A, B = rng.normal(size=(4, 2)), rng.normal(size=(2, 3))
for step in range(5):
    dL = 2 / np.sum(O) * ((A @ B - M) * O)
    dA = dL @ B.T
    dB = A.T @ dL
    A = A - 0.1 * dA
    B = B - 0.1 * dB
"""


@pytest.mark.parametrize(
    ("text", "right", "wrong", "mistake"),
    [
        (UNITS, "error += dy", "error = dy", MistakeKind.OVERWRITTEN),
        (UNITS, "dy[k] * V[k][j]\n", "dy[k]\n", MistakeKind.FACTOR),
        (STORED_SUMS, "errors[j] * (1 - h[j] ** 2) for", "errors[j] for", MistakeKind.SLOPE_MISSING),
        (OBSERVED_CELLS, "A @ B - M", "M - A @ B", MistakeKind.SIGN),
    ],
)
def test_the_wrong_line_is_named_and_not_a_right_one_that_reads_it(tmp_path, text, right, wrong, mistake):
    verdict, line = judged_text(tmp_path, text, right, wrong)
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, mistake)]


UNITS_OFF = """
import math, random

random.seed(1)
X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
W = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)]
V = [random.uniform(-1, 1) for _ in range(3)]
for epoch in range(5):
    Z = [[sum(a * W[i][j] for i, a in enumerate(x)) for j in range(3)] for x in X]
    A = [[z if z > 0 else 0 for z in row] for row in Z]
    D = [1 / (1 + math.exp(-sum(a * v for a, v in zip(row, V)))) - y for row, y in zip(A, Y)]
    B = [[d * v if z > 0 else 0 for v, z in zip(V, row)] for d, row in zip(D, Z)]
    for i in range(2):
        for j in range(3):
            W[i][j] -= 0.5 * sum(x[i] * b[j] for x, b in zip(X, B))
    for j in range(3):
        V[j] -= 0.5 * sum(a[j] * d for a, d in zip(A, D))
"""


def test_the_slopes_of_units_that_are_off_stay_0(tmp_path):
    assert judged_text(tmp_path, UNITS_OFF)[0].ok


OWN_RATE = """
import numpy as np

rng = np.random.default_rng(5)
X, T = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
w, v = np.zeros_like(W), np.zeros_like(V)
for step in range(5):
    H = np.tanh(X @ W)
    P = H @ V
    loss = 0.5 * np.mean(np.sum((P - T) ** 2, axis=1))
    dP = (P - T) / len(X)
    dW, dV = X.T @ (dP @ V.T * (1 - H ** 2)), H.T @ dP
    w = 0.9 * w + dW
    W -= 0.05 * w
    v = 0.9 * v + dV
    V -= 0.05 * v * 2
"""


@pytest.mark.parametrize(("factor", "is_right"), [(2, True), (12, False)])
def test_a_rate_of_its_own_may_be_a_count_but_not_that_of_the_samples(tmp_path, factor, is_right):
    assert judged_text(tmp_path, OWN_RATE.replace("v * 2", f"v * {factor}"))[0].ok is is_right


KEPT_OUTPUTS = """
import math, random

random.seed(2)
rows = [([0.2, -0.4], 0.9), ([0.7, 0.3], 0.2)]
hidden = [{"w": [random.uniform(-1, 1) for _ in range(2)]} for _ in range(2)]
last = {"w": [random.uniform(-1, 1) for _ in range(2)]}
def net(w, x):
    total = 0.0
    for i in range(2):
        total += w[i] * x[i]
    return total
def sigmoid(z):
    return 1 / (1 + math.exp(-z))
def slope(out):
    return out * (1 - out)
for epoch in range(5):
    for x, t in rows:
        for unit in hidden:
            unit["out"] = sigmoid(net(unit["w"], x))
        outs = [unit["out"] for unit in hidden]
        last["out"] = sigmoid(net(last["w"], outs))
        last["delta"] = (last["out"] - t) * slope(last["out"])
        for j in range(2):
            hidden[j]["delta"] = last["delta"] * last["w"][j] * slope(hidden[j]["out"])
        for j in range(2):
            last["w"][j] -= 0.1 * last["delta"] * outs[j]
        for unit in hidden:
            for i in range(2):
                unit["w"][i] -= 0.1 * unit["delta"] * x[i]
"""


def test_a_slope_that_needs_what_no_caller_has_is_wrong_and_not_its_call(tmp_path):
    verdict, line = judged_text(
        tmp_path, KEPT_OUTPUTS, "return out * (1 - out)", "return sigmoid(out) * (1 - sigmoid(out))"
    )
    assert {each.line for each in verdict.wrong} == {line}
