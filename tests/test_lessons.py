"""The built-in lessons are right, and can be read in the time that they give."""

import re

import pytest
from pseudo_terminal import bpstep

from bpstep.lessons import builtin
from bpstep.lessons.lesson import ExpectValue
from bpstep.lessons.lexer import Press
from bpstep.lessons.player import Player
from bpstep.lessons.timing import duration
from bpstep.render.caption import reserved_lines

NAMES = builtin.lesson_names()
EFFECTIVE = [Press(key) for key in ("left", "right", "up", "down", "n", "N", "s", "i", "G", "E")]
"""What always changes a screen."""


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_takes_two_to_five_minutes(name):
    assert 120_000 <= duration(builtin.open_lesson(name)) <= 300_000


@pytest.mark.parametrize("name", NAMES)
def test_each_caption_has_two_lines_at_80_columns_and_any_terminal_can_show_it(name):
    lesson = builtin.open_lesson(name)
    assert len(lesson.captions) >= 10
    assert all(text.isascii() for text in [*lesson.captions, lesson.title])
    assert reserved_lines(lesson.captions, 80) == 2


def test_a_hint_alone_has_its_lines_and_nothing_has_none():
    found = [
        reserved_lines(captions, 80, hint) for captions in ([], [""], ["One."]) for hint in (False, True)
    ]
    assert found == [0, 2, 0, 2, 2, 2]
    assert reserved_lines(["word " * 80], 80) > 2


@pytest.mark.parametrize("name", NAMES)
def test_in_a_lesson_every_key_acts_and_every_number_of_a_caption_is_on_the_screen(name):
    """Every number that it expects is there. What a caption tells of is chosen: an arrow that leads nowhere
    would leave another number there.

    Numbers have four decimals as the table has them; what is not there is arithmetic on what is.
    """
    player = Player(builtin.open_lesson(name))
    seen, missing, shown = set(), [], None
    while not player.is_over:
        before, timed = player.caption, player.run_next()
        canvas = player.controller.draw()
        # The screen without its last line, in which a key may only be answered.
        last, shown = shown, (canvas.characters[:-1], canvas.roles[:-1])
        if timed.action in EFFECTIVE:
            assert shown != last, f"line {timed.line}"
        seen |= set(re.findall(r"\d\.\d{4}(?!\d)", canvas.text()))
        if player.caption != before:
            missing += set(re.findall(r"\d\.\d{4}(?!\d)", player.caption)) - seen
    assert len(missing) <= 4, missing
    assert player.controller.prompt is None
    assert player.controller.panel is None
    assert not player.controller.view.alert


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_expects_at_least_five_values(name):
    expects = [each for each in builtin.open_lesson(name).statements if isinstance(each.action, ExpectValue)]
    assert len(expects) >= 5


def test_the_list_has_a_line_for_each(ask):
    status, out, err = ask("lesson")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert all(re.fullmatch(r"\S+ +\d:\d\d  \S.*", line) for line in lines)


def test_every_lesson_in_the_folder_is_on_the_shelf():
    folder = builtin.open_lesson("forward").path.parent
    assert {path.stem for path in folder.glob("*.lesson")} == set(NAMES)


def test_a_lesson_needs_a_terminal(ask):
    status, out, err = ask("lesson", "forward")
    assert (status, out) == (2, "")
    assert "needs a terminal" in err
    assert "bpstep record" in err


def test_a_lesson_that_does_not_hold_is_told_with_the_status_of_a_failed_check(tmp_path):
    path = tmp_path / "try.lesson"
    path.write_text("n\nexpect net_1[0] 7\n")
    with bpstep(tmp_path, "lesson", str(path), size=(300, 24)) as program:
        told = f"{path}:2: expected net_1[0] 7, found 0.2400"
        program.until_shown(told)
        program.until_shown("lesson stopped")
        program.send("q")
        assert program.ended() == 1
        assert f"bpstep: failed: {told}" in program.screen.text
