"""Single changes of an equation that may put it right, each with the mistake that it undoes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache, partial
from typing import Any

from bpstep.explain import messages as explain_messages
from bpstep.gradcheck import messages
from bpstep.gradcheck.equation_mistakes import matmul_of, transpose_mistake, transposed_or_back
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.lang.trees import (
    children,
    function_name,
    index_parts,
    int_literal,
    is_reshape,
    keyword,
    number_literal,
)
from bpstep.text import fill

_MAX_PART_LENGTH = 48


class MistakeKind(StrEnum):
    """The kinds of single mistakes. The exports use these values."""

    SIGN = "sign"
    SLOPE_MISSING = "derivative missing"
    SLOPE_PLACE = "derivative taken of the wrong tensor"
    SLOPE_WRONG = "wrong derivative"
    TRANSPOSE = "transpose"
    PRODUCT = "elementwise or matrix product"
    ORDER = "order of factors"
    COUNT = "count of samples"
    FACTOR = "factor"
    AXIS = "axis of a sum"
    SUM = "sum"
    TERM = "term"
    UPDATED_BEFORE_USED = "updated before used"
    NEVER_UPDATED = "never updated"
    OTHER_TENSOR = "another tensor"
    INDEX = "off by one"
    CONDITION = "condition"
    OVERWRITTEN = "overwritten instead of added"
    POWER = "power"
    SHAPE = "shape"
    TIE = "equal maxima"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class EquationChange:
    """A changed right-hand side."""

    kind: MistakeKind
    mistake: str
    """What is wrong with the line as it is, without a full stop."""
    make: Callable[[], ast.expr]
    column: int = 0
    """The place of the change in the equation's text."""
    same: str = ""
    """The same for the same change of another equation of the same line."""
    instead_of: str = ""
    """The tensor that a derivative replaced: the line that computes it may be the wrong one."""
    is_added: bool = False
    """True if a tensor was added as a factor or a term: almost any line can be repaired that way."""
    is_replaced: bool = False
    """True if what was derived stands in the place of a part: no single mistake."""

    @cached_property
    def tree(self) -> ast.expr:
        """The changed right-hand side, made when first needed."""
        return self.make()


@dataclass(frozen=True)
class ActivationSlope:
    """The derivative of an activation, elementwise."""

    output: str
    """The activation's result, as the script writes it."""
    net: str
    """Its argument."""
    tree: ast.expr
    node: int = -1
    """The result's node in the graph of the pass; -1 if it has none."""
    role: str = ""
    """The same for the derivatives that the times of a loop use; empty where the output's name tells."""

    @property
    def same(self) -> str:
        """The same for the derivatives that belong to the same line each time."""
        return self.role or entry_role(self.output)

    @property
    def text(self) -> str:
        """The derivative as the script would write it."""
        return short_text(self.tree)


_Change = tuple[MistakeKind, str, ast.expr]
"""A mistake's kind and sentence, and the right form of a node."""


def changes_of(
    tree: ast.expr,
    slopes: Sequence[ActivationSlope] = (),
    others: Callable[[str], Sequence[str]] = lambda _name: (),
    old: Sequence[str] = (),
    earlier: str = "",
    beside: Callable[[str], Iterable[tuple[str, str]]] = lambda _name: (),
    numbers: Collection[str] = (),
) -> Iterator[EquationChange]:
    """Every single change, the likeliest first.

    `slopes` are those of the activations, `others` gives the tensors of a tensor's shape, and `old` the names
    of parameters that were updated before this equation: OLD_PREFIX and a name is its value before the pass.
    `earlier` is the equation's own tensor before it, if the equation does not read that. `beside` gives the
    neighbours of an entry of a list, each after its direction. `numbers` are scalars of the script, such as a
    rate or the slope below 0.
    """
    for name in old:
        own = base_name(name)
        sentence = fill(messages.UPDATED_BEFORE, name=own)
        earlier_value = partial(with_name, tree, name, ast.Name(OLD_PREFIX + own, ast.Load()))
        yield EquationChange(
            MistakeKind.UPDATED_BEFORE_USED, sentence, earlier_value, same=f"old {entry_role(name)}"
        )
    if earlier:
        sentence = fill(messages.OVERWRITTEN, name=base_name(earlier))
        yield EquationChange(
            MistakeKind.OVERWRITTEN, sentence, partial(_added_to, tree, earlier), same="overwritten"
        )
    yield from entry_changes(tree, beside)
    yield from _slope_changes(tree, slopes, numbers)
    for at, node in enumerate(nodes_of(tree)):
        for which, (kind, sentence, changed) in enumerate(_changes_at(node)):
            column = getattr(node, "col_offset", 0)
            yield EquationChange(
                kind, sentence, partial(replaced, tree, node, changed), column, f"{at} {which}"
            )
    yield from _other_tensors(tree, others)
    yield EquationChange(
        MistakeKind.TRANSPOSE, fill(messages.TRANSPOSED), partial(transposed_or_back, tree), same="transposed"
    )


