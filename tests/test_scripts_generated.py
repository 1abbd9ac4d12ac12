"""The code that is generated for long runs gives what Python gives, and is as bounded as the closures are."""

import ast
import re
from pathlib import Path

import pytest
from generated_passes import Limits, generated, repeated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_by_python import comparable_names
from scripts_by_python import run_by_python
from test_scripts_hostile import HARMLESS, HOSTILE, SCRIPTS, Mutation

from bpstep.errors import FileError
from bpstep.script.interpreter import Interpreter
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


LIMITS = Limits(seconds=1.0, memory=200 * 2**20)


def told(text, run=generated):
    """What ends a script whose only pass is run by generated code; None where it runs to its end."""
    before = resident_bytes()
    try:
        run(HERE / "hostile.py", text, 1, LIMITS)
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


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
        ("assert 1 > 2, 'no'", "assert 1 > 2, 'no'", "AssertionError: no"),
        ("def f(a):\n    raise ValueError(a)\nf('bad')", "raise ValueError(a)", "ValueError: bad"),
    ],
)
def test_an_error_has_its_line_and_pythons_words(text, line, message):
    number, said = re.fullmatch(r".*hostile\.py:(\d+): (.*)", told(text)).groups()
    assert said.startswith(message)
    assert repeated(text, 1).split("\n")[int(number) - 1].strip() == line
