"""Allow lists of Python's standard library."""

from __future__ import annotations

import abc
import argparse
import bisect
import cmath
import collections
import copy
import csv
import datetime
import enum
import functools
import heapq
import io
import itertools
import json
import math
import operator
import os.path
import random
import statistics
import string
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.classes import (
    Abstract,
    AbstractMeta,
    NamedTuple,
    Subscripted,
    dataclass_of,
    make_class,
)
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.files import (
    MAX_FILE_BYTES,
    Archive,
    BytesFile,
    TextBuffer,
    TextFile,
    WrittenFile,
)
from bpstep.script.interpreter.generator import Generator, GeneratorContext
from bpstep.script.interpreter.methods import METHODS, PYTHON_RANDOM, READABLE, Bound, attributes_of
from bpstep.script.interpreter.modules.exact_numbers import DECIMAL_NAMES, FRACTION_NAMES
from bpstep.script.interpreter.nesting import check_nested
from bpstep.script.interpreter.operations import BINARY_OPERATIONS, COMPARE, get_item
from bpstep.script.interpreter.output import Output
from bpstep.script.interpreter.protocols import Library
from bpstep.script.interpreter.values import (
    BoundMethod,
    Builtin,
    Module,
    Passive,
    ProgressBar,
    ScriptFunction,
)
from bpstep.script.limits import check_bits, check_items, check_members, without_long_ranges
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

FILE_METHODS = "read readline readlines seek tell close readable seekable flush"
for _kind in (TextFile, BytesFile, TextBuffer):
    METHODS[_kind] = {name: getattr(_kind, name) for name in FILE_METHODS.split()}
    READABLE[_kind] = frozenset({"closed"})
METHODS[TextBuffer] |= {name: getattr(TextBuffer, name) for name in ("write", "writelines", "getvalue")}
METHODS[BytesFile]["getvalue"] = BytesFile.getvalue
METHODS[WrittenFile] = {
    name: getattr(WrittenFile, name) for name in ("write", "writelines", "flush", "close")
}
READABLE[WrittenFile] = frozenset({"name"})
METHODS[Archive] = METHODS[dict] | {"close": Archive.close}
READABLE[Archive] = frozenset({"files"})
METHODS[Output] = {"write": Output.write, "flush": Output.flush}
METHODS[Generator] = {"send": Generator.send, "throw": Generator.throw, "close": Generator.close}
METHODS[types.GeneratorType] = {"close": lambda generator: generator.close()}
METHODS[type(csv.reader([]))] = {}
READABLE[type(csv.reader([]))] = frozenset({"line_num"})
METHODS[type(sys.float_info)] = {}
READABLE[type(sys.float_info)] = frozenset({"epsilon", "max", "min", "dig", "mant_dig"})


def _module(name: str, attributes: Namespace, refusals: dict[str, str] | None = None) -> Module:
    wrapped = {
        key: Builtin(key, item) if callable(item) and not isinstance(item, OWN) else item
        for key, item in attributes.items()
    }
    return Module(name, wrapped, refusals)


OWN = (type, Builtin, ScriptFunction, BoundMethod, Passive, Bound)


# math


def _factorial(number: Any) -> int:
    check_bits(int(number) * max(int(number).bit_length(), 1))
    return math.factorial(number)


def _comb(n: int, k: int) -> int:
    check_bits(min(k, max(n - k, 0)) * int.bit_length(n))
    return math.comb(n, k)


def _perm(n: int, k: int | None = None) -> int:
    check_bits((n if k is None else k) * int.bit_length(n))
    return math.perm(n, k)


_MATH = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh degrees dist e erf erfc exp exp2"
    " expm1 fabs floor"
    " fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt ldexp lgamma log log10"
    " log1p log2 modf"
    " nan nextafter pi prod radians remainder sin sinh sqrt tan tanh tau trunc ulp sumprod fma"
)


