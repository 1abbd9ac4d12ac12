"""A script's text: a Python file or the code cells of a notebook, as one syntax tree with line numbers."""

from __future__ import annotations

import ast
import codecs
import copy
import json
import re
import symtable
import sys
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bpstep.files import read_bytes
from bpstep.script import messages
from bpstep.script.refusal import ScriptError
from bpstep.text import fill, one_line

MAX_SCRIPT_BYTES = 8 * 2**20
MAX_PARTS = 100_000
"""The most names, numbers and operations of a file: each is compiled several times."""

MAX_WORDS = 2 * MAX_PARTS
"""The most words and numbers outside texts and comments of a file that is parsed: nearly all are parts."""

WORD = re.compile(r"[\d.]+(?:[eE][-+]?\d+)?|\w+")
QUOTED = re.compile(
    r"""(\"{3}|'{3}).*?(?:\1|\Z)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*""", re.DOTALL
)
"""Texts and comments. What is not closed ends with its line or the file: nothing is looked at twice."""
MAX_NESTING = 100

MAX_LOOPS_LISTED = 12
"""How many loops an error lists."""

_COPY_DEPTH = 40_000
"""How deep Python's own frames may nest while a tree is copied: a long sum is a deep tree."""

CELL_MAGICS_WITH_CODE = ("%%time", "%%timeit", "%%capture", "%%prun", "%%python3")
PYTHON_2 = re.compile(
    r"Missing parentheses in call to '(print|exec)|multiple exception types must be parenthesized"
    r"|leading zeros in decimal|invalid (decimal|hexadecimal) literal|inconsistent use of tabs"
)
PYTHON_2_LINE = re.compile(
    r"^\s*(print\s+[^(=\s]|print\s*>>|exec\s+['\"]|raise\s+\w+\s*,)|\bexcept\s+\w+\s*,\s*\w+\s*:"
)


@dataclass(frozen=True)
class NotebookCell:
    """Where a notebook's code cell begins: its number, counted from 1, and the line before its first."""

    number: int
    before: int


