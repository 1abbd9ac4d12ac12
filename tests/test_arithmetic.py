"""One cell's arithmetic: its value is the tensor's cell, and the line that is printed is worth as much."""

import math
import random

import pytest
from arithmetic_text import assert_worth, cells
from expressions import TENSORS, understood, value_of
from make_networks import article, network, with_options
from random_expressions import grown

from bpstep.errors import ExpressionError
from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.elementwise import expand_cell
from bpstep.lang import parser
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import builtin
from bpstep.session.session import Session

EXPRESSIONS = """
A + C
A - D * 2
-A
-(A - C)
--S
A - -C
A + -C
2 - (3 - S)
A / (C / 2)
A / C * 2
(A * C) ** 2
-A ** 2
(-A) ** 2
2 ** -S
2 ** -C
abs(A) ** 0.5
(2 ** C) ** 2
exp(C) ** 2
exp(-A * 2)
1 / (1 + exp(-A))
A @ B
C @ B
A @ C
C @ C
A @ B @ D
(A + 1) @ (B - 1)
A.T
B.T + A
A.T @ A
A[0]
A[-1, -2]
A[:, 1]
A[::-1]
A[1:, :2]
A[:, -2:]
C[::-2]
(A @ B)[0] - S
sum(A)
sum(A, axis=0)
sum(A, axis=-1)
sum(A, axis=1, keepdims=True) + A
sum(A - C, axis=0, keepdims=True) * 2
2 - sum(C)
S + sum(-C)
-sum(C)
-sum(A[:1, :1])
sum(A[:1, :1] - 1) * 2
sum(C[:0]) + S
mean(A) ** 2
1 / mean(C)
2 * mean(A, axis=0)
mean(A - C, axis=1)
mean(C[:1] - 2) * 2
S - mean(C)
max(A, axis=0) - min(A)
A - max(A, axis=-1, keepdims=True)
max(C) - min(C) ** 2
any(A > 1, axis=0) + 0
all(A, axis=1) * 2
any(C) - all(C)
A > C
(A > 0) * 2 - (A != 0)
A <= 0.5
A == 0
2 * where(A > 0, A, 0.01 * A)
where(A, 1, -1) - A
where(A >= C, A - C, C - A) ** 2
sum(where(A < 0, 0, A), axis=0)
repeat(C, 3)
repeat(A, 2)
repeat(A, 2, axis=0)
repeat(A, 2, axis=-1) - 1
repeat(S, 2)
concatenate([A, A - 1])
concatenate([A, D], axis=1) * 2
concatenate([C, C[:1]], axis=-1)
outer(C, C[:2])
outer(A, B) - 1
outer(C - 1, S)
ones_like(A) - zeros_like(A)
A.reshape(3, 2) + B
A.reshape(-1)
A.reshape(-1)[::2] - C
A.reshape([6, 1])
S.reshape(1, 1)
sqrt(abs(A)) / 2
log(abs(C)) - tanh(C) * 2
sigmoid(A) - sigmoid(A) ** 2
softmax(A)
softmax(C)[0] * 2
relu(A) + leaky_relu(A) - elu(A)
softplus(A @ B) * silu(C[:2])
identity(A) - 1
softmax(relu(A @ B) - 1)
""".strip().split("\n")


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_cells_arithmetic_gives_the_cell_that_numpy_gives(text):
    value, tree = value_of(text), parser.parse(text, TENSORS)
    for index, cell in cells(value):
        node = expand_cell(tree, index, TENSORS)
        assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12, nan_ok=True), index
        if math.isfinite(cell):
            assert_worth(node, text)


def test_the_arithmetic_of_random_expressions_gives_their_cells():
    draw = random.Random(5)
    tried = 0
    while tried < 600:
        text = grown(draw, 3)
        try:
            understood(text)
        except ExpressionError:
            continue
        value, tree = value_of(text), parser.parse(text, TENSORS)
        found = [cell for cell in cells(value) if abs(cell[1]) < 1e100]
        for index, cell in draw.sample(found, min(2, len(found))):
            node = expand_cell(tree, index, TENSORS)
            assert node.value == pytest.approx(cell, rel=1e-9, abs=1e-12), (text, index)
            try:
                assert_worth(node, text)
            except (ZeroDivisionError, OverflowError, ValueError):
                continue  # Python has no infinity on the way
        tried += 1


def assert_every_cell(made, iterations=1, lines=False):
    session = Session(made)
    for _ in range(iterations * session.period):
        session.step()
        frame = session.frame
        for index, cell in cells(frame.tensors[frame.step.name]):
            node = cell_arithmetic(frame.step, index, frame.before)
            told = (frame.step.name, index)
            assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12, nan_ok=True), told
            if lines and math.isfinite(cell):
                assert_worth(node, told)


@pytest.mark.parametrize("name", ["article", "article-as-printed", "mazur", "han-kamber", "xor"])
def test_every_cell_of_built_in_networks_has_its_arithmetic(name):
    assert_every_cell(builtin.open_network(name), 2)


@pytest.mark.parametrize("name", ["penguins", "deep"])
def test_some_cells_of_every_equation_of_large_networks_have_their_arithmetic(name):
    session = Session(builtin.open_network(name))
    for _ in range(session.period):
        session.step()
        frame = session.frame
        found = cells(frame.tensors[frame.step.name])
        for index, cell in (found[0], found[len(found) // 2], found[-1]):
            node = cell_arithmetic(frame.step, index, frame.before)
            assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12), (frame.step.name, index)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_under_every_loss_has_its_arithmetic(activation):
    for loss in LOSSES:
        hidden = "tanh" if activation == "softmax" else activation
        for reduction in ("sum", "mean"):
            made = network((2, 3, 2), hidden, last=activation, loss=loss, samples=2, reduction=reduction)
            assert_every_cell(made, lines=loss == "half_squared_error")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_has_its_arithmetic(optimizer):
    batches = {"samples": 3, "batch_size": 2, "reduction": "mean"}
    assert_every_cell(network((2, 2, 1), optimizer=optimizer, **batches), 2, lines=True)
    assert_every_cell(with_options(article(optimizer=optimizer, optimizer_options={})), 2, lines=True)
