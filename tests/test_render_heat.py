"""Tensors as shaded cells: every number by its sign and size, images as images, large tensors as blocks."""

import re

import numpy as np
import pytest
from debugger_driver import controller, press
from rails_frames import make_frame, program_of
from rich.cells import cell_len

from bpstep.defaults import THEMES
from bpstep.model.network import Layer, Network
from bpstep.render.tensors.heat import draw_heat, draw_whole_heat, heat_grid, heat_picture, move_in_heat
from bpstep.render.theme import HEAT, HEAT_LEVELS, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session

SIZE = (60, 30)

A = np.array([[1.0, -1.0, 0.0], [0.5, -0.25, 0.125]])
SMALL = make_frame(program_of([("E", "sum(A**2)")], {"A": A}, ["A"]))

TALL = np.arange(40.0 * 3).reshape(40, 3)
LARGE = make_frame(program_of([("E", "sum(T**2)")], {"T": TALL}, ["T"]))


def shades(canvas, name):
    """The text and the role of every cell that a click selects, by index."""
    return {
        hit.target[2]: (
            "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width]),
            canvas.roles[hit.y][hit.x],
        )
        for hit in canvas.hits
        if hit.target[:2] == ("slice", name)
    }


def elsewhere():
    """A view that selects no cell of a tensor under test."""
    return View().select("learning_rate", ())


def test_a_cell_is_shaded_by_its_sign_and_its_size():
    found = {
        index: role for index, (_, role) in shades(draw_heat(SMALL, elsewhere(), Theme(), *SIZE), "A").items()
    }
    assert found == {
        (0, 0): "text on heat+8", (0, 1): "text on heat-8", (0, 2): "text on heat+0",
        (1, 0): "text on heat+4", (1, 1): "text on heat-2", (1, 2): "text on heat+1",
    }  # fmt: skip


@pytest.mark.parametrize("look", [{"depth": "none"}, {"ascii": True}])
def test_without_colour_sign_and_size_are_characters(look):
    canvas = draw_heat(SMALL, elsewhere(), Theme(**look), *SIZE)
    texts = {index: text for index, (text, _) in shades(canvas, "A").items()}
    assert texts == {(0, 0): "##", (0, 1): "%%", (0, 2): "  ", (1, 0): "::", (1, 1): "--", (1, 2): ".."}
    assert canvas.text().isascii() or "ascii" not in look


def test_a_size_between_two_shades_gets_the_nearer_one():
    frame = make_frame(program_of([("E", "sum(A**2)")], {"A": np.array([1.0, 0.45, -0.3])}, ["A"]))
    found = shades(draw_heat(frame, elsewhere(), Theme(), *SIZE), "A")
    assert [found[at,][1] for at in range(3)] == [f"text on heat{level:+d}" for level in (8, 4, -2)]


def test_the_scale_is_the_largest_size():
    assert "±1.0000" in draw_heat(SMALL, elsewhere(), Theme(), *SIZE).text()


def test_the_selected_cell_is_marked():
    found = shades(draw_heat(SMALL, View().select("A", (1, 1)), Theme(), *SIZE), "A")
    assert found[1, 1] == ("◆◆", "selected")
    assert sum(role == "selected" for _, role in found.values()) == 1


def test_a_number_that_is_not_finite_is_an_alert():
    frame = make_frame(program_of([("E", "sum(A**2)")], {"A": np.array([1.0, np.nan, np.inf])}, ["A"]))
    found = shades(draw_heat(frame, elsewhere(), Theme(), *SIZE), "A")
    assert found[(1,)] == found[(2,)] == ("??", "alert")
    assert found[(0,)][1] == "text on heat+8"


def test_what_is_not_computed_is_a_dot():
    found = shades(draw_heat(SMALL, elsewhere(), Theme(), *SIZE), "delta_A")
    assert {text.strip() for text, _ in found.values()} == {"·"}


def test_a_large_tensor_is_shown_by_means_of_blocks():
    grid = heat_grid(heat_picture(LARGE, elsewhere(), "T"), Theme(), 20, 4)
    assert (grid.lines, grid.has_blocks) == (4, True)
    rows = len(grid.row_edges) - 1
    for row in range(rows):
        start, end = grid.row_edges[row], grid.row_edges[row + 1]
        for column in range(3):
            assert grid.mean(row, column) == pytest.approx(TALL[start:end, column].mean(), rel=1e-12)
    assert grid.row_edges[0] == 0
    assert grid.row_edges[-1] == 40
    assert "⌀±" in draw_heat(LARGE, elsewhere(), Theme(), 60, 20).text()


def test_two_rows_share_a_line_where_there_are_colours_enough():
    halves = heat_grid(heat_picture(LARGE, elsewhere(), "T"), Theme(), 60, 30)
    lines = heat_grid(heat_picture(LARGE, elsewhere(), "T"), Theme(ascii=True), 60, 30)
    assert (halves.lines, halves.has_blocks) == (21, False)
    assert (lines.lines, lines.has_blocks) == (30, True)
    canvas = draw_whole_heat(LARGE, View().select("T", (39, 2)), Theme(), 60, 30)
    assert {role.partition(" ")[0] for role in canvas.roles[2][1:4]} <= {f"heat+{k}" for k in range(9)}
    # The first half line is blank, so that the pictures of two tensors do not touch.
    assert canvas.characters[1][1] == "▄"


