"""Networks that are given by their forward equations: every step can be drawn, whatever is called in it."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from bpstep.export.text import moment_text
from bpstep.netfile.builtin import open_network
from bpstep.render.screen import draw_screen
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY, Theme
from bpstep.render.view_state import View
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
def test_every_step_of_every_program_can_be_drawn(file):
    session = Session(open_network(str(file)))
    for at in range(session.period + 1):
        session.goto(at)
        for (width, height), look in SCREENS:
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
