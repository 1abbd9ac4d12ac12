"""What a step consists of, where it is not a multiple of the gradient: a term that has nothing to do with the
gradient, or a function of it that is not compared with anything.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.judged.start_states import at_start
from bpstep.gradcheck.script.judged.steps import Steps
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange, changes_that_keep
from bpstep.gradcheck.script.text.equation_trees import base_name, names_in, short_text
from bpstep.gradcheck.script.text.text_lines import without_part
from bpstep.gradcheck.script.updates.penalties import fitted_constants, rate_of_step
from bpstep.gradcheck.script.updates.strange_penalties import StrangePenalties
from bpstep.lang.substitution import replaced
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.script.meaning.labels import change_direction, direction, scale_factor
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.text import fill

_NOISE = 1e-9
"""The relative size of a rounding error."""

_MAX_LOSSES = 12
"""How many other losses are tried for a step of two losses."""

_MORE = 1.01
"""A gradient is made that many times as large to see how a step follows it."""

_WITH_NUMBER = re.compile(r"_0 [+-] [\d.e-]+|[\d.e-]+ [+-] _0")
"""A sum with a number that is written out."""

_SCALED = re.compile(r"-_0|[\d.e-]+ \* _0|_0 [*/] [\d.e-]+|_0 [*/] _1|_0\.T|_0\.reshape\(.*\)")
"""What changes every term of a sum alike."""


_MASK = re.compile(r"_0 == (\d+|_1)")
"""Where an update takes place."""


@dataclass
class _Parts:
    """The terms of a parameter's change, each a node."""

    memory: Collection[int]
    """What is remembered of earlier gradients."""
    end: int
    """The new value; of a parameter that the pass updates again and again, that of the first time."""
    ends: Collection[int]
    """What is looked at as a whole: the old value, the gradient, and what is remembered of earlier ones."""
    gradient: set[int] = field(default_factory=set)
    """What is computed from the gradient, or from what is remembered of earlier ones."""
    own: list[int] = field(default_factory=list)
    """What is computed from the parameter alone: a penalty."""
    numbers: list[int] = field(default_factory=list)
    """What is added to all cells, or to all rows or columns."""
    other: list[int] = field(default_factory=list)


