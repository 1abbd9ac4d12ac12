"""The oracle for scripts: the script itself, run by Python in a process of its own."""

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

RUNNER = Path(__file__).parent / "run_by_python.py"


def passes_by_python(path, line, passes, seconds=60):
    """The variables around the loop at a line before each of some passes, in comparable form."""
    _, seen, error = run_by_python(path, seconds, more=(str(line), ",".join(map(str, passes))))
    assert error is None, error
    return seen


def run_by_python(path, seconds=60, folder=None, more=()):
    """What a script prints, its final variables in comparable form, and the error that ended it, if one
    did."""
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "answer"
        done = subprocess.run(
            [sys.executable, str(RUNNER), str(path), str(answer), *more],
            capture_output=True,
            text=True,
            timeout=seconds,
            cwd=folder or path.parent,
            stdin=subprocess.DEVNULL,
        )
        if not answer.exists():
            return done.stdout, None, done.stderr[-500:]
        names, error = pickle.loads(answer.read_bytes())
    return done.stdout, names, error
