"""One cell's arithmetic: its value is the tensor's cell, and the line that is printed is worth as much."""

import math
import random
import re

import numpy as np
import pytest
from expressions import TENSORS, understood, value_of
from networks_for_tests import article, mazur, network, with_options

from bpstep import library
from bpstep.errors import ExpressionError
from bpstep.formula.arithmetic import Arithmetic, reading
from bpstep.formula.cellwise import scalar
from bpstep.formula.glyphs import Glyphs
from bpstep.formula.numbers import short
from bpstep.language import grammar
from bpstep.maths import ACTIVATIONS, LOSSES, OPTIMIZERS
from bpstep.session import Session

ALL = 10**9
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

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


def cells(value):
    return [(index, float(cell)) for index, cell in np.ndenumerate(value)]


FANCY, PLAIN = Glyphs(), Glyphs(ascii=True)


def printed(node, glyphs=FANCY, show=repr, terms=ALL, calls=True):
    writer = Arithmetic(glyphs, show, {}, terms, calls)
    return "".join(text for text, _ in writer.write(node))


def with_else(text):
    """Every "chosen since condition" as Python's own choice, which fails where the condition is false."""
    while " since " in text:
        start = text.index(" since ")
        level, end = 0, start
        while end < len(text) and level >= 0 and (level or text[end] != ","):
            end += 1
            level += 0 if end == len(text) else (text[end] == "(") - (text[end] == ")")
        text = f"{text[:start]} if {text[start + 7 : end]} else wrong{text[end:]}"
    return text


