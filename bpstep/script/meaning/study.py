"""A pass in several random states, and how well a loss explains how it changes the parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

import numpy as np

from bpstep.lang.trees import keyword
from bpstep.script.equations.equations import ScriptEquation, ScriptIteration
from bpstep.script.meaning.backward import Backward, differentiate, smooth_reach
from bpstep.script.meaning.graph import MISSING, Fixed, Graph, Values
from bpstep.script.meaning.labels import Direction, Labels, direction, scale_factor
from bpstep.script.meaning.losses import (
    SCRIPT_LOSS,
    LossCandidate,
    chosen_losses,
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

_IS_LOSS = re.compile(r"loss|cost|error|energy|objective", re.IGNORECASE)
"""In the name of a number that is to be lowered."""

_SUM = re.compile(r"\S+ [+-] \S+")

_MAX_WEIGHTED = 9

_MAX_WORK = 20_000
"""How many operations may be computed to try losses: a second or two."""

_TELLING = 1e-3
"""A cell determines the sign of a step if it is at least this share of the largest cell."""

_ROUNDING = 1e-12
"""A change smaller than this share of the changed number may be rounding."""

_MIN_DEAF, _MIN_UPHILL = 4, 0.25
"""So many cells that change without regard to their gradient, and such a share of them uphill as well as
downhill, show that their gradient was replaced.
"""

_SMALL = 1e-4
"""A number up to this one that is added to the argument of a logarithm only keeps that from being 0."""

_FLAT = 1e-12
"""A gradient smaller than this share of the gradients that it sums is rounding."""

_MAX_HELD_CELLS = 20_000
"""No gradients are computed for larger arrays unless the pass updates them: they are data."""


@dataclass(frozen=True)
class GradientLabel:
    """The meaning of a value: the gradient of the loss by a node."""

    node: int
    turned: bool = False
    """True where it is transposed."""
    is_part: bool = False
    """True for what one reader of the node contributes to the gradient, or several."""


@dataclass(frozen=True)
class Explanation:
    """A loss with its gradients in every state."""

    candidate: LossCandidate
    backward: Backward
    gradients: list[dict[int, Any]]
    """The gradient by each node, in each state."""
    labels: Labels
    inputs: dict[str, int]
    """The parameters that the loss depends on and that the pass changes, with their nodes."""
    states: Sequence[Values]
    flat: tuple[str, ...] = ()
    """The parameters whose gradient is 0 apart from rounding, such as a bias before a batch normalisation: it
    is unknown whether they follow it.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of `inputs`."""
        return tuple(self.inputs)

    @cached_property
    def contributions(self) -> list[dict[tuple[int, int], Any]]:
        """What each reader contributes to the gradient by a node, in each state."""
        return [self.backward.contributions(*each) for each in zip(self.states, self.gradients)]

    @cached_property
    def parts(self) -> Labels:
        """What single readers of each tensor contribute to its gradient, and the sums of several from the
        first or from the last one on, as loops add them up."""
        found = Labels()
        for at, readers in self.backward.readers.items():
            if any((at, reader) not in each for each in self.contributions for reader in readers):
                continue
            label = GradientLabel(at, is_part=True)
            for reader in readers:
                found.add(direction([each[at, reader] for each in self.contributions]), label)
            for ordered in (readers, readers[::-1]):
                totals = [each[at, ordered[0]] for each in self.contributions]
                for reader in ordered[1:-1]:
                    totals = [total + each[at, reader] for total, each in zip(totals, self.contributions)]
                    found.add(direction(totals), label)
        return found

    def direction(self, node: int) -> Direction | None:
        """The direction of the gradient by a node over all states; None if there is none."""
        return direction([each.get(node, MISSING) for each in self.gradients])

    def constant_beside(self, other: Explanation) -> float:
        """This loss's gradients by the parameters divided by another's; 0 if that is no constant."""
        return _common_constant((self.direction(at), other.direction(at)) for at in self.inputs.values())


@dataclass(frozen=True)
class Matches:
    """Which nodes of a pass are gradients of a loss, up to a constant."""

    labels: Mapping[int, Sequence[tuple[GradientLabel, float]]]
    """For each such node the tensors it is the gradient by, each with the constant."""
    found: Mapping[str, Sequence[tuple[int, float]]]
    """For each parameter the nodes that are its gradient and that its new value depends on."""
    rank: tuple[int, int]
    """For comparison, more is better: parameters with a gradient, then equations whose result is a
    gradient.
    """


@dataclass(frozen=True)
class _Rows:
    """The numbers of a table's rows that are equal."""

    table: str
    numbers: tuple[int, ...]


