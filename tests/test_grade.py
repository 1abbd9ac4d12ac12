"""Predictions graded: which are right, and what a wrong one suggests."""

import re
from dataclasses import replace

import numpy as np
import pytest
from make_networks import article, network

from bpstep.errors import BpstepError
from bpstep.explain.cell_mistakes import mistakes, round_cells
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import FORMATS, format_short
from bpstep.explain.scalar import Cell, Fold, Number
from bpstep.lang.activations import ACTIVATIONS
from bpstep.learn import grade
from bpstep.learn.next_step import next_step as what_comes
from bpstep.learn.next_step import telling_cell
from bpstep.model.losses import LOSSES
from bpstep.model.network import Layer
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile.builtin import open_network
from bpstep.program.derive import derive_program
from bpstep.session.session import Session


def at(position="0", made=None):
    """The session just before an equation, named as a position after it."""
    session = Session(made or article())
    session.goto(max(session.resolve(position) - 1, 0))
    return what_comes(session)


def judged(text, coming, index=(0,), show=format_short, **theme):
    return grade.grade(grade.parse_prediction(text), coming, index, show, Glyphs(**theme))


def right(text, *given, **theme):
    return judged(text, *given, **theme).is_correct


def suggests(text, *given, **theme):
    found = judged(text, *given, **theme)
    assert not found.is_correct
    return found.suggestion


# What is typed


@pytest.mark.parametrize(
    ("text", "value", "unit", "digits"),
    [
        ("0.5597", 0.5597, 1e-4, 4),
        ("-0.56", -0.56, 1e-2, 2),
        (".5", 0.5, 1e-1, 1),
        ("12", 12, 1, 2),
        ("8.8e-4", 8.8e-4, 1e-5, 2),
        ("0", 0, 1, 0),
        ("0.4*0.1 + 0.5*0.2", 0.14, 0, 99),
        ("1/(1+exp(-0.24))", 1 / (1 + np.exp(-0.24)), 0, 99),
        ("sigmoid(0.24)", 1 / (1 + np.exp(-0.24)), 0, 99),
        ("-(2 - 3)**2", -1, 0, 99),
        ("0,5597", 0.5597, 1e-4, 4),
        ("\u22120.56", -0.56, 1e-2, 2),
        ("0.5 \u00d7 0.2 \u2212 1", -0.9, 0, 99),
        ("0.5 \u00b7 0.2", 0.1, 0, 99),
    ],
)
def test_an_answer_is_a_number_or_arithmetic_on_numbers(text, value, unit, digits):
    found = grade.parse_prediction(f" {text} ")
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.unit == pytest.approx(unit)
    assert found.digits == digits


