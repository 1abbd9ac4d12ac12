"""The single changes of an equation that may put it right, and the mistake that each takes back."""

import ast
import dataclasses
import functools
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.findings.changed_results import is_near
from bpstep.gradcheck.script.findings.equal_maxima import _differ
from bpstep.gradcheck.script.findings.slope_mistakes import _ratio
from bpstep.gradcheck.script.findings.softmax_axis import _axis_of_labels, _is_share
from bpstep.gradcheck.script.findings.step_findings import _turns_slope
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict, worst_cell
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, steps_of
from bpstep.gradcheck.script.repairs.derived_changes import _shifted
from bpstep.gradcheck.script.repairs.equation_changes import (
    ActivationSlope,
    feedback_changes,
    kind_of_difference,
    later_axes,
    missing_changes,
    scaled,
    single_changes,
    sum_changes,
    whole_slope,
)
from bpstep.gradcheck.script.repairs.list_entries import (
    common_start,
    entries_beside,
    few_of_each,
    nearness,
    without_digits,
)
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss, is_same
from bpstep.gradcheck.script.repairs.repairer import Repairer
from bpstep.gradcheck.script.repairs.slopes import leaky_slope
from bpstep.gradcheck.script.repairs.suspects import Suspects, _unlikeliness, is_close
from bpstep.gradcheck.script.repairs.usual_changes import UsualChanges, _stores
from bpstep.gradcheck.script.report import _shown, _step_text, loss_sentence
from bpstep.gradcheck.script.text.equation_trees import (
    OLD_PREFIX,
    base_name,
    changed_part,
    nodes_of,
    short_text,
    tidied,
    tree_text,
)
from bpstep.gradcheck.script.updates.averages import _count_of_updates
from bpstep.gradcheck.script.updates.memory_sums import terms_of
from bpstep.gradcheck.script.updates.penalties import _is_same as _is_same_rate
from bpstep.gradcheck.script.updates.penalties import fitted_constants
from bpstep.gradcheck.script.updates.step_terms import _without
from bpstep.lang.substitution import rebuilt, replaced
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.labels import direction
from bpstep.script.meaning.meaning import DescendedLoss, study_pass
from bpstep.script.meaning.study import Study, _common_constant, _mixes_cells
from bpstep.script.source import parse_source
from tests.script_passes import training_pass


def tree(text):
    return ast.parse(text, mode="eval").body


def changes(text, **more):
    """Every change as (kind, changed equation)."""
    return [(change.kind, tree_text(change.tree)) for change in single_changes(tree(text), **more)]


def of_kind(text, kind, **more):
    return [changed for found, changed in changes(text, **more) if found == kind]


SINGLE = {
    "a + b": {"sign": ["a - b", "b - a"], "term": ["a", "b"], "factor": ["a * b"]},
    "a - b": {"sign": ["a + b", "b - a"], "term": ["a", "b"], "factor": []},
    "a * b": {
        "elementwise or matrix product": [
            *("a @ b", "a @ b.T", "a.T @ b", "a.T @ b.T"),
            *("b @ a", "b @ a.T", "b.T @ a", "b.T @ a.T"),
        ],
        "factor": ["a", "b", "a / b"],
    },
    "a / b": {"factor": ["a * b", "a", "b / a"]},
    "a**3": {"power": ["a", "a**2"]},
    "a**2": {"power": ["a", "a**3"]},
    "a**4": {"power": ["a", "a**2", "a**3"]},
    "a @ b.T": {
        "transpose": ["a @ b", "a.T @ b.T", "a.T @ b", "(a @ b.T).T"],
        "order of factors": ["b.T @ a", "b @ a.T", "b.T @ a.T", "b @ a"],
        "elementwise or matrix product": ["a * b.T", "outer(a, b.T)"],
    },
    "-a": {"sign": ["a"]},
    "a > 0": {"condition": ["a <= 0"]},
    "a >= 0": {"condition": ["a < 0"]},
    "a < 0": {"condition": ["a >= 0"]},
    "a <= 0": {"condition": ["a > 0"]},
    "a == 0": {"condition": []},
    "a[1]": {"off by one": ["a", "a[2]", "a[0]"]},
    "a[0]": {"off by one": ["a", "a[1]", "a[-1]"]},
    "a[-1]": {"off by one": ["a", "a[0]", "a[-2]"]},
    "a[0, 2]": {"off by one": ["a", "a[1, 2]", "a[-1, 2]", "a[0, 3]", "a[0, 1]"]},
    "a[1:3]": {"off by one": ["a", "a[2:4]", "a[0:2]"]},
    "a[:2]": {"off by one": ["a", "a[1:3]"]},
    "a[1:]": {"off by one": ["a", "a[2:]", "a[0:]"]},
    "a[i:2]": {"off by one": ["a"]},
    "a[1:i]": {"off by one": ["a"]},
    "a[i]": {"off by one": ["a"]},
    "sum(a, axis=0, keepdims=True)": {
        "axis of a sum": ["sum(a, axis=1, keepdims=True)", "sum(a)"],
        "sum": ["a"],
    },
    "mean(a, axis=1)": {"axis of a sum": ["mean(a, axis=0)", "mean(a)"], "sum": ["a"]},
    "max(a)": {
        "axis of a sum": [
            "max(a, axis=0)",
            "max(a, axis=0, keepdims=True)",
            "max(a, axis=1)",
            "max(a, axis=1, keepdims=True)",
        ],
        "sum": ["a"],
    },
    "where(c, a, b)": {"condition": ["where(c, b, a)"]},
    "outer(a, b)": {"order of factors": ["outer(b, a)"]},
    "one_hot(y, 3)": {"off by one": ["one_hot(y + 1, 3)", "one_hot(y - 1, 3)"]},
    "exp(a)": {"wrong derivative": ["a", "exp(1 - a)"]},
    "a.reshape(6)": {"wrong derivative": ["(1 - a).reshape(6)"]},
    "stack([a])": {"wrong derivative": ["stack([1 - a])"]},
    "clip(a, 0, 1)": {"wrong derivative": ["clip(1 - a, 0, 1)"]},
}


@pytest.mark.parametrize("text", SINGLE)
def test_a_mistake_is_taken_back_in_every_way_that_people_make_it(text):
    for kind, changed in SINGLE[text].items():
        assert of_kind(text, kind) == changed


def test_a_part_inside_is_changed_as_a_whole_equation_is_and_the_rest_stays():
    assert "a * (c - b)" in of_kind("a * (b - c)", MistakeKind.SIGN)
    assert "exp(-a) + b" not in of_kind("exp(-a) + b", MistakeKind.SIGN)
    assert "exp(a) + b" in of_kind("exp(-a) + b", MistakeKind.SIGN)


@pytest.mark.parametrize(
    ("text", "changed", "sentence"),
    [
        ("a @ b.T", "a @ b", "b must not be transposed"),
        ("a @ b.T", "a.T @ b.T", "a is not transposed"),
        ("a @ b.T", "a.T @ b", "a must be transposed, not b"),
        ("a.T @ b", "a @ b.T", "b must be transposed, not a"),
        ("a @ b", "a.T @ b.T", "a and b must both be transposed"),
        ("a.T @ b.T", "a @ b", "neither a nor b should be transposed"),
        ("a * b", "a * b.T", "b is not transposed"),
        ("a * b", "a.T * b", "a is not transposed"),
        ("a - b", "a", "the term b does not belong here"),
        ("a - b", "b", "the term a does not belong here"),
        ("a * b", "a", "the factor b does not belong here"),
        ("a * b", "b", "the factor a does not belong here"),
        ("sum(a, axis=0)", "sum(a, axis=1)", "it is taken along axis 0 instead of axis 1"),
        ("sum(a)", "sum(a, axis=1)", "the sum is taken over everything instead of along axis 1"),
        ("a**4", "a**2", "a**4 should be a**2"),
    ],
)
def test_a_change_says_what_is_wrong_with_the_line_as_it_is(text, changed, sentence):
    (found,) = [change for change in single_changes(tree(text)) if tree_text(change.tree) == changed]
    assert found.mistake == sentence


def test_a_change_stands_where_its_part_begins_and_is_the_same_in_equations_of_one_form():
    first = {tree_text(change.tree): change for change in single_changes(tree("aa + b * c"))}
    second = {tree_text(change.tree): change for change in single_changes(tree("x + yy * z"))}
    assert [first[text].column for text in ("aa - b * c", "aa + b / c", "aa + b * (1 - c)")] == [0, 5, 9]
    assert first["aa + b / c"].same == second["x + yy / z"].same
    assert first["aa + b / c"].same != second["x + yy"].same
    assert first["aa - b * c"].same != second["x + yy / z"].same


def test_an_equation_is_added_to_what_its_tensor_was_or_to_the_part_of_it_that_is_stored():
    kind = MistakeKind.OVERWRITTEN
    assert of_kind("b * c", kind, earlier="a") == ["a + b * c"]
    assert of_kind("where(m, b, a)", kind, earlier="a") == ["where(m, a + b, a)"]
    assert of_kind("b * c", kind) == []


def test_a_parameter_that_was_updated_already_is_read_as_it_was():
    (change,) = [
        each
        for each in single_changes(tree("d @ W.T + W"), old=["W"])
        if each.kind == MistakeKind.UPDATED_BEFORE_USED
    ]
    assert {node.id for node in ast.walk(change.tree) if isinstance(node, ast.Name)} == {
        "d",
        OLD_PREFIX + "W",
    }
    assert tree_text(change.tree) == "d @ W.T + W"


SIGMOID = ActivationSlope("h", "z", tree("h * (1 - h)"))


