"""The sums of a backward equation that add up what comes back to a number from all places it was used at."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

from bpstep.explain import messages
from bpstep.explain.transposes import joined_names
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import function_name
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.program import Phase, Program, Step
from bpstep.text import fill

_BROADCASTS = frozenset({"broadcast", "std", "var"})
"""The operations of which a gradient has such a sum: a standardization divides a column by one number."""


def sums_back(program: Program, step: Step) -> list[ast.Call]:
    """The sums along axes that a broadcast of the forward pass led to; one quoted from there is none."""
    rules = step.role.rules
    if step.phase != Phase.BACKWARD or "softmax" in rules or (rules and not _BROADCASTS & {*rules}):
        return []
    forward = [each.tree for each in program.steps if each.phase == Phase.FORWARD]
    called = [node for tree in forward for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if not rules and "softmax" in map(function_name, called):
        return []  # a part has no rules; its sum may be one of a softmax
    quoted = {ast.dump(node) for node in called}
    return [
        node
        for node in ast.walk(step.tree)
        if isinstance(node, ast.Call) and function_name(node) == "sum" and ast.dump(node) not in quoted
    ]


def sum_reasons(program: Program, step: Step, shapes: Mapping[str, Shape]) -> list[str]:
    """Why an equation sums, unless the sum is all that it does: then its sentence says so."""
    if step.role.form in (DerivedForm.SUM_OVER_BROADCAST, DerivedForm.SUM_OF_PRODUCTS):
        return []
    texts: dict[int, list[str]] = {}
    for node in sums_back(program, step):
        count = math.prod(shape_of(node.args[0], shapes)) // max(math.prod(shape_of(node, shapes)), 1)
        if count > 1:
            texts.setdefault(count, []).append(ast.unparse(node))
    return [
        fill(
            messages.SUMMED_BACK if len({*names}) == 1 else messages.SUMMED_BACK_EACH,
            text=joined_names(names),
            count=count,
        )
        for count, names in texts.items()
    ]
