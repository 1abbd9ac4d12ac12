"""What `import bpstep` offers to a script: open a network, step through it, check its gradients.

`bpstep.Session(bpstep.open_network("article"))` is the core of the debugger without its screen; `network`,
`check` and `debug` take a model that another library holds in memory.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bpstep.errors import BpstepError
from bpstep.export.gradcheck import gradcheck_lines
from bpstep.frameworks.network import network_of
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
    "check",
    "check_gradients",
    "debug",
    "network",
    "open_network",
]


def network(model: Any, X: Any = None, y: Any = None, **options: Any) -> Network:
    """The network that a model in memory is; see `bpstep manual library` for models and options.

    BpstepError where the model or its data are not known.
    """
    return network_of(model, X, y, **options)


def check(model: Any, X: Any = None, y: Any = None, *, at: int | str = 0, **options: Any) -> GradientReport:
    """Check the gradients of a model or a Network; AssertionError, with the report, where one is wrong."""
    given = model if isinstance(model, Network) else network_of(model, X, y, **options)
    session = Session(given)
    session.goto(at)
    report = check_gradients(session)
    if not report.ok:
        raise AssertionError("\n".join(gradcheck_lines(given, report, [], str(at))))
    return report


def debug(model: Any, X: Any = None, y: Any = None, *, at: int | str = 0, **options: Any) -> None:
    """Open the debugger on a model in memory, or on a Network, until it is quit.

    Where there is no terminal one line says so.
    """
    given = model if isinstance(model, Network) else network_of(model, X, y, **options)
    session = Session(given)
    session.goto(at)
    # Who opens no debugger needs none of it; and the command line asks this package for its version.
    import_module("bpstep.cli.debug_model").debug_session(session)
