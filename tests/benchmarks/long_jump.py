"""An iteration of a long jump against the same lines in a loop of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import process_time
from typing import Any

from bpstep.model.network import Network
from bpstep.session.session import Session
from tests.benchmarks.measure import Measure, paired


def long_jump(
    name: str,
    network: Network,
    by_hand: Callable[[int], Mapping[str, Any]],
    iterations: int,
    rounds: int,
    reach: float,
) -> Measure:
    """`by_hand` returns the parameters after this many iterations; their bits have to equal those of the
    jump.

    The first round is not counted.
    """
    ours, theirs = [], []
    for _ in range(rounds + 1):
        session = Session(network)
        # Time of the processor: others who use the machine take turns with neither.
        began = process_time()
        session.goto(iterations * session.period)
        ours.append((process_time() - began) / iterations)
        began = process_time()
        found = by_hand(iterations)
        theirs.append((process_time() - began) / iterations)
    tensors = session.frame.tensors
    same = all(tensors[each].tobytes() == found[each].tobytes() for each in session.program.carried)
    measured = paired(name, ours[1:], theirs[1:], reach, "µs")
    return replace(measured, note="bit-identical" if same else "the bits differ", holds=same)
