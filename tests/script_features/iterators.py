# Functions that make iterators and functions of others.
import bisect
import collections
import contextlib
import copy
import functools
import itertools
import operator


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__


print(list(itertools.accumulate([1, 2, 3])), list(itertools.accumulate([1, 2, 3], lambda a, b: a * b, initial=2)))
print(list(itertools.combinations_with_replacement("ab", 2)), list(itertools.permutations([1, 2, 3], 2)))
print(list(itertools.compress("abcd", [1, 0, 1, 0])), list(itertools.dropwhile(lambda x: x < 3, [1, 3, 2])))
print(list(itertools.takewhile(lambda x: x < 3, [1, 3, 2])), list(itertools.filterfalse(lambda x: x % 2, range(5))))
print([(key, list(group)) for key, group in itertools.groupby([1, 1, 2, 1])], list(itertools.pairwise("abc")))
print([(key, list(group)) for key, group in itertools.groupby(["a", "bc", "de"], key=len)])
print(list(itertools.repeat(5, 2)), list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.islice("abcdef", 1, None, 2)))
print(list(itertools.zip_longest([1, 2], "a", fillvalue="-")), list(itertools.islice(itertools.cycle("ab"), 5)))
print(list(itertools.islice(itertools.count(1, 0.5), 3)), list(itertools.chain.from_iterable([[1], [2, 3]])))
print(list(itertools.product([0, 1], repeat=2)), list(itertools.product()), list(itertools.product("ab", repeat=0)))
left, right = itertools.tee([1, 2])
one, two, three = itertools.tee(range(2), 3)
print(next(left), list(right), list(left), list(one), list(two), next(three))


def doubled(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        return 2 * function(*args, **kwargs)

    return run


@doubled
def named(a, b=1):
    return a + b


print(named.__name__, named(1), named(1, b=4))


calls = []


@functools.lru_cache
def remembered(number):
    calls.append(number)
    return number * 2


@functools.lru_cache(maxsize=1)
def one_remembered(number):
    calls.append(number)
    return number * 3


@functools.cache
def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


print([remembered(number) for number in (1, 2, 1)], [one_remembered(number) for number in (5, 6, 5)], calls, fibonacci(30))
print(remembered.cache_info(), one_remembered.cache_info(), fibonacci.cache_info())
remembered.cache_clear()
print(remembered(1), calls)

part = functools.partial(named, 10)
more = functools.partial(part, b=5)
print(part(), more(), part(b=2), more(b=0), functools.partial(max, 3)(1, 7), functools.partial(sorted, reverse=True)([1, 2]))
print(functools.reduce(lambda a, b: a - b, [1, 2, 3]), functools.reduce(lambda a, b: a - b, [1, 2], 10), tried(functools.reduce, max, []))
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))


@functools.total_ordering
class Rank:
    def __init__(self, rank):
        self.rank = rank

    def __eq__(self, other):
        return self.rank == other.rank

    def __lt__(self, other):
        return self.rank < other.rank


print(Rank(1) <= Rank(1), Rank(2) > Rank(1), Rank(1) >= Rank(2), max(Rank(1), Rank(4)).rank)

Point = collections.namedtuple("Point", ["x", "y"], defaults=[5])
print(Point(1), Point(1)._asdict(), Point._fields, Point(2, 3)[1], collections.namedtuple("Pair", "a, b")(1, 2))
ordered = collections.OrderedDict([("a", 1), ("b", 2)])
ordered.move_to_end("a")
print(list(ordered), ordered.popitem(last=False), ordered)
counted = collections.Counter("abracadabra")
counted.update("aa")
print(counted.most_common(2), counted["a"], sum(counted.values()), counted - collections.Counter("aaa"), sorted(counted.elements())[:3])
queue = collections.deque([1, 2, 3])
queue.rotate(1)
queue.extend([7])
queue.extendleft([8, 9])
print(queue, queue.pop(), queue.popleft(), len(queue), 7 in queue, queue.maxlen, queue.count(3))
nested = collections.defaultdict(lambda: collections.defaultdict(int))
nested["a"]["b"] += 2
print(nested["a"]["b"], nested["c"]["d"], sorted(nested), tried(collections.defaultdict().__getitem__, 1))

shared = [1]
both = [shared, shared, {"k": shared}, (shared,), {1, 2}]
deep, flat = copy.deepcopy(both), copy.copy(both)
shared.append(2)
print(deep, flat, deep[0] is deep[1], deep[2]["k"] is deep[0], flat[0] is shared, copy.copy((1, 2)), copy.deepcopy("text"))


@contextlib.contextmanager
def opened(name, *, fails=False):
    print("enter", name)
    try:
        yield name.upper()
    except ValueError as error:
        print("caught", error)
    finally:
        print("leave", name)


with opened("a") as value:
    print(value)
with opened("b", fails=True):
    raise ValueError("wrong")
with contextlib.suppress(KeyError, ValueError):
    {}["missing"]
with contextlib.nullcontext(4) as four, contextlib.nullcontext():
    print(four)


class Step:
    def run(self, size=1):
        return size


step, function = Step(), doubled
print(copy.copy(function) is function, copy.deepcopy([function])[0] is function, copy.deepcopy({"f": len})["f"]([1]))
print(step.run == step.run, step.run == Step().run, step.run == 3, step.run != step.run, len({step.run, step.run}), step.run(size=4))
print(copy.deepcopy(part)(1), "run" in dir(step), "size" in dir(Step), sorted(vars(step)), [name for name in dir(itertools) if name == "chain"])

def doubling(function):
    """Doubles what a function gives."""
    @functools.wraps(function)
    def run(*words):
        """Not this."""
        run.calls += 1
        return 2 * function(*words)
    run.calls = 0
    return run


@doubling
def area(side):
    """The area."""
    return side * side


class Costly:
    runs = 0

    @functools.cached_property
    def total(self):
        self.runs += 1
        return 7


costly = Costly()
print(area(3), area.__doc__, area.__qualname__, area.calls, area.__wrapped__(3), costly.total + costly.total, costly.runs)
ordered = [1, 3, 5]
bisect.insort(ordered, 4)
print(ordered, bisect.bisect_left(ordered, 3), bisect.bisect(ordered, 9), operator.methodcaller("split", ",")("a,b"))
