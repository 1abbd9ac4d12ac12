"""Every sentence is a template that a translation can replace: a language of brackets finds what is not."""

import re
from collections.abc import Mapping

import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep import text
from bpstep.explain.prose.micro import operation_sentence
from bpstep.explain.prose.step_sentence import sentence
from bpstep.export.text import moment_text
from bpstep.session import micro
from bpstep.session.session import Session


class Brackets(Mapping):
    """A language in which every template stands in brackets and its own words in capitals."""

    def __getitem__(self, template):
        parts = re.split(r"(\{[^{}]*\})", template)
        return "⟦" + "".join(part if part[:1] == "{" else part.upper() for part in parts) + "⟧"

    def get(self, template, default=None):
        return self[template]

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


@pytest.fixture
def _brackets():
    text.use_translation(Brackets())
    yield
    text.use_translation({})


NAMES = r"\b(x|y|h|net|delta|sample)\w*|\b[A-Za-z]\d?\b|\be[+-]?\d+|relu|sigmoid|tanh|softmax|nan|inf"


def untranslated(shown):
    """The words outside of the brackets, names of tensors and units left out."""
    depth, outside = 0, ""
    for character in shown:
        depth += (character == "⟦") - (character == "⟧")
        outside += character if not depth and character not in "⟦⟧" else " "
    return re.findall(r"[a-z]{3,}", re.sub(NAMES, " ", outside))


def fragments(shown):
    """The parts of sentences that stand within another one, names of things and numbers left out."""
    found, open_ = [], []
    for at, character in enumerate(shown):
        if character == "⟦":
            open_.append(at)
        elif character == "⟧":
            start = open_.pop()
            words = re.findall(r"\b[A-Z]+\b", shown[start:at])
            found += [shown[start : at + 1]] if open_ and len(words) > _MAX_WORDS_OF_NAME else []
    return found


_MAX_WORDS_OF_NAME = 2
"""A name has at most this many words of English: h1 IN SAMPLE 2."""


MADE = [
    article(),
    mazur(),
    network((2, 3, 2), "relu", last="softmax", loss="cross_entropy", samples=3, optimizer="adam"),
    network(
        (2, 2, 2, 1), "elu", loss="binary_cross_entropy", last="sigmoid", samples=2, optimizer="momentum"
    ),
]


@pytest.mark.usefixtures("_brackets")
def test_a_template_is_filled_in_the_language_in_use():
    assert text.fill("{a} plus {b}", a=1, b=2) == "⟦1 PLUS 2⟧"
    assert text.fill_plural(1, "{count} cell", "{count} cells") == "⟦1 CELL⟧"
    assert text.fill_plural(2, "{count} cell", "{count} cells") == "⟦2 CELLS⟧"


def test_without_a_translation_a_template_is_english():
    assert text.fill_plural(1_000, "{count:,} cell", "{count:,} cells") == "1,000 cells"


@pytest.mark.usefixtures("_brackets")
@pytest.mark.parametrize("made", MADE, ids=["article", "mazur", "classes", "deep"])
def test_the_sentence_of_every_step_is_a_template(made):
    session = Session(made)
    for n in range(2 * session.period + 1):
        session.goto(n)
        frame = session.frame
        index = (0,) * np.ndim(frame.tensors[frame.step.name]) if frame.step else ()
        shown = sentence(frame, index)
        assert untranslated(shown) == []
        assert fragments(shown) == []


@pytest.mark.usefixtures("_brackets")
@pytest.mark.parametrize("name", ["net_1", "H", "delta_Y", "delta_V", "delta_H_net1", "V"])
def test_the_sentence_of_every_operation_is_a_template(name):
    session = Session(article())
    session.goto(name)
    session.step(-1)
    n = session.n
    for k in range(1, min(micro.operation_count(session, n), 6)):
        session.goto(n, k)
        assert untranslated(operation_sentence(session.frame, session.frame.inside)) == []


@pytest.mark.usefixtures("_brackets")
def test_a_moment_as_text_is_made_of_templates():
    session = Session(article())
    session.goto("delta_V")
    _title, *lines = moment_text(session.frame)
    words = {word for line in lines if " = " not in line or "⟦" in line for word in untranslated(line)}
    assert words <= {"label", "learning", "rate"}, "what is left are names of tensors"
