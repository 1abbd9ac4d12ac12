"""Findings on updates that read, or remember, something else than those of other parameters do, or than they
should."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.updates.memories import Memories, OtherTensor
from bpstep.gradcheck.script.updates.update_forms import UpdateForm, UpdateForms
from bpstep.lang.substitution import replaced
from bpstep.script.meaning.labels import scale_factor
from bpstep.text import fill

_MIN_EQUAL = 2
"""How many parameters have to be updated in the same way to expect it of another one."""


class MemoryFindings(HypothesisFindings):
    """The findings on what the updates of parameters that follow their gradients read and remember."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._updates = UpdateForms(judged.study, best.matches)
        self._memories = Memories(judged.study, best.matches, judged.authors)

    def findings(self) -> Iterator[Finding]:
        """For each parameter the tensors in the place of others; if there are none, and no line needs a
        repair, the one place in which the update of a parameter differs from those of others."""
        found: list[tuple[str, OtherTensor, str]] = []
        for name in self._best.matches.found:
            for other in self._memories.other_tensors(name):
                alike = self._alike(name, other)
                if alike or other.is_sure:
                    found.append((name, other, alike))
        if not found and not self._best.repairs:
            found += self._unlike_others()
        places = Counter(self._place(other.equation) for _, other, _ in found)
        runs = Counter(map(self._place, range(len(self._graph.equations))))
        for name, other, alike in found:
            place = self._place(other.equation)
            # A function that is right for most parameters is called with the wrong argument.
            is_called = bool(self._graph.equations[other.equation].call)
            is_at_call = is_called and 2 * places[place] <= runs[place]
            told = self._at_call(name, other) if is_at_call else self._finding(name, other, alike)
            if told is not None:
                self._judged.wrong_parameters.append(name)
                yield told

    def _place(self, at: int) -> tuple[str, int, str]:
        """The statement of an equation."""
        equation = self._graph.equations[at]
        return equation.file, equation.line, equation.written

    @cached_property
    def _forms(self) -> dict[str, UpdateForm]:
        return {name: self._updates.of(name) for name in self._best.matches.found}

    def _alike(self, name: str, other: OtherTensor) -> str:
        """A parameter whose update, like that of others, is that of this one with the right tensor; empty if
        there is none."""
        tree = replaced(self._graph.trees[other.equation], other.given, other.expected)
        right = self._updates.of(name, {other.equation: tree}).texts
        is_other = right != self._forms[name].texts
        alike = [each for each, form in self._forms.items() if is_other and form.texts == right]
        return alike[0] if len(alike) >= _MIN_EQUAL else ""

    def _unlike_others(self) -> list[tuple[str, OtherTensor, str]]:
        """The parameter whose update is not made as those of others, with the place and with one of these;
        empty if there are several such places."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for name, form in self._forms.items():
            groups.setdefault(form.texts, []).append(name)
        alone = [names[0] for names in groups.values() if len(names) == 1 and self._may_be_wrong(names[0])]
        usual = [names[0] for names in groups.values() if len(names) >= _MIN_EQUAL]
        pairs = ((name, other) for name in alone for other in usual)
        found = [
            (name, difference, other)
            for name, other in pairs
            if (difference := self._updates.difference(self._forms[name], self._forms[other])) is not None
        ]
        return found if len(found) == 1 else []

    def _may_be_wrong(self, name: str) -> bool:
        """Whether a step is no multiple of its gradient, as a right one may be in any form, or no update
        reads what is remembered of the gradient."""
        given, explanation = self._study.change(name), self._best.explanation
        wanted = explanation.direction(explanation.inputs[name])
        is_along = given is not None and wanted is not None and bool(scale_factor(given, wanted))
        return not is_along or self._memories.has_unread(name)

    def _finding(self, name: str, other: OtherTensor, alike: str) -> Finding:
        at = other.equation
        equation, mistake = self._graph.equations[at], other.mistake
        sentence = fill(messages.UNLIKE_UPDATE, mistake=mistake, other=alike) if alike else mistake.sentence
        right = self._judged.right(at, replaced(self._graph.trees[at], other.given, other.expected))
        told = self._judged.authors.shown(sentence, equation)
        return Finding(FindingKind.WRONG, equation, equation.line, mistake.kind, told, right, by=name)

    def _at_call(self, name: str, other: OtherTensor) -> Finding | None:
        """The finding at the call that gives a function the wrong tensor; None if no argument is that."""
        equation = self._graph.equations[other.equation]
        caller = self._judged.caller(equation, len(equation.call) - 1)
        if (
            caller is None
            or not isinstance(other.given, ast.Name)
            or not isinstance(other.expected, ast.Name)
        ):
            return None
        authors = self._judged.authors
        is_own = base_name(other.expected.id) == base_name(equation.name)
        result = authors.name_of_result(equation.name) if is_own else other.expected.id
        if not result:
            return None
        given, expected, right = authors.argument(caller, other.given.id, ast.Name(result, ast.Load()))
        mistake = Mistake.TENSOR_REPLACED.named(given=given, expected=expected)
        found = Finding(
            FindingKind.WRONG, equation, caller.line, mistake.kind, mistake.sentence, right, by=name
        )
        return replace(found, file=caller.file) if right else None
