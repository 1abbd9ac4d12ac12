"""The single mistake that turns the right equation into the one that a person wrote.

The mistake that reproduces the wrong equation's results, on every example, is probably the one that was made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.mistakes import Mistake, NamedMistake
from bpstep.explain.single_mistakes import right_forms
from bpstep.gradcheck import messages
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.mistake_candidates import (
    EquationMistake,
    is_literal_number,
    mistake_candidates,
    parsed_expression,
    part_mistakes,
    shortened_source,
)
from bpstep.gradcheck.ratios import is_same_factor, ratio, ratio_mistake
from bpstep.gradcheck.verdict import Verdict
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import reads
from bpstep.lang.shapes import shape_of, value_shape
from bpstep.lang.substitution import replaced, with_name
from bpstep.lang.trees import (
    function_name,
    index_parts,
    number_literal,
    transposed_or_back,
)
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array
from bpstep.program.program import Phase, Program, Step, Tensors
from bpstep.text import fill

_MAX_TRIED = 600

_LOSSES = ("half_squared_error", "squared_error", "binary_cross_entropy", "cross_entropy")
"""The losses whose gradients are recognised in place of that of the network's own: the first only as it is,
the others with any factor.
"""


@dataclass(frozen=True)
class Example:
    """An equation's result and the right one, on the same inputs."""

    inputs: Tensors
    given: Array
    expected: Array | None
    tolerance: float


@dataclass(frozen=True)
class Examples:
    """The examples that a mistake is tried on."""

    in_passes: Sequence[Example]
    """Those of whole passes."""
    other_rates: Sequence[Example] = ()
    """Some with other rates and options: a mistake must not depend on their numbers."""
    random: Sequence[Example] = ()
    """Some in which each input is random by itself: mistakes that explain them, too, come first."""

    @property
    def decisive(self) -> list[Example]:
        """Those that the mistake has to explain."""
        return [*self.in_passes, *self.other_rates]


def find_mistake(
    program: Program,
    step: Step,
    right: ast.expr | None,
    tried: Examples,
    batch_sizes: Sequence[int],
    elements: Sequence[Element],
) -> NamedMistake | None:
    """The single mistake that explains the difference; None if there is none.

    `right` is the derived equation, or None if it is not valid. `elements` are the compared cells.
    """
    examples = tried.in_passes
    if step.phase == Phase.BACKWARD and examples and not any(np.any(each.given) for each in examples):
        return Mistake.CONSTANT.named(value=0)
    counts = [count for count in batch_sizes if right is not None and _shows_count(count, step.tree, right)]
    is_update, compared = step.phase == Phase.UPDATE, _compared(step, examples, elements)
    by_ratio = None
    if right is None or not examples or _is_multiple(step.tree, right):
        by_ratio = ratio_mistake(*compared, counts, batch_sizes, is_update)
    if by_ratio is None and right is not None and examples:
        candidates = islice(mistake_candidates(program, step, right, counts), _MAX_TRIED)
        found = _likeliest(candidates, step, right, tried)
        if found is not None:
            return found
        same = _same_tensor(step, examples)
        if same:
            return Mistake.THAT_IS.named(name=same)
        by_ratio = ratio_mistake(*compared, counts, batch_sizes, is_update)
    if by_ratio or right is None or not examples:
        return by_ratio
    for mistake, tree in islice(part_mistakes(step, right), _MAX_TRIED):
        if _explains(tree, step, tried.decisive):
            return mistake
    loss = _other_loss(program, step, right, examples)
    if loss is not None:
        return loss
    other = _only_difference(step.tree, right)
    if other is None or (other[1] is right and not isinstance(right, ast.Subscript)):
        return None
    return _should_be(*other)


def _should_be(written: ast.expr, right: ast.expr) -> NamedMistake:
    """A part of an equation that should be another; of an indexed tensor the one index that differs."""
    match written, right:
        case ast.Subscript(), ast.Subscript() if ast.dump(written.value) == ast.dump(right.value):
            pairs = [*zip(index_parts(written), index_parts(right))]
            different = [pair for pair in pairs if ast.dump(pair[0]) != ast.dump(pair[1])]
            if len(different) == 1 and len(index_parts(written)) == len(index_parts(right)):
                given, expected = different[0]
                return Mistake.OTHER_INDEX.named(
                    given=shortened_source(given), expected=shortened_source(expected)
                )
    return Mistake.SHOULD_BE.named(given=shortened_source(written), expected=shortened_source(right))


