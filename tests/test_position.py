"""Positions as people type them, and the starts of phases and iterations."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, network

from bpstep.errors import BpstepError
from bpstep.program import lines, position
from bpstep.program.derive import derive_program
from bpstep.program.position import is_position, parse_position, shown_iteration
from bpstep.program.program import OpenCall, Origin
from bpstep.session.session import Session

ARTICLE = derive_program(article())
RUNS = derive_program(network((2, 2, 2, 1), update_order="immediate", optimizer="adam"))
MARKS = {"before it fell": 40, "t": 3, "€": 17, "i": 5, "far": 10**15}


@pytest.mark.parametrize(
    ("text", "n", "wanted"),
    [
        ("42", 0, 42),
        ("0", 99, 0),
        ("007", 0, 7),
        ("  42\n", 0, 42),
        ("+5", 37, 42),
        ("-5", 47, 42),
        ("-47", 47, 0),
        ("+0", 3, 3),
        ("i0", 99, 0),
        ("i10", 0, 160),
        ("i10:delta_V", 0, 168),
        ("i0:net_1", 99, 1),
        ("i10:W", 0, 176),
        ("net_1", 0, 1),
        ("delta_V", 0, 8),
        ("delta_V", 16, 8),
        ("delta_V", 17, 24),
        ("W", 16, 16),
        ("W", 17, 32),
        ("forward", 0, 0),
        ("forward", 16, 0),
        ("forward", 17, 16),
        ("loss", 20, 20),
        ("backward", 3, 5),
        ("update", 40, 46),
        ("i10:forward", 0, 160),
        ("i10:backward", 0, 165),
        ("before it fell", 0, 40),
        ("t", 0, 3),
        ("€", 0, 17),
        ("1000000000000", 0, 10**12),
    ],
)
def test_a_position_is_one_of_the_contract_s_forms(text, n, wanted):
    assert parse_position(text, ARTICLE, n, MARKS) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "4.2", "4e2", "--5", "+-5", "+", "-", "+ 5", "5+", "0x10", "1_000", "४२", "²"],
        *[
            "i",
            "i:",
            "i5:",
            "i-1",
            "i+1",
            "i10:",
            "i10:Q",
            "i10:42",
            "i10:t",
            "i10:i3",
            "10:H",
            "i10 : H",
            "I10",
        ],
        *["X", "labelY", "learning_rate", "B1", "i0:X", "delta_Q", "NET_1", "Forward", "phase"],
        *["9999999999999999", "i9999999999999999", "nowhere", "a\nb", "\x1b[2J", "x" * 500],
    ],
)
def test_anything_else_is_refused_in_one_line_that_lists_the_forms(text):
    listed = (
        r"expected 42, \+5, -5, i10, i10:delta_V|did you mean \S+\?$|after i\d+: expected a phase \(forward"
    )
    with pytest.raises(BpstepError, match=listed) as caught:
        parse_position(text, ARTICLE, 5, {"mark": 3})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-6", "before the start"),
        ("-999999999999999", "before the start"),
        ("1000000000001", "past the last position"),
        ("i99999999999999", "past the last position"),
        ("+999999999999999", "past the last position"),
        ("i999999999999:H", "past the last position"),
    ],
)
def test_before_the_start_and_out_of_reach_are_told(text, told):
    with pytest.raises(BpstepError, match=told):
        parse_position(text, ARTICLE, 5)


def test_a_phase_that_comes_in_several_runs_means_its_first():
    for phase in ("forward", "loss", "backward", "update"):
        first = next(at for at, step in enumerate(RUNS.steps) if step.phase == phase)
        assert parse_position(f"i2:{phase}", RUNS) == 2 * len(RUNS) + first


def test_an_equation_s_name_is_where_it_is_just_done():
    session = Session(article())
    for name in ARTICLE.step_indices:
        session.goto(f"i3:{name}")
        assert session.frame.step.name == name
        assert (session.frame.iteration, session.resolve(name)) == (3, session.n)


@pytest.mark.parametrize(
    "name", ["42", "+1", "-1", "i3", "i3:H", "H", "loss", "W", "", "   ", "a\tb", "a\x00"]
)
def test_a_mark_can_not_have_the_form_of_a_position(name):
    session = Session(article())
    with pytest.raises(BpstepError, match="cannot name a mark"):
        session.mark(name)
    assert dict(session.frame.marks) == {}


def test_a_mark_is_a_name_for_a_position_and_can_be_moved():
    session = Session(article())
    for n in (7, 90):
        session.goto(n)
        session.mark("  here it is ")
    session.goto(0)
    session.goto("here it is")
    assert session.n == 90
    assert dict(session.frame.marks) == {"here it is": 90}
    assert not is_position("here it is", ARTICLE)


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_the_end_of_an_iteration_shows_that_iteration(n, period):
    iteration = shown_iteration(n, period)
    assert iteration * period < n <= (iteration + 1) * period or (n == 0 and iteration == 0)


def walk(program, n, count):
    """The start of the phase run or iteration, counted one by one."""
    starts = [k for k in range(400) if is_start(program, k)]
    for _ in range(abs(count)):
        later, earlier = [k for k in starts if k > n], [k for k in starts if k < n]
        n = later[0] if count > 0 else (earlier or [0])[-1]
    return n


def is_start(program, n):
    steps, period = program.steps, len(program)
    return n == 0 or steps[n % period].phase != steps[(n - 1) % period].phase


@given(st.integers(0, 120), st.sampled_from([-3, -2, -1, 1, 2, 3]), st.booleans())
def test_phases_are_walked_start_by_start(n, count, immediate):
    session = SESSIONS[immediate]
    session.n = n
    assert session.phase_start(count) == walk(session.program, n, count)


@given(st.integers(0, 120), st.integers(1, 3))
def test_iterations_are_walked_start_by_start(n, count):
    session = SESSIONS[False]
    session.n = n
    assert session.iteration_start(count) == (n // 16 + count) * 16
    assert session.iteration_start(-count) == max((n - 1) // 16 - count + 1, 0) * 16


SESSIONS = {False: Session(article()), True: Session(network((2, 2, 2, 1), update_order="immediate"))}


def test_one_can_not_go_before_the_start():
    session = Session(article())
    session.goto(5)
    session.step(-6)
    assert session.n == 0
    with pytest.raises(BpstepError, match="before the start"):
        session.goto(-1)
    assert session.n == 0


def test_after_an_iteration_the_names_that_there_are_are_listed_or_the_nearest_one():
    with pytest.raises(BpstepError) as caught:
        parse_position("i1:Q", ARTICLE)
    names = ", ".join(step.name for step in ARTICLE.steps)
    phases = "forward, loss, backward, update"
    told = f'"i1:Q" is not a position; after i1: expected a phase ({phases}) or an equation: {names}'
    assert str(caught.value) == told
    with pytest.raises(BpstepError, match=r"; did you mean i1:delta_\w+\? After i1: .*delta_V"):
        parse_position("i1:delta_v1", ARTICLE)


class Lines:
    """Equations at these places, each with the places of the calls that are open there."""

    def __init__(self, *places):
        self.steps = [
            SimpleNamespace(
                origin=place and Origin("", place[0], 1, tuple(OpenCall("f", at) for at in place[1:]))
            )
            for place in places
        ]
        self.step_indices = {}

    def __len__(self):
        return len(self.steps)


HOMEWORK = Lines(
    None,
    ("homework.py:3",),
    ("homework.py:5",),
    ("homework.py:5",),
    ("layers/dense.py:7", "homework.py:9"),
    ("layers/dense.py:8", "homework.py:9"),
    ("homework.py:10",),
    ("layers/dense.py:7", "homework.py:9"),
    ("homework.py:40",),
)
NOTEBOOK = Lines(
    ("a.ipynb:cell 1:2",), ("a.ipynb:cell 3:2",), ("a.ipynb:cell 3:12",), ("b.py:2", "a.ipynb:cell 4:1")
)
WITHIN = Lines(("lib.py:2", "main.py:9"), ("lib.py:3", "main.py:9"))


@pytest.mark.parametrize(
    ("program", "text", "steps", "place"),
    [
        (HOMEWORK, "homework.py:3", (1,), "homework.py:3"),
        (HOMEWORK, ":3", (1,), "homework.py:3"),
        (HOMEWORK, ": 5", (2, 3), "homework.py:5"),
        # A line that only calls a function: the last equation of each call.
        (HOMEWORK, ":9", (5, 7), "homework.py:9"),
        (HOMEWORK, "dense.py:7", (4, 7), "layers/dense.py:7"),
        (HOMEWORK, "layers/dense.py:8", (5,), "layers/dense.py:8"),
        (HOMEWORK, "mine/layers/dense.py:8", (5,), "layers/dense.py:8"),
        (HOMEWORK, "mine/homework.py:3", (1,), "homework.py:3"),
        (HOMEWORK, "other/dense.py:8", (), None),
        (HOMEWORK, ":7", (), None),
        (HOMEWORK, ":4", (), None),
        (NOTEBOOK, "a.ipynb:cell 3:2", (1,), "a.ipynb:cell 3:2"),
        (NOTEBOOK, "cell 1:2", (0,), "a.ipynb:cell 1:2"),
        (NOTEBOOK, ":cell 3:12", (2,), "a.ipynb:cell 3:12"),
        (NOTEBOOK, "cell 4:1", (3,), "a.ipynb:cell 4:1"),
        (NOTEBOOK, "b.py:2", (3,), "b.py:2"),
        (NOTEBOOK, ":2", (), None),
        # If all stands within calls, the first file is the own one.
        (WITHIN, ":2", (0,), "lib.py:2"),
        (WITHIN, "main.py:9", (1,), "main.py:9"),
        (HOMEWORK, "3", (), None),
        (HOMEWORK, "homework.txt:3", (), None),
    ],
)
def test_a_line_has_the_equations_that_were_read_from_it(program, text, steps, place):
    assert lines.steps_of_line(text, program) == steps
    is_line = text not in ("3", "homework.txt:3")
    assert lines.is_line(text, program) == is_line
    assert not lines.is_line(text, Lines(None))
    if place:
        assert lines.place_of_line(text, program) == place
    elif is_line:
        with pytest.raises(BpstepError):
            lines.place_of_line(text, program)


def test_every_line_is_listed_calls_last_and_the_nearest_are_told():
    own = ("homework.py:3", "homework.py:5", "layers/dense.py:7", "layers/dense.py:8", "homework.py:10")
    assert lines.line_places(HOMEWORK) == (*own, "homework.py:40", "homework.py:9")
    assert lines.first_place(HOMEWORK) == "homework.py:3"
    assert lines.first_place(Lines(None)) == ""
    for text, told in (
        (":8", ": 3, 5, 9, 10"),
        ("dense.py:1", ": 7, 8"),
        ("mine.py:3", "homework.py, layers/dense.py"),
    ):
        with pytest.raises(BpstepError) as caught:
            lines.place_of_line(text, HOMEWORK)
        assert told in str(caught.value)
    with pytest.raises(BpstepError, match=r"cell 1:2, cell 3:2, cell 3:12, cell 4:1"):
        lines.place_of_line("cell 3:5", NOTEBOOK)


@pytest.mark.parametrize("starts", [[0], [0, 3], [0, 2, 5], [0, 1, 6]])
def test_the_next_and_the_last_start_are_those_that_counting_finds(starts):
    period = 7
    for n in range(25):
        later = (at for at in range(n + 1, 99) if at % period in starts)
        assert position.next_start(n, period, starts) == next(later)
        before = (at for at in range(n - 1, -1, -1) if at % period in starts)
        assert position.previous_start(n, period, starts) == next(before, 0)
        assert position.shown_iteration(n, period, k=1) == n // period
        assert position.shown_iteration(n, period) == max(n - 1, 0) // period


def test_a_line_is_a_position_in_this_or_a_named_iteration():
    assert position.parse_position("i2:homework.py:5", HOMEWORK) == 2 * 9 + 2 + 1
    assert position.parse_position(":9", HOMEWORK, 10) == 9 + 5 + 1
    assert position.is_position(":9", HOMEWORK)
    for text in (":8", "i2::8"):
        with pytest.raises(BpstepError, match="3, 5, 9, 10"):
            position.parse_position(text, HOMEWORK)


def test_a_name_that_is_nearly_right_is_suggested_and_marks_only_without_an_iteration():
    def refused(text):
        with pytest.raises(BpstepError) as caught:
            parse_position(text, ARTICLE, 0, MARKS)
        return str(caught.value)

    assert "did you mean delta_V?" in refused("delta_VV")
    assert "did you mean before it fell?" in refused("before it fel")
    assert "did you mean i3:delta_V?" in refused("i3:delta_VV")
    assert "did you mean" not in refused("i3:before it fel")
    assert refused("i3:").startswith('"i3:" is not a position')
    assert not is_position("before it fell", ARTICLE)
    forms = [position.position_forms(), position.position_forms(ARTICLE)]
    assert forms[0] == forms[1]
    assert forms[0] in refused("?")
