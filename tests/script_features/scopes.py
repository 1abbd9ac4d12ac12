# Comprehensions, generators, functions and classes keep their names apart.
def tried(run, *words):
    try:
        return run(*words)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


k, v = "outer k", "outer v"
print([k for k in range(2)], {k: v for k, v in [(1, 2)]}, {k for k in "a"}, list(k for k in "b"), k, v)
print([[k for k in range(k)] for k in range(3)], [(k, [k for k in "xy"], k) for k in range(2)], k)
print([k for k in [k]], [v for k in "ab" for v in k], [(lambda k=k: k)() for k in range(2)])
print([f() for f in [lambda: k for k in range(3)]], [f(9) for f in [lambda k: k for k in range(2)]], [(lambda *, k=k: k)() for k in "pq"])
print([(lambda *k, v=k: (k, v))(1) for k in "r"], [(lambda **k: k)(a=k) for k in "s"], [(lambda k, /: k)(k) for k in "t"], k, v)
print([last := k for k in range(3)], last, [(k, m) for m in range(2) if (k := m) or True], k)
print([sum(k * j for j in range(k)) for k in range(4)], list([k + j for j in "ab"] for k in "cd"), any(k == 2 for k in range(3)), k)


def inside(k):
    found = [k for k in range(k)]

    def deeper():
        return [k + j for j in range(2)], k

    total = [deeper()[1] + v for v in range(2)]
    return found, deeper(), total, k


print(inside(3), k, v)


def with_walrus():
    if any((hit := n) > 2 for n in range(5)):
        return hit
    return [n for n in range(3) if (kept := n)] and kept


print(with_walrus())


class Table:
    k = 2
    rows = [k for k in range(3)]
    both = {k: v for k, v in enumerate("ab")}
    first = [n for n in range(k)]
    made = list(n * 2 for n in range(k))
    two = [[n for n in range(m)] for m in range(k)]

    def method(self, k=k, rows=[n for n in range(k)]):
        return k, rows, [k for k in self.rows], v

    def __private(self):
        return "private"

    __value = [n for n in range(k)]

    def read(self):
        return self.__private(), self.__value, [self.__value[n] for n in range(2)], Table.__value is self.__value

    class Inner(dict):
        k = "inner"

        def method(self):
            return self.k, k, __class__.__name__

    base = Inner


print(Table.rows, Table.both, Table.first, Table.made, Table.two, Table.k, Table().method(), Table().method(5), Table().read(), Table.Inner().method(), Table.base is Table.Inner)


def decorated(*words):
    def wrap(made):
        made.words = words
        return made

    return wrap


@decorated(*[n for n in range(2)], {n for n in "z"})
class Marked([base for base in [Table]][0]):
    @decorated([k for k in "de"])
    def method(self):
        return super().method(*[n for n in [7]]), __class__.k


print(Marked.words, Marked.method.words, Marked().method())


def defaults(a=[n for n in range(2)], *, b={n: n for n in range(2)}):
    return a, b


print(defaults(), defaults(1, b=2))


def counter():
    n = 0

    def up():
        nonlocal n
        n += 1

        def more():
            nonlocal n
            n += 10
            return n

        return more() if n % 2 else n

    return up


up, other = counter(), counter()
print(up(), up(), other(), up())


def early():
    try:
        print(late)
    except NameError as error:
        print(type(error).__name__, error)
    late = 1

    def reads():
        return soon

    print(tried(reads))
    soon = 2
    return reads(), late


print(early())


def shadow(print=print, len=lambda x: -1):
    return len([1, 2])


print(shadow(), len([1, 2]))
x = 1


def f():
    global x, made_here
    x, made_here = x + 1, "yes"
    for x in range(3):
        pass
    import math as made_module
    from math import pi as made_pi

    class Local:
        y = x

        def get(self):
            return x, made_module.floor(made_pi)

    with open_it() as held:
        pass
    try:
        1 / 0
    except ZeroDivisionError as caught:
        kind = type(caught).__name__
    return Local.y, Local().get(), held, kind, tried(lambda: caught)


class open_it:
    def __enter__(self):
        return "held"

    def __exit__(self, *why):
        pass


print(f(), x, made_here)
print(sorted(name for name in locals() if name in ("k", "v", "x")), "k" in globals(), sorted((lambda a, b: locals())(1, 2).items()))


def matched(value):
    match value:
        case [a, *rest] if a:
            return a, rest, [a for a in rest]
        case {"k": b, **others}:
            return b, others
        case (1 | 2) as c:
            return c
        case str() as d:
            return (lambda: d)()
    return "none"


print([matched(each) for each in ([1, 2], [0], {"k": 1, "m": 2}, 2, 3, "s")])


# Loop variables of comprehensions in the headers of classes and functions are their own.
k = 5


class Made:
    pass


@(lambda function, sizes=[k + 1 for k in range(2)]: lambda: function(sizes))
def shown(sizes, other=[k for k in "ab"]):
    return sizes, other, [k for k in sizes if k > 1], {k: [k for k in range(k)] for k in sizes}


@(lambda made: [made for k in [1]][0])
class Chosen([Made for k in range(1)][0]):
    numbers = [k for k in range(3)]
    first = k
    run = lambda self, k=[k for k in (7, 8)]: k


print(shown(), Chosen.numbers, Chosen.first, Chosen().run(), isinstance(Chosen(), Made), k)
