import numpy as np
from collections import Counter, deque, namedtuple

Pair = namedtuple("Pair", ["centre", "context"])
words = "we learn what we do and we do what we learn".split()
count = Counter(words)
vocab = {w: i for i, (w, _) in enumerate(count.most_common())}
window = deque(maxlen=3)
pairs = []
for w in words:
    window.append(w)
    if len(window) == 3:
        pairs += [Pair(window[1], window[0]), Pair(window[1], window[2])]
rng = np.random.RandomState(0)
V, D = len(vocab), 5
E, C = rng.rand(V, D) - 0.5, rng.rand(D, V) - 0.5
for it in range(40):
    total = 0
    for pair in pairs:
        i, j = vocab[pair.centre], vocab[pair.context]
        h = E[i]
        u = h @ C
        p = np.exp(u) / np.exp(u).sum()
        total -= np.log(p[j])
        e = p.copy()
        e[j] -= 1
        dC = np.outer(h, e)
        dh = C @ e
        C -= 0.1 * dC
        E[i] -= 0.1 * dh
print(f"{total=:.4f} {'we':>6}|{count['we']:03d}|{3.14159:8.2e}|{-5:+d}|{1234567:,}|{0.256:.1%}|{'x'!r:^7}")
print("%s %r %5.2f %-6s| %x %%" % ("a", "b", np.float64(2.345), "left", 255))
print(
    "{0} {1!r} {name} {2[1]} {3.centre}".format(1, "q", [4, 5], pairs[0] and 7 if False else pairs[0], name=V)
    if False
    else "{0} {1!r} {name} {2[1]}".format(1, "q", [4, 5], name=V)
)
print(count.most_common(2), Pair(*"ab"), pairs[0]._asdict(), " ".join(reversed(words[:3])).title())
print("multi", "part", sep="-", end="!\n")
print(str(np.arange(3)), repr(np.float32(1.5)), [np.float64(2)], np.array([True, False]), np.int64(3))
