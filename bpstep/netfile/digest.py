"""Large networks: a session names their file instead of holding every number of it."""

from __future__ import annotations

import hashlib

import numpy as np

from bpstep.model.network import Array, ForwardPass, Network

_MANY_NUMBERS = 100_000
"""A network with this many numbers takes a tenth of a second to write as text."""


def is_large(network: Network) -> bool:
    """Whether a network has so many numbers that writing them takes noticeable time."""
    return sum(np.size(array) for array in _arrays(network)) > _MANY_NUMBERS


def digest(network: Network) -> str:
    """A hash that differs for a network with other numbers, equations or options, whatever its names."""
    hasher = hashlib.sha256()
    for array in _arrays(network):
        hasher.update(repr(array.shape).encode())
        hasher.update(array.tobytes())
    biases = [None if layer.bias is None else layer.bias.tolist() for layer in network.layers]
    activations = [layer.activation for layer in network.layers]
    options = sorted(network.optimizer_options.items())
    rest = (biases, activations, options, sorted(network.program.items()), *_program_options(network))
    hasher.update(repr(rest).encode())
    return hasher.hexdigest()


def _names(forward: ForwardPass) -> tuple[object, ...]:
    running = tuple((name, value.next) for name, value in forward.running.items())
    names = map(tuple, (forward.data, forward.constants, forward.parameters))
    return (forward.equations, *names, *((running,) if running else ()))


def _arrays(network: Network) -> list[Array]:
    """Every array except the biases of layers."""
    held_out = network.held_out
    tests = [] if held_out is None else [held_out.inputs, held_out.labels]
    if network.forward is None:
        return [*network.data.values(), *tests, *(layer.weights for layer in network.layers)]
    forward = network.forward
    given = [*forward.data.values(), *tests, *forward.constants.values(), *forward.parameters.values()]
    return [*given, *(value.start for value in forward.running.values())]


def _program_options(network: Network) -> tuple[object, ...]:
    """All other inputs of a program's derivation."""
    return (
        *(network.learning_rate, network.loss, network.reduction, network.optimizer, network.update_biases),
        *(network.update_order, network.derivation, network.batch_size, network.shuffle, network.seed),
        *((network.l2,) if network.l2 else ()),
        *((network.l2_reduction,) if network.l2_reduction != Network.l2_reduction else ()),
        *(() if network.shuffle_seed is None else ("RandomState", network.shuffle_seed)),
        *(() if network.schedule is None else (network.schedule.kind, *network.schedule.options.items())),
        *(() if network.forward is None else _names(network.forward)),
    )
