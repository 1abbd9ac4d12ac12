"""A loss is chosen by its usual name or by the name that the script has for it."""

from types import SimpleNamespace

import numpy as np
import pytest

from bpstep.errors import BpstepError
from bpstep.script.meaning.graph import MISSING, Graph
from bpstep.script.meaning.losses import (
    LOSS_KINDS,
    LossCandidate,
    _alike,
    _broadcasts,
    _independent,
    _inner,
    chosen_losses,
    negated,
    script_losses,
    usual_losses,
    weighted_losses,
)
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


# The usual losses as formulas

OUTPUTS = {
    "half_squared_error": (np.array([0.5, -2.0, 3.0]), np.array([1.0, 0.5, 3.5]), "0.125 3.125 0.125"),
    "binary_cross_entropy": (
        np.array([0.25, 0.5, 0.8]),
        np.array([0.0, 1.0, 0.25]),
        "0.287682 0.693147 1.262864",
    ),
    "cross_entropy": (np.array([0.25, 0.5, 2.0]), np.array([0.0, 1.0, 0.5]), "0 0.693147 -0.346574"),
    "absolute_error": (np.array([0.5, -2.0, 3.0]), np.array([1.0, 0.5, 2.0]), "0.5 2.5 1"),
    "hinge": (np.array([0.5, -2.0, 3.0]), np.array([1.0, 1.0, -1.0]), "0.5 3 4"),
}


@pytest.mark.parametrize("kind", LOSS_KINDS, ids=lambda kind: kind.name)
def test_a_usual_loss_has_the_value_of_its_formula_and_the_gradient_of_its_differences(kind):
    output, target, cells = OUTPUTS[kind.name]
    assert kind.value(output, target) == pytest.approx([float(cell) for cell in cells.split()], abs=1e-6)
    h = 1e-6
    slopes = (kind.value(output + h, target) - kind.value(output - h, target)) / (2 * h)
    assert kind.seed(output, target) == pytest.approx(slopes, rel=1e-6, abs=1e-9)


def test_a_hinge_beyond_its_margin_and_an_error_of_0_have_no_gradient():
    hinge, absolute = (
        next(each for each in LOSS_KINDS if each.name == name) for name in ("hinge", "absolute_error")
    )
    assert hinge.seed(np.array([1.0, 1.5, 0.9]), np.array([1, 1, 1])).tolist() == [0, 0, -1]
    assert hinge.value(np.array([1.0, 1.5, 0.9]), np.array([1, 1, 1])) == pytest.approx([0, 0, 0.1])
    assert absolute.seed(np.array([2.0, 1.0]), np.array([2.0, 2.0])).tolist() == [0, -1]


@pytest.mark.parametrize(
    ("name", "output", "target", "holds"),
    [
        ("half_squared_error", [-1e9, 1e9], [0, 0], True),
        ("binary_cross_entropy", [0.1, 0.9], [0, 5], True),
        ("binary_cross_entropy", [0.0, 0.9], [0, 1], False),
        ("binary_cross_entropy", [0.1, 1.0], [0, 1], False),
        ("cross_entropy", [0.1, 7.0], [0, 1], True),
        ("cross_entropy", [0.0, 7.0], [0, 1], False),
        ("hinge", [-3.0, 7.0], [-1, 1], True),
        ("hinge", [-3.0, 7.0], [0, 1], False),
    ],
)
def test_a_usual_loss_is_defined_for_outputs_in_its_range_and_its_labels(name, output, target, holds):
    kind = next(each for each in LOSS_KINDS if each.name == name)
    assert kind.holds(np.array(output), np.array(target)) is holds
    values = [np.array(output), np.array(target)]
    assert (LossCandidate(name, (0,), (1,)).seeds(values) is not None) is holds


VALUES = [
    np.array([1.0, 2.0]),
    np.array([0.0, 4.0]),
    np.array([10.0, 100.0]),
    3.0,
    MISSING,
    np.array([[5.0]]),
]


@pytest.mark.parametrize(
    ("outputs", "targets", "weights", "seeds", "value"),
    [
        ((0,), (1,), (), {0: [1, -2]}, 2.5),
        ((0,), (1,), (2,), {0: [10, -200]}, 205),
        # An output with two targets, and a single number in a column.
        ((0, 0), (1, 2), (), {0: [-8, -100]}, 2.5 + 40.5 + 4802),
        ((0, 2), (1, 1), (), {0: [1, -2], 2: [10, 96]}, 2.5 + 50 + 4608),
        ((5,), (3,), (), {5: [[2]]}, 2),
        ((3,), (5,), (), {3: -2}, 2),
        ((4,), (1,), (), None, None),
        ((0,), (4,), (), None, None),
    ],
)
def test_a_candidates_gradient_and_value_are_the_sums_over_its_outputs(
    outputs, targets, weights, seeds, value
):
    candidate = LossCandidate("half_squared_error", outputs, targets, weights)
    found = candidate.seeds(VALUES)
    assert (
        found if found is None else {at: np.asarray(each).tolist() for at, each in found.items()}
    ) == seeds
    assert candidate.value(VALUES) == pytest.approx(np.nan if value is None else value, nan_ok=True)


