"""The table of tensors: which lines, which numbers, how far it is scrolled."""

import ast
import re
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from debugger_driver import controller, debugging
from make_networks import network

from bpstep.netfile.reader import read_network
from bpstep.render.rails import has_rails
from bpstep.render.tensors.table import draw_tensors
from bpstep.render.tensors.table_rows import (
    first_visible_line,
    row_number,
    table_rows,
    tensor_order,
    visible_lines,
)
from bpstep.render.tensors.whole_tensor import draw_whole_tensor
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, _cells_that_show, selection
from bpstep.session.session import Session


def table(made, height=11, width=41, view=None, **theme):
    canvas = draw_tensors(made.frame, view or View(), Theme(**theme), width, height)
    return canvas.text().rstrip("\n").split("\n")


def line(lines, name):
    """The text after a tensor's name."""
    found = next(text for text in lines if re.match(rf"[ ▶›]{name}[ ✎]", text))
    return found[1 + len(name) :]


def test_tensors_stand_in_the_order_in_which_the_equations_meet_them():
    assert tensor_order(controller().frame.program) == (
        *("X", "W", "B1", "net_1", "H", "V", "B2", "net_2", "Y", "labelY", "E"),
        *("delta_Y", "delta_Y_net2", "delta_V", "delta_net2_H", "delta_H_net1", "delta_net1_w1", "delta_w1"),
        *("delta_net1_w2", "delta_w2", "learning_rate"),
    )


def test_a_table_with_room_for_everything_shows_every_row():
    lines = table(controller(at="16").session, height=40)
    names = [re.match(r"[ ▶›](\w*)", text)[1] for text in lines if text]
    assert [name for name in names if name] == list(tensor_order(controller().frame.program))
    assert line(lines, "W").split() == ["✎", "2×3", "0.1000", "0.3000", "0.5000"]
    assert lines[names.index("W") + 1].split() == ["0.2000", "0.4000", "0.6000"]
    assert [text.split() for text in lines[names.index("V") : names.index("B2")]] == [
        ["V", "✎", "3×1", "0.1005"],
        ["0.2006"],
        ["0.3006"],
    ]


def test_where_there_is_less_room_a_column_is_laid_on_its_side_and_says_so():
    assert line(table(controller(at="2").session), "V").split() == [
        "✎",
        "3×1",
        "ᵀ",
        "0.1000",
        "0.2000",
        "0.3000",
    ]


def test_a_long_tensor_shows_the_rows_around_the_selected_sample_and_how_many_there_are():
    made = Session(network((2, 2, 1), samples=9))
    made.goto("net_1")
    lines = table(made)
    at = next(y for y, text in enumerate(lines) if text.startswith("▶net_1"))
    assert lines[at + 2].strip() == "⋮ 7 rows below"
    chosen = View().select("net_1", (6, 1))
    lines = table(made, view=chosen)
    values = made.frame.tensors["net_1"]
    shown = "\n".join(lines)
    assert f"{values[6, 1]:.4f}" in shown
    assert f"{values[5, 1]:.4f}" in shown
    assert f"{values[0, 0]:.4f}" not in shown


def test_what_is_not_computed_is_a_dot_and_never_a_zero():
    lines = table(controller(at="2").session, height=40)
    assert line(lines, "delta_w2").split() == ["1×3", "·", "·", "·"]
    assert "0.0000" not in "\n".join(lines)


def test_the_table_marks_what_the_step_reads_and_writes():
    lines = table(controller(at="delta_w1").session, height=40)
    marks = {re.match(r".(\w+)", text)[1]: text[0] for text in lines if re.match(r".\w", text)}
    read = {"delta_Y", "delta_Y_net2", "delta_net2_H", "delta_H_net1", "delta_net1_w1"}
    assert {name for name, mark in marks.items() if mark == "›"} == read
    assert {name for name, mark in marks.items() if mark == "▶"} == {"delta_w1"}


def test_columns_that_have_no_room_are_counted_and_follow_the_selected_cell():
    made = Session(network((2, 12, 1), samples=1))
    made.goto("net_1")
    values = [f"{number:.4f}" for number in np.ravel(made.frame.tensors["net_1"])]
    assert line(table(made, width=41), "net_1").split()[1:] == [*values[:2], "…+10"]
    last = table(made, width=41, view=View().select("net_1", (0, 11)))
    assert line(last, "net_1").replace("‹", " ").split()[1:] == values[-2:]
    middle = table(made, width=41, view=View().select("net_1", (0, 6)))
    assert line(middle, "net_1").replace("‹", " ").split()[1:] == [*values[5:7], "…+5"]


