"""Models of PyTorch become networks with the same values, gradients and updates."""

import math
import random
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from documents import blocks, framework, page, wrong_answers

import bpstep
from bpstep.frameworks import torch_graph
from bpstep.frameworks.chain import LOG_SOFTMAX, ActivationLayer, Linear
from bpstep.frameworks.torch_models import run_operation
from bpstep.model.optimizers import OPTIMIZERS as RULES
from bpstep.netfile.reader import read_network
from bpstep.netfile.writer import network_text
from bpstep.session.scores import scores
from bpstep.session.session import Session

torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")

nn, F = torch.nn, torch.nn.functional

# Models this small are computed faster without a second thread.
torch.set_num_threads(1)

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

HIDDEN = (nn.Sigmoid, nn.Tanh, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Softplus, nn.SiLU, nn.Identity)

SAMPLES = 6


def activation(random):
    at = int(random.integers(len(HIDDEN) + 1))
    return HIDDEN[at]() if at < len(HIDDEN) else nn.GELU(approximate="tanh")


def drawn_front(random):
    """Modules for images, sequences or words, and their inputs; none for plain columns."""
    kind = int(random.integers(5))
    if kind == 0:
        width = int(random.integers(1, 4))
        words = torch.tensor(random.integers(0, 5, (SAMPLES, 3)))
        return [nn.Embedding(5, width), nn.Flatten()], words
    if kind in (1, 2):
        stride, padding = int(random.integers(1, 3)), int(random.integers(2))
        conv, norm, pool = [
            (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d),
            (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d),
        ][kind - 1]
        wide = kind == 2 and bool(random.integers(2))
        kernel, stride, padding = ((1, 3), 2, 1) if wide else (2, stride, padding)
        modules = [conv(2, 3, kernel, stride=stride, padding=padding, bias=bool(random.integers(2)))]
        modules += [norm(3)] * int(random.integers(2)) + [activation(random)] * int(random.integers(2))
        modules += [pool(2, stride=int(random.integers(1, 3)))] * bool(random.integers(4))
        inputs = torch.tensor(random.normal(size=(SAMPLES, 2, 6, 5)[: 2 + kind]))
        if random.integers(3):
            # A blank background, over which windows and what is pooled are equal.
            inputs[:, :, :3] = 0
        return [*modules, nn.Flatten()], inputs
    return [], torch.tensor(random.normal(size=(SAMPLES, int(random.integers(2, 5)))))


def drawn_model(random):
    """A model of one to six modules, its data, and the loss that fits its outputs."""
    loss = list(LOSSES)[int(random.integers(3))]
    modules, X = drawn_front(random)
    width = nn.Sequential(*modules).double()(X).shape[1]
    for _ in range(int(random.integers(0, 6 - len(modules)))):
        kind = int(random.integers(6))
        if kind < 2:
            units = int(random.integers(2, 5))
            modules.append(nn.Linear(width, units, bias=bool(random.integers(2))))
            width = units
        elif kind == 2:
            modules.append(nn.BatchNorm1d(width, affine=bool(random.integers(2))))
        elif kind == 3:
            modules.append(nn.LayerNorm(width))
        elif kind == 4:
            modules.append(nn.Dropout().eval())
        else:
            modules.append(activation(random))
    outputs = 1 if loss == "binary_cross_entropy" else int(random.integers(2, 4))
    trains = any(True for module in modules for _ in module.parameters())
    if trains and loss != "binary_cross_entropy" and random.integers(3) == 0:
        # No linear layer at the end, and perhaps none at all.
        outputs, model = width, nn.Sequential(*modules).double()
    else:
        model = nn.Sequential(*modules, nn.Linear(width, outputs)).double()
    if loss == "cross_entropy":
        y = torch.tensor(random.integers(0, outputs, SAMPLES))
    elif loss == "binary_cross_entropy":
        y = torch.tensor(random.integers(0, 2, (SAMPLES, 1)).astype(float))
    else:
        y = torch.tensor(random.normal(size=(SAMPLES, outputs)))
    return model, X, y, loss


def in_order(model):
    """Each parameter, as bpstep lays them out, and how to turn it."""
    for module in model:
        for name, parameter in module.named_parameters():
            yield parameter, isinstance(module, nn.Linear) and name == "weight"


ROUNDING = 1e-13
"""A normalisation over the samples takes away what was added to each alike: its gradient is less than this.

Adam divides a gradient by its size, and makes of rounding a step of any kind.
"""

ACTIVATIONS = {
    "cross_entropy": nn.Softmax(-1),
    "binary_cross_entropy": nn.Sigmoid(),
    "mean_squared_error": nn.Identity(),
}


def assert_near(found, wanted):
    """Within 1e-10, relative to the number if it is above 1, else absolute."""
    wanted = wanted.detach().numpy()
    assert np.all(np.abs(found - wanted) <= 1e-10 * np.maximum(1, np.abs(wanted))), (found, wanted)


@pytest.mark.parametrize("seed", range(30))
def test_a_drawn_model_learns_what_pytorch_learns(seed):
    torch.manual_seed(seed)
    model, X, y, loss = drawn_model(np.random.default_rng(seed))
    made = bpstep.network(model, X, y, loss=loss, learning_rate=0.1)
    for name, rule in OPTIMIZERS.items():
        options = {"optimizer": name, "optimizer_options": dict(RULES[name].options)}
        session = Session(made if name == made.optimizer else replace(made, **options))
        learner = deepcopy(model)
        optimizer = rule(learner.parameters())
        parameters, lost = list(session.program.gradients), {}
        for iteration in range(3):
            optimizer.zero_grad()
            outputs = learner(X)
            value = LOSSES[loss](outputs, y)
            value.backward()
            optimizer.step()
            session.goto(f"i{iteration + 1}")
            tensors = session.frame.tensors
            assert_near(tensors["E"], value)
            assert_near(tensors["Y"], ACTIVATIONS[loss](outputs))
            for own, (wanted, turned) in zip(parameters, in_order(learner), strict=True):
                (gradient,) = session.program.gradients[own]
                found, slope = (tensors[each].T if turned else tensors[each] for each in (own, gradient))
                assert_near(slope, wanted.grad)
                if name == "adam":
                    lost[own] = lost.get(own, False) | (wanted.grad.abs() < ROUNDING).numpy()
                kept = ~lost.get(own, np.zeros(found.shape, dtype=bool))
                assert_near(found[kept], wanted[kept])


