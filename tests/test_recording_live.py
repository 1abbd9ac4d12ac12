"""`bpstep record --live`: the file grows with the session, is whole at any moment, and has no long pauses."""

import json
from pathlib import Path

import pytest
from command_line import ROOT, refused
from debugger_driver import controller
from full_disk import at_most
from pseudo_terminal import Screen, bpstep

from bpstep.errors import BpstepError
from bpstep.recording.live import LiveRecorder, RecordingFrontend
from bpstep.ui.input import handle_key


class Hours:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def read(path):
    """The header and the events, each line whole."""
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    header, *events = (json.loads(line) for line in text.splitlines())
    return header, events


def shown(path):
    """What a terminal shows that is sent all of it."""
    header, events = read(path)
    screen = Screen(header["width"], header["height"])
    for _, kind, data in events:
        if kind == "r":
            screen.resize(*map(int, data.split("x")))
        elif kind == "o":
            screen.feed(data.encode())
    return screen.text.rstrip()


def test_after_each_screen_the_file_holds_it(tmp_path):
    path, hours, made = tmp_path / "own.cast", Hours(), controller()
    seat = RecordingFrontend(made, LiveRecorder(path, 2, hours))
    for key in [*"nnn/V", "enter", "e", "9", "enter", "}"]:
        hours.now += 0.25
        seat.handle_key(key)
        canvas = seat.draw()
        assert shown(path) == canvas.text().rstrip()
    times = [time for time, _, _ in read(path)[1]]
    assert times == sorted(times)
    assert times[0] == 0.25
    assert times[-1] == 10 * 0.25


def test_a_phase_is_marked_where_it_begins(tmp_path):
    path, made = tmp_path / "own.cast", controller()
    seat = RecordingFrontend(made, LiveRecorder(path, 2))
    for key in ["", *"nnnn", "n", "n", "N"]:
        seat.handle_key(key)
        seat.draw()
    markers = [data for _, kind, data in read(path)[1] if kind == "m"]
    assert markers == [f"{phase}, iteration 0" for phase in ("forward", "loss", "backward", "loss")]


def test_version_3_has_the_time_between_events(tmp_path):
    path, hours, made = tmp_path / "own.cast", Hours(), controller()
    seat = RecordingFrontend(made, LiveRecorder(path, 2, hours, version=3))
    for key in "nzn":
        hours.now += 0.5
        seat.handle_key(key)
        seat.draw()
    header, events = read(path)
    assert header["term"]["cols"] == 80
    assert [time for time, kind, _ in events if kind == "o"] == [0.5, 0.5, 0.5]


def test_when_the_session_is_over_the_cursor_is_back(tmp_path):
    path, hours, made = tmp_path / "own.cast", Hours(), controller()
    cast = LiveRecorder(path, 2, hours)
    RecordingFrontend(made, cast).draw()
    hours.now += 60
    cast.end()
    time, kind, data = read(path)[1][-1]
    assert (time, kind, data) == (2, "o", "\x1b[m\x1b[25;1H\x1b[?25h")


def test_a_session_that_was_never_seen_leaves_nothing_to_end(tmp_path):
    cast = LiveRecorder(tmp_path / "own.cast", 2)
    cast.end()
    assert (tmp_path / "own.cast").read_text() == ""


def test_a_pause_is_cut_to_the_length_asked_for(tmp_path):
    path, hours = tmp_path / "own.cast", Hours()
    seat = RecordingFrontend(controller(), LiveRecorder(path, 1.5, hours))
    seat.draw()
    for pause in (0.5, 3600, 1.0):
        hours.now += pause
        seat.handle_key("n")
        seat.draw()
    assert [time for time, kind, _ in read(path)[1] if kind == "o"] == [0, 0.5, 2.0, 3.0]


