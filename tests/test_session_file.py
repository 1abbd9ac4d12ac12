"""What is saved of a session: every line of it, through crashes, full disks and edits by other people."""

import errno
import json
import os
import random
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from chance import examples
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, differing, mazur, network
from saved_sessions import kept, reopened, same

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError, FileError
from bpstep.learn import puzzle
from bpstep.netfile import builtin
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.events import Fork, Hint
from bpstep.session.session import Session
from bpstep.session.watches import Watch
from bpstep.storage import session_file
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.recorder import Recorder, session_lines


def worked(folder, made=None):
    """A session in which everything was done once, kept, and its file."""
    session, recorder = kept(made or article(), folder)
    for deed in deeds(session):
        deed()
        recorder.save()
    recorder.close()
    return session, folder / f"{recorder.name}.bpstep"


def deeds(session):
    """One thing after the other that a person may do."""
    return [
        lambda: session.goto("i2:H"),
        lambda: session.edit("H", (1,), 0.1 + 0.2),
        lambda: session.mark("weiß auf schwarz"),
        lambda: session.edit("learning_rate", (), 1 / 3),
        session.undo,
        lambda: session.goto("i9"),
        session.fork,
        lambda: session.record(EditEquation(9 * 16, "delta_Y", "2 * (Y - labelY)")),
        lambda: session.goto("i12:delta_V"),
        session.switch,
        lambda: session.edit("W", (0, 0), -4.0),
        lambda: session.goto("i10", 4),
        lambda: session.record(Breakpoint(1, "delta_Y", "abs(delta_Y) < 1e-3", hits=3)),
        lambda: session.record(Watch(1, "W[0,1]")),
    ]


def append(path, text):
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def test_a_session_opened_again_is_the_session_that_was_left(tmp_path):
    session, path = worked(tmp_path)
    again = reopened(path, tmp_path)
    assert same(session, again.session) == []
    for each in (session, again.session):
        each.switch()
    assert (same(session, again.session), session.furthest) == ([], 12 * 16 + 8)
    assert again.session.undo().cell == "equation delta_Y"


@pytest.mark.parametrize("name", ["article", "mazur", "penguins", "xor"])
def test_the_network_travels_inside(name, tmp_path):
    session, path = worked_on(builtin.open_network(name), tmp_path)
    again = reopened(path, tmp_path / "elsewhere").session
    assert differing(session.frame.tensors, again.frame.tensors) == []
    assert (again.network.name, again.network.title) == (name, session.network.title)


def worked_on(made, folder):
    session, recorder = kept(made, folder)
    session.goto("i7")
    recorder.save()
    recorder.close()
    return session, folder / f"{recorder.name}.bpstep"


def test_every_line_is_written_when_it_is_done_and_no_line_twice(tmp_path):
    session, recorder = kept(article(), tmp_path)
    written = []
    for deed in deeds(session):
        deed()
        recorder.save()
        recorder.save()
        (path,) = tmp_path.glob("*")
        lines = path.read_bytes().splitlines()
        assert len(lines) > len(written)
        assert lines[: len(written)] == written, "what is written stays"
        written = lines
    recorder.close()
    events = [json.loads(line) for line in written[1:] if b"event" in line]
    assert [event["event"] for event in events] == [
        *("Edit", "Mark", "Edit", "Undo", "Fork", "EditEquation", "Switch", "Edit"),
        *("Breakpoint", "Watch"),
    ]


def test_a_move_costs_a_short_line_and_one_system_call(tmp_path, monkeypatch):
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    calls = []
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: calls.append(data) or real(handle, data))
    session.goto(123_456)
    recorder.save()
    session.edit("V", (0, 0), 1.0)
    session.step()
    recorder.save()
    assert [len(data.splitlines()) for data in calls] == [1, 2]
    assert len(calls[0]) <= 30


def test_a_session_in_which_nothing_is_done_leaves_nothing(tmp_path):
    session = Session(article(), [("W", (0, 0), 0.5)])
    recorder = Recorder(session, tmp_path / "sessions")
    recorder.set_start(CursorPosition(48))
    recorder.save(settled=False)
    session.goto(48)
    recorder.save()
    recorder.close()
    assert list(tmp_path.iterdir()) == []
    session.step()
    recorder.save()
    saved = session_file.read_session(next(tmp_path.rglob("*.bpstep")))
    assert [event.cell for event in saved.events] == ["W[0,0]"], "the edits of the opening are kept too"


