"""Random forward programs over the whole language. Their shapes always fit, and no cell is at a kink."""

import math
import random

import numpy as np

UNARY = [
    "tanh({})",
    "sigmoid({})",
    "-{}",
    "exp(tanh({}))",
    "relu({} + {k})",
    "abs({} + {k})",
    "softplus({})",
    "sqrt({}**2 + 1)",
    "log({}**2 + 0.5)",
    "{}**2",
    "({}**2 + 1)**-1",
    "({}**2 + 1)**-0.5",
    "({}**2 + 1)**1.5",
    "{}**3",
    "silu({})",
    "elu({} + {k})",
    "leaky_relu({} + {k})",
    "identity({})",
    "square({})",
    "log1p({}**2)",
    "expm1(tanh({}))",
    "sign({} + {k})",
    "1 / (1 + {}**2)",
    "2 * {}",
    "0.5 * {}",
    "{} / 3",
    "{} / 2",
    "1/2 * {}**2",
    "clip({} + {k}, -0.7, 0.6)",
    "maximum({} + {k}, 0)",
    "minimum(0.1, {} + {k})",
    "step({} + {k}) * 2",
    "power({}, 2)",
    "2**tanh({})",
    "3 - {}",
    "{} - 1/3",
    "log(sigmoid({}))",
    "{} + ones_like({})",
    "gelu({})",
    "sin({})",
    "cos({})",
    "sinh(tanh({}))",
    "cosh(tanh({}))",
    "arctan({})",
    "floor({} + 0.456789 * {k}) + {}",
    "{} + zeros_like({})",
    "{} * uniform({k})",
    "{} / size({k})",
    "{} * any({k} > 0)",
    "{} - all({k} < 1)",
]
BINARY = [
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "{} * {}",
    "{} / (1 + {}**2)",
    "{} / sqrt(1 + {}**2)",
    "where({} > {k}, {}, 0.5)",
    "where({k} > 0, {}, {})",
    "maximum({} + {k}, {})",
    "minimum({}, {} + {k})",
    "({}**2 + 1)**tanh({})",
    "{}**2 * {}",
    "-{} * {}",
    "({} - {})**2",
    "{} / exp({})",
    "power({}**2 + 0.1, {} / 5)",
    "({} + {}) / 4",
]


