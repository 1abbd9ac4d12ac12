"""The article's iteration as somebody writes it with NumPy, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

LINES = {
    "net_1": "X @ W + B1",
    "H": "sigmoid(net_1)",
    "net_2": "H @ V + B2",
    "Y": "sigmoid(net_2)",
    "E": "1/2 * sum((labelY - Y)**2)",
    "delta_Y": "Y - labelY",
    "delta_Y_net2": "sigmoid(net_2) - sigmoid(net_2)**2",
    "delta_V": "delta_Y * delta_Y_net2 * H",
    "delta_net2_H": "V.T",
    "delta_H_net1": "sigmoid(net_1) - sigmoid(net_1)**2",
    "delta_net1_w1": "repeat(X[0], 3)",
    "delta_w1": "delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w1",
    "delta_net1_w2": "repeat(X[1], 3)",
    "delta_w2": "delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w2",
    "V": "V - learning_rate * delta_V.reshape(3, 1)",
    "W": "W - learning_rate * concatenate([delta_w1, delta_w2])",
}


def initial() -> dict[str, Any]:
    """The article's tensors before the first iteration."""
    return {
        "X": np.array([0.4, 0.5]),
        "labelY": np.array([1.0]),
        "learning_rate": 0.01,
        "W": np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]),
        "B1": np.array([0.1, 0.2, 0.3]),
        "V": np.array([[0.1], [0.2], [0.3]]),
        "B2": np.array([0.1]),
    }


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def loop(iterations: int) -> tuple[Any, Any]:
    """W and V after this many iterations of the 16 lines."""
    given = initial()
    X, labelY, learning_rate = given["X"], given["labelY"], given["learning_rate"]
    W, V, B1, B2 = given["W"], given["V"], given["B1"], given["B2"]
    for _ in range(iterations):
        net_1 = X @ W + B1
        H = sigmoid(net_1)
        net_2 = H @ V + B2
        Y = sigmoid(net_2)
        E = 1 / 2 * np.sum((labelY - Y) ** 2)  # noqa: F841
        delta_Y = Y - labelY
        delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2) ** 2
        delta_V = delta_Y * delta_Y_net2 * H
        delta_net2_H = V.T
        delta_H_net1 = sigmoid(net_1) - sigmoid(net_1) ** 2
        delta_net1_w1 = np.repeat(X[0], 3)
        delta_w1 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w1
        delta_net1_w2 = np.repeat(X[1], 3)
        delta_w2 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w2
        V = V - learning_rate * delta_V.reshape(3, 1)
        W = W - learning_rate * np.concatenate([delta_w1, delta_w2])
    return W, V


def loop_until(iterations: int, least: float) -> tuple[Any, Any]:
    """The same, stopped where |delta_Y| is below `least`."""
    given = initial()
    X, labelY, learning_rate = given["X"], given["labelY"], given["learning_rate"]
    W, V, B1, B2 = given["W"], given["V"], given["B1"], given["B2"]
    for _ in range(iterations):
        net_1 = X @ W + B1
        H = sigmoid(net_1)
        net_2 = H @ V + B2
        Y = sigmoid(net_2)
        E = 1 / 2 * np.sum((labelY - Y) ** 2)  # noqa: F841
        delta_Y = Y - labelY
        if abs(delta_Y) < least:
            break
        delta_Y_net2 = sigmoid(net_2) - sigmoid(net_2) ** 2
        delta_V = delta_Y * delta_Y_net2 * H
        delta_net2_H = V.T
        delta_H_net1 = sigmoid(net_1) - sigmoid(net_1) ** 2
        delta_net1_w1 = np.repeat(X[0], 3)
        delta_w1 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w1
        delta_net1_w2 = np.repeat(X[1], 3)
        delta_w2 = delta_Y * delta_Y_net2 * delta_net2_H * delta_H_net1 * delta_net1_w2
        V = V - learning_rate * delta_V.reshape(3, 1)
        W = W - learning_rate * np.concatenate([delta_w1, delta_w2])
    return W, V
