"""A script of a person: an iteration of a long jump against Python, a step against one in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.input import handle_key
from tests.benchmarks.measure import Measure, paired

_PASSES = 5_000
_STEPS = 300

_DATA = """
import numpy as np
rs = np.random.RandomState(1)
X = rs.uniform(-1, 1, (40, 2))
labelY = (X[:, :1] * X[:, 1:] > 0) * 1.0
"""

_STRAIGHT = (
    _DATA
    + """
W, V = rs.normal(size=(2, 8)), rs.normal(size=(8, 1))
B1, B2 = np.zeros(8), np.zeros(1)
for epoch in range(PASSES):
    net_1 = np.dot(X, W) + B1
    H = np.tanh(net_1)
    net_2 = np.dot(H, V) + B2
    Y = 1 / (1 + np.exp(-net_2))
    E = np.mean((Y - labelY) ** 2) / 2
    delta_2 = (Y - labelY) * Y * (1 - Y) / len(X)
    delta_1 = np.dot(delta_2, V.T) * (1 - H ** 2)
    V -= 0.5 * np.dot(H.T, delta_2)
    B2 -= 0.5 * np.sum(delta_2, axis=0)
    W -= 0.5 * np.dot(X.T, delta_1)
    B1 -= 0.5 * np.sum(delta_1, axis=0)
"""
)

_SAME = """
loss = "half_squared_error"
reduction = "mean"
learning_rate = 0.5
[data]
inputs = {inputs}
labels = {labels}
[[layers]]
units = 8
activation = "tanh"
[[layers]]
units = 1
activation = "sigmoid"
"""
"""The network of `_STRAIGHT`, with other weights."""

_CLASSES = (
    _DATA
    + """
class Dense:
    def __init__(self, inputs, units):
        self.W = rs.normal(size=(inputs, units))
        self.b = np.zeros(units)

    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-(x @ self.W + self.b)))
        return self.y

    def backward(self, g, rate):
        g = g * self.y * (1 - self.y)
        before = g @ self.W.T
        self.W -= rate * self.x.T @ g
        self.b -= rate * g.sum(axis=0)
        return before


def train(layers, passes):
    for epoch in range(passes):
        out = X
        for layer in layers:
            out = layer.forward(out)
        loss = np.mean((out - labelY) ** 2) / 2
        grad = (out - labelY) / len(X)
        for layer in reversed(layers):
            grad = layer.backward(grad, 0.5)
    return loss


layers = [Dense(2, 8), Dense(8, 1)]
last = train(layers, PASSES)
"""
)


def jump(rounds: int, folder: Path) -> list[Measure]:
    """An iteration in a long jump, against the same script under Python."""
    found = []
    for name, text, reach in (("a straight loop", _STRAIGHT, 1.0), ("layer objects", _CLASSES, 2.0)):
        path = folder / f"{name.replace(' ', '_')}.py"
        path.write_text(text.replace("PASSES", str(_PASSES)))
        code = compile(path.read_text(), str(path), "exec")
        ours, theirs, same = [], [], True
        for _ in range(rounds):
            session = Session(open_script_file(path))
            began = process_time()
            session.goto((_PASSES - 1) * session.period)
            ours.append((process_time() - began) / _PASSES)
            names: dict[str, Any] = {"__name__": "__main__"}
            began = process_time()
            exec(code, names)
            theirs.append((process_time() - began) / _PASSES)

        session.goto(_PASSES * session.period)
        weights = names["W"] if "W" in names else names["layers"][0].W
        same = any(value.tobytes() == weights.tobytes() for value in session.frame.tensors.values())

        measured = paired(f"script, {name}: an iteration", ours, theirs, reach, "µs")
        found.append(replace(measured, note="bit-identical" if same else "the bits differ", holds=same))
    return found


def step(rounds: int, folder: Path) -> list[Measure]:
    """`n` in a script, with the screen drawn, against `n` in the same network as a file."""
    path = folder / "steps.py"
    path.write_text(_STRAIGHT.replace("PASSES", str(_PASSES)))
    script = _at_a_screen(Session(open_script_file(path)))
    inputs = np.random.RandomState(1).uniform(-1, 1, (40, 2))
    labels = (inputs[:, :1] * inputs[:, 1:] > 0) * 1.0
    same = folder / "steps.toml"
    same.write_text(_SAME.format(inputs=inputs.tolist(), labels=labels.tolist()))
    network = _at_a_screen(Session(open_network(str(same))))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_time_of_steps(script))
        theirs.append(_time_of_steps(network))
    return [paired("script: n against n in a network file", ours, theirs, 1.3)]


def _at_a_screen(session: Session) -> Controller:
    controller = make_controller(session, Theme())
    controller.size = (80, 24)
    controller.draw()
    return controller


def _time_of_steps(controller: Controller) -> float:
    began = process_time()
    for _ in range(_STEPS):
        handle_key(controller, "n")
        controller.draw()
    return (process_time() - began) / _STEPS
