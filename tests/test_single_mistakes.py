"""The table of single mistakes, read from the right form to the wrong one and back."""

import ast

import pytest

from bpstep.explain.single_mistakes import ROWS, right_forms, wrong_forms
from bpstep.lang.trees import substituted

PARTS = {
    **{letter: f"T{letter}" for letter in "abcdvx"},
    **{"e": "exp(G)", "n": "0", "r": "mean", "f": "log"},
}
"""What each letter stands for in an equation."""


def text(node):
    return ast.unparse(ast.fix_missing_locations(node))


def equation(form):
    """A form as an equation; its keywords are as a script may have them."""
    letters = {letter: ast.parse(part, mode="eval").body for letter, part in PARTS.items()}
    return substituted(form.replace("**k", "keepdims=True"), letters)


def lead_to(found):
    return [text(other) for _, other in found]


def told(found):
    return [f"{mistake}: {text(other)}" for mistake, other in found]


def letters(form):
    names = {node.id for node in ast.walk(ast.parse(form)) if isinstance(node, ast.Name)}
    return {name for name in names if len(name) == 1}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.right} as {row.wrong}")
def test_each_row_leads_from_either_form_to_the_other(row):
    for read, known, unknown in (
        (wrong_forms, row.right, row.wrong),
        (right_forms, row.wrong, row.right),
    ):
        is_read = read is right_forms or not row.is_only_back
        if is_read and len(known) > 1 and letters(unknown) <= letters(known):
            found = [(mistake.kind, text(other)) for mistake, other in read(equation(known), text)]
            assert (row.mistake.kind, text(equation(unknown))) in found


def test_a_transpose_is_missing_or_one_too_many():
    assert told(wrong_forms(equation("G.T @ H"), text))[1:3] == [
        "H must not be transposed: G.T @ H.T",
        "G is not transposed: G @ H",
    ]
    assert told(right_forms(equation("G.T @ H"), text))[:2] == [
        "H is not transposed: G.T @ H.T",
        "G must not be transposed: G @ H",
    ]
    both = {
        "G @ H": "G and H must both be transposed: G.T @ H.T",
        "G.T @ H": "H must be transposed, not G: G @ H.T",
        "G @ H.T": "G must be transposed, not H: G.T @ H",
        "G.T @ H.T": "neither G nor H should be transposed: G @ H",
    }
    for written, sentence in both.items():
        assert sentence in told(right_forms(equation(written), text))


@pytest.mark.parametrize(
    ("read", "known", "absent"),
    [
        # A number is no matrix, and a method is none either.
        (right_forms, "2 * H", "2 .T @ H"),
        (wrong_forms, "G.reshape(2, 3)", "G.reshape.T(2, 3)"),
        # A number is not taken twice by mistake.
        (wrong_forms, "1 + G", "1 + 1"),
        # Nobody writes a minus twice.
        (right_forms, "exp(-G)", "exp(--G)"),
        # A parameter's step is computed: a plain product of tensors or numbers is none.
        (right_forms, "G * H", "G - H"),
        (right_forms, "G * 2", "G - 2"),
        # The same letter stands for the same part.
        (wrong_forms, "G * (H - sum(M * G))", "G * (H - M * G)"),
        # What joins or picks parts is no function of one.
        (wrong_forms, "concatenate([G])", "[G]"),
        (wrong_forms, "ones_like(G)", "G"),
        (right_forms, "log([G])", "[G]"),
    ],
)
def test_a_form_that_makes_no_sense_is_not_built(read, known, absent):
    assert absent not in lead_to(read(equation(known), text))


def test_keywords_stand_in_any_order_and_are_kept():
    found = told(wrong_forms(equation("sum(G, keepdims=True, axis=0)"), text))
    assert found[:2] == [
        "that is the mean instead of the sum: mean(G, keepdims=True, axis=0)",
        "the sum is taken over everything instead of along axis 0: sum(G)",
    ]
    assert "only the first sample is counted: G[0]" in found
    assert not any("sample" in each for each in told(wrong_forms(equation("sum(G, axis=1)"), text)))


def test_of_two_rows_that_leave_the_same_part_the_first_names_it():
    assert told(wrong_forms(equation("G**2"), text))[0] == "the square is forgotten: G"
    assert not any("the power" in each for each in told(wrong_forms(equation("G**2"), text)))
    assert "G should be 1 - G: G" in told(wrong_forms(equation("1 - G"), text))
    assert not any("alone" in each for each in told(wrong_forms(equation("1 - G"), text)))
