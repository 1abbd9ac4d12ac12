"""Programs on a pseudo terminal: what they write is read as a terminal reads it, keys are sent as bytes."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.cells import cell_len

PATIENCE = 90
"""Seconds after which what should happen does not: no machine is that slow."""

_SEQUENCE = re.compile(
    r"\x1b\[(?P<codes>[0-9;:?<>=$ ]*)(?P<end>[@-~])"  # what controls the screen
    r"|\x1b[\]P_^](?P<text>[^\x07\x1b]*)(?:\x07|\x1b\\)"  # texts for the terminal itself
    r"|\x1b(?P<other>[0-Z\\^-~]|[ -/]+[0-~])"
)
_UNFINISHED = re.compile(r"\x1b(\[[0-9;:?<>=$ ]*|[\]P_^][^\x07\x1b]*\x1b?|[ -/]*)?$")


class Screen:
    """A terminal's cells, modes and colours."""

    def __init__(self, width, height):
        self.modes = {"?25": True}
        """What was set (h) and reset (l), by number."""
        self.colours = set()
        """Every colour that was asked for, as codes."""
        self.sequences = []
        """All that controls, in order."""
        self.written = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._rest = ""
        self.resize(width, height)

    def resize(self, width, height):
        """What was shown is not kept: the program draws anew."""
        self.width, self.height = width, height
        self.cells = [[" "] * width for _ in range(height)]
        self.x = self.y = 0
        self._saved = 0, 0

    @property
    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]

    @property
    def text(self):
        return "\n".join(self.lines)

    def feed(self, data):
        """Take bytes in; a sequence that is cut off waits for its end."""
        self._rest += self._decode(data)
        while self._rest and not _UNFINISHED.fullmatch(self._rest):
            match = _SEQUENCE.match(self._rest)
            if match:
                self._control(match)
                self._rest = self._rest[match.end() :]
            else:
                self._print(self._rest[0])
                self._rest = self._rest[1:]

    def _control(self, match):
        self.sequences.append(match.group())
        codes, end = match["codes"], match["end"] or ""
        if end == "m" and not codes.startswith((">", "?")):
            self._style([int(code or 0) for code in codes.split(";")])
        elif end in ("h", "l"):
            for code in codes.lstrip("?").split(";"):
                self.modes[("?" if codes.startswith("?") else "") + code] = end == "h"
        elif end == "H":
            line, _, column = codes.partition(";")
            self.y = min(int(line or 1), self.height) - 1
            self.x = min(int(column or 1), self.width) - 1
        elif end == "G":
            self.x = int(codes or 1) - 1
        elif end in "ABCDEF" and end:
            self._move(end, int(codes or 1))
        elif end == "X":
            erased = min(int(codes or 1), self.width - self.x)
            self.cells[self.y][self.x : self.x + erased] = [" "] * erased
        elif match["other"] == "7":
            self._saved = self.x, self.y
        elif match["other"] == "8":
            self.x, self.y = self._saved
        elif end == "J":
            self.cells = [[" "] * self.width for _ in range(self.height)]
        elif end == "K":
            self.cells[self.y][self.x :] = [" "] * (self.width - self.x)

    def _move(self, end, by):
        self.y += {"A": -by, "B": by, "E": by, "F": -by}.get(end, 0)
        self.x = 0 if end in "EF" else self.x + {"C": by, "D": -by}.get(end, 0)

    def _style(self, codes):
        while codes:
            code = codes.pop(0)
            if code in (38, 48):
                rest = 2 if codes[0] == 5 else 4
                self.colours.add((code, *codes[:rest]))
                codes = codes[rest:]
            elif code >= 30:
                self.colours.add(code)

    def _print(self, character):
        self.written += character
        if character == "\r":
            self.x = 0
        elif character == "\t":
            self.x = min(self.x // 8 * 8 + 8, self.width - 1)
        elif character == "\b":
            self.x -= 1
        elif character in "\n\f":
            self.y = min(self.y + 1, self.height - 1)
        elif character.isprintable() and self.y < self.height and self.x < self.width:
            self.cells[self.y][self.x] = character
            self.x += cell_len(character)


def _set_signals(ignored):
    """What a terminal's user has: tests that run in the background or under nohup ignore some."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)


class Program:
    """A program on a terminal of its own, in the foreground of a shell."""

    def __init__(self, command, environment, size, ignored=()):
        self._master, self._slave = pty.openpty()
        self._set_size(*size)
        self.before = termios.tcgetattr(self._slave)
        self.screen = Screen(*size)
        self._report, report = os.pipe()
        shell = [
            sys.executable,
            "-I",
            "-S",
            str(Path(__file__).with_name("single_job_shell.py")),
            str(report),
        ]
        self.shell = subprocess.Popen(
            [*shell, *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
            start_new_session=True,
            pass_fds=[report],
            preexec_fn=lambda: _set_signals(ignored),
        )
        os.close(report)
        self._said = b""
        self.job = self.told("job")

    def _set_size(self, width, height):
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width, height):
        self.screen.resize(width, height)
        self._set_size(width, height)

    def send(self, keys):
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    def until(self, condition):
        """Read until the screen fulfils a condition."""
        end = time.monotonic() + PATIENCE
        while not condition(self.screen):
            assert time.monotonic() < end, f"this did not come:\n{self.screen.text}"
            if select.select([self._master], [], [], 0.1)[0]:
                self.screen.feed(os.read(self._master, 65536))

    def until_shown(self, text, gone=None):
        """Read until a text is on the screen, and another no more: what is half read may hold both."""
        self.until(lambda screen: text in screen.text and (gone is None or gone not in screen.text))

    def read(self, seconds=0.0):
        """Take in what is written within a time; for what is not certain to come."""
        while select.select([self._master], [], [], seconds)[0]:
            self.screen.feed(os.read(self._master, 65536))

    def told(self, word):
        """The number that the shell tells with a word, once it does."""
        end = time.monotonic() + PATIENCE
        while True:
            found = re.search(rb"%s (-?\d+)\n" % word.encode(), self._said)
            if found:
                self._said = self._said[found.end() :]
                return int(found[1])
            assert time.monotonic() < end, f"it never {word}:\n{self.screen.text}"
            ready = select.select([self._report, *self._terminal()], [], [], 0.1)[0]
            if self._report in ready:
                self._said += os.read(self._report, 100)
            elif ready:
                self.screen.feed(os.read(self._master, 65536))

    def _terminal(self):
        return [] if self._master is None else [self._master]

    def ended(self):
        """The exit status, once it has ended; all it wrote is read."""
        status = self.told("ended")
        if self._master is not None:
            self.read()
        return status

    def resume(self):
        """What `fg` does."""
        self.shell.send_signal(signal.SIGUSR1)

    @property
    def settings(self):
        """The terminal's settings now."""
        return termios.tcgetattr(self._slave)

    def hang_up(self):
        """The terminal goes away, as when its window is closed or a connection breaks."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = None

    def close(self):
        if self.shell.poll() is None:
            for kill in (lambda: os.killpg(self.job, signal.SIGKILL), self.shell.kill):
                with suppress(ProcessLookupError):
                    kill()
        self.shell.wait()
        os.close(self._report)
        if self._master is not None:
            self.hang_up()


@contextmanager
def bpstep(folder, *words, size=(80, 24), ignored=(), **environment):
    """bpstep on a pseudo terminal; `folder` holds its settings and state."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "SSH"))}
    for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "PYTHONIOENCODING"):
        kept.pop(name, None)
    kept |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_CONFIG_HOME": str(folder)}
    kept |= {"XDG_STATE_HOME": str(folder / "state"), **environment}
    command = [sys.executable, "-m", "bpstep", *words]
    program = Program(
        command, {name: value for name, value in kept.items() if value is not None}, size, ignored
    )
    try:
        yield program
    finally:
        program.close()
