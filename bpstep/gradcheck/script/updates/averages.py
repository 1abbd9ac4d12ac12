"""An optimiser's memory of earlier gradients: averages whose weights, sign or correction are wrong.

These lines compute no gradient, and the steps they lead to go downhill all the same: a line is compared with
itself. `m = b1 * m + (1 - b1) * g` is an average, `m / (1 - b1**t)` is corrected for the start at 0.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

import numpy as np

from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck.script.repairs.equation_changes import EquationChange
from bpstep.gradcheck.script.text.equation_trees import base_name, short_text
from bpstep.gradcheck.script.updates.memory_sums import (
    MemorySum,
    before_root,
    earlier_values,
    has_root_taken,
    memory_sum,
    number_read,
    product_factors,
    share_kept,
    terms_of,
    value_read,
)
from bpstep.lang.substitution import rebuilt, replaced, with_name
from bpstep.lang.trees import function_name
from bpstep.script.meaning.graph import MISSING, Fixed, have_one_shape
from bpstep.script.meaning.study import Matches, Study

_SAME = 1e-9
"""Rates that differ by less are one."""


@dataclass(frozen=True)
class WrongAverage:
    """A wrong equation of an optimiser, and the change that puts it right."""

    equation: int
    change: EquationChange
    parameters: tuple[str, ...]
    """The parameters whose new values depend on it."""

    def right(self, written: str) -> str:
        """The statement with the other rate; empty if the rate's place is unknown."""
        given, expected = self.change.same.split(" ")
        rate = re.compile(rf"(\b1(?:\.0)?\s*-\s*)((?:\w+\.)*){re.escape(given)}\b")
        return rate.sub(rf"\g<1>\g<2>{expected}", written) if len(rate.findall(written)) == 1 else ""


@dataclass(frozen=True)
class _Average:
    """A tensor computed from a share of itself and a share of something new."""

    equation: int
    decay: ast.expr
    """The share of the old value that is kept."""


def wrong_averages(study: Study, matches: Matches, steps: Mapping[str, float]) -> Iterator[WrongAverage]:
    """The wrong lines among those that average gradients, for parameters that follow their gradients.

    `steps` are the parameters' steps in units of their gradients: positive where a parameter goes uphill.
    """
    graph = study.graph
    averages: dict[int, _Average] = {}
    squares: set[int] = set()
    for at, root in enumerate(graph.roots):
        parameters = tuple(name for name in matches.found if root in study.cones[name])
        if root not in study.update_cone or not parameters:
            continue
        change = (
            _wrong_sign(study, at, steps[parameters[0]] > 0)
            or _wrong_new_sign(study, at, matches)
            or _wrong_square(study, at, matches)
            or _overwritten_square(study, at, matches)
            or _overwritten_average(study, at)
            or _wrong_weight(study, at, averages)
            or _wrong_share(study, at)
            or _wrong_correction(study, at, averages, matches)
            or _missing_correction(study, at, averages)
            or _wrong_divisor(study, at, squares)
        )
        if _adds_squares(study, at, matches):
            squares.add(root)
        if change is not None:
            yield WrongAverage(at, change, parameters)


def _wrong_sign(study: Study, at: int, is_uphill: bool) -> EquationChange | None:
    """The change for a velocity that subtracts a share of its old value: `v = lr * g - mu * v`.

    If the parameter goes uphill with it, the gradient has the wrong sign too.
    """
    tree, found = study.graph.trees[at], memory_sum(study, at)
    if found is None or found.kept is None or not isinstance(tree, ast.BinOp):
        return None
    if not -1 < found.old.sign * found.kept < 0:
        return None
    if isinstance(tree.op, ast.Sub) and found.old.tree is tree.right:
        if is_uphill:
            turned = partial(ast.BinOp, tree.right, ast.Sub(), tree.left)
            return EquationChange.undoing(Mistake.DIFFERENCE_TURNED.named(), turned)
        added = partial(ast.BinOp, tree.left, ast.Add(), tree.right)
        mistake = Mistake.SUBTRACTED.named(part=short_text(tree.right))
        return EquationChange.undoing(mistake, added)
    if isinstance(found.decay, ast.UnaryOp):
        changed = partial(replaced, tree, found.decay, found.decay.operand)
        return EquationChange.undoing(Mistake.SIGN.named(), changed)
    return None


