"""Moments and traces as text.

Numbers have as many decimals as carry information, the same for a whole tensor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.defaults import PAGE_WIDTH
from bpstep.explain.prose.units import column_names
from bpstep.export import messages, steps
from bpstep.model.network import Array, Network
from bpstep.session import messages as session_messages
from bpstep.session.frame import Frame
from bpstep.session.scores import Scores, scores
from bpstep.session.session import Session
from bpstep.text import cell_width, fill, fill_plural, one_line, padded, shorten

DECIMALS = 10

_SIGNIFICANT = 12


@dataclass(frozen=True)
class NumberGrid:
    """The cells of a tensor as text, row by row; None for cells left out."""

    rows: list[list[str | None] | None]

    @property
    def width(self) -> int:
        """The longest cell."""
        return max(len(cell) for row in self.rows if row for cell in row if cell)


def number_grid(value: Any, max_rows: int, max_columns: int, decimals: int = DECIMALS) -> NumberGrid:
    """A tensor's rows, one slice after the other if it has more than two axes.

    Of a large one, the first and last rows and columns.
    """
    is_whole = np.asarray(value).dtype.kind in "iu"
    table: Any = np.atleast_2d(np.asarray(value, dtype=np.int64 if is_whole else np.float64))
    table = table.reshape(-1, table.shape[-1])
    rows, columns = _shown_indices(table.shape[0], max_rows), _shown_indices(table.shape[1], max_columns)
    shown = table[[at for at in rows if at is not None]][:, [at for at in columns if at is not None]]
    numbers = shown.ravel()
    texts = iter([str(number) for number in numbers] if is_whole else format_numbers(numbers, decimals))
    return NumberGrid(
        [None if row is None else [None if at is None else next(texts) for at in columns] for row in rows]
    )


def format_numbers(values: Array, decimals: int = DECIMALS) -> list[str]:
    """A text for each number, all in one format."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    # A number other than 0 must not be printed as 0.
    if len(sizes) and (sizes.max() >= 1e9 or sizes.min() < 10.0**-decimals):
        return [_text(value, f".{min(decimals, 8)}e") for value in values]
    if len(sizes):
        decimals = min(decimals, _SIGNIFICANT - len(str(int(sizes.max()))))
    texts = [_text(value, f".{decimals}f") for value in values]
    zeros = min((_trailing(text) for text in texts if "." in text), default=0)
    # One decimal stays, so that a number is recognisable as a float.
    cut = max(0, min(zeros, decimals - 1))
    return [text[: len(text) - cut] if "." in text else text for text in texts]


def format_number(value: float, decimals: int = DECIMALS) -> str:
    return format_numbers(np.array([value]), decimals)[0]


def _text(value: float, form: str) -> str:
    if not np.isfinite(value):
        return str(float(value))
    text = format(value, form)
    return text[1:] if text.startswith("-") and not text.strip("-0.e+") else text


def _trailing(text: str) -> int:
    return len(text) - len(text.rstrip("0"))


