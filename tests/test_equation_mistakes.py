"""The mistakes that the gradient check tries in a whole equation, and what tells that one was made."""

import ast
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from make_networks import network

import bpstep
from bpstep.explain.mistakes import Mistake
from bpstep.gradcheck import equation_mistakes as tried
from bpstep.gradcheck import mistake_candidates, ratios
from bpstep.gradcheck.check import check_gradients
from bpstep.gradcheck.differences import Element
from bpstep.gradcheck.verdict import Verdict
from bpstep.netfile.reader import read_network_text
from bpstep.session.session import Session


def tree(text):
    return ast.parse(text, mode="eval").body


def lines(found):
    return [
        f"{mistake.sentence}: {ast.unparse(ast.fix_missing_locations(wrong))}" for mistake, wrong in found
    ]


def made():
    ones = np.ones((2, 2))
    forward = "A = X @ W\nB = sigmoid(A)\nC = B * A + B\nE = sum(C**2)"
    return bpstep.network(forward, {"X": ones, "W": ones / 2}, parameters=["W"])


NETWORKS = {
    "sigmoid": network((2, 3, 1), "sigmoid", samples=2),
    "relu": network((2, 3, 1), "relu", last="identity", samples=2),
    "square": made(),
}
PROGRAMS = {name: Session(each).program for name, each in NETWORKS.items()}

SLOPE = [
    "that is H itself, not its slope: H",
    "it is 1 everywhere: the slope is left out: ones_like(net_1)",
    "the slope is taken at the output H instead of at net_1: sigmoid(H) - sigmoid(H) ** 2",
    "this form of the slope needs the output H, not net_1: net_1 * (1 - net_1)",
]
OTHER_SLOPES = [
    "that is the slope of tanh, not of sigmoid: 1 - tanh(net_1) ** 2",
    "that is the slope of tanh, not of sigmoid: 1 - H ** 2",
    "that is the slope of relu, not of sigmoid: where(net_1 > 0, 1, 0)",
    "that is the slope of leaky_relu, not of sigmoid: where(net_1 > 0, 1, 0.01)",
    "that is the slope of elu, not of sigmoid: where(net_1 > 0, 1, exp(net_1))",
    "that is the slope of elu, not of sigmoid: where(H > 0, 1, H + 1)",
    "that is the slope of softplus, not of sigmoid: sigmoid(net_1)",
    "that is the slope of softplus, not of sigmoid: 1 - exp(-H)",
    "that is the slope of silu, not of sigmoid: sigmoid(net_1) * (1 + net_1 * (1 - sigmoid(net_1)))",
]
TENSORS = [
    "it reads X instead of delta_C: X * (A + 1)",
    "it reads W instead of delta_C: W * (A + 1)",
    "it reads A instead of delta_C: A * (A + 1)",
    "it reads B instead of delta_C: B * (A + 1)",
    "it reads C instead of delta_C: C * (A + 1)",
    "it reads X instead of A: delta_C * (X + 1)",
    "it reads W instead of A: delta_C * (W + 1)",
    "it reads B instead of A: delta_C * (B + 1)",
    "it reads C instead of A: delta_C * (C + 1)",
    "it reads delta_C instead of A: delta_C * (delta_C + 1)",
]


