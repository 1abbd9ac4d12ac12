"""The gradient check at its limits: how small a mistake it finds, how large a network it does not accuse.

E is half a square of one weight where a number decides, so that gradients and differences are known by hand.
"""

import ast
import dataclasses
import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from make_networks import article, network

from bpstep.explain.numbers import format_precise
from bpstep.gradcheck import messages, reference
from bpstep.gradcheck.check import check_gradients, check_gradients_stepwise
from bpstep.gradcheck.differences import (
    CellDerivative,
    Element,
    cells_to_check,
    compare_element,
    compare_with_derived,
    relative_error,
)
from bpstep.gradcheck.report import sweep_sentences, verdict_sentences
from bpstep.gradcheck.rounding import Roundings
from bpstep.gradcheck.step_size_sweep import StepSizePoint, StepSizeSweep, sweep_step_sizes
from bpstep.gradcheck.ties import Choice
from bpstep.gradcheck.verdict import Reason, Verdict
from bpstep.model.network import Layer
from bpstep.session.session import Session
from bpstep.text import fill


def straight(weight, inputs, labels, **given):
    """One weight, no bias: Y = x w for every sample, and dE/dw the sum of (x w - label) x."""
    made = network((1, 1), "identity", samples=len(inputs), bias=False, **given)
    layer = Layer(np.array([[float(weight)]]), None, "identity")
    data = (np.array(each, float).reshape(-1, 1) for each in (inputs, labels))
    return dataclasses.replace(made, layers=(layer,), **dict(zip(("inputs", "labels"), data)))


def report(made, at="0", **program):
    session = Session(dataclasses.replace(made, program={**made.program, **program}))
    return check_gradients(session, session.resolve(at))


def names(found):
    """The equations that are wrong by themselves."""
    return [each.name for each in found.wrong_equations]


def said(made, **program):
    made = dataclasses.replace(made, program=program)
    return " ".join(verdict_sentences(check_gradients(Session(made)), made, format_precise))


# How small a mistake is found


@pytest.mark.parametrize("weight", [2, 0, 41, -39])
@pytest.mark.parametrize(("off", "right"), [(6e-8, True), (-6e-8, True), (1.7e-7, False), (-1.7e-7, False)])
def test_a_gradient_may_be_off_by_one_part_in_ten_million(weight, off, right):
    made = straight(weight, [1 / 8], [weight / 8 - np.sign(weight - 1)])
    assert report(made, delta_Y=f"{1 + off!r} * (Y - labelY)").ok is right


OWN = {"E": "sum((labelY - Y)**2) / 2"}
"""The same loss, written by a person: only differences decide."""


@pytest.mark.parametrize(
    ("off", "right"),
    [(1e-10, True), (-1e-10, True), (1.5e-9, True), (-1.5e-9, True), (3e-9, False), (-3e-9, False)],
)
def test_a_gradient_of_zero_may_be_off_by_what_rounding_leaves(off, right):
    """10 eps / h is 2.2e-10 with h = 1e-5, and 2.2e-9 with the next h, which confirms a difference."""
    found = report(straight(1, [1], [1]), **OWN, delta_Y=f"Y - labelY + {off!r}")
    assert found.gradients_agree is right
    assert found.parameters[0].verdict == ("too small to tell" if right else "differs")


@pytest.mark.parametrize("off", [1e-10, -1e-10])
def test_a_whole_tensor_is_measured_more_exactly_than_one_gradient(off):
    assert report(straight(1, [1], [1]), **OWN, delta_Y=f"Y - labelY + {off!r}").ok
    assert names(report(straight(1, [1], [1]), **OWN, delta_Y=f"Y - labelY + {15 * off!r}")) == ["delta_Y"]


@pytest.mark.parametrize("name", ["delta_Y", "delta_W1"])
def test_an_equation_that_reads_nothing_is_wrong_too(name):
    assert names(report(straight(1, [1], [0.5]), **{name: "ones((1, 1))"})) == [name]


