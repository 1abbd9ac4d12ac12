"""Programs on a pseudo terminal: what they write is read as a terminal reads it, keys are sent as bytes."""

import atexit
import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress

import fork_server
import single_job_shell
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


class ForkServer:
    """Starts bpstep with its libraries loaded already: a third of what a start costs otherwise.

    What Python and these libraries read when they start is the server's, for any other a start is anew.
    """

    _READ_AT_START = ("PYTHON", "LANG", "LC_", "TEXTUAL", "ESCDELAY", "OPENBLAS")

    def __init__(self):
        self._folder, self._process = os.getcwd(), None

    def starts(self, command, environment):
        """Whether a start by the server is as good as one anew."""
        return command[:3] == _BPSTEP and self._read(environment) == self._read(_environment())

    def _read(self, environment):
        return {name: value for name, value in environment.items() if name.startswith(self._READ_AT_START)}

    def start(self, command, environment, terminal, report, ignored):
        if self._process is None:
            self._begin()
        ended, lives = os.pipe()
        request = {"words": command[3:], "environment": environment}
        request |= {"folder": os.getcwd(), "ignored": [int(number) for number in ignored]}
        socket.send_fds(self._socket, [json.dumps(request).encode()], [terminal, report, lives])
        os.close(lives)
        return ended

    def _begin(self):
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Python's own streams are made for what they are when it starts: a terminal.
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, fork_server.__file__, str(theirs.fileno())],
            cwd=self._folder,
            env=_environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        os.close(slave)
        atexit.register(self._end)

    def _end(self):
        self._socket.close()
        self._process.wait()
        os.close(self._master)


class _ForkedShell:
    """A shell that the server has started: what `Popen` is for one started anew."""

    def __init__(self, ended):
        self.pid = None
        self._ended = ended

    def poll(self):
        return 0 if select.select([self._ended], [], [], 0)[0] else None

    def wait(self):
        os.read(self._ended, 1)
        os.close(self._ended)

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Program:
    """A program in a terminal of its own, in the foreground of a shell."""

    def __init__(self, command, environment, size, ignored=(), anew=False):
        self._master, self._slave = pty.openpty()
        self._set_size(*size)
        self.before = termios.tcgetattr(self._slave)
        self.screen = Screen(*size)
        self._report, report = os.pipe()
        self._said = b""
        if not anew and _SERVER.starts(command, environment):
            self.shell = _ForkedShell(_SERVER.start(command, environment, self._slave, report, ignored))
            os.close(report)
            self.shell.pid = self.told("shell")
        else:
            self.shell = self._shell(command, environment, report, ignored)
            os.close(report)
        self.job = self.told("job")

    def _shell(self, command, environment, report, ignored):
        shell = [sys.executable, "-I", "-S", single_job_shell.__file__, str(report)]
        return subprocess.Popen(
            [*shell, *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=environment,
            start_new_session=True,
            pass_fds=[report],
            preexec_fn=lambda: fork_server.set_signals(ignored),
        )

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
        """Read until one text is on the screen and another is not: half-read output may contain both."""
        self.until(lambda screen: text in screen.text and (gone is None or gone not in screen.text))

    def read(self, seconds=0.0):
        """Read for a limited time, for output that is not certain."""
        while select.select([self._master], [], [], seconds)[0]:
            self.screen.feed(os.read(self._master, 65536))

    def until_taken(self):
        """Read until the program has read all input, so that later input is not read together with it."""
        self.read(0.1)  # a terminal passes on what it is given a moment later
        end = time.monotonic() + PATIENCE
        while fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4)) != bytes(4):
            assert time.monotonic() < end, f"this was not read:\n{self.screen.text}"
            self.read(0.02)

    def told(self, word, unread=False):
        """The number that the shell tells with a word, once it does; `unread`: nobody reads the terminal."""
        end = time.monotonic() + PATIENCE
        while True:
            found = re.search(rb"%s (-?\d+)\n" % word.encode(), self._said)
            if found:
                self._said = self._said[found.end() :]
                return int(found[1])
            assert time.monotonic() < end, f"it never {word}:\n{self.screen.text}"
            ready = select.select([self._report, *([] if unread else self._terminal())], [], [], 0.1)[0]
            if self._report in ready:
                self._said += os.read(self._report, 100)
            elif ready:
                self.screen.feed(os.read(self._master, 65536))

    def _terminal(self):
        return [] if self._master is None else [self._master]

    def ended(self, unread=False):
        """The exit status, once it has ended; all it wrote is read, when it is `unread` only after that."""
        status = self.told("ended", unread)
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


def _environment():
    """The environment of a person's terminal, without the settings for these tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "SSH"))}
    for name in ("NO_COLOR", "COLORTERM", "LC_ALL", "PYTHONIOENCODING"):
        kept.pop(name, None)
    return kept | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}


@contextmanager
def bpstep(folder, *words, size=(80, 24), ignored=(), anew=False, **environment):
    """bpstep on a pseudo terminal; `folder` holds its settings and state. `anew`: by no fork server."""
    places = {"XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    environment = {**_environment(), **places, **environment}
    environment = {name: value for name, value in environment.items() if value is not None}
    program = Program([*_BPSTEP, *words], environment, size, ignored, anew)
    try:
        yield program
    finally:
        program.close()


_BPSTEP = [sys.executable, "-m", "bpstep"]
_SERVER = ForkServer()