def test_layers_are_seen_as_layers_and_single_precision_is_copied_bit_for_bit():
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 2)))
    network = bpstep.network(model, torch.ones(4, 2), torch.tensor([0, 1, 1, 0]), loss="cross_entropy")
    assert network.sizes == (2, 3, 2)
    assert [layer.activation for layer in network.layers] == ["tanh", "softmax"]
    assert np.array_equal(network.layers[0].weights, model[1].weight.detach().double().numpy().T)
    assert network.warnings == ()


@pytest.mark.parametrize("nested", [False, True])
def test_softmax_before_cross_entropy_is_warned_of_as_pytorch_applies_it_twice(nested):
    last = nn.Sequential(nn.Softmax(-1)) if nested else nn.Softmax(-1)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2), last).double()
    X, y = torch.ones(4, 2).double(), torch.tensor([0, 1, 1, 0])
    network = bpstep.network(model, X, y, loss="cross_entropy")
    (told,) = network.warnings
    assert "nn.CrossEntropyLoss would apply again" in told
    session = Session(network)
    session.goto("E")
    once = LOSSES["cross_entropy"](model[:-1](X), y).item()
    assert float(session.frame.tensors["E"]) == pytest.approx(once, rel=1e-10)
    assert abs(LOSSES["cross_entropy"](model(X), y).item() - once) > 1e-3
    assert bpstep.network(model[:-1], X, y, loss="cross_entropy").warnings == ()
    assert bpstep.network(model, X, y, loss="binary_cross_entropy").warnings == ()


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
    model.eval()
    session = Session(bpstep.network(model, X, y, loss="mean_squared_error"))
    session.goto("Y")
    np.testing.assert_allclose(session.frame.tensors["Y"], model(X).detach().numpy(), rtol=1e-12)


def learns_alike(model, X, y, loss="mean_squared_error"):
    """Compare three iterations of a model with those of PyTorch; returns bpstep's session."""
    session = Session(bpstep.network(model, X, y, loss=loss, optimizer="momentum", learning_rate=0.1))
    optimizer = OPTIMIZERS["momentum"](model.parameters())
    for iteration in range(3):
        optimizer.zero_grad()
        value = LOSSES[loss](model(X), y)
        value.backward()
        optimizer.step()
        session.goto(f"i{iteration + 1}")
        tensors = session.frame.tensors
        assert_near(tensors["E"], value)
        for name, parameter in zip(session.program.gradients, model.parameters(), strict=True):
            turned = parameter.ndim == 2 and name[0] == "W"
            (gradient,) = session.program.gradients[name]
            for own, wanted in ((name, parameter), (gradient, parameter.grad)):
                assert_near(tensors[own], wanted.T if turned else wanted)
    return session


WITHOUT_WEIGHTS = {
    "two normalisations": [nn.BatchNorm1d(2), nn.LayerNorm(2)],
    "one normalisation": [nn.LayerNorm(2)],
    "with modules between": [nn.BatchNorm1d(2), nn.Dropout().eval(), nn.LeakyReLU(), nn.LayerNorm(2)],
    "a table": [nn.Embedding(5, 3), nn.Flatten()],
    "a table, with modules between": [nn.Embedding(5, 3), nn.Dropout().eval(), nn.LeakyReLU(), nn.Flatten()],
}


@pytest.mark.parametrize("case", WITHOUT_WEIGHTS)
def test_a_chain_without_a_linear_layer_or_a_convolution_learns_its_parameters(case):
    torch.manual_seed(1)
    model = deepcopy(nn.Sequential(*WITHOUT_WEIGHTS[case])).double()
    if isinstance(model[0], nn.Embedding):
        X, y, loss = torch.tensor([[0, 1], [4, 2], [2, 3]]), torch.tensor([5, 0, 2]), "cross_entropy"
    else:
        X, y, loss = torch.randn(4, 2).double(), torch.randn(4, 2).double(), "mean_squared_error"
    penalized = bpstep.network(model, X, y, loss=loss, l2=0.1)
    assert "l2" not in penalized.constants  # only weights and kernels are penalised
    learns_alike(model, X, y, loss)


def test_a_model_without_any_parameter_is_refused():
    model = nn.Sequential(
        nn.LayerNorm(2, elementwise_affine=False), nn.Tanh(), nn.BatchNorm1d(2, affine=False)
    )
    with pytest.raises(bpstep.BpstepError, match="the model has no parameters"):
        bpstep.network(model, torch.randn(3, 2), torch.ones(3, 2), loss="mean_squared_error")


class Between(nn.Module):
    """A convolution, something, and a layer."""

    def __init__(self, middle, X):
        super().__init__()
        self.front, self.middle, self.flat = nn.Conv2d(2, 3, 2), middle, nn.Flatten()
        if X.ndim == 3:
            self.front = nn.Conv1d(2, 3, 2)
        self.double()
        if isinstance(middle, nn.Module):
            middle.double()
        self.back = nn.Linear(self.flat(middle(self.front(X))).shape[1], 2).double()

    def forward(self, x):
        return self.back(self.flat(self.middle(self.front(x))))


