# Loops, comprehensions and unpacking.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

for k in range(3):
    if k == 5: break
else:
    print("whole", k)
n = 5
while n:
    n -= 1
    if n == 3: continue
    if n == 1: break
    print(n)
else:
    print("no")
while n < 3: n += 1
else: print("ended", n)
a, (b, *c), d = 1, (2, 3, 4), 5
*e, f = range(3)
g = h = []
h.append(1)
print(a, b, c, d, e, f, g)
for i, (x, y) in enumerate(zip("abc", [1, 2]), start=1): print(i, x, y)
print({k: v for k, v in zip("ab", range(5)) if v}, {k % 2 for k in range(5)}, [[j for j in range(i)] for i in range(3)])
print([*range(2), *"ab"], {**{"a": 1}, "b": 2, **{"a": 3}}, (*[1], 2), [x for x in range(10) if x % 2 if x > 3])
print(tried(lambda: [a for a, b in [(1,)]]), tried(lambda: [a for a, b in [(1, 2, 3)]]))
x = [0, 1, 2, 3, 4, 5]
x[1:3] = [9]; x[0] += 7; x[-1:] = []
del x[1]
print(x, x[::-1], x[-2:], x[5:], x[:-1], x[::2], tuple(x)[1:2])
m = {"a": {"b": [1, 2]}}
m["a"]["b"][0] += 5; m["c"] = m.pop("a")
print(m, "c" in m, list(m.items()), m.get("z"), m.get("z", 0), m.setdefault("q", []), len(m))
i = 0
y = [10, 20]
i, y[i] = 1, 5
print(i, y, 1 < 2 < 3, 1 < 3 < 2, 0 or "x", 1 and 0, not 0, None or 0 or [], 5 if i else 6)
if (z := 5) > 3 and z < 6: print("walrus", z)
print([last := v for v in range(3)], last, 3 in [1, 2], 3 not in [1, 2], "b" in "abc", [] is None, None is not None)
