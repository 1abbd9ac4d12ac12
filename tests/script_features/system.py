# What a script asks of its system and of modules about paths, text and declarations.
import abc
import datetime
import enum
import io
import json
import os
import os.path
import pprint
import sys
import time
import typing
from dataclasses import asdict, astuple, dataclass, field, is_dataclass, replace, fields
from pathlib import Path, PurePath


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except (Exception, SystemExit) as error:
        return type(error).__name__, str(error)


print(os.path.join("a", "b", "c.npy"), os.path.basename("a/b.npy"), os.path.dirname("a/b.npy"), os.path.splitext("a/b.tar.gz"))
print(os.path.split("a/b"), os.path.isabs("/a"), os.path.isabs("a"), os.path.normpath("a/./b/../c"), os.path.sep)
print(os.sep, os.pardir, os.curdir, repr(os.linesep), os.name, os.getenv("NO_SUCH_NAME"), os.getenv("NO_SUCH_NAME", "here"))
print(os.path.exists("no-such-file"), os.path.isfile("no-such-file"), os.path.isdir("no-such-file"), os.path.abspath("a/../b") == os.path.join(os.getcwd(), "b"))
print(sys.maxsize, sys.platform, sys.byteorder, sys.version_info[0] == 3, sys.version_info >= (3, 8))
print(tried(sys.exit), tried(sys.exit, 3), tried(sys.exit, "stopped"))
sys.setrecursionlimit(2000)
sys.stdout.write("written\n")
sys.stdout.flush()
print("to the errors", file=sys.stderr)

path = Path("data") / "sets" / "train.csv"
print(path.name, path.stem, path.suffix, path.parent.name, path.as_posix(), path.is_absolute(), path.match("*.csv"))
print(path.is_relative_to("data"), path.with_stem("test").as_posix(), path.joinpath("x", "y").as_posix(), str(PurePath("a", "b")))
print(path.exists(), path.is_file(), tried(path.relative_to, "other")[0], Path("a") / Path("b") == Path("a/b"), sorted([Path("b"), Path("a")]))

text = json.dumps({"rate": 0.5, "sizes": [1, 2], "name": None, "on": True}, indent=1, sort_keys=True)
print(text, json.loads(text), json.loads("[1, 2.5, \"a\"]"), tried(json.loads, "{")[0], json.loads('{"a": {"b": []}}'))
try:
    json.loads("[1,")
except json.JSONDecodeError as error:
    print(error)
try:
    json.loads("nothing")
except ValueError as error:
    print(error)
buffer = io.StringIO("first\nsecond\n")
print(buffer.readline(), buffer.readlines(), buffer.tell(), buffer.seek(0), list(buffer), buffer.closed)
buffer.close()
print(buffer.closed, tried(buffer.read)[0], io.BytesIO(b"abc").getvalue(), io.BytesIO().read())
grown = io.StringIO()
grown.writelines(["a", "b\n"])
print(repr(grown.getvalue()))
pprint.pprint([1, "a"])

start, since = time.time(), datetime.datetime.now()
print(0 <= time.time() - start < 60, start > 1e9, time.perf_counter() < time.perf_counter() + 1, time.time_ns() > 1e18)
print(0 <= (datetime.datetime.now() - since).total_seconds() < 60, since.year > 2000, datetime.datetime.today() >= since)
print(datetime.timedelta(minutes=2).seconds, str(datetime.timedelta(seconds=61)), int(time.strftime("%Y")) > 2000, len(time.ctime()) > 2)
print(time.strftime("%H", time.localtime()).isdigit(), since.strftime("%Y").isdigit())


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

    @property
    @abc.abstractmethod
    def name(self): ...


class Square(Shape):
    name = "square"

    def area(self):
        return 4


print(Square().area(), Square().name, isinstance(Square(), Shape))


class Kind(enum.Enum):
    RELU = "relu"
    TANH = "tanh"


class Level(enum.IntEnum):
    LOW = enum.auto()
    HIGH = enum.auto()


print(Kind.RELU, Kind.RELU.name, Kind.RELU.value, Kind("tanh"), Kind["TANH"], list(Kind), Kind.RELU is Kind("relu"), tried(Kind, "no")[0])
print(Level.LOW < Level.HIGH, Level.HIGH + 1, int(Level.LOW), Kind.RELU == Kind.TANH, len(Kind), Kind.RELU in Kind)


@dataclass
class Settings:
    rate: float = 0.1
    sizes: list = field(default_factory=lambda: [1, 2])
    hidden: int = field(default=3, repr=False)

    def __post_init__(self):
        self.rate *= 2


@dataclass(frozen=True, order=True)
class Frozen:
    a: int
    b: typing.Optional[int] = None


given = Settings(rate=1.0)
print(given, asdict(given), astuple(given), replace(given, rate=5.0), is_dataclass(given), is_dataclass(3), given == Settings(1.0))
print(Frozen(1), tried(setattr, Frozen(1), "a", 2)[0], hash(Frozen(1, 2)) == hash(Frozen(1, 2)), Frozen(1, 2) < Frozen(2, 1))


class Pair(typing.NamedTuple):
    left: int
    right: str = "r"


print(Pair(1), Pair(1, "b").right, Pair(1)._replace(left=4), Pair(2) > Pair(1), typing.cast(int, "3"), typing.TYPE_CHECKING)
T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    def __init__(self, item: T):
        self.item = item


print(Box("a").item)


class Both(typing.Generic[T]):
    def __init__(self, item: T):
        self.item = item


class More(Both[int]):
    pass


print(Both[int](3).item, More(4).item, [each.name for each in fields(Settings)], sys.float_info.epsilon)
