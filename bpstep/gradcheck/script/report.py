"""The findings of a script's check, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages as shared
from bpstep.gradcheck.script import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.lang.cells import cell_name
from bpstep.program.program import Phase
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.meaning import DescendedLoss
from bpstep.script.source import Source
from bpstep.text import fill, fill_plural, one_line

_MAX_STATEMENT_LENGTH = 160

_SAME = 1e-6
"""Constants that differ by less count as equal."""


def script_verdict_sentences(verdict: ScriptVerdict) -> Iterator[str]:
    """The loss that the updates follow, and whether any line is wrong."""
    if verdict.meaning.loss is not None:
        yield loss_sentence(verdict.meaning.loss, verdict.names)
    if verdict.wrong:
        yield fill_plural(len(verdict.wrong), messages.ONE_WRONG, messages.MANY_WRONG)
    elif not verdict.is_right:
        yield fill(messages.LINE_NOT_FOUND)
    elif not verdict.is_checked:
        some = 0 < len(set(verdict.unchecked_parameters)) < len(verdict.meaning.parameters)
        yield fill(messages.NOT_ALL_CHECKED if some else messages.NOT_CHECKED)
    elif verdict.wrong_parameters:
        yield fill(messages.NO_LINE_WRONG)
    else:
        yield fill(messages.NOTHING_WRONG)


def loss_sentence(loss: DescendedLoss, names: Mapping[str, str] | None = None) -> str:
    """The loss that the updates descend; `names` are display names of tensors."""

    def shown(name: str) -> str:
        return (names or {}).get(name, name)

    if loss.kind == SCRIPT_LOSS:
        return fill(messages.LOSS_OF_SCRIPT, equation=loss.equation)
    slots = {
        "kind": fill(shared.LOSS_NAMES[loss.kind]),
        "output": shown(loss.outputs[0]),
        "target": _target(shown(loss.targets[0])),
        "equation": loss.equation,
    }
    if len(loss.outputs) > 1:
        return fill(messages.LOSS_SEVERAL, count=len(loss.outputs), **slots)
    if not loss.equation:
        return fill(messages.LOSS, **slots)
    if not loss.constant:
        return fill(messages.LOSS_WITH_MORE, **slots)
    if abs(loss.constant - 1) < _SAME:
        return fill(messages.LOSS_COMPUTED, **slots)
    return fill(messages.LOSS_SCALED, factor=f"{1 / loss.constant:.6g}", **slots)


def _target(text: str) -> str:
    """A loss's target; rows with a 1 in the place of the label are told as the labels."""
    labels = re.fullmatch(r"one_hot\(([\w.]+), .*\)", text)
    if labels is not None:
        return fill(messages.LABELS_OF, name=labels[1])
    return fill(messages.LABELS) if re.search(r"\b(one_hot|arange)\(", text) else text


def parameter_rows(verdict: ScriptVerdict) -> Iterator[tuple[str, str, str, str]]:
    """A heading and a row for each parameter: name, gradient, update (- if there is none) and verdict."""
    meaning = verdict.meaning
    steps = {
        equation.name: found.constant
        for equation, found in zip(verdict.equations, meaning.equations)
        if found.phase is Phase.UPDATE and equation.name in meaning.parameters
    }
    by_chance = {each.by for each in verdict.wrong if each.is_by_chance}
    # Where no parameter follows a loss, not one was compared with its gradient.
    is_compared = verdict.is_checked or bool(meaning.gradients)
    # Where nothing is found wrong, what differs comes from what is not understood.
    differing = verdict.wrong_parameters if verdict.is_checked or not verdict.is_right else ()
    rows = []
    for name in meaning.parameters:
        constant = steps.get(name, 0.0)
        step = _step_text(constant, meaning.loss) if constant else fill(messages.NOTHING)
        wrong = name in differing
        flat = name in verdict.flat_parameters
        unchecked = name in {*verdict.unchecked_parameters, *verdict.wrong_parameters} or not is_compared
        gradient = meaning.gradients.get(name)
        rows.append(
            (
                name,
                # If the update itself contains the gradient, no equation is named after it.
                gradient if gradient and gradient != name else fill(messages.NOTHING),
                step,
                fill(
                    messages.AGREES_BY_CHANCE
                    if wrong and name in by_chance
                    else messages.DIFFERS
                    if wrong
                    else shared.TOO_SMALL
                    if flat
                    else messages.UNCHECKED_PARAMETER
                    if unchecked
                    else messages.AGREES
                ),
            )
        )
    rows += [
        (name, fill(messages.NOTHING), fill(messages.NOTHING), fill(messages.UNCHECKED_PARAMETER))
        for name in verdict.unchecked_parameters
        if name not in meaning.parameters
    ]
    findings = [each for each in verdict.wrong if each.mistake is MistakeKind.NEVER_UPDATED]
    never = [name for each in findings for name in (each.by, *each.others)]
    # A part of a parameter may be updated.
    held = [name for name in never if name not in verdict.wrong_parameters]
    rows = [row for row in rows if row[0] not in held]
    rows += [
        (name, fill(messages.NOTHING), fill(messages.NOTHING), fill(messages.NEVER_UPDATED)) for name in held
    ]
    if rows and meaning.loss is not None:
        headings = (messages.PARAMETER, messages.GRADIENT, messages.UPDATE, messages.VERDICT)
        first, second, third, fourth = map(fill, headings)
        yield first, second, third, fourth
        yield from rows


