"""Lines that give a part of a gradient, pass one on, or read what the pass before has computed."""

import pytest

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.judge import judge_pass, judge_pass_or_say_why
from bpstep.gradcheck.script.judged.finding import FindingKind
from bpstep.script.opening import open_script
from bpstep.ui.commands.script_check import wrong_lines

NORMALISED = """
import numpy as np
rng = np.random.default_rng(2)
X, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, scale, V = rng.normal(size=(3, 4)), np.ones(4), rng.normal(size=(4, 2))
for step in range(3):
    x = X @ W
    mean = x.mean(axis=0)
    apart = x - mean
    square = apart ** 2
    width = np.sqrt(square.mean(axis=0) + 1e-5)
    even = apart / width
    out = (scale * even) @ V
    d_out = out - t
    d_scaled = d_out @ V.T
    d_even = d_scaled * scale
    d_width = -(d_even * apart / width ** 2).sum(axis=0)
    d_square = np.ones((8, 4)) * d_width / (2 * width) / 8
    d_apart = d_even / width + 2 * apart * d_square
    d_x = d_apart - d_apart.mean(axis=0)
    V -= 0.01 * (scale * even).T @ d_out
    scale -= 0.01 * (d_scaled * even).sum(axis=0)
    W -= 0.01 * X.T @ d_x
"""

CARRIED = """
import numpy as np
rng = np.random.default_rng(3)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
h = np.tanh(X @ W)
y = h @ V
for step in range(3):
    d = y - t
    d_h = d @ V.T * (1 - h ** 2)
    V -= 0.01 * h.T @ d
    W -= 0.01 * X.T @ d_h
    h = np.tanh(X @ W)
    y = h @ V
"""

DRAWN = """
import numpy as np
rng = np.random.default_rng(5)
X, T, W = rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
for x, t in zip(X, T):
    p = np.zeros(3)
    for i, w in enumerate(W):
        p[i] = np.tanh(w @ x)
    d = (p - t) * (1 - p ** 2)
    dW = np.outer(d, x)
    for w, g in zip(W, dW):
        w -= 0.1 * g
"""

ROWS = """
import numpy as np
rng = np.random.default_rng(4)
P, Q, scores = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.normal(size=3)
for score in scores:
    u, i = 1, 2
    e = score - P[u] @ Q[i]
    old = P[u].copy()
    P[u] += 0.1 * (e * Q[i] - 0.02 * P[u])
    Q[i] += 0.1 * (e * old - 0.02 * Q[i])
"""

GATED = """
import numpy as np
rng = np.random.default_rng(4)
W, U, R = rng.normal(size=(3, 2)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
V = rng.normal(size=(1, 3))
xs, ys = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
for step in range(3):
    hs, gs, cs, outs = [np.zeros(3)], [], [], []
    for t in range(4):
        gs.append(1 / (1 + np.exp(-R @ hs[t])))
        cs.append(np.tanh(W @ xs[t] + U @ (gs[t] * hs[t])))
        hs.append(0.5 * hs[t] + cs[t])
        outs.append(V @ hs[t + 1])
    dW, dU, dR, dV, dh = 0, 0, 0, 0, np.zeros(3)
    for t in range(3, -1, -1):
        d = outs[t] - ys[t]
        dV = dV + np.outer(d, hs[t + 1])
        dh = dh + V.T @ d
        dc = dh * (1 - cs[t] ** 2)
        back = U.T @ dc
        dg = back * hs[t] * gs[t] * (1 - gs[t])
        dW = dW + np.outer(dc, xs[t])
        dU = dU + np.outer(dc, gs[t] * hs[t])
        dR = dR + np.outer(dg, hs[t])
        dh = 0.5 * dh + R.T @ dg + back * gs[t]
    W, U, R, V = W - 0.1 * dW, U - 0.1 * dU, R - 0.1 * dR, V - 0.1 * dV
"""

RIVALS = """
import numpy as np
rng = np.random.default_rng(5)
P, p = rng.normal(size=(2, 3)), np.zeros(3)
Q, q = rng.normal(size=(3, 1)), np.zeros(1)
for step in range(3):
    seen, noise = rng.normal(1, 1, (6, 3)), rng.normal(size=(6, 2))
    made = np.tanh(noise @ P + p)
    a = 1 / (1 + np.exp(-(seen @ Q + q)))
    b = 1 / (1 + np.exp(-(made @ Q + q)))
    critic_loss = -np.mean(np.log(a) + np.log(1 - b))
    maker_loss = -np.mean(np.log(b))
    da, db = (a - 1) / 6, b / 6
    dQ = seen.T @ da + made.T @ db
    dq = (da + db).sum(0)
    dm = (b - 1) / 6
    d_made = dm @ Q.T * (1 - made ** 2)
    dP = noise.T @ d_made
    dp = d_made.sum(0)
    Q -= 0.1 * dQ; q -= 0.1 * dq
    P -= 0.1 * dP; p -= 0.1 * dp
"""

NOISY = """
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(7, 3))
A, B, C = (rng.normal(0, 0.4, shape) for shape in ((3, 2), (3, 2), (2, 3)))
for step in range(3):
    mean, spread = X @ A, X @ B
    noise = rng.normal(size=mean.shape)
    deviation = np.exp(0.5 * spread)
    code = mean + deviation * noise
    copy = code @ C
    loss = 0.5 * np.sum((copy - X) ** 2) - 0.5 * np.sum(1 + spread - mean ** 2 - np.exp(spread))
    d_copy = copy - X
    d_code = d_copy @ C.T
    d_mean = d_code + mean
    d_spread = d_code * noise * 0.5 * deviation + 0.5 * (np.exp(spread) - 1)
    C -= 0.01 * code.T @ d_copy
    A -= 0.01 * X.T @ d_mean
    B -= 0.01 * X.T @ d_spread
"""

ATTENTION = """
import numpy as np
rng = np.random.default_rng(7)
X, T = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
A, B, C = (rng.normal(0, 0.5, (3, 3)) for _ in range(3))
for step in range(3):
    a, b, c = X @ A, X @ B, X @ C
    s = a @ b.T
    e = np.exp(s - s.max(axis=1, keepdims=True))
    w = e / e.sum(axis=1, keepdims=True)
    d_out = (w @ c - T) / 4
    d_w = d_out @ c.T
    d_s = w * (d_w - np.sum(d_w * w, axis=1, keepdims=True))
    C -= 0.1 * X.T @ (w.T @ d_out)
    A -= 0.1 * X.T @ (d_s @ b)
    B -= 0.1 * X.T @ (d_s.T @ a)
"""

CLOSURES = """
import numpy as np
def dense(rows, columns, rng):
    W, seen = rng.normal(size=(rows, columns)), {}
    def forward(x):
        seen["x"] = x
        return x @ W
    def backward(g):
        nonlocal W
        back = g @ W.T
        W = W - 0.1 * seen["x"].T @ g
        return back
    return forward, backward
rng = np.random.default_rng(8)
X, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
first, second = dense(3, 4, rng), dense(4, 2, rng)
for step in range(3):
    h = np.tanh(first[0](X))
    y = second[0](h)
    d = second[1]((y - t) / 6)
    d = d * (1 - h ** 2)
    first[1](d)
"""

REMEMBERED = """
import numpy as np
rng = np.random.default_rng(9)
X, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
P = {"V": rng.normal(size=(3, 4)), "v": np.zeros(4), "U": rng.normal(size=(4, 1))}
memory, squares = {}, {}
for step in range(1, 5):
    z = X @ P["V"] + P["v"]
    h = z / (1 + np.exp(-z))
    e = h @ P["U"] - t
    loss = 0.5 * np.mean(e ** 2)
    d = e / 8
    dh = d @ P["U"].T
    s = 1 / (1 + np.exp(-z))
    dz = dh * (s + z * s * (1 - s))
    G = {"V": X.T @ dz, "v": dz.sum(0), "U": h.T @ d}
    for k in P:
        if k not in memory:
            memory[k], squares[k] = np.zeros_like(P[k]), np.zeros_like(P[k])
        memory[k] = 0.9 * memory[k] + 0.1 * G[k]
        squares[k] = 0.99 * squares[k] + 0.01 * G[k] ** 2
        P[k] -= 0.01 * memory[k] / (np.sqrt(squares[k]) + 1e-8)
"""

LOOPED = """
import numpy as np
rng = np.random.default_rng(10)
X, t = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
W = [rng.normal(0, 0.5, shape) for shape in ((3, 4), (4, 5), (5, 2))]
for step in range(3):
    h = [X]
    for w in W:
        h.append(np.tanh(h[-1] @ w) if len(h) < 3 else h[-1] @ w)
    d, D, S = (h[3] - t) / 7, [None] * 3, [None] * 3
    for k in (2, 1, 0):
        D[k] = h[k].T @ d
        if k:
            d = d @ W[k].T * (1 - h[k] ** 2)
    for k in range(3):
        W[k] = W[k] - 0.1 * D[k]
"""

