# What is assigned, in which order, to what, and what is taken away again.
order = []


def seen(value, name=None):
    order.append(value if name is None else name)
    return value


def told():
    found = order[:]
    order.clear()
    return found


def tried(run, *words):
    try:
        return run(*words)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Box:
    size = 3

    def __init__(self, value=0):
        self.value = value

    def __getitem__(self, key):
        order.append(("get", key))
        return self.value

    def __setitem__(self, key, value):
        order.append(("set", key, value))
        self.value = value

    def __delitem__(self, key):
        order.append(("del", key))


box = Box(10)
box[seen("key")] = seen("value")
print(told())
box[seen(1)] += seen(2) if False else seen("more")
print(told(), box.value)
seen(box, "owner").value = seen(5)
seen(box, "owner").value *= seen(7)
print(told(), box.value)
a = b = seen([], "list")
a += [1]
b = b + [2]
print(a, b, told())
items = [0, 1, 2, 3, 4, 5]
items[1], items[2], *rest = items[2], items[1], *items[4:]
print(items, rest)
items[::2] = "abc"
items[1:1] = [7, 8]
items[-1] **= 2
del items[0], items[1:3]
print(items, len(items), items[-3:-1], items[5:1:-2])
(first, *middle, last), [x, y] = "abcd", {"k": 1, "l": 2}
print(first, middle, last, x, y)
*start, end = (k for k in range(4))
head, *tail = [1]
print(start, end, head, tail)
n = 5
n -= 2
n *= 3
n /= 2
n //= 2
n **= 3
n %= 5
m = 0b1100
m |= 3
m &= 10
m ^= 1
m <<= 3
m >>= 1
print(n, m)
for bad in (
    lambda: exec_pairs([1]),
    lambda: exec_pairs([1, 2, 3]),
    lambda: exec_pairs("abc"),
    lambda: exec_pairs(5),
    lambda: exec_star([]),
    lambda: exec_star(iter([1])),
):
    print(tried(bad))


def exec_pairs(given):
    left, right = given
    return left, right


def exec_star(given):
    left, *others, right = given
    return left, others, right


for given in ([1], [1, 2, 3], "a", {1, 2, 3, 4} - {4}, iter([1]), iter([1, 2, 3]), {}):
    print(tried(exec_pairs, given))
for given in ([], [1], [1, 2], "abcd"):
    print(tried(exec_star, given))
noted: int = 3
unset: str
print(noted, tried(lambda: unset))


def scoped():
    kept = 1
    gone = 2
    del gone
    try:
        gone
    except NameError as error:
        print(type(error).__name__, error)
    try:
        del gone
    except NameError as error:
        print(type(error).__name__)

    def inside():
        nonlocal kept
        kept += 1
        return kept

    return inside(), inside(), kept


print(scoped())
total = 1


def raised():
    global total, fresh
    total += 1
    fresh = "made"
    del total


raised()
print(fresh, tried(lambda: total))
try:
    del nothing
except NameError as error:
    print(error)
try:
    raise ValueError("kept")
except ValueError as error:
    held = error
print(held, tried(lambda: error))
matrix = [[0] * 2 for _ in range(2)]
matrix[0][1], matrix[1][0] = 1, 2
matrix[1] += [3]
print(matrix)
table = {}
table["a"], table["b"] = 1, [2]
table["b"][0] += 1
table["c"] = table.pop("a") + 1
del table["b"]
print(table, tried(lambda: table["b"]))
for box.value, matrix[0][0] in [(1, 2), (3, 4)]:
    pass
print(box.value, matrix[0])
with_else = [k if k % 2 else -k for k in range(5) if k != 3]
print(with_else, [(i, j) for i in range(3) if i for j in range(i) if j or i == 1])
print({k: v for k, v in [(1, 2), (1, 3)]}, {c for c in "aab"} == {"a", "b"}, k if (k := 4) else 0, k)
print([seen(k) for k in range(2)] and told(), seen(0) or seen("") or seen([]), told())
print(seen(1) and seen(2) and seen(0) and seen(3), told(), seen(1) < seen(3) < seen(2) < seen(9), told())
print({seen("k1"): seen("v1"), **{seen("k2"): seen("v2")}}, told(), [*[seen(1)], seen(2)], told())
print(box[seen(1) : seen(2)], told(), box[seen(1), seen(2) :: seen(3)], told())
del box[seen(4)], box.value
print(told(), hasattr(box, "value"), box.size)
Box.size, box.size = 8, 9
del box.size
print(box.size, tried(lambda: Box.nothing), tried(lambda: box.nothing))
