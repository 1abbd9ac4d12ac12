"""Equations in symbols, as two-dimensional text: fractions over a bar, side by side on a baseline.

Every character of a formula takes one cell, so its length is its width.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bpstep.errors import ExpressionError
from bpstep.explain import messages
from bpstep.explain.index_letters import einsum_indices
from bpstep.explain.notation import Derivative, Glyphs, keyword_texts, notation
from bpstep.explain.numbers import format_literal
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS, argument_kinds, written_out
from bpstep.lang.parser import reads
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
    only_repeats,
    substituted,
)
from bpstep.program.diagram import LayoutKind
from bpstep.program.program import Program, Step
from bpstep.text import cell_width, fill, fill_plural

Span = tuple[str, str]
"""Text and the role that colours it."""


@dataclass(frozen=True)
class Box:
    """Lines of spans, all of one width; `baseline` is the line that is aligned with neighbours."""

    lines: tuple[tuple[Span, ...], ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        """The width in cells."""
        return sum(cell_width(text) for text, _ in self.lines[0])

    @property
    def height(self) -> int:
        """The number of lines."""
        return len(self.lines)


def text_box(text: str, role: str = "text") -> Box:
    """One line of text."""
    return Box((((text, role),),))


def join_boxes(boxes: Sequence[Box]) -> Box:
    """Boxes side by side, with their baselines aligned."""
    above = max(box.baseline for box in boxes)
    below = max(box.height - box.baseline for box in boxes)
    lines: list[tuple[Span, ...]] = []
    for y in range(above + below):
        spans: list[Span] = []
        for box in boxes:
            at = y - above + box.baseline
            spans += box.lines[at] if 0 <= at < box.height else ((" " * box.width, "text"),)
        lines.append(tuple(spans))
    return Box(tuple(lines), above)


def fraction_box(top: Box, bottom: Box, role: str = "text", bar: str = "─") -> Box:
    """One box above another, with a bar between."""
    width = max(top.width, bottom.width)
    lines = (*centre_box(top, width).lines, ((bar * width, role),), *centre_box(bottom, width).lines)
    return Box(lines, top.height)


def centre_box(box: Box, width: int) -> Box:
    """The box centred in `width` cells."""
    left = (width - box.width) // 2
    right = width - box.width - left
    pad = tuple(((" " * left, "text"), *line, (" " * right, "text")) for line in box.lines)
    return Box(pad, box.baseline)


_LOWEST, _TERM, _FACTOR, _PREFIXED, _RAISED, _ATOM = range(6)
"""What surrounds an expression: nothing or a comma, a sum, a product, a minus, a power, or tighter."""

_PRECEDENCE = {
    ast.Add: _TERM,
    ast.Sub: _TERM,
    ast.Mult: _FACTOR,
    ast.MatMult: _FACTOR,
    ast.Div: _FACTOR,
    ast.Pow: _RAISED,
}

_COMPARISONS = {
    ast.Lt: ("<", "<"),
    ast.LtE: ("≤", "<="),
    ast.Gt: (">", ">"),
    ast.GtE: ("≥", ">="),
    ast.Eq: ("=", "=="),
    ast.NotEq: ("≠", "!="),
}


@dataclass(frozen=True)
class Symbols:
    """Writes the equations of a program in symbols. `roles` colours tensors by name."""

    program: Program
    glyphs: Glyphs
    roles: Mapping[str, str]

    def equation(self, step: Step) -> Box:
        """left = right, on at most three lines."""
        left = self.name(step.name, stacked=True)
        parts = [left, text_box(" = "), self.right_side(step, stacked=True)]
        definition = self.definition(step)
        return join_boxes([*parts, text_box(" = "), definition] if definition else parts)

    def right_side(self, step: Step, stacked: bool) -> Box:
        """What a step computes. An updated tensor stands there for its value before the update."""
        is_updated = step.name in step.reads and step.name in self.roles
        before = replace(self, roles={**self.roles, step.name: "read"}) if is_updated else self
        return before.write(step.tree, stacked=stacked)

    def definition(self, step: Step) -> Box | None:
        """An activation's definition with its argument put in, if the equation is just that call."""
        call = step.tree
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return None
        name, argument = call.func.id, call.args[0]
        if name not in ACTIVATIONS or name in ("identity", "tanh") or not isinstance(argument, ast.Name):
            return None
        if name == "softmax":
            return self._softmax(argument)
        return self.write(substituted(ACTIVATIONS[name].definition, {"x": argument}), True)

    def name(self, name: str, stacked: bool, precedence: int = _LOWEST) -> Box:
        """A tensor; a derivative on one line is in parentheses if a power or a bar would seem to apply to
        half of it.
        """
        found, role = notation(name, self.program), self.roles.get(name, "text")
        if isinstance(found, Derivative) and stacked:
            top = self.glyphs.partial + self.glyphs.symbol(found.of)
            bottom = self.glyphs.partial + self.glyphs.symbol(found.by)
            return fraction_box(text_box(top, role), text_box(bottom, role), role, self.glyphs.bar)
        inline = text_box(self.glyphs.inline(found), role)
        return _parenthesise(inline, isinstance(found, Derivative) and precedence > _FACTOR)

    def write(
        self, node: ast.expr, stacked: bool, precedence: int = _LOWEST, after_operator: bool = False
    ) -> Box:
        """An expression as mathematics, in a box of lines.

        `stacked`: a division may be written with a bar; `precedence` is that of the surroundings;
        `after_operator`: an operator precedes, so that a leading minus needs parentheses.
        """
        match node:
            case ast.Name():
                return self.name(node.id, stacked, precedence)
            case ast.Constant():
                return text_box(format_literal(float(node.value)))  # type: ignore[arg-type]
            case ast.UnaryOp():
                inner = join_boxes(
                    [text_box(self.glyphs.minus), self.write(node.operand, stacked, _PREFIXED, True)]
                )
                return _parenthesise(inner, precedence > _FACTOR or after_operator)
            case ast.Compare():
                sign = self.glyphs.pick(*_COMPARISONS[type(node.ops[0])])
                both = (node.left, node.comparators[0])
                sides = [self.write(side, False, _TERM) for side in both]
                return _parenthesise(
                    join_boxes([sides[0], text_box(f" {sign} "), sides[1]]), precedence > _LOWEST
                )
            case ast.BinOp(left=left) if only_repeats(node):
                return self.write(left, stacked, precedence, after_operator)
            case ast.BinOp():
                return self._operation(node, stacked, precedence, after_operator)
            case ast.Attribute() if self._rank(node.value) > 2:
                return join_boxes([text_box("transpose("), self.write(node.value, False), text_box(")")])
            case ast.Attribute():
                return join_boxes(
                    [self.write(node.value, False, _ATOM), text_box(self.glyphs.pick("ᵀ", ".T"))]
                )
            case ast.Subscript():
                return self._subscript(node, stacked, precedence)
            case ast.Call():
                return self._call(node, stacked, precedence)
        raise AssertionError(f"{type(node).__name__} passed the grammar")

    def _subscript(self, node: ast.Subscript, stacked: bool, precedence: int) -> Box:
        parts = list(index_parts(node))
        while parts and is_new_axis(parts[0]):
            # Broadcasting adds leading axes by itself.
            del parts[0]
        if all(map(is_whole_slice, parts)):
            return self.write(node.value, stacked, max(precedence, _FACTOR))
        inside: list[Box] = []
        for part in parts:
            written = self.write(part, False) if is_tensor_index(part) else text_box(ast.unparse(part))
            inside += [text_box(",")] * bool(inside) + [written]
        return join_boxes([self.write(node.value, False, _ATOM), text_box("["), *inside, text_box("]")])

    def _operation(self, node: ast.BinOp, stacked: bool, precedence: int, after_operator: bool) -> Box:
        own = _PRECEDENCE[type(node.op)]
        needs_parentheses = precedence > own
        if isinstance(node.op, ast.Pow):
            power = self.glyphs.power(_text(self.write(node.right, False, _ATOM)))
            return _parenthesise(
                join_boxes([self.write(node.left, False, _ATOM), text_box(power)]), needs_parentheses
            )
        if isinstance(node.op, ast.Div) and stacked and not _is_ratio(node):
            bar = self.glyphs.bar
            return fraction_box(self.write(node.left, False), self.write(node.right, False), bar=bar)
        binds_right = not isinstance(node.op, ast.Add | ast.Mult)
        left = self.write(node.left, stacked, own, after_operator and not needs_parentheses)
        if own == _FACTOR and (_ends_in_sum(node.left) or _is_elementwise_before_matmul(node.left, node.op)):
            left = _parenthesise(left, True)
        if isinstance(node.op, ast.MatMult | ast.Div) and not stacked and self._ends_in_derivative(node.left):
            # A factor after a derivative on one line would look like a part of its denominator.
            is_name = isinstance(node.left, ast.Name)
            left = self.write(node.left, stacked, _PREFIXED) if is_name else _parenthesise(left, True)
        right = self.write(node.right, stacked, own + binds_right, True)
        is_sum = isinstance(node.right, ast.Call) and _ends_in_sum(node.right)
        if isinstance(node.op, ast.Div) and is_sum and not _is_word(right):
            # What follows the words of a sum would look like one more factor of it.
            right = _parenthesise(right, True)
        sign = {
            ast.Add: " + ",
            ast.Sub: f" {self.glyphs.minus} ",
            ast.Mult: f" {self.glyphs.symbol_times} ",
            ast.MatMult: self.glyphs.pick(" ", " @ "),
            ast.Div: "/" if _is_ratio(node) else " / ",
        }[type(node.op)]
        return _parenthesise(join_boxes([left, text_box(sign), right]), needs_parentheses)

    def _ends_in_derivative(self, node: ast.expr) -> bool:
        """True if an expression ends in a fraction like ∂E/∂Q."""
        match node:
            case ast.Name():
                return isinstance(notation(node.id, self.program), Derivative)
            case ast.BinOp(op=ast.Mult(), right=right) | ast.UnaryOp(operand=right):
                return self._ends_in_derivative(right)
        return False

    def _call(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        if is_reshape(node):
            assert isinstance(node.func, ast.Attribute)
            shape, ranks = self._shape_or_none(node), (self._rank(node), self._rank(node.func.value))
            if shape is None or (max(ranks) <= 2 and not self._flattens(node.func.value, shape)):
                # A reshape only rearranges numbers, which symbols do not show where a row or column is meant.
                return self.write(node.func.value, stacked, max(precedence, _FACTOR))
            sizes = fill(messages.LAID_OUT_AS, shape=self.glyphs.number_times.join(map(str, shape)))
            laid_out = [self.write(node.func.value, stacked, _FACTOR), text_box(f" {sizes}")]
            return _parenthesise(join_boxes(laid_out), precedence > _LOWEST)
        assert isinstance(node.func, ast.Name)
        special = _SPECIAL_CALLS.get(node.func.id)
        if special is not None:
            return special(self, node, stacked, precedence)
        expression = written_out(node, self._shape)
        if expression is not None:
            return self.write(expression, stacked, precedence)
        row = FUNCTIONS[node.func.id]
        name = self.glyphs.pick(row.symbol, row.plain) or node.func.id
        return self._named(name + self._over(node), node)

    def _flattens(self, matrix: ast.expr, shape: Shape) -> bool:
        """True if a matrix of several rows and columns becomes a vector."""
        return len(shape) == 1 and sum(size > 1 for size in self._shape_or_none(matrix) or ()) > 1

    def _named(self, name: str, node: ast.Call) -> Box:
        """A call as in code."""
        keywords = [text_box(f", {text}") for text in keyword_texts(node)]
        inside = join_boxes([self._listed(self._shown_arguments(node)), *keywords])
        return join_boxes([text_box(name), _parenthesise(inside, True)])

    def _shown_arguments(self, node: ast.Call) -> list[ast.expr]:
        """The operands, and the numbers that specify the operation."""
        found: list[ast.expr] = []
        for kind, argument in argument_kinds(node):
            found += listed_items(node) if kind == "arrays" else [argument]
        return found

    def _shape(self, node: ast.expr) -> Shape:
        return shape_of(node, self.program.shapes)

    def _rank(self, node: ast.expr) -> int:
        """How many axes an expression has; 0 if its shapes do not fit: it is drawn all the same."""
        return len(self._shape_or_none(node) or ())

    def _shape_or_none(self, node: ast.expr) -> Shape | None:
        try:
            return self._shape(node)
        except ExpressionError:
            return None

    def _listed(self, nodes: list[ast.expr]) -> Box:
        parts = [text_box(", ")] * (2 * len(nodes) - 1)
        parts[::2] = [self._listed_item(node) for node in nodes]
        return join_boxes(parts)

    def _listed_item(self, node: ast.expr) -> Box:
        number = isinstance(node, ast.Tuple) or int_literal(node) is not None
        return text_box(ast.unparse(node)) if number else self.write(node, False)

    def _over(self, node: ast.Call) -> str:
        """What a reduction runs over, if its result is not a scalar: " over samples "."""
        axis = keyword(node, "axis")
        if axis is None or not FUNCTIONS[function_name(node)].reduces:
            return ""
        rank = self._rank(node.args[0])
        if rank > 2 or isinstance(axis, ast.Tuple):
            axes = axes_of(node, rank) or ()
            listed = ", ".join(map(str, axes))
            return f" {fill_plural(len(axes), messages.OVER_AXIS, messages.OVER_AXES, axes=listed)} "
        over_rows = int_literal(axis) in (0, -2)
        if self._by_sample(node):
            return f" {fill(messages.OVER_SAMPLES if over_rows else messages.OVER_UNITS)} "
        return f" {fill(messages.OVER_ROWS if over_rows else messages.OVER_COLUMNS)} "

    def _by_sample(self, node: ast.expr) -> bool:
        return any(
            self.program.layouts[name].kind in (LayoutKind.NODE, LayoutKind.LABEL) for name in reads(node)
        )

    def _sum(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        if _is_ones(node.args[0]) and self._by_sample(node):
            # A sum of ones is how an equation counts its samples.
            return text_box(fill(messages.SAMPLES))
        sign = self.glyphs.pick("Σ", "sum") + (self._over(node) or " ")
        inner = self.write(node.args[0], stacked, _FACTOR, True)
        return _parenthesise(join_boxes([text_box(sign), inner]), precedence > _PREFIXED)

    def _exp(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        inner = self.write(node.args[0], False)
        return _parenthesise(
            join_boxes([text_box("e^"), _parenthesise(inner, not _is_word(inner))]), precedence > _RAISED
        )

    def _where(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        condition, yes, no = node.args
        parts = [self.write(yes, False, _TERM), self.write(condition, False), self.write(no, False, _TERM)]
        words = text_box(f" {fill(messages.IF)} "), text_box(f", {fill(messages.ELSE)} ")
        choice = join_boxes([parts[0], words[0], parts[1], words[1], parts[2]])
        return _parenthesise(choice, precedence > _LOWEST)

    def _ones(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        return text_box("1")

    def _zeros(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        return text_box("0")

    def _repeat(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        times = text_box(fill(messages.REPEATED, count=ast.unparse(node.args[1])))
        return _parenthesise(join_boxes([self.write(node.args[0], stacked), times]), precedence > _LOWEST)

    def _concatenate(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        """[a; b] for parts below one another, [a, b] for parts side by side."""
        assert isinstance(node.args[0], ast.List)
        parts = node.args[0].elts
        axis = keyword(node, "axis")
        is_below = axis is None or int_literal(axis) in (0, -2)
        joined: list[Box] = [text_box("[")]
        for item in parts:
            joined += [self.write(item, stacked), text_box("; " if is_below else ", ")]
        return join_boxes([*joined[:-1], text_box("]")])

    def _swapaxes(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        """The transpose of a matrix, or of each matrix of a stack; other permutations are written by name."""
        operand = self.write(node.args[0], False, _ATOM)
        rank = len(self._shape(node.args[0]))
        if turns_matrices(node, rank, self._shape):
            return join_boxes([operand, text_box(self.glyphs.pick("ᵀ", ".T"))])
        return self._named(function_name(node), node)

    def _einsum(self, node: ast.Call, stacked: bool, precedence: int) -> Box:
        """Σ a[i,j] · b[j,k], with the summed indices beside the sign."""
        parts, result = einsum_indices(node, self.program.shapes)
        summed = "".join(dict.fromkeys(letter for part in parts for letter in part if letter not in result))
        over = fill(messages.OVER_INDICES, indices=", ".join(summed))
        boxes = [text_box(f"{self.glyphs.pick('Σ', 'sum')} {over} ")] if summed else []
        for at, (part, operand) in enumerate(zip(parts, node.args[1:])):
            sign = [text_box(f" {self.glyphs.symbol_times} ")] * bool(at)
            boxes += [*sign, self.write(operand, False, _ATOM), text_box(f"[{','.join(part)}]")]
        return _parenthesise(join_boxes(boxes), precedence > (_PREFIXED if summed else _FACTOR))

    def _softmax(self, argument: ast.expr) -> Box:
        inner = self.write(argument, False)
        power = join_boxes([text_box("e^"), inner])
        over = " "
        if self._rank(argument) == 2 and self._shape(argument)[0] > 1:
            # Each row has a sum of its own.
            over = f" {fill(messages.OVER_UNITS if self._by_sample(argument) else messages.OVER_COLUMNS)} "
        total = join_boxes([text_box(self.glyphs.pick("Σ", "sum") + over), power])
        return fraction_box(power, total, bar=self.glyphs.bar)


_Writer = Callable[[Symbols, ast.Call, bool, int], Box]

_SPECIAL_CALLS: dict[str, _Writer] = {
    "sum": Symbols._sum,
    "exp": Symbols._exp,
    "where": Symbols._where,
    "ones_like": Symbols._ones,
    "zeros_like": Symbols._zeros,
    "repeat": Symbols._repeat,
    "concatenate": Symbols._concatenate,
    "swapaxes": Symbols._swapaxes,
    "transpose": Symbols._swapaxes,
    "einsum": Symbols._einsum,
}


def _parenthesise(box: Box, needs_parentheses: bool) -> Box:
    return join_boxes([text_box("("), box, text_box(")")]) if needs_parentheses else box


def _text(box: Box) -> str:
    return "".join(text for text, _ in box.lines[0])


def _is_word(box: Box) -> bool:
    """True for a single name or number, which never needs parentheses."""
    return _text(box).replace("_", "").isalnum()


def _is_ratio(node: ast.BinOp) -> bool:
    """True for 1/2, which needs no bar and no blanks."""
    return isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)


def _is_elementwise_before_matmul(left: ast.expr, operator: ast.operator) -> bool:
    """True for an elementwise product before a matrix product, which is written without a sign and so looks
    tighter.
    """
    return (
        isinstance(operator, ast.MatMult)
        and isinstance(left, ast.BinOp)
        and isinstance(left.op, ast.Mult | ast.Div)
    )


def _ends_in_sum(node: ast.expr) -> bool:
    """True if a factor written after it would look like a part of a sum."""
    if isinstance(node, ast.UnaryOp):
        return _ends_in_sum(node.operand)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mult | ast.MatMult | ast.Div) and _ends_in_sum(node.right)
    return isinstance(node, ast.Call) and function_name(node) in ("sum", "einsum")


def _is_ones(node: ast.expr) -> bool:
    """True for ones_like(labelY[:, 0]), one for each sample."""
    match node:
        case ast.Call(func=ast.Name(id="ones_like"), args=[ast.Subscript()]):
            return True
    return False
