"""The gradient check on the screen: parameters, elements, the effect of h; each as the lines of a list."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.cells import cell_len

from bpstep.explain.numbers import format_precise, format_short
from bpstep.gradcheck import messages
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.report import (
    element_verdict,
    equation_sentences,
    is_sound,
    method_sentences,
    parameter_verdict,
    power_of_ten,
    summary_sentences,
    sweep_sentences,
)
from bpstep.gradcheck.step_size_sweep import StepSizePoint, StepSizeSweep
from bpstep.gradcheck.verdict import Verdict
from bpstep.lang.cells import cell_name
from bpstep.render import messages as render_messages
from bpstep.render.canvas import TextRun, clip, wrap
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.theme import Theme
from bpstep.session.frame import Frame
from bpstep.text import fill

_VERDICT_ROLES = {
    Verdict.AGREES: "known",
    Verdict.DIFFERS: "alert",
    Verdict.TOO_SMALL: "quiet",
    Verdict.NOT_CHECKED: "quiet",
}

_WIDE_SCREEN = 76

_DECADES = range(-17, 2)
"""The powers of ten on the error axis of a sweep."""

_NOTES_WIDTH = 13
"""The cells beside it for what a point is."""


def parameter_lines(frame: Frame, report: GradientReport, theme: Theme, width: int) -> list[ListLine]:
    """The verdict, each wrong equation, each parameter by its worst element, and how it was checked."""
    found: list[ListLine] = []
    for sentence in summary_sentences(report, frame.network, format_short):
        found += [text_line(row, "known" if report.ok else "write") for row in wrap(sentence, width)]
    if not frame.network.puzzle:
        for equation in report.wrong_equations:
            found += [text_line(), *_equation_lines(equation, theme, width)]
    found += [text_line(), _table_heading(messages.AT_WORST, width)]
    found += [_parameter_line(parameter, theme, width) for parameter in report.worst_first]
    found.append(text_line())
    for text in method_sentences(report, frame.network):
        found += [text_line(row, "quiet") for row in wrap(_in_signs(text, theme), width)]
    return found


def element_lines(report: ParameterReport, theme: Theme, width: int) -> list[ListLine]:
    """The elements of a parameter, those with the largest differences first."""
    return [
        _table_heading(messages.ELEMENT, width),
        *(
            _element_line(report.name, each, element_verdict(each), each, theme, width)
            for each in report.worst_first
        ),
    ]


def sweep_lines(sweep: StepSizeSweep, theme: Theme, width: int) -> list[ListLine]:
    """A line for each h with its error as a mark on a logarithmic scale; then what these show."""
    number = 16 if width >= _WIDE_SCREEN else 11
    size, numeric = fill(render_messages.STEP_SIZE), fill(messages.COLUMN_NUMERIC)
    head = f"{size:<7}{numeric:<{number}}{fill(messages.COLUMN_ERROR):<11}"
    rows = [text_line(head + _scale_heading(width - len(head)), "quiet")]
    rows += [_point_line(point, sweep, theme, width, len(head)) for point in sweep.points]
    rows.append(text_line())
    for sentence in sweep_sentences(sweep):
        rows += [text_line(row) for row in wrap(_in_signs(sentence, theme), width)]
    return rows


def _equation_lines(equation: EquationReport, theme: Theme, width: int) -> Iterator[ListLine]:
    """A line that leads to a wrong equation, and what is wrong with it."""
    arrow = theme.pick("▸", ">")
    line = clip(f"{arrow} {equation.equation}", width, theme.glyphs.ellipsis)
    yield ListLine(((line, "bright"),), equation)
    for sentence in equation_sentences(equation, format_short):
        for row in wrap(sentence, width - 2):
            yield text_line(f"  {row}", "text")


def _in_signs(text: str, theme: Theme) -> str:
    """A sentence with mathematical signs, if the terminal has them."""
    if theme.ascii:
        return text
    return text.replace("h^2", "h²").replace(" - ", " − ").replace("<=", "≤")


def _table_heading(first: str, width: int) -> ListLine:
    cell, number, error = _column_widths(width)
    equation, numeric = fill(messages.COLUMN_EQUATION), fill(messages.COLUMN_NUMERIC)
    apart = fill(messages.COLUMN_ERROR if width >= _WIDE_SCREEN else messages.COLUMN_ERROR_SHORT)
    return text_line(
        f"{fill(first)[: cell - 1]:<{cell}}{equation:>{number}}{numeric:>{number}}{apart:>{error}}", "quiet"
    )


def _format_seven_digits(x: float) -> str:
    """Seven digits: any further ones of a difference are rounding errors."""
    return format_precise(float(f"{x:.7g}"))


def _column_widths(width: int) -> tuple[int, int, int]:
    """The widths of a name, a number and an error."""
    return (12, 14, 11) if width >= _WIDE_SCREEN else (10, 9, 9)


def _parameter_line(report: ParameterReport, theme: Theme, width: int) -> ListLine:
    return _element_line(report.name, report.worst, parameter_verdict(report), report, theme, width)


def _element_line(
    name: str, element: Element, told: str, judged: Element | ParameterReport, theme: Theme, width: int
) -> ListLine:
    """An element's numbers, and what is told about it or about its whole parameter."""
    cell, number, error = _column_widths(width)
    show = _format_seven_digits if width >= _WIDE_SCREEN else format_short
    named = clip(cell_name(name, element.index), cell - 1, theme.glyphs.ellipsis)
    numbers = f"{show(element.computed):>{number}}{show(element.numeric):>{number}}"
    room = width - cell - 2 * number - error - 2
    runs: list[TextRun] = [
        (named + " " * (cell - cell_len(named)), "bright"),
        (f"{numbers}{element.relative_error:>{error}.1e}  ", "text"),
        (clip(told, room, theme.glyphs.ellipsis), _VERDICT_ROLES[judged.verdict]),
    ]
    return ListLine(tuple(runs), judged)


