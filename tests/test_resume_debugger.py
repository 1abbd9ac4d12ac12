"""Nothing lost at the debugger: written before it is shown, opened again after whatever ended it."""

import errno
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from debugger_driver import debugging
from killed_sessions import lost, shown_edit
from saved_sessions import reopened, same

from bpstep.netfile import builtin
from bpstep.storage import session_file
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.recorder import Recorder

if os.name == "posix":
    from pseudo_terminal import bpstep

posix = pytest.mark.skipif(os.name != "posix", reason="pseudo terminals are POSIX's")


@asynccontextmanager
async def keeping(folder, *words, **more):
    """Somebody at a debugger that keeps the session in a folder."""
    async with debugging(*words, **more) as person:
        person.controller.recorder = Recorder(person.controller.session, folder)
        yield person


def only(folder):
    (path,) = folder.glob("*.bpstep")
    return path


async def test_what_is_on_the_screen_is_in_the_file(tmp_path):
    async with keeping(tmp_path) as person:
        painted = []

        def show(canvas, theme):
            session = person.controller.session
            saved = session_file.read_session(only(tmp_path)) if painted or session.n else None
            painted.append(canvas)
            if saved is not None:
                assert saved.events == session.journal.events
                if person.controller.job is None:
                    assert saved.position == CursorPosition(session.n, session.k)
            real(canvas, theme)

        real, person.app.canvas_widget.show = person.app.canvas_widget.show, show
        await person.press("n", "e")
        await person.answer("0.5")
        await person.press("n", "s", "s", "f", "U", "ctrl+r", "m")
        await person.answer("here")
        await person.press("a", "}", "]", "e")
        await person.answer("2")
        await person.press("A", "<", "R", "y")
        await person.go("i30000")
        await person.press("e")
        await person.answer("0.25")
        await person.arrive()
        assert len(painted) > 15


async def test_opened_again_it_is_at_its_place(tmp_path):
    async with keeping(tmp_path) as person:
        await person.go("i2:H")
        await person.press("e")
        await person.answer("0.5")
        await person.press("a", "}", "s", "s")
        again = reopened(only(tmp_path), tmp_path / "elsewhere")
        assert (again.session.n, again.session.k) == (48, 2)
        assert same(person.controller.session, again.session) == []


async def test_a_way_that_is_stopped_leaves_the_position(tmp_path):
    async with keeping(tmp_path) as person:
        await person.press("n", "n", "g")
        await person.begin("i3000000")
        assert session_file.read_session(only(tmp_path)).position == CursorPosition(2)
        await person.press("escape")
        assert session_file.read_session(only(tmp_path)).position == CursorPosition(2)


async def test_a_full_disk_is_said_and_work_goes_on(tmp_path, monkeypatch):
    async with keeping(tmp_path) as person:
        await person.press("n")
        full, real = [True], os.write

        def write(handle, data):
            if full[0] and data[:1] == b"{":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(handle, data)

        monkeypatch.setattr(os, "write", write)
        await person.press("n")
        assert person.last == "the session is not being saved: no space left on device; your work goes on"
        await person.press("e")
        await person.answer("0.5")
        assert person.last.startswith("H[0] changed from 0.559713649 to 0.5;"), "it is said once"
        await person.press("g")
        full[0] = False
        await person.press("escape")
        assert person.last == "the session is being saved again"
        await person.press("n")
        assert same(person.controller.session, reopened(only(tmp_path), tmp_path / "elsewhere").session) == []


async def test_what_there_is_to_say_waits_until_a_question_is_answered(tmp_path):
    (tmp_path / "in-the-way").write_text("")
    async with keeping(tmp_path / "in-the-way" / "sessions") as person:
        await person.press("n")
        person.controller.recorder.write_error = ""
        await person.press("n", "g", "1")
        assert person.last.startswith("go to: 1")
        await person.press("escape")
        assert person.last.startswith("the session is not being saved: ")


async def save_as(person, text):
    await person.press("ctrl+p", *"save session", "enter")
    assert person.last.startswith("save the session as:")
    await person.answer(text)


async def test_saving_under_a_name_and_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "sessions"
    async with keeping(folder) as person:
        await person.press("n", "e")
        await person.answer("0.5")
        await save_as(person, "lesson")
        assert person.last == "saved; open it with bpstep --resume lesson"
        await save_as(person, "./to-send")
        assert person.last == "saved; open it with bpstep --resume ./to-send.bpstep"
        for path in (folder / "lesson.bpstep", tmp_path / "to-send.bpstep"):
            assert same(person.controller.session, reopened(path, tmp_path / "elsewhere").session) == []
        if os.name == "posix":
            assert (folder / "lesson.bpstep").stat().st_mode & 0o777 == 0o600


async def test_saving_asks_before_it_replaces_and_says_why_it_can_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.bpstep").write_text("mine")
    async with keeping(tmp_path / "sessions") as person:
        await person.press("n")
        await save_as(person, "./mine.bpstep")
        assert person.last == "mine.bpstep exists: replace it? y or n"
        await person.press("n")
        assert (tmp_path / "mine.bpstep").read_text() == "mine"
        await save_as(person, "mine.bpstep")
        await person.press("y")
        assert session_file.read_session(tmp_path / "mine.bpstep").position == CursorPosition(1)
        await save_as(person, "a b")
        assert '"a b" cannot name a session' in person.text
        await person.press("escape")
        await save_as(person, "./nowhere/at/all")
        assert "at/all.bpstep: cannot write: " in person.text
        await person.press("escape")
        await save_as(person, "article-1")
        await person.press("y")
        assert '"article-1" is this session and is already saved' in person.text
        await person.press("escape", "escape")
        await save_as(person, "article-9")
        assert 'bpstep uses names like "article-9" itself; choose another' in person.text
        await person.press("escape", "escape")
        assert person.app.is_running


