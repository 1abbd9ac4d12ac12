"""Sentences about networks that are given by their forward pass: true of the numbers, and short."""

import ast
import re
import textwrap

import numpy as np
import pytest

from bpstep.explain.prose.general_forward import _along
from bpstep.explain.prose.step_sentence import sentence
from bpstep.netfile import builtin
from bpstep.program.derived_forms import DerivedForm
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


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("softmax(Z)", "the output-weighted mean of their gradients is subtracted"),
        ("1 - softmax(Z)", "the output-weighted mean of their gradients is subtracted"),
        ("log(softmax(Z))", "so the sum of their gradients, times the"),
        ("1 / softmax(Z)", "The gradient of E with respect to Z[0,0] is "),
    ],
)
def test_the_sentence_about_a_softmax_says_what_is_subtracted(tmp_path, output, said):
    path = tmp_path / "output.toml"
    path.write_text(
        "learning_rate = 0.1\n[data]\nX = [[1.0, 2.0]]\nT = [[1.0, 0.0]]\n"
        "[parameters]\nW = [[0.1, 0.2], [0.4, -0.5]]\n"
        f'[program]\nforward = """\nZ = X @ W\nY = {output}\nE = mean((Y - T)**2)\n"""\n'
    )
    session = Session(builtin.open_network(str(path)))
    session.goto("i0:delta_Z")
    assert said in sentence(session.frame, (0, 0))


@pytest.mark.parametrize(
    ("name", "where", "told"),
    [
        ("rnn", "i0:h2", "each number by itself. Wx is the same in h1 and h3."),
        ("rnn", "i0:p1", " V is the same in p2 and p3."),
        ("lstm", "i0:z1", " Wx is the same in z2."),
        ("attention", "i0:Q", ""),
    ],
)
def test_weights_that_several_equations_read_are_said_to_be_the_same(name, where, told):
    text = sentence(at(name, where), (0, 0))
    assert text.endswith(told)
    assert (" the same in " in text) is bool(told)


def test_a_product_counts_its_terms():
    assert sentence(at("attention", "i0:Q"), (1, 0)).startswith(
        "Q[1,0] is row 1 of a times column 0 of WQ: 4 products"
    )


def test_a_tensor_that_is_read_several_times_names_its_readers():
    assert sentence(at("batchnorm", "i0:delta_net1"), (0, 0)).startswith("net_1 is read by mu, var and xhat")


def named_numbers(frame, text):
    """What "row 2 of W", "column 0 of H" or "V[0,0]" stands for in a sentence."""
    line, at, _, name = re.fullmatch(r"(?:(row|column) (\d+) of )?((\w+).*)", text).group(1, 2, 3, 4)
    tensor = frame.tensors[name]
    if not line:
        return tensor if text == name else tensor[tuple(map(int, re.findall(r"\d+", text[len(name) :])))]
    return tensor[int(at)] if line == "row" else tensor[:, int(at)]


def test_the_rows_and_columns_that_a_gradient_is_computed_from_are_named():
    told = 0
    for network in ("attention", "batchnorm"):
        session = Session(builtin.open_network(network))
        for n, step in enumerate(session.program.steps):
            if step.role.form != DerivedForm.MATMUL or not step.name.startswith("delta_"):
                continue
            session.goto(n + 1)
            gradient = session.frame.tensors[step.name]
            index = (1, gradient.shape[1] - 1)
            text = sentence(session.frame, index)
            pair = re.search(r"multiplied (.+): th(?:ese \d+ numbers|at number) times (.+?)(?:, | a)", text)
            result = np.sum(np.multiply(*(named_numbers(session.frame, each) for each in pair.groups())))
            scale = 2 if "divided by sqrt(width)" in text else 1
            assert result / scale == pytest.approx(gradient[index], rel=1e-12), text
            told += 1
    assert told >= 12
    text = sentence(at("attention", "i0:delta_K"), (1, 0))
    assert text.startswith("K[1,0] multiplied column 0 of Q: these 6 numbers times column 1 of delta_S")


