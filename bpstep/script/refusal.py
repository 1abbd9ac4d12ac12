"""What ends the interpretation of a script, and how it is reported: one line with file, line and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bpstep.errors import FileError

RefusalKind = Literal["syntax", "refused", "raised", "limit", "stopped", "unreadable"]
"""Why a script could not be run: no Python, not supported by bpstep, its own error, out of bounds,
cancelled.
"""

CATCHABLE = (Exception, GeneratorExit, KeyboardInterrupt, SystemExit)
"""What a script's own `except` and `finally` see; a refusal passes them all."""


class ScriptRefused(BaseException):
    """A construct that is not supported. It is no `Exception`, so that a script's `except` never catches it.

    `line` is the line in the source text, if the place that raises it knows it.
    """

    kind: RefusalKind = "refused"

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class OutOfBounds(ScriptRefused):
    """The script needs more time, memory or depth than it gets."""

    kind: RefusalKind = "limit"


class Cancelled(ScriptRefused):
    """The caller that runs the script asked it to stop."""

    kind: RefusalKind = "stopped"


class ScriptError(FileError):
    """Why a script can't be read or run, with the place.

    `path` names the notebook's cell too. `kind` says whose fault it is, see `RefusalKind`.
    """

    def __init__(self, path: Path | str, line: int | None, message: str, kind: RefusalKind) -> None:
        super().__init__(path, line, message)
        self.kind = kind
