"""The timeline keeps little, and computes the same bits however little it keeps."""

import gc
import tracemalloc
from contextlib import contextmanager
from functools import cache

import pytest
from chance import examples
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, differing, network

from bpstep.engine import checkpoints
from bpstep.engine.checkpoints import RecentStates
from bpstep.engine.edits import Edit, EditEquation
from bpstep.session.session import Session

SHUFFLED = network((2, 3, 1), samples=5, batch_size=2, shuffle=True, optimizer="adam", reduction="mean")
P = Session(SHUFFLED).period
EDITS = (
    Edit(17 * P + 5, "E", (), 3.0),
    Edit(40 * P, "learning_rate", (), 0.01),
    Edit(90 * P, "X", (3, 1), 2.0),
    EditEquation(70 * P, "delta_Y", "(Y - labelY) / 7"),
    Edit(60 * P, "B1", (0,), -1.0),
)
LENGTH = 120


@cache
def straight(count):
    """What is shown where each iteration ends after so many edits, by single steps, all of it kept."""
    session = Session(SHUFFLED)
    for edit in EDITS[:count]:
        session.record(edit)
    found = [session.frame]
    for _ in range(LENGTH):
        session.step(P)
        found.append(session.frame)
    return found


@pytest.fixture(scope="module", autouse=True)
def _all_kept():
    """What is right is stepped through before any test keeps less."""
    for count in range(len(EDITS) + 1):
        straight(count)


