"""Predict mode at the debugger: asked before a step shows, judged, counted, and the misses listed."""

import re

import pytest
from debugger_driver import controller, debugging

from bpstep.netfile.builtin import network_names
from bpstep.ui.input import handle_key


def keys(person, *words):
    """Press keys: a word in brackets is the name of one, any other is typed."""
    for word in words:
        for key in [word[1:-1]] if word[0] == "[" else word:
            handle_key(person, key)


def answered(person, *answers):
    for text in answers:
        keys(person, "n", text, "[enter]") if text else keys(person, "n", "[enter]")


async def test_the_next_equation_asks_before_it_shows():
    async with debugging() as person:
        await person.press("p")
        assert person.last == "predict mode: n and s ask before showing a result; p turns it off"
        assert person.lines[0].startswith(" article  predict  2-3-1")
        await person.press("n")
        assert person.n == 0
        assert person.last.startswith("net_1[0] h1 will be:")
        assert person.lines[-2].startswith(" net_1 = X @ W + B1   Number or arithmetic; Enter alone skips")
        assert "0.2400" not in person.text


async def test_a_right_answer_is_told_and_counted_and_the_step_is_shown():
    async with debugging() as person:
        await person.press("p", "n")
        await person.answer("0.24")
        assert person.n == 1
        assert person.last == "Right: net_1[0] is 0.2400."
        assert person.lines[0].startswith(" article  predict 1/1 ")
        assert person.selected == ("net_1", (0,))


async def test_a_wrong_one_says_what_the_number_is_and_what_the_answer_suggests():
    async with debugging() as person:
        await person.press("p", "n")
        await person.answer("0.14")
        assert person.n == 1
        assert person.last == "net_1[0] is 0.2400, not 0.14: the term B1[0] is missing."
        await person.press("n")
        await person.answer("0.5")
        assert person.last == "H[0] is 0.5597, not 0.5."
        assert person.lines[0].startswith(" article  predict 0/2 ")


async def test_arithmetic_is_an_answer():
    async with debugging() as person:
        await person.press("p", "n")
        await person.answer("0.4*0.1+0.5*0.2+0.1")
        assert person.last == "Right: net_1[0] is 0.2400."


async def test_what_is_no_number_is_asked_again():
    async with debugging() as person:
        await person.press("p", "n")
        await person.answer("much")
        assert person.n == 0
        assert '"much" is not a number or arithmetic on numbers' in person.text
        await person.press("ctrl+u")
        await person.answer("0.24")
        assert person.n == 1
        assert person.controller.predict_mode.score == "1/1"


async def test_enter_alone_passes_which_is_said_before_and_counted():
    async with debugging() as person:
        await person.press("p", "n")
        assert "Enter alone skips and shows" in person.lines[-2]
        await person.press("enter")
        assert person.n == 1
        assert person.lines[0].startswith(" article  predict  2-3-1 ")
        assert person.last == "Skipped: net_1[0] is 0.2400."
        await person.press("n")
        await person.answer("0.5597")
        assert person.lines[0].startswith(" article  predict 1/1  ")
        await person.press("p")
        assert person.last == "1 of 1 right, 1 skipped: no mistakes"


async def test_escape_leaves_everything_as_it_was():
    async with debugging(at="E") as person:
        await person.press("p", "n", "0", ".", "escape")
        assert person.n == 5
        assert person.controller.prompt is None
        assert person.controller.predict_mode.answers == []
        assert person.lines[0].startswith(" article  predict ")


async def test_larger_moves_move_and_say_how_much_went_by_unasked():
    async with debugging() as person:
        await person.press("p", "]")
        assert (person.n, person.last) == (4, "4 equations passed without a question")
        await person.press("}")
        assert (person.n, person.last) == (16, "12 equations passed without a question")
        await person.press("N", ">")
        assert (person.n, person.last) == (16, "1 equation passed without a question")
        await person.go("i1:delta_V")
        assert (person.n, person.last) == (24, "8 equations passed without a question")
        await person.press("t")
        assert person.n == 40
        assert person.last == "delta_V is written here; 16 equations passed without a question"
        await person.press("b", "c")
        await person.arrive()
        assert person.n == 56
        assert person.last.endswith("; 16 equations passed without a question")
        await person.press("N", "<")
        assert "not asked" not in person.last
        assert person.controller.prompt is None
        assert person.controller.predict_mode.answers == []
        await person.press("p", "]")
        assert "not asked" not in person.last


async def test_each_step_asks_once_and_escape_leaves_it_undone():
    async with debugging() as person:
        await person.press("p", "n")
        assert person.last.startswith("net_1[0] h1 will be:")
        await person.answer("0.14")
        assert (person.n, person.controller.prompt) == (1, None)
        assert person.last.startswith("net_1[0] is 0.2400, not 0.14: the term B1[0] is missing.")
        assert "0.5597" not in person.text
        await person.press("n", "enter")
        assert person.n == 2
        await person.press("n", "escape")
        assert (person.n, person.controller.prompt) == (2, None)
        assert person.lines[0].startswith(" article  predict 0/1 ")
        assert person.controller.predict_mode.summary == "0 of 1 right, 1 skipped"


