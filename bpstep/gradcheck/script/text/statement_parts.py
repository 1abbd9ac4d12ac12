"""Parts of statements that are written over several lines: the line of a part, and that line changed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bpstep.script.source import Source


def statement_over_lines(source: Source, file: str, line: int, written: str) -> ast.stmt | None:
    """The statement over several lines that begins at a line of a file, as it stands there.

    `written` is the statement joined to one line. None for a statement of one line, for one that is another,
    and for a loop or a definition.
    """
    is_own = not file or source.path_in_folder(file) == source.path.name
    try:
        tree = source.tree if is_own else ast.parse("\n".join(source.lines_of(file)))
        (joined,) = ast.parse(written.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    wanted = ast.dump(joined)
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or node.lineno != line or hasattr(node, "body"):
            continue
        if (node.end_lineno or 0) > line and ast.dump(node) == wanted:
            return node
    return None


def part_in(statement: ast.stmt, joined: ast.stmt, part: ast.expr) -> ast.expr | None:
    """The part of a statement that is `part` in the same statement joined to one line."""
    for node, other in zip(ast.walk(statement), ast.walk(joined)):
        if other is part and isinstance(node, ast.expr):
            return node
    return None


def part_changed_in(statement: ast.stmt, right: str) -> tuple[ast.expr, ast.expr] | None:
    """The least part in which a statement differs from the right one, and that part as it should read; None
    if they differ in several parts, or in more than an expression."""
    try:
        (other,) = ast.parse(right.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: tuple[ast.expr, ast.expr] | None = None
    one: ast.AST = statement
    two: ast.AST = other
    while type(one) is type(two):
        different = [pair for pair in _children(one, two) if ast.dump(pair[0]) != ast.dump(pair[1])]
        if len(different) != 1 or not _is_same_beside(one, two):
            break
        one, two = different[0]
        if isinstance(one, ast.expr) and isinstance(two, ast.expr):
            found = one, two
    return found


def line_of_change(lines: list[str], part: ast.expr, changed: ast.expr) -> int:
    """The line of a part that should read otherwise; of a sum with another sign, the line of the sign."""
    match part, changed:
        case ast.BinOp(left=left, right=right), ast.BinOp(left=other_left, right=other_right):
            same = [ast.dump(left) == ast.dump(other_left), ast.dump(right) == ast.dump(other_right)]
            end = left.end_lineno or left.lineno
            if all(same) and right.lineno > end:
                after = lines[end - 1].encode()[left.end_col_offset :].decode().split("#")[0]
                return end if after.strip(" )\\") else right.lineno
    return part.lineno


def _children(one: ast.AST, two: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    return zip(ast.iter_child_nodes(one), ast.iter_child_nodes(two))


def _is_same_beside(one: ast.AST, two: ast.AST) -> bool:
    """Whether two nodes of one type have the same names and as many parts."""

    def bare(value: object) -> object:
        if isinstance(value, list):
            return [bare(each) for each in value]
        return isinstance(value, ast.AST) or value

    return all(bare(getattr(one, each, None)) == bare(getattr(two, each, None)) for each in one._fields)


def line_with(lines: list[str], part: ast.expr, changed: ast.expr) -> str:
    """The line of a part with another expression in its place; empty if the part goes over several lines."""
    if part.end_lineno != part.lineno or not 0 < part.lineno <= len(lines):
        return ""
    whole = lines[part.lineno - 1].encode()
    before, after = whole[: part.col_offset].decode(), whole[part.end_col_offset :].decode()
    if after.startswith(")") and re.search(r"(?:^|[^\w\])])\($", before):
        before, after = before[:-1], after[1:]
    text = ast.unparse(changed).replace(" ** ", "**")
    is_alone = not isinstance(changed, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.BoolOp)
    bare_before, bare_after = before.rstrip(), after.split("#")[0].strip()
    stands_free = bare_before.endswith((":", ",", "(", "[", "{", "=", "return")) or not bare_before
    ends_free = not bare_after or bare_after[0] in ",)]}"
    return (before + (text if is_alone or (stands_free and ends_free) else f"({text})") + after).strip()
