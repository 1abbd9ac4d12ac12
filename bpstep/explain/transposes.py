"""Why each transpose in an equation is there, in whatever way it is written, or why there is none.

`@` sums over the columns of its left operand and the rows of its right one. To sum over the other axis of a
tensor, it must be transposed; that is the reason for every transpose beside an `@`, in matrices and in stacks
of them.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from itertools import zip_longest
from typing import NamedTuple

from bpstep.explain import messages
from bpstep.explain.index_cells import counts_samples
from bpstep.frozen import frozen
from bpstep.lang.functions import called_function
from bpstep.lang.shape_rules import permutation, swapped_axes
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import (
    children,
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_reshape,
    is_whole_slice,
)
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.text import fill, listed_with_and


class _Side(Enum):
    """Which operand of `@` a transposed tensor is."""

    LEFT = auto()
    RIGHT = auto()
    ALONE = auto()


@frozen
class _Turn:
    """A tensor whose axes an equation reorders."""

    name: str
    """The operand of the transpose, as written."""
    side: _Side
    order: tuple[int, ...]
    """The tensor's axis that becomes each axis of the result."""
    shape: Shape
    """The tensor's shape."""
    text: str
    """The transpose, as written."""

    @property
    def turned(self) -> Shape:
        """The shape of the transpose."""
        return tuple(self.shape[axis] for axis in self.order)

    @property
    def summed(self) -> int:
        """How many terms the sum of its product has; 0 if it is in none."""
        if self.side is _Side.ALONE:
            return 0
        return self.turned[-1 if self.side is _Side.LEFT else max(len(self.turned) - 2, 0)]

    @property
    def is_matrix(self) -> bool:
        """True if rows and columns are swapped, in a matrix or in each of a stack."""
        rank = len(self.order)
        return rank > 1 and self.order == (*range(rank - 2), rank - 1, rank - 2)


def transpose_reasons(program: Program, step: Step, shapes: Mapping[str, Shape]) -> list[str]:
    """The reasons, a sentence each; none if nobody would ask."""
    turns = list(_turns(step.tree, shapes))
    told = _matrix_reasons([turn for turn in turns if turn.is_matrix and turn.side is not _Side.ALONE])
    for turn in turns:
        if len(turn.shape) < 2:
            told.append(fill(messages.VECTOR_TRANSPOSED, name=turn.name))
        elif turn.side is _Side.ALONE:
            told.append(_alone(program, step, turn))
        elif not turn.is_matrix:
            told.append(_moved_for_product(turn))
    if all(turn.side is not _Side.ALONE for turn in turns):
        told += _missing(program, step, shapes, is_brief=False)
    return list(dict.fromkeys(told))