@pytest.mark.parametrize(
    ("call", "dimensions", "axes"),
    [
        ("sum(a, axis=0)", 2, []),
        ("sum(a, axis=0)", 3, [2]),
        ("sum(a, axis=1, keepdims=True)", 4, [2, 3]),
        ("mean(a, axis=2)", 4, [3]),
        ("mean(a, axis=-1)", 4, [2]),
        ("sum(a, axis=-2)", 4, [3]),
        ("sum(a)", 4, []),
    ],
)
def test_a_reduction_along_a_later_axis_than_the_second_is_tried_for_stacks(call, dimensions, axes):
    found = list(later_axes(tree(call), dimensions))
    kept = ", keepdims=True" if "keepdims" in call else ""
    wanted = [f"{call.partition('(')[0]}(a, axis={axis}{kept})" for axis in axes]
    assert [ast.unparse(changed) for _, changed in found] == wanted
    assert all(str(axis) in mistake.sentence for (mistake, _), axis in zip(found, axes))


def test_a_missing_slope_belongs_to_the_whole_or_to_a_term_or_under_a_sum():
    kind = MistakeKind.SLOPE_MISSING
    assert of_kind("d @ V", kind, slopes=[SIGMOID]) == ["d @ V * (h * (1 - h))"]
    assert of_kind("a + b", kind, slopes=[SIGMOID])[1:] == ["a * (h * (1 - h)) + b", "a + b * (h * (1 - h))"]
    assert of_kind("sum(a)", kind, slopes=[SIGMOID])[1:] == ["sum(a * (h * (1 - h)))"]
    assert of_kind("max(a)", kind, slopes=[SIGMOID])[1:] == []


def test_a_slope_of_another_tensor_is_told_from_one_that_is_computed_wrongly():
    text = "d * (g * (1 - g)) * exp(h)"
    found = {tree_text(change.tree): change for change in single_changes(tree(text), slopes=[SIGMOID])}
    place = found["d * (h * (1 - h)) * exp(h)"]
    assert (place.kind, place.instead_of, place.column) == (MistakeKind.SLOPE_PLACE, "", 5)
    wrong = found["d * (g * (1 - g)) * (h * (1 - h))"]
    assert (wrong.kind, wrong.column) == (MistakeKind.SLOPE_WRONG, 20)
    assert found["h * (1 - h) * (g * (1 - g)) * exp(h)"].instead_of == "d"
    whole = whole_slope(tree("1 - h"), SIGMOID)
    assert (whole.kind, tree_text(whole.tree)) == (MistakeKind.SLOPE_WRONG, "h * (1 - h)")


@pytest.mark.parametrize(
    ("slope", "is_one"),
    [
        ("1 - h * g", True),
        ("1 - g * f", False),
        ("1 - h * g * f", False),
        ("h * g", False),
        ("exp(h * g)", False),
    ],
)
def test_a_slope_that_reads_one_tensor_more_is_a_slope_all_the_same(slope, is_one):
    found = {
        tree_text(change.tree): change for change in single_changes(tree(f"d * ({slope})"), slopes=[SIGMOID])
    }
    change = found.get("d * (h * (1 - h))")
    assert (change is not None and change.kind == MistakeKind.SLOPE_WRONG) is is_one


def test_another_tensor_stands_in_every_place_or_in_one_and_no_function_is_a_tensor():
    kind, others = MistakeKind.OTHER_TENSOR, {"a": ["c"], "exp": ["tanh"]}
    found = of_kind("a * exp(a)", kind, others=lambda name: others.get(name, ()))
    assert found == ["c * exp(c)", "c * exp(a)", "a * exp(c)"]
    assert of_kind("a + b", kind, others=lambda name: others.get(name, ())) == ["c + b"]


def test_the_entry_beside_takes_an_entrys_place_everywhere():
    beside = {"w[1]:4": [("before", "w[0]:4"), ("after", "w[2]:4")]}
    equation = ast.BinOp(ast.Name("w[1]:4", ast.Load()), ast.Mult(), ast.Name("w[1]:4", ast.Load()))
    found = [
        change
        for change in single_changes(equation, beside=lambda name: beside.get(name, ()))
        if change.kind == MistakeKind.INDEX
    ]
    assert [tree_text(change.tree) for change in found] == ["w[0]:4 * w[0]:4", "w[2]:4 * w[2]:4"]
    assert [change.same for change in found] == ["beside w[] before", "beside w[] after"]


def test_weights_take_the_place_of_a_fixed_matrix_the_same_way_round():
    weights = {"R": [("W", False), ("V", True)]}
    for text, wanted in (
        ("d @ R", ["d @ W", "d @ V.T"]),
        ("d @ R.T", ["d @ W.T", "d @ V"]),
        ("R @ d", ["W @ d", "V.T @ d"]),
        ("d * R", []),
        ("d @ Q", []),
    ):
        assert [tree_text(change.tree) for change in feedback_changes(tree(text), weights)] == wanted


@pytest.mark.parametrize(
    ("dimensions", "wanted"),
    [
        (0, ["exp(sum(a))", "sum(exp(a))"]),
        (1, ["exp(sum(a, axis=0))", "exp(sum(a, axis=1))", "sum(exp(a), axis=0)", "sum(exp(a), axis=1)"]),
        (
            2,
            [
                *("exp(sum(a, axis=0, keepdims=True))", "exp(sum(a, axis=1, keepdims=True))"),
                *("sum(exp(a), axis=0, keepdims=True)", "sum(exp(a), axis=1, keepdims=True)"),
            ],
        ),
    ],
)
def test_a_missing_sum_keeps_as_many_dimensions_as_the_tensor_has_and_is_looked_for_at_tensors_first(
    dimensions, wanted
):
    assert [tree_text(change.tree) for change in sum_changes(tree("exp(a)"), dimensions)] == wanted


def test_the_base_of_a_name_lacks_what_tells_its_values_apart():
    assert [base_name(name) for name in ("W", "W:12", "W[0]:12:3")] == ["W", "W", "W[0]"]


def test_the_values_of_an_equation_come_from_the_outermost_in():
    found = [tree_text(node) for node in nodes_of(tree("exp(a[i] + 2) * concatenate([b, c]).reshape(2)"))]
    assert found == [
        "exp(a[i] + 2) * concatenate([b, c]).reshape(2)",
        *("exp(a[i] + 2)", "concatenate([b, c]).reshape(2)"),
        *("a[i] + 2", "concatenate([b, c])"),
        *("a[i]", "b", "c"),
        "a",
    ]


def test_what_is_not_changed_is_the_same_object():
    whole = tree("f(a * b, [c, d])")
    b, second = whole.args[0].right, whole.args[1]
    changed = replaced(whole, b, tree("x"))
    assert tree_text(changed) == "f(a * x, [c, d])"
    assert changed.args[1] is second
    assert replaced(whole, tree("x"), tree("y")) is whole
    assert rebuilt(whole, lambda node: None) is whole
    again = rebuilt(whole, lambda node: tree("x") if isinstance(node, ast.Name) and node.id == "d" else None)
    assert tree_text(again) == "f(a * b, [c, x])"
    assert again.args[0] is whole.args[0]


@pytest.mark.parametrize(
    ("text", "term", "rest"),
    [
        ("a + b - c", "a", "b - c"),
        ("a + b - c", "b", "a - c"),
        ("a + b - c", "c", "a + b"),
        ("a - b", "a", None),
        ("a - (b + c)", "b", "a - c"),
        ("a * (b - 2)", "2", "a * b"),
        ("a * b", "b", None),
        ("a + b", "a + b", None),
    ],
)
def test_a_sum_is_written_without_one_of_its_terms(text, term, rest):
    whole = tree(text)
    part = next(node for node in ast.walk(whole) if isinstance(node, ast.expr) and ast.unparse(node) == term)
    found = _without(whole, part)
    assert (found if found is None else ast.unparse(found)) == rest


def test_a_part_is_shortened_beyond_forty_eight_characters():
    for length in (47, 48, 49):
        text = short_text(tree("a" * length))
        assert text == ("a" * length if length <= 48 else "a" * 45 + "...")


# Entries by their names


@pytest.mark.parametrize(
    ("there", "name", "beside"),
    [
        ("w[0] w[1] w[2]", "w[1]", ["0 + w[2]", "0 - w[0]"]),
        ("w[0] w[1] w[2]", "w[2]", ["0 + w[0]", "0 - w[1]"]),
        ("w[0] w[1] w[2]", "w[0]", ["0 + w[1]", "0 - w[2]"]),
        ("h[-1] h[0] h[1]", "h[0]", ["0 + h[1]", "0 - h[-1]"]),
        ("h[-1] h[0] h[1]", "h[-1]", ["0 + h[0]"]),
        ("g[3] g[4]", "g[3]", ["0 + g[4]"]),
        ("g[3] g[4]", "g[4]", ["0 - g[3]"]),
        ("a[9].b[0] a[10].b[0] a[9].b[1]", "a[9].b[0]", ["0 + a[10].b[0]", "1 + a[9].b[1]", "1 - a[9].b[1]"]),
        ("x y", "x", []),
    ],
)
def test_the_entries_beside_another_are_those_after_and_before_it_round_about(there, name, beside):
    assert [f"{way} {entry}" for way, entry in entries_beside(there.split(), name)] == beside


@pytest.mark.parametrize(
    ("output", "net", "reads", "wanted"),
    [
        ("h", "z", ["z", "d"], (True, False, 0)),
        ("h", "z", ["h", "d"], (True, False, 0)),
        ("h", "z", ["d", "zz"], (False, False, 0)),
        ("o[5]", "C[5]", ["o[5]", "C[4]"], (True, True, 2)),
        ("q[5]", "C[5]", ["o[5]", "d"], (False, True, 0)),
        ("q[5]", "C[5]", ["o[6]", "C[6]", "d"], (False, False, 2)),
        ("tape[5][6]", "tape[5][4]", ["tape[5][3]", "tape[4][4]"], (False, False, 8)),
        ("q[5]", "C[5]", [], (False, False, 0)),
    ],
)
def test_an_activation_is_nearer_to_what_reads_it_or_an_entry_of_its_step(output, net, reads, wanted):
    assert nearness(ActivationSlope(output, net, tree("x"), 0), reads) == wanted


