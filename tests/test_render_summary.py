"""The tensors a line each: the statistics are those of the numbers, and every tensor can be reached."""

import numpy as np
import pytest
from debugger_driver import controller
from rails_frames import make_frame, program_of

from bpstep.explain.numbers import format_short
from bpstep.render.tensors.summary import draw_summary, move_in_summary
from bpstep.render.tensors.table_rows import tensor_order
from bpstep.render.theme import SUMMARY, Theme
from bpstep.render.view_state import View, selection
from bpstep.ui.input import handle_key

A = np.array([[1.0, -3.0, 0.0], [0.5, 0.0, 0.125]])


def frame_of(values):
    return make_frame(program_of([("E", "sum(A**2)")], {"A": values}, ["A"]))


def numbers(frame, name, size=(100, 20)):
    """The words of a tensor's line behind its name and shape."""
    lines = draw_summary(frame, View().select("learning_rate", ()), Theme(), *size).text().splitlines()
    return next(line for line in lines if line[1:].startswith(f"{name} ")).split()[-6:]


def test_a_line_has_mean_deviation_least_largest_zeros_and_what_is_not_finite():
    texts = [format_short(float(value)) for value in (A.mean(), A.std(), -3.0, 1.0)]
    assert numbers(frame_of(A), "A") == [*texts, "2", "0"]


def test_least_and_largest_leave_nan_out_and_the_line_is_an_alert():
    frame = frame_of(np.array([1.0, np.nan, -2.0]))
    assert numbers(frame, "A") == ["nan", "nan", "-2.0000", "1.0000", "0", "1"]
    canvas = draw_summary(frame, View(), Theme(), 100, 20)
    assert "alert" in canvas.roles[1]
    assert numbers(frame_of(np.array([np.nan, np.nan])), "A")[2:] == ["nan", "nan", "0", "2"]


def test_what_is_not_computed_has_dots():
    assert numbers(frame_of(A), "delta_A") == ["·"] * 6


def test_a_narrow_pane_shows_the_first_columns_with_their_titles():
    made = controller("penguins", "delta_W").session
    lines = draw_summary(made.frame, View(), Theme(), 41, 11).text().splitlines()
    assert lines[0].split() == ["mean", "dev.", "smallest"]
    (line,) = [line for line in lines if line.startswith("▶")]
    assert line.split()[-3:] == [
        format_short(float(measure(made.frame.tensors["delta_W"]))) for measure in (np.mean, np.std, np.min)
    ]


@pytest.mark.parametrize("height", [2, 5, 11])
def test_what_the_step_writes_is_in_sight(height):
    made = controller("penguins").session
    for at in range(1, made.period + 1):
        made.goto(at)
        assert f"▶{made.frame.step.name}" in draw_summary(made.frame, View(), Theme(), 41, height).text()


def test_the_arrows_go_from_tensor_to_tensor():
    person = controller("penguins", "delta_W")
    person.theme = Theme(table=SUMMARY)
    names = tensor_order(person.frame.program)
    at = names.index("delta_W")
    for key, name in (("down", names[at + 1]), ("up", "delta_W"), ("up", names[at - 1])):
        handle_key(person, key)
        assert selection(person.frame, person.view).name == name
    assert move_in_summary(person.frame, person.view, -99).name == names[0]
    assert move_in_summary(person.frame, person.view, 99).name == names[-1]


def test_a_click_selects_the_tensor():
    person = controller("penguins", "delta_W")
    person.theme = Theme(table=SUMMARY)
    person.size = (80, 24)
    canvas = person.draw()
    hit = next(hit for hit in canvas.hits if hit.target[:2] == ("slice", "delta_B1"))
    person.click(hit.target)
    assert selection(person.frame, person.view).name == "delta_B1"


def test_the_summary_is_ascii_where_the_terminal_is():
    made = controller("article", "delta_V").session
    assert draw_summary(made.frame, View(), Theme(ascii=True), 60, 11).text().isascii()
