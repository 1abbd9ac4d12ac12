"""The readings of an equation: in symbols, by indices, in LaTeX, as a chain, in numbers, and its sources."""

import pytest
from kept_readings import kept, read_now


@pytest.mark.parametrize(("made", "entries"), kept())
def test_the_readings_of_an_equation_are_those_that_were_read_and_found_right(made, entries):
    assert list(read_now(made, entries)) == entries
