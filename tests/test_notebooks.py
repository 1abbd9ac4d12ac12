"""Notebooks: the numbers are those that Python has for the code cells, whatever else a notebook holds."""

import json

import pytest
from command_line import asking, refused
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError

LOOP = """\
for step in range(20):
    rows = rng.permutation(6)[:4]
    o = sigmoid(X[rows] @ W + b)
    d = (o - y[rows]) / 4
    W -= 0.5 * X[rows].T @ d
    b -= 0.5 * d.sum(axis=0)
"""

CELLS = [
    ("%matplotlib inline\nimport numpy as np\n!pip install numpy\n", "import numpy as np\n"),
    ("%%html\n<b>no code</b>", ""),
    ("rng = np.random.default_rng(4)\nX = rng.normal(size=(6, 2))\nX.shape?\n", None),
    ("y = (X[:, :1] > 0) * 1.0\nW, b = rng.normal(size=(2, 1)), np.zeros(1)\nX", None),
    ("def sigmoid(z):\n    return z", None),
    ("def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n", None),
    (f"%%time\n{LOOP}    %timeit -n1 sigmoid(X)\n", LOOP),
]
"""Cells of a notebook, and the text that Python runs; None if they are the same except for magics."""


def written(folder, cells, name="homework.ipynb"):
    """A notebook with some code cells, as Jupyter writes it: outputs, an error, text and an image between."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3"}},
        "cells": [],
    }
    image = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}, "metadata": {}}
    failed = {"output_type": "error", "ename": "NameError", "evalue": "x", "traceback": ["\x1b[31mNameError"]}
    for number, text in enumerate(cells):
        document["cells"].append({"cell_type": "markdown", "metadata": {}, "source": ["# Step\n", "$x$"]})
        document["cells"].append(
            {
                "cell_type": "code",
                "execution_count": 40 - number,
                "metadata": {},
                "outputs": [image, failed],
                "source": text.splitlines(keepends=True) if number % 2 else text,
            }
        )
    document["cells"].append({"cell_type": "raw", "metadata": {}, "source": "W = 0"})
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_magics_outputs_and_errors_that_are_stored_change_no_bit(tmp_path):
    script = open_script(written(tmp_path, [notebook for notebook, _ in CELLS]))
    lines = "\n".join(
        python if python is not None else notebook.replace("X.shape?\n", "") for notebook, python in CELLS
    )
    plain = tmp_path / "plain.py"
    plain.write_text(lines, encoding="utf-8")
    at = lines.split("\n").index("for step in range(20):") + 1
    passes = (1, 3, 10)
    seen = passes_by_python(plain, at, passes)
    for count in passes:
        found = comparable_names(script.variables(count))
        for name in ("X", "y", "W", "b", "rows", "o", "d", "step"):
            assert found[name] == seen[count][name], (count, name)


def test_places_are_told_by_code_cell_and_its_line(tmp_path):
    path = written(tmp_path, [*(notebook for notebook, _ in CELLS[:3]), "x = 1\ny = x + z"])
    with pytest.raises(ScriptError, match=r"homework\.ipynb:cell 4:2: NameError: name 'z' is not defined"):
        open_script(path)
    with pytest.raises(ScriptError, match=r"homework\.ipynb:cell 2:3: Python can't read this line"):
        open_script(written(tmp_path, ["x = 1", "a = 1\n\nb = = 2"]))


def test_a_loop_is_chosen_by_the_place_that_is_printed(ask, tmp_path):
    path = str(written(tmp_path, [*(notebook for notebook, _ in CELLS), LOOP]))
    status, printed, _ = ask("check", path, "--loop", "cell 8:1")
    assert status == 0
    assert "loop at cell 8:1: for step in range(20): (others at cell 7:2; --loop chooses)" in printed
    whole, first, *_ = map(json.loads, ask("check", path, "--format", "json")[1].splitlines())
    assert whole["loop"] == {"cell": 7, "line": 2}
    assert whole["loops"] == [{"cell": 7, "line": 2}, {"cell": 8, "line": 1}]
    assert (first["cell"], first["line"]) == (7, 4)
    for wrong in ("cell 8:2", "cell 9:1", "2"):
        said = "no loop begins there; the loops of this file are at cell 7:2, cell 8:1"
        refused(ask("check", path, "--loop", wrong), said)
    refused(ask("check", path, "--loop", "other.py:2"), "--loop: the script never runs this loop")
    refused(ask("check", path, "--loop", "cell"), "expected a line such as 34")


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


TWICE = """\
for step in range(20):
    o = sigmoid(X @ W + b)
    d = o - y
    g = X.T @ d
    d = d * 1.0
    W -= 0.1 * g
    b -= 0.1 * d.sum(axis=0)
"""


def test_a_name_of_several_lines_has_the_cell_and_the_line_in_it(ask, tmp_path):
    path = str(written(tmp_path, [*(notebook for notebook, _ in CELLS[:-1]), TWICE]))
    _, printed, _ = ask("trace", path, "--iterations", "1")
    assert "d:7:3 = o - y" in printed
    assert "g = X.T @ d:7:3" in printed
    assert ask("show", path, "--at", "i0:d:7:5")[0] == 0


def test_a_notebook_without_code_says_so(ask, tmp_path):
    refused(ask("check", str(written(tmp_path, []))), "homework.ipynb: this notebook has no code")
    refused(ask("check", str(written(tmp_path, ["", "\n"]))), "homework.ipynb: this notebook has no code")


CODE = '{"cells": [{"cell_type": "code", "source": %s}]}'


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", "3", '"cells"', "{", '{"cells": null}', '{"cells": 3}', '{"cells": [3]}'),
        *('{"cells": "code"}', '{"cells": {"a": 1}}', '{"worksheets": [{}]}', '{"cells": [{"source": "x"}]}'),
        *(CODE % source for source in ("null", "3", '["a", 3]', '{"a": 1}', '[["a"]]')),
        *("[" * 100_000, '{"cells":' * 50_000, CODE % ("[" * 5000 + "]" * 5000)),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_notebook_is_refused_in_one_line(text, ask, tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(text, encoding="utf-8")
    refused(ask("check", str(path)), "homework.ipynb: this is not a notebook: expected JSON with code cells")


@pytest.mark.parametrize("source", ['"x = \\ud800"', '"x = \\u0000"', '"x = 1\\n\\tif"', '"(" '])
def test_code_that_is_none_is_refused_in_one_line(source, ask, tmp_path):
    path = tmp_path / "homework.ipynb"
    path.write_text(CODE % source, encoding="utf-8")
    refused(ask("check", str(path)), "homework.ipynb")
