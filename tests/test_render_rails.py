"""The network as rails: one line a tensor, joined to its readers, with its size and its gradient's."""

import math
import re
from dataclasses import replace
from pathlib import Path

import documents
import forward_programs
import numpy as np
import pytest
from chance import examples
from debugger_driver import controller
from hypothesis import given
from hypothesis import strategies as st
from on_rails import open_on_rails
from rails_frames import make_frame, make_program, program_of
from rich.cells import cell_len

from bpstep.defaults import THEMES
from bpstep.errors import ExpressionError
from bpstep.netfile.builtin import open_network
from bpstep.render.rails.cursor import move_on_rails, select_tensor
from bpstep.render.rails.lines import lit_connections, rails_of, touched_tensors
from bpstep.render.rails.numbers import HISTOGRAM_WIDTH, format_size, histogram, tensor_size
from bpstep.render.rails.pane import draw_rails
from bpstep.render.rails.tracks import lay_tracks, track_cells, track_character
from bpstep.render.screen import arrange_panes
from bpstep.render.tensors.table_rows import width_of_columns
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session
from bpstep.ui.input import handle_click, handle_key

NARROW, WIDE = (40, 11), (76, 20)

BATCHNORM = make_program("batchnorm_mlp")
RESIDUAL = make_program("residual_mlp")
SHARED = make_program("rnn_3")


def pane(program, at="", size=NARROW, view=None, **theme):
    return draw_rails(make_frame(program, at), view or View(), Theme(**theme), *size)


def line_of(canvas, name):
    """The text of a tensor's line."""
    y = y_of(canvas, name)
    return "".join(canvas.characters[y])


def y_of(canvas, name):
    return next(hit.y for hit in canvas.hits if hit.target == ("tensor", name, name))


def role_of(canvas, name, line=""):
    """The role of a tensor's name on a line: its own if no other is given."""
    y = y_of(canvas, line or name)
    at = re.search(rf"\b{name}\b", "".join(canvas.characters[y])).start()
    return canvas.roles[y][at]


def rails(canvas, width, first=1):
    """The characters of the rails, a line each."""
    lines = ["".join(row[1 : 1 + width]) for row in canvas.characters[first:]]
    return [line.rstrip() for line in lines if line.strip()]


# Rails


def test_a_tensors_rail_goes_down_to_its_last_reader():
    assert rails(pane(BATCHNORM), 5) == ["●", "├─●", "├─┼─●", "●─┴─╯", "●", "●", "●", "●", "●"]


def test_a_residual_connection_is_a_rail_beside():
    lines = rails(pane(RESIDUAL), 3)
    assert lines == ["●", "●", "├─●", "●─╯", "├─●", "●─╯", "●", "●"]


def test_a_rail_that_a_line_does_not_read_is_drawn_through_the_stroke():
    # The third reads the first, across the second's rail; the last reads all.
    tracks = lay_tracks([(), (), (0,), (0, 1, 2)])
    cells = track_cells(tracks, 2, {})
    assert "".join("●" if cell.is_node else track_character(cell, False) for cell in cells) == "├─│─●"
    plain = "".join("o" if cell.is_node else track_character(cell, True) for cell in cells)
    assert plain == "+-|-o"


@st.composite
def readings(draw):
    """Which earlier lines each line reads."""
    count = draw(st.integers(1, 12))
    return [sorted(draw(st.sets(st.integers(0, max(at - 1, 0)), max_size=3)) - {at}) for at in range(count)]


@examples(300)
@given(readings(), st.integers(0, 2))
def test_following_the_strokes_from_a_tensor_leads_to_its_readers_and_nowhere_else(reads, spacing):
    tracks = lay_tracks(reads)
    grid = [track_cells(tracks, line, {}, spacing) for line in range(len(reads))]
    step = spacing + 1
    for line, row in enumerate(grid):
        assert [x for x, cell in enumerate(row) if cell.is_node] == [tracks.columns[line] * step]
    for source in range(len(reads)):
        x = tracks.columns[source] * step
        found = set()
        at = source
        while grid[at][x].arms[1]:
            at += 1
            assert grid[at][x].arms[0]
            cell = grid[at][x]
            if cell.is_node:
                found.add(at)
                break
            if cell.arms[2] or cell.arms[3]:
                found.add(at)
        assert found == {line for line, sources in enumerate(reads) if source in sources}