def test_a_move_that_was_not_finished_saves_no_position(tmp_path):
    session, path = worked(tmp_path)
    again = reopened(path, tmp_path)
    again.session.goto(0)
    again.recorder.save(settled=False)
    assert session_file.read_session(path).position == CursorPosition(session.n, session.k)


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_what_is_kept_is_for_the_user_alone(tmp_path):
    os.umask(0o022)
    _, path = worked(tmp_path / "bpstep" / "sessions")
    rights = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert rights == [0o600, 0o700, 0o700]


def test_two_at_one_network_have_a_file_each(tmp_path):
    pairs = [kept(article(), tmp_path) for _ in range(3)]
    for turn in range(4):
        for number, (session, recorder) in enumerate(pairs):
            session.edit("W", (0, turn % 3), number + turn / 8)
            session.step(number + 1)
            recorder.save()
    for (session, recorder), name in zip(pairs, ("article-1", "article-2", "article-3")):
        recorder.close()
        assert recorder.name == name
        assert same(session, reopened(tmp_path / f"{name}.bpstep", tmp_path).session) == []


def test_going_on_goes_on_in_the_same_file(tmp_path):
    _, path = worked(tmp_path)
    before = path.read_bytes()
    for k in range(3):
        again = reopened(path, tmp_path)
        again.session.edit("V", (k, 0), 9.0)
        again.recorder.save()
        again.recorder.close()
    assert path.read_bytes().startswith(before)
    assert list(tmp_path.iterdir()) == [path]
    assert len(reopened(path, tmp_path).session.frame.edits) == 5


def test_wherever_the_last_line_is_cut_off_the_lines_before_it_are_there(tmp_path):
    _, path = worked(tmp_path)
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    expected = session_file.read_session(path).records[:-1]
    for cut in range(1, last + 1):
        path.write_bytes(whole[:-cut])
        saved = session_file.read_session(path)
        assert (saved.records, saved.is_truncated, saved.damage) == (expected, cut < last, None)


def test_a_line_that_was_cut_off_is_told_and_the_next_one_is_whole(tmp_path):
    _, path = worked(tmp_path)
    append(path, '{"event":"Edit","at":3,"na')
    again = reopened(path, tmp_path)
    assert again.notes == ("its last line was cut off and is left out",)
    again.session.edit("V", (2, 0), 2.5)
    again.recorder.save()
    again.recorder.close()
    last = reopened(path, tmp_path)
    assert same(again.session, last.session) == []
    assert last.notes == ()


def test_a_session_that_another_has_open_goes_on_in_a_copy(tmp_path):
    pytest.importorskip("fcntl")
    _, path = worked(tmp_path)
    first = reopened(path, tmp_path)
    second = reopened(path, tmp_path)
    assert second.notes == ("another bpstep has it open; this is a copy",)
    assert first.notes == ()
    for number, each in enumerate((first, second)):
        each.session.edit("V", (0, 0), float(number))
        each.recorder.save()
        each.recorder.close()
    assert (first.recorder.name, second.recorder.name) == ("article-1", "article-2")
    for each in (first, second):
        assert same(each.session, reopened(tmp_path / f"{each.recorder.name}.bpstep", tmp_path).session) == []


