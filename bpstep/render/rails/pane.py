"""The network pane of a network drawn as rails."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from bpstep.deferred import deferred
from bpstep.explain.parameters import edited_cells, is_parameter
from bpstep.program.program import RoleKind
from bpstep.render.canvas import Canvas, clip
from bpstep.render.highlight import rounding_sign, step_of_rounding
from bpstep.render.messages import RAILS_GRADIENT, RAILS_HISTOGRAM, RAILS_NO_ROOM, RAILS_SIZE
from bpstep.render.rails.layout import Field, RailsLayout, layout_rails
from bpstep.render.rails.lines import (
    RailLine,
    Rails,
    is_factor_of_part,
    lit_connections,
    rails_of,
    touched_tensors,
)
from bpstep.render.rails.numbers import SIZE_WIDTH, format_size, histogram, tensor_size
from bpstep.render.rails.tracks import TrackCell, TrackEnds, track_cells, track_character
from bpstep.render.tensors.table_rows import scroll_offsets, tensor_shape_text
from bpstep.render.theme import MARKS, Theme
from bpstep.render.view_state import Selection, View, pointed_equation, selection
from bpstep.session.frame import Frame
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.explain.prose import rounding
else:
    rounding = deferred("bpstep.explain.prose.rounding")

_MIN_HEIGHT_FOR_HEADER = 4

_INDENT = 2
"""The indent of a right-hand side's second line."""

_USUAL_SIZE = 5
"""The width of most sizes; what precedes a size leaves this much space."""

_ORDER = {"selected": 0, "pointed": 0, "write": 0, "read": 1}
"""The order of the roles of which some have no room."""

_LIT = 2
"""The stroke of a highlighted rail."""


