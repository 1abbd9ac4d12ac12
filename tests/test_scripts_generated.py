"""The code that is generated for long runs gives what Python gives, and is as bounded as the closures are."""

import ast
import re
from pathlib import Path

import pytest
from chance import examples
from generated_passes import Limits, generated, repeated
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from run_by_python import comparable_names
from scripts_by_python import run_by_python
from test_scripts_hostile import HARMLESS, HOSTILE, SCRIPTS, SECONDS, Mutation

from bpstep.errors import FileError
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import resident_bytes
from bpstep.script.source import parse_source

HERE = Path(__file__).parent / "scripts"
PATHS = sorted(HERE.glob("*.py"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_pass_by_generated_code_leaves_what_python_gives(path, tmp_path):
    text = path.read_text("utf-8")
    again = tmp_path / path.name
    again.write_text(repeated(text, 2))
    for beside in HERE.iterdir():
        if beside.is_file() and beside != path:
            (tmp_path / beside.name).write_bytes(beside.read_bytes())
    printed, names, error = run_by_python(again)
    assert error is None
    interpreter, body = generated(again, text, 2, Limits(seconds=30))
    assert body is not None
    assert interpreter.output.text == printed
    found = comparable_names(interpreter.globals)
    assert set(found) == set(names)
    assert [name for name, value in names.items() if value is not None and found[name] != value] == []


SCALARS = """
import numpy as np


class Grid:
    def __init__(self):
        self.calls = []

    def __getitem__(self, at):
        return ("got", at)

    def __setitem__(self, at, value):
        self.calls.append(("set", at, value))


class Pair:
    def __iter__(self):
        return iter(("first", "second"))


values = [0.1, 2, np.float64(0.3), np.float32(0.7), True, 1 + 2j, 10**30, np.array([1.5, 2.5])]
sums, changed, items = [], [], []
for a in values:
    for b in values:
        sums.append((a + b, a - b, a * b, b / a))
        for kind in range(4):
            c = a.copy() if isinstance(a, np.ndarray) else a
            try:
                if kind == 0:
                    c += b
                elif kind == 1:
                    c -= b
                elif kind == 2:
                    c *= b
                else:
                    c /= b
            except Exception as error:
                c = str(error)
            changed.append(repr(c))
        try:
            less = bool(np.all(a < b))
        except TypeError as error:
            less = str(error)
        items.append(less)
grid, row, cells = Grid(), [1.0, 2.0, 3.0], np.arange(6.0).reshape(2, 3)
for k in (0, 1, True, np.int64(2), -1):
    grid[k] = 4.0
    row[k] = row[k] * 2 + k
    cells[0, k] = row[k]
    cells[1][k] -= row[k]
    items.append((grid[k], row[k], cells[0][k], {0: "a", 1: "b", 2: "c", -1: "d"}[k]))
row[0:2] = (k for k in "ab")
for x, y in [(1, 2), [3, 4], "ab", Pair(), np.array([7.0, 8.0]), {9: 1, 10: 2}]:
    items.append((y, x))
calls = grid.calls
kept = [k for k in zip(range(3), enumerate("abc"), map(str, row))]
# What an iterable computes after a comprehension within it.
nested = [p for p in [q * 2.0 for q in cells[0]] + [cells[0, 1] * 3.0 - cells[1, 1]]]
swapped = sums[0][::-1]
left, right = row[1], row[2]
left, right = right, left
"""


def test_numbers_items_and_tuples_of_any_kind_do_what_python_does(tmp_path):
    path = tmp_path / "scalars.py"
    path.write_text(repeated(SCALARS, 2))
    _, names, error = run_by_python(path)
    assert error is None
    interpreter, body = generated(path, SCALARS, 2, Limits(seconds=30))
    assert body is not None
    found = comparable_names(interpreter.globals)
    assert [name for name, value in names.items() if value is not None and found[name] != value] == []
    assert {"changed", "items", "kept", "calls", "cells", "nested"} <= {
        name for name in names if names[name] is not None
    }


def told(text, run=generated, seconds=SECONDS):
    """The error that ends a script whose only pass is run by generated code; None if it runs to its end."""
    before = resident_bytes()
    try:
        run(HERE / "hostile.py", text, 1, Limits(seconds=seconds, memory=200 * 2**20, whole=2**40))
    except FileError as error:
        message = str(error)
        assert "\n" not in message
    else:
        message = None
    assert resident_bytes() - before < 500 * 2**20
    return message


def by_closures(path, text, passes, limits):
    """The same script, none of it run by generated code."""
    Interpreter(parse_source(path, repeated(text, passes)), limits).run()


BOUNDED = re.compile("too long|memory|too deeply")


def without_addresses(message):
    return message and re.sub("0x[0-9a-f]+", "", message)


def readable(text):
    try:
        ast.unparse(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@pytest.mark.parametrize("name", [name for name, text in HOSTILE.items() if readable(text)])
def test_a_hostile_script_is_refused_in_generated_code_too(name):
    message = told(HOSTILE[name])
    if name not in HARMLESS:
        assert message is not None
        assert "hostile.py" in message


@examples(30, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SCRIPTS), st.integers(0, 2**32))
def test_a_mutated_script_ends_in_bounds_in_generated_code_too(text, seed):
    mutated = ast.unparse(ast.fix_missing_locations(Mutation(seed).visit(ast.parse(text))))
    if readable(mutated):
        found, wanted = told(mutated), told(mutated, by_closures)
        if not any(message and BOUNDED.search(message) for message in (found, wanted)):
            assert without_addresses(found) == without_addresses(wanted)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def f(a):\n    return a / 0\nx = f(1)", "return a / 0", "ZeroDivisionError: division by zero"),
        ("x = 1\ny = x + unknown", "y = x + unknown", "NameError: name 'unknown' is not defined"),
        (
            "def f():\n    print(x)\n    x = 1\nf()",
            "print(x)",
            "UnboundLocalError: cannot access local variable 'x' where it is not associated with a value",
        ),
        ("x = [1]\nx[3] = 2", "x[3] = 2", "IndexError: list assignment index out of range"),
        (
            "def f(a, b=2):\n    return a + b\nf(1, 2, 3)",
            "f(1, 2, 3)",
            "TypeError: f() takes from 1 to 2 positional arguments but 3 were given",
        ),
        (
            "for i in range(3):\n    i = i + 'a'",
            "i = i + 'a'",
            "TypeError: unsupported operand type(s) for +",
        ),
        ("a, b = (1, 2, 3)", "a, b = (1, 2, 3)", "ValueError: too many values to unpack (expected 2)"),
        ("x, k = [1.0], 1.0\nx[k] -= 1", "x[k] -= 1", "TypeError: list indices must be integers"),
        ("x, k = [1.0], 4\nx[k] = 1.0", "x[k] = 1.0", "IndexError: list assignment index out of range"),
        ("x, k = [1.0], 4\ny = x[k]", "y = x[k]", "IndexError: list index out of range"),
        ("assert 1 > 2, 'no'", "assert 1 > 2, 'no'", "AssertionError: no"),
        ("def f(a):\n    raise ValueError(a)\nf('bad')", "raise ValueError(a)", "ValueError: bad"),
    ],
)
def test_an_error_has_its_line_and_pythons_words(text, line, message):
    number, said = re.fullmatch(r".*hostile\.py:(\d+): (.*)", told(text)).groups()
    assert said.startswith(message)
    assert repeated(text, 1).split("\n")[int(number) - 1].strip() == line