def _wrong_new_sign(study: Study, at: int, matches: Matches) -> EquationChange | None:
    """The change of an average that takes the new gradient away, `m = b * m - (1 - b) * g`, where the update
    subtracts it like a gradient; or of a velocity that adds it where the update adds the velocity."""
    graph, tree, found = study.graph, study.graph.trees[at], memory_sum(study, at)
    if found is None or not isinstance(tree, ast.BinOp) or found.old.sign < 0:
        return None
    new = found.new
    numbers = [number_read(study, at, each) for each in new.factors]
    weights = [each for each in numbers if each is not None]
    is_average = found.kept is not None and len(weights) == 1 and abs(weights[0] + found.kept - 1) < 1e-9
    nodes = [graph.places[at].get(id(each)) for each in new.factors]
    labels = [one for node in nodes if node is not None for one in matches.labels.get(node, ())]
    if not labels or labels[0][1] < 0:
        return None
    if new.sign > 0:
        # The rate is in the velocity, and an update of several terms says how that is used.
        is_velocity = bool(weights) and not is_average and _is_in_long_sum(study, at)
        if not is_velocity or not _moves_with(study, at, 1):
            return None
        mistake = Mistake.ADDED.named(part=short_text(new.tree))
        return EquationChange.undoing(mistake, partial(ast.BinOp, found.old.tree, ast.Sub(), new.tree))
    # Without a rate of its own, the velocity is a sum of gradients, and the update has the rate and the sign.
    if not (is_average or not weights) or not _moves_with(study, at, -1):
        return None
    changed = partial(ast.BinOp, tree.left, ast.Add(), tree.right)
    return EquationChange.undoing(Mistake.SUBTRACTED.named(part=short_text(tree.right)), changed)


def _is_in_long_sum(study: Study, at: int) -> bool:
    """Whether an equation that reads this one's result is a sum of more than two terms."""
    graph, root = study.graph, study.graph.roots[at]
    readers = [each for each, reads in enumerate(graph.reads) if root in reads.values()]
    return any(len(terms_of(graph.trees[each])) > 2 for each in readers)


def _moves_with(study: Study, at: int, sign: int) -> bool:
    """Whether every parameter that is updated with what an equation gives goes up where that is larger, or
    for a negative sign down.
    """
    graph, root = study.graph, study.graph.roots[at]
    found: list[bool] = []
    for name in study.trained:
        end = graph.current[name]
        if root not in study.cones[name]:
            continue
        for values in study.states:
            after = graph.again(values, {root: Fixed(values[root] * 1.01)})[end]
            if not have_one_shape(after, values[root]):
                return False
            found.append(sign * float(np.sum((after - values[end]) * values[root])) > 0)
    return bool(found) and all(found)


def _wrong_square(study: Study, at: int, matches: Matches) -> EquationChange | None:
    """The change for an average or a sum whose root is taken: it should be of squares of gradients, and add
    them."""
    graph, tree, root = study.graph, study.graph.trees[at], study.graph.roots[at]
    terms, own = terms_of(tree), base_name(graph.equations[at].name)
    kept = [term for term in terms if isinstance(term.tree, ast.Name) and base_name(term.tree.id) == own]
    others, found = [term for term in terms if term not in kept], memory_sum(study, at)
    # Squares that are added up are kept whole.
    pairs = [(found.old, found.new)] if found else [*zip(kept, others)] if len(terms) == 2 else []
    if not pairs or not has_root_taken(study, root):
        return None
    ((old, new),) = pairs
    if new.sign < 0:
        added = partial(ast.BinOp, old.tree, ast.Add(), new.tree)
        return EquationChange.undoing(Mistake.SUBTRACTED.named(part=short_text(new.tree)), added)
    node = graph.places[at].get(id(new.tree))
    values = [] if node is None else [each[node] for each in study.states]
    factors = [each for each in new.factors if np.shape(value_read(study, at, each))]
    if len(factors) != 1:
        return None
    (given,) = factors
    inner = given.args[0] if isinstance(given, ast.Call) and function_name(given) == "abs" else given
    is_size = inner is not given and graph.places[at].get(id(inner)) in matches.labels
    has_negative = any(value is not MISSING and np.shape(value) and np.min(value) < 0 for value in values)
    if not is_size and not has_negative:
        return None
    square = ast.BinOp(inner, ast.Pow(), ast.Constant(2))
    mistake = Mistake.NOT_SQUARED.named(given=short_text(given), expected=short_text(square))
    return EquationChange.undoing(mistake, partial(replaced, tree, given, square))


