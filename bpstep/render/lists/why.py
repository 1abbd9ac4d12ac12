"""The screen that answers why: the panes at the moment of the write, with the answer below them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from rich.cells import cell_len

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.chain_paths import Paths
from bpstep.explain.elementwise import expand_briefly
from bpstep.explain.lazy_list import LazyList
from bpstep.explain.numbers import format_precise
from bpstep.explain.provenance import ProvenanceQuery, ProvenanceRow
from bpstep.explain.scalar import Scalar
from bpstep.explain.symbols import Span
from bpstep.lang.cells import Index, cell_name
from bpstep.program.diagram import LayoutKind
from bpstep.program.program import Step
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun, cut_lines, fill_runs, wrap, wrap_products, wrap_spans
from bpstep.render.formula.indices import IndexLines, index_lines
from bpstep.render.formula.numbers import ArithmeticLines, SumLength
from bpstep.render.layout import formula_height
from bpstep.render.lists.paths import draw_paths, lines_of_paths
from bpstep.render.lists.provenance import draw_provenance_rows, place_text, short_cell_name
from bpstep.render.screen import DrawPane, arrange_panes, draw_screen
from bpstep.render.theme import Theme
from bpstep.render.view_state import View
from bpstep.session.frame import Frame
from bpstep.text import fill, fill_plural

_EXTRA_LINES = 3
"""How many more lines an answer has than the formula."""


def answer_height(height: int) -> int:
    """The preferred height of an answer on a screen of this height."""
    return formula_height(height) + _EXTRA_LINES


def draw_answer_screen(
    frame: Frame,
    view: View,
    theme: Theme,
    size: tuple[int, int],
    pane: DrawPane,
    provenance: list[str],
    status: str,
) -> Canvas:
    """The screen. `provenance` are the cells asked about and what connects them, the last one last."""
    canvas = draw_screen(frame, view, theme, *size, pane)
    panes = arrange_panes(frame, view, theme, *size)
    region = panes.panes["formula"]
    y = region.y - 1
    canvas.put(0, y, theme.pick("─", "-") * size[0], "focus")
    if panes.divider is not None:
        canvas.put(panes.divider, y, theme.pick("┴", "+"), "focus")
    x = canvas.put(1, y, f" {fill(messages.PANE_WHY)} ", "focus") + 1
    status = f" {status} "
    room = size[0] - x - cell_len(status) - 2
    canvas.put(size[0] - cell_len(status) - 1, y, status, "quiet")
    canvas.put_runs(x, y, _provenance_runs(provenance, room, theme))
    return canvas


def _provenance_runs(provenance: list[str], room: int, theme: Theme) -> list[TextRun]:
    """The end of the provenance, as far as it fits."""
    for first in range(0, len(provenance), 2):
        before = [theme.glyphs.ellipsis, provenance[first - 1]] if first else []
        shown = [*before, *provenance[first:]]
        if sum(map(cell_len, shown)) + 2 <= room:
            break
    return [(" ", "text"), *((text, "quiet") for text in shown[:-1]), (shown[-1], "write"), (" ", "text")]


def draw_key_line(canvas: Canvas, keys: list[tuple[str, str]]) -> None:
    """The keys of the answer, in place of the usual footer."""
    y = canvas.height - 1
    canvas.put(0, y, " " * canvas.width, "text on bar")
    x = 1
    for key, label in keys:
        if x + cell_len(key) + cell_len(label) + 2 > canvas.width:
            break
        x = canvas.put(x, y, key, "key on bar")
        x = canvas.put(x, y, f" {label}  ", "text on bar")


_MIN_PREVIEW = 3
"""The least number of paths worth showing if there are more."""

_TWO_LINES_HEIGHT = 9
"""From this height on, the arithmetic may have two lines each for names and numbers."""


_MIN_ROWS = 4
"""How many rows the list keeps when the reason for a transpose is shown above it."""


@dataclass(frozen=True)
class CellAnswer:
    """The data for drawing: a question, and what is known about it."""

    question: ProvenanceQuery
    frame: Frame
    """The moment right after the write; if no equation wrote it, one at which it was read."""
    step: Step | None
    """The equation that wrote it."""
    scalar: Scalar | None
    """Its arithmetic."""
    description: str
    """Where it was written."""

    @property
    def name(self) -> str:
        """The cell's name."""
        return short_cell_name(self.frame, self.question.name, self.question.index)


