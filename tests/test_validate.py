"""What a session accepts of a file or a class: each bound holds on both sides of it."""

import numpy as np
import pytest
from make_networks import article, network

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.errors import BpstepError
from bpstep.program.derive import derive_program
from bpstep.session.breakpoints import Breakpoint, DropBreakpoint
from bpstep.session.events import CloseRun, Fork, Mark, ReopenRun, Switch
from bpstep.session.session import Session
from bpstep.session.validate import validate
from bpstep.session.watches import DropWatch, Watch

FURTHEST = 10**12
ARTICLE = article()
PROGRAM = derive_program(ARTICLE)
UNEVEN = network(samples=5, batch_size=2)  # batches of 2, 2 and 1
BATCHES = derive_program(UNEVEN)


def is_accepted(event, made=ARTICLE, program=PROGRAM):
    try:
        validate(event, made, program)
    except BpstepError:
        return False
    else:
        return True


@pytest.mark.parametrize(
    ("make", "good", "bad"),
    [
        (Fork, [0, FURTHEST], [-1, FURTHEST + 1]),
        (lambda n: Mark("here", n), [None, 0, FURTHEST], [-1, FURTHEST + 1]),
        (lambda n: EditEquation(n, "E", "sum(Y)"), [0, FURTHEST], [-1, FURTHEST + 1]),
        (lambda n: Edit(16 * n, "learning_rate", (), 0.5), [0, FURTHEST // 16], [-1, FURTHEST // 16 + 1]),
        (lambda number: Breakpoint(number, condition="E > 1"), [1, 1_000_000], [0, -1, 1_000_001]),
        (lambda number: Watch(number, "E"), [1, 1_000_000], [0, -1, 1_000_001]),
        (lambda line: EditLine(line, 1, ""), [1, 1_000_000], [0, 1_000_001]),
        (lambda count: EditLine(1, count, ""), [1, 1_000_000], [0, 1_000_001]),
        (lambda length: EditLine(1, 1, "x" * length), [0, 20_000], [20_001]),
        (lambda length: Mark("m" * length, 0), [1, 100], [0, 101]),
        (lambda name: Mark(name, 0), ["here", "a b"], ["  ", "i3", "E", "i0:E", "a\nb"]),
        (lambda text: Watch(1, text), ["E", "W + 1"], ["", "W +", "Q", "W @ W"]),
        (lambda source: EditEquation(0, "E", source), ["sum(Y)"], ["Y", "sum(delta_V)", ""]),
        (lambda name: EditEquation(0, name, "sum(Y)"), ["E"], ["Q", "net_1"]),
        (lambda value: Edit(0, "W", (0, 0), value), [0.0, 1e308], [np.nan, np.inf, -np.inf]),
        (
            lambda cell: Edit(0, "W", cell, 0.5),
            [(0, 0), (1, 2)],
            [(2, 0), (0, 3), (-1, 0), (0,), (0, 0, 0), ()],
        ),
        (lambda name: Edit(0, name, (0,), 0.5), ["B1"], ["H", "Q", "E", "X"]),
    ],
)
def test_what_is_at_a_bound_is_accepted_and_what_is_beyond_is_not(make, good, bad):
    assert [value for value in good if not is_accepted(make(value))] == []
    assert [value for value in bad if is_accepted(make(value))] == []


def test_a_tensor_is_edited_only_where_it_is_written():
    period, at = len(PROGRAM), PROGRAM.step_indices["H"] + 1
    written = [n for n in range(2 * period + 1) if is_accepted(Edit(n, "H", (0,), 0.5))]
    assert written == [at, period + at]
    constant = [n for n in range(2 * period + 1) if is_accepted(Edit(n, "X", (0, 0), 0.5))]
    assert constant == [0, period, 2 * period]
    last = PROGRAM.step_indices["W"] + 1
    assert [n for n in range(2 * period + 1) if is_accepted(Edit(n, "W", (0, 0), 0.5))] == [
        0,
        last,
        period + last,
    ]


def test_a_cell_is_one_of_the_batch_and_of_all_the_data():
    at, period = BATCHES.step_indices["Y"] + 1, len(BATCHES)
    for iteration, rows in enumerate((2, 2, 1, 2, 2, 1)):
        n = iteration * period + at
        accepted = [row for row in range(4) if is_accepted(Edit(n, "Y", (row, 0), 0.5), UNEVEN, BATCHES)]
        assert accepted == list(range(rows))
        data = [
            row for row in range(7) if is_accepted(Edit(n - at, "labelY", (row, 0), 0.5), UNEVEN, BATCHES)
        ]
        assert data == list(range(5))


REFUSED = {
    "-1": (lambda session: session.goto(-1), "n = -1 is before the start"),
    "no tensor": (
        lambda session: session.edit("Q", (), 1.0),
        "no tensor is called Q; the tensors are X, labelY, learning_rate, W",
    ),
    "not yet": (
        lambda session: session.edit("E", (), 1.0),
        "E is not computed yet: it can be edited from step 5 on",
    ),
    "no number": (
        lambda session: session.edit("W", (0, 0), np.inf),
        "inf is not a finite number; W keeps its value",
    ),
    "row": (
        lambda session: session.edit("W", (2, 0), 1.0),
        "W has no cell [2, 0]: its shape is 2×3, a cell is W[0,0]",
    ),
    "too few": (lambda session: session.edit("W", (0,), 1.0), "W has no cell [0]: its shape is 2×3"),
    "below": (
        lambda session: session.edit("B1", (-1,), 1.0),
        "B1 has no cell [-1]: its shape is 3, a cell is B1[0]",
    ),
    "watch": (lambda session: session.record(DropWatch(3)), "there is no watch 3"),
    "breakpoint": (lambda session: session.record(DropBreakpoint(4)), "there is no breakpoint 4"),
    "switch": (lambda session: session.record(Switch("B")), "there is no run B"),
    "close": (lambda session: session.record(CloseRun("B")), "there is no run B to close"),
    "close the only one": (lambda session: session.record(CloseRun("A")), "there is no run A to close"),
    "reopen": (lambda session: session.record(ReopenRun()), "no run was closed"),
    "other": (lambda session: session.switch(), "there is only one run"),
    "undo": (lambda session: session.undo(), "nothing to undo"),
    "line": (lambda session: session.record(EditLine(1, 1, "x = 1")), "this network is not a script"),
    "statement": (
        lambda session: session.origin.statement(session.program.steps[0]),
        "is not a script; edit its",
    ),
    "place": (
        lambda session: session.origin.statement_of_line(1, ":1"),
        "is not a script; edit its equations",
    ),
    "relu": (
        lambda session: session.record(Breakpoint(1, builtin="dead relu")),
        "this network has no ReLU layer",
    ),
    "hits": (
        lambda session: session.record(Breakpoint(1, "E", hits=0)),
        "hits is a number from 1 to 1,000,000",
    ),
    "a name": (
        lambda session: session.record(Breakpoint(1, builtin="never")),
        "no breakpoint is called never; expected one of",
    ),
    "mark": (lambda session: session.record(Mark("m" * 101, 0)), "is too long for a mark; at most 100"),
    "n": (lambda session: session.record(Mark("here", -1)), "n = -1 is not a position; expected 0 to 1,000"),
    "written": (
        lambda session: session.record(Edit(3, "H", (0,), 1.0)),
        "H is not written at n = 3",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_session_refuses_is_told_with_what_was_asked_for(what):
    action, message = REFUSED[what]
    session = Session(ARTICLE)
    with pytest.raises(BpstepError) as caught:
        action(session)
    assert message in str(caught.value)
    assert not session.journal.events
    assert session.n == 0