@pytest.mark.parametrize(
    ("which", "name", "kind", "expected"),
    [
        ("sigmoid", "delta_H_net1", "_slope_mistakes", SLOPE),
        ("sigmoid", "delta_H_net1", "_other_slopes", OTHER_SLOPES),
        ("sigmoid", "delta_H_net1", "_later_gradients",
         ["that is delta_net1, not delta_H_net1: delta_H * (sigmoid(net_1) - sigmoid(net_1) ** 2)"]),
        ("sigmoid", "delta_H_net1", "_transposed_terms", []),
        ("relu", "delta_H_net1", "_slope_mistakes", [*SLOPE[:2],
         "the slope is taken at the output H instead of at net_1: where(H > 0, 1, 0)"]),
        ("relu", "delta_H_net1", "part_mistakes",
         ["0 should be 1: where(net_1 > 0, 0, 0)", "1 should be 0: where(net_1 > 0, 1, 1)"]),
        ("relu", "delta_net1", "_slope_mistakes", []),
        ("relu", "delta_net1", "_other_slopes", []),
        ("square", "delta_B", "_tensor_mistakes", TENSORS),
        ("square", "delta_B", "_transposed_terms",
         ["delta_C must not be transposed: delta_C.T * (A + 1)",
          "A must not be transposed: delta_C * (A.T + 1)"]),
        ("square", "delta_W", "_transposed_terms", []),
        ("square", "delta_C", "_later_gradients",
         ["that is delta_B, not delta_C: 2 * C * (A + 1)",
          "that is delta_A, not delta_C: B * (delta_B * (1 - B) + 2 * C)"]),
        ("square", "delta_W", "_later_gradients", []),
        ("square", "delta_B", "part_mistakes",
         ["1 should be delta_C: 1 * (A + 1)", "1 should be A: delta_C * (1 + 1)"]),
        ("square", "delta_W", "_superfluous_parts",
         ["the factor X does not belong here: X.T @ delta_A * X",
          "the factor X does not belong here: X.T * X @ delta_A",
          "the factor X does not belong here: X.T @ (delta_A * X)",
          "the factor delta_A does not belong here: X.T @ delta_A * delta_A",
          "the factor delta_A does not belong here: X.T * delta_A @ delta_A",
          "the factor delta_A does not belong here: X.T @ (delta_A * delta_A)",
          "the term X does not belong here: X.T @ delta_A + X",
          "the term X does not belong here: X.T @ delta_A - X",
          "the term delta_A does not belong here: X.T @ delta_A + delta_A",
          "the term delta_A does not belong here: X.T @ delta_A - delta_A"]),
        ("square", "W", "_superfluous_parts", []),
    ],
)  # fmt: skip
def test_the_mistakes_that_need_the_program_are_known(which, name, kind, expected):
    program = PROGRAMS[which]
    step = program.steps[program.step_indices[name]]
    given = {
        "_slope_mistakes": (program, step),
        "_other_slopes": (program, step),
        "part_mistakes": (step, step.tree),
        "_superfluous_parts": (step, step.tree),
        "_transposed_terms": (program, step.tree),
    }.get(kind, (program, step, step.tree))
    assert lines(getattr(mistake_candidates, kind)(*given)) == expected


def test_a_tensor_that_is_read_twice_is_another_one_in_both_places_or_in_one():
    program = PROGRAMS["square"]
    step = program.steps[program.step_indices["delta_A"]]
    assert step.source == "B * (delta_B * (1 - B) + delta_C)"
    found = lines(mistake_candidates._tensor_mistakes(program, step, step.tree))
    assert found[6:9] == [
        "it reads A instead of B: A * (delta_B * (1 - A) + delta_C)",
        "A * (delta_B * (1 - B) + delta_C) reads A instead of B: A * (delta_B * (1 - B) + delta_C)",
        "1 - A reads A instead of B: B * (delta_B * (1 - A) + delta_C)",
    ]
    # Six others for B in three ways each, six for each of the gradients.
    assert len(found) == 30
    assert not any(line.startswith("it reads E ") for line in found)


