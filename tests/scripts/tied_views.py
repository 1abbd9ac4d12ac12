# an autoencoder with tied weights, and a class that keeps everything in one vector
import numpy as np
from copy import deepcopy


class Tied:
    def __init__(self, n, k, seed=0):
        self.theta = np.random.RandomState(seed).randn(n * k + k + n) / 3
        self.W = self.theta[: n * k].reshape(n, k)
        self.b = self.theta[n * k : n * k + k]
        self.c = self.theta[-n:]

    def cost(self, X, with_grad=True):
        h = np.tanh(X @ self.W + self.b)
        r = h @ self.W.T + self.c
        e = r - X
        J = 0.5 * (e * e).sum() / X.shape[0]
        if not with_grad:
            return J
        dh = (e @ self.W) * (1 - h**2)
        gW = (X.T @ dh + e.T @ h) / X.shape[0]
        return J, np.hstack([gW.ravel(), dh.mean(0), e.mean(0)])


X = np.random.RandomState(4).rand(15, 6)
net = Tied(6, 3)
before = deepcopy(net)
before.W = before.theta[:18].reshape(6, 3)
for step in range(25):
    J, g = net.cost(X)
    net.theta -= 0.3 * g
num = np.empty_like(g)
for i in range(net.theta.size):
    old = net.theta[i]
    net.theta[i] = old + 1e-5
    up = net.cost(X, False)
    net.theta[i] = old - 1e-5
    down = net.cost(X, with_grad=False)
    net.theta[i] = old
    num[i] = (up - down) / 2e-5
_, g = net.cost(X)
print(J, np.linalg.norm(num - g) / np.linalg.norm(num + g) < 1e-7, before.cost(X, False))
