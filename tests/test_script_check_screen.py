"""G on a script: which lines are wrong, where they are, and the right line to accept with E."""

import threading

import pytest
from debugger_driver import press
from test_script_causes import PASSING

from bpstep.gradcheck.paused_run import run_in_portions
from bpstep.gradcheck.progress import run_to_end
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.render.theme import Theme
from bpstep.session.origin import open_script_file
from bpstep.session.script import pass_and_source
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

SCRIPT = """\
import numpy as np
r = np.random.RandomState(3)
X, y = r.rand(6, 3), r.rand(6, 1)
W, V = r.randn(3, 2), r.randn(2, 1)
for k in range(20):
    H = np.tanh(X @ W)
    out = H @ V
    loss = 0.5 * np.sum((out - y) ** 2)
    d = out - y
    dV = H.T @ d
    dH = d @ V.T * H
    W -= 0.1 * X.T @ dH
    V -= 0.1 * dV
"""


def person(folder, old="", new=""):
    path = folder / "mine.py"
    path.write_text(SCRIPT.replace(old, new))
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (80, 24)
    made.session.goto("i2:H")
    return made


def test_the_wrong_line_is_named_and_its_right_form_is_typed_already(tmp_path):
    made = person(tmp_path)
    press(made, "G")
    text = made.draw().text()
    assert "mine.py, iteration 2" in text
    assert "One line is wrong." in text
    assert "\n  mine.py:11: dH = d @ V.T * H" in text
    assert "Right: dH = d @ V.T * (1 - H**2)" in text
    press(made, "enter")
    assert made.panel is None
    assert made.frame.step.origin.place == "mine.py:11"
    assert made.frame.iteration == 2
    press(made, "f6")
    assert "✗11" in made.draw().text()
    press(made, "E")
    assert made.editor.text == "dH = d @ V.T * (1 - H**2)"
    assert "the check proposes this line" in made.draw().text()
    press(made, "x")
    assert "the check proposes this line" not in made.draw().text()
    press(made, "backspace")
    assert "the check proposes this line" in made.draw().text()
    press(made, "enter")
    assert made.frame.network.script.lines[10] == "    dH = d @ V.T * (1 - H**2)"
    assert "≠11" in made.draw().text()
    press(made, "G")
    assert "Nothing is wrong" in made.draw().text()
    press(made, "escape", "U")
    assert "undone: replace mine.py:11 by dH = d @" in made.draw().text()
    press(made, "G")
    assert "One line is wrong." in made.draw().text()


def test_e_in_the_list_edits_the_chosen_line(tmp_path):
    made = person(tmp_path, "d = out - y", "d = y - out")
    press(made, "G", "E")
    assert made.prompt is not None
    assert made.prompt.label.startswith("edit mine.py:9")
    assert made.editor.text == "d = out - y"


def test_a_line_that_only_gives_another_name_can_be_gone_to_and_edited(tmp_path):
    made = person(tmp_path, "    dH = d @ V.T * H\n", "    e = d @ V.T\n    dH = e\n")
    press(made, "G")
    assert "mine.py:12: dH = e" in made.draw().text()
    press(made, "enter")
    assert made.frame.step.origin.place == "mine.py:11"
    assert "mine.py:12 has no equation of its own" in made.draw().text()
    press(made, "G", "E")
    assert made.prompt.label.startswith("edit mine.py:12")
    assert made.editor.text == "dH = e * (1 - H**2)"
    press(made, "enter")
    assert made.frame.network.script.lines[11] == "    dH = e * (1 - H**2)"
    press(made, "G")
    assert "Nothing is wrong" in made.draw().text()


CELLS = """\
import numpy as np
rng = np.random.default_rng(6)
X, T = rng.uniform(0, 1, (1, 2)), rng.uniform(0, 1, (1, 2))
w, v = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
for epoch in range(20):
    for x, t in zip(X, T):
        h = np.tanh(x @ w)
        d = h @ v - t
        dh = np.zeros(2)
        for j in range(2):
            # the error that goes back
            total = 0.0
            for k in range(2 - 1):
                total += d[k] * v[j][k]
            dh[j] = total * (1 - h[j] ** 2)
        v -= 0.1 * np.outer(h, d)
        w -= 0.1 * np.outer(x, dh)
"""


def test_a_line_without_an_equation_can_be_gone_to_and_edited_where_the_head_of_a_loop_is_wrong(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CELLS)
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (80, 24)
    press(made, "G")
    assert "mine.py:13: for k in range(2 - 1):" in made.draw().text()
    press(made, "enter")
    assert made.frame.step.origin.place == "mine.py:14"
    assert "mine.py:13 has no equation of its own" in made.draw().text()
    press(made, "G", "E")
    assert made.editor.text == "for k in range(2):"
    press(made, "enter")
    assert made.frame.network.script.lines[12] == "            for k in range(2):"
    press(made, "G")
    assert "Nothing is wrong" in made.draw().text()


def test_the_line_of_a_call_is_edited_and_not_the_line_of_its_function(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PASSING.replace("one.backward(first.dinputs)", "one.backward(two.dinputs)"))
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (80, 24)
    press(made, "G")
    assert "mine.py:34: one.backward(two.dinputs)" in made.draw().text()
    press(made, "E")
    assert made.prompt.label.startswith("edit mine.py:34")
    assert made.editor.text == "one.backward(first.dinputs)"


def test_every_step_of_a_script_is_shown_whose_loss_is_not_known(tmp_path):
    """A wrong first gradient, and no line of a loss: the gradients below are none of a known one."""
    path = tmp_path / "mine.py"
    path.write_text(
        SCRIPT.replace("    loss = 0.5 * np.sum((out - y) ** 2)\n", "")
        .replace("out = H @ V", "out = 1 / (1 + np.exp(-H @ V))")
        .replace("d = out - y", "d = (out - y) * np.tanh(out) * (1 - np.tanh(out))")
    )
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (80, 24)
    for _ in made.frame.program.steps:
        press(made, "n")
        assert "formula" in made.draw().text()


def test_a_right_script_is_not_accused(tmp_path):
    made = person(tmp_path, "V.T * H", "V.T * (1 - H ** 2)")
    press(made, "G")
    text = made.draw().text()
    assert "Nothing is wrong" in text
    assert text.rstrip().split("\n")[-1].split() == ["Escape", "close"]
    press(made, "enter", "E", "escape")
    assert made.panel is None


def test_escape_stops_the_check(tmp_path):
    made = person(tmp_path)
    before = threading.active_count()
    made.start_job = lambda job: setattr(made, "job", job)  # nothing is done before the first key
    handle_key(made, "G")
    made.advance_job()
    if made.job is not None:
        handle_key(made, "escape")
    assert made.job is None
    assert threading.active_count() == before


def test_portions_give_what_the_whole_gives_and_its_error():
    def count(pause):
        for at in range(1000):
            pause(at / 1000)
        return "all"

    assert run_to_end(run_in_portions(count, 0.0)) == "all"
    parts = list(run_in_portions(count, 0.0))
    assert len(parts) == 1000
    assert parts == sorted(parts)

    def fail(pause):
        pause(0.5)
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        run_to_end(run_in_portions(fail, 0.0))


def test_a_check_in_portions_finds_the_same(tmp_path):
    session = person(tmp_path).session
    iteration, source = pass_and_source(session.current_run.origin, session.timeline.iteration(2))
    whole = judge_pass(iteration, source)
    parts = run_to_end(run_in_portions(lambda pause: judge_pass(iteration, source, pause), 0.0))
    assert [(each.line, each.right) for each in parts.findings] == [
        (each.line, each.right) for each in whole.findings
    ]