@dataclass(frozen=True)
class Source:
    """A script's text and syntax tree. Line numbers count through all code cells of a notebook."""

    path: Path
    text: str
    tree: ast.Module
    cells: tuple[NotebookCell, ...] = field(default=())
    is_closed: bool = False
    """True if the script came without its folder, as in a class: it then reads no file."""
    imported: tuple[tuple[str, str], ...] = ()
    """Texts that replace imported files of its folder, by their paths in the folder."""

    @property
    def raw(self) -> str:
        """The content of a file from which `source_from` recreates this source."""
        if not self.cells:
            return self.text
        lines = self.text.split("\n")
        ends = [*(cell.before for cell in self.cells[1:]), len(lines)]
        texts = ["\n".join(lines[cell.before : end]) for cell, end in zip(self.cells, ends)]
        return json.dumps({"cells": [{"cell_type": "code", "source": text} for text in texts]})

    def copied(self) -> Source:
        """The same source with a tree of its own, which an interpreter may change."""
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, _COPY_DEPTH))
        try:
            return copy.deepcopy(self)
        finally:
            sys.setrecursionlimit(before)

    def place(self, line: int | None) -> tuple[str, int | None]:
        """The path, with the cell if it is a notebook, and the line in it."""
        return _place(self.path, self.cells, line)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The texts of its own file, under no name, and of those that replace imported ones."""
        return (("", self.text), *self.imported)

    def lines_of(self, file: str) -> list[str]:
        """The lines of a file, by its name in equations: its own, or one that it imports."""
        path = self.path_in_folder(file)
        return dict(self.texts).get("" if path == self.path.name else path, "").split("\n")

    def path_in_folder(self, file: str) -> str:
        """The path of a file in the script's folder; its whole path if it is outside."""
        return _path_in(self.path.parent, file) if file else ""

    def imported_file(self, file: str) -> str:
        """The path of an imported file in the script's folder; empty for the script's own."""
        path = self.path_in_folder(file)
        return "" if path == self.path.name else path

    def cell_of(self, line: int) -> int:
        """The number of a line's cell; 0 if it is not a notebook."""
        return next((cell.number for cell in reversed(self.cells) if line > cell.before), 0)

    def line_at(self, cell: int, line: int) -> int:
        """A line that a person names, counted through all cells: `cell` is 0 if none is named, as in a file.

        ScriptError if there is no such line.
        """
        starts = {each.number: each.before for each in self.cells} or {0: 0}
        ends = [*sorted(starts.values()), self.text.count("\n") + 1]
        if (
            cell not in starts
            or not 0 < line <= min(end for end in ends if end > starts[cell]) - starts[cell]
        ):
            raise self.error(None, fill(messages.NO_LOOP_HERE, loops=self.loops_told))
        return starts[cell] + line

    @property
    def loops_told(self) -> str:
        """The lines of all its loops, as a person names them: 34, in a notebook cell 3:12."""
        lines = sorted(node.lineno for node in ast.walk(self.tree) if isinstance(node, ast.For | ast.While))
        told = [self.short_place(line) for line in dict.fromkeys(lines)]
        return ", ".join(told[:MAX_LOOPS_LISTED]) or fill(messages.NO_LOOPS)

    @property
    def imports_own(self) -> bool:
        """Whether it may import files of its folder."""
        imports = [node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in imports for alias in node.names}
        names |= {node.module or "." for node in imports if isinstance(node, ast.ImportFrom)}
        tops = {name.split(".")[0] for name in names}
        folder = self.path.parent
        own = any((folder / f"{top}.py").exists() or (folder / top).is_dir() for top in tops)
        return bool(self.imported) or (own and not self.is_closed)

    def has_loop_at(self, line: int) -> bool:
        """Whether a loop begins at a line of its own."""
        return any(
            isinstance(node, ast.For | ast.While) and node.lineno == line for node in ast.walk(self.tree)
        )

    def named_place(self, line: int) -> str:
        """A line with the file's name: homework.py:34, homework.ipynb:cell 3:12."""
        return fill(messages.NAMED_PLACE, file=one_line(self.path.name), place=self.short_place(line))

    def short_place(self, line: int) -> str:
        """A line without the file: 34, in a notebook cell 3:12."""
        cell = self.cell_of(line)
        _, there = self.place(line)
        return fill(messages.LINE_OF_CELL, cell=cell, line=there) if cell else f"{line}"

    def line_in_name(self, line: int) -> str:
        """A line as names of values have it: `h:34`, in a notebook with the cell, `h:3:12`."""
        cell = self.cell_of(line)
        _, there = self.place(line)
        return f"{cell}:{there}" if cell else f"{line}"

    def error(self, line: int | None, message: str, kind: Any = "refused") -> ScriptError:
        """The error for a line of this script."""
        path, line = self.place(line)
        return ScriptError(path, line, one_line(message), kind)


def read_source(path: Path) -> Source:
    """Read and parse a script or notebook. ScriptError if it can't be read or is not Python 3."""
    return source_from(path, _decode(path, read_bytes(path, MAX_SCRIPT_BYTES)))


def source_from(
    path: Path, text: str, is_closed: bool = False, imported: tuple[tuple[str, str], ...] = ()
) -> Source:
    """The source of a script or notebook, from its file's text."""
    found = _notebook(path, text) if path.suffix.lower() == ".ipynb" else parse_source(path, text)
    return replace(found, is_closed=is_closed, imported=imported)


def parse_source(path: Path, text: str) -> Source:
    """The source of a script, from its text."""
    return Source(path, text, _parse(path, text, (), 0))


@lru_cache(maxsize=256)
def _path_in(folder: Path, file: str) -> str:
    path, whole = Path(file).absolute(), folder.absolute()
    for base in (whole, whole.resolve()):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def _place(path: Path, cells: tuple[NotebookCell, ...], line: int | None) -> tuple[str, int | None]:
    shown = one_line(str(path))
    if line is None:
        return shown, None
    for cell in reversed(cells):
        if line > cell.before:
            return fill(messages.CELL, file=shown, number=cell.number), line - cell.before
    return shown, line


