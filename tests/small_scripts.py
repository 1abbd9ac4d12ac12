"""Small training scripts, a trap or two in each: what their passes compute, and how it is told."""

import textwrap

HEAD = """\
import math
import numpy as np
rng = np.random.default_rng(5)
X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [0.1, 0.9, -0.4], [-1.2, 0.3, 0.8]])
t = np.array([[1.0], [0.0], [1.0], [0.0]])
y = np.array([0, 1, 1, 0])
W = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.2]])
V = np.array([[0.7], [-0.6]])
b = np.zeros(2)
w = np.array([0.2, -0.1, 0.4])
"""

SCRIPTS = {
    "names of one line and several": """
        for step in range(12):
            a = X @ W; h = np.tanh(a)
            out = h @ V
            d = out - t; loss = (d ** 2).mean()
            gV = h.T @ d
            g = d @ V.T
            g = g * (1 - h ** 2)
            g = X.T @ g
            V -= 0.1 * gV
            W -= 0.1 * g
            print("loss", loss, "at", step)
    """,
    "statements over several lines": """
        for step in range(12):
            scores = (X @ W
                      + b)
            exps = np.exp(
                scores - scores.max(
                    axis=1, keepdims=True))
            probs = exps / exps.sum(axis=1,
                                    keepdims=True)
            if step % 2 == 0: probs = probs * 1.0
            loss = -np.log(probs[
                range(4), y]).mean()
            delta = probs.copy()
            delta[range(4), y] -= 1
            delta /= 4
            for name in ("W",
                         "b"):
                last = name
            W = W - 0.5 * X.T @ delta
            b = b - 0.5 * delta.sum(0)
    """,
    "a class with layers in a list": """
        class Dense:
            def __init__(self, weights, rate):
                self.weights = weights
                self.bias = np.zeros(weights.shape[1])
                self.rate = rate
            def forward(self, inputs):
                self.inputs = inputs
                self.out = inputs @ self.weights + self.bias
                return self.out
            def backward(self, gradient):
                back = gradient @ self.weights.T
                self.weights -= self.rate * self.inputs.T @ gradient
                self.bias -= self.rate * gradient.sum(axis=0)
                return back
        class Squash:
            def forward(self, inputs):
                self.out = 1 / (1 + np.exp(-inputs))
                return self.out
            def backward(self, gradient):
                return gradient * self.out * (1 - self.out)
        layers = [Dense(W, 0.5), Squash(), Dense(V, 0.5)]
        for step in range(12):
            value = X
            for layer in layers:
                value = layer.forward(value)
            error = value - t
            for layer in reversed(layers):
                error = layer.backward(error)
            cost = np.mean(np.square(value - t))
    """,
    "parameters in a dictionary": """
        params = {"W1": W, "b1": b, "W2": V}
        grads = {}
        memory = {key: np.zeros_like(value) for key, value in params.items()}
        for step in range(12):
            z = X @ params["W1"] + params["b1"]
            a = np.maximum(z, 0)
            out = a @ params["W2"]
            grads["W2"] = a.T @ (out - t)
            dz = (out - t) @ params["W2"].T * (z > 0)
            grads["W1"] = X.T @ dz
            grads["b1"] = dz.sum(axis=0)
            for key in params:
                memory[key] = 0.9 * memory[key] + grads[key]
                params[key] -= 0.01 * memory[key]
    """,
    "Adam with a counter": """
        m, v = np.zeros_like(w), np.zeros_like(w)
        count = 0
        for step in range(12):
            count += 1
            error = X @ w - t[:, 0]
            g = X.T @ error / len(X)
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            m_hat = m / (1 - 0.9 ** count)
            v_hat = v / (1 - 0.999 ** count)
            w -= 0.05 * m_hat / (np.sqrt(v_hat) + 1e-8)
    """,
    "batches drawn from an order": """
        for step in range(12):
            order = rng.permutation(4)
            total = 0.0
            for start in range(0, 4, 2):
                rows = order[start:start + 2]
                x, target = X[rows], t[rows]
                error = x @ w[:, None] - target
                total += (error ** 2).sum()
                w -= 0.1 * (x.T @ error)[:, 0] / 2
            print(f"epoch {step}: {total / 4:.3f}")
    """,
    "one sample after the other": """
        for step in range(12):
            for x, target in zip(X, t[:, 0]):
                out = 1 / (1 + np.exp(-np.dot(x, w)))
                slope = out * (1 - out)
                w = w + 0.3 * (target - out) * slope * x
    """,
    "a sample drawn by its number": """
        for step in range(12):
            i = step % 4
            x = X[i]
            target = t[i, 0]
            out = x.dot(w)
            w -= 0.05 * (out - target) * x
    """,
    "rows stored into a result": """
        for step in range(12):
            H = np.zeros((4, 2))
            for i in range(4):
                H[i] = np.tanh(X[i] @ W)
            out = H @ V
            G = np.zeros((3, 2))
            for i in range(4):
                G += np.outer(X[i], (out[i] - t[i]) * V[:, 0] * (1 - H[i] ** 2))
            W[:] = W - 0.1 * G
            V[0] -= 0.01
    """,
    "parts stored in place": """
        for step in range(12):
            z = X @ W
            z[0, 1] = 0.0
            z[:, 0] *= 0.5
            z[1:3] += b
            z[-1] = 1.0
            z[z < -0.5] = 0
            out = z @ V
            grad = z.T @ (out - t)
            V -= 0.05 * grad
            b[0] -= 0.01 * grad[0, 0]
            b[1:] -= 0.02
    """,
    "views that share": """
        flat = np.arange(8.0) / 10
        first = flat[:6].reshape(3, 2)
        second = flat[6:].reshape(2, 1)
        for step in range(12):
            h = np.tanh(X @ first)
            d = h @ second - t
            g2 = h.T @ d
            g1 = X.T @ (d @ second.T * (1 - h * h))
            second -= 0.1 * g2
            first -= 0.1 * g1
            norm = np.sqrt((flat ** 2).sum())
    """,
    "a flat gradient into one array": """
        theta = np.concatenate([W.ravel(), V.ravel()])
        for step in range(12):
            A = theta[:6].reshape(3, 2)
            B = theta[6:].reshape(2, 1)
            h = np.tanh(X @ A)
            d = h @ B - t
            gA = X.T @ (d @ B.T * (1 - h ** 2))
            gB = h.T @ d
            theta -= 0.1 * np.concatenate([gA.ravel(), gB.ravel()])
    """,
    "functions within functions": """
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))
        def slope(a):
            return a * (1 - a)
        def forward(W, V):
            hidden = sigmoid(X @ W)
            return hidden, sigmoid(hidden @ V)
        def train(W, V, rate=0.5):
            hidden, out = forward(W, V)
            d = (out - t) * slope(out)
            gV = hidden.T @ d
            gW = X.T @ (d @ V.T * slope(hidden))
            W = W - rate * gW
            V = V - rate * gV
            return W, V
        for step in range(12):
            W, V = train(W, V)
    """,
    "closures and partial": """
        from functools import partial
        def scaled(factor, z):
            return factor * z
        def maker(power):
            def act(z):
                return np.sign(z) * np.abs(z) ** power
            return act
        act = maker(1.5)
        half = partial(scaled, 0.5)
        double = lambda z: 2 * z
        for step in range(12):
            z = half(X @ w)
            a = act(double(z))
            error = a - t[:, 0]
            w = w - 0.05 * X.T @ (error * 1.5 * np.abs(2 * z) ** 0.5)
    """,
    "a cache of a tuple": """
        def forward(x, W, b):
            z = x @ W + b
            a = np.tanh(z)
            cache = (x, z, a)
            return a, cache
        def backward(da, cache):
            x, z, a = cache
            dz = da * (1 - np.tanh(z) ** 2)
            return x.T @ dz, dz.sum(axis=0)
        for step in range(12):
            a, cache = forward(X, W, b)
            loss = ((a.sum(axis=1, keepdims=True) - t) ** 2).sum()
            gW, gb = backward(2 * (a.sum(axis=1, keepdims=True) - t) * np.ones((1, 2)), cache)
            W -= 0.02 * gW
            b -= 0.02 * gb
    """,
    "numbers of Python": """
        weights = [0.1, -0.2, 0.3]
        bias = 0.05
        for step in range(12):
            gradients = [0.0, 0.0, 0.0]
            slip = 0.0
            for row, target in zip(X.tolist(), t[:, 0].tolist()):
                total = bias
                for weight, cell in zip(weights, row):
                    total += weight * cell
                out = 1 / (1 + math.exp(-total))
                error = out - target
                for j in range(3):
                    gradients[j] += error * row[j]
                slip += error
            for j in range(3):
                weights[j] -= 0.1 * gradients[j]
            bias -= 0.1 * slip
    """,
    "objects with numbers": """
        class Neuron:
            scale = 2.0
            def __init__(self, weight):
                self.weight = weight
                self.bias = 0
                self.grad = 0.0
            def __call__(self, x):
                self.x = x
                return math.tanh(self.scale * self.weight * x + self.bias)
        neurons = [Neuron(0.5), Neuron(-0.25)]
        for step in range(12):
            for neuron in neurons:
                neuron.grad = 0.0
            for x, target in ((0.5, 1.0), (-0.5, 0.0)):
                outs = [neuron(x) for neuron in neurons]
                error = sum(outs) - target
                for neuron, out in zip(neurons, outs):
                    neuron.grad += error * (1 - out ** 2) * neuron.scale * x
                    neuron.bias -= 0.01 * error * (1 - out ** 2)
            for neuron in neurons:
                neuron.weight -= 0.1 * neuron.grad
    """,
    "numbers of float32": """
        X, t, W, V = (each.astype(np.float32) for each in (X, t, W, V))
        for step in range(12):
            h = np.maximum(X @ W, np.float32(0.01) * (X @ W))
            out = h @ V
            d = (out - t) / np.float32(4)
            dh = d @ V.T
            dh[X @ W < 0] *= np.float32(0.01)
            V -= np.float32(0.1) * (h.T @ d)
            W -= np.float32(0.1) * (X.T @ dh)
            loss = float(np.sum(d * d))
    """,
    "random draws of many kinds": """
        for step in range(12):
            noise = rng.normal(0, 0.1, X.shape)
            keep = (rng.random((4, 2)) < 0.8) / 0.8
            i = rng.integers(4)
            h = np.tanh((X + noise) @ W) * keep
            d = h @ V - t
            W -= 0.1 * (X + noise).T @ (d @ V.T * (1 - np.tanh((X + noise) @ W) ** 2) * keep)
            V -= 0.1 * h.T @ d
            W[0] += 0.001 * X[i][:2]
            if rng.random() < 2:
                b = b - 0.01 * d.mean()
    """,
    "in place by out": """
        z, d = np.zeros((4, 2)), np.zeros((4, 1))
        for step in range(12):
            np.matmul(X, W, out=z)
            np.tanh(z, out=z)
            np.subtract(z @ V, t, d)
            np.multiply(d, 0.5, out=d)
            g = np.zeros((2, 1))
            np.add.at(g, ([0, 1], [0, 0]), (z.T @ d)[:, 0])
            np.copyto(b, g[:, 0])
            V -= g
            z.fill(0)
            z.sort()
    """,
    "branches and a best value": """
        best = 1e9
        best_W = W.copy()
        history = []
        for step in range(12):
            a = X @ W
            loss = float(((a @ V - t) ** 2).mean())
            history.append(loss)
            if loss < best:
                best, best_W = loss, W.copy()
            rate = 0.1 if step < 2 else 0.05
            gW = X.T @ ((a @ V - t) @ V.T)
            if np.abs(gW).max() > 1:
                gW = gW / np.abs(gW).max()
            W = W - rate * gW
            print(step, round(loss, 3), "%.2f" % best)
    """,
    "generators and comprehensions": """
        def batches(size):
            for start in range(0, len(X), size):
                yield X[start:start + size], t[start:start + size]
        for step in range(12):
            errors = []
            for x, target in batches(2):
                out = x @ W @ V
                errors.append(out - target)
                V = V - 0.1 * (x @ W).T @ (out - target)
            total = sum(float((error ** 2).sum()) for error in errors)
            shown = np.array([error.mean() for error in errors])
    """,
    "joins and splits": """
        both = np.vstack([W, b])
        for step in range(12):
            inputs = np.hstack([X, np.ones((4, 1))])
            z = inputs @ both
            left, right = np.split(z, 2, axis=1)
            gate = 1 / (1 + np.exp(-left))
            out = np.concatenate([gate, right], axis=1)
            d = out[:, :1] * out[:, 1:] - t
            dleft = d * right * gate * (1 - gate)
            dright = d * gate
            both = both - 0.1 * inputs.T @ np.c_[dleft, dright]
    """,
    "one-hot and argmax": """
        T = np.eye(2)[y]
        for step in range(12):
            scores = X @ W
            scores -= np.max(scores, axis=1)[:, np.newaxis]
            p = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
            hits = np.mean(np.argmax(p, axis=1) == y)
            W -= 0.3 * np.dot(X.T, p - T) / X.shape[0]
            b -= 0.3 * np.mean(p - T, axis=0)
            print("accuracy: {:.0%}, cost: {:.3f}".format(hits, -np.sum(T * np.log(p)) / len(y)))
    """,
    "vectorize and where": """
        leaky = np.vectorize(lambda z: z if z > 0 else 0.1 * z)
        def step_of(z):
            if z > 0:
                return 1.0
            return 0.1
        steps = np.vectorize(step_of)
        for step in range(12):
            z = X @ W
            a = leaky(z)
            d = a @ V - t
            g = d @ V.T * steps(z)
            g = np.where(np.abs(g) > 1, np.sign(g), g)
            W = W - 0.1 * X.T @ g
            clipped = np.clip(W, -1, 1)
    """,
    "lists of weights": """
        sizes = [3, 2, 1]
        Ws = [W, V]
        bs = [np.zeros(n) for n in sizes[1:]]
        for step in range(12):
            acts = [X]
            for A, c in zip(Ws, bs):
                acts.append(np.tanh(acts[-1] @ A + c))
            delta = (acts[-1] - t) * (1 - acts[-1] ** 2)
            for l in range(len(Ws) - 1, -1, -1):
                gW, gb = acts[l].T @ delta, delta.sum(0)
                delta = (delta @ Ws[l].T) * (1 - acts[l] ** 2)
                Ws[l] = Ws[l] - 0.1 * gW
                bs[l] -= 0.1 * gb
    """,
    "a while loop until it is small": """
        error = 1.0
        rounds = 0
        while error > 1e-3 and rounds < 12:
            rounds += 1
            residual = X @ w - t[:, 0]
            grad = 2 * X.T @ residual / 4
            w -= 0.1 * grad
            error = np.linalg.norm(grad)
    """,
    "global variables": """
        def update():
            global W, V
            hidden = np.tanh(X @ W)
            d = hidden @ V - t
            old = V
            V = V - 0.1 * hidden.T @ d
            W = W - 0.1 * X.T @ (d @ old.T * (1 - hidden ** 2))
        def fit(rounds):
            for _ in range(rounds):
                update()
        fit(12)
    """,
    "matrices": """
        M = np.asmatrix(W)
        for step in range(12):
            out = np.asmatrix(X) * M
            d = out.sum(axis=1) - t
            M = M - 0.1 * (np.asmatrix(X).T * np.repeat(d, 2, axis=1))
            kept = np.asarray(M)[0]
    """,
    "what no equation can say": """
        for step in range(12):
            z = X @ w
            order = np.argsort(z)
            ranked = np.sort(z)
            middle = np.median(z)
            q, r = np.linalg.qr(X[:3])
            spread = np.percentile(z, 75)
            w = w - 0.01 * X.T @ (z - middle) - 0.001 * r[0]
    """,
    "tuples and swaps": """
        u = np.zeros(3)
        for step in range(12):
            w, before = w - 0.1 * X.T @ (X @ w - t[:, 0]) + 0.5 * u, w
            u = w - before
            pair = (u, before)
            (first, second), third = pair, 3
            first = first * third
    """,
    "tensors of three axes": """
        cube = np.arange(24.0).reshape(2, 3, 4) / 10
        K = np.array([0.1, -0.2, 0.3, 0.05])
        for step in range(12):
            s = np.einsum("ijk,k->ij", cube, K)
            p = np.exp(s - s.max(axis=-1, keepdims=True))
            p /= p.sum(axis=-1, keepdims=True)
            mixed = (p[..., None] * cube).sum(axis=1)
            pooled = cube.max(axis=1)
            d = mixed - pooled
            dK = np.zeros(4)
            for n in range(2):
                dK += (p[n][:, None] * (cube[n] - mixed[n]) * (cube[n] @ d[n])[:, None]).sum(axis=0)
            K -= 0.01 * dK
    """,
    "try and with": """
        class Tape:
            def __enter__(self):
                self.values = []
                return self
            def __exit__(self, *error):
                return False
        for step in range(12):
            with Tape() as tape:
                try:
                    z = X @ w
                    tape.values.append(z)
                    if step == 3:
                        raise ValueError("three")
                    scale = 1.0
                except ValueError:
                    scale = 0.5
                finally:
                    count = len(tape.values)
            w = w - 0.1 * scale * X.T @ (tape.values[0] - t[:, 0]) / count
    """,
    "columns joined in brackets": """
        for step in range(12):
            inputs = np.c_[X, np.ones(4)]
            long = np.r_[w, 0.5]
            z = inputs @ long
            mixed = np.r_[z, 1.0, 2.0]
            pair = np.c_[z, z * 2]
            w = w - 0.1 * (inputs.T @ (z - t[:, 0]))[:-1] + 0 * pair.sum()
    """,
    "cells by masks": """
        for step in range(12):
            z = X @ W
            positive = z > 0
            a = z.copy()
            a[~positive] = 0.1 * z[~positive]
            a[positive] += 1.0
            a[positive & (z < 1)] *= 2
            some = z[positive]
            chosen = np.exp(z[positive]) + 1
            high = chosen.sum()
            z[z > 1] = z[z > 1] - z[z > 1] ** 2
            mixed = z[positive] + a[positive]
            a[positive] = np.tanh(z[positive])
            flags = (z > 0) | (a > 0)
            W -= 0.01 * X.T @ (a + flags) + 0 * high
    """,
    "cells by lists and steps": """
        for step in range(12):
            z = X @ W
            some = z[[0, 2]]
            pairs = z[[0, 1], [1, 0]]
            every = z[::2]
            last = z[-1, :]
            cell = z[1][0]
            column = z[..., 0]
            rows = z[y]
            every *= 2
            z[[0, 1], [1, 0]] -= 1.0
            z[::2, 1] = 3.0
            z[1:, None][0] += 1
            grid = z[np.ix_([0, 1], [0, 1])]
            W = W - 0.01 * X.T @ z - 0.001 * pairs.sum() - 0.001 * some.sum() - 0.001 * column.mean()
    """,
    "parts that are changed by their own names": """
        for step in range(12):
            z = X @ W
            row = z[0]
            row += 1.0
            side = z[:, 1]
            side *= 0.5
            turned = z.T
            turned[0] -= 1
            flat = z.ravel()
            flat[3] = 2.0
            shaped = z.reshape(2, 4)
            shaped[1] += b[0]
            block = z[1:3, :1]
            block[:] = 0.25
            inner = block[0]
            inner -= 0.5
            odd = z[::2]
            odd -= 0.125
            W = W - 0.01 * X.T @ z
    """,
    "shapes that are set": """
        for step in range(12):
            z = X @ w
            z.shape = (2, 2)
            z = z.T
            v = w.T * 2
            real = z.real
            z.flat[0] = 1.0
            k = z.size + z.shape[0] + z.ndim + len(z)
            w = w - 0.01 * X.T @ z.reshape(-1) / k + 0 * v + 0 * real.sum()
    """,
    "changes by functions": """
        for step in range(12):
            z = X @ W
            square = z[:2] * 1.0
            np.fill_diagonal(square, 0.5)
            np.put(z, [0, 3], [1.0, 2.0])
            filled = np.zeros(2)
            np.copyto(filled, 3.0)
            filled.fill(0.75)
            masked = z * 1.0
            np.putmask(masked, masked > 0, 0.0)
            np.place(masked, masked < -1, [1.0])
            np.put_along_axis(masked, y[:, None], 0.25, axis=1)
            table = np.zeros((3, 2))
            np.add.at(table, y, z)
            np.subtract.at(table, [0, 2], z[:2])
            np.add.at(filled, y, 1.0)
            np.maximum.at(filled, y, 0.5)
            z.sort(axis=0)
            W = W - 0.01 * (table + square.sum() + filled.sum() + masked.sum() + z.sum())
    """,
    "sums of Python": """
        for step in range(12):
            z = X @ W
            rows = sum(z)
            parts = sum([z[0], z[1], z[2]])
            cells = sum(z[:, 0])
            many = sum([float(v) for v in z.ravel()] + [0.5, 0.25])
            squares = sum(v * v for v in z[:, 1])
            most = max(z[0, 0], z[0, 1], 0.1)
            least = min([z[1, 0], z[1, 1]])
            size = abs(z).sum() + abs(-2.5) + pow(z[0, 0], 2) + len(z)
            started = sum([z[0], z[1]], z[2])
            W = W - 0.01 * X.T @ (z + rows + parts) + 0 * (cells + many + squares + most + least + size)
    """,
    "numbers that begin whole": """
        bias = 0
        weights = [0, 0, 0]
        scale = 1
        for step in range(12):
            for i in range(4):
                out = bias + sum(p * q for p, q in zip(weights, X[i]))
                error = t[i, 0] - out
                bias += 0.1 * error
                for j in range(3):
                    weights[j] += 0.1 * error * X[i, j]
            scale = scale * 2 % 7
    """,
    "attributes by their names": """
        class Model:
            rate = 0.1
            def __init__(self):
                self.W, self.V = W, V
                self.names = ["W", "V"]
                self.steps = 0
            @property
            def hidden(self):
                return np.tanh(X @ self.W)
            @staticmethod
            def squared(e):
                return (e ** 2).sum()
            @classmethod
            def faster(cls):
                return cls.rate * 2
            def grads(self):
                d = self.hidden @ self.V - t
                self.loss = self.squared(d)
                return {"V": self.hidden.T @ d, "W": X.T @ (d @ self.V.T * (1 - self.hidden ** 2))}
        model = Model()
        for step in range(12):
            found = model.grads()
            for name in model.names:
                setattr(model, name, getattr(model, name) - model.rate * found[name])
            model.steps += 1
            model.last = model.faster() * model.loss
    """,
    "containers of results": """
        for step in range(12):
            z = X @ W
            found = {"z": z, "parts": [z[0], z[1]]}
            found.update(a=np.tanh(z))
            found.setdefault("sum", z.sum())
            out = found.get("a") @ V
            stack = [z]
            stack.extend([z + 1, z + 2])
            stack.insert(0, z * 3)
            last = stack.pop()
            tail = stack[-1] + stack[1:][0]
            nested = [[z[0, 0], z[0, 1]], [z[1, 0], z[1, 1]]]
            table = np.array(nested)
            pairs = [(k, v) for k, v in found.items() if k == "a"]
            flat = np.array([row for row in z])
            V = V - 0.01 * found["a"].T @ (out - t) + 0 * (tail.sum() + last.sum() + table.sum())
            W = W - 0.001 * X.T @ pairs[0][1] - 0.001 * flat.sum()
    """,
    "samples put in another order": """
        np.random.seed(4)
        data = X.copy()
        order = np.arange(4)
        for step in range(12):
            rng.shuffle(data)
            np.random.shuffle(order)
            picked = X[order[:2]]
            z = data @ w
            u = picked @ w
            k = np.random.randint(0, 3)
            w = w - 0.01 * data.T @ z - 0.01 * picked.T @ u - 0.001 * X[k]
            one = np.random.choice(4)
            w = w - 0.001 * X[one] * t[one]
    """,
    "a line that runs very often": """
        total = np.zeros(3)
        for step in range(12):
            z = X @ w
            for i in range(260):
                total = total + 0.001 * z[i % 4] * w
            w = w - 0.01 * total
    """,
    "many units one by one": """
        units = [{"weights": [0.1 * i, 0.2, -0.1], "delta": 0.0} for i in range(3)]
        for step in range(12):
            for row, label in zip(X, y):
                outs = []
                for unit in units:
                    s = sum(u * v for u, v in zip(unit["weights"], row))
                    unit["output"] = 1.0 / (1.0 + math.exp(-s))
                    outs.append(unit["output"])
                for unit in units:
                    unit["delta"] = (unit["output"] - label) * unit["output"] * (1.0 - unit["output"])
                for unit in units:
                    for j in range(len(row)):
                        unit["weights"][j] -= 0.5 * unit["delta"] * row[j]
    """,
    "operators of whole numbers and truth values": """
        for step in range(12):
            z = X @ W
            k = (step + 1) // 2 % 3
            flags = (z > 0).astype(int)
            count = np.sum(flags)
            half = z // 0.5 + z % 0.5
            power = 2.0 ** -z + (-z) ** 2 - +z
            chosen = z * (z > 0) + 0.1 * z * (z <= 0) + z * ~(z != z)
            right = (np.argmax(z, axis=1) == y).mean()
            worst = not right > 2
            W = W - 0.01 * X.T @ (chosen + power * 0.01) / (1 + count) - 0.001 * half.sum() * k
            W @= np.eye(2) * (1 + 0 * worst)
    """,
    "printed numbers": """
        for step in range(12):
            z = X @ w
            e = z - t[:, 0]
            print("sum", (e ** 2).sum(), "rate:", 0.1 * 2)
            print(f"mean={e.mean():.3f}, {(e * e).max():.2f} of {len(e)} {w[0] * 2}")
            print("%.3f and %s" % (np.abs(e).sum(), step))
            print("{} {:.2f}".format(round(e.std(), 2), e.min() / 2))
            text = str(e.var())
            w -= 0.1 * X.T @ e
    """,
    "functions with many kinds of arguments": """
        def layer(x, weights, *more, act=np.tanh, **named):
            z = x @ weights
            for each in more:
                z = z + each
            return act(z) * named.get("scale", 1.0)
        def both(x):
            first = layer(x, W, b, act=lambda v: np.maximum(v, 0), scale=0.5)
            return first, layer(first, V)
        def early(e, limit=10.0):
            if np.abs(e).max() > limit:
                return e / np.abs(e).max()
            return e
        def power(v, n):
            return v if n == 0 else power(v * 0.5, n - 1)
        for step in range(12):
            hidden, out = both(X)
            e = early(out - t)
            e = early(e, limit=0.1)
            small = power(e, 3)
            V = V - 0.1 * hidden.T @ small
            W = W - 0.1 * X.T @ (small @ V.T)
    """,
    "averages of what was": """
        average = W * 0
        count = 0
        best = float("inf")
        for step in range(12):
            count += 1
            g = X.T @ (X @ W - t)
            W = W - 0.05 * g
            average = average + (W - average) / count
            error = np.abs(X @ average - t).mean()
            if error < best:
                best = error
                kept = average.copy()
            decay = 0.9 ** step
            b *= decay
            b += 0.1 * g.mean(axis=0)
    """,
    "a loop that is left": """
        step = 0
        while True:
            step += 1
            z = X @ w - t[:, 0]
            if step > 11:
                break
            if step % 5 == 0:
                continue
            w = w - 0.05 * X.T @ z
            u = z * 2
    """,
    "windows and kernels": """
        signal = np.array([0.1, -0.2, 0.4, 0.3, -0.5, 0.2])
        kernel = np.array([0.5, -0.25, 0.1])
        goal = np.array([0.2, 0.1, -0.1, 0.3])
        for step in range(12):
            out = np.zeros(4)
            for i in range(4):
                out[i] = np.sum(signal[i:i + 3] * kernel)
            d = out - goal
            g = np.zeros_like(kernel)
            for i in range(4):
                g += d[i] * signal[i:i + 3]
            padded = np.pad(d, 1)
            back = np.convolve(d, kernel)
            pooled = out.reshape(2, 2).max(axis=1)
            kernel -= 0.1 * g
    """,
    "a table of vectors": """
        table = np.arange(12.0).reshape(6, 2) / 10
        words = [[0, 2], [3, 5], [2, 2]]
        for step in range(12):
            for pair in words:
                rows = table[pair]
                mean = rows.mean(axis=0)
                g = mean - 0.5
                for i in pair:
                    table[i] -= 0.1 * g
            table[0] *= 0.99
            norms = np.sqrt((table ** 2).sum(axis=1))
    """,
    "cells over time": """
        inputs = np.array([[0.1, 0.2, -0.1], [0.3, -0.2, 0.5], [0.0, 0.4, 0.2]])
        U = np.array([[0.1, -0.3], [0.2, 0.1]])
        for step in range(12):
            h = {-1: np.zeros(2)}
            for k in range(3):
                h[k] = np.tanh(inputs[k] @ W + h[k - 1] @ U)
            dU, dW, back = np.zeros_like(U), np.zeros_like(W), np.zeros(2)
            for k in reversed(range(3)):
                d = (h[k] - 0.5 + back) * (1 - h[k] ** 2)
                dU += np.outer(h[k - 1], d)
                dW += np.outer(inputs[k], d)
                back = d @ U.T
            for parameter, gradient in zip([U, W], [dU, dW]):
                np.clip(gradient, -1, 1, out=gradient)
                parameter -= 0.1 * gradient
    """,
    "given values from elsewhere": """
        import random
        random.seed(3)
        table = {0: 0.1, 1: 0.05}
        for step in range(12):
            rate = table[step % 2]
            noise = random.gauss(0, 1)
            pick = random.choice([0, 1, 2])
            u, s, vh = np.linalg.svd(X, full_matrices=False)
            solved = np.linalg.solve(X.T @ X + np.eye(3), X.T @ t[:, 0])
            low = s.min()
            w = w - rate * (w - solved) + 0.001 * noise * X[pick] * low
    """,
    "named tuples and data classes": """
        from collections import namedtuple
        from dataclasses import dataclass
        Cache = namedtuple("Cache", "x a")
        @dataclass
        class State:
            weights: np.ndarray
            velocity: np.ndarray
            steps: int = 0
        state = State(W, np.zeros_like(W))
        for step in range(12):
            cache = Cache(X, np.tanh(X @ state.weights))
            d = cache.a @ V - t
            g = cache.x.T @ (d @ V.T * (1 - cache.a ** 2))
            state.velocity = 0.9 * state.velocity - 0.1 * g
            state.weights += state.velocity
            state.steps += 1
    """,
    "calls that only print": """
        def show(sample):
            z = X @ sample
            guess = z > 0
            print("guess", guess.sum(), np.round(z, 1)[:2])
        def told(sample):
            value = (X @ sample).sum()
            print("value", value)
        for step in range(12):
            show(w)
            told(w)
            e = X @ w - t[:, 0]
            w = w - 0.05 * X.T @ e
    """,
    "views of a matrix": """
        store = np.arange(8.0).reshape(2, 4) / 8
        A = store.ravel()[:6].reshape(3, 2)
        B = store.T[2:]
        C = store.T
        last = store[1]
        tail = store.reshape(-1)[6:]
        for step in range(12):
            h = np.tanh(X @ A)
            d = h @ tail[:, None] - t
            A -= 0.1 * X.T @ (d * tail * (1 - h * h))
            tail -= 0.1 * (h.T @ d)[:, 0]
            last *= 0.99
            C -= 0.001
            B += 0.0005
            norm = (store * store).sum()
    """,
    "a function that names its new value so": """
        def update(W, g):
            W = W - 0.1 * g
            return W
        def pair(V, g):
            V = V - 0.1 * g
            return V, (V ** 2).sum()
        for step in range(12):
            h = np.tanh(X @ W)
            d = h @ V - t
            gW = X.T @ (d @ V.T * (1 - h ** 2))
            V, size = pair(V, h.T @ d)
            W = update(W, gW)
            norm = np.linalg.norm(W) + size
    """,
    "samples of lists and tuples": """
        data = [([0.5, -1.0, 2.0], 1), ([1.5, 0.25, -0.75], 0), ([0.1, 0.9, -0.4], 1)]
        points = [(np.array(x), c) for x, c in data]
        for step in range(12):
            for x, c in points:
                z = x @ w
                w = w - 0.1 * (z - c) * x
            for (x1, x2, x3), c in data:
                z = x1 * w[0] + x2 * w[1] + x3 * w[2]
                e = z - c
                w = w - 0.01 * e * np.array([x1, x2, x3])
            p, q = np.dot(X[0], w), max(0.0, 1 - c * e)
            if q > 0:
                w = w * 0.999
    """,
    "rates that fall": """
        rate, floor = 0.5, 1e-3
        for step in range(12):
            rate = max(rate * 0.9, floor)
            e = X @ w - t[:, 0]
            g = X.T @ e + 1e-05 * w
            norm = np.linalg.norm(g)
            if norm > 0.5:
                g *= 0.5 / norm
            w -= rate * g / (1 + 0.01 * step)
            b += rate
    """,
    "parameters in several places": """
        params = {"W": W, "V": V}
        class Keeper:
            pass
        keeper = Keeper()
        keeper.b = b
        Y = t
        for step in range(12):
            x = X
            h = np.tanh(x @ W + b)
            d = h @ params["V"] - Y
            grads = {"V": h.T @ d, "W": x.T @ (d @ V.T * (1 - h ** 2))}
            for name, value in params.items():
                value -= 0.1 * grads[name]
            keeper.b -= 0.01 * d.sum()
    """,
}
"""The scripts by what is in them."""


def text_of(name):
    return HEAD + textwrap.dedent(SCRIPTS[name]).lstrip("\n")
