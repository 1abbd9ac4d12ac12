"""A network given by its forward equations: its program, with a derived backward pass and updates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bpstep.errors import ExpressionError
from bpstep.lang.cost import check_cost
from bpstep.lang.index_bounds import whole_ranges
from bpstep.lang.shapes import shape_text, value_shape
from bpstep.model.network import RUNNING, ForwardPass, Network
from bpstep.model.optimizers import optimizer_with
from bpstep.program import messages
from bpstep.program.chain import find_diagram
from bpstep.program.derivation.equations import DerivedEquation
from bpstep.program.derivation.reverse_pass import derive
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.mlp import count_equation, counts_updates, next_rate
from bpstep.program.program import EquationDraft, GivenTensors, Phase, Program, Role, RoleKind, for_equation
from bpstep.text import fill

_NOWHERE = TensorLayout(LayoutKind.NONE)

_UNNAMED = (DerivedForm.INNER, DerivedForm.PART)
"""Kinds of equations that are not the gradient of a named tensor."""

_FACTORS = (DerivedForm.FACTOR_ELEMENTWISE, DerivedForm.FACTOR_MATMUL)


def derive_from_forward(network: Network, forward: ForwardPass) -> Program:
    """The program of a network that is given by its forward pass.

    ExpressionError, with `equation` set, if an equation of the forward pass, the derivation or the network's
    `program` is invalid.
    """
    initial = _initial(network, forward)
    batches = [
        {name: value_shape(value[:count]) for name, value in forward.data.items()}
        for count in network.batch_sizes
    ]
    shapes = {name: value_shape(value) for name, value in initial.items()}
    derived = derive(
        forward.equations,
        [{**shapes, **batch} for batch in batches],
        tuple(forward.parameters),
        [name for name in initial if name not in forward.parameters],
    )
    loss = forward.equations[-1][0]
    gradients = {name: _gradient(derived, loss, name) for name in forward.parameters}
    drafts = [*_forward(forward), *_backward(derived, loss), *_updates(network, forward, gradients)]
    layouts = dict.fromkeys(initial, _NOWHERE)
    program = Program(
        drafts,
        GivenTensors(initial, layouts, batches, tuple(forward.parameters), whole_ranges(forward.data)),
        {name: (gradient,) for name, gradient in gradients.items()},
        network.program,
        network.program if network.puzzle else None,
        loss,
    )
    _check_running_shapes(program, forward)
    for step in program.steps:
        try:
            check_cost(step.tree, program.shapes)
        except ExpressionError as error:
            raise for_equation(step.name, error) from None
    program.diagram = find_diagram(program)
    return program


def _initial(network: Network, forward: ForwardPass) -> dict[str, Any]:
    """Every tensor present before the first step, in the order in which they are listed."""
    count = network.batch_sizes[0]
    optimizer = optimizer_with(network.optimizer, network.optimizer_options)
    found: dict[str, Any] = {name: value[:count] for name, value in forward.data.items()}
    found |= forward.constants
    found["learning_rate"] = np.float64(network.learning_rate)
    found |= {name: np.float64(value) for name, value in network.constants.items()}
    found |= forward.parameters
    if counts_updates(network):
        found["t"] = np.float64(0)
    for name, value in forward.parameters.items():
        found |= {slot.format(p=name): np.zeros_like(value) for slot, _ in optimizer.slots}
    found |= {name: value.start for name, value in forward.running.items()}
    return found


def _check_running_shapes(program: Program, forward: ForwardPass) -> None:
    """Refuse a running value, or its equation, whose shape differs from the tensor that it replaces."""
    for name, value in forward.running.items():
        of = name.removeprefix(RUNNING)
        wanted = program.shapes[of]
        for got in (value_shape(value.start), program.shapes[name]):
            if got != wanted:
                slots = {"of": of, "expected": shape_text(wanted), "got": shape_text(got)}
                raise for_equation(name, ExpressionError(fill(messages.RUNNING_SHAPE, **slots)))


def _gradient(derived: list[DerivedEquation], loss: str, parameter: str) -> str:
    """The name of the equation that is a tensor's whole gradient: the last that is about it."""
    return _whole_gradients(derived, loss)[parameter]


def _whole_gradients(derived: list[DerivedEquation], loss: str) -> dict[str, str]:
    """By tensor the equation that is its whole gradient: after its contributions, the last about it."""
    return {line.by: line.name for line in derived if line.of == loss and line.form not in _UNNAMED}


def _forward(forward: ForwardPass) -> Iterator[EquationDraft]:
    loss = forward.equations[-1][0]
    for name, source in forward.equations:
        kind, phase = (RoleKind.LOSS, Phase.LOSS) if name == loss else (RoleKind.VALUE, Phase.FORWARD)
        yield EquationDraft(name, source, phase, Role(kind, by=name), _NOWHERE)


def _backward(derived: list[DerivedEquation], loss: str) -> Iterator[EquationDraft]:
    whole = _whole_gradients(derived, loss)
    for line in derived:
        if line.form in _FACTORS:
            kind = RoleKind.FACTOR
        elif line.form == DerivedForm.INNER:
            kind = RoleKind.INNER
        else:
            kind = RoleKind.GRADIENT if whole.get(line.by) == line.name else RoleKind.CONTRIBUTION
        role = Role(kind, 0, line.of, line.by, line.form, line.via, line.rules)
        yield EquationDraft(line.name, line.source, Phase.BACKWARD, role, _NOWHERE)


def _updates(network: Network, forward: ForwardPass, gradients: dict[str, str]) -> Iterator[EquationDraft]:
    """The updates, from the last parameter to the first, each after the optimizer's slots.

    Then the running values: they average values of the batch, which no update changes.
    """
    optimizer = optimizer_with(network.optimizer, network.optimizer_options)
    yield from count_equation(network)
    for parameter, gradient in reversed(gradients.items()):
        for name, source in optimizer.slots:
            text = source.format(p=parameter, g=gradient)
            role = Role(RoleKind.SLOT, by=parameter)
            yield EquationDraft(name.format(p=parameter), text, Phase.UPDATE, role, _NOWHERE)
        text = optimizer.update.format(p=parameter, g=gradient)
        yield EquationDraft(parameter, text, Phase.UPDATE, Role(RoleKind.UPDATE, by=parameter), _NOWHERE)
    for name, value in forward.running.items():
        role = Role(RoleKind.RUNNING, by=name.removeprefix(RUNNING))
        yield EquationDraft(name, value.next, Phase.UPDATE, role, _NOWHERE)
    yield from next_rate(network)
