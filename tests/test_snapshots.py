"""Pictures of a few screens, for their colours: `pytest --snapshot-update` writes them anew."""

import pytest
from debugging import desk

from bpstep.tui.app import Debugger


@pytest.mark.parametrize(
    ("at", "keys", "look"),
    [
        ("H", (), {}),
        ("delta_V", (), {}),
        ("delta_V", ("/", "W", "enter", "e", "0", ".", "5"), {}),
        ("delta_V", (), {"theme": "light"}),
    ],
    ids=["forward", "backward", "edit", "light"],
)
def test_a_screen_has_the_colours_that_it_had(snap_compare, at, keys, look):
    assert snap_compare(Debugger(desk(at=at, **look)), press=keys, terminal_size=(80, 24))
