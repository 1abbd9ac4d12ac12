"""Plain text for a person at a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bpstep.export import walk
from bpstep.export.digits import Grid, grid
from bpstep.files import one_line
from bpstep.frame import Frame
from bpstep.network import Network
from bpstep.session import Session

WIDTH = 80
_ROWS = 12
_COLUMNS = 24
_DECIMALS = (10, 8, 6, 4)
_GAP = "  "


def moment(frame: Frame, inside: Iterable[str] = ()) -> Iterator[str]:
    """One moment: the position, the equation just done, every tensor of the program.

    The lines about where one is inside the next equation stand between.
    """
    yield heading(frame.network)
    if frame.step is None:
        yield "n = 0, before the first equation"
    else:
        step = frame.step
        yield f"n = {frame.n}, iteration {frame.iteration}, {step.phase}, {frame.done} of {frame.period}"
        yield ""
        yield f"  {step.equation}"
    yield ""
    inside = list(inside)
    if inside:
        yield "inside the next equation"
        yield from inside
        yield ""
    yield from table(frame.program.shapes, frame.tensors, frame.program.tensors)


def trace(session: Session, iterations: int) -> Iterator[str]:
    """Every step with its value."""
    yield heading(session.network)
    yield f"{session.period} equations an iteration"
    yield ""
    start = walk.initial(session)
    yield from table({name: np.shape(value) for name, value in start.items()}, start, tuple(start))
    wide = len(str(iterations * session.period))
    for done in walk.steps(session, iterations):
        if done.first:
            yield ""
            yield f"iteration {done.iteration}{drawn(done)}"
        if done.opens:
            yield ""
            yield f"{done.step.phase}"
        yield f"{done.n:>{wide + 2}}  {done.step.equation}"
        indent = " " * (wide + 6)
        yield from (indent + line for line in block(done.value, WIDTH - len(indent)))


def heading(network: Network) -> str:
    """The network in one line."""
    return one_line(f"{network.name}: {network.title}" if network.title else network.name)


def drawn(done: walk.Done) -> str:
    """Which samples an iteration learns from, where it does not learn from all."""
    if done.samples is None:
        return ""
    listed = " ".join(map(str, done.samples[:_ROWS]))
    more = f" ... {len(done.samples)} in all" if len(done.samples) > _ROWS else ""
    return f", samples {listed}{more}"


def table(shapes: dict[str, tuple[int, ...]], tensors: Any, names: tuple[str, ...]) -> Iterator[str]:
    """A tensor a row: name, shape, value; a matrix takes a line for each of its rows."""
    name_width = max(map(len, names))
    labels = {name: str(shapes[name]) if shapes[name] else "" for name in names}
    left = name_width + max(map(len, labels.values())) + 2 * len(_GAP)
    for name in names:
        label = f"{name:<{name_width}}{_GAP}{labels[name]}"
        lines = block(tensors[name], WIDTH - left) if name in tensors else ["not computed"]
        for at, line in enumerate(lines):
            yield f"{'' if at else label:<{left}}{line}"


def block(value: Any, width: int) -> list[str]:
    """A tensor's numbers in columns, with fewer decimals where rows are long; dots for what is left out."""
    for decimals in _DECIMALS:
        cells = grid(value, _ROWS, _COLUMNS, decimals)
        if len(cells.rows[0] or []) * (cells.width + len(_GAP)) <= width + len(_GAP):
            break
    return [line for row in cells.rows for line in _row(row, cells, width)]


def _row(row: list[str | None] | None, cells: Grid, width: int) -> list[str]:
    if row is None:
        return ["..."]
    texts = [f"{'...' if cell is None else cell:>{cells.width}}" for cell in row]
    fits = max(1, (width + len(_GAP)) // (cells.width + len(_GAP)))
    return [
        # A row that goes on is set in, so that it does not look like the next one.
        (_GAP if at else "") + _GAP.join(texts[at : at + step]).rstrip()
        for at, step in _pieces(len(texts), fits)
    ]


def _pieces(count: int, fits: int) -> Iterator[tuple[int, int]]:
    at, step = 0, fits
    while at < count:
        yield at, step
        at, step = at + step, max(1, fits - 1)
