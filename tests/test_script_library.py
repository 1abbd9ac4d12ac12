"""What a script may call and read gives what Python and NumPy give, for ordinary and odd arguments alike.

The calls are made from the allow lists themselves: each name with each of a few lists of arguments.
"""

import builtins
import collections
import contextlib
import copy
import datetime
import enum
import importlib
import random
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from run_by_python import comparable

from bpstep.script import limits
from bpstep.script.interpreter import constructors, methods, operations
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.methods import METHODS, READABLE, Bound
from bpstep.script.interpreter.modules import numpy_names
from bpstep.script.interpreter.modules.standard import MAKERS
from bpstep.script.interpreter.values import Builtin, Forbidden, Passive, is_special
from bpstep.script.limits import Limits
from bpstep.script.refusal import ScriptRefused
from bpstep.script.source import parse_source

pytestmark = pytest.mark.filterwarnings("ignore")

MODULES = [
    *("math", "cmath", "itertools", "functools", "collections", "copy", "operator", "heapq", "statistics"),
    *("struct", "string", "random", "json", "os.path", "dataclasses", "enum", "contextlib", "datetime"),
]

IMPORTS = "\n".join(f"import {name}" for name in ("numpy as np", *MODULES, "re", "numpy.fft"))


@pytest.fixture(scope="module")
def interpreter():
    return interpreter_with_all()


def interpreter_with_all():
    made = Interpreter(parse_source(Path("library.py"), IMPORTS), Limits(60.0))
    made.run()
    return made


A = np.array([[3.0, -1.5, 2.0], [0.5, 4.0, -2.5]])
B = np.array([[1.0, 2.0], [0.5, -1.0], [4.0, 0.25]])
SQUARE = np.array([[2.0, 1.0], [1.0, 3.0]])
V = np.array([0.5, 2.0, -1.0])
WHOLE = np.array([2, 0, 1])
MASK = np.array([[True, False, True], [False, True, True]])
DEEP = np.arange(24.0).reshape(2, 3, 4)

OF_ARRAYS = [
    ((), {}),
    ((A,), {}),
    ((A, 1), {}),
    ((A,), {"axis": 0}),
    ((A, 1), {"axis": 0}),
    ((A, A), {}),
    ((A, B), {}),
    ((A, V), {}),
    ((A, 0, 2.0), {}),
    ((A, (3, 2)), {}),
    ((SQUARE,), {}),
    ((SQUARE, SQUARE), {}),
    ((SQUARE, [1.0, 2.0]), {}),
    ((SQUARE, 3), {}),
    ((V,), {}),
    ((V, V), {}),
    ((V, [1, 0, 2]), {}),
    ((V, 2), {}),
    ((V, 0, 1), {}),
    ((V, V, 2), {}),
    ((V, [0, 1], [5.0, 6.0]), {}),
    ((WHOLE,), {}),
    ((WHOLE, 2), {}),
    ((WHOLE, [1.0, 2.0, 3.0], 5), {}),
    ((WHOLE, WHOLE), {}),
    ((MASK,), {}),
    ((MASK, A, 0), {}),
    ((MASK, A), {}),
    ((DEEP,), {}),
    ((DEEP, 1), {}),
    ((DEEP, 1, 2), {}),
    ((DEEP, (1, 0, 2)), {}),
    ((DEEP, DEEP, 3), {}),
    (([A, A],), {}),
    (([V, V],), {"axis": 1}),
    (([V, WHOLE], [0, 1]), {}),
    (([],), {}),
    (([1, 2, 3],), {}),
    (([[1, 2], [3, 4.5]],), {}),
    ((3,), {}),
    ((2, 3), {}),
    ((1, 7, 2), {}),
    ((0, 1, 5), {}),
    ((0.0, 2.0), {}),
    ((2.5,), {}),
    (((2, 3),), {}),
    (((2, 3), 1.5), {}),
    (((2, 2), "float32"), {}),
    ((3, 4), {"dtype": np.float32}),
    ((4,), {"k": 1}),
    ((V,), {"k": -1}),
    ((A,), {"keepdims": True}),
    ((A,), {"dtype": np.float32}),
    ((A,), {"shape": (2, 2)}),
    ((A, 7.0), {"shape": 3}),
    ((DEEP, 1), {"keepdims": True}),
    (("ij,jk->ik", A, B), {}),
    (("i,j->ij", V, V), {}),
    (("1 2 3",), {"sep": " "}),
    ((None,), {}),
    (("text",), {}),
]
"""Arguments for functions and methods of arrays."""

