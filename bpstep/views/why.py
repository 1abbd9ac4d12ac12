"""Why this number: a cell's arithmetic in names and numbers, its operands, and who reads it next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bpstep.formula.arithmetic import Arithmetic
from bpstep.formula.box import Span
from bpstep.formula.numbers import precise
from bpstep.formula.origin import Question, Row
from bpstep.formula.paths import Paths
from bpstep.formula.scalar import Scalar
from bpstep.frame import Frame
from bpstep.home import Index
from bpstep.lazily import Lazily
from bpstep.program import Step
from bpstep.views.canvas import Canvas, wrap
from bpstep.views.look import Look
from bpstep.views.number_line import NumberLine
from bpstep.views.paths import lines_each, paths_drawn
from bpstep.views.spans import broken
from bpstep.views.why_rows import rows_drawn, short_name, where

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
