"""The columns of the rails' pane, from its width alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.cells import cell_len

from bpstep.render.rails.lines import rails_of
from bpstep.render.rails.numbers import HISTOGRAM_WIDTH, SIZE_WIDTH
from bpstep.render.tensors.table_rows import tensor_shape_text
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame

_MIN_NAME, _MAX_NAME = 4, 14
"""Cells of a tensor's name."""

_MIN_EQUATION = 16
"""The equations are shown if they have this many cells."""

_MIN_EQUATION_AND_HISTOGRAM = 22
"""Histograms precede the equations if they leave this many cells for them."""

_MIN_GIVEN = 6
"""What an equation reads beside the rails is shown if it has this many cells."""


_SIGN = 1
"""The cells after a gradient for the sign that says it is not the whole gradient."""

_NUMBERS_WIDTH = 2 * (SIZE_WIDTH + 1) + _SIGN

_MAX_GIVEN = 7
"""How many cells of a narrow pane go to what an equation reads before the tensors get the rest."""


class Field(NamedTuple):
    """A column of the pane. An omitted one has no width."""

    x: int
    width: int

    @property
    def end(self) -> int:
        """The first column to the right of the field."""
        return self.x + self.width


@dataclass(frozen=True)
class RailsLayout:
    """The positions of the columns. A line's first cell is for its mark, the last one for scroll marks."""

    spacing: int
    """The number of cells between two rails."""
    rails: Field
    name: Field
    given: Field
    """The initial tensors that an equation reads."""
    shape: Field
    size: Field
    gradient: Field
    histogram: Field
    equation: Field

    def without_histogram(self) -> RailsLayout:
        """The same with the histogram's cells for the equations."""
        x = self.histogram.x
        return replace(self, histogram=Field(x, 0), equation=Field(x, self.equation.end - x))


def layout_rails(frame: Frame, theme: Theme, width: int) -> RailsLayout | None:
    """The columns in this width, the same at every moment; None if there is no room.

    In a narrow pane, what an equation reads stands between name and numbers. In a wide one the shape stands
    there, and the whole equation after the numbers.
    """
    rails = rails_of(frame.program)
    names = min(max((cell_len(line.name) for line in rails.lines), default=0), _MAX_NAME)
    for spacing, name_width in ((1, names), (0, names), (0, min(names, _MIN_NAME))):
        tracks = Field(1, (rails.tracks.width - 1) * (spacing + 1) + 1)
        name = Field(tracks.end + 1, name_width)
        rest = width - 1 - name.end - _NUMBERS_WIDTH
        if rest >= 0:
            return _fill_row(frame, theme, spacing, tracks, name, rest)
    return None


def rails_width(frame: Frame) -> int:
    """The width of a narrow pane that shows most of what the equations read."""
    rails = rails_of(frame.program)
    names = min(max((cell_len(line.name) for line in rails.lines), default=0), _MAX_NAME)
    given = max((cell_len(" ".join(line.given)) for line in rails.lines), default=0)
    return 2 * rails.tracks.width + 1 + names + min(given, _MAX_GIVEN) + 1 + _NUMBERS_WIDTH + 1


def full_width(frame: Frame) -> int:
    """The width of a wide pane that shows every equation in full, and the histograms."""
    rails = rails_of(frame.program)
    names = min(max((cell_len(line.name) for line in rails.lines), default=0), _MAX_NAME)
    shapes = max((len(tensor_shape_text(frame, line.name)) for line in rails.lines), default=0)
    equations = max((cell_len(line.step.source) for line in rails.lines), default=0)
    left = 2 * rails.tracks.width + 1 + names
    return left + _NUMBERS_WIDTH + 1 + shapes + 3 + HISTOGRAM_WIDTH + 2 + equations


def _fill_row(frame: Frame, theme: Theme, spacing: int, tracks: Field, name: Field, rest: int) -> RailsLayout:
    """The columns after the name; `rest` cells are left beside the two numbers."""
    number = SIZE_WIDTH
    wider = 2 * (theme.format.width - SIZE_WIDTH)
    if theme.format_index and rest >= wider + _MIN_GIVEN:
        number, rest = theme.format.width, rest - wider
    shapes = max(
        (len(tensor_shape_text(frame, line.name)) for line in rails_of(frame.program).lines), default=0
    )
    given = shape = histogram = equation = 0
    if rest >= shapes + 3 + _MIN_EQUATION:
        shape = shapes
        equation = rest - shapes - 3
        if equation >= HISTOGRAM_WIDTH + 2 + _MIN_EQUATION_AND_HISTOGRAM:
            histogram = HISTOGRAM_WIDTH
            equation -= HISTOGRAM_WIDTH + 2
    elif rest >= _MIN_GIVEN:
        given = rest - 1
    behind_name = Field(name.end + 1, given or shape)
    size = Field(behind_name.end + 1 if behind_name.width else name.end + 1, number)
    gradient = Field(size.end + 1, number + _SIGN)
    bars = Field(gradient.end + 2, histogram)
    return RailsLayout(
        spacing,
        tracks,
        name,
        Field(behind_name.x, given),
        Field(behind_name.x, shape),
        size,
        gradient,
        bars,
        Field(bars.end + 2 if histogram else bars.x, equation),
    )