class VisiblePart(NamedTuple):
    """The visible part of a list: its first line, and its height."""

    top: int
    room: int


@dataclass(frozen=True)
class AnswerList:
    """The list below the arithmetic: operands and readers, or paths."""

    rows: LazyList[ProvenanceRow]
    paths: Paths | None
    shows_paths: bool
    """True if the list consists of paths."""
    chosen: int
    top: int
    pointed: tuple[str, Index] | None
    """The cell of the selected row."""

    def visible_part(self, room: int) -> VisiblePart:
        """The part that contains the selected line, scrolled no further than needed."""
        return VisiblePart(min(max(self.top, self.chosen - room + 1), self.chosen), room)


def draw_answer(
    answer: CellAnswer, answer_list: AnswerList, theme: Theme, width: int, height: int
) -> tuple[Canvas, VisiblePart]:
    """The pane, scrolled so that the selected row or path is visible."""
    canvas = Canvas(width, height)
    if answer_list.shows_paths and answer_list.paths is not None:
        return canvas, _draw_path_list(canvas, answer, answer_list, answer_list.paths, theme)
    above = _lines_above(answer, answer_list, theme, width, height)
    for y, spans in enumerate(above):
        canvas.put_runs(1, y, spans)
    shown = answer_list.visible_part(max(height - len(above), 1))
    rows = answer_list.rows.window(shown.top, shown.room)
    before = answer_list.rows.get(shown.top - 1) if shown.top else None
    drawn = draw_provenance_rows(answer.frame, rows, answer_list.chosen - shown.top, theme, width, before)
    _paste_list(canvas, drawn, len(above), shown.top)
    if answer_list.rows.get(shown.top + shown.room) is not None:
        canvas.put(width - 1, height - 1, theme.pick("▾", "v"), "quiet")
    elif answer_list.paths is not None:
        _draw_path_preview(canvas, answer, answer_list.paths, theme, shown.room - len(rows))
    return canvas, shown


def _lines_above(
    answer: CellAnswer, answer_list: AnswerList, theme: Theme, width: int, height: int
) -> list[list[Span]]:
    """The arithmetic and the index form: as much as leaves a few rows to the list.

    What the list repeats is cut first: the arithmetic to a line of numbers, then to one of names, then the
    last of the reasons for a transpose.
    """

    def leaves_rows(lines: list[list[Span]]) -> bool:
        room = height - len(lines)
        return room >= _MIN_ROWS or (room >= 0 and answer_list.rows.get(room) is None)

    @cache  # the same lines stand above each number of reasons that is tried
    def arithmetic(names: int, numbers: int) -> list[list[Span]]:
        return arithmetic_lines(answer, theme, width, answer_list.pointed, names, numbers)

    if height < _TWO_LINES_HEIGHT:
        return arithmetic(1, 2)
    found = IndexLines([])
    if answer.step is not None:
        found = index_lines(answer.frame, answer.step, theme, width - 2)
    shown: list[list[Span]] = []
    more = fill(messages.REASON_IN_LARGER_PANE, ellipsis=theme.glyphs.ellipsis)
    elsewhere = fill(messages.REASONS_IN_LARGER_PANE)
    reasons = [found.reason(most, more, elsewhere) for most in range(height, -1, -1)]
    with_reasons = [[*found.equation, *each] for each in reasons if each]
    for parts in (*with_reasons, found.equation, []):
        for names, numbers in ((2, 2), (2, 1), (1, 1)) if parts else ((2, 2),):
            shown = [*arithmetic(names, numbers), *parts]
            if leaves_rows(shown):
                return shown
    return shown


