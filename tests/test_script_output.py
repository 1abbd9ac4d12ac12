"""What a script prints is kept up to a bound, and what it shows is counted before it is made text."""

import pytest

from bpstep.script import limits
from bpstep.script.output import Output
from bpstep.script.text import check_nested


def test_what_is_printed_beyond_the_bound_is_counted_and_dropped():
    output = Output(5)
    assert output.write("abc") == 3
    assert (output.text, output.dropped) == ("abc", 0)
    assert output.write("de") == 2
    assert (output.text, output.dropped) == ("abcde", 0)
    assert output.write("fg") == 2
    assert (output.text, output.dropped, output.size) == ("abcde", 2, 7)
    one = Output(5)
    one.write("abcd")
    one.write("e")
    assert (one.text, one.dropped) == ("abcde", 0)
    split = Output(5)
    split.write("abcdefg")
    assert (split.text, split.dropped) == ("abcde", 2)


def test_values_are_printed_as_by_python():
    output, other = Output(100), Output(100)
    output.show(1, "a", [2])
    output.show(1, 2, sep="-", end="!")
    output.show(1, 2, sep=None, end=None)
    output.show("there", file=other)
    output.show()
    assert output.text == "1 a [2]\n1-2!1 2\n\n"
    assert other.text == "there\n"
    with pytest.raises(TypeError, match="must be str, not int"):
        output.write(1)


def nested(depth):
    value = [1]
    for _ in range(depth):
        value = [value, value]
    return value


def test_items_are_counted_through_all_containers(monkeypatch):
    monkeypatch.setattr(limits, "MOST_ITEMS", 12)
    inside = (
        [0] * 11,
        (0,) * 11,
        {"a": 0, "b": 0, "c": 0, "d": 0},
        [[0] * 4, [0] * 4],
        ["a" * 127, 1, 2],
        7,
        "x" * 99,
    )
    for value in inside:
        assert check_nested(value) is value
    for value in (
        [0] * 12,
        [0, [0] * 12],
        [[0] * 12, 0],
        [[0] * 5, [0] * 5],
        {"a": [0] * 5, "b": [0] * 6},
        ["a" * 64] * 12,
        nested(9),
    ):
        with pytest.raises(limits.OutOfBounds):
            check_nested(value)
    itself = [1]
    itself.append(itself)
    assert check_nested(itself) is itself


def test_containers_are_nested_two_hundred_deep_at_most():
    value = []
    for _ in range(200):
        value = [value]
    check_nested(value)
    with pytest.raises(limits.OutOfBounds):
        check_nested([value])