@pytest.mark.parametrize(
    "line",
    [
        b"\x00" * 40,
        b"\xff\xfe",
        b"{}",
        b'{"n":-1}',
        b'{"event":"Switch","run":"C"}',
        b'{"event":"Edit","at":0,"name":"Q","index":[],"value":1.0}',
    ],
)
def test_of_a_damaged_session_all_before_the_damage_is_opened_and_the_file_is_left_alone(line, tmp_path):
    session, path = worked(tmp_path)
    append(path, line + b'\n{"n":3}\n')
    before = path.read_bytes()
    again = reopened(path, tmp_path)
    number = len(before.splitlines()) - 1
    assert f"line {number} is damaged" in again.notes[0]
    assert same(session, again.session) == []
    again.session.edit("V", (0, 0), 2.0)
    again.recorder.save()
    again.recorder.close()
    assert path.read_bytes() == before
    assert same(again.session, reopened(tmp_path / "article-2.bpstep", tmp_path).session) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"event":"Mark","name":"x"}', "Mark needs a field n"),
        ('{"event":"Os","name":"x"}', 'there is no event "Os"'),
        ('{"n":1000000000001}', "n = 1,000,000,000,001 is not a position; expected 0 to 1,000,000,000,000"),
        ('{"n":5,"k":-1}', "is not a position"),
        ('{"n":5,"m":1}', 'CursorPosition has no field "m"'),
        ('{"event":"Undo"}', "nothing to undo"),
        ('{"event":"Redo"}', "nothing to redo"),
        ('{"event":"Switch","run":"B"}', "there is no run B"),
        ('{"event":"Fork","n":-4}', "n = -4 is not a position"),
        ('{"event":"Mark","name":"42","n":1}', "cannot name a mark"),
        ('{"event":"Mark","name":"  ","n":1}', "cannot name a mark"),
        ('{"event":"Mark","name":"x","n":-1}', "is not a position"),
        ('{"event":"Mark","name":"' + "x" * 101 + '","n":1}', "too long for a mark"),
        ('{"event":"Edit","at":0,"name":"Q","index":[0],"value":1.0}', 'no tensor is called "Q"'),
        ('{"event":"Edit","at":0,"name":"H","index":[0],"value":1.0}', "H is not written at n = 0"),
        ('{"event":"Edit","at":3,"name":"H","index":[0],"value":1.0}', "H is not written at n = 3"),
        ('{"event":"Edit","at":3,"name":"X","index":[0,0],"value":1.0}', "X is not written at n = 3"),
        ('{"event":"Edit","at":-14,"name":"H","index":[0],"value":1.0}', "n = -14 is not a position"),
        ('{"event":"Edit","at":2,"name":"H","index":[3],"value":1.0}', "H has no cell [3]"),
        ('{"event":"Edit","at":2,"name":"H","index":[-1],"value":1.0}', "H has no cell [-1]"),
        ('{"event":"Edit","at":0,"name":"X","index":[1,0],"value":1.0}', "X has no cell [1, 0]"),
        ('{"event":"Edit","at":2,"name":"H","index":[999999999999],"value":1.0}', "H has no cell"),
        (
            '{"event":"Breakpoint","id":1,"equation":"","condition":"open(Y)","builtin":"","hits":1,"enabled":true}',
            "open",
        ),
        ('{"event":"DropBreakpoint","id":7}', "there is no breakpoint 7"),
        ('{"event":"Watch","id":1,"text":"Y.__class__"}', "__class__"),
        ('{"event":"EditEquation","at":0,"name":"Y","source":"open(Y)"}', "open"),
        ('{"event":"EditEquation","at":0,"name":"Y","source":"Y.__class__"}', "__class__"),
        ('{"event":"EditEquation","at":0,"name":"Q","source":"1"}', "there is no equation Q"),
        ('{"event":"EditEquation","at":-1,"name":"Y","source":"net_2"}', "is not a position"),
        ('{"event":"EditEquation","at":0,"name":"Y","source":"' + "-" * 3_000 + '1"}', "Y"),
    ],
)
def test_somebody_else_s_file_with_a_wrong_line_is_refused_in_one_line(line, told, tmp_path):
    path = tmp_path / "lesson.bpstep"
    path.write_text("\n".join([*session_lines(Session(article())), line, '{"n":1}\n']))
    with pytest.raises(FileError) as caught:
        reopened(path, tmp_path / "sessions")
    assert caught.value.line == 3
    assert str(caught.value).startswith(f"{path}:3: ")
    assert told in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_is_full_in_earnest(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this system lets nobody make a disk")
    try:
        session, recorder = kept(article(), disk / "sessions")
        for k in range(400):
            session.goto(k % 5)
            session.append(Edit(0, "learning_rate", (), k / 7))
            recorder.save()
        assert recorder.notice == "the session is not being saved: no space left on device; your work goes on"
        saved = session_file.read_session(disk / "sessions" / "article-1.bpstep")
        assert (saved.is_truncated, saved.damage) == (False, None)
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        recorder.save()
        recorder.close()
        assert (
            session_file.read_session(disk / "sessions" / "article-1.bpstep").events == session.journal.events
        )
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def with_header(**changed):
    """A session file whose first line has other values."""
    first, *rest = session_lines(Session(article()))
    values = {**json.loads(first), **changed}
    return "\n".join([json.dumps({key: value for key, value in values.items() if value is not None}), *rest])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "this is not a session file: its first line is missing"),
        ("title = 1\n", ":1: this is not JSON"),
        ("{}\n", ":1: this is not a session file"),
        ('{"format":"bpstep-trace","version":1}\n', ":1: this is not a session file"),
        (with_header(version=2), ":1: a later bpstep saved this session"),
        (with_header(file=None), ":1: this is not a session file"),
        (with_header(file=["a"]), ":1: this is not a session file"),
        (with_header(network="a\x1b[2J"), ":1: network cannot be"),
        (with_header(network="a" * 101), "cannot name a network"),
        (with_header(network=""), "cannot name a network"),
        (with_header(origin=3), ":1: origin cannot be"),
        (with_header(hello=3), 'no field "hello"'),
        (with_header(file="loss = 3"), ":1: in line 1 of its network"),
        (with_header(file="x = [[[[[[[[[[[[[[[[[[[[[[[["), ":1: in line 1 of its network"),
    ],
)
def test_a_file_whose_first_line_is_that_of_no_session_is_refused(text, told, tmp_path):
    for folder in (tmp_path, tmp_path / "sessions"):
        path = tmp_path / "some.bpstep"
        path.write_text(text)
        with pytest.raises(FileError) as caught:
            reopened(path, folder)
        assert told in str(caught.value)
        assert str(caught.value).isprintable()


