"""Sessions saved in a folder, and the comparison when they are opened again."""

from make_networks import differing

from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import resume


def kept(made, folder):
    """A new session of a network, and what keeps it."""
    session = Session(made)
    return session, Recorder(session, folder)


def reopened(path, folder):
    """The session in a file, at the position where it was left, as the debugger opens it."""
    found = resume(path, folder)
    found.session.goto(found.position.n, found.position.k)
    return found


def same(one, other):
    """The differences between two sessions, in each run; empty if they are equal."""
    found = []
    for name in ("n", "k", "run_name", "furthest"):
        if getattr(one, name) != getattr(other, name):
            found.append((name, getattr(one, name), getattr(other, name)))
    ours, theirs = (
        {
            name: (each.edits, len(list(each.undone or ())))
            for name, each in session.journal.runs.changes.items()
        }
        for session in (one, other)
    )
    if ours != theirs:
        found.append(("changes", ours, theirs))
    if one.journal.marks != other.journal.marks:
        found.append(("marks", one.journal.marks, other.journal.marks))
    for name in ("breakpoints", "watches"):
        if getattr(one.journal, name).by_id != getattr(other.journal, name).by_id:
            found.append((name, getattr(one.journal, name).by_id, getattr(other.journal, name).by_id))
    return found + differing(one.frame.tensors, other.frame.tensors)
