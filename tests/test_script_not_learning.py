"""Where every line is right and a network still does not learn, the check says why."""

import numpy as np
import pytest

from bpstep.gradcheck.script.finding import FindingKind
from bpstep.gradcheck.script.judge import judge_pass
from tests.script_passes import columns, training_pass

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
    (note,) = judge_pass(training_pass("\n".join(undivided), initial)).findings
    assert note.kind is FindingKind.OTHER_SCALE
    assert "24 times" in note.sentence