def test_a_mask_says_which_number_it_takes():
    session = at("attention", "i0:M")
    assert sentence(session, (0, 1)) == (
        "past = 1 is false at M[0,1], so -1e9 is taken, and S plays no part."
    )
    assert sentence(session, (1, 0)).startswith("past = 1 is true here, so S is taken: -0.5901.")


def test_what_is_broadcast_is_told_with_its_own_cells():
    told = sentence(at("attention", "i0:a"), (5, 2))
    assert told == (
        "x[5,2] = -0.7134 lies 0.0897 standard deviations below the mean of its row. That, -0.0897, times "
        "gamma[2] = 1.0000, plus beta[2] = 0.0000, is -0.0897."
    )


def test_a_row_of_a_table_collects_from_wherever_it_was_picked():
    assert "Row 2 of C was picked wherever context holds 2" in sentence(at("embedding", "i0:delta_C"), (2, 1))


def test_a_row_of_a_table_that_was_picked_nowhere_is_said_to_get_no_gradient():
    frame = at("attention", "i0:delta_C")
    assert 4 not in frame.before["words"]
    told = (
        "Row 4 of C was picked nowhere, because words holds no 4: nothing comes back to it, and its gradient"
    )
    assert sentence(frame, (4, 0)).startswith(told)
    assert sentence(frame, (1, 0)).startswith("Row 1 of C was picked wherever words holds 1;")


def test_a_row_that_is_picked_and_added_to_is_told_with_its_index():
    told = sentence(at("attention", "i0:x"), (4, 0))
    assert told.endswith("P[4,0] = 1.3298; row 0 of C is picked, because words[4] = 0.")


def test_softmax_is_not_said_to_take_each_number_by_itself():
    said = sentence(at("attention", "i0:A"), (1, 0))
    assert "every number of a row positive, and their sum 1" in said
    assert "by itself" not in said


def test_softmax_of_a_tensor_with_many_axes_names_the_axis(tmp_path):
    path = tmp_path / "heads.toml"
    path.write_text(
        """learning_rate = 0.1
[data]
X = [[[[1.0, 2.0], [0.5, -1.0]]]]
[parameters]
W = [[1.0, 0.5], [0.0, 1.0]]
[program]
forward = "A = softmax(X @ W)\\nE = sum(A**2)"
"""
    )
    told = sentence(at(str(path), "i0:A"), (0, 0, 1, 0))
    assert told.startswith("Along the last axis, softmax makes every number positive and their sum 1:")


def test_a_share_of_a_softmax_that_is_exactly_0_or_1_is_told_as_what_rounding_leaves():
    frame = at("attention", "i0:A")
    assert sentence(frame, (0, 1)).endswith(
        "e to the power of the difference is 0 in float64: A[0,1] is exactly 0."
    )
    assert "the others are so small that their shares are 0 in float64" in sentence(frame, (0, 0))


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
    [("max", "Z", [(0, 1), (0, 2)], "largest"), ("min", "-Z.reshape(2, 3)", [(0, 1), (0, 2)], "smallest"),
     ("max", "Z.reshape(2, 3)", [(0, 1), (0, 2)], "largest")],
)  # fmt: skip
def test_what_equal_largest_numbers_share_is_told(tmp_path, function, argument, tied, word):
    path = tmp_path / "tied.toml"
    path.write_text(TIED.format(function=function, argument=argument))
    session = Session(builtin.open_network(str(path)))
    _, share, *gradient = (
        step.name for step in session.frame.program.steps if {"max", "min"} & set(step.role.rules)
    )
    for name in (share, *(gradient if function == "max" else ())):
        told = {index: sentence(at_step(session, name), index) for index in np.ndindex(2, 3)}
        assert [index for index, text in told.items() if "equal" in text] == tied
        assert all(f"one of 2 equal {word} numbers" in told[index] for index in tied)
        assert all(("gets 0.5000 of it" in told[index]) == (name == share) for index in tied)
    told = {index: sentence(at_step(session, share), index) for index in np.ndindex(2, 3)}
    if function == "max":
        assert told[1, 0].startswith("Z[1,0] alone is the largest: the whole gradient of M comes back to it")
        assert told[0, 0].startswith("Z[0,0] is not the largest: nothing of the gradient")
    else:
        assert told[1, 0].startswith("-Z.reshape(2, 3) at [1,0] alone is the smallest")


