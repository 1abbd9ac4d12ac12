"""A question to the class: the cell it is about, its true value, and the answers as bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from bpstep.classroom.messages import Question
from bpstep.coming import Coming, coming
from bpstep.errors import BpstepError
from bpstep.formula.glyphs import Glyphs
from bpstep.formula.numbers import precise, short
from bpstep.guess import answer, judge
from bpstep.home import Index
from bpstep.session import Session

_MOST_BARS = 8
Bars = tuple[tuple[str, int, bool], ...]


def question(session: Session, number: int, index: Index) -> Question:
    """The question what this cell of the coming equation will be. BpstepError where it has none there."""
    at = coming(session)
    shape = np.shape(at.result)
    if len(index) != len(shape) or not all(0 <= place < size for place, size in zip(index, shape)):
        raise BpstepError(f"{at.step.name} has no cell {list(index)}")
    return Question(number, session.n, at.step.name, index, "", ())


def rights(at: Coming, index: Index, answers: Iterable[float]) -> frozenset[float]:
    """Those of the answers that are right: as exact as they are given, or as four decimals."""
    glyphs = Glyphs(ascii=True)
    given = ((value, answer(repr(value))) for value in set(answers))
    return frozenset(value for value, typed in given if judge(typed, at, index, short, glyphs).right)


def bars(answers: Iterable[float], right: frozenset[float] = frozenset()) -> Bars:
    """The values given, each with how many gave it and whether it is right, from the least to the greatest.

    The rarest share the last bar where they are too many.
    """
    values = list(answers)
    counts = Counter(_label(value) for value in values)
    good = {_label(value) for value in right}
    often = [label for label, _ in counts.most_common()]
    kept, rest = often, 0
    if len(often) > _MOST_BARS:
        kept = often[: _MOST_BARS - 1]
        rest = sum(counts[label] for label in often[_MOST_BARS - 1 :])
    shown = tuple((label, counts[label], label in good) for label in sorted(kept, key=float))
    return (*shown, ("others", rest, False)) if rest else shown


def revealed(session: Session, asked: Question, answers: Iterable[float]) -> Question:
    """The question with its answers and the true value; the session stands where it was asked."""
    values, at = list(answers), coming(session)
    true = float(at.result[asked.index] if asked.index else at.result)
    shown = bars(values, rights(at, asked.index, values))
    return Question(asked.number, asked.n, asked.name, asked.index, precise(true), shown)


def _label(value: float) -> str:
    """A value to four digits: what differs by less is one answer."""
    return precise(float(f"{value:.4g}") + 0.0)
