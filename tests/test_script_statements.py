"""Every kind of statement in every place gives what Python gives: interpreted, and run by generated code."""

import contextlib
import io
import textwrap
from pathlib import Path

import pytest
from generated_passes import generated, repeated

from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.source import parse_source

HEAD = """\
import numpy as np
from collections import namedtuple
out = []
class Thing:
    kind = "thing"
    def __init__(self, *items, **named):
        self.items, self.named = list(items), named
    def __enter__(self):
        out.append("in")
        return self
    def __exit__(self, kind, error, trace):
        out.append(kind.__name__ if kind else "out")
        return kind is KeyError
    def __getitem__(self, key):
        return key
    def __setitem__(self, key, item):
        self.items.append((key, item))
    def __delitem__(self, key):
        self.items.append(("gone", key))
    def __contains__(self, item):
        return item == 7
    def __len__(self):
        return len(self.items)
    def __call__(self, *args, **kwargs):
        return args, sorted(kwargs.items())
    def __iadd__(self, other):
        self.items.append(other)
        return self
    def grown(self, by=1, *more, last=0):
        return by + sum(more) + last
"""

STATEMENTS = dict(
    part.split("\n", 1)
    for part in (Path(__file__).parent / "statements.txt")
    .read_text()
    .removeprefix("# ")
    .rstrip()
    .split("\n\n# ")
)
"""Statements by what they show: each appends what it does to `out`."""

PLACES = {
    "module": "BODY",
    "function": "def place():\n    BODY\nplace()",
    "method": "class Place:\n    def method(self):\n        BODY\nPlace().method()",
    "inner function": """\
def place():
    outer = 1
    def inner():
        nonlocal outer
        outer += 1
        BODY
    inner()
place()""",
    "loop": "for place in range(2):\n    BODY",
    "with": "with Thing():\n    BODY",
    "generator": "def place():\n    yield 1\n    BODY\n    yield 2\nout.append(list(place()))",
    "class": "class Place:\n    BODY",
}

RAISING = {
    *("too few", "too many", "at least", "no sequence", "unbound", "deleted", "name after except"),
    *("raise class", "assert", "with error passed", "wrong calls", "missing argument", "too many arguments"),
    *("twice", "generator ends", "attributes", "missing key", "missing index", "wrong types", "not callable"),
    *("no iteration", "unknown name", "array errors", "array truth", "array broadcast"),
}
"""The statements that end in an error."""

CAUGHT = """\
try:
    {}
except Exception as error:
    out.append((type(error).__name__, str(error)))
"""


def text_of(place, names, is_caught=True):
    """A script with the statements in a place, each with what it has left in `out`."""
    parts = [HEAD]
    for name in names:
        statement = STATEMENTS[name]
        body = CAUGHT.format(textwrap.indent(statement, "    ").lstrip()) if is_caught else statement
        lines = PLACES[place].split("\n")
        at = next(i for i, line in enumerate(lines) if line.strip() == "BODY")
        lines[at] = textwrap.indent(body, lines[at].partition("BODY")[0])
        parts.append("\n".join(lines))
        parts.append(f"print({name!r}, out)\nout.clear()")
    return "\n".join(parts) + "\n"


def by_python(text):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "statements.py", "exec"), {"__name__": "__main__"})
    return printed.getvalue().splitlines()


@pytest.mark.parametrize("place", PLACES)
def test_statements_do_in_a_place_what_they_do_in_python(place):
    text = text_of(place, STATEMENTS)
    script = Interpreter(parse_source(Path("statements.py"), text), Limits(60.0))
    script.run()
    assert script.output.text.splitlines() == by_python(text)


@pytest.mark.parametrize("place", ["module", "function", "inner function", "loop"])
def test_statements_do_in_generated_code_what_they_do_in_python(place):
    text = text_of(place, [name for name in STATEMENTS if name not in RAISING], is_caught=False)
    interpreter, body = generated(Path("statements.py"), text, 3, Limits(60.0))
    assert body is not None
    assert interpreter.output.text.splitlines() == by_python(repeated(text, 3))


def test_functions_that_end_in_an_error_do_in_generated_code_what_they_do_in_python():
    parts = [HEAD]
    for name in sorted(RAISING):
        function = f"def place():\n{textwrap.indent(STATEMENTS[name], '    ')}\n"
        call = CAUGHT.format("place()")
        parts.append(f"{function}{call}print({name!r}, out)\nout.clear()")
    text = "\n".join(parts) + "\n"
    interpreter, _ = generated(Path("statements.py"), text, 3, Limits(60.0))
    assert interpreter.output.text.splitlines() == by_python(repeated(text, 3))
