"""Which samples an iteration draws: all of them once an epoch, and nothing but seed and iteration decide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_networks import network

from bpstep.engine.batches import batch_rows
from bpstep.session.session import Session

SIZES = st.integers(1, 30).flatmap(lambda samples: st.tuples(st.just(samples), st.integers(0, samples)))


@given(SIZES, st.booleans(), st.integers(0, 2**63 - 1), st.integers(0, 10**15))
def test_each_epoch_draws_every_sample_once_and_only_its_last_batch_is_smaller(sizes, shuffle, seed, epoch):
    samples, batch_size = sizes
    size = batch_size or samples
    count = -(-samples // size)
    drawn = [batch_rows(samples, batch_size, shuffle, seed, epoch * count + at) for at in range(count)]
    assert sorted(np.concatenate(drawn).tolist()) == list(range(samples))
    assert [len(batch) for batch in drawn[:-1]] == [size] * (count - 1)
    assert 1 <= len(drawn[-1]) <= size
    if not shuffle:
        assert np.concatenate(drawn).tolist() == list(range(samples))


def test_batches_go_through_the_file_in_order():
    assert [batch_rows(5, 2, False, 0, at).tolist() for at in range(4)] == [[0, 1], [2, 3], [4], [0, 1]]


def test_an_epochs_order_is_that_of_a_generator_seeded_with_seed_and_epoch():
    for epoch in (0, 1, 7):
        order = np.random.default_rng([42, epoch]).permutation(10)
        assert batch_rows(10, 5, True, 42, 2 * epoch).tolist() == order[:5].tolist()
        assert batch_rows(10, 5, True, 42, 2 * epoch + 1).tolist() == order[5:].tolist()
        assert batch_rows(10, 0, True, 42, epoch).tolist() == order.tolist()


def test_the_order_differs_between_epochs_and_between_seeds():
    orders = {tuple(batch_rows(20, 0, True, seed, epoch).tolist()) for seed in range(5) for epoch in range(5)}
    assert len(orders) == 25


def test_what_an_iteration_draws_does_not_depend_on_what_was_asked_before():
    straight = [batch_rows(7, 3, True, 1, at).tolist() for at in range(60)]
    for at in (59, 0, 30, 31, 2, 58, 0):
        assert batch_rows(7, 3, True, 1, at).tolist() == straight[at]


def test_what_is_drawn_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        batch_rows(4, 2, True, 0, 0)[0] = 1


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [0, 1, 2, 5])
def test_an_iteration_reads_the_rows_that_it_draws_and_their_labels(batch_size, shuffle):
    made = network((2, 3, 2), samples=5, batch_size=batch_size, shuffle=shuffle, seed=4)
    session, size = Session(made), batch_size or 5
    for iteration in range(8):
        epoch, batch = divmod(iteration, -(-5 // size))
        order = np.random.default_rng([4, epoch]).permutation(5) if shuffle else np.arange(5)
        drawn = order[batch * size : (batch + 1) * size]
        session.goto(f"i{iteration}:net_1")
        assert list(session.frame.rows) == drawn.tolist()
        assert np.array_equal(session.frame.tensors["X"], made.inputs[drawn])
        assert np.array_equal(session.frame.tensors["labelY"], made.labels[drawn])
