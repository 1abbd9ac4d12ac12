"""The allow list of NumPy. Whatever could become large or take long is checked before it is called."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.methods import NEW_RANDOM, OLD_RANDOM, SCALAR_KINDS, attributes_of
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.operations import check_picked, check_product
from bpstep.script.interpreter.protocols import Library
from bpstep.script.interpreter.values import Builtin, Module
from bpstep.script.limits import (
    MAX_CELLS,
    check_broadcast,
    check_cells,
    check_items,
    check_shape,
    check_work,
    nested_cells,
    without_long_ranges,
)
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

_Run = Callable[..., Any]

_PLAIN = """
    all allclose alltrue amax amin angle any append apply_along_axis apply_over_axes argmax argmin
    argpartition argsort
    argwhere around array2string array_equal array_equiv array_repr array_split array_str asarray_chkfinite
    atleast_1d atleast_2d atleast_3d average broadcast_arrays ceil compress copyto count_nonzero
    cross cumprod cumproduct cumsum delete diff digitize dsplit ediff1d expand_dims extract
    fix flatnonzero flip fliplr flipud frompyfunc gradient histogram_bin_edges hsplit i0
    imag in1d inner insert interp intersect1d is_busday isclose iscomplex iscomplexobj isin isneginf
    isposinf
    isreal isrealobj isscalar issubdtype lexsort max may_share_memory mean median min min_scalar_type moveaxis
    msort nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile
    nanprod
    nanquantile nanstd nansum nanvar ndim nonzero partition percentile permute_dims place polyder polyint
    polyval prod product promote_types ptp put put_along_axis putmask quantile ravel real real_if_close
    result_type roll rollaxis rot90 round round_ searchsorted select setdiff1d setxor1d shape shares_memory
    sinc size
    sometrue sort sort_complex split squeeze std sum swapaxes take_along_axis trace transpose trapezoid trapz
    trim_zeros tril triu union1d unique unique_values unwrap var vsplit copy reshape ravel_multi_index
    unravel_index can_cast common_type format_float_positional
    format_float_scientific getbufsize broadcast_shapes concat poly polyadd polysub polymul
    packbits unpackbits fill_diagonal piecewise base_repr binary_repr matrix_transpose vecdot
    astype
    tril_indices_from triu_indices_from diag_indices_from nested_iters array_equiv clip choose where
"""
"""Functions whose results are no larger than their arguments, or that check this themselves."""

_CONSTANTS = "pi e inf nan newaxis euler_gamma little_endian"
_TYPES = """
    ndarray dtype generic number integer signedinteger unsignedinteger inexact floating complexfloating
    flexible
    character float16 float32 float64 longdouble half single double int8 int16 int32 int64 uint8 uint16
    uint32 uint64
    intp uintp intc uintc short ushort byte ubyte long ulong longlong ulonglong complex64 complex128 csingle
    cdouble finfo iinfo
    clongdouble bool bool_ str_ bytes_ object_ float128 vectorize poly1d nditer int_ uint void matrix flatiter