@pytest.mark.parametrize(("samples", "measured"), [(2000, True), (2001, False)])
def test_a_tensor_of_over_two_thousand_cells_is_not_measured_by_differences(samples, measured, monkeypatch):
    cells = []

    def measure_cell(*place):
        cells.append(place[2])
        return 0.0, 0.0

    monkeypatch.setattr(reference, "_measure_cell", measure_cell)
    report(straight(1, [1] * samples, [1] * samples), **OWN, delta_Y="2 * (Y - labelY)")
    assert set(cells) == ({(at, 0) for at in range(samples)} if measured else set())


@pytest.mark.parametrize("off", [1e-10, -1e-10])
def test_where_differences_are_too_coarse_the_derived_equation_decides(off):
    found = report(straight(1, [1], [1]), delta_Y=f"Y - labelY + {off!r}")
    assert names(found) == ["delta_Y"]
    assert found.parameters[0].verdict == "differs"
    assert found.parameters[0].worst.is_derived


@pytest.mark.parametrize(("off", "right"), [(3e-7, True), (-3e-7, True), (3e-5, False), (-3e-5, False)])
def test_beside_a_large_loss_rounding_leaves_more(off, right):
    made = straight(1, [1, 0], [1, 100])
    assert report(made).loss == 5000
    assert report(made, **OWN, delta_Y=f"Y - labelY + {off!r}").ok is right


@pytest.mark.parametrize("seed", range(8))
def test_a_sound_network_with_a_large_loss_is_not_accused(seed):
    made = network((3, 4, 2), "tanh", last="identity", samples=6, seed=seed)
    made = dataclasses.replace(made, labels=made.labels + 300)
    found = report(made)
    assert found.loss > 5e5
    assert (found.ok, found.wrong_equations) == (True, ())


@pytest.mark.parametrize("scale", [1, 30, 1000, 30_000])
def test_inputs_of_any_scale_hide_no_mistake_and_raise_no_alarm(scale):
    """A change of the weight is multiplied in the net input, so a smaller one is taken."""
    made = straight(0.7 / scale, [scale], [0.1])
    made = dataclasses.replace(made, layers=(dataclasses.replace(made.layers[0], activation="sigmoid"),))
    found = report(made)
    assert (found.ok, found.wrong_equations) == (True, ())
    wrong = report(made, delta_Y="1.0001 * (Y - labelY)")
    assert not wrong.ok
    assert names(wrong) == ["delta_Y"]


# Kinks


def kinked(activation="relu", **program):
    """Three hidden units: one below 0, one at 0 exactly, one above."""
    made = network((2, 3, 1), activation, last="identity", samples=1, program=program)
    first = Layer(np.array([[-0.5, 0, 0.5], [-0.25, 0, 0.25]]), np.array([-0.25, 0, 0.25]), activation)
    return dataclasses.replace(made, layers=(first, made.layers[1]), inputs=np.array([[1.0, 0.5]]))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_only_the_cells_of_a_unit_at_a_kink_have_no_verdict(activation):
    found = {part.name: part for part in report(kinked(activation)).parameters}
    assert [found[name].kinks for name in ("W", "B1", "V", "B2")] == [2, 1, 0, 0]
    at_a_kink = [each for part in found.values() for each in part.elements if each.reason == "kink"]
    assert {each.index[-1] for each in at_a_kink} == {1}


def test_somebody_s_own_piecewise_activation_has_kinks_too():
    own = {"H": "where(net_1 > 0, net_1, -net_1)", "delta_H_net1": "where(net_1 > 0, 1, -1)"}
    found = report(kinked("tanh", **own))
    assert (found.ok, found.wrong_equations) == (True, ())
    assert [part.kinks for part in found.parameters if part.name == "W"] == [2]
    smooth = report(kinked("tanh", H="net_1 * net_1", delta_H_net1="2 * net_1"))
    assert [part.kinks for part in smooth.parameters] == [0] * 4


