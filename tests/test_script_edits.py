"""An edit of a script's number is what Python computes where the author writes the number there."""

import numpy as np
import pytest
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.session.origin import open_script_file
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
