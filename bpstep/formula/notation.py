"""How a tensor's name is written as mathematics: net_1 is net with subscript 1, delta_V is ∂E/∂V."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bpstep.program import Program

_NUMBERED = re.compile(r"([A-Za-z]+?)_?([0-9]+)")
_SLOT = re.compile(r"(velocity|square|m|v)_(\w+)")


@dataclass(frozen=True)
class Symbol:
    """A letter or word with a subscript: net₁ is Symbol("net", "1")."""

    base: str
    subscript: str = ""
    slot: bool = False
    """True for what an optimiser remembers of the tensor in the subscript: m_V."""


@dataclass(frozen=True)
class Derivative:
    """∂of/∂by."""

    of: Symbol
    by: Symbol


Notation = Symbol | Derivative


def symbol(name: str) -> Symbol:
    """A tensor's name without its derivative: W1, net_1, velocity_V, learning_rate."""
    slot = _SLOT.fullmatch(name)
    if slot:
        return Symbol(slot[1], slot[2], slot=True)
    numbered = _NUMBERED.fullmatch(name)
    return Symbol(numbered[1], numbered[2]) if numbered else Symbol(name)


def notation(name: str, program: Program) -> Notation:
    """How a tensor of the program is written."""
    at = program.names.get(name)
    role = None if at is None else program.steps[at].role
    if role is None or not role.of:
        return symbol(name)
    return Derivative(symbol(role.of), symbol(role.by))