@pytest.mark.parametrize(
    "text", ["", "abc", "H", "0.4 *", "repeat(1, 3)", "__import__('os')", "1e", "--", "0,5,5", "max(0,5)x"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(BpstepError):
        grade.parse_value(text)
    with pytest.raises(BpstepError, match="is not a number or arithmetic on numbers"):
        grade.parse_prediction(text)


# What is right


def test_a_number_that_is_too_large_to_be_one_is_infinite():
    assert grade.parse_prediction("1e400").value == np.inf
    assert grade.parse_prediction("0e9999").value == 0
    assert np.isfinite(grade.parse_prediction("0e9999").unit)


def test_right_is_what_agrees_within_the_printed_decimals():
    hidden = at("H")
    assert hidden.result[0] == pytest.approx(0.5597136493, abs=1e-10)
    for text in ("0.5597", "0.55971", "0.5597136493", "5.597e-1", "1/(1+exp(-0.24))"):
        assert right(text, hidden), text
    for text in ("0.5598", "0.5596", "0.559", "0.55964"):
        assert not right(text, hidden), text


def test_fewer_decimals_are_right_as_long_as_two_digits_tell():
    hidden = at("H")
    assert right("0.56", hidden)
    assert right("0.560", hidden)
    assert not right("0.55", hidden)
    assert not right("0.6", hidden)
    assert suggests("0.6", hidden) == "too coarse: give 2 digits or more"


def test_a_number_in_the_middle_of_two_may_be_rounded_either_way():
    """0.125 to two decimals; neither 0.12 nor 0.13 is as near as it looks, in binary."""
    layer = Layer(np.array([[0.125]]), None, "identity")
    made = replace(network((1, 1), "identity", samples=1), layers=(layer,), inputs=np.array([[1.0]]))
    coming = at("net_1", made)
    for text in ("0.12", "0.13", "0.125", "0.1250", "1.2e-1", "1.3e-1"):
        assert right(text, coming, (0, 0)), text
    for text in ("0.11", "0.14", "0.124", "0.126", "0.120", "0.130", "0.1251"):
        assert not right(text, coming, (0, 0)), text


def test_a_number_that_is_exact_with_one_digit_is_right_with_one():
    assert right("0.4", at("delta_net1_w1"))
    assert right("0.1", at("delta_net2_H"), (0, 0))
    assert not right("0.3", at("delta_net1_w1"))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_what_the_screen_shows_is_right_in_every_format(form):
    session = Session(network((2, 3, 2), samples=2, optimizer="adam"))
    for _ in range(2 * session.period):
        coming = what_comes(session)
        for index in np.ndindex(np.shape(coming.result)):
            shown = form.format(float(coming.result[index]))
            assert right(shown, coming, index, form.format), (coming.step.name, shown)
        session.step()
        assert coming.step.equation == session.frame.step.equation
        np.testing.assert_array_equal(coming.result, session.frame.tensors[coming.step.name])


def test_more_decimals_are_wanted_where_more_are_shown():
    assert right("0.55971365", at("H"), (0,), FORMATS[1].format)
    assert right("0.5597", at("H"), (0,), FORMATS[1].format)
    assert not right("0.55971366", at("H"), (0,), FORMATS[1].format)


def test_what_follows_from_the_numbers_as_they_are_shown_is_right():
    session = Session(article())
    for name, index, value in (("X", (0,), 1234.56789), ("X", (1,), 0.0), ("W", (0, 0), 0.123456)):
        session.edit(name, index, value)
    coming = what_comes(session)
    assert (format_short(1234.56789), format_short(0.123456), format_short(coming.result[0])) == (
        "1234.6",
        "0.1235",
        "152.51",
    )
    assert right("152.51", coming)
    assert right("152.57", coming)
    assert right("1234.6*0.1235 + 0.1", coming)
    assert not right("152.54", coming)
    assert not right("152.60", coming)


def test_a_number_of_any_size_is_wrong_like_another():
    for text in ("1.7976e308", "-1.7976e308", "5e-324", "0", "1e999"):
        assert not judged(text, at("H")).is_correct


def test_numbers_that_are_not_finite_are_said_as_they_are_shown():
    made = network((1, 1), "identity", samples=1, loss="cross_entropy")
    session = Session(made)
    session.edit("W1", (0, 0), -1e308)
    session.goto("E")
    session.step(-1)
    coming = what_comes(session)
    assert np.isnan(coming.result) or np.isinf(coming.result)
    shown = str(float(coming.result))
    assert right(shown, coming, ())
    assert judged("0.5", coming, ()) == grade.Grade(False)
    assert judged("nan", at("H")) == grade.Grade(False)


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), (" 1/4 ", 0.25), ("-3", -3)])
def test_a_value_is_a_finite_number_or_arithmetic_that_gives_one(text, value):
    assert grade.parse_value(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1/0", "1e400"])
def test_a_number_that_is_not_finite_is_no_value(text):
    with pytest.raises(BpstepError, match=re.escape(text)):
        grade.parse_value(text)


# What a wrong answer suggests: each of them computed here, as a person would who makes the mistake

H0 = 1 / (1 + np.exp(-0.24))
Y = 0.6197278530783294
SLOPE = Y * (1 - Y)
MISTAKES = [
    ("net_1", 0.4 * 0.1 + 0.5 * 0.2, "the term B1[0] is missing"),
    ("net_1", 0.24, None),
    ("net_1", -0.24, "the sign is wrong"),
    ("net_1", 0.4 * 0.1 + 0.5 * 0.2 - 0.1, "B1[0] is subtracted instead of added"),
    ("net_1", 0.52, "that is net_1[1], another cell"),
    ("net_1", 2.4, "the point is 1 place too far to the right"),
    ("net_1", 0.0024, "the point is 2 places too far to the left"),
    ("H", 0.24, "that is net_1[0], before the activation"),
    ("H", 1 / (1 + np.exp(0.24)), "a minus is forgotten"),
    ("H", 1 + np.exp(-0.24), "the fraction is upside down"),
    ("E", (1 - Y) ** 2, "the factor 1 / 2 is missing"),
    ("E", (1 - Y) / 2, "the square is forgotten"),
    ("delta_Y", 1 - Y, "the sign is wrong"),
    ("delta_Y", Y + 1, "labelY[0] is added instead of subtracted"),
    ("delta_Y", Y, "that is Y[0]"),
    ("delta_Y_net2", Y + Y * Y, "σ(net_2[0])² is added instead of subtracted"),
    ("delta_Y_net2", 1 - Y * Y, "σ(net_2[0]) is replaced by 1"),
    ("delta_Y_net2", Y * Y, "that is σ(net_2[0])² alone"),
    ("delta_V", (Y - 1) * H0, "the factor delta_Y_net2[0] is missing"),
    ("delta_V", (Y - 1) * SLOPE, "the factor H[0] is missing"),
    ("delta_V", SLOPE * H0, "the factor delta_Y[0] is missing"),
    ("delta_V", (1 - Y) * SLOPE * H0, "the sign is wrong"),
    ("delta_V", (1 - Y) * H0, "the factor delta_Y_net2[0] is missing, and the sign is wrong"),
    ("delta_V", (Y - 1) * SLOPE * H0 * H0, "the factor H[0] is there twice"),
]


@pytest.mark.parametrize(("name", "value", "said"), MISTAKES)
def test_a_mistake_is_known_by_its_number(name, value, said):
    coming = at(name)
    index = () if name == "E" else (0,)
    found = judged(f"{value:.6f}", coming, index)
    assert found == (grade.Grade(True) if said is None else grade.Grade(False, said))


def test_a_mistake_in_an_update_is_known_by_its_number():
    after = at("V")
    gradient = (Y - 1) * SLOPE * H0
    assert suggests(f"{0.1 + 0.01 * gradient:.6f}", after, (0, 0)) == (
        "learning_rate × delta_V[0] is added instead of subtracted"
    )
    assert suggests(f"{0.1 - gradient:.6f}", after, (0, 0)) == "the factor learning_rate is missing"
    assert suggests("0.10000000", after, (0, 0)) == "that is V[0,0], before this step"


def test_the_slope_is_told_from_the_activation_itself():
    assert suggests(f"{H0:.6f}", at("delta_H_net1")) in (
        "that is H[0], the activation itself and not its slope",
        "the term σ(net_1[0])² is missing",
    )


def test_a_number_of_another_tensor_is_known_where_there_are_digits_enough():
    assert suggests("0.6197", at("delta_V")) == "that is Y[0]"
    assert suggests("0.62", at("delta_V")) == ""
    assert suggests("0.6197", at("delta_H_net1")) == "that is Y[0]", (
        "of a slope, too, where it is no activation"
    )


@pytest.mark.parametrize("row", [0, 1])
def test_of_several_cells_with_the_number_the_one_in_the_place_asked_for_is_named(row):
    made = replace(network((2, 3, 1), samples=2), inputs=np.full((2, 2), 0.7123))
    assert suggests("0.7123", at("net_2", made), (row, 0)) == f"that is X[{row},0]"


def test_sum_and_mean_are_told_apart():
    made = network((2, 3, 1), samples=4, reduction="sum")
    coming = at("delta_B1", made)
    value = float(coming.result[0])
    assert suggests(f"{value / 4:.9f}", coming) == "that is the mean instead of the sum"
    first = float(coming.before["delta_net1"][0, 0])
    assert suggests(f"{value - first:.9f}", coming) == "the term delta_net1[0,0] is missing"
    assert suggests(f"{first:.9f}", coming) == "only delta_net1[0,0] is counted"


def test_in_the_cell_asked_for_a_forgotten_transpose_is_told_from_the_numbers_read():
    for name, left, right, divisor in (("delta_K", "delta_S", "Q", 2), ("delta_V", "A", "delta_O", 1)):
        coming = at(name, open_network("attention"))
        index = telling_cell(coming)
        mistaken = (coming.before[left] @ coming.before[right] / divisor)[index]
        assert suggests(f"{mistaken:.6f}", coming, index) == f"{left} is not transposed"
    nothing = suggests("0.0", at("delta_K", open_network("attention")), (0, 0))
    assert nothing == "delta_S is not transposed", "not that it is the 0 in one of the cells"


def test_one_term_of_the_sum_over_an_embedding_is_told_to_be_only_one():
    coming = at("delta_C", open_network("embedding"))
    first = coming.before["delta_emb"][0, 0, 0]
    assert suggests(f"{first:.9f}", coming, (0, 0)) == "only delta_emb[0,0,0] is counted"


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (2, ["only first is counted", "only second is counted"]),
        (
            3,
            [
                "the term first is missing",
                "only first is counted",
                "the term second is missing",
                "only second is counted",
            ],
        ),
    ],
)
def test_of_two_terms_leaving_one_out_is_counting_only_the_other(terms, said):
    cells = [Cell("a", (at,), 1.0 + at) for at in range(terms)]
    names = dict(zip(cells, ("first", "second", "third")))
    found = list(mistakes(Fold("sum", terms, cells.__getitem__), lambda part: names.get(part, "all")))
    assert [mistake.sentence for mistake, _ in found][1 : 1 + len(said)] == said
    values = {mistake.sentence: changed.value for mistake, changed in found}
    assert values["only second is counted"] == 2
    assert terms == 2 or values["the term second is missing"] == 4
    assert found[0][1].value == pytest.approx(1 + (terms - 1) / 2), "the mean"


