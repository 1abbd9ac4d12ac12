"""Known programs and awkward ones: their derived equations as text and, line by line, in numbers."""

from dataclasses import replace

import numpy as np
import pytest
from forward_programs import FOLDER, NAMES, backward, gradients, read, run
from line_differences import LineDifferences, slope

TIED = {"conv2d_maxpool": {"delta_pool_blocks", "delta_blocks"}}
"""Where several cells of a block share the largest value there is no slope: each gets the whole gradient."""


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
        if line.kind != "part" and np.max(np.abs(differences.values[line.name])) > 1e-12:
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


def test_the_kind_of_a_gradient_says_whether_one_reader_or_several_gave_it():
    forward = [("H", "tanh(X @ W)"), ("S", "sigmoid(H)"), ("E", "sum(S * H)")]
    lines = backward(forward, {"X": np.ones((2, 3)), "W": np.ones((3, 2))}, ["W"])
    kinds = {line.name: line.kind for line in lines}
    assert kinds == {"delta_S": "loss_slope", "delta_H": "add_contributions", "delta_W": "matmul_left"}
