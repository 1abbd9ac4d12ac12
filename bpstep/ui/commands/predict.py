"""Predict mode: each step first asks for its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from bpstep.actions import BY_ID
from bpstep.errors import BpstepError
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine
from bpstep.explain.numbers import format_brief
from bpstep.explain.prose.units import place_name
from bpstep.lang.cells import Index, cell_name
from bpstep.learn.grade import grade, parse_prediction
from bpstep.learn.next_step import NextOperation, NextStep, next_operation, next_step, telling_cell
from bpstep.program.diagram import LayoutKind
from bpstep.render.canvas import clip, wrap
from bpstep.render.formula.pane import index_in
from bpstep.render.lists.list import ListLine, text_line
from bpstep.render.view_state import clamp_index
from bpstep.session import messages as session_messages
from bpstep.session import micro
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller
from bpstep.ui.panels import ListPanel
from bpstep.ui.predictions import GradedAnswer, PredictMode
from bpstep.ui.prompt import Prompt

_MAX_OPERATION_WIDTH = 40
"""How many cells of an operation fit into the last line."""

ANSWER_KEYS = frozenset("0123456789.-")
"""The keys that begin a number: in predict mode each opens the question for the next step."""

_ARITHMETIC_KEYS = frozenset("+-*/.,()e")
"""Keys that belong to a number or to arithmetic, although they may call an action."""


@dataclass(frozen=True)
class _Question:
    """A question: the next step, a cell of its result with its name, and the position that shows it."""

    next_step: NextStep
    index: Index
    cell_label: str
    label: str
    description: str
    n: int
    k: int = 0


def predict_step(controller: Controller, inside: bool = False) -> None:
    """Ask for the result of the next equation or operation, then show it."""
    _ask(controller, inside)


def type_answer(controller: Controller, key: str) -> None:
    """Ask for the next step, with the first character of the answer already typed.

    A number typed before the key of a step is the answer: 0.38 and Enter, or 0.38 n. A whole number before
    another key repeats that key's action, as without predict mode.
    """
    _ask(controller, controller.session.k > 0, partial(_step_key, controller))
    controller.editor.insert(key)


def _step_key(controller: Controller, key: str, text: str) -> bool:
    """Handle the key of an action after a number; False if the key belongs to the answer."""
    action = BY_ID.get(controller.keymap.get(key, ""))
    if action is None or len(key) > 1 or key in _ARITHMETIC_KEYS or not _is_answer(text):
        return False
    is_step = action.id in _STEP_ACTIONS
    if is_step:
        controller.prompt = None
        _ask(controller, action.id == "into")
        controller.submit(text)
    elif action.repeats and text.isdigit() and int(text) > 0:
        controller.prompt = None
        controller.run_action(action.id, int(text))
    return is_step or action.repeats


_STEP_ACTIONS = ("next", "into")


def _is_answer(text: str) -> bool:
    try:
        parse_prediction(text)
    except BpstepError:
        return False
    return True


def _ask(controller: Controller, inside: bool, intercept: Callable[[str, str], bool] | None = None) -> None:
    question = _operation_question(controller) if inside else _equation_question(controller)

    def accept(text: str) -> None:
        feedback = _grade_answer(controller, question, text.strip())
        steps = controller.session.seek(question.n, question.k)
        controller.run_in_portions(
            steps,
            fill(messages.JUMPING, n=question.n),
            partial(_after_step, controller, feedback),
        )

    hint = _hint(question.description, controller.size[0] - 2, controller.theme.glyphs.ellipsis)
    label = fill(messages.ASK_PREDICTION, cell=question.label)
    cell = question.next_step.step.name, question.index
    controller.open_prompt(Prompt(label, accept, hint=hint, cell=cell, intercept=intercept))


def _after_step(controller: Controller, feedback: str) -> None:
    controller.view = controller.view.after_move()
    controller.show_message(feedback)


def _hint(description: str, room: int, dots: str) -> str:
    """What is known, and what can be typed, as far as both fit."""
    texts = [fill(template) for template in messages.PREDICTION_HINTS]
    instructions = next((text for text in texts if len(description) + len(text) + 3 <= room), texts[-1])
    return f"{clip(description, max(room - len(instructions) - 3, 0), dots)}   {instructions}"


def _equation_question(controller: Controller) -> _Question:
    """The question for the selected cell of the next equation's result."""
    upcoming = next_step(controller.session)
    index = _predicted_index(controller, upcoming)
    place_in_diagram = controller.frame.program.layouts[upcoming.step.name].place_of(index)
    cell_label = label = cell_name(upcoming.step.name, index)
    if place_in_diagram is not None:
        arrow = controller.theme.pick("→", ">")
        place = place_name(controller.frame.network, place_in_diagram, arrow)
        label = fill(messages.PREDICTION_PLACE, cell=cell_label, place=place)
    return _Question(upcoming, index, cell_label, label, upcoming.step.equation, controller.session.n + 1)


