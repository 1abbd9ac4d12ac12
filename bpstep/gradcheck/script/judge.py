"""Which lines of a pass are wrong by themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from bpstep.gradcheck import messages
from bpstep.gradcheck.script.authors import AuthorText
from bpstep.gradcheck.script.averages import wrong_averages
from bpstep.gradcheck.script.edits import (
    OLD_PREFIX,
    EquationChange,
    MistakeKind,
    base_name,
    edits_of,
    replaced,
    tree_text,
)
from bpstep.gradcheck.script.finding import Finding, FindingKind, ScriptVerdict, WorstCell
from bpstep.gradcheck.script.never_updated import never_updated_parameters
from bpstep.gradcheck.script.shapes import HiddenShape, hidden_shapes
from bpstep.gradcheck.script.steps import Deviation, Steps
from bpstep.gradcheck.script.text_lines import (
    alias_line,
    commented_updates,
    copied_from,
    idle_statements,
    last_part,
    moved_to,
    second_name,
    unused_counts,
)
from bpstep.gradcheck.script.trial import Repair, Repairer
from bpstep.lang.trees import function_name
from bpstep.script.equations import ScriptEquation, ScriptIteration
from bpstep.script.meaning.graph import MISSING, ChangedEquation, Fixed, GraphNode, Values
from bpstep.script.meaning.labels import direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.meaning import Meaning, describe, study_pass
from bpstep.script.meaning.study import Explanation, Matches, Study
from bpstep.script.source import Source
from bpstep.text import fill

_MAX_HYPOTHESES = 4
"""So many losses are tried where a line is wrong and none explains the pass."""

_MAX_MISTAKES = 6

_UNKNOWN = 3
"""A line for which no right one is found is as unlikely as so many for which one is."""

_MAX_EXPECTED = 12
"""A line may be run so many times for its values to be put right one by one."""

_MAX_WORK = 60_000
"""So many operations are computed to try changes: some seconds;"""

_MORE_WORK = 20_000
"""and so many to find what a line should give."""

_MAX_NAMES = 6

_ENTRY = re.compile(r"\w+(?:\[\d+\])+")
"""An entry of a list by its number, as `weights[0][1]`."""

_BETTER = re.compile("margin|reward|score|likelihood|objective|utility|gain|fitness|elbo", re.IGNORECASE)
"""Names of numbers that are to be raised."""

_FEWEST_RIGHT = 0.5
"""Where fewer of the parameters follow their gradient, it is another rule that they follow."""


def judge_pass(
    iteration: ScriptIteration,
    source: Source | None = None,
    pause: Callable[[float], None] | None = None,
    loss: str = "",
) -> ScriptVerdict:
    """What is wrong with a pass, under the loss that the updates descend or under a chosen one.

    `source` is the script with the texts that it imports; from them alone an update is seen that has no
    effect. `pause` is called now and then with the part of the work that is done. `loss` is the name of a
    usual loss or of a number of the script. ExpressionError where an equation's text is none of the language,
    BpstepError where there is no such loss.
    """
    most = _MAX_WORK + _MORE_WORK

    def on_work(work: int) -> None:
        if pause is not None:
            pause(min(work / most, 1.0))

    study = study_pass(iteration, on_work, loss)
    judge = _Judge(study, source)
    found = judge.findings()
    found.sort(key=lambda each: (each.kind is not FindingKind.WRONG, each.line))
    best = judge.best
    meaning = describe(study) if best is None else describe(study, best.explanation, best.matches)
    flat = () if best is None else best.explanation.flat
    names = judge.names_of_results(meaning)
    return ScriptVerdict(meaning, iteration.equations, tuple(found), judge.wrong_parameters, flat, names)


@dataclass
class _Hypothesis:
    """A loss, the repairs after which it explains the pass, and what is right then."""

    explanation: Explanation
    matches: Matches
    repairs: list[Repair] = field(default_factory=list)

    @property
    def effort(self) -> int:
        """How much has to be mended, less being likelier: a line for which no change is known counts more."""
        return sum(1 if each.plan is not None else _UNKNOWN for each in self.repairs)

    @property
    def wrong(self) -> list[str]:
        """The parameters that follow no gradient."""
        return [name for name in self.explanation.inputs if name not in self.matches.found]


class _Judge:
    def __init__(self, study: Study, source: Source | None) -> None:
        self._study, self._graph, self._source = study, study.graph, source
        self._authors = AuthorText(self._graph.equations, source)
        self._end = self._graph.work + _MAX_WORK
        self._wrong_parameters: list[str] = []
        self._feedback_nodes: set[int] | None = None
        if self._opaque():
            self._end -= _MAX_WORK // 2
        self.best = self._best_hypothesis()

    @property
    def wrong_parameters(self) -> tuple[str, ...]:
        """The parameters that do not follow their gradient."""
        return tuple(dict.fromkeys(self._wrong_parameters))

    def findings(self) -> list[Finding]:
        """What is found, in no order."""
        best = self.best
        if best is None or not best.matches.found or not self._is_telling(best):
            carried = [] if best is None else list(self._from_not_carried(best))
            return [*self._from_idle(), *self._from_comments(), *(carried or [self._not_checked()])]
        found = [self._from_repair(best, repair) for repair in best.repairs]
        if len(best.matches.found) > _FEWEST_RIGHT * self._count(best.explanation):
            # Where half of the parameters follow nothing, a sign in the others tells little.
            found += self._from_deviations(best)
        found += self._from_averages(best)
        found += self._from_idle()
        held = list(self._from_held(best))
        found += held if held else self._from_comments(best)
        found += self._from_replaced(best)
        found += self._from_targets(best)
        carried = list(self._from_not_carried(best)) if best.wrong else []
        hidden = list(self._from_hidden(best))
        found += [*carried, *hidden]
        unexplained = [name for name in best.wrong if name not in {each.by for each in hidden}]
        if unexplained and not carried:
            names = ", ".join(unexplained[:_MAX_NAMES])
            template = messages.FOLLOWS_NONE if len(unexplained) == 1 else messages.FOLLOW_NONE
            found.append(Finding(FindingKind.NOT_FOUND, sentence=fill(template, names=names)))
        found += self._why_nothing_is_learned(best)
        found += self._notes(best, any(each.kind is FindingKind.WRONG for each in found))
        places: dict[tuple[FindingKind, int], Finding] = {}
        # Where a line above is named for it, a line is not named again for what is wrong then.
        moved = {each.equation.line for each in found if each.equation and each.line != each.equation.line}
        for each in found:
            if each.mistake is MistakeKind.UNKNOWN and each.line in moved and each.kind is FindingKind.WRONG:
                continue
            places.setdefault((each.kind, each.line), each)
        return list(places.values())

    def _is_telling(self, best: _Hypothesis) -> bool:
        """True where enough follows the loss to say that the rest should."""
        share = len(best.matches.found) / self._count(best.explanation)
        return share == 1 or (share >= _FEWEST_RIGHT and not self._opaque())

    def _count(self, explanation: Explanation) -> int:
        """How many parameters should follow a loss: all but those whose gradient is 0."""
        return max(1, len(self._study.trained) - len(explanation.flat))

    def _opaque(self) -> list[ScriptEquation]:
        """The equations before an update that are not understood."""
        graph, study = self._graph, self._study
        ends = graph.cone([graph.current[name] for name in study.all_carried])
        return [each for each in graph.equations if each.opaque and graph.inputs[each.name] in ends]

    def _not_checked(self) -> Finding:
        """Why there is nothing to compare with."""
        study, opaque = self._study, self._opaque()
        if opaque:
            first = opaque[0]
            sentence = fill(messages.OPAQUE_IN_THE_WAY, name=first.name, reason=first.opaque)
            return Finding(FindingKind.NOT_CHECKED, first, first.line, sentence=sentence)
        if self.best is not None and self.best.matches.found:
            found, count = len(self.best.matches.found), self._count(self.best.explanation)
            sentence = fill(messages.FEW_FOLLOW, found=found, count=count)
            return Finding(FindingKind.NOT_CHECKED, sentence=sentence)
        template = messages.NO_LOSS_FOUND if study.trained else messages.NOTHING_TRAINED
        if study.trained and study.loss:
            template = messages.NOT_THIS_LOSS
        return Finding(FindingKind.NOT_CHECKED, sentence=fill(template))

    # Which loss, and what has to be mended

    def names_of_results(self, meaning: Meaning) -> dict[str, str]:
        """What the results of functions are called where those are called, of what the loss is of."""
        loss = meaning.loss
        tensors = () if loss is None else (*loss.outputs, *loss.targets)
        found = {name: self._authors.name_of_result(name) for name in tensors if ":" in name}
        return {name: shown for name, shown in found.items() if shown}

    def _best_hypothesis(self) -> _Hypothesis | None:
        best: _Hypothesis | None = None
        hypotheses = list(self._hypotheses())
        # The loss that the script computes has its share of the work.
        own = any(
            one[0].candidate.kind == SCRIPT_LOSS and not self._study.is_same(hypotheses[0], one)
            for one in hypotheses[1:]
        )
        share = self._graph.work + _MAX_WORK // 2 if own else self._end
        for explanation, matches in hypotheses:
            one = _Hypothesis(explanation, matches)
            wrong = one.wrong
            if matches.found or not self._opaque():
                self._mend(one, self._end if best else share)
            if best is None or self._is_better(one, best):
                best, self._wrong_parameters = one, wrong
            if not best.wrong and best.effort <= 1:
                break
        return best

    def _is_better(self, one: _Hypothesis, best: _Hypothesis) -> bool:
        before, after = (best.explanation, best.matches), (one.explanation, one.matches)
        if not best.wrong and not one.wrong:
            if one.effort == best.effort:
                return self._deviating(one) < self._deviating(best)
            return one.effort < best.effort
        return one.matches.rank > best.matches.rank and not self._study.is_same(before, after)

    def _hypotheses(self) -> Iterator[tuple[Explanation, Matches]]:
        """The losses to try: what explains everything, then the script's own, then what explains most."""
        first = self._study.best_match
        if first is not None and len(first[1].found) == len(first[0].inputs) == self._count(first[0]):
            yield first
            return
        ranked = [one for one in self._study.ranked if one[0].inputs]
        if not ranked:
            return
        most = max(len(one[0].inputs) for one in ranked)
        wide = [one for one in ranked if len(one[0].inputs) == most]
        own = [one for one in wide if one[0].candidate.kind == SCRIPT_LOSS]
        same = [one for one in wide if any(_is_part_of(one[0], other[0]) for other in own)]
        telling = [one for one in wide if one[1].rank[0]] or wide
        # What half of the parameters follow already is what is meant, whatever the script prints.
        clear = [one for one in ranked[:1] if 2 * len(one[1].found) >= len(one[0].inputs)]
        if any(len(one[1].found) == len(each[1].found) for one in clear for each in same):
            # As many follow the loss that the script computes.
            clear = []
        if not own and not clear:
            # Where the script computes no loss, its backward pass may begin with another one of the outputs.
            places = {(one[0].candidate.outputs, one[0].candidate.targets) for one in telling}
            telling += [
                one
                for one in wide
                if one[1].rank[1] and (one[0].candidate.outputs, one[0].candidate.targets) in places
            ]
        tried = [*clear, *same, *own, *telling] if len(same) < _MAX_HYPOTHESES else [*clear, *telling]
        yield from list({id(one[0]): one for one in tried}.values())[:_MAX_HYPOTHESES]

    def _mend(self, one: _Hypothesis, end: int) -> None:
        """Take the single mistakes back one by one, as long as that makes more right."""
        study, states = self._study, self._study.states
        if len(one.matches.found) < _FEWEST_RIGHT * self._count(one.explanation):
            end = min(end, self._graph.work + _MAX_WORK // 2)
        try:
            while one.wrong and len(one.repairs) < _MAX_MISTAKES:
                repairer = Repairer(study, one.explanation, one.matches)
                single = repairer.best(one.wrong, end)
                repairs = repairer.several(one.wrong, end) if single is None else [single]
                for repair in repairs:
                    self._take(one, repair)
                if not repairs:
                    break
            if one.wrong and (one.matches.rank[0] or study.loss) and not self._opaque():
                self._expect(one, end)
        finally:
            study.use(states, {})

    def _take(self, one: _Hypothesis, repair: Repair) -> None:
        one.repairs.append(repair)
        self._study.use(repair.states, {**self._study.pins, **repair.pins})
        one.matches = repair.matches

    def _expect(self, one: _Hypothesis, end: int) -> None:
        """Where no change of a line is known: the line that would make all right by giving a gradient."""
        graph, before, count = self._graph, one.matches, len(one.repairs)
        while one.wrong and len(one.repairs) - count < _MAX_EXPECTED:
            repairer = Repairer(self._study, one.explanation, one.matches)
            repair = repairer.expected(one.wrong, end + _MORE_WORK)
            if repair is None:
                break
            self._take(one, repair)
            if len({graph.equations[each.equation].line for each in one.repairs[count:]}) > 1:
                break
        if one.wrong or len({graph.equations[each.equation].line for each in one.repairs[count:]}) > 1:
            del one.repairs[count:]
            one.matches = before

    # Findings

    def _from_repair(self, best: _Hypothesis, repair: Repair) -> Finding:
        graph, edit = self._graph, repair.edit
        equation = graph.equations[repair.equation]
        note = self._right_by_another_rule(best, repair)
        if note is not None:
            return note
        by = "" if repair.label is None else graph.written(repair.label.node)
        found = Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            edit.kind,
            self._authors.shown(edit.mistake, equation),
            self._right_of(repair),
            self._worst(repair, best),
            by,
        )
        if repair.hidden is not None:
            return self._with_shapes(found, repair.hidden)
        if edit.kind is MistakeKind.UPDATED_BEFORE_USED:
            # No other line mends that, only another place of this one.
            found = replace(found, right="", sentence=self._with_update(repair))
            return self._at_alias(found)
        if edit.kind is MistakeKind.OVERWRITTEN and edit.instead_of:
            return self._at_overwriting(found, repair)
        if edit.kind is MistakeKind.OTHER_TENSOR and equation.call:
            return self._at_call(found, repair)
        return self._at_second_name(found, repair, best) if edit.kind is MistakeKind.SLOPE_MISSING else found

    def _with_shapes(self, found: Finding, hidden: HiddenShape) -> Finding:
        """The finding with what does not fit: a result of another shape than the parameter's."""
        equation = self._graph.equations[hidden.equation]
        name = self._authors.text(self._graph.written_tree(hidden.node), equation)
        kind = MistakeKind.SHAPE if found.mistake is MistakeKind.UNKNOWN else found.mistake
        return replace(found, mistake=kind, sentence=hidden.sentence(name, found.sentence))

    def _from_hidden(self, best: _Hypothesis) -> Iterator[Finding]:
        """The updates by something of another shape that no repair puts right."""
        for hidden in hidden_shapes(self._study, best.matches.labels, best.wrong):
            equation = self._graph.equations[hidden.equation]
            found = Finding(FindingKind.WRONG, equation, equation.line, by=hidden.parameter)
            yield self._with_shapes(found, hidden)

    def _at_call(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the call of a function whose argument is wrong, where the line in it reads that."""
        graph, equation = self._graph, self._graph.equations[repair.equation]
        old, new = (
            {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            for tree in (graph.trees[repair.equation], repair.edit.tree)
        )
        sources = {each.name: at for at, each in enumerate(graph.equations)}
        if len(old - new) != 1 or len(new - old) != 1:
            return found
        (given,), (expected,) = old - new, new - old
        is_own = self._authors.is_in_function(expected, equation) or given in re.findall(
            r"\w+", equation.written
        )
        if found.right and is_own:
            return found
        at = sources.get(given)
        outer = () if at is None else graph.equations[at].call
        depth = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(outer, equation.call)))
        if depth == len(equation.call):
            return found
        file, line = equation.call[depth].script, equation.call[depth].line
        lines = self._lines(file)
        if not 0 < line <= len(lines):
            return found
        statement = lines[line - 1].strip()
        caller = replace(equation, file=file, line=line, call=equation.call[:depth], written=statement)
        wanted = graph.trees[sources[expected]] if expected in sources else ast.Name(expected, ast.Load())
        name, text, right = self._authors.argument(caller, given, wanted)
        if not right:
            return found
        sentence = fill(messages.TENSOR_REPLACED, given=name, expected=text)
        return replace(found, line=line, file=file, sentence=sentence, right=right, worst=None)

    def _lines(self, file: str) -> list[str]:
        """The lines of a file of the script, as equations name it; none where its text is not at hand."""
        return [] if self._source is None else self._source.lines_of(file)

    def _files(self) -> list[str]:
        """The files that equations come from."""
        return list(dict.fromkeys(each.file for each in self._graph.equations))

    def _at_overwriting(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line that gives a sum the value of the last time."""
        graph = self._graph
        node = graph.reads[repair.equation][repair.edit.instead_of]
        source = graph.equations[graph.roots.index(node)]
        line, name = second_name(self._lines(source.file), source)
        if not line:
            return self._overwritten(source, base_name(source.name), found.by)
        sentence = fill(messages.OVERWRITTEN, name=name)
        return replace(found, line=line, sentence=sentence, right=f"{name} += {last_part(source.name)}")

    def _right_by_another_rule(self, best: _Hypothesis, repair: Repair) -> Finding | None:
        """The note on a line that is right for a fixed feedback, or as the gradient of another loss."""
        graph, study = self._graph, self._study
        equation, reads = graph.equations[repair.equation], graph.reads[repair.equation]
        feedback = next((name for name, node in reads.items() if node in self._feedback(best)), "")
        if feedback:
            is_known = "feedback" in repair.edit.same
            sentence = repair.edit.mistake if is_known else fill(messages.FEEDBACK_OF, name=feedback)
            right = self._right_of(repair)
            return Finding(FindingKind.OTHER_RULE, equation, equation.line, sentence=sentence, right=right)
        root = graph.roots[repair.equation]
        if self._adds_losses(best, root):
            sentence = fill(messages.SEVERAL_LOSSES)
            return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        if repair.edit.kind not in (MistakeKind.SLOPE_MISSING, MistakeKind.UNKNOWN):
            return None
        for explanation, matches in study.ranked:
            candidate = explanation.candidate
            is_source = not set(candidate.targets).isdisjoint(graph.cone([root])) and root in matches.labels
            shared = set(candidate.outputs) & set(best.explanation.candidate.outputs)
            if (
                not is_source
                or not shared
                or candidate.kind in (SCRIPT_LOSS, best.explanation.candidate.kind)
            ):
                continue
            if graph.cone([root]).isdisjoint(study.roots & matches.labels.keys() - {root}):
                output = graph.written(min(shared))
                kind = fill(messages.LOSS_NAMES[candidate.kind])
                sentence = fill(messages.LOSS_OF_OUTPUT, output=output, kind=kind)
                return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        return None

    def _adds_losses(self, best: _Hypothesis, root: int) -> bool:
        """True for what the gradient of another output's loss goes into too."""
        chosen = best.explanation.candidate
        below = self._graph.cone([root])
        return any(
            matches.found
            and each.candidate.kind != SCRIPT_LOSS
            and not set(each.candidate.outputs) & self._graph.cone(chosen.outputs)
            and not set(chosen.outputs) & self._graph.cone(each.candidate.outputs)
            and not below.isdisjoint(each.candidate.targets)
            and not below.isdisjoint(chosen.targets)
            for each, matches in self._study.ranked
        )

    def _feedback(self, best: _Hypothesis) -> set[int]:
        """The fixed matrices that only the backward pass multiplies by, and that are none of the data."""
        if self._feedback_nodes is None:
            graph, study = self._graph, self._study
            forward = graph.cone(best.explanation.candidate.outputs)
            known = [study.actual[node] for node in forward if np.ndim(study.actual[node]) == 2]
            found = set()
            for name, node in graph.inputs.items():
                value = study.actual[node]
                if node in forward or name in study.all_carried or np.ndim(value) != 2:
                    continue
                is_data = any(np.array_equal(each, value) or np.array_equal(each.T, value) for each in known)
                if not is_data and any(_multiplies(each, node, graph.nodes) for each in graph.nodes):
                    found.add(node)
            self._feedback_nodes = found
        return self._feedback_nodes

    def _at_second_name(self, found: Finding, repair: Repair, best: _Hypothesis) -> Finding:
        """The finding at the line where a gradient gets the name that it has after the activation."""
        assert found.equation is not None
        graph = self._graph
        forward = graph.cone(best.explanation.candidate.outputs)
        sources = [
            graph.equations[graph.roots.index(node)]
            for node in graph.reads[repair.equation].values()
            if node in self._study.active and node in self._study.roots and node not in forward
        ]
        line = copied_from(self._lines(found.equation.file), found.equation, sources)
        if line:
            return replace(found, line=line, right="")
        line, name = second_name(self._lines(found.equation.file), found.equation)
        whole = repair.edit.tree
        if not line or not isinstance(whole, ast.BinOp):
            return found
        right = ast.BinOp(ast.Name(last_part(found.equation.name), ast.Load()), ast.Mult(), whole.right)
        return replace(found, line=line, right=f"{name} = {self._authors.text(right, found.equation)}")

    def _with_update(self, repair: Repair) -> str:
        """That a tensor is updated too early, and in which line where its number is that of the file."""
        graph, equation = self._graph, self._graph.equations[repair.equation]
        for node in ast.walk(repair.edit.tree):
            if not isinstance(node, ast.Name) or not node.id.startswith(OLD_PREFIX):
                continue
            name = node.id.removeprefix(OLD_PREFIX)
            update = graph.equations[graph.nodes[graph.reads[repair.equation][name]].equation]
            if update.file == equation.file and update.cell is None and update.line != equation.line:
                return fill(messages.UPDATED_BEFORE_AT, name=name, line=update.line)
        return repair.edit.mistake

    def _right(self, at: int, tree: ast.expr) -> str:
        """The equation as it should read; empty where a loop writes it for one entry after the other.

        The statement would have that of the first then in the place of the loop's names.
        """
        equation = self._graph.equations[at]
        text = self._authors.line(equation, self._graph.trees[at], tree)
        fixed = {*_ENTRY.findall(text)} - {*_ENTRY.findall(equation.written)}
        again = [
            other
            for other in self._graph.equations
            if (other.file, other.line, other.written) == (equation.file, equation.line, equation.written)
        ]
        # A cell that is stored into is a mask over its array.
        is_mask = "arange(" in text and "arange(" not in equation.written
        return "" if is_mask or (fixed and len(again) > 1) else text

    def _at_alias(self, found: Finding) -> Finding:
        """The finding at the line that gives an array a second name, where the script has such a line."""
        assert found.equation is not None
        for name in self._study.trained:
            line, other = alias_line(self._lines(found.equation.file), found.equation, name)
            if line:
                sentence = fill(messages.SAME_ARRAY, other=other, name=last_part(name))
                right = f"{other} = {last_part(name)}.copy()"
                return replace(found, line=line, sentence=sentence, right=right)
        return found

    def _from_held(self, best: _Hypothesis) -> Iterator[Finding]:
        """The weights and biases that are never updated."""
        graph = self._graph
        idle = {last_part(each.by) for each in self._from_idle()}
        texts = {file: self._lines(file) for file in self._files()}
        for held in never_updated_parameters(self._study, best.explanation, texts):
            if last_part(held.name) in idle:
                continue
            equation = graph.equations[held.equation] if held.equation >= 0 else None
            if held.is_overwritten and equation is not None:
                yield self._overwritten(equation, base_name(equation.name), held.name)
                continue
            template = messages.NEVER_UPDATED_HERE if held.is_update else messages.NEVER_UPDATED
            if equation is None or held.line != equation.line:
                template = messages.NEVER_UPDATED_HERE
            right = ""
            if equation is not None and held.is_update:
                tree = graph.trees[held.equation]
                right = f"{held.name} = {self._authors.text(tree, equation)}"
            yield Finding(
                FindingKind.WRONG,
                equation,
                held.line,
                MistakeKind.NEVER_UPDATED,
                fill(template, name=held.name),
                right,
                file=held.file,
                by=held.name,
            )

    def _from_idle(self) -> Iterator[Finding]:
        """The updates beside the lines of the pass that are computed and not kept."""
        for file in self._files():
            for line, name, right in idle_statements(self._lines(file), self._lines_run(file)):
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

    def _lines_run(self, file: str) -> set[int]:
        """The lines of a file that the pass has run."""
        return {each.line for each in self._graph.equations if each.file == file}

    def _from_comments(self, best: _Hypothesis | None = None) -> Iterator[Finding]:
        """The updates in comments beside the lines of the pass, of what no line updates.

        Where a loss is found, of what the lines of the pass read, or of parameters that stay as they were.
        """
        graph = self._graph
        written = {last_part(each.name) for each in graph.equations}
        still = set() if best is None else self._still(best)
        read = {name for each in graph.equations for name in re.findall(r"\w+", each.written)}
        commented = (
            (file, *each)
            for file in self._files()
            for each in commented_updates(self._lines(file), self._lines_run(file))
        )
        for file, line, name, update in commented:
            own, key = last_part(name.split("[")[0]), re.findall(r"\w+", name)[-1]
            if best is None and last_part(name) in written:
                continue
            # A rate that a comment lowers is no parameter: the update is to read a result of the pass.
            reads_result = not written.isdisjoint(re.findall(r"\w+", update.split("=", 1)[-1]))
            is_meant = own in read and own not in written and reads_result
            if best is not None and key not in still and not is_meant:
                continue
            sentence = fill(messages.NEVER_UPDATED_HERE, name=name)
            kind = MistakeKind.NEVER_UPDATED
            yield Finding(FindingKind.WRONG, None, line, kind, sentence, update, file=file, by=name)

    def _still(self, best: _Hypothesis) -> set[str]:
        """The last parts of the names of what the loss depends on, and an update leaves as it was."""
        study, graph = self._study, self._graph
        found = set()
        for name in study.held:
            start = graph.inputs[name]
            if name in study.all_carried and best.explanation.direction(start) is not None:
                end = graph.current[name]
                if all(np.array_equal(values[start], values[end]) for values in study.states):
                    found.add(last_part(name))
        return found

    def _overwritten(self, equation: ScriptEquation, name: str, parameter: str) -> Finding:
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            MistakeKind.OVERWRITTEN,
            fill(messages.OVERWRITTEN, name=name),
            self._authors.added(equation),
            by=parameter,
        )

    def _from_replaced(self, best: _Hypothesis) -> Iterator[Finding]:
        """The parameters that get their step for their value."""
        graph = self._graph
        # Where others follow nothing, what is given its value anew may be the sum of the gradients itself.
        for name, nodes in best.matches.found.items() if not best.wrong else ():
            start, end = graph.inputs[name], graph.current[name]
            gradients = {node for node, _ in nodes}
            if not np.ndim(self._study.actual[start]):
                # A single number may be along a gradient by chance.
                continue
            is_gradient = end in best.matches.labels
            if not is_gradient and (end in gradients or start in graph.cone([end], gradients)):
                continue
            if not self._keeps_a_sum(name, gradients):
                self._wrong_parameters.append(name)
                found = self._overwritten(graph.equations[graph.roots.index(end)], name, name)
                yield self._at_move(found)

    def _at_move(self, found: Finding) -> Finding:
        """The finding at the line below that gives the parameter what its equation is written for."""
        assert found.equation is not None
        line, target, moved = moved_to(self._lines(found.equation.file), found.equation)
        return replace(found, line=line, right=f"{target} += {moved}") if line else found

    def _keeps_a_sum(self, name: str, gradients: Collection[int]) -> bool:
        """True where a parameter is computed from the sum of all its gradients: a rule of its own."""
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

    def _from_targets(self, best: _Hypothesis) -> Iterator[Finding]:
        """Targets that are not what they seem: class numbers that are negative."""
        graph = self._graph
        cone = graph.cone(best.explanation.candidate.targets)
        for at, places in enumerate(graph.places):
            for node in ast.walk(graph.trees[at]):
                if function_name(node) != "one_hot" or places.get(id(node)) not in cone:
                    continue
                assert isinstance(node, ast.Call)
                numbers = self._study.actual[places[id(node.args[0])]]
                if isinstance(node.args[0], ast.BinOp) and numbers is not MISSING and np.min(numbers) < 0:
                    equation = graph.equations[at]
                    changed = replaced(graph.trees[at], node.args[0], node.args[0].left)
                    yield Finding(
                        FindingKind.WRONG,
                        equation,
                        equation.line,
                        MistakeKind.INDEX,
                        fill(messages.ONE_HOT_WRAPS, text=tree_text(node.args[0])),
                        self._right(at, changed),
                    )

    def _notes(self, best: _Hypothesis, accused: bool) -> Iterator[Finding]:
        """What is no mistake by itself: another loss than the script computes, another scale."""
        study, graph = self._study, self._graph
        explanation = best.explanation
        source = self._first_gradient(best)
        if source >= 0 and not accused and not best.repairs:
            yield from self._scale_notes(best, source)
        if explanation.candidate.kind == SCRIPT_LOSS or source < 0:
            return
        equation = graph.equations[source]
        own = [each for each in map(study.explain, study.scalars) if each is not None]
        reached = graph.reached_from(explanation.candidate.outputs)
        updated = {graph.current[name] for name in study.trained}
        # A loss that is written with the logarithm of the output reads what the output is computed from.
        sources = {node for output in explanation.candidate.outputs for node in graph.nodes[output].operands}
        own = [
            each
            for each in own
            if (reached.issuperset(each.candidate.outputs) or sources <= graph.cone(each.candidate.outputs))
            and not graph.cone(each.candidate.outputs) & updated
        ]
        whole = [
            each
            for each in own
            if len(each.inputs) == len(explanation.inputs) and self._is_meant(each.candidate.outputs[0])
        ]
        same = [each for each in whole if _is_part_of(explanation, each) or explanation.constant_beside(each)]
        if whole and not same and not accused and not study.loss:
            sentence = fill(
                messages.OTHER_LOSS_FOUND,
                loss=graph.written(whole[0].candidate.outputs[0]),
                kind=fill(messages.LOSS_NAMES[explanation.candidate.kind]),
                output=graph.written(explanation.candidate.outputs[0]),
            )
            yield Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        if not own and not accused:
            for _, name in unused_counts(self._lines(equation.file), equation.line):
                sentence = fill(messages.COUNT_UNUSED, name=name)
                yield Finding(FindingKind.OTHER_SCALE, equation, equation.line, MistakeKind.COUNT, sentence)

    def _why_nothing_is_learned(self, best: _Hypothesis) -> Iterator[Finding]:
        """What keeps a network from learning though its lines are right: gradients of 0, wrong labels."""
        study, graph, explanation = self._study, self._graph, best.explanation
        seeds = explanation.candidate.seeds(study.actual)
        # Where there is no error, nothing has to change.
        if (
            seeds is not None
            and explanation.candidate.kind != SCRIPT_LOSS
            and any(map(np.any, seeds.values()))
        ):
            gradients = explanation.backward.gradients(study.actual, seeds)
            if not any(np.any(gradients.get(node, 0.0)) for node in explanation.inputs.values()):
                at = self._dead_activation(best)
                template = messages.NOTHING_CHANGES if at < 0 else messages.DEAD_ACTIVATION
                equation = None if at < 0 else graph.equations[graph.nodes[at].equation]
                sentence = fill(template, output="" if at < 0 else graph.written(at))
                line = 0 if equation is None else equation.line
                yield Finding(FindingKind.NOT_LEARNING, equation, line, sentence=sentence)
        source = self._first_gradient(best)
        if explanation.candidate.kind == "binary_cross_entropy" and source >= 0:
            equation = graph.equations[source]
            for target in dict.fromkeys(explanation.candidate.targets):
                low, high = float(np.min(study.actual[target])), float(np.max(study.actual[target]))
                if low < 0 or high > 1:
                    sentence = fill(
                        messages.LABELS_OUTSIDE,
                        target=graph.written(target),
                        low=f"{low:.4g}",
                        high=f"{high:.4g}",
                        loss=fill(messages.LOSS_NAMES[explanation.candidate.kind]),
                    )
                    yield Finding(FindingKind.NOT_LEARNING, equation, equation.line, sentence=sentence)
                    return

    def _dead_activation(self, best: _Hypothesis) -> int:
        """The last activation that is 0 everywhere and cuts off every gradient; -1 for none."""
        study, graph = self._study, self._graph
        nodes = [*best.explanation.backward.nodes, *best.explanation.candidate.outputs]
        dead = [at for at in nodes if graph.nodes[at].operands and not np.any(study.actual[at])]
        return max((at for at in dead if function_name(_operation(graph.nodes[at].pattern))), default=-1)

    def _is_meant(self, root: int) -> bool:
        """Whether a number of the script is its loss: one that is only printed may be any measure."""
        equation = self._graph.equations[self._graph.nodes[root].equation]
        return not equation.unnamed or re.match("loss|cost", equation.name, re.IGNORECASE) is not None

    def _scale_notes(self, best: _Hypothesis, source: int) -> Iterator[Finding]:
        """That no line divides by the number of samples, or that this cannot be told without a loss."""
        study, explanation = self._study, best.explanation
        constants = [abs(places[0][1]) for places in best.matches.found.values()]
        # A line that sums up a gradient may divide it by the count afterwards.
        later = [constant for places in best.matches.found.values() for _, constant in places[1:]]
        if not np.allclose(constants, constants[0], rtol=1e-6) or best.wrong:
            return
        equation = self._graph.equations[self._last_scaled(best, source)]
        own = study.own_loss(explanation)
        if own is None:
            count = self._samples(best)
            is_plain = np.isclose(constants[0], (1, 2)).any()
            told = next(unused_counts(self._lines(equation.file), equation.line), None)
            if not count or study.scalars or study.loss or told or not is_plain:
                return
            sentence = fill(messages.COUNT_UNKNOWN, count=count)
        else:
            beside = abs(explanation.constant_beside(own))
            factor = constants[0] * beside
            if any(abs(each * beside) < factor / 1.5 and np.isclose(abs(each * beside), 1) for each in later):
                return
            if not any(abs(factor / each - 1) < 1e-6 for each in self._counts(best)):
                return
            root = own.candidate.outputs[0]
            if not self._is_meant(root):
                return
            loss = self._graph.written(root)
            sentence = fill(messages.COUNT_NOWHERE, count=round(factor), loss=loss)
        yield Finding(FindingKind.OTHER_SCALE, equation, equation.line, MistakeKind.COUNT, sentence)

    def _last_scaled(self, best: _Hypothesis, source: int) -> int:
        """The last equation that gives the same gradient as the first one: a count would stand there."""
        labels, roots = best.matches.labels, self._graph.roots
        node = self._study.clearest(list(labels[roots[source]]))[0].node
        at = source
        for later in range(source + 1, len(roots)):
            same = any(label.node == node for label, _ in labels.get(roots[later], ()))
            if same and roots[at] in self._graph.reads[later].values():
                at = later
        return at

    def _samples(self, best: _Hypothesis) -> int:
        """How many samples the pass has; 0 where that is not clear, or one."""
        study, graph = self._study, self._graph
        outputs = best.explanation.candidate.outputs
        if len(outputs) > 1:
            return len(outputs)
        shape, forward = np.shape(study.actual[outputs[0]]), graph.cone(outputs)
        for name in study.data:
            value = study.actual[graph.inputs[name]]
            if graph.inputs[name] not in forward or np.ndim(value) != 2 or len(shape) != 2:
                continue
            same = [a for a, b in zip(np.shape(value), shape) if a == b]
            if len(same) == 1 and same[0] > 1:
                return int(same[0])
        return 0

    def _from_not_carried(self, best: _Hypothesis) -> Iterator[Finding]:
        """A line of a loop backwards through time that adds a tensor which stays 0: its first result is a
        gradient, and none of the further ones is."""
        graph = self._graph
        runs: dict[tuple[str, int, str], list[int]] = {}
        for at, equation in enumerate(graph.equations):
            runs.setdefault((equation.file, equation.line, equation.name.split(":")[0]), []).append(at)
        for places in runs.values():
            right = [graph.roots[at] in best.matches.labels for at in places]
            if len(places) < 2 or not right[0] or any(right[1:]):
                continue
            added = [set(filter(self._is_zero, graph.nodes[graph.roots[at]].operands)) for at in places]
            for node in set.intersection(*added) if self._are_sums(places) else ():
                equation = graph.equations[places[0]]
                name = next((each for each, at in graph.reads[places[0]].items() if at == node), "")
                sentence = fill(messages.NOT_CARRIED, name=name or graph.written(node))
                yield Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.TERM, sentence)

    def _are_sums(self, places: list[int]) -> bool:
        return all(self._graph.nodes[self._graph.roots[at]].pattern == "_0 + _1" for at in places)

    def _is_zero(self, node: int) -> bool:
        """Whether a tensor was made of zeros."""
        return self._graph.nodes[node].pattern.startswith("zeros") or (
            not self._graph.nodes[node].operands and not np.any(self._study.actual[node])
        )

    def _first_gradient(self, best: _Hypothesis) -> int:
        """The first equation that gives a gradient; -1 where none does."""
        roots = self._graph.roots
        return next((at for at, root in enumerate(roots) if root in best.matches.labels), -1)

    def _right_of(self, repair: Repair) -> str:
        """The equation as it should read; empty where that is not known."""
        if repair.plan is None:
            return ""
        if repair.edit.kind is MistakeKind.OVERWRITTEN:
            return self._authors.added(self._graph.equations[repair.equation])
        return self._right(repair.equation, repair.edit.tree)

    def _worst(self, repair: Repair, best: _Hypothesis) -> WorstCell | None:
        """The cell furthest off in the pass itself, the other mistakes taken back."""
        graph, study = self._graph, self._study
        root = graph.roots[repair.equation]
        if repair.plan is None:
            seeds = best.explanation.candidate.seeds(study.actual)
            if seeds is None or repair.label is None or not repair.constant:
                return None
            gradients = best.explanation.backward.gradients(study.actual, seeds)
            wanted = gradients.get(repair.label.node, MISSING)
            return worst_cell(study.actual[root], wanted if wanted is MISSING else wanted * repair.constant)
        pins = {
            at: pin
            for one in best.repairs
            for at, pin in one.pins.items()
            if at != root and one.plan is not None
        }
        values = graph.again(study.actual, pins)
        return worst_cell(values[root], graph.run(repair.plan, values)[-1])

    def _from_deviations(self, best: _Hypothesis) -> Iterator[Finding]:
        study = self._study
        pins = {root: pin for one in best.repairs for root, pin in one.pins.items()}
        states = [self._graph.again(values, pins) for values in study.states]
        own = study.own_loss(best.explanation)
        scale = best.explanation.constant_beside(own) if own is not None else None
        steps = Steps(study, best.explanation, best.matches, states, scale)
        if self._is_raised(best, steps):
            return
        wrong = {name for each in wrong_averages(study, best.matches) for name in each.parameters}
        for deviation in steps.deviations(self._counts(best)):
            if deviation.ratio < 0 and wrong.intersection(deviation.parameters):
                # The sign is that of what is remembered, which is a finding of its own.
                continue
            if self._is_of_another_rule(deviation, best):
                continue
            self._wrong_parameters += deviation.parameters
            yield self._from_deviation(deviation, states, best)

    def _deviating(self, one: _Hypothesis) -> int:
        """How many steps have another sign or size than the others under a loss."""
        pins = {root: pin for repair in one.repairs for root, pin in repair.pins.items()}
        states = [self._graph.again(values, pins) for values in self._study.states]
        own = self._study.own_loss(one.explanation)
        scale = one.explanation.constant_beside(own) if own is not None else None
        steps = Steps(self._study, one.explanation, one.matches, states, scale)
        return len(list(steps.deviations(self._counts(one))))

    def _from_averages(self, best: _Hypothesis) -> Iterator[Finding]:
        """What an optimiser remembers and averages the wrong way."""
        for wrong in wrong_averages(self._study, best.matches):
            equation, edit = self._graph.equations[wrong.equation], wrong.edit
            self._wrong_parameters += wrong.parameters
            is_sign = edit.kind is MistakeKind.SIGN
            right = self._right(wrong.equation, edit.tree) if is_sign else wrong.right(equation.written)
            yield Finding(
                FindingKind.WRONG,
                equation,
                equation.line,
                edit.kind,
                edit.mistake,
                right,
                by=wrong.parameters[0],
            )

    def _is_raised(self, best: _Hypothesis, steps: Steps) -> bool:
        """True where every parameter raises a number of the script whose name says that more is better."""
        candidate = best.explanation.candidate
        name = self._graph.written(candidate.outputs[0])
        is_raised = candidate.kind == SCRIPT_LOSS and _BETTER.search(name) is not None
        return is_raised and all(constant > 0 for constant in steps.constants.values())

    def _is_of_another_rule(self, deviation: Deviation, best: _Hypothesis) -> bool:
        """True where a fixed feedback or a negative number from outside, as a reward, gives the constant."""
        study, graph = self._study, self._graph
        if not study.update_cone.isdisjoint(self._feedback(best)):
            return True
        fed = graph.reached_from(graph.inputs[each] for each in study.feeds if each in graph.inputs)
        for name in deviation.parameters:
            first = min((node for node, _ in best.matches.found.get(name, ())), default=-1)
            scales = graph.cone([graph.current[name]], {first})
            for node in (fed & scales) - study.active if deviation.ratio < 0 else ():
                value = study.actual[node]
                if value is not MISSING and not np.shape(value) and value < 0:
                    return True
        return False

    def _counts(self, best: _Hypothesis) -> list[int]:
        """The numbers that may be those of samples: the sizes of the outputs."""
        sizes = [np.shape(self._study.actual[each]) for each in best.explanation.candidate.outputs]
        targets = [np.shape(self._study.actual[each]) for each in best.explanation.candidate.targets]
        found = {size for shape in [*sizes, *targets] for size in shape if size > 1}
        count = len(best.explanation.candidate.outputs)
        return sorted(found | ({count} if count > 1 else set()))

    def _from_deviation(self, deviation: Deviation, states: Sequence[Values], best: _Hypothesis) -> Finding:
        graph = self._graph
        at, ratio = deviation.equation, deviation.ratio
        equation = graph.equations[at]
        edit, plan = self._scaled(at, ratio, states)
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            edit.kind,
            edit.mistake,
            # The parameter itself is not to be divided, only its step.
            "" if plan is None and self._is_update(at) else self._right(at, edit.tree),
            None
            if plan is None
            else worst_cell(self._study.actual[graph.roots[at]], graph.run(plan, self._study.actual)[-1]),
            deviation.parameters[0],
        )

    def _scaled(
        self, at: int, ratio: float, states: Sequence[Values]
    ) -> tuple[EquationChange, ChangedEquation | None]:
        """The change after which an equation, or the step that it takes, is divided by a ratio."""
        graph = self._graph
        tree, reads = graph.trees[at], {**graph.names_before(at), **graph.reads[at]}
        found: list[tuple[EquationChange, ChangedEquation]] = []
        for edit in [*edits_of(tree), *self._count_edits(at, ratio)]:
            try:
                plan = graph.plan(at, edit.tree, reads)
            except KeyError:
                continue
            if self._is_scaled(at, plan, ratio, states):
                found.append((edit, plan))
        if not found:
            return self._plain_scale(at, ratio), None
        edit, plan = min(found, key=lambda one: one[0].column)
        kind = edit.kind
        if abs(ratio + 1) < 1e-6:
            kind = MistakeKind.SIGN
        elif kind is MistakeKind.FACTOR:
            kind = MistakeKind.COUNT
        return replace(edit, kind=kind), plan

    def _is_update(self, at: int) -> bool:
        name = self._graph.equations[at].name
        return self._graph.roots[at] == self._graph.current.get(name) and name in self._study.trained

    def _is_scaled(self, at: int, plan: ChangedEquation, ratio: float, states: Sequence[Values]) -> bool:
        graph = self._graph
        name = graph.equations[at].name
        is_update = self._is_update(at)
        given, changed = [], []
        for values in states:
            new = graph.run(plan, values)[-1]
            old = values[graph.inputs[name]] if is_update else 0.0
            if new is MISSING or np.shape(new) != np.shape(values[graph.roots[at]]):
                return False
            given.append(values[graph.roots[at]] - old)
            changed.append(new - old)
        a, b = direction(given), direction(changed)
        return a is not None and b is not None and abs(scale_factor(a, b) / ratio - 1) < 1e-6

    def _count_edits(self, at: int, ratio: float) -> Iterator[EquationChange]:
        """Divided or multiplied by a count, by the name that holds it where there is one."""
        graph, size = self._graph, abs(ratio)
        tree = graph.trees[at]
        name = graph.equations[at].name
        there = graph.names_before(at)
        for divide, count in ((True, size), (False, 1 / size)):
            if abs(count - round(count)) > 1e-6 or count < 1.5:
                continue
            number: ast.expr = ast.Constant(round(count))
            for other, node in there.items():
                if np.ndim(self._study.actual[node]) == 0 and self._study.actual[node] == round(count):
                    number = ast.Name(other, ast.Load())
                    break
            template = messages.COUNT_MISSING if divide else messages.COUNT_TOO_MANY
            sentence = fill(template, count=ast.unparse(number))
            operator: ast.operator = ast.Div() if divide else ast.Mult()
            yield EquationChange(MistakeKind.COUNT, sentence, partial(ast.BinOp, tree, operator, number))
            if isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.Name) and tree.left.id == name:
                step = ast.BinOp(tree.right, operator, number)
                yield EquationChange(
                    MistakeKind.COUNT, sentence, partial(ast.BinOp, tree.left, tree.op, step)
                )

    def _plain_scale(self, at: int, ratio: float) -> EquationChange:
        tree = self._graph.trees[at]
        if ratio < 0 and abs(ratio + 1) < 1e-6:
            return EquationChange(
                MistakeKind.SIGN, fill(messages.SIGN), partial(ast.UnaryOp, ast.USub(), tree)
            )
        sentence = fill(messages.TIMES_AND_SIGN if ratio < 0 else messages.TIMES, factor=f"{abs(ratio):.7g}")
        return EquationChange(
            MistakeKind.COUNT, sentence, partial(ast.BinOp, tree, ast.Div(), ast.Constant(_short(ratio)))
        )


