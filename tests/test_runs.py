"""Two runs that began as one: changes of one do not affect the other."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, differing, mazur, network

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.run import _first_difference, same_moment
from bpstep.session.session import Session


def tensors(session, where):
    session.goto(where)
    return session.frame.tensors


def forked(made, where):
    session = Session(made)
    session.goto(where)
    session.fork()
    return session


def test_a_fork_keeps_this_run_as_a_and_goes_on_as_b_at_the_same_moment():
    session = Session(article())
    session.goto("i2:delta_V")
    before = session.frame
    session.fork()
    assert (session.n, before.run, session.frame.run) == (before.n, "", "B")
    assert differing(session.frame.tensors, before.tensors) == []


def test_an_edit_in_one_run_changes_nothing_in_the_other():
    session = forked(article(), "i1:H")
    session.edit("H", (0,), 0.9)
    with_edit = tensors(session, "i3")
    assert session.switch() == "A"
    assert differing(session.frame.tensors, tensors(Session(article()), "i3")) == []
    oracle = Session(article())
    oracle.goto("i1:H")
    oracle.edit("H", (0,), 0.9)
    assert differing(with_edit, tensors(oracle, "i3")) == []


def test_switching_shows_the_same_moment_of_the_other_run():
    session = forked(mazur(), "i1:E")
    session.edit("V", (0, 0), 2.0)
    session.goto("i7:delta_W")
    n = session.n
    assert [session.switch(), session.n, session.frame.run] == ["A", n, "A"]
    assert [session.switch(), session.n, session.frame.run] == ["B", n, "B"]


def test_edits_from_before_the_fork_hold_in_both_runs_and_are_undone_in_one_only():
    session = Session(article())
    session.edit("W", (0, 0), 5.0)
    session.fork()
    session.undo()
    assert tensors(session, 0)["W"][0, 0] == 0.1
    session.switch()
    assert session.frame.tensors["W"][0, 0] == 5.0
    assert session.undo().cell == "W[0,0]"


def test_undo_takes_back_what_was_done_in_the_run_one_is_in():
    session = forked(article(), "i1")
    session.edit("V", (0, 0), 1.0)
    session.switch()
    with pytest.raises(BpstepError, match="nothing to undo"):
        session.undo()
    session.edit("V", (1, 0), 2.0)
    session.switch()
    assert session.undo().cell == "V[0,0]"


def test_marks_are_shared():
    session = forked(article(), "i1:H")
    session.mark("there")
    session.switch()
    assert session.frame.marks == {"there": 18}


def test_the_furthest_is_each_run_s_own():
    session = forked(article(), "i1")
    session.goto("i5")
    session.goto("i2")
    session.switch()
    assert session.furthest == 32
    session.switch()
    assert session.furthest == 80


def test_a_second_fork_drops_the_run_one_is_not_in():
    session = forked(article(), 3)
    session.edit("X", (0,), 9.0)
    session.fork()
    session.edit("X", (0,), 7.0)
    assert (session.switch(), session.frame.tensors["X"][0]) == ("A", 9.0)
    assert (session.switch(), session.frame.tensors["X"][0]) == ("B", 7.0)


def test_without_a_fork_there_is_nothing_to_switch_to():
    session = Session(article())
    with pytest.raises(BpstepError, match="there is only one run"):
        session.switch()
    assert session.journal.events == []


def test_runs_may_have_different_equations():
    session = forked(article(), "i1:E")
    session.record(EditEquation(session.frame.start, "delta_Y", "labelY - Y"))
    session.goto("i4:delta_Y")
    assert session.frame.step.source == "labelY - Y"
    session.switch()
    assert session.frame.step.source == "Y - labelY"


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("goto"), st.integers(0, 90)),
        st.tuples(st.just("edit"), st.sampled_from([0.25, -1.5, 3.0])),
        st.tuples(st.sampled_from(["undo", "redo", "fork", "switch"]), st.none()),
    ),
    max_size=25,
)


@given(COMMANDS)
def test_any_walk_leaves_each_run_as_its_own_edits_alone_make_it(deeds):
    """The oracle is a separate session for each run, into which its edits are recorded at once."""
    made = network((2, 3, 2), samples=3, batch_size=2, optimizer="momentum")
    session = Session(made)
    for name, value in deeds:
        try:
            match name:
                case "goto":
                    session.goto(value)
                case "edit":
                    session.edit("W", (0, 1), value)
                case _:
                    getattr(session, name)()
        except BpstepError:
            pass
    for _ in session.journal.runs.changes:
        oracle = Session(made)
        for edit in session.journal.edits:
            oracle.record(edit)
        oracle.goto(session.n)
        assert differing(session.frame.tensors, oracle.frame.tensors) == []
        if len(session.runs) > 1:
            session.switch()


def program(*steps):
    """What `same_moment` reads of a program; a step is a name, or a name and its line."""
    made = [(step, None) if isinstance(step, str) else step for step in steps]
    made = [
        SimpleNamespace(name=name, origin=None if line is None else SimpleNamespace(line=line))
        for name, line in made
    ]

    class Found(SimpleNamespace):
        def __len__(self):
            return len(self.steps)

    return Found(steps=made, step_indices={step.name: at for at, step in enumerate(made)})


BEFORE = program(("a", 1), ("b", 2), ("c", 3))


@pytest.mark.parametrize(
    ("n", "after", "wanted"),
    [
        (0, BEFORE, 0),
        (1, BEFORE, 1),
        (3, BEFORE, 3),
        (4, BEFORE, 4),
        (9, BEFORE, 9),
        (3, program(("a", 1), ("c", 3)), 2),
        (6, program(("a", 1), ("c", 3)), 4),
        (5, program(("a", 1), ("c", 3)), 3),  # b is gone: after a
        (1, program(("x", 7), ("b", 2)), 0),  # a is gone, and nothing stands before it
        (4, program(("x", 7), ("b", 2)), 2),
        (2, program(("a", 1), ("x", 2), ("c", 3)), 2),  # what stands in its line
        (2, program(("a", 1), ("x", 2), ("y", 2), ("c", 3)), 3),  # the last of these
        (5, program(("z", 9), ("a", 1), ("b", 8), ("c", 3)), 4 + 3),  # by its name first
    ],
)
def test_a_moment_is_kept_by_name_then_by_line_then_by_the_line_before(n, after, wanted):
    assert same_moment(n, BEFORE, after) == wanted


def test_equations_that_stand_in_no_line_are_the_same_by_name_only():
    assert same_moment(2, program("a", "b"), program("a", ("x", 2))) == 1


@pytest.mark.parametrize(
    ("before", "after", "since"),
    [
        ([], [], None),
        ([3], [3], None),
        ([3], [3, 7], 7),
        ([3, 7], [3], 7),
        ([3, 7], [3, 5], 5),
        ([7, 3], [], 3),
        ([3, 7, 9], [3, 8, 9], 7),
        ([1, 9], [9, 1], 1),
        ([2], [4], 2),
    ],
)
def test_what_is_forgotten_begins_at_the_first_edit_that_only_one_list_has(before, after, since):
    lists = [tuple(Edit(at, "W", (0, 0), float(at)) for at in each) for each in (before, after)]
    assert _first_difference(*lists) == since
