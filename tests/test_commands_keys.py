"""Keys, as the contract lists them: what each does to the session, the selection and the panes."""

import pytest
from debugger_driver import debugging
from textual import events

from bpstep.actions import ACTIONS
from bpstep.ui.compose import COMMANDS

# The article's program has 16 equations; forward begins at 0, loss at 4, backward at 5, update at 14.
MOVES = [
    (0, "n", 1),
    (0, "10n", 10),
    (15, "3n", 18),
    (5, "N", 4),
    (5, "3N", 2),
    (2, "7N", 0),
    (0, "]", 4),
    (4, "]", 5),
    (5, "]", 14),
    (6, "]", 14),
    (14, "]", 16),
    (16, "]", 20),
    (0, "2]", 5),
    (0, "9]", 36),
    (37, "9[", 4),
    (4, "[", 0),
    (5, "[", 4),
    (7, "[", 5),
    (14, "[", 5),
    (16, "[", 14),
    (20, "2[", 14),
    (0, "}", 16),
    (5, "}", 16),
    (16, "}", 32),
    (5, "3}", 48),
    (20, "{", 16),
    (16, "{", 0),
    (50, "2{", 32),
    (37, "<", 0),
    (37, "r", 0),
]


async def test_each_key_of_time_goes_where_the_contract_says():
    async with debugging() as person:
        for start, keys, goal in MOVES:
            person.controller.session.goto(start)
            await person.type(keys)
            assert person.n == goal, (start, keys)


async def test_steps_forward_and_back_give_the_same_numbers_again():
    async with debugging(at="8") as person:
        before = person.frame.tensors["delta_V"].tolist()
        await person.type("20n20N")
        assert person.n == 8
        assert person.frame.tensors["delta_V"].tolist() == before


async def test_furthest_is_the_greatest_n_ever_shown_whatever_was_edited_since():
    async with debugging() as person:
        await person.type("9n5N>")
        assert person.n == 9
        await person.type("re")
        await person.answer("0.7")
        await person.type(">")
        assert person.n == 9
        await person.type(">")
        assert person.last == "this is the furthest n shown so far"


@pytest.mark.parametrize(
    ("position", "n"),
    [
        ("42", 42),
        ("+5", 42),
        ("-5", 32),
        ("i10", 160),
        ("i10:delta_V", 168),
        ("delta_V", 40),
        ("forward", 32),
        ("loss", 36),
        ("backward", 37),
        ("update", 46),
        ("i10:backward", 165),
        (" 42 ", 42),
        ("here", 37),
    ],
)
async def test_every_form_of_a_position_can_be_typed(position, n):
    async with debugging(at="37") as person:
        await person.press("m")
        await person.answer("here")
        await person.go(position)
        assert person.n == n


async def test_a_wrong_position_is_refused_in_place_with_every_form_in_full():
    async with debugging(at="3") as person:
        await person.press("g")
        await person.answer("nowhere")
        assert person.n == 3
        assert person.last == "go to: nowhere"
        said = " ".join(line.strip() for line in person.lines[-3:-1])
        assert said == (
            '"nowhere" is not a position; expected 42, +5, -5, i10, i10:delta_V, delta_V, '
            "forward, loss, backward, update, i10:backward, or a mark"
        )
        await person.press("backspace", *["backspace"] * 6, *"delta_V", "enter")
        assert person.n == 8


async def test_marks_are_set_and_gone_to_and_named_when_asked():
    async with debugging(at="8") as person:
        await person.type("'")
        assert person.last == "no mark is set; m sets one"
        await person.press("m")
        await person.answer("first gradient")
        assert person.last == "mark first gradient set at n = 8; ' returns to it"
        await person.type("5nm")
        await person.answer("later")
        await person.type("'")
        assert "first gradient, later" in person.lines[-2]
        await person.press("enter")
        assert person.n == 13
        await person.type("'")
        await person.answer("first gradient")
        assert person.n == 8
        await person.type("'")
        await person.answer("neither")
        assert "no mark is called neither" in person.lines[-2]


@pytest.mark.parametrize("name", ["42", "+5", "i3", "delta_V", "backward", "i3:loss"])
async def test_a_mark_cannot_have_the_name_of_a_position(name):
    async with debugging(at="8") as person:
        await person.press("m")
        await person.answer(name)
        assert person.controller.prompt is not None
        assert not person.frame.marks


async def test_a_key_that_cannot_act_says_why():
    refused = {
        "N": "this is the start (n = 0)",
        "[": "this is the start (n = 0)",
        "{": "this is the start (n = 0)",
        "<": "this is the start (n = 0)",
        ">": "this is the furthest n shown so far",
        "U": "nothing to undo: no edit was made",
        "R": "there are no edits to drop",
        "'": "no mark is set; m sets one",
        ",": "no search yet; / finds a tensor by name",
        ".": "no search yet; / finds a tensor by name",
        "K": "K has no function; ? lists the keys",
        "²": "² has no function; ? lists the keys",
    }
    async with debugging() as person:
        for key, words in refused.items():
            await person.press(key)
            assert person.last == words
        await person.press("ctrl+r")
        assert person.last == "nothing to redo: no edit was undone"
        await person.press("left")
        assert person.last == "this is the left end of the tensors"
        await person.press("ctrl+c")
        assert person.last == "Press q to quit"


async def test_a_refusal_goes_away_with_the_next_key():
    async with debugging() as person:
        await person.type("N")
        assert person.last == "this is the start (n = 0)"
        await person.type("n")
        assert person.last.startswith("n next")


async def test_digits_are_counts_until_another_key_comes():
    async with debugging() as person:
        await person.type("012")
        assert person.controller.view.count == "12"
        assert person.last.startswith("12 …")
        await person.press("escape")
        await person.type("n")
        assert person.n == 1
        await person.type("3")
        await person.press("down")
        assert person.selected == ("B2", (0,))
        assert person.controller.view.count == ""


async def test_a_huge_count_ends_at_once_where_there_is_nowhere_to_go():
    async with debugging(at="7") as person:
        for keys in ("999999999k", "999999999j", "999999999h", "999999999l", "999999999N"):
            await person.type(keys)
        assert person.n == 0
        await person.press("f2")
        await person.type("999999999j999999999h999999999k")
        assert person.controller.view.focus == "network"


async def test_the_keyboard_protocols_that_send_shift_and_a_key_are_understood():
    async with debugging(at="9") as person:
        await person.press("shift+n")
        assert person.n == 8
        await person.press("shift+right_square_bracket")
        assert person.n == 16
        await person.press("shift+left_square_bracket", "shift+full_stop")
        assert person.n == 16
        await person.press("shift+comma")
        assert person.n == 0
        await person.press("shift+slash")
        assert person.controller.panel is not None


async def test_held_keys_are_all_computed_and_painted_once():
    async with debugging() as person:
        before = person.paintings
        for _ in range(40):
            person.app.post_message(events.Key("n", "n"))
        await person.until(lambda: person.n == 40)
        await person.painted()
        assert "step  8 of 16" in person.lines[0]
        assert person.paintings - before < 5


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quit_leaves_with_status_0(key):
    async with debugging() as person:
        await person.press(key)
        await person.until(lambda: person.app.return_code is not None)
        assert person.app.return_code == 0


def test_every_action_has_something_that_does_it():
    of_the_terminal = {"help", "palette", "redraw", "suspend", "quit"}
    assert {action.id for action in ACTIONS} == set(COMMANDS) | of_the_terminal
