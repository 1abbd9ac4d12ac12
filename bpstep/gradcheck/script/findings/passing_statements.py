"""Statements that compute nothing and pass on the wrong thing: another entry of a list, another argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.gradcheck.script.text.statement_parts import line_with
from bpstep.lang.trees import int_literal
from bpstep.script.line_edits import Replaced
from bpstep.script.source import Source

_MAX_TRIED = 8

_Change = tuple[ast.expr, ast.expr, NamedMistake]
"""A part of a statement, what it may have to be, and the mistake."""


def passing_statements(verdict: ScriptVerdict, source: Source) -> Iterator[tuple[Finding, Replaced]]:
    """The statements near the lines of a pass that have no equation, each with one entry or argument changed,
    the later ones first; only where no single mistake explains what is wrong, or one in a function that may
    be given the wrong thing."""
    in_functions = (each for each in verdict.wrong if each.equation is not None and each.equation.call)
    if verdict.is_explained and all(each.right for each in in_functions):
        return
    changes = (
        (file, *each)
        for file in dict.fromkeys(each.file for each in verdict.equations)
        for each in _changes_in(file, verdict, source)
    )
    for file, line, text, mistake in islice(changes, _MAX_TRIED):
        kind, told = mistake.kind, mistake.sentence
        found = Finding(FindingKind.WRONG, None, line, kind, told, text.strip(), file=file)
        yield found, (line, 1, text, source.imported_file(file))


def _changes_in(file: str, verdict: ScriptVerdict, source: Source) -> Iterator[tuple[int, str, NamedMistake]]:
    """The changed lines of a file, each with its number and the mistake."""
    lines = source.lines_of(file)
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    computing = {each.line for each in verdict.equations if each.file == file}
    opening = {call.line for each in verdict.equations for call in each.call if call.script == file}
    objects = _objects(tree)
    for statement in reversed(_statements_beside(tree, computing | opening)):
        if statement.lineno in computing or statement.lineno != statement.end_lineno:
            continue
        whole = lines[statement.lineno - 1]
        indent = whole[: len(whole) - len(whole.lstrip())]
        near = sorted(objects, key=lambda name: min(abs(line - statement.lineno) for line in objects[name]))
        for part, changed, mistake in _changes(statement, near):
            text = line_with(lines, part, changed)
            if isinstance(changed, ast.Tuple):
                text = text.replace(_text(changed), _text(changed)[1:-1])
            if text:
                yield statement.lineno, indent + text, mistake


def _statements_beside(tree: ast.Module, lines: set[int]) -> list[ast.stmt]:
    """The assignments and calls in the blocks that contain some lines, and in branches, in the order of the
    text."""
    found: list[ast.stmt] = []
    for block in ast.walk(tree):
        if not isinstance(block, ast.For | ast.While | ast.FunctionDef | ast.If):
            continue
        body = block.body
        is_branch = isinstance(block, ast.If)
        if is_branch or not lines.isdisjoint(range(body[0].lineno, (body[-1].end_lineno or 0) + 1)):
            found += [each for each in body if isinstance(each, ast.Assign | ast.Expr)]
    return sorted(found, key=lambda each: each.lineno)


def _objects(tree: ast.Module) -> dict[str, list[int]]:
    """The variables of which attributes are read, each with the lines where."""
    found: dict[str, list[int]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name not in ("self", "np", "numpy"):
                found.setdefault(name, []).append(node.lineno)
    return found


def _changes(statement: ast.stmt, objects: Sequence[str]) -> Iterator[_Change]:
    """The parts of a statement that may be others: an entry by a variable, and one of some objects whose
    attribute a call is given."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Assign):
        yield from _swapped_targets(statement)
    for node in ast.walk(value) if isinstance(value, ast.AST) else ():
        match node:
            case ast.Subscript(value=ast.Name() as table, slice=ast.Name() | ast.BinOp() as index):
                for other in _beside(index):
                    changed = ast.Subscript(table, other, ast.Load())
                    yield node, changed, Mistake.OFF_BY_ONE.named(given=_text(node), expected=_text(changed))
            case ast.Call(args=args):
                for given in args:
                    for other in _others(given, objects):
                        mistake = Mistake.TENSOR_REPLACED.named(given=_text(given), expected=_text(other))
                        yield given, other, mistake


def _swapped_targets(statement: ast.Assign) -> Iterator[_Change]:
    """The names that a statement unpacks something into, with two neighbours swapped."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=names) as target], value=ast.Name() | ast.Attribute()):
            for at, (first, second) in enumerate(pairwise(names)):
                swapped = ast.Tuple([*names[:at], second, first, *names[at + 2 :]], ast.Store())
                yield target, swapped, Mistake.NAMES_SWAPPED.named(first=_text(first), second=_text(second))


def _beside(index: ast.expr) -> Iterator[ast.expr]:
    """The indices before and after another one: `i - 1` and `i + 1` for `i`, `i` for `i - 1`."""
    match index:
        case ast.Name():
            yield ast.BinOp(index, ast.Sub(), ast.Constant(1))
            yield ast.BinOp(index, ast.Add(), ast.Constant(1))
        case ast.BinOp(left=ast.Name() as name, op=ast.Add() | ast.Sub(), right=step) if (
            int_literal(step) == 1
        ):
            yield name


def _others(given: ast.expr, objects: Sequence[str]) -> Iterator[ast.expr]:
    """The same attribute of other objects: `a1.dinputs` for `a2.dinputs`."""
    match given:
        case ast.Attribute(value=ast.Name(id=own), attr=attribute):
            for name in objects:
                if name != own:
                    yield ast.Attribute(ast.Name(name, ast.Load()), attribute, ast.Load())


def _text(part: ast.expr) -> str:
    return ast.unparse(part)
