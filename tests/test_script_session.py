"""A person's own script is stepped through like a network, with the author's lines and names."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from run_by_python import comparable_names
from script_passes import training_pass
from scripts_by_python import passes_by_python

from bpstep.export.latex import trace_latex
from bpstep.export.markdown import trace_markdown
from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.report import parameter_rows
from bpstep.program.program import Phase
from bpstep.render.theme import Theme
from bpstep.script.opening import open_script
from bpstep.script.program import ScriptProgram, _looking_on_for
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

SCRIPTS = Path(__file__).parent / "scripts"


def opened(path):
    return Session(open_script_file(path))


def person(name, size=(80, 24)):
    made = make_controller(opened(SCRIPTS / f"{name}.py"), Theme())
    made.size = size
    return made


def shown(made):
    return " ".join(made.draw().text().split())


@pytest.mark.parametrize("name", ["two_files", "adam_dicts", "aliasing", "old_matrix", "plain_lists"])
def test_every_step_of_a_pass_and_the_next_is_drawn_and_gone_back_over(name):
    made = person(name)
    screens = []
    # Of the second pass the beginning is enough: its lines are those of the first.
    for _ in range(made.session.period + 4):
        screens.append(made.draw().text())
        handle_key(made, "n")
    for before in reversed(screens):
        handle_key(made, "N")
        # The curve of losses below keeps what was once shown.
        assert made.draw().text().rsplit("\n", 3)[0] == before.rsplit("\n", 3)[0]


def test_the_authors_line_stands_above_the_equation():
    made = person("texts")
    step = made.session.program.steps[2]
    made.session.goto(3)
    assert f"{step.origin.place} {step.origin.written.split()[0]}" in shown(made)
    assert step.equation.split(" = ")[0] in shown(made)


@pytest.mark.parametrize(("name", "loop"), [("norm_drop", "for step in range(30)"), ("old_matrix", "for ")])
def test_the_numbers_are_those_of_python(name, loop):
    path = SCRIPTS / f"{name}.py"
    line = next(at for at, text in enumerate(path.read_text().split("\n"), 1) if loop in text)
    seen = passes_by_python(path, line, (3,))
    made = person(name)
    made.session.goto(3 * made.session.period)
    wanted = seen[3]
    names = [name for name in made.session.program.parameters if name in wanted]
    assert names
    for each in names:
        found = comparable_names({each: np.asarray(made.frame.tensors[each])})[each]
        np.testing.assert_array_equal(np.asarray(found[-1]), np.asarray(wanted[each][-1]))


def test_the_listing_is_the_script():
    made = person("two_files", (120, 36))
    made.session.goto(1)
    handle_key(made, "f6")
    text = made.draw().text()
    step = made.frame.step
    assert step.origin.written in text
    assert f"▶ {step.origin.line} " in " ".join(text.split())


def test_a_line_that_cannot_be_read_as_an_equation_says_why_and_gives_its_value(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\nX, w = np.eye(3), np.ones(3)\nfor k in range(9):\n    z = X @ w - 2\n"
        "    middle = np.median(z * z)\n    w -= 0.1 * middle * (X.T @ z)\n"
    )
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    step = next(step for step in made.session.program.steps if step.is_given)
    made.session.goto(made.session.program.step_indices[step.name] + 1)
    assert "taken as the script computed it" in shown(made)
    assert step.name in made.frame.tensors


def test_the_loss_that_is_descended_is_added_where_the_script_computes_none():
    made = person("two_files")
    program = made.session.program
    assert program.loss == "E"
    made.session.goto("i3")
    losses = made.frame.losses[1]
    assert losses
    assert all(np.isfinite(losses))


PRINTED = """
import numpy as np
x, t = np.linspace(-1, 1, 6), np.linspace(0, 2, 6)
w, b = 0.0, 0.5
loss = 0.0
for epoch in range(1000):
    y = w * x + b
    d = 2 * (y - t) / 6
    w -= 0.1 * np.sum(d * x)
    b -= 0.1 * np.sum(d)
    if epoch % 100 == 0:
        distance = y - t
        LINE