def at_step(session, name):
    session.goto(f"i0:{name}")
    return session.frame


def test_a_number_that_is_only_moved_names_the_place_it_comes_from():
    """The cell is found here by NumPy, not by bpstep's reading of the equation."""
    frame = at("conv", "i0:patches")
    places = np.arange(108).reshape(3, 6, 6)
    windows = np.lib.stride_tricks.sliding_window_view(places, (3, 3), (1, 2)).reshape(3, 4, 4, 9)
    for index in ((0, 0, 0, 0), (1, 2, 3, 4), (2, 3, 3, 8)):
        image, row, column = np.unravel_index(windows[index], (3, 6, 6))
        assert sentence(frame, index).startswith(
            f"patches[{','.join(map(str, index))}] is X[{image},{row},{column}], "
        )
    assert "row 3 of C is picked, because context[4,0] = 3" in sentence(at("embedding", "i0:emb"), (4, 0, 1))
    assert "its gradient is delta_flat[1,7]" in sentence(at("conv", "i0:delta_pool"), (1, 1, 1, 1))


@pytest.mark.parametrize(
    ("name", "where", "index", "told"),
    [
        ("batchnorm", "Y", (0, 0), "sigmoid turns H @ V + B2 = {H @ V + B2} into"),
        ("attention", "S", (1, 2), "products that add up to {Q @ K.T}, divided by sqrt(width) = 2.0000"),
        ("attention", "R", (2, 3), "R[2,3] is x[2,3] = {x} plus row 2 of O times column 3 of WO"),
        ("conv", "conv", (1, 2, 3, 1), "that add up to {patches @ W}, plus B1[1] = 0.0000"),
        ("conv", "Y", (2, 1), "their sum 1: flat @ V + B2 = {flat @ V + B2} becomes"),
        ("lstm", "z2", (1, 0), "z2[1,0] adds up x2 @ Wx = {x2 @ Wx}, h1 @ Wh = {h1 @ Wh} and B[0] ="),
    ],
)
def test_what_stands_within_an_equation_is_told_with_its_own_number(name, where, index, told):
    frame = at(name, f"i0:{where}")
    numbers = {text: f"{eval(text, dict(frame.before))[index]:.4f}" for text in re.findall(r"{(.*?)}", told)}
    assert re.sub(r"{(.*?)}", lambda met: numbers[met[1]], told) in sentence(frame, index)


@pytest.mark.parametrize(
    ("name", "through"), [("conv", {"delta_netY"}), ("attention", {"delta_netprobs", "delta_M"})]
)
def test_only_the_gradient_of_the_softmax_itself_is_told_as_the_softmax_is(name, through):
    session = Session(builtin.open_network(name))
    told = set()
    for step in session.program.steps:
        session.step(1)
        if "softmax output" in sentence(session.frame, (0,) * len(session.program.shapes[step.name])):
            told.add(step.name)
    assert told == through


def test_a_number_used_in_several_places_counts_them():
    assert sentence(at("batchnorm", "i0:delta_B2"), (0,)).startswith("B2[0] is used in 6 places")
    assert sentence(at("conv", "i0:delta_B1"), (1,)).startswith("B1[1] is used in 48 places")
    assert sentence(at("attention", "i0:delta_var"), (2, 0)).startswith("var[2,0] is used in 4 places")
    assert sentence(at("rnn", "i0:delta_B"), (1,)).startswith(
        "B[1] is used in 2 places in each of h1, h2 and h3"
    )
    assert sentence(at("batchnorm", "i0:delta_mu_via_xhat"), (1,)).startswith(
        "mu[1] is used in 6 places in xhat; what comes back from these is added up"
    )


