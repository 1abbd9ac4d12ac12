"""Pictures of a few screens, for their colours: `pytest --snapshot-update` writes them anew."""

import pytest
from debugger_driver import controller

from bpstep.tui.app import Debugger


@pytest.mark.parametrize(
    ("at", "keys", "theme"),
    [
        ("H", (), {}),
        ("delta_V", (), {}),
        ("delta_V", ("/", "W", "enter", "e", "0", ".", "5"), {}),
        ("delta_V", (), {"name": "light"}),
    ],
    ids=["forward", "backward", "edit", "light"],
)
def test_a_screen_has_the_colours_that_it_had(snap_compare, at, keys, theme):
    assert snap_compare(Debugger(controller(at=at, **theme)), press=keys, terminal_size=(80, 24))