def test_of_each_kind_the_first_few_are_kept_in_their_order():
    words = ["ab", "c", "ad", "ae", "ca", "b"]
    assert few_of_each(words, 2, lambda word: word[0]) == ["ab", "c", "ad", "ca", "b"]
    assert few_of_each(words, 1, lambda word: word[0]) == ["ab", "c", "b"]
    assert few_of_each([], 2, str) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("w[0].delta", "w[0].inputs", 5), ("ab", "ab", 2), ("ab", "abc", 2), ("a", "b", 0)],
)
def test_two_names_are_the_same_up_to_the_first_character_that_differs(one, other, same):
    assert common_start(one, other) == common_start(other, one) == same


def test_names_that_differ_in_numbers_alone_have_one_form():
    assert [without_digits(name) for name in ("dZ1", "dZ12", "dZ1:3", "a1[0]")] == ["dZ", "dZ", "dZ", "a[]"]


# Numbers that decide


FIRST, SECOND = np.array([1.0, 2.0, 0.0, -1.0]), np.array([0.5, -1.0, 3.0, 0.0])

LAST = np.array([0.0, 0, 0, 1])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([2 * FIRST + 3 * SECOND], (2, 3)),
        ([-FIRST], (-1, 0)),
        ([4 * SECOND], (0, 4)),
        # Several states have to share the two constants.
        ([FIRST + SECOND, FIRST + SECOND], (1, 1)),
        ([FIRST + SECOND, FIRST + 2 * SECOND], None),
        # One part in a million of the largest cell may be left.
        ([FIRST + 1.8e-6 * LAST], (1, 0)),
        ([FIRST + 1.8e-5 * LAST], None),
        ([1e9 * FIRST + 500 * LAST], (1e9, 0)),
        ([1e-9 * FIRST + 1e-12 * LAST], None),
        # What a small number in a logarithm causes is no penalty: 1e-5 of the largest cell.
        ([FIRST + 0.6e-5 * SECOND], (1, 0)),
        ([FIRST + 0.7e-5 * SECOND], (1, 0.7e-5)),
        ([100 * FIRST + 0.6e-3 * SECOND], (100, 0)),
        ([FIRST[:2]], None),
        ([np.zeros(4)], None),
        ([FIRST * np.nan], None),
        ([np.array([np.inf, 2.0, 0.0, -1.0])], None),
        ([MISSING], None),
        ([FIRST + SECOND, MISSING], None),
    ],
)
def test_a_step_is_a_gradient_and_a_penalty_if_two_constants_combine_them(given, found):
    fitted = fitted_constants(given, [FIRST] * len(given), [SECOND] * len(given))
    if found is None:
        assert fitted is None
    else:
        assert fitted[0] == pytest.approx(found[0], rel=1e-5, abs=1e-12)
        assert fitted[1] == pytest.approx(found[1], rel=1e-5, abs=0)


def test_two_constants_need_three_cells_of_tensors_that_are_not_0():
    assert fitted_constants([np.ones(3)], [np.array([1.0, 1, 0])], [np.array([0, 0, 1.0])]) == pytest.approx(
        (1, 1)
    )
    assert fitted_constants([np.ones(2)], [np.array([1.0, 0])], [np.array([0, 1.0])]) is None
    for first, second in (
        (FIRST, 0 * FIRST),
        (0 * FIRST, FIRST),
        (FIRST, np.full(4, np.inf)),
        (FIRST, FIRST[:3]),
    ):
        assert fitted_constants([FIRST], [first], [second]) is None


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1, 1, True),
        (0, 0, True),
        (1, 1 + 9e-07, True),
        (1, 1 + 1.2e-06, False),
        (-1, 1, False),
        (0, 1e-300, False),
        (1000000.0, 1000000.0 + 0.9, True),
        (1e-09, 1.1e-09, False),
    ],
)
def test_rates_are_the_same_to_one_part_in_a_million(a, b, same):
    assert _is_same_rate(a, b) is _is_same_rate(b, a) is same


@pytest.mark.parametrize(
    ("given", "expected", "worst"),
    [
        ([[1, 2], [3, 4]], [[1, 2], [5, 5]], ((1, 0), 3, 5)),
        ([[1, 2], [3, 4]], [[1, 9], [5, 5]], ((0, 1), 2, 9)),
        ([1, math.nan, 3], [9, 2, 3], ((1,), math.nan, 2)),
        ([1, 2], [1, 2], ((0,), 1, 1)),
        (2, 3, ((), 2, 3)),
        ([1, 2], [1, 2, 3], None),
        ([], [], None),
        (MISSING, [1], None),
        ([1], MISSING, None),
    ],
)
def test_the_worst_cell_is_the_one_furthest_off_or_no_number(given, expected, worst):
    found = worst_cell(given, expected)
    if worst is None:
        assert found is None
    else:
        assert (found.index, (found.given, found.expected)) == (
            worst[0],
            pytest.approx(worst[1:], nan_ok=True),
        )


def test_a_finding_is_at_a_line_of_the_script_or_of_a_file_beside_it_or_at_none():
    source = parse_source(Path("work/net.py"), "a = 1\nb = 2")
    for file in ("", "work/net.py"):
        assert Finding(FindingKind.WRONG, line=2, file=file).place(source) == ("work/net.py", 2)
        assert Finding(FindingKind.WRONG, file=file).place(source) == ("work/net.py", None)
    assert Finding(FindingKind.WRONG, line=2, file="work/layers.py").place(source) == ("work/layers.py", 2)
    told = [Finding(FindingKind.WRONG, line=line).statement(source) for line in (0, 1, 2, 3)]
    assert told == ["", "a = 1", "b = 2", ""]


def finding(kind, mistake=MistakeKind.SIGN):
    return Finding(FindingKind(kind), mistake=mistake)


@pytest.mark.parametrize(
    ("findings", "ok", "right", "checked", "explained"),
    [
        ([], True, True, True, True),
        ([finding("wrong")], False, False, True, True),
        ([finding("wrong", MistakeKind.UNKNOWN)], False, False, True, False),
        ([finding("other rule"), finding("other loss", MistakeKind.UNKNOWN)], True, True, True, True),
        ([finding("line not found")], True, False, True, False),
        ([finding("wrong"), finding("line not found")], False, False, True, False),
        ([finding("wrong"), finding("wrong", MistakeKind.UNKNOWN)], False, False, True, False),
        ([finding("wrong"), finding("other scale", MistakeKind.UNKNOWN)], False, False, True, True),
        ([finding("not checked")], True, True, False, True),
    ],
)
def test_a_verdict_is_that_of_all_its_findings(findings, ok, right, checked, explained):
    verdict = ScriptVerdict(None, (), tuple(findings))
    assert (verdict.ok, verdict.is_right, verdict.is_checked, verdict.is_explained) == (
        *(ok, right, checked, explained),
    )
    assert verdict.wrong == tuple(each for each in findings if each.kind == "wrong")


@pytest.mark.parametrize(
    ("below", "above", "ratio"),
    [
        ([2.0, 6.0], [4.0, 3.0], [0.5, 2]),
        ([2.0, 0.0], [4.0, 0.0], [0.5, 0]),
        ([2.0, 5.0], [4.0, 0.0], [0.5, 0]),
        ([2.0, 5.0], [4.0], None),
        (MISSING, [4.0], None),
        ([4.0], MISSING, None),
    ],
)
def test_a_slope_is_the_ratio_of_two_gradients_and_0_where_the_upper_one_is(below, above, ratio):
    found = _ratio(*(each if each is MISSING else np.array(each) for each in (below, above)))
    assert found is MISSING if ratio is None else found.tolist() == ratio


@pytest.mark.parametrize(
    ("given", "wanted", "near"),
    [
        ([1.0, 100.0], [1.0, 100.0], True),
        ([1.0, 100.0], [1.0 + 0.9e-9, 100.0], True),
        # Beside large cells, small ones may be off by more.
        ([1.0, 100.0], [1.0 + 0.9e-7, 100.0], True),
        ([1.0, 100.0], [1.0 + 2e-7, 100.0], False),
        ([1.0], [1.0 + 3e-9], False),
        ([-1.0, 1.0], [1.0, 1.0], False),
        ([0.0], [0.0], True),
        ([1.0], [1.0, 1.0], False),
        (MISSING, [1.0], False),
        ([1.0], MISSING, False),
    ],
)
def test_tensors_are_near_if_they_differ_by_rounding_of_the_largest_cell(given, wanted, near):
    assert is_near(given, wanted) is near


@pytest.mark.parametrize(
    ("labels", "axis"),
    [
        (np.eye(3)[[0, 1, 1, 2]], 1),
        (np.eye(3)[[0, 1, 1, 2]].T, 0),
        # A single sample, as a row and as a column, and a single class.
        (np.array([[0.0, 1.0]]), 1),
        (np.array([[0.0], [1.0]]), 0),
        (np.ones((4, 1)), -1),
        # Both axes, none, a single number, no table.
        (np.eye(3), -1),
        (np.ones((2, 3)), -1),
        (np.ones((1, 1)), -1),
        (np.array([0.0, 1.0]), -1),
        (np.array([[0.4, 0.6], [0.9, 0.1 + 1e-8], [0.5, 0.5]]), -1),
        (np.array([[0.4, 0.6], [0.9, 0.1 + 1e-10], [0.5, 0.5]]), 1),
        (MISSING, -1),
    ],
)
def test_the_axis_along_which_each_label_adds_up_to_1_is_found(labels, axis):
    assert _axis_of_labels(labels) == axis


