"""The screen that answers why: the panes at the moment of the write, and below them the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.chain_paths import Factor, Path, Paths, route, sample
from bpstep.explain.lazy_list import Lazily
from bpstep.explain.notation import Derivative, notation, symbol
from bpstep.explain.numbers import precise
from bpstep.explain.operands import More
from bpstep.explain.prose.units import place as place_name
from bpstep.explain.prose.units import unit
from bpstep.explain.provenance import Question, Reader, Rest, Row, Source
from bpstep.explain.scalar import Cell, Number, Scalar
from bpstep.explain.symbols import Span
from bpstep.lang.cells import cell_name
from bpstep.program.diagram import Index
from bpstep.program.program import Step
from bpstep.render.canvas import Canvas, Run, broken, clip, wrap
from bpstep.render.formula.numbers import NumberLine
from bpstep.render.layout import formula_height
from bpstep.render.screen import Lower, arrange, screen
from bpstep.render.theme import Look
from bpstep.render.view_state import View
from bpstep.session.frame import Frame

_MORE = 3
"""Lines that an answer has more than the formula."""


def lower(height: int) -> int:
    """The lines wanted for an answer on a screen of this height."""
    return formula_height(height) + _MORE


def answer_screen(
    frame: Frame, view: View, look: Look, size: tuple[int, int], pane: Lower, trail: list[str], told: str
) -> Canvas:
    """The screen. `trail` are the cells asked about with what joins them, the last one the present one."""
    canvas = screen(frame, view, look, *size, pane)
    where = arrange(frame, view, look, *size)
    region = where.panes["formula"]
    y = region.y - 1
    canvas.put(0, y, look.pick("─", "-") * size[0], "focus")
    if where.divider is not None:
        canvas.put(where.divider, y, look.pick("┴", "+"), "focus")
    x = canvas.put(1, y, " why ", "focus") + 1
    told = f" {told} "
    room = size[0] - x - cell_len(told) - 2
    canvas.put(size[0] - cell_len(told) - 1, y, told, "quiet")
    canvas.runs(x, y, _trail(trail, room, look))
    return canvas


def _trail(trail: list[str], room: int, look: Look) -> list[Run]:
    """The end of the trail, as far as there is room."""
    for first in range(0, len(trail), 2):
        before = [look.glyphs.dots, trail[first - 1]] if first else []
        shown = [*before, *trail[first:]]
        if sum(map(cell_len, shown)) + 2 <= room:
            break
    return [(" ", "text"), *((text, "quiet") for text in shown[:-1]), (shown[-1], "write"), (" ", "text")]


def keys_line(canvas: Canvas, keys: list[tuple[str, str]]) -> None:
    """The keys of the answer, in place of the usual last line."""
    y = canvas.height - 1
    canvas.put(0, y, " " * canvas.width, "text on bar")
    x = 1
    for key, label in keys:
        if x + cell_len(key) + cell_len(label) + 2 > canvas.width:
            break
        x = canvas.put(x, y, key, "key on bar")
        x = canvas.put(x, y, f" {label}  ", "text on bar")


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


_A_FEW = 3
"""Paths that are worth showing when there are more."""

_TWO_LINES = 9
"""Lines of the pane from which on the arithmetic may have two lines each for names and numbers."""


@dataclass(frozen=True)
class Asked:
    """What there is to draw: a question, and what is known of it."""

    question: Question
    frame: Frame
    """The moment right after the write; for what no equation wrote, one at which it was read."""
    step: Step | None
    """The equation that wrote it."""
    scalar: Scalar | None
    """Its arithmetic."""
    told: str
    """Where it was written."""

    @property
    def name(self) -> str:
        """The cell's name."""
        return short_name(self.frame, self.question.name, self.question.index)


class Shown(NamedTuple):
    """The part of a list that is shown: its first line, and how many there is room for."""

    top: int
    room: int


@dataclass(frozen=True)
class Listed:
    """The list below the arithmetic: operands and readers, or paths."""

    rows: Lazily[Row]
    paths: Paths | None
    along: bool
    """True where the paths are the list."""
    chosen: int
    top: int
    pointed: tuple[str, Index] | None
    """The cell of the chosen row."""

    def scrolled(self, room: int) -> Shown:
        """Which part has the chosen line in it, moved no further than needed."""
        return Shown(min(max(self.top, self.chosen - room + 1), self.chosen), room)


def answer_pane(asked: Asked, listed: Listed, look: Look, width: int, height: int) -> tuple[Canvas, Shown]:
    """The pane, scrolled so that the chosen row or path is seen."""
    canvas = Canvas(width, height)
    if listed.along and listed.paths is not None:
        return canvas, _along(canvas, asked, listed, listed.paths, look)
    above = arithmetic(asked, look, width, height, listed.pointed)
    for y, spans in enumerate(above):
        canvas.runs(1, y, spans)
    shown = listed.scrolled(max(height - len(above), 1))
    rows = listed.rows.window(shown.top, shown.room)
    before = listed.rows.get(shown.top - 1) if shown.top else None
    drawn = rows_drawn(asked.frame, rows, listed.chosen - shown.top, look, width, before)
    _paste(canvas, drawn, len(above), shown.top)
    if listed.rows.get(shown.top + shown.room) is not None:
        canvas.put(width - 1, height - 1, look.pick("▾", "v"), "quiet")
    elif listed.paths is not None:
        _preview(canvas, asked, listed.paths, look, shown.room - len(rows))
    return canvas, shown


