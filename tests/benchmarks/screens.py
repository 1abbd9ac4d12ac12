"""Benchmarks in a terminal: the start, and the key `n`."""

from __future__ import annotations

import random
from pathlib import Path
from statistics import median

from tests.benchmarks.measure import Measure, bounded, paired
from tests.benchmarks.terminal import BPSTEP, PEER, Output, Terminal

_LAST = b"quit"
"""In the footers of both programs."""
_PERIOD, _LARGE_PERIOD = 16, 19


def start(rounds: int) -> list[Measure]:
    """From exec to the last byte of the first frame."""
    ours, theirs = [], []
    for _ in range(rounds + 1):
        ours.append(_start(BPSTEP))
        theirs.append(_start(PEER))
    # The first of each compiles modules and warms the file cache.
    return [paired("start to the first full frame", ours[1:], theirs[1:], 0.95)]


def _start(code: str) -> float:
    with Terminal(code) as program:
        return program.first_frame(_LAST).seconds


def step(rounds: int) -> list[Measure]:
    """`n` against the peer's update of its panes, and the bytes that it costs."""
    ours: list[Output] = []
    theirs: list[Output] = []
    with Terminal(BPSTEP) as bpstep, Terminal(PEER) as peer:
        bpstep.first_frame(_LAST)
        peer.first_frame(_LAST)
        for _ in range(_PERIOD * (rounds + 1)):
            ours.append(bpstep.key(b"n"))
            theirs.append(peer.key(b"n"))
    sizes = [len(output.data) for output in ours]
    each = [median(sizes[at::_PERIOD]) for at in range(_PERIOD)]
    peers = f"the peer's: {median(len(output.data) for output in theirs):,.0f} B"
    # The first iteration includes what is computed once.
    times = [[output.seconds for output in outputs[_PERIOD:]] for outputs in (ours, theirs)]
    return [
        paired("n to the last byte painted", *times, 0.7),
        bounded("bytes of n, median over the equations", median(each), 1500, "B", peers),
        bounded("bytes of n, the most of any", max(sizes), 3500, "B"),
    ]


def large(rounds: int, folder: Path) -> list[Measure]:
    """`n` in a 784-128-10 network with 64 samples, against `n` in the article's."""
    file = network_file(folder)
    ours: list[float] = []
    article: list[float] = []
    with Terminal(BPSTEP, str(file)) as large, Terminal(BPSTEP) as small:
        large.first_frame(_LAST)
        small.first_frame(_LAST)
        for _ in range(_LARGE_PERIOD * (rounds + 1)):
            ours.append(large.key(b"n").seconds)
            article.append(small.key(b"n").seconds)
    ours, article = ours[_LARGE_PERIOD:], article[_LARGE_PERIOD:]
    # Which equation meets which is chance: the medians are what compares.
    ratio = median(ours) / median(article)
    return [Measure("n, 784-128-10 with 64 samples", median(ours), median(article), ratio, 2.0)]


_PLACES = (("0", 1), ("0", 6_422_828), ("Y", 700), ("i0:delta_net1", 300_000), ("i0:B2", 100_357))
"""Inside a matrix product's products, its sums, a softmax, a gradient and an update: the operations done."""


def inside(rounds: int, folder: Path) -> list[Measure]:
    """`s` in a 784-128-10 network with 64 samples, against `n` in the article's."""
    file = network_file(folder)
    ours: list[float] = []
    article: list[float] = []
    for place, done in _PLACES:
        with (
            Terminal(BPSTEP, str(file), "--at", place, "--into", str(done)) as large,
            Terminal(BPSTEP) as small,
        ):
            large.first_frame(_LAST)
            small.first_frame(_LAST)
            for at in range(_PERIOD * rounds):
                once, other = large.key(b"s").seconds, small.key(b"n").seconds
                if at >= _PERIOD:
                    ours.append(once)
                    article.append(other)
    ratio = median(ours) / median(article)
    return [Measure("s, 784-128-10 with 64 samples", median(ours), median(article), ratio, 2.0)]


def why(rounds: int, folder: Path) -> list[Measure]:
    """`i` in a 784-128-10 network with 64 samples, against `n` in the article's."""
    file = network_file(folder)
    ours: list[float] = []
    article: list[float] = []
    with Terminal(BPSTEP, str(file)) as large, Terminal(BPSTEP) as small:
        large.first_frame(_LAST)
        small.first_frame(_LAST)
        for _ in range(_LARGE_PERIOD * (rounds + 1)):
            large.key(b"n")
            ours.append(large.key(b"i").seconds)
            large.key(b"\x1b")
            article.append(small.key(b"n").seconds)
    ours, article = ours[_LARGE_PERIOD:], article[_LARGE_PERIOD:]
    ratio = median(ours) / median(article)
    return [Measure("i, 784-128-10 with 64 samples", median(ours), median(article), ratio, 2.0)]


def network_file(folder: Path) -> Path:
    """A network of the size that one learns digits with."""
    draw = random.Random(0)
    names = [f"x{k}" for k in range(784)] + [f"y{k}" for k in range(10)]
    rows = [
        [f"{draw.random():.3f}" for _ in range(784)] + [str(int(k == row % 10)) for k in range(10)]
        for row in range(64)
    ]
    lines = [",".join(row) for row in [names, *rows]]
    (folder / "digits.csv").write_text("\n".join(lines) + "\n")
    file = folder / "digits.toml"
    file.write_text(
        'title = "Digits"\nloss = "cross_entropy"\nreduction = "mean"\nlearning_rate = 0.1\n'
        f'[data]\nfile = "digits.csv"\ninputs = {names[:784]}\nlabels = {names[784:]}\n'
        '[[layers]]\nunits = 128\ninit = "he_normal"\nactivation = "relu"\n'
        '[[layers]]\nunits = 10\ninit = "xavier_normal"\nactivation = "softmax"\n'
    )
    return file
