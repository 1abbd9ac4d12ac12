"""Phases and kinds of roles, layouts and stages are compared with members of enumerations, not with texts.

mypy finds a misspelt member, and a member of another enumeration; in a text it finds neither.
"""

import ast
import re
from pathlib import Path

import pytest

import bpstep

ROOT = Path(bpstep.__file__).parent

KIND = re.compile(r"(role|layout|stage|layouts\[.*\])\.kind$|(^|\.)phase$")


def texts(node):
    """The texts that an expression or a pattern is, or lists."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def texts_compared(source):
    """The texts that a kind is compared with, by an operator or by `match`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and KIND.search(ast.unparse(node.left)):
            found += [text for other in node.comparators for text in texts(other)]
        if isinstance(node, ast.Match) and KIND.search(ast.unparse(node.subject)):
            patterns = [inner for case in node.cases for inner in ast.walk(case.pattern)]
            found += [
                text for one in patterns if isinstance(one, ast.MatchValue) for text in texts(one.value)
            ]
    return found


@pytest.mark.parametrize("package", sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
def test_phases_and_kinds_are_compared_with_members(package):
    compared = {path: texts_compared(path.read_text("utf-8")) for path in (ROOT / package).rglob("*.py")}
    assert not {path: found for path, found in compared.items() if found}


def test_a_comparison_with_a_text_is_found():
    assert texts_compared("step.role.kind == 'net'") == ["net"]
    assert texts_compared("layouts[cell.name].kind not in ('node', LayoutKind.BIAS)") == ["node"]
    assert texts_compared("frame.phase == 'loss' or phase in ('update',)") == ["loss", "update"]
    assert texts_compared("match role.kind:\n case 'slot' | 'update': pass") == ["slot", "update"]
    assert not texts_compared("stage.kind == StageKind.SUMS and node.kind == 'sum'")
