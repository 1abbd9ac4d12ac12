"""The line at which one would mend a mistake, where it is not the line that is repaired."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import takewhile

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.findings.changed_results import is_near
from bpstep.gradcheck.script.judged.finding import Finding
from bpstep.gradcheck.script.judged.hypothesis import Hypothesis, HypothesisFindings
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.equation_trees import (
    OLD_PREFIX,
    base_name,
    changed_part,
    names_in,
)
from bpstep.gradcheck.script.text.text_lines import (
    alias_line,
    copied_from,
    last_part,
    list_copied,
    second_name,
    set_to_one,
    target_of,
    unused_derivative,
)
from bpstep.script.equations.equations import OtherName, ScriptEquation
from bpstep.text import fill


class RepairPlaces(HypothesisFindings):
    """Moves the finding of a repair to a call, a copy, or another statement on the same value."""

    def __init__(self, judged: JudgedPass, best: Hypothesis) -> None:
        super().__init__(judged, best)
        self._authors = judged.authors

    def at_call(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the call of a function with a wrong argument, if the function's line reads that
        argument.
        """
        graph, equation = self._graph, self._graph.equations[repair.equation]
        old, new = (
            {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
            for part in changed_part(graph.trees[repair.equation], repair.change.tree)
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
        # Two arguments may be one tensor, and the line then read as it does.
        is_changed = "".join(found.right.split()) != "".join(equation.written.split())
        if is_there or (found.right and is_changed and is_own):
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

    def at_copied(self, found: Finding, repair: Repair) -> Finding | None:
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

    def at_uncalled_derivative(self, found: Finding, repair: Repair) -> Finding | None:
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

    def at_overwriting(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line that overwrites a sum with the latest value."""
        graph = self._graph
        node = graph.reads[repair.equation][repair.change.instead_of]
        source = graph.equations[graph.roots.index(node)]
        line, name = second_name(self._judged.lines(source.file), source)
        if not line:
            return self._judged.overwritten(source, base_name(source.name), found.by)
        sentence = Mistake.OVERWRITTEN.named(name=name).sentence
        return replace(found, line=line, sentence=sentence, right=f"{name} += {last_part(source.name)}")

    def at_second_name(self, found: Finding, repair: Repair) -> Finding:
        """The finding at the line that gives a gradient its new name after the activation."""
        assert found.equation is not None
        graph, whole = self._graph, repair.change.tree
        copied = list_copied(self._judged.lines(found.equation.file), found.equation)
        if copied:
            return replace(found, line=copied, right="", worst=None)
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

    def passed_on(self, repair: Repair) -> OtherName | None:
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

    def changing_nothing(self, repair: Repair) -> ScriptEquation | None:
        """The only equation that reads another one, if it repeats the value, as `delta * 1.0` does; otherwise
        None.
        """
        graph, values = self._graph, self._study.states[0]
        root = graph.roots[repair.equation]
        readers = [at for at, reads in enumerate(graph.reads) if root in reads.values()]
        is_same = len(readers) == 1 and is_near(values[graph.roots[readers[0]]], values[root])
        return graph.equations[readers[0]] if is_same else None

    def right_of_passed(self, passed: OtherName, repair: Repair) -> str:
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

    def with_update(self, repair: Repair) -> str:
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

    def at_alias(self, found: Finding) -> Finding:
        """The finding at the line that gives an array a second name, if the script has such a line."""
        assert found.equation is not None
        for name in self._study.trained:
            line, other, whole = alias_line(self._judged.lines(found.equation.file), found.equation, name)
            if line:
                sentence = fill(messages.SAME_ARRAY, other=other, name=last_part(name))
                right = f"{other} = {whole}.copy()"
                return replace(found, line=line, sentence=sentence, right=right)
        return found
