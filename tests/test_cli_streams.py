import fcntl
import os
import signal
import stat
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from command_line import ROOT, asking, refused, spawn

from bpstep.storage.atomic_write import write_lines
from bpstep.storage.cursor_position import CursorPosition


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


def test_without_a_terminal_the_debugger_names_what_needs_none(ask, monkeypatch):
    refused(ask(), "needs a terminal", "bpstep show", "bpstep trace")
    for term in ("", "dumb"):
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        monkeypatch.setenv("TERM", term)
        refused(ask("mazur", "--at", "3"), "needs a terminal")


def test_without_a_terminal_nothing_of_the_screen_is_imported():
    code = "import sys; from bpstep.__main__ import main; s = main([]); print(s, 'textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2 False\n"


def test_the_debugger_gets_what_was_asked_for(ask, monkeypatch):
    asked = []

    def run(session, settings, start, *_kept):
        asked.append((session, settings, start))
        return 0

    monkeypatch.setattr("bpstep.tui.startup.run_debugger", run)
    monkeypatch.setattr("bpstep.cli.start._has_terminal", lambda: True)
    options = ("--at", "i2:E", "--theme", "light", "--ascii", "--no-color", "--no-mouse", "--set", "B1[0]=2")
    assert ask("mazur", *options) == (0, "", "")
    assert ask() == (0, "", "")
    (session, settings, start), (usual, defaults, first) = asked
    assert session.network.name == "mazur"
    assert session.timeline.iteration(0).tensors(0)["B1"][0] == 2
    assert start == CursorPosition(2 * session.period + 5)
    assert settings.theme == "light"
    assert (settings.ascii, settings.no_color, settings.no_mouse) == (True, True, True)
    assert (usual.network.name, first) == ("article", CursorPosition(0))
    assert defaults.theme == "dark"
    assert (defaults.ascii, defaults.no_color, defaults.no_mouse) == (False, False, False)


def test_an_unknown_theme_is_refused_with_the_names_of_the_themes(ask):
    refused(ask("--theme", "pa\x1bper"), "dark", "light")


def test_output_is_a_whole_file_or_none(ask, tmp_path):
    path = tmp_path / "trace.jsonl"
    status, out, err = ask("trace", "--format", "json", "--output", str(path))
    assert (status, out, err) == (0, "", "")
    assert path.read_text(encoding="utf-8") == ask("trace", "--format", "json")[1]
    assert [item.name for item in tmp_path.iterdir()] == ["trace.jsonl"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "old"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o600)

    def lines():
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lines(lines(), str(path))
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_lines(["new"], str(path))
    assert path.read_text(encoding="utf-8") == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_output_through_a_link_leaves_the_link(tmp_path):
    (tmp_path / "link").symlink_to("real")
    write_lines(["text"], str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "text\n"


def test_output_to_a_device_does_not_replace_it(ask):
    assert ask("trace", "--output", os.devnull)[0] == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("name", ["", "missing/file", "file/below", ".", "\0"])
def test_output_that_cannot_be_written_is_one_line(ask, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("", encoding="utf-8")
    refused(ask("trace", "--output", name), "cannot write")
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_an_interruption_is_status_130_without_a_word(ask, monkeypatch):
    def stop(_name):
        raise KeyboardInterrupt

    monkeypatch.setattr("bpstep.cli.open.Session", stop)
    assert ask("show", "--at", "1") == (130, "", "")


def test_a_reader_that_has_enough_ends_a_trace_quietly():
    command = f"{sys.executable} -m bpstep trace --iterations 500 | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bpstep", "trace"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "bpstep: error: standard output: No space left on device\n"


_WRITES = """
import signal, sys, threading
from bpstep.cli.streams import complete_unbuffered_writes
complete_unbuffered_writes()
text = "".join(f"{{number:07d}}\\n" for number in range(20_000))
writer = threading.Thread(target=sys.__{name}__.write, args=["between\\n"])

def write_more(*_):
    writer.start()
    writer.join(0.2)

signal.signal(signal.SIGUSR1, write_more)
sys.__{name}__.write(text)
writer.join()
sys.{name}.write("end")
"""


def _waiting(pipe):
    """How many bytes a pipe holds."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that is full and a signal")
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_signal_within_a_write_loses_nothing_where_python_does_not_buffer(name):
    """Nor does another thread's text get between."""
    command = [sys.executable, "-u", "-c", _WRITES.format(name=name)]
    with subprocess.Popen(command, cwd=ROOT, **{name: subprocess.PIPE}) as process:
        pipe = getattr(process, name)
        before = -1
        while (held := _waiting(pipe)) == 0 or held != before:
            before = held
            time.sleep(0.05)
        process.send_signal(signal.SIGUSR1)
        assert pipe.read().decode() == "".join(f"{number:07d}\n" for number in range(20_000)) + "between\nend"


def test_a_terminal_that_knows_only_ascii_gets_escapes(tmp_path):
    text = (ROOT / "bpstep" / "netfile" / "networks" / "mazur.toml").read_text(encoding="utf-8")
    path = tmp_path / "n.toml"
    path.write_text(text.replace('title = "', 'title = "∂ '), encoding="utf-8")
    done = spawn("show", str(path), "--at", "1", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.startswith(b"n: \\u2202 ")