@examples(100)
@given(readings())
def test_strokes_meet_the_strokes_of_the_cells_beside(reads):
    tracks = lay_tracks(reads)
    grid = [track_cells(tracks, line, {}) for line in range(len(reads))]
    for y, row in enumerate(grid):
        for x, cell in enumerate(row):
            below = grid[y + 1][x].arms[0] if y + 1 < len(grid) else 0
            assert cell.arms[1] == below
            if x + 1 < len(row):
                crossed = {cell.arms[0] and cell.arms[1] and not cell.is_node, 1}
                assert cell.arms[3] == row[x + 1].arms[2] or crossed


# What stands on a line


def test_a_line_has_the_parameters_its_equation_reads_beside_it():
    canvas = pane(BATCHNORM)
    assert line_of(canvas, "bn").split()[:4] == ["●", "bn", "gamma", "beta"]
    assert line_of(canvas, "net_1").split()[:5] == ["●", "net_1", "X", "W", "B1"]


def test_parameters_come_before_data_where_not_all_have_room():
    narrow = draw_rails(controller("lstm").frame, View(), Theme(), 38, 20)
    assert "x2" in controller("lstm").frame.program.steps[6].reads
    assert line_of(narrow, "z2").split()[-6:] == ["Wx", "Wh", "B", "…", "·", "·"]


def test_the_parameter_whose_gradient_is_computed_is_shown_where_not_all_have_room():
    attention = make_program("attention")
    for at, shown in (("delta_gamma", "gamma …"), ("delta_beta", "beta …")):
        canvas = pane(attention, at)
        assert shown in line_of(canvas, "a")
        assert role_of(canvas, shown.split()[0], "a") == "selected"


def test_the_size_is_the_root_mean_square():
    assert tensor_size(np.array([[3.0, 4.0], [0.0, 0.0]])) == 2.5
    assert tensor_size(np.array([1, 0, 1, 0])) == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert tensor_size(np.array([])) == 0


def test_a_single_number_keeps_its_sign():
    assert tensor_size(np.float64(-0.7)) == -0.7


@pytest.mark.parametrize("scale", [1e200, 1e-200, 5e-324])
def test_a_size_is_right_however_large_or_small_the_cells_are(scale):
    assert tensor_size(np.array([scale, -scale])) == scale


def test_the_size_of_a_tensor_with_nan_is_nan_and_with_infinity_infinite():
    assert math.isnan(tensor_size(np.array([1.0, np.nan])))
    assert tensor_size(np.array([1.0, -np.inf])) == math.inf


def test_a_size_has_three_digits():
    numbers = {1.0333: "1.03", 0.36712: "0.367", 12.345: "12.3", 1234.5: "1234", 0.0123: "0.0123", 0: "0"}
    assert {number: format_size(number) for number in numbers} == numbers
    assert format_size(0.9996) == "1.00"
    assert format_size(0.00123) == "1.2e-3"
    assert format_size(-1.6e-17) == "-2e-17"


@given(st.floats())
def test_a_size_fits_its_column_and_reads_back(size):
    text = format_size(size)
    assert len(text) <= 7
    if abs(size) < 1e300:
        is_short = len(f"{size:.1e}".replace("e+0", "e").replace("e-0", "e-")) > 7
        assert float(text) == pytest.approx(size, rel=0.34 if is_short else 0.05, abs=1e-300)


def test_sizes_on_the_lines_are_the_tensors_own():
    frame = make_frame(BATCHNORM, "B1")
    canvas = draw_rails(frame, View(), Theme(), *NARROW)
    for name in ("net_1", "mu", "var", "xhat", "bn", "H", "net_2", "Y"):
        value, back = (np.asarray(frame.tensors[key]) for key in (name, f"delta_{name.replace('_', '')}"))
        shown = line_of(canvas, name).split()[-2:]
        assert shown == [format_size(np.sqrt(np.mean(part**2))) for part in (value, back)]


