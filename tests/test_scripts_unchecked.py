"""Statements on arrays whose kinds and shapes are those of before run without checks, with Python's bits."""

import ast
import copy
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_by_python import comparable_names
from scripts_by_python import run_by_python

from bpstep.script.generated import unchecked_writer
from bpstep.script.generated.code_trees import NotGenerated
from bpstep.script.generated.generated_code import GeneratedCode
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.loop.stepping import Stepper, Way
from bpstep.script.source import parse_source

RNG = np.random.default_rng(3)
VALUES = {
    "np": None,
    "A": RNG.normal(size=(4, 3)),
    "B": RNG.normal(size=(3, 2)),
    "b": RNG.normal(size=3),
    "mask": RNG.normal(size=(4, 3)) > 0,
    "rate": 0.1,
    "count": 4,
    "large": 2**40,
    "number": np.float64(0.7),
    "whole": np.arange(6).reshape(2, 3),
    "single": np.ones((2, 2), np.float32),
    "wide": np.ones((6000, 1)),
    "params": {"W": RNG.normal(size=(3, 3))},
}
DEFINITIONS = """
import numpy as np
from numpy import exp

def sigmoid(x):
    "The logistic function."
    return 1 / (1 + np.exp(-x))

def slope(x):
    s = sigmoid(x)
    return s * (1 - s)

twice = lambda x: x + x

def chosen(x):
    if x.any():
        return x
    return -x

def nothing(x):
    y = x

def empty(x):
    return

def stored(x):
    x[0] = 1.0
    return x

def double(x):
    y = z = x
    return y + z
"""


def writer_for(text):
    """A writer without checks in a loop whose module has `VALUES` and `DEFINITIONS`."""
    path = Path("unchecked.py")
    loop = "for step in range(3):\n    " + text.replace("\n", "\n    ")
    interpreter = Interpreter(parse_source(path, DEFINITIONS + loop), Limits(seconds=30))
    stepper = Stepper(interpreter, Way(interpreter.source.tree.body[-1], ()))
    interpreter.namespace.update({name: value for name, value in VALUES.items() if name != "np"})
    found = []
    plain = unchecked_writer.UncheckedWriter.__init__

    def kept(self, names, changing):
        plain(self, names, changing)
        found.append(self)

    patch = pytest.MonkeyPatch()
    patch.setattr(unchecked_writer.UncheckedWriter, "__init__", kept)
    try:
        stepper.advance()
        stepper.generate(GeneratedCode(interpreter))
    finally:
        patch.undo()
    return found[0], interpreter.source.tree.body[-1].body


KNOWN = [
    "A + b",
    "A - 1",
    "2 * A",
    "A / count",
    "A ** 2",
    "mask * A",
    "A @ B",
    "np.dot(A, B)",
    "A.dot(B)",
    "b @ b",
    "b @ B",
    "np.matmul(A, B).T",
    "np.exp(-A)",
    "np.maximum(0, A)",
    "A > 0",
    "(A > 0).T",
    "np.where(mask, A, 0.0)",
    "np.sum(A, axis=0)",
    "A.sum(axis=1, keepdims=True)",
    "np.sum(A)",
    "A.mean(axis=-1)",
    "np.mean(A)",
    "np.max(A, 1)",
    "A[:, :1]",
    "A[0]",
    "A[None, 1:]",
    "b[1]",
    "A.reshape(-1, 2)",
    "A.reshape(2, 6)",
    "len(A) * b",
    "A.shape[1] - b",
    "A / A.size",
    "A / A.shape[0]",
    "(1 / count) * b",
    "number * rate",
    "number + b",
    "params['W'] @ b",
    "np.transpose(A) @ A",
    "A.T.copy()",
    "sigmoid(A)",
    "slope(A @ B) * sigmoid(1.0 * number)",
    "twice(sigmoid(b))",
    "2 - 3 - b",
    "2 * 3 + b",
    "exp(A) + b",
    "np.square(-A[-1])",
    "np.subtract(A, b)",
    "np.amin(A, axis=1, keepdims=True)",
    "A.transpose() @ A",
    "np.transpose(A).size * b",
    "A.reshape(3, -1)",
    "A[1:3, 0]",
    "A.shape[-1] * b",
    "np.where(mask, 0, A)",
    "np.where(mask, rate, rate)",
]


@pytest.mark.parametrize("text", KNOWN)
def test_what_an_expression_gives_is_known_beforehand(text):
    writer, (statement,) = writer_for(f"result = {text}")
    kind, _ = writer.expression(statement.value)
    names = dict(VALUES)
    exec(DEFINITIONS, names)
    expected = eval(text, names)
    assert (kind.shape, kind.dtype) == (expected.shape, expected.dtype)


