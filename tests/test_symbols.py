"""Equations in symbols: every text here was read before it was kept."""

from pathlib import Path

from equation_text import FANCY, PLAIN, assert_drawn, drawn, equations, named
from make_networks import article, mazur, network

from bpstep.explain.symbols import Symbols, centre_box, fraction_box, join_boxes, text_box
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import builtin
from bpstep.netfile.builtin import open_network
from bpstep.program.derive import derive_program

PROGRAMS = Path(__file__).parent / "programs"

ARTICLE = """
net₁ = X W + B₁

                    1
H = σ(net₁) = ─────────────
              1 + e^(−net₁)

net₂ = H V + B₂

                    1
Y = σ(net₂) = ─────────────
              1 + e^(−net₂)

E = 1/2 · Σ (labelY − Y)²

∂E
── = Y − labelY
∂Y

 ∂Y
───── = σ(net₂) − σ(net₂)²
∂net₂

∂E   ∂E    ∂Y
── = ── · ───── · H
∂V   ∂Y   ∂net₂

∂net₂
───── = Vᵀ
 ∂H

 ∂H
───── = σ(net₁) − σ(net₁)²
∂net₁

∂net₁
───── = X[0], 3 times
 ∂w₁

∂E    ∂E    ∂Y     ∂net₂    ∂H     ∂net₁
─── = ── · ───── · ───── · ───── · ─────
∂w₁   ∂Y   ∂net₂    ∂H     ∂net₁    ∂w₁

∂net₁
───── = X[1], 3 times
 ∂w₂

∂E    ∂E    ∂Y     ∂net₂    ∂H     ∂net₁
─── = ── · ───── · ───── · ───── · ─────
∂w₂   ∂Y   ∂net₂    ∂H     ∂net₁    ∂w₂

                        ∂E
V = V − learning_rate · ──
                        ∂V

                         ∂E   ∂E
W = W − learning_rate · [───; ───]
                         ∂w₁  ∂w₂
"""

SOME_IN_ASCII = """
                           1
H = sigmoid(net_1) = --------------
                     1 + e^(-net_1)

E = 1/2 * sum (labelY - Y)^2

  dY
------ = sigmoid(net_2) - sigmoid(net_2)^2
dnet_2

dE   dE     dY
-- = -- * ------ * H
dV   dY   dnet_2

dnet_2
------ = V.T
  dH

                        dE
V = V - learning_rate * --
                        dV
"""

MAZUR = """
net₁ = X W + B₁

                    1
H = σ(net₁) = ─────────────
              1 + e^(−net₁)

net₂ = H V + B₂

                    1
Y = σ(net₂) = ─────────────
              1 + e^(−net₂)

E = 1/2 · Σ (labelY − Y)²

∂E
── = Y − labelY
∂Y

 ∂Y
───── = σ(net₂) − σ(net₂)²
∂net₂

 ∂E     ∂E    ∂Y
───── = ── · ─────
∂net₂   ∂Y   ∂net₂

∂E       ∂E
── = Hᵀ ─────
∂V      ∂net₂

∂net₂
───── = Vᵀ
 ∂H

∂E    ∂E   ∂net₂
── = ───── ─────
∂H   ∂net₂  ∂H

 ∂H
───── = σ(net₁) − σ(net₁)²
∂net₁

 ∂E     ∂E    ∂H
───── = ── · ─────
∂net₁   ∂H   ∂net₁

∂E       ∂E
── = Xᵀ ─────
∂W      ∂net₁

                        ∂E
V = V − learning_rate · ──
                        ∂V

                        ∂E
W = W − learning_rate · ──
                        ∂W
"""

SOFTMAX = """
net₁ = X W₁ + B₁

                     e^net₁
Y = softmax(net₁) = ────────
                    Σ e^net₁

E = −Σ labelY · ln(Y)

∂E   −labelY
── = ───────
∂Y      Y

 ∂E          ∂E                ∂E
───── = Y · (── − Σ over units ── · Y)
∂net₁        ∂Y                ∂Y

∂E        ∂E
─── = Xᵀ ─────
∂W₁      ∂net₁

∂E                    ∂E
─── = Σ over samples ─────
∂B₁                  ∂net₁

                          ∂E
W₁ = W₁ − learning_rate · ───
                          ∂W₁

                          ∂E
B₁ = B₁ − learning_rate · ───
                          ∂B₁
"""


