"""What `import bpstep` offers to a script: open a network, step through it, check its gradients.

`bpstep.Session(bpstep.open_network("article"))` is the core of the debugger without its screen.
"""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.gradcheck.check import GradientReport, check_gradients
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.session.frame import Frame
from bpstep.session.session import Session

__all__ = [
    "BpstepError",
    "Frame",
    "GradientReport",
    "Network",
    "Session",
    "check_gradients",
    "open_network",
]