def test_a_session_that_claims_to_be_a_puzzle_and_is_none_opens_as_a_network(tmp_path):
    path = tmp_path / "some.bpstep"
    path.write_text(with_header(puzzle=True) + "\n")
    assert not reopened(path, tmp_path / "sessions").session.network.puzzle


def test_a_file_from_somebody_else_is_opened_and_left_as_it_is(tmp_path):
    session, _ = worked(tmp_path / "theirs")
    path = tmp_path / "lesson.bpstep"
    path.write_text("".join(f"{line}\n" for line in session_lines(session)))
    before = path.read_bytes()
    again = reopened(path, tmp_path / "mine")
    assert same(session, again.session) == []
    again.session.step()
    again.recorder.save()
    assert path.read_bytes() == before
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["article-1.bpstep"]


def test_an_edit_of_a_sample_that_a_smaller_batch_lacks_is_refused(tmp_path):
    made = network((2, 3, 1), samples=5, batch_size=2)
    session, path = worked_on(made, tmp_path)
    at = 2 * session.period + session.program.step_indices["H"] + 1
    append(path, f'{{"event":"Edit","at":{at},"name":"H","index":[1,0],"value":1.0}}\n')
    assert "is damaged" in reopened(path, tmp_path).notes[0]
    path.write_bytes(path.read_bytes().replace(b"[1,0]", b"[0,0]"))
    assert reopened(path, tmp_path).notes == ()


class Disk:
    """A disk that accepts this many bytes; of a larger write it accepts a part."""

    def __init__(self, monkeypatch):
        self.room = 0
        self._write = os.write
        self.errno = errno.ENOSPC
        monkeypatch.setattr(os, "write", self.write)

    def write(self, handle, data):
        if self.room <= 0:
            raise OSError(self.errno, os.strerror(self.errno))
        written = self._write(handle, data[: self.room])
        self.room -= written
        return written


@examples(20)
@given(st.lists(st.integers(0, 6_000), min_size=15, max_size=15), st.sampled_from([errno.ENOSPC, errno.EIO]))
def test_a_full_disk_is_told_once_and_nothing_is_missing_when_there_is_room_again(rooms, number):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        folder, disk = Path(name), Disk(patch)
        disk.errno = number
        session, recorder = kept(article(), folder)
        told = []
        for room, deed in zip(rooms, deeds(session)):
            disk.room = room
            deed()
            recorder.save()
            if recorder.notice:
                told.append(recorder.notice)
                recorder.notice = ""
            found = session_file.read_session(next(folder.iterdir())) if recorder._written_bytes else None
            assert found is None or (not found.is_truncated and found.damage is None)
        disk.room = 10**6
        recorder.save()
        recorder.close()
        wanted = f"the session is not being saved: {os.strerror(number).lower()}; your work goes on"
        assert [each.lower() for each in told[::2]] == [wanted] * len(told[::2])
        assert set(told[1::2]) <= {"the session is being saved again"}
        again = reopened(folder / "article-1.bpstep", folder).session
        # Of positions that were gone through while the disk was full only the last is known.
        assert [each for each in same(session, again) if each[0] != "furthest"] == []


