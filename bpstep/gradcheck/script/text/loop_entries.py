"""Entries of lists as a loop's line writes them: by the loop's variable, or by the name it gives an entry.

In a line that reads `W[l]`, which is W[2] in one run, a[3] is `a[l + 1]`; where a loop begins with
`for W, a in zip(Ws, acts)`, acts[2] is `a`. Both are guesses: only the script itself, run with the line,
shows whether they hold for every run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bpstep.gradcheck.script.text.text_lines import last_part

_ENTRY = re.compile(r"([\w.]*\w)\[(-?\d+)\](?![\w\[])")
"""An entry of a list in the name of a tensor."""


@dataclass(frozen=True)
class _Index:
    """An index `variable + offset`, or `-variable + offset` from the end of the list."""

    variable: str
    offset: int
    is_from_end: bool


def list_lengths(names: Iterable[str]) -> dict[str, int]:
    """The lengths of lists as far as names of their entries are known, by the last parts of their names."""
    found: dict[str, int] = {}
    for each in (entry for name in names for entry in _ENTRY.finditer(name)):
        list_name = last_part(each[1])
        found[list_name] = max(found.get(list_name, 0), int(each[2]) + 1)
    return found


def by_variable(
    name: str, statement: ast.stmt, texts: Iterable[str], lengths: Mapping[str, int]
) -> ast.expr | None:
    """An entry by the variable in the indices of a statement; None if there is none, or if it is unclear.

    `texts` are the entries that the statement reads and writes in one run, by their names in the pass.
    """
    entries: dict[str, set[int]] = {}
    for each in (found for text in texts for found in _ENTRY.finditer(text)):
        entries.setdefault(last_part(each[1]), set()).add(int(each[2]))
    values: dict[tuple[str, bool], set[int]] = {}
    for list_name, index in _indices(statement):
        end = lengths.get(list_name, 0) if index.is_from_end else 0
        sign = -1 if index.is_from_end else 1
        given = {sign * (at - end - index.offset) for at in entries.get(list_name, ())}
        key = index.variable, index.is_from_end
        values[key] = values.get(key, given) & given
    known = [(*key, at) for key, there in values.items() if len(there) == 1 for at in there]
    wanted = _ENTRY.fullmatch(name)
    if wanted is None or len(known) != 1:
        return None
    variable, is_from_end, value = known[0]
    at = int(wanted[2])
    offset = at - lengths.get(last_part(wanted[1]), 0) + value if is_from_end else at - value
    variable = f"-{variable}" if is_from_end else variable
    shift = f" {'-' if offset < 0 else '+'} {abs(offset)}" if offset else ""
    return ast.parse(f"{wanted[1]}[{variable}{shift}]", mode="eval").body


def _indices(statement: ast.stmt) -> Iterator[tuple[str, _Index]]:
    """The lists that a statement indexes by a variable, by their last names."""
    for node in ast.walk(statement):
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name | ast.Attribute):
            continue
        list_name = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        offset, inner = 0, node.slice
        match inner:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int() as by)):
                offset, inner = (by if isinstance(op, ast.Add) else -by), left
        match inner:
            case ast.Name(id=variable):
                yield list_name, _Index(variable, offset, False)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=variable)):
                yield list_name, _Index(variable, offset, True)


def taken_as(name: str, loops: Iterable[ast.For | ast.comprehension]) -> ast.expr | None:
    """The name that a loop gives the entry that it takes from a list; None if none does, or several."""
    found = _ENTRY.fullmatch(name)
    wanted = last_part(found[1]) if found else ""
    targets = [
        target
        for loop in loops
        for target, taken in _taken(loop.target, loop.iter)
        if wanted and _list_name(taken) == wanted and isinstance(target, ast.Name)
    ]
    return ast.Name(targets[0].id, ast.Load()) if len(targets) == 1 else None


def _taken(target: ast.expr, iterated: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of a loop with the lists that they are taken from."""
    match target, iterated:
        case ast.Tuple(elts=[_, inner]), ast.Call(func=ast.Name(id="enumerate"), args=[each, *_]):
            yield from _taken(inner, each)
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=lists):
            for one, each in zip(targets, lists):
                yield from _taken(one, each)
        case _, ast.Call(func=ast.Name(id="reversed" | "list" | "tuple"), args=[each]):
            yield from _taken(target, each)
        case _:
            yield target, iterated


def _list_name(taken: ast.expr) -> str:
    match taken:
        case ast.Subscript(value=inner, slice=ast.Slice()):
            return _list_name(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
