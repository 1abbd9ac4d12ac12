import numpy as np


def sig(x):
    return 1 / (1 + np.exp(-x))


class Param:
    def __init__(self, name, value):
        self.name, self.v = name, value
        self.d, self.m = np.zeros_like(value), np.zeros_like(value)


class Params:
    def __init__(self, n, z):
        for g in "ficov":
            setattr(
                self,
                "W_" + g,
                Param("W_" + g, np.random.randn(n, z) * 0.2 if g != "v" else np.random.randn(2, n) * 0.2),
            )
            setattr(self, "b_" + g, Param("b_" + g, np.zeros((n if g != "v" else 2, 1))))

    def all(self):
        return [p for _, p in sorted(self.__dict__.items())]

    def clear(self):
        for p in self.all():
            p.d.fill(0)


np.random.seed(77)
n = 5
p = Params(n, n + 2)
seq = [(np.array([[np.sin(i)], [np.cos(i)]]), np.array([[np.sin(i + 1)], [np.cos(i + 1)]])) for i in range(6)]
for epoch in range(15):
    h, C = np.zeros((n, 1)), np.zeros((n, 1))
    tape = []
    loss = 0.0
    for x, t in seq:
        z = np.row_stack((h, x)) if False else np.vstack((h, x))
        f, i, o = (sig(np.dot(getattr(p, "W_" + g).v, z) + getattr(p, "b_" + g).v) for g in "fio")
        Cb = np.tanh(np.dot(p.W_c.v, z) + p.b_c.v)
        C_old, C = C, f * C + i * Cb
        h = o * np.tanh(C)
        y = np.dot(p.W_v.v, h) + p.b_v.v
        loss += 0.5 * np.sum((y - t) ** 2)
        tape += [(z, f, i, o, Cb, C_old, C, h, y, t)]
    p.clear()
    dh_next, dC_next = np.zeros_like(h), np.zeros_like(C)
    while tape:
        z, f, i, o, Cb, C_old, Ct, ht, y, t = tape.pop()
        dy = y - t
        p.W_v.d += dy @ ht.T
        p.b_v.d += dy
        dh = p.W_v.v.T @ dy + dh_next
        do = dh * np.tanh(Ct) * o * (1 - o)
        dC = dC_next + dh * o * (1 - np.tanh(Ct) ** 2)
        dCb, di, df = dC * i * (1 - Cb**2), dC * Cb * i * (1 - i), dC * C_old * f * (1 - f)
        dz = 0
        for g, d in (("f", df), ("i", di), ("c", dCb), ("o", do)):
            getattr(p, "W_" + g).d += d @ z.T
            getattr(p, "b_" + g).d += d
            dz = dz + getattr(p, "W_" + g).v.T @ d
        dh_next, dC_next = dz[:n, :], f * dC
    for q in p.all():
        np.clip(q.d, -1, 1, out=q.d)
        q.m += q.d * q.d
        q.v += -(0.1 * q.d / np.sqrt(q.m + 1e-8))
    if not epoch % 5:
        print(epoch, loss)
