"""The check: of a network's gradients, of a script's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.ui.controller import Controller

if TYPE_CHECKING:
    from bpstep.ui.commands import gradcheck, script_check
else:
    gradcheck = deferred("bpstep.ui.commands.gradcheck")
    script_check = deferred("bpstep.ui.commands.script_check")


def gradient_check(controller: Controller, _count: int) -> None:
    """Check the iteration shown, then list what is found."""
    if controller.session.network.script is not None:
        script_check.start_script_check(controller)
    else:
        gradcheck.start_gradient_check(controller)


COMMANDS = {"gradient_check": gradient_check}
