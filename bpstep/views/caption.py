"""A caption below the screen, and beside it the keys that were pressed."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from bpstep.views.canvas import Canvas, Region, clip, wrap
from bpstep.views.help import key_name
from bpstep.views.layout import fits
from bpstep.views.look import Look

_KEYS = 16
"""Cells that the keys have, beside the caption."""
_USUAL = 2
_AT_AN_END = 64
"""Keys of a line that are known from its beginning, and from its end."""

_NAMES = {"enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "Backspace"}


def lines_kept(captions: Iterable[str], width: int, hinted: bool = False) -> int:
    """Lines to keep for captions so that nothing moves when they change; 0 where there is nothing to show."""
    needed = max((len(_wrapped(text, width)) for text in captions), default=0)
    return max(needed, _USUAL) if needed or hinted else 0


def captioned(
    canvas: Canvas, height: int, lines: int, caption: str, pressed: str, hint: str, look: Look
) -> Canvas:
    """A screen of `height` lines, the last a caption, beside it the keys pressed, under them a hint."""
    found = Canvas(canvas.width, height)
    found.paste(canvas, 0, 0)
    if lines and fits(found.width, height):
        top = height - lines
        found.fill(Region(0, top, canvas.width, lines), "caption")
        for y, line in enumerate(_wrapped(caption, canvas.width)[:lines], top):
            found.put(1, y, look.plain(line), "caption")
        keys = _ends(pressed, _KEYS - 4, look.glyphs.dots)
        if keys:
            found.put(canvas.width - cell_len(keys) - 3, top, f" {keys} ", "pressed")
        found.put(canvas.width - cell_len(hint) - 1, height - 1, hint, "caption")
    return found


class Presses:
    """The keys of a line as they are pressed; of a long line its beginning and its end."""

    def __init__(self) -> None:
        self._groups: list[tuple[tuple[str, bool], int]] = []
        self._is_cut = False

    def add(self, press: tuple[str, bool]) -> None:
        """A key, and whether it is a character of a text."""
        if self._groups and self._groups[-1][0] == press:
            self._groups[-1] = press, self._groups[-1][1] + 1
        else:
            self._groups.append((press, 1))
        if len(self._groups) > 2 * _AT_AN_END:
            del self._groups[_AT_AN_END]
            self._is_cut = True

    def shown(self, look: Look) -> str:
        """As a person reads them: `n*4`, `e 0.5 Enter`."""
        words: list[str] = []
        in_text = False
        for at, ((key, typed), times) in enumerate(self._groups):
            if self._is_cut and at == _AT_AN_END:
                words, in_text = [*words, look.glyphs.dots], False
            if typed:
                characters = (" " if key == "space" else key) * times
                words = [*words[:-1], words[-1] + characters] if in_text else [*words, characters]
            else:
                words.append(_name(key, look) + (f"*{times}" if times > 1 else ""))
            in_text = typed
        return " ".join(words)


def _name(key: str, look: Look) -> str:
    arrows = key in ("left", "right", "up", "down") and look.ascii
    return key if arrows else _NAMES.get(key, key_name(key))


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, max(width - _KEYS - 1, 20)) if text else []


def _ends(text: str, width: int, dots: str) -> str:
    """The first key and the end of a text, where all of it has no room."""
    if cell_len(text) <= width:
        return text
    first = text.partition(" ")[0]
    head = (first if cell_len(first) <= width // 2 else text[:1]) + dots
    return head + clip(text[::-1], width - cell_len(head), "")[::-1]
