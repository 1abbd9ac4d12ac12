"""Where the cursor was: a record of a session file, in a module that does not read files."""

from __future__ import annotations

from bpstep.frozen import frozen


@frozen
class CursorPosition:
    """The cursor went to n, and with k into the equation after it."""

    n: int
    k: int = 0
