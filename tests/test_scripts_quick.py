"""NumPy's functions without their detours give the bits, the kinds and the errors of NumPy's own."""

import warnings

import numpy as np
import pytest

from bpstep.script.generated.quick import QUICK, QUICK_REDUCTIONS

RNG = np.random.default_rng(0)
ARRAYS = {
    "a matrix": RNG.normal(size=(7, 5)),
    "its transpose": RNG.normal(size=(7, 5)).T,
    "every second row": RNG.normal(size=(8, 3))[::2],
    "many numbers": RNG.normal(size=1001) * 1e3,
    "one number": np.array(0.1),
    "no number": np.empty((0, 3)),
    "float32": RNG.normal(size=(9, 7)).astype(np.float32),
    "whole numbers": RNG.integers(-9, 9, (4, 3)),
    "truth values": RNG.integers(0, 2, (4, 3)) > 0,
    "other byte order": RNG.normal(size=(3, 2)).astype(">f8"),
    "not finite": np.array([[np.inf, 1.0], [-np.inf, np.nan]]),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}], ids=str)
def test_a_mean_has_numpys_bits(array, options):
    def given(call):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                found = call(array, **options)
            except ValueError as error:
                return str(error)
        return type(found), found.dtype, found.shape, found.tobytes()

    assert given(QUICK["mean"](np.mean)) == given(np.mean)


@pytest.mark.parametrize("name", QUICK_REDUCTIONS)
def test_a_reduction_has_numpys_bits(name):
    for array in ARRAYS.values():
        if array.ndim and array.size:
            with np.errstate(all="ignore"):
                found = QUICK_REDUCTIONS[name](array, 0, None, None, True)
                expected = getattr(np, name)(array, axis=0)
            assert found.dtype == expected.dtype
            assert found.tobytes() == expected.tobytes()
