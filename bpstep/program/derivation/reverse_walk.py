"""One equation in reverse: the gradient of its result, passed down its tree to the tensors that it reads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from bpstep.errors import ExpressionError
from bpstep.lang.shape_rules import Shape
from bpstep.program import messages
from bpstep.program.derivation import rules
from bpstep.program.derivation.algebra import ATOM, Atom, Factor, Product, named, of, unbroadcast
from bpstep.program.derivation.delta_names import DeltaNames
from bpstep.program.derivation.equations import (
    BlockGradient,
    Contribution,
    DerivedEquation,
    FactorEquation,
    ForwardEquation,
    OperationPath,
)
from bpstep.program.derivation.long_equations import split
from bpstep.program.derivation.reading import EquationReader
from bpstep.program.derivation.structure import active_names, is_active, operation
from bpstep.program.derivation.template import Template
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.program import for_equation
from bpstep.text import fill


@dataclass
class Context:
    """The state that all equations of one derivation share: the tensors, and what was derived so far."""

    shapes: list[dict[str, Shape]]
    """The shapes of all tensors, for each kind of batch, the usual one first."""
    parameters: tuple[str, ...]
    definitions: dict[str, ForwardEquation]
    loss: str
    names: DeltaNames
    rules: Mapping[str, Rule]
    """The rule of each operation."""
    active: set[str] = field(default_factory=set)
    """The tensors that depend on a parameter."""
    held: set[int] = field(default_factory=set)
    """The `id` of each node that the loss does not depend on."""
    contributions: dict[str, list[Contribution]] = field(default_factory=dict)
    """The contributions to each tensor's gradient so far."""
    matrix_factors: bool = True
    """False if a matrix product is always reversed in one line, without a line for W.T."""
    counts: dict[str, set[int]] = field(default_factory=dict)
    """For each scalar the numbers of cells that its definition sums over, computed on demand."""
    inner: dict[tuple[str, str], str] = field(default_factory=dict)
    """The names of the gradients of intermediate results, by the equation and the text of the gradient."""
    parts: dict[str, str] = field(default_factory=dict)
    """The names of the parts of equations by their text."""
    lines: list[DerivedEquation] = field(default_factory=list)
    """Equations that were written and not yet returned."""

    def shape(self, tensor: str) -> Shape:
        """The shape of a tensor in a usual batch."""
        return self.shapes[0][tensor]

    def write(self, equation: DerivedEquation) -> None:
        """Add an equation; if it is too long for one line, subexpressions get their own names."""
        rest = self._write_pieces(equation)
        self.lines.append(replace(equation, source=rest))

    def write_part(self, source: str, by: str, via: tuple[str, ...], rules: tuple[str, ...]) -> str:
        """Add an equation for a part of a tensor's gradient; returns its name.

        Parts are numbered in the order in which they are computed, so those that it reads come first.
        """
        gradient = self.names.gradient(by)
        unnamed = self.names.stand_in(gradient)
        equation = DerivedEquation(unnamed, source, DerivedForm.PART, self.loss, by, via, rules)
        rest = self._write_pieces(equation)
        name = self.names.part(gradient)
        self.lines.append(replace(equation, name=name, source=rest))
        return name

    def _write_pieces(self, equation: DerivedEquation) -> str:
        """Add equations for what makes an equation too long for one line; returns the rest."""
        pieces, rest = split(equation.name, equation.source, self.names, self.parts)
        self.lines += [
            replace(equation, name=part, source=text, form=DerivedForm.PART, rules=())
            for part, text in pieces
        ]
        return rest


