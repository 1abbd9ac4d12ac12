"""What a session steps through: a network with its derived program, or a person's own script."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bpstep.deferred import deferred
from bpstep.engine.edits import EditEvent, EditLine
from bpstep.engine.timeline import NetworkTimeline, Timeline
from bpstep.errors import BpstepError
from bpstep.model.network import FIRST_LOOP, LoopChoice, Network, ScriptText
from bpstep.program.derive import derive_program
from bpstep.program.program import Program, Step
from bpstep.session import messages
from bpstep.text import fill


class SessionOrigin(Protocol):
    """What a session was opened on."""

    @property
    def network(self) -> Network:
        """The network as plain data; for a script, what was found out about it."""

    @property
    def program(self) -> Program:
        """The equations of an iteration, without edits."""

    def timeline(self, edits: Iterable[EditEvent]) -> Timeline:
        """The tensors at every position, with these edits in force."""

    def under(self, edits: tuple[EditEvent, ...]) -> tuple[SessionOrigin, tuple[EditEvent, ...]]:
        """What is stepped through under edits that may replace lines of a script, and the same edits there.

        Each edit was made under those before it; the returned ones have their current n. BpstepError if an
        edit is impossible.
        """

    def statement(self, step: Step) -> Statement:
        """The statement of an equation. BpstepError if it has none that can be edited."""

    def statement_of_line(self, line: int, place: str, file: str = "") -> Statement:
        """The statement of a line of a script or of an imported `file`, which may have no equation."""


if TYPE_CHECKING:
    from bpstep.script import source
    from bpstep.script.line_edits import Statement
    from bpstep.session import script
else:
    script = deferred("bpstep.session.script")
    source = deferred("bpstep.script.source")

_origins: OrderedDict[int, tuple[Network, SessionOrigin]] = OrderedDict()
"""The scripts of the last few networks from scripts, by the network's identity."""

_MAX_ORIGINS = 8


def origin_of(network: Network) -> SessionOrigin:
    """What a session on a network steps through. ScriptError if its script can't be read."""
    if network.script is None:
        return NetworkOrigin(network)
    if id(network) not in _origins:
        _remember(script.ScriptOrigin(network.script), network)
    return _origins[id(network)][1]


def network_of_script(text: ScriptText) -> Network:
    """What a script trains. ScriptError if it can't be read or run, or trains nothing."""
    origin = script.ScriptOrigin(text)
    _remember(origin, origin.network)
    return origin.network


def open_script_file(
    path: Path,
    loop: LoopChoice = FIRST_LOOP,
    read: tuple[Path, ...] = (),
    is_closed: bool = False,
    loss: str = "",
) -> Network:
    """The network that a script or notebook trains. ScriptError as for `network_of_script`.

    `read` is what the script may read besides its folder's files; it reads none at all if it `is_closed`.
    `loss` is the requested one, empty to find it.
    """
    folder = None if is_closed else path.parent.absolute()
    return network_of_script(
        ScriptText(
            path.name,
            (),
            source.read_source(path).raw,
            folder,
            loop,
            read,
            loss,
        )
    )


def _remember(origin: SessionOrigin, network: Network) -> None:
    _origins[id(network)] = network, origin
    while len(_origins) > _MAX_ORIGINS:
        _origins.popitem(last=False)


class NetworkOrigin:
    """A network, as something to step through."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.program = derive_program(network)

    def under(self, edits: tuple[EditEvent, ...]) -> tuple[SessionOrigin, tuple[EditEvent, ...]]:
        """The network itself. BpstepError if a line is replaced: it has none."""
        if any(isinstance(edit, EditLine) for edit in edits):
            raise BpstepError(fill(messages.NO_LINES))
        return self, edits

    def statement(self, step: Step) -> Statement:
        """BpstepError: the equations do not come from statements."""
        raise BpstepError(fill(messages.NO_LINES))

    def statement_of_line(self, line: int, place: str, file: str = "") -> Statement:
        """BpstepError: a network has no lines."""
        raise BpstepError(fill(messages.NO_LINES))

    def timeline(self, edits: Iterable[EditEvent]) -> Timeline:
        """The tensors at every position, with these edits in force."""
        return NetworkTimeline(self.network, self.program, edits)
