"""The network's outputs for any inputs, with the parameters of a moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from bpstep.engine.edits import Edit
from bpstep.frozen import frozen
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.model.network import RUNNING, Array, Network
from bpstep.program.expression import evaluate_expression, parse_expression
from bpstep.program.program import Program
from bpstep.program.sample_tensors import SampleTensors, find_sample_tensors, steps_to
from bpstep.session.frame import Frame

Found = TypeVar("Found")

DROPOUT = "dropout"
"""The prefix of constants that are 0 outside training: then nothing is dropped."""


@frozen
class Setting:
    """Everything that outputs depend on at a moment, except the inputs: the equations in force, the tensors
    that they read, and the edits of the samples.
    """

    network: Network
    program: Program
    samples: SampleTensors
    given: Mapping[str, Any]
    edits: tuple[Edit, ...]

    def is_same(self, other: Setting) -> bool:
        """True if both give the same outputs. Arrays are never written to: the same object is unchanged."""
        same = self.network is other.network and self.program is other.program and self.edits == other.edits
        return (same and self.given.keys() == other.given.keys()) and all(
            other.given[name] is value or (np.ndim(value) == 0 and other.given[name] == value)
            for name, value in self.given.items()
        )


def setting_of(frame: Frame) -> Setting:
    """The setting of a moment. ValueError if it is unknown where samples enter and answers come out."""
    program, samples = frame.program, find_sample_tensors(frame.network, frame.program)
    if samples is None:
        raise ValueError(frame.network.name)
    if frame.network.script is not None:
        return Setting(frame.network, program, samples, _given_of_script(frame, samples), ())
    read = {name for step in steps_to(program, samples.outputs) for name in step.reads}
    running = _running(frame.network, samples)
    # From the batch itself only statistics are used, and only those without a running value.
    read -= {samples.inputs} if set(samples.batch) <= running.keys() else set()
    read |= set(running.values())
    given = {name: frame.tensors[name] for name in program.initial if name in read}
    if frame.network.forward is not None:
        constants = frame.network.forward.constants
        given |= {name: np.float64(0) for name in given if name in constants and name.startswith(DROPOUT)}
    edits = (edit for edit in frame.edits if isinstance(edit, Edit) and edit.at <= frame.n)
    kept = tuple(edit for edit in edits if edit.name in program.data)
    return Setting(frame.network, program, samples, given, kept)


def _running(network: Network, samples: SampleTensors) -> dict[str, str]:
    """For each tensor computed from the whole batch, its running value if there is one."""
    carried = network.forward.running if network.forward is not None else {}
    return {name: RUNNING + name for name in samples.batch if RUNNING + name in carried}


def _given_of_script(frame: Frame, samples: SampleTensors) -> dict[str, Any]:
    """What the outputs of a script are computed from at a moment, and their targets."""
    read = {name for step in steps_to(frame.program, samples.outputs) for name in step.reads}
    computed = {step.name for step in steps_to(frame.program, samples.outputs)} - {samples.inputs}
    wanted = (read - computed) | {samples.inputs} | _label_reads(frame.program, samples)
    return {name: frame.tensors[name] for name in wanted if name in frame.tensors}


def _label_reads(program: Program, samples: SampleTensors) -> set[str]:
    return set(parse_expression(program, samples.labels).reads) if samples.labels else set()


def script_samples(setting: Setting) -> tuple[Array, Array]:
    """The samples of a script with their targets, a row each; targets that are not known are NaN."""
    samples, network = setting.samples, setting.network
    if network.script_samples is not None:
        return network.script_samples
    inputs = setting.given.get(samples.inputs)
    if inputs is None:
        inputs = _run(setting, {})[samples.inputs]
    rows = _as_rows(inputs, samples.inputs_last, samples.is_single)
    units = setting.program.unit_diagram.sizes[-1]
    found = None
    if samples.labels and _label_reads(setting.program, samples) <= setting.given.keys():
        targets = evaluate_expression(parse_expression(setting.program, samples.labels), setting.given)
        found = _as_rows(targets, samples.outputs_last, samples.is_single)
    if found is None or found.shape != (len(rows), units):
        found = np.full((len(rows), units), np.nan)
    return rows, found


def _as_rows(value: Any, is_last: bool, is_single: bool) -> Array:
    """A row for each sample, from a tensor in a script's own layout."""
    array = np.asarray(value, dtype=float)
    if is_single:
        return array.reshape(1, -1)
    if array.ndim < 2:
        return array.reshape(-1, 1)
    return array.T if is_last else array


