"""The appearance of a question wherever it is asked, and the meaning of keys that are no answer."""

import re

import pytest
from debugger_driver import controller, debugging, press

from bpstep.actions import ACTIONS
from bpstep.render.canvas import Canvas
from bpstep.render.lists.help import matching_actions
from bpstep.render.lists.list import text_line
from bpstep.ui.input import handle_key
from bpstep.ui.line_editor import LineEditor
from bpstep.ui.panels import ListPanel
from bpstep.ui.prompt import Prompt


def screen(person):
    return person.draw().text().splitlines()


@pytest.mark.parametrize(("keys", "label"), [("Ba", "new breakpoint: E < 1"), ("Wa", "watch: E < 1")])
def test_a_question_over_a_list_has_its_label_and_nothing_of_the_list_in_its_line(keys, label):
    person = controller()
    press(person, *keys, *"E < 1")
    assert screen(person)[-1].strip() == label


def test_any_list_that_asks_shows_its_question():
    person = controller()
    person.panel = ListPanel()
    person.panel.lines = lambda controller: [text_line("one", value=1)]
    person.panel.keys = (("x", "a key of the list"),)
    person.open_prompt(Prompt("which?", print, hint="one of them"))
    assert [text.strip() for text in screen(person)[-2:]] == ["one of them", "which?"]


def test_a_question_that_a_key_answers_takes_no_other_key():
    person = controller(at="delta_V")
    press(person, "e", *"0.5", "enter", "R")
    asked = screen(person)[-1]
    assert asked.endswith("go back to n = 0? y or n")
    press(person, "s", "A", "v", "space", "left")
    assert screen(person)[-1] == asked
    press(person, "x")
    assert screen(person)[-2].strip() == "press y or n"
    assert person.frame.edits
    press(person, "escape")
    assert person.prompt is None
    assert person.frame.edits
    press(person, "R", "x", "y")
    assert not person.frame.edits


def test_page_down_in_the_help_shows_the_next_page_at_once():
    person = controller()
    press(person, "?")
    first = screen(person)
    press(person, "pagedown")
    second = screen(person)
    assert first[-4] in second[:5]
    assert first[2] not in second
    press(person, "pageup")
    assert screen(person)[1:-1] == first[1:-1]


def test_a_sentence_that_is_cut_can_be_read_in_full_where_it_is_chosen():
    person = controller(ascii=True)
    person.size = (60, 18)
    press(person, "?", "down", "up")  # the help begins with the signs: up brings the first action into sight
    cut = 0
    for _ in ACTIONS:
        action = person.panel.selected_value(person)
        shown = " ".join(" ".join(screen(person)).split())
        assert person.theme.to_displayable(action.help) in shown
        cut += len(action.help) > 44
        press(person, "down")
    assert cut > 5
    press(person, "escape", "ctrl+p")
    for action in matching_actions(""):
        assert person.theme.to_displayable(action.help) in " ".join(" ".join(screen(person)).split())
        press(person, "down")


def test_enter_shows_a_chosen_line_that_is_out_of_sight_before_it_acts_on_it():
    person = controller(ascii=True)
    person.size = (60, 18)
    press(person, "?")
    first = person.theme.to_displayable(person.panel.selected_value(person).help)
    assert first not in " ".join(screen(person))
    press(person, "enter")
    assert (person.panel is not None, person.session.n) == (True, 0)
    assert first in " ".join(screen(person))
    press(person, "enter")
    assert (person.panel, person.session.n) == (None, 1)


@pytest.mark.parametrize("keys", ["B", "BaE < 1|enter|", "W", "av"])
def test_nothing_of_a_list_is_cut_on_the_smallest_screen(keys):
    small, large = controller(at="i1:delta_V"), controller(at="i1:delta_V")
    small.size, large.size = (60, 30), (120, 30)
    for person in (small, large):
        press(person, *(key for part in keys.split("|") for key in ([part] if part == "enter" else part)))
    words = {word for text in screen(large)[1:] for word in text.split() if re.search("[a-z0-9]", word)}
    assert words - {word for text in screen(small) for word in text.split()} <= {"below", "more", "differs"}


