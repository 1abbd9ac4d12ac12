"""An equation of a pass is kept where it gives what the script computed: to rounding, in the same shape."""

import ast

import numpy as np
import pytest

from bpstep.script.equations import build, passes
from bpstep.script.equations.passes import _difference
from bpstep.script.opening import open_script

X = np.array([1.0, -2.0, 0.0])


def difference(wanted, source="x", x=X):
    return _difference(source, {"x": x}, np.asarray(wanted), {})


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        (X, True),
        (X * (1 + 0.9e-12), True),
        (X * (1 + 5e-12), False),
        ([1.0, -2.0, 1.9e-12], True),  # a cell of 0 is measured by the largest one
        ([1.0, -2.0, 5e-12], False),
        (X.astype(np.float32) * np.float32(1 + 0.9e-4), True),
        (X.astype(np.float32) * np.float32(1 + 5e-4), False),
        ([1.0, np.nan, 0.0], False),
        ([1, -2, 0], True),
        (X[:2], False),
        (X[None], False),
        (["a", "b", "c"], False),
        (X + 0j, False),
    ],
)
def test_numbers_agree_to_rounding_and_shapes_exactly(wanted, same):
    assert (difference(wanted) == "") is same


def test_nan_and_infinities_equal_themselves_and_nothing_else():
    wild = np.array([np.nan, np.inf, -np.inf])
    assert difference(wild, x=wild) == ""
    assert difference(wild[::-1], x=wild) != ""


@pytest.mark.parametrize("source", ["y", "x +", "x @ x[:2]", "x[5]", "f(x)"])
def test_what_cannot_be_computed_is_told_in_one_line(source):
    found = difference(X, source)
    assert found
    assert "\n" not in found


def test_an_equation_of_very_many_parts_is_taken_as_given(tmp_path, monkeypatch):
    path = tmp_path / "script.py"
    path.write_text("import numpy as np\nw = np.ones(2)\nfor k in range(3):\n    w = w * 2 - 1\n")
    size = build.size_of(ast.parse("w * 2 - 1", mode="eval").body, 100)
    for most, source in ((size, "w"), (size + 1, "w * 2 - 1")):
        monkeypatch.setattr(passes, "MAX_SOURCE_NODES", most)
        assert [each.source for each in open_script(path).iteration(1).equations] == [source]
