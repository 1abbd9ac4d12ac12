"""The chain rule that a step of the backward phase belongs to: which factors are done, and which is this one.

The path runs through the network, from E through Y to the variable of the gradient, whatever the equations
say: its factors are what they should multiply. If a replaced equation multiplies something else, there is no
chain. An equation that computes a gradient has its own path; one that computes a factor has the path of the
next gradient of a weight that needs the factor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from bpstep.explain import messages
from bpstep.explain.notation import Derivative, symbol
from bpstep.program.names import delta_name
from bpstep.program.program import Phase, Program, RoleKind, Step
from bpstep.text import fill, listed_with_and

DONE, REUSED, NOW, PENDING = "done", "reused", "now", "coming"


@dataclass(frozen=True)
class ChainFactor:
    """One factor ∂A/∂B of a chain."""

    derivative: Derivative
    name: str
    """The tensor that holds it, or the gradient whose equation contains it."""
    step: int
    """The number of the step that computes it, counted from 1."""
    state: str
    """done, reused (done, and already used in another gradient), now or coming."""
    is_replaced: bool = False
    """True if a replaced equation computes it, right or wrong."""


@dataclass(frozen=True)
class Chain:
    """∂E/∂Q as a product."""

    goal: Derivative
    goal_step: int
    """The number of the step that computes it."""
    factors: tuple[ChainFactor, ...]
    prefix: int
    """How many of the first factors one tensor holds as a product; 0 if none does."""
    prefix_name: str
    """That tensor."""
    prefix_step: int
    """The number of the step that computes it."""
    goal_is_now: bool


_OTHER_WAYS = (RoleKind.GRADIENT, RoleKind.CONTRIBUTION, RoleKind.INNER, RoleKind.FACTOR)
"""Kinds of equations that are more than a product along the layers: a sum over paths, or a part of one.
"""


def chain_rule(program: Program, at: int, replaced: Collection[str] = ()) -> Chain | None:
    """The chain of the equation `at`, counted from 0; None outside the backward phase.

    Also None if the equation or a product on the way to the gradient is among those `replaced`: what they
    multiply may not be the chain.
    """
    step = program.steps[at]
    goal = _goal(program, at)
    if (
        step.phase != Phase.BACKWARD
        or goal is None
        or step.name in replaced
        or _is_broken(program, goal, replaced)
    ):
        return None
    role = program.steps[goal].role
    if role.kind in _OTHER_WAYS:
        return None
    path = _path(program, role.layer, role.by, role.kind)
    factors = tuple(_factor(program, at, goal, path, pair) for pair in path)
    factors = tuple(replace(factor, is_replaced=factor.name in replaced) for factor in factors)
    prefix, prefix_name = _prefix(program, at, path)
    return Chain(
        Derivative(symbol(program.loss), symbol(role.by)),
        goal + 1,
        factors,
        prefix,
        prefix_name,
        program.step_indices.get(prefix_name, -1) + 1,
        goal == at,
    )


def _is_broken(program: Program, goal: int, replaced: Collection[str]) -> bool:
    """True if a replaced equation is a product of the chain, not one of its factors."""
    concerned = (
        program.steps[at] for at in backward_sources(program, goal) if program.steps[at].name in replaced
    )
    return any(step.role.of == program.loss and step.role.kind != RoleKind.DELTA_OUTPUT for step in concerned)


def _goal(program: Program, at: int) -> int | None:
    """The equation of the gradient whose chain is shown."""
    role = program.steps[at].role
    if role.of == program.loss:
        return at
    is_row = role.kind == RoleKind.FACTOR_ROW
    wanted = (RoleKind.DELTA_ROW,) if is_row else (RoleKind.DELTA_WEIGHTS, RoleKind.DELTA_ROW)
    for later in range(at, len(program)):
        if program.steps[later].role.kind in wanted:
            return later
    return None


def _path(program: Program, layer: int, by: str, kind: RoleKind) -> list[tuple[str, str]]:
    """(A, B) of every factor from E to the tensor `by`, which belongs to `layer`."""
    depth = max(step.role.layer for step in program.steps)
    activations = {
        step.role.layer: step.name for step in program.steps if step.role.kind == RoleKind.ACTIVATION
    }
    tensors = ["E"]
    for k in range(depth, 0, -1):
        if kind == RoleKind.DELTA_INPUT and k == layer:
            tensors += [activations[k], f"net_{k}", by]
            break
        tensors.append(activations[k])
        if by == activations[k]:
            break
        tensors.append(f"net_{k}")
        if by == tensors[-1]:
            break
        if k == layer:
            tensors.append(by)
            break
    return list(pairwise(tensors))


def _factor(
    program: Program, at: int, goal: int, path: list[tuple[str, str]], pair: tuple[str, str]
) -> ChainFactor:
    of, by = pair
    name = delta_name(by) if of == "E" else delta_name(of, by)
    derivative = Derivative(symbol(of), symbol(by))
    step_index = program.step_indices.get(name)
    if step_index is None:
        # The gradient with respect to B includes this factor without naming it: H in delta_V, all of softmax.
        name = delta_name(by)
        step_index = program.step_indices.get(name, goal)
    if step_index == at:
        state = NOW
    elif step_index > at:
        state = PENDING
    else:
        state = REUSED if _in_another(program, step_index, at, path) else DONE
    return ChainFactor(derivative, name, step_index + 1, state)


def _in_another(program: Program, factor: int, at: int, path: list[tuple[str, str]]) -> bool:
    """True if the factor was already used in a gradient outside the path."""
    on_path = {by for _, by in path}
    return any(
        factor in backward_sources(program, k)
        for k in range(factor + 1, at)
        if program.steps[k].role.of == program.loss and program.steps[k].role.by not in on_path
    )


def backward_sources(program: Program, at: int) -> set[int]:
    """The equations of the backward phase that the equation `at` depends on, including itself."""
    found: set[int] = set()
    pending = [at]
    while pending:
        at = pending.pop()
        found.add(at)
        reads = [
            program.step_indices[name] for name in program.steps[at].reads if name in program.step_indices
        ]
        pending += [
            k for k in reads if k < at and k not in found and program.steps[k].phase == Phase.BACKWARD
        ]
    return found


def _read_between(program: Program, name: str, after: int, before: int) -> bool:
    return any(
        name in step.reads for step in program.steps[after + 1 : before] if step.phase == Phase.BACKWARD
    )


def _prefix(program: Program, at: int, path: list[tuple[str, str]]) -> tuple[int, str]:
    """The longest prefix of the path, of two factors or more, that one computed tensor holds."""
    for count in range(len(path), 1, -1):
        name = delta_name(path[count - 1][1])
        if program.step_indices.get(name, at) < at:
            return count, name
    return 0, ""


def reuse_note(program: Program, at: int) -> str:
    """Which factors of this step were computed before and are reused, or will be; empty if none."""
    step = program.steps[at]
    if step.phase != Phase.BACKWARD:
        return ""
    before = [name for name in step.reads if _computed_before(program, name, at)]
    reused = [name for name in before if _read_between(program, name, program.step_indices[name], at)]
    if reused:
        steps = {program.step_indices[name] + 1 for name in reused}
        template = messages.REUSED_FROM_STEP if len(steps) == 1 else messages.REUSED_FROM_STEPS
        return fill(template, steps=_list_numbers(steps))
    later = [k + 1 for k in range(at + 1, len(program)) if set(before) & set(program.steps[k].reads)]
    later = [k for k in later if program.steps[k - 1].phase == Phase.BACKWARD]
    if before and later:
        steps = {program.step_indices[name] + 1 for name in before if _used_in(program, name, later)}
        template = messages.USED_AGAIN[len(steps) > 1, len(set(later)) > 1]
        return fill(template, steps=_list_numbers(steps), later=_list_numbers(later))
    return ""


def _used_in(program: Program, name: str, steps: list[int]) -> bool:
    return any(name in program.steps[k - 1].reads for k in steps)


def _computed_before(program: Program, name: str, at: int) -> bool:
    step_index = program.step_indices.get(name)
    return step_index is not None and step_index < at and program.steps[step_index].phase == Phase.BACKWARD


def _list_numbers(numbers: Iterable[int]) -> str:
    return listed_with_and([*map(str, sorted(set(numbers)))])


def step_roles(step: Step) -> dict[str, str]:
    """The colour of every tensor that a step reads or writes."""
    return {**dict.fromkeys(step.reads, "read"), step.name: "write"}
