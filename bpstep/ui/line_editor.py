"""The text of a prompt while it is typed: one line with a cursor."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from bpstep.render.canvas import Canvas, clip


@dataclass
class LineEditor:
    """A text and the position of its cursor.

    It may start with a suggestion: a first character replaces it, any other first key edits it.
    """

    text: str = ""
    cursor: int = 0
    is_suggestion: bool = True

    @classmethod
    def from_suggestion(cls, suggestion: str) -> LineEditor:
        """A suggestion, with the cursor at its end."""
        return cls(suggestion, len(suggestion))

    def insert(self, text: str) -> None:
        """Insert the printable characters of a text at the cursor."""
        if self.is_suggestion:
            self.text, self.cursor = "", 0
        kept = "".join(character for character in text if character.isprintable())
        self.text = self.text[: self.cursor] + kept + self.text[self.cursor :]
        self.cursor += len(kept)
        self.is_suggestion = False

    def handle_key(self, key: str) -> None:
        """Handle a key; keys without a function do nothing."""
        if len(key) == 1 or key == "space":
            self.insert(" " if key == "space" else key)
            return
        before, last = max(self.cursor - 1, 0), len(self.text)
        match key:
            case "left" | "ctrl+b":
                self._delete(before, before)
            case "right" | "ctrl+f":
                self._delete(min(self.cursor + 1, last), self.cursor)
            case "home" | "ctrl+a":
                self._delete(0, 0)
            case "end" | "ctrl+e":
                self._delete(last, last)
            case "backspace" | "ctrl+h":
                self._delete(before, self.cursor)
            case "delete" | "ctrl+d":
                self._delete(self.cursor, self.cursor + 1)
            case "ctrl+u":
                self._delete(0, self.cursor)
            case "ctrl+k":
                self._delete(self.cursor, last)
            case "ctrl+w":
                self._delete(self.text[: self.cursor].rstrip().rfind(" ") + 1, self.cursor)

    def _delete(self, start: int, end: int) -> None:
        """Delete from `start` to `end` and put the cursor at `start`."""
        self.text = self.text[:start] + self.text[max(start, end) :]
        self.cursor = start
        self.is_suggestion = False

    def draw(self, canvas: Canvas, x: int, y: int, width: int, ellipsis: str) -> None:
        """Draw the text in `width` cells, scrolled so that the cursor is visible; `ellipsis` marks each end
        that is cut off. A suggestion that is too long shows its beginning, where a number has its sign.
        """
        shown, end, mark = self.text.replace("\t", " ") + " ", x + width, cell_len(ellipsis)
        canvas.put(x, y, " " * width, "typed")
        if self.is_suggestion and cell_len(shown) > width:
            canvas.put(x, y, clip(self.text, width - 1, ellipsis), "suggested")
            canvas.put(end - 1, y, " ", "cursor")
            return
        start = self._first_shown(shown, width)
        marked = self._first_shown(shown, width - mark - mark * bool(shown[self.cursor + 1 :].strip()))
        # A field too narrow for the marks and the character at the cursor shows that character without them.
        if start and marked <= self.cursor:
            canvas.put(x, y, ellipsis, "typed")
            x, start = x + mark, marked
        rest = shown[start:].rstrip(" ")
        if cell_len(rest) > end - x and cell_len(shown[start : self.cursor + 1]) <= end - x - mark:
            end -= mark
            canvas.put(end, y, ellipsis, "typed")
        for at, character in enumerate(shown[start:], start):
            if x + cell_len(character) > end:
                break
            canvas.put(x, y, character, self._role(at))
            x += cell_len(character)

    def _first_shown(self, shown: str, width: int) -> int:
        """The first of the characters that fit into `width` cells and end with the one at the cursor."""
        start = 0
        while start <= self.cursor and cell_len(shown[start : self.cursor + 1]) > width:
            start += 1
        return start

    def _role(self, at: int) -> str:
        if at == self.cursor:
            return "cursor"
        return "suggested" if self.is_suggestion and at < len(self.text) else "typed"
