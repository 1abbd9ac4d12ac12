"""The input line of a question."""

from __future__ import annotations

from textual.widgets import Input


class TypingLine(Input):
    """Textual's input, one line high, without a blinking cursor."""

    def __init__(self, initial: str, hint: str) -> None:
        super().__init__(initial, placeholder=hint, select_on_focus=True, compact=True)
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Ready to type over what is there."""
        self.focus()
