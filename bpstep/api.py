"""What `import bpstep` offers to a script: open a network, step through it, check its gradients.

`bpstep.Session(bpstep.open_network("article"))` is the core of the debugger without its screen; `network`,
`check` and `debug` take a model that another library holds in memory.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import Any

from bpstep.errors import BpstepError
from bpstep.export.gradcheck import gradcheck_lines
from bpstep.frameworks import messages
from bpstep.frameworks.network import network_of
from bpstep.gradcheck.check import GradientReport, check_gradients
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.text import fill

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
    """The network of a model in memory; `bpstep manual library` describes the models and options.

    Also takes the name of a file or built-in network, and returns a Network as it is. BpstepError if the
    model or its data are not supported.
    """
    return _given(model, X, y, options)


def _given(model: Any, X: Any, y: Any, options: dict[str, Any]) -> Network:
    """A Network as it is, the network of a file or a built-in name, or that of a model."""
    if isinstance(model, PurePath):
        model = str(model)
    named = isinstance(model, str) and "=" not in model
    if not (named or isinstance(model, Network)):
        return network_of(model, X, y, **options)
    if options or not (X is None and y is None):
        name = model if named else model.name
        raise BpstepError(fill(messages.FILE_AND_MORE, name=name))
    return open_network(model) if named else model


def check(model: Any, X: Any = None, y: Any = None, *, at: int | str = 0, **options: Any) -> GradientReport:
    """Check the gradients of what `network` takes; AssertionError, with the report, if one is wrong."""
    given = _given(model, X, y, options)
    session = Session(given)
    session.goto(at)
    report = check_gradients(session)
    if not report.ok:
        raise AssertionError("\n".join(gradcheck_lines(given, report, [], str(at))))
    return report


def debug(model: Any, X: Any = None, y: Any = None, *, at: int | str = 0, **options: Any) -> None:
    """Open the debugger on anything that `network` takes, until it is quit.

    Without a terminal, it prints one line that says how to open it.
    """
    given = _given(model, X, y, options)
    session = Session(given)
    session.goto(at)
    # A program that never opens the debugger needs none of it, and the command line asks this package for its
    # version.
    import_module("bpstep.cli.debug_model").debug_session(session)
