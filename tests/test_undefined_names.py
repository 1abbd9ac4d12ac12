"""The names that a script reads and nothing defines are told all at once, each with its line."""

import ast
import json

import pytest

from bpstep.script.interpreter.undefined import undefined_names
from bpstep.script.opening import open_script
from bpstep.script.refusal import ScriptError

SCRIPT = """\
import numpy as np
from math import *


def outer(a, *rest, b=2, **more):
    local = a + b

    def inner():
        return local + missing_in_inner + sum(rest) + len(more)

    return [x * y for x in rest for y in (x, gone)] + [inner]


class Net(Base):
    size = 3
    width = size + len(extra)

    def forward(self, x):
        global made
        made = x
        return sigmoid(x) if (n := x) else n


try:
    later = made + defined_below
except KeyError as error:
    print(error)
print({k: v for k, v in late_items.items()}, lambda z: z + w)
defined_below = 1
"""


def test_each_undefined_name_has_its_first_line():
    found = undefined_names(ast.parse(SCRIPT), {"print", "sum", "len", "KeyError"})
    expected = ["missing_in_inner", "gone", "Base", "extra", "sigmoid", "late_items", "w"]
    lines = SCRIPT.split("\n")
    assert list(found) == expected
    for name, line in found.items():
        assert name in lines[line - 1]


def test_a_name_that_another_module_gives_is_defined(tmp_path):
    (tmp_path / "tools.py").write_text("def sigmoid(x):\n    return x\n")
    path = tmp_path / "homework.py"
    path.write_text("from tools import *\nfrom math import *\nprint(sigmoid(exp(1)))\nprint(W1)\nprint(b)\n")
    with pytest.raises(ScriptError, match=r"homework\.py:4: .*'W1' is not defined; .*: b \(line 5\)$"):
        open_script(path)


def test_in_a_notebook_the_cell_is_told(tmp_path):
    path = tmp_path / "homework.ipynb"
    cells = [{"cell_type": "code", "source": text} for text in ("x = 1", "x = W1", "def f():\n    return A1")]
    path.write_text(json.dumps({"cells": cells}))
    with pytest.raises(ScriptError, match=r"cell 2:1: .*: A1 \(cell 3, line 2\)$"):
        open_script(path)


def test_a_name_of_one_function_is_no_other_s(tmp_path):
    path = tmp_path / "homework.py"
    path.write_text("def f():\n    h = 1\n    return h\ndef g():\n    return h\nf()\ng()\n")
    with pytest.raises(ScriptError, match=r"homework\.py:5: NameError: name 'h' is not defined$"):
        open_script(path)
