"""Modules that are imported when they are first used: what the first frame shows needs none of them.

Beside a deferred module stands an import for the type checker, in this form:

    if TYPE_CHECKING:
        from bpstep.explain import arithmetic
    else:
        arithmetic = deferred("bpstep.explain.arithmetic")
"""

from __future__ import annotations

from importlib import import_module


class DeferredModule:
    """Has every name of a module, and imports the module when one of them is first used."""

    def __init__(self, name: str) -> None:
        self._module_name = name

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self._module_name), name)


def deferred(name: str) -> DeferredModule:
    """The module of this name, to be imported when one of its names is first used."""
    return DeferredModule(name)
