"""A loss is chosen by its usual name or by the name that the script has for it."""

from types import SimpleNamespace

import pytest

from bpstep.errors import BpstepError
from bpstep.script.meaning.losses import LossCandidate, chosen_losses

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
