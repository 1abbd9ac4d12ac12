"""Right gradients that reach the updates in another order: each is that of another parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.text.text_lines import last_part, lists_in_another_order
from bpstep.script.meaning.study import Explanation, Matches
from bpstep.text import fill


def exchanged_gradients(judged: JudgedPass) -> Iterator[Finding]:
    """The statement that lists the gradients of several parameters in another order than their updates, if
    every parameter that does not follow its gradient has that of another one.

    Updates that name the other gradient themselves are wrong lines of their own.
    """
    study, graph = judged.study, judged.graph
    given = {} if study.best_match is None else _given(judged, *study.best_match)
    owners = [owner for owner, _ in given.values()]
    if not given or set(owners) != given.keys() or any(name == owner for name, (owner, _) in given.items()):
        return
    gradients = {owner: last_part(graph.written(node)) for owner, node in given.values()}
    ends = {name: graph.roots.index(graph.current[name]) for name in given}
    ordered = sorted(given, key=ends.__getitem__)
    for name in given:
        if gradients[given[name][0]] in re.findall(r"\w+", graph.equations[ends[name]].written):
            return
    judged.wrong_parameters = ordered
    first = ordered[0]
    slots = {"name": first, "given": gradients[given[first][0]], "expected": gradients[first]}
    sentence = fill(messages.GRADIENTS_EXCHANGED, **slots)
    update = graph.equations[ends[first]]
    names = [gradients[name] for name in ordered]
    places = [
        (file, *each) for file in judged.files() for each in lists_in_another_order(judged.lines(file), names)
    ]
    equation, place = (None, places[0]) if len(places) == 1 else (update, (update.file, update.line, ""))
    file, line, right = place
    kind = MistakeKind.OTHER_TENSOR
    yield Finding(FindingKind.WRONG, equation, line, kind, sentence, right, file=file, by=first)


def _given(judged: JudgedPass, best: Explanation, matches: Matches) -> dict[str, tuple[str, int]]:
    """For each parameter that does not follow its gradient the one that it has the gradient of, with the node
    of that; empty if one has none, or several."""
    study = judged.study
    wrong = {node: name for name, node in best.inputs.items() if name not in matches.found}
    owners = {
        at: wrong[label.node]
        for at, labels in matches.labels.items()
        for label, _ in labels
        if at in study.roots and label.node in wrong and not (label.turned or label.is_part)
    }
    found: dict[str, tuple[str, int]] = {}
    for name in wrong.values():
        there = [(owner, at) for at, owner in owners.items() if at in study.cones[name]]
        if len({owner for owner, _ in there}) != 1:
            return {}
        found[name] = there[0]
    return found
