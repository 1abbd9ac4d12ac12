"""The expression in a called function that contains a mistake, in place of the line that calls it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial

import numpy as np

from bpstep.gradcheck.script.findings.changed_results import is_near, result_of
from bpstep.gradcheck.script.findings.slope_mistakes import SlopeMistakes
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.equation_trees import (
    base_name,
    changed_part,
    nodes_of,
    tree_text,
)
from bpstep.gradcheck.script.text.text_lines import is_only_summed, last_part, own_name
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.script.equations.equations import CalledExpression, ScriptEquation
from bpstep.script.meaning.graph import MISSING, have_one_shape

_OTHER = "another"
"""The name of what is tried in place of a tensor."""


class CalledParts(HypothesisFindings):
    """Finds the function's line that is wrong, or that the call is."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._slopes = SlopeMistakes(judged, best)

    def of(self, repair: Repair) -> CalledExpression | None:
        """The expression in a function that contains the mistake; None if the equation's own line does.

        If another argument would make the function's result right, the call is wrong and not the function. A
        function in a file whose text is unavailable is not named.
        """
        if repair.part is not None:
            return repair.part
        graph, at = self._graph, repair.equation
        equation, tree = graph.equations[at], graph.trees[at]
        place, _ = changed_part(tree, repair.change.tree)
        # An operand that is only multiplied with something is right where it is.
        is_kept = any(each is place for each in ast.walk(repair.change.tree))
        around: list[tuple[CalledExpression, ast.expr]] = []
        if repair.plan is None or repair.change.is_replaced:
            return self._of_unknown(repair)
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

    def _of_unknown(self, repair: Repair) -> CalledExpression | None:
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
                is_wrong = not read and place is not None and self._slopes.in_place(repair, place) >= 0
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
        if is_again and any(is_near(values[place], values[each]) for each in forward):
            return True
        return any(_is_called(part, each) for each in [*forwards, *self._right_gradients(at)])

    def _right_gradients(self, at: int) -> Iterator[ScriptEquation]:
        """The equations that give a gradient, of lines that are not repaired at any of their times; `at` is
        one that is."""
        graph, best = self._graph, self._best
        labels = self._study.match(best.explanation, self._study.states).labels
        repaired = [graph.equations[each] for each in (at, *(one.equation for one in best.repairs))]
        lines = {(each.file, each.line) for each in repaired}
        for root, equation in zip(graph.roots, graph.equations):
            if root in labels and (equation.file, equation.line) not in lines:
                yield equation

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
        texts = self._judged.authors.names_in_function(part, whole)
        attributes = {name: text.attr for name, text in texts.items() if isinstance(text, ast.Attribute)}
        for name in names & there.keys():
            if not _may_be_passed(part, own, attributes.get(name, last_part(name))):
                continue
            # A function of the argument may have no name: the `tanh(c)` in `h = o * tanh(c)`.
            inner = [node for node in forward if there[name] in graph.nodes[node].operands]
            unnamed = {f"{_OTHER}{node}": node for node in inner}
            there |= unnamed
            for other_name, node in there.items():
                if node not in study.active or not have_one_shape(values[node], values[there[name]]):
                    continue
                if not self._can_be_given(node, own):
                    continue
                instead = ast.Name(other_name, ast.Load())
                trees = {other: with_name(graph.trees[other], name, instead) for other in within}
                trees[at] = replaced(graph.trees[at], whole, with_name(whole, name, instead))
                pins = {
                    graph.roots[each]: result_of(self._graph, each, tree, there)
                    for each, tree in trees.items()
                }
                if is_near(graph.again(values, pins)[graph.roots[at]], wanted):
                    return True
        return any(
            is_near(
                result_of(self._graph, at, replaced(graph.trees[at], whole, other), there)(values), wanted
            )
            for other in self._with_other_arguments(at, whole, there)
        )

    def _can_be_given(self, node: int, call: ScriptEquation) -> bool:
        """Whether a line could give a node to a function that it calls: not a variable of another function
        that this keeps nowhere."""
        at = self._graph.nodes[node].equation
        if node not in self._study.roots or at < 0:
            return True
        source = self._graph.equations[at]
        is_around = call.call[: len(source.call)] == source.call
        return is_around or not is_only_summed(self._judged.lines(source.file), own_name(source))

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
                if is_near(
                    result_of(self._graph, at, tree, {_OTHER: other})(values), values[graph.roots[at]]
                ):
                    return False
        return True


def _is_called(part: CalledExpression, equation: ScriptEquation) -> bool:
    """Whether an equation calls the function with an expression, at its line."""
    return any(
        (part.file, part.line) == (each.file, each.line) and _may_be_same(part, each)
        for each in equation.called
    )


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


def _may_be_passed(part: CalledExpression, call: ScriptEquation, own: str) -> bool:
    """Whether a tensor that a function reads under its `own` name may be an argument of the call: not if the
    function reads it as an attribute that the call does not mention, as `self.out`."""
    attribute = re.compile(rf"\.{re.escape(own)}\b")
    return attribute.search(part.written) is None or attribute.search(call.written) is not None
