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
    BIAS,
    LOG_SOFTMAX,
    LOWEST,
    WEIGHT,
    ActivationLayer,
    ChainLayer,
    Convolution,
    Dropout,
    Embedding,
    Flatten,
    Formula,
    Linear,
    Normalization,
    Pool,
)
from bpstep.frameworks.torch_graph import ArithmeticModule, Call, calls_of
from bpstep.lang.lowering import compile_lowered, evaluate, evaluation_scope, lower
from bpstep.lang.parser import parse
from bpstep.model.network import Array
from bpstep.text import fill


def is_torch_model(model: object) -> bool:
    """True for a torch.nn.Module."""
    return any(f"{kind.__module__}.{kind.__name__}" == _MODULE for kind in type(model).__mro__)


_MODULE = "torch.nn.modules.module.Module"


def read_torch_model(model: Any, inputs: Array, counts: Sequence[int]) -> list[ChainLayer]:
    """The operations of a model's forward pass, in order; `counts` are the sizes of the batches.

    BpstepError, with the name of the module, if one is not supported, or if the forward pass on so many
    inputs gives something else than this chain of operations.
    """
    # Tracing and a forward pass change a model's counters, and dropout draws random numbers.
    given = getattr(model, _WRAPPED.get(type(model).__name__, ""), model)
    _refuse_computed(given)
    copied = deepcopy(given).cpu().double()
    parameter = next(copied.parameters(), None)
    if parameter is None:
        raise BpstepError(fill(messages.NO_LAYERS))
    calls = calls_of(copied, _tensor(parameter, inputs, _has_embedding(copied)))
    chain: list[ChainLayer] = []
    shape = inputs.shape[1:]
    for call in calls:
        held = frozenset(name for name, each in call.module.named_parameters() if not each.requires_grad)
        for operation in _operations(call.place, call.module, shape):
            if held and isinstance(operation, Linear | Convolution | Embedding | Normalization):
                operation = replace(operation, held=held)
            shape = _shape_after(operation, shape)
            chain.append(operation)
    parameters = [parameter for call in calls for parameter in call.module.parameters()]
    if not parameters:
        raise BpstepError(fill(messages.NO_LAYERS))
    if not any(parameter.requires_grad for parameter in parameters):
        raise BpstepError(fill(messages.ALL_FROZEN))
    _refuse_shared(calls)
    whole = isinstance(chain[0], Embedding)
    for count in dict.fromkeys((len(inputs), *counts)):
        if count == 1 < len(inputs) and any(map(_is_over_samples, chain)):
            continue  # PyTorch normalises no batch of one sample
        samples = np.resize(inputs, (count, *inputs.shape[1:]))
        outputs = _outputs(copied, _tensor(parameter, samples, whole))
        if count == len(inputs):
            _refuse_other_gradients(copied, calls, outputs)
        if not _gives(chain, samples.astype(np.int64) if whole else samples, array_of(outputs)):
            template = messages.NO_CHAIN if count == len(inputs) else messages.OTHER_SIZE
            slots = {"count": count, "total": len(inputs)}
            raise BpstepError(fill(template, kind=type(model).__name__, **slots))
    return chain


def _has_embedding(model: Any) -> bool:
    return any(type(module).__name__ == "Embedding" for module in model.modules())


def _is_over_samples(operation: ChainLayer) -> bool:
    return isinstance(operation, Normalization) and operation.axis == 0 and operation.mean is None


def _tensor(like: Any, samples: Array, whole: bool) -> Any:
    """Samples as PyTorch has them."""
    made = like.new_tensor(samples.tolist())
    return made.long() if whole else made


def _refuse_computed(model: Any) -> None:
    """Refuse weights computed from others, which are not copied, and functions that change gradients on
    their way back, which copies of parameters do not have.
    """
    for name, each in (*model.named_parameters(), *model.named_modules()):
        if any(getattr(each, hooks, None) for hooks in _HOOKS):
            slots = {"kind": type(model).__name__, "name": fill(messages.A_HOOK, name=name)}
            raise BpstepError(fill(messages.OWN_GRADIENT, **slots))
    for place, module in model.named_modules():
        own = [name for name, _ in module.named_parameters() if name not in (WEIGHT, BIAS)]
        if own and type(module).__name__ in _READERS:
            slots = {"kind": type(module).__name__, "names": ", ".join(own)}
            raise BpstepError(fill(messages.OWN_NAMES, place=place, **slots))


_HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks")


def _refuse_other_gradients(model: Any, calls: Sequence[Call], outputs: Any) -> None:
    """Refuse a forward pass that PyTorch does not derive by its operations: under no_grad, or by a
    derivative of a person's own.
    """
    reached, rest = set(), [outputs.grad_fn]
    while rest:
        step = rest.pop()
        if step is None or step in reached:
            continue
        reached.add(step)
        rest += [before for before, _ in step.next_functions]
        if any(kind.__name__ == "BackwardCFunction" for kind in type(step).__mro__):
            name = type(step).__name__.removesuffix("Backward")
            raise BpstepError(fill(messages.OWN_GRADIENT, kind=type(model).__name__, name=name))
    trained = {id(getattr(step, "variable", None)) for step in reached}
    for call in calls:
        for name, parameter in call.module.named_parameters():
            if parameter.requires_grad and id(parameter) not in trained:
                raise BpstepError(fill(messages.NO_GRADIENT, place=call.place, name=name))


_WRAPPED = {"DataParallel": "module", "OptimizedModule": "_orig_mod"}
"""The attribute with the model itself in the results of torch.nn.DataParallel and torch.compile."""

_DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d")

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


def _outputs(model: Any, inputs: Any) -> Any:
    """The outputs of a copy of the model, without dropout. BpstepError if it does not accept the inputs."""
    for module in model.modules():
        if type(module).__name__ in _DROPOUTS or next(module.children(), None) is not None:
            module.training = False
    try:
        return model(inputs)
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


def _operations(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    kind = type(module).__name__
    if isinstance(module, ArithmeticModule):
        return [Formula(module.source, result="scaled")]
    if kind in _FORMULAS and not _is_named(kind, module):
        return [_FORMULAS[kind](module)]
    if kind in _ACTIVATIONS:
        for setting, expected in _SETTINGS.get(kind, {}).items():
            # Axis 1 is the last axis only if there are no more than two.
            expected = expected[:1] if setting == "dim" and len(shape) > 1 else expected
            if getattr(module, setting) not in expected:
                raise _setting_error(place, module, setting, expected[0])
        return [ActivationLayer(_ACTIVATIONS[kind])] if kind != "Identity" else []
    if kind not in _READERS:
        names = ", ".join(dict.fromkeys([*_READERS, *_ACTIVATIONS, *_FORMULAS]))
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
    "Softmax": {"dim": (-1, 1)},
    "LogSoftmax": {"dim": (-1, 1)},
    "GELU": {"approximate": ("tanh",)},
}
"""The supported values of settings, for PyTorch's activations that have some."""

_NAMED = {"LeakyReLU": ("negative_slope", 0.01), "ELU": ("alpha", 1.0), "Softplus": ("beta", 1.0)}
"""The settings with which activations are those of a network file."""

_SELU = {"scale": 1.0507009873554804934193349852946, "alpha": 1.6732632423543772848170429916717}

_BETWEEN = "where({x} > {low}, where({x} < {high}, {x}, {high}), {low})"
"""Not clip, whose derivative is 1 at its bounds."""

_FORMULAS: dict[str, Callable[[Any], Formula]] = {
    "LeakyReLU": lambda module: Formula(
        "where({x} > 0, {x}, {slope} * {x})", {"slope": module.negative_slope}
    ),
    "ELU": lambda module: Formula("where({x} > 0, {x}, {alpha} * elu({x}))", {"alpha": module.alpha}),
    "CELU": lambda module: Formula(
        "where({x} > 0, {x}, {alpha} * elu({x} / {alpha}))", {"alpha": module.alpha}
    ),
    "SELU": lambda _: Formula("{scale} * where({x} > 0, {x}, {alpha} * elu({x}))", _SELU),
    "Softplus": lambda module: Formula("softplus({beta} * {x}) / {beta}", {"beta": module.beta}),
    "Softsign": lambda _: Formula("{x} / (1 + abs({x}))"),
    "Mish": lambda _: Formula("{x} * tanh(softplus({x}))"),
    "Hardtanh": lambda module: Formula(_BETWEEN, {"low": module.min_val, "high": module.max_val}),
    "ReLU6": lambda _: Formula(_BETWEEN, {"low": 0.0, "high": 6.0}),
    "LogSigmoid": lambda _: Formula("-softplus(-{x})"),
    "Hardswish": lambda _: Formula("where({x} > -3, where({x} < 3, {x} * ({x} / 6 + 1 / 2), {x}), 0)"),
    "Tanhshrink": lambda _: Formula("{x} - tanh({x})"),
    "Hardshrink": lambda module: Formula("where(abs({x}) > {bound}, {x}, 0)", {"bound": module.lambd}),
    "Softshrink": lambda module: Formula(
        "where({x} > {bound}, {x} - {bound}, where({x} < -{bound}, {x} + {bound}, 0))",
        {"bound": module.lambd},
    ),
    "Threshold": lambda module: Formula(
        "where({x} > {least}, {x}, {other})", {"least": module.threshold, "other": module.value}
    ),
}
"""Functions of a number that a network file has no name for."""


