"""What a script prints, up to a limit."""

from __future__ import annotations

from typing import Any

from bpstep.script.interpreter.nesting import check_nested


class Output:
    """The printed text. What exceeds `limit` characters is counted and dropped."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[str] = []
        self.size = 0
        self.dropped = 0

    @property
    def text(self) -> str:
        """All printed text."""
        return "".join(self.parts)

    def write(self, text: Any) -> int:
        """`sys.stdout.write`."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        room = self.limit - self.size
        if room > 0 and text:
            self.parts.append(text[:room])
        self.size += len(text)
        self.dropped += max(len(text) - max(room, 0), 0)
        return len(text)

    def flush(self) -> None:
        """`sys.stdout.flush`."""

    def show(
        self, *values: Any, sep: Any = " ", end: Any = "\n", file: Any = None, flush: bool = False
    ) -> None:
        """`print`."""
        separator = " " if sep is None else sep
        texts = [str(check_nested(value)) for value in values]
        ending = "\n" if end is None else end
        if file is None or isinstance(file, Output):
            (file or self).write(separator.join(texts) + ending)
            return
        for at, text in enumerate(texts):
            if at:
                file.write(separator)
            file.write(text)
        file.write(ending)
