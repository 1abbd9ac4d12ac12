"""The calls in a PyTorch model's forward pass, in order, found by torch.fx."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from bpstep.errors import BpstepError
from bpstep.frameworks import messages
from bpstep.frozen import frozen
from bpstep.text import fill


@frozen
class Call:
    """A module called in a forward pass, with its place, or the module equivalent to a function."""

    place: str
    module: Any


@frozen
class Arithmetic:
    """An operator with a number, (x - 0.5): a module without parameters."""

    source: str
    """The equation, with {x} for the operand."""

    def parameters(self) -> tuple[()]:
        """None, as in a module without parameters."""
        return ()

    named_parameters = parameters


_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/"}


def calls_of(model: Any) -> list[Call] | None:
    """The calls of the forward pass, each on the result of the one before; None if it cannot be traced.

    `F.relu(x)` counts as a call of ReLU, `x.view(-1, 12)` as one of Flatten. BpstepError if a call reads
    anything but the result before it, or is not supported.
    """
    tracer = import_module("torch.fx").Tracer()
    if tracer.is_leaf_module(model, ""):
        return [Call(type(model).__name__, model)]
    try:
        graph = tracer.trace(model)
    except Exception:  # the forward pass is a person's code, and may need numbers that tracing does not have
        return None
    calls: list[Call] = []
    sizes: set[Any] = set()
    current: Any = None
    for node in graph.nodes:
        if node.op == "placeholder":
            current = node if current is None else current
        elif _is_size(node, sizes):
            sizes.add(node)
        elif node.op == "output":
            _refuse_branch(model, node, current, set())
        else:
            _refuse_branch(model, node, current, sizes)
            calls += _calls(model, node)
            current = node
    return calls


def _is_size(node: Any, sizes: set[Any]) -> bool:
    """True for x.size(0), x.shape and x.shape[0]: numbers that give a tensor's size."""
    if node.op == "call_method":
        return node.target in ("size", "dim")
    name = getattr(node.target, "__name__", "")
    if node.op == "call_function" and name == "getattr":
        return bool(node.args[1] == "shape")
    return node.op == "call_function" and name == "getitem" and node.args[0] in sizes


def _refuse_branch(model: Any, node: Any, current: Any, sizes: set[Any]) -> None:
    """Refuse a call that reads anything but the result before it."""
    if node.op == "get_attr":
        slots = {"kind": type(model).__name__, "name": node.target}
        raise BpstepError(fill(messages.OWN_PARAMETER, **slots))
    read = [each for each in node.all_input_nodes if each not in sizes]
    if read != [current]:
        slots = {"kind": type(model).__name__, "name": node.name}
        raise BpstepError(fill(messages.BRANCH, **slots))


def _calls(model: Any, node: Any) -> list[Call]:
    if node.op == "call_module":
        return [Call(str(node.target), model.get_submodule(node.target))]
    name = (
        str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", str(node.target))
    )
    if name in _OPERATORS and len(node.args) == 2 and not node.kwargs:
        left, right = map(_operand, node.args)
        if left != right and "{x}" in (left, right):
            return [Call(name, Arithmetic(f"{left} {_OPERATORS[name]} {right}"))]
    made = _MODULES.get(name)
    try:
        module = None if made is None else made(import_module("torch.nn"), *node.args[1:], **node.kwargs)
    except (TypeError, ValueError):
        module = None
    if module is None:
        raise BpstepError(fill(messages.UNKNOWN_CALL, kind=type(model).__name__, name=name))
    parts = list(module) if type(module).__name__ == "Sequential" else [module]
    return [Call(name, part) for part in parts]


def _operand(value: Any) -> str:
    """A number as written in an equation, or the position of a tensor."""
    if type(value) not in (int, float):
        return "{x}"
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def _dropout(kind: str) -> Callable[..., Any]:
    def make(nn: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
        return getattr(nn, kind)(p, inplace).train(training)

    return make


def _reshape(nn: Any, *sizes: Any) -> Any:
    """One row for each sample: x.view(x.size(0), -1), x.view(-1, 12)."""
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = tuple(sizes[0])
    return nn.Flatten() if len(sizes) == 2 else None


def _mean(nn: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The mean over all spatial positions of a channel: x.mean((2, 3)), x.mean(-1)."""
    axes = sorted(dim) if isinstance(dim, tuple | list) else [dim]
    axes_of_places = {(2, 3): 2, (-2, -1): 2, (2,): 1, (-1,): 1}
    places = axes_of_places.get(tuple(axes))
    if places is None:
        return None
    pool = getattr(nn, f"AdaptiveAvgPool{places}d")(1)
    return pool if keepdim else nn.Sequential(pool, nn.Flatten())


def _only_column(nn: Any, *index: Any, **_named: Any) -> Any:
    """x.squeeze(1) or x[:, 0]: drops the axis of a single output, which labels may lack too."""
    return None if index and isinstance(index[0], tuple) and index[0] != (slice(None), 0) else nn.Identity()


def _max_pool(kind: str) -> Callable[..., Any]:
    """The module for max_pool1d or max_pool2d, whose arguments have another order."""

    def make(
        nn: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        return getattr(nn, kind)(kernel_size, stride, padding, dilation, return_indices, ceil_mode)

    return make


def _along(kind: str) -> Callable[..., Any]:
    """The module for softmax or log_softmax."""

    def make(nn: Any, dim: Any = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
        return getattr(nn, kind)(dim) if dtype is None else None

    return make


def _module(kind: str) -> Callable[..., Any]:
    """The module with the function's arguments."""
    return lambda nn, *args, **kwargs: getattr(nn, kind)(*args, **kwargs)


_MODULES: dict[str, Callable[..., Any]] = {
    "relu": _module("ReLU"),
    "relu_": _module("ReLU"),
    "tanh": _module("Tanh"),
    "sigmoid": _module("Sigmoid"),
    "leaky_relu": _module("LeakyReLU"),
    "elu": _module("ELU"),
    "softplus": _module("Softplus"),
    "selu": _module("SELU"),
    "celu": _module("CELU"),
    "mish": _module("Mish"),
    "hardtanh": _module("Hardtanh"),
    "relu6": _module("ReLU6"),
    "softsign": _module("Softsign"),
    "logsigmoid": _module("LogSigmoid"),
    "silu": _module("SiLU"),
    "gelu": _module("GELU"),
    "softmax": _along("Softmax"),
    "log_softmax": _along("LogSoftmax"),
    "flatten": lambda nn, start_dim=0, end_dim=-1: nn.Flatten(start_dim, end_dim),
    "view": _reshape,
    "reshape": _reshape,
    "mean": _mean,
    "squeeze": _only_column,
    "getitem": _only_column,
    "dropout": _dropout("Dropout"),
    "dropout1d": _dropout("Dropout1d"),
    "dropout2d": _dropout("Dropout2d"),
    "avg_pool1d": _module("AvgPool1d"),
    "avg_pool2d": _module("AvgPool2d"),
    **{
        f"adaptive_{kind.lower()}_pool{axes}d": _module(f"Adaptive{kind}Pool{axes}d")
        for kind in ("Avg", "Max")
        for axes in (1, 2)
    },
    "max_pool1d": _max_pool("MaxPool1d"),
    "max_pool2d": _max_pool("MaxPool2d"),
}
"""The functions and methods that are equivalent to a module, by name."""
