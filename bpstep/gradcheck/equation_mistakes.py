"""The single mistake that turns the right equation into the one that a person wrote.

A mistake is the derived equation's tree with one place changed, and a row of the table in `explain.mistakes`
that names the change. The mistake that reproduces the wrong equation's results, on every example, is probably
the one that was made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any, TypeGuard

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.mistakes import Mistake, NamedMistake, shortened_part, transpose_mistake
from bpstep.explain.single_mistakes import right_forms, wrong_forms
from bpstep.gradcheck import messages
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.verdict import Verdict
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import operands, reads
from bpstep.lang.shape_rules import subscripts
from bpstep.lang.shapes import shape_of, value_shape
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_reshape,
    keyword,
    listed_items,
    matmul_of,
    number_literal,
    transposed_or_back,
    with_operands,
)
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array
from bpstep.program.program import Phase, Program, RoleKind, Step, Tensors
from bpstep.text import fill

EquationMistake = tuple[NamedMistake, ast.expr]
"""A mistake, and the equation that it leads to."""

_MAX_TRIED = 600

_MAX_AXES = 6

_OF_SQUARES = 2
"""As a factor it may come from the derivative of a square: two samples are no reason for it."""

_MAX_OTHER_DIVISOR = 32

_RATIO_TOLERANCE = 1e-5
"""Ratios that differ by no more than this, relatively, are equal; smaller numbers determine no ratio."""

_FACTOR_TOLERANCE = 3e-5

SLOPES_BY_OUTPUT = {
    "sigmoid": "y * (1 - y)",
    "tanh": "1 - y**2",
    "softplus": "1 - exp(-y)",
    "elu": "where(y > 0, 1, y + 1)",
}
"""The same slopes in the form that people write, in terms of the activation's result `y`."""

_MAX_POSITION = 8
"""As many positions of a row are tried as the only one that counts."""

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


def find_mistake(
    program: Program,
    step: Step,
    right: ast.expr | None,
    examples: Sequence[Example],
    batch_sizes: Sequence[int],
    elements: Sequence[Element],
    other_rates: Sequence[Example] = (),
    by_itself: Sequence[Example] = (),
) -> NamedMistake | None:
    """The single mistake that explains the difference; None if there is none.

    `right` is the derived equation, or None if it is not valid. `elements` are the compared cells.
    `other_rates` are examples with other rates and options: a mistake must not depend on their numbers.
    `by_itself` are examples in which each input is random by itself; of several mistakes, those that explain
    them come first.
    """
    if step.phase == Phase.BACKWARD and examples and not any(np.any(each.given) for each in examples):
        return Mistake.CONSTANT.named(value=0)
    counts = [count for count in batch_sizes if right is not None and _shows_count(count, step.tree, right)]
    by_ratio = None
    if right is None or not examples or _is_multiple(step.tree, right):
        by_ratio = _ratio_mistake(*_compared(step, examples, elements), counts, batch_sizes)
    if by_ratio is None and right is not None and examples:
        candidates = islice(_candidates(program, step, right, counts), _MAX_TRIED)
        found = _likeliest(candidates, step, right, [*examples, *other_rates], by_itself)
        if found is not None:
            return found
        same = _same_tensor(step, examples)
        if same:
            return Mistake.THAT_IS.named(name=same)
        by_ratio = _ratio_mistake(*_compared(step, examples, elements), counts, batch_sizes)
    if by_ratio or right is None or not examples:
        return by_ratio
    for mistake, tree in islice(_part_mistakes(step, right), _MAX_TRIED):
        if _explains(tree, step, [*examples, *other_rates]):
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
                return Mistake.OTHER_INDEX.named(given=_text(given), expected=_text(expected))
    return Mistake.SHOULD_BE.named(given=_text(written), expected=_text(right))


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
                _parsed(LOSSES[name].gradient.format(m=1)), "Y", ast.Name(output, ast.Load())
            )
            code = compile_lowered(with_name(gradient, "labelY", ast.Name(target, ast.Load())))
            with np.errstate(all="ignore"):
                values = [evaluate(code, each.inputs, evaluation_scope()) for each in examples]
            ratios = [ratio(each.given, value) for each, value in zip(examples, values)]
            is_whole = name != "half_squared_error" or _is_close(ratios[0], 1)
            if ratios[0] and is_whole and all(_is_close(each, ratios[0]) for each in ratios):
                return Mistake.OTHER_LOSS.named(output=output, loss=fill(messages.LOSS_NAMES[name]))
    return None


