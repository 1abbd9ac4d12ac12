"""A function that `np.vectorize` applies to each cell is said of whole arrays, and can be derived."""

import numpy as np
import pytest

from bpstep.gradcheck.script.judge import judge_pass
from bpstep.script.opening import open_script
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session

SCRIPT = """
import math
import numpy as np

LEAST = -5.0

{function}

rng = np.random.default_rng(3)
X, y = rng.normal(size=(5, 2)), rng.uniform(size=(5, 1))
W, V = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
for it in range(100):
    Z = X @ W
    H = f(Z)
    Y = H @ V
    E = np.sum((Y - y)**2) / 2
    V = V - 0.01 * H.T @ (Y - y)
"""

SAID = [
    ("f = np.vectorize(lambda z: 1 / (1 + math.exp(-z)))", "1 / (1 + exp(-Z))"),
    ("f = np.vectorize(lambda z: z if z > 0 else 0.1 * z)", "where(Z > 0, Z, 0.1 * Z)"),
    ("f = np.vectorize(lambda z: max(z, LEAST))", "maximum(Z, -5.0)"),
    (
        "@np.vectorize\ndef f(z):\n    '''Leaky.'''\n    if z > 0:\n        return z\n    else:\n"
        "        return 0.1 * z",
        "where(Z > 0, Z, 0.1 * Z)",
    ),
    (
        "def s(a):\n    e = math.exp(-a)\n    return 1 / (1 + e)\nf = np.vectorize(lambda z: 2 * s(2 * z))",
        "2 * (1 / (1 + exp(-(2 * Z))))",
    ),
    (
        "f = np.vectorize(lambda z: 1.0 if z > 1 or z < -1 and not z < -2 else z)",
        "where(where(Z > 1, 1, (Z < -1) * ((Z < -2) == 0)), 1.0, Z)",
    ),
    ("f = np.vectorize(lambda z: z * 1 if z >= LEAST else -z)", "where(Z >= -5.0, Z * 1, -Z)"),
    ("f = np.vectorize(lambda z: min(max(z, -1.0), 1.0))", "minimum(maximum(Z, -1.0), 1.0)"),
    ("f = np.vectorize(lambda z: 0.0 if z == 0 else math.tanh(z))", "where(Z == 0, 0.0, tanh(Z))"),
    ("def g(a, b):\n    return a * b + LEAST\nf = np.vectorize(lambda z: g(z, 2 * z))", "Z * (2 * Z) + -5.0"),
    (
        "@np.vectorize\ndef f(z):\n    if z > 1:\n        return 1.0\n    elif z < -1:\n        return -1.0\n"
        "    return z",
        "where(Z > 1, 1.0, where(Z < -1, -1.0, Z))",
    ),
    ("@np.vectorize\ndef f(z):\n    s = 2 * z\n    s = s + 1\n    return s * z", "(2 * Z + 1) * Z"),
    ("f = np.vectorize(math.exp)", "exp(Z)"),
    ("f = np.vectorize(lambda z: float(z > 0))", "Z > 0"),
    ("def f(z, g=np.vectorize(lambda a, b: a * b + 1)): return g(z, 2.0)", "Z * 2.0 + 1"),
]


def step_of(tmp_path, function, name="H"):
    script = tmp_path / "cells.py"
    script.write_text(SCRIPT.format(function=function))
    session = Session(open_script_file(script))
    session.goto(session.period)
    return session, next(step for step in session.program.steps if step.name == name)


@pytest.mark.parametrize(("function", "said"), SAID)
def test_a_vectorized_function_is_an_expression_of_the_whole_array(tmp_path, function, said):
    session, step = step_of(tmp_path, function)
    assert step.source == said
    run = {}
    exec(SCRIPT.format(function=function).replace("range(100)", "range(1)"), run)
    assert np.array_equal(session.frame.tensors["H"], run["H"])


@pytest.mark.parametrize(
    "function",
    [
        "f = np.vectorize(lambda z: round(z, 1))",
        "f = np.vectorize(lambda z: sum([z, 1.0]))",
        "f = np.vectorize(lambda z, k=2.0: k * z)",
        "kept = []\n@np.vectorize\ndef f(z):\n    kept.append(z)\n    return 2 * z",
        # The kind of the first number is that of all: here they are cut to whole numbers.
        "f = np.vectorize(lambda z: z if z > 0 else 0, otypes=[int])",
        "f = np.vectorize(lambda z: 1.0 if -1 < z < 1 else 0.5 * z)",
        "f = np.vectorize(lambda z: max(z, 0.1 * z, -1.0))",
        "f = np.vectorize(lambda z: [z, 2 * z][1])",
        "@np.vectorize\ndef f(z):\n    for _ in range(2):\n        z = z * 2\n    return z",
        "def f(z): return f(z)\nf = np.vectorize(lambda z: 2.0 * (z is not None))",
    ],
)
def test_what_has_no_expression_gives_its_value_all_the_same(tmp_path, function):
    session, _ = step_of(tmp_path, function, "Y")
    run = {}
    exec(SCRIPT.format(function=function).replace("range(100)", "range(1)"), run)
    assert np.array_equal(session.frame.tensors["Y"], run["Y"])


def test_a_wrong_slope_behind_it_is_found(tmp_path):
    script = tmp_path / "wrong.py"
    lines = SCRIPT.format(function="f = np.vectorize(lambda z: math.tanh(z))").rstrip().split("\n")
    lines[-1:] = ["    d = Y - y", "    dW = X.T @ (d @ V.T * (1 - H))", "    W = W - 0.01 * dW"]
    script.write_text("\n".join(lines))
    opened = open_script(script)
    verdict = judge_pass(opened.iteration(0), opened.source)
    assert [each.line for each in verdict.findings] == [len(lines) - 1]
