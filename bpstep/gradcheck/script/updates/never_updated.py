"""Weights and biases that no pass changes, although their gradient is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bpstep.gradcheck.script.judged.sample_rows import lengths_of_single_rows
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.gradcheck.script.text.text_lines import idle_update
from bpstep.gradcheck.script.updates.penalties import fitted_constants
from bpstep.script.meaning.graph import MISSING, Graph, have_one_shape
from bpstep.script.meaning.labels import Direction, direction, scale_factor
from bpstep.script.meaning.study import Explanation, Study

_MIN_BIAS = 0.01
"""A smaller single number keeps a divisor or the argument of a logarithm from being 0."""

_PRODUCTS = ("_0 @ _1", "_0 * _1")

_CELL_BY_CELL = re.compile(r"(_\d|[\d.e-]+) [-+*/] (_\d|[\d.e-]+)")

_SCALED = re.compile(r"(_\d|[\d.e-]+) [*/] (_\d|[\d.e-]+)")


@dataclass(frozen=True)
class NeverUpdated:
    """A tensor that should be updated."""

    name: str
    equation: int
    """The equation that computes its gradient or its new value; -1 if there is none."""
    line: int
    """The line where its update should be."""
    is_update: bool
    """True if the equation computes the new value, which is then lost."""
    file: str = ""
    """The file of the line; empty for the equation's file."""
    is_overwritten: bool = False
    """True if the equation replaces its gradient with something else."""
    is_only_read: bool = False
    """True if no line computes its gradient, and the equation reads it."""
    delta: str = ""
    """What the equation computes, if that is the gradient with respect to the product in which the tensor is
    a factor, or to its sum with that product, and nothing reads it.
    """
    is_one_of_list: bool = False
    """True if its update is expected only where a loop updates others like it."""
    gradient: int = -1
    """The equation that computes its gradient, if the equation reads `own` in place of that."""
    own: str = ""
    """The tensor itself, or the average that its update reads."""
    may_be_fixed: bool = False
    """True if it may be held on purpose."""
    updated_instead: str = ""
    """The tensor that the equation updates with the gradient with respect to this one; it may be that
    gradient itself.
    """
    is_second: bool = False
    """True if the equation updates that one a second time by its own gradient."""
    is_reset: bool = False
    """True if the equation sets the tensor to something that depends on no gradient."""
    is_moved: bool = False
    """True if the equation changes the tensor by something that depends on no gradient."""


def never_updated_parameters(
    study: Study, explanation: Explanation, texts: Mapping[str, Sequence[str]]
) -> Iterator[NeverUpdated]:
    """The tensors that the loss depends on, that look like weights or biases, and that are never updated.

    Those are named whose gradient or new value is computed, or whose update is in the text without any
    effect, and biases: a weight may be held on purpose. `texts` are the lines of each file.
    """
    # A loss that is computed after the updates depends on the rate, too.
    updated = {study.graph.current[name] for name in study.trained}
    forward = study.graph.cone(explanation.candidate.outputs, updated)
    for name in study.all_carried:
        if _is_gradient_times_zero(study, explanation, name):
            at = study.graph.roots.index(study.graph.current[name])
            yield NeverUpdated(name, at, study.graph.equations[at].line, False)
    for name in study.held:
        wanted = explanation.direction(study.graph.inputs[name])
        if wanted is None or study.graph.inputs[name] not in forward:
            continue
        if name in study.all_carried:
            yield from _of_carried(study, explanation, name, wanted, forward)
        else:
            yield from _of_held(study, explanation, texts, name, wanted, forward)


def _of_carried(
    study: Study, explanation: Explanation, name: str, wanted: Direction, forward: Collection[int]
) -> Iterator[NeverUpdated]:
    """What is told of a tensor whose new value does not follow its gradient."""
    graph = study.graph
    if (at := _overwriting(study, name, wanted)) >= 0:
        yield NeverUpdated(name, at, graph.equations[at].line, False, is_overwritten=True)
        return
    if graph.current[name] not in graph.roots:
        return
    found, at = _computed(study, explanation, name, forward), graph.roots.index(graph.current[name])
    gradient = found[0] if found is not None and not found[1] else -1
    averages = list(_averages_read(study, at))
    places = [(name, at, 2), *((own, place, 2) for own, place in averages)]
    # An average has nothing of the parameter itself.
    places += [(name, place, 1) for _, place in averages]
    for own, place, times in places:
        if gradient >= 0 and _count_read(study, place, own) >= times:
            line = graph.equations[place].line
            yield NeverUpdated(name, place, line, False, gradient=gradient, own=own)
            return
    line = graph.equations[at].line
    if gradient >= 0 and _is_set_anew(study, explanation, name):
        yield NeverUpdated(name, at, line, False, is_reset=True)
    elif _is_moved_alone(study, name) and (
        gradient >= 0
        or _added_as_bias(study, explanation, name) >= 0
        or _is_parameter(study, explanation, name)
    ):
        yield NeverUpdated(name, at, line, False, is_moved=True)


