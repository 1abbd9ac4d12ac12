"""A grid of characters with roles, and the meaning of clicks on them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

from bpstep.program.program import Step
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain.symbols import Box, Span

TextRun = tuple[str, str]
"""Text and its role."""


class Region(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    def contains(self, x: int, y: int) -> bool:
        """True for a cell inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Hit(NamedTuple):
    """A click on these cells of a line means `target`."""

    x: int
    y: int
    width: int
    target: object


class Canvas:
    """Cells in rows; text outside is cut off. A wide character is followed by an empty cell."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.characters = [[" "] * width for _ in range(height)]
        self.roles = [["text"] * width for _ in range(height)]
        self.hits: list[Hit] = []

    def put(self, x: int, y: int, text: str, role: str = "text") -> int:
        """Write text from (x, y) on, and return the x after it."""
        if not 0 <= y < self.height:
            return x + len(text)
        if "\t" in text:
            text = text.replace("\t", " ")  # a terminal would move the cursor instead
        if not text.isascii() and cell_len(text) != len(text):
            text = "".join(piece + "\0" * (cell_len(piece) - 1) for piece in text)
        first, end = max(x, 0), min(x + len(text), self.width)
        if first < end:
            characters = self.characters[y]
            # Half of a wide character cannot be shown, neither of one written over nor of one cut off.
            if first and characters[first] == "\0":
                characters[first - 1] = " "
            if end < self.width and characters[end] == "\0":
                characters[end] = " "
            characters[first:end] = text[first - x : end - x]
            if end < x + len(text) and text[end - x] == "\0":
                characters[end - 1] = " "
            if text[first - x] == "\0":
                characters[first] = " "
            self.roles[y][first:end] = [role] * (end - first)
        return x + len(text)

    def put_runs(self, x: int, y: int, runs: Iterable[TextRun]) -> int:
        """Write several runs one after the other."""
        for text, role in runs:
            x = self.put(x, y, text, role)
        return x

    def fill(self, region: Region, role: str) -> None:
        """Blank a rectangle, and give it a role."""
        for y in range(region.y, region.y + region.height):
            self.put(region.x, y, " " * region.width, role)

    def paste(self, other: Canvas, x: int, y: int) -> None:
        """Put another canvas here, with its hits."""
        for row in range(min(other.height, self.height - y)):
            width = min(other.width, self.width - x)
            self.characters[y + row][x : x + width] = other.characters[row][:width]
            self.roles[y + row][x : x + width] = other.roles[row][:width]
        self.hits += [Hit(hit.x + x, hit.y + y, hit.width, hit.target) for hit in other.hits]

    def add_hit(self, x: int, y: int, width: int, target: object) -> None:
        """Assign a meaning to clicks here; later ones take precedence."""
        self.hits.append(Hit(x, y, width, target))

    def target_at(self, x: int, y: int) -> object:
        """The meaning of a click; None if it has none."""
        for hit in reversed(self.hits):
            if hit.y == y and hit.x <= x < hit.x + hit.width:
                return hit.target
        return None

    def pane_at(self, x: int, y: int) -> str:
        """The pane that a cell belongs to; empty outside all panes."""
        for hit in self.hits:
            match hit.target:
                case ("pane", str(name)) if hit.y == y and hit.x <= x < hit.x + hit.width:
                    return name
        return ""

    def runs_of_line(self, y: int) -> list[TextRun]:
        """A line as runs of one role."""
        runs: list[TextRun] = []
        characters, roles = self.characters[y], self.roles[y]
        start = 0
        for x in range(1, self.width + 1):
            if x == self.width or roles[x] != roles[start]:
                runs.append(("".join(characters[start:x]).replace("\0", ""), roles[start]))
                start = x
        return runs

    def replace_non_ascii(self, to_ascii: Callable[[str], str]) -> None:
        """Replace every non-ASCII character, in its own cell.

        A wide one that `to_ascii` leaves unchanged keeps both of its cells.
        """
        for row in self.characters:
            is_kept = False
            for x, character in enumerate(row):
                if character == "\0":
                    row[x] = character if is_kept else " "
                elif not character.isascii():
                    row[x] = to_ascii(character)[:1] or " "
                    is_kept = row[x] == character
                else:
                    is_kept = False

    def text(self) -> str:
        """The characters alone, without blanks at line ends."""
        lines = ("".join(row).replace("\0", "").rstrip() for row in self.characters)
        return "\n".join(lines) + "\n"


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """Text cut to a width in cells, ending in dots if something is missing."""
    if cell_len(text) <= width:
        return text
    kept = set_cell_size(text, max(width - cell_len(ellipsis), 0)).removesuffix(ellipsis)
    return kept + ellipsis if width > 0 else ""


@lru_cache(maxsize=64)
def clip_names(names: tuple[str, ...], width: int, ellipsis: str = "…") -> tuple[str, ...]:
    """Names shortened to a width in cells, but still distinguishable.

    A common beginning is shortened: bill_length and bill_depth become b…leng and b…dept in six cells.
    """
    cuts = [clip(name, width, ellipsis) for name in names]
    alike: dict[str, list[int]] = {}
    for at, cut in enumerate(cuts):
        if cut != names[at]:
            alike.setdefault(cut, []).append(at)
    for group in alike.values():
        if len(group) > 1:
            letters = zip(*(names[at] for at in group))
            same = sum(1 for _ in takewhile(lambda each: len({*each}) == 1, letters))
            for at in group:
                cuts[at] = _clip_before(names[at], same, width, ellipsis)
    return tuple(cuts)


def _clip_before(text: str, start: int, width: int, ellipsis: str) -> str:
    """Text shortened before a position, and at its end if it is still too long; its first cell stays."""
    room = max(width - cell_len(ellipsis), 0)
    rest = min(cell_len(text[start:]), max(room - 1, 0))
    head = set_cell_size(text, room - rest).rstrip()
    return clip(head + ellipsis + set_cell_size(text[start:], rest), width, "")


def wrap(text: str, width: int) -> list[str]:
    """Text wrapped at blanks; a word longer than a line is broken."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        elif cell_len(word) <= width:
            lines.append(word)
        else:
            lines += chop_cells(word, width)
    return [line for line in lines if line]


