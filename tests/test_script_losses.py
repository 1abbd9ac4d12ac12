"""A loss is chosen by its usual name or by the name that the script has for it."""

from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.errors import BpstepError
from bpstep.script.meaning.graph import Graph
from bpstep.script.meaning.losses import LOSS_KINDS, LossCandidate, _inner, chosen_losses, usual_losses
from tests.script_passes import training_pass

NAMES = {1: "loss", 2: "total:41", 3: "net.cost", 4: "total:52"}
GRAPH = SimpleNamespace(written=NAMES.__getitem__)
USUAL = [
    LossCandidate("half_squared_error", (7,)),
    LossCandidate("cross_entropy", (8,)),
    LossCandidate("half_squared_error", (9,)),
]
OWN = [LossCandidate("script", (at,)) for at in NAMES]


def chosen(name, usual=USUAL, own=OWN):
    return [each.outputs[0] for each in chosen_losses(GRAPH, name, usual, own)]


@pytest.mark.parametrize(
    ("name", "nodes"),
    [
        ("half_squared_error", [7, 9]),
        ("cross_entropy", [8]),
        ("loss", [1]),
        ("total", [2, 4]),
        ("total:52", [4]),
        ("net.cost", [3]),
    ],
)
def test_a_loss_is_known_by_its_name_with_or_without_its_line(name, nodes):
    assert chosen(name) == nodes


@pytest.mark.parametrize("name", ["cost", "tota", "squared_error", "", "41"])
def test_a_loss_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(BpstepError) as caught:
        chosen(name)
    listed = "half_squared_error, cross_entropy, loss, total:41, net.cost, total:52"
    assert listed in str(caught.value) or "half_squared_error" in str(caught.value)
    with pytest.raises(BpstepError):
        chosen(name, [], [])


def graph_of(*lines, **initial):
    """The graph of a pass of these equations, and the node of each by its name."""
    found = Graph(training_pass("\n".join(lines), initial).equations, initial)
    return found, {each.name: root for each, root in zip(found.equations, found.roots)}


@pytest.mark.parametrize(
    ("lines", "passed"),
    [
        (["p = x * 2", "e = p + 1e-9", "l = log(e)", "L = -l"], ["L", "l", "e", "p"]),
        (["p = x * 2", "c = clip(p, 0, 1)", "L = 1 - c"], ["L", "c", "p"]),
        # A product, another function and a sum of two active tensors are outputs of their own.
        (["p = x - 2", "L = p * 3"], ["L"]),
        (["p = x - 2", "L = tanh(p)"], ["L"]),
        (["p = x - 2", "q = x + 2", "L = p + q"], ["L"]),
    ],
)
def test_an_output_is_what_stands_in_a_logarithm_or_beside_a_small_number(lines, passed):
    graph, nodes = graph_of(*lines, x=np.ones(2))
    names = {node: name for name, node in nodes.items()}
    active = set(nodes.values()) | {graph.inputs["x"]}
    found = [names.get(node, "") for node in _inner(graph, nodes["L"], active)]
    assert [name for name in found if name] == passed


@pytest.mark.parametrize(
    ("line", "is_pair"),
    [("L = q * p", False), ("q2 = q * 1.0; L = p - q2", True), ("L = y * p", True)],
)
def test_a_quotient_that_a_number_is_multiplied_by_is_a_scale_and_no_target(line, is_pair):
    """A cost `-1 / count * total` was taken for the absolute error of the total against the quotient."""
    graph, nodes = graph_of(
        "p = sum(x)", "q = -1 / n", *line.split("; "), x=np.array([0.5, 2.0]), n=3.0, y=1.0
    )
    values = graph.evaluate(graph.before)
    fixed = [graph.inputs["n"], graph.inputs["y"], *(nodes[name] for name in ("q", "q2") if name in nodes)]
    active = [node for node in range(len(graph.nodes)) if node not in fixed]
    assert any(usual_losses(graph, values, active, fixed)) is is_pair


def test_two_classes_have_the_cross_entropy_and_single_outputs_the_binary_one():
    """The binary cross entropy of two probabilities that add up to 1 counts each class twice."""
    binary = next(kind for kind in LOSS_KINDS if kind.name == "binary_cross_entropy")
    labels, p = np.array([[1.0, 0], [0, 1], [0, 1]]), np.array([0.3, 0.9, 0.2])
    assert not binary.holds(np.stack([p, 1 - p], axis=1), labels)
    assert not binary.holds(np.stack([p, 1 - p]), labels.T)
    assert binary.holds(np.stack([p, p], axis=1), labels)
    assert binary.holds(p, labels[:, 0])
    assert binary.holds(np.array([[0.5], [0.5]]), np.array([[0.0], [1.0]]))
