"""`bpstep sessions`, and what --resume finds and refuses, without a terminal."""

import os
import re
from pathlib import Path

import pytest
from make_networks import article, mazur, network
from saved_sessions import kept

from bpstep.classroom.room import Room
from bpstep.classroom.state_file import StateFile
from bpstep.cli.folders import classes_folder, sessions_folder
from bpstep.cli.main import parse_arguments
from bpstep.cli.open_session import open_requested
from bpstep.cli.sessions import list_sessions
from bpstep.errors import BpstepError
from bpstep.netfile import builtin
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.session import Session
from bpstep.session.watches import Watch
from bpstep.storage.cleanup import delete_session, remove_unchanged
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import find_resumable

HOUR = 3_600


def made(folder, network, edits=0, forks=0, saved=0.0, origin=""):
    """A session in the folder, saved at a given time; returns its file."""
    session = Session(network)
    recorder = Recorder(session, folder, origin)
    for k in range(edits):
        session.edit("learning_rate", (), 0.5 + k)
    for _ in range(forks):
        session.fork()
    session.step(1234)
    recorder.save()
    recorder.close()
    path = folder / f"{recorder.name}.bpstep"
    os.utime(path, (saved, saved))
    return path


def test_sessions_are_listed_from_the_last_saved_to_the_first(tmp_path):
    now = 1_000_000.0
    made(tmp_path, article(), edits=1, saved=now - 3 * 24 * HOUR)
    made(tmp_path, mazur(), edits=3, forks=1, saved=now - 61 * 60)
    made(tmp_path, article(), saved=now - 5)
    made(tmp_path, network(name="a network"), saved=now - 125)
    assert list(list_sessions(tmp_path, now)) == [
        "article-2    article    n = 1,234  just now",
        "a-network-1  a network  n = 1,234  2 minutes ago",
        "mazur-1      mazur      n = 1,234  3 edits, 1 fork, 1 hour ago",
        "article-1    article    n = 1,234  1 edit, 3 days ago",
    ]


def test_what_can_not_be_read_is_listed_as_that(tmp_path):
    path = made(tmp_path, article(), saved=100.0)
    (tmp_path / "other.bpstep").write_text("hello\n")
    os.utime(tmp_path / "other.bpstep", (50, 50))
    with path.open("a") as file:
        file.write("nonsense\n")
    os.utime(path, (100, 100))
    assert list(list_sessions(tmp_path, 100.0)) == [
        "article-1  article  n = 1,234  just now; line 3 is damaged",
        "other      ?                   just now; cannot be read: this is not JSON",
    ]


def test_without_any_session_the_command_says_so(ask):
    status, out, err = ask("sessions")
    assert (status, err) == (0, "")
    assert out.startswith("no sessions yet")
    assert not sessions_folder().exists(), "looking makes nothing"


def test_the_command_prints_the_list(ask):
    made(sessions_folder(), article(), edits=2)
    status, out, _ = ask("sessions")
    assert status == 0
    assert re.fullmatch(r"article-1  article  n = 1,234  2 edits, \d+ days ago\n", out)


def test_the_last_session_of_a_network_is_found_by_name_and_file(tmp_path):
    first = made(tmp_path, article(), saved=100.0)
    second = made(tmp_path, article(), saved=200.0)
    file = made(tmp_path, article(), saved=300.0, origin="/somewhere/article.toml")
    other = made(tmp_path, mazur(), saved=400.0)
    assert find_resumable(tmp_path, "", "article", "") == second
    assert find_resumable(tmp_path, "", "article", "/somewhere/article.toml") == file
    assert find_resumable(tmp_path, "", "mazur", "") == other
    os.utime(first, (500, 500))
    assert find_resumable(tmp_path, "", "article", "") == first
    assert find_resumable(tmp_path, "article-2", "article", "") == second
    assert find_resumable(tmp_path, "./lesson.bpstep", "article", "") == Path("lesson.bpstep")
    assert find_resumable(tmp_path, "lesson.bpstep", "article", "") == Path("lesson.bpstep")
    made(tmp_path, article()).rename(tmp_path / "mine.session.bpstep")
    assert (
        find_resumable(tmp_path, f"{tmp_path}/mine.session", "article", "")
        == tmp_path / "mine.session.bpstep"
    )


def test_a_network_s_name_in_the_place_of_a_session_s_means_its_last_session(tmp_path):
    path = made(tmp_path, mazur())
    made(tmp_path, article())
    assert find_resumable(tmp_path, "mazur", "article", "") == path


