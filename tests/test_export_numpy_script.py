import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_networks import OPTIONS, network

from bpstep.errors import BpstepError
from bpstep.export.json import json_value
from bpstep.export.numpy_script import numpy_script
from bpstep.export.verbatim import runs_alike, runs_verbatim
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network_text
from bpstep.program.derive import derive_program
from bpstep.session.session import Session


def run_script(source, capsys):
    """The script's output, run where none of our modules can be imported."""
    with np.errstate():  # the script silences NumPy's warnings
        exec(compile(source, "<script>", "exec"), {"__name__": "__main__"})
    return json.loads(capsys.readouterr().out)


def agree(session, iterations, capsys):
    """Run the script of a session and compare every parameter, bit for bit, with the session's own."""
    source = "\n".join(numpy_script(session, iterations))
    assert "bpstep" not in source
    found = run_script(source, capsys)
    session.goto(f"i{iterations}")
    assert set(found) >= set(session.program.parameters)
    for name, value in found.items():
        mine = session.frame.tensors[name]
        assert repr(value) == repr(json_value(mine)), name
    return source


@pytest.mark.parametrize("name", builtin.network_names())
def test_the_script_of_a_built_in_network_ends_with_the_same_bits(name, capsys):
    source = agree(Session(builtin.open_network(name)), 20, capsys)
    assert "for iteration in range(20):" in source