NOT_KNOWN = {
    "another number of columns": "A @ A",
    "shapes that do not fit": "A + np.sum(A, axis=1)",
    "more cells than an array may have": "wide - wide.T",
    "more cells in a product": "wide @ wide.T",
    "whole numbers": "whole + 1",
    "an array of whole numbers beside floats": "whole * rate",
    "floats of half the size": "single + 1.0",
    "numbers of Python alone": "2 ** count",
    "a large whole number": "2147483647 + 1 + A",
    "a whole number that changes": "A * step",
    "a function with a branch": "chosen(A)",
    "a mask as an index": "A[mask]",
    "a row beyond the last": "A[4]",
    "truth values alone": "mask + mask",
    "the sum of truth values": "np.sum(mask)",
    "an axis that is computed": "np.sum(A, axis=count - 4)",
    "an axis that is not there": "np.sum(A, axis=2)",
    "a shape that does not fit": "A.reshape(5, 2)",
    "a random number": "np.random.rand(3) * b",
    "a key that is not there": "params['V'] @ b",
    "what has no shape": "len(rate)",
    "a choice by numbers": "np.where(A, A, 0.0)",
    "a name that nobody knows": "unknown + A",
    "the transpose of a number": "rate.T",
    "the size of a number": "rate.size",
    "a part of a number": "rate[0]",
    "a length of a number": "rate.shape[0]",
    "a length that is not there": "A.shape[2]",
    "a length before the first": "A.shape[-3]",
    "a length that is computed": "A.shape[count]",
    "a single truth value": "mask[0, 0]",
    "an item of a row that is computed": "A[count - 3]",
    "a sum of nothing": "np.sum()",
    "a sum that begins with another number": "np.sum(A, initial=1)",
    "a sum into a place": "np.sum(A, 0, None)",
    "an axis given twice": "A.sum(0, axis=0)",
    "an exponential of truth values": "np.exp(mask)",
    "an exponential of a number": "np.exp(rate)",
    "an exponential of nothing": "np.exp()",
    "an exponential into a place": "np.exp(A, out=A)",
    "a maximum of one array": "np.maximum(A)",
    "another function": "np.cross(A, A)",
    "a method of a number": "rate.sum()",
    "a method with a name for its argument": "A.dot(b=B)",
    "a product of three": "A.dot(B, B)",
    "a product with a number": "A @ rate",
    "another method": "A.cumsum()",
    "a copy in an order": "A.copy('F')",
    "an item that is called": "params['W'](A)",
    "a special attribute": "A.__len__",
    "a hidden attribute": "np.__name__",
    "a length of two": "len(A, A)",
    "a shape of nothing": "A.reshape()",
    "a shape of a fraction": "A.reshape(rate)",
    "two lengths that are left open": "A.reshape(-1, -1)",
    "a length below -1": "A.reshape(-2, -6)",
    "no cells": "A.reshape(0, -1)",
    "a choice between whole numbers": "np.where(mask, 1, 2)",
    "a choice of truth values": "np.where(mask, mask, A)",
    "a choice by a number": "np.where(rate, A, A)",
    "a choice of two": "np.where(mask, A)",
    "arguments from a list": "np.sum(*[A])",
    "arguments from a dictionary": "np.exp(A, **{})",
    "an argument by its name": "sigmoid(x=A)",
    "an argument too many": "sigmoid(A, A)",
    "a function without a result": "nothing(A)",
    "a function that returns nothing": "empty(A)",
    "a function that stores an item": "stored(A)",
    "a function with two targets": "double(A)",
    "a whole number beyond the limit": "large + A",
}


