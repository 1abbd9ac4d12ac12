# What a call gives its function, what it says when it can't, and how methods are found.
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def none():
    return None


def one(a):
    return a


def two(a, b, c=3):
    return a, b, c


def only(*, k, m=2):
    return k, m


def three(a, b, c):
    return a


def keys(*, p, q, r):
    return p


def firm(a, b=2, /):
    return a, b


def loose(a, *rest, **more):
    return a, rest, more


print(tried(none, 1), tried(one), tried(one, 1, 2), tried(one, 1, a=1), tried(one, b=1))
print(tried(two), tried(two, 1), tried(two, 1, 2, 3, 4), tried(two, 1, 2, c=5), tried(two, b=1, a=2))
print(tried(only), tried(only, 1), tried(only, k=1), tried(only, k=1, m=3), tried(three), tried(keys), tried(keys, q=1))
print(tried(firm), tried(firm, 1), tried(firm, 1, 3), tried(firm, a=1), tried(loose), tried(loose, 1, 2, 3, x=4), tried(loose, a=1))
print(tried(lambda: two(*[1], **{"b": 2}, **{"c": 4})), tried(lambda: two(*"ab", *"c")), tried(lambda: loose(**{"a": 1, "b": 2})))
def kind(run):
    return tried(run).split(":")[0]


print(kind(lambda: two(1, **{"b": 2}, **{"b": 3})), tried(lambda: two(**{1: 2})), kind(lambda: two(*5)), tried(firm, a=1, b=2), tried(firm, 1, b=2))
print(tried(5), tried("text"), tried(None), tried(lambda x=[]: x), (lambda *, k=1: k)(k=2), (lambda a, /, b: a - b)(5, b=3))


class Base:
    made = []

    def __new__(cls, *words):
        self = super().__new__(cls)
        cls.made.append(cls.__name__)
        return self

    def __init__(self, x=1):
        self.x = x

    def __getattr__(self, name):
        if name.startswith("no_"):
            raise AttributeError(f"really {name}")
        return f"<{name}>"

    def __setattr__(self, name, value):
        super().__setattr__(name, value if name != "doubled" else 2 * value)

    def name(self):
        return "base " + type(self).__name__

    @classmethod
    def build(cls, x):
        return cls(x).name()

    @staticmethod
    def free(x):
        return x * 2

    @property
    def view(self):
        """The view."""
        return self.x

    @view.setter
    def view(self, value):
        self.x = value

    @view.deleter
    def view(self):
        self.x = None


class Middle(Base):
    def name(self):
        return "middle " + super().name()


class Other(Base):
    def name(self):
        return "other " + super().name()


class Last(Middle, Other):
    def __init__(self, x, y):
        super().__init__(x)
        Other.__init__(self, x + y)
        self.doubled = y

    def name(self):
        return super(Middle, self).name() + " | " + super().name()

    @classmethod
    def build(cls, x):
        return super().build(x)

    def __len__(self):
        return self.x


last = Last(1, 2)
print(last.x, last.doubled, last.name(), last.anything, tried(lambda: last.no_way), Base.made, len(last), bool(Last(0, 0)))
print([kind.__name__ for kind in Last.__mro__], Middle.build(4), tried(Last.build, 4), Last.free(3), last.free(4))
last.view = 7
print(last.x, last.view, getattr(last, "view"), isinstance(last, (int, Other)), issubclass(Last, Other))
del last.view
print(last.x, hasattr(last, "no_x"), hasattr(last, "x"), getattr(last, "no_x", "default"), tried(getattr, last, "no_x"))
setattr(last, "x", 5)
delattr(last, "doubled")
print(vars(last), last.__dict__ is vars(last), last.__class__ is Last, type(last).__name__, Last.name.__name__, Last.name.__qualname__)
bound, plain = last.name, Last.name
print(bound() == plain(last), bound.__name__, [f(2) for f in (Base.free, last.free, abs)])


class Amount:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return Amount(self.n + other.n) if isinstance(other, Amount) else NotImplemented

    def __radd__(self, other):
        return Amount(self.n + 10 * other)

    def __sub__(self, other):
        return NotImplemented

    def __rsub__(self, other):
        return "reflected", other

    def __mul__(self, other):
        return Amount(self.n * other)

    __rmul__ = __mul__

    def __imul__(self, other):
        self.n *= 100 * other
        return self

    def __floordiv__(self, other):
        return "floor", other

    def __mod__(self, other):
        return "mod", other

    def __and__(self, other):
        return "and", other

    def __or__(self, other):
        return "or", other

    def __xor__(self, other):
        return "xor", other

    def __lshift__(self, other):
        return "left", other

    def __rshift__(self, other):
        return "right", other

    def __invert__(self):
        return "inverted"

    def __pos__(self):
        return "plus"

    def __gt__(self, other):
        return self.n > other.n

    def __ge__(self, other):
        return self.n >= other.n

    def __round__(self, digits=None):
        return "rounded", digits

    def __format__(self, spec):
        return f"{self.n}[{spec}]"

    def __reversed__(self):
        return iter("back")

    def __delitem__(self, key):
        print("deleted", key)

    def __repr__(self):
        return f"Amount({self.n})"


a, b = Amount(2), Amount(3)
print(a + b, 5 + a, a - b if False else 1 - a, 2 * a, a * 2, a // 1, a % 2, a & 3, a | 4, a ^ 5, a << 6, a >> 7, ~a, +a)
print(tried(lambda: a + 1), tried(lambda: a - b), a > b, a >= b, a < b, a <= b, a == b, a != b, round(a), round(a, 2), f"{a:>3}{a}", list(reversed(a)))
a *= 2
del a[1:2]
print(a, sum([a, b], Amount(0)), sorted([b, a], key=lambda each: -each.n), max(a, b, key=lambda each: each.n))
print(tried(lambda: -a), tried(lambda: a / 2), tried(lambda: a[0]), tried(lambda: len(a)), tried(lambda: a()), tried(lambda: list(a)), tried(lambda: 1 in a))


class Own(ValueError):
    def __init__(self, code, *more):
        super().__init__(code, *more)
        self.code = code

    def __str__(self):
        return f"own {self.code}"


try:
    raise Own(3, "x")
except ValueError as error:
    print(error, repr(error), error.args, error.code, isinstance(error, Own))
for wrong in (lambda: [][0], lambda: {}["k"], lambda: int("x1"), lambda: (1).missing, lambda: None + 1, lambda: "a" + 1, lambda: [1] < ["a"], lambda: {}[[]],
              lambda: 1 // 0, lambda: 1 % 0, lambda: float("q"), lambda: "abc".index("z"), lambda: [].pop(), lambda: (1, 2)[5], lambda: none()[0], lambda: one(5)[0],
              lambda: len(3), lambda: iter(3), lambda: next(iter([])), lambda: max([]), lambda: min(()), lambda: sum(["a"]), lambda: range(1.5), lambda: [1, 2].remove(7),
              lambda: chr(-1), lambda: ord("ab"), lambda: round("a"), lambda: abs("a"), lambda: int(None), lambda: isinstance(1, 2), lambda: "%d" % "a",
              lambda: "a".join([1]), lambda: list(zip([1], [2, 3], strict=True)), lambda: dict([1]), lambda: {1: 2}.popitem() and {}.popitem(), lambda: set().pop(), lambda: 2 ** "a"):
    print(tried(wrong))
