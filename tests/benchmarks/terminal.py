"""A program in a terminal of its own: its output, and when the last byte arrived."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple, Self

ROOT = Path(__file__).parents[2]
BPSTEP = "import sys; from bpstep.__main__ import main; sys.exit(main())"
PEER = "from tests.benchmarks.peer import main; main()"

_QUIET = 0.06
"""A program that wrote nothing for this long has painted all there is to paint."""
_LIMIT = 20.0
_SIZE = (24, 80)
_LEFT_OUT = ("TEXTUAL", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "SSH_")
_LEFT_OUT += ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")


class Output(NamedTuple):
    """What came until it was quiet: bytes, and seconds from the start of the measure to the last of them."""

    data: bytes
    seconds: float


def environment(state: str) -> dict[str, str]:
    """A terminal of 256 colours, nobody's settings, and compiled modules, as after an installation.

    `state` is the folder of the sessions: where bpstep finds one, it says so in place of the footer.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    nowhere = str(ROOT / "tests" / "benchmarks" / "no_such_folder")
    kept |= {"XDG_CONFIG_HOME": nowhere, "XDG_STATE_HOME": state}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"}


class Terminal:
    """Runs a Python program, `code` with `arguments`, at 80×24."""

    def __init__(self, code: str, *arguments: str) -> None:
        words = [sys.executable, "-c", code, *arguments]
        self._state = TemporaryDirectory()
        self.began = perf_counter()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            # Standard error is the same terminal, so that its size is theirs, too.
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))
            os.execvpe(words[0], words, environment(self._state.name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)
        self._state.cleanup()

    def first_frame(self, last: bytes) -> Output:
        """All it writes until `last`, what stands in its last line, has come and it is quiet.

        Timed from its start.
        """
        return self._read(self.began, last)

    def key(self, key: bytes) -> Output:
        """All it writes in answer to a key."""
        began = perf_counter()
        os.write(self.file, key)
        return self._read(began, b"")

    def _read(self, began: float, wanted: bytes) -> Output:
        data, seconds = b"", 0.0
        while True:
            done = data and wanted in data
            if not select.select([self.file], [], [], _QUIET if done else _LIMIT)[0]:
                break
            try:
                data += os.read(self.file, 1 << 16)
            except OSError:  # it ended
                break
            seconds = perf_counter() - began
        if not data or wanted not in data:
            raise RuntimeError(f"{wanted!r} never came, but {data[-2000:].decode(errors='replace')}")
        return Output(data, seconds)
