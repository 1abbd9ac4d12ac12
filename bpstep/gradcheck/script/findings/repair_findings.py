"""Findings on lines with a known repair, each at the place where one would fix it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.findings.called_parts import CalledParts
from bpstep.gradcheck.script.findings.changed_results import is_near
from bpstep.gradcheck.script.findings.repair_places import RepairPlaces
from bpstep.gradcheck.script.findings.slope_mistakes import SlopeMistakes
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, WorstCell, worst_cell
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.shapes import HiddenShape, hidden_shapes
from bpstep.gradcheck.script.repairs.slopes import slopes_of
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.author_text import renamed_in
from bpstep.gradcheck.script.text.equation_trees import (
    OLD_PREFIX,
    base_name,
    changed_part,
    names_in,
    nodes_of,
    tree_text,
)
from bpstep.gradcheck.script.text.text_lines import (
    argument_with,
    last_part,
    list_replaced,
    target_of,
)
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import is_number
from bpstep.script.equations.equations import CalledExpression
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.text import fill

_OUTPUT = re.compile(r"exp\(|sigmoid\(|tanh\(")
"""Marks an operation that computes outputs; penalties on weights use none of these functions."""


class RepairFindings(HypothesisFindings):
    """The findings for the repairs with which a loss explains the pass."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._authors = judged.authors
        self._slopes, self._parts = SlopeMistakes(judged, best), CalledParts(judged, best)
        self._places = RepairPlaces(judged, best)

    def of(self, repair: Repair) -> Finding:
        """The finding on a repaired line, at the place where one would fix it."""
        graph, change = self._graph, repair.change
        equation = graph.equations[repair.equation]
        note = self._right_by_another_rule(repair)
        if note is not None:
            return note
        # What the line should give is not told where that is only a part of a gradient.
        is_told = repair.label is not None and not (repair.plan is None and repair.label.is_part)
        by = graph.written(repair.label.node) if repair.label is not None and is_told else ""
        found = Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            change.kind,
            self._authors.shown(change.mistake, equation),
            self._judged.right_of(repair),
            self._worst(repair),
            by,
            *self._argument(by),
        )
        if repair.plan is None or change.is_replaced:
            kind, sentence = self._slopes.mistake(repair)
            found = replace(found, mistake=kind, sentence=sentence) if sentence else found
        found = self._at_other_side(found, repair)
        part = self._parts.of(repair)
        found = found if part is None else self._at_part(found, repair, part)
        if repair.hidden is not None:
            return self._with_shapes(found, repair.hidden)
        if part is not None:
            return found
        if change.kind is MistakeKind.UPDATED_BEFORE_USED:
            # A value from before the update is read at an earlier place, not by another line here.
            is_old = any(each.startswith(OLD_PREFIX) for each in names_in(change.tree))
            right = "" if is_old else found.right
            found = replace(found, right=right, sentence=self._places.with_update(repair))
            return self._places.at_alias(found)
        if change.kind is MistakeKind.OVERWRITTEN and (overwritten := self._overwritten(found, repair)):
            return overwritten
        if change.kind is MistakeKind.TERM and (held := self._held_sum(repair)):
            return replace(found, sentence=fill(messages.NOT_SET_BACK, name=held), right="", worst=None)
        if change.kind is MistakeKind.OTHER_TENSOR:
            copied = self._places.at_copied(found, repair)
            return copied or (self._places.at_call(found, repair) if equation.call else found)
        uncalled = self._places.at_uncalled_derivative(found, repair)
        if uncalled is not None:
            return uncalled
        is_missing = change.kind is MistakeKind.SLOPE_MISSING
        passed = self._places.passed_on(repair) if is_missing or change.is_added else None
        if passed is not None:
            return replace(found, line=passed.line, right=self._places.right_of_passed(passed, repair))
        later = self._places.changing_nothing(repair) if is_missing else None
        if later is not None:
            right = self._judged.right_after(repair, later)
            return replace(found, equation=later, line=later.line, right=right, worst=None)
        return self._places.at_second_name(found, repair) if is_missing else found

    def _at_other_side(self, found: Finding, repair: Repair) -> Finding:
        """The finding as a derivative taken of the wrong tensor, if what an expression reads is the result of
        an activation in place of its argument, or the other way round. A factor or a term alone is none."""
        if found.mistake not in (MistakeKind.OTHER_TENSOR, MistakeKind.INDEX):
            return found
        tree = self._graph.trees[repair.equation]
        place, new = changed_part(tree, repair.change.tree)
        sides: list[ast.expr] = []
        for each in ast.walk(tree):
            if isinstance(each, ast.BinOp):
                # Of the sums only `1 - x` is a derivative's.
                is_sum = isinstance(each.op, ast.Add | ast.Sub)
                sides += [] if is_sum and is_number(each.left) else [each.left, each.right]
        operands = [*sides, *(each.value for each in sides if isinstance(each, ast.Attribute))]
        given, expected = names_in(place) - names_in(new), names_in(new) - names_in(place)
        is_operand = isinstance(place, ast.Name | ast.Attribute) and any(each is place for each in operands)
        if is_operand or len(given) != 1 or len(expected) != 1:
            return found
        ((one,), (other,)) = given, expected
        for slope in slopes_of(self._study, self._best.explanation):
            if (one, other) == (slope.output, slope.net):
                mistake = Mistake.SLOPE_OF_OUTPUT.named(output=one, net=other)
            elif (one, other) == (slope.net, slope.output):
                mistake = Mistake.SLOPE_OF_NET.named(output=other, net=one)
            else:
                continue
            assert found.equation is not None
            sentence = self._authors.shown(mistake.sentence, found.equation)
            return replace(found, mistake=mistake.kind, sentence=sentence)
        return found

    def _overwritten(self, found: Finding, repair: Repair) -> Finding | None:
        """The finding at the line that overwrites a sum; None where that is the repaired line itself."""
        equation = self._graph.equations[repair.equation]
        line, name, right = list_replaced(self._judged.lines(equation.file))
        if line:
            sentence = Mistake.OVERWRITTEN.named(name=name).sentence
            return replace(found, line=line, sentence=sentence, right=right, worst=None)
        is_sum = " += " in equation.written and not self._judged.is_update(repair.equation)
        if repair.change.instead_of and is_sum:
            # A line that adds belongs in the loop that gives it one value after the other.
            last = Mistake.ONLY_LAST_SAMPLE.named()
            return replace(found, mistake=last.kind, sentence=last.sentence, right="")
        return self._places.at_overwriting(found, repair) if repair.change.instead_of else None

    def _held_sum(self, repair: Repair) -> str:
        """The tensor of the iteration before that a line adds to, where it is right without it; empty where
        it is right without another term."""
        graph, at = self._graph, repair.equation
        for name in names_in(graph.trees[at]) - names_in(repair.change.tree):
            is_own = base_name(name) == base_name(graph.equations[at].name)
            if is_own and name in self._study.all_carried and graph.reads[at].get(name) == graph.inputs[name]:
                return self._authors.text(ast.Name(name, ast.Load()), graph.equations[at])
        return ""

    def _argument(self, name: str) -> tuple[str, int]:
        """An argument of a call as its author wrote it, and the line of the call; `name` is its tensor."""
        graph = self._graph
        at = next((at for at, each in enumerate(graph.equations) if each.name == name), -1)
        if at < 0 or ":" not in name:
            return "", 0
        source = graph.equations[at]
        if target_of(source.written) == base_name(name) or source.cell is not None:
            return "", 0
        text = argument_with(source.written, {last_part(each) for each in graph.reads[at]})
        return text or self._authors.text(graph.trees[at], source), source.line

    def of_hidden_shapes(self) -> Iterator[Finding]:
        """Findings on updates by a value of another shape than the parameter's, which no repair mends."""
        for hidden in hidden_shapes(self._study, self._best.matches.labels, self._best.wrong):
            equation = self._graph.equations[hidden.equation]
            found = Finding(FindingKind.WRONG, equation, equation.line, by=hidden.parameter)
            yield self._with_shapes(found, hidden)

    def _at_part(self, found: Finding, repair: Repair, part: CalledExpression) -> Finding:
        """The finding in terms of a function's line: with that line's own names, and if what it should read
        is no entry of a list for its author, but an activation's argument in place of its result, or the
        other way round, as another tensor."""
        own = part.written.split("#")[0].removeprefix("return ").strip()
        equation, tree = self._graph.equations[repair.equation], self._graph.trees[repair.equation]
        has_own_names = ":" in part.source and part.source in repair.change.mistake
        if has_own_names:
            told = repair.change.mistake.replace(part.source, own)
            found = replace(found, sentence=self._authors.shown(told, equation))
        place, new = changed_part(tree, repair.change.tree)
        whole = next((node for node in nodes_of(tree) if tree_text(node) == part.source), None)
        if whole is None or all(each is not place for each in ast.walk(whole)):
            return replace(found, line=part.line, file=part.file, right="")
        right = self._authors.line_in_function(part, whole, replaced(whole, place, new), equation)
        found = replace(found, line=part.line, file=part.file, right=right)
        return self._in_names_of(
            part, whole, found, names_in(place) - names_in(new), names_in(new) - names_in(place)
        )

    def _in_names_of(
        self,
        part: CalledExpression,
        whole: ast.expr,
        found: Finding,
        given: set[str],
        expected: set[str],
    ) -> Finding:
        """A finding at a function's line with that line's names; `given` and `expected` are the tensors that
        the line reads and should not, and that it should."""
        assert found.equation is not None
        equation = found.equation
        names = self._authors.names_in_function(part, whole)
        pairs = [{each.output, each.net} for each in slopes_of(self._study, self._best.explanation)]
        is_own = found.mistake is MistakeKind.OTHER_TENSOR and given | expected <= names.keys()
        is_exchanged = found.mistake is MistakeKind.INDEX and given | expected in pairs
        if len(given) != 1 or len(expected) != 1 or not (is_own or is_exchanged):
            texts = {self._authors.shown(name, equation): ast.unparse(text) for name, text in names.items()}
            return replace(found, sentence=renamed_in(found.sentence, texts))
        one, other = (
            ast.unparse(names[each]) if is_own else self._authors.shown(each, equation)
            for each in (*given, *expected)
        )
        mistake = Mistake.TENSOR_REPLACED.named(given=one, expected=other)
        return replace(found, mistake=mistake.kind, sentence=mistake.sentence)

    def _with_shapes(self, found: Finding, hidden: HiddenShape) -> Finding:
        """The finding with a note on the shape: the result has another shape than the parameter."""
        equation = self._graph.equations[hidden.equation]
        name = self._authors.text(self._graph.written_tree(hidden.node), equation)
        kind = MistakeKind.SHAPE if found.mistake is MistakeKind.UNKNOWN else found.mistake
        return replace(found, mistake=kind, sentence=hidden.sentence(name, found.sentence))

    def _right_by_another_rule(self, repair: Repair) -> Finding | None:
        """The note on a line that is right for a fixed feedback matrix, or as the gradient of
        another loss.
        """
        graph, study = self._graph, self._study
        equation, reads = graph.equations[repair.equation], graph.reads[repair.equation]
        feedback = next(
            (name for name, node in reads.items() if node in self._judged.feedback(self._best.explanation)),
            "",
        )
        if feedback:
            is_known = "feedback" in repair.change.same
            sentence = repair.change.mistake if is_known else fill(messages.FEEDBACK_OF, name=feedback)
            right = self._judged.right_of(repair)
            return Finding(FindingKind.OTHER_RULE, equation, equation.line, sentence=sentence, right=right)
        root = graph.roots[repair.equation]
        if self._adds_losses(root) or self._drops_another_output(repair):
            sentence = fill(messages.SEVERAL_LOSSES)
            return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        if repair.change.kind not in (MistakeKind.SLOPE_MISSING, MistakeKind.UNKNOWN):
            return None
        # What follows the loss that was found tells against another one that it does not follow.
        followed = study.match(self._best.explanation).found.keys()
        for explanation, matches in study.ranked:
            if not followed <= matches.found.keys():
                continue
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
                loss = fill(messages.LOSS_NAMES[candidate.kind])
                sentence = Mistake.OTHER_LOSS.named(output=output, loss=loss).sentence
                return Finding(FindingKind.OTHER_LOSS, equation, equation.line, sentence=sentence)
        return None

    def _drops_another_output(self, repair: Repair) -> bool:
        """Whether a term is superfluous only because it belongs to an output that the loss found does not
        depend on.
        """
        graph, study = self._graph, self._study
        if repair.change.kind is not MistakeKind.TERM or repair.change.is_added or repair.plan is None:
            return False
        kept = {id(node) for node in ast.walk(repair.change.tree)}
        places = graph.places[repair.equation]
        tree = graph.trees[repair.equation]
        dropped = {places[id(node)] for node in ast.walk(tree) if id(node) in places and id(node) not in kept}
        forward, values = graph.cone(self._best.explanation.candidate.outputs), study.states[0]
        below = (graph.cone(dropped - {graph.roots[repair.equation]}) & study.active) - forward
        outputs = [at for at in below if _OUTPUT.search(graph.nodes[at].pattern)]
        return any(not any(is_near(values[at], values[each]) for each in forward) for at in outputs)

    def _adds_losses(self, root: int) -> bool:
        """True if the gradient of another output's loss is added there, too."""
        chosen = self._best.explanation.candidate
        below = self._graph.cone([root])
        values = self._study.states[0]

        def is_again(output: int) -> bool:
            """Whether a second forward pass computes one of the outputs."""
            return any(is_near(values[output], values[at]) for at in chosen.outputs)

        return any(
            matches.found
            and not all(map(is_again, each.candidate.outputs))
            and each.candidate.kind != SCRIPT_LOSS
            and not set(each.candidate.outputs) & self._graph.cone(chosen.outputs)
            and not set(chosen.outputs) & self._graph.cone(each.candidate.outputs)
            and not below.isdisjoint(each.candidate.targets)
            and not below.isdisjoint(chosen.targets)
            for each, matches in self._study.ranked
        )

    def _worst(self, repair: Repair) -> WorstCell | None:
        """The worst cell in the pass itself, with the other mistakes repaired."""
        graph, study = self._graph, self._study
        root = graph.roots[repair.equation]
        if repair.plan is None:
            seeds = self._best.explanation.candidate.seeds(study.actual)
            if seeds is None or repair.label is None or repair.label.is_part or not repair.constant:
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