def test_gradients_fill_in_upwards():
    filled = []
    for at in ("E", "delta_Y", "delta_net2", "delta_xhat", "delta_net1"):
        canvas = pane(BATCHNORM, at)
        names = ("net_1", "mu", "var", "xhat", "bn", "H", "net_2", "Y")
        filled.append([line_of(canvas, name).split()[-1] != "·" for name in names])
    assert [sum(found) for found in filled] == [0, 1, 2, 5, 8]
    assert all(found == sorted(found) for found in filled)


def test_the_loss_has_no_gradient():
    assert line_of(pane(BATCHNORM, "B1"), "E").split()[-1] == "0.424"


def test_what_is_not_computed_is_a_dot():
    canvas = pane(BATCHNORM, "net_1")
    assert line_of(canvas, "mu").split()[-2:] == ["·", "·"]
    assert role_of(canvas, "mu") == "coming"


def test_a_part_of_a_gradient_and_a_factor_say_that_they_are_not_the_gradient():
    assert " 0.0161+" in line_of(pane(BATCHNORM, "delta_mu_via_xhat"), "mu")
    frame = make_frame(BATCHNORM, "delta_H_bn")
    share = np.mean(frame.tensors["delta_H_bn"])
    assert f" {format_size(np.sqrt(share))}′" in line_of(draw_rails(frame, View(), Theme(), *NARROW), "bn")


@pytest.mark.parametrize(
    ("network", "step", "line", "sign"),
    [("attention", "delta_netprobs", "probs", "∂"), ("rnn", "delta_neth3", "h3", "∂"),
     ("conv", "delta_H_part", "H", "′"), ("attention", "delta_mu_via_a", "mu", "+")],
)  # fmt: skip
def test_a_gradient_of_another_result_and_a_factor_are_no_part_of_a_gradient(network, step, line, sign):
    frame = controller(network, at=step).frame
    shown = line_of(draw_rails(frame, View(), Theme(), 40, 20), line)
    assert f"{format_size(tensor_size(frame.tensors[step]))}{sign}" in shown


def test_no_two_numbers_stand_together_and_none_beside_the_arrow_that_scrolls():
    small = draw_rails(controller("lstm", at="delta_neto2").frame, View(), Theme(), 38, 20)
    assert re.search(r"Wx Wh B … 0\.[0-9]{3} [0-9]\.[0-9]e-[0-9]\+$", line_of(small, "z2").rstrip())
    frame = controller("attention", at="delta_mu_via_var").frame
    lines = draw_rails(frame, View(), Theme(), 38, 11).text().splitlines()
    assert lines[-1].rstrip().endswith("0.272 ▼")


def test_of_a_name_that_has_no_room_the_beginning_is_shown():
    canvas = draw_rails(controller("embedding", at="E").frame, View(), Theme(), 36, 20)
    assert "E        followi… 1.79" in line_of(canvas, "E")


def test_a_name_may_take_the_cells_that_a_size_leaves():
    for width, line in ((38, "E        following  1.79"), (37, "E        following 1.79")):
        canvas = draw_rails(controller("embedding", at="E").frame, View(), Theme(), width, 20)
        assert line in line_of(canvas, "E")


@pytest.mark.parametrize(
    ("network", "step", "line", "is_rounding"),
    [
        ("embedding", "delta_largest", "largest", True),
        ("attention", "delta_mu_via_var", "mu", True),
        ("embedding", "delta_shifted", "shifted", False),
        ("lstm", "delta_neto2", "z2", False),
    ],
)
def test_a_gradient_that_is_0_but_for_rounding_is_not_shown_as_a_size(network, step, line, is_rounding):
    frame = controller(network, at=step).frame
    for ascii_only, sign in ((False, "≈0"), (True, "~0")):
        shown = line_of(draw_rails(frame, View(), Theme(ascii=ascii_only), 40, 20), line)
        assert (sign in shown) is is_rounding


def test_a_small_gradient_whose_terms_are_as_small_is_a_size():
    frame = controller("embedding", at="delta_shifted").frame
    assert frame.step.source == "delta_counts * counts"
    small = {name: 1e-12 * frame.tensors[name] for name in ("delta_counts", "delta_shifted")}
    shown = line_of(
        draw_rails(replace(frame, tensors={**frame.tensors, **small}), View(), Theme(), 40, 20), "shifted"
    )
    assert format_size(tensor_size(small["delta_shifted"]), 6) in shown


