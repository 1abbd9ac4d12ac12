"""A screen as SVG: every word at its own cell, lines and dots drawn, so that fonts change little.

The parts of a picture are SVG text. Parts that two screens share have the same text, which makes animations
possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME, TerminalTheme

from bpstep.render.canvas import Canvas, wrap
from bpstep.render.theme import Theme
from bpstep.text import one_line

CELL_WIDTH, LINE_HEIGHT = 10, 20
"""Width and height of a cell, in the picture's units."""

_BASELINE = 15

_FONT_SIZE = 16.61
"""The font size at which a character of DejaVu Sans Mono is as wide as a cell."""

_BUTTONS_WIDTH = 14
"""The cells that the window's buttons take in the title line, on both sides."""

_MARGIN, _TITLE_HEIGHT = 10, 30
"""The margin around the screen, and above it with the title."""

_DOTS = [(column, row, (1, 2, 4, 64)[row] << (1 if row == 3 else 3) * column)
         for row in range(4) for column in (0, 1)]  # fmt: skip

_RULES = {
    "─": ((0, 9, CELL_WIDTH, 2),),
    "━": ((0, 8, CELL_WIDTH, 4),),
    "│": ((4, 0, 2, LINE_HEIGHT),),
    "┬": ((0, 9, CELL_WIDTH, 2), (4, 9, 2, 11)),
    "┴": ((0, 9, CELL_WIDTH, 2), (4, 0, 2, 11)),
    "┼": ((0, 9, CELL_WIDTH, 2), (4, 0, 2, LINE_HEIGHT)),
    **{bar: ((0, LINE_HEIGHT - height, CELL_WIDTH, height),)
       for bar, height in zip("▁▂▃▄▅▆▇█", (3, 5, 8, 10, 13, 15, 18, LINE_HEIGHT))},
}  # fmt: skip
"""Characters that are drawn as rectangles: x, y, width, height within the cell."""


class TextStyle(NamedTuple):
    """How characters look: colours as #rrggbb."""

    colour: str
    background: str
    bold: bool
    dim: bool
    underline: bool


class TextStyles(dict[tuple[Theme, str], TextStyle]):
    """The inks by theme and role, and the names by which parts of a picture refer to them."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[tuple[str, bool, bool, bool], str] = {}

    def __missing__(self, key: tuple[Theme, str]) -> TextStyle:
        theme, role = key
        self[key] = _text_style(theme.style(role), _terminal_theme(theme))
        return self[key]

    def of_cells(self, theme: Theme, roles: list[str]) -> list[TextStyle]:
        """The inks of a line of cells."""
        styles = {role: self[theme, role] for role in set(roles)}
        return [styles[role] for role in roles]

    def name(self, text_style: TextStyle) -> str:
        """The class of text in this ink."""
        kind = text_style.colour, text_style.bold, text_style.dim, text_style.underline
        return self._names.setdefault(kind, f"c{len(self._names)}")

    def css(self) -> str:
        """The style sheet of every named ink."""
        return "".join(
            f".{name}{{fill:{colour};stroke:{colour}"
            f"{';font-weight:bold' if bold else ''}{';opacity:.6' if dim else ''}"
            f"{';text-decoration:underline' if underline else ''}}}"
            for (colour, bold, dim, underline), name in self._names.items()
        )


def background_colour(theme: Theme) -> str:
    """The background of the whole screen."""
    return (
        _hex(_terminal_theme(theme).background_color) if theme.background == "default" else theme.background
    )


def background_elements(canvas: Canvas, theme: Theme, text_styles: TextStyles) -> Iterator[str]:
    """Rectangles of colour that differs from the background."""
    default = background_colour(theme)
    for y, roles in enumerate(canvas.roles):
        colours = [text_style.background for text_style in text_styles.of_cells(theme, roles)]
        for start, end in _runs(colours):
            if colours[start] != default:
                yield (
                    f'<rect x="{start * CELL_WIDTH}" y="{y * LINE_HEIGHT}" '
                    f'width="{(end - start) * CELL_WIDTH}"'
                    f' height="{LINE_HEIGHT}" fill="{colours[start]}"/>'
                )


def text_elements(canvas: Canvas, theme: Theme, text_styles: TextStyles) -> Iterator[str]:
    """The texts: words, rules and dots."""
    for y, (characters, roles) in enumerate(zip(canvas.characters, canvas.roles)):
        kinds = [
            (_character_kind(character), text_style)
            for character, text_style in zip(characters, text_styles.of_cells(theme, roles))
        ]
        for start, end in _runs(_join_words(kinds)):
            kind, text_style = kinds[start]
            if kind != " ":
                text = "".join(characters[start:end]).rstrip()
                yield _run_element(
                    kind, text, start * CELL_WIDTH, y * LINE_HEIGHT, text_styles.name(text_style)
                )


def svg_document(body: str, css: str, width: int, height: int, theme: Theme, title: str) -> str:
    """A whole SVG: `body` in a window of this size, with a title."""
    title = one_line(title)
    title_lines = wrap(title, width - _BUTTONS_WIDTH) or [""]
    title_height = _TITLE_HEIGHT + (len(title_lines) - 1) * LINE_HEIGHT
    total_width, total_height = (
        width * CELL_WIDTH + 2 * _MARGIN,
        height * LINE_HEIGHT + title_height + _MARGIN,
    )
    background = background_colour(theme)
    heading = "".join(
        f'<text x="{total_width / 2:g}" y="{21 + at * LINE_HEIGHT}" text-anchor="middle" '
        f'fill="#808a94">{escape(line)}</text>'
        for at, line in enumerate(title_lines)
    )
    buttons = "".join(
        f'<circle cx="{20 + 18 * at}" cy="16" r="5.5" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_width}" height="{total_height}"'
        f' viewBox="0 0 {total_width} {total_height}">'
        f"<title>{escape(title)}</title>"
        f"<style>text{{font:{_FONT_SIZE}px DejaVu Sans Mono,Menlo,Consolas,"
        "Liberation Mono,monospace;stroke:none;"
        f"white-space:pre}}path{{fill:none;stroke-width:3;stroke-dasharray:3 2}}rect{{stroke:none}}"
        f"{css}</style>"
        f'<rect x=".5" y=".5" width="{total_width - 1}" height="{total_height - 1}" rx="8" '
        f'fill="{background}"'
        f' style="stroke:#808a94;stroke-opacity:.5"/>{buttons}'
        f"{heading}"
        f'<g transform="translate({_MARGIN} {title_height})">{body}</g></svg>\n'
    )


def screen_svg(canvas: Canvas, theme: Theme, title: str) -> str:
    """One screen."""
    text_styles = TextStyles()
    body = "".join(
        (*background_elements(canvas, theme, text_styles), *text_elements(canvas, theme, text_styles))
    )
    return svg_document(body, text_styles.css(), canvas.width, canvas.height, theme, title)


def terminal_palette(theme: Theme) -> list[str]:
    """The 16 colours of a terminal that has no others."""
    return [_hex(colour) for colour in _terminal_theme(theme).ansi_colors._colors]


def _runs(values: list[object] | list[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal values."""
    start = 0
    for x in range(1, len(values) + 1):
        if x == len(values) or values[x] != values[start]:
            yield start, x
            start = x


