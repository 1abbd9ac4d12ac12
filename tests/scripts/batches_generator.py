import numpy as np
from typing import Iterator, Tuple
from dataclasses import dataclass, field


@dataclass
class Config:
    epochs: int = 5
    batch: int = 4
    lr: float = 0.1
    sizes: list = field(default_factory=lambda: [3, 5, 1])


def batches(x: np.ndarray, y: np.ndarray, size: int, rng) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        pick = order[start : start + size]
        if len(pick) < 2:
            continue
        yield x[pick], y[pick]
    yield from [(x[:2], y[:2])]


def counter():
    n = 0
    while True:
        step = yield n
        n += 1 if step is None else step


cfg = Config(lr=0.2)
rng = np.random.default_rng(1)
x = rng.uniform(size=(13, cfg.sizes[0]))
y = (x @ [[1.0], [-2.0], [0.5]]) > 0
ws = [rng.normal(0, 1, s) for s in zip(cfg.sizes, cfg.sizes[1:])]
bs = [np.zeros((1, n)) for n in cfg.sizes[1:]]
steps = counter()
next(steps)
sig = lambda z: 1 / (1 + np.exp(-z))
for epoch in range(cfg.epochs):
    for xb, yb in batches(x, y, cfg.batch, rng):
        acts = [xb]
        for w, b in zip(ws, bs):
            acts.append(sig(acts[-1] @ w + b))
        d = acts[-1] - yb
        for i in range(len(ws) - 1, -1, -1):
            gw, gb = acts[i].T @ d, d.sum(axis=0, keepdims=True)
            d = d @ ws[i].T * acts[i] * (1 - acts[i])
            ws[i] -= cfg.lr * gw / len(xb)
            bs[i] -= cfg.lr * gb / len(xb)
        last = steps.send(2)
print(cfg, last, list(n for n in range(10) if n % 3 == 0))
print(sum(np.abs(w).sum() for w in ws))
