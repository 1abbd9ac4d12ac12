"""The meaning of each equation of a pass: its phase, and the derivative that it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from bpstep.program.program import Phase
from bpstep.script.equations.equations import ScriptIteration
from bpstep.script.meaning.analysis_errors import guarded
from bpstep.script.meaning.labels import scale_factor
from bpstep.script.meaning.layers import LayerMeaning, SampleMeaning, find_sample_layers
from bpstep.script.meaning.losses import SCRIPT_LOSS
from bpstep.script.meaning.optimizer import find_optimizer
from bpstep.script.meaning.rotation import rotation_of
from bpstep.script.meaning.study import Explanation, Matches, Study


@dataclass(frozen=True)
class DescendedLoss:
    """The loss that the updates of a pass descend."""

    kind: str
    """half_squared_error, binary_cross_entropy, cross_entropy, absolute_error or hinge, each summed over all
    outputs of all samples; `script` if only one of the script's own equations fits.
    """
    outputs: tuple[str, ...]
    """The network's outputs, in the script's names; for `script` the equation."""
    targets: tuple[str, ...]
    equation: str = ""
    """The script's own equation with this gradient, up to a constant; empty if it computes none."""
    constant: float = 1.0
    """This loss's gradient with respect to the parameters divided by that of the equation: m if the script
    takes the mean, 0 if the ratio is not constant because the equation has more terms, such as a penalty on
    weights.
    """


@dataclass(frozen=True)
class EquationMeaning:
    """The purpose of one equation."""

    phase: Phase
    by: str = ""
    """The tensor or intermediate result Q if the equation computes ∂loss/∂Q, as the script writes it; empty
    if it computes no gradient.
    """
    constant: float = 0.0
    """Its result divided by ∂loss/∂Q: -1, 1/m; for an update the step, minus the learning rate, if the script
    computes a loss with more terms beside the gradient of that.
    """
    turned: bool = False
    """True if its result is the transposed gradient."""


@dataclass(frozen=True)
class Meaning:
    """What was found out about a pass."""

    parameters: tuple[str, ...]
    """The tensors that the pass changes and the outputs depend on."""
    remembered: tuple[str, ...]
    """Other tensors that the pass carries on: an optimiser's averages, running sums, counts."""
    data: tuple[str, ...]
    """Arrays that no pass changes, and values from outside."""
    loss: DescendedLoss | None
    """None if no loss was found whose gradient the pass computes."""
    gradients: Mapping[str, str]
    """For each parameter the first equation with its gradient, up to a constant."""
    equations: tuple[EquationMeaning, ...]
    """One for each equation of the pass, in order."""
    optimizer: str = ""
    """Its name in network files; empty if it is another one, or differs between parameters."""
    samples: tuple[SampleMeaning, ...] = ()
    """The layers of a multilayer perceptron: for all samples at once, or for one after the other; empty if
    the pass is none.
    """

    @property
    def layers(self) -> tuple[LayerMeaning, ...]:
        """The layers from the data on, of the first sample if there are several; empty for none."""
        return self.samples[0].layers if self.samples else ()


@np.errstate(all="ignore")
def find_meaning(iteration: ScriptIteration, loss: str = "") -> Meaning:
    """The meaning of a pass; `loss` is the one that a person chose, empty to find it.

    ExpressionError if an equation's text is not in the language, BpstepError if there is no such loss.
    """
    return describe(study_pass(iteration, loss=loss))


def meaning_or_none(iteration: ScriptIteration, loss: str = "") -> Meaning:
    """The same, or a meaning without a loss if the analysis fails."""
    return guarded(lambda: find_meaning(iteration, loss), lambda _error: no_meaning(iteration))


def no_meaning(iteration: ScriptIteration) -> Meaning:
    """A meaning that says nothing about a pass."""
    equations = (EquationMeaning(Phase.FORWARD),) * len(iteration.equations)
    return Meaning((), (), (), None, {}, equations)


