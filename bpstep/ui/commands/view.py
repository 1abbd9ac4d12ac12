"""What `copy` copies: text that can be pasted into Python or a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic, reading
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.numbers import FORMATS
from bpstep.render import cursor
from bpstep.render.formula.pane import most_scroll, result_index
from bpstep.render.theme import Look
from bpstep.render.view_state import PANES, View, selection
from bpstep.session.frame import Frame
from bpstep.ui.commands import prompts

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


def copied_text(frame: Frame, view: View, look: Look) -> tuple[str, str]:
    """What is copied, in words, and its text."""
    if view.focus == "formula":
        return "the equation", _equation(frame, view, look)
    chosen = selection(frame, view)
    value = frame.tensors.get(chosen.name)
    if value is None:
        raise BpstepError(f"{chosen.name} is not computed yet: there is nothing to copy")
    return chosen.name, f"{chosen.name} = {np.asarray(value).tolist()}"


def _equation(frame: Frame, view: View, look: Look) -> str:
    if frame.inside:
        writer = Arithmetic(look.glyphs, look.number, {}, terms=20)
        line = OperationLine(frame.inside, writer, look.number).spans()
        return f"{frame.inside.step.equation}\n{''.join(text for text, _ in line)}"
    step = frame.step
    if step is None:
        raise BpstepError("no equation is done yet: there is nothing to copy")
    index = result_index(frame, view)
    writer = Arithmetic(look.glyphs, look.number, {}, terms=20)
    numbers = "".join(text for text, _ in writer.write(reading(step, index, frame.before)))
    value = frame.tensors[step.name]
    result = look.number(float(value[index] if index else value))
    cell = f"[{','.join(map(str, index))}]" if index else ""
    return f"{step.equation}\n{step.name}{cell} = {numbers} = {result}"


_PAGE = 10


def walk(desk: Desk, right: int, down: int) -> None:
    """Move the selection in the table or the network, or scroll the formula."""
    before = selection(desk.frame, desk.view), desk.view.scroll
    if desk.view.focus == "formula":
        _scroll(desk, down)
    elif desk.view.focus == "network":
        desk.view = cursor.in_network(desk.frame, desk.view, right, down)
    else:
        desk.view = cursor.in_table(desk.frame, desk.view, desk.region("tensors").height, right, down)
    if before == (selection(desk.frame, desk.view), desk.view.scroll):
        way = "left" if right < 0 else "right" if right else "up" if down < 0 else "down"
        desk.say(f"nothing is further {way} in the {desk.view.focus}")


def _scroll(desk: Desk, down: int) -> None:
    region = desk.region("formula")
    most = most_scroll(desk.frame, desk.view, desk.look, region.width, region.height)
    desk.view = replace(desk.view, scroll=min(max(desk.view.scroll + down, 0), most))


def to_edge(desk: Desk, last: bool) -> None:
    """The first or last cell of the row."""
    desk.view = cursor.to_edge(desk.frame, desk.view, last)


def pane(desk: Desk, by: int) -> None:
    """Focus the pane so many further."""
    desk.focus(PANES[(PANES.index(desk.view.focus) + by) % len(PANES)])


def zoom(desk: Desk, _count: int) -> None:
    """One pane, or all."""
    desk.view = replace(desk.view, zoomed=not desk.view.zoomed)


def number_format(desk: Desk, _count: int) -> None:
    """The next way to print numbers."""
    desk.look = replace(desk.look, format_at=(desk.look.format_at + 1) % len(FORMATS))
    desk.say(f"numbers: {desk.look.format.name}")


def find(desk: Desk, _count: int) -> None:
    """Ask for a part of a tensor's name."""
    desk.ask(prompts.search(desk))


def step_found(desk: Desk, by: int) -> None:
    """Another of the tensors that the last search found."""
    if not desk.found:
        desk.say("nothing was searched yet: / finds a tensor by its name")
        return
    name = selection(desk.frame, desk.view).name
    at = desk.found.index(name) if name in desk.found else -max(by, 0)
    desk.select_found((at + by) % len(desk.found))


def copy(desk: Desk, _count: int) -> None:
    """Copy what the focused pane is about."""
    what, desk.copied = copied_text(desk.frame, desk.view, desk.look)
    desk.say(f"copied {what}")


def close(desk: Desk, _count: int) -> None:
    """Close what is open."""
    if desk.prompt is not None:
        desk.prompt = None
    elif desk.view.zoomed:
        desk.view = replace(desk.view, zoomed=False)
    else:
        desk.view = desk.view.following()


DEEDS: dict[str, Callable[[Desk, int], None]] = {
    "left": lambda desk, count: walk(desk, -count, 0),
    "right": lambda desk, count: walk(desk, count, 0),
    "up": lambda desk, count: walk(desk, 0, -count),
    "down": lambda desk, count: walk(desk, 0, count),
    "page_up": lambda desk, count: walk(desk, 0, -_PAGE * count),
    "page_down": lambda desk, count: walk(desk, 0, _PAGE * count),
    "home": lambda desk, count: to_edge(desk, last=False),
    "end": lambda desk, count: to_edge(desk, last=True),
    "next_pane": lambda desk, count: pane(desk, 1),
    "previous_pane": lambda desk, count: pane(desk, -1),
    "network": lambda desk, count: desk.focus("network"),
    "tensors": lambda desk, count: desk.focus("tensors"),
    "formula": lambda desk, count: desk.focus("formula"),
    "zoom": zoom,
    "number_format": number_format,
    "find": find,
    "find_next": lambda desk, count: step_found(desk, 1),
    "find_previous": lambda desk, count: step_found(desk, -1),
    "copy": copy,
    "close": close,
}
