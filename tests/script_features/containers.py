# Texts, lists, dictionaries, sets and numbers: each method once, and what it returns.
import collections


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


t = "Hello, World"
print(t.center(16, "*"), t.ljust(14, "."), t.rjust(14), "7".zfill(3), "-7".zfill(4), t.swapcase(), t.casefold(), "ab cd".capitalize())
print(t.partition(", "), t.rpartition("o"), t.partition("z"), t.split("o", 1), t.rsplit("o", 1), t.split(), " a  b ".split(" "), "a\nb\r\nc".splitlines())
print(t.count("l"), t.find("o", 5), t.rfind("o"), t.rindex("l"), tried(t.rindex, "z"), t.endswith(("d", "x")), t.startswith("World", 7), t.removeprefix("Hello"), t.removesuffix("World"))
print(t.replace("l", "L", 2), t.strip("Hd"), t.lstrip("H"), t.rstrip("d"), "a\tb".expandtabs(4), t.translate(str.maketrans("lo", "01")), t.translate({72: "J", 108: None}))
print("abc".isalpha(), "ab1".isalnum(), "Ab".istitle(), "ab".islower(), "AB".isupper(), " \t".isspace(), "½".isnumeric(), "²".isdigit(), "a_1".isidentifier(), "é".isascii(), "a\n".isprintable(), "5".isdecimal())
print("{:>8.3f}|{:<5}|{:^7}|{:+}|{:,}|{:e}|{:x}|{:%}".format(3.14159, "ab", "mid", 5, 1234567, 12345.678, 255, 0.25))
print("{0}{1}{0} {name} {pair[0]} {pair[1]!r} {{}}".format(1, 2, name="n", pair=(3, "q")), "{a} {b}".format_map({"a": 1, "b": 2}), "{:{w}.{p}f}".format(2.5, w=7, p=2))
print("%s %r %5d|%-5d|%05.1f %x %% %(a)s" % {"a": 1} if False else "%s %r %5d|%-5d|%05.1f %x %%" % ("s", "r", 42, 42, 3.14159, 255), "%(a)s-%(b)d" % {"a": 1, "b": 2}, "%c%i" % ("a", 3.9))
print(t[0], t[-1], t[2:5], t[::-2], t * 2, "lo" in t, "x" not in t, min(t), sorted("bca"), "a" < "b" <= "b", "abc"[1:], len(t), hash("a") == hash("a"))
raw = b"ab\x00c"
print(raw[1], raw[1:3], raw.hex(), raw.find(b"c"), raw.upper(), raw.split(b"\x00"), b"-".join([b"a", b"b"]), b"ab".decode(), raw.count(b"a"), raw.startswith(b"ab"), b" x ".strip())
x = [3, 1, 2]
x.append(4), x.extend((5, 1)), x.insert(1, 9), x.remove(1)
print(x, x.pop(), x.pop(0), x.index(2), x.count(9), x.copy() == x, x.sort(), x, x.sort(reverse=True, key=lambda v: v % 5), x, x.reverse(), x)
print(tried(x.index, 77), tried(x.remove, 77), tried(x.pop, 50), x.clear(), x, [1, 2] * 2, [1] + [2], [1, 2] == [1, 2.0], [[1]] in [[[1]]], [3, 4].index(4, 1))
p = (1, 2, 1)
print(p.count(1), p.index(2), p + (3,), p * 2, p < (1, 3), (1,) == (1,), hash(p) == hash((1, 2, 1)), p[1:], tuple("ab"), tuple([1]), () or "empty")
d = {"a": 1, "b": 2}
print(d.get("z"), d.get("a", 5), d.setdefault("c", 3), d.setdefault("a", 9), d.pop("b"), d.pop("q", "none"), tried(d.pop, "q"), d, list(d), list(d.values()), list(d.items()))
d.update({"x": 1}, y=2), d.update([("z", 3)])
print(d, d.popitem(), len(d), "x" in d, "nope" in d, d | {"a": 7}, dict(a=1, **{"b": 2}), dict([("k", 1)]), dict.fromkeys("ab", 0), {}.fromkeys([1]), d.copy() is d, d == dict(d), list(reversed(d)))
print(d.keys() & {"a", "q"}, d.keys() - {"a"} == {"c", "x", "y"}, ("a", 1) in d.items(), sorted(d, reverse=True), max(d), d.clear(), d, bool(d), {1: "a", True: "b", 1.0: "c"})
s, r = {1, 2, 3}, {3, 4}
print(s | r, s & r, s - r, s ^ r, s.union([9], r), s.intersection([1, 7]), s.difference([1]), s.symmetric_difference(r), s.issubset({1, 2, 3, 4}), s.issuperset({1}), s.isdisjoint({8}), s < r, s >= {1}, s == {3, 2, 1})
s.add(7), s.discard(1), s.discard(99), s.update([5], {6}), s.intersection_update({2, 3, 5, 6, 7}), s.difference_update([7])
print(s, tried(s.remove, 99), s.remove(2), s, s.copy() is s, frozenset(s) == s, {frozenset([1]): 2}[frozenset([1])], sorted(s.pop() for _ in range(3)), s.clear(), s)
print((5).bit_length(), (255).to_bytes(2, "big"), (2.5).is_integer(), (2.0).is_integer(), (0.5).as_integer_ratio(), (1 + 2j).conjugate(), abs(3 + 4j), (1 + 2j).real, (1 + 2j).imag, (7).bit_count(), (1.5).hex(), (5).conjugate(), (5).real)
print(range(2, 10, 3)[1], list(range(5, 0, -2)), len(range(3, 3)), 4 in range(0, 9, 2), 5 in range(0, 9, 2), range(3) == range(0, 3), range(9).index(4), range(9).count(4), range(1, 4).start, range(1, 4).stop, range(1, 4, 2).step, range(10)[2:5], list(reversed(range(3))))
q = collections.deque([1, 2, 3], maxlen=4)
q.append(4), q.append(5), q.appendleft(0), q.rotate(1), q.extend([8]), q.extendleft([6])
print(q, q.pop(), q.popleft(), q.count(1), q.index(2) if 2 in q else "gone", q.maxlen, q[0], list(q), q.reverse(), q, q.insert(1, 77) if len(q) < 4 else "full", q.remove(q[0]), q, q.copy() == q, q.clear(), q)
c = collections.Counter("abracadabra")
c.update("aab"), c.subtract({"r": 1})
print(c.most_common(2), c["z"], c.total(), sorted(c.elements())[:4], c + collections.Counter(a=1), c - collections.Counter(a=3), c & collections.Counter(b=1), c | collections.Counter(z=2), collections.Counter([1, 1, 2]).most_common()[0])
g = collections.defaultdict(lambda: [0])
g["a"].append(1), g["b"]
print(dict(g), "c" in g, g.get("c"), g.pop("a"), len(g), collections.OrderedDict([("b", 1), ("a", 2)]).popitem(last=False), list(collections.OrderedDict(a=1)), collections.defaultdict(int, x=2)["x"])
o = collections.OrderedDict([("b", 1), ("a", 2), ("c", 3)])
o.move_to_end("b"), o.move_to_end("c", last=False)
print(o, list(o.items()), o.pop("a"), o == {"c": 3, "b": 1})
Point = collections.namedtuple("Point", "x y", defaults=[7])
print(Point(1), Point(x=1, y=2).y, Point(1)._asdict(), Point._fields, Point._make([3, 4]), Point(1)[1], tried(Point), Point(1)._replace(x=9), Point(1) < Point(2), [*Point(5)])
print(divmod(7, -2), divmod(7.5, 2), pow(3, -1, 7), pow(2, 0.5) ** 2 > 1.99, round(-2.5), round(0.5), round(1.25, 1), round(1e300, 2), int("ff", 16), int("0b11", 0), int(" 12 "), float(" 1e3 "), float("-inf"), int(1e18), 0.1 + 0.2, 1e16, 1e15, -0.0)
print(bin(10), hex(255), oct(8), chr(233), ord("é"), ascii("é"), repr("a\n'"), str(b"a"), bool([]), bool("0"), all([1, ""]), any([0, []]), sum([[1], [2]], []), sum((1.5, 2)), min("b", "a"), max([1, 2], default=0), max([], default=0), min([3, 1], key=lambda v: -v))
print(sorted([3, 1, 2], reverse=True), sorted({"b": 1, "a": 2}), sorted(["B", "a"], key=str.lower), list(enumerate("ab", 1)), list(zip("ab", [1, 2, 3])), list(zip(*[(1, 2), (3, 4)])), list(map(pow, [2, 3], [3, 2])), list(filter(lambda v: v % 2, range(5))), list(map(str.upper, "ab")))
print(callable(len), callable(3), isinstance(3, (str, int)), isinstance(True, int), issubclass(bool, int), type(3) is int, id(t) == id(t), hash(3), iter([1]) is not None, next(iter("ab")), next(iter([]), "end"), list(iter([5, 0].pop, 5)), format(3.14159, ".2f"), format("a", ">3"), format(5))
