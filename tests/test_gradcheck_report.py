"""The findings of a gradient check in sentences, for findings of every kind that are made by hand."""

import math
from dataclasses import replace

import pytest
from make_networks import article

from bpstep.engine.edits import Edit
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.report import (
    element_verdict,
    equation_sentences,
    method_sentences,
    parameter_verdict,
    summary_sentences,
    verdict_sentences,
)
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.program.program import Phase

AGREES, DIFFERS, SMALL, NOT = (
    Verdict.AGREES,
    Verdict.DIFFERS,
    Verdict.TOO_SMALL,
    Verdict.NOT_CHECKED,
)


def element(verdict, reason=None, computed=0.5, numeric=0.5, **more):
    return Element((0, 0), computed, numeric, verdict, 1.0, reason=reason, **more)


def of(*elements, size=None, name="W"):
    """A parameter with these elements, one a cell."""
    placed = tuple(replace(each, index=(0, at)) for at, each in enumerate(elements))
    return ParameterReport(name, size or len(elements), placed)


def equation(name, verdict=AGREES, reason=None, elements=(), phase=Phase.BACKWARD, **more):
    return EquationReport(name, phase, f"{name} = a * b", "E", "W", verdict, elements, reason, **more)


def report(*parameters, equations=(), loss=0.25, **more):
    parameters = parameters or (of(element(AGREES), element(AGREES)),)
    return GradientReport(0, 1e-5, loss, parameters, tuple(equations), **more)


def short(number):
    return f"{number:.3g}"


def summary(found, **network):
    return summary_sentences(found, replace(article(), **network), short)


KINK, TIE, NO_NUMBER, LOST = Reason.KINK, Reason.TIE, Reason.NO_NUMBER, Reason.STEP_LOST


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (element(AGREES), "agrees"),
        (element(AGREES, is_derived=True), "agrees (derived)"),
        (element(DIFFERS, is_derived=True), "differs"),
        (element(SMALL), "too small to tell"),
        (element(NOT, KINK), "not checked: a kink"),
        (element(NOT, TIE), "not checked: a tie"),
        (element(NOT, NO_NUMBER), "not checked: no number"),
        (element(NOT, LOST), "not checked: too large"),
    ],
)
def test_each_verdict_on_an_element_has_its_words(found, said):
    assert element_verdict(found) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (of(element(AGREES), element(AGREES)), "agrees: all 2"),
        (of(element(AGREES, is_derived=True), element(AGREES)), "agrees: all 2 (derived)"),
        (of(element(AGREES), element(AGREES), size=3), "agrees: 2 of 3"),
        (of(element(AGREES), element(SMALL)), "agrees: 1 of 2"),
        (of(element(AGREES), element(DIFFERS), size=9), "differs: 1 of 2"),
        (of(element(AGREES, is_derived=True)), "agrees (derived)"),
        (of(element(DIFFERS)), "differs"),
        (of(element(SMALL), element(NOT, KINK)), "too small to tell"),
        (of(element(NOT, TIE), element(NOT, TIE)), "not checked: a tie"),
        (of(element(AGREES), element(NOT, KINK)), "agrees: 1 of 2, 1 kink"),
        (of(element(AGREES), element(NOT, KINK), element(NOT, KINK)), "agrees: 1 of 3, 2 kinks"),
        (of(element(AGREES), element(NOT, TIE, line="m")), "agrees: 1 of 2, 1 tie"),
        (of(element(AGREES), element(NOT, TIE, line="m"), element(NOT, TIE, line="k")),
         "agrees: 1 of 3, 2 ties"),
        (of(element(AGREES), element(NOT, TIE, line="m"), element(NOT, KINK)), "agrees: 1 of 3, 1 kink"),
    ],
)  # fmt: skip
def test_the_verdict_on_a_parameter_counts_its_elements(found, said):
    assert parameter_verdict(found) == said