def test_a_mistake_is_told_from_the_cells_that_are_at_no_kink():
    wrong = {"delta_H_net1": "2 * where(net_1 > 0, 1, 0)"}
    assert names(report(kinked(**wrong))) == ["delta_H_net1"]
    assert "2 times what it should be" in said(kinked(), **wrong)


def test_a_gradient_that_is_no_number_fails_at_a_kink_too():
    found = report(kinked(), delta_H_net1="log(net_1 - 1)")
    assert not found.ok
    assert all(part.kinks == 0 for part in found.parameters if part.name in ("W", "B1"))


# Which cells are looked at


@pytest.mark.parametrize(
    ("sizes", "samples", "checked"),
    [((14, 14), 1, 196), ((10, 21), 1, 200), ((100, 100), 1000, 50), ((100, 100), 2600, 20)],
)
def test_of_a_large_parameter_fewer_cells_are_checked_where_each_takes_long(sizes, samples, checked):
    """At most 200, at least 20, and between them 10^9 multiplications' worth, two runs of X @ W for each."""
    made = network(sizes, "identity", samples=samples, bias=False)
    (found,) = report(made).parameters
    assert (found.checked, found.size) == (checked, sizes[0] * sizes[1])
    assert found.ok


def test_a_sample_of_cells_is_spread_over_the_whole_parameter_and_each_is_there_once():
    (found,) = report(network((40, 50), "identity", samples=2, bias=False)).parameters
    cells = [each.index for each in found.elements]
    assert len(set(cells)) == 200
    assert cells == sorted(cells)
    for axis, size in ((0, 40), (1, 50)):
        assert len({index[axis] for index in cells}) > 0.95 * size


def test_the_one_cell_that_is_no_number_is_in_every_sample():
    made = network((40, 50), "identity", samples=2, bias=False)
    least = float(np.sort(made.layers[0].weights, axis=None)[:2].mean())
    found = report(made, delta_W1=f"X.T @ delta_net1 + 0 * log(W1 - ({least!r}))")
    (part,) = found.parameters
    assert (found.ok, part.failed) == (False, 1)
    cell = np.unravel_index(made.layers[0].weights.argmin(), (40, 50))
    assert part.worst.index == tuple(int(at) for at in cell)
    assert part.checked == 201


def test_a_factor_between_layers_is_compared_in_one_sample_after_another():
    """If the second sample is treated differently, V.T is the factor of the first one alone."""
    made = network((2, 3, 2), "tanh", samples=2)
    apart = "concatenate([(H @ V)[0:1, :], 3 * (H @ V)[1:, :]]) + B2"
    right = {"delta_V": "H[0:1, :].T @ delta_net2[0:1, :] + 3 * H[1:, :].T @ delta_net2[1:, :]"}
    # No matrix is right for both samples, so that what multiplies by one matrix is wrong, too.
    assert names(report(made, net_2=apart, **right)) == ["delta_net2_H", "delta_H"]


# What a report says


def test_the_part_done_grows_from_nothing_to_the_whole_and_never_falls():
    session = Session(network((3, 4, 2), "tanh"))
    parts = list(check_gradients_stepwise(session))
    assert parts == sorted(parts)
    assert 0 < parts[0] < 0.1
    assert 0.95 < parts[-1] <= 1
    assert max(later - one for one, later in pairwise(parts)) < 0.2


def test_of_failed_cells_the_one_furthest_off_is_named():
    rows = "concatenate([repeat(1, 4), repeat(40, 4), repeat(1.5, 4)]).reshape(3, 4)"
    found = report(network((3, 4, 2), "tanh"), delta_W=f"(X.T @ delta_net1) * {rows}")
    part = found.worst_first[0]
    assert (part.name, part.failed) == ("W", 8)
    assert {each.index[0] for each in part.worst_first[:8]} == {1, 2}
    off = [abs(each.computed - each.numeric) for each in part.worst_first[:8]]
    assert part.worst.index[0] == 1
    assert off[0] == max(off)
    assert found.wrong_equations[0].worst == part.worst


