import numpy as np
from collections import OrderedDict, defaultdict

rng = np.random.default_rng(seed=19)
sizes = (4, 10, 7, 3)
params = OrderedDict()
for l, (n_in, n_out) in enumerate(zip(sizes, sizes[1:]), start=1):
    params[f"W{l}"] = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
    params[f"b{l}"] = np.zeros(n_out)
L = len(sizes) - 1
m, v = defaultdict(float), defaultdict(lambda: 0.0)
X = rng.random((50, 4))
y = (X.sum(axis=1) * 1.49).astype(int) % 3
onehot = np.eye(3)[y]
beta1, beta2, eps, lr, lam = 0.9, 0.999, 1e-8, 3e-3, 1e-4
losses = []
for t in range(1, 41):
    idx = rng.choice(len(X), size=16, replace=False)
    A = {"A0": X[idx]}
    for l in range(1, L + 1):
        Z = A[f"A{l - 1}"] @ params[f"W{l}"] + params[f"b{l}"]
        A[f"Z{l}"] = Z
        A[f"A{l}"] = np.maximum(0.01 * Z, Z) if l < L else Z
    Z = A[f"Z{L}"]
    Z = Z - Z.max(1, keepdims=True)
    logp = Z - np.log(np.exp(Z).sum(1, keepdims=True))
    loss = -(logp * onehot[idx]).sum() / len(idx)
    loss += lam / 2 * sum((params[k] ** 2).sum() for k in params if k.startswith("W"))
    losses.append(loss)
    grads = {}
    d = (np.exp(logp) - onehot[idx]) / len(idx)
    for l in range(L, 0, -1):
        grads[f"W{l}"] = A[f"A{l - 1}"].T @ d + lam * params[f"W{l}"]
        grads[f"b{l}"] = d.sum(0)
        if l > 1:
            d = d @ params[f"W{l}"].T
            d[A[f"Z{l - 1}"] < 0] *= 0.01
    for k, g in grads.items():
        m[k] = beta1 * m[k] + (1 - beta1) * g
        v[k] = beta2 * v[k] + (1 - beta2) * g**2
        mhat, vhat = m[k] / (1 - beta1**t), v[k] / (1 - beta2**t)
        params[k] -= lr * mhat / (np.sqrt(vhat) + eps)
print(*("%.6f" % l for l in losses[::8]), sep=" | ")
best = min(range(len(losses)), key=losses.__getitem__)
print(best, sorted(grads, key=lambda k: (k[1:], k[0])), max(losses, default=0) > losses[-1])
