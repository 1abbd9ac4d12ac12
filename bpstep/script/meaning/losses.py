"""The losses that a pass may descend: its own numbers, and the usual losses of an output and a target."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.lang.trees import function_name
from bpstep.script import messages
from bpstep.script.meaning.graph import MISSING, Graph, GraphNode, Values
from bpstep.text import fill, one_line

_PASSED = ("log", "clip", "maximum", "minimum")
"""Functions of an output in a loss: the output is their argument."""

_MAX_SCALARS, _MAX_GROUPS = 12, 40


@dataclass(frozen=True)
class LossKind:
    """A usual loss of an output `o` and a target `y`, without a division by the number of samples."""

    name: str
    value: Callable[[Any, Any], Any]
    """The loss, cell by cell."""
    seed: Callable[[Any, Any], Any]
    """The gradient with respect to the output."""
    low: float = -np.inf
    """Outputs must be above this."""
    high: float = np.inf
    """Outputs must be below this."""
    labels: tuple[int, ...] = ()
    """The only possible targets; empty if any number is one."""
    is_single: bool = False
    """True if an output is a probability by itself, and no two are those of two classes."""

    def holds(self, o: Any, y: Any) -> bool:
        """True if the loss is defined for these values."""
        is_label = not self.labels or bool(np.isin(y, self.labels).all())
        if self.is_single and _are_pairs(o) and _are_pairs(y):
            return False
        return is_label and bool(np.min(o) > self.low and np.max(o) < self.high)


def _are_pairs(values: Any) -> bool:
    """True if two numbers along an axis add up to 1 everywhere, as the probabilities of two classes do.

    Not if all are 1/2, as those of any two samples may be at the start.
    """
    return bool(np.any(np.asarray(values) != 0.5)) and any(
        size == 2 and bool(np.allclose(np.sum(values, axis=axis), 1, rtol=0, atol=1e-9))
        for axis, size in enumerate(np.shape(values))
    )


LOSS_KINDS = (
    LossKind("half_squared_error", lambda o, y: (o - y) ** 2 / 2, lambda o, y: o - y),
    LossKind(
        "binary_cross_entropy",
        lambda o, y: -y * np.log(o) - (1 - y) * np.log(1 - o),
        lambda o, y: (o - y) / (o * (1 - o)),
        0,
        1,
        is_single=True,
    ),
    LossKind("cross_entropy", lambda o, y: -y * np.log(o), lambda o, y: -y / o, 0),
    LossKind("absolute_error", lambda o, y: np.abs(o - y), lambda o, y: np.sign(o - y) + 0.0),
    LossKind(
        "hinge",
        lambda o, y: np.maximum(0.0, 1 - y * o),
        lambda o, y: np.where(y * o < 1, -y, 0.0),
        labels=(-1, 1),
    ),
)

_WEIGHTED = ("half_squared_error", "binary_cross_entropy", "cross_entropy")

LOSS_NAMES = tuple(kind.name for kind in LOSS_KINDS)
"""The usual losses by the name that a person gives."""

SCRIPT_LOSS = "script"
"""The kind of a loss that is one of the script's own equations."""