def test_a_sign_comes_first_and_with_each_mistake_of_the_backward_pass_at_the_end():
    program = PROGRAMS["square"]
    backward, update = (program.steps[program.step_indices[name]] for name in ("delta_B", "W"))
    found = lines(mistake_candidates.mistake_candidates(program, backward, backward.tree, [5]))
    assert found[0] == "wrong sign: -(delta_C * (A + 1))"
    half = len(found) // 2 + 1
    assert len(found) == 2 * half - 1
    assert found[half - 2 : half] == [
        "it is divided by 5, the number of samples: delta_C * (A + 1) / 5",
        "it is multiplied by 5, the number of samples: delta_C * (A + 1) * 5",
    ]
    assert found[half] == "the factor A + 1 is missing, and the sign is wrong: -delta_C"
    assert "the result is transposed: (delta_C * (A + 1)).T" in found
    updates = lines(mistake_candidates.mistake_candidates(program, update, update.tree, []))
    assert not any("and the sign is wrong" in line for line in updates)
    program = PROGRAMS["sigmoid"]
    slope = program.steps[program.step_indices["delta_H_net1"]]
    found = lines(mistake_candidates.mistake_candidates(program, slope, slope.tree, []))
    # People write the slope by its output as well, and forget a factor there.
    assert "the factor 1 - H is missing: H" in found
    assert not any("the result is transposed" in line for line in found)


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("delta * (H * (1 - H))",
         ["sigmoid is applied to H, which is its result already: delta * (sigmoid(H) - sigmoid(H) ** 2)",
          "that is the slope of tanh, not of sigmoid: delta * (1 - H ** 2)",
          "that is the slope of softplus, not of sigmoid: delta * (1 - exp(-H))",
          "that is the slope of elu, not of sigmoid: delta * where(H > 0, 1, H + 1)",
          "that is the slope of relu, not of sigmoid: delta * where(H > 0, 1, 0)"]),
        ("delta * H * (1 - H)",
         ["sigmoid is applied to H, which is its result already: delta * (sigmoid(H) - sigmoid(H) ** 2)",
          "that is the slope of tanh, not of sigmoid: delta * (1 - H ** 2)",
          "that is the slope of softplus, not of sigmoid: delta * (1 - exp(-H))",
          "that is the slope of elu, not of sigmoid: delta * where(H > 0, 1, H + 1)",
          "that is the slope of relu, not of sigmoid: delta * where(H > 0, 1, 0)"]),
        ("delta * (1 - H**2)",
         ["tanh is applied to H, which is its result already: delta * (1 - tanh(H) ** 2)",
          "that is the slope of sigmoid, not of tanh: delta * (H * (1 - H))",
          "that is the slope of softplus, not of tanh: delta * (1 - exp(-H))",
          "that is the slope of elu, not of tanh: delta * where(H > 0, 1, H + 1)",
          "that is the slope of relu, not of tanh: delta * where(H > 0, 1, 0)"]),
        ("delta * (1 - H)", []),
    ],
)  # fmt: skip
def test_another_slope_may_stand_within_an_equation(right, expected):
    assert lines(mistake_candidates._slopes_within(tree(right))) == expected


def test_the_bias_corrections_are_missing_one_by_one_and_together():
    adam = "w - r * (m / (1 - b**t)) / (sqrt(v / (1 - c**t)) + e)"
    assert lines(mistake_candidates._bias_correction_mistakes(tree(adam))) == [
        "the bias correction of m is missing: w - r * m / (sqrt(v / (1 - c ** t)) + e)",
        "the bias correction of v is missing: w - r * (m / (1 - b ** t)) / (sqrt(v) + e)",
        "the bias correction is missing: w - r * m / (sqrt(v) + e)",
    ]
    assert len(lines(mistake_candidates._bias_correction_mistakes(tree("m / (1 - b**t)")))) == 1
    for other in ("m / (1 + b**t)", "m * (1 - b**t)", "m / (1 - b * t)"):
        assert lines(mistake_candidates._bias_correction_mistakes(tree(other))) == []


