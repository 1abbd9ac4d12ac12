"""A line of a script is a position and a breakpoint: homework.py:34, :34, homework.ipynb:cell 3:12."""

import json
import re

import pytest

from bpstep.errors import BpstepError
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.session.breakpoints import parse_breakpoint
from bpstep.session.origin import open_script_file
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import handle_key as handle_one_key


def handle_key(made, key):
    """Press a key, and let end what it began: a slow machine does that in several portions."""
    handle_one_key(made, key)
    while made.job is not None:
        made.advance_job()


SCRIPT = """\
import numpy as np
from other import slope
x, w, v = np.array([1.0, 2.0]), np.array([0.5, -0.5]), 1.0

for k in range(9):
    h, g = np.tanh(w * x), w + x
    for part in (0, 1):
        v = v + h[part]
    s = slope(h)
    w = w - 0.1 * s * g * v
"""

OTHER = """\
def slope(h):
    square = h ** 2

    return_value = 1 - square
    return return_value
"""

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["import numpy as np\n", "x, w = np.ones(2), np.ones(2)"]},
        {
            "cell_type": "code",
            "source": ["for k in range(9):\n", "    d = w * x - 2\n", "    w = w - 0.1 * d"],
        },
    ]
}


def person(folder, name="mine.py"):
    (folder / "mine.py").write_text(SCRIPT)
    (folder / "other.py").write_text(OTHER)
    (folder / "book.ipynb").write_text(json.dumps(NOTEBOOK))
    made = make_controller(Session(open_script_file(folder / name)), Theme())
    made.size = (80, 24)
    return made


def line_of(session):
    return session.frame.step.origin.place


POSITIONS = {
    "mine.py:6": ("mine.py:6", 0),
    "./mine.py:6": ("mine.py:6", 0),
    ":6": ("mine.py:6", 0),
    "i3:mine.py:10": ("mine.py:10", 3),
    "i3::10": ("mine.py:10", 3),
    "other.py:2": ("other.py:2", 0),
    "i1:mine.py:9": ("other.py:4", 1),
    "i1:other.py:4": ("other.py:4", 1),
}


@pytest.mark.parametrize("text", POSITIONS)
def test_a_line_is_the_position_after_its_first_equation(text, tmp_path):
    session = person(tmp_path).session
    session.goto(text)
    assert (line_of(session), session.frame.iteration) == POSITIONS[text]
    before = session.program.steps[(session.n - 2) % session.period].origin.place
    assert before != line_of(session)


def test_a_line_in_a_notebook_is_that_of_its_cell(tmp_path):
    made = person(tmp_path, "book.ipynb")
    for text in ("book.ipynb:cell 2:3", "cell 2:3", ":cell 2:3"):
        made.session.goto(0)
        made.session.goto(text)
        assert line_of(made.session) == "book.ipynb:cell 2:3"
    with pytest.raises(
        BpstepError, match=r"no equation; the nearest lines that have one: cell 2:2, cell 2:3"
    ):
        made.session.goto("cell 2:1")
    handle_key(made, "f6")
    assert "2:3     w = w - 0.1 * d" in made.draw().text()


