"""Equations by their indices: which cells meet, which shapes, and why a transpose is there."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from equation_text import drawn
from index_text import IndexText

import bpstep
from bpstep.explain import transposes
from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.index_form import index_form
from bpstep.explain.latex import equation_latex
from bpstep.explain.notation import Glyphs
from bpstep.explain.scalar import Apply, Cell, Number
from bpstep.explain.symbols import Symbols
from bpstep.netfile.builtin import open_network
from bpstep.netfile.reader import read_network
from bpstep.program.derive import derive_program
from bpstep.render.formula.indices import index_lines
from bpstep.render.theme import Theme
from bpstep.session.session import Session

PROGRAMS = Path(__file__).parent / "programs"

NAMES = sorted(path.stem for path in PROGRAMS.glob("*.toml"))


def form(network, name, ascii_only=False):
    program = Session(network).program
    return index_form(program, program.steps[program.step_indices[name]], Glyphs(ascii_only))


def told(found):
    return " ".join(found.reasons)


def test_the_gradient_of_weights_sums_over_the_samples_and_says_why_the_input_is_transposed():
    found = form(open_network("xor"), "delta_W")
    assert found.equation == "∂E/∂W[i,j] = Σₙ X[n,i] · ∂E/∂net₁[n,j]"
    assert found.shapes == ("(2,4) @ (4,2) = (2,2)",)
    assert told(found) == (
        "X is transposed, (4,2) to (2,4), because the sum runs over its 4 rows, and @ sums over the columns "
        "of its left operand."
    )


@pytest.mark.parametrize(
    ("product", "derived"),
    [
        ("3 * (X @ V)", "3 * X.T @ delta_Y"),
        ("-(X @ V)", "-X.T @ delta_Y"),
    ],
)
def test_beside_a_factor_or_a_sign_a_transpose_has_the_same_reason(product, derived):
    arrays = {"X": np.ones((3, 2)), "V": np.ones((2, 1))}
    made = bpstep.network(f"Y = {product}\nE = sum(Y**2)", arrays, parameters=["V"])
    program = Session(made).program
    assert program.steps[program.step_indices["delta_V"]].source == derived
    assert form(made, "delta_V").reasons == (
        "X is transposed, (3,2) to (2,3), because the sum runs over its 3 rows, and @ sums over the columns "
        "of its left operand.",
    )


def test_a_factor_of_ones_that_only_gives_a_shape_is_left_out():
    arrays = {"q": np.ones((2, 3, 2)), "W": np.ones((2, 2))}
    made = bpstep.network("o = mean(q @ W, axis=1)\nE = sum(o**3)", arrays, parameters=["q"])
    program = Session(made).program
    assert "* ones_like(q @ W)" in program.steps[program.step_indices["delta_q"]].source
    assert form(made, "delta_q").equation == "∂E/∂q[i,j,k] = (Σₙ ∂E/∂o[i,n] · W[k,n]) / 3"
    both = bpstep.network("o = mean(q @ W, axis=1)\nE = sum(o**3)", arrays, parameters=["q", "W"])
    assert form(both, "delta_neto").equation == "∂E/∂net_o[i,j,k] = ∂E/∂o[i,k] / 3"


def test_a_reshape_of_the_backward_pass_undoes_one_of_the_forward_pass_or_quotes_it():
    conv = open_network("conv")
    assert form(conv, "delta_H").reasons[-1] == (
        "The forward pass reshapes H from (3,4,4,2) to (3,2,2,2,2,2); "
        "here reshape takes the gradient back to (3,4,4,2)."
    )
    assert form(conv, "delta_H_part").reasons == (
        "None in pool[:, :, None, :, None] adds an axis, along which the numbers of pool are the same.",
        "H.reshape(3, 2, 2, 2, 2, 2) appears here as in the equation of pool.",
    )
    # In the forward pass nothing is undone.
    assert "reshape" not in told(form(conv, "flat"))


def test_a_transposed_factor_exchanges_rows_and_columns():
    found = form(open_network("mazur"), "delta_net2_H")
    assert found.equation == "∂net₂/∂H[i,j] = V[j,i]"
    assert told(found).endswith("the same numbers, transposed.")


def test_a_bias_stands_beside_the_sum():
    assert form(open_network("xor"), "net_1").equation == "net₁[i,j] = (Σₙ X[i,n] · W[n,j]) + B₁[j]"


def test_a_sum_over_an_axis_of_one_cell_is_no_sum():
    assert form(open_network("mazur"), "delta_V").equation == "∂E/∂V[i,j] = H[0,i] · ∂E/∂net₂[0,j]"


def test_a_mean_divides_by_how_many_it_takes():
    network = open_network(str(PROGRAMS / "batchnorm_mlp.toml"))
    assert form(network, "mu").equation == "mu[0,j] = 1/4 · Σₙ net₁[n,j]"


def test_a_product_by_a_transposed_tensor_on_the_right_sums_over_its_columns():
    found = form(open_network(str(PROGRAMS / "attention.toml")), "S")
    assert found.equation == "S[i,j] = (Σₙ Q[i,n] · K[j,n]) / √(4)"
    assert found.shapes == ("(5,4) @ (4,5) = (5,5)",)
    assert told(found) == (
        "K is transposed, (5,4) to (4,5), because the sum runs over its 4 columns, and @ sums over the rows "
        "of its right operand."
    )


def test_plain_characters_where_a_terminal_has_no_others():
    assert form(open_network("xor"), "delta_W", True).equation == "dE/dW[i,j] = sum_n X[n,i] * dE/dnet_1[n,j]"


def test_an_equation_without_product_axis_or_transpose_has_no_index_form():
    assert form(open_network("xor"), "delta_Y") is None


def test_a_reshape_to_rows_is_a_sum_over_all_axes_that_were_merged():
    found = form(open_network("conv"), "delta_W")
    assert found.equation == "∂E/∂W[i,j] = Σₙₘₚ patches[n,m,p,i] · ∂E/∂conv[n,m,p,j]"
    assert found.shapes == ("(9,48) @ (48,2) = (9,2)",)
    assert told(found).startswith("patches is transposed, (48,9) to (9,48), because")
    assert told(found).endswith("reshape puts all rows of patches and delta_conv below one another.")


def test_rows_that_were_picked_meet_what_comes_back_where_the_index_holds_their_number():
    found = form(open_network("embedding"), "delta_C")
    assert found.equation == "∂E/∂C[i,j] = Σₙₘ (context[n,m] = i) · ∂E/∂emb[n,m,j]"
    assert "(context[n,m] = i) counts as 1 where it holds" in told(found)


def test_every_transpose_of_an_equation_has_its_reason():
    found = form(open_network("rnn"), "delta_Wx")
    assert found.equation.endswith("(Σₘ x₂[m,i] · ∂E/∂net_h2[m,j]) + Σₛ x₃[s,i] · ∂E/∂net_h3[s,j]")
    assert told(found).startswith(
        "x1, x2 and x3 are transposed, (2,4) to (4,2), because each sum runs over their 2 rows"
    )
    assert told(form(open_network("attention"), "delta_a")).startswith("WQ, WK and WV are transposed")


def test_products_of_unlike_shapes_have_a_line_of_shapes_each():
    found = form(open_network("rnn"), "delta_h2")
    assert found.shapes == ("(2,3) @ (3,3) = (2,3)", "(2,4) @ (4,3) = (2,3)")
    assert form(open_network("rnn"), "delta_Wx").shapes == ("(4,2) @ (2,3) = (4,3)",)


def test_the_reason_for_a_transpose_does_not_need_an_equation_that_can_be_written():
    program = Session(open_network("rnn")).program

    def of_length(name, longest):
        step = program.steps[program.step_indices[name]]
        return index_form(program, step, Glyphs(False), max_width=longest)

    whole = form(open_network("rnn"), "delta_Wx")
    assert of_length("delta_Wx", 40) == replace(whole, equation="")
    assert of_length("h1", 40) is None
    shorter = "∂E/∂Wx[i,j] = (Σₙ x₁[n,i] · ∂E/∂net_h1[n,j]) + … 2 more terms"
    assert of_length("delta_Wx", 70).equation == shorter


def test_numbers_and_functions_stand_in_it_as_in_the_other_readings():
    network = open_network("attention")
    assert form(network, "delta_gamma").equation.endswith("/ √(var[n,0] + 1e-5)")
    assert form(network, "delta_mu_via_a").equation.endswith(
        "= −(Σₙ ∂E/∂a[i,n] · gamma[n]) / √(var[i,0] + 1e-5)"
    )


def test_a_maximum_and_a_sum_over_several_axes_have_their_letters():
    assert form(open_network("embedding"), "largest").equation == "largest[i,0] = maxₙ logits[i,n]"
    assert form(open_network("conv"), "delta_B1").equation == "∂E/∂B₁[j] = Σₙₘₚ ∂E/∂conv[n,m,p,j]"


@pytest.mark.parametrize(
    "name", ["batchnorm", "embedding", "rnn", "lstm", "conv", "attention", "autoencoder"]
)
def test_every_equation_with_a_transpose_in_a_built_in_says_why(name):
    program = Session(open_network(name)).program
    transposed = [step for step in program.steps if ".T" in step.source]
    assert transposed
    for step in transposed:
        found = index_form(program, step, Glyphs())
        assert found is not None
        assert "transpose" in told(found), step.name


@pytest.mark.parametrize(
    ("network", "name", "equation", "reason"),
    [
        (
            "batchnorm",
            "xhat",
            "xhat[i,j] = (net₁[i,j] − mu[j]) / √(var[j] + epsilon)",
            "mu and var have the same numbers for every i.",
        ),
        (
            "attention",
            "a",
            "a[i,j] = gamma[j] · (x[i,j] − mu[i,0]) / √(var[i,0] + 1e-5) + beta[j]",
            "gamma and beta have the same numbers for every i. mu and var have the same numbers for every j.",
        ),
        ("embedding", "centred", "centred[i,j] = net[i,j] − mu[j]", "mu has the same number for every i."),
        ("batchnorm", "delta_xhat", "∂E/∂xhat[i,j] = ∂E/∂bn[i,j] · gamma[j]", ""),
    ],
)
def test_what_is_broadcast_shows_which_index_it_lacks(network, name, equation, reason):
    found = form(open_network(network), name)
    assert (found.equation, told(found)) == (equation, reason)


@pytest.mark.parametrize(
    ("network", "name", "equation"),
    [
        ("attention", "x", "x[i,j] = C[words[i],j] + P[i,j]"),
        ("embedding", "emb", "emb[i,j,k] = C[context[i,j],k]"),
        ("attention", "E", "E = −1/6 · Σₙ ln(probs[n,following[n]])"),
        ("attention", "delta_probs", "∂E/∂probs[i,j] = −(following[i] = j) / probs[i,following[i]] / 6"),
        ("conv", "patches", "patches[i,j,k,3l+a] = X[i,j+l,k+a]"),
        ("conv", "pool", "pool[i,j,k,l] = maxₙₘ H[i,2j+n,2k+m,l]"),
        ("conv", "flat", "flat[i,4j+2k+l] = pool[i,j,k,l]"),
        ("conv", "delta_pool", "∂E/∂pool[i,j,k,l] = ∂E/∂flat[i,4j+2k+l]"),
        (
            "conv",
            "delta_H_part",
            "delta_H_part[i,j,k,l,a,b] = 1 if H[i,2j+k,2l+a,b] = pool[i,j,l,b], else 0",
        ),
        ("conv", "delta_H", "∂E/∂H[i,2j+k,2l+a,b] = ∂E/∂pool[i,j,l,b] · ∂pool/∂H[i,j,k,l,a,b]"),
        ("lstm", "f2", "f₂[j,k] = σ(z₂[j,k+2])"),
    ],
)
def test_a_lookup_a_window_a_part_and_a_reshape_say_from_which_place_a_number_comes(network, name, equation):
    assert form(open_network(network), name).equation == equation


@pytest.mark.parametrize("name", NAMES)
def test_every_index_form_of_a_program_computed_by_loops_gives_the_tensor(name):
    assert_computed(open_network(str(PROGRAMS / f"{name}.toml")))


@pytest.mark.parametrize("name", ["batchnorm", "embedding", "rnn", "lstm", "conv", "attention"])
def test_every_index_form_of_a_built_in_computed_by_loops_gives_the_tensor(name):
    assert_computed(open_network(name))


def assert_computed(network):
    """Every index form says every axis by a letter, and what it says is what NumPy computed."""
    session = Session(network)
    program = session.program
    last = [step for step in program.steps if step.phase != "update"][-1]
    session.goto(f"i0:{last.name}")
    tensors = session.frame.tensors
    for step in program.steps:
        found = index_form(program, step, Glyphs()) if step.phase != "update" else None
        if found is not None and "…" not in found.equation:
            computed = IndexText(found.equation, program, step, tensors).value()
            assert computed == pytest.approx(np.asarray(tensors[step.name]), rel=1e-9, abs=1e-12), step.name


def test_a_letter_that_names_a_tensor_is_no_index():
    assert form(open_network("lstm"), "i2").equation == "i₂[j,k] = σ(z₂[j,k])"
    assert form(open_network("rnn"), "p1").equation == "p₁[i,j] = softmax over j (Σₙ h₁[i,n] · V[n,j])"


def test_a_letter_that_names_a_tensor_of_another_equation_is_the_last_choice():
    assert form(open_network("lstm"), "delta_Wh").equation == "∂E/∂Wh[j,k] = Σₙ h₁[n,j] · ∂E/∂z₂[n,k]"
    assert "Σₙ x₁[n,0] · ∂E/∂z₁[n,k]" in form(open_network("lstm"), "delta_Wx").equation


@pytest.mark.parametrize(
    ("network", "name", "equation"),
    [
        ("conv", "E", "E = −1/3 · Σₙ Σₘ labelY[n,m] · ln(Y[n,m])"),
        ("xor", "E", "E = 1/2 · Σₙ (labelY[n,0] − Y[n,0])²"),
        ("penguins", "E", "E = −(Σₙₘ labelY[n,m] · ln(Y[n,m])) / samples"),
        ("embedding", "delta_mu", "∂E/∂mu[j] = −Σₙ ∂E/∂centred[n,j]"),
    ],
)
def test_a_sum_at_the_end_needs_no_parentheses_and_one_that_goes_on_has_them(network, name, equation):
    assert form(open_network(network), name).equation == equation


def test_a_product_that_looks_as_if_a_transpose_were_missing_says_where_it_is():
    assert told(form(open_network("attention"), "delta_Q")) == (
        "K appears here without a transpose: the forward pass took K.T, and a transpose of that is K again."
    )
    assert told(form(open_network("mazur"), "delta_H")) == (
        "delta_net2_H is V.T: step 10 has transposed it, so the sum runs over the columns of V."
    )


def test_a_part_whose_transpose_the_forward_pass_took_and_an_added_axis_have_their_reason(tmp_path):
    forward = "S = X[:, :2] @ W[:, 1:].T + w[:, None]\nE = sum(S**2)"
    data = {"X": [[1.0, 0.5, 0.25], [0.5, 2.0, 1.0]]}
    parameters = {"W": [[0.5, 1.0, 0.25], [1.0, 0.5, 2.0]], "w": [0.5, 0.25]}
    network = program_of(tmp_path, forward, data, parameters)
    assert told(form(network, "S")).endswith(
        "[:, None] makes a column of w: one number for each row, the same in every column."
    )
    forward = "Z = X @ U\nS = Z[:, :1] @ Z[:, 1:].T\nE = sum(S**2)"
    network = program_of(tmp_path, forward, data, {"U": SIX})
    taken = "Z[:, 1:] appears here without a transpose: the forward pass took Z[:, 1:].T"
    assert taken in told(form(network, "delta_Z"))


def test_a_sum_over_what_was_broadcast_and_an_axis_that_is_taken_away_have_their_reason(tmp_path):
    forward = (
        "Z = X @ W\nm = mean(Z, axis=1)\nC = Z - mean(Z, axis=0)\nQ = C @ C.T @ X + m[:, None]\nE = sum(Q**3)"
    )
    data = {"X": [[0.5], [2.0], [1.0]]}
    network = program_of(tmp_path, forward, data, {"W": [[1.0, 0.25]]})
    taken = "[:, 0] takes away the axis that m[:, None] added in the equation of Q."
    assert told(form(network, "delta_m")) == taken
    assert told(form(network, "delta_Z")).endswith(
        "sum(delta_C, axis=0) adds up what comes back, because the forward pass uses one number in 3 places."
    )
    forward = "P = tanh(X @ W + b)\nQ = sin(X @ W + b)\nE = sum(P * Q)"
    network = program_of(tmp_path, forward, data, {"W": [[1.0, 0.25]], "b": [0.5, 0.25]})
    assert told(form(network, "delta_b")) == (
        "Each of sum(delta_netP, axis=0) and sum(delta_netQ, axis=0) adds up what comes back, because the "
        "forward pass uses one number in 3 places."
    )
    forward = "Z = X @ W\nS = Z - log(sum(exp(Z), axis=1, keepdims=True))\nE = sum(S**2)"
    network = program_of(tmp_path, forward, data, {"W": [[1.0, 0.25]]})
    program = Session(network).program
    written = " ".join(step.source for step in program.steps)
    reasons = [told(found) for step in program.steps if (found := form(network, step.name))]
    assert "sum(exp(Z), axis=1, keepdims=True)" in written
    assert any(reason.startswith("sum(delta_S, axis=1, keepdims=True) adds up") for reason in reasons)
    assert not any("sum(exp(Z), axis=1, keepdims=True) adds up" in reason for reason in reasons)


def test_a_sum_of_one_term_is_not_said_to_be_drawn():
    assert "(here there is one, so nothing is added up)" in told(form(open_network("mazur"), "delta_V"))
    assert "here there is one" not in told(form(open_network("xor"), "delta_V"))


def test_a_vector_before_a_stack_of_matrices_has_no_row(tmp_path):
    path = tmp_path / "stack.toml"
    path.write_text(
        """learning_rate = 0.1
