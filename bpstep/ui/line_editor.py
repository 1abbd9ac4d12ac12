"""The text of an open question while it is typed: one line with a cursor."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.render.canvas import Canvas


@dataclass
class Typed:
    """A text and the place where the next character goes.

    It starts with a suggestion, `fresh` until a key is pressed: a character then replaces it, any other key
    goes on with it.
    """

    text: str = ""
    at: int = 0
    fresh: bool = True

    @classmethod
    def begin(cls, suggested: str = "") -> Typed:
        """A suggestion with the cursor behind it."""
        return cls(suggested, len(suggested))

    def insert(self, text: str) -> None:
        """Put characters where the cursor is; what can't be shown is left out."""
        if self.fresh:
            self.text, self.at = "", 0
        kept = "".join(character for character in text if character.isprintable())
        self.text = self.text[: self.at] + kept + self.text[self.at :]
        self.at += len(kept)
        self.fresh = False

    def press(self, key: str) -> None:
        """Do what a key means here, if anything."""
        if len(key) == 1 or key == "space":
            self.insert(" " if key == "space" else key)
            return
        before, last = max(self.at - 1, 0), len(self.text)
        match key:
            case "left" | "ctrl+b":
                self._cut(before, before)
            case "right" | "ctrl+f":
                self._cut(min(self.at + 1, last), self.at)
            case "home" | "ctrl+a":
                self._cut(0, 0)
            case "end" | "ctrl+e":
                self._cut(last, last)
            case "backspace" | "ctrl+h":
                self._cut(before, self.at)
            case "delete" | "ctrl+d":
                self._cut(self.at, self.at + 1)
            case "ctrl+u":
                self._cut(0, self.at)
            case "ctrl+k":
                self._cut(self.at, last)
            case "ctrl+w":
                self._cut(self.text[: self.at].rstrip().rfind(" ") + 1, self.at)

    def _cut(self, start: int, end: int) -> None:
        """Take out what is between two places, nothing where they are one, and go there."""
        self.text = self.text[:start] + self.text[max(start, end) :]
        self.at = start
        self.fresh = False

    def draw(self, canvas: Canvas, x: int, y: int, width: int) -> None:
        """Show it on `width` cells, moved so far that the cursor is seen."""
        # A character takes a cell at least.
        shown, start = self.text + " ", max(self.at + 1 - width, 0)
        while cell_len(shown[start : self.at + 1]) > width:
            start += 1
        canvas.put(x, y, " " * width, "typed")
        end = x
        for place, character in enumerate(shown[start:], start):
            if end + cell_len(character) > x + width:
                break
            canvas.put(end, y, character, self._role(place))
            end += cell_len(character)

    def _role(self, place: int) -> str:
        if place == self.at:
            return "cursor"
        return "suggested" if self.fresh and place < len(self.text) else "typed"