def test_another_size_is_an_event_and_a_whole_screen(tmp_path):
    path = tmp_path / "own.cast"
    seat = RecordingFrontend(controller(), LiveRecorder(path, 2, Hours()))
    seat.draw()
    seat.resize(100, 30)
    canvas = seat.draw()
    assert [data for _, kind, data in read(path)[1] if kind == "r"] == ["100x30"]
    assert shown(path) == canvas.text().rstrip()


def test_nothing_is_written_where_nothing_changes(tmp_path):
    path = tmp_path / "own.cast"
    seat = RecordingFrontend(controller(), LiveRecorder(path, 2, Hours()))
    for _ in range(3):
        seat.draw()
    assert len(read(path)[1]) == 1


@pytest.mark.parametrize("room", range(500, 560, 4))
def test_a_full_disk_ends_the_recording_with_a_whole_line_and_not_the_session(tmp_path, room):
    path, made = tmp_path / "own.cast", controller()
    seat = RecordingFrontend(made, LiveRecorder(path, 2, Hours()))
    seat.draw()
    before = path.read_bytes()
    handle_key(made, "n")
    with at_most(len(before) + room):
        seat.draw()
    assert path.read_bytes() == before
    assert "the recording has ended: File too large" in seat.draw().text()
    handle_key(made, "n")
    assert made.session.n == 2
    assert "recording" not in seat.draw().text()
    assert path.read_bytes() == before


def test_whoever_leaves_is_told_that_the_recording_had_ended(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, more = Path("own.cast"), {"XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with at_most(9000):
        program = bpstep(tmp_path, "record", "--live", str(path), "mazur", size=(100, 30), anew=True, **more)
        with program as running:
            running.until_shown("step  0 of 16")
            for at in range(1, 9):
                running.send("n")
                running.until_shown(f"step  {at} of 16")
            running.send("q")
            assert running.ended() == 2
            told = "the recording has ended: File too large; the file is whole up to there"
            assert told in " ".join(running.screen.text.split())
    assert "step  2 of 16" in shown(path)


def test_a_recording_replaces_nothing(tmp_path):
    path = tmp_path / "own.cast"
    path.write_text("before")
    with pytest.raises(BpstepError, match="it is not overwritten"):
        LiveRecorder(path, 2)
    assert path.read_text() == "before"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--live", "x.svg"], ("ends in .cast",)),
        (["--live", "x.cast", "-o", "y.cast"], ("--live takes only --pause, --v3 and a network",)),
        (["--live", "x.cast", "--pause", "0"], ("more than 0 seconds",)),
        (["--live", "x.cast", "none"], ("no network or file is called",)),
        (["--live", "x.cast"], ("needs a terminal",)),
    ],
)
def test_what_can_not_be_is_told_and_no_file_is_made(ask, tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    refused(ask("record", *words), *expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("words", "seconds"), [([], 2.0), (["--pause", "0.5"], 0.5)])
def test_no_pause_is_longer_than_two_seconds_unless_said(ask, tmp_path, monkeypatch, words, seconds):
    begun = []
    monkeypatch.setattr(
        "bpstep.cli.debug.run", lambda options, make_frontend: make_frontend(controller()) and 0
    )
    monkeypatch.setattr(
        "bpstep.recording.live.LiveRecorder",
        lambda path, pause, version: begun.append(pause) or LiveRecorder(path, pause, version=version),
    )
    assert ask("record", "--live", str(tmp_path / "own.cast"), *words)[0] == 0
    assert begun == [seconds]


def test_a_person_at_a_terminal_is_recorded(tmp_path):
    path = tmp_path / "own.cast"
    with bpstep(tmp_path, "record", "--live", str(path), "mazur") as program:
        program.until_shown("step  0 of 16")
        program.send("nn")
        program.until_shown("step  2 of 16")
        assert "mazur" in shown(path)
        program.send("q")
        assert program.ended() == 0
    assert "step  2 of 16" in shown(path)
    assert read(path)[1][-1][2].endswith("\x1b[?25h")