def test_the_other_side_of_a_condition_is_told():
    coming = at("delta_H_net1", network((1, 3, 1), "leaky_relu", samples=1))
    for k in range(3):
        positive = coming.before["net_1"][0, k] > 0
        said = suggests("0.01" if positive else "1.000", coming, (0, k))
        assert said in (
            "that is the other side of the condition",
            f"that is delta_H_net1[0,{1 - k}], another cell",
        )


def test_rounding_on_the_way_is_told():
    assert suggests("0.2370", at("delta_Y_net2")) == "close, but something was rounded on the way"


def test_what_fits_nothing_suggests_nothing():
    assert suggests("0.777", at("H")) == ""
    assert suggests("1234.5", at("delta_V")) == ""


def test_suggestions_are_ascii_where_that_is_asked_for():
    said = suggests(f"{Y + Y * Y:.6f}", at("delta_Y_net2"), ascii=True)
    assert said == "sigmoid(net_2[0])^2 is added instead of subtracted"


# Any network

KINDS = [
    *(network((2, 2, 2), activation, samples=2) for activation in ACTIVATIONS if activation != "softmax"),
    *(network((2, 2, 2), last="sigmoid", loss=loss, samples=2, reduction="mean") for loss in LOSSES),
    network((2, 3, 3), last="softmax", loss="cross_entropy", samples=5, batch_size=2),
    *(network((2, 2, 1), optimizer=optimizer, samples=3) for optimizer in OPTIMIZERS),
    network((2, 2, 1), update_order="immediate", bias=False, optimizer="adam", samples=2),
    article(),
]


