"""Breakpoints in typed form: the meaning of each text, and the errors for invalid ones."""

import pytest
from make_networks import article, network

from bpstep.errors import BpstepError
from bpstep.program.derive import derive_program
from bpstep.session.breakpoints import (
    Breakpoint,
    Breakpoints,
    DropBreakpoint,
    check_breakpoint,
    parse_breakpoint,
    relu_outputs,
)

PROGRAM = derive_program(network((2, 3, 1), "relu", last="sigmoid"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("H", {"equation": "H"}),
        ("H if V > 1", {"equation": "H", "condition": "V > 1"}),
        ("  delta_Y   if  abs(delta_Y) < 1e-3 ", {"equation": "delta_Y", "condition": "abs(delta_Y) < 1e-3"}),
        ("E < 0.05", {"condition": "E < 0.05"}),
        ("learning_rate", {"condition": "learning_rate"}),
        ("V", {"equation": "V"}),
        ("loss rises", {"builtin": "loss rises"}),
        ("Non-Finite", {"builtin": "non-finite"}),
        ("dead relu hits 3", {"builtin": "dead relu", "hits": 3}),
        ("H hits 1", {"equation": "H", "hits": 1}),
        ("E < 0.05 hits 1000000000", {"condition": "E < 0.05", "hits": 10**9}),
        ("H if V > 0 hits 12", {"equation": "H", "condition": "V > 0", "hits": 12}),
    ],
)
def test_a_text_means_an_equation_a_condition_or_both_and_how_often(text, wanted):
    found = parse_breakpoint(PROGRAM, text, 7)
    assert found == Breakpoint(7, **wanted)
    assert parse_breakpoint(PROGRAM, found.text, 7) == found, "what is shown means the same when it is typed"


def test_a_breakpoint_is_shown_with_its_hits_if_they_are_several():
    points = [
        Breakpoint(1, equation="H", hits=1),
        Breakpoint(2, equation="H", hits=2),
        Breakpoint(3, condition="E < 1", hits=1),
        Breakpoint(4, equation="H", condition="V > 0", hits=12),
        Breakpoint(5, builtin="non-finite"),
    ]
    shown = ["H", "H hits 2", "E < 1", "H if V > 0 hits 12", "non-finite"]
    assert [point.text for point in points] == shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a breakpoint: delta_Y, delta_Y if"),
        (" ", "expected a breakpoint"),
        ("H hits 0", "hits is a number from 1 to 1,000,000,000"),
        ("H hits 1000000001", "hits is a number from 1 to 1,000,000,000"),
        ("Q if E < 1", "there is no equation Q; the equations are net_1, H"),
        ("X if E < 1", "there is no equation X"),
        ("Q", "no tensor is called Q"),
        ("H if E < 1", "E is not computed yet when H is computed"),
        ("H if Q", "no tensor is called Q"),
        ("H if", "not an expression"),
        ("dead relus", "not an expression"),
    ],
)
def test_any_other_text_is_refused(text, told):
    with pytest.raises(BpstepError) as caught:
        parse_breakpoint(PROGRAM, text, 1)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "point",
    [
        Breakpoint(1),
        Breakpoint(1, builtin="dead"),
        Breakpoint(1, builtin="loss rises", equation="E"),
        Breakpoint(1, builtin="loss rises", condition="E"),
        Breakpoint(1, equation="H", hits=-1),
    ],
)
def test_one_that_was_kept_is_refused_as_a_typed_one_is(point):
    with pytest.raises(BpstepError):
        check_breakpoint(PROGRAM, point)


def test_dead_units_are_looked_for_where_there_are_relus():
    assert relu_outputs(PROGRAM) == ("H",)
    assert relu_outputs(derive_program(article())) == ()
    assert relu_outputs(derive_program(network((2, 3, 1), "leaky_relu"))) == ()
    with pytest.raises(BpstepError, match="this network has no ReLU layer"):
        parse_breakpoint(derive_program(article()), "dead relu", 1)
    assert parse_breakpoint(derive_program(article()), "loss rises", 1).builtin == "loss rises"


def test_a_number_is_given_once():
    points = Breakpoints()
    for event in (
        Breakpoint(1, "H"),
        Breakpoint(5, "E"),
        Breakpoint(2, "Y"),
        DropBreakpoint(5),
        "another event",
    ):
        points.apply(event)
    assert (list(points.by_id), points.next_id) == ([1, 2], 6)
    points.apply(Breakpoint(1, "net_2", enabled=False))
    assert (points.by_id[1].equation, points.by_id[1].enabled, points.next_id) == ("net_2", False, 6)
    with pytest.raises(BpstepError, match="there is no breakpoint 5"):
        points.apply(DropBreakpoint(5))