def feedback_changes(
    tree: ast.expr, weights: Mapping[str, Sequence[tuple[str, bool]]]
) -> Iterator[EquationChange]:
    """Weights in place of a fixed matrix, as in feedback alignment.

    `weights` are those of its shape for each such matrix, True if they have to be transposed.
    """
    for node in ast.walk(tree):
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)):
            continue
        for side in (node.left, node.right):
            inner = side.value if isinstance(side, ast.Attribute) and side.attr == "T" else side
            for name, is_turned in weights.get(inner.id, ()) if isinstance(inner, ast.Name) else ():
                wanted: ast.expr = ast.Name(name, ast.Load())
                wanted = transposed_or_back(wanted) if is_turned else wanted
                whole = transposed_or_back(wanted) if inner is not side else wanted
                sentence = fill(messages.FEEDBACK, given=short_text(side), expected=short_text(whole))
                same = f"feedback {entry_role(name)}"
                yield EquationChange(
                    MistakeKind.OTHER_TENSOR, sentence, partial(replaced, tree, side, whole), same=same
                )


def sum_changes(tree: ast.expr, dimensions: int) -> Iterator[EquationChange]:
    """Sums of the equation's operands, for a result with this many dimensions: of tensors first."""
    nodes = list(enumerate(nodes_of(tree)))
    nodes.sort(key=lambda one: not isinstance(one[1], ast.Name))
    sentence = fill(messages.SUM_MISSING)
    for at, node in nodes:
        for axis in (0, 1) if dimensions else (None,):
            keywords = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
            if dimensions > 1:
                keywords.append(ast.keyword("keepdims", ast.Constant(True)))
            added = ast.Call(ast.Name("sum", ast.Load()), [node], keywords)
            changed = partial(replaced, tree, node, added)
            column = getattr(node, "col_offset", 0)
            yield EquationChange(MistakeKind.SUM, sentence, changed, column, f"sum {axis} of {at}")


def missing_changes(
    tree: ast.expr, tensors: Sequence[str], slopes: Mapping[str, str]
) -> Iterator[EquationChange]:
    """The equation, or a term of it, times one of some tensors, or plus one of them.

    `slopes` are the tensors that hold the derivative of an activation, each with the activation.
    """
    for name in tensors:
        kind, sentence = MistakeKind.FACTOR, fill(explain_messages.FACTOR_MISSING, part=name)
        if name in slopes:
            kind = MistakeKind.SLOPE_MISSING
            sentence = fill(messages.SLOPE_MISSING, slope=name, output=slopes[name])
        for at, term in enumerate((tree, *_terms(tree))):
            changed = partial(replaced, tree, term, ast.BinOp(term, ast.Mult(), ast.Name(name, ast.Load())))
            same = f"factor {entry_role(name)} of term {at}"
            column = getattr(term, "col_offset", 0)
            yield EquationChange(kind, sentence, changed, column, same, is_added=True)
    for name in tensors:
        added = partial(ast.BinOp, tree, ast.Add(), ast.Name(name, ast.Load()))
        sentence = fill(messages.TERM_MISSING, term=name)
        yield EquationChange(
            MistakeKind.TERM, sentence, added, same=f"term {entry_role(name)}", is_added=True
        )


