import numpy as np
from functools import partial, reduce, wraps

calls = 0


def counted(fn):
    @wraps(fn)
    def inner(*args, **kwargs):
        global calls
        calls += 1
        return fn(*args, **kwargs)

    return inner


def momentum(lr, mu=0.9):
    velocity = {}
    steps = 0

    def update(key, param, grad):
        nonlocal steps
        steps += 1
        v = velocity.get(key, 0)
        v = mu * v - lr * grad
        velocity[key] = v
        param += v
        return steps

    return update


@counted
def forward(x, weights, *, act=np.tanh, keep=None):
    def layer(a, w):
        z = act(a.dot(w))
        if keep is not None:
            keep.append(z)
        return z

    return reduce(layer, weights, x)


np.random.seed(7)
x = np.random.randn(10, 3)
t = np.sin(x[:, :1])
weights = [np.random.randn(3, 6) * 0.4, np.random.randn(6, 1) * 0.4]
step = momentum(0.05)
run = partial(forward, weights=weights)
for k in range(30):
    kept = [x]
    out = run(x, keep=kept)
    delta = (out - t) * (1 - out**2)
    for i, w in reversed(list(enumerate(weights))):
        grad = kept[i].T.dot(delta) / len(x)
        if i:
            delta = delta.dot(w.T) * (1 - kept[i] ** 2)
        n = step(i, w, grad)
fs = [lambda v, p=p: v**p for p in range(3)]
late = [lambda: q for q in range(3)]
print(calls, n, [f(2) for f in fs], [f() for f in late], forward.__name__)
print(*map(lambda w: w.shape, weights), round(float(np.mean((out - t) ** 2)), 12))
