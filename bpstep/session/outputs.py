"""What the network gives for any inputs with the parameters of a moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.frozen import frozen
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.model.network import Array, Network
from bpstep.program.program import Phase, Program, Step
from bpstep.session.frame import Frame

Found = TypeVar("Found")


@frozen
class Setting:
    """All that outputs depend on at a moment, besides the inputs: the equations in force, what they read, and
    the edits of the samples."""

    network: Network
    program: Program
    given: Mapping[str, Any]
    edits: tuple[Edit, ...]

    def is_same(self, other: Setting) -> bool:
        """True where both give the same outputs. Arrays are never written to: the same one is unchanged."""
        same = self.network is other.network and self.program is other.program and self.edits == other.edits
        return same and all(
            other.given[name] is value or (np.ndim(value) == 0 and other.given[name] == value)
            for name, value in self.given.items()
        )


def setting_of(frame: Frame) -> Setting:
    """The setting of a moment, of a network by layers."""
    program = frame.program
    read = {name for step in _forward_steps(program) for name in step.reads} - {"X"}
    given = {name: frame.tensors[name] for name in program.initial if name in read}
    edits = (edit for edit in frame.edits if isinstance(edit, Edit) and edit.at <= frame.n)
    return Setting(frame.network, program, given, tuple(edit for edit in edits if edit.name in program.data))


def edited_samples(setting: Setting) -> tuple[Array, Array]:
    """All samples and their labels with the edits that hold at the moment."""
    inputs, labels = setting.network.inputs.copy(), setting.network.labels.copy()
    for edit in setting.edits:
        table = inputs if edit.name == "X" else labels
        # A single sample may be a vector, whose cells have one index.
        (table if len(edit.index) == 2 else table[0])[edit.index] = edit.value
    return inputs, labels


def outputs_of(setting: Setting, inputs: Array) -> Array:
    """Y of these inputs, by the equations of the forward phase.

    ValueError or IndexError where the equations do not run on so many samples: somebody may have written
    them for one size of batch.
    """
    tensors, scope = {**setting.given, "X": inputs}, evaluation_scope()
    with np.errstate(all="ignore"):
        for step in _forward_steps(setting.program):
            tensors[step.name] = evaluate(step.code, tensors, scope)
    found: Array = tensors["Y"]
    return found


def _forward_steps(program: Program) -> list[Step]:
    return [step for step in program.steps if step.phase == Phase.FORWARD]


class Recent(Generic[Found]):
    """What was computed for the settings shown last: most steps change no parameter, and there may be two
    runs."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Setting, Any, Found]] = deque(maxlen=4)

    def find(self, setting: Setting, other: Any, compute: Callable[[], Found]) -> Found:
        """What was computed for the same setting and the same `other`, or what is computed now."""
        for kept, beside, found in self._kept:
            if beside == other and kept.is_same(setting):
                return found
        found = compute()
        self._kept.appendleft((setting, other, found))
        return found
