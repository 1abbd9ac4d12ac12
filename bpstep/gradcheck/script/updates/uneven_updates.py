"""Biases and weights of one layer that a pass does not update equally often: one line is in a loop, and the
other one is after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck import messages
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.judged.judged_pass import JudgedPass
from bpstep.gradcheck.script.text.equation_trees import base_name
from bpstep.script.meaning.graph import Graph
from bpstep.script.meaning.study import Explanation
from bpstep.text import fill


def uneven_updates(judged: JudgedPass, explanation: Explanation) -> Iterator[Finding]:
    """The parameter of each such pair that is updated less like most others, or the bias."""
    graph = judged.graph
    names = {at: name for name, at in explanation.inputs.items()}
    # One value after the other may be a row more.
    counts = {name: len(judged.values_read(explanation, name)) for name in names.values()}
    usual = Counter(counts.values())
    for weight, bias in dict.fromkeys(_layers(graph, names)):
        if counts[weight] == counts[bias]:
            continue
        is_weight = usual[counts[weight]] < usual[counts[bias]]
        wrong, other = (weight, bias) if is_weight else (bias, weight)
        equation = next(each for each in graph.equations if base_name(each.name) == wrong)
        is_more = counts[wrong] > counts[other]
        sentence = fill(
            messages.UPDATED_MORE_OFTEN if is_more else messages.UPDATED_LESS_OFTEN,
            name=wrong,
            count=counts[wrong],
            other=other,
            other_count=counts[other],
        )
        judged.wrong_parameters.append(wrong)
        yield Finding(
            FindingKind.WRONG, equation, equation.line, MistakeKind.UPDATE_COUNT, sentence, by=wrong
        )


def _layers(graph: Graph, names: dict[int, str]) -> Iterator[tuple[str, str]]:
    """The weights that are multiplied with something, each with the bias that is added to the product."""
    for node in graph.nodes:
        for bias, product in (node.operands, node.operands[::-1]) if node.pattern == "_0 + _1" else ():
            factors = graph.nodes[product]
            if bias not in names or "@" not in factors.pattern:
                continue
            turned = [each for at in factors.operands for each in graph.nodes[at].operands]
            for weight in (*factors.operands, *turned):
                if weight in names:
                    yield names[weight], names[bias]