def test_two_samples_are_no_reason_for_a_factor_of_two_which_a_square_has():
    assert lines(mistake_candidates._count_mistakes(tree("a"), [1, 2, 5])) == [
        "it is divided by 2, the number of samples: a / 2",
        "it is divided by 5, the number of samples: a / 5",
        "it is multiplied by 5, the number of samples: a * 5",
    ]


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("a / (b + c)",
         ["c is missing from the divisor: a / b", "it is not divided by b + c: a",
          "the fraction is upside down: (b + c) / a",
          "it is multiplied by b + c instead of divided: a * (b + c)"]),
        ("a * b * c",
         ["the factor c is missing: a * b", "the factor a * b is missing: c",
          "the factor c is missing: a * b * ones_like(c)",
          "the factor a * b is missing: c * ones_like(a * b)",
          "the factor b * c is missing: a", "the factor b * c is there twice: a * (b * c) * (b * c)",
          "the factor c is there twice: a * b * c * c",
          "the factor a * b is there twice: a * b * c * (a * b)",
          "a * b and c are added instead of multiplied: a * b + c",
          "it is divided by c instead of multiplied: a * b / c",
          "@ is the matrix product; * multiplies element by element: a * b @ c"]),
        ("b * a + c",
         ["the term c is missing: b * a", "the term b * a is missing: c",
          "c is subtracted instead of added: b * a - c",
          "b * a is there twice, and c is missing: b * a + b * a",
          "c is there twice, and b * a is missing: c + c",
          "c is multiplied by 1 - b: b * a + (1 - b) * c"]),
        ("log(a) + c",
         ["the term c is missing: log(a)", "the term log(a) is missing: c",
          "c is subtracted instead of added: log(a) - c",
          "log(a) is there twice, and c is missing: log(a) + log(a)",
          "c is there twice, and log(a) is missing: c + c"]),
        ("1 - b",
         ["b is added instead of subtracted: 1 + b", "the term b is missing: 1", "b should be 1 - b: b",
          "the term 1 is missing: -b", "the difference is the other way round: b - 1"]),
        ("concatenate([a, b, c], axis=1)",
         ["a and b are swapped: concatenate([b, a, c], axis=1)",
          "a and c are swapped: concatenate([c, b, a], axis=1)",
          "b and c are swapped: concatenate([a, c, b], axis=1)"]),
        ('einsum("ij,jk->ik", a, b)',
         ["the indices i and k are swapped: einsum('ij,jk->ki', a, b)",
          "the indices j and k are swapped: einsum('ij,kj->ik', a, b)",
          "the indices i and j are swapped: einsum('ji,jk->ik', a, b)"]),
    ],
)  # fmt: skip
def test_sums_products_and_quotients_of_several_parts_have_mistakes_of_their_own(right, expected):
    assert lines(mistake_candidates._mistakes_at(tree(right))) == expected


def test_of_rows_that_a_reshape_puts_below_each_other_one_sample_or_one_position_is_counted():
    found = lines(mistake_candidates._mistakes_at(tree("one_hot(c.reshape(-1), 5).T @ d.reshape(-1, 2)")))
    assert "only the last sample is counted: one_hot(c[-1].reshape(-1), 5).T @ d[-1].reshape(-1, 2)" in found
    assert "only d[:, 1] is counted: one_hot(c[:, 1].reshape(-1), 5).T @ d[:, 1].reshape(-1, 2)" in found
    assert not any("only d[" in line for line in lines(mistake_candidates._mistakes_at(tree("c.T @ d"))))


@pytest.mark.parametrize(
    ("written", "right", "said"),
    [
        ("2 * d[:, 0:2]", "2 * d[:, 1:3]", "the index 0:2 should be 1:3"),
        ("d[:, -1] + 1", "d[:, 0] + 1", "the index -1 should be 0"),
        ("d[0:2, 0:2]", "d[:, 1:3]", "d[0:2, 0:2] should be d[:, 1:3]"),
        ("concatenate([d, 2 * c, d])", "concatenate([d, c, d])", "2 * c should be c"),
        ("e[:, 1:3]", "d[:, 1:3]", "e should be d"),
    ],
)
def test_the_only_part_that_differs_is_told_as_it_should_be(written, right, said):
    pair = tried._only_difference(tree(written), tree(right))
    assert tried._should_be(*pair).sentence == said


def test_a_count_of_samples_is_taken_for_another_number_up_to_32():
    found = lines(mistake_candidates._mistakes_at(tree("a / size(c, 0)")))
    assert found[3] == "it is divided by 2 instead of size(c, 0): a / 2"
    assert found[33] == "it is divided by 32 instead of size(c, 0): a / 32"
    assert len(found) == 34


@pytest.mark.parametrize(
    ("count", "texts", "shown"),
    [
        (5, ["a / 5", "a"], True),
        (5, ["a", "a * 5.0"], True),
        (4, ["a / 5"], False),
        (1, ["a * True"], False),
        (5, ["mean(a)"], True),
        (5, ["size(a, 0)"], True),
        (5, ["ones_like(a)"], True),
        (5, ["sum(a)"], False),
    ],
)
def test_a_text_has_the_number_of_samples_as_a_number_or_counts_them(count, texts, shown):
    assert tried._shows_count(count, *map(tree, texts)) is shown