def _is_set_anew(study: Study, explanation: Explanation, name: str) -> bool:
    """Whether a weight or bias gets a new value that depends on nothing that changes: `b = np.zeros(n)`.

    The state of a recurrent network is not a weight: it is multiplied by one.
    """
    graph = study.graph
    changing = {graph.inputs[each] for each in (*study.all_carried, *study.data)}
    if not changing.isdisjoint(graph.cone([graph.current[name]])):
        return False
    return _added_as_bias(study, explanation, name) >= 0 or _is_weight_of_data(study, explanation, name)


def _is_moved_alone(study: Study, name: str) -> bool:
    """Whether the new value of an array depends on no other array and on nothing else that changes.

    A single number may be a count, unless all parameters are single numbers.
    """
    graph = study.graph
    has_arrays = any(np.ndim(graph.before[each]) for each in study.trained)
    others = (each for each in graph.inputs if each in study.all_carried or np.ndim(graph.before[each]))
    apart = graph.reached_from(graph.inputs[each] for each in others if each != name)
    is_count = has_arrays and not np.ndim(graph.before[name])
    return not is_count and graph.current[name] not in apart


def _count_read(study: Study, at: int, own: str) -> int:
    """How often an equation has a tensor: a second time its step or share should have another one."""
    names = [each.id for each in ast.walk(study.graph.trees[at]) if isinstance(each, ast.Name)]
    return names.count(own)


def _averages_read(study: Study, at: int) -> Iterator[tuple[str, int]]:
    """The averages that an update reads, each with the equation that gives it anew."""
    graph = study.graph
    for name in study.remembered:
        end = graph.current[name]
        if end in graph.roots and end in graph.reads[at].values():
            yield name, graph.roots.index(end)


def _of_held(
    study: Study,
    explanation: Explanation,
    texts: Mapping[str, Sequence[str]],
    name: str,
    wanted: Direction,
    forward: Collection[int],
) -> Iterator[NeverUpdated]:
    """What is told of a tensor that the pass does not carry on, if it should be updated."""
    other, at = _updated_instead(study, explanation, wanted)
    if other:
        yield NeverUpdated(name, at, study.graph.equations[at].line, False, updated_instead=other)
        return
    if _is_parameter(study, explanation, name) or _added_as_bias(study, explanation, name) >= 0:
        other, at = _updated_twice(study, name)
        if other:
            line = study.graph.equations[at].line
            yield NeverUpdated(name, at, line, False, updated_instead=other, is_second=True)
            return
    idle = ((file, idle_update(lines, name)) for file, lines in texts.items())
    file, line = next((each for each in idle if each[1]), ("", 0))
    is_expected = bool(line) or _is_parameter(study, explanation, name)
    found = _computed(study, explanation, name, forward)
    delta = _unread_delta(study, explanation, name, forward)
    beside = _added_to_trained(study, explanation, name)
    may_be = found is not None or delta >= 0 or beside >= 0
    if not is_expected and not (may_be and _is_weight_of_data(study, explanation, name)):
        return
    if found is not None:
        at, is_update = found
        stepping = -1 if is_update else _stepping(study, at)
        if stepping >= 0:
            other, line = study.graph.equations[at].name, study.graph.equations[stepping].line
            yield NeverUpdated(name, stepping, line, False, updated_instead=base_name(other))
            return
        if is_update or not line:
            file, line = "", study.graph.equations[at].line
        yield NeverUpdated(name, at, line, is_update, file)
    elif line:
        yield NeverUpdated(name, -1, line, False, file)
    elif delta >= 0:
        equation = study.graph.equations[delta]
        yield NeverUpdated(name, delta, equation.line, False, delta=equation.name)
    elif (at := _added_as_bias(study, explanation, name)) >= 0:
        # 0 would be no constant to add on purpose.
        is_fixed = bool(np.any(study.actual[study.graph.inputs[name]]))
        line = study.graph.equations[at].line
        yield NeverUpdated(name, at, line, False, is_only_read=True, may_be_fixed=is_fixed)
    elif beside >= 0 and not lengths_of_single_rows(study, explanation, study.graph.inputs[name]):
        yield NeverUpdated(name, beside, study.graph.equations[beside].line, False, is_only_read=True)
    elif _is_one_of_list(study, name) and _is_parameter(study, explanation, name):
        yield NeverUpdated(name, -1, 0, False, is_one_of_list=True)


