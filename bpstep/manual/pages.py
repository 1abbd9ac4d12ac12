"""The pages of the manual: their list, their source, and their lines as plain text at a width."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import zip_longest
from pathlib import Path

from bpstep.defaults import PAGE_WIDTH

FOLDER = Path(__file__).parent

_INDENT = "    "
_GAP = "  "
_MIN_COLUMN = 20
"""The narrowest that a column of a wide table is wrapped to."""

_FENCE = "```"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)]*)\)")
_ENTRY = re.compile(r"- \[([\w-]+)\]\([^)]+\): (.*)", re.DOTALL)
_EMPHASIS = re.compile(r"(\*{1,2})(\w[^*]*)\1")
_LIST_ITEM = re.compile(r"([-*]|\d+\.) ")


class LineKind(Enum):
    """What a line of a page is."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    TABLE = "table"
    TABLE_HEAD = "table head"
    CODE = "code"


_TABLE_KINDS = (LineKind.TABLE, LineKind.TABLE_HEAD)


@dataclass(frozen=True)
class PageLine:
    """A line of a page as shown; empty between two blocks."""

    text: str
    """Without Markdown, but with backticks around keys and code in sentences."""
    kind: LineKind = LineKind.TEXT
    row: str = ""
    """The whole row of a table, if this is its first line: a search finds rows, not their parts."""


@dataclass(frozen=True)
class PageEntry:
    """A page in the table of contents: its part of the manual, its name, and what it is about."""

    part: str
    name: str
    summary: str


@cache
def contents() -> tuple[PageEntry, ...]:
    """Every page but the table of contents itself, in reading order."""
    entries, part = [], ""
    for kind, block in _blocks(page_source("index")):
        if kind is LineKind.HEADING:
            part = block[0]
        for item in _list_items(block):
            if match := _ENTRY.match(item):
                entries.append(PageEntry(part, match[1], _plain(" ".join(match[2].split()))))
    return tuple(entries)


def page_names() -> tuple[str, ...]:
    """The names of the pages, in reading order."""
    return tuple(entry.name for entry in contents())


def page_source(name: str) -> str:
    """A page's Markdown. KeyError if no page has this name."""
    # The name may come from a command line: it must not lead out of the folder.
    return {path.stem: path for path in FOLDER.glob("*.md")}[name].read_text(encoding="utf-8")


def page_lines(name: str, width: int = PAGE_WIDTH) -> list[PageLine]:
    """A page as lines of plain text: sentences and tables are wrapped to `width` columns.

    Examples stay as they are, pictures are left out. KeyError if no page has this name.
    """
    lines: list[PageLine] = []
    for kind, block in _blocks(page_source(name)):
        if lines:
            lines.append(PageLine(""))
        lines += _block_lines(kind, block, width)
    return lines


def find_lines(text: str, width: int = PAGE_WIDTH) -> list[tuple[str, int]]:
    """Where a text begins, ignoring case: (name of the page, index of its line).

    In a sentence it may continue on the next line; in a table it is found in the first line of its row.
    """
    wanted = " ".join(text.replace("`", "").casefold().split())
    return [
        (name, at)
        for name in page_names()
        for at in _matching_lines(page_lines(name, width), wanted)
        if wanted
    ]


def _matching_lines(lines: Sequence[PageLine], wanted: str) -> Iterator[int]:
    texts = [
        " ".join((line.row if line.kind in _TABLE_KINDS else line.text).replace("`", "").casefold().split())
        for line in lines
    ]
    for at, text in enumerate(texts):
        is_sentence = lines[at].kind is LineKind.TEXT and text and at + 1 < len(texts)
        following = f" {texts[at + 1]}" if is_sentence else ""
        begin = (text + following).find(wanted)
        if 0 <= begin < len(text):
            yield at


def _blocks(source: str) -> Iterator[tuple[LineKind, list[str]]]:
    """The blocks of a page in Markdown: a heading, a paragraph or list, a table, the lines of an example."""
    block: list[str] = []
    is_code = False
    for line in [*source.splitlines(), ""]:
        if line.startswith(_FENCE):
            if is_code:
                yield LineKind.CODE, block
            is_code, block = not is_code, []
        elif is_code or (line and not line.startswith("<!--")):
            block.append(line)
        elif block:
            yield from _text_block(block)
            block = []


def _text_block(block: list[str]) -> Iterator[tuple[LineKind, list[str]]]:
    first = block[0]
    if first.startswith("# "):
        yield LineKind.TITLE, [first.removeprefix("# ")]
    elif first.startswith("#"):
        yield LineKind.HEADING, [first.lstrip("# ")]
    elif first.startswith("|"):
        yield LineKind.TABLE, block
    elif not first.startswith("!["):
        yield LineKind.TEXT, block


def _block_lines(kind: LineKind, block: list[str], width: int) -> Iterator[PageLine]:
    if kind is LineKind.CODE:
        yield from (PageLine(_INDENT + line if line else "", kind) for line in block)
    elif kind is LineKind.TABLE:
        yield from _table_lines(block, width)
    elif kind is LineKind.TEXT:
        for item in _list_items(block):
            marker = _LIST_ITEM.match(item)
            text = _without_links(" ".join(item.split()))
            yield from (PageLine(line) for line in _wrapped(text, width, len(marker[0]) if marker else 0))
    else:
        yield PageLine(_plain(block[0]), kind)


def _list_items(block: list[str]) -> list[str]:
    """The items of a list, each with its lines joined; a paragraph is one item."""
    items: list[str] = []
    for line in block:
        if items and not _LIST_ITEM.match(line):
            items[-1] += f"\n{line}"
        else:
            items.append(line)
    return items


def _table_lines(block: list[str], width: int) -> Iterator[PageLine]:
    rows = [
        [_plain(cell.strip()) for cell in line.strip("|").split("|")]
        for line in block
        if set(line) - set("|- ")
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    widest = widths.index(max(widths))
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    widths[widest] = max(widths[widest] - max(excess, 0), _MIN_COLUMN)
    for at, row in enumerate(rows):
        # A row with only a first cell is the title of the rows below it.
        kind = LineKind.TABLE if at and any(row[1:]) else LineKind.TABLE_HEAD
        cells = [_wrapped(cell, size, 0) for cell, size in zip(row, widths)]
        for line, parts in enumerate(zip_longest(*cells, fillvalue="")):
            text = _GAP.join(f"{part:<{size}}" for part, size in zip(parts, widths))
            yield PageLine(text.rstrip(), kind, "" if line else _GAP.join(filter(None, row)))


def _wrapped(text: str, width: int, hanging: int) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=" " * hanging, break_long_words=False, break_on_hyphens=False
    )


def _without_links(text: str) -> str:
    """A sentence without Markdown except backticks, which distinguish a key from a word: `a`."""
    text = _LINK.sub(lambda link: f"{link[2]} ({link[3]})" if "://" in link[3] else link[2], text)
    # Text between backticks is code: a star in it does not emphasise.
    parts = text.split("`")
    parts[::2] = [_EMPHASIS.sub(_emphasised, part) for part in parts[::2]]
    return "`".join(parts)


def _emphasised(found: re.Match[str]) -> str:
    """A word between single stars in quotes: it is a name, or stands for itself."""
    stars, text = found.groups()
    return f'"{text}"' if stars == "*" else text


def _plain(text: str) -> str:
    """A heading or a cell of a table without any Markdown."""
    return _without_links(text).replace("`", "")
