"""The predictions made in predict mode, and how many of them were right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.render import messages as render_messages
from bpstep.text import fill, fill_plural
from bpstep.ui import messages

if TYPE_CHECKING:
    from bpstep.learn.grade import Grade


@frozen
class GradedAnswer:
    """An answer: the position that shows it, the question, the typed text, the true value, the grade."""

    n: int
    k: int
    question: str
    name: str
    index: Index
    answer: str
    value: float
    judgement: Grade


class PredictMode:
    """Whether steps ask first, and the answers since predict mode began."""

    def __init__(self) -> None:
        self.is_on = False
        self.answers: list[GradedAnswer] = []
        self.skipped = 0
        """How many questions were skipped without an answer."""

    @property
    def wrong_answers(self) -> list[GradedAnswer]:
        return [prediction for prediction in self.answers if not prediction.judgement.is_correct]

    @property
    def score(self) -> str:
        """Right answers and all answers: 3/4; empty if there are none."""
        return f"{len(self.answers) - len(self.wrong_answers)}/{len(self.answers)}" if self.answers else ""

    @property
    def summary(self) -> str:
        """The score as a sentence, with the skipped questions: 3 of 4 right, 1 skipped."""
        count = len(self.answers)
        slots = {"right": count - len(self.wrong_answers), "count": count, "skipped": self.skipped}
        if count and self.skipped:
            return fill(messages.PREDICT_SCORE_SKIPPED, **slots)
        if count:
            return fill(render_messages.ANSWERS_RIGHT, **slots)
        return fill(messages.PREDICT_SKIPPED, **slots) if self.skipped else ""

    @property
    def exit_message(self) -> str:
        """What is printed when the debugger ends in predict mode."""
        return fill(messages.PREDICT_EXIT, summary=self.summary) if self.is_on and self.summary else ""

    def add_skipped_note(self, message: str, skipped: int) -> str:
        """The message on arrival, with the number of equations that were passed without a question."""
        if not self.is_on or skipped <= 0:
            return message
        unasked = fill_plural(skipped, messages.UNASKED_ONE, messages.UNASKED_MANY)
        return fill(messages.WITH_UNASKED, message=message, unasked=unasked) if message else unasked
