"""Asking, in predict mode, what each of the next steps will give, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.numbers import format_brief
from bpstep.explain.prose.units import place_name
from bpstep.lang.cells import cell_name
from bpstep.learn.grade import grade, parse_prediction
from bpstep.learn.next_step import NextOperation, NextStep, next_operation, next_step
from bpstep.program.diagram import Index
from bpstep.render.canvas import clip, wrap
from bpstep.render.formula.pane import index_in
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.view_state import clamp_index
from bpstep.session import micro
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.predictions import Prediction, PredictMode
from bpstep.ui.prompt import Prompt

_INSTRUCTIONS = (
    "Number or arithmetic; Enter alone passes and shows it",
    "Enter alone passes and shows it",
    "Enter alone passes",
)
"""What one may do; the first for which there is room is said."""

_MAX_OPERATION_WIDTH = 40
"""Cells of an operation that the last line has room for."""


@dataclass(frozen=True)
class PredictionRun:
    """So many steps, equations or operations inside them, each of which asks before it shows."""

    count: int
    inside: bool = False
    done: int = 0
    feedback: str = ""
    """What became of the question before."""


@dataclass(frozen=True)
class _Question:
    """A question: what comes, which of its cells, how that is called, and the moment that shows it."""

    next_step: NextStep
    index: Index
    cell_label: str
    label: str
    description: str
    n: int
    k: int = 0


def predict_steps(controller: Controller, count: int, inside: bool = False) -> None:
    """Go so many steps on, asking at each; Escape ends it where it is."""
    _ask_next(controller, PredictionRun(count, inside))


def _ask_next(controller: Controller, run: PredictionRun) -> None:
    question = _operation_question(controller) if run.inside else _equation_question(controller)

    def accept(text: str) -> None:
        feedback = _grade_answer(controller, question, text.strip())
        steps = controller.session.seek(question.n, question.k)
        controller.run_in_portions(
            steps,
            f"going to n = {question.n:,}",
            partial(_after_step, controller, replace(run, feedback=feedback)),
        )

    counter = f" ({run.done + 1:,} of {run.count:,})" if run.count > 1 else ""
    hint = _hint(
        run.feedback or question.description, controller.size[0] - 2, controller.theme.glyphs.ellipsis
    )
    label = f"{question.label}{counter} will be:"
    controller.open_prompt(
        Prompt(label, accept, hint=hint, cell=(question.next_step.step.name, question.index))
    )


def _after_step(controller: Controller, run: PredictionRun) -> None:
    controller.view = controller.view.after_move()
    if run.done + 1 < run.count:
        _ask_next(controller, replace(run, done=run.done + 1))
    else:
        controller.show_message(run.feedback)


def _hint(description: str, room: int, dots: str) -> str:
    """What is known, and what one may do, as far as there is room for both."""
    instructions = next(
        (instructions for instructions in _INSTRUCTIONS if len(description) + len(instructions) + 3 <= room),
        _INSTRUCTIONS[-1],
    )
    return f"{clip(description, max(room - len(instructions) - 3, 0), dots)}   {instructions}"


def _equation_question(controller: Controller) -> _Question:
    """What the selected cell of the coming result will be."""
    upcoming = next_step(controller.session)
    index = _predicted_index(controller, upcoming)
    place_in_diagram = controller.frame.program.layouts[upcoming.step.name].place_of(index)
    where = (
        ""
        if place_in_diagram is None
        else f" {place_name(controller.frame.network, place_in_diagram, controller.theme.pick('→', '>'))}"
    )
    cell_label = cell_name(upcoming.step.name, index)
    return _Question(
        upcoming, index, cell_label, cell_label + where, upcoming.step.equation, controller.session.n + 1
    )


def _predicted_index(controller: Controller, next_step: NextStep) -> Index:
    """The cell that will be selected, the one like the chosen one where a cell is chosen.

    Inside an equation, where that one's number stands there already, the cell that is next.
    """
    name = next_step.step.name
    index = (
        index_in(controller.frame, controller.view, name) if controller.view.name else controller.view.index
    )
    index = clamp_index(index, next_step.result.shape)
    inside = controller.frame.inside
    if inside is not None and inside.is_finished(index):
        return next_operation(controller.session).inside.cell
    return index


def _operation_question(controller: Controller) -> _Question:
    """What the next operation will give."""
    next_step = next_operation(controller.session)
    cell_label, description = _describe_operation(controller, next_step)
    n, k = micro.position_after(controller.session, 1)
    which = f"operation {next_step.inside.k:,} of {next_step.inside.total:,}"
    description = f"{which}: {description}" if description else which
    return _Question(
        next_step,
        next_step.inside.cell,
        cell_label,
        clip(cell_label, _MAX_OPERATION_WIDTH, controller.theme.glyphs.ellipsis),
        description,
        n,
        k,
    )


def _describe_operation(controller: Controller, next_step: NextOperation) -> tuple[str, str]:
    """An operation in names and in numbers."""
    show = controller.theme.number if controller.theme.format_index else format_brief
    writer = Arithmetic(controller.theme.glyphs, show, {})
    return OperationLine(next_step.inside, writer, controller.theme.number).question()


def _grade_answer(controller: Controller, question: _Question, text: str) -> str:
    """Take an answer down, and say whether it is right; where there is none, what it would have been."""
    next_step, index = question.next_step, question.index
    if not text:
        controller.predict_mode.skipped += 1
        return f"Passed: {question.cell_label} is {controller.theme.number(next_step.value(index))}."
    judgement = grade(
        parse_prediction(text), next_step, index, controller.theme.number, controller.theme.glyphs
    )
    value = next_step.value(index)
    prediction = Prediction(
        question.n, question.k, question.cell_label, next_step.step.name, index, text, value, judgement
    )
    controller.predict_mode.answers.append(prediction)
    shown = controller.theme.number(value)
    if judgement.is_correct:
        return f"Right: {question.cell_label} is {shown}."
    suggests = f": {judgement.suggestion}" if judgement.suggestion else ""
    return f"{question.cell_label} is {shown}, not {text}{suggests}."


def toggle_predict_mode(controller: Controller, _count: int) -> None:
    """Begin to ask; or end it, with the score and the misses."""
    state = controller.predict_mode
    if not state.is_on:
        controller.predict_mode = PredictMode()
        controller.predict_mode.is_on = True
        controller.playback.stop()
        controller.show_message("predict mode: n and s ask before a result shows; the same key ends it")
        return
    state.is_on = False
    if state.wrong_answers:
        controller.panel = WrongAnswerList(state)
    elif state.answers:
        controller.show_message(f"{state.summary}: nothing was missed")
    elif state.skipped:
        controller.show_message(f"predict mode is over: {state.summary}, nothing predicted")
    else:
        controller.show_message("predict mode is over; nothing was predicted")


class WrongAnswerList(ListPanel):
    """The score, and the answers that were wrong."""

    hint = "Enter goes there   Escape closes"

    def __init__(self, state: PredictMode) -> None:
        super().__init__()
        self.wrong_answers = state.wrong_answers
        self.title = f"{state.summary}; missed:"

    def lines(self, controller: Controller) -> list[ListLine]:
        """Each miss: where, the cell, what was typed, what it is, and what that suggests."""
        rows = [
            _COLUMN_HEADINGS,
            *(_prediction_row(controller, prediction) for prediction in self.wrong_answers),
        ]
        widths = [max(len(row[k]) for row in rows) for k in range(len(_COLUMN_HEADINGS))]
        head, *texts = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)) for row in rows)
        found = [text_line(head, "quiet")]
        room = max(controller.size[0] - len(head) - 6, 10)
        for text, prediction in zip(texts, self.wrong_answers):
            first, *more = wrap(prediction.judgement.suggestion, room) or [""]
            found.append(ListLine(((text, "text"), (f"  {first}", "quiet")), prediction))
            found += [text_line(" " * len(head) + f"  {rest}", "quiet") for rest in more]
        return found

    def handle_enter(self, controller: Controller, value: object) -> str:
        """Go to the step, with the cell selected."""
        assert isinstance(value, Prediction)
        controller.view = replace(controller.view.select(value.name, value.index), focus="tensors")
        controller.move(value.n, k=value.k)
        return ""


_COLUMN_HEADINGS = ("", "asked", "typed", "is")

_ANSWER_WIDTH, _QUESTION_WIDTH = 16, 24
"""Cells of an answer, and of what was asked, that the list has room for."""


def _prediction_row(controller: Controller, prediction: Prediction) -> tuple[str, ...]:
    answer = clip(prediction.answer, _ANSWER_WIDTH, controller.theme.glyphs.ellipsis)
    where = f"n = {prediction.n:,}" + (f", operation {prediction.k}" if prediction.k else "")
    return (
        where,
        clip(prediction.question, _QUESTION_WIDTH, controller.theme.glyphs.ellipsis),
        answer,
        controller.theme.number(prediction.value),
    )


COMMANDS = {"predict": toggle_predict_mode}