@pytest.mark.parametrize("made", KINDS, ids=range(len(KINDS)))
def test_in_any_network_the_number_is_right_and_its_opposite_is_told_by_its_sign(made):
    session = Session(made)
    for _ in range(2 * session.period):
        coming = what_comes(session)
        index = tuple(size - 1 for size in np.shape(coming.result))
        value = float(coming.result[index] if index else coming.result)
        assert right(repr(value), coming, index)
        if abs(value) > 1e-3:
            assert suggests(repr(-value), coming, index) == "the sign is wrong"
        judged("0.123456789", coming, index)
        session.step()


@pytest.mark.parametrize("made", KINDS, ids=range(len(KINDS)))
def test_every_slip_has_words_and_a_number_and_leaves_the_right_arithmetic_alone(made):
    session = Session(made)
    for _ in range(session.period):
        coming = what_comes(session)
        index = (0,) * np.ndim(coming.result)
        node = expand_cell(coming.step.tree, index, coming.before)
        found = [(mistake.sentence, changed.value) for mistake, changed in mistakes(node, lambda part: "it")]
        assert found or isinstance(node, Cell | Number), coming.step.equation
        assert all(said == said.strip() != "" for said, _ in found)
        value = float(coming.result[index] if index else coming.result)
        assert node.value == pytest.approx(value, rel=1e-12)
        assert round_cells(node, lambda number: number).value == node.value
        session.step()