def _preview(canvas: Canvas, asked: Asked, paths: Paths, look: Look, spare: int) -> None:
    """The first paths under the rows, where there is room for all or for a few."""
    each = lines_each(asked.frame, look, paths.path(0), canvas.width)
    fit = min(spare // each - 1, paths.count)
    if fit < paths.count:
        # The last line says how many more there are.
        fit = (spare - 1) // each - 1
    if fit < min(paths.count, _A_FEW):
        return
    shown = [paths.path(k) for k in range(fit)]
    drawn = paths_drawn(asked.frame, look, shown, -1, canvas.width, spare)
    heading = drawn.text().splitlines()[0]
    told = "path" if paths.count == 1 else f"{paths.count:,} paths"
    if len(told) + 2 < len(heading) - len(heading.lstrip()):
        drawn.put(1, 0, told, "quiet")
    _rest(drawn, (fit + 1) * each, paths.count - fit, look)
    drawn.hits = []
    canvas.paste(drawn, 0, canvas.height - spare)


def _rest(canvas: Canvas, y: int, count: int, look: Look) -> None:
    """How many paths there are beside those that are shown."""
    if count:
        canvas.put(2, y, f"{look.glyphs.dots} {count:,} more path{'s' * (count > 1)}", "quiet")


def _along(canvas: Canvas, asked: Asked, listed: Listed, paths: Paths, look: Look) -> Shown:
    """The paths of a gradient."""
    gradient = short_name(asked.frame, paths.name, paths.index)
    value = asked.frame.tensors[paths.name]
    total = look.number(float(value[paths.index] if paths.index else value))
    told = f"the sum of {paths.count:,} products, one along each path"
    told = "one product, along its only path" if paths.count == 1 else told
    canvas.runs(1, 0, [(gradient, "write"), (f" = {total}", "bright"), (f" is {told}", "text")])
    each = lines_each(asked.frame, look, paths.path(0), canvas.width)
    room = max((canvas.height - 1 - each) // each, 1)
    if room < paths.count:
        # The last line says how many more there are.
        room = max((canvas.height - 2 - each) // each, 1)
    view = listed.scrolled(room)
    shown = [paths.path(k) for k in range(view.top, min(view.top + room, paths.count))]
    drawn = paths_drawn(asked.frame, look, shown, listed.chosen - view.top, canvas.width, canvas.height - 1)
    _paste(canvas, drawn, 1, view.top)
    _rest(canvas, canvas.height - 1, paths.count - view.top - len(shown), look)
    return view


def _paste(canvas: Canvas, drawn: Canvas, y: int, top: int) -> None:
    """Put a list here; its rows are numbered from its first one, the clicks on it from the list's."""
    for hit in drawn.hits:
        assert isinstance(hit.target, tuple)
        canvas.hit(hit.x, hit.y + y, hit.width, ("row", hit.target[1] + top))
    drawn.hits = []
    canvas.paste(drawn, 0, y)


def arithmetic(
    asked: Asked, look: Look, width: int, height: int, pointed: tuple[str, Index] | None
) -> list[list[Span]]:
    """The lines above the rows: the arithmetic in names, then in numbers; else what the cell is."""
    if asked.step is None or asked.scalar is None:
        return [[(line, "text")] for line in wrap(_given(asked, look), width - 2)]
    lead = f"{asked.name} = "
    numbers = NumberLine(
        asked.frame, asked.step, asked.question.index, look, width - 1, "= ".rjust(len(lead)), pointed
    ).selected()
    most = 2 if height >= _TWO_LINES else 1
    return [
        *_cut(_named(asked, look, width - 1 - len(look.glyphs.dots), lead, pointed), most, look),
        *_cut(numbers, 2, look),
    ]


def _cut(lines: list[list[Span]], most: int, look: Look) -> list[list[Span]]:
    """The first lines, with dots where there were more."""
    if len(lines) <= most:
        return lines
    *before, (text, role) = lines[most - 1]
    return [*lines[: most - 1], [*before, (text.rstrip(), role), (look.glyphs.dots, "quiet")]]


def _named(
    asked: Asked, look: Look, width: int, lead: str, pointed: tuple[str, Index] | None
) -> list[list[Span]]:
    assert asked.step is not None
    assert asked.scalar is not None
    roles = dict.fromkeys(asked.step.reads, "read")
    lines: list[list[Span]] = []
    for terms in (4, 3, 2):
        writer = Arithmetic(
            look.glyphs,
            look.number,
            roles,
            terms,
            names=lambda name, index: short_name(asked.frame, name, index),
            pointed=pointed,
        )
        spans = [(lead, "write"), *writer.write(asked.scalar)]
        lines = broken(spans, width, 4)
        if len(lines) <= 2:
            break
    return lines


def _given(asked: Asked, look: Look) -> str:
    """What a number is that no equation wrote."""
    question = asked.question
    home = asked.frame.program.homes[question.name]
    place = where(asked.frame, question.name, question.index, look)
    said = f"{asked.name} = {precise(question.value)}: {asked.told}. "
    if question.name == "X":
        return f"{said}It is what comes in at {place}."
    if question.name == "labelY":
        return f"{said}It is what {place} should be."
    if question.name == "learning_rate":
        return f"{said}It is how far each update follows its gradient."
    if home.kind in ("edge", "bias") and question.name in asked.frame.program.names:
        return f"{said}It belongs to {place}; no equation before this moment wrote it."
    if home.kind == "bias":
        return f"{said}It belongs to {place}; no equation updates it."
    return f"{said}No equation wrote it."


_LABEL = 9
"""Cells before a row, for what the rows are."""

NAMES = _LABEL + 2
"""Cells before the names."""


def short_name(frame: Frame, name: str, index: Index) -> str:
    """A cell as people name it: the only cell of a tensor needs no index."""
    return name if math.prod(frame.shape(name)) == 1 else cell_name(name, index)


def where(frame: Frame, name: str, index: Index, look: Look) -> str:
    """The unit or edge of a cell; empty where it has none."""
    home = frame.program.homes[name]
    place = home.place(index)
    if home.kind == "label":
        return unit(frame.network, home.layer, index[-1])
    return "" if place is None else place_name(frame.network, place, look.pick("→", ">"))


def rows_drawn(
    frame: Frame, rows: Sequence[Row], chosen: int, look: Look, width: int, after: Row | None = None
) -> Canvas:
    """The rows, a line each; `chosen` is marked, `after` is the row before them. A click on one means
    ("row", its number)."""
    canvas = Canvas(width, len(rows))
    table = [_columns(frame, row, look) for row in rows]
    full = [line for row, line in zip(rows, table) if isinstance(row, Source | Reader)]
    widths = [max((cell_len(line[at]) for line in full), default=0) for at in range(3)]
    # Only operands add something: what is told of readers does not move it.
    written = max((cell_len(row.told) for row in rows if isinstance(row, Source)), default=0)
    for y, (row, line) in enumerate(zip(rows, table)):
        marked = y == chosen
        before = rows[y - 1] if y else after
        label = "" if before is not None and _label(before) == _label(row) else _label(row)
        canvas.put(1, y, label, "quiet")
        role = "pointed" if marked else _role(row)
        if marked:
            canvas.put(_LABEL, y, " " * (width - _LABEL), "pointed")
            canvas.put(_LABEL, y, look.pick("▸", ">"), "pointed")
        x = NAMES
        name, place, number, told, adds = line
        canvas.put(x, y, name, role)
        if isinstance(row, Source | Reader):
            canvas.put(x + widths[0] + 2, y, place, "pointed" if marked else "quiet")
            x += widths[0] + widths[1] + 4
            canvas.put(x, y, number.rjust(widths[2]), "pointed" if marked else "text")
            x += widths[2] + 2
            canvas.put(x, y, clip(told, width - x, look.glyphs.dots), "pointed" if marked else "quiet")
            x += written + 2
            if x + len(adds) < width:
                canvas.put(x, y, adds, "pointed" if marked else "quiet")
        canvas.hit(0, y, width, ("row", y))
    return canvas


def _label(row: Row) -> str:
    return "from" if isinstance(row, Source | More) else "read by"


def _role(row: Row) -> str:
    if isinstance(row, Source):
        return "read"
    return "text" if isinstance(row, Reader) and row.index is not None else "quiet"


def _columns(frame: Frame, row: Row, look: Look) -> tuple[str, str, str, str, str]:
    """Name, place, number, where it was written, and what its addend comes to."""
    count = row.count if isinstance(row, More | Rest) else 0
    match row:
        case Source():
            cell = row.operand.cell
            adds = "" if row.operand.adds is None else f"adds {look.number(row.operand.adds)}"
            named = short_name(frame, cell.name, cell.index)
            place = where(frame, cell.name, cell.index, look)
            return named, place, look.number(cell.value), row.told, adds
        case Reader(index=None):
            return row.step.name, "", look.pick("·", "."), row.told, ""
        case Reader(index=index) if index is not None:
            named = short_name(frame, row.step.name, index)
            place = where(frame, row.step.name, index, look)
            return named, place, look.number(row.value), row.told, ""
        case Rest():
            more = f"{count:,} more cell{'s' * (count > 1)} of {row.step.name}"
            return f"{look.glyphs.dots} {more}", "", "", "", ""
    more = f"{count:,} more term{'s' * (count > 1)}"
    return f"{look.glyphs.dots} {more}", "", "", "", ""
