"""The first line of the screen: the program and the network, and the position of the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from bpstep.explain.numbers import format_count, format_short
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun, clip
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.engine.micro.state import PartialStep

_ON_BAR = " on bar"

_MIN_NAME_WIDTH = 5
"""How many cells make a part of a network's name worth showing."""

_RUNS_WITHOUT_CHANGE = 4
"""The runs of the current moment that say more than the change of E."""

_NARROW_WITH_MODES = 100

_NARROW = 76
"""Below this width the step is a fraction and the program's name is dropped; below the other if modes need
the space.
"""


def draw_title(frame: Frame, theme: Theme, width: int, modes: tuple[str, ...] = ()) -> Canvas:
    """One line; `modes` follow the network's name."""
    canvas = Canvas(width, 1)
    canvas.put(0, 0, " " * width, "text" + _ON_BAR)
    narrow = width < (_NARROW_WITH_MODES if modes else _NARROW)
    right = _position_runs(frame, theme, narrow)
    badge = "" if narrow else f" {fill(messages.TITLE_PROGRAM)} "
    room = width - 1 - modes_width(modes[:2])
    # The program's name is dropped before the network's.
    name_width = cell_len(frame.network.name) + 2
    for shown, needed in (
        ((badge, right), name_width),
        (("", right), 0),
        (("", right[:_RUNS_WITHOUT_CHANGE]), 0),
    ):
        if cell_len(shown[0]) + _runs_width(shown[1]) + needed <= room:
            badge, right = shown
            break
    while right and modes_width(modes[:1]) > width - _runs_width(right) - 1 - len(badge):
        # The first mode is never dropped: loss, phase and step make room for it in turn.
        badge, right = "", right if badge else right[: min(len(right) - 1, 2)]
    space = width - _runs_width(right) - 1
    x = canvas.put(0, 0, badge, "pointed")
    canvas.put_runs(x, 0, _network_runs(frame, theme, space - x, modes))
    canvas.put_runs(space, 0, right)
    return canvas


def _network_runs(frame: Frame, theme: Theme, space: int, modes: tuple[str, ...]) -> list[TextRun]:
    net = frame.network
    kinds = ", ".join(dict.fromkeys(layer.activation for layer in net.layers))
    dot = theme.pick("·", "-")
    while modes and modes_width(modes) > space:
        modes = modes[:-1]
    room = space - 1 - modes_width(modes)
    name = (
        clip(f" {net.script.file if net.script is not None else net.name}", room, theme.glyphs.ellipsis) + " "
        if room >= _MIN_NAME_WIDTH or not modes
        else ""
    )
    runs = [(name, "bright" + _ON_BAR)]
    for mode in modes:
        runs += [(f" {mode} ", "pointed"), (" ", "text" + _ON_BAR)]
    left = room - cell_len(name)
    described = [f" {dot} {text}" for text in (kinds, net.loss) if text and net.script is None]
    for text in (net.size_text if net.layers else "", *described):
        if cell_len(text) > left:
            break
        runs.append((text, "quiet" + _ON_BAR))
        left -= cell_len(text)
    return runs


def _runs_width(runs: list[TextRun]) -> int:
    return sum(cell_len(text) for text, _ in runs)


def _position_runs(frame: Frame, theme: Theme, narrow: bool) -> list[TextRun]:
    """Iteration, step, phase and loss, in fixed columns."""
    done = f"{frame.done:>{len(str(frame.period))}}"
    if frame.inside:
        template = messages.STEP_INSIDE_SHORT if narrow else messages.STEP_INSIDE
        step = fill(template, done=done, inside=_micro_progress(frame.inside))
    else:
        step = fill(messages.STEP_SHORT if narrow else messages.STEP, done=done, total=frame.period)
    phase = fill(frame.phase if frame.current_step else messages.PHASE_START)
    runs = [
        (f"{fill(messages.ITERATION, iteration=frame.iteration)}  {step}  ", "text" + _ON_BAR),
        (f"{phase:<8}  ", "bright" + _ON_BAR),
    ]
    return runs + _loss_runs(frame, theme)


def _micro_progress(inside: PartialStep) -> str:
    """How much of the next equation is done."""
    return f"{format_count(inside.k)}/{format_count(inside.total)}"


def loss_label(frame: Frame) -> str:
    """The label beside the loss's value; empty if the program has no loss."""
    name = frame.program.loss
    return clip(name, _MAX_LABEL)


_MAX_LABEL = 8


def _loss_runs(frame: Frame, theme: Theme) -> list[TextRun]:
    if frame.first_nonfinite:
        return [(f" {fill(messages.FIRST_NONFINITE, name=frame.first_nonfinite)} ", "alert" + _ON_BAR)]
    label = loss_label(frame)
    if not label:
        return []
    value = frame.program.loss_of(frame.tensors)
    if value is None:
        return [
            (f"{label} ", "text" + _ON_BAR),
            (f"{theme.pick('·', '.'):<7}", "coming" + _ON_BAR),
            (" " * 8, "text" + _ON_BAR),
        ]
    runs = [(f"{label} ", "text" + _ON_BAR), (f"{format_short(value):<7}", "bright" + _ON_BAR)]
    if frame.previous_loss is None:
        return [*runs, (" " * 8, "text" + _ON_BAR)]
    change = value - frame.previous_loss
    sign = theme.pick("↓", "-") if change < 0 else theme.pick("↑", "+") if change > 0 else "="
    return [*runs, (f"{sign}{format_short(abs(change)) if change else '':<7}", "quiet" + _ON_BAR)]


def modes_width(modes: tuple[str, ...]) -> int:
    """The columns of the modes, with the space around each."""
    return sum(cell_len(mode) + 3 for mode in modes)
