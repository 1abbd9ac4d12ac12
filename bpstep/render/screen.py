"""The whole screen: the panes in their frames, the lines above and below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len

from bpstep import defaults
from bpstep.deferred import deferred
from bpstep.explain.prose.units import place_name
from bpstep.lang.cells import Index
from bpstep.program.diagram import Edge, LayoutKind
from bpstep.program.names import delta_name
from bpstep.program.program import Program, RoleKind
from bpstep.render import messages
from bpstep.render.canvas import Canvas, Region, clip
from bpstep.render.footer import draw_footer
from bpstep.render.formula.pane import EQUATION_TARGET, draw_formula, used_lines
from bpstep.render.highlight import displayed_value, is_partial, number_text
from bpstep.render.layout import (
    PaneNeeds,
    ScreenLayout,
    fits,
    formula_height,
    height_above_caption,
    layout_panes,
)
from bpstep.render.mlp.diagram import draw_diagram
from bpstep.render.rails import has_rails
from bpstep.render.status_message import draw_message, message_lines
from bpstep.render.tensors.pane import draw_tensors_pane, tensors_scroll, tensors_title
from bpstep.render.tensors.table_rows import (
    min_width,
    preferred_width,
    usual_columns,
    width_of_columns,
    width_of_whole_columns,
)
from bpstep.render.theme import Theme
from bpstep.render.timeline import breakpoint_sign, draw_timeline
from bpstep.render.title import draw_title
from bpstep.render.view_state import Selection, View, cell_value, clamp_index, pointed_equation, selection
from bpstep.render.watches import draw_watches, watch_height
from bpstep.session import messages as session_messages
from bpstep.session.frame import Frame
from bpstep.text import fill, one_line

if TYPE_CHECKING:
    from bpstep.render import listing, plane
    from bpstep.render.rails import layout as rails_layout
    from bpstep.render.rails import lines as rails_lines
    from bpstep.render.rails import pane as rails_pane
else:
    listing = deferred("bpstep.render.listing")
    plane = deferred("bpstep.render.plane")
    rails_layout = deferred("bpstep.render.rails.layout")
    rails_lines = deferred("bpstep.render.rails.lines")
    rails_pane = deferred("bpstep.render.rails.pane")

DrawPane = Callable[[int, int], Canvas]
"""Draws the lower pane, given its width and height."""


def _draw_network(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The network as units and edges, or as rails if it is not a chain of layers; or the plane of inputs."""
    if view.plane:
        return plane.draw_plane(frame, view, theme, width, height)
    draw = rails_pane.draw_rails if has_rails(frame.program) else draw_diagram
    return draw(frame, view, theme, width, height)


_DRAW_PANE = {"network": _draw_network, "tensors": draw_tensors_pane, "formula": draw_formula}

_ARROWS = {"forward": ("▸", ">"), "backward": ("◂", "<")}


def arrange_panes(frame: Frame, view: View, theme: Theme, width: int, height: int) -> ScreenLayout:
    """The positions of the panes on a screen of this size."""
    lines = caption_height(view, theme, width)
    formula_lines = _formula_lines_above_caption(frame, view, theme, width, height, lines)
    needs = PaneNeeds(*_tensors_widths(frame, theme, width), view.lower_height, formula_lines)
    above = height_above_caption(height, lines)
    layout = layout_panes(width, above, view.focus, view.zoomed, needs, view.listing)
    bottom = height - 1 - lines
    panes = {name: _clip_region(region, bottom) for name, region in layout.panes.items()}
    layout = replace(layout, keys=height - 1, panes=panes)
    tensors_region = layout.panes.get("tensors")
    count = watch_height(view.watches, tensors_region.height) if tensors_region else 0
    if tensors_region is None or not count:
        return layout
    table = tensors_region._replace(height=tensors_region.height - count - 1)
    watches_region = tensors_region._replace(y=tensors_region.y + tensors_region.height - count, height=count)
    return replace(layout, panes={**layout.panes, "tensors": table}, watches=watches_region)


