"""Models of PyTorch, read by their modules; PyTorch itself is never imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.frameworks import messages
from bpstep.frameworks.chain import (
    LOG_SOFTMAX,
    ActivationLayer,
    ChainLayer,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    Linear,
    Normalization,
    Pool,
)
from bpstep.frameworks.torch_graph import Call, calls_of
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.model.network import Array
from bpstep.text import fill


def is_torch_model(model: object) -> bool:
    """True for a torch.nn.Module."""
    return any(f"{kind.__module__}.{kind.__name__}" == _MODULE for kind in type(model).__mro__)


_MODULE = "torch.nn.modules.module.Module"


def read_torch_model(model: Any, inputs: Array) -> list[ChainLayer]:
    """The operations of a model's forward pass, in order.

    BpstepError, with the name of the module, if one is not supported, or if the forward pass on the inputs
    gives something else than this chain of operations.
    """
    # Tracing and a forward pass change a model's counters, and dropout draws random numbers.
    copied = deepcopy(model).cpu().double()
    calls = calls_of(copied)
    if calls is None:
        calls = [Call(place, module) for place, module in _modules(copied, "")]
    chain: list[ChainLayer] = []
    shape = inputs.shape[1:]
    for call in calls:
        held = frozenset(name for name, each in call.module.named_parameters() if not each.requires_grad)
        for operation in _operations(call.place, call.module, shape):
            if held and isinstance(operation, Linear | Convolution | Embedding | Normalization):
                operation = replace(operation, held=held)
            shape = _shape_after(operation, shape)
            chain.append(operation)
    if not any(isinstance(operation, Linear | Convolution) for operation in chain):
        raise BpstepError(fill(messages.NO_LAYERS))
    if not any(parameter.requires_grad for parameter in copied.parameters()):
        raise BpstepError(fill(messages.ALL_FROZEN))
    _refuse_shared(calls)
    whole = isinstance(chain[0], Embedding)
    given = _outputs(copied, inputs, whole)
    if not _gives(chain, inputs.astype(np.int64) if whole else inputs, given):
        raise BpstepError(fill(messages.NO_CHAIN, kind=type(model).__name__))
    return chain


_TOLERANCE = 1e-9
"""The largest difference allowed between the outputs of PyTorch, in float64, and of the operations."""


def _refuse_shared(calls: Sequence[Call]) -> None:
    """Refuse parameters that are used twice: each layer of a network has its own."""
    used: set[int] = set()
    for call in calls:
        own = {id(parameter) for parameter in call.module.parameters()}
        if own & used:
            raise BpstepError(fill(messages.SHARED, place=call.place, kind=type(call.module).__name__))
        used |= own


def _outputs(model: Any, inputs: Array, whole: bool) -> Array:
    """The outputs of a copy of the model, without dropout. BpstepError if it does not accept the inputs."""
    for module in model.modules():
        if type(module).__name__ == "Dropout" or next(module.children(), None) is not None:
            module.training = False
    given = next(model.parameters()).new_tensor(inputs.tolist())
    try:
        return array_of(model(given.long() if whole else given))
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        reason = str(error).partition("\n")[0]
        raise BpstepError(fill(messages.INPUTS_DO_NOT_FIT, reason=reason)) from None


def _gives(chain: Sequence[ChainLayer], inputs: Array, given: Array) -> bool:
    """True if the chain of operations gives the model's outputs."""
    value = inputs
    try:
        for operation in chain:
            value = run_operation(operation, value)
    except ValueError:
        return False
    if given.shape == value.shape[:-1] and value.shape[-1:] == (1,):
        given = given.reshape(value.shape)  # as after squeeze
    return given.shape == value.shape and np.allclose(
        given, value, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True
    )


def array_of(tensor: Any) -> Array:
    """A PyTorch tensor as float64, bit for bit."""
    return np.array(tensor.detach().cpu().numpy(), dtype=np.float64)


