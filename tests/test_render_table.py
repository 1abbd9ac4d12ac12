"""The table of tensors: which lines, which numbers, how far it is scrolled."""

import re
from itertools import pairwise

import numpy as np
import pytest
from debugger_driver import controller, debugging
from make_networks import network

from bpstep.render.table import draw_tensors
from bpstep.render.table_rows import table_rows, tensor_order
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session


def table(made, height=11, width=41, view=None, **theme):
    canvas = draw_tensors(made.frame, view or View(), Theme(**theme), width, height)
    return canvas.text().rstrip("\n").split("\n")


def line(lines, name):
    """What stands behind a tensor's name."""
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
    assert line(lines, "W").split() == ["✎2×3", "0.1000", "0.3000", "0.5000"]
    assert lines[names.index("W") + 1].split() == ["0.2000", "0.4000", "0.6000"]
    assert [text.split() for text in lines[names.index("V") : names.index("B2")]] == [
        ["V✎3×1", "0.1005"],
        ["0.2006"],
        ["0.3006"],
    ]


def test_where_there_is_less_room_a_column_is_laid_on_its_side_and_says_so():
    assert line(table(controller(at="2").session), "V").split() == ["✎3×1ᵀ", "0.1000", "0.2000", "0.3000"]


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
    tops = []
    for n in range(1, made.period + 1):
        made.goto(n)
        lines = table(made, height)
        assert any(text.startswith("▶") for text in lines)
        tops.append(lines[0].split("  ")[0].strip(" ›▶"))
    moves = sum(one != other for one, other in pairwise(tops))
    assert moves <= 0.6 * made.period


def test_rows_in_sight_at_80_by_24_hold_the_step_and_what_it_reads_where_that_is_possible():
    made = controller().session
    seen = 0
    for n in range(1, 17):
        made.goto(n)
        names = {re.match(r".(\w*)", text)[1] for text in table(made, 11)}
        seen += set(made.frame.step.reads) <= names
    # Some stand too far from one another, as learning_rate, V and delta_V.
    assert seen >= 11


async def test_a_chosen_cell_is_scrolled_to_and_the_step_is_when_one_goes_on():
    async with debugging(at="13") as person:
        assert "▶delta_net1_w2" in person.text
        assert "B1✎3" not in person.text
        await person.press("/", *"B1", "enter")
        assert "B1✎3" in person.text
        await person.press("n")
        assert "▶delta_w2" in person.text
        assert person.selected == ("B1", (0,))


def test_a_chosen_cell_far_down_is_seen_with_the_name_of_its_tensor():
    made = Session(network((40, 6, 1), samples=1))
    made.goto("delta_B1")
    for row in (0, 1, 20, 39):
        lines = table(made, view=View().select("W", (row, 3)))
        value = made.frame.tensors["W"][row, 3]
        at = next(y for y, text in enumerate(lines) if text[1:].startswith("W✎40×6"))
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
