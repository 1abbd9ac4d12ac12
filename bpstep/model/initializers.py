"""Initial weights drawn from a seed, by the usual rules.

fan_in is the number of inputs of a layer, fan_out that of its units:

- xavier_uniform: uniform in ±sqrt(6 / (fan_in + fan_out)); Glorot & Bengio 2010, equation 16
- xavier_normal: normal with variance 2 / (fan_in + fan_out); Glorot & Bengio 2010, equation 12
- he_uniform: uniform in ±sqrt(6 / fan_in), which has the variance of he_normal
- he_normal: normal with variance 2 / fan_in; He et al. 2015, equation 10
- normal: normal with variance 1, as torch.nn.init.normal_ by default
- zeros: 0
- ones: 1

X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
AISTATS 2010. K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015,
https://arxiv.org/abs/1502.01852
"""

from __future__ import annotations

import math

import numpy as np

from bpstep.model.network import Array

INITIALIZERS = ("xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "normal", "zeros")

DEFAULT_INITIALIZER = "xavier_uniform"


def initial_values(init: str, shape: tuple[int, ...], seed: int, at: int) -> Array:
    """Numbers of any shape by the rule `init`, for the parameter number `at`.

    The last axis counts the units, the others together the inputs; a vector holds the weights of one unit. A
    pure function of its arguments: each parameter has its own numbers, whatever precedes it.
    """
    return drawn_values(init, shape, np.random.default_rng([seed, at]))


def drawn_values(
    init: str,
    shape: tuple[int, ...],
    generator: np.random.Generator | np.random.RandomState,
    *,
    turned: bool = False,
) -> Array:
    """Values drawn by a generator, which advances; `turned` if the first of two axes counts the units."""
    if init in ("zeros", "ones"):
        return np.full(shape, float(init == "ones"))
    units = shape[0 if turned else -1] if len(shape) > 1 else 1
    inputs = math.prod(shape) // units
    variance = _variance(init, inputs, units)
    if init.endswith("uniform"):
        # A uniform distribution in ±bound has the variance bound² / 3.
        bound = math.sqrt(3 * variance)
        return generator.uniform(-bound, bound, shape)
    return generator.normal(0, math.sqrt(variance), shape)


def _variance(init: str, fan_in: int, fan_out: int) -> float:
    return {"xavier": 2 / (fan_in + fan_out), "he": 2 / fan_in, "normal": 1.0}[init.split("_")[0]]