def test_the_differences_of_every_h_are_those_of_a_loop_in_numpy():
    made = network((2, 3, 1), "tanh", samples=3)
    session = Session(made)
    element = next(part for part in check_gradients(session).parameters if part.name == "W").elements[4]
    swept = sweep_step_sizes(session, "W", element)
    assert [point.h for point in swept.points] == [float(f"1e-{k}") for k in range(1, 13)]

    def loss(change):
        first, second = made.layers
        weights = first.weights.copy()
        weights[element.index] += change
        hidden = np.tanh(made.inputs @ weights + first.bias)
        return np.sum((np.tanh(hidden @ second.weights + second.bias) - made.labels) ** 2) / 2

    for point in swept.points[:7]:
        numeric = (loss(point.h) - loss(-point.h)) / (2 * point.h)
        assert point.numeric == pytest.approx(numeric, abs=1e-14 / point.h)
        wanted = abs(element.computed - point.numeric) / max(abs(element.computed), abs(point.numeric))
        assert point.error == pytest.approx(wanted)
        assert not point.crosses_kink
    assert swept.best.error == min(point.error for point in swept.points)
    assert 1e-8 < swept.best.h < 1e-3


def test_a_rounding_goes_both_ways_and_is_never_larger_than_that_of_a_number():
    step = Session(article()).program.steps[0]
    numbers = {name: np.ones(2_000) for name in step.reads}
    lone = dataclasses.replace(step, lowered=ast.Name(step.reads[0], ast.Load()))
    off = (Roundings(1, {}).evaluate(lone, numbers) - 1) / np.finfo(float).eps
    assert off.min() < -0.4
    assert off.max() > 0.4
    assert np.all(np.abs(off) <= 1)


def test_whole_numbers_have_no_roundings():
    step = Session(article()).program.steps[0]
    lone = dataclasses.replace(step, lowered=ast.Name(step.reads[0], ast.Load()))
    index = np.arange(5)
    found = Roundings(1, {}).evaluate(lone, dict.fromkeys(step.reads, index))
    assert found.dtype == index.dtype
    assert np.array_equal(found, index)


def test_the_best_difference_is_the_one_that_agrees_most_and_never_one_that_is_no_number():
    element = Element((0,), 1.0, 1.0, Verdict.AGREES, 0.0)
    errors = (np.nan, 0.5, np.inf, 0.125, 0.25)
    points = tuple(StepSizePoint(10.0**-k, 1.0, error, False) for k, error in enumerate(errors, 1))
    assert StepSizeSweep("W", element, points).best is points[3]
    assert StepSizeSweep("W", element, points[:3]).best is points[1]


# One derivative, with differences that are given


class Given:
    """Answers what a comparison asks for; where a function is given, by h."""

    def __init__(
        self, slope, jump=0.0, bends=False, cell=0.5, loss=1.0, size=1.0, tie="", flat=False, held=2
    ):
        self.tensors = {"w": np.float64(cell), "E": np.float64(loss)}
        self._slope, self._jump, self._bends = slope, jump, bends
        self._size, self._tie, self._flat = size, tie, flat
        self._held = held

    def held(self, choice):
        held = self._held.get(choice, 2) if isinstance(self._held, dict) else self._held
        return held if isinstance(held, Given) else Given(held)

    def one_sided(self, wanted, h):
        return [float(self.difference(wanted, h)[0])] * 2

    def difference(self, wanted, h):
        slope = self._slope(h) if callable(self._slope) else self._slope
        return np.float64(slope), self._bends(h) if callable(self._bends) else self._bends

    def slope_jump(self, wanted, h):
        return self._jump(h) if callable(self._jump) else self._jump

    def scale(self, of, index):
        return self._size

    def tie(self, wanted, h):
        return self._tie

    def is_flat(self, wanted):
        return self._flat