def _other_loss(
    program: Program, step: Step, right: ast.expr, examples: Sequence[Example]
) -> NamedMistake | None:
    """The loss, not the network's own, whose gradient with respect to an output the equation gives."""
    output = step.role.by
    if step.role.of != program.loss or output not in program.shapes:
        return None
    shape = program.shapes[output]
    targets = [name for name in reads(right) if name != output and program.shapes.get(name) == shape]
    for target in targets:
        for name in _LOSSES:
            gradient = with_name(
                parsed_expression(LOSSES[name].gradient.format(m=1)), "Y", ast.Name(output, ast.Load())
            )
            code = compile_lowered(with_name(gradient, "labelY", ast.Name(target, ast.Load())))
            with np.errstate(all="ignore"):
                values = [evaluate(code, each.inputs, evaluation_scope()) for each in examples]
            ratios = [ratio(each.given, value) for each, value in zip(examples, values)]
            is_whole = name != "half_squared_error" or is_same_factor(ratios[0], 1)
            if ratios[0] and is_whole and all(is_same_factor(each, ratios[0]) for each in ratios):
                return Mistake.OTHER_LOSS.named(output=output, loss=fill(messages.LOSS_NAMES[name]))
    return None


def _likeliest(
    candidates: Iterable[EquationMistake],
    step: Step,
    right: ast.expr,
    tried: Examples,
) -> NamedMistake | None:
    """The likeliest of the mistakes that explain every example; None if none does.

    One that leads to the equation as written was made for certain. Others may explain only numbers that are
    alike in every example, as a gradient that is 1/4 or 0 everywhere.
    """
    written, examples = ast.dump(step.tree), tried.decisive
    likeliest, is_general = None, False
    for mistake, tree in candidates:
        is_written = ast.dump(tree) == written
        if is_general and not is_written:
            continue
        if not _explains(tree, step, examples) or _is_refuted(mistake, step, examples):
            continue
        if is_written or mistake.mistake is Mistake.SIGN:
            return mistake
        holds = _explains(tree, step, tried.random)
        if likeliest is None or holds:
            likeliest, is_general = mistake, holds
    other = _only_difference(step.tree, right)
    is_count = likeliest is not None and "count" in likeliest.slots
    if not is_count and other is not None and all(map(_number_text, other)):
        given, expected = map(_number_text, other)
        return Mistake.SHOULD_BE.named(given=given, expected=expected)
    return likeliest


def _only_difference(written: ast.expr, right: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The smallest part of an equation that is all that differs, as written and as it should be; None if
    they are the same.
    """
    if ast.dump(written) == ast.dump(right):
        return None
    pairs: list[tuple[ast.expr, ast.expr]] = []
    match written, right:
        case ast.BinOp(), ast.BinOp() if type(written.op) is type(right.op):
            pairs = [(written.left, right.left), (written.right, right.right)]
        case ast.UnaryOp(), ast.UnaryOp() if type(written.op) is type(right.op):
            pairs = [(written.operand, right.operand)]
        case ast.Attribute(), ast.Attribute():
            pairs = [(written.value, right.value)]
        case ast.Call(func=ast.Name(name)), ast.Call(func=ast.Name(other)) if name == other:
            same_keywords = [*map(ast.dump, written.keywords)] == [*map(ast.dump, right.keywords)]
            if same_keywords and len(written.args) == len(right.args):
                pairs = [*zip(written.args, right.args)]
        case ast.List(), ast.List() if len(written.elts) == len(right.elts):
            pairs = [*zip(written.elts, right.elts)]
        case ast.Subscript(), ast.Subscript() if ast.dump(written.slice) == ast.dump(right.slice):
            pairs = [(written.value, right.value)]
    different = [pair for pair in pairs if ast.dump(pair[0]) != ast.dump(pair[1])]
    return _only_difference(*different[0]) if len(different) == 1 else (written, right)


def _number_text(node: ast.expr) -> str:
    """A number as written, with its sign; empty for any other part."""
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return ast.unparse(node) if is_literal_number(number) else ""


def _shows_count(count: int, *trees: ast.expr) -> bool:
    """True if an equation's text has this number of samples, or counts them."""
    return any(
        (isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == count)
        or function_name(node) in ("mean", "size", "ones_like")
        for tree in trees
        for node in ast.walk(tree)
    )


def _is_multiple(written: ast.expr, right: ast.expr) -> bool:
    """True for the right equation as a whole, multiplied or divided by a number."""
    match written:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=number) if number_literal(number):
            return ast.dump(left) == ast.dump(right)
        case ast.BinOp(left=number, op=ast.Mult(), right=whole) if number_literal(number):
            return ast.dump(whole) == ast.dump(right)
    return False


