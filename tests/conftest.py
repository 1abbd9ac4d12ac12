"""What every test runs under: none of the colours set outside, and examples that a profile draws."""

import atexit
import gc
import importlib
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from chance import FIXED
from hypothesis import settings

from bpstep.__main__ import main
from bpstep.script.meaning import analysis_errors

_STYLING = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES"}

# What a person has set for terminals must not change a screen; Textual reads it when it is imported. Where
# its snapshots go is set by their plugin.
for _name in list(os.environ):
    if _name in _STYLING or (_name.startswith("TEXTUAL") and not _name.startswith("TEXTUAL_SNAPSHOT")):
        del os.environ[_name]

# Matrices are small here: a second thread does nothing but wait, and takes another test's processor for it.
# NumPy reads it when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


# Where the analysis of a script fails, a person is told that nothing was checked; a test fails.
analysis_errors.RAISES = True


def _folder(prefix):
    """A folder for this process; those of runs that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}[0-9]*-*"):
        try:
            os.kill(int(left.name.removeprefix(prefix).partition("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (PermissionError, ValueError):  # another person's
            continue
    made = tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


# Nobody's own sessions are seen or added to.
os.environ["XDG_STATE_HOME"] = _folder("bpstep-state-")

# Where nothing compiled may stand beside the sources, each program that a test starts would compile bpstep
# anew, which takes longer than its start.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", _folder("bpstep-compiled-"))

# `.ci/run` asks for the second with a seed that it prints. hypothesis has a profile of its own for machines
# that set CI; what ours do not say comes from there, and would draw the same examples each time.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=FIXED)
settings.register_profile("drawn", derandomize=False, deadline=None, max_examples=2 * FIXED, print_blob=True)
settings.load_profile("fixed")


def pytest_configure():
    """Read the networks of folders once; later than NumPy's settings are made.

    What a key begins is done before the next one, however many others want the processor: how long it may
    block the screen is counted in this process's own time.
    """
    importlib.import_module("kept_networks").read_once()
    importlib.import_module("bpstep.ui.controller")._blocking_clock = time.process_time


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Nothing that is collected goes before the end: the garbage collector need not look through it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        # Half of the objects of a test are trees and screens: looked through this often, it is a tenth less.
        gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path_factory):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    monkeypatch.setenv("TERM", "xterm")
    # Nobody's own settings take part in a test.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))

    def run(*words):
        status = main(list(words))
        found = capsys.readouterr()
        return status, found.out, found.err

    return run