def _draw_path_preview(canvas: Canvas, answer: CellAnswer, paths: Paths, theme: Theme, spare: int) -> None:
    """The first paths below the rows, if all or a few of them fit."""
    if paths.count == 1 and len(paths.path(0).factors) == 1:
        return  # a gradient that begins here is its own only path
    fit, taken = min(spare - 1, paths.count), spare + 1
    while fit > 0:
        shown = [paths.path(k) for k in range(fit)]
        taken = lines_of_paths(answer.frame, theme, shown, canvas.width)
        # The last line says how many more there are.
        if taken + (fit < paths.count) <= spare:
            break
        fit -= 1
    if fit < min(paths.count, _MIN_PREVIEW):
        return
    drawn = draw_paths(answer.frame, theme, shown, -1, canvas.width, spare)
    heading = drawn.text().splitlines()[0]
    text = fill_plural(paths.count, messages.PATH, messages.PATHS)
    if len(text) + 2 < len(heading) - len(heading.lstrip()):
        drawn.put(1, 0, text, "quiet")
    _draw_omitted_count(drawn, taken, paths.count - fit, theme)
    drawn.hits = []
    canvas.paste(drawn, 0, canvas.height - spare)


def _draw_omitted_count(canvas: Canvas, y: int, count: int, theme: Theme) -> None:
    """How many paths there are beside those shown."""
    if count:
        dots = theme.glyphs.ellipsis
        text = fill_plural(count, messages.MORE_PATH, messages.MORE_PATHS, ellipsis=dots)
        canvas.put(2, y, text, "quiet")


def _draw_path_list(
    canvas: Canvas, answer: CellAnswer, answer_list: AnswerList, paths: Paths, theme: Theme
) -> VisiblePart:
    gradient = short_cell_name(answer.frame, paths.name, paths.index)
    value = answer.frame.tensors[paths.name]
    total = theme.number(float(value[paths.index] if paths.index else value))
    cell, shown_total = [(gradient, "write")], [(total, "bright")]
    if paths.begins_here:
        told = [
            fill_runs(template, "text", cell=cell, total=shown_total) for template in messages.PATHS_BEGIN
        ]
        lines = next((found for runs in told if len(found := wrap_spans(runs, canvas.width - 2)) <= 3), [])
        for y, runs in enumerate(lines or [told[-1]]):
            canvas.put_runs(1, y, runs)
        return answer_list.visible_part(1)
    template = messages.ONE_PATH if paths.count == 1 else messages.SUM_OF_PATHS
    told_count = [(f"{paths.count:,}", "text")]
    canvas.put_runs(1, 0, fill_runs(template, "text", cell=cell, total=shown_total, count=told_count))
    for room in range(max(canvas.height - 2, 1), 0, -1):
        visible = answer_list.visible_part(room)
        shown = [paths.path(k) for k in range(visible.top, min(visible.top + room, paths.count))]
        # The last line says how many more there are.
        taken = 1 + lines_of_paths(answer.frame, theme, shown, canvas.width) + (len(shown) < paths.count)
        if taken <= canvas.height:
            break
    drawn = draw_paths(
        answer.frame, theme, shown, answer_list.chosen - visible.top, canvas.width, canvas.height - 1
    )
    _paste_list(canvas, drawn, 1, visible.top)
    _draw_omitted_count(canvas, canvas.height - 1, paths.count - visible.top - len(shown), theme)
    return visible


def _paste_list(canvas: Canvas, drawn: Canvas, y: int, top: int) -> None:
    """Put a list here; rows are numbered from the list's first, and so are clicks on them."""
    for hit in drawn.hits:
        assert isinstance(hit.target, tuple)
        canvas.add_hit(hit.x, hit.y + y, hit.width, ("row", hit.target[1] + top))
    drawn.hits = []
    canvas.paste(drawn, 0, y)