def brief_reasons(program: Program, step: Step, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """The reason for the transposes beside an `@`, or for none, in fewer and fewer words; empty if it takes
    more.
    """
    found = list(_turns(step.tree, shapes))
    turns = [turn for turn in found if turn.is_matrix and turn.side is not _Side.ALONE]
    if not turns and found:
        return _brief_alone(program, step, found[0])
    if not turns:
        return tuple(_missing(program, step, shapes, is_brief=True))
    written = ".T" if all(turn.text.endswith(".T") for turn in turns) else "transpose"
    lefts, rights = (_names(turns, side) for side in (_Side.LEFT, _Side.RIGHT))
    if lefts and rights:
        return tuple(
            fill(template, transpose=written, lefts=joined_names(lefts), rights=joined_names(rights))
            for template in (messages.SUMS_OVER_BOTH, messages.SUMS_OVER_BOTH_SIDES)
        )
    side, names = turns[0].side, lefts or rights
    is_one = all(turn.summed == 1 for turn in turns)
    key = side, len(names) > 1, is_one
    is_stack = any(len(turn.shape) > 2 for turn in turns)
    templates = (_BRIEFLY[key], _MORE_BRIEFLY[key], _WITHOUT_NAMES[side, is_one])
    return tuple(
        fill(template, names=joined_names(names), transpose=written) for template in templates[is_stack:]
    )


def _names(turns: Sequence[_Turn], side: _Side) -> list[str]:
    """What is transposed on a side of `@`, each once."""
    return list(dict.fromkeys(turn.name for turn in turns if turn.side is side))


def in_reading_order(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression from left to right, without those of which only the shape is used."""
    row = called_function(node)
    if counts_samples(node) or (row is not None and row.shape_only):
        return
    yield node
    for part in children(node):
        yield from in_reading_order(part)


def products(tree: ast.expr) -> list[ast.BinOp]:
    """The matrix products, from left to right."""
    found = (node for node in in_reading_order(tree) if isinstance(node, ast.BinOp))
    return [node for node in found if isinstance(node.op, ast.MatMult)]


def joined_names(names: Sequence[str]) -> str:
    """Names as a sentence lists them, each once: a, b and c."""
    return listed_with_and(list(dict.fromkeys(names)))


def shape_in_brackets(shape: Shape) -> str:
    """A shape beside an index form: (4,30)."""
    return f"({','.join(map(str, shape))})"


def _turns(tree: ast.expr, shapes: Mapping[str, Shape]) -> Iterator[_Turn]:
    sides: dict[int, _Side] = {}
    for node in in_reading_order(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            for operand, side in ((node.left, _Side.LEFT), (node.right, _Side.RIGHT)):
                sides |= {id(part): side for part in _cell_by_cell(operand, shapes)}
        found = _turned_operand(node)
        if found is None:
            continue
        shape = shape_of(found, shapes)
        order = _order(node, len(shape), shapes)
        if len(shape) == 1 or order != tuple(range(len(shape))):
            side = sides.get(id(node), _Side.ALONE)
            is_whole = side is _Side.ALONE and is_reshape(found)
            yield _Turn(
                ast.unparse(found) if is_whole else _operand_name(found, shapes),
                side,
                order,
                shape,
                ast.unparse(node),
            )


def _cell_by_cell(operand: ast.expr, shapes: Mapping[str, Shape]) -> Iterator[ast.expr]:
    """An operand of `@`, and the factors that have its rows and columns: `X.T` of `a * X.T`."""
    yield operand
    parts: list[ast.expr] = []
    match operand:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            parts = [left, right]
        case ast.UnaryOp(operand=inner):
            parts = [inner]
    for part in parts:
        if shape_of(part, shapes) == shape_of(operand, shapes):
            yield from _cell_by_cell(part, shapes)


def _turned_operand(node: ast.expr) -> ast.expr | None:
    """The operand of a transpose; None for any other node."""
    match node:
        case ast.Attribute(value=inner, attr="T"):
            return inner
        case ast.Call(func=ast.Name("swapaxes" | "transpose"), args=[inner, *_]):
            return inner
    return None


def _order(node: ast.expr, rank: int, shapes: Mapping[str, Shape]) -> tuple[int, ...]:
    def inner(child: ast.expr) -> Shape:
        return shape_of(child, shapes)

    if not isinstance(node, ast.Call):
        return tuple(range(rank))[::-1]
    if function_name(node) == "transpose":
        return tuple(permutation(node, rank, inner))
    one, other = swapped_axes(node, rank, inner)
    order = list(range(rank))
    order[one], order[other] = other, one
    return tuple(order)


def _matrix_reasons(turns: list[_Turn]) -> list[str]:
    """Why matrices that are operands of `@` are transposed."""
    lefts, rights = ([turn for turn in turns if turn.side is side] for side in (_Side.LEFT, _Side.RIGHT))
    if lefts and rights:
        told = [
            fill(
                messages.TRANSPOSED_BOTH_SIDES,
                lefts=joined_names([turn.name for turn in lefts]),
                rights=joined_names([turn.name for turn in rights]),
            )
        ]
        single = [turn.name for turn in turns if turn.summed == 1]
        return [*told, fill(messages.ONLY_ONE, single=joined_names(single))] if single else told
    told = []
    for is_stack in (False, True):
        group = [turn for turn in turns if (len(turn.shape) > 2) == is_stack]
        if group:
            told.append(_in_products(group, group[0].side, is_stack))
    return told


def _in_products(turns: list[_Turn], side: _Side, is_stack: bool) -> str:
    """Why matrices beside an `@` are transposed: which axis is summed."""
    names = joined_names([turn.name for turn in turns])
    single = [turn.name for turn in turns if turn.summed == 1]
    several = len({turn.name for turn in turns}) > 1
    slots = {
        "shape": shape_in_brackets(turns[0].shape),
        "turned": shape_in_brackets(turns[0].turned),
        "count": turns[0].summed,
    }
    if not several:
        return fill(_ONE[side, is_stack, bool(single)], names=names, **slots)
    if not single and not is_stack and len({turn.shape for turn in turns}) == 1:
        return fill(_ALIKE[side], names=names, **slots)
    if not single:
        return fill(_SEVERAL[side, is_stack, False], names=names)
    if {turn.name for turn in turns} == set(single):
        return fill(_SEVERAL[side, is_stack, True], names=names)
    return fill(_SOME_OF_ONE[side, is_stack], names=names, single=joined_names(single))


_ONE = {
    (_Side.LEFT, False, False): messages.TRANSPOSED_LEFT,
    (_Side.LEFT, False, True): messages.TRANSPOSED_LEFT_OF_ONE,
    (_Side.LEFT, True, False): messages.STACK_TRANSPOSED_LEFT,
    (_Side.LEFT, True, True): messages.STACK_TRANSPOSED_LEFT_OF_ONE,
    (_Side.RIGHT, False, False): messages.TRANSPOSED_RIGHT,
    (_Side.RIGHT, False, True): messages.TRANSPOSED_RIGHT_OF_ONE,
    (_Side.RIGHT, True, False): messages.STACK_TRANSPOSED_RIGHT,
    (_Side.RIGHT, True, True): messages.STACK_TRANSPOSED_RIGHT_OF_ONE,
}
"""The sentence for one tensor: by its side, whether it is a stack, and whether its sum has one term."""

_SEVERAL = {
    (_Side.LEFT, False, False): messages.TRANSPOSED_LEFTS,
    (_Side.LEFT, False, True): messages.TRANSPOSED_LEFTS_OF_ONE,
    (_Side.LEFT, True, False): messages.STACKS_TRANSPOSED_LEFT,
    (_Side.LEFT, True, True): messages.STACKS_TRANSPOSED_LEFT_OF_ONE,
    (_Side.RIGHT, False, False): messages.TRANSPOSED_RIGHTS,
    (_Side.RIGHT, False, True): messages.TRANSPOSED_RIGHTS_OF_ONE,
    (_Side.RIGHT, True, False): messages.STACKS_TRANSPOSED_RIGHT,
    (_Side.RIGHT, True, True): messages.STACKS_TRANSPOSED_RIGHT_OF_ONE,
}
"""The sentence for several tensors."""

_ALIKE = {
    _Side.LEFT: messages.TRANSPOSED_LEFTS_ALIKE,
    _Side.RIGHT: messages.TRANSPOSED_RIGHTS_ALIKE,
}
"""The sentence for several tensors of one shape."""

_BRIEFLY = {
    (_Side.LEFT, False, False): messages.BRIEFLY_TRANSPOSED_LEFT,
    (_Side.LEFT, False, True): messages.BRIEFLY_TRANSPOSED_LEFT_OF_ONE,
    (_Side.LEFT, True, False): messages.BRIEFLY_TRANSPOSED_LEFTS,
    (_Side.LEFT, True, True): messages.BRIEFLY_TRANSPOSED_LEFTS_OF_ONE,
    (_Side.RIGHT, False, False): messages.BRIEFLY_TRANSPOSED_RIGHT,
    (_Side.RIGHT, False, True): messages.BRIEFLY_TRANSPOSED_RIGHT_OF_ONE,
    (_Side.RIGHT, True, False): messages.BRIEFLY_TRANSPOSED_RIGHTS,
    (_Side.RIGHT, True, True): messages.BRIEFLY_TRANSPOSED_RIGHTS_OF_ONE,
}
"""The short sentence: by the side, whether there are several tensors, and whether each sum has one term."""

_MORE_BRIEFLY = {
    (_Side.LEFT, False, False): messages.SUMS_OVER_ROWS,
    (_Side.LEFT, False, True): messages.SUMS_OVER_ITS_ROW,
    (_Side.LEFT, True, False): messages.SUMS_OVER_ROWS_OF_SEVERAL,
    (_Side.LEFT, True, True): messages.SUMS_OVER_THEIR_ROW,
    (_Side.RIGHT, False, False): messages.SUMS_OVER_COLUMNS,
    (_Side.RIGHT, False, True): messages.SUMS_OVER_ITS_COLUMN,
    (_Side.RIGHT, True, False): messages.SUMS_OVER_COLUMNS_OF_SEVERAL,
    (_Side.RIGHT, True, True): messages.SUMS_OVER_THEIR_COLUMN,
}
"""The sentence for a single line, by the same."""

_WITHOUT_NAMES = {
    (_Side.LEFT, False): messages.SUMS_OVER_LEFT_ROWS,
    (_Side.LEFT, True): messages.SUMS_OVER_LEFT_ROW,
    (_Side.RIGHT, False): messages.SUMS_OVER_RIGHT_COLUMNS,
    (_Side.RIGHT, True): messages.SUMS_OVER_RIGHT_COLUMN,
}
"""The sentence for a single line if the names are long: by the side, and whether each sum has one term."""

_SOME_OF_ONE = {
    (_Side.LEFT, False): messages.TRANSPOSED_LEFTS_SOME_OF_ONE,
    (_Side.LEFT, True): messages.STACKS_TRANSPOSED_LEFT_SOME_OF_ONE,
    (_Side.RIGHT, False): messages.TRANSPOSED_RIGHTS_SOME_OF_ONE,
    (_Side.RIGHT, True): messages.STACKS_TRANSPOSED_RIGHT_SOME_OF_ONE,
}
"""The sentence for several tensors, if some sums have one term."""


def _moved_for_product(turn: _Turn) -> str:
    """Why the axes of a tensor are permuted before a product: the product sums over the last."""
    at = -1 if turn.side is _Side.LEFT else -2
    template = messages.AXES_MOVED_LEFT if turn.side is _Side.LEFT else messages.AXES_MOVED_RIGHT
    return fill(template, name=turn.name, order=_listed(turn.order), axis=turn.order[at])


def _listed(order: Sequence[int]) -> str:
    return ", ".join(map(str, order))


def _alone(program: Program, step: Step, turn: _Turn) -> str:
    """Why a tensor outside any product is transposed."""
    if step.phase == Phase.BACKWARD and _is_turned_before(program, step, turn):
        if _is_added_to_itself(step.tree, turn):
            return fill(messages.TAKEN_BOTH_WAYS, name=step.role.by, turned=turn.text)
        return fill(messages.TURNED_BACK, name=step.role.by)
    whole = ast.unparse(step.tree) == turn.text
    if not turn.is_matrix:
        return fill(messages.AXES_MOVED, name=turn.name, order=_listed(turn.order))
    if len(turn.shape) > 2:
        return fill(messages.STACK_TRANSPOSED, name=turn.name)
    if not whole and turn.shape[1] == 1 and _multiplies_rows(program, step, turn.name):
        return fill(messages.COLUMN_AS_ROW, name=turn.name, by=step.role.by)
    if not whole:
        return fill(messages.TRANSPOSED_BESIDE, name=turn.name, text=turn.text)
    if step.role.kind == RoleKind.FACTOR_INPUT:
        return fill(messages.TRANSPOSED_FACTOR, name=turn.name)
    if step.role.kind == RoleKind.FACTOR and step.role.of and step.role.by:
        return fill(messages.TRANSPOSED_WAY_BACK, name=turn.name, of=step.role.of, by=step.role.by)
    return fill(messages.TRANSPOSED, name=turn.name)


def _brief_alone(program: Program, step: Step, turn: _Turn) -> tuple[str, ...]:
    """Why a tensor outside any product is transposed, in fewer and fewer words; empty if it takes more."""
    whole = _alone(program, step, turn)
    if whole == fill(messages.TURNED_BACK, name=step.role.by):
        return (fill(messages.BRIEFLY_TURNED_BACK, name=step.role.by),)
    slots = {"name": turn.name, "of": step.role.of, "by": step.role.by}
    if whole != fill(messages.TRANSPOSED_WAY_BACK, **slots):
        return ()
    return tuple(fill(template, **slots) for template in (messages.BRIEFLY_WAY_BACK, messages.WAY_BACK))


def _is_turned_before(program: Program, step: Step, turn: _Turn) -> bool:
    """True if a gradient is transposed because the forward pass transposes its variable."""
    is_gradient = turn.name not in program.initial and turn.name != step.role.by
    return is_gradient and bool(_transposed_by(program, step, step.role.by))


def _multiplies_rows(program: Program, step: Step, name: str) -> bool:
    """True if the gradient is by a tensor that an equation on its path multiplies by the tensor `name`."""
    if step.phase != Phase.BACKWARD:
        return False
    readers = program.readers(step)
    wanted = f"{step.role.by} @ {name}"
    return any(ast.unparse(product) == wanted for reader in readers for product in products(reader.tree))


def _is_added_to_itself(tree: ast.expr, turn: _Turn) -> bool:
    """True for D + D.T, the gradient of a tensor that the forward pass reads both ways."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                if {ast.unparse(left), ast.unparse(right)} == {turn.name, turn.text}:
                    return True
    return False


def _missing(program: Program, step: Step, shapes: Mapping[str, Shape], *, is_brief: bool) -> list[str]:
    """Why a product of the backward pass has no transpose; empty if nobody would expect one."""
    if step.phase != Phase.BACKWARD:
        return []
    for product in products(step.tree):
        for side in (product.left, product.right):
            name = ast.unparse(side)
            at = program.step_indices.get(name)
            source = program.steps[at].tree if at is not None else None
            original = None if source is None else _turned_operand(source)
            if source is not None and isinstance(original, ast.Name):
                is_sum = shape_of(product.left, shapes)[-1] != 1
                template = messages.ALREADY_TRANSPOSED if is_sum else messages.ALREADY_TRANSPOSED_OF_ONE
                if is_brief:
                    template = messages.BRIEFLY_ALREADY_TRANSPOSED
                slots = {"source": ast.unparse(source), "original": original.id, "step": (at or 0) + 1}
                return [fill(template, name=name, **slots)]
            if text := _transposed_by(program, step, name):
                template = messages.BRIEFLY_TRANSPOSED_BACK if is_brief else messages.TRANSPOSED_BACK
                return [fill(template, name=name, text=text)]
    return []


def _transposed_by(program: Program, step: Step, written: str) -> str:
    """How an equation on the gradient's path transposes what is written so; empty if none does."""
    for reader in step.role.via:
        for node in in_reading_order(program.steps[program.step_indices[reader]].tree):
            operand = _turned_operand(node)
            if operand is not None and ast.unparse(operand) == written:
                return ast.unparse(node)
    return ""


def new_axis_reasons(step: Step, shapes: Mapping[str, Shape]) -> list[str]:
    """What an axis added by None does to an operand that a reader may take for a transpose.

    An axis before all others is left out: every operand has it without being written.
    """
    told = []
    for node in in_reading_order(step.tree):
        match node:
            case ast.BinOp(left=left, op=operator, right=right) if not isinstance(operator, ast.MatMult):
                sides = [left, right]
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
            case _:
                continue
        for side in sides:
            if not isinstance(side, ast.Subscript):
                continue
            items = side.slice.elts if isinstance(side.slice, ast.Tuple) else [side.slice]
            kept = [item for item in items if not is_new_axis(item)]
            if all(is_new_axis(item) for item in items[: len(items) - len(kept)]):
                continue
            name = ast.unparse(side.value)
            if not all(isinstance(item, ast.Slice) and ast.unparse(item) == ":" for item in kept):
                name = ast.unparse(_subscript(side.value, kept))
            is_vector = len(shape_of(side, shapes)) == 2
            template = messages.AS_COLUMN if is_vector else messages.NEW_AXIS
            index = f"[{ast.unparse(side.slice).strip('()')}]"
            told.append(fill(template, index=index, name=name, text=ast.unparse(side)))
    return list(dict.fromkeys(told))


def taken_axis_reasons(program: Program, step: Step) -> list[str]:
    """Which added axis an index 0 of the backward pass takes away: [:, 0] undoes [:, None]."""
    if step.phase != Phase.BACKWARD:
        return []
    readers = program.readers(step)
    added = [
        (reader.name, ast.unparse(made), index_parts(made))
        for reader in readers
        for made in in_reading_order(reader.tree)
        if isinstance(made, ast.Subscript) and any(map(is_new_axis, index_parts(made)))
    ]
    told = []
    for node in in_reading_order(step.tree):
        if not isinstance(node, ast.Subscript):
            continue
        parts = index_parts(node)
        for reader_name, text, made_parts in added:
            if _takes_away(parts, made_parts):
                index = f"[{ast.unparse(node.slice).strip('()')}]"
                told.append(fill(messages.TAKES_AXIS_AWAY, text=index, made=text, reader=reader_name))
    return list(dict.fromkeys(told))


def _takes_away(parts: list[ast.expr], added: list[ast.expr]) -> bool:
    """True for an index 0 wherever the other index adds an axis, with all other axes whole in both."""
    pairs = list(zip_longest(parts, added, fillvalue=ast.Slice()))
    taken = [is_new_axis(made) and int_literal(part) == 0 for part, made in pairs]
    whole = [is_whole_slice(made) and is_whole_slice(part) for part, made in pairs]
    return any(taken) and all(one or other for one, other in zip(taken, whole))


def reshape_reasons(program: Program, step: Step, shapes: Mapping[str, Shape]) -> list[str]:
    """Why the backward pass reshapes: it undoes a reshape of the forward pass, or quotes it."""
    if step.phase != Phase.BACKWARD:
        return []
    told: list[str] = []
    readers = program.readers(step)
    forward = [(reader, node) for reader in readers for node in in_reading_order(reader.tree)]
    for node in in_reading_order(step.tree):
        for reader, made in forward if is_reshape(node) else ():
            if is_reshape(made):
                told += _reshape_reason(node, made, reader, shapes)
    return list(dict.fromkeys(told))


def _reshape_reason(
    node: ast.expr, made: ast.expr, reader: Step, shapes: Mapping[str, Shape]
) -> Iterator[str]:
    """Why an equation reshapes as `node` does, if it follows from the reshape `made` of the forward pass."""
    inner, given = _reshaped_operand(made), _reshaped_operand(node)
    before, after = shape_of(inner, shapes), shape_of(made, shapes)
    if ast.unparse(node) == ast.unparse(made):
        yield fill(messages.RESHAPED_ALIKE, text=ast.unparse(node), reader=reader.name)
    elif (shape_of(given, shapes), shape_of(node, shapes)) == (after, before):
        slots = {"before": shape_in_brackets(before), "after": shape_in_brackets(after)}
        yield fill(messages.RESHAPED_BACK, inner=ast.unparse(inner), **slots)


def _reshaped_operand(node: ast.expr) -> ast.expr:
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Attribute)
    return node.func.value


def _subscript(value: ast.expr, items: list[ast.expr]) -> ast.expr:
    index = items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())
    return ast.Subscript(value, index, ast.Load())


