"""A pass of a training loop: what in it are data, parameters and outputs, and its values in random states."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from bpstep.lang.trees import keyword
from bpstep.script.equations.equations import ScriptEquation, ScriptIteration
from bpstep.script.meaning.backward import smooth_reach
from bpstep.script.meaning.graph import MISSING, Fixed, Graph, Values
from bpstep.script.meaning.guards import Guards
from bpstep.script.meaning.losses import (
    negated,
    script_losses,
    usual_losses,
    weighted_losses,
)
from bpstep.script.meaning.states import as_double, drawn_states

_DRAWS, _FEWER_DRAWS, _SCALAR_DRAWS, _MANY_NODES = 3, 2, 5, 200
"""A pass with more nodes is evaluated in fewer states."""

_NEARER = (0.3, 0.1, 0.03, 0.01, 0.003)
"""The distances from the pass at which states are drawn if a farther one is on the other side of a
comparison.
"""

_IS_LOSS = re.compile(r"loss|cost|error|energy|objective|nll|mse|bce", re.IGNORECASE)
"""In the name of a number that is to be lowered."""

_SUM = re.compile(r"\S+ [+-] \S+")

_IS_NUMBER = re.compile(r"_0 == \d+")

_TIMES_NUMBER = re.compile(r"[\d.e-]+ \* _0|_0 [*/] [\d.e-]+")
"""A multiple of a tensor by a number in the text."""

_MAX_WEIGHTED = 9

_MAX_HELD_CELLS = 20_000
"""No gradients are computed for larger arrays unless the pass updates them: they are data."""


@dataclass(frozen=True)
class _Rows:
    """The numbers of a table's rows that are equal."""

    table: str
    numbers: tuple[int, ...]