class Study:
    """A pass, its states, and the losses that may explain it."""

    def __init__(
        self,
        iteration: ScriptIteration,
        on_work: Callable[[int], None] | None = None,
        loss: str = "",
        is_linked: bool = True,
        has_number_targets: bool = False,
    ) -> None:
        """`is_linked` is True if equal numbers from outside are one number, however their names differ;
        `has_number_targets` if a plain number that an output is subtracted from may be its target.
        """
        equations, feeds, carried = iteration.equations, iteration.feeds, iteration.carried
        self.loss = loss
        """The name of the loss that a person chose; empty to find it."""
        self.is_linked = is_linked
        self.has_number_targets = has_number_targets
        self.may_be_chance = False
        """True if values with other names were taken for the same value because they are equal."""
        self.order: Sequence[int] = range(len(equations))
        """The place of each equation of the graph among those of the pass."""
        self.feeds = tuple(feeds)
        """Values from outside during the pass."""
        initial = {**iteration.initial, **_grown(iteration)}
        there = {**initial, **feeds}
        doubles = {name: as_double(value) for name, value in there.items()}
        taken = self._rows_twice(equations, there)
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
        outputs = self.active - self._parts_of_inputs()
        self.usual = list(usual_losses(graph, self.actual, outputs, self.fixed, numbers))
        weighted = weighted_losses(graph, self.actual, self.usual, self.fixed)
        self.usual += list(dict.fromkeys(weighted))[:_MAX_WEIGHTED]
        self.trained = self._trained() or self._trained_by_own_losses()
        """The parameters under the candidates: what the pass changes and the outputs depend on."""
        self.held = tuple(
            name
            for name, value in initial.items()
            if name not in self.trained and _is_real(value) and np.size(value) <= _MAX_HELD_CELLS
        )
        """The numbers from before the pass that may be weights and follow no gradient."""
        self.remembered = tuple(name for name in self.all_carried if name not in self.trained)
        """Everything else that it carries on: an optimiser's averages, running sums, counts."""
        self.update_cone = graph.cone([graph.current[name] for name in self.trained])
        """What the new values of the parameters depend on."""
        apart = self.active & (data | graph.reached_from(self.fixed)) - self.update_cone
        self.scalars = script_losses(graph, self.actual, apart, {graph.inputs[name] for name in self.trained})
        """The numbers that the script computes besides its updates: losses, parts of them."""
        count = _DRAWS if len(graph.nodes) <= _MANY_NODES else _FEWER_DRAWS
        if not any(np.ndim(graph.before[name]) for name in self.trained):
            # Two scalars are often proportional by chance.
            count = _SCALAR_DRAWS
        before = {**graph.before, **dict.fromkeys(self._weights_of_nothing(), np.float64(1.0))}
        computed_with = self._numbers(initial)
        states = drawn_states(
            before, self.trained, self.carried, computed_with, count, self._shares(computed_with)
        )
        picked, shaped = self._picked_twice(), self._shaped_twice()
        rows = {name: self.graph.before[name] for name in self._numbers_of_rows()}
        guards = self._guards_of_logarithms()
        self.states: list[Values] = [
            graph.again(self._on_same_side(self._picked({**state, **rows}, picked, shaped, taken)), guards)
            for state in states
        ]
        self.pins: dict[int, Callable[[Values], Any]] = {}
        """The nodes that are computed differently than in the script."""
        self._explained: dict[LossCandidate, Explanation | None] = {}
        self._backward: dict[tuple[int, ...], Backward | None] = {}

    def _picked_twice(self) -> dict[str, int]:
        """Values from outside that are also a part of the data selected by an equation, with that node.

        For instance `y[batch]` as an argument, beside `y[batch]` in an equation.
        """
        graph, found = self.graph, {}
        # A rate may be equal to a cell of a weight.
        inputs = {at for name, at in graph.inputs.items() if name not in self.all_carried}
        parts: dict[Any, int] = {}
        for at, node in enumerate(graph.nodes):
            value = self.actual[at]
            is_part = "[" in node.pattern and value is not MISSING and _is_telling(value)
            if is_part and inputs.issuperset(node.operands):
                parts.setdefault(_content(value), at)
        for name in self.feeds if parts else ():
            value = self.actual[graph.inputs[name]]
            if _is_telling(value) and _content(value) in parts:
                found[name] = parts[_content(value)]
        return found

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
        """The values from outside that select rows of what the pass changes: a loop that updates the rows
        one by one has their numbers as constants."""
        graph = self.graph
        tables = {graph.inputs[name] for name in self.carried}
        selecting = {
            node.operands[1]
            for node in graph.nodes
            if node.pattern == "_0[_1]" and len(node.operands) == 2 and node.operands[0] in tables
        }
        return [name for name in self.feeds if graph.inputs[name] in selecting]

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
            node = graph.nodes[at]
            if name not in {graph.nodes[each].name for each in node.operands}:
                value = graph.compute(node.pattern, [drawn[graph.nodes[each].name] for each in node.operands])
                drawn[name] = drawn[name] if value is MISSING else value
        return drawn

    def _is_real(self, name: str, value: Any) -> bool:
        """True for numbers with a fraction; a weight or bias may be 0 before its first update."""
        after = self.actual[self.graph.current[name]]
        is_single = not np.shape(value) and after is not MISSING
        return _is_real(value) or (is_single and bool(np.any(np.asarray(after) % 1 != 0)))

    def _guards_of_logarithms(self) -> dict[int, Callable[[Values], Any]]:
        """The sums with a small number that only the logarithms of a printed loss read, as `log(p + 1e-7)`:
        without it they are what the loss means, whose gradient the updates follow."""
        graph = self.graph
        found: dict[int, Callable[[Values], Any]] = {}
        for at, node in enumerate(graph.nodes):
            if at in self.update_cone or not re.fullmatch(r"_0 \+ (_1|[\d.]+(e-\d+)?)", node.pattern):
                continue
            small = self.actual[node.operands[1]] if len(node.operands) > 1 else float(node.pattern[5:])
            readers = [each.pattern for each in graph.nodes if at in each.operands]
            is_small = not np.ndim(small) and 0 < small <= _SMALL
            if is_small and readers and all(each == "log(_0)" for each in readers):
                found[at] = partial(_value_of, node.operands[0])
        return found

    def _on_same_side(self, drawn: Mapping[str, Any]) -> Values:
        """A random state in which every number that an update depends on compares as it does in the pass, and
        the same cells are the largest where a largest one is selected.

        Otherwise the state is drawn nearer to the pass: a branch that the script took because of such a
        number is no equation, and what is computed after it holds only on that side.
        """
        graph = self.graph
        compared = [
            at
            for at in sorted(self.update_cone)
            if _is_comparison(graph.nodes[at].pattern) and not np.ndim(self.actual[at])
        ]
        selected = self._selected_cells(self.actual)
        values = graph.evaluate(drawn)
        if not compared and not selected:
            return values
        for share in _NEARER:
            found = self._selected_cells(values).items()
            is_same = all(np.array_equal(cells, selected[at]) for at, cells in found)
            if is_same and all(values[at] == self.actual[at] for at in compared):
                return values
            values = graph.evaluate(_nearer(graph.before, drawn, share))
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
        """Arrays written as constants: a class given by the loop's counter, `arange(5) == 2`."""
        found: set[int] = set()
        for at, node in enumerate(self.graph.nodes):
            if not node.name and found.issuperset(node.operands):
                found.add(at)
        return {at for at in found if np.ndim(self.actual[at])}

    def _parts_of_inputs(self) -> set[int]:
        """The values from before the pass, rows and cells of them, and the same with a cell changed by a
        fixed number, as for a numerical difference: no outputs.
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
            elif len(node.operands) == 1 and node.pattern.startswith(("_0[", "_0.")):
                found.add(at)
        return found

    def _numbers(self, initial: Mapping[str, Any]) -> set[str]:
        """The data that are only computed with, including entries of lists and values from outside.

        A scalar of the script's own is a rate or a count.
        """
        graph = self.graph
        found = set()
        for name, at in graph.inputs.items():
            is_data = np.ndim(graph.before[name]) > 0 or self._is_target(at)
            if not is_data and (name not in initial or "[" in name):
                is_data = self._is_factor(at)
            if is_data and name not in self.all_carried and at not in graph.discrete:
                found.add(name)
        found |= self._equal_numbers(found)
        return {name for name in found if name in initial or not _is_picked_bit(name, graph.before[name])}

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
            if not is_single(name) or name in {*numbers, *self.all_carried} or at in graph.discrete:
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
            if not np.ndim(graph.before[name]) and name not in self.all_carried and self._is_target(at)
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
        hide the step that they are the weight of."""
        graph, found = self.graph, []
        for name in self.feeds:
            at = graph.inputs[name]
            users = [node for node in graph.nodes if at in node.operands]
            is_weight = bool(users) and all(node.pattern == "_0 * _1" for node in users)
            if is_weight and not np.shape(graph.before[name]) and graph.before[name] == 0:
                found.append(name)
        return found

    def _is_target(self, at: int) -> bool:
        """True for a number that is subtracted from an output, or the other way round."""
        graph = self.graph
        meant = {at} | {
            other
            for other, node in enumerate(graph.nodes)
            if at in node.operands and negated(graph, other) == at
        }
        return any(
            not meant.isdisjoint(node.operands)
            and ("-" in node.pattern or (at not in node.operands and node.pattern == "_0 + _1"))
            and not self.active.isdisjoint(node.operands)
            for node in graph.nodes
        )

    def _is_factor(self, at: int) -> bool:
        """True for a number from outside that a parameter is multiplied by: an input, not a rate."""
        starts = {self.graph.inputs[name] for name in self.trained}
        users = [node for node in self.graph.nodes if at in node.operands]
        return any("*" in node.pattern and not starts.isdisjoint(node.operands) for node in users)

    def _trained(self) -> list[str]:
        """The tensors whose change depends on their own value and on a target."""
        graph = self.graph
        outputs = {output for each in self.usual for output in each.outputs}
        targets = {target for each in self.usual for target in each.targets}
        # A tensor that is only carried on, as the state of a recurrent network, is computed from no output.
        given = graph.reached_from(outputs)
        changing = graph.reached_from(targets) & given
        forward = graph.cone(outputs)
        computed = graph.reached_from(at for at in forward if graph.nodes[at].operands)
        # An average that an optimiser remembers affects only what is computed after the update.
        updated = changing.intersection(graph.current[name] for name in self.carried)
        found = []
        for name in self.carried:
            end = graph.current[name]
            start = [graph.inputs[name]]
            # A line that leaves out the target or the output still updates a parameter.
            is_stepped = end in computed - forward and self._is_step(start[0], end)
            if not (end in changing or is_stepped) or end == start[0] or self._is_put_back(name):
                continue
            if end in smooth_reach(graph, start) and outputs & smooth_reach(graph, start, updated):
                found.append(name)
        return found

    def _trained_by_own_losses(self) -> list[str]:
        """The same where no output meets a target: what takes steps and a number of the script depends on
        that is called a loss."""
        graph = self.graph
        steps = [name for name in self.carried if self._is_step(graph.inputs[name], graph.current[name])]
        ends = graph.cone([graph.current[name] for name in steps])
        losses = {
            root
            for equation, root in zip(graph.equations, graph.roots)
            if is_loss(equation.name) and root not in ends and np.size(self.actual[root]) == 1
        }
        return [name for name in steps if not losses.isdisjoint(smooth_reach(graph, [graph.inputs[name]]))]

    def _is_step(self, start: int, end: int) -> bool:
        """True for an array's old value with something added to or subtracted from it."""
        node = self.graph.nodes[end]
        is_sum = node.pattern in ("_0 - _1", "_0 + _1") and node.operands[0] == start
        return is_sum and np.ndim(self.actual[start]) > 0

    def _is_put_back(self, name: str) -> bool:
        """True for a tensor that is written several times and ends as it began, as for a numerical
        difference.
        """
        graph = self.graph
        writes = sum(each.name.split(":")[0] == name.split(":")[0] for each in graph.equations)
        before, after = self.actual[graph.inputs[name]], self.actual[graph.current[name]]
        return writes > 1 and after is not MISSING and np.array_equal(before, after)

    def use(self, states: list[Values], pins: Mapping[int, Callable[[Values], Any]]) -> None:
        """Take other states, in which some nodes are computed differently."""
        self.states, self.pins = states, dict(pins)
        self.__dict__.pop("directions", None)

    @cached_property
    def directions(self) -> list[Direction | None]:
        """The direction of each node's values over all states."""
        return [direction([values[at] for values in self.states]) for at in range(len(self.graph.nodes))]

    def explain(self, candidate: LossCandidate) -> Explanation | None:
        """A loss with its gradients; None if it is undefined or has no derivative."""
        if candidate not in self._explained:
            self._explained[candidate] = self._explain(candidate)
        return self._explained[candidate]

    def _explain(self, candidate: LossCandidate) -> Explanation | None:
        graph = self.graph
        seeds = [candidate.seeds(values) for values in self.states]
        given = [each for each in seeds if each is not None]
        if len(given) < len(seeds):
            return None
        outputs = tuple(dict.fromkeys(candidate.outputs))
        if outputs not in self._backward:
            starts = [graph.inputs[name] for name in (*self.trained, *self.held)]
            self._backward[outputs] = differentiate(graph, outputs, starts, self.states[0])
        backward = self._backward[outputs]
        if backward is None:
            return None
        gradients = [backward.gradients(values, each) for values, each in zip(self.states, given)]
        labels = Labels()
        for at in backward.nodes:
            parts = [each.get(at, MISSING) for each in gradients]
            labels.add(direction(parts), GradientLabel(at))
            if parts[0] is not MISSING and np.ndim(parts[0]) == 2 and min(np.shape(parts[0])) > 1:
                labels.add(direction(parts, turned=True), GradientLabel(at, turned=True))
        if backward.has_maximum:
            # The numbers that ReLU sets to 0 are equal, and it does not matter which of them gets a gradient.
            whole = [backward.gradients(values, each, True) for values, each in zip(self.states, given)]
            for at in backward.nodes:
                if any(at in a and not np.array_equal(a[at], b[at]) for a, b in zip(gradients, whole)):
                    labels.add(direction([each.get(at, MISSING) for each in whole]), GradientLabel(at))
        reached = {name: graph.inputs[name] for name in self.trained if graph.inputs[name] in backward.nodes}
        flat = tuple(name for name, at in reached.items() if self.is_flat(at, backward, gradients))
        # A loss whose gradients are all 0 explains nothing.
        flat = flat if len(flat) < len(reached) else ()
        inputs = {name: at for name, at in reached.items() if name not in flat}
        return Explanation(candidate, backward, gradients, labels, inputs, self.states, flat)

    def is_flat(self, at: int, backward: Backward, gradients: Sequence[Mapping[int, Any]]) -> bool:
        """True if a gradient is so small beside the later ones that it counts as 0."""
        readers = [each for each in backward.nodes if at in self.graph.nodes[each].operands]
        for found in gradients:
            given = found.get(at, MISSING)
            above = max((_largest(found[each]) for each in readers if each in found), default=0.0)
            if given is MISSING or not _largest(given) <= _FLAT * above:
                return False
        return bool(readers)

    def is_product(self, at: int) -> bool:
        """True for a product, or a sum of products, in which a parameter is a factor."""
        node = self.graph.nodes[at]
        if node.pattern == "_0 + _1":
            return any(map(self.is_product, node.operands))
        factors = self.graph.cone(node.operands)
        trained = {self.graph.inputs[name] for name in self.trained}
        is_product = "@" in node.pattern or "*" in node.pattern or node.pattern.startswith("sum(")
        return is_product and not trained.isdisjoint(factors)

    def match(
        self, explanation: Explanation, states: Sequence[Values] | None = None, known: Matches | None = None
    ) -> Matches:
        """Which nodes are gradients of a loss.

        With `states` in those, where `known` are the matches in the study's own: nodes with the same values
        are not compared again.
        """
        graph = self.graph
        forward = graph.cone(explanation.candidate.outputs)
        cones = {name: self.cones[name] for name in explanation.inputs}
        names = {at: name for name, at in explanation.inputs.items()}
        labels: dict[int, list[tuple[GradientLabel, float]]] = {}
        for at in sorted(set().union(*cones.values()) - forward):
            if not graph.nodes[at].operands:
                # A rate may be a multiple of a single number's gradient.
                continue
            if states is None:
                matches = list(explanation.labels.find(self.directions[at]))
            elif known is not None and states[0][at] is self.states[0][at]:
                matches = list(known.labels.get(at, ()))
            else:
                matches = list(explanation.labels.find(direction([values[at] for values in states])))
            if matches:
                labels[at] = matches
        found: dict[str, list[tuple[int, float]]] = {}
        for at, matches in labels.items():
            for label, constant in matches:
                name = names.get(label.node)
                is_whole = name is not None and not self._is_part_of_sum(at, cones[name])
                if name is not None and is_whole and not label.turned and at in cones[name]:
                    found.setdefault(name, []).append((at, constant))
        for name, at in explanation.inputs.items():
            rows = [] if name in found else self._rows_read(at, explanation)
            given_rows = [self._labelled(row, labels, cones[name]) for row in rows]
            if rows and all(given_rows) and self._changes_where(name, explanation, states):
                # A row has a gradient of its own, as where the weights of the samples at hand decay.
                found[name] = [one for one in given_rows if one]
        for name, at in explanation.inputs.items():
            given = None if name in found else self.change(name, states)
            wanted = None if given is None else explanation.direction(at)
            constant = scale_factor(given, wanted) if given is not None and wanted is not None else 0.0
            if constant:
                # A row is updated, and no equation computes the whole gradient.
                found[name] = [(graph.current[name], constant)]
        for name in [name for name in found if self.is_mangled(name, found[name][0][0], explanation, states)]:
            del found[name]
        return Matches(labels, found, (len(found), len(self.roots & labels.keys())))

    def _rows_read(self, at: int, explanation: Explanation) -> list[int]:
        """The rows of a parameter that are read in the forward pass, where nothing else of it is."""
        nodes = self.graph.nodes
        readers = [each for each in explanation.backward.nodes if at in nodes[each].operands]
        is_rows = all(
            nodes[each].pattern.startswith("_0[") and len(nodes[each].operands) == 1 for each in readers
        )
        return readers if is_rows else []

    def _changes_where(self, name: str, explanation: Explanation, states: Sequence[Values] | None) -> bool:
        """Whether a parameter changes only in rows that have a gradient, and there."""
        graph = self.graph
        values = (states or self.states)[0]
        before, after = values[graph.inputs[name]], values[graph.current[name]]
        gradient = explanation.gradients[0].get(graph.inputs[name], MISSING)
        if after is MISSING or gradient is MISSING or np.shape(after) != np.shape(gradient):
            return False
        return bool(np.array_equal(after != before, np.not_equal(gradient, 0)))

    @staticmethod
    def _labelled(
        node: int, labels: Mapping[int, Sequence[tuple[GradientLabel, float]]], cone: Collection[int]
    ) -> tuple[int, float] | None:
        """The first node of a cone that is the gradient by another one, with its constant."""
        for at, matches in labels.items():
            for label, constant in matches if at in cone else ():
                if label.node == node and not label.turned:
                    return at, constant
        return None

    def _is_part_of_sum(self, at: int, cone: Collection[int]) -> bool:
        """True for a partial sum that a repeated line continues: over some of the samples only.

        It is the gradient of a part of the loss, and means nothing for the samples that follow.
        """
        return any(later in cone for later in self._sums_after.get(at, ()))

    @cached_property
    def _sums_after(self) -> dict[int, set[int]]:
        """For each node of a sum the later terms that the same line adds, by the results there."""
        graph = self.graph
        line_of = {
            root: (each.file, each.line, each.name.split(":")[0])
            for root, each in zip(graph.roots, graph.equations)
        }
        going_on: dict[int, int] = {}
        found: dict[int, set[int]] = {}
        for at, root in enumerate(graph.roots):
            for before in set(graph.reads[at].values()):
                if line_of.get(before) == line_of[root] and before != root:
                    going_on[before] = root
                    found.setdefault(before, set()).add(root)
                    # Every added term is a part of the sum, too, even the last.
                    for term in set(graph.nodes[root].operands) - {before}:
                        found.setdefault(term, set()).add(root)
        for inner, node in enumerate(graph.nodes):
            after = going_on.get(graph.roots[node.equation]) if node.equation >= 0 else None
            if inner not in going_on and after is not None:
                found.setdefault(inner, set()).add(after)
        return found

    def is_mangled(
        self, name: str, node: int, explanation: Explanation, states: Sequence[Values] | None
    ) -> bool:
        """True if a parameter's gradient is computed, but its step follows it in some cells only.

        A larger gradient then lowers some weights more and raises others, which no learning rule does that
        scales, clips or decays. Rules that remember earlier passes or multiply by matrices are not judged.
        """
        graph = self.graph
        end = graph.current[name]
        wanted = explanation.direction(explanation.inputs[name])
        given = self.change(name, states)
        if node == end or wanted is None or given is None or scale_factor(given, wanted):
            return False
        cone = self.cones[name]
        if any(graph.inputs[each] in cone for each in self.remembered):
            return False
        between = (graph.reached_from([node]) & cone) - {node}
        if any(_mixes_cells(graph.nodes[at].pattern) for at in between):
            return False
        for values, gradients in zip(states or self.states, explanation.gradients):
            moved = graph.again(values, {node: Fixed(values[node] * 1.01)})
            gradient, before, after = gradients.get(graph.inputs[name], MISSING), values[end], moved[end]
            if gradient is MISSING or before is MISSING or after is MISSING or gradient is None:
                return False
            if not np.shape(gradient) == np.shape(before) == np.shape(after):
                return False
            along = (after - before) * gradient
            largest = float(np.max(np.abs(along), initial=0.0))
            floor = max(_TELLING * largest, _ROUNDING * float(np.max(np.abs(before * gradient), initial=0.0)))
            # In another state all cells of the gradient may happen to have one sign.
            if np.min(along) < -floor and np.max(along) > floor:
                return True
            if self._is_replaced_in_part(gradient, after - before, before - values[graph.inputs[name]]):
                return True
        return False

    @staticmethod
    def _is_replaced_in_part(gradient: Any, response: Any, step: Any) -> bool:
        """Whether some cells change with their gradient and others without regard to it.

        A frozen cell does not change, and one whose gradient is clipped goes down it.
        """
        floor = _TELLING * float(np.max(np.abs(response), initial=0.0))
        is_told = np.abs(gradient) > _TELLING * float(np.max(np.abs(gradient), initial=0.0))
        deaf = is_told & (np.abs(response) <= floor) & (step != 0)
        if not floor or np.sum(deaf) < _MIN_DEAF or np.sum(deaf) == np.size(deaf):
            return False
        uphill = float(np.mean((step * gradient)[deaf] > 0))
        return _MIN_UPHILL < uphill < 1 - _MIN_UPHILL

    @cached_property
    def cones(self) -> dict[str, set[int]]:
        """For each parameter what its new value depends on."""
        return {name: self.graph.cone([self.graph.current[name]]) for name in self.trained}

    @cached_property
    def roots(self) -> frozenset[int]:
        """The nodes that are results of equations."""
        return frozenset(self.graph.roots)

    def clearest(self, labels: Sequence[tuple[GradientLabel, float]]) -> tuple[GradientLabel, float]:
        """Which of several tensors with the same gradient is named: the last that an equation computes."""

        def clearness(one: tuple[GradientLabel, float]) -> tuple[bool, bool, bool, bool, int]:
            label, node = one[0], self.graph.nodes[one[0].node]
            named = label.node in self.roots
            return not label.turned, bool(node.operands), named, not node.pattern.startswith("-"), label.node

        return max(labels, key=clearness)

    def change(self, name: str, states: Sequence[Values] | None = None) -> Direction | None:
        """The direction in which the pass changes a parameter, over all states."""
        graph = self.graph
        start, end = graph.inputs[name], graph.current[name]
        pairs = [(values[start], values[end]) for values in states or self.states]
        if any(a is MISSING or b is MISSING or np.shape(a) != np.shape(b) for a, b in pairs):
            return None
        return direction([after - before for before, after in pairs])

    def own_loss(self, best: Explanation) -> Explanation | None:
        """The script's own loss: the number that the updates descend, or one with the same gradient."""
        # A running sum or average of losses follows the loss itself.
        carried = {self.graph.current[name] for name in self.all_carried}
        for candidate in sorted(self.scalars, key=lambda each: each.outputs[0] in carried):
            found = self.explain(candidate)
            if found is None or not found.inputs:
                continue
            steps = ((self.change(name), found.direction(at)) for name, at in found.inputs.items())
            if _common_constant(steps) or best.constant_beside(found):
                return found
        return None

    @cached_property
    def _candidates(self) -> list[LossCandidate]:
        """The losses to try, those that depend on most parameters first, and of these the ones that the pass
        computes before its updates."""
        graph = self.graph
        reach = {name: smooth_reach(graph, [graph.inputs[name]]) for name in self.trained}

        def count(candidate: LossCandidate) -> int:
            return sum(not found.isdisjoint(candidate.outputs) for found in reach.values())

        candidates = [*self.usual, *self.scalars]
        if self.loss:
            candidates = self._chosen()
        counts = {candidate: count(candidate) for candidate in candidates}
        late = graph.reached_from(graph.current[name] for name in self.trained)
        return sorted(
            (each for each in counts if counts[each]),
            key=lambda each: (-counts[each], not late.isdisjoint(each.outputs)),
        )

    def _chosen(self) -> list[LossCandidate]:
        """A person's choice; for a number of the script, first the usual loss that it equals."""
        found = chosen_losses(self.graph, self.loss, self.usual, self.scalars)
        if found[0].kind != SCRIPT_LOSS:
            return found
        own = self.explain(found[0])
        usual = ((each, self.explain(each)) for each in self.usual if own is not None)
        same = (each for each, found in usual if found is not None and own and found.constant_beside(own))
        return [*islice(same, 1), *found]

    @cached_property
    def best_match(self) -> tuple[Explanation, Matches] | None:
        """The loss that explains most; the first that explains every parameter."""
        best: tuple[Explanation, Matches] | None = None
        end = self.graph.work + _MAX_WORK
        for candidate in self._candidates:
            explanation = self.explain(candidate) if self.graph.work < end else None
            if explanation is None or (best and len(explanation.inputs) < len(best[1].found)):
                continue
            matches = self.match(explanation)
            if best is None or (
                matches.rank > best[1].rank and not self.is_same(best, (explanation, matches))
            ):
                best = explanation, matches
            if len(matches.found) == len(self.trained) - len(explanation.flat):
                break
        return best

    def is_same(self, usual: tuple[Explanation, Matches], own: tuple[Explanation, Matches]) -> bool:
        """True if a number of the script is a usual loss, and no more parameters follow it: the usual one
        identifies the network's outputs.
        """
        is_own = own[0].candidate.kind == SCRIPT_LOSS != usual[0].candidate.kind
        return is_own and len(own[1].found) == len(usual[1].found) and bool(usual[0].constant_beside(own[0]))

    @cached_property
    def ranked(self) -> list[tuple[Explanation, Matches]]:
        """All losses that are defined, those that explain most first."""
        found: list[tuple[Explanation, Matches]] = []
        end = self.graph.work + _MAX_WORK
        for candidate in self._candidates:
            explanation = self.explain(candidate) if self.graph.work < end else None
            if explanation is not None:
                found.append((explanation, self.match(explanation)))
        return sorted(found, key=lambda one: one[1].rank, reverse=True)

    @property
    def best(self) -> Explanation | None:
        """The loss that explains most."""
        return None if self.best_match is None else self.best_match[0]


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
        if not np.shape(initial.get(name, data))
        and len(after.get(name, ())) in (1, 2)
        and after[name] not in data
        and (len(after[name]) == 1 or min(after[name]) == 1)
    }


