"""The sentence of a step: what it says, and that two lines of a small screen hold it whatever the numbers."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from kept_sentences import said_now, sections
from make_networks import article, network

from bpstep.explain.prose import context, mlp_backward, mlp_forward, mlp_update, step_sentence
from bpstep.explain.prose.step_sentence import sentence
from bpstep.lang.activations import ACTIVATIONS, Activation
from bpstep.model.losses import LOSSES, Loss
from bpstep.model.optimizers import OPTIMIZERS, Optimizer
from bpstep.netfile import builtin
from bpstep.render.canvas import wrap
from bpstep.session.session import Session

ARTICLE = """
net_1: The net input of h1 is 0.2400: 2 inputs times their weights, plus the bias 0.1000. It is linear; the activation bends it next.
H: The sigmoid squashes any number into 0 to 1: 0.2400 becomes 0.5597. Without a bend like this, two layers could be merged into one.
net_2: The net input of y is 0.4884: 3 hidden units times their weights, plus the bias 0.1000. It is linear too; the activation bends it next.
Y: The sigmoid squashes any number into 0 to 1: 0.4884 becomes 0.6197. Without a bend like this, two layers could be merged into one.
E: How wrong is Y? Half the squared distance to the target: 0.0723. Squaring makes big misses count more; the half cancels the 2 of the derivative.
delta_Y: The backward pass starts: y is 0.6197, its target 1.0000. E's slope is the difference: -0.3803. Negative: raising y lowers E.
delta_Y_net2: The slope of the sigmoid at 0.4884 is 0.2357. It is never above 0.25: weights aside, at most a quarter of the error passes back.
delta_V: The gradient of the weight from h1 to y is -0.0502: what h1 sent over it, 0.5597, times the error at y, -0.0896. Negative: raising it lowers E.
delta_net2_H: net_2 at y changes with h1 by the weight between them, 0.1000. The error goes back over the same edges, so the weights are transposed.
delta_H_net1: The slope of the sigmoid at 0.2400 is 0.2464. It is never above 0.25: weights aside, at most a quarter of the error passes back.
delta_net1_w1: net_1 changes with the weights that leave x1 by x1 itself, 0.4000 each. The farther an input is from 0, the larger the gradients of its weights.
delta_w1: The gradient of the weight from x1 to h1 is a product of five factors, two known from delta_V: -0.0009. Negative: raising it lowers E.
delta_net1_w2: net_1 changes with the weights that leave x2 by x2 itself, 0.5000 each. The farther an input is from 0, the larger the gradients of its weights.
delta_w2: The weight from x2 to h1 shares four of its five factors with delta_w1; only x2, 0.5000, is new: -0.0011. Negative: raising it lowers E.
V: One step downhill, against the gradient -0.0502: learning_rate, 0.01, says how far. The weight from h1 to y goes up by 0.000502, to 0.100502.
W: One step downhill, against the gradient -0.0009: learning_rate, 0.01, says how far. The weight from x1 to h1 goes up by 8.83e-6, to 0.100009.
"""  # noqa: E501


def told(session, most=4):
    """(step, index, sentence) of some cells of the step just done: the first ones and the last ones."""
    frame = session.frame
    found = list(np.ndindex(np.shape(frame.tensors[frame.step.name])))
    some = found if len(found) <= most else found[: most // 2] + found[-(most // 2) :]
    return [(frame.step, index, sentence(frame, index)) for index in some]


def every_sentence(made, iterations=(0,)):
    session = Session(made)
    for iteration in iterations:
        for done in range(1, session.period + 1):
            session.goto(iteration * session.period + done)
            yield from told(session)


def assert_two_lines(made, iterations=(0,)):
    for step, index, text in every_sentence(made, iterations):
        assert len(wrap(text, context.SENTENCE_WIDTH)) <= 2, (step.name, index, text)
        assert text.isascii(), text
        assert not re.search(r"!|\b(just|simply|obviously|easy|easily)\b|  |\{|\}", text), text
        assert re.fullmatch(r".*[.]", text), text
        assert len(re.findall(r"[.?](?= |$)", text)) <= 3, text


@cache
def made_of_everything():
    """The same networks for each test: a program is derived once for each."""
    return tuple(_every_kind())


def _every_kind():
    """Networks of every activation, loss, optimiser, reduction, depth and batch."""
    pairs = [(name, "half_squared_error") for name in ACTIVATIONS]
    pairs += [(name, loss) for loss in LOSSES for name in ("sigmoid", "softmax", "identity")]
    for name, loss in pairs:
        hidden = "tanh" if name == "softmax" else name
        for samples, reduction in ((1, "sum"), (2, "sum"), (2, "mean")):
            for sizes in ((1, 1), (2, 1, 2, 2)):
                given = {"loss": loss, "samples": samples, "reduction": reduction}
                yield network(sizes, hidden, last=name, **given)
    for name in OPTIMIZERS:
        for order in ("after", "immediate"):
            yield network((2, 2, 2), "relu", optimizer=name, update_order=order, samples=1)
            yield network((2, 1, 2, 2, 1), optimizer=name, update_order=order, samples=3, bias=False)
            yield network((2, 2, 1), "elu", optimizer=name, update_order=order, samples=5, batch_size=2)
    yield article(update_order="immediate")


def test_the_article_step_by_step():
    session = Session(article())
    lines = []
    for _ in range(session.period):
        session.step()
        step, _, text = told(session)[0]
        lines.append(f"{step.name}: {text}")
    assert lines == ARTICLE.strip().split("\n")


@pytest.mark.parametrize(("made", "lines"), sections())
def test_the_sentences_of_each_kind_are_those_that_were_read_and_found_true(made, lines):
    assert list(said_now(made, lines)) == lines


@pytest.mark.parametrize("name", builtin.network_names())
def test_every_sentence_of_the_built_in_networks_fits(name):
    assert_two_lines(builtin.open_network(name), (0, 1, 3))


def test_every_sentence_of_every_kind_of_network_fits():
    for made in made_of_everything():
        assert_two_lines(made)


def test_every_activation_loss_and_optimiser_has_texts_of_its_own():
    assert set(mlp_forward.ACTIVATION_SENTENCES) == set(ACTIVATIONS)
    assert set(ACTIVATIONS) - mlp_backward.ACTIVATIONS_WITH_TEXTS == {
        "softmax"
    }  # has no derivative cell by cell
    assert set(mlp_forward.LOSS_SENTENCES) == set(mlp_backward.LOSS_SLOPES) == set(LOSSES)
    assert set(mlp_update.UPDATE_RULES) == set(OPTIMIZERS)


NO_TEXTS = {
    "H": "sin turns net_1[0,0] = 0.2400 into 0.2377, each number by itself.",
    "Y": "sin turns net_2[0,0] = 0.4384 into 0.4244, each number by itself.",
    "E": (
        "E is 0.1097: how wrong the outputs are, as one number. Training makes it smaller; every gradient "
        "below is its derivative."
    ),
    "delta_Y": "The gradient of E with respect to Y[0,0] is -0.7626. Negative: raising Y[0,0] lowers E.",
    "delta_Y_net2": (
        "How Y changes with net_2, cell by cell: at [0,0], Y changes 0.9055 times as much as net_2."
    ),
    "last_V": "last_V[0,0] is carried on to the next iteration: here from 0.0000 to -0.1641.",
    "V": "V[0,0] goes up by 0.00164, from 0.1000 to 0.1016.",
}


def test_where_nobody_has_written_texts_the_sentences_are_read_from_the_equations(monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "sin", Activation("sin(x)", "cos(x)", -1, 1))
    monkeypatch.setitem(LOSSES, "fourth_power", Loss("sum((labelY - Y)**4)", "4 * (Y - labelY)**3"))
    slots = (("last_{p}", "{g}"),)
    monkeypatch.setitem(OPTIMIZERS, "late", Optimizer("{p} - learning_rate * last_{p}", slots))
    layers = tuple(replace(layer, activation="sin") for layer in article().layers)
    made = replace(article(), layers=layers, loss="fourth_power", optimizer="late", derivation="matrix")
    assert_two_lines(made)
    texts = {step.name: text for step, index, text in every_sentence(made) if not any(index)}
    assert {name: texts[name] for name in NO_TEXTS} == NO_TEXTS
    asked = {step.name: text for step, index, text in every_sentence(replace(made, puzzle=True))}
    assert asked["E"] == "E should be the network's loss. Does this line compute that?"
    assert asked["V"].startswith("V should be its value in the next iteration, as the optimiser says.")
    assert asked["last_V"].startswith("last_V should be what the optimiser remembers of V's gradients.")


def test_sentences_fit_with_the_longest_names_and_numbers(monkeypatch):
    """What is measured here are the texts, so every name and number is as long as it can get."""
    samples, sample = context.SentenceContext.samples.fget, context.SentenceContext.sample.fget
    for room in (step_sentence, context, mlp_backward, mlp_forward):
        monkeypatch.setattr(room, "format_short", lambda x: "-1e-100")
    monkeypatch.setattr(mlp_update, "format_short", lambda x: "-1e-100")
    monkeypatch.setattr(mlp_update, "format_precise", lambda x: "0.123456789")
    monkeypatch.setattr(mlp_update, "format_significant", lambda x, digits: "-0.000123457")
    monkeypatch.setattr(context, "unit_name", lambda network, layer, at: "h12.345")
    monkeypatch.setattr(
        context.SentenceContext, "samples", property(lambda m: 99_999 if samples(m) > 1 else 1)
    )
    monkeypatch.setattr(
        context.SentenceContext, "sample", property(lambda m: "sample 99999" if sample(m) else "")
    )
    for made in made_of_everything():
        assert_two_lines(made)


def test_a_network_with_long_names_has_its_sentences():
    sizes = (2, 120, 120, *(2,) * 8, 1)
    made = network(sizes, optimizer="momentum", samples=2)
    session = Session(made)
    for name in ("net_2", "delta_net2", "delta_W2", "delta_H1", "velocity_W2", "W2", "velocity_W10", "W10"):
        session.goto(name)
        text = told(session)[-1][2]
        assert len(wrap(text, 78)) <= 2
    session.goto("delta_W2")
    assert "The gradient of the weight from h1.120 to h2.120" in told(session)[-1][2]


def test_before_the_first_step_it_says_what_is_about_to_begin():
    text = sentence(Session(article()).frame, ())
    assert text == (
        "Data and parameters are given; everything else is computed from them. "
        "The first of 16 equations: net_1 = X @ W + B1."
    )
    made = article(program={"net_1": "X @ W + B1" + " + 0 * X[0]" * 12})
    text = sentence(Session(made).frame, ())
    assert text.endswith("The first of 16 equations gives net_1.")


def test_the_texts_are_measured_as_they_are_wrapped():
    words_of_all_lengths = " ".join("x" * (1 + k % 9) for k in range(60))
    for length in range(60, len(words_of_all_lengths)):
        text = words_of_all_lengths[:length].strip()
        assert (context.first_fitting(text, "") == text) == (len(wrap(text, context.SENTENCE_WIDTH)) <= 2)
