# Operators call the methods of a class.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

class V:
    def __init__(self, x): self.x = x
    def __add__(self, o): return V(self.x + (o.x if isinstance(o, V) else o))
    def __radd__(self, o): return V(o + self.x + 100)
    def __sub__(self, o): return V(self.x - o.x)
    def __mul__(self, o): return NotImplemented
    def __rmul__(self, o): return ("rmul", o)
    def __matmul__(self, o): return ("matmul", self.x, o)
    def __neg__(self): return V(-self.x)
    def __abs__(self): return V(abs(self.x))
    def __eq__(self, o): return isinstance(o, V) and self.x == o.x
    def __lt__(self, o): return self.x < o.x
    def __le__(self, o): return self.x <= o.x
    def __hash__(self): return hash(self.x)
    def __bool__(self): return self.x != 0
    def __len__(self): return 3
    def __getitem__(self, k): return self.x * k
    def __setitem__(self, k, v): self.x = (k, v)
    def __contains__(self, k): return k == self.x
    def __call__(self, *a): return a
    def __iter__(self): return iter([self.x] * 2)
    def __iadd__(self, o): self.x += 1000; return self
    def __truediv__(self, o): return "div"
    def __pow__(self, o): return ("pow", o)
    def __float__(self): return 1.5
    def __int__(self): return 7
    def __index__(self): return 2
    def __str__(self): return f"<{self.x}>"
    def __repr__(self): return f"V({self.x})"
    def __enter__(self): print("enter"); return self
    def __exit__(self, kind, error, trace): print("exit", kind is None); return kind is ValueError
a, b = V(2), V(5)
print(a + b, a + 1, 1 + a, b - a, -a, abs(V(-3)), a @ 4, a / 2, a ** 3, 3 * a, tried(lambda: a * 3))
print(a == V(2), a != b, a < b, b <= a, a > b, a >= b, sorted([b, a]), max(a, b), min([b, a]))
print(bool(V(0)), not a, len(a), a[4], 2 in a, 3 in a, a(1, 2), list(a), [*b], float(a), int(a), [10, 20, 30][a])
a += 5
print(a.x, f"{a}", f"{b!r:>6}", str(b), {V(1): "one"}[V(1)], hash(V(3)) == hash(3), a is a)
with a as c:
    print(c is a)
with a:
    raise ValueError
print(tried(lambda: sum([V(1), V(2)]).x))
a[1] = 2
print(a.x)
