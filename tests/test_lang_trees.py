"""What the parts of an expression's tree are called in the language of equations."""

import ast

import pytest

from bpstep.lang import trees


def tree(text):
    return ast.parse(text, mode="eval").body


def texts(nodes):
    return [ast.unparse(node) for node in nodes]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a", []),
        ("1", []),
        ("a + b", ["a", "b"]),
        ("-a", ["a"]),
        ("a < b", ["a", "b"]),
        ("a.T", ["a"]),
        ("f(a, b, axis=1)", ["f", "a", "b", "1"]),
        ("a[b, c]", ["a", "(b, c)"]),
        ("a[1:c]", ["a", "1:c"]),
        ("[a, b]", ["a", "b"]),
        ("a and b", ["a", "b"]),
    ],
)
def test_the_expressions_inside_a_node_come_as_they_are_written(text, inside):
    assert texts(trees.children(tree(text))) == inside


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("3", 3), ("0", 0), ("-3", -3), ("--3", 3)],
        *[
            ("3.0", None),
            ("True", None),
            ("+3", None),
            ("~3", None),
            ("a", None),
            ("-a", None),
            ("1 + 2", None),
        ],
    ],
)
def test_a_whole_number_has_its_sign(text, number):
    found = trees.int_literal(tree(text))
    assert found == number
    assert type(found) is type(number)


def test_a_keyword_has_the_value_that_is_given():
    call = tree("sum(a, axis=1, keepdims=True)")
    assert ast.unparse(trees.keyword(call, "axis")) == "1"
    assert trees.keyword(call, "a") is None
    assert [
        trees.keepdims(tree(f"sum(a{rest})")) for rest in ("", ", keepdims=True", ", keepdims=False")
    ] == [
        *(False, True, False),
    ]
    assert not trees.keepdims(tree("sum(a, keepdims=b)"))
    assert not trees.keepdims(tree("sum(a, axis=True)"))


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("a.reshape(2, 3)", ["2", "3"]),
        ("a.reshape([2, 3])", ["2", "3"]),
        ("a.reshape((2, 3))", ["2", "3"]),
        ("a.reshape(6)", ["6"]),
    ],
)
def test_a_reshape_asks_for_sizes(text, sizes):
    assert trees.is_reshape(tree(text))
    assert texts(trees.reshape_sizes(tree(text))) == sizes


def test_what_is_called_by_a_name_is_a_function():
    assert [trees.function_name(tree(text)) for text in ("exp(a)", "a.reshape(2)", "a", "exp")] == [
        "exp",
        "",
        "",
        "",
    ]
    assert [trees.is_reshape(tree(text)) for text in ("reshape(a)", "a.T", "a")] == [False, False, False]


def test_what_stands_between_brackets_is_an_axis_each():
    kinds = {
        "a[:, None]": ["whole", "new"],
        "a[i]": ["tensor"],
        "a[0, -1]": ["number", "number"],
        "a[1:, :2, ::2]": ["part", "part", "part"],
        "a[i + 1, True]": ["tensor", "tensor"],
    }

    def kind(part):
        if trees.is_whole_slice(part):
            return "whole"
        if trees.is_new_axis(part):
            return "new"
        if trees.is_tensor_index(part):
            return "tensor"
        return "part" if isinstance(part, ast.Slice) else "number"

    for text, expected in kinds.items():
        assert [kind(part) for part in trees.index_parts(tree(text))] == expected
    assert not trees.is_whole_slice(tree("a"))


def test_the_tensors_that_are_joined_stand_in_a_list():
    for text, items in (
        ("concatenate([a, b])", ["a", "b"]),
        ("stack((a, b), axis=1)", ["a", "b"]),
        ("exp(a)", []),
        ("f()", []),
    ):
        assert texts(trees.listed_items(tree(text))) == items


def test_letters_stand_for_expressions_and_each_place_shares_one():
    found = trees.substituted("x * (1 - x) + z", {"x": tree("a @ b"), "y": tree("c")})
    assert ast.unparse(found) == "a @ b * (1 - a @ b) + z"
    assert found.left.left is found.left.right.right


@pytest.mark.parametrize(
    ("text", "operands", "made"),
    [
        ("a.T", ["x"], "x.T"),
        ("a[i, 0]", ["x"], "x[i, 0]"),
        ("a.reshape(2, 3)", ["x"], "x.reshape(2, 3)"),
        ("einsum('ij,jk->ik', a, b)", ["x", "y"], "einsum('ij,jk->ik', x, y)"),
        ("concatenate([a, b], axis=1)", ["x", "y"], "concatenate([x, y], axis=1)"),
        ("repeat(a, 2, axis=0)", ["x"], "repeat(x, 2, axis=0)"),
        ("swapaxes(a, 0, 1)", ["x"], "swapaxes(x, 0, 1)"),
    ],
)
def test_a_movement_of_numbers_moves_other_operands_alike(text, operands, made):
    assert ast.unparse(trees.with_operands(tree(text), [tree(each) for each in operands])) == made


def test_what_moves_no_numbers_has_no_other_operands():
    with pytest.raises(AssertionError):
        trees.with_operands(tree("a + b"), [tree("x")])


def test_a_text_is_cut_beyond_its_width():
    assert [trees.shortened("x" * length, 5) for length in (4, 5, 6)] == ["xxxx", "xxxxx", "xxxx…"]
    assert trees.short(tree("a" * 40)) == "a" * 40
    assert trees.short(tree("a" * 41)) == "a" * 39 + "…"
