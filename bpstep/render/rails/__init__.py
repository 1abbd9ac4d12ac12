"""The diagram of a network that is not a chain of layers: a line per tensor, connected by rails.

Its input is a `Frame`, its output the network pane: the tensors of the forward pass in the order of
computation, each on the rail that leads from it to its readers, with its size and that of its gradient.
"""

from __future__ import annotations

from bpstep.program.program import Program


def has_rails(program: Program) -> bool:
    """True for a network that is drawn as rails: one that is not a chain of layers."""
    return program.diagram is None