def test_other_keys_on_a_long_way_are_told_to_wait():
    person = controller("article")
    press(person, "B", "a", *"E < 0", "enter", "escape")
    handle_key(person, "c")
    assert person.job is not None
    for key in ("C", "7", "Q"):
        person.job._key_waiting = False
        handle_key(person, key)
        for _ in range(5):
            person.advance_job()
        said = " ".join(" ".join(screen(person)[-2:]).split())
        assert "Escape stops here; other keys wait" in said, key
    handle_key(person, "escape")
    assert person.job is None
    assert person.view.message.startswith("stopped at")


def test_large_numbers_are_written_in_one_way_everywhere():
    person = controller("article", "i1234:delta_V")
    text = "\n".join(screen(person))
    assert "n = 19,752" in text
    assert "iteration 1,234" in text
    assert "19752" not in text
    assert "1234" not in text
    press(person, "E")
    assert "from iteration 1,234:" in screen(person)[-1]


async def test_tab_completes_the_names_of_a_position():
    async with debugging() as person:
        await person.press("g", *"delta_v", "tab")
        assert person.controller.editor.text == "delta_V"
        await person.press("enter")
        assert person.n == 8
        await person.press("g", *"i2:up", "tab", "enter")
        assert person.n == person.controller.session.resolve("i2:update")


async def test_where_several_names_fit_tab_lists_them_and_types_what_they_share():
    async with debugging() as person:
        await person.press("g", *"d", "tab")
        assert person.controller.editor.text == "delta_"
        assert "delta_Y  " in "".join(person.lines[-3:-1])
        await person.press("V", "tab")
        assert person.controller.editor.text == "delta_V"
        await person.press("Q", "tab")
        assert person.controller.editor.text == "delta_VQ"


async def test_a_mark_is_completed():
    async with debugging(at="5") as person:
        await person.press("m")
        await person.answer("wendepunkt")
        await person.press("<", "g", *"wen", "tab", "enter")
        assert person.n == 5


async def test_up_and_down_recall_earlier_positions():
    async with debugging() as person:
        for position in ("i2", "5", "i3:delta_V", "5"):
            await person.go(position)
        await person.press("g", "up")
        assert person.controller.editor.text == "5"
        await person.press("up")
        assert person.controller.editor.text == "i3:delta_V"
        await person.press("up", "up", "up")
        assert person.controller.editor.text == "i2"
        await person.press("enter")
        assert person.n == 32
        await person.press("g", "up", "down")
        assert person.controller.editor.text == ""


@pytest.mark.parametrize(
    ("cursor", "width", "shown", "at"),
    [
        (8, 9, "-0.00363 ", 8),
        (8, 8, "….00363 ", 7),
        (0, 7, "-0.003…", 0),
        (4, 4, "…00…", 2),
        (5, 3, "…3…", 1),
        (5, 2, "03", 1),
        (8, 2, "… ", 1),
        (7, 1, "3", 0),
    ],
)
def test_a_number_that_is_longer_than_its_field_has_dots_where_it_is_cut_off(cursor, width, shown, at):
    canvas = Canvas(12, 1)
    LineEditor("-0.00363", cursor, is_suggestion=False).draw(canvas, 1, 0, width, "…")
    assert "".join(canvas.characters[0][1 : 1 + width]) == shown
    assert [each for each, role in enumerate(canvas.roles[0]) if role == "cursor"] == [1 + at]


def test_a_suggested_number_that_is_longer_than_its_field_begins_with_its_sign():
    canvas = Canvas(12, 1)
    LineEditor.from_suggestion("-0.00363").draw(canvas, 1, 0, 8, "…")
    assert canvas.text() == " -0.003…\n"
    assert canvas.roles[0].index("cursor") == 8


_LETTERS = {"typed": "t", "suggested": "s", "cursor": "u", "text": "."}

