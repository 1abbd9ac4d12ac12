"""Learning rates that fall: an equation at the end of each iteration."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.export.numpy_script import numpy_script
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.digest import digest
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import network_at, omitted_edits
from bpstep.session.session import Session

TEXT = """\
loss = "half_squared_error"
learning_rate = {rate}
{more}
[data]
inputs = [[0.5, 1.0], [1.0, -0.5]]
labels = [[0.0], [1.0]]
[[layers]]
weights = [[0.3], [-0.2]]
bias = [0.1]
activation = "sigmoid"
"""

FORWARD = """\
learning_rate = {rate}
{more}
[data]
X = [[0.5, 1.0], [1.0, -0.5]]
labelY = [[0.0], [1.0]]
[parameters]
W = [[0.3], [-0.2]]
[program]
forward = "E = sum((labelY - X @ W)**2)"
"""

RATES = {
    '{ start = 0.2, kind = "inverse_time", decay = 0.5 }': lambda t: 0.2 / (1 + 0.5 * t),
    '{ start = 0.2, decay = 0.5, kind = "exponential" }': lambda t: 0.2 * math.exp(-0.5 * t),
    '{ start = 0.2, kind = "step", factor = 0.1, every = 2 }': lambda t: 0.2 * 0.1 ** (t // 2),
}

INVERSE = next(iter(RATES))


def read(folder, rate, more="", text=TEXT):
    path = folder / "net.toml"
    path.write_text(text.format(rate=rate, more=more))
    return read_network(path)


@pytest.mark.parametrize("text", [TEXT, FORWARD], ids=["layers", "forward"])
@pytest.mark.parametrize("rate", RATES)
def test_each_update_takes_the_rate_of_its_iteration(tmp_path, rate, text):
    session = Session(read(tmp_path, rate, text=text))
    name = session.program.parameters[0]
    before = session.frame.tensors[name]
    for iteration in range(5):
        session.goto(f"i{iteration + 1}")
        tensors = session.frame.tensors
        used = RATES[rate](iteration)
        np.testing.assert_allclose(tensors[name], before - used * tensors[f"delta_{name}"], rtol=1e-13)
        assert float(tensors["learning_rate"]) == pytest.approx(RATES[rate](iteration + 1), rel=1e-14)
        before = tensors[name]
    assert session.frame.step.name == "learning_rate"
    assert 20 < len(sentence(session.frame, ())) <= 150


def test_a_schedule_shares_adams_counter_and_goes_back_and_forth(tmp_path):
    session = Session(read(tmp_path, INVERSE, 'optimizer = "adam"'))
    assert [step.name for step in session.program.steps].count("t") == 1
    session.goto("i30")
    there = session.frame.tensors["W1"].tolist()
    session.step(-session.period * 9)
    assert float(session.frame.tensors["learning_rate"]) == pytest.approx(0.2 / (1 + 0.5 * 21))
    session.goto("i30")
    assert session.frame.tensors["W1"].tolist() == there
    assert check_gradients(session).ok


def test_the_exported_script_has_it(tmp_path):
    session = Session(read(tmp_path, INVERSE))
    script = "\n".join(numpy_script(session, 4))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    session.goto("i4")
    assert json.loads(done.stdout)["W1"] == session.frame.tensors["W1"].tolist()


@pytest.mark.parametrize("text", [TEXT, FORWARD], ids=["layers", "forward"])
def test_a_schedule_is_written_with_edits_and_read_again(tmp_path, text):
    session = Session(read(tmp_path, INVERSE, text=text))
    session.edit("rate_start", (), 0.75)
    session.edit("learning_rate", (), 3.0)
    assert "learning_rate" in omitted_edits(session)
    (tmp_path / "again.toml").write_text(network_text(network_at(session)))
    again = read_network(tmp_path / "again.toml")
    assert again.learning_rate == 0.75
    assert again.schedule == session.network.schedule
    assert digest(again) != digest(session.network)
    for rate in RATES:
        made = read(tmp_path, rate, text=text)
        (tmp_path / "again.toml").write_text(network_text(made))
        assert read_network(tmp_path / "again.toml").schedule == made.schedule


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ('{ start = 0.1, kind = "cosine", decay = 1 }', "kind is .cosine.; expected one of inverse_time"),
        ('{ start = 0.1, kind = "inverse_time" }', "decay is missing"),
        ('{ kind = "inverse_time", decay = 1 }', "start is missing"),
        ("{ start = 0.1, decay = 1 }", "kind is missing"),
        ('{ start = 0.1, kind = "step", factor = 0.5, every = 0 }', "every is 0; expected a number above 0"),
        (
            '{ start = -1, kind = "step", factor = 0.5, every = 1 }',
            "start is -1; expected a number, 0 or more",
        ),
        (
            '{ start = 0.1, kind = "step", gamma = 0.5 }',
            "unknown key .gamma.; the key is factor",
        ),
    ],
)
def test_what_is_no_schedule_is_refused(tmp_path, rate, message):
    with pytest.raises(FileError, match=f"net.toml:2: {message}"):
        read(tmp_path, rate)
