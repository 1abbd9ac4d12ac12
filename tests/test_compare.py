"""Two runs compared at one moment: what differs, in which cells, and how both losses went."""

from dataclasses import replace

import numpy as np
import pytest
from debugger_driver import debugging
from golden_screens import drawn
from make_networks import article, mazur, network

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.render.lists.compare import cell_lines, comparison_lines, plot_losses
from bpstep.render.theme import Theme
from bpstep.session import compare
from bpstep.session.compare import TensorDifference, compare_runs, compute_other_run
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key


def forked(made, where, *edits, then):
    """A session with these edits in B, at a later moment, both runs computed."""
    session = Session(made)
    session.goto(where)
    session.fork()
    for edit in edits:
        session.edit(*edit)
    session.goto(then)
    for _ in compute_other_run(session):
        pass
    return session


@pytest.mark.parametrize("made", [article(), mazur(), network((3, 4, 2), samples=5, batch_size=2)])
def test_what_differs_is_what_differs_between_two_sessions_of_their_own(made):
    session = forked(made, "i1", ("learning_rate", (), 0.75), then="i6")
    found = compare_runs(session)
    plain = Session(made)
    plain.goto("i6")
    edited = Session(made)
    edited.goto("i1")
    edited.edit("learning_rate", (), 0.75)
    edited.goto("i6")
    for each in (found.loss, *found.parameters, *found.gradients, *found.others):
        a, b = (one.frame.tensors[each.name] for one in (plain, edited))
        assert np.array_equal(each.differing, np.asarray(a != b))
        distance = np.abs(np.asarray(b) - a)
        assert distance[each.largest] == distance.max()
        assert each.values(each.largest) == (np.asarray(a)[each.largest], np.asarray(b)[each.largest])
    listed = {each.name for each in (found.loss, *found.parameters, *found.gradients, *found.others)}
    differing = {
        name
        for name, value in plain.frame.tensors.items()
        if np.any(value != np.asarray(edited.frame.tensors[name]))
    }
    assert differing <= listed
    assert "learning_rate" in listed


def test_e_every_parameter_and_every_gradient_is_there_whether_it_differs_or_not():
    found = compare_runs(forked(article(), "i1", then="i2"))
    assert found.loss.name == "E"
    assert [each.name for each in found.parameters] == ["W", "V"]
    assert [each.name for each in found.gradients] == ["delta_w1", "delta_w2", "delta_V"]
    assert not any(each.count for each in (found.loss, *found.parameters, *found.gradients))
    assert (found.others, found.equations, found.edits) == ((), (), ((), ()))


def test_what_is_not_computed_yet_is_not_compared():
    found = compare_runs(forked(article(), "i1", ("V", (0, 0), 2.0), then="i2:E"))
    assert [each.is_computed for each in found.gradients] == [False] * 3
    assert [each.count for each in found.gradients] == [0] * 3


def test_nan_equals_nan_and_differs_most_from_a_number():
    a, b = np.array([np.nan, 1.0, 2.0, np.inf]), np.array([np.nan, 5.0, np.nan, np.inf])
    found = TensorDifference("H", a, b)
    assert (found.differing.tolist(), found.count, found.largest) == ([False, True, True, False], 2, (2,))


def test_the_losses_are_those_of_both_runs_as_far_as_both_were_shown():
    session = forked(mazur(), "i2", ("V", (0, 0), 3.0), then="i9")
    session.goto("i20")
    session.goto("i9")
    (at, values), (other_at, other_values) = compare_runs(session).curves
    assert at == other_at == list(range(9))
    assert values[:2] == other_values[:2]
    for run, losses in (("B", other_values), ("A", values)):
        assert session.run_name == run
        for iteration, loss in enumerate(losses):
            session.goto(f"i{iteration}:E")
            assert float(session.frame.tensors["E"]) == loss
        session.switch()


