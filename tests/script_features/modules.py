# Modules.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

import math, random, copy, itertools, functools, collections, time as clock
from math import sqrt as root, pi
from builtins import range, max as largest
import builtins
print(list(range(3)), largest(1, 2), builtins.sum([1, 2]), builtins.int("3"))
from collections import defaultdict, Counter, namedtuple, deque
print(root(9), round(pi, 3), math.floor(-1.5), math.exp(0), math.log(1), math.isnan(math.nan), math.prod([2, 3]), math.tanh(0), math.ceil(1.2))
random.seed(4)
print(random.random(), random.randint(1, 9), random.choice("abc"), random.sample(range(9), 3), random.gauss(0, 1), random.uniform(1, 2))
cards = [1, 2, 3, 4]; random.shuffle(cards); print(cards)
deep, flat = [[1], 2], [[1], 2]
kept, half = copy.deepcopy(deep), copy.copy(flat)
deep[0][0] = flat[0][0] = 9
print(kept, half)
print(list(itertools.product("ab", [1, 2])), list(itertools.chain([1], [2])), list(itertools.islice(itertools.count(5), 2)), list(itertools.combinations("abc", 2)))
print(functools.reduce(lambda a, b: a * b, [1, 2, 3]), functools.partial(pow, 2)(5))
d = defaultdict(list); d["a"].append(1); print(dict(d), "b" in d, d["b"], len(d))
print(Counter("abca").most_common(1), Counter("ab")["z"])
P = namedtuple("P", "x y"); p = P(1, y=2); print(p, p.x, p._replace(x=5), tuple(p), p == (1, 2))
q = deque([1, 2], maxlen=2); q.append(3); q.appendleft(0); print(q, q[0])
print(tried(lambda: math.sqrt(-1)), tried(lambda: math.no_such_thing), tried(lambda: clock.no_such_thing))
import numpy.typing as npt
from typing import TypeVar, List
Bits = TypeVar("Bits", bound=npt.NBitBase)
Floats = List[npt.NDArray[np.floating[Bits]]]
print(np.ndarray[int, float] is not None, tried(lambda: int[3]), tried(lambda: str[3]))
from dataclasses import dataclass, field
@dataclass
class Point:
    x: float
    y: float = 2.0
    z: list = field(default_factory=list)
    def norm(self): return self.x + self.y
print(Point(1), Point(1, 3).norm(), Point(1) == Point(1), Point(1) == Point(2), tried(Point), Point(1).z is Point(1).z)
try:
    from math import nothing
except ImportError:
    print("nothing")
try:
    import no_such_module_anywhere
except ImportError:
    print("no module")
@dataclass(order=True, frozen=True)
class Ordered:
    a: int
    b: int = 0
print(Ordered(1) < Ordered(2), sorted([Ordered(2), Ordered(1, 5), Ordered(1)]), tried(setattr, Ordered(1), "a", 2), tried(lambda: Point(1) < Point(2)))


# Namespaces, and the limits of number types.
from types import SimpleNamespace


class Layer(SimpleNamespace):
    def size(self):
        return len(self.weights)


net = SimpleNamespace(rate=0.5, layer=Layer(weights=[1, 2]))
net.rate *= 2
print(net.rate, net.layer.size(), vars(net.layer), hasattr(net, "bias"), net == SimpleNamespace(rate=1.0))
print(SimpleNamespace(a=1, b="x"), SimpleNamespace(a=1) == SimpleNamespace(a=1))
print(np.finfo(float).eps, np.finfo(np.float32).max, np.iinfo(np.int8).min)
import argparse
parser = argparse.ArgumentParser()
group = parser.add_argument_group(title="training")
group.add_argument("--epochs", type=int, default=3)
either = parser.add_mutually_exclusive_group(required=False)
either.add_argument("--quiet", action="store_true")
print(sorted(vars(parser.parse_args([])).items()))
