"""What the numbers of a wrong equation show by themselves: a sign, a factor, a constant, or nothing."""

import numpy as np
import pytest

from bpstep.gradcheck.ratios import ratio_mistake

RIGHT = np.array([0.5, -2.0, 3.0, 0.0])
SAMPLES = "the number of samples"


def told(given, right=RIGHT, *counts):
    """The sentence; `counts` are the samples that the equation's text has, and all that there are."""
    mistake = ratio_mistake(np.asarray(given, float), np.asarray(right, float), *(counts or [(5,)]))
    return "" if mistake is None else mistake.sentence


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (-RIGHT, "wrong sign"),
        (5 * RIGHT, f"it is multiplied by 5, {SAMPLES}"),
        (-5 * RIGHT, f"it is multiplied by 5, {SAMPLES}, and the sign is wrong"),
        (RIGHT / 5, f"it is divided by 5, {SAMPLES}"),
        (-RIGHT / 5, f"it is divided by 5, {SAMPLES}, and the sign is wrong"),
        (2 * RIGHT, "2 times what it should be"),
        (1.25 * RIGHT, "1.25 times what it should be"),
        ([0.5, -2.0, 3.0, 0.1], ""),
        ([0.6, -2.0, 3.0, 0.0], ""),
        ([0.5, -2.0, 3.1, 0.0], ""),
        ([7, 7, 7, 7], "it is 7 everywhere"),
        ([0, 0, 0, 0], "it is 0 everywhere"),
        ([np.nan, 1, 2, 3], ""),
        ([np.inf, 1, 2, 3], ""),
        ([], ""),
    ],
)
def test_a_factor_that_all_cells_share_is_told(given, said):
    assert told(given, RIGHT[: len(given)]) == said


def test_a_factor_and_a_wrong_sign_are_told_together():
    text = told(-3 * RIGHT)
    assert text.startswith("3 times")
    assert text != told(3 * RIGHT)


@pytest.mark.parametrize(
    ("given", "right", "said"),
    [
        ([10.0], [1.0], "10 times what it should be"),
        ([11.0], [1.0], ""),  # one number is any number's multiple
        ([0.1], [1.0], "1/10 of what it should be"),
        ([1.0], [11.0], ""),
        ([1.25], [1.0], ""),
        ([-1.0], [1.0], "wrong sign"),
        ([0.0], [1.0], "it is 0 everywhere"),
        ([11.0, 22.0], [1.0, 2.0], "11 times what it should be"),
        ([2.0, 2.0], [1.0, 1.0], "it is 2 everywhere"),
        ([1.0, 2.0], [0.0, 0.0], ""),
        ([np.pi, 1.0], [np.pi, np.nan], ""),
    ],
)
def test_of_a_single_number_only_a_plain_factor_is_told(given, right, said):
    assert told(given, right) == said


def test_a_batch_of_one_sample_explains_no_factor():
    assert told(3 * RIGHT, RIGHT, (1, 3)) == f"it is multiplied by 3, {SAMPLES}"
    assert told(2 * RIGHT, RIGHT, (1,)) == "2 times what it should be"


def test_a_number_of_samples_that_no_text_has_is_no_reason():
    def unread(given):
        return told(given, RIGHT, (), (5,))

    assert unread(RIGHT / 5) == "1/5 of what it should be; 5 is the number of samples"
    assert (
        unread(-5 * RIGHT) == "5 times what it should be, and the sign is wrong; 5 is the number of samples"
    )
    assert unread(2 * RIGHT) == "2 times what it should be"


def test_cells_that_are_nearly_0_decide_nothing():
    right = np.array([1.0, 2.0, 1e-12])
    assert told([2.0, 4.0, 5e-12], right) == "2 times what it should be"
    assert told([2.0, 4.0, 1e-3], right) == ""
