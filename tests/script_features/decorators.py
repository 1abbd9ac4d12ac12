# Decorators, descriptors and functions as values.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

def twice(f):
    def run(*a, **k):
        return f(f(*a, **k))
    return run
@twice
def add(x, by=1): return x + by
print(add(1), add.__name__, twice(lambda x: x * 3)(2))
def named(word):
    def wrap(f):
        f.word = word
        return f
    return wrap
@named("w")
def noted():
    "says so"
print(noted.word, noted.__doc__, noted.__name__, noted())
class Layer:
    act = lambda self, x: x + 1
    table = {"a": len}
    act2 = staticmethod(lambda x: x - 1)
    def __init__(self): self.run = lambda x: x * 2
    def chain(self): return self
    def go(self): return "gone"
l = Layer()
print(l.act(1), l.act2(1), l.run(4), l.table["a"]([1]), l.chain().chain().go(), Layer.act(None, 5), list(map(l.act, [1, 2])))
bound = l.go
print(bound(), bound.__name__, sorted([3, 1, 2], key=lambda v: -v))
class Slots:
    __slots__ = ("a",)
    def __init__(self): self.a = 1
print(Slots().a)
class Cached:
    def __init__(self): self.n = 0
    @property
    def value(self):
        self.n += 1
        return self.n
c = Cached()
print(c.value, c.value, tried(lambda: setattr(c, "value", 3)))
setattr(c, "n", 10); print(c.value, getattr(c, "n"))
