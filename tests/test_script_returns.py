"""What a function returns among others, without a name, is of the line of its `return`."""

import pytest

from bpstep.gradcheck.script.judge import judge_pass
from bpstep.model.network import LoopChoice
from bpstep.script.opening import open_script
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session

SCRIPT = """import numpy as np
X = np.array([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
Y = np.array([[1.0], [0.0], [1.0]])
W = np.array([[0.1], [0.3]])
b = np.zeros((1, 1))

def backward(out):
    error = (out - Y) * (1 - out ** 2)
    return {returned}

for epoch in range(30):
    out = np.tanh(X @ W + b)
    {got} = backward(out)
    W -= 0.1 * {W}
    b -= 0.1 * {b}
"""

FORMS = {
    "dictionary": ('{"W": X.T @ error, "b": error.sum(axis=0)}', "grads", 'grads["W"]', 'grads["b"]'),
    "tuple": ("X.T @ error, error.sum(axis=0)", "dW, db", "dW", "db"),
    "list": ("[X.T @ error, error.sum(axis=0)]", "grads", "grads[0]", "grads[1]"),
}


def script(folder, form, change=("", "")):
    returned, got, weights, bias = FORMS[form]
    path = folder / "own.py"
    text = SCRIPT.replace("{returned}", returned.replace(*change) if change[0] else returned)
    path.write_text(text.replace("{got}", got).replace("{W}", weights).replace("{b}", bias))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_each_value_is_an_equation_of_the_return_within_the_call(form, tmp_path):
    session = Session(open_script_file(script(tmp_path, form)))
    steps = [step for step in session.program.steps if step.origin and step.origin.line == 9]
    assert [step.source for step in steps] == ["X.T @ error", "sum(error, axis=0)"]
    assert all(step.origin.written.startswith("return ") for step in steps)
    assert [call.place for call in steps[0].origin.calls] == ["own.py:13"]
    assert session.resolve("own.py:9") == session.program.step_indices[steps[0].name] + 1
    assert session.origin.statement(steps[0]).line == 9


@pytest.mark.parametrize(
    ("form", "right"),
    [
        ("dictionary", 'return {"W": X.T @ error, "b": error.sum(axis=0)}'),
        ("tuple", "return X.T @ error, error.sum(axis=0)"),
        ("list", "return [X.T @ error, error.sum(axis=0)]"),
    ],
)
def test_a_mistake_in_one_of_them_is_named_there_and_the_right_line_keeps_the_others(form, right, tmp_path):
    verdict = judge_pass(open_script(script(tmp_path, form, ("X.T @", "-X.T @"))).iteration(0))
    assert [(found.line, found.right) for found in verdict.findings] == [(9, right)]


SAMPLING = """import numpy as np
X, W = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[0.1], [0.3]])

def sample(count):
    found, x = [], X[:1]
    for _ in range(count):
        p = np.exp(x * W.T) / np.sum(np.exp(x * W.T))
        x = np.eye(2)[[int(np.argmax(p))]]
        found.append(int(np.argmax(p)))
    return found

def report():
    error = X @ W
    cost = np.sum(error ** 2)
    print(cost)

for epoch in range(30):
    print("".join("ab"[k] for k in sample(3)))
    report()
    W = W - 0.1 * X.T @ (X @ W)
"""


def test_a_call_that_leaves_a_text_only_has_no_equations(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(SAMPLING)
    assert [each.name for each in open_script(path).iteration(0).equations] == ["error", "cost", "W"]


def test_a_call_that_leaves_a_text_has_equations_where_there_is_nothing_else(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(SAMPLING.replace("    report()\n    W = W - 0.1 * X.T @ (X @ W)\n", ""))
    assert {each.line for each in open_script(path, loop=LoopChoice(17)).iteration(0).equations} == {5, 7, 8}
