"""`bpstep check homework.py`: the report on a script, as text and as JSON."""

import json
import subprocess
import sys

import pytest
from command_line import asking, refused

from bpstep.__main__ import main
from bpstep.render.theme import Theme
from bpstep.script import opened_script
from bpstep.script.meaning import analysis_errors
from bpstep.script.meaning.study import Study
from bpstep.script.opening import open_script
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.storage.recorder import Recorder
from bpstep.storage.resume import resume
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key

HOMEWORK = """\
import numpy as np

np.random.seed(3)
X = np.random.randn(8, 3)
T = (X.sum(axis=1, keepdims=True) > 0).astype(float)


class Net:
    def __init__(self):
        self.W1 = np.random.randn(3, 4)
        self.b1 = np.zeros(4)
        self.W2 = np.random.randn(4, 1)

    def forward(self, x):
        self.h = np.tanh(np.dot(x, self.W1) + self.b1)
        self.y = 1 / (1 + np.exp(-np.dot(self.h, self.W2)))

    def backward(self, x, t, rate):
        d2 = (self.y - t) * self.y * (1 - self.y)
        d1 = np.dot(d2, self.W2.T) * (1 - self.h ** 2)
        self.W2 -= rate * np.dot(self.h.T, d2)
        self.W1 -= rate * np.dot(x.T, d1)
        self.b1 -= rate * d1.sum(axis=0)


net = Net()
for step in range(5):
    net.forward(X)
    net.backward(X, T, 0.5)
"""


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


def write(tmp_path, *changes, name="homework.py"):
    """The script with some texts replaced, and its path."""
    text = HOMEWORK
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_script_has_its_loss_its_parameters_and_nothing_wrong(ask, tmp_path):
    path = write(tmp_path)
    status, out, err = ask("check", str(path))
    assert (status, err) == (0, "")
    unknown = (
        "no line divides by 8, the number of samples: right for a loss that is a sum over samples, wrong "
        "for a mean"
    )
    assert (
        out
        == f"""\
{path}
loop at 27: for step in range(5):
Loss: half the squared error of y against T; no line of this iteration computes it.
Nothing is wrong: every parameter follows the gradient of the loss.

parameter  gradient  update                   verdict
W1         -         -0.5 times the gradient  agrees
b1         -         -0.5 times the gradient  agrees
W2         -         -0.5 times the gradient  agrees

{path}:19: d2 = (self.y - t) * self.y * (1 - self.y)
    Not a mistake by itself: {unknown}.
"""
    )


def test_a_wrong_line_begins_with_its_place_and_has_the_mistake_and_the_right_line(ask, tmp_path):
    path = write(tmp_path, (" * (1 - self.h ** 2)", ""))
    status, out, err = ask("check", str(path))
    assert (status, err) == (1, "")
    assert "\nOne line is wrong.\n" in out
    assert out.splitlines()[5:9] == [
        "parameter  gradient  update                   verdict",
        "W1         -         -                        differs",
        "b1         -         -                        differs",
        "W2         -         -0.5 times the gradient  agrees",
    ]
    place, gives, right = out.splitlines()[-3:]
    assert place == f"{path}:20: d1 = np.dot(d2, self.W2.T)"
    assert gives.startswith("    d1[")
    assert gives.endswith("is right: the factor 1 - h**2, the slope of h, is missing.")
    assert right == "    Right: d1 = np.dot(d2, self.W2.T) * (1 - self.h**2)"


def test_quiet_prints_nothing_of_a_right_script_and_only_the_wrong_lines_of_another(ask, tmp_path):
    right = write(tmp_path, name="right.py")
    wrong = write(tmp_path, ("self.y - t", "t - self.y"))
    assert ask("check", "--quiet", str(right)) == (0, "", "")
    status, out, _ = ask("check", "--quiet", str(wrong))
    assert status == 1
    assert out.startswith(f"{wrong}:19: d2 = (t - self.y) * self.y * (1 - self.y)\n")
    assert out.endswith("    Right: d2 = (self.y - t) * self.y * (1 - self.y)\n")


PERCEPTRON = """
import numpy as np
X, y, w = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1, 0]), np.zeros(2)
for x, t in zip(X, y):
    if int(x @ w > 0) != t:
        w[0] += 0.5
"""


