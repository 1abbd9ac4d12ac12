"""A script that stops with an error of its own in its training loop: what ran before can be stepped
through.
"""

import argparse
from collections import OrderedDict

import numpy as np
import pytest
from debugger_driver import press
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.cli.script_check import check_script
from bpstep.errors import BpstepError
from bpstep.render.theme import Theme
from bpstep.script.opening import open_script
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller

SCRIPT = """\
import numpy as np
r = np.random.RandomState(3)
X, y = r.rand(6, 3), r.rand(6, 1)
W, V = r.randn(3, 2), r.randn(2, 1)
best = 0.0
for k in range(4):
    best = best + k
def slope(H, k):
    if k == {at}:
        H = H @ np.ones(7)
    return 1 - H ** 2
for k in range(20):
    H = np.tanh(X @ W)
    d = H @ V - y
    dH = d @ V.T * slope(H, k)
    W -= 0.1 * X.T @ dH
    V -= 0.1 * H.T @ d
{after}
"""
LOOP = 12


def write(folder, at, after=""):
    path = folder / "mine.py"
    path.write_text(SCRIPT.format(at=at, after=after))
    return path


def person(path):
    made = make_controller(Session(open_script_file(path)), Theme())
    made.size = (100, 24)
    return made


def test_an_error_in_the_first_pass_is_told_and_the_lines_before_it_are_stepped_through(tmp_path):
    made = person(write(tmp_path, 0))
    session = made.session
    assert [step.origin.line for step in session.program.steps] == [13, 14, 14][: session.period]
    (told,) = session.network.warnings
    assert told.startswith("mine.py:10: ValueError: matmul: ")
    assert told.endswith(
        "; the script stops there, in iteration 0; what runs before that can be stepped through"
    )
    for _ in range(session.period):
        press(made, "n")
    assert session.n == session.period
    before = made.draw().text()
    press(made, "n")
    assert session.n == session.period
    assert made.view.message.startswith(f"{tmp_path}/mine.py:10: ValueError")
    press(made, "N", "n")
    assert made.draw().text().split("\n")[:18] == before.split("\n")[:18]


def test_an_error_in_a_later_pass_leaves_those_before_it_as_they_are(tmp_path):
    path = write(tmp_path, 3)
    made = person(path)
    session = made.session
    assert not session.network.warnings
    with pytest.raises(
        BpstepError, match=r"mine.py:10: ValueError: .*; the script stops there, in iteration 3"
    ):
        session.goto("i9")
    session.goto("i3:d")
    assert session.frame.iteration == 3
    wanted = passes_by_python(path, LOOP, (3,))[3]
    session.goto("i3")
    found = comparable_names({name: np.asarray(session.frame.tensors[name]) for name in ("W", "V")})
    assert found == {name: wanted[name] for name in found}
    session.goto("i1:d")
    assert session.frame.iteration == 1
    press(made, "}", "}", "}", "}", "}")
    assert "the script stops there, in iteration 3" in made.view.message
    made.draw()


def test_an_error_after_the_loop_does_not_end_time(tmp_path):
    session = person(write(tmp_path, -1, after="print(1 / 0)")).session
    session.goto("i25:d")
    assert session.frame.iteration == 25
    assert not session.network.warnings
    plain = person(write(tmp_path, -1)).session
    plain.goto("i25:d")
    np.testing.assert_array_equal(session.frame.tensors["d"], plain.frame.tensors["d"])


def test_an_error_that_the_script_catches_stops_nothing(tmp_path):
    path = tmp_path / "mine.py"
    text = SCRIPT.format(at=1, after="").replace(
        "        H = H @ np.ones(7)",
        "        try:\n            H = H @ np.ones(7)\n        except ValueError:\n            pass",
    )
    path.write_text(text)
    session = person(path).session
    session.goto("i4:d")
    assert session.frame.iteration == 4


