"""Every tensor of the moment as a table: name, shape, cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bpstep.explain.parameters import edited_cells, is_parameter
from bpstep.program.diagram import Index
from bpstep.render.canvas import Canvas, clip
from bpstep.render.highlight import is_partial, light, light_cell, shown
from bpstep.render.table_rows import GAP, MARKER, Row, label_width, rows, scrolled, shape_text
from bpstep.render.theme import Look
from bpstep.render.view_state import Selection, View, selection
from bpstep.session.frame import Frame


def tensors(frame: Frame, view: View, look: Look, width: int, height: int) -> Canvas:
    """The table."""
    canvas = Canvas(width, height)
    chosen = selection(frame, view)
    lines = rows(frame, chosen, height)
    top = scrolled(frame, view, lines, height)
    left = MARKER + label_width(frame)
    edited = edited_cells(frame)
    for y, line in enumerate(lines[top : top + height]):
        _Line(canvas, frame, look, chosen, line, y, left, edited, view.pointed).draw()
    return canvas


@dataclass(frozen=True)
class _Line:
    canvas: Canvas
    frame: Frame
    look: Look
    chosen: Selection
    row: Row
    y: int
    left: int
    edited: set[tuple[str, Index]]
    pointed: tuple[str, Index | None] | None

    def draw(self) -> None:
        name = self.row.name
        role = light(self.frame, name)
        writes, reads = role == "write", role == "read"
        present = name in self.frame.tensors
        if not role:
            role = "coming" if not present else "param" if is_parameter(self.frame.program, name) else "text"
        name_role = "pointed" if self.pointed == (name, None) else role
        if self.row.at is None:
            self.canvas.put(MARKER + 1, self.y, self._left_out(), "quiet")
            return
        shape = shape_text(self.frame, name, self.look.ascii)
        apart = len(name) + 1 + len(shape) > self.left - MARKER
        end = 0
        if self.row.second and apart:
            end = self.canvas.put(MARKER + 1, self.y, shape, "quiet")
        if self.row.first:
            marker = self.look.pick("▶", ">") if writes else self.look.pick("›", "<") if reads else " "
            x = self.canvas.put(0, self.y, marker + name, name_role)
            pen = self.look.pick("✎", "*") if is_parameter(self.frame.program, name) else " "
            turned = self.look.pick("ᵀ", " T") if self.row.turned else ""
            behind = pen + ("" if apart else shape) + turned
            self.canvas.put(x, self.y, behind, "quiet")
            end = x + len(behind.rstrip())
        if self.row.numbered:
            self._number(end)
        self._cells(role, present)

    def _left_out(self) -> str:
        """Which rows are not shown."""
        above, below = (f"{count:,}" if count else "" for count in (self.row.above, self.row.below))
        rows = "row" if (self.row.above or self.row.below) == 1 else "rows"
        told = f"{above} {rows} above" if above else f"{below} {rows} below"
        told += f", {below} below" if above and below else ""
        return f"{self.look.pick('⋮', ':')} {told}"

    def _number(self, end: int) -> None:
        """Which row it is, where there is room: the sample as the network's title counts, else the index."""
        at = self.row.at or 0
        is_sample = self.frame.program.homes[self.row.name].kind in ("node", "label")
        text = f"{at + 1}" if is_sample else f"[{at}]"
        if end + len(text) < self.left:
            self.canvas.put(self.left - len(text), self.y, text, "quiet")

    def _cells(self, role: str, present: bool) -> None:
        width = min(self.look.format.width, self.canvas.width - self.left - GAP)
        each = width + GAP
        left = self.left
        count = self._columns()
        fit = max(1, (self.canvas.width - left) // each)
        if fit < count:
            fit = max(1, (self.canvas.width - left - len(f" …+{count - 1}")) // each)
        start = self._start(fit, count)
        for at in range(start, min(start + fit, count)):
            index = self._index(at)
            x = left + (at - start) * each
            here = self.chosen.name == self.row.name and self.chosen.index == index
            number = shown(self.frame, self.row.name, index)
            if number is None:
                text, cell_role = self.look.pick("·", ".").center(width), "coming"
            else:
                text, cell_role = self._cell(number, index, role)
                text = clip(text, width, self.look.glyphs.dots).rjust(width)
            self.canvas.put(x, self.y, " ")
            pointed = self.pointed == (self.row.name, index)
            if pointed or (self.row.name, index) in self.chosen.lit.cells:
                cell_role = "pointed"
            self.canvas.put(x + GAP, self.y, text, "selected" if here else cell_role)
            self.canvas.hit(x, self.y, each, ("cell", self.row.name, index))
            if pointed:
                self.canvas.put(x, self.y, self.look.pick("▸", ">"), "pointed")
            if (self.row.name, index) in self.edited:
                self._before(x, text, self.look.pick("✎", "*"), "bright")
            if number is not None and is_partial(self.frame, self.row.name, index):
                self._before(x, text, self.look.pick("…", "~"), cell_role)
        if start > 0:
            self.canvas.put(left, self.y, self.look.pick("‹", "<"), "quiet")
        if start + fit < count:
            x = left + fit * each
            more = f" {self.look.glyphs.dots}+{count - start - fit}"
            if x + len(more) > self.canvas.width:
                x, more = self.canvas.width - 1, self.look.pick("…", ">")
            self.canvas.put(x, self.y, more, "quiet")

    def _before(self, x: int, text: str, mark: str, role: str) -> None:
        """A mark close to its own number."""
        self.canvas.put(x + GAP + len(text) - len(text.lstrip()) - 1, self.y, mark, role)

    def _cell(self, number: float, index: Index, role: str) -> tuple[str, str]:
        if self.frame.inside:
            role = light_cell(self.frame, self.row.name, index) or self._rest(index)
        if not math.isfinite(number):
            role = "alert"
        elif role == "write" and self._kept(index, number):
            role = "text"
        return self.look.number(number), role

    def _rest(self, index: Index) -> str:
        """The role of a cell that the operation does not touch."""
        name = self.row.name
        if is_partial(self.frame, name, index):
            return "coming"
        return "param" if is_parameter(self.frame.program, name) else "text"

    def _kept(self, index: Index, number: float) -> bool:
        """True for a cell of an update that has the value it had before."""
        before = self.frame.before.get(self.row.name)
        return before is not None and float(before[index] if np.ndim(before) else before) == number

    def _columns(self) -> int:
        shape = self.frame.shape(self.row.name)
        if not shape:
            return 1
        return shape[0] if self.row.turned else shape[-1]

    def _index(self, at: int) -> Index:
        rank = len(self.frame.shape(self.row.name))
        if rank == 0:
            return ()
        if self.row.turned:
            return (at, 0)
        return (at,) if rank == 1 else (self.row.at or 0, at)

    def _start(self, fit: int, count: int) -> int:
        """The first column: the selected tensor follows its cell."""
        own = self.chosen.name == self.row.name
        index = self.chosen.index if own else self.chosen.lit.index(self.row.name)
        if not index:
            return 0
        column = index[0] if self.row.turned else index[-1]
        return min(max(column - fit + 1, 0), max(count - fit, 0))