def _overwritten_square(study: Study, at: int, matches: Matches) -> EquationChange | None:
    """The change for a memory of squares, whose root is taken, that is the last square alone: `s = g**2`."""
    graph, tree = study.graph, study.graph.trees[at]
    terms, own = terms_of(tree), base_name(graph.equations[at].name)
    numbers = [each for each in terms[0].factors if number_read(study, at, each) is not None]
    squares = [each for each in terms[0].factors if each not in numbers]
    if len(terms) != 1 or len(numbers) > 1 or not _is_square(study, at, squares, matches):
        return None
    if not np.shape(study.actual[graph.roots[at]]) or not has_root_taken(study, graph.roots[at]):
        return None
    if not numbers:
        added = partial(ast.BinOp, ast.Name(own, ast.Load()), ast.Add(), tree)
        return EquationChange.undoing(Mistake.OVERWRITTEN.named(name=own), added)
    return _with_share_kept(tree, numbers[0], own)


def _overwritten_average(study: Study, at: int) -> EquationChange | None:
    """The change for an average that keeps nothing of itself and is corrected for its start at 0, as
    `m = (1 - b1) * g` beside `m / (1 - b1**t)`."""
    (term, *others), own = terms_of(study.graph.trees[at]), base_name(study.graph.equations[at].name)
    weights = [(each, one) for each in term.factors if (one := number_read(study, at, each)) is not None]
    if others or len(weights) != 1 or not _is_corrected(study, at, 1 - weights[0][1]):
        return None
    return _with_share_kept(term.tree, weights[0][0], own)


def _with_share_kept(tree: ast.expr, weight: ast.expr, own: str) -> EquationChange:
    """The change that adds the rest of an average, of which only the weighted new value is there."""
    rest = _one_minus(weight) or ast.BinOp(ast.Constant(1), ast.Sub(), weight)
    if isinstance(weight, ast.Constant):
        rest = ast.Constant(round(1 - weight.value, 9))  # type: ignore[arg-type, operator]
    kept = ast.BinOp(rest, ast.Mult(), ast.Name(own, ast.Load()))
    mistake = Mistake.TERM_MISSING.named(part=short_text(kept))
    return EquationChange.undoing(mistake, partial(ast.BinOp, kept, ast.Add(), tree))


_CURVATURE = re.compile("fisher|hess|curv|precond", re.IGNORECASE)
"""Names of averages that a step is divided by as they are."""


def _adds_squares(study: Study, at: int, matches: Matches) -> bool:
    """Whether an equation averages or adds up the squares of a gradient."""
    graph, own = study.graph, base_name(study.graph.equations[at].name)
    terms = terms_of(graph.trees[at])
    new = [
        term
        for term in terms
        if share_kept(study, at, term) is None
        and not (isinstance(term.tree, ast.Name) and base_name(term.tree.id) == own)
    ]
    if len(terms) != 2 or len(new) != 1 or new[0].sign < 0 or _CURVATURE.search(own):
        return False
    return _is_square(study, at, new[0].factors, matches)


def _is_square(study: Study, at: int, factors: Sequence[ast.expr], matches: Matches) -> bool:
    """Whether the square of a gradient is among the factors of a product."""
    squared = []
    for factor in factors:
        match factor:
            case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=2)):
                squared.append(base)
            case ast.Call(func=ast.Name(id="square"), args=[base]):
                squared.append(base)
    texts = [short_text(each) for each in factors]
    squared += [each for each, text in zip(factors, texts) if texts.count(text) == 2]
    return any(study.graph.places[at].get(id(each)) in matches.labels for each in squared)


