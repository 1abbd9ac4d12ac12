"""An equation by indices: ∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j], and why a transpose stands where it does.

Matrix products, sums along an axis and transposes hide which cells meet. Written for one cell of the result,
with a letter for each axis, the sum shows itself, and with it the reason for the transpose: `@` sums over the
columns of what stands on its left and the rows of what stands on its right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bpstep.explain import messages
from bpstep.explain.notation import Glyphs, notation
from bpstep.explain.numbers import format_literal
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import children, function_name, int_literal, is_reshape, keyword
from bpstep.program.program import Program, Step
from bpstep.text import fill

_RESULT = {1: "j", 2: "ij", 3: "ijk", 4: "ijkl"}
"""The letters of the result's axes, by their number."""

_SUMMED = "nmpst"
"""The letters of sums, in the order in which they are taken."""

_SUBSCRIPTS = str.maketrans(_SUMMED, "ₙₘₚₛₜ")

_LONGEST = 160
"""An index form that is longer explains nothing."""

_SUM, _PRODUCT, _POWER, _ATOM = range(4)

_OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
}


@dataclass(frozen=True)
class IndexForm:
    """What an equation says of one cell."""

    equation: str
    """The cell, and what it is; empty where that can't be written, or would be too long to explain."""
    shapes: tuple[str, ...]
    """The shapes that meet in the matrix products, each pair of shapes once."""
    reason: str
    """Why a transpose is there, as a sentence; empty where none is."""


class _Unwritten(Exception):
    """Something that has no index form here."""


def index_form(program: Program, step: Step, glyphs: Glyphs) -> IndexForm | None:
    """The index form of an equation; None where it has none or would say nothing new."""
    if not _hides_indices(step.tree):
        return None
    writer = _Writer(program, glyphs)
    try:
        letters = list(_RESULT[len(program.shapes[step.name])]) if program.shapes[step.name] else []
        left = writer.cell(step.name, letters)
        equation = f"{left} = {writer.write(step.tree, letters, _SUM)}"
    except (_Unwritten, KeyError):
        equation = ""
    if len(equation) > _LONGEST:
        equation = ""
    reason = _reason(step)
    if equation and writer.condition and reason:
        reason = fill(messages.CONDITION_COUNTS, condition=writer.condition, reason=reason)
    return IndexForm(equation, _shapes(program, step.tree), reason) if equation or reason else None


def _hides_indices(tree: ast.expr) -> bool:
    """True where a matrix product, an axis or a transpose hides which cells meet."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.MatMult()) | ast.Attribute(attr="T"):
                return True
            case ast.Call(keywords=[ast.keyword(arg="axis"), *_]):
                return True
    return False


def _shapes(program: Program, tree: ast.expr) -> tuple[str, ...]:
    products = [
        node for node in _in_order(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    ]
    told = []
    for product in products:
        left, right, result = (
            _shape_text(shape_of(node, program.shapes)) for node in (product.left, product.right, product)
        )
        told.append(f"{left} @ {right} = {result}")
    return tuple(dict.fromkeys(told))


def _shape_text(shape: Shape) -> str:
    return f"({','.join(map(str, shape))})"


def _reason(step: Step) -> str:
    """Why each transpose is there."""
    lefts: list[str] = []
    rights: list[str] = []
    for node in _in_order(step.tree):
        match node:
            case ast.BinOp(left=ast.Attribute(operand, "T"), op=ast.MatMult()):
                lefts.append(_operand_name(operand))
            case ast.BinOp(right=ast.Attribute(operand, "T"), op=ast.MatMult()):
                rights.append(_operand_name(operand))
    told = [
        _sentence(names, one, several)
        for names, one, several in (
            (lefts, messages.TRANSPOSED_LEFT, messages.TRANSPOSED_LEFTS),
            (rights, messages.TRANSPOSED_RIGHT, messages.TRANSPOSED_RIGHTS),
        )
        if names
    ]
    if len(told) == 2:
        return fill(messages.BOTH_REASONS, first=told[0], second=told[1])
    if told:
        return told[0]
    match step.tree:
        case ast.Attribute(ast.Name(name), "T"):
            return fill(messages.TRANSPOSED_FACTOR, name=name)
    return ""


def _in_order(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression from the left to the right."""
    yield node
    for part in children(node):
        yield from _in_order(part)


def _sentence(names: list[str], one: str, several: str) -> str:
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return fill(one, names=names[0])
    return fill(several, names=fill(messages.AND, first=", ".join(names[:-1]), last=names[-1]))