def test_an_edited_cell_has_a_pen_before_it_and_no_other_has():
    made = controller(at="5").session
    made.edit("W", (1, 2), 0.75)
    lines = table(made, height=40)
    assert "0.4000 ✎0.7500" in "\n".join(lines)
    assert sum(text.count("✎0") for text in lines) == 1
    made.goto("21")
    assert sum(text.count("✎0") for text in table(made, height=40)) == 0
    made.goto("24")
    made.edit("delta_V", (1,), -0.5)
    assert "✎-0.5000" in "\n".join(table(made, height=40))


@pytest.mark.parametrize("name", ["article", "mazur", "xor", "penguins"])
@pytest.mark.parametrize("height", [7, 11, 20])
def test_at_every_step_what_it_writes_is_in_sight_and_the_table_moves_seldom(name, height):
    made = controller(name).session
    tops, allowed = [], []
    for n in range(1, made.period + 1):
        made.goto(n)
        assert any(text.startswith("▶") for text in table(made, height))
        lines = table_rows(made.frame, selection(made.frame, View()), height)
        tops.append(first_visible_line(made.frame, View(), lines, height))
        written = [y for y, line in enumerate(lines) if line.name == made.frame.step.name]
        allowed.append((max(written[-1] - height + 1, 0), min(written[0], len(lines) - height)))
    moves = sum(one != other for one, other in pairwise(tops))
    assert moves <= max(0.6 * made.period, fewest_moves(allowed) + 1)


def fewest_moves(allowed):
    """How often a table has to move at least so that its top is in one range after the other."""
    moves, (low, high) = 0, allowed[0]
    for first, last in allowed[1:]:
        low, high = max(low, first), min(high, last)
        if low > high:
            moves, low, high = moves + 1, first, last
    return moves


def test_at_80_by_24_the_articles_table_moves_once_in_an_iteration_and_stands_still_besides():
    made = controller().session
    tables = []
    for n in range(1, 17):
        made.goto(n)
        tables.append([re.match(r".(\w*)", text)[1] for text in table(made, 11)])
    kept = [sum(one == other for one, other in zip(*pair)) for pair in pairwise(tables)]
    assert sum(same < 5 for same in kept) == 1
    # X stays in sight where the steps on both sides of one read it and that one can do without the line.
    assert all(names[0] == "X" for names in tables[10:14])


@pytest.mark.parametrize(
    "name", ["article", "mazur", "han-kamber", "penguins", "deep", "batchnorm", "rnn", "conv", "attention"]
)
def test_what_a_step_reads_is_in_sight_with_its_first_row_however_far_apart_it_stands(name):
    made = controller(name).session
    for n in range(1, made.period + 1):
        made.goto(n)
        frame = made.frame
        lines = table(made, 11)
        for tensor in (frame.step.name, *frame.step.reads):
            at = next(y for y, text in enumerate(lines) if re.match(rf"[▶›]{tensor}\b", text))
            chosen = selection(frame, View()).index
            # The first row; with the columns of what is selected where there are as many.
            alike = frame.shape(tensor)[-1:] == frame.shape(frame.step.name)[-1:] and has_rails(frame.program)
            column = chosen[-1] if alike and chosen else 0
            first = np.atleast_1d(frame.tensors[tensor]).reshape(-1, *frame.shape(tensor)[-1:] or (1,))[
                0, column
            ]
            number = "≈0" if 0 < abs(first) < 1e-15 else Theme().number(float(first)).removesuffix(".0000")
            # Its slice or the names of its columns may stand above.
            assert any(number in text for text in lines[at : at + 2]), (n, tensor)


@pytest.mark.parametrize("name", ["deep", "conv", "attention"])
def test_no_later_row_stands_beside_a_name_and_no_count_of_rows_without_its_tensor(name):
    made = controller(name).session
    for n in range(1, made.period + 1):
        made.goto(n)
        view = View()
        rows = visible_lines(made.frame, view, table_rows(made.frame, selection(made.frame, view), 11), 11)
        for before, row in zip([None, *rows], rows):
            if before is None or before.name != row.name:
                assert row.first
                assert row.slices or row.heading or row.at == 0