@dataclass(frozen=True)
class LossCandidate:
    """A loss on some nodes of a graph."""

    kind: str
    outputs: tuple[int, ...]
    """The nodes it depends on; for one of the script's own equations, its result."""
    targets: tuple[int, ...] = ()
    """The target of each output."""
    weights: tuple[int, ...] = ()
    """The factor of each output's loss: weights of samples or classes; usually empty."""
    factors: tuple[float, ...] = ()
    """The factor of each of several of the script's own equations, which are added; empty for one."""

    def seeds(self, values: Values) -> dict[int, Any] | None:
        """The gradient with respect to each output in one state; None if the loss is not defined there."""
        if self.kind == SCRIPT_LOSS:
            factors = self.factors or (1.0,) * len(self.outputs)
            return {output: np.float64(factor) for output, factor in zip(self.outputs, factors)}
        kind = next(each for each in LOSS_KINDS if each.name == self.kind)
        found: dict[int, Any] = {}
        if kind.is_single and self._are_probabilities_of_two(values):
            return None
        for output, target in zip(self.outputs, self.targets):
            o, y = values[output], values[target]
            if o is MISSING or y is MISSING or not kind.holds(o, y):
                return None
            with np.errstate(all="ignore"):
                seed = kind.seed(o, y)
            if np.size(o) == 1:
                # A scalar may be in a column with one row, and its target may not.
                seed = np.reshape(seed, np.shape(o)) + 0.0
            found[output] = found.get(output, 0.0) + seed
        for output, weight in zip(self.outputs, self.weights):
            found[output] = found[output] * values[weight]
        return found

    def _are_probabilities_of_two(self, values: Values) -> bool:
        """True if the outputs are single numbers of which each two are those of two classes."""
        given = [[values[at] for at in nodes] for nodes in (self.outputs, self.targets)]
        is_even = len(self.outputs) % 2 == 0 and all(
            each is not MISSING and np.size(each) == 1 for nodes in given for each in nodes
        )
        return is_even and all(_are_pairs(np.reshape(nodes, (-1, 2))) for nodes in given)

    def value(self, values: Values) -> float:
        """The loss in one state; NaN where it is not defined."""
        total = 0.0
        weights = self.weights or (-1,) * len(self.outputs)
        targets = self.targets or (-1,) * len(self.outputs)
        for output, target, weight in zip(self.outputs, targets, weights):
            given = [values[at] for at in (output, target, weight) if at >= 0]
            if any(each is MISSING for each in given):
                return float("nan")
            loss = values[output]
            if target >= 0:
                kind = next(each for each in LOSS_KINDS if each.name == self.kind)
                loss = kind.value(values[output], values[target])
            total += float(np.sum(loss * values[weight] if weight >= 0 else loss))
        return total


def script_losses(
    graph: Graph, values: Values, candidates: Collection[int], starts: Collection[int]
) -> list[LossCandidate]:
    """The scalar equations among some nodes, the last first; of a running sum that a line adds to again and
    again only the whole one.

    If there are very many, as when every value is a scalar, those that depend on most of `starts`, and of
    those the ones that most candidates depend on: a gradient with respect to the data has fewer that only it
    depends on.
    """
    found: dict[int, None] = {}
    for root in reversed(graph.roots):
        is_number = values[root] is not MISSING and np.size(values[root]) == 1
        if is_number and root in candidates and graph.nodes[root].operands:
            found[root] = None
    ordered = _without_begun(graph, found)
    if len(ordered) > _MAX_SCALARS:
        cones = {root: graph.cone([root]) for root in ordered}
        ordered.sort(
            key=lambda root: (
                -len(cones[root].intersection(starts)),
                -len(cones[root].intersection(candidates)),
            )
        )
    return [LossCandidate(SCRIPT_LOSS, (root,)) for root in ordered[:_MAX_SCALARS]]


def _without_begun(graph: Graph, roots: Collection[int]) -> list[int]:
    """Some equations, the last first, without those whose line runs again and depends on them."""
    lines: dict[tuple[str, int], set[int]] = {}
    found: list[int] = []
    for root in roots:
        equation = graph.equations[graph.nodes[root].equation]
        line = equation.file, equation.line
        if root not in lines.get(line, ()):
            found.append(root)
            lines.setdefault(line, set()).update(graph.cone([root]))
    return found


def chosen_losses(
    graph: Graph, loss: str, usual: Sequence[LossCandidate], scalars: Sequence[LossCandidate]
) -> list[LossCandidate]:
    """The candidates that a person means by a name: a usual loss, or the script's own number.

    BpstepError if there are none.
    """
    if loss in LOSS_NAMES:
        found = [each for each in usual if each.kind == loss]
    else:
        names = {id(each): graph.written(each.outputs[0]) for each in scalars}
        found = [each for each in scalars if loss in (names[id(each)], names[id(each)].split(":")[0])]
    if not found:
        kinds = [name for name in LOSS_NAMES if any(each.kind == name for each in usual)]
        own = [graph.written(each.outputs[0]) for each in scalars]
        names_text = ", ".join(dict.fromkeys([*kinds, *own]))
        template = messages.NO_SUCH_LOSS if names_text else messages.NO_LOSS_AT_ALL
        raise BpstepError(fill(template, loss=one_line(loss[:60]), names=names_text))
    return found


