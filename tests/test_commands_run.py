"""Continuing, breakpoints, the next write and the last change, as a person at the keys has them."""

import numpy as np
import pytest
from debugger_driver import debugging
from make_networks import network

from bpstep.session.breakpoints import Breakpoint, DropBreakpoint

FAR = "E if E < 0"
"""A condition that never holds."""


async def add(person, *texts):
    await person.press("B")
    for text in texts:
        await person.press("a")
        await person.answer(text)
    await person.press("escape")


async def test_a_breakpoint_on_the_equation_shown_stops_each_run_and_is_in_the_timeline():
    async with debugging(at="delta_V") as person:
        await person.press("b")
        assert person.last == "breakpoint 1 on delta_V; c runs to the next time it is computed"
        await person.press("n")
        assert "●" in person.lines[-2]
        for iteration in (1, 2, 3):
            await person.press("c")
            await person.arrive()
            assert person.n == iteration * 16 + 8
            assert person.last == "breakpoint 1: delta_V was computed"
        await person.press("C")
        await person.arrive()
        assert person.n == 2 * 16 + 8
        await person.press("b")
        assert person.last == "breakpoint on delta_V removed"
        await person.press("c")
        assert person.last == "no breakpoint is set; b sets one here, and in the list (B) a adds a condition"
        assert person.n == 2 * 16 + 8


async def test_at_the_start_the_breakpoint_is_on_the_first_equation():
    async with debugging() as person:
        await person.press("b", "c")
        await person.arrive()
        assert person.n == 1


async def test_a_condition_is_typed_and_its_value_is_told_where_it_stops():
    async with debugging() as person:
        await add(person, "delta_Y if abs(delta_Y) < 0.38")
        await person.press("c")
        await person.arrive()
        value = abs(person.value("delta_Y", 0))
        assert value < 0.38
        assert person.n % 16 == 6
        assert person.last == f"breakpoint 1: abs(delta_Y) < 0.38; abs(delta_Y) is {value:.9g} at [0]"
        before = person.n
        await person.press("C")
        await person.arrive()
        assert person.last == "no breakpoint was hit before this position"
        assert person.n == before
        await person.press("<", "C")
        assert person.last == "this is the start (n = 0)"


async def test_what_can_not_be_a_breakpoint_is_refused_in_place_and_what_was_typed_stays():
    async with debugging() as person:
        await person.press("B", "a")
        await person.type("net_1 if E > ")
        assert "not an expression" in person.text
        await person.type("0")
        assert "E is not computed yet when net_1 is computed" in person.text
        await person.press("enter")
        assert person.controller.prompt is not None
        assert not person.frame.breakpoints
        await person.press("ctrl+u")
        await person.answer("eval > 0")
        assert "no tensor is called eval" in person.text
        await person.press("escape")
        assert (person.controller.prompt, person.frame.breakpoints) == (None, ())
        assert "no breakpoint is set; a adds one" in person.text


async def test_the_list_changes_switches_and_deletes():
    async with debugging() as person:
        await add(person, "delta_Y hits 3", "loss rises")
        await person.press("B")
        assert "delta_Y hits 3" in person.text
        await person.press("space")
        assert "off" in person.text
        assert [point.enabled for point in person.frame.breakpoints] == [False, True]
        await person.press("enter")
        await person.press("backspace")
        await person.type("2")
        await person.press("enter")
        assert person.frame.breakpoints[0] == Breakpoint(1, "delta_Y", hits=2, enabled=False)
        await person.press("down", "d")
        assert [point.id for point in person.frame.breakpoints] == [1]
        await person.press("escape", "c")
        assert person.last == "every breakpoint is off; B lists them"
        await person.press("B", "space", "escape", "c")
        await person.arrive()
        assert person.n == 16 + 6
        assert person.last == "breakpoint 1, hit 2 times: delta_Y was computed"
        kinds = [type(event) for event in person.controller.session.journal.events]
        assert kinds.count(DropBreakpoint) == 1


async def test_a_condition_is_switched_off_by_the_key_and_not_thrown_away():
    async with debugging(at="E") as person:
        await add(person, "E if E < 0.07")
        await person.press("b")
        assert person.last == "breakpoint 1: off"
        assert "○" not in person.lines[-2]
        await person.press("n")
        assert "○" in person.lines[-2]
        await person.press("N", "b")
        assert person.frame.breakpoints == (Breakpoint(1, "E", "E < 0.07"),)


async def test_a_run_without_an_end_says_how_far_and_how_fast_and_stops_where_it_has_come():
    async with debugging() as person:
        await add(person, FAR)
        await person.press("c")
        assert person.controller.job is not None
        await person.until(lambda: "per second" in person.last)
        assert person.last.startswith("running: iteration ")
        await person.press("n", "x")
        assert (person.n, person.controller.theme.format_index) == (0, 0)
        await person.press("escape")
        assert person.controller.job is None
        assert person.n > 16
        assert person.last == f"stopped at n = {person.n:,}; no breakpoint was hit"
        n = person.n
        await person.press("n")
        assert person.n == n + 1