def _scale_heading(width: int) -> str:
    """The decades above the marks, as many as fit."""
    text = ""
    for exponent in (-15, -10, -5, 0):
        column = _column(exponent, width)
        text += f"{'':<{column - len(text)}}1e{exponent}" if not text or column > len(text) else ""
    return text


def _column(exponent: float, width: int) -> int:
    """The column of an error with this power of ten."""
    low, high = _DECADES[0], _DECADES[-1]
    return round((min(max(exponent, low), high) - low) / (high - low) * (width - _NOTES_WIDTH))


def _point_line(point: StepSizePoint, sweep: StepSizeSweep, theme: Theme, width: int, left: int) -> ListLine:
    differs = len({each.error for each in sweep.points}) > 1
    best = differs and point is sweep.best and is_sound(sweep)
    used = math.isclose(point.h, sweep.element.h, rel_tol=1e-6)
    end = _column(math.log10(point.error), width - left) if point.error > 0 else 0
    number = (
        f"{_format_seven_digits(point.numeric):<16}"
        if width >= _WIDE_SCREEN
        else f"{format_short(point.numeric):<11}"
    )
    mark = "?" if math.isnan(point.error) else theme.pick("●", "*")
    runs: list[TextRun] = [
        (
            f"{power_of_ten(point.h):<7}{number}{point.error:<11.1e}",
            "bright" if best else "text",
        ),
        (theme.pick("─", "-") * end, "coming"),
        (mark, "write" if best else "read"),
    ]
    notes = [
        fill(note)
        for holds, note in (
            (best, render_messages.NOTE_BEST),
            (used, render_messages.NOTE_USED),
            (point.crosses_kink, render_messages.NOTE_KINK),
        )
        if holds
    ]
    if notes:
        runs.append((f" {', '.join(notes)}", "quiet"))
    return ListLine(tuple(runs))
