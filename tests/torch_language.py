"""Forward equations run by PyTorch in float64, and the gradients from its autograd."""

import ast

import numpy as np
import torch

from bpstep.lang.functions import uniform

torch.set_num_threads(1)


def T(x):
    return x if torch.is_tensor(x) else torch.tensor(x, dtype=torch.float64)


def red(fn):
    def f(x, axis=None, keepdims=False):
        x = T(x)
        if axis is None:
            axis = tuple(range(x.ndim))
        if axis == ():
            return x
        return fn(x, axis, keepdims)

    return f


def maxred(kind):
    def f(x, axis=None, keepdims=False):
        x = T(x)
        fn = torch.amax if kind == "max" else torch.amin
        if axis is None:
            axis = tuple(range(x.ndim))
        if axis == ():
            return x
        return fn(x, dim=axis, keepdim=keepdims)

    return f


def bt(f):
    return lambda *a: f(*[T(x) for x in a])


def one_hot(ix, n):
    return torch.nn.functional.one_hot(ix.long(), n).double()


def windows(x, w, axis):
    w = (w,) if isinstance(w, int) else w
    axis = (axis,) if isinstance(axis, int) else axis
    for at, length in zip(axis, w):
        x = x.unfold(at, length, 1)
    return x


def overlap_add(g, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    rank = g.ndim - len(axes)
    lens = g.shape[rank:]
    shape = list(g.shape[:rank])
    for a, length in zip(axes, lens):
        shape[a] += length - 1
    out = torch.zeros(shape, dtype=torch.float64)
    for off in np.ndindex(*lens):
        sl = [slice(None)] * rank
        for a, o in zip(axes, off):
            sl[a] = slice(int(o), int(o) + g.shape[a])
        z = torch.zeros(shape, dtype=torch.float64)
        z[tuple(sl)] = g[(..., *map(int, off))]
        out = out + z
    return out


def pad(x, w):
    if isinstance(w, int):
        w = ((w, w),) * x.ndim
    flat = [v for p in reversed(w) for v in p]
    return torch.nn.functional.pad(x, flat)


def where(c, a, b):
    return torch.where(T(c).bool() if not (torch.is_tensor(c) and c.dtype == torch.bool) else c, T(a), T(b))


def repeat(x, n, axis=None):
    return torch.repeat_interleave(T(x), n) if axis is None else torch.repeat_interleave(T(x), n, dim=axis)


NS = {
    "exp": bt(torch.exp),
    "log": bt(torch.log),
    "sqrt": bt(torch.sqrt),
    "tanh": bt(torch.tanh),
    "abs": bt(torch.abs),
    "sin": bt(torch.sin),
    "cos": bt(torch.cos),
    "sinh": bt(torch.sinh),
    "cosh": bt(torch.cosh),
    "arctan": bt(torch.atan),
    "floor": bt(torch.floor),
    "all": lambda x: T(x).bool().all().double(),
    "any": lambda x: T(x).bool().any().double(),
    "ones": lambda shape: torch.ones(shape, dtype=torch.float64),
    "zeros": lambda shape: torch.zeros(shape, dtype=torch.float64),
    "sigmoid": bt(torch.sigmoid),
    "relu": bt(torch.relu),
    "leaky_relu": bt(torch.nn.functional.leaky_relu),
    "elu": bt(torch.nn.functional.elu),
    "softplus": bt(torch.nn.functional.softplus),
    "silu": bt(torch.nn.functional.silu),
    "gelu": lambda x: torch.nn.functional.gelu(T(x), approximate="tanh"),
    "identity": bt(lambda x: x),
    "softmax": lambda x: torch.softmax(T(x), -1) if T(x).ndim else torch.ones_like(x),
    "square": bt(torch.square),
    "log1p": bt(torch.log1p),
    "expm1": bt(torch.expm1),
    "sign": bt(torch.sign),
    "step": lambda x: (T(x) > 0).double(),
    "sum": red(lambda x, a, k: torch.sum(x, dim=a, keepdim=k)),
    "mean": red(lambda x, a, k: torch.mean(x, dim=a, keepdim=k)),
    "max": maxred("max"),
    "min": maxred("min"),
    "var": red(lambda x, a, k: torch.var(x, dim=a, keepdim=k, unbiased=False)),
    "std": red(lambda x, a, k: torch.std(x, dim=a, keepdim=k, unbiased=False)),
    "where": where,
    "maximum": bt(torch.maximum),
    "minimum": bt(torch.minimum),
    "clip": lambda x, a, b: torch.minimum(torch.maximum(T(x), T(a)), T(b)),
    "outer": lambda a, b: torch.outer(T(a).reshape(-1), T(b).reshape(-1)),
    "concatenate": lambda items, axis=0: torch.cat(list(items), dim=axis),
    "stack": lambda items, axis=0: torch.stack(list(items), dim=axis),
    "repeat": repeat,
    "dot": lambda a, b: T(a) * T(b) if T(a).ndim == 0 or T(b).ndim == 0 else T(a) @ T(b),
    "matmul": lambda a, b: T(a) @ T(b),
    "power": lambda a, b: T(a) ** T(b),
    "einsum": lambda s, *a: torch.einsum(s, *a),
    "ones_like": bt(torch.ones_like),
    "zeros_like": bt(torch.zeros_like),
    "arange": lambda *a: torch.arange(*a),
    "size": lambda x, a=None: x.numel() if a is None else x.shape[a],
    "uniform": lambda *keys: T(uniform(*(T(x).detach().numpy() for x in keys))),
    "one_hot": one_hot,
    "swapaxes": lambda x, a, b: x.swapaxes(a, b),
    "transpose": lambda x, axes=None: x.permute(*(axes or tuple(range(x.ndim))[::-1])),
    "pad": pad,
    "windows": windows,
    "overlap_add": overlap_add,
    "argmax": lambda x, axis=None: torch.argmax(x, dim=axis),
}


class Flip(ast.NodeTransformer):
    """x.T of any rank, and slices with a negative step, which torch lacks."""

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return ast.Call(ast.Name("_T", ast.Load()), [node.value], []) if node.attr == "T" else node


NS["_T"] = lambda x: T(x).permute(*tuple(range(T(x).ndim))[::-1])


def gradients_by_torch(forward, start, params):
    """The gradient by each tensor that depends on the parameters; None if the loss does not depend on it."""
    t = {}
    for k, v in start.items():
        v = np.asarray(v)
        t[k] = (
            torch.tensor(v)
            if v.dtype.kind in "iu" and k not in params
            else torch.tensor(v, dtype=torch.float64)
        )
    for p in params:
        t[p].requires_grad_()
    for name, source in forward:
        tree = ast.fix_missing_locations(ast.Expression(Flip().visit(ast.parse(source, mode="eval").body)))
        value = eval(compile(tree, "f", "eval"), dict(NS), t)
        value = T(value).clone()
        if value.requires_grad:
            value.retain_grad()
        t[name] = value
    if not t[name].requires_grad:
        return {p: np.zeros(t[p].shape) for p in params}
    t[name].backward()
    return {
        k: (v.grad.numpy() if v.grad is not None else None)
        for k, v in t.items()
        if torch.is_tensor(v) and v.requires_grad
    }
