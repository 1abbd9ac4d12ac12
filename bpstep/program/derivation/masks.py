"""Functions that take a cell of one operand or of another, in reverse: where, maximum, minimum, clip."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from bpstep.lang.trees import function_name
from bpstep.program.derivation.algebra import SUM, Product, choice, number, of
from bpstep.program.derivation.equations import FactorEquation, OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derived_forms import DerivedForm

LONG = 24
"""A mask with more characters is named where several tensors get their gradients through it."""


@dataclass(frozen=True)
class _Choice:
    """An operand, and the cells in which it is taken."""

    operand: ast.expr
    condition: str
    where_true: bool = True
    """False where it is taken in the cells that do not satisfy the condition."""
    and_condition: str = ""
    """A condition that the cells have to satisfy, too."""


def masked(walk: ReverseWalk, node: ast.Call, g: Product, path: OperationPath) -> None:
    """where, maximum, minimum and clip: the gradient goes to the operand that was taken."""
    choices = _choices(walk, node)
    shape = walk.shape(node.args[0]) if function_name(node) == "where" else walk.shape(node)
    alone = sum(walk.is_active(one.operand) for one in choices) == 1
    own_equation = alone and walk.is_root(node) and walk.is_result_gradient(g)
    for one in choices:
        values = (number(1), number(0)) if one.where_true else (number(0), number(1))
        mask = of(choice(one.condition, *values, shape))
        if one.and_condition:
            mask *= of(choice(one.and_condition, *values, shape))
        factor = None
        has_shape = walk.shape(one.operand) == walk.shape(node)
        direct = isinstance(one.operand, ast.Name) and has_shape
        if own_equation and direct and mask.shape == walk.shape(node):
            factor = FactorEquation(mask.text, "{g} * {f}", DerivedForm.FACTOR_ELEMENTWISE)
        found, passed = g * mask, (*path, (DerivedForm.THROUGH_SLOPE, function_name(node)))
        # Of an operand that is repeated, this is not yet the gradient.
        if has_shape and len(mask.text) > LONG and walk.has_several_occurrences(one.operand):
            found = walk.name_inner(found, node, passed)
        walk.walk_broadcast(one.operand, found, node, passed, factor)


def _choices(walk: ReverseWalk, node: ast.Call) -> list[_Choice]:
    """The operands, with conditions that quote the forward text."""
    function = function_name(node)
    if function == "where":
        condition, a, b = node.args
        return [_Choice(a, walk.text(condition)), _Choice(b, walk.text(condition), where_true=False)]
    texts = [walk.raw(argument).within(SUM) for argument in node.args]
    if function == "clip":
        x, low, high = node.args
        return [
            _Choice(x, f"{texts[0]} == {walk.raw(node).within(SUM)}"),
            # The upper limit holds where the lower one is above it.
            _Choice(low, f"{texts[0]} < {texts[1]}", and_condition=f"{texts[1]} < {texts[2]}"),
            _Choice(high, f"maximum({walk.raw(x).text}, {walk.raw(low).text}) > {texts[2]}"),
        ]
    sign = ">" if function == "maximum" else "<"
    a, b = node.args
    if walk.is_active(a):
        first = f"{texts[0]} {sign} {texts[1]}"
        return [_Choice(a, first), _Choice(b, first, where_true=False)]
    return [_Choice(b, f"{texts[1]} {sign} {texts[0]}")]
