# Numbers and text.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 2 ** 10, 2 ** -1, 7 / 2, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 64 >> 3, 1e3, 0x1f, 1_000)
print(round(2.5), round(3.5), round(2.675, 2), round(1234, -2), abs(-3), divmod(-7, 2), pow(2, 5, 7), int(-2.7), int("12", 3))
print(min(3, 1, 2), max([1, 3], key=lambda x: -x), sum([1, 2], 10), any([]), all([]), sorted("bca", reverse=True), min([], default=4))
print(f"{3.14159:.2f}|{42:>6}|{42:<6}|{'x':^5}|{1234567:,}|{0.5:%}|{255:x}|{-1:+d}|{1e-7:.1e}|{True}|{None}|{'a'!r}|{3:03d}|{{}}")
w = 8
print(f"{1.5:{w}.3f}|{w=}|{'%d %s %.1f' % (1, 'a', 2.25)}|{'{0} {b}'.format(1, b=2)}|{'%5.2f%%' % 3.14159}")
s = " Ab,c "
print(s.strip().split(","), s.upper(), s.lower(), s.replace("b", "x"), s.find("c"), s.startswith(" A"), "-".join("abc"), s[::-1], "ab" * 2)
print("a\tb", repr("a'b"), 'x"y', r"\n", "é".encode(), b"ab"[0], ord("a"), chr(98), "abc".zfill(5), "a b".title(), "x".isdigit(), "12".isdigit())
print(int(True), bool(""), str(1.0), str(1e16), repr(0.1 + 0.2), float("inf"), -float("inf"), 1e400, complex(1, 2) * 2, 3j)
print(list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, "", "a"])), list(reversed([1, 2])), list(range(5, 0, -2)), len(range(0)))
print(isinstance(True, int), type(1) == int, type(1.0).__name__, callable(print), id(s) == id(s), hash("a") == hash("a"), isinstance(1, (str, int)))
print({1, 2} | {3}, {1, 2} & {2}, {1, 2} - {2}, {1} <= {1, 2}, frozenset([1]), set([1, 1]), [1, 2] + [3], [0] * 3, (1,) + (2,), [1, 2] < [1, 3], (1, 2) == (1, 2.0))


# Regular expressions.
import re
text = "It was, by 1851, -3.5e2 of the Whale's 12 ships; x=1.25,y=7 Ünïcode end"
print(re.sub(r"[^a-z ]", "", text.lower()), re.findall(r"\w+", text), re.split(r"\s+", text))
print(re.findall(r"[-+]?\d*\.?\d+(?:e\d+)?", text), re.findall(r"\w+|[^\w\s]", text)[:5])
word = re.compile(r"(\w)(\w*)", re.I)
print(word.sub(lambda m: m.group(2) + m.group(1) + "ay", text), word.findall(text)[:3], word.pattern)
m = re.search(r"(?P<name>\w+)=(\d+)", text)
print(m.group(0), m.group("name"), m.groups(), m.span(), bool(re.match("q", text)), m.groupdict())
print([m.start() for m in re.finditer("a", text)], re.escape("a+b"), re.sub("(a)(l)", r"\2\1", text)[:50])
print(re.fullmatch(r"\d+", "123") is not None, re.subn("e", "E", text)[1], re.sub(r"\s+$", "", "ab   "))
