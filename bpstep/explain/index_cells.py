"""One cell of an expression by letters: Σₙ X[n,i] · ∂E/∂net₁[n,j], H[i,2j+n,2k+m,l]."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from itertools import islice

from bpstep.explain import messages
from bpstep.explain.arithmetic import COMPARISONS
from bpstep.explain.notation import Derivative, Glyphs, notation
from bpstep.explain.numbers import format_literal
from bpstep.lang.functions import FUNCTIONS, written_out
from bpstep.lang.shape_rules import window_axes
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_reshape,
    is_tensor_index,
    is_whole_slice,
    keyword,
)
from bpstep.program.program import Program, Step
from bpstep.text import fill

_RESULT = "ijklabcd"
"""The letters of the result's axes; a result of one axis has the second one."""

_SUMMED = "nmpstuv"
"""The letters of sums, in the order in which they are taken."""

_SUBSCRIPTS = str.maketrans(_SUMMED, "ₙₘₚₛₜᵤᵥ")

_CHOICE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)

_OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
}

_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class Unwritten(Exception):
    """Something that has no index form here."""


class CellWriter:
    """Writes what one cell of an equation's result is, and of the expressions within."""

    def __init__(self, program: Program, step: Step, glyphs: Glyphs) -> None:
        self._program, self._glyphs = program, glyphs
        # A tensor that is called by a letter alone keeps it for itself.
        names = {self._letter_of(name) for name in (step.name, *step.reads)}
        self._letters = [letter for letter in _RESULT if letter not in names]
        self._free: Iterator[str] = (letter for letter in _SUMMED if letter not in names)
        self.condition = ""
        """A comparison that stands for 1 or 0; empty where none does."""
        self.used: dict[str, set[str]] = {}
        """The letters that each tensor was written with, where it is no index."""
        self._in_index = 0

    def equation(self, step: Step) -> str:
        """The cell of the result, and what it is. `Unwritten` where that has no form by indices."""
        shape, tree = self._program.shapes[step.name], step.tree
        letters = self.result_letters(len(shape))
        merged = self._merged_letters(tree, shape) if is_reshape(tree) else None
        if merged is not None:
            # The axes that become one have the letters, and the result an index made of them.
            inner, letters = merged
            return f"{self.cell(step.name, letters)} = {self.write(_reshaped_operand(tree), inner, _CHOICE)}"
        return f"{self.cell(step.name, letters)} = {self.write(tree, letters, _CHOICE)}"

    def result_letters(self, rank: int) -> list[str]:
        """The letters of the axes of a result."""
        letters = self._letters[1:2] if rank == 1 else self._letters[:rank]
        if len(letters) < rank:
            raise Unwritten
        return letters

    def _letter_of(self, name: str) -> str:
        written = notation(name, self._program)
        return written.by.base if isinstance(written, Derivative) else written.base

    def _shape(self, node: ast.expr) -> Shape:
        return shape_of(node, self._program.shapes)

    def _merged_letters(self, node: ast.expr, shape: Shape) -> tuple[list[str], list[str]] | None:
        """The letters of what is reshaped and of the result, where axes become one; else None."""
        inner_shape = self._shape(_reshaped_operand(node))
        groups = _axis_groups(inner_shape, shape)
        if all(len(inner) == 1 for inner, _ in groups):
            return None
        inner_letters, letters = self.result_letters(len(inner_shape)), ["0"] * len(shape)
        for inner, outer in groups:
            if len(outer) > 1:
                raise Unwritten
            letters[outer[0]] = _combined([inner_letters[k] for k in inner], [inner_shape[k] for k in inner])
        return inner_letters, letters

    def cell(self, name: str, letters: list[str]) -> str:
        """A tensor's name with its letters; an axis of one cell has 0."""
        written = self._glyphs.inline(notation(name, self._program))
        shape = self._program.shapes[name]
        if not shape:
            return written
        letters = letters[len(letters) - len(shape) :]
        found = {letter for at, size in zip(letters, shape) if size != 1 for letter in at if letter.isalpha()}
        if not self._in_index:
            self.used[name] = self.used.get(name, set()) | found
        return f"{written}[{','.join('0' if size == 1 else at for at, size in zip(letters, shape))}]"

    def write(self, node: ast.expr, letters: list[str], level: int) -> str:
        """The text of a node's cell, in parentheses where it binds less than `level`."""
        # Broadcasting takes the last axes.
        letters = letters[max(len(letters) - len(self._shape(node)), 0) :]
        if level == _CHOICE:
            # Nothing follows that a sum at the end might reach over.
            match node:
                case ast.UnaryOp(op=ast.USub(), operand=operand) if _is_reduction(operand):
                    return f"{self._glyphs.minus}{self.write(operand, letters, _SUM)}"
                case ast.BinOp(left=left, op=ast.Mult(), right=right) if _is_reduction(right):
                    factor = self.write(left, letters, _SUM if _begins_with_sign(left) else _PRODUCT)
                    return f"{factor} {self._glyphs.symbol_times} {self.write(right, letters, _SUM)}"
        text, own = self._write(node, letters)
        return f"({text})" if own < level else text

    def _write(self, node: ast.expr, letters: list[str]) -> tuple[str, int]:
        match node:
            case ast.Name(name):
                return self.cell(name, letters), _ATOM
            case ast.Constant(int() | float() as value):
                return format_literal(value), _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"{self._glyphs.minus}{self.write(operand, letters, _PRODUCT)}", _SUM
            case ast.BinOp(op=ast.MatMult()):
                return self._product(node, letters)
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(power)):
                base = self.write(node.left, letters, _ATOM)
                return base + self._glyphs.power(str(power)), _POWER
            case ast.BinOp(op=ast.Div()) if _is_ratio(node):
                return "/".join(self.write(side, [], _SUM) for side in (node.left, node.right)), _PRODUCT
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return self._elementwise(node, letters)
            case ast.Attribute(value=inner, attr="T"):
                return self.write(inner, letters[::-1], _ATOM), _ATOM
            case ast.Subscript():
                return self._subscript(node, letters), _ATOM
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                sides = self.write(left, letters, _SUM), self.write(right, letters, _SUM)
                return f" {self._glyphs.pick(*COMPARISONS[_SIGNS[type(sign)]])} ".join(sides), _CHOICE
            case ast.Call(func=ast.Attribute(value=inner)):
                return self.write(inner, self._reshaped(node, inner, letters), _ATOM), _ATOM
            case ast.Call(func=ast.Name(function)):
                return self._call(node, function, letters)
        raise Unwritten

    def _call(self, node: ast.Call, function: str, letters: list[str]) -> tuple[str, int]:
        if counts_samples(node):
            return fill(messages.SAMPLES), _ATOM
        match node:
            case ast.Call(func=ast.Name("sum" | "mean" | "max" | "min")):
                return self._reduction(node, letters)
            case ast.Call(func=ast.Name("one_hot"), args=[index, _]):
                self.condition = f"({self.write(index, letters[:-1], _ATOM)} = {letters[-1]})"
                return self.condition, _ATOM
            case ast.Call(func=ast.Name("softmax"), args=[argument]):
                inside = self.write(argument, letters, _SUM)
                return fill(messages.SOFTMAX_OVER, letter=letters[-1], argument=inside), _ATOM
            case ast.Call(func=ast.Name("arange"), args=[_]):
                return letters[-1], _ATOM
            case ast.Call(func=ast.Name("where"), args=[condition, yes, no]):
                return self._choice([yes, condition, no], letters), _CHOICE
            case ast.Call(func=ast.Name("windows"), args=[argument, _]):
                return self.write(argument, self._slid(node, argument, letters), _ATOM), _ATOM
            case ast.Call(func=ast.Name("swapaxes"), args=[argument, first, second]):
                one, other = int_literal(first), int_literal(second)
                if one is None or other is None:
                    raise Unwritten
                turned = list(letters)
                turned[one], turned[other] = letters[other], letters[one]
                return self.write(argument, turned, _ATOM), _ATOM
            case ast.Call(func=ast.Name("ones_like")):
                return "1", _ATOM
            case ast.Call(func=ast.Name("exp"), args=[argument]):
                return f"e^({self.write(argument, letters, _CHOICE)})", _POWER
        expression = written_out(node, self._shape)
        if expression is not None:
            return self._write(expression, letters)
        row = FUNCTIONS[function]
        if row.shape is not None or node.keywords:
            raise Unwritten
        name = self._glyphs.pick(row.symbol, row.plain) or function
        return f"{name}({', '.join(self.write(each, letters, _CHOICE) for each in node.args)})", _ATOM

    def _choice(self, parts: list[ast.expr], letters: list[str]) -> str:
        """What a condition takes, the condition, and what it takes else."""
        yes, condition, no = (
            self.write(part, letters, _CHOICE if at == 1 else _SUM) for at, part in enumerate(parts)
        )
        return f"{yes} {fill(messages.IF)} {condition}, {fill(messages.ELSE)} {no}"

    def _subscript(self, node: ast.Subscript, letters: list[str]) -> str:
        """A tensor at the places of its index: C[words[i],j]."""
        shape, rest, places = self._shape(node.value), list(letters), list[str]()
        indices = [part for part in index_parts(node) if is_tensor_index(part)]
        ranks = [len(self._shape(part)) for part in indices]
        picked: list[str] | None = None
        for part in index_parts(node):
            if is_new_axis(part):
                rest.pop(0)
            elif is_tensor_index(part):
                if picked is None:
                    picked = [rest.pop(0) for _ in range(max(ranks))]
                self._in_index += 1
                places.append(self.write(part, picked, _ATOM))
                self._in_index -= 1
            elif isinstance(part, ast.Slice):
                places.append(_shifted(rest.pop(0), part))
            else:
                number = int_literal(part)
                assert number is not None
                places.append(str(number % shape[len(places)]))
        return self.write(node.value, [*places, *rest], _ATOM)

    def _slid(self, node: ast.Call, argument: ast.expr, letters: list[str]) -> list[str]:
        """The letters of what windows slide over: the window's place and the place within it."""
        rank = len(self._shape(argument))
        axes, lengths = window_axes(node, rank, self._shape)
        places = letters[:rank]
        for axis, length, within in zip(axes, lengths, letters[rank:]):
            if length > 1:
                places[axis] = f"{places[axis]}+{within}" if self._shape(node)[axis] > 1 else within
        return places

    def _reshaped(self, node: ast.Call, inner: ast.expr, letters: list[str]) -> list[str]:
        """The letters of what is reshaped."""
        shape, found = self._shape(node), ["0"] * len(self._shape(inner))
        if letters and "," in letters[0]:
            return self._unmerged(node, inner, letters)
        for ins, outs in _axis_groups(self._shape(inner), shape):
            if len(ins) > 1:
                raise Unwritten
            found[ins[0]] = _combined([letters[k] for k in outs], [shape[k] for k in outs])
        return found

    def _unmerged(self, node: ast.Call, inner: ast.expr, letters: list[str]) -> list[str]:
        """The same where the first letter stands for all axes that were merged."""
        shape, merged = self._shape(inner), _merged_axes(node, self._program)
        first = letters[0].split(",")
        if len(first) != merged or shape[merged:] != self._shape(node)[1:]:
            raise Unwritten
        return [*first, *letters[1:]]

    def _elementwise(self, node: ast.BinOp, letters: list[str]) -> tuple[str, int]:
        sign, level = _OPERATORS[type(node.op)]
        shown = {"*": self._glyphs.symbol_times, "-": self._glyphs.minus}.get(sign, sign)
        if level == _SUM and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            # A sum of sums: each of them in parentheses, the whole in none.
            left = self._elementwise_open(node.left, letters)
        else:
            signed = _begins_with_sign(node.left) and level == _PRODUCT
            is_open = level == _SUM and not _is_plain(node.left)
            # A sign before a product or quotient holds for the whole.
            left = self.write(node.left, letters, _PRODUCT if is_open else _SUM if signed else level)
        right = self.write(node.right, letters, level + (sign in "-/"))
        if level == _PRODUCT and _begins_with_sign(node.left):
            level = _SUM
        return f"{left} {shown} {right}", level

    def _elementwise_open(self, node: ast.BinOp, letters: list[str]) -> str:
        """A sum that another addend follows: what stands last in it needs parentheses too."""
        sign, level = _OPERATORS[type(node.op)]
        shown = self._glyphs.minus if sign == "-" else sign
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            left = self._elementwise_open(node.left, letters)
        else:
            left = self.write(node.left, letters, level if _is_plain(node.left) else _PRODUCT)
        right = self.write(
            node.right, letters, _PRODUCT if sign == "-" or not _is_plain(node.right) else level
        )
        return f"{left} {shown} {right}"

    def _product(self, node: ast.BinOp, letters: list[str]) -> tuple[str, int]:
        left, right = (len(shape_of(each, self._program.shapes)) for each in (node.left, node.right))
        single = shape_of(node.left, self._program.shapes)[-1] == 1
        letter = "0" if single else ",".join(self._letter() for _ in range(self._inner_axes(node)))
        rest = letters[:-1] if right > 1 else letters
        row = rest if left > 1 else rest[:-1] if right > 1 and left == 1 and len(rest) else []
        first = [*row, letter] if left > 1 else [letter]
        # The result of a vector has no letter for its rows: all but the last are those of a stack.
        stack = letters[:-2] if left > 1 else letters[:-1]
        second = [*stack, letter, letters[-1]] if right > 1 else [letter]
        a, b = self.write(node.left, first, _PRODUCT), self.write(node.right, second, _PRODUCT)
        product = f"{a} {self._glyphs.symbol_times} {b}"
        return (product, _PRODUCT) if single else (self._sum_sign(letter.replace(",", "")) + product, _SUM)

    def _inner_axes(self, node: ast.BinOp) -> int:
        """How many axes a matrix product sums over: several were merged into one in both operands, else 1."""
        if not isinstance(node.left, ast.Attribute):
            return 1
        left, right = (_merged_axes(each, self._program) for each in (node.left.value, node.right))
        return left if left == right else 1

    def _reduction(self, node: ast.Call, letters: list[str]) -> tuple[str, int]:
        operand = node.args[0]
        shape = shape_of(operand, self._program.shapes)
        axes = _axes(node, len(shape))
        keeps = keyword(node, "keepdims") is not None
        inner, rest = [], list(letters)
        summed = ""
        for k in range(len(shape)):
            if k in axes:
                # An axis of one cell is no sum.
                letter = self._letter() if shape[k] != 1 else "0"
                summed += letter.strip("0")
                inner.append(letter)
                if keeps and rest:
                    rest.pop(0)
            else:
                inner.append(rest.pop(0))
        count = 1
        for k in axes:
            count *= shape[k]
        if not summed:
            return self._write(operand, inner)
        if _is_call(node, "max") or _is_call(node, "min"):
            name = function_name(node)
            sign = self._glyphs.pick(f"{name}{summed.translate(_SUBSCRIPTS)}", f"{name}_{summed}")
            return f"{sign} {self.write(operand, inner, _PRODUCT)}", _SUM
        divided = f"1/{count} {self._glyphs.symbol_times} " if _is_call(node, "mean") else ""
        level = _SUM if _is_reduction(operand) else _PRODUCT
        return f"{divided}{self._sum_sign(summed)}{self.write(operand, inner, level)}", _SUM

    def _letter(self) -> str:
        try:
            return next(self._free)
        except StopIteration:
            raise Unwritten from None

    def _sum_sign(self, letters: str) -> str:
        return self._glyphs.pick(f"Σ{letters.translate(_SUBSCRIPTS)} ", f"sum_{letters} ")