def arithmetic_lines(
    answer: CellAnswer,
    theme: Theme,
    width: int,
    pointed: tuple[str, Index] | None,
    max_names: int,
    max_numbers: int,
) -> list[list[Span]]:
    """The lines above the rows: the arithmetic in names, then in numbers, at most this many lines of each.

    Only in numbers if it has no names, as in −1 / 10. If no equation wrote the cell, what it is.
    """
    if answer.step is None or answer.scalar is None:
        return [[(line, "text")] for line in wrap(_describe_unwritten(answer, theme), width - 2)]
    lead = f"{answer.name} = "
    numbers = ArithmeticLines(
        answer.frame,
        answer.step,
        answer.question.index,
        theme,
        width - 1,
        "= ".rjust(cell_len(lead)),
        pointed,
    )
    names: list[list[Span]] = []
    for length in numbers.lengths:
        in_numbers = numbers.at(length)
        names = _symbolic_lines(answer, theme, width - 2, lead, pointed, length)
        if len(in_numbers) <= max_numbers and len(names) <= max_names:
            is_repeated = _text(in_numbers).startswith(f"= {_text(names)[len(lead) :]} = ")
            return replace(numbers, prefix=lead).at(length) if is_repeated else [*names, *in_numbers]
    if len(names) > max_names:
        names = cut_lines(names, max_names, width - 2, [(f" {theme.glyphs.ellipsis}", "quiet")])
    return [*names, *numbers.selected(max_numbers)]


def _symbolic_lines(
    answer: CellAnswer,
    theme: Theme,
    width: int,
    lead: str,
    pointed: tuple[str, Index] | None,
    length: SumLength,
) -> list[list[Span]]:
    """The arithmetic in names; a sum has the same terms as in numbers."""
    assert answer.step is not None
    assert answer.scalar is not None
    writer = Arithmetic(
        theme.glyphs,
        theme.number,
        dict.fromkeys(answer.step.reads, "read"),
        length.terms,
        name_cell=lambda name, index: _operand_name(answer.frame, name, index),
        pointed=pointed,
    )
    shown = expand_briefly(answer.step.tree, answer.question.index, answer.frame.before)
    reason = writer.reason(answer.scalar)
    spans = [(lead, "write"), *writer.write(length.shorten(shown))]
    spans += fill_runs(messages.SINCE, "text", reason=reason) if reason else []
    return wrap_products(spans, width, theme.glyphs.number_times)


def _text(lines: list[list[Span]]) -> str:
    return " ".join("".join(text for text, _ in line).strip() for line in lines)


def _operand_name(frame: Frame, name: str, index: Index) -> str:
    """A cell of a tensor, or of an expression in its place."""
    is_tensor = name in frame.before or name in frame.tensors
    return short_cell_name(frame, name, index) if is_tensor else cell_name(name, index)


_UNWRITTEN = {
    "X": messages.UNWRITTEN_INPUT,
    "labelY": messages.UNWRITTEN_LABEL,
    "learning_rate": messages.UNWRITTEN_RATE,
}


def _describe_unwritten(answer: CellAnswer, theme: Theme) -> str:
    """What a number is that no equation wrote."""
    question = answer.question
    layout = answer.frame.program.layouts[question.name]
    place = place_text(answer.frame, question.name, question.index, theme)
    template = _UNWRITTEN.get(question.name, messages.UNWRITTEN)
    if template is messages.UNWRITTEN:
        if (
            layout.kind in (LayoutKind.EDGE, LayoutKind.BIAS)
            and question.name in answer.frame.program.step_indices
        ):
            template = messages.UNWRITTEN_YET
        elif layout.kind == LayoutKind.BIAS:
            template = messages.NOT_UPDATED
    if not place and template is not messages.UNWRITTEN_RATE:
        template = messages.UNWRITTEN  # a script's tensors have no units
    value, origin = format_precise(question.value), answer.description
    return fill(template, cell=answer.name, value=value, origin=origin, place=place)