@pytest.mark.parametrize(
    ("output", "axis", "share"),
    [
        (np.array([[0.2, 0.5], [0.8, 0.5]]), 0, True),
        (np.array([[0.2, 0.5], [0.8, 0.5]]), 1, False),
        (np.array([[0.2, 0.3], [0.1, 0.4]]), None, True),
        (np.array([[-0.2, 0.5], [1.2, 0.5]]), 0, False),
        (np.array([[0.0, 1.0], [1.0, 0.0]]), 0, True),
        (MISSING, 0, False),
    ],
)
def test_shares_are_not_negative_and_add_up_to_1(output, axis, share):
    assert _is_share(output, axis) is share


@pytest.mark.parametrize(
    ("given", "right", "differ"),
    [
        ([1.0, 2.0], [1.0, 2.0], False),
        ([1.0, 2.0], [1.0, 2.0 + 1e-6], False),
        ([1.0, 2.0], [1.0, 2.0 + 3e-6], True),
        ([1.0, 2.0], [1.0 + 1e-6, 2.0], False),
        ([0.0], [0.0], False),
        ([1e-30], [0.0], True),
        ([-1.0], [1.0], True),
        ([1.0], [1.0, 9.0], False),
        (MISSING, [1.0], False),
        (MISSING, 1.0, False),
    ],
)
def test_gradients_differ_by_more_than_rounding_of_the_largest_cell(given, right, differ):
    assert _differ(given if given is MISSING else np.array(given), np.array(right)) is differ


@pytest.mark.parametrize(
    ("numbers", "slopes", "formula"),
    [
        ([-2, -1, 1, 2], [0.25, 0.25, 1, 1], "where(x > 0, 1, 0.25)"),
        ([0, 1, 2], [0.25, 1, 1], "where(x > 0, 1, 0.25)"),
        ([-2, -1, 1, 2], [0.12345678, 0.12345678, 1, 1], "where(x > 0, 1, 0.123457)"),
        ([-2, -1, 1, 2], [-0.5, -0.5, 1, 1], "where(x > 0, 1, -0.5)"),
        ([-2, -1, 1, 2], [0.25, 0.5, 1, 1], ""),
        ([-2, -1, 1, 2], [0.25, 0.25, 2, 2], ""),
        ([-2, -1, 1, 2], [0.25, 0.25, 1, 2], ""),
        ([-2, -1, 1, 2], [1, 1, 1, 1], ""),
        ([-2, -1], [0.25, 0.25], ""),
        ([1, 2], [1, 1], ""),
    ],
)
def test_a_leaky_slope_is_1_above_0_and_one_other_number_below(numbers, slopes, formula):
    one = np.array(numbers, float), None, np.array(slopes, float)
    assert leaky_slope([one]) == leaky_slope([one, one]) == formula
    halves = [(one[0][part], None, one[2][part]) for part in np.s_[::2, 1::2]]
    assert leaky_slope(halves) == formula


def test_a_turned_sign_is_the_likeliest_factor_and_then_one_near_1():
    gains = [3, 0.25, -1, 1.5, -2, 1 / 3]
    assert sorted(gains, key=_unlikeliness) == [-1, 1.5, -2, 3, 1 / 3, 0.25]
    assert sorted([3, -1 - 1e-5, -1 + 1e-7], key=_unlikeliness) == [-1 + 1e-7, -1 - 1e-5, 3]


def test_two_constants_are_close_to_one_part_in_a_million():
    numbers = (2, 2 + 1.9e-6, 2 - 1.9e-6, 2 + 2.1e-6, -2)
    assert [is_close(one, 2.0) for one in numbers] == [True, True, True, False, False]
    assert is_close(-2.0, -2.0)
    assert not is_close(0.0, 1e-9)


def test_the_node_before_or_after_another_in_its_group_is_found():
    group = [7, 9, 12]
    assert [_shifted(group, 9, by) for by in (-2, -1, 0, 1, 2)] == [[], [7], [9], [12], []]


def test_an_equation_stores_into_a_part_where_a_condition_chooses_it():
    texts = ("where(arange(3) == 1, a, b)", "a + where(a > 0, a, b)", "a")
    assert [_stores(tree(text)) for text in texts] == [True, False, False]


@pytest.mark.parametrize(
    ("given", "wanted", "same"),
    [
        ([1.0, 2], [1, 2], True),
        ([1.0, 2 + 1e-9], [1, 2], True),
        ([1.0, 2 + 1e-6], [1, 2], False),
        ([1.0, 2], [[1, 2]], False),
        (MISSING, [1.0, 2], False),
    ],
)
def test_tensors_of_one_shape_are_the_same_apart_from_rounding(given, wanted, same):
    arrays = [each if each is MISSING else np.array(each, float) for each in (given, wanted)]
    assert is_same(*arrays) is same


HALF, TWO = ("half_squared_error", ("y",), ("t",)), ("half_squared_error", ("y[0]", "y[1]"), ("t[0]", "t[1]"))
SAID = "Loss: half the squared error of y against t"


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (DescendedLoss("script", ("cost",), (), "cost"), "Loss: cost."),
        (DescendedLoss(*HALF), f"{SAID}; no line of this iteration computes it."),
        (DescendedLoss(*HALF, "cost"), f"{SAID}, which the script computes in cost."),
        (DescendedLoss(*HALF, "cost", 1 + 1e-9), f"{SAID}, which the script computes in cost."),
        (DescendedLoss(*HALF, "cost", 0.5), f"{SAID}; the script computes 2 times that in cost."),
        (DescendedLoss(*HALF, "cost", 24.0), f"{SAID}; the script computes 0.0416667 times that in cost."),
        (DescendedLoss(*HALF, "cost", -1.0), f"{SAID}; the script computes -1 times that in cost."),
        (
            DescendedLoss(*HALF, "cost", 0.0),
            "Loss: cost, half the squared error of y against t and further terms.",
        ),
        (
            DescendedLoss(*TWO),
            "Loss: half the squared error of 2 outputs, from y[0] on, against t[0] and so on.",
        ),
    ],
)
def test_a_loss_is_told_with_its_equation_and_its_factor(loss, said):
    assert loss_sentence(loss) == said
    assert loss_sentence(loss, {"y": "out"}) == said.replace("of y ", "of out ")


# What is added, scaled, tidied, and how two equations differ


def missing(text, tensors, slopes):
    found = missing_changes(tree(text), tensors, slopes)
    return [(each.mistake, tree_text(each.tree), each.same, each.is_added) for each in found]


def test_a_factor_may_be_missing_of_the_whole_and_of_each_term_and_a_term_of_the_whole():
    assert missing("a + b * c", ["w[1]", "s"], {"s": "h"}) == [
        ("the factor w[1] is missing", "(a + b * c) * w[1]", "factor w[] of term 0", True),
        ("the factor w[1] is missing", "a * w[1] + b * c", "factor w[] of term 1", True),
        ("the factor w[1] is missing", "a + b * c * w[1]", "factor w[] of term 2", True),
        ("the factor s, the slope of h, is missing", "(a + b * c) * s", "factor s of term 0", True),
        ("the factor s, the slope of h, is missing", "a * s + b * c", "factor s of term 1", True),
        ("the factor s, the slope of h, is missing", "a + b * c * s", "factor s of term 2", True),
        ("the term w[1] is missing", "a + b * c + w[1]", "term w[]", True),
        ("the term s is missing", "a + b * c + s", "term s", True),
    ]


def test_the_terms_of_an_equation_are_those_of_its_sums_products_and_reductions():
    changed = [each for _, each, _, _ in missing("(a * b) @ c - sum(d)", ["x"], {})]
    # * and @ bind alike, from left to right.
    assert changed[:-1] == [
        "(a * b @ c - sum(d)) * x",
        "a * b @ c * x - sum(d)",
        "a * b @ c - sum(d) * x",
        "a * b * x @ c - sum(d)",
        "a * b @ c - sum(d * x)",
    ]


@pytest.mark.parametrize(
    ("gain", "said", "changed"),
    [
        (-1, "wrong sign", "-a"),
        (-1 + 9e-7, "wrong sign", "-a"),
        (-1 + 2e-6, "0.999998 times what it should be, and the sign is wrong", "a / -0.999998"),
        (2, "2 times what it should be", "a / 2.0"),
        (-0.25, "0.25 times what it should be, and the sign is wrong", "a / -0.25"),
        (1 / 3, "0.3333333 times what it should be", "a / 0.3333333"),
    ],
)
def test_a_constant_that_a_gradient_is_multiplied_with_is_divided_by(gain, said, changed):
    found = scaled(tree("a"), gain)
    assert (found.mistake, tree_text(found.tree)) == (said, changed)


SLOPES = [
    ActivationSlope("H", "Z", tree("H * (1 - H)")),
    ActivationSlope("G", "K", tree("G * (1 - G)")),
]


@pytest.mark.parametrize(
    ("given", "wanted", "kind", "said"),
    [
        ("a * b", "a * c", "another tensor", "it reads a * b instead of a * c"),
        ("a", "a + b", "term", "it reads a instead of a + b"),
        ("a - b + c", "a + b", "term", "it reads a - b + c instead of a + b"),
        ("a * b", "a * b * c", "factor", "the factor c is missing"),
        ("a * b", "b * a", "unknown", ""),
        ("a * b * c", "a * b", "unknown", ""),
        ("a", "a * b * c", "unknown", ""),
        ("a", "a * (H * (1 - H))", "derivative missing",
         "the factor H * (1 - H), the slope of H, is missing"),
        ("a", "a * exp(Z)", "derivative missing", "the factor H * (1 - H), the slope of H, is missing"),
        ("a * (1 - H)", "b * a * (1 - H)", "factor", "the factor b is missing"),
        ("a * bb", f"a * {'c' * 60}", "another tensor", ""),
    ],
)  # fmt: skip
def test_how_two_parts_of_equations_differ_is_told_by_what_they_read(given, wanted, kind, said):
    assert kind_of_difference(tree(given), tree(wanted), SLOPES) == (kind, said)


