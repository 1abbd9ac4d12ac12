"""The one widget that shows a canvas, and writes only its changes to the terminal."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from bpstep.render.ansi import AnsiStyles, ansi_diff
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.tui.output import TerminalOutput


class CanvasWidget(Widget, can_focus=True):
    """Shows the last canvas given to `show`."""

    def __init__(self, theme: Theme, output: TerminalOutput) -> None:
        super().__init__()
        self._output = output
        self.theme = theme
        self.canvas = Canvas(0, 0)
        self._styles: dict[str, Style] = {}
        self._ansi_styles: AnsiStyles | None = None

    def show(self, canvas: Canvas, theme: Theme) -> None:
        """Show another canvas: write the cells that changed.

        Textual would repaint whole lines. No other widget ever covers this one, so its changed cells can be
        written directly. Whenever Textual does repaint, it gets the lines of the latest canvas.
        """
        before, self.canvas = self.canvas, canvas
        self.theme = theme
        if (before.width, before.height) != (canvas.width, canvas.height):
            self.refresh()
            return
        if self._ansi_styles is None:
            self._ansi_styles = AnsiStyles(self._style, self.app.console.color_system)
        changes = ansi_diff(before, canvas, self._ansi_styles)
        if changes:
            self._output.write(f"{changes}\x1b[H")

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the canvas, without Textual's cache, which does not know what `show` has changed."""
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        if y >= self.canvas.height:
            return Strip.blank(self.size.width)
        segments = [Segment(text, self._style(role)) for text, role in self.canvas.runs_of_line(y)]
        return Strip(segments, self.canvas.width)

    def _style(self, role: str) -> Style:
        """A role's style after Textual's line filters."""
        if role not in self._styles:
            strip = Strip([Segment("x", self.theme.style(role))], 1)
            for each in self.get_line_filters():
                strip = strip.apply_filter(each, self.background_colors[1])
            self._styles[role] = next(iter(strip)).style or Style.null()
        return self._styles[role]