def test_where_nothing_is_checked_the_status_is_that_of_a_script_that_cannot_be_read(ask, tmp_path):
    path = tmp_path / "perceptron.py"
    path.write_text(PERCEPTRON)
    status, out, _ = ask("check", str(path))
    assert (status, "Nothing was checked." in out) == (2, True)
    status, out, _ = ask("check", "--quiet", str(path))
    assert (status, out.splitlines()[1].startswith("    Not checked: ")) == (2, True)
    whole = json.loads(ask("check", "--format", "json", str(path))[1].splitlines()[0])
    assert (whole["ok"], whole["checked"]) == (False, False)
    assert ask("check", str(path), str(write(tmp_path)))[0] == 2


HIDDEN = """\
import numpy as np
w1, w2 = np.full((2, 3), 0.3), np.full((1, 2), 0.4)
x, t = np.array([[1.], [0.], [1.]]), np.array([[1.]])
for epoch in range(9):
    h = np.array([[float(str(v))] for v in (w1 @ x).ravel()])
    e = w2 @ h - t
    d = w2.T @ e
    w2 -= 0.5 * e @ h.T
    w1 -= 0.5 * d @ x.T
"""


def test_a_script_is_not_called_right_where_its_loss_depends_on_a_parameter_unseen(ask, tmp_path):
    path = tmp_path / "hidden.py"
    path.write_text(HIDDEN)
    status, out, _ = ask("check", str(path))
    assert status == 2
    assert "w1         -         -                        not checked" in out
    assert out.endswith(
        f"{path}:5: h = np.array([[float(str(v))] for v in (w1 @ x).ravel()])\n"
        "    Not checked: h depends on the parameters in a way that bpstep cannot follow, "
        "so the gradient through it was not checked.\n"
    )
    path.write_text(HIDDEN.replace("float(str(v))", "v"))
    status, out, _ = ask("check", str(path))
    assert (status, "Nothing is wrong" in out) == (0, True)


def test_a_failing_analysis_ends_with_a_sentence_and_in_tests_with_its_error(ask, tmp_path, monkeypatch):
    def fails(*_given):
        raise ZeroDivisionError("no way")

    path = str(write(tmp_path))
    monkeypatch.setattr(Study, "_trained", fails)
    with pytest.raises(ZeroDivisionError):
        ask("check", path)
    monkeypatch.setattr(analysis_errors, "RAISES", False)
    status, out, err = ask("check", path)
    assert (status, err) == (2, "")
    assert "Not checked: bpstep itself failed on this script (ZeroDivisionError: no way)" in out
    assert ask("show", path)[0] == 0


def test_matrices_multiply_as_matrices(ask, tmp_path):
    path = tmp_path / "matrices.py"
    path.write_text(MATRICES)
    status, out, _ = ask("check", str(path))
    assert (status, "Nothing is wrong" in out) == (0, True)


MATRICES = """
import numpy as np
rng = np.random.default_rng(0)
X, y, W = rng.normal(size=(6, 3)), rng.random((6, 1)), rng.normal(size=(3, 1))
for k in range(9):
    A = np.matrix(X)
    o = 1 / (1 + np.exp(-(A * W)))
    W -= 0.1 * A.T @ (o - y)
"""


def test_json_has_the_whole_the_equations_and_the_findings_an_object_a_line(ask, tmp_path):
    path = write(tmp_path, ("self.W2.T) * (1", "self.W2.T) + (1"))
    status, out, _ = ask("check", "--format", "json", str(path))
    whole, *records = map(json.loads, out.splitlines())
    assert status == 1
    assert (whole["format"], whole["ok"], whole["loop"]["line"]) == ("bpstep-check", False, 27)
    assert whole["loss"] == {"kind": "half_squared_error", "outputs": ["y"], "targets": ["T"]}
    equations = {each["equation"]: each for each in records if "phase" in each}
    assert list(equations) == ["h", "y", "d2", "d1", "W2", "W1", "b1"]
    assert equations["d2"] == {
        "cell": None,
        "equation": "d2",
        "line": 19,
        "phase": "backward",
        "by": "h @ W2",
        "constant": pytest.approx(1),
    }
    (finding,) = [each for each in records if "finding" in each]
    assert (finding["finding"], finding["place"], finding["equation"]) == ("wrong", f"{path}:20", "d1")
    assert finding["worst"]["cell"].startswith("d1[")


def test_scripts_and_networks_are_checked_together_and_the_status_is_the_worst(ask, tmp_path):
    path = write(tmp_path, ("self.y - t", "t - self.y"))
    status, out, err = ask("check", "mazur", str(path))
    assert (status, err) == (1, "")
    assert [line for line in out.splitlines() if line.startswith("==")] == ["== mazur ==", f"== {path} =="]


