"""A puzzle in the debugger: what is revealed and what is not, hints, and repairs."""

import re
from dataclasses import replace

import pytest
from debugger_driver import controller, debugging

from bpstep.engine.edits import EditEquation
from bpstep.learn import puzzle
from bpstep.program.derive import derive_unreplaced
from bpstep.session.events import Hint
from bpstep.ui import puzzle_state as puzzling
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

NAMES = [riddle.name for riddle in puzzle.puzzle_texts()]
WRONG = {"ember": "delta_H_net1", "anchor": "delta_Y"}
RIGHT = {"ember": "sigmoid(net_1) - sigmoid(net_1)**2", "anchor": "(Y - labelY) / 4"}


def at(name, position="0", **theme):
    return controller(puzzle.open_puzzle(name), position, **theme)


def last(person):
    """The message, however many lines it has."""
    return person.controller.view.message


def mend(person, name, source):
    person.change(EditEquation(person.session.n, name, source), f"{name} is {source} now")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_any_screen_tells_the_faulty_line(name):
    person = at(name)
    right = controller(replace(puzzle.open_puzzle(name), program={}))
    period = person.session.period
    some = NAMES.index(name)
    for size, steps in (
        ((80, 24), sorted({*range(some % 5, period + 1, 5), *wrong_steps(person.session)})),
        ((120, 36), range(period + some % 9, 3 * period + 1, 9)),
    ):
        person.size = right.size = size
        for n in steps:
            person.session.goto(n)
            canvas = person.draw()
            text = canvas.text()
            # A condition that does not hold is written with the sign, too.
            shown = re.sub(", since .*", "", text)
            assert not re.search("[≠!]|derived|replace|rests on", shown), text
            if n <= period and n % 2 == 0 and size == (80, 24):
                right.session.goto(n)
                assert roles(canvas) == roles(right.draw()), "the screen of a healthy puzzle looks the same"


def roles(canvas):
    """The line of the equations, and how it is coloured."""
    y = canvas.height - 2
    end = "".join(canvas.characters[y]).find("E ")
    return canvas.characters[y][:end], canvas.roles[y][:end]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_plain_characters_tells_it_either(name):
    person = at(name, "i1", ascii=True)
    assert "!" not in person.draw().text()


async def test_h_gives_one_hint_a_press_and_begins_again_after_the_third():
    first, second, third = next(riddle for riddle in puzzle.puzzle_texts() if riddle.name == "ember").hints
    async with debugging(puzzle.open_puzzle("ember")) as person:
        said = []
        for _ in range(4):
            await person.press("H")
            said.append(last(person))
        assert said == [
            f"Hint 1 of 3: {first}",
            f"Hint 2 of 3: {second}",
            f"Hint 3 of 3: {third}",
            f"Hint 1 of 3: {first}",
        ]
        assert person.controller.session.journal.events == [Hint(1), Hint(2), Hint(3)]
        assert "Hint 1 of 3: Look at the backward phase" in person.text


async def test_outside_a_puzzle_h_says_where_hints_belong():
    async with debugging("xor") as person:
        await person.press("H")
        assert person.last == "this network is not a puzzle; bpstep puzzle lists the puzzles"
        assert not person.controller.session.journal.events


def test_hints_go_on_where_they_were_when_the_session_is_opened_again():
    person = at("ember")
    person.session.record(Hint(1))
    again = make_controller(person.session, person.theme)
    again.run_action("hint")
    assert again.view.message.startswith("Hint 2 of 3")


async def test_the_first_line_says_that_this_is_a_puzzle_and_when_it_is_solved():
    async with debugging(puzzle.open_puzzle("ember")) as person:
        assert person.lines[0].startswith(" ember  puzzle ")
        mend(person.controller, "delta_H_net1", "H * (1 - H)")
        await person.press("left")
        assert person.lines[0].startswith(" ember  solved ")
    async with debugging("xor") as person:
        assert "puzzle" not in person.lines[0]


@pytest.mark.parametrize("name", RIGHT)
def test_mending_it_is_told_with_what_it_was(name):
    person = at(name, "i2:E")
    mend(person, WRONG[name], RIGHT[name])
    moral = next(riddle.explanation for riddle in puzzle.puzzle_texts() if riddle.name == name)
    assert person.view.message == f"Solved: it was {WRONG[name]}. {moral}"
    person.run_action("hint")
    assert person.view.message == f"Solved: it was {WRONG[name]}. {moral}"
    assert not person.session.journal.hints


