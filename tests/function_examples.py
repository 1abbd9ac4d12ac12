"""Calls of every function of the language, with their values by NumPy or by loops."""

import math

import numpy as np

from bpstep.lang.shapes import value_shape

DRAWN = np.random.default_rng(5)
TENSORS = {
    "a": DRAWN.normal(size=(2, 3)),
    "b": DRAWN.normal(size=(2, 3)),
    "row": DRAWN.normal(size=3),
    "column": DRAWN.normal(size=(2, 1)),
    "v": DRAWN.normal(size=3),
    "m": DRAWN.normal(size=(3, 4)),
    "s": np.float64(0.7),
    "pos": DRAWN.uniform(0.1, 2, size=(2, 3)),
    "cube": DRAWN.normal(size=(2, 3, 4)),
    "deep": DRAWN.normal(size=(2, 4, 2)),
    "labels": np.array([2, 0]),
    "grid": np.array([[0, 2], [1, 1]]),
    "image": DRAWN.normal(size=(2, 4, 5)),
    "slid": DRAWN.normal(size=(2, 3, 4, 2, 2)),
    "some_zeros": np.array([[0.0, 1.0, 0.0], [2.0, 3.0, 4.0]]),
    "thin": DRAWN.normal(size=(2, 4, 3, 1, 2)),
}
A, B, POS, CUBE = (TENSORS[name] for name in ("a", "b", "pos", "cube"))


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def softmax(x):
    powers = np.exp(x)
    return powers / powers.sum(axis=-1, keepdims=True)


def added_windows(x, axes):
    """By a loop over every cell."""
    rank = x.ndim - len(axes)
    shape = [
        size + (x.shape[rank + axes.index(k)] - 1 if k in axes else 0)
        for k, size in enumerate(x.shape[:rank])
    ]
    found = np.zeros(shape)
    for index in np.ndindex(x.shape):
        place = list(index[:rank])
        for axis, within in zip(axes, index[rank:]):
            place[axis] += within
        found[tuple(place)] += x[index]
    return found


def slid(x, axes, lengths):
    """By a loop over every window."""
    shape = list(x.shape)
    for axis, length in zip(axes, lengths):
        shape[axis] -= length - 1
    found = np.zeros((*shape, *lengths))
    for index in np.ndindex(found.shape):
        place = list(index[: x.ndim])
        for axis, within in zip(axes, index[x.ndim :]):
            place[axis] += within
        found[index] = x[tuple(place)]
    return found