def draw_rails(frame: Frame, view: View, theme: Theme, width: int, height: int) -> Canvas:
    """The pane: a line per tensor of the forward pass, with its size and that of its gradient.

    A click on a tensor means ("tensor", its name, the name of the line's tensor).
    """
    canvas = Canvas(width, height)
    layout = layout_rails(frame, theme, width)
    if layout is None:
        canvas.put(0, height // 2, clip(fill(RAILS_NO_ROOM), width, theme.glyphs.ellipsis), "quiet")
        return canvas
    pane = _RailsPane(canvas, frame, view, theme, layout)
    if layout.histogram.width and pane.cuts_equations:
        pane = replace(pane, layout=layout.without_histogram())
    pane.draw()
    return canvas


def first_line_shown(frame: Frame, view: View, height: int) -> int:
    """The first visible line: that of the step, scrolled as little as shows a tensor that was just
    selected.
    """
    rails = rails_of(frame.program)
    count = len(rails.lines)
    if count <= height:
        return 0
    places = {
        name: (numbers[0], numbers[0])
        for name in frame.program.tensors
        if (numbers := rails.lines_with(name))
    }
    top = scroll_offsets(frame.program, tuple(places.items()), count, height)[
        max(frame.done - (frame.inside is None), 0)
    ]
    if not view.keep_selection_visible:
        return top
    line = chosen_track(frame, view)
    return top if line is None else min(max(top, line - height + 1), line)


def chosen_track(frame: Frame, view: View) -> int | None:
    """The line of the selection; None if the selected tensor is on none.

    If several lines read a parameter, the one on which it was selected, else the first.
    """
    rails = rails_of(frame.program)
    numbers = rails.lines_with(selection(frame, view).name)
    chosen = next((at for at in numbers if rails.lines[at].name == view.rail), None)
    return chosen if chosen is not None else numbers[0] if numbers else None


@dataclass(frozen=True)
class _RailsPane:
    canvas: Canvas
    frame: Frame
    view: View
    theme: Theme
    layout: RailsLayout

    @cached_property
    def rails(self) -> Rails:
        return rails_of(self.frame.program)

    @cached_property
    def chosen(self) -> Selection:
        """What is selected."""
        return selection(self.frame, self.view)

    @cached_property
    def touched(self) -> dict[str, str]:
        """The tensors that the step writes and reads, each with which of the two."""
        return touched_tensors(self.frame)

    @cached_property
    def touched_given(self) -> dict[str, str]:
        """The step's role for each parameter: for itself, its gradient, an optimiser's slot."""
        found: dict[str, str] = {}
        for name, role in self.touched.items():
            owner = self.rails.owners.get(name, name)
            if found.get(owner) != "write":
                found[owner] = role
        return found

    @cached_property
    def lit(self) -> dict[TrackEnds, str]:
        """The connections that the step highlights."""
        return lit_connections(self.rails, self.frame.program, self.touched)

    @cached_property
    def edited(self) -> set[str]:
        """The tensors with a cell that a person edited."""
        return {name for name, _ in edited_cells(self.frame)}

    @property
    def has_header(self) -> bool:
        """True if there is room for a line with the names of the columns."""
        return self.canvas.height >= _MIN_HEIGHT_FOR_HEADER

    @property
    def cuts_equations(self) -> bool:
        """True if a right-hand side is not shown to its end."""
        rows = self._equation_rows(self.canvas.height - self.has_header)
        width = self.layout.equation.width
        return any(end - first > width for line in rows for first, end in line)

    def draw(self) -> None:
        """The header if there is room for one, and the lines."""
        header = self.has_header
        if header:
            self._put_right(self.layout.size, 0, fill(RAILS_SIZE), "quiet")
            gradient = fill(RAILS_GRADIENT, loss=self.rails.loss, partial=self.theme.glyphs.partial)
            self._put_right(self.layout.gradient, 0, f"{gradient} ", "quiet")
            if self.layout.histogram.width:
                self._put_right(self.layout.histogram, 0, fill(RAILS_HISTOGRAM), "quiet")
        height = self.canvas.height - header
        top = first_line_shown(self.frame, self.view, height)
        rows = self._equation_rows(height)
        y = int(header)
        for number in range(top, min(top + height, len(self.rails.lines))):
            self._draw_line(y, number, rows[number])
            y += max(len(rows[number]), 1)
        self._draw_scroll_marks(top, height, int(header))

    def _equation_rows(self, height: int) -> list[list[_Slice]]:
        """The lines of each right-hand side: more than one only if there are lines to spare.

        Those come first of which a tensor's name would be cut.
        """
        lines, width = self.rails.lines, self.layout.equation.width
        if not width:
            return [[] for _ in lines]
        spare = height - len(lines)
        found = [[_Slice(0, len(line.step.source))] for line in lines]
        ends = [max((end for _, end, _ in line.names_in_equation), default=0) for line in lines]
        for at in sorted(range(len(lines)), key=lambda at: ends[at] < width):
            rows = _broken(lines[at].step.source, width)
            if len(rows) - 1 <= spare:
                spare -= len(rows) - 1
                found[at] = rows
        return found

    def _draw_scroll_marks(self, top: int, height: int, first: int) -> None:
        """Arrows on the right if lines continue above or below."""
        x = self.canvas.width - 1
        if top > 0:
            self.canvas.put(x, first, self.theme.pick("▲", "^"), "quiet")
        if top + height < len(self.rails.lines):
            self.canvas.put(x, self.canvas.height - 1, self.theme.pick("▼", "v"), "quiet")

    def _draw_line(self, y: int, number: int, rows: list[_Slice]) -> None:
        line = self.rails.lines[number]
        layout = self.layout
        self.canvas.add_hit(0, y, self.canvas.width, ("tensor", line.name, line.name))
        self._draw_mark(y, line)
        self._draw_tracks(y, number)
        dots = self.theme.glyphs.ellipsis
        self.canvas.put(
            layout.name.x, y, clip(line.name, layout.name.width, dots), self._name_role(line.name)
        )
        size = self._size_text(line.name, layout.size)
        if layout.given.width:
            # A usual size leaves some cells free before it, a shorter one leaves more for a name that would
            # be cut.
            rooms = [
                max(layout.size.end - width - 1 - layout.given.x, 0)
                for width in (max(len(size.text), _USUAL_SIZE), len(size.text))
            ]
            self._draw_given(y, line, rooms[not self._given_that_fit(line, rooms[0])])
        if layout.shape.width:
            shape = tensor_shape_text(self.frame, line.name, self.theme.ascii)
            self.canvas.put(layout.shape.x, y, shape, "quiet")
        self._put_right(layout.size, y, *size)
        self._draw_gradient(y, line)
        if layout.histogram.width and line.name in self.frame.tensors:
            bars = histogram(self.frame.tensors[line.name], self.theme.ascii)
            self.canvas.put(layout.histogram.x, y, bars, "quiet")
        for below, row in enumerate(rows):
            self._draw_equation(y + below, line, row)
            if below:
                self.canvas.add_hit(0, y + below, self.canvas.width, ("tensor", line.name, line.name))
                self._draw_tracks_below(y + below, number)

    def _draw_mark(self, y: int, line: RailLine) -> None:
        """The step's role for the line: whether it writes or reads something of it."""
        roles = {self.touched.get(name, "") for name in (line.name, *line.backward)}
        if any(self.touched_given.get(name) == "write" for name in line.given):
            roles.add("write")
        if pointed_equation(self.view) in (line.name, *line.backward):
            self.canvas.put(0, y, self.theme.pick("▸", ">"), "pointed")
        elif role := next((role for role in MARKS if role in roles), ""):
            self.canvas.put(0, y, self.theme.mark(role), role)

    def _draw_tracks(self, y: int, number: int) -> None:
        usual = "quiet" if self.rails.lines[number].name in self.frame.tensors else "coming"
        for x, cell in enumerate(track_cells(self.rails.tracks, number, self.lit, self.layout.spacing)):
            if cell.is_node:
                role = self._node_role(self.rails.lines[number]) or usual
                self.canvas.put(self.layout.rails.x + x, y, self.theme.pick("●", "o"), role)
            elif any(cell.arms):
                character = track_character(cell, self.theme.ascii)
                self.canvas.put(self.layout.rails.x + x, y, character, cell.role or usual)

    def _draw_tracks_below(self, y: int, number: int) -> None:
        """The rails that continue from a line to the next, beside the continuation of its right-hand side."""
        usual = "quiet" if self.rails.lines[number].name in self.frame.tensors else "coming"
        for x, cell in enumerate(track_cells(self.rails.tracks, number, self.lit, self.layout.spacing)):
            if stroke := cell.arms[1]:
                passing = TrackCell((stroke, stroke, 0, 0))
                role = cell.role if stroke == _LIT else ""
                character = track_character(passing, self.theme.ascii)
                self.canvas.put(self.layout.rails.x + x, y, character, role or usual)

    def _node_role(self, line: RailLine) -> str:
        roles = {self.touched.get(name, "") for name in (line.name, *line.backward)}
        return "write" if "write" in roles else "read" if "read" in roles else ""

    def _name_role(self, name: str) -> str:
        if self.chosen.name == name:
            return "selected"
        if self._is_pointed(name):
            return "pointed"
        if name in self.touched:
            return self.touched[name]
        return "text" if name in self.frame.tensors else "coming"

    def _is_pointed(self, name: str) -> bool:
        pointed = self.view.pointed is not None and self.view.pointed[0] == name
        return pointed or any(tensor == name for tensor, _ in self.chosen.highlight.cells)

    def _draw_given(self, y: int, line: RailLine, room: int) -> None:
        """What the equation reads that has no line, as far as it fits."""
        x, dots = self.layout.given.x, self.theme.pick("…", "~")
        shown = self._given_that_fit(line, room)
        for name in line.given:
            if name in shown:
                self.canvas.add_hit(x, y, cell_len(name), ("tensor", name, line.name))
                x = self.canvas.put(x, y, name, self._given_role(name)) + 1
        if not shown and line.given:
            first = min(line.given, key=self._given_order)
            self.canvas.put(x, y, clip(first, room, dots), self._given_role(first))
            self.canvas.add_hit(x, y, room, ("tensor", first, line.name))
        elif len(shown) < len(line.given):
            self.canvas.put(x, y, dots, "quiet")

    def _given_role(self, name: str) -> str:
        """The role of a tensor beside the rails; it stands for its gradient, too."""
        if self.rails.owners.get(self.chosen.name) == name:
            return "selected"
        if name in self.touched_given and self.chosen.name != name:
            return self.touched_given[name]
        role = self._name_role(name)
        if role != "text":
            return role
        return "param" if self._is_parameter(name) else "quiet"

    def _is_parameter(self, name: str) -> bool:
        return name in self.frame.program.parameters or is_parameter(self.frame.program, name)

    def _given_order(self, name: str) -> tuple[int, bool]:
        """What is selected or written comes first, then what is read, then parameters before data."""
        return _ORDER.get(self._given_role(name), len(_ORDER)), not self._is_parameter(name)

    def _given_that_fit(self, line: RailLine, width: int) -> set[str]:
        """The names that fit, with a blank before the sign for more."""
        shown: set[str] = set()
        for name in sorted(line.given, key=self._given_order):
            more = 2 if len(shown) + 1 < len(line.given) else 0
            if sum(cell_len(other) + 1 for other in shown) + cell_len(name) + more <= width:
                shown.add(name)
        return shown

    def _draw_gradient(self, y: int, line: RailLine) -> None:
        """The gradient of the line, or the tensor of the backward phase that the step or the
        selection is at.
        """
        name = self._shown_backward(line)
        if not name:
            return
        self.canvas.add_hit(
            self.layout.gradient.x, y, self.layout.gradient.width, ("tensor", name, line.name)
        )
        text, role = self._size_text(name, self.layout.gradient)
        role = "selected" if self.chosen.name == name else "pointed" if self._is_pointed(name) else role
        # The last cell is the sign's, so that it does not look like cut digits.
        self._put_right(self.layout.gradient, y, text + (self._kind_sign(line, name) or " "), role)

    def _shown_backward(self, line: RailLine) -> str:
        touched = sorted((name for name in line.backward if name in self.touched), key=self._order)
        if self.chosen.name in line.backward:
            return self.chosen.name
        return touched[0] if touched else line.gradient

    def _order(self, name: str) -> bool:
        """A key that sorts the tensors that the step writes before those that it reads."""
        return self.touched[name] != "write"

    def _kind_sign(self, line: RailLine, name: str) -> str:
        """The kind of a number in the gradient's column if it is not the whole gradient."""
        if name == line.gradient:
            return ""
        program = self.frame.program
        role = program.steps[program.step_indices[name]].role
        if role.kind == RoleKind.INNER:
            return self.theme.glyphs.partial
        is_part = role.of == self.rails.loss and not is_factor_of_part(program, name)
        return "+" if is_part else self.theme.pick("′", "'")

    def _size_text(self, name: str, field: Field) -> _Size:
        """The size of a tensor; a dot if it is not computed yet, dots while it is being computed."""
        role, inside = self.touched.get(name, "text"), self.frame.inside
        if inside is not None and inside.step.name == name:
            return _Size(self.theme.glyphs.ellipsis, role)
        if name not in self.frame.tensors:
            return _Size(self.theme.pick("·", "."), "coming")
        size = tensor_size(self.frame.tensors[name])
        if self.layout.size.width > SIZE_WIDTH:
            text = self.theme.number(size)
        elif self._is_rounding(name, size):
            text = rounding_sign(self.theme)
        else:
            text = format_size(size, SIZE_WIDTH if field == self.layout.gradient else SIZE_WIDTH + 1)
        text = (self.theme.pick("✎", "*") if name in self.edited else "") + text
        return _Size(text, role if math.isfinite(size) else "alert")

    def _is_rounding(self, name: str, size: float) -> bool:
        """True for a tensor that is 0 apart from rounding."""
        step = None if name in self.edited else step_of_rounding(self.frame, name, size)
        return step is not None and rounding.is_rounding_everywhere(step, self.frame.tensors)

    def _put_right(self, field: Field, y: int, text: str, role: str) -> None:
        self.canvas.put(field.end - cell_len(text), y, text, role)

    def _draw_equation(self, y: int, line: RailLine, row: _Slice) -> None:
        """The right-hand side, or a part of it, with what the step touches highlighted."""
        field = self.layout.equation
        x = field.x + _INDENT * (row.start > 0)
        dots = self.theme.glyphs.ellipsis
        is_cut = x + row.end - row.start > field.end
        end = row.start + (field.end - x - len(dots) if is_cut else row.end - row.start)
        for start, text, name in self._equation_pieces(line):
            shown = text[max(row.start - start, 0) : max(end - start, 0)]
            if name and shown:
                self.canvas.add_hit(x, y, cell_len(shown), ("tensor", name, line.name))
            is_at_work = self.touched.get(line.name) == "write"
            role = self.touched.get(name, "quiet") if is_at_work else "quiet"
            role = self._given_role(name) if name in line.given else role
            x = self.canvas.put(x, y, shown, role)
        if is_cut:
            self.canvas.put(x, y, dots, "quiet")

    def _equation_pieces(self, line: RailLine) -> Iterator[tuple[int, str, str]]:
        """The text of a right-hand side, split at the names of tensors; each piece with its tensor, if any,
        and its position.
        """
        at = 0
        for start, end, name in line.names_in_equation:
            yield at, line.step.source[at:start], ""
            yield start, line.step.source[start:end], name
            at = end
        yield at, line.step.source[at:], ""


class _Size(NamedTuple):
    """A tensor's size as text, and its role."""

    text: str
    role: str


class _Slice(NamedTuple):
    """A part of a text."""

    start: int
    end: int


def _broken(text: str, width: int) -> list[_Slice]:
    """The parts of a right-hand side that fit on a line, all but the first indented.

    It is broken at blanks and before a method; consecutive numbers stay together if they fit.
    """
    words: list[_Slice] = []
    for word in _WORD.finditer(re.sub(_BETWEEN_NUMBERS, "\0", text)):
        start, end = word.span()
        if end - start <= width - _INDENT:
            words.append(_Slice(start, end))
        else:
            pieces = re.finditer(r"\S+", text[start:end])
            words += [_Slice(start + piece.start(), start + piece.end()) for piece in pieces]
    found = [_Slice(0, 0)]
    for start, end in words:
        first, last = found[-1]
        if end - first <= width - _INDENT * (first > 0) or last == first:
            found[-1] = _Slice(first, end)
        else:
            found.append(_Slice(start, end))
    return found


_BETWEEN_NUMBERS = r"(?<=\d,) (?=\d)"

_METHOD = r"\.(?=[a-z_]+\()"

_WORD = re.compile(rf"(?:{_METHOD})?(?:(?!{_METHOD})\S)+")
"""What stays on one line: from a blank or the dot of a method to the next."""