def _formula_lines_above_caption(
    frame: Frame, view: View, theme: Theme, width: int, height: int, lines: int
) -> int:
    """How many lines the formula keeps beside a caption of `lines`; 0 for its usual height.

    The caption takes the formula's empty lines first, and from the panes above only what it needs beyond
    these.
    """
    if not lines or view.listing or height_above_caption(height, lines) != height - lines:
        return 0
    usual = formula_height(height)
    return min(usual, max(used_lines(frame, view, theme, width, usual), usual - lines))


_COLUMNS_BESIDE_RAILS = 3
"""The minimum number of columns of a tensor that the table shows beside rails, if these can be narrow."""


def _tensors_widths(frame: Frame, theme: Theme, width: int) -> tuple[int, int]:
    """The width that the table prefers, and its minimum.

    Beside rails it prefers the space that they leave, but at least enough to show most tensors whole, and
    nothing beyond its last column.
    """
    preferred = preferred_width(frame, theme)
    if not has_rails(frame.program):
        return preferred, min_width(frame, theme)
    usual = width_of_columns(frame, theme, max(usual_columns(frame), _COLUMNS_BESIDE_RAILS))
    preferred = min(preferred, max(usual, width - rails_layout.full_width(frame) - 1))
    wanted = width_of_columns(frame, theme, _COLUMNS_BESIDE_RAILS)
    wanted = min(wanted, width_of_whole_columns(frame, theme, width - rails_layout.rails_width(frame) - 1))
    return preferred, max(min_width(frame, theme), wanted)


def _clip_region(region: Region, bottom: int) -> Region:
    """The part of a region above a line."""
    return region._replace(height=min(region.height, bottom - region.y))


def caption_height(view: View, theme: Theme, width: int) -> int:
    """The height of the caption, above the last line; if space is short, it covers the timeline."""
    return len(message_lines(view.caption, width, theme)) if view.caption else 0


def draw_screen(
    frame: Frame, view: View, theme: Theme, width: int, height: int, draw_lower: DrawPane | None = None
) -> Canvas:
    """The screen at this moment; if it is too small, the size that is needed.

    `lower` draws the lower pane in the formula's place.
    """
    canvas = Canvas(width, height)
    if not fits(width, height):
        return _draw_too_small(canvas)
    if draw_lower is not None:
        view = replace(view, listing=False)
    layout = arrange_panes(frame, view, theme, width, height)
    canvas.paste(draw_title(frame, theme, width, view.modes), 0, layout.title)
    _draw_frames(canvas, frame, view, theme, layout)
    for name, region in layout.panes.items():
        if name == "formula" and draw_lower is not None:
            pane = draw_lower(region.width, region.height)
        else:
            pane = _draw_pane(frame, view, theme, name, region)
        for y in range(region.height):
            canvas.add_hit(region.x, region.y + y, region.width, ("pane", name))
        if name == "listing" and "formula" in layout.panes:
            # The equation is edited in the formula.
            pane.hits = [hit for hit in pane.hits if hit.target != EQUATION_TARGET]
        canvas.paste(pane, region.x, region.y)
    if layout.watches is not None:
        _draw_watches(canvas, view, theme, layout.watches)
    if "tensors" in layout.panes:
        _draw_scroll_marks(canvas, frame, view, theme, layout.panes["tensors"])
    canvas.paste(draw_timeline(frame, theme, width, pointed_equation(view)), 0, layout.timeline)
    canvas.paste(draw_footer(view, theme, width), 0, layout.keys)
    if view.caption:
        draw_message(canvas, view.caption, "bright on bar", theme, above=1)
    return canvas


def _draw_pane(frame: Frame, view: View, theme: Theme, name: str, region: Region) -> Canvas:
    """A pane's canvas."""
    size = region.width, region.height
    if name == "listing":
        marks = listing.listing_marks(frame, view)
        lines = listing.listing_lines(frame, theme, dict(view.wrong), marks.chosen or marks.current)
        return listing.draw_listing(lines, marks, theme, *size)
    if name == "tensors" and not region.x and not view.shows_whole_tensor:
        # The arrows beside the table have a column of their own.
        size = region.width - 1, region.height
    return _DRAW_PANE[name](frame, view, theme, *size)


