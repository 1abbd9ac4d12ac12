"""What tensors, units and edges are called: net_1 is net₁, delta_V is ∂E/∂V, x1→h2 is an edge."""

from pathlib import Path

import pytest
from make_networks import article, mazur, network

from bpstep.explain.notation import Derivative, Glyphs, Symbol, notation, symbol
from bpstep.explain.prose.units import place_name, unit_name
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile.builtin import open_network
from bpstep.program.derive import derive_program
from bpstep.program.diagram import Edge, Node
from bpstep.session.session import Session

FANCY, PLAIN = Glyphs(), Glyphs(ascii=True)

ARTICLE = {
    "X": ("X", "X"),
    "labelY": ("labelY", "labelY"),
    "learning_rate": ("learning_rate", "learning_rate"),
    "W": ("W", "W"),
    "B1": ("B₁", "B1"),
    "V": ("V", "V"),
    "B2": ("B₂", "B2"),
    "net_1": ("net₁", "net_1"),
    "H": ("H", "H"),
    "net_2": ("net₂", "net_2"),
    "Y": ("Y", "Y"),
    "E": ("E", "E"),
    "delta_Y": ("∂E/∂Y", "dE/dY"),
    "delta_Y_net2": ("∂Y/∂net₂", "dY/dnet_2"),
    "delta_V": ("∂E/∂V", "dE/dV"),
    "delta_net2_H": ("∂net₂/∂H", "dnet_2/dH"),
    "delta_H_net1": ("∂H/∂net₁", "dH/dnet_1"),
    "delta_net1_w1": ("∂net₁/∂w₁", "dnet_1/dw1"),
    "delta_w1": ("∂E/∂w₁", "dE/dw1"),
    "delta_net1_w2": ("∂net₁/∂w₂", "dnet_1/dw2"),
    "delta_w2": ("∂E/∂w₂", "dE/dw2"),
}
DEEP = {
    "H10": ("H₁₀", "H10"),
    "W10": ("W₁₀", "W10"),
    "net_11": ("net₁₁", "net_11"),
    "delta_net11": ("∂E/∂net₁₁", "dE/dnet_11"),
    "delta_H10_net10": ("∂H₁₀/∂net₁₀", "dH10/dnet_10"),
    "delta_B11": ("∂E/∂B₁₁", "dE/dB11"),
    "m_W10": ("m_W10", "m_W10"),
    "v_B1": ("v_B1", "v_B1"),
    "beta1": ("beta₁", "beta_1"),
    "t": ("t", "t"),
}


def test_every_tensor_of_the_article_has_its_notation():
    program = derive_program(article())
    written = {
        name: tuple(glyphs.inline(notation(name, program)) for glyphs in (FANCY, PLAIN))
        for name in program.tensors
    }
    assert written == ARTICLE


def test_deep_networks_count_on():
    program = derive_program(network((1,) * 12, optimizer="adam"))
    for name, (fancy, plain) in DEEP.items():
        found = notation(name, program)
        assert (FANCY.inline(found), PLAIN.inline(found)) == (fancy, plain)


def test_no_two_tensors_are_written_alike():
    for made in [mazur(), *(network((2, 2, 2, 2), optimizer=name) for name in OPTIMIZERS)]:
        program = derive_program(made)
        for glyphs in (FANCY, PLAIN):
            written = [glyphs.inline(notation(name, program)) for name in program.tensors]
            assert len(set(written)) == len(written)
            assert not glyphs.ascii or "".join(written).isascii()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("net_1", Symbol("net", "1")),
        ("W12", Symbol("W", "12")),
        ("velocity_V", Symbol("velocity", "V", is_slot=True)),
        ("m_B2", Symbol("m", "B2", is_slot=True)),
        ("learning_rate", Symbol("learning_rate")),
        ("momentum", Symbol("momentum")),
    ],
)
def test_a_name_has_a_base_and_a_subscript(name, found):
    assert symbol(name) == found


def test_a_derivative_is_known_by_its_equation():
    program = derive_program(mazur())
    assert notation("delta_net2", program) == Derivative(Symbol("E"), Symbol("net", "2"))
    assert notation("delta_net2_H", program) == Derivative(Symbol("net", "2"), Symbol("H"))
    assert notation("W", program) == Symbol("W")


def test_the_share_in_a_maximum_is_the_derivative_by_what_it_is_taken_of():
    program = Session(open_network("conv")).program
    assert notation("delta_pool_H", program) == Derivative(Symbol("pool"), Symbol("H"))
    # A part of a longer product is no derivative by itself.
    program = Session(open_network("batchnorm")).program
    assert notation("delta_mu_via_var", program) == Symbol("delta_mu_via_var")


@pytest.mark.parametrize(
    ("power", "fancy"), [("2", "²"), ("-12", "⁻¹²"), ("0.5", "^0.5"), ("t", "^t"), ("-", "^-")]
)
def test_whole_exponents_are_raised(power, fancy):
    assert FANCY.power(power) == fancy
    assert PLAIN.power(power) == f"^{power}"


def test_units_are_counted_from_one():
    made = network((2, 3, 1))
    assert [unit_name(made, *at) for at in ((0, 1), (1, 2), (2, 0))] == ["x2", "h3", "y"]
    made = network((2, 3, 4, 2))
    assert [unit_name(made, *at) for at in ((0, 0), (1, 2), (2, 3), (3, 1))] == ["x1", "h1.3", "h2.4", "y2"]
    assert unit_name(network((2, 1)), 1, 0) == "y"


def test_an_edge_is_called_by_its_ends():
    made = network((2, 3, 1))
    assert place_name(made, Node(1, 0)) == "h1"
    assert place_name(made, Edge(1, 1, 2)) == "x2→h3"
    assert place_name(made, Edge(2, 0, 0), "->") == "h1->y"


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent / "programs").glob("*.toml")), ids=lambda path: path.stem
)
def test_no_two_tensors_of_a_forward_pass_are_written_alike(path):
    """An equation may have two inner results, whose gradients are summed from one another."""
    program = Session(open_network(str(path))).program
    written = [Glyphs().inline(notation(name, program)) for name in program.shapes]
    assert len(set(written)) == len(written)
