"""Known programs and awkward ones: their derived equations as text and, line by line, in numbers."""

from dataclasses import replace

import numpy as np
import pytest
from forward_programs import FOLDER, NAMES, backward, gradients, read, run
from line_differences import LineDifferences, slope

from bpstep.program.derived_forms import DerivedForm

TIED = {"conv2d_maxpool": {"delta_pool_blocks", "delta_blocks"}}
"""If three or more cells of a block are the maximum, a difference is one half, whatever their number."""


def text(lines):
    return [f"{line.name} = {line.source}" for line in lines]


@pytest.mark.parametrize("name", NAMES)
def test_the_backward_equations_are_the_ones_that_were_read(name):
    """Each was read against a textbook's; a change is seen here as text."""
    assert text(backward(*read(name))) == (FOLDER / f"{name}.txt").read_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_fits_a_screen(name):
    assert max(map(len, text(backward(*read(name))))) <= 92


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_the_slope_that_it_stands_for(name):
    forward, start, parameters = read(name)
    lines = backward(forward, start, parameters)
    differences = LineDifferences(forward, start, lines)
    wrong = {line.name: differences.wrong(line) for line in lines}
    assert not [found for line, found in wrong.items() if found and line not in TIED.get(name, ())]
    assert {line for line, found in wrong.items() if found} == TIED.get(name, set())


def made_wrong(name):
    """The program with each of its lines off by one in ten thousand in turn: that line, and the program's."""
    forward, start, parameters = read(name)
    lines = backward(forward, start, parameters)
    for k, line in enumerate(lines):
        changed = [*lines[:k], replace(line, source=f"({line.source}) * 1.0001"), *lines[k + 1 :]]
        differences = LineDifferences(forward, start, changed)
        if line.form != DerivedForm.PART and np.max(np.abs(differences.values[line.name])) > 1e-12:
            yield changed[k], differences


@pytest.mark.parametrize("name", ["attention", "lstm_2", "conv1d_windows"])
def test_a_line_that_is_wrong_by_one_in_ten_thousand_is_found(name):
    for line, differences in made_wrong(name):
        assert differences.wrong(line)


def test_a_wrong_gradient_of_a_tensor_leaves_the_other_lines_right():
    """Not so a part of one, such as delta_h0_via_n: delta_h0 has no other reading than by it."""
    for line, differences in made_wrong("gru"):
        if line.name in differences.gradients.values():
            assert [other.name for other in differences.lines if differences.wrong(other)] == [line.name]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_s_gradient_is_the_slope_of_the_loss(name):
    """Along random directions, with everything in between computed again."""
    forward, start, parameters = read(name)
    lines = backward(forward, start, parameters)
    computed = run([(line.name, line.source) for line in lines], run(forward, start))
    found, loss = gradients(lines, forward[-1][0]), forward[-1][0]
    drawn = np.random.default_rng(2)
    for parameter in parameters:
        gradient, before = computed[found[parameter]], np.asarray(start[parameter], dtype=float)
        assert np.shape(gradient) == before.shape
        for _ in range(4):
            direction = drawn.normal(size=before.shape) / max(1, np.sqrt(before.size))

            def moved(h, parameter=parameter, before=before, direction=direction):
                return run(forward, {**start, parameter: before + h * direction})[loss]

            assert np.sum(gradient * direction) == pytest.approx(slope(moved), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    "source",
    [
        "sum(windows(tanh(W), (2, 3), axis=(2, 1)) * K)",
        "sum(overlap_add(tanh(K * U), axis=(2, 1))**2)",
        "sum(dot(U, W)**2)",
    ],
)
def test_axes_that_stand_in_any_order_and_a_dot_with_a_number_are_derived(source):
    drawn = np.random.default_rng(4)
    start = {"W": drawn.normal(size=(2, 4, 5)), "K": drawn.normal(size=(2, 2, 4, 2, 3)), "U": drawn.normal()}
    forward = [("E", source)]
    parameters = [name for name in ("W", "U") if name in source]
    lines = backward(forward, start, parameters)
    differences = LineDifferences(forward, start, lines)
    assert not [found for line in lines if (found := differences.wrong(line))]


def test_the_form_of_a_gradient_says_whether_one_reader_or_several_gave_it():
    forward = [("H", "tanh(X @ W)"), ("S", "sigmoid(H)"), ("E", "sum(S * H)")]
    lines = backward(forward, {"X": np.ones((2, 3)), "W": np.ones((3, 2))}, ["W"])
    assert {line.name: line.form for line in lines} == {
        "delta_S": DerivedForm.LOSS_SLOPE,
        "delta_H": DerivedForm.ADD_CONTRIBUTIONS,
        "delta_W": DerivedForm.MATMUL,
    }


