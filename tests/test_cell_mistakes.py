"""The single mistakes in the arithmetic of a cell: every sentence, and the number that it leads to."""

import numpy as np
import pytest

from bpstep.explain.cell_mistakes import (
    cells_read,
    equation_mistakes,
    mistakes,
    round_cells,
    tensor_mistakes,
)
from bpstep.explain.elementwise import expand_cell
from bpstep.lang import parser

TENSORS = {
    name: np.asarray(value)
    for name, value in {
        "a": 5.0,
        "b": 3.0,
        "one": [4.0],
        "two": [2.0, 3.0],
        "v": [2.0, 3.0, 7.0],
        "M": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        "S": [[1.0, 2.0], [4.0, 8.0]],
        "R": [[9.0, 8.0, 7.0]],
        "k": [0, 1, 2],
        "j": [2, 1, 0],
        "v12": np.arange(1.0, 13.0),
        "v13": np.arange(1.0, 14.0),
        "few": np.eye(200)[0] * 2 + np.eye(200)[7] * 3,
        "many": np.eye(201)[0] * 2 + np.eye(201)[7] * 3,
        "half": np.arange(26) % 2 + 0.0,
        "less": (np.arange(24) % 2) * 3.0,
    }.items()
}


def cell(text, index=()):
    return expand_cell(parser.parse(text, TENSORS), index, TENSORS)


def number(value):
    return f"{value:.5g}"


def told(found):
    return [f"{mistake}: {number(node.value)}" for mistake, node in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-a", ["a minus is forgotten: 5"]),
        ("a + b", ["the term 3 is missing: 5", "the term 5 is missing: 3",
                   "3 is subtracted instead of added: 2", "5 is there twice, and 3 is missing: 10",
                   "3 is there twice, and 5 is missing: 6"]),
        ("1 - a", ["5 is added instead of subtracted: 6", "the term 5 is missing: 1", "5 should be 1 - 5: 5",
                   "the term 1 is missing: -5", "the difference is the other way round: 4"]),
        ("a - b", ["3 is added instead of subtracted: 8", "the term 3 is missing: 5", "that is 3 alone: 3",
                   "the term 5 is missing: -3",
                   "5 is replaced by 1: -2", "the difference is the other way round: -2"]),
        ("a * b", ["the factor 3 is missing: 5", "the factor 5 is missing: 3",
                   "the factor 3 is there twice: 45", "the factor 5 is there twice: 75",
                   "5 and 3 are added instead of multiplied: 8",
                   "it is divided by 3 instead of multiplied: 1.6667"]),
        ("a / b", ["it is not divided by 3: 5", "it is divided by 3 twice: 0.55556",
                   "the fraction is upside down: 0.6",
                   "it is multiplied by 3 instead of divided: 15"]),
        ("a ** 2", ["the square is forgotten: 5", "it is multiplied by 2 instead of raised to it: 10"]),
        ("a ** 3", ["the power 3 is forgotten: 5", "it is multiplied by 3 instead of raised to it: 15"]),
        ("a ** v[0]", ["the power 2 is forgotten: 5", "it is multiplied by 2 instead of raised to it: 10"]),
        ("log(a)", ["log is forgotten: 5"]),
        ("where(a > b, -a, log(b))", ["that is the other side of the condition: 1.0986",
                                      "a minus is forgotten: 5"]),
        ("where(a < b, -a, log(b))", ["that is the other side of the condition: -5", "log is forgotten: 3"]),
        ("-log(a * -b)", ["a minus is forgotten: nan", "log is forgotten: 15",
                          "the factor -3 is missing: -1.6094", "the factor 5 is missing: nan",
                          "the factor -3 is there twice: -3.8067", "the factor 5 is there twice: nan",
                          "5 and -3 are added instead of multiplied: -0.69315",
                          "it is divided by -3 instead of multiplied: nan",
                          "a minus is forgotten: -2.7081"]),
        ("sum(one)", []),
        ("max(one)", []),
        ("sum(two)", ["that is the mean instead of the sum: 2.5", "only 2 is counted: 2",
                      "only 3 is counted: 3"]),
        ("mean(v)", ["that is the sum instead of the mean: 12", "the term 2 is missing: 3.3333",
                     "only 2 is counted: 2", "the term 3 is missing: 3", "only 3 is counted: 3",
                     "the term 7 is missing: 1.6667", "only 7 is counted: 7"]),
        ("max(two)", ["that is the minimum instead of the maximum: 2",
                      "that is the mean instead of the maximum: 2.5",
                      "that is the sum instead of the maximum: 5"]),
        ("min(v)", ["that is the maximum instead of the minimum: 7",
                    "that is the mean instead of the minimum: 4",
                    "that is the sum instead of the minimum: 12"]),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_mistakes_at_each_operation_are_told_from_the_outermost_one_inwards(text, expected):
    assert told(mistakes(cell(text), lambda node: number(node.value))) == expected


def terms_of(text):
    """Which terms of a sum are left out, counted alone, or changed inside."""
    found = told(mistakes(cell(text), lambda node: number(node.value)))
    return [
        [line for line in found if part in line] for part in ("the term ", "only ", "a minus is forgotten")
    ]


def test_in_a_long_sum_only_terms_are_changed_that_are_not_zero_and_few():
    assert list(map(len, terms_of("sum(-v12)"))) == [12, 12, 12]
    assert terms_of("sum(-v12)")[2][:2] == ["a minus is forgotten: -76", "a minus is forgotten: -74"]
    assert list(map(len, terms_of("sum(-v13)"))) == [0, 0, 0]
    few = (
        ["the term 2 is missing: 3", "the term 3 is missing: 2"],
        ["only 2 is counted: 2", "only 3 is counted: 3"],
        [],
    )
    assert terms_of("sum(few)") == list(few)
    assert terms_of("sum(many)") == [[], [], []]
    assert list(map(len, terms_of("sum(less)"))) == [12, 12, 0]
    assert list(map(len, terms_of("sum(half)"))) == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        # [[1, 2], [4, 8]] times itself is [[9, 18], [36, 72]].
        ("S.T @ S", (0, 1), ["S is not transposed: 18"]),
        ("S.T", (0, 1), ["S is not transposed: 2"]),
        ("M.T @ M", (0, 1), []),
        ("sum(S, axis=0)", (1,), ["it is taken along axis 1 instead of axis 0: 12"]),
        ("mean(S, axis=-1)", (1,), ["it is taken along axis 0 instead of axis 1: 5"]),
        ("max(S, axis=1, keepdims=True)", (0, 0), ["it is taken along axis 0 instead of axis 1: 4"]),
        ("sum(M, axis=1)", (1,), ["it is taken along axis 0 instead of axis 1: 7"]),
        ("sum(M, axis=0)", (1,), ["it is taken along axis 1 instead of axis 0: 15"]),
        ("sum(M, axis=0)", (2,), []),
        ("sum(R, axis=0)", (0,), []),
        ("sum(R.T, axis=1)", (0,), []),
        ("sum(S)", (), []),
        ("sum(v, axis=0)", (), []),
        ("exp(S)", (0, 1), []),
    ],
)
def test_a_transpose_or_an_axis_is_another_one_where_the_shape_allows_it(text, index, expected):
    found = equation_mistakes(parser.parse(text, TENSORS), index, TENSORS)
    assert told(found) == expected


