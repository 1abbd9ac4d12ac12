"""`trace --format pytorch`: the same network in PyTorch, its gradients beside those of bpstep."""

import ast
import contextlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from small_networks import network

from bpstep.errors import BpstepError
from bpstep.export import pytorch_script as exporter
from bpstep.export.pytorch_script import pytorch_script
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS
from bpstep.model.optimizers import OPTIMIZERS, Optimizer
from bpstep.netfile.builtin import network_names, open_network
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.program.derive import derive_program
from bpstep.session.session import Session


def script(made, iterations=2):
    return "\n".join(pytorch_script(Session(made), iterations))


def run(text):
    """What the script defines and what it prints, run in this process."""
    torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")
    kept, out = torch.get_default_dtype(), io.StringIO()
    defined = {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(text, "script", "exec"), defined)
    finally:
        torch.set_default_dtype(kept)
    return defined, out.getvalue()


def difference(text):
    """What the script prints last."""
    last = run(text)[1].splitlines()[-1]
    assert last.startswith("max difference ")
    return float(last.split()[-1])


@pytest.mark.parametrize("name", network_names())
def test_a_built_in_network_has_pytorchs_gradients(name):
    text = script(open_network(name), 3 if name == "penguins" else 2)
    ast.parse(text)
    assert difference(text) <= 1e-10


def test_a_mistake_is_seen_beside_the_gradients_that_pytorch_derives():
    text = script(open_network("article-as-printed"), 1)
    assert "# These equations are not the derived ones: delta_Y." in text
    _, out = run(text)
    lines = out.splitlines()
    at = lines.index("iteration 0, gradient of V")
    derived, computed, ours = (line.split()[1:] for line in lines[at + 1 : at + 4])
    assert computed == ours
    assert [float(number) for number in derived] == pytest.approx([-float(number) for number in ours])


@pytest.mark.parametrize("name", ["conv", "attention", "penguins", "mazur"])
def test_replaced_equations_are_computed_as_they_stand(name):
    """One of the backward pass and one of the updates, twice what they were."""
    made = open_network(name)
    steps = [step for step in derive_program(made).steps if step.phase in ("backward", "update")]
    first, last = steps[0], steps[-1]
    changed = {first.name: f"2 * ({first.source})", last.name: f"{last.source} + 0.5"}
    assert difference(script(replace(made, program=changed))) <= 1e-10


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_is_pytorchs(optimizer):
    options = dict(OPTIMIZERS[optimizer].options)
    made = network(optimizer=optimizer, optimizer_options=options, batch_size=2, shuffle=True)
    assert difference(script(made, 4)) <= 1e-10


