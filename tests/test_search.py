"""A run stops where single steps would, and nowhere else, forwards and backwards, for any network
and edits.
"""

import ast
from contextlib import suppress
from dataclasses import replace
from itertools import cycle, islice

import numpy as np
import pytest
from make_networks import article, differing, mazur, network

from bpstep.engine.compiler import compile_iteration
from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.break_tests import change_tests
from bpstep.session.breakpoints import parse_breakpoint
from bpstep.session.search import SearchBackward, SearchForward, search_last
from bpstep.session.session import Session

ITERATIONS = 9
NUMPY = {
    **{name: getattr(np, name) for name in ("abs", "sum", "max", "min", "mean", "sqrt", "any")},
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


class Steps:
    """The frames of the first iterations, one by one: what a person sees who only presses n."""

    def __init__(self, made, edits=()):
        session = Session(made)
        for edit in edits:
            session.record(edit)
        self.frames = [session.frame]
        while session.n < ITERATIONS * session.period:
            session.step()
            self.frames.append(session.frame)
        self.period = session.period
        self.program = session.program
        self._met = {}

    def met(self, point):
        """Every n at which a breakpoint is met; worked out once for each."""
        key = (point.equation, point.condition, point.builtin)
        if key not in self._met:
            self._met[key] = list(self._stops(point))
        return self._met[key]

    def _stops(self, point):
        if point.builtin:
            return getattr(self, "_" + point.builtin.replace(" ", "_").replace("-", "_"))()
        return (n for n, true, before in self._evaluations(point) if true and not (before or False))

    def _evaluations(self, point):
        before = None
        names = set(self.program.tensors)
        reads = {name for name in names if name in _words(point.condition)}
        for n, frame in enumerate(self.frames[1:], 1):
            name = frame.step.name
            writes = (
                name == point.equation if point.equation else name in reads & set(self.program.step_indices)
            )
            if not point.equation and not reads & set(self.program.step_indices):
                writes = frame.done == 1
            if not writes or not all(read in frame.tensors for read in reads):
                continue
            with np.errstate(all="ignore"):
                found = eval(point.condition or "True", dict(NUMPY), dict(frame.tensors))
            true = bool(np.any(found))
            yield n, true, None if point.equation else before
            before = true

    def _loss_rises(self):
        before, losses = False, []
        for n, frame in enumerate(self.frames[1:], 1):
            if frame.step.name == "E":
                losses.append(float(frame.tensors["E"]))
                rises = len(losses) > 1 and losses[-1] > losses[-2]
                if rises and not before:
                    yield n
                before = rises

    def _non_finite(self):
        arose = {}
        for n, frame in enumerate(self.frames[1:], 1):
            name = frame.step.name
            reads = all(np.isfinite(frame.before[read]).all() for read in frame.step.reads)
            now = bool(reads and not np.isfinite(frame.tensors[name]).all())
            if now and not arose.get(name):
                yield n
            arose[name] = now

    def _dead_relu(self):
        before, layers = {}, self.frames[0].network.layers
        layers = dict(zip(("H1", "H2", "Y") if len(layers) == 3 else ("H", "Y"), layers))
        for n, frame in enumerate(self.frames[1:], 1):
            name = frame.step.name
            if name in layers and layers[name].activation == "relu":
                value = frame.tensors[name].reshape(-1, layers[name].weights.shape[1])
                dead = sum((value[:, unit] == 0).all() for unit in range(value.shape[1]))
                if dead > before.get(name, 0):
                    yield n
                before[name] = dead


def _words(text):
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


SMALL = network((2, 3, 2), samples=5, batch_size=2, reduction="mean", optimizer="adam", learning_rate=0.3)
P = Session(SMALL).period
NETWORKS = {
    "article": (article(), ()),
    "as printed": (article(program={"delta_Y": "labelY - Y"}), ()),
    "mazur": (mazur(update_order="immediate"), ()),
    "minibatches": (SMALL, ()),
    "shuffled": (replace(SMALL, shuffle=True, optimizer="sgd"), ()),
    "relu": (network((2, 5, 4, 1), "relu", samples=2, learning_rate=0.2, seed=3), ()),
    "bursts": (network((2, 3, 2), "identity", samples=3, learning_rate=5.0), ()),
    "explodes": (network((2, 3, 1), "identity", learning_rate=1e120), ()),
    "cross entropy of a negative output": (
        network((2, 3, 2), "tanh", loss="cross_entropy", learning_rate=0.5),
        (),
    ),
    "edited": (
        SMALL,
        (
            Edit(2 * P + 5, "E", (), 9.0),
            Edit(4 * P, "learning_rate", (), 3.0),
            Edit(5 * P + 3, "net_2", (0, 0), -4.0),
            EditEquation(6 * P, "delta_Y", "(labelY - Y) / 2"),
            Edit(7 * P, "B1", (0,), -1.0),
        ),
    ),
}  # fmt: skip
CONDITIONS = [
    "E",
    "delta_Y",
    "learning_rate < 1",
    "delta_Y if abs(delta_Y) < 0.3",
    "delta_V if max(abs(delta_V)) > 0.05",
    "V if sum(V) < sum(abs(V)) - 0.5",
    "E < 0.2",
    "E > 0.2",
    "V > W",
    "abs(delta_V) > 0.1",
    "sum(V) * E < 0.1",
    "net_1 * 2 > 1",
    "sigmoid(net_2) < mean(Y)",
    "X > 0.4",
    "loss rises",
    "non-finite",
    "dead relu",
]


def points(steps):
    """The breakpoints of CONDITIONS that this network allows."""
    for text in CONDITIONS:
        text = {"relu": text.replace("V", "W3").replace("W >", "W3 >")}.get(steps.name, text)
        with suppress(BpstepError):
            yield parse_breakpoint(steps.program, text, 1)


@pytest.fixture(scope="module", params=NETWORKS)
def steps(request):
    made, edits = NETWORKS[request.param]
    found = Steps(made, edits)
    found.name = request.param
    found.network, found.edits = made, edits
    found.session = fresh(found)
    return found


def fresh(steps):
    session = Session(steps.network)
    for edit in steps.edits:
        session.record(edit)
    session.goto(0)
    return session


@pytest.fixture(autouse=True, scope="module")
def each_compiled_once():
    """The same iteration with the same tests in it is compiled once: it takes longer than most runs here."""
    made = {}

    def compile_once(program, drawn, inserts):
        items = tuple((item.site, ast.dump(item.test), item.reads, item.lines) for item in inserts.items)
        key = (id(program), drawn, inserts.state, items)
        if key not in made:
            # The program is kept, so that no other one gets its number.
            made[key] = (program, compile_iteration(program, drawn, inserts))
        return made[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bpstep.session.break_tests.compile_iteration", compile_once)
        yield


def run(kind, session, *breakpoints, most=ITERATIONS):
    """Where a run ends; None if it goes past the iterations that were stepped through."""
    way = kind(session, breakpoints)
    for reached in way.run():
        if kind is SearchForward and reached > most + 3:
            break
    return way


def starts(steps):
    """Some of the moments stepped through: phases, ends of iterations and what is between."""
    some = [0, 1, 3, 5, 9, *(k * steps.period + more for k in (1, 2, 4, 7) for more in (-1, 0, 1, 6))]
    return [n for n in some if n < ITERATIONS * steps.period]


def test_a_run_stops_at_the_first_place_after_the_cursor(steps):
    session, every = fresh(steps), list(points(steps))
    for at, n in enumerate(starts(steps)):
        session.goto(n)
        for point in every[at % 8 :: 8]:  # each from an eighth of the places
            found = run(SearchForward, session, point).n
            later = [each for each in steps.met(point) if each > n]
            if later:
                assert found == later[0], point
            else:
                assert found is None or found > ITERATIONS * steps.period, point
    assert sum(bool(steps.met(point)) for point in every) >= 5


def test_a_search_goes_back_to_the_last_place_before_the_cursor(steps):
    session = steps.session
    for at, point in enumerate(points(steps)):
        met = steps.met(point)
        for n in [*starts(steps)[at % 5 :: 5], ITERATIONS * steps.period]:
            session.goto(n)
            earlier = [each for each in met if each < n]
            assert run(SearchBackward, session, point).n == (earlier[-1] if earlier else None), point


def test_the_hit_that_stops_is_counted_from_where_the_run_begins(steps):
    session = steps.session
    for at, n in enumerate((0, P + 1, 4 * P + 2)):
        session.goto(n)
        for point, hits in islice(zip(points(steps), cycle([2, 3, 7, 2])), at % 2, None, 2):
            met = steps.met(point)
            counted = replace(point, hits=hits)
            later = [each for each in met if each > n][hits - 1 :]
            found = run(SearchForward, session, counted).n
            assert found == later[0] if later else found is None or found > ITERATIONS * steps.period, point
            earlier = [each for each in met if each < n]
            wanted = earlier[-hits] if len(earlier) >= hits else None
            assert run(SearchBackward, session, counted).n == wanted, point


def test_of_several_breakpoints_the_nearest_stops_and_is_named(steps):
    every = [replace(point, id=number) for number, point in enumerate(points(steps), 1)]
    met = {point.id: steps.met(point) for point in every}
    rare = [point for point in every if 0 < len(met[point.id]) <= ITERATIONS]
    session = steps.session
    for n in starts(steps)[::2]:
        session.goto(n)
        later = {point.id: [each for each in met[point.id] if each > n][:1] for point in rare}
        first = min((each for found in later.values() for each in found), default=None)
        way = run(SearchForward, session, *rare)
        if first is not None:
            assert way.n == first
            named = {point.id for point in way.stopped_by}
            assert named == {number for number, found in later.items() if found == [first]}
        earlier = {point.id: [each for each in met[point.id] if each < n][-1:] for point in rare}
        nearest = max((each for found in earlier.values() for each in found), default=None)
        way = run(SearchBackward, session, *rare)
        assert way.n == nearest
        assert {point.id for point in way.stopped_by} == {
            k for k, found in earlier.items() if found and found == [nearest]
        }


def drained(search):
    while True:
        try:
            next(search)
        except StopIteration as end:
            return end.value


def test_the_last_change_of_a_cell_is_the_last_write_of_another_number(steps):
    session = steps.session
    program = session.program
    for name in program.step_indices:
        shape = program.shapes[name]
        index = tuple(size - 1 for size in shape)
        cell = f"{name}[{','.join(map(str, index))}]" if shape else name
        try:
            tests = change_tests(program, cell)
        except BpstepError:
            continue  # no cell in every batch
        changed, before = [], steps.frames[0].tensors.get(name)
        for n, frame in enumerate(steps.frames[1:], 1):
            if frame.step.name == name:
                now = frame.tensors[name]
                if before is not None and not np.array_equal(now[index], before[index], equal_nan=True):
                    changed.append(n)
                before = now
        for n in (1, P, 3 * P + 4, ITERATIONS * steps.period):
            earlier = [each for each in changed if each < n]
            session.goto(n)
            assert drained(search_last(session.timeline, tests, n)) == (earlier[-1] if earlier else None), (
                cell
            )


def test_far_away_a_run_stops_where_a_loop_in_numpy_says(article_losses):
    session = Session(article())
    point = parse_breakpoint(session.program, "E if E < 0.02", 1)
    first = next(k for k, loss in enumerate(article_losses) if loss < 0.02)
    assert 500 < first < len(article_losses) - 500
    way = run(SearchForward, session, point, most=len(article_losses))
    assert way.n == first * 16 + 5
    session.goto((first + 400) * 16)
    becomes = parse_breakpoint(session.program, "E < 0.02", 2)
    assert run(SearchBackward, session, becomes).n == first * 16 + 5
    never = parse_breakpoint(session.program, "E > 1", 3)
    assert run(SearchBackward, session, never).n is None
    above = parse_breakpoint(session.program, "E if E > 0.02", 4)
    assert run(SearchBackward, session, above).n == (first - 1) * 16 + 5
    assert run(SearchBackward, session, replace(above, hits=301)).n == (first - 301) * 16 + 5


@pytest.fixture(scope="module")
def article_losses():
    """E of the article's network, iteration by iteration, by the lines in a loop."""
    X, labelY = np.array([0.4, 0.5]), np.array([1.0])
    W, V = np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]), np.array([[0.1], [0.2], [0.3]])
    sigmoid, losses = NUMPY["sigmoid"], []
    for _ in range(8000):
        H = sigmoid(X @ W + np.array([0.1, 0.2, 0.3]))
        Y = sigmoid(H @ V + np.array([0.1]))
        losses.append(float(np.sum((labelY - Y) ** 2) / 2))
        delta = (Y - labelY) * (Y - Y**2)
        gradient = np.outer(X, delta * V[:, 0] * (H - H**2))
        V, W = V - 0.01 * (delta * H).reshape(3, 1), W - 0.01 * gradient
    return losses


