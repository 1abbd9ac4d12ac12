"""The whole screen: the panes in their frames, the lines above and below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bpstep.explain.prose.units import place as place_name
from bpstep.program.diagram import Edge
from bpstep.render.bars import footer, title
from bpstep.render.canvas import Canvas, Region, clip
from bpstep.render.formula.pane import formula
from bpstep.render.highlight import is_partial, shown
from bpstep.render.layout import SMALLEST, Layout, fits, layout, room_above
from bpstep.render.message import tell, told
from bpstep.render.mlp.diagram import diagram
from bpstep.render.table import tensors
from bpstep.render.table_rows import least_width, rows, scrolled, wanted_width
from bpstep.render.theme import Look
from bpstep.render.timeline import breakpoint_sign, timeline
from bpstep.render.view_state import Selection, View, cell, pointed_equation, selection
from bpstep.render.watches import height as watch_height
from bpstep.render.watches import watches
from bpstep.session.frame import Frame

Lower = Callable[[int, int], Canvas]
"""Draws the pane below, of a width and height."""

_DRAW = {"network": diagram, "tensors": tensors, "formula": formula}

_ARROWS = {"forward": ("▸", ">"), "backward": ("◂", "<")}


def arrange(frame: Frame, view: View, look: Look, width: int, height: int) -> Layout:
    """Where the panes are on a screen of this size."""
    wanted, least = wanted_width(frame, look), least_width(frame, look)
    lines = caption_height(view, look, width)
    where = layout(width, room_above(height, lines), view.focus, view.zoomed, wanted, least, view.lower)
    bottom = height - 1 - lines
    panes = {name: _above(region, bottom) for name, region in where.panes.items()}
    where = replace(where, keys=height - 1, panes=panes)
    whole = where.panes.get("tensors")
    count = watch_height(view.watches, whole.height) if whole else 0
    if whole is None or not count:
        return where
    table = whole._replace(height=whole.height - count - 1)
    foot = whole._replace(y=whole.y + whole.height - count, height=count)
    return replace(where, panes={**where.panes, "tensors": table}, watches=foot)


def _above(region: Region, bottom: int) -> Region:
    """A region as far as it is above a line."""
    return region._replace(height=min(region.height, bottom - region.y))


def caption_height(view: View, look: Look, width: int) -> int:
    """The lines of the caption, above the last line; where there is little room it lies over the timeline."""
    return len(told(view.caption, width, look)) if view.caption else 0


def screen(
    frame: Frame, view: View, look: Look, width: int, height: int, lower: Lower | None = None
) -> Canvas:
    """The screen at this moment; where it is too small, what size is needed. `lower` draws the pane below in
    the formula's place."""
    canvas = Canvas(width, height)
    if not fits(width, height):
        return _too_small(canvas)
    where = arrange(frame, view, look, width, height)
    canvas.paste(title(frame, look, width, view.modes), 0, where.title)
    _frames(canvas, frame, view, look, where)
    for name, region in where.panes.items():
        if name == "formula" and lower is not None:
            pane = lower(region.width, region.height)
        else:
            pane = _DRAW[name](frame, view, look, region.width, region.height)
        for y in range(region.height):
            canvas.hit(region.x, region.y + y, region.width, ("pane", name))
        canvas.paste(pane, region.x, region.y)
    if where.watches is not None:
        _watches(canvas, view, look, where.watches)
    if "tensors" in where.panes:
        _scroll_marks(canvas, frame, view, look, where.panes["tensors"])
    canvas.paste(timeline(frame, look, width, pointed_equation(view)), 0, where.timeline)
    canvas.paste(footer(view, look, width), 0, where.keys)
    if view.caption:
        tell(canvas, view.caption, "bright on bar", look, above=1)
    return canvas


def _scroll_marks(canvas: Canvas, frame: Frame, view: View, look: Look, region: Region) -> None:
    """Arrows beside the table where it goes on above or below."""
    lines = rows(frame, selection(frame, view), region.height)
    top = scrolled(frame, view, lines, region.height)
    x = region.x - 1 if region.x else region.width - 1
    if top > 0:
        canvas.put(x, region.y, look.pick("▲", "^"), "quiet")
    if top + region.height < len(lines):
        canvas.put(x, region.y + region.height - 1, look.pick("▼", "v"), "quiet")


def _watches(canvas: Canvas, view: View, look: Look, region: Region) -> None:
    """What is watched, under a line that says so."""
    _rule(canvas, look, region, "frame")
    more = len(view.watches) - region.height
    canvas.put(region.x + 1, region.y - 1, " watches " + (f"+{more} " if more else ""), "quiet")
    canvas.paste(watches(view.watches, look, region.width, region.height), region.x, region.y)


