"""The division by a fixed number of samples, where a later batch has fewer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.script.equations.equations import ScriptEquation, ScriptIteration
from bpstep.script.opened_script import Script
from bpstep.script.refusal import ScriptError
from bpstep.text import fill

_MAX_PASSES, _MAX_EQUATIONS, _MAX_CELLS = 64, 3_000, 10_000_000
"""How many passes ahead a smaller batch is looked for, how many equations these may have, a millisecond each,
and how many numbers they may compute."""

_DIVISOR = re.compile(r"/ ([\w.]+)")


def smaller_batches(script: Script, iteration: ScriptIteration) -> Iterator[Finding]:
    """The note on the first line of a pass that divides by the length of its batch, as a number that does not
    come from the batch, if the batch of a later pass is smaller."""
    divided = [(each, count) for each in iteration.equations for count in _fixed_counts(iteration, each)]
    sizes = {size for value in iteration.feeds.values() for size in np.shape(value)}
    for equation, count in divided:
        if count in sizes and (later := _smaller(script, iteration, count)) is not None:
            index, size = later
            sentence = fill(messages.SMALLER_BATCH, count=count, size=size, iteration=index)
            yield Finding(FindingKind.OTHER_SCALE, equation, equation.line, MistakeKind.COUNT, sentence)
            return


def _fixed_counts(iteration: ScriptIteration, equation: ScriptEquation) -> Iterator[int]:
    """The whole numbers above 1 that an equation divides by and that are the same in each pass; none for one
    that the updates do not depend on."""
    for divisor in () if equation.aside else _DIVISOR.findall(equation.source):
        given = iteration.initial.get(divisor, divisor) if divisor not in iteration.feeds else ""
        try:
            number = float(given)
        except (TypeError, ValueError):
            continue
        if number > 1 and number.is_integer():
            yield int(number)


def _smaller(script: Script, iteration: ScriptIteration, count: int) -> tuple[int, int] | None:
    """The next pass whose batch has another length in place of this one, and that length; None if there is
    none nearby."""
    before = {name: np.shape(value) for name, value in iteration.feeds.items()}
    cells = sum(np.size(each.value) for each in iteration.equations)
    lines = len(iteration.equations)
    passes = min(_MAX_PASSES, _MAX_EQUATIONS // (lines + 1), _MAX_CELLS // (cells + 1))
    for index in range(iteration.index + 1, iteration.index + 1 + passes):
        try:
            feeds = script.iteration(index).feeds
        except ScriptError:
            return None
        for name, value in feeds.items():
            for old, new in zip(before.get(name, ()), np.shape(value)):
                if old == count and new < count:
                    return index, new
    return None
