"""A page of the manual as lines of a list, at the width of the screen."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from bpstep.manual.pages import LineKind, PageLine, page_lines
from bpstep.render.canvas import TextRun, wrap
from bpstep.render.lists.list import ListLine
from bpstep.render.theme import Theme

_ROLES = {
    LineKind.TITLE: "focus",
    LineKind.HEADING: "bright",
    LineKind.TEXT: "text",
    LineKind.TABLE: "text",
    LineKind.TABLE_HEAD: "bright",
    LineKind.CODE: "read",
}

_CONTINUATION = "  "
"""The mark before the continuation of an example's line that is wider than the screen."""


def manual_page_lines(theme: Theme, name: str, width: int, searched: str) -> list[tuple[int, ListLine]]:
    """The lines of a page in `width` cells, each with its index in `page_lines` at that width.

    Matches of a search are highlighted. Lines that cannot be wrapped at a space are broken.
    """
    found: list[tuple[int, ListLine]] = []
    is_code = False
    for at, line in enumerate(page_lines(name, width)):
        is_code &= line.kind is LineKind.TEXT and bool(line.text)
        for text in _broken(theme.to_displayable(line.text), width):
            runs, is_code = _line_runs(PageLine(text, line.kind), is_code)
            found.append((at, ListLine(tuple(_highlighted(runs, theme.to_displayable(searched))))))
    return found


def _broken(text: str, width: int) -> list[str]:
    """A line, broken if it is too wide: continuations are indented, and the line's own indent is kept."""
    if cell_len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    rest = indent + _CONTINUATION if indent else ""
    first, *others = wrap(text.strip(), max(width - len(rest), 1)) or [""]
    return [indent + first, *(rest + other for other in others)]


def _line_runs(line: PageLine, is_code: bool) -> tuple[list[TextRun], bool]:
    """A line in colours; in a sentence, text between backticks, which may begin on the line before."""
    role = _ROLES[line.kind]
    if line.kind is not LineKind.TEXT:
        return [(line.text, role)], False
    parts = line.text.split("`")
    runs = [(part, "key" if (at + is_code) % 2 else role) for at, part in enumerate(parts) if part]
    return runs, is_code ^ (len(parts) % 2 == 0)


def _highlighted(runs: list[TextRun], searched: str) -> Iterator[TextRun]:
    """The runs, with every occurrence of a text reversed; it may begin in one run and end in another."""
    whole = "".join(text for text, _ in runs).casefold()
    wanted = searched.replace("`", "").casefold()
    marked = [False] * len(whole)
    at = whole.find(wanted) if wanted else -1
    while at >= 0:
        marked[at : at + len(wanted)] = [True] * len(wanted)
        at = whole.find(wanted, at + len(wanted))
    start = 0
    for text, role in runs:
        begin = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or _is_marked(marked, start + end) != _is_marked(marked, start + begin):
                yield text[begin:end], "pointed" if _is_marked(marked, start + begin) else role
                begin = end
        start += len(text)


def _is_marked(marked: list[bool], at: int) -> bool:
    # Folding case may change a text's length.
    return at < len(marked) and marked[at]
