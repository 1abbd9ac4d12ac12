"""Every line of a backward pass against the difference quotient of what it differentiates.

The lines that a line reads are taken as given: the gradient delta_Q is compared with the slope of
sum(delta_R * R), summed over the equations R that read Q, where only Q moves. So a wrong line is found where
it stands, and lines that only follow from it agree.
"""

import ast

import numpy as np
from forward_programs import run

from bpstep.program.derived_forms import DerivedForm

STEP = 3e-4

NOISE = 1e-10
"""What rounding may add to a difference quotient, in parts of the numbers that are differenced.

They are rounded by up to 1e-16 of themselves at each operation, and the step divides that by 3e-4.
"""


def slope(function):
    """The derivative of a function of one number at 0, by Richardson's extrapolation.

    The function may return an array: constants in it, however large, then cancel before anything is summed.
    """

    def central(h):
        return (function(h) - function(-h)) / (2 * h)

    return (4 * central(STEP / 2) - central(STEP)) / 3


class LineDifferences:
    """The program, its tensors, and its derived lines, for judging them one by one."""

    def __init__(self, forward, start, lines):
        self.forward = dict(forward)
        self.loss = forward[-1][0]
        self.tensors = run(forward, start)
        self.lines = lines
        self.values = run([(line.name, line.source) for line in lines], self.tensors)
        self.order = list(self.forward)
        self.gradients = {
            line.by: line.name
            for line in lines
            if line.of == self.loss
            and line.form not in (DerivedForm.PART, DerivedForm.INNER)
            and "_via_" not in line.name
        }
        self.directions = np.random.default_rng(1)

    def result(self, reader, tensor, value):
        """An equation's result if one of its tensors has another value."""
        return run([(reader, self.forward[reader])], {**self.tensors, tensor: value})[reader]

    def given(self, reader):
        """The gradient of an equation's result as the lines have it, else by a difference of the loss."""
        if reader == self.loss:
            return 1.0
        if reader in self.gradients:
            return self.values[self.gradients[reader]]
        later = [(name, self.forward[name]) for name in self.order[self.order.index(reader) + 1 :]]
        assert np.shape(self.tensors[reader]) == (), f"{reader} has no gradient"

        def loss(h):
            return run(later, {**self.tensors, reader: self.tensors[reader] + h})[self.loss]

        return slope(loss)

    def weighted(self, readers, tensor, value):
        """delta_R * R of some equations, one after the other, where a tensor has another value.

        Without any, the loss itself: nothing came back to the tensor.
        """
        if not readers:
            return run(list(self.forward.items()), {**self.tensors, tensor: value})[self.loss]
        found = [np.ravel(self.given(reader) * self.result(reader, tensor, value)) for reader in readers]
        return np.concatenate(found)

    def along(self, readers, tensor, direction):
        """The slope of sum(delta_R * R) along a direction of a tensor."""
        start = np.asarray(self.tensors[tensor], dtype=float)
        return np.sum(slope(lambda h: self.weighted(readers, tensor, start + h * direction)))

    def direction(self, value):
        """A random direction in which every cell moves in proportion to its size."""
        size = np.abs(np.asarray(value, dtype=float))
        return self.directions.normal(size=size.shape) * np.where(size > 0, np.minimum(size, 1), 1)

    def wrong(self, line):
        """What is wrong with a line; empty if nothing is, None if it is no derivative."""
        if line.form == DerivedForm.PART:
            return None  # Judged with the line that it is a part of.
        if line.form in (DerivedForm.FACTOR_ELEMENTWISE, DerivedForm.FACTOR_MATMUL):
            return self.wrong_factor(line)
        if line.form == DerivedForm.INNER:
            return self.wrong_inner(line)
        value, shape = np.asarray(self.values[line.name]), np.shape(self.tensors[line.by])
        if value.shape != shape:
            return self.wrong_block(line)
        directions = [self.direction(self.tensors[line.by]) for _ in range(2)]
        return self.differing(line, [(value * u, self.along(line.via, line.by, u)) for u in directions])

    def differing(self, line, pairs):
        """What is wrong if a sum of products is not the slope."""
        for products, numeric in pairs:
            bound = 1e-6 * np.sum(np.abs(products)) + NOISE * self.size(line.via)
            if not abs(np.sum(products) - numeric) <= bound:
                return f"{line.name} = {line.source}: {np.sum(products)}, and by differences {numeric}"
        return ""

    def size(self, readers):
        """How large the numbers are whose differences are taken."""
        found = 0
        for reader in readers:
            cells = np.abs(self.tensors[reader])
            found += np.sum(np.abs(self.given(reader)) * np.where(cells > 0, cells, 1))
        return found

    def cells(self, readers, tensor):
        """The slope along each cell of a tensor."""
        found = np.zeros(np.shape(self.tensors[tensor]))
        for index in np.ndindex(found.shape):
            unit = np.zeros(found.shape)
            unit[index] = 1
            found[index] = self.along(readers, tensor, unit)
        return found

    def wrong_block(self, line):
        """The gradient of a block of a tensor: it stands somewhere in that of the whole, zeros around it.

        A part that is the same along an axis may lack it: it is repeated where the parts are added.
        """
        whole, block = self.cells(line.via, line.by), np.asarray(self.values[line.name])
        sizes = zip(block.shape[::-1], whole.shape[::-1])
        if all(size in (1, full) for size, full in sizes) and np.allclose(block, whole, rtol=1e-6, atol=1e-8):
            return ""
        room = [range(size - cells + 1) for size, cells in zip(whole.shape, block.shape)]
        for corner in np.ndindex(*map(len, room)):
            padded = np.zeros(whole.shape)
            padded[tuple(slice(at, at + cells) for at, cells in zip(corner, block.shape))] = block
            if np.allclose(padded, whole, rtol=1e-6, atol=1e-8):
                return ""
        return f"{line.name} = {line.source}: no block of the gradient by differences\n{whole}"

    def wrong_factor(self, line):
        """delta_A_B: each cell by itself, or the matrix that B is multiplied by."""
        value, before = self.values[line.name], np.asarray(self.tensors[line.by], dtype=float)
        if line.form == DerivedForm.FACTOR_ELEMENTWISE:
            numeric = self.elementwise_slopes(line, before)
            value = np.broadcast_to(value, before.shape)
        else:
            numeric = self.matrix(line, before)
        if value.shape == numeric.shape and np.allclose(value, numeric, rtol=1e-6, atol=1e-8):
            return ""
        return f"{line.name} = {line.source}: {value}, and by differences {numeric}"

    def elementwise_slopes(self, line, before):
        found = np.zeros(before.shape)
        for index in np.ndindex(before.shape):
            unit = np.zeros(before.shape)
            unit[index] = 1
            along = slope(lambda h, unit=unit: self.result(line.of, line.by, before + h * unit))
            found[index] = np.sum(along)
        return found

    def matrix(self, line, before):
        """dA/dB of the first row (where B stands on the left) or column of a matrix product.

        Where a side is a stack of matrices, of the first of them.
        """
        left = line.by in _left_sides(ast.parse(self.forward[line.of], mode="eval"))
        rows = []
        stack = (0,) * (before.ndim - 2)
        for k in range(before.shape[-1 if left else -2]):
            unit = np.zeros(before.shape)
            unit[(*stack, 0, k) if left else (*stack, k, 0)] = 1

            def moved(h, unit=unit):
                found = np.atleast_2d(self.result(line.of, line.by, before + h * unit))
                first = found[(0,) * (found.ndim - 2)]
                return first[0] if left else first[:, 0]

            rows.append(slope(moved))
        return np.array(rows).T if left else np.array(rows)

    def wrong_inner(self, line):
        """The gradient of an inner result: some node of the equation's tree has it."""
        (reader,) = line.via
        value = np.asarray(self.values[line.name])
        tree = ast.parse(self.forward[reader], mode="eval")
        for node in ast.walk(tree):
            if self._is_inner(node) and self.is_gradient_of(node, reader, value):
                return ""
        return f"{line.name} = {line.source}: the gradient of no inner result of {reader}"

    def _is_inner(self, node):
        """Whether a node is a result that depends on a tensor: the -1 of axis=-1 is none."""
        is_value = isinstance(node, ast.BinOp | ast.Call | ast.UnaryOp | ast.Subscript)
        is_value |= isinstance(node, ast.Attribute) and node.attr == "T"
        return is_value and any(getattr(part, "id", None) in self.tensors for part in ast.walk(node))

    def is_gradient_of(self, node, reader, value):
        inner = ast.unparse(node)
        at = np.asarray(run([("_", inner)], self.tensors)["_"], dtype=float)
        if at.shape != value.shape:
            return False
        text = ast.unparse(_Replaced(inner).visit(ast.parse(self.forward[reader], mode="eval").body))
        direction = self.direction(at)

        def weighted(h):
            moved = run([("_", text)], {**self.tensors, "_inner": at + h * direction})["_"]
            return self.given(reader) * moved

        products = value * direction
        bound = 1e-6 * np.sum(np.abs(products)) + NOISE * self.size([reader])
        return abs(np.sum(products) - np.sum(slope(weighted))) <= bound


class _Replaced(ast.NodeTransformer):
    """An expression in which a part, wherever it stands, is a tensor of its own."""

    def __init__(self, part):
        self.part = part

    def visit(self, node):
        if isinstance(node, ast.expr) and ast.unparse(node) == self.part:
            return ast.Name("_inner", ast.Load())
        return self.generic_visit(node)


def _left_sides(tree):
    """The texts of the left operands of matrix products."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            found.add(ast.unparse(node.left))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("dot", "matmul"):
            found.add(ast.unparse(node.args[0]))
    return found