def usual_losses(
    graph: Graph,
    values: Values,
    active: Collection[int],
    fixed: Collection[int],
    numbers: Collection[int] = (),
) -> Iterator[LossCandidate]:
    """The usual losses of outputs and targets that one operation combines.

    `active` are the nodes that depend on parameters, `fixed` data that do not; `numbers` among these are the
    single numbers that may be the target of all cells of an output. What a line does several times in a pass,
    as for each sample, is one loss.
    """
    groups: dict[tuple[Any, ...], dict[tuple[int, int], int]] = {}
    for at, node in enumerate(graph.nodes):
        equation = graph.equations[node.equation]
        line = (equation.line, _variable(equation.name))
        given = _begun_sums(graph, node, values)
        if node.pattern == "_0 / _1":
            # A divisor is a count or a width.
            given.add(node.operands[1])
        if node.pattern == "_0 * _1":
            # A single quotient, as in `-1 / count * total`, is a scale.
            scales = (at for at in node.operands if _is_quotient(graph, at, values[at]))
            given.update(scales)
        for output, other in product(node.operands, repeat=2):
            # Code that adds minus a target, as in automatic differentiation, has that as its target.
            opposite = negated(graph, other) if node.pattern == "_0 + _1" else -1
            target = opposite if opposite >= 0 else other
            is_negative = node.pattern == "_0 + _1" and _are_negative_labels(values[target])
            if target not in given and not is_negative:
                for depth, inner in enumerate(_inner(graph, output, active)):
                    is_pair = _alike(values[inner], values[target], node.pattern)
                    is_pair = is_pair or (target in numbers and node.pattern == "_0 - _1" and not depth)
                    is_pair = is_pair and output in active and target in fixed
                    if is_pair and not _only_places(graph, node, inner, target, active):
                        key = (line, node.pattern, target == other, depth, np.shape(values[inner]))
                        groups.setdefault(key, {})[inner, target] = at
    subtracted = (pair for key, group in groups.items() if key[1] == "_0 - _1" for pair in group)
    forward = graph.cone(output for output, _ in subtracted)
    # A line that subtracts a number several times evaluates a function, as for a numerical difference.
    once = (
        group
        for key, group in groups.items()
        if len(group) == 1 or not any(each in numbers for _, each in group)
        # A net input, or what a mask leaves, is no error if something is subtracted from what it leads to.
        if key[1] not in ("_0 + _1", "_0 * _1") or not forward.issuperset(group.values())
    )
    pairs = dict.fromkeys(_independent(graph, group) for group in once)
    for kind in LOSS_KINDS:
        for group in list(pairs)[:_MAX_GROUPS]:
            outputs, targets = zip(*group)
            yield LossCandidate(kind.name, outputs, targets)


def _are_negative_labels(values: Any) -> bool:
    """Whether an array has only 0 and -1, and both: what is added to subtract labels is no label itself."""
    return np.ndim(values) > 0 and set(np.unique(values)) == {-1, 0}


def _is_quotient(graph: Graph, at: int, value: Any) -> bool:
    """Whether a node is a single quotient, or minus one."""
    inner = negated(graph, at)
    pattern = graph.nodes[at if inner < 0 else inner].pattern
    return " / " in pattern and value is not MISSING and not np.ndim(value)


def negated(graph: Graph, at: int) -> int:
    """The operand of a negation: for `-y`, `y * -1` and `-1 * y` the node of y; -1 for any other node."""
    node = graph.nodes[at]
    if node.pattern in ("-_0", "_0 * -1", "-1 * _0", "_0 * -1.0", "-1.0 * _0"):
        return node.operands[0]
    for one, other in (node.operands, node.operands[::-1]) if node.pattern == "_0 * _1" else ():
        number = graph.nodes[other].name
        if number and np.ndim(graph.before[number]) == 0 and graph.before[number] == -1:
            return one
    return -1


