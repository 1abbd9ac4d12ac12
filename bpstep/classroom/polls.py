"""A question to the class: the cell that it asks about, its true value, and the answers as bars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from bpstep.classroom import messages
from bpstep.classroom.protocol import Question
from bpstep.errors import BpstepError
from bpstep.explain.numbers import format_precise, format_short
from bpstep.lang.cells import Index
from bpstep.learn.grade import Prediction, is_prediction_correct
from bpstep.learn.next_step import NextStep, next_step
from bpstep.session.session import Session
from bpstep.text import fill

_MAX_BARS = 8

OTHERS_LABEL = "others"
"""The label of the last bar if it stands for several values; a template."""

_DIGITS = 4

_MAX_PLAIN_EXPONENT = 8
"""Numbers from this power of ten on are written with an exponent."""

Bars = tuple[tuple[str, int, bool], ...]


def make_question(session: Session, number: int, index: Index) -> Question:
    """The question what this cell of the next equation will be.

    BpstepError if that equation has no such cell.
    """
    at = next_step(session)
    shape = np.shape(at.result)
    if len(index) != len(shape) or not all(0 <= place < size for place, size in zip(index, shape)):
        raise BpstepError(fill(messages.NO_CELL, name=at.step.name, cell=list(index)))
    return Question(number, session.n, at.step.name, index, "", ())


def right_answers(at: NextStep, index: Index, answers: Iterable[Prediction]) -> frozenset[Prediction]:
    """The answers that are right: to as many decimals as were typed, or to four."""
    return frozenset(given for given in set(answers) if is_prediction_correct(given, at, index, format_short))


def answer_bars(answers: Iterable[Prediction], right: frozenset[Prediction] = frozenset()) -> Bars:
    """The values given, each with how many gave it and whether it is right, in increasing order.

    If there are too many, the rarest share the last bar.
    """
    values = list(answers)
    counts = Counter(map(_label, values))
    good = set(map(_label, right))
    often = [label for label, _ in counts.most_common()]
    kept, rest = often, 0
    if len(often) > _MAX_BARS:
        kept = often[: _MAX_BARS - 1]
        rest = sum(counts[label] for label in often[_MAX_BARS - 1 :])
    shown = tuple((label, counts[label], label in good) for label in sorted(kept, key=_order))
    return (*shown, (OTHERS_LABEL, rest, False)) if rest else shown


def reveal_question(session: Session, asked: Question, answers: Iterable[Prediction]) -> Question:
    """The question with its answers and the true value; the session must stand where it was asked."""
    values, at = list(answers), next_step(session)
    true = float(at.result[asked.index] if asked.index else at.result)
    shown = answer_bars(values, right_answers(at, asked.index, values))
    return Question(asked.number, asked.n, asked.name, asked.index, format_precise(true), shown)


def _label(given: Prediction) -> str:
    """An answer to as many decimals as were typed, at most four decimals or digits: equal labels are one bar.

    0.5 and 0.50 are two bars: 0.5 may be too coarse where 0.50 is right.
    """
    value = given.value + 0.0
    size = math.floor(math.log10(abs(value))) if value else 0
    typed = -round(math.log10(given.unit)) if given.unit else None
    decimals = max(_DIGITS, _DIGITS - 1 - size)
    if abs(size) > _MAX_PLAIN_EXPONENT:
        return format_precise(float(f"{value:.{_DIGITS}g}"))
    if typed is None:
        return format_precise(round(value, decimals))
    return f"{value:.{max(min(typed, decimals), 0)}f}"


def _order(label: str) -> tuple[float, str]:
    return float(label), label