ALL = "Nothing is wrong: all 2 elements of the gradients agree."
TOO = "Every equation of the backward pass and every update agrees, too."
WRONG = "delta_V is wrong."
SOME = "No mistake was found, but not everything could be checked: 1 of 2 elements of the gradients agree."
ZERO = "Every gradient is 0: no weight changes."
ANYWAY = "The gradients of the parameters agree all the same: with these numbers, it has no effect on them."
OTHERS = "The gradients of the parameters agree all the same: other equations make up for it."
UNEXPLAINED = "Some elements differ from the numerical gradient, although every equation is right by itself."
ZEROS = of(element(AGREES, computed=0.0))
DIFFERENT = of(element(AGREES), element(DIFFERS))
SET = Edit(3, "H", (0, 1), 0.9)
INFINITE = element(NOT, computed=math.inf)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (report(), [ALL, TOO]),
        (report(equations=[equation("delta_V")]), [ALL, TOO]),
        (report(of(element(AGREES), size=2)),
         ["No mistake was found: 1 of 2 elements of the gradients were compared, and all agree.", TOO]),
        (report(of(element(SMALL))),
         ["No mistake was found, but no element of the gradients could be checked.", TOO,
          "1 element is too small to tell: rounding hides it."]),
        (report(of(element(AGREES), element(SMALL))),
         [SOME, TOO, "1 element is too small to tell: rounding hides it."]),
        (report(of(element(AGREES), element(NOT, KINK))),
         [SOME, TOO, "1 element is at a kink, where there is no derivative: not checked."]),
        (report(of(element(AGREES), element(NOT, LOST))),
         [SOME, TOO, "1 element is not checked: the weight is so large that a small change is lost in "
          "rounding."]),
        (report(of(element(AGREES), element(NOT, NO_NUMBER))),
         [SOME, TOO, "1 element is not checked: a small change makes E nan or infinite."]),
        (report(of(element(AGREES), element(NOT, TIE, line="m = max(a)"))),
         [SOME, TOO,
          "1 element is not checked, because several numbers share the maximum or minimum: m = max(a)"]),
        (report(of(element(AGREES), element(NOT, TIE, line="m")), of(element(NOT, TIE, line="m"), name="V")),
         [SOME.replace("1 of 2", "1 of 3"), TOO,
          "2 elements are not checked, because several numbers share the maximum or minimum: m"]),
        (report(of(*[element(NOT, KINK)] * 2, *[element(SMALL)] * 2, *[element(NOT, LOST)] * 2,
                   *[element(NOT, NO_NUMBER)] * 2)),
         ["No mistake was found, but no element of the gradients could be checked.", TOO,
          "2 elements are at a kink, where there is no derivative: not checked.",
          "2 elements are too small to tell: rounding hides them.",
          "2 elements are not checked: the weights are so large that a small change is lost in rounding.",
          "2 elements are not checked: a small change makes E nan or infinite."]),
        (report(equations=[
            equation("delta_V"), equation("delta_W", SMALL), equation("delta_B", SMALL),
            equation("delta_a", NOT, KINK), equation("delta_b", NOT, TIE),
            equation("delta_c", NOT, NO_NUMBER), equation("delta_d", NOT, LOST),
            equation("delta_e", NOT, Reason.INPUTS)]),
         [SOME.replace("1 of 2", "2 of 2"), "Too small to tell: delta_W, delta_B.",
          "Not checked, at a kink: delta_a.",
          "Not checked, several numbers share a maximum or minimum: delta_b.",
          "Not checked, no number to compare with: delta_c.",
          "Not checked, no number to compare with: delta_d.",
          "Not checked, because they read wrong values: delta_e."]),
        (report(equations=[equation("delta_V", DIFFERS)]), [WRONG, ANYWAY]),
        (report(of(element(SMALL)), equations=[equation("delta_V", DIFFERS)]),
         [WRONG, "1 element is too small to tell: rounding hides it."]),
        (report(equations=[equation("delta_V", DIFFERS, only_drawn=True)]), [WRONG]),
        (report(equations=[equation("V", DIFFERS, phase=Phase.UPDATE)]), ["V is wrong."]),
        (report(DIFFERENT, equations=[equation("delta_V", DIFFERS)]), [WRONG]),
        (report(equations=[equation("delta_V", DIFFERS), equation("delta_W", DIFFERS),
                           equation("delta_B", follows=True)]),
         ["2 equations are wrong: delta_V, delta_W.", OTHERS,
          "delta_B is right by itself, but reads wrong numbers."]),
        (report(DIFFERENT, equations=[equation("delta_V", DIFFERS), equation("delta_W", follows=True),
                                      equation("delta_B", follows=True)]),
         [WRONG, "delta_W, delta_B are right by themselves, but read wrong numbers."]),
        (report(DIFFERENT), [UNEXPLAINED]),
        (report(DIFFERENT, edited=(SET,)),
         ["No equation is wrong.",
          "H[0,1] = 0.9 was set by hand, so the gradients are not those of the equations."]),
        (report(edited=(SET,)), [ALL, TOO]),
        (report(equations=[equation("delta_V", DIFFERS)], edited=(SET, replace(SET, index=(0, 2)))),
         [WRONG, ANYWAY,
          "H[0,1] = 0.9, H[0,2] = 0.9 were set by hand, so the gradients are not those of the equations."]),
        (report(DIFFERENT, edited=tuple(replace(SET, index=(0, at)) for at in range(5))),
         ["No equation is wrong.",
          "H[0,0] = 0.9, H[0,1] = 0.9, H[0,2] = 0.9 and 2 more were set by hand, so the gradients are not "
          "those of the equations."]),
        (report(ZEROS), [ZERO, TOO]),
        (report(of()), ["No mistake was found, but no element of the gradients could be checked.", TOO]),
        (report(of(element(AGREES)), of(element(SMALL), name="V"), equations=[equation("delta_V", DIFFERS)]),
         [WRONG, "1 element is too small to tell: rounding hides it."]),
        (report(ZEROS, of(element(AGREES))), [ALL, TOO]),
        (report(of(element(AGREES, computed=0.0), element(NOT, KINK, computed=0.0))),
         [SOME, TOO, "1 element is at a kink, where there is no derivative: not checked."]),
        (report(learns_nothing=True), [ZERO, TOO]),
        (report(data_problems=("Labels are odd.",)),
         ["2 of 2 elements of the gradients agree, but:", "Labels are odd."]),
        (report(loss=math.nan), ["E is nan: there is nothing to compare with."]),
        (report(of(element(NOT, NO_NUMBER)), loss=math.inf), ["E is inf: there is nothing to compare with."]),
        (report(of(element(AGREES), INFINITE, INFINITE)),
         ["The gradient at W[0,1] is inf: no weight can be updated by it."]),
        (report(of(element(DIFFERS, computed=math.nan))),
         ["The gradient at W[0,0] is nan: no weight can be updated by it."]),
        (report(of(INFINITE), equations=[equation("delta_V", DIFFERS)]),
         [WRONG, "The gradient at W[0,0] is inf: no weight can be updated by it."]),
    ],
)  # fmt: skip
def test_the_verdict_on_the_whole_says_what_is_wrong_and_what_was_not_checked(found, said):
    assert summary(found) == said