def test_a_script_that_cannot_be_read_is_one_line_with_its_place(ask, tmp_path):
    path = write(tmp_path, ("net = Net()", "net = Net("))
    status, out, err = ask("check", str(path))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert f"{path}:26" in err


def test_set_is_refused_in_the_check_of_a_script(ask, tmp_path):
    status, _, err = ask("check", str(write(tmp_path)), "--set", "net.W1[0,0]=1")
    assert (status, err) == (
        2,
        "bpstep: error: argument --set: does not apply to the check of a script\n",
    )


def test_the_check_of_a_network_imports_nothing_that_reads_scripts():
    code = (
        "import sys; from bpstep.__main__ import main; main(['check', 'mazur']);"
        "sys.exit(any(name.startswith(('bpstep.script', 'bpstep.gradcheck.script')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_loss_can_be_chosen_by_its_name_or_by_the_script_s(ask, tmp_path):
    path = write(tmp_path)
    assert ask("check", str(path), "--loss", "half_squared_error", "--quiet") == (0, "", "")
    status, out, _ = ask("check", str(path), "--loss", "binary_cross_entropy")
    assert status == 1
    assert "\nLoss: the binary cross entropy of y against T; no line of this iteration computes it.\n" in out
    assert ": d2 = (self.y - t) * self.y * (1 - self.y)" in out
    printed = (
        "net.backward(X, T, 0.5)",
        "net.backward(X, T, 0.5)\n    cost = 0.5 * np.sum((net.y - T) ** 2)",
    )
    path = write(tmp_path, printed)
    assert ask("check", str(path), "--loss", "cost", "--quiet") == (0, "", "")
    wrong = ("d2 = (self.y - t)", "d2 = (t - self.y)")
    status, out, _ = ask("check", str(write(tmp_path, printed, wrong)), "--loss", "cost", "--quiet")
    assert status == 1
    assert ": d2 = (t - self.y)" in out


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("0.5 * np.sum((net.y - T) ** 2)", ", which the script computes in cost."),
        ("np.mean((net.y - T) ** 2)", "; the script computes 0.25 times that in cost."),
    ],
)
def test_the_loss_that_the_script_computes_is_told_with_its_factor(ask, tmp_path, cost, said):
    step = "net.backward(X, T, 0.5)"
    _, out, _ = ask("check", str(write(tmp_path, (step, f"{step}\n    cost = {cost}"))))
    assert f"\nLoss: half the squared error of y against T{said}\n" in out


def test_a_loss_that_the_loop_does_not_have_is_refused_with_those_it_has(ask, tmp_path):
    path = str(write(tmp_path))
    for command in (("check", path), ("show", path), ("derive", path)):
        refused(ask(*command, "--loss", "nll"), "no loss nll; expected one of half_squared_error, binary")


def test_the_loss_of_the_debugger_is_the_chosen_one_also_when_its_session_is_resumed(ask, tmp_path):
    path = write(tmp_path)
    network = open_script_file(path, loss="binary_cross_entropy")
    session = Session(network)
    recorder = Recorder(session, tmp_path / "sessions", str(path))
    session.edit("W1", (0, 0), 0.5)
    recorder.save()
    recorder.close()
    (file,) = (tmp_path / "sessions").glob("*.bpstep")
    resumed = resume(file, tmp_path / "sessions")
    resumed.recorder.close()
    for each in (session, resumed.session):
        (loss,) = (step for step in each.program.steps if step.name == each.program.loss)
        assert "log(" in loss.source
    assert "np.log(" in ask("derive", str(path), "--loss", "binary_cross_entropy")[1]


def test_no_parameter_agrees_with_a_loss_that_nothing_follows(ask, tmp_path):
    path = write(
        tmp_path, ("        d2 = (self.y - t)", "        cost = np.sum(self.h)\n        d2 = (self.y - t)")
    )
    status, out, _ = ask("check", str(path), "--loss", "cost")
    assert status == 2
    rows = [line.split() for line in out.splitlines() if line.startswith(("W1 ", "W2 "))]
    assert [row[-2:] for row in rows] == [["not", "checked"]] * 2


def test_updates_that_a_loop_loses_are_judged_in_the_loop_around_it(ask, tmp_path):
    path = write(tmp_path)
    before, after = path.read_text().split("        self.W2 -= ")
    loop = (
        "        step = {'W1': np.dot(x.T, d1), 'b1': d1.sum(axis=0), 'W2': np.dot(self.h.T, d2)}\n"
        "        for p, g in [(self.W1, step['W1']), (self.b1, step['b1']), (self.W2, step['W2'])]:\n"
        "            p = p - rate * g\n\n\nnet = "
    )
    path.write_text(before + loop + after.split("net = ")[1])
    status, out, _ = ask("check", str(path))
    assert status == 1
    assert "for step in range(5):" in out.splitlines()[1]
    assert "    Right: p -= rate * g" in out.splitlines()


