"""A learner's folder holds files called like modules of Python's: bpstep imports none of them."""

import os
import subprocess
import sys

import pytest
from command_line import ROOT

NAMES = ("csv", "dataclasses", "decimal", "numbers", "numpy", "random", "statistics", "textual", "token")


@pytest.mark.parametrize("search_path", [str(ROOT), os.pathsep + str(ROOT)])
def test_files_called_like_modules_are_not_imported_from_the_working_folder(tmp_path, search_path):
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} was imported')\n")
    done = subprocess.run(
        [sys.executable, "-m", "bpstep", "show", "article", "--at", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "net_1" in done.stdout


def test_bpstep_runs_from_the_folder_that_it_is_in():
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = "import sys; sys.argv[1:] = ['list']; from bpstep.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "article" in done.stdout
