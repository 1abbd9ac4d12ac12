"""Single changes of an equation that may put it right, each with the mistake that it undoes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from bpstep.explain.mistakes import (
    MAX_PART_LENGTH,
    Mistake,
    MistakeKind,
    NamedMistake,
    transpose_mistake,
)
from bpstep.explain.single_mistakes import Form, right_forms
from bpstep.gradcheck.mistake_candidates import einsum_mistakes
from bpstep.gradcheck.script.text.equation_trees import (
    FUNCTION_NAMES,
    OLD_PREFIX,
    base_name,
    entry_role,
    keeps_conditions,
    names_in,
    nodes_of,
    short_text,
    tree_text,
)
from bpstep.lang.substitution import replaced, with_name
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_number,
    keyword,
    matmul_of,
    number_literal,
    transposed_or_back,
)
from bpstep.script.equations import build


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
    """The tensor in whose place a derivative or another tensor is read: the line that computes it may be the
    wrong one."""
    is_added: bool = False
    """True if a tensor was added as a factor or a term: almost any line can be repaired that way."""
    is_replaced: bool = False
    """True if what was derived stands in the place of a part: no single mistake."""
    drops_factor: bool = False
    """True if a factor that the author wrote is left out: under another loss it may belong there."""

    @classmethod
    def undoing(
        cls,
        mistake: NamedMistake,
        make: Callable[[], ast.expr],
        column: int = 0,
        same: str = "",
        instead_of: str = "",
        is_added: bool = False,
    ) -> EquationChange:
        """The change that undoes a mistake of the table."""
        drops = mistake.mistake is Mistake.FACTOR_TOO_MANY
        return cls(
            mistake.kind, mistake.sentence, make, column, same, instead_of, is_added, drops_factor=drops
        )

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
    net_tree: ast.expr | None = None
    """The argument as an expression; None where only its text is known."""
    is_negated: bool = False
    """True where the argument is what the activation negates: `-h @ w` in `1 / (1 + exp(-h @ w))`."""

    @property
    def by_net(self) -> ast.expr:
        """The derivative with respect to the argument."""
        return ast.UnaryOp(ast.USub(), self.tree) if self.is_negated else self.tree

    @property
    def same(self) -> str:
        """The same for the derivatives that belong to the same line each time."""
        return self.role or entry_role(self.output)

    @property
    def text(self) -> str:
        """The derivative as the script would write it."""
        return short_text(self.tree)


def single_changes(
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
        mistake = Mistake.UPDATED_BEFORE.named(name=own)
        earlier_value = partial(with_name, tree, name, ast.Name(OLD_PREFIX + own, ast.Load()))
        yield EquationChange.undoing(mistake, earlier_value, same=f"old {entry_role(name)}")
    if earlier:
        yield overwriting_change(tree, earlier)
    yield from entry_changes(tree, beside)
    yield from _slope_changes(tree, slopes, numbers)
    for at, node in enumerate(nodes_of(tree)):
        for which, (mistake, changed) in enumerate(_changes_at(node)):
            column = getattr(node, "col_offset", 0)
            yield EquationChange.undoing(
                mistake, partial(replaced, tree, node, changed), column, f"{at} {which}"
            )
    yield from _divisions_of_terms(tree, numbers)
    yield from _other_tensors(tree, others)
    yield EquationChange.undoing(
        Mistake.TRANSPOSED.named(), partial(transposed_or_back, tree), same="transposed"
    )


def _divisions_of_terms(tree: ast.expr, numbers: Collection[str]) -> Iterator[EquationChange]:
    """A term divided by the count that another term is divided by, as in `dv * c / n + dmu / n`."""
    divisors = {
        tree_text(each.right): each.right
        for each in ast.walk(tree)
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div)
        if is_number(each.right) or function_name(each.right) == "size" or tree_text(each.right) in numbers
    }
    for text, divisor in divisors.items():
        for at, term in enumerate(_sum_terms(tree)):
            if any(tree_text(each) == text for each in ast.walk(term) if isinstance(each, ast.expr)):
                continue
            mistake = Mistake.TERM_NOT_DIVIDED.named(part=short_text(term), divisor=short_text(divisor))
            changed = partial(replaced, tree, term, ast.BinOp(term, ast.Div(), divisor))
            same = f"division {at} {entry_role(text)}"
            yield EquationChange.undoing(mistake, changed, getattr(term, "col_offset", 0), same)


def overwriting_change(tree: ast.expr, earlier: str) -> EquationChange:
    """The equation added to its tensor before it."""
    mistake = Mistake.OVERWRITTEN.named(name=base_name(earlier))
    return EquationChange.undoing(mistake, partial(_added_to, tree, earlier), same="overwritten")


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
                mistake = Mistake.FEEDBACK.named(given=short_text(side), expected=short_text(whole))
                same = f"feedback {entry_role(name)}"
                yield EquationChange.undoing(mistake, partial(replaced, tree, side, whole), same=same)


def sum_changes(tree: ast.expr, dimensions: int) -> Iterator[EquationChange]:
    """Sums of the equation's operands, for a result with this many dimensions: of tensors first."""
    nodes = list(enumerate(nodes_of(tree)))
    nodes.sort(key=lambda one: not isinstance(one[1], ast.Name))
    mistake = Mistake.SUM_MISSING.named()
    for at, node in nodes:
        for axis in (0, 1) if dimensions else (None,):
            keywords = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
            if dimensions > 1:
                keywords.append(ast.keyword("keepdims", ast.Constant(True)))
            added = ast.Call(ast.Name("sum", ast.Load()), [node], keywords)
            changed = partial(replaced, tree, node, added)
            column = getattr(node, "col_offset", 0)
            yield EquationChange.undoing(mistake, changed, column, f"sum {axis} of {at}")