REFUSED = {
    "mine.py:5": '"mine.py:5" has no equation; the nearest lines that have one: 6, 8, 9',
    "i2::99": '":99" has no equation; the nearest lines that have one: ',
    "their.py:6": '"their.py:6" is in no file of this script; the files are mine.py, other.py',
    "mine.py": "expected 42, +5, -5, i10, i10:h, h, mine.py:6, ",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_line_without_an_equation_says_which_lines_near_it_have_one(text, tmp_path):
    with pytest.raises(BpstepError) as told:
        person(tmp_path).session.goto(text)
    assert REFUSED[text] in str(told.value)


def test_a_line_names_no_mark_and_a_network_has_no_lines(tmp_path):
    with pytest.raises(BpstepError, match="cannot name a mark"):
        person(tmp_path).session.mark(":6")
    with pytest.raises(BpstepError, match="is not a position"):
        Session(open_network("article")).goto(":6")


def test_tab_completes_the_lines(tmp_path):
    made = person(tmp_path)
    for key in ("g", *"i2:mi", "tab"):
        handle_key(made, key)
    assert made.editor.text == "i2:mine.py:"
    for key in ("1", "tab", "enter"):
        handle_key(made, key)
    assert (line_of(made.session), made.frame.iteration) == ("mine.py:10", 2)


def test_a_breakpoint_on_a_line_stops_whenever_the_line_has_run(tmp_path):
    made = person(tmp_path)
    session = made.session
    for key in ("B", "a", *":8", "enter", "escape"):
        handle_key(made, key)
    assert [point.text for point in session.journal.breakpoints.by_id.values()] == ["mine.py:8"]
    seen = []
    for _ in range(4):
        handle_key(made, "c")
        seen.append((line_of(session), session.frame.iteration))
    assert seen == [("mine.py:8", 0), ("mine.py:8", 0), ("mine.py:8", 1), ("mine.py:8", 1)]
    handle_key(made, "C")
    assert (line_of(session), session.frame.iteration) == ("mine.py:8", 1)
    last = session.n
    handle_key(made, "C")
    assert (line_of(session), session.frame.iteration) == ("mine.py:8", 0)
    assert last - session.n < session.period
    found = [made.draw().text(), made.session.frame.step.name]
    handle_key(made, "B")
    assert "mine.py:8   step " in made.draw().text(), found


def test_a_breakpoint_on_a_line_may_have_a_condition(tmp_path):
    made = person(tmp_path)
    session = made.session
    session.record(parse_breakpoint(session.program, ":9 if w[0] < 0.4", 1))
    assert next(iter(session.journal.breakpoints.by_id.values())).text == "mine.py:9 if w[0] < 0.4"
    handle_key(made, "c")
    assert line_of(session) == "other.py:4"
    stopped = session.frame.iteration
    values = []
    for index in range(stopped + 1):
        session.goto(f"i{index}:mine.py:9")
        values.append(float(session.frame.tensors["w"][0]))
    assert [value < 0.4 for value in values] == [False] * stopped + [True]
    for text in ("mine.py:5", "nothing.py:4"):
        with pytest.raises(BpstepError, match=r"no equation|no file"):
            parse_breakpoint(session.program, text, 1)


def test_in_the_listing_arrows_go_by_lines_and_b_sets_a_breakpoint_on_one(tmp_path):
    made = person(tmp_path)
    session = made.session
    session.goto("mine.py:6")
    handle_key(made, "f6")
    shown = []
    for _ in range(6):
        shown.append(place_of(session.program, made.view.line) if made.view.line else "")
        handle_key(made, "down")
    assert shown == ["", "mine.py:8", "mine.py:10", "other.py:2", "other.py:4", "other.py:4"]
    for _ in range(3):
        handle_key(made, "up")
    handle_key(made, "b")
    assert [point.text for point in session.journal.breakpoints.by_id.values()] == ["mine.py:8"]
    line = next(line for line in made.draw().text().split("\n") if "v = v + h[part]" in line)
    assert "●" in line
    handle_key(made, "enter")
    assert line_of(session) == "mine.py:8"
    handle_key(made, "b")
    assert not session.journal.breakpoints.by_id


def place_of(program, name):
    return program.steps[program.step_indices[name]].origin.place


def test_the_listing_shows_the_file_of_the_line_at_the_cursor_and_of_the_chosen_one(tmp_path):
    made = person(tmp_path)
    session = made.session
    session.goto("mine.py:8")
    handle_key(made, "f6")
    own = made.draw().text()
    assert "listing: mine.py" in own
    assert "s = slope(h)" in own
    session.goto("other.py:2")

    other = made.draw().text()
    assert "listing: other.py" in other
    assert re.search(r"▶ *2 +square = h \*\* 2", other)
    handle_key(made, "down")
    handle_key(made, "b")
    assert [point.text for point in session.journal.breakpoints.by_id.values()] == ["other.py:4"]
    assert re.search(r"● *4 +return_value = 1 - square", made.draw().text())
    handle_key(made, "up")
    handle_key(made, "up")
    assert "listing: mine.py" in made.draw().text()


FUNCTION = "def {name}(a):\n    b = a * 2\n    c = b + a\n    return c"

CELLS = [
    "import numpy as np\nx, w = np.ones(2), np.ones(2)",
    FUNCTION.format(name="first"),
    FUNCTION.format(name="second"),
    "for k in range(9):\n    d = first(w * x)\n    e = second(d)\n    f = e + d\n    w = w - 0.1 * f",
]


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("cell 1:2", ["2:2", "2:3", "3:2", "3:3"]),
        ("cell 2:1", ["2:2", "2:3", "3:2", "3:3"]),
        ("cell 2:9", ["2:2", "2:3", "3:2", "3:3"]),
        ("cell 3:9", ["3:2", "3:3", "4:4", "4:5"]),
        ("cell 4:9", ["4:2", "4:3", "4:4", "4:5"]),
        ("cell 9:9", ["4:2", "4:3", "4:4", "4:5"]),
    ],
)
def test_the_nearest_lines_are_those_of_the_nearest_cells(text, nearest, tmp_path):
    cells = [{"cell_type": "code", "source": cell} for cell in CELLS]
    (tmp_path / "cells.ipynb").write_text(json.dumps({"cells": cells}))
    session = Session(open_script_file(tmp_path / "cells.ipynb"))
    with pytest.raises(BpstepError) as told:
        session.goto(text)
    listed = str(told.value).split("have one: ")[1].split(", ")
    assert [each.removeprefix("cell ") for each in listed] == nearest