[constants]
X = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]]
[parameters]
w = [0.5, 0.25, 0.125]
[program]
forward = \"\"\"
z = w @ X
E = sum(z)
\"\"\"
"""
    )
    assert form(read_network(path), "z").equation == "z[i,j] = Σₙ w[n] · X[i,n,j]"


def test_the_shapes_are_those_of_the_batch_that_is_shown():
    """222 penguins in batches of 32: the seventh has 30."""
    session = Session(open_network("penguins"))
    session.goto("i6:delta_W")
    lines = index_lines(session.frame, session.frame.step, Theme(), 100)
    assert "".join(text for text, _ in lines.equation[0]).endswith("(4,30) @ (30,8) = (4,8)")


def test_a_gradient_that_is_repeated_is_not_written_times_1():
    """delta_bndiff2 = delta_bnvar * ones_like(bndiff2) / 3, in indices, symbols and numbers."""
    session = Session(open_network(str(PROGRAMS / "makemore_backprop_ninja.toml")))
    session.goto("i0:delta_bndiff2")
    frame = session.frame
    assert index_form(frame.program, frame.step, Glyphs()).equation == "∂E/∂bndiff₂[i,j] = ∂E/∂bnvar[0,j] / 3"
    assert "1" not in drawn(Symbols(frame.program, Glyphs(), {}).equation(frame.step))
    over = cell_arithmetic(frame.step, (1, 2), frame.before)
    assert over == Apply("/", (Cell("delta_bnvar", (0, 2), frame.tensors["delta_bnvar"][0, 2]), Number(3.0)))


BATCHED = """
Q = X @ WQ
K = X @ WK
S = Q @ swapaxes(K, 1, 2) / sqrt(2)
A = softmax(S)
O = A @ X
E = mean((mean(O @ V, axis=1) - labelY)**2)
"""

BOTH_WAYS = """
H = X @ W
A = softmax(H @ H.T)
Y = (A @ H + H * H) @ V
E = mean((Y - labelY)**2)
"""

SIX = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.1]]

WEIGHTS = {"WQ": [[0.1, 0.2], [0.3, -0.1]], "WK": [[0.2, 0.1], [-0.3, 0.5]], "V": [[0.3], [0.1]]}


def program_of(tmp_path, forward, data, parameters):
    path = tmp_path / "network.toml"
    given = "\n".join(f"{name} = {value}" for name, value in data.items())
    learned = "\n".join(f"{name} = {value}" for name, value in parameters.items())
    path.write_text(
        f"learning_rate = 0.1\n[data]\n{given}\n[parameters]\n{learned}\n"
        f'[program]\nforward = """{forward}"""\n'
    )
    return read_network(path)


BOTH = {"V": WEIGHTS["V"], "W": SIX}


@pytest.fixture
def batched(tmp_path):
    """Attention in two samples of three words: three axes, and transposes written by swapaxes."""
    return program_of(tmp_path, BATCHED, {"X": [SIX, SIX], "labelY": [[0.0], [1.0]]}, WEIGHTS)


@pytest.fixture
def both_ways(tmp_path):
    """A tensor that meets its own transpose, and a matrix of one column."""
    data = {"X": SIX, "labelY": [[0.0], [1.0], [1.0]]}
    return program_of(tmp_path, BOTH_WAYS, data, {"W": WEIGHTS["WQ"], "V": WEIGHTS["V"]})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Q", "The leading axis is carried along: one product for each i, all with the same WQ."),
        (
            "S",
            "Each matrix of K is transposed, (2,3,2) to (2,2,3), because the sum runs over its 2 columns, "
            "and @ sums over the rows of its right operand. The leading axis is carried along: one product "
            "for each i.",
        ),
        ("O", "The leading axis is carried along: one product for each i."),
        (
            "delta_Q",
            "K appears here without a transpose: the forward pass took swapaxes(K, 1, 2), and a transpose of "
            "that is K again. The leading axis is carried along: one product for each i.",
        ),
        (
            "delta_K",
            "Each matrix of delta_S is transposed, (2,3,3) to (2,3,3), because the sum runs over its 3 rows, "
            "and @ sums over the columns of its left operand. The leading axis is carried along: one product "
            "for each i.",
        ),
        (
            "delta_WK",
            "X is transposed, (6,2) to (2,6), because the sum runs over its 6 rows, and @ sums over the "
            "columns of its left operand. reshape puts all rows of X and delta_K below one another.",
        ),
    ],
)
def test_products_of_stacks_say_what_is_transposed_and_what_is_carried_along(batched, name, reason):
    assert told(form(batched, name)) == reason


def test_index_forms_of_stacks_computed_by_loops_give_the_tensors(batched):
    assert_computed(batched)


def test_a_reason_names_what_is_transposed_and_what_it_met(tmp_path):
    weights = {"B": [[1.0, 2.0, 0.5], [0.3, -0.2, 0.1]], "V": [[1.5], [-0.2], [0.3]]}
    column = program_of(tmp_path, "E = sum(B @ V) + sum(X)", {"X": [[1.0, 2.0]]}, weights)
    assert told(form(column, "delta_B")) == (
        "The forward pass multiplies each row of B by the column V, so the column appears here as a row."
    )
    heads = "Q = swapaxes((X @ B).reshape(2, 3, 1), 0, 1)\nE = sum(Q**2)"
    found = form(program_of(tmp_path, heads, {"X": [[1.0, 2.0], [0.5, 1.0]]}, {"B": weights["B"]}), "Q")
    assert "The axes of (X @ B).reshape(2, 3, 1) are here in the order 1, 0, 2" in told(found)


def test_a_reason_says_which_of_its_sums_have_one_term(tmp_path):
    network = program_of(
        tmp_path, "Y = (X[:, :1] @ V.T) @ W.T\nE = sum(Y)", {"X": SIX}, {"V": WEIGHTS["V"], "W": SIX}
    )
    found = form(network, "Y")
    assert found.equation == "Y[i,j] = Σₙ X[i,0] · V[n,0] · W[j,n]"
    assert told(found) == (
        "V and W are transposed because each sum runs over their columns (of V only one, so nothing is added "
        "up), and @ sums over the rows of its right operand."
    )


def test_transposes_on_both_sides_share_a_reason(tmp_path):
    network = program_of(tmp_path, "Y = W.T @ X + X[:, :1].T @ W @ (V @ V.T).T\nE = sum(Y)", {"X": SIX}, BOTH)
    assert told(form(network, "Y")) == (
        "@ sums over the columns of its left operand and the rows of its right one. A sum that runs the "
        "other way needs a transpose: over the rows of W and X[:, :1], over the columns of (V @ V.T) and V. "
        "Of V there is only one, so nothing is added up."
    )
    assert_computed(network)


def test_outer_and_einsum_within_an_expression_are_written_by_their_cells(tmp_path):
    forward = "s = sum(X @ W.T, axis=0)\nP = 2 * outer(s, s @ W) / 1\nG = einsum('ik,ij->jk', X, W)\n"
    network = program_of(tmp_path, forward + "E = sum(P) + sum(G)", {"X": SIX}, {"W": SIX})
    assert form(network, "P").equation == "P[i,j] = 2 · s[i] · (Σₙ s[n] · W[n,j]) / 1"
    assert form(network, "G").equation == "G[j,k] = Σᵢ X[i,k] · W[i,j]"
    assert_computed(network)


def test_the_axes_of_an_einsum_have_its_own_letters_as_in_the_symbols(tmp_path):
    forward = "G = einsum('ba,ic->bi', X, W) + 1\nL = einsum('ne,ej->nj', X, X.T)\nE = sum(G) + sum(L)"
    network = program_of(tmp_path, forward, {"X": SIX}, {"W": SIX})
    assert form(network, "G").equation == "G[b,i] = (Σ over a, c X[b,a] · W[i,c]) + 1"
    # The letter e is Euler's number.
    assert form(network, "L").equation == "L[n,j] = Σₘ X[n,m] · X[j,m]"
    assert_computed(network)


def test_letters_of_an_einsum_that_are_names_of_tensors_are_replaced_here_as_in_the_symbols(tmp_path):
    forward = "c = einsum('rc,oc->ro', X, W)\no = c + 1\nE = sum(o**2)"
    network = program_of(tmp_path, forward, {"X": SIX}, {"W": SIX})
    program = derive_program(network)
    step = program.steps[program.step_indices["c"]]
    assert form(network, "c").equation == "c[r,i] = Σₙ X[r,n] · W[i,n]"
    shown = "".join(text for text, _ in Symbols(program, Glyphs(), {}).equation(step).lines[0])
    assert shown == "c = Σ over n X[r,n] · W[i,n]"
    assert equation_latex(step, program).endswith(r"\sum_{n} X_{rn} \, W_{in}")


def test_without_room_the_first_reasons_stay_and_say_where_the_others_are():
    session = Session(open_network(str(PROGRAMS / "einsum_attn.toml")))
    session.goto("i0:delta_WQ")
    shown = index_lines(session.frame, session.frame.step, Theme(), 77)
    first, second, _ = shown.reasons
    assert first.startswith("X is transposed, (6,4) to (4,6), because the sum runs over its 6 rows")

    def text(most, *cut):
        return " ".join(text for ((text, _),) in shown.reason(most, *cut))

    assert text(9) == " ".join(shown.reasons)
    assert text(3) == ""
    assert text(3, "… more under why", "elsewhere") == f"{first} {second} … more under why"
    assert text(1, "… more under why", "elsewhere") == f"{shown.briefs[1]} … more under why"
    assert shown.briefs[1] == "The .T makes @ sum over the rows of X, not over its columns."
    assert text(0, "… more under why", "elsewhere") == ""
    assert text(0, "… more under why", "elsewhere") == ""


def test_a_sum_that_is_too_long_is_cut_between_addends():
    found = form(open_network(str(PROGRAMS / "rnn_nets.toml")), "E")
    assert found.equation.endswith("+ (Σₙₘ (h₅[n,m] − t[n,m])²) + … 4 more terms")
    assert len(found.equation) <= 160


def test_a_tensor_that_meets_its_own_transpose_gets_its_gradient_both_ways(both_ways):
    assert told(form(both_ways, "delta_H")).endswith(
        "delta_netA.T is added because the forward pass takes H transposed, too."
    )
    assert_computed(both_ways)


@pytest.mark.parametrize(
    "written", ["W.T", "swapaxes(W, 0, 1)", "swapaxes(W, -1, -2)", "transpose(W, (1, 0))"]
)
def test_a_transpose_has_its_reason_in_whatever_way_it_is_written(tmp_path, written):
    network = program_of(tmp_path, f"Y = {written} @ X\nE = sum(Y)", {"X": SIX}, {"W": SIX})
    found = form(network, "Y")
    assert found.equation == "Y[i,j] = Σₙ W[n,i] · X[n,j]"
    assert told(found) == (
        "W is transposed, (3,2) to (2,3), because the sum runs over its 3 rows, and @ sums over the "
        "columns of its left operand."
    )


@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (
            "Y = transpose(X, (2, 0, 1)) @ W",
            "The axes of X are taken in the order 2, 0, 1 because the sum runs over axis 1, and @ sums "
            "over the last axis of its left operand.",
        ),
        ("Y = transpose(X, (2, 0, 1)) + w", "The axes of X are here in the order 2, 0, 1:"),
        ("Y = swapaxes(X, 1, 2) + w", "In each matrix of X row j is column j here:"),
        ("Y = w.T @ W", "w has one axis, so that a transpose of it changes nothing."),
    ],
)
def test_axes_in_any_other_order_have_their_reason(tmp_path, forward, reason):
    parameters = {"W": SIX, "w": [0.5, 0.25, 0.125]}
    network = program_of(tmp_path, f"{forward} + w[0] * W[0, 0]\nE = sum(Y)", {"X": [SIX, SIX]}, parameters)
    assert told(form(network, "Y")).startswith(reason)


def test_an_index_takes_axes_away_where_the_other_adds_them_and_keeps_the_rest_whole():
    for index, added, expected in (
        ("[0]", "[None]", True),
        ("[:, 0]", "[:, None]", True),
        ("[0, 0]", "[None, None]", True),
        ("[0]", "[None, :]", True),
        ("[0, 1]", "[None, :]", False),
        ("[0, 1:]", "[None, :]", False),
        ("[1]", "[None]", False),
        ("[:, 0]", "[None]", False),
        ("[:]", "[:]", False),
        ("[0, :]", "[None, 0]", False),
    ):
        parts, others = ([*_parts(f"x{each}")] for each in (index, added))
        assert transposes._takes_away(parts, others) is expected, (index, added)


def _parts(text):
    part = ast.parse(text, mode="eval").body.slice
    return part.elts if isinstance(part, ast.Tuple) else [part]
