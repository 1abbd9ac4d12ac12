"""Statements in comments without which the pass is wrong."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.script.line_edits import Replaced
from bpstep.script.source import Source
from bpstep.text import fill

_MAX_TRIED = 4

_BESIDE = 3
"""The most lines between a comment and a line that ran."""

_COMMENT = re.compile(r"(\s*)#+\s*(\S.*)")


def commented_statements(verdict: ScriptVerdict, source: Source) -> Iterator[tuple[Finding, Replaced]]:
    """The statements in comments near the lines of a wrong pass, each with its line without the sign of a
    comment."""
    if verdict.is_right:
        return
    kind = next((each.mistake for each in verdict.wrong if each.mistake), MistakeKind.UNKNOWN)
    for file, line, text in islice(_statements(verdict, source), _MAX_TRIED):
        told = fill(messages.IN_A_COMMENT)
        by = next((each.by for each in verdict.wrong), "")
        found = Finding(FindingKind.WRONG, None, line, kind, told, text.strip(), file=file, by=by)
        yield found, (line, 1, text, source.imported_file(file))


def _statements(verdict: ScriptVerdict, source: Source) -> Iterator[tuple[str, int, str]]:
    """The file and line of each such statement, and its line as it should be."""
    for file in dict.fromkeys(each.file for each in verdict.equations):
        run = {each.line for each in verdict.equations if each.file == file}
        lines = source.lines_of(file)
        for at, line in enumerate(lines, 1):
            found = _COMMENT.fullmatch(line)
            if found is None or run.isdisjoint(range(at - _BESIDE, at + _BESIDE + 1)):
                continue
            target, is_changed = _target(found[2])
            near = lines[max(at - 1 - _BESIDE, 0) : at + _BESIDE]
            if target and (is_changed or not _is_set_in(near, target)):
                yield file, at, found[1] + found[2]


def _target(text: str) -> tuple[str, bool]:
    """What a statement sets or changes, and whether it changes it; empty for a text that is no statement, or
    sets nothing."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return "", False
    match body:
        case [ast.Assign(targets=[target], value=value)] if not isinstance(value, ast.Tuple):
            return ast.unparse(target), False
        case [ast.AugAssign(target=target)]:
            return ast.unparse(target), True
    return "", False


def _is_set_in(lines: Sequence[str], target: str) -> bool:
    """Whether a line sets the same: the comment is another version of it."""
    texts = [each.replace('"', "'").strip() for each in lines]
    return any(re.match(rf"{re.escape(target)}\s*=[^=]", each) for each in texts)
