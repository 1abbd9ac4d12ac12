"""The values of a network file: what each key takes, at its bounds, and how a wrong value is described."""

import datetime
from pathlib import Path

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.netfile import messages
from bpstep.netfile.document import parse_document
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.table import Table, describe_value, finite_numbers


def table(text):
    document = parse_document(text, Path("net.toml"))
    return Table(document, (), document.values)


def refused(text, read):
    """The line and the words of the error for a text."""
    with pytest.raises(FileError) as caught:
        read(table(text))
    return caught.value.line, caught.value.message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (10**18 - 1, "9" * 18),
        (-(10**18) + 1, "-" + "9" * 18),
        (10**18, "a huge whole number"),
        (-(10**18), "a huge whole number"),
        (0.1, "0.1"),
        (float("nan"), "nan"),
        ("a", '"a"'),
        ([], "an empty list"),
        ([1], "[1]"),
        ([1, 2.5, 3], "[1, 2.5, 3]"),
        ([1, "a", True], '[1, "a", true]'),
        ([1, 2, 3, 4, 5, 6], "a list"),
        ([[1]], "a list"),
        ({}, "a table"),
        (datetime.date(2000, 1, 1), "a date"),
        (datetime.time(1), "a date"),
    ],
)
def test_a_value_is_described_shortly(value, said):
    assert describe_value(value).startswith(said)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([1, 2.5], [1.0, 2.5]),
        ([], []),
        ([1, True], None),
        ([1, "2"], None),
        ([1, None], None),
        ([1.0, float("inf")], None),
        ([float("nan")], None),
        ([10**308], [1e308]),
        ([10**400], None),
    ],
)
def test_finite_numbers_are_neither_booleans_nor_infinite(values, numbers):
    found = finite_numbers(values)
    assert (found is None) if numbers is None else found.tolist() == numbers


@pytest.mark.parametrize(("value", "good"), [("2", True), ("5", True), ("1", False), ("6", False)])
def test_a_whole_number_has_both_bounds(value, good):
    def read(made):
        return made.integer("n", 3, 2, 5)

    if good:
        assert read(table(f"n = {value}")) == int(value)
    else:
        assert refused(f"\nn = {value}", read) == (
            2,
            f"n is {value}; expected a whole number from 2 to 5",
        )
    assert read(table("")) == 3
    for text in ("true", "3.0", '"3"'):
        assert refused(f"n = {text}", read)[0] == 1


def test_each_kind_of_value_has_its_default_and_refuses_others():
    empty = table("")
    assert (empty.text("a"), empty.text("a", "b"), empty.one_of("a", ("x",), "x")) == ("", "b", "x")
    assert (empty.flag("a", True), empty.flag("a", False), empty.table("a").values) == (True, False, {})
    assert list(empty.tables("a")) == []
    assert table("a = false").flag("a", True) is False
    assert table("a = 'x'").one_of("a", ("x", "y")) == "x"
    assert (table("a = 2").number("a"), table("a = 'x'").text("a")) == (2.0, "x")
    for text, read in (
        ("a = 1", lambda made: made.text("a")),
        ('a = "x\\ny"', lambda made: made.text("a")),
        ("a = 'z'", lambda made: made.one_of("a", ("x", "y"))),
        ("a = 1", lambda made: made.one_of("a", ("x", "y"))),
        ("a = 0", lambda made: made.flag("a", True)),
        ("a = true", lambda made: made.number("a")),
        ("a = inf", lambda made: made.number("a")),
        ("a = 1", lambda made: made.lines("a")),
        ("a = 1", lambda made: made.table("a")),
        ("a = {}", lambda made: made.tables("a")),
        ("a = [1]", lambda made: made.tables("a")),
    ):
        assert refused("\n" + text, read)[0] == 2


def test_lists_have_their_length_and_rows_theirs():
    assert table("a = [1, 2]").vector("a", 2).tolist() == [1.0, 2.0]
    assert table("a = [[1, 2], [3, 4]]").matrix("a", "x").tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert table("a = [[1], [2]]").matrix("a", "x").shape == (2, 1)
    for text, said in (
        ("a = [1]", "a has 1 number; expected 2"),
        ("a = [1, 2, 3]", "a has 3 numbers; expected 2"),
        ("a = []", "a has 0 numbers; expected 2"),
        ("a = [1, 'x']", "a list"),
        ("a = 1", "a is 1"),
    ):
        assert said in refused(text, lambda made: made.vector("a", 2))[1]
    for text, said in (
        ("a = []", "an empty list"),
        ("a = [1]", "[1]"),
        ("a = [[1], []]", "row 1"),
        ("a = [[]]", "row 0"),
        ("a = [[1, 2], [3]]", "row 1 has 1 number; expected 2"),
        ("a = [[1, 2], [3, 4, 5]]", "row 1 has 3 numbers; expected 2"),
        ("a = [[1, 2], [3, true]]", "true"),
    ):
        assert said in refused(text, lambda made: made.matrix("a", "rows"))[1]
    wrong = refused("a = [[1, 2], [3, nan], [inf, 6]]", lambda made: made.matrix("a", "rows"))[1]
    assert wrong.startswith("a[1,1] is nan")