def test_equations_and_edits_of_one_run_only_are_named():
    session = Session(article())
    session.edit("X", (0,), 1.0)
    session.goto("i1:E")
    session.fork()
    session.record(EditEquation(16, "delta_Y", "labelY - Y"))
    session.goto(session.n)
    session.switch()
    session.edit("W", (0, 0), 2.0)
    found = compare_runs(session)
    assert found.equations == (("delta_Y", "Y - labelY", "labelY - Y"),)
    assert [[edit.cell for edit in edits] for edits in found.edits] == [["W[0,0]"], ["equation delta_Y"]]
    told = comparison_lines(found, Theme(), 76, 40)
    lines = ["".join(text for text, _ in line.runs) for line in told]
    first = next(at for at, line in enumerate(lines) if line.startswith("≠ A"))
    assert lines[first : first + 2] == ["≠ A  delta_Y = Y - labelY", "≠ B  delta_Y = labelY - Y"]
    assert [line[2:3] for line in lines[first + 3 : first + 5]] == ["A", "B"]
    assert all(part in lines[first + 3] for part in ("W[0,0]", "2"))
    assert all(part in lines[first + 4] for part in ("equation delta_Y", "labelY - Y", "16"))
    # An equation of one run alone has no line for the other, and a narrow screen cuts it.
    alone = comparison_lines(replace(found, equations=(("extra", "", "Y * 2"),)), Theme(), 20, 40)
    shown = ["".join(text for text, _ in line.runs) for line in alone]
    assert [line for line in shown if "extra" in line] == ["≠ B  extra = Y *…"]


def test_one_run_can_not_be_compared():
    with pytest.raises(BpstepError, match="there is only one run"):
        compare_runs(Session(article()))


# The plot


def curve(*losses):
    return list(range(len(losses))), list(losses)


def plotted(a, b, ascii=True, size=(60, 9), forked=0):
    return plot_losses((a, b), forked, Theme(ascii=ascii), *size).text().splitlines()


def test_each_curve_is_where_its_losses_are_and_has_its_letter_at_its_end():
    lines = plotted(curve(8.0, 4.0, 2.0, 1.0), curve(8.0, 8.0, 8.0, 8.0))
    assert lines[0].endswith("B")
    assert lines[7].endswith("A")
    assert lines[0].startswith(" 8.0000 |")
    assert lines[7].startswith(" 1.0000 |")
    assert lines[-1].endswith("iteration 3")
    assert set("".join(line[9:-2] for line in lines[1:7])) <= set("A "), "B is level, above"


def test_where_both_are_the_same_it_is_a_that_is_drawn():
    lines = plotted(curve(3.0, 2.0, 1.0), curve(3.0, 2.0, 1.0))
    drawn = "".join(line[9:] for line in lines[:-1])
    assert "A" in drawn
    assert drawn.count("B") == 1, "the letter at its end"


def test_b_is_dashed_so_that_the_two_differ_without_colour():
    a, b = curve(2.0, 2.0, 2.0, 2.0), curve(1.0, 1.0, 1.0, 1.0)
    lines = plotted(a, b, ascii=False)
    assert " " not in lines[0][9:].rstrip("A").rstrip()
    assert lines[7][9:].rstrip("B").strip().count(" ") > 10


def test_losses_of_very_different_sizes_are_drawn_by_their_powers_of_ten():
    lines = plotted(curve(1000.0, 100.0, 10.0, 1.0), curve(1000.0, 100.0, 10.0, 1.0))
    assert "E, log" in lines[4]
    columns = [line[9:].find("A") for line in lines[:8]]
    assert columns == sorted(columns)


def test_losses_that_are_not_finite_break_the_line():
    lines = plotted(curve(1.0, float("nan"), float("inf"), 1.0), curve(2.0, 2.0, 2.0, 2.0))
    assert lines[7][9:].rstrip() == "A" + " " * 46 + "AA"