BETWEEN = {
    "LeakyReLU": nn.LeakyReLU(0.2),
    "ELU": nn.ELU(2.0),
    "CELU": nn.CELU(0.5),
    "SELU": nn.SELU(),
    "Softplus": nn.Softplus(2.0),
    "Softsign": nn.Softsign(),
    "GELU": nn.GELU(approximate="tanh"),
    "Mish": nn.Mish(),
    "LogSigmoid": nn.LogSigmoid(),
    "Hardtanh": nn.Hardtanh(-0.3, 0.2),
    "Hardswish": lambda x: F.hardswish(x * 9),
    "Tanhshrink": nn.Tanhshrink(),
    "Hardshrink": nn.Hardshrink(0.1),
    "Softshrink": nn.Softshrink(0.1),
    "Threshold": nn.Threshold(0.1, -0.2),
    "ReLU6": lambda x: F.relu6(x * 10),
    "mean of windows": nn.AvgPool2d(3, 2, padding=1),
    "maximum of padded windows": nn.MaxPool2d(3, 2, padding=1),
    "one mean": nn.AdaptiveAvgPool2d(1),
    "means of parts": nn.AdaptiveAvgPool2d((3, None)),
    "maxima of parts": nn.AdaptiveMaxPool2d((1, 5)),
    "dilation": nn.Conv2d(3, 2, 2, dilation=2, stride=2, padding=1),
    "padding along one axis": nn.Conv2d(3, 2, (1, 3), padding=(0, 1)),
    "dilation, same size": nn.Conv2d(3, 2, (2, 3), dilation=(2, 1), padding="same"),
    "functions": lambda x: F.elu(F.avg_pool2d(x, 2, 1), 1.5),
    "adaptive function": lambda x: F.adaptive_avg_pool2d(x, 1),
    "mean of places": lambda x: x.mean((2, 3)),
    "scaled": lambda x: (x - 0.5) / 0.25,
    "arithmetic": lambda x: 1 - x * 0.5 + (-2),
}

BETWEEN_1D = {
    "mean of windows": nn.AvgPool1d(2, 1),
    "maximum of padded windows": nn.MaxPool1d(3, 2, padding=1),
    "means of parts": nn.AdaptiveAvgPool1d(3),
    "dilation": nn.Conv1d(3, 2, 2, dilation=3, padding=2),
    "mean of places": lambda x: torch.mean(x, dim=-1),
}


@pytest.mark.parametrize("case", [*BETWEEN, *(f"{case}, 1d" for case in BETWEEN_1D)])
def test_a_module_in_the_middle_passes_back_what_pytorch_passes(case):
    torch.manual_seed(1)
    is_flat = case.endswith(", 1d")
    middle = BETWEEN_1D[case.removesuffix(", 1d")] if is_flat else BETWEEN[case]
    X = torch.randn(*(6, 2, 7, 6)[: 4 - is_flat]).double()
    y = torch.randn(6, 2).double() * 0.1
    learns_alike(Between(middle, X * 0.1), X * 0.1, y)


def test_a_row_of_an_embedding_that_pads_stays_zeros():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Embedding(5, 3, padding_idx=-1), nn.Flatten(), nn.Linear(12, 2)).double()
    X = torch.tensor(np.random.default_rng(1).integers(0, 5, (6, 4)))
    session = learns_alike(model, X, torch.tensor([0, 1, 1, 0, 1, 0]), "cross_entropy")
    assert not session.frame.tensors["C_1"][4].any()
    nn.init.ones_(model[0].weight)
    with pytest.raises(bpstep.BpstepError, match="has padding_idx = 4; expected a row of zeros there"):
        bpstep.network(model, X, [0, 1, 1, 0, 1, 0], loss="cross_entropy")


@pytest.mark.parametrize(
    ("last", "units", "loss"),
    [
        (nn.ReLU(), 2, "cross_entropy"),
        (nn.Sigmoid(), 2, "cross_entropy"),
        (nn.Tanh(), 1, "binary_cross_entropy"),
    ],
)
def test_losses_on_logits_take_an_activation_for_logits_as_pytorch_does(last, units, loss):
    torch.manual_seed(1)
    X, y = torch.randn(6, 3).double(), torch.tensor([0, 1, 1, 0, 1, 0])
    model = nn.Sequential(nn.Linear(3, units), last).double()
    learns_alike(model, X, y if units > 1 else y[:, None].double(), loss)


class Own(nn.Module):
    """A module of one's own: its parts in another order than they run, and a forward pass to be given."""

    def __init__(self, forward):
        super().__init__()
        self.last, self.act, self.first = nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.ones(3))
        self.body = forward

    def forward(self, x):
        return self.body(self, x)


CHAINS = {
    "modules": (lambda m, x: m.last(m.act(m.first(x))), ["relu", "identity"]),
    "one activation twice": (lambda m, x: m.act(m.last(m.act(m.first(x)))), ["relu", "relu"]),
    "functions": (lambda m, x: m.last(F.relu(m.first(x))), ["relu", "identity"]),
    "methods": (lambda m, x: m.last(m.first(x).tanh()).sigmoid(), ["tanh", "sigmoid"]),
    "functions of torch": (lambda m, x: torch.sigmoid(m.last(torch.tanh(m.first(x)))), ["tanh", "sigmoid"]),
    "flat rows": (lambda m, x: m.last(F.silu(m.first(x.view(x.size(0), -1)))), ["silu", "identity"]),
    "flat rows by the shape of the inputs": (
        lambda m, x: m.last(torch.tanh(m.first(x)).view(x.shape[0], -1)),
        ["tanh", "identity"],
    ),
    "flat rows by shape": (lambda m, x: m.last(m.first(torch.flatten(x, 1))), ["identity", "identity"]),
}


def test_an_activation_that_layers_do_not_have_is_read_between_layers():
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 4), nn.GELU(approximate="tanh"), nn.Linear(4, 2)).double()
    learns_alike(model, torch.randn(6, 3).double(), torch.randn(6, 2).double())


