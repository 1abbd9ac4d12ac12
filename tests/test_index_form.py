"""Equations by their indices: which cells meet, which shapes, and why a transpose is there."""

from pathlib import Path

import pytest

from bpstep.explain.index_form import index_form
from bpstep.explain.notation import Glyphs
from bpstep.netfile.builtin import open_network
from bpstep.netfile.reader import read_network
from bpstep.session.session import Session

PROGRAMS = Path(__file__).parent / "programs"

NAMES = sorted(path.stem for path in PROGRAMS.glob("*.toml"))


def form(network, name, ascii_only=False):
    program = Session(network).program
    return index_form(program, program.steps[program.step_indices[name]], Glyphs(ascii_only))


def test_the_gradient_of_weights_sums_over_the_samples_and_says_why_the_input_is_transposed():
    found = form(open_network("xor"), "delta_W")
    assert found.equation == "∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j]"
    assert found.shapes == "(2,4) @ (4,2) = (2,2)"
    assert found.reason.startswith("X is transposed because the sum runs over its rows")


def test_a_transposed_factor_exchanges_rows_and_columns():
    found = form(open_network("mazur"), "delta_net2_H")
    assert found.equation == "∂net₂/∂H[i,j] = V[j,i]"
    assert "hence the transpose" in found.reason


def test_a_bias_stands_beside_the_sum():
    assert form(open_network("xor"), "net_1").equation == "net₁[i,j] = (Σₙ X[i,n] · W[n,j]) + B₁[j]"


def test_a_sum_over_an_axis_of_one_cell_is_no_sum():
    assert form(open_network("mazur"), "delta_V").equation == "∂E/∂V[i,j] = H[0,i] · ∂E/∂net₂[0,j]"


def test_a_mean_divides_by_how_many_it_takes():
    network = read_network(PROGRAMS / "batchnorm_mlp.toml")
    assert form(network, "mu").equation == "mu[0,j] = 1/4 · Σₙ net₁[n,j]"


def test_a_product_by_a_transposed_tensor_on_the_right_sums_over_its_columns():
    found = form(read_network(PROGRAMS / "attention.toml"), "S")
    assert found.equation == "S[i,j] = (Σₙ Q[i,n] · K[j,n]) / sqrt(4)"
    assert found.shapes == "(5,4) @ (4,5) = (5,5)"
    assert found.reason.startswith("K is transposed because the sum runs over its columns")


def test_plain_characters_where_a_terminal_has_no_others():
    assert form(open_network("xor"), "delta_W", True).equation == "dE/dW[i,j] = sum_n X[n,i] * dE/dnet_1[n,j]"


def test_an_equation_without_product_axis_or_transpose_has_no_index_form():
    assert form(open_network("xor"), "delta_Y") is None


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_of_every_known_program_has_one_or_none(name):
    program = Session(read_network(PROGRAMS / f"{name}.toml")).program
    for step in program.steps:
        found = index_form(program, step, Glyphs())
        assert found is None or found.equation.count("(") == found.equation.count(")")
