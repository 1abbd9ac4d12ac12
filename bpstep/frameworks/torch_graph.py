"""The calls in a PyTorch model's forward pass, in order, found by torch.fx."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

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
class ArithmeticModule:
    """An operator with a number, (x - 0.5): a module without parameters."""

    source: str
    """The equation, with {x} for the operand."""

    def parameters(self) -> tuple[()]:
        """None, as in a module without parameters."""
        return ()

    named_parameters = parameters


_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "div": "/"}


def calls_of(model: Any, inputs: Any) -> list[Call]:
    """The calls of the forward pass on the inputs, a tensor, each on the result of the one before.

    `F.relu(x)` counts as a call of ReLU, `x.view(-1, 12)` as one of Flatten. BpstepError if a call reads
    anything but the result before it, or is not supported, and if the pass may be another one for other
    samples or in another iteration: if Python reads the numbers of a tensor, draws random ones, or changes
    an attribute of the model. Sizes of tensors are those of the inputs.
    """
    tracer = _tracer(model, inputs)
    if tracer.is_leaf_module(model, ""):
        return [Call(type(model).__name__, model)]
    before = _states(model)
    try:
        graph = tracer.trace(model)
    except BpstepError:
        raise
    except Exception as error:  # the forward pass is a person's code, and may do anything
        slots = {"kind": type(model).__name__, "reason": str(error).strip().partition("\n")[0]}
        raise BpstepError(fill(messages.NOT_TRACED, **slots)) from None
    after = _states(model)
    for name, state in before.items():
        if None not in (state, after.get(name)) and after[name] != state:
            template = messages.CHANGED if name else messages.RANDOM
            raise BpstepError(fill(template, kind=type(model).__name__, name=name))
    calls: list[Call] = []
    sizes: set[Any] = set()
    current: Any = None
    for node in graph.nodes:
        if node.op == "placeholder":
            current = node if current is None else current
        elif _is_size(node):
            sizes.add(node)
        elif node.op == "output":
            _refuse_branch(model, node, current, set())
        else:
            _refuse_branch(model, node, current, sizes)
            calls += _calls(model, node)
            current = node
    return calls


def _tracer(model: Any, inputs: Any) -> Any:
    """A tracer of torch.fx that knows the sizes of tensors, and refuses to tell their numbers."""
    fx = import_module("torch.fx")
    copied = deepcopy(model).eval()  # a run of the model itself would change its running statistics

    def run(node: Any) -> Any:
        """The result of a node for the inputs."""
        if node.op == "placeholder":
            return inputs
        given = fx.node.map_arg((node.args, node.kwargs), run)
        if node.op == "get_attr":
            return attrgetter(node.target)(copied)
        if node.op == "call_module":
            return copied.get_submodule(node.target)(*given[0], **given[1])
        if node.op == "call_method":
            return getattr(given[0][0], node.target)(*given[0][1:], **given[1])
        return node.target(*given[0], **given[1])

    def size_of(proxy: Any) -> Any:
        """What Python reads: a size, or a number computed from sizes."""
        if not _is_size(proxy.node):
            file, line = _place_of_reading()
            raise BpstepError(fill(messages.READS_NUMBERS, kind=type(model).__name__, file=file, line=line))
        return run(proxy.node)

    def call_module(tracer: Any, module: Any, forward: Any, given: Any, named: Any) -> Any:
        is_traced = any(isinstance(each, fx.Proxy) for each in (*given, *named.values()))
        return fx.Tracer.call_module(tracer, module, forward, given, named) if is_traced else forward(*given)

    conversions: dict[str, Any] = {
        "__bool__": lambda proxy: bool(size_of(proxy)),
        "__int__": lambda proxy: int(size_of(proxy)),
        "__index__": lambda proxy: int(size_of(proxy)),
        "__float__": lambda proxy: float(size_of(proxy)),
        "__iter__": lambda proxy: iter(size_of(proxy)),
        "__len__": lambda proxy: len(run(proxy.node)),
    }
    attributes = type("Attribute", (fx.proxy.Attribute,), conversions)
    conversions["__getattr__"] = lambda proxy, name: attributes(proxy, name)
    proxies = type("Proxy", (fx.Proxy,), conversions)
    methods = {"proxy": lambda tracer, node: proxies(node, tracer), "call_module": call_module}
    return type("Tracer", (fx.Tracer,), methods)()


_LIBRARIES = ("torch", __name__.partition(".")[0])


def _place_of_reading() -> tuple[str, int]:
    """The file and the line of a person's code that is running now."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES:
        frame = frame.f_back
    return (Path(frame.f_code.co_filename).name, frame.f_lineno) if frame is not None else ("", 0)


def _states(model: Any) -> dict[str, Any]:
    """What a forward pass may change, by name: the attributes of all modules that are not tensors, and under
    the empty name the random numbers to come.
    """
    states = {"": _state((random.getstate(), np.random.get_state(), _tensor_of_randomness()))}
    for place, module in model.named_modules():
        for name, value in vars(module).items():
            if name not in _INTERNALS:
                states[f"{place}.{name}" if place else name] = _state(value)
    return states


_INTERNALS = ("_parameters", "_buffers", "_modules")
"""The attributes of a module that hold its tensors and the modules in it."""


def _tensor_of_randomness() -> list[int]:
    found: list[int] = import_module("torch").get_rng_state().tolist()
    return found


def _state(value: Any) -> Any:
    """What can be compared later; None for tensors and what cannot be."""
    if hasattr(value, "detach"):
        return None
    if isinstance(value, list | tuple):
        return [found for found in map(_state, value) if found is not None]
    if isinstance(value, dict):
        return {key: found for key, each in value.items() if (found := _state(each)) is not None}
    try:
        return pickle.dumps(value)
    except Exception:  # any object may be an attribute
        return None


def _is_size(node: Any) -> bool:
    """True for x.size(0), x.shape and x.ndim, and for what is computed from such numbers alone."""
    if node.op == "call_method" and node.target in ("size", "dim", "numel", "nelement"):
        return True
    if node.op not in ("call_method", "call_function"):
        return False
    if getattr(node.target, "__name__", "") == "getattr" and node.args[1] in ("shape", "ndim"):
        return True
    return bool(node.all_input_nodes) and all(map(_is_size, node.all_input_nodes))


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
            return [Call(name, ArithmeticModule(f"{left} {_OPERATORS[name]} {right}"))]
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
    """A number as it is written in an equation; {x} for a tensor."""
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
    "hardswish": _module("Hardswish"),
    "hardshrink": _module("Hardshrink"),
    "softshrink": _module("Softshrink"),
    "threshold": _module("Threshold"),
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
