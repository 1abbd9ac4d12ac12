"""From a network to its program: forward, loss, backward, update, each a line of source text."""

from __future__ import annotations

from bpstep.model.network import Network
from bpstep.program.mlp import Matrix
from bpstep.program.mlp_rowwise import Rows
from bpstep.program.names import Names
from bpstep.program.program import Program


def derive(network: Network) -> Program:
    """The network's program. ExpressionError where its `[program]` does not hold."""
    names = Names(len(network.layers))
    writer = Rows(network, names) if network.derivation == "rows" else Matrix(network, names)
    outlines = list(writer.outlines())
    sizes = network.sizes
    batches = [
        {"X": writer.data_shape(count, sizes[0]), "labelY": writer.data_shape(count, sizes[-1])}
        for count in network.batch_sizes
    ]
    return Program(
        outlines,
        writer.initial(),
        writer.homes(),
        batches,
        writer.gradients(),
        network.program,
        network.program if network.puzzle else None,
    )