ROWS_APART = """
import numpy as np
rng = np.random.default_rng(11)
A, B = rng.normal(0, 0.4, (6, 3)), rng.normal(0, 0.4, (6, 3))
for step in range(3):
    wrong = rng.choice(np.arange(3, 6), 2, replace=False)
    a, b, c = A[1].copy(), B[2].copy(), B[wrong].copy()
    p, n = 1 / (1 + np.exp(-b @ a)), 1 / (1 + np.exp(-c @ a))
    loss = -np.log(p) - np.log(1 - n).sum()
    d_a = (p - 1) * b + n @ c
    B[2] -= 0.1 * (p - 1) * a
    for k in range(2):
        B[wrong[k]] -= 0.1 * n[k] * a
    A[1] -= 0.1 * d_a
"""

PASSED_FUNCTIONS = """
import numpy as np
class Activation:
    def __init__(self, function, slope):
        self.function, self.slope = function, slope
    def forward(self, x):
        self.x = x
        return self.function(x)
    def backward(self, grad):
        return grad * self.slope(self.x)
class Tanh(Activation):
    def __init__(self):
        def function(x):
            return np.tanh(x)
        def slope(x):
            return 1 - np.tanh(x) ** 2
        super().__init__(function, slope)
rng = np.random.default_rng(5)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, V, layer = rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), Tanh()
for step in range(3):
    h = layer.forward(X @ W)
    d = h @ V - t
    grad = layer.backward(d @ V.T)
    V -= 0.01 * h.T @ d
    W -= 0.01 * X.T @ grad
"""

PRINTED_LATER = """
import numpy as np
rng = np.random.default_rng(6)
X, y = rng.normal(size=(20, 3)), rng.integers(2, size=20)
theta = np.zeros(3)
for step in range(3):
    h = 1 / (1 + np.exp(-(X @ theta)))
    gradient = X.T @ (h - y) / y.size
    theta -= 0.1 * gradient
    h = 1 / (1 + np.exp(-(X @ theta)))
    loss = np.mean(-y * np.log(h) - (1 - y) * np.log(1 - h))
"""

DECAYED = """
import numpy as np
rng = np.random.default_rng(4)
X, T = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for step in range(5):
    y = X @ W + b
    data = np.mean(np.sum((y - T) ** 2, axis=1))
    loss = data + 0.1 * np.sum(W ** 2)
    d = 2 * (y - T) / 12
    dW = X.T @ d + 0.2 * W
    db = d.sum(axis=0)
    W -= 0.05 * dW
    b -= 0.05 * db
"""

PENALISED = """
import numpy as np
rng = np.random.default_rng(7)
X, t, W = rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), rng.normal(size=(3, 2))
for step in range(3):
    out = X @ W
    loss = 0.5 * np.sum((out - t) ** 2) / 20 + 0.25 * np.sum(W * W)
    dW = X.T @ (out - t) / 20
    dW += 0.5 * W
    W -= 0.01 * dW
"""

WORDS = """
import numpy as np
rng = np.random.default_rng(8)
U, V, words = rng.normal(size=(5, 3)), rng.normal(size=(3, 5)), np.eye(5)
for x, y in zip(words, words[1:]):
    h = U.T @ x
    z = V.T @ h
    e = np.exp(z) / np.exp(z).sum() - y
    dV = np.outer(h, e)
    dU = np.outer(x, V @ e)
    U, V = U - 0.1 * dU, V - 0.1 * dV
"""

LEAKY = """
import numpy as np
rng = np.random.default_rng(9)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W, b, V = rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 2))
for step in range(3):
    z = X @ W + b
    h = np.where(z > 0, z, 0.1 * z)
    d = h @ V - t
    dz = d @ V.T * np.where(z > 0, 1, 0.1)
    db = dz.sum(axis=0)
    W -= 0.01 * X.T @ dz
    b -= 0.01 * db
    V -= 0.01 * h.T @ d
"""

MARGINS = """
import numpy as np
rng = np.random.default_rng(10)
X, y, W, reg = rng.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2]), 0.1 * rng.normal(size=(3, 3)), 0.01
for step in range(3):
    loss, dW = 0.0, np.zeros((3, 3))
    for i in range(6):
        scores = X[i] @ W
        for j in range(3):
            margin = scores[j] - scores[y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / 6 + reg * np.sum(W * W)
    dW = dW / 6 + 2 * reg * W
    W -= 0.1 * dW
"""

EMPTIED = """
import copy
import numpy as np
rng = np.random.default_rng(11)
X, t = rng.normal(size=(3, 1, 2)), rng.normal(size=(3, 1, 2))
W, V = rng.normal(size=(2, 4)), rng.normal(size=(4, 2))
dW, dV = np.zeros((2, 4)), np.zeros((4, 2))
for step in range(3):
    for x, y in zip(X, t):
        h = copy.deepcopy(np.tanh(x @ W))
        d = h @ V - y
        dV += h.T @ d
        dW += x.T @ (d @ V.T * (1 - h**2))
    W -= 0.1 * dW
    V -= 0.1 * dV
    dW *= 0
    dV *= 0
"""

POWERS = """
import numpy as np
rng = np.random.default_rng(12)
x, t = rng.normal(size=20), rng.normal(size=20)
a, b, c = rng.normal(), rng.normal(), rng.normal()
for step in range(3):
    d = a + b * x + c * x**2 - t
    da, db, dc = d.sum(), (d * x).sum(), (d * x**2).sum()
    a -= 0.01 * da
    b -= 0.01 * db
    c -= 0.01 * dc
"""

SLOPES = """
import numpy as np
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def slope(x):
    y = sigmoid(x)
    return y * (1 - y)
class Dense:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x, self.z = x, x @ self.W
        return sigmoid(self.z)
    def backward(self, da):
        dz = da * slope(self.z)
        self.dW = self.x.T @ dz
        return dz @ self.W.T
rng = np.random.default_rng(13)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
first, last = Dense(rng.normal(size=(3, 4))), Dense(rng.normal(size=(4, 2)))
for step in range(3):
    out = last.forward(first.forward(X))
    d = last.backward(out - t)
    first.backward(d)
    for layer in (first, last):
        layer.W -= 0.01 * layer.dW
"""

NEURONS = """
import numpy as np
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def slope(x):
    y = sigmoid(x)
    return y * (1 - y)
rng = np.random.default_rng(14)
u, v, a, b = rng.normal(size=4)
for x, t in rng.normal(size=(9, 2)):
    net = u * x + a
    h = sigmoid(net)
    top = v * h + b
    d_out = sigmoid(top) - t
    d_v, d_b, d_h = h * slope(top), slope(top), v * slope(top)
    d_u = x * slope(net)
    d_a = slope(net)
    u -= 0.1 * d_out * d_h * d_u
    a -= 0.1 * d_out * d_h * d_a
    v -= 0.1 * d_out * d_v
    b -= 0.1 * d_out * d_b
"""

MASKED = """
import numpy as np
rng = np.random.default_rng(15)
X, t, keep = rng.normal(size=(20, 3)), rng.normal(size=(20, 2)), 0.8
W, b, V, c = rng.normal(size=(3, 6)), np.zeros(6), rng.normal(size=(6, 2)), np.zeros(2)
for step in range(3):
    z = X @ W + b
    mask = (rng.random(z.shape) < keep).astype(int)
    h = np.tanh(z) * mask / keep
    d = h @ V + c - t
    loss = 0.5 * np.sum(d**2)
    dh = d @ V.T
    dh = dh * mask
    dh = dh / keep
    dz = dh * (1 - np.tanh(z) ** 2)
    W -= 0.01 * X.T @ dz
    b -= 0.01 * dz.sum(axis=0)
    V -= 0.01 * h.T @ d
    c -= 0.01 * d.sum(axis=0)
"""

PAIRS = """
import numpy as np
rng = np.random.default_rng(12)
A, B = rng.normal(size=(9, 3)), rng.normal(size=(9, 3))
y = np.array([1, 0, 1, 0, 0, 1, 0, 1, 0.0])[:, None]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for step in range(3):
    p, q = np.tanh(A @ W + b), np.tanh(B @ W + b)
    apart = p - q
    far = np.sqrt(np.sum(apart ** 2, axis=1, keepdims=True) + 1e-9)
    near = np.maximum(0, 1.5 - far)
    loss = np.mean(y * far ** 2 + (1 - y) * near ** 2)
    d_far = (2 * y * far - 2 * (1 - y) * near) / 9
    d_apart = d_far * apart / far
    d_p = d_apart
    d_q = -d_apart
    dp, dq = d_p * (1 - p ** 2), d_q * (1 - q ** 2)
    W -= 0.1 * (A.T @ dp + B.T @ dq)
    b -= 0.1 * (dp.sum(axis=0) + dq.sum(axis=0))
"""

HELD = """
import numpy as np
rng = np.random.default_rng(13)
class Words:
    def __init__(self):
        self.V, self.U = rng.normal(size=(5, 3)), rng.normal(size=(3, 5))
    def step(self, x, y):
        h = self.V.T @ x
        e = np.exp(self.U.T @ h)
        d = e / e.sum() - y
        dU, dV = np.outer(h, d), np.outer(x, self.U @ d)
        self.V = self.V - 0.1 * dV
        self.U = self.U - 0.1 * dU
words = Words()
for x, y in zip(np.eye(5), np.eye(5)[[1, 2, 3, 4, 0]]):
    words.step(x, y)
"""