def test_a_wide_layer_is_judged_as_well():
    made = network((784, 128, 10), "relu", last="softmax", loss="cross_entropy", samples=8)
    session = Session(made)
    for _ in range(session.period):
        coming = what_comes(session)
        index = (0,) * np.ndim(coming.result)
        value = float(coming.result[index] if index else coming.result)
        assert right(format_short(value), coming, index)
        assert isinstance(judged("0.123456", coming, index).suggestion, str)
        session.step()


def test_the_equation_after_the_last_one_is_the_first_of_the_next_iteration():
    made = network((2, 3, 1), samples=5, batch_size=2, shuffle=True)
    session = Session(made)
    session.goto("i1")
    coming = what_comes(session)
    assert coming.step.name == "net_1"
    session.step()
    np.testing.assert_array_equal(coming.result, session.frame.tensors["net_1"])
    np.testing.assert_array_equal(coming.before["X"], session.frame.tensors["X"])


def test_looking_ahead_moves_nothing_and_shows_nothing():
    session = Session(article())
    session.goto("E")
    before = session.n, session.furthest, session.frame.losses
    what_comes(session)
    assert (session.n, session.furthest, session.frame.losses) == before
    assert derive_program(article()).step_indices["delta_Y"] == session.n


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("sigmoid(net_1) - sigmoid(H) ** 2", "sigmoid(H) ** 2 reads H instead of net_1"),
        ("sigmoid(H) - sigmoid(net_1) ** 2",
         "sigmoid(H) - sigmoid(net_1) ** 2 reads H instead of net_1"),
        ("sigmoid(H) - sigmoid(H) ** 2", "it reads H instead of net_1"),
    ],
)  # fmt: skip
def test_another_tensor_of_the_shape_is_named_with_its_place(wrong, told):
    coming = at("delta_H_net1")
    number = eval(wrong, {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), **coming.before})[0]
    assert suggests(f"{number:.6f}", coming) == told


# How much is gone through and said


@pytest.mark.parametrize(("width", "found"), [(1000, True), (1001, False)])
def test_another_cell_is_looked_for_in_a_thousand(width, found):
    coming = at("net_1", network((1, width, 1), "identity", samples=1))
    said = suggests(f"{coming.result[0, 7]:.9g}", coming, (0, 3), "{:.10g}".format)
    assert (said == "that is net_1[0,7], another cell") is found


@pytest.mark.parametrize(("ascii", "dots"), [(False, "…"), (True, "...")])
def test_a_long_part_of_an_equation_is_named_by_its_beginning(ascii, dots):
    coming = at("i1:V", network((2, 3, 1), optimizer="adam"))
    wrong = 2 * coming.before["V"][1, 0] - coming.result[1, 0]
    said = suggests(f"{wrong:.15g}", coming, (1, 0), "{:.16g}".format, ascii=ascii)
    words = said.removesuffix(" is added instead of subtracted")
    assert words != said
    assert words.startswith("learning_rate")
    assert (len(words), words[-len(dots) :]) == (56, dots)


def forward_pass(name, position):
    """The equation of a built-in by its forward pass, and NumPy's names of its tensors."""
    coming = at(f"i0:{position}", open_network(name))
    return coming, dict(coming.before)


@pytest.mark.parametrize(
    ("name", "position", "index", "wrong", "told"),
    [
        ("conv", "Y", (1, 1), "np.exp(flat @ V + B2)", "it is not divided by e^((flat @ V + B2)[1,0]) +"),
        ("conv", "pool", (1, 1, 1, 1), "H.reshape(3, 2, 2, 2, 2, 2).mean((2, 4))",
         "that is the mean instead of the maximum"),
        ("attention", "delta_a", (1, 2), "delta_Q @ WQ.T + delta_K @ WK + delta_V @ WV.T",
         "WK is not transposed"),
        ("attention", "mu", (2, 0), "x.mean(0)[:, None]", "it is taken along axis 0 instead of axis 1"),
        ("conv", "delta_netY", (1, 1), "Y * delta_Y", "is missing"),
        ("embedding", "delta_C", (1, 0), "[delta_emb[context == 1][0]] * 5", "only 1 × delta_emb"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_network_by_forward_pass_is_known_by_its_number(name, position, index, wrong, told):
    coming, tensors = forward_pass(name, position)
    number = np.array(eval(wrong, {"np": np, **tensors}))[index]
    assert told in suggests(f"{number:.6f}", coming, index)
