"""Test samples beside batch normalisation: mean and variance over the batches, as PyTorch carries them."""

import contextlib
import io
import json
import re

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.explain.provenance import describe_write
from bpstep.export.numpy_script import numpy_script
from bpstep.export.pytorch_script import pytorch_script
from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.digest import digest
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import network_at, omitted_edits
from bpstep.session.plane import outputs_over_plane
from bpstep.session.scores import scores
from bpstep.session.session import Session

TRAINED = [[0.5, 1.0], [1.0, -0.5], [-1.0, 0.3], [0.2, 0.2], [0.7, -0.9], [-0.4, 0.6], [0.1, 0.8], [0.9, 0.4]]
TEXT = f"""\
loss = "mean_squared_error"
reduction = "mean"
learning_rate = 0.1
batch_size = 3
[data]
inputs = {TRAINED}
labels = [[0.0], [1.0], [0.5], [0.1], [0.3], [0.2], [0.8], [0.6]]
test_inputs = [[0.3, -0.7], [1.2, 0.1]]
test_labels = [[0.4], [0.9]]
[[layers]]
weights = [[0.1, -0.4, 0.3], [0.5, 0.2, -0.6]]
normalization = "batch"
activation = "tanh"
[[layers]]
weights = [[0.3], [-0.2], [0.4]]
bias = [0.1]
normalization = "batch"
activation = "identity"
"""
CARRIED = ("running_mean_1", "running_var_1", "running_mean_2", "running_var_2")


def read(folder, text=TEXT):
    path = folder / "net.toml"
    path.write_text(text)
    return read_network(path)


def outputs(tensors, x):
    """The network's outputs for some samples, normalised by the running values."""
    for k, weights, bias, activation in ((1, "W", 0.0, np.tanh), (2, "V", tensors["B2"], lambda net: net)):
        net = x @ tensors[weights] + bias
        hat = (net - tensors[f"running_mean_{k}"]) / np.sqrt(tensors[f"running_var_{k}"] + 1e-5)
        x = activation(tensors[f"gamma_{k}"] * hat + tensors[f"beta_{k}"])
    return x


def test_an_iteration_takes_a_tenth_of_the_mean_and_of_the_unbiased_variance_of_its_batch(tmp_path):
    session = Session(read(tmp_path))
    carried = {name: session.frame.tensors[name] for name in CARRIED}
    assert [value.tolist() for value in carried.values()] == [[0, 0, 0], [1, 1, 1], [0], [1]]
    sizes = []
    for iteration in range(5):
        session.goto(f"i{iteration}:update")
        for k in (1, 2):
            net = session.frame.tensors[f"net_{k}"]
            for name, new in (("mean", net.mean(axis=0)), ("var", net.var(axis=0, ddof=1))):
                carried[f"running_{name}_{k}"] = 0.9 * carried[f"running_{name}_{k}"] + 0.1 * new
        sizes.append(len(net))
        session.goto(f"i{iteration + 1}")
        for name, wanted in carried.items():
            np.testing.assert_allclose(session.frame.tensors[name], wanted, rtol=1e-12, err_msg=name)
    assert sizes == [3, 3, 2, 3, 3]
    assert check_gradients(session).ok


def test_both_scores_and_the_plane_are_computed_with_what_is_carried(tmp_path):
    network = read(tmp_path)
    session = Session(network)
    data = network.forward.data
    parts = [(data["X"], data["labelY"]), (network.held_out.inputs, network.held_out.labels)]
    for at in ("0", "i2:net_2", "i5"):
        session.goto(at)
        tensors, found = session.frame.tensors, scores(session.frame)
        for score, (x, labels) in zip((found.training, found.test), parts):
            wanted = np.mean((outputs(tensors, x) - labels) ** 2)
            assert score.loss == pytest.approx(wanted, rel=1e-12)
        plane = outputs_over_plane(session.frame, 4, 2)
        (left, bottom), (right, top) = plane.low, plane.high
        corner = np.array([[left + (right - left) / 8, top - (top - bottom) / 4]])
        np.testing.assert_allclose(plane.outputs[0, 0], outputs(tensors, corner)[0], rtol=1e-12)


def test_scores_are_those_of_pytorchs_eval(tmp_path):
    torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")
    network = read(tmp_path)
    nn, forward = torch.nn, network.forward
    layers = [nn.Linear(2, 3, bias=False), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1), nn.BatchNorm1d(1)]
    model = nn.Sequential(*layers).double()
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor(forward.parameters["W"].T))
        model[3].weight.copy_(torch.tensor(forward.parameters["V"].T))
        model[3].bias.copy_(torch.tensor(forward.parameters["B2"]))
    x, labels = (torch.tensor(forward.data[name]) for name in ("X", "labelY"))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for first in (0, 3, 6, 0, 3):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x[first : first + 3]), labels[first : first + 3]).backward()
        optimizer.step()
    model.eval()
    session = Session(network)
    session.goto("i5")
    found, tensors = scores(session.frame), session.frame.tensors
    tests = (torch.tensor(network.held_out.inputs), torch.tensor(network.held_out.labels))
    for score, (inputs, targets) in ((found.training, (x, labels)), (found.test, tests)):
        wanted = nn.functional.mse_loss(model(inputs), targets).item()
        assert score.loss == pytest.approx(wanted, abs=1e-10)
    for k, module in ((1, model[1]), (2, model[4])):
        for name in ("mean", "var"):
            wanted = getattr(module, f"running_{name}").numpy()
            np.testing.assert_allclose(tensors[f"running_{name}_{k}"], wanted, atol=1e-10)


