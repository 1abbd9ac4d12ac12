"""From a network to its program: forward, loss, backward, update, each a line of source text."""

from __future__ import annotations

from bpstep.model.network import Network
from bpstep.program.forward import derive_from_forward
from bpstep.program.mlp import MatrixDerivation
from bpstep.program.mlp_rowwise import RowwiseDerivation
from bpstep.program.names import Names
from bpstep.program.program import Program


def derive_program(network: Network) -> Program:
    """The network's program. ExpressionError where its `[program]` does not hold."""
    if network.forward is not None:
        return derive_from_forward(network, network.forward)
    names = Names(len(network.layers))
    writer = (
        RowwiseDerivation(network, names)
        if network.derivation == "rows"
        else MatrixDerivation(network, names)
    )
    outlines = list(writer.equations())
    sizes = network.sizes
    batches = [
        {"X": writer.data_shape(count, sizes[0]), "labelY": writer.data_shape(count, sizes[-1])}
        for count in network.batch_sizes
    ]
    return Program(
        outlines,
        writer.initial(),
        writer.layouts(),
        batches,
        writer.gradients(),
        network.program,
        network.program if network.puzzle else None,
        weights=writer.weights(),
    )
