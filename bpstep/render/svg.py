"""A screen as SVG: every word at its own cell, lines and dots drawn, so that fonts change little.

The parts of a picture are texts of SVG. What two screens have in common is the same text, from
which an animation is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME, TerminalTheme

from bpstep.render.canvas import Canvas, clip
from bpstep.render.theme import Look
from bpstep.text import one_line

CELL, LINE = 10, 20
"""Width and height of a cell, in the picture's units."""

_BASELINE = 15

_FONT = 16.61
"""The size at which a character of DejaVu Sans Mono is as wide as a cell."""

_LIGHTS = 14
"""Cells of the title's line that its lights need, on both sides."""

_MARGIN, _BAR = 10, 30
"""Around the screen, and above it with the title."""

_DOTS = [(column, row, (1, 2, 4, 64)[row] << (1 if row == 3 else 3) * column)
         for row in range(4) for column in (0, 1)]  # fmt: skip

_RULES = {
    "─": ((0, 9, CELL, 2),),
    "━": ((0, 8, CELL, 4),),
    "│": ((4, 0, 2, LINE),),
    "┬": ((0, 9, CELL, 2), (4, 9, 2, 11)),
    "┴": ((0, 9, CELL, 2), (4, 0, 2, 11)),
    "┼": ((0, 9, CELL, 2), (4, 0, 2, LINE)),
    **{bar: ((0, LINE - height, CELL, height),)
       for bar, height in zip("▁▂▃▄▅▆▇█", (3, 5, 8, 10, 13, 15, 18, LINE))},
}  # fmt: skip
"""Characters that are drawn as rectangles: x, y, width, height within the cell."""


class Ink(NamedTuple):
    """How characters look: colours as #rrggbb."""

    colour: str
    ground: str
    bold: bool
    dim: bool
    underline: bool


class Inks(dict[tuple[Look, str], Ink]):
    """The inks by look and role, and the names by which parts of a picture call them."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[tuple[str, bool, bool, bool], str] = {}

    def __missing__(self, key: tuple[Look, str]) -> Ink:
        look, role = key
        self[key] = _ink(look.style(role), _terminal(look))
        return self[key]

    def name(self, ink: Ink) -> str:
        """The class of text in this ink."""
        kind = ink.colour, ink.bold, ink.dim, ink.underline
        return self._names.setdefault(kind, f"c{len(self._names)}")

    def css(self) -> str:
        """The style sheet of every ink that was named."""
        return "".join(
            f".{name}{{fill:{colour};stroke:{colour}"
            f"{';font-weight:bold' if bold else ''}{';opacity:.6' if dim else ''}"
            f"{';text-decoration:underline' if underline else ''}}}"
            for (colour, bold, dim, underline), name in self._names.items()
        )


def ground(look: Look) -> str:
    """The colour behind everything."""
    return _hex(_terminal(look).background_color) if look.background == "default" else look.background


def grounds(canvas: Canvas, look: Look, inks: Inks) -> Iterator[str]:
    """Rectangles of colour, where it is not the ground."""
    usual = ground(look)
    for y, roles in enumerate(canvas.roles):
        colours = [inks[look, role].ground for role in roles]
        for start, end in _runs(colours):
            if colours[start] != usual:
                yield (
                    f'<rect x="{start * CELL}" y="{y * LINE}" width="{(end - start) * CELL}"'
                    f' height="{LINE}" fill="{colours[start]}"/>'
                )


def marks(canvas: Canvas, look: Look, inks: Inks) -> Iterator[str]:
    """What is written: words, rules and dots."""
    for y, (characters, roles) in enumerate(zip(canvas.characters, canvas.roles)):
        kinds = [(_kind(character), inks[look, role]) for character, role in zip(characters, roles)]
        for start, end in _runs(_bridged(kinds)):
            kind, ink = kinds[start]
            if kind != " ":
                text = "".join(characters[start:end]).rstrip()
                yield _mark(kind, text, start * CELL, y * LINE, inks.name(ink))


def picture(body: str, css: str, width: int, height: int, look: Look, title: str) -> str:
    """A whole SVG: `body` in a window of so many cells, with a title."""
    across, down = width * CELL + 2 * _MARGIN, height * LINE + _BAR + _MARGIN
    title = one_line(title)
    back, headed = ground(look), clip(title, width - _LIGHTS)
    lights = "".join(
        f'<circle cx="{20 + 18 * at}" cy="16" r="5.5" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}"'
        f' viewBox="0 0 {across} {down}">'
        f"<title>{escape(title)}</title>"
        f"<style>text{{font:{_FONT}px DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace;stroke:none;"
        f"white-space:pre}}path{{fill:none;stroke-width:3;stroke-dasharray:3 2}}rect{{stroke:none}}"
        f"{css}</style>"
        f'<rect x=".5" y=".5" width="{across - 1}" height="{down - 1}" rx="8" fill="{back}"'
        f' style="stroke:#808a94;stroke-opacity:.5"/>{lights}'
        f'<text x="{across / 2:g}" y="21" text-anchor="middle" fill="#808a94">{escape(headed)}</text>'
        f'<g transform="translate({_MARGIN} {_BAR})">{body}</g></svg>\n'
    )


def still(canvas: Canvas, look: Look, title: str) -> str:
    """One screen."""
    inks = Inks()
    body = "".join((*grounds(canvas, look, inks), *marks(canvas, look, inks)))
    return picture(body, inks.css(), canvas.width, canvas.height, look, title)


def terminal_palette(look: Look) -> list[str]:
    """The 16 colours of a terminal that has no others."""
    return [_hex(colour) for colour in _terminal(look).ansi_colors._colors]


def _runs(values: list[object] | list[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal values."""
    start = 0
    for x in range(1, len(values) + 1):
        if x == len(values) or values[x] != values[start]:
            yield start, x
            start = x


