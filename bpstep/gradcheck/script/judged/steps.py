"""How closely each parameter follows its gradient, and which line gives it another sign or count of
samples.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bpstep.gradcheck.script.judged.start_states import at_start
from bpstep.script.meaning.graph import MISSING, Fixed, Values, have_one_shape
from bpstep.script.meaning.labels import change_direction, scale_factor
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.study import Explanation, Matches, Study

_TOLERANCE = 1e-6

_NOISE = 1e-9
"""The relative size of a rounding error."""

_MIN_EFFECT = 1e-5
"""A gradient larger by one per cent makes a step so much larger at least, unless the step is divided by the
gradient's size: then only what guards the divisor against 0 has an effect.
"""


@dataclass(frozen=True)
class Deviation:
    """A line that gives a gradient another constant than the rest of the script."""

    equation: int
    ratio: float
    """The line's result divided by the right one: -1, m or 1/m for m samples, or another multiple."""
    parameters: tuple[str, ...]
    others: tuple[int, ...] = ()
    """All lines that may give it, in order, if several pass the gradient on."""


@dataclass(frozen=True)
class _Line:
    """An equation between the loss and a parameter, and its scaling of the gradient."""

    equation: int
    role: str
    """source, delta, gradient, passed (a gradient that is read from another line), average or update."""
    gain: float