ROUNDED = 10 * np.finfo(float).eps
"""What rounding leaves of a difference with h = 1 of something of size 1."""

TIED = "H = max(net)"

DECIDED = {
    "the same": (Given(2), 2, Verdict.AGREES, None, 1e-5),
    "within the rule": (Given(2), 2 * (1 + 0.99e-7), Verdict.AGREES, None, 1e-5),
    "outside the rule": (Given(2), 2 * (1 + 1.01e-7) + 2 * ROUNDED / 1e-6, Verdict.DIFFERS, None, 1e-6),
    "within the rounding of a large loss": (Given(2, loss=-1e6), 2 + 2e-4, Verdict.AGREES, None, 1e-5),
    "settled below the first h": (
        Given(lambda h: 2 + 1e7 * h * h),
        2.1,
        Verdict.DIFFERS,
        None,
        1e-8,
    ),
    "right with a smaller h": (Given(lambda h: 2 + 1e8 * h * (h > 5e-7)), 2, Verdict.AGREES, None, 1e-7),
    "a kink between the ends": (Given(2, bends=True), 3, Verdict.NOT_CHECKED, Reason.KINK, 1e-9),
    "a kink that a smaller h does not cross": (
        Given(2, bends=lambda h: h > 5e-7),
        3,
        Verdict.DIFFERS,
        None,
        1e-7,
    ),
    "right beside a kink": (Given(2, bends=True), 2, Verdict.AGREES, None, 1e-5),
    "slopes that stay apart": (Given(2, jump=1), 3, Verdict.NOT_CHECKED, Reason.KINK, 1e-9),
    "slopes that come closer by over a half": (
        Given(2, jump=lambda h: 0.45 ** -math.log10(h)),
        3,
        Verdict.DIFFERS,
        None,
        1e-6,
    ),
    "slopes that come closer by less than a half": (
        Given(2, jump=lambda h: 0.55 ** -math.log10(h)),
        3,
        Verdict.NOT_CHECKED,
        Reason.KINK,
        1e-9,
    ),
    "slopes apart by what rounding leaves": (
        Given(2, jump=lambda h: 3.9 * ROUNDED / h),
        3,
        Verdict.DIFFERS,
        None,
        1e-6,
    ),
    "slopes apart by more than rounding leaves": (
        Given(2, jump=lambda h: 4.1 * ROUNDED / h),
        3,
        Verdict.NOT_CHECKED,
        Reason.KINK,
        1e-9,
    ),
    "a change that is lost": (Given(math.nan, cell=1e12), 2, Verdict.NOT_CHECKED, Reason.STEP_LOST, 1e-5),
    "a loss that is no number": (Given(math.nan), 2, Verdict.NOT_CHECKED, Reason.NO_NUMBER, 1e-5),
    "a weight that is no number": (
        Given(math.nan, cell=math.inf),
        2,
        Verdict.NOT_CHECKED,
        Reason.NO_NUMBER,
        1e-5,
    ),
    "a gradient that is no number": (Given(2), math.nan, Verdict.DIFFERS, None, 1e-5),
    "a gradient that is no number at a kink": (Given(2, bends=True), math.inf, Verdict.DIFFERS, None, 1e-5),
    "a gradient that is no number at a tie": (
        Given(2, bends=True, tie="H"),
        math.inf,
        Verdict.DIFFERS,
        None,
        1e-5,
    ),
    "off by what rounding within leaves": (
        Given(2, size=1e6),
        2 + 0.9e6 * ROUNDED / 1e-6,
        Verdict.TOO_SMALL,
        None,
        1e-6,
    ),
    "off by more than that": (
        Given(2, size=1e6),
        2 + 1.1e6 * ROUNDED / 1e-6,
        Verdict.DIFFERS,
        None,
        1e-6,
    ),
    "a tie": (Given(2, bends=True, tie=TIED, held=3), 3, Verdict.NOT_CHECKED, Reason.TIE, 1e-9),
    "a tie whose kink is hidden": (Given(2, tie=TIED, held=3), 3, Verdict.NOT_CHECKED, Reason.TIE, 1e-6),
    "the slope of one of the tied numbers": (
        Given(2, bends=True, tie=TIED, held={Choice.FIRST: 3}),
        3,
        Verdict.NOT_CHECKED,
        Reason.TIE,
        1e-9,
    ),
    "between the difference and equal shares": (
        Given(2, bends=True, tie=TIED, held=3),
        2.5,
        Verdict.NOT_CHECKED,
        Reason.TIE,
        1e-9,
    ),
    "outside the slopes of all of them": (
        Given(2, bends=True, tie=TIED, held={Choice.LAST: 3, Choice.FIRST: 4}),
        3.1,
        Verdict.DIFFERS,
        None,
        1e-6,
    ),
    "a tie where the loss is smooth": (Given(2, tie=TIED, held=2), 3, Verdict.DIFFERS, None, 1e-6),
    "a kink beside the tie": (
        Given(2, bends=True, tie=TIED, held=Given(2, bends=True)),
        3,
        Verdict.NOT_CHECKED,
        Reason.TIE,
        1e-9,
    ),
    "right beside a tie": (Given(2, tie=TIED), 2, Verdict.AGREES, None, 1e-5),
    "0 where nothing changes": (Given(0, flat=True), 0, Verdict.AGREES, None, 1e-5),
    "0 where something may": (Given(0), 0, Verdict.TOO_SMALL, None, 1e-5),
    "nearly 0 where nothing changes": (Given(0, flat=True), 1e-12, Verdict.TOO_SMALL, None, 1e-5),
    "0 beside a slope of nearly 0": (Given(1e-12), 0, Verdict.TOO_SMALL, None, 1e-5),
    "both just above rounding": (
        Given(1.1 * ROUNDED / 1e-5),
        1.1 * ROUNDED / 1e-5,
        Verdict.AGREES,
        None,
        1e-5,
    ),
    "both just below rounding": (
        Given(0.9 * ROUNDED / 1e-5),
        -0.05 * ROUNDED / 1e-5,
        Verdict.TOO_SMALL,
        None,
        1e-5,
    ),
}


