"""The chain rule that each step is part of: its factors, which of them are known, and what serves again."""

from dataclasses import replace

import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.explain.chain_rule import DONE, NOW, PENDING, REUSED, chain_rule, reuse_note, step_roles
from bpstep.explain.notation import Glyphs
from bpstep.program.derive import derive_program
from bpstep.session.session import Session

MARKS = {DONE: "", REUSED: "again ", NOW: "now ", PENDING: "later "}

ARTICLE = """
delta_Y = ∂E/∂Y now 6
delta_Y_net2: ∂E/∂V = ∂E/∂Y 6, ∂Y/∂net₂ now 7, ∂net₂/∂V later 8
delta_V = ∂E/∂Y 6, ∂Y/∂net₂ 7, ∂net₂/∂V now 8; steps 6 and 7: computed once, used again in steps 12 and 14
delta_net2_H: ∂E/∂w₁ = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H now 9, ∂H/∂net₁ later 10, ∂net₁/∂w₁ later 11
delta_H_net1: ∂E/∂w₁ = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 9, ∂H/∂net₁ now 10, ∂net₁/∂w₁ later 11
delta_net1_w1: ∂E/∂w₁ = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 9, ∂H/∂net₁ 10, ∂net₁/∂w₁ now 11
delta_w1 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 9, ∂H/∂net₁ 10, ∂net₁/∂w₁ 11; reused from steps 6 and 7: computed once
delta_net1_w2: ∂E/∂w₂ = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H again 9, ∂H/∂net₁ again 10, ∂net₁/∂w₂ now 13
delta_w2 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H again 9, ∂H/∂net₁ again 10, ∂net₁/∂w₂ 13; reused from steps 6, 7, 9 and 10: computed once
"""  # noqa: E501

MAZUR = """
delta_Y = ∂E/∂Y now 6
delta_Y_net2: ∂E/∂V = ∂E/∂Y 6, ∂Y/∂net₂ now 7, ∂net₂/∂V later 9
delta_net2 = ∂E/∂Y 6, ∂Y/∂net₂ 7
delta_V = ∂E/∂Y 6, ∂Y/∂net₂ 7, ∂net₂/∂V now 9; step 8: computed once, used again in step 11
delta_net2_H: ∂E/∂W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H now 10, ∂H/∂net₁ later 12, ∂net₁/∂W later 14
delta_H = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10; reused from step 8: computed once
delta_H_net1: ∂E/∂W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ now 12, ∂net₁/∂W later 14
delta_net1 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ 12
delta_W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ 12, ∂net₁/∂W now 14
"""

SOFTMAX = """
delta_Y = ∂E/∂Y now 6
delta_net2 = ∂E/∂Y 6, ∂Y/∂net₂ now 7
delta_V = ∂E/∂Y 6, ∂Y/∂net₂ 7, ∂net₂/∂V now 8; step 7: computed once, used again in steps 9 and 11
delta_B2 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂B₂ now 9; reused from step 7: computed once
delta_net2_H: ∂E/∂W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H now 10, ∂H/∂net₁ later 12, ∂net₁/∂W later 14
delta_H = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10; reused from step 7: computed once
delta_H_net1: ∂E/∂W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ now 12, ∂net₁/∂W later 14
delta_net1 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ 12
delta_W = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H 10, ∂H/∂net₁ 12, ∂net₁/∂W now 14; step 13: computed once, used again in step 15
delta_B1 = ∂E/∂Y again 6, ∂Y/∂net₂ again 7, ∂net₂/∂H again 10, ∂H/∂net₁ again 12, ∂net₁/∂B₁ now 15; reused from step 13: computed once
"""  # noqa: E501

IMMEDIATE_NOTES = {
    "delta_W3": "step 10: computed once, used again in steps 12 and 16",
    "delta_B3": "reused from step 10: computed once",
    "delta_H2": "reused from step 10: computed once",
    "delta_W2": "step 18: computed once, used again in steps 20 and 24",
    "delta_B2": "reused from step 18: computed once",
    "delta_H1": "reused from step 18: computed once",
    "delta_W1": "step 26: computed once, used again in step 28",
    "delta_B1": "reused from step 26: computed once",
}


def told(program, at):
    """A step's chain on a line; if it is not the step's own, whose it is."""
    found, glyphs, name = chain_rule(program, at), Glyphs(), program.steps[at].name
    factors = [f"{glyphs.inline(each.derivative)} {MARKS[each.state]}{each.step}" for each in found.factors]
    goal = "" if found.goal_is_now else f": {glyphs.inline(found.goal)}"
    note = reuse_note(program, at)
    return f"{name}{goal} = {', '.join(factors)}{f'; {note}' if note else ''}"


@pytest.mark.parametrize(
    ("made", "golden"),
    [
        (article(), ARTICLE),
        (mazur(), MAZUR),
        (network((2, 2, 3), "tanh", last="softmax", loss="cross_entropy"), SOFTMAX),
    ],
    ids=["article", "mazur", "softmax"],
)
def test_every_step_of_the_backward_phase_has_its_chain(made, golden):
    program = derive_program(made)
    steps = [at for at, step in enumerate(program.steps) if step.phase == "backward"]
    assert [told(program, at) for at in steps] == golden.strip().split("\n")