WAYS = """
W.T; T.T; transpose(T, (2, 0, 1)); transpose(W); swapaxes(T, 0, 2); swapaxes(T, -1, 1); swapaxes(W, 0, 1)
swapaxes(T, 0, 1); W.reshape(3, 2); W.reshape(-1); T.reshape(6, 4); V.reshape(3, 1); V.reshape(1, -1)
concatenate([W, 2 * W]); concatenate([W, W * W], axis=0); concatenate([W, W**2], axis=1)
concatenate([T, T * T])
concatenate([T, T * T], axis=-1); concatenate([V, V * U, V]); stack([V, V * V]); stack([V, 2 * V], axis=1)
stack([W, W * U]); stack([W, W * U], axis=-1); stack([W, W * U], axis=1)
repeat(W, 2); repeat(W, 2, axis=0); repeat(W, 3, axis=1); repeat(V, 2); repeat(U, 3); repeat(T, 2, axis=1)
pad(W, 1); pad(W, ((1, 0), (0, 2))); pad(V, ((2, 1),))
W[0]; W[1, 2]; W[:, 1]; W[:, 1:]; W[:1, :2]; W[:, ::2]; T[0, :, 1:3]; T[:, -1]; V[::-1]; W[:, None]
V[None, :, None]
W[k]; W[:, k]; V[k]; W[k, k]; W[k][:, 1]
sum(W, axis=0); sum(W, axis=1, keepdims=True); sum(T, axis=(0, 2)); sum(T, axis=1); sum(T, axis=(0, 1, 2))
sum(W)
mean(W, axis=0); mean(T, axis=(1, 2)); mean(W); mean(W, axis=-1, keepdims=True)
var(W, axis=0); var(W); std(T, axis=2); std(W, axis=1, keepdims=True); std(V)
max(W, axis=1); max(W); min(W, axis=0); min(T, axis=(0, 2)); max(T, axis=-1, keepdims=True)
softmax(W); softmax(T); softmax(V)
W @ V; V @ W.T; V @ V; W @ W.T; W.T @ W; T[:, :, 0] @ W.T
matmul(T, T[0].T); swapaxes(T, 1, 2) @ T; V @ T; T[0] @ T[1].T; outer(V, V * U); outer(W[0], V)
einsum('ij,j->i', W, V); einsum('ij,ik->jk', W, W); einsum('ijk,ij->k', T, W); einsum('ij->ji', W)
einsum('ij,ij->', W, W); einsum('i,j->ij', V, V); einsum('ijk,j->ik', T, V)
windows(V, 2, axis=0); windows(T, 2, axis=2); windows(W, (1, 2), axis=(0, 1)); overlap_add(T, axis=0)
clip(W, U, U + 1); clip(W, V - 2, V + 2); clip(0.1, V - 1, V + 1); maximum(0, W); maximum(W, 0)
minimum(0.1, W)
maximum(U, W); minimum(W * V, V); maximum(W, V * U); where(W > V, U, W); where(k > 0, V, 2 * V)
where(W > 0, 1, W)
where(W > 0, W * V, U); maximum(W, V); minimum(W, U); clip(W, -0.3, 0.6); abs(W); W / (V**2 + 1)
U / (1 + W**2)
W * V; V * W; W * U; W + V; V - W; U - V; -W; W**2; W**3; (V**2 + 1)**U; (V**2 + 1)**0.5; 2.0**V
W**2 * V + U
sigmoid(W); tanh(V); relu(W); gelu(V); exp(U * V); log(1 + W**2); sqrt(V**2 + 1); sin(W); cosh(V)
arctan(W); log1p(V**2)
softmax(W)[:, 1]; softmax(T)[1, :, 2]; concatenate([W, 2 * W])[3]; concatenate([W, W * U], axis=1)[:, 2:4]
stack([W, W * U])[1]; pad(W, 1)[2]; pad(V, ((2, 1),))[1:4]; repeat(W, 2)[5]; swapaxes(T, 0, -1)[1]
T.reshape(6, 4)[2, 1:]; (W @ V)[1]; outer(V, V * U)[1:]; max(T, axis=1)[:, 2]; var(T, axis=1)[0]
windows(W, (1, 2), axis=(0, 1))[:, 1, 0, 1]; overlap_add(T, axis=0)[1]; where(W > 0, W * V, U)[1]
W[k][1:, None]; W[::-1]; T[1, None]; W[:, k[1:]]; sum(W[:, k], axis=1)
sum(W * V, axis=1) * U; mean(T * V[:, None], axis=(0, 1)); (W - mean(W, axis=0)) / (std(W, axis=0) + U**2 + 1)
W / sum(W**2, axis=1, keepdims=True); exp(W) / sum(exp(W)); T @ T[0].T @ W.T; (W * U) @ (V * V); -(W @ W.T)
einsum('ijk,k->ij', T, T[0, 1]); maximum(W, V)[0] * minimum(W, U)[1]; abs(V - W)**3; (W > 0) * W + (V > 0)
"""

SOURCES = [source.strip() for line in WAYS.splitlines() for source in line.split(";") if source.strip()]


@pytest.mark.parametrize("source", SOURCES)
def test_every_way_to_move_reduce_or_multiply_cells_is_derived(source):
    drawn = np.random.default_rng(5)
    start = {
        name: drawn.normal(size=size) for name, size in (("W", (2, 3)), ("V", 3), ("T", (2, 3, 4)), ("U", ()))
    }
    start["k"] = np.array([1, 0, 1])
    forward = [("R", source), ("E", "sum(tanh(R) * R)")]
    parameters = [name for name in "WVTU" if name in source]
    lines = backward(forward, start, parameters)
    differences = LineDifferences(forward, start, lines)
    assert not [found for line in lines if (found := differences.wrong(line))]
