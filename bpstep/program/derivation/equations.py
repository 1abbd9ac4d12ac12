"""The equations of a derivation: the given ones, the derived ones, and how they are connected."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from bpstep.lang.shape_rules import Shape
from bpstep.program.derivation.algebra import Product
from bpstep.program.derived_forms import DerivedForm

OperationPath = tuple[tuple[DerivedForm, str], ...]
"""The operations that a gradient passes, from the reader's result inwards: (form, operator or function)."""


@dataclass(frozen=True)
class DerivedEquation:
    """An equation of the backward pass, and its meaning."""

    name: str
    source: str
    form: DerivedForm
    of: str
    """The tensor that is differentiated: the loss, or A of a factor delta_A_B."""
    by: str
    """The tensor it is differentiated by: Q of delta_Q, B of delta_A_B."""
    via: tuple[str, ...] = ()
    """The forward equations through which the gradient comes back."""
    rules: tuple[str, ...] = ()
    """The operations that the gradient passes, from the reader's result inwards."""


@dataclass
class ForwardEquation:
    """An equation to be differentiated."""

    name: str
    source: str
    tree: ast.expr
    shapes: list[dict[int, Shape]]
    """The shape of every node of the tree by its `id`, for each kind of batch."""
    reads: dict[str, int] = field(default_factory=dict)
    """How often it reads each tensor that gets a gradient."""


@dataclass(frozen=True)
class FactorEquation:
    """A derivative that gets its own equation if the tensor has no other reader."""

    source: str
    template: str
    """How the gradient is computed from `{g}`, the gradient of the reader, and `{f}`, the factor."""
    form: DerivedForm
    """FACTOR_ELEMENTWISE or FACTOR_MATMUL."""


@dataclass(frozen=True)
class BlockGradient:
    """A block of a tensor that one occurrence reads, and the gradient of that block."""

    region: tuple[tuple[int, int], ...]
    """(start, stop) along each axis."""
    gradient: Product
    """Without the zeros around it."""


@dataclass(frozen=True)
class Contribution:
    """The contribution of one occurrence to a tensor's gradient."""

    reader: str
    """The equation in which the tensor occurs."""
    product: Product
    path: OperationPath
    alternative: FactorEquation | BlockGradient | None = None
    """Another form of the gradient, used if it reads better."""

    @property
    def factor(self) -> FactorEquation | None:
        """The factor that may get its own equation."""
        return self.alternative if isinstance(self.alternative, FactorEquation) else None

    @property
    def block(self) -> BlockGradient | None:
        """The block that is read, if it is not the whole tensor."""
        return self.alternative if isinstance(self.alternative, BlockGradient) else None


def operations(contributions: list[Contribution]) -> tuple[str, ...]:
    """The operations that the contributions pass, each once."""
    return tuple(dict.fromkeys(operation for one in contributions for _, operation in one.path))
