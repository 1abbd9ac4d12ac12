"""An edit of a script's number is what Python computes where the author writes the number there."""

import numpy as np
import pytest
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.errors import BpstepError
from bpstep.script.equations.equations import CellEdit
from bpstep.script.opening import open_script
from bpstep.session.origin import open_script_file, origin_of
from bpstep.session.session import Session

SCRIPT = """\
import numpy as np

class Net:
    def __init__(self):
        r = np.random.RandomState(5)
        self.W = r.randn(3, 2)
        self.V = [r.randn(2, 1)]
        self.rate = 0.1

net = Net()
X = np.random.RandomState(1).rand(6, 3)
y = X.sum(axis=1, keepdims=True)
bias = 0.5
for k in range(20):
{start}    H = np.tanh(X @ net.W)
{hidden}    out = H @ net.V[0] + bias
    d = (out - y) / len(X)
    total = float(np.sum(d))
{scalar}    dV = H.T @ d
    net.W -= net.rate * X.T @ (d @ net.V[0].T * (1 - H ** 2))
    net.V[0] = net.V[0] - net.rate * dV
    bias -= net.rate * total
    state = np.concatenate([net.W.ravel(), net.V[0].ravel(), [bias]])
"""
LOOP = 14


def script(folder, **inserted):
    path = folder / "script.py"
    blank = dict.fromkeys(("start", "hidden", "scalar"), "")
    texts = {name: f"    {text}\n" for name, text in inserted.items()}
    path.write_text(SCRIPT.format(**{**blank, **texts}))
    return path


def opened(path):
    return Session(open_script_file(path))


def state(session):
    """What the script's last line makes of the parameters."""
    tensors = session.frame.tensors
    return np.concatenate([tensors["W"].ravel(), tensors["V[0]"].ravel(), [tensors["bias"]]])


