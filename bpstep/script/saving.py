"""A script's or notebook's file with lines replaced and every other byte unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.files import read_bytes
from bpstep.script import messages
from bpstep.script.line_edits import Replaced
from bpstep.script.source import MAX_SCRIPT_BYTES, NotebookCell, decode_as, read_source, source_from
from bpstep.text import fill, one_line

_decode_string = json.JSONDecoder().raw_decode

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_SPACE = re.compile(r"[ \t\r\n]*")
_BARE = re.compile(r"[^\s,\]}]+")

Key = tuple[str | int, ...]
"""The position of a value in a document: keys of objects and indices of arrays, from the outside."""

_Span = tuple[int, int]
"""The beginning and the end of a value in a text."""


def file_with_lines(path: Path, raw: str, replaced: Sequence[Replaced]) -> bytes:
    """The bytes of a script's file, or of an imported one, whose text was `raw`, with lines replaced.

    If the current file still has that text, its encoding and line ends are kept, and for a notebook its
    texts, results and metadata. Otherwise only the text is known.
    """
    data = _file_of(path, raw)
    is_notebook = path.suffix.lower() == ".ipynb"
    if data is None:
        text = _whole_notebook(raw) if is_notebook else raw
        encoding = "utf-8"
    else:
        text, encoding = decode_as(path, data)
    if is_notebook:
        made = _notebook_with_lines(text, source_from(path, text).cells, replaced)
    else:
        made = text_with_lines(text, replaced)
    try:
        return made.encode(encoding)
    except UnicodeEncodeError as error:
        shown = one_line(made[error.start])
        raise BpstepError(fill(messages.NOT_ENCODED, character=shown, encoding=encoding)) from None


def text_with_lines(text: str, replaced: Sequence[Replaced]) -> str:
    """A text with lines replaced; each keeps its line end, and lines merged into another are dropped."""
    lines = [(match[1], match[2]) for match in _LINE.finditer(text)]
    for line, count, new, _ in replaced:
        last = lines[line + count - 2][1]
        lines[line - 1 : line - 1 + count] = [(new, last), *[("", "")] * (count - 1)]
    return "".join(text + end for text, end in lines)


def _lines(text: str) -> list[str]:
    """The lines of a cell, each with its line end."""
    return [match[0] for match in _LINE.finditer(text) if match[0]]


def _file_of(path: Path, raw: str) -> bytes | None:
    """The bytes of the file; None if it is gone or contains another script now."""
    try:
        data = read_bytes(path, MAX_SCRIPT_BYTES)
        return data if read_source(path).raw == source_from(path, raw).raw else None
    except BpstepError:
        return None


def _whole_notebook(raw: str) -> str:
    """A notebook with the code cells of a session, as Jupyter writes one."""
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": _lines(cell["source"]),
        }
        for cell in json.loads(raw)["cells"]
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _notebook_with_lines(text: str, cells: Sequence[NotebookCell], replaced: Sequence[Replaced]) -> str:
    by_cell: dict[int, list[Replaced]] = {}
    for line, count, new, file in replaced:
        cell = next(cell for cell in reversed(cells) if line > cell.before)
        by_cell.setdefault(cell.number, []).append((line - cell.before, count, new, file))
    spans = _spans(text)
    places = _code_cells(json.loads(text))
    changes: list[tuple[_Span, str]] = []
    for number, lines in by_cell.items():
        changes += _cell_changes(text, spans, places[number - 1], lines)
    for (start, end), new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _code_cells(document: Mapping[str, object]) -> list[Key]:
    """The positions of the texts of the code cells, in order."""
    found: list[Key] = []
    sheets: list[tuple[Key, object]] = [(("cells",), document.get("cells"))]
    if sheets[0][1] is None:
        worksheets = document["worksheets"]
        assert isinstance(worksheets, list)
        sheets = [(("worksheets", at, "cells"), sheet["cells"]) for at, sheet in enumerate(worksheets)]
    for place, cells in sheets:
        assert isinstance(cells, list)
        for at, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                found.append((*place, at, "source" if "source" in cell else "input"))
    return found


def _cell_changes(
    text: str, spans: Mapping[Key, _Span], place: Key, replaced: Sequence[Replaced]
) -> list[tuple[_Span, str]]:
    """The replacements of parts of a notebook's text for the lines of one cell."""
    start, end = spans[place]
    value = json.loads(text[start:end])
    is_ascii = text.isascii()
    if isinstance(value, str):
        return [((start, end), json.dumps(text_with_lines(value, replaced), ensure_ascii=is_ascii))]
    whole = "".join(value)
    new = text_with_lines(whole, replaced)
    if value != _lines(whole):
        return [((start, end), json.dumps([new], ensure_ascii=is_ascii))]
    # A line is an element: unchanged ones are not touched.
    kept = _lines(new)
    removed = sorted({at for line, count, _, _ in replaced for at in range(line, line + count - 1)})
    at_of = [at for at in range(len(value)) if at not in removed]
    changes: list[tuple[_Span, str]] = []
    for at, line in zip(at_of, kept):
        if line != value[at]:
            changes.append((spans[*place, at], json.dumps(line, ensure_ascii=is_ascii)))
    changes += [((spans[*place, at - 1][1], spans[*place, at][1]), "") for at in removed]
    return changes


@dataclass
class _Scanner:
    """Finds the positions of the values in a JSON text, which is known to be valid."""

    text: str
    spans: dict[Key, _Span]

    def value(self, at: int, place: Key) -> int:
        """Scan a value that begins at or after `at`; return its end."""
        start = self._after_space(at)
        match self.text[start]:
            case '"':
                end = self._string(start)[1]
            case "{":
                end = self._object(start + 1, place)
            case "[":
                end = self._array(start + 1, place)
            case _:
                found = _BARE.match(self.text, start)
                assert found is not None
                end = found.end()
        self.spans[place] = (start, end)
        return end

    def _string(self, at: int) -> tuple[str, int]:
        return _decode_string(self.text, at)

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        assert found is not None
        return found.end()

    def _array(self, at: int, place: Key) -> int:
        at, count = self._after_space(at), 0
        while self.text[at] != "]":
            at = self._after_space(self.value(at, (*place, count)))
            at = self._after_space(at + 1) if self.text[at] == "," else at
            count += 1
        return at + 1

    def _object(self, at: int, place: Key) -> int:
        at = self._after_space(at)
        while self.text[at] != "}":
            key, at = self._string(at)
            at = self._after_space(self.value(self._after_space(at) + 1, (*place, key)))
            at = self._after_space(at + 1) if self.text[at] == "," else at
        return at + 1


def _spans(text: str) -> dict[Key, _Span]:
    scanner = _Scanner(text, {})
    scanner.value(0, ())
    return scanner.spans