def changes_that_keep(tree: ast.expr, names: Collection[str]) -> Iterator[EquationChange]:
    """The single changes of an update that leave its conditions and all these names in it: without its rate,
    a step would be another one."""
    for change in single_changes(tree):
        if names_in(change.tree).issuperset(names) and keeps_conditions(tree, change.tree):
            yield change


def missing_changes(
    tree: ast.expr, tensors: Sequence[str], slopes: Mapping[str, str]
) -> Iterator[EquationChange]:
    """The equation, or a term of it, times one of some tensors, or plus one of them.

    `slopes` are the tensors that hold the derivative of an activation, each with the activation.
    """
    for name in tensors:
        mistake = Mistake.FACTOR_MISSING.named(part=name)
        if name in slopes:
            mistake = Mistake.SLOPE_MISSING.named(slope=name, output=slopes[name])
        for at, term in enumerate((tree, *_terms(tree))):
            changed = partial(replaced, tree, term, ast.BinOp(term, ast.Mult(), ast.Name(name, ast.Load())))
            same = f"factor {entry_role(name)} of term {at}"
            column = getattr(term, "col_offset", 0)
            yield EquationChange.undoing(mistake, changed, column, same, is_added=True)
    for name in tensors:
        added = partial(ast.BinOp, tree, ast.Add(), ast.Name(name, ast.Load()))
        mistake = Mistake.TERM_MISSING.named(part=name)
        yield EquationChange.undoing(mistake, added, same=f"term {entry_role(name)}", is_added=True)


def scaled(tree: ast.expr, gain: float) -> EquationChange:
    """The equation divided by a constant that it should not multiply its gradient with."""
    if abs(gain + 1) < 1e-6:
        turned = partial(ast.UnaryOp, ast.USub(), tree)
        return EquationChange.undoing(Mistake.SIGN.named(), turned, same="scaled")
    mistake = (Mistake.TIMES_AND_SIGN if gain < 0 else Mistake.TIMES).named(factor=f"{abs(gain):.7g}")
    divided = partial(ast.BinOp, tree, ast.Div(), ast.Constant(float(f"{gain:.7g}")))
    return EquationChange.undoing(mistake, divided, same="scaled")


