"""The answer of why as drawn: what a small screen keeps of it."""

import pytest
from debugger_driver import controller, press

from bpstep.explain.index_form import index_form
from bpstep.explain.notation import Glyphs
from bpstep.netfile.builtin import open_network
from bpstep.render.canvas import cut_lines
from bpstep.render.lists import why
from bpstep.session.session import Session


def answer(network, name, size=(80, 24)):
    """The lines of the answer about the first cell of what a step writes."""
    made = controller(network, at=name)
    made.size = size
    press(made, "i")
    lines = made.draw().text().splitlines()
    rule = next(y for y, line in enumerate(lines) if " why " in line and y)
    return lines[rule + 1 : -2]


def transposing(name):
    """The equations of a network in which something is transposed, each with the reasons for it."""
    program = Session(open_network(name)).program
    steps = [step for step in program.steps if ".T" in step.source]
    return [(step.name, index_form(program, step, Glyphs()).reasons) for step in steps]


@pytest.mark.parametrize("name", ["rnn", "attention", "embedding", "conv", "batchnorm"])
def test_at_80_by_24_each_transpose_has_its_reason_over_a_few_operands(name):
    for equation, reasons in transposing(name):
        lines = answer(name, equation)
        rows = next(y for y, line in enumerate(lines) if line.startswith(" from "))
        above = " ".join(line.strip() for line in lines[:rows])
        transposed = next(at for at, reason in enumerate(reasons) if "transpose" in reason)
        assert " ".join(reasons[: transposed + 1]) in above, equation
        assert above.endswith((reasons[-1], "… more in a larger pane")), equation
        assert len(lines) - rows >= 4


def test_a_long_sum_is_written_once_for_each_height_however_many_reasons_are_tried(monkeypatch):
    written = []

    def counted(*given):
        written.append(given[-2:])
        return lines(*given)

    lines = why.arithmetic_lines
    monkeypatch.setattr(why, "arithmetic_lines", counted)
    assert answer("embedding", "delta_C")
    assert len(written) == len(set(written)) <= 3


def test_names_and_numbers_have_the_same_terms_and_count_the_others():
    lines = answer("rnn", "delta_Wx")
    assert lines[0].endswith("= x1[0,0] × delta_neth1[0,0] + … 5 more terms")
    assert lines[1].strip() == "= 1.0000 × 0.0488 + … 5 more terms = 0.0488"
    assert lines[3].strip() == "+ Σₛ x₃[s,i] · ∂E/∂net_h3[s,j]    (4,2) @ (2,3) = (4,3)"


def test_arithmetic_that_is_cut_ends_with_a_whole_addend_and_its_result():
    end = [(" …", "quiet"), (" = 1.25", "text")]
    lines = [[("[0,0] = 0.5 × 2.5 + (-0.125) × ", "text")], [("    ", "text"), ("4 + 3 × 2", "text")]]

    def cut(lines, most, width):
        return ["".join(text for text, _ in line) for line in cut_lines(lines, most, width, end)]

    assert cut(lines, 1, 60) == ["[0,0] = 0.5 × 2.5 + … = 1.25"]
    assert cut(lines, 1, 32) == ["[0,0] = 0.5 × 2.5 + … = 1.25"]
    assert cut(lines, 2, 60) == ["[0,0] = 0.5 × 2.5 + (-0.125) × ", "    4 + 3 × 2 … = 1.25"]
    assert cut([[("a = b × c", "text")], [("    − d", "text")]], 1, 60) == ["a = b × c … = 1.25"]
    assert cut([[("a = b × ", "text")], [("    c", "text")]], 1, 60) == ["a = b × … = 1.25"]


@pytest.mark.parametrize(
    ("network", "name", "names", "numbers"),
    [
        ("lstm", "delta_h1", "delta_z2[0,6] × Wh[0,6] +", "= 0.0187 × (-0.4489) +"),
        ("attention", "delta_C", "1 × delta_x[0,0] + 1 × delta_x[4,0] +", "= 1 × 0.2360 + 1 × 0.0795 + … 4"),
    ],
)
def test_the_terms_in_names_begin_with_those_in_numbers(network, name, names, numbers):
    lines = answer(network, name)
    assert names in lines[0]
    assert any(line.strip().startswith(numbers) for line in lines[1:3])
