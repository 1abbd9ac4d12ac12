import numpy as np

np.random.seed(21)
flat = np.random.randn(20)
W1, b1 = flat[:12].reshape(3, 4), flat[12:16]
w2 = flat[16:]
X = np.random.rand(9, 3)
y = X.sum(1) > 1.4
grad = np.empty_like(flat)
gW1, gb1, gw2 = grad[:12].reshape(W1.shape), grad[12:16], grad[16:20]
buffer = np.zeros((9, 4))
for k in range(25):
    np.dot(X, W1, out=buffer)
    np.add(buffer, b1, out=buffer)
    np.maximum(buffer, 0, buffer)
    probs = 1 / (1 + np.exp(-buffer.dot(w2)))
    delta = probs
    delta -= y
    delta /= len(y)
    gw2[:] = buffer.T @ delta
    back = np.outer(delta, w2)
    back[buffer <= 0] = 0
    gW1[...] = X.T @ back
    back.sum(axis=0, out=gb1)
    flat -= 0.5 * grad
    same = probs is delta
a = b = np.arange(3)
a += 1
c = a
c = c + 1
d = [[0] * 2] * 3
d[0][1] = 5
e = np.arange(12).reshape(3, 4)
e[1:, ::2] *= -1
e.T[0] = 9
f = e[[0, 2]]
f += 100
e[[0, 0, 1], [1, 1, 2]] += 1
np.add.at(e, ([0, 0], [3, 3]), 1)
g, *h, i = range(6)
s = t = 1.5
s += 1
img = np.ones(4)
img.shape = (2, 2)
img.shape += (1,)
lst = [1, 2]
other = lst
lst += (3,)
lst = lst + [4]
print(same, a is b, b, c, d, e.tolist(), f[0, 0], g, h, i, s, t, img.shape, other, lst)
print(np.shares_memory(W1, flat), flat.sum())
