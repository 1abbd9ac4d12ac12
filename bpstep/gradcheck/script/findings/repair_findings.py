"""Findings on lines with a known repair, each at the place where one would fix it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, WorstCell, worst_cell
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.shapes import HiddenShape, hidden_shapes
from bpstep.gradcheck.script.repairs.slopes import slopes_of
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.equation_trees import (
    OLD_PREFIX,
    base_name,
    changed_part,
    names_in,
    nodes_of,
    short_text,
    tree_text,
)
from bpstep.gradcheck.script.text.text_lines import (
    alias_line,
    argument_with,
    copied_from,
    last_part,
    list_replaced,
    second_name,
    set_to_one,
    target_of,
    unused_derivative,
)
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.script.equations.equations import CalledExpression, OtherName, ScriptEquation
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.text import fill

_OTHER = "another"
"""The name of what is tried in place of a tensor."""

_OUTPUT = re.compile(r"exp\(|sigmoid\(|tanh\(")
"""Marks an operation that computes outputs; penalties on weights use none of these functions."""


class RepairFindings(HypothesisFindings):
    """The findings for the repairs with which a loss explains the pass."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._authors = judged.authors

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
            kind, sentence = self._slope_mistake(repair)
            found = replace(found, mistake=kind, sentence=sentence) if sentence else found
        part = self.called_part(repair)
        found = found if part is None else self._at_part(found, repair, part)
        if repair.hidden is not None:
            return self._with_shapes(found, repair.hidden)
        if part is not None:
            return found
        if change.kind is MistakeKind.UPDATED_BEFORE_USED:
            # The fix belongs to another place of this line, not to another line.
            found = replace(found, right="", sentence=self._with_update(repair))
            return self._at_alias(found)
        if change.kind is MistakeKind.OVERWRITTEN:
            line, name, right = list_replaced(self._judged.lines(equation.file))
            if line:
                sentence = Mistake.OVERWRITTEN.named(name=name).sentence
                return replace(found, line=line, sentence=sentence, right=right, worst=None)
            if change.instead_of:
                return self._at_overwriting(found, repair)
        if change.kind is MistakeKind.TERM and (held := self._held_sum(repair)):
            return replace(found, sentence=fill(messages.NOT_SET_BACK, name=held), right="", worst=None)
        if change.kind is MistakeKind.OTHER_TENSOR:
            copied = self._at_copied(found, repair)
            return copied or (self._at_call(found, repair) if equation.call else found)
        uncalled = self._at_uncalled_derivative(found, repair)
        if uncalled is not None:
            return uncalled
        is_missing = change.kind is MistakeKind.SLOPE_MISSING
        passed = self._passed_on(repair) if is_missing or change.is_added else None
        if passed is not None:
            return replace(found, line=passed.line, right=self._right_of_passed(passed, repair))
        later = self._changing_nothing(repair) if is_missing else None
        if later is not None:
            right = self._judged.right_after(repair, later)
            return replace(found, equation=later, line=later.line, right=right, worst=None)
        return self._at_second_name(found, repair) if is_missing else found

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
        has_own_names = ":" in part.source and part.source in repair.change.mistake
        if found.equation is not None and has_own_names:
            told = repair.change.mistake.replace(part.source, own)
            found = replace(found, sentence=self._authors.shown(told, found.equation))
        found = replace(found, line=part.line, file=part.file, right="")
        tree, changed = self._graph.trees[repair.equation], repair.change.tree
        given, expected = names_in(tree) - names_in(changed), names_in(changed) - names_in(tree)
        pairs = [{each.output, each.net} for each in slopes_of(self._study, self._best.explanation)]
        if found.mistake is not MistakeKind.INDEX or given | expected not in pairs:
            return found
        assert found.equation is not None
        one, other = (self._authors.shown(each, found.equation) for each in (*given, *expected))
        mistake = Mistake.TENSOR_REPLACED.named(given=one, expected=other)
        return replace(found, mistake=mistake.kind, sentence=mistake.sentence)

    def called_part(self, repair: Repair) -> CalledExpression | None:
        """The expression in a function that contains the mistake; None if the equation's own line does.

        If another argument would make the function's result right, the call is wrong and not the function. A
        function in a file whose text is unavailable is not named.
        """
        if repair.part is not None:
            return repair.part
        graph, at = self._graph, repair.equation
        equation, tree = graph.equations[at], graph.trees[at]
        place = changed_part(tree, repair.change.tree)
        # An operand that is only multiplied with something is right where it is.
        is_kept = any(each is place for each in ast.walk(repair.change.tree))
        around: list[tuple[CalledExpression, ast.expr]] = []
        if repair.plan is None or repair.change.is_replaced:
            return self._unknown_part(repair)
        for part in equation.called:
            whole = next((node for node in nodes_of(tree) if tree_text(node) == part.source), None)
            inside = () if whole is None or (is_kept and whole is place) else ast.walk(whole)
            is_around = any(each is place for each in inside)
            if whole is not None and is_around and self._has_line(part, equation):
                around.append((part, whole))
        forward = graph.cone(self._best.explanation.candidate.outputs)
        if around:
            part, whole = around[-1]
            is_right = self._is_right_forwards(at, part, whole, forward)
            if is_right or self._is_called_wrongly(at, part, whole, repair):
                around.pop()
        own = equation.file, equation.line
        return around[-1][0] if around and (around[-1][0].file, around[-1][0].line) != own else None

    def _unknown_part(self, repair: Repair) -> CalledExpression | None:
        """The same if no change is known: a call that computes the whole equation, or a part of it that is no
        gradient, such as the derivative of an activation.

        The function is wrong only if everything else that the equation reads and does is right.
        """
        graph, at = self._graph, repair.equation
        equation, tree = graph.equations[at], graph.trees[at]
        forward = graph.cone(self._best.explanation.candidate.outputs)
        gradients = self._best.matches.labels.keys()
        for part in equation.called:
            whole = next((node for node in nodes_of(tree) if tree_text(node) == part.source), None)
            is_own = (part.file, part.line) == (equation.file, equation.line)
            if whole is None or is_own or not self._has_line(part, equation):
                continue
            names = {each.id for each in ast.walk(whole) if isinstance(each, ast.Name)}
            read = {node for name, node in graph.reads[at].items() if name in names} & gradients
            place = graph.places[at].get(id(whole))
            if whole is tree:
                is_wrong = self._is_wrong_by_itself(repair, read)
            else:
                is_wrong = not read and place is not None and self._slope_in_place(repair, place) >= 0
            if (
                is_wrong
                and not self._is_right_forwards(at, part, whole, forward)
                and not self._is_called_wrongly(at, part, whole, repair)
            ):
                return part
        return None

    def _has_line(self, part: CalledExpression, equation: ScriptEquation) -> bool:
        """Whether a function's line can be named: it is in the equation's file, or the text of its own file
        is available.
        """
        return part.file == equation.file or any(self._judged.lines(part.file))

    def _is_wrong_by_itself(self, repair: Repair, read: Collection[int]) -> bool:
        """Whether an equation's gradient follows from the gradients that it reads, with no line of the
        forward pass in between.
        """
        label = repair.label
        if label is None:
            return False
        labels = self._best.matches.labels
        outputs = list(self._best.explanation.candidate.outputs)
        above = [[one.node for one, _ in labels[node]] for node in read]
        return all(any(self._is_next(label.node, end) for end in ends) for ends in above or [outputs])

    def _is_next(self, node: int, end: int) -> bool:
        """Whether no line outside functions lies between two operations of the forward pass."""
        graph, below = self._graph, self._graph.cone([end])
        call = graph.equations[graph.nodes[end].equation].call
        depth, start = len(call), graph.nodes[node].equation
        # The lines of the function that gives the later one are not between if the earlier one enters it.
        is_entered = depth > 0 and (start < 0 or graph.equations[start].call[:depth] != call)
        return node in below and not any(
            root in below and root not in (node, end) and node in graph.cone([root])
            for equation, root in zip(graph.equations, graph.roots)
            if len(equation.call) <= depth and not (is_entered and equation.call == call)
        )

    def _slope_mistake(self, repair: Repair) -> tuple[MistakeKind, str]:
        """The mistake of a missing or wrong derivative of an activation, where no single change is known; the
        sentence is empty if there is no such mistake.
        """
        graph, at = self._graph, repair.equation
        equation, tree, root = graph.equations[at], graph.trees[at], graph.roots[at]
        gradients = self._best.matches.labels.keys()
        slope = self._slope_for(repair, lambda values, given: values[root] * given)
        if slope >= 0:
            return MistakeKind.SLOPE_MISSING, fill(messages.NO_SLOPE, output=self._shown(slope, equation))
        for part in nodes_of(tree):
            place = graph.places[at].get(id(part))
            names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)} & graph.reads[
                at
            ].keys()
            has_gradient = any(node in gradients for name, node in graph.reads[at].items() if name in names)
            slope = -1 if place is None or has_gradient else self._slope_in_place(repair, place)
            if slope >= 0:
                given = self._authors.shown(short_text(part), equation)
                output = self._shown(slope, equation)
                for wanted in (repair.label.node, slope) if repair.label is not None else ():
                    if self._is_right_of(repair, part, wanted):
                        expected = self._shown(wanted, equation)
                        (name,) = names
                        mistake = Mistake.PART_READS_OTHER.named(
                            part=given,
                            given=self._authors.shown(name, equation),
                            expected=expected,
                        )
                        return MistakeKind.SLOPE_PLACE, mistake.sentence
                return MistakeKind.SLOPE_WRONG, Mistake.SLOPE_OF_OTHER.named(
                    given=given, output=output
                ).sentence
        return MistakeKind.UNKNOWN, ""

    def _is_right_of(self, repair: Repair, part: ast.expr, wanted: int) -> bool:
        """Whether an equation becomes right if one of its parts, which reads one tensor, reads another."""
        graph, at = self._graph, repair.equation
        there = {**graph.names_before(at), **graph.reads[at]}
        names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)} & there.keys()
        pin = repair.pins.get(graph.roots[at])
        if len(names) != 1 or pin is None:
            return False
        changed = with_name(part, min(names), graph.written_tree(wanted))
        try:
            computed = self._computed(at, replaced(graph.trees[at], part, changed), there)
        except KeyError:
            return False
        return all(_is_near(computed(values), pin(values)) for values in self._study.states)

    def _shown(self, node: int, equation: ScriptEquation) -> str:
        return self._authors.shown(self._graph.written(node), equation)

    def _slope_in_place(self, repair: Repair, part: int) -> int:
        """The activation whose derivative, in place of a part, makes an equation right; -1 if none does."""
        graph, root = self._graph, self._graph.roots[repair.equation]

        def changed(values: Values, slope: Any) -> Any:
            is_same = have_one_shape(slope, values[part])
            return graph.again(values, {part: Fixed(slope)})[root] if is_same else MISSING

        return self._slope_for(repair, changed)

    def _slope_for(self, repair: Repair, changed: Callable[[Values, Any], Any]) -> int:
        """The activation whose derivative makes an equation right; -1 if there is none.

        `changed` computes the equation with a derivative, in one state.
        """
        graph, study = self._graph, self._study
        explanation, root = self._best.explanation, graph.roots[repair.equation]
        pin = repair.pins.get(root)
        if repair.label is None or pin is None or repair.label.is_part:
            return -1
        net, inputs = repair.label.node, set(graph.inputs.values())
        for output in explanation.backward.nodes:
            between = graph.cone([output]) - graph.cone([net])
            # A product with another tensor is not an activation.
            is_function = not any(np.ndim(study.actual[at]) for at in between & inputs)
            # Where a net input has other readers, its gradient is more than that times the derivative.
            is_only = net not in graph.cone(explanation.candidate.outputs, {output})
            if output == net or net not in graph.cone([output]) or not is_function or not is_only:
                continue
            is_right = True
            for values, gradients in zip(study.states, explanation.gradients):
                slope = _ratio(gradients.get(net, MISSING), gradients.get(output, MISSING))
                is_right = is_right and have_one_shape(slope, values[root]) and not np.all(slope == 1)
                is_right = is_right and _is_near(changed(values, slope), pin(values))
            if is_right:
                return output
        return -1

    def _is_right_forwards(
        self, at: int, part: CalledExpression, whole: ast.expr, forward: Collection[int]
    ) -> bool:
        """Whether the outputs depend on a function's result, too: it is an activation, used in place of its
        slope.
        """
        graph, values = self._graph, self._study.states[0]
        place = graph.places[at].get(id(whole), -1)
        forwards = [each for each, root in zip(graph.equations, graph.roots) if root in forward]
        # A function that only the line calls by its name is meant to be the slope.
        call = f"{part.function.split('.')[-1]}("
        is_own = call in graph.equations[at].written and not any(call in each.written for each in forwards)
        is_again = place >= 0 and whole is not graph.trees[at] and not is_own
        if is_again and any(_is_near(values[place], values[each]) for each in forward):
            return True
        return any(
            (part.file, part.line) == (each.file, each.line) and _may_be_same(part, each)
            for equation in forwards
            for each in equation.called
        )

    def _is_called_wrongly(self, at: int, part: CalledExpression, whole: ast.expr, repair: Repair) -> bool:
        """Whether another argument would make a function's result right.

        The call is right if it is right for another function that it calls, as each layer's derivative.
        """
        graph, study = self._graph, self._study
        own = graph.equations[at]
        repaired = {root for one in self._best.repairs for root in one.pins}
        for other, (root, each) in enumerate(zip(graph.roots, graph.equations)):
            # An argument that is computed in the call is no other time of the line.
            is_argument = base_name(each.name) != base_name(own.name)
            if is_argument or root in repaired:
                continue
            is_again = (each.file, each.line, each.written) == (own.file, own.line, own.written)
            called = {(one.file, one.line) for one in each.called}
            is_other = is_again and (part.file, part.line) not in called
            if is_other and self._tells_its_argument(other):
                return False
        # What other lines give is repaired, too.
        there, values = {**graph.names_before(at), **graph.reads[at]}, repair.states[0]
        pin = repair.pins.get(graph.roots[at])
        wanted = MISSING if pin is None else pin(values)
        depth, line = len(graph.equations[at].call), graph.equations[at].line
        within = [
            other
            for other, each in enumerate(graph.equations[:at])
            if [(call.name, call.line) for call in each.call[depth : depth + 1]] == [(part.function, line)]
        ]
        made = {graph.equations[other].name for other in within}
        names = {name for other in within for name in graph.reads[other]} - made
        names |= {node.id for node in ast.walk(whole) if isinstance(node, ast.Name)} - made
        forward = graph.cone(self._best.explanation.candidate.outputs)
        for name in filter(partial(_may_be_passed, part, own), names & there.keys()):
            # A function of the argument may have no name: the `tanh(c)` in `h = o * tanh(c)`.
            inner = [node for node in forward if there[name] in graph.nodes[node].operands]
            unnamed = {f"{_OTHER}{node}": node for node in inner}
            there |= unnamed
            for other_name, node in there.items():
                if node not in study.active or not have_one_shape(values[node], values[there[name]]):
                    continue
                instead = ast.Name(other_name, ast.Load())
                trees = {other: with_name(graph.trees[other], name, instead) for other in within}
                trees[at] = replaced(graph.trees[at], whole, with_name(whole, name, instead))
                pins = {graph.roots[each]: self._computed(each, tree, there) for each, tree in trees.items()}
                if _is_near(graph.again(values, pins)[graph.roots[at]], wanted):
                    return True
        return any(
            _is_near(self._computed(at, replaced(graph.trees[at], whole, other), there)(values), wanted)
            for other in self._with_other_arguments(at, whole, there)
        )

    def _with_other_arguments(self, at: int, whole: ast.expr, there: Mapping[str, int]) -> Iterator[ast.expr]:
        """A function's result with another tensor of the same shape in place of an expression in it, its
        argument."""
        study, places = self._study, self._graph.places[at]
        for argument in nodes_of(whole):
            place = places.get(id(argument))
            if argument is whole or place is None or not isinstance(argument, ast.BinOp | ast.Subscript):
                continue
            shape = np.shape(study.actual[place])
            for name, node in there.items():
                if node in study.active and shape and np.shape(study.actual[node]) == shape:
                    yield rebuilt(whole, partial(_instead, tree_text(argument), ast.Name(name, ast.Load())))

    def _tells_its_argument(self, at: int) -> bool:
        """Whether an equation would give another result with any other tensor in place of one of the forward
        pass: the slope of a leaky ReLU is the same for its output as for its argument."""
        graph, values = self._graph, self._study.states[0]
        forward = graph.cone(self._best.explanation.candidate.outputs)
        # Only what has a name could have been given.
        named = forward & self._study.roots
        for name, node in graph.reads[at].items():
            for other in named if node in forward and np.ndim(values[node]) else ():
                if other == node or np.shape(values[other]) != np.shape(values[node]):
                    continue
                tree = with_name(graph.trees[at], name, ast.Name(_OTHER, ast.Load()))
                if _is_near(self._computed(at, tree, {_OTHER: other})(values), values[graph.roots[at]]):
                    return False
        return True

    def _computed(self, at: int, tree: ast.expr, reads: Mapping[str, int]) -> Callable[[Values], Any]:
        plan = self._graph.plan(at, tree, {**reads, **self._graph.reads[at]})
        return lambda values: self._graph.run(plan, values)[-1]

    def _with_shapes(self, found: Finding, hidden: HiddenShape) -> Finding:
        """The finding with a note on the shape: the result has another shape than the parameter."""
        equation = self._graph.equations[hidden.equation]
        name = self._authors.text(self._graph.written_tree(hidden.node), equation)
        kind = MistakeKind.SHAPE if found.mistake is MistakeKind.UNKNOWN else found.mistake
        return replace(found, mistake=kind, sentence=hidden.sentence(name, found.sentence))

    def _at_call(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the call of a function with a wrong argument, if the function's line reads that
        argument.
        """
        graph, equation = self._graph, self._graph.equations[repair.equation]
        old, new = (
            {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            for tree in (graph.trees[repair.equation], repair.change.tree)
        )
        sources = {each.name: at for at, each in enumerate(graph.equations)}
        if len(old - new) != 1 or len(new - old) != 1:
            return found
        (given,), (expected,) = old - new, new - old
        if given in sources and expected in sources:
            one, other = (graph.equations[sources[each]] for each in (given, expected))
            if one.call == equation.call != other.call and (one.file, one.line) == (other.file, other.line):
                return self._at_other_call(found, one, other)
        is_own = self._authors.is_in_function(expected, equation) or given in re.findall(
            r"\w+", equation.written
        )
        # What the same call of the function computed is there to be read.
        is_there = expected in sources and graph.equations[sources[expected]].call == equation.call
        if is_there or (found.right and is_own):
            return found
        at = sources.get(given)
        outer = () if at is None else graph.equations[at].call
        depth = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(outer, equation.call)))
        if depth == len(equation.call):
            return found
        caller = self._judged.caller(equation, depth)
        if caller is None:
            return found
        wanted = graph.trees[sources[expected]] if expected in sources else ast.Name(expected, ast.Load())
        name, text, right = self._authors.argument(caller, given, wanted)
        if not right:
            return found
        sentence = Mistake.TENSOR_REPLACED.named(given=name, expected=text).sentence
        return replace(found, line=caller.line, file=caller.file, sentence=sentence, right=right, worst=None)

    def _at_copied(self, found: Finding, repair: Repair) -> Finding | None:
        """The finding at the line that copies the wrong tensor, if the repaired line goes on with the copy's
        name: `dZ = np.array(Z)` above `dZ[Z <= 0] = 0`. None if there is no such line."""
        graph, name = self._graph, repair.change.instead_of
        at = next((at for at, each in enumerate(graph.equations) if each.name == name), -1)
        if at < 0 or at > repair.equation or not isinstance(graph.trees[at], ast.Name):
            return None
        source, changed = graph.equations[at], graph.equations[repair.equation]
        (wanted,) = names_in(repair.change.tree) - names_in(graph.trees[repair.equation]) or {""}
        if base_name(source.name) != base_name(changed.name) or not wanted:
            return None
        places = [(each.file, each.line) for each in graph.equations]
        copied, run = (places.count((each.file, each.line)) for each in (source, changed))
        if copied < run:
            # A line that runs again goes on with its own result.
            return None
        target, _, value = source.written.partition("=")
        read = {*re.findall(r"(?<![\w.])[a-zA-Z_]\w*\b(?!\s*[.(=])", value)} - {"True", "False", "None"}
        given = min(read) if len(read) == 1 else self._authors.text(graph.trees[at], source)
        expected = self._authors.text(ast.Name(wanted, ast.Load()), source)
        right, count = re.subn(rf"(?<![\w.]){re.escape(given)}\b", expected, value)
        sentence = Mistake.TENSOR_REPLACED.named(given=given, expected=expected).sentence
        right = f"{target}={right}" if count == 1 and self._authors.is_in_function(wanted, source) else ""
        return replace(found, equation=source, line=source.line, sentence=sentence, right=right, worst=None)

    def _at_uncalled_derivative(self, found: Finding, repair: Repair) -> Finding | None:
        """The finding at the line that calls an activation, where the script has a function of its derivative
        that no line calls: `s = sigmoid(z)` for `s = sigmoid_prime(z)`. None if there is no such function."""
        graph, name = self._graph, repair.change.instead_of
        node = graph.reads[repair.equation].get(name, -1)
        if repair.change.kind is not MistakeKind.SLOPE_PLACE or node not in graph.roots:
            return None
        source = graph.equations[graph.roots.index(node)]
        called, derivative = unused_derivative(self._judged.lines(source.file), source.written)
        if not called:
            return None
        mistake = Mistake.ACTIVATION_ITSELF.named(name=called)
        right = source.written.replace(f"{called}(", f"{derivative}(")
        found = replace(found, mistake=mistake.kind, sentence=mistake.sentence, right=right, worst=None)
        return replace(found, equation=source, line=source.line)

    def _at_other_call(self, found: Finding, given: ScriptEquation, expected: ScriptEquation) -> Finding:
        """The finding at a call of a function whose result would be right in another call of it: with the
        other one's argument."""
        graph, opened = self._graph, given.call[-1]
        lines = self._judged.lines(opened.script)
        if not 0 < opened.line <= len(lines):
            return found
        read, wanted = (set(graph.reads[graph.equations.index(each)]) for each in (given, expected))
        if len(read - wanted) != 1 or len(wanted - read) != 1:
            return replace(found, line=opened.line, file=opened.script, right="", worst=None)
        statement = lines[opened.line - 1].strip()
        names = [last_part(*each) for each in (read - wanted, wanted - read)]
        pattern = re.compile(rf"\((.*\.)?{re.escape(names[0])}\)")
        right = pattern.sub(rf"(\g<1>{names[1]})", statement) if len(pattern.findall(statement)) == 1 else ""
        sentence = Mistake.TENSOR_REPLACED.named(given=names[0], expected=names[1]).sentence
        return replace(
            found, line=opened.line, file=opened.script, sentence=sentence, right=right, worst=None
        )

    def _at_overwriting(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line that overwrites a sum with the latest value."""
        graph = self._graph
        node = graph.reads[repair.equation][repair.change.instead_of]
        source = graph.equations[graph.roots.index(node)]
        line, name = second_name(self._judged.lines(source.file), source)
        if not line:
            return self._judged.overwritten(source, base_name(source.name), found.by)
        sentence = Mistake.OVERWRITTEN.named(name=name).sentence
        return replace(found, line=line, sentence=sentence, right=f"{name} += {last_part(source.name)}")

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
        return any(not any(_is_near(values[at], values[each]) for each in forward) for at in outputs)

    def _adds_losses(self, root: int) -> bool:
        """True if the gradient of another output's loss is added there, too."""
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
        """The finding at the line that gives a gradient its new name after the activation."""
        assert found.equation is not None
        graph, whole = self._graph, repair.change.tree
        line, name = set_to_one(self._judged.lines(found.equation.file), found.equation)
        if line and isinstance(whole, ast.BinOp):
            slope = self._missing_factor(repair)
            text = "" if slope is None else self._authors.text(slope, found.equation)
            return replace(found, line=line, right=f"{name} = {text}" if text else "", worst=None)
        forward = graph.cone(self._best.explanation.candidate.outputs)
        sources = [
            graph.equations[graph.roots.index(node)]
            for node in graph.reads[repair.equation].values()
            if node in self._study.active and node in self._study.roots and node not in forward
        ]
        line = copied_from(self._judged.lines(found.equation.file), found.equation, sources)
        if line:
            return replace(found, line=line, right="")
        line, name = second_name(self._judged.lines(found.equation.file), found.equation)
        if not line or not isinstance(whole, ast.BinOp):
            return found
        right = ast.BinOp(ast.Name(last_part(found.equation.name), ast.Load()), ast.Mult(), whole.right)
        return replace(found, line=line, right=f"{name} = {self._authors.text(right, found.equation)}")

    def _missing_factor(self, repair: Repair) -> ast.expr | None:
        """What a repair multiplies a part of an equation by; None if it does something else."""
        kept = {id(each) for each in ast.walk(self._graph.trees[repair.equation])}
        products = (each for each in ast.walk(repair.change.tree) if isinstance(each, ast.BinOp))
        return next(
            (
                each.right
                for each in products
                if isinstance(each.op, ast.Mult) and id(each.left) in kept and id(each.right) not in kept
            ),
            None,
        )

    def _passed_on(self, repair: Repair) -> OtherName | None:
        """The statement that gives an equation's result the only name under which it is read.

        What is missing belongs there. None if the equation's own name is read, too.
        """
        equation = self._graph.equations[repair.equation]
        own = target_of(equation.written) or last_part(equation.name)
        root = self._graph.roots[repair.equation]
        readers = [
            each.written
            for each, reads in zip(self._graph.equations, self._graph.reads)
            if root in reads.values()
        ]
        calls = {each.line for each in equation.call}
        for passed in equation.other_names:
            name = target_of(passed.written)
            is_return = not name and passed.line not in calls
            is_read, is_own = (
                bool(each) and any(re.search(rf"\b{each}\b", text) for text in readers)
                for each in (name, own)
            )
            is_plain = name == own or not is_own
            if passed.file == equation.file and (is_return or (is_read and is_plain)):
                return passed
        return None

    def _changing_nothing(self, repair: Repair) -> ScriptEquation | None:
        """The only equation that reads another one, if it repeats the value, as `delta * 1.0` does; otherwise
        None.
        """
        graph, values = self._graph, self._study.states[0]
        root = graph.roots[repair.equation]
        readers = [at for at, reads in enumerate(graph.reads) if root in reads.values()]
        is_same = len(readers) == 1 and _is_near(values[graph.roots[readers[0]]], values[root])
        return graph.equations[readers[0]] if is_same else None

    def _right_of_passed(self, passed: OtherName, repair: Repair) -> str:
        """The statement that gives a result another name, completed by what is missing; empty if there is
        none.
        """
        statement, whole = ast.parse(passed.written).body[0], repair.change.tree
        is_factor = isinstance(whole, ast.BinOp) and whole.left is self._graph.trees[repair.equation]
        if not isinstance(statement, ast.Assign) or not is_factor:
            return ""
        right = self._judged.right(repair.equation, whole)
        assert isinstance(whole, ast.BinOp)
        product = ast.BinOp(ast.Name("_", ast.Load()), ast.Mult(), whole.right)
        text = self._authors.text(product, self._graph.equations[repair.equation])
        return f"{passed.written.split('#')[0].rstrip()}{text.removeprefix('_')}" if right else ""

    def _with_update(self, repair: Repair) -> str:
        """The sentence that a tensor is updated too early; with the line of the update if lines are numbered
        as in the file.
        """
        graph, equation = self._graph, self._graph.equations[repair.equation]
        for node in ast.walk(repair.change.tree):
            if not isinstance(node, ast.Name) or not node.id.startswith(OLD_PREFIX):
                continue
            name = node.id.removeprefix(OLD_PREFIX)
            reads = graph.reads[repair.equation].items()
            update = next(
                graph.equations[graph.nodes[at].equation] for each, at in reads if base_name(each) == name
            )
            if update.file == equation.file and update.cell is None and update.line != equation.line:
                return fill(messages.UPDATED_BEFORE_AT, name=name, line=update.line)
        return repair.change.mistake

    def _at_alias(self, found: Finding) -> Finding:
        """The finding at the line that gives an array a second name, if the script has such a line."""
        assert found.equation is not None
        for name in self._study.trained:
            line, other, whole = alias_line(self._judged.lines(found.equation.file), found.equation, name)
            if line:
                sentence = fill(messages.SAME_ARRAY, other=other, name=last_part(name))
                right = f"{other} = {whole}.copy()"
                return replace(found, line=line, sentence=sentence, right=right)
        return found

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


def _ratio(below: Any, above: Any) -> Any:
    """A gradient divided by another one of its shape, cell by cell; 0 where the divisor is 0."""
    if not have_one_shape(below, above):
        return MISSING
    is_told = np.asarray(above) != 0
    return np.where(is_told, below, 0.0) / np.where(is_told, above, 1.0)


def _may_be_passed(part: CalledExpression, call: ScriptEquation, name: str) -> bool:
    """Whether a tensor that a function reads may be an argument of the call: not if the function reads it as
    an attribute that the call does not mention, as `self.out`."""
    attribute = re.compile(rf"\.{re.escape(last_part(name))}\b")
    return attribute.search(part.written) is None or attribute.search(call.written) is not None


def _is_near(given: Any, wanted: Any) -> bool:
    """Whether two tensors are equal apart from rounding."""
    if not have_one_shape(given, wanted):
        return False
    return bool(np.allclose(given, wanted, rtol=1e-9, atol=1e-9 * float(np.max(np.abs(wanted), initial=0.0))))


def _may_be_same(one: CalledExpression, other: CalledExpression) -> bool:
    """Whether results of functions in one line may be of one function: a line may have several lambdas."""
    if one.function != "<lambda>":
        return True
    texts = (re.sub(r":\d+", "", each.source) for each in (one, other))
    first, second = (ast.parse(text, mode="eval").body for text in texts)
    if isinstance(first, ast.Call) and isinstance(second, ast.Call):
        return ast.dump(first.func) == ast.dump(second.func)
    return type(first) is type(second)


def _instead(text: str, other: ast.expr, node: ast.AST) -> ast.expr | None:
    """Another expression in place of one that is written so."""
    return other if isinstance(node, ast.expr) and tree_text(node) == text else None