def test_names_are_different_strings():
    assert table("a = ['x', 'y']").names("a") == ["x", "y"]
    assert table("a = 'x'").columns("a") == ["x"]
    assert table("a = ['x']").columns("a") == ["x"]
    for text in ("a = []", "a = [1]", "a = ['x', 1]", "a = 'x'"):
        refused(text, lambda made: made.names("a"))
    repeated = refused("a = ['x', 'y', 'x']", lambda made: made.names("a"))[1]
    assert '"x"' in repeated
    assert "2" in repeated or "twice" in repeated


def test_a_choice_of_words_with_commas_is_told_in_quotes():
    assert "one of a, b" in refused("k = 1", lambda made: made.one_of("k", ("a", "b")))[1]
    assert 'one of "a,b", "c"' in refused("k = 1", lambda made: made.one_of("k", ("a,b", "c")))[1]
    assert (
        refused("k = 1", lambda made: made.require("x"))[1]
        != (refused("k = 1", lambda made: made.require("x", "y"))[1])
    )


def test_keys_that_are_missing_unknown_or_elsewhere_are_told():
    made = table("loss = 1\n\nlos = 2\nzzz = 3\n")
    made.require("loss")
    made.refuse_unknown(("loss", "los", "zzz"))
    assert refused("a = 1", lambda made: made.require("a", "b"))[0] == 1
    line, said = refused("loss = 1\n\nlos = 2", lambda made: made.refuse_unknown(("loss", "rate")))
    assert (line, '"loss"' in said) == (3, True)
    line, said = refused("zzz = 3", lambda made: made.refuse_unknown(("loss", "rate")))
    assert "loss, rate" in said
    line, said = refused("labels = 3", lambda made: made.refuse_unknown(("loss",), TableKeys.TOP))
    assert said.endswith("[data]")


def test_tables_have_the_lines_of_their_keys():
    made = table("[a]\nx = 1\n\n[[b]]\ny = 1\n\n[[b]]\ny = 2\n")
    assert made.table("a").values == {"x": 1}
    assert [each.values["y"] for each in made.tables("b")] == [1, 2]
    assert [each.error("y", "").line for each in made.tables("b")] == [5, 8]
    assert [each.error("z", "").line for each in made.tables("b")] == [4, 7]
    assert made.error("zzz", "").line == 1
    text = 'p = """\nfirst\nsecond\n"""\nq = """first\n"""\n'
    assert table(text).lines("p") == ("first\nsecond\n", 2)
    assert table(text).lines("q") == ("first\n", 5)
    for text in ('q = """first"""', "q = '''first'''", 'q = "first"'):
        assert table(f"a = 1\n{text}").lines("q") == ("first", 2)
        assert table(f"a = 1\n{text}\n").lines("q") == ("first", 2)
    assert np.isfinite(table("a = -0.0").number("a"))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("x = [[1, 2], [3, 4], [5, 6]]", (3, 2)),
        ("x = [[[1, 2]], [[3, 4]], [[5, 6]]]", (3, 1, 2)),
        ("x = [[[[1, 2]]], [[[3, 4]]]]", (2, 1, 1, 2)),
        ("x = [[[[[1, 2]]]]]", None),
        ("x = [[[]], [[]]]", None),
        ("x = [[[1, inf]]]", None),
        ("x = [[[1, 'a']]]", None),
        ("x = [[[true]]]", None),
        ("x = [[[1, true]]]", None),
        ("x = [[1, 2], [3]]", None),
        ("x = [1, 2]", None),
    ],
)
def test_samples_are_rows_or_images_of_finite_numbers(text, shape):
    expected = messages.ROWS_PER_SAMPLE
    if shape is None:
        with pytest.raises(FileError):
            table(text).samples("x", expected)
    else:
        found = table(text).samples("x", expected)
        assert (found.shape, found.dtype) == (shape, np.float64)
        assert found.ravel().tolist() == list(range(1, found.size + 1))