def scaled(tree: ast.expr, gain: float) -> EquationChange:
    """The equation divided by a constant that it should not multiply its gradient with."""
    if abs(gain + 1) < 1e-6:
        turned = partial(ast.UnaryOp, ast.USub(), tree)
        return EquationChange(MistakeKind.SIGN, fill(messages.SIGN), turned, same="scaled")
    template = messages.TIMES_AND_SIGN if gain < 0 else messages.TIMES
    sentence = fill(template, factor=f"{abs(gain):.7g}")
    divided = partial(ast.BinOp, tree, ast.Div(), ast.Constant(float(f"{gain:.7g}")))
    return EquationChange(MistakeKind.FACTOR, sentence, divided, same="scaled")


def difference(
    given: ast.expr, wanted: ast.expr, slopes: Sequence[ActivationSlope] = ()
) -> tuple[MistakeKind, str]:
    """The mistake of a part of an equation, by the tensors that it reads and that it should read."""
    read, right = names_in(given), names_in(wanted)
    terms, others = len(list(_sum_terms(given))), len(list(_sum_terms(wanted)))
    sentence = fill(messages.TENSOR_REPLACED, given=short_text(given), expected=short_text(wanted))
    if max(len(tree_text(given)), len(tree_text(wanted))) > _MAX_PART_LENGTH:
        sentence = ""
    missing, needless = right - read, read - right
    if terms != others:
        return MistakeKind.TERM, sentence
    if missing and needless:
        return MistakeKind.OTHER_TENSOR, sentence
    text, before = tree_text(wanted), tree_text(given)
    derivatives = ((each, f"1 - {each.output}") for each in slopes)
    lacking = (
        each for each, own in derivatives if each.net in missing or (own in text and own not in before)
    )
    slope = next(lacking, None)
    if missing and slope is not None:
        missed = fill(messages.SLOPE_MISSING, slope=slope.text, output=slope.output)
        return MistakeKind.SLOPE_MISSING, missed
    if len(missing) == 1:
        return MistakeKind.FACTOR, fill(explain_messages.FACTOR_MISSING, part=min(missing))
    return MistakeKind.UNKNOWN, ""


def names_in(tree: ast.expr) -> set[str]:
    """The tensors that an expression reads."""
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} - _FUNCTION_NAMES - {"sum"}


def _sum_terms(tree: ast.expr) -> Iterator[ast.expr]:
    """The terms of a sum or difference; the expression itself if it is none."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
        yield from (*_sum_terms(tree.left), *_sum_terms(tree.right))
    else:
        yield tree


def base_name(name: str) -> str:
    """A tensor's name without the line and the number of the time that distinguish its values."""
    return name.split(":")[0]


def entry_role(name: str) -> str:
    """A tensor's name without what distinguishes the times and entries for which a line runs."""
    return re.sub(r"\[-?\d+\]", "[]", base_name(name))


def _added_to(tree: ast.expr, earlier: str) -> ast.expr:
    """The equation added to the old value of its tensor; if it stores into a part, to that part."""
    name = ast.Name(earlier, ast.Load())
    if function_name(tree) == "where":
        assert isinstance(tree, ast.Call)
        condition, stored, rest = tree.args
        return ast.Call(tree.func, [condition, ast.BinOp(name, ast.Add(), stored), rest], [])
    return ast.BinOp(name, ast.Add(), tree)


OLD_PREFIX = "\0"
"""No name of a script begins with it."""


def _slope_changes(
    tree: ast.expr, slopes: Sequence[ActivationSlope], numbers: Collection[str]
) -> Iterator[EquationChange]:
    no_tensors = _FUNCTION_NAMES.union(numbers)
    for slope in slopes:
        missing = fill(messages.SLOPE_MISSING, slope=slope.text, output=slope.output)
        whole = partial(ast.BinOp, tree, ast.Mult(), slope.tree)
        yield EquationChange(MistakeKind.SLOPE_MISSING, missing, whole, same=f"slope {slope.same}")
    for slope in slopes:
        missing = fill(messages.SLOPE_MISSING, slope=slope.text, output=slope.output)
        for at, term in enumerate(_terms(tree)):
            product = ast.BinOp(term, ast.Mult(), slope.tree)
            changed = partial(replaced, tree, term, product)
            same = f"slope {slope.same} of term {at}"
            yield EquationChange(
                MistakeKind.SLOPE_MISSING, missing, changed, getattr(term, "col_offset", 0), same
            )
    for slope in slopes:
        for at, node in enumerate(nodes_of(tree)):
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - no_tensors
            if node is not tree and (len(names) == 1 or _is_mixed_slope(node, names, slope)):
                yield _slope_in_place(tree, node, slope, at)
    yield from _slopes_in_products(tree, slopes)


