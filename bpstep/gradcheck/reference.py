"""What each equation of a program should give, with its own inputs taken as given.

An equation that was replaced is compared with the one that the network's derivation gives. Both are evaluated
on the same tensors, and these are right: a gradient that is read is the right one, even if the equation that
computes it is wrong. So an equation that differs is wrong by itself, and one that only reads a wrong gradient
is not accused.

The derived equation is valid if the forward equations that it differentiates are the derived ones. If a
person replaced one of these, the right value is measured by central differences.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np

from bpstep.engine.random_tensors import random_data, random_parameters
from bpstep.errors import ExpressionError
from bpstep.gradcheck.derivatives import derivative, differentiated, has_derivative
from bpstep.gradcheck.differences import DifferenceProbe, multiplications
from bpstep.gradcheck.rounding import Roundings
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.lang.shapes import Shape
from bpstep.model.network import Array, Network
from bpstep.program.derivation.equations import DerivedEquation
from bpstep.program.derivation.reverse_pass import derive
from bpstep.program.derive import derive_unreplaced
from bpstep.program.diagram import LayoutKind
from bpstep.program.program import Phase, Program, Step, Tensors

_SEEDS, _ITERATIONS = range(8), 3

_MEASURED_SEEDS = range(2)
"""Fewer draws are made if something is measured by differences, which takes longer."""

_MAX_MEASURED_CELLS = 2_000
_MAX_MEASURED_MULTIPLICATIONS = 3 * 10**8

_MEASURING_STEP = 1e-4

_JITTERS = 4
"""How often an iteration is computed with changed roundings, to see how much they matter."""

_PERTURBATIONS = 4
_PERTURBATION = 1e-6

_MIN_DRAWN = 0.1
"""Smaller gradients, such as those that are 0 apart from rounding, are drawn with this size."""

_INPUT_DRAWS = 4

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Evaluated:
    """An equation's result and the right one."""

    step: Step
    inputs: Tensors
    """The tensors that it could read."""
    given: Array
    """The equation's result."""
    expected: Array | None
    """The right result; None if it is unknown."""
    noise: Array | float = 0.0
    """How much `given` and `expected` may differ because of rounding and measuring."""
    is_measured: bool = False
    """True if `expected`, or something it depends on, was measured by differences."""


@dataclass(frozen=True)
class Measured:
    """A tensor measured by differences, and the error of each cell; infinite at a kink."""

    value: Array
    noise: Array