def study_pass(
    iteration: ScriptIteration,
    on_work: Callable[[int], None] | None = None,
    loss: str = "",
    is_linked: bool = True,
    may_have_number_targets: bool = True,
) -> Study:
    """The states on which a pass is judged, and the losses that may explain it, or the chosen one.

    `on_work` is called now and then with the work done so far. `is_linked` is False if values from outside
    that are equal and have different names are different values; without `may_have_number_targets` only data
    are targets.
    """
    equations, carried = iteration.equations, iteration.carried
    rotation = rotation_of(equations, iteration.initial, iteration.feeds, carried)
    computed = rotation.computed
    rotated = replace(
        iteration,
        equations=tuple(equations[at] for at in rotation.order),
        initial={name: value for name, value in iteration.initial.items() if name not in computed},
        carried=tuple(name for name in carried if name not in computed),
    )
    study = Study(rotated, on_work, loss, is_linked)
    if may_have_number_targets and _has_differences(study) and not _followers(study):
        with_numbers = Study(rotated, on_work, loss, is_linked, has_number_targets=True)
        is_explained = 0 < len(with_numbers.trained) == _followers(with_numbers)
        study = with_numbers if is_explained or (with_numbers.trained and not study.trained) else study
    study.order = rotation.order
    return study


def _has_differences(study: Study) -> bool:
    """Whether something is subtracted or negated: without that, no plain number is a target."""
    return any("-" in node.pattern for node in study.graph.nodes)


def _followers(study: Study) -> int:
    """How many parameters follow the loss that explains most."""
    return 0 if study.best_match is None else len(study.best_match[1].found)


def describe(study: Study, best: Explanation | None = None, matches: Matches | None = None) -> Meaning:
    """The findings of a study, with the loss that explains most or with another one."""
    if best is None and study.best_match is not None:
        best, matches = study.best_match
    parameters = tuple(study.trained)
    own = None if best is None else study.own_loss(best)
    return Meaning(
        parameters,
        tuple(name for name in study.all_carried if name not in parameters),
        study.data,
        None
        if best is None or matches is None or not (matches.found or study.loss)
        else _loss(study, best, own),
        {} if matches is None else _gradients(study, matches),
        tuple(_in_order(study, _equations(study, best, matches, own))),
        "" if matches is None else find_optimizer(study, matches),
        () if best is None or matches is None or not matches.found else find_sample_layers(study, best),
    )


def _in_order(study: Study, found: Iterator[EquationMeaning]) -> Iterator[EquationMeaning]:
    """What the equations mean in the order in which the pass ran them, without those that are copies."""
    written = {at: (each, meaning) for at, each, meaning in zip(study.order, study.graph.equations, found)}
    yield from (written[at][1] for at in sorted(written) if not written[at][0].copy_of)


def _loss(study: Study, best: Explanation, own: Explanation | None) -> DescendedLoss:
    graph, candidate = study.graph, best.candidate
    outputs = tuple(dict.fromkeys(graph.written(each) for each in candidate.outputs))
    targets = tuple(dict.fromkeys(graph.written(each) for each in candidate.targets))
    if candidate.kind == SCRIPT_LOSS:
        return DescendedLoss(candidate.kind, outputs, (), outputs[0])
    own = own or study.loss_with_more(best)
    if own is None:
        return DescendedLoss(candidate.kind, outputs, targets)
    constant = best.constant_beside(own) or 0.0
    return DescendedLoss(candidate.kind, outputs, targets, graph.written(own.candidate.outputs[0]), constant)


def _gradients(study: Study, matches: Matches) -> dict[str, str]:
    """By parameter the equation that computes its gradient: its own name if only updates contain it."""
    graph = study.graph
    updated = {graph.current[name] for name in study.trained}
    found = {}
    for name, places in matches.found.items():
        # A loss may contain a gradient, but is not one itself.
        nodes = [node for node, _ in places]
        whole = [graph.roots.index(node) for node in nodes if node in study.roots]
        equations = [graph.nodes[node].equation for node in nodes]
        inside = [at for at in equations if graph.roots[at] in study.update_cone]
        first = min(whole or inside, default=None)
        if first is not None:
            found[name] = name if graph.roots[first] in updated else graph.equations[first].name
    return found