def _step_text(constant: float, loss: DescendedLoss | None) -> str:
    """A step relative to the gradient of the script's own loss, if it computes one."""
    if loss is None or not loss.equation:
        return fill(messages.TIMES_GRADIENT, constant=f"{constant:.6g}")
    # A loss with more terms than the one that was found is what the step belongs to.
    slots = {"constant": f"{constant * (loss.constant or 1.0):.6g}", "loss": loss.equation}
    return fill(messages.TIMES_GRADIENT_OF, **slots)


def finding_sentences(source: Source, finding: Finding, names: PlainNames) -> Iterator[str]:
    """The place and the line as it is; its result and the right one, the mistake, the right line."""
    path, line = finding.place(source)
    place = path if line is None else f"{path}:{line}"
    text = _shown_line(source, finding)
    yield one_line(f"{place}: {text}" if text else place)
    yield _comparison(replace(finding, sentence=names.of_finding(finding.sentence, finding)))
    if finding.kind is FindingKind.WRONG and not finding.sentence and finding.by:
        if finding.by_text:
            yield fill(messages.GRADIENT_OF_ARGUMENT, by=finding.by_text, line=finding.by_line)
        else:
            yield fill(messages.GRADIENT_OF, by=names.of_finding(finding.by, finding))
    if finding.right:
        yield fill(messages.RIGHT, line=one_line(finding.shown_right(source)))


def _shown_line(source: Source, finding: Finding) -> str:
    """The script's own line."""
    text = finding.shown_line(source)
    return text if len(text) <= _MAX_STATEMENT_LENGTH else text[: _MAX_STATEMENT_LENGTH - 1] + "…"


def _comparison(finding: Finding) -> str:
    match finding.kind:
        case FindingKind.NOT_FOUND:
            return fill(messages.UNEXPLAINED, sentence=finding.sentence)
        case FindingKind.NOT_CHECKED:
            return fill(messages.UNCHECKED, sentence=finding.sentence)
        case FindingKind.NOT_LEARNING:
            return fill(messages.UNEXPLAINED, sentence=finding.sentence)
        case FindingKind.OTHER_LOSS | FindingKind.OTHER_SCALE | FindingKind.OTHER_RULE:
            return fill(messages.NOTE, sentence=finding.sentence)
    worst = finding.worst
    if worst is None or finding.equation is None:
        return fill(messages.MISTAKE if finding.sentence else messages.NO_GRADIENT, sentence=finding.sentence)
    given, expected = _shown(worst.given, worst.expected)
    if finding.is_by_chance:
        return fill(messages.BY_CHANCE, sentence=finding.sentence)
    cell = cell_name(finding.equation.name.split(":")[0], worst.index)
    template = messages.GIVES if finding.sentence else messages.GIVES_ONLY
    return fill(template, cell=cell, given=given, expected=expected, sentence=finding.sentence)


def _shown(given: float, expected: float) -> tuple[str, str]:
    """Two numbers with enough digits to tell them apart; 0 has no sign."""
    given, expected = given + 0.0, expected + 0.0
    for digits in (4, 6, 10, 17):
        one, other = f"{given:.{digits}g}", f"{expected:.{digits}g}"
        if one != other:
            break
    return one, other
