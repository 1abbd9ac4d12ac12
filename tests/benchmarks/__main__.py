"""Measure bpstep beside its peers and print a table.

python -m tests.benchmarks [--strict] [--rounds K] [NAME ...]
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import classrooms, core, endurance, forward, recordings, screens, scripts
from tests.benchmarks.measure import HEAD, Measure


def main() -> int:
    """Run the requested benchmarks; returns 0, or 1 with --strict if a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        measures: dict[str, Callable[[int], list[Measure]]] = {
            "start": lambda rounds: screens.start(2 * rounds),
            "step": screens.step,
            "large": lambda rounds: screens.large(rounds, Path(folder)),
            "inside": lambda rounds: screens.inside(max(rounds // 2, 2), Path(folder)),
            "why": lambda rounds: screens.why(rounds, Path(folder)),
            "iteration": core.iteration,
            "continue": core.continued,
            "jumps": lambda rounds: core.jumps(20 * rounds),
            "million": lambda rounds: core.million(20 * rounds),
            "gradient": lambda rounds: core.gradient(rounds, Path(folder)),
            "version": lambda rounds: core.version(3 * rounds),
            "keys": endurance.keys,
            "forward-jump": forward.jumps,
            "forward-step": forward.steps,
            "script-jump": lambda rounds: scripts.jump(rounds, Path(folder)),
            "script-step": lambda rounds: scripts.step(rounds, Path(folder)),
            "recordings": recordings.recordings,
            "class": classrooms.classes,
            "kill": endurance.kills,
        }
        options = _options(list(measures))
        # Nothing here makes cycles; the collector would only fall into somebody's measure.
        gc.disable()
        print(HEAD)
        found = []
        for name in options.names or measures:
            for measure in measures[name](options.rounds):
                print(measure.row(), flush=True)
                found.append(measure)
    return int(options.strict and not all(measure.ok for measure in found))


def _options(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="bpstep beside its peers."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {' '.join(names)}")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where a reach is missed")
    options = parser.parse_args()
    if wrong := set(options.names) - set(names):
        parser.error(f"there is no {' '.join(wrong)}: there are {' '.join(names)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
