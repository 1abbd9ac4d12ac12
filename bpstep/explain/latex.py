"""One equation as LaTeX, for amsmath, by one walk of its tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bpstep.explain.index_letters import einsum_indices
from bpstep.explain.notation import Derivative, Symbol, keyword_texts, notation
from bpstep.lang.functions import FUNCTIONS, argument_kinds, written_out
from bpstep.lang.shape_rules import turns_matrices
from bpstep.lang.shapes import Shape, axes_of, shape_of
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_reshape,
    is_tensor_index,
    is_whole_slice,
    keyword,
    listed_items,
    reshape_sizes,
)
from bpstep.program.program import Program, Step

# How tightly a piece binds: one that binds more loosely than its place needs parentheses.
_COMPARED, _ADDED, _PREFIXED, _MULTIPLIED, _MATRICES, _FRACTION, _RAISED, _ATOM = range(8)

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta"),
    *("Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"),
)
"""The Greek letters for which LaTeX has a command of that name."""

_SIGNS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: r"\le",
    ast.Gt: ">",
    ast.GtE: r"\ge",
    ast.Eq: "=",
    ast.NotEq: r"\ne",
    ast.Add: "+",
    ast.Sub: "-",
}


class _Piece(NamedTuple):
    text: str
    level: int


def equation_latex(step: Step, program: Program) -> str:
    """`name = right-hand side` in symbols, without the dollar signs around it."""
    return f"{tensor_latex(step.name, program)} = {_Printer(program).piece(step.tree).text}"


def tensor_latex(tensor: str, program: Program) -> str:
    """A tensor in symbols: delta_V is \\frac{\\partial E}{\\partial V}."""
    found = notation(tensor, program)
    if isinstance(found, Derivative):
        return rf"\frac{{\partial {_symbol(found.of)}}}{{\partial {_symbol(found.by)}}}"
    return _symbol(found)


def escape(text: str) -> str:
    """A word as LaTeX prints it in math, with its underscores not as subscripts."""
    return text.replace("_", r"\_")


def number_latex(value: float) -> str:
    """A number: 1e-08 is 10^{-8}."""
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if float(mantissa) == 1 else rf"{mantissa} \cdot {power}"


def _symbol(symbol: Symbol) -> str:
    base = _word(symbol.base)
    return f"{base}_{{{_word(symbol.subscript)}}}" if symbol.subscript else base


def _word(text: str) -> str:
    if text in _GREEK:
        return r"\varepsilon" if text == "epsilon" else rf"\{text}"
    return text if len(text) == 1 or text.isdigit() else rf"\mathrm{{{escape(text)}}}"


class _Printer:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._shapes: Mapping[str, Shape] = program.shapes

    def piece(self, node: ast.expr) -> _Piece:
        match node:
            case ast.Name():
                level = _FRACTION if self._is_derivative(node.id) else _ATOM
                return _Piece(tensor_latex(node.id, self._program), level)
            case ast.Constant():
                text = number_latex(node.value)  # type: ignore[arg-type]
                return _Piece(text, _MULTIPLIED if "^" in text else _ATOM)
            case ast.BinOp():
                return self._operation(node)
            case ast.UnaryOp():
                return _Piece(f"-{self.parenthesised(node.operand, _PREFIXED)}", _ADDED)
            case ast.Compare():
                return self._infix(node.left, node.ops[0], node.comparators[0], _COMPARED)
            case ast.Attribute() if len(self._shape(node.value)) > 2:
                inner = _parentheses(self.piece(node.value).text)
                return _Piece(rf"\operatorname{{transpose}}{inner}", _ATOM)
            case ast.Attribute():
                return _Piece(f"{self.parenthesised(node.value, _ATOM)}^{{T}}", _RAISED)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _subscript(self, node: ast.Subscript) -> _Piece:
        parts = list(index_parts(node))
        while parts and is_new_axis(parts[0]):
            # Broadcasting adds leading axes by itself.
            del parts[0]
        if all(map(is_whole_slice, parts)):
            return self.piece(node.value)
        inside = ", ".join(
            self.piece(part).text if is_tensor_index(part) else ast.unparse(part) for part in parts
        )
        return _Piece(f"{self.parenthesised(node.value, _ATOM)}[{inside}]", _ATOM)

    def parenthesised(self, node: ast.expr, level: int) -> str:
        """The node, in parentheses if it binds less tightly than needed."""
        piece = self.piece(node)
        return piece.text if piece.level >= level else _parentheses(piece.text)

    def _is_derivative(self, tensor: str) -> bool:
        return isinstance(notation(tensor, self._program), Derivative)

    def _shape(self, node: ast.expr) -> Shape:
        return shape_of(node, self._shapes)

    def _is_number(self, node: ast.expr) -> bool:
        return all(size == 1 for size in self._shape(node))

    def _infix(self, left: ast.expr, sign: ast.AST, right: ast.expr, level: int) -> _Piece:
        text = (
            f"{self.parenthesised(left, level)} {_SIGNS[type(sign)]} {self.parenthesised(right, level + 1)}"
        )
        return _Piece(text, level)

    def _operation(self, node: ast.BinOp) -> _Piece:
        match node.op:
            case ast.Div():
                return _Piece(
                    rf"\frac{{{self.piece(node.left).text}}}{{{self.piece(node.right).text}}}", _FRACTION
                )
            case ast.Pow():
                base, power = self.parenthesised(node.left, _ATOM), self.piece(node.right).text
                return _Piece(f"{base}^{{{power}}}", _RAISED)
            case ast.MatMult():
                left, right = (
                    self.parenthesised(node.left, _MATRICES),
                    self.parenthesised(node.right, _FRACTION),
                )
                return _Piece(rf"{left} \, {right}", _MATRICES)
            case ast.Mult():
                return self._product(node)
        return self._infix(node.left, node.op, node.right, _ADDED)

    def _product(self, node: ast.BinOp) -> _Piece:
        left, right = self.parenthesised(node.left, _MULTIPLIED), self.piece(node.right)
        sign = r"\cdot" if self._is_number(node.left) or self._is_number(node.right) else r"\odot"
        if right.level == _PREFIXED:
            # A sum may be the last factor of a product, but nothing may follow it there.
            return _Piece(rf"{left} {right.text}", _PREFIXED)
        text = right.text if right.level >= _MATRICES else _parentheses(right.text)
        return _Piece(f"{left} {sign} {text}", _MULTIPLIED)

    def _call(self, node: ast.Call) -> _Piece:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            sizes = r" \times ".join(
                ast.unparse(size) if int_literal(size) is not None else self.piece(size).text
                for size in reshape_sizes(node)
            )
            inner = self.piece(node.func.value).text
            return _Piece(rf"\operatorname{{reshape}}_{{{sizes}}}{_parentheses(inner)}", _ATOM)
        assert isinstance(node.func, ast.Name)
        expression = written_out(node, self._shape)
        if expression is not None:
            return self.piece(expression)
        special = _SPECIAL_CALLS.get(node.func.id)
        return special(self, node) if special else self._function(node)

    def _function(self, node: ast.Call) -> _Piece:
        called = function_name(node)
        name = FUNCTIONS[called].latex or rf"\operatorname{{{escape(called)}}}"
        pieces: list[str] = []
        for kind, argument in argument_kinds(node):
            listed = listed_items(node) if kind == "arrays" else [argument]
            pieces += map(self._argument, listed)
        pieces += [rf"\text{{{escape(text)}}}" for text in keyword_texts(node)]
        return _Piece(f"{name}{self._over(node)}{_parentheses(', '.join(pieces))}", _ATOM)

    def _argument(self, node: ast.expr) -> str:
        """An operand, a whole number, or a tuple of them."""
        if isinstance(node, ast.Tuple):
            return f"({', '.join(map(self._argument, node.elts))}{',' * (len(node.elts) == 1)})"
        return ast.unparse(node) if int_literal(node) is not None else self.piece(node).text

    def _over(self, node: ast.Call) -> str:
        """The index that a reduction runs over: i for rows, j for columns; none for all cells."""
        if keyword(node, "axis") is None or not FUNCTIONS[function_name(node)].reduces:
            return ""
        axes = axes_of(node, len(self._shape(node.args[0]))) or ()
        return f"_{{{', '.join('ijklmn'[axis] for axis in axes)}}}"

    def sum(self, node: ast.Call) -> _Piece:
        """A sum sign before the summand."""
        inner = self.parenthesised(node.args[0], _PREFIXED)
        return _Piece(rf"\sum{self._over(node)} {inner}", _PREFIXED)

    def absolute(self, node: ast.Call) -> _Piece:
        """Bars around the operand."""
        return _Piece(rf"\left| {self.piece(node.args[0]).text} \right|", _ATOM)

    def square_root(self, node: ast.Call) -> _Piece:
        """A root sign over the operand."""
        return _Piece(rf"\sqrt{{{self.piece(node.args[0]).text}}}", _ATOM)

    def cases(self, node: ast.Call) -> _Piece:
        """One of two values, by a condition."""
        condition, yes, no = (self.piece(argument).text for argument in node.args)
        return _Piece(
            rf"\begin{{cases}} {yes} & \text{{if }} {condition} \\ {no} & \text{{otherwise}} \end{{cases}}",
            _ADDED,
        )

    def stacked(self, node: ast.Call) -> _Piece:
        """Parts one below the other, or side by side; with more than two axes by name and axis."""
        assert isinstance(node.args[0], ast.List)
        parts = node.args[0].elts
        axis = keyword(node, "axis")
        rank = len(self._shape(parts[0]))
        if rank > 2:
            return self._function(node)
        rows = rank > 1 and (axis is None or int_literal(axis) in (0, -2))
        joined = (r" \\ " if rows else " & ").join(self.piece(part).text for part in parts)
        return _Piece(rf"\begin{{bmatrix}} {joined} \end{{bmatrix}}", _ATOM)

    def outer(self, node: ast.Call) -> _Piece:
        """The product of every cell with every cell."""
        left, right = (self.parenthesised(argument, _MATRICES) for argument in node.args)
        return _Piece(rf"{left} \otimes {right}", _MULTIPLIED)

    def constant_like(self, node: ast.Call) -> _Piece:
        """Ones or zeros in a tensor's shape."""
        assert isinstance(node.func, ast.Name)
        digit = "1" if node.func.id == "ones_like" else "0"
        return _Piece(rf"\mathbf{{{digit}}}_{{{self.piece(node.args[0]).text}}}", _ATOM)

    def transposed(self, node: ast.Call) -> _Piece:
        """The transpose of a matrix, or of each matrix of a stack; other permutations are written by name."""
        rank = len(self._shape(node.args[0]))
        if turns_matrices(node, rank, self._shape):
            return _Piece(f"{self.parenthesised(node.args[0], _ATOM)}^{{T}}", _RAISED)
        return self._function(node)

    def einsum(self, node: ast.Call) -> _Piece:
        """The product of cells, with the summed indices under the sum sign."""
        parts, result = einsum_indices(node, self._shapes)
        summed = dict.fromkeys(letter for part in parts for letter in part if letter not in result)
        factors = [
            f"{_indexed(self.parenthesised(operand, _ATOM))}_{{{part}}}"
            for part, operand in zip(parts, node.args[1:])
        ]
        product = r" \, ".join(factors)
        return (
            _Piece(rf"\sum_{{{''.join(summed)}}} {product}", _PREFIXED)
            if summed
            else _Piece(product, _MATRICES)
        )

    def identity(self, node: ast.Call) -> _Piece:
        return self.piece(node.args[0])


_SPECIAL_CALLS: dict[str, Callable[[_Printer, ast.Call], _Piece]] = {
    "sum": _Printer.sum,
    "abs": _Printer.absolute,
    "sqrt": _Printer.square_root,
    "where": _Printer.cases,
    "concatenate": _Printer.stacked,
    "outer": _Printer.outer,
    "ones_like": _Printer.constant_like,
    "zeros_like": _Printer.constant_like,
    "identity": _Printer.identity,
    "swapaxes": _Printer.transposed,
    "transpose": _Printer.transposed,
    "einsum": _Printer.einsum,
}


def _indexed(text: str) -> str:
    """A piece that can take subscripts."""
    return f"{{{text}}}" if "_" in text or "^" in text else text


def _parentheses(text: str) -> str:
    return rf"\left( {text} \right)"
