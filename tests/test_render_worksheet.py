"""The worksheet inside an equation, its line and its sentence, as one reads them."""

import re

import numpy as np
import pytest
from debugger_driver import controller, debugging

from bpstep.explain.micro_line import extra_digits
from bpstep.explain.prose.micro import operation_sentence
from bpstep.learn import puzzle
from bpstep.netfile.builtin import open_network
from bpstep.session import micro
from bpstep.session.session import Session


def screen(network, position, k, size=(80, 24), **theme):
    """The lines of the formula pane, k operations into the equation after the position."""
    found = controller(network, at=position, **theme)
    found.session.goto(found.session.n, k)
    found.size = size
    lines = found.draw().text().splitlines()
    top = next(at for at, line in enumerate(lines) if "─ formula" in line)
    return [line.strip() for line in lines[top + 1 : -2]]


def test_columns_that_are_samples_are_headed_so_and_the_labels_hold_for_all_of_them():
    lines = screen(puzzle.open_puzzle("anchor"), "0", 6)
    assert lines[2].split("sample ")[1:] == ["1 ", "2 ", "3 ", "4"]
    assert lines[3].startswith("X[:,0] × W1[0,0] ")
    assert lines[4].startswith("X[:,1] × W1[1,0] ")
    assert "x1→y" in screen(puzzle.open_puzzle("anchor"), "delta_net1", 2)[2]


def test_where_many_samples_are_columns_their_heads_stay_apart():
    lines = screen("xor", "net_2", 1)
    assert lines[2].split() == ["sample", "1", "sample", "2", "sample", "3", "sample", "4"]


@pytest.mark.parametrize(
    ("network", "position", "k", "row"),
    [
        ("penguins", "net_2", 70, "exp(net_2 − max(net_2))"),
        ("penguins", "net_2", 70, "… then sum, exp(…) / sum(exp)"),
        ("penguins", "Y", 1, "… then −sum(labelY × log), / 32"),
        ("article", "net_1", 2, "1 / (1 + exp(−net_1))"),
        ("article", "H", 3, "… then sum, + B2"),
    ],
)
def test_lines_to_come_are_named_by_what_they_do(network, position, k, row):
    assert any(line.startswith(row) for line in screen(network, position, k))


@pytest.mark.parametrize(("k", "terms"), [(4, (0, 1)), (5, (2,))])
def test_the_rows_that_an_addition_has_taken_are_seen(k, terms):
    lines = screen("article", "H", k)
    for term in terms:
        assert any(line.startswith(f"H[{term}] × V[{term},0] ") for line in lines)
    assert any(line.startswith("sum ") and "▸" in line for line in lines)
    assert not any("1 more term" in line for line in lines)


