"""Every equation that a single mistake makes of the right one, the likelier ones first.

Each is the derived equation's tree with one place changed, and a row of the table in `explain.mistakes` that
names the change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeGuard

from bpstep.explain.mistakes import Mistake, NamedMistake, shortened_part, transpose_mistake
from bpstep.explain.single_mistakes import wrong_forms
from bpstep.gradcheck.ratios import OF_SQUARES
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.parser import operands, reads
from bpstep.lang.shape_rules import subscripts
from bpstep.lang.shapes import shape_of
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_reshape,
    keyword,
    listed_items,
    matmul_of,
    transposed_or_back,
    with_operands,
)
from bpstep.program.program import Phase, Program, RoleKind, Step

EquationMistake = tuple[NamedMistake, ast.expr]
"""A mistake, and the equation that it leads to."""

_MAX_AXES = 6

_MAX_OTHER_DIVISOR = 32

SLOPES_BY_OUTPUT = {
    "sigmoid": "y * (1 - y)",
    "tanh": "1 - y**2",
    "softplus": "1 - exp(-y)",
    "elu": "where(y > 0, 1, y + 1)",
}
"""The slopes of activations in the form that people write, in terms of the activation's result `y`."""

_MAX_POSITION = 8
"""As many positions of a row are tried as the only one that counts."""


def mistake_candidates(
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
    yield Mistake.SLOPE_LEFT_OUT.named(), parsed_expression(f"ones_like({net})")
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
        mistake = Mistake.CORRECTION_MISSING.named(name=shortened_source(node.left))
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


def part_mistakes(step: Step, tree: ast.expr) -> Iterator[EquationMistake]:
    """A number or a tensor of the equation as written in place of an operand of the right one."""
    written = [node for node in ast.walk(step.tree) if is_literal_number(node)]
    numbers = {shortened_source(node): node for node in written}
    for parent in ast.walk(tree):
        if not isinstance(parent, ast.BinOp) and function_name(parent) != "where":
            continue
        for part in ast.iter_child_nodes(parent):
            given: dict[str, ast.expr] = {}
            if part is not getattr(parent, "func", None) and (
                is_literal_number(part) or isinstance(part, ast.Name)
            ):
                given = {**numbers}
            elif function_name(part) == "where":
                given = {name: ast.Name(name, ast.Load()) for name in reads(step.tree)}
            for text, changed in given.items():
                assert isinstance(part, ast.expr)
                if text != shortened_source(part):
                    mistake = Mistake.SHOULD_BE.named(given=text, expected=shortened_source(part))
                    yield mistake, replaced(tree, part, changed)


def is_literal_number(node: ast.AST) -> TypeGuard[ast.Constant]:
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
        yield Mistake.RESHAPED.named(part=shortened_source(value)), replaced(tree, node, reshaped)


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
        part = shortened_source(replaced(parent, operand, changed))
        mistake = Mistake.PART_READS_OTHER.named(part=part, given=other, expected=name)
        yield mistake, replaced(tree, operand, changed)


def _count_mistakes(tree: ast.expr, batch_sizes: Sequence[int]) -> Iterator[EquationMistake]:
    """A wrong division or multiplication by the number of samples."""
    for count in batch_sizes:
        if count > 1:
            number = ast.Constant(count)
            yield Mistake.DIVIDED_BY_SAMPLES.named(count=count), ast.BinOp(tree, ast.Div(), number)
            if count != OF_SQUARES:
                yield Mistake.TIMES_SAMPLES.named(count=count), ast.BinOp(tree, ast.Mult(), number)


def _mistakes_at(node: ast.expr) -> Iterator[EquationMistake]:
    """The mistakes at one place of an equation: those of the table, and those that need its numbers."""
    yield from wrong_forms(node, shortened_source)
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if function_name(right) == "size":
            for number in range(2, _MAX_OTHER_DIVISOR + 1):
                mistake = Mistake.DIVIDED_BY_OTHER.named(given=number, expected=shortened_source(right))
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
            yield from _of_some_rows(left, right, taken, Mistake.ONLY_TERM.named(part=shortened_source(part)))


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
        changed = parsed_expression(taken)
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
            yield (
                Mistake.TENSOR_REPLACED.named(
                    given=shortened_source(changed), expected=shortened_source(node)
                ),
                changed,
            )


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
        mistake = Mistake.PIECES_SWAPPED.named(
            first=shortened_source(items[first]), second=shortened_source(items[second])
        )
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
                slots = {"function": name, "expected": shortened_source(axis)}
                part = some[0] if count == 1 else ast.Tuple(list(some), ast.Load())
                yield Mistake.AXES_MISSING.named(given=shortened_source(part), **slots), _along(node, part)


def parsed_expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _with_argument(source: str, name: str, letter: str) -> ast.expr:
    return with_name(parsed_expression(source), letter, ast.Name(name, ast.Load()))


def _row(node: ast.expr, at: int) -> ast.expr:
    return ast.Subscript(node, parsed_expression(str(at)), ast.Load())


def shortened_source(node: ast.expr) -> str:
    """A part of an equation as written, shortened if it is long."""
    return shortened_part(ast.unparse(node).replace(" ** ", "**"))