@pytest.mark.parametrize("case", DECIDED)
def test_a_derivative_is_decided_by_the_difference_and_how_it_changes_with_h(case):
    probe, computed, verdict, reason, h = DECIDED[case]
    found = compare_element(probe, (3,), computed, CellDerivative("w", (), "E"))
    assert (found.verdict, found.reason, found.index) == (verdict, reason, (3,))
    assert found.h == pytest.approx(h)
    assert found.line == (TIED if reason is Reason.TIE else "")
    allowed = 1e-7 * max(abs(computed), abs(found.numeric)) + max(1, abs(probe.tensors["E"])) * ROUNDED / h
    if math.isfinite(found.numeric) and math.isfinite(computed):
        assert found.excess == pytest.approx(abs(computed - found.numeric) / allowed)
    else:
        assert found.excess == math.inf
    assert found.is_compared == math.isfinite(found.numeric)


LEFT = ROUNDED / 1e-4
"""What rounding leaves of a difference with h = 1e-4, of a loss of size 1."""


@pytest.mark.parametrize(
    ("probe", "value", "error"),
    [
        (Given(2), 2, LEFT),
        (Given(2, size=50), 2, 50 * LEFT),
        # Richardson's rule: what grows with the square of h is taken off, and a tenth of it remains in doubt.
        (Given(lambda h: 2 + 1e5 * h * h), 2, 3e-3 * 1e5 * 1e-6 + LEFT),
        (Given(lambda h: 2 - 1e5 * h * h), 2, 3e-3 * 1e5 * 1e-6 + LEFT),
        # A kink between the ends of either difference.
        (Given(2, bends=True), 2, math.inf),
        (Given(lambda h: 2 + h, bends=lambda h: h > 1.5e-4), 2 + 1e-4, math.inf),
        (Given(2, bends=lambda h: h < 1.5e-4), 2, math.inf),
        # One-sided slopes that stay apart, or come closer as they do without a kink.
        (Given(2, jump=1), 2, math.inf),
        (Given(2, jump=lambda h: h), 2, LEFT),
        (Given(2, jump=lambda h: 0.79 if h < 1.5e-4 else 1), 2, LEFT),
        (Given(2, jump=lambda h: 0.81 if h < 1.5e-4 else 1), 2, math.inf),
        # No further apart than by rounding.
        (Given(2, jump=7.9 * LEFT), 2, LEFT),
        (Given(2, jump=8.1 * LEFT), 2, math.inf),
        (Given(2, jump=300 * LEFT, size=50), 2, 50 * LEFT),
    ],
)
def test_a_derivative_is_measured_by_two_differences_with_its_error(probe, value, error, monkeypatch):
    monkeypatch.setattr(reference, "derivative", lambda *place: CellDerivative("w", (), "E"))
    found = reference._measure_cell(probe, None, (), 0)
    assert found[0] == pytest.approx(value, rel=1e-12)
    assert found[1] == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize(
    ("computed", "right", "differs", "verdict", "excess"),
    [
        (1.0, 1.0, False, Verdict.AGREES, 0),
        (1.0, 1 + 0.9e-7, False, Verdict.AGREES, 0.9),
        (1.0, 1 + 1.2e-7, False, Verdict.TOO_SMALL, 1),
        (1.0, 1 + 1.2e-7, True, Verdict.DIFFERS, 1.2),
        (-1.0, 1.0, True, Verdict.DIFFERS, 2e7),
        (3e-20, 1e-20, False, Verdict.TOO_SMALL, 1),
        (0.0, 0.0, False, Verdict.AGREES, 0),
        (0.0, 2.0, True, Verdict.DIFFERS, 1e7),
    ],
)
def test_where_the_derived_equation_decides_both_are_compared_relatively(
    computed, right, differs, verdict, excess
):
    tied = Element((1,), computed, 7.0, Verdict.TOO_SMALL, 0.0, reason=Reason.KINK)
    found = compare_with_derived(tied, right, differs)
    assert (found.verdict, found.numeric, found.reason, found.is_derived) == (verdict, right, None, True)
    assert found.excess == pytest.approx(excess, rel=1e-6)
    assert (tied.is_derived, found.index) == (False, (1,))


