"""Where bpstep keeps the files that it writes by itself."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path


def classes_folder() -> Path:
    """The folder for saved classes; it may not exist yet."""
    return user_state_path("bpstep") / "classes"


def sessions_folder() -> Path:
    """The folder for sessions; it may not exist yet."""
    return user_state_path("bpstep") / "sessions"