def test_two_slopes_that_are_missing_are_both_named():
    kind, said = kind_of_difference(tree("a"), tree("a * (H * (1 - H)) * (G * (1 - G))"), SLOPES)
    assert kind is MistakeKind.SLOPE_MISSING
    assert all(
        part in said for part in ("H * (1 - H), the slope of H", "G * (1 - G), the slope of G, are missing")
    )


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("ones_like(a) * b", "b"),
        ("b * 1", "b"),
        ("b @ ones_like(a)", "b @ ones_like(a)"),
        ("-a * b", "-(a * b)"),
        ("a * -b", "-(a * b)"),
        ("-a @ -b", "a @ b"),
        ("-(-a)", "a"),
        ("2 * 3", "6.0"),
        ("2 * (-3)", "-6.0"),
        ("2 * a", "2 * a"),
        ("a.T.T", "a"),
        ("a.T.T.T", "a.T"),
        ("exp(-(-(1 * a)))", "exp(a)"),
        ("a + -b", "a + -b"),
    ],
)
def test_a_derived_expression_is_tidied(text, tidy):
    assert tree_text(tidied(tree(text))) == tidy


@pytest.mark.parametrize(
    ("text", "part", "new"),
    [
        ("a * (b + c)", "b", "d"),
        ("a * (b + c)", "b + c", "b - c"),
        ("exp(a) @ b.T", "a", "d"),
        ("a * b", "a * b", "d"),
    ],
)
def test_the_smallest_changed_part_of_an_equation_is_found_with_what_is_in_its_place(text, part, new):
    whole = tree(text)
    node = next(each for each in ast.walk(whole) if isinstance(each, ast.expr) and tree_text(each) == part)
    found = changed_part(whole, replaced(whole, node, tree(new)))
    assert tuple(map(tree_text, found)) == (part, new)


def test_what_is_overwritten_is_added_to_also_where_a_part_is_stored():
    def first(text):
        return [
            tree_text(each.tree)
            for each in single_changes(tree(text), earlier="g:3")
            if each.same == "overwritten"
        ]

    assert first("a * b") == ["g:3 + a * b"]
    assert first("where(c, a, g)") == ["where(c, g:3 + a, g)"]


@pytest.mark.parametrize(
    ("equation", "loss_constant", "text"),
    [
        ("loss", 4.0, "-0.2 times the gradient of loss"),
        ("loss", 0.0, "-0.05 times the gradient of loss"),
        ("", 4.0, "-0.05 times the gradient"),
    ],
)
def test_a_step_is_told_by_the_scripts_own_loss_if_it_computes_one(equation, loss_constant, text):
    loss = DescendedLoss("half_squared_error", ("y",), ("t",), equation, loss_constant)
    assert _step_text(-0.05, loss) == text
    assert _step_text(-0.05, None) == "-0.05 times the gradient"


# What a pass suggests: which lines are suspected, and what they may have to read

RANDOM = np.random.default_rng(21)

TWICE = """
h:1 = np.tanh(W @ x1 + U @ h0)
h:1:2 = np.tanh(W @ x2 + U @ h:1)
y = V @ h:1:2 + V @ h:1
e = y - t
dV = np.outer(e, h:1:2 + h:1)
dh:6 = V.T @ e + U.T @ np.zeros(3)
dz:7 = dh:6 * (1 - h:1:2**2)
dW:8 = np.zeros((3, 2)) + np.outer(dz:7, x2)
dU:9 = np.zeros((3, 3)) + np.outer(dz:7, h:1)
dh:6:2 = V.T @ e + U.T @ dz:7
dz:7:2 = dh:6:2 * (1 - h:1**2)
dW:8:2 = dW:8 + np.outer(dz:7:2, x1)
dU:9:2 = dU:9 + np.outer(dz:7:2, h0)
W = W - rate * dW:8:2
U = U - rate * dU:9:2
V = V - rate * dV
"""
"""A layer that is run twice, and its backward pass, each in a loop: lines 1 and 6 to 9 run twice."""

TWICE_VALUES = {
    name: RANDOM.normal(size=size)
    for name, size in {"W": (3, 2), "U": (3, 3), "V": (1, 3), "x1": 2, "x2": 2, "t": 1, "h0": 3}.items()
} | {"rate": 0.1}

LAYERS = """
z1 = X @ W1
h1 = np.tanh(z1)
z2 = h1 @ W2
h2 = 1 / (1 + np.exp(-z2))
y = h2 @ W3
e = y - T
dW3 = h2.T @ e
d2 = e @ W3.T
dz2 = d2 * h2 * (1 - h2)
dW2 = h1.T @ dz2
d1 = dz2 @ W2.T
dz1 = d1 * (1 - h1**2)
dW1 = X.T @ dz1
W3 = W3 - rate * dW3
W2 = W2 - rate * dW2
W1 = W1 - rate * dW1
"""

LAYERS_VALUES = {
    name: RANDOM.normal(size=size)
    for name, size in {
        "X": (4, 2),
        "W1": (2, 3),
        "W2": (3, 3),
        "B": (3, 3),
        "W3": (3, 1),
        "T": (4, 1),
    }.items()
} | {"rate": 0.1}

CHAIN = """
s:1 = np.tanh(W * s0 + x)
s:1:2 = np.tanh(W * s:1 + x)
s:1:3 = np.tanh(W * s:1:2 + x)
e = s:1:3 - t
g:5 = e * 1 * (1 - s:1:3**2)
g:5:2 = g:5 * W * (1 - s:1:2**2)
g:5:3 = g:5:2 * W * (1 - s:1**2)
dW = g:5 * s:1:2 + g:5:2 * s:1 + g:5:3 * s0
W = W - rate * dW
"""
"""A step that runs three times, and its backward pass."""

CHAIN_VALUES = {name: RANDOM.normal(size=4) for name in ("W", "s0", "x", "t")} | {"rate": 0.1}

BRANCHES = """
z = X @ A
h = np.tanh(z)
y = z @ B + h @ C + z * z @ D
e = y - T
dB = z.T @ e
dC = h.T @ e
dD = (z * z).T @ e
p = e @ B.T
q = e @ C.T * (1 - h**2)
r = e @ D.T * 2 * z
dz = p + q + r
dA = X.T @ dz
A = A - rate * dA
B = B - rate * dB
C = C - rate * dC
D = D - rate * dD
"""
"""A gradient that comes back on three ways."""

BRANCHES_SIZES = {"X": (5, 2), "A": (2, 3), "B": (3, 1), "C": (3, 1), "D": (3, 1), "T": (5, 1)}

BRANCHES_VALUES = {name: RANDOM.normal(size=size) for name, size in BRANCHES_SIZES.items()} | {"rate": 0.1}

PASSES = {
    "twice": (TWICE, TWICE_VALUES),
    "layers": (LAYERS, LAYERS_VALUES),
    "chain": (CHAIN, CHAIN_VALUES),
    "branches": (BRANCHES, BRANCHES_VALUES),
}


def pass_under_loss(kind, changes):
    """A pass with some lines changed, under the loss that explains most of it."""
    return _pass_under_loss(kind, tuple(changes.items()))


@functools.cache
def _pass_under_loss(kind, items):
    (text, initial), changes = PASSES[kind], dict(items)
    lines = [line.split(" = ", 1) for line in text.strip().splitlines()]
    last = [(name, right) for name, right in changes.items() if name not in dict(lines)]
    lines = [(name, changes.get(name, right)) for name, right in lines] + last
    given = training_pass("\n".join(f"{name} = {right}" for name, right in lines), initial)
    equations = [
        dataclasses.replace(each, line=int(each.name.split(":")[1]) if ":" in each.name else each.line)
        for each in given.equations
    ]
    study = study_pass(dataclasses.replace(given, equations=tuple(equations)))
    return PassUnderLoss(study, *study.ranked[0])


def names_of(under, places):
    return [under.graph.equations[at].name for at in places]


TURNED_SLOPES = {"dz:7": "dh:6 * (1 - h:1**2)", "dz:7:2": "dh:6:2 * (1 - h:1:2**2)"}

NO_SLOPES = {"dz:7": "dh:6", "dz:7:2": "dh:6:2"}


@pytest.mark.parametrize(
    ("kind", "changes", "wrong", "ordered"),
    [
        ("twice", {}, "W U V", ""),
        ("layers", {}, "W3 W2 W1", ""),
        # The line itself, the line that it reads, and those that read it.
        ("twice", TURNED_SLOPES, "dz:7 V", "dz:7 dh:6 dW:8 dU:9 dh:6:2 dW:8:2 dU:9:2 W U e"),
        (
            "twice",
            NO_SLOPES,
            "dW:8 dU:9 dh:6:2 V",
            "dW:8 dU:9 dh:6:2 dh:6 dz:7 e dW:8:2 dU:9:2 W U",
        ),
        (
            "twice",
            {"dh:6:2": "V.T @ e + U.T @ dh:6"},
            "dh:6:2 V",
            "dh:6:2 e dh:6 dz:7:2 dW:8:2 dU:9:2 W U dW:8 dU:9",
        ),
        ("twice", {"W": "W - rate * dW:8"}, "dW:8:2 W U V", "W dW:8 e dh:6 dz:7"),
        ("layers", {"dW2": "h1.T @ d2"}, "dW2 W3 W1", "dW2 d2 W2 e"),
        ("layers", {"dz2": "d2 * (1 - h2)"}, "dz2 W3", "dz2 d2 dW2 d1 dz1 dW1 W2 W1 e"),
        # What nothing reads is not looked for among the gradients.
        ("layers", {"dW1": "X.T @ d1"}, "dz1 dW1 W3 W2", "dW1 d1 W1 e d2 dz2"),
    ],
)
def test_what_is_wrong_though_its_inputs_are_right_is_suspected_first(kind, changes, wrong, ordered):
    under = pass_under_loss(kind, changes)
    suspects = Suspects(under)
    found = [at for at in range(len(under.graph.roots)) if suspects.is_wrong_by_itself(at)]
    assert names_of(under, found) == wrong.split()
    lost = [name for name in under.explanation.inputs if name not in under.matches.found]
    assert names_of(under, suspects.ordered(lost)) == ordered.split()


