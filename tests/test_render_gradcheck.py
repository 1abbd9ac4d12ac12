"""The lists of the gradient check, from reports made by hand: what stands where, at every width."""

import dataclasses
import itertools

import pytest
from make_networks import network
from rich.cells import cell_len

from bpstep.gradcheck.check import GradientReport, ParameterReport, check_gradients
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.step_size_sweep import StepSizePoint, StepSizeSweep
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.render.lists.gradcheck import element_lines, parameter_lines, sweep_lines
from bpstep.render.theme import Theme
from bpstep.session.session import Session

FINE = Element((0, 1), 0.0625, 0.0625, Verdict.AGREES, 0.0)
WRONG = Element((783, 127), -123456.789, 1e-300, Verdict.DIFFERS, 1e9)
KINK = Element((1, 0), 0.5, 0.25, Verdict.NOT_CHECKED, 7.0, reason=Reason.KINK)
SMALL = Element((1, 1), 1e-13, 0.0, Verdict.TOO_SMALL, 0.1)
DERIVED = Element((1, 2), 1e-13, 1e-13, Verdict.AGREES, 0.1, is_derived=True)
NONE = Element((2, 0), float("nan"), float("inf"), Verdict.DIFFERS, float("inf"))
LOOKS = [Theme(), Theme(ascii=True)]


def text(lines):
    return ["".join(piece for piece, _ in line.runs).rstrip() for line in lines]


def report(*parameters):
    return GradientReport(3, 1e-5, 0.5, parameters, ())


@pytest.mark.parametrize("theme", LOOKS)
@pytest.mark.parametrize("width", [56, 76, 116])
def test_no_line_is_wider_than_the_screen(theme, width):
    frame = Session(network(program={"delta_Y": "2 * (Y - labelY)"})).frame
    found = check_gradients(Session(network(program={"delta_Y": "2 * (Y - labelY)"})))
    parameters = (
        ParameterReport("W", 100352, (FINE, WRONG, NONE)),
        ParameterReport("velocity", 3, (KINK, FINE)),
    )
    for lines in (
        parameter_lines(frame, found, theme, width),
        parameter_lines(frame, dataclasses.replace(found, parameters=parameters), theme, width),
        element_lines(parameters[0], theme, width),
        sweep_lines(SWEPT, theme, width),
    ):
        for row in text(lines):
            assert cell_len(row) <= width, row
            assert not theme.ascii or row.isascii()


def test_a_parameter_shows_its_worst_element_and_how_many_were_checked():
    frame = Session(network()).frame
    parameters = (
        ParameterReport("V", 2, (FINE, FINE)),
        ParameterReport("W", 100352, (FINE, WRONG, FINE)),
        ParameterReport("B1", 2, (FINE, KINK)),
        ParameterReport("B2", 2, (SMALL, KINK)),
        ParameterReport("B3", 2, (KINK, KINK)),
        ParameterReport("B4", 1, (DERIVED,)),
    )
    rows = text(parameter_lines(frame, report(*parameters), Theme(), 76))
    named = [row for row in rows if row.startswith(("V[", "W[", "B"))]
    assert named == [
        "W[783,127]       -123456.8        1e-300    1.0e+00  differs: 1 of 3",
        "B4[1,2]              1e-13         1e-13    0.0e+00  agrees (derived)",
        "V[0,1]              0.0625        0.0625    0.0e+00  agrees: all 2",
        "B1[0,1]             0.0625        0.0625    0.0e+00  agrees: 1 of 2, 1 kink",
        "B2[1,1]              1e-13             0    1.0e+00  too small to tell",
        "B3[1,0]                0.5          0.25    5.0e-01  not checked: a kink",
    ]


def test_elements_that_agree_least_come_first_and_those_without_a_verdict_last():
    lines = element_lines(ParameterReport("W", 4, (KINK, FINE, WRONG, NONE)), Theme(), 76)
    assert [row.split()[0] for row in text(lines)[1:]] == ["W[2,0]", "W[783,127]", "W[0,1]", "W[1,0]"]
    assert [line.value for line in lines[1:]] == [NONE, WRONG, FINE, KINK]
    assert lines[0].value is None


def points(*errors):
    return tuple(
        StepSizePoint(float(f"1e-{k}"), 0.0625 * (1 + error), error, k < 2)
        for k, error in enumerate(errors, 1)
    )


SWEPT = StepSizeSweep(
    "W", FINE, points(1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 0, float("nan"))
)


@pytest.mark.parametrize(("width", "by_decade"), [(76, 1), (116, 2)])
def test_an_error_is_marked_on_a_logarithmic_scale(width, by_decade):
    lines = sweep_lines(SWEPT, Theme(), width)
    rows = text(lines)
    at = [row.index("●") for row in rows[1:11]]
    falls = [left - right for left, right in itertools.pairwise(at[:5])]
    assert min(falls) >= 2 * by_decade
    assert max(falls) - min(falls) <= 1
    assert all(right > left for left, right in itertools.pairwise(at[4:]))
    # The label of a decade begins where its mark would stand.
    start = rows[1].index("─")
    assert rows[0].index("1e-10") == start + (at[4] - start)
    assert rows[11].index("●") == start, "no difference at all is at the very left"
    assert "?" in rows[12]


def test_the_best_h_and_the_check_s_own_are_named():
    rows = text(sweep_lines(SWEPT, Theme(), 76))
    assert rows[1].endswith("● kink")
    assert rows[5].endswith("● the check's")
    assert rows[11].endswith("● best")
    assert "h²" in "".join(
        text(sweep_lines(StepSizeSweep("W", FINE, points(1e-2, 1e-4, 1e-6)[1:]), Theme(), 76))
    )
    wrong = StepSizeSweep("W", WRONG, points(2.0, 2.0, 1.9))
    assert "best" not in "".join(text(sweep_lines(wrong, Theme(), 76)))


def test_what_is_wrong_has_a_word_beside_its_colour():
    lines = element_lines(ParameterReport("W", 2, (WRONG, FINE)), Theme(), 76)
    assert ("differs", "alert") in lines[1].runs
    assert ("agrees", "known") in lines[2].runs