@pytest.mark.parametrize(
    ("mistake", "written", "remedies"),
    [
        (Mistake.TRANSPOSE_TOO_MANY.named(part="a"), "a.T @ b + b.T", ["a @ b + b.T"]),
        (Mistake.NOT_TRANSPOSED.named(part="a"), "a @ b", ["a.T @ b", "swapaxes(a, -1, -2) @ b"]),
        (Mistake.FACTOR_TOO_MANY.named(part="a"), "a * b + c * a",
         ["b + c * a", "a * b + c"]),
        (Mistake.SIGN.named(), "-a.T * b", []),
    ],
)  # fmt: skip
def test_a_transpose_or_a_factor_is_taken_away_to_see_whether_it_was_the_mistake(mistake, written, remedies):
    assert [ast.unparse(each) for each in tried._remedies(mistake, tree(written))] == remedies


def test_a_part_is_named_by_its_first_48_characters():
    assert mistake_candidates.shortened_source(tree("a" * 48)) == "a" * 48
    assert mistake_candidates.shortened_source(tree("a" * 49)) == "a" * 45 + "..."
    assert mistake_candidates.shortened_source(tree("a ** 2")) == "a**2"


@pytest.mark.parametrize(
    ("factor", "count", "said"),
    [
        (2.0, 0, "2 times what it should be"),
        (-2.0, 0, "2 times what it should be, and the sign is wrong"),
        (0.25, 0, "1/4 of what it should be"),
        (-0.25, 4, "1/4 of what it should be, and the sign is wrong; 4 is the number of samples"),
        (4.0, 4, "4 times what it should be; 4 is the number of samples"),
        (-4.0, 4, "4 times what it should be, and the sign is wrong; 4 is the number of samples"),
        (1 / 9999, 0, "1/9999 of what it should be"),
        (1e-4, 0, "0.0001 times what it should be"),
        (1.00002 / 3, 0, "1/3 of what it should be"),
        (1.00006 / 3, 0, "0.3333533 times what it should be"),
    ],
)
def test_a_factor_is_a_multiple_or_a_fraction(factor, count, said):
    assert ratios.factor_mistake(factor, count).sentence == said


def example(given, **inputs):
    arrays = {name: np.array(value, float) for name, value in inputs.items()}
    return tried.Example(arrays, np.array(given, float), None, 1e-7)


BACKWARD = SimpleNamespace(name="d", phase="backward")


@pytest.mark.parametrize(
    ("text", "given", "gives"),
    [
        ("a * b", [6, 20], True),
        ("a * b", [6, 20.00001], True),
        ("a * b", [6, 20.0001], False),
        # The tolerance is that of the largest cell.
        ("a * b", [6.00001, 20], True),
        ("a + b", [6, 20], False),
        ("a @ b", [6, 20], False),
        ("a * c", [6, 20], False),
        ("log(a - a)", [-np.inf, -np.inf], True),
        ("log(-a)", [np.nan, np.nan], True),
        ("log(-a)", [np.nan, 1], False),
    ],
)
def test_a_changed_equation_explains_a_result_that_it_gives_in_shape_and_numbers(text, given, gives):
    one = example(given, a=[2, 4], b=[3, 5])
    assert tried._explains(tree(text), BACKWARD, [one]) is gives
    assert not tried._explains(
        tree("a * b"), BACKWARD, [example([6, 20], a=[2, 4], b=[3, 5]), example([1, 1], a=[1, 2], b=[1, 1])]
    )


def test_of_an_update_the_step_has_to_be_the_same():
    update = SimpleNamespace(name="w", phase="update")
    one = example([100.001], w=[100.0], g=[0.001])
    assert tried._explains(tree("w + g"), update, [one])
    assert not tried._explains(tree("w + g * 1.001"), update, [one])