class StudiedPass:
    """A pass with its values, and random states in which values that are equal for a reason stay equal."""

    def __init__(
        self,
        iteration: ScriptIteration,
        on_work: Callable[[int], None] | None = None,
        is_linked: bool = True,
        has_number_targets: bool = False,
    ) -> None:
        """`is_linked` is True if equal numbers from outside are one number, however their names differ;
        `has_number_targets` if a plain number that an output is subtracted from may be its target.
        """
        equations, feeds, carried = iteration.equations, iteration.feeds, iteration.carried
        self.is_linked = is_linked
        self.has_number_targets = has_number_targets
        self.may_be_chance = False
        """True if values with other names were taken for the same value because they are equal."""
        self.order: Sequence[int] = range(len(equations))
        """The place of each equation of the graph among those of the pass."""
        self.feeds = tuple(feeds)
        """Values from outside during the pass."""
        initial = {**iteration.initial, **_made_real(iteration), **_grown(iteration)}
        there = {**initial, **feeds}
        doubles = {name: as_double(value) for name, value in there.items()}
        self._initial = initial
        self._taken = taken = self._rows_twice(equations, there)
        firsts: dict[_Rows, str] = {}
        same = {name: firsts.setdefault(rows, name) for name, rows in taken.items()}
        self.graph = Graph(equations, doubles, on_work, has_number_targets, same)
        graph = self.graph
        self.actual: Values = graph.evaluate(graph.before)
        self.all_carried = tuple(name for name in carried if name in graph.inputs)
        """Everything that the pass carries on."""
        self.carried = [name for name in self.all_carried if self._is_real(name, there[name])]
        starts = [graph.inputs[name] for name in self.carried]
        self.active = smooth_reach(graph, starts)
        """The nodes that depend, with a derivative, on what the pass changes."""
        changed = graph.reached_from(starts)
        outside = [
            name for name in graph.inputs if name not in initial or np.ndim(initial[name]) or "[" in name
        ]
        self.data = tuple(name for name in outside if name not in carried)
        """Arrays that the pass does not change, and values from outside."""
        data = graph.reached_from(graph.inputs[name] for name in self.data)
        self.fixed = (data - changed) | self._constants()
        """The data, and what is computed from data alone; arrays that depend on no tensor."""
        numbers = self._number_targets() if has_number_targets else set()
        self.fixed |= numbers
        outputs = self.active - self._parts_of_inputs() - self._penalties() - self._stepped()
        outputs -= self._called_losses()
        self.usual = list(usual_losses(graph, self.actual, outputs, self.fixed, numbers))
        weighted = weighted_losses(graph, self.actual, self.usual, self.fixed)
        self.usual += list(dict.fromkeys(weighted))[:_MAX_WEIGHTED]
        found, own = self._trained(), self._trained_by_own_losses()
        # A single number may have a plain number as its target.
        own = own if found else [name for name in own if np.ndim(graph.before[name])]
        self.trained = [name for name in self.carried if name in {*found, *own}]
        """The parameters under the candidates: what the pass changes and the outputs depend on."""
        self.held = tuple(
            name
            for name, value in initial.items()
            if name not in self.trained and np.size(value) <= _MAX_HELD_CELLS
            if _is_real(value) or _is_nothing(value)
        )
        """The numbers from before the pass that may be weights and follow no gradient, with whole zeros."""
        self.remembered = tuple(name for name in self.all_carried if name not in self.trained)
        """Everything else that it carries on: an optimiser's averages, running sums, counts."""
        self.update_cone = graph.cone([graph.current[name] for name in self.trained])
        """What the new values of the parameters depend on."""
        # A loss may pick the probabilities of classes, and read no data itself.
        losses = {root for root, each in zip(graph.roots, graph.equations) if is_loss(each.name)}
        compared = data | graph.reached_from(self.fixed) | losses
        apart = self.active & compared - self.update_cone - self._no_losses()
        self.scalars = script_losses(graph, self.actual, apart, {graph.inputs[name] for name in self.trained})
        """The numbers that the script computes besides its updates: losses, parts of them."""
        self.pins: dict[int, Callable[[Values], Any]] = {}
        """The nodes that are computed differently than in the script."""

    @cached_property
    def states(self) -> list[Values]:
        """The values of each node in random states. What nothing drawn changes is one object in all of them:
        the values of a long pass take much memory."""
        graph = self.graph
        count = _DRAWS if len(graph.nodes) <= _MANY_NODES else _FEWER_DRAWS
        if not any(np.ndim(graph.before[name]) for name in self.trained):
            # Two scalars are often proportional by chance.
            count = _SCALAR_DRAWS
        before = {**graph.before, **dict.fromkeys(self._weights_of_nothing(), np.float64(1.0))}
        picked, shaped, classes = self._picked_twice(), self._shaped_twice(), self._classes_twice()
        coded = {graph.nodes[each].name for each in graph.cone(at for at, _ in classes.values())}
        computed_with = self._numbers(self._initial) - coded
        states = drawn_states(
            before, self.trained, self.carried, computed_with, count, self._shares(computed_with)
        )
        kept = {name: self.graph.before[name] for name in (*self._numbers_of_rows(), *self._emptied())}
        outputs = [output for each in self.usual for output in each.outputs]
        guards = Guards(graph, self.actual, self.active)
        held_there = {**guards.found(outputs, self.update_cone), **self._results_of_nothing()}
        found = []
        for state in states:
            drawn = self._picked({**state, **kept}, picked, shaped, self._taken)
            for name, (at, axis) in classes.items():
                bits = self._part_of(drawn, at)
                drawn[name] = drawn[name] if bits is MISSING else np.argmax(bits, axis)
            found.append(graph.again(self._on_same_side(drawn), held_there))
        return found

    def _no_losses(self) -> set[int]:
        """The results that no update reads of lines that give several, if an update reads another one, as of
        gradients that are overwritten, or if none goes on from another, as the sum of a loss does."""
        graph = self.graph
        lines: dict[tuple[str, int, str], list[int]] = {}
        for each, root in zip(graph.equations, graph.roots):
            lines.setdefault((each.file, each.line, re.split(r"[\[:]", each.name)[0]), []).append(root)
        found: set[int] = set()
        for roots in lines.values():
            if len(roots) > 1 and (
                not self.update_cone.isdisjoint(roots) or graph.cone(roots[-1:]).isdisjoint(roots[:-1])
            ):
                found.update(roots)
        return found - self.update_cone

    def _picked_twice(self) -> dict[str, int]:
        """Values from outside that are also a part of the data selected by an equation, with that node.

        For instance `y[batch]` as an argument, beside `y[batch]` in an equation.
        """
        graph, found = self.graph, {}
        # A rate may be equal to a cell of a weight.
        inputs = {at for name, at in graph.inputs.items() if name not in self.all_carried}
        parts: dict[Any, int] = {}
        for at in self._selected(inputs):
            value = self.actual[at]
            if value is not MISSING and _is_telling(value):
                parts.setdefault(_content(value), at)
        for name in self.feeds if parts else ():
            value = self.actual[graph.inputs[name]]
            if _is_telling(value) and _content(value) in parts:
                found[name] = parts[_content(value)]
        return found

    def _classes_twice(self) -> dict[str, tuple[int, int]]:
        """Classes from outside that select cells, and are also one-hot data or a part of it: that node, and
        the axis of the classes.

        For instance `t` in `P[np.arange(m), t]`, beside `Y = np.eye(3)[t]` in `P - Y`.
        """
        graph, found = self.graph, {}
        parts = {name: at for name, at in graph.inputs.items() if name in self.data}
        inputs = set(parts.values())
        nodes = [*inputs, *self._selected(inputs)]
        one_hot = [at for at in nodes if at not in self._discrete and _is_one_hot(self.actual[at])]
        indices = graph.indices(range(len(graph.nodes)))
        # Other indices, as of the samples of a batch, select from data.
        selecting = graph.cone(
            operand
            for node in graph.nodes
            if node.pattern.startswith("one_hot(") or self.active.intersection(node.operands[:1])
            for operand in node.operands
            if operand in indices
        )
        for name, node in parts.items() if self.is_linked else ():
            value = self.actual[node]
            for at, axis in product(one_hot if node in selecting and np.ndim(value) else (), (-1, 0)):
                if np.array_equal(np.argmax(self.actual[at], axis), value):
                    found[name] = at, axis
                    self.may_be_chance = True
                    break
        return found

    def _part_of(self, drawn: Mapping[str, Any], at: int) -> Any:
        """The value of an input, or of what is selected from inputs, in a random state; MISSING if it has
        none.
        """
        node = self.graph.nodes[at]
        if node.name:
            return drawn[node.name]
        operands = [self._part_of(drawn, each) for each in node.operands]
        is_there = all(each is not MISSING for each in operands)
        return self.graph.compute(node.pattern, operands) if is_there else MISSING

    def _selected(self, inputs: Collection[int]) -> list[int]:
        """The nodes that are selected from inputs, or are one-hot arrays of classes selected from them."""
        graph, known = self.graph, set(inputs)
        for at, node in enumerate(graph.nodes):
            is_selection = "[" in node.pattern or node.pattern.startswith("one_hot(")
            if is_selection and known.issuperset(node.operands):
                known.add(at)
        return sorted(known.difference(inputs))

    def _shaped_twice(self) -> dict[str, str]:
        """Arrays from outside with the cells of another input in another shape, with that input's name.

        For instance `x.T` of an array that is written out as an argument of two functions.
        """
        graph = self.graph
        found: dict[str, str] = {}
        if not self.is_linked:
            return {}
        for name in self.feeds:
            value = graph.before[name]
            if np.size(value) < 2:
                continue
            for other in self.data:
                if other not in (name, *found) and _shaped_like(graph.before[other], value) is not None:
                    found[name] = other
                    self.may_be_chance = True
                    break
        return found

    def _rows_twice(self, equations: Sequence[ScriptEquation], there: Mapping[str, Any]) -> dict[str, _Rows]:
        """Values from outside that are a row of data of which equations read single cells.

        For instance `X[i]` as an argument beside `X[i, j]`.
        """
        found: dict[str, _Rows] = {}
        sources = " ".join(each.source for each in equations) if self.is_linked else ""
        tables = [name for name in there if name not in self.feeds and f"{name}[" in sources]
        for name in self.feeds if tables else ():
            for table in tables if np.size(there[name]) > 1 else ():
                rows = _rows_like(there[table], there[name])
                if rows:
                    found[name] = _Rows(table, rows)
                    # Rows of whole numbers may be equal by chance.
                    self.may_be_chance |= not np.any(np.asarray(there[name]) % 1)
                    break
        return found

    def _numbers_of_rows(self) -> list[str]:
        """The values that select rows of what the pass changes, and that a loop over the rows has as
        constants: those from outside, and where cells are stored by their numbers also data."""
        graph = self.graph
        tables = {graph.inputs[name] for name in self.carried}
        selecting = {
            node.operands[1]
            for node in graph.nodes
            if node.pattern == "_0[_1]" and len(node.operands) == 2 and node.operands[0] in tables
        }
        compared = (node.operands[0] for node in graph.nodes if _IS_NUMBER.fullmatch(node.pattern))
        is_by_number = any(graph.nodes[each].pattern.startswith("arange(") for each in compared)
        names = [name for name in graph.inputs if name in self.feeds or (is_by_number and name in self.data)]
        return [name for name in names if graph.inputs[name] in selecting]

    def _picked(
        self,
        drawn: dict[str, Any],
        picked: Mapping[str, int],
        shaped: Mapping[str, str],
        taken: Mapping[str, _Rows],
    ) -> dict[str, Any]:
        """A random state in which values selected or written out twice are the same both times."""
        graph = self.graph
        for name, rows in taken.items():
            drawn[name] = drawn[rows.table][rows.numbers[0]]
            if len(rows.numbers) > 1:
                drawn[rows.table] = np.array(drawn[rows.table])
                drawn[rows.table][list(rows.numbers)] = drawn[name]
        for name, other in shaped.items():
            turn = _shaped_like(graph.before[other], graph.before[name])
            assert turn is not None
            drawn[name] = turn(drawn[other])
        for name, at in picked.items():
            if graph.inputs[name] not in graph.cone([at]):
                value = self._part_of(drawn, at)
                drawn[name] = drawn[name] if value is MISSING else value
        return drawn

    def _is_real(self, name: str, value: Any) -> bool:
        """True for numbers with a fraction; a weight or bias may be 0 before its first update."""
        after = self.actual[self.graph.current[name]]
        is_single = not np.shape(value) and after is not MISSING
        return _is_real(value) or (is_single and bool(np.any(np.asarray(after) % 1 != 0)))

    def _on_same_side(self, drawn: Mapping[str, Any]) -> Values:
        """A random state in which every number that an update depends on compares as it does in the pass, and
        the same cells are the largest where a largest one is selected.

        Otherwise the state is drawn nearer to the pass: a branch that the script took because of such a
        number is not an equation, and what is computed after it holds only on that side.
        """
        graph = self.graph
        compared = [
            at
            for at in sorted(self.update_cone)
            if _is_comparison(graph.nodes[at].pattern) and not np.ndim(self.actual[at])
        ]
        selected = self._selected_cells(self.actual)
        values = graph.evaluate(drawn, self.actual)
        if not compared and not selected:
            return values
        for share in _NEARER:
            found = self._selected_cells(values).items()
            is_same = all(np.array_equal(cells, selected[at]) for at, cells in found)
            if is_same and all(values[at] == self.actual[at] for at in compared):
                return values
            values = graph.evaluate(_nearer(graph.before, drawn, share), self.actual)
        return values

    def _selected_cells(self, values: Values) -> dict[int, Any]:
        """For each node that selects the largest cells, where they are."""
        graph = self.graph
        found: dict[int, Any] = {}
        for at in self._selecting:
            value = values[graph.nodes[at].operands[0]]
            found[at] = value == np.max(value, axis=_axis_of(graph.nodes[at].pattern), keepdims=True)
        return found

    @cached_property
    def _selecting(self) -> list[int]:
        """The nodes that are the largest cells of a part of a tensor that changes, if no equation compares
        with them: the pass then chose the cells that a gradient goes back to in its branches."""
        graph = self.graph
        found = []
        for at in sorted(self.active):
            if graph.nodes[at].pattern.startswith("max(_0") and self.actual[at] is not MISSING:
                patterns = [graph.nodes[each].pattern for each in graph.readers_of_cells(at)]
                # What is subtracted from all cells, as before exp, changes no gradient.
                if not any(_is_comparison(each) or each == "_0 - _1" for each in patterns):
                    found.append(at)
        return found

    def _constants(self) -> set[int]:
        """Arrays written as constants, and their cells: a class by the loop's counter, `arange(5) == 2`."""
        nodes = self.graph.nodes
        found: set[int] = set()
        for at, node in enumerate(nodes):
            if not node.name and found.issuperset(node.operands):
                found.add(at)
        return {at for at in found if np.ndim(self.actual[at]) or nodes[at].pattern.startswith("_0[")}

    def _parts_of_inputs(self) -> set[int]:
        """The values from before the pass, rows and cells of them, multiples of them, and the same with
        a cell changed by a fixed number, as for a numerical difference: no outputs.
        """
        found = set(self.graph.inputs.values())
        moved: set[int] = set()
        masks = self._constants()
        for at, node in enumerate(self.graph.nodes):
            changing = self.active.intersection(node.operands)
            is_masked = not masks.isdisjoint(node.operands)
            if not changing:
                if is_masked and "*" in node.pattern:
                    masks.add(at)
            elif node.pattern.startswith("where(_0, "):
                is_store = node.operands[0] in masks and node.operands[-1] in found
                if is_store and changing <= found | moved:
                    found.add(at)
            elif not changing <= found:
                continue
            elif _SUM.fullmatch(node.pattern):
                (found if is_masked else moved).add(at)
            elif self._is_multiple(at) or (
                len(node.operands) == 1 and node.pattern.startswith(("_0[", "_0."))
            ):
                found.add(at)
        return found

    def _is_multiple(self, at: int) -> bool:
        """Whether a node is a multiple of a tensor by a number that is no data, as `0.9 * state`."""
        node, graph = self.graph.nodes[at], self.graph
        if _TIMES_NUMBER.fullmatch(node.pattern):
            return True
        names = [graph.nodes[each].name for each in node.operands if each not in self.active]
        return (
            node.pattern == "_0 * _1"
            and np.size(self.actual[at]) > 1
            and any(name in self._initial and not np.ndim(graph.before[name]) for name in names)
        )

    def _emptied(self) -> list[str]:
        """What the pass begins with as 0 and leaves as 0: sums of gradients that it empties after its
        updates."""
        graph = self.graph
        forward = graph.cone(output for each in self.usual for output in each.outputs)
        ends = {name: self.actual[graph.current[name]] for name in self.remembered}
        return [
            name
            for name, end in ends.items()
            if end is not MISSING and not np.any(end) and not np.any(graph.before[name])
            if graph.inputs[name] not in forward
        ]

    def _stepped(self) -> set[int]:
        """The values that the pass carries on, after a step to each: no outputs, though a later sample
        multiplies them with data."""
        graph = self.graph
        latest = {name: graph.inputs[name] for name in self.all_carried}
        found: set[int] = set()
        for root, equation in zip(graph.roots, graph.equations):
            name = equation.name.split(":")[0]
            node = graph.nodes[root]
            if name in latest and node.pattern in ("_0 + _1", "_0 - _1") and node.operands[0] == latest[name]:
                found.add(root)
                latest[name] = root
            else:
                # Any other value is no sum of steps.
                latest.pop(name, None)
        return found

    def _penalties(self) -> set[int]:
        """The sums over one tensor that the pass changes, and nothing else, as of the squares of weights, and
        what is computed from such sums alone."""
        graph, found = self.graph, set[int]()
        leaf: dict[int, int] = {}
        carried = {graph.inputs[name] for name in self.carried}
        for at, node in enumerate(graph.nodes):
            read = {leaf[operand] for operand in node.operands}
            leaf[at] = at if at in carried else read.pop() if len(read) == 1 else -1
            is_sum = leaf[at] >= 0 and node.pattern.startswith(("sum(", "mean("))
            if is_sum or (node.operands and found.issuperset(node.operands)):
                found.add(at)
        return found

    def _numbers(self, initial: Mapping[str, Any]) -> set[str]:
        """The data that are only computed with, including entries of lists and values from outside.

        A scalar of the script's own is a rate or a count.
        """
        graph = self.graph
        found = set()
        for name, at in graph.inputs.items():
            is_data = np.ndim(graph.before[name]) > 0 or self._is_subtracted(at) or self._weighs_logarithm(at)
            if not is_data and (name not in initial or "[" in name):
                is_data = self._is_factor(at)
            if is_data and name not in self.all_carried and at not in self._discrete:
                found.add(name)
        found |= self._equal_numbers(found)
        return {name for name in found if name in initial or not _is_picked_bit(name, graph.before[name])}

    @cached_property
    def _discrete(self) -> set[int]:
        """The nodes that an update or a loss takes for indices or class numbers, or compares: what counts the
        right answers decides nothing."""
        losses = {at for each in (*self.usual, *self.scalars) for at in (*each.outputs, *each.targets)}
        return self.graph.discrete(self.update_cone | self.graph.cone(losses))

    def _shares(self, numbers: Collection[str]) -> set[str]:
        """The one-hot vectors among `numbers` that belong to one sample: the pass computes a vector of their
        shape whose sum is 1, as a softmax does. A vector with a single 1 may otherwise be the bits of several
        samples.
        """
        graph = self.graph
        vectors = [self.actual[at] for at, node in enumerate(graph.nodes) if node.operands]
        shapes = {np.shape(each) for each in vectors if np.ndim(each) == 1 and _are_shares(each)}
        bits = {name: np.asarray(graph.before[name]) for name in numbers}
        return {
            name
            for name, value in bits.items()
            if value.shape in shapes and np.isin(value, (0, 1)).all() and np.sum(value) == 1
        }

    def _equal_numbers(self, numbers: Collection[str]) -> set[str]:
        """The scalars equal to one of `numbers`: a number passed to two functions is one number.

        Equal numbers with another name may be equal by chance.
        """
        graph, found = self.graph, set()

        def is_single(name: str) -> bool:
            return "[" not in name and not np.ndim(graph.before[name])

        known = [(float(graph.before[name]), name) for name in numbers if is_single(name)]
        for name, at in graph.inputs.items() if known else ():
            if not is_single(name) or name in {*numbers, *self.all_carried} or at in self._discrete:
                continue
            # Two variables from before the pass are two numbers.
            value, is_feed = float(graph.before[name]), name in self.feeds
            same = {
                _own_name(each)
                for number, each in known
                if number == value and (is_feed or each in self.feeds)
            }
            is_other = _own_name(name) not in same
            if same and (self.is_linked or not is_other):
                found.add(name)
                self.may_be_chance |= is_other
        return found

    def _number_targets(self) -> set[int]:
        """The numbers in the text and the script's own scalars that are subtracted from values that change.

        A 1 from which something is subtracted belongs to the slope of a sigmoid.
        """
        graph = self.graph
        single = {
            at
            for name, at in graph.inputs.items()
            if not np.ndim(graph.before[name]) and name not in self.all_carried and self._is_subtracted(at)
        }
        found: set[int] = set()
        for node in graph.nodes:
            if node.pattern == "_0 - _1":
                left, right = node.operands
                found |= {right} & graph.numbers if left in self.active else set()
                is_one = self.actual[left] == 1 if left in graph.numbers else False
                found |= {left} & graph.numbers if right in self.active and not is_one else set()
        return single | found

    def _weights_of_nothing(self) -> list[str]:
        """The numbers from outside that are 0 in this pass and are only multiplied with, as a reward: they
        hide the step that they are the weight of.

        A number beside which a parameter steps hides nothing: it may be the slope of a unit that is off.
        """
        graph, found = self.graph, []
        for name in self.feeds:
            at = graph.inputs[name]
            is_nothing = not np.shape(graph.before[name]) and graph.before[name] == 0
            if is_nothing and at not in self._stepping and self._is_only_multiplied_with(at):
                found.append(name)
        return found

    @cached_property
    def _stepping(self) -> set[int]:
        """What the new values of the parameters that change in this pass depend on."""
        graph = self.graph
        ends = {name: (graph.before[name], self.actual[graph.current[name]]) for name in self.trained}
        moved = (name for name, (before, after) in ends.items() if not np.array_equal(before, after))
        return graph.cone(graph.current[name] for name in moved)

    def _results_of_nothing(self) -> dict[int, Callable[[Values], Any]]:
        """The same for the pass's own results, as an advantage: the difference of a reward and its mean."""
        graph = self.graph
        changing = graph.reached_from(graph.inputs[name] for name in self.trained)
        return {
            root: Fixed(np.float64(1.0))
            for root in graph.roots
            if root not in changing
            and root not in self._stepping
            and self.actual[root] is not MISSING
            and not np.shape(self.actual[root])
            and self.actual[root] == 0
            and self._is_only_multiplied_with(root)
        }

    def _is_only_multiplied_with(self, at: int) -> bool:
        """Whether every reader of a node, or of its negation, multiplies by it."""
        readers = [
            (other, node.pattern) for other, node in enumerate(self.graph.nodes) if at in node.operands
        ]
        return bool(readers) and all(
            pattern == "_0 * _1"
            or _TIMES_NUMBER.fullmatch(pattern) is not None
            or (pattern == "-_0" and self._is_only_multiplied_with(other))
            for other, pattern in readers
        )

    def _is_subtracted(self, at: int) -> bool:
        """True for a number that is subtracted from an output, or the other way round; what a tensor that the
        pass carries on is lowered by is a step."""
        graph = self.graph
        steps = {graph.current[name] for name in self.all_carried}
        meant = {at, *(other for other in self._readers.get(at, ()) if negated(graph, other) == at)}
        readers = {each for one in meant for each in self._readers.get(one, ())} - steps
        return any(
            ("-" in node.pattern or (at not in node.operands and node.pattern == "_0 + _1"))
            and not self.active.isdisjoint(node.operands)
            for node in map(graph.nodes.__getitem__, readers)
        )

    @cached_property
    def _readers(self) -> dict[int, list[int]]:
        """The nodes that read each node."""
        found: dict[int, list[int]] = {}
        for at, node in enumerate(self.graph.nodes):
            for operand in node.operands:
                found.setdefault(operand, []).append(at)
        return found

    def _weighs_logarithm(self, at: int) -> bool:
        """True for a number that a logarithm is multiplied by, as the target is in a cross entropy."""
        nodes = self.graph.nodes
        logs = {each for each, node in enumerate(nodes) if node.pattern == "log(_0)" and each in self.active}
        return any(
            node.pattern == "_0 * _1" and at in node.operands and not logs.isdisjoint(node.operands)
            for node in nodes
        )

    def _is_factor(self, at: int) -> bool:
        """True for a number from outside that a parameter is multiplied by to compute an output: an input, no
        rate and no factor of a penalty in a step.
        """
        starts = {self.graph.inputs[name] for name in self.trained}
        users = [self.graph.nodes[each] for each in self._forward if at in self.graph.nodes[each].operands]
        return any("*" in node.pattern and not starts.isdisjoint(node.operands) for node in users)

    @cached_property
    def _forward(self) -> set[int]:
        """What the outputs and the script's own numbers depend on."""
        return self.graph.cone(output for each in (*self.usual, *self.scalars) for output in each.outputs)

    def _trained(self) -> list[str]:
        """The tensors whose change depends on their own value and on a target."""
        graph = self.graph
        outputs = {output for each in self.usual for output in each.outputs}
        targets = {target for each in self.usual for target in each.targets}
        # A tensor that is only carried on, as the state of a recurrent network, is computed from no output.
        given = graph.reached_from(outputs)
        changing = graph.reached_from(targets) & given
        # A loss that is computed after the updates is not where they come from.
        late = graph.reached_from(graph.current[name] for name in self.carried if self._takes_step(name))
        forward = graph.cone(outputs - late or outputs)
        computed = graph.reached_from(at for at in forward if graph.nodes[at].operands)
        # An average that an optimiser remembers affects only what is computed after the update.
        updated = changing.intersection(graph.current[name] for name in self.carried)
        found = []
        for name in self.carried:
            end = graph.current[name]
            start = [graph.inputs[name]]
            # A line that leaves out the target or the output still updates a parameter.
            is_stepped = end in computed - forward and self._takes_step(name)
            if not (end in changing or is_stepped) or end == start[0] or self._is_put_back(name):
                continue
            if end in smooth_reach(graph, start) and outputs & smooth_reach(graph, start, updated):
                found.append(name)
        if not found and outputs:
            # What takes steps that depend on nothing else that the pass computes.
            stepping = filter(self._takes_step, self.carried)
            found = [
                name for name in stepping if outputs & smooth_reach(graph, [graph.inputs[name]], updated)
            ]
        return found

    def _trained_by_own_losses(self) -> list[str]:
        """The same where no output is compared with a target, as for a variance: the values that are stepped,
        if a number that is named like a loss depends on them.
        """
        graph = self.graph
        steps = [
            name
            for name in self.carried
            if self._takes_step(name)
            # A number that is added to may be a sum of losses.
            and (np.ndim(graph.before[name]) or graph.nodes[graph.current[name]].pattern == "_0 - _1")
        ]
        ends = graph.cone([graph.current[name] for name in steps])
        losses = self._called_losses() - ends
        return [name for name in steps if not losses.isdisjoint(smooth_reach(graph, [graph.inputs[name]]))]

    def _called_losses(self) -> set[int]:
        """The numbers of the script that are called a loss: no output of a network."""
        return {
            root
            for equation, root in zip(self.graph.equations, self.graph.roots)
            if is_loss(equation.name) and np.size(self.actual[root]) == 1
        }

    def _takes_step(self, name: str) -> bool:
        """True if the pass adds something to an old value, or subtracts it, once or several times."""
        nodes, before = self.graph.nodes, self.graph.current[name]
        is_stepped = False
        # A transposed tensor may be stepped in place.
        while nodes[before].pattern in ("_0 - _1", "_0 + _1", "_0.T"):
            is_stepped |= nodes[before].pattern != "_0.T"
            before = nodes[before].operands[0]
        return is_stepped and before == self.graph.inputs[name]

    def _is_put_back(self, name: str) -> bool:
        """True for a tensor that is written several times and ends as it began, as for a numerical
        difference.
        """
        graph = self.graph
        writes = sum(each.name.split(":")[0] == name.split(":")[0] for each in graph.equations)
        before, after = self.actual[graph.inputs[name]], self.actual[graph.current[name]]
        return writes > 1 and after is not MISSING and np.array_equal(before, after)