@pytest.mark.parametrize(
    ("kind", "changes", "name", "mistake", "wanted"),
    [
        # Tensors of the shape, the last computed first; data for data.
        (
            "layers",
            {"dW2": "h1.T @ d2"},
            "dW2",
            MistakeKind.OTHER_TENSOR,
            [
                *(f"h1.T @ {other}" for other in ("dz2", "h2", "z2", "h1", "z1")),
                *(f"{other}.T @ d2" for other in ("dz2", "d2", "h2", "z2", "z1")),
            ],
        ),
        # The weights for a fixed matrix first, and its neighbours by name and by shape.
        (
            "layers",
            {"d1": "dz2 @ B.T"},
            "d1",
            MistakeKind.OTHER_TENSOR,
            [
                *("dz2 @ W2.T", "dz2 @ W2"),
                *(f"{other} @ B.T" for other in ("d2", "h2", "z2", "h1", "z1")),
                *("dz2 @ dW2.T", "dz2 @ T.T", "dz2 @ X.T"),
            ],
        ),
        (
            "layers",
            {"d2": "e @ W3.T / 4"},
            "d2",
            MistakeKind.OTHER_TENSOR,
            [f"{pair}.T / 4" for pair in ("y @ W3", "T @ W3", "e @ dW3", "e @ W2", "e @ W1")],
        ),
        # Derivatives of activations computed by then whose shape is that of a part.
        (
            "layers",
            {"dz2": "d2"},
            "dz2",
            MistakeKind.SLOPE_MISSING,
            ["d2 * (h2 * (1 - h2))", "d2 * (1 - h1**2)"],
        ),
        ("layers", {}, "z2", MistakeKind.SLOPE_MISSING, ["h1 @ W2 * (1 - h1**2)"]),
        # A factor or a term: no rate, nothing that is read already, weights and sums of the shape.
        (
            "layers",
            {"dz1": "d1"},
            "dz1",
            MistakeKind.TERM,
            [f"d1 + {other}" for other in ("dz2", "d2", "h2", "z2", "h1", "z1")],
        ),
        # Both times of the forward loop, the one counted from the end first.
        (
            "twice",
            NO_SLOPES,
            "dz:7",
            MistakeKind.SLOPE_MISSING,
            ["dh:6 * (1 - h:1:2**2)", "dh:6 * (1 - h:1**2)"],
        ),
        (
            "twice",
            NO_SLOPES,
            "dz:7:2",
            MistakeKind.SLOPE_MISSING,
            ["dh:6:2 * (1 - h:1**2)", "dh:6:2 * (1 - h:1:2**2)"],
        ),
        ("twice", NO_SLOPES, "dz:7:2", MistakeKind.OVERWRITTEN, ["dz:7 + dh:6:2"]),
        ("twice", {}, "dW:8:2", MistakeKind.OVERWRITTEN, ["dW:8 + outer(dz:7:2 + dz:7, x1)"]),
        ("twice", NO_SLOPES, "dz:7", MistakeKind.OVERWRITTEN, []),
        # Of three times the one counted from the end, and the ones beside it.
        *(
            (
                "chain",
                {"g:5": "e * 1", "g:5:2": "g:5 * W", "g:5:3": "g:5:2 * W"},
                name,
                MistakeKind.SLOPE_MISSING,
                [f"{right} * (1 - s:1{run}**2)" for run in (":3", ":2", "")],
            )
            for name, right in (("g:5", "e * 1"), ("g:5:2", "g:5 * W"), ("g:5:3", "g:5:2 * W"))
        ),
        # A count in another shape: every tensor may be meant.
        (
            "layers",
            {"dW1": "X.T @ np.sum(dz1, axis=1, keepdims=True)", "e": "y - T"},
            "dW1",
            MistakeKind.TRANSPOSE,
            [
                *("X.T @ sum(dz1, axis=1, keepdims=True).T", "X @ sum(dz1, axis=1, keepdims=True)"),
                *("X @ sum(dz1, axis=1, keepdims=True).T", "(X.T @ sum(dz1, axis=1, keepdims=True)).T"),
            ],
        ),
        # Where only a constant is wrong, it alone is changed.
        ("branches", {"p": "-e @ B.T"}, "p", MistakeKind.OTHER_TENSOR, []),
        ("branches", {"p": "-e @ B.T"}, "p", MistakeKind.SIGN, ["e @ B.T", "-(-e @ B.T)"]),
        (
            "branches",
            {"r": "e @ D.T * z"},
            "r",
            MistakeKind.FACTOR,
            [
                *("e @ D.T", "z", "e @ D.T / z"),
                *(f"e @ D.T * z {rest}" for rest in ("* q", "* p", "* h", "/ 0.5")),
            ],
        ),
        # A parameter's value from before its update.
        ("layers", {"W4": "W3 - e"}, "W4", MistakeKind.UPDATED_BEFORE_USED, ["W3 - e"]),
        ("layers", {"d2": "e @ W3.T"}, "d2", MistakeKind.UPDATED_BEFORE_USED, []),
    ],
)
def test_what_a_line_may_have_to_read_is_taken_from_the_pass(kind, changes, name, mistake, wanted):
    under = pass_under_loss(kind, changes)
    (at,) = (at for at, each in enumerate(under.graph.equations) if each.name == name)
    found = [each for each in UsualChanges(under, Suspects(under)).of(at) if each.kind is mistake]
    assert list(dict.fromkeys(tree_text(each.tree) for each in found)) == wanted


@pytest.mark.parametrize(
    ("kind", "changes", "mended"),
    [
        ("layers", {"dW1": "X.T @ dz2"}, {"dW1": "X.T @ dz1"}),
        ("layers", {"dz2": "d2 * (1 - h2)"}, {"dz2": "d2 * (h2 * (1 - h2))"}),
        # Where a line is left out, the one before it gives what the next one needs.
        ("layers", {"dz2": "d2"}, {"d2": "e @ W3.T * (h2 * (1 - h2))"}),
        ("layers", {"dz1": "d1", "d1": "dz2 @ W2.T"}, {"d1": "dz2 @ W2.T * (1 - h1**2)"}),
        ("layers", {"dz1": "d1 * (1 - z1**2)"}, {"dz1": "d1 * (1 - h1**2)"}),
        ("layers", {"dz1": "d1 * (1 - h1**2) * np.sum(h1)"}, {"dz1": "d1 * (1 - h1**2)"}),
        ("layers", {"d1": "dz2 @ W2"}, {"d1": "dz2 @ W2.T"}),
        ("layers", {"d1": "dz2 @ B"}, {"d1": "dz2 @ W2.T"}),
        ("layers", {"e": "(y - T)**2"}, {"e": "y - T"}),
        ("layers", {"dW1": "X.T @ np.exp(dz1)"}, {"dW1": "X.T @ dz1"}),
        ("layers", {"dW3": "h2 @ e"}, {"dW3": "h2.T @ e"}),
        ("layers", {"W1": "W1 - rate * dW1 * W1"}, {"W1": "W1 - rate * dW1"}),
        # Two lines: one after the other.
        (
            "layers",
            {"dz1": "d1 * (1 - h1)", "dz2": "d2 * h2"},
            {"dz2": "d2 * (h2 * (1 - h2))", "dz1": "d1 * (1 - h1**2)"},
        ),
        # A line that runs twice: the same change both times, or a change of one time.
        ("twice", TURNED_SLOPES, {"dz:7": "dh:6 * (1 - h:1:2**2)"}),
        (
            "twice",
            {"dW:8:2": "np.zeros((3, 2)) + np.outer(dz:7:2, x1)"},
            {"dW:8:2": "dW:8 + (zeros((3, 2)) + outer(dz:7:2, x1))"},
        ),
        ("twice", {"dh:6:2": "V.T @ e + U.T @ dh:6"}, {"dh:6:2": "V.T @ e + U.T @ dz:7"}),
        ("twice", {"dh:6:2": "U.T @ dz:7"}, {"dh:6:2": "dh:6 + U.T @ dz:7"}),
        ("twice", {"dV": "np.outer(e, h:1:2)"}, {"dV": "outer(e, h:1:2) + outer(e, h:1)"}),
        (
            "twice",
            {
                "dW:8": "np.zeros((3, 2)) + np.outer(dz:7, x1)",
                "dW:8:2": "dW:8 + np.outer(dz:7:2, x2)",
            },
            {"dW:8": "zeros((3, 2)) + outer(dz:7, x2)", "dW:8:2": "dW:8 + outer(dz:7:2, x1)"},
        ),
        ("layers", {}, {}),
    ],
)
def test_the_lines_that_have_to_change_are_found_with_what_they_should_read(kind, changes, mended):
    under = pass_under_loss(kind, changes)
    repairer = Repairer(under.study, under.explanation, under.matches)
    lost = [name for name in under.explanation.inputs if name not in under.matches.found]
    one = repairer.best(lost, under.graph.work + 60_000)
    found = [one] if one is not None else []
    if one is None or one.rank[0] < len(under.explanation.inputs):
        found = repairer.several(lost, under.graph.work + 60_000)
    names = names_of(under, [each.equation for each in found])
    assert dict(zip(names, [tree_text(each.change.tree) for each in found])) == mended