def test_a_wide_pane_has_shapes_histograms_and_right_hand_sides():
    canvas = pane(BATCHNORM, "xhat", WIDE)
    text = line_of(canvas, "xhat")
    assert "4×3" in text
    assert "(net_1 - mu) / sqrt" in text
    assert any(bar in text for bar in "▁▂▃▄▅▆")


def rails_at(name, width, height, at="E"):
    """The network's pane at the debugger, without what the table shows beside it."""
    person = controller(name, at)
    person.size = (width, height)
    region = arrange_panes(person.frame, person.view, person.theme, width, height).panes["network"]
    rows = person.draw().text().splitlines()[region.y : region.y + region.height]
    return [row[: region.width].rstrip() for row in rows]


def test_lines_to_spare_go_first_to_sides_that_would_lose_the_name_of_a_tensor():
    shown = "\n".join(rails_at("embedding", 120, 36))
    assert re.search(r"centred / sqrt\(var \+\n.* epsilon\)\n", shown)
    assert "following])" in shown
    assert "max(logits, axis=1, …" in shown


def test_a_right_hand_side_too_long_for_its_line_goes_on_below_where_the_pane_has_lines_to_spare():
    assert rails_at("rnn", 120, 36, "i0:h2")[:10] == [
        "                 rms     ∂E   min  max",
        "›●     h1 2×3  0.469      ·   ▆▃ ▃ ▃ ▃  tanh(x1 @ Wx + B)",
        "▶┡━●   h2 2×3  0.378      ·   ▆  ▃▃▃ ▃  tanh(x2 @ Wx + h1 @ Wh + B)",
        " │ ├─● h3 2×3      ·      ·             tanh(x3 @ Wx + h2 @ Wh + B)",
        " ● │ │ p1 2×4      ·      ·             softmax(h1 @ V)",
        " │ ● │ p2 2×4      ·      ·             softmax(h2 @ V)",
        " │ │ ● p3 2×4      ·      ·             softmax(h3 @ V)",
        " ●─┴─╯ E           ·                    -(sum(next1 * log(p1)) +",
        "                                          sum(next2 * log(p2)) +",
        "                                          sum(next3 * log(p3))) / 6",
    ]


def test_a_right_hand_side_is_broken_before_a_method_and_not_between_the_sizes_of_a_shape():
    shown = rails_at("conv", 120, 36)
    y = next(y for y, row in enumerate(shown) if " patches " in row)
    assert [row[45:] for row in shown[y : y + 3]] == [
        "windows(X, (3, 3),",
        "  axis=(1, 2))",
        "  .reshape(3, 4, 4, 9)",
    ]


def test_the_rails_run_on_beside_a_right_hand_side_of_two_lines_lit_as_they_are():
    shown = rails_at("attention", 120, 36, "i0:a")
    y = next(y for y, row in enumerate(shown) if " var " in row)
    assert [row[:8] for row in shown[y : y + 4]] == ["›┠─╂─●  ", " ┃ ┃ ┃  ", "▶┡━●━┛  ", " │ │    "]


@pytest.mark.parametrize("name", ["attention", "autoencoder", "conv", "lstm", "rnn"])
def test_no_right_hand_side_is_cut_at_120_by_36(name):
    assert not any("…" in row for row in rails_at(name, 120, 36))


def test_a_wide_screen_gives_the_rails_what_the_table_does_not_need():
    for name, columns in (("lstm", 3), ("attention", 4)):
        person = controller(name, "E")
        person.size = (120, 36)
        region = arrange_panes(person.frame, person.view, person.theme, 120, 36).panes["tensors"]
        assert region.width - width_of_columns(person.frame, person.theme, columns) in range(2)


def test_dots_for_further_names_stand_apart_from_a_name_that_is_whole():
    shown = rails_at("attention", 80, 24)
    assert any(" gamma … " in row for row in rails_at("attention", 80, 24, "i0:a"))
    assert any(" E     following " in row for row in shown)


