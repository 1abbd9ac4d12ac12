"""Where bpstep keeps what it writes by itself."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path


def sessions_folder() -> Path:
    """The folder of the sessions; it need not be there yet."""
    return user_state_path("bpstep") / "sessions"
