"""The paths of the chain rule to one cell, as a table: a column a factor, a line a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.chain_paths import ChainPath, PathFactor, format_route, path_sample
from bpstep.explain.notation import Derivative, notation, symbol
from bpstep.explain.numbers import format_literal
from bpstep.explain.scalar import Apply, Cell, Number
from bpstep.explain.symbols import Span
from bpstep.program.program import RoleKind
from bpstep.render import messages
from bpstep.render.canvas import Canvas, clip
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill

_NAME_WIDTHS = (40, 24, 14)
"""The widths of the name of a factor that is not a cell, from the widest that fits on one line."""

_WRAPPED_NAME = 24
"""The width of such a name if a path takes several lines anyway."""


class PathBlock(NamedTuple):
    """Lines of paths that have the same factors."""

    heading: list[list[Span]]
    paths: list[list[list[Span]]]
    """The lines of each path."""


@dataclass(frozen=True)
class _Columns:
    """The columns of a block of paths."""

    left: int
    """The width of the names before them."""
    widths: list[int]
    firsts: list[int]
    """The first column of each line."""


@dataclass(frozen=True)
class PathTable:
    """Some paths, as lines: as many columns side by side as fit, the others below."""

    frame: Frame
    theme: Theme
    paths: Sequence[ChainPath]
    width: int

    def _headings(self, path: ChainPath, full: bool, most: int) -> list[str]:
        """The names of the factors, at most `most` cells wide; `full`: with the tensors that hold
        them, too.
        """
        return [self._heading(factor, full, most) for factor in path.factors]

    def _heading(self, factor: PathFactor, full: bool, most: int) -> str:
        node = factor.node
        if isinstance(node, Cell):
            tensor_name = self.theme.glyphs.inline(notation(node.name, self.frame.program))
            derivative = self._derivative(node.name)
            return (
                tensor_name if derivative is None else f"{derivative} = {tensor_name}" if full else derivative
            )
        if isinstance(node, Number):
            return ""
        writer = Arithmetic(self.theme.glyphs, self.theme.number, {}, 2, name_cell=lambda name, _: name)
        chooses = isinstance(node, Apply) and node.operator == "where"
        # A mask is 1 or 0: its name is its condition.
        shown = node.arguments[0] if chooses and isinstance(node, Apply) else node
        written = "".join(text for text, _ in writer.write(shown))
        return clip(f"({written})" if chooses else written, most, self.theme.glyphs.ellipsis)

    def _derivative(self, name: str) -> str | None:
        """The meaning of a layer's input in the gradient of its weights: dnet_2/dV is H."""
        step = self.frame.step
        if step is None or step.role.kind != RoleKind.DELTA_WEIGHTS or step.name in self.frame.replaced:
            return None
        if name.startswith("delta_"):
            return None
        return self.theme.glyphs.inline(Derivative(symbol(f"net_{step.role.layer}"), symbol(step.role.by)))

    def _values(self, path: ChainPath) -> list[str]:
        shown = [
            format_literal(factor.node.value)
            if isinstance(factor.node, Number)
            else self.theme.number(factor.node.value)
            for factor in path.factors
        ]
        if path.factors[0].divides:
            shown[0] = f"1 / {shown[0]}"
        return shown

    def _signs(self, path: ChainPath) -> list[str]:
        """The sign after each factor except the last."""
        times = self.theme.glyphs.number_times
        return [f" {'/' if factor.divides else times} " for factor in path.factors[1:]]

    def _names(self) -> list[str]:
        """What precedes the factors: the units of a path, and its sample."""
        layouts, network = self.frame.program.layouts, self.frame.network
        arrow = self.theme.pick("→", ">")
        routes = [format_route(path, layouts, network, arrow) for path in self.paths]
        samples = self._samples()
        if not samples:
            return routes
        names_width, digits = max(map(cell_len, routes)), len(str(len(self.frame.rows)))
        sample_numbers = ["" if at is None else f"{at + 1:>{digits}}" for at in samples]
        return [
            name + " " * (names_width - cell_len(name)) + f"  {text}"
            for name, text in zip(routes, sample_numbers)
        ]

    def _samples(self) -> list[int | None]:
        """The sample of each path; empty if there is one sample, or if it is unknown."""
        if len(self.frame.rows) == 1:
            return []
        samples = [path_sample(path, self.frame.program.layouts) for path in self.paths]
        return samples if any(at is not None for at in samples) else []

    def blocks(self) -> list[PathBlock]:
        """The paths, grouped under one heading for those with the same factors."""
        named = [(tuple(self._headings(path, False, _NAME_WIDTHS[0])), path) for path in self.paths]
        return [
            replace(self, paths=[path for _, path in group])._block()
            for _, group in groupby(named, key=lambda pair: pair[0])
        ]

    def _block(self) -> PathBlock:
        names = self._names()
        values = [self._values(path) for path in self.paths]
        corner = fill(messages.PATH_SAMPLE) if self._samples() else ""
        widest = max(cell_len(corner), *map(cell_len, names))
        left = widest + 2 if widest else 0
        tried = [(True, _NAME_WIDTHS[0]), *((False, most) for most in _NAME_WIDTHS), (False, _WRAPPED_NAME)]
        for full, most in tried:
            heads = self._headings(self.paths[0], full, most)
            widths = [max(cell_len(line[at]) for line in (heads, *values)) for at in range(len(heads))]
            columns = _Columns(left, widths, self._first_columns(widths, left))
            if len(columns.firsts) == 1:
                break
        corner = f"{corner:>{max(left - 2, 0)}}"
        rows = []
        for path, name, line in zip(self.paths, names, values):
            drawn = self._row(name, line, columns, "text", self._signs(path))
            drawn[-1].append((f" = {self.theme.number(path.value)}", "write"))
            rows.append(drawn)
        return PathBlock(self._row(corner, heads, columns, "quiet", ["   "] * len(heads)), rows)

    def _first_columns(self, widths: list[int], left: int) -> list[int]:
        """The first column of each line."""
        found, x = [0], left
        for at, width in enumerate(widths):
            # The result follows the last one.
            needed = width + (3 + self.theme.format.width if at == len(widths) - 1 else 2)
            if x + needed > self.width and at > found[-1]:
                found.append(at)
                x = left
            x += width + 3
        return found

    def _row(
        self, name: str, line: list[str], columns: _Columns, role: str, separators: list[str]
    ) -> list[list[Span]]:
        found = []
        left, widths, firsts = columns.left, columns.widths, columns.firsts
        for first, end in zip(firsts, [*firsts[1:], len(widths)]):
            lead = name if first == 0 else ""
            named = "read" if role == "text" else role
            spans: list[Span] = [(lead + " " * (left - cell_len(lead)), named)]
            for at in range(first, min(end, len(line))):
                text = " " * (widths[at] - cell_len(line[at])) + line[at]
                spans += [(text, role), (separators[at] if at < len(line) - 1 else "", role)]
            found.append(spans)
        return found


