# A generator pauses inside every kind of statement, and leaves each of them in every way.
log = []


class Guard:
    def __init__(self, name, swallows=False):
        self.name, self.swallows = name, swallows

    def __enter__(self):
        log.append("in " + self.name)
        return self.name

    def __exit__(self, kind, error, trace):
        log.append(f"out {self.name} {kind and kind.__name__} {error}")
        return self.swallows


def whole(steps, sent=()):
    found, sent = [], list(sent)
    try:
        found.append(next(steps))
        while True:
            found.append(steps.send(sent.pop(0)) if sent else next(steps))
    except StopIteration as stop:
        found.append(("returned", stop.value))
    except Exception as error:
        found.append((type(error).__name__, str(error)))
    found += log
    log.clear()
    return found


def branches(n):
    if n > 1:
        yield "many"
    elif n == 1:
        yield "one"
    else:
        log.append("none")
    if n == 1:
        log.append("again")
    else:
        yield "other"


def loops(n):
    for k in range(n):
        if k == 1:
            continue
        if k == 4:
            break
        got = yield k
        if got == "stop":
            return "early", k
    else:
        yield "no break"
    while n > 0:
        n -= 2
        if n == 5:
            continue
        if n == 1:
            yield "at one"
            break
        yield -n
    else:
        yield "ended"
    return n


def trying(kind):
    for turn in range(3):
        try:
            yield "before", turn
            if kind == "continue":
                continue
            if kind == "break":
                break
            if kind == "return":
                return "value"
            if kind == "key":
                {}[turn]
            if kind == "zero":
                1 / 0
            if kind == "type":
                1 + "a"
        except KeyError as error:
            yield "caught", error.args
        except ZeroDivisionError:
            yield "zero"
            raise
        else:
            yield "else", turn
        finally:
            yield "finally", turn
            log.append(turn)
    yield "after"


def replaced(kind):
    try:
        try:
            yield 1
            raise ValueError("first")
        finally:
            if kind == "raise":
                raise KeyError("second")
            if kind == "return":
                return "instead"
            yield 2
    except ValueError as error:
        yield "outer", str(error)
    except KeyError as error:
        yield "replaced", repr(error)


def nested_errors():
    try:
        yield "a"
        raise ValueError("one")
    except ValueError:
        try:
            yield "b"
            raise KeyError("two")
        except KeyError:
            yield "c"
        yield "d"
        raise


def with_guards(kind):
    for turn in range(2):
        with Guard("first", kind == "swallow") as first, Guard("second") as second:
            yield first, second
            if kind in ("swallow", "raise"):
                raise ValueError(turn)
            if kind == "continue":
                continue
            if kind == "break":
                break
            if kind == "return":
                return turn
        yield "after"


def delegating(items):
    first = yield from loops(2)
    second = yield from items
    try:
        yield from replaced("raise")
    finally:
        log.append((first, second))
    return first


for n in range(3):
    print(n, whole(branches(n)))
for n in (0, 2, 5, 7):
    print(n, whole(loops(n)), whole(loops(n), ["go", "stop"]))
for kind in ("", "continue", "break", "return", "key", "zero", "type"):
    print(kind, whole(trying(kind)))
for kind in ("", "raise", "return"):
    print(kind, whole(replaced(kind)))
print(whole(nested_errors()))
for kind in ("", "swallow", "raise", "continue", "break", "return"):
    print(kind, whole(with_guards(kind)))
print(whole(delegating("ab")), whole(delegating(loops(3))))
steps = loops(9)
print(next(steps), steps.send(None), list(steps), list(steps))
print(sum(k for k in loops(2) if k != "no break" and k != "ended"), [*zip(loops(3), "abc")])


def started():
    log.append("started")
    yield


steps = started()
print(log, next(steps), log, next(steps, "default"))


class Walk:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        for item in self.items:
            yield item

    def pairs(self):
        yield from zip(self, self)


print(list(Walk("xyz")), dict(Walk([1, 2]).pairs()), max(Walk([3, 5, 4])), 5 in Walk([3, 5]))
endless = (k * k for k in iter(lambda: 3, 4))
print(next(endless), next(endless))