VELOCITIES = """
import numpy as np
rng = np.random.default_rng(14)
X, t = rng.normal(size=(9, 3)), np.eye(2)[rng.integers(0, 2, 9)]
W, b = rng.normal(size=(3, 2)), np.zeros(2)
vW, vb = np.zeros_like(W), np.zeros_like(b)
for step in range(3):
    z = np.exp(X @ W + b)
    g = (z / z.sum(axis=1, keepdims=True) - t) / len(X)
    gW = X.T @ g + 0.01 * W
    gb = g.sum(axis=0)
    vW = 0.9 * vW - 0.1 * gW
    vb = 0.9 * vb - 0.1 * gb
    W = W + vW
    b = b + vb
"""

HANDED_ON = """
import copy
import numpy as np
rng = np.random.default_rng(15)
def gradients(w, b, X, Y):
    d = (1 / (1 + np.exp(-(w.T @ X + b))) - Y) / X.shape[1]
    return X @ d.T, np.sum(d)
def descend(w, b, X, Y):
    w, b = copy.deepcopy(w), copy.deepcopy(b)
    for turn in range(3):
        dw, db = gradients(w, b, X, Y)
        w = w - 0.1 * dw
        b = b - 0.1 * db
    return w, b
def model(X, Y):
    w = np.zeros((3, 1))
    b = 0.0
    return descend(w, b, X, Y)
model(rng.normal(size=(3, 8)), rng.integers(0, 2, (1, 8)))
"""

NUMBERS = """
import math, random
def slope(y):
    return 1 - y ** 2
u = [[random.uniform(-1, 1) for j in range(3)] for i in range(2)]
w = [[random.uniform(-1, 1) for k in range(2)] for j in range(3)]
for step in range(9):
    x, t = random.choice([([0.4, 1.0], [0.1, 0.7]), ([0.9, -0.3], [0.6, 0.2])])
    h = [math.tanh(sum(x[i] * u[i][j] for i in range(2))) for j in range(3)]
    o = [math.tanh(sum(h[j] * w[j][k] for j in range(3))) for k in range(2)]
    d = [(t[k] - o[k]) * slope(o[k]) for k in range(2)]
    back = []
    for j in range(3):
        error = 0.0
        for k in range(2):
            error += d[k] * w[j][k]
        back.append(error * slope(h[j]))
    for j in range(3):
        for k in range(2):
            w[j][k] += 0.5 * d[k] * h[j]
    for i in range(2):
        for j in range(3):
            u[i][j] += 0.5 * back[j] * x[i]
"""

CELLS = """
import numpy as np
rng = np.random.default_rng(6)
F, I, G, O = rng.normal(scale=0.5, size=(4, 3, 4))
V = rng.normal(size=(1, 3))
xs, ys = rng.normal(size=(7, 1, 1)), rng.normal(size=(7, 1, 1))
def sigmoid(a):
    return 1 / (1 + np.exp(-a))
for step in range(3):
    h, c = {-1: np.zeros((3, 1))}, {-1: np.zeros((3, 1))}
    z, f, i, g, o, y = {}, {}, {}, {}, {}, {}
    for t in range(7):
        z[t] = np.vstack((h[t - 1], xs[t]))
        f[t] = sigmoid(F @ z[t])
        i[t] = sigmoid(I @ z[t])
        g[t] = np.tanh(G @ z[t])
        o[t] = sigmoid(O @ z[t])
        c[t] = f[t] * c[t - 1] + i[t] * g[t]
        h[t] = o[t] * np.tanh(c[t])
        y[t] = V @ h[t]
    dF, dI, dG, dO, dV = [np.zeros_like(w) for w in (F, I, G, O, V)]
    dh_next, dc_next = np.zeros((3, 1)), np.zeros((3, 1))
    for t in range(6, -1, -1):
        dy = y[t] - ys[t]
        dV += dy @ h[t].T
        dh = V.T @ dy + dh_next
        bent = np.tanh(c[t])
        dc = dh * o[t] * (1 - bent ** 2) + dc_next
        df = dc * c[t - 1] * f[t] * (1 - f[t])
        di = dc * g[t] * i[t] * (1 - i[t])
        dg = dc * i[t] * (1 - g[t] ** 2)
        do = dh * bent * o[t] * (1 - o[t])
        dF += df @ z[t].T
        dI += di @ z[t].T
        dG += dg @ z[t].T
        dO += do @ z[t].T
        dh_next = (F.T @ df + I.T @ di + G.T @ dg + O.T @ do)[:3]
        dc_next = f[t] * dc
    for w, dw in ((F, dF), (I, dI), (G, dG), (O, dO), (V, dV)):
        w -= 0.05 * dw
"""

RECORDED = """
import numpy as np
rng = np.random.default_rng(7)
p = {k: rng.normal(scale=0.5, size=(3, 3)) for k in ("Uz", "Ur", "Uh")}
p |= {"W": rng.normal(size=(2, 3)), "br": np.zeros(3), "V": rng.normal(size=(3, 1))}
X, goal = rng.normal(size=(4, 5, 2)), rng.normal(size=(4, 1))
def sigmoid(a):
    return 1 / (1 + np.exp(-a))
for step in range(3):
    h, tape = np.zeros((4, 3)), []
    for t in range(5):
        x = X[:, t]
        z = sigmoid(h @ p["Uz"])
        r = sigmoid(h @ p["Ur"] + p["br"])
        n = np.tanh(x @ p["W"] + (r * h) @ p["Uh"])
        tape.append((x, h, z, r, n))
        h = (1 - z) * h + z * n
    out = h @ p["V"]
    g = {k: np.zeros_like(v) for k, v in p.items()}
    d = out - goal
    g["V"] += h.T @ d
    dh = d @ p["V"].T
    for x, h, z, r, n in reversed(tape):
        dz = dh * (n - h) * z * (1 - z)
        dn = dh * z * (1 - n * n)
        before = dh * (1 - z)
        g["W"] += x.T @ dn
        g["Uh"] += (r * h).T @ dn
        both = dn @ p["Uh"].T
        dr = both * h * r * (1 - r)
        before += both * r
        g["Ur"] += h.T @ dr
        g["br"] += dr.sum(0)
        g["Uz"] += h.T @ dz
        before += dr @ p["Ur"].T + dz @ p["Uz"].T
        dh = before
    for k in p:
        p[k] -= 0.1 * g[k]
"""

DROPPED = """
import numpy as np
rng = np.random.default_rng(8)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
U, V, w = rng.normal(size=(3, 5)), rng.normal(size=(5, 5)), rng.normal(size=(5, 1))
def leaky(a):
    return np.where(a > 0, a, 0.1 * a)
def slope(a):
    return np.where(a > 0, 1, 0.1)
for step in range(3):
    a1 = X @ U
    kept1 = (rng.random(a1.shape) < 0.8) / 0.8
    h1 = leaky(a1) * kept1
    a2 = h1 @ V
    kept2 = (rng.random(a2.shape) < 0.8) / 0.8
    h2 = leaky(a2) * kept2
    d = h2 @ w - t
    d2 = d @ w.T * kept2 * slope(a2)
    d1 = d2 @ V.T * kept1 * slope(a1)
    U -= 0.01 * X.T @ d1
    V -= 0.01 * h1.T @ d2
    w -= 0.01 * h2.T @ d
"""


STACKED = """
import numpy as np
rng = np.random.default_rng(9)
class Linear:
    def __init__(self, inputs, outputs):
        self.W = rng.normal(size=(inputs, outputs))
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        self.dW = self.x.T @ grad
        return grad @ self.W.T
class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, grad):
        return grad * (1 - self.out ** 2)
X, t = rng.normal(size=(9, 2)), rng.normal(size=(9, 1))
layers = [Linear(2, 4), Tanh(), Linear(4, 3), Tanh(), Linear(3, 1)]
for step in range(3):
    x = X
    for layer in layers:
        x = layer.forward(x)
    grad = (x - t) / 9
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers[::2]:
        layer.W -= 0.1 * layer.dW
"""

SKIPPED = """
import numpy as np
rng = np.random.default_rng(10)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 1))
U, W, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 4)), rng.normal(size=(4, 1))
for step in range(3):
    h = X @ U
    width = np.sqrt(h.var(axis=1, keepdims=True) + 1e-6)
    even = (h - h.mean(axis=1, keepdims=True)) / width
    y = (h + np.tanh(even @ W)) @ w
    d = y - t
    dh = d @ w.T
    da = dh * (1 - np.tanh(even @ W) ** 2)
    de = da @ W.T
    db = (de - de.mean(axis=1, keepdims=True) - even * (de * even).mean(axis=1, keepdims=True)) / width
    w -= 0.01 * (h + np.tanh(even @ W)).T @ d
    W -= 0.01 * even.T @ da
    U -= 0.01 * X.T @ (dh + db)
"""


AHEAD = """
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(9, 4))
y = X @ rng.normal(size=(4, 1)) + 0.1
w, b, v, u = np.zeros((4, 1)), 0.0, np.zeros((4, 1)), 0.0
for step in range(3):
    e = X @ (w + 0.9 * v) + (b + 0.9 * u) - y
    v = 0.9 * v - 0.05 * X.T @ e / 9
    u = 0.9 * u - 0.05 * e.mean()
    w = w + v
    b = b + u
"""

