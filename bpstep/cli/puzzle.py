"""`bpstep puzzle`: the list of puzzles, or one of them in the debugger."""

from __future__ import annotations

import argparse

from bpstep.cli import messages
from bpstep.cli.open import refuse_options
from bpstep.learn import puzzle
from bpstep.storage.atomic_write import write_lines


def run(options: argparse.Namespace) -> int:
    """Print name, units of each layer and story of every puzzle, or open one."""
    if options.network is not None:
        from bpstep.cli import debug  # a list needs no modules of the screen

        return debug.run(options, puzzle.open_puzzle)
    refuse_options(options, messages.PUZZLE_WITHOUT_NAME, ["settings", "at", "into"])
    entries = [(listed, puzzle.open_puzzle(listed.name).size_text) for listed in puzzle.puzzle_texts()]
    names, sizes = max(len(listed.name) for listed, _ in entries), max(len(size) for _, size in entries)
    write_lines(f"{listed.name:<{names}}  {size:<{sizes}}  {listed.story}" for listed, size in entries)
    return 0