def kind_of_difference(
    given: ast.expr, wanted: ast.expr, slopes: Sequence[ActivationSlope]
) -> tuple[MistakeKind, str]:
    """The mistake of a part of an equation, by the tensors that it reads and that it should read."""
    read, right = names_in(given), names_in(wanted)
    terms, others = len(list(_sum_terms(given))), len(list(_sum_terms(wanted)))
    sentence = Mistake.TENSOR_REPLACED.named(given=short_text(given), expected=short_text(wanted)).sentence
    if max(len(tree_text(given)), len(tree_text(wanted))) > MAX_PART_LENGTH:
        sentence = ""
    missing, needless = right - read, read - right
    if terms != others:
        return MistakeKind.TERM, sentence
    if missing and needless:
        return MistakeKind.OTHER_TENSOR, sentence
    text, before = tree_text(wanted), tree_text(given)
    derivatives = ((each, f"1 - {each.output}") for each in slopes)
    lacking = [
        each for each, own in derivatives if each.net in missing or (own in text and own not in before)
    ]
    if missing and lacking:
        slope, other = lacking[0], lacking[-1]
        slots = {"slope": slope.text, "output": slope.output}
        missed = Mistake.SLOPE_MISSING.named(**slots)
        if len(lacking) == 2:
            missed = Mistake.SLOPES_MISSING.named(**slots, other_slope=other.text, other=other.output)
        return missed.kind, missed.sentence
    if len(missing) == 1:
        mistake = Mistake.FACTOR_MISSING.named(part=min(missing))
        return mistake.kind, mistake.sentence
    return MistakeKind.UNKNOWN, ""


