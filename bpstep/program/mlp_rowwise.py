"""The article's derivation: one sample, a pair of equations for each row of the first weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bpstep.errors import BpstepError
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.network import Network
from bpstep.program import messages
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.mlp import LayerDerivation, apply_derivative, next_rate
from bpstep.program.names import Names, delta_name
from bpstep.program.program import EquationDraft, Phase, Role, RoleKind
from bpstep.text import fill, fill_plural


class RowwiseDerivation(LayerDerivation):
    """The article's form: one sample, a pair of equations for each row of the first weights."""

    def __init__(self, network: Network, names: Names) -> None:
        super().__init__(network, names)
        problem = _rows_problem(network)
        if problem:
            raise BpstepError(problem)

    def data_shape(self, samples: int, width: int) -> tuple[int, ...]:
        """The shape of X or labelY, which have no axis of samples here."""
        return (width,)

    def data(self) -> tuple[Any, Any]:
        """X and labelY of the only sample."""
        return self.network.inputs[0], self.network.labels[0]

    def rows(self) -> range:
        """The rows of the first weights, counted from 1 as in their names."""
        return range(1, self.network.sizes[0] + 1)

    def weight_gradients(self, k: int) -> tuple[str, ...]:
        """The equations that give the gradient of the weights of layer k."""
        return ("delta_V",) if k == 2 else tuple(f"delta_w{row}" for row in self.rows())

    def gradient_text(self, k: int, parameter: str) -> str:
        """The gradient of a parameter in its shape, as in the update."""
        if k == 2:
            return f"delta_V.reshape({self.network.sizes[1]}, 1)"
        return f"concatenate([{', '.join(self.weight_gradients(1))}])"

    def equations(self) -> Iterator[EquationDraft]:
        """The equations of an iteration, in order."""
        yield from self.forward()
        yield from self.loss()
        yield self.loss_gradient()
        updates: list[EquationDraft] = []
        for k in (2, 1):
            yield from self.layer_gradients(k)
            if self.network.update_order == "immediate":
                yield from self.update(k, first=k == 2)
            else:
                updates += self.update(k, first=k == 2)
            if k == 2:
                yield from self.input_gradients()
        yield from updates
        yield from next_rate(self.network)

    def loss_gradient(self) -> EquationDraft:
        """The gradient of the loss with respect to Y, the first of the backward phase."""
        role = Role(RoleKind.DELTA_OUTPUT, 2, "E", "Y")
        source = LOSSES[self.network.loss].gradient.format(m=self.network.sizes[-1])
        return EquationDraft("delta_Y", source, Phase.BACKWARD, role, TensorLayout(LayoutKind.NODE, 2))

    def layer_gradients(self, k: int) -> Iterator[EquationDraft]:
        """The slope of layer k's activation, then the gradients of its weights."""
        net, out = self.names.net(k), self.names.out(k)
        factor = delta_name(out, net)
        derivative = apply_derivative(ACTIVATIONS[self.network.layers[k - 1].activation].derivative, net)
        role = Role(RoleKind.FACTOR_ACTIVATION, k, out, net)
        yield EquationDraft(factor, derivative, Phase.BACKWARD, role, TensorLayout(LayoutKind.NODE, k))
        if k == 2:
            source = "delta_Y * delta_Y_net2 * H"
            yield EquationDraft(
                "delta_V",
                source,
                Phase.BACKWARD,
                Role(RoleKind.DELTA_WEIGHTS, 2, "E", "V"),
                TensorLayout(LayoutKind.EDGE, 2),
            )
            return
        for row in self.rows():
            local, layout = f"delta_net1_w{row}", TensorLayout(LayoutKind.EDGE, 1, source_row=row - 1)
            source = f"repeat(X[{row - 1}], {self.network.sizes[1]})"
            yield EquationDraft(
                local, source, Phase.BACKWARD, Role(RoleKind.FACTOR_ROW, 1, "net_1", f"w{row}"), layout
            )
            source = f"delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * {local}"
            yield EquationDraft(
                f"delta_w{row}", source, Phase.BACKWARD, Role(RoleKind.DELTA_ROW, 1, "E", f"w{row}"), layout
            )

    def input_gradients(self) -> Iterator[EquationDraft]:
        """The derivative of the second layer's net input by H: the transposed weights."""
        role = Role(RoleKind.FACTOR_INPUT, 2, "net_2", "H")
        yield EquationDraft(
            "delta_net2_H", "V.T", Phase.BACKWARD, role, TensorLayout(LayoutKind.EDGE, 2, transposed=True)
        )


def _rows_problem(network: Network) -> str:
    """Why the network has no row-by-row form, as a sentence; empty if it has one."""
    layers = network.layers
    if len(layers) != 2:
        one, many = messages.ROWS_NEED_TWO_LAYERS_ONE, messages.ROWS_NEED_TWO_LAYERS_MANY
        return fill_plural(len(layers), one, many)
    if network.samples != 1:
        return fill(messages.ROWS_NEED_ONE_SAMPLE, count=network.samples)
    if network.sizes[-1] != 1:
        return fill(messages.ROWS_NEED_ONE_OUTPUT, count=network.sizes[-1])
    if network.update_biases and any(layer.bias is not None for layer in layers):
        return fill(messages.ROWS_NEED_FIXED_BIASES)
    if network.l2:
        return fill(messages.ROWS_NEED_NO_L2)
    if any(layer.activation == "softmax" for layer in layers):
        return fill(messages.ROWS_NEED_NO_SOFTMAX)
    return ""
