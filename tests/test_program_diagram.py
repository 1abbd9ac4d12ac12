"""Which node or edge of the picture each cell of each tensor is."""

import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.program.derive import derive_program
from bpstep.program.diagram import Edge, Node, TensorLayout

NETWORKS = [
    article(),
    mazur(),
    network((3, 1), samples=2),
    network((2, 3, 4, 2), optimizer="adam", samples=3),
    network((4, 2, 3), last="softmax", loss="cross_entropy", optimizer="momentum"),
    network((3, 2, 1), samples=1, update_biases=False, derivation="rows", optimizer="nesterov"),
    network((2, 2, 2, 2, 1), bias=False, update_order="immediate"),
]
PROGRAMS = [derive_program(made) for made in NETWORKS]


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_every_tensor_has_a_home_and_every_cell_of_it_a_place(program):
    for name in program.tensors:
        home, shape = program.layouts[name], program.shapes[name]
        for index in np.ndindex(shape):
            place = home.place_of(index)
            if home.kind in ("none", "loss", "label"):
                assert place is None
                continue
            back = home.index_of(place, len(shape), sample=index[0])
            assert back == index, f"{name}{index} is {place}, where {back} lives"
            assert place.layer == home.layer


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_tensor_of_an_edge_has_a_cell_for_each_and_one_of_a_node_too(program):
    sizes = [program.shapes["X"][-1]]
    weights = [name for name in program.parameters if program.layouts[name].kind == "edge"]
    for name in weights:
        sizes.append(program.shapes[name][1])
    for name in program.tensors:
        home, shape = program.layouts[name], program.shapes[name]
        places = {home.place_of(index) for index in np.ndindex(shape)}
        layer = home.layer
        if home.kind in ("node", "bias"):
            assert places == {Node(layer, unit) for unit in range(sizes[layer])}
        if home.kind == "edge":
            sources = range(sizes[layer - 1]) if home.source_row is None else [home.source_row]
            assert places == {Edge(layer, s, t) for s in sources for t in range(sizes[layer])}


@pytest.mark.parametrize(
    ("name", "index", "place"),
    [
        ("X", (1,), Node(0, 1)),
        ("net_1", (2,), Node(1, 2)),
        ("H", (0,), Node(1, 0)),
        ("delta_H_net1", (1,), Node(1, 1)),
        ("Y", (0,), Node(2, 0)),
        ("delta_Y", (0,), Node(2, 0)),
        ("B1", (2,), Node(1, 2)),
        ("B2", (0,), Node(2, 0)),
        ("W", (1, 2), Edge(1, 1, 2)),
        ("V", (2, 0), Edge(2, 2, 0)),
        ("delta_V", (2,), Edge(2, 2, 0)),
        ("delta_net2_H", (0, 1), Edge(2, 1, 0)),
        ("delta_w1", (0, 2), Edge(1, 0, 2)),
        ("delta_net1_w2", (1,), Edge(1, 1, 1)),
        ("delta_w2", (0, 0), Edge(1, 1, 0)),
        ("E", (), None),
        ("labelY", (0,), None),
        ("learning_rate", (), None),
    ],
)
def test_the_article_s_tensors_live_where_its_picture_has_them(name, index, place):
    program = PROGRAMS[0]
    assert program.layouts[name].place_of(index) == place


def test_several_samples_share_the_nodes():
    program = PROGRAMS[3]
    assert {program.layouts["H1"].place_of((sample, 2)) for sample in range(3)} == {Node(1, 2)}
    assert program.layouts["H1"].index_of(Node(1, 2), 2, sample=1) == (1, 2)
    assert program.layouts["delta_net2_H1"].place_of((3, 1)) == Edge(2, 1, 3)
    assert program.layouts["m_B2"].place_of((3,)) == Node(2, 3)
    assert program.layouts["v_W3"].place_of((0, 1)) == Edge(3, 0, 1)
    assert program.layouts["t"].place_of(()) is None


@pytest.mark.parametrize(
    ("home", "place"),
    [
        (TensorLayout("node", 1), Node(2, 0)),
        (TensorLayout("node", 1), Edge(1, 0, 0)),
        (TensorLayout("edge", 1), Edge(2, 0, 0)),
        (TensorLayout("edge", 1), Node(1, 0)),
        (TensorLayout("edge", 1, source_row=0), Edge(1, 1, 0)),
        (TensorLayout("bias", 1), Edge(1, 0, 0)),
        (TensorLayout("loss", 1), Node(1, 0)),
        (TensorLayout("none"), Node(0, 0)),
    ],
)
def test_a_place_elsewhere_has_no_cell(home, place):
    assert home.index_of(place, 2) is None


def test_the_samples_of_a_script_may_be_columns():
    units = TensorLayout("node", 2, samples_last=True)
    assert units.place_of((3, 7)) == Node(2, 3)
    assert units.index_of(Node(2, 3), 2, sample=7) == (3, 7)
    assert units.index_of(Node(2, 3), 1, sample=7) == (3,)
    assert units.sample_of((3, 7)) == 7
    rows = TensorLayout("node", 2)
    assert rows.place_of((7, 3)) == Node(2, 3)
    assert rows.index_of(Node(2, 3), 2, sample=7) == (7, 3)
    assert rows.index_of(Node(2, 3), 2) == (0, 3)
    assert rows.unit_index(3, 2) == (0, 3)
    assert rows.sample_of((7, 3)) == 7


@pytest.mark.parametrize(
    ("home", "index", "place"),
    [
        (TensorLayout("edge", 2), (1, 3), Edge(2, 1, 3)),
        (TensorLayout("edge", 2, transposed=True), (3, 1), Edge(2, 1, 3)),
        (TensorLayout("edge", 2, source_row=1), (0, 3), Edge(2, 1, 3)),
        (TensorLayout("edge", 2, source_row=1), (3,), Edge(2, 1, 3)),
        (TensorLayout("edge", 2), (1,), Edge(2, 1, 0)),
    ],
)
def test_an_edge_has_its_cell_whichever_way_the_weights_are_laid_out(home, index, place):
    assert home.place_of(index) == place
    assert home.index_of(place, len(index)) == index
