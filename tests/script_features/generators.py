# A generator pauses, is sent values, ends and fails.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

def counting(n):
    for k in range(n):
        got = yield k
        if got:
            print("got", got)
    return "end"
steps = counting(3)
print(next(steps), steps.send("x"), next(steps), next(steps, "none left"), next(steps, "still none"))
def failing():
    yield 1
    raise ValueError("inside")
steps = failing()
print(next(steps), tried(next, steps), tried(next, steps))
def outer():
    found = yield from counting(2)
    print("returned", found)
print(list(outer()), [*counting(0)], sum(counting(4)))
steps = counting(2)
steps.close()
print(list(steps), tried(next, steps))
with_filter = (a * b for a in range(3) for b in range(a) if b)
print(next(with_filter), list(with_filter))