def test_nothing_is_carried_without_test_samples_or_without_a_mean_over_the_batch(tmp_path):
    for text in (re.sub("test_.*\n", "", TEXT), TEXT.replace('"batch"', '"layer"')):
        made = read(tmp_path, text)
        assert not made.forward.running
        assert "running" not in network_text(made)
        assert not any("running" in name for name in Session(made).program.tensors)


def test_what_is_written_is_read_again_with_its_edits_at_the_start(tmp_path):
    made = read(tmp_path)
    session = Session(made)
    session.edit("running_var_1", (1,), 2.5)
    assert omitted_edits(session) == ()
    texts = [network_text(made), network_text(network_at(session))]
    again, edited = (read(tmp_path, text) for text in texts)
    assert again.forward.running["running_var_1"].next == made.forward.running["running_var_1"].next
    assert digest(again) == digest(read(tmp_path, network_text(again))) != digest(edited)
    assert edited.forward.running["running_var_1"].start.tolist() == [1.0, 2.5, 1.0]
    found = []
    for network in (made, again):
        session = Session(network)
        session.goto("i4")
        found.append((scores(session.frame), *(session.frame.tensors[name].tolist() for name in CARRIED)))
    assert found[0] == found[1]


def test_another_equation_of_a_running_value_is_another_network(tmp_path):
    written = network_text(read(tmp_path))
    other = written.replace("0.9 * running_mean_1", "0.8 * running_mean_1")
    assert digest(read(tmp_path, other)) != digest(read(tmp_path, written))


def test_the_step_says_what_it_is_for_and_where_it_began(tmp_path):
    session = Session(read(tmp_path))
    session.goto("i0:running_var_1")
    told = sentence(session.frame, (0,))
    value = session.frame.tensors["running_var_1"][0]
    variance = session.frame.tensors["var_1"][0]
    assert told == (
        f"running_var_1[0] goes from 1.0000 to {value:.4f}; this batch has var_1[0] = {variance:.4f}. Test "
        "samples are computed with running_var_1 in place of var_1."
    )
    assert describe_write(session.frame, "running_var_1", (0,), 0) == "initial value"
    assert describe_write(session.frame, "running_mean_1", (0,), 0) == "0 at the start"


def test_the_scripts_carry_the_same_values(tmp_path, capsys):
    session = Session(read(tmp_path))
    defined = {"__name__": "__main__"}
    exec(compile("\n".join(numpy_script(session, 5)), "script", "exec"), defined)
    parameters = json.loads(capsys.readouterr().out)
    session.goto("i5")
    assert parameters["W"] == session.frame.tensors["W"].tolist()
    for name in CARRIED:
        assert defined[name].tolist() == session.frame.tensors[name].tolist()


@pytest.mark.parametrize("more", ["", '[program]\ndelta_Y = "2 * (Y - labelY)"\n'])
def test_the_pytorch_script_compares_them(tmp_path, more):
    torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")
    text = "\n".join(pytorch_script(Session(read(tmp_path, TEXT + more)), 5))
    kept, out, defined = torch.get_default_dtype(), io.StringIO(), {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(text, "script", "exec"), defined)
    finally:
        torch.set_default_dtype(kept)
    assert set(CARRIED) <= defined["final"].keys()
    assert float(out.getvalue().split()[-1]) <= 1e-10


BY_FORWARD = """\
learning_rate = 0.1
[data]
X = [[1.0], [2.0], [4.0]]
labelY = [[0.0], [1.0], [1.0]]
[test]
inputs = [[3.0]]
labels = [[1.0]]
loss = "squared_error"
[parameters]
w = [[0.5]]
[running]
running_mu = { start = [1.0], next = "running_mu / 2 + mu / 2" }
[program]
forward = \"\"\"
mu = mean(X, axis=0)
sigma = std(X, axis=0)
Y = (X - mu) / sigma @ w
E = mean((Y - labelY)**2)
\"\"\"
"""


def test_a_forward_pass_carries_what_it_names_and_takes_the_rest_from_the_batch(tmp_path):
    session = Session(read(tmp_path, BY_FORWARD))
    session.goto("i1")
    tensors = session.frame.tensors
    assert tensors["running_mu"].tolist() == [(1 + 7 / 3) / 2]
    output = (3.0 - tensors["running_mu"][0]) / np.std([1.0, 2.0, 4.0]) * tensors["w"][0, 0]
    assert scores(session.frame).test.loss == pytest.approx((output - 1.0) ** 2, rel=1e-12)


LINE = 'running_mu = { start = [1.0], next = "running_mu / 2 + mu / 2" }'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("running_mu", "running_nu", "net.toml:12: running_nu is not a running value; expected running_"),
        ("running_mu = { start", "mu = { start", "net.toml:12: mu is not a running value"),
        ("[1.0]", "[1.0, 2.0]", "net.toml:12: running_mu: a running value of mu has its shape, 1; got 2"),
        ("mu / 2 + mu / 2", "mu[0]", "net.toml:12: running_mu: a running value of mu has its shape"),
        (", next", ", then", "net.toml:12: .*then"),
        ('"running_mu / 2 + mu / 2"', '"running_mu +"', "net.toml:12: .*running_mu"),
        ('"running_mu / 2 + mu / 2"', '"running_mu + nowhere"', "net.toml:12: .*nowhere"),
    ],
)
def test_what_is_no_running_value_is_refused(tmp_path, old, new, message):
    with pytest.raises(FileError, match=message):
        read(tmp_path, BY_FORWARD.replace(LINE, LINE.replace(old, new)))


def test_a_batch_of_one_sample_is_refused_beside_test_samples_only(tmp_path):
    text = TEXT.replace("batch_size = 3", "batch_size = 7")
    with pytest.raises(FileError, match=r"net\.toml:4: a batch has one sample only: beside test data"):
        read(tmp_path, text)
    assert read(tmp_path, re.sub("test_.*\n", "", text)).batch_sizes == (7, 1)
