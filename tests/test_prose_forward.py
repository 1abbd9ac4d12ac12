"""Sentences about networks that are given by their forward pass: true of the numbers, and short."""

import re
import textwrap

import numpy as np
import pytest

from bpstep.explain.prose import sentence
from bpstep.netfile import builtin
from bpstep.session.session import Session

NAMES = ("batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder")


def at(name, position):
    session = Session(builtin.open_network(name))
    session.goto(position)
    return session.frame


@pytest.mark.parametrize("name", NAMES)
def test_every_equation_has_a_sentence_of_two_lines_whatever_cell_is_selected(name):
    session = Session(builtin.open_network(name))
    random = np.random.default_rng(0)
    for _ in range(2 * session.period):
        session.step(1)
        frame = session.frame
        shape = np.shape(frame.tensors[frame.step.name])
        for _ in range(3):
            text = sentence(frame, tuple(int(random.integers(size)) for size in shape))
            assert len(textwrap.wrap(text, 78)) <= 2, text
            assert not re.search(r"\b1 (products|numbers|cells)\b|[{}]|None", text), text


def test_a_gradient_that_is_nothing_but_rounding_is_called_that(tmp_path):
    """A bias before batch normalisation does not change the loss."""
    text = builtin.open_network("batchnorm").path.read_text()
    text = text.replace("net_1 = X @ W\n", "net_1 = X @ W + B1\n").split("[[expect]]")[0]
    text = text.replace("[parameters]\n", "[parameters]\nB1 = [0.1, 0.2, 0.3]\n")
    path = tmp_path / "biased.toml"
    path.write_text(text)
    session = Session(builtin.open_network(str(path)))
    session.goto("i0:delta_B1")
    gradient = session.frame.tensors["delta_B1"]
    assert np.abs(gradient).max() < 1e-14
    cells = [index for index, value in np.ndenumerate(gradient) if value]
    assert all("0 apart from rounding" in sentence(session.frame, index) for index in cells)


def test_a_product_counts_its_terms():
    assert sentence(at("attention", "i0:Q"), (1, 0)).startswith(
        "Q[1,0] is row 1 of a times column 0 of WQ: 4 products"
    )


def test_a_tensor_that_is_read_several_times_names_its_readers():
    assert sentence(at("batchnorm", "i0:delta_net1"), (0, 0)).startswith("net_1 is read by mu, var and xhat")


def test_a_transposed_operand_is_told_by_what_it_met():
    text = sentence(at("attention", "i0:delta_K"), (1, 0))
    assert text.startswith("K[1,0] met 6 numbers")


def test_a_row_of_a_table_collects_from_wherever_it_was_picked():
    assert "Row 2 of C was picked wherever the index holds 2" in sentence(
        at("embedding", "i0:delta_C"), (2, 1)
    )


def test_softmax_is_not_said_to_take_each_number_by_itself():
    assert "their sum 1" in sentence(at("attention", "i0:A"), (0, 0))


TIED = """learning_rate = 0.1
[data]
X = [[1.0, 2.0, 2.0], [3.0, 1.0, 0.0]]
[parameters]
W = [[1.0, 1.0, 1.0]]
[program]
forward = \"\"\"
Z = X * W
M = {function}({argument}, axis=1)
E = sum(M**2)
\"\"\"
"""


@pytest.mark.parametrize(
    ("function", "argument", "tied", "word"),
    [("max", "Z", [(0, 1), (0, 2)], "largest"), ("min", "-Z.reshape(2, 3)", [], ""),
     ("max", "Z.reshape(2, 3)", [(0, 1), (0, 2)], "largest")],
)  # fmt: skip
def test_a_tie_of_max_is_named_with_what_is_derived_and_what_pytorch_does(
    tmp_path, function, argument, tied, word
):
    path = tmp_path / "tied.toml"
    path.write_text(TIED.format(function=function, argument=argument))
    session = Session(builtin.open_network(str(path)))
    steps = [step for step in session.frame.program.steps if {"max", "min"} & set(step.role.rules)]
    session.goto(f"i0:{steps[0].name}")
    told = {index: sentence(session.frame, index) for index in np.ndindex(2, 3)}
    assert [index for index, text in told.items() if "equal" in text] == tied
    assert all(f"one of 2 equal {word} numbers" in told[index] for index in tied)
    assert all("whole gradient; PyTorch's amax would divide it" in told[index] for index in tied)
