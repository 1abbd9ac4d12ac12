"""The partial value of a cell inside an equation: only what was computed for that very cell."""

import numpy as np
import pytest
from debugger_driver import debugging
from test_micro import work

from bpstep.engine.micro.state import PartialStep
from bpstep.netfile.builtin import open_network
from bpstep.render.highlight import cell_role, displayed_value, is_partial
from bpstep.session.session import Session


def frame_at(network, position, k):
    session = Session(open_network(network))
    session.goto(session.resolve(position) - 1, k)
    return session.frame


def cells(frame, row):
    """What a row of the equation at work shows."""
    return [displayed_value(frame, frame.current_step.name, (row, column)) for column in range(3)]


@pytest.mark.parametrize("k", [1, 2, 64])
def test_a_rows_largest_is_no_cells_of_a_softmax(k):
    frame = frame_at("penguins", "Y", k)
    assert [cells(frame, row) for row in range(32)] == [[None] * 3] * 32
    assert not any(cell_role(frame, "Y", (0, column)) for column in range(3))


@pytest.mark.parametrize("k", [161, 215, 255, 256, 300, 320])
def test_in_a_softmax_each_cell_shows_its_own_exponential_also_while_sums_are_made(k):
    frame = frame_at("penguins", "Y", k)
    net = frame.tensors["net_2"]
    shifted = net - net.max(axis=1, keepdims=True)
    done = np.arange(96).reshape(32, 3) < k - 160
    expected = np.where(done, np.exp(shifted), shifted)
    assert [cells(frame, row) for row in range(32)] == expected.tolist()
    assert is_partial(frame, "Y", (0, 0))


def test_behind_a_softmax_a_product_that_a_sum_will_take_is_no_cells():
    for k in (1, 3, 96, 160):
        assert cells(frame_at("penguins", "delta_net2", k), 0) == [None] * 3
    assert cells(frame_at("penguins", "delta_net2", 161), 0)[1:] == [None] * 2


def test_what_the_loss_sums_is_not_the_loss_until_it_is_summed():
    assert displayed_value(frame_at("mazur", "E", 3), "E", ()) is None
    first = frame_at("mazur", "E", 5)
    squares = (first.tensors["labelY"] - first.tensors["Y"]) ** 2
    assert displayed_value(first, "E", ()) == squares.sum()
    assert displayed_value(frame_at("article", "E", 2), "E", ()) == pytest.approx(0.1446069, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "k", "shows"),
    [
        ("A - mean(A, axis=1, keepdims=True)", 6, [[None] * 3] * 2),
        ("A - mean(A, axis=0)", 6, [[None] * 3] * 2),
        ("C - max(C)", 2, [None] * 3),
        ("C / sum(exp(C))", 5, [None] * 3),
        ("(2 * S) * C", 1, [None] * 3),
        ("outer(2 * C, C)", 3, [[None] * 3] * 3),
        ("repeat(2 * C[0] + 1, 3)", 1, [None] * 3),
    ],
)
def test_what_several_cells_have_in_common_is_none_of_theirs(text, k, shows):
    found = PartialStep(work(text), k)
    assert [found.partial_value(index) for index in np.ndindex(found.shape)] == np.ravel(shows).tolist()


def test_a_number_that_is_done_shows_in_every_cell_that_holds_it():
    found = PartialStep(work("concatenate([repeat(2 * C[0], 3), 2 * C])"), 1)
    done = [found.partial_value((at,)) is not None for at in range(found.shape[0])]
    assert done == [True] * 3 + [False] * (found.shape[0] - 3)


async def test_the_screen_shows_dots_where_only_the_rows_largest_is_known():
    async with debugging("penguins", at="Y") as person:

        def row():
            """The line below the names of the classes."""
            at = next(at for at, line in enumerate(person.lines) if "▶Y 32×3" in line)
            return person.lines[at + 1].rpartition("│")[2]

        await person.type("S")
        await person.type("F")
        await person.type("2s")
        assert row().split() == ["1", "·", "·", "·"]
        assert "so far ─" not in person.text
        await person.type("65s")
        assert "…-0.0373…-0.0952" in row()