GATES = """
import numpy as np
rng = np.random.default_rng(3)
X, Y = rng.normal(size=(3, 6, 3)), rng.normal(size=(6, 2))
Wi, Wg, V = rng.normal(size=(3, 4)) * 0.4, rng.normal(size=(3, 4)) * 0.4, rng.normal(size=(4, 2))
bi, bg = np.zeros(4), np.zeros(4)
for step in range(3):
    gates, states, s = [], [], np.zeros((6, 4))
    for t in range(3):
        gates.append(1 / (1 + np.exp(-(X[t] @ Wi + bi))))
        states.append(np.tanh(X[t] @ Wg + bg))
        s = s + gates[t] * states[t]
    d = s @ V - Y
    ds = d @ V.T
    dWi, dWg, dbi, dbg = np.zeros_like(Wi), np.zeros_like(Wg), np.zeros_like(bi), np.zeros_like(bg)
    dis, dgs = [None] * 3, [None] * 3
    for t in range(3):
        di = ds * states[t] * gates[t] * (1 - gates[t])
        dg = ds * gates[t] * (1 - states[t] ** 2)
        dis[t] = di
        dgs[t] = dg
    for t in range(3):
        dWi += X[t].T @ dis[t]
        dWg += X[t].T @ dgs[t]
        e = dis[t]
        f = dgs[t]
        dbi += e.sum(axis=0)
        dbg += f.sum(axis=0)
    V -= 0.01 * s.T @ d
    for p, g in ((Wi, dWi), (Wg, dWg), (bi, dbi), (bg, dbg)):
        p -= 0.01 * g
"""

CASES = [
    (GATES, "dbg += f.sum", "dbg += dis[t].sum", MistakeKind.OTHER_TENSOR),
    (MASKED, "dh = dh / keep", "dh = dh * keep", MistakeKind.FACTOR),
    (SLOPES, "dz @ self.W.T", "da @ self.W.T", MistakeKind.OTHER_TENSOR),
    (NEURONS, "d_a = slope(net)", "d_a = slope(h)", MistakeKind.OTHER_TENSOR),
    (MARGINS, "dW[:, y[i]] -= X[i]", "dW[:, y[i]] += X[i]", MistakeKind.SIGN),
    (EMPTIED, "(1 - h**2)", "(1 - h)", MistakeKind.SLOPE_WRONG),
    (EMPTIED, "dV += h.T @ d", "dV = h.T @ d", MistakeKind.OVERWRITTEN),
    (POWERS, "(d * x**2).sum()", "(d * 2 * x).sum()", MistakeKind.UNKNOWN),
    (LEAKY, "np.where(z > 0, 1, 0.1)", "np.where(z > 0, 0.1, 1)", MistakeKind.CONDITION),
    (
        LEAKY,
        "d @ V.T * np.where(z > 0, 1, 0.1)",
        "np.where(z > 0, d @ V.T, 0.03 * (d @ V.T))",
        MistakeKind.SLOPE_WRONG,
    ),
    (LEAKY, "b -= 0.01 * db", "b -= 0.01 * b", MistakeKind.OTHER_TENSOR),
    (WORDS, "np.outer(x, V @ e)", "np.outer(x, h)", MistakeKind.UNKNOWN),
    (PENALISED, "dW += 0.5 * W", "dW += 0.5", MistakeKind.FACTOR),
    (PENALISED.replace(" + 0.25 * np.sum(W * W)", ""), "dW += 0.5 * W", "dW += 0.5", MistakeKind.TERM),
    (
        PASSED_FUNCTIONS,
        "return grad * self.slope(self.x)",
        "return grad * self.function(self.x)",
        MistakeKind.SLOPE_WRONG,
    ),
    (PRINTED_LATER, "X.T @ (h - y)", "np.sum(X.T * (h - y))", MistakeKind.AXIS),
    (PRINTED_LATER, "X.T @ (h - y)", "np.sum(X * (h - y)[:, None])", MistakeKind.AXIS),
    (NORMALISED, "(d_scaled * even).sum(axis=0)", "d_scaled.sum(axis=0)", MistakeKind.FACTOR),
    (RIVALS, "dQ = seen.T @ da + made.T @ db", "dQ = seen.T @ da", MistakeKind.TERM),
    (RIVALS, "dm @ Q.T * (1 - made ** 2)", "dm @ Q.T", MistakeKind.SLOPE_MISSING),
    (RIVALS, "dm = (b - 1) / 6", "dm = (1 - b) / 6", MistakeKind.SIGN),
    (NOISY, "d_mean = d_code + mean", "d_mean = d_code", MistakeKind.TERM),
    (NOISY, "deviation + 0.5 * (np.exp(spread) - 1)", "deviation", MistakeKind.TERM),
    (ATTENTION, "d_w - np.sum(d_w * w, axis=1, keepdims=True)", "d_w", MistakeKind.TERM),
    (CLOSURES, "W = W - 0.1", "W = W + 0.1", MistakeKind.SIGN),
    (REMEMBERED, "0.01 * G[k] ** 2", "0.01 * G[k]", MistakeKind.POWER),
    (REMEMBERED, '"U": h.T @ d}', '"U": 3 * h.T @ d}', MistakeKind.FACTOR),
    (REMEMBERED, "dz = dh * (s + z * s * (1 - s))", "dz = dh", MistakeKind.SLOPE_MISSING),
    (REMEMBERED, "(s + z * s * (1 - s))", "(s * (1 - s))", MistakeKind.SLOPE_WRONG),
    (REMEMBERED, "dz.sum(0)", "dh.sum(0)", MistakeKind.OTHER_TENSOR),
    (LOOPED, "W[k].T * (1 - h[k] ** 2)", "W[k].T", MistakeKind.SLOPE_MISSING),
    (ROWS_APART, "(p - 1) * b + n @ c", "(p - 1) * b - n @ c", MistakeKind.SIGN),
    (NORMALISED, "d_even / width + 2 * apart * d_square", "d_even / width", MistakeKind.TERM),
    (GATED, "np.outer(dc, gs[t] * hs[t])", "np.outer(dc, hs[t])", MistakeKind.FACTOR),
    (NORMALISED, "d_width / (2 * width) / 8", "d_width / width / 8", MistakeKind.FACTOR),
    (NORMALISED, "d_width = -(", "d_width = (", MistakeKind.SIGN),
    (NORMALISED, "d_even = d_scaled * scale", "d_even = d_scaled", MistakeKind.FACTOR),
    (CARRIED, "d_h = d @ V.T * (1 - h ** 2)", "d_h = d @ V.T", MistakeKind.SLOPE_MISSING),
    (CARRIED, "W -= 0.01", "W += 0.01", MistakeKind.SIGN),
    (DRAWN, "w -= 0.1 * g", "w += 0.1 * g", MistakeKind.SIGN),
    (DRAWN, "np.outer(d, x)", "np.outer(d, x * x)", MistakeKind.FACTOR),
    (ROWS, "Q[i] += 0.1 * (e * old", "Q[i] -= 0.1 * (e * old", MistakeKind.SIGN),
    (ROWS, "Q[i] += 0.1 * (e * old", "Q[i] = 0.1 * (e * old", MistakeKind.OVERWRITTEN),
    (PAIRS, "d_q = -d_apart", "d_q = d_apart", MistakeKind.SIGN),
    (PAIRS, "2 * (1 - y) * near)", "2 * (1 - y))", MistakeKind.FACTOR),
    (HELD, "self.U = self.U", "U = self.U", MistakeKind.NEVER_UPDATED),
    (VELOCITIES, "0.1 * gW", "0.1 * W", MistakeKind.OTHER_TENSOR),
    (VELOCITIES, "0.1 * gb", "0.1 * gW.sum(axis=0)", MistakeKind.OTHER_TENSOR),
    (NUMBERS, "u[i][j] += 0.5", "u[i][j] = 0.5", MistakeKind.OVERWRITTEN),
    (NUMBERS, "error += d[k]", "error = d[k]", MistakeKind.OVERWRITTEN),
    (NUMBERS, "return 1 - y ** 2", "return 1 - y", MistakeKind.SLOPE_WRONG),
    (CELLS, "(1 - bent ** 2) + dc_next", "(1 - bent ** 2)", MistakeKind.TERM),
    (CELLS, "dc_next = f[t] * dc", "dc_next = i[t] * dc", MistakeKind.OTHER_TENSOR),
    (RECORDED, "before += both * r", "before += both", MistakeKind.FACTOR),
    (RECORDED, '+ dz @ p["Uz"].T', "", MistakeKind.TERM),
    (RECORDED, 'g["br"] += dr', 'g["br"] = dr', MistakeKind.OVERWRITTEN),
    (DROPPED, "np.where(a > 0, 1, 0.1)", "np.where(a > 0, 1, 0)", MistakeKind.SLOPE_WRONG),
    (STACKED, "(1 - self.out ** 2)", "(1 - np.tanh(self.out) ** 2)", MistakeKind.SLOPE_PLACE),
    (SKIPPED, "- even * (de * even)", "- (de * even)", MistakeKind.UNKNOWN),
]