def _slopes_in_products(tree: ast.expr, slopes: Sequence[ActivationSlope]) -> Iterator[EquationChange]:
    """The derivative in place of two adjacent factors: of `s * (1 - s)` in `-2 * s * (1 - s) * d`."""
    for at, node in enumerate(nodes_of(tree)):
        match node:
            case ast.BinOp(
                left=ast.BinOp(left=before, op=ast.Mult(), right=first), op=ast.Mult(), right=second
            ):
                given = ast.BinOp(first, ast.Mult(), second)
            case _:
                continue
        for slope in slopes:
            sentence = fill(messages.SLOPE_OF_OTHER, given=short_text(given), output=slope.output)
            changed = partial(replaced, tree, node, ast.BinOp(before, ast.Mult(), slope.tree))
            column = getattr(node, "col_offset", 0)
            same = f"slope of product {at} {slope.same}"
            yield EquationChange(MistakeKind.SLOPE_PLACE, sentence, changed, column, same)


def _is_mixed_slope(node: ast.expr, names: Collection[str], slope: ActivationSlope) -> bool:
    """True for what looks like a derivative but reads one tensor more, as `1 - h * h_before`."""
    return (
        len(names) == 2
        and slope.output in names
        and isinstance(node, ast.BinOp)
        and len(list(nodes_of(node))) > 3
    )


def _terms(tree: ast.expr) -> Iterator[ast.expr]:
    """The terms of a sum, and the operands of a reduction or matrix product: the slope may belong there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from (node.left, node.right)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            # A gradient computed within another one, as in `(delta @ W.T) @ X`.
            yield from (side for side in (node.left, node.right) if isinstance(side, ast.BinOp))
        elif function_name(node) in ("sum", "mean"):
            assert isinstance(node, ast.Call)
            yield node.args[0]


def _slope_in_place(tree: ast.expr, node: ast.expr, slope: ActivationSlope, at: int) -> EquationChange:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - _FUNCTION_NAMES
    kind = MistakeKind.SLOPE_WRONG
    sentence = fill(messages.NOT_THE_SLOPE, given=short_text(node), slope=slope.text, output=slope.output)
    if isinstance(node, ast.Compare) and isinstance(slope.tree, ast.Compare):
        kind = MistakeKind.CONDITION
    elif slope.output not in names and names != {slope.net}:
        kind = MistakeKind.SLOPE_PLACE
        sentence = fill(messages.SLOPE_OF_OTHER, given=short_text(node), output=slope.output)
    elif names == {slope.net} != {slope.output}:
        # The derivative's own form, computed from the net input in place of the output.
        whole = with_name(node, slope.net, ast.Name(slope.output, ast.Load()))
        if ast.dump(whole) == ast.dump(slope.tree):
            kind = MistakeKind.SLOPE_PLACE
            sentence = fill(messages.SLOPE_OF_NET, output=slope.output, net=slope.net)
    column = getattr(node, "col_offset", 0)
    same = f"slope {at} {slope.same}"
    instead_of = node.id if isinstance(node, ast.Name) else ""
    return EquationChange(kind, sentence, partial(replaced, tree, node, slope.tree), column, same, instead_of)


def whole_slope(tree: ast.expr, slope: ActivationSlope) -> EquationChange:
    """The changes for an equation that should be the derivative of an activation, but is not."""
    sentence = fill(messages.NOT_THE_SLOPE, given=short_text(tree), slope=slope.text, output=slope.output)
    return EquationChange(MistakeKind.SLOPE_WRONG, sentence, lambda: slope.tree, same=f"slope {slope.same}")


_FUNCTION_NAMES = frozenset(
    (
        "exp",
        "tanh",
        "sigmoid",
        "relu",
        "where",
        "maximum",
        "sqrt",
        "square",
        "power",
        "ones_like",
        "step",
        "log",
    )
)


def entry_changes(
    tree: ast.expr, beside: Callable[[str], Iterable[tuple[str, str]]]
) -> Iterator[EquationChange]:
    """An entry of a list in place of the one before or after it."""
    for name in dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)):
        for where, other in beside(name):
            sentence = fill(messages.OFF_BY_ONE, given=name, expected=other)
            changed = partial(with_name, tree, name, ast.Name(other, ast.Load()))
            yield EquationChange(
                MistakeKind.INDEX, sentence, changed, same=f"beside {entry_role(name)} {where}"
            )


def _other_tensors(tree: ast.expr, others: Callable[[str], Sequence[str]]) -> Iterator[EquationChange]:
    """Another tensor of the same shape in one place, or in every place."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    for name in dict.fromkeys(node.id for node in names):
        places = [node for node in names if node.id == name]
        for other in others(name):
            sentence = fill(messages.TENSOR_REPLACED, given=name, expected=other)
            kind, wanted = MistakeKind.OTHER_TENSOR, ast.Name(other, ast.Load())
            same = f"other {entry_role(name)} {entry_role(other)} {_distance(name, other)}"
            yield EquationChange(kind, sentence, partial(with_name, tree, name, wanted), same=same)
            for at, place in enumerate(places if len(places) > 1 else ()):
                yield EquationChange(
                    kind, sentence, partial(replaced, tree, place, wanted), same=f"{same} {at}"
                )