async def test_operations_inside_an_equation_ask_before_they_show():
    async with debugging() as person:
        await person.press("p", "s")
        assert (person.n, person.controller.session.k) == (0, 0)
        assert person.last.startswith("X[0] × W[0,0] will be:")
        assert person.lines[-2].startswith(" operation 1 of 12: 0.4 × 0.1   ")
        assert "0.0400" not in person.text
        await person.answer("0.04")
        assert person.last.startswith("Right: X[0] × W[0,0] is 0.0400.")
        await person.press("s")
        assert person.last.startswith("X[0] × W[0,1] will be:")
        assert "0.1200" not in person.text
        await person.answer("0.7")
        assert (person.n, person.controller.session.k) == (0, 2)
        told = "X[0] × W[0,1] is 0.1200, not 0.7: X[0] and W[0,1] are added instead of multiplied"
        assert person.controller.view.message.startswith(told)
        await person.press("p")
        assert person.lines[2].startswith("  n = 0, operation 2  X[0] × W[0,1]  0.7")
        await person.press("escape", "s", "s")
        assert person.controller.session.k == 4


@pytest.mark.parametrize("network", network_names())
def test_what_is_asked_inside_is_what_the_worksheet_shows_then(network):
    person = controller(network)
    keys(person, "p")
    for _ in range(60):
        where = person.session.n, person.session.k
        keys(person, "s")
        name, index = person.prompt.cell
        keys(person, "1e99", "[enter]")
        told, inside = person.predict_mode.answers[-1], person.frame.inside
        assert (person.session.n, person.session.k) != where
        if inside is None:
            assert person.frame.step.name == name
            assert told.value == person.frame.tensors[name][index]
        else:
            assert (inside.step.name, inside.cell) == (name, index)
            assert told.value == inside.operation.value


def test_the_end_of_an_equation_asks_for_a_cell_that_is_not_there_yet():
    person = controller()
    keys(person, "10s", "p", "n")
    assert person.session.k == 10
    assert person.prompt.label == "net_1[1] h2 will be:"
    keys(person, "[escape]", "f", "0.52", "[enter]")
    assert person.session.n == 1
    assert person.predict_mode.score == "1/1"


async def test_predict_mode_stops_the_playback():
    async with debugging() as person:
        await person.press("space", "p")
        assert not person.controller.playback.is_on


def test_the_input_lies_over_the_cell_where_the_number_will_stand():
    person = controller()
    keys(person, "pn", "0.2")
    line = next(line for line in person.draw().text().splitlines() if "│ net_1 3" in line)
    assert line[39:].split() == ["net_1", "3", "0.2", "·", "·"]


def test_the_selected_cell_is_the_one_that_is_asked_for():
    person = controller(at="net_1")
    keys(person, "[right]", "pn")
    assert person.prompt.label == "H[1] h2 will be:"
    keys(person, "0.6271", "[enter]")
    assert person.view.message == "Right: H[1] is 0.6271."
    keys(person, "n")
    assert person.prompt.label == "net_2[0] y will be:"
    following = controller(at="net_1")
    keys(following, "[right]", "[escape]", "pn")
    assert following.prompt.label == "H[1] h2 will be:"
    elsewhere = controller(at="net_1")
    keys(elsewhere, "/V", "[enter]", "[right]", "[right]", "pn")
    assert (elsewhere.view.name, elsewhere.view.index) == ("V", (2, 0))
    assert elsewhere.prompt.label == "H[2] h3 will be:"
    other = controller("mazur", "delta_net2")
    keys(other, "/V", "[enter]", "[right]", "pn")
    assert other.prompt.label == "delta_V[0,1] h1→y2 will be:"


@pytest.mark.parametrize("network", network_names())
def test_what_is_asked_for_is_what_is_shown_then(network):
    person = controller(network)
    keys(person, "p")
    for n in range(person.session.period + 2):
        keys(person, "n")
        name, index = person.prompt.cell
        keys(person, "[enter]")
        step = person.frame.step
        assert step.name == name
        assert person.frame.tensors[name].shape == () or person.frame.tensors[name][index] is not None
        chosen = f"{name}[{','.join(map(str, index))}]" if index else name
        assert n % 3 or f" {chosen} " in person.draw().text()


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        ("delta_V", "delta_M[5,0]"),
        ("delta_M_S", "delta_S[1,0]"),
        ("delta_WQ", "delta_a[1,0]"),
        ("delta_A", "delta_V[1,0]"),
        ("delta_Q", "delta_K[1,0]"),
    ],
)
def test_a_tensor_without_units_is_asked_for_where_the_answer_tells_mistakes_apart(at, cell):
    # The first row of a causal softmax attends to one word alone, so what comes back to its scores is 0.
    person = controller("attention", at)
    keys(person, "p", "n")
    assert person.draw().text().splitlines()[-1].strip().startswith(f"{cell} will be:")


