"""The gradient check on the screen: parameters, elements, what h does; each as the lines of a list."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from bpstep.explain.numbers import precise, short
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.culprit import Culprit
from bpstep.gradcheck.differences import RULE, Element
from bpstep.gradcheck.report import BLIND, IMMEDIATE, is_sound, judgement, power, valley
from bpstep.gradcheck.step_size import Point, Sweep
from bpstep.lang.cells import cell_name
from bpstep.render.canvas import Run, clip, wrap
from bpstep.render.lists.list import Line, line
from bpstep.render.theme import Look
from bpstep.session.frame import Frame

_ROLES = {"ok": "known", "FAILED": "alert", "kink": "quiet"}

_WIDE = 76

_DECADES = range(-17, 2)
"""The powers of ten that the errors of a sweep are drawn over."""

_NOTES = 13
"""Cells beside them for what a point is."""


def parameter_lines(frame: Frame, report: GradientReport, look: Look, width: int) -> list[Line]:
    """What is wrong, then each parameter by its worst element, then what was compared and how."""
    found: list[Line] = []
    for sentence in judgement(report, frame.network, short):
        found += [line(row, "known" if report.ok else "write") for row in wrap(sentence, width)]
    if report.culprit is not None and not frame.network.puzzle:
        found += [line(), _way_to(report.culprit, frame, look)]
    found += [line(), _head("at worst", width)]
    found += [_parameter(each, look, width) for each in report.worst_first]
    found.append(line())
    for text in _how(frame, report, look):
        found += [line(row, "quiet") for row in wrap(text, width)]
    return found


def element_lines(report: ParameterReport, look: Look, width: int) -> list[Line]:
    """The elements of a parameter, those that agree least first."""
    return [
        _head("element", width),
        *(_element(report.name, each, each.verdict, "", look, width, each) for each in report.worst_first),
    ]


def sweep_lines(found: Sweep, look: Look, width: int) -> list[Line]:
    """A line for each h, its error as a mark on a logarithmic scale; then what that shows."""
    number = 16 if width >= _WIDE else 11
    head = f"{'h':<7}{'by difference'[-number + 1 :]:<{number}}{'rel. err.':<11}"
    rows = [line(head + _scale(width - len(head)), "quiet")]
    rows += [_point(point, found, look, width, len(head)) for point in found.points]
    rows.append(line())
    for sentence in valley(found):
        text = sentence if look.ascii else sentence.replace("h^2", "h²").replace(" - h", " − h")
        rows += [line(row) for row in wrap(text, width)]
    return rows


def _way_to(culprit: Culprit, frame: Frame, look: Look) -> Line:
    """A line that leads to the equation to blame."""
    step = frame.program.steps[frame.program.names[culprit.name]]
    arrow = look.pick("▸", ">")
    return Line(((f"{arrow} {step.equation}", "bright"),), culprit)


def _how(frame: Frame, report: GradientReport, look: Look) -> Iterator[str]:
    one = f"one element changed at a time; h = {power(report.h)}"
    yield f"Central difference: (E(w + h) - E(w - h)) / 2h, {one}."
    rule = RULE if look.ascii else RULE.replace("<=", "≤").replace(" - ", " − ")
    yield f"Right where {rule}."
    yield BLIND
    if frame.network.update_order == "immediate":
        yield IMMEDIATE


def _head(first: str, width: int) -> Line:
    cell, number, error = _columns(width)
    computed, numeric = ("by equation", "by difference") if width >= _WIDE else ("equation", "differ.")
    return line(
        f"{first[: cell - 1]:<{cell}}{computed:>{number}}{numeric:>{number}}{'rel. err.':>{error}}", "quiet"
    )


def _certain(x: float) -> str:
    """Seven digits: what stands behind them in a difference is rounding."""
    return precise(float(f"{x:.7g}"))


def _columns(width: int) -> tuple[int, int, int]:
    """The cells of a name, a number, an error."""
    return (13, 15, 11) if width >= _WIDE else (10, 10, 10)


def _parameter(report: ParameterReport, look: Look, width: int) -> Line:
    whole = report.checked == report.size
    of = " of " if width >= _WIDE else "/"
    rest = f"all {report.size:,}" if whole else f"{report.checked:,}{of}{report.size:,}"
    if report.failed:
        rest = f"{report.failed:,}{of}{report.checked:,}"
    elif report.kinks:
        rest += f", {report.kinks:,} kink{'s' * (report.kinks > 1)}"
    verdict = "FAILED" if report.failed else report.worst.verdict
    return _element(report.name, report.worst, verdict, rest, look, width, report)


def _element(
    name: str, element: Element, verdict: str, rest: str, look: Look, width: int, value: object
) -> Line:
    cell, number, error = _columns(width)
    show = _certain if width >= _WIDE else short
    named = clip(cell_name(name, element.index), cell - 1, look.glyphs.dots)
    numbers = f"{show(element.computed):>{number}}{show(element.numeric):>{number}}"
    runs: list[Run] = [
        (named + " " * (cell - cell_len(named)), "bright"),
        (f"{numbers}{element.relative_error:>{error}.1e}  ", "text"),
        (verdict, _ROLES[verdict]),
        (f" {clip(rest, width - cell - 2 * number - error - len(verdict) - 3, look.glyphs.dots)}", "text"),
    ]
    return Line(tuple(runs), value)


def _scale(width: int) -> str:
    """The decades above the marks, as many as there is room for."""
    text = ""
    for exponent in (-15, -10, -5, 0):
        column = _column(exponent, width)
        text += f"{'':<{column - len(text)}}1e{exponent}" if not text or column > len(text) else ""
    return text


def _column(exponent: float, width: int) -> int:
    """Where an error of 10 to this power is marked."""
    low, high = _DECADES[0], _DECADES[-1]
    return round((min(max(exponent, low), high) - low) / (high - low) * (width - _NOTES))


def _point(point: Point, found: Sweep, look: Look, width: int, left: int) -> Line:
    differs = len({each.error for each in found.points}) > 1
    best = differs and point is found.best and is_sound(found)
    used = math.isclose(point.h, found.element.h, rel_tol=1e-6)
    end = _column(math.log10(point.error), width - left) if point.error > 0 else 0
    number = f"{_certain(point.numeric):<16}" if width >= _WIDE else f"{short(point.numeric):<11}"
    mark = "?" if math.isnan(point.error) else look.pick("●", "*")
    runs: list[Run] = [
        (
            f"{power(point.h):<7}{number}{point.error:<11.1e}",
            "bright" if best else "text",
        ),
        (look.pick("─", "-") * end, "coming"),
        (mark, "write" if best else "read"),
    ]
    notes: Sequence[str] = [
        text for holds, text in ((best, "best"), (used, "the check's"), (point.bends, "kink")) if holds
    ]
    if notes:
        runs.append((f" {', '.join(notes)}", "quiet"))
    return Line(tuple(runs))