def digits():
    """Two images of 28×28 pixels in a row each."""
    images = np.zeros((2, 28, 28))
    images[1, 5, 20] = 1
    layers = (Layer(np.full((784, 2), 0.01), None, "identity"),)
    labels = np.eye(2)
    return Session(Network("digits", layers, images.reshape(2, 784), labels, 0.1, "half_squared_error"))


def test_a_sample_of_784_numbers_is_drawn_as_an_image():
    frame = digits().frame
    picture = heat_picture(frame, View().select("X", (1, 0)), "X")
    assert (picture.rows, picture.columns) == (28, 28)
    assert np.argwhere(picture.values == 1).tolist() == [[5, 20]]
    assert picture.index(5, 20) == (1, 5 * 28 + 20)
    assert picture.position((1, 5 * 28 + 20)) == (5, 20)
    assert picture.position((0, 0)) is None
    canvas = draw_whole_heat(frame, View().select("X", (1, 0)), Theme(), 80, 20)
    assert len({hit.y for hit in canvas.hits}) == 15


@pytest.mark.parametrize(("numbers", "side"), [(49, 0), (63, 0), (64, 8), (65, 0), (80, 0), (81, 9)])
def test_from_64_numbers_on_a_row_that_makes_a_square_is_an_image(numbers, side):
    layers = (Layer(np.full((numbers, 2), 0.01), None, "identity"),)
    made = Network("squares", layers, np.ones((3, numbers)), np.ones((3, 2)), 0.1, "half_squared_error")
    picture = heat_picture(Session(made).frame, View().select("X", (1, 0)), "X")
    assert (picture.rows, picture.columns) == ((side, side) if side else (3, numbers))
    weights = heat_picture(Session(made).frame, elsewhere(), "W1")
    assert (weights.rows, weights.columns) == (numbers, 2)


def test_an_image_is_that_of_the_sample_in_question():
    frame = digits().frame
    picture = heat_picture(frame, View().select("labelY", (1, 0)), "X")
    assert picture.lead == (1,)


def test_an_image_keeps_its_proportions():
    grid = heat_grid(heat_picture(digits().frame, elsewhere(), "X"), Theme(), 40, 4)
    assert len(grid.row_edges) == len(grid.column_edges) == 8


def test_down_in_an_image_goes_to_the_pixel_below_and_past_it_to_the_next_sample():
    frame = digits().frame
    view = move_in_heat(frame, View().select("X", (0, 5)), 11, 1, 1)
    assert view.index == (0, 28 + 6)
    last = move_in_heat(frame, View().select("X", (0, 27 * 28)), 11, 0, 1)
    assert last.index[0] == 1


def test_elsewhere_the_arrows_go_as_in_the_table():
    assert move_in_heat(SMALL, View().select("A", (0, 1)), 11, 0, 1).index == (1, 1)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("depth", ["full", "sixteen", "none"])
@pytest.mark.parametrize("size", [(41, 11), (20, 3), (76, 20), (1, 1)])
@pytest.mark.parametrize("name", ["article", "penguins"])
def test_every_pane_can_be_drawn(name, theme, depth, size):
    made = controller(name, "i1:delta_V").session
    look = Theme(theme, depth, table=HEAT)
    for draw in (draw_heat, draw_whole_heat):
        canvas = draw(made.frame, View(), look, *size)
        assert all(len(row) == size[0] for row in canvas.characters)
        assert all(cell_len(line) <= size[0] for line in canvas.text().splitlines())
        for role in {role for row in canvas.roles for role in row}:
            assert look.style(role) is not None


@pytest.mark.parametrize("theme", THEMES)
def test_the_shades_go_from_the_ground_to_the_colours_of_the_signs(theme):
    look = Theme(theme)
    assert look.style("heat+0").color == look.style("text on node").bgcolor
    assert look.style(f"heat+{HEAT_LEVELS}").color == look.style("plus").color
    assert look.style(f"text on heat-{HEAT_LEVELS}").bgcolor == look.style("minus").color


def test_what_the_step_writes_is_in_sight_in_every_pane():
    made = controller("penguins").session
    for at in range(1, made.period + 1):
        made.goto(at)
        text = draw_heat(made.frame, View(), Theme(), 41, 9).text()
        assert f"▶{made.frame.step.name}" in text


def test_a_click_selects_the_cell():
    person = controller("penguins", "delta_W")
    person.theme = Theme(table=HEAT)
    person.size = (80, 24)
    canvas = person.draw()
    hit = next(hit for hit in canvas.hits if hit.target == ("slice", "delta_W", (1, 3)))
    person.click(canvas.target_at(hit.x, hit.y))
    chosen = selection(person.frame, person.view)
    assert (chosen.name, chosen.index, person.view.focus) == ("delta_W", (1, 3), "tensors")