def test_the_script_runs_by_itself(tmp_path):
    net = network("tanh", "softmax", loss="cross_entropy", batch_size=2, shuffle=True, seed=5)
    session = Session(net)
    path = tmp_path / "alone.py"
    path.write_text("\n".join(numpy_script(session, 30)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", path], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    session.goto("i30")
    found = json.loads(done.stdout)
    assert list(found) == ["W", "B1", "V", "B2"]
    assert {name: repr(value) for name, value in found.items()} == {
        name: repr(json_value(session.frame.tensors[name])) for name in found
    }


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_the_script_of_every_activation_ends_with_the_same_bits(activation, capsys):
    agree(Session(network(activation, activation)), 12, capsys)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_script_of_every_loss_ends_with_the_same_bits(loss, reduction, capsys):
    agree(Session(network("tanh", "sigmoid", loss=loss, reduction=reduction, batch_size=2)), 12, capsys)


@pytest.mark.parametrize("optimizer", OPTIONS)
@pytest.mark.parametrize("order", ["after", "immediate"])
def test_the_script_of_every_optimiser_ends_with_the_same_bits(optimizer, order, capsys):
    net = network(optimizer=optimizer, optimizer_options=OPTIONS[optimizer], update_order=order)
    agree(Session(net), 12, capsys)


@pytest.mark.parametrize(
    "given",
    [
        {"batch_size": 1},
        {"batch_size": 2},
        {"batch_size": 2, "shuffle": True, "seed": 9, "reduction": "mean"},
        {"shuffle": True},
        {"samples": 1, "sizes": (3, 4, 1), "derivation": "rows", "update_biases": False},
        {"samples": 1, "sizes": (3, 4, 1), "derivation": "rows", "update_biases": False, "batch_size": 1},
        {"sizes": (3, 1)},
        {"sizes": (40, 30, 20, 10)},
        {"update_biases": False},
    ],
)
def test_the_script_draws_the_same_samples(given, capsys):
    agree(Session(network(**given)), 11, capsys)


def test_edits_at_the_start_are_in_the_script(capsys):
    edits = [("W", (0, 1), 0.5), ("X", (1, 0), 0.3), ("labelY", (0, 1), 0.8), ("learning_rate", (), 0.3)]
    for given in ({}, {"batch_size": 2}, {"batch_size": 2, "shuffle": True}):
        agree(Session(network(**given), [*edits, ("B1", (2,), -1.0)]), 8, capsys)


def test_a_layout_in_memory_is_kept(capsys):
    net = network(sizes=(60, 50, 40), samples=30)
    for layer in net.layers:
        object.__setattr__(layer, "weights", np.asfortranarray(layer.weights))
    assert 'order="F"' in agree(Session(net), 5, capsys)


def test_nan_is_printed_as_a_word(capsys):
    net = network("identity", sizes=(1, 1), samples=1, learning_rate=1e10)
    source = agree(Session(net), 40, capsys)
    assert run_script(source, capsys)["W1"] == [["nan"]]


# The shapes: Y and labelY (5, 2), E one number, V (4, 2), B2 (2,).
TRAPS = {
    "delta_Y": [
        "where(Y > labelY, 1, -1)",
        "-where(Y > 2, 1, 0)",
        "(Y > labelY) - (Y < labelY)",
        "(Y > 0.5) * 2 - labelY",
        "-(Y > 0.5) + Y",
        "(Y - labelY) * 2**0.5",
        "(Y - labelY) * 9**9**1.5 / 9**9**1.5",
        "(Y - labelY) * (1 / 3 + 2 * 5)",
        "(Y - labelY) * -0",
        "(Y - labelY) * 12345678901234567890123 / 12345678901234567890123",
        "(Y - labelY) * 9007199254740993 / 9007199254740992",
        "(Y - labelY)**3 + Y**2 * Y**-1 + Y**0.5 - Y**1 + 2**Y",
        "ones_like(Y) + zeros_like(Y > 1)",
        "repeat(2, 10).reshape(5, 2) + Y * -Y",
        "concatenate([Y[0:2], Y[2:5] > 0.5])",
        "outer(Y[:, 0], Y[0]) - outer(labelY[:, 0] > 0.5, Y[0])",
        "relu(Y - 0.5) + leaky_relu(Y - 0.5) - relu(0.5) + silu(2) + identity(Y)",
        "Y - where(any(Y > 0.9), 1, 0) + all(Y < 0.9) * mean(Y)",
        "(Y - labelY) * where(E > 1, 1, 2) * ones_like(E) * abs(-3) * max(2)",
        "(Y - labelY) * sigmoid(E) * relu(E) * E**2 / E**3",
        "Y - labelY * 1e-08 + Y.T.T[0, 1].reshape(1, 1)",
        "softmax(Y) - labelY + sum(Y, axis=0) / min(Y, axis=-1, keepdims=True)",
        "Y + 2**2**-1 - -1**2",
        "(-2)**3 * Y - (-2)**2 / 1",
        "(1 < 2) + Y",
    ],
    "E": ["1/2", "3", "1 < 2", "max(Y)", "where(max(Y) > 0.5, 1, 2)", "sum(Y).reshape(1)[0]", "any(Y > 2)"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "source"), [(name, text) for name, texts in TRAPS.items() for text in texts]
)
def test_a_replaced_equation_ends_with_the_same_bits(name, source, capsys):
    # What follows from E shows how E itself was computed.
    more = {} if name == "delta_Y" else {"delta_Y": "(Y - labelY) * E**-2 + E / 3"}
    agree(Session(network("tanh", "sigmoid", program={name: source, **more})), 6, capsys)


def test_derived_equations_stand_in_the_script_as_they_are_shown():
    for name in builtin.network_names():
        session = Session(builtin.open_network(name))
        lines = [line.strip() for line in numpy_script(session, 1)]
        for step in session.program.steps:
            if "where" not in step.source:
                assert step.equation in lines


@pytest.mark.parametrize(
    ("source", "plain_text", "but_for_rounding"),
    [
        ("Y - labelY", True, True),
        ("1/2 * Y", True, True),
        ("where(Y > 0, Y, 0)", True, True),
        ("where(Y > 0, 1, 0)", False, True),
        ("(Y > 0) * 2 + Y", False, False),
        ("2**0.5 * Y", False, True),
        ("sigmoid(E) * Y", False, False),
        ("Y / size(Y)", False, True),
        ("size(Y, 0) * Y", False, True),
        ("var(Y) * Y", False, True),
        ("clip(Y, 0, 1)", False, True),
        ("exp(1) * Y", False, True),
    ],
)
def test_only_what_python_runs_the_same_way_stands_as_it_is_written(source, plain_text, but_for_rounding):
    program = derive_program(network(program={"delta_Y": source}))
    step = program.steps[program.step_indices["delta_Y"]]
    assert runs_verbatim(step.tree, program.shapes) is plain_text
    assert runs_alike(step.tree, program.shapes) is but_for_rounding


def test_a_title_is_a_comment_and_nothing_more(capsys):
    agree(Session(network(title='"""\nraise SystemExit #')), 1, capsys)


def test_a_tensor_called_as_something_of_the_script_is_refused_before_the_first_line():
    made = read_network_text(
        "learning_rate = 0.1\n[data]\nnp = [[1.0, 2.0]]\n[parameters]\nW = [[0.1], [0.2]]\n"
        '[program]\nforward = """\nE = sum((np @ W)**2)\n"""\n',
        Path("names.toml"),
    )
    with pytest.raises(BpstepError, match="the exported script uses the name np itself"):
        next(numpy_script(Session(made), 1))