OF_VALUES = [
    ((), {}),
    ((0,), {}),
    ((-7,), {}),
    ((2.5,), {}),
    ((True,), {}),
    ((1 + 2j,), {}),
    ((None,), {}),
    (("text",), {}),
    (("a,b c",), {}),
    (("a",), {}),
    ((" ",), {}),
    ((b"ab",), {}),
    (([3, 1, 2],), {}),
    (((1.5, -2),), {}),
    (({"b": 1, "a": 2},), {}),
    (([],), {}),
    ((range(4),), {}),
    ((A,), {}),
    ((V,), {}),
    ((7, 2), {}),
    ((7, 2, 5), {}),
    ((2.0, 3), {}),
    ((2, -1), {}),
    ((3.14159, 2), {}),
    ((12345, -2), {}),
    (("12", 3), {}),
    (("a", "b"), {}),
    (("a", "bb", 1), {}),
    ((8, "*"), {}),
    (("e", 1), {}),
    (([3, 1, 2], 1), {}),
    (([3, 1, 2], [1, 2, 3]), {}),
    (([1, 2], 10), {}),
    ((range(3), range(3)), {}),
    ((0, "x"), {}),
    ((1, 2, 3, 4), {}),
    (([[1], [2]], []), {}),
    ((["b", "A"],), {"key": str.lower}),
    (([2, 3, 1],), {"reverse": True}),
    (([],), {"default": 5}),
    (([1, 2],), {"start": 10}),
    ((len, ["ab", "c"]), {}),
    ((None, [0, 1, 2]), {}),
    ((int, (int, float)), {}),
    ((1, int), {}),
    ((1, (float, str)), {}),
    ((bool, int), {}),
    (([3, 1, 2], 2), {}),
    ((2, [3, 1, 2]), {}),
    (([1, 2, 3], 2, "x"), {}),
    ((1.0, 1.0 + 1e-12), {}),
    (("i", 3), {}),
    (("<i", b"\x01\x00\x00\x00"), {}),
    (('{"a": [1, 2.5]}',), {}),
    ((["a", "b"], ["c"]), {}),
    ((["a", "b"],), {"repeat": 2}),
]
"""Arguments for functions and methods of anything else."""

ELSEWHERE = {
    *("save", "savez", "savez_compressed", "savetxt", "load", "loadtxt", "genfromtxt", "fromfile"),
    *("set_printoptions", "printoptions", "empty", "empty_like", "frombuffer", "multi_dot"),
}
"""Functions of NumPy whose result is none of their arguments alone."""

EARLIER = {
    *("bartlett", "blackman", "hamming", "hanning", "kaiser", "tri", "eye", "identity", "vander", "pad"),
    *("bincount", "diag_indices", "tril_indices", "triu_indices", "fromstring", "correlate"),
    *("einsum", "geomspace", "tensordot", "meshgrid", "asmatrix"),
    *("factorial", "comb", "perm", "deepcopy", "getrandbits", "to_bytes", "astype", "put"),
    *("view", "expandtabs", "diag", "diagflat", "tile"),
}
"""Functions that look at their arguments first: a wrong one is another error."""

REFUSED = {
    "np.einsum": ("its subscripts as text", 56),
    "type": ("type() with three arguments", 32),
    "filter": ("calling a builtin_function_or_method", 1),
    "iter": ("calling a builtin_function_or_method", 1),
    "map": ("calling a builtin_function_or_method", 1),
    "functools.reduce": ("calling a builtin_function_or_method", 1),
}
"""Functions that refuse some of the arguments, with the reason and how many."""

