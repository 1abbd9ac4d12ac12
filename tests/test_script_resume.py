"""A session on a script has the script's text in its file, and goes on from there."""

import json
import re
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from bpstep import defaults
from bpstep.cli import open_session
from bpstep.cli.open import named_script
from bpstep.cli.options import TypedLine
from bpstep.engine.edits import EditLine
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


def test_a_session_asked_for_by_its_name_alone_tells_that_its_script_has_changed_or_is_missing(
    tmp_path, monkeypatch
):
    session, file = recorded(tmp_path)
    monkeypatch.setattr(open_session, "sessions_folder", lambda: file.parent)
    told = []
    for text in (SCRIPT.format(data="np.array([1.0, 2.0])"), "x = 1", ""):
        (tmp_path / "mine.py").write_text(text)
        if not text:
            (tmp_path / "mine.py").unlink()
        opened = open_session.reopen(Namespace(network=defaults.NETWORK, resume=file.stem, settings=[]))
        opened.recorder.close()
        found = re.search(r"; mine\.py (.*); here it is as it was$", opened.message(session.n))
        told.append(found and found[1])
    assert told == [None, "has changed since then", "is missing now"]


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


@pytest.mark.parametrize(
    ("file", "line", "steps"),
    [("", 7, ["w"]), ("mine.py", 7, ["w"]), ("halves.py", 7, ["v"]), ("halves.py", 4, ["v:5", "v"])],
)
def test_the_chosen_loop_is_kept(tmp_path, file, line, steps):
    path = tmp_path / "mine.py"
    text = SCRIPT.format(data="np.array([1.0, 2.0])") + "for j in range(3):\n    w = w * w\n"
    path.write_text(text + "from halves import halved\nhalved(w)\n")
    (tmp_path / "halves.py").write_text(
        "\n\ndef halved(v):\n    for k in range(3):\n        v = v / 2\n        v = v + 1\n"
        "    for k in range(3):\n        v = v / 4\n"
    )
    session = Session(named_script(path, Namespace(loop=TypedLine(file, 0, line), read=None)))
    assert [step.name for step in session.program.steps] == steps
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.goto(2)
    recorder.save()
    recorder.close()
    again = read_session(next((tmp_path / "sessions").glob("*"))).network(is_own=True)
    assert [step.name for step in Session(again).program.steps] == steps


IMPORTING = """\
import numpy as np
from below.slopes import slope
x = np.array([1.0, 2.0])
w = np.array([0.5, -0.5])
for k in range(9):
    s = slope(w, x)
    w = w - 0.1 * s
"""

SLOPES = """\
def slope(w, x):
    d = w @ x - 1.0
    return d * x
"""


def test_an_imported_file_travels_with_the_session_and_its_lines_are_edited(tmp_path, monkeypatch):
    path, module = tmp_path / "mine.py", tmp_path / "below" / "slopes.py"
    module.parent.mkdir()
    path.write_text(IMPORTING)
    module.write_text(SLOPES)
    session = Session(named_script(path))
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.goto("i1:d")
    right = session.frame.tensors["w"]
    place = session.frame.step.origin.place
    assert place == "below/slopes.py:2"
    assert session.resolve("i1:slopes.py:2") == session.resolve(f"i1:{place}") == session.n
    statement = session.current_run.origin.statement(session.frame.step)
    session.record(EditLine(*statement.replaced("w @ x - 2.0")))
    session.goto("i2:w")
    edited = session.frame.tensors["w"]
    module.write_text(SLOPES.replace("1.0", "2.0"))
    other = Session(named_script(path))
    other.goto("i2:w")
    np.testing.assert_array_equal(edited, other.frame.tensors["w"])
    recorder.save()
    recorder.close()
    file = next((tmp_path / "sessions").glob("*.bpstep"))
    monkeypatch.setattr(open_session, "sessions_folder", lambda: file.parent)
    opened = open_session.reopen(Namespace(network=str(path), resume=file.stem, settings=[]))
    opened.recorder.close()
    assert "below/slopes.py has changed since then; here it is as it was" in opened.message(0)
    module.unlink()
    opened = open_session.reopen(Namespace(network=str(path), resume=file.stem, settings=[]))
    opened.recorder.close()
    assert "below/slopes.py is missing now; here it is as it was" in opened.message(0)
    # Also where the script came without its folder, as in a class.
    again = Session(read_session(file).network())
    for event in read_session(file).events:
        again.append(event)
    again.rebuild_runs()
    again.goto("i2:w")
    np.testing.assert_array_equal(again.frame.tensors["w"], edited)
    assert again.network.script.lines == tuple(IMPORTING.split("\n"))
    again.undo()
    again.goto("i1:d")
    np.testing.assert_array_equal(again.frame.tensors["w"], right)


@pytest.mark.parametrize("file", ["/tmp/a.py", "../a.py", "a.txt", "b\\..\\a.py", "a\n.py"])
def test_what_is_no_python_file_below_the_script_is_refused_in_a_session(file, tmp_path):
    _, path = recorded(tmp_path)
    head, *rest = path.read_text().split("\n")
    path.write_text("\n".join([json.dumps({**json.loads(head), "imported": {file: "x = 1"}}), *rest]))
    with pytest.raises(BpstepError, match="imported is not a table of Python files below"):
        read_session(path)