def _wrong_divisor(study: Study, at: int, squares: Set[int]) -> EquationChange | None:
    """The change for a step that is divided by an average of squares without its root: `m / (v + 1e-8)`."""
    graph, tree = study.graph, study.graph.trees[at]
    kept = before_root(study, squares) if squares else set()
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Div(), right=divisor):
                is_sum = isinstance(divisor, ast.BinOp) and isinstance(divisor.op, ast.Add)
                part = divisor.left if is_sum else divisor  # type: ignore[attr-defined]
                if graph.places[at].get(id(part)) in kept:
                    root = ast.Call(ast.Name("sqrt", ast.Load()), [part], [])
                    mistake = Mistake.SHOULD_BE.named(given=short_text(part), expected=short_text(root))
                    return EquationChange.undoing(mistake, partial(replaced, tree, part, root))
    return None


def _wrong_weight(study: Study, at: int, averages: dict[int, _Average]) -> EquationChange | None:
    """The change for an average whose two weights belong to two rates, `m = b1 * m + (1 - b2) * g`, or are
    exchanged: `m = (1 - b1) * m + b1 * g` beside `m / (1 - b1**t)`."""
    found = memory_sum(study, at)
    if found is None:
        return None
    averages[study.graph.roots[at]] = _Average(at, found.decay)
    for factor in found.new.factors:
        if _is_exchanged(study, at, found, factor):
            averages[study.graph.roots[at]] = _Average(at, factor)
            exchanged = partial(_exchanged, study.graph.trees[at], found.decay, factor)
            mistake = Mistake.SHOULD_BE.named(given=short_text(found.decay), expected=short_text(factor))
            return EquationChange.undoing(mistake, exchanged)
    for factor in found.new.factors:
        rest = _one_minus(factor)
        if rest is not None and _differ(study, at, rest, found.decay):
            given, expected = short_text(rest), short_text(found.decay)
            mistake = Mistake.AVERAGE_WEIGHTS.named(given=given, expected=expected)
            changed = partial(replaced, study.graph.trees[at], rest, found.decay)
            return EquationChange.undoing(mistake, changed, same=f"{given} {expected}")
    return None


def _is_exchanged(study: Study, at: int, found: MemorySum, factor: ast.expr) -> bool:
    """Whether a weight of the new value is the share of the old one for which the average is corrected."""
    weight = number_read(study, at, factor)
    if weight is None or found.kept is None or abs(found.kept + weight - 1) > _SAME:
        return False
    return found.kept < weight and _is_corrected(study, at, weight)


def _exchanged(tree: ast.expr, one: ast.expr, other: ast.expr) -> ast.expr:
    changed: ast.expr = rebuilt(tree, lambda node: other if node is one else one if node is other else None)
    return changed


def _wrong_share(study: Study, at: int) -> EquationChange | None:
    """The change for an average that takes in the new value with another share than the old value leaves, as
    in `m = b1 * m + b1 * g`: one that is corrected for its start at 0, or whose root is taken."""
    found = memory_sum(study, at)
    if found is None or found.old.sign < 0 or found.new.sign < 0:
        return None
    kept, new = found.kept, found.new
    if kept is None or not 0.5 < kept < 1:
        return None
    is_corrected = _is_corrected(study, at, kept)
    rest: ast.expr = ast.BinOp(ast.Constant(1), ast.Sub(), found.decay)
    for factor in new.factors:
        given = _one_plus(factor)
        if given is not None and number_read(study, at, given) == kept:
            mistake = Mistake.ADDED.named(part=short_text(given))
            return EquationChange.undoing(mistake, partial(replaced, study.graph.trees[at], factor, rest))
    weights = [each for each in new.factors if number_read(study, at, each) is not None]
    same = [each for each in weights if number_read(study, at, each) == kept]
    match found.decay, weights:
        case ast.Constant(), [ast.Constant(value=float(weight))] if (
            is_corrected and abs(kept + weight - 1) > 1e-9
        ):
            rest, same = ast.Constant(round(1 - kept, 9)), weights
    if len(same) == 1 and (is_corrected or has_root_taken(study, study.graph.roots[at])):
        mistake = Mistake.AVERAGE_SHARE.named(given=short_text(same[0]), expected=short_text(rest))
        return EquationChange.undoing(mistake, partial(replaced, study.graph.trees[at], same[0], rest))
    if is_corrected and not weights:
        weighted = ast.BinOp(rest, ast.Mult(), new.tree)
        mistake = Mistake.FACTOR_MISSING.named(part=short_text(rest))
        return EquationChange.undoing(mistake, partial(replaced, study.graph.trees[at], new.tree, weighted))
    return None