class Reference:
    """The derived equations of a network, for a program in which some of them may be replaced."""

    def __init__(self, network: Network, program: Program) -> None:
        self.network, self.program = network, program
        self.derived = program
        self._replaced: set[str] = set()
        if program.user_equations:
            self.derived = derive_unreplaced(network)
            self._replaced = {
                step.name for step, derived in self._pairs() if ast.dump(step.tree) != ast.dump(derived.tree)
            }

    def _pairs(self) -> Iterator[tuple[Step, Step]]:
        yield from zip(self.program.steps, self.derived.steps)

    def derived_step(self, name: str) -> Step:
        """The derived equation with this name."""
        return self.derived.steps[self.derived.step_indices[name]]

    def is_replaced(self, step: Step) -> bool:
        """True if the equation is not the derived one."""
        return step.name in self._replaced

    @property
    def has_replaced(self) -> bool:
        """True if any equation is not the derived one."""
        return bool(self._replaced)

    def is_known(self, step: Step) -> bool:
        """True if the derived equation is right, whatever was replaced elsewhere."""
        return step.phase == Phase.UPDATE or step.name in self._known

    @cached_property
    def all_known(self) -> bool:
        """True if the derived equations of the backward pass are all right."""
        return all(self.is_known(step) for step in self.program.steps if step.phase == Phase.BACKWARD)

    @cached_property
    def _known(self) -> set[str]:
        """The backward equations whose forward equations are the derived ones."""
        return {
            step.name
            for step in self.program.steps
            if step.phase == Phase.BACKWARD and not self._replaced & self._differentiated(step)
        }

    def _differentiated(self, step: Step) -> set[str]:
        """The forward equations that a backward equation differentiates."""
        if step.role.via:
            return set(step.role.via)
        of, by = differentiated(self.program, step)
        forward = [pair for pair in self._pairs() if pair[0].phase.is_forward]
        if of != self.loss:
            return {of}
        return {one.name for pair in forward for one in pair if by in one.reads}

    def replaced_forward(self, step: Step) -> list[Step]:
        """The replaced forward equations that a backward equation differentiates."""
        if step.phase != Phase.BACKWARD or not self._replaced:
            return []
        names = self._replaced & self._differentiated(step)
        return [one for one in self.program.forward_steps if one.name in names]

    def rederived_step(self, step: Step) -> Step | None:
        """The equation as the replaced forward pass has it; None if no such one can be derived.

        The forward pass is then differentiated as it is, so the equation may differ in what it reads: whether
        it gives the right results has to be seen from the numbers.
        """
        of, by = differentiated(self.program, step)
        try:
            if of == self.loss:
                source = {(line.name, line.by): line.source for line in self._rederived}[step.name, by]
            else:
                source = self._derivative(of, by)
            program = self.program.with_equation(step.name, source)
        except (ExpressionError, KeyError):
            return None
        return program.steps[program.step_indices[step.name]]

    @cached_property
    def _rederived(self) -> list[DerivedEquation]:
        """The backward pass of the forward equations as they are; ExpressionError if there is none."""
        forward = [(one.name, one.source) for one in self.program.forward_steps]
        names = self.program.initial
        batches = [{name: shapes[name] for name in names} for shapes in self.program.batch_shapes]
        return derive(forward, batches, self.program.parameters)

    def _derivative(self, of: str, by: str) -> str:
        """The derivative of a forward equation by a tensor of its shape: that of the sum of all cells."""
        step = self.program.steps[self.program.step_indices[of]]
        batches = [{name: shapes[name] for name in step.reads} for shapes in self.program.batch_shapes]
        lines = derive([(of, step.source), (self.loss, f"sum({of})")], batches, [by])
        named = [line for line in lines if line.of == of]
        return (named or derive([(self.loss, f"sum({step.source})")], batches, [by]))[-1].source

    def with_other_rates(self, one: Evaluated, right: Step) -> Iterator[Evaluated]:
        """An equation and the right one with other rates and options, if they read any.

        A factor in a text may be equal to one of these by chance; it is not equal to another number, too.
        """
        inputs, scope = dict(one.inputs), evaluation_scope()
        for k, name in enumerate(sorted({*one.step.reads, *right.reads} & set(self.program.constants))):
            if not np.ndim(inputs[name]) and np.asarray(inputs[name]).dtype.kind == "f":
                inputs[name] = inputs[name] * np.float64(0.83 + 0.011 * k)
        if any(inputs[name] is not value for name, value in one.inputs.items()):
            with np.errstate(all="ignore"):
                given, expected = (evaluate(step.code, inputs, scope) for step in (one.step, right))
            yield Evaluated(one.step, inputs, given, expected)

    @property
    def loss(self) -> str:
        return self.program.loss

    def evaluate_iteration(
        self, start: Tensors, measure: bool = True, draw_gradients: bool = False
    ) -> tuple[list[Evaluated], Tensors]:
        """Every equation after the loss, on right inputs, and the tensors after the iteration.

        `start` are the tensors at the start of the iteration. Without `measure`, an equation whose derived
        form is not valid counts as right. With `draw_gradients`, updates read random gradients.
        """
        walk = _Walk(self, start, measure, draw_gradients=draw_gradients)
        return list(walk.run()), walk.end

    def gradients(self, start: Tensors) -> dict[str, tuple[Array, Array]]:
        """The right gradient of each parameter in its shape, and the possible rounding error of
        each element.
        """
        found = self.evaluate_iteration(start)[0]
        if self.has_replaced:
            found = self.with_noise(start, found)
        by_name = {one.step.name: one for one in found}
        return {
            parameter: _in_shape([by_name[name] for name in names], self.program.shapes[parameter])
            for parameter, names in self.program.gradients.items()
        }

    def with_noise(
        self, start: Tensors, found: list[Evaluated], draw_gradients: bool = False
    ) -> list[Evaluated]:
        """The same equations with the possible errors of both results from rounding and measuring.

        The iteration is computed again with every rounding changed at random, as much as it may be off.
        """
        spreads: list[Any] = [0.0] * len(found)
        measured = {one.step.name: one for one in found if one.is_measured and not self.is_known(one.step)}
        cache: dict[Step, CodeType] = {}
        for seed in range(_JITTERS):
            walk = _Walk(self, start, False, Roundings(seed, cache), measured, draw_gradients)
            for at, (one, other) in enumerate(zip(found, walk.run())):
                with np.errstate(all="ignore"):
                    apart = abs(other.given - one.given)
                    if one.expected is not None and other.expected is not None:
                        apart = np.maximum(apart, abs(other.expected - one.expected))
                    spreads[at] = np.maximum(spreads[at], np.nan_to_num(apart))
        return [replace(one, noise=one.noise + spread) for one, spread in zip(found, spreads)]

    def with_drawn_inputs(self, one: Evaluated) -> Iterator[Evaluated]:
        """An equation and the derived one on random inputs, where each tensor is drawn by itself.

        So it is seen as a function of its inputs, even if their relation makes it 0.
        """
        derived, scope = self.derived_step(one.step.name), evaluation_scope()
        names = sorted({*one.step.reads, *derived.reads})
        for seed in range(_INPUT_DRAWS):
            random = np.random.default_rng([4, seed])
            inputs = dict(one.inputs)
            for name in names:
                is_rate = name in self.program.constants and not np.ndim(inputs[name])
                if np.asarray(inputs[name]).dtype.kind == "f" and not is_rate:
                    # Positive numbers in every other draw: some functions are undefined elsewhere.
                    inputs[name] = _uniform(random, inputs[name]) * 0.5 + (0.75 if seed % 2 else 0.0)
            with np.errstate(all="ignore"):
                given, expected = (evaluate(step.code, inputs, scope) for step in (one.step, derived))
            yield Evaluated(one.step, inputs, given, expected)

    def perturbed(self, start: Tensors, with_data: bool) -> Iterator[list[Evaluated]]:
        """The iteration from nearby starts, where nothing is exactly at a kink.

        Numbers that are equal over a blank background become different only if the data change, too.
        """
        for seed in range(_PERTURBATIONS):
            random = np.random.default_rng([2, seed])
            near = {
                name: _near(random, value) if self._is_perturbed(name, value, with_data) else value
                for name, value in start.items()
            }
            yield self.evaluate_iteration(near, measure=False)[0]

    def _is_perturbed(self, name: str, value: Any, with_data: bool) -> bool:
        """True for inputs, weights and biases; labels and the optimiser's memory stay as they are."""
        if self.network.forward is not None and name in self.network.data:
            # Classes are bits or whole numbers.
            return with_data and np.asarray(value).dtype.kind == "f" and not np.isin(value, (0, 1)).all()
        return name in self.program.weights or self.program.layouts[name].kind == LayoutKind.NODE

    def drawn(self) -> Iterator[tuple[Tensors, list[Evaluated]]]:
        """Iterations from random parameters and data: the start of each, and its equations."""
        measure = not self.all_known
        for seed in _MEASURED_SEEDS if measure else _SEEDS:
            random = np.random.default_rng(seed)
            tensors: Tensors = {**self.program.initial, **random_parameters(random, self.program)}
            for iteration in range(_ITERATIONS):
                count = self.network.batch_sizes[iteration % len(self.network.batch_sizes)]
                start = {**tensors, **random_data(random, self.network, self.program, count)}
                found, tensors = self.evaluate_iteration(start, measure, draw_gradients=True)
                yield start, found


