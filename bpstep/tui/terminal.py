"""What the terminal can do: found out and set before Textual is imported."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import MutableMapping


def colour_depth(environment: MutableMapping[str, str], no_color: bool) -> str:
    """The number of colours, by the same rules as Rich's: "none", "sixteen" or "full" (256 and more)."""
    if no_color or environment.get("NO_COLOR"):
        return "none"
    asked = environment.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if asked in _COLOR_SYSTEMS[1:]:
        return "full" if asked in ("256", "truecolor") else "sixteen"
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "full"
    term = environment.get("TERM", "").strip().lower()
    many = term.endswith(("256color", "direct")) or term.startswith(
        ("xterm-kitty", "alacritty", "xterm-ghostty")
    )
    return "full" if many or os.name == "nt" else "sixteen"


_SERVED = "textual.drivers.web_driver:WebDriver"
"""The environment variable with the driver of a server that shows the screen in a browser."""

_KEPT = ("TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DISABLE_KITTY_KEY", "TEXTUAL_FILTERS")
"""Variables of Textual that only change what is shown and which keys are understood."""

_COLOR_SYSTEMS = ("auto", "standard", "256", "truecolor", "windows")


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Set what Textual reads when it is imported, and remove what does more than show the screen.

    A guest who comes by SSH may send variables: those of Textual write logs and pictures, press keys, connect
    to a host and import modules. NO_COLOR makes Textual grey instead of colourless, so the theme handles it.
    Over SSH the bytes of an arrow key may arrive separately, and the first one is Escape.
    """
    rate = environment.get("TEXTUAL_FPS", "")
    kept = {*_KEPT, "TEXTUAL_DRIVER"} if is_served() else {*_KEPT}
    if environment.get("TEXTUAL_COLOR_SYSTEM") not in _COLOR_SYSTEMS:
        kept.remove("TEXTUAL_COLOR_SYSTEM")  # Textual does not start with a value that it doesn't know
    for name in [*environment]:
        if name == "NO_COLOR" or (name.startswith("TEXTUAL") and name not in kept):
            del environment[name]
    environment["TEXTUAL_ANIMATIONS"] = "none"
    environment["TEXTUAL_FPS"] = rate if _is_small_number(rate) else "120"
    for name in ("ESCDELAY", "COLUMNS", "LINES"):
        if not _is_small_number(environment.get(name, "")):
            environment.pop(name, None)
    if _has_size():
        # A shell that exports them gives the terminal's size at that time.
        environment.pop("COLUMNS", None)
        environment.pop("LINES", None)
    if environment.get("SSH_CONNECTION"):
        environment.setdefault("ESCDELAY", "400")


def _has_size() -> bool:
    """Whether the terminal itself reports its size."""
    try:
        return all(os.get_terminal_size(1))
    except OSError:
        return False


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and int(text) > 0


def is_served() -> bool:
    """True if the screen is shown elsewhere: Textual was told to use a driver, and there is no terminal.

    For instance under a server that shows the screen in a browser, to people who are not the user it runs as.
    """
    return os.environ.get("TEXTUAL_DRIVER") == _SERVED and not has_terminal_streams()


def has_terminal_streams() -> bool:
    """True if standard input and output are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def needs_ascii() -> bool:
    """True if the terminal cannot show the characters of formulas; a browser can."""
    if is_served():
        return False
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return encoding not in ("utf8", "utf8sig", "utf16", "utf32", "cp65001")


def is_closed(file_number: int) -> bool:
    """True once the terminal was closed."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(file_number, select.POLLHUP)
    return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