def _axes(node: ast.Call, rank: int) -> list[int]:
    """The axes that a reduction goes over."""
    axis = keyword(node, "axis")
    if axis is None:
        return list(range(rank))
    given = axis.elts if isinstance(axis, ast.Tuple) else [axis]
    numbers = [int_literal(each) for each in given]
    if None in numbers:
        raise Unwritten
    return [number % rank for number in numbers if number is not None]


def _merged_axes(node: ast.expr, program: Program) -> int:
    """How many axes of a tensor a reshape to rows makes one; 1 for anything else.

    The rows of one_hot are the places of its index.
    """
    match node:
        case ast.Call(func=ast.Name("one_hot"), args=[index, _]):
            return _merged_axes(index, program)
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
            shape, reshaped = shape_of(inner, program.shapes), shape_of(node, program.shapes)
            kept = len(reshaped) - 1
            merges = len(shape) > len(reshaped) and shape[len(shape) - kept :] == reshaped[1:]
            return len(shape) - kept if merges else 1
    return 1


def _is_plain(node: ast.expr) -> bool:
    """True where an addend on the left needs no parentheses: no sum sign would reach over it."""
    for each in ast.walk(node):
        match each:
            case ast.BinOp(op=ast.MatMult()) | ast.Call(func=ast.Name("sum" | "mean" | "max" | "min")):
                return False
    return True


