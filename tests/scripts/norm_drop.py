import numpy as np


class BatchNorm:
    def __init__(self, n, eps=1e-5, momentum=0.9):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.run_mean, self.run_var = np.zeros(n), np.ones(n)
        self.eps, self.momentum = eps, momentum

    def forward(self, x, train=True):
        if train:
            mu, var = x.mean(axis=0), x.var(axis=0)
            self.run_mean = self.momentum * self.run_mean + (1 - self.momentum) * mu
            self.run_var = self.momentum * self.run_var + (1 - self.momentum) * var
        else:
            mu, var = self.run_mean, self.run_var
        self.std = np.sqrt(var + self.eps)
        self.xhat = (x - mu) / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, d):
        self.dgamma, self.dbeta = (d * self.xhat).sum(0), d.sum(0)
        dx = d * self.gamma
        return (dx - dx.mean(0) - self.xhat * (dx * self.xhat).mean(0)) / self.std


class Dropout:
    def __init__(self, p, rng):
        self.p = p
        self.rng = rng

    def forward(self, x, train=True):
        if not train:
            return x
        self.mask = (self.rng.random(x.shape) < self.p) / self.p
        return x * self.mask

    def backward(self, d):
        return d * self.mask


rng = np.random.default_rng(10)
x = rng.normal(2, 3, (24, 5))
t = np.where(x[:, [0]] * x[:, [1]] > 4, 1.0, 0.0)
W, V = rng.normal(0, 0.4, (5, 8)), rng.normal(0, 0.4, (8, 1))
bn, drop = BatchNorm(8), Dropout(0.8, rng)
for step in range(30):
    net = x @ W
    n = bn.forward(net)
    h = drop.forward(np.where(n > 0, n, 0))
    out = 1 / (1 + np.exp(-h @ V))
    loss = -np.mean(t * np.log(out) + (1 - t) * np.log(1 - out))
    d = (out - t) / len(x)
    dV = h.T @ d
    dn = drop.backward(d @ V.T) * (n > 0)
    dnet = bn.backward(dn)
    for p, g in ((W, x.T @ dnet), (V, dV), (bn.gamma, bn.dgamma), (bn.beta, bn.dbeta)):
        p -= 0.3 * g
test_out = 1 / (1 + np.exp(-drop.forward(np.maximum(bn.forward(x @ W, train=False), 0), train=False) @ V))
print(loss, ((test_out > 0.5) == t).mean())
