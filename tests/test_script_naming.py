"""Names of the items of a pass: as short as they can be, each once, the carried ones as they began."""

import pytest

from bpstep.script.equations.items import Item, ItemKind
from bpstep.script.equations.naming import longer_names, name_items, short_name, spelled

INITIAL, EQUATION = ItemKind.INITIAL, ItemKind.EQUATION


@pytest.mark.parametrize(
    ("path", "short", "longer"),
    [
        (("", "W"), "W", ["W"]),
        (("", "W", 0), "W[0]", ["W[0]"]),
        (("", "net", "layers", 1, "W"), "W", ["W", "layers[1].W", "net.layers[1].W"]),
        (("", "net", "params", "W1"), "W1", ["W1", "params.W1", "net.params.W1"]),
        (("forward", "h"), "h", ["h", "forward.h"]),
        (("Net.forward", "h", 2), "h[2]", ["h[2]", "forward.h[2]"]),
        (("~", "h"), "h", ["h"]),
        (("?", "h"), "h", ["h"]),
        (("",), "_", ["_"]),
    ],
)
def test_a_name_grows_from_the_last_word_of_a_path_to_the_whole_with_its_function(path, short, longer):
    if len(path) > 1:
        assert short_name(path) == short
    assert longer_names(path)[: len(longer)] == longer or len(path) == 1


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["a"], "a"),
        (["a", "b"], "a.b"),
        (["a", 0, "b"], "a[0].b"),
        ([0], "[0]"),
        (["two words"], "two_words"),
        (["W-1", "b"], "W_1.b"),
        (["1st"], "_1st"),
        (["a", "1st"], "a.1st"),
        (["_Net__hidden"], "__hidden"),
        (["_hidden"], "_hidden"),
        (["__"], "__"),
    ],
)
def test_a_path_is_written_with_dots_and_indices_in_letters_of_names(parts, text):
    assert spelled(parts) == text


INITIAL, EQUATION = ItemKind.INITIAL, ItemKind.EQUATION


def named(*items, carried=()):
    """The names of items, given as (kind, path, line) or (kind, path, line, others)."""
    made = [
        Item(at, kind, path, 0.0, line=line, others=list(more[0]) if more else [])
        for at, (kind, path, line, *more) in enumerate(items)
    ]
    name_items(made, {first: made[last] for first, last in carried})
    return [item.name for item in made]


def test_what_is_written_once_has_the_bare_name():
    assert named((INITIAL, ("", "W"), 1), (EQUATION, ("", "h"), 2)) == ["W", "h"]


def test_what_is_written_in_several_lines_has_the_line_and_in_one_line_its_turn():
    h = ("", "h")
    assert named((EQUATION, h, 2), (EQUATION, h, 5)) == ["h:2", "h:5"]
    assert named((EQUATION, h, 2), (EQUATION, h, 2), (EQUATION, h, 5)) == [
        "h:2:1",
        "h:2:2",
        "h:5",
    ]
    assert named((INITIAL, h, 1), (EQUATION, h, 2)) == ["h", "h:2"]


def test_a_name_of_the_language_is_no_tensors():
    assert named((INITIAL, ("", "exp"), 1), (EQUATION, ("", "sum"), 2)) == ["exp_", "sum:2"]


def test_the_last_write_of_a_carried_item_has_its_name():
    W = ("", "W")
    items = ((INITIAL, W, 1), (EQUATION, W, 2), (EQUATION, W, 3))
    assert named(*items, carried=[(0, 2)]) == ["W", "W:2", "W"]


def test_two_places_with_one_last_word_get_longer_names_and_others_stay_short():
    found = named(
        (INITIAL, ("", "one", "W"), 1),
        (INITIAL, ("", "two", "W"), 1),
        (INITIAL, ("", "two", "b"), 1),
    )
    assert found == ["one.W", "two.W", "b"]


def test_another_place_of_the_same_array_names_what_would_have_a_line():
    h, kept = ("", "h"), ("", "net", "all", 0)
    found = named((EQUATION, h, 2, (kept,)), (EQUATION, h, 2, (("", "net", "all", 1),)))
    assert found == ["all[0]", "all[1]"]
    assert named((EQUATION, h, 2, (kept,)), (EQUATION, h, 2, (kept,))) == ["h:2:1", "h:2:2"]
    plain = ("", "net", "out")
    assert named((EQUATION, h, 2, (plain,)), (EQUATION, h, 3)) == ["h:2", "h:3"]
    initial = (INITIAL, kept, 1)
    assert named(initial, (EQUATION, h, 2, (kept,)), (EQUATION, h, 3)) == [
        "all[0]",
        "h:2",
        "h:3",
    ]


def test_what_would_be_written_alike_is_told_apart_by_lines_below_it():
    places = [("", "a b"), ("", "a_b"), ("", "a-b")]
    assert named(*((INITIAL, path, 1) for path in places)) == ["a_b", "a_b_", "a_b__"]