OF_THE_PROGRAM = {
    *("delattr", "dir", "exit", "globals", "help", "id", "input", "locals", "open", "print", "quit"),
    *("super", "vars"),
}

MADE_OTHERWISE = {
    "functools": "cmp_to_key lru_cache partial wraps cache total_ordering",
    "collections": "namedtuple",
    "operator": "attrgetter itemgetter methodcaller",
    "random": "getstate setstate seed Random",
    "json": "load dump dumps",
    "os.path": "abspath exists getsize isdir isfile realpath expanduser",
    "dataclasses": "dataclass field",
    "enum": "auto",
    "datetime": "datetime",
}
"""Functions whose result has no data to compare, or that look at the disk."""


_SAID_DIFFERENTLY = (TypeError, AttributeError, SystemError)
"""Errors that name an object, or whose words change from one Python to the next."""


def outcome(run, args, kwargs):
    """What a call gives, in comparable form, with its arguments as they are after it."""
    given, named = copy.deepcopy((args, kwargs))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = run(*given, **named)
            if hasattr(found, "__next__"):
                found = ["items", *(item for item, _ in zip(found, range(20)))]
    except ScriptRefused as refused:
        return "refused", refused.message
    except Exception as error:
        return type(error).__name__, "" if isinstance(error, _SAID_DIFFERENTLY) else str(error)
    return shown(found), shown([*given, *named.values()])


def shown(found):
    """A value in comparable form; one that has no data, by its text."""
    plain = comparable(found)
    if plain is not None or found is None:
        return plain
    if callable(found) and not isinstance(found, type):
        return "a function"
    text = repr(found)
    return type(found).__name__, "" if " at 0x" in text or " object" in text else text


def differences(name, ours, theirs, arguments):
    """The lists of arguments with which two functions differ."""
    found, refused = [], []
    for args, kwargs in arguments:
        mine, wanted = outcome(ours, args, kwargs), outcome(theirs, args, kwargs)
        if mine[0] == "refused":
            refused.append(mine[1])
        elif mine != wanted and not (name in EARLIER and is_error(mine) and is_error(wanted)):
            found.append((name, args, kwargs, mine, wanted))
    return found, refused


def is_error(found):
    return isinstance(found[0], str) and found[0].endswith("Error")


def differing(functions, arguments):
    """The differences of pairs of functions by name, and who refused arguments."""
    found, refusing = [], {}
    for name, (ours, theirs) in functions.items():
        some, refused = differences(name.rpartition(".")[2], ours, theirs, arguments)
        found += some
        if refused:
            refusing[name] = refused
    return found, refusing


def assert_refused_as_listed(refusing, names):
    wanted = {name: REFUSED[name] for name in names if name in REFUSED}
    assert {name: len(reasons) for name, reasons in refusing.items()} == {
        name: count for name, (_, count) in wanted.items()
    }
    for name, reasons in refusing.items():
        assert all(wanted[name][0] in reason for reason in reasons)


def caller(interpreter, function):
    return lambda *args, **kwargs: interpreter.call(function, args, kwargs)


def test_functions_of_numpy_give_what_numpy_gives(interpreter):
    names = interpreter.namespace["np"].attributes
    functions = {
        f"np.{name}": (caller(interpreter, found), getattr(np, name))
        for name, found in names.items()
        if type(found) is Builtin and name not in ELSEWHERE
    }
    for name, found in names.items():
        if isinstance(found, type | np.ufunc):
            assert found is getattr(np, name)
    assert len(functions) > 240
    found, refusing = differing(functions, OF_ARRAYS)
    assert found == []
    assert_refused_as_listed(refusing, functions)


