"""Derived equations read as a textbook writes them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from derived_style import unreadable
from forward_programs import NAMES, backward, read, run, text
from programs_by_chance import numbered


def derived(forward, **shapes):
    """The derived equations of a pass, as text by their name; tensors with small letters are given."""
    drawn = np.random.default_rng(0)
    start = {name: drawn.normal(size=shape) for name, shape in shapes.items()}
    lines = [tuple(side.strip() for side in line.split("=", 1)) for line in forward.split(";")]
    parameters = [name for name in start if name.isupper()]
    return {line.name: line.source for line in backward(lines, start, parameters)}


@pytest.mark.parametrize("turned", ["H.T", "swapaxes(H, 0, 1)", "swapaxes(H, -1, 0)", "transpose(H)"])
def test_the_transpose_of_a_transpose_is_the_tensor_itself_in_whatever_way_it_is_written(turned):
    found = derived(f"H = x @ W; S = H @ {turned}; E = sum(S**2)", x=(3, 2), W=(2, 2))
    assert found["delta_H"] == "(delta_S + delta_S.T) @ H"


@pytest.mark.parametrize("turned", ["swapaxes(K, 1, 2)", "swapaxes(K, -1, -2)", "transpose(K, (0, 2, 1))"])
def test_each_matrix_of_a_stack_is_turned_back_as_one_matrix_is(turned):
    found = derived(f"Y = x @ {turned}; E = sum(Y**2)", x=(2, 4, 3), K=(2, 5, 3))
    assert found["delta_K"] == "swapaxes(delta_Y, -1, -2) @ x"


@pytest.mark.parametrize(
    ("source", "back"),
    [
        ("transpose(T, (2, 0, 1))", "transpose(delta_Y, (1, 2, 0))"),
        ("transpose(swapaxes(T, 0, 1), (1, 0, 2))", "delta_Y"),
        ("swapaxes(T.T, 0, 2)", "delta_Y"),
        ("T.T", "swapaxes(delta_Y, 0, 2)"),
        ("swapaxes(transpose(T, (1, 2, 0)), 0, 1)", "swapaxes(delta_Y, 0, 2)"),
    ],
)
def test_several_reorderings_of_axes_go_back_as_one_or_none(source, back):
    assert derived(f"Y = {source}; E = sum(Y**2)", T=(2, 3, 4))["delta_T"] == back


def test_parts_that_cancel_are_not_written():
    found = derived(
        "o = x @ W; L = o - log(sum(exp(o - max(o, axis=1, keepdims=True)), axis=1, keepdims=True)) - "
        "max(o, axis=1, keepdims=True); E = sum(L**2)",
        x=(4, 3),
        W=(3, 2),
    )
    assert [name for name in found if "_part" in name] == ["delta_o_part", "delta_o_part2"]
    assert found["delta_o_part"] == "exp(o - max(o, axis=1, keepdims=True))"
    assert "delta_o_part2" in found["delta_o"]


@pytest.mark.parametrize(
    "bias", ["B[:, None, None]", "B[None, :, None, None]", "B.reshape(3, 1, 1)", "B.reshape(1, 3, 1, 1)"]
)
def test_the_gradient_of_a_bias_along_an_inner_axis_is_one_sum(bias):
    found = derived(f"Y = x + {bias}; E = sum(Y**2)", x=(2, 3, 4, 4), B=(3,))
    assert found["delta_B"] == "sum(delta_Y, axis=(0, 2, 3))"


def test_a_product_with_its_own_transpose_is_its_own_transpose():
    assert derived("E = sum((W @ W.T)**2)", W=(3, 2))["delta_W"] == "4 * (W @ W.T) @ W"


def test_a_side_that_matrix_products_share_is_taken_out():
    found = derived("H = x @ W; Y = (H.T @ H) @ v; E = sum(Y**2)", x=(5, 3), W=(3, 2), v=(2, 2))
    assert found["delta_netY"] == "delta_Y @ v.T"
    assert found["delta_H"] == "H @ (delta_netY + delta_netY.T)"
    found = derived("E = sum((W.T @ W - t)**2)", W=(3, 2), t=(2, 2))
    assert found["delta_netE"] == "2 * (W.T @ W - t)"
    assert found["delta_W"] == "W @ (delta_netE + delta_netE.T)"
    found = derived(
        "A = x @ W; B = x @ V; E = sum((A @ R + B @ R)**2)", x=(5, 3), W=(3, 2), V=(3, 2), R=(2, 1)
    )
    assert found["delta_R"] == "(A + B).T @ delta_netE"


def test_a_sum_of_many_readers_that_only_its_shape_makes_too_long_is_cut_before_its_last_term():
    names = ["first_scale", "second_scale", "third_scale", "fourth_scale", "fifth_scale", "sixth"]
    parts = [f"a{at} = sum(W) * {name}" for at, name in enumerate(names)]
    whole = " + ".join(f"a{at}" for at in range(len(names)))
    found = derived("; ".join([*parts, f"E = {whole}"]), W=(3, 4), **dict.fromkeys(names, ()))
    assert found == {
        "delta_W_part": " + ".join(names[:-1]),
        "delta_W": "(delta_W_part + sixth) * ones_like(W)",
    }


OUTER, PRODUCT = "outer(sum(x, axis=0), delta_s[0])", "(x.T @ delta_s) * ones_like(W)"


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        ("s = sum(x @ W, axis=0); E = sum(s**2)", {"delta_W": "outer(sum(x, axis=0), delta_s)"}),
        (
            "s = sum(x @ W, axis=0, keepdims=True); E = sum(s**2)",
            {"delta_W": "outer(sum(x, axis=0), delta_s[0])"},
        ),
        (
            "s = sum(x @ W, axis=1, keepdims=True); E = sum(s**2)",
            {"delta_W": "(x.T @ delta_s) * ones_like(W)"},
        ),
        ("E = mean(x @ W)", {"delta_W": "sum(x, axis=0)[:, None] * ones_like(W) / 12"}),
        ("H = x @ W; E = sum(H @ V)", {"delta_V": "sum(H, axis=0)", "delta_H": "V * ones_like(H)"}),
        ("H = tanh(x @ W); E = sum(H @ v.T)", {"delta_W": "x.T @ (delta_H * (1 - H**2))"}),
        ("E = sum(R @ R.T)", {"delta_R": "2 * sum(R, axis=0) * ones_like(R)"}),
        ("E = sum(R.T @ R)", {"delta_R": "2 * sum(R, axis=1, keepdims=True) * ones_like(R)"}),
        ('E = sum(einsum("ij,jk->ik", x, W))', {"delta_W": "sum(x, axis=0)[:, None] * ones_like(W)"}),
    ],
)
def test_a_gradient_that_is_equal_in_all_rows_or_columns_is_not_written_as_a_matrix_of_ones(forward, back):
    shapes = {"x": (3, 2), "W": (2, 4), "V": (4,), "v": (4, 4), "R": (3, 2)}
    names = {name: shape for name, shape in shapes.items() if name in forward}
    found = derived(forward, **names)
    assert {name: found[name] for name in back} == back


def test_the_derivative_of_a_softmax_written_with_exp_names_the_result():
    found = derived(
        "P = exp(x @ W) / sum(exp(x @ W), axis=1, keepdims=True); E = sum(t * log(P))",
        x=(3, 2),
        W=(2, 4),
        t=(3, 4),
    )
    assert found["delta_W"] == "x.T @ (P * (delta_P - sum(delta_P * P, axis=1, keepdims=True)))"


ROWS = "sum(exp(z - max(z, axis=1, keepdims=True)), axis=1, keepdims=True)"


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        (f"P = exp(z - max(z, axis=1, keepdims=True)) / {ROWS}; E = sum((P - t)**2)",
         "P * (delta_P - sum(delta_P * P, axis=1, keepdims=True))"),
        ("P = exp(z - 1) / sum(exp(z - 1)); E = sum((P - t)**2)", "P * (delta_P - sum(delta_P * P))"),
        ("P = exp(z - v) / sum(exp(z - v), axis=0, keepdims=True); E = sum((P - t)**2)",
         "P * (delta_P - sum(delta_P * P, axis=0, keepdims=True))"),
        (f"E = -mean(log(exp(z - max(z, axis=1, keepdims=True)) / {ROWS})[arange(3), i])",
         "(delta_z_part / sum(delta_z_part, axis=1, keepdims=True) - one_hot(i, 4)) / 3"),
    ],
)  # fmt: skip
def test_a_softmax_that_is_written_out_goes_back_as_one(forward, back):
    shapes = {"t": (3, 4), "i": (3,), "v": (4,)}
    assert derived(f"z = x @ W; {forward}", x=(3, 2), W=(2, 4), **shapes)["delta_z"] == back


@pytest.mark.parametrize(
    ("sigmoid", "back"),
    [
        ("1 / (1 + exp(-x @ W))", "x.T @ (delta_p * p * (1 - p))"),
        ("1.0 / (exp(-(x @ W)) + 1.0)", "x.T @ (delta_p * p * (1 - p))"),
        ("1 / (1 + exp(x @ W))", "x.T @ (delta_p * p * (p - 1))"),
        ("2 / (2 + exp(x @ W))", "-x.T @ (delta_p * p * delta_W_part / (2 + delta_W_part))"),
    ],
)
def test_a_sigmoid_that_is_written_out_goes_back_by_its_result(sigmoid, back):
    assert derived(f"p = {sigmoid}; E = sum((p - t)**2)", x=(3, 2), W=(2, 4), t=(3, 4))["delta_W"] == back


def test_a_gradient_that_is_needed_in_three_places_has_a_name():
    found = derived(
        "H = x @ W; Y = (t @ H + H * H) @ v; E = sum(Y**2)", x=(4, 3), W=(3, 2), v=(2, 2), t=(4, 4)
    )
    assert found["delta_netY"] == "delta_Y @ v.T"
    assert found["delta_H"] == "t.T @ delta_netY + 2 * delta_netY * H"


def test_a_product_of_vectors_is_a_sum_of_products():
    assert derived("E = 0.5 * t * W @ W", W=(3,), t=())["delta_W"] == "W * t"


def test_both_sides_of_a_matrix_product_read_the_gradient_of_the_product_by_a_name():
    found = derived("E = mean((H @ V - t)**2)", H=(3, 2), V=(2, 1), t=(3, 1))
    assert found == {
        "delta_netE": "2 * (H @ V - t) / 3",
        "delta_H": "delta_netE @ V.T",
        "delta_V": "H.T @ delta_netE",
    }


def test_a_gradient_that_both_sides_of_a_product_need_in_its_whole_shape_has_a_name():
    found = derived(
        "H = tanh(x @ W); o = mean(H @ U, axis=(1, 2)); E = sum(o**2)", x=(2, 4, 3, 2), W=(2, 3), U=(3, 2)
    )
    assert found["delta_neto"] == "delta_o[:, None, None] * ones_like(H @ U) / 12"
    assert found["delta_U"] == "H.reshape(-1, 3).T @ delta_neto.reshape(-1, 2)"
    assert found["delta_H"] == "delta_neto @ U.T"


def test_what_stands_twice_in_an_equation_has_a_name_where_it_computes_much():
    found = derived("h = x @ W; Y = sigmoid(h @ V) * 2; E = sum(Y**2)", x=(3, 2), W=(2, 4), V=(4, 1))
    assert found["delta_netY_part"] == "sigmoid(h @ V)"
    assert found["delta_netY"] == "2 * delta_Y * delta_netY_part * (1 - delta_netY_part)"
    found = derived("H = x @ W; E = sum(H / (t + exp(H)))", x=(3, 2), W=(2, 4), t=(3, 4))
    assert found["delta_H"] == "1 / (t + exp(H)) - H * exp(H) / (t + exp(H))**2"


@pytest.mark.parametrize(
    ("loss", "back"),
    [
        ("mean(H**2) / 8 / 5", "H / 12 / 20"),
        ("mean(H**2) / .5 / 8", "H / 12 / 2"),
        ("mean(t * H) / .5", "t / 12 / .5"),
        ("mean(t * H) / .5 / 7", "t / 12 / 3.5"),
        ("sum(H) * 1e-9", "1e-9 * ones_like(H)"),
        ("sum(H**3) * 2.50 * 1.", "7.5 * H**2"),
        ("sum(where(H > 0., H, -1e9 * H))", "where(H > 0., 1, -1e9)"),
        ("sum(H * t * .5)", ".5 * t"),
        ("sum(t * H / 1e3)", "t / 1e3"),
        ("sum(t / (H * 2.5066))", "-t / (2.5066 * H**2)"),
    ],
)
def test_a_number_is_written_as_its_author_wrote_it(loss, back):
    assert derived(f"H = x @ W; E = {loss}", x=(3, 2), W=(2, 4), t=(3, 4))["delta_H"] == back


@pytest.mark.parametrize(
    ("loss", "back"),
    [
        ("mean(exp(H) + (t - H)**2 * exp(H) - H)", "(exp(H) * (1 - 2 * (t - H) + (t - H)**2) - 1) / 12"),
        ("sum((H - t)**2 / 2 - (H - u)**2 / 2)", "u - t"),
        ("sum(((H - t) / 2)**2)", "(H - t) / 2"),
        ("sum(t * u * H**2 + t * u * H**3 - H)", "t * u * (2 * H + 3 * H**2) - 1"),
        ("-sum(t * H**2 + u * H**2)", "-2 * H * (t + u)"),
        (
            "sum(minimum(-H, -t * where(u > 0, H, 0)))",
            "-where(-H < -t * where(u > 0, H, 0), 1, t * where(u > 0, 1, 0))",
        ),
    ],
)
def test_a_sum_has_no_factor_and_no_difference_that_can_be_taken_out(loss, back):
    assert derived(f"H = x @ W; E = {loss}", x=(3, 2), W=(2, 4), t=(3, 4), u=(3, 4))["delta_H"] == back


def test_the_largest_of_a_row_has_no_gradient_where_it_is_put_back_after_the_logarithm():
    softplus = "z = x @ W; m = max(z, axis=1, keepdims=True); l = log(sum(exp(z - m), axis=1)) + m[:, 0]"
    found = derived(f"{softplus}; E = sum(l**2)", x=(3, 2), W=(2, 4))
    assert "delta_m" not in found
    assert found["delta_z"] == "delta_l[:, None] * exp(z - m) / sum(exp(z - m), axis=1, keepdims=True)"


TOP = "max(s, axis=1, keepdims=True)"
SHIFTED = [
    # The forward pass from s on, and whether its maximum or mean passes nothing back.
    (f"e = exp(s - {TOP}); p = e / sum(e, axis=1, keepdims=True); E = sum(p**3)", True),
    ("e = exp(s - max(s)); p = e / sum(e, axis=1, keepdims=True); E = sum(p**3)", True),
    ("e = exp(s - min(s, axis=1)[:, None]); p = e / sum(e, axis=1)[:, None]; E = sum(p**3)", True),
    ("e = exp(s - mean(s, axis=0)); p = e / sum(e, axis=0); E = sum(p**3)", True),
    ("e = exp(s.T - max(s.T, axis=0)); p = (e / sum(e, axis=0)).T; E = sum(p**3)", True),
    (f"z = 2 * (s - {TOP}) / 3; l = z - log(sum(exp(z), axis=1, keepdims=True)); E = sum(l**2)", True),
    (f"E = mean(log(sum(exp(s - {TOP}), axis=1)) + {TOP}[:, 0] - s[arange(3), i])", True),
    (f"e = exp({TOP} - s); E = -sum(log(e[arange(3), i] / sum(e, axis=1)))", True),
    (f"p = softmax(s - {TOP}); E = sum(p**3)", True),
    (f"e = where(t > -0.5, exp(s - {TOP}), 0); p = e @ t.T / mean(e, axis=1, keepdims=True); "
     "E = sum(p**3)", True),
    (f"e = exp(s - {TOP}); p = e**2 / std(e, axis=1)[:, None]**2 + sqrt(e) / sum(sqrt(e), axis=1)[:, None]; "
     "E = sum(p**3)", True),
    (f"z = -(s - {TOP}); b = (z - mean(z, axis=1, keepdims=True)) / (var(z, axis=1)[:, None] + 1); "
     "E = sum(b**3)", True),
    (f"e = exp(s - {TOP}); p = e / (sum(e, axis=1, keepdims=True) + 1e-3); E = sum(p**3)", False),
    (f"e = exp(s - {TOP}); p = e / sum(e, axis=0); E = sum(p**3)", False),
    (f"e = exp(s - {TOP}); p = e / sum(e, axis=1, keepdims=True); E = sum(p**3) + sum(e)", False),
    (f"e = exp(s - {TOP}); p = e / sum(e, axis=1, keepdims=True)**2; E = sum(p**3)", False),
    (f"e = exp(s - {TOP}); p = e.reshape(4, 3) / sum(e); E = sum(p**3)", False),
    (f"e = exp(s - {TOP}); p = e[i] / sum(e, axis=1, keepdims=True); E = sum(p**3)", False),
    (f"e = where(t > 0, s - {TOP}, -9); p = softmax(e); E = sum(p**3)", False),
    (f"e = exp(t * (s - {TOP})); p = e / sum(e, axis=1, keepdims=True); E = sum(p**3)", False),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "is_without"), SHIFTED)
def test_what_is_taken_from_all_numbers_of_a_softmax_has_no_gradient(forward, is_without):
    """By the text; and the gradient is the slope of the loss along a random direction."""
    drawn = np.random.default_rng(0)
    start = {"x": drawn.normal(size=(3, 2)), "W": drawn.normal(size=(2, 4)), "t": drawn.normal(size=(3, 4))}
    start["i"] = np.array([2, 0, 1])
    lines = [
        tuple(side.strip() for side in line.split("=", 1)) for line in f"s = x @ W; {forward}".split(";")
    ]
    found = [(line.name, line.source) for line in backward(lines, start, ["W"])]
    assert any(re.search(r"== (max|min)\(", source) for _, source in found) != is_without
    direction = 1e-5 * drawn.normal(size=(2, 4))
    ends = [run(lines, {**start, "W": start["W"] + sign * direction})["E"] for sign in (1, -1)]
    slope = np.sum(run(found, run(lines, start))["delta_W"] * direction)
    assert slope == pytest.approx((ends[0] - ends[1]) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        ("E = tanh(V[1]) * t", "t * (1 - tanh(V[1])**2) * one_hot(1, 3)"),
        ("E = V[0] * t + V[1] * t**2 + V[2]", "t * one_hot(0, 3) + t**2 * one_hot(1, 3) + one_hot(2, 3)"),
        ("y = V[0] * x + V[1] * x**2 + V[2] * x**3; E = sum(y**2)",
         "stack([sum(delta_y * x), sum(delta_y * x**2), sum(delta_y * x**3)])"),
        ("y = V[0] * x + V[1] * x**2 + V[2] * x**3; E = sum(y**2) + t * sum(V**2)",
         "stack([sum(delta_y * x), sum(delta_y * x**2), sum(delta_y * x**3)]) + 2 * t * V"),
    ],
)  # fmt: skip
def test_cells_that_are_read_one_by_one_are_not_padded(forward, back):
    assert derived(forward, V=(3,), x=(4,), t=())["delta_V"] == back


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        ("c = s / (-2)", "-delta_c / 2"),
        ("c = s / (-0.5) + s**2", "delta_c * (2 * s - 1 / 0.5)"),
        ("c = s / -(2 * 3)", "-delta_c / 6"),
    ],
)
def test_the_sign_of_a_divisor_stands_before_the_gradient(forward, back):
    assert derived(f"s = x * W; {forward}; E = sum(c**3)", x=(2,), W=(2,))["delta_s"] == back


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        ("c = concatenate([t, pad(s, ((0, 0), (1, 1)))], axis=1)", "delta_c[:, 3:5]"),
        ("c = concatenate([pad(s, ((1, 2), (0, 1))), u], axis=1)", "delta_c[1:4, :2]"),
        ("c = concatenate([u[:3], concatenate([t, s], axis=1)], axis=1)", "delta_c[:, 4:]"),
    ],
)
def test_a_slice_of_a_slice_is_one_slice(forward, back):
    found = derived(f"s = x @ W; {forward}; E = sum(c**3)", x=(3, 2), W=(2, 2), t=(3, 2), u=(6, 2))
    assert found["delta_s"] == back


def test_blocks_that_make_up_a_tensor_that_is_read_elsewhere_too_stand_side_by_side():
    forward = "h = x @ W; y = h[:, 0:1] * t + h[:, 1:2]; E = sum(y**2) + sum(h**3)"
    found = derived(forward, x=(3, 2), W=(2, 2), t=(3, 1))
    assert found["delta_h"] == "concatenate([delta_y * t, delta_y], axis=1) + 3 * h**2"


def test_a_mask_through_which_several_tensors_get_their_gradients_is_written_once():
    found = derived(
        "a = x @ A; b = x @ B; E = sum(maximum(0, a - b + t)**2)", x=(3, 2), A=(2, 4), B=(2, 4), t=(3, 4)
    )
    assert found["delta_netE"] == "2 * maximum(0, a - b + t) * where(a - b + t > 0, 1, 0)"
    assert (found["delta_a"], found["delta_b"]) == ("delta_netE", "-delta_netE")


def test_an_axis_that_is_taken_away_and_put_in_again_is_not_written():
    forward = "H = x @ W; b = H[arange(3), i][:, None]; E = sum(tanh(H - b))"
    found = derived(forward, x=(3, 2), W=(2, 4), i=(3,))
    assert "[:, 0]" not in found["delta_H"]


def test_what_stands_three_times_in_an_equation_has_a_name():
    found = derived("E = mean((t - sigmoid(x @ W))**2)", x=(3, 2), W=(2, 4), t=(3, 4))
    assert found["delta_W_part"] == "sigmoid(x @ W)"
    assert found["delta_W"] == "2 * x.T @ ((delta_W_part - t) * delta_W_part * (1 - delta_W_part)) / 12"


def test_what_stands_in_several_parts_has_a_name_from_the_innermost_on():
    found = derived("E = mean((softmax(3 * softmax(softmax(x @ W))) - y)**2)", x=(4, 3), W=(3, 2), y=(4, 2))
    assert list(found.values())[:4] == [
        "softmax(x @ W)",
        "softmax(delta_W_part)",
        "softmax(3 * delta_W_part2)",
        "delta_W_part3 - y",
    ]
    assert found["delta_W"] == "6 * x.T @ (delta_W_part * (delta_W_part8 - delta_W_part9)) / 8"


def test_a_part_that_is_there_already_is_read_by_its_name():
    within = "(x @ W + B - mean(x @ W + B, axis=0)) / sqrt(var(x @ W + B, axis=0) + 0.001)"
    found = derived(f"E = mean((tanh({within}) @ V - y)**2)", x=(4, 3), W=(3, 5), B=(5,), V=(5, 2), y=(4, 2))
    parts = [source for name, source in found.items() if "_part" in name]
    assert len(parts) == len(set(parts))
    # Parts of the first equation that needs them, in the equations after it too.
    assert found["delta_netE_3"] == "delta_netE_2 * (1 - tanh(delta_netE_part2 / delta_netE_part3)**2)"
    assert found["delta_V"] == "tanh(delta_E_part).T @ delta_netE"


def test_a_part_that_another_was_put_back_into_is_put_back_itself():
    pairs = ", ".join(f"z[:, {a}:{a + 1}] * z[:, {b}:{b + 1}]" for a, b in ((0, 1), (0, 2), (1, 2)))
    forward = f"z = x @ W; c = concatenate([{pairs}], axis=1); E = mean(((c + z) @ v - y)**2)"
    found = derived(forward, x=(4, 3), W=(3, 3), v=(3, 1), y=(4, 1))
    assert found["delta_z_via_c_part"] == "pad(delta_c[:, :1] * z[:, 1:2], ((0, 0), (0, 2)))"


def test_blocks_side_by_side_whose_names_are_too_long_for_a_line_are_put_together_in_two_lines():
    blocks = "concatenate([z_1[:, 0:1] * z_1[:, 1:2], z_1[:, 2:], t], axis=1)"
    found = derived(
        f"z_1 = x @ W; c = {blocks}; E = mean(c**2) + mean(tanh(z_1))", x=(4, 3), W=(3, 3), t=(4, 1)
    )
    assert found["delta_z1_via_c"] == "concatenate([delta_z1_via_c_part3, delta_c[:, 1:2]], axis=1)"
    first_blocks = "concatenate([delta_z1_via_c_part, delta_z1_via_c_part2], axis=1)"
    assert found["delta_z1_via_c_part3"] == first_blocks


def test_a_part_that_ends_in_a_number_has_parentheses_before_a_transpose():
    forward = "b = x @ W.T; c = softmax(b @ (x + sum(b, axis=0) / 3).T) @ exp(-(b)**2); E = mean(c**2)"
    found = derived(forward, x=(4, 3), W=(3, 3))
    assert found["delta_netc_part"] == "softmax(b @ (x + sum(b, axis=0) / 3).T)"


def test_numbers_that_cancel_are_computed():
    found = derived("E = mean(tanh(x @ W + B - mean(x @ W + B, axis=0))**2)", x=(4, 3), W=(3, 2), B=(2,))
    assert found["delta_B"] == "zeros_like(B)"


@pytest.mark.parametrize("name", NAMES)
def test_known_programs_have_nothing_that_a_textbook_would_not_write(name):
    forward, start, parameters = read(name)
    assert not unreadable(forward, start, backward(forward, start, parameters))


def test_random_programs_have_nothing_that_a_textbook_would_not_write():
    for number in range(100):
        maker = numbered(number)
        lines = backward(maker.forward, maker.start, maker.parameters)
        found = unreadable(maker.forward, maker.start, lines)
        assert not found, f"program {number}\n{text(maker.forward)}\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "delta_H * 1",
        "1 * delta_H",
        "delta_H / 1",
        "delta_H + 0",
        "delta_H - -H",
        "H.T.T",
        "swapaxes(H.T, 0, 1)",
        "delta_H * ones_like(x @ W)",
        "zeros_like(H) + H",
        "(H * delta_H + H) * (H * delta_H + H) * (H * delta_H + H)",
        "delta_H * H + x * H",
        "x @ H + x @ delta_H",
        "sum(H[:, :1], axis=1)",
        "delta_H[:, 0][:, None] + H",
        "tanh(delta_H + H + x) * (1 - tanh(delta_H + H + x)**2)",
    ],
)
def test_what_a_textbook_would_not_write_is_found(source):
    start = {"x": np.ones((3, 3)), "W": np.ones((3, 3))}
    forward = [("H", "x @ W"), ("E", "sum(H)")]
    before = backward(forward, start, ["W"])
    assert not unreadable(forward, start, before)
    wrong = [replace(before[-1], source=source), *before[:-1]][::-1]
    assert unreadable(forward, start, wrong)


def test_a_sum_stands_behind_what_it_is_multiplied_by():
    """So symbols need no parentheses around it."""
    forward = "H = x @ W; m = mean(H, axis=0); v = mean((H - m)**2, axis=0); E = sum(v**2)"
    assert derived(forward, x=(3, 2), W=(2, 4))["delta_m"] == "2 * delta_v * sum(m - H, axis=0) / 3"


def test_all_matrix_products_of_a_network_are_gone_back_through_in_one_form():
    chain = derived("net = x @ W; H = tanh(net); Y = H @ V; E = sum(Y**2)", x=(3, 2), W=(2, 4), V=(4, 1))
    assert (chain["delta_Y_H"], chain["delta_H"]) == ("V.T", "delta_Y @ delta_Y_H")
    assert chain["delta_H_net"] == "1 - tanh(net)**2"
    forward = "H = x @ W; G = H + H @ U; Y = G @ V; E = sum(Y**2)"
    beside = derived(forward, x=(3, 2), W=(2, 4), U=(4, 4), V=(4, 1))
    assert (beside["delta_G"], beside["delta_H"]) == ("delta_Y @ V.T", "delta_G + delta_G @ U.T")


def test_the_gradient_of_an_operand_that_is_repeated_has_its_shape():
    forward = "net = x @ W; H = maximum(net + 1.234, U @ V); E = sum(net) + sum(H)"
    found = derived(forward, x=(3, 2), W=(2, 4), U=(3, 2), V=(2, 1))
    mask = "delta_H * where(net + 1.234 > U @ V, 0, 1)"
    assert found["delta_netH"] == f"sum({mask}, axis=1, keepdims=True)"


def test_an_activation_that_is_a_whole_equation_has_its_derivative_in_a_line_of_its_own():
    forward = "net = x @ W; H = tanh(net); S = tanh(H * g); Y = relu(S); E = sum((Y @ V)**2)"
    found = derived(forward, x=(3, 2), W=(2, 4), g=(4,), V=(4, 1))
    assert (found["delta_H_net"], found["delta_net"]) == ("1 - tanh(net)**2", "delta_H * delta_H_net")
    assert (found["delta_Y_S"], found["delta_H"]) == ("where(S > 0, 1, 0)", "delta_S * (1 - S**2) * g")


@pytest.mark.parametrize(
    ("first", "second", "back"),
    [
        ("T[:, :2]", "T[:, 2:]", "concatenate([2 * delta_a, 2 * delta_b], axis=1)"),
        ("T[:, 1:]", "T[:, :1]", "concatenate([2 * delta_b, 2 * delta_a], axis=1)"),
        ("T[:1]", "T[1:]", "concatenate([2 * delta_a, 2 * delta_b])"),
        ("T[:, :, :1]", "T[:, :, 1:]", "concatenate([2 * delta_a, 2 * delta_b], axis=2)"),
        ("T[:1, :2]", "T[:, 2:]", "delta_T_via_a + delta_T_via_b"),  # a corner is read by neither
        ("T[:, :2]", "T[:, 3:]", "delta_T_via_a + delta_T_via_b"),
        ("T[:, :2]", "T[:, 2:4]", "delta_T_via_a + delta_T_via_b"),
        ("T[:, :3]", "T[:, 2:]", "delta_T_via_a + delta_T_via_b"),
    ],
)
def test_blocks_that_make_up_a_tensor_are_joined_and_others_are_added(first, second, back):
    found = derived(f"a = 2 * {first}; b = 2 * {second}; E = sum(a**2) + sum(b**2)", T=(2, 5, 3))
    assert found["delta_T"] == back


def test_a_gradient_is_summed_once_over_all_axes_that_an_operand_was_repeated_along():
    found = derived("Y = x + B; E = sum(Y**3)", x=(2, 4, 3, 3), B=(4, 1, 1))
    assert found["delta_B"] == "sum(delta_Y, axis=(0, 2, 3), keepdims=True)[0]"


def test_a_count_of_equal_terms_cancels_the_same_count_below_the_line():
    found = derived("h = x @ W; E = s * mean(h - mean(h**2))", x=(3, 2), W=(2, 4), s=())
    assert found["delta_h"] == "s * (1 - 2 * h) / 12"


def test_the_parts_of_a_gradient_are_numbered_in_the_order_of_their_lines():
    forward = "E = sum(max(long_name_of_a_tensor.reshape(size(X, 0), 2, 2, 2, 2, 2), axis=(3, 5))**2)"
    found = derived(f"long_name_of_a_tensor = X * K; {forward}", X=(3, 2, 4, 4), K=(4, 4))
    names = [name for name in found if "_part" in name]
    assert names[:2] == ["delta_long_name_of_a_tensor_part", "delta_long_name_of_a_tensor_part2"]
    assert names == sorted(names, key=lambda name: (len(name), name))


# What each rule writes: the passes, the shapes of what they read, the derived equations except `delta_Y = y`.
BACKWARD = {
    "reductions": [
        ("E = sum(sum(W, axis=0)**2)", {"W": (3, 4)}, "delta_W = 2 * sum(W, axis=0) * ones_like(W)"),
        ("E = sum(mean(W, axis=1)**2)", {"W": (3, 4)},
         "delta_W = 2 * mean(W, axis=1)[:, None] * ones_like(W) / 4"),
        ("E = sum(mean(W, axis=1, keepdims=True) * x)", {"W": (3, 4), "x": (3, 4)},
         "delta_W = sum(x, axis=1, keepdims=True) * ones_like(W) / 4"),
        ("E = sum(mean(W, axis=(0, 1), keepdims=True) * x)", {"W": (3, 4), "x": (3, 4)},
         "delta_W = sum(x, keepdims=True) * ones_like(W) / 12"),
        ("E = mean(W)**2", {"W": (3, 4)}, "delta_W = 2 * mean(W) * ones_like(W) / 12"),
        ("E = mean(W)", {"W": (1,)}, "delta_W = ones_like(W)"),
        ("m = mean(W, axis=1); E = sum(m**2)", {"W": (3, 1)}, "delta_m = 2 * m; delta_W = delta_m[:, None]"),
        ("m = mean(W, axis=0); E = sum(m**2)", {"W": (1, 3)},
         "delta_m = 2 * m; delta_W = delta_m * ones_like(W)"),
        ("E = sum(mean(W, axis=1)**2)", {"W": (3, 1)}, "delta_W = 2 * mean(W, axis=1)[:, None] / 1"),
        ("E = mean((W - x)**2)", {"W": (1, 1), "x": (1, 1)}, "delta_W = 2 * (W - x)"),
        ("v = var(W, axis=0); E = sum(v * x)", {"W": (3, 4), "x": (4,)},
         "delta_W = 2 * delta_v * (W - mean(W, axis=0)) / 3"),
        ("v = std(W, axis=1, keepdims=True); E = sum(v * x)", {"W": (3, 4), "x": (3, 1)},
         "delta_W = delta_v * (W - mean(W, axis=1, keepdims=True)) / v / 4"),
        ("E = var(W)", {"W": (3, 4)}, "delta_W = 2 * (W - mean(W)) / 12"),
        ("E = std(W)", {"W": (3, 4)}, "delta_W = (W - mean(W)) / std(W) / 12"),
        ("E = var(W @ x)", {"W": (3, 4), "x": (4, 2)}, "delta_W = 2 * (W @ x - mean(W @ x)) @ x.T / 6"),
        ("n = (W - mean(W, axis=0)) / sqrt(var(W, axis=0) + 0.1); E = sum(n * x)", {"W": (3, 4), "x": (3, 4)},
         "delta_W_part = delta_n - sum(delta_n, axis=0) / 3 - n * sum(delta_n * n, axis=0) / 3; "
         "delta_W = delta_W_part / sqrt(var(W, axis=0) + 0.1)"),
        ("n = G * (W - mean(W)) / std(W); E = sum(n * x)",
         {"G": (4,), "W": (3, 4), "x": (3, 4)},
         "delta_W_part = (W - mean(W)) / std(W); "
         "delta_netn = delta_n * G; "
         "delta_G = sum(delta_n * delta_W_part, axis=0); "
         "delta_W_part2 = delta_W_part * sum(delta_netn * delta_W_part) / 12; "
         "delta_W = (delta_netn - sum(delta_netn) / 12 - delta_W_part2) / std(W)"),
        ("n = y - (W - mean(W, axis=1)[:, None]) / (std(W, axis=1)[:, None] + 0.1) * x; E = sum(n**2)",
         {"W": (3, 4), "x": (2, 3, 4), "y": (2, 3, 4)},
         "delta_n = 2 * n; "
         "delta_W_part = (W - mean(W, axis=1)[:, None]) / (std(W, axis=1)[:, None] + 0.1); "
         "delta_netn = -sum(delta_n * x, axis=0); "
         "delta_W_part2 = sum(delta_netn * delta_W_part, axis=1, keepdims=True); "
         "delta_W_part3 = delta_W_part * delta_W_part2 / std(W, axis=1)[:, None] / 4; "
         "delta_W_part4 = delta_netn - sum(delta_netn, axis=1, keepdims=True) / 4; "
         "delta_W = delta_W_part4 / (std(W, axis=1)[:, None] + 0.1) - delta_W_part3"),
        ("n = (W - mean(W, axis=1)) / std(W, axis=0); E = sum(n**2)", {"W": (4, 4)},
         "delta_n = 2 * n; "
         "delta_W_part = sum(delta_n, axis=0)[:, None] / std(W, axis=0)[:, None]; "
         "delta_W_part2 = delta_n / std(W, axis=0) - delta_W_part / 4; "
         "delta_W_part3 = sum(delta_n * n, axis=0) * (W - mean(W, axis=0)); "
         "delta_W = delta_W_part2 - delta_W_part3 / std(W, axis=0)**2 / 4"),
        ("n = (W - mean(W, axis=1)) / std(W, axis=1); E = sum(n**2)", {"W": (4, 4)},
         "delta_n = 2 * n; "
         "delta_W_part = sum(delta_n * n, axis=0)[:, None] * (W - mean(W, axis=1)[:, None]); "
         "delta_W_part2 = delta_W_part / std(W, axis=1)[:, None]**2 / 4; "
         "delta_W_part3 = sum(delta_n, axis=0)[:, None] / std(W, axis=1)[:, None] / 4; "
         "delta_W = delta_n / std(W, axis=1) - delta_W_part3 - delta_W_part2"),
        ("n = (W - mean(W, axis=0)) / sqrt(var(W, axis=0) + E1); E = sum(n**2)", {"W": (3, 4), "E1": ()},
         "delta_n = 2 * n; "
         "delta_W_part = delta_n - sum(delta_n, axis=0) / 3 - n * sum(delta_n * n, axis=0) / 3; "
         "delta_W = delta_W_part / sqrt(var(W, axis=0) + E1); "
         "delta_E1 = -sum(sum(delta_n * n, axis=0) / (var(W, axis=0) + E1)) / 2"),
        ("M = max(W, axis=1); E = sum(M * x)",
         {"W": (3, 4), "x": (3,)},
         "delta_W_part = where(W == M[:, None], 1, 0); "
         "delta_M_W = delta_W_part / sum(delta_W_part, axis=1, keepdims=True); "
         "delta_W = delta_M[:, None] * delta_M_W"),
        ("E = max(W)",
         {"W": (3, 4)},
         "delta_W_part = where(W == max(W), 1, 0); "
         "delta_W_part2 = delta_W_part / sum(delta_W_part); "
         "delta_W = delta_W_part2"),
        ("M = max(W, axis=1, keepdims=True); E = sum(M * x)", {"W": (3, 1), "x": (3, 1)},
         "delta_W = delta_M"),
        ("M = min(W - x, axis=0); E = sum(M**2)",
         {"W": (3, 4), "x": (3, 4)},
         "delta_M = 2 * M; "
         "delta_M_part = where(W - x == M, 1, 0); "
         "delta_M_part2 = delta_M_part / sum(delta_M_part, axis=0, keepdims=True); "
         "delta_W = delta_M * delta_M_part2"),
        ("E = sum(max(x @ W, axis=1) * y)",
         {"W": (3, 4), "x": (2, 3), "y": (2,)},
         "delta_E_part = where(x @ W == max(x @ W, axis=1)[:, None], 1, 0); "
         "delta_E_part2 = delta_E_part / sum(delta_E_part, axis=1, keepdims=True); "
         "delta_W = x.T @ (y[:, None] * delta_E_part2)"),
        ("E = max(W) * 2 + min(W)",
         {"W": (3, 4)},
         "delta_W_part = where(W == max(W), 1, 0); "
         "delta_W_part2 = delta_W_part / sum(delta_W_part); "
         "delta_W_part3 = where(W == min(W), 1, 0); "
         "delta_W_part4 = delta_W_part3 / sum(delta_W_part3); "
         "delta_W = 2 * delta_W_part2 + delta_W_part4"),
        ("P = softmax(W); E = sum(P * x)", {"W": (3, 4), "x": (3, 4)},
         "delta_W = P * (delta_P - sum(delta_P * P, axis=-1, keepdims=True))"),
        ("P = softmax(W); E = -sum(x * log(P))", {"W": (3, 4), "x": (3, 4)},
         "delta_P = -x / P; delta_W = P * (delta_P - sum(delta_P * P, axis=-1, keepdims=True))"),
        ("P = softmax(W - 1); E = -sum(log(P)[arange(3), y])", {"W": (3, 4), "y": [0, 2, 1]},
         "delta_P = -one_hot(y, 4) / P; delta_W = P * (delta_P - sum(delta_P * P, axis=-1, keepdims=True))"),
        ("E = sum(softmax(W) * x)", {"W": (4,), "x": (4,)},
         "delta_W = softmax(W) * (x - sum(x * softmax(W), axis=-1, keepdims=True))"),
        ("E = sum(softmax(x @ W)**2)",
         {"W": (3, 4), "x": (2, 3)},
         "delta_W_part = softmax(x @ W); "
         "delta_W_part2 = sum(delta_W_part**2, axis=-1, keepdims=True); "
         "delta_W = 2 * x.T @ (delta_W_part * (delta_W_part - delta_W_part2))"),
        ("P = exp(W) / sum(exp(W)); E = sum(P * x)", {"W": (4,), "x": (4,)},
         "delta_W = P * (delta_P - sum(delta_P * P))"),
        ("P = exp(W - v) / sum(exp(W - v), axis=1, keepdims=True); E = sum(P * x)",
         {"W": (3, 4), "x": (3, 4), "v": (3, 1)},
         "delta_W = P * (delta_P - sum(delta_P * P, axis=1, keepdims=True))"),
        ("P = exp(W - V) / sum(exp(W - V), axis=1, keepdims=True); E = sum(P * x)",
         {"W": (3, 4), "x": (3, 4), "V": (4,)},
         "delta_netP = P * (delta_P - sum(delta_P * P, axis=1, keepdims=True)); "
         "delta_W = delta_netP; "
         "delta_V = -sum(delta_netP, axis=0)"),
        ("P = exp(W - v - 1) / sum(exp(W - v - 1), axis=0, keepdims=True); E = sum(P * x)",
         {"W": (3, 4), "x": (3, 4), "v": (3, 1)},
         "delta_W = P * (delta_P - sum(delta_P * P, axis=0, keepdims=True))"),
    ],
    "moves": [
        ("R = repeat(W, 2); E = sum(R * x)", {"W": (3,), "x": (6,)},
         "delta_W = sum(delta_R.reshape(-1, 2), axis=1)"),
        ("R = repeat(W, 2); E = sum(R * x)", {"W": (3, 4), "x": (24,)},
         "delta_W = sum(delta_R.reshape(-1, 2), axis=1).reshape(3, 4)"),
        ("R = repeat(W, 2, axis=1); E = sum(R * x)", {"W": (3, 4), "x": (3, 8)},
         "delta_W = sum(delta_R.reshape(3, 4, 2), axis=2)"),
        ("R = repeat(W, 2, axis=0); E = sum(R * x)", {"W": (3, 4), "x": (6, 4)},
         "delta_W = sum(delta_R.reshape(3, 2, 4), axis=1)"),
        ("R = repeat(W, 3); E = sum(R * x)", {"W": (), "x": (3,)}, "delta_W = sum(delta_R)"),
        ("C = concatenate([W, V]); E = sum(C * x)", {"W": (2, 3), "V": (1, 3), "x": (3, 3)},
         "delta_W = delta_C[:2]; delta_V = delta_C[2:]"),
        ("C = concatenate([W, V], axis=1); E = sum(C * x)", {"W": (2, 3), "V": (2, 1), "x": (2, 4)},
         "delta_W = delta_C[:, :3]; delta_V = delta_C[:, 3:]"),
        ("C = concatenate([W, V, U], axis=0); E = sum(C * x)",
         {"W": (2, 3), "V": (1, 3), "U": (2, 3), "x": (5, 1)},
         "delta_C = x * ones_like(C); "
         "delta_W = delta_C[:2]; "
         "delta_V = delta_C[2:3]; "
         "delta_U = delta_C[3:]"),
        ("C = stack([W, V]); E = sum(C * x)", {"W": (3,), "V": (3,), "x": (2, 3)},
         "delta_W = delta_C[0]; delta_V = delta_C[1]"),
        ("C = stack([W, V], axis=1); E = sum(C * x)", {"W": (3,), "V": (3,), "x": (3, 2)},
         "delta_W = delta_C[:, 0]; delta_V = delta_C[:, 1]"),
        ("C = stack([W, V], axis=-1); E = sum(C * x)", {"W": (3,), "V": (3,), "x": (3, 1)},
         "delta_C = x * ones_like(C); delta_W = delta_C[:, 0]; delta_V = delta_C[:, 1]"),
        ("C = stack([W, V]); E = sum(C * x)", {"W": (3,), "V": (3,), "x": (1, 3)},
         "delta_C = x * ones_like(C); delta_W = delta_C[0]; delta_V = delta_C[1]"),
        ("Q = pad(W, ((1, 0), (0, 2))); E = sum(Q * x)", {"W": (2, 3), "x": (3, 5)},
         "delta_W = delta_Q[1:, :3]"),
        ("Q = pad(W, 1); E = sum(Q * x)", {"W": (3,), "x": (5,)}, "delta_W = delta_Q[1:4]"),
        ("Q = pad(W, ((0, 0), (1, 1))); E = sum(Q * x)", {"W": (2, 3), "x": (2, 1)},
         "delta_Q = x * ones_like(Q); delta_W = delta_Q[:, 1:4]"),
        ("Q = windows(W, 2); E = sum(Q * x)", {"W": (4,), "x": (3, 2)},
         "delta_W = overlap_add(delta_Q, axis=0)"),
        ("Q = windows(W, 2, axis=0); E = sum(Q * x)", {"W": (3, 4), "x": (2, 4, 2)},
         "delta_W = overlap_add(delta_Q, axis=0)"),
        ("Q = windows(W, (2, 3), axis=(0, 1)); E = sum(Q * x)", {"W": (3, 4), "x": (2, 2, 2, 3)},
         "delta_W = overlap_add(delta_Q, axis=(0, 1))"),
        ("Q = overlap_add(W, axis=0); E = sum(Q * x)", {"W": (3, 2), "x": (4,)},
         "delta_W = windows(delta_Q, 2, axis=0)"),
        ("Q = overlap_add(W, axis=(0, 1)); E = sum(Q * x)", {"W": (2, 2, 2, 3), "x": (3, 4)},
         "delta_W = windows(delta_Q, (2, 3), axis=(0, 1))"),
        ("T = W.T; E = sum(T * x)", {"W": (3, 4), "x": (4, 1)},
         "delta_T = x * ones_like(T); delta_W = delta_T.T"),
        ("T = W.T; E = sum(T * x)", {"W": (3, 4), "x": (1, 3)},
         "delta_T = x * ones_like(T); delta_W = delta_T.T"),
        ("T = W.T; E = sum(T * x)", {"W": (3, 4), "x": (3,)},
         "delta_T = x * ones_like(T); delta_W = delta_T.T"),
        ("T = transpose(W, (2, 0, 1)); E = sum(T * x)", {"W": (2, 3, 4), "x": (3,)},
         "delta_T = x * ones_like(T); delta_W = transpose(delta_T, (1, 2, 0))"),
        ("T = transpose(W, (2, 0, 1)); E = sum(T * x)", {"W": (2, 3, 4), "x": (4, 1, 1)},
         "delta_T = x * ones_like(T); delta_W = transpose(delta_T, (1, 2, 0))"),
        ("E = sum(W.T * v)", {"W": (3, 4), "v": ()}, "delta_W = v * ones_like(W)"),
        ("T = swapaxes(W, 0, 2); E = sum(T * x)", {"W": (2, 3, 4), "x": (2,)},
         "delta_T = x * ones_like(T); delta_W = swapaxes(delta_T, 0, 2)"),
        ("E = sum(W.T[None] * x)", {"W": (3, 4), "x": (5, 1, 3)},
         "delta_W = sum(x, axis=0).T * ones_like(W)"),
        ("E = sum(W.T.reshape(-1) * x)", {"W": (3, 4), "x": (12,)}, "delta_W = x.reshape(4, 3).T"),
        ("E = sum(W.reshape(2, 6) * x)", {"W": (3, 4), "x": (2, 6)}, "delta_W = x.reshape(3, 4)"),
        ("E = sum(W.reshape(-1)) * v", {"W": (3, 4), "v": ()}, "delta_W = v * ones_like(W)"),
        ("E = sum(W.reshape(2, 6) * x)", {"W": (3, 4), "x": (6,)},
         "delta_W = (x * ones_like(W.reshape(2, 6))).reshape(3, 4)"),
    ],
    "masks": [
        ("H = maximum(W, x); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W > x, 1, 0); delta_W = delta_H * delta_H_W"),
        ("H = maximum(x, W); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W > x, 1, 0); delta_W = delta_H * delta_H_W"),
        ("H = minimum(W, V); E = sum(H * y)", {"W": (3, 4), "V": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * where(W < V, 1, 0); delta_V = delta_H * where(W < V, 0, 1)"),
        ("H = clip(W, 0.4, 1); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W == H, 1, 0); delta_W = delta_H * delta_H_W"),
        ("H = clip(x, W + 2, U); E = sum(H * y)", {"x": (3, 4), "y": (3, 4), "W": (4,), "U": (4,)},
         "delta_W = sum(delta_H * where(x < W + 2, 1, 0) * where(W + 2 < U, 1, 0), axis=0); "
         "delta_U = sum(delta_H * where(maximum(x, W + 2) > U, 1, 0), axis=0)"),
        ("E = sum((W[:, None] * x)**2)", {"W": (3,), "x": (3, 4)}, "delta_W = 2 * W * sum(x**2, axis=1)"),
        ("H = clip(x, W, 2); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_H_W = where(x < W, 1, 0) * where(W < 2, 1, 0); delta_W = delta_H * delta_H_W"),
        ("H = clip(x, 0, W); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_H_W = where(maximum(x, 0) > W, 1, 0); delta_W = delta_H * delta_H_W"),
        ("H = where(x > 0.5, W, V); E = sum(H * y)", {"W": (3, 4), "V": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * where(x > 0.5, 1, 0); delta_V = delta_H * where(x > 0.5, 0, 1)"),
        ("H = where(x > 0.5, W, 0); E = sum(H * y)", {"W": (4,), "x": (3, 4), "y": (3, 4)},
         "delta_W = sum(delta_H * where(x > 0.5, 1, 0), axis=0)"),
        ("H = maximum(0, W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W > 0, 1, 0); delta_W = delta_H * delta_H_W"),
        ("E = sum(maximum(x @ W, 0.5) * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 4)},
         "delta_W = x.T @ (y * where(x @ W > 0.5, 1, 0))"),
        ("H = where(x > 0.5, x, W); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_H_W = where(x > 0.5, 0, 1); delta_W = delta_H * delta_H_W"),
        ("H = maximum(W + V, x); E = sum(H * y)", {"W": (3, 4), "V": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * where(W + V > x, 1, 0); delta_V = delta_H * where(W + V > x, 1, 0)"),
        ("H = maximum(W * first_tensor - 1, second_tensor); E = sum(H * y) + sum(W)",
         {"W": (3, 4), "first_tensor": (3, 4), "second_tensor": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * where(W * first_tensor - 1 > second_tensor, 1, 0) * first_tensor + 1"),
    ],
    "elementwise": [
        ("H = W**3; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 3 * delta_H * W**2"),
        ("H = W**0.5; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 0.5 * delta_H * W**-0.5"),
        ("H = W**-1; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = -delta_H * W**-2"),
        ("H = W**1; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H"),
        ("H = W**2.0; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * delta_H * W"),
        ("H = 2**W; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H * H * log(2)"),
        ("H = W**V; E = sum(H * y)", {"W": (3, 4), "V": (4,), "y": (3, 4)},
         "delta_W = delta_H * V * W**(V - 1); delta_V = sum(delta_H * H * log(W), axis=0)"),
        ("H = power(W, 3); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 3 * delta_H * W**2"),
        ("H = W**1.5; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 1.5 * delta_H * sqrt(W)"),
        ("E = sum((W - y)**2) / 2", {"W": (3, 4), "y": (3, 4)}, "delta_W = W - y"),
        ("E = sum((W - y)**2) / 12", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * (W - y) / 12"),
        ("E = sum((W - y)**2) / 4", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * (W - y) / 4"),
        ("E = sum((W - y)**2) / 3", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * (W - y) / 3"),
        ("E = sum((W - y)**2) / 5", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * (W - y) / 5"),
        ("E = sum((W - y)**2) / s", {"W": (3, 4), "y": (3, 4), "s": ()}, "delta_W = 2 * (W - y) / s"),
        ("E = sum((W - y)**2) / -2", {"W": (3, 4), "y": (3, 4)}, "delta_W = y - W"),
        ("S = sum((W - y)**2, axis=0); E = sum(S) / 3", {"W": (3, 4), "y": (3, 4)},
         "delta_S = ones_like(S) / 3; delta_W = 2 * delta_S * (W - y)"),
        ("s = sum((W - y)**2); E = s / 12", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * (W - y) / 12"),
        ("s = sum((W - y)**2); E = s / 2", {"W": (3, 4), "y": (3, 4)}, "delta_W = W - y"),
        ("H = 1 / (1 + exp(-W)); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * H * (1 - H)"),
        ("H = 1 / (1 + exp(W)); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * H * (H - 1)"),
        ("H = 1 / (exp(-W) + 1); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * H * (1 - H)"),
        ("E = sum(1 / (1 + exp(-(x @ W))) * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 4)},
         "delta_W_part = 1 / (1 + exp(-(x @ W))); delta_W = x.T @ (y * delta_W_part * (1 - delta_W_part))"),
        ("H = 1 / (2 + exp(-W)); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * H * exp(-W) / (2 + exp(-W))"),
        ("H = W / y; E = sum(H**2)", {"W": (3, 4), "y": (3, 4)}, "delta_H = 2 * H; delta_W = delta_H / y"),
        ("H = y / W; E = sum(H**2)", {"W": (3, 4), "y": (3, 4)},
         "delta_H = 2 * H; delta_W = -delta_H * H / W"),
        ("H = W / V; E = sum(H * y)", {"W": (3, 4), "V": (4,), "y": (3, 4)},
         "delta_W = delta_H / V; delta_V = -sum(delta_H * H, axis=0) / V"),
        ("H = W * V; E = sum(H * y)", {"W": (3, 4), "V": (3, 1), "y": (3, 4)},
         "delta_W = delta_H * V; delta_V = sum(delta_H * W, axis=1, keepdims=True)"),
        ("H = W - V; E = sum(H * y)", {"W": (3, 4), "V": (), "y": (3, 4)},
         "delta_W = delta_H; delta_V = -sum(delta_H)"),
        ("H = W + V; E = sum(H * y)", {"W": (3, 4), "V": (1, 4), "y": (3, 4)},
         "delta_W = delta_H; delta_V = sum(delta_H, axis=0, keepdims=True)"),
        ("H = -W; E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = -delta_H"),
        ("H = tanh(W) * tanh(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = 2 * delta_H * tanh(W) * (1 - tanh(W)**2)"),
        ("H = relu(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W > 0, 1, 0); delta_W = delta_H * delta_H_W"),
        ("E = sum(relu(x @ W) * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 4)},
         "delta_W = x.T @ (y * where(x @ W > 0, 1, 0))"),
        ("H = elu(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_H_W = where(W > 0, 1, exp(W)); delta_W = delta_H * delta_H_W"),
        ("H = relu(W - x); E = sum(H * y)", {"W": (3, 4), "x": (3, 4), "y": (3, 4)},
         "delta_W = delta_H * where(H > 0, 1, 0)"),
        ("H = leaky_relu(W @ x); E = sum(H * y)", {"W": (3, 4), "x": (4, 2), "y": (3, 2)},
         "delta_W = (delta_H * where(H > 0, 1, 0.01)) @ x.T"),
        ("H = exp(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H * H"),
        ("H = log(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H / W"),
        ("H = sqrt(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H / (2 * H)"),
        ("H = abs(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = delta_H * sign(W)"),
        ("H = square(W); E = sum(H * y)", {"W": (3, 4), "y": (3, 4)}, "delta_W = 2 * delta_H * W"),
    ],
    "indices": [
        ("E = sum(W[1] * y)", {"W": (3, 4), "y": (4,)}, "delta_W = pad(y[None], ((1, 1), (0, 0)))"),
        ("E = sum(W[:, 2] * y)", {"W": (3, 4), "y": (3,)}, "delta_W = pad(y[:, None], ((0, 0), (2, 1)))"),
        ("E = sum(W[1:] * y)", {"W": (3, 4), "y": (2, 4)}, "delta_W = pad(y, ((1, 0), (0, 0)))"),
        ("E = sum(W[:, :-1] * y)", {"W": (3, 4), "y": (3, 3)}, "delta_W = pad(y, ((0, 0), (0, 1)))"),
        ("E = W[1, 2] * 3", {"W": (3, 4)}, "delta_W = 3 * outer(one_hot(1, 3), one_hot(2, 4))"),
        ("E = W[2] * 3 + W[0]**2", {"W": (4,)}, "delta_W = 3 * one_hot(2, 4) + 2 * W[0] * one_hot(0, 4)"),
        ("E = sum(W[-1] * y)", {"W": (3, 4), "y": (4,)}, "delta_W = pad(y[None], ((2, 0), (0, 0)))"),
        ("E = sum(W[::2] * y)", {"W": (3, 4), "y": (2, 4)}, "delta_W = one_hot(arange(0, 3, 2), 3).T @ y"),
        ("E = sum(W[:, ::-1] * y)", {"W": (3, 4), "y": (3, 4)},
         "delta_W = y @ one_hot(arange(3, -1, -1), 4)"),
        ("E = sum(W[1:3:2])", {"W": (3, 4)},
         "delta_W = sum(one_hot(arange(1, 3, 2), 3), axis=0)[:, None] * ones_like(W)"),
        ("E = sum(W[None] * y)", {"W": (4,), "y": (3, 4)}, "delta_W = sum(y, axis=0)"),
        ("E = sum(W[:, None] * y)", {"W": (3,), "y": (3, 4)}, "delta_W = sum(y, axis=1)"),
        ("E = sum(W[:] * y)", {"W": (3,), "y": (3,)}, "delta_W = y"),
        ("E = sum(C[y] * x)", {"C": (5, 2), "y": [0, 3, 3], "x": (3, 2)}, "delta_C = one_hot(y, 5).T @ x"),
        ("E = sum(C[y])", {"C": (5, 2), "y": [0, 3, 3]},
         "delta_C = sum(one_hot(y, 5), axis=0)[:, None] * ones_like(C)"),
        ("E = sum(C[y] * x)", {"C": (5,), "y": [0, 3, 3], "x": (3,)}, "delta_C = one_hot(y, 5).T @ x"),
        ("E = sum(C[y] * x)", {"C": (5, 2), "y": [[0, 3], [1, 1]], "x": (2, 2, 2)},
         "delta_C = one_hot(y.reshape(-1), 5).T @ x.reshape(-1, 2)"),
        ("E = sum(C[y] * x)", {"C": (5,), "y": [[0, 3], [1, 1]], "x": (2, 2)},
         "delta_C = one_hot(y.reshape(-1), 5).T @ x.reshape(-1)"),
        ("E = sum(C[:, y] * x)", {"C": (2, 5), "y": [0, 3, 3], "x": (2, 3)}, "delta_C = x @ one_hot(y, 5)"),
        ("E = sum(C[y] * x)", {"C": (5, 2, 3), "y": [0, 3, 3], "x": (3, 2, 3)},
         "delta_C = (one_hot(y, 5).T @ x.reshape(-1, 6)).reshape(5, 2, 3)"),
        ("E = sum(C[k] * x)", {"C": (5, 2), "k": 2, "x": (2,)}, "delta_C = outer(one_hot(k, 5), x)"),
        ("E = C[k] * 2", {"C": (5,), "k": 2}, "delta_C = 2 * one_hot(k, 5)"),
        ("E = exp(C[k]) * x", {"C": (5,), "k": 2, "x": ()}, "delta_C = x * exp(C[k]) * one_hot(k, 5)"),
        ("E = sum(C[k] * x)", {"C": (5, 2, 3), "k": 2, "x": (2, 3)},
         "delta_C = outer(one_hot(k, 5), x.reshape(-1)).reshape(5, 2, 3)"),
        ("E = sum(C[y + 1] * x)", {"C": (5, 2), "y": [[0, 3], [1, 1]], "x": (2, 2, 2)},
         "delta_C = one_hot((y + 1).reshape(-1), 5).T @ x.reshape(-1, 2)"),
        ("E = sum(C[:, y, :] * x)", {"C": (2, 5, 3), "y": [0, 3, 3], "x": (2, 3, 3)},
         "delta_C = one_hot(y, 5).T @ x"),
        ("E = sum(C[y])", {"C": (5,), "y": [[0, 3], [1, 1]]},
         "delta_C = sum(one_hot(y.reshape(-1), 5), axis=0)"),
        ("E = -sum(log(P)[arange(3), y])", {"P": (3, 4), "y": [0, 2, 1]}, "delta_P = -one_hot(y, 4) / P"),
        ("E = sum(W[i, y] * x)", {"W": (3, 4), "i": [0, 2, 2], "y": [1, 1, 3], "x": (3,)},
         "delta_W = one_hot(i, 3).T @ (x[:, None] * one_hot(y, 4))"),
        ("E = sum(W[arange(2), y] * x)", {"W": (3, 4), "y": [1, 3], "x": (2,)},
         "delta_W = one_hot(arange(2), 3).T @ (x[:, None] * one_hot(y, 4))"),
        ("E = sum(W[arange(3), y] * x)", {"W": (3, 4, 2), "y": [1, 3, 0], "x": (3, 2)},
         "delta_W = x[:, None] * one_hot(y, 4)[:, :, None]"),
        ("p = W[arange(3), y]; E = -sum(log(p))", {"W": (3, 4), "y": [1, 3, 0]},
         "delta_p = -1 / p; delta_W = delta_p[:, None] * one_hot(y, 4)"),
        ("E = -sum(log(softmax(Z)[arange(3), y]))", {"Z": (3, 4), "y": [1, 3, 0]},
         "delta_Z = softmax(Z) - one_hot(y, 4)"),
        ("E = sum(W[i, y])", {"W": (3, 4), "i": [0, 2, 2], "y": [1, 1, 3]},
         "delta_W = one_hot(i, 3).T @ (ones_like(W[i, y])[:, None] * one_hot(y, 4))"),
        ("a = W[:, 0]; b = W[:, 1]; E = sum(a * b * x)",
         {"W": (3, 2), "x": (3,)},
         "delta_a = x * b; "
         "delta_b = x * a; "
         "delta_W = concatenate([delta_a[:, None], delta_b[:, None]], axis=1)"),
        ("a = W[0]; b = W[1]; E = a * b * x", {"W": (2,), "x": ()},
         "delta_a = x * b; delta_b = x * a; delta_W = stack([delta_a, delta_b])"),
        ("a = W[0]; b = W[1:]; E = a * x + sum(tanh(b))", {"W": (3,), "x": ()},
         "delta_b = 1 - tanh(b)**2; delta_W = concatenate([x[None], delta_b])"),
        ("E = log(W[0]) + sum(W[1:]**2)", {"W": (3,)},
         "delta_W = concatenate([(1 / W[0])[None], 2 * W[1:]])"),
        ("a = W[:1]; b = W[1:]; E = sum(a * x) + sum(tanh(b))", {"W": (3, 2), "x": (1, 2)},
         "delta_a = x; delta_b = 1 - tanh(b)**2; delta_W = concatenate([delta_a, delta_b])"),
        ("a = tanh(W[:1]); b = exp(W[1:]); E = sum(a * x) + sum(b)", {"W": (3, 2), "x": (1, 2)},
         "delta_a = x; delta_b = ones_like(b); delta_W = concatenate([delta_a * (1 - a**2), delta_b * b])"),
        ("a = W[1:]; b = W[:2]; E = sum(a * x) + sum(b * b)",
         {"W": (3, 2), "x": (1, 2)},
         "delta_a = x * ones_like(a); "
         "delta_b = 2 * b; "
         "delta_W = pad(delta_a, ((1, 0), (0, 0))) + pad(delta_b, ((0, 1), (0, 0)))"),
        ("E = sum(W[0] * x) + sum(W[1] * y)", {"W": (2, 3), "x": (3,), "y": (3,)},
         "delta_W = concatenate([x[None], y[None]])"),
        ("E = W[0] * 2 + W[1] * x", {"W": (2,), "x": ()}, "delta_W = 2 * one_hot(0, 2) + x * one_hot(1, 2)"),
    ],
    "products": [
        ("o = outer(W, x); E = sum(o * y)", {"W": (3,), "x": (4,), "y": (3, 4)}, "delta_W = delta_o @ x"),
        ("o = outer(x, W); E = sum(o * y)", {"W": (2, 2), "x": (3,), "y": (3, 4)},
         "delta_W = (x @ delta_o).reshape(2, 2)"),
        ("o = outer(W, V); E = sum(o * y)", {"W": (3,), "V": (4,), "y": (3, 4)},
         "delta_W = delta_o @ V; delta_V = W @ delta_o"),
        ("E = sum(outer(W, x))", {"W": (3,), "x": (4,)}, "delta_W = ones_like(outer(W, x)) @ x"),
        ("o = dot(W, x); E = o**2", {"W": (3,), "x": (3,)}, "delta_W = 2 * o * x"),
        ("o = dot(W, s); E = sum(o * x)", {"W": (3,), "s": (), "x": (3,)}, "delta_W = delta_o * s"),
        ("o = dot(S, x); E = sum(o * x)", {"S": (), "x": (3,)}, "delta_S = sum(delta_o * x)"),
        ('o = einsum("ij,jk->ik", W, x); E = sum(o * y)', {"W": (3, 4), "x": (4, 2), "y": (3, 2)},
         'delta_W = einsum("ik,jk->ij", delta_o, x)'),
        ('o = einsum("ij,ij->i", W, x); E = sum(o * y)', {"W": (3, 4), "x": (3, 4), "y": (3,)},
         'delta_W = einsum("i,ij->ij", delta_o, x)'),
        ('o = einsum("ij->j", W); E = sum(o * y)', {"W": (3, 4), "y": (4,)},
         "delta_W = delta_o * ones_like(W)"),
        ('o = einsum("ij->ji", W); E = sum(o * y)', {"W": (3, 4), "y": (4, 3)},
         'delta_W = einsum("ji->ij", delta_o)'),
        ('o = einsum("ij,j->", W, x); E = o * 2', {"W": (3, 4), "x": (4,)}, "delta_W = 2 * x * ones_like(W)"),
        ('o = einsum("i,j->ij", W, x); E = sum(o * y)', {"W": (3,), "x": (4,), "y": (3, 4)},
         'delta_W = einsum("ij,j->i", delta_o, x)'),
        ('o = einsum("i,j->ij", W, x); E = sum(o * y)', {"W": (3,), "x": (4,), "y": (1, 4)},
         'delta_o = y * ones_like(o); delta_W = einsum("ij,j->i", delta_o, x)'),
        ('o = einsum("bij,bjk->bik", W, x); E = sum(o * y)', {"W": (2, 3, 4), "x": (2, 4, 2), "y": (2, 3, 2)},
         'delta_W = einsum("bik,bjk->bij", delta_o, x)'),
        ('o = einsum("ij,jk,kl->il", W, x, V); E = sum(o * y)',
         {"W": (3, 4), "x": (4, 2), "V": (2, 3), "y": (3, 3)},
         'delta_W = einsum("il,jk,kl->ij", delta_o, x, V); '
         'delta_V = einsum("il,ij,jk->kl", delta_o, W, x)'),
        ('o = einsum("i->", W); E = o**2', {"W": (3,)}, "delta_W = 2 * o * ones_like(W)"),
        ('o = einsum("ij,kj->ik", x, W); E = sum(o * y)', {"W": (2, 4), "x": (3, 4), "y": (3, 2)},
         'delta_W = einsum("ik,ij->kj", delta_o, x)'),
        ("Y = x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 4)}, "delta_W = x.T @ delta_Y"),
        ("Y = -x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 4)}, "delta_W = -x.T @ delta_Y"),
        ("Y = W @ -x; E = sum(Y * y)", {"W": (3, 4), "x": (4, 3), "y": (3, 3)}, "delta_W = -delta_Y @ x.T"),
        ("Y = W @ v; E = sum(Y * y)", {"W": (3, 4), "v": (4,), "y": (3,)}, "delta_W = outer(delta_Y, v)"),
        ("Y = v @ W; E = sum(Y * y)", {"W": (3, 4), "v": (3,), "y": (4,)}, "delta_W = outer(v, delta_Y)"),
        ("Y = W @ v; E = Y**2", {"W": (4,), "v": (4,)}, "delta_W = 2 * Y * v"),
        ("Y = x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (5, 2, 3), "y": (5, 2, 4)},
         "delta_W = x.reshape(-1, 3).T @ delta_Y.reshape(-1, 4)"),
        ("Y = W @ x; E = sum(Y * y)", {"W": (3, 4), "x": (5, 4, 2), "y": (5, 3, 2)},
         "delta_W = sum(delta_Y @ swapaxes(x, -1, -2), axis=0)"),
        ("Y = v @ W; E = sum(Y * y)", {"W": (5, 3, 4), "v": (3,), "y": (5, 4)},
         "delta_W = v[:, None] * delta_Y[:, None]"),
        ("Y = W @ x; E = sum(Y * y)", {"W": (3,), "x": (5, 3, 4), "y": (5, 4)},
         "delta_W = sum(x * delta_Y[:, None], axis=(0, 2))"),
        ("Y = W @ v; E = sum(Y * y)", {"W": (5, 3, 4), "v": (4,), "y": (5, 3)},
         "delta_W = delta_Y[:, :, None] * v"),
        ("Y = x @ W; E = sum(Y * y)", {"W": (4,), "x": (5, 3, 4), "y": (5, 3)},
         "delta_W = x.reshape(-1, 4).T @ delta_Y.reshape(-1)"),
        ("Y = x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (2, 3), "y": (4,)},
         "delta_Y = y * ones_like(Y); delta_W = x.T @ delta_Y"),
        ("Y = x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 1)},
         "delta_Y = y * ones_like(Y); delta_W = x.T @ delta_Y"),
        ("Y = W @ x; E = sum(Y * y)", {"W": (3, 4), "x": (4, 2), "y": (2,)},
         "delta_Y = y * ones_like(Y); delta_W = delta_Y @ x.T"),
        ("Y = W @ x; E = sum(Y * y)", {"W": (3, 4), "x": (4, 2), "y": (3, 1)},
         "delta_Y = y * ones_like(Y); delta_W = delta_Y @ x.T"),
        ("E = sum(x @ W)", {"W": (3, 4), "x": (2, 3)}, "delta_W = sum(x, axis=0)[:, None] * ones_like(W)"),
        ("E = sum(W @ x)", {"W": (3, 4), "x": (4, 2)}, "delta_W = sum(x, axis=1) * ones_like(W)"),
        ("E = sum(W @ v)", {"W": (3, 4), "v": (4,)}, "delta_W = v * ones_like(W)"),
        ("E = sum(x @ W)", {"W": (3,), "x": (2, 3)}, "delta_W = sum(x, axis=0)"),
        ("E = sum(W @ V)", {"W": (3, 4), "V": (4, 2)},
         "delta_W = sum(V, axis=1) * ones_like(W); delta_V = sum(W, axis=0)[:, None] * ones_like(V)"),
        ("E = sum((W @ V) * y)", {"W": (3, 4), "V": (4, 2), "y": (3, 2)},
         "delta_W = y @ V.T; delta_V = W.T @ y"),
        ("E = sum((W @ V)**2)", {"W": (3, 4), "V": (4, 2)},
         "delta_netE = 2 * (W @ V); delta_W = delta_netE @ V.T; delta_V = W.T @ delta_netE"),
        ("E = sum(x @ W)", {"W": (3, 4), "x": (1, 3)}, "delta_W = x[0][:, None] * ones_like(W)"),
        ("Y = x @ W; E = sum(Y * y)", {"W": (3, 4), "x": (1, 3), "y": (1, 1)},
         "delta_Y = y * ones_like(Y); delta_W = x.T @ delta_Y"),
    ],
    "whole passes": [
        ("H = tanh(x @ W); Y = H @ V; E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_V = H.T @ delta_Y; "
         "delta_H = delta_Y @ V.T; "
         "delta_W = x.T @ (delta_H * (1 - H**2))"),
        ("H = tanh(x @ W + B); Y = sigmoid(H @ V + C); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "B": (4,), "V": (4, 2), "C": (1, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_netY = delta_Y * Y * (1 - Y); "
         "delta_V = H.T @ delta_netY; "
         "delta_C = sum(delta_netY, axis=0, keepdims=True); "
         "delta_H = delta_netY @ V.T; "
         "delta_netH = delta_H * (1 - H**2); "
         "delta_W = x.T @ delta_netH; "
         "delta_B = sum(delta_netH, axis=0)"),
        ("H = tanh(x @ W); Y = H @ V + H @ U; E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "U": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_V = H.T @ delta_Y; "
         "delta_U = H.T @ delta_Y; "
         "delta_H = delta_Y @ (V + U).T; "
         "delta_W = x.T @ (delta_H * (1 - H**2))"),
        ("H = tanh(x @ W); Z = H @ V; G = Z * H; E = sum(G**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 4)},
         "delta_G = 2 * G; "
         "delta_Z = delta_G * H; "
         "delta_V = H.T @ delta_Z; "
         "delta_H = delta_Z @ V.T + delta_G * Z; "
         "delta_W = x.T @ (delta_H * (1 - H**2))"),
        ("H = tanh(x @ W); G = H @ W2; E = sum(tanh(G @ W3) * y)",
         {"x": (2, 3), "W": (3, 4), "W2": (4, 4), "W3": (4, 2), "y": (2, 2)},
         "delta_netE = y * (1 - tanh(G @ W3)**2); "
         "delta_W3 = G.T @ delta_netE; "
         "delta_G = delta_netE @ W3.T; "
         "delta_W2 = H.T @ delta_G; "
         "delta_H = delta_G @ W2.T; "
         "delta_W = x.T @ (delta_H * (1 - H**2))"),
        ("H = x @ W; Y = tanh(H @ W); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 3), "y": (2, 3)},
         "delta_Y = 2 * (Y - y); "
         "delta_netY = delta_Y * (1 - Y**2); "
         "delta_H = delta_netY @ W.T; "
         "delta_W = x.T @ delta_H + H.T @ delta_netY"),
        ("H = x @ W; Y = tanh(V @ H); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 3), "V": (4, 2), "y": (4, 3)},
         "delta_Y = 2 * (Y - y); "
         "delta_netY = delta_Y * (1 - Y**2); "
         "delta_V = delta_netY @ H.T; "
         "delta_H = V.T @ delta_netY; "
         "delta_W = x.T @ delta_H"),
        ("P = exp(z) / s; s2 = P * z; E = sum(s2 * W)", {"z": (3,), "s": (), "W": (3,)}, "delta_W = s2"),
        ("Q = W * V * x; E = sum(Q * y)", {"W": (3,), "V": (3,), "x": (3,), "y": (3,)},
         "delta_W = delta_Q * x * V; delta_V = delta_Q * x * W"),
        ("Q = W * x / V; E = sum(Q * y)", {"W": (3,), "V": (3,), "x": (3,), "y": (3,)},
         "delta_W = delta_Q * x / V; delta_V = -delta_Q * Q / V"),
        ("Q = W**2 * V; E = sum(Q * y)", {"W": (3,), "V": (3,), "y": (3,)},
         "delta_W = 2 * delta_Q * V * W; delta_V = delta_Q * W**2"),
        ("H = exp(W) * V; E = sum(H * exp(W) * V)", {"W": (3,), "V": (3,)},
         "delta_H = V * exp(W); delta_W = H * (delta_H + V * exp(W)); delta_V = exp(W) * (delta_H + H)"),
        ("E = sum(0.5 * W * y)", {"W": (3,), "y": (3,)}, "delta_W = 0.5 * y"),
        ("E = sum(1e-3 * W)", {"W": (3,)}, "delta_W = 1e-3 * ones_like(W)"),
        ("E = sum(1_000.0 * W)", {"W": (3,)}, "delta_W = 1_000.0 * ones_like(W)"),
        ("E = sum(W / 4 * y)", {"W": (3,), "y": (3,)}, "delta_W = y / 4"),
        ("E = 2 * 3 * sum(W * y)", {"W": (3,), "y": (3,)}, "delta_W = 6 * y"),
        ("E = sum(sqrt(2) * W * y)", {"W": (3,), "y": (3,)}, "delta_W = y * sqrt(2)"),
        ("E = sum(sqrt(x) * W)", {"W": (3,), "x": (3,)}, "delta_W = sqrt(x)"),
        ("E = sum(square(x) * W)", {"W": (3,), "x": (3,)}, "delta_W = x**2"),
        ("E = sum(W * x**120)", {"W": (3,), "x": (3,)}, "delta_W = x**120"),
        ("E = sum(W * x**-2)", {"W": (3,), "x": (3,)}, "delta_W = x**-2"),
        ("E = sum(W * x**0.5 / x)", {"W": (3,), "x": (3,)}, "delta_W = 1 / sqrt(x)"),
        ("E = sum(-W * -x)", {"W": (3,), "x": (3,)}, "delta_W = x"),
        ("E = 1/2 * sum((y - W)**2)", {"W": (3,), "y": (3,)}, "delta_W = W - y"),
        ("E = sum((y - W)**2) / 2 / 3", {"W": (3,), "y": (3,)}, "delta_W = (W - y) / 3"),
        ("E = -sum(y * log(W) + (1 - y) * log(1 - W / 3))", {"W": (3,), "y": (3,)},
         "delta_W = (1 - y) / (1 - W / 3) / 3 - y / W"),
        ("a = sum(W**2); b = a * 2; E = b + sum(W * y)", {"W": (3,), "y": (3,)}, "delta_W = 4 * W + y"),
        ("a = sum(W * y); E = a * a", {"W": (3,), "y": (3,)}, "delta_W = 2 * a * y"),
        ("a = sum(W * y); b = tanh(a); E = b**2 + a", {"W": (3,), "y": (3,)},
         "delta_a = 2 * b * (1 - b**2) + 1; delta_W = delta_a * y"),
        ("a = W * y; b = a * 2; c = a * 3; E = sum(b * c)", {"W": (3,), "y": (3,)},
         "delta_b = c; delta_c = b; delta_a = 2 * delta_b + 3 * delta_c; delta_W = delta_a * y"),
        ("a = tanh(W); b = exp(a); c = a * b; E = sum(c * y)",
         {"W": (3,), "y": (3,)},
         "delta_c = y; "
         "delta_b = delta_c * a; "
         "delta_a = b * (delta_b + delta_c); "
         "delta_a_W = 1 - tanh(W)**2; "
         "delta_W = delta_a * delta_a_W"),
        ("E = sum(W * V) + sum(W * y)", {"W": (3,), "V": (3,), "y": (3,)}, "delta_W = V + y; delta_V = W"),
        ("m = mean(x @ W, axis=0, keepdims=True); d = x @ W - m; E = sum(d**2)",
         {"x": (4, 3), "W": (3, 2)},
         "delta_d = 2 * d; "
         "delta_m = -sum(delta_d, axis=0, keepdims=True); "
         "delta_W = outer(sum(x, axis=0), delta_m[0]) / 4 + x.T @ delta_d"),
        ("Z = x @ W; m = mean(Z, axis=0); E = sum((Z - m)**2)", {"x": (4, 3), "W": (3, 2)},
         "delta_m = 2 * sum(m - Z, axis=0); delta_Z = delta_m / 4 + 2 * (Z - m); delta_W = x.T @ delta_Z"),
        ("Z = x @ W; E = sum((Z - mean(Z, axis=1, keepdims=True))**2)",
         {"x": (4, 3), "W": (3, 2)},
         "delta_Z_part = Z - mean(Z, axis=1, keepdims=True); "
         "delta_Z = 2 * (delta_Z_part - sum(delta_Z_part, axis=1, keepdims=True) / 2); "
         "delta_W = x.T @ delta_Z"),
        ("net_1 = x @ W; H1 = tanh(net_1); E = mean((H1 - y)**2)",
         {"x": (4, 3), "W": (3, 2), "y": (4, 2)},
         "delta_H1 = 2 * (H1 - y) / 8; "
         "delta_H1_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H1 * delta_H1_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H_2 = relu(net_1); E = sum(H_2 * y)",
         {"x": (4, 3), "W": (3, 2), "y": (4, 2)},
         "delta_H2 = y; "
         "delta_H2_net1 = where(net_1 > 0, 1, 0); "
         "delta_net1 = delta_H2 * delta_H2_net1; "
         "delta_W = x.T @ delta_net1"),
        ("x_2 = x; E = sum(x_2 * W)", {"x": (3,), "W": (3,)}, "delta_W = x_2"),
        ("delta_W = x * 2; E = sum(delta_W * W)", {"x": (3,), "W": (3,)}, "delta_W_2 = delta_W"),
        ("H = x @ W; L = sum(H * y, axis=1); E = mean(L)", {"x": (4, 3), "W": (3, 2), "y": (4, 2)},
         "delta_L = ones_like(L) / 4; delta_H = delta_L[:, None] * y; delta_W = x.T @ delta_H"),
        ("H = x @ W; L = H[:, 0]; E = mean(L**2)", {"x": (4, 3), "W": (3, 2)},
         "delta_L = 2 * L / 4; delta_H = pad(delta_L[:, None], ((0, 0), (0, 1))); delta_W = x.T @ delta_H"),
        ("Q = q @ W; K = k @ V; S = Q @ K.T; A = softmax(S / 2); O = A @ v; E = sum(O * y)",
         {"q": (2, 3), "k": (4, 3), "W": (3, 5), "V": (3, 5), "v": (4, 2), "y": (2, 2)},
         "delta_O = y; "
         "delta_A = delta_O @ v.T; "
         "delta_S = A * (delta_A - sum(delta_A * A, axis=-1, keepdims=True)) / 2; "
         "delta_Q = delta_S @ K; "
         "delta_K = delta_S.T @ Q; "
         "delta_V = k.T @ delta_K; "
         "delta_W = q.T @ delta_Q"),
        ("H = dot(x, W); E = sum(matmul(H, V) * y)", {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2, 2)},
         "delta_V = H.T @ y; delta_H = y @ V.T; delta_W = x.T @ delta_H"),
        ("H = tanh(x @ W); E = sum(H)", {"x": (2, 3), "W": (3, 4)},
         "delta_H = ones_like(H); delta_W = x.T @ (delta_H * (1 - H**2))"),
        ("H = W + 0 * V; E = sum(H * y)", {"W": (3,), "V": (3,), "y": (3,)},
         "delta_W = delta_H; delta_V = zeros_like(V)"),
    ],
    "derivatives with a line of their own": [
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = H.T @ delta_net2; "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2 @ delta_net2_H; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = W @ x; H = tanh(net_1); net_2 = V @ H; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (3, 5), "W": (4, 3), "V": (2, 4), "y": (2, 5)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = delta_net2 @ H.T; "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2_H @ delta_net2; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = delta_net1 @ x.T"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V + B; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "B": (2,), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = H.T @ delta_net2; "
         "delta_B = sum(delta_net2, axis=0); "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2 @ delta_net2_H; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ v; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "v": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_H = delta_net2 @ v.T; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = 2 * (H @ V); Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = 2 * H.T @ delta_net2; "
         "delta_H = 2 * delta_net2 @ V.T; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; E = sum((net_2 - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4,), "y": (2,)},
         "delta_net2 = 2 * (net_2 - y); "
         "delta_V = H.T @ delta_net2; "
         "delta_H = outer(delta_net2, V); "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; E = sum(net_2 * y)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2,)},
         "delta_net2 = y * ones_like(net_2); "
         "delta_V = H.T @ delta_net2; "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2 @ delta_net2_H; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (5, 2, 3), "W": (3, 4), "V": (4, 2), "y": (5, 2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = H.reshape(-1, 4).T @ delta_net2.reshape(-1, 2); "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2 @ delta_net2_H; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.reshape(-1, 3).T @ delta_net1.reshape(-1, 4)"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; Y = sigmoid(net_2); E = sum((Y - y)**2)",
         {"x": (3,), "W": (3, 4), "V": (4, 2), "y": (2,)},
         "delta_Y = 2 * (Y - y); "
         "delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2)**2; "
         "delta_net2 = delta_Y * delta_Y_net2; "
         "delta_V = outer(H, delta_net2); "
         "delta_H = V @ delta_net2; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = outer(x, delta_net1)"),
        ("net_1 = x @ W; H = tanh(net_1); net_2 = H @ V; Y = sigmoid(net_2 + H); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 2), "V": (2, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_netY = delta_Y * Y * (1 - Y); "
         "delta_net2 = delta_netY; "
         "delta_V = H.T @ delta_net2; "
         "delta_H = delta_net2 @ V.T + delta_netY; "
         "delta_H_net1 = 1 - tanh(net_1)**2; "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("net_1 = x @ W; H = relu(net_1); net_2 = H @ V; Y = net_2 * U; E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "U": (2,), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_U = sum(delta_Y * net_2, axis=0); "
         "delta_net2 = delta_Y * U; "
         "delta_V = H.T @ delta_net2; "
         "delta_net2_H = V.T; "
         "delta_H = delta_net2 @ delta_net2_H; "
         "delta_H_net1 = where(net_1 > 0, 1, 0); "
         "delta_net1 = delta_H * delta_H_net1; "
         "delta_W = x.T @ delta_net1"),
        ("H = relu(x @ W); net_2 = H @ V; Y = exp(net_2); E = sum((Y - y)**2)",
         {"x": (2, 3), "W": (3, 4), "V": (4, 2), "y": (2, 2)},
         "delta_Y = 2 * (Y - y); "
         "delta_net2 = delta_Y * Y; "
         "delta_V = H.T @ delta_net2; "
         "delta_H = delta_net2 @ V.T; "
         "delta_W = x.T @ (delta_H * where(H > 0, 1, 0))"),
    ],
    "equal rows and long sums": [
        ("o = dot(s, W); E = sum(o * x)", {"W": (3,), "s": (), "x": (3,)}, "delta_W = delta_o * s"),
        ("E = sum((W @ v) * y)", {"W": (3, 4), "v": (4,), "y": (1,)}, "delta_W = y[0] * v * ones_like(W)"),
        ("E = sum((W @ x) * y)", {"W": (3, 4), "x": (4, 2), "y": (2,)}, "delta_W = (x @ y) * ones_like(W)"),
        ("E = sum((W @ x) * y)", {"W": (3, 4), "x": (4, 2), "y": (3, 1)}, "delta_W = y * sum(x, axis=1)"),
        ("E = sum((x @ W) * y)", {"W": (3, 4), "x": (2, 3), "y": (4,)}, "delta_W = outer(sum(x, axis=0), y)"),
        ("E = sum((x @ W) * y)", {"W": (3, 4), "x": (2, 3), "y": (2, 1)},
         "delta_W = (x.T @ y) * ones_like(W)"),
        ("E = sum((x @ W) * y)", {"W": (3, 4), "x": (2, 3), "y": (1, 1)},
         "delta_W = y * sum(x, axis=0)[:, None] * ones_like(W)"),
        ("E = sum((W @ x) * y)", {"W": (3, 4), "x": (4, 2), "y": (1, 1)},
         "delta_W = y * sum(x, axis=1) * ones_like(W)"),
        ("E = sum((x @ W) * y)", {"W": (3, 4), "x": (5, 2, 3), "y": (4,)},
         "delta_W = outer(sum(x, axis=(0, 1)), y)"),
        ("E = sum((x @ W) * y)", {"W": (3, 4), "x": (5, 2, 3), "y": (2, 1)},
         "delta_W = x.reshape(-1, 3).T @ (y * ones_like(x @ W)).reshape(-1, 4)"),
        ("E = sum((W @ x) * y)", {"W": (5, 3, 4), "x": (4, 2), "y": (2,)},
         "delta_W = (x @ y) * ones_like(W)"),
        ("E = sum(W @ v) * s", {"W": (5, 3, 4), "v": (4,), "s": ()}, "delta_W = s * v * ones_like(W)"),
        ("E = sum(x @ W)", {"W": (3, 4), "x": (5, 2, 3)},
         "delta_W = sum(x, axis=(0, 1))[:, None] * ones_like(W)"),
        ("E = sum(W @ V.T)", {"W": (3, 4), "V": (2, 4)},
         "delta_W = sum(V, axis=0) * ones_like(W); delta_V = sum(W, axis=0) * ones_like(V)"),
        ("E = sum((v @ W) * y)", {"W": (3, 4), "v": (3,), "y": (1,)},
         "delta_W = y * v[:, None] * ones_like(W)"),
        ("E = sum(W @ x)", {"W": (3,), "x": (3, 4)}, "delta_W = sum(x, axis=1)"),
        ("E = sum(x @ W)", {"W": (3, 4), "x": (3,)}, "delta_W = x[:, None] * ones_like(W)"),
        ("a = sigmoid(W * first_tensor + second_tensor); b = tanh(W * third_tensor - fourth_tensor); "
         "E = sum(a * y) + sum(b * y)",
         {"W": (3,), "first_tensor": (3,), "second_tensor": (3,), "third_tensor": (3,),
          "fourth_tensor": (3,), "y": (3,)},
         "delta_a = y; "
         "delta_b = y; "
         "delta_W = delta_a * a * (1 - a) * first_tensor + delta_b * (1 - b**2) * third_tensor"),
        ("a = exp(W) * first_tensor; b = tanh(W) * third_tensor; c = W * x; "
         "E = sum(a * y) + sum(b * y) + sum(c)",
         {"W": (3,), "first_tensor": (3,), "third_tensor": (3,), "x": (3,), "y": (3,)},
         "delta_a = y; "
         "delta_b = y; "
         "delta_c = ones_like(c); "
         "delta_W = delta_a * a + delta_b * third_tensor * (1 - tanh(W)**2) + delta_c * x"),
        ("a = softmax(W * first_tensor) * second_tensor; b = softmax(W * third_tensor) * fourth_tensor; "
         "E = sum(a * y) + sum(b * y)",
         {"W": (3,), "first_tensor": (3,), "second_tensor": (3,), "third_tensor": (3,),
          "fourth_tensor": (3,), "y": (3,)},
         "delta_a = y; "
         "delta_b = y; "
         "delta_W_via_a_part = softmax(W * first_tensor); "
         "delta_W_via_a_part2 = delta_a * second_tensor * delta_W_via_a_part; "
         "delta_W_via_a_part3 = sum(delta_W_via_a_part2, axis=-1, keepdims=True); "
         "delta_W_via_a_part4 = delta_a * second_tensor - delta_W_via_a_part3; "
         "delta_W_via_a = delta_W_via_a_part * delta_W_via_a_part4 * first_tensor; "
         "delta_W_via_b_part = softmax(W * third_tensor); "
         "delta_W_via_b_part2 = delta_b * fourth_tensor * delta_W_via_b_part; "
         "delta_W_via_b_part3 = sum(delta_W_via_b_part2, axis=-1, keepdims=True); "
         "delta_W_via_b_part4 = delta_b * fourth_tensor - delta_W_via_b_part3; "
         "delta_W_via_b = delta_W_via_b_part * delta_W_via_b_part4 * third_tensor; "
         "delta_W = delta_W_via_a + delta_W_via_b"),
        ("a = W[:1] * first_tensor; b = W[1:2] * second_tensor; c = W[2:] * third_tensor; "
         "E = sum(a**2) + sum(b**2) + sum(c**2)",
         {"W": (3,), "first_tensor": (1,), "second_tensor": (1,), "third_tensor": (1,)},
         "delta_a = 2 * a; "
         "delta_b = 2 * b; "
         "delta_c = 2 * c; "
         "delta_W_via_a = delta_a * first_tensor; "
         "delta_W_via_b = delta_b * second_tensor; "
         "delta_W_via_c = delta_c * third_tensor; "
         "delta_W = concatenate([delta_W_via_a, delta_W_via_b, delta_W_via_c])"),
        ("a = tanh(W[:1]); b = sigmoid(W[1:2]); c = exp(W[2:3]); d = tanh(W[3:]); E = sum(a * b * c * d)",
         {"W": (4,)},
         "delta_a = d * c * b; "
         "delta_b = d * c * a; "
         "delta_c = d * a * b; "
         "delta_d = a * b * c; "
         "delta_neta = delta_a * (1 - a**2); "
         "delta_netb = delta_b * b * (1 - b); "
         "delta_W_via_c = delta_c * c; "
         "delta_netd = delta_d * (1 - d**2); "
         "delta_W = concatenate([delta_neta, delta_netb, delta_W_via_c, delta_netd])"),
        ("a = W[0] * x; b = W[1] * x; c = W[2] * x; E = a * b * c",
         {"W": (3,), "x": ()},
         "delta_a = c * b; "
         "delta_b = c * a; "
         "delta_c = a * b; "
         "delta_W = stack([delta_a * x, delta_b * x, delta_c * x])"),
        ("H = concatenate([W[:1] * x, W[1:] * y]); E = sum(H**2)", {"W": (3,), "x": (1,), "y": (2,)},
         "delta_H = 2 * H; delta_W = concatenate([delta_H[:1] * x, delta_H[1:] * y])"),
        ("E = sum(W[0] * x) + sum(W[1:] * y) + sum(W)", {"W": (3, 2), "x": (2,), "y": (2, 2)},
         "delta_W = pad(x[None], ((0, 2), (0, 0))) + pad(y, ((1, 0), (0, 0))) + 1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("rules", BACKWARD)
def test_each_rule_writes_its_shortest_form_and_that_is_the_slope_of_the_loss(rules):
    """By the text, and along a random direction by differences of the loss."""
    for forward, given, expected in BACKWARD[rules]:
        random = np.random.default_rng(0)
        start = {
            name: random.uniform(0.2, 1.5, size=size) if isinstance(size, tuple) else np.array(size)
            for name, size in given.items()
        }
        equations = [tuple(side.strip() for side in line.split("=", 1)) for line in forward.split(";")]
        lines = [
            (line.name, line.source)
            for line in backward(equations, start, [name for name in start if name.isupper()])
        ]
        written = [f"{name} = {source}" for name, source in lines if source not in ("x", "y")]
        short = [line for line in expected.split("; ") if not line.endswith((" = x", " = y"))]
        assert written == short, forward
        tensors = run(lines, run(equations, start))
        for name in filter(str.isupper, start):
            step = 1e-6 * random.normal(size=start[name].shape)
            ends = [run(equations, {**start, name: start[name] + sign * step})["E"] for sign in (1, -1)]
            assert np.sum(tensors[f"delta_{name}"] * step) == pytest.approx(
                (ends[0] - ends[1]) / 2, rel=1e-6, abs=1e-12
            )