def _likeliest(
    candidates: Iterable[EquationMistake],
    step: Step,
    right: ast.expr,
    examples: Sequence[Example],
    by_itself: Sequence[Example],
) -> NamedMistake | None:
    """The likeliest of the mistakes that explain every example; None if none does.

    One that leads to the equation as written was made for certain. Others may explain only numbers that are
    alike in every example, as a gradient that is 1/4 or 0 everywhere.
    """
    written = ast.dump(step.tree)
    likeliest, is_general = None, False
    for mistake, tree in candidates:
        is_written = ast.dump(tree) == written
        if is_general and not is_written:
            continue
        if not _explains(tree, step, examples) or _is_refuted(mistake, step, examples):
            continue
        if is_written or mistake.mistake is Mistake.SIGN:
            return mistake
        holds = _explains(tree, step, by_itself)
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
    return ast.unparse(node) if _is_number(number) else ""


def _shows_count(count: int, *trees: ast.expr) -> bool:
    """True if an equation's text has this number of samples, or counts them."""
    return any(
        (isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == count)
        or function_name(node) in ("mean", "size", "ones_like")
        for tree in trees
        for node in ast.walk(tree)
    )


def _candidates(
    program: Program, step: Step, right: ast.expr, batch_sizes: Sequence[int]
) -> Iterator[EquationMistake]:
    """Every single mistake, the likeliest first; then each with a wrong sign as well."""
    trees = [right, *_other_forms(program, step)]
    yield Mistake.SIGN.named(), ast.UnaryOp(ast.USub(), right)
    found = []
    for tree in trees:
        for candidate in _single(program, step, tree):
            yield candidate
            found.append(candidate)
    for candidate in _count_mistakes(right, batch_sizes):
        yield candidate
        found.append(candidate)
    if step.phase == Phase.BACKWARD:
        for mistake, tree in found:
            yield mistake.and_sign(), ast.UnaryOp(ast.USub(), tree)