def test_what_comes_back_through_one_reader_may_be_rounding_too():
    """The deviations from a mean add up to 0."""
    text = sentence(at("batchnorm", "i0:delta_mu_via_var"), (0,))
    assert text.startswith("mu[0] is used in 6 places in var. What comes back from these cancels")
    assert text.endswith("is what float64 leaves of 0.")


def test_a_gradient_that_is_small_because_its_terms_are_is_not_called_rounding(tmp_path):
    """A saturated unit: 1e-20 of a gradient is as exact as any other."""
    path = tmp_path / "saturated.toml"
    path.write_text(
        '''learning_rate = 0.1
[data]
X = [[40.0], [39.0]]
T = [[0.0], [1.0]]
[parameters]
W = [[1.0]]
V = [[1e-19]]
[program]
forward = """
H = X @ W
Y = H @ V
E = mean((T - Y)**2)
"""
'''
    )
    session = Session(builtin.open_network(str(path)))
    session.goto("i0:delta_W")
    assert 0 < abs(session.frame.tensors["delta_W"][0, 0]) < 1e-17
    assert "rounding" not in sentence(session.frame, (0, 0))


@pytest.mark.parametrize(
    ("name", "where", "index", "told"),
    [
        ("batchnorm", "i0:delta_bn", (1, 1),
         "delta_H[1,1] = 0.0127 comes back through H, which changes 0.2839 times as much as bn[1,1],"
         " giving 0.0036."),
        ("attention", "i0:delta_S", (1, 1),
         "delta_M[1,1] = 0.1230 comes back through M, which changes by as much as S[1,1] does: 0.1230."),
        ("lstm", "i0:delta_o2", (1, 1),
         "delta_h2[1,1] = -0.1769 comes back through h2, which changes -0.3739 times as much as o2[1,1],"
         " giving 0.0661."),
        ("attention", "i0:delta_x_via_a", (1, 1),
         "delta_a[1,1] = 0.0863 comes back through a, which changes 0.6553 times as much as x[1,1]: 0.0566."
         " More comes back through others."),
        ("conv", "i0:delta_H_conv", (0, 0, 0, 0),
         "conv > 0 holds at [0,0,0,0]: H changes there by as much as conv does, so the slope is 1.0000."),
        ("attention", "i0:delta_M_S", (0, 1),
         "past = 1 does not hold at [0,1]: M does not change there with S, so the slope is 0.0000."),
    ],
)  # fmt: skip
def test_what_comes_back_and_what_it_is_times_stand_there_with_their_numbers(name, where, index, told):
    assert sentence(at(name, where), index).startswith(told)