def _operand_name(node: ast.expr) -> str:
    """What is transposed, without what only reshapes it."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
            return _operand_name(inner)
        case ast.Call(func=ast.Name("one_hot"), args=[index, *rest]):
            sizes = ", ".join(map(ast.unparse, rest))
            return f"one_hot({_operand_name(index)}, {sizes})"
    return ast.unparse(node)


class _Writer:
    """Writes what one cell of an expression is."""

    def __init__(self, program: Program, glyphs: Glyphs) -> None:
        self._program, self._glyphs = program, glyphs
        self._free: Iterator[str] = iter(_SUMMED)
        self.condition = ""
        """A comparison that stands for 1 or 0; empty where none does."""

    def cell(self, name: str, letters: list[str]) -> str:
        """A tensor's name with its letters; an axis of one cell has 0."""
        written = self._glyphs.inline(notation(name, self._program))
        shape = self._program.shapes[name]
        if not shape:
            return written
        letters = letters[len(letters) - len(shape) :]
        return f"{written}[{','.join('0' if size == 1 else at for at, size in zip(letters, shape))}]"

    def write(self, node: ast.expr, letters: list[str], level: int) -> str:
        """The text of a node's cell, in parentheses where it binds less than `level`."""
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
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return self._elementwise(node, letters)
            case ast.Attribute(value=inner, attr="T"):
                return self.write(inner, letters[::-1], _ATOM), _ATOM
            case ast.Call(func=ast.Name("sum" | "mean" | "max" | "min")):
                return self._reduction(node, letters)
            case ast.Call(func=ast.Attribute(value=inner)) if is_reshape(node):
                return self.write(inner, self._unmerged(node, inner, letters), _ATOM), _ATOM
            case ast.Call(func=ast.Name("one_hot"), args=[index, _]):
                self.condition = f"({self.write(index, letters[:-1], _ATOM)} = {letters[-1]})"
                return self.condition, _ATOM
            case ast.Call(func=ast.Name("softmax"), args=[argument]):
                inside = self.write(argument, letters, _SUM)
                return fill(messages.SOFTMAX_OVER, letter=letters[-1], argument=inside), _ATOM
            case ast.Call(func=ast.Name(function), args=[argument], keywords=[]):
                if shape_of(argument, self._program.shapes) != shape_of(node, self._program.shapes):
                    raise _Unwritten
                row = FUNCTIONS[function]
                name = self._glyphs.pick(row.symbol, row.plain) or function
                return f"{name}({self.write(argument, letters, _SUM)})", _ATOM
        raise _Unwritten

    def _unmerged(self, node: ast.Call, inner: ast.expr, letters: list[str]) -> list[str]:
        """The letters of what is reshaped, where the first letter stands for all axes that were merged."""
        shape, merged = shape_of(inner, self._program.shapes), _merged_axes(node, self._program)
        rest = shape_of(node, self._program.shapes)[1:]
        if not letters or merged < 2 or shape[merged:] != rest:
            raise _Unwritten
        first = letters[0].split(",")
        if len(first) != merged:
            raise _Unwritten
        return [*first, *letters[1:]]

    def _elementwise(self, node: ast.BinOp, letters: list[str]) -> tuple[str, int]:
        sign, level = _OPERATORS[type(node.op)]
        shown = {"*": self._glyphs.symbol_times, "-": self._glyphs.minus}.get(sign, sign)
        if level == _SUM and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            # A sum of sums: each of them in parentheses, the whole in none.
            left = self._elementwise_open(node.left, letters)
        else:
            signed = isinstance(node.left, ast.UnaryOp) and level == _PRODUCT
            is_open = level == _SUM and not _is_plain(node.left)
            # A sign before a product or quotient holds for the whole.
            left = self.write(node.left, letters, _PRODUCT if is_open else _SUM if signed else level)
        right = self.write(node.right, letters, level + (sign in "-/"))
        if level == _PRODUCT and isinstance(node.left, ast.UnaryOp):
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
        second = [*letters[:-2], letter, letters[-1]] if right > 1 else [letter]
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
                letter = self._letter()
                summed += letter
                inner.append(letter)
                if keeps and rest:
                    rest.pop(0)
            else:
                inner.append(rest.pop(0))
        count = 1
        for k in axes:
            count *= shape[k]
        if _is_call(node, "max") or _is_call(node, "min"):
            name = function_name(node)
            sign = self._glyphs.pick(f"{name}{summed.translate(_SUBSCRIPTS)}", f"{name}_{summed}")
            return f"{sign} {self.write(operand, inner, _PRODUCT)}", _SUM
        divided = f"1/{count} {self._glyphs.symbol_times} " if _is_call(node, "mean") else ""
        return f"{divided}{self._sum_sign(summed)}{self.write(operand, inner, _PRODUCT)}", _SUM

    def _letter(self) -> str:
        try:
            return next(self._free)
        except StopIteration:
            raise _Unwritten from None

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
        raise _Unwritten
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
