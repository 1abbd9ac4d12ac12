"""One cell's arithmetic as a line: its form, and what is left out of it."""

import math

import numpy as np
import pytest
from arithmetic_text import FANCY, PLAIN, printed
from expressions import TENSORS
from make_networks import article, mazur

from bpstep.explain.arithmetic import Arithmetic, cell_arithmetic
from bpstep.explain.elementwise import expand_briefly, expand_cell
from bpstep.explain.numbers import format_sensitive, format_short
from bpstep.lang import parser
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session


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
        (article(), "W", (0, 0), "0.1000 − 0.0100 × (-0.0009)"),
        (mazur(), "E", (), "1 / 2 × ((0.0100 − 0.7514)² + (0.9900 − 0.7729)²)"),
        (mazur(), "delta_H", (0, 0), "0.1385 × 0.4000 + (-0.0381) × 0.5000"),
    ],
)
def test_lines_as_they_are_read(made, at, index, line):
    session = Session(made)
    session.goto(at)
    assert (
        printed(cell_arithmetic(session.frame.step, index, session.frame.before), show=format_short) == line
    )


def line_of(text, index, **how):
    return printed(expand_cell(parser.parse(text, TENSORS), index, TENSORS), show=format_short, **how)


def reason_of(node, glyphs=FANCY):
    return "".join(text for text, _ in Arithmetic(glyphs, format_short, {}).reason(node))


@pytest.mark.parametrize(
    ("text", "index", "chosen", "reason"),
    [
        ("where(A > 0, A, 0.01 * A)", (0, 0), "0.5000", "0.5000 > 0"),
        ("where(A > 0, A, 0.01 * A)", (0, 1), "0.01 × (-1.2500)", "-1.2500 ≤ 0"),
        ("where(A == C, 1, 2)", (0, 1), "2", "-1.2500 ≠ -0.5000"),
        ("where(A, 1, 2)", (1, 1), "2", "0.0000 = 0"),
        ("where(A, 1, 2)", (1, 0), "1", "3.5000 ≠ 0"),
        ("A + 1", (0, 0), "0.5000 + 1", ""),
    ],
)
def test_a_choice_is_written_as_what_it_chose_and_has_a_reason(text, index, chosen, reason):
    assert line_of(text, index) == chosen
    assert reason_of(expand_cell(parser.parse(text, TENSORS), index, TENSORS)) == reason


def test_a_reason_in_ascii_is_ascii():
    node = expand_cell(parser.parse("where(A == C, 1, 2)", TENSORS), (0, 1), TENSORS)
    assert reason_of(node, PLAIN) == "-1.2500 != -0.5000"


def test_a_comparison_with_nan_is_false():
    node = expand_cell(parser.parse("where(A > 0, 1, 2)", ["A"]), (0,), {"A": np.array([np.nan])})
    assert printed(node, show=format_short) == "2"
    assert reason_of(node) == "not nan > 0"


def test_a_sum_of_ones_is_their_number():
    assert line_of("C / sum(ones_like(A[:, 0]))", (1,)) == "-0.5000 / 2"


def test_a_long_sum_is_cut_and_what_is_left_out_is_counted():
    assert line_of("sum(A)", (), terms=3) == "0.5000 + (-1.2500) + … 4 more terms"
    assert line_of("sum(C)", (), terms=1) == "0.7500 + … 2 more terms"
    assert line_of("sum(C[:2])", (), terms=1) == "0.7500 + … 1 more term"
    assert line_of("2 * sum(C)", (), terms=2) == "2 × (0.7500 + … 2 more terms)"
    assert line_of("max(C)", (), terms=2) == "max(0.7500, … 2 more terms)"
    assert line_of("sum(C)", (), terms=3) == "0.7500 + (-0.5000) + 4.0000"
    assert line_of("sum(A)", (), terms=2, glyphs=PLAIN) == "0.5000 + ... 5 more terms"


