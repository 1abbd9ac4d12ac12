"""Every word on a screen comes from a template, but for names: in Cyrillic letters the others stand out."""

import re

import golden_screens
import pytest
from golden_screens import GROUPS
from pseudo_language import Cyrillic, latin_words

from bpstep import text
from bpstep.lang.functions import FUNCTIONS


@pytest.fixture(autouse=True)
def _cyrillic():
    text.use_translation(Cyrillic())
    yield
    text.use_translation({})


KEYS = {"tab", "Tab", "Enter", "Escape", "space"}
"""The names that are on keys."""

BREAKPOINTS = {"loss", "rises", "non", "finite", "dead", "relu", "hits"}
"""A breakpoint as it is typed."""

TYPED = {"xyz", "there", "much", "delta", "one"}
"""What the screens' keys type."""

OTHERS = {"eps", "nan", "inf", "delta_net2"}

SKIPPED = {"ascii", "no-colour", "help", "puzzles"}
"""Groups that say nothing of their own; and puzzles, whose hints are content as lessons are."""

PICKED = {
    f"{group}, {screen.name}": screen
    for group, screens in GROUPS.items()
    if group not in SKIPPED and not group.startswith("article")
    for screen in screens
    if not screen.theme.ascii
}


def names(session):
    """The names that stand on a screen of a session: tensors, functions, layers, columns, the network."""
    program, network = session.program, session.network
    sources = " ".join(step.source for step in program.steps)
    texts = [
        sources,
        network.name,
        network.title,
        network.loss,
        *(layer.activation for layer in network.layers),
    ]
    texts += [*network.input_names, *network.label_names]
    texts += [part for name in network.input_names for part in name.split("_")]  # b…leng for bill_length
    return {*program.shapes, *FUNCTIONS, *re.findall(r"[^\W_]\w*", " ".join(filter(None, texts)))}


def untranslated(screen):
    """The words of a screen that are neither translated nor names, a name that is cut among these."""
    controller = golden_screens.controller(screen)
    known = names(controller.session) | KEYS | BREAKPOINTS | TYPED | OTHERS
    shown = controller.draw().text()
    return {
        word
        for word in latin_words(shown, known)
        if not any(name.startswith(word) for name in known) and not re.search(r"[₀-₉]", word)
    }


@pytest.mark.parametrize("screen", PICKED.values(), ids=PICKED)
def test_every_word_on_a_screen_is_a_template_or_a_name(screen):
    assert untranslated(screen) == set()