def test_a_small_tensor_alone_has_large_cells():
    canvas = draw_whole_heat(SMALL, View().select("A", (1, 1)), Theme(), 80, 20)
    hits = [hit for hit in canvas.hits if hit.target == ("slice", "A", (0, 1))]
    assert [(hit.x, hit.y, hit.width) for hit in hits] == [(9, y, 8) for y in (1, 2, 3, 4)]
    narrow = draw_whole_heat(SMALL, View().select("A", (1, 1)), Theme(), 15, 20)
    assert len([hit for hit in narrow.hits if hit.target == ("slice", "A", (0, 1))]) == 2


CUBE = np.array([[[1.0, -2.0], [0.5, 0.0]], [[-4.0, 1.0], [2.0, 3.0]], [[0.0, 0.0], [1.0, 4.0]]])
STACK = make_frame(program_of([("E", "sum(C**2)")], {"C": CUBE}, ["C"]))


def test_a_tensor_of_three_axes_alone_has_all_its_slices_on_one_scale():
    canvas = draw_whole_heat(STACK, View().select("C", (1, 1, 0)), Theme(), 60, 12)
    first, second, *_ = canvas.text().splitlines()
    assert first.strip() == "±4.0000  [1,:,:]  2 of 3"
    assert second.split() == ["[0,:,:]", "[1,:,:]", "[2,:,:]"]
    found = shades(canvas, "C")
    assert {index: found[index][1] for index in [(0, 0, 1), (1, 0, 0), (1, 1, 0), (2, 1, 1)]} == {
        (0, 0, 1): "text on heat-4", (1, 0, 0): "text on heat-8", (1, 1, 0): "selected",
        (2, 1, 1): "text on heat+8",
    }  # fmt: skip
    assert len(found) == CUBE.size


def test_where_not_all_slices_fit_the_selected_one_is_among_those_shown():
    for at, names in ((0, ["[0,:,:]", "[1,:,:]"]), (2, ["[1,:,:]", "[2,:,:]"])):
        canvas = draw_whole_heat(STACK, View().select("C", (at, 0, 0)), Theme(), 17, 7)
        lines = canvas.text().splitlines()
        assert [line.strip() for line in lines if ":" in line] == [f"±4.0000  [{at},:,:]", *names]


def test_a_mask_does_not_take_the_shades_from_the_other_numbers():
    masked = np.array([[0.5, -1e9], [-2.0, 1.0]])
    frame = make_frame(program_of([("E", "sum(M)")], {"M": masked}, ["M"]))
    canvas = draw_heat(frame, elsewhere(), Theme(), *SIZE)
    found = {index: role for index, (_, role) in shades(canvas, "M").items()}
    assert found == {
        (0, 0): "text on heat+2", (0, 1): "text on heat-8",
        (1, 0): "text on heat-8", (1, 1): "text on heat+4",
    }  # fmt: skip
    assert "±2.0000" in canvas.text()


def test_a_picture_says_which_slice_it_is_and_stands_apart_from_the_next():
    made = program_of([("E", "sum(T) + sum(A)")], {"T": np.ones((2, 3, 4)), "A": A}, ["T", "A"])
    canvas = draw_heat(make_frame(made), View().select("T", (1, 0, 0)), Theme(), *SIZE)
    lines = canvas.text().splitlines()
    first = next(y for y, line in enumerate(lines) if "2×3×4" in line)
    assert "[1,:,:]  2 of 2" in lines[first + 1]
    assert lines[first + 3].strip() == ""
    assert "A" in lines[first + 4]


def heat_at(name, at):
    made = controller(name, at)
    made.size = (80, 24)
    while made.theme.table != "heat":
        press(made, "x")
    return made.draw().text().splitlines()[2:13]


@pytest.mark.parametrize(
    ("name", "at", "operands"),
    [("attention", "S", ["Q", "K", "width"]), ("attention", "A", ["M"]), ("conv", "delta_H", ["delta_pool"])],
)
def test_at_80_by_24_what_the_step_reads_is_in_sight_with_cells_or_its_number(name, at, operands):
    shown = heat_at(name, at)
    for operand in operands:
        (line,) = [line for line in shown if f"›{operand} " in line]
        assert re.search(r"[▄▀◆]|  \d\.\d{4}$", line) or "[" in shown[shown.index(line) + 1]


@pytest.mark.parametrize("at", ["S", "M", "A", "O"])
def test_no_tensor_is_named_beside_the_line_that_is_left_blank_below_its_cells(at):
    named = [line for line in heat_at("attention", at) if "±" in line]
    assert len(named) > 1
    assert all(re.search(r"[▄◆] ", line) for line in named)


def test_where_operands_are_gathered_gaps_are_marked_in_a_summary_too():
    made = controller("attention", "delta_a")
    made.size = (80, 24)
    while made.theme.table != "summary":
        press(made, "x")
    shown = made.draw().text().splitlines()[2:13]
    read = made.frame.current_step.reads
    assert {line.split("›")[-1].split()[0] for line in shown if "›" in line[36:]} == set(read)
    assert any("⋮›" in line for line in shown)
