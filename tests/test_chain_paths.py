"""A gradient as a sum of products along the paths of the chain rule."""

import itertools
import math
from pathlib import Path

import networks_for_screens
import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.explain import chain_paths as paths_module
from bpstep.explain.chain_paths import (
    Paths,
    format_route,
    gradient_names,
    is_product_of_gradients,
    path_sample,
    places_on_route,
)
from bpstep.explain.scalar import Cell
from bpstep.netfile.builtin import open_network
from bpstep.program.diagram import Edge, Node
from bpstep.session.session import Session


def made(net, at="i1"):
    session = Session(net)
    session.goto(at)
    return session


def paths(session, name, index, whole=(), largest_first=False):
    iteration = session.timeline.iteration(session.frame.iteration)
    return Paths(iteration.program, iteration.tensors, name, index, whole, largest_first)


def every(found):
    return [found.path(k) for k in range(found.count)]


def replaced(net, **equations):
    net.program.update(equations)
    return net


NETWORKS = {
    "article": article,
    "article, immediate": lambda: article(update_order="immediate"),
    "mazur": mazur,
    "mazur, immediate": lambda: mazur(update_order="immediate"),
    "one layer": lambda: network((3, 2)),
    "three layers": lambda: network((2, 3, 2, 2), reduction="mean"),
    "relu": lambda: network((2, 3, 2), "relu", last="identity"),
    "softmax": lambda: network((3, 4, 3), last="softmax", loss="cross_entropy"),
    "adam, minibatches": lambda: network((2, 3, 1), samples=5, batch_size=2, optimizer="adam"),
    "no bias": lambda: network((2, 2, 2), bias=False),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_products_along_all_paths_add_up_to_the_gradient(name):
    session = made(NETWORKS[name](), "i2")
    for step in session.frame.program.steps:
        if step.role.of != "E":
            continue
        value = session.frame.tensors[step.name]
        for index in np.ndindex(np.shape(value)):
            found = paths(session, step.name, index)
            total = math.fsum(path.value for path in every(found))
            assert total == pytest.approx(value[index], rel=1e-9, abs=1e-15), (step.name, index)


@pytest.mark.parametrize("name", ["multihead", "rnn_3", "conv2d_maxpool", "attention", "layernorm_mlp"])
def test_the_products_along_all_paths_add_up_where_there_are_no_layers(name):
    """Through exchanged axes, stacks of matrices and picked rows; of many paths' cells only the first few."""
    session = made(open_network(str(Path(__file__).parent / "programs" / f"{name}.toml")), "i1")
    opened = 0
    for step in session.frame.program.steps:
        value = np.asarray(session.frame.tensors[step.name])
        if step.role.of != session.frame.program.loss or not value.size:
            continue
        index = tuple(size - 1 for size in value.shape)
        found = paths(session, step.name, index)
        if 1 < found.count < 3_000:
            opened += 1
            total = math.fsum(path.value for path in every(found))
            assert total == pytest.approx(value[index], rel=1e-9, abs=1e-12), step.name
    assert opened


def test_each_path_is_the_product_of_the_derivatives_along_it():
    """Against derivatives worked out in NumPy, without any equation of the program."""
    net = network((2, 3, 2, 2), samples=3)
    session = made(net)
    given, slopes = [net.inputs], []
    for layer in net.layers:
        given.append(np.tanh(given[-1] @ layer.weights + layer.bias))
        slopes.append(1 - given[-1] ** 2)
    error = given[-1] - net.labels
    weights = [layer.weights for layer in net.layers]
    found = {}
    for path in every(paths(session, "delta_W1", (1, 2))):
        key = format_route(path, session.program.layouts, net), path_sample(path, session.program.layouts)
        assert key not in found
        found[key] = path.value
    wanted = {}
    for s, k, m in itertools.product(range(3), range(2), range(2)):
        last = error[s, m] * slopes[2][s, m] * weights[2][k, m] * slopes[1][s, k]
        product = last * weights[1][2, k] * slopes[0][s, 2] * net.inputs[s, 1]
        wanted[f"x2→h1.3→h2.{k + 1}→y{m + 1}", s] = product
    assert found == {key: pytest.approx(value, rel=1e-12) for key, value in wanted.items()}


def test_the_path_of_the_article_has_its_five_factors_in_the_order_of_the_chain_rule():
    session = made(article())
    (path,) = every(paths(session, "delta_w1", (0, 1)))
    names = ["delta_Y", "delta_Y_net2", "delta_net2_H", "delta_H_net1", "delta_net1_w1"]
    assert [factor.node.name for factor in path.factors] == names
    numbers = [-0.3802721469, 0.2356652412, 0.2, 0.2338334455, 0.4]
    assert [factor.value for factor in path.factors] == pytest.approx(numbers, abs=1e-10)
    assert path.value == pytest.approx(-0.0016764348, abs=1e-10)
    assert format_route(path, session.program.layouts, session.network) == "x1→h2→y"
    assert path_sample(path, session.program.layouts) is None


def test_the_matrix_form_has_the_same_factors_though_its_equations_name_them_in_another_order():
    session = made(mazur())
    for path in every(paths(session, "delta_W", (0, 1))):
        names = ["delta_Y", "delta_Y_net2", "delta_net2_H", "delta_H_net1", "X"]
        assert [factor.node.name for factor in path.factors] == names


def test_a_path_passes_nodes_and_the_edges_between_them():
    session = made(mazur())
    path = paths(session, "delta_W", (0, 1)).path(1)
    found = set(places_on_route(path, session.program.layouts))
    assert found == {Node(0, 0), Edge(1, 0, 1), Node(1, 1), Edge(2, 1, 1), Node(2, 1)}


def test_the_paths_of_a_large_network_are_counted_without_making_them(monkeypatch):
    session = made(networks_for_screens.wide())
    reads = []
    scalar = paths_module.expand_cell
    monkeypatch.setattr(paths_module, "expand_cell", lambda *given: reads.append(given) or scalar(*given))
    found = paths(session, "delta_W", (300, 7))
    assert found.count == 64 * 10
    assert len(reads) <= 4
    found.path(639)
    assert len(reads) <= 8
    assert path_sample(found.path(639), session.program.layouts) == 63


def test_softmax_has_no_path_through_it():
    session = made(open_network("penguins"))
    assert not is_product_of_gradients(session.program, session.program.step_indices["delta_net2"])
    path = paths(session, "delta_W", (0, 0)).path(0)
    assert path.factors[0].node.name == "delta_net2"
    (alone,) = every(paths(session, "delta_net2", (0, 1)))
    assert [factor.node.name for factor in alone.factors] == ["delta_net2"]


@pytest.mark.parametrize(
    ("equation", "source", "count"),
    [
        ("delta_net2", "-delta_Y * (0 - delta_Y_net2)", 1),
        ("delta_net2", "delta_Y / 2 * (2 * delta_Y_net2)", 1),
        ("delta_net2", "delta_Y * delta_Y_net2 + delta_Y * delta_Y_net2 / 5", 2),
        ("delta_net2", "delta_Y * (Y - Y**2)", 1),
        ("delta_V", "sum(delta_net2, axis=0) * mean(H, axis=0).reshape(3, 1)", 4),
        ("delta_V", "outer(mean(H, axis=0), mean(delta_net2, axis=0))", 4),
        ("delta_V", "repeat(sum(delta_net2, axis=0), 3).reshape(3, 1)", 4),
        # No sums of products with one gradient each: a whole.
        ("delta_net2", "delta_Y * delta_Y_net2 - 0.5 * delta_Y", 1),
        ("delta_net2", "delta_Y * delta_Y", 1),
        ("delta_net2", "abs(delta_Y) * delta_Y_net2", 1),
        ("delta_net2", "delta_Y * delta_Y_net2 + 0.1 * net_2", 1),
        ("delta_net2", "1 / delta_Y * delta_Y_net2", 1),
        ("delta_net2", "where(net_2 > 0, delta_Y, 0 * delta_Y)", 1),
    ],
)
def test_equations_of_ones_own_are_multiplied_out_or_stay_whole(equation, source, count):
    session = made(replaced(network((2, 3, 1)), **{equation: source}))
    found = paths(session, equation, (0, 0))
    assert found.count == count
    for name in (equation, "delta_W"):
        value = session.frame.tensors[name]
        for index in np.ndindex(np.shape(value)):
            total = math.fsum(path.value for path in every(paths(session, name, index)))
            assert total == pytest.approx(value[index], rel=1e-9)


def test_a_whole_equation_is_one_factor_by_its_name():
    session = made(replaced(network((2, 3, 1)), delta_net2="delta_Y * delta_Y_net2 - 0.5 * delta_Y"))
    names = {path.factors[0].node.name for path in every(paths(session, "delta_W", (0, 0)))}
    assert names == {"delta_net2"}


def test_a_gradient_that_somebody_edited_is_a_factor_as_it_is():
    session = Session(mazur())
    session.goto("delta_H")
    session.edit("delta_H", (0, 1), 0.5)
    session.goto("i1")
    (path,) = every(paths(session, "delta_W", (0, 1), {"delta_H"}))
    assert [factor.node.name for factor in path.factors] == ["delta_H", "delta_H_net1", "X"]
    assert path.value == pytest.approx(session.frame.tensors["delta_W"][0, 1], rel=1e-12)


def test_with_immediate_updates_a_path_goes_through_the_new_weights():
    session = made(replaced(mazur(update_order="immediate"), delta_H="delta_net2 @ V.T"))
    for path in every(paths(session, "delta_W", (0, 0))):
        (factor,) = [factor for factor in path.factors if factor.node.name == "V"]
        assert isinstance(factor.node, Cell)
        assert factor.value == session.frame.tensors["V"][factor.node.index]


def test_the_gradients_are_the_derivatives_of_e():
    program = Session(article()).program
    assert gradient_names(program) == {"delta_Y", "delta_V", "delta_w1", "delta_w2"}


@pytest.mark.parametrize(
    ("name", "through"),
    [
        ("lstm", "delta_z2"),  # concatenate
        ("lstm", "delta_z1"),  # pad
        ("conv", "delta_conv"),  # a mask beside a reshape
        ("conv_two", "delta_H"),  # overlapping windows
        ("einsum_attn", "delta_WQ"),
        ("l2_mlp", "delta_V"),  # a penalty of its own
        ("contrastive", "delta_a"),  # a difference
    ],
)
def test_paths_go_on_through_what_joins_moves_and_contracts(name, through):
    path = Path(__file__).parent / "programs" / f"{name}.toml"
    session = made(open_network(str(path) if path.exists() else name))
    values = session.frame.tensors[through]
    random = np.random.default_rng(1)
    for _ in range(3):
        index = tuple(int(random.integers(size)) for size in np.shape(values))
        found = paths(session, through, index)
        names = {factor.node.name for each in every(found) for factor in each.factors
                 if isinstance(factor.node, Cell)}  # fmt: skip
        assert through not in names
        assert math.fsum(each.value for each in every(found)) == pytest.approx(
            values[index], rel=1e-9, abs=1e-15
        )


def test_the_paths_that_add_most_come_first_where_they_have_no_order_of_units():
    """The first paths of `delta_a` in their order of cells are all 0: nothing comes back through the mask."""
    session = made(open_network("attention"), "i1")
    plain, ordered = (paths(session, "delta_a", (0, 0), (), first) for first in (False, True))
    assert not any(plain.path(k).value for k in range(8))
    values = [path.value for path in every(ordered)]
    assert values == sorted(values, key=abs, reverse=True)
    assert sorted(values) == sorted(path.value for path in every(plain))
    assert abs(values[0]) > 0.1


def test_of_very_many_paths_the_largest_are_found_without_computing_all(monkeypatch):
    monkeypatch.setattr(paths_module, "_MAX_SORTED_PATHS", 100)
    session = made(open_network("attention"), "i1")
    plain, ordered = (paths(session, "delta_a", (1, 0), (), first) for first in (False, True))
    assert plain.count > 100
    largest = sorted((abs(path.value) for path in every(plain)), reverse=True)
    assert [abs(ordered.path(k).value) for k in range(50)] == pytest.approx(largest[:50])
    first = [ordered.path(k) for k in range(50)]
    assert every(ordered)[50:] == [path for path in every(plain) if path not in first]
    assert sorted(path.value for path in every(ordered)) == sorted(path.value for path in every(plain))


def test_a_gradient_that_is_no_product_of_earlier_ones_begins_its_paths():
    session = made(open_network("attention"), "i1")
    assert paths(session, "delta_M", (0, 0)).begins_here
    assert not paths(session, "delta_S", (0, 0)).begins_here