def _sum_terms(tree: ast.expr) -> Iterator[ast.expr]:
    """The terms of a sum or difference; the expression itself if it is none."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
        yield from (*_sum_terms(tree.left), *_sum_terms(tree.right))
    else:
        yield tree


def _added_to(tree: ast.expr, earlier: str) -> ast.expr:
    """The equation added to the old value of its tensor; if it stores into a part, to that part."""
    name = ast.Name(earlier, ast.Load())
    if function_name(tree) == "where":
        assert isinstance(tree, ast.Call)
        condition, stored, rest = tree.args
        return ast.Call(tree.func, [condition, ast.BinOp(name, ast.Add(), stored), rest], [])
    return ast.BinOp(name, ast.Add(), tree)


def _slope_changes(
    tree: ast.expr, slopes: Sequence[ActivationSlope], numbers: Collection[str]
) -> Iterator[EquationChange]:
    no_tensors = FUNCTION_NAMES.union(numbers)
    for slope in slopes:
        missing = Mistake.SLOPE_MISSING.named(slope=slope.text, output=slope.output)
        whole = partial(ast.BinOp, tree, ast.Mult(), slope.tree)
        yield EquationChange.undoing(missing, whole, same=f"slope {slope.same}")
    for slope in slopes:
        missing = Mistake.SLOPE_MISSING.named(slope=slope.text, output=slope.output)
        for at, term in enumerate(_terms(tree)):
            product = ast.BinOp(term, ast.Mult(), slope.tree)
            changed = partial(replaced, tree, term, product)
            same = f"slope {slope.same} of term {at}"
            yield EquationChange.undoing(missing, changed, getattr(term, "col_offset", 0), same)
    for at, node in enumerate(nodes_of(tree)):
        # Its author's own numbers are kept where only their places are exchanged.
        if slopes and isinstance(node, ast.Call) and function_name(node) == "where":
            condition, yes, no = node.args
            other = ast.Call(node.func, [condition, no, yes], [])
            exchanged = partial(replaced, tree, node, other)
            column = getattr(node, "col_offset", 0)
            yield EquationChange.undoing(Mistake.OTHER_BRANCH.named(), exchanged, column, f"branch {at}")
            yield from _numbers_of_slopes(tree, node, slopes)
    yield from _slopes_at_outputs(tree, slopes)
    # A slope is not compared with a number: what is compared may be another tensor.
    compared = {
        id(each.left)
        for each in ast.walk(tree)
        if isinstance(each, ast.Compare) and isinstance(each.left, ast.Name)
    }
    for slope in slopes:
        for at, node in enumerate(nodes_of(tree)):
            if id(node) in compared:
                continue
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - no_tensors
            if node is not tree and (len(names) == 1 or _is_mixed_slope(node, names, slope)):
                yield _slope_in_place(tree, node, slope, at)
    yield from _slopes_in_products(tree, slopes)


def _slopes_at_outputs(tree: ast.expr, slopes: Sequence[ActivationSlope]) -> Iterator[EquationChange]:
    """A function of an activation's argument in place of the same function of its result, as in
    `1 - tanh(h)**2` for `h = tanh(z)`."""
    for slope in slopes:
        mistake = Mistake.SLOPE_OF_OUTPUT.named(output=slope.output, net=slope.net)
        if slope.net_tree is None:
            continue
        inside: set[int] = set()
        for at, node in enumerate(nodes_of(tree)):
            parts = list(ast.walk(node))
            names = {each.id for each in parts if isinstance(each, ast.Name)} - FUNCTION_NAMES
            if id(node) in inside or names != {slope.output}:
                continue
            inside |= set(map(id, parts))
            if any(isinstance(each, ast.Call) for each in parts):
                changed = partial(replaced, tree, node, with_name(node, slope.output, slope.net_tree))
                yield EquationChange.undoing(mistake, changed, same=f"net {at} {slope.same}")


def _numbers_of_slopes(
    tree: ast.expr, branches: ast.Call, slopes: Sequence[ActivationSlope]
) -> Iterator[EquationChange]:
    """A number of a derivative in place of one in a branch: 0.1 for 0.01 in `where(z > 0, d, 0.01 * d)`."""
    wanted = {number.value: number for slope in slopes for number in _fractions(slope.tree)}
    for given in _fractions(branches):
        for expected in (each for value, each in wanted.items() if value != given.value):
            mistake = Mistake.OTHER_NUMBER.named(given=tree_text(given), expected=tree_text(expected))
            same = f"number {tree_text(given)} {tree_text(expected)}"
            yield EquationChange.undoing(mistake, partial(replaced, tree, given, expected), same=same)


def _fractions(tree: ast.expr) -> Iterator[ast.Constant]:
    """The numbers in an expression that are not whole."""
    numbers = (each for each in ast.walk(tree) if isinstance(each, ast.Constant))
    yield from (each for each in numbers if isinstance(each.value, float) and each.value % 1)


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
            mistake = Mistake.SLOPE_OF_OTHER.named(given=short_text(given), output=slope.output)
            changed = partial(replaced, tree, node, ast.BinOp(before, ast.Mult(), slope.tree))
            column = getattr(node, "col_offset", 0)
            same = f"slope of product {at} {slope.same}"
            yield EquationChange.undoing(mistake, changed, column, same)


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
            yield from node.args


def _slope_in_place(tree: ast.expr, node: ast.expr, slope: ActivationSlope, at: int) -> EquationChange:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} - FUNCTION_NAMES
    kind = None
    mistake = Mistake.NOT_THE_SLOPE.named(given=short_text(node), slope=slope.text, output=slope.output)
    if isinstance(node, ast.Compare) and isinstance(slope.tree, ast.Compare):
        kind = MistakeKind.CONDITION
    elif slope.output not in names and names != {slope.net}:
        mistake = Mistake.SLOPE_OF_OTHER.named(given=short_text(node), output=slope.output)
    elif names == {slope.net}:
        # The derivative's own form, computed from the net input in place of the output.
        whole = with_name(node, slope.net, ast.Name(slope.output, ast.Load()))
        if ast.dump(whole) == ast.dump(slope.tree):
            mistake = Mistake.SLOPE_OF_NET.named(output=slope.output, net=slope.net)
    column = getattr(node, "col_offset", 0)
    same = f"slope {at} {slope.same}"
    instead_of = node.id if isinstance(node, ast.Name) else ""
    changed = partial(replaced, tree, node, slope.tree)
    return EquationChange(kind or mistake.kind, mistake.sentence, changed, column, same, instead_of)


def whole_slope(tree: ast.expr, slope: ActivationSlope) -> EquationChange:
    """The changes for an equation that should be the derivative of an activation, but is not."""
    mistake = Mistake.NOT_THE_SLOPE.named(given=short_text(tree), slope=slope.text, output=slope.output)
    return EquationChange.undoing(mistake, lambda: slope.tree, same=f"slope {slope.same}")


def entry_changes(
    tree: ast.expr, beside: Callable[[str], Iterable[tuple[str, str]]]
) -> Iterator[EquationChange]:
    """An entry of a list in place of the one before or after it."""
    for name in dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)):
        for where, other in beside(name):
            mistake = Mistake.OFF_BY_ONE.named(given=name, expected=other)
            changed = partial(with_name, tree, name, ast.Name(other, ast.Load()))
            yield EquationChange.undoing(mistake, changed, same=f"beside {entry_role(name)} {where}")


def _other_tensors(tree: ast.expr, others: Callable[[str], Sequence[str]]) -> Iterator[EquationChange]:
    """Another tensor of the same shape in one place, or in every place."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    for name in dict.fromkeys(node.id for node in names):
        places = [node for node in names if node.id == name]
        for other in others(name):
            mistake = Mistake.TENSOR_REPLACED.named(given=name, expected=other)
            wanted = ast.Name(other, ast.Load())
            same = f"other {entry_role(name)} {entry_role(other)} {_distance(name, other)}"
            changed = partial(with_name, tree, name, wanted)
            yield EquationChange.undoing(mistake, changed, same=same, instead_of=name)
            for at, place in enumerate(places if len(places) > 1 else ()):
                yield EquationChange.undoing(
                    mistake, partial(replaced, tree, place, wanted), same=f"{same} {at}"
                )