def _modules(model: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The modules that compute, in order, each with its place."""
    # A module may be registered in several places; named_children names it once.
    children = [(name, child) for name, child in model._modules.items() if child is not None]
    if not children:
        yield place or type(model).__name__, model
    for name, child in children:
        yield from _modules(child, f"{place}.{name}" if place else name)


def _operations(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    kind = type(module).__name__
    if kind in _ACTIVATIONS:
        for setting, expected in _SETTINGS.get(kind, {}).items():
            # Axis 1 is the last axis only if there are no more than two.
            expected = expected[:1] if setting == "dim" and len(shape) > 1 else expected
            if getattr(module, setting) not in expected:
                slots = {"setting": setting, "value": getattr(module, setting), "expected": expected[0]}
                raise BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind=kind, **slots))
        return [ActivationLayer(_ACTIVATIONS[kind])] if kind != "Identity" else []
    if kind not in _READERS:
        names = ", ".join([*_READERS, *_ACTIVATIONS])
        raise BpstepError(fill(messages.UNKNOWN_MODULE, place=place, kind=kind, names=names))
    return _READERS[kind](place, module, shape)


_ACTIVATIONS = {
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "Softplus": "softplus",
    "SiLU": "silu",
    "GELU": "gelu",
    "Softmax": "softmax",
    "LogSoftmax": LOG_SOFTMAX,
    "Identity": "identity",
}

_SETTINGS: dict[str, dict[str, tuple[Any, ...]]] = {
    "LeakyReLU": {"negative_slope": (0.01,)},
    "ELU": {"alpha": (1.0,)},
    "Softplus": {"beta": (1.0,)},
    "Softmax": {"dim": (-1, 1)},
    "LogSoftmax": {"dim": (-1, 1)},
    "GELU": {"approximate": ("tanh",)},
}
"""The settings of PyTorch's activations that a network's own activations correspond to."""


def _linear(_place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    bias = None if module.bias is None else array_of(module.bias)
    return [Linear(array_of(module.weight).T.copy(), bias)]


def _batch_norm(_place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    normalization = Normalization(0, float(module.eps), *_affine(module), places=len(shape) - 1)
    if module.running_mean is None:
        return [normalization]
    mean, variance = array_of(module.running_mean), array_of(module.running_var)
    if not module.training:
        return [replace(normalization, mean=mean, variance=variance)]
    share = None if module.momentum is None else float(module.momentum)
    return [replace(normalization, running=(mean, variance), share=share)]


def _layer_norm(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    if len(module.normalized_shape) != 1:
        slots = {"setting": "normalized_shape", "value": module.normalized_shape, "expected": "one size"}
        raise BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind="LayerNorm", **slots))
    return [Normalization(-1, float(module.eps), *_affine(module))]


def _affine(module: Any) -> tuple[Array | None, Array | None]:
    """The scale and the shift, if any."""
    scale, shift = module.weight, getattr(module, "bias", None)
    return (
        None if scale is None else array_of(scale),
        None if shift is None else array_of(shift),
    )


def _dropout(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    if not module.training or module.p == 0:
        return []
    if module.p >= 1:
        slots = {"setting": "p", "value": module.p, "expected": "a number below 1"}
        raise BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind="Dropout", **slots))
    return [Dropout(float(module.p))]


def _convolution(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    _refuse_other(place, module, groups=1, padding_mode="zeros", dilation=1)
    kernels = array_of(module.weight)
    lengths = kernels.shape[2:]
    padding: tuple[tuple[int, int], ...]
    if module.padding == "same":
        padding = tuple(((length - 1) // 2, length // 2) for length in lengths)
    elif module.padding == "valid":
        padding = ((0, 0),) * len(lengths)
    else:
        padding = tuple((width, width) for width in _each(module.padding, len(lengths)))
    bias = None if module.bias is None else array_of(module.bias)
    return [Convolution(kernels, bias, _each(module.stride, len(lengths)), padding)]


def _pool(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    _refuse_other(place, module, padding=0, dilation=1, ceil_mode=False)
    places = len(shape) - 1
    return [Pool(_each(module.kernel_size, places), _each(module.stride, places))]


def _each(value: Any, count: int) -> tuple[int, ...]:
    """A number for each axis, if PyTorch accepts one for all."""
    return tuple(int(each) for each in value) if isinstance(value, tuple | list) else (int(value),) * count


def _refuse_other(place: str, module: Any, **usual: Any) -> None:
    """Refuse a setting other than the default."""
    for setting, expected in usual.items():
        value = getattr(module, setting)
        if any(each != expected for each in (value if isinstance(value, tuple | list) else (value,))):
            slots = {"setting": setting, "value": value, "expected": expected}
            raise BpstepError(
                fill(messages.UNKNOWN_SETTING, place=place, kind=type(module).__name__, **slots)
            )


def _embedding(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    for setting in ("padding_idx", "max_norm"):
        if getattr(module, setting) is not None:
            slots = {"setting": setting, "value": getattr(module, setting), "expected": "None"}
            raise BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind="Embedding", **slots))
    _refuse_other(place, module, scale_grad_by_freq=False)
    return [Embedding(array_of(module.weight))]


def _flatten(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    if module.start_dim != 1 or module.end_dim != -1:
        slots = {"setting": "start_dim", "value": module.start_dim, "expected": "1, and end_dim -1"}
        raise BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind="Flatten", **slots))
    return [Flatten(int(np.prod(shape)))] if len(shape) > 1 else []


_READERS: dict[str, Callable[[str, Any, tuple[int, ...]], list[ChainLayer]]] = {
    "Linear": _linear,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    "MaxPool1d": _pool,
    "MaxPool2d": _pool,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Dropout": _dropout,
    "Embedding": _embedding,
    "Flatten": _flatten,
}


def shapes_before(chain: Sequence[ChainLayer], inputs: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shape of one sample before each operation, and after the last."""
    shapes = [inputs]
    for operation in chain:
        shapes.append(_shape_after(operation, shapes[-1]))
    return shapes


def _shape_after(operation: ChainLayer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one sample after an operation."""
    match operation:
        case Linear():
            return (*shape[:-1], operation.weights.shape[1])
        case Embedding():
            return (*shape, operation.table.shape[1])
        case Flatten():
            return (operation.count,)
        case Convolution(kernels, _, strides, padding):
            padded = [size + sum(widths) for size, widths in zip(shape[1:], padding)]
            return (kernels.shape[0], *_counts(padded, kernels.shape[2:], strides))
        case Pool(lengths, strides):
            return (*shape[:1], *_counts(shape[1:], lengths, strides))
    return shape


def _counts(sizes: Sequence[int], lengths: Sequence[int], strides: Sequence[int]) -> Iterator[int]:
    """How many windows there are along each axis."""
    return ((size - length) // stride + 1 for size, length, stride in zip(sizes, lengths, strides))


def _windows(value: Array, lengths: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    found = np.lib.stride_tricks.sliding_window_view(value, lengths, tuple(range(2, 2 + len(lengths))))
    return found[(slice(None), slice(None), *(slice(None, None, stride) for stride in strides))]


def run_operation(operation: ChainLayer, value: Any) -> Array:
    """An operation's result, in NumPy, to verify that the chain computes what the model does."""
    found: Array
    match operation:
        case Linear(weights, bias):
            found = value @ weights + (0.0 if bias is None else bias)
        case ActivationLayer(name) if name == LOG_SOFTMAX:
            shifted = value - np.max(value, -1, keepdims=True)
            found = shifted - np.log(np.sum(np.exp(shifted), -1, keepdims=True))
        case ActivationLayer(name):
            shapes = {"x": np.shape(value)}
            code = compile_lowered(lower(parse(f"{name}(x)", shapes), shapes))
            found = evaluate(code, {"x": value}, evaluation_scope())
        case Normalization(axis, epsilon, scale, shift, mean, variance, places):
            over = (0, *range(2, 2 + places)) if axis == 0 else axis
            given = [
                None if each is None else each.reshape(-1, *(1,) * places)
                for each in (mean, variance, scale, shift)
            ]
            middle = np.mean(value, over, keepdims=True) if given[0] is None else given[0]
            spread = np.var(value, over, keepdims=True) if given[1] is None else given[1]
            found = (value - middle) / np.sqrt(spread + epsilon)
            found = found * (1.0 if given[2] is None else given[2]) + (0.0 if given[3] is None else given[3])
        case Convolution(kernels, bias, strides, padding):
            taken = _windows(np.pad(value, ((0, 0), (0, 0), *padding)), kernels.shape[2:], strides)
            axes = list(range(-len(strides), 0))
            found = np.moveaxis(np.tensordot(taken, kernels, ([1, *axes], [1, *axes])), -1, 1)
            found = found + (0.0 if bias is None else bias.reshape(-1, *(1,) * len(strides)))
        case Pool(lengths, strides):
            found = _windows(value, lengths, strides).max(axis=tuple(range(-len(lengths), 0)))
        case Dropout():
            found = value
        case Embedding(table):
            found = table[value]
        case Flatten(count):
            found = value.reshape(-1, count)
    return found
