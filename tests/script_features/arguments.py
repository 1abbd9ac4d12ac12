# Functions take arguments as Python's do.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

def f(a, b=2, *rest, c, d=4, **more):
    return a, b, rest, c, d, more
print(f(1, c=3), f(1, 5, 6, 7, c=8, e=9), f(*[1, 2, 3], **{"c": 4, "z": 5}))
def g(a, b, /, c=0):
    return a - b + c
print(g(5, 3), g(5, 3, 2), g(5, 3, c=1))
for words, named in (((), {}), ((1,), {}), ((1, 2, 3, 4), {}), ((1, 2), {"a": 1}), ((1, 2), {"q": 1})):
    print(tried(g, *words, **named))
def once(seen=[]):
    seen.append(len(seen))
    return seen
print(once(), once(), once([7]))
print((lambda x, y=3: x * y)(2), (lambda *a: a)(), (lambda **k: k)(a=1))
