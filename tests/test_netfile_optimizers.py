"""The constants of an optimizer in a network file."""

import numpy as np
import pytest

from bpstep.errors import BpstepError, FileError
from bpstep.export.pytorch_script import pytorch_script
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session


def read(folder, options, optimizer="adam"):
    path = folder / "net.toml"
    path.write_text(
        f'loss = "half_squared_error"\nlearning_rate = 0.1\noptimizer = "{optimizer}"\n'
        "[data]\ninputs = [[1.0, 2.0]]\nlabels = [[0.5]]\n"
        '[[layers]]\nweights = [[0.1], [0.2]]\nbias = false\nactivation = "tanh"\n'
        f"[optimizer_options]\n{options}\n"
    )
    return read_network(path)


@pytest.mark.parametrize(("optimizer", "decay"), [("adam", 0.0), ("adamw", 0.01)])
def test_epsilon_hat_is_added_to_the_root_before_its_correction(tmp_path, optimizer, decay):
    network = read(tmp_path, "epsilon_hat = 0.1", optimizer)
    (tmp_path / "again.toml").write_text(network_text(network))
    session = Session(read_network(tmp_path / "again.toml"))
    weights, m, v = np.array([[0.1], [0.2]]), 0.0, 0.0
    for iteration in range(3):
        session.goto(f"i{iteration + 1}")
        gradient = session.frame.tensors["delta_W1"]
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        t = iteration + 1
        rate = 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        weights = weights - rate * m / (np.sqrt(v) + 0.1) - 0.1 * decay * weights
        np.testing.assert_allclose(session.frame.tensors["W1"], weights, rtol=1e-12)
    assert check_gradients(session).ok


@pytest.mark.parametrize(
    ("options", "optimizer", "message"),
    [
        ("epsilon_hat = 0.1\nepsilon = 0.2", "adam", "net.toml:13: give epsilon or epsilon_hat, not both"),
        ("epsilon_hat = -0.1", "adam", "net.toml:12: epsilon_hat is -0.1"),
        ("epsilon_hat = 0.1", "rmsprop", "net.toml:12: .epsilon_hat. is not an option of rmsprop"),
    ],
)
def test_what_epsilon_hat_cannot_be_is_refused(tmp_path, options, optimizer, message):
    with pytest.raises(FileError, match=message):
        read(tmp_path, options, optimizer)


def test_a_pytorch_script_with_epsilon_hat_is_refused(tmp_path):
    with pytest.raises(BpstepError, match="PyTorch has no optimiser with epsilon_hat"):
        list(pytorch_script(Session(read(tmp_path, "epsilon_hat = 0.1")), 1))
