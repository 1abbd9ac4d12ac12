"""The methods and attributes of Python's and NumPy's own values that scripts may use, kind by kind.

A method is a function of the value and the call's arguments. Whatever could become large is checked first.
"""

from __future__ import annotations

import collections
import datetime
import random
import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.operations import (
    BINARY_OPERATORS,
    check_format,
    check_picked,
    check_product,
    get_item,
    special_method,
)
from bpstep.script.interpreter.values import is_script_instance
from bpstep.script.limits import (
    MAX_CELLS,
    check_bits,
    check_cells,
    check_items,
    check_shape,
    checked_range,
    without_long_ranges,
)
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

Method = Callable[..., Any]


class Bound:
    """A built-in method taken as a value: `add = items.append`."""

    __slots__ = ("method", "name", "value")

    def __init__(self, name: str, value: Any, method: Method) -> None:
        self.name = name
        self.value = value
        self.method = method

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.method(self.value, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<built-in method {self.name} of {type(self.value).__name__} object>"


def attributes_of(owner: Any, names: str) -> dict[str, Any]:
    """The attributes of a class or module with these names; without those that its version lacks."""
    return {name: getattr(owner, name) for name in names.split() if hasattr(owner, name)}


def _bounded(kind: type, names: str) -> dict[str, Method]:
    return {name: without_long_ranges(method) for name, method in attributes_of(kind, names).items()}


# Texts


class SafeFormatter(string.Formatter):
    """`str.format` whose fields reach no attributes but those of the script's own instances."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        first, rest = _split_field(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, name in rest:
            if not is_attribute:
                value = get_item(value, name)
            elif is_script_instance(value) and not str(name).startswith("_"):
                value = getattr(value, str(name))
            else:
                raise ScriptRefused(fill(messages.ATTRIBUTE_IN_FORMAT, name=name))
        return value, first

    def format_field(self, value: Any, format_spec: str) -> str:
        check_format(format_spec)
        return format(check_nested(value), format_spec)


FIELD_PART = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")


def _split_field(field_name: str) -> tuple[Any, list[tuple[bool, Any]]]:
    found = re.match(r"[^.\[]*", field_name)
    first = found.group() if found else ""
    rest: list[tuple[bool, Any]] = []
    for name, index in FIELD_PART.findall(field_name[len(first) :]):
        rest.append((True, name) if name else (False, int(index) if index.isdecimal() else index))
    if FIELD_PART.sub("", field_name[len(first) :]):
        raise ValueError("expected '}' before end of string")
    return int(first) if first.isdecimal() else first, rest


def _format(text: str, /, *args: Any, **kwargs: Any) -> str:
    return SafeFormatter().vformat(text, args, kwargs)


def _format_map(text: str, mapping: Any, /) -> str:
    return SafeFormatter().vformat(text, (), mapping)


def _join(text: Any, items: Any, /) -> Any:
    parts = list(checked_range(items))
    check_items(sum(len(part) for part in parts if isinstance(part, str | bytes)) + len(text) * len(parts))
    return text.join(parts)


def _padded(name: str) -> Method:
    def run(text: Any, width: Any, *args: Any) -> Any:
        if isinstance(width, int):
            check_items(width)
        return getattr(type(text), name)(text, width, *args)

    return run


def _replace(text: Any, old: Any, new: Any, *count: Any) -> Any:
    if isinstance(text, str) and isinstance(old, str) and isinstance(new, str):
        check_items(len(text) + (str.count(text, old) * len(new)))
    return text.replace(old, new, *count)


def _expandtabs(text: Any, tabsize: int = 8) -> Any:
    check_items(len(text) * max(tabsize, 1))
    return text.expandtabs(tabsize)


def _translate(text: str, table: Any) -> str:
    if type(table) not in (dict, str):
        raise ScriptRefused(fill(messages.ATTRIBUTE, name="translate"))
    values = table.values() if isinstance(table, dict) else ()
    check_items(len(text) * max((len(value) for value in values if isinstance(value, str)), default=1))
    return text.translate(table)


TEXT = attributes_of(
    str,
    "capitalize casefold count encode endswith find index isalnum isalpha isascii isdecimal isdigit"
    " isidentifier islower"
    " isnumeric isprintable isspace istitle isupper lower lstrip maketrans partition removeprefix"
    " removesuffix rfind rindex"
    " rpartition rsplit rstrip split splitlines startswith strip swapcase title upper",
)
TEXT |= {name: _padded(name) for name in ("center", "ljust", "rjust", "zfill")}
TEXT |= {
    "format": _format,
    "format_map": _format_map,
    "join": _join,
    "replace": _replace,
    "expandtabs": _expandtabs,
    "translate": _translate,
}


def _of_bytes(kind: type) -> dict[str, Method]:
    names = "count decode endswith find hex index lower lstrip rstrip split startswith strip upper"
    return attributes_of(kind, names) | {"join": _join}


BYTES = _of_bytes(bytes)


# Containers


def _filling(kind: Any, name: str) -> Method:
    """A method that puts all items of others into a container; that of `kind` itself, which a class that
    derives from it may call from its own."""
    method = getattr(kind, name)

    def run(items: Any, *more: Any, **named: Any) -> None:
        for each in more:
            checked_range(each)
        method(items, *more, **named)

    return run


def from_keys(kind: type[dict[Any, Any]], keys: Any, value: Any = None) -> Any:
    """`dict.fromkeys`, and that of the kinds of dictionaries that derive from it."""
    return kind.fromkeys(checked_range(keys), value)


def _of_item(kind: type, names: str) -> dict[str, Method]:
    """Methods that hash or compare their first argument."""

    def checked(method: Method) -> Method:
        return lambda items, item, *rest: method(items, check_nested(item), *rest)

    return {name: checked(getattr(kind, name)) for name in names.split()}


LIST = attributes_of(list, "append clear copy insert pop reverse sort") | {"extend": _filling(list, "extend")}
LIST |= _of_item(list, "count index remove")
TUPLE = attributes_of(tuple, "count index")


def _dictionary(kind: type[dict[Any, Any]]) -> dict[str, Method]:
    """The methods of a kind of dictionary; those of `dict` itself would lose what the kind adds."""
    methods = attributes_of(kind, "clear copy items keys popitem values") | _of_item(
        kind, "get pop setdefault"
    )
    methods["update"] = _filling(kind, "update")
    methods["fromkeys"] = lambda own, keys, value=None: from_keys(type(own), keys, value)
    return methods


DICT = _dictionary(dict)
SET_NAMES = (
    "add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset"
    " issuperset pop remove symmetric_difference union"
)
SET = _bounded(set, SET_NAMES) | {"update": _filling(set, "update")} | _of_item(set, "add discard remove")
FROZEN = _bounded(frozenset, SET_NAMES)
DEQUE = attributes_of(
    collections.deque, "append appendleft clear copy count index insert pop popleft remove reverse rotate"
)
DEQUE |= {name: _filling(collections.deque, name) for name in ("extend", "extendleft")}


def _elements(counter: Any) -> Any:
    check_items(sum(count for count in counter.values() if count > 0))
    return counter.elements()


COUNTER = _dictionary(collections.Counter) | attributes_of(collections.Counter, "most_common subtract total")
COUNTER |= {"elements": _elements}


def _in_range(method: Method) -> Method:
    """What Python computes for a whole number, and searches one by one for anything else."""

    def find(items: range, value: Any, /) -> int:
        if not isinstance(value, int):
            check_items(len(items))
        return method(items, value)  # type: ignore[no-any-return]

    return find


RANGE = {name: _in_range(method) for name, method in attributes_of(range, "count index").items()}

# Numbers


def _to_bytes(number: int, length: int = 1, *args: Any, **kwargs: Any) -> bytes:
    check_bits(length * 8)
    return number.to_bytes(length, *args, **kwargs)


INT = attributes_of(int, "bit_length bit_count conjugate as_integer_ratio") | {"to_bytes": _to_bytes}
FLOAT = attributes_of(float, "is_integer conjugate as_integer_ratio hex")
COMPLEX = attributes_of(complex, "conjugate")

# Arrays


def _dot(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(b, np.ndarray) and a.size * b.size > MAX_CELLS:
        check_product(a, b)
    checked_range(b)
    return a.dot(b, *args, **kwargs)


def _repeat(array: Any, repeats: Any, axis: Any = None) -> Any:
    total = int(np.sum(repeats)) if np.ndim(repeats) else int(repeats) * array.size
    check_cells(total if axis is None else abs(int(np.max(repeats, initial=0))) * array.size)
    return array.repeat(repeats, axis=axis)


def _tolist(array: Any) -> Any:
    check_items(array.size)
    return array.tolist()


def _take(array: Any, indices: Any, *args: Any, **kwargs: Any) -> Any:
    check_picked(np.atleast_1d(array), np.asarray(checked_range(indices)))
    return array.take(indices, *args, **kwargs)


def _no_objects(dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype).hasobject:
        raise ScriptRefused(fill(messages.OBJECTS_VIEWED))


def _view(array: Any, *args: Any) -> Any:
    for given in args:
        if given is np.ndarray:
            continue
        _no_objects(given)
        if array.dtype.hasobject:
            raise ScriptRefused(fill(messages.OBJECTS_VIEWED_AS_OTHER))
    return array.view(*args)


def _resize(array: Any, *shape: Any, refcheck: bool = False) -> None:
    check_shape(shape[0] if len(shape) == 1 else shape)
    array.resize(*shape, refcheck=False)


def _astype(array: Any, dtype: Any, *args: Any, **kwargs: Any) -> Any:
    found = np.dtype(dtype)
    if found.itemsize > 256:
        check_cells(array.size * found.itemsize / 8)
    return array.astype(dtype, *args, **kwargs)


SHARED = (
    "all any argmax argmin clip conj conjugate copy cumprod cumsum diagonal flatten item max mean min"
    " nonzero prod"
    " ptp ravel reshape round squeeze std sum swapaxes trace transpose var"
)
ARRAY_ONLY = (
    "argpartition argsort byteswap choose compress fill partition put searchsorted setflags"
    " sort newbyteorder itemset"
)
ARRAY = attributes_of(np.ndarray, f"{SHARED} {ARRAY_ONLY}")
ARRAY |= {name: without_long_ranges(ARRAY[name]) for name in ("choose", "clip", "put", "searchsorted")}
ARRAY |= {"dot": _dot, "repeat": _repeat, "tolist": _tolist, "take": _take, "view": _view, "resize": _resize}
ARRAY |= {"astype": _astype, "tobytes": np.ndarray.tobytes}
SCALAR_NAMES = f"{SHARED} is_integer as_integer_ratio bit_count"


def _scalar_methods(kind: Any) -> dict[str, Method]:
    methods = attributes_of(kind, SCALAR_NAMES)
    return methods | {
        "tolist": kind.tolist,
        "astype": _astype,
        "repeat": _repeat,
    }


# Random generators

SIZE_AT = {
    "random_sample": 0,
    "random": 0,
    "standard_normal": 0,
    "standard_exponential": 0,
    "standard_cauchy": 0,
    "poisson": 1,
    "exponential": 1,
    "rayleigh": 1,
    "geometric": 1,
    "chisquare": 1,
    "choice": 1,
    "bytes": 0,
    "standard_t": 1,
    "pareto": 1,
    "weibull": 1,
    "power": 1,
    "logseries": 1,
    "zipf": 1,
    "dirichlet": 1,
    "standard_gamma": 1,
    "randint": 2,
    "integers": 2,
    "random_integers": 2,
    "uniform": 2,
    "normal": 2,
    "beta": 2,
    "binomial": 2,
    "gamma": 2,
    "laplace": 2,
    "logistic": 2,
    "lognormal": 2,
    "gumbel": 2,
    "multinomial": 2,
    "multivariate_normal": 2,
    "vonmises": 2,
    "wald": 2,
    "f": 2,
    "negative_binomial": 2,
    "noncentral_chisquare": 2,
    "triangular": 3,
    "hypergeometric": 3,
    "tomaxint": 0,
    "sample": 0,
    "ranf": 0,
}


def drawing(name: str, draw: Method, first: int = 1) -> Method:
    """A method that draws random numbers, its size checked; `first` arguments stand before the drawing's
    own."""
    position = SIZE_AT.get(name)

    def run(*args: Any, **kwargs: Any) -> Any:
        given = args[first:]
        if name in ("rand", "randn"):
            check_shape(given)
        elif name == "permutation" or name == "permuted":
            if given and isinstance(given[0], int):
                check_cells(given[0])
        elif position is not None:
            size = kwargs["size"] if "size" in kwargs else given[position] if len(given) > position else None
            check_shape(size)
            if name == "choice" and given and isinstance(given[0], int | np.integer):
                check_cells(int(given[0]))
            if name == "multivariate_normal" and given:
                check_cells(np.size(given[0]) * float(np.prod(size if size is not None else 1)))
        if name in ("shuffle", "choice", "permutation") and given:
            checked_range(given[0])
        return draw(*args, **kwargs)

    return run


OLD_DRAWS = (*SIZE_AT, "rand", "randn", "permutation", "shuffle")
NEW_DRAWS = (*SIZE_AT, "permutation", "permuted", "shuffle")
OLD_RANDOM = {
    name: drawing(name, getattr(np.random.RandomState, name))
    for name in OLD_DRAWS
    if hasattr(np.random.RandomState, name)
} | attributes_of(np.random.RandomState, "seed get_state set_state")
NEW_RANDOM = {
    name: drawing(name, getattr(np.random.Generator, name))
    for name in NEW_DRAWS
    if hasattr(np.random.Generator, name)
} | attributes_of(np.random.Generator, "spawn")


def _sample(generator: Any, population: Any, k: int, **kwargs: Any) -> Any:
    check_items(k)
    return generator.sample(population, k, **kwargs)


def _choices(
    generator: Any, population: Any, weights: Any = None, *, cum_weights: Any = None, k: int = 1
) -> Any:
    check_items(k)
    return generator.choices(population, weights, cum_weights=cum_weights, k=k)


def _getrandbits(generator: Any, k: int) -> int:
    check_bits(k)
    return int(generator.getrandbits(k))


PYTHON_RANDOM = attributes_of(
    random.Random,
    "betavariate choice expovariate gammavariate gauss getstate lognormvariate normalvariate"
    " paretovariate randint"
    " random randrange seed setstate shuffle triangular uniform vonmisesvariate weibullvariate",
) | {"sample": _sample, "choices": _choices, "getrandbits": _getrandbits}

# Tables

PROPERTY = {
    "setter": lambda own, function: own.setter(function),
    "getter": lambda own, function: own.getter(function),
    "deleter": lambda own, function: own.deleter(function),
}
DATETIME = attributes_of(datetime.datetime, "strftime isoformat timestamp date time replace weekday")


def _at(ufunc: Any, array: Any, indices: Any, *values: Any) -> None:
    if isinstance(array, np.ndarray):
        check_picked(array, indices)
    ufunc.at(array, indices, *values)


def _outer_of(ufunc: Any, a: Any, b: Any, **kwargs: Any) -> Any:
    check_cells(np.size(a) * np.size(b))
    return ufunc.outer(a, b, **kwargs)


UFUNC = _bounded(np.ufunc, "reduce accumulate reduceat") | {"at": _at, "outer": _outer_of}
MATRIX = ARRAY | attributes_of(
    np.matrix,
    "all any argmax argmin flatten getA getA1 getH getI getT max mean min prod ptp ravel squeeze std sum"
    " tolist var",
)

METHODS: dict[type, dict[str, Method]] = {
    np.ufunc: UFUNC,
    str: TEXT,
    bytes: BYTES,
    bytearray: _of_bytes(bytearray),
    list: LIST,
    tuple: TUPLE,
    dict: DICT,
    collections.OrderedDict: _dictionary(collections.OrderedDict)
    | attributes_of(collections.OrderedDict, "move_to_end"),
    collections.defaultdict: _dictionary(collections.defaultdict),
    collections.Counter: COUNTER,
    set: SET,
    frozenset: FROZEN,
    collections.deque: DEQUE,
    range: RANGE,
    slice: {},
    int: INT,
    bool: INT,
    float: FLOAT,
    complex: COMPLEX,
    np.ndarray: ARRAY,
    np.matrix: MATRIX,
    np.ma.MaskedArray: {},
    np.random.RandomState: OLD_RANDOM,
    np.random.Generator: NEW_RANDOM,
    random.Random: PYTHON_RANDOM,
    property: PROPERTY,
    datetime.datetime: DATETIME,
    datetime.timedelta: {"total_seconds": datetime.timedelta.total_seconds},
    type(None): {},
    type({}.keys()): {},
    type({}.values()): {},
    type({}.items()): {},
    np.vectorize: {},
    np.poly1d: {"deriv": np.poly1d.deriv, "integ": np.poly1d.integ},
    np.finfo: {},
    np.iinfo: {},
    np.nditer: attributes_of(np.nditer, "iternext reset close"),
    np.flatiter: {"copy": np.flatiter.copy},
    type(np.c_): {},
}
SCALAR_KINDS = {np.dtype(code).type for code in "?bhilqBHILQefdgFDGSUmM"} | {np.longlong, np.ulonglong}
for _kind in SCALAR_KINDS:
    METHODS[_kind] = _scalar_methods(_kind)

ARRAY_READABLE = frozenset(
    [
        "shape",
        "T",
        "size",
        "ndim",
        "dtype",
        "flat",
        "real",
        "imag",
        "nbytes",
        "itemsize",
        "strides",
        "flags",
        "mT",
    ]
)
READABLE: dict[type, frozenset[str]] = {
    np.ndarray: ARRAY_READABLE | {"base"},
    np.matrix: ARRAY_READABLE | {"A", "A1", "I", "H"},
    np.dtype: frozenset(
        ["name", "kind", "itemsize", "type", "char", "num", "str", "names", "byteorder", "ndim", "shape"]
    ),
    np.ufunc: frozenset({"nin", "nout", "nargs", "identity"}),
    np.finfo: frozenset(
        ["eps", "epsneg", "max", "min", "tiny", "resolution", "precision", "bits", "dtype", "smallest_normal"]
    ),
    np.iinfo: frozenset(["max", "min", "bits", "dtype", "kind"]),
    np.nditer: frozenset(["multi_index", "index", "value", "finished", "operands", "shape"]),
    np.flatiter: frozenset({"index", "coords", "base"}),
    type(np.zeros(0).flags): frozenset(["c_contiguous", "f_contiguous", "owndata", "writeable", "aligned"]),
    int: frozenset({"real", "imag", "numerator", "denominator"}),
    bool: frozenset({"real", "imag", "numerator", "denominator"}),
    float: frozenset({"real", "imag"}),
    complex: frozenset({"real", "imag"}),
    slice: frozenset({"start", "stop", "step"}),
    range: frozenset({"start", "stop", "step"}),
    collections.deque: frozenset({"maxlen"}),
    property: frozenset({"fget", "fset"}),
    datetime.datetime: frozenset(["year", "month", "day", "hour", "minute", "second", "microsecond"]),
    datetime.timedelta: frozenset(["days", "seconds", "microseconds"]),
    np.poly1d: frozenset({"c", "coef", "coefficients", "order", "o", "r", "roots"}),
    np.vectorize: frozenset(),
}
for _kind in SCALAR_KINDS:
    READABLE[_kind] = ARRAY_READABLE

SETTABLE: dict[type, frozenset[str]] = {
    np.ndarray: frozenset({"shape", "dtype", "flat", "real", "imag"}),
    type(np.zeros(0).flags): frozenset({"writeable"}),
    collections.defaultdict: frozenset({"default_factory"}),
}

# What a script may call by Python's own names: x.__len__(), super().__getitem__(key)

SPECIAL_METHODS: dict[type, dict[str, Method]] = {
    # Those of the kind itself: a class that derives from it may have its own, and calls these.
    kind: attributes_of(kind, "__len__ __iter__ __str__ __repr__")
    | ({"__getitem__": get_item} if hasattr(kind, "__getitem__") else {})
    for kind in (
        str,
        list,
        tuple,
        dict,
        set,
        frozenset,
        range,
        int,
        float,
        np.ndarray,
        collections.OrderedDict,
    )
}


def _set_plain(kind: Any) -> Method:
    def run(value: Any, key: Any, item: Any) -> None:
        kind.__setitem__(value, key, item)

    return run


def _delete_plain(kind: Any) -> Method:
    def run(value: Any, key: Any) -> None:
        kind.__delitem__(value, key)

    return run


def _get_plain(kind: Any) -> Method:
    def run(value: Any, key: Any) -> Any:
        return kind.__getitem__(value, key)

    return run


for _kind in (list, dict, collections.OrderedDict, collections.defaultdict):
    SPECIAL_METHODS.setdefault(_kind, {}).update(
        {
            "__setitem__": _set_plain(_kind),
            "__getitem__": _get_plain(_kind),
            "__delitem__": _delete_plain(_kind),
            "__contains__": _kind.__contains__,
            "__len__": _kind.__len__,
            "__iter__": _kind.__iter__,
        }
    )


def _hashed_or_compared(method: Method) -> Method:
    return lambda value, *other: method(check_nested(value), *other)


def _formatted(kind: Any) -> Method:
    def run(value: Any, spec: str) -> Any:
        check_format(spec)
        return kind.__format__(value, spec)

    return run


_COMPARING = "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__"
for _kind in (str, int, float, tuple, list):
    _operators = [f"__{prefix}{name}__" for name in BINARY_OPERATORS for prefix in ("", "r")]
    _compared = attributes_of(_kind, _COMPARING)
    SPECIAL_METHODS[_kind] |= {
        **attributes_of(_kind, "__neg__ __pos__ __abs__ __bool__ __float__ __int__ __contains__"),
        **{name: special_method(_kind, name) for name in _operators if hasattr(_kind, name)},
        **{name: _hashed_or_compared(method) for name, method in _compared.items() if method is not None},
        "__format__": _formatted(_kind),
    }