def _distance(name: str, other: str) -> str:
    """How far apart two entries of lists are, which is the same for all times of a loop; empty for others."""
    places, others = ([int(at) for at in re.findall(r"\[(-?\d+)\]", each)] for each in (name, other))
    return ",".join(str(b - a) for a, b in zip(places, others)) if len(places) == len(others) else ""


def _changes_at(node: ast.expr) -> Iterator[_Change]:
    match node:
        case ast.BinOp(op=ast.MatMult()):
            yield from _matrix_changes(node.left, node.right)
        case ast.BinOp(op=op) if type(op) in _BY_OPERATOR:
            yield from _BY_OPERATOR[type(op)](node.left, node.right)
        case ast.UnaryOp(operand=operand):
            yield MistakeKind.SIGN, fill(messages.SIGN), operand
        case ast.Compare():
            yield from _comparison_changes(node)
        case ast.Subscript():
            yield from _index_changes(node)
        case ast.Call() if not is_reshape(node):
            yield from _call_changes(node)
        case ast.Name(id=name):
            one = ast.Constant(1)
            yield (
                MistakeKind.SLOPE_WRONG,
                fill(messages.ONE_MINUS, part=name),
                ast.BinOp(one, ast.Sub(), node),
            )


def _sum_changes(left: ast.expr, right: ast.expr) -> Iterator[_Change]:
    added = fill(explain_messages.ADDED, part=short_text(right))
    yield MistakeKind.SIGN, added, ast.BinOp(left, ast.Sub(), right)
    yield (
        MistakeKind.SIGN,
        fill(explain_messages.ADDED, part=short_text(left)),
        ast.BinOp(right, ast.Sub(), left),
    )
    for kept, term in ((left, right), (right, left)):
        yield MistakeKind.TERM, fill(messages.TERM_TOO_MANY, part=short_text(term)), kept
    both = fill(messages.ADDED_NOT_MULTIPLIED, left=short_text(left), right=short_text(right))
    yield MistakeKind.FACTOR, both, ast.BinOp(left, ast.Mult(), right)