class ReverseWalk(EquationReader):
    """One forward equation in reverse."""

    def __init__(self, context: Context, equation: ForwardEquation) -> None:
        super().__init__(equation, context.shapes, equation.name != context.loss)
        self.context = context

    def start(self, gradient: Product) -> None:
        """Pass the gradient of the result to the tensors that the equation reads."""
        try:
            self.walk(self.equation.tree, gradient, ())
        except ExpressionError as error:
            raise for_equation(self.equation.name, error) from None

    def walk(
        self,
        node: ast.expr,
        g: Product,
        path: OperationPath,
        alternative: FactorEquation | BlockGradient | None = None,
    ) -> None:
        """Pass the gradient `g` of a node's value to the tensors under it; `alternative` goes to a name."""
        if not self.is_active(node):
            return
        g = self._with_own_name(g)
        if isinstance(node, ast.Name):
            found = self.context.contributions.setdefault(node.id, [])
            found.append(Contribution(self.equation.name, g, path, alternative))
            return
        rule = self.context.rules.get(operation(node))
        if rule is None:
            raise ExpressionError(fill(messages.NO_DERIVATIVE, operation=operation(node)))
        rule(self, node, g, path)

    def walk_broadcast(
        self,
        operand: ast.expr,
        g: Product,
        node: ast.expr,
        path: OperationPath,
        alternative: FactorEquation | BlockGradient | None = None,
    ) -> None:
        """Pass the gradient of a node's value to an operand that was broadcast to the node's shape."""
        if not self.is_active(operand):
            return
        if self.shape(operand) != self.shape(node):
            form = DerivedForm.SUM_OF_PRODUCTS if len(g.factors) > 1 else DerivedForm.SUM_OVER_BROADCAST
            g = unbroadcast(g, self.sizes(node), self.shape(operand))
            path = (*path, (form, "broadcast"))
            alternative = None
        self.walk(operand, g, path, alternative)

    def _with_own_name(self, g: Product) -> Product:
        """The gradient with the equation's name, if it has all factors of the equation's result.

        For `P = exp(z) / sum(exp(z))` the exponentials become `P`, as a textbook writes a softmax.
        """
        own, powers = self._own_factors, {factor.atom.key: factor.power for factor in g.factors}
        if not own or not all(0 < power / powers.get(key, -power) <= 1 for key, power in own.items()):
            return g
        name = Factor(named(self.equation.name, self.shape(self.equation.tree)))
        factors: list[Factor] = []
        for factor in g.factors:
            power = factor.power - own.get(factor.atom.key, 0)
            if factor.atom.key in own and name not in factors:
                factors.append(name)
            if power:
                factors.append(replace(factor, power=power))
        return replace(g, factors=tuple(factors))

    @cached_property
    def _own_factors(self) -> dict[str, Fraction]:
        """The power of each factor of the equation's result; empty if it is not a plain product."""
        if not self.has_named_result or not isinstance(self.equation.tree, ast.BinOp):
            return {}
        own = self._product(self.equation.tree)
        if len(own.factors) < 2 or own.number != 1 or own.divisors:
            return {}
        return {factor.atom.key: factor.power for factor in own.factors}

    def is_active(self, node: ast.expr) -> bool:
        """True if a parameter affects the node's value with a derivative."""
        return is_active(node, self.context.active, self.context.held)

    def has_several_occurrences(self, node: ast.expr) -> bool:
        """True if a gradient goes to several places under the node."""
        return self.occurrences(node) > 1

    def occurrences(self, node: ast.expr) -> int:
        """How many occurrences under the node are tensors that get a gradient."""
        return sum(1 for _ in active_names(node, self.context.active, self.context.held))

    def is_result_gradient(self, g: Product) -> bool:
        """True for the gradient of the equation's result itself."""
        return self.has_named_result and g.text == self.context.names.gradient(self.equation.name)

    def from_rule(self, rule: str, node: ast.expr, letters: Mapping[str, Product | ast.expr]) -> Product:
        """A rule's text with its letters replaced: by products, or by nodes of the forward text."""
        return Template(self, node, letters).read(rules.parsed(rule))

    def full(self, g: Product, node: ast.expr) -> Product:
        """The gradient in the whole shape of the node's value, not one that broadcasts to it."""
        if g.shape == self.shape(node):
            return g
        return g * of(Atom(f"ones_like({self.raw(node).text})", ATOM, self.shape(node)))

    def full_atom(self, g: Product, node: ast.expr) -> tuple[Product, Atom]:
        """The gradient as a product of scalars, and an atom of the node's shape."""
        arrays, scalars = self.full(g, node).split(lambda factor: factor.atom.shape != ())
        turned = (-arrays).turned()
        if scalars.number < 0 < turned.number:
            return -scalars, turned.atom
        return scalars, arrays.atom

    def name_inner(self, g: Product, node: ast.expr, path: OperationPath) -> Product:
        """Give the gradient of a node's value a name, so that several gradients can share it."""
        if g.text.isidentifier():
            return g
        equation, source = self.equation.name, self.full(g, node).turned().text
        if (equation, source) not in self.context.inner:
            name = self.context.names.inner(equation)
            passed = tuple(operation for _, operation in path)
            self.context.write(
                DerivedEquation(
                    name, source, DerivedForm.INNER, self.context.loss, equation, (equation,), passed
                )
            )
            self.context.inner[equation, source] = name
        return of(named(self.context.inner[equation, source], self.shape(node)))

    def name_factor(self, source: str, tensor: str, path: OperationPath) -> str:
        """Add an equation for the derivative of the equation's result by one of its tensors; returns its
        name.
        """
        equation = self.equation.name
        name = self.context.names.factor(equation, tensor)
        passed = tuple(operation for _, operation in path)
        self.context.write(
            DerivedEquation(name, source, DerivedForm.FACTOR_ELEMENTWISE, equation, tensor, rules=passed)
        )
        return name

    def name_part(self, source: str, tensor: str, path: OperationPath) -> str:
        """Add an equation for a text in a tensor's gradient, once, as a part of it; returns its name."""
        known = self.context.parts.get(source)
        if known is not None:
            return known
        passed = tuple(operation for _, operation in path)
        name = self.context.write_part(source, tensor, (self.equation.name,), passed)
        self.context.parts[source] = name
        return name


Rule = Callable[[ReverseWalk, Any, Product, OperationPath], None]
"""How an operation passes its result's gradient on: called with its node, the gradient and its path."""
