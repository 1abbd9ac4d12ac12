"""Initial weights, against the bounds and variances of the papers, worked out here by hand."""

import numpy as np
import pytest

from bpstep.model import initializers

INPUTS, UNITS = 400, 200

# sqrt(6 / 600), 2 / 600, sqrt(6 / 400), 2 / 400
BOUNDS = {"xavier_uniform": 0.1, "he_uniform": 0.12247448713915890}
VARIANCES = {
    "xavier_uniform": 0.0033333333333,
    "xavier_normal": 0.0033333333333,
    "he_uniform": 0.005,
    "he_normal": 0.005,
    "normal": 1.0,
}


@pytest.mark.parametrize("init", VARIANCES)
def test_weights_have_the_variance_of_their_rule(init):
    drawn = initializers.initial_values(init, (INPUTS, UNITS), 3, 0)
    assert drawn.shape == (INPUTS, UNITS)
    assert drawn.dtype == np.float64
    # 80,000 numbers: the mean and the variance lie within four of their standard deviations.
    assert abs(drawn.mean()) < 4 * np.sqrt(VARIANCES[init] / drawn.size)
    assert drawn.var() == pytest.approx(VARIANCES[init], rel=4 * np.sqrt(2 / drawn.size))


@pytest.mark.parametrize("init", BOUNDS)
def test_uniform_weights_fill_their_interval_and_do_not_leave_it(init):
    drawn = initializers.initial_values(init, (INPUTS, UNITS), 0, 0)
    assert np.abs(drawn).max() <= BOUNDS[init]
    assert drawn.max() > 0.999 * BOUNDS[init]
    assert drawn.min() < -0.999 * BOUNDS[init]


@pytest.mark.parametrize("init", ["xavier_normal", "he_normal", "normal"])
def test_normal_weights_are_normal(init):
    scaled = initializers.initial_values(init, (INPUTS, UNITS), 0, 0) / np.sqrt(VARIANCES[init])
    # Of a normal distribution 68.27 in a hundred lie within one standard deviation, 95.45 within two.
    assert (np.abs(scaled) < 1).mean() == pytest.approx(0.6827, abs=0.007)
    assert (np.abs(scaled) < 2).mean() == pytest.approx(0.9545, abs=0.003)


def test_zeros_are_zero():
    assert not initializers.initial_values("zeros", (3, 2), 0, 0).any()


@pytest.mark.parametrize("init", VARIANCES)
def test_weights_are_a_function_of_seed_and_layer_alone(init):
    drawn = initializers.initial_values(init, (5, 4), 7, 2)
    assert np.array_equal(drawn, initializers.initial_values(init, (5, 4), 7, 2))
    assert not np.array_equal(drawn, initializers.initial_values(init, (5, 4), 8, 2))
    assert not np.array_equal(drawn, initializers.initial_values(init, (5, 4), 7, 1))


def test_every_name_can_be_drawn():
    assert set(initializers.INITIALIZERS) == {*VARIANCES, "zeros"}
    assert initializers.DEFAULT_INITIALIZER in initializers.INITIALIZERS
    for name in initializers.INITIALIZERS:
        assert np.isfinite(initializers.initial_values(name, (1, 1), 0, 0)).all()
