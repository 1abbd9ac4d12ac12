"""A call of NumPy in a script becomes an equation that gives what NumPy gave; the rest is taken as given."""

import textwrap

import pytest
from test_scripts_equations import assert_equations_give_their_values

from bpstep.script.opening import open_script

HEAD = """\
import copy
import math
import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
A0 = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
B0 = np.array([[1.0, 2.0], [0.5, -0.5], [3.0, 1.0]])
S0 = np.array([[2.0, 1.0, 0.5], [0.5, 3.0, 1.5], [1.0, -1.0, 4.0]])
T0 = np.arange(24.0).reshape(2, 3, 4) / 7
v0 = np.array([0.5, -2.0, 3.0])
u0 = np.array([1.0, 0.25, -1.5])
m = np.array([[True, False, True], [False, False, True]])
n = np.array([True, True, False])
i = np.array([2, 0, 1])
j = np.array([[0, 2], [1, 1]])
w = np.float64(0.1)
for step in range(3):
    w -= 0.1 * w
    A = A0 + 0 * w
    B = B0 + 0 * w
    S = S0 + 0 * w
    T = T0 + 0 * w
    v = v0 + 0 * w
    u = u0 + 0 * w
    x = 0.75 + 0 * w
"""

SAID = """\
np.exp(A)
np.log(A + 2)
np.sqrt(B + 1)
np.fabs(A)
np.log2(A + 2)
np.log10(A + 2)
np.exp2(A)
np.cbrt(A + 2)
np.reciprocal(B)
np.positive(A)
np.negative(A)
np.add(A, v)
np.subtract(A, v)
np.multiply(A, v)
np.divide(A, v)
np.power(B + 1, 2)
np.maximum(A, v)
np.minimum(A, v)
np.greater(A, v) * 1.0
np.greater_equal(A, v) * 1.0
np.less(A, v) * 1.0
np.less_equal(A, v) * 1.0
np.equal(A, A) * 1.0
np.not_equal(A, v) * 1.0
np.int64(A > 0) * v
np.float32(A > 0) * v
np.dot(A, [1, 0, 2])
A - [1, 0, 2]
copy.deepcopy(A)
np.logical_and(A > 0, n) * 1.0
np.logical_or(A > 0, n) * 1.0
np.logical_not(A > 0) * 1.0
((A > 0) & n) * 1.0
((A > 0) | n) * 1.0
(~(A > 0)) * 1.0
np.floor_divide(A, 0.3)
np.remainder(A, 0.3)
np.ceil(A)
np.floor(A)
np.heaviside(A - 0.5, 0.5)
np.logaddexp(A, v)
np.dot(A, B)
np.dot(A, v)
np.dot(v, u)
np.dot(x, A)
np.dot(A, x)
A.dot(B)
np.matmul(A, B)
np.inner(v, u)
np.inner(A, S)
np.inner(v, S)
np.inner(S, v)
np.inner(T, np.ones(4))
np.inner(x, A)
np.asmatrix(A)
np.multiply(np.asmatrix(A), A)
np.asmatrix(A) * B
A * np.asmatrix(B)
0.5 * np.asmatrix(A) * 2.0
np.vdot(A, A)
np.outer(v, u)
np.einsum("ij,jk->ik", A, B)
np.einsum("ij,jk", A, B)
np.einsum("ij, kj -> ik", A, S)
np.tensordot(A, B, 1)
np.tensordot(A, B, axes=([1], [0]))
np.tensordot(A, S, axes=(1, 1))
np.tensordot(T, A, axes=([0, 1], [0, 1]))
np.tensordot(T, T, 3)
np.tensordot(v, u, 0)
np.sum(A)
np.sum(A, axis=0)
np.sum(A, 1)
np.sum(A, axis=-1, keepdims=True)
np.sum(A, keepdims=True)
np.sum(T, axis=(0, 2))
np.sum(x)
A.mean(axis=0)
A.max(axis=1)
A.min()
A.var(axis=0)
A.std()
np.any(A > 1, axis=0) * 1.0
np.all(A > 0, axis=1) * 1.0
np.argmax(A, axis=1) * 1.0
np.argmax(A) * 1.0
np.argmin(A, axis=0) * 1.0
np.average(A, axis=0)
np.count_nonzero(A > 0) * 1.0
np.count_nonzero(A > 0, axis=1) * 1.0
np.linalg.norm(A)
np.linalg.norm(v)
np.linalg.norm(A, axis=1)
np.linalg.norm(A, 2, axis=1)
np.linalg.norm(A, 1, axis=0)
np.linalg.norm(A, axis=1, keepdims=True)
np.linalg.norm(A, keepdims=True)
np.linalg.norm(A, "fro")
np.linalg.norm(v, 2)
np.ptp(A)
np.ptp(A, axis=0)
np.prod(v)
np.cumsum(v)
np.trace(S)
A.reshape(3, 2)
A.reshape((3, 2))
A.reshape(-1)
np.reshape(A, (3, 2))
np.resize(A, (2, 2))
np.resize(A, (2, 2, 3))
np.resize(v, 2)
A.ravel()
A.flatten()
np.squeeze(A[None])
np.expand_dims(A, 1)
np.atleast_2d(v)
np.atleast_3d(A)
A.T
np.transpose(A)
np.transpose(T, (1, 0, 2))
T.transpose(2, 0, 1)
np.swapaxes(T, 0, 2)
np.moveaxis(T, 0, -1)
np.rollaxis(T, 2)
np.concatenate([A, S])
np.concatenate([A, A * 2], axis=1)
np.vstack([A, v])
np.vstack([v, u])
np.hstack([A, A])
np.hstack([v, u])
np.column_stack([v, u])
np.column_stack([A.T, v])
np.stack([v, u])
np.stack([v, u], axis=1)
np.append(A, S, axis=0)
np.append(A, v)
np.append(v, 1.5)
np.pad(A, 1, constant_values=2.0)
np.pad(v, (0, 1), constant_values=1)
np.vstack((v, [1, 2, 3]))
np.vstack((A.T, [[1, 2]]))
np.concatenate((v, [1]))
np.hstack([v, [1.0], (2, 3)])
np.array(list(v) + [1])
np.r_[v, 1, 2.0]
np.insert(v, 0, 1.5)
np.insert(v, 1, 1.5)
np.insert(v, -1, x)
np.insert(A, 1, 1.5, axis=1)
np.repeat(v, 2)
np.repeat(A, 2, axis=0)
A.repeat(3, axis=1)
np.tile(v, 2)
np.tile(A, (2, 1))
np.tile(v, (2, 2))
np.tile(A, 2)
np.broadcast_to(v, (2, 3))
np.full((2, 3), x)
np.full_like(A, x)
np.zeros_like(A)
np.ones_like(A)
np.eye(3) * x
np.identity(2) * x
np.arange(4) * x
np.arange(1, 7, 2) * x
np.where(A > 0, A, 0)
np.where(m, A, v)
np.clip(A, -0.5, 0.5)
np.clip(A, None, 0.5)
np.clip(A, -0.5, None)
np.clip(A, a_min=0, a_max=1)
A.clip(min=0)
A.clip(max=0)
np.pad(A, 1)
np.pad(A, ((0, 1), (2, 0)))
np.flip(A)
np.flip(A, 1)
np.flip(A, axis=(0, 1))
np.flipud(A)
np.fliplr(A)
np.rot90(A)
np.rot90(A, 2)
np.rot90(A, 3)
np.rot90(A, -1)
np.rot90(A, 4)
np.roll(v, 1)
np.roll(v, -1)
np.roll(v, 3)
np.roll(A, 1, axis=0)
np.roll(A, 2, axis=1)
np.diag(v)
np.diag(S)
np.diag(A)
np.diagflat(v)
np.diagflat(A)
np.tril(S)
np.tril(S, -1)
np.triu(S)
np.triu(S, 1)
np.take(v, i)
np.take(A, i, axis=1)
np.take(S, i, axis=0)
np.take(A, 4)
v.take(i)
np.diff(v)
np.diff(A, axis=0)
np.nan_to_num(A)
np.array([v, u])
np.array([[x, 1.0], [2.0, x]])
np.array(A, ndmin=3)
np.asarray(A) * 2
(A > 0).astype(float)
(A > 0) * 1.0
A.copy() + 1
np.size(A) * x
np.size(A, 0) * x
len(A) * x
v.item(1) + x
A.item(1, 2) + x
A.item(4) + x
math.exp(x)
math.atan(x)
abs(A)
pow(B + 1, 2)
np.take_along_axis(A, j, axis=1)
np.take_along_axis(v, i, 0)
np.take_along_axis(S, i[:, None], 1)
sliding_window_view(v, 2)
sliding_window_view(A, (2, 2))
sliding_window_view(T, 2, axis=-1)
as_strided(S, (2, 2, 2, 2), (24, 8, 24, 8))
as_strided(v, (1, 2), (8, 8))
as_strided(S, (2, 3), (24, 8))
""".splitlines()

