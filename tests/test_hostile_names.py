"""Names that lead nowhere, round in circles or too far, wherever one is given or written in a file: one-line
errors.
"""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from command_line import ROOT, asking, refused
from lesson_files import lesson
from network_files import LEAST, write

from bpstep.errors import BpstepError
from bpstep.files import first_line, opened, read_bytes
from bpstep.netfile.reader import read_network
from bpstep.recording.capture import Capture
from bpstep.recording.write import write_recording
from bpstep.storage.cleanup import remove_unchanged
from bpstep.storage.session_file import is_session

FORMS = {
    "300 characters": "n" * 300,
    "300 characters and an ending": "n" * 300 + ".toml",
    "a folder of 300 characters": "n" * 300 + "/x.toml",
    "300 characters from the root": "/" + "n" * 300,
    "100 letters that are 200 bytes, three times": "é" * 300,
    "a thousand folders": "a/" * 3000 + "x.toml",
    "a link to itself": "loop",
    "below a link to itself": "loop/x.toml",
    "below a file": "file/x.toml",
    "a folder": "folder",
    "nothing": "missing",
    "the folder above": "..",
}
CSV = LEAST.replace(
    "inputs = [[1, 2], [3, 4]]\nlabels = [[0.5], [0.25]]", "file = {}\ninputs=['x']\nlabels=['y']"
)


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process, in a separate folder, with its state in `state`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return asking(capsys, monkeypatch, tmp_path)


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def name(request, tmp_path):
    """A name without a file, in a folder with a circular link."""
    os.symlink("loop", tmp_path / "loop")
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "short.lesson").write_text("n", encoding="utf-8")
    return request.param


def session(network_file=LEAST, **changed):
    """The first line of a session."""
    header = {"format": "bpstep-session", "version": 1, "network": "a", "origin": "", "puzzle": False}
    return json.dumps({**header, "digest": "", "file": network_file, **changed}) + "\n"


def sessions_folder(tmp_path):
    """The folder for sessions."""
    folder = tmp_path / "state" / "bpstep" / "sessions"
    folder.mkdir(parents=True)
    return folder


def test_a_hostile_name_of_a_lessons_network_is_refused(name, tmp_path):
    with pytest.raises(BpstepError, match=r"try.lesson:1: "):
        lesson(f'network "{name}"\nn', tmp_path)


def test_a_hostile_name_of_a_networks_data_is_refused(name, tmp_path):
    with pytest.raises(BpstepError) as caught:
        read_network(write(tmp_path, CSV.format(json.dumps(name, ensure_ascii=False))))
    assert str(caught.value).isprintable()


def test_a_hostile_name_of_a_sessions_network_is_refused(name, ask, tmp_path):
    text = session(origin=name, digest="0" * 64)
    (tmp_path / "sent.bpstep").write_text(text, encoding="utf-8")
    refused(ask("./sent.bpstep"), "")
    (sessions_folder(tmp_path) / "a-1.bpstep").write_text(text, encoding="utf-8")
    refused(ask("--resume", "a-1"), "")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "{}", "--at", "0"),
        ("{}",),
        ("./{}", "--resume"),
        ("--resume", "./{}"),
        ("--resume", "{}.bpstep"),
        ("sessions", "--delete", "{}"),
        ("lesson", "./{}"),
        ("record", "./{}", "-o", "x.svg"),
        ("record", "short.lesson", "-o", "{}/x/x.svg"),
        ("puzzle", "{}"),
    ],
    ids=" ".join,
)
def test_a_hostile_name_given_to_a_command_is_refused(name, words, ask):
    refused(ask(*(word.format(name) for word in words)), "")


@pytest.mark.parametrize("command", [("sessions",), ("--resume",), ("--resume", "a-1")], ids=" ".join)
def test_a_folder_of_sessions_that_cannot_be_looked_into_is_told(command, ask, tmp_path):
    folder = sessions_folder(tmp_path)
    folder.rmdir()
    folder.symlink_to(folder)
    refused(ask(*command), "too many levels" if command[-1] == "a-1" else "cannot be listed")
    assert remove_unchanged(folder, "a", "") == []


def test_a_link_that_leads_nowhere_is_listed_and_can_be_deleted(ask, tmp_path):
    link = sessions_folder(tmp_path) / "a-1.bpstep"
    link.symlink_to("missing")
    status, out, _ = ask("sessions")
    assert (status, out.split()[0]) == (0, "a-1")
    assert ask("sessions", "--delete", "a-1")[0] == 0
    assert not os.path.lexists(link)


@pytest.mark.parametrize("words", [("./net.toml",), ("./net.toml", "--resume"), ("trace", "--output", "x")])
def test_in_a_folder_that_has_been_removed_nothing_falls(words, ask, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    refused(ask(*words), "")


def test_a_pipe_is_not_waited_for(tmp_path):
    """Nobody writes into it. A separate process, because a failure of this test hangs."""
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(sessions_folder(tmp_path) / "p.bpstep")
    commands = [["show", "pipe", "--at", "0"], ["pipe"], ["pipe", "--resume"], ["--resume", "p"]]
    code = f"from bpstep.__main__ import main; print([main(words) for words in {commands}])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "[2, 2, 2, 2]\n"
    assert done.stderr.count("\n") == 4


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")
def test_a_device_without_an_end_is_not_read():
    assert not is_session(Path("/dev/zero"))
    for read in (read_bytes, first_line):
        with pytest.raises(BpstepError, match="expected a plain file"):
            read(Path("/dev/zero"), 10)


def test_what_becomes_a_pipe_between_looking_and_opening_is_refused(tmp_path, monkeypatch):
    plain, pipe = tmp_path / "plain", tmp_path / "pipe"
    plain.write_text("text", encoding="utf-8")
    os.mkfifo(pipe)
    as_it_was = os.stat(plain)
    # Only what the module itself asks: the interpreter looks at files, too.
    looking = SimpleNamespace(**{**vars(os), "stat": lambda _path: as_it_was})
    monkeypatch.setattr("bpstep.files.os", looking)
    with pytest.raises(BpstepError, match="expected a plain file"), opened(pipe, 10):
        pass


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system has no /proc")
def test_a_file_that_says_it_is_empty_is_read_no_further_than_it_may():
    path = Path("/proc/self/status")
    assert stat.S_ISREG(path.stat().st_mode)
    assert path.stat().st_size == 0
    with pytest.raises(BpstepError, match="at most 10 are read"):
        read_bytes(path, 10)


def test_a_folder_called_like_a_picture_stays(tmp_path):
    made = tmp_path / "a-pictures"
    (made / "99.svg").mkdir(parents=True)
    (made / "98.svg").write_text("", encoding="utf-8")
    write_recording(Capture(lesson("n")), tmp_path / "a.md")
    assert (made / "99.svg").is_dir()
    assert not (made / "98.svg").exists()


def test_output_goes_into_a_pipe_that_has_only_a_number(ask):
    """As the shell's >(…) and /dev/stdout make it."""
    reader, writer = os.pipe()
    status, _, err = ask("trace", "--output", f"/dev/fd/{writer}")
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        assert (status, err, file.readline()[:8]) == (0, "", "article:")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("--version",), ("trace", "--help"), ("list",)], ids=" ".join)
def test_whatever_can_not_be_printed_is_one_line(words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bpstep", *words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert done.stderr == "bpstep: error: standard output: No space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_an_error_that_cannot_be_written_still_sets_the_status():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([sys.executable, "-m", "bpstep", "show", "nonesuch"], cwd=ROOT, stderr=full)
    assert done.returncode == 2
