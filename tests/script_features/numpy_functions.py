# NumPy's functions whose arguments are checked before they run: each by place, by name and with what it refuses.
import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__


a, v = np.arange(6.0).reshape(2, 3), np.array([3.0, 1.0, 2.0])
print(np.zeros(2), np.zeros((2, 1), int), np.zeros(shape=2, dtype=np.float32), np.ones(shape=(1, 2)), np.empty((0, 3)), np.zeros(()))
print(np.full(2, 7), np.full((2,), fill_value=1.5), np.full(shape=2, fill_value=3), tried(np.zeros, -1), tried(np.zeros), tried(np.full, 2))
print(np.zeros_like(a), np.ones_like(v, int), np.full_like(v, 4), np.full_like(v, 4, shape=2), np.zeros_like(a, shape=(1, 2)))
print(np.broadcast_to(v, (2, 3)), np.broadcast_to(v, shape=(1, 3)), tried(np.broadcast_to, v, (2, 2)))
print(np.eye(2), np.eye(2, 3), np.eye(2, M=3, k=1), np.eye(3, k=-1), np.identity(2), np.identity(2, int), np.tri(2), np.tri(2, 3, 1))
print(np.linspace(0, 1, 3), np.linspace(0, 1, num=2), np.linspace(0, 1, 2, endpoint=False), np.linspace(0, 1, 3, retstep=True), len(np.linspace(0, 1)))
print(np.logspace(0, 2, 3), np.geomspace(1, 8, 4), np.linspace([0, 1], [1, 3], 3), tried(np.linspace, 0, 1, -1))
print(np.arange(3), np.arange(1, 3), np.arange(1, 6, 2), np.arange(3.5), np.arange(5, 0, -2), np.arange(3, dtype=float), np.arange(1, stop=4), np.arange(0, 4, step=2))
print(tried(np.arange), tried(np.arange, 1, 2, 0), np.arange(3, 1), tried(np.arange, "a"))
print(np.array([[1, 2], [3, 4.5]]), np.array([1, 2], dtype=float), np.array(5), np.array(range(3)), np.array([True, False]), np.array(["ab", "c"]), np.array([]))
print(np.asarray((1, 2)), np.asarray(v) is v, np.array(v) is v, np.array(v, ndmin=2), np.array(v, copy=True) is v, tried(np.array, [[1], [1, 2]]))
print(np.tile(v, 2), np.tile(v, (2, 1)), np.repeat(v, 2), np.repeat(v, [1, 0, 2]), np.repeat(a, 2, axis=1), np.repeat(a, 2), tried(np.repeat, v, [1, 2]))
print(a.repeat(2), a.repeat(2, axis=0), v.repeat([0, 1, 2]), a.take([0, 4]), a.take([1], axis=1), np.take(a, [0, 2], axis=1), np.take(a, 3), tried(np.take, v, 5))
print(np.outer(v, [1, 2]), np.kron([1, 2], [1, 1]), np.dot(a, v), np.inner(v, v), np.vdot(a, a), np.dot(2, v), tried(np.dot, a, a))
print(np.tensordot(a, v, 1), np.tensordot(a, a), np.tensordot(v, v, 0).shape, np.tensordot(a, a, axes=([1], [1])), tried(np.tensordot, a, v))
print(np.einsum("ij,j->i", a, v), np.einsum("ij->ji", a), np.einsum("i,i", v, v), np.einsum("...j,j->...", a, v), np.einsum("ij, kj -> ik", a, a, optimize=True))
print(np.concatenate([v, [9]]), np.concatenate([a, a], axis=1), np.concatenate((a, a), 0), np.concatenate([a, a], axis=None), tried(np.concatenate, [a, v]))
print(np.stack([v, v], 1), np.vstack((v, a)), np.hstack([v, 1]), np.dstack([v, v]), np.column_stack([v, v]), np.block([[a], [a]]), np.append(v, 1), np.append(a, [[1, 2, 3]], axis=0))
print(np.insert(v, 1, 9), np.insert(a, 1, 7, axis=1), np.where(v > 1, v, 0), np.where(v > 1), np.clip(v, 1.5, None), np.clip(v, a_min=None, a_max=2), np.choose([0, 1, 0], [v, -v]))
print(np.isclose(v, v + 1e-9), np.isclose(1, 1.1, rtol=0.2), np.cross([1, 0, 0], [0, 1, 0]), np.convolve(v, [1, 1]), np.convolve(v, [1, 1], "same"), np.correlate(v, [1, 2], mode="full"))
print(np.cov(a), np.cov(v), np.corrcoef(a).round(3), np.cov(a, rowvar=False), np.cov(a, bias=True), np.histogram(v), np.histogram(v, 2), np.histogram(v, bins=[0, 2, 4]))
print(np.histogram(v, bins=2, range=(0, 4)), np.histogram2d(v, v, 2)[0], np.histogramdd(a.T, 2)[0], np.bincount([0, 2, 2]), np.bincount([1, 1], weights=[0.5, 1]), np.bincount([1], minlength=4))
print(np.tril_indices(2), np.triu_indices(3, 1), np.diag_indices(2), np.diag(v), np.diag(a), np.diag(v[:2], k=1), np.diag(a, 1), np.diagflat(a[:1, :2]), np.diagonal(a))
print(np.meshgrid([1, 2], [3, 4]), np.meshgrid([1, 2], [3], indexing="ij"), np.indices((2, 2)), np.indices((1, 2), dtype=float), np.ix_([0, 1], [2]), list(np.ndindex(2, 1)), list(np.ndindex((1, 2))))
print(np.mgrid[0:2, 0:2], np.mgrid[0:1:3j], np.ogrid[0:2, 0:3], np.c_[v, v], np.r_[v, 4, 0:2], np.r_["0,2", v, v], np.c_[a, [7, 8]], np.s_[1:2], np.r_[0:1:3j])
print(np.pad(v, 1), np.pad(a, ((1, 0), (0, 1))), np.pad(v, (0, 2), "edge"), np.pad(v, 1, constant_values=5), np.pad(v, 1, mode="reflect"), np.resize(v, 5), np.resize(a, (1, 2)))
print(np.fromfunction(lambda i, j: i + 2 * j, (2, 2)), np.fromiter((x * 2 for x in range(3)), float), np.fromiter([1, 2, 3], int, 2), np.fromiter(range(3), dtype=int), np.vander(v), np.vander(v, 2, increasing=True))
print(np.polyfit([0, 1, 2], [1, 3, 5], 1).round(6), np.polyval([2, 1], 3), np.roots([1, -3, 2]), np.poly1d([1, 2])(3), np.frombuffer(b"\x01\x02", dtype=np.uint8), np.fromstring("1 2", sep=" "))
print([name(4).round(3) for name in (np.hamming, np.hanning, np.blackman, np.bartlett)], np.kaiser(3, 2).round(3), [index for index, _ in np.ndenumerate(a)][:2])
print(np.array2string(v, precision=1), np.array2string(v, separator=", "), np.array2string(a, max_line_width=10), np.array2string(v, 8))
with np.printoptions(precision=2, suppress=True):
    print(v / 7)