def _is_one_of_list(study: Study, name: str) -> bool:
    """Whether an array has the name of one that is updated but for a number: `W[3]` beside `W[2]`."""
    alike = re.sub(r"\d+", "0", name)
    is_array = np.ndim(study.actual[study.graph.inputs[name]]) > 0
    return is_array and any(re.sub(r"\d+", "0", each) == alike for each in study.trained)


def _unread_delta(study: Study, explanation: Explanation, name: str, forward: Collection[int]) -> int:
    """The equation whose result is the gradient with respect to the product of a weight, or to the sum of a
    bias and a product, if nothing reads it; -1 if there is none."""
    graph = study.graph
    own = graph.parts_of([graph.inputs[name]])
    nodes = [at for at in forward if not own.isdisjoint(graph.nodes[at].operands)]
    kinds = [at for at in nodes if graph.nodes[at].pattern in (*_PRODUCTS, "_0 + _1")]
    is_array = np.ndim(study.actual[graph.inputs[name]]) > 0
    wanted = [each for each in map(explanation.direction, kinds) if each is not None and is_array]
    read = {node for reads in graph.reads for node in reads.values()}
    for at, root in enumerate(graph.roots):
        if wanted and root not in read and root not in forward and root not in study.update_cone:
            given = direction([values[root] for values in study.states])
            if any(scale_factor(given, each) for each in wanted):
                return at
    return -1


def _stepping(study: Study, at: int) -> int:
    """The equation that updates a gradient, which another one gives, in place of its parameter, as
    `db -= rate * db`; -1 if there is none."""
    graph = study.graph
    own, begun = base_name(graph.equations[at].name), graph.roots[at]
    for later in range(at + 1, len(graph.roots)):
        node = graph.nodes[graph.roots[later]]
        is_step = node.pattern in ("_0 - _1", "_0 + _1") and node.operands[0] == begun
        if is_step and base_name(graph.equations[later].name) == own:
            step = graph.cone([node.operands[1]])
            return later if begun in step else -1
    return -1


def _is_gradient_times_zero(study: Study, explanation: Explanation, name: str) -> bool:
    """True if the update has a factor that is written 0, so that the parameter never changes.

    A rate that is 0 in this iteration may be larger in a later one.
    """
    graph = study.graph
    start, end = graph.inputs[name], graph.current[name]
    if end not in graph.roots or explanation.direction(start) is None:
        return False
    if not all(np.array_equal(values[start], values[end]) for values in study.states):
        return False
    products = (node for node in ast.walk(graph.trees[graph.roots.index(end)]) if isinstance(node, ast.BinOp))
    return any(
        isinstance(node.op, ast.Mult) and isinstance(side, ast.Constant) and side.value == 0
        for node in products
        for side in (node.left, node.right)
    )


def _overwriting(study: Study, name: str, wanted: Direction) -> int:
    """The equation that overwrites a gradient with something else that the update reads; -1 if there is none.

    For instance `dU = decay * U` below `dU = hidden.T @ delta`: the parameter changes, but not by its
    gradient.
    """
    graph = study.graph
    cone = graph.cone([graph.current[name]])
    for at, root in enumerate(graph.roots):
        if root not in cone and scale_factor(direction([each[root] for each in study.states]), wanted):
            own = base_name(graph.equations[at].name)
            for later in range(at + 1, len(graph.roots)):
                if graph.roots[later] in cone and base_name(graph.equations[later].name) == own:
                    return later
    return -1


def _is_parameter(study: Study, explanation: Explanation, name: str) -> bool:
    """True if it is added to or multiplied with values that depend on the parameters, on the way to the
    output.
    """
    graph = study.graph
    forward = graph.cone(explanation.candidate.outputs)
    trained = {graph.inputs[each] for each in study.trained}
    inside = study.active - set(graph.inputs.values())
    own = graph.parts_of([graph.inputs[name]])
    for at in forward:
        node = graph.nodes[at]
        if own.isdisjoint(node.operands) or len(node.operands) < 2:
            continue
        operation = ast.parse(node.pattern, mode="eval").body
        others = set(node.operands) - own
        if isinstance(operation, ast.BinOp) and not isinstance(operation.op, ast.Div | ast.Pow):
            return bool(others & inside) and not others & trained
    return False


