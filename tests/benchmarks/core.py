"""Benchmarks without a screen: the compiled iteration, jumps, memory, and the bare command."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from bpstep.gradcheck.check import check_gradients
from bpstep.netfile.builtin import open_network
from bpstep.session.breakpoints import parse_breakpoint
from bpstep.session.search import SearchForward
from bpstep.session.session import Session
from tests.benchmarks.article_loop import loop, loop_until
from tests.benchmarks.long_jump import long_jump
from tests.benchmarks.measure import Measure, bounded, paired
from tests.benchmarks.screens import network_file
from tests.benchmarks.terminal import BPSTEP, ROOT, environment

_ITERATIONS = 20_000


def iteration(rounds: int) -> list[Measure]:
    """An iteration of the article's network in a long jump, against the lines in a loop."""

    def by_hand(iterations: int) -> dict[str, Any]:
        W, V = loop(iterations)
        return {"W": W, "V": V}

    network = open_network("article")
    return [long_jump("one iteration in a long jump", network, by_hand, _ITERATIONS, rounds, 0.8)]


def continued(rounds: int) -> list[Measure]:
    """Continuing for 100,000 iterations with a condition that never holds, against the loop with that if."""
    network = open_network("article")
    ours, theirs = [], []
    for _ in range(max(rounds // 2, 2)):
        session = Session(network)
        point = parse_breakpoint(session.program, "delta_Y if abs(delta_Y) < 1e-9", 1)
        way = SearchForward(session, [point])
        began = process_time()
        reached = next(at for at in way.run() if at >= 100_000)
        ours.append((process_time() - began) / reached)
        began = process_time()
        W, V = loop_until(reached, 1e-9)
        theirs.append((process_time() - began) / reached)
        session.goto(reached * session.period)
    tensors = session.frame.tensors
    same = all(tensors[name].tobytes() == by_hand.tobytes() for name, by_hand in (("W", W), ("V", V)))
    measured = paired("continue, a condition never holds", ours, theirs, 1.2, "µs")
    return [replace(measured, note="bit-identical" if same else "the bits differ", holds=same)]


def jumps(count: int) -> list[Measure]:
    """Jumps among iterations already visited, and the memory of the tape that makes them short."""
    return _visited(100_000, count, 0.05)


def million(count: int) -> list[Measure]:
    """The same after a million iterations."""
    return _visited(1_000_000, count, 0.1)


def _visited(iterations: int, count: int, bound: float) -> list[Measure]:
    session = Session(open_network("article"))
    session.goto(iterations * session.period)
    draw = random.Random(0)
    times = []
    for _ in range(count):
        began = perf_counter()
        session.goto(draw.randrange(iterations * session.period))
        assert session.frame.tensors
        times.append(perf_counter() - began)
    slow = f"95 of 100 within {sorted(times)[int(len(times) * 0.95)] * 1e3:.1f} ms"
    jump = bounded(f"a jump among {iterations:,} iterations", median(times), bound, "ms", slow)
    return [jump, _memory(iterations)]


def _memory(iterations: int) -> Measure:
    """The memory of a session after a run of this many iterations.

    NumPy reports its arrays to tracemalloc.
    """
    resident = _resident()
    tracemalloc.start()
    session = Session(open_network("article"))
    end = iterations * session.period
    session.goto(end)
    for n in range(0, end, end // 16):
        session.goto(n)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    note = f"resident, with the tracing: +{(_resident() - resident) / 2**20:.0f} MB"
    return bounded("memory of the session then", held, 64 * 2**20, "B", note)


def _resident() -> int:
    """The resident memory of this process in bytes, if the system reports it."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def gradient(rounds: int, folder: Path) -> list[Measure]:
    """The gradient check of a network for digits, in its usual sample; the session is open already."""
    session = Session(open_network(str(network_file(folder))))
    times = []
    for _ in range(rounds + 1):
        began = perf_counter()
        report = check_gradients(session)
        times.append(perf_counter() - began)
    checked = sum(parameter.checked for parameter in report.parameters)
    measured = bounded("gradient check of 784-128-10, 64 samples", median(times[1:]), 1.0, "ms")
    return [replace(measured, note=f"{checked} elements, and which equation is to blame", holds=report.ok)]


def version(rounds: int) -> list[Measure]:
    """`bpstep --version` against Python doing nothing."""
    ours, theirs = [], []
    for _ in range(rounds + 1):
        ours.append(_run(BPSTEP, "--version"))
        theirs.append(_run("pass"))
    return [paired("bpstep --version", ours[1:], theirs[1:], 3.0)]


def _run(code: str, *arguments: str) -> float:
    began = perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        cwd=ROOT,
        env=environment(os.devnull),
        stdout=subprocess.DEVNULL,
    )
    return perf_counter() - began
