"""A recording is what a terminal is sent: and its bytes are always the same."""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from statistics import mean

import pytest
from command_line import ROOT
from lesson_files import lesson, played, steps
from pseudo_terminal import Screen
from strict_terminal import Terminal
from test_ansi import painted

from bpstep.errors import BpstepError
from bpstep.lessons import builtin
from bpstep.lessons.timing import END_DURATION, KEY_DURATION
from bpstep.recording.asciicast import asciicast_lines
from bpstep.render.ansi import AnsiStyles
from bpstep.render.theme import Theme

TEXT = """
title "A try"
say "First the inputs."
n*8
"/V" Enter e 0.9 Enter
say "V is another now."
100}
"""


def events(lines):
    header, *rest = (json.loads(line) for line in lines)
    return header, rest


def stream(rest):
    return "".join(data for _, kind, data in rest if kind == "o")


@pytest.mark.parametrize(
    "text", [TEXT, "network penguins\nsize 120x36\n]*3", "colors none\nn*5", "theme light\n?"]
)
def test_a_terminal_that_is_sent_it_shows_the_lessons_last_screen(text):
    made = played(text)
    header, rest = events(asciicast_lines(made))
    screen = Screen(header["width"], header["height"])
    screen.feed(stream(rest).encode())
    assert screen.text.rstrip() == made.screen().canvas.text().rstrip()
    assert screen.modes["?25"], "the cursor is back"


SYSTEMS = {"full": "truecolor", "sixteen": "standard", "none": "standard"}


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "colors 16\nn*9",
        "theme light\nn*9\ntheme dark\nn",
        "colors 16\nn*9\ncolors none\nn*9\ncolors 16\nn",
        "colors 16\nn*9\ntheme light\nn",
        "colors none\nn*9\ncolors full\nn\nascii\nn",
    ],
)
def test_every_screen_has_its_colours_after_each_event(text):
    made = played(text)
    terminal = Terminal(80, 24)
    _, rest = events(asciicast_lines(made))
    moments = {round(moment.time / 1000, 3): moment for moment in made.screens()}
    for time, kind, data in rest:
        if kind == "o" and time in moments:
            terminal.write(data.removeprefix("\x1b[?25l").replace("\x1b[2J", ""))
            moment = moments[time]
            assert terminal.cells == painted(moment.canvas, moment.theme, SYSTEMS[moment.theme.depth]).cells
    terminal.write(rest[-1][-1].partition("\x1b[25;1H")[0])
    assert terminal.is_plain


@pytest.mark.parametrize(("height", "line"), [(30, 24), (24, 23)])
def test_a_prompt_after_the_recording_stands_below_it_where_there_is_room_and_nothing_scrolls(height, line):
    screen = Screen(80, height)
    _, rest = events(asciicast_lines(played(TEXT)))
    *before, last = [data for _, kind, data in rest if kind == "o"]
    screen.feed("".join(before).encode())
    shown = screen.text
    screen.feed(last.encode())
    assert screen.text == shown
    assert (screen.x, screen.y) == (0, line)


def test_what_a_lesson_lets_play_is_recorded_step_by_step_when_it_is_due():
    """Four a second, from 0.0 until the key at 2.6 and from 3.2 until the end at 4.8."""
    made = played("space\nwait 2\nn\nspace\nwait 1")
    first = {}
    for moment in made.screens():
        place = re.search(r"iteration (\d+) .*?(\d+)(?:/| of )16", moment.canvas.text())
        first.setdefault(place.groups(), moment.time)
    assert list(first.values()) == [0, *range(250, 2501, 250), 2600, *range(3450, 4701, 250)]
    assert made.duration == 4800 + END_DURATION


def test_markers_stand_at_captions_and_phases():
    _, rest = events(asciicast_lines(played(TEXT)))
    markers = [(time, data) for time, kind, data in rest if kind == "m"]
    assert [data for _, data in markers] == [
        "First the inputs.",
        "forward, iteration 0",
        "loss, iteration 0",
        "backward, iteration 0",
        "V is another now.",
        "update, iteration 99",
    ]
    first = markers[1][0]
    assert markers[2][0] == pytest.approx(first + 4 * KEY_DURATION / 1000)