def test_the_article_is_written_in_symbols():
    assert_drawn([equations(article())], ARTICLE)


def test_the_article_is_written_in_ascii():
    names = "H E delta_Y_net2 delta_V delta_net2_H V"
    assert_drawn([equations(article(), PLAIN, named(*names.split()))], SOME_IN_ASCII)


def test_mazurs_network_is_written_in_symbols():
    assert_drawn([equations(mazur())], MAZUR)


def test_softmax_with_cross_entropy_is_written_in_symbols():
    assert_drawn([equations(network((2, 3), "softmax", loss="cross_entropy", samples=1))], SOFTMAX)


def every_network():
    yield from (builtin.open_network(name) for name in builtin.network_names())
    for activation in ACTIVATIONS:
        hidden = "tanh" if activation == "softmax" else activation
        for loss in LOSSES:
            yield network((2, 3, 3, 2), hidden, last=activation, loss=loss, reduction="mean", batch_size=3)
    yield from (network(optimizer=optimizer) for optimizer in OPTIMIZERS)


def test_no_derived_equation_needs_more_than_three_lines_and_all_lines_are_as_wide():
    for made in every_network():
        program = derive_program(made)
        for glyphs in (FANCY, PLAIN):
            symbols = Symbols(program, glyphs, {})
            for step in program.steps:
                box = symbols.equation(step)
                assert box.height <= 3
                assert {sum(len(text) for text, _ in line) for line in box.lines} == {box.width}
                flat = symbols.write(step.tree, stacked=False)
                assert flat.height == 1
                if glyphs.ascii:
                    assert (drawn(box) + drawn(flat)).isascii()


def test_tensors_have_their_roles_and_the_bar_has_its_fractions():
    program = derive_program(article())
    box = Symbols(program, FANCY, {"delta_V": "read", "V": "write"}).equation(program.steps[-2])
    roles = {text: role for line in box.lines for text, role in line if text.strip()}
    assert [role for line in box.lines for text, role in line if text == "V"] == ["write", "read"]
    assert roles["∂E"] == roles["∂V"] == roles["──"] == "read"
    assert roles["learning_rate"] == "text"


def test_boxes_stand_side_by_side_on_one_line():
    box = join_boxes([text_box("a = "), fraction_box(text_box("1"), text_box("b + c")), text_box(" + d")])
    assert drawn(box) == "      1\na = ───── + d\n    b + c"
    assert (box.baseline, box.width, box.height) == (1, 13, 3)
    assert drawn(centre_box(text_box("x"), 4)) == " x"


def of_file(name, *wanted, glyphs=FANCY):
    """Equations of a program that is kept as a file, in symbols."""
    return equations(open_network(str(PROGRAMS / f"{name}.toml")), glyphs, named(*wanted))


def test_lists_pairs_and_letters_as_arguments():
    assert of_file("stack_rnn", "hs") == "hs = stack(h₁, h₂, h₃, axis=1)"
    assert of_file("conv2d_maxpool", "padded") == "padded = pad(X, ((0, 0), (1, 1), (1, 1)))"
    assert of_file("einsum_attn", "O") == "O = Σ over s A[b,t,s] · X[b,s,d]"
    assert of_file("einsum_attn", "O", glyphs=PLAIN) == "O = sum over s A[b,t,s] * X[b,s,d]"


def test_a_reduction_over_several_axes_names_them():
    assert of_file("conv2d_maxpool", "pool") == "pool = max over axes 2, 4 (blocks)"


def test_a_derivative_on_one_line_before_a_matrix_stands_in_parentheses():
    """∂E/∂S K would read as the derivative by S K."""
    program = derive_program(open_network("attention"))
    steps = {step.name: step for step in program.steps}
    symbols = Symbols(program, FANCY, {})
    assert "(∂E/∂S) K" in drawn(symbols.equation(steps["delta_Q"]))
