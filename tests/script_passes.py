"""Passes of training loops, written by hand as equations: what a script's loop is read into."""

from __future__ import annotations

import numpy as np

from bpstep.script.equations.equations import ScriptEquation, ScriptIteration


def training_pass(text, initial, feeds=None, first_line=1):
    """A pass of these equations, a line of `text` each; what they change of `initial` is carried on."""
    equations = []
    for at, line in enumerate(text.strip().splitlines()):
        name, source = (part.strip() for part in line.split("=", 1))
        equations.append(
            ScriptEquation(name, source, line.strip(), "homework.py", first_line + at, None, (), None)
        )
    carried = tuple(dict.fromkeys(each.name for each in equations if each.name in initial))
    return ScriptIteration(0, initial, feeds or {}, tuple(equations), carried)


def columns(random):
    """Samples in columns, tanh and sigmoid, the mean binary cross entropy, a rate of 1.2."""
    initial = {
        "X": random.normal(0, 1, (3, 24)),
        "Y": random.integers(0, 2, (1, 24)),
        "m": 24,
        "W1": random.normal(0, 0.5, (5, 3)),
        "b1": np.zeros((5, 1)),
        "W2": random.normal(0, 0.5, (1, 5)),
        "b2": np.zeros((1, 1)),
    }
    text = """
        Z1 = W1 @ X + b1
        A1 = np.tanh(Z1)
        Z2 = W2 @ A1 + b2
        A2 = 1 / (1 + np.exp(-Z2))
        cost = -(1 / m) * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
        dZ2 = A2 - Y
        dW2 = (1 / m) * dZ2 @ A1.T
        db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
        dZ1 = (W2.T @ dZ2) * (1 - A1**2)
        dW1 = (1 / m) * dZ1 @ X.T
        db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
        W1 = W1 - 1.2 * dW1
        b1 = b1 - 1.2 * db1
        W2 = W2 - 1.2 * dW2
        b2 = b2 - 1.2 * db2
    """
    return text, initial, {}


def one_sample(random):
    """A sample at a time, half the squared error, updates between the gradients."""
    initial = {
        "W_h": random.normal(0, 1, (3, 2)),
        "b_h": np.zeros(3),
        "w_o": random.normal(0, 1, 3),
        "b_o": 0.0,
        "eta": 0.4,
        "total": 0,
    }
    text = """
        net_h = W_h @ x + b_h
        h = np.tanh(net_h)
        net_o = w_o @ h + b_o
        o = 1 / (1 + np.exp(-net_o))
        total = total + 0.5 * (t - o)**2
        delta_o = (o - t) * o * (1 - o)
        w_old = w_o
        w_o = w_o - eta * delta_o * h
        b_o = b_o - eta * delta_o
        delta_h = delta_o * w_old * (1 - np.tanh(net_h)**2)
        W_h = W_h - eta * np.outer(delta_h, x)
        b_h = b_h - eta * delta_h
    """
    return text, initial, {"x": np.array([0.82, 0.61]), "t": 1}


def classes(random):
    """Softmax over classes given by number, a penalty on the weights, samples in rows."""
    initial = {
        "pts": random.normal(0, 1, (18, 2)),
        "lab": np.repeat([0, 1, 2], 6).astype("uint8"),
        "U": random.normal(0, 0.3, (2, 8)),
        "c": np.zeros((1, 8)),
        "V": random.normal(0, 0.3, (8, 3)),
        "d": np.zeros((1, 3)),
        "rate": 0.8,
        "lam": 1e-2,
        "m": 18,
    }
    text = """
        net = pts @ U + c
        hid = np.maximum(0, net)
        score = hid @ V + d
        e = np.exp(score - np.max(score, axis=1, keepdims=True))
        p = e / np.sum(e, axis=1, keepdims=True)
        fit_part = np.mean(-np.log(p[arange(18), lab]))
        size_part = 0.5 * lam * np.sum(U * U) + 0.5 * lam * np.sum(V * V)
        loss = fit_part + size_part
        dp = (p - one_hot(lab, 3)) / m
        dV = hid.T @ dp
        dd = np.sum(dp, axis=0, keepdims=True)
        dhid = dp @ V.T
        dnet = where(hid <= 0, 0, dhid)
        dU = pts.T @ dnet
        dc = np.sum(dnet, axis=0, keepdims=True)
        dV_all = dV + lam * V
        dU_all = dU + lam * U
        U = U + -rate * dU_all
        c = c + -rate * dc
        V = V + -rate * dV_all
        d = d + -rate * dd
    """
    return text, initial, {}


def rows(random):
    """Samples in rows, three layers of sigmoids of the same width, no loss computed."""
    initial = {
        "X": random.normal(0, 1, (5, 3)),
        "Y": np.array([[0], [1], [0], [1], [1]]),
        "eta": 0.5,
        "W1": random.normal(0, 1, (3, 5)),
        "W2": random.normal(0, 1, (5, 5)),
        "W3": random.normal(0, 1, (5, 1)),
        "b1": np.zeros(5),
        "b2": np.zeros(5),
        "b3": np.zeros(1),
    }
    text = """
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        out = 1 / (1 + np.exp(-(a2 @ W3 + b3)))
        d3 = 2 * (out - Y) * (out * (1 - out))
        dW3 = a2.T @ d3
        d2 = d3 @ W3.T * (a2 * (1 - a2))
        dW2 = a1.T @ d2
        d1 = d2 @ W2.T * (a1 * (1 - a1))
        dW1 = X.T @ d1
        W3 = W3 - eta * dW3
        b3 = b3 - eta * np.sum(d3, axis=0)
        W2 = W2 - eta * dW2
        b2 = b2 - eta * np.sum(d2, axis=0)
        W1 = W1 - eta * dW1
        b1 = b1 - eta * np.sum(d1, axis=0)
    """
    return text, initial, {}
