"""A session on a script has the script's text in its file, and goes on from there."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from bpstep import defaults
from bpstep.cli import open_session
from bpstep.cli.open import named_script
from bpstep.errors import BpstepError
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import resume
from bpstep.storage.session_file import read_session

SCRIPT = """\
import numpy as np
x = {data}
w = np.array([0.5, -0.5])
for k in range(9):
    d = w @ x - 1.0
    w = w - 0.1 * d * x
"""


def recorded(folder, data="np.array([1.0, 2.0])"):
    """A session with an edit, and its file."""
    path = folder / "mine.py"
    path.write_text(SCRIPT.format(data=data))
    session = Session(named_script(path))
    recorder = Recorder(session, folder / "sessions", str(path))
    session.goto("i1:d")
    session.edit("d", (), 3.0)
    session.goto("i3:w")
    recorder.save()
    recorder.close()
    return session, next((folder / "sessions").glob("*.bpstep"))


def test_a_script_goes_on_with_its_edits_where_its_file_has_changed_or_is_gone(tmp_path):
    session, file = recorded(tmp_path)
    for change in (lambda path: path.write_text("x = 1"), Path.unlink):
        change(tmp_path / "mine.py")
        resumed = resume(file, tmp_path / "sessions")
        resumed.recorder.close()
        resumed.session.goto(resumed.position.n)
        assert resumed.session.n == session.n
        for name, value in session.frame.tensors.items():
            np.testing.assert_array_equal(resumed.session.frame.tensors[name], value)


def test_a_session_asked_for_by_its_name_alone_tells_that_its_script_has_changed(tmp_path, monkeypatch):
    session, file = recorded(tmp_path)
    monkeypatch.setattr(open_session, "sessions_folder", lambda: file.parent)
    told = []
    for text in (SCRIPT.format(data="np.array([1.0, 2.0])"), "x = 1"):
        (tmp_path / "mine.py").write_text(text)
        opened = open_session.reopen(Namespace(network=defaults.NETWORK, resume=file.stem, settings=[]))
        opened.recorder.close()
        told.append("mine.py has changed since then, here it is as it was" in opened.message(session.n))
    assert told == [False, True]


def test_data_are_read_again_where_the_session_was_made_and_nowhere_else(tmp_path):
    np.savetxt(tmp_path / "x.txt", [1.0, 2.0])
    _, file = recorded(tmp_path, 'np.loadtxt("x.txt")')
    resumed = resume(file, tmp_path / "sessions")
    resumed.recorder.close()
    np.testing.assert_array_equal(resumed.session.frame.tensors["x"], [1.0, 2.0])
    sent = tmp_path / "sent.bpstep"
    sent.write_bytes(file.read_bytes())
    with pytest.raises(BpstepError, match=r"mine.py:2: .*reads no files"):
        read_session(sent).network()


def test_the_chosen_loop_is_kept(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT.format(data="np.array([1.0, 2.0])") + "for j in range(3):\n    w = w * w\n")
    session = Session(named_script(path, Namespace(loop=7, read=None)))
    assert [step.name for step in session.program.steps] == ["w"]
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.goto(2)
    recorder.save()
    recorder.close()
    again = read_session(next((tmp_path / "sessions").glob("*"))).network(is_own=True)
    assert [step.name for step in Session(again).program.steps] == ["w"]
