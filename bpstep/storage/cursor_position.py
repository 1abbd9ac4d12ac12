"""Where the cursor was: a record of a session file, also known where no file is read."""

from __future__ import annotations

from bpstep.frozen import frozen


@frozen
class CursorPosition:
    """The cursor went to n, and inside the equation after it to sub-step k."""

    n: int
    k: int = 0
