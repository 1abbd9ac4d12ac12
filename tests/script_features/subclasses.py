# Classes that derive from Python's own kinds, named tuples, enumerations and abstract classes.
import abc
import collections
import enum
import typing


def tried(run, *words):
    try:
        return run(*words)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Table(dict):
    def __init__(self, *words, **named):
        super().__init__(*words, **named)
        self.reads = 0

    def __getitem__(self, key):
        self.reads += 1
        return super().__getitem__(key)

    def __missing__(self, key):
        return f"no {key}"

    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)

    def update(self, *more):
        super().update(*more)
        return "updated"


t = Table({"a": 1}, b=2)
t["c"] = 5
print(t["a"], t["c"], t["z"], t.reads, len(t), t.get("a"), t.get("q"), "c" in t, sorted(t), t.update({"d": 4}), t, t == {"a": 1, "b": 2, "c": 10, "d": 4})
print(list(t.items()), t.pop("d"), t.setdefault("e", 3), isinstance(t, dict), type(t).__name__, dict(t), {**t}, t.copy() == t)


class Stack(list):
    def push(self, item):
        self.append(item)
        return self

    def __len__(self):
        return super().__len__() + 100

    def __repr__(self):
        return "Stack" + super().__repr__()


s = Stack([1, 2])
print(s.push(3), len(s), s[0], s[-1], list(s), s + [4], s == [1, 2, 3], sum(s), [*s], s.index(2), s[1:], bool(s), s.push(0).pop())


class Ordered(collections.OrderedDict):
    def first(self):
        return next(iter(self))


o = Ordered([("x", 1), ("y", 2)])
o.move_to_end("x")
print(o.first(), list(o), o.popitem(), o)


class Counted(collections.defaultdict):
    def total(self):
        return sum(self.values())


c = Counted(int)
c["a"] += 2
c["b"] += 3
print(c.total(), c["c"], dict(c), c.default_factory is int)


class Point(typing.NamedTuple):
    x: float
    y: float = 2.0

    def length(self):
        return (self.x**2 + self.y**2) ** 0.5


class Plain(typing.NamedTuple):
    a: int
    b: str = "b"


p = Point(1.5)
print(p, p.length(), p[0], Plain(1), Plain(1) == (1, "b"), [*p], tried(Plain), p < Point(2))
Pair = collections.namedtuple("Pair", "left right")


class Named(Pair):
    def both(self):
        return self.left + self.right


print(Named(1, 2).both(), Named(1, 2), Named(right=3, left=4).left, isinstance(Named(1, 2), tuple))


class Kind(enum.Enum):
    RED = 1
    GREEN = "g"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


print(Kind.RED, Kind.RED.name, Kind.GREEN.value, Kind("g"), Kind["RED"], [each.name for each in Kind], Kind.RED is Kind(1), Kind.RED == 1)
print(Level.HIGH > Level.LOW, Level.HIGH + 1, int(Level.LOW), sorted([Level.HIGH, Level.LOW]), {Kind.RED: "r"}[Kind.RED], isinstance(Level.LOW, int), Level(5).name)


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        """The area."""

    def told(self):
        return f"{type(self).__name__} of {self.area()}"


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


print(Square(3).told(), isinstance(Square(1), Shape), issubclass(Square, Shape))


class Fault(Exception):
    pass


class Special(Fault, ValueError):
    def __init__(self, code, text="text"):
        super().__init__(f"{text} {code}")
        self.code = code


for wrong in (Fault, Fault("a", 1), Special(3), Special(4, text="other"), KeyError("k"), StopIteration(5), RuntimeError()):
    try:
        raise wrong
    except ValueError as error:
        print("value", error, error.args, error.code)
    except Fault as error:
        print("fault", error, error.args, repr(error))
    except Exception as error:
        print("else", repr(error), str(error), error.args)


class Locked:
    def __init__(self):
        object.__setattr__(self, "inner", {})
        self.value = 1

    def __setattr__(self, name, value):
        self.inner[name] = value
        if name == "open":
            object.__setattr__(self, name, value)


locked = Locked()
locked.open = 2
print(locked.inner, locked.open, hasattr(locked, "value"), vars(locked) == {"inner": locked.inner, "open": 2})


class Single:
    only = None

    def __new__(cls, *words):
        if cls.only is None:
            cls.only = super().__new__(cls)
        return cls.only

    def __init__(self, value=0):
        self.value = value


print(Single(1) is Single(2), Single().value, object.__new__(Single) is Single.only)


class Registered:
    kinds = []

    def __init_subclass__(cls):
        cls.kinds.append(cls.__name__)


class First(Registered):
    pass


class Second(First):
    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return 7


print(Registered.kinds, Second() == Second(), Second() != First(), len({Second(), Second()}), Second.__mro__[1].__name__)
for bad in (lambda: setattr(1, "x", 2), lambda: setattr("a", "x", 2), lambda: setattr([], "x", 2), lambda: super(1, 2), lambda: super(First, 3), lambda: super(First, Second()).nothing, lambda: First(1), lambda: First.nothing):
    print(tried(bad).split(":")[0])


def singled(value):
    match value:
        case None:
            return "none"
        case True:
            return "true"
        case False:
            return "false"
        case [1, *_]:
            return "one and more"
        case [*all, 9]:
            return all
        case Point(x=1.0, y=y):
            return y
        case Square(side=side) if side > 2:
            return "large", side
        case {"k": [a, b], **rest}:
            return a, b, rest
        case int(n) | float(n):
            return n
        case "a" | "b" as text:
            return text
        case Kind.RED:
            return "red"
    return "else"


print([singled(each) for each in (None, True, False, [1], [1, 2], [3, 9], Point(1.0), Square(3), Square(1), {"k": [1, 2], "m": 3}, {"k": [1]}, 7, 2.5, "b", "c", Kind.RED, Kind.GREEN, (1, 5), ())])


class Net:
    size = [3, {"deep": 4}]


print("{0.size[0]} {net.size[1][deep]:>4} {0.size!r} {1[2]} {2[k]}".format(Net(), "abc", {"k": "v"}, net=Net()), tried("{".format), tried("{x}".format).split(":")[0])


def broken():
    yield 1
    raise KeyError("inside")


steps = broken()
print(next(steps), tried(next, steps), tried(next, steps), list(steps), next(steps, "end"))


class Layer(abc.ABC):
    @classmethod
    @abc.abstractmethod
    def made(cls): ...

    @property
    @abc.abstractmethod
    def size(self): ...


class Half(Layer):
    size = 2


class Whole(Half):
    @classmethod
    def made(cls):
        return cls()


class ByMeta(metaclass=abc.ABCMeta):
    @abc.abstractmethod
    def step(self): ...


print(Whole.made().size)
for abstract in (Layer, Half, ByMeta):
    try:
        abstract()
    except TypeError as error:
        print(error)


class Activation(str, enum.Enum):
    RELU = "relu"


class Mode(enum.StrEnum):
    TRAIN = "train"
    TEST = enum.auto()


print(Activation.RELU == "relu", Activation.RELU.upper(), Activation("relu") is Activation.RELU, isinstance(Activation.RELU, str))
print(Mode.TRAIN, f"{Mode.TEST}", Mode.TRAIN == "train")