class StepTerms(HypothesisFindings):
    """Compares the steps that are not a multiple of their gradient, as far as that is possible."""

    def __init__(self, judged: JudgedPass, best: Hypothesis, steps: Steps) -> None:
        super().__init__(judged, best)
        self._steps, self._matches = steps, best.matches
        starts = (self._graph.inputs[name] for name in self._study.trained)
        self._changing = self._graph.reached_from(starts)
        """What depends on a parameter."""

    def findings(self) -> Iterator[Finding]:
        """A term of a step that belongs to no gradient, and each step that could not be compared."""
        yield from filter(None, map(self._finding, self._matches.found))

    def _finding(self, name: str) -> Finding | None:
        """What is found in the step of one parameter, if anything."""
        if self._steps.is_growing(name):
            self._judged.wrong_parameters.append(name)
            return self._growing(name)
        if self._steps.is_multiple(name) or name in self._judged.wrong_parameters:
            return None
        if self._graph.current[name] not in self._study.roots:
            return None
        if self._is_first_compared(name) or self._follows_own_loss(name):
            return None
        left_out = self._left_out(name)
        if left_out is not None:
            return left_out
        parts = self._parts(name)
        if parts.numbers:
            self._judged.wrong_parameters.append(name)
            return self._too_many(name, parts.numbers[0])
        strange = StrangePenalties(self._judged, self._steps.states)
        found = strange.even_penalty(name, parts.own)
        if not parts.own and self._has_penalties(name):
            found = strange.penalty_of_another(name, self._of_other_parameters(name, parts))
        if found is not None:
            return found
        penalty = self._penalty(name, parts) if parts.own else None
        return penalty or self._uncompared(name, parts)

    def _has_penalties(self, name: str) -> bool:
        """Whether the step of another parameter contains a term of that parameter itself."""
        return any(self._parts(each).own for each in self._matches.found if each != name)

    def _of_other_parameters(self, name: str, parts: _Parts) -> dict[int, int]:
        """The terms of a step that are multiples of another parameter or of a row of it, beside a gradient;
        each with what it is a multiple of. One of the same shape may be a velocity."""
        graph, study = self._graph, self._study
        shapes = {each: np.shape(study.actual[graph.inputs[each]]) for each in study.trained}
        others = [each for each in shapes if shapes[each] != shapes[name]]
        wholes = {at for each in others for at in (graph.inputs[each], graph.current[each])}
        found: dict[int, int] = {}
        for term in (*parts.other, *(parts.gradient if len(parts.gradient) > 1 else ())):
            core = term
            while len(inner := self._summands(core, parts.ends)) == 1 and inner != (core,):
                (core,) = inner
            is_row = graph.nodes[core].pattern.startswith("_0[") and graph.nodes[core].operands[0] in wholes
            if core in wholes or is_row:
                found[term] = core
        return found

    def _left_out(self, name: str) -> Finding | None:
        """The finding that a part of a parameter keeps its value although its gradient is not 0; None if
        there is no such part."""
        graph, start, end = self._graph, self._graph.inputs[name], self._graph.current[name]
        pairs = [(values[start], values[end]) for values in self._steps.states]
        gradients = [np.abs(each.get(start, np.nan)) for each in self._best.explanation.gradients]
        if len({np.shape(each) for pair in (*pairs, gradients) for each in pair}) > 1:
            return None
        still = np.all([old == new for old, new in pairs], axis=0)
        moving = np.all([each > _NOISE * np.max(each, initial=0.0) for each in gradients], axis=0)
        if still.all() or not (still & moving).any():
            return None
        at = graph.roots.index(end)
        equation = graph.equations[at]
        cell = tuple(int(each) for each in np.argwhere(still & moving)[0])
        sentence = fill(messages.PART_NEVER_UPDATED, name=name, cell=f"{name}{list(cell)}")
        right = without_part(equation.written)
        if not right:
            # Which part is updated may change from pass to pass.
            self._judged.unchecked_parameters.append(name)
            return Finding(FindingKind.NOT_CHECKED, equation, equation.line, sentence=sentence, by=name)
        self._judged.wrong_parameters.append(name)
        kind = MistakeKind.NEVER_UPDATED
        return Finding(FindingKind.WRONG, equation, equation.line, kind, sentence, right, by=name)

    def _uncompared(self, name: str, parts: _Parts) -> Finding | None:
        """What is found in a step whose parts are compared with nothing: a single change that makes it a
        multiple of the gradient, or that it is not checked."""
        sentence = self._not_compared(name, parts)
        if not sentence:
            return None
        at = self._graph.roots.index(parts.end)
        equation = self._graph.equations[at]
        change = None if parts.other else self._change(name, at)
        if change is None:
            self._judged.unchecked_parameters.append(name)
            return Finding(FindingKind.NOT_CHECKED, equation, equation.line, sentence=sentence, by=name)
        self._judged.wrong_parameters.append(name)
        right = self._judged.right(at, change.tree)
        told = self._judged.authors.shown(change.mistake, equation)
        return Finding(FindingKind.WRONG, equation, equation.line, change.kind, told, right, by=name)

    def unknown(self, told: Collection[str]) -> Iterator[Finding]:
        """What the pass changes and no gradient was compared with: a tensor that the loss depends on, or one
        that is stepped like a parameter though no loss depends on it. Something is `told` of some already.
        """
        graph, study, explanation = self._graph, self._study, self._best.explanation
        ends = {name: graph.current[name] for name in study.all_carried if name not in study.trained}
        given = graph.reached_from([*explanation.candidate.targets, *self._matches.labels])
        outputs = [output for each in study.usual for output in each.outputs]
        losses = [each.outputs[0] for each in study.scalars if is_loss(graph.written(each.outputs[0]))]
        forward = graph.cone([*outputs, *losses])
        for name, end in ends.items():
            start = graph.inputs[name]
            if name in told or end == start or end in study.update_cone or end not in graph.roots:
                continue
            equation = graph.equations[graph.roots.index(end)]
            step, is_array = graph.nodes[end], np.ndim(study.actual[start]) > 0
            is_stepped = step.pattern in ("_0 - _1", "_0 + _1") and step.operands[0] == start
            is_apart = is_stepped and is_array and end in given and start not in forward
            if end in given and explanation.direction(start) is not None and end not in forward:
                sentence = fill(messages.CHANGED_UNCOMPARED, name=name)
            elif (is_apart and (hidden := self._hidden_in(*outputs))) or (
                explanation.direction(start) is not None and (hidden := self._hidden_in(end))
            ):
                # What is not understood may have led from the parameter to the loss.
                sentence = fill(messages.OPAQUE_IN_THE_WAY, name=hidden.name, reason=hidden.opaque)
            elif is_apart and step.pattern == "_0 - _1":
                sentence = fill(messages.LOSS_WITHOUT, name=name)
            else:
                continue
            self._judged.unchecked_parameters.append(name)
            yield Finding(FindingKind.NOT_CHECKED, equation, equation.line, sentence=sentence, by=name)

    def _hidden_in(self, *ends: int) -> ScriptEquation | None:
        """The first equation that values depend on and that is not understood; None if there is none."""
        below = self._graph.cone(ends)
        found = (each for each in self._graph.equations if each.opaque)
        return next((each for each in found if self._graph.inputs[each.name] in below), None)

    def _growing(self, name: str) -> Finding:
        """The finding on an update whose decay has the wrong sign."""
        equation = self._graph.equations[self._graph.roots.index(self._first_end(name))]
        sentence = fill(messages.DECAY_GROWS, names=name)
        return Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.SIGN, sentence, by=name)

    def _change(self, name: str, at: int) -> EquationChange | None:
        """The single change of an update that makes its step a multiple of the gradient, as others are.

        None if it has none, or if a cell of the step depends on other cells of the gradient.
        """
        graph, tree = self._graph, self._graph.trees[at]
        start = graph.inputs[name]
        reads = {**graph.names_before(at), **graph.reads[at]}
        wanted = self._best.explanation.direction(start)
        others = (each for each in self._matches.found if self._steps.is_multiple(each))
        usual = sorted(self._steps.constants[each] for each in others)
        is_uphill = bool(usual) and usual[len(usual) // 2] > 0
        if self._is_left_out(start, graph.roots[at]) or not self._is_cell_by_cell(name, graph.roots[at]):
            return None
        for change in changes_that_keep(tree, names_in(tree) & reads.keys() - {name}):
            plan = graph.plan(at, change.tree, reads)
            pairs = ((values[start], graph.run(plan, values)[-1]) for values in self._steps.states)
            constant = scale_factor(change_direction(pairs), wanted)
            if constant and (constant > 0) == is_uphill:
                return change
        return None

    def _is_left_out(self, start: int, end: int) -> bool:
        """Whether a step is 0 because of a number from outside that is 0 in this pass."""
        graph = self._graph
        zeros = [graph.inputs[each] for each in self._study.feeds if not np.any(graph.before[each])]
        pins = {at: Fixed(self._study.actual[at]) for at in zeros}
        found = ((values, graph.again(values, pins)[end]) for values in self._steps.states if pins)
        return bool(pins) and all(np.array_equal(values[start], new) for values, new in found)

    def _is_cell_by_cell(self, name: str, end: int) -> bool:
        """Whether each cell of a new value depends on its own cell of the gradient alone."""
        values, node = self._steps.states[0], self._gradient_of(name)
        gradient = np.array(values[node], dtype=np.float64)
        if np.shape(gradient) != np.shape(values[end]):
            return False
        gradient.flat[0] *= _MORE
        moved = self._graph.again(values, {node: Fixed(gradient)})[end]
        return moved is not MISSING and np.array_equal(np.ravel(moved)[1:], np.ravel(values[end])[1:])

    def _first_end(self, name: str) -> int:
        """The new value of a parameter; where its lines run again and again, after the first time."""
        graph = self._graph
        own = [at for at, each in enumerate(graph.equations) if base_name(each.name) == base_name(name)]
        lines = [(graph.equations[at].file, graph.equations[at].line) for at in own]
        again = lines.index(lines[0], 1) if lines[0] in lines[1:] else 0
        return graph.roots[own[again - 1]]

    def _is_first_compared(self, name: str) -> bool:
        """Whether the lines of a parameter run again and again, and its first step is a multiple of the
        gradient."""
        graph, start, end = self._graph, self._graph.inputs[name], self._first_end(name)
        pairs = [(values[start], values[end]) for values in self._steps.states]
        wanted = self._best.explanation.direction(start)
        return end != graph.current[name] and bool(scale_factor(change_direction(pairs), wanted))

    def _follows_own_loss(self, name: str) -> bool:
        """Whether a step is along a loss that the script computes, with its penalties."""
        study, start = self._study, self._graph.inputs[name]
        given = study.change(name, self._steps.states)
        explained = (study.explain(each) for each in study.scalars if given is not None)
        return any(scale_factor(given, each.direction(start)) for each in explained if each is not None)

    def _parts(self, name: str, whole: int = -1) -> _Parts:
        """The terms of which a parameter's new value is the sum, but for the old one.

        `whole` is a sum that is looked at as one term: a gradient with its penalty.
        """
        graph, study = self._graph, self._study
        start, gradients = graph.inputs[name], {node for node, _ in self._matches.found[name]}
        memory = {
            graph.inputs[other]
            for other in study.all_carried
            if other != name
            and gradients & graph.cone([graph.current[other]])
            and (other in study.remembered or self._is_velocity(name, other))
        }
        found = _Parts(memory, self._first_end(name), {start, *gradients, *memory, whole})
        for at, shape in self._terms(found.end, found.ends):
            below = graph.cone([at])
            arrays = {each for each in below if each == start or self._is_array(each)}
            if at == start or self._adds_nothing(at):
                continue
            if _WITH_NUMBER.fullmatch(graph.nodes[at].pattern):
                (found.numbers if np.prod(shape) > 1 else found.other).append(at)
                continue
            if below & gradients or below & memory:
                found.gradient.add(at)
            elif np.prod(np.shape(study.actual[at])) != np.prod(shape) and self._is_for_all(at, start):
                found.numbers.append(at)
            elif arrays == {start}:
                found.own.append(at)
            else:
                found.other.append(at)
        return found

    def _adds_nothing(self, at: int) -> bool:
        """Whether a term, or the number in a sum with one, is 0 in every state: the penalty of a bias where
        the line is also that of the weights."""
        node = self._graph.nodes[at]
        is_with_number = _WITH_NUMBER.fullmatch(node.pattern) is not None
        without = node.operands[0] if is_with_number else -1
        states = [each for each in self._steps.states if each[at] is not MISSING]
        terms = (each[at] - each[without] if is_with_number else each[at] for each in states)
        return not any(map(np.any, terms))

    def _is_velocity(self, name: str, other: str) -> bool:
        """Whether the new value of another parameter goes into one, as where a velocity looks ahead."""
        graph = self._graph
        ends = [np.shape(self._study.actual[graph.inputs[each]]) for each in (name, other)]
        return ends[0] == ends[1] and graph.current[other] in self._study.cones[name]

    def _is_array(self, at: int) -> bool:
        return not self._graph.nodes[at].operands and bool(np.ndim(self._study.actual[at]))

    def _is_for_all(self, at: int, start: int) -> bool:
        """Whether a term smaller than its parameter is the same for cells that it should not be the same for.

        A penalty on the sum of a row or column is the same for all of its cells.
        """
        return np.size(self._study.actual[at]) == 1 or start not in self._graph.cone([at])

    def _terms(self, end: int, ends: Collection[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The terms of a sum, of one that is scaled or stored in a part of an array, too,
        each with the shape of the sum."""
        actual, seen = self._study.actual, {end}
        waiting = [(end, end, np.shape(actual[end]))]
        while waiting:
            at, outer, shape = waiting.pop()
            inner = self._summands(at, ends)
            if inner == (at,):
                yield outer, shape
                continue
            if _WITH_NUMBER.fullmatch(self._graph.nodes[at].pattern):
                yield at, shape
            for each in inner:
                if each not in seen:
                    seen.add(each)
                    # What is only scaled is one term as a whole.
                    is_sum = len(inner) > 1
                    within = np.shape(actual[each] if self._is_store(at) else actual[at])
                    if is_sum and np.size(actual[each]) != np.prod(within):
                        yield each, within
                    else:
                        waiting.append((each, each, within) if is_sum else (each, outer, shape))

    def _summands(self, at: int, ends: Collection[int]) -> tuple[int, ...]:
        """What a node adds up, or the one that it scales; the node itself if it does neither."""
        node = self._graph.nodes[at]
        if at in ends:
            return (at,)
        if node.pattern in ("_0 + _1", "_0 - _1"):
            return node.operands
        if self._is_store(at):
            return node.operands if node.pattern.startswith("concat") else node.operands[-2:]
        if _WITH_NUMBER.fullmatch(node.pattern):
            return node.operands
        if _SCALED.fullmatch(node.pattern) and self._scaled(at) >= 0:
            return (self._scaled(at),)
        return (at,)

    def _is_store(self, at: int) -> bool:
        """Whether a node puts an array together: the old one and what is stored in a part of it."""
        node = self._graph.nodes[at]
        last = len(node.operands) - 1
        is_mask = node.pattern.startswith("where(") and node.pattern.endswith(f", _{last - 1}, _{last})")
        return is_mask or node.pattern.startswith("concatenate(")

    def _scaled(self, at: int) -> int:
        """What a node multiplies by a number that no parameter changes; -1 for any other node."""
        node, study = self._graph.nodes[at], self._study
        if len(node.operands) == 1:
            return node.operands[0]
        one, other = node.operands
        for kept, number in ((one, other), (other, one)):
            # A mask leaves a step out for whole rows.
            is_mask = _MASK.fullmatch(self._graph.nodes[number].pattern) is not None
            is_number = (not np.ndim(study.actual[number]) or is_mask) and number not in self._changing
            if is_number and (number == other or "*" in node.pattern):
                return kept
        return -1

    def _too_many(self, name: str, term: int) -> Finding:
        """The finding on a term that is added to every cell of a step."""
        graph = self._graph
        at, part = max(
            ((at, part) for at in self._lines_of(name) for part in self._parts_of(at, term)),
            key=lambda one: (_without(graph.trees[one[0]], one[1]) is not None, one[0]),
            default=(graph.roots.index(self._first_end(name)), None),
        )
        equation, tree = graph.equations[at], graph.trees[at]
        text = graph.written(term) if part is None else short_text(part)
        mistake = Mistake.TERM_TOO_MANY.named(part=self._judged.authors.shown(text, equation))
        kept = None if part is None else _without(tree, part)
        right = "" if kept is None or isinstance(kept, ast.Name) else self._judged.right(at, kept)
        return Finding(
            FindingKind.WRONG, equation, equation.line, mistake.kind, mistake.sentence, right, by=name
        )

    def _lines_of(self, name: str) -> Iterator[int]:
        roots = enumerate(self._graph.roots)
        return (at for at, root in roots if root in self._study.cones[name])

    def _parts_of(self, at: int, term: int) -> Iterator[ast.expr]:
        """The parts of an equation that are a term: its own, or the number in a sum with one."""
        is_number = _WITH_NUMBER.fullmatch(self._graph.nodes[term].pattern) is not None
        for each in ast.walk(self._graph.trees[at]):
            if self._place(at, each) != term:
                continue
            if isinstance(each, ast.BinOp) and is_number:
                yield each.right if isinstance(each.right, ast.Constant) else each.left
            elif isinstance(each, ast.expr):
                yield each

    def _place(self, at: int, part: ast.AST) -> int | None:
        if isinstance(part, ast.Name):
            return self._graph.reads[at].get(part.id)
        return self._graph.places[at].get(id(part))

    def _not_compared(self, name: str, parts: _Parts) -> str:
        """Why nothing is known of a step; empty if it goes down the gradient."""
        slots = {"name": name}
        if parts.other:
            if self._follows_another_loss(name, parts):
                return ""
            return fill(messages.STEP_WITH_TERM, term=self._graph.written(parts.other[0]), **slots)
        whole = self._with_penalty(name)
        if not self._follows(name, parts, self._gradient_of(name)) and not self._follows(
            name, self._parts(name, whole), whole
        ):
            return fill(messages.STEP_NOT_COMPARED, **slots)
        return ""

    def _penalty(self, name: str, parts: _Parts) -> Finding | None:
        """The finding that a step's penalty is not that of the loss that the script computes, where it is no
        share of the whole parameter; None if it is that, or if the script computes no loss with a penalty."""
        study, start = self._study, self._graph.inputs[name]
        if rate_of_step(study, self._best.explanation, name) is not None:
            return None
        explained = (study.explain(each) for each in study.scalars)
        own = [each for each in explained if each is not None and start in each.inputs.values()]
        found = [each for each in own if not each.constant_beside(self._best.explanation)]
        terms = [replace(parts, gradient=set(each)) for each in (parts.gradient, parts.own)]
        steps = [
            [self._step_value(self._at_start(values, parts), parts.end, each, {}) for each in terms]
            for values in self._steps.states
        ]
        if not found or any(each is MISSING for pair in steps for each in pair):
            return None
        for sign in (1, -1):
            given = direction([step + sign * penalty for step, penalty in steps])
            scales = [scale_factor(given, each.direction(start)) for each in found]
            if any(each > 0 for each in scales):
                # The sign of the gradient itself is a finding of its own.
                return None
            if any(scales):
                break
        else:
            sign = 0
        loss = self._graph.written(found[0].candidate.outputs[0])
        line = max(at for at in self._lines_of(name) if any(self._parts_of(at, parts.own[0])))
        equation = self._graph.equations[line]
        if sign < 0:
            self._judged.wrong_parameters.append(name)
            told = fill(messages.DECAY_SIGN, names=name, loss=loss)
            return Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.SIGN, told, by=name)
        if not sign:
            self._judged.unchecked_parameters.append(name)
            told = fill(messages.DECAY_NOT_COMPARED, name=name, loss=loss)
            return Finding(FindingKind.NOT_CHECKED, equation, equation.line, sentence=told, by=name)
        return None

    def _follows_another_loss(self, name: str, parts: _Parts) -> bool:
        """Whether a step is that of two losses, as those of true and of false samples."""
        graph, study, explanation = self._graph, self._study, self._best.explanation
        start, end = graph.inputs[name], parts.end
        all_terms = replace(parts, gradient={*parts.gradient, *parts.other})
        steps = [self._step_value(values, end, all_terms, {}) for values in self._steps.states]
        for candidate in study.usual[:_MAX_LOSSES]:
            other = None if candidate == explanation.candidate else study.explain(candidate)
            if other is not None and start in other.inputs.values():
                gradients = (
                    [each.get(start, MISSING) for each in one.gradients] for one in (explanation, other)
                )
                fitted = fitted_constants(steps, *gradients)
                if fitted is not None and fitted[0] * fitted[1] > 0:
                    return True
        return False

    def _follows(self, name: str, parts: _Parts, node: int) -> bool:
        """Whether a step goes along a gradient in every cell, farther where the gradient is larger."""
        signs = self._signs(name, parts, node, is_started=True)
        # Where an optimiser that remembers nothing makes no step, as with a count that is 0.
        return len(signs or self._signs(name, parts, node, is_started=False)) == 1

    def _signs(self, name: str, parts: _Parts, node: int, is_started: bool) -> set[float]:
        """The signs of a step and of what it grows by with the gradient, both along that; none if they can't
        be compared."""
        graph, start, end = self._graph, self._graph.inputs[name], parts.end
        signs: set[float] = set()
        for state, gradients in zip(self._steps.states, self._best.explanation.gradients):
            values = self._at_start(state, parts) if is_started else state
            moved = graph.again(values, {node: Fixed(values[node] * _MORE)})
            before, after = (self._step_value(each, end, parts, {}) for each in (values, moved))
            is_whole = np.shape(values[node]) == np.shape(before)
            # Of a parameter that is updated row by row, the script has no whole gradient.
            wanted = values[node] if is_whole else gradients.get(start, MISSING)
            if not have_one_shape(before, after, wanted):
                return set()
            floor = _NOISE * float(np.max(np.abs(values[start] * wanted), initial=0.0))
            for given in (before, after - before):
                along = np.ravel(given * wanted)
                signs |= set(np.sign(along[np.abs(along) > floor]).tolist())
        return signs

    def _gradient_of(self, name: str) -> int:
        """The first node that is a parameter's gradient, in its shape if there is one."""
        nodes = [node for node, _ in self._matches.found[name]]
        actual = self._study.actual
        shape = np.shape(actual[self._graph.inputs[name]])
        return next((node for node in nodes if np.shape(actual[node]) == shape), nodes[0])

    def _with_penalty(self, name: str) -> int:
        """The gradient of a parameter, with the penalty that a later line adds to it."""
        graph, start, found = self._graph, self._graph.inputs[name], self._gradient_of(name)
        for at in sorted(self._study.cones[name]):
            node = graph.nodes[at]
            if (
                found in node.operands
                and node.pattern in ("_0 + _1", "_0 - _1")
                and start not in node.operands
            ):
                other = sum(node.operands) - found
                if {each for each in graph.cone([other]) if self._is_array(each)} == {start}:
                    found = at
        return found

    def _at_start(self, values: Values, parts: _Parts) -> Values:
        """A state in which an optimiser remembers nothing, also where that begins with this pass."""
        graph = self._graph
        begun = (graph.inputs[each] for each in self._study.feeds if not np.any(graph.before[each]))
        return at_start(self._study, values, [*begun, *parts.memory])

    def _step_value(self, values: Values, at: int, parts: _Parts, known: dict[int, Any]) -> Any:
        """What the gradient contributes to a sum; `MISSING` if it is not finite. `known` are the results so
        far."""
        if at not in known:
            known[at] = self._contribution(values, at, parts, known)
        return known[at]

    def _contribution(self, values: Values, at: int, parts: _Parts, known: dict[int, Any]) -> Any:
        if at in parts.gradient:
            is_told = values[at] is not MISSING and np.isfinite(values[at]).all()
            return values[at] if is_told else MISSING
        node, inner = self._graph.nodes[at], self._summands(at, parts.ends)
        if inner == (at,):
            return np.zeros(np.shape(self._study.actual[at]))
        found = [self._step_value(values, each, parts, known) for each in inner]
        if any(each is MISSING for each in found):
            return MISSING
        if self._is_store(at):
            mask = [values[each] for each in node.operands[: len(node.operands) - len(inner)]]
            return self._graph.compute(node.pattern, [*mask, *found])
        if len(found) == 2:
            return found[0] + found[1] if "+" in node.pattern else found[0] - found[1]
        operands = [found[0] if each == inner[0] else values[each] for each in node.operands]
        return self._graph.compute(node.pattern, operands)


def _without(tree: ast.expr, part: ast.AST) -> ast.expr | None:
    """A sum without one of its terms; None if a part is not a term."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            if node.right is part:
                return replaced(tree, node, node.left)
            if node.left is part and isinstance(node.op, ast.Add):
                return replaced(tree, node, node.right)
    return None
