"""What a session steps through: a network with its derived program, or a person's own script."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bpstep.deferred import deferred
from bpstep.engine.edits import EditEvent
from bpstep.engine.timeline import NetworkTimeline, Timeline
from bpstep.model.network import Network, ScriptText
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


if TYPE_CHECKING:
    from bpstep.script import source
    from bpstep.session import script
else:
    script = deferred("bpstep.session.script")
    source = deferred("bpstep.script.source")

_origins: OrderedDict[int, tuple[Network, SessionOrigin]] = OrderedDict()
"""What networks that scripts train were opened as, by the network's identity; the last few."""

_MAX_ORIGINS = 8


def origin_of(network: Network) -> SessionOrigin:
    """What a session on a network steps through. ScriptError where its script can't be read."""
    if network.script is None:
        return NetworkOrigin(network)
    if id(network) not in _origins:
        _remember(script.ScriptOrigin(network.script), network)
    return _origins[id(network)][1]


def open_script(text: ScriptText) -> Network:
    """What a script trains. ScriptError where it can't be read or run, or trains nothing."""
    origin = script.ScriptOrigin(text)
    _remember(origin, origin.network)
    return origin.network


def open_script_file(
    path: Path, loop: int | None = None, read: tuple[Path, ...] = (), is_closed: bool = False
) -> Network:
    """The same for a script's or notebook's file.

    `loop` is the line of the loop to take, `read` what it may read besides its folder's files; it reads none
    at all where it `is_closed`.
    """
    folder = None if is_closed else path.parent.absolute()
    return open_script(ScriptText(path.name, (), source.read_source(path).raw, folder, loop, read))


def _remember(origin: SessionOrigin, network: Network) -> None:
    _origins[id(network)] = network, origin
    while len(_origins) > _MAX_ORIGINS:
        _origins.popitem(last=False)


class NetworkOrigin:
    """A network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.program = derive_program(network)

    def timeline(self, edits: Iterable[EditEvent]) -> Timeline:
        """The states under some edits."""
        return NetworkTimeline(self.network, self.program, edits)