@pytest.mark.parametrize("made", [article(), mazur(), network((2, 2, 2, 1), optimizer="adam")])
def test_no_other_phase_has_a_chain_or_reuses_anything(made):
    program = derive_program(made)
    for at, step in enumerate(program.steps):
        if step.phase != "backward":
            assert chain_rule(program, at) is None
            assert reuse_note(program, at) == ""


def test_updates_in_between_are_no_reuse():
    program = derive_program(network((2, 2, 2, 1), update_order="immediate"))
    notes = {step.name: reuse_note(program, at) for at, step in enumerate(program.steps)}
    assert {name: note for name, note in notes.items() if note} == IMMEDIATE_NOTES
    assert program.step_indices["delta_net3"] == 10 - 1


def test_the_first_gradients_of_a_chain_may_be_held_in_one_tensor():
    program = derive_program(mazur())
    held = {
        step.name: chain_rule(program, at)
        for at, step in enumerate(program.steps)
        if step.phase == "backward"
    }
    found = {
        name: (each.prefix_name, each.prefix, each.prefix_step) for name, each in held.items() if each.prefix
    }
    assert found == {
        "delta_V": ("delta_net2", 2, 8),
        "delta_net2_H": ("delta_net2", 2, 8),
        "delta_H": ("delta_net2", 2, 8),
        "delta_H_net1": ("delta_H", 3, 11),
        "delta_net1": ("delta_H", 3, 11),
        "delta_W": ("delta_net1", 4, 13),
    }
    program = derive_program(article())
    assert not any(chain_rule(program, at).prefix for at in range(5, 14))


def test_the_factors_multiply_to_the_gradient():
    session = Session(network((1, 1, 1, 1), samples=1))
    session.goto("i1")
    tensors, program = session.frame.tensors, session.program
    for name, into in (("delta_W3", "H2"), ("delta_W2", "H1"), ("delta_W1", "X"), ("delta_B2", None)):
        found = chain_rule(program, program.step_indices[name])
        product = np.prod([tensors[each.name].item() for each in found.factors[:-1]])
        product *= 1 if into is None else tensors[into].item()
        assert tensors[name].item() == pytest.approx(product, rel=1e-12)


def test_the_factors_of_a_row_multiply_to_its_gradient():
    session = Session(article())
    session.goto("i1")
    tensors, program = session.frame.tensors, session.program
    for name in ("delta_w1", "delta_w2"):
        factors = [tensors[each.name] for each in chain_rule(program, program.step_indices[name]).factors]
        product = np.prod(np.broadcast_arrays(*factors), axis=0)
        np.testing.assert_allclose(tensors[name], product, rtol=1e-12)


def test_every_factor_names_the_step_that_computes_it():
    for made in (article(), mazur(), network((2, 2, 2, 2), "relu", last="softmax", update_order="immediate")):
        program = derive_program(made)
        for at, step in enumerate(program.steps):
            found = chain_rule(program, at)
            for each in found.factors if found else ():
                assert program.steps[each.step - 1].name == each.name
                assert {DONE: each.step <= at, REUSED: each.step <= at}.get(each.state, each.step > at)
            if found and found.goal_is_now:
                assert found.goal_step == program.step_indices[step.name] + 1


def test_an_equation_of_ones_own_reuses_what_it_reads():
    made = network((2, 2, 1), program={"delta_H": "delta_net2 @ V.T"})
    program = derive_program(made)
    assert reuse_note(program, program.step_indices["delta_H"]) == "reused from step 8: computed once"
    made = article(program={"delta_w2": "delta_w1 * X[1] / X[0]"})
    program = derive_program(made)
    assert reuse_note(program, program.step_indices["delta_w2"]) == ""
    assert (
        reuse_note(program, program.step_indices["delta_V"])
        == "steps 6 and 7: computed once, used again in step 12"
    )


def test_what_a_step_touches_is_coloured():
    step = derive_program(article()).steps[7]
    assert step_roles(step) == {"delta_Y": "read", "delta_Y_net2": "read", "H": "read", "delta_V": "write"}
    assert step_roles(derive_program(article()).steps[14])["V"] == "write"


def test_an_equation_of_ones_own_has_no_chain_nor_has_what_it_should_have_multiplied_for():
    program = derive_program(network((2, 2, 1), program={"delta_net2": "delta_Y + delta_Y_net2"}))
    own = {"delta_net2"}
    shown = {step.name for at, step in enumerate(program.steps) if chain_rule(program, at, own)}
    assert chain_rule(program, program.step_indices["delta_net2"])
    assert shown == {"delta_Y"}
    program = derive_program(article(program={"delta_w1": "delta_Y * delta_net1_w1.reshape(1, 3)"}))
    shown = {step.name for at, step in enumerate(program.steps) if chain_rule(program, at, {"delta_w1"})}
    assert shown == {"delta_Y", "delta_Y_net2", "delta_V", "delta_net1_w2", "delta_w2"}


def test_a_chain_with_a_factor_of_ones_own_says_so():
    program = derive_program(article(program={"delta_Y": "labelY - Y"}))
    found = chain_rule(program, program.step_indices["delta_w2"], {"delta_Y"})
    assert [each.name for each in found.factors if each.is_replaced] == ["delta_Y"]
    assert found.factors == tuple(
        replace(each, is_replaced=each.name == "delta_Y")
        for each in chain_rule(program, found.goal_step - 1).factors
    )
