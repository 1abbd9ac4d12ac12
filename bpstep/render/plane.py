"""The plane of inputs in place of the network: an output as shades, with the samples on it.

A shade shows how far the output is above or below the middle of its labels, as in the tensors' heat. With two
runs, the plane of each, side by side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from rich.cells import cell_len

from bpstep.explain.prose.units import unit_name
from bpstep.model.network import Array
from bpstep.program.diagram import Node
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun, clip, clip_names
from bpstep.render.lists.compare import RUN_ROLES
from bpstep.render.tensors.heat import has_half_lines, shade
from bpstep.render.theme import HEAT_LEVELS, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame
from bpstep.session.plane import Plane, outputs_over_plane, plane_range, plane_sizes, sample_of_batch, samples
from bpstep.text import fill


def draw_plane(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The pane: the plane of the selected run, beside it that of the other run; their legend below."""
    canvas = Canvas(width, height)
    frames = [frame] if view.other_run is None else sorted((frame, view.other_run), key=lambda each: each.run)
    output, heading, a_line = shown_output(frame, view), len(frames) > 1, 2 if has_half_lines(theme) else 1
    edges = [width * at // len(frames) for at in range(len(frames) + 1)]
    labels = samples(frame)[1][:, output]
    most = 2 if height >= _HEIGHT_FOR_TWO else 1
    below = len(_legend(frame, theme, _scale(labels, []), width - 1, most))
    lines = max(height - below - heading, 1)
    # A blank column separates two planes.
    rooms = [max(right - left - (right < width), 1) for left, right in pairwise(edges)]
    planes = [outputs_over_plane(each, room, lines * a_line) for each, room in zip(frames, rooms)]
    scale = _scale(labels, [each.outputs[:, :, output] for each in planes if each])
    for each, plane, left, room in zip(frames, planes, edges, rooms):
        pane = Canvas(room, lines)
        if plane is None:
            pane.put_runs(
                1, 0, [(clip(fill(messages.NO_PLANE_NOW), room - 1, theme.glyphs.ellipsis), "quiet")]
            )
        else:
            _OnePlane(pane, each, view, theme, plane, output, scale).draw()
        if heading:
            canvas.put(left + 1, 0, each.run, RUN_ROLES[each.run])
        canvas.paste(pane, left, int(heading))
    for y, line in enumerate(_legend(frame, theme, scale, width - 1, below), height - below):
        canvas.put(1, y, line, "quiet")
    return canvas


def shown_output(frame: Frame, view: View) -> int:
    """The displayed output, counted from 0: the one whose unit is selected, else the first."""
    diagram = frame.program.diagram
    match selection(frame, view).place:
        case Node(layer, unit) if diagram is not None and layer == diagram.depth:
            return unit
    return 0


def plane_title(frame: Frame, view: View) -> str:
    """The name of the displayed output."""
    return unit_name(frame.network, 1, shown_output(frame, view), plane_sizes(frame))


@dataclass(frozen=True)
class _Scale:
    """Converts an output to a shade: 0 in the middle of its labels, the strongest at the outermost label."""

    middle: float
    half: float

    def level(self, value: float) -> int:
        """The shade of an output, from -HEAT_LEVELS to HEAT_LEVELS."""
        share = (value - self.middle) / self.half if self.half else 0.0
        return round(min(max(share, -1.0), 1.0) * HEAT_LEVELS)


def _scale(labels: Array, outputs: list[Array]) -> _Scale:
    """From the labels; if they are all equal, from the displayed outputs."""
    for numbers in (labels, *outputs):
        finite = numbers[np.isfinite(numbers)]
        if finite.size and finite.min() < finite.max():
            low, high = float(finite.min()), float(finite.max())
            return _Scale(low / 2 + high / 2, high / 2 - low / 2)
    return _Scale(float(labels[0]) if len(labels) else 0.0, 0.0)


@dataclass(frozen=True)
class _OnePlane:
    """Draws the plane of one run."""

    canvas: Canvas
    frame: Frame
    view: View
    theme: Theme
    plane: Plane
    output: int
    scale: _Scale

    def draw(self) -> None:
        """The shades, with the samples above them."""
        values = self.plane.outputs[:, :, self.output]
        for y in range(self.canvas.height):
            rows = values[y * self.rows_a_line : (y + 1) * self.rows_a_line]
            self.canvas.put_runs(0, y, [self._cell(column) for column in rows.T])
        self._draw_samples()

    @property
    def rows_a_line(self) -> int:
        """1, or 2 if each half of a line is a row."""
        return int(self.plane.outputs.shape[0]) // self.canvas.height

    def _cell(self, values: Array) -> TextRun:
        if not np.all(np.isfinite(values)):
            return "?", "alert"
        levels = [self.scale.level(float(value)) for value in values]
        if self.rows_a_line == 2:
            return "▀", f"heat{levels[0]:+d} on heat{levels[1]:+d}"
        return shade(levels[0], self.theme), "minus" if levels[0] < 0 else "plus"

    def _draw_samples(self) -> None:
        """A sign for each sample: label at or above the middle, below it, or both if they share a cell."""
        inputs, labels = samples(self.frame)
        found: dict[tuple[int, int], set[bool]] = {}
        selected = self._selected_sample()
        for at, (point, label) in enumerate(zip(inputs, labels[:, self.output])):
            place = self.plane.cell(point)
            if place is None or not math.isfinite(label):
                continue
            cell = (place[1], place[0] // self.rows_a_line)
            kinds = found.setdefault(cell, set())
            kinds.add(bool(label >= self.scale.middle))
            if at == selected:
                self.canvas.put(*cell, " ", "selected")
        above, below, both = sample_signs(self.theme)
        for (x, y), kinds in found.items():
            sign = both if len(kinds) == 2 else above if True in kinds else below
            role = self.canvas.roles[y][x]
            ground = role.partition(" on ")[2]
            if role != "selected":
                role = f"bright on {ground}" if ground else "bright"
            self.canvas.put(x, y, sign, role)

    def _selected_sample(self) -> int | None:
        """The sample of a cell that the person selected; None if the selection follows the equations."""
        chosen = selection(self.frame, self.view)
        return sample_of_batch(self.frame, chosen.sample) if self.view.name else None


def sample_signs(theme: Theme) -> tuple[str, str, str]:
    """The signs of samples: label at or above the middle, below it, and both kinds in one cell."""
    return ("O", "x", "&") if theme.ascii else ("●", "○", "◐")


_MIN_NAME = 4
"""The width of an input's name in the line below a plane, if space is short."""


_HEIGHT_FOR_TWO = 11
"""From this height on, the signs may have their own line below the ranges."""


def _legend(frame: Frame, theme: Theme, scale: _Scale, width: int, most: int) -> list[str]:
    """The range of each input, and the meaning of the samples' signs: on a line of its own if it does not fit
    beside the ranges and `most` is 2, or as far as it fits.
    """
    low, high = plane_range(frame)
    dots, middle = theme.pick("…", ".."), f"{scale.middle:.3g}"
    names = tuple(unit_name(frame.network, 0, at, plane_sizes(frame)) for at in range(2))
    ranges = {at: {"low": f"{low[at]:.3g}", "high": f"{high[at]:.3g}", "dots": dots} for at in range(2)}
    given = sum(cell_len(fill(messages.PLANE_RANGE, name="", **ranges[at])) for at in range(2))
    room = max(width - given - 2, 2 * _MIN_NAME)
    # Each name has half of the width, and what the other one leaves.
    shorter = min(map(cell_len, names))
    shown = clip_names(names, max(room // 2, room - shorter), theme.glyphs.ellipsis)
    parts = [fill(messages.PLANE_RANGE, name=name, **ranges[at]) for at, name in enumerate(shown)]
    above, below, _ = sample_signs(theme)
    signs = [
        fill(messages.PLANE_ABOVE, sign=above, at_least=theme.pick("≥", ">="), middle=middle),
        fill(messages.PLANE_BELOW, sign=below, middle=middle),
    ]
    if most > 1 and cell_len("  ".join((*parts, *signs))) > width:
        return [clip("  ".join(line), width, theme.glyphs.ellipsis) for line in (parts, signs)]
    parts += signs
    while len(parts) > 1 and cell_len("  ".join(parts)) > width:
        parts.pop()
    return [clip("  ".join(parts), width, theme.glyphs.ellipsis)]