def test_a_long_name_has_a_line_of_its_own_where_that_makes_room_for_columns_of_all_tensors():
    made = controller("batchnorm", at="delta_net1").session
    narrow, wide = (table(made, 11, width) for width in (41, 60))
    at = next(y for y, text in enumerate(narrow) if text.rstrip() == "›delta_net1_via_xhat 6×3")
    row = [f"{value:.4f}" for value in made.frame.tensors["delta_net1_via_xhat"][0]]
    assert narrow[at + 1].split() == ["1", *row]
    assert any(text.split() == ["›delta_net1_via_xhat", "1", *row] for text in wide)
    # Where it gains no column the name stands beside its numbers.
    beside = table(controller("attention", at="delta_x").session)
    assert any(re.match(r"›delta_x_via_var \[0\] +-0.1894 ", text) for text in beside)


def test_lines_that_are_left_out_between_two_are_marked_beside_the_table():
    made = controller("attention", at="delta_WQ")
    lines = made.draw().text().splitlines()
    marked = [text[39:].split()[0] for text in lines if text[38:39] == "⋮"]
    assert marked == ["›a", "›delta_Q", "▶delta_WQ"]


def test_the_rows_of_what_is_read_follow_the_selected_row_where_there_are_no_units():
    made = controller("attention", at="R").session
    lines = table(made, 11, view=View().select("R", (4, 0)))
    assert line(lines, "O").split()[:2] == ["6×4", "[3]"]
    assert any(re.match(r" +\[4\] ", text) for text in lines)


@pytest.mark.parametrize(
    ("name", "at", "read", "number"),
    [
        ("lstm", "z2", ["Wx", "B", "Wh"], ["0.0250", "1.0000", "0.3035"]),
        ("embedding", "delta_probs", ["probs", "delta_logprobs"], ["0.2065", "-0.1000"]),
    ],
)
def test_the_columns_of_what_is_read_follow_the_selected_column_where_there_are_no_units(
    name, at, read, number
):
    lines = table(controller(name, at).session, view=View().select(at, (0, 2)))
    for each, value in zip(read, number):
        assert value in line(lines, each)


def test_a_turned_column_follows_the_selected_sample():
    later = controller("deep", "i0:Y").session
    lines = table(later, view=View().select("net_4", (9, 0)))
    column = [f"{number:.4f}" for number in later.frame.tensors["Y"][:, 0]]
    assert column[9] in line(lines, "Y")
    assert column[0] not in line(lines, "Y")


async def test_a_chosen_cell_is_scrolled_to_and_the_step_is_when_one_goes_on():
    async with debugging(at="13") as person:
        assert "▶delta_net1_w2" in person.text
        assert " B1 ✎ 3" not in person.text
        await person.press("/", *"B1", "enter")
        assert " B1 ✎ 3" in person.text
        await person.press("n")
        assert "▶delta_w2" in person.text
        assert person.selected == ("B1", (0,))


def test_a_chosen_cell_far_down_is_seen_with_the_name_of_its_tensor():
    made = Session(network((40, 6, 1), samples=1))
    made.goto("delta_B1")
    for row in (0, 1, 20, 39):
        lines = table(made, view=View().select("W", (row, 3)))
        value = made.frame.tensors["W"][row, 3]
        at = next(y for y, text in enumerate(lines) if text[1:].startswith("W ✎"))
        assert any(f"{value:.4f}" in text for text in lines[at : at + 4])


def test_the_rows_are_a_function_of_the_moment_and_the_selection():
    frame = controller("penguins", "i2:net_1").frame
    chosen = selection(frame, View())
    assert table_rows(frame, chosen, 11) == table_rows(frame, chosen, 11)
    assert len(table_rows(frame, chosen, 11)) < len(table_rows(frame, chosen, 500))


def test_where_rows_are_left_out_those_that_are_shown_have_numbers():
    made = Session(network((2, 2, 1), samples=9))
    made.goto("net_1")
    for sample, before, after in (
        (0, "", "7 rows below"),
        (8, "7 rows above", ""),
        (5, "4 rows above", "3 below"),
    ):
        lines = table(made, view=View().select("net_1", (sample, 0)))
        at = next(y for y, text in enumerate(lines) if text.startswith("▶net_1"))
        first = max(sample - 1, 0)
        numbers = [text[: text.index(".") - 2].split()[-1] for text in lines[at : at + 2]]
        assert numbers == [str(first + 1), str(first + 2)]
        assert lines[at + 2].strip() == "⋮ " + ", ".join(filter(None, (before, after)))


def test_rows_that_are_no_samples_have_the_index_of_their_cells():
    made = Session(network((9, 2, 1), samples=1))
    lines = table(made, view=View().select("W", (4, 0)))
    at = next(y for y, text in enumerate(lines) if re.match(".W", text))
    assert ["[3]" in lines[at], "[4]" in lines[at + 1]] == [True, True]


