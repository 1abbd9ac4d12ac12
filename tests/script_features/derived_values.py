class S(str):
    def shout(self): return self.upper() + "!"
s = S("abc")
print(s, s.shout(), len(s), s == "abc", {s: 1}["abc"], isinstance(s, str), type(s).__name__, s + "d", s[1:], f"{s:>5}", s.split("b"), "%s" % s, repr(s))

class C(float):
    def __repr__(self): return f"{float(self):.1f}C"
    def __add__(self, o): return C(float(self) + float(o))
c = C(3.5)
print(c, c + 1, c * 2, c > 3, round(c), int(c), f"{c:.2f}", c.is_integer(), -c, abs(C(-2.0)))

class N(int):
    def __new__(cls, v, unit="m"):
        self = super().__new__(cls, v)
        self.unit = unit
        return self
    def double(self): return N(self * 2, self.unit)
n = N(4, "s")
print(n, n.unit, n.double(), n.double().unit, n + 1, type(n + 1).__name__, [1,2,3,4,5][n], range(n), n.bit_length(), n ** 2, 2 ** n, n / 2, "%d" % n)

class P(tuple):
    def __new__(cls, x, y): return tuple.__new__(cls, (x, y))
    @property
    def x(self): return self[0]
    @property
    def y(self): return self[1]
    def __add__(self, o): return P(self.x + o.x, self.y + o.y)
p = P(1, 2)
print(p, p.x, p + P(3, 4), len(p), p == (1, 2), hash(p) == hash((1, 2)), list(p), p.count(1), p.index(2), p[0:1], max(p), sum(p))

class S(str):
    def __new__(cls, v, tag=None):
        self = str.__new__(cls, v)
        self.tag = tag
        return self
    def __add__(self, o): return S(super().__add__(o), self.tag)
    def __mul__(self, k): return S(str.__mul__(self, k))
class T(S):
    def __new__(cls, v): return super().__new__(cls, v + "?", "t")
s = S("ab", 3) + "c"
print(s, s.tag, T("x"), T("x").tag, s * 2, T("q") + "r", type(T("q") + "r").__name__, s.replace("a", "b"), "-".join([s, s]), s.format(1), f"{s!r}", s in {"abc": 1}, sorted([S("b"), S("a")]))
import copy
t = copy.deepcopy(s); print(t, t.tag, copy.copy(s).tag)

class Money(float):
    def __new__(cls, v): return super().__new__(cls, round(v, 2))
    def __add__(self, o): return Money(super().__add__(o))
    __radd__ = __add__
    def __str__(self): return f"${self:.2f}"
    def __eq__(self, o): return abs(float(self) - float(o)) < 0.01
    __hash__ = float.__hash__
    def __lt__(self, o): return float(self) < float(o)
m = Money(1.234)
print(m, m + 2, sum([Money(1), Money(2.5)], Money(0)), m == 1.23, min(Money(3), Money(2)), type(m + 1).__name__, m * 2, {m: 1})

class Vec(tuple):
    def __new__(cls, *xs): return super().__new__(cls, xs)
    def __add__(self, o): return Vec(*[a + b for a, b in zip(self, o)])
    def __mul__(self, k): return Vec(*(a * k for a in self))
    __rmul__ = __mul__
    def __eq__(self, o): return tuple(self) == tuple(o)
    def __hash__(self): return hash(tuple(self))
    def __repr__(self): return "Vec" + super().__repr__()
    def dot(self, o): return sum(a * b for a, b in zip(self, o))
v = Vec(1, 2, 3)
print(v, v + v, v * 2, 2 * v, v.dot(v), v == (1, 2, 3), {v: 1}, v[1:], len(v), *v)

class Id(int):
    count = 0
    def next(self): return Id(self + 1)
    def __str__(self): return "#%d" % self
    def __repr__(self): return f"Id({int(self)})"