"""

REMOVED_BEFORE = {
    "int": "int",
    "float": "float",
    "complex": "complex",
    "object": "object",
    "str": "str",
    "long": "int",
    "unicode": "str",
    "row_stack": "np.vstack",
    "in1d": "np.isin",
    "trapz": "np.trapezoid",
    "asscalar": "x.item()",
    "msort": "np.sort(x, axis=0)",
    "rank": "np.ndim",
}
"""What to write for names that NumPy 1 removed."""

REMOVED_IN_2 = {
    "float_": "np.float64",
    "complex_": "np.complex128",
    "unicode_": "np.str_",
    "string_": "np.bytes_",
    "Inf": "np.inf",
    "Infinity": "np.inf",
    "NaN": "np.nan",
    "NAN": "np.nan",
    "PINF": "np.inf",
    "NINF": "-np.inf",
    "asfarray": "np.asarray(x, dtype=float)",
    "product": "np.prod",
    "cumproduct": "np.cumprod",
    "sometrue": "np.any",
    "alltrue": "np.all",
    "round_": "np.round",
    "mat": "np.asmatrix, or better np.array",
}
"""What to write for names that NumPy 2 removed."""

UNSAFE = ("memmap", "ctypeslib", "f2py", "core", "getbuffer", "fromregex", "distutils")


def _refusals() -> dict[str, str]:
    """Why names of NumPy are not supported."""
    removed = {
        name: fill(template, name=f"np.{name}", instead=instead)
        for names, template in (
            (REMOVED_BEFORE, messages.REMOVED),
            (REMOVED_IN_2, messages.REMOVED_IN_NUMPY_2),
        )
        for name, instead in names.items()
        if name not in np.__dict__
    }
    missing = {} if "float96" in np.__dict__ else {"float96": fill(messages.NO_FLOAT96)}
    return removed | missing | {name: fill(messages.WRITES, name=f"np.{name}") for name in UNSAFE}


def numpy_module(interpreter: Library) -> Module:
    """`numpy`."""
    names: Namespace = attributes_of(np, _CONSTANTS)
    names |= {name: getattr(np, name) for name in _TYPES.split() if isinstance(getattr(np, name, None), type)}
    names |= {name: item for name in dir(np) if isinstance(item := _quiet(name), np.ufunc)}
    functions: dict[str, _Run] = {name: getattr(np, name) for name in _PLAIN.split() if name in np.__dict__}
    functions |= _checked()
    functions |= _of_files(interpreter)
    functions |= _of_settings(interpreter)
    names |= {
        name: Builtin(name, without_long_ranges(run))
        for name, run in functions.items()
        if not isinstance(run, np.ufunc | type)
    }
    names |= {"c_": Joiner(np.c_), "r_": Joiner(np.r_), "s_": np.s_, "index_exp": np.index_exp}
    names |= {"mgrid": Grid(np.mgrid), "ogrid": Grid(np.ogrid)}
    names["__version__"] = np.__version__
    module = Module("numpy", names, _refusals())
    interpreter.modules.loaded.setdefault("numpy", module)
    for inner in ("random", "linalg"):
        names[inner] = interpreter.modules.load(f"numpy.{inner}")
    return module


def _quiet(name: str) -> Any:
    return getattr(np, name) if name in np.__dict__ else None


class Joiner:
    """`np.c_` and `np.r_`, with the size of their results checked."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        check_cells(sum(_slice_cells(part) if isinstance(part, slice) else np.size(part) for part in parts))
        return self.real[index]


class Grid(Joiner):
    """`np.mgrid` and `np.ogrid`."""

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        check_cells(math.prod(_slice_cells(part) for part in parts) * len(parts))
        return self.real[index]


def _slice_cells(part: Any) -> float:
    if not isinstance(part, slice) or part.stop is None:
        return 1
    step = 1 if part.step is None else part.step
    if isinstance(step, complex):
        return abs(step)
    return abs((part.stop - (part.start or 0)) / step) if step else 1


# Checks by function


def _shaped(name: str, position: int = 0, keyword: str = "shape") -> _Run:
    real = getattr(np, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        check_shape(
            kwargs[keyword] if keyword in kwargs else args[position] if len(args) > position else None
        )
        return real(*args, **kwargs)

    return run


_SHAPE_LIKE = 4
"""The position of the shape argument of `np.zeros_like` and its kind."""

_WINDOWS = "bartlett blackman hamming hanning kaiser"


def _window(real: _Run) -> _Run:
    def run(M: Any, *args: Any) -> Any:
        check_cells(float(M))
        return real(M, *args)

    return run


def _square(name: str) -> _Run:
    real = getattr(np, name)

    def run(N: Any, *args: Any, **kwargs: Any) -> Any:
        columns = kwargs.get("M", args[0] if args and name in ("eye", "tri") else None)
        check_cells(int(N) * int(N if columns is None else columns))
        return real(N, *args, **kwargs)

    return run


def _spaced(name: str) -> _Run:
    real = getattr(np, name)

    def run(start: Any, stop: Any, num: Any = 50, *args: Any, **kwargs: Any) -> Any:
        check_cells(int(num) * max(np.size(start), np.size(stop)))
        return real(start, stop, num, *args, **kwargs)

    return run


def _arange(*args: Any, **kwargs: Any) -> Any:
    numbers = [value for value in args[:3] if value is not None]
    first, last = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1]) if numbers else (0, 0)
    last = kwargs.get("stop", last)
    step = numbers[2] if len(numbers) > 2 else kwargs.get("step", 1)
    try:
        check_cells(abs(float((last - first) / step)))
    except (ZeroDivisionError, TypeError, ValueError, OverflowError):
        if isinstance(last, int) and last.bit_length() > 64:
            check_cells(math.inf)
    return np.arange(*args, **kwargs)