"""


@pytest.mark.parametrize("line", ['print("Loss:", np.mean(distance ** 2))', "Loss = np.mean(distance ** 2)"])
def test_a_loss_that_is_computed_now_and_then_has_its_number_in_every_iteration(tmp_path, line):
    path = tmp_path / "mine.py"
    path.write_text(PRINTED.replace("LINE", line))
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    assert made.session.program.loss == "Loss"
    ran = passes_by_python(path, 6, (7,))[7]
    made.session.goto("i7:Loss")
    x, t = np.linspace(-1, 1, 6), np.linspace(0, 2, 6)
    w, b = (np.frombuffer(ran[name][-1])[0] for name in ("w", "b"))
    loss = np.mean((w * x + b - t) ** 2)
    assert made.frame.tensors["Loss"] == pytest.approx(loss, rel=1e-12)
    assert f"This line did not run in iteration 7: it would give {loss:.4g}." in shown(made)


def test_a_line_that_did_not_run_leaves_the_value_of_before(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        PRINTED.replace("LINE", "rate = np.abs(w)\n    w -= 0.001 * rate").replace("loss = 0.0", "rate = 0.0")
    )
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto("i0:rate")
    before = made.frame.tensors["rate"]
    made.session.goto("i1:rate")
    assert made.frame.tensors["rate"] == before
    assert "This line did not run in iteration 1: rate has the value that it had before." in shown(made)


def test_an_input_of_a_script_belongs_to_no_unit(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(TABS)
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto(":6")
    for key in ("i", "enter"):
        handle_key(made, key)
    assert re.search(r"X\[0,0\] = 0\.5488\S*: given\. No equation wrote it\.", shown(made))


def test_a_parameter_whose_gradient_stands_within_its_update_is_not_its_own_gradient(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\nr = np.random.RandomState(1)\nW, w = r.randn(3, 2), r.randn(3)\n"
        "for x, t in zip(r.randn(9, 2), r.rand(9)):\n    h = np.tanh(W @ x)\n"
        "    o = 1 / (1 + np.exp(-w @ h))\n"
        "    d = (o - t) * o * (1 - o)\n    e = d * w * (1 - h ** 2)\n"
        "    w -= 0.4 * d * h\n    W -= 0.4 * np.outer(e, x)\n"
    )
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto("i0:w")
    assert made.session.program.gradients == {"w": (), "W": ()}
    title = next(line for line in made.draw().text().split("\n") if line.startswith("─ formula"))
    assert "∂" not in title


TRAINED = """
import numpy as np
x, t = np.linspace(-1, 1, 6), np.linspace(0, 2, 6)
w = 0.1
for epoch in range(400):
    r = w * x - t
    loss = np.mean(r ** 2)
    w -= 0.01 * np.mean(2 * r * x)
"""


def test_a_long_run_leaves_the_losses_that_stepping_gives(tmp_path):
    path = tmp_path / "line.py"
    path.write_text(TRAINED)
    walked, ran = opened(path), opened(path)
    for _ in ran.timeline.compute_until(40):
        pass
    at, losses = ran.timeline.losses.points()
    assert at == list(range(40))
    seen = [walked.timeline.iteration(index).tensors(walked.period)["loss"] for index in at]
    assert losses == [float(loss) for loss in seen]
    assert len(set(losses)) == 40


def test_a_script_with_a_mistake_shows_its_loss_in_the_bar(tmp_path):
    path = tmp_path / "line.py"
    path.write_text(TRAINED.replace("np.mean(2 * r * x)", "np.mean(2 * r * w)"))
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    for _ in range(made.session.period):
        handle_key(made, "n")
    assert f"loss {made.session.frame.tensors['loss']:.4f}" in made.draw().text().split("\n")[0]


def test_within_a_function_the_pane_says_where_it_was_called(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\nx, w = np.ones(2), np.zeros(2)\ndef back(x, w):\n    d = w * x - 2\n"
        "    return d * x\nfor k in range(9):\n    g = back(x, w)\n    w = w - 0.1 * g\n"
    )
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto("mine.py:4")
    assert "mine.py:4 d = w * x - 2 in back, called at mine.py:7" in shown(made)
    made.session.goto("mine.py:8")
    assert "called at" not in shown(made)


def test_tabs_are_drawn_as_blanks_and_a_shape_that_has_no_room_is_never_another(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(TABS)
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto(":6")
    screens = [made.draw().text()]
    for key in ("f6", "E"):
        handle_key(made, key)
        screens.append(made.draw().text())
    assert not any("\t" in text for text in screens)
    assert "mine.py:6  dout = X @ W - y" in screens[0]
    assert re.search(r"6         dout = +X @ W - y", screens[1])
    assert "dout = X @ W - y" in screens[2]
    assert made.editor.text == "dout =\tX @ W - y"
    # dout is 64×12: beside the numbers of its rows there is no room for that.
    assert "64×… [1]" in screens[0]
    assert not re.search(r"64×1\b", screens[0])


TABS = """\
import numpy as np
r = np.random.RandomState(0)
X, y, W = r.rand(64, 3), r.rand(64, 12), r.rand(3, 12)
for k in range(9):
\tif True:
\t\tdout =\tX @ W - y
\t\tW -= 0.01 * X.T @ dout
"""


BRANCHED = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([[1.0], [0.0], [1.0]])
W = np.array([[0.1], [0.3]])
for epoch in range(9):
    out = np.tanh(X @ W)
    if epoch % 2 == 0 and out[0, 0] < 0.5:
        total = np.sum(out ** 2)
    error = (out - Y) * (1 - out ** 2)
    W -= 0.1 * X.T @ error
"""