def _distance(name: str, other: str) -> str:
    """How far apart two entries of lists are, which is the same for all times of a loop; empty for others."""
    places, others = ([int(at) for at in re.findall(r"\[(-?\d+)\]", each)] for each in (name, other))
    return ",".join(str(b - a) for a, b in zip(places, others)) if len(places) == len(others) else ""


def _changes_at(node: ast.expr) -> Iterator[Form]:
    """The changes at one place of an equation: those of the table, and those that need its numbers."""
    match node:
        case ast.Call(func=ast.Name("sum" | "mean" | "max" as name)):
            yield from _axis_changes(node, name)
        case ast.Attribute(value=ast.Call(func=ast.Name("sum" | "mean" as name)) as summed, attr="T"):
            # The sum along the other axis has the other shape.
            yield from _axis_changes(summed, name)
    yield from right_forms(node, short_text)
    match node:
        case ast.BinOp(op=ast.Pow()):
            yield from _power_changes(node.left, node.right)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Name() | ast.Subscript() as by):
            square = ast.BinOp(by, ast.Pow(), ast.Constant(2))
            mistake = Mistake.SHOULD_BE.named(given=short_text(by), expected=short_text(square))
            yield mistake, ast.BinOp(left, ast.Div(), square)
        case ast.Subscript():
            yield from _index_changes(node)
        case ast.Call():
            yield from _call_changes(node)


def _power_changes(base: ast.expr, power: ast.expr) -> Iterator[Form]:
    given = number_literal(power)
    others: tuple[float, ...] = (2, 3)
    if given is not None and (given < 0 or given != int(given)):
        # An exponent such as -1.5, for a quotient by a root.
        others = (2, 3, given - 1, given + 1)
    text = short_text(ast.BinOp(base, ast.Pow(), power))
    for other in others:
        if given != other:
            changed = ast.BinOp(base, ast.Pow(), build.signed_number(other))
            yield (Mistake.SHOULD_BE.named(given=text, expected=short_text(changed)), changed)


def stack_changes(node: ast.BinOp, sides: Collection[ast.expr]) -> Iterator[Form]:
    """The matrix product with each matrix of a stack transposed; `sides` are its operands that are stacks."""
    axes: list[ast.expr] = [
        ast.UnaryOp(ast.USub(), ast.Constant(1)),
        ast.UnaryOp(ast.USub(), ast.Constant(2)),
    ]
    for side in sides:
        swapped = ast.Call(ast.Name("swapaxes", ast.Load()), [side, *axes], [])
        mistake = transpose_mistake(short_text(side), is_transposed=False)
        yield mistake, matmul_of(*(swapped if each is side else each for each in (node.left, node.right)))


def later_axes(node: ast.Call, dimensions: int) -> Iterator[Form]:
    """A reduction along the third axis of a stack, or a later one."""
    axis = keyword(node, "axis")
    at = None if axis is None else int_literal(axis)
    kept = [item for item in node.keywords if item.arg != "axis"]
    for wanted in range(2, dimensions):
        if at is not None and at not in (wanted, wanted - dimensions):
            mistake = Mistake.WRONG_AXIS.named(given=at, expected=wanted)
            keywords = [ast.keyword("axis", ast.Constant(wanted)), *kept]
            yield mistake, ast.Call(node.func, node.args, keywords)