i = Id(5)
print(i, i.next(), [i], i.real, i.numerator, i == 5, hash(i) == hash(5), [10, 20, 30][Id(1)], "a" * Id(3), [0] * Id(2), Id("12") + 1, Id("ff", 16), divmod(i, 2), list(range(i)), i & 4, i << 2, ~i, bool(Id(0)), Id.count)

from collections import namedtuple
class P(namedtuple("P", "x y")):
    def __new__(cls, x, y=0): return super().__new__(cls, x, y)
    def norm(self): return (self.x ** 2 + self.y ** 2) ** 0.5
p = P(3, 4); print(p, p.norm(), P(1), p._replace(x=0), p._asdict())


class L(list):
    def __init__(self, *xs):
        list.__init__(self, xs)
    def append(self, x):
        list.append(self, x * 2)
        return self
    def __getitem__(self, i):
        found = super().__getitem__(i)
        return L(*found) if isinstance(i, slice) else found
    def __setitem__(self, i, v): list.__setitem__(self, i, v + 1)
    def __len__(self): return list.__len__(self) + 10
    def __contains__(self, x): return True
    def __iter__(self): return iter(sorted(list.__iter__(self)))
    def __repr__(self): return "L" + super().__repr__()
    def __eq__(self, o): return super().__eq__(o)
a = L(3, 1, 2); a.append(4); a[0] = 9
print(a, len(a), 5 in a, list(a), a[1:], a == [9, 1, 2, 8], a[-1], a.index(2), sorted(a), a.copy(), a + [1], max(a))
a.extend([1]); a.sort(); a.insert(0, 5); a.pop(); a.remove(5); a += [3]; del a[0]
print(a, a.count(2), a * 2, list(reversed(a)))

class D(dict):
    def __init__(self, *a, **k): dict.__init__(self, *a, **k); self.hits = 0
    def __getitem__(self, k): self.hits += 1; return dict.__getitem__(self, k.lower())
    def __setitem__(self, k, v): dict.__setitem__(self, k.lower(), v)
    def __contains__(self, k): return dict.__contains__(self, k.lower())
    def __delitem__(self, k): dict.__delitem__(self, k.lower())
    def __missing__(self, k): return k + "?"
    def update(self, other):
        for k, v in other.items(): self[k] = v
    def get(self, k, d=None): return super().get(k.lower(), d)
d = D(a=1); d["B"] = 2; d.update({"C": 3})
print(d, d["A"], "B" in d, d["zz"], d.hits, d.get("C"), d.get("q", 0), sorted(d), d.pop("b"), list(d.values()), len(d))
del d["A"]; print(d, d == {"c": 3}, bool(D()), D(x=1) | {"y": 2})

class Str(str):
    def __eq__(self, other): return self.lower() == other.lower()
    def __hash__(self): return hash(self.lower())
print(Str("A") == "a")

class Temp(float):
    unit = "C"
    def __mul__(self, o): return Temp(float.__mul__(self, o))
    def __truediv__(self, o): return Temp(super().__truediv__(o))
    def __neg__(self): return Temp(-float(self))
    def __float__(self): return 1.0
    def __repr__(self): return "T" + float.__repr__(self)
t = Temp("2.5"); print(t * 2, t / 2, -t, float(t), [t], Temp.unit, t.hex(), t.real, Temp(3).is_integer(), t.as_integer_ratio(), round(Temp(2.567), 1), max(t, 3))
import numpy as np
print(np.array([t, t]), np.exp(Temp(0.0)), np.ones(2) * t, type(np.float64(2) * t).__name__, np.sqrt(t), t ** 2, 2 ** t, t % 2, t // 2, divmod(t, 2))

class N(int):
    def __add__(self, o): return N(int(self) + int(o))
    __radd__ = __add__
    def __mod__(self, o): return N(super().__mod__(o))
    def __eq__(self, o): return int(self) == int(o)
    def __hash__(self): return int(self)
print(sum([N(1), N(2)]))
