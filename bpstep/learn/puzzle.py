"""Puzzles: networks with one wrong equation, hints, and the verdict on the learner's replacement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from bpstep.engine.random_tensors import random_data, random_parameters
from bpstep.errors import BpstepError
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.learn import messages
from bpstep.model.network import Network
from bpstep.netfile.document import load_document
from bpstep.netfile.reader import read_network
from bpstep.netfile.table import Table
from bpstep.program.derive import derive_unreplaced
from bpstep.program.program import Program, Step, Tensors
from bpstep.text import closest, fill, quoted

_FOLDER = Path(__file__).parent / "puzzles"

_ITERATIONS = 3

_SEEDS = range(8)

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PuzzleText:
    """A puzzle's texts: its story, its hints and its explanation."""

    name: str
    story: str
    """The symptom; shown at the start."""
    hints: tuple[str, str, str]
    """Where to look, what kind of mistake it is, which equation."""
    explanation: str
    """What the mistake was and why it matters; shown when the puzzle is solved."""


@cache
def puzzle_texts() -> tuple[PuzzleText, ...]:
    """Every puzzle, from easy to hard."""
    document = load_document(_FOLDER / "texts.toml")
    return tuple(map(_parse_puzzle_text, Table(document, (), document.values).tables("puzzle")))


def _parse_puzzle_text(entry: Table) -> PuzzleText:
    keys = ("name", "story", "where", "what", "which", "moral")
    entry.refuse_unknown(keys)
    entry.require(*keys)
    name, story, where, what, which, explanation = map(entry.text, keys)
    return PuzzleText(name, story, (where, what, which), explanation)


def open_puzzle(name: str) -> Network:
    """A puzzle's network. BpstepError if no puzzle has this name."""
    names = [text.name for text in puzzle_texts()]
    if name not in names:
        close = closest(name, names)
        template = messages.UNKNOWN_PUZZLE_DID_YOU_MEAN if close else messages.UNKNOWN_PUZZLE
        slots = {"name": quoted(name), "suggestion": quoted(close), "names": ", ".join(names)}
        raise BpstepError(fill(template, **slots))
    return replace(read_network(_FOLDER / f"{name}.toml"), puzzle=True, warnings=())


def puzzle_text(network: Network) -> PuzzleText:
    """The texts of a puzzle's network."""
    return next(text for text in puzzle_texts() if text.name == network.name)


def is_program_correct(network: Network, program: Program) -> bool:
    """Whether every equation of `program` computes what the derived one does.

    Both are evaluated on the same tensors, those of the derived program: random parameters and data, followed
    for three iterations, so that the optimiser's memory is not only zeros.
    """
    derived_program = derive_unreplaced(network)
    scope = evaluation_scope()
    with np.errstate(all="ignore"):
        return all(
            _agree(evaluate(actual.code, tensors, scope), evaluate(expected.code, tensors, scope))
            for seed in _SEEDS
            for at, expected, tensors in _steps_with_inputs(network, derived_program, seed)
            for actual in [program.steps[at]]
            if actual.source != expected.source
        )


def _agree(actual: object, expected: object) -> bool:
    """Whether two results differ only by rounding, compared with the largest number of the expected one."""
    size = float(np.max(np.abs(np.nan_to_num(np.asarray(expected)))))
    return bool(np.allclose(actual, expected, rtol=_TOLERANCE, atol=_TOLERANCE * size, equal_nan=True))  # type: ignore[arg-type]


def _steps_with_inputs(network: Network, program: Program, seed: int) -> Iterator[tuple[int, Step, Tensors]]:
    """Each equation of some iterations with its input tensors, from random parameters and data."""
    random = np.random.default_rng(seed)
    scope = evaluation_scope()
    tensors = {**program.initial, **random_parameters(random, program)}
    for iteration in range(_ITERATIONS):
        count = network.batch_sizes[iteration % len(network.batch_sizes)]
        tensors |= random_data(random, network, program, count)
        for at, step in enumerate(program.steps):
            yield at, step, tensors
            tensors[step.name] = evaluate(step.code, tensors, scope)