async def test_the_loss_that_rises_a_unit_that_dies_and_where_infinity_arises_are_told():
    async with debugging("article-as-printed") as person:
        await add(person, "loss rises")
        await person.press("c")
        await person.arrive()
        assert person.n == 16 + 5
        assert person.last.startswith("breakpoint 1: E rises, from 0.0723034529 to 0.07239")
    relu = network((2, 4, 1), "relu", samples=1, seed=1)
    async with debugging(relu) as person:
        await add(person, "dead relu")
        await person.press("c")
        await person.arrive()
        dead = np.flatnonzero(person.frame.tensors["H"][0] == 0)
        assert len(dead)
        listed = ", ".join(map(str, dead))
        assert person.last == f"breakpoint 1: in H {len(dead)} of 4 units give 0 for the sample: {listed}"
    async with debugging(network((2, 3, 1), "identity", learning_rate=1e120)) as person:
        await add(person, "non-finite")
        await person.press("c")
        await person.arrive()
        name = person.frame.step.name
        assert not np.isfinite(person.frame.tensors[name]).all()
        assert person.last == f"breakpoint 1: NaN or infinity arises in {name}: everything it reads is finite"


async def test_a_unit_can_die_only_where_there_is_one_that_can():
    async with debugging() as person:
        await person.press("B", "a")
        await person.answer("dead relu")
        assert "this network has no ReLU layer" in person.text


async def test_the_next_write_of_the_selected_tensor():
    async with debugging(at="delta_Y") as person:
        await person.press("/")
        await person.answer("W")
        await person.press("t")
        assert (person.n, person.selected[0], person.last) == (16, "W", "W is written here")
        await person.press("t")
        assert person.n == 32
        await person.press("/")
        await person.answer("H")
        await person.press("t")
        assert person.n == 34
        await person.press("/")
        await person.answer("learning_rate")
        await person.press("t")
        told = "no equation writes learning_rate; it is given at the start of each iteration"
        assert (person.n, person.last) == (34, told)


async def test_the_last_change_of_the_selected_cell():
    async with debugging(at="i3:H") as person:
        await person.press("/")
        await person.answer("V")
        await person.press("L")
        await person.arrive()
        assert (person.n, person.selected) == (47, ("V", (0, 0)))
        assert person.last.startswith("V[0,0] changed here, from 0.10100")
        await person.press("/")
        await person.answer("delta_net1_w1")
        await person.press("L")
        await person.arrive()
        assert person.n == 47
        assert person.last == "delta_net1_w1[0] never changed: it has been 0.4 since it was first written"


@pytest.mark.parametrize(
    ("at", "name", "n", "told"),
    [
        ("E", "E", 5, "E never changed: it has been 0.0723034529 since it was first written"),
        ("i1", "E", 16, "E never changed: it has been 0.0723034529 since it was first written"),
        ("i1:net_1", "E", 5, "E was computed here for the first time: 0.0723034529"),
        ("i1:E", "E", 5, "E was computed here for the first time: 0.0723034529"),
        ("i1:delta_Y", "E", 21, "E changed here, from 0.0723034529 to 0.0722082865"),
        ("i2:E", "E", 21, "E changed here, from 0.0723034529 to 0.0722082865"),
        ("i2:H", "E", 21, "E changed here, from 0.0723034529 to 0.0722082865"),
        ("H", "E", 2, "E is not computed before this position"),
        ("i1", "W", 16, "W[0,0] changed here for the first time, from 0.1 to 0.100008834"),
        ("i1:net_1", "W", 16, "W[0,0] changed here, from 0.1 to 0.100008834"),
        ("E", "W", 5, "W[0,0] never changed: it has been 0.1 since it was first written"),
    ],
)
async def test_the_last_change_is_looked_for_across_iterations(at, name, n, told):
    async with debugging(at=at) as person:
        await person.press("/")
        await person.answer(name)
        await person.press("L")
        await person.arrive()
        assert (person.n, person.last) == (n, told)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (9e5, "10 days"),
    ],
)
def test_times_are_told_in_the_unit_that_suits_them(seconds, told):
    from bpstep.ui.jobs import format_duration

    assert format_duration(seconds) == told


async def test_a_long_way_says_how_long_it_takes_still():
    async with debugging() as person:
        now = [0.0]
        person.controller.job_clock = lambda: now[0]
        await person.press("g")
        await person.begin("i1000000000")
        way = person.controller.job
        way.fraction, now[0] = 0.25, 60.0
        assert way.progress_text() == "going to n = 16,000,000,000:  25%, 3 min left   Escape stops it"
        way.fraction, now[0] = 0.25, 0.5
        assert way.progress_text() == "going to n = 16,000,000,000:  25%   Escape stops it"
        await person.press("escape")
