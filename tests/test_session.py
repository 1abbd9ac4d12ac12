"""Walks through a network's time: by whatever path one comes, the moment is the same."""

from collections import OrderedDict

import numpy as np
import pytest
from chance import examples
from contract_oracle import Literal
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, differing, mazur, network

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.session import origin
from bpstep.session.session import Session

NETWORKS = {
    "article": article(),
    "mazur": mazur(),
    "one layer": network((2, 2), samples=2, optimizer="momentum"),
    "three layers": network((2, 2, 2, 1), "sigmoid", samples=1, optimizer="adam", update_order="immediate"),
    "softmax": network((2, 3, 2), last="softmax", loss="cross_entropy", samples=3, reduction="mean"),
    "batches": network(
        (2, 2, 1), samples=5, batch_size=2, shuffle=True, reduction="mean", optimizer="adagrad"
    ),
    "held": network((2, 2, 1), "relu", samples=3, batch_size=2, update_biases=False, optimizer="nesterov"),
    "own": network((2, 2, 1), samples=2, optimizer="rmsprop", program={"delta_Y": "3 * (Y - labelY)**3"}),
}
LITERAL = {name: Literal(made) for name, made in NETWORKS.items()}
FAR = 60

NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 3))
ACTIONS = st.one_of(
    st.tuples(st.just("step"), st.integers(-30, 30)),
    st.tuples(st.just("goto"), st.integers(0, FAR)),
    st.tuples(st.just("phase"), st.sampled_from([-3, -1, 1, 2])),
    st.tuples(st.just("iteration"), st.sampled_from([-2, -1, 1])),
    st.tuples(st.just("edit"), st.integers(0, 99), st.integers(0, 99), NUMBERS),
    st.tuples(st.just("edit"), st.integers(0, 99), st.integers(0, 99), NUMBERS),
    st.tuples(st.just("equation"), st.integers(0, 99), st.sampled_from(["({0}) * 2", "-({0})", "{0}"])),
    st.tuples(st.sampled_from(["undo", "undo", "redo", "drop"])),
    st.tuples(st.just("turn back"), st.integers(0, FAR)),
)


class Walker:
    """A session, and beside it what the contract says about the same actions."""

    def __init__(self, name):
        self.session = Session(NETWORKS[name])
        self.literal = LITERAL[name]
        self.n = self.furthest = 0
        self.done, self.undone = [], []

    @property
    def edits(self):
        held = []
        for change in self.done:
            held = [] if change == "drop" else [*held, change]
        return held

    def do(self, action, *what):
        getattr(self, action.replace(" ", "_"))(*what)
        self.furthest = max(self.furthest, self.n)

    def step(self, count):
        self.session.step(count)
        self.n = max(self.n + count, 0)

    def goto(self, n):
        self.session.goto(n)
        self.n = n

    def phase(self, count):
        self.n = min(self.session.phase_start(count), FAR)
        self.session.goto(self.n)

    def iteration(self, count):
        self.n = min(self.session.iteration_start(count), FAR)
        self.session.goto(self.n)

    def turn_back(self, n):
        """A long way that is given up: nothing has moved, unless one was there before it could be."""
        if next(self.session.seek(n), None) is None:
            self.n = n

    def edit(self, which, cell, value):
        tensors = self.session.frame.tensors
        name = list(tensors)[which % len(tensors)]
        cells = list(np.ndindex(np.shape(tensors[name])))
        index = cells[cell % len(cells)]
        self.session.edit(name, index, value)
        assert self.session.frame.tensors[name][index] == value, "the cell shows what was typed"
        self._made((self.n, name, index, value))

    def equation(self, which, form):
        step = self.session.program.steps[which % self.session.period]
        source = form.format(step.source)
        self.session.record(EditEquation(self.session.frame.start, step.name, source))
        self.session.goto(self.n)
        self._made((self.n, step.name, source))

    def undo(self):
        if not self.done:
            with pytest.raises(BpstepError, match="nothing to undo"):
                self.session.undo()
            return
        self.session.undo()
        self.undone.append(self.done.pop())

    def redo(self):
        if not self.undone:
            with pytest.raises(BpstepError, match="nothing to redo"):
                self.session.redo()
            return
        self.session.redo()
        self.done.append(self.undone.pop())

    def drop(self):
        self.session.drop_edits()
        self.n = 0
        self._made("drop")

    def _made(self, change):
        self.done.append(change)
        self.undone.clear()

    def check(self):
        """The frame is what the contract says."""
        frame = self.session.frame
        assert (frame.n, frame.furthest, len(frame.edits)) == (self.n, self.furthest, len(self.edits))
        wanted = self.literal.at(self.n, self.edits)
        in_order = [name for name in self.session.program.tensors if name in wanted]
        assert list(frame.tensors) == in_order, "what is not computed is absent"
        for name, value in wanted.items():
            np.testing.assert_array_equal(frame.tensors[name], value, err_msg=f"{name} at {self.n}")
        self._check_losses(frame)

    def _check_losses(self, frame):
        period = frame.period
        if frame.iteration:
            before = self.literal.at(frame.iteration * period, self.edits)["E"]
            np.testing.assert_array_equal(frame.previous_loss, before)
        else:
            assert frame.previous_loss is None
        shown = frame.program.step_indices["E"] + 1
        assert all(at * period + shown <= self.furthest for at in frame.losses[0])
        spoilt = [name for name, value in frame.tensors.items() if not np.isfinite(value).all()]
        assert bool(frame.first_nonfinite) == bool(spoilt)