def judged(tmp_path, text):
    path = tmp_path / "homework.py"
    path.write_text(text)
    script = open_script(path)
    return judge_pass(script.iteration(0), script.source)


RIGHT = [
    (NORMALISED, "half_squared_error"),
    (CARRIED, "half_squared_error"),
    (ROWS, "half_squared_error"),
    (DRAWN, "half_squared_error"),
    (GATED, "half_squared_error"),
    (NOISY, "script"),
    (ATTENTION, "half_squared_error"),
    (CLOSURES, "half_squared_error"),
    (REMEMBERED, "half_squared_error"),
    (LOOPED, "half_squared_error"),
    (ROWS_APART, "script"),
    (HANDED_ON, "binary_cross_entropy"),
    (PAIRS, "script"),
    (HELD, "cross_entropy"),
    (VELOCITIES, "cross_entropy"),
    (NUMBERS, "half_squared_error"),
    (CELLS, "half_squared_error"),
    (RECORDED, "half_squared_error"),
    (DROPPED, "half_squared_error"),
    (STACKED, "half_squared_error"),
    (SKIPPED, "half_squared_error"),
    (GATES, "half_squared_error"),
    (AHEAD, "half_squared_error"),
]


@pytest.mark.parametrize(("text", "kind"), RIGHT)
def test_right_scripts_are_checked_and_not_accused(text, kind, tmp_path):
    verdict = judged(tmp_path, text)
    assert verdict.ok
    assert verdict.meaning.loss.kind == kind


def test_each_of_two_networks_follows_its_own_loss(tmp_path):
    verdict = judged(tmp_path, RIVALS)
    assert verdict.is_right
    assert [each.kind for each in verdict.findings] == [FindingKind.OTHER_LOSS]


def test_the_right_line_has_the_dictionary_of_the_parameter_and_not_that_of_its_gradient(tmp_path):
    slope = " * (1 - h**2)"
    back = f"d @ P['U'].T{slope}"
    lines = ["    G = {'U': h.T @ d}", f"    G['V'] = X.T @ ({back})", f"    G['v'] = ({back}).sum(0)"]
    text = REMEMBERED.replace("z / (1 + np.exp(-z))", "np.tanh(z)").replace(
        '    G = {"V": X.T @ dz, "v": dz.sum(0), "U": h.T @ d}', "\n".join(lines)
    )
    assert judged(tmp_path, text).ok
    (found,) = judged(tmp_path, text.replace(f"{slope})", ")", 1)).wrong
    assert found.right == lines[1].strip()


def test_the_right_line_of_an_average_has_its_authors_entries(tmp_path):
    right = "squares[k] = 0.99 * squares[k] + 0.01 * G[k] ** 2"
    (found,) = judged(tmp_path, REMEMBERED.replace(right, right[:-5])).wrong
    assert found.right == right.replace(" ** ", "**")


@pytest.mark.parametrize(("text", "right", "wrong", "kind"), CASES)
def test_the_line_is_named_where_its_own_inputs_are_right(text, right, wrong, kind, tmp_path):
    assert text.count(right) == 1
    verdict = judged(tmp_path, text.replace(right, wrong))
    line = text[: text.index(right)].count("\n") + 1
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(line, kind)]


INLINE = """
import numpy as np
rng = np.random.default_rng(8)
X, t = rng.normal(size=(9, 3)), rng.uniform(size=(9, 1))
V, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(3):
    h = np.tanh(X @ V)
    o = 1 / (1 + np.exp(-h @ w))
    w_step = h.T @ ((o - t) * o * (1 - o))
    V_step = X.T @ ((((o - t) * o * (1 - o)) @ w.T) * (1 - h ** 2))
    w = w - 0.1 * w_step
    V = V - 0.1 * V_step
"""


def test_a_line_without_two_factors_is_named_though_it_computes_the_error_itself(tmp_path):
    assert judged(tmp_path, INLINE).is_right
    wrong = INLINE.replace("((((o - t) * o * (1 - o)) @ w.T) * (1 - h ** 2))", "((o - t) @ w.T)")
    (found,) = judged(tmp_path, wrong).wrong
    assert (found.line, found.mistake) == (10, MistakeKind.SLOPE_MISSING)
    assert found.sentence == (
        "the factors 1 - h**2, the slope of h, and o * (1 - o), the slope of o, are missing"
    )
    # In the exponent, `-h @ w` is minus what h contributes: the derivation takes the sign away again.
    assert found.right == "V_step = X.T @ ((o - t) * (o * (1 - o)) @ w.T * (1 - h**2))"


SINGLE = """
import math, random
def bent(u):
    return 1 / (1 + math.exp(-u))
a, b, u, v = 0.4, -0.3, 0.1, 0.2
for turn in range(20):
    x, t = random.choice([(1, 0), (2, 0), (4, 1)])
    h = bent(a * x + u)
    p = bent(b * h + v)
    loss = (p - t) * (p - t)
    g = 2 * (p - t)
    gh = g * p * (1 - p) * b
    a_step = gh * h * (1 - h) * x
    u_step = gh * h * (1 - h)
    b_step = g * p * (1 - p) * h
    v_step = g * p * (1 - p)
    a -= 0.1 * a_step
    u -= 0.1 * u_step
    b -= 0.1 * b_step
    v -= 0.1 * v_step
"""


def test_of_two_losses_that_as_many_steps_are_multiples_of_the_computed_one_is_meant(tmp_path):
    """Without the slope, two steps follow the cross entropy, whose first gradient the last step reads."""
    assert judged(tmp_path, SINGLE).is_right
    verdict = judged(tmp_path, SINGLE.replace("gh = g * p * (1 - p) * b", "gh = g * b"))
    assert [(each.line, each.mistake) for each in verdict.wrong] == [(12, MistakeKind.SLOPE_MISSING)]
    assert verdict.findings == verdict.wrong


LATE = """
import numpy as np
rng = np.random.default_rng(9)
X, t = rng.normal(size=(1, 3)), rng.uniform(size=(1, 1))
V, w = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(3):
    h = np.tanh(X @ V)
    o = 1 / (1 + np.exp(-(h @ w)))
    error = 0.5 * np.mean((t - o) ** 2)
    d = o * (1 - o) * (o - t)
    dw = h.T @ d
    w_new = w - 0.1 * dw
    dV = X.T @ ((d @ w.T) * (1 - h ** 2))
    w = w_new
    V = V - 0.1 * dV
"""


def test_a_new_value_under_another_name_is_no_gradient_even_if_a_line_reads_it_as_one(tmp_path):
    assert judged(tmp_path, LATE).is_right
    wrong = LATE.replace("(d @ w.T)", "np.sum(w_new * w, axis=1)")
    wrong = wrong.replace("o * (1 - o) * (o - t)", "o * (1 - o) * (t - o)")
    (found,) = judged(tmp_path, wrong).wrong
    assert (found.line, found.mistake, found.right) == (10, MistakeKind.SIGN, "d = o * (1 - o) * (o - t)")


def test_a_correction_without_its_power_is_named_with_the_authors_entries(tmp_path):
    """Numbers and dictionaries stay as the author wrote them, and only the correction is new."""
    step = "memory[k] / (1 - 0.9 ** step) / (np.sqrt(squares[k] / (1 - 0.99 ** step)) + 1e-8)"
    text = REMEMBERED.replace("memory[k] / (np.sqrt(squares[k]) + 1e-8)", step)
    assert judged(tmp_path, text).ok
    (found,) = judged(tmp_path, text.replace("1 - 0.99 ** step", "1 - 0.99")).wrong
    assert found.right == f"P[k] -= 0.01 * {step}"
    unsquared = text.replace("G[k] ** 2", "G[k]").replace("np.sqrt(squares[k]", "np.sqrt(np.abs(squares[k])")
    (found,) = judged(tmp_path, unsquared).wrong
    assert found.right == "squares[k] = 0.99 * squares[k] + 0.01 * G[k]**2"


GIVEN_BACK = """
import numpy as np
rng = np.random.default_rng(11)
X, t = rng.normal(size=(9, 3)), rng.uniform(size=(9, 1))
P = {"V": rng.normal(size=(3, 4)), "w": rng.normal(size=(4, 1))}
def gradients(h, o):
    back = [(o - t) / len(t)]
    back.append(np.dot(back[-1], P["w"].T) * (1 - h ** 2))
    V_part = np.dot(X.T, back[1])
    w_part = np.dot(h.T, back[0])
    return V_part, w_part
def stepped(V_part, w_part, rate=0.5):
    V, w = P["V"] - rate * V_part, P["w"] - rate * w_part
    return {"V": V, "w": w}
for step in range(3):
    h = np.tanh(np.dot(X, P["V"]))
    o = np.dot(h, P["w"])
    loss = 0.5 * np.mean((o - t) ** 2)
    P = stepped(*gradients(h, o))
"""


