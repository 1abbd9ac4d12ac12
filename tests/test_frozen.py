"""A frozen class behaves as `dataclass(frozen=True)` does: each example is made both ways."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from bpstep.frozen import frozen


def point(decorate):
    @decorate
    class Point:
        x: int
        y: float = 0.5
        names: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False)
        secret: str = field(default="s", repr=False)
        area: float = field(init=False)

        def __post_init__(self):
            object.__setattr__(self, "area", self.x * self.y)

    Point.__qualname__ = "Point"
    return Point


def one(decorate):
    @decorate
    class One:
        value: object

    One.__qualname__ = "One"
    return One


def none(decorate):
    @decorate
    class Nothing:
        pass

    Nothing.__qualname__ = "Nothing"
    return Nothing


BOTH = (frozen, dataclass(frozen=True))


@pytest.mark.parametrize(
    ("make", "arguments", "named"),
    [
        (point, (2,), {}),
        (point, (2, 3.0), {"note": "n"}),
        (point, (), {"x": 1, "names": ["a"], "secret": "t"}),
        (one, (7,), {}),
        (none, (), {}),
    ],
)
def test_fields_defaults_and_text_are_those_of_a_dataclass(make, arguments, named):
    ours, theirs = (make(decorate) for decorate in BOTH)
    # The first instance and those after it are made in different ways.
    for _ in range(2):
        mine, other = ours(*arguments, **named), theirs(*arguments, **named)
        assert vars(mine) == vars(other)
        assert repr(mine) == repr(other)
    assert [each.name for each in fields(ours)] == [each.name for each in fields(theirs)]
    assert ours.__match_args__ == theirs.__match_args__


@pytest.mark.parametrize("arguments", [(), (1, 2.0, [], "n", "s", 9), (1, 2.0, [], "n", "s", 9, 10)], ids=len)
def test_wrong_arguments_are_refused_as_by_a_dataclass_and_the_first_call_harms_nothing(arguments):
    for decorate in BOTH:
        made = point(decorate)
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            made(*arguments)
        assert made(3).area == 1.5


def test_equal_are_instances_of_one_class_whose_compared_fields_are_equal():
    made = point(frozen)
    assert made(1, note="a") == made(1, note="b")
    assert made(1) != made(2)
    assert made(1) != (1, 0.5, [], "s", 0.5)
    assert made(1) != point(frozen)(1)
    assert made(1).__eq__(1) is NotImplemented
    same = float("nan")
    single = one(frozen)
    assert single(same) == single(same), "as in a tuple, what is the same object is equal"
    assert none(frozen)() != none(frozen)()


def test_a_hash_is_that_of_the_compared_fields():
    single = one(frozen)
    assert hash(single((1, 2))) == hash(single((1, 2))) == hash(((1, 2),))
    assert len({single(1), single(1), single(2)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(single([]))


def test_no_field_is_set_or_deleted():
    made = point(frozen)(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        made.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del made.x
    assert made.x == 1


def test_a_default_list_is_a_new_one_for_each():
    made = point(frozen)
    made(1).names.append("a")
    assert made(1).names == []


def test_an_instance_is_replaced_copied_and_matched():
    made = point(frozen)
    assert vars(replace(made(2), y=3.0)) == {**vars(made(2)), "y": 3.0, "area": 6.0}
    assert copy.deepcopy(made(2)) == copy.copy(made(2)) == made(2)
    match made(2):
        case made(x, y):
            assert (x, y) == (2, 0.5)


@frozen
class Kept:
    """A class that pickle can find, with a method of its own."""

    text: str

    def __repr__(self):
        return self.text


def test_a_method_of_its_own_stays_and_an_instance_is_pickled():
    assert repr(Kept("own")) == "own"
    assert pickle.loads(pickle.dumps(Kept("a"))) == Kept("a")