class Maker:
    """Grows programs; `choose` takes one of a list, the simpler ones first.

    With `ties` several numbers may be the maximum. Differences by one of them alone then say nothing.
    """

    def __init__(self, choose, rng, ties=False):
        self.choose = choose
        self.ties = ties
        self.rng = rng
        self.start = {}
        self.integers = {}
        self.shapes = {}
        self.parameters = []
        self.forward = []

    def new(self, stem, shape, parameter=False):
        name = f"{stem}{sum(other.startswith(stem) for other in self.start)}"
        drawn = np.round(self.rng.normal(size=shape), 3) if shape else np.float64(round(self.rng.normal(), 3))
        # A constant is no parameter's negative: maximum(W + K, 0) has no slope where the sum is 0.
        self.start[name] = drawn if parameter or self.ties else drawn + 0.0005
        self.shapes[name] = shape
        if parameter:
            self.parameters.append(name)
        return name

    def index(self, shape, below):
        name = f"ix{len(self.integers)}"
        self.integers[name] = shape
        self.start[name] = self.rng.integers(0, below, size=shape)
        return name

    def leaf(self, shape, depth=0):
        known = [name for name, found in self.shapes.items() if found == shape and not name.startswith("K")]
        new = self.choose(["old", "parameter", "data"] if known else ["parameter", "data"])
        if new == "old":
            return self.choose(known[::-1])
        return self.new("W" if new == "parameter" else "X", shape, new == "parameter")

    def smaller(self, shape):
        """A shape that broadcasts to this one."""
        shape = [self.choose([size, size, 1]) for size in shape]
        cut = self.choose([0, 0, *range(len(shape) + 1)])
        return tuple(shape[cut:])

    def size(self):
        return self.choose([2, 3, 1, 4])

    def fill(self, text, shapes, depth, shape):
        """A template with an expression at each {} and fresh numbers at each {k}."""
        parts = text.split("{k}")
        filled = parts[0]
        for part in parts[1:]:
            filled += self.new("K", shape) + part
        shapes = iter(shapes)
        found = ""
        for k, part in enumerate(filled.split("{}")):
            if k:
                found += (
                    f"({self.grow(next(shapes), depth - 1)})"
                    if text != "{}"
                    else self.grow(next(shapes), depth - 1)
                )
            found += part
        return found

    def grow(self, shape, depth):
        if depth <= 0:
            return self.leaf(shape)
        kinds = ["leaf", "unary", "binary", "move", "fold", "product"]
        kind = self.choose(kinds)
        return getattr(self, kind)(shape, depth)

    def unary(self, shape, depth):
        template = self.choose(UNARY)
        inner = self.grow(shape, depth - 1)
        found = template
        while "{k}" in found:
            found = found.replace("{k}", self.new("K", shape), 1)
        return found.replace("{}", inner if inner.isidentifier() else f"({inner})")

    def binary(self, shape, depth):
        template = self.choose(BINARY)
        pair = [shape, self.smaller(shape)]
        if self.choose([False, True]):
            pair = pair[::-1]
        if template.startswith("where({} > "):
            return self.fill(template, [shape, shape], depth, shape)
        return self.fill(template, pair, depth, shape)

    def product(self, shape, depth):
        d = depth - 1
        k = self.size()
        if not shape:
            return self.choose(
                [
                    lambda: f"({self.grow((k,), d)}) @ ({self.grow((k,), d)})",
                    lambda: f"dot({self.grow((k,), d)}, {self.grow((k,), d)})",
                    lambda: f'einsum("i,i->", {self.grow((k,), d)}, {self.grow((k,), d)})',
                ]
            )()
        if len(shape) == 1:
            (n,) = shape
            return self.choose(
                [
                    lambda: f"({self.grow((n, k), d)}) @ ({self.grow((k,), d)})",
                    lambda: f"({self.grow((k,), d)}) @ ({self.grow((k, n), d)})",
                    lambda: f"dot({self.grow((k,), d)}, {self.grow((k, n), d)})",
                    lambda: f'einsum("ij,j->i", {self.grow((n, k), d)}, {self.grow((k,), d)})',
                    lambda: f'einsum("ij->i", {self.grow((n, k), d)})',
                ]
            )()
        *lead, m, n = shape
        batch = tuple(lead)
        options = [
            lambda: f"({self.grow((*batch, m, k), d)}) @ ({self.grow((k, n), d)})",
            lambda: f"({self.grow((*batch, m, k), d)}) @ ({self.grow((*batch, k, n), d)})",
            lambda: f"({self.grow((m, k), d)}) @ ({self.grow((*batch, k, n), d)})",
            lambda: f"matmul({self.grow((*batch, m, k), d)}, {self.grow((k, n), d)})",
        ]
        if not lead:
            options += [
                lambda: f"outer({self.grow((m,), d)}, {self.grow((n,), d)})",
                lambda: f"(({self.grow((n, k), d)}) @ ({self.grow((k, m), d)})).T",
                lambda: f'einsum("ij,jk->ik", {self.grow((m, k), d)}, {self.grow((k, n), d)})',
                lambda: f"({self.grow((k,), d)}) @ ({self.grow((m, k, n), d)})",
                lambda: f"({self.grow((m, n, k), d)}) @ ({self.grow((k,), d)})",
            ]
        if len(lead) == 1:
            options.append(
                lambda: (
                    f'einsum("bij,bjk->bik", {self.grow((*batch, m, k), d)}, {self.grow((*batch, k, n), d)})'
                )
            )
        return self.choose(options)()

    def fold(self, shape, depth):
        """A sum or the like over axes that are not there afterwards, or have size 1."""
        d = depth - 1
        name = self.choose(["sum", "mean", "sum", "max", "var", "std", "min", "softmax"])
        if name == "softmax" and shape:
            return f"softmax({self.grow(shape, d)})"
        name = "sum" if name == "softmax" else name
        ones = [axis for axis, size in enumerate(shape) if size == 1]
        if ones and self.choose([True, False]):
            axes = [axis for axis in ones if self.choose([True, False])] or ones[:1]
            wide = tuple(self.choose([2, 3]) if axis in axes else size for axis, size in enumerate(shape))
            return self.folded(name, wide, axes, d, True)
        if len(shape) > 2:
            return self.leaf(shape)
        count = self.choose([1, 2]) if len(shape) < 2 else 1
        wide, axes = list(shape), []
        for _ in range(count):
            axis = self.choose(range(len(wide) + 1))
            axes = [a + (a >= axis) for a in axes] + [axis]
            wide.insert(axis, self.choose([2, 3]))
        return self.folded(name, tuple(wide), sorted(axes), d, False)

    def folded(self, name, wide, axes, depth, keep):
        if self.ties and name in ("max", "min") and self.choose([True, False]):
            # Some of the numbers are equal, and stay equal whatever changes.
            same = self.grow(tuple(1 if axis in axes else size for axis, size in enumerate(wide)), depth)
            steps = self.new("K", wide)
            self.start[steps] = np.sign(self.start[steps])
            inner = f"({same}) + {steps}"
        else:
            inner = self.grow(wide, depth)
            if name in ("max", "min", "std"):
                inner = f"({inner}) + {self.new('K', wide)}"
        over = ""
        if len(axes) < len(wide) or keep or self.choose([False, True]):
            shown = [axis - len(wide) if self.choose([False, True]) else axis for axis in axes]
            over = f", axis={shown[0]}" if len(axes) == 1 else f", axis=({', '.join(map(str, shown))})"
        return f"{name}({inner}{over}{', keepdims=True' if keep else ''})"

    def move(self, shape, depth):
        d = depth - 1
        options = []
        if math.prod(shape) > 1 and len(shape) < 4:
            cells = math.prod(shape)
            options.append(lambda: f"({self.grow((cells,), d)}).reshape({', '.join(map(str, shape))})")
            if len(shape) == 1 and cells % 2 == 0:
                options.append(lambda: f"({self.grow((2, cells // 2), d)}).reshape(-1)")
        if not shape:
            options += [
                lambda: f"({self.grow((3,), d)})[1]",
                lambda: f"({self.grow((2, 3), d)})[1, -1]",
                lambda: f"({self.grow((1,), d)})[0]",
            ]
        else:
            at = self.choose(range(len(shape)))
            options += self.indexings(shape, d, at) + self.stretchings(shape, d, at)
        if not options:
            return self.leaf(shape)
        return self.choose(options)()

    def indexings(self, shape, d, at):
        """Cells taken from larger tensors, and axes in another order."""
        options = [lambda: self.sliced(shape, d), lambda: self.joined(shape, d)]
        k = self.size()
        if len(shape) < 3:
            options += [lambda: f"({self.grow((k, *shape), d)})[{k - 1}]"]
        if shape[at] == 1:
            rest = (*shape[:at], *shape[at + 1 :])
            colons = [":"] * at + ["None"]
            options.append(lambda: f"({self.grow(rest, d)})[{', '.join(colons)}]")
        n = self.choose([2, 3, 4])
        options.append(lambda: f"({self.grow(shape, d)}) * ones({shape})")
        options.append(lambda: f"({self.grow(shape, d)}) + zeros({shape})")
        options.append(lambda: f"({self.grow((n, *shape[1:]), d)})[{self.index((shape[0],), n)}]")
        if len(shape) == 2:
            options.append(lambda: f"({self.grow((shape[0], n), d)})[:, {self.index((shape[1],), n)}]")
            options.append(lambda: f"({self.grow(shape[::-1], d)}).T")
            classes = self.index(shape[:1], shape[1])
            options.append(lambda: f"({self.grow(shape, d)}) * one_hot({classes}, {shape[1]})")
        if len(shape) == 3:
            options.append(lambda: f"({self.grow((n, shape[2]), d)})[{self.index(shape[:2], n)}]")
            options.append(lambda: f"({self.grow(shape[::-1], d)}).T")
            order = self.choose([(1, 0, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
            inverse = [order.index(a) for a in range(3)]
            options.append(lambda: f"transpose({self.grow(tuple(shape[a] for a in inverse), d)}, {order})")
        if len(shape) == 1:
            m = shape[0]
            options.append(lambda: f"({self.grow((m, n), d)})[arange({m}), {self.index((m,), n)}]")
            largest = f"argmax({self.new('K', (m, n))}, axis=1)"
            options.append(lambda: f"({self.grow((m, n), d)})[arange({m}), {largest}]")
            options.append(lambda: f"({self.grow((2, n), d)})[{self.index((m,), 2)}, {self.index((m,), n)}]")
        return options

    def stretchings(self, shape, d, at):
        """Axes exchanged, repeated, padded and slid along."""
        options = []
        if len(shape) > 1:
            swapped = (*shape[:-2], shape[-1], shape[-2])
            options.append(lambda: f"swapaxes({self.grow(swapped, d)}, -1, -2)")
        if shape[at] % 2 == 0:
            half = (*shape[:at], shape[at] // 2, *shape[at + 1 :])
            options.append(lambda: f"repeat({self.grow(half, d)}, 2, axis={at})")
        if shape[at] > 2:
            less = (*shape[:at], shape[at] - 2, *shape[at + 1 :])
            widths = ", ".join("(1, 1)" if axis == at else "(0, 0)" for axis in range(len(shape)))
            if len(shape) > 1:
                options.append(lambda: f"pad({self.grow(less, d)}, ({widths}))")
            if len(shape) < 3:
                full = (*shape[:at], shape[at] - 1, *shape[at + 1 :], 2)
                options.append(lambda: f"overlap_add({self.grow(full, d)}, axis={at})")
        if len(shape) in (2, 3):
            axis = self.choose(range(len(shape) - 1))
            wide = list(shape[:-1])
            wide[axis] += shape[-1] - 1
            options.append(lambda: f"windows({self.grow(tuple(wide), d)}, {shape[-1]}, axis={axis})")
        return options

    def sliced(self, shape, depth):
        at = self.choose(range(len(shape)))
        size = shape[at]
        before, after = self.choose([(0, 1), (1, 0), (1, 1), (2, 0)])
        wide = (*shape[:at], before + size + after, *shape[at + 1 :])
        part = f"{before or ''}:{before + size if after else ''}"
        if self.choose([False, False, True]):
            wide = (*shape[:at], 2 * size, *shape[at + 1 :])
            part = "::2"
        return f"({self.grow(wide, depth)})[{', '.join([':'] * at + [part])}]"

    def joined(self, shape, depth):
        at = self.choose(range(len(shape)))
        if self.choose([False, True]) and shape[at] in (2, 3):
            rest = (*shape[:at], *shape[at + 1 :])
            items = ", ".join(self.grow(rest, depth) for _ in range(shape[at]))
            return f"stack([{items}], axis={at})"
        if shape[at] < 2:
            return self.leaf(shape)
        parts = [(*shape[:at], size, *shape[at + 1 :]) for size in (1, shape[at] - 1)]
        return f"concatenate([{', '.join(self.grow(part, depth) for part in parts)}], axis={at})"

    def shape(self):
        return self.choose([(2, 3), (3,), (), (2, 1), (2, 2, 3), (1, 3), (4, 2), (2, 3, 1)])

    def program(self, equations, depth):
        stems = ["net_{}", "h{}", "q_{}"]
        for k in range(equations):
            shape = self.shape()
            source = self.grow(shape, depth)
            name = stems[k % 3].format(k + 1)
            self.forward.append((name, source))
            self.shapes[name] = shape
        terms = [name for name, _ in self.forward]
        kind = self.choose(["all", "last"])
        terms = terms if kind == "all" else terms[-1:]
        texts = [
            self.choose(
                ["sum({})", "mean({}**2)", "1/2 * sum({}**2) / 2", "sum(tanh({}))", "sum({} * {}) / 4"]
            ).replace("{}", t)
            for t in terms
        ]
        self.forward.append(("E", " + ".join(texts)))
        return self.forward


def numbered(number, ties=False):
    """The program with this number, the same each time."""
    rng = random.Random(number)
    maker = Maker(lambda options: rng.choice(list(options)), np.random.default_rng(number), ties)
    maker.program(rng.choice([1, 2, 3]), rng.choice([1, 2, 3]))
    return maker
