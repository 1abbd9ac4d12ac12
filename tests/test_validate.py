"""What a session accepts of a file or a class: each bound holds on both sides of it."""

import numpy as np
import pytest
from make_networks import article, network

from bpstep.engine.edits import Edit, EditEquation, EditLine
from bpstep.errors import BpstepError
from bpstep.program.derive import derive_program
from bpstep.session.breakpoints import Breakpoint
from bpstep.session.events import Fork, Mark
from bpstep.session.validate import validate
from bpstep.session.watches import Watch

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