def _shown_indices(count: int, most: int) -> list[int | None]:
    """Indices, with None for the ones left out in the middle."""
    if count <= most:
        return list(range(count))
    last = max(1, most // 3)
    return [*range(most - last), None, *range(count - last, count)]


NO_NAMES: Mapping[str, tuple[str, ...]] = {}

_ROWS = 12

_COLUMNS = 24

_DECIMALS = (10, 8, 6, 4)

_GAP = "  "


def moment_text(frame: Frame, inside: Iterable[str] = ()) -> Iterator[str]:
    """One moment: the position, the equation just done, every tensor of the program.

    If the moment is within the next equation, lines about that stand between.
    """
    yield heading(frame.network)
    if frame.step is None:
        yield fill(messages.BEFORE_FIRST)
    else:
        step = frame.step
        yield fill(
            messages.MOMENT,
            n=frame.n,
            iteration=frame.iteration,
            phase=fill(step.phase),
            done=frame.done,
            period=frame.period,
        )
        yield ""
        yield f"  {step.equation}"
    yield ""
    inside = list(inside)
    if inside:
        yield fill(messages.INSIDE_NEXT)
        yield from inside
        yield ""
    program = frame.program
    names = {name: column_names(frame.network, program, name) for name in program.tensors}
    yield from table(program.shapes, frame.tensors, program.tensors, names)
    found = scores(frame)
    if found is not None:
        yield ""
        yield fill(messages.SCORES_TITLE)
        yield from _score_lines(found)


def _score_lines(found: Scores) -> Iterator[str]:
    parts = ((messages.TRAINING_PART, found.training), (messages.TEST_PART, found.test))
    names = [fill(part) for part, _ in parts]
    wide = len(str(max(score.samples for _, score in parts)))
    losses = [format_number(score.loss) for _, score in parts]
    counts = [
        fill_plural(score.samples, messages.SAMPLES_ONE, messages.SAMPLES_MANY, wide=wide)
        for _, score in parts
    ]
    for name, (_, score), loss, counted in zip(names, parts, losses, counts):
        slots = {
            "part": padded(name, max(map(cell_width, names))),
            "samples": padded(counted, max(map(cell_width, counts))),
            "loss": f"{loss:<{max(map(len, losses))}}",
        }
        if score.accuracy is None:
            yield fill(messages.SCORE, **slots).rstrip()
        else:
            yield fill(messages.SCORE_WITH_ACCURACY, accuracy=f"{score.accuracy * 100:5.1f}", **slots)


def trace_text(session: Session, iterations: int) -> Iterator[str]:
    """Every step with its value."""
    yield heading(session.network)
    yield fill(messages.EQUATIONS, count=session.period)
    yield ""
    start = steps.initial_tensors(session)
    yield from table({name: np.shape(value) for name, value in start.items()}, start, tuple(start))
    wide = len(str(iterations * session.period))
    for done in steps.walk_steps(session, iterations):
        if done.starts_iteration:
            yield ""
            yield iteration_line(done)
        if done.starts_phase:
            yield ""
            yield fill(done.step.phase)
        yield f"{done.n:>{wide + 2}}  {done.step.equation}"
        indent = " " * (wide + 6)
        yield from (indent + line for line in number_block(done.value, PAGE_WIDTH - len(indent)))


def heading(network: Network) -> str:
    """The network in one line."""
    return one_line(f"{network.name}: {network.title}" if network.title else network.name)


def iteration_line(done: steps.CompletedStep) -> str:
    """The number of an iteration, and its samples if these are not all."""
    return _iteration_text(
        done,
        messages.ITERATION,
        messages.ITERATION_OF_SAMPLES,
        messages.ITERATION_OF_MANY_SAMPLES,
    )


def iteration_title(done: steps.CompletedStep) -> str:
    """The number of an iteration as a title, with its samples if these are not all."""
    return _iteration_text(
        done,
        messages.ITERATION_TITLE,
        messages.ITERATION_TITLE_OF_SAMPLES,
        messages.ITERATION_TITLE_OF_MANY_SAMPLES,
    )


def _iteration_text(done: steps.CompletedStep, plain: str, some: str, many: str) -> str:
    samples = done.samples or ()
    template = plain if done.samples is None else some if len(samples) <= _ROWS else many
    listed = " ".join(map(str, samples[:_ROWS]))
    return fill(template, iteration=done.iteration, samples=listed, count=len(samples))


def table(
    shapes: dict[str, tuple[int, ...]],
    tensors: Any,
    names: tuple[str, ...],
    columns: Mapping[str, tuple[str, ...]] = NO_NAMES,
) -> Iterator[str]:
    """A tensor per row: name, shape, value; a matrix takes a line for each of its rows.

    `columns` gives, by the tensor's name, names to print above the columns of tensors.
    """
    name_width = max(map(cell_width, names))
    labels = {name: str(shapes[name]) if shapes[name] else "" for name in names}
    left = name_width + max(map(len, labels.values())) + 2 * len(_GAP)
    for name in names:
        label = padded(f"{padded(name, name_width)}{_GAP}{labels[name]}", left)
        lines = [fill(session_messages.NO_VALUE_YET)]
        if name in tensors:
            lines = number_block(tensors[name], PAGE_WIDTH - left, columns.get(name, ()))
        for at, line in enumerate(lines):
            yield f"{' ' * left if at else label}{line}"


def number_block(value: Any, width: int, names: tuple[str, ...] = ()) -> list[str]:
    """A tensor's numbers in columns, with fewer decimals if rows are long; dots for what is left out.

    Names of columns are printed above them.
    """
    for decimals in _DECIMALS:
        cells = number_grid(value, _ROWS, _COLUMNS, decimals)
        if len(cells.rows[0] or []) * (cells.width + len(_GAP)) <= width + len(_GAP):
            break
    rows, wide = cells.rows, cells.width
    if names:
        shown = [None if at is None else names[at] for at in _shown_indices(len(names), _COLUMNS)]
        longest = min(max(cell_width(name) for name in names), _MAX_NAME_WIDTH)
        room = (width + len(_GAP)) // len(shown) - len(_GAP)
        wide = max(wide, min(longest, room))
        rows = [[None if name is None else shorten(name, wide, "...") for name in shown], *rows]
    labels = slice_labels(np.shape(value), _ROWS)
    return [
        line
        for at, row in enumerate(rows)
        for line in (*([labels[at]] if at in labels else []), *_row(row, wide, width))
    ]


def slice_labels(shape: tuple[int, ...], max_rows: int) -> dict[int, str]:
    """The indices of each printed row that begins a slice, or is the first after dots.

    Tensors of at most two axes have none.
    """
    *leading, height, _ = shape if len(shape) > 2 else (0, 0)
    labels: dict[int, str] = {}
    shown = _shown_indices(math.prod(leading) * height, max_rows) if leading else []
    for at, row in enumerate(shown):
        if row is not None and (at == 0 or row % height == 0 or shown[at - 1] is None):
            lead = ",".join(map(str, np.unravel_index(row // height, leading)))
            start = row % height or ""
            labels[at] = f"[{lead},{start}:,:]"
    return labels


_MAX_NAME_WIDTH = 16
"""The widest that a column becomes for the sake of its name."""


def _row(row: list[str | None] | None, wide: int, width: int) -> list[str]:
    if row is None:
        return ["..."]
    texts = [
        " " * (wide - cell_width(text)) + text for text in ("..." if cell is None else cell for cell in row)
    ]
    fits = max(1, (width + len(_GAP)) // (wide + len(_GAP)))
    return [
        # A continued row is indented, so that it does not look like the next one.
        (_GAP if at else "") + _GAP.join(texts[at : at + step]).rstrip()
        for at, step in _line_slices(len(texts), fits)
    ]


def _line_slices(count: int, fits: int) -> Iterator[tuple[int, int]]:
    at, step = 0, fits
    while at < count:
        yield at, step
        at, step = at + step, max(1, fits - 1)
