"""A run that was closed, or replaced by forking again, comes back by undo with all its edits."""

import pytest
from debugger_driver import controller, debugging
from make_networks import article
from saved_sessions import kept, reopened

from bpstep.errors import BpstepError
from bpstep.session.events import CloseRun, ReopenRun
from bpstep.session.session import Session


def forked(n=8):
    """Run A without edits, and run B with W[0,0] = 0.9, which is shown."""
    session = Session(article())
    session.goto(n)
    session.fork()
    session.edit("W", (0, 0), 0.9)
    return session


def test_undo_brings_back_the_run_that_forking_again_closed_with_its_edits():
    made = controller(at="8")
    made.run_action("fork")
    made.session.edit("W", (0, 0), 0.9)
    for name in ("switch", "fork"):
        made.run_action(name)
    made.submit("y")
    assert made.session.run_name == "B"
    assert float(made.frame.tensors["W"][0, 0]) == 0.1
    made.run_action("undo")
    assert made.view.message == "undone: run B is open again, as it was"
    assert (made.session.run_name, float(made.frame.tensors["W"][0, 0])) == ("A", 0.1)
    made.run_action("switch")
    assert (made.session.run_name, float(made.frame.tensors["W"][0, 0])) == ("B", 0.9)


def test_edits_made_since_are_undone_first():
    session = forked()
    session.switch()
    session.fork()
    session.edit("V", (0, 0), 2.0)
    assert not session.journal.runs.can_reopen
    session.undo()
    assert session.journal.runs.can_reopen
    session.record(ReopenRun())
    session.goto(session.n)
    assert not session.frame.edits
    session.switch()
    assert [edit.cell for edit in session.frame.edits] == ["W[0,0]"]


def test_after_an_edit_in_the_other_run_a_closed_run_cannot_be_reopened():
    session = forked()
    session.switch()
    session.fork()
    session.switch()
    session.edit("V", (0, 0), 2.0)
    session.switch()
    assert not session.journal.runs.can_reopen


@pytest.mark.parametrize(("closed", "value"), [("B", 0.1), ("A", 0.9)])
def test_a_run_is_closed_by_a_command_and_the_other_one_stays_the_only_one(closed, value):
    made = controller()
    made.session = session = forked()
    if closed == "A":
        session.switch()
    made.run_action("close_run")
    assert made.view.message == f"run {closed} closed; U restores it"
    assert (session.run_name, len(session.runs)) == ("", 1)
    assert float(session.frame.tensors["W"][0, 0]) == value
    made.run_action("compare")
    assert made.view.message == "there is only one run; a forks it here"
    made.run_action("undo")
    assert session.run_name == closed
    session.switch()
    assert float(session.frame.tensors["W"][0, 0]) == value


def test_with_one_run_there_is_nothing_to_close():
    made = controller()
    made.run_action("close_run")
    assert made.view.message == "there is only one run; a forks it here"
    session = Session(article())
    for event in (CloseRun("A"), CloseRun("B"), ReopenRun()):
        with pytest.raises(BpstepError):
            session.record(event)
    assert session.journal.events == []


async def test_the_palette_finds_the_command_and_the_first_line_no_longer_names_a_run():
    async with debugging(at="8") as person:
        await person.press("a")
        assert " run B " in person.lines[0]
        await person.press("ctrl+p", *"close this run", "enter")
        assert " run " not in person.lines[0]
        assert person.last == "run B closed; U restores it"
        await person.press("U")
        assert " run B " in person.lines[0]


def test_closing_and_reopening_are_kept_in_the_file(tmp_path):
    session, recorder = kept(article(), tmp_path)
    session.goto(40)
    session.fork()
    session.edit("W", (0, 0), 0.9)
    session.goto(60)
    session.record(CloseRun("A"))
    session.goto(session.n)
    recorder.save()
    recorder.close()
    again = reopened(tmp_path / f"{recorder.name}.bpstep", tmp_path).session
    assert (again.run_name, again.furthest) == ("", 60)
    again.goto(40)
    assert [edit.cell for edit in again.frame.edits] == ["W[0,0]"]
    again.record(ReopenRun())
    again.goto(again.n)
    assert again.run_name == "B"
    again.switch()
    assert not again.frame.edits
