"""Puzzles: networks with one wrong equation, hints, and the verdict on what the learner puts in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.lowering import functions, run
from bpstep.model.network import Network
from bpstep.netfile.document import load
from bpstep.netfile.reader import read_network
from bpstep.netfile.table import Table, did_you_mean
from bpstep.program.derive import derive
from bpstep.program.program import Program, Step, Tensors
from bpstep.session.session import Session
from bpstep.text import quoted

_FOLDER = Path(__file__).parent / "puzzles"

_ITERATIONS = 3

_SEEDS = range(8)

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Riddle:
    """What is told about a puzzle, and when."""

    name: str
    story: str
    """What strikes one about it; shown at the start."""
    hints: tuple[str, str, str]
    """Where to look, what kind of mistake it is, which equation."""
    moral: str
    """What it was and why it matters; shown when it is solved."""


@cache
def riddles() -> tuple[Riddle, ...]:
    """Every puzzle, from easy to hard."""
    document = load(_FOLDER / "riddles.toml")
    return tuple(map(_riddle, Table(document, (), document.values).tables("puzzle")))


def _riddle(entry: Table) -> Riddle:
    keys = ("name", "story", "where", "what", "which", "moral")
    entry.refuse_others(keys)
    entry.require(*keys)
    name, story, where, what, which, moral = map(entry.text, keys)
    return Riddle(name, story, (where, what, which), moral)


def find(name: str) -> Network:
    """A puzzle's network. BpstepError where no puzzle is called so."""
    names = [riddle.name for riddle in riddles()]
    if name not in names:
        hint = did_you_mean(name, names)
        message = f"no puzzle is called {quoted(name)}{f': {hint}' if hint else '.'}"
        raise BpstepError(f"{message} There are {', '.join(names)}")
    return replace(read_network(_FOLDER / f"{name}.toml"), puzzle=True)


def riddle_of(network: Network) -> Riddle:
    """What is told about a puzzle's network."""
    return next(riddle for riddle in riddles() if riddle.name == network.name)


def is_solved(session: Session) -> bool:
    """Whether every equation in force where the cursor is computes what it should."""
    return is_right(session.network, session.equations)


def is_right(network: Network, program: Program) -> bool:
    """Whether every equation of `program` computes what the derived one does.

    Both get the same tensors, those of the derived program: drawn parameters and data, three iterations on
    from there, so that what an optimiser remembers is more than its zeros.
    """
    right = derive(replace(network, program={}, puzzle=False))
    scope = functions()
    with np.errstate(all="ignore"):
        return all(
            _agree(run(theirs.code, tensors, scope), run(ours.code, tensors, scope))
            for seed in _SEEDS
            for at, ours, tensors in _moments(network, right, seed)
            for theirs in [program.steps[at]]
        )


def _agree(theirs: object, ours: object) -> bool:
    """Whether two results differ by no more than rounding, compared with the largest number among them."""
    size = float(np.max(np.abs(np.nan_to_num(np.asarray(ours)))))
    return bool(np.allclose(theirs, ours, rtol=_TOLERANCE, atol=_TOLERANCE * size, equal_nan=True))  # type: ignore[arg-type]


def _moments(network: Network, program: Program, seed: int) -> Iterator[tuple[int, Step, Tensors]]:
    """Each equation of some iterations with the tensors it finds, from drawn parameters and data."""
    random = np.random.default_rng(seed)
    scope = functions()
    tensors = {**program.initial, **_parameters(random, program)}
    for iteration in range(_ITERATIONS):
        count = network.batch_sizes[iteration % len(network.batch_sizes)]
        tensors |= _data(random, network, program, count)
        for at, step in enumerate(program.steps):
            yield at, step, tensors
            tensors[step.name] = run(step.code, tensors, scope)


def _parameters(random: np.random.Generator, program: Program) -> dict[str, object]:
    """Weights and biases, the held ones too; what an optimiser remembers begins as it does."""
    names = [name for name in program.initial if program.homes[name].kind in ("edge", "bias")]
    return {
        name: random.uniform(-1, 1, program.shapes[name])
        for name in names
        if name in program.parameters or name in program.constants
    }


def _data(random: np.random.Generator, network: Network, program: Program, count: int) -> dict[str, object]:
    """Inputs and targets for `count` samples; targets are probabilities, under softmax of classes."""
    inputs, outputs = network.sizes[0], network.sizes[-1]
    labels = random.uniform(0.05, 0.95, (count, outputs))
    if network.layers[-1].activation == "softmax":
        labels /= labels.sum(axis=-1, keepdims=True)
    drawn = {"X": random.normal(0, 1, (count, inputs)), "labelY": labels}
    single = len(program.shapes["X"]) == 1
    return {name: value[0] if single else value for name, value in drawn.items()}
