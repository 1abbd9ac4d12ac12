"""Standard output and standard error where Python does not buffer them (`python -u`, PYTHONUNBUFFERED)."""

from __future__ import annotations

import io
import os
import sys
import threading
from typing import Any


class _CompleteWrites(io.FileIO):
    """A file whose writes are always complete.

    The system may accept only a part of the data, for instance when a signal arrives or the process is
    stopped while a terminal or pipe is full. Python's buffered files write the rest; its unbuffered standard
    streams lose it. Output of another thread comes before or after, as in buffered files: Textual begins to
    write from a second thread when a process that was stopped continues.
    """

    def __init__(self, file_number: int) -> None:
        super().__init__(file_number, "wb", closefd=False)
        self._lock = threading.RLock()

    def write(self, data: Any) -> int:
        """Write all the data; less only if the file is non-blocking and full."""
        rest = memoryview(data).cast("B")
        total = len(rest)
        with self._lock:
            while rest:
                count = super().write(rest)
                if count is None:
                    break
                rest = rest[count:]
        return total - len(rest)


def complete_unbuffered_writes() -> None:
    """Make the writes of unbuffered standard streams complete; Textual writes to one of them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream is not getattr(sys, f"__{name}__"):
            continue
        if isinstance(getattr(stream, "buffer", None), io.RawIOBase):
            complete = io.TextIOWrapper(
                _CompleteWrites(stream.fileno()),
                encoding=stream.encoding,
                errors=stream.errors,
                newline=None if os.name == "nt" else "\n",
                write_through=True,
            )
            setattr(sys, name, complete)
            setattr(sys, f"__{name}__", complete)
