"""Sentences call values as their author does, and say the line only where that is not clear."""

import json
import re
from dataclasses import replace

import pytest

from bpstep.gradcheck.script.judge import judge_pass
from bpstep.gradcheck.script.judged.finding import Finding, FindingKind
from bpstep.gradcheck.script.plain_names import PlainNames
from bpstep.gradcheck.script.report import script_verdict_sentences
from bpstep.script.opening import open_script

SETUP = """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.integers(0, 3, 6)
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
"""
LOOP = """\
for step in range(9):
    a = X
    for k in range(2):
        a = np.tanh(a @ W) if k == 0 else a @ V
    p = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    d = p.copy()
    d[np.arange(6), y] -= 1
    h = np.tanh(X @ W)
    V, W = V - 0.1 * h.T @ d, W - 0.1 * X.T @ (d @ V.T * (1 - h**2))
"""


def names_in(tmp_path, is_notebook):
    path = tmp_path / ("homework.ipynb" if is_notebook else "homework.py")
    cells = [{"cell_type": "code", "source": text.rstrip()} for text in (SETUP, LOOP)]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}) if is_notebook else SETUP + LOOP)
    script = open_script(path)
    verdict = judge_pass(script.iteration(0), script.whole_source)
    return verdict, script.whole_source


@pytest.mark.parametrize(
    ("told", "line", "plain", "in_notebook"),
    [
        ("d:11 is wrong", 11, "d is wrong", None),
        ("a:8:1 is wrong", 8, "a is wrong", None),
        (
            "the slope of a:8:1 * 2",
            13,
            *(f"the slope of a * 2 (a of {at}, run 1)" for at in ("line 8", "cell 2, line 4")),
        ),
        (
            "d:10 for d:11",
            11,
            *(
                f"d of {one} for d of {two}"
                for one, two in (("line 10", "line 11"), ("cell 2, line 6", "cell 2, line 7"))
            ),
        ),
        # Two values with one name, the line's own and another.
        ("1 - a, not 1 - a:8:1", 8, "1 - a, not 1 - a", None),
        (
            "1 - a, not 1 - a:8:1",
            13,
            *(f"1 - a, not 1 - a of {at}, run 1" for at in ("line 8", "cell 2, line 4")),
        ),
        # What is no value of the pass is left as it is.
        ("X[:, j:3] at b:7", 11, "X[:, j:3] at b:7", None),
    ],
)
@pytest.mark.parametrize("is_notebook", [False, True])
def test_a_sentence_calls_a_value_by_its_name_and_says_the_line_where_needed(
    told, line, plain, in_notebook, is_notebook, tmp_path
):
    verdict, source = names_in(tmp_path, is_notebook)
    if is_notebook:
        told = re.sub(r"\b([ad]):(\d\d?)\b", lambda name: f"{name[1]}:2:{int(name[2]) - 4}", told)
    written = {each.line: each for each in verdict.equations}
    found = Finding(FindingKind.WRONG, written.get(line), line)
    names = PlainNames(verdict, source)
    assert names.of_finding(told, found) == (in_notebook if in_notebook and is_notebook else plain)
    assert names.of_finding(told, replace(found, right="a = a[:, :1]")).count("(") == 0


def test_the_last_value_of_a_name_is_told_by_the_name_alone(tmp_path):
    verdict, source = names_in(tmp_path, False)
    names = PlainNames(verdict, source)
    assert (
        names.told("d:11 of a:8:2, before d:10 of a:8:1")
        == "d of a, before d of line 10 of a of line 8, run 1"
    )
    assert next(script_verdict_sentences(verdict)).startswith(
        "Loss: the cross entropy of p against the labels y;"
    )
