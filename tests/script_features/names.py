# Names are looked up where they belong.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

count = 0
def up():
    global count
    count += 1
    def inner():
        nonlocal_ = count
        return nonlocal_
    return inner()
print(up(), up(), count)
def make():
    total = 0
    def add(x):
        nonlocal total
        total += x
        return total
    def look():
        return total
    return add, look
add, look = make()
print(add(2), add(3), look())
def late():
    return later
print(tried(late))
later = 5
print(late())
def unbound():
    print(value)
    value = 1
print(tried(unbound))
x = "module"
class Body:
    x = "class"
    def method(self):
        return x
    seen = x
print(Body().method(), Body.x, Body.seen)
del later
print(tried(late))
adders = [lambda k=k: k for k in range(3)]
print([f() for f in adders], [f() for f in [lambda: k for k in range(3)]])
shown = "module"
def make():
    inner = "function"
    class Table:
        shown = inner = "class"
        items = [1, 2]
        of_module = [shown for _ in items]
        of_both = {shown: inner for _ in items}
        of_function = {inner for _ in items}
        nested = [[shown for _ in items] for items in [items]]
        some = [item for item in items if item > 1]
        pairs = [(i, j) for i in items for j in range(i)]
        lazy = list(shown for _ in items)
        called = (lambda: [shown for _ in range(2)])()
        late = [lambda: (shown, item) for item in items][0]()
        item = "kept"
        again = [item for item in (1,)]
        def read(self):
            return [shown for _ in range(1)], item
        kept = item
    return Table
item = "of the module"
table = make()
for name in "of_module of_both of_function nested some pairs lazy called late again kept".split():
    print(name, getattr(table, name))
print(table().read())
class Later:
    width = 2
    __own = 3
    rows = [i for i in range(width)]
    private = [i for i in range(__own)]
    try:
        missing = [width for _ in rows]
    except NameError as error:
        missing = str(error)
    squares = {i: i * i for i in rows if i}
print(Later.rows, Later.private, Later.missing, Later.squares)


# eval of a text that is only a name.


def relu(x):
    return max(x, 0)


class Chosen:
    def __init__(self, name):
        inner = 4
        self.name, self.run = name, eval(name)
        self.seen = eval("inner"), eval(" self.name "), eval("self" + ".run")(7)

    def twice(self, x):
        return 2 * eval("self.run")(eval("x"))


print(Chosen("relu").seen[::2], Chosen("relu").seen[1], Chosen("abs").twice(-3))
try:
    eval("nowhere")
except NameError as error:
    print(error)