def test_windows_of_an_array_are_what_numpy_gives(interpreter):
    names = interpreter.modules.load("numpy.lib.stride_tricks").attributes
    for name, args in (
        ("as_strided", (V, (2, 2), (8, 8))),
        ("as_strided", (A, (2, 2), (24, 16))),
        ("as_strided", (V, (4, 3), (0, 8))),
        ("as_strided", (V,)),
        ("sliding_window_view", (V, 2)),
        ("sliding_window_view", (A, (2, 2))),
        ("sliding_window_view", (A, 2, 1)),
    ):
        found = outcome(caller(interpreter, names[name]), args, {})
        assert found == outcome(getattr(np.lib.stride_tricks, name), args, {})
    for args in ((V, (4,), (8,)), (V, (2,), (-8,)), (V, (2, 2), (8, 16))):
        assert outcome(caller(interpreter, names["as_strided"]), args, {})[0] == "refused"


@pytest.mark.parametrize("module", ["random", "linalg", "fft"])
def test_functions_of_the_modules_of_numpy_give_what_numpy_gives(interpreter, module):
    names = interpreter.modules.load(f"numpy.{module}").attributes
    real = getattr(np, module)
    state = interpreter.randomness.numpy

    def seeded(name, found):
        def ours(*args, **kwargs):
            state.seed(7)
            return interpreter.call(found, args, kwargs)

        def theirs(*args, **kwargs):
            np.random.seed(7)
            return getattr(real, name)(*args, **kwargs)

        return ours, theirs

    functions = {
        name: seeded(name, found)
        for name, found in names.items()
        if type(found) is Builtin and hasattr(real, name)
        if name not in ("seed", "get_state", "set_state", "default_rng", *ELSEWHERE)
    }
    found, refusing = differing(functions, OF_ARRAYS)
    assert found == []
    assert refusing == {}


def test_functions_and_types_of_python_give_what_python_gives(interpreter):
    functions = {
        name: (caller(interpreter, found), getattr(builtins, name))
        for name, found in interpreter.builtins.items()
        if (type(found) is Builtin or found in interpreter.constructors)
        and hasattr(builtins, name)
        and name not in OF_THE_PROGRAM
        if not isinstance(found, Forbidden)
    }
    assert len(functions) > 45
    found, refusing = differing(functions, OF_VALUES)
    assert found == []
    assert_refused_as_listed(refusing, functions)


@pytest.mark.parametrize("module", MODULES)
def test_modules_of_python_have_what_python_has(interpreter, module):
    real = importlib.import_module(module)
    otherwise = MADE_OTHERWISE.get(module, "").split()

    def seeded(function, seed):
        def run(*args, **kwargs):
            seed(7)
            return function(*args, **kwargs)

        return run

    functions = {}
    for name, found in interpreter.modules.load(module).attributes.items():
        theirs = getattr(real, name)
        if name in otherwise or isinstance(found, Passive):
            continue
        if type(found) is Builtin:
            functions[f"{module}.{name}"] = (
                seeded(caller(interpreter, found), interpreter.randomness.python.seed),
                seeded(theirs, random.seed),
            )
        else:
            assert found is theirs or comparable(found) == comparable(theirs)
    found, refusing = differing(functions, OF_VALUES)
    assert found == []
    assert_refused_as_listed(refusing, functions)


Point = collections.namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


VALUES = {
    "int": 5,
    "bool": True,
    "float": 2.5,
    "complex": 1 + 2j,
    "str": "a Text,b",
    "bytes": b"a b",
    "bytearray": bytearray(b"ab"),
    "list": [3, 1, 2],
    "tuple": (1, 2, 1),
    "dict": {"a": 1},
    "set": {1, 2},
    "frozenset": frozenset({1}),
    "range": range(5),
    "slice": slice(1, 4, 2),
    "None": None,
    "deque": collections.deque([1, 2, 3], 5),
    "OrderedDict": collections.OrderedDict(b=1, a=2),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "Counter": collections.Counter("abca"),
    "timedelta": datetime.timedelta(1, 2, 3),
    "datetime": datetime.datetime(2024, 1, 2, 3, 4, 5),
    "namedtuple": Point(1, 2),
    "error": ValueError("x"),
    "file error": OSError(2, "no"),
    "key error": KeyError("k"),
    "end": StopIteration(3),
    "member": Colour.RED,
    "keys": {"a": 1}.keys(),
    "items": {"a": 1}.items(),
    "random": random.Random(1),
    "function": len,
}

