"""What was predicted in predict mode, and how much of it was right."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.learn.grade import Grade
from bpstep.program.diagram import Index


@dataclass(frozen=True)
class Prediction:
    """An answer: the moment that shows it, what was asked, what was typed, what it is, and the judgement."""

    n: int
    k: int
    question: str
    name: str
    index: Index
    answer: str
    value: float
    judgement: Grade


class PredictMode:
    """Whether one is asked, and the answers since that began."""

    def __init__(self) -> None:
        self.is_on = False
        self.answers: list[Prediction] = []
        self.skipped = 0
        """How many questions were passed without an answer."""

    @property
    def wrong_answers(self) -> list[Prediction]:
        """The wrong answers."""
        return [prediction for prediction in self.answers if not prediction.judgement.is_correct]

    @property
    def score(self) -> str:
        """How many of how many answers were right: 3/4; empty where none was given."""
        return f"{len(self.answers) - len(self.wrong_answers)}/{len(self.answers)}" if self.answers else ""

    @property
    def summary(self) -> str:
        """The same in words, and how many questions were passed: 3 right of 4, 1 passed."""
        right = self.score.replace("/", " right of ")
        return ", ".join(filter(None, (right, f"{self.skipped} passed" if self.skipped else "")))

    @property
    def exit_message(self) -> str:
        """What is said when one leaves while being asked."""
        return f"predicted: {self.summary}" if self.is_on and self.summary else ""

    def add_skipped_note(self, message: str, skipped: int) -> str:
        """The message on arrival, with the number of equations that were skipped without a question."""
        if not self.is_on or skipped <= 0:
            return message
        note = f"{skipped:,} equation{'s' * (skipped > 1)} went by unasked"
        return f"{message}; {note}" if message else note
