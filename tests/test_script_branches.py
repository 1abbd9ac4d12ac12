"""Lines that only some iterations run: they are steps of every iteration, and show where they did not run."""

import numpy as np
import pytest

from bpstep.model.network import LoopChoice
from bpstep.render.formula.pane import draw_formula
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

SCRIPT = """
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(5, 2)), rng.uniform(size=(5, 1))
W, V = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
speed = np.zeros((2, 3))
rate = 0.01
for it in range({count}):
    h = np.tanh(X @ W)
    out = h @ V
    if it % 2 == 1:
        loss = np.mean((out - y)**2) / 2
        best = loss * 2
    d = (out - y) / 5
    dV = h.T @ d
    dW = X.T @ (d @ V.T * (1 - h**2))
    if it >= {late}:
        speed = 0.9 * speed + dW
        move = rate * speed
        W = W - move
    else:
        W = W - rate * dW
    V = V - rate * dV
"""


def opened(tmp_path, late, count=100, samples=5):
    path = tmp_path / "branches.py"
    path.write_text(SCRIPT.format(late=late, count=count).replace("size=(5, ", f"size=({samples}, "))
    return Session(open_script_file(path))


@pytest.mark.parametrize("late", [1, 10, 40, 99])
def test_a_line_that_first_runs_later_is_a_step(tmp_path, late):
    session = opened(tmp_path, late)
    assert {"speed", "move", "loss"} <= session.program.step_indices.keys()
    session.goto((late + 1) * session.period)
    run = {}
    exec(SCRIPT.format(late=late, count=late + 1), run)
    tensors = session.frame.tensors
    for name in ("W", "V", "speed", "move"):
        assert (tensors[name] == run[name]).all(), name
    session.goto(late * session.period)
    assert "move" not in session.frame.tensors


def test_a_line_that_first_runs_later_belongs_to_the_phase_before_it(tmp_path):
    phases = {step.name: step.phase for step in opened(tmp_path, 40).program.steps}
    assert phases["speed"] == phases["move"] == phases["dW"] == "backward"


def test_a_line_beyond_the_end_of_the_loop_is_no_step(tmp_path):
    session = opened(tmp_path, 60, count=50)
    assert "move" not in session.program.step_indices


def test_large_scripts_are_not_run_far_to_find_such_lines(tmp_path):
    path = tmp_path / "large.py"
    path.write_text(
        SCRIPT.format(late=40, count=100).replace("(5, 2)", "(9000, 2)").replace("(5, 1)", "(9000, 1)")
    )
    session = Session(open_script_file(path))
    assert "move" not in session.program.step_indices
    session.goto(42 * session.period)
    assert session.frame.tensors["move"].shape == (2, 3)


@pytest.mark.parametrize("keys", [("i",), ("i", "enter"), ("i", "tab"), ("s", "i"), ("L",), ("t",), ("z",)])
def test_every_step_is_drawn_and_asked_where_some_did_not_run(tmp_path, keys):
    made = make_controller(opened(tmp_path, 2), Theme())
    for n in range(3 * made.session.period):
        made.session.goto(n)
        made.panel = None
        for key in keys:
            handle_key(made, key)
            assert made.draw().text().strip()


def test_operations_pass_over_what_does_not_run(tmp_path):
    made = make_controller(opened(tmp_path, 2, samples=1), Theme())
    made.session.goto(made.session.period)
    positions = [(made.session.n, 0)]
    while made.session.n < 3 * made.session.period:
        made.run_action("into")
        made.draw()
        positions.append((made.session.n, made.session.k))
        assert positions[-1] > positions[-2]
    for position in reversed(positions[:-1]):
        made.run_action("into_back")
        assert (made.session.n, made.session.k) == position


def test_a_tensor_whose_line_never_ran_is_not_said_to_be_computed_by_it(tmp_path):
    made = make_controller(opened(tmp_path, 40), Theme())
    made.session.goto(made.session.program.step_indices["move"] + 1)
    handle_key(made, "i")
    assert "move has no number yet: its line did not run in iteration 0" in made.draw().text()


def test_the_result_of_a_line_that_did_not_run_is_no_result_of_its_operands(tmp_path):
    made = make_controller(opened(tmp_path, 99), Theme())
    at = made.session.program.step_indices["loss"] + 1
    made.session.goto(2 * made.session.period)
    made.session.goto(2 * made.session.period + at)
    assert "did not run" in " ".join(made.draw().text().split())
    # Nor is it worked out in numbers.
    lines = draw_formula(made.session.frame, View(), Theme(), 80, 8).text().rstrip().split("\n")
    assert [line.strip() for line in lines] == [
        "branches.py:13  loss = np.mean((out - y)**2) / 2",
        "loss = mean((out - y)**2) / 2",
        "",
        "This line did not run in iteration 2: loss has the value that it had before.",
    ]
    handle_key(made, "i")
    assert "mean" not in made.draw().text().split("─ why")[1]


GROWING = """import numpy as np
def powers(x, most):
    data = [np.ones(len(x))]
    for d in range(most):
        data.append(x ** (d + 1))
    return np.vstack(data).T
x, y, total = np.arange(4.0), np.ones(4), 0.0
for most in range(3):
    P = powers(x, most)
    w = np.linalg.solve(P.T @ P, P.T @ y)
    out = P @ w
    total = total + np.sum((out - y) ** 2)
"""


def test_arrays_that_grow_from_pass_to_pass_open_and_have_their_numbers(tmp_path):
    path = tmp_path / "growing.py"
    path.write_text(GROWING)
    session = Session(open_script_file(path))
    for most in range(3):
        P = np.vander(np.arange(4.0), most + 1, increasing=True)
        session.goto(f"i{most}:out")
        np.testing.assert_array_equal(
            session.frame.tensors["out"], P @ np.linalg.solve(P.T @ P, P.T @ np.ones(4))
        )


SKIPPED_ONCE = """
import numpy as np

X = np.array([[1.0, 0.5], [0.25, -1.0], [0.75, 2.0]])
w, before = np.ones(2), None
for epoch in range(3):
    for x in X:
        step = (x @ w - 1) * x
        if before is not None:
            step = 0.5 * before + step
        before = step * 1
        w = w - 0.1 * step
"""


def test_a_line_that_only_the_first_sample_of_all_skips_is_read_in_every_iteration(tmp_path):
    """In the first iteration it runs once less, so that its results are counted from another sample."""
    path = tmp_path / "skipped.py"
    path.write_text(SKIPPED_ONCE)
    session = Session(open_script_file(path, loop=LoopChoice(6)))
    for count in (1, 2, 3):
        run = {}
        exec(SKIPPED_ONCE.replace("range(3)", f"range({count})"), run)
        session.goto(f"i{count}")
        assert (session.frame.tensors["w"] == run["w"]).all()
