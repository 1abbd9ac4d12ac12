"""Opens a script: finds its training loop and gives the passes of that loop as equations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bpstep.script.equations import ScriptIteration
from bpstep.script.source import Source


@dataclass(frozen=True)
class FoundLoop:
    """A loop whose passes change arrays or numbers that survive them."""

    line: int
    """Counted through all cells of a notebook."""
    file: str
    written: str
    """The loop's first line as the author wrote it: `for epoch in range(100):`."""
    changes: tuple[str, ...]
    """The names of what a pass changes."""
    trains: bool
    """True where what a pass changes depends on its own value before the pass through other equations: the
    loop updates parameters. A loop that only sums up is no training."""


class Script:
    """A script at its training loop. Made by `open_script`."""

    source: Source
    loops: tuple[FoundLoop, ...]
    """The loops to choose from, in the order in which the script reaches them."""
    loop: FoundLoop
    """Its passes are the iterations: the innermost that updates parameters, the first of those."""

    @property
    def output(self) -> str:
        """What the script has printed so far, from its beginning."""
        raise NotImplementedError

    @property
    def passed_over(self) -> dict[str, int]:
        """What is not done here (plots, progress bars, files written), with how often it was called."""
        raise NotImplementedError

    @property
    def unseeded(self) -> tuple[str, ...]:
        """The random generators that were drawn from before they were seeded: `numpy`, `random`. A run by
        Python gives other numbers then."""
        raise NotImplementedError

    def iteration(self, index: int) -> ScriptIteration:
        """The pass after `index` others, in either direction from the last one asked for.

        Each index has an iteration: where the script's loop would have ended, the body is run again and
        `ended` is true. ScriptError where the script fails before or in that pass.
        """
        raise NotImplementedError

    def state(self, index: int) -> dict[str, object]:
        """Only the values of `carried` before that pass, by name, without recording equations: a long run."""
        raise NotImplementedError


def open_script(
    path: Path,
    read: tuple[Path, ...] = (),
    loop: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Script:
    """The script of a file, run up to the first pass of its training loop.

    `read` are files and folders that it may read besides those of its own folder, `loop` is the line of the
    loop to take, `cancelled` is asked now and then whether to stop. Bounded in time and memory.
    ScriptError (`file.py:34: what, remedy`) where it can't be read or run, or where it trains nothing.
    """
    raise NotImplementedError
