"""Networks that are given by their forward equations: every step can be drawn, whatever is called in it."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from bpstep.netfile.builtin import open_network
from bpstep.render.screen import draw_screen
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY, Theme
from bpstep.render.view_state import View
from bpstep.session.session import Session

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
