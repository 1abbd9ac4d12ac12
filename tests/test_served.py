"""bpstep under a server that shows it in a browser: a driver is a terminal, and files are out of reach."""

import json
import os
import select
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from command_line import ROOT, asking, refused

pseudo_terminal = pytest.importorskip("pseudo_terminal", reason="needs fcntl and pty")

DRIVER = "textual.drivers.web_driver:WebDriver"


class Served:
    """bpstep as a server runs it: packets in and out, a letter for the kind and four bytes for the length."""

    def __init__(self, process, size):
        self._process = process
        self.screen = pseudo_terminal.Screen(*size)
        self.said = []
        """What it says beside the screen."""
        self._rest = b""
        self._began = False

    def send(self, keys):
        self._packet(b"D", keys.encode())

    def resize(self, width, height):
        self.screen.resize(width, height)
        self.say(type="resize", width=width, height=height)

    def say(self, **message):
        self._packet(b"M", json.dumps(message).encode())

    def _packet(self, kind, payload):
        os.write(self._process.stdin.fileno(), kind + len(payload).to_bytes(4, "big") + payload)

    def click(self, text):
        """Press and release the first button on a text."""
        y = next(y for y, line in enumerate(self.screen.lines) if text in line)
        x = self.screen.lines[y].index(text)
        self.send(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")

    def until(self, condition):
        end = time.monotonic() + pseudo_terminal.PATIENCE
        while not condition():
            assert time.monotonic() < end, f"this did not come:\n{self.screen.text}"
            if select.select([self._process.stdout], [], [], 0.1)[0]:
                found = os.read(self._process.stdout.fileno(), 65536)
                assert found, f"it ended:\n{self.screen.text}"
                self._take(found)

    def until_shown(self, text):
        self.until(lambda: text in self.screen.text)

    def _take(self, data):
        self._rest += data
        if not self._began and b"__GANGLION__\n" in self._rest:
            self._began, self._rest = True, self._rest.partition(b"__GANGLION__\n")[2]
        while self._began and len(self._rest) >= 5:
            length = int.from_bytes(self._rest[1:5], "big")
            if len(self._rest) < 5 + length:
                return
            kind, payload = self._rest[:1], self._rest[5 : 5 + length]
            self._rest = self._rest[5 + length :]
            if kind == b"D":
                self.screen.feed(payload)
            else:
                self.said.append(json.loads(payload))

    def wait(self):
        return self._process.wait(pseudo_terminal.PATIENCE)


@contextmanager
def served(folder, *words, size=(80, 24)):
    """The command as a server starts it; `folder` holds settings and state."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "SSH"))}
    for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "PYTHONIOENCODING", "TERM"):
        kept.pop(name, None)
    environment = {
        "TEXTUAL_DRIVER": DRIVER,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": str(size[0]),
        "ROWS": str(size[1]),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(folder / "settings"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bpstep", *words],
        env=kept | environment,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield Served(process, size)
        finally:
            process.kill()


def test_keys_mouse_and_sizes_work_and_nothing_is_written(tmp_path):
    settings = tmp_path / "settings" / "bpstep"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text("theme = 'none of the themes'\n")
    with served(tmp_path, "xor") as page:
        page.until_shown("n = 0")
        page.send("n")
        page.until_shown("n = 1 ")
        page.click("} iteration")
        page.until_shown("n = 20 ")
        page.resize(120, 36)
        page.until(lambda: "quit" in page.screen.lines[35])
        page.send("D")
        page.until_shown("plane")
        page.send("e0.5\r")
        page.until_shown("edited")
        page.send("y")
        page.until_shown("not available in a bpstep that is served")
        page.send("\x1a")
        page.until_shown("suspend: not available")
        page.send("\x10save")
        page.until_shown("no command")
        page.send("\x1b")
        page.until(lambda: "command:" not in page.screen.text)
        page.send("q")
        page.until(lambda: {"type": "exit"} in page.said)
        assert page.wait() == 0
    assert not (tmp_path / "state").exists()


def test_a_lesson_offers_no_files_either(tmp_path):
    with served(tmp_path, "lesson", "forward") as page:
        page.until_shown("lesson")
        page.send(" ")
        page.until_shown("paused")
        page.send("y")
        page.until_shown("not available in a bpstep that is served")
        page.say(type="quit")
        page.until(lambda: {"type": "exit"} in page.said)


def test_an_error_is_shown_on_the_page_until_a_key_is_pressed(tmp_path):
    with served(tmp_path, "[nothing]") as page:
        page.until_shown("bpstep: error: no network or file is called")
        page.send("x")
        page.until(lambda: {"type": "exit"} in page.said)
        assert page.wait() == 2


def test_bpstep_ends_when_the_page_is_closed(tmp_path):
    with served(tmp_path) as page:
        page.until_shown("n = 0")
        page._process.stdin.close()
        assert page.wait() in (0, 129)


def test_without_a_driver_pipes_are_no_terminal(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    refused(asking(capsys, monkeypatch, tmp_path)(), "needs a terminal")