def _grown(iteration: ScriptIteration) -> dict[str, Any]:
    """The scalars that a pass turns into vectors, as vectors: a bias of 0 that gets its size only by its
    first update.

    One that gets the shape of the data lacks a sum over the samples, and stays.
    """
    initial, carried = iteration.initial, iteration.carried
    given = {**initial, **iteration.feeds}
    data = {np.shape(value) for name, value in given.items() if name not in carried}
    after = {each.name: np.shape(each.value) for each in iteration.equations}
    return {
        name: np.full(after[name], initial[name], dtype=np.float64)
        for name in carried
        if not np.shape(initial[name])
        and len(after.get(name, ())) in (1, 2)
        and after[name] not in data
        and (len(after[name]) == 1 or min(after[name]) == 1)
    }


def _made_real(iteration: ScriptIteration) -> dict[str, Any]:
    """Weights that begin as integers, as real numbers: the arrays that a pass makes real."""
    after = {each.name: np.asarray(each.value).dtype.kind for each in iteration.equations}
    arrays = {
        name: np.asarray(iteration.initial[name]) for name in iteration.carried if name in iteration.initial
    }
    return {
        name: array.astype(np.float64)
        for name, array in arrays.items()
        if array.shape and array.dtype.kind in "iu" and after.get(name) == "f"
    }


