"""Short scripts, one for each feature of the language, print in the interpreter what they print in Python."""

import contextlib
import io
from pathlib import Path

import pytest

from bpstep.script.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.source import parse_source

FEATURES = sorted((Path(__file__).parent / "script_features").glob("*.py"))


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_a_short_script_prints_what_it_prints_in_python(path):
    text = path.read_text()
    script = Interpreter(parse_source(path, text), Limits(60.0))
    script.run()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, path.name, "exec"), {"__name__": "__main__"})
    assert script.output.text.splitlines() == printed.getvalue().splitlines()
