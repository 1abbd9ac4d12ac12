"""Findings on parameters that are not updated, or that are replaced by their step."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.judged.start_states import at_start
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.text_lines import (
    commented_updates,
    idle_call,
    idle_statements,
    last_part,
    moved_to,
    names_of_target,
    target_of,
)
from bpstep.gradcheck.script.updates.never_updated import NeverUpdated, never_updated_parameters
from bpstep.gradcheck.script.updates.penalties import fitted_constants
from bpstep.gradcheck.script.updates.update_loop import leaving_out
from bpstep.lang.substitution import replaced
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.script.meaning.labels import direction, scale_factor
from bpstep.text import fill

_MIN_KEPT = 2
"""So many parameters that keep their old value show that the others should."""

_LITTLE = 0.1
"""A smaller share of its old value is none that a parameter keeps."""

_BEFORE = 3
"""So many lines before the first equation may be lines of the pass without one."""


class UpdateFindings:
    """The findings on updates that are missing, without effect, commented out or replaced."""

    def __init__(self, judged: JudgedPass) -> None:
        self._judged = judged
        self._study, self._graph = judged.study, judged.graph
        self._authors = judged.authors

    def never_made(self, best: Hypothesis, is_told: bool = False) -> Iterator[Finding]:
        """The weights and biases that are never updated; those of which no gradient is computed only unless
        a comment tells of them."""
        graph = self._graph
        idle = [names_of_target(each.by) for each in self.idle()]
        texts = {file: self._judged.lines(file) for file in self._judged.files()}
        for held in never_updated_parameters(self._study, best.explanation, texts):
            if any(each.search(held.name) for each in idle):
                continue
            equation = graph.equations[held.equation] if held.equation >= 0 else None
            calls = ((file, idle_call(self._judged.lines(file), held.name)) for file in self._judged.files())
            file, line = next((each for each in calls if each[1]), ("", 0))
            if line and not held.is_overwritten:
                held = replace(held, line=line, file=file, is_update=False)
            if held.is_overwritten and equation is not None:
                yield self._judged.overwritten(equation, base_name(equation.name), held.name)
                continue
            if held.gradient >= 0:
                yield self._decaying(held)
                continue
            if held.updated_instead and equation is not None:
                yield self._updated_instead(held, equation)
                continue
            is_stepped = held.is_update or held.is_moved or held.is_reset
            left = None if is_stepped else leaving_out(self._judged, best.explanation, held.name)
            if left is not None:
                sentence = fill(messages.LEFT_OUT_OF_UPDATES, name=held.name)
                mistake = MistakeKind.NEVER_UPDATED
                kind, file, by = FindingKind.WRONG, left.file, held.name
                yield Finding(kind, None, left.line, mistake, sentence, file=file, by=by)
                continue
            if held.is_only_read and equation is not None:
                if best.wrong or best.repairs or is_told:
                    # Beside parameters that follow another rule, this one may, too.
                    continue
                kind = FindingKind.OTHER_RULE if held.may_be_fixed else FindingKind.WRONG
                sentence = fill(messages.READ_NEVER_UPDATED, name=held.name)
                mistake = MistakeKind.NEVER_UPDATED
                yield Finding(kind, equation, held.line, mistake, sentence, by=held.name)
                continue
            if held.is_one_of_list or (held.is_moved and is_told):
                continue
            if (held.is_reset or held.is_moved) and equation is not None:
                yield self._without_gradient(held, equation)
                continue
            right = ""
            # A line that gives the right value another name is not the one that has to change.
            if equation is not None and held.is_update and not self._authors.assigns(equation, held.name):
                tree = graph.trees[held.equation]
                right = f"{held.name} = {self._authors.text(tree, equation)}"
            yield Finding(
                FindingKind.WRONG,
                equation,
                held.line,
                MistakeKind.NEVER_UPDATED,
                self._sentence(held, equation),
                right,
                file=held.file,
                by=held.name,
            )

    @staticmethod
    def _sentence(held: NeverUpdated, equation: ScriptEquation | None) -> str:
        """What is told of a line at which the update of a tensor is missing or lost."""
        if held.delta:
            return fill(messages.DELTA_UNREAD, name=held.name, delta=base_name(held.delta))
        is_here = held.is_update or equation is None or held.line != equation.line
        return fill(messages.NEVER_UPDATED_HERE if is_here else messages.NEVER_UPDATED, name=held.name)

    def _updated_instead(self, held: NeverUpdated, equation: ScriptEquation) -> Finding:
        """The finding on an update of one parameter, or of a gradient, along the gradient with respect to
        another: `W -= rate * db`, `db -= rate * db`.
        """
        other = held.updated_instead
        name = self._authors.text(ast.Name(held.name, ast.Load()), equation)
        # A statement that is not an augmented one reads its target once before the step.
        most = 0 if other in self._study.trained else 1 if re.match(r".*?[-+]=", equation.written) else 2
        own, count = re.subn(rf"\b{re.escape(other)}\b", name, equation.written, count=most)
        template = messages.UPDATED_TWICE if held.is_second else messages.UPDATED_INSTEAD
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            MistakeKind.NEVER_UPDATED,
            fill(template, name=held.name, other=other),
            # A second update has the other's step, too.
            own if count and not held.is_second else "",
            by=held.name,
        )

    def _without_gradient(self, held: NeverUpdated, equation: ScriptEquation) -> Finding:
        """The finding on a line whose value or step of a parameter depends on no gradient."""
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            MistakeKind.NEVER_UPDATED,
            fill(messages.SET_ANEW if held.is_reset else messages.NO_GRADIENT_IN_STEP, name=held.name),
            by=held.name,
        )

    def _decaying(self, held: NeverUpdated) -> Finding:
        """The finding on an update that reads the parameter in place of its gradient: `b -= rate * b`; or an
        average that reads itself.
        """
        graph = self._graph
        equation, tree = graph.equations[held.equation], graph.trees[held.equation]
        gradient = ast.Name(graph.equations[held.gradient].name, ast.Load())
        own = [each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id == held.own]
        right = self._judged.right(held.equation, replaced(tree, own[-1], gradient))
        mistake = Mistake.TENSOR_REPLACED.named(given=held.own, expected=gradient.id)
        self._judged.wrong_parameters.append(held.name)
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            mistake.kind,
            self._authors.shown(mistake.sentence, equation),
            right,
            by=held.name,
        )

    def idle(self) -> Iterator[Finding]:
        """The updates near the lines of the pass that are computed and not stored."""
        for file in self._judged.files():
            for line, name, right in idle_statements(self._judged.lines(file), self._judged.lines_run(file)):
                same = (each for each in self._graph.equations if (each.file, each.line) == (file, line))
                if any(not np.ndim(each.value) for each in same):
                    right = ""  # no statement changes a number that a list holds
                yield Finding(
                    FindingKind.WRONG,
                    None,
                    line,
                    MistakeKind.NEVER_UPDATED,
                    fill(messages.NEVER_UPDATED_HERE, name=name),
                    right,
                    file=file,
                    by=name,
                )

    def staying(self) -> Iterator[Finding]:
        """The lines that compute a memory of gradients from nothing but the memory, so that it stays 0 and
        what is updated with it stays as it is: `v += (1 - beta) * v`."""
        study, graph = self._study, self._graph
        kept = {name for name in study.all_carried if self._is_kept(name)}
        if not kept.issuperset(study.trained):
            # What other parameters remember tells what the line should read.
            return
        lines: set[tuple[str, int]] = set()
        for name in sorted(kept):
            start, end = graph.inputs[name], graph.current[name]
            below = {each for each in graph.inputs.values() if each in graph.cone([end])}
            is_alone = all(each == start or not np.ndim(study.actual[each]) for each in below)
            readers = [each for each in kept if each != name and end in graph.cone([graph.current[each]])]
            if np.any(study.actual[start]) or not is_alone or not readers or end not in graph.roots:
                continue
            parameters = [each for each in readers if each in study.trained]
            self._judged.wrong_parameters += parameters
            equation = graph.equations[graph.roots.index(end)]
            if (equation.file, equation.line) not in lines:
                lines.add((equation.file, equation.line))
                sentence = fill(messages.MEMORY_STAYS, name=target_of(equation.written) or name)
                kind, mistake = FindingKind.WRONG, MistakeKind.NEVER_UPDATED
                by = parameters[0] if parameters else ""
                yield Finding(kind, equation, equation.line, mistake, sentence, by=by)

    def _is_kept(self, name: str) -> bool:
        """Whether a pass computes an array anew and leaves it as it is."""
        before, after = (self._study.actual[at[name]] for at in (self._graph.inputs, self._graph.current))
        is_new = self._graph.inputs[name] != self._graph.current[name]
        return is_new and np.ndim(before) > 0 and np.array_equal(before, after)

    def commented(self, best: Hypothesis | None = None) -> Iterator[Finding]:
        """The updates in comments near the lines of the pass, whose targets no line updates.

        If a loss is found, only for targets that the pass reads, or for parameters that stay unchanged.
        """
        graph = self._graph
        written = {last_part(each.name) for each in graph.equations}
        still = set() if best is None else self._still(best)
        read = {name for each in graph.equations for name in re.findall(r"\w+", each.written)}
        for file in self._judged.files():
            # A line that only passes a value on has no equation.
            run = self._judged.lines_run(file)
            first, last = min(run, default=0) - 1, max(run, default=0)
            between = self._judged.lines(file)[max(first - _BEFORE, 0) : last]
            read.update(*(re.findall(r"\w+", line.split("#")[0]) for line in between))
        commented = (
            (file, *each)
            for file in self._judged.files()
            for each in commented_updates(self._judged.lines(file), self._judged.lines_run(file))
        )
        for file, line, name, update in commented:
            own, key = last_part(name.split("[")[0]), re.findall(r"\w+", name)[-1]
            if best is None and last_part(name) in written:
                continue
            # A rate decreased in a comment is not a parameter: the update has to read a result of the pass.
            reads_result = not written.isdisjoint(re.findall(r"\w+", update.split("=", 1)[-1]))
            is_meant = own in read and own not in written and reads_result
            if best is not None and key not in still and not is_meant:
                continue
            sentence = fill(messages.NEVER_UPDATED_HERE, name=name)
            kind = MistakeKind.NEVER_UPDATED
            yield Finding(FindingKind.WRONG, None, line, kind, sentence, update, file=file, by=name)

    def _still(self, best: Hypothesis) -> set[str]:
        """The last parts of the names of tensors that the loss depends on and no update changes."""
        study, graph = self._study, self._graph
        found = set()
        for name in study.held:
            start = graph.inputs[name]
            if name in study.all_carried and best.explanation.direction(start) is not None:
                end = graph.current[name]
                if all(np.array_equal(values[start], values[end]) for values in study.states):
                    found.add(last_part(name))
        return found

    def replacing(self, best: Hypothesis) -> Iterator[Finding]:
        """The parameters that are replaced by their step."""
        graph = self._graph
        has_arrays = any(np.ndim(self._study.actual[graph.inputs[each]]) for each in self._study.trained)
        # If others follow nothing, the replaced value may be the sum of the gradients itself.
        for name, nodes in best.matches.found.items() if not best.wrong else ():
            start, end = graph.inputs[name], graph.current[name]
            gradients = {node for node, _ in nodes}
            if not np.ndim(self._study.actual[start]) and not has_arrays and not self._are_kept(best, name):
                # Of scalars alone, one may be a multiple of a gradient by chance.
                continue
            if self._is_moved(start, end, gradients):
                # Beside a very large step, its numbers may not show the old value.
                continue
            is_gradient = end in best.matches.labels
            is_kept = end in gradients or start in graph.cone([end], gradients)
            if is_kept and not is_gradient and not self._keeps_little(best, name):
                continue
            if not self._keeps_a_sum(name, gradients):
                self._judged.wrong_parameters.append(name)
                equation, is_uphill = graph.equations[graph.roots.index(end)], self._is_uphill(best, name)
                found = self._judged.overwritten(equation, name, name, is_uphill)
                yield self._at_move(found, "-=" if is_uphill else "+=")

    def _is_moved(self, start: int, end: int, gradients: Collection[int]) -> bool:
        """Whether a new value is the old one with a step that does not contain it."""
        node = self._graph.nodes[end]
        is_step = node.pattern in ("_0 - _1", "_0 + _1") and node.operands[0] == start
        return is_step and start not in self._graph.cone(node.operands[1:], gradients)

    def _are_kept(self, best: Hypothesis, name: str) -> bool:
        """Whether several other parameters keep their old value, and this one has nothing of its own."""
        graph = self._graph
        steps = {
            each: (graph.inputs[each], graph.cone([graph.current[each]], {node for node, _ in nodes}))
            for each, nodes in best.matches.found.items()
        }
        kept = [each for each, (start, cone) in steps.items() if start in cone]
        return name not in kept and len(kept) >= _MIN_KEPT

    def _keeps_little(self, best: Hypothesis, name: str) -> bool:
        """True if of a parameter's old value only what a penalty adds to its gradient is in the new one."""
        kept = self._share_kept(best, name, self._study.states)
        if kept is None:
            # Beside what an optimiser remembers, the share shows at its start.
            states = [at_start(self._study, each) for each in self._study.states]
            kept = self._share_kept(best, name, states) or None
        return kept is not None and abs(kept) < _LITTLE

    def _share_kept(self, best: Hypothesis, name: str, states: Iterable[Values]) -> float | None:
        """The multiple of a parameter's old value that is in the new one, beside a multiple of its gradient;
        None if it consists of more."""
        start, end = self._graph.inputs[name], self._graph.current[name]
        columns: list[list[Any]] = [[], [], []]
        for values, gradients in zip(states, best.explanation.gradients):
            given = values[end], gradients.get(start, MISSING), values[start]
            if not have_one_shape(*given):
                return None
            # A row is replaced, and the others stay.
            changed = np.asarray(given[0] != given[2])
            for column, each in zip(columns, given):
                column.append(np.asarray(each)[changed])
        fitted = fitted_constants(*columns)
        return fitted[1] if fitted is not None and fitted[0] else None

    def _is_uphill(self, best: Hypothesis, name: str) -> bool:
        """True if what a parameter is replaced with is a positive multiple of its gradient."""
        start, end = self._graph.inputs[name], self._graph.current[name]
        wanted = best.explanation.direction(start)
        given = direction([values[end] for values in self._study.states])
        return scale_factor(given, wanted) > 0

    def _at_move(self, found: Finding, operator: str) -> Finding:
        """The finding at the line below that assigns the equation's result to the parameter."""
        assert found.equation is not None
        line, target, moved = moved_to(self._judged.lines(found.equation.file), found.equation)
        return replace(found, line=line, right=f"{target} {operator} {moved}") if line else found

    def _keeps_a_sum(self, name: str, gradients: Collection[int]) -> bool:
        """True if a parameter is computed from the sum of all its gradients: a rule of its own."""
        study, graph = self._study, self._graph
        cone, values = graph.cone([graph.current[name]], gradients), study.states[0]
        for other in study.remembered:
            start, end = graph.inputs[other], graph.current[other]
            if start in cone:
                kept = {node: Fixed(values[node]) for node in gradients}
                moved = graph.again(values, {**kept, start: Fixed(values[start] + 1.0)})[end]
                if moved is not MISSING and np.allclose(moved - values[end], 1.0):
                    return True
        return False
