"""The pass that is judged: its study and its script's text, with questions that several findings share."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.sample_rows import lengths_of_single_rows
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.author_text import AuthorText
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.statement_parts import (
    line_of_change,
    part_changed_in,
    part_in,
    statement_over_lines,
)
from bpstep.gradcheck.script.text.text_lines import last_part
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import GraphNode
from bpstep.script.meaning.study import Explanation, Study
from bpstep.script.source import Source

_ENTRY = re.compile(r"\w+(?:\[\d+\])+")
"""An entry of a list by its number, as in `weights[0][1]`."""


class JudgedPass:
    """A pass and the text of its script. `wrong_parameters` are those that do not follow their gradient,
    `unchecked_parameters` those whose steps could not be compared with it."""

    def __init__(self, study: Study, source: Source | None, work_before: int = 0) -> None:
        """`work_before` is what was computed to see that something is wrong."""
        self.work_before = work_before
        self.study, self.graph, self.source = study, study.graph, source
        self.authors = AuthorText(self.graph.equations, source)
        self.wrong_parameters: list[str] = []
        self.unchecked_parameters: list[str] = []
        self._feedback_nodes: set[int] | None = None

    def lines(self, file: str) -> list[str]:
        """The lines of a file of the script, by its name in equations; empty if its text is unavailable."""
        return [] if self.source is None else self.source.lines_of(file)

    def files(self) -> list[str]:
        """The files that equations come from."""
        return list(dict.fromkeys(each.file for each in self.graph.equations))

    def lines_run(self, file: str) -> set[int]:
        """The lines of a file that the pass ran."""
        return {each.line for each in self.graph.equations if each.file == file}

    def opaque(self) -> list[ScriptEquation]:
        """The equations without an expression that decide what the pass carries on."""
        graph, study = self.graph, self.study
        ends = graph.cone([graph.current[name] for name in study.all_carried])
        return [each for each in graph.equations if each.opaque and graph.inputs[each.name] in ends]

    def updates_between(self, explanation: Explanation) -> bool:
        """Whether a line of the forward pass runs again with a parameter that was updated, on the way to its
        next update, as in a loop over epochs with batches inside: each step then follows its own loss."""
        forward = self.graph.cone(explanation.candidate.outputs)
        for name in explanation.inputs:
            updated = self._versions(name) - forward
            again = {root for root, read in self._forward_runs(explanation, name) if updated & read}
            if not again.isdisjoint(self.graph.cone([self.graph.current[name]])):
                return True
        return False

    def values_read(self, explanation: Explanation, name: str) -> set[int]:
        """The values of a parameter that the lines of the forward pass read in all their runs."""
        read = set[int]().union(*(each for _, each in self._forward_runs(explanation, name)))
        return read & {explanation.inputs[name], *self._versions(name)}

    def _versions(self, name: str) -> set[int]:
        """The values that the pass gives a parameter."""
        named = zip(self.graph.equations, self.graph.roots)
        return {at for each, at in named if base_name(each.name) == name}

    def _forward_runs(self, explanation: Explanation, name: str) -> Iterator[tuple[int, set[int]]]:
        """The runs of the lines in which the forward pass reads a parameter: the result, and what is read."""
        graph, start = self.graph, explanation.inputs[name]
        forward = graph.cone(explanation.candidate.outputs)
        readers = {graph.nodes[at].equation for at in forward if start in graph.nodes[at].operands}
        lines = {(graph.equations[at].file, graph.equations[at].line) for at in readers if at >= 0}
        for equation, root, reads in zip(graph.equations, graph.roots, graph.reads):
            if (equation.file, equation.line) in lines:
                yield root, set(reads.values())

    def count(self, explanation: Explanation) -> int:
        """How many parameters should follow a loss: all but those whose gradient is 0."""
        return max(1, len(self.study.trained) - len(explanation.flat))

    def counts(self, explanation: Explanation) -> list[int]:
        """The numbers that may be the number of samples: the lengths of axes of outputs and targets, and how
        many outputs there are.
        """
        sizes = [np.shape(self.study.actual[each]) for each in explanation.candidate.outputs]
        targets = [np.shape(self.study.actual[each]) for each in explanation.candidate.targets]
        found = {size for shape in [*sizes, *targets] for size in shape if size > 1}
        count = len(explanation.candidate.outputs)
        return sorted(found | ({count} if count > 1 else set()))

    def sample_counts(self, explanation: Explanation) -> list[int]:
        """The numbers of samples that are shown; all of `counts` if none is."""
        return sorted(self.shown_sample_counts(explanation)) or self.counts(explanation)

    def shown_sample_counts(self, explanation: Explanation) -> set[int]:
        """Those of `counts` that are shown to be numbers of samples: a row or column of the data changes one
        row or column of an output, or each sample has an output."""
        forward = self.graph.cone(explanation.candidate.outputs)
        starts = {self.graph.inputs[name] for name in self.study.data} & forward
        rows = (lengths_of_single_rows(self.study, explanation, start) for start in starts)
        found = set().union(*rows, [len(explanation.candidate.outputs)])
        return found.intersection(self.counts(explanation))

    def is_update(self, at: int) -> bool:
        """Whether an equation gives a parameter's new value, maybe under a name of its own."""
        return bool(self.updated(at))

    def updated(self, at: int) -> str:
        """The parameter whose new value an equation gives; empty for any other equation."""
        root, current = self.graph.roots[at], self.graph.current
        return next((name for name in self.study.trained if current.get(name) == root), "")

    def feedback(self, explanation: Explanation) -> set[int]:
        """The fixed matrices, other than data, that only the backward pass multiplies by."""
        if self._feedback_nodes is None:
            graph, study = self.graph, self.study
            # Another loss of the script, as that of a second network, has its own data.
            losses = (explanation.candidate, *study.scalars)
            forward = graph.cone(output for each in losses for output in each.outputs)
            known = [study.actual[node] for node in forward if np.ndim(study.actual[node]) == 2]
            found = set()
            for name, node in graph.inputs.items():
                value = study.actual[node]
                if node in forward or name in study.all_carried or np.ndim(value) != 2:
                    continue
                is_data = any(np.array_equal(each, value) or np.array_equal(each.T, value) for each in known)
                # A loss that the script computes may multiply by the targets.
                backward = (graph.nodes[at] for at in study.update_cone)
                if not is_data and any(_multiplies(each, node, graph.nodes) for each in backward):
                    found.add(node)
            self._feedback_nodes = found
        return self._feedback_nodes

    def right(self, at: int, tree: ast.expr) -> str:
        """The equation as it should read; empty if a loop writes it for one entry after the other.

        The statement would then have the first entry's equation in place of the loop's names.
        """
        equation = self.graph.equations[at]
        text = self.authors.line(equation, self.graph.trees[at], tree)
        fixed = {*_ENTRY.findall(text)} - {*_ENTRY.findall(equation.written)}
        again = [
            other
            for other in self.graph.equations
            if (other.file, other.line, other.written) == (equation.file, equation.line, equation.written)
        ]
        # A store into a cell is a mask over its array.
        is_mask = "arange(" in text and "arange(" not in equation.written
        return "" if is_mask or (fixed and len(again) > 1) else text

    def right_of(self, repair: Repair) -> str:
        """The equation as it should read; empty if that is unknown."""
        if repair.plan is None:
            return ""
        if repair.change.kind is MistakeKind.OVERWRITTEN:
            return self.authors.added(self.graph.equations[repair.equation])
        return self.right(repair.equation, repair.change.tree)

    def right_after(self, repair: Repair, later: ScriptEquation) -> str:
        """A later equation as it should read with the factor that a repair multiplies its own equation by."""
        at, changed = self.graph.equations.index(later), repair.change.tree
        if not isinstance(changed, ast.BinOp) or not isinstance(changed.op, ast.Mult):
            return ""
        return self.right(at, ast.BinOp(self.graph.trees[at], ast.Mult(), changed.right))

    def caller(self, equation: ScriptEquation, depth: int) -> ScriptEquation | None:
        """What stands for the statement of one of the calls around an equation, counted from the outermost;
        None if the text of its file is unavailable."""
        file, line = equation.call[depth].script, equation.call[depth].line
        lines = self.lines(file)
        if not 0 < line <= len(lines):
            return None
        return replace(
            equation, file=file, line=line, call=equation.call[:depth], written=lines[line - 1].strip()
        )

    def with_part_line(self, found: Finding) -> Finding:
        """A finding on a statement over several lines, with the line of the part that is wrong."""
        equation = found.equation
        is_there = equation is not None and found.line == equation.line and found.file in ("", equation.file)
        if equation is None or not is_there or self.source is None or found.kind is not FindingKind.WRONG:
            return found
        statement = statement_over_lines(self.source, equation.file, equation.line, equation.written)
        if statement is None:
            return found
        changed = part_changed_in(statement, found.right) if found.right else None
        part = self._own_part(statement, equation) if changed is None else changed[0]
        if part is None:
            return found
        line = part.lineno if changed is None else line_of_change(self.lines(equation.file), *changed)
        return replace(found, part_line=line) if line > found.line else found

    def _own_part(self, statement: ast.stmt, equation: ScriptEquation) -> ast.expr | None:
        """The part of a statement that an equation computes."""
        found = self.authors.own_part(equation, self.graph.trees[self.graph.equations.index(equation)])
        return None if found is None else part_in(statement, *found)

    def where_written(self, found: Finding) -> Finding:
        """A finding on an expression that a statement binds to a name elsewhere, at the author's expression.

        A `for` statement draws it from a list in a call, or a call's results are unpacked.
        """
        equation = found.equation
        if equation is None or found.line != equation.line or found.file not in ("", equation.file):
            return found
        text = self.authors.text(self.graph.trees[self.graph.equations.index(equation)], equation)
        wanted = {last_part(name) for name in self.graph.reads[self.graph.equations.index(equation)]}
        for file, line, statement in self._statements_around(equation) if len(wanted) > 1 else ():
            if not wanted <= set(re.findall(r"\w+", statement)):
                continue
            right = found.right.partition(" = ")[2]
            changed = statement.replace(text, right) if right and statement.count(text) == 1 else ""
            return replace(found, line=line, file=file, right=changed)
        return found

    def _statements_around(self, equation: ScriptEquation) -> Iterator[tuple[str, int, str]]:
        """The statements in which an equation's expression may stand, if its own only binds the result."""
        try:
            (statement,) = ast.parse(
                f"{equation.written.rstrip(':')}: pass"
                if equation.written.startswith("for ")
                else equation.written
            ).body
        except (SyntaxError, ValueError):
            return
        if isinstance(statement, ast.For):
            for opened in reversed(equation.call):
                lines = self.lines(opened.script)
                if 0 < opened.line <= len(lines):
                    yield opened.script, opened.line, lines[opened.line - 1].strip()
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            for passed in equation.other_names:
                if passed.written.startswith("return "):
                    yield passed.file, passed.line, passed.written

    def overwritten(
        self, equation: ScriptEquation, name: str, parameter: str, is_uphill: bool = False
    ) -> Finding:
        """The finding on a line that overwrites a value with what should be added to it, or subtracted from a
        parameter if it goes uphill.
        """
        mistake = Mistake.NOT_SUBTRACTED if is_uphill else Mistake.OVERWRITTEN
        return Finding(
            FindingKind.WRONG,
            equation,
            equation.line,
            MistakeKind.OVERWRITTEN,
            mistake.named(name=name).sentence,
            self.authors.added(equation, "-=" if is_uphill else "+="),
            by=parameter,
        )


def _multiplies(node: GraphNode, matrix: int, nodes: Sequence[GraphNode]) -> bool:
    """True for a matrix product with a matrix, or with its transpose."""
    turned = {at for at in node.operands if nodes[at].operands == (matrix,) and nodes[at].pattern == "_0.T"}
    return "@" in node.pattern and (matrix in node.operands or bool(turned))