def test_a_tensor_that_is_given_as_it_is_is_named_if_it_is_in_every_example():
    given = example([1, 2], d=[1, 2], a=[1, 3], b=[[1, 2]], c=[1, 2])
    assert tried._same_tensor(BACKWARD, [given]) == "c"
    assert (
        tried._same_tensor(BACKWARD, [given, example([1, 2], d=[0, 0], a=[1, 2], b=[1, 2], c=[1, 0])]) == ""
    )


def step_of(written, phase="backward", name="delta_B"):
    """The equation as somebody wrote it, of the program of squares."""
    program = PROGRAMS["square"]
    found = program.steps[program.step_indices[name]]
    names = tried.reads(tree(written))
    return SimpleNamespace(
        name=name, source=written, tree=tree(written), reads=names, phase=phase, role=found.role
    )


def states(step, right, *seeds):
    """What the written equation and the right one give on drawn tensors."""
    found = []
    for seed in seeds:
        draw = np.random.default_rng(seed)
        inputs = {name: draw.normal(size=(2, 2)) for name in ("X", "W", "A", "B", "C", "delta_C", "delta_B")}
        inputs |= {"learning_rate": np.float64(0.25 + seed)}
        names = {**vars(np), **inputs, "size": np.size, "sum": np.sum}
        given, expected = (np.asarray(eval(text, {}, names)) for text in (step.source, right))
        found.append(tried.Example(inputs, given, expected, 1e-7))
    return found


@pytest.mark.parametrize(
    ("written", "right", "said"),
    [
        ("-(delta_C * (A + 1))", "delta_C * (A + 1)", "wrong sign"),
        ("delta_C * A", "delta_C * (A + 1)", "the term 1 is missing"),
        ("-(delta_C * A)", "delta_C * (A + 1)", "the term 1 is missing, and the sign is wrong"),
        ("delta_C * 0", "delta_C * (A + 1)", "it is 0 everywhere"),
        ("delta_C * (A + 1) / 5", "delta_C * (A + 1)", "it is divided by 5, the number of samples"),
        ("delta_C * (A + 1) * 5", "delta_C * (A + 1)", "it is multiplied by 5, the number of samples"),
        # The text has no 5, so that it may be any factor.
        ("delta_C * (A + 1) / 0.2", "delta_C * (A + 1)",
         "5 times what it should be; 5 is the number of samples"),
        ("delta_C * (A + 1) * 1.7", "delta_C * (A + 1)", "1.7 times what it should be"),
        # The same numbers as 2 * B, and all of the line as it should be.
        ("(B + delta_C * 1e-8) * 2", "B + delta_C * 1e-8", "2 times what it should be"),
        ("-2 * (B + B * 1e-8)", "B + B * 1e-8", "2 times what it should be, and the sign is wrong"),
        ("(B + B * 1e-8) / 5.0", "B + B * 1e-8", "it is divided by 5, the number of samples"),
        ("(B + B * 1e-8) / 4", "B + B * 1e-8", "1/4 of what it should be"),
        ("B", "delta_C * (A + 1)", "that is B"),
        ("delta_C * (A + 2)", "delta_C * (A + 1)", "2 should be 1"),
        ("delta_C.T * (A + 1)", "delta_C * (A + 1)", "delta_C must not be transposed"),
        ("delta_C * (A + 1) * A", "delta_C * (A + 1)", "the factor A does not belong here"),
        ("delta_C * (A + 1) + B**3 / 7", "delta_C * (A + 1)", ""),
    ],
)  # fmt: skip
def test_the_mistake_that_gives_the_wrong_results_in_every_state_is_told(written, right, said):
    step = step_of(written)
    found = tried.find_mistake(
        PROGRAMS["square"], step, tree(right), tried.Examples(states(step, right, 0, 1)), [5], ()
    )
    assert ("" if found is None else found.sentence) == said


