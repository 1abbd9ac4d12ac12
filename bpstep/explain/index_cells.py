"""One cell of an expression by letters: Σₙ X[n,i] · ∂E/∂net₁[n,j], H[i,2j+n,2k+m,l]."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from bpstep.explain import messages
from bpstep.explain.affine_index import ZERO, AffineIndex, Letter, Splitter, axis_groups, joined_index
from bpstep.explain.arithmetic import COMPARISON_SIGNS
from bpstep.explain.index_letters import IndexLetters, Unwritten, einsum_indices
from bpstep.explain.notation import Derivative, Glyphs, notation, symbol
from bpstep.explain.numbers import format_literal
from bpstep.lang.functions import FUNCTIONS, gives_truth, written_out
from bpstep.lang.shape_rules import (
    axes_of,
    axis_of,
    index_sizes,
    pad_widths,
    permutation,
    slice_bounds,
    subscripts,
    swapped_axes,
    whole,
    wholes,
    window_axes,
)
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    keepdims,
    listed_items,
    only_repeats,
)
from bpstep.program.program import Program, Step
from bpstep.text import fill, fill_plural, listed_with_and

_SUBSCRIPTS = str.maketrans("ahijklmnoprstuvx", "ₐₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")

_CHOICE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)

_FILLED = {"ones_like": "1", "ones": "1", "zeros_like": "0", "zeros": "0"}

_MAX_REWRITINGS = 5
"""How often an equation is written again, to give the parts of an axis their own letters."""

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


class CellWriter:
    """Writes a cell of an equation's result, and the expressions in it, by indices."""

    def __init__(
        self, program: Program, step: Step, glyphs: Glyphs, shapes: Mapping[str, Shape] | None = None
    ) -> None:
        self._program, self._glyphs = program, glyphs
        self._shapes = shapes or program.shapes
        # A tensor named by a single letter keeps that letter; so does one of another equation as long as
        # there are other letters. The base of the exponential function has e.
        names = {self._letter_of(name) for name in (step.name, *step.reads)} | {"e"}
        elsewhere = {symbol(name).base for name in program.shapes}
        own = _einsum_result(step.tree, program.shapes)
        if len(own) != len(self._shapes[step.name]) or not names.isdisjoint(own):
            own = ""
        self.letters = IndexLetters(names, elsewhere, own)
        self._known: dict[int, Shape] = {}
        """The shapes of the nodes that were asked for, by their `id`."""
        self._written_out: dict[int, ast.expr | None] = {}
        """The text of a call by its `id`; the call is kept, since an `id` is reused when its object is gone.
        """
        self._begin()

    def _begin(self) -> None:
        self.conditions: list[str] = []
        """The comparisons that stand for 1 or 0."""
        self.used: dict[str, set[str]] = {}
        """The letters that each tensor was written with, where it is not an index."""
        self._in_index = 0
        self._splitter = Splitter(self._glyphs)
        self.letters.begin()

    def equation(self, step: Step, max_addends: int | None = None) -> str:
        """A cell of the result, and its expression. `Unwritten` if it has no form by indices.

        `max_addends` is how many addends of a sum are written; the others are counted.
        """
        tree, left_out = _first_addends(step.tree, max_addends)
        for _ in range(_MAX_REWRITINGS):
            self._begin()
            places = self.letters.of_result(self._shapes[step.name])
            text = self._addend(tree, places) if left_out else self.write(tree, places, _CHOICE)
            text = f"{self.cell(step.name, places)} = {text}"
            if not self.letters.split(self._splitter.wishes):
                break
        if left_out:
            dots = self._glyphs.ellipsis
            more = fill_plural(left_out, messages.MORE_TERM, messages.MORE_TERMS, ellipsis=dots)
            text = f"{text} + {more}"
        return text

    @property
    def has_sums(self) -> bool:
        """True if the equation written last adds cells up."""
        return self.letters.has_sums

    def _addend(self, node: ast.expr, places: list[AffineIndex]) -> str:
        """An expression that is followed by another addend."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return self._elementwise_open(node, places)
        return self.write(node, places, _SUM if _is_plain(node) else _PRODUCT)

    def _letter_of(self, name: str) -> str:
        written = notation(name, self._program)
        return written.by.base if isinstance(written, Derivative) else written.base

    def _shape(self, node: ast.expr) -> Shape:
        if id(node) not in self._known:
            shape_of(node, self._shapes, self._known)
        if 0 in self._known[id(node)]:
            raise Unwritten
        return self._known[id(node)]

    def cell(self, name: str, places: Sequence[AffineIndex]) -> str:
        """A tensor's name with its indices; an axis of length 1 has 0."""
        written = self._glyphs.inline(notation(name, self._program))
        shape = self._shapes[name]
        if not shape:
            return written
        places = [ZERO if size == 1 else at for at, size in zip(places[len(places) - len(shape) :], shape)]
        if not self._in_index:
            self.used[name] = self.used.get(name, set()).union(*(place.letters for place in places))
        return f"{written}[{','.join(place.write(self._glyphs) for place in places)}]"

    def write(self, node: ast.expr, places: Sequence[AffineIndex], level: int) -> str:
        """The text of a node's cell, in parentheses if it binds less tightly than `level`."""
        places = self._places_in(node, places)
        if level == _CHOICE:
            # Nothing follows that a sum at the end could absorb.
            match node:
                case ast.UnaryOp(op=ast.USub(), operand=operand) if _is_reduction(operand):
                    return f"{self._glyphs.minus}{self.write(operand, places, _SUM)}"
                case ast.BinOp(left=left, op=ast.Mult(), right=right) if _is_reduction(right):
                    factor = self.write(left, places, _SUM if _begins_with_sign(left) else _PRODUCT)
                    return f"{factor} {self._glyphs.symbol_times} {self.write(right, places, _SUM)}"
        text, own = self._write(node, places)
        return f"({text})" if own < level else text

    def _places_in(self, node: ast.expr, places: Sequence[AffineIndex]) -> list[AffineIndex]:
        """The places in a broadcast operand: the last axes, and 0 along an axis of length 1."""
        shape = self._shape(node)
        return [ZERO if size == 1 else at for at, size in zip(places[len(places) - len(shape) :], shape)]

    def _write(self, node: ast.expr, places: Sequence[AffineIndex]) -> tuple[str, int]:
        """The text of a node's cell, and how tightly it binds."""
        places = self._places_in(node, places)
        match node:
            case ast.Name(name):
                return self.cell(name, places), _ATOM
            case ast.Constant(int() | float() as value):
                return format_literal(value), _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"{self._glyphs.minus}{self.write(operand, places, _PRODUCT)}", _SUM
            case ast.BinOp(op=ast.MatMult()):
                return self._product(node, places)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.write(left, places, _ATOM) + self._power(right, places), _POWER
            case ast.BinOp(op=ast.Div()) if _is_ratio(node):
                return "/".join(self.write(side, [], _SUM) for side in (node.left, node.right)), _PRODUCT
            case ast.BinOp(left=left) if only_repeats(node):
                return self._write(left, places)
            case ast.BinOp() if type(node.op) in _OPERATORS:
                return self._elementwise(node, places)
            case ast.Attribute(value=inner, attr="T"):
                return self._write(inner, places[::-1])
            case ast.Subscript():
                return self._subscript(node, places)
            case ast.Compare():
                self.conditions.append(f"({self._comparison(node, places)})")
                return self.conditions[-1], _ATOM
            case ast.Call(func=ast.Attribute(value=inner)):
                return self._write(inner, self._reshaped(node, inner, places))
            case ast.Call(func=ast.Name(function)):
                return self._call(node, function, places)
        raise Unwritten

    def _power(self, exponent: ast.expr, places: list[AffineIndex]) -> str:
        match exponent:
            case ast.Constant(int() | float() as value):
                return self._glyphs.power(str(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(int() | float() as value)):
                return self._glyphs.power(f"-{value}")
        return f"^{self.write(exponent, places, _ATOM)}"

    def _comparison(self, node: ast.Compare, places: list[AffineIndex]) -> str:
        sides = self.write(node.left, places, _SUM), self.write(node.comparators[0], places, _SUM)
        return f" {self._glyphs.pick(*COMPARISON_SIGNS[_SIGNS[type(node.ops[0])]])} ".join(sides)

    def _call(self, node: ast.Call, function: str, places: list[AffineIndex]) -> tuple[str, int]:
        if counts_samples(node):
            return fill(messages.SAMPLES), _ATOM
        special = {
            "size": self._size,
            "arange": self._arange,
            "one_hot": self._one_hot,
            "softmax": self._softmax,
            "where": self._where,
            "einsum": self._einsum,
            "outer": self._outer,
            "concatenate": self._listed,
            "stack": self._listed,
            "pad": self._padded,
            "overlap_add": self._overlapped,
        }.get(function)
        row = FUNCTIONS[function]
        if special is not None:
            return special(node, places)
        if function in _FILLED:
            return _FILLED[function], _ATOM
        if row.moves:
            return self._write(node.args[0], self._moved(node, function, places))
        if row.reduces:
            return self._reduction(node, places)
        if id(node) not in self._written_out:
            self._written_out[id(node)] = written_out(node, self._shape)
        expression = self._written_out[id(node)]
        if expression is not None:
            return self._write(expression, places)
        arguments = ", ".join(self.write(each, places, _CHOICE) for each in node.args)
        if function == "exp":
            return f"e^({arguments})", _POWER
        if row.shape is not None or node.keywords:
            raise Unwritten
        return f"{self._glyphs.pick(row.symbol, row.plain) or function}({arguments})", _ATOM

    def _size(self, node: ast.Call, _: list[AffineIndex]) -> tuple[str, int]:
        return str(whole(node, self._shape)), _ATOM

    def _arange(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        text = self._counted(node, places).write(self._glyphs)
        return text, _ATOM if text.isalnum() else _SUM

    def _outer(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        sides = [
            self.write(side, self._splitter.split(place, self._shape(side)), _PRODUCT)
            for side, place in zip(node.args, places)
        ]
        return f" {self._glyphs.symbol_times} ".join(sides), _PRODUCT

    def _one_hot(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        """The condition that one_hot stands for; a difference may count from the end, as an index does."""
        may_be_negative = _is_difference(node.args[0])
        self._in_index += 1
        text = self.write(node.args[0], places[:-1], _ATOM if may_be_negative else _SUM)
        self._in_index -= 1
        if may_be_negative:
            text = fill(messages.REMAINDER, dividend=text, divisor=self._shape(node)[-1])
        self.conditions.append(f"({text} = {places[-1].write(self._glyphs)})")
        return self.conditions[-1], _ATOM

    def _moved(self, node: ast.Call, function: str, places: list[AffineIndex]) -> list[AffineIndex]:
        """The places in the operand of a function that only moves numbers."""
        operand = node.args[0]
        shape = self._shape(operand)
        turned = list(places[: len(shape)])
        match function:
            case "swapaxes":
                one, other = swapped_axes(node, len(shape), self._shape)
                turned[one], turned[other] = turned[other], turned[one]
            case "transpose":
                for place, axis in zip(places, permutation(node, len(shape), self._shape)):
                    turned[axis] = place
            case "windows":
                axes, _ = window_axes(node, len(shape), self._shape)
                for axis, within in zip(axes, places[len(shape) :]):
                    turned[axis] = turned[axis].plus(within)
            case "repeat":
                times = whole(node.args[1], self._shape) or 1
                repeated = axis_of(node, len(shape), None)
                if repeated is None:
                    return self._splitter.split(places[0], [*shape, times])[:-1]
                turned[repeated] = self._splitter.split(places[repeated], [shape[repeated], times])[0]
            case _:
                raise Unwritten
        return turned

    def _counted(self, node: ast.Call, places: list[AffineIndex]) -> AffineIndex:
        """The number that arange has at a place."""
        numbers = range(*wholes(node.args, self._shape))
        return places[-1].times(numbers.step).moved(numbers.start)

    def _softmax(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        argument = node.args[0]
        if places and places[-1].is_letter():
            letter = places[-1].write(self._glyphs)
            inside = self.write(argument, places, _CHOICE)
            return fill(messages.SOFTMAX_OVER, letter=letter, argument=inside), _ATOM
        above = self.write(argument, places, _CHOICE)
        if not places:
            return f"e^({above}) / e^({above})", _PRODUCT
        within, letters = self.letters.of_sum(self._shape(argument)[-1])
        below = f"{self._sum_sign(letters)}e^({self.write(argument, [*places[:-1], within], _CHOICE)})"
        self.letters.end(letters)
        return f"e^({above}) / {f'({below})' if letters else below}", _PRODUCT

    def _condition(self, node: ast.expr, places: list[AffineIndex]) -> str:
        """A comparison where a condition is expected, not a number."""
        if isinstance(node, ast.Compare):
            return self._comparison(node, places)
        text = self.write(node, places, _SUM)
        return text if gives_truth(node) else f"{text} {self._glyphs.pick('≠', '!=')} 0"

    def _where(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        """The value of a condition's first branch, the condition, and the value of the other."""
        condition, yes, no = node.args
        # The letters of sums are taken in the order of reading.
        taken = self.write(yes, places, _SUM)
        asked = self._condition(condition, places)
        return self._choice([(taken, asked)], self.write(no, places, _SUM)), _CHOICE

    def _choice(self, cases: list[tuple[str, str]], otherwise: str) -> str:
        listed = ", ".join(f"{text} {fill(messages.IF)} {condition}" for text, condition in cases)
        return f"{listed}, {fill(messages.ELSE)} {otherwise}"

    def _listed(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        """The cell of a concatenation or stack, from the tensor that it comes from."""
        items = listed_items(node)
        stacks = function_name(node) == "stack"
        rank = len(self._shape(items[0])) + stacks
        axis = axis_of(node, rank, 0) or 0
        place = places[axis]
        cases: list[tuple[str, str]] = []
        end = 0
        for item in items:
            start, end = end, end + (1 if stacks else self._shape(item)[axis])
            at = [] if stacks else [place.moved(-start)]
            if not place.terms and place.offset >= end:
                continue
            text = self.write(item, [*places[:axis], *at, *places[axis + 1 :]], _SUM)
            if not place.terms or (item is items[-1] and not cases):
                return text, _SUM
            if end - start == 1:
                asked = f"{place.write(self._glyphs)} = {start}"
            else:
                asked = f"{place.write(self._glyphs)} < {end}"
            cases.append((text, asked))
        return self._choice(cases[:-1], cases[-1][0]), _CHOICE

    def _padded(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        """The operand's cell if there is one, else the 0 that pads it."""
        operand = node.args[0]
        shape = self._shape(operand)
        at_least, at_most = self._glyphs.pick("≥", ">="), self._glyphs.pick("≤", "<=")
        inner, asked = [], list[str]()
        for place, size, (before, after) in zip(places, shape, pad_widths(node, len(shape), self._shape)):
            inner.append(place.moved(-before))
            text = place.write(self._glyphs)
            if not (before or after):
                continue
            if not place.terms:
                if not before <= place.offset < before + size:
                    return "0", _ATOM
            elif size == 1:
                asked.append(f"{text} = {before}")
            elif before and after:
                asked.append(f"{before} {at_most} {text} {at_most} {before + size - 1}")
            else:
                asked.append(f"{text} {at_least} {before}" if before else f"{text} < {size}")
        if not asked:
            return self._write(operand, inner)
        return self._choice([(self.write(operand, inner, _SUM), listed_with_and(asked))], "0"), _CHOICE

    def _overlapped(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        """The sum of all cells of windows that lie over one place."""
        operand = node.args[0]
        shape = self._shape(operand)
        rank = len(places)
        at, within = list(places), list[AffineIndex]()
        letters, asked = "", list[str]()
        given = next(each.value for each in node.keywords if each.arg == "axis")
        axes = [number % rank for number in wholes([given], self._shape)]
        for axis, length in zip(axes, shape[rank:]):
            if length == 1 or shape[axis] == 1:
                within.append(ZERO if length == 1 else places[axis])
                at[axis] = ZERO if length > 1 else places[axis]
                continue
            at[axis], first = self.letters.of_sum(shape[axis])
            inside, second = self.letters.of_sum(length)
            within.append(inside)
            letters += first + second
            asked.append(f"{at[axis].plus(inside).write(self._glyphs)} = {places[axis].write(self._glyphs)}")
        if not letters:
            return self._write(operand, [*at, *within])
        self.conditions.append(f"({listed_with_and(asked)})")
        text = self.write(operand, [*at, *within], _PRODUCT)
        return self._sum([f"({listed_with_and(asked)})", text], letters)

    def _subscript(self, node: ast.Subscript, places: list[AffineIndex]) -> tuple[str, int]:
        """A tensor at the places of its index: C[words[i],j]."""
        shape, rest, found = self._shape(node.value), list(places), list[AffineIndex]()
        ranks = [len(self._shape(part)) for part in index_parts(node) if is_tensor_index(part)]
        picked: list[AffineIndex] | None = None
        for part in index_parts(node):
            if is_new_axis(part):
                rest.pop(0)
                continue
            size = shape[len(found)]
            if isinstance(part, ast.Slice):
                start, _, step = slice_bounds(part, size)
                found.append(rest.pop(0).times(step).moved(start))
                continue
            if ranks and picked is None:
                picked, rest = rest[: max(ranks)], rest[max(ranks) :]
            number = int_literal(part)
            found.append(
                self._indexed(part, picked or [], size) if number is None else AffineIndex((), number % size)
            )
        return self._write(node.value, [*found, *rest])

    def _indexed(self, part: ast.expr, places: list[AffineIndex], size: int) -> AffineIndex:
        """The place that a tensor of whole numbers gives."""
        if function_name(part) == "arange":
            assert isinstance(part, ast.Call)
            return self._counted(part, places)
        self._in_index += 1
        text = self.write(part, places, _CHOICE)
        self._in_index -= 1
        return AffineIndex(((1, Letter(text, size)),))

    def _reshaped(self, node: ast.Call, inner: ast.expr, places: list[AffineIndex]) -> list[AffineIndex]:
        """The places in the operand of a reshape."""
        inner_shape, shape = self._shape(inner), self._shape(node)
        found = [ZERO] * len(inner_shape)
        for ins, outs in axis_groups(inner_shape, shape):
            place = joined_index([places[k] for k in outs], [shape[k] for k in outs])
            for axis, at in zip(ins, self._splitter.split(place, [inner_shape[k] for k in ins])):
                found[axis] = at
        return found

    def _elementwise(self, node: ast.BinOp, places: list[AffineIndex]) -> tuple[str, int]:
        sign, level = _OPERATORS[type(node.op)]
        shown = {"*": self._glyphs.symbol_times, "-": self._glyphs.minus}.get(sign, sign)
        if level == _SUM and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            # A sum of sums: each of them in parentheses, the whole in none.
            left = self._elementwise_open(node.left, places)
        else:
            signed = _begins_with_sign(node.left) and level == _PRODUCT
            is_open = level == _SUM and not _is_plain(node.left)
            # A sign before a product or quotient holds for the whole.
            left = self.write(node.left, places, _PRODUCT if is_open else _SUM if signed else level)
        right = self.write(node.right, places, level + (sign in "-/"))
        if level == _PRODUCT and _begins_with_sign(node.left):
            level = _SUM
        return f"{left} {shown} {right}", level

    def _elementwise_open(self, node: ast.BinOp, places: list[AffineIndex]) -> str:
        """A sum that another addend follows: if its last addend is a sum, it needs parentheses, too."""
        sign, level = _OPERATORS[type(node.op)]
        shown = self._glyphs.minus if sign == "-" else sign
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
            left = self._elementwise_open(node.left, places)
        else:
            left = self.write(node.left, places, level if _is_plain(node.left) else _PRODUCT)
        right = self.write(
            node.right, places, _PRODUCT if sign == "-" or not _is_plain(node.right) else level
        )
        return f"{left} {shown} {right}"

    def _product(self, node: ast.BinOp, places: list[AffineIndex]) -> tuple[str, int]:
        left, right = len(self._shape(node.left)), len(self._shape(node.right))
        within, letters = self.letters.of_sum(self._shape(node.left)[-1])
        rest = places[:-1] if right > 1 else places
        row = rest if left > 1 else rest[:-1] if right > 1 and rest else []
        first = [*row, within] if left > 1 else [within]
        # The result of a vector has no letter for its rows: all but the last are those of a stack.
        stack = places[:-2] if left > 1 else places[:-1]
        second = [*stack, within, places[-1]] if right > 1 else [within]
        a, b = self.write(node.left, first, _PRODUCT), self.write(node.right, second, _PRODUCT)
        return self._sum([a, b], letters)

    def _einsum(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        indices, result = einsum_indices(node, self._program.shapes)
        shown = dict(zip("".join(subscripts(node)[0]), "".join(indices)))
        at = dict(zip(result, places))
        letters = ""
        for written, size in index_sizes(node, self._shape).items():
            index = shown[written]
            if index not in at:
                at[index], added = self.letters.of_sum(size, index)
                letters += added
        factors = [
            self.write(operand, [at[index] for index in own], _PRODUCT)
            for own, operand in zip(indices, node.args[1:])
        ]
        return self._sum(factors, letters)

    def _sum(self, factors: list[str], letters: str) -> tuple[str, int]:
        """The sum of a product over letters; a letter that the product lacks multiplies it by the length."""
        used, count = self.letters.used(letters, "".join(factors))
        self.letters.end(letters)
        factors = [str(count)] * (count > 1) + factors * (count == 1 or factors != ["1"])
        product = f" {self._glyphs.symbol_times} ".join(factors)
        level = _SUM if used else _PRODUCT if len(factors) > 1 else _ATOM
        return self._sum_sign(used) + product, level

    def _reduction(self, node: ast.Call, places: list[AffineIndex]) -> tuple[str, int]:
        operand, name = node.args[0], function_name(node)
        shape = self._shape(operand)
        named = axes_of(node, len(shape))
        axes = range(len(shape)) if named is None else named
        inner, rest = list[AffineIndex](), list(places)
        letters, count = "", 1
        for axis, size in enumerate(shape):
            if axis in axes:
                count *= size
                within, added = self.letters.of_sum(size)
                letters += added
                inner.append(within)
                if keepdims(node):
                    rest.pop(0)
            else:
                inner.append(rest.pop(0))
        if name in ("sum", "mean"):
            return self._added(operand, inner, letters, count if name == "mean" else 1)
        found = self._reduced(name, operand, inner, letters)
        self.letters.end(letters)
        return found

    def _added(
        self, operand: ast.expr, inner: list[AffineIndex], letters: str, divisor: int
    ) -> tuple[str, int]:
        """A sum, or a mean if it is divided by the count."""
        if not letters:
            return self._write(operand, inner)
        text = self.write(operand, inner, _SUM if _is_reduction(operand) else _PRODUCT)
        if divisor == 1:
            return self._sum([text], letters)
        used, missing = self.letters.used(letters, text)
        self.letters.end(letters)
        divided = f"1/{divisor // missing} {self._glyphs.symbol_times} " if divisor > missing else ""
        return f"{divided}{self._sum_sign(used)}{text}", _SUM

    def _reduced(
        self, name: str, operand: ast.expr, inner: list[AffineIndex], letters: str
    ) -> tuple[str, int]:
        """A reduction that is not a sum: its name with the letters below."""
        if name in ("any", "all"):
            asked = f"({self._condition(operand, inner)})"
            if not letters:
                self.conditions.append(asked)
            return (self._below(name, letters) if letters else "") + asked, _SUM if letters else _ATOM
        if not letters:
            return ("0", _ATOM) if name in ("var", "std", "argmax") else self._write(operand, inner)
        return f"{self._below(name, letters)}{self.write(operand, inner, _PRODUCT)}", _SUM

    def _sum_sign(self, letters: str) -> str:
        if not letters:
            return ""
        below = letters.translate(_SUBSCRIPTS)
        if any(letter in below for letter in letters):
            # Not every letter has a subscript.
            below = f" {fill(messages.OVER_INDICES, indices=', '.join(letters))}"
        return self._glyphs.pick(f"Σ{below} ", f"sum_{letters} ")

    def _below(self, name: str, letters: str) -> str:
        return self._glyphs.pick(f"{name}{letters.translate(_SUBSCRIPTS)} ", f"{name}_{letters} ")


_SUMS = ("sum", "mean", "max", "min", "var", "std", "argmax", "einsum", "overlap_add", "dot", "matmul")
"""Functions whose sign reaches to the right."""


def _einsum_result(tree: ast.expr, tensors: Collection[str]) -> str:
    """The letters of the result of an einsum that gives the equation's cells; empty if there is none."""
    match tree:
        case ast.UnaryOp(operand=operand):
            return _einsum_result(operand, tensors)
        case ast.BinOp(left=left, op=operator, right=right) if not isinstance(operator, ast.MatMult):
            return _einsum_result(left, tensors) or _einsum_result(right, tensors)
        case ast.Call() if function_name(tree) == "einsum":
            return einsum_indices(tree, tensors)[1]
    return ""


def _is_plain(node: ast.expr) -> bool:
    """True if an addend on the left needs no parentheses: it has no open sum sign."""
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.MatMult):
            return False
        if function_name(each) in _SUMS:
            return False
    return True


def addend_count(node: ast.expr) -> int:
    """How many addends a sum such as a + b - c has; 1 for anything else."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub()):
            return addend_count(left) + 1
    return 1


def _first_addends(node: ast.expr, most: int | None) -> tuple[ast.expr, int]:
    """A sum without its last addends, and how many were left out."""
    left_out = 0
    while most is not None and isinstance(node, ast.BinOp) and addend_count(node) > most:
        node, left_out = node.left, left_out + 1
    return node, left_out


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
    """True for a sum, which extends to the right as far as it can."""
    return function_name(node) in ("sum", "mean")


def _is_difference(node: ast.expr) -> bool:
    """True for an index that may be negative: -x, x - 1."""
    match node:
        case ast.UnaryOp() | ast.BinOp(op=ast.Sub()):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_difference(left) or _is_difference(right)
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return _is_difference(value)
        case ast.Call(func=ast.Attribute(value=value)):
            return _is_difference(value)
    return False