def test_the_slope_in_a_sentence_times_what_comes_back_is_the_gradient():
    """Against the arrays themselves, wherever a built-in's sentence has both numbers."""
    shown = 0
    for name in NAMES:
        session = Session(builtin.open_network(name))
        for step in session.program.steps:
            session.step(1)
            tensor = session.frame.tensors[step.name]
            index = tuple(size // 2 for size in np.shape(tensor))
            told = re.match(
                r"(\w+)\[([0-9,]+)\] = \S+ comes back through \w+, which changes (\S+) times",
                sentence(session.frame, index),
            )
            if told:
                shown += 1
                place = tuple(map(int, told[2].split(",")))
                product = session.frame.tensors[told[1]][place] * float(told[3])
                assert product == pytest.approx(
                    tensor[index], rel=2e-3, abs=1e-4 * abs(session.frame.tensors[told[1]][place])
                )
    assert shown >= 8


def test_a_matrix_and_a_vector_are_told_without_a_column(tmp_path):
    path = tmp_path / "vectors.toml"
    path.write_text(
        """learning_rate = 0.1
[data]
X = [[1.0, 2.0], [3.0, -1.0]]
[parameters]
w = [0.5, 0.25]
b = 0.75
[program]
forward = \"\"\"
z = X @ w + b
u = w @ X
E = sum(z) + sum(u)
\"\"\"
"""
    )
    session = Session(builtin.open_network(str(path)))
    session.step(1)
    assert sentence(session.frame, (1,)) == (
        "z[1] is row 1 of X times w, 2 products that add up to 1.2500, plus b = 0.7500: 2.0000."
    )
    session.step(1)
    assert sentence(session.frame, (1,)) == "u[1] is w times column 1 of X: 2 products add up to 0.7500."


def test_what_one_equation_reads_several_times_is_told_from_what_several_equations_read(tmp_path):
    text = """
title = "in one line"
learning_rate = 0.1
[data]
X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
labelY = [[0.0], [1.0], [1.0]]
[parameters]
W = [[0.1], [0.2]]
[program]
forward = \"\"\"
h = X @ W
g = h / (1 + h**2)
E = mean((labelY - sigmoid(g + 0.1))**2)
\"\"\"
"""
    path = tmp_path / "lines.toml"
    path.write_text(text)
    session = Session(builtin.open_network(str(path)))
    session.goto("i0:delta_h")
    assert sentence(session.frame, (0, 0)).startswith("g reads h several times; what comes back from each")
    session.goto("i0:delta_g_part")
    assert sentence(session.frame, (0, 0)).startswith(
        "delta_g_part appears several times in the equation of delta_g, so it is computed once"
    )


def made_network(folder, forward):
    """A network of two matrices X, one matrix W and two vectors."""
    path = folder / "made.toml"
    path.write_text(
        'optimizer = "sgd"\nlearning_rate = 0.1\n'
        "[data]\nX = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]], [[1.0, 0.0, 3.0], [2.0, 5.0, 6.0]]]\n"
        "[parameters]\nW = [[1.0, 0.2, 0.3], [0.2, 0.1, 0.3]]\nv = [1.0, 2.0, 0.5]\nu = [0.5, 0.2]\n"
        f'[program]\nforward = """\n{forward}\nE = sum(A) + sum(W @ v * u)\n"""\n'
    )
    return Session(builtin.open_network(str(path)))


@pytest.mark.parametrize(
    ("source", "index", "told"),
    [
        ("X @ v", (1, 0), "A[1,0] is row 1,0 of X times v: 3 products add up to 2.5000."),
        (
            "X @ v + u",
            (1, 0),
            "row 1,0 of X times v, 3 products that add up to 2.5000, plus u[0]",
        ),
        ("u @ X", (1, 2), "A[1,2] is u times column 1,2 of X: 2 products add up to 2.7000."),
        ("W @ swapaxes(X, 1, 2)", (1, 0, 1), "A[1,0,1] is row 0 of W times column 1 of swapaxes(X, 1, 2)"),
        ("X @ W.T", (1, 0, 1), "A[1,0,1] is row 1,0 of X times column 1 of W.T: 3 products add up to 1.1"),
        ("mean(X * v, axis=1)", (1, 2), "A[1,2] is the mean of the 2 numbers of X * v along axis 1: 2.2500."),
        ("sum(X * v, axis=-1)", (1, 1), "A[1,1] is the sum of the 3 numbers of X * v along axis -1: 15.000."),
        ("sum(W, axis=1)", (1,), "A[1] is the sum of the 3 numbers of W along the row: 0.6000."),
        (
            'einsum("nij,kj->nik", X, W) + u',
            (1, 0, 1),
            "A[1,0,1] is a sum over the indices j: 3 products, each of a number of X and one of W, add "
            "up to 1.1000, "
            "plus u[1] = 0.2000: 1.3000.",
        ),
        ("sum(v, axis=0)", (), "A is the sum of the 3 numbers of v all together: 3.5000."),
    ],
)
def test_rows_and_columns_are_those_of_matrices(tmp_path, source, index, told):
    session = made_network(tmp_path, f"A = {source}")
    session.goto("i0:A")
    assert told in sentence(session.frame, index)


def test_a_matrix_that_multiplied_several_matrices_counts_all_their_numbers(tmp_path):
    session = made_network(tmp_path, "M = 2 * W\nA = M @ swapaxes(X, 1, 2)")
    session.goto("i0:delta_M")
    assert sentence(session.frame, (1, 2)).startswith("M[1,2] multiplied 4 numbers in A")


@pytest.mark.parametrize(
    ("call", "rank", "along"),
    [
        ("sum(a)", 2, "all together"),
        ("sum(a, axis=0)", 1, "all together"),
        ("sum(a, axis=0)", 2, "down the column"),
        ("sum(a, axis=1)", 2, "along the row"),
        ("sum(a, keepdims=True, axis=-1)", 2, "along the row"),
        ("sum(a, axis=-2)", 2, "along axis -2"),
        ("sum(a, axis=0)", 3, "along axis 0"),
        ("sum(a, axis=-1)", 3, "along axis -1"),
        ("sum(a, axis=(0, 2))", 3, "along axes 0 and 2"),
    ],
)
def test_the_axis_of_a_sum_is_named_as_rows_and_columns_only_in_a_matrix(call, rank, along):
    assert _along(ast.parse(call, mode="eval").body, rank) == along


ROLES = """learning_rate = 0.1
[data]
X = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
[parameters]
W = [[0.1, -0.3], [0.2, 0.4]]
b = [0.5, 0.25]
[program]
forward = \"\"\"
Z = {Z}
E = {E}
\"\"\"
"""


@pytest.mark.parametrize(
    ("Z", "E", "where", "index", "told"),
    [
        ("X @ W", "max(Z) - min(Z) + sum(b)", "delta_Z_part4", (0, 0), "Z[0,0] is not the smallest: noth"),
        ("X @ W", "max(Z) - min(Z) + sum(b)", "delta_Z_part2", (0, 0), "Z[0,0] is not the largest: noth"),
        (
            "(abs(X @ W) + 1)**(b + 2)",
            "mean(Z)",
            "delta_b",
            (1,),
            "b[1] is used in 3 places; what comes back from each is added up",
        ),
        ("X @ W", "mean((Z @ W + b)**2)", "delta_b", (1,), "b[1] is used in 3 places; what comes back from"),
        (
            "X @ W\nS = Z - max(Z, axis=1, keepdims=True)",
            "sum(log(sum(exp(S), axis=1)) - S[:, 0]) + sum(b)",
            "delta_Z",
            (0, 1),
            "What max(Z) passes back adds up to 0, so the gradient of Z[0,1] is delta_S[0,1], ",
        ),
        (
            "X @ W\nS = exp(Z - max(Z, axis=1, keepdims=True))",
            "sum(S[:, 0] / sum(S, axis=1) * X[:, 0]) + sum(b)",
            "delta_Z",
            (1, 1),
            "What max(Z) passes back adds up to 0; delta_S[1,1] = ",
        ),
        (
            "X @ W\nS = (Z - mean(Z, axis=0)) / std(Z, axis=0)",
            "sum(S**3) + sum(b)",
            "delta_Z",
            (0, 0),
            "Z[0,0] changes several numbers of S; what comes back through all of them adds up to ",
        ),
        (
            "X @ b\nQ = X @ W[:, :1] + Z[:, None]",
            "sum(Q**2)",
            "delta_Z",
            (1,),
            "Q changes by as much as Z[1] does, so the gradient of Z[1] is delta_Q[1,0], ",
        ),
        (
            'einsum("ni,ij,j->nj", X, W, b) / sqrt(3)',
            "sum(Z**2)",
            "delta_b",
            (1,),
            "b[1] appears in 6 products; what comes back for each, times the other factors, divided by sq",
        ),
        ("W @ b + b", "Z @ W @ Z + sum(Z)", "delta_Z", (1,), "E reads Z several times; what comes back"),
        ('einsum("ni,ij,j->nj", X, W, b)', "sum(Z**2)", "delta_b", (1,), "b[1] appears in 6 products in Z"),
        ("X @ W + b\nQ = windows(Z, 2, axis=0)", "sum(Q**3)", "delta_Z", (1, 0), "Overlapping windows copie"),
        ("X @ W + b\nQ = windows(Z, 2, axis=0)", "sum(Q**3)", "delta_Z", (0, 0), "Only one window of Q cov"),
        (
            "X @ W + b\nQ = 3 * windows(Z, 2, axis=0)",
            "sum(Q**3)",
            "delta_Z",
            (1, 0),
            "Overlapping windows copied Z[1,0] into Q; the gradients of all its copies are added up, times 3",
        ),
        (
            "X @ W + b\nQ = windows(Z, 2, axis=0)\nS = W @ swapaxes(Q, 1, 2) / sqrt(3)",
            "sum(S**3)",
            "delta_Q",
            (0, 0, 0),
            "What comes back for each product of Q[0,0,0], times the other factor, divided by sqrt(3)",
        ),
        (
            "W / sqrt(sum(W**2, axis=0))",
            "sum((Z.T @ Z - where(arange(2)[:, None] == arange(2), 1, 0))**2) + sum(X @ W + b)",
            "delta_netE",
            (0, 0),
            "0 apart from rounding",
        ),
    ],
)  # fmt: skip
def test_a_gradient_is_told_by_what_brings_it_back(tmp_path, Z, E, where, index, told):
    path = tmp_path / "roles.toml"
    path.write_text(ROLES.format(Z=Z, E=E))
    assert sentence(at(str(path), f"i0:{where}"), index).startswith(told)


CENTRED = "mu = mean(W, axis=1, keepdims=True)\nd = W - mu\n"


@pytest.mark.parametrize(
    ("forward", "at", "index", "told"),
    [
        (
            CENTRED + "A = 2 * d",
            "d",
            (1, 2),
            "d[1,2] is W[1,2] = 0.3000 minus mu[1,0] = 0.2000, the mean of its row: 0.1000. In d the "
            "mean is 0.",
        ),
        (
            CENTRED + "s = mean(d * d, axis=1, keepdims=True)\nA = d / sqrt(s)",
            "A",
            (1, 1),
            "W[1,1] = 0.1000 lies 1.2247 standard deviations below mu[1,0] = 0.2000, the mean of its "
            "row. In A the mean is 0, the deviation 1.",
        ),
        (
            "A = (W - mean(W, axis=0)) / std(W, axis=0)",
            "A",
            (0, 1),
            "W[0,1] = 0.2000 lies 1.0000 standard deviations above mean(W, axis=0) = 0.1500, the mean of its "
            "column. In A the mean is 0, the deviation 1.",
        ),
        # So much is added under the root that the quotient counts no deviations.
        (
            CENTRED + "A = d / sqrt(mean(d**2, axis=1, keepdims=True) + 0.1)",
            "A",
            (0, 1),
            "A[0,1] is -0.6301. It is computed from d[0,1] = -0.3000, d[0,0] = 0.5000 and d[0,2] = -0.2000.",
        ),
        # The variance is that of another tensor.
        (
            CENTRED + "other = W**2\nA = d / sqrt(mean(other**2, axis=1, keepdims=True))",
            "A",
            (1, 1),
            "A[1,1] is -1.7496. It is computed from d[1,1] = -0.1000, other[1,0] = 0.0400, other[1,1] = "
            "0.0100 and "
            "other[1,2] = 0.0900.",
        ),
        (
            "c = exp(W)\nA = c / sum(c, axis=0)",
            "A",
            (1, 0),
            "A[1,0] is c[1,0] = 1.2214 divided by sum(c, axis=0) = 3.9397, the sum of its column: a "
            "share of 0.3100. "
            "The shares of its column add up to 1.",
        ),
        (
            "top = max(W)\nd = W - top\nA = exp(d)",
            "d",
            (0, 1),
            "d[0,1] is W[0,1] = 0.2000 minus top = 1.0000, the largest number of all 6 numbers, so that "
            "exp can't "
            "overflow: -0.8000.",
        ),
        (
            "top = max(X, axis=2, keepdims=True)\nA = X - top",
            "A",
            (1, 0, 1),
            "A[1,0,1] is X[1,0,1] = 0.0000 minus top[1,0,0] = 3.0000, the largest number of the 3 "
            "numbers along axis "
            "2: -3.0000.",
        ),
    ],
)
def test_a_step_of_a_normalization_says_what_the_number_is_compared_with(tmp_path, forward, at, index, told):
    session = made_network(tmp_path, forward)
    session.goto(f"i0:{at}")
    assert sentence(session.frame, index) == told


def test_a_number_of_a_window_says_where_the_window_begins():
    assert sentence(at("conv", "i0:patches"), (1, 2, 0, 3)) == (
        "patches[1,2,0,3] is X[1,3,0], 0.0200: patches[1,2,0] is the window of 3 by 3 numbers of X that "
        "begins at "
        "X[1,2,0]."
    )


def test_a_cell_of_a_part_of_a_tensor_has_its_own_name():
    told = sentence(at("lstm", "i0:g2"), (2, 1))
    assert told.startswith("tanh turns z2[2,7] = 0.0226 into")


def test_what_comes_back_to_a_part_of_a_tensor_is_put_together_and_not_added():
    assert sentence(at("lstm", "i0:delta_netf2"), (3, 0)) == (
        "What comes back to the part of z2 that f2 reads here: 3.9e-4. The gradients of the parts are put "
        "together afterwards."
    )


@pytest.mark.parametrize(
    ("network", "at_step", "index", "told"),
    [
        (
            "rnn",
            "delta_Wx",
            (1, 1),
            "Wx[1,1] multiplied column 1 of x1 in h1: these times column 1 of delta_neth1, likewise in "
            "h2 and h3, "
            "add up to -0.1349. ",
        ),
        (
            "conv",
            "delta_W",
            (4, 1),
            "W[4,1] multiplied column 4 of patches as (48,9): these times column 1 of delta_conv as "
            "(48,2) add up to 0.1386. ",
        ),
    ],
)
def test_a_weight_s_gradient_says_which_column_the_weight_multiplied(network, at_step, index, told):
    assert sentence(at(network, f"i0:{at_step}"), index).startswith(told)


def test_a_part_of_a_gradient_that_the_forward_pass_computes_too_is_told_as_such(tmp_path):
    path = tmp_path / "normalised.toml"
    path.write_text(
        "learning_rate = 0.1\n[data]\nx = [[1.0, 2.0], [0.5, -1.0]]\n"
        "[parameters]\nW = [[0.5, 0.1, -0.3], [0.2, 0.4, 0.7]]\n"
        "g = [1.0, 2.0, 0.5]\n[program]\nforward = '''\nz = x @ W\n"
        "n = g * (z - mean(z, axis=1)[:, None]) / std(z, axis=1)[:, None]\nE = sum(n**2)\n'''\n"
    )
    session = Session(builtin.open_network(str(path)))
    session.goto("i0:delta_z_part")
    quotient = "(z - mean(z, axis=1)[:, None]) / std(z, axis=1)[:, None]"
    told = f"delta_z_part is {quotient}, a part of the equation of n"
    assert sentence(session.frame, (0, 0)).startswith(told)