EDITS = {
    "a weight at the start": ("0", "W", (0, 1), {"start": "if k == 0: net.W[0, 1] = 1.5"}),
    "a number at the start": ("0", "bias", (), {"start": "if k == 0: bias = 1.5"}),
    "a rate from an iteration on": ("i2:H", "rate", (), {"start": "if k == 2: net.rate = 1.5"}),
    "data": ("0", "X", (4, 1), {"start": "if k == 0: X[4, 1] = 1.5"}),
    "a result": ("i2:H", "H", (3, 1), {"hidden": "if k == 2: H[3, 1] = 1.5"}),
    "a number that is computed": ("i1:total", "total", (), {"scalar": "if k == 1: total = 1.5"}),
    "an updated list element": ("i1:V[0]", "V[0]", (1, 0), {"start": "if k == 2: net.V[0][1, 0] = 1.5"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_what_python_computes_with_that_number(edit, tmp_path):
    at, name, index, inserted = EDITS[edit]
    session = opened(script(tmp_path))
    session.goto(at)
    session.edit(name, index, 1.5)
    session.goto(5 * session.period)
    (tmp_path / "by_python").mkdir()
    oracle = passes_by_python(script(tmp_path / "by_python", **inserted), LOOP, (5,))[5]
    found = state(session)
    assert comparable_names({"state": found})["state"] == oracle["state"]
    plain = opened(script(tmp_path))
    plain.goto(5 * plain.period)
    assert np.any(found != state(plain)), "the edit does something"


def test_undo_gives_the_numbers_back(tmp_path):
    session = opened(script(tmp_path))
    session.goto(5 * session.period)
    before = session.frame.tensors["W"].copy()
    session.goto("i1:H")
    session.edit("H", (0, 0), 9.0)
    session.goto(5 * session.period)
    assert np.any(session.frame.tensors["W"] != before)
    session.undo()
    np.testing.assert_array_equal(session.frame.tensors["W"], before)


def test_two_runs_have_edits_of_their_own(tmp_path):
    session = opened(script(tmp_path))
    session.goto(3 * session.period)
    before = session.frame.tensors["W"].copy()
    session.fork()
    session.goto(0)
    session.edit("W", (0, 0), 2.0)
    session.goto(3 * session.period)
    edited = session.frame.tensors["W"].copy()
    assert np.any(edited != before)
    session.switch()
    np.testing.assert_array_equal(session.frame.tensors["W"], before)
    session.switch()
    np.testing.assert_array_equal(session.frame.tensors["W"], edited)


SMALL = """\
w = 8.0
x = 0.5
for k in range(400):
    y = w * x
    if k % 2:
        z = y + k
    loss = (y - 1) ** 2
    print(k)
    w = w - 0.2 * (y - 1) * x
"""


def small(tmp_path, text=SMALL):
    """The script, opened, and its four equations a pass: y, z, loss, w."""
    path = tmp_path / "small.py"
    path.write_text(text)
    return origin_of(open_script_file(path))


def small_by_python(passes, edits=()):
    """(y, loss, w after it) of each pass; edits are (pass, name, number), made before the line is run."""
    w, x, found = 8.0, 0.5, []
    for k in range(passes):
        given = {name: number for at, name, number in edits if at == k}
        w, x = given.get("w", w), given.get("x", x)
        y = given.get("y", w * x)
        loss = (y - 1) ** 2
        w = w - 0.2 * (y - 1) * x
        found.append((y, loss, w))
    return found


def of_passes(timeline, passes):
    each = (timeline.peek(index).tensors(timeline.period) for index in range(passes))
    return [tuple(float(tensors[name]) for name in ("y", "loss", "w")) for tensors in each]


def test_passes_are_computed_once_and_the_latest_sixteen_are_kept(tmp_path):
    timeline = small(tmp_path).timeline(())
    assert timeline.period == 4
    assert timeline.initial["w"] == 8
    timeline = small(tmp_path).timeline(())
    done = list(timeline.compute_until(50))
    assert done == sorted(done)
    assert done[-1] == 1
    assert 0 < done[0] == 8 / 50
    assert [timeline.distance(index) for index in (40, 50, 60)] == [0, 0, 10]
    assert list(timeline.compute_until(50)) == []
    assert 0 < next(timeline.compute_until(70)) == 8 / 20
    for index in range(17):
        timeline.iteration(index)
        timeline.iteration(0)
    assert [index for index in range(20) if timeline.is_cached(index)] == [0, *range(2, 17)]
    ran = timeline.iterations_run
    assert timeline.peek(16) is timeline.iteration(16)
    assert timeline.iterations_run == ran
    timeline.peek(30)
    assert (timeline.is_cached(30), timeline.iterations_run) == (False, ran + 1)
    assert timeline.rows(3) == (0,)


def test_lines_that_do_not_run_are_known_up_to_a_hundred_passes_ahead(tmp_path):
    timeline = small(tmp_path).timeline(())
    assert timeline.closed(0) == {1}
    assert timeline.closed(1) == frozenset()
    assert timeline.closed(2) == {1}
    timeline = small(tmp_path).timeline(())
    assert timeline.closed(102) == frozenset()
    assert timeline.closed(100) == {1}
    assert timeline.closed(102) == {1}


def test_losses_of_a_long_run_are_pythons(tmp_path):
    timeline = small(tmp_path).timeline(())
    for _ in timeline.compute_until(300):
        pass
    at, losses = timeline.losses.points()
    assert at == list(range(300))
    assert losses == pytest.approx([loss for _, loss, _ in small_by_python(300)], rel=1e-12)
    timeline.record(timeline.iteration(300))
    assert len(timeline.losses.points()[0]) == 300
    last = timeline.iteration(300)
    last.compute(timeline.period)
    timeline.record(last)
    assert timeline.losses.points()[1][-1] == small_by_python(301)[-1][1]
    assert timeline.printed(2) == ("0\n1\n2\n", False)


def test_new_edits_drop_what_was_computed_from_their_pass_on(tmp_path):
    timeline = small(tmp_path).timeline(())
    for _ in timeline.compute_until(6):
        pass
    for index in range(4):
        timeline.iteration(index)
    other = timeline.copy()
    # n = 8 is the last equation of pass 1, n = 9 the first of pass 2.
    timeline.set_edits([Edit(9, "y", (), 3.0)], 9)
    assert [timeline.is_cached(index) for index in range(4)] == [True, True, False, False]
    assert timeline.losses.points()[0] == [0, 1]
    assert timeline.distance(5) == 3
    timeline.set_edits([Edit(8, "w", (), 3.0)], 8)
    assert [timeline.is_cached(index) for index in range(4)] == [True, False, False, False]
    timeline.set_edits([Edit(0, "w", (), 3.0)], 0)
    assert not timeline.is_cached(0)
    # The copy keeps its own.
    assert [other.is_cached(index) for index in range(4)] == [True] * 4
    assert other.losses.points()[0] == list(range(6))
    assert other.distance(6) == 0
    assert of_passes(other, 4) == small_by_python(4)


@pytest.mark.parametrize(
    ("edits", "by_python"),
    [
        ([Edit(0, "w", (), 3.0)], [(0, "w", 3.0)]),
        ([Edit(0, "x", (), 2.0)], [(0, "x", 2.0)]),
        # What is given from the start holds from the pass on in which it is edited.
        ([Edit(8, "x", (), 2.0)], [(2, "x", 2.0)]),
        ([Edit(9, "y", (), 3.0)], [(2, "y", 3.0)]),
        # The last equation of pass 1 gives what pass 2 begins with.
        ([Edit(8, "w", (), 3.0)], [(2, "w", 3.0)]),
        ([Edit(9, "y", (), 3.0), Edit(9, "y", (), 4.0)], [(2, "y", 4.0)]),
        ([Edit(13, "y", (), 3.0), Edit(4, "w", (), 2.0), Edit(4, "x", (), 1.0)],
         [(1, "w", 2.0), (1, "x", 1.0), (3, "y", 3.0)]),
    ],
)  # fmt: skip
def test_an_edit_belongs_to_the_pass_of_its_line(edits, by_python, tmp_path):
    timeline = small(tmp_path).timeline(edits)
    wanted = small_by_python(5, by_python)
    found = of_passes(timeline, 5)
    for index, (y, loss, w) in enumerate(wanted):
        assert found[index][:2] == (y, loss)
        if not any(edit.name == "w" and edit.at == 4 * (index + 1) for edit in edits):
            assert found[index][2] == w


def test_a_watched_run_ends_where_something_is_found(tmp_path):
    class Watch:
        def __init__(self, goal):
            self.goal, self.seen, self.found = goal, [], False

        def inspect(self, iteration):
            self.seen.append(iteration.index)
            self.found = iteration.index == self.goal

    timeline = small(tmp_path).timeline(())
    watch = Watch(4)
    assert list(timeline.run_watched(2, 9, watch)) == [3, 4, 4]
    assert watch.seen == [2, 3, 4]
    watch = Watch(9)
    assert list(timeline.run_watched(2, 4, watch)) == [3, 4]
    assert watch.seen == [2, 3]


def test_versions_of_the_lines_are_kept_and_edits_move_with_their_equations(tmp_path):
    origin = small(tmp_path)
    edit = Edit(9, "y", (), 3.0)
    assert origin.under((edit,)) == (origin, (edit,))
    line = EditLine(7, 1, "    half = y / 2; loss = (y - 1) ** 2")
    other, edits = origin.under((edit, line))
    assert len(other.program) == 5
    assert other.network.script.lines[6] == line.text
    assert edits == (Edit(11, "y", (), 3.0), line)
    # At the start, of what is given, of the last equation.
    moved = (Edit(0, "w", (), 1.0), Edit(8, "x", (), 2.0), Edit(8, "w", (), 3.0), Edit(12, "w", (), 3.0))
    assert origin.under((*moved, line))[1][:4] == (
        moved[0],
        Edit(10, "x", (), 2.0),
        Edit(10, "w", (), 3.0),
        Edit(15, "w", (), 3.0),
    )
    # What is made after the line is in its numbers already.
    assert origin.under((line, Edit(11, "y", (), 3.0)))[1] == (line, Edit(11, "y", (), 3.0))
    assert origin.under((line,))[0] is other
    assert origin.under((EditLine(7, 1, "    loss = (y - 1) ** 2"),))[0] is origin
    for number in range(2, 10):
        origin.under((EditLine(7, 1, f"    loss = (y - {number}) ** 2"),))
    assert origin.under((line,))[0] is not other
    with pytest.raises(BpstepError, match="z"):
        origin.under((Edit(6, "z", (), 3.0), EditLine(6, 1, "        pass")))
    with pytest.raises(BpstepError, match="loss"):
        origin.under((EditEquation(0, "loss", "y"),))


CLOSURE = """\
import numpy as np

def descent(start):
    w = np.full(2, start)
    rate = 0.5
    def step(x):
        nonlocal rate
        w[...] = w - rate * x
        rate = rate * 0.5
        return w * 1
    return step

step = descent(1.0)
for k in range(5):
    y = step(np.ones(2))
"""


def test_variables_that_only_a_function_keeps_can_be_edited(tmp_path):
    path = tmp_path / "closure.py"
    path.write_text(CLOSURE)
    script = open_script(path)
    assert script.iteration(0).carried == ("rate", "w")
    script.set_edits({0: (CellEdit("w", (0,), 3.0, True), CellEdit("rate", (), 0.25, True))})
    assert script.iteration(0).named["y"].value.tolist() == [3 - 0.25, 1 - 0.25]
    assert script.iteration(1).named["y"].value.tolist() == [3 - 0.375, 1 - 0.375]


TWO_LOOPS = """\
import numpy as np
X, y = np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
w, v = np.array([[0.5]]), np.array([[0.5]])
for step in range(5):
    w -= 0.1 * X.T @ (X @ w - y)
for epoch in range(50):
    v -= 0.1 * X.T @ (X @ v - y)
"""


def test_an_edit_after_which_another_loop_trains_leaves_the_loop_that_is_stepped(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(TWO_LOOPS)
    origin, line = origin_of(open_script_file(path)), EditLine(5, 1, "    part = w * 0.1")
    edited, _ = origin.under((line,))
    path.write_text(TWO_LOOPS.replace("    w -= 0.1 * X.T @ (X @ w - y)", line.text))
    afresh = origin_of(open_script_file(path))
    assert [each.script.loop.line for each in (origin, edited, afresh)] == [4, 4, 6]
