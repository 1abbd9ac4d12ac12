"""`bpstep --version`: the version, and with `--verbose` those of what bpstep runs on."""

from __future__ import annotations

from bpstep import __version__
from bpstep.cli import messages
from bpstep.text import fill

_REQUIRED = {"NumPy": "numpy", "Textual": "textual", "Rich": "rich"}
"""The packages that a bug report should name, with the names that people use."""


def write_version(verbose: bool) -> None:
    """Print the version; `verbose` adds those of Python, NumPy, Textual and Rich, and the system.

    The packages' versions are read from their metadata, without importing them.
    """
    from bpstep.storage.atomic_write import write_lines

    lines = [fill(messages.VERSION, version=__version__)]
    write_lines([*lines, *(_versions() if verbose else ())])


def _versions() -> list[str]:
    import platform
    from importlib import metadata

    lines = [
        fill(messages.VERSION_OF, name=platform.python_implementation(), version=platform.python_version())
    ]
    for name, package in _REQUIRED.items():
        try:
            lines.append(fill(messages.VERSION_OF, name=name, version=metadata.version(package)))
        except metadata.PackageNotFoundError:
            lines.append(fill(messages.NOT_INSTALLED, name=name))
    return [*lines, platform.platform(terse=True)]
