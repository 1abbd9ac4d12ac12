"""The article's network: its equations, in its order, with its numbers."""

import numpy as np
import pytest
from make_networks import article

from bpstep.session.session import Session

# Name, phase, right-hand side, and the value to ten decimals as the table of the article's numbers has it.
EQUATIONS = [
    ("net_1", "forward", "X @ W + B1", "0.2400000000 0.5200000000 0.8000000000"),
    ("H", "forward", "sigmoid(net_1)", "0.5597136493 0.6271477663 0.6899744811"),
    ("net_2", "forward", "H @ V + B2", "0.4883932625"),
    ("Y", "forward", "sigmoid(net_2)", "0.6197278531"),
    ("E", "loss", "1/2 * sum((labelY - Y)**2)", "0.0723034529"),
    ("delta_Y", "backward", "Y - labelY", "-0.3802721469"),
    ("delta_Y_net2", "backward", "sigmoid(net_2) - sigmoid(net_2)**2", "0.2356652412"),
    ("delta_V", "backward", "delta_Y * delta_Y_net2 * H", "-0.0501598174 -0.0562030557 -0.0618333929"),
    ("delta_net2_H", "backward", "V.T", "0.1000000000 0.2000000000 0.3000000000"),
    (
        "delta_H_net1",
        "backward",
        "sigmoid(net_1) - sigmoid(net_1)**2",
        "0.2464342801 0.2338334455 0.2139096965",
    ),
    ("delta_net1_w1", "backward", "repeat(X[0], 3)", "0.4000000000 0.4000000000 0.4000000000"),
    (
        "delta_w1",
        "backward",
        "delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w1",
        "-0.0008833873 -0.0016764348 -0.0023003916",
    ),
    ("delta_net1_w2", "backward", "repeat(X[1], 3)", "0.5000000000 0.5000000000 0.5000000000"),
    (
        "delta_w2",
        "backward",
        "delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w2",
        "-0.0011042341 -0.0020955435 -0.0028754895",
    ),
    ("V", "update", "V - learning_rate * delta_V.reshape(3, 1)", "0.1005015982 0.2005620306 0.3006183339"),
    (
        "W",
        "update",
        "W - learning_rate * concatenate([delta_w1, delta_w2])",
        "0.1000088339 0.3000167643 0.5000230039 0.2000110423 0.4000209554 0.6000287549",
    ),
]
SHAPES = {
    **{"X": (2,), "labelY": (1,), "learning_rate": (), "B1": (3,), "B2": (1,), "net_1": (3,), "H": (3,)},
    **{"net_2": (1,), "Y": (1,), "V": (3, 1), "W": (2, 3), "E": (), "delta_V": (3,)},
}
# The sign that the article's code has, at the same ten decimals.
WRONG_SIGN = {"delta_Y": "0.3802721469", "delta_V": "0.0501598174 0.0562030557 0.0618333929"}


def decimals(value):
    return " ".join(f"{number:.10f}" for number in np.ravel(value))


def test_its_program_is_the_article_s_equation_for_equation():
    program = Session(article()).program
    assert [(s.name, s.phase, s.source) for s in program.steps] == [line[:3] for line in EQUATIONS]


@pytest.mark.parametrize(("n", "line"), enumerate(EQUATIONS, 1))
def test_each_equation_gives_the_published_number(n, line):
    session = Session(article())
    session.goto(n)
    frame = session.frame
    assert frame.step is not None
    assert (frame.step.name, frame.phase, frame.done, frame.iteration) == (line[0], line[1], n, 0)
    assert decimals(frame.tensors[line[0]]) == line[3]


def test_tensors_have_the_article_s_shapes():
    session = Session(article())
    session.goto(16)
    assert {name: np.shape(session.frame.tensors[name]) for name in SHAPES} == SHAPES


def test_the_loss_falls_by_the_published_amount():
    session = Session(article())
    session.goto("i0:E")
    before = session.frame.tensors["E"]
    session.goto("i1:E")
    after = session.frame.tensors["E"]
    assert before == pytest.approx(0.0723034528622083, abs=1e-16)
    assert after == pytest.approx(0.07220828652509331, abs=1e-16)
    assert f"{before - after:.4e}" == "9.5166e-05"


def test_with_the_sign_of_the_article_s_code_the_loss_rises():
    session = Session(article(program={"delta_Y": "labelY - Y"}))
    session.goto("i0:E")
    before = session.frame.tensors["E"]
    session.goto("i0:delta_V")
    assert {name: decimals(session.frame.tensors[name]) for name in WRONG_SIGN} == WRONG_SIGN
    session.goto("i1:E")
    after = session.frame.tensors["E"]
    assert before == pytest.approx(0.0723034528622083, abs=1e-16)
    assert after == pytest.approx(0.0723987049433213, abs=1e-16)
    assert f"{after - before:.4e}" == "9.5252e-05"


def test_the_article_s_other_wrong_listing_gives_other_numbers():
    session = Session(article(program={"delta_H_net1": "1 - sigmoid(net_1) * sigmoid(net_1)"}))
    session.goto("delta_H_net1")
    assert decimals(session.frame.tensors["delta_H_net1"]) == "0.6867206308 0.6066856792 0.5239352154"


def test_the_matrix_form_learns_the_same_weights():
    rows, matrix = Session(article()), Session(article(derivation="matrix"))
    rows.goto("i3")
    matrix.goto("i3")
    for name in ("W", "V"):
        np.testing.assert_allclose(rows.frame.tensors[name], matrix.frame.tensors[name], rtol=1e-13)
