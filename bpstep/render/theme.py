"""How things look: roles to styles, by theme and number of colours; and the set of characters.

Two roles carry the step, the same in every pane: `write` for what the equation writes, `read` for what it
reads. `known` are factors of the chain rule that are computed, `quiet` is less important, `coming` is not
computed yet. An attribute or a glyph always shows the role too, never colour alone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import field
from functools import lru_cache

from rich.style import Style

from bpstep import defaults
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import FORMATS, NumberFormat
from bpstep.frozen import frozen

_DARK = {
    "text": "#cdd5df",
    "bright": "bold #eaecee",
    "quiet": "#8e9aa8",
    "coming": "#6b7888",
    "write": "bold #ffd166",
    "read": "#7cc0ff",
    "known": "#86dd95",
    "selected": "bold #11161c on #ffd166",
    "pointed": "bold #11161c on #9fb4c8",
    "param": "bold #eaecee",
    "plus": "#5fa8a0",
    "minus": "#cf7079",
    "frame": "#33404d",
    "focus": "bold #c3d2e0",
    "alert": "bold #ffffff on #a3333d",
    "key": "bold #ffd166",
    "typed": "bold #ffffff on #33495c",
    "suggested": "bold #11161c on #ffd166",
    "cursor": "bold #11161c on #ffffff",
    "caption": "#ffffff on #1f3f5f",
    "pressed": "bold #11161c on #c3d2e0",
}

_DARK_BACKGROUNDS = {"": "#11161c", "bar": "#21262b", "node": "#262c32"}
"""Grey enough to stay grey with 256 colours."""

_LIGHT = {
    "text": "#2b323a",
    "bright": "bold #000000",
    "quiet": "#5d6874",
    "coming": "#7b8590",
    "write": "bold #8f4300",
    "read": "#0a58a8",
    "known": "#17782a",
    "selected": "bold #ffffff on #a35200",
    "pointed": "bold #ffffff on #4d6377",
    "param": "bold #11161c",
    "plus": "#2c7d76",
    "minus": "#b13a4c",
    "frame": "#c9cfd6",
    "focus": "bold #3a4652",
    "alert": "bold #ffffff on #b3261e",
    "key": "bold #8f4300",
    "typed": "bold #000000 on #cfdae4",
    "suggested": "bold #ffffff on #a35200",
    "cursor": "bold #ffffff on #000000",
    "caption": "#10222f on #cfe3f5",
    "pressed": "bold #ffffff on #3a4652",
}

_LIGHT_BACKGROUNDS = {"": "#fbfaf6", "bar": "#ebedef", "node": "#e6e8ea"}

_SIXTEEN = {
    "text": "default",
    "bright": "bold",
    "quiet": "default",
    "coming": "dim",
    "write": "bold yellow",
    "read": "bold blue",
    "known": "green",
    "selected": "bold reverse yellow",
    "pointed": "reverse",
    "param": "bold",
    "plus": "cyan",
    "minus": "red",
    "frame": "dim",
    "focus": "bold",
    "alert": "bold reverse red",
    "key": "bold yellow",
    "typed": "bold underline",
    "suggested": "bold reverse yellow",
    "cursor": "bold reverse",
    "caption": "reverse",
    "pressed": "bold",
}

_SIXTEEN_LIGHT = {
    **_SIXTEEN,
    "write": "bold magenta",
    "selected": "bold reverse magenta",
    "suggested": "bold reverse magenta",
    "key": "bold magenta",
}

_PLAIN = {
    "text": "none",
    "bright": "bold",
    "quiet": "none",
    "coming": "dim",
    "write": "bold",
    "read": "underline",
    "known": "none",
    "selected": "bold reverse",
    "pointed": "reverse",
    "param": "bold",
    "plus": "none",
    "minus": "none",
    "frame": "dim",
    "focus": "bold",
    "alert": "bold reverse",
    "key": "bold",
    "typed": "bold underline",
    "suggested": "bold reverse",
    "cursor": "bold reverse",
    "caption": "reverse",
    "pressed": "bold",
}

_ASCII_REPLACEMENTS = str.maketrans(
    dict(zip("×·−–—→←↑↓▶›◂▸◀▲▼▾●○•│┬┴─━Σ∂′≠√⋮", "x*---><^v><<><^vvo.*|++-=Sd'!v:"))
    | {"…": "...", "≤": "<=", "≥": ">=", "²": "^2", "³": "^3", "µ": "u"}
)
"""Substitutes for characters that are not letters."""


MARKS = {"write": ("▶", ">"), "read": ("›", "<")}
"""The mark before what a step writes or reads, by role: the character, and the one for ASCII.

