"""What sentences claim is so: E falls as they say, and their numbers belong together."""

import re
from dataclasses import replace

import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.explain.prose.step_sentence import sentence
from bpstep.model.losses import LOSSES
from bpstep.session.session import Session

N = r"(-?[\d.]+(?:e-?\d+)?)"
H = 1e-6


def cells(session):
    frame = session.frame
    for index in np.ndindex(np.shape(frame.tensors[frame.step.name])):
        yield index, sentence(frame, index)


def nudged(made, step, index, by):
    """E if the variable of the gradient is a little larger."""
    session = Session(made)
    name = step.role.by
    if name.startswith("w"):
        name, index = "W", (int(name[1:]) - 1, index[-1])
    elif step.role.kind == "delta_weights" and len(index) == 1:
        index = (*index, 0)
    if step.role.kind in ("delta_output", "delta_net", "delta_input"):
        session.goto(name)
    session.edit(name, index, float(session.frame.tensors[name][index]) + by)
    session.goto("i0:E")
    return float(session.frame.tensors["E"])


CLASSES = replace(
    network((2, 2, 3), last="softmax", samples=3, loss="cross_entropy", reduction="mean"), labels=np.eye(3)
)
NETWORKS = {
    "article": article(),
    "mazur": mazur(),
    "classes": CLASSES,
    "soft labels": network((2, 2, 3), last="softmax", loss="cross_entropy", samples=2),
    "other softmax": network((2, 2), "softmax", loss="half_squared_error", samples=2),
    "leaky": network((2, 3, 1), "leaky_relu", loss="squared_error", samples=3),
    "elu": network((2, 2, 2, 1), "elu", loss="mean_squared_error", samples=2),
    "silu": network((2, 2, 2), "silu", loss="mean_squared_error", samples=1),
    "probabilities": network((2, 2), "sigmoid", loss="binary_cross_entropy", samples=2),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_e_falls_as_the_sentence_says(name):
    made = NETWORKS[name]
    session = Session(made)
    found = 0
    for done in range(1, session.period + 1):
        session.goto(done)
        step = session.frame.step
        for index, text in cells(session):
            claim = re.search(r"(Positive|Negative): (lowering|raising) \S+ lowers E\.$", text)
            if not claim:
                continue
            slope = nudged(made, step, index, H) - nudged(made, step, index, -H)
            assert claim[1] == ("Positive" if slope > 0 else "Negative"), (step.name, index, text)
            assert claim[2] == ("lowering" if slope > 0 else "raising"), (step.name, index, text)
            found += 1
    gradients = [
        step for step in session.program.steps if step.role.of == "E" and step.role.kind != "delta_net"
    ]
    assert found >= len(gradients)


def products(text, pattern):
    """The numbers of a pattern in a sentence, the result last: R, or the last N. None without a match."""
    found = re.search(pattern.replace("R", f"(?P<result>{N[1:-1]})").replace("N", N), text)
    if found is None:
        return None
    at = found.re.groupindex.get("result", len(found.groups())) - 1
    numbers = [float(number) for number in found.groups()]
    return [*numbers[:at], *numbers[at + 1 :], numbers[at]]


def near(a, b):
    return abs(a - b) <= 1.5e-4 * max(1, abs(a)) + 0.06 * min(abs(a), abs(b))


def test_the_numbers_of_a_sentence_belong_together():
    counted = dict.fromkeys(PATTERNS, 0)
    for optimizer in ("momentum", "rmsprop", "adam"):
        for made in (
            network((2, 3, 1), "silu", samples=1, optimizer=optimizer),
            network((2, 2, 3), last="softmax", samples=3, optimizer=optimizer, reduction="mean"),
            CLASSES,
            article(),
        ):
            session = Session(made)
            session.goto("i2")
            for _ in range(session.period):
                session.step()
                for _, text in cells(session):
                    for pattern, come_to in PATTERNS.items():
                        numbers = products(text, pattern)
                        if numbers:
                            assert near(come_to(*numbers[:-1]), numbers[-1]), text
                            counted[pattern] += 1
    assert all(counted.values()), counted


PATTERNS = {
    r"is R: what \S+ sent over it, N, times the error at \S+, N\. ": lambda a, b: a * b,
    r"activation is R: N at its output times the slope N\. ": lambda a, b: a * b,
    r"the error there, N, times their weight, N, is R\. ": lambda a, b: a * b,
    r"its own sigmoid: N times N is R\. ": lambda a, b: a * b,
    r"error N less the mean over all shares, N, times its share N, is R\.": lambda a, b, c: (a - b) * c,
    r"comes to \S+ N less its target N, over N samples: R\.": lambda a, b, c: (a - b) / c,
    r"is N, its target N\. E's slope is the difference: R\. ": lambda a, b: a - b,
    r"is N, its target N\. E's slope is the difference, over N samples: R\. ": lambda a, b, c: (a - b) / c,
    r"is N, its target N\. E's slope is minus the target over \S+, over N samples: R\. ": lambda a, b, c: (
        -b / a / c
    ),
    r"velocity keeps N of what it was, N, and adds the gradient N: R\. ": lambda k, a, b: k * a + b,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_slope_of_each_loss_is_what_its_rule_says(loss):
    session = Session(network((2, 2), "sigmoid", loss=loss, samples=1))
    session.goto("delta_Y")
    rules = {
        "half_squared_error": ("the difference", lambda y, t: y - t),
        "squared_error": ("twice the difference", lambda y, t: 2 * (y - t)),
        "mean_squared_error": ("twice the difference over 2 outputs", lambda y, t: 2 * (y - t) / 2),
        "binary_cross_entropy": (
            r"the difference over y\d \(1 - y\d\)",
            lambda y, t: (y - t) / (y * (1 - y)),
        ),
        "cross_entropy": (r"minus the target over y\d", lambda y, t: -t / y),
    }
    said, rule = rules[loss]
    for _, text in cells(session):
        y, target, slope = products(text, rf"is N, its target N\. E's slope is {said}: N\. ")
        assert near(rule(y, target), slope)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam"])
def test_a_parameter_goes_where_the_sentence_says(optimizer):
    session = Session(network((2, 2, 1), "silu", optimizer=optimizer, samples=2))
    session.goto("i1")
    for _ in range(session.period):
        session.step()
        frame = session.frame
        if frame.step.role.kind != "update":
            continue
        for index, text in cells(session):
            way, by, to = re.search(rf"goes (up|down) by {N}, to {N}\.$", text).groups()
            before, after = (float(each[frame.step.name][index]) for each in (frame.before, frame.tensors))
            assert way == ("up" if after > before else "down")
            assert float(by) == pytest.approx(abs(after - before), rel=5e-3)
            assert float(to) == pytest.approx(after, rel=5e-6)


def test_a_unit_adds_up_what_the_sentence_says():
    session = Session(network((3, 2, 1), samples=2))
    for name, inputs, bias in (("net_1", "3 inputs", "B1"), ("net_2", "2 hidden units", "B2")):
        session.goto(name)
        for index, text in cells(session):
            held = session.frame.tensors[bias][index[-1]]
            value = session.frame.tensors[name][index]
            assert f"in sample {index[0] + 1} is {value:.4f}: {inputs} times their weights, " in text
            assert f"plus the bias {held:.4f}." in text