def one_layer(folder):
    path = folder / "layer.py"
    path.write_text(BRANCHED)
    made = make_controller(opened(path), Theme())
    made.size = (100, 30)
    return made


def test_the_loss_that_bpstep_adds_has_no_line_so_its_number_is_not_edited(tmp_path):
    made = one_layer(tmp_path)
    loss = made.session.program.loss
    made.session.goto(f"i0:{loss}")
    before = made.session.frame.tensors[loss]
    for key in ("e", "ctrl+u", "5", "enter"):
        handle_key(made, key)
    assert f"{loss} is on no line of the script; edit what it is computed from" in shown(made)
    assert made.session.frame.tensors[loss] == before


def test_an_edit_of_a_line_that_an_earlier_edit_keeps_from_running_has_no_effect(tmp_path):
    session = one_layer(tmp_path).session
    session.goto("i0:total")
    session.edit("total", (), 7)
    assert session.frame.tensors["total"] == 7
    session.goto("i0:out")
    session.edit("out", (0, 0), 0.75)
    session.goto("i0:W")
    assert session.frame.tensors["out"][0, 0] == 0.75
    assert session.frame.tensors.get("total", 0) != 7


def test_the_forms_of_a_breakpoint_are_in_the_names_of_the_script(tmp_path):
    made = one_layer(tmp_path)
    handle_key(made, "B")
    for form in ("layer.py:6 each", "out each", "out if max(abs(out)) < 1e-3", "E < 0.05 when"):
        assert form in shown(made)
    assert "delta_Y" not in shown(made)


def test_two_runs_are_plotted_with_the_name_of_the_scripts_own_loss(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(BRANCHED.replace("    error =", "    cost = np.sum((out - Y) ** 2) / 2\n    error ="))
    made = make_controller(opened(path), Theme())
    made.size = (100, 30)
    made.session.fork()
    made.session.goto("i3")
    handle_key(made, "v")
    assert any(line.lstrip().startswith("cost │") for line in made.draw().text().split("\n"))


@pytest.mark.parametrize("page", [trace_markdown, trace_latex])
def test_a_printed_trace_says_that_it_is_of_a_script(page, tmp_path):
    session = one_layer(tmp_path).session
    lines = " ".join(page(session, 1))
    assert re.search(rf"Script `?layer`?: {session.period} equations an iteration\.", lines)
    assert "Network" not in lines


MEAN = """import numpy as np
X, Y = np.eye(4)[:, :3], np.arange(4.0).reshape(4, 1) / 4
W = np.full((3, 1), 0.5)
for k in range(9):
    P = X @ W
    loss = np.mean((P - Y) ** 2)
    W -= 0.1 * X.T @ (P - Y)
"""


def test_check_and_screen_count_a_step_by_the_gradient_of_the_same_loss(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MEAN)
    told = "-0.2 times the gradient of loss"
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto("i0:W")
    assert f"That is {told}." in shown(made)
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.source)
    rows = {name: step for name, _, step, _ in parameter_rows(verdict)}
    assert rows["W"] == told


def test_what_the_first_iteration_creates_and_later_ones_remember_is_updated(tmp_path):
    path = tmp_path / "mine.py"
    remembered = "    v[0] = 0.9 * v.get(0, 0) + X.T @ (P - Y)\n    u = 2 * v[0]\n    W -= 0.1 * u\n"
    lines = MEAN.replace("for k", "v = {}\nfor k").splitlines(keepends=True)[:-1]
    path.write_text("".join(lines) + remembered)
    steps = opened(path).program.steps
    assert [(each.name, each.phase) for each in steps[-3:]] == [
        (name, Phase.UPDATE) for name in ("v[0]", "u", "W")
    ]


