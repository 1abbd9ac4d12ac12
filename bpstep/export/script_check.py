"""The findings of a script's check, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.export.json import json_value
from bpstep.gradcheck.script import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.gradcheck.script.report import finding_sentences, parameter_rows, script_verdict_sentences
from bpstep.lang.cells import cell_name
from bpstep.script.opened_script import FoundLoop, Script
from bpstep.text import cell_width, fill, fill_plural, one_line, padded


def script_check_lines(
    script: Script, verdict: ScriptVerdict, iteration: int, position: str | None
) -> Iterator[str]:
    """What is wrong, after what the script does: its loop, its loss, a line for each parameter. The iteration
    is told if a position was given.
    """
    yield one_line(script.source.place(None)[0])
    yield _loop(script)
    if position is not None:
        yield fill(messages.ITERATION_AT, iteration=iteration, position=one_line(position))
    yield from _remarks(script)
    names = PlainNames(verdict, script.whole_source)
    yield from map(names.told, script_verdict_sentences(verdict))
    rows = [tuple(map(names.told, row)) for row in parameter_rows(verdict)]
    if rows:
        yield ""
        widths = [max(map(cell_width, column)) for column in zip(*rows)]
        yield from (
            "  ".join(padded(cell, width) for cell, width in zip(row, widths)).rstrip() for row in rows
        )
    for finding in verdict.findings:
        yield ""
        first, *rest = finding_sentences(script.whole_source, finding, names)
        yield first
        yield from (f"    {sentence}" for sentence in rest)


def script_check_differences(script: Script, verdict: ScriptVerdict) -> Iterator[str]:
    """Only the wrong lines, and why nothing was checked; nothing if all is right."""
    names = PlainNames(verdict, script.whole_source)
    for finding in filter(_is_for_quiet, verdict.findings):
        first, *rest = finding_sentences(script.whole_source, finding, names)
        yield first
        yield from (f"    {sentence}" for sentence in rest)


def script_check_json(
    script: Script, verdict: ScriptVerdict, only_wrong: bool, iteration: int, position: str | None
) -> Iterator[str]:
    """The check of a script as JSON, one object per line: the whole, the equations, the findings."""
    meaning = verdict.meaning
    loss = meaning.loss
    yield _json(
        {
            "format": "bpstep-check",
            "version": 1,
            "script": one_line(script.source.place(None)[0]),
            "loop": _loop_numbers(script, script.loop),
            "loops": [_loop_numbers(script, each) for each in script.loops],
            "iteration": iteration,
            **({} if position is None else {"at": one_line(position)}),
            "ok": verdict.is_right and verdict.is_checked,
            "checked": verdict.is_checked,
            "parameters": list(meaning.parameters),
            "data": list(meaning.data),
            "loss": None
            if loss is None
            else {"kind": loss.kind, "outputs": list(loss.outputs), "targets": list(loss.targets)}
            | ({"equation": loss.equation, "constant": _rounded(loss.constant)} if loss.equation else {}),
            "unseeded": list(script.unseeded),
            "passed_over": script.passed_over,
            "sentences": list(script_verdict_sentences(verdict)),
        }
    )
    for equation, found in zip(verdict.equations, meaning.equations) if not only_wrong else ():
        record: dict[str, Any] = {
            "equation": equation.name,
            **_numbers(script, equation.line, equation.file),
            "phase": found.phase,
        }
        if found.by:
            record |= {"by": found.by, "constant": _rounded(found.constant)}
        yield _json(record)
    for finding in verdict.findings:
        if not only_wrong or _is_for_quiet(finding):
            yield _json(_finding(script, finding))


def _is_for_quiet(finding: Finding) -> bool:
    """Whether a finding keeps the exit status from being 0."""
    return finding.kind in (FindingKind.WRONG, FindingKind.NOT_FOUND, FindingKind.NOT_CHECKED)


def _loop(script: Script) -> str:
    others = [_loop_place(script, each) for each in script.loops if not _is_shown(script, each)]
    slots = {"place": _loop_place(script, script.loop), "written": one_line(script.loop.written)}
    if not others:
        return fill(messages.LOOP, **slots)
    return fill(messages.LOOP_OF_SEVERAL, others=", ".join(others), **slots)


def _remarks(script: Script) -> Iterator[str]:
    """Differences from a run by Python: numbers drawn without a seed, calls that are skipped."""
    if script.unseeded:
        yield fill_plural(
            len(script.unseeded),
            messages.UNSEEDED,
            messages.UNSEEDED_SEVERAL,
            names=", ".join(script.unseeded),
        )
    if script.passed_over:
        calls = [
            fill_plural(count, messages.PASSED_OVER_ONCE, messages.PASSED_OVER_TIMES, name=name)
            for name, count in sorted(script.passed_over.items())
        ]
        yield fill(messages.PASSED_OVER, calls=", ".join(calls))


def _numbers(script: Script, line: int, file: str = "") -> dict[str, int | None]:
    """The cell of a line, null outside notebooks, and the line in it; `file` if it is another one."""
    if not line:
        return {"cell": None, "line": None}
    own = not file or script.source.path_in_folder(file) == script.source.path.name
    cell = script.source.cell_of(line) if own else 0
    return {"cell": cell or None, "line": script.source.place(line)[1] if own else line}


def _rounded(constant: float) -> float:
    """A constant without the last digits, which differ by rounding: it is a quotient of measured numbers."""
    return float(f"{constant:.12g}")


def _place(script: Script, line: int) -> str:
    """A line number as a person finds it: 34, in a notebook cell 3:12."""
    return script.source.short_place(line)


def _is_shown(script: Script, loop: FoundLoop) -> bool:
    return (loop.file, loop.line) == (script.loop.file, script.loop.line)


def _loop_file(script: Script, loop: FoundLoop) -> str:
    """The imported file of a loop; empty for the script's own and its cells."""
    file = script.source.path_in_folder(loop.file)
    return "" if loop.file == script.source.place(loop.line)[0] else file


def _loop_place(script: Script, loop: FoundLoop) -> str:
    """A loop's line as --loop takes it: 34, cell 3:12, net.py:8."""
    file = _loop_file(script, loop)
    return f"{one_line(file)}:{loop.line}" if file else _place(script, loop.line)


def _loop_numbers(script: Script, loop: FoundLoop) -> dict[str, Any]:
    file = _loop_file(script, loop)
    return {**_numbers(script, loop.line, file), **({"file": one_line(file)} if file else {})}


def _finding(script: Script, finding: Finding) -> dict[str, Any]:
    path, line = finding.place(script.source)
    record: dict[str, Any] = {
        "finding": finding.kind,
        "place": path if line is None else f"{path}:{line}",
        **_numbers(
            script,
            finding.part_line or finding.line,
            "" if finding.is_in(script.source) else finding.imported_file(script.source),
        ),
        "equation": None if finding.equation is None else finding.equation.name,
        "mistake": finding.mistake if finding.kind is FindingKind.WRONG else None,
        "sentence": finding.sentence or None,
        "right": finding.shown_right(script.source) or None,
        "by": finding.by or None,
    }
    if finding.worst is not None and finding.equation is not None:
        record["worst"] = {
            "cell": cell_name(finding.equation.name, finding.worst.index),
            "given": json_value(np.float64(finding.worst.given)),
            "expected": json_value(np.float64(finding.worst.expected)),
        }
    return record


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False)