@pytest.mark.parametrize(
    ("changes", "gains", "misplaced", "parts"),
    [
        ({}, {}, "", "p q r"),
        ({"e": "T - y"}, {}, "", "p q r"),
        # One of three ways with another constant than the other two.
        ({"p": "-e @ B.T"}, {"p": -1}, "", "p q r"),
        ({"q": "2 * e @ C.T * (1 - h**2)"}, {"q": 2}, "", "p q r"),
        ({"r": "e @ D.T * z"}, {"r": 0.5}, "", "p q r"),
        # All have the same, the sum has not; a sum that lacks a way is a part.
        ({"dz": "p - q + r"}, {}, "", "p q r"),
        ({"dz": "p + q"}, {}, "", "p q dz"),
        # Each is the other's gradient.
        ({"dB": "h.T @ e", "dC": "z.T @ e"}, {}, "dB dC", "p q r"),
        ({"B": "B - rate * dC", "C": "C - rate * dB"}, {}, "dB dC", "p q r"),
    ],
)
def test_a_line_with_another_constant_or_for_another_parameter_is_told(changes, gains, misplaced, parts):
    under = pass_under_loss("branches", changes)
    suspects = Suspects(under)
    found = dict(zip(names_of(under, suspects.odd_gains), suspects.odd_gains.values()))
    assert found == {name: pytest.approx(gain) for name, gain in gains.items()}
    assert names_of(under, sorted(suspects.misplaced)) == misplaced.split()
    every = range(len(under.graph.roots))
    assert names_of(under, filter(suspects.is_part, every)) == parts.split()
    named = {*misplaced.split(), *gains}
    wrong = set(names_of(under, filter(suspects.is_wrong_by_itself, every)))
    assert named <= wrong


@pytest.mark.parametrize(
    ("kind", "changes", "carried"),
    [
        ("branches", {}, {"dB": 1, "p": 1, "dA": 1, "dz": 0, "e": 0}),
        ("branches", {"e": "T - y"}, {"dB": -1, "p": -1, "dA": -1}),
        ("branches", {"e": "(y - T) / 5"}, {"dB": 0.2, "dz": 0, "dA": 0.2}),
        # The sum of two with different constants has none.
        ("branches", {"p": "-e @ B.T"}, {"p": 1, "dA": 0, "A": 0, "B": 1}),
        ("branches", {"dB": "z.T @ e / 5"}, {"dB": 1, "B": 0.2, "C": 1}),
        # What a line computes itself counts.
        ("branches", {"dB": "z.T @ (T - y)"}, {"dB": -1, "dC": 1}),
        ("layers", {"d1": "3 * dz2 @ W2.T"}, {"d1": 1, "dz1": 3, "dW1": 3}),
    ],
)
def test_the_constant_of_the_gradients_that_a_line_reads_is_theirs_if_they_share_it(kind, changes, carried):
    under = pass_under_loss(kind, changes)
    suspects = Suspects(under)
    found = {each.name: suspects.carried(at) for at, each in enumerate(under.graph.equations)}
    assert {name: found[name] for name in carried} == pytest.approx(carried)


def test_a_line_that_begins_the_backward_pass_itself_may_begin_it_wrong():
    under = pass_under_loss("layers", {"dW3": "h2.T @ (y - T)", "d2": "(y - T) @ W3.T * h2"})
    suspects, graph = Suspects(under), under.graph
    places = {each.name: at for at, each in enumerate(graph.equations)}
    assert names_of(under, filter(suspects.begins_wrong, range(len(graph.roots)))) == ["d2"]
    seeds = {name: list(map(graph.written, suspects.seeds(at))) for name, at in places.items()}
    assert {name: nodes for name, nodes in seeds.items() if nodes} == {"dW3": ["y - T"], "d2": ["y - T"]}
    # By equal steps: products with what stays. A square, an activation or 1 / x is none.
    linear = {("d1", "dz2"): True, ("d2", "h2"): False, ("dz2", "d2"): True, ("h1", "z1"): False}
    for (line, node), wanted in linear.items():
        assert suspects._is_linear(places[line], graph.roots[places[node]]) is wanted


def test_what_several_wrong_lines_read_and_who_reads_it():
    under = pass_under_loss("branches", {"dB": "h.T @ e", "dC": "z.T @ e"})
    suspects = Suspects(under)
    places = {each.name: at for at, each in enumerate(under.graph.equations)}
    blamed = [places["dB"], places["dC"]]
    assert names_of(under, suspects.shared(range(len(places)), blamed)) == ["e"]
    assert suspects.shared(range(len(places)), blamed[:1]) == []
    assert [suspects.is_read_by(places[name], blamed) for name in ("e", "h", "p", "dB")] == [
        *(True, False, False, False),
    ]
    assert suspects.is_read_by(places["e"], blamed, 2)
    assert not suspects.is_read_by(places["e"], blamed, 3)
    assert not suspects.is_read_by(places["e"], [places["dD"]])


GRADIENTS = {
    "layers": "e:y dW3:W3 d2:h2 dz2:z2 dW2:W2 d1:h1 dz1:z1 dW1:W1",
    "branches": "e:y dB:B dC:C dD:D dz:z dA:A",
}


@pytest.mark.parametrize(
    ("kind", "changes", "labels", "followed"),
    [
        ("layers", {}, {}, "W3 W2 W1"),
        ("layers", {"dW3": "(h2 / 2).T @ e"}, {"dW3": ("W3", 0.5, False)}, "W3:0.5 W2 W1"),
        ("layers", {"e": "T - y"}, dict.fromkeys("e", ("y", -1, False)), "W3:-1 W2:-1 W1:-1"),
        # Its transpose is a gradient, but not that of the parameter.
        ("layers", {"dW2": "dz2.T @ h1"}, {"dW2": ("W2", 1, True)}, "W3 W1"),
        ("layers", {"dW2": "(dz2.T @ h1).T"}, {}, "W3 W2 W1"),
        ("layers", {"dW1": "dz1.T @ X", "W1": "W1 - rate * dW1.T"}, {"dW1": ("W1", 1, True)}, "W3 W2 W1"),
        ("branches", {}, {}, "B C D A"),
        # Steps that go down the gradient in some cells and up in others follow it nowhere; a part may rest,
        # another rule may mix the cells or read what it remembers.
        ("branches", {"A": "A - rate * dA * where(A > 0, 1, -1)"}, {}, "B C D"),
        ("branches", {"A": "A - rate * where(A > 0, dA, 0)"}, {}, "B C D A"),
        ("branches", {"A": "A - rate * dA @ D @ D.T"}, {}, "B C D A"),
        ("branches", {"A": "A - rate * np.tanh(dA)"}, {}, "B C D A"),
    ],
)
def test_the_lines_that_give_gradients_are_told_and_the_parameters_that_follow_theirs(
    kind, changes, labels, followed
):
    under = pass_under_loss(kind, changes)
    graph, study = under.graph, under.study
    matches = study.match(under.explanation)
    found = {}
    for name, root in zip(names_of(under, range(len(graph.roots))), graph.roots):
        if root in matches.labels:
            label, constant = study.clearest(list(matches.labels[root]))
            found[name] = (graph.written(label.node), pytest.approx(constant), label.turned)
    named = dict(each.split(":") for each in GRADIENTS[kind].split())
    sign = -1 if changes.get("e") == "T - y" else 1
    wanted = {name: (node, sign, False) for name, node in named.items()} | labels
    assert wanted == found
    # A line that gives the transpose is wrong by itself where nothing transposes that again.
    is_lost = changes == {"dW2": "dz2.T @ h1"}
    assert (under.matches.labels.keys() < matches.labels.keys()) is is_lost
    constants = {name: given[0][1] for name, given in matches.found.items()}
    assert constants == pytest.approx(
        {
            name: float(constant or 1)
            for name, _, constant in (each.partition(":") for each in followed.split())
        }
    )
    assert matches.rank == (len(constants), len(found))


def test_a_partial_sum_is_no_gradient_and_the_whole_sum_is():
    under = pass_under_loss("twice", {})
    nodes = dict(zip(names_of(under, range(len(under.graph.roots))), under.graph.roots))
    found = {name: [at for at, _ in places] for name, places in under.matches.found.items()}
    assert nodes["dW:8:2"] in found["W"]
    assert nodes["dU:9:2"] in found["U"]
    assert not {nodes["dW:8"], nodes["dU:9"]} & {at for places in found.values() for at in places}
    # With the update from the first time alone, W follows nothing.
    assert "W" not in pass_under_loss("twice", {"W": "W - rate * dW:8"}).matches.found


@pytest.mark.parametrize(
    ("pattern", "mixes"),
    [
        *(("_0", False), ("-_0", False), ("_0.T", False), ("-_0.T", False), ("_0 - _1", False)),
        *(("_12 * _3", False), ("_0 / _1", False), ("0.1 * _0", False), ("1e-3 * _0", False)),
        *(("_0 * 0.5", False), ("_0 / 2", False), ("_0[1, :]", False), ("concatenate([_0, _1])", False)),
        *(("_0 @ _1", True), ("sum(_0)", True), ("tanh(_0)", True), ("_0 + 2", True), ("_0 - _1 - _2", True)),
    ],
)
def test_an_operation_leaves_each_cell_to_itself_or_mixes_them(pattern, mixes):
    assert _mixes_cells(pattern) is mixes