def _array(real: _Run) -> _Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is not np.ndarray:
            given = args[0]
            check_cells(nested_cells(given))
            if isinstance(given, list | tuple):
                longest = max((len(text) for text in given if isinstance(text, str | bytes)), default=0)
                check_cells(len(given) * longest)
            if isinstance(given, list | tuple) and given and isinstance(given[0], list | tuple):
                check_nested(given)
        return real(*args, **kwargs)

    return run


def _tile(A: Any, reps: Any) -> Any:
    check_cells(np.size(A) * float(np.prod(reps, dtype=float)))
    return np.tile(A, reps)


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    check_cells(
        np.size(a) * float(np.max(repeats, initial=0)) if np.ndim(repeats) else np.size(a) * abs(int(repeats))
    )
    return np.repeat(a, repeats, axis)


def _outer(real: _Run) -> _Run:
    def run(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        check_cells(np.size(a) * np.size(b))
        return real(a, b, *args, **kwargs)

    return run


def _product(real: _Run) -> _Run:
    def run(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.size * b.size > MAX_CELLS:
            check_product(a, b)
        return real(a, b, *args, **kwargs)

    return run


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    check_work(np.size(a) * np.size(b))
    if isinstance(axes, int) and axes == 0:
        check_cells(np.size(a) * np.size(b))
    return np.tensordot(a, b, axes)


def _einsum(subscripts: Any, *operands: Any, **kwargs: Any) -> Any:
    if not isinstance(subscripts, str):
        raise ScriptRefused(fill(messages.EINSUM))
    sizes: dict[str, int] = {}
    inputs, _, output = subscripts.replace(" ", "").replace("...", "").partition("->")
    for letters, operand in zip(inputs.split(","), operands):
        for letter, size in zip(reversed(letters), reversed(np.shape(operand))):
            sizes[letter] = size
    check_cells(math.prod(sizes.get(letter, 1) for letter in output))
    check_work(math.prod(sizes.values()))
    return np.einsum(subscripts, *operands, **kwargs)


def _joined(real: _Run) -> _Run:
    def run(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(arrays, list | tuple):
            check_cells(
                sum(array.size if isinstance(array, np.ndarray) else nested_cells(array) for array in arrays)
            )
        return real(arrays, *args, **kwargs)

    return run


def _extended(real: _Run) -> _Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        check_cells(sum(each.size if isinstance(each, np.ndarray) else nested_cells(each) for each in given))
        return real(*args, **kwargs)

    return run


def _broadcast(real: _Run) -> _Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        check_broadcast(*args)
        return real(*args, **kwargs)

    return run


def _meshgrid(*arrays: Any, **kwargs: Any) -> Any:
    check_cells(math.prod(np.size(array) for array in arrays) * max(len(arrays), 1))
    return np.meshgrid(*arrays, **kwargs)


def _diag(real: _Run) -> _Run:
    def run(v: Any, k: int = 0) -> Any:
        if np.ndim(v) == 1 or real is np.diagflat:
            check_cells((np.size(v) + abs(int(k))) ** 2)
        return real(v, k)

    return run


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    widths = (
        np.broadcast_to(np.asarray(pad_width), (np.ndim(array), 2)) if np.ndim(array) else np.zeros((0, 2))
    )
    check_cells(
        math.prod(size + int(before) + int(after) for size, (before, after) in zip(np.shape(array), widths))
    )
    return np.pad(array, pad_width, mode, **kwargs)


def _convolve(real: _Run) -> _Run:
    def run(a: Any, v: Any, *args: Any, **kwargs: Any) -> Any:
        check_work(np.size(a) * np.size(v))
        return real(a, v, *args, **kwargs)

    return run


def _bincount(x: Any, weights: Any = None, minlength: Any = 0) -> Any:
    check_cells(max(int(np.max(x, initial=0)), int(minlength)))
    return np.bincount(x, weights, minlength)


def _histogram(real: _Run) -> _Run:
    def run(a: Any, *args: Any, **kwargs: Any) -> Any:
        bins = kwargs.get("bins", args[0] if args else 10)
        if isinstance(bins, int | np.integer):
            check_cells(float(bins) ** (np.shape(a)[-1] if real is np.histogramdd and np.ndim(a) == 2 else 1))
        return real(a, *args, **kwargs)

    return run


def _histogram2d(x: Any, y: Any, bins: Any = 10, *args: Any, **kwargs: Any) -> Any:
    if isinstance(bins, int | np.integer):
        check_cells(float(bins) ** 2)
    return np.histogram2d(x, y, bins, *args, **kwargs)


def _squared(real: _Run) -> _Run:
    def run(m: Any, *args: Any, **kwargs: Any) -> Any:
        rows = np.shape(m)[0] if np.ndim(m) else 1
        check_cells(rows * rows)
        check_work(np.size(m) * rows)
        return real(m, *args, **kwargs)

    return run


def _take(a: Any, indices: Any, *args: Any, **kwargs: Any) -> Any:
    check_picked(np.atleast_1d(np.asarray(a)), np.asarray(indices))
    return np.take(a, indices, *args, **kwargs)


def _indices(dimensions: Any, *args: Any, **kwargs: Any) -> Any:
    check_shape([*dimensions, len(dimensions)])
    return np.indices(dimensions, *args, **kwargs)


def _fromfunction(function: Any, shape: Any, **kwargs: Any) -> Any:
    check_shape([*shape, len(shape)])
    return np.fromfunction(function, shape, **kwargs)


def _resize(a: Any, new_shape: Any) -> Any:
    check_shape(new_shape)
    return np.resize(a, new_shape)


def _fromiter(items: Any, dtype: Any, count: int = -1) -> Any:
    if type(items) is range:
        check_items(len(items))
    return np.fromiter(items, dtype, count)


def _ix(*args: Any) -> Any:
    return np.ix_(*args)


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    check_cells(np.size(x) * int(np.size(x) if N is None else N))
    return np.vander(x, N, increasing)


def _triangle(real: _Run) -> _Run:
    def run(n: Any, *args: Any, **kwargs: Any) -> Any:
        check_cells(int(n) ** 2)
        return real(n, *args, **kwargs)

    return run


def _polyfit(x: Any, y: Any, deg: Any, **kwargs: Any) -> Any:
    check_cells(np.size(x) * (int(np.max(deg)) + 1))
    return np.polyfit(x, y, deg, **kwargs)


def _no_buffer(real: _Run) -> _Run:
    def run(text: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(text, str | bytes):
            raise TypeError("expected text or bytes")
        return real(text, *args, **kwargs)

    return run


def _ndindex(*shape: Any) -> Any:
    given = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    check_shape(given)
    return iter(np.ndindex(*given))


def _of_files(interpreter: Library) -> dict[str, _Run]:
    files = interpreter.files
    passed = {
        name: interpreter.passive(f"np.{name}") for name in ("save", "savez", "savez_compressed", "savetxt")
    }
    readers: dict[str, _Run] = {"loadtxt": files.loadtxt, "genfromtxt": files.genfromtxt, "load": files.load}
    return {**readers, "fromfile": files.fromfile, **passed}


MAX_PRINTED = 20_000
"""Elements of one array that are printed; a larger one is abbreviated whatever a script sets."""


_MAX_OF_OPTIONS = {"threshold": MAX_PRINTED, "edgeitems": 100}
_OPTIONS = ["precision", "threshold", "edgeitems", "linewidth", "suppress", "nanstr", "infstr"]


def _printing(run: _Run) -> _Run:
    """A function that takes NumPy's options of printing, by place or by name, within bounds."""

    def bounded(*args: Any, **kwargs: Any) -> Any:
        options = dict(zip(_OPTIONS, args)) | kwargs
        for name, most in _MAX_OF_OPTIONS.items():
            if isinstance(options.get(name), int | float | np.number):
                options[name] = min(options[name], most)
        return run(**options)

    return bounded


def _array2string(array: Any, max_line_width: Any = None, *args: Any, **kwargs: Any) -> str:
    options = _printing(dict)(**kwargs)
    return np.array2string(array, max_line_width, *args, **options)


def _roots(p: Any) -> Any:
    check_work(20 * np.size(p) ** 3)
    return np.roots(p)


def _of_settings(interpreter: Library) -> dict[str, _Run]:
    # The interpreter keeps these settings for the script alone, see Interpreter.running.
    return {
        "set_printoptions": _printing(np.set_printoptions),
        "get_printoptions": np.get_printoptions,
        "printoptions": _printing(np.printoptions),
        "seterr": np.seterr,
        "geterr": np.geterr,
        "errstate": lambda **kwargs: np.errstate(**kwargs),
    }


_WRAPPED: tuple[tuple[Callable[[_Run], _Run], str], ...] = (
    (_array, "array asarray asanyarray ascontiguousarray asfortranarray asmatrix"),
    (_joined, "concatenate stack vstack row_stack hstack dstack column_stack concat block"),
    (_extended, "append insert"),
    (_product, "dot inner vdot"),
    (_broadcast, "where clip choose cross isclose"),
    (_outer, "outer kron"),
    (_convolve, "convolve correlate"),
    (_squared, "cov corrcoef"),
    (_histogram, "histogram histogramdd histogram_bin_edges"),
    (_triangle, "tril_indices triu_indices diag_indices"),
    (_diag, "diag diagflat"),
    (_window, _WINDOWS),
    (_no_buffer, "fromstring frombuffer"),
)
"""What checks the arguments of NumPy's functions before they run, and the functions."""

_REPLACED: dict[str, _Run] = {
    **{name: _shaped(name) for name in ("zeros", "ones", "empty", "full")},
    **{name: _shaped(name, _SHAPE_LIKE) for name in ("zeros_like", "ones_like", "empty_like")},
    "full_like": _shaped("full_like", _SHAPE_LIKE + 1),
    "broadcast_to": _shaped("broadcast_to", 1),
    **{name: _square(name) for name in ("eye", "identity", "tri")},
    **{name: _spaced(name) for name in ("linspace", "logspace", "geomspace")},
    "arange": _arange,
    "array2string": _array2string,
    "bincount": _bincount,
    "einsum": _einsum,
    "fromfunction": _fromfunction,
    "fromiter": _fromiter,
    "histogram2d": _histogram2d,
    "indices": _indices,
    "ix_": _ix,
    "meshgrid": _meshgrid,
    "ndenumerate": lambda array: iter(np.ndenumerate(array)),
    "ndindex": _ndindex,
    "pad": _pad,
    "polyfit": _polyfit,
    "repeat": _repeat,
    "resize": _resize,
    "roots": _roots,
    "take": _take,
    "tensordot": _tensordot,
    "tile": _tile,
    "vander": _vander,
}
"""What is called in place of a function of NumPy, by its name."""


def _checked() -> dict[str, _Run]:
    """The functions whose arguments are checked before they run."""
    wrapped = {
        name: check(run) for check, names in _WRAPPED for name, run in attributes_of(np, names).items()
    }
    return {**wrapped, **_REPLACED, "array_str": np.array_str, "diagonal": np.diagonal}


# numpy.random, numpy.linalg and others


def random_module(interpreter: Library) -> Module:
    """`numpy.random`, over the run's own generator."""
    randomness = interpreter.randomness

    def bound(name: str, method: _Run) -> _Run:
        seeding = name in ("seed", "set_state")

        def run(*args: Any, **kwargs: Any) -> Any:
            if seeding:
                if name == "seed" and (not args or args[0] is None) and not kwargs:
                    return method(randomness.numpy, 0)
                randomness.seed("np.random")
            elif name != "get_state":
                randomness.drawn("np.random")
            return method(randomness.numpy, *args, **kwargs)

        return run

    names: Namespace = {name: Builtin(name, bound(name, method)) for name, method in OLD_RANDOM.items()}

    names |= dict.fromkeys(("ranf", "sample"), names["random_sample"])

    def default_rng(seed: Any = None) -> Any:
        if seed is None:
            randomness.drawn("np.random.default_rng()")
        return np.random.default_rng(0 if seed is None else seed)

    names["default_rng"] = Builtin("default_rng", default_rng)
    names |= {
        name: getattr(np.random, name)
        for name in ("RandomState", "Generator", "PCG64", "MT19937", "SeedSequence")
    }
    return Module("numpy.random", names)


CUBIC = (
    "inv det slogdet svd eig eigh eigvals eigvalsh pinv solve lstsq qr cholesky matrix_rank cond"
    " expm matrix_power"
)


def _multi_dot(arrays: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(arrays, list | tuple) and arrays:
        rows = np.size(arrays[0]) if np.ndim(arrays[0]) == 1 else len(arrays[0])
        check_work(sum(rows * np.size(each) for each in arrays[1:]))
        check_cells(rows * np.size(arrays[-1][:1]))
    return np.linalg.multi_dot(arrays, *args, **kwargs)


def linalg_module(interpreter: Library) -> Module:
    """`numpy.linalg`."""

    def cubic(real: _Run) -> _Run:
        def run(a: Any, *args: Any, **kwargs: Any) -> Any:
            shape = np.shape(a)
            power = kwargs.get("n", args[0] if args else None) if real is np.linalg.matrix_power else None
            steps = max(20, 2 * power.bit_length()) if isinstance(power, int) else 20
            check_work(np.size(a) * min(shape[-2:], default=1) * steps)
            if len(shape) > 1 and real in (np.linalg.svd, np.linalg.qr):
                check_cells(max(shape[-2:]) ** 2)
            return real(a, *args, **kwargs)

        return run

    names: Namespace = {
        name: Builtin(name, cubic(getattr(np.linalg, name)))
        for name in CUBIC.split()
        if hasattr(np.linalg, name)
    }
    names |= {
        "norm": Builtin("norm", without_long_ranges(np.linalg.norm)),
        "LinAlgError": np.linalg.LinAlgError,
    }
    names["multi_dot"] = Builtin("multi_dot", _multi_dot)
    return Module("numpy.linalg", names)


def _as_strided(x: Any, shape: Any = None, strides: Any = None, **kwargs: Any) -> Any:
    array = np.asarray(x)
    shape = array.shape if shape is None else tuple(int(size) for size in shape)
    steps = array.strides if strides is None else tuple(int(step) for step in strides)
    check_shape(shape)
    if len(shape) != len(steps) or any(size < 0 for size in shape):
        raise ValueError("shape and strides must fit each other")
    low, high = _reach(shape, steps)
    own_low, own_high = _reach(array.shape, array.strides)
    if math.prod(shape) and (low < own_low or high > own_high):
        raise ScriptRefused(fill(messages.STRIDES))
    return np.lib.stride_tricks.as_strided(array, shape, steps)


def _reach(shape: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, int]:
    reaches = [(size - 1) * step for size, step in zip(shape, steps)]
    return sum(min(reach, 0) for reach in reaches), sum(max(reach, 0) for reach in reaches)


def _windows(x: Any, window_shape: Any, axis: Any = None, **kwargs: Any) -> Any:
    check_cells(np.size(x) * float(np.prod(window_shape, dtype=float)))
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


def small_numpy_modules() -> dict[str, Callable[[Library], Module]]:
    """The other modules inside NumPy."""

    def strides(interpreter: Library) -> Module:
        names: dict[str, _Run] = {"as_strided": _as_strided, "sliding_window_view": _windows}
        return Module("numpy.lib.stride_tricks", {name: Builtin(name, run) for name, run in names.items()})

    def library(interpreter: Library) -> Module:
        return Module("numpy.lib", {"stride_tricks": interpreter.modules.load("numpy.lib.stride_tricks")})

    def testing(interpreter: Library) -> Module:
        names = (
            "assert_allclose assert_array_equal assert_array_almost_equal assert_almost_equal assert_equal"
        )
        real = np.testing
        return Module("numpy.testing", {name: Builtin(name, getattr(real, name)) for name in names.split()})

    def matrices(interpreter: Library) -> Module:
        rand, randn = (
            interpreter.modules.load("numpy.random").attributes[name] for name in ("rand", "randn")
        )
        return Module(
            "numpy.matlib",
            {"rand": rand, "randn": randn, "repmat": Builtin("repmat", lambda a, m, n: _tile(a, (m, n)))},
        )

    def fourier(interpreter: Library) -> Module:
        names = "fft ifft rfft irfft fft2 ifft2 fftfreq fftshift"
        return Module(
            "numpy.fft", {name: Builtin(name, _transform(getattr(np.fft, name))) for name in names.split()}
        )

    def annotations(interpreter: Library) -> Module:
        passive = interpreter.passive("numpy.typing")
        return Module(
            "numpy.typing", dict.fromkeys(("NDArray", "ArrayLike", "DTypeLike", "NBitBase"), passive)
        )

    return {
        "numpy.typing": annotations,
        "numpy.lib.stride_tricks": strides,
        "numpy.lib": library,
        "numpy.testing": testing,
        "numpy.matlib": matrices,
        "numpy.fft": fourier,
    }


def _transform(real: _Run) -> _Run:
    def run(a: Any, n: Any = None, *args: Any, **kwargs: Any) -> Any:
        check_shape(n if n is not None else None)
        return real(a, n, *args, **kwargs) if n is not None or args else real(a, **kwargs)

    return run


__all__ = [
    "NEW_RANDOM",
    "SCALAR_KINDS",
    "linalg_module",
    "numpy_module",
    "random_module",
    "small_numpy_modules",
]
