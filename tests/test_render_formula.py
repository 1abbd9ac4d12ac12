"""The formula pane: the equation in symbols, the line that ran, its numbers, its sentence."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from debugger_driver import controller, debugging, press
from make_networks import network

from bpstep.netfile.builtin import open_network
from bpstep.render.canvas import clip
from bpstep.render.formula.pane import _FormulaPane, draw_formula, max_scroll, result_index
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session

WIDTH, HEIGHT = 80, 8


def pane(made, width=WIDTH, height=HEIGHT, view=None, **theme):
    canvas = draw_formula(made.frame, view or View(), Theme(**theme), width, height)
    return canvas.text().rstrip("\n").split("\n")


def steps(name):
    made = controller(name).session
    for n in range(1, made.period + 1):
        made.goto(n)
        yield made


@pytest.mark.parametrize("name", ["article", "mazur", "han-kamber", "xor", "deep", "penguins"])
def test_the_line_of_numpy_on_the_screen_is_the_line_that_ran(name):
    for made in steps(name):
        step = made.frame.step
        shown = " ".join(line.strip() for line in pane(made, height=14, width=120))
        assert f"{step.name} = {step.source}" in shown


@pytest.mark.parametrize("name", ["article", "mazur", "han-kamber", "xor", "deep", "penguins"])
def test_at_80_by_24_every_step_fits_whole(name):
    for made in steps(name):
        assert max_scroll(made.frame, View(), Theme(), WIDTH, HEIGHT) == 0
        frame = made.frame
        drawn = _FormulaPane(
            frame, frame.step, result_index(frame, View()), Theme(), WIDTH - 1, HEIGHT
        ).lines()
        assert max(len("".join(text for text, _ in line).rstrip()) for line in drawn) < WIDTH
        assert pane(made)[-1].rstrip().endswith(".")


def test_symbols_too_wide_for_a_line_are_broken_between_addends():
    made = controller("rnn", at="delta_B").session
    drawn = _FormulaPane(made.frame, made.frame.step, (0,), Theme(), WIDTH - 1, HEIGHT).inline(most=2)
    assert ["".join(text for text, _ in line).rstrip() for line in drawn] == [
        "∂E/∂B = Σ over rows ∂E/∂net_h1 + Σ over rows ∂E/∂net_h2",
        "    + Σ over rows ∂E/∂net_h3",
    ]


@pytest.mark.parametrize(
    ("network", "step", "at", "lines"),
    [
        # To the right of the symbols, with the reason below.
        (
            "attention",
            "delta_WV",
            0,
            [
                " ∂E       ∂E    ∂E/∂WV[i,j] = Σₙ a[n,i] · ∂E/∂V[n,j]    (4,6) @ (6,4) = (4,4)",
                " ─── = aᵀ ──    a is transposed, (6,4) to (4,6), because the sum runs over its",
                " ∂WV      ∂V    6 rows, and @ sums over the columns of its left operand.",
            ],
        ),
        # With fewer words where these have more room.
        (
            "conv",
            "delta_V",
            0,
            [
                " ∂E           ∂E      ∂E/∂V[i,j] = Σₙ flat[n,i] · ∂E/∂net_Y[n,j]",
                " ── = flatᵀ ──────    flat is transposed: the sum runs over its rows, and @",
                " ∂V         ∂net_Y    sums over its left operand's columns.",
            ],
        ),
        ("article", "net_1", 1, [" net₁ = X W + B₁    net₁[j] = (Σₙ X[n] · W[n,j]) + B₁[j]"]),
        # Below them where only a whole line is wide enough.
        (
            "rnn",
            "h2",
            2,
            [" h₂[i,j] = tanh((Σₙ x₂[i,n] · Wx[n,j]) + (Σₘ h₁[i,m] · Wh[m,j]) + B[j])"],
        ),
        # Beside the code where a chain of fractions fills the lines above.
        (
            "penguins",
            "delta_W",
            4,
            [" delta_W = X.T @ delta_net1    ∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j]"],
        ),
        # Below symbols that are written on one line for it.
        (
            "conv",
            "delta_netY",
            1,
            [
                " ∂E/∂net_Y = Y · (∂E/∂Y − Σ over columns ∂E/∂Y · Y)",
                " ∂E/∂net_Y[i,j] = Y[i,j] · (∂E/∂Y[i,j] − (Σₙ ∂E/∂Y[i,n] · Y[i,n]))",
                " chain rule: ∂E/∂net_Y = ∂E/∂Y (step 8) · ∂Y/∂net_Y (now)",
            ],
        ),
        # A condition in it is not broken.
        (
            "embedding",
            "delta_C",
            0,
            [
                " ∂E/∂C = one_hot(context as 30, 5)ᵀ (∂E/∂emb as 30×2)",
                " ∂E/∂C[i,j] = Σₙₘ (context[n,m] = i) · ∂E/∂emb[n,m,j]",
                " With .T, @ sums over the rows of its left operand, not over the columns.",
            ],
        ),
        # In place of symbols that are on one line already, with the addends that it has room for.
        (
            "rnn",
            "delta_V",
            0,
            [
                " ∂E/∂V[i,j] = (Σₙ h₁[n,i] · ∂E/∂net_p1[n,j]) + … 2 more terms",
                " Each .T makes @ sum over the rows of h1, h2 and h3, not over their columns.",
            ],
        ),
        # The reason for a transpose takes the place of numbers that the tables show.
        (
            "attention",
            "delta_a",
            1,
            [
                " Each .T makes @ sum over the columns of WQ, WK and WV, not over their rows.",
                " chain rule: ∂E/∂a = ∂E/∂Q (step 26) · ∂Q/∂a (now)",
                "     + ∂E/∂K (step 27) · ∂K/∂a (now) + ∂E/∂V (step 22) · ∂V/∂a (now)",
                " delta_a = delta_Q @ WQ.T + delta_K @ WK.T + delta_V @ WV.T",
                "   [0,0] = 0.0725 × 0.1116 + 0.0566 × 0.0913 + … 10 more terms = 0.4021",
            ],
        ),
        # Or of symbols that repeat the code.
        (
            "lstm",
            "delta_Wx",
            0,
            [
                " ∂E/∂Wx[0,k] = (Σₙ x₁[n,0] · ∂E/∂z₁[n,k]) + Σₘ x₂[m,0] · ∂E/∂z₂[m,k]",
                " Each .T makes @ sum over the rows of x1 and x2, not over their columns.",
            ],
        ),
        # The line that this saves shows the chain rule.
        (
            "rnn",
            "delta_B",
            0,
            [
                " ∂E/∂B[j] = (Σₙ ∂E/∂net_h1[n,j]) + (Σₘ ∂E/∂net_h2[m,j]) + Σₛ ∂E/∂net_h3[s,j]",
                " chain rule: ∂E/∂B = ∂E/∂net_h1 (21) · ∂net_h1/∂B (now) + … 2 more products",
            ],
        ),
        # In place of symbols and chain rule where it needs both lines.
        (
            "attention",
            "delta_var",
            0,
            [
                " ∂E/∂var[i,0] = (Σₙ ∂E/∂a[i,n] · gamma[n] · (mu[i,0] − x[i,n])) /",
                "     (2 · (var[i,0] + 1e-5)^1.5)",
            ],
        ),
    ],
)
def test_at_80_by_24_an_equation_is_written_by_indices_where_there_is_room(network, step, at, lines):
    shown = pane(controller(network, at=step).session)
    assert [line.rstrip() for line in shown[at : at + len(lines)]] == lines


@pytest.mark.parametrize("step", ["delta_net1_w1", "V"])
def test_at_80_by_24_no_indices_stand_where_nobody_has_to_follow_any(step):
    assert not any(re.search(r"\[[ij]\b", line) for line in pane(controller(at=step).session))


@pytest.mark.parametrize(("network", "name"), [("attention", "Q"), ("attention", "K"), ("embedding", "net")])
def test_arithmetic_of_two_lines_is_broken_between_products(network, name):
    shown = pane(controller(network, at=name).session)
    first = next(y for y, text in enumerate(shown) if text.startswith(" [0,0] = "))
    assert shown[first].rstrip().endswith(" +")
    assert re.match(r"     \(?-?\d", shown[first + 1])


@pytest.mark.parametrize(
    "name", ["attention", "autoencoder", "batchnorm", "conv", "embedding", "lstm", "rnn"]
)
def test_at_80_by_24_every_step_of_a_forward_pass_has_its_symbols_its_line_and_its_numbers(name):
    for made in steps(name):
        shown = pane(made)
        code = max(y for y, line in enumerate(shown) if line.startswith(f" {made.frame.step.name} = "))
        symbols = shown[:code]
        assert any(" = " in line and "now)" not in line and "(step" not in line for line in symbols)
        assert any(re.match(r" +(\[[\d,]+\] )?= ", line) for line in shown)


def test_the_numbers_on_the_line_make_its_result_when_they_are_worked_out():
    checked = 0
    for made in steps("article"):
        for line in pane(made, height=14):
            found = re.fullmatch(r" +\[[\d,]+\] = ([-\d.×+−() ]+) = (-?[\d.]+(?:e-?\d+)?)", line)
            if found:
                worked = eval(found[1].replace("×", "*").replace("−", "-"))
                assert worked == pytest.approx(float(found[2]), abs=3e-4)
                checked += 1
    assert checked >= 20


@pytest.mark.parametrize(
    ("name", "step", "cell"), [("rnn", "delta_p1", (0, 1)), ("attention", "delta_S", (1, 0))]
)
def test_a_tensor_without_units_is_looked_at_where_it_is_not_0_until_a_cell_is_chosen(name, step, cell):
    made = controller(name, at=step).session
    assert result_index(made.frame, View()) == cell
    assert np.flatnonzero(made.frame.tensors[step])[0] == np.ravel_multi_index(cell, made.frame.shape(step))
    assert result_index(made.frame, View().select(step, (0, 0))) == (0, 0)


@pytest.mark.parametrize(
    ("name", "step", "cell"), [("attention", "A", (1, 0)), ("embedding", "delta_logits_h", (0, 1))]
)
def test_at_first_neither_the_only_share_of_a_row_nor_a_cell_on_a_diagonal_is_looked_at(name, step, cell):
    assert result_index(controller(name, at=step).session.frame, View()) == cell


def test_a_unit_stays_selected_where_its_number_is_0():
    made = controller("penguins", at="i1:delta_Y").session
    assert made.frame.tensors["delta_Y"][0, 0] == 0
    assert selection(made.frame, View()).index == (0, 0)


def test_a_sum_is_written_whole_where_the_pane_has_a_line_for_it():
    made = controller("attention", at="Q").session
    assert any(" + … 2 more terms = " in line for line in pane(made, height=6))
    lines = pane(made)
    at = next(y for y, line in enumerate(lines) if "[0,0] = " in line)
    assert (lines[at] + lines[at + 1]).count("×") == 4


def test_a_number_of_the_equation_that_is_taken_is_written_once():
    made = controller("attention", at="M")
    press(made, "right")
    assert any(
        line.strip() == "[0,1] = -1.0e9, since 0.0000 ≠ 1" for line in pane(made.session, view=made.view)
    )


def test_where_lines_are_free_as_many_terms_are_written_as_these_have_room_for():
    person = controller("embedding", at="delta_C")
    press(person, "f4", "z")
    lines = person.draw().text().splitlines()
    start = next(y for y, line in enumerate(lines) if "[0,0] = " in line)
    own = "".join(lines[start : next(y for y, line in enumerate(lines) if "[0,1] = " in line)])
    context, back = (person.frame.tensors[name] for name in ("context", "delta_emb"))
    assert own.count("1 × ") == np.sum(context == 0)
    loss = controller(open_network(str(Path(__file__).parent / "programs" / "dropout_mlp.toml")), at="E")
    loss.size = 120, 36
    assert " more terms) / 4 = " in loss.draw().text()
    assert re.search(r"… \d+ more terms", loss.draw().text())
    assert " 1 × (-0.0170) + 1 × (-0.0436) + " in own
    assert back[context == 0][:, 0].sum() == pytest.approx(-0.0360, abs=5e-5)


def test_as_many_terms_are_written_as_one_line_has_room_for():
    made = controller("embedding", at="delta_B2").session
    assert any(line.endswith(" + 0.0226 + 0.0259 + … 6 more terms = 0.0008") for line in pane(made))


def test_an_equation_by_indices_is_wrapped_where_it_is_wider_than_the_pane():
    made = controller("rnn", at="delta_Wx").session
    lines = pane(made, width=100, height=16)
    at = next(y for y, line in enumerate(lines) if "∂E/∂Wx[i,j] = " in line)
    assert lines[at + 1] == "     Σₛ x₃[s,i] · ∂E/∂net_h3[s,j]    (4,2) @ (2,3) = (4,3)"
    assert lines[-1].endswith("of its left operand.")


def test_the_arithmetic_is_that_of_the_selected_cell_or_of_the_one_like_it():
    made = controller(at="delta_w2").session
    assert result_index(made.frame, View()) == (0, 0)
    assert result_index(made.frame, View().select("delta_w2", (0, 2))) == (0, 2)
    # The weight from x2 to h3 has its gradient in that cell, h2 is the target of the second.
    assert result_index(made.frame, View().select("W", (1, 2))) == (0, 2)
    assert result_index(made.frame, View().select("H", (1,))) == (0, 1)
    chosen = pane(made, view=View().select("W", (1, 2)))
    assert any(line.strip().startswith("[0,2] = ") and line.endswith("= -0.0029") for line in chosen)


def test_the_chain_rule_names_the_step_of_each_factor():
    made = controller(at="delta_w1").session
    lines = pane(made)
    assert "∂Y" in lines[0]
    assert "───" in lines[1]
    shown = " ".join(pane(controller(at="delta_net2_H").session)[:4])
    assert "now" in shown
    assert "(step 10)" in shown
    assert "(step 11)" in shown


def test_the_chain_stands_still_while_one_steps_through_its_factors():
    names = ["delta_net2_H", "delta_H_net1", "delta_net1_w1", "delta_w1"]
    numerators = [pane(controller(at=name).session)[0] for name in names]
    ends = [line.index("∂net₁") for line in numerators]
    assert len(set(ends)) == 1
    assert len({line[: ends[0]] for line in numerators}) == 1


def test_the_position_stands_still_while_names_change():
    for at in ("net_1", "delta_Y_net2", "V"):
        person = controller(at=at)
        title = next(line for line in person.draw().text().split("\n") if line.startswith("─ formula"))
        assert title.startswith(f"─ formula ─ n = {person.frame.n} ─ {at} ─")


def test_at_the_start_the_pane_says_what_comes():
    shown = " ".join(line.strip() for line in pane(controller().session))
    assert "16 equations" in shown
    assert "net_1 = X @ W + B1" in shown


def test_where_there_is_room_the_cells_beside_are_worked_out_too():
    lines = pane(controller(at="delta_V").session, width=120, height=11)
    found = [line.strip() for line in lines if re.match(r" +\[\d\] = ", line)]
    assert [line.split(" = ")[-1] for line in found] == ["-0.0502", "-0.0562", "-0.0618"]


def test_what_has_no_room_can_be_scrolled_to_and_no_further():
    made = controller(at="delta_w1").session
    most = max_scroll(made.frame, View(), Theme(), 60, 6)
    assert most > 0
    whole = pane(made, 60, 6 + most)
    assert pane(made, 60, 6)[-1].endswith("▾")
    end = pane(made, 60, 6, View(scroll=most))
    assert end[-1].strip().endswith(".")
    assert end == pane(made, 60, 6, View(scroll=most + 50))
    assert len(whole) >= 6


async def test_arrows_scroll_the_formula_and_stop_at_both_ends():
    async with debugging(at="delta_w1", size=(60, 18)) as person:
        await person.press("f4", "up")
        assert person.last == "this is the top of the formula"
        await person.press(*["down"] * 20)
        assert person.last == "this is the bottom of the formula"
        most = person.controller.view.scroll
        await person.press("up")
        assert person.controller.view.scroll == most - 1
        await person.press("right")
        assert person.last == "this is the right end of the formula"
        await person.press("n")
        assert person.controller.view.scroll == 0


def test_a_cell_that_was_edited_shows_what_the_equation_gave_and_what_it_was_edited_to():
    made = controller(at="H").session
    made.edit("H", (0,), 0.25)
    (line,) = [line for line in pane(made) if line.strip().startswith("[0] = ")]
    assert line.rstrip().endswith("= 0.5597  ✎ 0.2500")


def test_a_sum_of_very_many_terms_is_shortened_and_says_by_how_many():
    made = Session(network((300, 2, 1), samples=1))
    made.goto("net_1")
    (line,) = [line for line in pane(made) if line.strip().startswith("[0,0] = ")]
    more = re.search(r"… (\d+) more terms", line)
    assert int(more[1]) + line.split(" = ")[1].count("×") == 300
    assert float(line.split(" = ")[-1]) == pytest.approx(float(made.frame.tensors["net_1"][0, 0]), abs=5e-5)


def test_a_result_that_is_no_number_says_where_it_came_from():
    made = Session(network((2, 2, 1), "identity", learning_rate=1e300))
    made.goto("i2:delta_Y")
    assert not math.isfinite(float(np.ravel(made.frame.tensors["delta_Y"])[0]))
    shown = " ".join(line.strip() for line in pane(made))
    assert made.frame.first_nonfinite in shown


def test_of_what_a_step_updates_the_value_before_is_read_in_symbols_as_in_the_line_that_ran():
    made = controller(at="V").session
    canvas = draw_formula(made.frame, View(), Theme(), WIDTH, HEIGHT)
    lines = canvas.text().splitlines()
    for start in (" V = V −", " V = V - "):
        y = next(y for y, text in enumerate(lines) if text.startswith(start))
        assert [canvas.roles[y][x] for x in (1, 5)] == ["write", "read"]


@pytest.mark.parametrize(
    ("step", "line"),
    [("delta_mu_via_var", " = ≈0"), ("delta_mu", "[0] = ≈0 + (-0.0020) = -0.0020")],
)
def test_a_number_that_is_0_apart_from_rounding_is_written_so_in_the_arithmetic_too(step, line):
    session = controller("batchnorm", at=step).session
    assert any(each.rstrip().endswith(line) for each in pane(session))


def test_a_cell_of_a_stack_shows_the_result_that_its_own_rows_make():
    person = controller("conv", "i0:conv")
    press(person, *"/patches", "enter", "down")
    text = person.draw().text()
    assert "patches[0,0,1,0]" in text
    assert "conv[0,0,1,0] is row 0,0,1 of patches times column 0 of W" in text


def test_a_text_cut_at_its_own_dots_ends_in_these_once():
    assert clip("then sum, … + …", 11) == "then sum, …"
    assert clip("then sum", 7) == "then s…"
    assert clip("then sum", 0) == ""
