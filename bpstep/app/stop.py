"""A stop on the trail of a why: a question, its answer, and how far one has looked at it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpstep.formula.operands import More
from bpstep.formula.origin import Question, Reader, Rest, Row, Source
from bpstep.formula.paths import Path
from bpstep.home import Index
from bpstep.lazily import Lazily
from bpstep.session import Session
from bpstep.trail import TERMS, Answer
from bpstep.views.why import Listed, Shown

_UNSEEN = Shown(0, 1)


@dataclass
class _Place:
    """The chosen line of a list, and the part that was drawn last."""

    chosen: int = 0
    shown: Shown = _UNSEEN


@dataclass
class Stop:
    """A question on the trail."""

    session: Session
    question: Question
    joint: str = ""
    """How one came here: from what reads it, or from what it reads; empty at the beginning."""
    along: bool = False
    """True where the paths are shown, not the operands and readers."""
    opened: set[str] = field(default_factory=set)
    """What is listed to the end."""
    _places: tuple[_Place, _Place] = field(default_factory=lambda: (_Place(), _Place()))
    _answer: Answer | None = None
    _rows: Lazily[Row] | None = None

    @property
    def answer(self) -> Answer:
        """What there is to say."""
        if self._answer is None:
            self._answer = Answer(self.session, self.question)
        return self._answer

    @property
    def rows(self) -> Lazily[Row]:
        """Operands, then readers."""
        if self._rows is None:
            self._rows = Lazily(self.answer.rows(self.opened))
        return self._rows

    @property
    def at(self) -> int:
        """The number of the chosen row or path."""
        return self._places[self.along].chosen

    @property
    def row(self) -> Row | None:
        """The chosen operand or reader; None where there is none, and among the paths."""
        return None if self.along else self.rows.get(self.at)

    @property
    def path(self) -> Path | None:
        """The chosen path; None among the operands."""
        paths = self.answer.paths
        return paths.path(self.at) if self.along and paths is not None else None

    @property
    def pointed(self) -> tuple[str, Index] | None:
        """The cell of the chosen row."""
        match self.row:
            case Source(operand=operand):
                return operand.cell.name, operand.cell.index
            case Reader(step=step, index=index) if index is not None:
                return step.name, index
        return None

    @property
    def list(self) -> Listed:
        """The list that is shown, and where in it one is."""
        place = self._places[self.along]
        return Listed(self.rows, self.answer.paths, self.along, place.chosen, self.shown.top, self.pointed)

    @property
    def shown(self) -> Shown:
        """The part of the list that was drawn last."""
        return self._places[self.along].shown

    @shown.setter
    def shown(self, part: Shown) -> None:
        self._places[self.along].shown = part

    def choose(self, at: int) -> None:
        """Choose a row or path, the nearest that there is."""
        paths = self.answer.paths
        last = paths.count - 1 if self.along and paths is not None else self.rows.reach(at + 1) - 1
        self._places[self.along].chosen = max(min(at, last), 0)

    def open(self, row: More | Rest) -> None:
        """List what the row leaves out."""
        self.opened.add(TERMS if isinstance(row, More) else row.step.name)
        self._rows = None

    def forget(self) -> None:
        """Keep the place, not the answer."""
        self._answer, self._rows = None, None
