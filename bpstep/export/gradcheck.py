"""What a check found, for a person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bpstep.export.text import heading
from bpstep.gradcheck.check import GradientReport, ParameterReport
from bpstep.gradcheck.differences import RULE
from bpstep.gradcheck.expected import PublishedValueReport
from bpstep.gradcheck.report import UPDATES_UNCHECKED, verdict_sentences
from bpstep.lang.cells import cell_name
from bpstep.model.network import Network
from bpstep.text import one_line


def gradcheck_lines(
    network: Network, gradients: GradientReport, expects: Sequence[PublishedValueReport]
) -> Iterator[str]:
    """A line for each parameter with its worst element, a line for each published value, the rule."""
    yield heading(network)
    yield f"gradients of iteration {gradients.iteration}, each with the element that agrees least"
    if network.update_order == "immediate":
        yield "with updates left out: in the immediate order some gradients see weights already updated"
    yield ""
    yield f"{'cell':<12}{'computed':>17}{'numeric':>17}{'rel. error':>12}  verdict"
    yield from map(_parameter, gradients.worst_first)
    yield ""
    yield from verdict_sentences(gradients, network, "{:.10g}".format)
    yield UPDATES_UNCHECKED
    if expects:
        yield ""
        yield from _published_values(expects)
    yield ""
    yield f"right: {RULE}, h = {gradients.h:g}"


def _parameter(report: ParameterReport) -> str:
    worst = report.worst
    cell = cell_name(report.name, worst.index)
    verdict = f"FAILED: {report.failed:,} wrong" if report.failed else worst.verdict
    if report.failed and not math.isfinite(worst.computed):
        verdict = f"FAILED: the gradient at {cell} is {worst.computed}"
    whole = report.checked == report.size
    checked = f"all {report.size:,}" if whole else f"{report.checked:,} of {report.size:,}"
    kinks = f", {report.kinks:,} at a kink" if report.kinks else ""
    return (
        f"{cell:<12}{worst.computed:>17.10g}{worst.numeric:>17.10g}{worst.relative_error:>12.1e}"
        f"  {verdict}, checked {checked}{kinks}"
    )


def _published_values(reports: Sequence[PublishedValueReport]) -> Iterator[str]:
    printed = [report.expect.format(report.expect.value) for report in reports]
    name, at, value = (
        max(map(len, column))
        for column in (
            [report.expect.name for report in reports],
            [report.expect.at for report in reports],
            printed,
        )
    )
    for report, number in zip(reports, printed):
        expect = report.expect
        verdict = "ok" if report.ok else "FAILED"
        source = f"  {one_line(expect.source)}" if expect.source else ""
        where = f"{verdict:<6}  {expect.at:<{at}}  {expect.name:<{name}}"
        yield f"{where}  {number:>{value}}{_found(report)}{source}"


def _found(report: PublishedValueReport) -> str:
    """What was computed, where it is not what was published."""
    if report.ok:
        return ""
    if report.value is None:
        return " but is not computed there"
    return f" but is {report.expect.format(report.value, 3)}"
