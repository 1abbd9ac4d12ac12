"""Editing a cell in place: the typed text, its position, its effect."""

import numpy as np
import pytest
from debugger_driver import debugging


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


async def test_an_edit_takes_effect_everywhere_at_once_and_the_cursor_stays():
    async with debugging(at="5") as person:
        await person.press("/")
        await person.answer("W")
        await person.press("right", "e")
        await person.answer("0.9")
        assert person.n == 5
        assert person.selected == ("W", (0, 1))
        assert person.last == "W[0,1] changed from 0.3 to 0.9; everything after it is computed again"
        hidden = sigmoid(np.array([0.24, 0.4 * 0.9 + 0.5 * 0.4 + 0.2, 0.8]))
        output = sigmoid(hidden @ np.array([0.1, 0.2, 0.3]) + 0.1)
        assert person.value("E") == pytest.approx((1 - output) ** 2 / 2, abs=1e-15)
        assert f"{hidden[1]:.4f}" in person.text
        assert "✎0.9000" in person.text


async def test_enter_edits_too_and_the_old_value_is_typed_already():
    async with debugging(at="8") as person:
        await person.press("enter")
        assert person.controller.editor.text == "-0.05015981737315736"
        assert person.last == "edit delta_V[0]: Enter saves, Escape cancels"
        await person.press("enter")
        assert not person.frame.edits
        assert person.last == "delta_V[0] is still -0.0501598174"


async def test_the_old_value_can_be_changed_in_part():
    async with debugging(at="8") as person:
        await person.press("e", "home", "delete", "right", "right", "backspace", ".", "ctrl+k")
        await person.type("25")
        await person.press("ctrl+a", "1", "end", "left", "delete", "enter")
        assert person.value("delta_V", 0) == 10.2


@pytest.mark.parametrize(
    "typed",
    ["abc", "nan", "inf", "-inf", "1e999", "1_0", "0x10", "2*0b1", "1,5,2", " ", "١", "1 2", "9" * 400],
)
async def test_input_that_is_no_finite_number_is_refused_in_place(typed):
    async with debugging(at="8") as person:
        await person.press("e")
        await person.answer(typed)
        assert person.controller.prompt is not None
        assert person.controller.editor.text == typed
        said = " ".join(line.strip() for line in person.lines[-3:-1])
        assert "is not a number" in said
        assert "delta_V[0] is still -0.0501598174" in said
        assert person.value("delta_V", 0) == pytest.approx(-0.0501598173731573, abs=1e-15)
        await person.press("escape")
        assert person.controller.prompt is None
        assert not person.frame.edits


@pytest.mark.parametrize(
    ("typed", "value"), [("0.1+0.2", 0.1 + 0.2), ("1e-3", 1e-3), ("1,5", 1.5), ("--1", 1.0), ("-3 × 2", -6.0)]
)
async def test_a_value_is_typed_as_a_number_or_as_arithmetic(typed, value):
    async with debugging(at="8") as person:
        await person.press("e")
        await person.answer(typed)
        assert person.controller.prompt is None
        assert person.value("delta_V", 0) == value


async def test_nothing_typed_is_refused_and_the_refusal_goes_when_a_number_comes():
    async with debugging(at="8") as person:
        await person.press("e", "ctrl+u", "enter")
        assert '"" is not a number' in person.lines[-3]
        await person.answer("1")
        assert person.value("delta_V", 0) == 1
        assert "is not a number" not in person.text


async def test_escape_closes_the_input_and_keeps_the_old_value():
    async with debugging(at="8") as person:
        before = person.lines
        await person.press("e")
        await person.type("99")
        await person.press("escape")
        assert person.lines == before
        assert not person.frame.edits


async def test_a_tensor_that_is_not_computed_says_from_when_it_can_be_edited():
    async with debugging(at="3") as person:
        await person.press("/")
        await person.answer("delta_w2")
        await person.press("e")
        assert person.controller.prompt is None
        assert person.last == "delta_w2 is not computed yet: it can be edited from step 14 on"


async def test_keys_are_text_while_something_is_typed():
    async with debugging(at="8") as person:
        await person.press("g", *"qnU?", "tab", "f2", "ctrl+p", "down", "ctrl+c")
        assert person.controller.editor.text == "qnU?"
        assert person.n == 8
        assert person.controller.panel is None
        assert person.controller.view.focus == "tensors"
        assert person.last == "go to: qnU?"


async def test_typing_ahead_loses_no_key():
    async with debugging() as person:
        await person.press(*"gdelta_V", "enter", *"e0.5", "enter", *"3n")
        assert person.n == 11
        assert [(edit.name, edit.value) for edit in person.frame.edits] == [("delta_V", 0.5)]


