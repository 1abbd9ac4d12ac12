"""The verdict on a script, as the lines of a list."""

from __future__ import annotations

from collections.abc import Iterator

from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.gradcheck.script.report import finding_sentences, parameter_rows, script_verdict_sentences
from bpstep.render.canvas import clip, wrap
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.theme import Theme
from bpstep.script.source import Source
from bpstep.text import cell_width, padded

_INDENT = "    "


def script_verdict_lines(
    verdict: ScriptVerdict, source: Source, theme: Theme, width: int
) -> Iterator[ListLine]:
    """The loss and whether any line is wrong, each finding, and a line for each parameter.

    A finding about a line can be selected.
    """
    names = PlainNames(verdict, source)
    for sentence in map(names.told, script_verdict_sentences(verdict)):
        for row in wrap(sentence, width):
            yield text_line(row, "write" if verdict.wrong else "known")
    for finding in verdict.findings:
        yield text_line()
        yield from _finding(finding, source, names, theme, width)
    rows = [tuple(map(names.told, row)) for row in parameter_rows(verdict)]
    if rows:
        yield text_line()
    widths = [max(map(cell_width, column)) for column in zip(*rows)]
    for at, cells in enumerate(rows):
        text = "  ".join(padded(cell, size) for cell, size in zip(cells, widths)).rstrip()
        wrong = cells[0] in verdict.wrong_parameters
        yield text_line(
            clip(text, width, theme.glyphs.ellipsis), "quiet" if not at else "alert" if wrong else "text"
        )


def _finding(
    finding: Finding, source: Source, names: PlainNames, theme: Theme, width: int
) -> Iterator[ListLine]:
    first, *rest = finding_sentences(source, finding, names)
    is_wrong = finding.kind is FindingKind.WRONG
    # For the script itself, the file's name is enough.
    place = first.removeprefix(str(source.path.parent) + "/")
    value = finding if finding.line else None
    yield text_line(clip(place, width, theme.glyphs.ellipsis), "alert" if is_wrong else "bright", value)
    for sentence in rest:
        role = "bright" if finding.right and sentence is rest[-1] else "text"
        for row in wrap(sentence, width - len(_INDENT)):
            yield ListLine(((_INDENT + row, role),), continues=True)