@pytest.mark.parametrize("network", ["article", "mazur", "xor", "penguins", "deep"])
def test_every_number_that_an_operation_takes_from_the_worksheet_stands_in_it(network):
    session = Session(open_network(network))
    found = controller(network)
    found.size = (80, 24)
    for n in range(session.period):
        count = micro.operation_count(session, n)
        for k in range(1, count, max(count // 9, 1)):
            found.session.goto(n, k)
            operation = found.frame.inside.operation
            if operation.stage.kind == "sums" and operation.term == 1:
                text = found.draw().text()
                assert all(found.theme.number(number) in text for number in operation.operands), (n, k)


def test_how_far_one_is_has_one_form():
    for network, k, shown in (("penguins", 1, "0 + 1/2048"), ("article", 4, "0 + 4/12")):
        found = controller(network)
        found.session.goto(0, k)
        assert shown in found.draw().text().splitlines()[0]


@pytest.mark.parametrize("network", ["article", "mazur", "han-kamber", "xor", "penguins", "deep"])
def test_the_numbers_of_a_line_are_as_many_digits_as_it_takes_to_come_out(network):
    session, checked = Session(open_network(network)), 0
    found = controller(network)
    for n in range(0, session.period, 2 if session.period < 30 else 5):
        count = micro.operation_count(session, n)
        for k in sorted({1, 2, *range(3, count, max(count // 4, 1))}):
            found.session.goto(n, k)
            if found.session.k == 0:
                continue
            line = next(
                (line for line in found.draw().text().splitlines() if re.search(" = .* = ", line)), ""
            )
            written = re.search(r"= \(?(-?[\d.]+)\)? ([+−×]) \(?(-?[\d.]+)\)? = (-?[\d.]+)$", line.strip())
            if not written:
                continue
            one, sign, two, gives = written.groups()
            value = {"+": np.add, "−": np.subtract, "×": np.multiply}[sign](float(one), float(two))
            digits = len(gives.partition(".")[2])
            assert abs(round(value, digits) - float(gives)) <= 1.01 * 10.0**-digits, line
            if sign == "+":
                assert abs(round(value, digits) - float(gives)) <= 0.01 * 10.0**-digits, line
            checked += 1
    assert checked > 5


def test_digits_are_added_only_where_they_are_needed():
    session = Session(open_network("article"))
    session.goto(0, 4)
    assert extra_digits(session.frame.inside) == 0
    session = Session(open_network("penguins"))
    session.goto("delta_B1")
    session.goto(session.n - 1, 1)
    assert extra_digits(session.frame.inside) == 1
    assert "-0.00364 + (-0.00353) = -0.00717" in "\n".join(screen("penguins", session.n, 1))


def test_a_negation_is_shown_with_its_result():
    assert screen("article", "net_2", 1)[1] == "−net_2[0] = -0.4884"


def test_a_negative_number_after_an_operator_stands_in_brackets():
    lines = "\n".join(screen("penguins", "net_1", 1) + screen("penguins", "H", 1))
    assert "× (-0." in "\n".join(screen("penguins", "0", 3)) + lines


def said(network, position, k):
    found = controller(network, at=position)
    found.session.goto(found.session.n, k)
    return operation_sentence(found.frame, found.frame.inside)


def test_a_softmaxs_largest_says_what_it_is_for():
    assert said("penguins", "net_2", 2) == (
        "The larger of 0.0524 and 0.0897 is 0.0897: subtracted so that no exponential overflows; it cancels. "
        "All 3 numbers were compared."
    )
    # The larger of the first two is not subtracted: the third may be larger.
    assert "subtracted" not in said("penguins", "net_2", 1)


def test_the_backward_phase_says_whose_error_goes_where():
    assert said("article", "delta_Y_net2", 2) == (
        "The error of y before its activation, -0.08962, times what h1 sent, 0.55971, is -0.05016. "
        "That is delta_V[0]."
    )
    assert said("article", "delta_net1_w1", 2).startswith(
        "The error of y before its activation, -0.0896, times the weight from h1 to y, 0.1, is -0.0090: "
        "the error that comes back to h1."
    )
    assert said("xor", "E", 2) == (
        "Sample 2: the output of y is 0.4441, its target 1: the difference is -0.5559. That is delta_Y[1,0]."
    )
    assert said("article", "delta_Y", 2).endswith("squared is 0.384063.")
    assert "the slope of h1's activation. That is" in said("article", "delta_net2_H", 7)


async def test_back_to_a_breakpoint_from_inside_the_equation_after_it_and_from_inside_the_first():
    async with debugging(at="net_1") as person:
        await person.press("b", "s", "s", "C")
        await person.arrive()
        assert (person.n, person.controller.session.k) == (1, 0)
    async with debugging() as person:
        await person.press("s", "b", "C")
        await person.arrive()
        assert person.last == "no breakpoint was hit before this position"


def test_a_row_of_one_number_stands_below_its_own_heading_where_other_rows_have_several():
    """The sum of a row of four is one number for that row, not the six of all rows side by side."""
    lines = screen("attention", "delta_var", 7)
    assert next(line for line in lines if line.startswith("mu − x")).count("·") == 3
    assert next(line for line in lines if line.startswith("sum ")).count("·") == 1


def test_a_long_comparison_is_named_by_the_tensors_that_it_compares():
    text = "\n".join(screen("conv", "delta_pool", 1))
    assert "H == pool" in text
    assert "where(H == pool, 1, 0)" in text


def test_a_label_is_as_wide_as_it_needs_where_few_columns_stand_beside_it():
    assert "patches[0,0,0,0] × delta_conv[0,0,0,:]" in "\n".join(screen("conv", "delta_conv", 1))


THREE_FACTORS = '''
title = "Three factors"
learning_rate = 0.1
[data]
X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
[parameters]
W = [[0.1, -0.3], [0.2, 0.4]]
b = [0.5, 0.25]
[program]
forward = """
Z = einsum("ni,ij,j->nj", X, W, b)
E = mean(Z**2)
"""
'''


def test_products_of_three_factors_have_a_sentence_in_the_backward_phase(tmp_path):
    path = tmp_path / "three.toml"
    path.write_text(THREE_FACTORS)
    session = Session(open_network(str(path)))
    session.goto("i0:delta_Z")
    told = []
    for k in range(1, 7):
        session.goto(session.n, k)
        told.append(operation_sentence(session.frame, session.frame.inside))
    assert told[0] == "0.0083, 0.1, 0.5 multiplied together give 4.2e-4."
    assert all(told)