def test_a_falling_rate_and_a_penalty_give_the_same_gradients(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(
        'loss = "squared_error"\nl2 = 0.1\n'
        'learning_rate = { start = 0.1, kind = "exponential", decay = 0.5 }\n'
        '[data]\ninputs = [[1.0, 2.0]]\nlabels = [[0.5]]\n[[layers]]\nunits = 1\nactivation = "softplus"\n'
    )
    assert difference(script(read_network(path), 4)) <= 1e-10


def test_dropout_drops_the_same_numbers(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(
        'loss = "squared_error"\nlearning_rate = 0.1\nbatch_size = 2\n'
        "[data]\ninputs = [[1.0], [2.0], [0.5]]\n"
        'labels = [[0.5], [1.0], [0.2]]\n[[layers]]\nunits = 6\nactivation = "relu"\ndropout = 0.5\n'
        '[[layers]]\nunits = 1\nactivation = "tanh"\n'
    )
    assert difference(script(read_network(path), 4)) <= 1e-10


def test_minibatches_have_the_samples_of_what_the_equations_read(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(
        "learning_rate = 0.1\nbatch_size = 2\n[data]\nX = [[1.0], [2.0], [0.5]]\nunread = [1, 2, 3]\n"
        '[parameters]\nW = [[0.5]]\n[program]\nforward = "E = mean((X @ W - 1)**2)"\n'
    )
    assert difference(script(read_network(path), 3)) <= 1e-10


def test_edits_at_the_start_are_in_it():
    session = Session(open_network("mazur"))
    session.edit("W", (0, 1), 0.5)
    assert "0.5" in next(line for line in pytorch_script(session, 1) if line.startswith("W = "))


def test_what_pytorch_does_not_compute_is_refused():
    with pytest.raises(BpstepError, match='expected update_order = "after"'):
        script(replace(open_network("mazur"), update_order="immediate"))


@pytest.mark.parametrize("name", ["softplus", "silu", "softmax"])
def test_an_activation_that_pytorch_is_not_said_to_have_is_computed_by_its_definition(
    monkeypatch, tmp_path, name
):
    path = tmp_path / "net.toml"
    path.write_text(
        'loss = "squared_error"\nlearning_rate = 0.1\n'
        "[data]\ninputs = [[1.0, 2.0]]\nlabels = [[0.5, 0.5]]\n"
        f'[[layers]]\nunits = 2\nactivation = "{name}"\n'
    )
    own = script(read_network(path))
    rows = [row for row in exporter._SOURCE.read_text("utf-8").split("\n\n\n") if f"def {name}(" not in row]
    without = tmp_path / "functions.txt"
    without.write_text("\n\n\n".join(rows), "utf-8")
    monkeypatch.setattr(exporter, "_SOURCE", without)
    defined = script(read_network(path))
    assert f"def {name}(x):" in own
    assert f"def {name}(x):\n    x = tensor_of(x)\n    return {ACTIVATIONS[name].definition}\n" in defined
    assert difference(defined) <= 1e-10


FUNCTIONS_OF_AXES = """
learning_rate = 0.1
[data]
T = [[0.1, 0.2], [0.3, 0.5]]
y = [1, 0]
[parameters]
W = [[0.1, -0.2], [0.2, 0.4]]
[program]
forward = '''
a = sin(T @ W) + cos(W) * sinh(W) - cosh(W @ W) + arctan(W)
b = pad(a, ((0, 0), (1, 2))) + pad(zeros((2, 3)), 1)[1:3, 1:2]
c = windows(b, 3, axis=1)
d = overlap_add(c * c, axis=1)
m = where(any(W > 0, axis=0, keepdims=True), 1, 2) * where(all(W > 0, axis=0), 3, 1)
best = one_hot(argmax(a, axis=1), 2)
k = clip(maximum(y, 1) - 1, 0, 3) + where(y > 0, 0, y)
i = where(y > 0, 1, 0)
e = sum(W[k] * a[minimum(abs(k - 3), 1)]) + sum(W[i] * a[where(y > 0, 0, 1)] * one_hot(1 - i, 2))
E = e + mean(d**2) + sum(a * m * ones((2, 2))) + sum(best * a) + sum(a[arange(2), argmax(a, axis=0)])
'''
"""


def test_every_function_of_the_language_is_one_of_the_script():
    rows = exporter._SOURCE.read_text("utf-8")
    assert [name for name in FUNCTIONS if f"def {name}(" not in rows and name not in ACTIVATIONS] == []
    made = read_network_text(FUNCTIONS_OF_AXES, Path("functions.toml"))
    assert difference(script(made)) <= 1e-10


@pytest.mark.parametrize("name", ["torch", "optimizer", "print", "ours"])
def test_a_tensor_called_as_something_of_the_script_is_refused_before_the_first_line(name):
    made = read_network_text(FUNCTIONS_OF_AXES.replace("best", name), Path("functions.toml"))
    with pytest.raises(BpstepError, match=f"the exported script uses the name {name} itself"):
        next(pytorch_script(Session(made), 1))


def test_what_has_no_counterpart_in_pytorch_is_said_before_the_first_line(monkeypatch, tmp_path):
    monkeypatch.setitem(OPTIMIZERS, "mine", Optimizer("{p} - 0.5 * learning_rate * {g}"))
    with pytest.raises(BpstepError, match="the optimiser mine has no counterpart in PyTorch"):
        next(pytorch_script(Session(network(optimizer="mine")), 1))
    rows = [row for row in exporter._SOURCE.read_text("utf-8").split("\n\n\n") if "def arctan(" not in row]
    without = tmp_path / "functions.txt"
    without.write_text("\n\n\n".join(rows), "utf-8")
    monkeypatch.setattr(exporter, "_SOURCE", without)
    made = open_network("mazur")
    changed = derive_program(made).steps[0]
    made = replace(made, program={changed.name: f"{changed.source} + 0 * arctan(1)"})
    with pytest.raises(BpstepError, match="the function arctan has no counterpart in PyTorch"):
        next(pytorch_script(Session(made), 1))