@pytest.mark.parametrize("text", NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_is_not_known_beforehand_is_checked(text):
    writer, (statement,) = writer_for(f"result = {text}")
    with pytest.raises(NotGenerated):
        writer.expression(statement.value)


def unchecked(text):
    """The tests of the runs of statements that are written without checks, and how many each has."""
    writer, statements = writer_for(text)
    return [
        (ast.unparse(written[0]), len(statements))
        for statements, written in writer.split(statements)
        if written is not None
    ]


def test_statements_that_follow_each_other_are_tested_once():
    ((test, count),) = unchecked("H = np.tanh(A @ B)\nG = H * (1 - H ** 2)\nB -= rate * A.T.dot(G)")
    assert count == 3
    assert test.count(".shape") == 2, "of what is read first, A and B, not of what is computed"


def test_the_owner_of_an_item_or_attribute_is_tested_too():
    ((test, _),) = unchecked("C = params['W'] @ b * 2 + 1")
    assert re.search(r"\(params\) is \w*owner", test)


def test_a_statement_that_is_checked_ends_the_run():
    text = "H = np.tanh(A @ B)\nnoise = np.random.rand(4, 2)\nC = A * 2 + 1"
    assert [count for _, count in unchecked(text)] == [1, 1]


def test_a_run_that_saves_less_than_its_test_costs_is_left_checked():
    assert unchecked("C = A + b") == []


def test_an_attribute_is_not_known_where_another_name_may_have_stored_it():
    writer, statements = writer_for("other['W'] = A @ B\nC = params['W'] * 2 + 1")
    writer.names = replace(writer.names, value={**VALUES, "other": params_of(VALUES)}.get)
    runs = [statements for statements, written in writer.split(statements) if written is not None]
    assert [len(run) for run in runs] == [1], "the second is tested after the first is run"


def params_of(values):
    return values["params"]


LOOP = """
import numpy as np
rs = np.random.RandomState(0)
X, T = rs.normal(size=(10, 3)), rs.normal(size=(10, 2))
W, b = rs.normal(size=(3, 2)), np.zeros(2)
rate, k, found = 0.1, 2, []


class Net:
    pass


def squash(z):
    return np.tanh(z) + 0.0


def change():
    global X, T, W, b, rate, k, net, cache, squash
    CHANGE


net, cache = Net(), {}
net.W = W.copy()
cache["W"] = W.copy()
for step in range(10):
    if step == 5:
        change()
    z = X @ W + b
    y = squash(z)
    d = (y - T) / len(X)
    rows = 2 * y.reshape(k, -1) - 1
    level = 2 * np.mean(T) - 1
    loss = np.mean((y - T) ** 2) / 2
    W = W - rate * 0.1 * (X.T @ d)
    b -= rate * np.sum(d, axis=0)
    net.out = squash(X @ net.W)
    net.W -= 0.1 * X.T.dot((net.out - T) * (1 - net.out ** 2)) / X.shape[0]
    cache["out"] = X @ cache["W"]
    cache["W"] -= 0.01 * X.T.dot(cache["out"]) / X.shape[0]
    found.append((loss, level, rows.shape, z.dtype.name, np.shape(b)))
    found.append((y.tobytes(), net.W.tobytes(), cache["W"].tobytes()))
"""
CHANGES = {
    "nothing": "pass",
    "fewer samples": "X, T = X[:8], T[:8]",
    "another function": "squash = lambda z: z / (1 + abs(z))",
    "another count": "k = 1",
    "floats of another size": "T = np.abs(15000 * T).astype(np.float16)",
    "a number for a vector": "b = 0.0",
    "a whole number for a float": "rate = 1",
    "another order in memory": "net.W = np.asfortranarray(net.W)",
    "another instance": "net = Net(); net.W = W[::-1].copy()",
    "another dictionary": "cache = {'W': cache['W'][:, :1]}",
}
IN_FUNCTION = """
import numpy as np
rs = np.random.RandomState(0)


def logistic(z):
    s = 1 / (1 + np.exp(-z))
    return s


def train(x, t, passes):
    W, found = rs.normal(size=(3, 2)), []
    for step in range(passes):
        if step == 5:
            x, t = x[:4], t[:4]
        y = logistic(x @ W)
        d = (y - t) * y * (1 - y)
        W -= 0.5 * x.T @ d
        found.append(W.copy())
    return W, found


W, found = train(rs.normal(size=(10, 3)), rs.normal(size=(10, 2)), 9)
"""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_variables_that_become_others_on_the_way_leave_pythons_bits(change, tmp_path):
    text = LOOP.replace("CHANGE", change)
    interpreter, names = run_generated(text, tmp_path, lambda interpreter: ())
    found = comparable_names(interpreter.globals)
    assert [name for name, value in names.items() if value is not None and found[name] != value] == []
    assert names["found"] is not None


def test_the_loop_of_a_function_leaves_pythons_bits(tmp_path):
    interpreter, names = run_generated(IN_FUNCTION, tmp_path, way_to)
    found = comparable_names(interpreter.globals)
    assert [found[name] for name in ("W", "found")] == [names[name] for name in ("W", "found")]


def run_generated(text, folder, way):
    """The interpreter after a script whose loop is run by generated code from the third pass on, and the
    variables that Python leaves."""
    path = folder / "changes.py"
    path.write_text(text)
    _, names, error = run_by_python(path)
    assert error is None
    interpreter = Interpreter(copy.deepcopy(parse_source(path, text)), Limits(seconds=30))
    loop = next(node for node in ast.walk(interpreter.source.tree) if isinstance(node, ast.For))
    stepper = Stepper(interpreter, Way(loop, way(interpreter)))
    stepper.advance_by(3)
    stepper.generate(GeneratedCode(interpreter))
    assert stepper.loop.body.generated is not None
    stepper.advance_by(100)
    return interpreter, names


def way_to(interpreter):
    assert interpreter.block is not None
    node = next(node for node in interpreter.source.tree.body if getattr(node, "name", "") == "train")
    return (interpreter.codes[id(node)],)


def test_lines_without_checks_look_at_the_memory(monkeypatch):
    monkeypatch.setattr(unchecked_writer, "LARGE", 2 * VALUES["A"].size)
    writer, body = writer_for("\n".join(f"kept{number} = A * 2.0" for number in range(9)))
    ((_, (_, written)),) = writer.split(body)
    looks = [at for at, statement in enumerate(written) if "charge" in ast.unparse(statement)]
    assert looks == [3, 7, 11], "after each three arrays"
