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
# Errors are raised at a yield, and functions become contexts.
import contextlib
def recovering():
    try:
        yield 1
    except ValueError as error:
        yield str(error)
    yield 3
steps = recovering()
print(next(steps), steps.throw(ValueError("thrown in")), next(steps))
print(tried(steps.throw, KeyError("outside")), list(steps))
mode = {"train": True}
@contextlib.contextmanager
def using(value):
    old = mode["train"]
    mode["train"] = value
    try:
        yield old
    finally:
        mode["train"] = old
def no_grad():
    return using(False)
with no_grad() as was:
    print(was, mode)
def passing_on():
    with using(None):
        raise KeyError("from the body")
print(tried(passing_on), mode)
@contextlib.contextmanager
def swallowing():
    try:
        yield
    except ValueError as error:
        print("swallowed", error)
with swallowing():
    raise ValueError("here")
@contextlib.contextmanager
def yielding(times):
    for each in range(times):
        yield each
def entered(times):
    with yielding(times) as each:
        print("entered", each)
print(tried(entered, 1), tried(entered, 0), tried(entered, 2))
def closing(held):
    with using(held):
        try:
            yield held
            yield "never"
        finally:
            print("closed", mode)
begun, fresh = closing(5), closing(6)
print(next(begun), begun.close(), begun.close(), fresh.close(), list(begun), list(fresh), mode)
def delegating():
    try:
        yield from closing(7)
    except GeneratorExit as end:
        print("ended", type(end).__name__)
        raise
    finally:
        print("outer", mode)
outer = delegating()
print(next(outer), outer.close(), list(outer))
def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2
kept = stubborn()
print(next(kept), tried(kept.close))
def leaving():
    try:
        exit()
    finally:
        print("on the way out")
try:
    leaving()
except SystemExit:
    print("caught")
