"""What the timeline keeps: states in bounded memory, and a bounded number of losses."""

import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bpstep.engine.checkpoints import Checkpoints, RecentStates, state_size
from bpstep.engine.loss_history import LossHistory

STATE = (np.zeros(10), np.float64(1), 0.5)
ONE = state_size(STATE)


def test_checkpoints_stay_within_their_budget():
    states = Checkpoints(STATE, budget=10 * ONE)
    for iteration in range(1000):
        states.add(iteration, STATE)
        assert len(states._at) <= 10
    assert states.nearest(999)[0] >= 999 - 2 * states.stride
    assert states.nearest(0)[0] == 0
    states.drop_after(500)
    assert 500 - states.stride <= states.nearest(10**9)[0] <= 500
    states.replace_first((1,))
    assert states.nearest(10**9) == (0, (1,))


def test_a_view_counts_as_all_the_memory_that_it_holds():
    whole = np.zeros(100_000)
    assert state_size((whole[:2],)) > whole.nbytes
    states = Checkpoints(STATE, budget=5_000_000)
    for iteration in range(50):
        states.add(iteration, (whole.copy()[:10], 1.0, 0.5))
    assert len(states._at) <= 6


def test_an_array_counts_as_the_memory_that_it_takes():
    for array in (np.zeros(10), np.zeros((100, 3)), np.zeros(0)):
        assert 0 <= state_size((array,)) - sys.getsizeof(array) < 64
        assert state_size((array, array)) == 2 * state_size((array,))


def test_forty_megabytes_of_checkpoints_are_kept():
    states = Checkpoints((0.5,))
    one = np.zeros(125_000)
    for iteration in range(39):
        states.add(iteration, (one,))
    assert (states.stride, states._at) == (1, list(range(39)))
    states.add(39, (one,))
    assert (states.stride, states._at) == (2, list(range(0, 39, 2)))
    states.add(41, (one,))
    assert states.nearest(41)[0] == 38, "an odd iteration is not kept any more"


def test_recent_states_drop_the_one_met_longest_ago():
    recent = RecentStates(budget=0)
    assert recent.nearest(3) is None
    for iteration in (5, 1, 2, 3, 4, 6, 7, 8, 5):
        recent.add(iteration, (iteration,))
    assert len(recent._states) == 2 * recent.capacity((0,)) == 8
    recent.add(9, (9,))
    assert sorted(recent._states) == [2, 3, 4, 5, 6, 7, 8, 9]
    recent.drop_after(6)
    assert recent.nearest(100) == (6, (6,))


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 3000), st.booleans()), max_size=8))
def test_losses_are_a_bounded_and_true_part_of_what_was_told(told):
    losses, known = LossHistory(), {}
    for start, count, forget in told:
        if forget:
            losses.drop_from(start)
            known = {at: loss for at, loss in known.items() if at < start}
        else:
            losses.add(start, [at / 7 for at in range(start, start + count)])
            known |= {at: at / 7 for at in range(start, start + count)}
    at, values = losses.points()
    assert at == sorted(set(at))
    assert len(at) <= 2048
    assert dict(zip(at, values)).items() <= known.items()
    assert set(at) == {k for k in known if k % losses.stride == 0}


def test_as_many_recent_states_are_held_as_eight_megabytes_hold_from_4_to_64():
    recent = RecentStates()
    for megabytes, held in ((0.001, 64), (0.5, 15), (1, 7), (1.5, 5), (3, 4), (100, 4)):
        state = (np.empty(int(megabytes * 125_000)),)
        assert recent.capacity(state) == held, state_size(state)