def _difference_changes(left: ast.expr, right: ast.expr) -> Iterator[_Change]:
    subtracted = fill(explain_messages.SUBTRACTED, part=short_text(right))
    yield MistakeKind.SIGN, subtracted, ast.BinOp(left, ast.Add(), right)
    yield MistakeKind.SIGN, fill(explain_messages.DIFFERENCE_TURNED), ast.BinOp(right, ast.Sub(), left)
    for kept, term in ((left, right), (right, left)):
        yield MistakeKind.TERM, fill(messages.TERM_TOO_MANY, part=short_text(term)), kept


def _product_changes(left: ast.expr, right: ast.expr) -> Iterator[_Change]:
    for first, second in _orientations(left, right):
        yield MistakeKind.PRODUCT, fill(messages.ELEMENTWISE), matmul_of(first, second)
    for first, second in ((transposed_or_back(left), right), (left, transposed_or_back(right))):
        part = left if second is right else right
        yield MistakeKind.TRANSPOSE, _transpose_sentence(part), ast.BinOp(first, ast.Mult(), second)
    for kept, factor in ((left, right), (right, left)):
        yield MistakeKind.FACTOR, fill(messages.FACTOR_TOO_MANY, part=short_text(factor)), kept
    yield (
        MistakeKind.FACTOR,
        fill(explain_messages.MULTIPLIED, part=short_text(right)),
        ast.BinOp(left, ast.Div(), right),
    )


def _quotient_changes(left: ast.expr, right: ast.expr) -> Iterator[_Change]:
    divided = fill(messages.DIVIDED, part=short_text(right))
    yield MistakeKind.FACTOR, divided, ast.BinOp(left, ast.Mult(), right)
    yield MistakeKind.FACTOR, fill(messages.DIVIDED_TOO_MUCH, part=short_text(right)), left
    yield MistakeKind.FACTOR, fill(explain_messages.FRACTION_TURNED), ast.BinOp(right, ast.Div(), left)


def _power_changes(base: ast.expr, power: ast.expr) -> Iterator[_Change]:
    text = short_text(ast.BinOp(base, ast.Pow(), power))
    yield MistakeKind.POWER, fill(messages.POWER_TOO_MANY, part=text), base
    given = number_literal(power)
    others: tuple[float, ...] = (2, 3)
    if given is not None and (given < 0 or given != int(given)):
        # An exponent such as -1.5, for a quotient by a root.
        others = (2, 3, given - 1, given + 1)
    for other in others:
        if given != other:
            changed = ast.BinOp(base, ast.Pow(), _number(other))
            yield (
                MistakeKind.POWER,
                fill(messages.SHOULD_BE, given=text, expected=short_text(changed)),
                changed,
            )


def _number(value: float) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _matrix_changes(left: ast.expr, right: ast.expr) -> Iterator[_Change]:
    turned_left, turned_right = transposed_or_back(left), transposed_or_back(right)
    yield MistakeKind.TRANSPOSE, _transpose_sentence(right), matmul_of(left, turned_right)
    yield MistakeKind.TRANSPOSE, _transpose_sentence(left), matmul_of(turned_left, right)
    yield MistakeKind.ORDER, fill(messages.PRODUCT_TURNED), matmul_of(right, left)
    yield MistakeKind.ORDER, fill(messages.PRODUCT_TURNED), matmul_of(turned_right, turned_left)
    yield MistakeKind.TRANSPOSE, _transpose_sentence(left, right), matmul_of(turned_left, turned_right)
    yield MistakeKind.ORDER, fill(messages.PRODUCT_TURNED), matmul_of(right, turned_left)
    yield MistakeKind.ORDER, fill(messages.PRODUCT_TURNED), matmul_of(turned_right, left)
    yield MistakeKind.PRODUCT, fill(messages.MATRIX_NOT_ELEMENTWISE), ast.BinOp(left, ast.Mult(), right)
    outer = ast.Call(ast.Name("outer", ast.Load()), [left, right], [])
    yield MistakeKind.PRODUCT, fill(messages.OUTER_MISSING), outer