def script_batch(setting: Setting) -> Array | None:
    """The samples that an iteration of a script sees, a row each; None if they are not known yet."""
    samples = setting.samples
    found = setting.given.get(samples.inputs)
    return None if found is None else _as_rows(found, samples.inputs_last, samples.is_single)


def edited_samples(setting: Setting) -> tuple[Array, Array]:
    """All samples and their labels with the edits in force at the moment; classes as one-hot rows."""
    samples = setting.samples
    if setting.network.script is not None:
        return script_samples(setting)
    inputs, labels = (setting.network.data[name].copy() for name in (samples.inputs, samples.labels))
    for edit in setting.edits:
        if edit.name in (samples.inputs, samples.labels):
            table = inputs if edit.name == samples.inputs else labels
            # A single sample may be a vector, whose cells have one index.
            (table if len(edit.index) == table.ndim else table[0])[edit.index] = edit.value
    return inputs, label_rows(setting, labels)


def label_rows(setting: Setting, labels: Array) -> Array:
    """Labels with a row for each sample; numbers of classes as one-hot rows, those of one output as a
    column.
    """
    if labels.ndim > 1:
        return labels
    columns = setting.program.shapes[setting.samples.outputs][-1]
    rows: Array = np.eye(columns)[labels.astype(np.intp)] if columns > 1 else labels[:, np.newaxis]
    return rows


def outputs_of(setting: Setting, inputs: Array) -> Array:
    """The outputs for these inputs, by the equations of the forward phase.

    Tensors computed from a whole batch have their running value, or that of the moment's batch if there is
    none. ValueError or IndexError if the equations do not work for this many samples: a person may have
    written them for one batch size.
    """
    samples = setting.samples
    if setting.network.script is not None:
        return _outputs_of_script(setting, inputs)
    running = _running(setting.network, samples)
    fixed = {name: setting.given[carried] for name, carried in running.items()}
    if len(fixed) < len(samples.batch):
        found = _run(setting, {}, fixed)
        fixed = {name: found[name] for name in samples.batch}
    outputs: Array = _run(setting, {samples.inputs: inputs}, fixed)[samples.outputs]
    return outputs


def _outputs_of_script(setting: Setting, inputs: Array) -> Array:
    """The outputs of a script's network, where a sample may be a row, a column or the whole tensor."""
    samples = setting.samples

    def run(given: Array) -> Any:
        return _run(setting, {}, {samples.inputs: given})[samples.outputs]

    if samples.is_single:
        return _one_by_one(setting, inputs)
    outputs = run(np.ascontiguousarray(inputs.T) if samples.inputs_last else inputs)
    return _as_rows(outputs, samples.outputs_last, is_single=False)


def _one_by_one(setting: Setting, inputs: Array) -> Array:
    """The outputs of a script that computes them for a single sample."""
    samples, scope = setting.samples, evaluation_scope()
    steps = [step for step in steps_to(setting.program, samples.outputs) if step.name != samples.inputs]
    found = []
    with np.errstate(all="ignore"):
        for row in inputs:
            tensors = {**setting.given, samples.inputs: row}
            for step in steps:
                tensors[step.name] = evaluate(step.code, tensors, scope)
            found.append(np.reshape(tensors[samples.outputs], -1))
    return np.array(found)


def _run(
    setting: Setting, changed: Mapping[str, Any], fixed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Every tensor up to the outputs; the fixed ones are not computed."""
    fixed = fixed or {}
    tensors, scope = {**setting.given, **changed, **fixed}, evaluation_scope()
    with np.errstate(all="ignore"):
        for step in steps_to(setting.program, setting.samples.outputs):
            if step.name not in fixed:
                tensors[step.name] = evaluate(step.code, tensors, scope)
    return tensors


class Recent(Generic[Found]):
    """Results for the settings shown last: most steps change no parameter, and there may be two runs."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Setting, Any, Found]] = deque(maxlen=4)

    def find(self, setting: Setting, other: Any, compute: Callable[[], Found]) -> Found:
        """The result for the same setting and the same `other`, computed now if there is none."""
        for kept, beside, found in self._kept:
            if beside == other and kept.is_same(setting):
                return found
        found = compute()
        self._kept.appendleft((setting, other, found))
        return found