@pytest.mark.parametrize("height", [7, 11, 20, 60])
def test_the_rows_of_a_long_tensor_have_their_numbers_however_the_table_is_scrolled(height):
    made = Session(network((9, 5, 1), samples=1))
    made.goto("net_1")
    for row in range(9):
        view = View().select("W", (row, 0))
        values = made.frame.tensors["W"]
        lines = table(made, height, view=view)
        top = next((y for y, text in enumerate(lines) if text[1:].startswith("W ✎")), 0)
        lines = [text for text in lines[top : top + 9] if text[1:4] in ("W ✎", "   ", "  9")]
        shown = [re.search(r"\[(\d)\] +(-?[\d.]+)", text) for text in lines]
        numbers = {int(found[1]): found[2] for found in shown if found}
        assert row in numbers
        assert all(float(number) == round(values[at, 0], 4) for at, number in numbers.items())


def test_the_first_line_has_its_tensors_name_also_where_the_tensor_begins_further_up():
    made = Session(network((3, 3, 1), samples=1))
    for n in range(made.period):
        made.goto(n)
        for height in range(5, 14):
            assert table(made, height)[0][1].isalpha()


@pytest.mark.parametrize("name", ["article", "mazur", "xor", "penguins"])
@pytest.mark.parametrize("height", [11, 40])
def test_every_tensor_has_its_shape_in_the_table(name, height):
    made = controller(name).session
    made.goto(made.period)
    for tensor in tensor_order(made.program):
        sizes = made.frame.shape(tensor)
        shape = "×".join(map(str, sizes))
        # The second line, where the shape of a long name stands, should be in sight too.
        index = tuple(int(axis == 0 and size > 1) for axis, size in enumerate(sizes))
        lines = table(made, height, view=View().select(tensor, index))
        at = next(y for y, text in enumerate(lines) if re.match(rf"[ ▶›]{tensor}( |$)", text))
        assert any(re.search(rf"(^| ){re.escape(shape)}( |$)", text) for text in lines[at : at + 2])


# One tensor whole


def whole(made, view, width=80, height=20, **theme):
    canvas = draw_whole_tensor(made.frame, view, Theme(**theme), width, height)
    return canvas.text().rstrip("\n").split("\n")


def test_a_zoomed_matrix_has_every_cell_with_the_numbers_of_its_rows_and_columns():
    made = controller("penguins", "i3:delta_W").session
    lines = whole(made, View())
    values = made.frame.tensors["delta_W"]
    assert lines[0].split() == [f"[{column}]" for column in range(8)]
    for row, text in enumerate(lines[1:]):
        number, *cells = text.split()
        assert number == f"[{row}]"
        assert cells == [Theme().number(value) for value in values[row]]
    assert len(lines) == 5


def test_a_zoomed_vector_is_broken_into_lines_that_begin_with_their_index():
    made = Session(network((2, 23, 1), samples=1))
    made.goto("net_1")
    lines = whole(made, View().select("B1", (0,)))
    assert [text.split()[0] for text in lines] == ["[0]", "[8]", "[16]"]
    assert sum(len(text.split()) - 1 for text in lines) == 23


def test_a_zoomed_tensor_larger_than_the_pane_shows_the_part_around_the_selected_cell():
    made = Session(network((50, 40, 1), samples=1))
    values = made.frame.tensors["W"]
    for row, column in ((0, 0), (25, 13), (49, 39)):
        lines = whole(made, View().select("W", (row, column)), height=12)
        columns = lines[0].replace("‹", " ").replace("›", " ").split()
        text = next(text for text in lines[1:] if text.split()[0] == f"[{row}]")
        cell = text.split()[1:][columns.index(f"[{column}]")]
        assert cell == Theme().number(values[row, column])
        assert len(lines) == 12


async def test_arrows_go_through_a_zoomed_tensor_line_by_line_and_on_to_the_next():
    async with debugging(Session(network((2, 23, 1), samples=1)).network, at="0") as person:
        await person.press("/", *"B1", "enter", "z", "right")
        assert "B1 ✎ 23" in person.text
        assert selection(person.controller.frame, person.controller.view).index == (1,)
        await person.press("down")
        assert selection(person.controller.frame, person.controller.view).index == (9,)
        await person.press("down", "down")
        chosen = selection(person.controller.frame, person.controller.view)
        assert (chosen.name, chosen.index) == ("net_1", (0, 0))
        await person.press("up")
        chosen = selection(person.controller.frame, person.controller.view)
        assert (chosen.name, chosen.index) == ("B1", (22,))


