"""The cursor of a session: where it is after a change, and which write an edit at it replaces."""

import math

import pytest
from make_networks import article, network

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.events import CloseRun
from bpstep.session.session import Session

P = 16
"""Equations of an iteration of the article."""


def at(n, made=None):
    session = Session(made or article())
    session.goto(n)
    return session


def place(session):
    return session.n, session.k


def test_a_session_begins_before_the_first_equation_with_its_edits_made():
    session = Session(article())
    assert (place(session), session.furthest, session.run_name, session.is_current) == (
        (0, 0),
        0,
        "",
        True,
    )
    edited = Session(article(), edits=[("W", (0, 0), 0.9)])
    assert (place(edited), edited.frame.edits) == ((0, 0), (Edit(0, "W", (0, 0), 0.9),))


def test_positions_before_the_start_are_refused_and_steps_end_there():
    session = at(3)
    with pytest.raises(BpstepError, match="-1"):
        session.goto(-1)
    assert place(session) == (3, 0)
    session.step(-4)
    assert place(session) == (0, 0)
    session.step()
    assert place(session) == (1, 0)
    session.goto(0)
    assert (place(session), session.furthest) == ((0, 0), 3)


def test_seeking_moves_the_cursor_only_at_its_end():
    session = at(2)
    way = session.seek(5 * P, 1)
    next(way, None)
    way.close()
    session.goto(2)
    for _ in session.seek(5 * P):
        assert place(session) == (2, 0)
    assert place(session) == (5 * P, 0)
    for _ in session.seek(P, 2):
        pass
    assert place(session) == (P, 2)
    for _ in session.seek(P, 1000):
        pass
    assert place(session) == (P, 0)


@pytest.mark.parametrize(
    ("n", "edited", "way", "known"),
    [
        (40, 0, 2, 0),  # nothing is known but the start
        (40, 17, 1, 17),  # the first iteration is; its end is shown with the first equation of the next
        (40, 33, 0, 33),
        (32, 17, 0, 17),
        (33, 17, 1, 17),
        (20, 0, 1, 0),
        (16, 0, 0, 1),
    ],
)
def test_after_a_change_the_state_is_known_up_to_the_iteration_of_the_first_edit(n, edited, way, known):
    session = at(n)
    name = session.program.steps[(edited - 1) % P].name if edited else "learning_rate"
    index = (0,) * session.frame.tensors[name].ndim if edited else ()
    assert session.is_current
    session.record(Edit(edited, name, index, 0.25))
    assert (session.distance(n), session.is_current, session.n) == (way, way == 0, n)
    assert session.go_to_known() == session.n
    assert session.is_current
    assert session.n <= known + 1


def test_a_look_at_other_moments_keeps_the_cursor_and_its_own_iteration_at_hand():
    session = at(7 * P + 3)
    for n in (P, 2 * P, 3 * P, 4 * P):
        assert session.frame_at(n).n == n
        assert session.timeline.is_cached(7)
    assert place(session) == (7 * P + 3, 0)


def test_undo_and_redo_give_the_change_and_stay_at_the_cursor():
    session = at(P + 4)
    session.edit("V", (0, 0), 2.0)
    assert place(session) == (P + 4, 0)
    (change,) = session.frame.edits
    assert session.undo() == change
    assert (place(session), session.frame.edits) == ((P + 4, 0), ())
    assert session.redo() == change
    assert (place(session), session.frame.edits) == ((P + 4, 0), (change,))
    session.drop_edits()
    assert (place(session), session.frame.edits) == ((0, 0), ())


def test_an_edit_inside_an_equation_stays_inside_it():
    session = at(0)
    session.goto(0, 3)
    session.edit("W", (0, 0), 0.9)
    assert place(session) == (0, 3)
    session.undo()
    assert place(session) == (0, 3)


@pytest.mark.parametrize("closed", ["A", "B"])
def test_of_two_runs_the_other_one_stays_with_its_edits(closed):
    session = at(5)
    session.fork()
    session.edit("W", (0, 0), 0.9)
    assert (session.run_name, place(session)) == ("B", (5, 0))
    session.record(CloseRun(closed))
    session.goto(session.n)
    assert (session.run_name, list(session.runs), len(session.frame.edits)) == (
        "",
        ["A"],
        1 if closed == "A" else 0,
    )


REFUSED = [
    ("Q", (), 1.0, "no tensor is called Q"),
    ("delta_V", (0,), 1.0, "delta_V is not computed yet: it can be edited from step 8 on"),
    ("H", (3,), 1.0, "H has no cell [3]: its shape is 3, a cell is H[0]"),
    ("H", (-1,), 1.0, "H has no cell [-1]"),
    ("H", (), 1.0, "which cell of H? Its shape is 3; a cell is H[0]"),
    ("H", (0, 0), 1.0, "H has no cell [0, 0]"),
    ("W", (2, 0), 1.0, "a cell is W[0,0]"),
    ("W", (0, 3), 1.0, "W has no cell [0, 3]"),
    ("learning_rate", (0,), 1.0, "a cell is learning_rate"),
    ("W", (0, 0), math.inf, "not a finite number"),
    ("W", (0, 0), math.nan, "not a finite number"),
]


@pytest.mark.parametrize(("name", "index", "value", "words"), REFUSED)
def test_an_edit_of_what_is_not_there_is_refused_with_what_there_is(name, index, value, words):
    session = at(2)
    with pytest.raises(BpstepError) as caught:
        session.edit(name, index, value)
    assert words in str(caught.value)
    assert session.frame.edits == ()


@pytest.mark.parametrize(
    ("n", "name", "index", "wanted"),
    [
        (2, "H", (2,), Edit(2, "H", (2,), 7.0)),
        (5, "H", (0,), Edit(2, "H", (0,), 7.0)),
        (2, "W", (1, 2), Edit(0, "W", (1, 2), 7.0)),
        (2 * P + 2, "H", (0,), Edit(2 * P + 2, "H", (0,), 7.0)),
        (5, "X", (1,), Edit(0, "X", (0, 1), 7.0)),
        (2 * P + 5, "labelY", (0,), Edit(2 * P, "labelY", (0, 0), 7.0)),
        (2 * P + 5, "learning_rate", (), Edit(2 * P, "learning_rate", (), 7.0)),
    ],
)
def test_an_edit_replaces_the_last_write_before_the_cursor(n, name, index, wanted):
    assert at(n).edit_event(name, index, 7.0) == wanted


def test_an_edit_of_the_data_names_the_row_that_the_batch_shows():
    made = network((2, 2, 1), samples=5, batch_size=2)
    period = Session(made).period
    for iteration, rows in enumerate([(0, 1), (2, 3), (4,), (0, 1)]):
        session = at(iteration * period + 1, made)
        for k, row in enumerate(rows):
            event = session.edit_event("X", (k, 1), 7.0)
            assert event == Edit(iteration * period, "X", (row, 1), 7.0)


def test_a_mark_is_the_moment_of_the_cursor_under_a_name_without_spaces_around():
    session = at(5)
    session.mark(" here ")
    session.goto(0)
    session.goto("here")
    assert place(session) == (5, 0)


def test_inside_an_equation_the_equations_are_those_of_its_iteration():
    session = Session(article())
    session.record(EditEquation(session.period, "delta_Y", "2 * (Y - labelY)"))
    session.goto(session.period)
    assert "delta_Y" not in session.program_at_cursor.replaced
    session.goto(session.period, 1)
    assert session.program_at_cursor.replaced["delta_Y"] == "2 * (Y - labelY)"
