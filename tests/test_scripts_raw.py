"""A script that bpstep interprets prints and leaves what it does by itself under Python, to the bit."""

from pathlib import Path

import pytest
from run_by_python import comparable_names
from scripts_by_python import run_by_python

from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_and_leaves_what_python_gives(path):
    printed, names, error = run_by_python(path)
    assert error is None
    interpreter = Interpreter.open(path, Limits(seconds=30))
    interpreter.run()
    assert interpreter.output.text == printed
    found = comparable_names(interpreter.globals)
    assert set(found) == set(names)
    different = [name for name, value in names.items() if value is not None and found[name] != value]
    assert different == []
