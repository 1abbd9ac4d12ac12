"""Findings on lines for which a repair is known, each at the place where one would mend it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from bpstep.gradcheck import messages
from bpstep.gradcheck.script.case import Case
from bpstep.gradcheck.script.edits import (
    OLD_PREFIX,
    MistakeKind,
    base_name,
)
from bpstep.gradcheck.script.finding import Finding, FindingKind, WorstCell, worst_cell
from bpstep.gradcheck.script.hypothesis import Hypothesis
from bpstep.gradcheck.script.shapes import HiddenShape, hidden_shapes
from bpstep.gradcheck.script.text_lines import (
    alias_line,
    copied_from,
    last_part,
    second_name,
)
from bpstep.gradcheck.script.trial import Repair
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.text import fill


class RepairFindings:
    """The findings of the repairs after which a loss explains the pass."""

    def __init__(self, case: Case, best: Hypothesis) -> None:
        self._case, self._best = case, best
        self._study, self._graph = case.study, case.graph
        self._authors = case.authors

    def of(self, repair: Repair) -> Finding:
        """The finding on a line that a repair mends, at the place where one would mend it."""
        graph, edit = self._graph, repair.edit
        equation = graph.equations[repair.equation]
        note = self._right_by_another_rule(repair)
        if note is not None:
            return note
        by = "" if repair.label is None else graph.written(repair.label.node)
        found = Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            edit.kind,
            self._authors.shown(edit.mistake, equation),
            self._case.right_of(repair),
            self._worst(repair),
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
        return self._at_second_name(found, repair) if edit.kind is MistakeKind.SLOPE_MISSING else found

    def of_hidden_shapes(self) -> Iterator[Finding]:
        """The updates by something of another shape that no repair puts right."""
        for hidden in hidden_shapes(self._study, self._best.matches.labels, self._best.wrong):
            equation = self._graph.equations[hidden.equation]
            found = Finding(FindingKind.WRONG, equation, equation.line, by=hidden.parameter)
            yield self._with_shapes(found, hidden)

    def _with_shapes(self, found: Finding, hidden: HiddenShape) -> Finding:
        """The finding with what does not fit: a result of another shape than the parameter's."""
        equation = self._graph.equations[hidden.equation]
        name = self._authors.text(self._graph.written_tree(hidden.node), equation)
        kind = MistakeKind.SHAPE if found.mistake is MistakeKind.UNKNOWN else found.mistake
        return replace(found, mistake=kind, sentence=hidden.sentence(name, found.sentence))

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
        lines = self._case.lines(file)
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

    def _at_overwriting(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line that gives a sum the value of the last time."""
        graph = self._graph
        node = graph.reads[repair.equation][repair.edit.instead_of]
        source = graph.equations[graph.roots.index(node)]
        line, name = second_name(self._case.lines(source.file), source)
        if not line:
            return self._case.overwritten(source, base_name(source.name), found.by)
        sentence = fill(messages.OVERWRITTEN, name=name)
        return replace(found, line=line, sentence=sentence, right=f"{name} += {last_part(source.name)}")

    def _right_by_another_rule(self, repair: Repair) -> Finding | None:
        """The note on a line that is right for a fixed feedback, or as the gradient of another loss."""
        graph, study = self._graph, self._study
        equation, reads = graph.equations[repair.equation], graph.reads[repair.equation]
        feedback = next(
            (name for name, node in reads.items() if node in self._case.feedback(self._best.explanation)), ""
        )
        if feedback:
            is_known = "feedback" in repair.edit.same
            sentence = repair.edit.mistake if is_known else fill(messages.FEEDBACK_OF, name=feedback)
            right = self._case.right_of(repair)
            return Finding(FindingKind.OTHER_RULE, equation, equation.line, sentence=sentence, right=right)
        root = graph.roots[repair.equation]
        if self._adds_losses(root):
            sentence = fill(messages.SEVERAL_LOSSES)
            return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        if repair.edit.kind not in (MistakeKind.SLOPE_MISSING, MistakeKind.UNKNOWN):
            return None
        for explanation, matches in study.ranked:
            candidate = explanation.candidate
            is_source = not set(candidate.targets).isdisjoint(graph.cone([root])) and root in matches.labels
            shared = set(candidate.outputs) & set(self._best.explanation.candidate.outputs)
            if (
                not is_source
                or not shared
                or candidate.kind in (SCRIPT_LOSS, self._best.explanation.candidate.kind)
            ):
                continue
            if graph.cone([root]).isdisjoint(study.roots & matches.labels.keys() - {root}):
                output = graph.written(min(shared))
                kind = fill(messages.LOSS_NAMES[candidate.kind])
                sentence = fill(messages.LOSS_OF_OUTPUT, output=output, kind=kind)
                return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        return None

    def _adds_losses(self, root: int) -> bool:
        """True for what the gradient of another output's loss goes into too."""
        chosen = self._best.explanation.candidate
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

    def _at_second_name(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line where a gradient gets the name that it has after the activation."""
        assert found.equation is not None
        graph = self._graph
        forward = graph.cone(self._best.explanation.candidate.outputs)
        sources = [
            graph.equations[graph.roots.index(node)]
            for node in graph.reads[repair.equation].values()
            if node in self._study.active and node in self._study.roots and node not in forward
        ]
        line = copied_from(self._case.lines(found.equation.file), found.equation, sources)
        if line:
            return replace(found, line=line, right="")
        line, name = second_name(self._case.lines(found.equation.file), found.equation)
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

    def _at_alias(self, found: Finding) -> Finding:
        """The finding at the line that gives an array a second name, where the script has such a line."""
        assert found.equation is not None
        for name in self._study.trained:
            line, other = alias_line(self._case.lines(found.equation.file), found.equation, name)
            if line:
                sentence = fill(messages.SAME_ARRAY, other=other, name=last_part(name))
                right = f"{other} = {last_part(name)}.copy()"
                return replace(found, line=line, sentence=sentence, right=right)
        return found

    def _worst(self, repair: Repair) -> WorstCell | None:
        """The cell furthest off in the pass itself, the other mistakes taken back."""
        graph, study = self._graph, self._study
        root = graph.roots[repair.equation]
        if repair.plan is None:
            seeds = self._best.explanation.candidate.seeds(study.actual)
            if seeds is None or repair.label is None or not repair.constant:
                return None
            gradients = self._best.explanation.backward.gradients(study.actual, seeds)
            wanted = gradients.get(repair.label.node, MISSING)
            return worst_cell(study.actual[root], wanted if wanted is MISSING else wanted * repair.constant)
        pins = {
            at: pin
            for one in self._best.repairs
            for at, pin in one.pins.items()
            if at != root and one.plan is not None
        }
        values = graph.again(study.actual, pins)
        return worst_cell(values[root], graph.run(repair.plan, values)[-1])
