"""Moments of programs given by their forward equations, for the pane that draws them as rails."""

import forward_programs
import numpy as np

from bpstep.model.network import Network
from bpstep.program.diagram import LayoutKind, TensorLayout
from bpstep.program.program import EquationDraft, GivenTensors, Phase, Program, Role, RoleKind
from bpstep.session.frame import Frame

NONE = TensorLayout(LayoutKind.NONE)


def make_program(name):
    """The program of a file in tests/programs: forward, loss, backward and an update of each parameter."""
    forward, start, parameters = forward_programs.read(name)
    return program_of(forward, start, parameters)


def program_of(forward, start, parameters):
    """The program of forward equations, tensors that are there from the start, and parameters."""
    loss = forward[-1][0]
    drafts = [
        EquationDraft(
            name,
            source,
            Phase.LOSS if name == loss else Phase.FORWARD,
            Role(RoleKind.LOSS if name == loss else RoleKind.NET, by=name),
            NONE,
        )
        for name, source in forward
    ]
    lines = forward_programs.backward(forward, start, parameters)
    drafts += [
        EquationDraft(
            line.name, line.source, Phase.BACKWARD, Role(RoleKind.DELTA_NET, of=line.of, by=line.by), NONE
        )
        for line in lines
    ]
    gradients = forward_programs.gradients(lines, loss)
    updated = [name for name in parameters if name in gradients]
    drafts += [
        EquationDraft(
            name,
            f"{name} - learning_rate * {gradients[name]}",
            Phase.UPDATE,
            Role(RoleKind.UPDATE, by=name),
            NONE,
        )
        for name in reversed(updated)
    ]
    initial = {**start, "learning_rate": np.float64(0.1)}
    layouts = dict.fromkeys(initial, NONE)
    return Program(drafts, GivenTensors(initial, layouts), {name: (gradients[name],) for name in updated})


def run(program):
    """The tensors after each number of equations of the first iteration."""
    found = [dict(program.initial)]
    for step in program.steps:
        lines = [(step.name, step.source)]
        found.append(forward_programs.run(lines, found[-1]))
    return found


_RUNS = {}


def make_frame(program, at=""):
    """The moment just after the equation `at`; the start if it is empty."""
    states = _RUNS.setdefault(id(program), (program, run(program)))[1]
    done = program.step_indices[at] + 1 if at else 0
    network = Network("made", (), np.zeros((1, 1)), np.zeros((1, 1)), 0.1, "half_squared_error")
    return Frame(
        n=done,
        iteration=0,
        done=done,
        step=program.steps[done - 1] if done else None,
        tensors=states[done],
        before=states[max(done - 1, 0)],
        program=program,
        network=network,
        rows=(0,),
        edits=(),
        marks={},
        breakpoints=(),
        losses=([], []),
        previous_loss=None,
        furthest=done,
        first_nonfinite="",
        not_run={},
    )
