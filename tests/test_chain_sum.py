"""The chain rule of networks by forward pass: ways from the loss, factor by factor, added up."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from debugger_driver import controller, press

import bpstep
from bpstep.explain.chain_rule import DONE, NOW, PENDING
from bpstep.explain.chain_sum import chain_sum
from bpstep.explain.notation import Glyphs
from bpstep.netfile.builtin import open_network
from bpstep.render.formula.chain import chain_lines
from bpstep.render.theme import Theme
from bpstep.session.session import Session

BUILT_INS = ["batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder"]
PROGRAMS = Path(__file__).parent / "programs"
FILES = sorted(str(path) for path in PROGRAMS.glob("*.toml"))


def lines(name, position, width, most):
    program = Session(open_network(str(name))).program
    found = chain_sum(program, program.step_indices[position])
    return ["".join(text for text, _ in line) for line in chain_lines(found, Theme(), width, most).lines]


def written(name, position, width=118):
    return "".join(lines(name, position, width, 1))


_TO_S = (
    "∂E/∂probs (step 15) · ∂probs/∂net_probs (step 16) · ∂net_probs/∂R (step 18) · ∂R/∂O (step 20) · "
    "∂O/∂A (step 21) · ∂A/∂M (step 23)"
)


@pytest.mark.parametrize(
    ("name", "position", "line"),
    [
        ("batchnorm", "delta_V", "∂E/∂V = ∂E/∂Y (step 9) · ∂Y/∂net_Y (step 10) · ∂net_Y/∂V (now)"),
        ("batchnorm", "delta_mu_via_xhat",
         "∂E/∂mu = ∂E/∂var (step 19) · ∂var/∂mu (step 20) + ∂E/∂xhat (step 18) · ∂xhat/∂mu (now)"),
        ("attention", "delta_M_S", f"∂E/∂S = {_TO_S} · ∂M/∂S (now)"),
        ("attention", "delta_WQ", f"∂E/∂WQ = {_TO_S} · ∂M/∂S (step 24) · ∂S/∂Q (step 26) · ∂Q/∂WQ (now)"),
        ("rnn", "delta_h2", "∂E/∂h₂ = ∂E/∂h₃ (step 12) · ∂h₃/∂net_h3 (step 16) · ∂net_h3/∂h₂ (now)"
         " + ∂E/∂p₂ (step 9) · ∂p₂/∂net_p2 (step 13) · ∂net_p2/∂h₂ (now)"),
        # A term of the loss has a gradient, which has no equation of its own.
        (PROGRAMS / "l2_mlp.toml", "delta_V",
         "∂E/∂V = ∂E/∂Y (step 7) · ∂Y/∂V (now) + ∂E/∂penalty (now) · ∂penalty/∂V (now)"),
        # What is within Y, and within z, has a gradient of its own, which these equations do not read.
        (PROGRAMS / "one_line_mlp.toml", "delta_V", "∂E/∂V = ∂E/∂Y (step 3) · ∂Y/∂V (now)"),
        (PROGRAMS / "gru.toml", "delta_Wz", "∂E/∂Wz = ∂E/∂h (step 6) · ∂h/∂z (step 7) · ∂z/∂Wz (now)"),
    ],
)  # fmt: skip
def test_the_chain_of_a_step_on_a_line(name, position, line):
    assert written(name, position, 400) == f"chain rule: {line}"


def test_a_line_without_room_begins_with_the_gradient_that_holds_its_beginning():
    assert written("attention", "delta_WQ", 78) == "chain rule: ∂E/∂WQ = ∂E/∂Q (step 26) · ∂Q/∂WQ (now)"
    assert written("attention", "delta_WQ", 36) == "∂E/∂WQ = ∂E/∂Q (26) · ∂Q/∂WQ (now)"
    assert written("attention", "delta_WQ", 20) == ""


@pytest.mark.parametrize(
    ("name", "position", "line"),
    [
        ("batchnorm", "delta_mu_via_xhat",
         "∂E/∂mu = ∂E/∂var (19) · ∂var/∂mu (20) + ∂E/∂xhat (18) · ∂xhat/∂mu (now)"),
        ("batchnorm", "delta_net1_via_xhat",
         "chain rule: ∂E/∂net₁ = ∂E/∂xhat (18) · ∂xhat/∂net₁ (now) + … 2 more products"),
        ("rnn", "delta_h2",
         "chain rule: ∂E/∂h₂ = ∂E/∂net_h3 (16) · ∂net_h3/∂h₂ (now) + … 1 more product"),
        ("lstm", "delta_netg2", "chain rule: ∂E/∂z₂ = ∂E/∂g₂ (25) · ∂g₂/∂z₂ (now) + … 3 more products"),
    ],
)  # fmt: skip
def test_a_sum_of_products_keeps_the_numbers_of_the_steps_on_a_small_screen(name, position, line):
    assert written(name, position, 79) == line


def test_a_sum_of_products_takes_a_free_line_before_it_leaves_anything_out():
    assert lines("rnn", "delta_h2", 79, 3) == [
        "chain rule: ∂E/∂h₂ = ∂E/∂h₃ (12) · ∂h₃/∂net_h3 (16) · ∂net_h3/∂h₂ (now)",
        "    + ∂E/∂p₂ (9) · ∂p₂/∂net_p2 (13) · ∂net_p2/∂h₂ (now)",
    ]
    assert lines("lstm", "delta_netg2", 79, 2) == [
        "chain rule: ∂E/∂z₂ = ∂E/∂i₂ (24) · ∂i₂/∂z₂ (26) + ∂E/∂f₂ (23) · ∂f₂/∂z₂ (27)",
        "    + ∂E/∂o₂ (21) · ∂o₂/∂z₂ (28) + ∂E/∂g₂ (25) · ∂g₂/∂z₂ (now)",
    ]
    assert lines("lstm", "delta_netg2", 60, 2) == [
        "chain rule: ∂E/∂z₂ = ∂E/∂i₂ (24) · ∂i₂/∂z₂ (26)",
        "    + ∂E/∂g₂ (25) · ∂g₂/∂z₂ (now) + … 2 more products",
    ]


def test_a_product_that_is_too_wide_for_a_line_goes_on_below():
    assert lines("attention", "delta_WQ", 24, 1) == []
    assert lines("attention", "delta_WQ", 30, 2) == ["chain rule: ∂E/∂Q (26)", "    · ∂Q/∂WQ (now)"]


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (26, "    + ∂E/∂shifted (step 22) · ∂shifted/∂logits (now)"),
        (37, "    + ∂E/∂scaled (step 35) · ∂scaled/∂centred (now)"),
    ],
)
def test_the_pane_breaks_the_chain_where_a_line_is_free_or_fractions_can_give_way(n, shown):
    drawn = controller("embedding", str(n)).draw().text()
    assert shown in drawn
    assert "more product" not in drawn


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (16, "keepdims=True))    chain rule: ∂E/∂probs (15) · ∂probs/∂net_probs (now)"),
        (34, "+ 1e-5)**1.5)    chain rule: ∂E/∂var = ∂E/∂a (step 31) · ∂a/∂var (now)"),
    ],
)
def test_a_chain_without_a_line_of_its_own_stands_beside_the_code(n, shown):
    assert shown in controller("attention", str(n)).draw().text()


def test_a_chain_without_any_room_is_below_the_sentence():
    person = controller("attention", "31")
    person.size = 60, 18
    assert "chain rule" not in person.draw().text()
    press(person, "f4", *["down"] * 4)
    assert "∂E/∂K (27) · ∂K/∂a (now) + ∂E/∂V (22) · ∂V/∂a (now)" in person.draw().text()


def test_the_sentence_says_where_more_about_the_indices_is_if_it_has_no_room():
    lesson = controller("embedding", "18")
    lesson.size = 80, 22
    assert "More about the indices is under why." in lesson.draw().text()
    crowded = controller(open_network(str(PROGRAMS / "multihead.toml")), "delta_netO").draw().text()
    assert "computed once: -0.0542. … more under why" in crowded
    beside = controller("attention", "20").draw().text()
    assert "WO is transposed" in beside
    assert "under why" not in beside


@pytest.mark.parametrize("name", BUILT_INS)
def test_every_gradient_has_its_chain_with_numbered_steps_on_a_screen_of_80_columns(name):
    program = Session(open_network(name)).program
    for at, step in enumerate(program.steps):
        if chain_sum(program, at) is not None:
            line = written(name, step.name, 78)
            assert re.search(r"\((step )?[0-9]+\)", line), step.name


@pytest.mark.parametrize("name", [*BUILT_INS, *FILES], ids=lambda name: Path(name).stem)
def test_every_way_leads_from_the_loss_to_what_the_gradient_is_by(name):
    program = Session(open_network(name)).program
    glyphs, shown = Glyphs(), 0
    for at, step in enumerate(program.steps):
        found = chain_sum(program, at)
        assert found is None or step.phase == "backward"
        for way in (*found.ways, *found.short) if found else ():
            shown += 1
            assert glyphs.symbol(way[0].derivative.of) == program.loss
            assert way[-1].derivative.by == found.goal.by
            assert all(a.derivative.by == b.derivative.of for a, b in pairwise(way))
            for factor in way:
                assert program.steps[factor.step - 1].name == factor.name
                state = NOW if factor.step - 1 == at else DONE if factor.step <= at else PENDING
                assert factor.state == state
    assert shown or Path(name).stem in ("all_in_loss", "elastic")


def test_what_rests_on_a_replaced_equation_has_no_chain():
    program = Session(open_network("batchnorm")).program
    replaced = {"delta_H"}
    shown = {step.name for at, step in enumerate(program.steps) if chain_sum(program, at, replaced)}
    assert {"delta_V", "delta_B2", "delta_netY"} <= shown
    assert not shown & {"delta_H", "delta_bn", "delta_W", "delta_mu"}


@pytest.mark.parametrize("name", ["article", "xor", "penguins"])
def test_networks_of_layers_keep_their_own(name):
    program = Session(open_network(name)).program
    assert not any(chain_sum(program, at) for at in range(len(program)))


def test_a_tensor_within_an_intermediate_result_and_outside_of_it_has_two_ways():
    arrays = {"Q": np.arange(8.0).reshape(2, 4), "T": np.ones((4, 2))}
    made = bpstep.network("S = (Q @ T).T @ Q\nE = mean(S**3)", arrays, parameters=["Q", "T"])
    program = Session(made).program
    found = chain_sum(program, program.step_indices["delta_Q"])
    assert [[factor.name for factor in way] for way in found.ways] == [
        ["delta_S", "delta_netS", "delta_Q"],
        ["delta_S", "delta_Q"],
    ]
