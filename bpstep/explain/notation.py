"""The characters of formulas, and their plain ASCII substitutes."""

from __future__ import annotations

import ast
import re

from bpstep.frozen import frozen
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.trees import function_name
from bpstep.program.names import name_in_delta
from bpstep.program.program import Program, RoleKind

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@frozen
class Glyphs:
    """A set of characters. With `ascii`, every one is plain ASCII."""

    ascii: bool = False

    def pick(self, unicode_text: str, ascii_text: str) -> str:
        """The first if the terminal can show it, else the second."""
        return ascii_text if self.ascii else unicode_text

    @property
    def partial(self) -> str:
        """The sign of a partial derivative."""
        return self.pick("∂", "d")

    @property
    def symbol_times(self) -> str:
        """Multiplication of symbols."""
        return self.pick("·", "*")

    @property
    def number_times(self) -> str:
        """Multiplication of numbers."""
        return self.pick("×", "*")

    @property
    def minus(self) -> str:
        """Subtraction; the sign of a negative number is always the hyphen."""
        return self.pick("−", "-")

    @property
    def bar(self) -> str:
        """A fraction's bar."""
        return self.pick("─", "-")

    @property
    def ellipsis(self) -> str:
        """The mark for omitted parts."""
        return self.pick("…", "...")

    def power(self, exponent: str) -> str:
        if exponent.lstrip("-").isdigit() and not self.ascii:
            return exponent.translate(_SUPERSCRIPTS)
        return f"^{exponent}"

    def symbol(self, symbol: Symbol) -> str:
        """A name with its subscript."""
        if not symbol.subscript:
            return symbol.base
        if symbol.subscript.isdigit() and not self.ascii:
            return symbol.base + symbol.subscript.translate(_SUBSCRIPTS)
        separator = "" if symbol.subscript.isdigit() and len(symbol.base) == 1 else "_"
        return symbol.base + separator + symbol.subscript

    def inline(self, notation: Notation) -> str:
        """A name on one line: net₁, ∂E/∂V."""
        if isinstance(notation, Symbol):
            return self.symbol(notation)
        return f"{self.partial}{self.symbol(notation.of)}/{self.partial}{self.symbol(notation.by)}"


_NUMBERED = re.compile(r"([A-Za-z]+?)_?([0-9]+)")

_SEVERAL = re.compile(r"^_[0-9]+$")

_SLOT = re.compile(r"(velocity|square|m|v)_(\w+)")


@frozen
class Symbol:
    """A letter or word with a subscript: net₁ is Symbol("net", "1")."""

    base: str
    subscript: str = ""
    is_slot: bool = False
    """True for an optimiser's memory of the tensor in the subscript: m_V."""


@frozen
class Derivative:
    """∂of/∂by."""

    of: Symbol
    by: Symbol


Notation = Symbol | Derivative


def symbol(name: str) -> Symbol:
    """A tensor's name without its derivative: W1, net_1, velocity_V, learning_rate."""
    slot = _SLOT.fullmatch(name)
    if slot:
        return Symbol(slot[1], slot[2], is_slot=True)
    numbered = _NUMBERED.fullmatch(name)
    return Symbol(numbered[1], numbered[2]) if numbered else Symbol(name)


def notation(name: str, program: Program) -> Notation:
    """How a tensor of the program is written."""
    at = program.step_indices.get(name)
    role = None if at is None else program.steps[at].role
    if at is None or role is None or not role.of or role.scale != 1:
        return symbol(name)
    if role.kind == RoleKind.CONTRIBUTION:  # Not all of a derivative.
        return symbol(name)
    if role.kind == RoleKind.INNER:
        # An equation may have several intermediate results: the second is net_r_2.
        numbered = _SEVERAL.search(name.removeprefix("delta_net" + name_in_delta(role.by)))
        return Derivative(symbol(role.of), Symbol("net", role.by + (numbered[0] if numbered else "")))
    return Derivative(symbol(role.of), symbol(role.by))


def keyword_texts(node: ast.Call) -> list[str]:
    """The keywords of a call as in code: axis=1. None for a reduction, whose axes have signs of their own."""
    if FUNCTIONS[function_name(node)].reduces:
        return []
    return [f"{each.arg}={ast.unparse(each.value)}" for each in node.keywords]