def _explains(tree: ast.expr, step: Step, examples: Sequence[Example]) -> bool:
    """True if the changed equation reproduces the wrong one's result, in every example."""
    return all(_gives(tree, step, example) for example in examples)


def _is_refuted(mistake: NamedMistake, step: Step, examples: Sequence[Example]) -> bool:
    """True for a transpose or a superfluous factor if the equation as written is not right without it either.

    The mistake was made in the right equation; with the numbers of the examples, another one may lead to the
    same result.
    """
    remedies = list(_remedies(mistake, step.tree))
    known = [replace(each, given=each.expected) for each in examples if each.expected is not None]
    if mistake.mistake in _TOO_MANY and mistake.slots["part"] in reads(step.tree):
        return not any(_explains(each, step, known) for each in remedies)
    return bool(remedies and known) and not any(_explains(each, step, known) for each in remedies)


_TOO_MANY = (Mistake.FACTOR_TOO_MANY, Mistake.TERM_TOO_MANY)


def _remedies(mistake: NamedMistake, tree: ast.expr) -> Iterator[ast.expr]:
    """An equation as written without its transpose or superfluous factor; none for other mistakes."""
    part = mistake.slots.get("part")
    for node in ast.walk(tree):
        match mistake.mistake, node:
            case Mistake.TRANSPOSE_TOO_MANY, ast.Attribute(value=value) if shortened_source(value) == part:
                yield replaced(tree, node, value)
            case Mistake.NOT_TRANSPOSED, ast.expr() if shortened_source(node) == part:
                swapped = ast.Call(
                    ast.Name("swapaxes", ast.Load()),
                    [node, parsed_expression("-1"), parsed_expression("-2")],
                    [],
                )
                for each in (transposed_or_back(node), swapped):
                    yield replaced(tree, node, each)
            case Mistake.FACTOR_TOO_MANY | Mistake.TERM_TOO_MANY, ast.expr():
                for made, right in right_forms(node, shortened_source):
                    if (made.mistake, made.slots.get("part")) == (mistake.mistake, part):
                        yield replaced(tree, node, right)


def _gives(tree: ast.expr, step: Step, example: Example) -> bool:
    shapes = {name: value_shape(value) for name, value in example.inputs.items()}
    try:
        tree = ast.fix_missing_locations(tree)
        if shape_of(tree, shapes) != np.shape(example.given):
            return False
        code = compile_lowered(lower(tree, shapes))
    except BpstepError:
        return False
    with np.errstate(all="ignore"):
        value = evaluate(code, example.inputs, evaluation_scope())
    return _is_same(value, step, example)


def _is_same(value: Any, step: Step, example: Example) -> bool:
    old = example.inputs[step.name] if step.phase == Phase.UPDATE else 0.0
    with np.errstate(all="ignore"):
        change = np.abs(np.subtract(example.given, old))
    finite = change[np.isfinite(change)]
    size = float(np.max(finite)) if np.size(finite) else 0.0
    rounding = 8 * np.finfo(np.float64).eps * float(np.max(np.abs(np.nan_to_num(old))))
    return bool(
        np.allclose(
            value, example.given, rtol=0, atol=10 * example.tolerance * size + rounding, equal_nan=True
        )
    )


def _same_tensor(step: Step, examples: Sequence[Example]) -> str:
    """The tensor given in place of this one; empty if there is none."""
    for name in examples[0].inputs:
        if name != step.name and all(
            np.shape(each.inputs[name]) == np.shape(each.given) and _is_same(each.inputs[name], step, each)
            for each in examples
        ):
            return name
    return ""


def _compared(step: Step, examples: Sequence[Example], elements: Sequence[Element]) -> tuple[Array, Array]:
    """The given and the right result, cell by cell; for an update the steps."""
    known = [(each, each.expected) for each in examples if each.expected is not None]
    if known:
        old = [each.inputs[step.name] if step.phase == Phase.UPDATE else 0.0 for each, _ in known]
        given = [np.ravel(each.given - before) for (each, _), before in zip(known, old)]
        right = [np.ravel(expected - before) for (_, expected), before in zip(known, old)]
        return np.concatenate(given), np.concatenate(right)
    cells = [each for each in elements if each.verdict is not Verdict.NOT_CHECKED and each.is_compared]
    return np.array([each.computed for each in cells]), np.array([each.numeric for each in cells])