EXAMPLES = {
    "abs(a)": np.abs(A),
    "exp(a)": np.exp(A),
    "log(pos)": np.log(POS),
    "sqrt(pos)": np.sqrt(POS),
    "tanh(a)": np.tanh(A),
    "sin(a)": np.sin(A),
    "cos(a)": np.cos(A),
    "sinh(a)": np.sinh(A),
    "cosh(a)": np.cosh(A),
    "arctan(a)": np.arctan(A),
    "floor(a)": np.floor(A),
    "zeros((2, 3))": np.zeros((2, 3)),
    "ones((2, size(a, 0)))": np.ones((2, 2)),
    "sign(a)": np.sign(A),
    "log1p(pos)": np.log1p(POS),
    "expm1(a)": np.expm1(A),
    "maximum(a, row)": np.maximum(A, TENSORS["row"]),
    "minimum(column, a)": np.minimum(TENSORS["column"], A),
    "clip(a, -0.5, 0.5)": np.clip(A, -0.5, 0.5),
    "where(a > b, a, column)": np.where(A > B, A, TENSORS["column"]),
    "square(a)": A * A,
    "power(pos, b)": POS**B,
    "step(a)": np.heaviside(A, 0),
    "sum(a)": A.sum(),
    "sum(cube, axis=1)": CUBE.sum(axis=1),
    "sum(cube, axis=(0, 2))": CUBE.sum(axis=(0, 2)),
    "sum(cube, axis=-1, keepdims=True)": CUBE.sum(axis=-1, keepdims=True),
    "mean(cube, axis=(0, -1))": CUBE.mean(axis=(0, 2)),
    "mean(a, axis=0, keepdims=True)": A.mean(axis=0, keepdims=True),
    "max(cube, axis=1)": CUBE.max(axis=1),
    "min(cube, axis=(1, 2))": CUBE.min(axis=(1, 2)),
    "any(some_zeros, axis=1)": TENSORS["some_zeros"].any(axis=1),
    "all(some_zeros, axis=1)": TENSORS["some_zeros"].all(axis=1),
    "argmax(cube, axis=2)": CUBE.argmax(axis=2),
    "argmax(a)": A.argmax(),
    "var(a, axis=1)": A.var(axis=1),
    "var(a)": A.var(),
    "std(cube, axis=(0, 1), keepdims=True)": CUBE.std(axis=(0, 1), keepdims=True),
    "dot(a, m)": A.dot(TENSORS["m"]),
    "dot(v, row)": np.dot(TENSORS["v"], TENSORS["row"]),
    "dot(s, a)": 0.7 * A,
    "matmul(a, m)": A @ TENSORS["m"],
    "outer(a, v)": np.outer(A, TENSORS["v"]),
    'einsum("ij,jk->ik", a, m)': A @ TENSORS["m"],
    'einsum("ij,ij->", a, b)': np.sum(A * B),
    'einsum("ijk->kj", cube)': CUBE.sum(axis=0).T,
    'einsum("bij,ij,b->bj", cube, m, labels)': np.einsum(
        "bij,ij,b->bj", CUBE, TENSORS["m"], TENSORS["labels"]
    ),
    "repeat(a, 2)": np.repeat(A, 2),
    "repeat(a, 3, axis=0)": np.repeat(A, 3, axis=0),
    "repeat(a, 2, axis=-1)": np.repeat(A, 2, axis=1),
    "concatenate([a, b, column], axis=1)": np.hstack([A, B, TENSORS["column"]]),
    "concatenate([a, b])": np.vstack([A, B]),
    "stack([a, b], axis=1)": np.stack([A, B], axis=1),
    "stack([a, b], axis=-1)": np.dstack([A, B]),
    "swapaxes(cube, 0, -1)": np.swapaxes(CUBE, 0, 2),
    "transpose(cube, (2, 0, 1))": np.moveaxis(CUBE, 2, 0),
    "transpose(cube)": CUBE.T,
    "pad(a, ((1, 0), (0, 2)))": np.pad(A, ((1, 0), (0, 2))),
    "pad(a, 1)": np.pad(A, 1),
    "windows(v, 2, axis=0)": slid(TENSORS["v"], [0], [2]),
    "windows(image, (2, 3), axis=(1, 2))": slid(TENSORS["image"], [1, 2], [2, 3]),
    "windows(image, (2, 3), axis=(2, 1))": slid(TENSORS["image"], [2, 1], [2, 3]),
    "overlap_add(deep, axis=1)": added_windows(TENSORS["deep"], [1]),
    "overlap_add(slid, axis=(1, 2))": added_windows(TENSORS["slid"], [1, 2]),
    "overlap_add(thin, axis=(1, 2))": added_windows(TENSORS["thin"], [1, 2]),
    "overlap_add(slid, axis=(2, 0))": added_windows(TENSORS["slid"], [2, 0]),
    "ones_like(a)": np.ones((2, 3)),
    "zeros_like(column)": np.zeros((2, 1)),
    "one_hot(labels, 3)": np.array([[0, 0, 1], [1, 0, 0]]),
    "one_hot(grid, 3)": np.eye(3)[TENSORS["grid"]],
    "arange(4)": np.arange(4),
    "arange(1, 7, 2)": np.array([1, 3, 5]),
    "uniform(0, arange(3))": np.array([0.6524484863740322, 0.013996059553765816, 0.9810574185844778]),
    "size(cube, 1)": 3,
    "size(cube)": 24,
    "sigmoid(a)": sigmoid(A),
    "relu(a)": np.maximum(A, 0),
    "leaky_relu(a)": np.maximum(A, 0.01 * A),
    "elu(a)": np.where(A > 0, A, np.expm1(A)),
    "softplus(a)": np.logaddexp(0, A),
    "silu(a)": A * sigmoid(A),
    "gelu(a)": A * (1 + np.tanh(math.sqrt(2 / math.pi) * (A + 0.044715 * A**3))) / 2,
    "identity(a)": A,
    "softmax(a)": softmax(A),
    "softmax(cube)": softmax(CUBE),
    # What is no function: operators, transposes, reshapes.
    "a + column": A + TENSORS["column"],
    "row - a": TENSORS["row"] - A,
    "a * s": A * 0.7,
    "a / pos": A / POS,
    "pos**row": POS ** TENSORS["row"],
    "-a": -A,
    "a > row": TENSORS["row"] < A,
    "a @ m": A @ TENSORS["m"],
    "a @ v": A @ TENSORS["v"],
    "v @ m": TENSORS["v"] @ TENSORS["m"],
    "cube @ m.T": CUBE @ TENSORS["m"].T,
    "m @ swapaxes(cube, 1, 2)": TENSORS["m"] @ np.swapaxes(CUBE, 1, 2),
    "v @ cube": TENSORS["v"] @ CUBE,
    "cube.T": CUBE.T,
    "cube.reshape(4, -1)": CUBE.reshape(4, 6),
}
"""Calls with their values, by other NumPy functions or by loops."""


