"""From a network to its program: forward, loss, backward, update, each a line of source text."""

from __future__ import annotations

import weakref
from dataclasses import replace

from bpstep.model.network import Network
from bpstep.program.mlp import LayerDerivation
from bpstep.program.names import Names
from bpstep.program.program import GivenTensors, Program

# A program uses one of three derivations, so each is imported when it is needed: the first frame of the
# article's network needs no other.


_programs: dict[int, Program] = {}
"""The programs of existing networks, by the network's identity."""


def derive_program(network: Network) -> Program:
    """The network's program, derived only once: the reader of a file needs it, and so does each session.

    ExpressionError if an equation is invalid, and BpstepError if the article's derivation is asked for and
    does not apply.
    """
    if id(network) not in _programs:
        _keep(network, _derive(network))
    return _programs[id(network)]


def with_warnings(network: Network, warnings: tuple[str, ...]) -> Network:
    """The network with other warnings; its program, which does not depend on them, is not derived again."""
    made = replace(network, warnings=warnings)
    _keep(made, derive_program(network))
    return made


def _keep(network: Network, program: Program) -> None:
    _programs[id(network)] = program
    weakref.finalize(network, _programs.pop, id(network)).atexit = False


def derive_unreplaced(network: Network) -> Program:
    """The network's program without the equations that its `[program]` replaces, including a puzzle's."""
    return derive_program(network).derived


def _derive(network: Network) -> Program:
    if network.forward is not None:
        from bpstep.program.forward import derive_from_forward

        return derive_from_forward(network, network.forward)
    writer = _layer_derivation(network)
    drafts = list(writer.equations())
    batches = [writer.batch_shapes(count) for count in network.batch_sizes]
    program = Program(
        drafts,
        GivenTensors(writer.initial(), writer.layouts(), batches, writer.weights()),
        writer.gradients(),
        network.program,
        network.program if network.puzzle else None,
    )
    program.diagram = writer.diagram(program.layouts)
    return program


def _layer_derivation(network: Network) -> LayerDerivation:
    names = Names(len(network.layers))
    if network.derivation == "rows":
        from bpstep.program.mlp_rowwise import RowwiseDerivation

        return RowwiseDerivation(network, names)
    from bpstep.program.mlp_matrix import MatrixDerivation

    return MatrixDerivation(network, names)
