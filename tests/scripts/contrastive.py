"""A restricted Boltzmann machine: draws inside the loop, both generators."""

import numpy as np
import random
import itertools
import time
import argparse

parser = argparse.ArgumentParser(description="rbm")
parser.add_argument("--hidden", type=int, default=4)
parser.add_argument("--rate", "-r", type=float, default=0.1)
parser.add_argument("--noisy", action="store_true")
args = parser.parse_args()
random.seed("bars")
np.random.seed(99)
data = np.array([list(b) for b in itertools.product([0, 1], repeat=4) if sum(b) == 2], dtype=np.float64)
W = 0.1 * np.random.randn(data.shape[1], args.hidden)
a, b = np.zeros(4), np.zeros(args.hidden)
started = time.time()
for sweep in range(60):
    order = list(range(len(data)))
    random.shuffle(order)
    v0 = data[order]
    ph0 = 1 / (1 + np.exp(-(v0 @ W + b)))
    h0 = (np.random.rand(*ph0.shape) < ph0).astype(float)
    pv1 = 1 / (1 + np.exp(-(h0 @ W.T + a)))
    v1 = np.random.binomial(1, pv1)
    ph1 = 1 / (1 + np.exp(-(v1 @ W + b)))
    W += args.rate * (v0.T @ ph0 - v1.T @ ph1) / len(v0)
    a += args.rate * (v0 - v1).mean(axis=0)
    b += args.rate * (ph0 - ph1).mean(axis=0)
elapsed = time.time() - started > 1000
print(args.hidden, args.noisy, np.abs(W).sum(), elapsed, [list(g) for k, g in itertools.groupby("aabbb")])
print(
    list(itertools.accumulate([1, 2, 3])),
    list(itertools.islice(itertools.count(5, 2), 3)),
    [*zip("ab", itertools.cycle([0]))],
)
del started, parser, args
