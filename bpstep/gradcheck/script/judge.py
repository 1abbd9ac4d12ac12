"""Finds which lines of a pass are wrong by themselves."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.findings.equal_maxima import Ties
from bpstep.gradcheck.script.findings.exchanged_gradients import exchanged_gradients
from bpstep.gradcheck.script.findings.not_finite import ends_finite, in_iteration, lost_in
from bpstep.gradcheck.script.findings.notes import Notes
from bpstep.gradcheck.script.findings.other_labels import OtherLabels
from bpstep.gradcheck.script.findings.proposed_lines import (
    with_one_cause,
    with_passed_on,
    with_tried_lines,
)
from bpstep.gradcheck.script.findings.repair_findings import RepairFindings
from bpstep.gradcheck.script.findings.smaller_batches import smaller_batches
from bpstep.gradcheck.script.findings.softmax_axis import softmax_over_samples
from bpstep.gradcheck.script.findings.step_findings import StepFindings
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind, ScriptVerdict
from bpstep.gradcheck.script.judged.hypothesis import (
    MAX_SEARCH_WORK,
    MIN_RIGHT,
    MORE_WORK,
    Hypothesis,
    HypothesisSearch,
    steps_of,
)
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.repairs.trials import Repair
from bpstep.gradcheck.script.text.equation_trees import base_name, entry_role, tree_text
from bpstep.gradcheck.script.text.passed_values import with_copies
from bpstep.gradcheck.script.text.text_lines import in_style_of
from bpstep.gradcheck.script.updates.held_sums import HeldSums
from bpstep.gradcheck.script.updates.memory_findings import MemoryFindings
from bpstep.gradcheck.script.updates.rebound_memories import ReboundMemories
from bpstep.gradcheck.script.updates.uneven_updates import uneven_updates
from bpstep.gradcheck.script.updates.update_findings import UpdateFindings
from bpstep.lang.substitution import replaced
from bpstep.lang.trees import function_name
from bpstep.script import messages as script_messages
from bpstep.script.equations.equations import ScriptEquation, ScriptIteration
from bpstep.script.meaning.analysis_errors import guarded
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.losses import SCRIPT_LOSS, LossCandidate
from bpstep.script.meaning.meaning import Meaning, describe, no_meaning, study_pass
from bpstep.script.meaning.studied_pass import is_loss
from bpstep.script.meaning.study import Explanation, Matches, Study
from bpstep.script.opened_script import Script
from bpstep.script.opening import opened_again
from bpstep.script.refusal import ScriptError
from bpstep.script.source import Source
from bpstep.text import fill

_MAX_NAMES = 6

_MAX_COPIED = 2000
"""Of longer passes the statements that only pass a result on are not looked at: each is studied once more."""


def judge_pass_or_say_why(
    iteration: ScriptIteration,
    source: Source | None,
    pause: Callable[[float], None] | None = None,
    loss: str = "",
    script: Script | None = None,
) -> ScriptVerdict:
    """What is wrong with a pass, as `judge_pass`; if the analysis fails, that nothing was checked,
    and why.

    With the `script` that it is a pass of, right lines are tried in it, and a right pass is run again to see
    whether what it takes as given depends on what is learnt.
    """

    def is_cancelled() -> bool:
        if pause is not None:
            pause(1.0)
        return False

    def again(text: Source) -> ScriptVerdict:
        assert script is not None
        return _repaired(opened_again(script, text, is_cancelled).iteration(0), text, pause, loss)

    def judged() -> ScriptVerdict:
        verdict = judge_pass(iteration, source, pause, loss)
        if script is None or source is None:
            return verdict
        if not ends_finite(iteration):
            return _while_finite(verdict, iteration, script, lambda ran: judge_pass(ran, source, pause, loss))
        if verdict.is_right and verdict.is_checked:
            notes = smaller_batches(script, iteration)
            verdict = replace(verdict, findings=(*verdict.findings, *notes))
        if verdict.is_right and verdict.given:
            return _with_followed(verdict, iteration, script, source, is_cancelled)
        tried = with_tried_lines(with_one_cause(verdict, source, again), source, again)
        return with_passed_on(tried, source, again)

    def not_checked(error: str) -> ScriptVerdict:
        finding = Finding(FindingKind.NOT_CHECKED, sentence=fill(messages.CHECK_FAILED, error=error))
        return ScriptVerdict(no_meaning(iteration), iteration.equations, (finding,))

    return guarded(judged, not_checked)


def _while_finite(
    verdict: ScriptVerdict,
    iteration: ScriptIteration,
    script: Script,
    judged: Callable[[ScriptIteration], ScriptVerdict],
) -> ScriptVerdict:
    """The verdict on the last pass with finite numbers, with a note on the pass after it and why that has
    others, unless a wrong line is the reason or none is found."""
    first = bisect_left(range(iteration.index), True, key=lambda at: not ends_finite(script.iteration(at)))
    checked = max(first - 1, 0)
    if checked < iteration.index:
        verdict = judged(script.iteration(checked))
    lost = lost_in(script.iteration(first), {each.line for each in verdict.wrong})
    if lost is None:
        return verdict
    # That the loss rises before has the same reason, and that nothing could be checked may have it.
    others = (FindingKind.NOT_CHECKED, FindingKind.NOT_LEARNING)
    kept = (each for each in verdict.findings if each.kind not in others)
    is_unchecked = first == checked and verdict.is_right and not verdict.is_checked
    reason = lost if is_unchecked else in_iteration(lost, first, checked)
    return replace(verdict, findings=(*kept, reason))


def _with_followed(
    verdict: ScriptVerdict,
    iteration: ScriptIteration,
    script: Script,
    source: Source,
    cancelled: Callable[[], bool],
) -> ScriptVerdict:
    """A right verdict, unless the loss depends on the parameters in a way that is not followed, too."""
    try:
        again = opened_again(script, source, cancelled)
        if source == script.whole_source:
            again.take_first_pass(script)
        following = again.given_values_that_follow(iteration.carried)
    except ScriptError:
        return verdict
    name = next((each for each in verdict.given if each in following), "")
    if not name:
        return verdict
    equation = iteration.named.get(name)
    line = iteration.feed_lines.get(name, 0) if equation is None else equation.line
    sentence = fill(messages.GIVEN_FOLLOWS, name=name.split(":")[0])
    finding = Finding(FindingKind.NOT_CHECKED, equation, line, sentence=sentence)
    # Of a parameter that leads there it is not true that the loss does not depend on it.
    apart = {fill(messages.LOSS_WITHOUT, name=each) for each in iteration.carried}
    others = (each for each in verdict.findings if each.sentence not in apart)
    return replace(verdict, findings=(*others, finding))


def _repaired(
    iteration: ScriptIteration, source: Source, pause: Callable[[float], None] | None, loss: str
) -> ScriptVerdict:
    """The verdict on a pass with right lines in it, without the search for what else would mend it."""
    on_part = None if pause is None else lambda part: pause(1.0)
    return judge_pass(iteration, source, on_part, loss, is_repaired=True)


@np.errstate(all="ignore")
def judge_pass(
    iteration: ScriptIteration,
    source: Source | None = None,
    pause: Callable[[float], None] | None = None,
    loss: str = "",
    is_repaired: bool = False,
) -> ScriptVerdict:
    """What is wrong with a pass, under the loss that the updates descend or under a chosen one.

    `source` is the script with the texts that it imports; only they show an update that has no effect.
    `pause` is called now and then with the part of the work that is done. `loss` is the name of a usual loss
    or of a number of the script. ExpressionError if an equation's text is not in the language, BpstepError if
    there is no such loss. No changes are searched for a pass that `is_repaired`.
    """
    most = MAX_SEARCH_WORK + MORE_WORK
    spent = most if is_repaired else 0

    def on_work(work: int) -> None:
        if pause is not None:
            pause(min(work / most, 1.0))

    study = study_pass(iteration, on_work, loss)
    passed, work = with_copies(iteration, _passing(study)), spent
    if passed is not iteration:
        work += study.graph.work
        study = study_pass(passed, on_work, loss)
    verdict = _verdict_of(study, iteration, source, work)
    if study.has_number_targets and not verdict.is_right and not _is_whole_loss(study, verdict.meaning):
        verdict = _verdict_of(
            study_pass(iteration, on_work, loss, may_have_number_targets=False), iteration, source, spent
        )
    if study.may_be_chance and not (verdict.is_right and verdict.is_checked):
        # Equal values may have different origins: a line is accused only if it is wrong either way.
        apart = _verdict_of(study_pass(iteration, on_work, loss, is_linked=False), iteration, source, spent)
        is_simpler = apart.is_explained and (
            verdict.meaning.loss is None or len(apart.wrong) < len(verdict.wrong)
        )
        is_right = apart.is_right and not apart.wrong_parameters
        if apart.is_checked and (is_right or not verdict.is_explained or is_simpler):
            return apart
    return verdict


def _is_whole_loss(study: Study, meaning: Meaning) -> bool:
    """Whether a loss of an output and a plain number is the whole loss.

    Otherwise it may be a part of a larger one, such as the loss of one of several samples that are written
    differently.
    """
    is_single = not any(np.ndim(study.graph.before[name]) for name in study.trained)
    return meaning.loss is not None and (bool(meaning.loss.equation) or is_single)


def _verdict_of(study: Study, iteration: ScriptIteration, source: Source | None, work: int) -> ScriptVerdict:
    judge = _Judge(study, source, work, iteration.index)
    found = [_in_authors_style(each, source) for each in judge.findings()]
    found.sort(key=lambda each: (each.kind is not FindingKind.WRONG, each.line))
    best = judge.best
    meaning = describe(study) if best is None else describe(study, best.explanation, best.matches)
    flat = () if best is None else tuple(each for each in best.explanation.flat if each not in best.others)
    names = judge.names_of_results(meaning)
    forward = study.graph.cone(() if best is None else best.explanation.candidate.outputs)
    inputs = study.graph.inputs.items()
    given = tuple(name for name, node in inputs if node in forward and name not in study.all_carried)
    return ScriptVerdict(
        meaning,
        iteration.equations,
        tuple(found),
        judge.wrong_parameters,
        flat,
        judge.unchecked_parameters,
        names,
        given,
    )


def _in_authors_style(found: Finding, source: Source | None) -> Finding:
    """A finding with its right line written as the line that it is about."""
    if not found.right:
        return found
    written = "" if found.equation is None else found.equation.written
    line = written if source is None else found.statement(source)
    return replace(found, right=in_style_of(line, found.right))


def _passing(study: Study) -> dict[int, int]:
    """If something is wrong, for each equation the first one before which a statement may pass its result on:
    within the forward pass none may."""
    best = study.best_match
    is_long = len(study.graph.equations) > _MAX_COPIED
    if best is None or is_long or len(best[1].found) == len(best[0].inputs):
        return {}
    forward = study.graph.cone(best[0].candidate.outputs)
    places = (study.graph.nodes[at].equation for at in forward)
    end = max((study.order[at] for at in places if at >= 0), default=-1) + 1
    lines = [(each.file, each.line) for each in study.graph.equations]
    times = Counter(lines)
    found = {}
    for at, root, line in zip(study.order, study.graph.roots, lines):
        # Of a forward line that runs for each sample, only the last result would be passed on.
        if root not in forward or times[line] == 1:
            found[at] = end if root in forward else 0
    return found


class _Judge:
    def __init__(self, study: Study, source: Source | None, work: int, index: int) -> None:
        self._judged = JudgedPass(study, source, work)
        self._index = index
        self._study, self._graph = study, study.graph
        self._updates = UpdateFindings(self._judged)
        self._losses = self._losses_followed()
        """The script's losses, if each parameter follows one of them and not all the same."""
        self._added = [] if self._losses else self._losses_added()
        """Those of which all parameters follow the sum, which the script does not compute."""
        one = study.best_match if self._losses or self._added else None
        self.best = self._best() if one is None else Hypothesis(*one)

    def _best(self) -> Hypothesis | None:
        """The loss with its repairs; of several losses that the script's parameters follow, the one whose
        parameters need repairs."""
        followers = self._followers()
        followed = set().union(*followers.values())
        rest = [name for name in self._study.trained if name not in followed]
        several: Hypothesis | None = None
        search = HypothesisSearch(self._judged)
        if rest and len(followers) > 1 and followed:
            for root, names in followers.items():
                one = search.of_loss(root, {*names, *rest})
                others = {other: each for other, each in followers.items() if other != root}
                if (
                    one is not None
                    and search.keeps(one, others)
                    and (several is None or one.effort < several.effort)
                ):
                    several = one
        best = search.best()
        if several is None or best is None:
            return best
        # That two losses are followed shows that each network has its own.
        is_shown = sum(map(bool, followers.values())) > 1
        is_less = several.effort < best.effort or bool(best.wrong)
        if not is_less and not (is_shown and several.effort == best.effort):
            return best
        self._judged.wrong_parameters = rest
        return several

    @property
    def wrong_parameters(self) -> tuple[str, ...]:
        """The parameters that do not follow their gradient."""
        return tuple(dict.fromkeys(self._judged.wrong_parameters))

    @property
    def unchecked_parameters(self) -> tuple[str, ...]:
        """The parameters whose steps could not be compared with their gradient."""
        return tuple(dict.fromkeys(self._judged.unchecked_parameters))

    def findings(self) -> list[Finding]:
        """All findings, in no particular order."""
        found = self._found()
        stored = (
            each for each in self._judged.opaque() if each.opaque == fill(script_messages.ROW_STORED_TWICE)
        )
        lost = next(filter(None, map(self._with_lost_rows, stored)), None)
        if lost is None or lost.equation is None:
            return found
        # That line is what keeps the rest from being checked.
        reason = lost.equation.opaque
        told = [each for each in found if each.kind is FindingKind.NOT_CHECKED and reason in each.sentence]
        self._judged.unchecked_parameters = [
            each for each in self._judged.unchecked_parameters if each not in {one.by for one in told}
        ]
        return [*(each for each in found if each not in told), lost]

    def _found(self) -> list[Finding]:
        if self._losses or self._added:
            template = messages.EACH_FOLLOWS_ONE if self._losses else messages.FOLLOW_SUM
            losses = (self._losses or sorted(self._added))[:_MAX_NAMES]
            sentence = fill(template, names=", ".join(map(self._graph.written, losses)))
            return [Finding(FindingKind.OTHER_LOSS, sentence=sentence), *self._updates.idle()]
        shares = list(softmax_over_samples(self._judged))
        if shares:
            # What the lines below compute means something only once these shares are right.
            return [*shares, *self._updates.idle()]
        staying = list(self._updates.staying())
        if staying:
            # No update follows any gradient before this is right.
            return [*staying, *self._updates.idle()]
        exchanged = list(exchanged_gradients(self._judged))
        if exchanged:
            return [*exchanged, *self._updates.idle()]
        best = self.best
        if best is None or not best.matches.found or not self._is_telling(best):
            return self._without_loss(best)
        if self._judged.updates_between(best.explanation):
            self._judged.wrong_parameters.clear()
            uneven = list(uneven_updates(self._judged, best.explanation))
            self._judged.unchecked_parameters += self._study.all_carried
            return uneven or [Finding(FindingKind.NOT_CHECKED, sentence=fill(messages.UPDATED_WITHIN))]
        return self._one_for_each_place(self._under(best))

    def _without_loss(self, best: Hypothesis | None) -> list[Finding]:
        """The findings where no loss tells what is right."""
        carried = [] if best is None else list(self._from_not_carried(best))
        if best is not None and not best.followed:
            # A loss that nothing follows before lines are changed is none that was found.
            self.best = None
            self._judged.wrong_parameters.clear()
        return [*self._updates.idle(), *self._updates.commented(), *(carried or [self._not_checked()])]

    def _under(self, best: Hypothesis) -> list[Finding]:
        """All findings under a hypothesis; several may be about one place."""
        steps = StepFindings(self._judged, best)
        repairs, notes = RepairFindings(self._judged, best), Notes(self._judged, best)
        found = [repairs.of(repair) for repair in self._told(best)]
        remembered = list(ReboundMemories(self._judged, best).findings())
        remembered = remembered or list(MemoryFindings(self._judged, best).findings())
        if self._index == 0:
            found += HeldSums(self._judged, best).findings()
        found += self._of_updates(best, steps, remembered)
        if not best.repairs:
            found += Ties(self._judged, best).findings()
        found += self._from_targets(best)
        mislabelled = list(OtherLabels(self._judged, best).findings())
        found += mislabelled
        carried = list(self._from_not_carried(best)) if best.wrong or best.repairs else []
        lines = {each.line for each in carried}
        found = [each for each in found if each.kind is not FindingKind.WRONG or each.line not in lines]
        hidden = list(repairs.of_hidden_shapes())
        found += [*carried, *hidden]
        unexplained = [name for name in best.wrong if name not in {each.by for each in hidden}]
        updated = self._updated_before(best, unexplained) if unexplained and not carried else ""
        if updated:
            names = ", ".join(unexplained[:_MAX_NAMES])
            self._judged.unchecked_parameters += unexplained
            sentence = fill(messages.OF_LATER_LOSS, names=names, updated=updated)
            found.append(Finding(FindingKind.NOT_CHECKED, sentence=sentence))
        elif unexplained and not carried:
            names = ", ".join(unexplained[:_MAX_NAMES])
            template = messages.FOLLOWS_NONE if len(unexplained) == 1 else messages.FOLLOW_NONE
            found.append(Finding(FindingKind.NOT_FOUND, sentence=fill(template, names=names)))
        found += steps.not_compared({each.by for each in found})
        found += notes.not_learning()
        is_wrong = any(each.kind in (FindingKind.WRONG, FindingKind.NOT_FOUND) for each in found)
        if not mislabelled:
            found += notes.other_loss_or_scale(any(each.kind is FindingKind.WRONG for each in found))
        found += () if is_wrong else (*notes.without_rate(), *notes.without_target())
        return [*found, *(() if is_wrong else notes.rising(self._index))]

    def _updated_before(self, best: Hypothesis, names: Sequence[str]) -> str:
        """A parameter that follows this loss, and with whose new value a second forward pass computes what
        some others may follow, as a generator does with the updated discriminator; empty if there is none.

        A backward pass reads weights, and adds no bias.
        """
        graph = self._graph
        if best.repairs:
            return ""
        cones = [graph.cone([graph.current[name]]) for name in names]
        for name in best.matches.found:
            node = graph.current[name]
            readers = (at for at in set.intersection(*cones) if node in graph.nodes[at].operands)
            if any(graph.nodes[at].pattern == "_0 + _1" for at in readers):
                return name
        return ""

    def _told(self, best: Hypothesis) -> Iterator[Repair]:
        """The repairs but those that are right by chance: of a line that is right at other times, where other
        entries of the list that they make right stay wrong."""
        before = self._study.match(best.explanation)
        given, wrong = before, {entry_role(name) for name in best.wrong}
        for repair in best.repairs:
            mended = {entry_role(name) for name in repair.matches.found.keys() - given.found.keys()}
            given, equation = repair.matches, self._graph.equations[repair.equation]
            is_right_elsewhere = any(
                root in before.labels and (each.file, each.line) == (equation.file, equation.line)
                for each, root in zip(self._graph.equations, self._graph.roots)
            )
            if not (is_right_elsewhere and mended and mended <= wrong):
                yield repair

    def _of_updates(self, best: Hypothesis, steps: StepFindings, remembered: list[Finding]) -> list[Finding]:
        """The findings about the steps of the parameters, and about updates that are never made."""
        updates = self._updates
        unsigned = list(steps.without_sign())
        found = [*unsigned]
        replacing = list(updates.replacing(best))
        averaged = list(steps.averaged())
        more = list(steps.with_more())
        followed = len(best.matches.found) / self._judged.count(best.explanation)
        if followed > MIN_RIGHT or (followed == MIN_RIGHT and self._computes(best)):
            # If half of the parameters follow nothing, the signs of the others mean little, unless the script
            # computes the loss.
            uphill = {each.by for each in [*unsigned, *remembered, *replacing, *more]}
            found += [each for each in steps.deviating() if each.by not in uphill]
        found += [*averaged, *remembered, *updates.idle()]
        commented = list(updates.commented(best))
        held = list(updates.never_made(best, is_told=bool(commented)))
        found += held if held else commented
        # What is added is the step of another parameter.
        named = {(each.line, each.equation and each.equation.name) for each in held}
        found += [each for each in more if (each.line, each.equation and each.equation.name) not in named]
        found += replacing
        if not best.repairs:
            # A line that replaces a parameter by its step has no decay.
            named_lines = {each.line for each in found if each.kind is FindingKind.WRONG}
            replaced_names = {each.by for each in (*replacing, *remembered)}
            found += [
                each
                for each in steps.of_penalties()
                if each.line not in named_lines and each.by not in replaced_names
            ]
        return found

    def _one_for_each_place(self, found: list[Finding]) -> list[Finding]:
        """The first finding about each statement, with the parameters of others that are never updated."""
        places: dict[tuple[FindingKind, int, int, str], Finding] = {}
        # If a line above is already named for the cause, it is not named again for the consequence.
        moved = {each.equation.line for each in found if each.equation and each.line != each.equation.line}
        for each in map(self._judged.with_part_line, map(self._judged.where_written, found)):
            if each.mistake is MistakeKind.UNKNOWN and each.line in moved and each.kind is FindingKind.WRONG:
                continue
            # A line may have several statements.
            is_own = each.equation is not None and each.line == each.equation.line
            statement = each.equation.written if each.equation is not None and is_own else ""
            place = (each.kind, each.line, each.part_line, statement)
            first = places.setdefault(place, each)
            is_same = each.mistake is first.mistake is MistakeKind.NEVER_UPDATED
            if is_same and each.by not in (first.by, *first.others):
                places[place] = replace(first, others=(*first.others, each.by))
        return list(places.values())

    def _computes(self, best: Hypothesis) -> bool:
        """Whether the script computes the loss and calls it one."""
        own = self._study.own_loss(best.explanation)
        return own is not None and is_loss(self._graph.written(own.candidate.outputs[0]))

    def _losses_followed(self) -> list[int]:
        """The losses that the script computes, if each parameter goes down the gradient of one of them, and
        no loss is followed by all, as those of a generator and a discriminator; else none."""
        told = {root: names for root, names in self._followers().items() if names}
        return list(told) if len(told) > 1 and set(self._study.trained) == set().union(*told.values()) else []

    def _losses_added(self) -> list[int]:
        """Several numbers of the script, as the losses of two outputs of one network, if all parameters go
        down their sum and down none alone; else none.

        The parameters that only one of them depends on tell its factor in the sum.
        """
        study, best = self._study, self._study.best_match
        if best is None or len(best[1].found) == len(best[0].inputs) == self._judged.count(best[0]):
            return []
        own = [one for one in study.ranked if one[0].candidate.kind == SCRIPT_LOSS]
        nodes = [{name: found[0][1] for name, found in matches.found.items()} for _, matches in own]
        steps = [{name: -step for name, step in self._steps_under(*one).items()} for one in own]
        # An optimiser's steps do not tell how large the gradients are, nor do nodes with a rate in them.
        for constants in (steps, nodes):
            factors: dict[int, float] = {}
            for (explanation, _), each in zip(own, constants):
                others = (one.inputs for one, _ in own if one is not explanation)
                alone = [each[name] for name in set(each).difference(*others)]
                if alone and np.allclose(alone, alone[0]):
                    factors[explanation.candidate.outputs[0]] = alone[0]
            if len(factors) > 1 and self._follow_sum(factors):
                return list(factors)
        return []

    def _steps_under(self, explanation: Explanation, matches: Matches) -> dict[str, float]:
        """The steps of the parameters that follow a loss, in units of its gradient."""
        return steps_of(self._study, Hypothesis(explanation, matches)).constants

    def _follow_sum(self, factors: Mapping[int, float]) -> bool:
        """Whether all parameters go down the sum of numbers of the script, each with its factor."""
        added = LossCandidate(SCRIPT_LOSS, tuple(factors), factors=tuple(factors.values()))
        whole = self._study.explain(added)
        if whole is None or len(whole.inputs) < self._judged.count(whole):
            return False
        steps = self._steps_under(whole, self._study.match(whole))
        return len(steps) == len(whole.inputs) and all(each < 0 for each in steps.values())

    def _followers(self) -> dict[int, set[str]]:
        """The losses that the script computes, each with the parameters that go down its gradient, unless
        one loss explains all. A loss that is a part of another one is left out."""
        study = self._study
        best = study.best_match
        if best is None or len(best[1].found) == len(best[0].inputs) == self._judged.count(best[0]):
            return {}
        found: dict[int, set[str]] = {}
        for explanation, matches in study.ranked:
            root = explanation.candidate.outputs[0]
            if explanation.candidate.kind != SCRIPT_LOSS or not is_loss(self._graph.written(root)):
                continue
            steps = steps_of(study, Hypothesis(explanation, matches)).constants
            found[root] = {name for name, step in steps.items() if step < 0}
        # A sum of losses is one loss, and so is one that goes on from sample to sample.
        cones = {root: self._graph.cone([root]) for root in found}
        parts = {root for root in found if any(root in cones[each] for each in found if each != root)}
        return {root: names for root, names in found.items() if root not in parts}

    def _is_telling(self, best: Hypothesis) -> bool:
        """True if enough parameters follow the loss to expect it of the rest."""
        if not best.followed and (not self._keeps_any(best) or self._follow_parts(best)):
            # A recursion, as of a state that each pass computes anew, is no step of a parameter; and a rule
            # that takes one of its factors as given, as Oja's, is none of the whole gradient.
            return False
        share = len(best.matches.found) / self._judged.count(best.explanation)
        # That a part of the parameters follow a loss only once lines are changed tells nothing of the rest.
        is_part = share >= MIN_RIGHT and best.followed > 0
        return share == 1 or (is_part and not self._judged.opaque())

    def _keeps_any(self, best: Hypothesis) -> bool:
        """Whether the new value of a parameter contains its old one, and not only what the outputs give."""
        graph, outputs = self._graph, best.explanation.candidate.outputs
        inputs = best.explanation.inputs.items()
        return any(start in graph.cone([graph.current[name]], outputs) for name, start in inputs)

    def _follow_parts(self, best: Hypothesis) -> bool:
        """Whether each parameter's step is what some of its readers contribute to the gradient of a loss that
        the script does not compute."""
        explanation = best.explanation
        return not self._computes(best) and all(
            any(label.node == start for label, _ in explanation.parts.find(self._study.change(name)))
            for name, start in explanation.inputs.items()
        )

    def _not_checked(self) -> Finding:
        """Why there is nothing to compare with."""
        study, opaque = self._study, self._judged.opaque()
        if opaque:
            first = opaque[0]
            sentence = fill(messages.OPAQUE_IN_THE_WAY, name=first.name, reason=first.opaque)
            return Finding(FindingKind.NOT_CHECKED, first, first.line, sentence=sentence)
        if self.best is not None and self.best.matches.found:
            found, count = len(self.best.matches.found), self._judged.count(self.best.explanation)
            sentence = fill(messages.FEW_FOLLOW, found=found, count=count)
            return Finding(FindingKind.NOT_CHECKED, sentence=sentence)
        template = messages.NO_LOSS_FOUND if study.trained else messages.NOTHING_TRAINED
        if study.trained and study.loss:
            template = messages.NOT_THIS_LOSS
        return Finding(FindingKind.NOT_CHECKED, sentence=fill(template))

    def _with_lost_rows(self, equation: ScriptEquation) -> Finding | None:
        """The finding on a line that stores gradients in rows of which some are the same, `dE[ids] = d` or
        `dE[ids] += d`; None for another line."""
        name = base_name(equation.name)
        match ast.parse(equation.written):
            case ast.Module(
                body=[
                    ast.Assign(targets=[ast.Subscript(value=array, slice=rows)], value=value)
                    | ast.AugAssign(target=ast.Subscript(value=array, slice=rows), op=ast.Add(), value=value)
                ]
            ) if name not in self._study.trained and not _picks(value, rows):
                texts = ", ".join(map(ast.unparse, (array, rows, value)))
                graph, node = self._graph, self._graph.inputs[equation.name]
                carried = self._study.all_carried
                self._judged.wrong_parameters += [
                    each for each in carried if node in graph.cone([graph.current[each]])
                ]
                return Finding(
                    FindingKind.WRONG,
                    equation,
                    equation.line,
                    MistakeKind.OVERWRITTEN,
                    fill(messages.ROWS_LOST, name=name, texts=texts),
                    by=name,
                )
        return None

    def names_of_results(self, meaning: Meaning) -> dict[str, str]:
        """The callers' names for results of functions that the loss depends on."""
        loss = meaning.loss
        tensors = () if loss is None else (*loss.outputs, *loss.targets)
        found = {name: self._judged.authors.name_of_result(name) for name in tensors if ":" in name}
        return {name: shown for name, shown in found.items() if shown}

    def _from_targets(self, best: Hypothesis) -> Iterator[Finding]:
        """Findings on suspicious targets: negative class numbers."""
        graph = self._graph
        cone = graph.cone(best.explanation.candidate.targets)
        for at, places in enumerate(graph.places):
            for node in ast.walk(graph.trees[at]):
                if function_name(node) != "one_hot" or places.get(id(node)) not in cone:
                    continue
                assert isinstance(node, ast.Call)
                numbers = self._study.actual[places[id(node.args[0])]]
                if isinstance(node.args[0], ast.BinOp) and numbers is not MISSING and np.min(numbers) < 0:
                    equation = graph.equations[at]
                    changed = replaced(graph.trees[at], node.args[0], node.args[0].left)
                    yield Finding(
                        FindingKind.WRONG,
                        equation,
                        equation.line,
                        MistakeKind.INDEX,
                        fill(messages.ONE_HOT_WRAPS, text=tree_text(node.args[0])),
                        self._judged.right(at, changed),
                    )

    def _from_not_carried(self, best: Hypothesis) -> Iterator[Finding]:
        """A line of a backward loop through time that adds a tensor which stays 0.

        Its first result is a gradient, and none of the later ones is.
        """
        graph, labels = self._graph, self._study.match(best.explanation).labels
        runs: dict[tuple[str, int, str], list[int]] = {}
        for at, equation in enumerate(graph.equations):
            runs.setdefault((equation.file, equation.line, equation.name.split(":")[0]), []).append(at)
        for places in runs.values():
            right = [graph.roots[at] in labels for at in places]
            if len(places) < 2 or not right[0] or any(right[1:]):
                continue
            added = [set(filter(self._is_zero, graph.nodes[graph.roots[at]].operands)) for at in places]
            for node in set.intersection(*added) if self._are_sums(places) else ():
                equation = graph.equations[places[0]]
                name = next((each for each, at in graph.reads[places[0]].items() if at == node), "")
                sentence = fill(messages.NOT_CARRIED, name=name or graph.written(node))
                yield Finding(FindingKind.WRONG, equation, equation.line, MistakeKind.TERM, sentence)

    def _are_sums(self, places: list[int]) -> bool:
        return all(self._graph.nodes[self._graph.roots[at]].pattern == "_0 + _1" for at in places)

    def _is_zero(self, node: int) -> bool:
        """Whether a tensor was created as zeros."""
        return self._graph.nodes[node].pattern.startswith("zeros") or (
            not self._graph.nodes[node].operands and not np.any(self._study.actual[node])
        )


def _picks(value: ast.expr, rows: ast.expr) -> bool:
    """Whether an expression picks these rows of another array: rows with one number may be equal there, so
    that none is lost."""
    picked = (each.slice for each in ast.walk(value) if isinstance(each, ast.Subscript))
    return any(ast.unparse(each) == ast.unparse(rows) for each in picked)
