"""A step-through debugger for neural networks in a terminal."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpstep.api import (
        BpstepError,
        Frame,
        GradientReport,
        Network,
        Session,
        check,
        check_gradients,
        debug,
        network,
        open_network,
    )

__version__ = "0.1.0"

__all__ = [
    "BpstepError",
    "Frame",
    "GradientReport",
    "Network",
    "Session",
    "__version__",
    "check",
    "check_gradients",
    "debug",
    "network",
    "open_network",
]


def __getattr__(name: str) -> object:
    # The command line imports this package too, and must start without NumPy.
    if name in __all__:
        return getattr(import_module("bpstep.api"), name)
    raise AttributeError(f"module 'bpstep' has no attribute {name!r}")