@pytest.mark.parametrize(
    ("right", "wrong", "mistake", "line"),
    [
        ("back = [(o - t) / len(t)]", "back = [(t - o) / len(t)]", MistakeKind.SIGN, None),
        (
            "w_part = np.dot(h.T, back[0])",
            "w_part = np.dot(h.T, back[0]) * np.mean(h)",
            MistakeKind.FACTOR,
            "w_part = np.dot(h.T, back[0])",
        ),
        (
            'V, w = P["V"] - rate * V_part, P["w"] - rate * w_part',
            'V, w = P["V"] - rate * V_part, P["w"] - rate * w_part[0]',
            MistakeKind.INDEX,
            None,
        ),
        ('"w": w}', '"w": P["w"]}', MistakeKind.NEVER_UPDATED, ""),
    ],
)
def test_the_right_line_is_the_authors_but_for_its_wrong_part(right, wrong, mistake, line, tmp_path):
    """Also in a list, in one of two assignments, and of a number that the forward pass computes."""
    assert GIVEN_BACK.count(right) == 1
    assert judged(tmp_path, GIVEN_BACK).ok
    (found,) = judged(tmp_path, GIVEN_BACK.replace(right, wrong)).wrong
    assert (found.mistake, found.right) == (mistake, right if line is None else line)


WORDS = """
import numpy as np
rng = np.random.default_rng(12)
E, C = rng.normal(0, 0.3, (4, 3)), rng.normal(0, 0.3, (3, 4))
for step in range(3):
    loss = 0
    dE, dC = np.zeros_like(E), np.zeros_like(C)
    for word, other in [(0, 1), (1, 0), (1, 2), (2, 3)]:
        h = E[word]
        p = np.exp(h @ C) / np.sum(np.exp(h @ C))
        loss -= np.log(p[other])
        p[other] -= 1
        dC += np.outer(h, p)
        dE[word] += C @ p
    E -= 0.05 * dE
    C -= 0.05 * dC
"""


def test_the_gradient_of_a_row_that_is_read_twice_is_added_up(tmp_path):
    assert judged(tmp_path, WORDS).is_right
    (found,) = judged(tmp_path, WORDS.replace("dE[word] +=", "dE[word] =")).wrong
    assert (found.line, found.mistake, found.right) == (14, MistakeKind.OVERWRITTEN, "dE[word] += C @ p")


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        ("W = W - 0.1 * dW.T", MistakeKind.TRANSPOSE),
        ("W = W - 0.1 * dW * dW", MistakeKind.FACTOR),
        ("W = W - 0.1 * dW * W", MistakeKind.FACTOR),
    ],
)
def test_the_right_line_of_a_step_gives_the_parameters_shape_and_goes_along_its_gradient(
    step, mistake, tmp_path
):
    """A square matrix may be transposed by mistake, and what has other cells is no step of it."""
    text = """
import numpy as np
rng = np.random.default_rng(13)
X, t = rng.normal(size=(9, 4)), rng.normal(size=(9, 2))
W, V = rng.normal(size=(4, 4)), rng.normal(size=(4, 2))
for step in range(3):
    h = np.tanh(X @ W)
    d = h @ V - t
    dV = h.T @ d
    dW = X.T @ (d @ V.T * (1 - h ** 2))
    V = V - 0.1 * dV
    W = W - 0.1 * dW
"""
    right = "W = W - 0.1 * dW"
    assert judged(tmp_path, text).is_right
    (found,) = judged(tmp_path, text.replace(f"{right}\n", f"{step}\n")).wrong
    assert (found.line, found.mistake, found.right) == (12, mistake, right)


def test_a_memory_that_a_function_creates_under_another_name_has_the_sign_of_the_gradient(tmp_path):
    begin = REMEMBERED.index("        if k not in memory")
    memory = """        v = memory.get(k)
        if v is None:
            v = np.zeros_like(P[k])
        v = 0.9 * v + 0.1 * G[k]
        memory[k] = v
        P[k] -= 0.01 * v
"""
    text = REMEMBERED[:begin] + memory
    assert judged(tmp_path, text).ok
    (found,) = judged(tmp_path, text.replace("v + 0.1", "v - 0.1")).wrong
    assert (found.mistake, found.right) == (MistakeKind.SIGN, "v = 0.9 * v + 0.1 * G[k]")


def test_a_parameter_that_is_replaced_by_its_step_is_not_told_to_decay_as_well(tmp_path):
    text = WORDS.replace("E -= 0.05 * dE", "E = -0.05 * dE")
    assert text != WORDS
    verdict = judged(tmp_path, text)
    assert [(each.line, each.mistake) for each in verdict.findings] == [(15, MistakeKind.OVERWRITTEN)]


FIRST_WEIGHTS = """
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(8, 2)), rng.random((8, 1))
W, b, V = rng.normal(size=(2, 4)), np.zeros(4), rng.normal(size=(4, 1))
for step in range(3):
    h = np.tanh(X @ W + b)
    o = h @ V
    d = o - y
    dV = h.T @ d
    dh = d @ V.T * (1 - h ** 2)
    dX = dh @ W.T
    dW, db = X.T @ dh, dh.sum(axis=0)
    V -= 0.1 * dV
    b -= 0.1 * db
    W = W - 0.1 * dW
"""


def wrong(tmp_path, text):
    return [each for each in judged(tmp_path, text).findings if each.kind == FindingKind.WRONG]


def test_weights_beside_the_data_are_named_if_they_are_never_updated_and_the_data_are_not(tmp_path):
    """Nothing reads `dX`, the gradient by the data, in the right script either."""
    assert not wrong(tmp_path, FIRST_WEIGHTS)
    (found,) = wrong(tmp_path, FIRST_WEIGHTS.replace("    W = W - 0.1 * dW\n", ""))
    assert (found.line, found.sentence) == (13, "W is never updated, though its gradient is computed")


def test_weights_beside_one_sample_at_a_time_are_named_if_they_are_never_updated(tmp_path):
    text = FIRST_WEIGHTS.replace(
        "for step in range(3):", "Xs, ys = X, y\nfor k in range(8):\n    X, y = Xs[k:k + 1], ys[k:k + 1]"
    )
    assert not wrong(tmp_path, text)
    (found,) = wrong(tmp_path, text.replace("    W = W - 0.1 * dW\n", ""))
    assert (found.line, found.sentence) == (15, "W is never updated, though its gradient is computed")


def test_without_a_parameter_that_has_no_penalty_nothing_tells_which_of_the_two_is_a_multiple(tmp_path):
    alone = DECAYED.replace(" + b\n", "\n")
    for line in ("db = d.sum(axis=0)", "b -= 0.05 * db"):
        alone = alone.replace(f"    {line}\n", "")
    assert judged(tmp_path, alone).is_right
    verdict = judged(tmp_path, alone.replace("d = 2 * (y - T) / 12", "d = (y - T) / 12"))
    assert verdict.ok
    assert FindingKind.OTHER_LOSS in {each.kind for each in verdict.findings}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("d = (y - T) / 12", "0.5 times what it should be"),
        ("d = 2 * (y - T)", "the division by 12, the number of samples, is missing"),
        ("d = 2 * (y - T) / 3", ""),
    ],
)
def test_the_gradient_without_a_penalty_tells_that_the_error_and_not_the_penalty_is_a_multiple(
    line, sentence, tmp_path
):
    """A multiple that no single change gives may be meant: it is only told."""
    assert judged(tmp_path, DECAYED).is_right
    verdict = judged(tmp_path, DECAYED.replace("d = 2 * (y - T) / 12", line))
    assert [each.sentence for each in verdict.wrong] == [sentence] * bool(sentence)
    kinds = [each.kind for each in verdict.findings if each.kind is not FindingKind.NOT_LEARNING]
    told = [FindingKind.WRONG] if sentence else [FindingKind.OTHER_SCALE, FindingKind.OTHER_LOSS]
    assert kinds == told
    assert set(verdict.wrong_parameters) == ({"W", "b"} if sentence else set())


def test_a_multiple_of_one_gradient_is_named_beside_weight_decay(tmp_path):
    text = FIRST_WEIGHTS.replace("for step", "loss = 0\nfor step").replace(
        "d = o - y", "d = o - y; loss = 0.5 * (d ** 2).sum()"
    )
    text = text.replace("V -= 0.1 * dV", "V -= 0.1 * (dV + 0.01 * V)").replace(
        "0.1 * dW", "0.1 * (dW + 0.01 * W)"
    )
    assert not wrong(tmp_path, text)
    (found,) = wrong(tmp_path, text.replace("dV = h.T @ d", "dV = 2 * h.T @ d"))
    assert (found.line, found.right) == (11, "dV = h.T @ d")


@pytest.mark.parametrize(
    "loss", ["-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()", "-(y * np.log(p)).sum()"]
)
def test_an_error_of_an_activations_argument_is_named_where_the_script_computes_a_loss_of_its_output(
    tmp_path, loss
):
    """`o - y` descends half the squared error of `o`, which no line computes."""
    activation = (
        "1 / (1 + np.exp(-o))" if "1 - y" in loss else "np.exp(o) / np.exp(o).sum(axis=1, keepdims=True)"
    )
    text = FIRST_WEIGHTS.replace(
        "    d = o - y\n", f"    p = {activation}\n    loss = {loss}\n    d = p - y\n"
    )
    text = text.replace("rng.random((8, 1))", "np.eye(2)[rng.integers(0, 2, 8)]").replace(
        "size=(4, 1)", "size=(4, 2)"
    )
    assert not wrong(tmp_path, text)
    (found,) = wrong(tmp_path, text.replace("d = p - y", "d = o - y"))
    assert (found.line, found.right) == (11, "d = p - y")
    squared = text.replace(loss, "((p - y) ** 2).mean()")
    assert not wrong(tmp_path, squared)