@examples(75)
@given(st.sampled_from(sorted(NETWORKS)), st.lists(ACTIONS, min_size=1, max_size=12))
def test_any_walk_shows_what_the_contract_says(name, actions):
    walker = Walker(name)
    for action in actions:
        walker.do(*action)
        walker.check()
    straight = straightly(NETWORKS[name], walker.session)
    assert differing(walker.session.frame.tensors, straight.frame.tensors) == []
    assert differing(walker.session.frame.before, straight.frame.before) == []
    jumped = Session(NETWORKS[name])
    for edit in walker.session.frame.edits:
        jumped.record(edit)
    jumped.goto(walker.n)
    assert differing(walker.session.frame.tensors, jumped.frame.tensors) == []
    assert set(known_losses(walker.session, walker.n)) <= set(known_losses(straight, walker.n))


def test_the_first_tensor_that_is_not_finite_is_named():
    session = Session(network((2, 2, 1), "identity", samples=1, learning_rate=1e120, optimizer="momentum"))
    first, named = "", set()
    for _ in range(6 * session.period):
        session.step()
        frame = session.frame
        before = frame.before if frame.done == 1 else {}
        if frame.done == 1:
            first = next((name for name, value in before.items() if not np.isfinite(value).all()), "")
        if not first and not np.isfinite(frame.tensors[frame.step.name]).all():
            first = frame.step.name
        assert frame.first_nonfinite == first
        named.add(first)
    assert len(named) >= 3, "none at first, then where it arose, then what was carried on"


def test_nothing_that_a_frame_shows_can_be_written_to():
    for name in ("article", "batches", "own"):
        session = Session(NETWORKS[name])
        for where in ("0", "net_1", "i5", "i5:E", "i2:net_1"):
            session.goto(where)
            for tensor, value in session.frame.tensors.items():
                assert not np.ndim(value) or not value.flags.writeable, f"{tensor} at {where}"


def test_an_edit_is_plain_data():
    session = Session(NETWORKS["batches"])
    session.goto("i1:H")
    session.edit("X", (np.int64(1), np.int64(0)), np.float64(2))
    session.edit("W", (np.int64(1), np.int64(0)), 2)
    for edit in session.frame.edits:
        assert [type(part) for part in (*edit.index, edit.value, edit.at)] == [int, int, float, int]


def straightly(made, like):
    """A fresh session that walked step by step, with the same edits in force from the start."""
    session = Session(made)
    for edit in like.frame.edits:
        session.record(edit)
    while session.n < like.n:
        session.step()
    return session


def known_losses(session, n):
    """Iterations before the one displayed at n and their losses, to the bit."""
    points = zip(*session.frame.losses)
    return [(at, loss.hex()) for at, loss in points if at < (n - 1) // session.period]


@pytest.mark.parametrize("name", ["mazur", "three layers", "batches"])
def test_phases_and_iterations_begin_where_the_walk_through_all_equations_says(name):
    session = Session(NETWORKS[name])
    program, period = session.program, session.period
    phases = [step.phase for step in program.steps]
    first = [at for at in range(period) if at == 0 or phases[at] != phases[at - 1]]
    for find, offsets in ((session.phase_start, first), (session.iteration_start, [0])):
        starts = [i * period + at for i in range(9) for at in offsets]
        for n in (0, 1, first[1], first[1] + 1, period - 1, period, period + 1, 2 * period + first[-1]):
            session.goto(n)
            assert find(0) == n
            for count in (1, 2, 3, len(offsets), len(offsets) + 1):
                assert find(count) == [start for start in starts if start > n][count - 1]
                before = [start for start in starts if start < n][::-1]
                assert find(-count) == (before[count - 1] if count <= len(before) else 0)


def test_only_the_last_origins_are_remembered(monkeypatch):
    kept = OrderedDict()
    monkeypatch.setattr(origin, "_origins", kept)
    given = [article() for _ in range(origin._MAX_ORIGINS + 3)]
    for each in given:
        origin._remember(origin.NetworkOrigin(each), each)
    assert [found for found, _ in kept.values()] == given[3:]
    assert [*kept] == [id(each) for each in given[3:]]
