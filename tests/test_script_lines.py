"""A line of a script is edited: everything is what Python computes for the script with that line."""

import json
import re

import numpy as np
import pytest
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.engine.edits import EditLine
from bpstep.errors import BpstepError
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.script.line_edits import statement_at, with_lines
from bpstep.script.source import parse_source
from bpstep.session.compare import compare_runs, compute_other_run
from bpstep.session.origin import open_script_file
from bpstep.session.run import same_moment
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import resume
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key as handle_one_key


def handle_key(made, key):
    """Press a key, and let end what it began: a slow machine does that in several portions."""
    handle_one_key(made, key)
    while made.job is not None:
        made.advance_job()


SCRIPT = """\
import numpy as np
r = np.random.RandomState(3)
X, y = r.rand(6, 3), r.rand(6, 1)
W, V = r.randn(3, 2), r.randn(2, 1)

def slope(h):
    s = 1 - h ** 2
    return s

for k in range(20):
    H = np.tanh(X @ W)
    out = H @ V
    d = out - y  # the error
    dV = H.T @ d; dH = d @ V.T
    dW = X.T @ (
        dH  # of the hidden units
        * slope(H)
    )
    V = V - 0.1 * dV
    W -= 0.1 * dW
"""
LOOP = 10

RIGHT = "d = (out - y) / len(X)"


def write(path, old="", new=""):
    path.parent.mkdir(exist_ok=True)
    assert old in SCRIPT
    path.write_text(SCRIPT.replace(old, new, 1) if old else SCRIPT)
    return path


def person(path, at):
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (80, 24)
    made.session.goto(at)
    return made


def edit_line(made, text):
    """Press E, and type a line in place of the one that stands there."""
    handle_key(made, "E")
    typed = made.editor.text
    handle_key(made, "ctrl+u")
    made.editor = type(made.editor)(text, len(text), is_suggestion=False)
    handle_key(made, "enter")
    return typed


def weights(session):
    return {name: np.asarray(session.frame.tensors[name]) for name in ("W", "V")}


