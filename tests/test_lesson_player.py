"""A lesson is played on the real screen: keys do what they do for a person, and nothing is written."""

from dataclasses import replace

import numpy as np
import pytest
from debugger_driver import controller
from lesson_files import lesson, play_to, player

from bpstep.actions import BY_ID
from bpstep.errors import FileError, LessonFailed
from bpstep.lessons.lesson import LessonLine
from bpstep.lessons.player import Player
from bpstep.lessons.timing import timed_actions
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.ui.input import WRITING_ACTIONS, handle_key


def fails(text):
    with pytest.raises(LessonFailed) as error:
        player(text)
    return str(error.value)


def test_keys_do_what_they_do_for_a_person():
    text = 'n*3 10n\n"/W" Enter Right e 0.9 Enter\n5}\nx\nF2\n?'
    person = controller()
    for key in ["n"] * 3 + [*"10n/W"] + ["enter", "right", *"e0.9", "enter", *"5}x", "f2", "?"]:
        handle_key(person, key)
        while person.job is not None:
            person.advance_job()
    made = player(text).controller
    assert made.session.n == person.session.n
    assert made.session.journal.events == person.session.journal.events
    assert made.draw().text() == person.draw().text()


def test_a_long_way_is_gone_to_its_end():
    made = player("goto i20000\n5n").controller
    assert (made.session.n, made.job) == (20_000 * 16 + 5, None)


def test_what_is_expected_is_compared_at_its_printed_decimals():
    player("goto E\nexpect E 0.0723034529\nexpect E 0.0723\nexpect E 0.07\nexpect H[0] 0.5597136493")
    player("network mazur\ngoto V\nexpect V[0,0] 0.35891648\nexpect E 0.298371109")
    assert fails("goto E\n\nexpect E 0.0724") == "try.lesson:3: expected E 0.0724, found 0.072303"
    assert fails("goto E\nexpect H[1] 0.5597136493").endswith(
        "expected H[1] 0.5597136493, found 0.627147766313"
    )


def test_a_number_that_is_not_there_is_not_what_is_expected():
    assert fails("n\nexpect E 0") == "try.lesson:2: expected E 0, but it is not computed"


def test_inside_an_equation_what_is_expected_is_what_the_screen_shows():
    """H[0] = 1 / (1 + exp(-0.24)), each operation for three cells."""
    steps = [-0.24, np.exp(-0.24), 1 + np.exp(-0.24), 1 / (1 + np.exp(-0.24))]
    player("n\ns\n" + "\ns*3\n".join(f"expect H[0] {value:.12f}" for value in steps))
    assert fails("n s\nexpect H[1] -0.52").endswith("expected H[1] -0.52, but it is not computed")
    player("goto delta_w2\ns\nexpect V[1,0] 0.2\nf\nexpect V[1,0] 0.200562")


@pytest.mark.parametrize(
    ("keys", "key", "reason"),
    [
        ("N", "N", "n = 0"),
        ("n*3 <\n<", "<", "n = 0"),
        ("f", "f", "inside"),
        ("d", "d", "no function"),
        ("f9", "F9", "F9 has no function"),
        ("U", "U", "nothing to undo"),
        ("R", "R", "no edits"),
        (",", ",", "search"),
        ('"/zz" Enter', "Enter", "zz"),
        ('g "nowhere" Enter', "Enter", "nowhere"),
        ('e "0.5x" Enter', "Enter", "0.5x"),
        ("c", "c", "breakpoint"),
        ("b b C", "C", "no breakpoint is set"),
        ('B a "loss falls" Enter', "Enter", "not an expression"),
        ("H", "H", "puzzle"),
        ("A", "A", "one run"),
        ("i Tab", "Tab", "path"),
        ("Left*9", "←", "left end"),
        ('ctrl+p "zzz" Enter', "Enter", "no command"),
        ('? "/zzz" Enter', "Enter", "zzz"),
        ("B d", "d", "breakpoint"),
        ("a a x", "x", "y or n"),
    ],
)
def test_a_key_that_could_not_act_and_a_search_that_found_nothing_are_told_with_their_line(keys, key, reason):
    line = keys.count("\n") + 1
    told = fails(f"{keys}\nn")
    assert told.startswith(f"try.lesson:{line}: the key {key} did nothing: ")
    assert reason in told


def test_a_run_that_finds_no_breakpoint_is_told_once_it_has_ended():
    told = fails('n\nB a "E < -1" Enter Escape\n"gi10:E" Enter\nC\nn')
    assert told.startswith("try.lesson:4: the key C did nothing: no breakpoint")


def test_keys_that_act_are_not_told_of():
    player('n*3 N > < n s f\n"/delta_V" Enter , n*8 i Escape\nE Escape x z z ? Escape')
    player("b B d Escape e 0.5 Enter U ctrl+r")