def test_a_histogram_counts_the_cells_from_the_least_to_the_greatest():
    assert histogram(np.array([0.0, 1, 1, 1, 8]), False) == "▂▆     ▂"
    assert histogram(np.array([2.0, 2.0]), True).strip() == "#"
    assert histogram(np.float64(3), False) == " " * HISTOGRAM_WIDTH
    assert histogram(np.array([1.0, np.inf]), False) == " " * HISTOGRAM_WIDTH
    assert len(histogram(np.array([-1.7e308, 1.7e308]), False)) == HISTOGRAM_WIDTH


# What is lit


def test_forward_the_rails_from_what_is_read_to_what_is_written_are_lit():
    canvas = pane(BATCHNORM, "xhat")
    assert rails(canvas, 5)[:4] == ["●", "┠─●", "┠─╂─●", "●━┻━┛"]
    marks = ["".join(row[:1]) for row in canvas.characters[1:5]]
    assert marks == ["›", "›", "›", "▶"]
    assert canvas.roles[y_of(canvas, "var")][1] == "read"
    assert canvas.roles[y_of(canvas, "xhat")][1] == "write"


def test_going_back_the_rails_along_which_the_gradient_comes_are_lit():
    canvas = pane(RESIDUAL, "delta_H2")
    lines = rails(canvas, 3)
    # H2 gets its gradient from net_3 and from H3, but not from what stands above it.
    assert lines[3:6] == ["●─╯", "┣━●", "●─╯"]
    assert [canvas.characters[y_of(canvas, name)][0] for name in ("H2", "net_3", "H3", "H1")] == [*"▶›› "]


def test_a_factor_lights_its_own_rail():
    canvas = pane(BATCHNORM, "delta_H_bn")
    assert canvas.characters[y_of(canvas, "bn")][0] == "▶"
    assert canvas.roles[y_of(canvas, "bn")][1] == "write"


def test_a_parameter_is_lit_where_it_is_read_and_where_it_is_written():
    assert role_of(pane(BATCHNORM, "bn"), "gamma", "bn") == "read"
    canvas = pane(BATCHNORM, "gamma", view=View().select("E", ()))
    assert role_of(canvas, "gamma", "bn") == "write"
    assert canvas.characters[y_of(canvas, "bn")][0] == "▶"


def test_inside_an_equation_only_the_operands_are_lit():
    made = controller("penguins", "net_1").session
    made.goto(made.resolve("Y"), 1)
    canvas = draw_rails(made.frame, View(), Theme(), *NARROW)
    assert "…" in line_of(canvas, "E")


def test_a_number_that_is_not_finite_is_an_alert():
    program = program_of([("a", "W / 0"), ("E", "sum(a)")], {"W": np.array([1.0, 0.0])}, ["W"])
    assert "alert" in {*pane(program, "a").roles[1]}


# What is selected, and what is shown


def test_up_and_down_go_through_the_lines():
    frame = make_frame(BATCHNORM, "xhat")
    view = move_on_rails(frame, View(), 0, -1)
    assert view.name == "var"
    assert move_on_rails(frame, view, 0, 3).name == "H"
    assert move_on_rails(frame, view, 0, -9).name == "net_1"
    assert move_on_rails(frame, view, 0, 99).name == "E"


def test_sideways_goes_over_what_the_equation_reads_to_the_gradient():
    frame = make_frame(BATCHNORM, "bn")
    names, view = [], View()
    for _ in range(4):
        view = move_on_rails(frame, view, 1, 0)
        names.append(view.name)
    assert names == ["gamma", "beta", "delta_bn", "delta_bn"]
    assert move_on_rails(frame, view, 0, -1).name == "delta_xhat"
    assert move_on_rails(frame, view, -9, 0).name == "bn"


def test_a_parameter_of_several_lines_is_selected_on_the_line_one_is_on():
    frame = make_frame(SHARED, "net_2")
    view = move_on_rails(frame, View(), 3, 0)
    assert view.name == "Wh"
    assert move_on_rails(frame, view, -9, 0).name == "net_2"
    assert move_on_rails(frame, view, 0, 1).name == "h2"
    canvas = draw_rails(frame, view, Theme(), *NARROW)
    assert role_of(canvas, "Wh", "net_3") == "selected"