@pytest.mark.parametrize(
    ("pairs", "constant"),
    [
        ([([2, 4], [1, 2])], 2),
        ([([2, 4], [1, 2]), ([-6, 2], [-3, 1])], 2),
        ([([2, 4], [1, 2]), ([-3, 1], [-3, 1])], 0),
        ([([2, 4], [1, 3])], 0),
        ([([2, 4], None)], 0),
        ([(None, [2, 4])], 0),
        ([], 0),
    ],
)
def test_two_losses_differ_by_a_constant_if_all_gradients_do(pairs, constant):
    given = [
        tuple(None if each is None else direction([np.array(each, float)]) for each in pair) for pair in pairs
    ]
    assert _common_constant(given) == pytest.approx(constant)


@pytest.mark.parametrize(
    ("gradient", "response", "step", "is_replaced"),
    [
        # Three cells follow their gradient; the others move up and down it without regard to it.
        ([1, 2, 3, 1, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, 1, -1, -1, -1], True),
        ([1, 2, 3, 1, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, 1, -1, 1, -1], False),
        ([1, 2, 3, 1, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, -1, 1, -1, -1], False),
        # A quarter of them uphill, three of them, frozen ones, some without a gradient, all of them, none.
        ([1, 2, 3, 1, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, 1, 1, -1, -1], False),
        ([1, 2, 3, 1, -2, 3], [-1, -2, -3, 0, 0, 0], [-1, -2, -3, 1, -1, -1], False),
        ([1, 2, 3, 1, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, 0, -1, -1, -1], False),
        ([1, 2, 3, 0, -2, 3, 1], [-1, -2, -3, 0, 0, 0, 0], [-1, -2, -3, 1, -1, -1, -1], False),
        ([1, -2, 3, 1], [0] * 4, [1, -1, -1, -1], False),
        ([1, 2, 3, 1, -2, 3, 1], [-1] * 7, [-1, -2, -3, 1, -1, -1, -1], False),
    ],
)
def test_cells_that_move_without_regard_to_their_gradient_are_told_from_frozen_and_clipped_ones(
    gradient, response, step, is_replaced
):
    given = (np.array(each, float) for each in (gradient, response, step))
    assert Study._is_replaced_in_part(*given) is is_replaced


@pytest.mark.parametrize(
    ("kind", "changes", "line", "by", "right"),
    [
        ("layers", {"dz1": "np.sin(d1) * z1"}, "dz1", ("z1", False, 1), "d1 * (1 - h1**2)"),
        ("layers", {"dz2": "np.cos(d2)"}, "dz2", ("z2", False, 1), "d2 * h2 * (1 - h2)"),
        # In the sign of what the line reads.
        ("layers", {"e": "-(y - T)", "dz1": "np.sin(d1)"}, "dz1", ("z1", False, -1), "d1 * (1 - h1**2)"),
        # What one of three ways contributes.
        ("branches", {"q": "np.sin(e) @ D.T"}, "q", ("z", True, 1), "e @ C.T * (1 - h**2)"),
        # The sum of three that share no node's gradient has no constant of its own.
        ("branches", {"dz": "p * q * r"}, "dz", ("z", False, 0), "p + q + r"),
        ("layers", {}, "", (), ""),
    ],
)
def test_what_a_line_should_give_is_known_where_no_change_of_it_gives_it(kind, changes, line, by, right):
    under = pass_under_loss(kind, changes)
    graph = under.graph
    lost = [name for name in under.explanation.inputs if name not in under.matches.found]
    found = Repairer(under.study, under.explanation, under.matches).expected(lost, graph.work + 60_000)
    if not line:
        assert found is None
        return
    assert names_of(under, [found.equation]) == [line]
    assert (graph.written(found.label.node), found.label.is_part) == by[:2]
    assert found.constant == pytest.approx(by[2])
    assert found.rank[0] == len(under.explanation.inputs)
    for state in found.states:
        values = {each.name: state[root] for each, root in zip(graph.equations, graph.roots)}
        values |= {name: state[at] for name, at in graph.inputs.items()}
        assert values[line] == pytest.approx(eval(right, values), rel=1e-9)


UPDATED_BY = -0.1
"""The rate of the passes above, as a multiple of the gradient."""


@pytest.mark.parametrize(
    ("kind", "changes", "others", "deviating"),
    [
        ("branches", {}, {}, []),
        ("branches", {"A": "A + rate * dA"}, {"A": 0.1}, [("A", -1, "A")]),
        ("branches", {"dA": "-X.T @ dz"}, {"A": 0.1}, [("dA", -1, "A")]),
        # Once per sample, or once too often; any other multiple is a rate of its own.
        ("branches", {"A": "A - 5 * rate * dA"}, {"A": -0.5}, [("A", 5, "A")]),
        ("branches", {"A": "A - rate * dA / 5"}, {"A": -0.02}, [("A", 0.2, "A")]),
        ("branches", {"dA": "X.T @ dz / 5"}, {"A": -0.02}, [("dA", 0.2, "A")]),
        ("branches", {"A": "A - 3 * rate * dA"}, {"A": -0.3}, []),
        ("branches", {"A": "A - 0.03 * dA", "B": "B - 0.2 * dB"}, {"A": -0.03, "B": -0.2}, []),
        # A gradient that a line multiplies is none.
        ("layers", {"dW2": "h1.T @ dz2 * 3"}, {"W2": -0.3}, [("dW2", 3, "W2")]),
        # Two lines, one line for two parameters or for all; all at once by a count tell nothing.
        (
            "branches",
            {"dA": "-X.T @ dz", "dB": "-z.T @ e"},
            {"A": 0.1, "B": 0.1},
            [("dB", -1, "B"), ("dA", -1, "A")],
        ),
        ("layers", {"dz2": "-d2 * h2 * (1 - h2)"}, {"W2": 0.1, "W1": 0.1}, [("dz2", -1, "W2 W1")]),
        ("branches", {"e": "T - y"}, dict.fromkeys("ABCD", 0.1), [("e", -1, "B C D A")]),
        ("branches", {"e": "(y - T) / 5"}, dict.fromkeys("ABCD", -0.02), []),
        # A step that is no multiple has its sign, and the usual size.
        ("branches", {"A": "A - rate * np.sign(dA)"}, {}, []),
        ("branches", {"A": "A + rate * np.sign(dA)"}, {"A": 0.1}, [("A", -1, "A")]),
        # One that has another term as well has the part of the gradient.
        ("layers", {"W3": "W3 - rate * dW3 - 0.01 * W3"}, {}, []),
    ],
)
def test_a_step_is_compared_with_the_others_in_sign_and_by_counts(kind, changes, others, deviating):
    under = pass_under_loss(kind, changes)
    steps = steps_of(under.study, Hypothesis(under.explanation, under.matches))
    usual = dict.fromkeys(under.explanation.inputs, UPDATED_BY)
    assert steps.constants == pytest.approx(usual | others)
    samples = {"branches": 5, "layers": 4}[kind]
    found = [
        (under.graph.equations[each.equation].name, pytest.approx(each.ratio), " ".join(each.parameters))
        for each in steps.deviations([samples])
    ]
    assert deviating == found
    no_multiples = {name for name, right in changes.items() if "sign(" in right or "0.01" in right}
    assert {name for name in usual if not steps.is_multiple(name)} == no_multiples


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["m / (1 - b1**t)"], "t"),
        (["a + b", "v / (1 - b2**(count))"], "count"),
        (["m / (1 - b1**2)"], ""),
        (["m / (2 - b1**t)"], ""),
        (["m / (1 + b1**t)"], ""),
        (["m / (1 - b1 * t)"], ""),
        (["m / (b1**t - 1)"], ""),
        ([], ""),
    ],
)
def test_the_count_of_updates_is_the_exponent_of_a_correction(texts, name):
    study = SimpleNamespace(graph=SimpleNamespace(trees=[tree(text) for text in texts]))
    assert _count_of_updates(study) == name


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", [(1, "a")]),
        ("b * m + (1 - b) * g", [(1, "b m"), (1, "1 - b g")]),
        ("b * m - c * (g * h)", [(1, "b m"), (-1, "c g h")]),
        ("a - (b - c)", [(1, "a"), (-1, "b"), (1, "c")]),
        ("-(a + b) - -c", [(-1, "a"), (-1, "b"), (1, "c")]),
        ("a / b + c @ d", [(1, "a / b"), (1, "c @ d")]),
    ],
)
def test_the_terms_of_an_average_have_their_signs_and_factors(text, terms):
    found = [(each.sign, " ".join(map(tree_text, each.factors))) for each in terms_of(tree(text))]
    assert found == terms


@pytest.mark.parametrize(
    ("given", "expected", "texts"),
    [
        (0.5, 0.25, ("0.5", "0.25")),
        (0.12345, 0.12344, ("0.1235", "0.1234")),
        (0.123451, 0.123452, ("0.123451", "0.123452")),
        (1.00001, 1.00002, ("1.00001", "1.00002")),
        (1.0000001, 1.0000002, ("1.0000001", "1.0000002")),
        (1.0, 1.0, ("1", "1")),
        (-0.0, 0.5, ("0", "0.5")),
        (123456.0, 123457.0, ("123456", "123457")),
    ],
)
def test_two_numbers_have_as_many_digits_as_tell_them_apart(given, expected, texts):
    assert _shown(given, expected) == texts


@pytest.mark.parametrize(
    ("changed", "turns"),
    [("d * (h - 1)", True), ("d * (1 - h)", False), ("d * (h - 2)", False), ("d + 1", False)],
)
def test_a_slope_with_its_difference_turned_is_found_unless_it_was_there(changed, turns):
    after = tree(changed)
    assert _turns_slope(tree("d * (1 - h)"), after) is turns
    assert not _turns_slope(after, after)
