"""A language in which every letter of a template is a Cyrillic one: what stays Latin was not translated.

Words keep their length, so that screens keep their layout, and a sentence that is wrapped or cut is still
told from English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping

_LETTERS = str.maketrans(string.ascii_letters, "абвгдежзийклмнопрстуфхцчшщ" + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩ")

_SLOT = re.compile(r"(\{[^{}]*\})")


class Cyrillic(Mapping[str, str]):
    """Every template in that language, its slots kept."""

    def __getitem__(self, template: str) -> str:
        parts = _SLOT.split(template)
        return "".join(part if part[:1] == "{" else part.translate(_LETTERS) for part in parts)

    def get(self, template: str, default: object = None) -> str:  # type: ignore[override]
        """The translation; there is one of everything."""
        return self[template]

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_NAME = re.compile(r"[A-Za-z_]\w*")

_CODE = re.compile(r"`[^`]*`")


def latin_words(text: str, names: Iterable[str] = ()) -> set[str]:
    """The words of three letters and more that are in English still, `names` left out."""
    allowed = set(names)
    found = {word for word in _NAME.findall(_CODE.sub(" ", text)) if word not in allowed}
    return {word for word in found if re.search(r"[A-Za-z]{3}", word) and not re.search(r"[а-яА-Я]", word)}
