"""`normalization` in a layer is short for the equations of a forward pass."""

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.session import Session

TEXT = """\
loss = "mean_squared_error"
reduction = "mean"
learning_rate = 0.1
{more}
[data]
inputs = [[0.5, 1.0], [1.0, -0.5], [-1.0, 0.3], [0.2, 0.2]]
labels = [[0.0], [1.0], [0.5], [0.1]]
[[layers]]
weights = [[0.1, -0.4, 0.3], [0.5, 0.2, -0.6]]
normalization = "{kind}"
activation = "tanh"
[[layers]]
weights = [[0.3], [-0.2], [0.4]]
bias = [0.1]
activation = "identity"
"""


def read(folder, kind="batch", more="", text=TEXT):
    path = folder / "net.toml"
    path.write_text(text.format(kind=kind, more=more))
    return read_network(path)


@pytest.mark.parametrize("kind", ["batch", "layer"])
def test_the_values_are_those_by_hand_and_the_gradients_those_of_differences(tmp_path, kind):
    session = Session(read(tmp_path, kind, "l2 = 0.1"))
    session.goto("E")
    tensors = session.frame.tensors
    net = tensors["X"] @ tensors["W"]
    axis = 0 if kind == "batch" else 1
    mean, variance = net.mean(axis, keepdims=True), net.var(axis, keepdims=True)
    hidden = np.tanh((net - mean) / np.sqrt(variance + 1e-5))
    outputs = hidden @ tensors["V"] + 0.1
    np.testing.assert_allclose(tensors["Y"], outputs, rtol=1e-12)
    penalty = 0.05 * (np.sum(tensors["W"] ** 2) + np.sum(tensors["V"] ** 2))
    wanted = np.mean((outputs - tensors["labelY"]) ** 2) + penalty
    assert float(tensors["E"]) == pytest.approx(wanted, rel=1e-12)
    assert check_gradients(session).ok


def test_a_layer_over_the_samples_has_a_bias_only_where_one_is_given(tmp_path):
    assert list(read(tmp_path).forward.parameters) == ["W", "gamma_1", "beta_1", "V", "B2"]
    assert list(read(tmp_path, "layer").forward.parameters) == ["W", "B1", "gamma_1", "beta_1", "V", "B2"]
    held = read(tmp_path, more="update_biases = false")
    assert list(held.forward.parameters) == ["W", "gamma_1", "beta_1", "V"]
    assert held.forward.constants["B2"].tolist() == [0.1]


def test_the_equations_are_those_of_a_textbook_and_are_read_again(tmp_path):
    made = read(tmp_path)
    assert made.forward.equations[:6] == (
        ("net_1", "X @ W"),
        ("mean_1", "mean(net_1, axis=0)"),
        ("var_1", "mean((net_1 - mean_1)**2, axis=0)"),
        ("hat_1", "(net_1 - mean_1) / sqrt(var_1 + normalization_epsilon)"),
        ("norm_1", "gamma_1 * hat_1 + beta_1"),
        ("H", "tanh(norm_1)"),
    )
    (tmp_path / "again.toml").write_text(network_text(made))
    again = read_network(tmp_path / "again.toml")
    assert again.forward.equations == made.forward.equations
    assert list(again.forward.parameters) == list(made.forward.parameters)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"{kind}"', '"group"', "net.toml:10: normalization is .group.; expected one of batch, layer"),
        ("{more}", 'update_order = "immediate"', "net.toml:4: update_order cannot be combined with the"),
    ],
)
def test_what_cannot_stand_beside_it_is_refused(tmp_path, old, new, message):
    with pytest.raises(FileError, match=message):
        read(tmp_path, text=TEXT.replace(old, new))