def _multiplies(node: GraphNode, matrix: int, nodes: Sequence[GraphNode]) -> bool:
    """True for a matrix product with a matrix, or with its transpose."""
    turned = {at for at in node.operands if nodes[at].operands == (matrix,) and nodes[at].pattern == "_0.T"}
    return "@" in node.pattern and (matrix in node.operands or bool(turned))


def _operation(pattern: str) -> ast.expr:
    return ast.parse(pattern, mode="eval").body


def _short(ratio: float) -> float:
    """A number as one would write it."""
    return float(f"{ratio:.7g}")


def _is_part_of(one: Explanation, own: Explanation) -> bool:
    """True where a usual loss has the gradient by its outputs that one of the script's equations has."""
    if one.candidate.kind == SCRIPT_LOSS:
        return False
    for output in one.candidate.outputs:
        wanted = direction([each.get(output, MISSING) for each in own.gradients])
        given = direction([each.get(output, MISSING) for each in one.gradients])
        if given is None or wanted is None or not scale_factor(given, wanted):
            return False
    return True


def worst_cell(given: Any, expected: Any) -> WorstCell | None:
    """The cell where two values are furthest apart; None where their shapes differ."""
    if given is MISSING or expected is MISSING or np.shape(given) != np.shape(expected):
        return None
    a, b = np.asarray(given, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not a.size:
        return None
    apart = np.nan_to_num(np.abs(a - b), nan=np.inf)
    index = tuple(int(axis) for axis in np.unravel_index(int(np.argmax(apart)), a.shape))
    return WorstCell(index, float(a[index]), float(b[index]))


def place(equation: ScriptEquation) -> str:
    """Where an equation stands: `homework.py:34`, in a notebook `homework.ipynb:cell 3:34`."""
    cell = "" if equation.cell is None else f"cell {equation.cell}:"
    return f"{equation.file}:{cell}{equation.line}"
