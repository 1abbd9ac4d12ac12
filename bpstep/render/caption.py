"""A caption below the screen, and beside it the keys that were pressed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.actions import key_name
from bpstep.render.canvas import Canvas, Region, clip, wrap
from bpstep.render.layout import fits
from bpstep.render.theme import Theme

_KEYS_WIDTH = 16
"""The cells for the keys beside the caption."""

_MIN_LINES = 2

_KEPT_AT_EACH_END = 64
"""How many keys are kept from the beginning of a line, and from its end."""

_KEY_NAMES = {"enter": "Enter", "escape": "Escape", "tab": "Tab", "space": "Space", "backspace": "Backspace"}


def reserved_lines(captions: Iterable[str], width: int, has_hint: bool = False) -> int:
    """How many lines to reserve for captions, so that nothing moves when they change; 0 if there is nothing
    to show.
    """
    needed = max((len(_wrap_caption(text, width)) for text in captions), default=0)
    return max(needed, _MIN_LINES) if needed or has_hint else 0


@dataclass(frozen=True)
class CaptionTexts:
    """The texts below the screen."""

    text: str
    pressed: str
    """The keys that were pressed, beside the text."""
    hint: str
    """Below the keys."""


def draw_with_caption(canvas: Canvas, height: int, lines: int, caption: CaptionTexts, theme: Theme) -> Canvas:
    """A screen of `height` lines, the last `lines` of them a caption."""
    captioned_canvas = Canvas(canvas.width, height)
    captioned_canvas.paste(canvas, 0, 0)
    if lines and fits(captioned_canvas.width, height):
        top = height - lines
        captioned_canvas.fill(Region(0, top, canvas.width, lines), "caption")
        for y, line in enumerate(_wrap_caption(caption.text, canvas.width)[:lines], top):
            captioned_canvas.put(1, y, theme.to_displayable(line), "caption")
        keys = _shorten_middle(caption.pressed, _KEYS_WIDTH - 4, theme.glyphs.ellipsis)
        if keys:
            captioned_canvas.put(canvas.width - cell_len(keys) - 3, top, f" {keys} ", "pressed")
        x = canvas.width - cell_len(caption.hint) - 1
        captioned_canvas.put(x, height - 1, caption.hint, "caption")
    return captioned_canvas


class PressedKeys:
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
        if len(self._groups) > 2 * _KEPT_AT_EACH_END:
            del self._groups[_KEPT_AT_EACH_END]
            self._is_cut = True

    def to_text(self, theme: Theme) -> str:
        """In readable form: `n*4`, `e 0.5 Enter`."""
        words: list[str] = []
        in_text = False
        for at, ((key, typed), times) in enumerate(self._groups):
            if self._is_cut and at == _KEPT_AT_EACH_END:
                words, in_text = [*words, theme.glyphs.ellipsis], False
            if typed:
                characters = (" " if key == "space" else key) * times
                words = [*words[:-1], words[-1] + characters] if in_text else [*words, characters]
            else:
                words.append(_key_label(key, theme) + (f"*{times}" if times > 1 else ""))
            in_text = typed
        return " ".join(words)


def _key_label(key: str, theme: Theme) -> str:
    is_ascii_arrow = key in ("left", "right", "up", "down") and theme.ascii
    return key if is_ascii_arrow else _KEY_NAMES.get(key, key_name(key))


def _wrap_caption(text: str, width: int) -> list[str]:
    return wrap(text, max(width - _KEYS_WIDTH - 1, 20)) if text else []


def _shorten_middle(text: str, width: int, ellipsis: str) -> str:
    """The first key and the end of a text, if the whole has no room."""
    if cell_len(text) <= width:
        return text
    first = text.partition(" ")[0]
    head = (first if cell_len(first) <= width // 2 else text[:1]) + ellipsis
    return head + clip(text[::-1], width - cell_len(head), "")[::-1]