# On a real terminal


def asked(folder, *words, **more):
    return bpstep(folder, *words, **more, XDG_STATE_HOME=str(folder / "state"))


def edited(program):
    program.until_shown("bpstep")
    program.send("g" + "i3:delta_V\r")
    program.until_shown("iteration 3")
    program.send("e0.25\r")
    program.until_shown("to 0.25;")


@posix
@pytest.mark.parametrize("end", ["q", signal.SIGKILL, signal.SIGTERM, "hang up"])
def test_whatever_ends_bpstep_a_session_continues_where_it_was(end, tmp_path):
    with asked(tmp_path) as program:
        edited(program)
        if end == "q":
            program.send("q")
        elif end == "hang up":
            program.hang_up()
        else:
            os.kill(program.job, end)
        program.ended()
    with asked(tmp_path, "--resume") as program:
        program.until_shown("article-1 resumed at n = 56, with 1 edit")
        assert "✎0.2500" in program.screen.text
        program.send("U")
        program.until_shown("undone: set delta_V[0] to 0.25")
        program.send("q")
        assert program.ended() == 0
    if end == "q":
        with asked(tmp_path, "--resume", "article-1", "--at", "3") as program:
            program.until_shown("article-1 resumed at n = 3, with no edits")
            assert "n = 3" in program.screen.text


@posix
def test_leaving_says_how_to_come_back_and_starting_that_there_is_a_session(tmp_path):
    with asked(tmp_path) as program:
        program.until_shown("bpstep")
        assert "session to resume" not in program.screen.text
        program.send("nq")
        assert program.ended() == 0
        assert "session kept: bpstep --resume article-1" in program.screen.text
    with asked(tmp_path) as program:
        program.until_shown("session to resume: bpstep --resume article-1")
        program.send("q")
        assert program.ended() == 0
        assert "session kept" not in program.screen.text, "nothing was done"
    with asked(tmp_path, "mazur") as program:
        program.until_shown("bpstep")
        assert "session to resume" not in program.screen.text, "that is of another network"


@posix
def test_a_session_that_is_open_elsewhere_is_not_offered(tmp_path):
    with asked(tmp_path) as one:
        one.until_shown("bpstep")
        one.send("n")
        one.until_shown("n = 1")
        with asked(tmp_path) as other:
            other.until_shown("bpstep")
            assert "session to resume" not in other.screen.text


@posix
def test_edits_of_the_command_line_are_made_last_in_a_session_that_goes_on(tmp_path):
    with asked(tmp_path) as program:
        edited(program)
        program.send("q")
        program.ended()
    with asked(tmp_path, "--resume", "--set", "W[0,0]=0.75") as program:
        program.until_shown("article-1 resumed at n = 56, with 2 edits")
        program.send("U")
        program.until_shown("undone: set W[0,0] to 0.75 at n = 0")


@posix
def test_two_at_once_do_each_other_no_harm(tmp_path):
    with asked(tmp_path) as one, asked(tmp_path) as other:
        for program, number in ((one, "1"), (other, "2")):
            program.until_shown("bpstep")
            program.send(f"ne{number}\r")
            program.until_shown(f"to {number};")
        with asked(tmp_path, "--resume", "article-1") as third:
            third.until_shown("another bpstep has it open")
            third.send("e3\r")
            third.until_shown("to 3;")
        for program in (one, other):
            program.send("q")
            assert program.ended() == 0
    folder = tmp_path / "state" / "bpstep" / "sessions"
    values = {
        path.stem: [event.value for event in session_file.read_session(path).events]
        for path in folder.iterdir()
    }
    assert values in (
        {"article-1": [1.0], "article-2": [2.0], "article-3": [1.0, 3.0]},
        {"article-1": [2.0], "article-2": [1.0], "article-3": [2.0, 3.0]},
    )


@posix
def test_opening_and_leaving_writes_nothing(tmp_path):
    with asked(tmp_path, "--at", "i5", "--set", "W[0,0]=2") as program:
        program.until_shown("iteration 4")
        program.send("?")
        program.until_shown("bpstep help")
        program.send("q")
        program.until_shown("Escape closes the help")
        program.send("\x1b")
        program.until_shown("q quit", gone="bpstep help")
        program.send("q")
        assert program.ended() == 0
    assert not (tmp_path / "state").exists()


@posix
def test_the_screen_of_each_edit_is_read_by_the_test_of_killed_sessions(tmp_path):
    with asked(tmp_path, "--at", "2") as program:
        for number, typed in ((1, "0.1001"), (2, "0.1002")):
            program.send(f"e{typed}\r")
            program.until(lambda screen, number=number: shown_edit(screen) == number)


@posix
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_no_edit_is_lost_that_the_screen_had_shown(seed, tmp_path):
    assert lost(tmp_path, seed)[0] == 0


@posix
def test_a_network_s_file_that_has_changed_is_told_and_the_session_keeps_what_it_was(tmp_path):
    path = tmp_path / "own.toml"
    text = (Path(builtin.__file__).parent / "networks" / "article.toml").read_text()
    path.write_text(text)
    with asked(tmp_path, str(path)) as program:
        edited(program)
        program.send("q")
        program.ended()
    path.write_text(text.replace("learning_rate = 0.01", "learning_rate = 5.0"))
    with asked(tmp_path, str(path), "--resume") as program:
        program.until_shown("own.toml has changed since then; here")
        assert "E 0.0720" in program.screen.text
    path.unlink()
    with asked(tmp_path, str(path), "--resume") as program:
        program.until_shown("own-1 resumed at n = 56, with 1 edit")