def test_a_number_of_the_script_is_its_own_value_with_the_gradient_1():
    assert LossCandidate("script", (3,)).seeds(VALUES) == {3: 1.0}
    assert LossCandidate("script", (0,)).value(VALUES) == 3
    assert LossCandidate("script", (0, 2)).value(VALUES) == 113


# Which numbers and which pairs of a pass may be a loss


def test_the_scalars_of_a_pass_are_the_last_ones_first_and_of_many_those_that_most_depend_on():
    lines = ["a = sum(x)", "b = x * 2", "c = mean(b)", "d = n", "e = sum(z)"]
    graph, nodes = graph_of(*lines, x=np.ones(3), n=3.0, z=np.ones(2))

    def found(candidates=None, starts=()):
        names = {node: name for name, node in nodes.items()}
        values, every = graph.evaluate(graph.before), range(len(graph.nodes))
        losses = script_losses(graph, values, candidates or every, [graph.inputs[each] for each in starts])
        assert all(each.kind == "script" and not each.targets for each in losses)
        return [names[each.outputs[0]] for each in losses]

    assert found() == ["e", "c", "a"]
    assert found([nodes["a"], nodes["e"]]) == ["e", "a"]
    many = [f"v{at} = x[{at % 3}] * {at}" for at in range(14)]
    graph, nodes = graph_of(*many, "w = v0 * z[0]", "u = v1 + v2", x=np.ones(3), z=np.ones(2))
    assert found(starts=("x", "z"))[:3] == ["w", "u", "v13"]
    assert len(found()) == 12


@pytest.mark.parametrize(
    ("lines", "pairs"),
    [
        ("e = p - t", "p t"),
        ("e = t - p", "p t"),
        ("e = p + t", "p t"),
        ("e = p * t", "p t"),
        ("e = p - other", ""),
        ("e = p - q", ""),
        ("e = p / t", ""),
        ("e = t / p", "p t"),
        ("e = p - n", ""),
        ("e = s - n", "s n"),
        ("e = s * n", "s n"),
        ("e = p + -t", "p t"),
        ("m = t * -1; e = p + m", "p t"),
        # The argument of a logarithm; 1 - p beside p, where both stand at the same depth, is one output.
        (
            "e = -(t * log(p + 0.1) + (1 - t) * log(1 - p))",
            "log(p + 0.1) t and log(1 - p) 1 - t, p + 0.1 t and 1 - p 1 - t, p t and p 1 - t",
        ),
        # Zeros that a sum begins with, and the sum so far.
        ("g = zeros(2); g2 = g + p", ""),
        ("z = t * 0; e = p + z", ""),
        ("e = p * t; e:4 = e + p * t", "p t"),
        ("e = where(t > 1, p, 0)", "p t > 1"),
        # The line that asks which cell is stored to.
        ("e = where(arange(2) == 1, p, q)", "p arange(2) == 1"),
    ],
)
def test_the_pairs_that_a_pass_combines_may_be_output_and_target(lines, pairs):
    x = np.array([0.2, 0.4])
    graph, _ = graph_of(
        *("p = x * 1.5", "q = x + 1", "s = sum(x)", *lines.split("; ")),
        x=x,
        t=np.array([1.0, 2.0]),
        other=np.ones(3),
        n=2.0,
    )
    values = graph.evaluate(graph.before)
    active = graph.reached_from([graph.inputs["x"]])
    fixed = set(range(len(graph.nodes))) - active
    found = [each for each in usual_losses(graph, values, active, fixed) if each.kind == "half_squared_error"]
    named = [
        " and ".join(f"{graph.written(at)} {graph.written(to)}" for at, to in zip(each.outputs, each.targets))
        for each in found
    ]
    assert ", ".join(sorted(named)) == pairs


@pytest.mark.parametrize(
    ("line", "is_negated"),
    [
        ("e = -t", True),
        ("e = t * -1", True),
        ("e = -1 * t", True),
        ("e = t * -1.0", True),
        ("e = t * m", True),
        ("e = m * t", True),
        ("e = t * n", False),
        ("e = t * 1", False),
        ("e = t + m", False),
        ("e = t * v", False),
    ],
)
def test_a_negation_is_a_sign_or_a_product_with_minus_1(line, is_negated):
    graph, nodes = graph_of(line, t=np.ones(2), m=-1, n=2, v=-np.ones(2))
    assert negated(graph, nodes["e"]) == (graph.inputs["t"] if is_negated else -1)