def _predicted_index(controller: Controller, next_step: NextStep) -> Index:
    """The cell of the next result at the selected cell's place; if none was selected, one that tells mistakes
    apart.

    Within an equation that has computed this cell already, the cell that is computed next.
    """
    name = next_step.step.name
    view = controller.view
    has_units = controller.frame.program.picture_layouts[name].kind != LayoutKind.NONE
    if view.name or view.index or has_units:
        index = index_in(controller.frame, view, name) if view.name else view.index
        index = clamp_index(index, next_step.result.shape)
    else:
        index = telling_cell(next_step)
    inside = controller.frame.inside
    if inside is not None and inside.is_finished(index):
        return next_operation(controller.session).inside.cell
    return index


def _operation_question(controller: Controller) -> _Question:
    next_step = next_operation(controller.session)
    cell_label, description = _describe_operation(controller, next_step)
    n, k = micro.position_after(controller.session, 1)
    slots = {"k": next_step.inside.k, "total": next_step.inside.total}
    if description:
        description = fill(messages.OPERATION_DESCRIBED, **slots, operation=description)
    else:
        description = fill(session_messages.OPERATION_OF, **slots)
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
    """Record an answer and say whether it is right; an empty one skips the question."""
    next_step, index = question.next_step, question.index
    if not text:
        controller.predict_mode.skipped += 1
        shown = controller.theme.number(next_step.value(index))
        return fill(messages.PREDICTION_SKIPPED, cell=question.cell_label, value=shown)
    judgement = grade(
        parse_prediction(text), next_step, index, controller.theme.number, controller.theme.glyphs
    )
    value = next_step.value(index)
    prediction = GradedAnswer(
        question.n, question.k, question.cell_label, next_step.step.name, index, text, value, judgement
    )
    controller.predict_mode.answers.append(prediction)
    slots = {"cell": question.cell_label, "value": controller.theme.number(value), "answer": text}
    if judgement.is_correct:
        return fill(messages.PREDICTION_RIGHT, **slots)
    if judgement.suggestion:
        return fill(messages.PREDICTION_WRONG_BECAUSE, **slots, suggestion=judgement.suggestion)
    return fill(messages.PREDICTION_WRONG, **slots)


def toggle_predict_mode(controller: Controller, _count: int) -> None:
    """Turn predict mode on; or off, with the score and the wrong answers."""
    state = controller.predict_mode
    if not state.is_on:
        controller.predict_mode = PredictMode()
        controller.predict_mode.is_on = True
        controller.playback.stop()
        controller.show_message(fill(messages.PREDICT_ON))
        return
    state.is_on = False
    if state.wrong_answers:
        controller.panel = WrongAnswerList(state)
    elif state.answers:
        controller.show_message(fill(messages.PREDICT_NO_MISTAKES, summary=state.summary))
    elif state.skipped:
        controller.show_message(fill(messages.PREDICT_OFF_SKIPPED, summary=state.summary))
    else:
        controller.show_message(fill(messages.PREDICT_OFF))


class WrongAnswerList(ListPanel):
    """The score, and the answers that were wrong."""

    keys = (("Enter", messages.KEY_GO_THERE), ("Escape", messages.KEY_CLOSE))

    def __init__(self, state: PredictMode) -> None:
        super().__init__()
        self.wrong_answers = state.wrong_answers
        self._summary = state.summary

    @property
    def title(self) -> str:
        return fill(messages.PREDICT_MISTAKES_TITLE, summary=self._summary)

    def lines(self, controller: Controller) -> list[ListLine]:
        """Each wrong answer: position, cell, typed text, true value, and the likely mistake."""
        rows = [
            _column_headings(),
            *(_prediction_row(controller, prediction) for prediction in self.wrong_answers),
        ]
        widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
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
        assert isinstance(value, GradedAnswer)
        controller.view = replace(controller.view.select(value.name, value.index), focus="tensors")
        controller.move(value.n, k=value.k)
        return ""


def _column_headings() -> tuple[str, ...]:
    asked, typed = fill(messages.PREDICT_COLUMN_ASKED), fill(messages.PREDICT_COLUMN_TYPED)
    return "", asked, typed, fill(messages.PREDICT_COLUMN_IS)


_ANSWER_WIDTH, _QUESTION_WIDTH = 16, 24
"""The widths of an answer and of its question in the list."""


def _prediction_row(controller: Controller, prediction: GradedAnswer) -> tuple[str, ...]:
    answer = clip(prediction.answer, _ANSWER_WIDTH, controller.theme.glyphs.ellipsis)
    template = messages.PREDICT_POSITION_INSIDE if prediction.k else messages.PREDICT_POSITION
    where = fill(template, n=prediction.n, k=prediction.k)
    return (
        where,
        clip(prediction.question, _QUESTION_WIDTH, controller.theme.glyphs.ellipsis),
        answer,
        controller.theme.number(prediction.value),
    )


COMMANDS = {"predict": toggle_predict_mode}