def test_of_a_sum_that_is_too_long_terms_that_are_0_are_left_out_first():
    assert line_of("sum(where(A < 0, A, 0))", (), terms=3).count("0.0000") == 0
    # The terms that are not 0 alone: fewer of them are always the first of more.
    assert line_of("sum(maximum(-A, 0))", (), terms=2) == "max(−(-1.2500), 0) + … 5 more terms"
    assert line_of("sum(A * 0)", (), terms=3) == "0.5000 × 0 + (-1.2500) × 0 + … 4 more terms"


def test_small_numbers_in_a_logarithm_or_below_a_line_have_the_digits_that_their_result_needs():
    session = Session(open_network("attention"))
    session.goto("delta_probs")
    written = printed(
        cell_arithmetic(session.frame.step, (0, 1), session.frame.before),
        show=format_short,
        sensitive=format_sensitive,
    )
    assert written == "−1 / 0.006186 / 6"
    assert session.frame.tensors["delta_probs"][0, 1] == pytest.approx(-1 / 0.006186 / 6, rel=1e-3)
    assert [format_sensitive(x) for x in (0.5, 0.0123456, 0.005, 1.23456e-5, 0.0)] == [
        *("0.5000", "0.0123", "0.0050", "1.235e-5", "0.0000")
    ]


def test_functions_may_be_written_as_their_values():
    assert line_of("1 / (1 + exp(-C))", (1,), calls=False) == "1 / (1 + 1.6487)"
    assert line_of("2 - tanh(C)", (1,), calls=False) == "2 − (-0.4621)"


def test_numbers_of_an_equation_are_exact():
    assert line_of("0.123456789012 * S + 1e-8 + 2.0", ()) == "0.123456789012 × (-1.7500) + 1e-8 + 2"


def test_cells_keep_the_colour_of_their_tensor_and_may_be_written_by_name():
    node = expand_cell(parser.parse("A @ C", TENSORS), (1,), TENSORS)
    writer = Arithmetic(
        FANCY, format_short, {"A": "read"}, name_cell=lambda name, index: name + str(list(index))
    )
    spans = writer.write(node)
    assert "".join(text for text, _ in spans) == "A[1, 0] × C[0] + A[1, 1] × C[1] + A[1, 2] × C[2]"
    assert dict(spans)["A[1, 0]"] == "read"
    assert dict(spans)["C[0]"] == "text"


def test_infinite_sums_raise_no_warning():
    tree = parser.parse("sum(A) + mean(A)", ["A"])
    assert math.isnan(expand_cell(tree, (), {"A": np.array([np.inf, -np.inf])}).value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sum(A[5:])", "0"),
        ("sum(A[5:]) * 2 + 1", "0 × 2 + 1"),
        ("sum(A[0:1, 0:1])", "0.5000"),
        ("sum(A[0:1, 0:2])", "0.5000 + (-1.2500)"),
        ("mean(A[0:1, 0:2])", "(0.5000 + (-1.2500)) / 2"),
    ],
)
def test_a_sum_of_nothing_is_0_and_of_one_number_that_number(text, line):
    assert line_of(text, ()) == line


@pytest.mark.parametrize(
    ("text", "index"), [("softmax(A)", (1, 2)), ("softmax(relu(A @ B) - 1)", (0, 1)), ("gelu(A * 2)", (0, 0))]
)
def test_a_line_without_what_float64_needs_gives_the_same_number(text, index):
    tree = parser.parse(text, TENSORS)
    brief = expand_briefly(tree, index, TENSORS)
    assert brief.value == pytest.approx(expand_cell(tree, index, TENSORS).value, rel=1e-12)
    assert "max" not in printed(brief, show=format_short)


def test_a_sum_within_a_sum_keeps_the_terms_that_are_left_out_of_it_apart():
    tensors = {"m": np.arange(1.0, 21.0).reshape(4, 5)}
    scalar = expand_cell(parser.parse("sum(sum(m, axis=1))", {"m": (4, 5)}), (), tensors)
    assert printed(scalar, show=format_short, terms=3) == (
        "(1.0000 + 2.0000 + … 3 more terms) + (6.0000 + 7.0000 + … 3 more terms) + … 2 more terms"
    )
