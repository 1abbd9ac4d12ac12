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