ARRAYS = {
    "matrix": A,
    "vector": V,
    "whole": WHOLE,
    "mask": MASK,
    "deep": DEEP,
    "square": SQUARE,
    "float64": np.float64(2.5),
    "float32": np.float32(1.5),
    "int64": np.int64(3),
    "bool": np.bool_(True),
    "asmatrix": A.view(np.matrix),
    "dtype": np.dtype("float32"),
    "ufunc": np.add,
    "poly1d": np.poly1d([1.0, 2.0, 3.0]),
    "flags": V.flags,
    "old generator": np.random.RandomState(1),
    "generator": np.random.default_rng(1),
}

TYPES = {kind.__name__: kind for kind in (int, float, list, dict, str, np.float64, Point, Colour, ValueError)}

ON_TYPES = ("real", "imag", "T", "shape", "size", "ndim", "dtype", "flags", "flat", "nbytes", "itemsize")
ON_TYPES += ("strides", "numerator", "denominator", "hex")


def read(interpreter, value, name):
    try:
        return "given", interpreter.attributes.get(value, name)
    except ScriptRefused as refused:
        return "refused", refused.message
    except AttributeError as error:
        return "lacks", str(error)


def allowed_on(value):
    kind = value if isinstance(value, type) else type(value)
    names = {name for base in kind.__mro__ for name in (*METHODS.get(base, ()), *READABLE.get(base, ()))}
    if isinstance(value, BaseException):
        names |= {"args", "errno", "strerror", "filename", "name", "code", "value"}
    if isinstance(value, tuple):
        names |= {*getattr(kind, "_fields", ()), "_asdict", "_replace", "_fields"}
    return names


@pytest.mark.parametrize("value", [*VALUES.values(), *ARRAYS.values()], ids=[*VALUES, *ARRAYS])
def test_attributes_are_those_of_python_or_refused(interpreter, value):
    """Every attribute that Python has is given as Python gives it, or refused; no other one is there."""
    for name in sorted({*dir(type(value)), "missing", "__name__", "__missing__", "f_code"}):
        lacked = ""
        try:
            theirs = getattr(value, name)
        except ValueError:
            continue  # what a vector lacks
        except AttributeError as error:
            lacked = str(error)
        if lacked and name in dir(type(value)):
            continue  # an attribute of some values of the type
        if lacked:
            how, message = read(interpreter, value, name)
            assert (how, message.split("has no")[-1]) == ("lacks", lacked.split("has no")[-1])
            continue
        how, found = read(interpreter, value, name)
        assert how != "lacks", name
        if not is_special(name):
            assert (how == "given") == (name in allowed_on(value)), name
        if how == "refused":
            assert name in found
        elif not callable(theirs):
            assert shown(found) == shown(theirs), name
        else:
            assert isinstance(found, Bound | Builtin) or found is theirs


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_attributes_of_types_are_those_of_python_or_refused(interpreter, kind):
    for name in sorted({*dir(kind), "missing", "f_code"}):
        how, found = read(interpreter, kind, name)
        if not hasattr(kind, name):
            assert (how, "has no attribute" in found) == ("lacks", True)
        elif not is_special(name) and name not in ON_TYPES and not issubclass(kind, tuple):
            is_member = issubclass(kind, Colour) and name == "RED"
            assert (how == "given") == (name in allowed_on(kind) or is_member), name


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_methods_of_python_give_what_python_gives(interpreter, value):
    assert_methods_agree(interpreter, value, OF_VALUES)


@pytest.mark.parametrize("name", [name for name in ARRAYS if name != "old generator"])
def test_methods_of_numpy_give_what_numpy_gives(interpreter, name):
    assert_methods_agree(interpreter, ARRAYS[name], OF_ARRAYS)


NOT_COMPARED = ("spawn", "setflags", "resize", "maketrans", "put")
"""Methods whose result has no data, that depend on who else holds the array, that belong to the type, or that
end now and then in a SystemError of NumPy's own, as `put` with a number for its mode.
"""