def _updated_instead(study: Study, explanation: Explanation, wanted: Direction) -> tuple[str, int]:
    """The parameter that a step along another's gradient is added to, and the equation; empty for none.

    It may follow its own gradient by another step.
    """
    graph = study.graph
    for name in study.trained:
        start, at = graph.inputs[name], graph.current[name]
        own = explanation.direction(start)
        while at != start and graph.nodes[at].pattern in ("_0 - _1", "_0 + _1"):
            before, step = graph.nodes[at].operands
            given = direction([each[step] for each in study.states])
            if scale_factor(given, wanted) and not scale_factor(given, own):
                return (name, graph.roots.index(at)) if at in graph.roots else ("", -1)
            at = before
    return "", -1


def _updated_twice(study: Study, name: str) -> tuple[str, int]:
    """The parameter that the same step is taken from twice, and the equation that should update another one
    in place of it; empty for none.

    Updates are mostly in the order in which the forward pass reads the parameters, or in the reverse order.
    """
    graph = study.graph
    for other in study.trained:
        start, at = graph.inputs[other], graph.current[other]
        places: dict[int, list[int]] = {}
        while at != start and graph.nodes[at].pattern in ("_0 - _1", "_0 + _1") and at in graph.roots:
            before, step = graph.nodes[at].operands
            places.setdefault(step, []).append(graph.roots.index(at))
            at = before
        for twice in places.values():
            if at == start and len(twice) > 1:
                return other, max(twice, key=lambda place: _are_in_order(study, {place: name}))
    return "", -1


def _are_in_order(study: Study, instead: Mapping[int, str]) -> bool:
    """Whether updates are in the order in which the parameters are read, with some of other parameters."""
    graph = study.graph
    first = {each: min(_readers(study, each), default=0) for each in (*study.trained, *study.held)}
    updated = (
        instead.get(at) or base_name(each.name)
        for at, each in enumerate(graph.equations)
        if base_name(each.name) in study.trained
    )
    order = [first[each] for each in updated]
    return order in (sorted(order), sorted(order, reverse=True))


def _readers(study: Study, name: str) -> list[int]:
    """The operations that read a tensor from before the pass."""
    start = study.graph.inputs[name]
    return [at for at, node in enumerate(study.graph.nodes) if start in node.operands]


def _is_weight_of_data(study: Study, explanation: Explanation, name: str) -> bool:
    """True if it is held while the data that it is multiplied with are new in each pass, or if every output
    depends on all of it, while the outputs of a sample depend on its own data alone.

    The gradient with respect to the data is computed in many right scripts, and nothing reads it.
    """
    if _meets_new_data(study, explanation, name):
        return True
    starts = study.graph.inputs
    if lengths_of_single_rows(study, explanation, starts[name]):
        return False
    others = (each for each in dict.fromkeys((*study.data, *study.held)) if each != name)
    return any(lengths_of_single_rows(study, explanation, starts[each]) for each in others)


def _meets_new_data(study: Study, explanation: Explanation, name: str) -> bool:
    """True if the forward pass multiplies it with data that each pass gets anew."""
    graph = study.graph
    own = graph.parts_of([graph.inputs[name]])
    new = (graph.inputs[each] for each in study.data if each not in study.held)
    given = graph.reached_from(new) & study.fixed
    forward = (graph.nodes[at] for at in graph.cone(explanation.candidate.outputs))
    products = (node for node in forward if node.pattern in _PRODUCTS and not own.isdisjoint(node.operands))
    return any(given.intersection(node.operands) for node in products)


def _added_as_bias(study: Study, explanation: Explanation, name: str) -> int:
    """The equation that adds it to a product with parameters, as a row, a column or a number; -1 if none.

    A small number, as in `variance + eps`, is not a bias, and neither is one without a gradient.
    """
    graph = study.graph
    start = graph.inputs[name]
    value = study.actual[start]
    # One number for each sample is data.
    widths = {size for each in study.trained for size in np.shape(study.actual[graph.inputs[each]])}
    sizes = [size for size in np.shape(value) if size > 1]
    is_line = len(sizes) <= 1 and widths.issuperset(sizes)
    is_small = not np.ndim(value) and 0 < abs(value) < _MIN_BIAS
    is_bias = is_line and not is_small
    if not is_bias or study.is_flat(start, explanation.backward, explanation.gradients):
        return -1
    forward = graph.cone(explanation.candidate.outputs)
    for at in sorted(forward):
        node = graph.nodes[at]
        if node.pattern == "_0 + _1" and start in node.operands:
            other = sum(node.operands) - start
            shape = np.shape(study.actual[at])
            if shape == np.shape(study.actual[other]) and study.is_product(other):
                return node.equation
    return -1