def _is_picked_bit(name: str, value: Any) -> bool:
    """True for a 0 or 1 that no variable holds: a condition selected it, as `1.0 if k == label else 0.0`.

    Several outputs share the two objects, and only one output of each sample is 1.
    """
    return name.startswith("value:") and not np.shape(value) and value in (0, 1)


def _are_shares(value: Any) -> bool:
    """Whether several positive numbers, not all equal, have the sum 1."""
    array = np.asarray(value)
    is_told = array.size > 1 and array.dtype.kind == "f" and bool(np.all(array > 0))
    return is_told and bool(np.isclose(np.sum(array), 1)) and bool(np.ptp(array))


def _is_telling(value: Any) -> bool:
    """False for a single whole number: it may be equal to another by chance."""
    return np.size(value) > 1 or bool(np.any(np.asarray(value) % 1))


def is_loss(name: str) -> bool:
    """Whether a number is called a loss."""
    return _IS_LOSS.search(name) is not None


def _own_name(name: str) -> str:
    """The author's own name: x for net.x:12."""
    return name.split(":")[0].rsplit(".", 1)[-1]


def _shaped_like(array: Any, wanted: Any) -> Callable[[Any], Any] | None:
    """The change of shape that turns an array into another with the same cells; None if there is none."""
    shape = np.shape(wanted)
    if np.shape(array) == shape or np.size(array) != np.size(wanted):
        return None
    turns: list[Callable[[Any], Any]] = [np.transpose, lambda value: np.reshape(value, shape)]
    return next((turn for turn in turns if np.array_equal(turn(array), wanted)), None)