def _math(interpreter: Library) -> Module:
    budget = interpreter.budget

    def lcm(*numbers: Any) -> int:
        found = 1
        for number in numbers:
            budget.check()
            if isinstance(number, int):
                check_bits(found.bit_length() + int.bit_length(number))
            found = math.lcm(found, number)
        return found

    names = attributes_of(math, _MATH) | {
        "pow": math.pow,
        "factorial": _factorial,
        "comb": _comb,
        "perm": _perm,
    }
    names |= {
        name: without_long_ranges(names[name])
        for name in ("dist", "fsum", "prod", "sumprod")
        if name in names
    }
    return _module("math", names | {"lcm": lcm})


# random


def _random(interpreter: Library) -> Module:
    randomness = interpreter.randomness

    def bound(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if name == "seed":
                randomness.seed("random")
            else:
                randomness.drawn("random")
            return method(randomness.python, *args, **kwargs)

        return run

    names: Namespace = {name: bound(name, method) for name, method in PYTHON_RANDOM.items()}
    names["random"] = bound("random", random.Random.random)
    names["Random"] = random.Random
    interpreter.constructors.setdefault(random.Random, _seeded_random(interpreter))
    return _module("random", names)


PYTHON_RANDOM["random"] = random.Random.random


def _seeded_random(interpreter: Library) -> Callable[..., Any]:
    def make(seed: Any = None) -> random.Random:
        if seed is None:
            interpreter.randomness.drawn("random.Random()")
        return random.Random(0 if seed is None else seed)

    return make


# itertools: endless ones count as loops


def _ticking(interpreter: Library, items: Iterator[Any]) -> Iterator[Any]:
    budget = interpreter.budget
    for item in items:
        budget.ticks -= 1
        if budget.ticks < 0:
            budget.check()
        yield item


def _itertools(interpreter: Library) -> Module:
    def loop(make: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: _ticking(interpreter, make(*args, **kwargs))

    def product(*items: Any, repeat: int = 1) -> Any:
        pools = [tuple(pool) for pool in items]
        check_items(len(pools) * repeat + sum(map(len, pools)))
        return _ticking(interpreter, itertools.product(*pools, repeat=repeat))

    def tee(items: Any, n: int = 2) -> Any:
        check_items(n)
        return itertools.tee(items, n)

    names = (
        "accumulate batched combinations combinations_with_replacement compress count cycle dropwhile"
        " filterfalse groupby"
        " islice pairwise permutations repeat starmap takewhile zip_longest"
    )
    made = {name: loop(item) for name, item in attributes_of(itertools, names).items()}
    chain = Builtin("chain", loop(itertools.chain))
    made |= {"product": product, "tee": tee}
    module = _module("itertools", made)
    module.attributes["chain"] = ItertoolsChain(
        chain, Builtin("from_iterable", loop(itertools.chain.from_iterable))
    )
    return module


class ItertoolsChain(Passive):
    """`itertools.chain`, which has `from_iterable` beside being called."""

    def __init__(self, run: Builtin, from_iterable: Builtin) -> None:
        super().__init__("chain", lambda name: None)
        self.run = run
        self.from_iterable = from_iterable

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)


METHODS[ItertoolsChain] = {"from_iterable": lambda chain, items: chain.from_iterable(items)}

# collections, functools, copy, operator


def _collections(interpreter: Library) -> Module:
    kinds = attributes_of(collections, "OrderedDict defaultdict Counter deque")

    def namedtuple(name: str, fields: Any, *, defaults: Any = None, **kwargs: Any) -> Any:
        return collections.namedtuple(name, fields, defaults=defaults)

    return _module("collections", {**kinds, "namedtuple": namedtuple})


def _functools(interpreter: Library) -> Module:
    def wraps(wrapped: Any, *args: Any, **kwargs: Any) -> Any:
        def apply(function: Any) -> Any:
            if isinstance(function, ScriptFunction) and isinstance(wrapped, ScriptFunction):
                function.attributes |= wrapped.attributes | {"__wrapped__": wrapped}
                for name in ("__name__", "__qualname__", "__doc__"):
                    setattr(function, name, getattr(wrapped, name))
            return function

        return Builtin("wraps", apply)

    def cached(maxsize: Any = 128, typed: bool = False) -> Any:
        if isinstance(maxsize, ScriptFunction):
            return functools.lru_cache(maxsize)
        return Builtin("lru_cache", functools.lru_cache(maxsize, typed))

    def partial(function: Any, *args: Any, **kwargs: Any) -> Any:
        def run(*more: Any, **named: Any) -> Any:
            return interpreter.call(function, (*args, *more), {**kwargs, **named})

        return Builtin("partial", run, (function, args, kwargs))

    def reduce(function: Any, items: Any, *initial: Any) -> Any:
        return functools.reduce(lambda a, b: interpreter.call(function, (a, b), {}), items, *initial)

    def cmp_to_key(function: Any) -> Any:
        return functools.cmp_to_key(lambda a, b: interpreter.call(function, (a, b), {}))

    names = {
        "wraps": wraps,
        "lru_cache": cached,
        "cache": lambda function: functools.lru_cache(None)(function),
        "partial": partial,
        "reduce": reduce,
        "total_ordering": lambda made: functools.total_ordering(made),
        "cached_property": lambda function: functools.cached_property(function),
        "cmp_to_key": lambda function: Builtin("key", cmp_to_key(function)),
    }
    return _module("functools", names)


METHODS[functools._lru_cache_wrapper] = {
    "cache_clear": lambda cached: cached.cache_clear(),
    "cache_info": lambda cached: cached.cache_info(),
}


def _copy(interpreter: Library) -> Module:
    budget = interpreter.budget

    class Copied(dict[int, Any]):
        """What a deep copy has copied so far, within the limits of a run."""

        def __setitem__(self, key: int, value: Any) -> None:
            super().__setitem__(key, value)
            budget.ticks -= 1
            if budget.ticks < 0:
                budget.check()

    def check(value: Any) -> Any:
        if isinstance(value, list | dict | tuple | set):
            check_items(len(value))
        return value

    return _module(
        "copy",
        {
            "copy": lambda value: copy.copy(check(value)),
            "deepcopy": lambda value: copy.deepcopy(check(value), Copied()),
        },
    )


def _operator(interpreter: Library) -> Module:
    import ast

    pairs = {
        "add": ast.Add,
        "sub": ast.Sub,
        "mul": ast.Mult,
        "truediv": ast.Div,
        "floordiv": ast.FloorDiv,
        "mod": ast.Mod,
        "pow": ast.Pow,
        "matmul": ast.MatMult,
    }
    compared = {"eq": ast.Eq, "ne": ast.NotEq, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE}
    names: Namespace = {name: BINARY_OPERATIONS[kind] for name, kind in pairs.items()}
    names |= {name: COMPARE[kind] for name, kind in compared.items()}
    names |= {"neg": operator.neg, "getitem": get_item}
    attributes = interpreter.attributes

    def itemgetter(*keys: Any) -> Any:
        if len(keys) == 1:
            return Builtin("itemgetter", lambda value: get_item(value, keys[0]))
        return Builtin("itemgetter", lambda value: tuple(get_item(value, key) for key in keys))

    def attrgetter(name: str) -> Any:
        return Builtin("attrgetter", lambda value: functools.reduce(attributes.get, name.split("."), value))

    def methodcaller(name: str, *args: Any, **kwargs: Any) -> Any:
        run = attributes.method_caller(name)
        return Builtin("methodcaller", lambda value: run(value, args, kwargs))

    made = {"itemgetter": itemgetter, "attrgetter": attrgetter, "methodcaller": methodcaller}
    return _module("operator", names | made)


# Files and the system


def _csv(interpreter: Library) -> Module:
    files = interpreter.files

    def writer(*args: Any, **kwargs: Any) -> Any:
        return interpreter.passive("csv.writer")

    constants = attributes_of(csv, "QUOTE_ALL QUOTE_MINIMAL QUOTE_NONNUMERIC QUOTE_NONE")
    names = {
        "reader": files.csv_reader,
        "DictReader": files.csv_dict_reader,
        "writer": writer,
        "DictWriter": writer,
    }
    return _module("csv", {**constants, **names})


def _json(interpreter: Library) -> Module:
    files = interpreter.files
    names: Namespace = {"load": files.json_load, "loads": files.json_loads, "dumps": files.json_dumps}
    names["dump"] = interpreter.passive("json.dump")
    # What json.loads raises, as a script's `except` names it.
    names["JSONDecodeError"] = json.JSONDecodeError
    return _module("json", names)


def _pickle(interpreter: Library) -> Module:
    reason = fill(messages.PICKLE)
    names: Namespace = {"dump": interpreter.passive("pickle.dump"), "HIGHEST_PROTOCOL": 5}
    return _module("pickle", names, {"load": reason, "loads": reason, "dumps": reason, "Unpickler": reason})


def _gzip(interpreter: Library) -> Module:
    files = interpreter.files

    def unpacked(name: Any, mode: str = "rb", *args: Any, **kwargs: Any) -> Any:
        import gzip

        if "w" in mode:
            return files.open(name, mode)
        data = gzip.GzipFile(fileobj=io.BytesIO(files.content(name))).read(MAX_FILE_BYTES)
        return TextFile(data) if "t" in mode else BytesFile(data)

    return _module("gzip", {"open": unpacked})


def _io(interpreter: Library) -> Module:
    names: Namespace = {"open": interpreter.files.open}
    names["StringIO"] = lambda text="", newline="\n": TextBuffer(text, newline)
    names["BytesIO"] = lambda data=b"": BytesFile(data)
    return _module("io", names)


def _struct(interpreter: Library) -> Module:
    import struct

    def unpack(form: str, data: bytes) -> Any:
        return struct.unpack(form, data)

    def calcsize(form: str) -> int:
        return struct.calcsize(form)

    return _module("struct", {"unpack": unpack, "calcsize": calcsize})


class _Clock:
    """A clock that advances by a millisecond at each reading: the same in each run."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def _time(interpreter: Library) -> Module:
    clock = _Clock()
    names: Namespace = dict.fromkeys(("time", "perf_counter", "process_time", "monotonic", "clock"), clock)
    names |= {"time_ns": lambda: int(clock() * 1e9), "perf_counter_ns": lambda: int(clock() * 1e9)}
    names |= {"sleep": lambda seconds: interpreter.count_passed_over("time.sleep")}
    names |= {
        "strftime": time.strftime,
        "localtime": lambda *s: time.localtime(clock()),
        "ctime": lambda *s: "now",
    }
    return _module("time", names)


def _datetime(interpreter: Library) -> Module:
    class Now(Passive):
        """`datetime.datetime`, of which scripts use `now`."""

    now = Now("datetime.datetime", lambda name: None)
    METHODS[Now] = {
        "now": lambda own, *zone: datetime.datetime(2024, 1, 1),
        "today": lambda own: datetime.datetime(2024, 1, 1),
        "utcnow": lambda own: datetime.datetime(2024, 1, 1),
    }
    return _module("datetime", {"datetime": now, "timedelta": datetime.timedelta})


def _path_module(interpreter: Library) -> Module:
    files = interpreter.files

    def real(name: Any) -> str:
        return os.path.normpath(os.path.join(str(files.folder), str(name)))

    names = attributes_of(os.path, "join basename dirname splitext split isabs normpath sep")
    names |= {
        "exists": files.exists,
        "isfile": lambda name: files.exists(name) and files.path(name).is_file(),
        "isdir": lambda name: files.exists(name) and files.path(name).is_dir(),
        "abspath": real,
        "realpath": real,
        "getsize": lambda name: files.path(name).stat().st_size,
        "expanduser": str,
    }
    return _module("os.path", names)


def _os(interpreter: Library) -> Module:
    files = interpreter.files
    passive = interpreter.passive
    names: Namespace = {
        "listdir": files.listdir,
        "getcwd": lambda: str(files.folder),
        "sep": "/",
        "pardir": "..",
        "curdir": ".",
        "linesep": "\n",
        "name": "posix",
        "makedirs": passive("os.makedirs"),
        "mkdir": passive("os.mkdir"),
        "environ": {},
        "getenv": lambda name, default=None: default,
        "cpu_count": lambda: 1,
        "chdir": passive("os.chdir"),
    }
    unsafe = "system popen remove unlink rename rmdir removedirs kill fork spawnl execv walk startfile putenv"
    made = _module("os", names, {name: fill(messages.OUTSIDE, name=f"os.{name}") for name in unsafe.split()})
    made.attributes["path"] = interpreter.modules.load("os.path")
    return made


def _sys(interpreter: Library) -> Module:
    files = interpreter.files

    class Folders(list[Any]):
        """`sys.path`: modules are also searched in folders added to it, below the script's."""

        def append(self, folder: Any) -> None:
            super().append(folder)
            try:
                interpreter.modules.folders.append(files.path(str(folder)))
            except ScriptRefused:
                interpreter.modules.outside.append(str((files.folder / str(folder)).resolve()))
                interpreter.count_passed_over("sys.path.append")

        def insert(self, index: Any, folder: Any) -> None:
            self.append(folder)

    METHODS[Folders] = {"append": Folders.append, "insert": Folders.insert, "remove": lambda own, item: None}

    def leave(*code: Any) -> Any:
        raise SystemExit(*code)

    names: Namespace = {
        "stdout": interpreter.output,
        "stderr": WrittenFile("stderr"),
        "argv": [str(interpreter.source.path)],
        "path": Folders([str(files.folder)]),
        "exit": leave,
        "maxsize": 2**63 - 1,
        "version": "3.11",
        "platform": "linux",
        "version_info": (3, 11, 0, "final", 0),
        "setrecursionlimit": lambda limit: None,
        "modules": {},
        "getsizeof": lambda value: getattr(value, "nbytes", 64),
        "executable": "python",
        "byteorder": "little",
        "getrecursionlimit": lambda: 1000,
        "float_info": sys.float_info,
    }
    return _module("sys", names)


def _pathlib(interpreter: Library) -> Module:
    files = interpreter.files
    kind = type(Path())

    def make(*parts: Any) -> Path:
        return Path(*[str(part) for part in parts])

    def listed(path: Path, pattern: str) -> Iterator[Path]:
        names = files.glob(path / pattern, recursive=True, include_hidden=True)
        return iter([Path(name) for name in names])

    METHODS[Path] = {"cwd": lambda: files.folder}
    METHODS[kind] = {name: getattr(kind, name) for name in _OF_PATHS.split()}
    METHODS[kind] |= {
        "cwd": lambda path: files.folder,
        "exists": files.exists,
        "open": files.open,
        "read_text": lambda path, *args, **kwargs: files.content(str(path)).decode("utf-8"),
        "read_bytes": lambda path: files.content(str(path)),
        "joinpath": lambda path, *more: path.joinpath(*map(str, more)),
        "resolve": lambda path, strict=False: Path(os.path.normpath(files.folder / path)),
        "absolute": lambda path: files.folder / path,
        "mkdir": interpreter.passive("Path.mkdir"),
        "write_text": interpreter.passive("Path.write_text"),
        "glob": listed,
        "rglob": lambda path, pattern: listed(path, f"**/{pattern}"),
        "iterdir": lambda path: iter([path / name for name in files.listdir(path)]),
        "is_file": lambda path: files.exists(path) and files.path(path).is_file(),
        "is_dir": lambda path: files.exists(path) and files.path(path).is_dir(),
    }
    READABLE[kind] = frozenset({"parent", "parents", "parts", "name", "stem", "suffix", "suffixes"})
    interpreter.constructors.setdefault(Path, make)
    return _module("pathlib", {"Path": Path, "PurePath": Path})


_OF_PATHS = "as_posix is_absolute is_relative_to match relative_to with_name with_stem with_suffix"


def _glob(interpreter: Library) -> Module:
    files = interpreter.files

    def find(pathname: Any, *, recursive: bool = False, include_hidden: bool = False) -> list[str]:
        return files.glob(pathname, recursive=recursive, include_hidden=include_hidden)

    names: Namespace = {"glob": find, "iglob": lambda *args, **kwargs: iter(find(*args, **kwargs))}
    return _module("glob", names)


# Declarations


def _types(interpreter: Library) -> Module:
    """`types.SimpleNamespace`, as a class of the script: its instances hold parameters."""

    def __init__(self: Any, /, **values: Any) -> None:
        self.__dict__.update(values)

    def __repr__(self: Any) -> str:
        values = ", ".join(f"{name}={check_nested(value)!r}" for name, value in self.__dict__.items())
        return f"namespace({values})"

    def __eq__(self: Any, other: Any) -> bool:
        return type(other) is kind and bool(self.__dict__ == other.__dict__)

    kind = make_class(interpreter, "SimpleNamespace", [], {}, {}, None)
    for method in (__init__, __repr__, __eq__):
        setattr(kind, method.__name__, method)
    return _module("types", {"SimpleNamespace": kind})


def _typing(interpreter: Library) -> Module:
    names = (
        "Any Callable ClassVar Dict Final Iterable Iterator Generator List Literal Mapping Optional"
        " Sequence Set Tuple"
        " Type Union Text NoReturn Deque DefaultDict Protocol NamedTuple Generic TypeVar Hashable Sized"
        " SupportsFloat"
        " MutableMapping MutableSequence Collection Counter FrozenSet IO Annotated Self TypeAlias"
        " Concatenate ParamSpec"
    )
    passive = {name: interpreter.passive(f"typing.{name}") for name in names.split()}
    members: Namespace = {
        **passive,
        "NamedTuple": NamedTuple,
        "Generic": Subscripted("typing.Generic", lambda name: None),
        "Protocol": Subscripted("typing.Protocol", lambda name: None),
    }
    members |= {
        "TYPE_CHECKING": False,
        "cast": lambda kind, value: value,
        "overload": lambda function: function,
    }
    members |= {"final": lambda made: made}
    return _with_all_names(_module("typing", members), interpreter)


def _with_all_names(module: Module, interpreter: Library) -> Module:
    """`typing`: all names exist and do nothing."""
    import typing

    for name in typing.__all__:
        module.attributes.setdefault(name, interpreter.passive(f"typing.{name}"))
    return module


def _abc(interpreter: Library) -> Module:
    meta = AbstractMeta("abc.ABCMeta", lambda name: None)
    names = {"ABC": Abstract, "ABCMeta": meta, "abstractmethod": abc.abstractmethod}
    return _module("abc", {**names, "abstractproperty": property})


def _dataclasses(interpreter: Library) -> Module:
    import dataclasses

    def dataclass(made: Any = None, **options: Any) -> Any:
        if made is None:
            return Builtin("dataclass", lambda given: dataclass_of(interpreter, given, options))
        return dataclass_of(interpreter, made, options)

    def field(**options: Any) -> Any:
        return dataclasses.field(**options)

    METHODS[dataclasses.Field] = {}
    READABLE[dataclasses.Field] = frozenset({"name", "type", "default", "default_factory"})
    names: Namespace = {"dataclass": dataclass, "field": field, "asdict": dataclasses.asdict}
    names |= {
        "astuple": dataclasses.astuple,
        "replace": dataclasses.replace,
        "is_dataclass": dataclasses.is_dataclass,
        "fields": dataclasses.fields,
    }
    return _module("dataclasses", names)


def _enum(interpreter: Library) -> Module:
    METHODS[enum.Enum] = {}
    READABLE[enum.Enum] = frozenset({"name", "value"})
    return _module("enum", attributes_of(enum, "Enum IntEnum StrEnum unique") | {"auto": lambda: enum.auto()})


def _contextlib(interpreter: Library) -> Module:
    from contextlib import nullcontext, suppress

    def contextmanager(function: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> GeneratorContext:
            return GeneratorContext(interpreter.call(function, args, kwargs))

        return Builtin("contextmanager", run, (function, (), {}))

    names = {
        "suppress": lambda *kinds: suppress(*kinds),
        "nullcontext": lambda *v: nullcontext(*v),
        "contextmanager": contextmanager,
    }
    return _module("contextlib", names)


# Arguments of the command line: their defaults


class ArgumentParser(argparse.ArgumentParser):
    """`argparse.ArgumentParser`, which gets no arguments but those that the script itself passes.

    Its help is printed as the script prints; it neither reads arguments from files nor ends the program.
    """

    def __init__(self, output: Output, **kwargs: Any) -> None:
        super().__init__(**{name: kwargs[name] for name in _PARSER_OPTIONS.split() if name in kwargs})
        self.output = output

    def _print_message(self, message: str, file: Any = None) -> None:
        self.output.write(message)

    def exit(self, status: int = 0, message: str | None = None) -> Any:
        """What the script's own call does."""
        raise SystemExit(status)

    def error(self, message: str) -> Any:
        """Refused: the script cannot run without other arguments."""
        missing = [action for action in self._actions if action.required]
        if not missing:
            raise ScriptRefused(fill(messages.SCRIPT_ARGUMENTS, reason=message))
        name = (missing[0].option_strings or [missing[0].dest])[-1]
        raise ScriptRefused(fill(messages.SCRIPT_ARGUMENT, name=name))

    def refuse_subparsers(self, **options: Any) -> None:
        """Without an argument no command is chosen."""
        raise ScriptRefused(fill(messages.ATTRIBUTE_OF, name="add_subparsers", kind="ArgumentParser"))

    def parsed(self, args: Any = None, namespace: Any = None) -> Module:
        """The values by name."""
        made = Module("argparse.Namespace", vars(self.parse_args([*map(str, args or ())])))
        made.is_own = True
        return made


_PARSER_OPTIONS = (
    "prog usage description epilog parents prefix_chars argument_default conflict_handler add_help"
)


def _add_argument(parser: Any, *names: Any, **options: Any) -> None:
    if isinstance(options.get("nargs"), int):
        check_members(options["nargs"])
    if options.get("choices") is not None:
        # Python lists all of them in the name of the value, whether help is printed or not.
        check_members(len(options["choices"]))
    parser.add_argument(*names, **options)


def _argparse(interpreter: Library) -> Module:
    groups = "add_argument add_argument_group add_mutually_exclusive_group"
    for kind in ArgumentParser, argparse._ArgumentGroup, argparse._MutuallyExclusiveGroup:
        METHODS[kind] = attributes_of(kind, groups)
        METHODS[kind]["add_argument"] = _add_argument
    methods = "set_defaults get_default print_help print_usage format_help format_usage exit error"
    METHODS[ArgumentParser] |= {name: getattr(ArgumentParser, name) for name in methods.split()}
    METHODS[ArgumentParser] |= {
        "parse_args": ArgumentParser.parsed,
        "parse_known_args": lambda parser, *args, **kwargs: (parser.parsed(*args, **kwargs), []),
        "add_subparsers": ArgumentParser.refuse_subparsers,
    }

    def make(prog: Any = None, **kwargs: Any) -> ArgumentParser:
        return ArgumentParser(interpreter.output, prog=prog, **kwargs)

    names = attributes_of(
        argparse,
        "ArgumentTypeError BooleanOptionalAction SUPPRESS ArgumentDefaultsHelpFormatter RawTextHelpFormatter"
        " RawDescriptionHelpFormatter MetavarTypeHelpFormatter",
    )
    return _module("argparse", {**names, "ArgumentParser": make})


class TqdmFunction(Passive):
    """`tqdm.tqdm`, which has `write` beside being called."""

    def __init__(self, run: Builtin, output: Output) -> None:
        super().__init__("tqdm", lambda name: None)
        self.run = run
        self.output = output

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)

    def write(self, text: Any, file: Any = None, end: str = "\n", nolock: bool = False) -> None:
        """Print a text beside the progress bars."""
        self.output.show(text, end=end)


METHODS[TqdmFunction] = {"write": TqdmFunction.write}


def _tqdm(interpreter: Library) -> Module:
    passive = interpreter.passive("tqdm")

    def bar(items: Any = None, *args: Any, **kwargs: Any) -> Any:
        interpreter.count_passed_over("tqdm")
        return ProgressBar(() if items is None else items, passive)

    function = TqdmFunction(Builtin("tqdm", bar), interpreter.output)
    names = {"trange": lambda *args, **kwargs: bar(range(*args)), "notebook": passive}
    module = _module("tqdm", names)
    module.attributes |= {"tqdm": function, "tqdm_notebook": function}
    return module


def _rich_progress(interpreter: Library) -> Module:
    columns = (
        "Progress BarColumn MofNCompleteColumn SpinnerColumn TextColumn TimeElapsedColumn TimeRemainingColumn"
    )
    names = {name: interpreter.passive(f"rich.progress.{name}") for name in columns.split()}
    return _module("rich.progress", {**names, "track": _tqdm(interpreter).attributes["tqdm"]})


def _builtins(interpreter: Library) -> Module:
    return Module("builtins", dict(interpreter.builtins))


def _pprint(interpreter: Library) -> Module:
    return _module("pprint", {"pprint": interpreter.output.show})


def _passive(name: str) -> Callable[[Library], Any]:
    return lambda interpreter: interpreter.passive(name)


def _statistics() -> Namespace:
    functions = attributes_of(statistics, "mean median stdev variance pstdev pvariance mode fmean")
    return {name: without_long_ranges(run) for name, run in functions.items()}


def _simple(name: str, real: Any, names: str) -> Callable[[Library], Module]:
    return lambda interpreter: _module(name, attributes_of(real, names))


MAKERS: dict[str, Callable[[Library], Any]] = {
    "builtins": _builtins,
    "math": _math,
    "cmath": _simple(
        "cmath", cmath, "exp log log10 sqrt pi e phase polar rect cos sin tan cosh sinh tanh acos asin atan"
    ),
    "random": _random,
    "itertools": _itertools,
    "collections": _collections,
    "collections.abc": _typing,
    "functools": _functools,
    "copy": _copy,
    "operator": _operator,
    "csv": _csv,
    "json": _json,
    "pickle": _pickle,
    "joblib": _pickle,
    "gzip": _gzip,
    "io": _io,
    "gc": lambda interpreter: _module(
        "gc", {name: interpreter.passive(f"gc.{name}") for name in ("collect", "enable", "disable")}
    ),
    "rich.progress": _rich_progress,
    "struct": _struct,
    "time": _time,
    "timeit": lambda interpreter: _module(
        "timeit",
        {"default_timer": _Clock()},
        {name: fill(messages.TIMED_CALL, name=f"timeit.{name}") for name in ("timeit", "repeat", "Timer")},
    ),
    "datetime": _datetime,
    "os": _os,
    "os.path": _path_module,
    "sys": _sys,
    "pathlib": _pathlib,
    "glob": _glob,
    "types": _types,
    "typing": _typing,
    "abc": _abc,
    "dataclasses": _dataclasses,
    "enum": _enum,
    "contextlib": _contextlib,
    "argparse": _argparse,
    "tqdm": _tqdm,
    "tqdm.auto": _tqdm,
    "tqdm.notebook": _tqdm,
    "warnings": _passive("warnings"),
    "logging": _passive("logging"),
    "string": _simple(
        "string", string, "ascii_lowercase ascii_uppercase ascii_letters digits punctuation whitespace"
    ),
    "statistics": lambda interpreter: _module("statistics", _statistics()),
    "bisect": _simple("bisect", bisect, "bisect bisect_left bisect_right insort insort_left insort_right"),
    "heapq": _simple("heapq", heapq, "heappush heappop heapify nlargest nsmallest heappushpop"),
    "fractions": lambda interpreter: _module("fractions", FRACTION_NAMES),
    "decimal": lambda interpreter: _module("decimal", DECIMAL_NAMES),
    "textwrap": _passive("textwrap"),
    "traceback": _passive("traceback"),
    "pprint": _pprint,
    "__future__": lambda interpreter: _module("__future__", {}),
}
