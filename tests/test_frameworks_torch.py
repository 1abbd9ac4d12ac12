"""Models of PyTorch become networks with the same values, gradients and updates."""

import numpy as np
import pytest

import bpstep
from bpstep.session.session import Session

torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")

nn = torch.nn

OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
}

LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss(),
    "binary_cross_entropy": nn.BCEWithLogitsLoss(),
    "mean_squared_error": nn.MSELoss(),
}

HIDDEN = (nn.Sigmoid, nn.Tanh, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Softplus, nn.SiLU)


def drawn_model(random):
    """A model of one to six modules, its data, and the loss that fits its outputs."""
    loss = list(LOSSES)[int(random.integers(3))]
    width = inputs = int(random.integers(2, 5))
    modules = []
    for _ in range(int(random.integers(0, 6))):
        kind = int(random.integers(5))
        if kind < 2:
            units = int(random.integers(2, 5))
            modules.append(nn.Linear(width, units, bias=bool(random.integers(2))))
            width = units
        elif kind == 2:
            modules.append(nn.BatchNorm1d(width, affine=bool(random.integers(2))))
        elif kind == 3:
            modules.append(nn.LayerNorm(width))
        else:
            modules.append(HIDDEN[int(random.integers(len(HIDDEN)))]())
    outputs = 1 if loss == "binary_cross_entropy" else int(random.integers(2, 4))
    model = nn.Sequential(*modules, nn.Linear(width, outputs)).double()
    X = torch.tensor(random.normal(size=(6, inputs)))
    if loss == "cross_entropy":
        y = torch.tensor(random.integers(0, outputs, 6))
    elif loss == "binary_cross_entropy":
        y = torch.tensor(random.integers(0, 2, (6, 1)).astype(float))
    else:
        y = torch.tensor(random.normal(size=(6, outputs)))
    return model, X, y, loss


def gradients_in_order(model):
    """What each module has learned so far and its gradient, as bpstep lays them out."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            yield module.weight.grad.numpy().T, module.weight.detach().numpy().T
            if module.bias is not None:
                yield module.bias.grad.numpy(), module.bias.detach().numpy()
        elif isinstance(module, nn.BatchNorm1d | nn.LayerNorm) and module.weight is not None:
            yield module.weight.grad.numpy(), module.weight.detach().numpy()
            yield module.bias.grad.numpy(), module.bias.detach().numpy()


@pytest.mark.parametrize("seed", range(30))
def test_a_drawn_model_learns_what_pytorch_learns(seed):
    torch.manual_seed(seed)
    model, X, y, loss = drawn_model(np.random.default_rng(seed))
    name = list(OPTIMIZERS)[seed % 3]
    session = Session(bpstep.network(model, X, y, loss=loss, optimizer=name, learning_rate=0.1))
    optimizer = OPTIMIZERS[name](model.parameters())
    for iteration in range(3):
        optimizer.zero_grad()
        value = LOSSES[loss](model(X), y)
        value.backward()
        optimizer.step()
        session.goto(f"i{iteration + 1}")
        tensors = session.frame.tensors
        assert float(tensors["E"]) == pytest.approx(value.item(), rel=1e-10)
        names = list(session.program.gradients)
        wanted = list(gradients_in_order(model))
        assert len(names) == len(wanted)
        for parameter, (gradient, learned) in zip(names, wanted):
            (found,) = session.program.gradients[parameter]
            np.testing.assert_allclose(tensors[found], gradient, rtol=1e-8, atol=1e-10)
            np.testing.assert_allclose(tensors[parameter], learned, rtol=1e-8, atol=1e-10)


def test_layers_are_seen_as_layers_and_single_precision_is_copied_bit_for_bit():
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 2)))
    network = bpstep.network(model, torch.ones(4, 2), torch.tensor([0, 1, 1, 0]), loss="cross_entropy")
    assert network.sizes == (2, 3, 2)
    assert [layer.activation for layer in network.layers] == ["tanh", "softmax"]
    assert np.array_equal(network.layers[0].weights, model[1].weight.detach().double().numpy().T)
    assert network.warnings == ()


def test_embeddings_take_whole_numbers():
    model = nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(6, 3)).double()
    X, y = torch.tensor([[0, 1, 4], [2, 2, 3]]), torch.tensor([2, 0])
    session = Session(bpstep.network(model, X, y, loss="cross_entropy"))
    session.goto("E")
    assert float(session.frame.tensors["E"]) == pytest.approx(LOSSES["cross_entropy"](model(X), y).item())
    assert bpstep.check(model, X, y, loss="cross_entropy").ok


def test_in_evaluation_the_running_statistics_are_constants_and_dropout_is_nothing():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 1)).double()
    X, y = torch.randn(8, 2, dtype=torch.float64), torch.randn(8, 1, dtype=torch.float64)
    model(X)
    with pytest.raises(bpstep.BpstepError, match=r"the module 2 is Dropout .* call model.eval"):
        bpstep.network(model, X, y, loss="mean_squared_error")
    model.eval()
    session = Session(bpstep.network(model, X, y, loss="mean_squared_error"))
    session.goto("Y")
    np.testing.assert_allclose(session.frame.tensors["Y"], model(X).detach().numpy(), rtol=1e-12)


class Chain(nn.Module):
    def __init__(self, twice):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)
        self.twice = twice

    def forward(self, x):
        x = self.act(self.first(x))
        return self.last(self.act(x) if self.twice else x)


def test_a_module_of_ones_own_is_read_where_it_is_the_chain_of_its_modules():
    torch.manual_seed(1)
    X, y = torch.randn(4, 2), torch.randn(4, 1)
    assert bpstep.network(Chain(False), X, y, loss="mean_squared_error").sizes == (2, 2, 1)
    with pytest.raises(bpstep.BpstepError, match="the forward pass of Chain is not the chain of its modules"):
        bpstep.network(Chain(True), X, y, loss="mean_squared_error")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: nn.LSTM(2, 3), "the module 0 is LSTM, which is not known; expected Linear, BatchNorm1d"),
        (lambda: nn.LeakyReLU(0.2), r"0 \(LeakyReLU\) has negative_slope = 0.2; expected 0.01"),
        (lambda: nn.LayerNorm((1, 2)), r"\(LayerNorm\) has normalized_shape"),
    ],
)
def test_what_is_not_known_is_refused_by_its_module(module, message):
    with pytest.raises(bpstep.BpstepError, match=message):
        bpstep.network(nn.Sequential(module(), nn.Linear(2, 1)), torch.ones(2, 2), torch.ones(2, 1))
