"""The journal: what a list of events adds up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.events import DropEdits, Journal, Mark, Redo, Undo

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