def draw_paths(
    frame: Frame, theme: Theme, paths: Sequence[ChainPath], chosen: int, width: int, height: int
) -> Canvas:
    """As many of the paths as fit, with `chosen` marked. A click means ("row", its number)."""
    canvas = Canvas(width, height)
    y, at = 0, 0
    for block in PathTable(frame, theme, paths, width - 3).blocks():
        for spans in block.heading:
            canvas.put_runs(2, y, spans)
            y += 1
        for lines in block.paths:
            _draw_path(canvas, y, lines, at, at == chosen, theme)
            y, at = y + len(lines), at + 1
    return canvas


def _draw_path(canvas: Canvas, y: int, lines: list[list[Span]], at: int, marked: bool, theme: Theme) -> None:
    """One path, number `at` of the list."""
    for line, spans in enumerate(lines):
        if marked:
            canvas.put(0, y + line, " " * canvas.width, "pointed")
            canvas.put(0, y + line, theme.pick("▸", ">") if line == 0 else " ", "pointed")
        canvas.put_runs(2, y + line, [(text, "pointed" if marked else role) for text, role in spans])
        canvas.add_hit(0, y + line, canvas.width, ("row", at))


def lines_of_paths(frame: Frame, theme: Theme, paths: Sequence[ChainPath], width: int) -> int:
    """The lines of some paths, including their headings."""
    blocks = PathTable(frame, theme, paths, width - 3).blocks()
    return sum(len(block.heading) + sum(map(len, block.paths)) for block in blocks)
