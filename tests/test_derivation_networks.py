"""The derivation gives fully connected layers the equations that they have always had, to the letter."""

from pathlib import Path

import numpy as np
import pytest
from networks_by_chance import GROUPS, description, digest, group

from bpstep.program.derivation.derive import derive
from bpstep.program.mlp import MatrixDerivation
from bpstep.program.names import Names

FROZEN = (Path(__file__).parent / "frozen" / "equations.txt").read_text().split()
"""A digest for each group of networks, made before any of this was moved or rewritten."""


def by_hand(network):
    """The equations as `[[layers]]` gets them today."""
    return MatrixDerivation(network, Names(len(network.layers)))


def derived(network, writer):
    """The backward equations of a network, derived from the text of its forward equations."""
    forward = [(line.name, line.source) for line in (*writer.forward(), next(iter(writer.loss())))]
    start = {name: np.shape(value) for name, value in writer.initial().items()}
    ends = network.sizes[0], network.sizes[-1]
    batches = [
        start | {name: writer.data_shape(count, size) for name, size in zip(("X", "labelY"), ends)}
        for count in network.batch_sizes
    ]
    return [(line.name, line.source) for line in derive(forward, batches, list(writer.gradients()))]


@pytest.mark.parametrize("number", range(GROUPS))
def test_the_backward_equations_follow_from_the_forward_text(number):
    networks = group(number)
    assert digest(description(by_hand(network).equations()) for network in networks) == FROZEN[number]
    for network in networks:
        writer = by_hand(network)
        expected = [(line.name, line.source) for line in writer.equations() if line.phase == "backward"]
        assert derived(network, writer) == expected
