"""Where a terminal can't show more than ASCII, nothing else comes: no panel, question or message has more."""

from unittest import mock

import pytest
from debugging import desk

from bpstep.actions import ACTIONS
from bpstep.learn import puzzle
from bpstep.render.theme import Look
from bpstep.session.session import Session
from bpstep.ui.controller import Desk
from bpstep.ui.input import call, hear

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
    while person.running is not None:
        person.go_on()


def typed(text):
    for part in text.split("|"):
        yield from [part] if len(part) > 2 else part


def is_plain(person):
    """Our own words are, before what people typed is spelled in another way."""
    for size in SIZES:
        person.size = size
        assert person.draw().text().isascii()
        with mock.patch("bpstep.render.canvas.Canvas.spell"):
            text = person.draw().text()
        for part in "éΣ→≤ä×":
            text = text.replace(part, "") if part in person.typed.text + person.view.message else text
        assert text.isascii(), [character for character in text if not character.isascii()]


@pytest.mark.parametrize("name", ["article", "xor", "penguins", "article-as-printed"])
@pytest.mark.parametrize("keys", OPENINGS)
def test_whatever_is_opened(name, keys):
    person = desk(name, "i1:delta_V", ascii=True)
    for key in typed(keys):
        hear(person, {"page_down": "pagedown"}.get(key, key))
        settle(person)
        is_plain(person)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_whatever_is_done(action):
    for name in ("article", "mazur"):
        person = desk(name, "delta_V", ascii=True)
        call(person, action.id)
        settle(person)
        is_plain(person)


def test_at_every_step_of_a_puzzle():
    person = Desk(Session(puzzle.find("ember")), Look(ascii=True))
    for n in range(person.session.period):
        person.session.goto(n)
        is_plain(person)
        person.act("hint")
        is_plain(person)


def test_signs_have_a_form_that_can_be_read():
    plain = Look(ascii=True).plain
    assert plain("4×2, x1→h1, B − A, a ≤ b, … hits 10, h²") == "4x2, x1>h1, B - A, a <= b, ... hits 10, h^2"
    assert plain("Zürich") == "Zurich"
    assert plain("日本") == "??"
    assert Look().plain("4×2 …") == "4×2 …"