def test_a_parameters_gradient_lights_the_parameter_and_marks_its_line():
    canvas = pane(BATCHNORM, "delta_gamma", view=View().select("E", ()))
    assert canvas.characters[y_of(canvas, "bn")][0] == "▶"
    assert role_of(canvas, "gamma", "bn") == "write"
    assert role_of(canvas, "beta", "bn") != "write"
    chosen = pane(BATCHNORM, "E", view=View().select("delta_gamma", ()))
    assert role_of(chosen, "gamma", "bn") == "selected"


def test_a_click_selects_the_tensor():
    frame = make_frame(BATCHNORM, "B1")
    canvas = draw_rails(frame, View(), Theme(), *NARROW)
    y = y_of(canvas, "bn")
    x = line_of(canvas, "bn").index("beta")
    assert canvas.target_at(x, y) == ("tensor", "beta", "bn")
    assert canvas.target_at(NARROW[0] - 3, y) == ("tensor", "delta_bn", "bn")
    assert canvas.target_at(0, y) == ("tensor", "bn", "bn")
    assert selection(frame, select_tensor(frame, View(), "beta", "bn")).name == "beta"


@pytest.mark.parametrize("program", [BATCHNORM, RESIDUAL, make_program("lstm_2")], ids=["bn", "res", "lstm"])
def test_however_low_the_pane_is_what_the_step_writes_is_in_sight(program):
    for step in program.steps:
        for height in (1, 3, 6):
            canvas = pane(program, step.name, (40, height))
            marks = [row[0] for row in canvas.characters]
            assert "▶" in marks or step.name == "learning_rate"


def test_a_tensor_that_was_just_selected_is_in_sight():
    frame = make_frame(BATCHNORM, "net_1")
    for name in ("E", "net_1", "bn", "beta", "delta_Y"):
        canvas = draw_rails(frame, select_tensor(frame, View(), name), Theme(), 40, 4)
        assert "selected" in {role for row in canvas.roles for role in row}


def test_lines_out_of_sight_are_said():
    text = pane(BATCHNORM, "bn", (40, 5)).text().splitlines()
    assert text[1].endswith("▲")
    assert text[-1].endswith("▼")
    assert not pane(BATCHNORM, "bn", (40, 11)).text().count("▲")


def test_without_room_the_pane_says_so():
    assert "room" in pane(BATCHNORM, "bn", (19, 5)).text()


PROGRAMS = {
    name: make_program(name)
    for name in ("batchnorm_mlp", "residual_mlp", "vae", "lstm_2", "layernorm_mlp", "rnn_3")
}


@examples(100)
@given(
    st.sampled_from(sorted(PROGRAMS)),
    st.integers(0, 200),
    st.sampled_from(THEMES),
    st.sampled_from(["full", "sixteen", "none"]),
    st.booleans(),
    st.integers(0, 3),
    st.integers(1, 130),
    st.integers(1, 40),
)
def test_every_pane_has_its_size_and_its_characters(name, at, theme, depth, ascii_only, form, width, height):
    program = PROGRAMS[name]
    step = program.steps[at % len(program.steps)].name
    look = Theme(theme, depth, ascii_only, form)
    canvas = draw_rails(make_frame(program, step), View(), look, width, height)
    assert all(len(row) == width for row in (*canvas.characters, *canvas.roles))
    text = canvas.text()
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert text.isascii() or not ascii_only
    for role in {role for row in canvas.roles for role in row}:
        look.style(role)
    assert all(0 <= hit.x < hit.x + hit.width <= width and 0 <= hit.y < height for hit in canvas.hits)


def test_every_program_of_the_folder_is_drawn():
    drawn = 0
    for name in forward_programs.NAMES:
        try:
            program = make_program(name)
        except ExpressionError:
            continue
        pane(program, size=(34, 11))
        drawn += 1
    assert drawn > 20


def test_the_rails_in_the_manual_are_those_that_are_drawn():
    (block,) = [text for text in documents.blocks(documents.page("screen"), "text") if "xhat" in text]
    drawn = pane(BATCHNORM, "xhat").text().splitlines()
    assert block.splitlines() == drawn[: len(block.splitlines())]


# At the debugger


PROGRAM_FILES = Path(__file__).parent / "programs"


