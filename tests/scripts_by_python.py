"""The oracle for scripts: the script itself, run by Python in a process of its own."""

import atexit
import functools
import json
import os
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
        out, err, answer = (Path(place) / name for name in ("out", "err", "answer"))
        words = [str(Path(path).absolute()), str(answer), *more]
        run = _run_in_fork if hasattr(os, "fork") else _run_anew
        run(words, seconds, str(Path(folder or path.parent).absolute()), out, err)
        printed = out.read_text()
        if not answer.exists():
            return printed, None, err.read_text()[-500:]
        names, error = pickle.loads(answer.read_bytes())
    return printed, names, error


def _run_in_fork(words, seconds, folder, out, err):
    server = _server()
    request = {"words": words, "seconds": seconds, "folder": folder, "out": str(out), "err": str(err)}
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    assert server.stdout.readline() == "\n"


@functools.cache
def _server():
    """The process whose forks run scripts: what NumPy takes to load is paid once."""
    server = subprocess.Popen(
        [sys.executable, str(RUNNER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def end():
        server.communicate()

    atexit.register(end)
    return server


def _run_anew(words, seconds, folder, out, err):
    with out.open("w") as out, err.open("w") as err:
        subprocess.run(
            [sys.executable, str(RUNNER), *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            timeout=seconds,
            cwd=folder,
        )
