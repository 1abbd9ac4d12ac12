"""Networks that are given by their forward equations: every step can be drawn, whatever is called in it."""

import re
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from bpstep.export.text import moment_text
from bpstep.netfile.builtin import open_network
from bpstep.render.screen import draw_screen
from bpstep.render.tensors.table_rows import shown_slice
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY, Theme
from bpstep.render.view_state import View, selection
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_click, handle_key

FILES = sorted((Path(__file__).parent / "programs").glob("*.toml"))

SCREENS = [
    ((80, 24), Theme()),
    ((120, 36), Theme("light", "none", table=HEAT)),
    ((60, 18), Theme(ascii=True, table=SUMMARY)),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_third_step_of_every_program_can_be_drawn(file):
    session = Session(open_network(str(file)))
    for number, at in enumerate(range(FILES.index(file) % 3, session.period + 1, 3)):
        session.goto(at)
        (width, height), look = SCREENS[(number + FILES.index(file)) % len(SCREENS)]
        canvas = draw_screen(session.frame, View(), look, width, height)
        text = canvas.text()
        assert all(cell_len(line) <= width for line in text.splitlines())
        assert text.isascii() or not look.ascii
        written = session.frame.step and look.table == NUMBERS and width >= 76
        if written:
            assert f"▶{session.frame.step.name[:6]}" in text


def test_whole_numbers_are_shown_as_such():
    session = Session(open_network(str(Path(__file__).parent / "programs" / "attention.toml")))
    session.goto("i0:x")
    canvas = draw_screen(session.frame, View().select("tokens", (1,)), Theme(), 80, 24)
    shown = {
        hit.target[2]: "".join(canvas.characters[hit.y][hit.x : hit.x + hit.width]).strip()
        for hit in canvas.hits
        if hit.target[:2] == ("cell", "tokens")
    }
    assert shown == {(0,): "0", (1,): "3"}
    assert "tokens[1]  3 ─" in canvas.text()
    text = "\n".join(moment_text(session.frame))
    assert re.search(r"^tokens +\(5,\) +0  3  1  2  3$", text, re.MULTILINE)


def test_a_cell_of_three_axes_is_edited_and_a_slice_is_clicked():
    session = Session(
        open_network(str(Path(__file__).parent / "programs" / "conv2d_maxpool.toml")), [("X", (1, 2, 3), 9.0)]
    )
    session.goto("i0:padded")
    assert session.frame.tensors["padded"][1, 3, 4] == 9
    person = make_controller(session, Theme())
    person.size = (80, 24)
    person.view = View().select("X", (0, 2, 3))
    canvas = person.draw()
    hit = next(hit for hit in canvas.hits if hit.target == ("slice", "X", (1, 2, 3)))
    handle_click(person, canvas.target_at(hit.x, hit.y), double=False)
    assert person.view.index == (1, 2, 3)
    assert "✎9.0000" in person.draw().text()
    for key in ("e", *"-4.5", "enter"):
        handle_key(person, key)
    assert session.frame.tensors["X"][1, 2, 3] == -4.5
    assert session.frame.tensors["padded"][1, 3, 4] == -4.5


def test_images_show_the_sample_that_is_selected_elsewhere():
    session = Session(open_network(str(Path(__file__).parent / "programs" / "conv2d_maxpool.toml")))
    chosen = selection(session.frame, View().select("labelY", (1, 0)))
    assert shown_slice(session.frame, chosen, "X") == (1,)


def test_a_smaller_last_batch_has_its_own_shapes(tmp_path):
    file = tmp_path / "batches.toml"
    file.write_text(
        """
learning_rate = 0.1
batch_size = 2

[data]
X = [[1.0], [2.0], [3.0]]

[parameters]
W = [[0.5]]

[program]
forward = '''
H = X @ W
E = sum(H**2)
'''
"""
    )
    session = Session(open_network(str(file)))
    session.goto("i1:H")
    assert session.frame.shape("H") == (1, 1)
    assert session.frame.shape("delta_H") == (1, 1)
    session.goto("i0:H")
    assert session.frame.shape("delta_H") == (2, 1)


@pytest.mark.parametrize("names", [["X"], ["inputs", "targets"], ["labelY", "X"]])
def test_a_long_run_draws_the_samples_that_single_steps_draw(tmp_path, names):
    data = "\n".join(f"{name} = [[{k + 1}.0], [{k + 2}.5], [{k - 1}.0]]" for k, name in enumerate(names))
    product = " * ".join(names)
    file = tmp_path / "batches.toml"
    file.write_text(
        f"""
learning_rate = 0.01
batch_size = 2

[data]
{data}

[parameters]
W = [[0.5]]

[program]
forward = '''
H = {product} @ W + {names[-1]}
E = sum(H**2)
'''
"""
    )
    stepped, run = (Session(open_network(str(file))) for _ in range(2))
    for _ in range(6 * stepped.period):
        stepped.step()
    run.goto("i6")
    assert stepped.frame.tensors["W"] == run.frame.tensors["W"]
    rows = np.array([[[k + 1.0], [k + 2.5], [k - 1.0]] for k in range(len(names))])
    weight = 0.5
    for iteration in range(6):
        batch = rows[:, :2] if iteration % 2 == 0 else rows[:, 2:]
        factor, shift = np.prod(batch, axis=0), batch[-1]
        weight -= 0.01 * float(np.sum(2 * (factor * weight + shift) * factor))
    assert run.frame.tensors["W"][0, 0] == pytest.approx(weight, rel=1e-12)


def answer(name, position):
    """The screen after `i` at a position, its lines without their frame."""
    session = Session(open_network(name))
    session.goto(position)
    controller = make_controller(session, Theme())
    controller.size = (80, 24)
    controller.draw()
    handle_key(controller, "i")
    return [line.strip() for line in controller.draw().text().splitlines()]


def test_the_answer_to_why_has_the_indices_the_shapes_and_the_reason_for_a_transpose_at_80_by_24():
    lines = answer("attention", "i0:delta_K")
    assert "∂E/∂K[i,j] = (Σₙ ∂E/∂S[n,i] · Q[n,j]) / √(width)    (6,6) @ (6,4) = (6,4)" in lines
    assert "delta_S is transposed, (6,6) to (6,6), because the sum runs over its 6 rows," in lines
    assert "and @ sums over the columns of its left operand." in lines
    assert any(line.startswith("from") for line in lines)


def test_a_number_that_picks_is_a_whole_one_in_the_answer_to_why():
    (line,) = (
        line for line in answer("embedding", "i0:delta_C") if "context[0,0]" in line and "from" in line
    )
    assert re.search(r"context\[0,0\] +0  given", line)


def test_paths_without_samples_have_no_column_for_them():
    lines = answer("conv", "i0:delta_H_part")
    assert not any(line.startswith("sample") for line in lines)


def numbers_line(name, position):
    """The selected cell's arithmetic in the formula pane at 80 by 24."""
    session = Session(open_network(name))
    session.goto(position)
    lines = [line.strip() for line in draw_screen(session.frame, View(), Theme(), 80, 24).text().splitlines()]
    return next(line for line in lines if re.match(r"\[[\d,]+\] = ", line))


@pytest.mark.parametrize(
    ("name", "position", "line"),
    [
        ("embedding", "i0:delta_logits_h", "[0,1] = W2[1,0] = -0.2071"),
        ("embedding", "i0:emb", "[0,0,0] = C[0,0] = -0.6518"),
        ("conv", "i0:patches", "[0,0,0,0] = X[0,0,0] = 0.0800"),
        ("conv", "i0:flat", "[0,0] = pool[0,0,0,0] = 0.4204"),
        ("conv", "i0:H", "[0,0,0,0] = 0.4204, since 0.4204 ≥ 0"),
        ("conv", "i0:delta_H_conv", "[0,0,0,0] = 1.0000, since 0.4204 > 0"),
        ("conv", "i0:Y", "[0,0] = e^(-0.6936) / (e^(-0.6936) + e^(0.5517) + e^(-0.7555)) = 0.1847"),
        ("conv", "i0:delta_Y", "[0,0] = −1.0000 / 0.1847 / 3 = -1.8046"),
    ],
)
def test_the_numbers_say_where_a_number_comes_from_and_each_only_once(name, position, line):
    assert numbers_line(name, position) == line


def test_the_phases_keep_their_names_where_one_cell_has_to_stand_for_two_equations():
    session = Session(open_network("embedding"))
    session.goto("i0:delta_bn")
    line = draw_screen(session.frame, View(), Theme(), 80, 24).text().splitlines()[-2]
    assert re.fullmatch(r" fwd ━+ loss ━ bwd ━+◆─+ upd ─+  E  1.7894", line.rstrip())