EXAMPLES |= {
    "a[:, None]": A[:, np.newaxis],
    "cube[None, 1:, ::-1]": CUBE[1:][np.newaxis, :, ::-1],
    "m[labels]": np.stack([TENSORS["m"][2], TENSORS["m"][0]]),
    "cube[:, labels, 1]": np.stack([CUBE[:, 2, 1], CUBE[:, 0, 1]], axis=1),
    "cube[:, labels[None]]": np.stack([CUBE[:, 2], CUBE[:, 0]], axis=1)[:, None],
    "m[grid - 1, 3]": np.array([[TENSORS["m"][k - 1, 3] for k in row] for row in TENSORS["grid"]]),
    "cube[arange(2), labels]": np.stack([CUBE[0, 2], CUBE[1, 0]]),
    "cube[arange(2), labels][:, None, :2]": np.stack([CUBE[0, 2], CUBE[1, 0]])[:, None, :2],
    "m[grid, labels]": np.array(
        [[TENSORS["m"][i, j] for i, j in zip(row, (2, 0))] for row in ((0, 2), (1, 1))]
    ),
    "m[labels, grid]": np.array(
        [[TENSORS["m"][i, j] for i, j in zip((2, 0), row)] for row in ((0, 2), (1, 1))]
    ),
    "m[arange(3)[:, None], labels]": TENSORS["m"][:, [2, 0]],
    "m[argmax(a, axis=1)]": TENSORS["m"][A.argmax(axis=1)],
    "m[-labels]": np.stack([TENSORS["m"][1], TENSORS["m"][0]]),
    "one_hot(-labels, 3)": np.array([[0, 1, 0], [1, 0, 0]]),
    "cube @ m.T[:, :2] @ a": np.stack([one @ TENSORS["m"].T[:, :2] @ A for one in CUBE]),
    "cube @ swapaxes(cube, 1, 2)[0] - cube[:, :, :1]": CUBE @ CUBE[0].T - CUBE[:, :, :1],
    "cube @ deep[0]": np.stack([CUBE[0] @ TENSORS["deep"][0], CUBE[1] @ TENSORS["deep"][0]]),
    "v @ swapaxes(cube, 0, 2)[0]": TENSORS["v"] @ CUBE[:, :, 0].T,
    "cube.T": np.moveaxis(CUBE, (0, 1, 2), (2, 1, 0)),
    "cube.reshape(size(cube, 0), -1)": CUBE.reshape(2, 12),
    "a / size(a, 1)": A / 3,
    "softmax(cube)": softmax(CUBE),
    "dot(s, a) + dot(a, s)": 1.4 * A,
    "overlap_add(windows(image, (2, 3), axis=(1, 2)), axis=(1, 2))": added_windows(
        slid(TENSORS["image"], [1, 2], [2, 3]), [1, 2]
    ),
    "max(a, axis=1, keepdims=True) - mean(cube, axis=(1, 2))[:, None]": A.max(1)[:, None]
    - CUBE.mean((1, 2))[:, None],
}