A tensor that is written and read has the first. The page `signs` of the manual lists them, too.
"""

HEAT_LEVELS = 8
"""The strongest shade of a cell: heat+8 and heat-8, from heat+0 on."""

NUMBERS, HEAT, SUMMARY = "numbers", "heat", "summary"
"""What the tensors' pane shows: numbers, shaded cells, or a line of statistics per tensor."""


@frozen
class Theme:
    """A theme at a number of colours, a set of characters and a number format.

    `depth` is "full" (256 colours or more), "sixteen" or "none".
    """

    name: str = defaults.THEMES[0]
    depth: str = "full"
    ascii: bool = False
    format_index: int = 0
    table: str = NUMBERS
    """What the tensors' pane shows of the numbers."""
    shows_wide: bool = False
    """With `ascii`: an East Asian terminal, which can show names in East Asian scripts."""
    glyphs: Glyphs = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "glyphs", Glyphs(self.ascii))

    @property
    def format(self) -> NumberFormat:
        """The format of the cells' numbers."""
        return FORMATS[self.format_index % len(FORMATS)]

    def number(self, value: float) -> str:
        """A cell's number, in the width of its column."""
        return self.format.format(value)

    def style(self, role: str) -> Style:
        """The style of a role, "role" or "role on ground"."""
        return _style(self.name, self.depth, role)

    @property
    def background(self) -> str:
        """The background of the screen; "default" is the terminal's own."""
        if self.depth != "full":
            return "default"
        return (_DARK_BACKGROUNDS if self.name == "dark" else _LIGHT_BACKGROUNDS)[""]

    def to_displayable(self, text: str) -> str:
        """A text in characters that the terminal can show."""
        if not self.ascii or text.isascii():
            return text
        if self.shows_wide:
            return "".join(part if _is_wide(part) else _to_ascii(part) for part in text)
        return _to_ascii(text)

    def pick(self, unicode_text: str, ascii_text: str) -> str:
        """The first if the terminal can show it, else the second."""
        return self.glyphs.pick(unicode_text, ascii_text)

    def mark(self, role: str) -> str:
        """The mark before something with this role in the step; a space for no role."""
        return self.pick(*MARKS[role]) if role in MARKS else " "


def _is_wide(character: str) -> bool:
    """True for a character that takes two columns on every terminal, such as Chinese ones."""
    return unicodedata.east_asian_width(character) in ("W", "F")


def _to_ascii(text: str) -> str:
    # An accent that can't be shown is dropped; a letter of another script becomes a question mark.
    parts = unicodedata.normalize("NFKD", text.translate(_ASCII_REPLACEMENTS))
    kept = "".join(part for part in parts if not unicodedata.combining(part))
    return kept.encode("ascii", "replace").decode("ascii")


def _heat_colour(theme_name: str, role: str) -> str:
    """The colour of a shade: a stronger shade has more of the sign's colour in the cards' background."""
    level = int(role.removeprefix("heat"))
    table, grounds = (_DARK, _DARK_BACKGROUNDS) if theme_name == "dark" else (_LIGHT, _LIGHT_BACKGROUNDS)
    signed = table["minus" if level < 0 else "plus"]
    share = abs(level) / HEAT_LEVELS
    parts = (
        round((1 - share) * int(grounds["node"][at : at + 2], 16) + share * int(signed[at : at + 2], 16))
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


@lru_cache(maxsize=1024)
def _style(theme_name: str, depth: str, role: str) -> Style:
    base_role, _, background = role.partition(" on ")
    if depth == "none":
        return Style.parse(_PLAIN[base_role])
    if depth == "sixteen":
        return Style.parse((_SIXTEEN if theme_name == "dark" else _SIXTEEN_LIGHT)[base_role])
    table, backgrounds = (_DARK, _DARK_BACKGROUNDS) if theme_name == "dark" else (_LIGHT, _LIGHT_BACKGROUNDS)
    text = _heat_colour(theme_name, base_role) if base_role.startswith("heat") else table[base_role]
    if background.startswith("heat"):
        return Style.parse(f"{text} on {_heat_colour(theme_name, background)}")
    return Style.parse(text if " on " in text else f"{text} on {backgrounds[background]}")
