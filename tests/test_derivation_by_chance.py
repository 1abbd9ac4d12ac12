"""Random forward programs over the whole language: each derived line is the right slope."""

import numpy as np
from chance import examples
from forward_programs import backward, run, text
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from line_differences import LineDifferences
from programs_by_chance import Maker, numbered


def wrong_lines(maker):
    """What is wrong with the derived lines of a program; empty if its loss is not finite."""
    tensors = run(maker.forward, maker.start)
    if not np.isfinite(tensors["E"]) or abs(tensors["E"]) > 1e8:
        return []
    lines = backward(maker.forward, maker.start, maker.parameters)
    differences = LineDifferences(maker.forward, maker.start, lines)
    return [found for line in lines if (found := differences.wrong(line))]


def test_each_line_of_random_programs_is_the_slope_that_it_stands_for():
    for number in range(400):
        maker = numbered(number)
        assert not wrong_lines(maker), f"program {number}\n{text(maker.forward)}"


@examples(100, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_random_program_that_fails_is_made_small(data):
    """The same, drawn by hypothesis, which shrinks what fails."""
    maker = Maker(lambda options: data.draw(st.sampled_from(list(options))), np.random.default_rng(0))
    maker.program(data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3)))
    assert not wrong_lines(maker), text(maker.forward)