def _too_small(canvas: Canvas) -> Canvas:
    lines = [
        "bpstep needs more room:",
        f"{SMALLEST[0]} x {SMALLEST[1]} at least,",
        f"this is {canvas.width} x {canvas.height}",
    ]
    top = max((canvas.height - len(lines)) // 2, 0)
    for y, line in enumerate(lines):
        text = clip(line, canvas.width)
        canvas.put(max((canvas.width - len(text)) // 2, 0), top + y, text, "bright")
    return canvas


def _frames(canvas: Canvas, frame: Frame, view: View, look: Look, where: Layout) -> None:
    """Rules above the panes with their names, and the line between network and tensors."""
    upper = [name for name in where.panes if name != "formula"]
    if where.divider is not None:
        for y in range(where.panes["network"].y, where.panes["network"].y + where.panes["network"].height):
            canvas.put(where.divider, y, look.pick("│", "|"), _edge(view, ("network", "tensors")))
    for name, region in where.panes.items():
        _rule(canvas, look, region, _edge(view, (name,)))
    if where.divider is not None:
        y = where.panes["network"].y - 1
        canvas.put(where.divider, y, look.pick("┬", "+"), _edge(view, ("network", "tensors")))
        below = where.panes["formula"].y - 1
        canvas.put(where.divider, below, look.pick("┴", "+"), _edge(view, tuple(where.panes)))
    for name, region in where.panes.items():
        _head(canvas, frame, view, look, name, region)
    if where.divider is None and upper and len(where.panes) == 2:
        _tabs(canvas, where.panes[upper[0]], upper[0])


def _edge(view: View, names: tuple[str, ...]) -> str:
    return "focus" if view.focus in names else "frame"


def _rule(canvas: Canvas, look: Look, region: Region, role: str) -> None:
    canvas.put(region.x, region.y - 1, look.pick("─", "-") * region.width, role)


def _head(canvas: Canvas, frame: Frame, view: View, look: Look, name: str, region: Region) -> None:
    focused = view.focus == name
    x = canvas.put(region.x + 1, region.y - 1, f" {name} ", "focus" if focused else "quiet")
    if name == "network":
        _flow(canvas, frame, view, look, region, x)
    elif name == "formula":
        _position(canvas, frame, view, look, region, x)
    elif name == "tensors" and look.format_at:
        canvas.put(x + 1, region.y - 1, f" {look.format.name} ", "quiet")


def _flow(canvas: Canvas, frame: Frame, view: View, look: Look, region: Region, x: int) -> None:
    """The direction in which numbers flow, and whose numbers these are."""
    if frame.at_work is not None:
        phase = frame.phase
        arrow = look.pick(*_ARROWS[phase]) + " " if phase in _ARROWS else ""
        canvas.put(x + 1, region.y - 1, f" {arrow}{phase} ", "write")
    if len(frame.rows) > 1:
        sample = selection(frame, view).sample
        text = f" sample {sample + 1}/{len(frame.rows)} "
        canvas.put(region.x + region.width - len(text) - 1, region.y - 1, text, "quiet")


def _position(canvas: Canvas, frame: Frame, view: View, look: Look, region: Region, x: int) -> None:
    if frame.at_work is not None:
        x = canvas.put(x + 1, region.y - 1, f" {frame.at_work.name} ", "write")
        if sign := breakpoint_sign(frame, look, [frame.at_work.name]):
            x = canvas.put(x - 1, region.y - 1, f" {sign[0]} ", sign[1])
    text = f" {_described(frame, selection(frame, view), look)} "
    left = region.x + region.width - len(text) - 1
    for more in _moment(frame):
        if x + 2 + len(more) < left:
            canvas.put(x + 1, region.y - 1, more, "quiet")
            break
    canvas.put(left, region.y - 1, text, "quiet")


def _moment(frame: Frame) -> tuple[str, ...]:
    """Where one is, from the fullest to the shortest."""
    if frame.inside:
        k, of = frame.inside.k, frame.inside.of
        return f" operation {k:,} of {of:,} ", f" {k:,}/{of:,} "
    following = frame.program.steps[frame.done % frame.period].name
    return f" n = {frame.n:,}, next {following} ", f" n = {frame.n:,} "


def _described(frame: Frame, chosen: Selection, look: Look) -> str:
    """The selected cell: its name, where it is, its value, and its gradient where there is one."""
    name = chosen.name + (f"[{','.join(map(str, chosen.index))}]" if chosen.index else "")
    value = shown(frame, chosen.name, chosen.index)
    text = "not computed" if value is None else look.number(value)
    text += " so far" if is_partial(frame, chosen.name, chosen.index) else ""
    where = "" if chosen.place is None else " " + place_name(frame.network, chosen.place, look.pick("→", ">"))
    gradient = _gradient(frame, chosen)
    partial = "" if gradient is None else f"  {look.glyphs.partial}E {look.number(gradient)}"
    return f"{name}{where}  {text}{partial}"


def _gradient(frame: Frame, chosen: Selection) -> float | None:
    """dE by the selected node or edge, where it is computed and is not the selected number itself."""
    if chosen.place is None or chosen.name.startswith("delta_"):
        return None
    program = frame.program
    for name in program.gradients.get(chosen.name, (f"delta_{chosen.name.replace('_', '')}",)):
        value = frame.tensors.get(name)
        if value is None or name not in program.names:
            continue
        if isinstance(chosen.place, Edge) or program.homes[name].kind in ("node", "bias"):
            rank = len(frame.shape(name))
            index = program.homes[name].index(chosen.place, rank, chosen.sample)
            if rank == 1 and program.homes[name].kind == "bias":
                index = chosen.index
            if index is not None:
                return cell(frame, name, index)
    return None


def _tabs(canvas: Canvas, region: Region, shown: str) -> None:
    """On a narrow screen one of two panes is shown; the other's name says how to get there."""
    other, key = ("tensors", "F3") if shown == "network" else ("network", "F2")
    text = f" {key} {other} "
    canvas.put(region.width - len(text) - 1, region.y - 1, text, "quiet")