np.set_printoptions(3, threshold=4, edgeitems=1)
print(v / 7, np.arange(6), np.get_printoptions()["precision"])
np.set_printoptions(precision=8, threshold=1000, edgeitems=3)
with np.errstate(divide="ignore"):
    print(np.log(0.0), np.geterr()["divide"])

s = np.array([[2.0, 1.0], [1.0, 3.0]])
print(np.linalg.inv(s).round(6), np.linalg.det(s).round(6), np.linalg.solve(s, [1, 2]).round(6), np.linalg.eigvalsh(s).round(6), np.linalg.matrix_rank(s), np.linalg.cond(s).round(6))
print(np.linalg.matrix_power(s, 3), np.linalg.matrix_power(s, n=2), np.linalg.norm(s), np.linalg.norm(s, axis=1), np.linalg.norm(v, 1), np.linalg.norm(v, ord=np.inf), np.linalg.cholesky(s).round(6))
print(np.linalg.svd(s, compute_uv=False).round(6), np.linalg.qr(s)[1].round(6), np.linalg.lstsq(s, [1, 2], rcond=None)[0].round(6), np.linalg.pinv(a).round(6), np.linalg.slogdet(s), np.linalg.eigh(s)[0].round(6))
print(np.linalg.multi_dot([a, a.T, s]), np.linalg.multi_dot([v, a.T]), tried(np.linalg.inv, np.zeros((2, 2))), tried(np.linalg.inv, a), tried(np.linalg.cholesky, -s))
try:
    np.linalg.inv(np.zeros((2, 2)))
except np.linalg.LinAlgError as error:
    print(error)
print(sliding_window_view(v, 2), sliding_window_view(a, 2, axis=1), sliding_window_view(a, (2, 2)), as_strided(v, (2, 2), (8, 8)), as_strided(v, shape=(2,), strides=(16,)), as_strided(v))
print(np.fft.fft(v).round(6), np.fft.ifft(np.fft.fft(v)).round(6), np.fft.rfft(v, 2).round(6), np.fft.fft(a, n=2).round(6), np.fft.fft(a, axis=0).round(6), np.fft.fftfreq(4), np.fft.fftfreq(4, 0.5), np.fft.fftshift(v))
np.testing.assert_allclose(v, v + 1e-9)
print(tried(np.testing.assert_allclose, v, v + 1), tried(np.testing.assert_array_equal, v, v), tried(np.testing.assert_almost_equal, 1, 1.1))
np.add.at(v, [0, 0], 1)
print(v, np.add.reduce(v), np.add.accumulate(v), np.multiply.outer(v, [1, 2]), np.maximum.reduce(a, axis=1), np.add.reduceat(v, [0, 2]), np.add.nin, np.subtract.identity)
w = v.copy()
w.resize(2, refcheck=False)
b = v.copy()
b.resize((2, 2), refcheck=False)
print(w, b, v.view(np.int64)[0], v.astype(int), v.astype("float32").dtype, a.astype(np.int8, copy=True), v.tobytes()[:2], v.dot(v), a.dot(v), v.item(0), a.item(1, 2), v.tolist())
print(a.flat[3], [index for index in a.flat][:2], a.flags.writeable, a.nbytes, a.itemsize, a.strides, a.dtype.kind, a.dtype.name, np.finfo(np.float32).eps, np.iinfo(int).max, np.dtype("f4").itemsize)
print(np.float64(2.5).is_integer(), np.int64(5).item(), np.float32(1).dtype, np.float64(3).astype(int), np.float64(1.5).round(), np.float64(2).repeat(2), np.float64(1).tolist(), np.int8(3).sum())
print(hasattr(np.float64(2), "dot"), hasattr(np.float64(2), "repeat"))
