"""Where bpstep keeps what it writes by itself."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path


def classes_folder() -> Path:
    """The folder of what is kept of classes; it need not be there yet."""
    return user_state_path("bpstep") / "classes"


def sessions_folder() -> Path:
    """The folder of the sessions; it need not be there yet."""
    return user_state_path("bpstep") / "sessions"
