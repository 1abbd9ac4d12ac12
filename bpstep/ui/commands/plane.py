"""The plane of inputs: opening it in the network's place, and closing it."""

from __future__ import annotations

from dataclasses import replace

from bpstep.errors import BpstepError
from bpstep.session.plane import has_plane
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller


def toggle_plane(controller: Controller, _count: int) -> None:
    """Show the plane in the network's pane, or the network again. BpstepError if there is no plane."""
    if controller.view.plane:
        close_plane(controller)
        return
    network = controller.session.network
    if not has_plane(network, controller.session.program):
        raise BpstepError(fill(messages.NO_PLANE, name=network.name))
    controller.view = replace(controller.view, plane=True, focus="network")
    controller.compute_other_run()


def close_plane(controller: Controller) -> None:
    """Show the network again."""
    controller.view = replace(controller.view, plane=False)


COMMANDS = {"plane": toggle_plane}
