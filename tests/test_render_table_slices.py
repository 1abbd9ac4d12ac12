"""Tensors of three and four axes: one slice in the table, the whole by zooming, every cell within reach."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from rails_frames import make_frame, program_of

from bpstep.export.text import number_grid
from bpstep.lang.cells import parse_assignment
from bpstep.render.cursor import move_in_table
from bpstep.render.lists.compare import cell_lines, column_count
from bpstep.render.tensors.table import draw_tensors
from bpstep.render.tensors.table_rows import shown_slice
from bpstep.render.tensors.whole_tensor import draw_whole_tensor, move_in_whole_tensor
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection

SIZE = (60, 40)

IMAGES = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5) / 100
PROGRAM = program_of(
    [("h", "X * W * V"), ("E", "1/2 * sum(h**2)")],
    {"X": IMAGES, "W": np.arange(1.0, 6.0), "V": IMAGES + 1},
    ["V"],
)
FRAME = make_frame(PROGRAM, "h")


def table(view, frame=FRAME, size=SIZE, **theme):
    return draw_tensors(frame, view, Theme(**theme), *size)


def cells(canvas, name):
    """The indices of a tensor's cells that are shown, with their text."""
    return {
        hit.target[2]: "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width]).strip()
        for hit in canvas.hits
        if hit.target[:2] == ("cell", name)
    }


def slice_text(canvas, name):
    """What the line of a tensor says about its slice."""
    lines = [line for line in canvas.text().splitlines() if line[1:].startswith(f"{name} ")]
    return lines[0].split(maxsplit=2)[-1] if lines else ""


def test_the_table_shows_the_slice_of_the_selected_cell():
    canvas = table(View().select("X", (1, 2, 3, 4)))
    shown = cells(canvas, "X")
    assert set(shown) == {(1, 2, row, column) for row in range(4) for column in range(5)}
    for index, text in shown.items():
        assert text == f"{IMAGES[index]:.4f}"


def test_a_line_says_which_slice_it_is_and_how_many_there_are():
    assert "[1,2,:,:]" in slice_text(table(View().select("X", (1, 2, 0, 0))), "X")
    assert "6 of 6" in slice_text(table(View().select("X", (1, 2, 0, 0))), "X")
    assert "2×3×4×5" in table(View().select("X", (1, 2, 0, 0))).text()
    assert table(View().select("X", (1, 2, 0, 0)), ascii=True).text().isascii()


def test_a_long_shape_gives_way_to_the_slice_that_is_shown():
    given = {"X": np.arange(64.0).reshape((2,) * 6), "W": np.ones(2)}
    program = program_of([("a_long_name", "X * W"), ("E", "sum(a_long_name)")], given, ["W"])
    lines = table(View(), make_frame(program, "a_long_name"), (46, 12)).text().splitlines()
    at = next(at for at, line in enumerate(lines) if "a_long_name" in line)
    assert lines[at].split() == ["▶a_long_name", "[0,0,0,0,:,:]", "›", "1", "of", "16"]
    assert lines[at + 1].split() == ["2×2×2×2×2×2", "0.0000", "1.0000"]
    wide = table(View(), make_frame(program, "a_long_name"), (60, 12)).text()
    assert "a_long_name 2×2×2×2×2×2" in wide


def test_a_row_number_does_not_cover_a_long_name():
    names = ["delta_a_via_bcd", "a" * 20]
    program = program_of(
        [(names[0], "X[0, 0] * W[:4, None]"), (names[1], "X[0, 0] + W[:4, None]"), ("E", "W[0] ** 2")],
        {"X": IMAGES, "W": np.arange(1.0, 6.0)},
        ["W"],
    )
    text = table(View(), make_frame(program, names[1])).text()
    for name in names:
        assert re.search(rf"{name}( 4×5)? +\[0\] ", text)


def test_other_tensors_follow_along_axes_of_the_same_size():
    assert "[1,2,:,:]" in slice_text(table(View().select("X", (1, 2, 0, 0))), "h")
    chosen = selection(FRAME, View().select("W", (3,)))
    assert shown_slice(FRAME, chosen, "h") == (0, 0)


