"""A lesson that somebody sends takes neither all memory nor all time, and can be broken off at any moment."""

import os
import time
from pathlib import Path
from weakref import WeakSet

import pytest
from lesson_files import lesson, played, player
from pseudo_terminal import PATIENCE, bpstep

from bpstep.errors import FileError
from bpstep.lessons import player as playing
from bpstep.recording import animated_svg
from bpstep.recording.asciicast import asciicast_lines
from bpstep.recording.capture import Capture
from bpstep.recording.web_page import web_page
from bpstep.recording.write import screen_text
from bpstep.render.canvas import Canvas


@pytest.mark.parametrize("write", [asciicast_lines, screen_text, lambda made: web_page(made, Path("x.md"))])
def test_however_long_a_lesson_is_few_of_its_screens_are_in_memory(write, monkeypatch):
    """What is written is let go: only a screen and the one before it are needed."""
    most, alive, drawn = 0, WeakSet(), Canvas.__init__

    def counted(self, *size):
        nonlocal most
        drawn(self, *size)
        alive.add(self)
        most = max(most, len(alive))

    monkeypatch.setattr(Canvas, "__init__", counted)
    assert len(list(write(played('n*30\nsay "One."\nn*30')))) > 1
    assert 1 <= most < 12


def test_more_screens_than_a_recording_can_hold_are_told_with_the_line():
    made = Capture(lesson("n*3\n\nsize 80x24\nn*2"), max_cells=4 * 80 * 24)
    told = r"try.lesson:4: .* more screens of 80x24 than a recording can hold"
    with pytest.raises(FileError, match=told):
        list(asciicast_lines(made))
    assert len(list(Capture(made.lesson, max_cells=6 * 80 * 24).screens())) == 6


def test_steps_that_go_by_themselves_are_screens_too():
    made = Capture(lesson("Space\nwait 600"), max_cells=100 * 80 * 24)
    with pytest.raises(FileError, match=r"try.lesson:2: .* more screens"):
        list(asciicast_lines(made))


def test_an_animation_which_is_kept_whole_holds_fewer(monkeypatch):
    monkeypatch.setattr(animated_svg, "_MAX_CELLS", 3 * 80 * 24)
    assert len(list(asciicast_lines(played("n*9")))) > 9
    with pytest.raises(FileError, match="more screens"):
        animated_svg.animated_svg(played("n*9"), "")


def test_a_page_and_a_text_hold_no_more():
    for write in (screen_text, lambda made: web_page(made, Path("x.md"))):
        with pytest.raises(FileError, match=r"try.lesson:1: .* more screens"):
            list(write(Capture(lesson("n*9"), max_cells=3 * 80 * 24)))


def test_a_line_of_many_keys_is_told_by_its_beginning_and_its_end():
    made = player(" ".join(["]", *["n N"] * 200, "n*4", '\nsay "Far."']))
    assert made.draw().text().splitlines()[-2].endswith("]… N n N n*4")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("n\ngoto i2000:Y", 2, "i2000:Y"),
        ("n\n99999n", 2, "99999n"),
        ("goto i900\ngoto 0\ne 0.5 Enter\ngoto i900", 4, "i900"),
        ("goto i900\nnetwork mazur\ngoto i900", 3, "i900"),
        ('B a "E < 0" Enter Escape\nc', 2, "c"),
    ],
)
def test_a_lesson_that_computes_too_much_is_told_with_its_line_and_word(text, line, word, monkeypatch):
    monkeypatch.setattr(playing, "MAX_COMPUTED", 1000 * 1000)
    told = rf'try.lesson:{line}: "{word}" goes further than a lesson may compute: 1,000 iterations of'
    with pytest.raises(FileError, match=told):
        player(text)


def test_half_a_million_iterations_are_not_too_much():
    assert playing.MAX_COMPUTED == 500_000 * 1000


@pytest.mark.parametrize("ending", ["cast", "svg"])
def test_ctrl_c_ends_a_recording_and_leaves_nothing_half_written(tmp_path, ending):
    path = tmp_path / "long.lesson"
    path.write_text("n*19000")
    with bpstep(tmp_path, "record", str(path), "-o", str(tmp_path / f"made.{ending}")) as program:
        end = time.monotonic() + PATIENCE
        while ending == "cast" and not list(tmp_path.glob(".bpstep-*")) and time.monotonic() < end:
            program.read(0.05)
        program.read(0.5)
        program.send("\x03")
        assert program.ended() == 130
    assert os.listdir(tmp_path) == ["long.lesson"]
