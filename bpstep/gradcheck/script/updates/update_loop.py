"""The loop that makes the updates, where it leaves a parameter out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.study import Explanation


@dataclass(frozen=True)
class LeavingOut:
    """A line that leaves a parameter out of the updates: the head of their loop, or its list."""

    file: str
    line: int


def leaving_out(judged: JudgedPass, explanation: Explanation, name: str) -> LeavingOut | None:
    """The line that leaves a parameter out of the updates that one loop makes of all others; None if the text
    does not tell.

    The loop runs over a range, a slice or a list, and updates others of the same list or with the same name
    but for a number.
    """
    study, graph = judged.study, judged.graph
    ends = [graph.current[each] for each in study.trained]
    updates = [graph.equations[graph.roots.index(each)] for each in ends if each in graph.roots]
    forward = graph.cone(explanation.candidate.outputs)
    others = [graph.equations[at] for at in {graph.nodes[each].equation for each in forward} if at >= 0]
    around = [dict(_loops_around(judged, each)) for each in updates]
    apart = {place for each in others for place, _ in _loops_around(judged, each)}
    if not around:
        return None
    common = [place for place in around[0] if place not in apart and all(place in each for each in around)]
    for file, line in reversed(common):
        loop = around[0][file, line]
        found = _list_without(judged, file, loop, name)
        if found is not None:
            return LeavingOut(file, found)
        if _is_of_a_part(loop.iter) and _is_beside_trained(judged, file, name):
            return LeavingOut(file, line)
    return None


def _loops_around(judged: JudgedPass, equation: ScriptEquation) -> Iterator[tuple[tuple[str, int], ast.For]]:
    """The loops around an equation and around the calls that it is in, the outermost first."""
    places = [*((each.script, each.line) for each in equation.call), (equation.file, equation.line)]
    for file, line in places:
        for loop in judged.authors.loops_around(file, line):
            yield (file, loop.lineno), loop


def _is_of_a_part(taken: ast.expr) -> bool:
    """Whether a loop may run over a part only: over a slice, or over a range other than `range(len(x))`."""
    for each in ast.walk(taken):
        match each:
            case ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"))]):
                continue
            case ast.Slice() | ast.Call(func=ast.Name(id="range")):
                return True
    return False


def _is_beside_trained(judged: JudgedPass, file: str, name: str) -> bool:
    """Whether a parameter that is updated has the same name but for a number, or is in one list with it."""
    trained = judged.study.trained
    alike = re.sub(r"\d+", "0", name)
    if any(re.sub(r"\d+", "0", each) == alike for each in trained):
        return True
    wanted = {last_part(each) for each in (*trained, name)}
    return any(wanted <= set(words) for _, words in _lists(judged, file))


def _list_without(judged: JudgedPass, file: str, loop: ast.For, name: str) -> int | None:
    """The line of the list that a loop runs over, if it has all parameters that are updated and not this one;
    None if it is another list."""
    trained = {last_part(each) for each in judged.study.trained}
    read = {each.id for each in ast.walk(loop.iter) if isinstance(each, ast.Name)}
    for node, words in _lists(judged, file):
        is_meant = node.lineno == loop.lineno or not read.isdisjoint(_targets(node))
        if is_meant and len(trained) > 1 and trained <= set(words) and last_part(name) not in words:
            return node.lineno
    return None


def _targets(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _lists(judged: JudgedPass, file: str) -> Iterator[tuple[ast.stmt, list[str]]]:
    """The lists of names in a file, of a loop's head or assigned, each with the last parts of its names."""
    for node in judged.authors.statements_of_file(file):
        value = node.iter if isinstance(node, ast.For) else getattr(node, "value", None)
        for each in ast.walk(value) if isinstance(value, ast.AST) else ():
            if isinstance(each, ast.List | ast.Tuple):
                yield node, [_word(one) for one in each.elts]


def _word(entry: ast.expr) -> str:
    """What an entry of a list is called: a variable, an attribute, a key, or a text that is a name."""
    match entry:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str() as name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
    return ""