def on_three_lines(box: Box) -> list[list[Span]]:
    """A box on three lines, with its baseline on the second."""
    lines = [list(line) for line in box.lines]
    return [[]] * (1 - box.baseline) + lines + [[]] * (3 - (1 - box.baseline) - len(lines))


def equation_spans(step: Step) -> list[Span]:
    """The text of an equation, split at the names of its tensors."""
    spans: list[Span] = [(step.name, "write"), (" = ", "text")]
    names = [node for node in ast.walk(step.tree) if isinstance(node, ast.Name) and node.id in step.reads]
    names.sort(key=lambda node: node.col_offset)
    at = 0
    # The tree counts bytes, but the grammar refuses equations with other letters.
    for node in names:
        spans += [(step.source[at : node.col_offset], "text"), (node.id, "read")]
        at = node.end_col_offset or at
    return [*spans, (step.source[at:], "text")]


def truncate_spans(spans: list[Span], width: int, ellipsis: str) -> list[Span]:
    """The beginning of spans that are wider than a line."""
    found: list[Span] = []
    left = width - cell_len(ellipsis)
    for text, role in spans:
        found.append((clip(text, left, ""), role))
        left -= cell_len(text)
    return [*found, (ellipsis, "quiet")]


def cut_lines(lines: list[list[Span]], most: int, width: int, end: list[Span]) -> list[list[Span]]:
    """The first lines of a sum, ending in `end` in place of the addends without room."""
    *before, last = lines[:most]
    following = lines[most] if most < len(lines) else []
    room = width - spans_width(end)
    if spans_width(last) > room:
        last, following, *_ = [*wrap_spans(last, room), following]
    text = "".join(text for text, _ in last).rstrip()
    rest = "".join(text for text, _ in following).lstrip()
    if rest and not rest.startswith(_BETWEEN_ADDENDS) and not text.endswith(_SIGNS_OF_ADDENDS):
        start = max(text.rfind(f" {sign}") + len(sign) for sign in _BETWEEN_ADDENDS)
        text = text[:start] if start > len(_BETWEEN_ADDENDS[0]) else text
    kept: list[Span] = []
    left = len(text)
    for part, role in last:
        if left > 0:
            kept.append((part[:left], role))
        left -= len(part)
    return [*before, [*kept, *end]]


