"""The heads of loops that may be wrong: those that should run backwards, or one time more."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from bpstep.explain.mistakes import Mistake, MistakeKind, NamedMistake
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import int_literal
from bpstep.script.line_edits import Replaced
from bpstep.script.source import Source

_MAX_TURNED, _MAX_LONGER = 2, 6
"""How many loops are tried backwards, and how many heads that run once more."""


@dataclass(frozen=True)
class _Head:
    """The first line of a loop."""

    file: str
    line: int
    text: str
    """The line with another head."""
    mistake: NamedMistake


def other_loops(verdict: ScriptVerdict, source: Source) -> Iterator[tuple[Finding, Replaced]]:
    """The loops with another head each, if no single mistake explains what is wrong."""
    heads: list[_Head] = []
    if not verdict.is_explained and all(each.mistake is MistakeKind.UNKNOWN for each in verdict.wrong):
        heads += islice(_turned(verdict, source), _MAX_TURNED)
    if any(not each.sentence and not each.right for each in verdict.wrong) or not verdict.is_explained:
        heads += islice(_longer(verdict, source), _MAX_LONGER)
    elif any(each.mistake is MistakeKind.NEVER_UPDATED and not each.right for each in verdict.wrong):
        # What a list leaves out is told as such.
        ranges = (each for each in _longer(verdict, source) if "range(" in each.text)
        heads += islice(ranges, _MAX_LONGER)
    for head in heads:
        mistake, right = head.mistake, head.text.strip()
        found = Finding(
            FindingKind.WRONG, None, head.line, mistake.kind, mistake.sentence, right, file=head.file
        )
        yield found, (head.line, 1, head.text, source.imported_file(head.file))


def _turned(verdict: ScriptVerdict, source: Source) -> Iterator[_Head]:
    """The loops over a range around lines that ran several times, the last first; only those around the wrong
    lines if there are any."""
    count = Counter((each.file, each.line) for each in verdict.equations)
    wrong = _wrong_lines(verdict)
    places = [each for each in dict.fromkeys(count) if count[each] > 1 and (not wrong or each in wrong)]
    seen: set[tuple[str, int]] = set()
    for file, line in reversed(places):
        around = [each for each in _loops(file, source) if _is_in(line, each)]
        loop = max(around, key=lambda each: each.lineno, default=None)
        match loop:
            case ast.For(iter=ast.Call(func=ast.Name(id="range")) as taken):
                text = _with_head(file, loop, f"reversed({ast.unparse(taken)})", source)
                if text and (file, loop.lineno) not in seen:
                    seen.add((file, loop.lineno))
                    yield _Head(file, loop.lineno, text, Mistake.LOOP_FORWARDS.named())


def _longer(verdict: ScriptVerdict, source: Source) -> Iterator[_Head]:
    """The loops that leave out a first or last time, with a head that does not: those around the wrong lines
    first, the later ones first."""
    wrong = _wrong_lines(verdict)
    lines = {(each.file, each.line) for each in verdict.equations}
    found: list[tuple[bool, ast.For, str]] = []
    for file in dict.fromkeys(file for file, _ in lines):
        own = {line for each, line in lines if each == file}
        for loop in _loops(file, source):
            within = {line for line in own if _is_in(line, loop)}
            # A loop around everything leaves out samples.
            if within and (within < own or len(lines) > len(own)):
                found.append((any((file, line) in wrong for line in within), loop, file))
    found.sort(key=lambda each: (each[0], each[1].lineno), reverse=True)
    for _, loop, file in found:
        given = ast.unparse(loop.iter)
        for expected in heads_with_one_more(given):
            text = _with_head(file, loop, expected, source)
            if text:
                mistake = Mistake.OFF_BY_ONE.named(given=given, expected=expected)
                yield _Head(file, loop.lineno, text, mistake)


def heads_with_one_more(head: str) -> Iterator[str]:
    """What a loop takes, with one more at its end or its beginning, where its author left that out:
    `range(n)` for `range(n - 1)`."""
    yield from map(ast.unparse, _one_more(ast.parse(head, mode="eval").body))


def _one_more(taken: ast.expr) -> Iterator[ast.expr]:
    match taken:
        case ast.Call(func=ast.Name(id="reversed" | "enumerate" | "list" | "zip"), args=args):
            for each in args:
                yield from (replaced(taken, each, other) for other in _one_more(each))
        case ast.Call(func=ast.Name(id="range"), args=[start, end, step]) if int_literal(step) == -1:
            yield from (replaced(taken, start, other) for other in _one_less(start, ast.Sub))
            yield from (replaced(taken, end, other) for other in _one_less(end, ast.Add, 0))
        case ast.Call(func=ast.Name(id="range"), args=[*starts, end]) if len(starts) < 2:
            yield from (replaced(taken, end, other) for other in _one_less(end, ast.Sub))
            for start in starts:
                yield from (replaced(taken, start, other) for other in _one_less(start, ast.Add, 1))
                if int_literal(start) == 1 and isinstance(end, ast.Name):
                    # Who counts from 1 may mean to count up to the number itself.
                    yield replaced(taken, end, ast.BinOp(end, ast.Add(), ast.Constant(1)))
        case ast.Subscript(value=whole, slice=ast.Slice(lower=None, upper=ast.expr() as upper, step=None)):
            yield from [whole] if int_literal(upper) == -1 else []
        case ast.Subscript(value=whole, slice=ast.Slice(lower=ast.expr() as lower, upper=None, step=None)):
            yield from [whole] if int_literal(lower) == 1 else []


def _one_less(bound: ast.expr, operator: type[ast.operator], least: int | None = None) -> Iterator[ast.expr]:
    """A bound without the 1 that it adds or subtracts; a plain number, from `least` on, as the one below."""
    number = int_literal(bound)
    match bound:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, operator):
            step = int_literal(right) or 0
            if step == 1:
                yield left
            elif step > 1:
                yield ast.BinOp(left, op, ast.Constant(step - 1))
        case _ if number is not None and least is not None and number >= least:
            yield ast.Constant(number - 1)


def _wrong_lines(verdict: ScriptVerdict) -> Collection[tuple[str, int]]:
    return {(each.file or each.equation.file, each.line) for each in verdict.wrong if each.equation}


def _loops(file: str, source: Source) -> list[ast.For]:
    """The `for` statements of a file whose text can be parsed."""
    try:
        tree = ast.parse(dict(source.texts).get(source.imported_file(file), ""))
    except SyntaxError:
        return []
    return [each for each in ast.walk(tree) if isinstance(each, ast.For)]


def _is_in(line: int, loop: ast.For) -> bool:
    return loop.lineno < line <= (loop.end_lineno or 0)


def _with_head(file: str, loop: ast.For, expected: str, source: Source) -> str:
    """The first line of a loop with what it should take; empty if what it takes is not all there."""
    taken = loop.iter
    if not taken.lineno == taken.end_lineno == loop.lineno:
        return ""
    whole = dict(source.texts)[source.imported_file(file)].split("\n")[loop.lineno - 1].encode()
    return (whole[: taken.col_offset] + expected.encode() + whole[taken.end_col_offset :]).decode()