def test_the_check_is_that_of_the_iteration_asked_for(ask, tmp_path):
    wrong = (
        "        d2 = (self.y - t)",
        "        sign = 1 if net.step < 3 else -1\n        d2 = sign * (self.y - t)",
    )
    count = ("    net.forward(X)", "    net.step = step\n    net.forward(X)")
    path = str(write(tmp_path, wrong, count))
    assert ask("check", path, "--quiet")[0] == 0
    assert ask("check", path, "--quiet", "--at", "i3")[0] == 0
    status, out, _ = ask("check", path, "--quiet", "--at", "i4")
    assert status == 1
    assert "homework.py:" in out
    head = json.loads(ask("check", path, "--format", "json", "--quiet", "--at", "i4")[1].splitlines()[0])
    assert (head["iteration"], head["at"]) == (3, "i4")
    assert "\niteration 3, the one shown at i4\n" in ask("check", path, "--at", "i4")[1]
    refused(ask("check", path, "--at", "nowhere"), "--at: ")


def test_where_a_parameter_differs_and_no_line_is_found_the_check_says_so_and_exits_1(ask, tmp_path):
    strange = "np.cos(self.{0} * np.sum(t - self.y))"
    path = write(
        tmp_path,
        ("randn(4, 1)", "randn(4, 1)\n        self.b2 = np.zeros(1)"),
        ("-np.dot(self.h, self.W2)", "-np.dot(self.h, self.W2) - self.b2"),
        ("np.dot(self.h.T, d2)", "np.dot(self.h.T, d2)\n        self.b2 -= rate * d2.sum(axis=0)"),
        ("np.dot(x.T, d1)", strange.format("W1")),
        ("d1.sum(axis=0)", strange.format("b1")),
    )
    status, out, _ = ask("check", str(path))
    assert status == 1
    assert "not every parameter follows the gradient of the loss. The line was not found." in out
    assert "W1, b1 follow no gradient of this loss, and no single line explains it." in out


LAYERS = """\
import numpy as np


def logistic(z):
    s = 1 / (1 + np.exp(-z))
    return s


def gradients(x, h, y, t, v):
    d2 = (y - t) * y * (1 - y)
    d1 = d2 @ v.T * h
    return x.T @ d1, h.T @ d2
"""

TRAINING = """\
import numpy as np
from layers import gradients, logistic

rng = np.random.default_rng(0)
x = rng.normal(size=(8, 3))
t = (x.sum(axis=1, keepdims=True) > 0) * 1.0
w, v = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for step in range(5):
    h = logistic(x @ w)
    y = logistic(h @ v)
    loss = 0.5 * np.sum((y - t) ** 2)
    dw, dv = gradients(x, h, y, t, v)
    w -= 0.5 * dw
    v -= 0.5 * dv
"""


@pytest.mark.parametrize("folder", ["", "below/"])
def test_a_wrong_line_of_an_imported_file_is_named_with_that_file(folder, ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "layers.py").write_text(LAYERS)
    (tmp_path / folder / "training.py").write_text(TRAINING)
    status, out, _ = ask("check", f"{folder}training.py")
    assert status == 1
    assert f"\n{folder}layers.py:11: d1 = d2 @ v.T * h\n" in out
    _, out, _ = ask("check", f"{folder}training.py", "--format", "json")
    found = [json.loads(line) for line in out.splitlines()]
    (wrong,) = [each for each in found if each.get("finding") == "wrong"]
    assert (wrong["place"], wrong["line"]) == (f"{folder}layers.py:11", 11)


def test_a_wrong_line_of_an_imported_file_is_marked_there_and_mended(tmp_path):
    (tmp_path / "layers.py").write_text(LAYERS)
    (tmp_path / "training.py").write_text(TRAINING)
    made = make_controller(Session(open_script_file(tmp_path / "training.py")), Theme())
    made.size = (80, 24)
    for key in ("G", "enter"):
        handle_key(made, key)
        while made.job is not None:
            made.advance_job()
    assert made.frame.step.origin.place == "layers.py:11"
    assert [place for place, _ in made.view.wrong] == [("layers.py", 11)]
    for key in ("E", "enter"):
        handle_key(made, key)
        while made.job is not None:
            made.advance_job()
    assert [(edit.file, edit.line) for edit in made.frame.edits] == [("layers.py", 11)]
    assert made.frame.step.origin.written == "d1 = d2 @ v.T * (h * (1 - h))"