def test_a_run_that_is_given_up_leaves_the_cursor_where_it_was_and_says_how_far_it_came():
    session = Session(article())
    frame = session.frame
    way = SearchForward(session, [parse_breakpoint(session.program, "E < 0", 1)])
    steps = way.run()
    reached = [next(steps) for _ in range(4)]
    steps.close()
    assert reached == sorted(reached)
    assert way.reached == reached[-1] > 0
    assert (session.n, session.frame) == (0, frame)


def test_a_run_from_far_away_starts_from_what_was_true_there():
    """A condition that holds already does not become true, however the cursor came there."""
    session = Session(article())
    point = parse_breakpoint(session.program, "E < 1", 1)
    session.goto("i5000")
    way = SearchForward(session, [point])
    for reached in way.run():
        if reached > 5300:
            break
    assert way.n is None
    assert run(SearchForward, Session(article()), point).n == 5


def test_parts_of_an_iteration_that_are_only_looked_at_change_no_bit(steps):
    plain, run_through = fresh(steps), fresh(steps)
    every = list(points(steps))
    run(SearchForward, run_through, *(replace(point, hits=10**9) for point in every), most=ITERATIONS)
    for n in (ITERATIONS * steps.period, ITERATIONS * steps.period - 3):
        plain.goto(n)
        run_through.goto(n)
        assert differing(plain.frame.tensors, run_through.frame.tensors) == []
