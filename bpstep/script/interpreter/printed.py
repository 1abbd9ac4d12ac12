"""The name of a number that a script prints without a name, from the text before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from string import Formatter

_MEASURE = re.compile(
    r"(?<![A-Za-z])(?:loss|cost|error|err|mse|rmse|mae|accuracy|acc)(?![A-Za-z])", re.IGNORECASE
)
_ONE_WORD = re.compile(r"\W*([A-Za-z_]\w*)\W*")
_PERCENT = re.compile(r"%(?:%|[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[a-zA-Z])")


_VALUE = "\0"
"""Stands for a value in the text before another one."""

_SAME_NUMBER = ("round", "float", "str", "around", "abs")
"""Functions that show their argument."""


def text_of(values: Sequence[ast.expr]) -> str:
    """The text of an f-string up to a place, from the parts before it."""
    return "".join(str(each.value) if isinstance(each, ast.Constant) else _VALUE for each in values)


def label(before: str, otherwise: str) -> str:
    """The name for a number after some text: the last measure that the text names, else the only word since
    the previous value.
    """
    measures = _MEASURE.findall(before)
    if measures:
        return str(measures[-1])
    word = _ONE_WORD.fullmatch(before.rpartition(_VALUE)[2])
    return word[1] if word else otherwise


def shown(node: ast.expr | None) -> ast.expr | None:
    """The node of the number in `round(number, 4)` and the like."""
    while isinstance(node, ast.Call) and node.args:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _SAME_NUMBER:
            break
        node = node.args[0]
    return node


def percent_texts(template: str) -> list[str]:
    """For each value of `template % values` the text before it."""
    texts, text, end = [], "", 0
    for found in _PERCENT.finditer(template):
        text += template[end : found.start()]
        end = found.end()
        if found[0] != "%%":
            texts.append(text)
            text += _VALUE
    return texts


def brace_texts(template: str) -> list[str]:
    """For each value of `template.format(…)` in turn the text before it."""
    texts, text = [], ""
    try:
        for part, name, _, _ in Formatter().parse(template):
            text += part
            if name is not None:
                texts.append(text)
                text += _VALUE
    except ValueError:
        return []  # the script's own format reports the error
    return texts