def test_a_single_number_stands_at_no_place_and_names_what_it_comes_from(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "w, x, t = 0.5, 2.0, 3.0\nfor k in range(9):\n    y = w * x\n    e = y - t\n    w -= 0.1 * e * x\n"
    )
    made = make_controller(opened(path), Theme())
    made.size = (80, 24)
    made.session.goto("i0:y")
    assert "w = 0.5000 and x = 2.0000 give y = 1.0000." in shown(made)


DRAWN = """
import random

random.seed({seed})
xs = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
ys = [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
w = 0.5
for k in range(60):
    i = random.randint(0, 5)
    x = xs[i]
    if k > 9:
        rate = 0.01 / (1 + k)
    else:
        rate = 0.02
    o = w * x
    d = o - ys[i]
    w -= rate * d * x
"""


@pytest.mark.parametrize("seed", range(3))
def test_what_only_a_later_pass_reads_is_given_there(tmp_path, seed):
    script = tmp_path / "drawn.py"
    script.write_text(DRAWN.format(seed=seed))
    session = opened(script)
    run = {}
    exec(DRAWN.format(seed=seed), run)
    session.goto(60 * session.period)
    assert session.frame.tensors["w"] == run["w"]
    assert session.frame.tensors["x"] == run["x"]
    for index in range(60):
        session.goto((index + 1) * session.period)
        tensors = session.frame.tensors
        assert tensors["o"] - tensors["d"] == 2 * tensors["x"]
        assert not any(name.startswith("xs") for name in session.program.initial)


@pytest.mark.parametrize("loss", ["e.T @ e", "(e ** 2).sum(0)", "np.sum(e ** 2, keepdims=True)"])
def test_a_loss_of_one_cell_with_axes_is_a_number(loss, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\nx, y, w = np.eye(3)[:, :2], np.ones((3, 1)), np.zeros((2, 1))\n"
        f"for k in range(9):\n    e = x @ w - y\n    loss = {loss}\n    w -= 0.1 * x.T @ (2 * e)\n"
    )
    session = Session(open_script_file(path))
    for at in ("i0:w", "i3:w", "i6:w"):
        session.goto(at)
    _, losses = session.frame.losses
    np.testing.assert_allclose(losses[0], 3.0)
    assert session.frame.program.loss_of(session.frame.tensors) == losses[-1] < losses[0]
    made = make_controller(session, Theme())
    made.size = (80, 24)
    assert "loss 1.1" in made.draw().text()


@pytest.mark.parametrize(
    ("constant", "own", "scale"),
    [
        (4.0, 0.5, 2.0),
        (4.0, None, 2.0),
        (2.0, 0.5, 1.0),
        (2.0 + 1e-6, 0.5, 1.0),
        (2.0 + 1e-5, 0.5, 1.0 + 5e-6),
        (-2.0, 0.5, -1.0),
        (0.0, 0.5, 0.0),
    ],
)
def test_a_gradients_factor_is_relative_to_the_loss_and_1_apart_from_rounding(constant, own, scale):
    loss = SimpleNamespace(equation="" if own is None else "loss", constant=own)
    program = SimpleNamespace(meaning=SimpleNamespace(loss=loss), _unit=2.0)
    found = ScriptProgram._scale(program, SimpleNamespace(constant=constant))
    assert found == pytest.approx(scale, rel=1e-9)
    program.meaning.loss = None
    assert ScriptProgram._scale(program, SimpleNamespace(constant=constant)) == 0


def test_a_loss_that_is_only_looked_at_has_the_lines_that_it_alone_is_made_of():
    lines = "a = x + 1\nhidden = x\nb = x * 2\nother = a + 1\nloss = a + b + hidden"
    loop = training_pass(lines, {"x": 1.0})
    apart = [
        replace(one, aside=one.name != "b", opaque="" if one.name != "hidden" else "why")
        for one in loop.equations
    ]
    assert _looking_on_for("loss", apart) == {"loss", "a"}
    assert _looking_on_for("other", apart) == {"other", "a"}
    assert _looking_on_for("b", apart) == _looking_on_for("hidden", apart) == set()
