"""A pass of a script's training loop is given as equations that compute what the script computes."""

from pathlib import Path

import numpy as np
import pytest
from kept_passes import kept, pass_now
from run_by_python import comparable_names
from scripts_by_python import passes_by_python

from bpstep.script.equations.passes import value_of
from bpstep.script.opening import open_script

SCRIPTS = Path(__file__).parent / "scripts"

OPENED = [
    "adam_dicts",
    "batches_generator",
    "layers_inherit",
    "norm_drop",
    "old_matrix",
    "plain_lists",
    "texts",
    "two_files",
    "windows_conv",
]
PASSES = (0, 1, 3, 10)


def line_of(path, text):
    return next(at for at, line in enumerate(path.read_text().split("\n"), 1) if text in line)


def assert_equations_give_their_values(iteration):
    values = {**iteration.initial, **iteration.feeds}
    for equation in iteration.equations:
        found = equation.value if equation.opaque else value_of(equation.source, values)
        wanted = np.asarray(equation.value, dtype=float)
        size = np.max(np.abs(wanted), initial=1e-300)
        small = 1e-12 if np.asarray(equation.value).dtype.itemsize == 8 else 1e-5
        assert np.shape(found) == wanted.shape, equation
        assert np.allclose(np.asarray(found, dtype=float), wanted, rtol=small, atol=small * size), equation
        values[equation.name] = found


@pytest.mark.parametrize("name", OPENED)
def test_equations_evaluated_in_order_give_the_values_that_the_script_computed(name):
    script = open_script(SCRIPTS / f"{name}.py")
    for index in (0, 2):
        iteration = script.iteration(index)
        assert iteration.equations
        assert_equations_give_their_values(iteration)


@pytest.mark.parametrize("name", OPENED)
def test_the_variables_before_a_pass_are_those_of_python_to_the_bit(name):
    path = SCRIPTS / f"{name}.py"
    script = open_script(path)
    expected = passes_by_python(path, script.loop.line, PASSES)
    for index in (3, 1, 10, 0):
        if index not in expected:
            continue
        script.iteration(max(index - 1, 0))  # a recorded pass computes what any other does
        found = comparable_names(script.variables(index))
        wrong = [key for key, value in expected[index].items() if value is not None and found[key] != value]
        assert wrong == []


@pytest.mark.parametrize(("name", "lines"), kept())
def test_a_pass_is_read_into_the_equations_and_meanings_that_were_found_right(name, lines):
    assert pass_now(name) == lines