@pytest.mark.parametrize(
    ("a", "b", "error"),
    [
        (1, 1, 0),
        (0, 0, 0),
        (1, 0, 1),
        (-1, 1, 2),
        (4, 5, 0.2),
        (5, 4, 0.2),
        (-4, -5, 0.2),
        (math.inf, 1, math.nan),
    ],
)
def test_a_relative_error_is_in_units_of_the_larger_one(a, b, error):
    assert relative_error(a, b) == pytest.approx(error, nan_ok=True)
    assert Element((), a, b, Verdict.AGREES, 0.0).relative_error == pytest.approx(error, nan_ok=True)


def test_a_number_that_is_nan_has_no_relative_error():
    assert math.isnan(relative_error(math.nan, 1.0))
    assert math.isnan(relative_error(1.0, math.nan))


# What the errors of a sweep over h show

BENDS, STRAIGHT = messages.SWEEP_BENDS, messages.SWEEP_STRAIGHT


def shown(*errors, kinks=(), reason=None, line=""):
    """The sentences about differences with h = 1e-1, 1e-2, ...; `kinks` are the powers of those at a kink."""
    element = Element((0,), 1.0, 1.0, Verdict.AGREES, 0.0, 1e-5, reason, line)
    points = [StepSizePoint(10.0**-k, 1.0, error, k in kinks) for k, error in enumerate(errors, 1)]
    return sweep_sentences(StepSizeSweep("W", element, tuple(points)))