@pytest.mark.parametrize("name", ["article", "mazur", "xor"])
def test_the_sign_for_further_columns_lies_over_no_number(name):
    person = controller(name, at="i1:E", format_index=3)
    for width in range(60, 121):
        person.size = (width, 24)
        canvas = person.draw()
        tensors = person.frame.tensors
        for hit in canvas.hits:
            if not isinstance(hit.target, tuple) or hit.target[0] != "cell" or len(hit.target) != 3:
                continue
            _, tensor, index = hit.target
            if tensor not in tensors or tensor == "labelY":
                continue
            text = "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width]).strip(" ✎▸‹")
            number = repr(float(np.asarray(tensors[tensor])[index]))
            if not any(character.isdigit() for character in text):
                continue
            # Cut it may be, where there is no room, but never so that it is another number.
            assert text == number or (text.endswith("…") and number.startswith(text[:-1]) and len(text) > 8)


LAYERS = """\
loss = "cross_entropy"
learning_rate = 0.1
[data]
inputs = [[1, 2], [3, 1], [0, 1]]
labels = ["dog", "cat", "dog"]
[[layers]]
units = 2
activation = "tanh"
normalization = "batch"
dropout = 0.5
[[layers]]
units = 2
activation = "softmax"
"""


def test_rows_of_samples_are_counted_as_the_picture_counts_them_in_every_chain_of_layers(tmp_path):
    path = tmp_path / "net.toml"
    path.write_text(LAYERS, encoding="utf-8")
    session = Session(read_network(path))
    session.goto("i1")
    rows = table_rows(session.frame, selection(session.frame, View()), 500)
    numbers = {}
    for row in rows:
        if row.at is not None and len(session.frame.shape(row.name)) == 2:
            numbers.setdefault(row.name, []).append(row_number(session.frame, row))
    per_sample = {name for name, found in numbers.items() if found == ["1", "2", "3"]}
    assert {"X", "labelY", "net_1", "hat_1", "norm_1", "H", "mask_1", "drop_1", "net_2", "Y"} <= per_sample
    assert {"delta_Y", "delta_net2", "delta_drop1", "delta_H"} <= per_sample
    assert numbers["W"] == numbers["V"] == ["[0]", "[1]"]


def test_a_number_that_is_0_but_for_rounding_is_so_in_the_usual_format():
    session = controller("attention", at="delta_mu_via_var").session
    assert 0 < abs(session.frame.tensors["delta_mu_via_var"][0, 0]) < 1e-15
    for theme, sign in (({}, "≈0"), ({"ascii": True}, "~0"), ({"format_index": 2}, "e-17")):
        assert sign in "\n".join(table(session, height=60, **theme))


def test_a_small_number_of_small_terms_is_a_number():
    frame = controller("attention", at="delta_var").frame
    small = {name: 1e-12 * frame.tensors[name] for name in ("delta_a", "delta_var")}
    shown = draw_tensors(replace(frame, tensors={**frame.tensors, **small}), View(), Theme(), 41, 60).text()
    assert "-3e-13" in line(shown.split("\n"), "delta_var")
    assert "≈0" not in shown


@pytest.mark.parametrize(
    ("equation", "value", "shown"),
    [
        ("a + b", [[0, 3], [1, -1]], [[0, 1], [0, 0]]),
        # Where every cell is a share of 1, or 0, those show.
        ("a + b", [[0, 1], [1, 0]], [[0, 1], [1, 0]]),
        ("a + b", [[0, 0]], [[0, 0]]),
        ("a + b", [0.5, 0, 1], [1, 0, 0]),
        # A transpose leaves its diagonal where it is.
        ("a.T", [[2, 3], [4, 5]], [[0, 1], [1, 0]]),
        ("a.T", [[2, 1], [1, 5]], [[1, 0], [0, 1]]),
        ("a.T", [[2, 0], [0, 5]], [[1, 0], [0, 1]]),
        ("a.T", [2, 3], [1, 1]),
        ("", [[2, 3], [4, 5]], [[1, 1], [1, 1]]),
    ],
)
def test_the_cell_looked_at_first_is_no_0_no_share_of_1_and_not_on_a_transposes_diagonal(
    equation, value, shown
):
    step = SimpleNamespace(tree=ast.parse(equation, mode="eval").body) if equation else None
    found = _cells_that_show(SimpleNamespace(current_step=step), np.array(value, float))
    assert found.astype(int).tolist() == shown