def _character_kind(character: str) -> str:
    """`t` text, a blank, `b` braille, or a rule as itself; the second half of a wide character is text."""
    if character in _RULES or character == " ":
        return character
    return "b" if "\u2801" <= character <= "\u28ff" else " " if character == "\u2800" else "t"


def _join_words(kinds: list[tuple[str, TextStyle]]) -> list[object]:
    """The same, with a single blank between two words of one ink joined to them."""
    found: list[object] = list(kinds)
    for x in range(1, len(kinds) - 1):
        around = kinds[x - 1], kinds[x + 1]
        if kinds[x][0] == " " and around[0] == around[1] and around[0][0] == "t":
            found[x] = around[0]
    return found


def _run_element(kind: str, text: str, x: int, y: int, name: str) -> str:
    """A run of one kind."""
    if kind == "b":
        return f'<path class="{name}" d="{_braille_path(text, x, y)}"/>'
    if kind in _RULES:
        return "".join(_rule_elements(name, rect, len(text), x, y) for rect in _RULES[kind])
    text = text.replace("\0", "")
    length_attribute = f' textLength="{cell_len(text) * CELL_WIDTH}"' if len(text) > 1 else ""
    return (
        f'<text class="{name}" x="{x}" '
        f'y="{y + _BASELINE}"{length_attribute}>{escape(text, quote=False)}</text>'
    )


def _rule_elements(name: str, rect: tuple[int, int, int, int], cells: int, x: int, y: int) -> str:
    """One rectangle for a rule over several cells: as wide as all of them, or in each."""
    left, top, wide, high = rect
    starts, wide = (
        ([x], wide * cells) if wide == CELL_WIDTH else (range(x, x + cells * CELL_WIDTH, CELL_WIDTH), wide)
    )
    return "".join(
        f'<rect class="{name}" x="{start + left}" y="{y + top}" width="{wide}" height="{high}"/>'
        for start in starts
    )


def _braille_path(text: str, x: int, y: int) -> str:
    """The dots of braille characters, as dashes of lines: neighbours are dashes of one line."""
    parts = []
    for row in range(4):
        is_set = [bool(ord(character) & bit) for character in text for _, r, bit in _DOTS if r == row]
        for start, end in _runs([*map(str, is_set)]):
            if is_set[start]:
                length = 5 * (end - start) - 2
                parts.append(f"M{x + 1 + 5 * start} {y + 5 * row + 2.5:g}h{length}")
    return "".join(parts)


def _text_style(style: Style, terminal: TerminalTheme) -> TextStyle:
    colour = _hex(style.color.get_truecolor(terminal)) if style.color else _hex(terminal.foreground_color)
    background = (
        _hex(style.bgcolor.get_truecolor(terminal, foreground=False))
        if style.bgcolor
        else _hex(terminal.background_color)
    )
    if style.reverse:
        colour, background = background, colour
    return TextStyle(colour, background, bool(style.bold), bool(style.dim), bool(style.underline))


def _terminal_theme(theme: Theme) -> TerminalTheme:
    """The colours of a terminal that has only its own palette."""
    return SVG_EXPORT_THEME if theme.name == "dark" else DEFAULT_TERMINAL_THEME


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
