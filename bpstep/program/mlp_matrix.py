"""The usual derivation: tensors are (samples, units), a gradient has its parameter's shape.

The backward pass is derived from the text of the forward pass, as for any network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from bpstep.program.derivation.equations import DerivedEquation
from bpstep.program.derivation.reverse_pass import derive
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.mlp import LayerDerivation, next_rate
from bpstep.program.names import delta_name
from bpstep.program.program import EquationDraft, Phase, Role, RoleKind


class MatrixDerivation(LayerDerivation):
    """Tensors are (samples, units), a gradient has its parameter's shape."""

    def equations(self) -> Iterator[EquationDraft]:
        """The equations of an iteration, in order."""
        forward = [*self.forward(), *self.loss()]
        yield from forward
        updates: list[EquationDraft] = []
        last_gradients = {gradients[-1]: k for k in range(1, self.depth + 1) for gradients in self._layer(k)}
        for line in self._derived(forward):
            yield self._backward(line)
            k = last_gradients.get(line.name, 0)
            if k and self.network.update_order == "immediate":
                yield from self.update(k, first=k == self.depth)
            elif k:
                updates += self.update(k, first=k == self.depth)
        yield from updates
        yield from next_rate(self.network)

    def _layer(self, k: int) -> Iterator[tuple[str, ...]]:
        """The gradients of the parameters of layer k, in the order of their equations."""
        biases = (delta_name(self.names.bias(k)),) if self.learns_bias(k) else ()
        yield (*self.weight_gradients(k), *biases)

    def _derived(self, forward: list[EquationDraft]) -> list[DerivedEquation]:
        shapes = {name: np.shape(value) for name, value in self.initial().items()}
        return derive(
            [(line.name, line.source) for line in forward],
            [{**shapes, **self.batch_shapes(count)} for count in self.network.batch_sizes],
            tuple(self.gradients()),
        )

    def _backward(self, line: DerivedEquation) -> EquationDraft:
        """A derived equation with its role and place in the layers."""
        kind, layer, layout = self._places[line.of, line.by]
        role = Role(kind, layer, line.of, line.by)
        if len(line.via) > 1:
            # It does not pass through the layer alone: the sentences about layers do not apply.
            role = Role(RoleKind.GRADIENT, layer, line.of, line.by, line.form, line.via, line.rules)
        return EquationDraft(line.name, line.source, Phase.BACKWARD, role, layout)

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[RoleKind, int, TensorLayout]]:
        """For (what is differentiated, by which tensor): the kind of derivative, its layer and its place."""
        found = {}
        for k in range(1, self.depth + 1):
            net, out, before = self.names.net(k), self.names.out(k), self.names.out(k - 1)
            node, edge = TensorLayout(LayoutKind.NODE, k), TensorLayout(LayoutKind.EDGE, k)
            turned = TensorLayout(LayoutKind.EDGE, k, transposed=True)
            below = TensorLayout(LayoutKind.NODE, k - 1)
            bias = TensorLayout(LayoutKind.BIAS, k)
            found["E", net] = RoleKind.DELTA_NET, k, node
            found["E", self.names.weights(k)] = RoleKind.DELTA_WEIGHTS, k, edge
            found["E", self.names.bias(k)] = RoleKind.DELTA_BIAS, k, bias
            found["E", before] = RoleKind.DELTA_INPUT, k, below
            found[out, net] = RoleKind.FACTOR_ACTIVATION, k, node
            found[net, before] = RoleKind.FACTOR_INPUT, k, turned
        output = TensorLayout(LayoutKind.NODE, self.depth)
        found["E", self.names.out(self.depth)] = RoleKind.DELTA_OUTPUT, self.depth, output
        return found