def _decode(path: Path, data: bytes) -> str:
    text, _ = decode_as(path, data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", " ")


def decode_as(path: Path, data: bytes) -> tuple[str, str]:
    """The text of a file, and its encoding. ScriptError if it is not text."""
    for encoding in ("utf-8-sig", "latin-1" if b"coding" in data[:200] else "utf-8-sig"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        has_mark = encoding != "latin-1" and data.startswith(codecs.BOM_UTF8)
        return text, encoding if has_mark or encoding == "latin-1" else "utf-8"
    raise ScriptError(one_line(str(path)), None, fill(messages.NOT_UTF_8), "unreadable")


def _parse(path: Path, text: str, cells: tuple[NotebookCell, ...], before: int) -> ast.Module:
    def failed(line: int | None, message: str) -> ScriptError:
        where, there = _place(path, cells, line + before if line else None)
        return ScriptError(where, there, one_line(message), "syntax")

    if _has_too_many_words(text):
        raise failed(None, fill(messages.TOO_MANY_PARTS, limit=MAX_PARTS))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            symtable.symtable(text, str(path), "exec")  # errors that Python finds in the scopes of names
    except SyntaxError as error:
        line = error.lineno
        if _is_python_2(text, error):
            raise failed(line, fill(messages.PYTHON_2)) from None
        if line and text.split("\n")[line - 1].lstrip().startswith(("%", "!")):
            raise failed(line, fill(messages.MAGIC)) from None
        raise failed(line, fill(messages.NOT_PYTHON, reason=error.msg)) from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise failed(None, fill(messages.TOO_NESTED, reason=type(error).__name__)) from None
    _check_nesting(tree, failed)
    return tree


def _has_too_many_words(text: str) -> bool:
    """Whether a text surely has too many parts, before a parser takes a hundred times its length for them."""
    if len(text) < 2 * MAX_WORDS:
        return False
    return sum(1 for _ in WORD.finditer(QUOTED.sub("", text))) > MAX_WORDS


def _is_python_2(text: str, error: SyntaxError) -> bool:
    lines = text.split("\n")
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    return bool(PYTHON_2.search(error.msg or "") or PYTHON_2_LINE.search(line))


def _check_nesting(tree: ast.Module, failed: Any) -> None:
    # The compiler recurses over the tree. A long sum or chain of elifs is deep, too, but far below this.
    level: list[ast.AST] = [tree]
    depth = count = 0
    while level:
        depth += 1
        count += len(level)
        if count > MAX_PARTS:
            raise failed(None, fill(messages.TOO_MANY_PARTS, limit=MAX_PARTS))
        if depth > MAX_NESTING * 5:
            line = next((node.lineno for node in level if isinstance(node, ast.expr | ast.stmt)), None)
            raise failed(line, fill(messages.TOO_NESTED_EXPRESSION))
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _notebook(path: Path, text: str) -> Source:
    try:
        document = json.loads(text)
        cells = document.get("cells")
        if cells is None:
            cells = [cell for sheet in document["worksheets"] for cell in sheet["cells"]]
        texts = [_cell_text(cell) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        message = fill(messages.NOT_A_NOTEBOOK)
        raise ScriptError(one_line(str(path)), None, message, "unreadable") from None
    if not any(text.strip() for text in texts):
        raise ScriptError(one_line(str(path)), None, fill(messages.NO_CODE_CELLS), "unreadable")
    return notebook_source(path, texts)


def notebook_source(path: Path, texts: list[str]) -> Source:
    """The source of a notebook, from its code cells' texts."""
    cells: list[NotebookCell] = []
    parts: list[str] = []
    tree = ast.Module(body=[], type_ignores=[])
    before = 0
    for number, raw in enumerate(texts, start=1):
        text = without_magics(raw)
        cells.append(NotebookCell(number, before))
        part = _parse(path, text, tuple(cells), before)
        ast.increment_lineno(part, before)
        tree.body += part.body
        parts.append(text)
        before += text.count("\n") + 1
    return Source(path, "\n".join(parts), tree, tuple(cells))


def _cell_text(cell: dict[str, Any]) -> str:
    text = cell["source"] if "source" in cell else cell["input"]
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        raise TypeError("expected text or lines of text")
    return "".join(text)


def without_magics(text: str) -> str:
    """A cell's text with IPython's magics and shell commands replaced by `pass`, line for line."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(CELL_MAGICS_WITH_CODE):
        return "\n" * (len(lines) - 1)
    return "\n".join(_without_magic(line) for line in lines)


def _without_magic(line: str) -> str:
    bare = line.strip()
    is_help = bool(re.fullmatch(r"[\w.]+\?{1,2}|\?{1,2}[\w.]+", bare))
    if is_help or re.match(r"%{1,2}[A-Za-z]|![\w./~\[]", bare):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line