def _equations(
    study: Study, best: Explanation | None, matches: Matches | None, own: Explanation | None
) -> Iterator[EquationMeaning]:
    graph = study.graph
    outputs = () if best is None else best.candidate.outputs
    before = graph.cone(outputs)
    # The backward lines of a loss of `P + 1e-12` read `P`, and those of a sum of losses read none of it.
    gradients = () if matches is None else matches.labels
    behind = graph.reached_from({*outputs, *gradients})
    updated = graph.reached_from(graph.current[name] for name in study.trained)
    numbers = (at for at in graph.roots if np.size(study.actual[at]) == 1 and at not in study.update_cone)
    apart = graph.reached_from(gradients) - updated - graph.cone(numbers)
    phases = [_phase(study, at, before, behind, apart) for at in range(len(graph.equations))]
    _join_backward(study, phases, before - set(graph.inputs.values()))
    for at, phase in enumerate(phases):
        yield _equation(study, best, own, at, phase)


def _join_backward(study: Study, phases: list[Phase], forward: Set[int]) -> None:
    """Count arrays after the outputs that only backward lines and updates read to the backward pass: sums of
    gradients that begin as zeros, copies, transposes.

    `forward` are the nodes that the outputs are computed from: the pass of a further sample stays forward.
    """
    graph = study.graph
    places = dict(zip(range(len(phases)), study.order))
    firsts = {root: at for at, root in reversed([*enumerate(graph.roots)])}
    copies = {at for at, root in enumerate(graph.roots) if firsts[root] != at}
    outputs = (places[at] for at, root in enumerate(graph.roots) if root in forward and at not in copies)
    backward = (places[at] for at, phase in enumerate(phases) if phase is Phase.BACKWARD)
    first = min([max(outputs, default=len(phases)) + 1, *backward])
    read_by_forward, read_behind = set[str](), set[str]()
    for at in sorted(places, key=places.__getitem__, reverse=True):
        equation, root = graph.equations[at], graph.roots[at]
        is_between = phases[at] is Phase.FORWARD and places[at] >= first
        is_array = (root not in forward or at in copies) and np.size(study.actual[root]) > 1
        is_read = equation.name in read_behind and equation.name not in read_by_forward
        if is_between and is_array and is_read:
            phases[at] = Phase.BACKWARD
        is_behind = phases[at] in (Phase.BACKWARD, Phase.UPDATE)
        (read_behind if is_behind else read_by_forward).update(graph.reads[at])


def _equation(
    study: Study, best: Explanation | None, own: Explanation | None, at: int, phase: Phase
) -> EquationMeaning:
    graph = study.graph
    root = graph.roots[at]
    if best is None or phase not in (Phase.BACKWARD, Phase.UPDATE):
        return EquationMeaning(phase)
    name = graph.equations[at].name
    if phase is Phase.UPDATE and name in study.trained and root == graph.current[name]:
        has_more = own is not None and not best.constant_beside(own)
        return EquationMeaning(phase, name, _step_constant(study, own if own and has_more else best, name))
    for explanation in (best, own):
        labels = [] if explanation is None else list(explanation.labels.find(study.directions[root]))
        if labels:
            label, constant = study.clearest(labels)
            return EquationMeaning(phase, graph.written(label.node), constant, label.turned)
    return EquationMeaning(phase)


def _step_constant(study: Study, best: Explanation, name: str) -> float:
    """The change of a parameter in units of its gradient; 0 if that is not a constant, as with momentum."""
    return scale_factor(study.change(name), best.direction(study.graph.inputs[name]))


def _phase(study: Study, at: int, before: Set[int], behind: Set[int], apart: Set[int]) -> Phase:
    """The phase of an equation.

    `before` are the nodes that the loss's outputs depend on, `behind` those that depend on the outputs, and
    `apart` those that depend on gradients, on no update, and that no measure depends on.
    """
    graph = study.graph
    equation, root = graph.equations[at], graph.roots[at]
    if equation.name in study.all_carried and root in study.update_cone:
        return Phase.UPDATE
    if root in before or root not in study.active:
        return Phase.FORWARD
    if root not in study.update_cone:
        # Scalars that no update reads: a loss, a part of it, an accuracy.
        is_scalar = np.size(study.actual[root]) == 1
        return Phase.LOSS if is_scalar else Phase.BACKWARD if root in apart else Phase.FORWARD
    if any(name in study.remembered for name in graph.reads[at]):
        return Phase.UPDATE
    return Phase.BACKWARD if root in behind else Phase.FORWARD
