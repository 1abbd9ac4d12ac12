"""The lines that are proposed as right, each tried in the wrong one's place.

The script is read again with them. A line is proposed only if it runs there, and if the check then agrees.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from bpstep.errors import BpstepError
from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck.script.findings.commented_statements import commented_statements
from bpstep.gradcheck.script.findings.loop_heads import other_loops
from bpstep.gradcheck.script.findings.passing_statements import passing_statements
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.line_edits import Replaced, statement_at, with_lines
from bpstep.script.source import Source

_MAX_ALONE = 4
"""How many lines are tried one by one, if not all of them together agree."""


def with_tried_lines(
    verdict: ScriptVerdict, source: Source, judged_with: Callable[[Source], ScriptVerdict]
) -> ScriptVerdict:
    """The verdict without the right lines that do not make the check agree, or without what has no line if
    they make all of it agree.

    `judged_with` gives the verdict on the script with another text; BpstepError if that does not run.
    """
    proposed = [each for each in verdict.wrong if each.right]
    if not proposed or _are_right(verdict, proposed, source, judged_with):
        return _with_lines_alone(verdict, proposed, source, judged_with)
    alone = proposed[:_MAX_ALONE] if len(proposed) > 1 else []
    kept = [each for each in alone if _are_right(verdict, [each], source, judged_with)]
    findings = tuple(
        replace(each, right="") if each in proposed and each not in kept else each
        for each in verdict.findings
    )
    return replace(verdict, findings=findings)


def _with_lines_alone(
    verdict: ScriptVerdict,
    proposed: Sequence[Finding],
    source: Source,
    judged_with: Callable[[Source], ScriptVerdict],
) -> ScriptVerdict:
    """The verdict without the parameters that no line explains, if the right lines together do."""
    lines = tuple(each for each in verdict.findings if each.kind is not FindingKind.NOT_FOUND)
    if len(lines) == len(verdict.findings):
        return verdict
    after = _verdict_with(proposed, source, judged_with)
    is_all = after is not None and after.is_right and after.is_checked
    return replace(verdict, findings=lines) if is_all else verdict


def with_one_cause(
    verdict: ScriptVerdict, source: Source, judged_with: Callable[[Source], ScriptVerdict]
) -> ScriptVerdict:
    """The verdict with one line in place of the wrong ones, where nothing is wrong once that line is changed.

    It may add what it should subtract, as `error = y + output`, and turn several signs, be in a comment, or
    be the head of a loop that should run backwards or once more. `judged_with` gives the verdict on the
    script with another text; BpstepError if that does not run.
    """
    causes = (
        _sums(verdict, source),
        commented_statements(verdict, source),
        other_loops(verdict, source),
    )
    return _with_first(verdict, chain.from_iterable(causes), source, judged_with)


def with_passed_on(
    verdict: ScriptVerdict, source: Source, judged_with: Callable[[Source], ScriptVerdict]
) -> ScriptVerdict:
    """The verdict with one statement that passes on the wrong thing in place of the wrong lines, where
    nothing is wrong once that is changed; as `with_one_cause`, but after the right lines are tried."""
    return _with_first(verdict, passing_statements(verdict, source), source, judged_with)


def _with_first(
    verdict: ScriptVerdict,
    causes: Iterable[tuple[Finding, Replaced]],
    source: Source,
    judged_with: Callable[[Source], ScriptVerdict],
) -> ScriptVerdict:
    """The verdict with the first of several findings alone after whose replacement nothing is wrong."""
    for found, replaced in causes:
        try:
            after = judged_with(with_lines(source, [replaced]))
        except BpstepError:
            continue
        if after.is_right and after.is_checked:
            told = (FindingKind.WRONG, FindingKind.NOT_FOUND)
            others = tuple(each for each in verdict.findings if each.kind not in told)
            return replace(verdict, findings=(found, *others))
    return verdict


def _sums(verdict: ScriptVerdict, source: Source) -> Iterator[tuple[Finding, Replaced]]:
    """The lines that add two tensors, with the difference in place of the sum, if several signs are wrong."""
    if len(verdict.wrong) < 2 or any(each.mistake is not MistakeKind.SIGN for each in verdict.wrong):
        return
    for equation in filter(_adds_tensors, verdict.equations):
        (target, _, value) = equation.written.partition(" = ")
        right = f"{target} = {value.replace(' + ', ' - ', 1)}"
        mistake = Mistake.ADDED.named(part=value.rpartition(" + ")[2].strip("() "))
        kind, line = FindingKind.WRONG, equation.line
        found = Finding(kind, equation, line, mistake.kind, mistake.sentence, right, by=verdict.wrong[0].by)
        replaced = _replaced(found, source)
        if replaced is not None:
            yield found, replaced


def _adds_tensors(equation: ScriptEquation) -> bool:
    """Whether an equation is the sum of two tensors, and its statement only that."""
    try:
        tree = ast.parse(re.sub(r":\d+", "", equation.source), mode="eval").body
    except SyntaxError:
        return False
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add)
    parts = [tree.left, tree.right] if is_sum else []  # type: ignore[attr-defined]
    is_plain = equation.written.count(" = ") == 1 and equation.written.count(" + ") == 1
    return is_plain and bool(parts) and all(isinstance(each, ast.Name | ast.Attribute) for each in parts)


def _are_right(
    verdict: ScriptVerdict,
    proposed: Sequence[Finding],
    source: Source,
    judged_with: Callable[[Source], ScriptVerdict],
) -> bool:
    """Whether nothing is wrong with some lines in their places, but for what is wrong beside them."""
    try:
        after = _verdict_with(proposed, source, judged_with)
    except BpstepError:
        return False
    if after is None:
        return True
    others = {_place(each, source) for each in verdict.wrong} - {_place(each, source) for each in proposed}
    if not set(after.unchecked_parameters) <= set(verdict.unchecked_parameters):
        return False
    if verdict.is_checked and not after.is_checked:
        return False
    if not others and all(each.kind is not FindingKind.NOT_FOUND for each in verdict.findings):
        return after.is_right
    if verdict.wrong_parameters:
        return set(after.wrong_parameters) < set(verdict.wrong_parameters)
    return {_place(each, source) for each in after.wrong} <= others


def _verdict_with(
    proposed: Sequence[Finding], source: Source, judged_with: Callable[[Source], ScriptVerdict]
) -> ScriptVerdict | None:
    """The verdict with some lines in their places; None if one can't be tried, because it stands where no
    statement begins, as in the head of a loop. BpstepError if they do not run."""
    tried = source
    for each in proposed:
        # One after the other, because several may stand on one line.
        line = _replaced(each, tried)
        if line is None:
            return None
        tried = with_lines(tried, [line])
    return judged_with(tried)


def _replaced(finding: Finding, source: Source) -> Replaced | None:
    """The replacement of a finding's line by the right one; None where no statement begins there."""
    found = statement_at(source, finding.line, finding.statement(source), finding.imported_file(source))
    return None if found is None else found.replaced(finding.right)


def _place(finding: Finding, source: Source) -> tuple[str, int]:
    return finding.imported_file(source), finding.line