def test_the_same_key_ends_it_with_the_list_of_mistakes():
    person = controller()
    keys(person, "p")
    answered(person, "0.14", "0.5597", "0.6884*0.3", "")
    keys(person, "p")
    assert person.draw().text().splitlines()[:4] == [
        " 1 of 3 right, 1 skipped; mistakes:",
        "         asked     typed       is",
        "  n = 1  net_1[0]  0.14        0.2400  the term B1[0] is missing",
        "  n = 3  net_2[0]  0.6884*0.3  0.4884",
    ]
    keys(person, "[down]", "[enter]")
    assert person.panel is None
    assert person.session.n == 3
    assert (person.view.name, person.view.index) == ("net_2", (0,))
    keys(person, "n")
    assert person.session.n == 4
    assert person.prompt is None


def test_a_long_answer_and_a_long_suggestion_have_room():
    person = controller(at="i1")
    keys(person, "[left]", "p")
    person.session.goto(14)
    answered(person, "0.1+0.01*0.0501598173731573+0.0000000000")
    answered(person, "0.1+0.01*(-0.0501598173731573)")
    keys(person, "p")
    lines = person.draw().text().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("…" in line for line in lines)


def test_a_round_without_misses_says_so_and_the_next_counts_anew():
    person = controller()
    keys(person, "p")
    answered(person, "0.24", "0.56")
    keys(person, "p")
    assert person.panel is None
    assert person.view.message == "2 of 2 right: no mistakes"
    keys(person, "pp")
    assert person.view.message == "predict mode is off; nothing was predicted"
    assert "predict" not in person.draw().text().splitlines()[0]
    keys(person, "n")
    assert person.prompt is None


def test_the_number_format_says_how_many_decimals():
    person = controller(at="net_1")
    keys(person, "px")
    answered(person, "0.55971366")
    said = "close, but something was rounded on the way"
    assert person.view.message == f"H[0] is 0.55971365, not 0.55971366: {said}."


def test_who_leaves_while_being_asked_is_told_the_score():
    person = controller()
    assert person.predict_mode.exit_message == ""
    keys(person, "p")
    answered(person, "0.24", "0.7")
    assert person.predict_mode.exit_message == "predicted: 1 of 2 right"
    keys(person, "p")
    assert person.predict_mode.exit_message == ""


def test_predict_mode_works_on_a_small_screen_and_in_ascii():
    person = controller("mazur", "delta_net2", ascii=True)
    person.size = (60, 18)
    keys(person, "pn")
    text = person.draw().text()
    assert "delta_V[0,0] h1>y1 will be:" in text
    keys(person, "1", "[enter]", "p")
    assert person.draw().text().isascii()
    assert re.search(r"delta_V\[0,0\] +1 +0\.", person.draw().text())


async def test_a_number_typed_before_the_step_is_the_answer_and_opens_no_editor():
    async with debugging() as person:
        await person.press("p", *"0.24", "enter")
        assert (person.n, person.frame.edits) == (1, ())
        assert person.last == "Right: net_1[0] is 0.2400."
        await person.press(*"5", "enter")
        assert (person.n, person.frame.edits, person.controller.prompt) == (2, (), None)
        assert person.controller.predict_mode.answers[-1].answer == "5"
        assert person.controller.predict_mode.score == "1/2"


@pytest.mark.parametrize(
    ("typed", "operation"),
    [("0.24n", 0), ("1n", 0), ("12n", 0), ("0s", 1), ("-.5n", 0), ("0.04s", 1), ("0.4*0.1s", 1)],
)
def test_the_key_of_a_step_after_a_number_submits_it(typed, operation):
    person = controller()
    keys(person, "p", typed)
    answer = person.predict_mode.answers[-1]
    assert answer.answer == typed[:-1]
    assert (person.session.n, person.session.k) == ((0, 1) if operation else (1, 0))
    assert (answer.n, answer.k) == (person.session.n, person.session.k)


def test_letters_that_belong_to_arithmetic_are_typed():
    person = controller()
    keys(person, "p", "0+tanh(0.3)")
    assert person.editor.text == "0+tanh(0.3)"
    keys(person, "[escape]")
    assert (person.session.n, person.prompt) == (0, None)


def test_a_whole_number_before_another_key_repeats_that_key():
    person = controller(at="4")
    keys(person, "p", "3N")
    assert (person.session.n, person.prompt, person.predict_mode.answers) == (1, None, [])


def test_inside_an_equation_a_typed_number_answers_the_next_operation():
    person = controller()
    keys(person, "s", "p", "0.12", "[enter]")
    assert (person.session.n, person.session.k) == (0, 2)
    assert person.predict_mode.answers[-1].k == 2
