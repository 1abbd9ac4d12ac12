"""The first line, the timeline and the last line."""

from itertools import pairwise

import pytest
from debugger_driver import controller
from hypothesis import given
from hypothesis import strategies as st
from make_networks import network

from bpstep.engine.edits import Edit
from bpstep.render.footer import draw_footer
from bpstep.render.theme import Theme
from bpstep.render.timeline import draw_timeline, sample_points
from bpstep.render.title import draw_title
from bpstep.render.view_state import View
from bpstep.session.session import Session


def first(frame, width=80, **theme):
    return draw_title(frame, Theme(**theme), width).text().rstrip()


def line(frame, width=80, **theme):
    return draw_timeline(frame, Theme(**theme), width).text().rstrip()


def frames(name="article"):
    session = controller(name).session
    for n in range(session.period + 1):
        session.goto(n)
        yield session.frame


# The first line


def test_the_parts_of_the_first_line_stay_in_their_places_from_step_to_step():
    for name in ("article", "mazur", "xor", "deep"):
        for word in ("iteration", "step", "of"):
            assert len({first(frame).index(f" {word} ") for frame in frames(name)}) == 1
        assert len({first(frame, 60).index("iteration") for frame in frames(name)}) == 1


def test_what_is_going_on_stands_after_the_name_and_takes_nothing_from_the_moment():
    frame = controller(at="delta_V").frame
    modes = ("run B", "predict 3/4")
    for width in (80, 100, 120):
        told = draw_title(frame, Theme(), width, modes).text()
        assert " article  run B   predict 3/4 " in told
        assert told.endswith(draw_title(frame, Theme(), 60).text().partition("backward")[2])


def test_what_has_no_room_in_the_first_line_is_left_out_as_a_whole():
    told = draw_title(controller(at="delta_V").frame, Theme(), 60, ("run B", "predict 3/4")).text()
    assert told.startswith(" run B ")
    assert "predict" not in told


def test_the_first_line_tells_the_network_the_moment_and_the_loss():
    # Each step of descent lowers E by about 9.5e-5 at the beginning.
    assert first(controller(at="i3:delta_V").frame, 120).split() == [
        *("bpstep", "article", "2-3-1", "·", "sigmoid", "·", "half_squared_error"),
        *("iteration", "3", "step", "8", "of", "16", "backward", "E", "0.0720", "↓9.5e-5"),
    ]


@pytest.mark.parametrize(
    ("name", "at", "sign"), [("article", "i1:E", "↓"), ("article-as-printed", "i1:E", "↑")]
)
def test_an_arrow_says_whether_the_loss_falls_or_rises(name, at, sign):
    assert sign in first(controller(name, at).frame)
    assert sign not in first(controller(name, "E").frame)


def test_a_loss_that_stays_is_told_so():
    made = Session(network((2, 2, 1), learning_rate=0.0))
    made.goto("i1:E")
    assert first(made.frame).split()[-1] == "="


def test_the_first_tensor_that_is_not_finite_is_named_instead_of_the_loss():
    made = Session(network((2, 2, 1), "identity", learning_rate=1e300))
    made.goto("i2:E")
    assert made.frame.first_nonfinite in first(made.frame)
    assert "first non-finite" in first(made.frame)


def test_a_long_name_gives_way_and_the_moment_stays():
    made = network((2, 2, 1), name="a network with a very long name that nobody would give")
    text = first(Session(made).frame)
    assert "…" in text
    assert len(text) <= 80
    assert "iteration 0  step  0 of" in text


# The timeline