AS_GIVEN = """\
np.einsum("ii", S)
np.sum(A, where=m)
np.sum(A, initial=3.0)
np.var(v, ddof=1)
np.reshape(A, (3, 2), order="F")
A.ravel(order="F")
np.cumsum(A, axis=0)
np.trace(A.T)
np.trace(S, 1)
np.diag(v, 1)
np.diag(B)
np.prod(A, axis=0)
np.linalg.norm(A, 2)
np.linalg.norm(v, 3)
np.average(A, axis=0, weights=[1.0, 2.0])
np.pad(A, 1, mode="edge")
np.insert(v, [0, 1], 1.5)
np.insert(A, 1, 1.5)
np.roll(A, 1)
np.roll(v, (1, 2))
np.rot90(T)
np.concatenate([A, S], axis=None)
np.concatenate(T)
np.nan_to_num(A / 0.0)
np.diff(v, 2)
np.diff(v, prepend=0.0)
np.linalg.inv(S)
np.sort(v)
""".splitlines()


@pytest.fixture(scope="module")
def equations(tmp_path_factory):
    """The equations of a pass with a line for each call, by the call."""
    calls = [*SAID, *AS_GIVEN]
    path = tmp_path_factory.mktemp("calls") / "script.py"
    lines = "\n".join(f"r{at} = {call}" for at, call in enumerate(calls))
    path.write_text(HEAD + textwrap.indent(lines, "    "))
    iteration = open_script(path).iteration(0)
    assert_equations_give_their_values(iteration)
    return {call: iteration.named.get(f"r{at}") for at, call in enumerate(calls)}