EDITS = {
    "a right-hand side": ("d", "(out - y) / len(X)", "d = out - y", "d = (out - y) / len(X)"),
    "a whole line": ("W", "W = W - 0.2 * dW", "W -= 0.1 * dW", "W = W - 0.2 * dW"),
    "an update in place": ("i1:W", "0.3 * dW", "W -= 0.1 * dW", "W -= 0.3 * dW"),
    "one of two statements": ("dH", "2 * d @ V.T", "dH = d @ V.T", "dH = 2 * d @ V.T"),
    "a line of a function": ("s", "1 - h", "s = 1 - h ** 2", "s = 1 - h"),
    "a statement of several lines": (
        "dW",
        "X.T @ dH",
        "(\n        dH  # of the hidden units\n        * slope(H)\n    )",
        "dH",
    ),
    "a line with other equations": (
        "V",
        "V = V - np.clip(dV, -1, 1) * slope(V)",
        "V = V - 0.1 * dV",
        "V = V - np.clip(dV, -1, 1) * slope(V)",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_line_gives_what_python_computes_for_the_script_with_it(edit, tmp_path):
    at, typed, old, new = EDITS[edit]
    made = person(write(tmp_path / "mine.py"), at)
    before = made.frame.step.origin.line
    edit_line(made, typed)
    assert made.prompt is None, made.input_error
    assert made.frame.step.origin.line == before, "the cursor stays at the line"
    made.session.goto(f"i{5}")
    changed = write(tmp_path / "by_python" / "mine.py", old, new)
    wanted = passes_by_python(changed, LOOP, (5,))[5]
    found = comparable_names(weights(made.session))
    assert found == {name: wanted[name] for name in found}
    plain = Session(open_script_file(tmp_path / "mine.py"))
    plain.goto("i5")
    assert any(np.any(weights(plain)[name] != value) for name, value in weights(made.session).items())


def test_the_line_is_typed_already_and_the_listing_marks_it(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i2:d")
    handle_key(made, "f6")
    assert edit_line(made, RIGHT) == "d = out - y"
    assert "mine.py:13 is now d = (out - y) / len(X)  # the error" in made.view.message
    line = next(line for line in made.draw().text().split("\n") if "len(X)" in line)
    assert "≠13" in line
    handle_key(made, "U")
    assert "≠" not in made.draw().text()
    assert made.frame.iteration == 2


def test_undo_redo_and_drop_give_the_numbers_of_each_text(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i3")
    session = made.session
    plain = weights(session)
    made.session.goto("i3:d")
    edit_line(made, RIGHT)
    seen = []
    for act in (lambda: None, session.undo, session.redo, session.drop_edits):
        act()
        session.goto("i3")
        seen.append(weights(session))
    edited = seen[0]
    assert np.any(edited["W"] != plain["W"])
    for found, wanted in zip(seen, (edited, plain, edited, plain)):
        np.testing.assert_array_equal(found["W"], wanted["W"])


REFUSED = {
    "no Python": ("d = (out - y", "Python can't read this line"),
    "a name that is unknown": ("d = out - why", "mine.py:13: .*why"),
    "shapes that do not meet": ("d = out @ y", "mine.py:13: "),
    "nothing that is read": ("d = eval('out - y')", "mine.py:13: "),
    "a loop that trains nothing": ("break", "nothing is trained"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_line_that_cannot_be_run_is_refused_in_one_line_and_changes_nothing(why, tmp_path):
    text, message = REFUSED[why]
    made = person(write(tmp_path / "mine.py"), "i1:d")
    before = made.draw().text()
    edit_line(made, text)
    assert made.prompt is not None
    assert made.prompt.label.startswith("edit mine.py:13")
    assert re.search(message, made.input_error), made.input_error
    assert "\n" not in made.input_error
    handle_key(made, "escape")
    assert not made.session.journal.events
    assert made.draw().text() == before


def test_an_edit_of_a_number_stays_with_its_equation_when_lines_before_it_become_more(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i1:dV")
    made.session.edit("dV", (0, 0), 0.5)
    made.session.goto("i1:H")
    made.session.mark("here")
    period = made.session.period
    edit_line(made, "H = np.tanh(X @ W) * slope(X @ W)")
    assert made.session.period > period
    made.session.goto("i1:dV")
    assert made.session.frame.tensors["dV"][0, 0] == 0.5
    made.session.goto("here")
    assert made.session.frame.step.name == "H"
    made.session.undo()
    made.session.goto("i1:dV")
    assert made.session.frame.tensors["dV"][0, 0] == 0.5


def test_a_line_without_which_an_edited_number_is_gone_is_refused(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i1:s")
    made.session.edit("s", (0, 0), 0.5)
    made.session.goto("i1:dW")
    edit_line(made, "dW = X.T @ dH")
    assert made.input_error == "an edit of s has no place in the new script; undo that edit first"


def test_a_line_that_takes_the_edited_cell_away_is_refused_and_one_that_keeps_it_is_not(tmp_path):
    for cell, refused in (((1, 0), True), ((0, 0), False)):
        made = person(write(tmp_path / "mine.py"), "i1:dV")
        made.session.edit("dV", cell, 0.5)
        edit_line(made, "dV = H.T[:1] @ d; dH = d @ V.T")
        told = "an edit of dV has no place in the new script; undo that edit first"
        assert made.input_error == (told if refused else "")


def test_a_line_that_the_script_does_not_have_is_refused(tmp_path):
    session = Session(open_script_file(write(tmp_path / "mine.py")))
    for event in (
        EditLine(99, 1, "x = 1"),
        EditLine(21, 9, "x = 1"),
        EditLine(0, 1, "x"),
        EditLine(3, 1, "a\nb"),
    ):
        with pytest.raises(BpstepError, match="line"):
            session.record(event)
    assert not session.journal.events


def test_breakpoints_and_watches_on_what_is_gone_stop_and_read_nothing(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i0:s")
    for key in "bB":
        handle_key(made, key)
    handle_key(made, "escape")
    made.session.goto("i0:dW")
    edit_line(made, "dW = X.T @ dH")
    assert "s" not in made.session.program.step_indices
    handle_key(made, "B")
    assert "not in the script as it is now" in made.draw().text()
    handle_key(made, "escape")
    handle_one_key(made, "c")  # nothing ends this run but Escape
    handle_one_key(made, "escape")
    assert made.job is None
    made.draw()


def test_two_runs_differ_by_a_line_and_are_compared(tmp_path):
    made = person(write(tmp_path / "mine.py"), "i1:H")
    session = made.session
    session.fork()
    edit_line(made, "H = np.tanh(X @ W) * slope(X @ W)")
    session.goto("i2:W")
    edited = weights(session)
    for _ in compute_other_run(session):
        pass
    found = compare_runs(session)
    assert "H" in [name for name, *_ in found.equations]
    assert found.a.iteration == found.b.iteration == 2
    assert found.a.step.name == found.b.step.name == "W"
    session.switch()
    assert session.frame.step.name == "W"
    assert np.any(weights(session)["W"] != edited["W"])
    session.switch()
    np.testing.assert_array_equal(weights(session)["W"], edited["W"])


def test_a_session_goes_on_with_its_lines(tmp_path):
    path = write(tmp_path / "mine.py")
    made = person(path, "i1:H")
    recorder = Recorder(made.session, tmp_path / "sessions", str(path))
    edit_line(made, "H = np.tanh(X @ W) * slope(X @ W)")
    made.session.goto("i2:dV")
    made.session.edit("dV", (0, 0), 0.25)
    made.session.goto("i4:W")
    recorder.save()
    recorder.close()
    file = next((tmp_path / "sessions").glob("*.bpstep"))
    assert json.loads(file.read_text().split("\n")[0])["file"] == SCRIPT
    resumed = resume(file, tmp_path / "sessions")
    resumed.recorder.close()
    resumed.session.goto(resumed.position.n)
    assert resumed.session.frame.step.name == "W"
    np.testing.assert_array_equal(weights(resumed.session)["W"], weights(made.session)["W"])


def test_a_network_has_no_lines_to_edit():
    with pytest.raises(BpstepError, match="not a script"):
        Session(open_network("article")).record(EditLine(1, 1, "x = 1"))


def test_every_other_character_of_the_text_stays():
    source = parse_source("mine.py", SCRIPT)
    made = with_lines(source, [statement_at(source, 14, "dH = d @ V.T").replaced("d @ V.T * 2")])
    assert made.text == SCRIPT.replace("d @ V.T", "d @ V.T * 2")
    longer = with_lines(source, [statement_at(source, 15).replaced("dW = X.T @ dH")])
    assert longer.text.split("\n")[14:18] == ["    dW = X.T @ dH", "", "", ""]
    head = statement_at(source, LOOP)
    assert (head.before, head.count, head.after) == ("", 1, "")
    assert head.text == source.text.split("\n")[LOOP - 1]


def test_the_same_moment_of_an_edited_script_is_after_the_same_name_or_else_the_same_line(tmp_path):
    before = Session(open_script_file(write(tmp_path / "before.py"))).program
    path = tmp_path / "after.py"
    path.write_text(SCRIPT.replace("out", "given").replace("    H = np", "    K = 2 * X\n    H = np"))
    after = Session(open_script_file(path)).program
    assert len(after) == len(before) + 1
    for at, step in enumerate(before.steps):
        n = same_moment(3 * len(before) + at + 1, before, after)
        found = after.steps[n - 1 - 3 * len(after)]
        assert found.name == step.name or (step.name, found.name) == ("out", "H")
    assert same_moment(0, before, after) == 0
    path.write_text(SCRIPT.replace("out", "given"))
    renamed = Session(open_script_file(path)).program
    assert [same_moment(n, before, renamed) for n in range(40)] == list(range(40))