def test_what_one_state_suggests_another_or_another_rate_refutes():
    step = step_of("delta_C * 0.25")
    first, second = states(step, "delta_C * learning_rate", 0, 1)
    right, program = tree("delta_C * learning_rate"), PROGRAMS["square"]

    def told(examples, rates=()):
        found = tried.find_mistake(program, step, right, tried.Examples(examples, rates), [5], ())
        return "" if found is None else found.sentence

    # In the first state the rate is 0.25, so that the equation is right in all cells.
    assert told([first]) == "1 times what it should be"
    assert told([second]) == "1/5 of what it should be; 5 is the number of samples"
    assert told([first, second]) == "0.25 should be learning_rate"
    lost = step_of("delta_C * 1.0")
    one, other = states(lost, "delta_C * learning_rate", 0, 1)
    assert tried.find_mistake(program, lost, right, tried.Examples([one], [other]), [], ()).sentence == (
        "the factor learning_rate is missing"
    )
    other = tried.Example(other.inputs, other.given * 2, other.expected, 1e-7)
    assert tried.find_mistake(program, lost, right, tried.Examples([one], [other]), [], ()).sentence == (
        "that is delta_C"
    )


def test_without_a_right_equation_or_a_state_the_compared_cells_tell_a_factor():
    step, program = step_of("delta_C * 3"), PROGRAMS["square"]
    cells = [
        Element((0, at), 3.0 * at, 1.0 * at, Verdict.DIFFERS, 1.0) for at in (1, 2)
    ] + [
        Element((1, 0), 5.0, 1.0, Verdict.NOT_CHECKED, 1.0),
        Element((1, 1), 5.0, np.nan, Verdict.DIFFERS, 1.0),
    ]  # fmt: skip
    assert (
        tried.find_mistake(program, step, None, tried.Examples([]), [], cells).sentence
        == "3 times what it should be"
    )
    right = tree("delta_C")
    assert (
        tried.find_mistake(program, step, right, tried.Examples([]), [], cells).sentence
        == "3 times what it should be"
    )
    assert tried.find_mistake(program, step, right, tried.Examples([]), [3], cells).sentence == (
        "it is multiplied by 3, the number of samples"
    )
    assert tried.find_mistake(
        program, step, None, tried.Examples(states(step, "delta_C", 0)), [3], []
    ).sentence == ("3 times what it should be; 3 is the number of samples")


def test_an_update_of_0_is_no_gradient_of_0():
    step = step_of("W * 0", "update", "W")
    found = tried.find_mistake(
        PROGRAMS["square"], step, tree("W + exp(B)"), tried.Examples(states(step, "W + exp(B)", 0, 1)), [], ()
    )
    assert found is None


QUARTERS = """learning_rate = 0.1
[data]
X = [[1.0, 2.0], [3.0, 4.0], [-5.0, 6.0], [1.0, -1.0]]
[parameters]
W = [0.5, -0.25]
[program]
forward = '''
d = X @ W
near = d**2
far = maximum(d + 1, 0)
E = mean(near) + mean(far) / 2
'''
"""
"""delta_near is 1/4 everywhere, so that 2 * delta_near squared is delta_near itself."""


@pytest.mark.parametrize(
    ("name", "line", "mistake"),
    [
        ("delta_far", "ones_like(far) / 2", "it is not divided by 4"),
        ("delta_far", "ones_like(far) / 4 / 6", "6 should be 2"),
        ("delta_d", "delta_near * d + delta_far * where(d + 1 > 0, 1, 0)", "the factor 2 is missing"),
        ("delta_d", "-2 * delta_near * d + delta_far * where(d + 1 > 0, 1, 0)", "-2 should be 2"),
        ("delta_d", "2 * delta_near * d + delta_far * where(d + 1 > d**2, 1, 0)",
         "d + 1 > d**2 should be d + 1 > 0"),
        ("delta_d", "2 * delta_near * (d + W[0]) + delta_far * where(d + 1 > 0, 1, 0)",
         "d + W[0] should be d"),
    ],
)  # fmt: skip
def test_numbers_that_are_always_the_same_hide_no_mistake_that_was_made(name, line, mistake):
    made = read_network_text(f'{QUARTERS}{name} = "{line}"', Path("quarters.toml"))
    wrong = check_gradients(Session(made)).wrong_equations
    assert [(each.name, each.mistake) for each in wrong] == [(name, mistake)]