class _Walk:
    """One iteration on right inputs. Updates are kept apart: no gradient reads an updated weight."""

    def __init__(
        self,
        reference: Reference,
        start: Tensors,
        measure: bool,
        roundings: Roundings | None = None,
        measured: dict[str, Evaluated] | None = None,
        draw_gradients: bool = False,
    ) -> None:
        self._reference, self._program = reference, reference.program
        self._start, self._right = start, dict(start)
        self._updated: dict[str, Any] = {}
        self._measure, self._roundings, self._from_before = measure, roundings, measured or {}
        self._inexact: set[str] = set()
        self._random = np.random.default_rng(3) if draw_gradients else None
        self._drawn: dict[str, Any] = {}
        self._scope = evaluation_scope()
        self._probe: DifferenceProbe | None = None

    @property
    def end(self) -> Tensors:
        """The tensors at the end."""
        return {**self._right, **self._updated}

    def run(self) -> Iterator[Evaluated]:
        """Evaluate equation by equation."""
        for step in self._program.steps:
            if step.phase.is_forward:
                self._right[step.name] = self._value(step, self._right)
            else:
                yield self._evaluated(step)

    def _evaluated(self, step: Step) -> Evaluated:
        is_update = step.phase == Phase.UPDATE
        inputs = dict(self._right)
        if is_update:
            inputs |= {**self._drawn_gradients(step), **self._updated}
        given = self._value(step, inputs)
        if self._reference.is_known(step):
            derived = self._reference.derived_step(step.name)
            is_replaced = self._reference.is_replaced(step)
            expected = self._value(derived, inputs) if is_replaced else given
            inexact = not self._inexact.isdisjoint(derived.reads)
            found = Evaluated(step, inputs, given, expected, 0.0, inexact)
        else:
            found = self._measured(step, inputs, given)
        right = found.given if found.expected is None else found.expected
        if found.is_measured:
            self._inexact.add(step.name)
        (self._updated if is_update else self._right)[step.name] = right
        return found

    def _drawn_gradients(self, step: Step) -> Tensors:
        """Random gradients for an update: of about the same size, but 0 nowhere."""
        if self._random is None:
            return {}
        steps = self._program.steps
        for name in sorted({*step.reads, *self._reference.derived_step(step.name).reads}):
            at = self._program.step_indices.get(name)
            if (
                name in self._drawn
                or at is None
                or steps[at].phase != Phase.BACKWARD
                or name not in self._right
            ):
                continue
            value = np.asarray(self._right[name])
            finite = np.abs(value[np.isfinite(value)])
            size = max(_MIN_DRAWN, float(np.max(finite, initial=0.0)))
            self._drawn[name] = size * _uniform(self._random, value)
        return self._drawn

    def _measured(self, step: Step, inputs: Tensors, given: Array) -> Evaluated:
        before = self._from_before.get(step.name)
        if before is not None and before.expected is not None:
            assert self._roundings is not None
            noise = np.where(np.isfinite(before.noise), before.noise, 0.0)
            expected = before.expected + noise * _uniform(self._roundings.random, before.expected)
            return Evaluated(step, inputs, given, expected, before.noise, True)
        if not self._measure:
            return Evaluated(step, inputs, given, None)
        if self._probe is None:
            self._probe = DifferenceProbe(self._program, self._start)
        found = measure_tensor(self._probe, step)
        if found is None:
            return Evaluated(step, inputs, given, None)
        return Evaluated(step, inputs, given, found.value, found.noise, True)

    def _value(self, step: Step, tensors: Tensors) -> Any:
        with np.errstate(all="ignore"):
            if self._roundings is not None:
                return self._roundings.evaluate(step, tensors)
            return evaluate(step.code, tensors, self._scope)


