import numpy as np, math


class Meta:
    things = [i * 2 for i in range(3)]
    total = sum(things)

    def __getattr__(self, name):
        if name.startswith("get_"):
            return lambda: name[4:]
        raise AttributeError(name)

    def __getitem__(self, i):
        return self.things[i]

    def __len__(self):
        return len(self.things)

    def __iter__(self):
        return iter(self.things)

    def __contains__(self, x):
        return x in self.things

    def __eq__(self, other):
        return isinstance(other, Meta)

    def __hash__(self):
        return 1

    def __bool__(self):
        return False


m = Meta()
print(m.get_loss(), m[1], len(m), list(m), 4 in m, m == Meta(), {m: 1}[Meta()], not m, hasattr(m, "zzz"))


class Twice(Meta):
    def __init__(self, *args, **kw):
        self.args, self.kw = args, kw

    def __add__(self, o):
        return Twice(*self.args, o)

    __radd__ = __add__

    def __call__(self, *a):
        return [*self.args, *a]

    def __enter__(self):
        return self

    def __exit__(self, *e):
        return True


t = 3 + Twice(1, k=2) + 5
print(t.args, t(7, 8), Twice(**{"a": 1}).kw, callable(t), callable(3))
with Twice() as q:
    raise KeyError("swallowed")


def f(a, b=2, *rest, c, d=4, **others):
    return a, b, rest, c, d, others


print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), f(*[1, 2], **{"c": 0}))
for bad in (
    lambda: f(),
    lambda: f(1),
    lambda: f(1, c=1, b=2, a=3),
    lambda: (lambda x: x)(1, 2),
    lambda: undefined_name,
):
    try:
        bad()
    except (TypeError, NameError) as e:
        print(type(e).__name__, e)


def acc(x, box=[]):
    box.append(x)
    return box


acc(1)
print(acc(2), acc.__name__)
print(
    [(i, j) for i in range(3) if i for j in range(i)],
    {k: v for k, v in zip("ab", [1, 2])},
    {x % 3 for x in range(7)},
)
print(
    sum(i * j for i, j in zip(range(5), range(5, 10))),
    any(x > 3 for x in [1, 5]),
    all([]),
    max("abc", key=ord),
)
a, (b, *c), d = 1, (2, 3, 4), 5
print(
    a,
    b,
    c,
    d,
    1 < 2 < 3 > 0,
    1 < 3 < 2,
    not 0 or None,
    5 // -2,
    -5 % 3,
    2**-1,
    7 & 3 | 8 ^ 1,
    ~5,
    1 if a else 2,
)
x = 5


def outer():
    x = 1

    def inner():
        nonlocal x
        x += 1
        return x

    return inner(), inner(), x


print(outer(), x)
del x
try:
    x
except NameError as e:
    print(e)
s = "hello"
print(s[::-1], s[1:-1], s.replace("l", "L"), s.find("z"), "-".join(s), s * 2, "lo" in s, s.split("l"))
z = np.zeros((2, 3))
z[0, 1:] = [1, 2]
z[:, None].shape
print(z, z[..., 0], z[z > 0], z.T.shape, z.any(), -z.sum())
print(
    np.float32(1) + 1,
    np.float32(1.1) * np.float64(2),
    3 * np.float32(0.1),
    np.int8(3) / 2,
    type(np.mean([1, 2])).__name__,
)
print(
    round(2.5),
    round(2.675, 2),
    int("12"),
    float("1e3"),
    int(3.9),
    bool([]),
    abs(-3),
    divmod(7, 2),
    pow(2, 5, 7),
    hex(255),
)
print(
    sorted([3, 1, 2], reverse=True),
    list(map(str, [1, 2])),
    list(filter(None, [0, 1, 2])),
    list(enumerate("ab", 1)),
    dict(a=1, **{"b": 2}),
)
print(math.inf, -math.nan, 1e100, 1e-7, 0.1 + 0.2, 1e16, 123456789.123, 5e-324, 2 + 3j, (1 + 2j) * 1j)


class P:
    __slots__ = ("__v",)

    def __init__(self, v):
        self.__v = v

    def get(self):
        return self.__v


print(P(3).get())
for i in range(3):
    if i == 1:
        continue
    for j in range(3):
        if j == 2:
            break
    else:
        print("never")
    print(i, j)
i = 10
while i:
    i -= 3
    if i < 0:
        break
else:
    print("no")
print(
    i,
    "é",
    "\t|",
    """multi
line""",
    b"bytes",
    ...,
    None,
    True,
)
global_list = []


def rec(n):
    return 1 if n == 0 else n * rec(n - 1)


print(rec(50), [rec(i) for i in range(5)], (lambda *a, **k: (a, k))(1, 2, z=3))
try:
    rec(-1)
except RecursionError:
    print("too deep")


def gen():
    try:
        for i in range(3):
            got = yield i
            if got:
                print("got", got)
    finally:
        print("closing")


g = gen()
print(next(g), g.send("hi"), list(g))


def gg():
    yield from (x * 2 for x in range(2))
    r = yield from gen()
    return 9


print(list(gg()), [*gg()], dict(zip(gg(), "abcdefgh")), next(iter([]), "none"))
print(
    isinstance(3, (int, str)),
    isinstance(True, int),
    isinstance(np.zeros(1), np.ndarray),
    type(3) is int,
    type([]) == list,
    issubclass(bool, int),
)