EXAMPLES |= {
    # Parts of results, at places that are known.
    "softmax(a)[:, 1]": softmax(A)[:, 1],
    "softmax(cube)[1, :, 2]": softmax(CUBE)[1, :, 2],
    "softmax(v)[2]": softmax(TENSORS["v"])[2],
    "softmax(column)[:, 0]": np.ones(2),
    "softmax(s)": 1.0,
    "concatenate([a, b])[3]": B[1],
    "concatenate([a, b, column], axis=1)[:, 3:5]": B[:, :2],
    "concatenate([a, b, column], axis=1)[:, 6]": TENSORS["column"][:, 0],
    "concatenate([column, a], axis=1)[1:, 0] * v[:1]": TENSORS["column"][1:, 0] * TENSORS["v"][:1],
    "stack([a, b])[1]": B,
    "stack([a, b], axis=1)[:, 0, 2]": A[:, 2],
    "pad(a, 1)[0, 1:]": np.zeros(4),
    "pad(a, 1)[2]": np.array([0, *A[1], 0]),
    "pad(a, ((1, 0), (0, 2)))[:, 2]": np.array([0, *A[:, 2]]),
    "pad(column, ((0, 0), (1, 2)))": np.pad(TENSORS["column"], ((0, 0), (1, 2))),
    "pad(column, ((2, 0), (0, 1)))": np.pad(TENSORS["column"], ((2, 0), (0, 1))),
    "repeat(a, 2)[5]": A[0, 2],
    "repeat(a, 3, axis=0)[4]": A[1],
    "swapaxes(cube, 0, -1)[1]": CUBE[:, :, 1].T,
    "transpose(cube, (2, 0, 1))[3, 1]": CUBE[1, :, 3],
    "cube.reshape(4, 6)[2]": CUBE[1].ravel()[:6],
    "cube.reshape(2, 12)[:, 5]": CUBE[:, 1, 1],
    "windows(image, (2, 3), axis=(1, 2))[:, 1, 2, 0]": TENSORS["image"][:, 1, 2:5],
    "overlap_add(deep, axis=1)[:, 1]": TENSORS["deep"][:, 1, 0] + TENSORS["deep"][:, 0, 1],
    "one_hot(grid, 3)[:, 0]": np.eye(3)[[0, 1]],
    "where(a > 0, a, b)[1]": np.where(A[1] > 0, A[1], B[1]),
    "max(cube, axis=1)[:, 2]": CUBE[:, :, 2].max(axis=1),
    "argmax(cube, axis=1)[1]": CUBE[1].argmax(axis=0),
    "var(cube, axis=1)[0]": CUBE[0].var(axis=0),
    "std(a, axis=1, keepdims=True)[1]": A[1:].std(axis=1),
    "(a @ m)[1]": A[1] @ TENSORS["m"],
    "outer(a, v)[4]": A[1, 1] * TENSORS["v"],
    'einsum("ij,jk->ik", a, m)[:, 2]': A @ TENSORS["m"][:, 2],
    "(a - row)[:, None, 1] * v": (A[:, 1] - TENSORS["row"][1])[:, None] * TENSORS["v"],
    "sum(a[0] * b[1])": A[0] @ B[1],
    "mean(cube[:, 1:, ::2], axis=2)": CUBE[:, 1:, ::2].mean(axis=2),
    "clip(a, -0.5, 0.5)[0, 1:]": np.clip(A[0, 1:], -0.5, 0.5),
}

SHAPES = {name: value_shape(tensor) for name, tensor in TENSORS.items()}