def other_tensors(text, index, *names):
    tensors = {name: TENSORS[name] for name in names}
    return told(tensor_mistakes(parser.parse(text, tensors), index, tensors))


def test_another_tensor_of_the_shape_is_taken_everywhere_or_in_one_place():
    assert other_tensors("a * b", (), "a", "b", "v") == [
        "it reads b instead of a: 9",
        "it reads a instead of b: 25",
    ]
    assert other_tensors("a * (b - a)", (), "a", "b") == [
        "it reads b instead of a: 0",
        "b * (b - a) reads b instead of a: -6",
        "b - b reads b instead of a: 0",
        "it reads a instead of b: 0",
    ]
    # The same part stands there twice: the part around it tells which one is meant.
    assert other_tensors("(a + 1) * b - (a + 1)", (), "a", "b") == [
        "it reads a instead of b: 24",
        "it reads b instead of a: 8",
        "(a + 1) * b - (b + 1) reads b instead of a: 14",
        "(b + 1) * b reads b instead of a: 6",
    ]
    # Another index could lie outside of the axis, so k is not exchanged for j.
    found = other_tensors("v[k]", (0,), "v", "k", "j")
    assert found == ["it reads k instead of v: 0", "it reads j instead of v: 2"]


def test_the_cells_that_are_read_and_of_a_long_sum_the_first():
    assert [(read.name, read.index) for read in cells_read(cell("a * v[1] + 2"))] == [("a", ()), ("v", (1,))]
    assert [read.value for read in cells_read(cell("sum(v13)"))] == list(range(1, 13))
    assert [read.index for read in cells_read(cell("sum(v)"))] == [(0,), (1,), (2,)]


def test_arithmetic_on_rounded_numbers_rounds_the_cells_alone():
    assert round_cells(cell("2.5 * sum(v / a)"), lambda value: value + 1).value == 2.5 * (3 + 4 + 8) / 6