async def test_pasted_text_is_typed_its_first_line_only():
    from textual import events

    async with debugging(at="8") as person:
        await person.press("e")
        person.app.post_message(events.Paste("0.12\x1b[5\n5"))
        await person.until(lambda: person.controller.editor.text != "-0.05015981737315736")
        assert person.controller.editor.text == "0.12[5"
        await person.press("escape")
        person.app.post_message(events.Paste("nnn"))
        await person.press("n")
        assert person.n == 9


# Where the input is


def _input(person):
    """The cells that the input takes: (first column, line, one past the last)."""
    canvas = person.app.canvas_widget.canvas
    found = [
        (x, y)
        for y, roles in enumerate(canvas.roles)
        for x, role in enumerate(roles)
        if role in ("typed", "suggested", "cursor")
    ]
    (line,) = {y for _, y in found}
    return min(found)[0], line, max(found)[0] + 1


async def test_the_input_lies_exactly_over_its_cell():
    async with debugging(at="2") as person:
        await person.press("/")
        await person.answer("B1")
        await person.press("right")
        start, line, width = next(
            (hit.x, hit.y, hit.width)
            for hit in person.app.canvas_widget.canvas.hits
            if hit.target == ("cell", "B1", (1,))
        )
        shown = person.lines[line][start : start + width]
        assert shown == "  0.2000"
        await person.press("e")
        assert _input(person) == (start + 1, line, start + width)
        assert person.lines[line][start : start + width] == " 0.2".ljust(width)
        # Its neighbours are seen, whole.
        assert person.lines[line][:start].endswith("0.1000")
        assert person.lines[line][start + width :] == "  0.3000"


async def test_a_long_number_takes_whole_cells_and_stays_on_the_screen():
    async with debugging(at="2") as person:
        await person.press("end", "e")
        assert person.controller.editor.text == "0.6899744811276125"
        start, line, end = _input(person)
        assert end == 80
        assert person.lines[line][:start].rstrip().endswith("H 3")
        await person.type("0.123456789012345678901234567890")
        assert _input(person)[2] == 80
        assert "901234567890" in person.lines[line]


async def test_the_input_moves_with_its_cell_when_the_terminal_changes_its_size():
    async with debugging(at="2") as person:
        await person.press("right", "e")
        await person.type("0.75")
        for width, height in ((120, 36), (60, 18), (80, 24)):
            await person.resize(width, height)
            x, y, _ = _input(person)
            row = person.lines[y]
            assert row[x:].startswith("0.75")
            # No part of a number is left beside it.
            assert row[:x].split("│")[-1].split()[0] == "▶H"
            assert row[:x].split("│")[-1].split()[2:] in ([], ["0.5597"])
        await person.press("enter")
        assert person.value("H", 1) == 0.75


async def test_a_terminal_too_small_for_the_input_loses_nothing_of_it():
    async with debugging(at="2") as person:
        await person.press("e")
        await person.type("0.7")
        await person.resize(30, 8)
        assert "bpstep needs more room" in person.text
        await person.type("9")  # nothing shows it, so it is not taken
        await person.resize(80, 24)
        await person.type("5")
        assert person.controller.editor.text == "0.75"
        assert "▶H 3              0.75" in person.text
        await person.press("enter")
        assert person.value("H", 0) == 0.75


async def test_where_the_cell_is_not_shown_the_input_is_in_the_last_line():
    async with debugging(at="8", size=(60, 18)) as person:
        await person.press("f2", "e")
        assert _input(person)[1] == 17
        await person.answer("1")
        assert person.value("delta_V", 0) == 1


async def test_a_key_without_a_meaning_leaves_the_suggestion_to_be_typed_over():
    async with debugging(at="8") as person:
        await person.press("e", "left_shift", "f9", "2", "enter")
        assert person.value("delta_V", 0) == 2
        await person.press("?", "left_shift", "caps_lock")
        assert "bpstep help" in person.lines[0]


async def test_enter_may_come_as_a_line_feed():
    async with debugging() as person:
        await person.press("g", *"4", "ctrl+j")
        assert person.n == 4


async def test_arithmetic_is_evaluated_where_a_number_is_typed():
    async with debugging(at="5") as person:
        await person.press("/")
        await person.answer("W")
        for text, value in (("0.1+0.2", 0.1 + 0.2), ("2*(3 - 1)", 4.0), ("exp(0)", 1.0), ("0,5", 0.5)):
            await person.press("e")
            await person.answer(text)
            assert person.value("W", 0, 0) == value


@pytest.mark.parametrize("text", ["abc", "W", "1/0", "nan", "1 +", ""])
async def test_what_is_no_finite_number_is_refused(text):
    async with debugging(at="5") as person:
        await person.press("e", "1", "backspace")
        await person.answer(text)
        assert "is not a number; try 0.5, 1e-3 or 0.1+0.2" in person.text
        assert person.controller.prompt is not None
        assert person.frame.edits == ()
