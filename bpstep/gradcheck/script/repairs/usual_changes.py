"""The usual mistakes, undone: what an equation may have to read instead."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np

from bpstep.explain.mistakes import Mistake, MistakeKind, NamedMistake
from bpstep.gradcheck.script.repairs.equation_changes import (
    ActivationSlope,
    EquationChange,
    cell_with_indices_swapped,
    feedback_changes,
    later_axes,
    missing_changes,
    overwriting_change,
    scaled,
    single_changes,
    stack_changes,
    sum_changes,
)
from bpstep.gradcheck.script.repairs.list_entries import (
    common_start,
    entries_beside,
    few_of_each,
    nearness,
    without_digits,
)
from bpstep.gradcheck.script.repairs.pass_under_loss import PassUnderLoss, is_same
from bpstep.gradcheck.script.repairs.suspects import Suspects
from bpstep.gradcheck.script.text.equation_trees import (
    base_name,
    entry_role,
    names_in,
    nodes_of,
    run_of,
    short_text,
)
from bpstep.gradcheck.script.text.text_lines import own_name
from bpstep.lang.substitution import replaced, with_name
from bpstep.lang.trees import function_name
from bpstep.script.meaning.graph import MISSING

MULTIPLES = (MistakeKind.SIGN, MistakeKind.FACTOR, MistakeKind.COUNT, MistakeKind.POWER, MistakeKind.SUM)
"""The mistakes by which a line gives a multiple of what it should."""

_MAX_SLOPES, _MAX_TIMES = 4, 2
"""How many derivatives from a loop are tried, and how many values of one name."""


class UsualChanges:
    """The changes of an equation that undo a usual single mistake."""

    def __init__(self, under: PassUnderLoss, suspects: Suspects) -> None:
        self._under = under
        self._study, self._graph = under.study, under.graph
        self._forward, self._groups = under.forward, under.groups
        self._suspects = suspects

    def of(self, at: int) -> Iterator[EquationChange]:
        """The changes of an equation, the likelier ones first."""
        graph, study = self._graph, self._study
        there = graph.names_before(at)
        reads = graph.reads[at]
        shapes = {name: np.shape(study.actual[node]) for name, node in there.items()}
        numbers = {name for name, node in reads.items() if self._is_rate(node)}
        old = [
            name
            for name, node in reads.items()
            if base_name(name) in study.trained and node in self._updates[base_name(name)]
        ]
        if graph.equations[at].copy_of:
            turned = partial(ast.UnaryOp, ast.USub(), graph.trees[at])
            yield EquationChange.undoing(Mistake.SIGN.named(), turned, same="negated")
        yield from self._sums_of_times(at)
        yield from feedback_changes(graph.trees[at], self._weights_like(reads))
        if at not in self._suspects.odd_gains:
            yield from self._gradients_instead(at, old)
        yield from self._of_stacks(at)
        yield from self._products_of_forward(at, there)
        changes = single_changes(
            graph.trees[at],
            self._slopes_near(at),
            lambda name: [] if name in numbers else self._others(at, name, there, shapes),
            old,
            self._earlier(at, there),
            partial(entries_beside, there),
            numbers,
        )
        gain = self._suspects.odd_gains.get(at, 0.0)
        # Where only a constant is wrong, no other tensor is meant.
        yield from (each for each in changes if not gain or each.kind in MULTIPLES)
        yield from self._swapped_indices(at)
        yield from self._other_rows(at, there)
        yield from self._factors_of_forward(at, there)
        yield from self._without_target(at, there)
        yield from missing_changes(graph.trees[at], self._missing(at, there), self._slopes_by_name)
        if at in self._under.hidden:
            yield from sum_changes(graph.trees[at], len(self._under.hidden[at].expected))
        if at in self._suspects.odd_gains:
            yield scaled(graph.trees[at], self._suspects.odd_gains[at])

    def _others(
        self, at: int, name: str, there: dict[str, int], shapes: Mapping[str, tuple[int, ...]]
    ) -> list[str]:
        """The values before an equation that may be meant in place of one that it reads, the latest first."""
        node = self._graph.reads[at][name]
        shape = np.shape(self._study.actual[node])
        others = [(other, each) for other, each in reversed(there.items()) if each != node]
        if at in self._under.hidden and shape:
            # Including other shapes: the result may then have the parameter's.
            return [other for other, _ in others if shapes[other]]
        same = [
            other
            for other, each in others
            if shapes[other] == shape and (shape or self._is_active(each) or other in self._study.data)
        ]
        near = sorted(same, key=lambda other: self._distance(at, other, there[other]))
        kept = set(few_of_each(near, _MAX_TIMES, base_name))
        # What a line carries from run to run is that of the run before, or of the line before the loop.
        own = self._graph.equations[at].name
        alike = own if base_name(own) == base_name(name) else name
        ordered = _with_own_run_first([other for other in same if other in kept], alike)
        return [*ordered, *self._of_other_shapes(name, node, there)]

    def _slopes_near(self, at: int) -> list[ActivationSlope]:
        """The derivatives of activations that an equation may lack, the nearest first."""
        graph, actual = self._graph, self._study.actual
        parts = {np.shape(actual[node]) for node in graph.places[at].values()}
        slopes = [
            each
            for each in self._under.slopes
            if each.node < graph.roots[at] and np.shape(actual[each.node]) in parts
        ]
        # Of a loop's samples, the last one before the equation is its own.
        slopes.sort(
            key=lambda each: (nearness(each, graph.reads[at]), self._is_mirrored(at, each), each.node),
            reverse=True,
        )
        slopes = [each for each in slopes if not self._is_gone(each, slopes)]
        slopes = few_of_each(slopes, _MAX_SLOPES, lambda each: entry_role(each.output))
        return [*slopes, *(each for each in self._paired_slopes(at) if np.shape(actual[each.node]) in parts)]

    @staticmethod
    def _is_gone(slope: ActivationSlope, others: Sequence[ActivationSlope]) -> bool:
        """Whether a later sample has its own activation in the place of this one in a list."""
        name = base_name(slope.net)
        return "[" in name and any(base_name(each.net) == name and each.node > slope.node for each in others)

    def overwriting(self, at: int) -> Iterator[EquationChange]:
        """The change alone that adds an equation to its own tensor before it, if the equation does not."""
        earlier = self._earlier(at, self._graph.names_before(at))
        if earlier:
            yield overwriting_change(self._graph.trees[at], earlier)

    def _earlier(self, at: int, there: Mapping[str, int]) -> str:
        """An equation's own tensor before it, if the equation does not read that; else empty."""
        graph, equation = self._graph, self._graph.equations[at]
        # The last result of a loop may have the name of what it is stored in.
        own = {base_name(equation.name), own_name(equation)}
        versions = [other for other in there if base_name(other) in own]
        is_read = bool(versions) and versions[-1] in graph.reads[at] and not _stores(graph.trees[at])
        return "" if not versions or is_read else versions[-1]

    def _products_of_forward(self, at: int, there: Mapping[str, int]) -> Iterator[EquationChange]:
        """What the forward pass multiplies with a tensor, as a gate or a mask, as its factor."""
        graph, values = self._graph, self._study.actual
        names = {node: name for name, node in there.items()}
        for name, node in graph.reads[at].items():
            if node not in self._forward or not np.shape(values[node]):
                continue
            for whole_node in sorted(self._forward):
                operands = graph.nodes[whole_node].operands
                is_product = graph.nodes[whole_node].pattern == "_0 * _1" and node in operands
                other = sum(operands) - node if is_product else -1
                is_alike = np.shape(values[whole_node]) == np.shape(values[node])
                if other in names and other != node and is_alike:
                    whole: ast.expr = ast.BinOp(
                        ast.Name(names[other], ast.Load()), ast.Mult(), ast.Name(name, ast.Load())
                    )
                    mistake = Mistake.FACTOR_MISSING.named(part=names[other])
                    if whole_node in names:
                        # The product has a name of its own.
                        whole = ast.Name(names[whole_node], ast.Load())
                        mistake = Mistake.TENSOR_REPLACED.named(given=name, expected=names[whole_node])
                    changed = partial(with_name, graph.trees[at], name, whole)
                    # The first time of a loop may read a name of its own.
                    same = f"product {entry_role(names[other])}"
                    yield EquationChange.undoing(mistake, changed, same=same)

    def _factors_of_forward(self, at: int, there: Mapping[str, int]) -> Iterator[EquationChange]:
        """A tensor by which the forward pass multiplies, as a mask, in place of a number in a product."""
        graph, values, tree = self._graph, self._study.actual, self._graph.trees[at]
        names = {node: name for name, node in there.items()}
        shape = np.shape(values[graph.roots[at]])
        products = (
            graph.nodes[each].operands for each in self._forward if graph.nodes[each].pattern == "_0 * _1"
        )
        factors = dict.fromkeys(node for pair in products for node in pair if node in names)
        wanted = [names[node] for node in factors if shape and np.shape(values[node]) == shape]
        wanted = [name for name in wanted if not self._is_active(there[name])]
        for place, part in enumerate(nodes_of(tree)):
            match part:
                case ast.BinOp(op=ast.Mult(), left=left, right=right):
                    numbers = [each for each in (left, right) if self._is_number(at, each)]
                case _:
                    continue
            for number, name in product(numbers, wanted):
                mistake = Mistake.TENSOR_REPLACED.named(given=short_text(number), expected=name)
                changed = partial(replaced, tree, number, ast.Name(name, ast.Load()))
                yield EquationChange.undoing(mistake, changed, same=f"factor {place} {entry_role(name)}")

    def _is_number(self, at: int, part: ast.expr) -> bool:
        """Whether a part of an equation is a single number's name that does not depend on a parameter."""
        node = self._node_of(at, part) if isinstance(part, ast.Name) else -1
        return node >= 0 and self._is_rate(node)

    def _swapped_indices(self, at: int) -> Iterator[EquationChange]:
        """A cell of a table that changes, read with its two indices in the other order."""
        tree = self._graph.trees[at]
        for place, cell in enumerate(nodes_of(tree)):
            turned = cell_with_indices_swapped(cell)
            names = names_in(cell)
            if turned is None or not any(self._is_active(self._graph.reads[at][each]) for each in names):
                continue
            # Also where both are the same: another time of the line reads another cell.
            mistake = Mistake.CELL_TURNED.named(part=min(names))
            yield EquationChange.undoing(mistake, partial(replaced, tree, cell, turned), same=f"cell {place}")

    def _other_rows(self, at: int, there: Mapping[str, int]) -> Iterator[EquationChange]:
        """Another row, or another tensor of its shape, in place of a row that an equation reads in one place:
        `P[i]` for `Q[j]`."""
        graph, tree, values = self._graph, self._graph.trees[at], self._study.actual
        starts = {graph.inputs[name] for name in self._study.trained}
        rows = [
            node
            for node in self._forward
            if graph.nodes[node].pattern.startswith("_0[") and np.shape(values[node])
        ]
        for place, part in enumerate(nodes_of(tree)):
            given = graph.places[at].get(id(part), -1)
            is_row = isinstance(part, ast.Subscript) and given >= 0 and bool(np.shape(values[given]))
            if not is_row or starts.isdisjoint(graph.cone([given])):
                continue
            named = {
                node: ast.Name(name, ast.Load()) for name, node in there.items() if self._is_active(node)
            }
            others = {node: graph.written_tree(node) for node in rows} | named
            for node, other in others.items():
                if node != given and np.shape(values[node]) == np.shape(values[given]):
                    mistake = Mistake.TENSOR_REPLACED.named(
                        given=short_text(part), expected=short_text(other)
                    )
                    changed = partial(replaced, tree, part, other)
                    yield EquationChange.undoing(
                        mistake, changed, same=f"row {place} {entry_role(short_text(other))}"
                    )

    def _of_stacks(self, at: int) -> Iterator[EquationChange]:
        """The matrix products of stacks with one operand transposed, and reductions along a later axis."""
        tree = self._graph.trees[at]
        for place, node in enumerate(nodes_of(tree)):
            changes: Iterable[tuple[NamedMistake, ast.expr]] = ()
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
                sides = [side for side in (node.left, node.right) if self._dimensions(at, side) > 2]
                changes = stack_changes(node, sides)
            elif isinstance(node, ast.Call) and function_name(node) in ("sum", "mean", "max"):
                changes = later_axes(node, self._dimensions(at, node.args[0]))
            for which, (mistake, changed) in enumerate(changes):
                column, same = getattr(node, "col_offset", 0), f"stack {place} {which}"
                yield EquationChange.undoing(mistake, partial(replaced, tree, node, changed), column, same)

    def _dimensions(self, at: int, part: ast.expr) -> int:
        node = self._graph.places[at].get(id(part), -1)
        return np.ndim(self._study.actual[node]) if node >= 0 else 0

    def _without_target(self, at: int, there: Mapping[str, int]) -> Iterator[EquationChange]:
        """The difference of the output and its target, in place of one of them alone or of their product."""
        candidate = self._under.explanation.candidate
        pairs = set(zip(candidate.outputs, candidate.targets))
        for place, part in enumerate(nodes_of(self._graph.trees[at])):
            if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Mult | ast.Div | ast.Add):
                continue
            sides = [self._node_of(at, each) for each in (part.left, part.right)]
            in_order = [part.left, part.right] if tuple(sides) in pairs else [part.right, part.left]
            if tuple(sides) in pairs or tuple(sides[::-1]) in pairs:
                whole = ast.BinOp(in_order[0], ast.Sub(), in_order[1])
                mistake = Mistake.NO_DIFFERENCE.named(given=short_text(part), expected=short_text(whole))
                changed = partial(replaced, self._graph.trees[at], part, whole)
                yield EquationChange.undoing(mistake, changed, same=f"difference {place}")
        for place, part in enumerate(nodes_of(self._graph.trees[at])):
            for other in self._compared_with(part, at, there) if isinstance(part, ast.Name) else ():
                difference = ast.BinOp(part, ast.Sub(), other)
                mistake = Mistake.TERM_MISSING.named(part=f"-{short_text(other)}")
                changed = partial(replaced, self._graph.trees[at], part, difference)
                yield EquationChange.undoing(mistake, changed, same=f"target {place}")

    def _compared_with(self, part: ast.expr, at: int, there: Mapping[str, int]) -> Iterator[ast.expr]:
        """What the loss compares a part of an equation with: an output's target, a target's output, and the
        classes whose probabilities it picks, as `p[range(m), y]`."""
        graph, given = self._graph, self._node_of(at, part)
        candidate = self._under.explanation.candidate
        names = {node: name for name, node in there.items()}
        for pair in zip(candidate.outputs, candidate.targets):
            for one, other in (pair, pair[::-1]):
                if one == given and other in names:
                    yield ast.Name(names[other], ast.Load())
        for each in self._forward:
            operands = graph.nodes[each].operands
            if graph.nodes[each].pattern == "_0[_1, _2]" and operands[0] == given and operands[2] in names:
                width = np.shape(self._study.actual[given])[1]
                label = ast.Name(names[operands[2]], ast.Load())
                yield ast.Call(ast.Name("one_hot", ast.Load()), [label, ast.Constant(width)], [])

    def _node_of(self, at: int, part: ast.expr) -> int:
        """The node of a part of an equation; -1 if it has none."""
        if isinstance(part, ast.Name):
            return self._graph.reads[at].get(part.id, -1)
        return self._graph.places[at].get(id(part), -1)

    def _gradients_instead(self, at: int, old: Collection[str]) -> Iterator[EquationChange]:
        """A gradient that the script computes from a part of an equation, in place of that part.

        Where a derivative is missing, the script may have the whole product under another name. A gradient
        that no line reads may belong in an optimiser's memory. A part that reads one of the parameters `old`,
        which were updated before, is no longer what the script computed under that name.
        """
        graph, tree, reads = self._graph, self._graph.trees[at], self._graph.reads[at]
        gradients: list[tuple[str, int]] = []
        memory = {graph.current[each] for each in self._study.remembered}
        unread = self._unread_gradients if graph.roots[at] in memory else ()
        for name, node in reversed(graph.names_before(at).items()):
            is_apart = node not in self._forward and node not in reads.values()
            if is_apart and (self._suspects.constants(node) or node in unread):
                gradients.append((name, node))
        for name, node in few_of_each(gradients, _MAX_TIMES, lambda one: base_name(one[0])):
            below = graph.cone([node]) - self._forward - {node}
            # The innermost part first: what is multiplied with it stays.
            for place, part in reversed(list(enumerate(nodes_of(tree)))):
                given = graph.places[at].get(id(part))
                names = {each.id for each in ast.walk(part) if isinstance(each, ast.Name)}
                is_from = node in unread or any(reads.get(each) in below for each in names)
                if part is tree or given is None or not is_from:
                    continue
                if np.shape(self._study.actual[given]) == np.shape(self._study.actual[node]):
                    mistake = Mistake.TENSOR_REPLACED.named(given=short_text(part), expected=name)
                    for updated in names.intersection(old):
                        mistake = Mistake.UPDATED_BEFORE.named(name=base_name(updated))
                    changed = partial(replaced, tree, part, ast.Name(name, ast.Load()))
                    same = f"gradient {entry_role(name)} {place}"
                    yield EquationChange.undoing(mistake, changed, same=same)

    @cached_property
    def _unread_gradients(self) -> set[int]:
        """The results of equations that are a parameter's gradient and that no equation reads."""
        graph, study = self._graph, self._study
        read = {node for reads in graph.reads for node in reads.values()}
        read |= {graph.current[name] for name in study.all_carried}
        labels = self._under.explanation.labels
        inputs = set(self._under.explanation.inputs.values())
        return {
            root
            for root in study.roots - read - self._forward
            if any(label.node in inputs for label, _ in labels.find(study.directions[root]))
        }

    def _paired_slopes(self, at: int) -> Iterator[ActivationSlope]:
        """The derivatives of activations from lines that run as often as the equation's own: those of the
        same time and, for loops that run backwards, of the same time counted from the end.
        """
        own = self._groups[at]
        if len(own) == 1:
            return
        for slope in self._under.slopes:
            group = self._under.groups_of_nodes.get(slope.node, [])
            if len(group) != len(own) or slope.node >= self._graph.roots[at]:
                continue
            places = own.index(at), group.index(slope.node)
            for way, distance in (("-", places[1] - places[0]), ("+", places[1] + places[0])):
                if distance in (0, len(own) - 1):
                    yield replace(slope, role=f"{group[0]} {way}{distance}")

    def _is_rate(self, node: int) -> bool:
        """True for a scalar that no parameter affects, and that is not an input or target."""
        is_single = not np.shape(self._study.actual[node])
        return is_single and not self._is_active(node) and node not in self._under.inputs

    @cached_property
    def _updates(self) -> dict[str, set[int]]:
        """The new values that the pass gives each parameter, some of them in between."""
        found: dict[str, set[int]] = {name: set() for name in self._study.trained}
        for equation, root in zip(self._graph.equations, self._graph.roots):
            found.get(base_name(equation.name), set()).add(root)
        return found

    def _missing(self, at: int, there: dict[str, int]) -> list[str]:
        """The tensors that may be missing in an equation as a factor or term."""
        study, graph = self._study, self._graph
        shape = np.shape(study.actual[graph.roots[at]])
        reads = graph.reads[at]
        summed = {np.shape(study.actual[node]) for node in self._summed(at)} - {shape}
        found = [
            name
            for name, node in reversed(there.items())
            if (np.shape(study.actual[node]) == shape and not self._is_rate(node))
            or (np.shape(study.actual[node]) in summed and node in self._under.inputs)
            if node not in reads.values()
        ]
        found += [name for name in study.trained if name in there and self._spreads(there[name], shape)]
        # For instance w[0].delta beside w[0].inputs, or the x of the same sample as its output.
        sources = [graph.roots.index(node) for node in reads.values() if node in study.roots]
        beside = {node for source in sources for node in graph.reads[source].values()}
        beside |= self._multiplied_with(reads.values())

        def order(name: str) -> tuple[int, bool, int]:
            start = max((common_start(name, other) for other in reads), default=0)
            return -start, there[name] not in beside, self._distance(at, name, there[name])

        return sorted(found, key=order)

    def _multiplied_with(self, nodes: Collection[int]) -> set[int]:
        """What the forward pass multiplies with some of its nodes, or with an activation of one of them: the
        weight of a unit."""
        graph = self._graph
        own = {node for node in nodes if node in self._forward}
        own |= {each for each in self._forward if not own.isdisjoint(graph.nodes[each].operands)}
        products = (graph.nodes[each] for each in self._forward)
        pairs = (set(each.operands) for each in products if each.pattern == "_0 * _1")
        return {node for pair in pairs if pair & own for node in pair - own}

    def _distance(self, at: int, name: str, node: int) -> int:
        """How far an equation is from the next one that reads a tensor, if that is an entry of a list.

        The entry that the lines around the equation read is of the same time.
        """
        if "[" not in name:
            return 0
        readers = self._readers.get(node, ())
        return min((abs(other - at) for other in readers), default=len(self._graph.roots))

    @cached_property
    def _readers(self) -> dict[int, list[int]]:
        """The equations that read each node."""
        found: dict[int, list[int]] = {}
        for at, reads in enumerate(self._graph.reads):
            for node in set(reads.values()):
                found.setdefault(node, []).append(at)
        return found

    def _summed(self, at: int) -> Iterator[int]:
        """What an equation sums."""
        for node in nodes_of(self._graph.trees[at]):
            if function_name(node) == "sum":
                assert isinstance(node, ast.Call)
                place = self._graph.places[at].get(id(node.args[0]))
                if place is not None:
                    yield place

    def _spreads(self, node: int, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of fewer dimensions, such as a scale, multiplies every row of a shape."""
        own = np.shape(self._study.actual[node])
        return 0 < len(own) < len(shape) and own == shape[len(shape) - len(own) :]

    def _is_mirrored(self, at: int, slope: ActivationSlope) -> bool:
        """Whether an equation of a backward loop belongs to the same time as an activation of a forward loop.

        The backward loop's first time is the forward loop's last one.
        """
        own, other = self._groups[at], self._groups[self._graph.nodes[slope.node].equation]
        same = len(own) == len(other) > 1
        return same and own[::-1].index(at) == other.index(self._graph.nodes[slope.node].equation)

    @cached_property
    def _slopes_by_name(self) -> dict[str, str]:
        """The tensors that hold the derivative of an activation, each with the activation."""
        graph, values, found = self._graph, self._study.states[0], {}
        there = graph.names_before(len(graph.equations))
        wanted = []
        for slope in self._under.slopes:
            value = self._value(slope.tree)
            if value is not MISSING:
                wanted.append((value, slope.output))
        for name, node in there.items():
            same = (output for value, output in wanted if is_same(values[node], value))
            output = next(same, "")
            if output:
                found[name] = output
        return found

    def _value(self, tree: ast.expr) -> Any:
        """An expression's value in the first state."""
        graph = self._graph
        try:
            plan = graph.plan(len(graph.equations) - 1, tree, graph.names_before(len(graph.equations)))
        except KeyError:
            return MISSING
        return graph.run(plan, self._study.states[0])[-1]

    def _of_other_shapes(self, name: str, node: int, there: dict[str, int]) -> Iterator[str]:
        """The tensors of another shape that may be intended: those whose names differ in a number, such as
        dZ1 and dZ2, and other data in place of data.
        """
        study, shape = self._study, np.shape(self._study.actual[node])
        if not shape:
            return
        data = {self._graph.inputs[each] for each in study.data}
        stem = without_digits(name)
        for other, at in reversed(there.items()):
            value = study.actual[at]
            if value is MISSING or at == node or not np.shape(value) or np.shape(value) == shape:
                continue
            if without_digits(other) == stem or (node in data and at in data):
                yield other

    def _sums_of_times(self, at: int) -> Iterator[EquationChange]:
        """The sum of a line's results over all runs, in place of the result of the last run.

        An equation whose own line runs as often may lack a sum itself.
        """
        graph = self._graph
        tree = graph.trees[at]
        for name, node in graph.reads[at].items():
            group = self._under.times[graph.roots.index(node)] if node in graph.roots else []
            before = [each for each in group if each < at]
            if len(before) < 2 or graph.roots[before[-1]] != node or at in group or node in self._forward:
                continue
            if len(self._under.times[at]) >= len(before):
                continue
            total: ast.expr = ast.Name(name, ast.Load())
            for each in before[:-1]:
                total = ast.BinOp(total, ast.Add(), ast.Name(graph.equations[each].name, ast.Load()))
            mistake = Mistake.OVERWRITTEN.named(name=base_name(name))
            changed = partial(with_name, tree, name, total)
            yield EquationChange.undoing(mistake, changed, same=f"times {entry_role(name)}", instead_of=name)

    def _weights_like(self, reads: Mapping[str, int]) -> dict[str, list[tuple[str, bool]]]:
        """For each fixed matrix in an equation, the weights of its shape; True for those that must be
        transposed.
        """
        graph, study = self._graph, self._study
        weights = {name: np.shape(study.actual[graph.inputs[name]]) for name in study.trained}
        found: dict[str, list[tuple[str, bool]]] = {}
        for name, node in reads.items():
            shape = np.shape(study.actual[node])
            if graph.inputs.get(name) != node or node in study.active or len(shape) != 2:
                continue
            found[name] = [(each, False) for each, other in weights.items() if other == shape]
            found[name] += [(each, True) for each, other in weights.items() if other == shape[::-1]]
        return found

    def _is_active(self, node: int) -> bool:
        return node in self._study.active


def _stores(tree: ast.expr) -> bool:
    """True for an equation that stores into a part of its tensor."""
    return function_name(tree) == "where"


def _with_own_run_first(names: Sequence[str], name: str) -> list[str]:
    """Names of which each value's own run comes before its other runs: for c:8:2 of a:7:2, not c:8:3.

    So that a line reads the same value's own run in all of its runs.
    """
    own = run_of(name)
    if not own:
        return list(names)
    runs: dict[str, list[str]] = {}
    for each in names:
        runs.setdefault(base_name(each), []).append(each)
    ordered = {
        base: iter(sorted(all_runs, key=lambda each: run_of(each) != own)) for base, all_runs in runs.items()
    }
    return [next(ordered[base_name(each)]) for each in names]
