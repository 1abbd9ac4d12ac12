"""Activations with losses, optimisers, depths, batches and reductions against PyTorch in float64."""

import numpy as np
import pytest
from forward_oracle import PAIRS, combinations, made, names

from bpstep.model.optimizers import OPTIMIZERS
from bpstep.session.session import Session

torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")

ITERATIONS = 4

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, 0.01),
    "elu": torch.nn.functional.elu,
    "softplus": torch.nn.functional.softplus,
    "silu": torch.nn.functional.silu,
    "identity": lambda x: x,
    "softmax": lambda x: torch.softmax(x, dim=-1),
}


def _squares(y, t):
    return torch.nn.functional.mse_loss(y, t, reduction="sum")


LOSSES = {
    "half_squared_error": lambda y, t: _squares(y, t) / 2,
    "squared_error": _squares,
    "mean_squared_error": lambda y, t: _squares(y, t) / y.shape[1],
    "binary_cross_entropy": lambda y, t: torch.nn.functional.binary_cross_entropy(y, t, reduction="sum"),
    "cross_entropy": lambda y, t: -torch.sum(t * torch.log(y)),
}


def follower(optimizer, parameters, rate, options):
    """PyTorch's optimiser of this name, with these constants."""
    if optimizer in ("sgd", "momentum", "nesterov"):
        return torch.optim.SGD(parameters, rate, options.get("momentum", 0), nesterov=optimizer == "nesterov")
    if optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, options["alpha"], options["epsilon"])
    if optimizer == "adagrad":
        return torch.optim.Adagrad(parameters, rate, eps=options["epsilon"])
    betas = (options["beta1"], options["beta2"])
    if optimizer == "adamw":
        return torch.optim.AdamW(parameters, rate, betas, options["epsilon"], options["weight_decay"])
    return torch.optim.Adam(parameters, rate, betas, options["epsilon"])


def learn(drawn):
    """Losses and parameters after ITERATIONS updates."""
    parameters = [
        torch.tensor(part, dtype=torch.float64, requires_grad=True)
        for layer in drawn.layers
        for part in (layer.weights, layer.bias)
    ]
    rule = follower(drawn.optimizer, parameters, drawn.learning_rate, drawn.optimizer_options)
    inputs, labels = torch.tensor(drawn.inputs), torch.tensor(drawn.labels)
    size, losses = drawn.batch_size or drawn.samples, []
    for iteration in range(ITERATIONS):
        first = iteration % -(-drawn.samples // size) * size
        x, t = inputs[first : first + size], labels[first : first + size]
        for layer, weights, bias in zip(drawn.layers, parameters[::2], parameters[1::2]):
            x = ACTIVATIONS[layer.activation](x @ weights + bias)
        E = LOSSES[drawn.loss](x, t) / (len(t) if drawn.reduction == "mean" else 1)
        rule.zero_grad()
        E.backward()
        rule.step()
        losses.append(E.item())
    return losses, [parameter.detach().numpy() for parameter in parameters]


def check(drawn):
    session = Session(drawn)
    session.goto(ITERATIONS * session.period)
    losses, parameters = learn(drawn)
    np.testing.assert_allclose(session.frame.losses[1], losses, rtol=1e-9)
    for name, wanted in zip(names(len(drawn.layers)), parameters):
        found = session.frame.tensors[name]
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-10, err_msg=name)


STATEFUL = [optimizer for optimizer in OPTIMIZERS if optimizer != "sgd"]


@pytest.mark.parametrize(
    ("activation", "loss", "optimizer"),
    [*((*pair, "sgd") for pair in PAIRS), *(("tanh", "squared_error", each) for each in STATEFUL)],
)
def test_a_network_learns_what_pytorch_learns(activation, loss, optimizer):
    """Any depth, batch and reduction; what an optimizer makes of a gradient depends on no layer or loss."""
    options = dict(OPTIMIZERS[optimizer].options)
    for depth, batch, last in combinations(activation, loss):
        check(
            made(activation, loss, depth, batch, last, optimizer=optimizer, optimizer_options=dict(options))
        )


@pytest.mark.parametrize("optimizer", STATEFUL)
def test_the_optimisers_constants_mean_the_same(optimizer):
    options = {name: value * 0.8 for name, value in OPTIMIZERS[optimizer].options}
    check(made("silu", "squared_error", 3, "all", "silu", optimizer=optimizer, optimizer_options=options))