_FIELDS = [
    # text, cursor, suggested, width, dots, and what is drawn with the roles of its cells
    ("abc", 3, False, 6, "…", "abc", "tttutt"),
    ("abc", 0, False, 6, "…", "abc", "uttttt"),
    ("abcdef", 6, False, 6, "…", "…cdef", "tttttu"),
    ("abcdef", 6, False, 7, "…", "abcdef", "ttttttu"),
    ("abcdef", 0, False, 6, "…", "abcdef", "uttttt"),
    ("abcdef", 0, False, 4, "…", "abc…", "uttt"),
    ("abcdef", 3, False, 4, "…", "abcd", "tttu"),
    ("abcdef", 5, False, 4, "…", "…def", "tttu"),
    ("abcd  ", 2, False, 5, "…", "abcd", "ttutt"),
    ("abc def", 3, False, 5, "…", "abc …", "tttut"),
    ("", 0, False, 3, "…", "", "utt"),
    ("a\tb", 1, False, 4, "…", "a b", "tutt"),
    ("abcdef", 3, False, 1, "…", "d", "u"),
    ("abcdef", 3, False, 2, "…", "cd", "tu"),
    ("abcdef", 6, False, 3, "...", "ef", "ttu"),
    ("abcdefgh", 4, False, 8, "...", "abcdefgh", "ttttuttt"),
    ("0.123456", 0, True, 6, "…", "0.12…", "sssssu"),
    ("0.1", 3, True, 6, "…", "0.1", "sssutt"),
    ("0.12345", 7, True, 8, "…", "0.12345", "sssssssu"),
    ("0.12345", 7, True, 7, "…", "0.123…", "ssssssu"),
    ("大きい", 3, False, 6, "…", "…きい", "tttttu"),
    ("大きい", 1, False, 4, "…", "大き", "ttuu"),
    ("大きいa", 4, False, 5, "…", "…いa", "ttttu"),
]


def test_a_field_shows_what_is_at_the_cursor_and_a_mark_where_text_is_cut_off():
    for text, cursor, suggested, width, dots, shown, roles in _FIELDS:
        canvas = Canvas(width + 2, 1)
        LineEditor(text, cursor, suggested).draw(canvas, 1, 0, width, dots)
        assert canvas.text() == f" {shown}".rstrip() + "\n", (text, cursor, width)
        assert "".join(_LETTERS[role] for role in canvas.roles[0]) == f".{roles}."


_KEYS = [
    # text and cursor before, the key, text and cursor after
    ("ab cd", 5, "left", "ab cd", 4),
    ("ab cd", 0, "left", "ab cd", 0),
    ("ab cd", 4, "right", "ab cd", 5),
    ("ab cd", 5, "right", "ab cd", 5),
    ("ab cd", 3, "home", "ab cd", 0),
    ("ab cd", 3, "end", "ab cd", 5),
    ("ab cd", 3, "backspace", "abcd", 2),
    ("ab cd", 0, "backspace", "ab cd", 0),
    ("ab cd", 2, "delete", "abcd", 2),
    ("ab cd", 5, "delete", "ab cd", 5),
    ("ab cd", 3, "ctrl+u", "cd", 0),
    ("ab cd", 3, "ctrl+k", "ab ", 3),
    ("ab cd", 5, "ctrl+w", "ab ", 3),
    ("ab cd", 3, "ctrl+w", "cd", 0),
    ("ab cd ", 6, "ctrl+w", "ab ", 3),
    ("abcd", 4, "ctrl+w", "", 0),
    ("ab", 1, "x", "axb", 2),
    ("ab", 1, "space", "a b", 2),
    ("ab", 1, "ctrl+b", "ab", 0),
    ("ab", 1, "ctrl+f", "ab", 2),
    ("ab", 1, "ctrl+a", "ab", 0),
    ("ab", 1, "ctrl+e", "ab", 2),
    ("ab", 1, "ctrl+h", "b", 0),
    ("ab", 1, "ctrl+d", "a", 1),
    ("ab", 1, "f5", "ab", 1),
]


def test_a_key_edits_the_text_at_the_cursor():
    for text, cursor, key, expected, at in _KEYS:
        editor = LineEditor(text, cursor, False)
        editor.handle_key(key)
        assert (editor.text, editor.cursor) == (expected, at), (text, cursor, key)