def _kind(character: str) -> str:
    """`t` text, a blank, `b` braille, or a rule by itself; the second half of a wide character is text."""
    if character in _RULES or character == " ":
        return character
    return "b" if "\u2801" <= character <= "\u28ff" else " " if character == "\u2800" else "t"


def _bridged(kinds: list[tuple[str, Ink]]) -> list[object]:
    """The same, where a single blank between two words of one ink belongs to them."""
    found: list[object] = list(kinds)
    for x in range(1, len(kinds) - 1):
        around = kinds[x - 1], kinds[x + 1]
        if kinds[x][0] == " " and around[0] == around[1] and around[0][0] == "t":
            found[x] = around[0]
    return found


def _mark(kind: str, text: str, x: int, y: int, name: str) -> str:
    """A run of one kind."""
    if kind == "b":
        return f'<path class="{name}" d="{_dots(text, x, y)}"/>'
    if kind in _RULES:
        return "".join(_rule(name, rect, len(text), x, y) for rect in _RULES[kind])
    text = text.replace("\0", "")
    across = f' textLength="{cell_len(text) * CELL}"' if len(text) > 1 else ""
    return f'<text class="{name}" x="{x}" y="{y + _BASELINE}"{across}>{escape(text, quote=False)}</text>'


def _rule(name: str, rect: tuple[int, int, int, int], cells: int, x: int, y: int) -> str:
    """One rectangle of a rule, in so many cells: as wide as all of them, or in each."""
    left, top, wide, high = rect
    starts, wide = ([x], wide * cells) if wide == CELL else (range(x, x + cells * CELL, CELL), wide)
    return "".join(
        f'<rect class="{name}" x="{start + left}" y="{y + top}" width="{wide}" height="{high}"/>'
        for start in starts
    )


def _dots(text: str, x: int, y: int) -> str:
    """The dots of braille characters, as dashes of lines: neighbours are dashes of one line."""
    parts = []
    for row in range(4):
        lit = [bool(ord(character) & bit) for character in text for _, r, bit in _DOTS if r == row]
        for start, end in _runs([*map(str, lit)]):
            if lit[start]:
                length = 5 * (end - start) - 2
                parts.append(f"M{x + 1 + 5 * start} {y + 5 * row + 2.5:g}h{length}")
    return "".join(parts)


def _ink(style: Style, terminal: TerminalTheme) -> Ink:
    colour = _hex(style.color.get_truecolor(terminal)) if style.color else _hex(terminal.foreground_color)
    back = (
        _hex(style.bgcolor.get_truecolor(terminal, foreground=False))
        if style.bgcolor
        else _hex(terminal.background_color)
    )
    if style.reverse:
        colour, back = back, colour
    return Ink(colour, back, bool(style.bold), bool(style.dim), bool(style.underline))


def _terminal(look: Look) -> TerminalTheme:
    """The colours of a terminal that has only its own."""
    return SVG_EXPORT_THEME if look.theme == "dark" else DEFAULT_TERMINAL_THEME


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
