"""A comparison of arrays that were computed elsewhere with a network's or script's tensors, as text
and JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bpstep.export.json import json_value
from bpstep.gradcheck import messages
from bpstep.gradcheck.against import ArrayComparison
from bpstep.lang.cells import cell_name
from bpstep.text import cell_width, fill, one_line, padded


def against_lines(name: str, file: str, position: str, found: Sequence[ArrayComparison]) -> Iterator[str]:
    """A line for each array, then the first one that differs, with the mistake that explains it."""
    agree = sum(each.ok for each in found)
    yield fill(
        messages.AGAINST_TITLE,
        file=one_line(file),
        name=one_line(name),
        position=position,
        agree=agree,
        count=len(found),
    )
    yield ""
    width = max(cell_width(one_line(each.name)) for each in found)
    yield from (f"{padded(one_line(each.name), width)}  {_verdict(each)}" for each in found)
    yield ""
    yield from _sentences(file, found)


def against_differences(name: str, file: str, found: Sequence[ArrayComparison]) -> Iterator[str]:
    """Only what differs, a line each, beginning with `name`; nothing if all agree."""
    for each in found:
        if not each.ok:
            yield f"{one_line(name)}: {one_line(_told(file, each))}"


def against_json(
    name: str, file: str, position: str, found: Sequence[ArrayComparison], only_differing: bool
) -> Iterator[str]:
    """A comparison of arrays as JSON, one object per line: the whole, then the arrays."""
    first = next((each.name for each in found if not each.ok), None)
    head = {
        "format": "bpstep-against",
        "version": 1,
        "network": name,
        "file": file,
        "at": position,
        "ok": first is None,
        "first": first,
    }
    yield json.dumps(head | {"sentences": [each for each in _sentences(file, found) if each]})
    for each in found:
        if not (only_differing and each.ok):
            yield json.dumps(_record(each), ensure_ascii=False)


def _sentences(file: str, found: Sequence[ArrayComparison]) -> Iterator[str]:
    wrong = [each for each in found if not each.ok]
    if not wrong:
        yield fill(messages.AGAINST_ALL_AGREE)
        return
    compared = [each for each in wrong if each.step is not None or each.given is not None]
    if compared:
        first = compared[0]
        yield fill(messages.AGAINST_FIRST, name=first.name)
        if first.step is not None:
            yield f"    {one_line(first.step.equation)}"
        yield f"    {one_line(_told(file, first))}"
        if len(compared) > 1:
            yield fill(messages.AGAINST_LATER)
    yield from (one_line(_told(file, each)) for each in wrong if each not in compared)


def _verdict(each: ArrayComparison) -> str:
    if each.problem and each.step is None:
        return fill(messages.AGAINST_NOT_COMPARED)
    return fill(messages.AGAINST_AGREES if each.ok else messages.AGAINST_DIFFERS)


def _told(file: str, each: ArrayComparison) -> str:
    """An array's value and the right one, or why it can't be compared."""
    if each.given is None or each.expected is None:
        return fill(messages.AGAINST_PROBLEM, name=each.name, problem=each.problem)
    template = messages.AGAINST_VALUE_MISTAKE if each.mistake else messages.AGAINST_VALUE
    given, expected = _apart(each.given, each.expected)
    cell = cell_name(each.name, each.index)
    return fill(template, cell=cell, file=file, given=given, expected=expected, mistake=each.mistake)


def _apart(given: float, expected: float) -> tuple[str, str]:
    """Two numbers with enough digits to tell them apart."""
    for digits in (4, 6, 10):
        one, other = f"{given:.{digits}g}", f"{expected:.{digits}g}"
        if one != other:
            break
    return one, other


def _record(each: ArrayComparison) -> dict[str, Any]:
    record: dict[str, Any] = {"array": each.name, "ok": each.ok}
    if each.problem:
        record["problem"] = each.problem
    if each.step is not None:
        record["equation"] = each.step.equation
    if each.given is not None:
        record |= {
            "cell": cell_name(each.name, each.index),
            "given": json_value(np.float64(each.given)),
            "expected": json_value(np.float64(each.expected)),
            "mistake": each.mistake or None,
        }
    return record
