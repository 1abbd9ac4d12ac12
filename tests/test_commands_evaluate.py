"""An expression is evaluated once, at the position shown, as safely as a condition."""

import math

import numpy as np
import pytest
from debugger_driver import controller, debugging


def evaluated(made, text):
    made.run_action("evaluate")
    made.submit(text)
    return made.input_error if made.prompt is not None else made.view.message


async def test_the_key_asks_for_an_expression_and_the_value_is_shown():
    async with debugging(at="i1") as person:
        x, w = person.frame.tensors["X"], person.frame.tensors["W"]
        await person.press(":")
        await person.answer("sum(X @ W)")
        assert person.last == f"sum(X @ W) = {np.sum(x @ w):.4f}"
        assert (person.n, person.controller.prompt) == (16, None)


@pytest.mark.parametrize(
    ("text", "value"), [("0.1 + 0.2", 0.1 + 0.2), ("1 / (1 + exp(-0.4))", 1 / (1 + math.exp(-0.4)))]
)
def test_a_number_is_shown_in_the_format_in_use(text, value):
    assert evaluated(controller(), text) == f"{text} = {value:.4f}"


def test_an_array_is_shown_with_its_shape():
    made = controller()
    rows = ("[" + " ".join(f"{number:.4f}" for number in row) + "]" for row in made.frame.tensors["W"])
    assert evaluated(made, "W") == f"W = [{' '.join(rows)}], shape 2×3"


def test_what_is_not_computed_yet_is_named():
    assert evaluated(controller(), "Y + H") == "not computed yet at this position: Y, H"


def test_an_index_that_is_computed_and_outside_its_axis_is_told():
    assert evaluated(controller(), "X[argmax(W) + 9]") == "in X[argmax(W) + 9], an index is outside its axis"


@pytest.mark.parametrize("text", ["__import__('os')", "W.tofile('x')", "open('x')", "Q + 1", "W @ W", "1 +"])
def test_nothing_but_an_expression_of_the_language_is_evaluated(text):
    made = controller()
    before = len(made.session.journal.events)
    made.run_action("evaluate")
    made.editor.insert(text)
    made.validate_input()
    assert made.input_error
    made.submit(text)
    assert made.prompt is not None
    assert len(made.session.journal.events) == before


def test_an_evaluation_changes_nothing_and_up_recalls_the_expression():
    made = controller(at="5")
    before = made.session.n, len(made.session.journal.events)
    evaluated(made, "E * 2")
    assert before == (made.session.n, len(made.session.journal.events))
    made.run_action("evaluate")
    made.handle_prompt_key("up")
    assert made.editor.text == "E * 2"


def test_of_a_large_array_the_first_cells_are_shown():
    shown = evaluated(controller("penguins"), "X")
    assert shown.count("0") > 5
    assert "…" in shown
    assert len(shown) < 400
