"""A person's own equations in symbols: with the parentheses of the computation, and always drawable."""

import random

import pytest
from equation_text import FANCY, PLAIN, drawn
from make_networks import network
from random_expressions import grown

from bpstep.explain.symbols import Symbols
from bpstep.lang import parser
from bpstep.program.derive import derive_program

PROGRAM = derive_program(network((2, 3, 2), optimizer="adam"))
PROGRAM_TENSORS = {"A": "X", "B": "W", "C": "delta_V", "D": "delta_H_net1", "S": "learning_rate"}


def written(text, glyphs=FANCY, stacked=False):
    return drawn(Symbols(PROGRAM, glyphs, {}).write(parser.parse(text, PROGRAM.tensors), stacked))


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("delta_V**2", "(∂E/∂V)²"),
        ("delta_V * 2", "∂E/∂V · 2"),
        ("X / delta_V", "X / (∂E/∂V)"),
        ("delta_V.T", "(∂E/∂V)ᵀ"),
        ("delta_V[0, 1:]", "(∂E/∂V)[0,1:]"),
        ("sum(X) * 2", "(Σ X) · 2"),
        ("2 * sum(X) * 3", "(2 · Σ X) · 3"),
        ("-sum(X) * 3", "(−Σ X) · 3"),
        ("2 * sum(X)", "2 · Σ X"),
        ("sum(X - 1) + 1", "Σ (X − 1) + 1"),
        ("sum(X)**2", "(Σ X)²"),
        ("sum(X**2)", "Σ X²"),
        ("sum(-X)", "Σ (−X)"),
        ("sum(X, axis=0)", "Σ over samples X"),
        ("sum(X, axis=-2)", "Σ over samples X"),
        ("sum(X, axis=1)", "Σ over units X"),
        ("sum(W, axis=0)", "Σ over rows W"),
        ("max(W, axis=-1)", "max over columns (W)"),
        ("mean(X)", "mean(X)"),
        ("X - (W - V)", "X − (W − V)"),
        ("X - -W", "X − (−W)"),
        ("-X - W", "−X − W"),
        ("-(X - W)", "−(X − W)"),
        ("2 * -X", "2 · (−X)"),
        ("(-X)**2", "(−X)²"),
        ("-X**2", "−X²"),
        ("2**-t", "2^(−t)"),
        ("2**0.5", "2^0.5"),
        ("X**12", "X¹²"),
        ("(X**2)**2", "(X²)²"),
        ("exp(X)**2", "(e^X)²"),
        ("exp(-X)", "e^(−X)"),
        ("X / (W / 2)", "X / (W / 2)"),
        ("X / W / 2", "X / W / 2"),
        ("(X * W) @ V", "(X · W) V"),
        ("X * (W @ V)", "X · W V"),
        ("(X + W) @ V", "(X + W) V"),
        ("X @ W @ V", "X W V"),
        ("X @ (W @ V)", "X (W V)"),
        ("where(X > 0, X, -X) * 2", "(X if X > 0, else −X) · 2"),
        ("where(X >= 0, 1, 2)", "1 if X ≥ 0, else 2"),
        ("where(arange(3)[:, None] == arange(3), 1, 0)", "1 if arange(3)[:,None] = arange(3), else 0"),
        ("(X != W) * 2", "(X ≠ W) · 2"),
        ("concatenate([X, W], axis=1) + 1", "[X, W] + 1"),
        ("repeat(X, 2, axis=0) * 2", "(X, 2 times) · 2"),
        ("outer(X, W)", "outer(X, W)"),
        ("sqrt(abs(X)) + log(W)", "√(abs(X)) + ln(W)"),
        ("ones_like(X) - zeros_like(W)", "1 − 0"),
        ("(X + W).reshape(-1) * 2", "(X + W) · 2"),
        ("1e-8 * X + 0.123456789012", "1e-8 · X + 0.123456789012"),
        ("1/2 * X", "1/2 · X"),
        ("X / sum(ones_like(X[:, 0]))", "X / samples"),
        ("X / sum(ones_like(X))", "X / (Σ 1)"),
        ("W / sum(ones_like(W[:, 0]))", "W / (Σ 1)"),
    ],
)
def test_an_equation_of_ones_own_is_bracketed_as_it_is_computed(text, symbols):
    assert written(text) == symbols


@pytest.mark.parametrize("glyphs", [FANCY, PLAIN], ids=["fancy", "plain"])
def test_whatever_is_written_can_be_drawn(glyphs):
    draw = random.Random(11)
    for _ in range(400):
        text = grown(draw, 4)
        for short, name in PROGRAM_TENSORS.items():
            text = text.replace(short, name)
        if len(text) < 2000:
            for stacked in (True, False):
                lines = written(text, glyphs, stacked)
                assert lines.isascii() or not glyphs.ascii