def _draw_scroll_marks(canvas: Canvas, frame: Frame, view: View, theme: Theme, region: Region) -> None:
    """Arrows beside the table if it continues above or below."""
    top, shown, count, after_gaps = tensors_scroll(frame, view, theme, region.width, region.height)
    x = region.x - 1 if region.x else region.width - 1
    first = region.y + region.height - shown
    for y in after_gaps:
        canvas.put(x, first + y, theme.pick("⋮", ":"), "quiet")
    if top > 0:
        canvas.put(x, first, theme.pick("▲", "^"), "quiet")
    if top + shown < count:
        canvas.put(x, region.y + region.height - 1, theme.pick("▼", "v"), "quiet")


def _draw_watches(canvas: Canvas, view: View, theme: Theme, region: Region) -> None:
    """The watches, below a line with their title."""
    _draw_rule(canvas, theme, region, "frame")
    more = len(view.watches) - region.height
    title = fill(messages.PANE_WATCHES_MORE, count=more) if more > 0 else fill(messages.PANE_WATCHES)
    canvas.put(region.x + 1, region.y - 1, f" {title} ", "quiet")
    canvas.paste(draw_watches(view.watches, theme, region.width, region.height), region.x, region.y)


def _draw_too_small(canvas: Canvas) -> Canvas:
    columns, rows = defaults.MIN_SCREEN_SIZE
    slots = {"columns": columns, "lines": rows, "width": canvas.width, "height": canvas.height}
    lines = [fill(line, **slots) for line in messages.TOO_SMALL]
    top = max((canvas.height - len(lines)) // 2, 0)
    for y, line in enumerate(lines):
        text = clip(line, canvas.width)
        canvas.put(max((canvas.width - len(text)) // 2, 0), top + y, text, "bright")
    return canvas


def _draw_frames(canvas: Canvas, frame: Frame, view: View, theme: Theme, layout: ScreenLayout) -> None:
    """Rules above the panes with their names, and the line between network and tensors."""
    upper = [name for name in layout.panes if name not in ("formula", "listing")]
    lower = [name for name in layout.panes if name in ("formula", "listing")]
    if layout.divider is not None:
        for y in range(layout.panes["network"].y, layout.panes["network"].y + layout.panes["network"].height):
            canvas.put(layout.divider, y, theme.pick("│", "|"), _frame_role(view, ("network", "tensors")))
    for name, region in layout.panes.items():
        _draw_rule(canvas, theme, region, _frame_role(view, (name,)))
    if layout.divider is not None:
        y = layout.panes["network"].y - 1
        canvas.put(layout.divider, y, theme.pick("┬", "+"), _frame_role(view, ("network", "tensors")))
        below = layout.panes[lower[0]].y - 1
        canvas.put(layout.divider, below, theme.pick("┴", "+"), _frame_role(view, tuple(layout.panes)))
    if len(lower) == 2:
        region = layout.panes["listing"]
        for y in range(region.y, region.y + region.height):
            canvas.put(region.x - 1, y, theme.pick("│", "|"), _frame_role(view, ("formula", "listing")))
        crossing = theme.pick("┼" if layout.divider == region.x - 1 else "┬", "+")
        canvas.put(region.x - 1, region.y - 1, crossing, _frame_role(view, ("formula", "listing")))
    for name, region in layout.panes.items():
        _draw_pane_title(canvas, frame, view, theme, name, region)
    if layout.divider is None and upper and lower:
        _draw_other_pane_key(canvas, layout.panes[upper[0]], upper[0])


def _frame_role(view: View, names: tuple[str, ...]) -> str:
    return "focus" if view.focus in names else "frame"


def _draw_rule(canvas: Canvas, theme: Theme, region: Region, role: str) -> None:
    canvas.put(region.x, region.y - 1, theme.pick("─", "-") * region.width, role)


def _draw_pane_title(
    canvas: Canvas, frame: Frame, view: View, theme: Theme, name: str, region: Region
) -> None:
    focused = view.focus == name
    title = fill(messages.PANE_PLANE) if name == "network" and view.plane else fill(name)
    file = listing.listed_file(frame, view) if name == "listing" else ""
    if file:
        title = fill(messages.PANE_LISTING_OF, file=file)
    x = canvas.put(region.x + 1, region.y - 1, f" {title} ", "focus" if focused else "quiet")
    if name == "network" and view.plane:
        canvas.put(x + 1, region.y - 1, f" {plane.plane_title(frame, view)} ", "bright")
    elif name == "network":
        _draw_flow(canvas, frame, view, theme, region, x)
    elif name == "formula" or (name == "listing" and not region.x):
        _draw_position(canvas, frame, view, theme, region, x)
    elif name == "tensors":
        tensor, kind = tensors_title(frame, view, theme)
        if tensor:
            x = canvas.put(x + 1, region.y - 1, f" {tensor} ", "bright")
        if kind:
            canvas.put(x + 1, region.y - 1, f" {kind} ", "quiet")


def _draw_flow(canvas: Canvas, frame: Frame, view: View, theme: Theme, region: Region, x: int) -> None:
    """The direction in which numbers flow, and whose numbers these are."""
    sample = ""
    if frame.samples > 1 and not has_rails(frame.program):
        number = selection(frame, view).sample + 1
        sample = f" {fill(messages.SAMPLE_OF, sample=number, count=frame.samples)} "
    left = region.x + region.width - len(sample) - 1
    if frame.current_step is not None:
        phase = fill(frame.phase)
        arrow = theme.pick(*_ARROWS[frame.phase]) if frame.phase in _ARROWS else ""
        texts = (f" {arrow} {phase} " if arrow else f" {phase} ", f" {phase} ", f" {arrow} ")
        canvas.put(
            x + 1, region.y - 1, next((each for each in texts if x + 1 + len(each) <= left), ""), "write"
        )
    canvas.put(left, region.y - 1, sample, "quiet")


def _draw_position(canvas: Canvas, frame: Frame, view: View, theme: Theme, region: Region, x: int) -> None:
    """The position, first: it does not move while the names of the equations change."""
    y, right = region.y - 1, region.x + region.width - 1
    name = f" {frame.current_step.name} " if frame.current_step is not None else ""
    sign = breakpoint_sign(frame, theme, [name.strip()]) if name else None
    taken = x + 2 + cell_len(name) + (2 if sign else 0)
    positions, following = _position_texts(frame)
    texts = [f" {text} " for text in _describe_cell(frame, selection(frame, view), theme, view.predicting)]
    text = next((text for text in texts if taken + len(positions[-1]) + cell_len(text) < right), texts[-1])
    left = right - cell_len(text)
    position = next((each for each in positions if taken + len(each) < left), "")
    for part, role in ((position, "quiet"), (name, "write")):
        x = canvas.put(x + 1, y, part, role) if part else x
    if sign:
        x = canvas.put(x - 1, y, f" {sign[0]} ", sign[1])
    if x + 1 + cell_len(following) < left:
        canvas.put(x + 1, y, following, "quiet")
    canvas.put(left, y, text, "quiet")


def _position_texts(frame: Frame) -> tuple[tuple[str, ...], str]:
    """The position, from the longest to the shortest text, and what follows; inside an equation nothing
    follows.
    """
    if frame.inside:
        slots = {"k": frame.inside.k, "total": frame.inside.total}
        longer, shorter = (
            fill(template, **slots) for template in (session_messages.OPERATION_OF, messages.OPERATION_SHORT)
        )
        return (f" {longer} ", f" {shorter} "), ""
    following = frame.program.steps[frame.done % frame.period].name
    position, coming = fill(messages.POSITION, n=frame.n), fill(messages.NEXT, name=following)
    return (f" {position} ",), f" {coming} "


def _describe_cell(frame: Frame, chosen: Selection, theme: Theme, predicting: bool) -> list[str]:
    """The selected cell: its name, its place, its value, and its gradient if there is one.

    The first text is the longest; a term of a sum has shorter ones.
    """
    name = chosen.name + (f"[{','.join(map(str, chosen.index))}]" if chosen.index else "")
    value = displayed_value(frame, chosen.name, chosen.index)
    values = _value_texts(frame, chosen, theme, value, predicting)
    place = (
        ""
        if chosen.place is None
        else " " + place_name(frame.network, chosen.place, theme.pick("→", ">"), _sizes(frame))
    )
    gradient = _gradient_text(frame, chosen, theme)
    loss = one_line(frame.program.loss)
    partial = "" if gradient is None else f"  {theme.glyphs.partial}{loss} {gradient}"
    return [f"{name}{place}  {text}{partial}" for text in values]


def _sizes(frame: Frame) -> tuple[int, ...]:
    """The units of the diagram's columns; empty on rails."""
    return () if frame.program.diagram is None else frame.program.diagram.sizes


def _value_texts(
    frame: Frame, chosen: Selection, theme: Theme, value: float | None, predicting: bool
) -> list[str]:
    """The selected cell's value, and inside an equation its meaning; the longest text first."""
    if value is None:
        return [fill(session_messages.NO_VALUE_YET)]
    number = number_text(frame, theme, chosen.name, chosen.index, value)
    if frame.inside is None or not is_partial(frame, chosen.name, chosen.index):
        return [number]
    term = frame.inside.term(chosen.index)
    if term is None:
        return [fill(messages.INTERMEDIATE, value=number)]
    slots = {"value": number, "number": term.number, "count": term.total}
    # A sum that is still to be predicted is not revealed.
    sums = [] if predicting else [fill(messages.TERM_AND_SUM, sum=theme.number(term.sum_so_far), **slots)]
    return [*sums, fill(messages.TERM, **slots)]


def _gradient_text(frame: Frame, chosen: Selection, theme: Theme) -> str | None:
    """dE by the selected node or edge, if it is computed and is not the selected number itself.

    On rails: by the selected cell of any tensor that has a gradient.
    """
    if has_rails(frame.program):
        return _gradient_on_rails(frame, chosen, theme)
    if chosen.place is None or chosen.name.startswith("delta_"):
        return None
    program = frame.program
    for name in program.gradients.get(chosen.name) or _gradients_of(program, chosen.name):
        value = frame.tensors.get(name)
        if value is None or name not in program.step_indices:
            continue
        if isinstance(chosen.place, Edge) or program.picture_layouts[name].kind in (
            LayoutKind.NODE,
            LayoutKind.BIAS,
        ):
            rank = len(frame.shape(name))
            index = program.picture_layouts[name].index_of(chosen.place, rank, chosen.sample)
            if program.picture_layouts[name].kind == LayoutKind.BIAS and index is not None:
                index = chosen.index if rank == 1 else clamp_index(index, frame.shape(name))
            if index is not None:
                return _cell_text(frame, theme, name, index)
    return None


def _gradients_of(program: Program, name: str) -> tuple[str, ...]:
    """The equations that may hold a tensor's gradient."""
    if program.diagram is None or not program.diagram.is_labelled:
        return (delta_name(name),)
    roles = ((step.name, step.role) for step in program.steps)
    return tuple(
        each for each, role in roles if role.kind == RoleKind.GRADIENT and role.by == name and role.scale == 1
    )


def _gradient_on_rails(frame: Frame, chosen: Selection, theme: Theme) -> str | None:
    program = frame.program
    line = next((line for line in rails_lines.rails_of(program).lines if line.name == chosen.name), None)
    names = program.gradients.get(chosen.name, ()) if line is None else (line.gradient,)
    name = names[0] if len(names) == 1 else ""
    if name not in program.step_indices or frame.shape(name) != frame.shape(chosen.name):
        return None
    return _cell_text(frame, theme, name, chosen.index)


def _cell_text(frame: Frame, theme: Theme, name: str, index: Index) -> str | None:
    """A cell's number; None if it is not computed."""
    value = cell_value(frame, name, index)
    return None if value is None else number_text(frame, theme, name, index, value)


def _draw_other_pane_key(canvas: Canvas, region: Region, shown: str) -> None:
    """On a narrow screen one of two panes is shown; the other's name says how to get there."""
    other, key = ("tensors", "F3") if shown == "network" else ("network", "F2")
    text = f" {fill(messages.PANE_AND_KEY, key=key, pane=fill(other))} "
    canvas.put(region.width - len(text) - 1, region.y - 1, text, "quiet")