def test_the_check_says_that_the_script_stops(tmp_path):
    options = argparse.Namespace(at=None, settings=[], read=None, loop=None, format="text", quiet=False)
    with pytest.raises(BpstepError, match=r"mine.py:10: ValueError: "):
        check_script(write(tmp_path, 0), options)
    made = person(write(tmp_path, 0))
    press(made, "n", "G")
    assert "the script stops there, in iteration 0" in made.view.message


def test_a_line_with_which_the_script_stops_on_the_way_is_told_and_the_last_moment_before_is_shown(tmp_path):
    made = person(write(tmp_path, -1))
    made.session.goto("i9:d")
    press(made, "E")
    text = "d = H @ V - (y if k < 5 else y[1:])"
    made.editor = type(made.editor)(text, len(text), is_suggestion=False)
    press(made, "enter")
    assert "mine.py:14: ValueError" in made.view.message
    assert "in iteration 5" in made.view.message
    assert made.frame.iteration <= 5
    made.draw()
    press(made, "U")
    made.session.goto("i9:d")
    assert made.frame.iteration == 9


FILLED = """\
import numpy as np
X = np.zeros((6, 3))
for row in range(6):
    X[row] = np.sin(row + np.arange(3))
y = X.sum(axis=1, keepdims=True)
class Net:
    def __init__(self):
        self.W = np.full((3, 1), 0.5)
    def backward(self, d):
        dW = X.T @ {right}
        self.W -= 0.1 * dW
net = Net()
for k in range(20):
    d = X @ net.W - y
    net.backward(d)
"""


def test_a_training_loop_that_fails_at_once_is_told_rather_than_a_loop_that_fills_arrays_shown(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILLED.format(right="d.T"))
    options = argparse.Namespace(at=None, settings=[], read=None, loop=None, format="text", quiet=False)
    with pytest.raises(BpstepError, match=r"mine.py:10: ValueError: "):
        check_script(path, options)


@pytest.mark.parametrize(
    ("place", "text", "told"),
    [
        ("mine.py:10", "X.T @ d.T", "mine.py:10: ValueError"),
        ("mine.py:10", "np.zeros((2, 1))", "mine.py:11: ValueError"),
        ("mine.py:14", "X @ net.V - y", "mine.py:14: AttributeError"),
    ],
)
def test_a_line_that_makes_the_open_loop_fail_is_told_and_nothing_changes(tmp_path, place, text, told):
    path = tmp_path / "mine.py"
    path.write_text(FILLED.format(right="d"))
    made = person(path)
    names = [step.name for step in made.session.program.steps]
    made.session.goto(place.removeprefix("mine.py"))
    press(made, "f6", "E")
    at = made.session.n
    made.editor = type(made.editor)(text, len(text), is_suggestion=False)
    press(made, "enter")
    assert told in made.draw().text()
    assert [step.name for step in made.session.program.steps] == names
    assert made.session.n == at
    assert not made.session.journal.edits


def test_an_error_that_leaves_the_loop_by_way_of_a_finally_is_told_with_its_iteration(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        """import numpy as np
def train(w, limit):
    try:
        for k in range(5):
            w = w - 0.1 * (w - 1)
            if k >= 2 and w[0] > limit:
                break
        return w
    finally:
        print("done")
print(train(np.zeros(2), "x"))
"""
    )
    script = open_script(path)
    script.iteration(1)
    for index in (3, 5):
        with pytest.raises(BpstepError, match=r"mine.py:6: \w*TypeError: .* stops there, in iteration 2"):
            script.iteration(index)
    assert script.iteration(1).index == 1