@contextmanager
def few_kept():
    """Tapes that keep four checkpoints and four recent states."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "_MAX_CHECKPOINTS", 4)
        patch.setattr(RecentStates, "capacity", lambda self, state: 2)
        yield


def kept(session):
    """The iterations at which the timeline keeps a state."""
    return set(session.timeline._checkpoints._states) | set(session.timeline._recent._states)


def same(frame, wanted):
    assert differing(frame.tensors, wanted.tensors) == []
    assert frame.previous_loss == wanted.previous_loss
    known = straight(len(frame.edits))[-1].losses
    assert {pair for pair in zip(*frame.losses) if pair[0] < LENGTH} <= set(zip(*known))


WALKS = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, len(EDITS))), min_size=1, max_size=10)


@examples(30)
@given(WALKS)
def test_jumps_edits_and_undoes_leave_nothing_stale_however_little_is_kept(walk):
    with few_kept():
        session = Session(SHUFFLED)
        for iteration, count in walk:
            while len(session.journal.edits) < count:
                session.record(EDITS[len(session.journal.edits)])
            while len(session.journal.edits) > count:
                session.undo()
            session.goto(iteration * P)
            same(session.frame, straight(count)[iteration])
            assert len(session.timeline._checkpoints._at) <= 4
            assert len(kept(session)) <= 8
            assert len(session.timeline._iterations) <= 3


def test_the_stride_doubles_as_the_way_gets_longer():
    with few_kept():
        session = Session(SHUFFLED)
        strides = []
        for iteration in range(0, 101, 10):
            session.goto(iteration * P)
            strides.append(session.timeline._checkpoints.stride)
        assert strides == [1, 4, 8, 8, 16, 16, 16, 32, 32, 32, 32]
        assert session.timeline._checkpoints._at == [0, 32, 64, 96]
        for back in (99, 64, 63, 31, 1, 0):
            session.goto(back * P)
            same(session.frame, straight(0)[back])


def test_a_long_run_keeps_bounded_memory():
    session = Session(network((2, 1), "identity", samples=1, learning_rate=1e-9))
    session.goto("i20000")
    gc.collect()
    tracemalloc.start()
    try:
        session.goto("i60000")
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 1_500_000
    finally:
        tracemalloc.stop()
    assert len(session.timeline._checkpoints._at) <= 4096
    assert len(session.frame.losses[0]) <= 2048


def test_stepping_back_over_the_start_of_an_iteration_runs_nothing_again():
    session = Session(SHUFFLED)
    session.goto(f"i{LENGTH}")
    for iteration in range(LENGTH - 1, LENGTH - 30, -1):
        assert session.distance(iteration * P) == 0
        session.goto(iteration * P)
        same(session.frame, straight(0)[iteration])


def test_the_three_iterations_looked_at_last_are_cached():
    timeline = Session(SHUFFLED).timeline
    looked_at = [timeline.iteration(index) for index in (4, 0, 2)]
    assert [timeline.iteration(index) for index in (4, 0, 2)] == looked_at
    timeline.peek(9)
    timeline.iteration(7)
    assert [index for index in range(10) if timeline.is_cached(index)] == [0, 2, 7]


def test_a_way_says_how_far_it_is_and_how_much_is_done():
    with few_kept():
        session = Session(SHUFFLED)
        assert session.distance(0) == 0
        assert session.distance(100 * P) == 99
        parts = list(session.seek(100 * P))
        assert parts == sorted(parts)
        assert 0 < parts[0] <= parts[-1] == 1
        assert session.distance(100 * P) == 0
        assert session.distance(3 * P) == 2


def test_a_way_that_is_given_up_leaves_the_cursor_where_it_was():
    session = Session(SHUFFLED)
    session.goto(5)
    before = session.frame
    way = session.seek(10**9)
    for _ in range(3):
        next(way)
    way.close()
    assert session.n == session.furthest == 5
    assert session.frame is before
    session.goto(LENGTH * P)
    same(session.frame, straight(0)[LENGTH])


def test_a_loss_that_was_only_computed_ahead_is_not_told():
    session = Session(SHUFFLED)
    way = session.seek(LENGTH * P)
    next(way)
    way.close()
    told = []
    for name in ("H", "net_2", "Y", "E", "delta_Y"):
        session.goto(f"i0:{name}")
        told.append(session.frame.losses[0])
    assert told == [[], [], [], [0], [0]]


def test_after_a_change_the_cursor_can_settle_where_nothing_has_to_be_run():
    with few_kept():
        session = Session(SHUFFLED)
        session.goto(LENGTH * P)
        assert session.is_current
        session.record(EDITS[2])
        assert not session.is_current
        runs = []
        session.timeline._run = lambda *_: runs.append(_)
        n = session.go_to_known()
        assert runs == []
        assert (n, session.n) == (64 * P + 1, 64 * P + 1)
        assert session.is_current
    fresh = Session(SHUFFLED)
    fresh.goto(n)
    assert differing(session.frame.tensors, fresh.frame.tensors) == []


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_edits_made_on_the_way_are_followed(count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bpstep.engine.timeline._TIME_SLICE", 0)
        session = Session(SHUFFLED)
        way = session.seek(LENGTH * P)
        for part in range(110):
            next(way)
            if part == 100:
                for edit in EDITS[:count]:
                    session.record(edit)
        for _ in way:
            pass
        same(session.frame, straight(count)[LENGTH])


def test_an_edit_forgets_what_comes_after_it_and_nothing_before():
    session = Session(SHUFFLED)
    session.goto("i100")
    before = kept(session)
    session.record(Edit(60 * P + 3, "net_2", (0, 0), 1.0))
    assert kept(session) == {iteration for iteration in before if iteration <= 60}
    assert session.timeline.losses.points() == tuple(points[:60] for points in straight(0)[-1].losses)


def test_a_moment_is_the_same_after_two_hundred_thousand_equations_by_two_ways():
    far = Session(article())
    far.goto(200_003)
    by_the_way = Session(article())
    for stop in (17, 199_999, 16, 100_000, 199_990):
        by_the_way.goto(stop)
    by_the_way.step(13)
    assert differing(far.frame.tensors, by_the_way.frame.tensors) == []
    assert far.frame.previous_loss == by_the_way.frame.previous_loss


def test_an_iteration_knows_the_loss_of_the_one_before_however_it_was_reached():
    at_once, one_by_one = Session(SHUFFLED), Session(SHUFFLED)
    at_once.goto(700 * P)
    before = [float(one_by_one.timeline.iteration(each).final_state()[-1]) for each in range(65)]
    for index in (64, 33, 32, 17, 16, 1):
        assert at_once.timeline.iteration(index).previous_loss == before[index - 1]
    assert at_once.timeline.iteration(0).previous_loss is None