def stack_reasons(step: Step, shapes: Mapping[str, Shape], letters: Sequence[str]) -> list[str]:
    """What a product does with axes before the last two, and a reshape with them before the product.

    `letters` are those of the result's axes, empty if the equation has no index form.
    """
    flattened: list[str] = []
    carried: dict[_Carried, list[str]] = {}
    for product in products(step.tree):
        for side in (product.left, product.right):
            for part in _cell_by_cell(side, shapes):
                inner = _turned_operand(part) or part
                if is_reshape(inner) and lays_rows_out(inner, shapes):
                    flattened.append(_operand_name(inner, shapes))
        ranks = [len(shape_of(side, shapes)) for side in (product.left, product.right)]
        leading = max(*ranks, 2) - 2
        if not leading:
            continue
        shared = [ast.unparse(side) for side, rank in zip((product.left, product.right), ranks) if rank <= 2]
        at = _carried(step, product, leading, shapes, letters)
        carried.setdefault(at._replace(is_shared=bool(shared)), []).extend(shared[:1])
    told = [at.sentence(names) for at, names in carried.items()]
    if flattened:
        told.insert(0, fill(messages.ROWS_LAID_OUT, names=joined_names(flattened)))
    return told


class _Carried(NamedTuple):
    """What a stack of products does with its leading axes."""

    letters: str
    """The indices of these axes; empty if the result has no index form."""
    axes: int
    """How many there are."""
    matrices: int
    """How many products there are."""
    is_shared: bool = False
    """True if all products share one matrix."""

    def sentence(self, names: Sequence[str]) -> str:
        """The sentence about all products that do the same; `names` are the shared matrices."""
        name = joined_names(names) if self.is_shared else ""
        if not self.letters:
            each = messages.CARRIED_COUNT_SHARED if self.is_shared else messages.CARRIED_COUNT
            return fill(each, name=name, count=self.matrices)
        if self.axes == 1:
            each = messages.CARRIED_SHARED if self.is_shared else messages.CARRIED
        else:
            each = messages.CARRIED_MANY_SHARED if self.is_shared else messages.CARRIED_MANY
        return fill(each, name=name, letters=self.letters)