def _single(program: Program, step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    yield from _slope_mistakes(program, step)
    yield from _bias_correction_mistakes(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            for mistake, changed in _mistakes_at(node):
                yield mistake, replaced(tree, node, changed)
    yield from _other_slopes(program, step)
    yield from _tensor_mistakes(program, step, tree)
    yield from _transposed_terms(program, tree)
    yield from _reshapes(program, tree)
    yield from _later_gradients(program, step, tree)
    yield from _superfluous_parts(step, tree)
    yield from _slopes_within(tree)
    yield from _slopes_read(program, tree)
    if program.shapes[step.name][:1] == program.shapes[step.name][1:]:
        yield Mistake.TRANSPOSED.named(), ast.Attribute(tree, "T", ast.Load())


def _other_forms(program: Program, step: Step) -> Iterator[ast.expr]:
    """Other ways to write the right equation, in which people make their mistakes."""
    if step.role.kind == RoleKind.FACTOR_ACTIVATION:
        name = _activation(program, step)
        if name in SLOPES_BY_OUTPUT:
            yield _with_argument(SLOPES_BY_OUTPUT[name], step.role.of, "y")


def _activation(program: Program, step: Step) -> str:
    """The activation whose slope the equation is."""
    source = program.steps[program.step_indices[step.role.of]].tree
    is_call = isinstance(source, ast.Call) and isinstance(source.func, ast.Name)
    return source.func.id if is_call else ""  # type: ignore[attr-defined]


def _slope_mistakes(program: Program, step: Step) -> Iterator[EquationMistake]:
    """The slope taken at the wrong place, or something else in its place."""
    if step.role.kind != RoleKind.FACTOR_ACTIVATION:
        return
    net, out = step.role.by, step.role.of
    own = _activation(program, step)
    yield Mistake.ACTIVATION_ITSELF.named(name=out), ast.Name(out, ast.Load())
    yield Mistake.SLOPE_LEFT_OUT.named(), _parsed(f"ones_like({net})")
    if own in ACTIVATIONS and ACTIVATIONS[own].derivative:
        slope = ACTIVATIONS[own].derivative
        yield Mistake.SLOPE_OF_OUTPUT.named(output=out, net=net), _with_argument(slope, out, "x")
    if own in SLOPES_BY_OUTPUT:
        mistake = Mistake.SLOPE_OF_NET.named(output=out, net=net)
        yield mistake, _with_argument(SLOPES_BY_OUTPUT[own], net, "y")


def _other_slopes(program: Program, step: Step) -> Iterator[EquationMistake]:
    """The slope of another activation."""
    if step.role.kind != RoleKind.FACTOR_ACTIVATION:
        return
    net, out, own = step.role.by, step.role.of, _activation(program, step)
    differentiated = own if own in ACTIVATIONS else program.steps[program.step_indices[out]].source
    for name, row in ACTIVATIONS.items():
        if row.derivative and name not in (own, "identity"):
            mistake = Mistake.OTHER_SLOPE.named(given=name, expected=differentiated)
            yield mistake, _with_argument(row.derivative, net, "x")
            if name in SLOPES_BY_OUTPUT:
                yield mistake, _with_argument(SLOPES_BY_OUTPUT[name], out, "y")


def _bias_correction_mistakes(tree: ast.expr) -> Iterator[EquationMistake]:
    """A missing bias correction of both of Adam's averages, or of one of them."""
    corrections = [node for node in ast.walk(tree) if _is_correction(node)]
    for node in corrections:
        assert isinstance(node, ast.BinOp)
        mistake = Mistake.CORRECTION_MISSING.named(name=_text(node.left))
        yield mistake, replaced(tree, node, node.left)
    if len(corrections) > 1:
        without = rebuilt(tree, lambda node: node.left if _is_correction(node) else None)  # type: ignore[attr-defined]
        yield Mistake.CORRECTIONS_MISSING.named(), without


def _is_correction(node: ast.AST) -> bool:
    """True for a quotient `m / (1 - beta**t)`."""
    match node:
        case ast.BinOp(op=ast.Div(), right=ast.BinOp(op=ast.Sub(), right=ast.BinOp(op=ast.Pow()))):
            return True
    return False


def _tensor_mistakes(program: Program, step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    """Another tensor of the same shape in place of one that is read."""
    at = program.step_indices[step.name]
    there = [
        *program.initial,
        *(each.name for each in program.steps[:at] if each.name not in program.initial),
    ]
    for name in reads(tree):
        for other in there:
            if other != name and program.shapes[other] == program.shapes[name]:
                mistake = Mistake.TENSOR_REPLACED.named(given=other, expected=name)
                yield mistake, with_name(tree, name, ast.Name(other, ast.Load()))
                yield from _single_reads(tree, name, other)


def _part_mistakes(step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    """A number or a tensor of the equation as written in place of an operand of the right one."""
    written = [node for node in ast.walk(step.tree) if _is_number(node)]
    numbers = {_text(node): node for node in written}
    for parent in ast.walk(tree):
        if not isinstance(parent, ast.BinOp) and function_name(parent) != "where":
            continue
        for part in ast.iter_child_nodes(parent):
            given: dict[str, ast.expr] = {}
            if part is not getattr(parent, "func", None) and (_is_number(part) or isinstance(part, ast.Name)):
                given = {**numbers}
            elif function_name(part) == "where":
                given = {name: ast.Name(name, ast.Load()) for name in reads(step.tree)}
            for text, changed in given.items():
                assert isinstance(part, ast.expr)
                if text != _text(part):
                    mistake = Mistake.SHOULD_BE.named(given=text, expected=_text(part))
                    yield mistake, replaced(tree, part, changed)


def _is_number(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _later_gradients(program: Program, step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    """The gradient that is computed from this one in its place, as the net input's for the output's."""
    for later in program.steps[program.step_indices[step.name] + 1 :]:
        is_gradient = later.role.of == program.loss and later.source == later.derived
        if (
            is_gradient
            and step.name in later.reads
            and program.shapes[later.name] == program.shapes[step.name]
        ):
            mistake = Mistake.OTHER_GRADIENT.named(given=later.name, expected=step.name)
            yield mistake, with_name(later.tree, step.name, tree)


def _superfluous_parts(step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    """The right equation, or an operand of its matrix products, times a tensor that is read as well; the
    equation and such a tensor.
    """
    if step.phase != Phase.BACKWARD:
        return
    places = [tree]
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            places += [node.left, node.right]
    for name in reads(step.tree):
        for place in places:
            mistake = Mistake.FACTOR_TOO_MANY.named(part=name)
            product = ast.BinOp(place, ast.Mult(), ast.Name(name, ast.Load()))
            yield mistake, replaced(tree, place, product)
    for name in reads(step.tree):
        mistake = Mistake.TERM_TOO_MANY.named(part=name)
        for sign in (ast.Add(), ast.Sub()):
            yield mistake, ast.BinOp(tree, sign, ast.Name(name, ast.Load()))


def _slopes_within(tree: ast.expr) -> Iterator[EquationMistake]:
    """The slope of another activation in place of one that is a part of the equation."""
    slopes = {
        ast.dump(_with_argument(form, name, "y")): (own, name)
        for name in reads(tree)
        for own, form in SLOPES_BY_OUTPUT.items()
    }
    for whole, node in _parts_and_factors(tree):
        if ast.dump(node) not in slopes:
            continue
        own, name = slopes[ast.dump(node)]
        at_result = _with_argument(ACTIVATIONS[own].derivative, name, "x")
        yield Mistake.APPLIED_TWICE.named(function=own, output=name), replaced(whole, node, at_result)
        for other, source in (*SLOPES_BY_OUTPUT.items(), ("relu", "where(y > 0, 1, 0)")):
            if other != own:
                changed = _with_argument(source, name, "y")
                mistake = Mistake.OTHER_SLOPE.named(given=other, expected=own)
                yield mistake, replaced(whole, node, changed)


def _slopes_read(program: Program, tree: ast.expr) -> Iterator[EquationMistake]:
    """The slope of another activation, written in place of a tensor that holds the right one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in program.step_indices:
            for mistake, slope in _other_slopes(program, program.steps[program.step_indices[node.id]]):
                yield mistake, replaced(tree, node, slope)


def _parts_and_factors(tree: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each part of an equation with the equation, which has the last two factors of a product as a part as
    well: b * c of a * b * c.
    """
    for node in ast.walk(tree):
        match node:
            case ast.expr():
                yield tree, node
        match node:
            case ast.BinOp(left=ast.BinOp(left=first, op=ast.Mult(), right=left), op=ast.Mult(), right=right):
                last = ast.BinOp(left, ast.Mult(), right)
                yield replaced(tree, node, ast.BinOp(first, ast.Mult(), last)), last


def _transposed_terms(program: Program, tree: ast.expr) -> Iterator[EquationMistake]:
    """A square matrix transposed outside of matrix products, where nothing needs a transpose."""
    for parent in ast.walk(tree):
        if isinstance(parent, ast.Attribute) or isinstance(getattr(parent, "op", None), ast.MatMult):
            continue
        for operand in operands(parent) if isinstance(parent, ast.expr) else ():
            if isinstance(operand, ast.Name):
                shape = program.shapes[operand.id]
                if len(shape) == 2 and shape[0] == shape[1]:
                    mistake = transpose_mistake(operand.id, is_transposed=True)
                    yield mistake, replaced(tree, operand, transposed_or_back(operand))


def _reshapes(program: Program, tree: ast.expr) -> Iterator[EquationMistake]:
    """A tensor reshaped to the shape of its transpose."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr="T"):
                pass
            case ast.Call(func=ast.Name("swapaxes" | "transpose"), args=[value, *_]):
                pass
            case _:
                continue
        assert isinstance(node, ast.expr)
        sizes: list[ast.expr] = [ast.Constant(size) for size in shape_of(node, program.shapes)]
        reshaped = ast.Call(ast.Attribute(value, "reshape", ast.Load()), sizes, [])
        yield Mistake.RESHAPED.named(part=_text(value)), replaced(tree, node, reshaped)


def _single_reads(tree: ast.expr, name: str, other: str) -> Iterator[EquationMistake]:
    """Another tensor in one place of several where a tensor is read: `H * (1 - net_1)`."""
    places = [
        (parent, operand)
        for parent in ast.walk(tree)
        if isinstance(parent, ast.expr)
        for operand in operands(parent)
        if isinstance(operand, ast.Name) and operand.id == name
    ]
    for parent, operand in places if len(places) > 1 else ():
        changed = ast.Name(other, ast.Load())
        part = _text(replaced(parent, operand, changed))
        mistake = Mistake.PART_READS_OTHER.named(part=part, given=other, expected=name)
        yield mistake, replaced(tree, operand, changed)


def _count_mistakes(tree: ast.expr, batch_sizes: Sequence[int]) -> Iterator[EquationMistake]:
    """A wrong division or multiplication by the number of samples."""
    for count in batch_sizes:
        if count > 1:
            number = ast.Constant(count)
            yield Mistake.DIVIDED_BY_SAMPLES.named(count=count), ast.BinOp(tree, ast.Div(), number)
            if count != _OF_SQUARES:
                yield Mistake.TIMES_SAMPLES.named(count=count), ast.BinOp(tree, ast.Mult(), number)


def _is_multiple(written: ast.expr, right: ast.expr) -> bool:
    """True for the right equation as a whole, multiplied or divided by a number."""
    match written:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=number) if number_literal(number):
            return ast.dump(left) == ast.dump(right)
        case ast.BinOp(left=number, op=ast.Mult(), right=whole) if number_literal(number):
            return ast.dump(whole) == ast.dump(right)
    return False


def _mistakes_at(node: ast.expr) -> Iterator[EquationMistake]:
    """The mistakes at one place of an equation: those of the table, and those that need its numbers."""
    yield from wrong_forms(node, _text)
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if function_name(right) == "size":
            for number in range(2, _MAX_OTHER_DIVISOR + 1):
                mistake = Mistake.DIVIDED_BY_OTHER.named(given=number, expected=_text(right))
                yield mistake, ast.BinOp(left, ast.Div(), ast.Constant(number))
        case ast.BinOp(left=ast.Attribute(attr="T", value=left), op=ast.MatMult(), right=right):
            yield from _only_some_samples(left, right)
        case ast.Subscript():
            yield from _index_mistakes(node)
        case ast.Call() if not is_reshape(node):
            yield from _call_mistakes(node)


def _only_some_samples(left: ast.expr, right: ast.expr) -> Iterator[EquationMistake]:
    """`left.T @ right` over one sample or one position only."""
    for at, mistake in ((0, Mistake.ONLY_FIRST_SAMPLE), (-1, Mistake.ONLY_LAST_SAMPLE)):
        yield from _of_some_rows(left, right, f"x[{at}]", mistake.named())
        outer = ast.Call(ast.Name("outer", ast.Load()), [_row(left, at), _row(right, at)], [])
        yield mistake.named(), outer
    for at in range(_MAX_POSITION):
        taken = f"x[:, {at}]"
        part = _reshaped(right, taken)
        if part is not None:
            yield from _of_some_rows(left, right, taken, Mistake.ONLY_TERM.named(part=_text(part)))


def _of_some_rows(
    left: ast.expr, right: ast.expr, taken: str, mistake: NamedMistake
) -> Iterator[EquationMistake]:
    """`left.T @ right` over some of the rows that `x.reshape(-1, 3)` puts below each other: those of one
    sample, `x[0]`, or of one position, `x[:, 0]`.
    """

    def some(node: ast.AST) -> ast.AST | None:
        part = _reshaped(node, taken)
        if part is None:
            return None
        assert isinstance(node, ast.Call)
        return ast.Call(ast.Attribute(part, "reshape", ast.Load()), node.args, node.keywords)

    changed = rebuilt(left, some), rebuilt(right, some)
    if changed[0] is not left and changed[1] is not right:
        yield mistake, matmul_of(transposed_or_back(changed[0]), changed[1])


def _reshaped(node: ast.AST, taken: str) -> ast.expr | None:
    """The part of `x` that is taken in `x.reshape(-1, 3)`; None for any other node."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_reshape(node):
        changed = _parsed(taken)
        assert isinstance(changed, ast.Subscript)
        return ast.Subscript(node.func.value, changed.slice, ast.Load())
    return None


def _index_mistakes(node: ast.Subscript) -> Iterator[EquationMistake]:
    """Another row or cell than the right one."""
    parts = index_parts(node)
    at = int_literal(parts[0]) if len(parts) == 1 else None
    for other in range(8) if at is not None else ():
        if other != at:
            changed = ast.Subscript(node.value, ast.Constant(other), ast.Load())
            yield Mistake.TENSOR_REPLACED.named(given=_text(changed), expected=_text(node)), changed


def _call_mistakes(node: ast.Call) -> Iterator[EquationMistake]:
    name = function_name(node)
    if name in ("sum", "mean"):
        yield from _axis_mistakes(node, name)
    elif name == "einsum":
        yield from einsum_mistakes(node)
    elif name in ("concatenate", "stack"):
        yield from _order_mistakes(node)


def einsum_mistakes(node: ast.Call) -> Iterator[EquationMistake]:
    """Two indices swapped in one of the groups of einsum("nk,ni->ki", a, b)."""
    parts, result = subscripts(node)
    groups = [*parts, result]
    for place in reversed(range(len(groups))):
        for first, second in combinations(groups[place], 2):
            exchanged = groups[place].translate(str.maketrans(first + second, second + first))
            changed = [*groups[:place], exchanged, *groups[place + 1 :]]
            text = ast.Constant(f"{','.join(changed[:-1])}->{changed[-1]}")
            mistake = Mistake.INDICES_SWAPPED.named(first=first, second=second)
            yield mistake, ast.Call(node.func, [text, *node.args[1:]], [])


def _order_mistakes(node: ast.Call) -> Iterator[EquationMistake]:
    """Two of the tensors that are joined in each other's place."""
    items = listed_items(node)
    for first, second in combinations(range(len(items)), 2):
        swapped = [*items]
        swapped[first], swapped[second] = items[second], items[first]
        mistake = Mistake.PIECES_SWAPPED.named(first=_text(items[first]), second=_text(items[second]))
        yield mistake, with_operands(node, swapped)


def _along(call: ast.Call, axis: ast.expr) -> ast.expr:
    """A reduction along another axis."""
    rest = [item for item in call.keywords if item.arg != "axis"]
    return ast.Call(call.func, call.args, [ast.keyword("axis", axis), *rest])


def _axis_mistakes(node: ast.Call, name: str) -> Iterator[EquationMistake]:
    axis = keyword(node, "axis")
    at = None if axis is None else int_literal(axis)
    for wrong in range(_MAX_AXES) if at is not None else ():
        if wrong != at:
            yield Mistake.WRONG_AXIS.named(given=wrong, expected=at), _along(node, ast.Constant(wrong))
    if isinstance(axis, ast.Tuple):
        for count in range(len(axis.elts) - 1, 0, -1):
            for some in combinations(axis.elts, count):
                slots = {"function": name, "expected": _text(axis)}
                part = some[0] if count == 1 else ast.Tuple(list(some), ast.Load())
                yield Mistake.AXES_MISSING.named(given=_text(part), **slots), _along(node, part)


# Trees


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _with_argument(source: str, name: str, letter: str) -> ast.expr:
    return with_name(_parsed(source), letter, ast.Name(name, ast.Load()))


def _row(node: ast.expr, at: int) -> ast.expr:
    return ast.Subscript(node, _parsed(str(at)), ast.Load())


def _text(node: ast.expr) -> str:
    """A part of an equation as written, shortened if it is long."""
    return shortened_part(ast.unparse(node).replace(" ** ", "**"))


# Comparing


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
            case Mistake.TRANSPOSE_TOO_MANY, ast.Attribute(value=value) if _text(value) == part:
                yield replaced(tree, node, value)
            case Mistake.NOT_TRANSPOSED, ast.expr() if _text(node) == part:
                swapped = ast.Call(ast.Name("swapaxes", ast.Load()), [node, _parsed("-1"), _parsed("-2")], [])
                for each in (transposed_or_back(node), swapped):
                    yield replaced(tree, node, each)
            case Mistake.FACTOR_TOO_MANY | Mistake.TERM_TOO_MANY, ast.expr():
                for made, right in right_forms(node, _text):
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


def _ratio_mistake(
    given: Array, right: Array, counts: Sequence[int], batch_sizes: Sequence[int] = ()
) -> NamedMistake | None:
    """A mistake seen in the numbers alone: a constant factor or a constant result; None if there is none.

    `counts` are the numbers of samples that the equation has in its text. That a factor is one of the other
    `batch_sizes` may be a coincidence, so the sentence claims no reason.
    """
    if not given.size or not np.isfinite(given).all() or not np.isfinite(right).all():
        return None
    if (given == given[0]).all() and (given.size > 1 or given[0] == 0):
        return Mistake.CONSTANT.named(value=f"{given[0] + 0.0:g}")
    found = ratio(given, right)
    if not found:
        return None
    if _is_close(found, -1):
        return Mistake.SIGN.named()
    size, wrong_sign = abs(found), found < 0
    for count in counts:
        for factor, plain, negative in (
            (count, Mistake.TIMES_SAMPLES, Mistake.TIMES_SAMPLES_AND_SIGN),
            (1 / count, Mistake.DIVIDED_BY_SAMPLES, Mistake.DIVIDED_BY_SAMPLES_AND_SIGN),
        ):
            if count > 1 and factor != _OF_SQUARES and _is_close(size, factor):
                return (negative if wrong_sign else plain).named(count=count)
    nice = any(_is_close(size, k) or _is_close(size, 1 / k) for k in range(2, 11))
    if given.size == 1 and not nice:
        return None
    for count in batch_sizes:
        if count > 1 and (_is_close(size, count) or _is_close(size, 1 / count)):
            return factor_mistake(found, count)
    return factor_mistake(found)


_MAX_DIVISOR = 10_000
"""The largest denominator of a factor that is written as a fraction: 1/32."""


def factor_mistake(factor: float, count: int = 0) -> NamedMistake:
    """A result as a multiple or a fraction of the right one; `count` is a number of samples with the same
    value.
    """
    size, wrong_sign = abs(factor), factor < 0
    divisor = round(1 / size) if size * _MAX_DIVISOR > 1 else 0
    if divisor > 1 and _is_close(size, 1 / divisor):
        return _PARTS[bool(count), wrong_sign].named(part=f"1/{divisor}", count=count)
    return _TIMES[bool(count), wrong_sign].named(factor=f"{size:.7g}", count=count)


_TIMES = {
    (False, False): Mistake.TIMES,
    (False, True): Mistake.TIMES_AND_SIGN,
    (True, False): Mistake.TIMES_NEAR_SAMPLES,
    (True, True): Mistake.TIMES_NEAR_SAMPLES_AND_SIGN,
}
"""The mistake of a factor: by whether it equals a number of samples, and whether it is negative."""

_PARTS = {
    (False, False): Mistake.PART,
    (False, True): Mistake.PART_AND_SIGN,
    (True, False): Mistake.PART_NEAR_SAMPLES,
    (True, True): Mistake.PART_NEAR_SAMPLES_AND_SIGN,
}
"""The same for a factor that is one divided by a whole number."""


def ratio(given: Array, right: Array) -> float:
    """The ratio of the given result to the right one, if it is the same for every cell, else 0."""
    largest = float(np.max(np.abs(right)))
    informative = np.abs(right) > _RATIO_TOLERANCE * largest
    if not informative.any() or (np.abs(given[~informative]) > _RATIO_TOLERANCE * largest).any():
        return 0.0
    ratios = given[informative] / right[informative]
    alike = np.ptp(ratios) <= _RATIO_TOLERANCE * np.max(np.abs(ratios))
    return float(ratios[0]) if alike else 0.0


def _is_close(a: float, b: float) -> bool:
    return abs(a - b) <= _FACTOR_TOLERANCE * abs(b)