def person_at(at, name="batchnorm_mlp"):
    person = controller(open_on_rails(str(PROGRAM_FILES / f"{name}.toml")), at)
    person.size = (80, 24)
    return person


def test_arrows_and_clicks_choose_tensors_in_the_network():
    person = person_at("i0:bn")
    for key in ("f2", "right"):
        handle_key(person, key)
    assert selection(person.frame, person.view).name == "gamma"
    handle_key(person, "up")
    assert selection(person.frame, person.view).name == "xhat"
    canvas = person.draw()
    y = next(hit.y for hit in canvas.hits if hit.target == ("tensor", "net_2", "net_2"))
    x = next(hit.x for hit in canvas.hits if hit.target == ("tensor", "V", "net_2"))
    handle_click(person, canvas.target_at(x, y), double=False)
    assert selection(person.frame, person.view).name == "V"
    assert person.view.focus == "network"


def test_the_formulas_title_has_the_gradient_of_the_selected_cell():
    person = person_at("i0:delta_xhat")
    person.view = person.view.select("xhat", (1, 2))
    gradient = person.frame.tensors["delta_xhat"][1, 2]
    assert f"∂E {person.theme.number(gradient)}" in person.draw().text()


def test_a_wide_tensor_table_leaves_the_rails_their_room():
    text = person_at("i0:delta_mu_via_xhat").draw().text()
    assert " 0.0161+ │" in text
    assert "0.0176  0.0211 -0.0047" in text


def test_in_the_equations_a_tensor_is_lit_where_the_step_reads_it_only():
    canvas = pane(BATCHNORM, "xhat", WIDE)

    def role_in_equation(line, name):
        y = y_of(canvas, line)
        at = line_of(canvas, line).rindex(name)
        return canvas.roles[y][at]

    assert role_in_equation("xhat", "mu") == "read"
    assert role_in_equation("var", "mu") == "quiet"
    assert role_in_equation("bn", "xhat") == "quiet"


def test_a_rail_is_lit_no_further_than_to_the_reader():
    tracks = lay_tracks([(), (0,), (0,)])
    assert track_cells(tracks, 1, {(0, 1): "read"})[0].arms == (2, 1, 0, 2)
    assert track_cells(tracks, 2, {(0, 1): "read"})[0].arms[0] == 1


def test_where_lit_strokes_meet_what_is_written_wins():
    tracks = lay_tracks([(), (0,), (0,)])
    assert track_cells(tracks, 1, {(0, 1): "read", (0, 2): "write"})[0].role == "write"


def lit(program, at):
    """The connections that a step lights, by name."""
    found = lit_connections(rails_of(program), program, touched_tensors(make_frame(program, at)))
    names = [line.name for line in rails_of(program).lines]
    return {(names[source], names[reader]): role for (source, reader), role in found.items()}


def test_a_part_that_comes_back_through_one_reader_lights_its_connection():
    session = Session(open_network(str(PROGRAM_FILES / "attention.toml")))
    session.goto("i0:delta_x")
    frame = session.frame
    rails_there = rails_of(frame.program)
    names = [line.name for line in rails_there.lines]
    found = lit_connections(rails_there, frame.program, touched_tensors(frame))
    assert {(names[a], names[b]) for a, b in found} == {("x", reader) for reader in ("mu", "var", "a", "R")}
    session.goto("i0:delta_x_via_a")
    found = lit_connections(rails_there, frame.program, touched_tensors(session.frame))
    assert {(names[a], names[b]): role for (a, b), role in found.items()} == {("x", "a"): "write"}


def test_a_factor_lights_the_connection_that_it_belongs_to():
    assert lit(BATCHNORM, "delta_H_bn") == {("bn", "H"): "write"}
    assert lit(BATCHNORM, "delta_bn") == {("bn", "H"): "read"}


def test_of_what_the_step_touches_what_it_writes_is_shown():
    elsewhere = View().select("E", ())
    for at, sign in (("delta_H_bn", "′"), ("delta_bn", "")):
        frame = make_frame(BATCHNORM, at)
        size = format_size(tensor_size(frame.tensors[at]))
        assert line_of(draw_rails(frame, elsewhere, Theme(), *NARROW), "bn").split()[-1] == f"{size}{sign}"