def test_the_fork_is_marked_and_nothing_is_plotted_before_there_is_a_line():
    assert "^ fork" in plotted(curve(*range(9, 0, -1)), curve(*range(9, 0, -1)), forked=4)[-1]
    assert "two iterations" in plotted(curve(1.0), curve(1.0))[0]
    assert "two iterations" in plotted(([], []), ([], []))[0]


# At the screen

EDITED = ["a", "/", *"W", "enter", "right", "e", *"3", "enter", "g", *"i40:delta_V", "enter"]


def controller(made, where, keys, size=(80, 24), **theme):
    session = Session(made)
    session.goto(where)
    found = make_controller(session, Theme(**theme))
    found.size = size
    for key in keys:
        handle_key(found, key)
    return found


def test_a_tensor_s_cells_stand_side_by_side_and_those_that_differ_are_marked():
    each = TensorDifference("W", np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.5], [3.0, 4.0]]))
    lines = ["".join(text for text, _ in line.runs) for line in cell_lines(each, Theme(), 76, 0)]
    assert lines[1].split() == ["[0]", "1.0000", "≠2.0000", "│", "1.0000", "≠2.5000"]
    assert lines[2].split() == ["[1]", "3.0000", "4.0000", "│", "3.0000", "4.0000"]


def test_of_a_large_tensor_the_rows_that_differ_are_listed():
    a = np.zeros((2_000, 3))
    b = a.copy()
    b[::2, 1] = 1.0
    lines = cell_lines(TensorDifference("X", a, b), Theme(), 76, 0)
    assert lines[-1].runs[0][0] == "500 more rows differ"
    assert [line.value for line in lines[1:4]] == [0, 2, 4]


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (120, 36)])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_comparison_fits_every_screen(size, ascii):
    made = network((30, 20, 4), samples=6, name="wide")
    keys = ["}", "}", "}", "a", "e", *"0.5", "enter", "}", "}", "v"]
    found = controller(made, 0, keys, size, ascii=ascii)
    for more in ([], ["down", "down", "enter"], ["right"] * 12, ["pagedown"] * 3):
        for key in more:
            handle_key(found, key)
        text = drawn(found.draw(), roles=False)
        assert all(len(line) <= size[0] for line in text.splitlines())
        assert text.isascii() or not ascii
    assert "[29]" in text or "[19]" in text, "the last column can be reached"


async def test_forking_switching_and_comparing_by_keys():
    async with debugging(at="i3:delta_w1") as person:
        await person.press("A")
        assert person.last == "there is only one run; a forks it here"
        await person.press("v")
        assert person.last.startswith("there is only one run")
        await person.press("a")
        assert person.last == "run B starts at n = 60; run A is kept: A switches, v compares"
        assert " run B " in person.lines[0]
        await person.press(*EDITED[1:])
        await person.arrive()
        assert person.value("W", 0, 1) > 2.9
        await person.press("A")
        await person.arrive()
        assert person.last == "run A, at the same position, n = 648"
        assert " run A " in person.lines[0]
        assert person.value("W", 0, 1) < 0.31
        await person.press("v")
        await person.arrive()
        assert person.lines[0].startswith(" runs A and B at n = 648: iteration 40, after delta_V")
        assert any(line.split()[:4] == ["≠", "W", "6/6", "[0,1]"] for line in person.lines)
        await person.press("down", "enter")
        assert person.lines[0].startswith(" W in runs A and B: 6 of 6 cells differ")
        await person.press("escape", "escape")
        assert "tensors" in person.lines[1]
        await person.press("v", "A")
        await person.arrive()
        assert " run B " in person.lines[0]


async def test_a_second_fork_asks_before_it_drops_the_other_run():
    async with debugging(at="8") as person:
        await person.press("a", "e")
        await person.answer("0.5")
        await person.press("A", "a")
        assert person.last == "fork run A and close run B with its 1 edit? y or n"
        await person.press("n")
        assert person.last == "both runs are kept"
        await person.press("A")
        assert len(person.frame.edits) == 1
        await person.press("a", "y")
        assert person.last.startswith("run B starts at n = 8;")
        await person.press("A")
        assert len(person.frame.edits) == 1, "what was B is A now"


