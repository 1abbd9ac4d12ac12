import numpy as np


class Diverged(Exception):
    def __init__(self, epoch, loss):
        super().__init__(f"loss {loss} at {epoch}")
        self.epoch = epoch


class Guard:
    def __init__(self, names):
        self.names = names

    def __enter__(self):
        self.names.append("in")
        return self

    def __exit__(self, kind, error, trace):
        self.names.append("out" if kind is None else kind.__name__)
        return kind is Diverged


def train(lr, patience=3):
    rng = np.random.RandomState(3)
    w = rng.randn(4)
    X = rng.randn(12, 4)
    t = X @ np.array([1.0, 2, 3, 4])
    best, waited = np.inf, 0
    try:
        for epoch in range(200):
            r = X @ w - t
            loss = np.mean(r**2)
            if not np.isfinite(loss) or loss > 1e6:
                raise Diverged(epoch, int(loss))
            if loss < best - 1e-3:
                best, waited = loss, 0
            else:
                waited += 1
                if waited >= patience:
                    break
            w = w - lr * 2 * X.T @ r / len(X)
        else:
            print("to the end")
        return w, epoch
    finally:
        log.append(("finally", lr))


log = []
print(train(0.1))
print(train(0.0001))
with Guard(log) as guard:
    train(3.0)
try:
    try:
        {}["missing"]
    except KeyError as e:
        raise ValueError("no such weight") from e
except (TypeError, ValueError) as e:
    print(type(e).__name__, e, e.args)
try:
    np.dot(np.ones((2, 3)), np.ones((2, 3)))
except ValueError as e:
    print(e)
try:
    1 / 0
except ZeroDivisionError:
    pass
finally:
    log.append("end")


def last(n):
    for i in range(n):
        try:
            if i == 2:
                return "two"
            continue
        finally:
            log.append(i)


print(last(5), log)
assert len(log) > 3, "short"
