"""The chain rule at a step of a derived backward pass: one product, or a sum of products.

A tensor that one equation reads has one path to the loss, and its chain goes on until it branches or ends. A
tensor that several read has a path through each of them, and the chain rule adds these up. Nothing is assumed
about layers: the paths are those that the derivation followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bpstep.explain.chain_rule import DONE, NOW, PENDING, ChainFactor, backward_sources
from bpstep.explain.notation import Derivative, Symbol, notation, symbol
from bpstep.frozen import frozen
from bpstep.program.program import Phase, Program, RoleKind, Step

_KINDS = (RoleKind.GRADIENT, RoleKind.CONTRIBUTION, RoleKind.INNER, RoleKind.FACTOR)


ChainProduct = tuple[ChainFactor, ...]
"""The factors of a product, from the loss inwards. The first may be a gradient that sums several paths."""


@frozen
class ChainSum:
    """∂E/∂Q as a sum of products."""

    goal: Derivative
    ways: tuple[ChainProduct, ...]
    short: tuple[ChainProduct, ...]
    """The products, with one gradient for everything before the equation that reads Q."""
    goal_is_now: bool
    """True if the step computes ∂E/∂Q, not a part of it."""


def chain_sum(program: Program, at: int, replaced: Collection[str] = ()) -> ChainSum | None:
    """The chain of the equation `at`, counted from 0.

    None for equations without one: those of other phases, of layers (see `chain_rule`) and of scripts, those
    that depend on a replaced equation, and gradients that begin at the loss.
    """
    step = program.steps[at]
    if step.role.kind not in _KINDS or step.phase != Phase.BACKWARD or step.origin is not None:
        return None
    goal = _goal(program, at)
    if goal is None or any(program.steps[k].name in replaced for k in backward_sources(program, goal)):
        return None
    found = _Ways(program, at, goal)
    ways = tuple(found.ways(whole=True))
    if not ways or any(len(way) < 2 for way in ways):
        return None
    written = notation(program.steps[goal].name, program)
    if not isinstance(written, Derivative):
        return None
    return ChainSum(written, ways, tuple(found.ways(whole=False)), goal == at)


def _goal(program: Program, at: int) -> int | None:
    """The equation of the gradient that the equation `at` is a part of, or itself."""
    role = program.steps[at].role
    if role.kind in (RoleKind.GRADIENT, RoleKind.INNER):
        return at
    if role.kind == RoleKind.CONTRIBUTION:
        wanted = (k for k in range(at, len(program)) if program.steps[k].role.by == role.by)
        return next((k for k in wanted if program.steps[k].role.kind == RoleKind.GRADIENT), None)
    readers = (k for k in range(at + 1, len(program)) if program.steps[at].name in program.steps[k].reads)
    reader = next(readers, None)
    return None if reader is None else reader if _is_whole(program, reader) else _goal(program, reader)


def _is_whole(program: Program, at: int) -> bool:
    return program.steps[at].role.kind in (RoleKind.GRADIENT, RoleKind.INNER)


class _Ways:
    """Finds the paths of a gradient from how the derivation made its equation and the earlier ones."""

    def __init__(self, program: Program, at: int, goal: int) -> None:
        self._program, self._at, self._goal = program, at, goal
        self._gradients: dict[str, int] = {}
        self._inner: dict[str, int] = {}
        self._factors: dict[tuple[str, str], int] = {}
        for k, step in enumerate(program.steps):
            role = step.role
            if role.kind == RoleKind.GRADIENT:
                self._gradients[role.by] = k
            elif role.kind == RoleKind.INNER:
                self._inner[role.by] = k
            elif role.kind == RoleKind.FACTOR:
                self._factors[role.of, role.by] = k
            elif role.kind == RoleKind.CONTRIBUTION and len(role.via) == 1:
                self._factors[role.via[0], role.by] = k

    def ways(self, whole: bool) -> Iterator[ChainProduct]:
        """A product for each reader; with `whole`, all factors from the loss if there is one reader."""
        goal = self._program.steps[self._goal]
        if goal.role.kind == RoleKind.INNER:
            reader = goal.role.by
            yield (*self._until(reader, whole), self._factor(symbol(reader), self._net(goal), self._goal))
            return
        readers = goal.role.via
        for reader in readers:
            if reader == self._program.loss:
                yield (self._factor(symbol(reader), symbol(goal.role.by), self._goal),)
            else:
                before = self._until(reader, whole and len(readers) == 1)
                if not before and len(readers) > 1:
                    # The goal's equation computes this gradient, too, as that of a term of the loss.
                    before = (self._factor(symbol(self._program.loss), symbol(reader), self._goal),)
                for last in self._lasts(goal, reader):
                    yield (*before, *last)

    def _until(self, tensor: str, whole: bool) -> ChainProduct:
        """The factors from the loss to a tensor: only its gradient if it has several readers."""
        at = self._gradients.get(tensor)
        if at is None:
            return ()
        step = self._program.steps[at]
        (reader, *others) = step.role.via or ("",)
        if whole and not others and reader != self._program.loss:
            before, lasts = self._until(reader, whole), self._lasts(step, reader)
            if before and len(lasts) == 1:
                return (*before, *lasts[0])
        return (self._factor(symbol(self._program.loss), symbol(tensor), at),)

    def _lasts(self, step: Step, reader: str) -> tuple[ChainProduct, ...]:
        """The factors from one of a tensor's readers to the tensor itself.

        Two products if the reader has the tensor both within its intermediate result and outside of it.
        """
        by = symbol(step.role.by)
        holder = self._factors.get((reader, step.role.by), self._program.step_indices[step.name])
        direct = (self._factor(symbol(reader), by, holder),)
        inner, reads = self._inner.get(reader), self._program.steps[holder].reads
        if inner is None or self._program.steps[inner].name not in reads:
            return (direct,)
        net = self._net(self._program.steps[inner])
        through = (self._factor(symbol(reader), net, inner), self._factor(net, by, holder))
        at = self._gradients.get(reader)
        is_outside = at is not None and self._program.steps[at].name in reads
        return (through, direct) if is_outside else (through,)

    def _net(self, inner: Step) -> Symbol:
        """The intermediate result of an equation that an inner gradient is by."""
        written = notation(inner.name, self._program)
        return written.by if isinstance(written, Derivative) else symbol(inner.name)

    def _factor(self, of: Symbol, by: Symbol, step: int) -> ChainFactor:
        state = NOW if step == self._at else DONE if step < self._at else PENDING
        return ChainFactor(Derivative(of, by), self._program.steps[step].name, step + 1, state)
