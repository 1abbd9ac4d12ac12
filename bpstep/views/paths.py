"""A gradient along each path of the chain rule: a product a line, each factor under its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.formula.arithmetic import Arithmetic
from bpstep.formula.box import Span
from bpstep.formula.notation import Derivative, notation, symbol
from bpstep.formula.paths import Factor, Path
from bpstep.formula.route import route, sample
from bpstep.formula.scalar import Cell, Number
from bpstep.frame import Frame
from bpstep.views.canvas import Canvas, clip
from bpstep.views.look import Look

_WIDEST = 14
"""Cells for the name of a factor that is no cell."""


@dataclass(frozen=True)
class Table:
    """Some paths, as lines: as many columns side by side as fit, the others below."""

    frame: Frame
    look: Look
    paths: Sequence[Path]
    width: int

    def _heads(self, full: bool) -> list[str]:
        """The names of the factors; none where the paths have different ones.

        `full`: with what holds them, too.
        """
        first, *others = ([self._head(factor, full) for factor in path.factors] for path in self.paths)
        return first if all(other == first for other in others) else []

    def _head(self, factor: Factor, full: bool) -> str:
        node = factor.node
        if isinstance(node, Cell):
            held = self.look.glyphs.inline(notation(node.name, self.frame.program))
            written = self._derivative(node.name)
            return held if written is None else f"{written} = {held}" if full else written
        if isinstance(node, Number):
            return ""
        writer = Arithmetic(self.look.glyphs, self.look.number, {}, 2, names=lambda name, _: name)
        return clip("".join(text for text, _ in writer.write(node)), _WIDEST, self.look.glyphs.dots)

    def _derivative(self, name: str) -> str | None:
        """What an input of the layer is in the gradient of its weights: dnet_2/dV is H."""
        step = self.frame.step
        if step is None or step.role.kind != "delta_weights" or step.name in self.frame.own:
            return None
        if name.startswith("delta_"):
            return None
        return self.look.glyphs.inline(Derivative(symbol(f"net_{step.role.layer}"), symbol(step.role.by)))

    def _value(self, factor: Factor) -> str:
        text = self.look.number(factor.node.value)
        return f"/ {text}" if factor.divides else text

    def _names(self) -> list[str]:
        """What stands before the factors: the units that a path passes, and its sample."""
        homes, network = self.frame.program.homes, self.frame.network
        arrow = self.look.pick("→", ">")
        found = [route(path, homes, network, arrow) for path in self.paths]
        if len(self.frame.rows) == 1:
            return found
        samples = [sample(path, homes) for path in self.paths]
        wide, digits = max(map(cell_len, found)), len(str(len(self.frame.rows)))
        told = ["" if at is None else f"{at + 1:>{digits}}" for at in samples]
        return [name + " " * (wide - cell_len(name)) + f"  {text}" for name, text in zip(found, told)]

    def lines(self) -> tuple[list[list[Span]], list[list[list[Span]]]]:
        """The heading, and the lines of each path."""
        names = self._names()
        count = max(len(path.factors) for path in self.paths)
        values = [[self._value(factor) for factor in path.factors] for path in self.paths]
        left = max(map(cell_len, names)) + 2
        for full in (True, False):
            heads = self._heads(full)
            columns = [*([heads] if heads else []), *values]
            widths = [max(cell_len(line[at]) for line in columns if at < len(line)) for at in range(count)]
            breaks = self._breaks(widths, left)
            if len(breaks) == 1:
                break
        over = "" if len(self.frame.rows) == 1 else f"{'sample':>{left - 2}}"
        head = self._row(over, heads, widths, breaks, left, "quiet", "   ") if heads else []
        rows = []
        for path, name, line in zip(self.paths, names, values):
            drawn = self._row(name, line, widths, breaks, left, "text", f" {self.look.glyphs.by} ")
            drawn[-1].append((f" = {self.look.number(path.value)}", "write"))
            rows.append(drawn)
        return head, rows

    def _breaks(self, widths: list[int], left: int) -> list[int]:
        """The first column of each line."""
        found, x = [0], left
        for at, width in enumerate(widths):
            # The result stands behind the last one.
            needed = width + (3 + self.look.format.width if at == len(widths) - 1 else 2)
            if x + needed > self.width and at > found[-1]:
                found.append(at)
                x = left
            x += width + 3
        return found

    def _row(
        self, name: str, line: list[str], widths: list[int], breaks: list[int], left: int, role: str, by: str
    ) -> list[list[Span]]:
        found = []
        for first, end in zip(breaks, [*breaks[1:], len(widths)]):
            lead = name if first == 0 else ""
            named = "read" if role == "text" else role
            spans: list[Span] = [(lead + " " * (left - cell_len(lead)), named)]
            for at in range(first, min(end, len(line))):
                text = " " * (widths[at] - cell_len(line[at])) + line[at]
                spans += [(text, role), (by if at < len(line) - 1 else "", role)]
            found.append(spans)
        return found


def paths_drawn(
    frame: Frame, look: Look, paths: Sequence[Path], chosen: int, width: int, height: int
) -> Canvas:
    """As many of the paths as there is room for, `chosen` marked. A click means ("row", its number)."""
    canvas = Canvas(width, height)
    head, rows = Table(frame, look, paths, width - 3).lines()
    y = 0
    for spans in head:
        canvas.runs(2, y, spans)
        y += 1
    for at, lines in enumerate(rows):
        for line, spans in enumerate(lines):
            marked = at == chosen
            if marked:
                canvas.put(0, y, " " * width, "pointed")
                canvas.put(0, y, look.pick("▸", ">") if line == 0 else " ", "pointed")
            canvas.runs(2, y, [(text, "pointed" if marked else role) for text, role in spans])
            canvas.hit(0, y, width, ("row", at))
            y += 1
    return canvas


def lines_each(frame: Frame, look: Look, path: Path, width: int) -> int:
    """The lines that one path takes, and the heading too."""
    return len(Table(frame, look, [path], width - 3).lines()[1][0])