def _is_named(kind: str, module: Any) -> bool:
    """True if a network file has a name for the activation, as it is set."""
    setting, value = _NAMED.get(kind, ("", None))
    return bool(setting) and getattr(module, setting) == value


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
        raise _setting_error(place, module, "normalized_shape", fill(messages.ONE_SIZE))
    return [Normalization(-1, float(module.eps), *_affine(module))]


def _affine(module: Any) -> tuple[Array | None, Array | None]:
    """The scale and the shift, if any."""
    scale, shift = module.weight, getattr(module, "bias", None)
    return (
        None if scale is None else array_of(scale),
        None if shift is None else array_of(shift),
    )


def _dropout(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    if not module.training or module.p == 0:
        return []
    if module.p >= 1:
        raise _setting_error(place, module, "p", fill(messages.BELOW_ONE))
    whole_channels = type(module).__name__ != "Dropout"
    if whole_channels and len(shape) < 2:
        kind = type(module).__name__
        raise BpstepError(fill(messages.NO_CHANNELS, place=place, kind=kind, shape=shape))
    return [Dropout(float(module.p), whole_channels)]


def _convolution(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    _refuse_other(place, module, groups=1, padding_mode="zeros")
    kernels = array_of(module.weight)
    lengths = kernels.shape[2:]
    steps = _each(module.dilation, len(lengths))
    padding: tuple[tuple[int, int], ...]
    if module.padding == "same":
        totals = [step * (length - 1) for step, length in zip(steps, lengths)]
        padding = tuple((total // 2, total - total // 2) for total in totals)
    elif module.padding == "valid":
        padding = ((0, 0),) * len(lengths)
    else:
        padding = tuple((width, width) for width in _each(module.padding, len(lengths)))
    bias = None if module.bias is None else array_of(module.bias)
    return [Convolution(kernels, bias, _each(module.stride, len(lengths)), padding, steps=steps)]


def _pool(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    is_mean = type(module).__name__.startswith("Avg")
    if is_mean:
        _refuse_other(place, module, ceil_mode=False, divisor_override=None)
        if any(_each(module.padding, 1)):
            _refuse_other(place, module, count_include_pad=True)
    else:
        _refuse_other(place, module, dilation=1, ceil_mode=False, return_indices=False)
    lengths, strides, padding = (
        _each(each, len(shape) - 1) for each in (module.kernel_size, module.stride, module.padding)
    )
    return [Pool(lengths, strides, "mean" if is_mean else "max", padding)]


def _adaptive_pool(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    """Windows that divide each spatial axis evenly. BpstepError for any other number: some would overlap."""
    kind = type(module).__name__
    given = module.output_size
    counts = given if isinstance(given, tuple | list) else (given,) * (len(shape) - 1)
    counts = tuple(size if count is None else int(count) for count, size in zip(counts, shape[1:]))
    if any(size % count for count, size in zip(counts, shape[1:])):
        raise _setting_error(place, module, "output_size", fill(messages.A_DIVISOR, sizes=shape[1:]))
    lengths = tuple(size // count for count, size in zip(counts, shape[1:]))
    return [Pool(lengths, lengths, "mean" if "Avg" in kind else "max", (0,) * len(lengths))]


def _each(value: Any, count: int) -> tuple[int, ...]:
    """A number for each axis; a single number counts for all."""
    return tuple(int(each) for each in value) if isinstance(value, tuple | list) else (int(value),) * count


def _refuse_other(place: str, module: Any, **usual: Any) -> None:
    """Refuse a setting other than the default."""
    for setting, expected in usual.items():
        value = getattr(module, setting, expected)
        if any(each != expected for each in (value if isinstance(value, tuple | list) else (value,))):
            raise _setting_error(place, module, setting, expected)


def _setting_error(place: str, module: Any, setting: str, expected: Any) -> BpstepError:
    """The error that a module has a setting other than the expected one."""
    slots = {"setting": setting, "value": getattr(module, setting), "expected": expected}
    return BpstepError(fill(messages.UNKNOWN_SETTING, place=place, kind=type(module).__name__, **slots))


def _embedding(place: str, module: Any, _shape: tuple[int, ...]) -> list[ChainLayer]:
    _refuse_other(place, module, scale_grad_by_freq=False, max_norm=None)
    table, padding = array_of(module.weight), module.padding_idx
    if padding is not None and table[padding].any():
        raise _setting_error(place, module, "padding_idx", fill(messages.A_ROW_OF_ZEROS))
    return [Embedding(table, padding=padding)]


def _flatten(place: str, module: Any, shape: tuple[int, ...]) -> list[ChainLayer]:
    if module.start_dim != 1 or module.end_dim != -1:
        raise _setting_error(place, module, "start_dim", fill(messages.ALL_BUT_SAMPLES))
    return [Flatten(int(np.prod(shape)))] if len(shape) > 1 else []


_READERS: dict[str, Callable[[str, Any, tuple[int, ...]], list[ChainLayer]]] = {
    "Linear": _linear,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    "MaxPool1d": _pool,
    "MaxPool2d": _pool,
    "AvgPool1d": _pool,
    "AvgPool2d": _pool,
    "AdaptiveAvgPool1d": _adaptive_pool,
    "AdaptiveAvgPool2d": _adaptive_pool,
    "AdaptiveMaxPool1d": _adaptive_pool,
    "AdaptiveMaxPool2d": _adaptive_pool,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "LayerNorm": _layer_norm,
    **dict.fromkeys(_DROPOUTS, _dropout),
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
            return (kernels.shape[0], *_counts(padded, operation.lengths, strides))
        case Pool(lengths, strides):
            padded = [size + sum(widths) for size, widths in zip(shape, operation.widths[1:])]
            return (*shape[:1], *_counts(padded[1:], lengths, strides))
    return shape


def _counts(sizes: Sequence[int], lengths: Sequence[int], strides: Sequence[int]) -> Iterator[int]:
    """How many windows there are along each axis."""
    return ((size - length) // stride + 1 for size, length, stride in zip(sizes, lengths, strides))


def _windows(
    value: Array, lengths: tuple[int, ...], strides: tuple[int, ...], steps: tuple[int, ...] = ()
) -> Array:
    found = np.lib.stride_tricks.sliding_window_view(value, lengths, tuple(range(2, 2 + len(lengths))))
    return found[(slice(None), slice(None), *(slice(None, None, step) for step in (*strides, *steps)))]


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
        case Formula(source, constants):
            shapes = {"x": np.shape(value), **dict.fromkeys(constants, ())}
            code = compile_lowered(
                lower(parse(source.format(x="x", **{key: key for key in constants}), shapes), shapes)
            )
            found = evaluate(code, {"x": value, **constants}, evaluation_scope())
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
            padded = np.pad(value, ((0, 0), (0, 0), *padding))
            taken = _windows(padded, operation.lengths, strides, operation.steps)
            axes = list(range(-len(strides), 0))
            found = np.moveaxis(np.tensordot(taken, kernels, ([1, *axes], [1, *axes])), -1, 1)
            found = found + (0.0 if bias is None else bias.reshape(-1, *(1,) * len(strides)))
        case Pool(lengths, strides):
            edge = LOWEST if operation.kind == "max" else 0
            padded = np.pad(value, operation.widths, constant_values=edge)
            axes = list(range(-len(lengths), 0))
            found = getattr(np, operation.kind)(_windows(padded, lengths, strides), axis=tuple(axes))
        case Dropout():
            found = value
        case Embedding(table):
            found = table[value]
        case Flatten(count):
            found = value.reshape(-1, count)
    return found