def assert_methods_agree(interpreter, value, arguments):
    def ours(name):
        call = interpreter.attributes.method_caller(name)
        return lambda given, *args, **kwargs: call(given, args, kwargs)

    def theirs(name):
        return lambda given, *args, **kwargs: getattr(given, name)(*args, **kwargs)

    names = [name for name in METHODS.get(type(value), ()) if name not in NOT_COMPARED]
    functions = {name: (ours(name), theirs(name)) for name in names if hasattr(value, name)}
    with_value = [((value, *args), kwargs) for args, kwargs in arguments]
    found, refusing = differing(functions, with_value)
    assert found == []
    assert refusing.keys() <= {"translate"}


CHECKED = (limits, methods, numpy_names, operations, constructors)


@pytest.fixture
def counts(monkeypatch):
    """What is asked of the limits: the largest count of each kind since it was cleared."""
    found = {}

    def counting(kind):
        def check(count):
            found[kind] = max(found.get(kind, 0), count)

        return check

    for module in CHECKED:
        for kind in ("cells", "items", "bits", "work"):
            if hasattr(module, f"check_{kind}"):
                monkeypatch.setattr(module, f"check_{kind}", counting(kind))
    monkeypatch.setattr(limits, "COUNTED", 0)
    return found


def size_of(found):
    if isinstance(found, tuple | list):
        return sum(map(size_of, found))
    return found.size if isinstance(found, np.ndarray) else 1


PARTS_OF_NUMPY = ("linalg", "random", "fft", "lib.stride_tricks", "matlib")

COUNTS = {
    "append": [(13, None)],
    "cross": [(1, None), (4, None)],
    "histogram_bin_edges": [(1, None), (2, None), (3, None), (10, None)],
    "insert": [(3, None), (5, None), (7, None), (8, None), (26, None)],
    "isclose": [(1, None)],
    "clip": [(1, None)],
    "choose": [(1, None)],
    "where": [(1, None), (3, None), (4, None), (6, None), (24, None)],
    "tri": [(4, None)],
    "array": [(1, None)],
    "asarray": [(1, None)],
    "asanyarray": [(1, None)],
    "ascontiguousarray": [(1, None)],
    "asfortranarray": [(1, None)],
    "asmatrix": [(1, None)],
    "convolve": [(None, 1), (None, 2), (None, 3), (None, 9)],
    "correlate": [(None, 9)],
    "cov": [(0, 0), (1, 1), (4, 4), (4, 8), (4, 12), (9, 9)],
    "corrcoef": [(0, 0), (1, 1), (4, 4), (4, 8), (4, 12), (9, 9)],
    "histogram": [(1, None), (2, None), (3, None), (10, None)],
    "histogramdd": [(1, None), (2, None), (9, None), (10, None), (100, None), (1000, None)],
    "tril_indices": [(1, None), (4, None), (9, None), (16, None)],
    "triu_indices": [(1, None), (4, None), (9, None), (16, None)],
    "diag_indices": [(4, None), (9, None)],
    "arange": [(0.2, None), (2.5, None)],
    "roots": [(None, 0), (None, 160), (None, 540)],
    "repeat": [(6, None)],
    "tensordot": [(None, 16), (None, 36), (None, 576), (36, 36)],
    "einsum": [(4, 12), (9, 9)],
    "meshgrid": [(1, None)],
    "bincount": [(2, None), (3, None)],
    "polyfit": [(9, None), (18, None)],
    "histogram2d": [(4, None), (25, None), (100, None)],
    "bartlett": [(2.5, None)],
    "blackman": [(2.5, None)],
    "hamming": [(2.5, None)],
    "hanning": [(2.5, None)],
    "ndindex": [(0, None), (3, None), (6, None), (14, None)],
    "linalg.inv": [(None, 160)],
    "linalg.det": [(None, 160)],
    "linalg.slogdet": [(None, 160)],
    "linalg.svd": [(4, 160), (9, 240), (9, 480), (16, 1440)],
    "linalg.eig": [(None, 160)],
    "linalg.eigh": [(None, 160)],
    "linalg.eigvals": [(None, 160)],
    "linalg.eigvalsh": [(None, 160)],
    "linalg.pinv": [(None, 160), (None, 240), (None, 480), (None, 1440)],
    "linalg.solve": [(None, 160)],
    "linalg.lstsq": [(None, 160), (None, 240)],
    "linalg.qr": [(4, 160), (9, 240), (9, 480), (16, 1440)],
    "linalg.cholesky": [(None, 160)],
    "linalg.matrix_rank": [
        (None, 0),
        (None, 20),
        (None, 80),
        (None, 160),
        (None, 180),
        (None, 240),
        (None, 480),
        (None, 1440),
    ],
    "linalg.cond": [(None, 160), (None, 240), (None, 480), (None, 1440)],
    "linalg.matrix_power": [(None, 160)],
    "random.choice": [(3, None)],
    "random.bytes": [(3, None)],
    "fft.fft": [(1, None), (3, None)],
    "fft.ifft": [(1, None), (3, None)],
    "fft.rfft": [(1, None), (3, None)],
    "fft.irfft": [(1, None), (3, None)],
    "fft.fftfreq": [(3, None)],
    "fft.fftshift": [(0, None), (1, None)],
    "lib.stride_tricks.sliding_window_view": [(6, None)],
}
"""Functions that count something else than the numbers of their result, or multiplications, with both."""