def test_the_timeline_shows_each_equation_by_phase_and_where_one_is():
    assert line(controller().frame).split("  ")[0] == " forward ──── loss ─ backward ───────── update ──"
    assert line(controller(at="8").frame).startswith(" forward ━━━━ loss ━ backward ━━◆────── update ──")
    assert line(controller(at="16").frame).startswith(" forward ━━━━ loss ━ backward ━━━━━━━━━ update ━◆")
    assert line(controller(at="8").frame, ascii=True).startswith(
        " forward ==== loss = backward ==@------ update --"
    )


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", ["article", "deep", "penguins"])
def test_every_place_of_the_timeline_leads_to_its_equation(name, width):
    frame = controller(name, "5").frame
    canvas = draw_timeline(frame, Theme(), width)
    goals = [hit.target[1] for hit in canvas.hits]
    assert goals == sorted(goals)
    assert goals[-1] == frame.period
    at = next(hit for hit in canvas.hits if hit.target[1] >= 5)
    assert canvas.characters[0][at.x] == "◆"


def test_marks_edits_and_replaced_equations_have_their_signs():
    made = controller(at="3").session
    made.mark("here")
    made.edit("net_2", (0,), 0.3)
    made.goto("8")
    assert line(made.frame).startswith(" forward ━━✎━ loss ━ backward ━━◆")
    made.undo()
    assert line(made.frame).startswith(" forward ━━⚑━ loss ━ backward ━━◆")
    assert line(controller("article-as-printed", "12").frame).startswith(" forward ━━━━ loss ━ backward ≠━")


def test_an_edit_of_an_initial_value_is_seen_at_the_first_equation_of_its_iteration_alone():
    made = controller(at="5").session
    made.record(Edit(0, "W", (0, 0), 0.2))
    made.goto("5")
    assert line(made.frame).startswith(" forward ✎━━━")
    made.goto("21")
    assert line(made.frame).startswith(" forward ━━━━")


def test_the_losses_stand_between_the_first_and_the_last():
    made = controller("article", "i5").session
    found = line(made.frame).split("E ")[1].split()
    assert float(found[0]) == pytest.approx(0.0723, abs=5e-5)
    assert len(found[1]) == 5
    assert found[1][0] == "█"
    assert found[1][-1] == "▁"
    assert list(found[1]) == sorted(found[1], reverse=True)
    assert float(found[2]) == pytest.approx(float(made.frame.tensors["E"]), abs=5e-5)


def test_a_loss_that_is_not_finite_is_marked():
    made = Session(network((2, 2, 1), "identity", learning_rate=1e300))
    made.goto("i6:E")
    assert "!" in line(made.frame)


@given(st.integers(1, 400), st.integers(2, 60))
def test_of_many_losses_evenly_many_are_shown_with_the_first_and_the_last(count, room):
    at, values = list(range(count)), [float(k * k) for k in range(count)]
    found = sample_points(at, values, room)
    assert len(found) == min(count, room)
    assert found[0] == (0, 0.0)
    assert found[-1] == (count - 1, values[-1])
    gaps = {b[0] - a[0] for a, b in pairwise(found)}
    assert not gaps or max(gaps) - min(gaps) <= 1


# The last line


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_the_last_line_shows_whole_keys_and_always_help_and_quit(width):
    text = draw_footer(View(), Theme(), width).text().strip()
    assert text.endswith("? help  q quit")
    assert text.startswith("n next  N back")
    assert len(text) < width


def test_what_is_said_stands_in_the_last_line_in_place_of_the_keys():
    assert draw_footer(View(message="it is so"), Theme(), 80).text() == " it is so\n"
    assert draw_footer(View(message="x" * 100), Theme(), 80).text().rstrip().endswith("…")
    alert = draw_footer(View(message="no", alert=True), Theme(), 80)
    assert alert.roles[0][1].startswith("alert")


def test_the_networks_name_is_whole_where_the_programs_name_can_make_room():
    person = controller("article-as-printed", at="i2:delta_Y")
    person.size = (80, 24)
    line = person.draw().text().splitlines()[0]
    assert " article-as-printed " in line
    assert "step  6 of 16  backward  E 0.0725 ↑9.5e-5" in line
    person.size = (100, 24)
    assert person.draw().text().startswith(" bpstep  article-as-printed ")