def test_what_the_language_has_is_said_in_it(equations):
    assert [call for call in SAID if equations[call] is None or equations[call].opaque] == []


def test_what_the_language_lacks_is_taken_as_given(equations):
    said = [call for call in AS_GIVEN if equations[call] is not None and not equations[call].opaque]
    assert said == []


def test_a_call_is_said_as_a_reader_would_write_it(equations):
    shown = {
        "np.dot(x, A)": "x * A",
        "np.inner(v, S)": "v @ S.T",
        "np.argmin(A, axis=0) * 1.0": "argmax(-A, axis=0) * 1.0",
        "np.linalg.norm(A, axis=1)": "sqrt(sum(A**2, axis=1))",
        "np.clip(A, None, 0.5)": "minimum(A, 0.5)",
        "np.roll(v, 1)": "concatenate([v[2:], v[:2]], axis=0)",
        "np.roll(v, 3)": "v",
        "np.vstack([A, v])": "concatenate([A, v.reshape(1, -1)], axis=0)",
        "np.insert(v, 0, 1.5)": "concatenate([1.5 * ones((1,)), v], axis=0)",
        "np.tensordot(A, B, 1)": "einsum('ab,bd->ad', A, B)",
        "np.diag(v)": "v * one_hot(arange(3), 3)",
        "np.tril(S)": "where(arange(3) - arange(3)[:, None] <= 0, S, 0)",
        "np.full_like(A, x)": "x * ones((2, 3))",
        "len(A) * x": "size(A, 0) * x",
    }
    assert {call: equations[call].source for call in shown} == shown


def test_expit_of_scipy_is_the_sigmoid(tmp_path):
    pytest.importorskip("scipy")
    path = tmp_path / "script.py"
    path.write_text("from scipy.special import expit\n" + HEAD + "    r = expit(A)\n")
    iteration = open_script(path).iteration(0)
    assert_equations_give_their_values(iteration)
    assert iteration.named["r"].source == "sigmoid(A)"
