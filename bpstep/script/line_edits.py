"""Lines of a script that a person replaces: the statement that stands there, and the text with another.

Each line keeps its number: where a statement of several lines is replaced, empty lines fill its place.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from bpstep.errors import BpstepError
from bpstep.script import messages
from bpstep.script.source import Source, notebook_source, parse_source
from bpstep.text import fill

_MAX_LINE_LENGTH = 10_000

Replaced = tuple[int, int, str, str]
"""The first line, how many lines, the line that replaces them, and their imported file; empty for the
script's own.
"""

_ASSIGNED = re.compile(r"\s*(?:\*\*|//|<<|>>|[-+*/@%&|^])?=\s*")


@dataclass(frozen=True)
class Statement:
    """A statement of a script, and what else is on its lines."""

    line: int
    count: int
    """Its lines."""
    before: str
    """The text before it on its first line: the indentation, or another statement."""
    text: str
    """The statement joined to one line."""
    after: str
    """The text after it on its last line: a comment, or another statement."""
    file: str = ""
    """Its imported file; empty for the script's own."""

    def replaced(self, typed: str) -> Replaced:
        """Its lines with another statement in its place, or with another right-hand side.

        BpstepError if the typed text is not a line of Python.
        """
        check_line(typed)
        text = typed.strip()
        head = self._head() if _is_expression(text) else ""
        return self.line, self.count, f"{self.before}{head}{text}{self.after}", self.file

    def _head(self) -> str:
        """The text before the right-hand side: `dW = `, `W -= `, `return `; empty if there is none."""
        node = _parsed(self.text)[0]
        match node:
            case ast.Return():
                return "return "
            case ast.Assign():
                end = node.targets[-1].end_col_offset
            case ast.AugAssign():
                end = node.target.end_col_offset
            case ast.AnnAssign():
                end = node.annotation.end_col_offset
            case _:
                return ""
        raw = self.text.encode()
        sign = _ASSIGNED.match(raw[end:].decode())
        return raw[:end].decode() + sign[0] if sign else ""


def check_line(typed: str) -> None:
    """BpstepError if a text alone is not a line of Python."""
    if len(typed) > _MAX_LINE_LENGTH:
        raise BpstepError(fill(messages.LINE_TOO_LONG, limit=_MAX_LINE_LENGTH))
    try:
        _parsed(typed.strip())
    except SyntaxError as error:
        raise BpstepError(fill(messages.NOT_PYTHON, reason=error.msg)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise BpstepError(fill(messages.NOT_PYTHON, reason=type(error).__name__)) from None


def statement_at(source: Source, line: int, written: str = "", file: str = "") -> Statement | None:
    """The statement that begins at a line: of several, the one that is `written` so. Also the head of a
    block, and a comment, where that is all of the line.

    `file` is an imported one; empty for the script's own. None for any other line.
    """
    if file:
        text = dict(source.imported).get(file)
        if text is None:
            return None
        source = parse_source(source.path.parent / file, text)
    found = [node for node in _statements(source.tree) if node.lineno == line]
    if not found:
        return _head_or_comment(source, line, file)
    made = [dataclasses.replace(_statement(source, node), file=file) for node in found]
    return next((each for each in made if each.text == written), made[0])


def _head_or_comment(source: Source, line: int, file: str) -> Statement | None:
    lines = source.text.split("\n")
    whole = lines[line - 1] if 0 < line <= len(lines) else ""
    text = whole.lstrip()
    heads = (node for node in ast.walk(source.tree) if getattr(node, "lineno", 0) == line)
    is_head = any(
        isinstance(node, ast.stmt) and node.body[0].lineno > line for node in heads if _has_block(node)
    )
    if not is_head and not text.startswith("#"):
        return None
    return Statement(line, 1, whole[: len(whole) - len(text)], text.rstrip(), "", file)


def _has_block(node: ast.AST) -> TypeGuard[ast.For | ast.While | ast.If | ast.With]:
    return isinstance(node, ast.For | ast.While | ast.If | ast.With)


def with_lines(source: Source, replaced: Sequence[Replaced]) -> Source:
    """The script with lines replaced, read again. BpstepError if Python can't read it."""
    texts = {file: "\n".join(_lines_with(text, replaced, file)) for file, text in source.texts}
    own = texts.pop("")
    imported = tuple(texts.items())
    if own == source.text:
        return dataclasses.replace(source, imported=imported)
    lines = own.split("\n")
    if source.cells:
        ends = [*(cell.before for cell in source.cells[1:]), len(lines)]
        cells = ["\n".join(lines[cell.before : end]) for cell, end in zip(source.cells, ends)]
        made = notebook_source(source.path, cells)
    else:
        made = parse_source(source.path, own)
    return dataclasses.replace(made, is_closed=source.is_closed, imported=imported)


def _lines_with(text: str, replaced: Sequence[Replaced], file: str) -> list[str]:
    """The lines of a file with its replaced lines. BpstepError if it has no such lines."""
    lines = text.split("\n")
    for line, count, new, where in replaced:
        if where != file:
            continue
        if not 1 <= line <= line + count - 1 <= len(lines) or re.search("[\n\r\f\0]", new):
            raise BpstepError(fill(messages.NO_SUCH_LINE, line=line, count=len(lines)))
        lines[line - 1 : line - 1 + count] = [new, *[""] * (count - 1)]
    return lines


def _parsed(text: str) -> list[ast.stmt]:
    """The statements of a line; the head of a block is one with an empty block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text).body
        except SyntaxError:
            if not re.search(r":\s*(#.*)?$", text):
                raise
            head = text.split("#")[0]
            return ast.parse(f"{head} pass").body


def _is_expression(text: str) -> bool:
    body = _parsed(text)
    return len(body) == 1 and isinstance(body[0], ast.Expr)


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement without a block of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and not isinstance(node, ast.Match):
            yield node


def _statement(source: Source, node: ast.stmt) -> Statement:
    lines = source.text.split("\n")
    end = node.end_lineno or node.lineno
    first, last = lines[node.lineno - 1].encode(), lines[end - 1].encode()
    before, after = first[: node.col_offset].decode(), last[node.end_col_offset :].decode()
    is_one_line = end == node.lineno
    text = first[node.col_offset : node.end_col_offset].decode() if is_one_line else ast.unparse(node)
    return Statement(node.lineno, end - node.lineno + 1, before, text, after)
