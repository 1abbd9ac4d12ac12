"""Numbers, indices and new axes as a script's equations spell them."""

import ast

import numpy as np
import pytest

from bpstep.script.equations import build
from bpstep.script.tracing.values import item_nodes


def text(tree):
    return ast.unparse(ast.fix_missing_locations(tree))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *[(3, "3"), (-3, "-3"), (0, "0"), (True, "1"), (np.bool_(False), "0"), (np.int8(-5), "-5")],
        *[(0.5, "0.5"), (-0.5, "-0.5"), (0.0, "0.0"), (-0.0, "-0.0"), (np.float32(0.25), "0.25")],
        *[(10**15, "1000000000000000"), (-(10**15), "-1000000000000000")],
    ],
)
def test_a_number_is_spelled_with_its_sign(value, written):
    assert text(build.numeral(value)) == written


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 10**15 + 1, -(10**15) - 1, 1j, "1", None, [1]]
)
def test_what_the_language_has_no_numeral_for_is_none(value):
    assert build.numeral(value) is None


def test_indices_and_sizes_are_written_as_in_python():
    a = build.name("a")
    assert text(build.subscript_of(a, [build.signed_number(-1)])) == "a[-1]"
    assert text(build.subscript_of(a, [build.signed_number(0), build.NEW_AXIS])) == "a[0, None]"
    assert text(build.subscript_of(a, [build.slice_of(0, None, -1)])) == "a[0::-1]"
    assert text(build.subscript_of(a, [build.slice_of(None, -2)])) == "a[:-2]"
    assert text(build.tuple_of([2, np.int64(-3)])) == "(2, -3)"
    assert text(build.call("sum", a, axis=build.signed_number(1), keepdims=None)) == "sum(a, axis=1)"
    assert text(build.method(a, "reshape", build.signed_number(2))) == "a.reshape(2)"


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("kept", [0, 1, 2])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_new_axes_stand_before_and_after_those_that_there_are(before, kept, after):
    value = np.arange(float(6)).reshape(2, 3)[(0,) * (2 - kept)] if kept else np.array(4.0)
    made = build.with_new_axes(build.name("a"), before, kept, after)
    found = eval(compile(ast.fix_missing_locations(ast.Expression(made)), "", "eval"), {"a": value})
    assert found.shape == (1,) * before + value.shape + (1,) * after
    assert found.ravel().tolist() == value.ravel().tolist()


def test_the_nodes_of_a_tree_are_counted_up_to_a_limit():
    tree = ast.parse("a + b", mode="eval").body
    assert build.size_of(tree) == 6  # the sum, its sign, two names, each of which says that it is read
    assert [build.size_of(tree, limit) for limit in (5, 6, 7)] == [5, 6, 6]


@pytest.mark.parametrize(
    ("written", "count", "items"),
    [
        ("(a, b + 1)", 2, ["a", "b + 1"]),
        ("[a]", 1, ["a"]),
        ("[a, b]", 3, [None] * 3),
        ("[*a, b]", 2, [None] * 2),
        ("{a, b}", 2, [None] * 2),
        ("a", 1, [None]),
        ("[]", 0, []),
    ],
)
def test_the_items_of_a_list_are_those_written_if_each_is_one(written, count, items):
    found = item_nodes(ast.parse(written, mode="eval").body, count)
    assert [node and ast.unparse(node) for node in found] == items
    assert item_nodes(None, count) == [None] * count
