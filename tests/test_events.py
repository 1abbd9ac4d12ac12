"""The journal: what a list of events adds up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.events import (
    CloseRun,
    DropEdits,
    Fork,
    Hint,
    Journal,
    Mark,
    Redo,
    ReopenRun,
    Runs,
    Switch,
    Undo,
)

EDITS = [Edit(n, "W", (0, n), n / 2) for n in range(4)] + [EditEquation(16, "E", "1")]
EVENTS = st.lists(
    st.one_of(
        st.sampled_from(EDITS),
        st.builds(DropEdits),
        st.builds(Undo),
        st.builds(Undo),
        st.builds(Redo),
        st.builds(Mark, st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 99))),
    ),
    max_size=30,
)


@given(EVENTS)
def test_events_add_up_to_the_edits_in_force(events):
    """Oracle: the changes as a list with a cursor in it; undo and redo move the cursor."""
    journal, changes, cursor, taken = Journal(), [], 0, []
    for event in events:
        refused = (isinstance(event, Undo) and cursor == 0) or (
            isinstance(event, Redo) and cursor == len(changes)
        )
        if refused:
            with pytest.raises(BpstepError, match="nothing to"):
                journal.add(event)
            continue
        journal.add(event)
        taken.append(event)
        if isinstance(event, Undo | Redo):
            cursor += 1 if isinstance(event, Redo) else -1
        elif not isinstance(event, Mark):
            changes = [*changes[:cursor], event]
            cursor = len(changes)
    held = changes[:cursor]
    while DropEdits() in held:
        held = held[held.index(DropEdits()) + 1 :]
    assert journal.edits == tuple(held)
    assert journal.events == taken
    assert journal.last_change == (changes[cursor - 1] if cursor else None)
    assert journal.last_undone == (changes[cursor] if cursor < len(changes) else None)


@given(EVENTS)
def test_undo_and_redo_are_each_other_s_inverse(events):
    journal = Journal()
    for event in events:
        if not isinstance(event, Undo | Redo):
            journal.add(event)
    states = [journal.edits]
    while journal.last_change is not None:
        journal.add(Undo())
        states.append(journal.edits)
    assert states[-1] == ()
    for wanted in reversed(states[:-1]):
        journal.add(Redo())
        assert journal.edits == wanted


def test_a_new_edit_leaves_nothing_to_redo():
    journal = Journal()
    for event in (EDITS[0], Undo(), EDITS[1]):
        journal.add(event)
    with pytest.raises(BpstepError, match="nothing to redo"):
        journal.add(Redo())
    assert journal.edits == (EDITS[1],)


def test_marks_are_set_moved_and_taken_away_and_undo_leaves_them():
    journal = Journal()
    for event in (
        Mark("a", 3),
        Mark("b", 5),
        EDITS[0],
        Mark("a", 7),
        Undo(),
        Mark("b", None),
        Mark("c", None),
    ):
        journal.add(event)
    assert journal.marks == {"a": 7}


def branches(*events):
    found = Runs()
    for event in events:
        found.apply(event)
    return found


EDIT = EDITS[0]


@pytest.mark.parametrize(
    ("events", "other", "closed", "can_reopen", "forked_at"),
    [
        ([], None, "", False, 0),
        ([Fork(5)], "A", "", False, 5),
        ([Fork(5), Switch("A")], "B", "", False, 5),
        ([Fork(5), CloseRun("B")], None, "B", True, 5),
        ([Fork(5), CloseRun("A")], None, "A", True, 5),
        ([Fork(5), CloseRun("A"), EDIT], None, "A", False, 5),
        ([Fork(5), CloseRun("A"), EDIT, Undo()], None, "A", True, 5),
        ([Fork(5), CloseRun("A"), ReopenRun()], "A", "", False, 5),
        ([Fork(5), CloseRun("A"), Fork(7)], "A", "A", False, 7),
        ([Fork(5), Fork(7)], "A", "A", True, 7),
        ([Fork(5), Fork(7), Switch("A")], "B", "A", True, 7),
        ([Fork(5), Fork(7), EDIT], "A", "A", False, 7),
        ([Fork(5), Fork(7), Switch("A"), EDIT], "B", "A", False, 7),
        ([Fork(5), Fork(7), ReopenRun()], "A", "", False, 5),
        ([Fork(5), Switch("A"), Fork(7)], "A", "B", True, 7),
        ([Fork(5), Fork(7), Fork(9), ReopenRun()], "A", "A", True, 7),
    ],
)
def test_runs_are_closed_and_reopened_as_they_were(events, other, closed, can_reopen, forked_at):
    found = branches(*events)
    assert (found.last_closed, found.can_reopen, found.forked_at) == (closed, can_reopen, forked_at)
    if other is None:
        with pytest.raises(BpstepError):
            _ = found.other
    else:
        assert found.other == other
    assert list(found.changes) == (["A"] if other is None else ["A", "B"])


@pytest.mark.parametrize(
    "events",
    [
        [ReopenRun()],
        [CloseRun("A")],
        [Switch("B")],
        [Fork(5), CloseRun("C")],
        [Fork(5), Switch("C")],
        [Fork(5), CloseRun("A"), ReopenRun(), ReopenRun()],
        [Undo()],
        [Redo()],
    ],
)
def test_what_no_run_can_follow_is_refused(events):
    found = branches(*events[:-1])
    with pytest.raises(BpstepError):
        found.apply(events[-1])


def test_the_run_that_stays_keeps_its_edits_under_the_first_name():
    events = [EDIT, Fork(5), EDITS[1], Switch("A"), EDITS[2]]
    for run, kept in (("A", (EDIT, EDITS[1])), ("B", (EDIT, EDITS[2]))):
        found = branches(*events, CloseRun(run))
        assert (found.current, found.current_history.edits) == ("A", kept)
        found.apply(ReopenRun())
        assert {name: each.edits for name, each in found.changes.items()} == {
            "A": (EDIT, EDITS[2]),
            "B": (EDIT, EDITS[1]),
        }
        assert found.current == "A"


def test_the_mark_set_last_is_the_last_and_a_hint_is_never_taken_back():
    journal = Journal()
    for mark in (Mark("a", 1), Mark("b", 2), Mark("a", 3), Mark("c", 4), Mark("c", None), Mark("q", None)):
        journal.add(mark)
    assert list(journal.marks.items()) == [("b", 2), ("a", 3)]
    for level, wanted in ((2, 2), (1, 2), (3, 3)):
        journal.add(Hint(level))
        assert journal.hints == wanted
