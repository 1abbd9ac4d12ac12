"""What a session steps through: a network with its derived program, or a person's own script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bpstep.engine.edits import EditEvent
from bpstep.engine.timeline import NetworkTimeline, Timeline
from bpstep.model.network import Network
from bpstep.program.derive import derive_program
from bpstep.program.program import Program


class SessionOrigin(Protocol):
    """What a session was opened on."""

    @property
    def network(self) -> Network:
        """The network as plain data; of a script what was found out about it."""

    @property
    def program(self) -> Program:
        """The equations of an iteration, without edits."""

    def timeline(self, edits: Iterable[EditEvent]) -> Timeline:
        """The states under some edits."""


class NetworkOrigin:
    """A network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.program = derive_program(network)

    def timeline(self, edits: Iterable[EditEvent]) -> Timeline:
        """The states under some edits."""
        return NetworkTimeline(self.network, self.program, edits)
