"""Subscripts in reverse: parts of a tensor, and rows or cells selected by integer tensors."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace

from bpstep.errors import ExpressionError
from bpstep.lang.shape_rules import Shape
from bpstep.lang.shapes import slice_bounds
from bpstep.lang.trees import (
    function_name,
    index_parts,
    int_literal,
    is_new_axis,
    is_tensor_index,
    is_whole_slice,
    short,
    shortened,
)
from bpstep.program import messages
from bpstep.program.derivation.algebra import (
    ATOM,
    Atom,
    Factor,
    Product,
    expanded,
    indexed,
    matmul,
    of,
    outer,
    reordered,
    reshaped,
    squeezed,
    summation,
    transposed,
)
from bpstep.program.derivation.equations import BlockGradient, OperationPath
from bpstep.program.derivation.reverse_walk import ReverseWalk
from bpstep.program.derived_forms import DerivedForm
from bpstep.text import fill


def subscript(walk: ReverseWalk, node: ast.Subscript, g: Product, path: OperationPath) -> None:
    """value[…]."""
    _Subscript(walk, node).reverse(g, path)


class _Subscript:
    """One value[…] in reverse."""

    def __init__(self, walk: ReverseWalk, node: ast.Subscript) -> None:
        self.walk = walk
        self.node = node
        self.shape = walk.shape(node.value)
        self.parts = index_parts(node)

    def reverse(self, g: Product, path: OperationPath) -> None:
        """Pass the gradient of value[…] to value."""
        tensors = [part for part in self.parts if is_tensor_index(part)]
        steps = [part for part in self.parts if isinstance(part, ast.Slice) and self._step(part) != 1]
        if tensors:
            self._by_tensors(g, path)
        elif steps:
            self._by_steps(g, path)
        else:
            self._by_region(g, path)

    def _step(self, part: ast.Slice) -> int:
        return int_literal(part.step) or 1 if part.step else 1

    def _by_region(self, g: Product, path: OperationPath) -> None:
        """Integers, slices and None: the gradient, padded with zeros."""
        walk, shape = self.walk, self.shape
        rank = len(walk.shape(self.node))
        new: list[int] = []
        taken: list[int] = []
        region = [(0, size) for size in shape]
        axis = out = 0
        for part in self.parts:
            if is_new_axis(part):
                new.append(out)
                out += 1
                continue
            if isinstance(part, ast.Slice):
                start, stop, _ = slice_bounds(part, shape[axis])
                region[axis] = (start, max(start, stop))
                out += 1
            else:
                at = (int_literal(part) or 0) % shape[axis]
                region[axis] = (at, at + 1)
                taken.append(axis)
            axis += 1
        everything = all(ends == (0, size) for ends, size in zip(region, shape))
        if len(taken) == len(shape) in (1, 2) and not new and not self._cuts_varying_axis(region):
            hot = [self._one_hot(str(start), (), axis) for axis, (start, _) in enumerate(region)]
            picked = hot[0] if len(hot) == 1 else outer(*hot)
            block = BlockGradient(tuple(region), g) if len(hot) == 1 and g.factors else None
            self._hand_on(g * of(picked), path, block)
            return
        if not everything:
            g = walk.full(g, self.node)
        if new:
            g = squeezed(g, new, rank)
        if taken:
            g = expanded(g, taken, len(shape))
            g = self._leading(g, taken)
        if everything:
            walk.walk(self.node.value, g, (*path, (DerivedForm.MOVED, "[]")))
            return
        pairs = [f"({start}, {size - end})" for (start, end), size in zip(region, shape)]
        if self._cuts_varying_axis(region):
            raise self._unknown(messages.NO_DERIVATIVE_VARYING)
        if len(pairs) == 1:
            pairs = [pairs[0] + ","]
        arrays, scalars = g.split(lambda factor: factor.atom.shape != ())
        text = f"pad({arrays.turned().text}, ({', '.join(pairs)}))"
        padded = scalars * of(Atom(text, ATOM, shape))
        self._hand_on(padded, path, BlockGradient(tuple(region), g))

    def _hand_on(self, whole: Product, path: OperationPath, block: BlockGradient | None) -> None:
        """Pass on the gradient of the whole value, and for a tensor that of the block that was read."""
        value = self.node.value
        self.walk.walk(
            value, whole, (*path, (DerivedForm.MOVED, "[]")), block if isinstance(value, ast.Name) else None
        )

    def _cuts_varying_axis(self, region: Sequence[tuple[int, int]]) -> bool:
        """True if a part is taken along an axis whose length differs between kinds of batches."""
        return any(
            ends != (0, size) and self.walk.varies(self.node.value, axis)
            for axis, (ends, size) in enumerate(zip(region, self.shape))
        )

    def _leading(self, g: Product, taken: list[int]) -> Product:
        """New axes in front, which broadcasting would add by itself but padding and joining need."""
        missing = len(self.shape) - len(g.shape)
        if not missing or 0 not in taken:
            return g
        arrays, scalars = g.split(lambda factor: factor.atom.shape != ())
        if not arrays.factors:
            # A scalar becomes an array with one cell.
            arrays, scalars = scalars.split(lambda factor: True)
            if not arrays.factors:
                arrays = of(Atom(f"ones_like({self.walk.raw(self.node).text})", ATOM, ()))
        atom = arrays.turned().atom
        index = ", ".join(["None"] * missing)
        return scalars * of(Atom(f"{atom.within(ATOM)}[{index}]", ATOM, (1,) * missing + atom.shape))

    def _by_steps(self, g: Product, path: OperationPath) -> None:
        """A slice with a step, along one axis: the skipped cells get 0."""
        changed = [axis for axis, part in enumerate(self.parts) if not is_whole_slice(part)]
        part = self.parts[changed[0]]
        if len(changed) > 1 or not isinstance(part, ast.Slice):
            raise self._unknown(messages.NO_DERIVATIVE_ONE_SLICE)
        start, stop, step = slice_bounds(part, self.shape[changed[0]])
        sizes = (len(range(start, stop, step)),)
        self._gather(g, f"arange({start}, {stop}, {step})", sizes, changed[0], path)

    def _by_tensors(self, g: Product, path: OperationPath) -> None:
        """C[tokens] and P[arange(m), labels]."""
        places = [k for k, part in enumerate(self.parts) if is_tensor_index(part)]
        others = [part for k, part in enumerate(self.parts) if k not in places]
        if not all(map(is_whole_slice, others)):
            raise self._unknown_write(messages.NO_DERIVATIVE_WRITE, self._one_by_one(places))
        if len(places) == 1:
            index = self.parts[places[0]]
            self._gather(g, self.walk.text(index), self.walk.shape(index), places[0], path)
        elif places == [0, 1]:
            self._pick(g, path)
        else:
            raise self._unknown()

    def _one_by_one(self, places: Sequence[int]) -> str:
        """The same numbers as value[a:b][:, index], which takes the other parts before the only tensor; empty
        if there is no such form.
        """
        parts = [part for part in self.parts if not is_new_axis(part)]
        if len(places) > 1:
            return ""
        whole, axis = ast.Slice(), 0
        for part in parts:
            if is_tensor_index(part):
                index = part
                break
            axis += isinstance(part, ast.Slice)
        first = [whole if part is index else part for part in parts]
        every = isinstance(index, ast.Call) and function_name(index) == "arange" and len(index.args) == 1
        rows = self.shape[parts.index(index)]
        found: ast.expr = _subscripted(self.node.value, first)
        if not every or self.walk.shape(index) != (rows,):
            found = _subscripted(found, [whole] * axis + [index])
        if len(parts) < len(self.parts):
            if len(self.walk.shape(index)) != 1:
                return ""
            kept = [part for part in self.parts if int_literal(part) is None]
            found = _subscripted(found, [part if is_new_axis(part) else whole for part in kept])
        return ast.unparse(found)

    def _unknown_write(self, template: str, replacement: str) -> ExpressionError:
        """The error that says what to write instead, if anything is known."""
        if not replacement:
            return self._unknown()
        slots = {"operation": short(self.node), "replacement": shortened(replacement)}
        return ExpressionError(fill(template, **slots))

    def _unknown(self, template: str = messages.NO_DERIVATIVE) -> ExpressionError:
        return ExpressionError(fill(template, operation=short(self.node)))

    def _gather(self, g: Product, index: str, sizes: Shape, axis: int, path: OperationPath) -> None:
        """Slices along an axis, selected by a tensor: each adds its gradient at its origin."""
        if not axis and sizes and not any(factor.atom.shape for factor in g.factors):
            hot = self._one_hot(self._flat(index, sizes), (math.prod(sizes),), 0)
            counts = of(summation(of(hot), [0], keep=False))
            spread = g * expanded(counts, range(1, len(self.shape)), len(self.shape))
            self.walk.walk(self.node.value, spread, (*path, (DerivedForm.GATHER_BACK, "[]")))
            return
        scalars, d = self.walk.full_atom(g, self.node)
        if axis:
            found = self._gather_inner(d, index, sizes, axis)
        elif sizes:
            found = self._gather_many(d, index, sizes)
        else:
            found = self._gather_one(d, index)
        self.walk.walk(self.node.value, scalars * of(found), (*path, (DerivedForm.GATHER_BACK, "[]")))

    def _one_hot(self, index: str, rows: Shape, axis: int) -> Atom:
        """one_hot(index, size of the axis): a row for each index."""
        count = self.walk.count(self.node.value, axis).text
        return Atom(f"one_hot({index}, {count})", ATOM, (*rows, self.shape[axis]), ("one_hot",))

    def _gather_inner(self, d: Atom, index: str, sizes: Shape, axis: int) -> Atom:
        """Along an axis other than the first."""
        if len(sizes) != 1:
            raise self._unknown(messages.NO_DERIVATIVE_FIRST_AXIS)
        hot = self._one_hot(index, sizes, axis)
        return _swap_with_last(matmul(_swap_with_last(d, axis), hot), axis)

    def _gather_one(self, d: Atom, index: str) -> Atom:
        """The gradient passed to a tensor that is indexed by a tensor with one number."""
        hot = self._one_hot(index, (), 0)
        if len(self.shape) == 1:
            return hot  # a gradient without axes is among the scalars
        flat = reshaped(d, (math.prod(self.shape[1:]),), [-1]) if len(self.shape) > 2 else d
        return reshaped(outer(hot, flat), self.shape, self.walk.layout(self.node.value))

    def _flat(self, index: str, sizes: Shape) -> str:
        """The text of an index with one axis."""
        if len(sizes) < 2:
            return index
        return f"{index}.reshape(-1)" if index.isidentifier() else f"({index}).reshape(-1)"

    def _gather_many(self, d: Atom, index: str, sizes: Shape) -> Atom:
        """By a tensor with axes: C[tokens]."""
        cells, width, rank = math.prod(sizes), math.prod(self.shape[1:]), len(self.shape)
        index = self._flat(index, sizes)
        if rank == 1:
            d = reshaped(d, (cells,), [-1]) if len(sizes) > 1 else d
        elif len(sizes) > 1 or rank > 2:
            d = reshaped(d, (cells, width), [-1, width])
        found = matmul(transposed(self._one_hot(index, (cells,), 0)), d)
        return reshaped(found, self.shape, self.walk.layout(self.node.value)) if rank > 2 else found

    def _pick(self, g: Product, path: OperationPath) -> None:
        """Cells selected by row and column: each adds its gradient at its origin."""
        rows, columns = self.parts[0], self.parts[1]
        if len(self.walk.shape(rows)) != 1 or len(self.walk.shape(columns)) != 1:
            raise self._unknown_pick()
        rank, count = len(self.shape), self.walk.shape(self.node)[0]
        hot = self._one_hot(self.walk.text(columns), (count,), 1)
        if not self._is_every_row(rows, count):
            found = self._pick_any(g, rows, hot)
        else:
            if rank > 2:
                colons = [":", ":"] + ["None"] * (rank - 2)
                hot = Atom(f"{hot.text}[{', '.join(colons)}]", ATOM, (*hot.shape, *(1,) * (rank - 2)))
            found = self._under_mask(expanded(g, [1], rank)) * of(hot)
        self.walk.walk(self.node.value, found, (*path, (DerivedForm.PICK_BACK, "[]")))

    def _unknown_pick(self) -> ExpressionError:
        """The error for two indices that are not vectors; labels with one column become one."""
        vectors = [
            _subscripted(part, [ast.Slice(), ast.Constant(0)])
            if isinstance(part, ast.Name) and self.walk.shape(part)[1:] == (1,)
            else part
            for part in self.parts
        ]
        if all(part not in vectors or len(self.walk.shape(part)) == 1 for part in self.parts):
            replacement = ast.unparse(_subscripted(self.node.value, vectors))
            return self._unknown_write(messages.NO_DERIVATIVE_OF_COLUMN, replacement)
        return self._unknown(messages.NO_DERIVATIVE_OF_PICK)

    def _is_every_row(self, rows: ast.expr, count: int) -> bool:
        """True for arange(m) with m rows: one cell of each row is selected."""
        return (
            isinstance(rows, ast.Call)
            and function_name(rows) == "arange"
            and len(rows.args) == 1
            and count == self.shape[0]
        )

    def _pick_any(self, g: Product, rows: ast.expr, hot: Atom) -> Product:
        """Cells of any rows, possibly several of one."""
        if len(self.shape) > 2:
            raise self._unknown()
        left = self._one_hot(self.walk.text(rows), hot.shape[:1], 0)
        scalars, d = self.walk.full_atom(g, self.node)
        column = expanded(of(d), [1], 2)
        return scalars * of(matmul(transposed(left), (column * of(hot)).atom))

    def _under_mask(self, g: Product) -> Product:
        """Divisors at the selected cells may cancel with the whole tensor that they were selected from."""
        picked = indexed(self.walk.raw(self.node), [":", "None"], ())
        whole_tensor = self.walk.raw(self.node.value)
        factors = []
        for factor in g.factors:
            if factor.atom.key == picked.key and factor.below:
                atom = Atom(factor.atom.text, ATOM, factor.atom.shape, (), whole_tensor.text)
                factor = Factor(atom, factor.power)
            factors.append(factor)
        return replace(g, factors=tuple(factors))


def _subscripted(value: ast.expr, parts: Sequence[ast.expr]) -> ast.expr:
    """value[…], without whole slices at the end."""
    kept = list(parts)
    while kept and is_whole_slice(kept[-1]):
        kept.pop()
    if not kept:
        return value
    index = kept[0] if len(kept) == 1 else ast.Tuple(kept, ast.Load())
    return ast.Subscript(value, index, ast.Load())


def _swap_with_last(atom: Atom, axis: int) -> Atom:
    """The atom with an axis and its last axis exchanged."""
    last = len(atom.shape) - 1
    if axis == last:
        return atom
    order = list(range(last + 1))
    order[axis], order[last] = last, axis
    return reordered(atom, order)