def test_markers_stand_at_the_phases_of_what_plays():
    _, rest = events(asciicast_lines(played("space\nwait 2")))
    markers = [(time, data) for time, kind, data in rest if kind == "m"]
    phases = ("forward", "loss", "backward")
    assert markers == [
        (time, f"{phase}, iteration 0") for time, phase in zip((0.25, 1.25, 1.5), phases, strict=True)
    ]


def test_times_rise_and_the_last_screen_stays():
    made = played(TEXT)
    _, rest = events(asciicast_lines(made))
    times = [time for time, _, _ in rest]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] * 1000 == made.duration == list(made.screens())[-1].time + END_DURATION


def test_version_3_has_the_same_events_with_the_time_between_them():
    made = played(TEXT)
    (old, olds), (new, news) = events(asciicast_lines(made)), events(asciicast_lines(made, 3))
    assert (old["version"], new["version"]) == (2, 3)
    assert (new["term"]["cols"], new["term"]["rows"]) == (old["width"], old["height"])
    assert [event[1:] for event in news] == [event[1:] for event in olds]
    total = 0
    for (time, _, _), (interval, _, _) in zip(olds, news):
        total += interval
        assert total == pytest.approx(time)


def test_frames_are_differences_of_cells():
    """The steps of all built-in lessons cost 1.2 kB on the average, none more than 1.8."""
    sizes = [size for name in builtin.lesson_names() for size, _ in steps(builtin.open_lesson(name))]
    assert len(sizes) > 40
    assert mean(sizes) <= 1200
    assert max(sizes) <= 1800


def test_the_articles_sixteen_steps_cost_1_2_kb_on_the_average():
    """Where no caption takes any room from the panes, which is when they show the most."""
    sizes = [size for size, _ in steps(lesson("network article\nwait 1\nn*16"))]
    assert len(sizes) == 16
    assert mean(sizes) <= 1200


def test_a_recording_has_one_size():
    with pytest.raises(BpstepError, match=r"try.lesson:4: size: a recording has one size"):
        list(asciicast_lines(played("size 90x30\nsize 100x30\nn\nsize 90x30\nn\nsize 100x30\nn")))


def test_colours_are_the_lessons_whatever_was_drawn_before():
    once = list(asciicast_lines(played(TEXT)))
    for colours in ("256", "standard"):
        for line in next(played(TEXT).screens()).canvas.roles:
            AnsiStyles(Theme().style, colours)[line[0]]
    assert list(asciicast_lines(played(TEXT))) == once


def _recorded(folder, name, *words, **environment):
    path = folder / name
    done = subprocess.run(
        [sys.executable, "-m", "bpstep", "record", *words, "-o", str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return path.read_bytes()


SURROUNDINGS = [
    {"TERM": "dumb", "NO_COLOR": "1"},
    {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "40", "LC_ALL": "C"},
    {
        **{"TERM": "", "TEXTUAL_COLOR_SYSTEM": "standard", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
        "OPENBLAS_CORETYPE": "Prescott",
    },
]  # fmt: skip


@pytest.mark.parametrize(("ending", "where"), [("cast", SURROUNDINGS), ("svg", SURROUNDINGS[::2])])
def test_the_same_lesson_gives_the_same_bytes_wherever_it_is_recorded(tmp_path, ending, where):
    path = tmp_path / "trained.lesson"
    path.write_text("network penguins\nn*3\n100}\nn*3")
    found = [
        _recorded(tmp_path, f"{at}.{ending}", str(path), **environment)
        for at, environment in enumerate(where)
    ]
    assert all(one == other for one, other in pairwise(found))


@pytest.mark.skipif(shutil.which("asciinema") is None, reason="asciinema is not installed")
def test_asciinema_plays_it(tmp_path):
    path = tmp_path / "try.cast"
    made = played(TEXT)
    path.write_text("".join(f"{line}\n" for line in asciicast_lines(made)), encoding="utf-8")
    script = shutil.which("script")
    assert script is not None, "util-linux has it"
    done = subprocess.run(
        [script, "-qec", f"asciinema cat {path}", "/dev/null"], capture_output=True, check=True
    )
    screen = Screen(80, 24)
    screen.feed(done.stdout)
    assert screen.text.rstrip() == made.screen().canvas.text().rstrip()
