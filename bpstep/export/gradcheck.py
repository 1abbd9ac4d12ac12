"""The findings of a gradient check, as text and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bpstep.export.json import json_value
from bpstep.export.text import heading
from bpstep.gradcheck import messages
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.equations import EquationReport
from bpstep.gradcheck.published_values import PublishedValueReport
from bpstep.gradcheck.report import (
    equation_sentences,
    method_sentences,
    parameter_verdict,
    summary_sentences,
    verdict_sentences,
)
from bpstep.lang.cells import cell_name
from bpstep.model.network import Network
from bpstep.text import cell_width, fill, one_line, padded

_WIDTH = 10
"""The columns for a parameter's worst element; a longer name moves its numbers to the right."""


def gradcheck_lines(
    network: Network, gradients: GradientReport, expects: Sequence[PublishedValueReport], at: str = ""
) -> Iterator[str]:
    """What is wrong, a line for each parameter with its worst element, and a line for each published value.

    `at` is the requested position, named beside the iteration that it shows.
    """
    yield heading(network)
    yield fill(messages.HEADING_AT if at else messages.HEADING, iteration=gradients.iteration, position=at)
    yield ""
    yield (
        f"{padded(fill(messages.COLUMN_CELL), _WIDTH)}{fill(messages.COLUMN_EQUATION):>17}"
        f"{fill(messages.COLUMN_NUMERIC):>17}{fill(messages.COLUMN_ERROR):>12}"
        f"  {fill(messages.COLUMN_VERDICT)}"
    )
    yield from map(_parameter, gradients.worst_first)
    yield ""
    yield from summary_sentences(gradients, network, _show)
    for report in () if network.puzzle else gradients.wrong_equations:
        yield ""
        yield report.equation
        yield from (f"    {sentence}" for sentence in equation_sentences(report, _show))
    if expects:
        yield ""
        yield from _published_values(expects)
    yield ""
    yield from method_sentences(gradients, network)


def gradcheck_differences(
    name: str, network: Network, gradients: GradientReport, expects: Sequence[PublishedValueReport]
) -> Iterator[str]:
    """Only what differs, a line each, beginning with `name`; nothing if all is right."""
    sentences = [] if gradients.ok else verdict_sentences(gradients, network, _show)
    failed = [report for report in expects if not report.ok]
    for line in (*sentences, *(_published_values(failed) if failed else ())):
        yield f"{name}: {line}"


def gradcheck_json(
    network: Network,
    gradients: GradientReport,
    expects: Sequence[PublishedValueReport],
    at: str = "",
    only_differing: bool = False,
) -> Iterator[str]:
    """The check as JSON, one object per line: the whole, then parameters, equations, published values.

    In a puzzle the equations are left out. With `only_differing`, only what differs follows the whole.
    """
    yield _json(
        {
            "format": "bpstep-check",
            "version": 1,
            "network": network.name,
            **({"at": at} if at else {}),
            "iteration": gradients.iteration,
            "h": gradients.h,
            "E": _number(gradients.loss),
            "ok": gradients.ok and all(report.ok for report in expects),
            "sentences": verdict_sentences(gradients, network, _show),
        }
    )
    for parameter in gradients.parameters:
        if not (only_differing and parameter.ok):
            yield _json(_parameter_record(parameter))
    for equation in () if network.puzzle else gradients.equations:
        if not only_differing or equation.is_wrong:
            yield _json(_equation_record(equation))
    for report in expects:
        if only_differing and report.ok:
            continue
        yield _json(
            {
                "published": report.expect.name,
                "at": report.expect.at,
                "value": report.expect.value,
                "computed": None if report.value is None else _number(report.value),
                "ok": report.ok,
            }
        )


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _parameter_record(report: ParameterReport) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for each in report.elements:
        counts[each.verdict] = counts.get(each.verdict, 0) + 1
    return {
        "parameter": report.name,
        "verdict": report.verdict,
        "size": report.size,
        "elements": counts,
        "worst": _element_record(report.name, report.worst),
    }


def _equation_record(report: EquationReport) -> dict[str, Any]:
    found: dict[str, Any] = {"equation": report.name, "phase": report.phase, "verdict": report.verdict}
    if report.reason is not None:
        found["reason"] = report.reason
    if report.follows:
        found["follows"] = True
    if report.is_wrong:
        found |= {
            "line": report.equation,
            "right": report.right or None,
            "mistake": report.mistake or None,
            "here": not report.only_drawn,
            "worst": _element_record(report.name, report.worst),
        }
    return found


def _element_record(name: str, element: Element) -> dict[str, Any]:
    return {
        "cell": cell_name(name, element.index),
        "computed": _number(element.computed),
        "expected": _number(element.numeric),
        "by": "derivation" if element.is_derived else "difference",
        "verdict": element.verdict,
        **({} if element.reason is None else {"reason": element.reason}),
    }


def _number(x: float) -> Any:
    return json_value(np.float64(x))


def _show(x: float) -> str:
    return f"{x + 0.0:.10g}"  # no -0


def _parameter(report: ParameterReport) -> str:
    worst = report.worst
    cell = cell_name(report.name, worst.index)
    error = "" if math.isnan(worst.relative_error) else f"{worst.relative_error:.1e}"
    return (
        f"{padded(cell, _WIDTH)}{_show(worst.computed):>17}{_show(worst.numeric):>17}{error:>12}"
        f"  {parameter_verdict(report)}"
    )


def _published_values(reports: Sequence[PublishedValueReport]) -> Iterator[str]:
    verdicts = [fill(messages.PUBLISHED_OK), fill(messages.PUBLISHED_FAILED)]
    verdict, name, at, value = (
        max(map(cell_width, column))
        for column in (
            verdicts,
            [report.expect.name for report in reports],
            [report.expect.at for report in reports],
            [report.expect.format(report.expect.value) for report in reports],
        )
    )
    for report in reports:
        expect = report.expect
        source = f"  {one_line(expect.source)}" if expect.source else ""
        printed = f"{expect.format(expect.value):>{value}}"
        where = f"{padded(verdicts[not report.ok], verdict)}  {expect.at:<{at}}  {padded(expect.name, name)}"
        yield f"{where}  {_with_computed(report, printed)}{source}"


def _with_computed(report: PublishedValueReport, printed: str) -> str:
    """The published value, and the computed one if it is different."""
    if report.ok:
        return printed
    if report.value is None:
        return fill(messages.PUBLISHED_NOT_COMPUTED, value=printed)
    return fill(messages.PUBLISHED_BUT_IS, value=printed, computed=report.expect.format(report.value, 3))
