"""The first line: which network, which moment, how wrong it is."""

from __future__ import annotations

from rich.cells import cell_len

from bpstep.formula.numbers import short
from bpstep.frame import Frame
from bpstep.operations.inside import Inside
from bpstep.views.canvas import Canvas, Run, clip
from bpstep.views.look import Look

_BAR = " on bar"
_LEAST_NAME = 5
"""Cells that are worth a part of a network's name."""
_WITHOUT_CHANGE = 4
"""Runs of the moment that say more than by how much E has changed."""
_MANY = 100_000
"""A count of so many operations is rounded."""
_BUSY = 100
_NARROW = 76
"""Below this width the step is a fraction and the program's name gives way; below the other where modes
need the room."""


def title(frame: Frame, look: Look, width: int, modes: tuple[str, ...] = ()) -> Canvas:
    """One line; `modes` stand after the network's name."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text" + _BAR)
    narrow = width < (_BUSY if modes else _NARROW)
    right = _moment(frame, look, narrow)
    badge, room = "" if narrow else " bpstep ", width - 1 - _taken(modes[:2])
    for kept in (badge, right), ("", right), ("", right[:_WITHOUT_CHANGE]):
        if len(kept[0]) + _length(kept[1]) <= room:
            badge, right = kept
            break
    while right and _taken(modes[:1]) > width - _length(right) - 1 - len(badge):
        # The first of them is never left out: loss, phase and step make room for it in turn.
        badge, right = "", right if badge else right[: min(len(right) - 1, 2)]
    space = width - _length(right) - 1
    x = canvas.put(0, 0, badge, "pointed")
    canvas.runs(x, 0, _network(frame, look, space - x, modes))
    canvas.runs(space, 0, right)
    return canvas


def _network(frame: Frame, look: Look, space: int, modes: tuple[str, ...]) -> list[Run]:
    net = frame.network
    kinds = ", ".join(dict.fromkeys(layer.activation for layer in net.layers))
    dot = look.pick("·", "-")
    while modes and _taken(modes) > space:
        modes = modes[:-1]
    room = space - 1 - _taken(modes)
    name = clip(f" {net.name}", room, look.glyphs.dots) + " " if room >= _LEAST_NAME or not modes else ""
    runs = [(name, "bright" + _BAR)]
    for mode in modes:
        runs += [(f" {mode} ", "pointed"), (" ", "text" + _BAR)]
    left = room - cell_len(name)
    for text in ("-".join(map(str, net.sizes)), f" {dot} {kinds}", f" {dot} {net.loss}"):
        if len(text) > left:
            break
        runs.append((text, "quiet" + _BAR))
        left -= len(text)
    return runs


def _length(runs: list[Run]) -> int:
    return sum(cell_len(text) for text, _ in runs)


def _taken(modes: tuple[str, ...]) -> int:
    return sum(cell_len(mode) + 3 for mode in modes)


def _moment(frame: Frame, look: Look, narrow: bool) -> list[Run]:
    """Iteration, step, phase and loss, in columns that stay."""
    done = f"{frame.done:>{len(str(frame.period))}}"
    step = f"{done}/{frame.period}" if narrow else f"step {done} of {frame.period}"
    if frame.inside:
        step = f"{done}+{_part(frame.inside)}" if narrow else f"step {done} + {_part(frame.inside)}"
    phase = frame.phase if frame.at_work else "start"
    runs = [
        (f"iteration {frame.iteration:,}  {step}  ", "text" + _BAR),
        (f"{phase:<8}  ", "bright" + _BAR),
    ]
    return runs + _loss(frame, look)


def _part(inside: Inside) -> str:
    """How much of the next equation is done."""
    return f"{_counted(inside.k)}/{_counted(inside.of)}"


def _counted(count: int) -> str:
    """A count in a few cells: 2048, 200k, 12.8M."""
    if count < _MANY:
        return str(count)
    size, unit = (1e6, "M") if count >= 999_500 else (1e3, "k")
    return f"{count / size:.3g}{unit}" if count < 1e9 else f"{count / size:.0f}{unit}"


def _loss(frame: Frame, look: Look) -> list[Run]:
    if frame.first_nonfinite:
        return [(f" first non-finite: {frame.first_nonfinite} ", "alert" + _BAR)]
    value = frame.tensors.get("E")
    if value is None:
        return [
            ("E ", "text" + _BAR),
            (f"{look.pick('·', '.'):<7}", "coming" + _BAR),
            (" " * 8, "text" + _BAR),
        ]
    runs = [("E ", "text" + _BAR), (f"{short(float(value)):<7}", "bright" + _BAR)]
    if frame.previous_loss is None:
        return [*runs, (" " * 8, "text" + _BAR)]
    change = float(value) - float(frame.previous_loss)
    sign = look.pick("↓", "-") if change < 0 else look.pick("↑", "+") if change > 0 else "="
    return [*runs, (f"{sign}{short(abs(change)) if change else '':<7}", "quiet" + _BAR)]