def cell_with_indices_swapped(cell: ast.expr) -> ast.expr | None:
    """`w[j][k]` for `w[k][j]`, and `w[j, k]` for `w[k, j]`; None for what is not a cell of a table."""
    match cell:
        case ast.Subscript(
            value=ast.Subscript(value=ast.Name() as table, slice=ast.Constant() as row),
            slice=ast.Constant() as column,
        ):
            return ast.Subscript(ast.Subscript(table, column, ast.Load()), row, ast.Load())
        case ast.Subscript(
            value=ast.Name() as table, slice=ast.Tuple(elts=[ast.Constant() as row, ast.Constant() as column])
        ):
            return ast.Subscript(table, ast.Tuple([column, row], ast.Load()), ast.Load())
    return None


def _index_changes(node: ast.Subscript) -> Iterator[Form]:
    """An index or an end of a slice shifted by one, or left out."""
    yield Mistake.INDEX_TOO_MANY.named(part=short_text(node)), node.value
    parts = index_parts(node)
    for at, part in enumerate(parts):
        for changed in _shifted(part):
            index: ast.expr = changed
            if isinstance(node.slice, ast.Tuple):
                index = ast.Tuple([*parts[:at], changed, *parts[at + 1 :]], ast.Load())
            whole = ast.Subscript(node.value, index, ast.Load())
            mistake = Mistake.OFF_BY_ONE.named(given=short_text(node), expected=short_text(whole))
            yield mistake, whole


def _shifted(part: ast.expr) -> Iterator[ast.expr]:
    at = int_literal(part)
    if at is not None:
        for other in (at + 1, at - 1):
            yield build.signed_number(other)
    elif isinstance(part, ast.Slice):
        low = int_literal(part.lower) if part.lower is not None else 0
        high = int_literal(part.upper) if part.upper is not None else None
        for by in (1, -1):
            if low is not None and low + by >= 0 and (part.upper is None or high is not None):
                upper = None if high is None else ast.Constant(high + by)
                yield ast.Slice(ast.Constant(low + by), upper, part.step)


def _call_changes(node: ast.Call) -> Iterator[Form]:
    name = function_name(node)
    if name == "einsum":
        yield from einsum_mistakes(node)
    elif name in ("swapaxes", "transpose") and len(node.args) > 1:
        yield transpose_mistake(short_text(node.args[0]), is_transposed=True), node.args[0]
    elif name == "where":
        match node.args[0]:
            case ast.Compare(left=ast.Call(func=ast.Name("sum"), args=[hot]) as count) as condition if (
                function_name(hot) == "one_hot"
            ):
                rows = replaced(node, condition, replaced(condition, count, hot))
                yield Mistake.WHOLE_COLUMNS.named(), rows
    elif name == "one_hot":
        for sign in (ast.Add(), ast.Sub()):
            shifted = ast.BinOp(node.args[0], sign, ast.Constant(1))
            changed = ast.Call(node.func, [shifted, *node.args[1:]], [])
            mistake = Mistake.OFF_BY_ONE.named(given=short_text(node), expected=short_text(changed))
            yield mistake, changed


def _axis_changes(node: ast.Call, name: str) -> Iterator[Form]:
    axis = keyword(node, "axis")
    at = None if axis is None else int_literal(axis)
    kept = [item for item in node.keywords if item.arg != "axis"]
    for wanted in (0, 1):
        if at != wanted:
            keywords = [ast.keyword("axis", ast.Constant(wanted)), *kept]
            if at is None:
                mistake = Mistake.AXIS_MISSING.named(axis=wanted, function=name)
            else:
                mistake = Mistake.WRONG_AXIS.named(given=at, expected=wanted)
            yield mistake, ast.Call(node.func, node.args, keywords)
            if axis is None and not kept:
                keywords = [*keywords, ast.keyword("keepdims", ast.Constant(True))]
                yield mistake, ast.Call(node.func, node.args, keywords)