def _carried(
    step: Step, product: ast.BinOp, leading: int, shapes: Mapping[str, Shape], letters: Sequence[str]
) -> _Carried:
    shape = shape_of(product, shapes)
    at = list(letters[:leading])
    if not _keeps_axes(step.tree, product) or len(at) < leading or len(shape) != len(letters):
        at = []
    return _Carried(", ".join(at), leading, math.prod(shape[:leading]))


def _keeps_axes(tree: ast.expr, product: ast.BinOp) -> bool:
    """True if a product's axes are those of the result: only elementwise operations surround it."""
    if tree is product:
        return True
    match tree:
        case ast.BinOp(op=ast.MatMult()) | ast.Attribute() | ast.Subscript():
            return False
        case ast.BinOp() | ast.UnaryOp():
            return any(_keeps_axes(part, product) for part in children(tree))
        case ast.Call(func=ast.Name()):
            row = called_function(tree)
            elementwise = row is not None and row.shape is None
            return elementwise and any(_keeps_axes(part, product) for part in children(tree))
    return False


def lays_rows_out(node: ast.expr, shapes: Mapping[str, Shape]) -> bool:
    """True for a reshape that stacks the rows of all matrices below one another."""
    before, after = shape_of(_reshaped_operand(node), shapes), shape_of(node, shapes)
    return len(before) > len(after) == 2 and before[-1] == after[-1]