def test_a_dictionary_that_keeps_its_order_is_put_back_when_one_goes_back(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        """import numpy as np
from collections import OrderedDict
p = OrderedDict(b=np.zeros(2), a=np.ones(2))
for k in range(6):
    for name in ("a", "b"):
        p[name] = p[name] - 0.1 * (p[name] - 3)
    p.move_to_end("b")
    p[f"seen{k}"] = k
print(list(p))
"""
    )
    script = open_script(path)
    script.iteration(5)
    script.iteration(2)
    back = script.variables(2)["p"]
    assert list(back) == list(_after(2))
    np.testing.assert_array_equal(back["a"], _after(2)["a"])


def _after(passes):
    """The same dictionary by Python itself."""
    found = OrderedDict(b=np.zeros(2), a=np.ones(2))
    for k in range(passes):
        for name in ("a", "b"):
            found[name] = found[name] - 0.1 * (found[name] - 3)
        found.move_to_end("b")
        found[f"seen{k}"] = k
    return found


CHANGING = {
    "a list": ("p = [1]", "p.append(k); p.reverse()"),
    "a set": ("p = {9}", "p.add(k); p.discard(k - 2)"),
    "a dictionary": ("p = {'a': 1}", "p[k] = k; p['a'] = p.pop('a') + k"),
    "a counter": ("p = Counter('ab')", "p.update('a'); p[k] += 1"),
    "a default": ("p = defaultdict(list)", "p[k % 2].append(k)"),
    "a queue": ("p = deque([1], maxlen=3)", "p.append(k)"),
    "an array": ("p = np.zeros(3)", "p[k % 3] += k"),
    "a list in a list": ("p = [[1], [2]]", "p[0].append(k); p[0], p[1] = p[1], p[0]"),
}
"""What a pass changes in place: how it begins, and the change."""


@pytest.mark.parametrize("kind", CHANGING)
def test_what_a_pass_changes_in_place_is_as_it_was_when_one_goes_back(kind, tmp_path, monkeypatch):
    monkeypatch.setattr("bpstep.script.opened_script.WORTH", 0)  # every state is kept that can be
    first, change = CHANGING[kind]
    head = (
        f"import numpy as np\nfrom collections import Counter, defaultdict, deque\n{first}\nw = np.ones(2)\n"
    )
    loop = f"for k in range(PASSES):\n    w = w - 0.1 * (w - 3)\n    {change}\n"
    path = tmp_path / "mine.py"
    path.write_text(head + loop.replace("PASSES", "6"))
    script = open_script(path)
    for passes in (5, 2, 4, 1):
        script.iteration(passes)
        by_python = {}
        exec(head + loop.replace("PASSES", str(passes)), by_python)
        assert repr(script.variables(passes)["p"]) == repr(by_python["p"])


ENDED = """
import numpy as np

x = np.ones(3)
weights = [np.ones((2, 3)), np.full((4, 2), 0.5), np.ones((2, 4))]
for W in weights:
    h = np.zeros(len(W))
    for k in range(len(W)):
        h[k] = W[k] @ x
    x = h
"""


@pytest.mark.parametrize("target", ["i5", "i9"])
def test_a_body_that_cannot_run_again_after_the_loop_s_end_is_not_said_to_stop_the_script(tmp_path, target):
    path = tmp_path / "mine.py"
    path.write_text(ENDED)
    session = person(path).session
    with pytest.raises(
        BpstepError, match=r"mine.py:9: ValueError: .*; the script's loop has ended, and"
    ) as told:
        session.goto(target)
    assert "cannot run again as iteration 3" in str(told.value)
    assert not session.network.warnings
    by_python = {}
    exec(ENDED, by_python)
    session.goto("i3")
    np.testing.assert_array_equal(session.frame.tensors["x"], by_python["x"])


def test_a_pass_whose_arrays_have_other_shapes_shows_its_own_equations(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(ENDED)
    session = person(path).session
    assert [session.timeline.iteration(at).program.shapes["x"] for at in (0, 1, 2)] == [(2,), (4,), (2,)]
    ran = [len(session.timeline.closed(at)) for at in (0, 1, 2)]
    assert ran[0] == ran[2] == ran[1] + 2