FIND = "Which equation is wrong is for you to find."


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (report(), [ALL]),
        (report(DIFFERENT, equations=[equation("delta_V", DIFFERS), equation("delta_B", follows=True)]),
         [f"Not every gradient is right. {FIND}"]),
        (report(equations=[equation("delta_V", DIFFERS), equation("delta_W", SMALL)]),
         ["The gradients agree, but not every equation is right. Which one is wrong is for you to find."]),
        (report(equations=[equation("delta_V", DIFFERS)], loss=math.inf),
         ["E is inf: there is nothing to compare with."]),
        (report(loss=math.inf), ["E is inf: there is nothing to compare with."]),
    ],
)  # fmt: skip
def test_in_a_puzzle_no_equation_is_named(found, said):
    assert summary(found, puzzle=True) == said
    assert verdict_sentences(found, replace(article(), puzzle=True), short) == said


GIVEN = element(DIFFERS, computed=1.0, numeric=0.25)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (equation("delta_V", DIFFERS, elements=(GIVEN,)),
         ["The equation gives 1, the numerical gradient is 0.25."]),
        (equation("delta_V", DIFFERS, elements=(GIVEN,), mistake="wrong sign"),
         ["The equation gives 1, the numerical gradient is 0.25: wrong sign."]),
        (equation("delta_V", DIFFERS, elements=(GIVEN, element(AGREES))),
         ["delta_V[0,0]: the equation gives 1, the numerical gradient is 0.25."]),
        (equation("delta_V", DIFFERS, elements=(element(AGREES), GIVEN), mistake="wrong sign"),
         ["delta_V[0,0]: the equation gives 1, the numerical gradient is 0.25: wrong sign."]),
        (equation("delta_V", DIFFERS, elements=(replace(GIVEN, is_derived=True),)),
         ["delta_V[0,0]: the equation gives 1, but 0.25 is right."]),
        (equation("delta_V", DIFFERS, elements=(replace(GIVEN, is_derived=True),), mistake="wrong sign"),
         ["delta_V[0,0]: the equation gives 1, but 0.25 is right: wrong sign."]),
        (equation("delta_V", DIFFERS, elements=(GIVEN,), only_drawn=True),
         ["It agrees here by chance. With other numbers delta_V[0,0] is 1, but 0.25 is right."]),
        (equation("delta_V", DIFFERS, elements=(GIVEN,), only_drawn=True, mistake="wrong sign"),
         ["It agrees here by chance. With other numbers delta_V[0,0] is 1, but 0.25 is right: wrong sign."]),
        (equation("delta_V", DIFFERS, elements=(replace(GIVEN, computed=0.25001),)),
         ["The equation gives 0.25001, the numerical gradient is 0.25."]),
        (equation("delta_V", DIFFERS, elements=(GIVEN,), right="delta_V = H", replaced=("H = X", "Y = H")),
         ["The equation gives 1, the numerical gradient is 0.25.",
          "It differentiates a replaced equation: H = X.", "It differentiates a replaced equation: Y = H.",
          "Right: delta_V = H"]),
    ],
)  # fmt: skip
def test_a_wrong_equation_is_told_with_its_numbers_its_mistake_and_the_right_line(found, said):
    assert equation_sentences(found, short) == said
    whole = verdict_sentences(report(DIFFERENT, equations=[found]), article(), short)
    assert whole == ["delta_V is wrong.", "delta_V = a * b", *said]


def test_how_it_was_checked_is_said_with_the_change_that_was_made():
    plain = list(method_sentences(replace(report(), h=1e-4), article()))
    assert "h = 1e-4." in plain[0]
    assert plain[1].startswith("Agrees where |equation - numeric| <= 1e-7 of the larger")
    assert len(plain) == 3
    immediate = list(method_sentences(report(), article(update_order="immediate")))
    assert immediate[3].startswith("Updates are left out: in the immediate order")