@pytest.mark.parametrize("case", CHAINS)
def test_a_module_of_ones_own_is_read_in_the_order_in_which_it_runs(case):
    torch.manual_seed(1)
    forward, activations = CHAINS[case]
    model, X = Own(forward), torch.randn(4, 3)
    network = bpstep.network(model, X, torch.randn(4, 3), loss="mean_squared_error")
    assert [layer.activation for layer in network.layers] == activations
    session = Session(network)
    session.goto("i0:Y")
    np.testing.assert_allclose(session.frame.tensors["Y"], model(X).detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("drop", [lambda y: y.squeeze(1), torch.squeeze, lambda y: y[:, 0]])
def test_a_single_output_may_be_without_its_axis(drop):
    torch.manual_seed(1)
    model, X = Own(lambda m, x: torch.sigmoid(drop(m.head(m.first(x))))), torch.randn(4, 3)
    model.head = nn.Linear(3, 1)
    network = bpstep.network(model, X, torch.tensor([0.0, 1, 1, 0]), loss="binary_cross_entropy")
    assert network.sizes == (3, 3, 1)
    session = Session(network)
    session.goto("i0:Y")
    np.testing.assert_allclose(session.frame.tensors["Y"][:, 0], model(X).detach().numpy(), atol=1e-6)


class Guarded(nn.Sequential):
    """A chain whose forward pass looks at the sizes first."""

    def forward(self, x):
        assert x.dim() == len(x.shape) == 2
        assert x.shape[1] * 2 == 6
        assert float(x.size(-1)) > math.sqrt(len(x))
        x = x.view(int(x.shape[0]), -1) if x.ndim > 2 else x
        return super().forward(x)


def test_a_forward_pass_that_looks_at_sizes_is_read_as_it_runs():
    model = Guarded(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))
    network = bpstep.network(
        model, torch.ones(4, 3), torch.ones(4, 1), loss="mean_squared_error", batch_size=3
    )
    assert [layer.activation for layer in network.layers] == ["tanh", "identity"]


class Twice(torch.autograd.Function):
    """The identity, whose gradient a person has made twice what it is."""

    @staticmethod
    def forward(ctx, x):
        return torch.relu(x)

    @staticmethod
    def backward(ctx, gradient):
        return 2 * gradient


def without_gradients(model, x):
    with torch.no_grad():
        x = model.first(x)
    return model.last(x)


def counting(model, x):
    model.count += 1
    return model.first(x) if model.count < 50 else model.last(x)


def noting(model, x):
    model.noted = torch.tanh(model.first(x))
    model.shown.append(model.noted)
    return model.last(model.noted)


ANOTHER_PATH = {
    "a branch": lambda m, x: m.first(x) if x.sum() > 0 else m.last(x),
    "a branch on a result": lambda m, x: torch.tanh(x) if m.first(x).sum() > 0 else torch.relu(x),
    "a branch on an item": lambda m, x: m.first(x) if x.mean().item() > 0 else -m.first(x),
    "a loop": lambda m, x: m.first(x) if not any(x.sum() > k for k in range(-99, 99)) else m.last(x),
    "a whole number": lambda m, x: m.first(x) * int(x.sum()),
    "a number": lambda m, x: m.first(x) + float(x.sum()),
    "a number of NumPy": lambda m, x: m.first(x) + float(x.numpy().sum()),
    "a range": lambda m, x: next(m.first(x) for _ in range(x.argmax() + 1)),
    "an index": lambda m, x: [m.first, m.last][x.argmax() % 2](x),
}


@pytest.mark.parametrize("case", ANOTHER_PATH)
def test_a_forward_pass_that_reads_the_numbers_of_a_tensor_is_refused_with_its_line(case):
    model, X = Own(ANOTHER_PATH[case]), torch.ones(4, 3)
    line = ANOTHER_PATH[case].__code__.co_firstlineno
    with pytest.raises(
        bpstep.BpstepError, match=rf"reads numbers of a tensor \(test_frameworks_torch.py, line {line}"
    ):
        bpstep.network(model, X, X, loss="mean_squared_error")


OTHER_PASSES = {
    "an item": (lambda m, x: m.first(x) * x.mean().item(), "not a chain: mean reads"),
    "a list": (lambda m, x: m.first(x) * x.sum().tolist(), "not a chain: sum_1 reads"),
    "a mask": (lambda m, x: m.first(x)[x > 0], "is not a chain"),
    "a choice": (lambda m, x: torch.where(x.sum() > 0, m.first(x), m.last(x)), "calls sum in a way"),
    "Python's chance": (
        lambda m, x: m.first(x) if random.random() < 2 else m.last(x),
        "draws random numbers",
    ),
    "PyTorch's chance": (lambda m, x: m.first(x) if torch.rand(1) < 2 else m.last(x), "draws random numbers"),
    "a generator of its own": (
        lambda m, x: m.first(x) if m.generator.random() < 2 else m.last(x),
        "changes generator",
    ),
    "a count": (counting, "changes count"),
    "the size of a batch": (
        lambda m, x: m.first(x) * (len(x) / 4),
        "something else for a batch of 3 than for all 4",
    ),
    "another way for the last batch": (
        lambda m, x: m.first(x) if x.shape[0] > 1 else m.last(x),
        "something else for a batch of 1 than for all 4",
    ),
    "no gradients": (without_gradients, r"computes no gradient of first\.weight, as under no_grad"),
    "a gradient of its own": (lambda m, x: m.last(Twice.apply(m.first(x))), "Own are changed by Twice"),
}


@pytest.mark.parametrize("case", OTHER_PASSES)
def test_a_forward_pass_that_may_be_another_in_the_next_iteration_is_refused(case):
    forward, message = OTHER_PASSES[case]
    model, X = Own(forward), torch.ones(4, 3)
    model.generator, model.count = np.random.default_rng(1), 0
    with pytest.raises(bpstep.BpstepError, match=message):
        bpstep.network(model, X, X, loss="mean_squared_error", batch_size=3)


def test_a_forward_pass_may_note_its_tensors():
    model, X = Own(noting), torch.ones(4, 3)
    model.noted, model.shown = None, []
    assert bpstep.network(model, X, X, loss="mean_squared_error").sizes == (3, 3, 3)


