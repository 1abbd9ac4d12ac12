"""Terminals that show box lines and ∂ two columns wide: asked once at the start, then drawn with ASCII."""

from types import SimpleNamespace

import pytest
from debugger_driver import controller
from rich.cells import cell_len

from bpstep.lessons.builtin import open_lesson
from bpstep.netfile.reader import read_network
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.tui.lesson import LessonFrontend
from bpstep.tui.output import shows_wide
from bpstep.ui.classroom.teacher import PupilList
from bpstep.ui.compose import make_controller
from bpstep.ui.frontend import Frontend

pseudo_terminal = pytest.importorskip("pseudo_terminal", reason="needs fcntl and pty")

QUESTION = "\x1b[6n"


def answered(program, answer):
    """Wait for the question, and answer between two keys."""
    program.until(lambda screen: QUESTION in screen.sequences)
    program.send("n" + answer + "n")
    program.until_shown("n = 2 ")


def test_a_wide_terminal_gets_ascii_and_no_key_is_lost(tmp_path):
    with pseudo_terminal.bpstep(tmp_path, "--at", "0") as program:
        answered(program, "\x1b[2;5R")
        program.until(lambda screen: screen.text.isascii() and "formula" in screen.text)
        program.send("n")
        program.until(lambda screen: "n = 3 " in screen.text and screen.text.isascii())
        assert program.screen.sequences.count(QUESTION) == 1
        program.send("q")
        assert program.ended() == 0


@pytest.mark.parametrize("answer", ["\x1b[2;3R", ""])
def test_any_other_terminal_stays_as_it_is(tmp_path, answer):
    with pseudo_terminal.bpstep(tmp_path, "--at", "0") as program:
        answered(program, answer)
        assert "─ formula ─" in program.screen.text
        program.send("q")
        assert program.ended() == 0


def test_a_lesson_is_drawn_with_ascii_while_it_is_paused_too():
    frontend = LessonFrontend(open_lesson("forward"), Theme(), {})
    frontend.use_ascii()
    assert frontend.draw().text().isascii()
    frontend.pause()
    while frontend.controller.job is not None:
        frontend.controller.advance_job()
    assert frontend.practice_controller is not None
    assert frontend.draw().text().isascii()


def test_with_ascii_nothing_is_asked(tmp_path):
    with pseudo_terminal.bpstep(tmp_path, "--ascii") as program:
        program.until_shown("formula")
        program.send("q")
        assert program.ended() == 0
        assert QUESTION not in program.screen.sequences


def test_one_wide_character_is_enough_and_keys_are_no_answer():
    # Column and row, counted from 0: after the two characters, or in the first line as F3 with a modifier.
    assert [shows_wide(*at) for at in ((2, 1), (3, 1), (4, 1), (4, 0), (1, 0))] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_names_of_pupils_of_any_width_are_in_one_column():
    pupils = [SimpleNamespace(name=name, place=None) for name in ("anna", "山田太郎", "Zoë")]
    lines = PupilList(SimpleNamespace(pupils=pupils, answers={})).lines(controller())
    assert {cell_len(line.runs[0][0]) for line in lines} == {cell_len("山田太郎") + 2}


PETS = """\
title = "猫と犬 — é"
loss = "cross_entropy"
learning_rate = 0.1
[data]
inputs = [[1, 2], [3, 1]]
labels = ["犬", "猫"]
input_names = ["体重", "耳の長さ"]
[[layers]]
units = 2
activation = "softmax"
"""


@pytest.mark.parametrize("keys", [[], ["z"], ["f3", "z"], ["D"], ["f6"], ["x"] * 4, ["i"]])
def test_names_in_scripts_of_east_asia_stay_and_the_rest_is_ascii(tmp_path, keys):
    path = tmp_path / "pets.toml"
    path.write_text(PETS, encoding="utf-8")
    session = Session(read_network(path))
    session.goto("i0:Y")
    frontend = Frontend(make_controller(session, Theme()))
    frontend.use_ascii()
    for key in keys:
        frontend.handle_key(key)
        while frontend.controller.job is not None:
            frontend.controller.advance_job()
    shown = frontend.draw().text()
    assert {*shown} - {*map(chr, range(128))} <= {*"犬猫体重耳の長さと"}
    assert any(name in shown for name in ("犬", "猫", "体重"))
    lines = shown.rstrip("\n").split("\n")
    assert max(map(cell_len, lines)) <= frontend.controller.size[0]
    plain = make_controller(session, Theme(ascii=True)).draw().text()
    assert plain.isascii()
    if not keys:
        # A name takes the cells of its question marks, each with a blank behind it: nothing beside it moves.
        for line, other in zip(lines, plain.rstrip("\n").split("\n")):
            assert cell_len(line) - len(other) in (0, 1)