def test_a_damaged_file_hides_no_other(tmp_path):
    path = made(tmp_path, article(), saved=100.0)
    (tmp_path / "article-9.bpstep").write_bytes(b"\xff\n")
    assert find_resumable(tmp_path, "", "article", "") == path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--resume"], "there is no session of article to resume; bpstep sessions lists them"),
        (["mazur", "--resume"], "there is no session of mazur to resume"),
        (["--resume", "lesson"], 'no session is called "lesson"; bpstep sessions lists them'),
        (["--resume", "a b"], '"a b" cannot name a session'),
        (["--resume", "./lesson.bpstep"], "lesson.bpstep: no such file or directory"),
        (["--resume", "."], "cannot name a session"),
        (["--resume", "a" * 300], "it has 300 characters; at most 60 are allowed"),
        (["--resume", "./"], "expected a file, got a directory"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(ask, words, told):
    status, out, err = ask(*words)
    assert (status, out) == (2, "")
    assert err.startswith("bpstep: error: ")
    assert err.count("\n") == 1
    assert told in err


def test_a_session_is_not_opened_under_another_network_s_name(ask):
    made(sessions_folder(), article())
    status, _, err = ask("mazur", "--resume", "article-1")
    assert status == 2
    assert "article-1 is a session of article, not of mazur" in err


def test_a_position_or_an_edit_that_does_not_hold_in_it_is_told(ask):
    made(sessions_folder(), article())
    for words in (["--at", "nowhere"], ["--set", "Q=1"]):
        status, _, err = ask("--resume", "article-1", *words)
        assert status == 2
        assert err.count("\n") == 1


def test_resuming_without_a_terminal_is_refused_and_writes_nothing(ask):
    path = made(sessions_folder(), article())
    before = path.read_bytes(), path.stat().st_mtime_ns
    status, _, err = ask("--resume", "--set", "W[0,0]=2")
    assert status == 2
    assert "needs a terminal" in err
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_session_file_is_no_network_and_a_network_file_is_no_session(ask, tmp_path):
    path = made(tmp_path, article())
    for words in (["show", str(path), "--at", "0"], ["trace", str(path)], ["check", str(path)]):
        status, _, err = ask(*words)
        assert status == 2
        assert (
            err
            == f"bpstep: error: {path}: this is a session, not a network: bpstep --resume {path} opens it\n"
        )
    for rest in (b"", path.read_bytes()[:60]):
        damaged = tmp_path / "cut.bpstep"
        damaged.write_bytes(rest)
        assert ask("show", str(damaged))[2].endswith(
            "cut.bpstep: this is not a session file: its first line is missing\n"
        )
    toml = tmp_path / "net.toml"
    toml.write_text((Path(builtin.__file__).parent / "networks" / "article.toml").read_text())
    status, _, err = ask("--resume", str(toml))
    assert (status, err.count("\n")) == (2, 1)
    assert f"{toml}:1: this is not JSON" in err


def test_a_thousand_sessions_are_looked_through_by_their_first_lines(tmp_path, monkeypatch):
    path = made(tmp_path, mazur(), saved=1.0)
    another = made(tmp_path, article()).read_bytes()
    for k in range(200):
        (tmp_path / f"x-{k}.bpstep").write_bytes(another)
    read = []
    monkeypatch.setattr("bpstep.storage.session_file.read_bytes", lambda *words: read.append(words))
    assert find_resumable(tmp_path, "", "mazur", "") == path
    assert not read


def test_a_name_that_is_two_things_is_a_session_first(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    recorder.save_copy("mazur")
    made(tmp_path, mazur())
    assert find_resumable(tmp_path, "mazur", "article", "").name == "mazur.bpstep"
    with pytest.raises(BpstepError, match="no session is called"):
        find_resumable(tmp_path, "xor", "article", "")


def test_edits_and_forks_are_counted_as_far_as_they_are_in_force(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.edit("learning_rate", (), 0.5)
    session.edit("learning_rate", (), 0.6)
    session.undo()
    recorder.save()
    assert list(list_sessions(tmp_path, 0.0)) == ["article-1  article  n = 0  1 edit, just now"]
    session.undo()
    recorder.save()
    assert list(list_sessions(tmp_path, 0.0)) == ["article-1  article  n = 0  just now"]
    session.redo()
    session.fork()
    session.fork()
    session.edit("learning_rate", (), 0.7)
    recorder.save()
    assert list(list_sessions(tmp_path, 0.0)) == ["article-1  article  n = 0  2 edits, 1 fork, just now"]
    session.drop_edits()
    recorder.save()
    assert list(list_sessions(tmp_path, 0.0)) == ["article-1  article  n = 0  1 fork, just now"]


def left(folder):
    return sorted(path.stem for path in folder.iterdir())


def test_of_sessions_in_which_nothing_was_done_the_last_three_are_kept(tmp_path):
    for k in range(5):
        made(tmp_path, article(), saved=100.0 + k)
    assert remove_unchanged(tmp_path, "article", "") == ["article-2", "article-1"]
    assert left(tmp_path) == ["article-3", "article-4", "article-5"]
    assert remove_unchanged(tmp_path, "article", "") == []
    made(tmp_path, article())
    assert "article-6" in left(tmp_path), "no name is used again"


def test_what_holds_more_than_moves_or_is_another_s_or_has_a_name_stays(tmp_path):
    made(tmp_path, article(), edits=1)
    made(tmp_path, article(), forks=1)
    deeds = (
        lambda session: session.mark("here"),
        lambda session: session.record(Breakpoint(1, "E")),
        lambda session: session.record(Watch(1, "E")),
    )
    for deed in deeds:
        session, recorder = kept(article(), tmp_path)
        deed(session)
        recorder.save()
        recorder.close()
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    recorder.save_copy("article-lesson")
    recorder.close()
    made(tmp_path, article(), origin="/somewhere/article.toml")
    made(tmp_path, mazur())
    with made(tmp_path, article()).open("a") as file:
        file.write("nonsense\n")
    undone, recorder = kept(article(), tmp_path)
    undone.edit("learning_rate", (), 0.5)
    undone.undo()
    recorder.save()
    recorder.close()
    before = left(tmp_path)
    for path in tmp_path.iterdir():
        os.utime(path, (10, 10))
    for _ in range(3):
        made(tmp_path, article(), saved=20.0)
    made(tmp_path, article(), saved=5.0)
    assert len(remove_unchanged(tmp_path, "article", "")) == 2, (
        "the one that was stepped once, and the one made last"
    )
    assert set(left(tmp_path)) >= {*before} - {"article-6"}


@pytest.mark.skipif(os.name != "posix", reason="locks are POSIX's")
def test_a_session_that_is_open_or_that_a_class_goes_on_with_stays(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    os.utime(tmp_path / "article-1.bpstep", (1, 1))
    for k in range(4):
        made(tmp_path, article(), saved=100.0 + k)
    os.utime(tmp_path / "article-2.bpstep", (2, 2))
    assert remove_unchanged(tmp_path, "article", "", {"article-2"}) == []
    with pytest.raises(BpstepError, match="is open in another bpstep"):
        delete_session(tmp_path, "article-1")
    recorder.close()
    assert remove_unchanged(tmp_path, "article", "", {"article-2"}) == ["article-1"]


@pytest.mark.usefixtures("ask")
def test_a_new_session_of_the_debugger_takes_old_ones_away_but_not_a_class_s():
    folder = sessions_folder()
    for k in range(6):
        made(folder, article(), saved=100.0 + k)
    StateFile(classes_folder(), "monday").save("article-2", Room(Session(article()), "teacher"))
    opened = open_requested(parse_arguments(["article"]), builtin.open_network)
    assert len(left(folder)) == 6, "not before there is a new one"
    opened.session.step()
    opened.recorder.save()
    assert left(folder) == ["article-2", "article-5", "article-6", "article-7"]
    opened.recorder.close()


@pytest.mark.usefixtures("ask")
def test_a_session_file_in_the_place_of_a_network_is_resumed(tmp_path, monkeypatch):
    path = made(tmp_path, mazur(), edits=1)
    path.rename(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    for name in (str(tmp_path / "mine"), "mine"):
        opened = open_requested(parse_arguments([name]), builtin.open_network)
        assert opened.session.network.name == "mazur"
        assert opened.position.n == 1234
        assert opened.message(1234).startswith("mine resumed at n = 1,234, with 1 edit")


def test_sessions_are_deleted_by_name(ask):
    folder = sessions_folder()
    for _ in range(2):
        made(folder, article(), edits=2)
    made(folder, mazur())
    status, out, _ = ask("sessions", "--delete", "article-2", "--delete", "mazur-1")
    assert status == 0
    assert re.fullmatch(
        r"deleted: article-2  article  n = 1,234  2 edits, \d+ days ago\n"
        r"deleted: mazur-1  mazur  n = 1,234  \d+ days ago\n",
        out,
    )
    assert left(folder) == ["article-1"]


@pytest.mark.parametrize("name", ["nothing", "../article-1", "a b", ""])
def test_what_is_no_session_is_not_deleted_and_nothing_else_is(ask, name):
    made(sessions_folder(), article())
    status, out, err = ask("sessions", "--delete", "article-1", "--delete", name)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert left(sessions_folder()) == ["article-1"]