def test_weights_that_begin_as_whole_numbers_are_checked(tmp_path):
    whole = FIRST_WEIGHTS.replace("W, b, V = rng.normal(", "W, b, V = rng.integers(-2, 3, ")
    (found,) = wrong(tmp_path, whole.replace("W = W - 0.1", "W = W + 0.1"))
    assert (found.line, found.right) == (16, "W = W - 0.1 * dW")


def test_an_update_of_another_parameter_by_a_gradient_names_the_one_that_it_should_update(tmp_path):
    text = FIRST_WEIGHTS.replace("o = h @ V", "o = h @ V + c").replace("X, y =", "c = np.zeros(1)\nX, y =")
    text = text.replace("b -= 0.1 * db", "b -= 0.1 * db; V -= 0.1 * d.sum(axis=0)")
    (found,) = wrong(tmp_path, text)
    assert (found.line, found.right) == (16, "c -= 0.1 * d.sum(axis=0)")
    assert found.sentence == "c is never updated: this line updates V with its gradient"


def test_a_parameter_that_its_step_replaces_is_named_once_with_the_sign_of_a_descent(tmp_path):
    (found,) = wrong(tmp_path, FIRST_WEIGHTS.replace("V -= 0.1 * dV", "V = 0.1 * dV"))
    assert (found.line, found.right) == (14, "V -= 0.1 * dV")
    assert found.sentence == "V is overwritten; this should be subtracted from it"


PASSED = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
W1, b1, W2, b2 = rng.normal(size=(3, 3)), np.zeros(3), rng.normal(size=(3, 3)), np.zeros(3)
def backward(a1, out):
    d2 = (out - Y) / len(X)
    dW2, db2 = a1.T @ d2, d2.sum(axis=0)
    d1 = (d2 @ W2.T) * (1 - a1 ** 2)
    dW1, db1 = X.T @ d1, d1.sum(axis=0)
    return dW1, db1, dW2, db2
for i in range(300):
    a1 = np.tanh(X @ W1 + b1)
    out = a1 @ W2 + b2
    dW1, db1, dW2, db2 = backward(a1, out)
    for p, g in zip([W1, b1, W2, b2], [dW1, db1, dW2, db2]):
        p -= 0.1 * g
"""


@pytest.mark.parametrize(
    ("right", "wrong", "given"),
    [
        ("return dW1, db1, dW2, db2", "return dW1, db2, dW2, db1", "b1 gets db2 instead of db1"),
        ("dW1, db1, dW2, db2 = backward", "dW2, db1, dW1, db2 = backward", "W1 gets dW2 instead of dW1"),
        ("[dW1, db1, dW2, db2]", "[dW2, db2, dW1, db1]", "W1 gets dW2 instead of dW1"),
        ("[W1, b1, W2, b2]", "[W1, b2, W2, b1]", "b2 gets db1 instead of db2"),
    ],
)
def test_gradients_that_change_places_on_their_way_are_told_where_they_are_listed(
    tmp_path, right, wrong, given
):
    path = tmp_path / "homework.py"
    assert PASSED.count(right) == 1
    for text, is_right in ((PASSED, True), (PASSED.replace(right, wrong), False)):
        path.write_text(text)
        script = open_script(path)
        verdict = judge_pass(script.iteration(0), script.source)
        assert verdict.ok == is_right
    (found,) = verdict.wrong
    line = text.split("\n")[found.line - 1].strip()
    assert wrong in line or right.startswith("[W")
    assert found.sentence.endswith(given)
    if found.right:
        path.write_text(text.replace(line.removesuffix(":"), found.right))
        script = open_script(path)
        assert judge_pass(script.iteration(0), script.source).ok


LAYERS = """
import numpy as np
rng = np.random.default_rng(4)
X, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
class Dense:
    def __init__(self, n, m):
        self.W = rng.normal(size=(n, m)) * 0.5
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, g):
        self.dW = self.x.T @ g
        return g @ self.W.T
class Leaky:
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.1 * x)
    def backward(self, g):
        return np.where(self.x > 0, g, 0.1 * g)
layers = [Dense(3, 5), Leaky(), Dense(5, 4), Leaky(), Dense(4, 2)]
def forward(x):
    for layer in layers:
        x = layer.forward(x)
    return x
for step in range(3):
    out = forward(X)
    g = out - t
    for layer in reversed(layers):
        g = layer.backward(g)
    for layer in layers:
        if isinstance(layer, Dense):
            layer.W -= 0.01 * layer.dW
"""


def test_what_a_loop_over_layers_passes_on_is_not_called_by_the_name_of_its_last_result(tmp_path):
    assert judged(tmp_path, LAYERS).ok
    (found,) = judged(tmp_path, LAYERS.replace("self.x > 0", "g > 0")).wrong
    assert found.sentence.startswith("it reads g instead of x:")


WINDOWS = """
import numpy as np
rng = np.random.default_rng(8)
E, U = rng.normal(size=(5, 3)), rng.normal(size=(3, 5))
around, middle = np.array([[0, 1], [1, 3], [4, 0]]), np.array([2, 0, 1])
for step in range(4):
    h = E[around].mean(axis=1)
    p = np.exp(h @ U) / np.exp(h @ U).sum(axis=1, keepdims=True)
    d = p - np.eye(5)[middle]
    dh = (d @ U.T)[:, None, :] / 2 * np.ones((3, 2, 1))
    dE = np.zeros_like(E)
    np.add.at(dE, around, dh)
    U -= 0.1 * h.T @ d
    E -= 0.1 * dE
"""


@pytest.mark.parametrize("operator", ["=", "+="])
def test_gradients_stored_at_numbers_that_come_twice_are_lost(operator, tmp_path):
    assert judged(tmp_path, WINDOWS).ok
    changed = WINDOWS.replace("np.add.at(dE, around, dh)", f"dE[around] {operator} dh")
    (found,) = judged(tmp_path, changed).wrong
    assert (found.line, found.mistake) == (12, MistakeKind.OVERWRITTEN)
    assert "np.add.at(dE, around, dh) adds all of them" in found.sentence


OVER_LINES = """
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
params = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 2)), "b2": np.zeros(2)}
def backward(x, a, h, out, t):
    d_out = (out - t) / len(x)
    d_h = d_out @ params["W2"].T
    d_a = (
        d_h
        * np.where(a > 0, 1, 0.1)
    )
    return (
        x.T @ d_a,
        d_a.sum(axis=0),
        h.T @ d_out,
        d_out.sum(axis=0),
    )
for step in range(3):
    a = X @ params["W1"] + params["b1"]
    h = np.where(a > 0, a, 0.1 * a)
    out = h @ params["W2"] + params["b2"]
    loss = 0.5 * np.mean(np.sum((out - T) ** 2, axis=1))
    dW1, db1, dW2, db2 = backward(X, a, h, out, T)
    grads = {
        "W1": dW1,
        "b1": db1,
        "W2": dW2,
        "b2": db2,
    }
    for k in params:
        params[k] -= 0.1 * grads[k]
"""

PAIRS = """
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
for step in range(3):
    h = np.tanh(X @ W)
    out = h @ V
    d_out = (out - T) / len(X)
    d_h = d_out @ V.T * (1 - h**2)
    updates = [
        (W, X.T @ d_h),
        (V, h.T @ d_out),
    ]
    for p, g in updates:
        p -= 0.1 * g
"""


@pytest.mark.parametrize(
    ("text", "right", "wrong", "shown"),
    [
        (OVER_LINES, "x.T @ d_a,", "x.T @ d_h,", "x.T @ d_a,"),
        (OVER_LINES, "d_a.sum(axis=0),", "d_h.sum(axis=0),", "d_a.sum(axis=0),"),
        (OVER_LINES, "h.T @ d_out,", "a.T @ d_out,", "h.T @ d_out,"),
        (OVER_LINES, '"b1": db1,', '"b1": -db1,', '"b1": db1,'),
        (OVER_LINES, '"b2": db2,', '"b2": -db2,', '"b2": db2,'),
        (OVER_LINES, "* np.where(a > 0, 1, 0.1)", "* np.where(a > 0, 1, 0.5)", ""),
        (PAIRS, "(V, h.T @ d_out),", "(V, (X @ W).T @ d_out),", "(V, h.T @ d_out),"),
        (PAIRS, "(W, X.T @ d_h),", "(W, -X.T @ d_h),", "(W, X.T @ d_h),"),
    ],
)
def test_of_a_statement_over_several_lines_the_line_of_the_wrong_part_is_named(
    text, right, wrong, shown, tmp_path
):
    assert judged(tmp_path, text).is_right
    verdict = judged(tmp_path, text.replace(right, wrong))
    (found,) = verdict.wrong
    lines = text.replace(right, wrong).split("\n")
    assert lines[(found.part_line or found.line) - 1].strip() == wrong
    if shown:
        source = open_script(tmp_path / "homework.py").source
        assert (found.shown_line(source), found.shown_right(source)) == (wrong, shown)
        assert found.place(source)[1] == found.part_line
        assert found.statement_place(source)[1] == found.line
        # The listing marks that line, and an edit begins with the whole statement.
        assert wrong_lines(verdict, source) == ((("", found.part_line), found.right),)


UPDATE_LOOP = """
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
p = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 2)), "b2": np.zeros(2)}
NAMES
def step(p, g):
    LOOP
