"""The generators of modules: seeded or not, and back to a state."""

from bpstep.script.interpreter.randomness import Randomness


def test_a_generator_is_unseeded_where_it_was_drawn_from_before_its_seed():
    randomness = Randomness()
    randomness.seed("numpy")
    randomness.drawn("numpy")
    assert randomness.unseeded == set()
    randomness.drawn("python")
    randomness.seed("python")
    randomness.drawn("python")
    assert randomness.unseeded == {"python"}


def test_each_run_begins_alike_and_goes_back_to_a_state():
    one, other = Randomness(), Randomness()
    assert one.numpy.rand() == other.numpy.rand()
    assert one.python.random() == other.python.random()
    state = one.state()
    drawn = one.numpy.rand(), one.python.random()
    one.restore(state)
    assert (one.numpy.rand(), one.python.random()) == drawn