def _transpose_sentence(*parts: ast.expr) -> str:
    bare = [part.value if isinstance(part, ast.Attribute) else part for part in parts]
    if len(parts) == 1:
        return transpose_mistake(short_text(bare[0]), isinstance(parts[0], ast.Attribute))
    left, right = map(short_text, bare)
    match [isinstance(part, ast.Attribute) for part in parts]:
        case True, False:
            return fill(messages.TRANSPOSES_EXCHANGED, part=right, given=left)
        case False, True:
            return fill(messages.TRANSPOSES_EXCHANGED, part=left, given=right)
        case True, True:
            return fill(messages.BOTH_TRANSPOSES_TOO_MANY, left=left, right=right)
    return fill(messages.BOTH_TRANSPOSES_MISSING, left=left, right=right)


def _orientations(left: ast.expr, right: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Both orders, each operand as it is or transposed."""
    for first, second in ((left, right), (right, left)):
        for one in (first, transposed_or_back(first)):
            for other in (second, transposed_or_back(second)):
                yield one, other


def _comparison_changes(node: ast.Compare) -> Iterator[_Change]:
    turned = {ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt}
    other: Any = turned.get(type(node.ops[0]))
    if other is not None:
        changed = ast.Compare(node.left, [other()], node.comparators)
        yield MistakeKind.CONDITION, fill(messages.CONDITION_TURNED, part=short_text(node)), changed


def _index_changes(node: ast.Subscript) -> Iterator[_Change]:
    """An index or an end of a slice shifted by one."""
    parts = index_parts(node)
    for at, part in enumerate(parts):
        for changed in _shifted(part):
            index: ast.expr = changed
            if isinstance(node.slice, ast.Tuple):
                index = ast.Tuple([*parts[:at], changed, *parts[at + 1 :]], ast.Load())
            whole = ast.Subscript(node.value, index, ast.Load())
            sentence = fill(messages.OFF_BY_ONE, given=short_text(node), expected=short_text(whole))
            yield MistakeKind.INDEX, sentence, whole


def _shifted(part: ast.expr) -> Iterator[ast.expr]:
    at = int_literal(part)
    if at is not None:
        for other in (at + 1, at - 1):
            yield _number(other)
    elif isinstance(part, ast.Slice):
        low = int_literal(part.lower) if part.lower is not None else 0
        high = int_literal(part.upper) if part.upper is not None else None
        for by in (1, -1):
            if low is not None and low + by >= 0 and (part.upper is None or high is not None):
                upper = None if high is None else ast.Constant(high + by)
                yield ast.Slice(ast.Constant(low + by), upper, part.step)


def _call_changes(node: ast.Call) -> Iterator[_Change]:
    name = function_name(node)
    if name in ("sum", "mean", "max"):
        yield from _reduction_changes(node, name)
    elif name == "where":
        condition, yes, no = node.args
        yield (
            MistakeKind.CONDITION,
            fill(explain_messages.OTHER_BRANCH),
            ast.Call(node.func, [condition, no, yes], []),
        )
    elif name == "outer":
        left, right = node.args
        yield MistakeKind.ORDER, fill(messages.PRODUCT_TURNED), ast.Call(node.func, [right, left], [])
    elif name == "one_hot":
        for sign in (ast.Add(), ast.Sub()):
            shifted = ast.BinOp(node.args[0], sign, ast.Constant(1))
            changed = ast.Call(node.func, [shifted, *node.args[1:]], [])
            sentence = fill(messages.OFF_BY_ONE, given=short_text(node), expected=short_text(changed))
            yield MistakeKind.INDEX, sentence, changed
    elif len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.List | ast.Tuple):
        forgotten = fill(messages.FUNCTION_TOO_MANY, function=name)
        yield MistakeKind.SLOPE_WRONG, forgotten, node.args[0]
        if name in ("exp", "sigmoid") and not isinstance(node.args[0], ast.UnaryOp):
            turned = ast.Call(node.func, [ast.UnaryOp(ast.USub(), node.args[0])], [])
            yield MistakeKind.SIGN, fill(messages.SIGN), turned


def _reduction_changes(node: ast.Call, name: str) -> Iterator[_Change]:
    axis = keyword(node, "axis")
    at = None if axis is None else int_literal(axis)
    kept = [item for item in node.keywords if item.arg != "axis"]
    for wanted in (0, 1):
        if at != wanted:
            keywords = [ast.keyword("axis", ast.Constant(wanted)), *kept]
            if at is None:
                sentence = fill(messages.AXIS_MISSING, axis=wanted, function=name)
            else:
                sentence = fill(messages.WRONG_AXIS_OF, given=at, expected=wanted)
            yield MistakeKind.AXIS, sentence, ast.Call(node.func, node.args, keywords)
            if axis is None and not kept:
                keywords = [*keywords, ast.keyword("keepdims", ast.Constant(True))]
                yield MistakeKind.AXIS, sentence, ast.Call(node.func, node.args, keywords)
    if axis is not None:
        yield (
            MistakeKind.AXIS,
            fill(messages.AXIS_TOO_MANY, function=name),
            ast.Call(node.func, node.args, []),
        )
    yield MistakeKind.SUM, fill(messages.SUM_TOO_MANY, function=name), node.args[0]


_BY_OPERATOR: dict[type[ast.operator], Callable[[ast.expr, ast.expr], Iterator[_Change]]] = {
    ast.Add: _sum_changes,
    ast.Sub: _difference_changes,
    ast.Mult: _product_changes,
    ast.Div: _quotient_changes,
    ast.Pow: _power_changes,
}


# Trees


def nodes_of(tree: ast.expr) -> Iterator[ast.expr]:
    """The expressions of a tree that are values, the outermost first, without the names of functions."""
    level = [tree]
    while level:
        yield from level
        level = [inner for node in level for inner in _value_children(node)]


def _value_children(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        inner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        # The operands of concatenate and stack stand in a list, which is no value.
        items = [part for item in node.args for part in (item.elts if isinstance(item, ast.List) else [item])]
        return [*inner, *(item for item in items if not isinstance(item, ast.Constant))]
    if isinstance(node, ast.Subscript):
        return [node.value]
    return [child for child in children(node) if not isinstance(child, ast.Constant)]


def changed_part(tree: ast.expr, changed: ast.expr) -> ast.expr:
    """The smallest part of a tree outside of which a changed one is the same."""
    kept = {id(node) for node in ast.walk(changed)}
    while True:
        inner = [child for child in _value_children(tree) if id(child) not in kept]
        if len(inner) != 1 or type(changed) is not type(tree):
            return tree
        others = _value_children(changed)
        at = [id(child) for child in _value_children(tree)].index(id(inner[0]))
        if len(others) != len(_value_children(tree)):
            return tree
        tree, changed = inner[0], others[at]


def tidied(tree: ast.expr) -> ast.expr:
    """A derived expression as one would write it: without factors of 1, with signs and numbers put together.

    What is added to it spreads a factor of ones.
    """

    def change(node: ast.AST) -> ast.AST | None:
        match node:
            case ast.BinOp(left=left, op=ast.Mult() as op, right=right):
                one, other = tidied(left), tidied(right)
                for factor, rest in ((one, other), (other, one)):
                    if function_name(factor) == "ones_like" or number_literal(factor) == 1:
                        return rest
                    if isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub):
                        pair = (factor.operand, rest) if factor is one else (rest, factor.operand)
                        return tidied(ast.UnaryOp(ast.USub(), ast.BinOp(pair[0], op, pair[1])))
                numbers = number_literal(one), number_literal(other)
                if None not in numbers:
                    return _number(numbers[0] * numbers[1])  # type: ignore[operator]
                return ast.BinOp(one, op, other)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = tidied(operand)
                is_turned = isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub)
                return inner.operand if is_turned else ast.UnaryOp(ast.USub(), inner)  # type: ignore[attr-defined]
        return None

    found: ast.expr = rebuilt(tree, change)
    return found


def short_text(node: ast.AST) -> str:
    """A part of an equation as written, shortened if it is long."""
    text = tree_text(node)
    return text if len(text) <= _MAX_PART_LENGTH else text[: _MAX_PART_LENGTH - 3] + "..."


@lru_cache(maxsize=2048)
def tree_text(node: ast.AST) -> str:
    """An expression as a line of text."""
    return ast.unparse(ast.fix_missing_locations(node)).replace(" ** ", "**").replace(OLD_PREFIX, "")
