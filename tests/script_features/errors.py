# Errors are caught, raised again, chained and have a last word.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

def run(kind):
    try:
        if kind == 0:
            return "returned"
        if kind == 1:
            raise ValueError("one")
        if kind == 2:
            return [][3]
        if kind == 3:
            return {}["key"]
    except (ValueError, KeyError) as error:
        return type(error).__name__, str(error), error.args
    except IndexError:
        return "index"
    else:
        return "else"
    finally:
        print("finally", kind)
print([run(k) for k in range(5)])
def again():
    try:
        1 / 0
    except ZeroDivisionError:
        raise
print(tried(again))
class Own(Exception):
    pass
try:
    try:
        raise Own("a", 2)
    except Own as error:
        raise RuntimeError("b") from error
except RuntimeError as error:
    print(repr(error), error.args)
for k in range(3):
    try:
        if k == 1:
            continue
        if k == 2:
            break
        print("body", k)
    finally:
        print("end", k)
else:
    print("never")
for wrong in (lambda: int("x"), lambda: 1 + "a", lambda: None.x, lambda: undefined, lambda: [1][1], lambda: k(),
              lambda: {}[1], lambda: [].pop(), lambda: float("z"), lambda: [1, 2].index(3), lambda: max([]),
              lambda: "a"[5], lambda: {}.popitem(), lambda: next(iter([])), lambda: "a" < 1, lambda: len(5),
              lambda: list(zip([1], [2, 3], strict=True)), lambda: [1].remove(2), lambda: "ab".index("c")):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, isinstance(error, LookupError))
def check(x):
    assert x > 0, f"not {x}"
    return x
print(check(1), tried(check, 0))

for cause in (ValueError("first"), KeyError, None):
    try:
        try:
            raise TypeError("inner")
        except TypeError:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        print(error, repr(error.__cause__))