def _operand_name(node: ast.expr, shapes: Mapping[str, Shape]) -> str:
    """The transposed operand, without reshapes around it that leave its rows as they are."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node) and _keeps_rows(node, shapes):
            return _operand_name(inner, shapes)
        case ast.Call(func=ast.Name("one_hot"), args=[index, *rest]):
            sizes = ", ".join(map(ast.unparse, rest))
            return f"one_hot({_index_name(index, shapes)}, {sizes})"
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.MatMult()) | ast.UnaryOp():
            return f"({ast.unparse(node)})"
    return ast.unparse(node)


def _keeps_rows(node: ast.Call, shapes: Mapping[str, Shape]) -> bool:
    """True for a reshape to a matrix that lays rows out, or adds or drops axes of length 1."""
    if len(shape_of(node, shapes)) > 2:
        return False
    assert isinstance(node.func, ast.Attribute)
    before, after = (
        [size for size in shape_of(each, shapes) if size > 1] for each in (node.func.value, node)
    )
    return before == after or lays_rows_out(node, shapes)


def _index_name(node: ast.expr, shapes: Mapping[str, Shape]) -> str:
    """The index of a one_hot, of which each number becomes a row, also where they are first laid out flat."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
            flat = shape_of(node, shapes)
            if len(flat) == 1 < len(shape_of(inner, shapes)):
                return f"{_operand_name(inner, shapes)} {fill(messages.LAID_OUT_AS, shape=flat[0])}"
            return _operand_name(inner if len(flat) == 1 else node, shapes)
    return _operand_name(node, shapes)
