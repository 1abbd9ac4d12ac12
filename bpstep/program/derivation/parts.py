"""Equations that are too long for one line, cut at the joints of their tree."""

from __future__ import annotations

import ast
import re

from bpstep.program.derivation.names import DeltaNames

_WIDTH = 84
"""A right-hand side has at most so many characters, where it can be cut at all,"""
LINE = 92
"""and the whole equation so many."""

_ROOM = "_partXX"


def fits_line(name: str, source: str) -> bool:
    """True where an equation stands on one line."""
    return len(source) <= _WIDTH and len(name) + len(source) + 3 <= LINE


def split(name: str, source: str, names: DeltaNames) -> tuple[list[tuple[str, str]], str]:
    """Named parts, in the order in which they are computed, and the right-hand side that is left."""
    if fits_line(name, source):
        return [], source
    found: list[tuple[str, str]] = []
    rest = _cut(name, source, name, found)
    given = {before: names.part(name) for before, _ in found}

    def named(text: str) -> str:
        return re.sub(rf"\b{name}_part\d+X\b", lambda met: given[met[0]], text)

    return [(given[before], named(text)) for before, text in found], named(rest)


def _cut(name: str, source: str, stem: str, found: list[tuple[str, str]]) -> str:
    """Cut parts out until the rest fits; they get names for the time being."""
    while not fits_line(name, source):
        place = _best(source, len(stem) + len(_ROOM))
        if place is None:
            break
        text = source[slice(*place)]
        part = f"{stem}_part{sum(1 for _ in found)}X"
        inner = _cut(part, text, stem, found)
        part = f"{stem}_part{len(found)}X"
        found.append((part, inner))
        if _is_closed(source, text):
            source = source.replace(text, part)
        else:
            start, end = _without_parentheses(source, *place)
            source = source[:start] + part + source[end:]
    return source


def _without_parentheses(source: str, start: int, end: int) -> tuple[int, int]:
    """The place with the parentheses around it, which a name does not need; those of a call stay."""
    while start and source[start - 1] == "(" and source[end : end + 1] == ")":
        before = source[start - 2] if start > 1 else " "
        if before.isalnum() or before in "_])":
            break
        start, end = start - 1, end + 1
    return start, end


def _is_closed(source: str, text: str) -> bool:
    """True for a call that stands in several places, which no operator beside it can tear."""
    called = text.split("(")[0]
    return (
        called.isidentifier() and _closes_last(text) and len(re.findall(rf"\b{re.escape(text)}", source)) > 1
    )


def _closes_last(text: str) -> bool:
    """True where the first parenthesis is closed by the last character."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and not depth:
            return at == len(text) - 1
    return False


def _best(source: str, room: int) -> tuple[int, int] | None:
    """The part to cut out so that the longer of both lines becomes shortest; a name takes `room`."""
    tree = ast.parse(source, mode="eval").body
    best: tuple[int, int] | None = None
    shortest = len(source)
    for node in ast.walk(tree):
        if node is tree or not isinstance(
            node, ast.BinOp | ast.Call | ast.Subscript | ast.UnaryOp | ast.Compare
        ):
            continue
        start, end = node.col_offset, node.end_col_offset or 0
        text = source[start:end]
        count = source.count(text) if _is_closed(source, text) else 1
        rest = len(source) - count * (len(text) - room)
        longest = max(len(text), rest)
        if len(text) > room and longest < shortest:
            best, shortest = (start, end), longest
    return best