class Steps:
    """The steps of a pass in which every parameter follows its gradient."""

    def __init__(
        self,
        study: Study,
        explanation: Explanation,
        matches: Matches,
        states: Sequence[Values],
        scale: float | None = None,
    ) -> None:
        """`scale` is the loss relative to the one that the script computes; None if it computes none."""
        self._scale = scale
        self._study, self._graph = study, study.graph
        self._explanation, self._matches = explanation, matches
        self.states = states
        """The values of the pass in each state, with the repairs applied."""
        self.constants = self._constants()
        """For each parameter its step in units of the gradient.

        If no step is a constant multiple, the factor of the script's gradient, with the sign of the step. If
        only some are not, these have the sign of their own step and the size of the median of the others.
        """
        self._lines_by_name: dict[str, list[_Line]] = {}

    def _constants(self) -> dict[str, float]:
        steps = {
            name: self._step(name) or self._known(name) or self._response(name)
            for name in self._matches.found
        }
        told = sorted(abs(step) for step in steps.values() if step)
        if told:
            # A step that is clipped, or a sign, does not tell whether the rate is in it.
            usual = told[len(told) // 2]
            return {name: step or self._descent(name) * usual for name, step in steps.items()}
        factors = self._factors()
        return {name: self._descent(name) * abs(factors[name]) for name in self._matches.found}

    def _factors(self) -> dict[str, float]:
        """For each parameter the multiple of its gradient that is computed last.

        Where only some of the updates multiply one by the rate, as beside a clipped one, it is the one that
        the update reads.
        """
        graph, found = self._graph, self._matches.found
        read = {
            name: [
                (node, constant)
                for node, constant in nodes
                if graph.nodes[node].equation != self._update(name)
            ]
            for name, nodes in found.items()
        }
        is_same_place = len({read[name] == list(nodes) for name, nodes in found.items()}) == 1
        last = found if is_same_place or not all(read.values()) else read
        return {name: nodes[-1][1] for name, nodes in last.items()}

    def _known(self, name: str) -> float:
        """The multiple of its gradient in a parameter's step, where no equation computes the gradient alone.

        0 for any other parameter.
        """
        node, constant = self._matches.found[name][0]
        return constant if node == self._graph.current[name] else 0.0

    def is_growing(self, name: str) -> bool:
        """Whether a parameter's own share in such a step makes it grow while it goes down the gradient."""
        if not self._known(name) or self._step(name):
            return False
        down, own = self._study.step_with_decay(name, self._explanation, self.states)
        return down < 0 < own

    def is_multiple(self, name: str) -> bool:
        """Whether a parameter changes by a constant multiple of its gradient, maybe beside a decay."""
        return bool(self._step(name) or self._known(name))

    def _step(self, name: str) -> float:
        """The change of a parameter in units of its gradient; 0 if it is not a constant multiple."""
        start, end = self._graph.inputs[name], self._graph.current[name]
        return self._constant(name, [(values[start], values[end]) for values in self.states])

    def _response_at(self, name: str, root: int) -> float:
        """By how much an equation's result changes with a parameter's gradient, in units of it; 0 if that is
        no constant."""
        return self._constant(name, list(self._moved(name, root, self.states))) * 100

    def _response(self, name: str) -> float:
        """By how much a parameter changes with its gradient, in units of it; 0 if that is not a constant.

        So the rate is found even if the step has other terms: momentum, weight decay.
        """
        return self._response_at(name, self._graph.current[name])

    def _moved(self, name: str, root: int, states: Sequence[Values]) -> Iterator[tuple[Any, Any]]:
        """A result in each state, and the same for a gradient of a parameter larger by one per cent."""
        node = self._matches.found[name][0][0]
        for values in states:
            moved = self._graph.again(values, {node: Fixed(values[node] * 1.01)})
            yield values[root], moved[root]

    def _constant(self, name: str, pairs: Sequence[tuple[Any, Any]]) -> float:
        """The difference of two values in units of a parameter's gradient; 0 if that is not a constant."""
        wanted = self._explanation.direction(self._explanation.inputs[name])
        return scale_factor(change_direction(pairs), wanted)

    def _descent(self, name: str) -> float:
        """-1 if a larger gradient lowers the parameter, as it should, 1 if it raises it.

        If its size has no effect, as when it is divided by its largest cell, the step itself decides.
        """
        start, end = self._graph.inputs[name], self._graph.current[name]
        states = [at_start(self._study, each) for each in self.states]
        total, noise = self._along(name, self._moved(name, end, states))
        step, step_noise = self._along(name, ((values[start], values[end]) for values in states))
        if abs(total) > max(noise, _MIN_EFFECT * abs(step)):
            # The gradient and its negative have the same effect on the size: only the direction decides.
            return -1.0 if total <= 0 else 1.0
        return -1.0 if step <= step_noise else 1.0

    def _along(self, name: str, pairs: Iterable[tuple[Any, Any]]) -> tuple[float, float]:
        """How far pairs of values, one of each state, go along a parameter's gradient, and the size of a
        rounding error in that."""
        total, noise = 0.0, 0.0
        for (before, after), gradients in zip(pairs, self._explanation.gradients):
            wanted = gradients[self._explanation.inputs[name]]
            # Averages of random numbers may be impossible ones for the optimiser.
            if have_one_shape(before, after, wanted) and np.isfinite(after - before).all():
                total += float(np.sum((after - before) * wanted))
                noise += float(np.sum(np.abs(before * wanted))) * _NOISE
        return total, noise

    def deviations(self, counts: Sequence[int]) -> list[Deviation]:
        """The lines with another sign or another count of samples than the rest.

        `counts` are the numbers of samples. Other ratios are rates of single parameters.
        """
        references = [each for each in self._references(counts) if not self._is_refuted(each, counts)]
        against = {each: self._against(each, counts) for each in references}
        exact = {-abs(self.constants[name]) for name in self._exact_names()}

        def order(reference: float) -> tuple[int, bool, bool]:
            deviations = against[reference]
            # Of equally few lines rather those beside which a gradient is that of the script's own loss.
            is_exact = any(_is_close(reference, each) for each in exact)
            return self._lines_of(deviations), not self._are_passed_on(deviations), not is_exact

        found = against[min(references, key=order)] if references else []
        if found:
            return found
        # Rates of their own hide a multiple of several gradients, unless one has the gradient itself.
        own = exact or {-abs(each) for each in self.constants.values()}
        chosen = [each for each in references if any(_is_close(each, other) for other in own)]
        return min(filter(None, map(against.__getitem__, chosen)), key=self._lines_of, default=[])

    def _lines_of(self, deviations: Sequence[Deviation]) -> int:
        """How many lines they are in; a line may run several times."""
        return len({self._line_of(each.equation) for each in deviations})

    def _are_passed_on(self, deviations: Sequence[Deviation]) -> bool:
        """Whether each is in a line that passes the gradient on with that constant."""
        return all(
            any(
                line.equation == each.equation and line.role == "delta" and _is_close(line.gain, each.ratio)
                for name in each.parameters
                for line in self._lines(name)
            )
            for each in deviations
        )

    def _line_of(self, at: int) -> tuple[str, int]:
        return self._graph.equations[at].file, self._graph.equations[at].line

    def _references(self, counts: Sequence[int]) -> Iterator[float]:
        """The constants that may be the right one: negative, the most frequent first, then the smallest.

        Of two that are equally frequent, the one that is a number of the script, its rate under its own loss,
        or the rate divided by a count at most once.
        """
        rates = {abs(float(value)) for value in self._graph.before.values() if not np.shape(value)}
        rates |= {
            float(node.value)
            for name in self.constants
            for node in ast.walk(self._graph.trees[self._update(name)])
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        }
        sizes: dict[float, int] = {}
        for constant in self.constants.values():
            known = next((each for each in sizes if _is_close(each, -abs(constant))), -abs(constant))
            sizes[known] = sizes.get(known, 0) + (2 if constant < 0 else 1)

        exact = {name: self._is_divided_once(name, counts) for name in self.constants}

        def order(size: float) -> tuple[int, bool, bool, bool, float]:
            # Without a loss, the rate may be that of the sum or of the mean.
            scale = self._scale or 0.0
            is_rate = any(_is_close(abs(size * scale), rate) for rate in rates)
            is_mean = any(_is_close(abs(size) * count, rate) for count in (1, *counts) for rate in rates)
            is_once = any(
                exact[name] and _is_close(-abs(each), size) for name, each in self.constants.items()
            )
            return -sizes[size], not is_rate, not is_mean, not is_once, abs(size)

        yield from sorted(sizes, key=order)

    def _is_refuted(self, reference: float, counts: Sequence[int]) -> bool:
        """Whether a parameter has this constant because a line divides by another number than the count of
        samples, as another parameter shows."""
        return any(
            self._divides_by_another(name, constant / other, counts)
            for name, constant in self.constants.items()
            for other_name, other in self.constants.items()
            if _is_close(abs(constant), abs(reference)) and constant / other > 0
            # What both divide by, or a ratio that is a count itself, shows nothing.
            if self._divisors(name) != self._divisors(other_name)
            and not any(_is_close(max(constant / other, other / constant), each) for each in counts)
        )

    def _divides_by_another(self, name: str, ratio: float, counts: Sequence[int]) -> bool:
        """Whether a line of a parameter's gradient or its update divides by another number than the count of
        samples, which makes its step that many times the right one."""
        return not _is_close(ratio, 1) and any(
            _is_close(ratio * each, count) for each in self._divisors(name) for count in counts
        )

    def _is_divided_once(self, name: str, counts: Sequence[int]) -> bool:
        """Whether an equation gives the mean of a parameter's gradient over the samples."""
        roots = self._study.roots
        given = [abs(constant) for node, constant in self._matches.found[name] if node in roots]
        return any(_is_close(each * count, 1) for each in given for count in counts)

    def _against(self, reference: float, counts: Sequence[int]) -> list[Deviation]:
        """The lines that explain every parameter with another constant than this one."""
        ratios: dict[str, float] = {}
        telling_names: set[str] = set()
        multiples: set[str] = set()
        for name, constant in self.constants.items():
            ratio = constant / reference
            if _is_close(ratio, 1):
                continue
            # If a line runs for two layers, its count is there twice.
            telling = [
                _is_close(abs(ratio), each) or _is_close(1 / abs(ratio), each)
                for each in (1, *counts, *(count * count for count in counts))
            ]
            if ratio < 0 or any(telling):
                ratios[name] = ratio
            if any(telling):
                telling_names.add(name)
            elif ratio > 0 and self._divides_by_another(name, ratio, counts):
                ratios[name] = ratio
                telling_names.add(name)
            elif ratio > 0 and self._is_wrong_multiple(name, ratio, reference):
                ratios[name] = ratio
                telling_names.add(name)
                multiples.add(name)
        groups: dict[int, Deviation] = {}
        good = [name for name in self.constants if name not in ratios]
        for name, exact in ratios.items():
            at = self._deviating_line(name, exact, good, ratios)
            # A parameter's own rate is not a mistake beside the sign.
            ratio = exact if name in telling_names else -1.0
            known = groups.get(at)
            names = (*known.parameters, name) if known else (name,)
            groups[at] = Deviation(at, ratio, names)
        return self._at_common_lines(list(groups.values()), good, multiples)

    def _at_common_lines(
        self, deviations: list[Deviation], good: Sequence[str], multiples: set[str]
    ) -> list[Deviation]:
        """The deviations, those of one ratio at the last line that all of their parameters' gradients come
        from, where no right one does: that line is wrong, and not each that reads it.

        A multiple of a single gradient may be a rate of its own: nothing is said of it unless a line
        multiplies by that.
        """
        shared = {root for name in good for root in self._study.cones[name]}
        found: list[Deviation] = []
        for ratio in dict.fromkeys(round(each.ratio, 6) for each in deviations):
            alike = [each for each in deviations if round(each.ratio, 6) == ratio]
            names = [name for each in alike for name in each.parameters]
            lines = [{line.equation for line in self._lines(name) if line.role == "delta"} for name in names]
            common = {at for at in set.intersection(*lines) if self._graph.roots[at] not in shared}
            gains = {line.equation: line.gain for name in names for line in self._lines(name)}
            odd = {at for at in common if _is_close(gains[at], alike[0].ratio)}
            # Without a loss, only a line that multiplies what it reads tells which gradients are right.
            chosen = odd or (common if self._scale is not None else set())
            # A line that turns the sign has that in its own constant.
            is_common = multiples.issuperset(names) or (
                ratio > 0 and not any(self._has_gain(each, good) for each in alike)
            )
            if len(names) > 1 and (odd or (chosen and is_common)):
                found.append(Deviation(max(chosen), alike[0].ratio, tuple(names), tuple(sorted(chosen))))
            else:
                found += [
                    each
                    for each in alike
                    if not multiples.intersection(each.parameters) or self._is_multiplied(each, good)
                ]
        return found

    def _is_multiplied(self, deviation: Deviation, good: Sequence[str]) -> bool:
        """Whether the line of a deviation, which is not an update, multiplies a gradient by its ratio."""
        is_told = self._scale is not None or len(good) >= 2 * len(deviation.parameters)
        return is_told and self._has_gain(deviation, good, ("update",))

    def _has_gain(self, deviation: Deviation, good: Sequence[str], but: Collection[str] = ()) -> bool:
        """Whether the line of a deviation, if it has none of some roles, multiplies by its ratio."""
        usual = self._normal_gains(good)
        lines = [line for name in deviation.parameters for line in self._lines(name)]
        gains = [
            line.gain / usual[line.role]
            for line in lines
            if line.equation == deviation.equation and line.role in usual and line.role not in but
        ]
        return any(_is_close(gain, deviation.ratio) for gain in gains)

    def _is_wrong_multiple(self, name: str, ratio: float, reference: float) -> bool:
        """Whether a gradient is a multiple of that of the loss, where a parameter with the usual step has the
        gradient itself: no rate of its own gives that.

        If the script computes no loss, the usual steps are those whose updates read what this one reads times
        the ratio.
        """
        # Nobody means half of a squared error's gradient.
        exact = self._exact_names() if self._scale is not None else []
        names = exact or list(self.constants)
        usual = [self._before_update(each) for each in names if _is_close(self.constants[each], reference)]
        # What remembers earlier steps changes by other multiples, unless all parameters do.
        memory = {self._graph.inputs[each] for each in self._study.remembered}
        is_step = (
            bool(self._step(name))
            or memory.isdisjoint(self._study.cones[name])
            or not any(map(self._step, self.constants))
        )
        told = usual[0] if usual else 0.0
        return is_step and bool(told) and _is_close(abs(self._before_update(name) / told), ratio)

    def _divisors(self, name: str) -> set[float]:
        """The numbers that the lines of a parameter's gradient and its update divide by."""
        graph, actual = self._graph, self._study.actual
        lines = {line.equation for line in self._lines(name)}
        nodes = (graph.nodes[at] for each in lines for at in graph.places[each].values())
        by = {node.operands[-1] for node in nodes if "/ _" in node.pattern and node.operands}
        return {float(actual[at]) for at in by if actual[at] is not MISSING and not np.shape(actual[at])}

    def _exact_names(self) -> list[str]:
        """The parameters for which the script computes the gradient of its own loss, or minus that."""
        scale = self._scale
        names = self.constants if scale is not None else ()
        return [name for name in names if scale and _is_close(abs(self._before_update(name) * scale), 1)]

    def multiples_of_own(self, name: str, scale: float) -> tuple[float, float]:
        """What a parameter's gradient is before its update and the optimiser's averages, as a multiple of
        that of the loss which the script computes without its penalties; 0 where that is not told.

        Also without the line of the parameter itself, which may have the rate in it. `scale` is the loss
        relative to that one where penalties keep it from being compared.
        """
        whole = before = self._scale or scale
        for line in self._lines(name):
            if line.role in ("average", "update"):
                break
            whole *= line.gain
            before *= line.gain if line.role not in ("gradient", "passed") else 1.0
        return abs(whole), abs(before)

    def _before_update(self, name: str) -> float:
        """The constant of the gradient that a parameter's update reads; 0 where that is not told."""
        lines = self._lines(name)
        if lines and lines[-1].role == "update" and lines[-1].gain:
            return self.constants[name] / lines[-1].gain
        return 0.0

    def _deviating_line(
        self, name: str, ratio: float, good: Sequence[str], ratios: Mapping[str, float]
    ) -> int:
        """The line that gives one parameter's gradient its different constant."""
        normal = self._normal_gains(good)
        shared: set[int] = set()
        for other in good:
            shared |= self._study.cones[other]
        lines = [each for each in self._lines(name) if self._graph.roots[each.equation] not in shared]
        if not good:
            memory = {self._graph.current[each] for each in self._study.remembered}
            turning = (each.equation for each in lines if each.gain < 0)
            turned = next((at for at in turning if self._graph.roots[at] in memory), -1)
            if turned >= 0 and ratio < 0:
                # What an optimiser remembers has a positive share of the gradient.
                return turned
            if self._is_one_line_added:
                return self._update(name)
            if not lines and ratio < 0 and len(ratios) > 1 and all(map(self._is_subtracted, ratios)):
                # One sign above them all is likelier than one in each update.
                return next(iter(self._common_lines(ratios)), self._update(name))
            lines.sort(key=lambda each: each.role != "source")
            is_turned = ratio < 0 and any(each.role == "source" and each.gain < 0 for each in lines)
            if lines and (len(ratios) > 1 or (is_turned and self._is_subtracted(name))):
                return lines[0].equation
        for each in lines:
            usual = normal.get(each.role, 0.0)
            gain = 1.0
            for again in lines:
                if usual and self._line_of(again.equation) == self._line_of(each.equation):
                    gain *= again.gain / usual
            if usual and (_is_close(each.gain / usual, ratio) or _is_close(gain, ratio)):
                return each.equation
        gradients = [each.equation for each in lines if each.role == "gradient"]
        if not gradients and not _is_close(abs(ratio), 1):
            # The first line may give the parameter's gradient directly.
            gradients = [each.equation for each in lines if self._is_gradient_of(name, each.equation)]
        return gradients[0] if gradients else self._update(name)

    def _common_lines(self, names: Iterable[str]) -> Iterator[int]:
        """The equations behind the forward pass that the steps of all of some parameters depend on."""
        common = set.intersection(*(self._study.cones[each] for each in names)) & self._study.active
        common -= self._graph.cone(self._explanation.candidate.outputs)
        return (at for at, root in enumerate(self._graph.roots) if root in common)

    def _is_gradient_of(self, name: str, at: int) -> bool:
        parameter = self._explanation.inputs[name]
        found = self._matches.labels.get(self._graph.roots[at], ())
        return any(label.node == parameter for label, _ in found)

    @cached_property
    def _is_one_line_added(self) -> bool:
        """True if one line updates every parameter, and a first gradient has the right sign."""
        places = {self._graph.equations[self._update(name)].line for name in self.constants}
        is_own = self._explanation.candidate.kind == SCRIPT_LOSS
        first = (each for name in self.constants for each in self._lines(name) if each.role == "source")
        return len(places) == 1 and any(
            each.gain > 0 if is_own else self._has_usual_sign(each.equation) for each in first
        )

    def _is_subtracted(self, name: str) -> bool:
        """True if a parameter's update subtracts a step, as it should with gradients."""
        tree = self._graph.trees[self._update(name)]
        return isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Sub)

    def _has_usual_sign(self, at: int) -> bool:
        """True if the first gradient has the sign of the gradient with respect to the output: output minus
        target. A number of the script that is its loss has no such difference.
        """
        root, total = self._graph.roots[at], 0.0
        for values, gradients in zip(self.states, self._explanation.gradients):
            for output in self._outputs:
                wanted = gradients.get(output, MISSING)
                if have_one_shape(wanted, values[root]):
                    total += float(np.sum(wanted * values[root]))
        return total > 0

    @cached_property
    def _outputs(self) -> Sequence[int]:
        """The outputs of the loss; where they are one in several forms, as `p` and `1 - p`, that one."""
        outputs, actual = self._explanation.candidate.outputs, self._study.actual
        common = set.intersection(*(self._graph.cone([each]) for each in outputs)) & self._study.active
        same = [at for at in common if np.shape(actual[at]) == np.shape(actual[outputs[0]])]
        return [max(same)] if same else outputs

    def _update(self, name: str) -> int:
        return self._graph.roots.index(self._graph.current[name])

    def _normal_gains(self, good: Sequence[str]) -> dict[str, float]:
        """How right lines of each role scale a gradient."""
        found: dict[str, list[float]] = {"delta": [1.0]}
        for name in good:
            for line in self._lines(name):
                if line.role != "delta":
                    found.setdefault(line.role, []).append(line.gain)
        found.setdefault("source", [1.0])
        found.setdefault("passed", [1.0])
        return {role: sorted(gains)[len(gains) // 2] for role, gains in found.items()}

    def _lines(self, name: str) -> list[_Line]:
        """The equations that a parameter's gradient passes through, in order."""
        if name not in self._lines_by_name:
            self._lines_by_name[name] = self._found_lines(name)
        return self._lines_by_name[name]

    def _found_lines(self, name: str) -> list[_Line]:
        graph, labels = self._graph, self._matches.labels
        cone = self._study.cones[name]
        parameter = self._explanation.inputs[name]
        found: list[_Line] = []
        constants: dict[int, float] = {}
        own: set[int] = set()
        for at, root in enumerate(graph.roots):
            if root not in cone:
                continue
            before = [constants[node] for node in graph.reads[at].values() if node in constants]
            if root in labels:
                of_parameter = [one for one in labels[root] if one[0].node == parameter]
                clearest = self._study.clearest(of_parameter or list(labels[root]))[1]
                known = [one for _, one in labels[root]] if before and not of_parameter else [clearest]
                # A line passes a gradient on to whichever tensor it is the gradient of, without a factor.
                constants[root] = min(
                    known,
                    key=lambda one: (_distance(one, before), one != clearest) if before else (0.0, False),
                )
                gain = constants[root] / before[-1] if before else constants[root]
                is_again = bool(of_parameter) and not own.isdisjoint(graph.reads[at].values())
                role = "passed" if is_again else "gradient" if of_parameter else "delta"
                found.append(_Line(at, role if before else "source", gain))
                own |= {root} if of_parameter else set()
            elif root != graph.current[name] and before and self._gradient_inside(name, at):
                # The gradient with something added to it, as weight decay.
                constants[root] = self._gradient_inside(name, at)
                found.append(_Line(at, "gradient", constants[root] / before[-1]))
            elif root == graph.current[name] and before:
                found.append(_Line(at, "update", self.constants[name] / before[-1]))
            elif before:
                # With weight decay, the gradient is still in it unchanged, in an average a share of it is.
                constants[root] = self._response_at(name, root) or before[-1]
                if not _is_close(constants[root], before[-1]):
                    found.append(_Line(at, "average", constants[root] / before[-1]))
        return found

    def _gradient_inside(self, name: str, at: int) -> float:
        """The constant of a parameter's gradient that is a part of an equation; 0 where the equation reads
        it, as an average does."""
        graph, found = self._graph, self._matches.found[name]
        nodes = {node for node, _ in found}
        inside = [constant for node, constant in found if graph.nodes[node].equation == at]
        if not inside or not nodes.isdisjoint(graph.reads[at].values()):
            return 0.0
        # What is added to it may be divided along with it.
        return self._response_at(name, graph.roots[at]) or inside[-1]


def _distance(constant: float, before: Sequence[float]) -> float:
    """How far a gradient's constant is from the one that is read, as a factor of either sign."""
    return round(abs(float(np.log(abs(constant / before[-1])))), 6)


def _is_close(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * abs(b)
