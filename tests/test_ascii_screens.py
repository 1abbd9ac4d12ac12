"""If a terminal can show only ASCII, the output has nothing else, in any panel, question or message."""

from itertools import cycle
from unittest import mock

import pytest
from debugger_driver import controller

from bpstep.actions import ACTIONS
from bpstep.learn import puzzle
from bpstep.render.canvas import Canvas
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.input import dispatch_action, handle_key

OPENINGS = (
    "E",
    "EEé",
    "Ba",
    "Bax",
    "Wa",
    "Waé×",
    "g→",
    "wΣ",
    "e≤",
    "mä|'",
    "R",
    "aa",
    "av",
    "pn",
    "i|tab",
    "i|down|enter",
    "G|enter|enter",
    "Gh",
    "?|page_down|page_down|page_down",
    "ctrl+p",
    "sss",
    "/zz|enter",
    "10",
)
SIZES = ((60, 18), (80, 24), (120, 36))


def settle(person):
    while person.job is not None:
        person.advance_job()


def typed(text):
    for part in text.split("|"):
        yield from [part] if len(part) > 2 else part


def is_plain(person, sizes=SIZES):
    """Our own words are, before what people typed is spelled in another way."""
    for size in sizes:
        person.size = size
        before = []
        replace = Canvas.replace_non_ascii

        def note(canvas, to_ascii, before=before, replace=replace):
            before.append(canvas.text())
            replace(canvas, to_ascii)

        with mock.patch.object(Canvas, "replace_non_ascii", note):
            assert person.draw().text().isascii()
        (text,) = before
        for part in "éΣ→≤ä×":
            text = text.replace(part, "") if part in person.editor.text + person.view.message else text
        assert text.isascii(), [character for character in text if not character.isascii()]


OTHERS = cycle(["xor", "penguins", "article-as-printed"])
"""Networks of other kinds, a third of them for each run."""


@pytest.mark.parametrize(
    ("name", "keys"), [(name, keys) for keys in OPENINGS for name in ("article", next(OTHERS))]
)
def test_whatever_is_opened_is_ascii(name, keys):
    person, sizes = controller(name, "i1:delta_V", ascii=True), cycle(SIZES)
    for key in typed(keys):
        handle_key(person, {"page_down": "pagedown"}.get(key, key))
        settle(person)
        is_plain(person, [next(sizes)])
    is_plain(person)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_leaves_the_screen_ascii(action):
    for name, sizes in (("article", SIZES), ("mazur", SIZES[1:2])):
        person = controller(name, "delta_V", ascii=True)
        dispatch_action(person, action.id)
        settle(person)
        is_plain(person, sizes)


def test_every_step_and_hint_of_a_puzzle_is_ascii():
    person = make_controller(Session(puzzle.open_puzzle("ember")), Theme(ascii=True))
    for n in range(person.session.period):
        person.session.goto(n)
        is_plain(person)
        person.run_action("hint")
        is_plain(person)


def test_signs_have_a_form_that_can_be_read():
    plain = Theme(ascii=True).to_displayable
    assert plain("4×2, x1→h1, B − A, a ≤ b, … hits 10, h²") == "4x2, x1>h1, B - A, a <= b, ... hits 10, h^2"
    assert plain("Zürich") == "Zurich"
    assert plain("日本") == "??"
    assert Theme().to_displayable("4×2 …") == "4×2 …"
