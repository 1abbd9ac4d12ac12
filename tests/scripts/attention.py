import numpy as np

np.random.seed(1234)
B, T, C, H = 2, 5, 8, 2
ids = np.random.randint(0, 6, (B, T))
target = np.roll(ids, -1, axis=1)
E = np.random.randn(6, C) * 0.3
Wq, Wk, Wv, Wo = (np.random.randn(C, C) / np.sqrt(C) for _ in range(4))
U = np.random.randn(C, 6) * 0.3
mask = np.triu(np.full((T, T), -1e9), k=1)
for it in range(12):
    x = E[ids]
    split = lambda a: a.reshape(B, T, H, C // H).transpose(0, 2, 1, 3)
    q, k, v = split(x @ Wq), split(x @ Wk), split(x @ Wv)
    s = q @ k.swapaxes(-1, -2) / np.sqrt(C // H) + mask
    a = np.exp(s - s.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    o = (a @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
    y = x + o @ Wo
    z = y @ U
    p = np.exp(z - z.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    loss = -np.log(np.take_along_axis(p, target[..., None], -1)).mean()
    dz = p.copy()
    np.put_along_axis(dz, target[..., None], np.take_along_axis(dz, target[..., None], -1) - 1, -1)
    dz /= B * T
    dU = np.einsum("btc,btv->cv", y, dz)
    dy = dz @ U.T
    dWo = o.reshape(-1, C).T @ dy.reshape(-1, C)
    do = split(dy @ Wo.T)
    da, dv = do @ v.swapaxes(-1, -2), a.swapaxes(-1, -2) @ do
    ds = a * (da - (da * a).sum(-1, keepdims=True)) / np.sqrt(C // H)
    join = lambda m: m.transpose(0, 2, 1, 3).reshape(B * T, C)
    dq, dk, dv = join(ds @ k), join(ds.swapaxes(-1, -2) @ q), join(dv)
    flat = x.reshape(-1, C)
    dx = dy.reshape(-1, C) + dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    dE = np.zeros_like(E)
    np.add.at(dE, ids.ravel(), dx)
    for P, G in zip([E, Wq, Wk, Wv, Wo, U], [dE, flat.T @ dq, flat.T @ dk, flat.T @ dv, dWo, dU]):
        P -= 0.5 * G
    if it % 4 == 0:
        print(it, loss)