def _is_one_hot(value: Any) -> bool:
    """Whether each row or each column has a single 1 beside zeros."""
    is_bits = value is not MISSING and np.ndim(value) > 1 and bool(np.isin(value, (0, 1)).all())
    return is_bits and any(bool(np.all(np.sum(value, axis) == 1)) for axis in (-1, 0))


def _rows_like(array: Any, wanted: Any) -> tuple[int, ...]:
    """The numbers of an array's rows that have the cells of another one."""
    if not np.ndim(array) or np.shape(array)[1:] != np.shape(wanted):
        return ()
    first_cells = np.reshape(array, (len(array), -1))[:, 0]
    rows = np.flatnonzero(first_cells == np.ravel(wanted)[0])
    return tuple(int(row) for row in rows if np.array_equal(array[row], wanted))


def _content(value: Any) -> tuple[Any, ...]:
    """The shape and the cells of a value, to find it again."""
    array = np.asarray(value)
    return array.shape, array.astype(np.float64).tobytes()


def _is_comparison(pattern: str) -> bool:
    return isinstance(ast.parse(pattern, mode="eval").body, ast.Compare) if pattern else False


def _axis_of(pattern: str) -> Any:
    """The axis of a reduction; None for all axes."""
    call = ast.parse(pattern, mode="eval").body
    given = keyword(call, "axis") if isinstance(call, ast.Call) else None
    return None if given is None else ast.literal_eval(given)


def _nearer(before: Mapping[str, Any], drawn: Mapping[str, Any], share: float) -> dict[str, Any]:
    """A state between the values before the pass and a random one; whole numbers are unchanged."""
    found: dict[str, Any] = {}
    for name, value in before.items():
        other = drawn[name]
        is_moved = np.asarray(value).dtype.kind == "f" == np.asarray(other).dtype.kind and other is not value
        found[name] = value + share * (other - value) if is_moved else value
    return found


def _is_nothing(value: Any) -> bool:
    return not np.shape(value) and np.asarray(value).dtype.kind == "i" and value == 0


def _is_real(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"
