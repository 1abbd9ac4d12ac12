"""What the debugger says while keys are pressed is made of templates that a translation replaces."""

import pytest
from debugger_driver import controller
from test_translation import Brackets, untranslated

from bpstep import text
from bpstep.ui.input import handle_key
from bpstep.ui.panels import ListPanel


@pytest.fixture(autouse=True)
def _brackets():
    text.use_translation(Brackets())
    yield
    text.use_translation({})


def sentences(person):
    """What stands on the screen now, besides the panes."""
    found = [person.view.message, person.input_error, *person.status_flags()]
    if person.prompt is not None:
        found += [person.prompt.label, person.prompt.hint]
    if isinstance(person.panel, ListPanel):
        found += [person.panel.title, person.panel.hint(person)]
    return [sentence for sentence in found if sentence]


KEYS = (
    *("N", "[", "{", "<", ">", "'", ",", ".", "5n", "ss", "sS", "sf", "sF", "f", "F", "K", "L", "t", "r"),
    *("g", "m", "mhere[enter]", "mhere[enter]'", "/", "/zz[enter]", "/W[enter],", "x", "y", "[f4]y"),
    *("b", "bb", "c", "C", "B", "Bd", "BaE < 1[enter]", "B[escape]", "w", "wE[enter]", "W", "Wa", "Wd"),
    *("wE[enter]W", "wE[enter]Wd", "[space]", "[space][space]", "+", "-", "p", "pp", "p[space]", "pn"),
    *("pn0.5[enter]", "pn0.5[enter]p", "p3n", "pn[enter]", "pn[enter]p", "ps", "p]", "9ne", "9ne7[enter]"),
    *("9ne7[enter]U", "9ne7[enter]U[ctrl+r]", "9neabc[enter]", "R", "9ne7[enter]R", "9ne7[enter]Rn"),
    *("9ne7[enter]Ry", "9nE", "9nE[backspace]", "9nEY - 2[enter]", "9nEY - 2[enter]U", "a", "aA", "aAa"),
    *("av", "av[enter]", "A", "v", "H", "o", "G", "9ni", "9niiZ", "9ni[tab]", ":", ":E[enter]", ":1[enter]"),
    *("[ctrl+c]", "?", "?q", "[left][left][left]", "[up][up]", "9n[f4][up]", "U", "[ctrl+r]"),
)

UNTRANSLATED = {
    *("article", "delta", "forward", "backward", "update", "loss", "rises", "non", "finite", "dead"),
    *("abs", "hits", "max", "sum", "exp", "here", "decimals", "bpstep", "puzzle", "join", "CLASS", "abc"),
}
"""Names, commands, positions and forms of breakpoints, which no language changes."""


def pressed(keys):
    person = controller()
    rest = keys
    while rest:
        key, _, after = (
            rest[1:].partition("]") if rest[0] == "[" and "]" in rest[2:] else (rest[0], "", rest[1:])
        )
        rest = after
        handle_key(person, "space" if key == " " else key)
        while person.job is not None:
            person.advance_job()
    return person


@pytest.mark.parametrize("keys", KEYS)
def test_what_is_said_is_made_of_templates(keys):
    said = sentences(pressed(keys))
    found = {word for sentence in said for word in untranslated(sentence)} - UNTRANSLATED
    assert not found, said


def test_most_of_the_keys_say_something():
    assert sum(bool(sentences(pressed(keys))) for keys in KEYS) > 0.7 * len(KEYS)