def test_a_weight_computed_from_others_and_a_changed_gradient_are_refused():
    X = torch.ones(4, 3)
    with pytest.warns(FutureWarning):
        normed = nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 3)))
    with pytest.raises(
        bpstep.BpstepError, match=r"0 \(Linear\) computes its weights from weight_g, weight_v"
    ):
        bpstep.network(normed, X, X, loss="mean_squared_error")
    clipped = nn.Sequential(nn.Linear(3, 3))
    clipped[0].weight.register_hook(lambda gradient: gradient.clamp(-1, 1))
    with pytest.raises(bpstep.BpstepError, match=r"changed by a hook of 0\.weight"):
        bpstep.network(clipped, X, X, loss="mean_squared_error")


class Block(nn.Module):
    """x is added to what a layer makes of it."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return x + self.layer(x)


def use_twice():
    layer = nn.Linear(3, 3)
    return nn.Sequential(layer, nn.Tanh(), layer)


NO_CHAINS = {
    "a sum": (Own(lambda m, x: m.last(x + m.first(x))), "the forward pass of Own is not a chain: add reads"),
    "a block within a chain": (nn.Sequential(Block(), nn.Linear(3, 3)), "is not a chain: add reads"),
    "another function": (
        Own(lambda m, x: m.last(torch.sin(m.first(x)))),
        "calls sin in a way that is not known",
    ),
    "another column": (Own(lambda m, x: m.first(x)[:, 1]), "calls getitem in a way that is not known"),
    "one of several columns": (Own(lambda m, x: m.first(x)[:, 0]), "of Own is not the chain of the modules"),
    "a parameter": (Own(lambda m, x: m.last(x) * m.scale), "uses scale itself, outside of a known module"),
    "rows of another length": (Own(lambda m, x: m.last(m.first(x).view(3, -1).T)), "Own"),
    "tensors alone": (
        Own(lambda m, x: m.last(m.first(x)) if type(x) is torch.Tensor else None.shape),
        "the forward pass of Own cannot be followed: 'NoneType' object has no attribute 'shape'; give it as",
    ),
    "a layer twice": (use_twice(), r"the parameters of 0 \(Linear\) are used more than once"),
    "other inputs": (
        nn.Sequential(nn.Linear(2, 3)),
        "the model cannot take these inputs: mat1 and mat2 shapes",
    ),
}


@pytest.mark.parametrize("case", NO_CHAINS)
def test_a_forward_pass_that_is_no_chain_is_refused_in_one_line(case):
    model, message = NO_CHAINS[case]
    with pytest.raises(bpstep.BpstepError, match=message):
        bpstep.network(model, torch.ones(4, 3), torch.ones(4, 3), loss="mean_squared_error")


def test_an_activation_may_stand_in_several_places():
    act = nn.Tanh()
    model = nn.Sequential(nn.Linear(3, 4), act, nn.Linear(4, 5), act, nn.Linear(5, 2))
    network = bpstep.network(model, torch.ones(2, 3), torch.tensor([0, 1]), loss="cross_entropy")
    assert [layer.activation for layer in network.layers] == ["tanh", "tanh", "softmax"]


def test_log_softmax_at_the_end_is_what_cross_entropy_takes():
    torch.manual_seed(4)
    model, X, y = (
        nn.Sequential(nn.Linear(3, 3), nn.LogSoftmax(1)),
        torch.randn(5, 3),
        torch.tensor([0, 1, 2, 0, 1]),
    )
    session = Session(bpstep.network(model, X, y, loss="cross_entropy"))
    session.goto("i0:E")
    assert float(session.frame.tensors["E"]) == pytest.approx(nn.NLLLoss()(model(X), y).item(), rel=1e-6)
    with pytest.raises(bpstep.BpstepError, match=r"LogSoftmax ends a model .*, which is what NLLLoss"):
        bpstep.network(model, X, y, loss="mean_squared_error")


@pytest.mark.parametrize(
    ("loss", "name", "known"),
    [
        (nn.NLLLoss(), "NLLLoss", "cross_entropy"),
        (nn.functional.nll_loss, "nll_loss", "cross_entropy"),
        (nn.CrossEntropyLoss(), "CrossEntropyLoss", "cross_entropy"),
        (nn.BCEWithLogitsLoss, "BCEWithLogitsLoss", "binary_cross_entropy"),
        ("bce", "bce", "binary_cross_entropy"),
        (nn.MSELoss(), "MSELoss", "mean_squared_error"),
    ],
)
def test_of_a_loss_of_pytorch_it_is_said_what_it_is_called_here(loss, name, known):
    with pytest.raises(bpstep.BpstepError, match=f'{name} is not a loss of bpstep; write loss="{known}"'):
        bpstep.network(nn.Sequential(nn.Linear(3, 3)), torch.ones(2, 3), torch.tensor([0, 1]), loss=loss)


@pytest.mark.parametrize("frozen", ["0", "0.weight", "0.bias", "2.weight", "2.bias"])
def test_frozen_parameters_are_held(frozen):
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1)).double()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(frozen))
    X, y = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 1, dtype=torch.float64)
    session = Session(bpstep.network(model, X, y, loss="mean_squared_error", learning_rate=0.1))
    optimizer = torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        nn.MSELoss()(model(X), y).backward()
        optimizer.step()
    session.goto("i3")
    tensors = session.frame.tensors
    names = ("W1", "B1", "gamma_1", "beta_1", "W2", "B2")
    for name, (wanted_name, wanted) in zip(names, model.named_parameters(), strict=True):
        np.testing.assert_allclose(tensors[name], wanted.detach().numpy().T, rtol=0, atol=1e-12)
        assert (name in session.program.gradients) is not wanted_name.startswith(frozen)
    model.requires_grad_(False)
    with pytest.raises(bpstep.BpstepError, match="all parameters of the model are frozen"):
        bpstep.network(model, X, y, loss="mean_squared_error")


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (nn.LSTM(2, 3), (2,), "the module 0 is LSTM, which is not known; expected Linear, Conv1d"),
        (nn.PReLU(), (2,), r"which is not known; .* Mish.*; or give the forward pass as text"),
        (nn.LayerNorm((1, 2)), (2,), r"\(LayerNorm\) has normalized_shape"),
        (nn.Conv1d(2, 2, 2, groups=2), (2, 4), r"0 \(Conv1d\) has groups = 2; expected 1"),
        (nn.MaxPool1d(2, dilation=2), (2, 4), "has dilation = 2; expected 1"),
        (nn.AvgPool1d(2, ceil_mode=True), (2, 4), "has ceil_mode = True; expected False"),
        (
            nn.AvgPool2d(2, 1, 1, count_include_pad=False),
            (2, 2, 4),
            "count_include_pad = False; expected True",
        ),
        (nn.AvgPool2d(2, divisor_override=3), (2, 2, 4), "divisor_override = 3; expected None"),
        (nn.AdaptiveAvgPool1d(3), (2, 4), r"has output_size = 3; expected a divisor of \(4,\)"),
        (nn.Dropout2d(0.5), (2,), r"0 \(Dropout2d\) has inputs of shape \(2,\)"),
        (nn.GELU(), (2,), "has approximate = none; expected tanh"),
        (nn.Softmax(dim=1), (2, 4), "has dim = 1; expected -1"),
        (nn.Dropout(1.0), (2,), "has p = 1.0; expected a number below 1"),
    ],
)
def test_what_is_not_known_is_refused_by_its_module(module, shape, message):
    model = nn.Sequential(module, nn.Linear(2, 1))
    with pytest.raises(bpstep.BpstepError, match=message):
        bpstep.network(model, torch.ones(2, *shape), torch.ones(2, 1), loss="mean_squared_error")


@pytest.mark.parametrize("kind", [nn.Dropout, nn.Dropout1d])
def test_while_it_trains_dropout_drops_by_numbers_of_its_own(kind):
    torch.manual_seed(2)
    model = nn.Sequential(nn.Conv1d(1, 2, 3), kind(0.25), nn.Flatten(), nn.Linear(8, 1)).double()
    X, y = torch.randn(8, 1, 6, dtype=torch.float64), torch.randn(8, 1, dtype=torch.float64)
    session = Session(bpstep.network(model, X, y, loss="mean_squared_error", learning_rate=0.1, seed=5))
    masks = []
    for iteration in range(2):
        session.goto(f"i{iteration}:E")
        tensors = session.frame.tensors
        masks.append(torch.tensor(tensors["mask_1"]))
        assert set(masks[-1].unique().tolist()) == {0.0, 1 / 0.75}
        assert masks[-1].shape == (8, 2, 4 if kind is nn.Dropout else 1)
    assert not torch.equal(*masks)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for iteration, mask in enumerate(masks):
        optimizer.zero_grad()
        value = nn.MSELoss()(model[3](model[2](model[0](X) * mask)), y)
        value.backward()
        optimizer.step()
        session.goto(f"i{iteration + 1}")
        assert float(session.frame.tensors["E"]) == pytest.approx(value.item(), rel=1e-10)
        np.testing.assert_allclose(session.frame.tensors["K1"], model[0].weight.detach().numpy(), atol=1e-12)


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 2, 3, padding="same"), nn.BatchNorm2d(2)
        self.pool, self.drop = nn.MaxPool2d((2, 1)), nn.Dropout()
        self.flat, self.out = nn.Flatten(), nn.Linear(16, 3)

    def forward(self, x):
        return self.out(self.flat(self.drop(self.pool(self.norm(self.conv(x))))))


def test_a_model_of_images_is_read_and_left_as_it_was():
    torch.manual_seed(3)
    model, X = Images(), torch.randn(5, 1, 4, 4)
    network = bpstep.network(model, X, torch.tensor([0, 1, 2, 0, 1]), loss="cross_entropy")
    assert [name for name, _ in network.forward.equations][:2] == ["padded_1", "net_1"]
    assert model.drop.training
    assert model.norm.num_batches_tracked == 0


def test_a_wrapped_model_and_half_precision_are_read_as_they_are():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).bfloat16()
    X, y = torch.randn(4, 2).bfloat16(), torch.randn(4, 1).bfloat16()
    for given in (model, nn.DataParallel(model)):
        made = bpstep.network(given, X, y, loss="squared_error")
        assert np.array_equal(made.layers[0].weights, model[0].weight.detach().double().T)
        assert np.array_equal(made.inputs, X.double())
        assert np.array_equal(made.labels, y.double())


def test_words_name_the_outputs_of_a_network_that_is_more_than_layers():
    model = nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3))
    network = bpstep.network(model, torch.ones(3, 2), ["dog", "cat", "fish"], loss="cross_entropy")
    assert network.label_names == ("cat", "dog", "fish")
    assert network.data["labelY"].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_samples_to_test_on_are_for_layers():
    X, y = torch.ones(3, 2), torch.ones(3, 1)
    model = nn.Sequential(nn.Linear(2, 1))
    made = bpstep.network(model, X, y, loss="squared_error", test_inputs=X[:1], test_labels=y[:1])
    assert made.held_out.inputs.tolist() == [[1, 1]]
    more = nn.Sequential(nn.Linear(2, 1), nn.LayerNorm(1))
    with pytest.raises(bpstep.BpstepError, match=r"^update_biases is for models that are layers only"):
        bpstep.network(more, X, y, loss="squared_error", update_biases=False)
    words = nn.Sequential(nn.Embedding(2, 1), nn.Flatten(), nn.Linear(2, 1))
    with pytest.raises(
        bpstep.BpstepError, match=r"^test: a model that begins with an Embedding has no samples"
    ):
        bpstep.network(words, X.long(), y, loss="squared_error", test=0.5)
    images = nn.Sequential(nn.Conv1d(1, 1, 1), nn.Flatten(), nn.Linear(2, 1))
    for tests, message in (
        (torch.ones(2, 1, 3), r"^no data has samples of shape \[1, 3\]"),
        (X, "has 2 columns of inputs; expected 1"),
    ):
        with pytest.raises(bpstep.BpstepError, match=message):
            bpstep.network(
                images, X[:, None], y, loss="squared_error", test_inputs=tests, test_labels=y[: len(tests)]
            )
    batches = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))
    with pytest.raises(bpstep.BpstepError, match="batch normalisation needs two or more"):
        bpstep.network(batches, X, y, loss="squared_error", batch_size=1, test=0.3)
    batches[1].momentum = None
    with pytest.raises(bpstep.BpstepError, match="batch normalisation has momentum = None"):
        bpstep.network(batches, X, y, loss="squared_error", test=0.3)
    assert bpstep.network(batches, X, y, loss="squared_error").samples == 3


@pytest.mark.parametrize("l2_reduction", ["sum", "mean"])
def test_penalty_and_scores_of_a_model_with_a_normalization_are_those_of_pytorch(l2_reduction):
    torch.manual_seed(7)
    norm = nn.BatchNorm1d(4, momentum=0.3)
    model = nn.Sequential(nn.Linear(3, 4), norm, nn.Tanh(), nn.Dropout(0.0), nn.Linear(4, 2)).double()
    X, y = torch.randn(9, 3).double(), torch.tensor([0, 1, 1, 0, 1, 0, 1, 1, 0])
    tests = {"test_inputs": X[5:], "test_labels": y[5:]}
    options = {"learning_rate": 0.1, "batch_size": 3, "l2": 0.4, "l2_reduction": l2_reduction, **tests}
    session = Session(bpstep.network(model, X[:5], y[:5], loss="cross_entropy", **options))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for batch in (slice(0, 3), slice(3, 5)) * 2:
        optimizer.zero_grad()
        squares = sum((model[at].weight ** 2).sum() for at in (0, 4))
        penalty = 0.2 * squares / (1 if l2_reduction == "sum" else len(y[:5][batch]))
        (nn.CrossEntropyLoss()(model(X[:5][batch]), y[:5][batch]) + penalty).backward()
        optimizer.step()
    session.goto("i4")
    np.testing.assert_allclose(session.frame.tensors["W1"], model[0].weight.detach().T, atol=1e-12)
    np.testing.assert_allclose(session.frame.tensors["running_mean_1"], norm.running_mean, atol=1e-12)
    np.testing.assert_allclose(session.frame.tensors["running_var_1"], norm.running_var, atol=1e-12)
    model.eval()
    found = scores(session.frame)
    assert found.test.loss == pytest.approx(nn.CrossEntropyLoss()(model(X[5:]), y[5:]).item(), abs=1e-12)
    assert found.test.accuracy == (model(X[5:]).argmax(1) == y[5:]).double().mean().item()
    assert (found.training.samples, found.test.samples) == (5, 4)


def test_images_to_test_on_have_the_scores_of_pytorch(tmp_path):
    torch.manual_seed(7)
    norm = nn.BatchNorm2d(2, momentum=0.3)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), norm, nn.Flatten(), nn.Linear(32, 3)).double()
    X, y = torch.randn(9, 1, 6, 6).double(), torch.tensor([0, 1, 2, 1, 0, 2, 1, 2, 0])
    options = {"learning_rate": 0.1, "batch_size": 3, "test_inputs": X[6:], "test_labels": y[6:]}
    network = bpstep.network(model, X[:6], y[:6], loss="cross_entropy", **options)
    session, optimizer = Session(network), torch.optim.SGD(model.parameters(), lr=0.1)
    for batch in (slice(0, 3), slice(3, 6)):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(model(X[batch]), y[batch]).backward()
        optimizer.step()
    session.goto("i2")
    assert_near(session.frame.tensors["running_mean_1"].ravel(), norm.running_mean)
    assert_near(session.frame.tensors["running_var_1"].ravel(), norm.running_var)
    model.eval()
    found = scores(session.frame)
    for score, rows in ((found.training, slice(0, 6)), (found.test, slice(6, 9))):
        assert_near(score.loss, nn.CrossEntropyLoss()(model(X[rows]), y[rows]))
        assert score.accuracy == (model(X[rows]).argmax(1) == y[rows]).double().mean().item()
    (tmp_path / "again.toml").write_text(network_text(network))
    assert np.array_equal(read_network(tmp_path / "again.toml").held_out.inputs, X[6:].numpy())


def test_a_missing_loss_is_told():
    with pytest.raises(bpstep.BpstepError, match="loss is missing; expected one of half_squared_error"):
        bpstep.network(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)), torch.ones(3, 2), torch.ones(3, 2))


MISFITS = {
    "a class above": ({"y": [0, 1, 3]}, r"labels\[2\] is class 3; expected a whole number from 0 to 2"),
    "a class below": ({"y": [0, -1, 2]}, r"labels\[1\] is class -1; expected a whole number from 0 to 2"),
    "more words than units": ({"y": ["a", "b", "c", "d"], "rows": 4}, "labels has 4 classes"),
    "fewer words than units": ({"y": ["a", "b", "b"]}, 'labels has 2 classes, "a", "b"; expected 3'),
    "too few labels": ({"y": [0, 1]}, "labels has 2 labels; expected 3, one for each row of inputs"),
    "too few columns": ({"y": [[0, 1]] * 3}, "labels has 2 columns; expected 3"),
    "another loss": ({"loss": "hinge"}, 'loss is "hinge"; expected one of half_squared_error'),
    "another reduction": ({"reduction": "median"}, 'reduction is "median"; did you mean "mean"?'),
    "a batch too large": ({"batch_size": 4}, "batch_size is 4; expected a whole number from 0 to 3"),
    "a seed": ({"seed": "x"}, 'seed is "x"; expected a whole number'),
}


@pytest.mark.parametrize("case", MISFITS)
@pytest.mark.parametrize("more", [[], [nn.LayerNorm(3)]], ids=["layers", "more than layers"])
def test_what_does_not_fit_a_model_is_refused_in_one_line(case, more):
    changed, message = MISFITS[case]
    given = {"y": [0, 1, 2], "rows": 3, "loss": "cross_entropy", **changed}
    X, y = torch.ones(given.pop("rows"), 2), given.pop("y")
    with pytest.raises(bpstep.BpstepError, match=f"^{message}"):
        bpstep.network(nn.Sequential(nn.Linear(2, 3), *more), X, y, **given)


def test_two_words_are_the_labels_of_a_single_unit_of_a_model_that_is_more_than_layers():
    model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2), nn.Linear(2, 1))
    network = bpstep.network(model, torch.ones(3, 2), ["yes", "no", "yes"], loss="binary_cross_entropy")
    assert network.data["labelY"].tolist() == [[1], [0], [1]]
    assert network.label_names == ("yes",)


def test_an_embedding_whose_gradients_are_counted_is_refused():
    model = nn.Sequential(nn.Embedding(5, 2, scale_grad_by_freq=True), nn.Flatten(), nn.Linear(6, 3))
    with pytest.raises(bpstep.BpstepError, match="scale_grad_by_freq"):
        bpstep.network(model, torch.tensor([[0, 1, 4]]), torch.tensor([2]), loss="cross_entropy")


def test_each_answer_of_the_manual_is_as_printed():
    (block,) = (block for block in blocks(page("library"), "python") if framework(block) == "torch")
    assert not wrong_answers(block)


_CALLS = [
    # a function of PyTorch's, its arguments after the tensor, and by name
    ("leaky_relu", (0.3,), {}),
    ("elu", (1.5,), {}),
    ("softplus", (), {"beta": 2}),
    ("threshold", (0.1, 20.0), {}),
    ("gelu", (), {"approximate": "tanh"}),
    ("softmax", (1,), {}),
    ("softmax", (-1,), {}),
    ("log_softmax", (), {"dim": 2}),
    ("max_pool1d", (2,), {}),
    ("max_pool1d", (3, 2), {}),
    ("max_pool1d", (3, 1, 1), {}),
    ("max_pool1d", (2, 1, 0, 2), {}),
    ("max_pool1d", (3, 2, 0, 1, True), {}),
    ("max_pool1d", (3,), {"stride": 2, "ceil_mode": True}),
    ("avg_pool1d", (3, 2, 1), {}),
    ("adaptive_max_pool1d", (3,), {}),
    ("adaptive_avg_pool1d", (3,), {}),
]


def test_a_function_is_the_module_that_computes_the_same():
    x = torch.tensor(np.random.default_rng(3).normal(size=(2, 4, 8)))
    for name, arguments, named in _CALLS:
        module = torch_graph._MODULES[name](nn, *arguments, **named)
        assert torch.equal(module(x), getattr(F, name)(x, *arguments, **named)), name
    for name, arguments, named in (("softmax", (1,), {"dtype": torch.float32}), ("mean", (1,), {})):
        assert torch_graph._MODULES[name](nn, *arguments, **named) is None


def test_a_method_is_the_module_that_computes_the_same():
    random = np.random.default_rng(4)
    images, rows = (torch.tensor(random.normal(size=size)) for size in ((2, 3, 4, 5), (2, 3, 4)))
    for x, name, arguments, named in (
        (images, "mean", ((2, 3),), {}),
        (images, "mean", ([-1, -2],), {}),
        (images, "mean", ((2, 3),), {"keepdim": True}),
        (rows, "mean", (2,), {}),
        (rows, "mean", (-1,), {"keepdim": True}),
        (images, "flatten", (1,), {}),
        (images, "flatten", (2, 3), {}),
        (images, "flatten", (), {}),
        (images, "view", (2, -1), {}),
        (images, "reshape", ((2, 60),), {}),
    ):
        module = torch_graph._MODULES[name](nn, *arguments, **named)
        torch.testing.assert_close(module(x), getattr(x, name)(*arguments, **named), rtol=1e-12, atol=0)
    assert torch_graph._MODULES["view"](nn, 2, 3, -1) is None
    assert torch_graph._MODULES["mean"](nn, (1, 2)) is None


def test_dropout_drops_as_it_is_asked_to():
    for name, p, training in (("dropout", 0.25, True), ("dropout1d", 0.5, False), ("dropout2d", 0.75, True)):
        module = torch_graph._MODULES[name](nn, p, training)
        assert (module.p, module.training, module.inplace) == (p, training, False)
    usual = torch_graph._MODULES["dropout"](nn)
    assert (usual.p, usual.training, usual.inplace) == (0.5, True, False)
    assert torch_graph._MODULES["dropout"](nn, 0.5, True, True).inplace


def test_an_index_that_keeps_a_single_column_is_nothing_and_any_other_is_not_known():
    for index in ((1,), (), ((slice(None), 0),)):
        assert isinstance(torch_graph._only_column(nn, *index), nn.Identity)
    for other in ((slice(None), 1), (0, 0), (slice(0, 1), 0)):
        assert torch_graph._only_column(nn, other) is None


def test_operations_of_a_chain_compute_what_pytorch_does():
    random = np.random.default_rng(5)
    for size in ((3, 3), (2, 4), (4, 1)):
        x = random.normal(size=size)
        found = run_operation(ActivationLayer(LOG_SOFTMAX), x)
        np.testing.assert_allclose(found, F.log_softmax(torch.tensor(x), -1).numpy(), rtol=1e-12)
        weights, bias = random.normal(size=(size[1], 3)), random.normal(size=3)
        expected = F.linear(torch.tensor(x), torch.tensor(weights.T), torch.tensor(bias)).numpy()
        np.testing.assert_allclose(run_operation(Linear(weights, bias), x), expected, rtol=1e-12)
        np.testing.assert_allclose(run_operation(Linear(weights, None), x), x @ weights, rtol=1e-12)


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_only_a_penalty_that_is_not_0_is_an_equation(l2):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 1)).double()
    X, y = torch.randn(4, 2).double(), torch.randn(4, 1).double()
    found = bpstep.network(model, X, y, loss="squared_error", l2=l2)
    names = [name for name, *_ in found.forward.equations]
    assert ("penalty" in names) == ("l2" in found.forward.constants) == bool(l2)
