# Arrays.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

a = np.arange(6.0).reshape(2, 3)
print(a, a.T, a.shape, a.ndim, a.size, len(a), a.dtype, a.sum(), a.sum(axis=0), a.mean(axis=1, keepdims=True), a.max(), a.argmax(axis=1))
print(a[0], a[:, 1], a[-1, ::2], a[a > 2], a[[1, 0]], a[..., None].shape, a[np.array([0, 1]), np.array([2, 0])], a[1][2])
b = a
b += 1
c = a.copy()
c[0] = 0; c[:, 1] *= 10; c[c > 30] = -1
print(a, c, a is b, (a == c).any(), np.allclose(a, a + 1e-12), a @ a.T, np.dot(a[0], a[1]), np.outer(a[0], a[1]).shape)
print(np.zeros((2, 2)), np.ones(3), np.eye(2), np.full(2, 7), np.linspace(0, 1, 3), np.where(a > 2, a, 0), np.maximum(a, 3), np.clip(a, 1, 4))
print(np.exp(0), np.sqrt([4.0, 9.0]), np.concatenate([a, a], axis=1).shape, np.stack([a[0], a[1]]).shape, np.vstack([a, a]).shape, np.hstack([a[0], a[1]]))
print(np.sum(a), np.mean(a), np.std(a).round(3), np.var(a, axis=0), np.argmax(a), np.unique([2, 1, 2]), np.cumsum([1, 2, 3]), np.isnan(np.nan), np.inf)
for row in a: print(row, row[0])
rng = np.random.default_rng(3)
print(rng.normal(size=2).round(6), rng.integers(0, 5, 4), rng.permutation(4), rng.random(), rng.choice([1, 2, 3], 2))
np.random.seed(1)
print(np.random.rand(2).round(6), np.random.randn(1, 2).round(6), np.random.randint(0, 9, 3), np.random.permutation(3), np.random.uniform(-1, 1, 2).round(6))
print(tried(lambda: a @ a), tried(lambda: a.reshape(4)), tried(lambda: a[5]), tried(lambda: a + np.ones(4)), tried(lambda: np.array([1, 2])[2]))
print(a.tolist(), a.flatten(), a.astype(int), float(a[0, 0]), a.min(axis=1), np.expand_dims(a, 0).shape, np.squeeze(a[None]).shape, a.ravel()[::2])
x, y = np.array([1, 2]), np.array([1.0, 2.0])
print(x / 2, x // 2, x ** 2, -x, x % 2, x.dtype, (x + y).dtype, x == y, x @ x, np.abs(-y), 2 - y, y / 0.5, 1 / y)
