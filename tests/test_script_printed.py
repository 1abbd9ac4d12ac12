"""What a number that a script prints is called, by the text around it."""

import ast

import pytest

from bpstep.script.interpreter.printed import brace_texts, label, percent_texts, shown, text_of


def before(text):
    """The text before the last value of an f-string."""
    values = ast.parse(text, mode="eval").body.values
    return text_of(
        values[: max(at for at, each in enumerate(values) if isinstance(each, ast.FormattedValue))]
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("f'loss {a}'", "loss"),
        ("f'epoch {k} loss: {a}'", "loss"),
        ("f'Loss={a:.3f}'", "Loss"),
        ("f'step {k} -> {a}'", "x"),
        ("f'{k}: {a}'", "x"),
        ("f'error {a}'", "error"),
        ("f'after {k} the accuracy is {a}'", "accuracy"),
        ("f'two words {a}'", "x"),
        ("f'{k} cost {m} {a}'", "cost"),
        ("f'total: {a}'", "total"),
        ("f'{a}'", "x"),
    ],
)
def test_the_last_measure_names_it_else_the_only_word_since_the_value_before(text, name):
    assert label(before(text), "x") == name


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("round(a, 4)", "a"),
        ("float(round(a))", "a"),
        ("np.round(abs(a), 2)", "a"),
        ("str(a)", "a"),
        ("sum(a)", "sum(a)"),
        ("round()", "round()"),
        ("a", "a"),
        ("float(sum(a))", "sum(a)"),
        ("x()(a)", "x()(a)"),
    ],
)
def test_functions_that_show_the_same_number_are_looked_through(text, inner):
    assert ast.unparse(shown(ast.parse(text, mode="eval").body)) == inner


def test_each_value_of_a_template_has_the_text_before_it():
    assert percent_texts("a %d b %5.2f%% c %s") == ["a ", "a \0 b ", "a \0 b \0% c ".replace("%", "")]
    assert percent_texts("none") == []
    assert brace_texts("a {} b {x:.2f} {{c}} {0}") == ["a ", "a \0 b ", "a \0 b \0 {c} "]
    assert brace_texts("none {{}}") == []
    assert brace_texts("{") == []
    assert shown(None) is None
