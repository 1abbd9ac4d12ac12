"""The derivation gives fully connected layers the same equations as always, to the letter."""

from pathlib import Path

import pytest
from networks_by_chance import GROUPS, description, digest, group

from bpstep.program.mlp_matrix import MatrixDerivation
from bpstep.program.names import Names

FROZEN = (Path(__file__).parent / "frozen" / "equations.txt").read_text().split()
"""A digest for each group of networks, made before any of this was moved or rewritten."""


@pytest.mark.parametrize("number", range(0, GROUPS, 2))
def test_the_equations_of_layers_are_derived_to_the_letter(number):
    writers = (MatrixDerivation(network, Names(len(network.layers))) for network in group(number))
    assert digest(description(writer.equations()) for writer in writers) == FROZEN[number]