async def test_a_long_way_of_the_other_run_is_gone_in_portions_and_can_be_stopped():
    async with debugging() as person:
        await person.press("a", "g")
        await person.begin("i400000")
        await person.press("escape")
        await person.go("i10000")
        await person.press("v", "escape")
        assert person.controller.job is None
        assert person.controller.panel is None or person.lines[0].startswith(" runs A and B")
        await person.press("escape", "v")
        await person.arrive()
        assert person.lines[0].startswith(" runs A and B at n = 160,000")


@pytest.mark.parametrize("width", [56, 76, 116])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_fork_has_its_mark_wherever_it_is(width, ascii):
    sign = "^" if ascii else "▲"
    losses = list(np.linspace(1, 0.1, 41))
    for at in range(41):
        curve = (list(range(41)), losses)
        foot = plot_losses((curve, curve), at, Theme(ascii=ascii), width, 8).text().splitlines()[-1]
        assert f"{sign} fork" in foot or f"fork {sign}" in foot
        assert abs(foot.index(sign) - (9 + at / 40 * (width - 13))) < 1
        assert "iteration 40" in foot
        assert len(foot) <= width


def test_a_run_without_a_loss_to_show_has_none_to_compare():
    session = Session(article())
    session.fork()
    session.goto("i3")
    assert compare_runs(session).curves == (([], []), ([], []))


@pytest.mark.parametrize(
    ("a", "b", "differs", "largest"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.5, 2.0], [False, True, True], (2,)),
        ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [False, True, True], (1,)),
        ([0.0, 0.0, 0.0], [-9.0, 8.0, 7.0], [True, True, True], (0,)),
        ([1.0, np.nan, 9.0], [1.0, 5.0, 0.0], [False, True, True], (1,)),
        ([1.0, np.nan, 3.0], [2.0, np.nan, 3.0], [True, False, False], (0,)),
        ([np.inf, 0.0], [np.inf, 1.0], [False, True], (1,)),
        ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.5]], [[False, False], [False, True]], (1, 1)),
        (1.0, 2.0, True, ()),
    ],
)
def test_the_cells_that_differ_and_the_one_that_differs_most(a, b, differs, largest):
    found = TensorDifference("T", np.array(a), np.array(b))
    assert found.differing.tolist() == differs
    assert (found.count, found.largest) == (int(np.sum(differs)), largest)
    assert found.values(largest) == pytest.approx((np.array(a)[largest], np.array(b)[largest]), nan_ok=True)


@pytest.mark.parametrize(
    ("a", "b"), [(None, np.ones(2)), (np.ones(2), None), (None, None), (np.ones(2), np.ones(3))]
)
def test_where_one_is_missing_or_of_another_shape_nothing_is_counted(a, b):
    found = TensorDifference("T", a, b)
    assert (found.is_computed, found.count) == (False, 0)


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [
        ([0, 1, 2], [0, 1], [0, 1]),
        ([0, 1], [0, 1, 2], [0, 1]),
        ([0, 1, 2], [0, 1, 2], [0, 1, 2]),
        ([0, 1], [], []),
        ([], [0, 1], []),
        ([], [], []),
    ],
)
def test_curves_end_where_the_shorter_one_does(a, b, common):
    first, second = compare._common_range((a, [0.5 * x for x in a]), (b, [0.25 * x for x in b]))
    assert first == (common, [0.5 * x for x in common])
    assert second == (common, [0.25 * x for x in common])


def test_what_is_not_computed_in_both_runs_has_nothing_to_compare():
    number, row = np.float64(1), np.ones(2)
    for a, b, is_computed in (
        (number, number, True),
        (row, row, True),
        (number, None, False),
        (None, number, False),
        (None, None, False),
        (row, np.ones(3), False),
    ):
        assert TensorDifference("E", a, b).is_computed is is_computed, (a, b)
