"""`bpstep sessions`, and what --resume finds and refuses, without a terminal."""

import os
import re
from pathlib import Path

import pytest
from keeping import kept
from networks_for_tests import article, mazur, network

from bpstep import library
from bpstep.commands.folders import sessions_folder
from bpstep.commands.sessions import listed
from bpstep.errors import BpstepError
from bpstep.recorder import Recorder
from bpstep.resuming import find
from bpstep.session import Session

HOUR = 3_600


def made(folder, network, edits=0, forks=0, saved=0.0, origin=""):
    """A session in the folder, saved at a time; gives its file."""
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
    assert list(listed(tmp_path, now)) == [
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
    assert list(listed(tmp_path, 100.0)) == [
        "article-1  article  n = 1,234  just now; line 3 is damaged",
        "other      ?                   just now; can't be read: this is no line of JSON",
    ]


def test_where_there_is_none_that_is_said(ask):
    status, out, err = ask("sessions")
    assert (status, err) == (0, "")
    assert out.startswith("no session is kept yet")
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
    assert find(tmp_path, "", "article", "") == second
    assert find(tmp_path, "", "article", "/somewhere/article.toml") == file
    assert find(tmp_path, "", "mazur", "") == other
    os.utime(first, (500, 500))
    assert find(tmp_path, "", "article", "") == first
    assert find(tmp_path, "article-2", "article", "") == second
    assert find(tmp_path, "./lesson.bpstep", "article", "") == Path("lesson.bpstep")
    assert find(tmp_path, "lesson.bpstep", "article", "") == Path("lesson.bpstep")


def test_a_network_s_name_in_the_place_of_a_session_s_means_its_last_session(tmp_path):
    path = made(tmp_path, mazur())
    made(tmp_path, article())
    assert find(tmp_path, "mazur", "article", "") == path


def test_a_damaged_file_hides_no_other(tmp_path):
    path = made(tmp_path, article(), saved=100.0)
    (tmp_path / "article-9.bpstep").write_bytes(b"\xff\n")
    assert find(tmp_path, "", "article", "") == path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--resume"], "there is no session of article to resume: bpstep sessions lists what there is"),
        (["mazur", "--resume"], "there is no session of mazur to resume"),
        (["--resume", "lesson"], 'no session is called "lesson": bpstep sessions lists them'),
        (["--resume", "a b"], '"a b" can\'t name a session'),
        (["--resume", "./lesson.bpstep"], "lesson.bpstep: no such file or directory"),
        (["--resume", "."], "can't name a session"),
        (["--resume", "./"], "this is a directory"),
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


def test_without_a_terminal_that_is_said_and_nothing_is_written(ask):
    path = made(sessions_folder(), article())
    before = path.read_bytes(), path.stat().st_mtime_ns
    status, _, err = ask("--resume", "--set", "W[0,0]=2")
    assert status == 2
    assert "needs a terminal" in err
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_session_file_is_no_network_and_a_network_file_is_no_session(ask, tmp_path):
    path = made(tmp_path, article())
    status, _, err = ask("show", str(path), "--at", "0")
    assert (status, err.count("\n")) == (2, 1)
    toml = tmp_path / "net.toml"
    toml.write_text((Path(library.__file__).parent / "networks" / "article.toml").read_text())
    status, _, err = ask("--resume", str(toml))
    assert (status, err.count("\n")) == (2, 1)
    assert f"{toml}:1: this is no line of JSON" in err


def test_a_thousand_sessions_are_looked_through_by_their_first_lines(tmp_path, monkeypatch):
    path = made(tmp_path, mazur(), saved=1.0)
    for k in range(200):
        (tmp_path / f"x-{k}.bpstep").write_bytes(made(tmp_path, article()).read_bytes())
    read = []
    monkeypatch.setattr("bpstep.store.read_bytes", lambda *words: read.append(words))
    assert find(tmp_path, "", "mazur", "") == path
    assert not read


def test_a_name_that_is_two_things_is_a_session_first(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.step()
    recorder.save()
    recorder.save_copy("mazur")
    made(tmp_path, mazur())
    assert find(tmp_path, "mazur", "article", "").name == "mazur.bpstep"
    with pytest.raises(BpstepError, match="no session is called"):
        find(tmp_path, "xor", "article", "")