@pytest.mark.parametrize(
    ("name", "source"), [("delta_H_net1", "sigmoid(net_1)"), ("delta_V", "2 * H.T @ delta_net2")]
)
def test_a_line_that_does_not_mend_it_says_no_more_whether_it_is_the_right_place_or_not(name, source):
    person = at("ember")
    mend(person, name, source)
    assert person.view.message == (
        f"{name} is {source} now. Not every equation of this iteration is right yet."
    )
    person.session.goto(name)
    person.show_message("")
    text = person.draw().text()
    assert f"{name} = {source}" in text
    assert "This line is yours" in text


def test_ones_own_lines_are_marked_whether_they_hit_or_not():
    marks = []
    for name, source in (("delta_H_net1", RIGHT["ember"]), ("delta_H_net1", "sigmoid(net_1)")):
        person = at("ember")
        mend(person, name, source)
        marks.append(timeline(person))
    assert marks[0] == marks[1] != timeline(at("ember"))


def timeline(person):
    person.show_message("")
    return person.draw().text().splitlines()[-2].partition("E ")[0]


def test_undo_and_redo_of_an_equation_tell_the_verdict_and_those_of_a_cell_do_not():
    person = at("ember")
    mend(person, "delta_H_net1", RIGHT["ember"])
    handle_key(person, "U")
    assert person.view.message.endswith("Not every equation of this iteration is right yet.")
    handle_key(person, "ctrl+r")
    assert person.view.message.startswith("Solved: it was delta_H_net1.")
    for key in "/W":
        handle_key(person, key)
    handle_key(person, "enter")
    for key in ("e", "0", ".", "5", "enter"):
        handle_key(person, key)
    assert person.view.message.startswith("W[0,0] changed from 0.2 to 0.5;")
    handle_key(person, "U")
    assert person.view.message.startswith("undone: set W[0,0] to ")


def flat(person):
    """The screen's words, however they are broken into lines."""
    return " ".join(person.text.split())


async def test_a_puzzle_is_found_and_mended_at_the_keys():
    async with debugging(puzzle.open_puzzle("ember"), at="delta_H_net1") as person:
        await person.press("E")
        assert "derived" not in person.text
        await person.press("ctrl+u")
        await person.answer("H * H")
        assert "Not every equation of this iteration is right yet" in flat(person)
        await person.press("E", "ctrl+u")
        await person.answer("H - H*H")
        assert "Solved: it was delta_H_net1. 1 - s**2 is the slope of tanh." in flat(person)
        assert person.lines[0].startswith(" ember  solved ")
        await person.press("E", "ctrl+u")
        await person.answer("1 - sigmoid(net_1)**2")
        assert person.lines[0].startswith(" ember  puzzle ")


def test_one_that_is_mended_too_late_is_unsolved_before_that():
    person = at("ember", "i3:E")
    mend(person, "delta_H_net1", RIGHT["ember"])
    assert person.puzzle_state.solved
    person.run_action("start")
    assert not person.puzzle_state.solved


def test_the_story_is_told_at_the_start_and_of_no_other_network():
    session = at("beacon").session
    assert puzzling.story_message(session) == (
        "For four iterations E falls. Then it climbs. One of its 20 equations is wrong. Which one?"
    )
    assert puzzling.story_message(controller("xor").session) == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_moral_names_what_was_wrong(name):
    person = at(name)
    (wrong,) = person.session.network.program
    right = derive_unreplaced(person.session.network)
    mend(person, wrong, right.steps[right.step_indices[wrong]].source)
    assert person.view.message.startswith(f"Solved: it was {wrong}. ")
    assert len(person.view.message) < 4 * 78


@pytest.mark.parametrize("name", NAMES)
def test_a_solved_puzzle_is_told_as_any_network(name):
    person = at(name)
    usual = controller(replace(puzzle.open_puzzle(name), program={}))
    right = derive_unreplaced(puzzle.open_puzzle(name))
    for wrong in person.session.network.program:
        mend(person, wrong, right.steps[right.step_indices[wrong]].source)
    for n in moments(person.session):
        person.session.goto(n)
        usual.session.goto(n)
        assert told(person) == told(usual)


def wrong_steps(session):
    """The moments at the wrong equation and after it."""
    wrong = [session.program.step_indices[name] for name in session.network.program]
    return {at + more for at in wrong for more in range(3)} & set(range(session.period + 1))


def moments(session):
    """Every seventh moment of an iteration, and those at the wrong equation and after it."""
    return sorted({*range(0, session.period, 7), *wrong_steps(session)})


def told(person):
    """The pane of the formula."""
    region = person.pane_region("formula")
    return person.draw().text().splitlines()[region.y : region.y + region.height]


@pytest.mark.parametrize("name", NAMES)
def test_a_puzzle_shows_the_line_that_ran_and_no_chain_that_it_may_not_be(name):
    person = at(name)
    for n in moments(person.session):
        person.session.goto(n)
        assert not re.search(r"step \d+ ", "\n".join(told(person)[:4])), n