def worth(text):
    """The value of a printed line of arithmetic, for Python to work out."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "**" + found[0].translate(DIGITS), text)
    for sign, meant in (("−", "-"), ("×", "*"), ("^", "**"), ("≤", "<="), ("≥", ">="), ("≠", "!=")):
        text = text.replace(sign, meant)
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", text).replace("√", "sqrt").replace("σ", "sigmoid")
    names = {
        "e": math.e,
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "ln": math.log,
        "max": lambda *items: max(items),
        "min": lambda *items: min(items),
        "any": lambda *items: any(items),
        "all": lambda *items: all(items),
        "sqrt": math.sqrt,
        "tanh": math.tanh,
        "abs": abs,
    }
    return float(eval(with_else(text), {"__builtins__": {}, **names}))


def assert_worth(node, told):
    for glyphs in (FANCY, PLAIN):
        for calls in (True, False):
            text = printed(node, glyphs, calls=calls)
            assert not re.search(r"[-−+]\s*[-−]", text), text
            assert text.isascii() or not glyphs.ascii
            assert worth(text) == pytest.approx(node.value, rel=1e-9, abs=1e-12), (told, text)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_cells_arithmetic_gives_the_cell_that_numpy_gives(text):
    value, tree = value_of(text), grammar.parse(text, TENSORS)
    for index, cell in cells(value):
        node = scalar(tree, index, TENSORS)
        assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12, nan_ok=True), index
        if math.isfinite(cell):
            assert_worth(node, text)


def grown(draw, depth):
    """An expression by chance; whether its shapes fit is another matter."""
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(["A", "A", "B", "C", "D", "S", "2", "0.5", "-3"])
    part = [grown(draw, depth - 1) for _ in range(3)]
    return draw.choice(
        [
            "({0}) {op} ({1})",
            "({0}) {op} ({1})",
            "{0} {op} {1}",
            "-({0})",
            "({0}) ** 2",
            "({0}) @ ({1})",
            "({0}).T",
            "({0})[-1]",
            "({0})[::-1]",
            "({0})[:, 1:]",
            "({0}).reshape(-1)",
            "{elementwise}({0})",
            "{fold}({0})",
            "{fold}({0}, axis=-1, keepdims=True)",
            "{fold}({0}, axis=0)",
            "where(({0}) > ({1}), {1}, {2})",
            "(({0}) <= ({1}))",
            "repeat({0}, 2, axis=0)",
            "concatenate([{0}, {1}], axis=-1)",
            "outer({0}, {1})",
        ]
    ).format(
        *part,
        op=draw.choice("+-*/"),
        elementwise=draw.choice(["abs", "exp", "tanh", *ACTIVATIONS]),
        fold=draw.choice(["sum", "mean", "max", "min", "any", "all"]),
    )


def test_so_it_is_for_expressions_by_chance():
    draw = random.Random(5)
    tried = 0
    while tried < 600:
        text = grown(draw, 3)
        try:
            understood(text)
        except ExpressionError:
            continue
        value, tree = value_of(text), grammar.parse(text, TENSORS)
        found = [cell for cell in cells(value) if abs(cell[1]) < 1e100]
        for index, cell in draw.sample(found, min(2, len(found))):
            node = scalar(tree, index, TENSORS)
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
            node = reading(frame.step, index, frame.before)
            told = (frame.step.name, index)
            assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12, nan_ok=True), told
            if lines and math.isfinite(cell):
                assert_worth(node, told)


@pytest.mark.parametrize("name", ["article", "article-as-printed", "mazur", "han-kamber", "xor"])
def test_every_cell_of_the_built_in_networks(name):
    assert_every_cell(library.find(name), 2)


@pytest.mark.parametrize("name", ["penguins", "deep"])
def test_some_cells_of_every_equation_of_the_large_ones(name):
    session = Session(library.find(name))
    for _ in range(session.period):
        session.step()
        frame = session.frame
        found = cells(frame.tensors[frame.step.name])
        for index, cell in (found[0], found[len(found) // 2], found[-1]):
            node = reading(frame.step, index, frame.before)
            assert node.value == pytest.approx(cell, rel=1e-12, abs=1e-12), (frame.step.name, index)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_under_every_loss(activation):
    for loss in LOSSES:
        hidden = "tanh" if activation == "softmax" else activation
        for reduction in ("sum", "mean"):
            made = network((2, 3, 2), hidden, last=activation, loss=loss, samples=2, reduction=reduction)
            assert_every_cell(made, lines=loss == "half_squared_error")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser(optimizer):
    batches = {"samples": 3, "batch_size": 2, "reduction": "mean"}
    assert_every_cell(network((2, 2, 1), optimizer=optimizer, **batches), 2, lines=True)
    assert_every_cell(with_options(article(optimizer=optimizer, optimizer_options={})), 2, lines=True)


@pytest.mark.parametrize(
    ("made", "at", "index", "line"),
    [
        (article(), "net_1", (0,), "0.4000 × 0.1000 + 0.5000 × 0.2000 + 0.1000"),
        (article(), "H", (0,), "1 / (1 + e^(−0.2400))"),
        (article(), "E", (), "1 / 2 × (1.0000 − 0.6197)²"),
        (article(), "delta_Y", (0,), "0.6197 − 1.0000"),
        (article(), "delta_Y_net2", (0,), "σ(0.4884) − σ(0.4884)²"),
        (article(), "delta_V", (0,), "-0.3803 × 0.2357 × 0.5597"),
        (article(), "delta_net2_H", (0, 2), "0.3000"),
        (article(), "delta_net1_w1", (1,), "0.4000"),
        (article(), "delta_w1", (0, 0), "-0.3803 × 0.2357 × 0.1000 × 0.2464 × 0.4000"),
        (article(), "W", (0, 0), "0.1000 − 0.0100 × -0.0009"),
        (mazur(), "E", (), "1 / 2 × ((0.0100 − 0.7514)² + (0.9900 − 0.7729)²)"),
        (mazur(), "delta_H", (0, 0), "0.1385 × 0.4000 + (-0.0381) × 0.5000"),
    ],
)
def test_lines_as_they_are_read(made, at, index, line):
    session = Session(made)
    session.goto(at)
    assert printed(reading(session.frame.step, index, session.frame.before), show=short) == line


def line_of(text, index, **how):
    return printed(scalar(grammar.parse(text, TENSORS), index, TENSORS), show=short, **how)


def test_a_choice_says_what_it_chose_and_why():
    assert line_of("where(A > 0, A, 0.01 * A)", (0, 0)) == "0.5000 since 0.5000 > 0"
    assert line_of("where(A > 0, A, 0.01 * A)", (0, 1)) == "0.01 × -1.2500 since -1.2500 ≤ 0"
    assert line_of("where(A == C, 1, 2)", (0, 1)) == "2 since -1.2500 ≠ -0.5000"
    assert line_of("where(A == C, 1, 2)", (0, 1), glyphs=PLAIN) == "2 since -1.2500 != -0.5000"
    assert line_of("where(A, 1, 2)", (1, 1)) == "2 since 0.0000 = 0"
    assert line_of("where(A, 1, 2)", (1, 0)) == "1 since 3.5000 ≠ 0"


def test_nothing_compares_with_nan():
    tree = grammar.parse("where(A > 0, 1, 2)", ["A"])
    assert printed(scalar(tree, (0,), {"A": np.array([np.nan])}), show=short) == "2 since not nan > 0"


def test_a_long_sum_is_cut_and_what_is_left_out_is_counted():
    assert line_of("sum(A)", (), terms=3) == "0.5000 + (-1.2500) + … 4 more terms"
    assert line_of("sum(C)", (), terms=1) == "0.7500 + … 2 more terms"
    assert line_of("sum(C[:2])", (), terms=1) == "0.7500 + … 1 more term"
    assert line_of("2 * sum(C)", (), terms=2) == "2 × (0.7500 + … 2 more terms)"
    assert line_of("max(C)", (), terms=2) == "max(0.7500, … 2 more terms)"
    assert line_of("sum(C)", (), terms=3) == "0.7500 + (-0.5000) + 4.0000"
    assert line_of("sum(A)", (), terms=2, glyphs=PLAIN) == "0.5000 + ... 5 more terms"


def test_functions_may_be_written_as_their_values():
    assert line_of("1 / (1 + exp(-C))", (1,), calls=False) == "1 / (1 + 1.6487)"
    assert line_of("2 - tanh(C)", (1,), calls=False) == "2 − (-0.4621)"


def test_numbers_of_an_equation_are_exact():
    assert line_of("0.123456789012 * S + 1e-8 + 2.0", ()) == "0.123456789012 × -1.7500 + 1e-8 + 2"


def test_cells_keep_the_colour_of_their_tensor_and_may_be_written_by_name():
    node = scalar(grammar.parse("A @ C", TENSORS), (1,), TENSORS)
    writer = Arithmetic(FANCY, short, {"A": "read"}, names=lambda name, index: name + str(list(index)))
    spans = writer.write(node)
    assert "".join(text for text, _ in spans) == "A[1, 0] × C[0] + A[1, 1] × C[1] + A[1, 2] × C[2]"
    assert dict(spans)["A[1, 0]"] == "read"
    assert dict(spans)["C[0]"] == "text"


def test_infinite_sums_raise_no_warning():
    tree = grammar.parse("sum(A) + mean(A)", ["A"])
    assert math.isnan(scalar(tree, (), {"A": np.array([np.inf, -np.inf])}).value)