def valley(best):
    return fill(messages.SWEEP_VALLEY, best=best, own="1e-5")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (shown(1e-2, 1e-4, 1e-6, 1e-5), [BENDS, messages.SWEEP_ROUNDING, valley("1e-3")]),
        (shown(31e-6, 1e-6), [BENDS, messages.SWEEP_ROUNDING, valley("1e-2")]),
        (shown(29e-6, 1e-6), [STRAIGHT, messages.SWEEP_ROUNDING, valley("1e-2")]),
        (shown(1e-6, 1e-4), [STRAIGHT, messages.SWEEP_ROUNDING, valley("1e-1")]),
        (
            shown(0.5, 0.4, 1e-9, 1e-6, kinks=(1, 2)),
            [fill(messages.SWEEP_KINK, h="1e-2"), messages.SWEEP_ROUNDING, valley("1e-3")],
        ),
        (
            shown(0.5, 1e-6, 1e-9, kinks=(1,)),
            [fill(messages.SWEEP_KINK, h="1e-1"), BENDS, messages.SWEEP_ROUNDING, valley("1e-3")],
        ),
        (shown(0.0, 0.0, 0.0), [messages.SWEEP_FLAT]),
        (shown(0.0, 1e-9), [STRAIGHT, messages.SWEEP_ROUNDING, valley("1e-1")]),
        (shown(1e-1, 0.9e-4), [BENDS, messages.SWEEP_ROUNDING, valley("1e-2")]),
        (shown(1e-1, 1.1e-4), [messages.SWEEP_WRONG]),
        (shown(1.0, 0.5, kinks=(1,)), [fill(messages.SWEEP_KINK, h="1e-1"), messages.SWEEP_WRONG]),
        (
            shown(1.0, 0.5, reason=Reason.TIE, line="H = max(X)"),
            [fill(messages.SWEEP_TIE, line="H = max(X)")],
        ),
        (shown(math.nan, math.nan), [messages.SWEEP_NO_NUMBER]),
        (shown(math.nan, math.inf, reason=Reason.STEP_LOST), [messages.SWEEP_STEP_LOST]),
    ],
)
def test_what_the_errors_of_a_sweep_show_is_said(said, expected):
    assert said == expected


def probe_of(weights, samples):
    """A probe of a program by its number of weights and of samples."""
    program = SimpleNamespace(shapes={"W": (weights,), "X": (9, 9)}, parameters=("W",), batch_samples=samples)
    return SimpleNamespace(program=program)


@pytest.mark.parametrize(
    ("weights", "samples", "count"),
    [(1, 1, 200), (10**6, 1, 200), (10**6, 4, 125), (10**6, 25, 20), (10**9, 10, 20)],
)
def test_as_many_cells_are_checked_as_their_time_allows_and_the_first_that_is_no_number(
    weights, samples, count
):
    probe, values = probe_of(weights, samples), np.ones((30, 40))
    cells = cells_to_check(probe, values)
    assert len(set(cells)) == count
    assert cells == sorted(cells)
    assert cells_to_check(probe, np.zeros((30, 40))) == cells
    missing = sorted(set(np.ndindex(30, 40)) - set(cells))[-2:]
    for number in (np.nan, np.inf, -np.inf):
        for cell in missing:
            values[cell] = number
        assert sorted(set(cells_to_check(probe, values)) - set(cells)) == missing[:1]
    assert cells_to_check(probe, values, every=True) == list(np.ndindex(30, 40))
    assert cells_to_check(probe, np.ones((4, 5))) == list(np.ndindex(4, 5))
    assert cells_to_check(probe, np.float64(1)) == [()]
