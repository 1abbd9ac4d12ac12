"""Examples that tests draw: the same ones by the README's command, in `.ci/run` others and more of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DRAWING = """
from chance import examples
from hypothesis import given, strategies

@examples(60)
@given(strategies.integers(0, 10**12))
def test_a_number(number):
    with open("drawn", "a") as file:
        print(number, file=file)
"""


def drawn(folder, options=""):
    """The numbers that a test draws in a separate process, under this suite's settings."""
    folder.mkdir(exist_ok=True)
    (folder / "test_drawing.py").write_text(DRAWING)
    (folder / "drawn").unlink(missing_ok=True)
    plugins = ["-p", "_hypothesis_pytestplugin", "-p", "conftest"]
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(TESTS), "PYTEST_ADDOPTS": options}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--rootdir", folder, "test_drawing.py"],
        cwd=folder,
        env={**os.environ, **alone},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    return (folder / "drawn").read_text().split()


def ci_options(seed):
    """What `.ci/run` adds for the drawn examples to its first run of pytest."""
    script = (TESTS.parent / ".ci" / "run").read_text()
    (options,) = re.findall(r'PYTEST_ADDOPTS="(.*\$seed.*)"', script)
    drawn_by = [option for option in options.split() if option.startswith("--hypothesis-")]
    return " ".join(drawn_by).replace("$seed", str(seed))


def test_the_suite_draws_the_same_examples_each_time(tmp_path):
    first = drawn(tmp_path / "one")
    assert len(first) == 60
    assert drawn(tmp_path / "other") == first


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_ci_draws_more_examples_and_others_with_another_seed(tmp_path):
    first = drawn(tmp_path / "one", ci_options(1))
    assert len(first) == 120
    assert drawn(tmp_path / "again", ci_options(1)) == first
    assert drawn(tmp_path / "other", ci_options(2)) != first