def test_a_cell_that_a_smaller_batch_lacks_is_not_there():
    batches = open_network("penguins").batches_per_epoch
    assert "not computed" in fails(f"network penguins\ngoto i{batches - 1}:Y\nexpect Y[31,0] 0.5")


def test_a_position_that_is_before_the_start_is_told_with_its_line():
    with pytest.raises(FileError, match=r"try.lesson:2: -5 from n = 1 is before the start"):
        player("n\ngoto -5")


@pytest.mark.parametrize(
    "keys",
    [
        "q",
        "ctrl+z",
        'ctrl+p "save session" Enter',
        'ctrl+p "save network" Enter',
        "y",
        'ctrl+p "copy" Enter',
        "? escape q",
    ],
)
def test_a_lesson_can_neither_write_nor_leave(keys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(FileError, match=r"try.lesson:2: the key .* calls .*, which a lesson cannot do"):
        player(f"n\n{keys}")
    assert list(tmp_path.iterdir()) == []


def test_every_action_that_saves_is_among_those_that_are_kept_from_lessons():
    assert {name for name in BY_ID if "save" in name} == set(WRITING_ACTIONS)


def test_another_network_begins_anew():
    made = player("n*3\ne 0.5 Enter\nnetwork mazur\nn").controller
    assert made.session.network.name == "mazur"
    assert (made.session.n, made.session.journal.events) == (1, [])


def test_captions_and_keys_stand_below_the_screen_and_nothing_above_moves():
    text = 'n\nsay "A short one."\nsay "{}"\nsay ""\n10n\nexpect E 0.0723\n'.format("long " * 30)
    made = Player(lesson(text))
    below = set()
    for _ in made.actions:
        made.run_next()
        plain, canvas = made.controller.draw(), made.draw()
        assert (canvas.width, canvas.height) == (80, 24)
        assert canvas.text().splitlines()[: plain.height] == plain.text().splitlines()
        below.add(canvas.height - plain.height)
    assert len(below) == 1
    assert "10n" in canvas.text().splitlines()[-min(below)]


@pytest.mark.parametrize("size", [(60, 18), (60, 20), (70, 19)])
def test_where_there_is_no_room_below_captions_lie_over_the_last_lines(size):
    made = player('n\nsay "A caption that is there."', size=size)
    lines = made.draw().text().splitlines()
    assert "A caption that is there." in lines[-2]
    assert made.controller.size == (size[0], 18)


def test_no_caption_is_cut():
    words = [f"word{at}" for at in range(34)]
    for size in ((60, 18), (60, 30), (80, 24)):
        shown = player(f'n\nsay "{" ".join(words)}"', size=size).draw().text()
        assert set(words) <= set(shown.split())


def test_a_screen_that_is_too_small_says_so():
    assert "bpstep needs" in player('n\nsay "A caption."', size=(20, 4)).draw().text()


def test_without_captions_the_whole_screen_is_the_debuggers():
    assert player("n*8").draw().text() == controller(at="delta_V").draw().text()


def test_size_and_colours_are_the_lessons_unless_others_are_given():
    text = "size 100x30\ntheme light\ncolors 16\nascii\nn"
    own = player(text)
    assert (own.draw().width, own.draw().height) == (100, 30)
    assert own.controller.theme == Theme("light", "sixteen", True)
    other = player(text, size=(90, 25), theme=Theme())
    assert (other.draw().width, other.draw().height) == (90, 25)
    assert other.controller.theme == Theme()


def test_a_player_plays_another_to_the_same_place_without_being_touched():
    first = play_to(Player(lesson('n*3\n"/W" Enter e 0.9 Enter\nn*9\nsay "Here."\nn')), 12)
    second = play_to(first.new_player(), 12)
    assert second.draw().text() == first.draw().text()
    before, roles = first.draw().text(), first.draw().roles
    for key in ("n", "e", "1", "enter", "z", "R", "y"):
        handle_key(second.controller, key)
    assert (first.draw().text(), first.draw().roles) == (before, roles)
    assert np.array_equal(
        first.controller.frame.tensors["W"], play_to(first.new_player(), 12).controller.frame.tensors["W"]
    )


def test_a_terminal_without_other_characters_is_drawn_for_in_further_players_too():
    for given in (Theme(), None):
        first = Player(lesson('say "Here."\nn'), theme=given)
        first.use_ascii()
        themes = [each.controller.theme for each in (first, *([first.new_player()] if given else []))]
        assert [(each.ascii, each.shows_wide) for each in themes] == [(True, True)] * len(themes)


def test_an_action_that_the_player_does_not_know_is_an_error_and_not_passed_over():
    made = Player(lesson("wait 1"))
    made.actions = (made.actions[0]._replace(action="sing"),)
    with pytest.raises(AssertionError, match="sing"):
        made.run_next()
    with pytest.raises(AssertionError, match="sing"):
        timed_actions(replace(made.lesson, statements=(LessonLine(1, "sing"),)))
