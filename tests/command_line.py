"""The command line as tests ask it."""

import os
import subprocess
import sys
from pathlib import Path

import bpstep
from bpstep.__main__ import main

ROOT = Path(bpstep.__file__).parent.parent


def asking(capsys, monkeypatch, folder):
    """A function that runs the command line here: (exit status, standard output, standard error)."""
    monkeypatch.setenv("TERM", "xterm")
    # Nobody's own settings take part in a test.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "no-settings"))

    def run(*words):
        status = main(list(words))
        found = capsys.readouterr()
        return status, found.out, found.err

    return run


def spawn(*words, **environment):
    """Run the command line as a separate process, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "bpstep", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def refused(found, *expected):
    """Bad usage or bad input: nothing on standard output, one line that has the texts expected."""
    status, out, err = found
    assert status == 2
    assert out == ""
    assert err.startswith("bpstep: error: ")
    assert err.count("\n") == 1
    assert err[:-1].isprintable()
    for text in expected:
        assert text in err