def _begun_sums(graph: Graph, node: GraphNode, values: Values) -> set[int]:
    """What an operation adds to: the zeros that a sum of gradients or losses begins with, and the sum so far.
    They are not target."""
    if node.pattern != "_0 + _1":
        return set()
    summed = _variable(graph.equations[node.equation].name)
    found = set()
    for at in node.operands:
        operand = graph.nodes[at]
        is_result = operand.equation >= 0 and graph.roots[operand.equation] == at
        name = graph.equations[operand.equation].name if is_result else operand.name
        is_zero = values[at] is not MISSING and not np.any(values[at])
        # A number from outside that is 0 may be a label.
        if _variable(name) == summed or (is_zero and not operand.name):
            found.add(at)
    return found


def _variable(name: str) -> str:
    """The variable, attribute or key in the name of a value: loss for loss:12:3, delta for nodes[1].delta."""
    return re.sub(r"\[[^\]]*\]", "", name.split(":")[0]).rsplit(".", 1)[-1]


def _only_places(graph: Graph, node: GraphNode, output: int, target: int, active: Collection[int]) -> bool:
    """True for the mask of a store that only says where to write: a cell by its number, `x[3] = ...`.

    The stored value is then another result, and not the output's own cell, as in `d[label] = p[label] - 1`.
    """
    if not node.pattern.startswith("where(_0, _1, ") or target != node.operands[0]:
        return False
    if any(graph.nodes[at].name for at in graph.cone([target])):
        return False
    stored = node.operands[1]
    return stored in active and output not in graph.cone([stored])


def weighted_losses(
    graph: Graph, values: Values, losses: Sequence[LossCandidate], fixed: Collection[int]
) -> Iterator[LossCandidate]:
    """The losses whose gradient has a fixed factor for each output: weights of samples."""
    for loss in losses:
        if len(loss.outputs) != 1 or loss.kind not in _WEIGHTED:
            continue
        shape = np.shape(values[loss.outputs[0]])
        reached = graph.reached_from(loss.outputs)
        for node in graph.nodes:
            if node.pattern != "_0 * _1":
                continue
            for one, weight in (node.operands, node.operands[::-1]):
                is_weight = weight in fixed and weight not in loss.targets and np.ndim(values[weight]) > 0
                # A slope taken of the targets is 0 where these are 0 or 1.
                is_weight = is_weight and values[weight] is not MISSING and bool(np.any(values[weight]))
                fits = is_weight and values[one] is not MISSING and np.shape(values[one]) == shape
                if fits and one in reached and _broadcasts(values[weight], shape):
                    yield LossCandidate(loss.kind, loss.outputs, loss.targets, (weight,))


def _broadcasts(weight: Any, shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(np.shape(weight), shape) == shape
    except ValueError:
        return False


def _independent(graph: Graph, group: Collection[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The pairs whose output depends on no other's: 1 - p beside p is the same output."""
    outputs = {output for output, _ in group}
    return tuple(pair for pair in group if not (graph.cone([pair[0]]) - {pair[0]}) & outputs)


def _inner(graph: Graph, output: int, active: Collection[int]) -> Iterator[int]:
    """A node, and the argument of its logarithm or small change: -log(p + 1e-9) is about p."""
    while graph.nodes[output].operands:
        yield output
        operation = ast.parse(graph.nodes[output].pattern, mode="eval").body
        inner = [operand for operand in graph.nodes[output].operands if operand in active]
        if not isinstance(operation, ast.Call | ast.UnaryOp | ast.BinOp) or len(inner) != 1:
            return
        if isinstance(operation, ast.Call) and function_name(operation) not in _PASSED:
            return
        if isinstance(operation, ast.BinOp) and not isinstance(operation.op, ast.Add | ast.Sub):
            return
        output = inner[0]


def _alike(output: Any, target: Any, pattern: str) -> bool:
    """True for an output and a target of one shape; for a row of a matrix and a target without that axis, as
    in `p - Y[n]`; or for a single output and a number if one is subtracted from the other.
    """
    if output is MISSING or target is MISSING:
        return False
    if np.ndim(target) and np.shape(output) == (1, *np.shape(target)):
        return True
    is_single = np.size(output) == 1 and not np.shape(target) and pattern in ("_0 - _1", "-_0 + _1")
    return bool(np.shape(output) == np.shape(target) or is_single)