def _is_corrected(study: Study, at: int, kept: float, within: Set[int] | None = None) -> bool:
    """Whether an equation, one of those `within`, divides an average by 1 less a power of its share of the
    old value."""
    graph, root = study.graph, study.graph.roots[at]
    for reader, reads in enumerate(graph.reads):
        is_meant = root in reads.values() and (within is None or graph.roots[reader] in within)
        for node in ast.walk(graph.trees[reader]) if is_meant else ():
            match node:
                case ast.BinOp(left=left, op=ast.Div(), right=right) if (
                    root in dict(_names_in_product(left, reads)).values()
                ):
                    power = _power(_one_minus(right))
                    rate = None if power is None else number_read(study, reader, power.left)
                    if rate is not None and abs(rate - kept) < _SAME:
                        return True
    return False


def _wrong_correction(
    study: Study, at: int, averages: Mapping[int, _Average], matches: Matches
) -> EquationChange | None:
    """The change for a correction by another rate than the average's, `m / (1 - b2**t)`, or without a power:
    `m / (1 - b1)`."""
    graph, tree = study.graph, study.graph.trees[at]
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                power = _one_minus(right)
                divided = {each: name for name, each in _names_in_product(left, graph.reads[at])}
                root = next((each for each in divided if each in averages), -1)
                if root < 0:
                    continue
                average, name = averages[root], divided[root]
                kept = number_read(study, average.equation, average.decay)
                added = _power(_one_plus(right))
                if added is not None and number_read(study, at, added.left) == kept:
                    mistake = Mistake.ADDED.named(part=short_text(added))
                    less = ast.BinOp(ast.Constant(1), ast.Sub(), added)
                    return EquationChange.undoing(mistake, partial(replaced, tree, right, less))
                if power is None:
                    continue
                counted = _times_count(study, at, power, kept)
                is_number = isinstance(power, ast.Name | ast.Constant)
                if counted is not None or (is_number and number_read(study, at, power) == kept):
                    rate, count = counted or (power, ast.Name(_count_of_updates(study) or "t", ast.Load()))
                    raised = ast.BinOp(rate, ast.Pow(), count)
                    mistake = Mistake.CORRECTION_POWER.named(
                        given=short_text(right),
                        expected=short_text(ast.BinOp(ast.Constant(1), ast.Sub(), raised)),
                    )
                    return EquationChange.undoing(mistake, partial(replaced, tree, power, raised))
                if not isinstance(power, ast.BinOp) or not isinstance(power.op, ast.Pow):
                    continue
                rate = power.left
                if _differ(study, at, rate, average.decay):
                    mistake = Mistake.AVERAGE_CORRECTION.named(
                        name=base_name(name),
                        given=short_text(rate),
                        expected=short_text(average.decay),
                    )
                    changed = partial(replaced, tree, rate, average.decay)
                    same = f"{short_text(rate)} {short_text(average.decay)}"
                    return EquationChange.undoing(mistake, changed, same=same)
                expected = _right_count(study, at, power)
                if expected is not None and not _looks_ahead(study, at, averages, matches):
                    raised = ast.BinOp(rate, ast.Pow(), expected)
                    mistake = Mistake.CORRECTION_POWER.named(
                        given=short_text(power), expected=short_text(raised)
                    )
                    return EquationChange.undoing(mistake, partial(replaced, tree, power, raised))
    return None


def _right_count(study: Study, at: int, power: ast.BinOp) -> ast.expr | None:
    """The exponent of a correction in place of one that is not 1 in the first update, before which all
    averages are 0: t for `t + 1` where t begins at 1, `t + 1` for t where it begins at 0."""
    sums = (each for each in range(len(study.graph.roots)) if memory_sum(study, each) is not None)
    earlier = (study.actual[node] for each in sums for node in earlier_values(study, each))
    given = number_read(study, at, power.right)
    if given not in (0, 2) or any(map(np.any, earlier)):
        return None
    match power.right:
        case ast.BinOp(left=count, op=ast.Add(), right=ast.Constant(value=1)) if given:
            return count
    return ast.BinOp(power.right, ast.Sub() if given else ast.Add(), ast.Constant(1))