for i in range(3):
    h = np.tanh(X @ p["W1"] + p["b1"])
    out = h @ p["W2"] + p["b2"]
    d = (out - T) / len(X)
    d_h = d @ p["W2"].T * (1 - h**2)
    g = {"W1": X.T @ d_h, "b1": d_h.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}
    step(p, g)
"""
BY_NAME = "for k in names: p[k] -= 0.1 * g[k]"
BY_NUMBER = (
    'for n in range(2):\n        p["W" + str(n + 1)] -= 0.1 * g["W" + str(n + 1)]'
    '\n        p["b" + str(n + 1)] -= 0.1 * g["b" + str(n + 1)]'
)


@pytest.mark.parametrize(
    ("names", "loop", "right", "wrong"),
    [
        ('names = ["W1", "b1", "W2", "b2"]', BY_NAME, '"W2", "b2"]', '"W2"]'),
        ('names = ["W1", "b1", "W2", "b2"]', BY_NAME, "in names:", "in names[:-1]:"),
        ("", BY_NAME.replace("names", '["W1", "b1", "W2", "b2"]'), '"W2", "b2"]', '"W2"]'),
        ("", BY_NUMBER, "range(2)", "range(1)"),
        ("", BY_NUMBER, "range(2)", "range(1, 2)"),
    ],
)
def test_a_line_that_leaves_a_parameter_out_of_the_updates_is_named(names, loop, right, wrong, tmp_path):
    text = UPDATE_LOOP.replace("NAMES", names).replace("LOOP", loop)
    assert judged(tmp_path, text).is_right
    assert text.count(right) == 1
    text = text.replace(right, wrong)
    (found,) = judged(tmp_path, text).wrong
    assert wrong in text.split("\n")[found.line - 1]
    assert found.mistake is MistakeKind.NEVER_UPDATED


def test_a_gradient_that_a_loop_does_not_read_is_named_where_it_is_computed(tmp_path):
    text = UPDATE_LOOP.replace("NAMES", "").replace("LOOP", BY_NUMBER)
    text = text.replace('\n        p["b" + str(n + 1)] -= 0.1 * g["b" + str(n + 1)]', "")
    assert {text.split("\n")[each.line - 1].strip()[:3] for each in judged(tmp_path, text).wrong} == {"g ="}


RENAMED = """
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(9, 3)), rng.integers(0, 3, 9)
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
rows = np.eye(3)[y]
for step in range(3):
    z = X @ W
    h = np.maximum(0, z)
    s = h @ V
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[np.arange(9), y]))
    d_s = (p - rows) / 9
    d_h = d_s @ V.T
    d_z = d_h * (z > 0)
    V -= 0.1 * h.T @ d_s
    W -= 0.1 * X.T @ d_z
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("d_s = (p - rows) / 9", "d_s = p"),
        ("d_s = (p - rows) / 9", "d_s = p.copy()"),
        ("d_z = d_h * (z > 0)", "d_z = d_h"),
        ("d_z = d_h * (z > 0)", "d_z = d_h.copy()"),
    ],
)
def test_a_line_that_only_gives_a_result_another_name_is_named_for_what_it_lacks(right, wrong, tmp_path):
    assert judged(tmp_path, RENAMED).is_right
    (found,) = judged(tmp_path, RENAMED.replace(right, wrong)).wrong
    assert found.line == RENAMED[: RENAMED.index(right)].count("\n") + 1


RETURNED = """
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(10, 3)), rng.integers(0, 3, 10)
W = rng.normal(size=(3, 3))
def shares(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def slope(p):
    d = p.copy()
    d[np.arange(10), y] -= 1
    return d / 10
for step in range(3):
    p = shares(X @ W)
    loss = -np.log(p[np.arange(10), y]).mean()
    d = slope(p)
    W -= 0.1 * X.T @ d
"""


def test_a_rate_that_is_one_by_the_number_of_samples_is_no_division_by_it(tmp_path):
    assert not judged(tmp_path, RETURNED).findings
    text = RETURNED.replace("return d / 10", "return d")
    (found,) = judged(tmp_path, text).findings
    assert found.sentence.startswith("the gradients are 10 times those of loss: no line divides by 10")
    # What is stored into a part is divided where it is returned.
    assert text.split("\n")[found.line - 1].strip() == "return d"


UPDATED_ABOVE = """
import numpy as np
rng = np.random.default_rng(3)
X, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
def sigmoid(x): return 1 / (1 + np.exp(-x))
for step in range(3):
    z = X @ W
    h = np.log(1 + np.exp(z))
    d = h @ V - t
    d_h = d @ V.T
    d_z = d_h * sigmoid(z)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ d_z
"""


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "line"),
    [
        ("X.T @ d_z", "X.T @ (d @ V.T * sigmoid(z))", MistakeKind.UPDATED_BEFORE_USED, ""),
        ("sigmoid(z)", "sigmoid(h)", MistakeKind.SLOPE_PLACE, "d_z = d_h * sigmoid(z)"),
    ],
)
def test_the_kind_of_a_mistake_is_that_of_the_nearest_cause(right, wrong, kind, line, tmp_path):
    (found,) = judged(tmp_path, UPDATED_ABOVE.replace(right, wrong)).wrong
    assert (found.mistake, found.right) == (kind, line)


POOLED = """
import numpy as np
rng = np.random.default_rng(3)
images, t = rng.normal(size=(4, 6)), rng.normal(size=4)
w, v = rng.normal(size=3), rng.normal(size=2)
for n in range(4):
    x = images[n]
    out = np.zeros(4)
    for i in range(4):
        out[i] = np.sum(x[i:i + 3] * w)
    p = np.array([out[:2].max(), out[2:].max()])
    y = p @ v
    d = y - t[n]
    d_p = d * v
    d_out = np.zeros(4)
    for k in range(2):
        d_out[2 * k:2 * k + 2] = d_p[k] * (out[2 * k:2 * k + 2] == p[k])
    dw = np.zeros(3)
    for i in range(4):
        dw = d_out[i] * x[i:i + 3]
    v -= 0.01 * d * p
    w -= 0.01 * dw
"""


def test_a_sum_that_begins_with_0_is_overwritten_where_few_of_its_terms_are_not_0(tmp_path):
    assert judged(tmp_path, POOLED.replace("dw = d_out[i]", "dw += d_out[i]")).is_right
    (found,) = judged(tmp_path, POOLED).wrong
    assert (found.mistake, found.right) == (MistakeKind.OVERWRITTEN, "dw += d_out[i] * x[i:i + 3]")


@pytest.mark.parametrize(
    ("written", "right", "wrong"),
    [
        ("(\n        back\n        - back * h**2\n    )", "- back * h**2", "+ back * h**2"),
        ("(back -\n        back * h**2)", "d_h = (back -", "d_h = (back +"),
        ("back \\\n        * (1 - h**2)", "* (1 - h**2)", "* (1 + h**2)"),
    ],
)
def test_the_line_of_a_wrong_sign_in_a_statement_over_several_lines_is_named(written, right, wrong, tmp_path):
    text = PAIRS.replace("d_h = d_out @ V.T * (1 - h**2)", f"back = d_out @ V.T\n    d_h = {written}")
    assert judged(tmp_path, text).is_right
    assert text.count(right) == 1
    text = text.replace(right, wrong)
    (found,) = judged(tmp_path, text).wrong
    assert text.split("\n")[(found.part_line or found.line) - 1].strip().endswith(wrong)
    assert "\\" not in found.equation.written


MOMENTUM = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = X @ np.array([[1.0], [2.0], [3.0]])
p, m = {"W": np.zeros((3, 1)), "b": np.zeros(1)}, {}
for i in range(20):
    out = X @ p["W"] + p["b"]
    d = (out - y) / len(X)
    g = {"W": X.T @ d, "b": d.sum(0)}
    for k in p:
        m[k] = 0.9 * m.get(k, 0) + 0.1 * g[k]
        p[k] = p[k] - 0.1 * m[k]
"""


@pytest.mark.parametrize("index", [0, 2])
def test_what_is_carried_on_from_the_second_pass_on_is_no_part_of_the_first(index, tmp_path):
    path = tmp_path / "homework.py"
    path.write_text(MOMENTUM)
    script = open_script(path)
    verdict = judge_pass_or_say_why(script.iteration(index), script.source, script=script)
    assert verdict.is_right
    assert verdict.is_checked


def test_beside_a_penalty_a_mean_is_not_accused_where_the_script_prints_a_sum(tmp_path):
    verdict = judged(
        tmp_path, DECAYED.replace("np.mean(np.sum((y - T) ** 2, axis=1))", "np.sum((y - T) ** 2)")
    )
    assert verdict.ok
    assert FindingKind.OTHER_SCALE in {each.kind for each in verdict.findings}
