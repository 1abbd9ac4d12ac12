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
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import int_literal, keyword
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
    """The cell, and what it is."""
    shapes: str
    """The shapes that meet in the first matrix product; empty where there is none."""
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
        return None
    if len(equation) > _LONGEST:
        return None
    return IndexForm(equation, _shapes(program, step.tree), _reason(step))


def _hides_indices(tree: ast.expr) -> bool:
    """True where a matrix product, an axis or a transpose hides which cells meet."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.MatMult()) | ast.Attribute(attr="T"):
                return True
            case ast.Call(keywords=[ast.keyword(arg="axis"), *_]):
                return True
    return False


def _first_product(tree: ast.expr) -> ast.BinOp | None:
    products = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    return next((node for node in products if isinstance(node.op, ast.MatMult)), None)


def _shapes(program: Program, tree: ast.expr) -> str:
    product = _first_product(tree)
    if product is None:
        return ""
    left, right, result = (
        _shape_text(shape_of(node, program.shapes)) for node in (product.left, product.right, product)
    )
    return f"{left} @ {right} = {result}"


def _shape_text(shape: Shape) -> str:
    return f"({','.join(map(str, shape))})"


def _reason(step: Step) -> str:
    """Why the first transpose is there."""
    for node in ast.walk(step.tree):
        match node:
            case ast.BinOp(left=ast.Attribute(ast.Name(name), "T"), op=ast.MatMult()):
                return fill(messages.TRANSPOSED_LEFT, name=name)
            case ast.BinOp(right=ast.Attribute(ast.Name(name), "T"), op=ast.MatMult()):
                return fill(messages.TRANSPOSED_RIGHT, name=name)
    match step.tree:
        case ast.Attribute(ast.Name(name), "T"):
            return fill(messages.TRANSPOSED_FACTOR, name=name)
    return ""


class _Writer:
    """Writes what one cell of an expression is."""

    def __init__(self, program: Program, glyphs: Glyphs) -> None:
        self._program, self._glyphs = program, glyphs
        self._free: Iterator[str] = iter(_SUMMED)

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
                return str(value), _ATOM
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
            case ast.Call(func=ast.Name("sum" | "mean")):
                return self._reduction(node, letters)
            case ast.Call(func=ast.Name(function), args=[argument], keywords=[]) if function != "softmax":
                if shape_of(argument, self._program.shapes) != shape_of(node, self._program.shapes):
                    raise _Unwritten
                return f"{function}({self.write(argument, letters, _SUM)})", _ATOM
        raise _Unwritten

    def _elementwise(self, node: ast.BinOp, letters: list[str]) -> tuple[str, int]:
        sign, level = _OPERATORS[type(node.op)]
        shown = {"*": self._glyphs.symbol_times, "-": self._glyphs.minus}.get(sign, sign)
        is_open = level == _SUM and not _is_plain(node.left)
        left = self.write(node.left, letters, _PRODUCT if is_open else level)
        right = self.write(node.right, letters, level + (sign in "-/"))
        return f"{left} {shown} {right}", level

    def _product(self, node: ast.BinOp, letters: list[str]) -> tuple[str, int]:
        left, right = (len(shape_of(each, self._program.shapes)) for each in (node.left, node.right))
        single = shape_of(node.left, self._program.shapes)[-1] == 1
        letter = "0" if single else self._letter()
        rest = letters[:-1] if right > 1 else letters
        row = rest if left > 1 else rest[:-1] if right > 1 and left == 1 and len(rest) else []
        first = [*row, letter] if left > 1 else [letter]
        second = [*letters[:-2], letter, letters[-1]] if right > 1 else [letter]
        a, b = self.write(node.left, first, _PRODUCT), self.write(node.right, second, _PRODUCT)
        product = f"{a} {self._glyphs.symbol_times} {b}"
        return (product, _PRODUCT) if single else (self._sum_sign(letter) + product, _SUM)

    def _reduction(self, node: ast.Call, letters: list[str]) -> tuple[str, int]:
        operand = node.args[0]
        shape = shape_of(operand, self._program.shapes)
        axis = keyword(node, "axis")
        at = None if axis is None else int_literal(axis)
        if axis is not None and at is None:
            raise _Unwritten
        axes = range(len(shape)) if at is None else [at % len(shape)]
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
        divided = f"1/{count} {self._glyphs.symbol_times} " if _is_call(node, "mean") else ""
        return f"{divided}{self._sum_sign(summed)}{self.write(operand, inner, _PRODUCT)}", _SUM

    def _letter(self) -> str:
        try:
            return next(self._free)
        except StopIteration:
            raise _Unwritten from None

    def _sum_sign(self, letters: str) -> str:
        return self._glyphs.pick(f"Σ{letters.translate(_SUBSCRIPTS)} ", f"sum_{letters} ")


def _is_plain(node: ast.expr) -> bool:
    """True where an addend on the left needs no parentheses: no sum sign would reach over it."""
    for each in ast.walk(node):
        match each:
            case ast.BinOp(op=ast.MatMult()) | ast.Call(func=ast.Name("sum" | "mean")):
                return False
    return True


def _is_call(node: ast.Call, name: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == name
