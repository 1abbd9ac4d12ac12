"""A gradient of another shape than its parameter's is named, though NumPy spreads it over the parameter."""

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.program.program import Phase
from bpstep.script.meaning.meaning import find_meaning
from bpstep.script.opening import open_script
from tests.script_passes import columns, rows, training_pass


def changed_pass(make, *changes):
    text, initial, feeds = make(np.random.default_rng(3))
    lines = [line.strip() for line in text.strip().splitlines()]
    for right, wrong in changes:
        lines[lines.index(right)] = wrong
    return training_pass("\n".join(lines), initial, feeds)


@pytest.mark.parametrize(
    ("make", "right", "wrong", "kind", "sentence"),
    [
        (
            columns,
            "dW2 = (1 / m) * dZ2 @ A1.T",
            "dW2 = (1 / m) * dZ2 @ A2.T",
            MistakeKind.OTHER_TENSOR,
            "dW2 is 1×1, but W2 is 1×5: it reads A2 instead of A1",
        ),
        (
            columns,
            "b1 = b1 - 1.2 * db1",
            "b1 = b1 - 1.2 * dZ1",
            MistakeKind.OTHER_TENSOR,
            "dZ1 is 5×24, but b1 is 5×1: it reads dZ1 instead of db1",
        ),
        (
            rows,
            "b3 = b3 - eta * np.sum(d3, axis=0)",
            "b3 = b3 - eta * d3",
            MistakeKind.SUM,
            "d3 is 5×1, but b3 is (1,): the sum over the samples is missing",
        ),
        (
            columns,
            "db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)",
            "db1 = (1 / m) * np.sum(dZ1)",
            MistakeKind.AXIS,
            "db1 is one number, but b1 is 5×1: the sum is taken over everything instead of along axis 1",
        ),
    ],
)
def test_the_line_that_gives_the_other_shape_is_named_with_both_shapes_and_the_mistake(
    make, right, wrong, kind, sentence
):
    verdict = judge_pass(changed_pass(make, (right, wrong)))
    (finding,) = verdict.wrong
    assert (finding.equation.written, finding.mistake, finding.sentence) == (wrong, kind, sentence)
    assert finding.right
    assert judge_pass(changed_pass(make, (right, finding.right))).ok, "the line as it is offered is right"


def test_a_shape_that_no_single_change_explains_is_named_all_the_same():
    right, wrong = "dW2 = (1 / m) * dZ2 @ A1.T", "dW2 = np.sum(np.cos(A2 * dZ2)) * np.sum(np.exp(A1 * dZ2))"
    verdict = judge_pass(changed_pass(columns, (right, wrong)))
    (finding,) = verdict.wrong
    assert (finding.equation.name, finding.mistake) == ("dW2", MistakeKind.SHAPE)
    assert finding.sentence == "dW2 is one number, but W2 is 1×5"
    assert not finding.right
    assert all(each.kind is FindingKind.WRONG for each in verdict.findings)


def test_the_phases_are_found_though_a_gradient_has_another_shape():
    iteration = changed_pass(columns, ("dW2 = (1 / m) * dZ2 @ A1.T", "dW2 = (1 / m) * dZ2 @ A2.T"))
    meaning = find_meaning(iteration)
    phases = {equation.name: each.phase for equation, each in zip(iteration.equations, meaning.equations)}
    assert phases["dZ2"] is phases["dW2"] is phases["dZ1"] is Phase.BACKWARD


GROWING = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 1))
W, b, V, c = rng.normal(size=(3, 4)), 0, rng.normal(size=(4, 1)), 0.0
for epoch in range(20):
    h = np.tanh(X @ W + b)
    d = h @ V + c - Y
    dh = d @ V.T * (1 - h**2)
    V = V - 0.1 * h.T @ d
    c = c - 0.1 * np.sum(d, axis=0)
    W = W - 0.1 * X.T @ dh
    b = b - 0.1 * np.sum(dh, axis=0, keepdims=True)
"""


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (("", ""), []),
        (("b = b - 0.1 * np.sum(dh, axis=0, keepdims=True)", "b = b - 0.1 * dh"), ["b = b - 0.1 * dh"]),
        (("c = c - 0.1 * np.sum(d, axis=0)", "c = c - 0.1 * d"), ["c = c - 0.1 * d"]),
    ],
)
def test_a_bias_of_0_may_get_its_size_by_the_first_update_but_not_a_row_for_each_sample(
    tmp_path, change, wrong
):
    path = tmp_path / "homework.py"
    path.write_text(GROWING.replace(*change))
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    assert [each.equation.written for each in verdict.wrong] == wrong
    assert set(verdict.meaning.parameters) == {"W", "b", "V", "c"}