@pytest.mark.parametrize(
    ("line", "weighted"),
    [
        ("g = (p - t) * w", "w"),
        ("g = w * (p - t)", "w"),
        ("g = (p - t) * c", "c"),
        ("g = (p - t) * n", ""),
        ("g = (p - t) * t", ""),
        ("g = (p - t) * wide", ""),
        ("g = x * w", ""),
        ("g = (p - t) + w", ""),
        ("g = (p - t)[0] * w[0]", ""),
    ],
)
def test_weights_of_samples_multiply_what_an_output_gives(line, weighted):
    x = np.ones((3, 2))
    given = {"w": np.array([[1.0], [2], [3]]), "c": np.ones(2), "n": 2.0, "wide": np.ones((4, 3, 2))}
    graph, _ = graph_of("p = x * 2", line, x=x, t=0 * x, **given)
    values, (output, target) = graph.evaluate(graph.before), (graph.roots[0], graph.inputs["t"])
    fixed = {graph.inputs[name] for name in given if name in graph.inputs} | {target}
    for kind, is_known in (("half_squared_error", True), ("absolute_error", False), ("hinge", False)):
        losses = [
            LossCandidate(kind, (output,), (target,)),
            LossCandidate(kind, (output,) * 2, (target,) * 2),
        ]
        found = list(weighted_losses(graph, values, losses, fixed))
        assert [graph.written(each.weights[0]) for each in found] == (
            [weighted] if weighted and is_known else []
        )
        assert all((each.kind, each.outputs, each.targets) == (kind, (output,), (target,)) for each in found)


def test_shapes_are_alike_or_broadcast_as_numpys():
    column, row, single = np.ones((2, 1)), np.ones(2), np.ones((1, 1))
    assert [_alike(row, row, "_0 * _1"), _alike(row, column, "_0 - _1"), _alike(row, MISSING, "_0 - _1")] == [
        *(True, False, False),
    ]
    patterns = ("_0 - _1", "-_0 + _1", "_0 + _1", "_0 * _1")
    assert [_alike(single, 1.0, pattern) for pattern in patterns] == [True, True, False, False]
    assert not _alike(row, 1.0, "_0 - _1")
    for weight, shape in ((row, (3, 2)), (column, (2, 5)), (1.0, (2,))):
        assert _broadcasts(weight, shape)
    for weight, shape in ((row, (2, 3)), (np.ones((1, 2)), (2,)), (np.ones(3), (2,))):
        assert not _broadcasts(weight, shape)


def test_of_outputs_that_depend_on_one_another_the_first_is_kept():
    graph, nodes = graph_of("p = x * 2", "q = 1 - p", "r = y * 3", x=np.ones(2), y=np.ones(2))
    pairs = [(nodes[name], 7) for name in "pqr"]
    assert _independent(graph, pairs) == (pairs[0], pairs[2])
    assert _independent(graph, pairs[1:]) == tuple(pairs[1:])


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("e = p - n", ["p n"]),
        ("e = n - p", ["p n"]),
        ("e = p * n", []),
        ("e = p + n", []),
        # The number is of the output itself, and of nothing within it.
        ("e = log(p) - n", ["log(p) n"]),
        ("e = p - m", []),
    ],
)
def test_a_number_of_the_script_may_be_the_target_of_all_cells(line, pairs):
    graph, _ = graph_of("p = x * 1.5", line, x=np.array([0.2, 0.4]), n=2.0, m=3.0)
    values, active = graph.evaluate(graph.before), graph.reached_from([graph.inputs["x"]])
    fixed, numbers = set(range(len(graph.nodes))) - active, {graph.inputs.get("n", -1)}
    found = [
        each for each in usual_losses(graph, values, active, fixed, numbers) if each.kind == "absolute_error"
    ]
    assert [f"{graph.written(each.outputs[0])} {graph.written(each.targets[0])}" for each in found] == pairs


@pytest.mark.parametrize(
    ("lines", "pairs"),
    [
        # A sum that goes on in the same variable, from zeros or from a number of its own.
        ("g:4 = t * 1; g:5 = g:4 + p", []),
        ("h:4 = t * 1; g:5 = h:4 + p", ["p h:4"]),
        ("g = zero + p", ["p zero"]),
        ("g = zero * 1 + p", []),
        # A mask that data decide may be a label; one that only counts cells says where to write, where the
        # output is not what is stored.
        ("e = where(t > 1, p - 1, p)", ["p t > 1"]),
        ("e = where(arange(2) > 0, p - 1, p)", ["p arange(2) > 0"]),
        ("e = where(arange(2) > 0, x - 1, p)", ["x - 1 arange(2) > 0"]),
    ],
)
def test_what_a_sum_begins_with_and_where_a_store_writes_is_no_target(lines, pairs):
    given = {"t": np.array([1.0, 2.0]), "zero": np.zeros(2)}
    graph, _ = graph_of("p = x * 1.5", *lines.split("; "), x=np.array([0.2, 0.4]), **given)
    values, active = graph.evaluate(graph.before), graph.reached_from([graph.inputs["x"]])
    fixed = set(range(len(graph.nodes))) - active
    found = [each for each in usual_losses(graph, values, active, fixed) if each.kind == "absolute_error"]
    named = {f"{graph.written(each.outputs[0])} {graph.written(each.targets[0])}" for each in found}
    assert sorted(named) == sorted(pairs)