def _is_picked_bit(name: str, value: Any) -> bool:
    """True for a 0 or 1 that no variable holds: a condition selected it, as `1.0 if k == label else 0.0`.

    Several outputs share the two objects, and a class has one 1.
    """
    return name.startswith("value:") and not np.shape(value) and value in (0, 1)


def _are_shares(value: Any) -> bool:
    """Whether several positive numbers, not all equal, have the sum 1."""
    array = np.asarray(value)
    is_told = array.size > 1 and array.dtype.kind == "f" and bool(np.all(array > 0))
    return is_told and bool(np.isclose(np.sum(array), 1)) and bool(np.ptp(array))


def _largest(value: Any) -> float:
    """The largest absolute value of a tensor's cells."""
    return float(np.max(np.abs(value), initial=0.0))


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


def _value_of(node: int, values: Values) -> Any:
    return values[node]


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
        is_real = np.asarray(value).dtype.kind == "f" == np.asarray(other).dtype.kind
        found[name] = value + share * (other - value) if is_real else value
    return found


def _mixes_cells(pattern: str) -> bool:
    """True for an operation in which a cell of a gradient may affect other cells."""
    return not re.fullmatch(
        r"(-?_0(\.T)?|_\d+ [-+*/] _\d+|[\d.e-]+ [*] _0|_0 [*/] [\d.e-]+|concatenate.*|_0\[.*\])", pattern
    )


def _common_constant(pairs: Iterable[tuple[Direction | None, Direction | None]]) -> float:
    """The constant that turns each second direction into the first; 0 if there is no common one."""
    constants = []
    for given, wanted in pairs:
        if given is None or wanted is None:
            return 0.0
        constants.append(scale_factor(given, wanted))
    if not constants or not all(constants) or not np.allclose(constants, constants[0], rtol=1e-6):
        return 0.0
    return constants[0]


def _is_real(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"
