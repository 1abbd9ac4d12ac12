"""Which samples an iteration draws: each one once per epoch, determined by seed and iteration alone."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_networks import network

from bpstep.engine.batches import BatchFeed, batch_rows
from bpstep.engine.edits import Edit, Overrides
from bpstep.errors import FileError
from bpstep.export.numpy_script import numpy_script
from bpstep.netfile.digest import digest
from bpstep.netfile.reader import read_network_text
from bpstep.netfile.writer import network_text
from bpstep.program.derive import derive_program
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


@pytest.mark.parametrize("shuffle_seed", [None, 3])
def test_an_order_that_is_kept_for_later_cannot_be_changed(shuffle_seed):
    rows = batch_rows(5, 2, True, 0, 0, shuffle_seed)
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 4


@pytest.mark.parametrize("shuffle_seed", [None, 3])
def test_batches_go_through_the_file_in_order(shuffle_seed):
    drawn = [batch_rows(5, 2, False, 0, at, shuffle_seed).tolist() for at in range(4)]
    assert drawn == [[0, 1], [2, 3], [4], [0, 1]]


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


def test_orders_of_the_older_generator_are_drawn_each_from_the_one_before_by_whatever_path_one_comes():
    """As scikit-learn draws them: all places shuffled once more in each epoch."""
    generator, order, orders = np.random.RandomState(5), np.arange(7), []
    for _ in range(1030):
        places = np.arange(7)
        generator.shuffle(places)
        order = order[places]
        orders.append(order.tolist())
    for epoch in (0, 1, 1029, 499, 500, 501, 1028, 2, 700):
        rows = [batch_rows(7, 3, True, 0, 3 * epoch + batch, 5).tolist() for batch in range(3)]
        assert [*rows[0], *rows[1], *rows[2]] == orders[epoch]


def test_an_order_of_the_older_generator_is_made_from_one_that_is_kept(monkeypatch):
    shuffled = []

    class Counted(np.random.RandomState):
        def shuffle(self, x):
            shuffled.append(len(x))
            super().shuffle(x)

    monkeypatch.setattr(np.random, "RandomState", Counted)
    batch_rows(3, 0, True, 0, 1800, 11)
    assert len(shuffled) == 1801
    shuffled.clear()
    batch_rows(3, 0, True, 0, 1799, 11)
    assert len(shuffled) == 300, "from the order of epoch 1500"


ROWS = {"derivation": "rows", "update_biases": False}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"batch_size": 2, "shuffle": True},
        {"batch_size": 1},
        {"samples": 1, "shuffle": True, **ROWS},
        {"samples": 1, **ROWS},
    ],
)
def test_an_edited_sample_is_read_wherever_it_is_drawn_from_its_iteration_on(given):
    made = network((2, 3, 1), **{"samples": 5, **given})
    program, last = derive_program(made), made.samples - 1
    period = len(program)
    edits = [
        Edit(0, "X", (0, 1), 9.0),
        Edit(2 * period, "labelY", (last, 0), 7.0),
        Edit(2 * period, "X", (last, 0), -2.0),
        Edit(3 * period, "learning_rate", (), 0.5),
        Edit(4 * period, "X", (0, 1), 8.0),
    ]
    feed = BatchFeed(made, program, Overrides(program, edits))
    for iteration in (0, 1, 2, 3, 4, 5, 6, 1):
        inputs, labels = made.inputs.copy(), made.labels.copy()
        inputs[0, 1] = 9 if iteration < 4 else 8
        if iteration >= 2:
            inputs[last, 0], labels[last, 0] = -2, 7
        rows = feed.rows(iteration)
        if len(program.shapes["X"]) == 1:
            rows = rows[0]
        found = feed.constants(iteration)
        assert found["X"].tolist() == inputs[rows].tolist()
        assert found["labelY"].tolist() == labels[rows].tolist()
        assert found["learning_rate"] == (0.1 if iteration < 3 else 0.5)


SHUFFLED = """\
loss = "squared_error"
learning_rate = 0.1
batch_size = 2
shuffle = {shuffle}
[data]
inputs = [[0.1], [0.4], [-0.3], [0.9], [0.5]]
labels = [[0.2], [0.1], [0.7], [0.3], [0.6]]
[[layers]]
units = 2
activation = "tanh"
[[layers]]
units = 1
activation = "identity"
"""

OLDER = '{ seed = 4, generator = "RandomState" }'


def test_the_older_generator_of_a_file_is_kept_when_written_and_counts_in_the_digest(tmp_path):
    made = read_network_text(SHUFFLED.format(shuffle=OLDER), tmp_path / "net.toml")
    again = read_network_text(network_text(made), tmp_path / "net.toml")
    assert (again.shuffle, again.shuffle_seed) == (made.shuffle, made.shuffle_seed) == (True, 4)
    usual = read_network_text(SHUFFLED.format(shuffle="true"), tmp_path / "net.toml")
    assert digest(made) == digest(again) != digest(usual)


def test_the_exported_script_draws_the_orders_of_the_older_generator(tmp_path):
    session = Session(read_network_text(SHUFFLED.format(shuffle=OLDER), tmp_path / "net.toml"))
    script = "\n".join(numpy_script(session, 10))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    session.goto("i10")
    assert json.loads(out.getvalue())["W"] == session.frame.tensors["W"].tolist()


@pytest.mark.parametrize(
    ("shuffle", "message"),
    [
        (
            '{ seed = 1, generator = "default_rng" }',
            "net.toml:4: .*generator is .default_rng.; expected .*RandomState",
        ),
        ("{ seed = 1 }", "net.toml:4: .*generator is missing"),
        ('{ seed = -1, generator = "RandomState" }', "net.toml:4: .*seed is -1; expected a whole number"),
        ("1", "net.toml:4: shuffle is 1; expected true or false"),
    ],
)
def test_what_is_no_order_is_refused(tmp_path, shuffle, message):
    with pytest.raises(FileError, match=message):
        read_network_text(SHUFFLED.format(shuffle=shuffle), tmp_path / "net.toml")