def _looks_ahead(study: Study, at: int, averages: Mapping[int, _Average], matches: Matches) -> bool:
    """Whether a step with an average takes the gradient beside it too, as Nadam does: the average there is
    that of the next update."""
    graph = study.graph
    # An average that begins as 0 is a multiple of the gradient itself.
    averaged = graph.reached_from(averages)
    return any(
        node in graph.cone([graph.current[name]], set(averages)) - averaged
        for name, found in matches.found.items()
        for node, _ in found
        if graph.roots[at] in study.cones[name]
    )


def _missing_correction(study: Study, at: int, averages: Mapping[int, _Average]) -> EquationChange | None:
    """The change for an average that a step takes as it is, where it takes the other one corrected for its
    start at 0, as with `sqrt(v)` beside `m / (1 - b1**t)`."""
    graph, tree, root = study.graph, study.graph.trees[at], study.graph.roots[at]
    cones = [study.cones[name] for name in study.trained if root in study.cones[name]]
    step = [(each, one) for each, one in averages.items() if cones and each in cones[0]]
    if root in averages or len(step) != 2 or not any(has_root_taken(study, each) for each, _ in step):
        return None

    def is_corrected(average: _Average) -> bool:
        kept = number_read(study, average.equation, average.decay)
        return kept is not None and _is_corrected(study, average.equation, kept, study.update_cone)

    names = {node: name for name, node in graph.reads[at].items()}
    for (bare, average), (_, other) in (step, step[::-1]):
        if bare in names and is_corrected(other) and not is_corrected(average):
            count = ast.Name(_count_of_updates(study), ast.Load())
            rest = ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(average.decay, ast.Pow(), count))
            whole = ast.BinOp(ast.Name(names[bare], ast.Load()), ast.Div(), rest)
            mistake = Mistake.CORRECTION_MISSING.named(name=base_name(names[bare]))
            return EquationChange.undoing(mistake, partial(with_name, tree, names[bare], whole))
    return None


def _names_in_product(tree: ast.expr, reads: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The tensors among the factors of a product, as in `rate * m`, each with its node."""
    for factor in product_factors(tree):
        if isinstance(factor, ast.Name) and factor.id in reads:
            yield factor.id, reads[factor.id]


def _power(tree: ast.expr | None) -> ast.BinOp | None:
    return tree if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow) else None


def _one_plus(tree: ast.expr) -> ast.expr | None:
    """What is added to 1, as in `1 + rate**t`; None for another expression."""
    match tree:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Add(), right=right):
            return right
    return None


def _times_count(
    study: Study, at: int, tree: ast.expr, kept: float | None
) -> tuple[ast.expr, ast.expr] | None:
    """The rate and the count of a product of both, `b1 * t`; None for any other expression."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Mult) and kept is not None:
        for rate, count in ((tree.left, tree.right), (tree.right, tree.left)):
            times = number_read(study, at, count)
            if number_read(study, at, rate) == kept and times is not None and times >= 1 and times % 1 == 0:
                return rate, count
    return None


def _count_of_updates(study: Study) -> str:
    """The name of the exponent in another correction; empty if there is none."""
    for tree in study.graph.trees:
        for node in ast.walk(tree):
            power = _one_minus(node) if isinstance(node, ast.expr) else None
            match power:
                case ast.BinOp(op=ast.Pow(), right=ast.Name(id=name)):
                    return name
    return ""


def _one_minus(tree: ast.expr) -> ast.expr | None:
    match tree:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=right):
            return right
    return None


def _differ(study: Study, at: int, one: ast.expr, other: ast.expr) -> bool:
    """Whether two rates, both between 0 and 1, are different numbers."""
    a, b = number_read(study, at, one), number_read(study, at, other)
    if b is None and isinstance(other, ast.Name):
        # A rate that another equation reads.
        node = study.graph.names_before(at).get(other.id)
        b = None if node is None else float(study.actual[node])
    return a is not None and b is not None and 0 < a < 1 and 0 < b < 1 and abs(a - b) > 1e-9
