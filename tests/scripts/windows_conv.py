"""2-D convolution by strided windows, max pooling, float32."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

rng = np.random.RandomState(8)
images = rng.rand(6, 8, 8).astype(np.float32)
labels = np.array([0, 1, 2, 0, 1, 2])
K = (rng.randn(4, 3, 3) * 0.3).astype("float32")
D = (rng.randn(4 * 3 * 3, 3) * 0.1).astype("float32")
b = np.zeros(3, dtype=np.float32)


def patches(img, k):
    h, w = img.shape
    s0, s1 = img.strides
    return as_strided(img, shape=(h - k + 1, w - k + 1, k, k), strides=(s0, s1, s0, s1))


def pool(maps):
    n, h, w = maps.shape
    view = maps.reshape(n, h // 2, 2, w // 2, 2)
    best = view.max(axis=(2, 4))
    mask = view == best[:, :, None, :, None]
    return best, mask


lr = np.float32(0.1)
for epoch in range(6):
    loss = np.float32(0)
    for img, lab in zip(images, labels):
        cols = patches(img, 3)
        net = np.einsum("ijkl,fkl->fij", cols, K)
        act = np.maximum(net, 0)
        pooled, mask = pool(act)
        flat = pooled.ravel()
        scores = flat @ D + b
        scores -= scores.max()
        p = np.exp(scores)
        p /= p.sum()
        loss += -np.log(p[lab])
        ds = p.copy()
        ds[lab] -= 1
        dD = np.outer(flat, ds)
        dflat = D @ ds
        dpool = dflat.reshape(pooled.shape)
        dact = (mask * dpool[:, :, None, :, None]).reshape(act.shape)
        dnet = dact * (net > 0)
        dK = np.tensordot(dnet, cols, axes=([1, 2], [0, 1]))
        D -= lr * dD
        b -= lr * ds
        K -= lr * dK
    print(epoch, loss, loss.dtype, K.dtype)
