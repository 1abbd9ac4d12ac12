"""Mistakes planted in whole scripts are named by their line and kind, and the proposed line mends them."""

import ast

import pytest
from planted_scripts import NAMES, checked, kept, planted_script

from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.gradcheck.script.report import parameter_rows

NOTES = {FindingKind.OTHER_LOSS, FindingKind.OTHER_SCALE}
"""Kinds of changes that make no line wrong, but are told."""


def with_line(text, found):
    """The script in which the statement that is accused is the one that is proposed."""
    lines = text.split("\n")
    nodes = ast.walk(ast.parse(text))
    (old,) = (node for node in nodes if isinstance(node, ast.stmt) and node.lineno == found.line)
    lines[old.lineno - 1 : old.end_lineno] = [" " * old.col_offset + found.right]
    return "\n".join(lines)


def is_same(one, other):
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_mistake_is_named_and_the_line_that_is_proposed_mends_it(name, tmp_path):
    script = planted_script(name)

    def agrees(verdict):
        assert {each.kind for each in verdict.findings} <= {FindingKind.NOT_LEARNING}
        rows = [(name, told) for name, _, _, told in parameter_rows(verdict)][1:]
        assert rows == [(name, "agrees") for name in script.parameters]

    right = checked(script.right, tmp_path)
    agrees(right.verdict)
    told = ["\n".join(right.right_told())]
    for each in script.mistakes:
        found_in = checked(each.text, tmp_path)
        verdict = found_in.verdict
        told.append("\n".join(found_in.findings_told()))
        if each.kind in NOTES:
            assert verdict.ok
            assert next(one.line for one in verdict.findings if one.kind == each.kind) in each.lines
            continue
        assert {one.line for one in verdict.wrong} <= each.lines, told[-1]
        found = verdict.wrong[0]
        assert found.mistake == each.kind, told[-1]
        if found.right and not is_same(mended := with_line(each.text, found), script.right):
            agrees(checked(mended, tmp_path).verdict)
    assert told == kept()[name], "changed: python -m tests.planted_scripts, and read what it writes"