def spans_width(spans: list[Span]) -> int:
    """The width of a line in cells."""
    return sum(cell_len(text) for text, _ in spans)


def fill_runs(template: str, role: str, /, **slots: list[TextRun]) -> list[TextRun]:
    """A sentence whose slots have their own roles; its words have `role`. Slots take no format."""
    marked = fill(template, **{name: f"\0{name}\0" for name in slots})
    found: list[TextRun] = []
    for at, part in enumerate(marked.split("\0")):
        found += slots[part] if at % 2 else [(part, role)] if part else []
    return found


def wrap_spans(spans: list[Span], width: int, indent: int = 4) -> list[list[Span]]:
    """Spans on several lines, broken at blanks."""
    lines: list[list[Span]] = [[]]
    left = width
    for word in _split_words(spans):
        length = spans_width(word)
        if length - word[-1][0].endswith(" ") > left and left < width - indent:
            lines.append([(" " * indent, "text")])
            left = width - indent
        lines[-1] += word
        left -= length
    return lines


def wrap_addends(spans: list[Span], width: int, indent: int = 4) -> list[list[Span]]:
    """Symbols on several lines, broken before + and − between addends if each addend fits on a line."""
    glued: list[Span] = []
    depth = 0
    for text, role in spans:
        written = ""
        for at, character in enumerate(text):
            depth += (character in "([") - (character in ")]")
            is_break = depth == 0 and character == " " and text[at + 1 : at + 3] in _BETWEEN_ADDENDS
            written += _NO_BREAK if character == " " and not is_break else character
        glued.append((written, role))
    lines = wrap_spans(glued, width, indent)
    if any(spans_width(line) > width for line in lines):
        return wrap_spans(spans, width, indent)
    return [[(text.replace(_NO_BREAK, " "), role) for text, role in line] for line in lines]


def wrap_products(
    spans: list[Span], width: int, times: str, indent: int = 4, most: int = 0
) -> list[list[Span]]:
    """Spans on several lines, broken before =, and within no product unless that takes more lines.

    More lines are taken up to `most`.
    """
    lines = wrap_spans(spans, width, indent)
    if len(lines) == 1:
        return lines
    results = [(f" ={_NO_BREAK}" if text == " = " else _glue_omission(text), role) for text, role in spans]
    products = [
        (text.replace(f" {times} ", f"{_NO_BREAK}{times}{_NO_BREAK}"), role) for text, role in results
    ]
    for glued in (products, results):
        kept = wrap_spans(glued, width, indent)
        widths = (spans_width(line) - line[-1][0].endswith(" ") for line in kept)
        if len(kept) <= max(len(lines), most) and all(taken <= width for taken in widths):
            return [[(text.replace(_NO_BREAK, " "), role) for text, role in line] for line in kept]
    return lines


def _glue_omission(text: str) -> str:
    """Text in which what is left out, as "… 2 more terms", is not broken."""
    head, dots, rest = text.partition("…") if "…" in text else text.partition("...")
    return head + dots + rest.replace(" ", _NO_BREAK)


_NO_BREAK = "\N{NO-BREAK SPACE}"

_SIGNS_OF_ADDENDS = ("+", "−", "-")

_BETWEEN_ADDENDS = tuple(f"{sign} " for sign in _SIGNS_OF_ADDENDS)


def _split_words(spans: list[Span]) -> list[list[Span]]:
    """Spans split after each blank; parts without a blank between them stay together."""
    words: list[list[Span]] = [[]]
    for text, role in spans:
        for piece in re.findall(r"[^ ]* |[^ ]+", text):
            words[-1].append((piece, role))
            if piece.endswith(" "):
                words.append([])
    return [word for word in words if word]
