"""The tensors of each column by name, below its units: the intermediate results of a layer.

If a layer has normalisation, dropout or a softmax, each of these tensors is a part of the layer's column. Its
name is highlighted as its numbers are, and the units show the part that the step writes or reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rich.cells import cell_len

from bpstep.explain.parameters import is_parameter
from bpstep.frozen import frozen
from bpstep.program.diagram import Diagram
from bpstep.render.canvas import Canvas, clip
from bpstep.render.mlp.columns import Column
from bpstep.render.theme import Theme
from bpstep.render.view_state import Selection
from bpstep.session.frame import Frame

_MAX_LINES = 3
_UNITS_LINES = 5
"""The least number of lines for the units."""


@frozen
class _Block:
    """The names below a column: the position of its lines, and the names on each."""

    column: Column
    x: int
    lines: tuple[tuple[str, ...], ...]


@frozen
class ColumnTensors:
    """Draws the names below all columns."""

    frame: Frame
    theme: Theme
    chosen: Selection
    columns: tuple[Column, ...]

    def height(self, height: int) -> int:
        """How many lines the names need of a pane of `height` lines."""
        return min(max(len(block.lines) for block in self._blocks), _MAX_LINES, max(height - _UNITS_LINES, 1))

    def draw(self, canvas: Canvas, top: int) -> None:
        """The names, from the line `top` of the canvas on."""
        for block in self._blocks:
            self._draw_block(canvas, block, top)

    @property
    def _diagram(self) -> Diagram:
        return self.frame.program.unit_diagram

    @cached_property
    def _blocks(self) -> tuple[_Block, ...]:
        blocks = []
        end = 0
        for column in self.columns:
            layer = self._diagram.layers[column.layer]
            names = layer.labels + (self._diagram.tail if column.layer == self._diagram.depth else ())
            right = column.x + column.width
            lines = _wrapped(names, right - end)
            width = max(sum(cell_len(name) + 1 for name in line) for line in lines)
            x = max(end, min(column.x, right - width))
            blocks.append(_Block(column, x, lines))
            end = right
        return tuple(blocks)

    def _draw_block(self, canvas: Canvas, block: _Block, top: int) -> None:
        shown = canvas.height - top
        first = self._first_line(block, shown)
        right = block.column.x + block.column.width
        for y, line in enumerate(block.lines[first : first + shown], top):
            x = block.x
            for name in line:
                role, touched = self._role(name), self._touched.get(name, "")
                canvas.put(x, y, self.theme.mark(touched), touched or "text")
                text = clip(name, right - x - 1, self.theme.glyphs.ellipsis)
                canvas.put(x + 1, y, text, role)
                canvas.add_hit(x, y, cell_len(text) + 1, ("tensor", name, name))
                x += cell_len(text) + 1
            if (y == top and first) or (y == top + shown - 1 and first + shown < len(block.lines)):
                canvas.put(min(x + 1, right - 1), y, self.theme.glyphs.ellipsis, "quiet")

    def _first_line(self, block: _Block, shown: int) -> int:
        """The first of the visible lines that shows the step's tensor."""
        count = len(block.lines)
        for role in ("write", "read"):
            for at, line in enumerate(block.lines):
                if any(self._touched.get(name) == role for name in line):
                    return max(0, min(at, count - shown))
        return 0

    def _role(self, name: str) -> str:
        if self._owner(self.chosen.name) == name:
            return "selected"
        if name in self._touched:
            return self._touched[name]
        if name not in self.frame.tensors:
            return "coming"
        is_learned = name in self.frame.program.parameters or is_parameter(self.frame.program, name)
        return "param" if is_learned else "quiet"

    @cached_property
    def _touched(self) -> dict[str, str]:
        """The step's role for each tensor: for itself, its gradient, an optimiser's slot."""
        step = self.frame.current_step
        if step is None:
            return {}
        found = {self._owner(name): "read" for name in step.reads}
        return {**found, self._owner(step.name): "write"}

    def _owner(self, name: str) -> str:
        """The tensor whose name stands for another: bn for delta_bn, W for m_W."""
        program = self.frame.program
        at = program.step_indices.get(name)
        return name if at is None or name in self._named else program.steps[at].role.by or name

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(
            name for layer in self._diagram.layers for name in (*layer.labels, *self._diagram.tail)
        )


def _wrapped(names: Sequence[str], room: int) -> tuple[tuple[str, ...], ...]:
    """Names, each with a cell before it, on lines of `room` cells."""
    lines: list[list[str]] = [[]]
    taken = 0
    for name in names:
        if lines[-1] and taken + cell_len(name) + 1 > room:
            lines.append([])
            taken = 0
        lines[-1].append(name)
        taken += cell_len(name) + 1
    return tuple(map(tuple, lines))