def _in_shape(parts: list[Evaluated], shape: Shape) -> tuple[Array, Array]:
    """The right results of one gradient's equations, and the noise, in the parameter's shape."""
    values = [one.given if one.expected is None else one.expected for one in parts]
    noises = [np.broadcast_to(one.noise, np.shape(one.given)) for one in parts]
    right, noise = (np.concatenate([np.ravel(each) for each in every]) for every in (values, noises))
    return right.reshape(shape), noise.reshape(shape)


def measure_tensor(probe: DifferenceProbe, step: Step) -> Measured | None:
    """All cells of the derivative of a backward equation, by differences; None if that takes too long."""
    shape = np.shape(probe.tensors[step.name])
    size = int(np.prod(shape))
    if not has_derivative(probe, step):
        return None
    if size > _MAX_MEASURED_CELLS or size * multiplications(probe) > _MAX_MEASURED_MULTIPLICATIONS:
        return None
    value, noise = np.zeros(shape), np.zeros(shape)
    for at, index in enumerate(np.ndindex(shape)):
        value[index], noise[index] = _measure_cell(probe, step, index, at)
    return Measured(value, noise) if shape else Measured(value[()], noise[()])


def _measure_cell(probe: DifferenceProbe, step: Step, index: tuple[int, ...], at: int) -> tuple[float, float]:
    """A derivative by Richardson's rule from two central differences, and its error."""
    wanted = derivative(probe, step, index, at)
    assert wanted is not None
    h = _MEASURING_STEP
    slopes, bends = [], False
    for step_size in (h, 2 * h):
        slope, crosses = probe.difference(wanted, step_size)
        slopes.append(float(slope[wanted.of_index] if wanted.of_index else slope))
        bends |= crosses
    jump, coarse_jump = probe.slope_jump(wanted, h), probe.slope_jump(wanted, 2 * h)
    rounding = 10 * _EPS * probe.scale(wanted.of, wanted.of_index) / h
    if bends or jump > max(0.8 * coarse_jump, 8 * rounding):
        return slopes[0], np.inf
    return (4 * slopes[0] - slopes[1]) / 3, abs(slopes[0] - slopes[1]) / 10 + rounding


def _near(random: np.random.Generator, value: Any) -> Any:
    return value + _PERTURBATION * max(1.0, float(np.max(np.abs(value)))) * _uniform(random, value)


def _uniform(random: np.random.Generator, like: Any) -> Any:
    return random.uniform(-1, 1, np.shape(like))