def test_a_file_that_never_got_a_line_is_taken_away(tmp_path, monkeypatch):
    Disk(monkeypatch)
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    assert "no space left on device" in recorder.notice
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_killed_program_left_empty_is_no_session(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    recorder.close()
    (tmp_path / "article-2.bpstep").touch()
    assert [path.name for path in session_file.session_files(tmp_path)] == ["article-1.bpstep"]


_LIMITED = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from full_disk import at_most
from saved_sessions import kept
from make_networks import article
with at_most(3000):
    session, recorder = kept(article(), Path(sys.argv[1]))
    for k in range(400):
        session.step()
        recorder.save()
    print(recorder.write_error)
recorder.save()
print(recorder.notice, session.n)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_a_limit_of_the_system_is_like_a_full_disk(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "file too large\nthe session is being saved again 400\n", done.stderr
    assert session_file.read_session(tmp_path / "article-1.bpstep").position == CursorPosition(400)


def test_a_folder_that_can_not_be_made_is_told_and_work_goes_on(tmp_path):
    (tmp_path / "bpstep").write_text("in the way")
    session, recorder = kept(article(), tmp_path / "bpstep" / "sessions")
    session.step()
    recorder.save()
    assert recorder.notice.startswith("the session is not being saved: ")
    (tmp_path / "bpstep").unlink()
    session.step()
    recorder.save()
    assert recorder.notice == "the session is being saved again"
    assert session_file.read_session(
        tmp_path / "bpstep" / "sessions" / "article-1.bpstep"
    ).position == CursorPosition(2)


@pytest.mark.skipif(os.name != "posix", reason="an open file can be deleted on POSIX")
def test_a_file_that_somebody_deletes_is_written_anew(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.edit("V", (0, 0), 7.0)
    recorder.save()
    (tmp_path / "article-1.bpstep").unlink()
    session.step()
    recorder.save()
    recorder.close()
    assert same(session, reopened(tmp_path / "article-1.bpstep", tmp_path).session) == []


def test_a_copy_by_name_is_whole_and_says_nothing_of_where_it_came_from(tmp_path):
    session = Session(mazur())
    recorder = Recorder(session, tmp_path, origin="/home/somebody/mazur.toml")
    session.goto("i3:E")
    session.edit("V", (0, 0), 2.0)
    session.goto("i2")
    recorder.save()
    recorder.save_copy("lesson")
    assert "somebody" in (tmp_path / "mazur-1.bpstep").read_text()
    assert "somebody" not in (tmp_path / "lesson.bpstep").read_text()
    assert same(session, reopened(tmp_path / "lesson.bpstep", tmp_path).session) == []


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden", "x\x1b", "ä", "x" * 80, "-"])
def test_a_name_that_is_no_file_s_name_everywhere_is_refused(name, tmp_path):
    with pytest.raises(BpstepError, match="cannot name a session"):
        session_file.path_of(tmp_path, name)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("article", "article"),
        ("my net", "my-net"),
        ("ä/b\x1b", "b"),
        ("...", "session"),
        ("n" * 90, "n" * 60),
    ],
)
def test_every_network_gives_its_sessions_a_plain_name(name, plain, tmp_path):
    assert session_file.make_file_stem(name) == plain
    session, recorder = kept(network(name=name), tmp_path)
    session.step()
    recorder.save()
    assert recorder.name == f"{plain}-1"


def test_ten_thousand_events_are_replayed_without_computing_what_is_in_between(tmp_path, monkeypatch):
    chance = random.Random(1)
    session, recorder = kept(article(), tmp_path)
    for _ in range(10_000):
        iteration = chance.randrange(50)
        edit = Edit(16 * iteration, "learning_rate", (), chance.random())
        session.append(edit if chance.random() < 0.9 else Fork(16 * iteration))
    session.rebuild_runs()
    session.goto("i50")
    recorder.save()
    recorder.close()
    runs = []
    real = Session.rebuild_runs
    monkeypatch.setattr(Session, "rebuild_runs", lambda self: runs.append(1) or real(self))
    again = reopened(tmp_path / "article-1.bpstep", tmp_path)
    assert same(session, again.session) == []
    assert len(runs) == 2, "once for the new session, once for all that was done"


def test_a_puzzle_that_goes_on_is_a_puzzle(tmp_path):
    made = puzzle.open_puzzle(puzzle.puzzle_texts()[0].name)
    session, recorder = kept(made, tmp_path)
    session.step()
    session.record(Hint(2))
    recorder.save()
    recorder.close()
    again = reopened(tmp_path / f"{recorder.name}.bpstep", tmp_path).session
    assert again.network.puzzle
    assert not puzzle.is_program_correct(again.network, again.program_at_cursor)
    assert again.journal.events == [Hint(2)]