def _added_to_trained(study: Study, explanation: Explanation, name: str) -> int:
    """The equation that multiplies it with a layer's inputs, where the product is added to a bias that is
    trained or to such a product of trained weights; -1 if there is none.

    Weights that are held on purpose are those of a whole layer.
    """
    graph = study.graph
    own = graph.parts_of([graph.inputs[name]])
    trained = graph.parts_of(graph.inputs[each] for each in study.trained)
    for at in sorted(graph.cone(explanation.candidate.outputs)):
        terms = list(_terms(graph, at))
        factors = {term: _factors(study, term) for term in terms if len(terms) > 1}
        beside = {term for term, read in factors.items() if term in trained or trained & read}
        found = next(
            (
                term
                for term, read in factors.items()
                if own & read and term not in beside and not _has_scaled_weight(study, term, trained)
            ),
            -1,
        )
        if found >= 0 and beside:
            return graph.nodes[found].equation
    return -1


def _has_scaled_weight(study: Study, term: int, trained: Collection[int]) -> bool:
    """Whether a factor of a product is a trained weight, computed with something cell by cell: times a mask,
    or plus a share of its velocity."""
    nodes, values = study.graph.nodes, study.actual
    waiting = list(nodes[term].operands)
    while waiting:
        at = waiting.pop()
        # A vector may be a layer's result, of which the bias is a term.
        is_matrix = np.ndim(values[at]) > 1
        if (_CELL_BY_CELL if is_matrix else _SCALED).fullmatch(nodes[at].pattern):
            alike = [each for each in nodes[at].operands if np.shape(values[each]) == np.shape(values[at])]
            if set(alike) & set(trained):
                return True
            waiting += alike
    return False


def _terms(graph: Graph, at: int) -> Iterator[int]:
    """The terms of a sum, in any number of additions."""
    if graph.nodes[at].pattern == "_0 + _1":
        for each in graph.nodes[at].operands:
            yield from _terms(graph, each)
    else:
        yield at


def _factors(study: Study, at: int) -> set[int]:
    """The factors of a product that adds up inputs by weights: of a matrix product or a sum of products, and
    where all parameters are single numbers, of any product."""
    graph = study.graph
    node = graph.nodes[at]
    is_sum = node.pattern.startswith("sum(")
    if is_sum:
        node = graph.nodes[node.operands[0]]
    is_of_numbers = not any(np.ndim(study.actual[graph.inputs[each]]) for each in study.trained)
    if node.pattern != "_0 @ _1" and not (node.pattern == "_0 * _1" and (is_sum or is_of_numbers)):
        return set()
    return set(node.operands)


def _computed(
    study: Study, explanation: Explanation, name: str, forward: Collection[int]
) -> tuple[int, bool] | None:
    """The equation that computes its new value, or only its gradient, maybe with a penalty, if no update
    reads that.

    A part of the loss does not count as a gradient, although it is the gradient with respect to a number it
    is multiplied with.
    """
    graph = study.graph
    start = graph.inputs[name]
    olds = [values[start] for values in study.states]
    gradients = [each.get(start, MISSING) for each in explanation.gradients]
    wanted = direction(gradients)
    for is_update in (True, False):
        for at, root in enumerate(graph.roots):
            values = [each[root] for each in study.states]
            if root in study.update_cone or root in forward or root == start:
                continue
            if not all(map(have_one_shape, values, olds)):
                continue
            if is_update and start not in graph.reads[at].values() and not any(map(np.any, olds)):
                # Beside zeros a gradient looks like a new value.
                continue
            given = direction([v - o for v, o in zip(values, olds)] if is_update else values)
            if scale_factor(given, wanted):
                return at, is_update
            # Two constants turn any numbers into a few others.
            may_fit = not is_update and np.ndim(olds[0]) > 0
            fitted = fitted_constants(values, gradients, olds) if may_fit else None
            if fitted is not None and fitted[0]:
                return at, is_update
    return None