def counted(interpreter, counts, function, arguments):
    """What a function asked of the limits for each list of arguments, with the size of what it gave."""
    found = []
    for args, kwargs in arguments:
        counts.clear()
        given, named = copy.deepcopy((args, kwargs))
        with np.errstate(all="ignore"):
            try:
                made = interpreter.call(function, given, named)
            except (Exception, ScriptRefused):
                continue
        if counts:
            found.append((counts.get("cells"), counts.get("work"), size_of(made)))
    return found


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="kept with the names and texts of Python 3.11")
@pytest.mark.parametrize("module", ["", *(f".{name}" for name in PARTS_OF_NUMPY)])
def test_functions_of_numpy_count_what_they_are_about_to_make(interpreter, counts, module):
    wanted, found = {}, {}
    for name, function in interpreter.modules.load(f"numpy{module}").attributes.items():
        if type(function) is Builtin and name not in ELSEWHERE:
            name = f"{module}.{name}".strip(".")
            triples = counted(interpreter, counts, function, OF_ARRAYS)
            other = {(cells, work) for cells, work, size in triples if cells != size or work is not None}
            found[name] = sorted(other, key=str)
            wanted[name] = sorted(COUNTS.get(name, []), key=str)
    assert found == wanted


COUNTS_OF_PYTHON = {
    "int.to_bytes": ("bits", [8]),
    "bool.to_bytes": ("bits", [8]),
    "str.center": ("items", [0, 1, 8]),
    "str.ljust": ("items", [0, 1, 8]),
    "str.rjust": ("items", [0, 1, 8]),
    "str.zfill": ("items", [0, 1]),
    "str.join": ("items", [0, 9, 18, 36, 45, 135]),
    "str.replace": ("items", [9, 10]),
    "str.expandtabs": ("items", [8, 64]),
    "str.translate": ("items", [8]),
    "bytes.join": ("items", [0, 6, 9]),
    "bytearray.join": ("items", [0, 4, 6]),
    "list.extend": ("items", [4]),
    "dict.fromkeys": ("items", [3, 4]),
    "set.difference": ("items", [3, 4]),
    "set.difference_update": ("items", [3, 4]),
    "set.intersection": ("items", [3, 4]),
    "set.intersection_update": ("items", [3, 4]),
    "set.isdisjoint": ("items", [4]),
    "set.issubset": ("items", [4]),
    "set.issuperset": ("items", [4]),
    "set.symmetric_difference": ("items", [4]),
    "set.union": ("items", [3, 4]),
    "set.update": ("items", [3, 4]),
    "frozenset.difference": ("items", [3, 4]),
    "frozenset.intersection": ("items", [3, 4]),
    "frozenset.isdisjoint": ("items", [4]),
    "frozenset.issubset": ("items", [4]),
    "frozenset.issuperset": ("items", [4]),
    "frozenset.symmetric_difference": ("items", [4]),
    "frozenset.union": ("items", [3, 4]),
    "range.count": ("items", [5]),
    "deque.extend": ("items", [4]),
    "deque.extendleft": ("items", [4]),
    "OrderedDict.fromkeys": ("items", [3, 4]),
    "defaultdict.fromkeys": ("items", [3, 4]),
    "Counter.update": ("items", [4]),
    "Counter.elements": ("items", [4]),
    "Random.sample": ("items", [1, 2]),
    "Random.choices": ("items", [1]),
    "Random.getrandbits": ("bits", [0, 1]),
    "ndarray.repeat": ("cells", [3, 6, 9, 12, 18]),
    "ndarray.tolist": ("items", [3, 6]),
    "ndarray.resize": ("cells", [0, 1, 3, 6, 14]),
    "int": ("bits", [8]),
    "bytes": ("items", [0, 1, 4]),
    "bytearray": ("items", [0, 1, 4]),
    "list": ("items", [2, 3, 4]),
    "tuple": ("items", [2, 3, 4]),
    "set": ("items", [4]),
    "frozenset": ("items", [4]),
    "ndarray": ("cells", [0, 1, 6, 9506]),
    "matrix": ("cells", [1, 2, 3, 4, 6]),
    "Counter": ("items", [3, 4]),
    "deque": ("items", [2, 3, 4]),
    "float32": ("cells", [1, 2, 3, 4, 6]),
    "bool": ("cells", [1, 2, 3, 4, 6]),
    "sum": ("items", [4]),
}
"""What methods, constructors and functions count before they make it, with all the arguments in turn."""