def _is_call(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name


def _reshaped_operand(node: ast.expr) -> ast.expr:
    """What a call of `.reshape` lays out anew."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)):
            return inner
    raise Unwritten


def counts_samples(node: ast.expr) -> bool:
    """True for sum(ones_like(labelY[:, 0])), which is how an equation of layers counts its samples."""
    match node:
        case ast.Call(
            func=ast.Name("sum"), args=[ast.Call(func=ast.Name("ones_like"), args=[ast.Subscript()])]
        ):
            return True
    return False


def _begins_with_sign(node: ast.expr) -> bool:
    """True for -a, and for a product or quotient that begins with it."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div()):
            return _begins_with_sign(left)
    return isinstance(node, ast.UnaryOp)


def _is_ratio(node: ast.BinOp) -> bool:
    """True for 1/2 and -1/2."""
    left = node.left.operand if isinstance(node.left, ast.UnaryOp) else node.left
    return isinstance(left, ast.Constant) and isinstance(node.right, ast.Constant)


def _is_reduction(node: ast.expr) -> bool:
    """True for a sum, which reaches as far to the right as there is anything."""
    return function_name(node) in ("sum", "mean")


def _shifted(letter: str, part: ast.Slice) -> str:
    """The place of a letter in what a slice was taken from."""
    if is_whole_slice(part):
        return letter
    start = 0 if part.lower is None else int_literal(part.lower)
    if start is None or start < 0 or part.step is not None:
        raise Unwritten
    return f"{letter}+{start}" if start else letter


def _combined(letters: Sequence[str], sizes: Sequence[int]) -> str:
    """The place in one axis that places in several axes of these sizes come to: 4j+2k+l."""
    if len(letters) == 1:
        return letters[0]
    terms = []
    for k, letter in enumerate(letters):
        step = math.prod(sizes[k + 1 :])
        if step > 1 and not letter.isalpha():
            letter = f"({letter})"
        terms.append(f"{step}{letter}" if step > 1 else letter)
    return "+".join(terms)


def _axis_groups(one: Shape, other: Shape) -> list[tuple[list[int], list[int]]]:
    """The axes of one shape that become axes of the other by a reshape; those of one cell are left out."""
    ins = iter([k for k, size in enumerate(one) if size != 1])
    outs = iter([k for k, size in enumerate(other) if size != 1])
    groups: list[tuple[list[int], list[int]]] = []
    while (first := next(ins, None)) is not None:
        inner, outer = [first], list(islice(outs, 1))
        while (a := math.prod(one[k] for k in inner)) != (b := math.prod(other[k] for k in outer)):
            added = next(ins if a < b else outs, None)
            if added is None:
                raise Unwritten
            (inner if a < b else outer).append(added)
        if not outer or (len(inner) > 1 and len(outer) > 1):
            raise Unwritten
        groups.append((inner, outer))
    return groups
