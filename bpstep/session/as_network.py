"""The network that a session shows, as the start of a new session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bpstep.engine.edits import Edit, EditEvent, EditLine, Overrides, with_cells
from bpstep.model.network import ForwardPass, Layer, Network
from bpstep.model.optimizers import Schedule
from bpstep.program.names import Names
from bpstep.session.session import Session


def network_at(session: Session) -> Network:
    """The network that the session shows, as the start of a new session.

    Its initial values and constants are those of n = 0 with their edits, its equations those in force in the
    iteration on screen. Published values stay only if nothing differs: they belong to the original network.
    """
    network, frame = session.network, session.frame
    program = frame.program.user_equations
    edited = replace(network, **_initial(session), program=program)
    same = program == session.program.user_equations and not any(map(_is_initial, frame.edits))
    return edited if same else replace(edited, published_values=())


def omitted_edits(session: Session) -> tuple[str, ...]:
    """The edits that have no place in the file: results, later writes and equations, optimiser slots."""
    frame, placed = session.frame, _saved_tensors(session.network)
    cells = (
        edit.cell
        for edit in frame.edits
        if not isinstance(edit, EditLine)
        and (edit.at or edit.name not in placed if isinstance(edit, Edit) else edit.at > frame.start)
    )
    return tuple(dict.fromkeys(cells))


def _is_initial(edit: EditEvent) -> bool:
    return isinstance(edit, Edit) and edit.at == 0


def _saved_tensors(network: Network) -> set[str]:
    """The tensors whose values a network file holds."""
    if network.forward is not None:
        forward = network.forward
        given = _constants(network)
        return given.union(forward.data, forward.constants, forward.parameters, forward.running)
    names = Names(len(network.layers))
    layers = {name(k) for k in range(1, len(network.layers) + 1) for name in (names.weights, names.bias)}
    return {"X", "labelY", *_constants(network), *layers}


def _constants(network: Network) -> set[str]:
    """The numbers that a file contains; a decreasing rate is given by its initial value."""
    rate = "learning_rate" if network.schedule is None else "rate_start"
    return {rate, *network.constants}


def _initial(session: Session) -> dict[str, Any]:
    """The parts of a network that edits at n = 0 may have changed."""
    network, names = session.network, Names(len(session.network.layers))
    overrides = Overrides(session.program, session.journal.edits)

    def start(name: str, value: Any) -> Any:
        cells = overrides.constant(name, 0)
        return overrides.edited_value(0, name, with_cells(value, cells) if cells else value)

    options = {name: float(start(name, value)) for name, value in network.optimizer_options.items()}
    rates: dict[str, Any] = {
        "learning_rate": float(start("learning_rate", network.learning_rate)),
        "optimizer_options": options,
    }
    if network.schedule is not None:
        rates["learning_rate"] = float(start("rate_start", network.learning_rate))
        numbers = network.schedule.options
        numbers = {name: float(start(f"rate_{name}", value)) for name, value in numbers.items()}
        rates["schedule"] = Schedule(network.schedule.kind, numbers)
    if network.forward is not None:
        parts = (network.forward.data, network.forward.constants, network.forward.parameters)
        data, constants, parameters = (
            {name: start(name, value) for name, value in part.items()} for part in parts
        )
        running = {
            name: replace(value, start=start(name, value.start))
            for name, value in network.forward.running.items()
        }
        forward = ForwardPass(network.forward.equations, data, constants, parameters, running)
        return {**rates, "forward": forward}
    if network.l2:
        rates["l2"] = float(start("l2", network.l2))
    layers = (
        Layer(
            start(names.weights(k), layer.weights),
            None if layer.bias is None else start(names.bias(k), layer.bias),
            layer.activation,
        )
        for k, layer in enumerate(network.layers, 1)
    )
    return {
        **rates,
        "inputs": start("X", network.inputs),
        "labels": start("labelY", network.labels),
        "layers": tuple(layers),
    }