def test_the_first_and_last_slice_have_one_arrow():
    def slices(view):
        return [hit.target[2][:2] for hit in table(view).hits if hit.target[:2] == ("slice", "X")]

    assert slices(View().select("X", (0, 0, 2, 3))) == [(0, 1)]
    assert slices(View().select("X", (0, 2, 2, 3))) == [(0, 1), (1, 0)]
    assert slices(View().select("X", (1, 2, 2, 3))) == [(1, 1)]
    (target,) = [
        hit.target for hit in table(View().select("X", (0, 0, 2, 3))).hits if hit.target[:2] == ("slice", "X")
    ]
    assert target[2] == (0, 1, 2, 3)


def test_down_goes_through_every_row_of_every_slice_and_then_to_the_next_tensor():
    view, seen = View().select("X", (0, 0, 0, 2)), []
    for _ in range(2 * 3 * 4):
        chosen = selection(FRAME, view)
        assert chosen.name == "X"
        seen.append(chosen.index)
        view = move_in_table(FRAME, view, 40, 0, 1)
    assert seen == [(n, c, row, 2) for n in range(2) for c in range(3) for row in range(4)]
    assert selection(FRAME, view).name == "W"
    assert selection(FRAME, move_in_table(FRAME, view, 40, 0, -1)).name == "X"


def test_the_next_tensor_is_entered_in_the_slice_that_is_shown():
    assert move_in_table(FRAME, View().select("X", (1, 2, 3, 0)), 40, 0, 2).index == (1, 2, 0, 0)


def test_sideways_stays_in_the_row():
    view = move_in_table(FRAME, View().select("X", (1, 0, 2, 3)), 40, 9, 0)
    assert view.index == (1, 0, 2, 4)
    assert move_in_table(FRAME, view, 40, -99, 0).index == (1, 0, 2, 0)


@pytest.mark.parametrize("height", [3, 6, 9, 40])
def test_however_low_the_pane_is_the_selected_cell_is_in_sight(height):
    for index in np.ndindex(*IMAGES.shape):
        view = View().select("X", index)
        canvas = table(view, size=(60, height))
        assert index in cells(canvas, "X")


def test_the_whole_tensor_has_all_slices_with_their_rows_numbered():
    canvas = draw_whole_tensor(FRAME, View().select("X", (0, 0, 0, 0)), Theme(), 60, 30)
    assert set(cells(canvas, "X")) == set(np.ndindex(*IMAGES.shape))
    assert "[1,2,3]" in canvas.text()


def test_the_arrows_go_through_the_whole_tensor():
    view = move_in_whole_tensor(FRAME, View().select("X", (0, 0, 3, 1)), Theme(), 60, 1, 0)
    view = move_in_whole_tensor(FRAME, view, Theme(), 60, 0, 1)
    assert view.index == (0, 1, 0, 2)


def test_a_cell_of_four_axes_is_written_as_numpy_does():
    assert parse_assignment("X[1,2,3,4]=0.5") == ("X", (1, 2, 3, 4), 0.5)


def test_the_text_of_a_moment_has_the_rows_of_all_slices():
    rows = number_grid(IMAGES, 100, 100).rows
    assert [[float(cell) for cell in row] for row in rows] == IMAGES.reshape(-1, 5).tolist()


def test_two_runs_are_compared_row_by_row():
    other = IMAGES + (IMAGES == 0.66)
    difference = SimpleNamespace(a=IMAGES, b=other, differing=other != IMAGES)
    lines = cell_lines(difference, Theme(), 120, 0)
    assert column_count(difference) == 5
    text = ["".join(run for run, _ in line.runs) for line in lines]
    (row,) = [line for line in text if "≠" in line]
    assert row.startswith("[1,0,1] ")
    assert len({len(line.rstrip("│ ")) for line in text[1:3]}) == 1