def test_the_loss_is_told_in_the_names_of_the_loop_and_an_update_is_no_gradient_of_its_own(tmp_path, capsys):
    path = tmp_path / "named.py"
    path.write_text(
        "import numpy as np\n"
        "def sigmoid(z):\n"
        "    e = np.exp(-z)\n"
        "    a = 1 / (1 + e)\n"
        "    return a\n"
        "X, y = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[1.0], [0.0]])\n"
        "V, W = np.array([[0.3, 0.1], [0.2, -0.4]]), np.array([[0.1], [0.2]])\n"
        "for step in range(5):\n"
        "    H = sigmoid(X @ V)\n"
        "    guess = sigmoid(H @ W)\n"
        "    d = (guess - y) * guess * (1 - guess)\n"
        "    dV = X.T @ (d @ W.T * H * (1 - H))\n"
        "    W -= 0.1 * H.T @ d\n"
        "    V -= 0.1 * dV\n"
    )
    assert main(["check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("Loss: half the squared error of guess against y;") for line in lines)
    assert [line.split()[:2] for line in lines if line.startswith(("W ", "V "))] == [["V", "dV"], ["W", "-"]]


def test_a_loop_of_an_imported_file_is_told_as_the_option_takes_it(tmp_path, capsys):
    (tmp_path / "net.py").write_text(
        "def train(w, x):\n    for k in range(9):\n        w = w - 0.1 * (w @ x - 1) * x\n    return w\n"
    )
    path = tmp_path / "main.py"
    path.write_text(
        "import numpy as np\nfor k in range(2):\n    last = k\nfrom net import train\n"
        "w = train(np.ones(2), np.array([1.0, 0.5]))\n"
    )
    told = {}
    for place in ("2", "main.py:2", "net.py:2", "net.py:3"):
        main(["check", str(path), "--loop", place])
        output = capsys.readouterr()
        told[place] = (output.out + output.err).splitlines()[0 if place == "net.py:3" else 1]
    assert (
        told["2"] == told["main.py:2"] == "loop at 2: for k in range(2): (others at net.py:2; --loop chooses)"
    )
    assert told["net.py:2"].startswith("loop at net.py:2: for k in range(9):")
    assert "main.py: --loop: the script never runs this loop" in told["net.py:3"]


def test_a_search_for_further_loops_whose_time_is_over_has_the_loop_that_was_found(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text("import numpy as np\nw = np.zeros(2)\nfor k in range(9):\n    w = w - 0.1 * (w - 1)\n")
    monkeypatch.setattr(opened_script, "SECONDS_FOR_LOOPS", -1.0)
    script = open_script(path)
    assert script.loops == (script.loop,)


LIBRARY = """
import numpy as np
def gate(a):
    return 1 / (1 + np.exp(-a))
def slope(a):
    return gate(a) * (1 + gate(a))
def swish(a):
    return a * gate(a)
def slope_of_swish(a):
    s = gate(a)
    return s + s * (1 - s)
"""

WITH_LIBRARY = """
import numpy as np
from library import gate, slope, swish, slope_of_swish
rng = np.random.default_rng(1)
X, Y = rng.normal(size=(6, 2)), rng.random((6, 1))
W, V = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
for k in range(9):
    Z = X @ W
    H = {activation}(Z)
    dO = H @ V - Y
    dH = dO @ V.T
    dZ = dH * {derivative}(Z)
    V -= 0.1 * H.T @ dO
    W -= 0.1 * X.T @ dZ
"""


@pytest.mark.parametrize(
    ("activation", "derivative", "named"),
    [
        ("gate", "slope", "6: return gate(a) * (1 + gate(a))"),
        # No change is known that would make this one right.
        ("swish", "slope_of_swish", "11: return s + s * (1 - s)"),
    ],
)
def test_a_mistake_in_an_imported_function_is_named_in_its_own_file(
    activation, derivative, named, ask, tmp_path
):
    (tmp_path / "library.py").write_text(LIBRARY)
    path = tmp_path / "homework.py"
    path.write_text(WITH_LIBRARY.format(activation=activation, derivative=derivative))
    status, out, _ = ask("check", "--quiet", str(path))
    assert status == 1
    assert out.startswith(f"{tmp_path}/library.py:{named}\n")