def test_methods_and_constructors_count_what_they_are_about_to_make(interpreter, counts):
    calls = []
    for value in (*VALUES.values(), V, A):
        for name in METHODS.get(type(value), ()):
            call = interpreter.attributes.method_caller(name)
            arguments = OF_ARRAYS if isinstance(value, np.ndarray) else OF_VALUES
            calls.append((f"{type(value).__name__}.{name}", call, value, arguments))
    kinds = {
        kind: make for kind, make in interpreter.constructors.items() if kind.__name__ in COUNTS_OF_PYTHON
    }
    functions = {name: found.run for name, found in interpreter.builtins.items() if type(found) is Builtin}
    for name, run in [*((kind.__name__, make) for kind, make in kinds.items()), *functions.items()]:
        if name not in OF_THE_PROGRAM:
            calls.append((name, lambda _, args, kwargs, run=run: run(*args, **kwargs), None, OF_VALUES))
    found = {}
    for name, call, value, arguments in calls:
        for given in copy.deepcopy(arguments):
            counts.clear()
            with contextlib.suppress(Exception, ScriptRefused), np.errstate(all="ignore"):
                call(copy.copy(value), *given)
                for kind, count in counts.items():
                    found.setdefault((name, kind), set()).add(int(count))
    assert {name: (kind, sorted(each)) for (name, kind), each in found.items()} == COUNTS_OF_PYTHON


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="kept with the names and texts of Python 3.11")
def test_modules_have_the_names_that_are_kept(interpreter):
    """`python -m tests.test_script_library` writes them again."""
    assert list(names_of_modules(interpreter)) == KEPT.read_text().splitlines()


def names_of_modules(interpreter):
    for name in sorted(MAKERS):
        found = interpreter.modules.load(name)
        if not isinstance(found, Passive):
            yield f"{name}: {' '.join(sorted(key for key in found.attributes if key.isidentifier()))}"


KEPT = Path(__file__).parent / "goldens" / "modules.txt"

if __name__ == "__main__":
    KEPT.write_text("\n".join(names_of_modules(interpreter_with_all())) + "\n")
